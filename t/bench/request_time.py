"""Processor time of a request for the protected file, with a browser's headers.
Each contestant is asked at the same time as bare nginx and on the same
processor, so whatever else the machine does meets both. A second bare nginx
shows what chance does."""

import contextlib
import os

import contestants
import load
from figures import middle, spread, table
from processor import seconds_of
from site_under_test import BEFORE_COOKIE, BEHIND_COOKIE

MEASURE = "processor"
CONNECTIONS = 32


class BareAgain(contestants.Contestant):
    name = "another bare nginx"


class WithThread(contestants.Contestant):
    """Once a process has threads, each system call with a descriptor is
    dearer."""

    name = "bare nginx with a thread"

    def prepare(self):
        self.names = {"main": "thread_pool pool threads=1;"}


KINDS = (contestants.Contestant, BareAgain, WithThread, contestants.Module,
         contestants.Request204, contestants.Lua)


@contextlib.contextmanager
def processors_apart(running):
    """All contestants on one processor, and the clients on the others."""
    first, *others = all_of_them = sorted(os.sched_getaffinity(0))
    for contestant in running:
        for pid in contestant.pids():
            os.sched_setaffinity(pid, {first})
    os.sched_setaffinity(0, others or all_of_them)
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_of_them)


def measure(figures, options):
    with contestants.Started(KINDS, 1, options.mongo, figures,
                             MEASURE) as running, processors_apart(running):
        bare, *others = running
        for contestant in running:
            microseconds([contestant], 1)  # caches
        for round_ in range(options.rounds):
            for other in others:
                pair = (bare, other)[::-1 if round_ % 2 else 1]
                for contestant, requests, us in microseconds(
                        pair, options.seconds):
                    figures.add(MEASURE, other.name, contestant.name, round_,
                                requests=requests, us=us)


def microseconds(together, seconds):
    """[(contestant, requests, microseconds of each)] of contestants that are
    asked at the same time."""
    started = [(contestant, seconds_of(contestant.pids()),
                load.Wrk(contestant.url(contestant.file("1k")),
                         {**BEFORE_COOKIE, **contestant.credentials(),
                          **BEHIND_COOKIE}, CONNECTIONS, seconds))
               for contestant in together]
    answered = [client.result()["requests"] for _, _, client in started]
    return [(contestant, requests,
             1e6 * (seconds_of(contestant.pids()) - before) / requests)
            for (contestant, before, _), requests in zip(started, answered)]


def tables(figures):
    bare = contestants.Contestant.name
    rows = []
    for who in figures.settings(MEASURE):
        def values(of_whom, value, who=who):
            return figures.values(MEASURE, who, of_whom, value)

        ratios = figures.ratios(MEASURE, who, who, bare, "us")
        rows.append((who, f"{sum(values(who, 'requests')):,}",
                     middle(values(who, "us"), ".2f"),
                     middle(values(bare, "us"), ".2f"), spread(ratios),
                     spread([1 / ratio for ratio in ratios])))
    yield "1 KiB, 32 connections", table(
        ("", "requests", "µs of a processor", "bare nginx meanwhile, µs",
         "to bare nginx", "requests in equal time, to bare nginx"), rows)
