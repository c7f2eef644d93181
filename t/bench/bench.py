"""Measures the module beside what people use instead, all in turns.

    bench.py [MEASURE…]

Measures are the keys of HEADINGS, and PROGRAMS; without arguments, all. Prints
tables. build/bench/figures gets the raw figures, a file a measure, and plots.py
draws PNG and SVG from them; document.py puts both into the document.
BENCH_ROUNDS and BENCH_SECONDS say how often and how long."""

import os
import subprocess
import sys
import time
from pathlib import Path

import hashes  # first: it finds the harness
import logins
import memory
import pages
import request_time
import session_lookups
import static_files
import users
from contestant import PYTHON, TOOLS
from figures import Figures
from priority import CLIENT, put_first

from harness.mongo_server import MongoServer

HEADINGS = {
    "static": ("A protected file", static_files),
    "processor": ("Processor time of a request", request_time),
    "pages": ("Pages", pages),
    "logins": ("Logins", logins),
    "hashes": ("Logins, registrations and password changes", hashes),
    "memory": ("Memory", memory),
    "sessions": ("Look-ups of sessions", session_lookups),
    "users": ("Users", users),
}
# Programs that print their own figures, which concern this module alone.
PROGRAMS = ("instructions", "memory_by_owner", "timing")

HERE = Path(__file__).resolve().parent
FIGURES = TOOLS / "figures"


class Options:
    def __init__(self):
        self.rounds = int(os.environ.get("BENCH_ROUNDS") or 5)
        self.seconds = int(os.environ.get("BENCH_SECONDS") or 2)
        self._mongo = None

    def mongo(self):
        """One server for all who ask."""
        if self._mongo is None:
            self._mongo = MongoServer()
        return self._mongo

    def close(self):
        if self._mongo is not None:
            self._mongo.close()


def as_text(figures, name):
    """The tables of a measure, and what was skipped."""
    text = "".join(f"\n{title[0].upper()}{title[1:]}:\n\n{table}"
                   for title, table in HEADINGS[name][1].tables(figures))
    about = figures.about
    text += (f"\nMeasured for {about['seconds']} s in each round, rounds:"
             f" {about['rounds']}, {about['measured']}.\n")
    for row in figures.skipped:
        what = " ".join(filter(None, (row["who"], row["setting"])))
        text += f"Not measured: {what} ({row['reason']}).\n"
    return text


def measure(names, options):
    """Prints, and writes after each measure what there is."""
    FIGURES.mkdir(parents=True, exist_ok=True)
    for name in names:
        print(f"==> {name}", file=sys.stderr, flush=True)
        began = time.monotonic()
        figures = Figures()
        HEADINGS[name][1].measure(figures, options)
        file = FIGURES / f"{name}.json"
        figures.write(file, rounds=options.rounds, seconds=options.seconds)
        print(f"## {HEADINGS[name][0]}\n{as_text(Figures.read(file), name)}")
        print(f"    {time.monotonic() - began:.0f} s", file=sys.stderr,
              flush=True)


def draw():
    if PYTHON.exists():
        subprocess.run([PYTHON, HERE / "plots.py",
                        FIGURES], check=True)
    else:
        print("no plots: there is no matplotlib", file=sys.stderr)


def main():
    known = [*HEADINGS, *PROGRAMS]
    wanted = sys.argv[1:] or known
    for name in wanted:
        if name not in known:
            sys.exit(f'no such measure: "{name}"; there are '
                     + ", ".join(known))
    put_first(CLIENT)
    options = Options()
    try:
        measured = [name for name in wanted if name in HEADINGS]
        if measured:
            measure(measured, options)
            draw()
    finally:
        options.close()
    for name in wanted:
        if name in PROGRAMS:
            print(f"==> {name}", file=sys.stderr, flush=True)
            subprocess.run([sys.executable, HERE / f"{name}.py"],
                           check=True)


if __name__ == "__main__":
    main()
