"""What nginx does by itself: this module, and what people use instead that needs
no other program."""

import os
import shutil
import subprocess
import tempfile

from contestant import (CACHE_CONTROL, VISITOR, Contestant, Unavailable,
                        register_both)
from site_under_test import MODULE, NGINX, accounts

from harness import other_modules
from harness.stores import MongoStore, SqliteStore


class Module(Contestant):
    name = "this module"
    about = "`auth_login on`, users in SQLite"
    module = MODULE
    above = """auth_realm site {
        store %%STORE%%;
        login_limit off;
        registration_limit off;
    }"""
    protect = "auth_login on;"
    server = accounts.PAGES.replace("location = /          { auth_page home; }",
                                    "location = /account { auth_page account; }")
    login = "/login"
    pages = {"login page": "/login", "dashboard": "/dashboard"}

    def make_store(self):
        return SqliteStore()

    def prepare(self):
        self.store = self.make_store()
        self._closing.append(self.store.close)
        self.names = {"store": self.store.uri}

    def register(self):
        register_both(self.port())
        self._cookies = {tls: self.log_in(tls) for tls in (False, True)}

    def credentials(self, tls=False):
        return self._cookies[tls]


class ModuleOnMongo(Module):
    name = "this module, MongoDB"
    about = "the same, users in MongoDB"

    def make_store(self):
        return MongoStore(self._mongo())

    def database_pids(self):
        return [self._mongo().pid]


class Basic(Contestant):
    """Its own word for the password, as `htpasswd` makes it."""

    about = "`auth_basic`, what `htpasswd -m` makes"
    name = "auth_basic, apr1"
    kind = "-m"
    protect = ("auth_basic site; auth_basic_user_file %%USERS%%; "
               + CACHE_CONTROL)

    def prepare(self):
        folder = tempfile.mkdtemp(prefix="auth-basic-")
        self._closing.append(lambda: shutil.rmtree(folder))
        os.chmod(folder, 0o755)
        subprocess.run(["htpasswd", "-cb" + self.kind[1:], f"{folder}/users",
                        VISITOR["username"], "basic"], check=True,
                       capture_output=True)
        os.chmod(f"{folder}/users", 0o644)
        self.names = {"users": f"{folder}/users"}

    def credentials(self, tls=False):
        return {"Authorization": "Basic YWxpY2U6YmFzaWM=",
                **super().credentials(tls)}


class BasicBcrypt(Basic):
    name = "auth_basic, bcrypt"
    about = "`auth_basic`, what `htpasswd -B` makes (cost 5)"
    kind = "-B"


class Request204(Contestant):
    name = "auth_request, 204"
    about = ("`auth_request` to a location of the same nginx that only looks "
             "for a cookie: the least that `auth_request` can cost")
    protect = "auth_request /check; " + CACHE_CONTROL
    server = ("location = /check { internal; "
              'if ($cookie_ngx_auth = "") { return 401; } return 204; }')


class Lua(Contestant):
    name = "Lua"
    about = ("a session check by hand in `access_by_lua_block`: a cookie's "
             "token, looked up in a `lua_shared_dict`")
    above = other_modules.LUA + "lua_shared_dict sessions 10m;"
    cookie = "session"
    protect = """access_by_lua_block {
            local token = ngx.var.cookie_session
            local user = token and ngx.shared.sessions:get(token)
            if not user then
                return ngx.redirect("/login")
            end
            ngx.req.set_header("Remote-User", user)
        } """ + CACHE_CONTROL
    server = """location = /make {
            content_by_lua_block {
                ngx.shared.sessions:set(ngx.var.arg_token, "alice", 43200)
                ngx.say("made")
            }
        }"""

    def prepare(self):
        output = subprocess.run([NGINX, "-V"], capture_output=True, text=True,
                              check=True).stderr
        if "--modules-path=/usr/lib/nginx/modules" not in output:
            raise Unavailable("its package is for Debian's nginx")
        self.names = other_modules.options(
            NGINX, "ndk_http_module", "ngx_http_lua_module")

    def register(self):
        answer = self.nginx.client().get(f"/make?token={'A' * 43}")
        assert answer.body == b"made\n", answer
