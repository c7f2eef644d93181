"""Pages that are the same for everybody are made once; what one person sees is
never shown to somebody else."""

import pytest

from harness.accounts import PASSWORD, SITE, logged_in, register


@pytest.fixture
def plain(site, sqlite_store):
    """A server, and what its pages are to a client that shows nothing."""
    server = site(sqlite_store)
    client = server.client()
    return server, {path: client.get(path).text
                    for path in ("/", "/login", "/register")}


def assert_unchanged(server, pages):
    for path, text in pages.items():
        for client in (server.client(), server.browser()):
            response = client.get(path)
            assert response.status == 200
            assert response.text == text
            assert int(response.header("Content-Length")) == len(response.body)


def test_user(plain):
    server, pages = plain
    for name in ("alice", "bob-with-a-long-name"):
        browser = logged_in(server, name)
        for path in ("/", "/dashboard", "/logout"):
            response = browser.get(path, headers={"Sec-Fetch-Site": "cross-site"})
            assert response.status == 200
            assert name in response.text
            assert int(response.header("Content-Length")) == len(response.body)
        assert_unchanged(server, pages)
    assert "alice" not in browser.get("/").text


def test_next(plain):
    server, pages = plain
    assert "/there" in server.client().get("/login?next=/there").text
    assert "/there" in server.client().get("/register?next=/there").text
    assert "too long" in server.client().get("/login?lost=1").text
    assert_unchanged(server, pages)


def test_message(plain):
    server, pages = plain
    browser = server.browser()
    register(browser, "alice")
    assert "Registration successful" in browser.get("/login").text
    assert_unchanged(server, pages)
    assert browser.get("/login").text == pages["/login"]


def test_error(plain):
    server, pages = plain
    browser = server.browser()
    register(browser, "alice")
    for path, name, status in (("/login", "alice", 401),
                               ("/register", "alice", 409),
                               ("/register", "no name", 422)):
        refused = server.client().post(path, {"username": name,
                                              "password": PASSWORD + "x"})
        assert refused.status == status
        assert refused.page.field("username") == name
    assert_unchanged(server, pages)


def test_sessions_of_two_users(plain):
    server, pages = plain
    alice, other = logged_in(server, "alice"), logged_in(server, "bob")
    both = {"Cookie": f"ngx_auth={alice.jar['ngx_auth']}; "
                      f"ngx_auth={other.jar['ngx_auth']}"}
    assert "two cookies" in server.client().get("/", headers=both).text
    assert_unchanged(server, pages)


def test_page_of_an_error_page(nginx, sqlite_store):
    """Its form names the address that it is sent to."""
    server = nginx(SITE, store=sqlite_store.uri, realm="", server="""
        location /x/ { return 403; error_page 403 /login; }
    """)
    plain = server.client().get("/login").text
    assert 'action="/login"' in server.client().get("/x/").text
    assert server.client().get("/login").text == plain
    assert "action=" not in plain.split("<main")[1]


def test_head_has_the_length_of_the_page(plain):
    server, pages = plain
    response = server.client().head("/login")
    assert int(response.header("Content-Length")) == \
        len(pages["/login"].encode())


@pytest.mark.parametrize("filters", [
    "sub_filter_once off; sub_filter Log Enter;",
    "ssi on;",
    "charset windows-1251; override_charset on;",
    "gzip on;",
])
def test_filters_leave_the_page_as_it_is(nginx, sqlite_store, filters):
    """Filters work on the bytes that the next client gets, too."""
    server = nginx("""
        charset_map windows-1251 utf-8 { E0 D0B0; }
    """ + SITE, store=sqlite_store.uri, realm="login_url /login;", server=f"""
        location = /filtered {{ auth_page site login; {filters} }}
    """)
    client = server.client()
    packed = {"Accept-Encoding": "gzip"}
    before = client.get("/login").body
    first = client.get("/filtered", headers=packed).body
    assert client.get("/filtered", headers=packed).body == first
    assert client.get("/login").body == before


def test_servers_with_other_addresses(nginx, sqlite_store):
    server = nginx("""
        auth_realm site { store %%STORE%%; }
        server {
            listen 127.0.0.1:%%PORT%%;
            location = /login { auth_page login; }
        }
        server {
            listen 127.0.0.1:%%PORT1%%;
            location = /login { auth_page login; }
            location = /join { auth_page register; }
        }
    """, store=sqlite_store.uri)
    assert "/join" not in server.client().get("/login").text
    assert "/join" in server.client("PORT1").get("/login").text
