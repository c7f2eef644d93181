"""docs/security.md as data: which tests show which of its rows."""

import functools
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


@functools.cache
def rows():
    """{"A1": ["test_x.py", "test_y", "suite.name", …], …} in their order."""
    found = {}
    for line in (ROOT / "docs/security.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if re.fullmatch(r"[AB]\d+", cells[0]):
            assert cells[0] not in found, line
            found[cells[0]] = re.findall(r"`([^` ]+)`", cells[-1])
    return found


def rows_of(file, function):
    """Those that a test of that file and name shows."""
    return [row for row, tests in rows().items()
            if file in tests or function in tests]
