"""Several realms side by side: users, sessions and pages of one are nothing to
the other."""

import pytest

from harness.accounts import PAGES, PASSWORD, is_logged_in, login, register

CONF = """
    auth_realm staff  { store %%STAFF%%;  login_limit off; }
    auth_realm guests { store %%GUESTS%%; login_limit off;
                        cookie_name guest_session; identity_header X-Guest; }

    server {
        listen 127.0.0.1:%%PORT%%;

        location = /staff/register  { auth_page staff register; }
        location = /staff/login     { auth_page staff login; }
        location = /staff/logout    { auth_page staff logout; }
        location = /staff/dashboard { auth_page staff dashboard; }
        location = /register        { auth_page guests register; }
        location = /login           { auth_page guests login; }
        location = /logout          { auth_page guests logout; }
        location = /dashboard       { auth_page guests dashboard; }

        location /for-staff/ {
            auth_login staff;
            proxy_pass http://127.0.0.1:%%UPSTREAM%%;
        }
        location /for-guests/ {
            auth_login guests;
            proxy_pass http://127.0.0.1:%%UPSTREAM%%;
        }
        location /for-all/ { proxy_pass http://127.0.0.1:%%UPSTREAM%%; }
    }
"""


@pytest.fixture
def server(nginx, sqlite_store, other_store, upstream):
    return nginx(CONF, staff=sqlite_store.uri, guests=other_store.uri,
                 upstream=upstream.port)


def enter(browser, prefix, username):
    form = {"username": username, "password": PASSWORD}
    assert browser.post(f"{prefix}/register", form).status == 303
    response = browser.post(f"{prefix}/login", form)
    assert response.status == 303
    return response


def test_users_are_apart(server, sqlite_store, other_store):
    enter(server.browser(), "/staff", "alice")
    enter(server.browser(), "", "alice")  # another person of that name
    assert len(sqlite_store.documents()) == len(other_store.documents()) == 1
    enter(server.browser(), "/staff", "bob")
    refused = server.client().post(
        "/login", {"username": "bob", "password": PASSWORD})
    assert refused.status == 401
    assert 'realm="guests"' in refused.header("WWW-Authenticate")
    assert 'cookie-name="guest_session"' in refused.header("WWW-Authenticate")


def test_sessions_are_apart(server, upstream):
    browser = server.browser()
    enter(browser, "/staff", "alice")
    assert "ngx_auth" in browser.jar
    assert "guest_session" not in browser.jar
    assert browser.get("/for-staff/").status == 200
    response = browser.get("/for-guests/")
    assert response.status == 302
    assert response.location == "/login?next=/for-guests/"

    # the token of one is no token of the other
    token = browser.jar["ngx_auth"]
    assert server.client().get(
        "/for-guests/",
        headers={"Cookie": f"guest_session={token}"}).status == 401


def test_both_at_once(server, upstream):
    browser = server.browser()
    enter(browser, "/staff", "alice")
    enter(browser, "", "guest1")
    assert browser.get("/for-staff/").status == 200
    assert upstream.last.header("Remote-User") == "alice"
    assert upstream.last.header("X-Guest") is None
    assert browser.get("/for-guests/").status == 200
    assert upstream.last.header("X-Guest") == "guest1"
    assert upstream.last.header("Remote-User") is None

    browser.post("/staff/logout")
    assert browser.get("/for-staff/").status == 302
    assert browser.get("/for-guests/").status == 200


def test_pages_link_to_their_own_realm(server):
    browser = server.browser()
    assert browser.get("/for-staff/").location == \
        "/staff/login?next=/for-staff/"
    assert browser.get("/staff/login").page.form_to("/staff/login")
    assert enter(browser, "/staff", "alice").location == "/staff/dashboard"
    assert browser.get("/staff/logout").location == "/"


def test_neither_identity_can_be_forged(server, upstream):
    browser = server.browser()
    enter(browser, "/staff", "alice")
    headers = {"Remote-User": "admin", "X-Guest": "admin"}
    browser.get("/for-staff/", headers=headers)
    assert upstream.last.header("Remote-User") == "alice"
    assert upstream.last.header("X-Guest") is None
    browser.get("/for-all/", headers=headers)
    assert upstream.last.header("Remote-User") is None
    assert upstream.last.header("X-Guest") is None


def test_no_cookie_of_either_reaches_an_application(server, upstream):
    browser = server.browser()
    enter(browser, "/staff", "alice")
    enter(browser, "", "guest1")
    browser.jar["theme"] = "dark"
    for path in ("/for-staff/", "/for-guests/", "/for-all/"):
        assert browser.get(path).status == 200
        assert upstream.last.header("Cookie") == "theme=dark"


def test_one_realm_on_two_servers(nginx, sqlite_store):
    """Each server has its own paths; people and sessions are the same."""
    server = nginx("""
        auth_realm site { store %%STORE%%; login_limit off; }
        server {
            listen 127.0.0.1:%%PORT%%;
            location = /register { auth_page register; }
            location = /login { auth_page login; }
            location = /dashboard { auth_page dashboard; }
        }
        server {
            listen 127.0.0.1:%%PORT1%%;
            location = /enter { auth_page login; }
            location = /me { auth_page dashboard; }
            location / { auth_login on; root %%DIR%%; }
        }
    """, store=sqlite_store.uri)
    first = server.browser()
    enter(first, "", "alice")
    second = server.browser("PORT1")
    assert second.get("/nginx.conf").location == "/enter?next=/nginx.conf"
    second.jar.update(first.jar)
    assert second.get("/nginx.conf").status == 200
    assert second.get("/enter").location == "/me"


def test_servers_with_a_realm_each(nginx, sqlite_store, other_store):
    """One cookie name in two servers is no mistake, and no way across."""
    server = nginx("""
        auth_realm one { store %%ONE%%; login_limit off; }
        auth_realm two { store %%TWO%%; login_limit off; }
        server {
            listen 127.0.0.1:%%PORT%%;
            location = /register { auth_page one register; }
            location = /login { auth_page one login; }
            location = /dashboard { auth_page one dashboard; }
        }
        server {
            listen 127.0.0.1:%%PORT1%%;
            location = /login { auth_page two login; }
            location = /dashboard { auth_page two dashboard; }
        }
    """, one=sqlite_store.uri, two=other_store.uri)
    first = server.browser()
    enter(first, "", "alice")
    second = server.browser("PORT1")
    second.jar.update(first.jar)
    assert first.get("/dashboard").status == 200
    assert second.get("/dashboard").status == 302


def test_a_realm_may_take_the_name_of_anothers_zone(nginx, sqlite_store):
    """The attempts of `club` are in a zone that the sessions of a realm
    `club_attempts` want: not both at once, and none reads the other's."""
    first = "auth_realm club { store %%STORE%%; attempt_zone 1m; }"
    then = "auth_realm club_attempts { store %%STORE%%; session_zone 1m; }"
    pages = "server { listen 127.0.0.1:%%PORT%%;" + PAGES + "}"
    for changed in (then, then.replace("session_zone 1m;", "")):
        mistaken = nginx.prepare(first + changed, store=sqlite_store.uri)
        mistaken.allow("is (already )?declared")
        status, output = mistaken.test()
        assert status == 1
        assert "auth_club_attempts" in output
        assert "another name" in output

    server = nginx(first + pages, store=sqlite_store.uri)
    register(server.client(), "alice")
    server.write(then + pages)
    server.reload()
    browser = server.browser()
    login(browser, "alice")
    assert is_logged_in(browser)
