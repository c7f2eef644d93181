"""Command lines of compilers, as clang-tidy wants them, from what make would
do:

    make -nB … | python3 compile_commands.py FOLDER > compile_commands.json

FOLDER is where make runs."""

import json
import re
import shlex
import sys


def command(line, folder):
    """Of a line that compiles a C++ file; else None."""
    words = shlex.split(line) if " -c " in line else [""]
    if not words[-1].endswith(".cpp"):
        return None
    # nginx's own headers (-I FOLDER) and those of libraries are not ours to
    # examine: to clang-tidy they are the system's.
    arguments = ["-isystem" if word == "-I" else
                 re.sub("^-I(?=/usr/include/)", "-isystem", word)
                 for word in words]
    return {"directory": folder, "file": words[-1], "arguments": arguments}


def main():
    lines = sys.stdin.read().replace("\\\n", " ").splitlines()
    found = [command(line, sys.argv[1]) for line in lines]
    # of a file that is compiled twice, the first
    by_file = {entry["file"]: entry for entry in reversed(found) if entry}
    json.dump(list(by_file.values()), sys.stdout, indent=1)


if __name__ == "__main__":
    main()
