"""Linux shares the processors out to sessions first, each as its autogroup's
nice value says. Servers go before whatever else the machine does, and clients
before servers: a real client does not wait for the server to leave it a
processor."""

import contextlib
from pathlib import Path

CLIENT, SERVER = -20, -19


def put_first(nice, pid="self"):
    """The session of a process, if the kernel lets us."""
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(nice))
