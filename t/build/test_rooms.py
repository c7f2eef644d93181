"""What a room of src/ may include: the rooms that CMakeLists.txt says it needs,
and nothing else."""

import json
import re
import shlex
import subprocess

import pytest

from harness.shipped import ROOT

COMMANDS = ROOT / "build/release/compile_commands.json"

pytestmark = pytest.mark.once


def compile_in(room, text, folder):
    """The compiler's words on a file of that room, "" if it has none."""
    words = next(shlex.split(entry["command"])
                 for entry in json.loads(COMMANDS.read_text())
                 if f"/src/{room}/" in entry["file"])
    source = folder / "source.cpp"
    source.write_text(text)
    flags = [word for word in words[1:-4] if not word.startswith("-o")]
    return subprocess.run(
        [words[0], *flags, "-fsyntax-only", str(source)], text=True,
        cwd=COMMANDS.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=60, check=False).stdout


@pytest.mark.parametrize("room, header", [
    ("store", "base/secret.h"), ("account", "store/user_store.h"),
    ("account", "base/secret.h"), ("admin", "account/username.h")])
def test_includes_of_rooms_below(room, header, tmp_path):
    assert compile_in(room, f'#include "{header}"\n', tmp_path) == ""


@pytest.mark.parametrize("room, header", [
    ("base", "store/user_store.h"), ("store", "account/username.h"),
    ("store", "web/form.h"), ("web", "account/username.h"),
    ("session", "store/user_store.h"), ("account", "session/session_table.h"),
    ("admin", "nginx/ngx.h"), ("account", "ngx_core.h")])
def test_any_other_include_fails(room, header, tmp_path):
    output = compile_in(room, f'#include "{header}"\n', tmp_path)
    assert f"fatal error: {header}: No such file" in output


def test_no_include_leads_out_of_its_room():
    """The compiler looks beside a file, too, whatever its room may use."""
    for file in (ROOT / "src").rglob("*.[ch]*"):
        assert not re.search(r'^#include "[^"]*\.\./', file.read_text(),
                             re.M), file
