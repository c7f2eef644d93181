"""Names and passwords that are meant to be more than names and passwords."""

import re

import pytest

from harness.accounts import PASSWORD, REFUSED, SITE, login, register


@pytest.fixture
def server(nginx, store):
    server = nginx(SITE, store=store.uri, server="")
    register(server.client(), "alice")
    return server


OPERATORS = [
    {"username[$ne]": "x", "password[$ne]": "x"},
    {"username": '{"$ne": null}', "password": '{"$ne": null}'},
    {"username[$gt]": "", "password": PASSWORD},
    {"username": "alice", "password[$regex]": ".*"},
    {"username": "' OR '1'='1", "password": "' OR '1'='1"},
    {"username": "alice' --", "password": "x"},
    {"username": "alice'; DROP TABLE users; --", "password": "x"},
    {"username": '"; return true; var x="', "password": "x"},
    {"username": "%", "password": PASSWORD},
    {"username": "alic_", "password": PASSWORD},
    {"username": "al*", "password": PASSWORD},
]


def test_operators_are_text(server, store):
    before = store.documents()
    for form in OPERATORS:
        for path in ("/login", "/register"):
            answer = server.client().post(path, form)
            assert answer.status in (401, 422), (form, answer)
            assert "Set-Cookie" not in dict(answer.headers)
    assert store.documents() == before
    login(server.client(), "alice")


NAMES = ["", "\0", "alice\0", "\0alice", "alice\0admin", "al ice", "\u2003alice",
         "al\tice", "alice\r\nSet-Cookie: x=1", "alice\n", "\x1b[31malice",
         "a" * 7000, "\u202ealice", "\ufeffalice", "alice\u200b", "\ud7ff\ue000",
         "../../etc/passwd", "%s%n%x", "${jndi:ldap://x}", "$auth_user",
         "{{USERNAME}}", "<script>alert(1)</script>"]


def test_names(server, store):
    """They are nobody's, and break no page and no line of the log."""
    for name in NAMES:
        form = {"username": name, "password": PASSWORD}
        answer = server.client().post("/login", form)
        refused = server.client().post("/register", form)
        if "\0" in name:
            assert answer.status == refused.status == 400, name
            continue
        assert answer.status == 401, name
        assert REFUSED in answer.page.text
        assert refused.status == 422, name
        assert "<script>alert" not in answer.text + refused.text
    assert len(store.documents()) == 1
    for line in server.error_log.splitlines():
        assert re.match(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[", line), line
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", line), line


def test_bytes_that_are_no_text(server, store):
    for raw in (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
                b"alice\xff", b"\xe2\x82"):
        quoted = "".join(f"%{b:02x}" for b in raw)
        for fields in (f"username={quoted}&password=x",
                       f"username=alice&password={quoted}"):
            for path in ("/login", "/register"):
                answer = server.client().post(
                    path, body=fields, headers={
                        "Content-Type": "application/x-www-form-urlencoded"})
                assert answer.status == 400, (raw, answer)
    assert len(store.documents()) == 1


def test_long_passwords(server):
    """All of a password counts, and no length of it costs much."""
    long = "x" * 7000
    assert server.client().post(
        "/login", {"username": "alice", "password": long}).status == 401
    assert server.client().post(
        "/register", {"username": "bob", "password": long}).status == 422
    accepted = "correct horse " * 9 + "12"
    assert len(accepted) == 128
    register(server.client(), "carol", accepted)
    login(server.client(), "carol", accepted)
    for other in (accepted[:-1], accepted + "x", accepted[:72]):
        assert server.client().post(
            "/login", {"username": "carol", "password": other}).status == 401
