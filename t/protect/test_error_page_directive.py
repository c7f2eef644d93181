"""auth_login where nginx's error_page has led: an answer whose status is
decided leads nobody away, any other is an answer as all are, and the access
log has the status that was sent."""

import re
import time

import pytest

from harness.accounts import SITE, logged_in
from harness.documents import put

CHALLENGE = 'Cookie realm="site" form-action="/login" cookie-name="ngx_auth"'


@pytest.fixture
def start(nginx, sqlite_store, upstream):
    def start(server, **options):
        started = nginx(SITE, store=sqlite_store.uri, realm="", server="""
            root %%DIR%%/www;
            location /spa/ {
                auth_login on;
                proxy_pass http://127.0.0.1:%%UPSTREAM%%;
            }
        """ + server, upstream=upstream.port, **options)
        put(started, "www/there", "static")
        started.allow("access forbidden by rule|No such file|is forbidden"
                      "|was not found")
        return started
    return start


def check(server, response, status, path):
    """Of one request of a path: nginx logs it after it has answered."""
    server.checked = getattr(server, "checked", []) + [path]
    line = re.compile(rf'"[A-Z]+ {re.escape(path)} HTTP/1.1" (\d+) ')
    deadline = time.monotonic() + 20
    logged = []
    while len(logged) < server.checked.count(path):
        assert time.monotonic() < deadline, server.access_log
        logged = line.findall(server.access_log)
        time.sleep(0.01)
    assert (response.status, int(logged[-1])) == (status, status)
    return response


NORMAL = [
    "error_page 404 =200 /spa/index.html;",
    "error_page 404 = /spa/index.html;",
    "error_page 404 =201 /spa/index.html;",
    "error_page 404 = @app;",
    "error_page 404 =200 @app;",
    "recursive_error_pages on; error_page 404 =200 /spa/index.html;",
    "try_files $uri /spa/index.html;",
    "try_files $uri @app;",
]


@pytest.mark.parametrize("directive", NORMAL)
def test_normal_answer(start, upstream, directive):
    """Such as that of a single-page application for all its addresses."""
    server = start("location /open/ { %s }" % directive + """
        location @app {
            auth_login on;
            proxy_pass http://127.0.0.1:%%UPSTREAM%%;
        }""")
    path = "/open/x?a=1"
    answer = check(server, server.browser().get(path), 302, path)
    assert answer.location == "/login?next=/open/x%3Fa%3D1"
    answer = check(server, server.client().get(path), 401, path)
    assert answer.all("WWW-Authenticate") == [CHALLENGE]
    answer = check(server, server.client().get(
        path, headers={"Accept": "text/html"}), 401, path)
    assert "/login?next=/open/x%3Fa%3D1" in answer.page.links
    assert answer.all("WWW-Authenticate") == [CHALLENGE]
    assert upstream.requests == []
    status = 201 if "=201" in directive else 200
    check(server, logged_in(server).get(path), status, path)
    assert upstream.last.header("Remote-User") == "alice"


@pytest.mark.parametrize("directive", NORMAL[:6])
def test_normal_answer_under_satisfy_any(start, upstream, directive):
    server = start("location /open/ { %s }" % directive + """
        satisfy any; deny all;
        location @app {
            auth_login on;
            proxy_pass http://127.0.0.1:%%UPSTREAM%%;
        }""".replace("%%UPSTREAM%%", str(upstream.port))
        + "location /open/x { allow all; %s }" % directive)
    path = "/open/x"
    answer = check(server, server.browser().get(path), 302, path)
    assert answer.location == "/login?next=/open/x"
    answer = check(server, server.client().get(path), 401, path)
    assert answer.all("WWW-Authenticate") == [CHALLENGE]
    assert upstream.requests == []


@pytest.mark.parametrize("satisfy", ["", "satisfy any; deny all;"])
def test_error_page_of_something_else_is_protected(start, upstream, satisfy):
    """The status is an error's: no redirect, but a way to log in."""
    server = start("""
        location /open/ { error_page 404 /hidden/404.html; }
        location /hidden/ { auth_login on; %%SATISFY%%
                            proxy_pass http://127.0.0.1:%%UPSTREAM%%; }
    """, satisfy=satisfy)
    path = "/open/x"
    for client in (server.browser(), server.client()):
        answer = check(server, client.get(path), 401, path)
        assert answer.location is None
        assert answer.all("WWW-Authenticate") == [CHALLENGE]
    assert upstream.requests == []
    check(server, logged_in(server).get(path), 404, path)
    assert upstream.last.path == "/hidden/404.html"


@pytest.mark.parametrize("error_page", [
    "error_page 404 /x;", "error_page 403 500 502 /x;",
    "error_page 404 =200 /x;", "error_page 403 @app; recursive_error_pages on;",
])
def test_error_pages_for_other_statuses(start, error_page):
    """They say nothing about a refused login."""
    server = start("""
        %%ERROR_PAGE%%
        location @app { return 200 other; }
        location /all/ { auth_login on; }
        location /any/ { satisfy any; auth_login on; deny all; }
    """, error_page=error_page)
    for path in ("/all/", "/any/"):
        answer = check(server, server.browser().get(path), 302, path)
        assert answer.location == f"/login?next={path}"
        answer = check(server, server.client().get(
            path, headers={"Accept": "text/html"}), 401, path)
        assert f"/login?next={path}" in answer.page.links


@pytest.mark.parametrize("how, status", [
    ("", 401), ("=", 200), ("=200", 200), ("=403", 403)])
@pytest.mark.parametrize("where", ["/login", "/sorry", "@sorry"])
def test_error_page_for_the_401(start, how, status, where):
    """Programs and text browsers get it, and browsers where a redirect would
    have hidden it from the other methods of `satisfy any`."""
    server = start("""
        location /all/ { auth_login on; error_page 401 %%HOW%% %%WHERE%%; }
        location /any/ { satisfy any; auth_login on; deny all;
                         error_page 401 %%HOW%% %%WHERE%%; }
        location = /sorry { try_files /there =404; }
        location @sorry { try_files /there =404; }
    """, how=how, where=where)
    challenge = [CHALLENGE] if status == 401 else []
    text = "Log in" if where == "/login" else "static"
    lynx = {"User-Agent": "Lynx/2.9", "Accept": "text/html"}
    for path in ("/all/", "/any/"):
        for headers in ({}, lynx):
            answer = check(server, server.client().get(path, headers=headers),
                           status, path)
            assert text in answer.text
            assert answer.all("WWW-Authenticate") == challenge
    check(server, server.browser().get("/all/"), 302, "/all/")
    answer = check(server, server.browser().get("/any/"), status, "/any/")
    assert text in answer.text
    assert answer.all("WWW-Authenticate") == challenge


def test_error_page_that_returns(start):
    """`return` comes before the phase in which others could let it in."""
    server = start("""
        location /any/ { satisfy any; auth_login on; deny all;
                         error_page 401 = @json; }
        location @json { default_type application/json; return 401 '{}'; }
    """)
    for client in (server.browser(), server.client()):
        answer = check(server, client.get("/any/"), 401, "/any/")
        assert answer.text == "{}"
        assert answer.all("WWW-Authenticate") == [CHALLENGE]


@pytest.mark.parametrize("how", ["", "=", "=200"])
@pytest.mark.parametrize("recursive", ["off", "on"])
def test_error_page_for_the_401_is_protected_itself(start, how, recursive):
    """No loop, neither of redirects nor inside nginx."""
    server = start("""
        auth_login on;
        error_page 401 %%HOW%% /sorry;
        recursive_error_pages %%RECURSIVE%%;
        location / { try_files /there =404; }
    """, how=how, recursive=recursive)
    answer = check(server, server.client().get("/x"), 401, "/x")
    assert answer.all("WWW-Authenticate") == [CHALLENGE]
    check(server, server.browser().get("/x"), 302, "/x")
    assert "cycle" not in server.error_log


def test_application_has_an_error_page_of_its_own(start, upstream):
    """Its 401 is none of ours."""
    upstream.answers["/app/x"] = (
        b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 3\r\n"
        b"WWW-Authenticate: Bearer\r\nConnection: close\r\n\r\nown")
    server = start("""
        location /app/ { satisfy any; auth_login on; allow 127.0.0.1; deny all;
                         proxy_pass http://127.0.0.1:%%UPSTREAM%%; }
    """)
    for headers in ({}, {"Accept": "text/html"},
                    {"Accept": "text/html", "User-Agent": "Mozilla/5.0"}):
        answer = check(server, server.client().get("/app/x", headers=headers),
                       401, "/app/x")
        assert answer.text == "own"
        assert answer.all("WWW-Authenticate") == ["Bearer"]


@pytest.mark.parametrize("how, status", [("", 403), ("=403", 403)])
def test_login_page_as_the_page_for_403(start, how, status):
    """A user who is logged in may log in as another user. A redirect to where a
    login leads could end here again."""
    server = start("""
        location /closed/ { deny all; error_page 403 %%HOW%% /login; }
    """, how=how)
    browser = logged_in(server)
    answer = check(server, browser.get("/closed/"), status, "/closed/")
    assert answer.page.field("username") == ""


def test_page_for_403_of_users_who_are_not_admitted(start):
    """Is the site's, where it has one."""
    server = start("""
        location /bobs/ { auth_login on users=bob; error_page 403 /there; }
        location /carols/ { auth_login on users=carol; }
    """)
    browser = logged_in(server)
    assert check(server, browser.get("/bobs/"), 403, "/bobs/").text == "static"
    answer = check(server, browser.get("/carols/"), 403, "/carols/")
    assert "other accounts" in answer.text


@pytest.mark.parametrize("page, status", [
    ("/login", 303), ("/dashboard", 200), ("/logout", 303)])
def test_page_of_ours_as_a_normal_answer(start, page, status):
    """Its own status is sent and logged."""
    server = start("location /gone/ { error_page 404 =200 %%PAGE%%; }",
                   page=page)
    browser = logged_in(server)
    check(server, browser.get("/gone/x"), status, "/gone/x")
