"""Puts the tables of build/bench/figures into docs/performance.md, between the
comments that name a measure, and figures and plots into docs/performance/."""

import re
import shutil

from bench import FIGURES, as_text
from figures import Figures
from site_under_test import ROOT

DOCUMENT = ROOT / "docs/performance.md"
PLACE = re.compile(r"(<!-- measured: (\w+) -->\n).*?(<!-- end -->)", re.S)


def filled(match):
    before, name, after = match.groups()
    return (before + as_text(Figures.read(FIGURES / f"{name}.json"), name)
            + "\n" + after)


def main():
    DOCUMENT.write_text(PLACE.sub(filled, DOCUMENT.read_text()))
    shutil.copytree(FIGURES, DOCUMENT.with_suffix(""), dirs_exist_ok=True)


if __name__ == "__main__":
    main()
