"""Memory that runs out when a test wants it: nginx runs with malloc and the
like from failing_malloc.c, which it preloads."""

import mmap
import struct
from pathlib import Path

from . import preload

SOURCE = Path(__file__).with_suffix(".c")

ALL = 1 << 40


def build(folder):
    """Compiles the library that is preloaded; returns its path."""
    # -O2: calls of the real functions are jumps, so that LeakSanitizer sees
    # who called, which it asks for what the dynamic loader allocates.
    return preload.build(SOURCE, folder, "-O2", "-g", "-fexceptions")


class FailingMalloc:
    def __init__(self, library, folder):
        path = Path(folder, "failing_malloc.control")
        path.write_bytes(bytes(mmap.PAGESIZE))
        with open(path, "r+b") as control:
            self._control = mmap.mmap(control.fileno(), mmap.PAGESIZE)
        sanitizer = preload.SANITIZER + ":allocator_may_return_null=1"
        self.environment = {"LD_PRELOAD": str(library),
                            "FAILING_MALLOC": str(path),
                            "ASAN_OPTIONS": sanitizer,
                            "LSAN_OPTIONS": "print_suppressions=0"}

    def arm(self, first, count=1):
        """From now on, counts allocations; number `first` and the next ones,
        `count` of them, fail."""
        self._set(0, 0, 0)
        self._set(0, first, count)

    def disarm(self):
        """Returns how many allocations there have been."""
        self._control[8:16] = bytes(8)
        return struct.unpack("q", self._control[:8])[0]

    def _set(self, *values):
        self._control[:24] = struct.pack("qqq", *values)
