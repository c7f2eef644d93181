"""Memory of the master and a worker at rest, by what it belongs to, and of the
worker while thousands of logins go by."""

import re
import sys
from pathlib import Path

from site_under_test import Site, accounts

ROUNDS = 4

# Names of mapped files, in the order in which they are looked at.
OWNERS = {
    "the module": r"ngx_http_auth",
    "nginx": r"nginx",
    "OpenSSL": r"libcrypto|libssl",
    "C and C++ library": r"libc\.|libm\.|libstdc|libgcc|ld-linux",
    "MongoDB's driver and what it needs":
        r"mongo|bson|icu|sasl|libdb|zstd|snappy|libresolv",
    "SQLite": r"sqlite",
    "ctemplate": r"ctemplate",
    "heap, stack and others without a file": r"^$|\[",
    "other libraries, shared memory": r"",
}


def resident_kib(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return {name: int(re.search(rf"{name}:\s+(\d+)", status).group(1))
            for name in ("VmRSS", "RssAnon", "RssShmem")}


def resident_by_owner(pid):
    """{owner: [resident KiB, of these written by nginx: no file has them]}."""
    sizes = {owner: [0, 0] for owner in OWNERS}
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        mapping = re.match(r"[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \S+ *(.*)", line)
        if mapping:
            file = mapping.group(1).rsplit("/", 1)[-1]
            owner = next(o for o, known in OWNERS.items()
                         if re.search(known, file))
            continue
        what, kib = line.split()[:2]
        if what == "Rss:":
            sizes[owner][0] += int(kib)
        elif what == "Anonymous:":
            sizes[owner][1] += int(kib)
    return sizes


def print_owners(master, worker):
    rows = [(owner, *of_master, *of_worker) for (owner, of_master), of_worker
            in zip(resident_by_owner(master).items(),
                   resident_by_owner(worker).values())]
    rows.append(("all", *(sum(row[i] for row in rows) for i in range(1, 5))))
    print("at rest, KiB resident (of these written): master, worker")
    for owner, master_kib, master_own, worker_kib, worker_own in rows:
        print(f"{owner:38} {master_kib:6} ({master_own:4})"
              f" {worker_kib:6} ({worker_own:4})")


def main():
    logins = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    site = Site()
    try:
        site.nginx.start()
        worker, = site.nginx.workers()
        print_owners(site.nginx.pid, worker)
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
