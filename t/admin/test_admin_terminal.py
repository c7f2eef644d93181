"""ngx-auth-admin asks on a terminal."""

import os
import pty
import re
import select
import signal
import termios
import time
from pathlib import Path

import pytest

from harness.accounts import PASSWORD, login
from harness.admin_tool import (DONE, FAILED, NOT_CONFIRMED, NO_SUCH_USER,
                                OTHER_PASSWORD, TOOL, USAGE, stored)
from harness.nginx_server import PATIENCE


class Terminal:
    """The tool on a terminal, which a shell keeps open when the tool ends."""

    SCRIPT = 'trap : INT QUIT; "$@"; echo "[ended: $?]"; read nothing'

    def __init__(self, *arguments, start="", script=SCRIPT):
        """`start`: what the shell runs before."""
        go, tell = os.pipe()
        self._shell, self._fd = pty.fork()
        if self._shell == 0:
            # a suite that was started in the background has them ignored
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.signal(signal.SIGQUIT, signal.SIG_DFL)
            os.read(go, 1)
            os.execv("/bin/sh", ["sh", "-c", start + script, "sh", TOOL,
                                 *arguments])
        self._before = self.settings
        os.write(tell, b"!")
        os.close(go)
        os.close(tell)
        self._expected = 0
        self.shown = ""

    def expect(self, pattern, seconds=PATIENCE):
        deadline = time.monotonic() + seconds
        while not (found := re.compile(pattern).search(self.shown,
                                                       self._expected)):
            left = deadline - time.monotonic()
            assert left > 0, self.shown
            if select.select([self._fd], [], [], left)[0]:
                self.shown += os.read(self._fd, 4096).decode()
        self._expected = found.end()
        return found

    def send(self, text):
        os.write(self._fd, text.encode())

    @property
    def settings(self):
        return termios.tcgetattr(self._fd)

    @property
    def echoes(self):
        return bool(self.settings[3] & termios.ECHO)

    @property
    def pid(self):
        children = Path(f"/proc/{self._shell}/task/{self._shell}/children")
        [pid] = children.read_text().split()
        return int(pid)

    def end(self):
        """Waits for the end of the tool, and gives the shell's $?. The
        terminal has to be as it was."""
        status = int(self.expect(r"\[ended: (\d+)\]").group(1))
        assert self.settings == self._before
        os.close(self._fd)
        os.waitpid(self._shell, 0)
        return status


def test_password_is_not_echoed(people, store):
    terminal = Terminal("add", "bob", "--store", store.uri)
    for prompt in ("New password of bob: ", "Again: "):
        terminal.expect(prompt)
        assert not terminal.echoes
        terminal.send(PASSWORD + "\n")
    terminal.expect("Added bob.")
    assert terminal.end() == DONE
    assert "horse" not in terminal.shown
    login(people.client(), "bob")


def test_password_is_asked_for_again_if_it_differs(alice):
    terminal = Terminal("passwd", "alice", "--store", alice.uri)
    for _ in range(3):
        terminal.expect("New password of alice: ")
        terminal.send(OTHER_PASSWORD + "\n")
        terminal.expect("Again: ")
        terminal.send(OTHER_PASSWORD.upper() + "\n")
        terminal.expect("different")
    assert terminal.end() == USAGE
    assert stored(alice, "alice")


@pytest.mark.parametrize("key, status", [
    ("\x03", 128 + signal.SIGINT), ("\x1c", 128 + signal.SIGQUIT),
    ("\x04", USAGE)])
@pytest.mark.parametrize("prompt", ["New password", "Again"])
def test_terminal_is_left_as_it_was(alice, prompt, key, status):
    terminal = Terminal("passwd", "alice", "--store", alice.uri)
    terminal.expect("New password of alice: ")
    if prompt == "Again":
        terminal.send(OTHER_PASSWORD + "\n")
        terminal.expect("Again: ")
    terminal.send(key)
    assert terminal.end() == status
    assert stored(alice, "alice")


def test_terminated_while_asking(alice):
    terminal = Terminal("passwd", "alice", "--store", alice.uri)
    terminal.expect("New password of alice: ")
    os.kill(terminal.pid, signal.SIGTERM)
    assert terminal.end() == 128 + signal.SIGTERM


def test_suspended_while_asking(alice):
    terminal = Terminal("passwd", "alice", "--store", alice.uri)
    terminal.expect("New password of alice: ")
    os.kill(terminal.pid, signal.SIGTSTP)
    # asked again when it goes on, which is at once: nobody could wake it
    terminal.expect("New password of alice: ")
    assert not terminal.echoes
    terminal.send("\x03")
    assert terminal.end() == 128 + signal.SIGINT
    assert stored(alice, "alice")


def test_password_is_typed_after_a_suspension(alice):
    terminal = Terminal("passwd", "alice", "--store", alice.uri)
    for prompt in ("New password of alice: ", "Again: "):
        terminal.expect(prompt)
        terminal.send("half of ano")
        os.kill(terminal.pid, signal.SIGTSTP)
        terminal.expect(prompt)
        terminal.send(OTHER_PASSWORD + "\n")
    assert terminal.end() == DONE
    assert stored(alice, "alice", OTHER_PASSWORD)
    assert "purple" not in terminal.shown


def test_user_is_deleted_while_the_password_is_typed(alice):
    terminal = Terminal("passwd", "alice", "--store", alice.uri)
    terminal.expect("New password of alice: ")
    alice.delete("alice")
    terminal.send(OTHER_PASSWORD + "\n")
    terminal.expect("Again: ")
    terminal.send(OTHER_PASSWORD + "\n")
    terminal.expect("somebody else has just deleted")
    assert terminal.end() == NO_SUCH_USER
    assert alice.documents() == []


@pytest.mark.usefixtures("unsanitized_nginx")
def test_too_few_file_descriptors_to_ask(alice):
    """Whichever is the first that cannot be opened: one line says so, and the
    terminal is as it was. Sanitizers need some themselves."""
    for most in range(4, 30):
        terminal = Terminal("passwd", "alice", "--store", alice.uri,
                            start=f"ulimit -n {most};")
        asked = terminal.expect("(?m)^New password of alice: |^ngx-auth-admin: "
                                "[^\r]+\r$|error while loading.*$")
        if asked.group().startswith("New"):
            terminal.send("\x04")
            assert terminal.end() == USAGE
            break
        terminal.end()
    else:
        pytest.fail("it never asked")
    assert stored(alice, "alice")


def test_terminal_that_is_somebody_elses(alice):
    """In the background, with nobody left who could bring it to the front."""
    terminal = Terminal(
        "passwd", "alice", "--store", alice.uri, script="""
            set -m; exec 3<&0
            (( sleep 0.5; "$@" <&3; echo "[ended: $?]" ) &) &
            read nothing""")
    terminal.expect("ngx-auth-admin: terminal: Input/output error")
    assert terminal.end() == FAILED
    assert stored(alice, "alice")


@pytest.mark.parametrize("answer, deleted", [
    ("y\n", True), ("yes\n", True), ("n\n", False), ("\n", False),
    ("\x04", False), ("alice\n", False)])
def test_delete_asks_on_a_terminal(alice, answer, deleted):
    terminal = Terminal("delete", "alice", "--store", alice.uri)
    terminal.expect(r"Delete alice for good\? \[y/N\] ")
    terminal.send(answer)
    assert terminal.end() == (DONE if deleted else NOT_CONFIRMED)
    assert (alice.find("alice") is None) == deleted
