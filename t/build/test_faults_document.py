"""docs/faults.md: each row names a test that there is."""

import re

import pytest

from harness.shipped import ROOT

TEXT = (ROOT / "docs/faults.md").read_text()
ROWS = [line for line in TEXT.splitlines()
        if line.startswith("| ") and "`test_" in line]


def test_every_row_names_one():
    tables = [line for line in TEXT.splitlines() if line.startswith("| ")]
    heads = [line for line in tables if line.endswith("| test |")]
    assert len(heads) == 5
    assert len(ROWS) == len(tables) - len(heads)


@pytest.mark.parametrize("row", ROWS, ids=[row[:40] for row in ROWS])
def test_it_is_there(row):
    named = re.findall(r"`(test_\w+(?:\.py)?)`", row.split("|")[-2])
    files = [name for name in named if name.endswith(".py")]
    assert files, row
    tests = {name: next(ROOT.glob(f"t/*/{name}")).read_text()
             for name in files}
    for name in set(named) - set(files):
        assert re.search(rf"^def {name}\(", "".join(tests.values()), re.M)
