"""Protection is the same over every version of HTTP that a client speaks, and
for requests for a part of something."""

import socket
import ssl

import pytest

from harness.accounts import SITE, logged_in
from harness.documents import put
from harness.http2_client import Http2Client
from harness.http2_over_tls import Http2OverTls
from harness.http_client import read_response

LISTEN = """%%PORT%%;
        listen 127.0.0.1:%%PORT1%% http2;
        listen 127.0.0.1:%%PORT2%% ssl http2;
        ssl_certificate %%CERT%%;
        ssl_certificate_key %%KEY%%;
"""

SECRET = "the secret of this place"


@pytest.fixture
def server(nginx, sqlite_store, upstream, tls_files):
    server = nginx(SITE.replace("%%PORT%%;", LISTEN), store=sqlite_store.uri,
                   realm="", app=upstream.port, **tls_files, server="""
        location /files/ { auth_login site; root %%DIR%%/www; }
        location /app/ {
            auth_login site;
            proxy_pass http://127.0.0.1:%%APP%%;
        }
    """)
    put(server, "www/files/secret.txt", SECRET)
    return server


def test_http_1_0(server, upstream):
    alice = logged_in(server)
    cookie = f"Cookie: {alice.cookie_header}\r\n".encode()
    for path in (b"/files/secret.txt", b"/app/"):
        line = b"GET " + path + b" HTTP/1.0\r\n"
        refused = server.client().raw(line + b"\r\n")
        assert refused.status == 401
        assert SECRET not in refused.text
        redirected = server.client().raw(
            line + b"Accept: text/html\r\nUser-Agent: Mozilla/5.0\r\n\r\n")
        assert redirected.status == 302
        assert redirected.location == "/login?next=" + path.decode()
        assert server.client().raw(line + cookie + b"\r\n").status == 200
    assert [r.header("Remote-User") for r in upstream.requests] == ["alice"]


def test_http_0_9(server, upstream):
    """No version, no headers: nobody."""
    for path in (b"/files/secret.txt", b"/app/"):
        with server.client().connect() as connection:
            connection.sendall(b"GET " + path + b"\r\n")
            output = b"".join(iter(lambda: connection.recv(65536), b""))
        assert SECRET.encode() not in output
        assert b"401" in output
    assert upstream.requests == []


def test_one_connection_many_people(server, upstream):
    """A connection that a proxy in front shares is nobody's."""
    alice = logged_in(server, "alice")
    bob = logged_in(server, "bob")
    client = server.client()
    with client.connect() as connection:
        for cookie, status in ((None, 401), (alice.cookie_header, 200),
                               (None, 401), (bob.cookie_header, 200),
                               ("ngx_auth=" + "A" * 43, 401),
                               (alice.cookie_header, 200)):
            headers = {"Cookie": cookie} if cookie else {}
            assert client.get("/app/", headers=headers,
                              connection=connection).status == status
    assert [r.header("Remote-User") for r in upstream.requests] == \
        ["alice", "bob", "alice"]


def test_pipelined_requests(server, upstream):
    alice = logged_in(server)
    cookie = f"Cookie: {alice.cookie_header}\r\n".encode()
    line = b"GET /app/ HTTP/1.1\r\nHost: x\r\n"
    with server.client().connect() as connection:
        connection.sendall(line + b"\r\n" + line + cookie + b"\r\n"
                           + line + b"Connection: close\r\n\r\n")
        output = b"".join(iter(lambda: connection.recv(65536), b""))
    assert [part[:3] for part in output.split(b"HTTP/1.1 ")[1:]] == \
        [b"401", b"200", b"401"]
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_http_2(server, upstream, tls):
    port = "PORT2" if tls else "PORT1"
    alice = logged_in(server, **({"port": port, "tls": True} if tls else {}))
    with (Http2OverTls if tls else Http2Client)(server.ports[port]) as client:
        for path in ("/files/secret.txt", "/app/"):
            refused = client.request("GET", path)
            assert refused.status == 401
            assert SECRET not in refused.text
            redirected = client.request("GET", path, {
                "accept": "text/html", "user-agent": "Mozilla/5.0"})
            assert redirected.status == 302
            assert redirected.location == "/login?next=" + path
            assert redirected.body == b""
            allowed = client.request("GET", path,
                                     {"cookie": alice.cookie_header})
            assert allowed.status == 200
            assert allowed.header("cache-control") == "private, no-cache"
    assert [r.header("Remote-User") for r in upstream.requests] == ["alice"]
    assert upstream.last.header("Cookie") is None


def test_http_2_streams_of_many_people(server, upstream):
    alice, bob = logged_in(server, "alice"), logged_in(server, "bob")
    asked = [alice.cookie_header, bob.cookie_header, "a=b"] * 5
    with Http2Client(server.ports["PORT1"]) as client:
        streams = [client.send("GET", f"/app/{n}", {"cookie": cookie})
                   for n, cookie in enumerate(asked)]
        statuses = [client.wait(stream).status for stream in streams]
    assert statuses == [200, 200, 401] * 5
    told = {int(r.path[5:]): r.header("Remote-User")
            for r in upstream.requests}
    assert told == {n: ["alice", "bob"][n % 3] for n in range(15) if n % 3 < 2}


def test_http_1_over_tls(server, upstream):
    client = server.client("PORT2", tls=True)
    assert client.get("/app/").status == 401
    assert server.browser("PORT2", tls=True).get("/app/").location == \
        "/login?next=/app/"
    alice = logged_in(server, port="PORT2", tls=True)
    assert alice.get("/app/").status == 200
    assert upstream.last.header("Remote-User") == "alice"
    assert upstream.last.header("Cookie") is None


def test_early_end_of_tls(server):
    """A client that only shakes hands, or not even that, breaks nothing."""
    for data in (b"", b"\x16\x03\x01", b"GET / HTTP/1.1\r\n\r\n"):
        with server.client("PORT2").connect() as connection:
            connection.sendall(data)
    with pytest.raises((ssl.SSLError, OSError)):
        with server.client("PORT2").connect() as connection:
            ssl.create_default_context().wrap_socket(
                connection, server_hostname="localhost")
    assert server.client("PORT2", tls=True).get("/app/").status == 401


# Parts, and nothing but headers

def test_range(server):
    asked = {"Range": "bytes=4-9"}
    refused = server.client().get("/files/secret.txt", headers=asked)
    assert refused.status == 401
    assert refused.header("Content-Range") is None
    alice = logged_in(server)
    part = alice.get("/files/secret.txt", headers=asked)
    assert (part.status, part.text) == (206, SECRET[4:10])
    assert part.header("Cache-Control") == "private, no-cache"
    assert alice.get("/files/secret.txt",
                     headers={"Range": "bytes=999-"}).status == 416


@pytest.mark.parametrize("path", ["/files/secret.txt", "/app/"])
def test_head(server, path):
    refused = server.client().head(path)
    assert (refused.status, refused.body) == (401, b"")
    assert server.browser().head(path).status == 302
    alice = logged_in(server)
    allowed = alice.head(path)
    assert (allowed.status, allowed.body) == (200, b"")
    assert allowed.header("Content-Length") == \
        str(len(alice.get(path).body))


def test_not_modified(server):
    """Nobody learns from a 304 that a guess was right."""
    alice = logged_in(server)
    first = alice.get("/files/secret.txt")
    for asked in ({"If-None-Match": first.header("ETag")},
                  {"If-None-Match": "*"},
                  {"If-Modified-Since": first.header("Last-Modified")}):
        assert server.client().get("/files/secret.txt",
                                   headers=asked).status == 401
        again = alice.get("/files/secret.txt", headers=asked)
        assert (again.status, again.body) == (304, b"")
        assert again.header("Cache-Control") == "private, no-cache"
    failed = {"If-Match": '"other"'}
    assert server.client().get("/files/secret.txt",
                               headers=failed).status == 401
    assert alice.get("/files/secret.txt", headers=failed).status == 412


def test_refusal_keeps_the_connection(server):
    client = server.client()
    with client.connect() as connection:
        for headers in ({}, {"Accept": "text/html"}) * 3:
            response = client.get("/app/", headers=headers,
                                  connection=connection)
            assert response.status in (401, 302)
        posted = client.request("POST", "/app/", body=b"x" * 300_000,
                                connection=connection)
        assert posted.status == 401
        assert client.get("/login", connection=connection).status == 200


def test_half_a_request(server):
    with server.client().connect() as connection:
        connection.sendall(b"GET /app/ HTTP/1.1\r\nHost: x\r\nCook")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(65536) == b""
    with server.client().connect() as connection:
        connection.sendall(b"POST /app/ HTTP/1.1\r\nHost: x\r\n"
                           b"Content-Length: 10\r\n\r\nxxx")
        assert read_response(connection, "POST").status == 401
