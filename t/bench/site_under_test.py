"""The nginx that is measured: one worker that serves one file of 1 KiB in
several ways, all with the same headers."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from harness import accounts  # noqa: E402
from harness.nginx_server import Nginx  # noqa: E402
from harness.stores import SqliteStore  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
NGINX = os.environ.get("NGINX_BINARY") or "/usr/sbin/nginx"
MODULE = os.environ.get("NGINX_MODULE") or str(
    ROOT / "build/ngx_http_auth_module.so")

# `bare` is a server that knows nothing of the module; the Cache-Control that
# protected answers get is written there by hand.
CONFIGURATION = """
    access_log off;
    keepalive_requests 10000000;
    auth_realm site { store %%STORE%%; login_limit off; }

    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%;
        location = /login    { auth_page login; }
        location = /register { auth_page register; }
        location = /protected/file { auth_login on; alias %%DIR%%/file; }
        location = /optional/file  { auth_login on optional; alias %%DIR%%/file; }
        location = /beside/file    { alias %%DIR%%/file; }
    }
    server {
        listen 127.0.0.1:%%PORT1%%;
        location = /bare/file {
            alias %%DIR%%/file;
            add_header Cache-Control "private, no-cache";
        }
        location = /basic/file {
            alias %%DIR%%/file;
            auth_basic site;
            auth_basic_user_file %%DIR%%/users;
        }
        location = /request/file {
            auth_request /check;
            alias %%DIR%%/file;
        }
        location = /check { internal; return 204; }
    }
"""


class Site:
    """Starts it; `cookie` is that of a live session."""

    def __init__(self, program=NGINX, module=MODULE, main=""):
        self.store = SqliteStore()
        self.nginx = Nginx(program, module, CONFIGURATION, workers=1,
                           store=self.store.uri, log_level="error", main=main)
        Path(self.nginx.folder, "file").write_bytes(b"x" * 1024)
        # the password "basic", by openssl passwd -apr1
        Path(self.nginx.folder, "users").write_text(
            "alice:$apr1$fYmmGfOU$w6glM8vbZKXj9RF7RK3d//\n")

    def log_in(self):
        browser = accounts.logged_in(self.nginx)
        self.cookie = browser.cookie_header

    def port(self, name):
        own = name in ("protected", "optional", "beside")
        return self.nginx.ports["PORT" if own else "PORT1"]

    def headers(self, name):
        found = {"Cookie": self.cookie}
        if name == "basic":
            found["Authorization"] = "Basic YWxpY2U6YmFzaWM="
        return found

    def close(self):
        self.nginx.kill()
        self.nginx.remove()
        self.store.close()
