"""How long a login and a registration take with ten users and with a million,
in both stores, and whether the store uses an index for them."""

import contextlib
import itertools
import sqlite3
import time

import contestants
import load
from argon2 import PasswordHasher
from figures import middle, percentile, spread, table
from priority import SERVER, put_first
from site_under_test import MODULE, NGINX, accounts
from timing import wait_for_schema

from bson import ObjectId
from harness.nginx_server import CHEAP, Nginx
from harness.stores import MongoStore, SqliteStore

LOGIN, REGISTRATION, PLAN = ("login among users", "registration among users",
                             "query plan")
COUNTS = (10, 10_000, 1_000_000)
MOST_SECONDS = 300  # to fill a store
BATCH = 10_000


class TooSlow(Exception):
    """A store takes too long to be filled."""


def fill(store, count, password):
    """With users who all have the same password."""
    began = time.monotonic()
    for first in range(0, count, BATCH):
        names = [f"user{i}" for i in range(first, min(first + BATCH, count))]
        if store.kind == "sqlite":
            with contextlib.closing(sqlite3.connect(store.path,
                                                    timeout=60)) as database:
                database.executemany(
                    "INSERT INTO users (id, username, password)"
                    " VALUES (?, ?, ?)",
                    [(str(ObjectId()), name, password) for name in names])
                database.commit()
        else:
            with store.server.client() as client:
                client[store.database].users.insert_many(
                    [{"username": name, "password": password}
                     for name in names])
        share = (first + len(names)) / count
        expected = (time.monotonic() - began) / share
        if expected > MOST_SECONDS:
            raise TooSlow(f"{store.kind} would take {expected:.0f} s to take"
                          f" {count:,} users")


def plans(store):
    """What the store says of how it finds a user by name, and how a name that
    differs in capitals at most, as a registration does."""
    if store.kind == "sqlite":
        with contextlib.closing(sqlite3.connect(store.path)) as database:
            return [database.execute("EXPLAIN QUERY PLAN SELECT id FROM users"
                                     f" WHERE username = 'user1' {more}"
                                     ).fetchone()[-1]
                    for more in ("", "COLLATE NOCASE")]
    with store.server.client() as client:
        users = client[store.database].users
        return [stages(users.find(query).explain()["queryPlanner"]
                       ["winningPlan"])
                for query in ({"username": "user1"},
                              {"username": {"$regex": "^use[rR]1$"}})]


def stages(plan):
    """Of a plan of MongoDB, from the last to the first."""
    names = []
    while plan:
        names.append(" ".join(filter(None, (plan["stage"],
                                            plan.get("indexName")))))
        plan = plan.get("inputStage")
    return " < ".join(names)


class Site:
    def __init__(self, store, count, password):
        self.store, self.count = store, count
        self.nginx = Nginx(
            NGINX, MODULE, "    access_log off;\n" + accounts.SITE, workers=1,
            store=store.uri, log_level="error", realm=CHEAP,
            server="")
        self._new = itertools.count()
        try:
            self.nginx.start()
            put_first(SERVER, self.nginx.pid)
            wait_for_schema(store)
            fill(store, count, password)
            self.nginx.reload()  # a new worker counts the hashes
        except BaseException:
            self.close()
            raise

    def login(self):
        return "/login", {"username": "user7", "password": accounts.PASSWORD}

    def registration(self):
        return "/register", {"username": f"new{next(self._new)}",
                             "password": accounts.PASSWORD}

    def close(self):
        self.nginx.kill()
        self.nginx.remove()
        self.store.close()


def a_hash():
    """Of accounts.PASSWORD, at the cost of CHEAP."""
    return PasswordHasher(time_cost=5, memory_cost=7 * 1024, parallelism=1,
                          hash_len=32).hash(accounts.PASSWORD)


def measure(figures, options):
    password = a_hash()
    for kind in "sqlite", "mongodb":
        sites = []
        try:
            for count in COUNTS:
                store = (SqliteStore() if kind == "sqlite"
                         else MongoStore(options.mongo()))
                try:
                    sites.append(Site(store, count, password))
                except TooSlow as why:
                    figures.skip(LOGIN, kind, f"{count:,}", str(why))
                    continue
                for number, plan in enumerate(plans(store)):
                    figures.add(PLAN, kind, f"{count:,}", number, plan=plan)
            for round_ in range(options.rounds):
                for site in sites:
                    measure_site(figures, options, site, round_)
        finally:
            for site in sites:
                site.close()


def measure_site(figures, options, site, round_):
    for measure_, make in ((LOGIN, site.login),
                           (REGISTRATION, site.registration)):
        answers = load.offered(
            site.nginx.port,
            (load.request_bytes(path, {}, form)
             for path, form in (make() for _ in itertools.count())),
            None, options.seconds / 2)
        wrong = [status for status, _ in answers if status != 303]
        if wrong:
            figures.skip(measure_, site.store.kind, f"{site.count:,}",
                         f"{measure_} was answered {wrong[0]}")
            continue
        figures.add(measure_, site.store.kind, f"{site.count:,}", round_,
                    p50_ms=percentile([ms for _, ms in answers], 0.5))


def tables(figures):
    rows = []
    for kind in figures.settings(LOGIN):
        few, *_ = counts = figures.whos(LOGIN, kind)
        for count in counts:
            cells = []
            for measure_ in LOGIN, REGISTRATION:
                cells += [middle(figures.values(measure_, kind, count,
                                                "p50_ms"), ".2f"),
                          spread(figures.ratios(measure_, kind, count, few,
                                                "p50_ms"), ".2f")]
            rows.append((kind, count, *cells))
    yield "at the cheapest hash that is allowed", table(
        ("store", "users", "login, ms", "to 10 users", "registration, ms",
         "to 10 users"), rows)
    yield "how the store finds a name", table(
        ("store", "users", "for", "plan"),
        [(row["setting"], row["who"],
          ("login", "registration")[row["round"]], row["plan"])
         for row in figures.of(PLAN)])
