"""src/nginx: includes lead downwards, and objects have names of their own."""

import re
from collections import Counter
from pathlib import Path

SRC = Path(__file__).parents[2] / "src"
ROOM = SRC / "nginx"

# What each floor may include besides itself; "" is the folder of the room.
BELOW = {"": set(), "internals": {""}}
BELOW["shared"] = {"", "internals"}
BELOW["threads"] = BELOW["shared"] | {"shared"}
BELOW["request"] = BELOW["threads"] | {"threads"}
BELOW["protect"] = BELOW["pages"] = BELOW["request"] | {"request"}
BELOW["conf"] = BELOW["pages"] | {"pages", "protect"}


def floor_of(path):
    return str(path.parent).removeprefix(".")


def test_each_floor_includes_only_those_below():
    files = [*ROOM.rglob("*.h"), *ROOM.rglob("*.cpp")]
    assert {floor_of(file.relative_to(ROOM)) for file in files} == set(BELOW)
    wrong = []
    for file in files:
        own = floor_of(file.relative_to(ROOM))
        for name in re.findall(r'^#include "nginx/(.+)"', file.read_text(),
                               re.MULTILINE):
            if floor_of(Path(name)) not in BELOW[own] | {own}:
                wrong.append(f"{file.relative_to(SRC)} includes nginx/{name}")
    assert not wrong


def test_no_two_objects_have_one_name():
    """nginx calls them addon/<last folder>/<file>."""
    objects = Counter(
        f"{file.parent.name}/{file.stem}" for file in SRC.rglob("*.cpp")
        if file.relative_to(SRC).parts[0] != "admin")
    assert {name for name, count in objects.items() if count > 1} == set()
