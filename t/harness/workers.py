"""Who nginx's workers are (nobody when the tests run as root, else we), and
what /proc says of them."""

import contextlib
import grp
import os
import pwd
from pathlib import Path

WORKER_USER, WORKER_GROUP = "nobody", "nogroup"

# How /proc says that what was just listed has ended.
GONE = FileNotFoundError, ProcessLookupError


def user_directive():
    return f"user {WORKER_USER} {WORKER_GROUP};" if os.geteuid() == 0 else ""


def give_to_worker(path, mode=0o700):
    os.chmod(path, mode)
    if os.geteuid() == 0:
        os.chown(path, pwd.getpwnam(WORKER_USER).pw_uid,
                 grp.getgrnam(WORKER_GROUP).gr_gid)


def resident_mib(pids):
    """The memory that they have, together."""
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1])
                for pid in pids)
    return pages * 4096 / 2**20


def open_files(pid):
    """What the process's descriptors are: paths, "socket:[…]". A descriptor
    that it closes in the meantime is left out; nothing if it has ended."""
    found = set()
    with contextlib.suppress(*GONE):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(*GONE):
                found.add(os.readlink(descriptor))
    return found


def threads(pid, name):
    """What the file of that name says of each of the process's threads, in
    /proc; a thread that ends in the meantime is left out."""
    found = []
    with contextlib.suppress(*GONE):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(*GONE):
                found.append((thread / name).read_text())
    return found
