"""Free TCP ports for servers that are started a moment later."""

import itertools
import os
import socket

# Below the kernel's range for outgoing connections (32768 and up), so that no
# client's socket can take a port between our look and the server's bind. Each
# pytest-xdist worker has a part of the range to itself.
_FIRST, _PART = 12000, 2000


def _candidates():
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw9")[2:]) % 10
    first = _FIRST + worker * _PART
    start = os.getpid() % _PART
    for step in itertools.count():
        yield first + (start + step) % _PART


_ports = _candidates()


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port():
    return next(port for port in _ports if is_free(port))
