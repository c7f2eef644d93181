"""Who nginx's workers are: nobody when the tests run as root, else we."""

import grp
import os
import pwd
from pathlib import Path

WORKER_USER, WORKER_GROUP = "nobody", "nogroup"


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
