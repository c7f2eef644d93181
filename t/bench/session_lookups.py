"""How many sessions per second workers find, in tables of a thousand to a
million: what session_lookups.cpp says."""

import os
import subprocess

from figures import middle, spread, table
from site_under_test import ROOT

MEASURE = "session look-ups"
PROGRAM = (os.environ.get("SESSION_LOOKUPS")
           or ROOT / "build/release/t/bench/session_lookups")


def measure(figures, options):
    for round_ in range(options.rounds):
        output = subprocess.run([PROGRAM, str(options.seconds / 4)], check=True,
                              capture_output=True, text=True).stdout
        for line in output.splitlines():
            sessions, processes, rate = map(int, line.split())
            figures.add(MEASURE, f"{processes} processes", f"{sessions:,}",
                        round_, rate=rate)


def tables(figures):
    rows = []
    for setting in figures.settings(MEASURE):
        few, *_ = sizes = figures.whos(MEASURE, setting)
        rows += [(size, setting.split()[0],
                  middle(figures.values(MEASURE, setting, size, "rate"),
                         ",.0f"),
                  spread(figures.ratios(MEASURE, setting, size, few), ".2f"))
                 for size in sizes]
    yield "in one table", table(
        ("sessions", "processes", "look-ups/s, all together",
         "to 1,000 sessions"), rows)
