"""libfaketime, by which a program sees another time than the machine has."""

from pathlib import Path

from .shipped import ROOT

UNPACKED = ROOT / "build/faketime"  # by ./build.sh test

VARIABLES = ("LD_PRELOAD", "FAKETIME_TIMESTAMP_FILE", "FAKETIME_NO_CACHE",
             "FAKETIME_DONT_FAKE_MONOTONIC", "NO_FAKE_STAT")
# Directives by which nginx's workers keep them.
KEEP = "".join(f"env {name};" for name in VARIABLES)


class WrongClock:
    """The clock of an nginx that is to be started. Only the time of day is
    wrong, and can be set while nginx runs; the monotonic clock is the
    machine's."""

    def __init__(self, server):
        self._file = Path(server.folder, "clock")
        libraries = list(UNPACKED.glob("usr/lib/*/faketime/libfaketimeMT.so.1"))
        assert libraries, "there is no libfaketime: run ./build.sh test"
        server.environment.update(zip(VARIABLES, [
            str(libraries[0]), str(self._file), "1", "1", "1"]))
        self.set(0)

    def set(self, seconds_ahead):
        """All at once, because nginx reads the file all the time."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds_ahead:+d}\n")
        new.chmod(0o644)  # the workers may be somebody else
        new.rename(self._file)
