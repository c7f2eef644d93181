"""Requests per second of a protected file against the same file elsewhere, by
wrk, in turns: what counts is the ratio within a round."""

import re
import statistics
import subprocess
import sys

from site_under_test import Site

WAYS = ("bare", "beside", "protected", "request")


def measure(site, way, seconds):
    headers = [f"-H{name}: {value}"
               for name, value in site.headers(way).items()]
    said = subprocess.run(
        ["wrk", "-t1", "-c32", f"-d{seconds}s", *headers,
         f"http://127.0.0.1:{site.port(way)}{site.path(way)}"],
        check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in said, said
    return float(re.search(r"Requests/sec: +([\d.]+)", said).group(1))


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    site = Site()
    try:
        site.nginx.start()
        site.log_in()
        rates = {way: [] for way in WAYS}
        for _ in range(rounds):
            for way in WAYS:
                rates[way].append(measure(site, way, 2))
        for way in WAYS:
            ratios = [rate / bare
                      for rate, bare in zip(rates[way], rates["bare"])]
            print(f"{way:10} {statistics.median(rates[way]):8.0f} requests/s, "
                  f"to bare {statistics.median(ratios):.3f} "
                  f"({min(ratios):.3f} to {max(ratios):.3f})")
        site.nginx.stop()
    finally:
        site.close()


if __name__ == "__main__":
    main()
