"""oauth2-proxy behind `auth_request`."""

import secrets
import shutil
import subprocess
import tempfile

from contestant import (CACHE_CONTROL, MEMBER, PROXIED, TOOLS, VISITOR,
                        Contestant, Unavailable, wait_until_it_listens)
from priority import SERVER, put_first

from harness.ports import free_port

OAUTH2_PROXY = TOOLS / "oauth2-proxy"


class OAuth2Proxy(Contestant):
    name = "oauth2-proxy"
    about = ("`auth_request` to oauth2-proxy with its password form and an "
             "htpasswd file (bcrypt, cost 10)")
    above = "upstream proxy { server 127.0.0.1:%%OAUTH%%; keepalive 32; }"
    protect = "auth_request /oauth2/auth; " + CACHE_CONTROL
    server = f"""location = /oauth2/auth {{ internal; proxy_pass http://proxy;
            {PROXIED} }}
        location /oauth2/ {{ proxy_pass http://proxy; proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Connection ""; }}"""
    cookie = "_oauth2_proxy"
    login = "/oauth2/sign_in"
    pages = {"login page": "/oauth2/sign_in"}

    def prepare(self):
        if not OAUTH2_PROXY.exists():
            raise Unavailable("it was not built: t/bench/set_up.sh says why")
        folder = tempfile.mkdtemp(prefix="auth-oauth2-")
        self._closing.append(lambda: shutil.rmtree(folder))
        for option, person in ("-cbB", VISITOR), ("-bB", MEMBER):
            subprocess.run(["htpasswd", option, "-C10", f"{folder}/users",
                            person["username"], person["password"]],
                           check=True, capture_output=True)
        port = free_port()
        self._process = subprocess.Popen(
            [OAUTH2_PROXY, f"--http-address=127.0.0.1:{port}",
             "--provider=github", "--client-id=none", "--client-secret=none",
             f"--cookie-secret={secrets.token_hex(16)}",
             "--cookie-secure=false", "--email-domain=*",
             f"--htpasswd-file={folder}/users", "--upstream=static://202",
             "--reverse-proxy=true", "--request-logging=false",
             "--auth-logging=false", "--standard-logging=false"],
            stderr=subprocess.DEVNULL, start_new_session=True)
        self._closing.append(self._stop)
        put_first(SERVER, self._process.pid)
        wait_until_it_listens(port, self._process)
        self.names = {"oauth": port}

    def _stop(self):
        self._process.terminate()
        self._process.wait()

    def register(self):
        self._cookie = self.log_in(False)

    def credentials(self, tls=False):
        return self._cookie

    def pids(self):
        return [*super().pids(), self._process.pid]
