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

from site_under_test import MODULE, NGINX, PAGES, Site

WAYS = ("bare", "beside", "optional", "protected", "request", "basic",
        *PAGES)
REQUESTS = 1000


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

    def count(self, way, browser=False):
        """(instructions of a request, those of them that hash), of a client
        with few headers or of a browser."""
        self._ask(way, browser, 20)  # connections, caches, first use
        self._control("-z")
        self._ask(way, browser, REQUESTS)
        self._control("-d")
        newest = max(glob.glob(f"{self._out}/out.*"), key=os.path.getmtime)
        output = subprocess.run(
            ["callgrind_annotate", "--auto=no", "--inclusive=yes",
             "--threshold=100", newest], check=True, capture_output=True,
            text=True).stdout
        os.unlink(newest)
        total = counted_for(output, "PROGRAM TOTALS")
        hashing = counted_for(output, "auth::sha256(")
        assert total, output[:2000]
        return total / REQUESTS, hashing / REQUESTS

    def _ask(self, way, browser, times):
        client = http.client.HTTPConnection("127.0.0.1", self.site.port(way))
        for _ in range(times):
            client.request("GET", self.site.path(way),
                           headers=self.site.headers(way, browser))
            response = client.getresponse()
            assert response.status == 200, (way, response.status)
            size = len(response.read())
            assert way in PAGES or size == 1024, (way, size)
        client.close()

    def _control(self, what):
        subprocess.run(["callgrind_control", what, str(self.site.nginx.pid)],
                       check=True, capture_output=True, timeout=60)

    def close(self):
        self.site.close()
        subprocess.run(["rm", "-rf", self._out], check=True)


def counted_for(output, what):
    """The instructions of a function and of all that it calls; 0 if it was not
    called."""
    for line in output.splitlines():
        found = re.match(r" *([\d,]+) \([ \d.]+%\)  (.*)", line)
        if found and what in found.group(2):
            return int(found.group(1).replace(",", ""))
    return 0


def print_counts(counted, ways, browser):
    bare = None
    for way in ways:
        total, hashing = counted.count(way, browser)
        bare = total if bare is None else bare
        print(f"{way:17} {total:8.0f} instructions a request: "
              f"{total - bare - hashing:+7.0f} beyond {ways[0]}, and "
              f"{hashing:.0f} of SHA-256", flush=True)


def main():
    ways = sys.argv[1:] or WAYS
    counted = Counted()
    try:
        for browser in (False, True):
            print("with the headers of a browser:" if browser
                  else "with few headers:")
            print_counts(counted, ways, browser)
    finally:
        counted.close()


if __name__ == "__main__":
    main()
