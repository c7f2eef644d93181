"""ngx-auth-admin reads a password from its standard input, and holds it to the
rules."""

import os
import subprocess
import time
from pathlib import Path

from harness.accounts import PASSWORD, login
from harness.admin_tool import (DONE, FORBIDDEN, OTHER_PASSWORD, TOOL, USAGE,
                                stored)


def test_password_is_one_line(people, admin):
    admin("add", "unix", line=PASSWORD.encode() + b"\nsecond line\n")
    admin("add", "dos", line=PASSWORD.encode() + b"\r\n")
    admin("add", "bare", line=PASSWORD.encode())
    for name in ("unix", "dos", "bare"):
        login(people.client(), name)


def test_rest_of_the_input_is_left(people, admin, store):
    script = (f'{TOOL} add one --store "$STORE" && '
              f'{TOOL} add two --store "$STORE"')
    done = subprocess.run(
        ["sh", "-c", script], input=f"{PASSWORD}\n{OTHER_PASSWORD}\n",
        text=True, capture_output=True, timeout=60,
        env={**os.environ, "STORE": store.uri}, check=False)
    assert done.returncode == 0, done
    login(people.client(), "one")
    login(people.client(), "two", OTHER_PASSWORD)


def test_password_in_unicode_is_normalised(people, admin):
    admin("add", "bob", password="cafe\u0301 au lait s'il vous plait")
    login(people.client(), "bob", "caf\u00e9 au lait s'il vous plait")


def test_no_password(alice, admin):
    for line in (b"", b"\n", b"\r\n"):
        admin("add", "bob", line=line, status=USAGE)
        admin("passwd", "alice", line=line, status=USAGE)
    assert stored(alice, "alice")


def test_password_against_the_policy(alice, admin):
    for password in (b"password1", b"sh0rt", b"bobbobbob", b"x" * 129):
        answer = admin("add", "bob", line=password, status=FORBIDDEN)
        assert "--force" in answer.err
        admin("passwd", "alice", line=password, status=FORBIDDEN)
    assert stored(alice, "alice")
    answer = admin("passwd", "alice", "--force", line=b"password1")
    assert "too easy to guess" in answer.err
    assert stored(alice, "alice", "password1")


def test_force_does_not_lift_the_hard_rules(alice, admin):
    for line in (b"correct horse\x00battery\n", b"correct\thorse battery\n",
                 b"correct horse \xff battery\n", b"\xed\xa0\x80 horse\n",
                 b"a1B " * 600 + b"\n"):
        for more in ([], ["--force"]):
            answer = admin("passwd", "alice", *more, line=line,
                           status=FORBIDDEN)
            assert answer.err.count("\n") == 1
    assert stored(alice, "alice")


def seconds_of_processor(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def test_password_out_of_a_pipe_that_does_not_block(alice):
    """It waits for the line, and leaves the processor to others."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    with os.fdopen(writing, "wb", buffering=0) as pipe:
        tool = subprocess.Popen(
            [TOOL, "passwd", "alice", "--store", alice.uri], stdin=reading,
            stdout=subprocess.PIPE)
        os.close(reading)
        time.sleep(1)
        pipe.write(OTHER_PASSWORD[:6].encode())
        time.sleep(0.5)
        before = seconds_of_processor(tool.pid)
        time.sleep(1)
        used = seconds_of_processor(tool.pid) - before
        pipe.write(OTHER_PASSWORD[6:].encode() + b"\n")
    out, _ = tool.communicate(timeout=60)
    assert tool.returncode == DONE and b"Changed" in out
    assert stored(alice, "alice", OTHER_PASSWORD)
    assert used < 0.3


def test_password_is_no_argument(alice, admin):
    admin("add", "bob", PASSWORD, status=USAGE)
    admin("passwd", "alice", OTHER_PASSWORD, status=USAGE)


def test_nothing_secret_in_the_process_list(alice):
    tool = subprocess.Popen([TOOL, "passwd", "alice", "--store", alice.uri],
                            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    tool.stdin.write(OTHER_PASSWORD.encode())
    tool.stdin.flush()
    time.sleep(0.3)
    for name in ("cmdline", "environ"):
        assert OTHER_PASSWORD.encode() not in Path(
            f"/proc/{tool.pid}/{name}").read_bytes()
    tool.communicate(b"\n")
    assert tool.returncode == DONE
