"""Instructions per request, counted by callgrind in nginx's event loop.

The same binary, input and environment give the same figure within a few
hundred, whatever else the machine does: the memory's layout moves it. SHA-256
of the cookie is counted apart, because processors do it in hardware, which
callgrind does not see."""

import glob
import http.client
import os
import re
import subprocess
import sys
import tempfile

from site_under_test import MODULE, NGINX, Site

WAYS = ("bare", "beside", "optional", "protected", "request", "basic")
REQUESTS = 1000
HASH = re.compile(r"sha256|SHA256")


class Counted:
    """A site whose nginx runs under callgrind."""

    def __init__(self, program=NGINX, module=MODULE):
        self._out = tempfile.mkdtemp(prefix="auth-callgrind-")
        # Without clock: nginx writes its times anew each second, which would
        # count for more the slower the machine is.
        self.site = Site(program, module,
                         main="master_process off; timer_resolution 1h;")
        self.site.nginx.wrapper = [
            "valgrind", "--tool=callgrind", "--fair-sched=yes",
            f"--callgrind-out-file={self._out}/out"]
        self.site.nginx.start(wait=False)
        self.site.nginx.wait_until_it_accepts()
        self.site.log_in()

    def count(self, way):
        """(instructions of a request, those of them that hash)."""
        self._ask(way, 20)  # connections, caches, first use
        self._control("-z")
        self._ask(way, REQUESTS)
        self._control("-d")
        newest = max(glob.glob(f"{self._out}/out.*"), key=os.path.getmtime)
        said = subprocess.run(
            ["callgrind_annotate", "--threshold=100", newest], check=True,
            capture_output=True, text=True).stdout
        os.unlink(newest)
        total = hashing = 0
        for line in said.splitlines():
            found = re.match(r" *([\d,]+) \([ \d.]+%\)  (.*)", line)
            if found and "PROGRAM TOTALS" in line:
                total = number(found.group(1))
            elif found and HASH.search(found.group(2)):
                hashing += number(found.group(1))
        assert total, said[:2000]
        return total / REQUESTS, hashing / REQUESTS

    def _ask(self, way, times):
        client = http.client.HTTPConnection("127.0.0.1", self.site.port(way))
        for _ in range(times):
            client.request("GET", f"/{way}/file",
                           headers=self.site.headers(way))
            response = client.getresponse()
            assert response.status == 200, (way, response.status)
            assert len(response.read()) == 1024
        client.close()

    def _control(self, what):
        subprocess.run(["callgrind_control", what, str(self.site.nginx.pid)],
                       check=True, capture_output=True, timeout=60)

    def close(self):
        self.site.close()
        subprocess.run(["rm", "-rf", self._out], check=True)


def number(text):
    return int(text.replace(",", ""))


def main():
    ways = sys.argv[1:] or WAYS
    counted = Counted()
    try:
        bare = None
        for way in ways:
            total, hashing = counted.count(way)
            bare = total if bare is None else bare
            print(f"{way:10} {total:8.0f} instructions a request: "
                  f"{total - bare - hashing:+7.0f} beyond {ways[0]}, and "
                  f"{hashing:.0f} of SHA-256", flush=True)
    finally:
        counted.close()


if __name__ == "__main__":
    main()
