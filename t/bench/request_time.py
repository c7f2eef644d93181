"""Processor time of a request for the protected file, with a browser's headers.
The machine's other programs change it little, so small differences show."""

import contestants
import load
from figures import middle, spread, table
from processor import seconds_of
from site_under_test import BEFORE_COOKIE, BEHIND_COOKIE

MEASURE = "processor"
KINDS = (contestants.Contestant, contestants.Module, contestants.Request204,
         contestants.Lua)
CONNECTIONS = 32
PARTS = 2  # of a round: there and back again


def measure(figures, options):
    with contestants.Started(KINDS, 1, options.mongo, figures,
                             MEASURE) as running:
        for contestant in running:
            ask(contestant, 1)  # caches
        for round_ in range(options.rounds):
            spent = {contestant: [] for contestant in running}
            for part in range(PARTS):
                for contestant in running[::-1 if part % 2 else 1]:
                    spent[contestant].append(
                        ask(contestant, max(1, options.seconds // PARTS)))
            for contestant, parts in spent.items():
                seconds, requests = map(sum, zip(*parts))
                figures.add(MEASURE, "", contestant.name, round_,
                            requests=requests, us=1e6 * seconds / requests)


def ask(contestant, seconds):
    """(processor time, requests)."""
    pids = contestant.pids()
    headers = {**BEFORE_COOKIE, **contestant.credentials(), **BEHIND_COOKIE}
    started = seconds_of(pids)
    answered = load.Wrk(contestant.url(contestant.file("1k")), headers,
                        CONNECTIONS, seconds).result()
    return seconds_of(pids) - started, answered["requests"]


def tables(figures):
    bare = contestants.Contestant.name

    def per_second(who):
        """The requests that a processor answers, to those of bare nginx."""
        return [1 / ratio
                for ratio in figures.ratios(MEASURE, "", who, bare, "us")]

    yield "1 KiB, 32 connections", table(
        ("", "requests", "processor time, µs", "to bare nginx",
         "requests in that time, to bare nginx"),
        [(who, f"{sum(figures.values(MEASURE, '', who, 'requests')):,}",
          middle(figures.values(MEASURE, "", who, "us"), ".2f"),
          spread(figures.ratios(MEASURE, "", who, bare, "us")),
          spread(per_second(who)))
         for who in figures.whos(MEASURE, "")])
