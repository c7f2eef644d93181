"""Cookies of one name, as a changed cookie_domain, domains within domains or a
hostile sibling leave them: each is tried, and none locks anybody out."""

import pytest

from harness.accounts import (PAGES, PASSWORD, REGISTERED, SITE,
                              is_logged_in, login, register)
from harness.audit import AUDITED, events

DEAD = "A" * 43
NAME = "ngx_auth"
DOMAIN = "cookie_domain example.test;"
EXPIRED = "Max-Age=0"


@pytest.fixture
def start(nginx, sqlite_store, upstream):
    def start(realm=""):
        server = nginx(SITE, store=sqlite_store.uri, realm=realm, server=f"""
            location = /account {{ auth_page account; }}
            location /private/ {{
                auth_login site;
                proxy_pass http://127.0.0.1:{upstream.port};
            }}""")
        for name in ("alice", "mallory"):
            register(server.client(), name)
        return server
    return start


def token_of(server, username):
    return login(server.client(), username).cookies[NAME][0]


def sent(*tokens, name=NAME):
    return {"Cookie": "; ".join(f"{name}={token}" for token in tokens)}


def seen_by_application(server, upstream, *tokens):
    """Whom the application is told; None if the request is not let in."""
    before = len(upstream.requests)
    answer = server.client().get("/private/x", headers=sent(*tokens))
    assert (answer.status == 200) == (len(upstream.requests) > before)
    if answer.status == 200:
        assert upstream.last.header("Cookie") is None
        return upstream.last.header("Remote-User")
    assert answer.status == 401
    return None


def expired(answer, name=NAME):
    """The Domain of each cookie that an answer makes the browser forget."""
    return [next((a for a in value.split("; ") if a.startswith("Domain=")), "")
            for value in answer.all("Set-Cookie")
            if value.startswith(f"{name}=;") and EXPIRED in value]


def test_the_one_that_lives_counts(start, upstream):
    server = start()
    mine = token_of(server, "alice")
    for tokens in ((DEAD, mine), (mine, DEAD), (DEAD, DEAD, DEAD, mine),
                   ("", mine), ("x", mine), (mine, "x" * 4000), (mine, mine),
                   (*["too short"] * 10, mine)):
        assert seen_by_application(server, upstream, *tokens) == "alice"


def test_four_at_most_are_tried(start, upstream):
    server = start()
    mine = token_of(server, "alice")
    assert seen_by_application(server, upstream, *[DEAD] * 4, mine) is None


def test_two_sessions_of_one_user(start, upstream):
    server = start()
    both = [token_of(server, "alice") for _ in range(2)]
    assert seen_by_application(server, upstream, *both) == "alice"
    assert server.client().post("/logout", headers=sent(*both)).status == 303
    for token in both:
        assert seen_by_application(server, upstream, token) is None


def test_sessions_of_two_users_are_nobody(start, upstream):
    server = start()
    hers, mallorys = (token_of(server, who) for who in ("alice", "mallory"))
    for tokens in ((hers, mallorys), (mallorys, hers), (DEAD, hers, mallorys),
                   (hers, hers, mallorys)):
        assert seen_by_application(server, upstream, *tokens) is None
        for path in ("/", "/login", "/register"):
            page = server.client().get(path, headers=sent(*tokens))
            assert page.status == 200
            assert "alice" not in page.text and "mallory" not in page.text
        answer = server.client().get("/dashboard", headers=sent(*tokens))
        assert answer.location == "/login?next=/dashboard"
    # neither has been ended
    assert seen_by_application(server, upstream, hers) == "alice"
    assert seen_by_application(server, upstream, mallorys) == "mallory"


@pytest.mark.parametrize("realm, domains", [
    ("", [""]), (DOMAIN, ["", "Domain=example.test"])])
def test_answers_of_ours_expire_both(start, realm, domains):
    server = start(realm)
    both = sent(*(token_of(server, who) for who in ("alice", "mallory")))
    person = server.browser()
    for answer in (person.get("/", headers=both),
                   person.get("/login", headers=both),
                   person.get("/dashboard", headers=both),
                   person.get("/private/x", headers=both),
                   server.client().get("/private/x", headers=both),
                   person.post("/login", {"username": "alice",
                                          "password": "wrong password"},
                               headers=both)):
        assert expired(answer) == domains, answer
    assert expired(person.head("/login", headers=both)) == []
    assert expired(person.get("/login", headers=sent(DEAD, DEAD))) == []


@pytest.mark.parametrize("realm", ["", DOMAIN])
@pytest.mark.parametrize("hers_first", [True, False])
def test_the_next_login_works(start, upstream, realm, hers_first):
    """Although the browser goes on sending both."""
    server = start(realm)
    hers, mallorys = (token_of(server, who) for who in ("alice", "mallory"))
    answer = server.client().post(
        "/login", {"username": "alice", "password": PASSWORD},
        headers=sent(*((hers, mallorys) if hers_first else (mallorys, hers))))
    assert answer.status == 303
    new = answer.cookies[NAME][0]
    # what is to be forgotten comes first, or it would be the new one
    assert new, answer.all("Set-Cookie")
    assert seen_by_application(server, upstream, new, mallorys) == "alice"
    assert seen_by_application(server, upstream, hers, new) == "alice"


def test_the_login_page_names_the_cookie(start):
    """When two still live after a login."""
    server = start("cookie_name sid;")
    tokens = [login(server.client(), who).cookies["sid"][0]
              for who in ("alice", "mallory")]
    both = sent(*tokens, name="sid")
    output = server.client().get("/login", headers=both).page.text
    assert "two cookies named sid" in output and "delete" in output
    for cookies in (sent(tokens[0], name="sid"), sent(DEAD, DEAD, name="sid")):
        answer = server.client().get("/login", headers=cookies)
        assert "two cookies" not in answer.text


def test_the_login_page_is_sent_only_one_of_them(start):
    """The other one has a Path: said all the same, not led in a circle."""
    server = start()
    both = sent(*(token_of(server, who) for who in ("alice", "mallory")))
    person = server.browser()
    asked = person.get("/private/x", headers=both)
    assert asked.status == 302
    assert "two cookies named ngx_auth" in person.follow(asked).page.text
    assert "two cookies" not in person.get("/login").text  # once


@pytest.mark.parametrize("realm, domains", [
    ("", [""]), (DOMAIN, ["", "Domain=example.test"])])
def test_logout_ends_every_one(start, upstream, realm, domains):
    server = start(realm + AUDITED)
    hers, mallorys = (token_of(server, who) for who in ("alice", "mallory"))
    answer = server.client().post("/logout",
                                  headers=sent(DEAD, hers, mallorys))
    assert answer.status == 303
    assert expired(answer) == domains
    for token in (hers, mallorys):
        assert seen_by_application(server, upstream, token) is None
    assert [e["user"] for e in events(server)
            if e["event"] == "logged out"] == ["alice", "mallory"]


def test_flash_cookies_are_tried_each(start):
    server = start()
    for values in (("stale", "registered"), ("registered", "stale")):
        page = server.client().get(
            "/login", headers=sent(*values, name=NAME + "_flash"))
        assert REGISTERED in page.page.text
        assert expired(page, NAME + "_flash") == [""]


def test_over_tls_only_those_of_the_prefixed_name_count(nginx, sqlite_store,
                                                        tls_files):
    server = nginx("""
        auth_realm site { store %%STORE%%; login_limit off; }
        server {
            listen 127.0.0.1:%%PORT%% ssl;
            ssl_certificate %%CERT%%;
            ssl_certificate_key %%KEY%%;
    """ + PAGES + "}", store=sqlite_store.uri, **tls_files)
    person = server.browser(tls=True)
    register(person, "alice")
    login(person, "alice")
    person.jar[NAME] = DEAD
    assert is_logged_in(person)
    planted = f"__Host-{NAME}={DEAD}; {person.cookie_header}"
    assert person.get("/dashboard", headers={"Cookie": planted}).status == 200
