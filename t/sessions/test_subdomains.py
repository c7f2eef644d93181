"""cookie_domain: one login for several subdomains, some of which may be
somebody else's."""

import pytest

from harness.accounts import PAGES, PASSWORD, login, register

CONF = """
    auth_realm site {
        store %%STORE%%;
        login_limit off;
        cookie_domain example.test;
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT1%% ssl;
        ssl_certificate %%CERT%%;
        ssl_certificate_key %%KEY%%;
        server_name wiki.example.test;
""" + PAGES + """
        location /x/ { auth_login site; %%TO%%; }
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT1%% ssl;
        ssl_certificate %%CERT%%;
        ssl_certificate_key %%KEY%%;
        server_name *.example.test;
        location = /login { auth_page login; }
        location = /logout { auth_page logout; }
        location /x/ { auth_login site; %%TO%%; }
        location /open/ { %%TO%%; }
    }
"""


@pytest.fixture
def server(nginx, sqlite_store, upstream, tls_files):
    return nginx(CONF, store=sqlite_store.uri, **tls_files,
                 to=f"proxy_pass http://127.0.0.1:{upstream.port}")


class Person:
    """Somebody with browsers for each name, and one cookie jar for all of
    them, as a cookie for the domain has it."""

    def __init__(self, server, tls):
        self._server = server
        self._tls = tls
        self.jar = {}

    def at(self, name):
        browser = self._server.browser("PORT1" if self._tls else "PORT",
                                       self._tls, f"{name}.example.test")
        browser.jar = self.jar
        return browser


@pytest.fixture(params=[False, True], ids=["plain", "tls"])
def person(request, server):
    def person(name):
        someone = Person(server, request.param)
        register(someone.at("wiki"), name)
        answer = login(someone.at("wiki"), name)
        value, attributes = answer.cookies[person.cookie]
        assert "Domain=example.test" in attributes
        assert someone.jar[person.cookie] == value
        return someone

    person.cookie = ("__Secure-" if request.param else "") + "ngx_auth"
    return person


def test_one_login_for_all(person, upstream):
    alice = person("alice")
    for name in ("wiki", "shop", "deep.down"):
        assert alice.at(name).get("/x/").status == 200
        assert upstream.last.header("Remote-User") == "alice"
        assert upstream.last.header("Cookie") is None
    kept = dict(alice.jar)
    assert alice.at("shop").post("/logout").status == 303
    assert person.cookie not in alice.jar
    alice.jar.update(kept)
    for name in ("wiki", "shop"):
        assert alice.at(name).get("/x/").status == 302


@pytest.mark.parametrize("planted_first", [True, False])
def test_planted_duplicate_makes_nobody_somebody_else(person, upstream,
                                                      planted_first):
    """mallory's own session, set by a subdomain of hers beside alice's."""
    alice, mallory = person("alice"), person("mallory")
    cookies = [f"{person.cookie}={who.jar[person.cookie]}"
               for who in (alice, mallory)]
    header = "; ".join(sorted(cookies, reverse=planted_first))
    for sent in (header, "; ".join(reversed(header.split("; ")))):
        for name in ("wiki", "shop"):
            answer = alice.at(name).get("/x/", headers={"Cookie": sent})
            assert answer.status == 302
        page = alice.at("wiki").get("/", headers={"Cookie": sent}).page.text
        assert "mallory" not in page and "alice" not in page
    assert upstream.requests == []
    alice.at("shop").get("/open/", headers={"Cookie": header + "; a=b"})
    assert upstream.last.header("Cookie") == "a=b"
    # she logs in once more, and what was planted is worth nothing
    assert person.cookie not in alice.jar
    alice.at("wiki").post("/login", {"username": "alice", "password": PASSWORD},
                          headers={"Cookie": header})
    planted = f"{person.cookie}={mallory.jar[person.cookie]}"
    for sent in (f"{planted}; {alice.at('wiki').cookie_header}",
                 f"{alice.at('wiki').cookie_header}; {planted}"):
        assert alice.at("wiki").get("/x/",
                                    headers={"Cookie": sent}).status == 200
        assert upstream.last.header("Remote-User") == "alice"


def test_planted_cookie_of_another_spelling_is_not_read(person, upstream):
    alice, mallory = person("alice"), person("mallory")
    token = mallory.jar[person.cookie]
    for name in {"ngx_auth", "__Host-ngx_auth",
                 "__Secure-ngx_auth", "NGX_AUTH",
                 "__secure-ngx_auth"} - {person.cookie}:
        planted = {name: token}
        both = {"Cookie": f"{name}={token}; {alice.at('wiki').cookie_header}"}
        assert alice.at("shop").get("/x/", headers=both).status == 200
        assert upstream.last.header("Remote-User") == "alice", name
        assert upstream.last.header("Cookie") is None, name
        alone = {"Cookie": f"{name}={token}"}
        assert alice.at("shop").get("/x/", headers=alone).status == 302, planted


def test_a_foreign_subdomain_cannot_post_the_login_form(person):
    """Else mallory could log alice in as mallory."""
    alice = person("alice")
    form = {"username": "alice", "password": "correct horse battery staple"}
    for headers in ({"Sec-Fetch-Site": "same-site"},
                    {"Sec-Fetch-Site": None,
                     "Origin": "http://mallory.example.test"}):
        answer = alice.at("wiki").post("/login", form, headers=headers)
        assert answer.status == 403
        assert answer.cookies == {}
