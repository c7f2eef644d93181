"""Resident memory of all processes of a contestant, at rest and after load. A
page that several processes share counts in each of them in RSS, and once, in
parts, in PSS. A database server does not count."""

import re
import time
from pathlib import Path

import contestants
import load
from contestant import MEMBER
from figures import middle, table

MEASURE = "memory"
KINDS = (contestants.Contestant, contestants.Module, contestants.Lua,
         contestants.FlaskRequest, contestants.FlaskAlone,
         contestants.OAuth2Proxy)
REST = 5  # seconds, in which the logins end whose clients have left


def memory_of(pids):
    """{"rss_mib", "pss_mib"} of all together."""
    def sum_of(name):
        return sum(int(re.search(rf"^{name}:\s+(\d+)", Path(
            f"/proc/{pid}/smaps_rollup").read_text(), re.M).group(1))
            for pid in pids) / 1024

    return {"rss_mib": sum_of("Rss"), "pss_mib": sum_of("Pss")}


def measure(figures, options):
    with contestants.Started(KINDS, 1, options.mongo, figures,
                             MEASURE) as running:
        for contestant in running:
            figures.add(MEASURE, "at rest", contestant.name, 0,
                        processes=len(contestant.pids()),
                        **memory_of(contestant.pids()))
        for contestant in running:
            load.Wrk(contestant.url(contestant.file("1k")),
                     contestant.credentials(), 512, options.seconds).result()
            if contestant.login:
                load.Wrk(contestant.url(contestant.login), {}, 64,
                         options.seconds, MEMBER).result()
            time.sleep(REST)
            figures.add(MEASURE, "after load", contestant.name, 0,
                        processes=len(contestant.pids()),
                        **memory_of(contestant.pids()))


def tables(figures):
    def mib(who, setting, kind):
        return middle(figures.values(MEASURE, setting, who, kind), ".1f")

    yield "MiB of all processes", table(
        ("", "processes", "RSS at rest", "PSS at rest", "RSS after load",
         "PSS after load"),
        [(who, figures.values(MEASURE, "at rest", who, "processes")[0],
          *(mib(who, setting, kind) for setting in ("at rest", "after load")
            for kind in ("rss_mib", "pss_mib")))
         for who in figures.whos(MEASURE, "at rest")])
