"""ngx-auth-admin, run as an operator's script runs it."""

import json
import os
import subprocess

import argon2

from harness.accounts import PASSWORD, REFUSED
from harness.shipped import ROOT

TOOL = os.environ.get("NGX_AUTH_ADMIN") or str(
    ROOT / "build/ngx-auth-admin")

DONE, USAGE, NO_SUCH_USER, FORBIDDEN, UNAVAILABLE, FAILED, UNKNOWN, \
    NOT_CONFIRMED = range(8)

OTHER_PASSWORD = "purple monkey dishwasher"

# libmongoc writes a line when it finds what another process of the same
# number, which was killed, has left in /dev/shm.
QUIET = {"MONGOC_DISABLE_SHM": "1"}


class Answer:
    def __init__(self, done):
        self.status = done.returncode
        self.out = done.stdout.decode()
        self.err = done.stderr.decode()

    @property
    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"<exit {self.status}: {self.out!r} {self.err!r}>"


def run(*arguments, password=None, line=None, environment=None, by=(),
        **options):
    """Runs the tool without a terminal, by the program `by` if there is one. A
    password is sent as one line, the bytes of `line` as they are."""
    if password is not None:
        line = password.encode() + b"\n"
    answer = Answer(subprocess.run(
        [*by, TOOL, *arguments], input=line or b"", capture_output=True,
        timeout=60,
        env={**os.environ, **QUIET, **(environment or {})}, check=False,
        **options))
    for text in (answer.out, answer.err):
        assert "$argon2" not in text, answer
        assert password is None or password not in text, answer
    return answer


def stored(store, username, password=PASSWORD):
    """Whether the user has this password."""
    try:
        return argon2.PasswordHasher().verify(
            store.find(username)["password"], password)
    except argon2.exceptions.VerifyMismatchError:
        return False


def refused(server, username, password=PASSWORD):
    """Nobody logs in by that."""
    response = server.client().post(
        "/login", {"username": username, "password": password})
    assert response.status == 401 and REFUSED in response.page.text, response
    return True
