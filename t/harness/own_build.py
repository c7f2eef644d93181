"""What people get who build by themselves: Debian's nginx source, configured
with nothing but --with-compat, by a compiler that finds fault with each C++
file, as one may that is newer than this code. It takes a minute, so it is done
once, however many processes run tests."""

import fcntl
import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = Path("/usr/share/nginx/src")
ROOMS = ROOT / "build/release/librooms.a"

FAULT = "static int unused_in_every_file;\n"
COMPILER = """#!/bin/sh
for argument; do
    case $argument in
        *.cpp) exec cc -include %s/fault.h "$@" ;;
    esac
done
exec cc "$@"
"""


def make_once(tmp_path_factory, name, build):
    """The folder in which build(folder) has been called once in this run."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / name
    with open(shared / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            build(folder)
            (folder / "done").touch()
    return folder


def run(*command, **environment):
    own = {name: value for name, value in os.environ.items()
           if not name.startswith("NGX_HTTP_AUTH_")}
    done = subprocess.run(command, cwd=SOURCE, env={**own, **environment},
                          text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=1200, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def configure(folder, add, rooms=ROOMS):
    """What does not include nginx's headers is the same for every nginx: it is
    compiled already, in `rooms`."""
    (folder / "fault.h").write_text(FAULT)
    compiler = folder / "cc"
    compiler.write_text(COMPILER % folder)
    compiler.chmod(0o755)
    environment = {"NGX_HTTP_AUTH_ROOMS": str(rooms)} if rooms else {}
    run(SOURCE / "configure", f"--builddir={folder}/objs", "--with-compat",
        f"--with-cc={compiler}", "--with-cc-opt=-O0 -g0 -fPIC", f"{add}={ROOT}",
        **environment)


def make(folder, target):
    return run("make", "-s", "-j2", "-f", f"{folder}/objs/Makefile", target)


def module(tmp_path_factory):
    """The folder with objs/ngx_http_auth_module.so, and the compiler's words
    about the files that include nginx's headers in the file `said`."""
    def build(folder):
        configure(folder, "--add-dynamic-module")
        (folder / "said").write_text(make(folder, "modules"))

    return make_once(tmp_path_factory, "own-module", build)


def undefined_in_static_link(tmp_path_factory, folder):
    """What the module's objects lack beside nginx and the libraries that
    configure would link an nginx with, if the module was part of it. (That
    nginx's own sources are not in Debian's package.)"""
    objects = (module(tmp_path_factory) / "objs").glob("addon/*/*.o")
    configure(folder, "--add-module")
    rule = re.search(r" -o \S+/objs/nginx .*?\n\n",
                     (folder / "objs/Makefile").read_text(), re.DOTALL)
    libraries = [word for word in rule[0].split() if word.startswith("-")][1:]
    linked = subprocess.run(
        ["cc", "-shared", "-Wl,--no-undefined", "-o", folder / "linked.so",
         *objects, ROOMS, *libraries], text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=300, check=False).stdout
    names = set(re.findall(
        r"undefined reference to (?:symbol )?[`']([^'@]+)", linked))
    assert "ngx_palloc" in names, linked[:2000]
    return {name for name in names if not name.startswith("ngx_")}
