"""Instructions per request, counted by callgrind in nginx's event loop.

The same binary, input and environment give the same figure within a few
hundred, whatever else the machine does. The difference of two runs of
different length leaves start and login out."""

import http.client
import re
import signal
import subprocess
import sys
import tempfile

from site_under_test import NGINX, Site

WAYS = ("bare", "beside", "optional", "protected", "request", "basic")
SHORT, LONG = 200, 1200


def run(way, requests):
    with tempfile.NamedTemporaryFile(prefix="callgrind-") as out:
        site = Site(main="master_process off;")
        try:
            command = ["valgrind", "--tool=callgrind",
                       f"--callgrind-out-file={out.name}"]
            site.nginx.command_prefix = command
            site.nginx.start(wait=False)
            site.nginx.wait_until_it_accepts()
            site.log_in()
            client = http.client.HTTPConnection("127.0.0.1", site.port(way))
            for _ in range(requests):
                client.request("GET", f"/{way}/file",
                               headers=site.headers(way))
                response = client.getresponse()
                assert response.status == 200, (way, response.status)
                assert len(response.read()) == 1024
            client.close()
            said = site.nginx.interrupt()
            return int(re.search(r"Collected : (\d+)", said).group(1))
        finally:
            site.close()


def per_request(way):
    return (run(way, LONG) - run(way, SHORT)) / (LONG - SHORT)


def main():
    ways = sys.argv[1:] or WAYS
    bare = None
    for way in ways:
        count = per_request(way)
        bare = count if bare is None else bare
        print(f"{way:10} {count:8.0f} instructions a request, "
              f"{count - bare:+.0f}", flush=True)


if __name__ == "__main__":
    main()
