"""auth_login: who gets to a location, and what the others are told."""

import pytest

from harness.accounts import PAGES, PASSWORD, logged_in, login, register

CONF = """
    auth_realm site { store %%STORE%%; login_limit off; }

    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/www;
        %%SERVER%%
""" + PAGES + """
        location /private/ {
            auth_login site;
            proxy_pass http://127.0.0.1:%%UPSTREAM%%;
        }
        location /private/open/ {
            auth_login off;
            proxy_pass http://127.0.0.1:%%UPSTREAM%%;
        }
        location /public/ { proxy_pass http://127.0.0.1:%%UPSTREAM%%; }
        location /optional/ {
            auth_login site optional;
            proxy_pass http://127.0.0.1:%%UPSTREAM%%;
        }
        location /writes/ {
            limit_except GET { auth_login site; }
            proxy_pass http://127.0.0.1:%%UPSTREAM%%;
        }
    }
"""

CHALLENGE = ('Cookie realm="site" form-action="/login" '
             'cookie-name="ngx_auth"')


@pytest.fixture
def server(nginx, sqlite_store, upstream):
    return nginx(CONF, store=sqlite_store.uri, server="",
                 upstream=upstream.port)


# Nobody

def test_navigation_is_sent_to_the_login_page(server, upstream):
    response = server.browser().get("/private/report?year=2026&all")
    assert response.status == 302
    assert response.location == \
        "/login?next=/private/report%3Fyear%3D2026%26all"
    assert response.header("Cache-Control") == "no-store"
    assert upstream.requests == []


def test_and_from_there_back(server, upstream):
    browser = server.browser()
    register(browser, "alice")
    asked = "/private/report?year=2026&name=a%20b"
    form = browser.follow(browser.get(asked))
    assert form.page.field("next") == asked
    response = browser.post("/login", {
        "username": "alice", "password": PASSWORD,
        "next": form.page.field("next")})
    assert response.location == asked
    assert browser.follow(response).text == "the application's answer"
    assert upstream.last.path == asked


MOZILLA = {"User-Agent": "Mozilla/5.0"}


@pytest.mark.parametrize("method, headers, status", [
    # Sec-Fetch-Mode, where present, decides
    ("GET", {"Sec-Fetch-Mode": "navigate"}, 302),
    ("HEAD", {"Sec-Fetch-Mode": "navigate"}, 302),
    ("POST", {"Sec-Fetch-Mode": "navigate"}, 303),
    ("GET", {"Sec-Fetch-Mode": "cors", "Accept": "text/html"}, 401),
    ("GET", {"Sec-Fetch-Mode": "no-cors", "Accept": "text/html"}, 401),
    ("GET", {"Sec-Fetch-Mode": "navigate", "X-Requested-With": "x"}, 302),
    ("PUT", {"Sec-Fetch-Mode": "navigate"}, 401),
    ("GET", {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "empty"}, 401),
    # else a browser's GET or HEAD that likes HTML best
    ("GET", {**MOZILLA, "Accept": "text/html"}, 302),
    ("GET", {**MOZILLA, "Accept": "application/xml, Text/HTML;q=0.9"}, 401),
    ("GET", {**MOZILLA, "Accept": "a/b;q=0.9, Text/HTML;q=0.9"}, 302),
    ("HEAD", {**MOZILLA, "Accept": "text/html"}, 302),
    ("GET", {**MOZILLA, "Accept": "text/html",
             "X-Requested-With": "com.example.app"}, 302),
    ("GET", {"Accept": "text/html"}, 401),
    ("POST", {"Accept": "text/html"}, 401),
    ("PUT", {"Accept": "text/html"}, 401),
    ("GET", {**MOZILLA, "Accept": "text/html",
             "X-Requested-With": "XMLHttpRequest"}, 401),
    ("GET", {"Accept": "*/*"}, 401),
    ("GET", {"Accept": "application/json"}, 401),
    ("GET", {}, 401),
])
def test_what_counts_as_navigation(server, upstream, method, headers, status):
    response = server.client().request(method, "/private/x", headers=headers)
    assert response.status == status
    if status == 302:
        assert response.location == "/login?next=/private/x"
    elif status == 303:
        assert response.location == "/login"
    else:
        assert response.header("WWW-Authenticate") == CHALLENGE
        assert response.location is None
    assert upstream.requests == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE",
                                    "PATCH", "OPTIONS", "PROPFIND", "QUERY"])
def test_no_method_gets_through(server, upstream, method):
    response = server.client().request(method, "/private/x")
    assert response.status == 401
    assert upstream.requests == []


@pytest.mark.parametrize("path", [
    "/private/", "/private/x", "//private/x", "/./private/x",
    "/public/../private/x", "/%70rivate/x", "/private%2fx",
    "/public/..%2fprivate/x", "/private/open", "/private/login",
    "/private/?/login", "/private/x/login", "/private/open/../x",
    "/private/open/%2e%2e/x", "/PRIVATE/../private/x",
])
def test_no_spelling_gets_through(server, upstream, path):
    response = server.client().get(path)
    assert response.status in (301, 401, 404), response
    assert [r for r in upstream.requests if "private" in r.path
            and not r.path.startswith("/private/open/")] == []


@pytest.mark.parametrize("cookie", [
    "ngx_auth=", "ngx_auth=x", "ngx_auth=" + "A" * 43,
    "ngx_auth=" + "A" * 4000, "ngx_auth", "=ngx_auth",
    "ngx_auth=" + "%41" * 43, "NGX_AUTH=" + "A" * 43,
    "__Host-ngx_auth=" + "A" * 43,
])
def test_no_made_up_cookie_gets_through(server, upstream, cookie):
    response = server.client().get("/private/x", headers={"Cookie": cookie})
    assert response.status == 401
    assert upstream.requests == []


def test_cookie_among_others(server):
    alice = logged_in(server)
    for header in (f"a=b; {alice.cookie_header}; c=d",
                   f"a=b;{alice.cookie_header};c=d",
                   f"x_ngx_auth=1; {alice.cookie_header}"):
        assert server.client().get(
            "/private/x", headers={"Cookie": header}).status == 200, header


def test_next_that_would_be_refused_is_left_out(server):
    """A redirect to the login page has no next that login would not take."""
    response = server.browser().get("/private/" + "x" * 5000)
    assert response.status == 302
    assert response.location == "/login?lost=1"


# Somebody

def test_session_gets_through(server, upstream):
    alice = logged_in(server)
    response = alice.get("/private/x")
    assert response.status == 200
    assert response.text == "the application's answer"
    assert upstream.last.header("Remote-User") == "alice"


def test_body_reaches_the_application(server, upstream):
    alice = logged_in(server)
    body = b"0123456789" * 50000
    assert alice.post("/private/x", body=body).status == 200
    assert upstream.last.body == body


def test_users(nginx, sqlite_store, upstream):
    server = nginx(CONF, store=sqlite_store.uri, upstream=upstream.port,
                   server="""
        location /named/ {
            auth_login site users=alice,carol;
            proxy_pass http://127.0.0.1:%%UPSTREAM%%;
        }
    """)
    assert logged_in(server, "alice").get("/named/").status == 200
    bob = logged_in(server, "bob")
    assert bob.get("/named/").status == 403
    assert bob.get("/private/").status == 200
    assert server.client().get("/named/").status == 401


@pytest.mark.parametrize("limit, passes", [
    ("roles=ops", {"carol", "dave"}), ("roles=admin,ops", {"carol", "dave"}),
    ("users=alice roles=dev", {"alice", "dave"}), ("roles=op", set()),
])
def test_roles(nginx, store, upstream, limit, passes):
    server = nginx(CONF, store=store.uri, upstream=upstream.port, server="""
        location /team/ {
            auth_login site %%LIMIT%%;
            proxy_pass http://127.0.0.1:%%UPSTREAM%%;
        }
    """, limit=limit)
    register(server.client(), "alice")
    hashed = store.find("alice")["password"]
    store.insert("carol", hashed, roles=["ops"])
    store.insert("dave", hashed, roles=["dev", "ops"])
    for name in ("alice", "carol", "dave"):
        browser = server.browser()
        login(browser, name)
        assert browser.get("/team/").status == \
            (200 if name in passes else 403), name
        assert browser.get("/private/").status == 200
    assert upstream.last.header("Remote-Groups") == "dev,ops"


def test_optional(server, upstream):
    assert server.client().get("/optional/").status == 200
    assert upstream.last.header("Remote-User") is None
    assert logged_in(server).get("/optional/").status == 200
    assert upstream.last.header("Remote-User") == "alice"


def test_off_ends_it(server):
    assert server.client().get("/private/open/").status == 200


def test_limit_except(server):
    assert server.client().get("/writes/").status == 200
    assert server.client().post("/writes/", body=b"x").status == 401
    assert logged_in(server).post("/writes/", body=b"x").status == 200


# A whole server

def test_gate_for_a_whole_server(nginx, sqlite_store, upstream):
    """Pages are not protected by what they inherit, everything else is."""
    server = nginx("""
        auth_realm site { store %%STORE%%; }
        server {
            listen 127.0.0.1:%%PORT%%;
            auth_login on;
            location = /login  { auth_page login; }
            location = /logout { auth_page logout; }
            location = /register { auth_page register; }
            location / { proxy_pass http://127.0.0.1:%%UPSTREAM%%; }
        }
    """, store=sqlite_store.uri, upstream=upstream.port)
    browser = server.browser()
    assert browser.get("/").location == "/login?next=/"
    assert browser.get("/login").status == 200
    assert browser.get("/logout").status == 303
    assert server.client().get("/favicon.ico").status == 401
    alice = logged_in(server)
    assert alice.get("/").status == 200
    assert upstream.last.header("Remote-User") == "alice"


def test_location_inside_a_page_is_protected(nginx, sqlite_store):
    server = nginx("""
        auth_realm site { store %%STORE%%; }
        server {
            listen 127.0.0.1:%%PORT%%;
            auth_login on;
            location /login {
                auth_page login;
                location /login/secret/ { alias %%DIR%%/; }
            }
        }
    """, store=sqlite_store.uri)
    assert server.client().get("/login").status == 200
    assert server.client().get("/login/secret/nginx.conf").status == 401


def test_never_a_loop(nginx, sqlite_store):
    """Where nothing serves the login page a redirect would lead back here."""
    server = nginx("""
        auth_realm site { store %%STORE%%; }
        server {
            listen 127.0.0.1:%%PORT%%;
            auth_login on;
            location / { root %%DIR%%; }
        }
    """, store=sqlite_store.uri)
    browser = server.browser()
    response = browser.get("/")
    seen = 0
    while response.status in (302, 303) and seen < 3:
        response = browser.follow(response)
        seen += 1
    assert response.status == 401


# Together with nginx's own

def test_satisfy_any_with_an_address(nginx, sqlite_store):
    server = nginx("""
        auth_realm site { store %%STORE%%; }
        server {
            listen 127.0.0.1:%%PORT%%;
            satisfy any;
            auth_login on;
            location = /login { auth_page login; }
            location /here/  { allow 127.0.0.1; deny all; alias %%DIR%%/; }
            location /there/ { deny all; alias %%DIR%%/; }
        }
    """, store=sqlite_store.uri)
    assert server.client().get("/here/nginx.conf").status == 200
    assert server.client().get("/there/nginx.conf").status in (401, 403)
    response = server.browser().get("/there/nginx.conf")
    assert response.status == 302
    assert response.location == "/login?next=/there/nginx.conf"


def test_satisfy_any_with_auth_basic(nginx, sqlite_store):
    server = nginx("""
        auth_realm site { store %%STORE%%; login_limit off; }
        server {
            listen 127.0.0.1:%%PORT%%;
            location = /login { auth_page login; }
            location = /register { auth_page register; }
            location /either/ {
                satisfy any;
                auth_login on;
                auth_basic "basic";
                auth_basic_user_file %%DIR%%/htpasswd;
                alias %%DIR%%/;
            }
        }
    """, store=sqlite_store.uri)
    with open(f"{server.folder}/htpasswd", "w") as file:
        file.write("bob:{PLAIN}secret\n")
    client = server.client()
    refused = client.get("/either/nginx.conf")
    assert refused.status == 401
    challenges = refused.all("WWW-Authenticate")
    assert any(c.startswith("Cookie realm=") for c in challenges)
    assert any(c.startswith("Basic realm=") for c in challenges)
    allowed = client.get("/either/nginx.conf",
                         headers={"Authorization": "Basic Ym9iOnNlY3JldA=="})
    assert allowed.status == 200
    assert allowed.header("WWW-Authenticate") is None
    alice = logged_in(server)
    assert alice.get("/either/nginx.conf").status == 200


def test_satisfy_all_needs_both(nginx, sqlite_store):
    server = nginx("""
        auth_realm site { store %%STORE%%; }
        server {
            listen 127.0.0.1:%%PORT%%;
            location = /login { auth_page login; }
            location = /register { auth_page register; }
            location /both/ { auth_login on; deny all; alias %%DIR%%/; }
        }
    """, store=sqlite_store.uri)
    assert logged_in(server).get("/both/nginx.conf").status == 403


@pytest.mark.parametrize("way", [
    "rewrite ^ /private/x last;",
    "try_files /no-such-file /private/x;",
    "error_page 418 /private/x; return 418;",
    "index no-such-file; error_page 403 404 /private/x; root /nowhere;",
])
def test_internal_redirects_are_checked(nginx, sqlite_store, upstream, way):
    server = nginx(CONF.replace("location /public/ {",
                                "location /way/ { %%WAY%% }"
                                " location /public/ {"),
                   store=sqlite_store.uri, server="", way=way,
                   upstream=upstream.port)
    assert server.client().get("/way/").status == 401
    assert upstream.requests == []
    alice = logged_in(server)
    alice.get("/way/")
    assert upstream.last.header("Remote-User") == "alice"


def test_x_accel_redirect_into_a_protected_location(server, upstream):
    upstream.answers["/public/x"] = (
        b"HTTP/1.1 200 OK\r\nX-Accel-Redirect: /private/y\r\n"
        b"Content-Length: 0\r\nConnection: close\r\n\r\n")
    assert server.client().get("/public/x").status == 401
    assert [r.path for r in upstream.requests] == ["/public/x"]


# Caches

@pytest.mark.parametrize("path", ["/private/x", "/optional/x"])
def test_protected_answers_are_private(server, path):
    response = logged_in(server).get(path)
    assert response.header("Cache-Control") == "private, no-cache"


def test_answers_that_came_through_an_optional_login_are_private(
        server, upstream):
    """Somebody else may get another one, wherever nginx has found it."""
    upstream.answers["/optional/x"] = (
        b"HTTP/1.1 200 OK\r\nX-Accel-Redirect: /public/y\r\n"
        b"Content-Length: 0\r\nConnection: close\r\n\r\n")
    for client in (server.client(), logged_in(server)):
        assert client.get("/optional/x").header("Cache-Control") == \
            "private, no-cache"
    assert server.client().get("/public/y").header("Cache-Control") is None


def test_cache_control_of_the_application_stays(server, upstream):
    upstream.answers["/private/x"] = (
        b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n"
        b"Content-Length: 0\r\nConnection: close\r\n\r\n")
    assert logged_in(server).get("/private/x").header("Cache-Control") == \
        "max-age=60"


@pytest.mark.parametrize("line, expected", [
    ("expires 1h;", "max-age=3600"),
    ('add_header Cache-Control "public, max-age=5";', "public, max-age=5"),
])
def test_cache_control_of_the_configuration_stays(nginx, sqlite_store, upstream,
                                                  line, expected):
    server = nginx(CONF, store=sqlite_store.uri, server=line,
                   upstream=upstream.port)
    response = logged_in(server).get("/private/x")
    assert response.all("Cache-Control") == [expected]


def test_unprotected_answers_are_left_alone(server):
    assert server.client().get("/public/x").header("Cache-Control") is None
