"""Logins per second: one person after the other, as many as a server can
answer, and twice as many; and how long a protected file takes meanwhile."""

import os
import subprocess
import sys
import time
from pathlib import Path

import contestants
import load
from contestant import MEMBER
from figures import middle, percentile, spread, table

CAPACITY, ALONE, TWICE, FILE = ("logins", "logins, one by one",
                                "logins, twice the capacity",
                                "file during logins")
BARE_LOOP = "libsodium's bare loop"
CONNECTIONS = 4 * os.cpu_count()  # twice what is hashed and what is next
# Those that serve files as well, behind nginx.
WITH_FILES = (contestants.Module, contestants.ModuleOnMongo,
              contestants.FlaskRequest, contestants.OAuth2Proxy)


class BareLoop:
    """It runs from now on, in a session of its own, as the servers do."""

    def __init__(self, seconds):
        self._loop = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("sodium_loop.py"),
             str(seconds)], stdout=subprocess.PIPE, text=True,
            start_new_session=True)

    def result(self):
        """(hashes a second, milliseconds of a processor for each)."""
        output = self._loop.communicate()[0]
        assert self._loop.returncode == 0, output
        return tuple(map(float, output.split()))


def flood(contestant, seconds):
    return load.Wrk(contestant.url(contestant.login), {}, CONNECTIONS, seconds,
                    MEMBER)


def summary(answers):
    """Of [(status, ms)]: how long those took who were let in."""
    took = [ms for status, ms in answers if status in (302, 303)]
    assert took, answers[:5]
    return {"let_in": len(took), "refused": len(answers) - len(took),
            "p50_ms": percentile(took, 0.5), "p99_ms": percentile(took, 0.99),
            "took_ms": [round(ms, 3) for ms in took]}


def measure(figures, options):
    with contestants.Started(contestants.WITH_LOGIN, 1, options.mongo, figures,
                             CAPACITY) as running:
        for round_ in range(options.rounds):
            measure_capacity(figures, options, running, round_)
        for contestant in running:
            measure_twice(figures, options, contestant)
    with contestants.Started(WITH_FILES, 1, options.mongo, figures,
                             FILE) as running:
        for round_ in range(options.rounds):
            for contestant in running:
                measure_file(figures, options, contestant, round_)


def measure_capacity(figures, options, running, round_):
    figures.add(CAPACITY, "", BARE_LOOP, round_,
                rate=BareLoop(options.seconds).result()[0])
    for contestant in running:
        figures.add(CAPACITY, "", contestant.name, round_,
                    **flood(contestant, options.seconds).result())
    for contestant in running:
        request = load.request_bytes(contestant.login, {}, MEMBER)
        figures.add(ALONE, "", contestant.name, round_, **summary(
            load.one_by_one(contestant.port(), request, options.seconds)))


def measure_twice(figures, options, contestant):
    """People come twice as fast as the server has answered them, whether or
    not they are answered, for as long as that fills every queue."""
    capacity = max(figures.values(CAPACITY, "", contestant.name, "rate"))
    request = load.request_bytes(contestant.login, {}, MEMBER)
    seconds = 4 * options.seconds
    began = time.monotonic()
    answers = load.offered(contestant.port(),
                           [request] * int(2 * capacity * seconds),
                           2 * capacity, seconds)
    took = time.monotonic() - began
    figures.add(TWICE, "", contestant.name, 0, offered=2 * capacity,
                seconds=took, **summary(answers))


def measure_file(figures, options, contestant, round_):
    """The same file with and without a flood of logins."""
    def took():
        return load.paced(contestant.port(), contestant.file("1k"),
                          contestant.credentials(), options.seconds)

    for setting in "without logins", "with a flood":
        logins = None
        if setting == "with a flood":
            logins = flood(contestant, options.seconds + 1)
            time.sleep(0.5)
        ms, failed = took()
        if logins is not None:
            logins.result()
        figures.add(FILE, setting, contestant.name, round_,
                    p50_ms=percentile(ms, 0.5), p99_ms=percentile(ms, 0.99),
                    maximum_ms=max(ms), failed=failed)


def tables(figures):
    yield "as many as it can", table(
        ("", "logins/s", f"to {BARE_LOOP}", "p50, ms", "p99, ms"),
        [(who, middle(figures.values(CAPACITY, "", who, "rate"), ".1f"),
          spread(figures.ratios(CAPACITY, "", who, BARE_LOOP), ".2f"),
          middle(figures.values(CAPACITY, "", who, "p50_ms"), ".0f"),
          middle(figures.values(CAPACITY, "", who, "p99_ms"), ".0f"))
         for who in figures.whos(CAPACITY, "")])
    rows = []
    for who in figures.whos(ALONE, ""):
        took = sum(figures.values(ALONE, "", who, "took_ms"), [])
        rows.append((who, len(took), f"{percentile(took, 0.5):.1f}",
                     f"{percentile(took, 0.99):.1f}"))
    yield "one by one", table(("", "logins", "p50, ms", "p99, ms"), rows)
    yield "twice as many as it can", table(
        ("", "offered/s", "let in/s", "refused", "p50, ms", "p99, ms"),
        [(row["who"], f"{row['offered']:.0f}",
          f"{row['let_in'] / row['seconds']:.1f}",
          f"{row['refused'] / (row['let_in'] + row['refused']):.0%}",
          f"{row['p50_ms']:.0f}", f"{row['p99_ms']:.0f}")
         for row in figures.of(TWICE)])
    yield "a protected file meanwhile", table(
        ("", "", "p50, ms", "p99, ms", "maximum, ms", "failed"),
        [(who, setting,
          middle(figures.values(FILE, setting, who, "p50_ms"), ".2f"),
          spread(figures.values(FILE, setting, who, "p99_ms"), ".2f"),
          f"{max(figures.values(FILE, setting, who, 'maximum_ms')):.1f}",
          sum(figures.values(FILE, setting, who, "failed")))
         for who in figures.whos(FILE, "with a flood")
         for setting in ("without logins", "with a flood")])
