"""What we ship for people to copy has none of the mistakes that gixy knows
(alias without a slash, host spoofing, header injection and the like)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.shipped import ROOT

EXAMPLES = sorted(f.name for f in (ROOT / "conf/examples").iterdir())


# What an operator decides, not an example.
MATTERS_OF_TASTE = ("version_disclosure", "hsts_header", "weak_ssl_tls",
                    "try_files_is_evil_too")


def complaints(path):
    done = subprocess.run(
        [Path(sys.executable).parent / "gixy", "--format", "json",
         "--skips", ",".join(MATTERS_OF_TASTE), str(path)],
        capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip(), done.stderr
    return json.loads(done.stdout)


def test_it_would_complain(tmp_path):
    """An alias that lets people out of its folder."""
    path = tmp_path / "nginx.conf"
    path.write_text(
        "http { server { location /files { alias /srv/files/; } } }")
    assert [c for c in complaints(path) if c["plugin"] == "alias_traversal"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_example(name):
    assert complaints(ROOT / "conf/examples" / name) == []
