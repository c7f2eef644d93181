"""auth_login is inherited as nginx's directives are, and the innermost one
counts."""

import pytest

from harness.accounts import PAGES, PASSWORD, logged_in, login, register

CONF = """
    auth_realm staff  { store %%STAFF%%;  login_limit off; }
    auth_realm guests { store %%GUESTS%%; login_limit off;
                        cookie_name guest; identity_header X-Guest; }
    server {
        listen 127.0.0.1:%%PORT%%;
        %%SERVER%%
        location = /guests/register { auth_page guests register; }
        location = /guests/login    { auth_page guests login; }
""" + PAGES.replace("auth_page ", "auth_page staff ") + """
    }
"""


@pytest.fixture
def start(nginx, sqlite_store, other_store, upstream):
    def start(server):
        return nginx(CONF, staff=sqlite_store.uri, guests=other_store.uri,
                     server=server,
                     to=f"proxy_pass http://127.0.0.1:{upstream.port}")

    return start


def statuses(client, *paths):
    return [client.get(path).status for path in paths]


def guest(server, name="gustav"):
    browser = server.browser()
    form = {"username": name, "password": PASSWORD}
    for page in ("register", "login"):
        assert browser.post(f"/guests/{page}", form).status == 303
    return browser


TREE = """
    location /a/ {
        auth_login staff;
        %%TO%%;
        location /a/open/ {
            auth_login off;
            %%TO%%;
            location /a/open/again/ { auth_login staff; %%TO%%; }
        }
        location /a/same/ { %%TO%%; }
        location = /a/exact { auth_login off; %%TO%%; }
        location ~ \\.public$ { auth_login off; %%TO%%; }
        location /a/guests/ { auth_login guests; %%TO%%; }
        location /a/maybe/ { auth_login staff optional; %%TO%%; }
    }
"""


def test_who_gets_where(start, upstream):
    server = start(TREE)
    paths = ["/a/", "/a/open/", "/a/open/again/", "/a/same/", "/a/exact",
             "/a/exact/not", "/a/x.public", "/a/x.public.not", "/a/guests/",
             "/a/maybe/"]
    assert statuses(server.client(), *paths) == \
        [401, 200, 401, 401, 200, 401, 200, 401, 401, 200]
    alice = logged_in(server)
    assert statuses(alice, *paths) == \
        [200, 200, 200, 200, 200, 200, 200, 200, 302, 200]
    assert statuses(guest(server), *paths) == \
        [302, 200, 302, 302, 200, 302, 200, 302, 200, 200]


def test_each_is_sent_to_its_own_login_page(start):
    browser = start(TREE).browser()
    assert browser.get("/a/same/").location == "/login?next=/a/same/"
    assert browser.get("/a/guests/").location == \
        "/guests/login?next=/a/guests/"


def test_application_is_told_who_asks_in_that_location(start, upstream):
    server = start(TREE)
    both = logged_in(server)
    both.jar.update(guest(server).jar)
    both.jar["a"] = "b"
    forged = {"Remote-User": "admin", "X-Guest": "admin", "X_Guest": "admin"}
    for path, staff, visitor in [
            ("/a/", "alice", None), ("/a/open/", None, None),
            ("/a/open/again/", "alice", None), ("/a/same/", "alice", None),
            ("/a/exact", None, None), ("/a/x.public", None, None),
            ("/a/guests/", None, "gustav"), ("/a/maybe/", "alice", None)]:
        assert both.get(path, headers=forged).status == 200
        assert upstream.last.header("Remote-User") == staff, path
        assert upstream.last.header("X-Guest") == visitor, path
        assert upstream.last.header("Cookie") == "a=b", path


def test_names_are_not_inherited_by_a_login_of_its_own(start):
    server = start("""
        auth_login staff users=bob;
        location /bobs/ { %%TO%%; }
        location /all/ { auth_login staff; %%TO%%; }
        location /alices/ {
            auth_login staff users=alice;
            %%TO%%;
            location /alices/inner/ { %%TO%%; }
        }
    """)
    alice, bob = logged_in(server, "alice"), logged_in(server, "bob")
    paths = ["/bobs/", "/all/", "/alices/", "/alices/inner/"]
    assert statuses(alice, *paths) == [403, 200, 200, 200]
    assert statuses(bob, *paths) == [200, 200, 403, 403]
    assert statuses(server.client(), *paths) == [401] * 4


def test_pages_inside_a_protected_location(start):
    """The pages of a realm are open, what is beside them is not."""
    server = start("""
        location /team/ {
            auth_login guests;
            %%TO%%;
            location = /team/enter { auth_page guests dashboard; }
        }
    """)
    browser = server.browser()
    assert browser.get("/team/").location == "/guests/login?next=/team/"
    assert browser.get("/team/enter").location == \
        "/guests/login?next=/team/enter"  # the page's own redirect
    visitor = guest(server)
    assert "gustav" in visitor.get("/team/enter").page.text
    assert visitor.get("/team/").status == 200


def test_order_in_the_file_does_not_matter(start, upstream):
    """auth_login after the locations that inherit it, and after the pages."""
    server = start("""
        location /x/ { location /x/y/ { %%TO%%; } %%TO%%; }
        auth_login staff;
    """)
    assert statuses(server.client(), "/x/", "/x/y/", "/register") == \
        [401, 401, 200]
    assert statuses(logged_in(server), "/x/", "/x/y/") == [200, 200]


def test_servers_that_share_a_realm(nginx, sqlite_store, upstream):
    """One session for both names on one port; logged out at one is logged out
    at the other; each removes what is forged."""
    site = "server { listen 127.0.0.1:%%PORT%%; server_name {}; {} }"
    server = nginx("""
        auth_realm site { store %%STORE%%; login_limit off; }
    """ + site.replace("{}", "one.test", 1).replace("{}", PAGES + """
        location /open/ { %%TO%%; }
        location /x/ { auth_login site; %%TO%%; }
    """) + site.replace("{}", "two.test", 1).replace("{}", """
        auth_login site;
        location = /in  { auth_page login; }
        location = /out { auth_page logout; }
        location / { %%TO%%; }
        location /open/ { auth_login off; %%TO%%; }
    """), store=sqlite_store.uri,
                   to=f"proxy_pass http://127.0.0.1:{upstream.port}")
    first, second = (server.browser(name=f"{name}.test")
                     for name in ("one", "two"))
    second.jar = first.jar
    register(first, "alice")
    login(first, "alice")
    for browser, path in ((first, "/x/"), (second, "/x/"), (second, "/")):
        assert browser.get(path).status == 200
        assert upstream.last.all("Remote-User") == ["alice"]
    for browser in (first, second):
        assert browser.get("/open/",
                           headers={"Remote-User": "admin"}).status == 200
        assert upstream.last.header("Remote-User") is None
        assert upstream.last.header("Cookie") is None
    kept = dict(first.jar)
    assert second.post("/out").status == 303
    first.jar.update(kept)
    assert first.get("/x/").location == "/login?next=/x/"
    assert second.get("/x/").location == "/in?next=/x/"
