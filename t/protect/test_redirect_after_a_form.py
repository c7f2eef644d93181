"""The application decides where a form leads: the module rewrites none of its
answers for the sake of its own pages, whatever client asks from wherever.
How a real browser arrives is in test_chromium_redirects.py."""

import re

import pytest

from harness.accounts import SITE

ELSEWHERE = "https://other.example/there"

SERVER = """
        location /answer/ {
            proxy_pass http://127.0.0.1:%%APP%%;
            proxy_redirect off;
        }
        location = /moved { return 302 https://other.example/there; }
        location = /gone {
            error_page 410 =301 https://other.example/there;
            return 410;
        }
        location = /list { return 301 /list/; }
"""

NAVIGATION = ("Accept: text/html\r\nSec-Fetch-Mode: navigate\r\n"
              "Sec-Fetch-Dest: document\r\nSec-Fetch-Site: same-origin\r\n")


@pytest.fixture
def server(nginx, sqlite_store, upstream):
    return nginx(SITE, store=sqlite_store.uri, realm="", server=SERVER,
                 app=upstream.port)


def bytes_of(server, path, headers):
    """The answer as it is sent, but for the date."""
    with server.client().connect() as connection:
        connection.sendall(
            (f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{server.port}\r\n"
             f"{headers}\r\n").encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return re.sub(rb"Date: [^\r]*", b"", answer)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("page", ["/", "/login", "/login?next=/answer/x",
                                  "/register", "/dashboard", "/logout"])
def test_redirect_of_an_application(server, upstream, status, page):
    upstream.answers["/answer/x"] = (
        f"HTTP/1.1 {status} Whatever\r\nLocation: {ELSEWHERE}\r\n"
        "ETag: \"a\"\r\nX-Own: b\r\nCache-Control: public\r\n"
        "Content-Type: text/html\r\nContent-Length: 8\r\n"
        "Connection: close\r\n\r\ngo there").encode()
    referer = f"Referer: http://127.0.0.1:{server.port}{page}\r\n"
    answer = bytes_of(server, "/answer/x", NAVIGATION + referer)
    assert answer == bytes_of(server, "/answer/x", "")
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert f"\r\nLocation: {ELSEWHERE}\r\n".encode() in answer
    assert answer.endswith(b"\r\n\r\ngo there")
    assert b"Refresh" not in answer


@pytest.mark.parametrize("path", ["/moved", "/gone", "/list"])
def test_redirect_of_nginx_itself(server, path):
    referer = f"Referer: http://127.0.0.1:{server.port}/login\r\n"
    answer = bytes_of(server, path, NAVIGATION + referer)
    assert answer == bytes_of(server, path, "")
    assert b"\r\nLocation: http" in answer
