"""Nothing is left behind: the memory and descriptors of the master and the
workers while nginx reloads and people log in, at the cheapest hash that is
allowed. And nothing is lost: requests and sessions while nginx reloads, and what
was confirmed to people while workers are killed.

    SOAK_RELOADS=50 SOAK_LOGINS=100000 \\
    SOAK_RELOADS_UNDER_LOAD=1000 SOAK_KILLS=1000 soak.py

Ends with an error if there are more descriptors in the end than after the first
tenth, or if the memory grew by more than MOST_GROWTH_KIB. A worker keeps as many
connections to the database as it has needed at once, so their descriptors are
shown and do not count. It ends with an error, too, if a request fails while nginx
reloads, if nobody serves for a second when a worker is killed, or if something
that was confirmed is lost with it or something of it stays. A number that is 0
leaves its part out."""

import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from site_under_test import MODULE, NGINX, accounts  # first: finds the harness

from harness.nginx_server import CHEAP, Nginx, eventually
from harness.stores import SqliteStore
from harness.survival import (IN, LOCATIONS, REALM, Killings,
                              reload_under_load)

RELOADS = int(os.environ.get("SOAK_RELOADS", "50"))
LOGINS = int(os.environ.get("SOAK_LOGINS", "100_000"))
RELOADS_UNDER_LOAD = int(os.environ.get("SOAK_RELOADS_UNDER_LOAD", "1000"))
KILLS = int(os.environ.get("SOAK_KILLS", "1000"))
WORKERS = 2
PEOPLE = 50
AT_ONCE = 8
LONGEST_WITHOUT_SERVICE_S = 1.0
MOST_GROWTH_KIB = 2048  # eight connections to SQLite have 70 KiB each


def state_of(pid, store):
    """(resident KiB, of these private memory that the process has written,
    descriptors, those of the database)"""
    status = Path(f"/proc/{pid}/status").read_text()
    resident, written = (int(re.search(rf"{name}:\s+(\d+)", status).group(1))
                         for name in ("VmRSS", "RssAnon"))
    links = [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()]
    database = sum(link.startswith(store.folder) for link in links)
    return resident, written, len(links) - database, database


class Soak:
    def __init__(self, nginx, store, threads):
        self._nginx, self._store, self._threads = nginx, store, threads
        self._client = nginx.client()
        self._logins = self._reloads = 0

    def log_in(self, times):
        """Each login has a connection of its own, so a reload cuts none."""
        for _ in self._threads.map(self._log_in, range(times)):
            self._logins += 1

    def _log_in(self, number):
        """A machine that does much else lets hashes wait until they get 503,
        which leaves nothing behind either."""
        form = {"username": f"person{number % PEOPLE}",
                "password": accounts.PASSWORD}
        status = 503
        while status == 503:
            status = self._client.post("/login", form).status
        assert status == 303, status

    def reload(self):
        self._nginx.reload()
        self._reloads += 1

    def look(self):
        """Prints and returns the states of the master and of the sum of the
        workers, when no request and no former worker is left."""
        nginx = self._nginx
        eventually(lambda: len(nginx.children()) == WORKERS
                   and not nginx.client_sockets(), "something is left")
        master = state_of(nginx.pid, self._store)
        workers = tuple(map(sum, zip(*(state_of(pid, self._store)
                                       for pid in nginx.workers()))))
        print(f"{self._reloads:8} {self._logins:8} "
              + " ".join("{:9} ({:6}) {:5} + {:3}".format(*state)
                         for state in (master, workers)), flush=True)
        return master, workers


def growth(first, last):
    """What is wrong between two looks, as sentences."""
    for name, before, after in zip(("master", "workers"), first, last):
        if after[2] > before[2]:
            yield (f"the descriptors of the {name} grew from {before[2]} to"
                   f" {after[2]}")
        if after[1] > before[1] + MOST_GROWTH_KIB:
            yield (f"the memory of the {name} grew from {before[1]} to"
                   f" {after[1]} KiB")


def soak(nginx, store, threads):
    for person in range(PEOPLE):
        accounts.register(nginx.client(), f"person{person}")
    run = Soak(nginx, store, threads)
    print(f"{WORKERS} workers; resident KiB (of these written), descriptors +"
          " those of the database\n"
          f" reloads   logins {'master':>30} {'all workers':>30}")
    run.look()
    # A tenth of the logins goes on between reloads, the rest after the last
    # one: a worker that ends takes what it has lost with it.
    parts, complaints = 10, []
    looks = []
    for part in range(parts):
        for _ in range(RELOADS * part // parts, RELOADS * (part + 1) // parts):
            run.log_in(LOGINS // 10 // RELOADS)
            run.reload()
        run.log_in(AT_ONCE * WORKERS)
        looks.append(run.look())
    complaints += growth(looks[0], looks[-1])
    looks = []
    for _ in range(parts):
        run.log_in(LOGINS * 9 // 10 // parts)
        looks.append(run.look())
    return complaints + list(growth(looks[0], looks[-1]))


def start(store, realm=CHEAP, server=""):
    return Nginx(NGINX, MODULE, "    access_log off;\n" + accounts.SITE,
                 workers=WORKERS, store=store.uri, log_level="error",
                 realm=realm, server=server).start()


@contextmanager
def sites(count, *options):
    """So many nginx on one store: (they, the store)."""
    store = SqliteStore()
    servers = []
    try:
        for _ in range(count):
            servers.append(start(store, *options))
        yield servers, store
        for server in servers:
            server.finish()
    finally:
        for server in servers:
            server.kill()
            server.remove()
        store.close()


def leave_nothing():
    if not LOGINS:
        return []
    with sites(1) as ([nginx], store), ThreadPoolExecutor(AT_ONCE) as threads:
        return soak(nginx, store, threads)


def survive_reloads():
    if not RELOADS_UNDER_LOAD:
        return []
    with sites(1, REALM, LOCATIONS) as ([nginx], _):
        seen = reload_under_load(nginx, RELOADS_UNDER_LOAD)
    print(f"{RELOADS_UNDER_LOAD} reloads; answers to who is logged in: {seen}",
          flush=True)
    return [] if set(seen) == {IN} else [f"reloads: {seen}"]


def survive_kills():
    if not KILLS:
        return []
    with sites(2, REALM, LOCATIONS) as ([nginx, elsewhere], store):
        nginx.allow("exited on signal 9")
        killed = Killings(nginx, store, KILLS, elsewhere)
        print(f"{KILLS} killed workers; {killed}", flush=True)
        late = ([f"nobody served for {killed.slowest:.2f} s"]
                if killed.slowest > LONGEST_WITHOUT_SERVICE_S else [])
        return late + list(killed.complaints())


def main():
    complaints = [*leave_nothing(), *survive_reloads(), *survive_kills()]
    if complaints:
        sys.exit("\n".join(complaints))


if __name__ == "__main__":
    main()
