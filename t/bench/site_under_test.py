"""The nginx that is measured: one worker that serves one file of 1 KiB in
several ways, all with the same headers, and pages."""

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
# protected answers get is written there by hand. The addresses of the file have
# one length, because nginx looks at each byte.
CONFIGURATION = """
    access_log off;
    keepalive_requests 10000000;
    auth_realm site { store %%STORE%%; login_limit off; }

    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%;
        location = /          { auth_page home; }
        location = /login     { auth_page login; }
        location = /dashboard { auth_page dashboard; }
        location = /account   { auth_page account; }
        location = /logout    { auth_page logout; }
        location = /register  { auth_page register; }
        location = /protected/file { auth_login on; alias %%DIR%%/file; }
        location = /optional_/file  { auth_login on optional; alias %%DIR%%/file; }
        location = /beside___/file    { alias %%DIR%%/file; }
    }
    server {
        listen 127.0.0.1:%%PORT1%%;
        location = /bare_____/file {
            alias %%DIR%%/file;
            add_header Cache-Control "private, no-cache";
        }
        location = /basic____/file {
            alias %%DIR%%/file;
            auth_basic site;
            auth_basic_user_file %%DIR%%/users;
        }
        location = /request__/file {
            auth_request /check;
            alias %%DIR%%/file;
        }
        location = /check { internal; return 204; }
    }
"""

PAGES = {"home page": "/", "login page": "/login",
         "registration page": "/register", "dashboard": "/dashboard",
         "account page": "/account"}
ANONYMOUS = ("home page", "login page", "registration page")

# What Firefox sends when somebody follows a link, besides Host and Cookie. The
# cookie stands in the middle.
BEFORE_COOKIE = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 "
                  "Firefox/128.0",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,"
              "image/avif,image/webp,image/png,image/svg+xml,*/*;q=0.8",
    "Accept-Language": "en-US,en;q=0.5",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Connection": "keep-alive",
    "Referer": "http://127.0.0.1/somewhere/else?page=1",
}
BEHIND_COOKIE = {
    "Upgrade-Insecure-Requests": "1",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-User": "?1",
    "Priority": "u=0, i",
}


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
        self.cookie = f"ngx_auth={browser.jar['ngx_auth']}"

    def port(self, name):
        own = name in ("protected", "optional", "beside", *PAGES)
        return self.nginx.ports["PORT" if own else "PORT1"]

    def path(self, name):
        return PAGES.get(name) or f"/{name:_<9}/file"

    def headers(self, name, browser=False):
        """Those of a program, or all fourteen of a browser."""
        found = dict(BEFORE_COOKIE) if browser else {}
        if name not in ANONYMOUS:
            found["Cookie"] = self.cookie
        if name == "basic":
            found["Authorization"] = "Basic YWxpY2U6YmFzaWM="
        return {**found, **BEHIND_COOKIE} if browser else found

    def close(self):
        self.nginx.kill()
        self.nginx.remove()
        self.store.close()
