"""The gate in front of an application that has logins of its own: neither's
pages nor cookies get in the way of the other's."""

import pytest

from harness.accounts import PASSWORD
from harness.members import add_member
from harness.shipped import add_snippets, blocks

LOGIN = b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n"
FORM = (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
        b"Set-Cookie: auth_session=theirs; Path=/\r\n"
        b"Content-Length: 15\r\n\r\n<p>its login</p>")


def knows_its_user(seen):
    if "auth_session=theirs" not in (seen.header("Cookie") or ""):
        return LOGIN
    return None


@pytest.fixture
def gate(nginx, sqlite_store, upstream):
    """README's shortest gate, before an application that sends people without
    a cookie of its own to its own login page."""
    (text,) = [text for _, text in blocks("README.md", "A whole configuration")
               if "auth_gate.conf" in text]
    server = nginx.prepare(text.replace(
        "server {", "server { listen 127.0.0.1:%%PORT%%;").replace(
        "sqlite:/var/lib/nginx-auth/users.db", sqlite_store.uri).replace(
        "127.0.0.1:8000", f"127.0.0.1:{upstream.port}"))
    add_snippets(server)
    server.start()
    upstream.answers = {"/": knows_its_user, "/login": FORM}
    add_member(sqlite_store, "alice")
    return server


def enter(browser, then):
    asked = browser.get(then)
    assert asked.status == 302
    form = browser.follow(asked).page
    answer = browser.post(asked.location, {
        "username": "alice", "password": PASSWORD,
        "next": form.field("next")})
    assert answer.status == 303, answer
    return answer


def test_application_with_its_own_login(gate, upstream):
    person = gate.browser()
    assert person.get("/").location == "/auth/login?next=/"
    assert enter(person, "/register").location == "/register"
    assert person.get("/").location == "/login"
    assert "its login" in person.get("/login").text
    assert person.get("/").text == "the application's answer"
    assert upstream.last.header("Cookie") == "auth_session=theirs"
    assert upstream.last.header("Remote-User") == "alice"


def test_its_logout_is_not_the_gates(gate, upstream):
    person = gate.browser()
    enter(person, "/notes")
    assert person.post("/logout").text == "the application's answer"
    assert person.get("/notes").status == 200
    assert person.post("/auth/logout").location == "/"
    assert person.get("/notes").status == 302


def test_a_login_without_a_place_to_return_to(gate):
    person = gate.browser()
    person.get("/auth/login")
    answer = person.post("/auth/login",
                         {"username": "alice", "password": PASSWORD})
    assert answer.location == "/"
    assert person.get("/auth/login").location == "/"


@pytest.mark.parametrize("name", [
    "auth_session", "auth_device", "auth_flash", "session", "ngx_authx",
    "ngx_auth_", "__Host-auth_session"])
def test_cookies_of_the_application_pass(gate, upstream, name):
    person = gate.browser()
    enter(person, "/notes")
    sent = f"{name}=1;  b = \"2\" "
    person.get("/notes", headers={"Cookie": f"{person.cookie_header}; {sent}"})
    assert upstream.last.header("Cookie") == sent.strip()
