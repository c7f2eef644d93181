"""Memory of a worker at rest and after a thousand logins."""

import re
from pathlib import Path

from site_under_test import Site, accounts

LOGINS = 1000


def resident_kib(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return {name: int(re.search(rf"{name}:\s+(\d+)", status).group(1))
            for name in ("VmRSS", "RssAnon", "RssShmem")}


def main():
    site = Site()
    try:
        site.nginx.start()
        worker, = site.nginx.workers()
        print("at rest:", resident_kib(worker), "KiB")
        site.log_in()
        print("after the first login:", resident_kib(worker), "KiB")
        client = site.nginx.client()
        for _ in range(LOGINS):
            accounts.login(client, "alice")
        print(f"after {LOGINS} more:", resident_kib(worker), "KiB")
        site.nginx.stop()
    finally:
        site.close()


if __name__ == "__main__":
    main()
