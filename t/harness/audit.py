"""An audit log, as a program reads it."""

import json
import re
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

from .nginx_server import PATIENCE

AUDITED = "audit_log %%DIR%%/audit.log;"


def path_of(server):
    return Path(server.folder, "audit.log")


def parse(text):
    """The events of a log, each line of which has to be one."""
    assert text == "" or text.endswith("\n"), text[-200:]
    lines = text.split("\n")[:-1]
    for line in lines:
        assert re.fullmatch("[\x20-\x7e]+", line), line
    return [json.loads(line) for line in lines]


def events(server):
    """The events so far, without their times, which are looked at here."""
    found = parse(path_of(server).read_text())
    now = datetime.now(timezone.utc)
    for event in found:
        when = event.pop("time")
        assert re.fullmatch(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", when), when
        age = now - datetime.fromisoformat(when.replace("Z", "+00:00"))
        assert timedelta(seconds=-2) < age < timedelta(minutes=5), when
        assert event.pop("realm") == "site"
    return found


def count(server):
    """How many events there are, also while another is being written."""
    return path_of(server).read_text().count("\n")


def wait_for_events(server, number):
    """The events, of which there are to be so many: that a login failed is
    written once its answer is out."""
    assert is_more_than(server, number - 1, PATIENCE), path_of(server).read_text()
    found = events(server)
    assert len(found) == number, found
    return found


def is_more_than(server, number, seconds):
    """Whether there are more events within that time."""
    deadline = time.monotonic() + seconds
    while count(server) <= number:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
