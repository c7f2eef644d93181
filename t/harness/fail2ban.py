"""fail2ban-regex, which tells what fail2ban would do about a log."""

import ast
import os
import shutil
import subprocess

from .shipped import ROOT

FILTER = ROOT / "conf/fail2ban/ngx-auth.conf"
UNPACKED = ROOT / "build/fail2ban"  # by ./build.sh test


def _program():
    if installed := shutil.which("fail2ban-regex"):
        return [installed], {}
    program = UNPACKED / "usr/bin/fail2ban-regex"
    assert program.exists(), "there is no fail2ban: run ./build.sh test"
    return (["/usr/bin/python3", str(program),
             "-c", str(UNPACKED / "etc/fail2ban")],
            {"PYTHONPATH": str(UNPACKED / "usr/lib/python3/dist-packages")})


def failures(log):
    """[(address, time in seconds since 1970), …] of the lines that the filter
    takes for failures."""
    command, environment = _program()
    done = subprocess.run(
        [*command, "--out", "row", str(log), str(FILTER)], text=True,
        capture_output=True, timeout=60, check=False,
        env={**os.environ, **environment})
    assert not done.stderr, done.stderr
    rows = ast.literal_eval("[" + done.stdout + "]")
    return [(row[0], row[1]) for row in rows]
