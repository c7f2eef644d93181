"""What a core dump of a process would hold: its writable memory, read through
/proc as a debugger does (its parent, or root, may), and which secrets are in
it, also in pieces: what frees memory writes over the first bytes of it."""

import base64
import re

# So many characters of a secret are enough to know it by.
PIECE = 12

_TEXT = re.compile(rb"[!-~]{%d,}" % PIECE)
_WIDE_TEXT = re.compile(rb"(?:[!-~]\0\0\0){%d,}" % PIECE)
_NOTHING = bytes(256)


def _written(data):
    """[(offset, bytes)] without the stretches of zeros in between."""
    at = 0
    for part in data.split(_NOTHING):
        if part:
            yield at, part
        at += len(part) + len(_NOTHING)


def readable(pid):
    """[(mapping's name, address, bytes)] of all writable memory."""
    with open(f"/proc/{pid}/maps") as maps:
        lines = [line.split(None, 5) for line in maps]
    parts = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for place, rights, *_, name in (
                line if len(line) == 6 else [*line, "anonymous"]
                for line in lines):
            if not rights.startswith("rw"):
                continue
            start, end = (int(at, 16) for at in place.split("-"))
            memory.seek(start)
            try:
                parts.append((name.strip(), start, memory.read(end - start)))
            except OSError:
                pass  # a guard page
    assert parts
    return parts


def encoded(secret):
    """The secret as bytes, and as base64 of them wherever they begin."""
    plain = secret.encode()
    yield plain
    for before in range(3):
        digits = base64.b64encode(b"\0" * before + plain).rstrip(b"=")
        yield digits[(0, 2, 3)[before]:-1]


class Sought:
    """Secrets, each with a label that tells where it has been."""

    def __init__(self, secrets):
        self._label_of = {}
        for secret, label in secrets.items():
            for form in encoded(secret):
                for at in range(len(form) - PIECE + 1):
                    self._label_of[form[at:at + PIECE]] = label

    def found_in(self, data):
        """[(offset, label)] of every place that holds a secret."""
        hits = []
        for start, part in _written(data):
            hits += [(start + offset, label)
                     for offset, label in self._found_in_part(part)]
        return hits

    def _found_in_part(self, part):
        for run in _TEXT.finditer(part):
            text = run.group()
            at = 0
            while at <= len(text) - PIECE:
                label = self._label_of.get(text[at:at + PIECE])
                if label is not None:
                    yield run.start() + at, label
                    at += PIECE
                else:
                    at += 1
        for run in _WIDE_TEXT.finditer(part):
            label = self._label_of.get(run.group()[::4][:PIECE])
            if label is not None:
                yield run.start(), label

    def found_in_process(self, pid):
        """{label: [(mapping, address, what stands around it), …]}"""
        found = {}
        for name, start, data in readable(pid):
            for offset, label in self.found_in(data):
                around = data[max(0, offset - 100):offset + 100]
                found.setdefault(label, []).append(
                    (name, start + offset, around))
        return found


def described(found):
    """A few lines for a failed assertion."""
    lines = []
    for label, places in sorted(found.items()):
        lines.append(f"{label}: {len(places)} times")
        lines += [f"    {address:#x} in {name}: {around!r}"
                  for name, address, around in places[:3]]
    return "\n".join(lines)
