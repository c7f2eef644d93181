"""Logins, registrations and password changes beside a loop that does nothing
but hash: how many hashes a second, how much processor time a hash takes, and
how much of the time the threads that hash have something to do."""

import os
import time
from urllib.parse import quote_plus

import contestants
import load
from contestant import MEMBER
from figures import middle, spread, table
from logins import BARE_LOOP, CONNECTIONS, bare_loop
from processor import seconds_at_work, seconds_of
from site_under_test import accounts
from sodium_loop import NICER

from harness.http_client import Browser

MEASURE = "hashes"
PASSWORD = quote_plus(accounts.PASSWORD)
EDGE = 0.3  # seconds, in which a client comes and goes


def log_in(contestant, seconds, round_):
    del round_
    return load.Wrk(contestant.url("/login"), {}, CONNECTIONS, seconds, MEMBER)


def register(contestant, seconds, round_):
    return load.Wrk(contestant.url("/register"), {}, CONNECTIONS, seconds,
                    script=("registrations.lua", f"new{round_}.", PASSWORD))


def change_passwords(contestant, seconds, round_):
    """A user for each connection."""
    cookies = []
    for number in range(CONNECTIONS):
        browser = Browser(contestant.port())
        accounts.register(browser, f"member{round_}.{number}")
        accounts.login(browser, f"member{round_}.{number}")
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
                            **bare_loop(options.seconds))
                for contestant in running[::-1 if round_ % 2 else 1]:
                    figures.add(MEASURE, kind, contestant.name, round_, **ask(
                        contestant, kind, options.seconds, round_))


def ask(contestant, kind, seconds, round_):
    """{rate, nginx_ms and store_ms: of a hash, at_work: a share of the time}.
    What processors do is looked at while the client has all its connections."""
    start, hashes = KINDS[kind]
    client = start(contestant, seconds, round_)
    time.sleep(EDGE)
    before = Sample(contestant)
    time.sleep(seconds - 2 * EDGE)
    after = Sample(contestant)
    rate = hashes * client.result()["rate"]
    took = after.time - before.time
    return {"rate": rate,
            "nginx_ms": 1000 * (after.nginx - before.nginx) / took / rate,
            "store_ms": 1000 * (after.store - before.store) / took / rate,
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
            ("", "hashes/s", f"to {BARE_LOOP}",
             "in a second of a processor", "to the loop",
             "threads at work", "database server, ms"),
            [(who, middle(values(who, "rate"), ".1f"),
              spread(figures.ratios(MEASURE, kind, who, BARE_LOOP), ".2f"),
              middle([1000 / ms for ms in values(who, "nginx_ms")], ".1f"),
              spread([1 / ratio for ratio in figures.ratios(
                  MEASURE, kind, who, BARE_LOOP, "nginx_ms")], ".2f"),
              middle(values(who, "at_work"), ".0%"),
              middle(values(who, "store_ms"), ".2f"))
             for who in figures.whos(MEASURE, kind)])
