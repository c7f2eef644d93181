"""nginx's client_body_early_read reads a body before a location is found, so by
the limits of the server: a form is taken all the same, one that is too large or
in a file is answered, and neither is a wrong password. Skipped on an nginx
before 1.31.5, which does not have the directive."""

from pathlib import Path

import pytest

from harness.accounts import (LIMITED, PASSWORD, is_logged_in, login, register)
from harness.form_bodies import KINDS, post

RIGHT = f"username=alice&password={PASSWORD.replace(' ', '+')}".encode()


@pytest.fixture
def start(request, nginx, sqlite_store):
    """start(directives of the server)"""
    program = Path(request.config.getoption("--nginx")).read_bytes()
    if b"client_body_early_read" not in program:
        pytest.skip("this nginx has no client_body_early_read")

    def start(server):
        started = nginx(
            LIMITED.replace("%%PORT%%;",
                            "%%PORT%%; http2 on; listen 127.0.0.1:%%PORT1%%;"),
            store=sqlite_store.uri, realm="", limits="login_limit user=1;",
            server="client_body_early_read $request_method;" + server)
        register(started.client(), "alice")
        return started

    return start


@pytest.fixture
def server(start):
    return start("")


@pytest.mark.parametrize("how", KINDS)
def test_right_password(server, how):
    response = post(server, how, RIGHT + b"&next=/" + b"x" * 1900, server.port)
    assert response.status == 303, response
    assert response.header("Location") == "/" + "x" * 1900


def logs_in(server):
    browser = server.browser()
    login(browser, "alice")
    assert is_logged_in(browser)


@pytest.mark.parametrize("how", KINDS)
def test_form_that_is_too_large(server, how):
    response = post(server, how, RIGHT + b"&padding=" + b"x" * 8192,
                    server.port)
    assert response.status == 413, response
    assert response.header("Cache-Control") == "no-store"
    logs_in(server)


@pytest.mark.parametrize("how", KINDS)
def test_form_in_a_file(start, how):
    """The server's buffer is so small that nginx writes the form to a file."""
    server = start("client_body_buffer_size 1k;")
    server.allow("buffered to a temporary file")
    response = post(server, how, RIGHT + b"&padding=" + b"x" * 4000,
                    server.port)
    assert response.status == 413, response
    assert "Form too large" in response.page.text
    logs_in(server)


def test_pages_without_a_form(server):
    for path in ("/login", "/register", "/"):
        assert server.client().get(path).status == 200
