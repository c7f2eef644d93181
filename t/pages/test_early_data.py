"""A stranger who has recorded the early data of TLS 1.3 can send it again. So it
changes nothing: 425, and browsers send the request once more."""

import re
import select
import socket
import subprocess
import threading

import pytest

from harness.accounts import PASSWORD, SITE, login, register
from harness.nginx_server import eventually

LISTEN = """%%PORT%%;
        listen 127.0.0.1:%%PORT1%% ssl;
        ssl_certificate %%CERT%%;
        ssl_certificate_key %%KEY%%;
        ssl_protocols TLSv1.3;
        ssl_early_data on;
        ssl_session_cache shared:tls:1m;
"""

FORM = f"username=alice&password={PASSWORD.replace(' ', '+')}"


@pytest.fixture
def server(nginx, sqlite_store, tls_files):
    server = nginx(SITE.replace("%%PORT%%;", LISTEN), store=sqlite_store.uri,
                   realm="", server="location = /account { auth_page account; }",
                   **tls_files)
    register(server.client("PORT1", tls=True), "alice")
    return server


class Recorder:
    """Passes a connection on, and keeps what the client has sent before it
    heard anything. The end of the handshake is held back until the server has
    answered: data that comes with it is not early any more."""

    def __init__(self, port):
        self.first = b""
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        client, _ = self._listener.accept()
        with client, self._listener, \
                socket.create_connection(("127.0.0.1", self._port)) as server:
            # all that it sends by itself; the answer comes later
            self.first = read_until_silent(client)
            if not self.first:
                return
            server.sendall(self.first)
            client.sendall(read_until_silent(server))
            pairs = {client: server, server: client}
            while True:
                for source in select.select(list(pairs), [], [], 30)[0]:
                    data = source.recv(65536)
                    if not data:
                        return
                    pairs[source].sendall(data)


def read_until_silent(connection):
    """What comes until nothing has come for 1.5 seconds."""
    read = b""
    while select.select([connection], [], [], 1.5 if read else 30)[0]:
        data = connection.recv(65536)
        if not data:
            break
        read += data
    return read


def s_client(port, folder, *options, text=""):
    """openssl s_client; what it has received."""
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-tls1_3",
         "-servername", "localhost", "-ign_eof", *options],
        input=text, capture_output=True, text=True, timeout=60, check=False,
        cwd=folder)
    return done.stdout


def request(method, path, body=None, headers=""):
    text = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}"
    if body is not None:
        text += ("Content-Type: application/x-www-form-urlencoded\r\n"
                 f"Content-Length: {len(body)}\r\n")
    return text + "Connection: close\r\n\r\n" + (body or "")


def early(server, folder, text):
    """Sends it as early data; the answer, and what went over the wire."""
    port = server.ports["PORT1"]
    s_client(port, folder, "-sess_out", "session",
             text=request("GET", "/login"))
    (folder / "early").write_text(text)
    recorder = Recorder(port)
    answer = s_client(recorder.port, folder, "-sess_in", "session",
                      "-early_data", "early")
    assert "Early data was accepted" in answer, answer
    return answer[answer.index("Early data was accepted"):], recorder.first


def statuses(server, method):
    return re.findall(rf'"{method} [^"]*" (\d+) ', server.access_log)


def replay(server, recorded, method):
    """Sends it again, and waits until nginx has seen it."""
    before = len(statuses(server, method))
    with socket.create_connection(("127.0.0.1",
                                   server.ports["PORT1"])) as connection:
        connection.sendall(recorded)
        eventually(lambda: connection.recv(65536) == b""
                   or len(statuses(server, method)) > before, "no answer")


@pytest.mark.parametrize("path, body", [
    ("/login", FORM), ("/register", FORM.replace("alice", "bob")),
    ("/logout", ""), ("/account", "end_sessions=others")])
def test_replayed_form(server, tmp_path, sqlite_store, path, body):
    before = server.error_log
    answer, recorded = early(server, tmp_path, request("POST", path, body))
    assert "HTTP/1.1 425 Too Early" in answer
    assert "Cache-Control: no-store" in answer
    assert "Set-Cookie" not in answer
    for _ in range(3):
        replay(server, recorded, "POST")
    eventually(lambda: len(statuses(server, "POST")) == 5, "not all were seen")
    assert set(statuses(server, "POST")[1:]) == {"425"}
    assert " logged in" not in server.error_log[len(before):]
    assert len(sqlite_store.documents()) == 1


def test_logout_by_a_link(server, tmp_path):
    browser = server.browser("PORT1", tls=True)
    login(browser, "alice")
    answer, recorded = early(server, tmp_path, request(
        "GET", "/logout", headers=f"Cookie: {browser.cookie_header}\r\n"))
    assert "HTTP/1.1 425 Too Early" in answer
    replay(server, recorded, "GET")
    assert browser.get("/dashboard").status == 200


def test_pages_may_be_asked_for(server, tmp_path):
    for path in ("/", "/login", "/register"):
        answer, _ = early(server, tmp_path, request("GET", path))
        assert "HTTP/1.1 200 OK" in answer


def test_after_the_handshake(server, tmp_path):
    """The same connection, resumed: a form is a form."""
    port = server.ports["PORT1"]
    s_client(port, tmp_path, "-sess_out", "session",
             text=request("GET", "/login"))
    answer = s_client(port, tmp_path, "-sess_in", "session",
                      text=request("POST", "/login", FORM))
    assert "Reused, TLSv1.3" in answer
    assert "HTTP/1.1 303 See Other" in answer
