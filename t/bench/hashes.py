"""Logins, registrations and password changes beside a loop that does nothing
but hash: how many hashes a second, how much processor time a hash takes, and
how much of the time the threads that hash have something to do."""

import itertools
import os
import time
from urllib.parse import quote_plus

import contestants
import load
from contestant import MEMBER
from figures import middle, spread, table
from logins import BARE_LOOP, CONNECTIONS, BareLoop
from processor import seconds_at_work, seconds_of
from site_under_test import accounts
from sodium_loop import NICER

from harness.http_client import Browser

MEASURE = "hashes"
PASSWORD = quote_plus(accounts.PASSWORD)
NEW = itertools.count()
EDGE = 0.3  # seconds, in which a client comes and goes


def log_in(contestant, seconds):
    return load.Wrk(contestant.url("/login"), {}, CONNECTIONS, seconds, MEMBER)


def register(contestant, seconds):
    return load.Wrk(contestant.url("/register"), {}, CONNECTIONS, seconds,
                    script=("registrations.lua", f"new{next(NEW)}.", PASSWORD))


def change_passwords(contestant, seconds):
    """A user for each connection."""
    cookies = []
    for _ in range(CONNECTIONS):
        browser, name = Browser(contestant.port()), f"member{next(NEW)}"
        accounts.register(browser, name)
        accounts.login(browser, name)
        cookies.append(browser.cookie_header)
    return load.Wrk(contestant.url("/account"), {}, CONNECTIONS, seconds,
                    script=("password_changes.lua", PASSWORD, *cookies),
                    threads=CONNECTIONS)


# {what: (how, hashes of each)}
KINDS = {"logins": (log_in, 1), "registrations": (register, 1),
         "password changes": (change_passwords, 2)}


def measure(figures, options):
    kinds = contestants.Module, contestants.ModuleOnMongo
    with contestants.Started(kinds, 1, options.mongo, figures,
                             MEASURE) as running:
        for round_ in range(options.rounds):
            for kind in KINDS:
                figures.add(MEASURE, kind, BARE_LOOP, round_,
                            rate=BareLoop(options.seconds).result()[0])
                for contestant in running[::-1 if round_ % 2 else 1]:
                    start, hashes = KINDS[kind]
                    alone = start(contestant, options.seconds).result()["rate"]
                    figures.add(MEASURE, kind, contestant.name, round_,
                                rate=hashes * alone,
                                **beside_the_loop(contestant, kind,
                                                  options.seconds))


def beside_the_loop(contestant, kind, seconds):
    """{cheapness: the loop's processor time of a hash to nginx's, store_ms: the
    database server's, at_work: a share of the time}, while both run: whatever
    makes hashes dearer then meets both."""
    start, hashes = KINDS[kind]
    client = start(contestant, seconds)
    loop = BareLoop(seconds - EDGE)
    time.sleep(EDGE)
    before = Sample(contestant)
    time.sleep(seconds - 2 * EDGE)
    after = Sample(contestant)
    loop_ms = loop.result()[1]
    rate = hashes * client.result()["rate"]
    took = after.time - before.time

    def milliseconds(value):
        return 1000 * (getattr(after, value) - getattr(before, value)) / (
            took * rate)

    return {"cheapness": loop_ms / milliseconds("nginx"),
            "store_ms": milliseconds("store"),
            "at_work": (sum(after.threads) - sum(before.threads)) / took
            / len(after.threads)}


class Sample:
    """Seconds so far: of the processors for nginx and for the database server,
    and in which each thread that hashes has run, or wanted to."""

    def __init__(self, contestant):
        nice = os.getpriority(os.PRIO_PROCESS, contestant.nginx.pid) + NICER
        self.time = time.monotonic()
        self.nginx = seconds_of(contestant.pids())
        self.store = seconds_of(contestant.database_pids())
        self.threads = seconds_at_work(contestant.pids(), nice)
        assert self.threads, "no thread hashes"


def tables(figures):
    for kind in figures.settings(MEASURE):
        def values(who, value, kind=kind):
            return figures.values(MEASURE, kind, who, value)

        yield kind, table(
            ("", "hashes/s", f"to {BARE_LOOP}", "per processor time, to the loop",
             "threads at work", "database server, ms"),
            [(who, middle(values(who, "rate"), ".1f"),
              spread(figures.ratios(MEASURE, kind, who, BARE_LOOP), ".2f"),
              spread(values(who, "cheapness"), ".2f"),
              middle(values(who, "at_work"), ".0%"),
              middle(values(who, "store_ms"), ".2f"))
             for who in figures.whos(MEASURE, kind)])
