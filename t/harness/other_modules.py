"""Debian's modules of nginx that ./build.sh test unpacks beside it, for a
server with the directives that load them."""

import subprocess

import pytest

from .shipped import ROOT

FOLDER = ROOT / "build/other-modules"
MODULES = FOLDER / "usr/lib/nginx/modules"
LUA = f"lua_package_path '{FOLDER}/usr/share/lua/5.1/?.lua;;';"


def options(program, *names):
    """For Nginx(): it loads these before the configuration begins. Skips the
    test on an nginx that is not Debian's, for which they are not."""
    output = subprocess.run([program, "-V"], capture_output=True, text=True,
                          check=True).stderr
    if "--modules-path=/usr/lib/nginx/modules" not in output:
        pytest.skip("the modules are for Debian's nginx")
    assert MODULES.exists(), "no other modules: run ./build.sh test"
    libraries = ":".join(str(path) for path in FOLDER.glob("**/*-linux-*"))
    return {"main": "".join(f"load_module {MODULES}/{name}.so;\n"
                            for name in names),
            "environment": {"LD_LIBRARY_PATH": libraries}}
