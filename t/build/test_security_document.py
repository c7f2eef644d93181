"""docs/security.md names every row once, and tests that there are."""

import re

import pytest

from harness.security_rows import ROOT, rows

T = ROOT / "t"


def black_box_tests():
    found = set()
    for file in T.glob("*/test_*.py"):
        found.add(file.name)
        found |= set(re.findall(r"^def (test_\w+)", file.read_text(), re.M))
    return found


def unit_tests():
    return {f"{suite}.{name}"
            for file in (T / "unit").glob("*/*.cpp")
            for suite, name in re.findall(
                r"\bTEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\)", file.read_text())}


def test_every_row_is_there():
    assert list(rows()) == ([f"A{i}" for i in range(1, 35)]
                            + [f"B{i}" for i in range(1, 32)])


@pytest.mark.parametrize("row", rows())
def test_tests_of_a_row(row):
    named = rows()[row]
    assert named, "no test"
    missing = set(named) - black_box_tests() - unit_tests()
    assert not missing
