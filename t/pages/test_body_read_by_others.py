"""A module that runs before the page may read a form's body first (Lua,
ModSecurity). The page's limits hold for it, too: 8 KiB, ten seconds, no file;
and what the page cannot read is never taken for a wrong password."""

import os
import threading
import time

import pytest

from harness import other_modules
from harness.accounts import (LIMITED, PASSWORD, is_logged_in, login, register)
from harness.form_bodies import FORM, KINDS, post
from harness.http2_client import Http2Client
from harness.http_client import read_response
from harness.nginx_server import eventually

RIGHT = f"username=alice&password={PASSWORD.replace(' ', '+')}".encode()
LONG = RIGHT + b"&next=/" + b"x" * 1900  # over the buffer, all the same a form

# What a server says for all its locations, the pages' included.
BUFFERS = "client_body_buffer_size 1k; client_max_body_size 100m;"

READ = "ngx.req.read_body()"
IN_A_FILE = """
    ngx.req.read_body()
    local body = ngx.req.get_body_data()
    if body and ngx.var.http_x_file then
        ngx.req.init_body(16)
        ngx.req.append_body(body)
        ngx.req.finish_body()
    end
"""
MODSECURITY = """
        modsecurity on;
        modsecurity_rules '
            SecRuleEngine On
            SecRequestBodyAccess On
            SecRequestBodyLimit 100000000
            SecRequestBodyNoFilesLimit 100000000
            SecTmpDir %%DIR%%
        ';
"""


@pytest.fixture
def start(request, nginx, sqlite_store):
    """start(directives of the server, modules)"""

    def start(server, *modules):
        program = request.config.getoption("--nginx")
        options = other_modules.options(program, *modules)
        lua = "ndk_http_module" in modules
        http = LIMITED.replace(
            "%%PORT%%;", "%%PORT%%; listen 127.0.0.1:%%PORT1%% http2;")
        started = nginx((other_modules.LUA if lua else "") + http,
                        store=sqlite_store.uri, realm="",
                        limits="login_limit user=1;", server=BUFFERS + server,
                        **options)
        register(started.client(), "alice")
        return started

    return start


def by_lua(start, phase, code):
    # Debian's LuaJIT is not the one that Lua's module would like best
    return start(f"{phase}_by_lua_block {{ {code} }}",
                 "ndk_http_module", "ngx_http_lua_module")


READERS = {
    "rewrite": lambda start: by_lua(start, "rewrite", READ),
    "access": lambda start: by_lua(start, "access", READ),
    "ModSecurity": lambda start: start(MODSECURITY,
                                       "ngx_http_modsecurity_module"),
}


@pytest.fixture(params=READERS)
def server(start, request):
    server = READERS[request.param](start)
    yield server
    assert "temporary file" not in server.error_log
    assert os.listdir(f"{server.folder}/client_body") == []


@pytest.mark.parametrize("how", KINDS)
def test_right_password(server, how):
    response = post(server, how, LONG, server.ports["PORT1"])
    assert response.status == 303, response
    assert response.header("Location") == "/" + "x" * 1900


@pytest.mark.parametrize("how", KINDS)
def test_form_that_is_too_large(server, how):
    """It counts as no attempt, though only one is allowed."""
    for body in (RIGHT + b"&padding=" + b"x" * 8192, b"x" * 16000):
        response = post(server, how, body, server.ports["PORT1"])
        assert response.status == 413, response
        assert response.header("Cache-Control") == "no-store"
        assert response.header("X-Content-Type-Options") == "nosniff"
    browser = server.browser()
    login(browser, "alice")
    assert is_logged_in(browser)


def test_endless_form(server):
    """30 MB in chunks, of which nginx takes no more than it has to."""
    sent = 0
    with server.client().connect() as connection:
        connection.sendall(
            b"POST /login HTTP/1.1\r\nHost: x\r\n"
            b"Transfer-Encoding: chunked\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n\r\n")
        answered = threading.Thread(target=lambda: answers.append(
            read_response(connection, "POST")))
        answers = []
        answered.start()
        try:
            for _ in range(30 * 16):
                connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
                sent += 65536
                if answers:
                    break
            connection.sendall(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass
        answered.join(30)
    assert [answer.status for answer in answers] == [413]
    assert answers[0].header("Cache-Control") == "no-store"


@pytest.mark.parametrize("how", ["length", "chunked", "h2"])
def test_slow_form(server, how):
    """A byte now and then, for longer than ten seconds."""
    start = time.monotonic()
    if how == "h2":
        client = Http2Client(server.ports["PORT1"])
        stream = client.send("POST", "/login", FORM, b"u", more=True)

        def answer():
            client.send_more(stream, b"u")
            try:
                return client.wait(stream, 0.5)
            except TimeoutError:
                return None
    else:
        client = server.client().connect()
        client.settimeout(0.5)
        kind = (b"Content-Length: 1000" if how == "length"
                else b"Transfer-Encoding: chunked")
        client.sendall(b"POST /login HTTP/1.1\r\nHost: x\r\n" + kind +
                       b"\r\nContent-Type: application/x-www-form-urlencoded"
                       b"\r\n\r\n")

        def answer():
            client.sendall(b"u" if how == "length" else b"1\r\nu\r\n")
            try:
                return read_response(client, "POST")
            except TimeoutError:
                return None

    found = []
    eventually(lambda: found.append(answer()) or found[-1], "no answer", 60)
    assert found[-1].status == 408, found[-1]
    assert found[-1].header("Cache-Control") == "no-store"
    assert time.monotonic() - start > 9
    client.close()


@pytest.mark.parametrize("phase", ["rewrite", "access"])
def test_body_in_a_file(start, phase):
    server = by_lua(start, phase, IN_A_FILE)
    for path in ("/login", "/register", "/login"):
        response = server.client().post(path, body=RIGHT, headers={
            **FORM, "X-File": "yes"})
        assert response.status == 413, response
        assert response.header("Cache-Control") == "no-store"
        assert "Form too large" in response.page.text
    browser = server.browser()
    login(browser, "alice")
    assert is_logged_in(browser)


TAKEN = """
    if ngx.var.http_x_take then
        ngx.req.discard_body()
    end
"""


def test_body_that_is_gone(start):
    """It is no wrong password, of which only one is allowed."""
    server = by_lua(start, "rewrite", TAKEN)
    for how in KINDS:
        response = post(server, how, RIGHT, server.ports["PORT1"],
                        headers={"X-Take": "yes"})
        assert response.status == 400, (how, response)
        assert response.header("Cache-Control") == "no-store"
        assert b"lost on the way" in response.body
    server.wait_for_log("another module of nginx has read it and kept it")
    browser = server.browser()
    login(browser, "alice")
    assert is_logged_in(browser)


def test_other_locations_keep_their_limits(start):
    """Also those that are nested in a page's."""
    server = start("""
        location /register/ {
            auth_page register;
            location /register/upload {
                access_by_lua_block {
                    ngx.req.read_body()
                    ngx.say(#(ngx.req.get_body_data() or ""), " ",
                            ngx.req.get_body_file() and "file" or "memory")
                    ngx.exit(200)
                }
            }
        }
    """, "ndk_http_module", "ngx_http_lua_module")
    client = server.client()
    for size, answer in ((1000, "1000 memory"), (20000, "0 file")):
        response = client.post("/register/upload", body=b"x" * size)
        assert (response.status, response.text.strip()) == (200, answer)
    assert client.post("/register/", body=b"x" * 20000,
                       headers=FORM).status == 413
