"""Who nginx's workers are: nobody when the tests run as root, else we."""

import grp
import os
import pwd

WORKER_USER, WORKER_GROUP = "nobody", "nogroup"


def user_directive():
    return f"user {WORKER_USER} {WORKER_GROUP};" if os.geteuid() == 0 else ""


def give_to_worker(path, mode=0o700):
    os.chmod(path, mode)
    if os.geteuid() == 0:
        os.chown(path, pwd.getpwnam(WORKER_USER).pw_uid,
                 grp.getgrnam(WORKER_GROUP).gr_gid)
