"""The version that the module and the tool print, which is that of the
changelog."""

import re

from harness.admin_tool import DONE, run
from harness.shipped import ROOT


def newest():
    """The version of the changelog's first section."""
    return re.search(r"^## (\d+\.\d+\.\d+)$",
                     (ROOT / "CHANGELOG.md").read_text(), re.M).group(1)


def test_module_writes_it_into_the_log(nginx, sqlite_store):
    server = nginx("auth_realm site { store %%STORE%%; }\n"
                   "server { listen 127.0.0.1:%%PORT%%; }",
                   store=sqlite_store.uri)
    line = f"[notice] {server.pid}#{server.pid}: auth: ngx_http_auth_module"
    assert server.error_log.count(f"{line} {newest()}\n") == 1
    server.reload()
    assert server.error_log.count(f"{line} {newest()}\n") == 2


def test_tool_prints_it():
    answer = run("--version")
    assert answer.status == DONE
    assert answer.out == f"ngx-auth-admin {newest()}\n"
    assert answer.err == ""
