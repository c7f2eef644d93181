"""Temporary folders of the servers that are tested."""

import functools
import os
import shutil
import tempfile

IN_MEMORY = "/dev/shm"
ENOUGH = 2 << 30  # bytes; all tests at once need less than a quarter


@functools.cache
def _parent():
    """In memory, where the machine lets: a database waits for the disk at each
    write, and longer if other programs use it."""
    if (os.access(IN_MEMORY, os.W_OK)
            and shutil.disk_usage(IN_MEMORY).free >= ENOUGH):
        return IN_MEMORY
    return None


def temporary_folder(prefix):
    """A new one, of which the caller is the owner."""
    return tempfile.mkdtemp(prefix=prefix, dir=_parent())
