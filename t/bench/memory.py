"""Memory of a worker at rest, and while thousands of logins go by."""

import re
import sys
from pathlib import Path

from site_under_test import Site, accounts

ROUNDS = 4


def resident_kib(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return {name: int(re.search(rf"{name}:\s+(\d+)", status).group(1))
            for name in ("VmRSS", "RssAnon", "RssShmem")}


def main():
    logins = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    site = Site()
    try:
        site.nginx.start()
        worker, = site.nginx.workers()
        print("at rest:", resident_kib(worker), "KiB")
        site.log_in()
        print("after the first login:", resident_kib(worker), "KiB")
        client = site.nginx.client()
        for round_ in range(ROUNDS):
            for _ in range(logins):
                accounts.login(client, "alice")
            print(f"after {(round_ + 1) * logins} more:",
                  resident_kib(worker), "KiB", flush=True)
        site.nginx.stop()
    finally:
        site.close()


if __name__ == "__main__":
    main()
