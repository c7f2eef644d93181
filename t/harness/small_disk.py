"""A file system that can be full: a small one in memory, in a mount namespace of
its own. Making it takes root."""

import os
import shutil
import subprocess

from .machines import NotAllowed
from .nginx_server import PATIENCE

SIZE = 4 << 20  # bytes

# Says that it is mounted, and keeps it until its standard input is closed.
HOLD = 'mount -t tmpfs -o size=$2,mode=0755 none "$1" && echo mounted && read _'


class SmallDisk:
    """Is mounted on the folder, for what `wrapper` runs. path(…) is where others
    find a file of it, but not SQLite, which follows links by what they say."""

    def __init__(self, folder):
        self._holder = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", HOLD, "sh", folder, str(SIZE)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        answer = self._holder.stdout.readline().strip()
        if answer != "mounted":
            self.close()
            raise NotAllowed(answer)
        self.wrapper = ("nsenter", f"--mount=/proc/{self._holder.pid}/ns/mnt")
        self._folder = folder
        self._ballast = self.path(os.path.join(folder, "ballast"))

    def path(self, path):
        return f"/proc/{self._holder.pid}/root{path}"

    def fill(self):
        with open(self._ballast, "wb", buffering=0) as ballast:
            while True:
                try:
                    ballast.write(bytes(4096))
                except OSError:
                    return

    def empty(self):
        os.remove(self._ballast)

    def copy_out(self):
        """All files, into the folder as others see it."""
        shutil.copytree(self.path(self._folder), self._folder,
                        dirs_exist_ok=True)

    def close(self):
        self._holder.communicate(timeout=PATIENCE)
