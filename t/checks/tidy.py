"""clang-tidy over src/, by .clang-tidy.

    tidy.py COMPILE_COMMANDS.JSON FOLDER

Nearly all of its time goes into headers, which each file includes again. So the
files of one folder are put together into one, in FOLDER, and its findings are
told by the lines of the files that they come from. Names without linkage have to
differ within a folder. The analyzer looks into small functions only where they
are called ("shallow"), which takes a fifth of the time."""

import bisect
import json
import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHALLOW = ["-Xclang", "-analyzer-config", "-Xclang", "mode=shallow"]
# Each file includes what it uses: together they include some things twice, and
# what one file lets pass (#define OPENSSL_SUPPRESS_DEPRECATED) comes too late.
CHECKS = "--checks=-readability-duplicate-include," \
    "-clang-diagnostic-deprecated-declarations"


def commands(database):
    """{file: the words of its compiler's command} of our files in src/."""
    return {Path(entry["file"]): shlex.split(entry["command"])
            for entry in json.loads(Path(database).read_text())
            if Path(entry["file"]).is_relative_to(ROOT / "src")
            or Path(entry["file"]).parent == ROOT}


def flags(command):
    """What matters to clang-tidy."""
    kept = [word for word in command[1:]
            if word.startswith(("-I", "-D", "-std"))]
    for word, folder in zip(command, command[1:]):
        if word == "-isystem":
            kept += [word, folder]
    return kept


class Joined:
    """Files as one."""

    def __init__(self, files, path):
        self._path, self._files, self._begins = path, sorted(files), []
        lines = []
        for file in self._files:
            self._begins.append(len(lines))
            lines += file.read_text().splitlines()
        path.write_text("\n".join(lines) + "\n")

    def examine(self, words):
        done = subprocess.run(
            ["clang-tidy", "--quiet", CHECKS, str(self._path), "--", *words,
             *SHALLOW], text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, cwd=ROOT, check=False)
        return done.returncode, re.sub(
            re.escape(str(self._path)) + r":(\d+)", self._place, done.stdout)

    def _place(self, match):
        line = int(match.group(1)) - 1
        index = bisect.bisect_right(self._begins, line) - 1
        file = self._files[index].relative_to(ROOT)
        return f"{file}:{line - self._begins[index] + 1}"


def main():
    database, target = sys.argv[1], Path(sys.argv[2]).resolve()
    target.mkdir(parents=True, exist_ok=True)
    (target / ".clang-tidy").write_bytes((ROOT / ".clang-tidy").read_bytes())
    found = commands(database)
    folders = {}
    for file in found:
        folders.setdefault(file.parent, []).append(file)

    def examine(folder):
        files = folders[folder]
        name = "_".join(folder.relative_to(ROOT).parts) or "front_door"
        return Joined(files, target / f"{name}.cpp").examine(
            flags(found[files[0]]) + [f"-I{folder}"])

    status = 0
    largest_first = sorted(folders, key=lambda folder: -len(folders[folder]))
    with ThreadPoolExecutor(int(os.environ.get("JOBS") or os.cpu_count())) as p:
        for code, findings in p.map(examine, largest_first):
            if code != 0:
                status = 1
                print(findings, flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
