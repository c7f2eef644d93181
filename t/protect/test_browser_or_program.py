"""If a login is needed, browsers are led to the login page, other clients that read
HTML get a page with a link to it, and programs get a plain 401."""

import pytest

from corpus.clients import CLIENTS, PAGE, REDIRECT
from harness.accounts import PASSWORD, SITE, login, register

CONF = """
        location /private/x {
            auth_login on;
            proxy_pass http://127.0.0.1:%%UPSTREAM%%;
        }
        location /any/x {
            satisfy any;
            auth_login on;
            auth_basic "basic";
            auth_basic_user_file %%DIR%%/htpasswd;
            proxy_pass http://127.0.0.1:%%UPSTREAM%%;
        }
        location /private/form { return 200 form; }
"""
CHALLENGE = ('Cookie realm="site" form-action="/login" '
             'cookie-name="%s"')
BASIC = 'Basic realm="basic"'


@pytest.fixture
def server(nginx, sqlite_store, upstream):
    return nginx(SITE, store=sqlite_store.uri, realm="", server=CONF,
                 upstream=upstream.port)


def sent(headers, server):
    return {name: value.replace("{SITE}", f"http://127.0.0.1:{server.port}")
            for name, value in headers.items()}


def way_back(method, path):
    """Where the login leads afterwards."""
    return f"{path}?a=1" if method in ("GET", "HEAD") \
        else "/private/form?step=2"


def login_link(next_page):
    return "/login?next=" + next_page.replace("?", "%3F").replace("=", "%3D")


@pytest.mark.parametrize("path", ["/private/x", "/any/x"])
@pytest.mark.parametrize("method, headers, gets",
                         [row[1:] for row in CLIENTS],
                         ids=[row[0] for row in CLIENTS])
def test_client(server, upstream, path, method, headers, gets):
    response = server.client().request(method, path + "?a=1",
                                       headers=sent(headers, server))
    assert upstream.requests == []
    link = login_link(way_back(method, path))
    challenges = response.all("WWW-Authenticate")
    if gets == REDIRECT:
        assert response.status == (303 if method == "POST" else 302)
        assert response.location == link
        assert challenges == []
        assert response.body == b""
        return

    assert response.status == 401
    assert response.location is None
    cookie = CHALLENGE % "ngx_auth"
    assert challenges == ([cookie] if path == "/private/x"
                          else [BASIC, cookie])
    if gets == PAGE:
        assert link in response.page.links
        assert "Please log in" in response.page.text
        assert response.header("Content-Type").startswith("text/html")
        assert response.header("Cache-Control") == "no-store"
        assert response.header("Content-Security-Policy")
    else:
        assert "login" not in response.text
        assert response.header("Cache-Control") == "private, no-cache"


@pytest.mark.parametrize("path", ["/private/x", "/any/x"])
def test_page_leads_to_the_login_and_back(server, upstream, path):
    """As a person walks with a text browser."""
    lynx = server.client()
    register(lynx, "alice")
    headers = {"User-Agent": "Lynx/2.9", "Accept": "text/html, */*;q=0.01"}
    page = lynx.get(path, headers=headers).page
    [link] = {link for link in page.links if link.startswith("/login?next=")}
    form = lynx.get(link, headers=headers).page
    response = lynx.post("/login", {"username": "alice", "password": PASSWORD,
                                    "next": form.field("next")})
    assert response.location == path
    cookie = response.cookies["ngx_auth"][0]
    headers["Cookie"] = f"ngx_auth={cookie}"
    assert lynx.get(path, headers=headers).status == 200
    assert upstream.last.header("Remote-User") == "alice"


@pytest.mark.parametrize("path", ["/private/x", "/any/x"])
def test_page_and_redirect_leave_the_connection_usable(server, path):
    for method in ("GET", "HEAD", "POST"):
        for accept in ("text/html", "*/*"):
            for agent in ("Mozilla/5.0", "Lynx/2.9"):
                headers = {"User-Agent": agent, "Accept": accept,
                           "Content-Type": "text/plain"}
                client = server.client()
                with client.connect() as connection:
                    answers = [client.request(
                        method, path, headers=headers, connection=connection,
                        body=b"x" * 5000 if method == "POST" else None)
                        for _ in range(3)]
                first = answers[0]
                assert {a.status for a in answers} == {first.status}
                assert {a.body for a in answers} == {first.body}
                assert (first.body == b"") == (method == "HEAD" or
                                               first.status != 401)


@pytest.mark.parametrize("referer, expected", [
    ("{SITE}/private/form?a=b&c", "/login?next=/private/form%3Fa%3Db%26c"),
    ("{SITE}/private/form#part", "/login?next=/private/form"),
    ("{SITE}/", "/login?next=/"),
    ("{SITE}", "/login?next=/"),
    ("{SITE}?a=1", "/login?next=/"),
    (None, "/login"), ("", "/login"),
    ("http://evil.example/private/form", "/login"),
    ("http://127.0.0.1/private/form", "/login"),
    ("{SITE}.evil.example/x", "/login"),
    ("{SITE}@evil.example/x", "/login"),
    ("//evil.example/", "/login"), ("/private/form", "/login"),
    ("{SITE}//evil.example/", "/login"),
    ("{SITE}/\\evil.example/", "/login"),
    ("{SITE}/logout", "/login"), ("{SITE}/login?next=/x", "/login"),
    ("about:blank", "/login"), ("x", "/login"), ("http://", "/login"),
])
def test_form_goes_back_to_the_page_that_it_was_on(server, referer, expected):
    headers = {"User-Agent": "Mozilla/5.0", "Accept": "text/html",
               "Content-Type": "application/x-www-form-urlencoded",
               **({} if referer is None else {"Referer": referer})}
    response = server.client().request("POST", "/private/x", body="a=1",
                                       headers=sent(headers, server))
    assert (response.status, response.location) == (303, expected)


def test_referer_over_tls(nginx, sqlite_store, tls_files):
    """A page that came over plain HTTP is not this site's."""
    server = nginx(
        SITE.replace("listen 127.0.0.1:%%PORT%%;", """
            listen 127.0.0.1:%%PORT%% ssl;
            ssl_certificate %%CERT%%;
            ssl_certificate_key %%KEY%%;"""),
        store=sqlite_store.uri, realm="",
        server="location /private/ { auth_login on; }", **tls_files)
    for scheme, expected in (("https", "/login?next=/private/form"),
                             ("http", "/login")):
        response = server.client(tls=True).request(
            "POST", "/private/x", headers={
                "Sec-Fetch-Mode": "navigate",
                "Referer": f"{scheme}://127.0.0.1:{server.port}/private/form"})
        assert (response.status, response.location) == (303, expected)


def test_expired_session_and_a_form(server):
    """Over plain HTTP as well the person gets back to the form."""
    browser = server.browser()
    register(browser, "alice")
    login(browser, "alice")
    browser.jar.clear()
    plain = {"Sec-Fetch-Mode": None, "Sec-Fetch-Dest": None,
             "Sec-Fetch-Site": None,
             "Referer": f"http://127.0.0.1:{server.port}/private/form?step=2"}
    response = browser.post("/private/x", {"text": "long"}, headers=plain)
    assert response.status == 303
    form = browser.follow(response)
    response = browser.post("/login", {
        "username": "alice", "password": PASSWORD,
        "next": form.page.field("next")})
    assert response.location == "/private/form?step=2"


def test_no_page_where_nothing_serves_the_login(nginx, sqlite_store):
    """A link to nowhere helps nobody."""
    server = nginx("""
        auth_realm site { store %%STORE%%; }
        server { listen 127.0.0.1:%%PORT%%; auth_login on; }
    """, store=sqlite_store.uri)
    response = server.client().get("/", headers={"Accept": "text/html"})
    assert response.status == 401
    assert "/login" not in response.text


def test_login_page_that_is_protected_itself(nginx, sqlite_store):
    """Neither a redirect nor a link may lead to itself."""
    server = nginx("""
        auth_realm site { store %%STORE%%; login_url /in; }
        server {
            listen 127.0.0.1:%%PORT%%;
            auth_login on;
            location / { return 200; }
            location = /in { root %%DIR%%; }
            location /any/ { satisfy any; deny all; }
        }
    """, store=sqlite_store.uri)
    server.allow("access forbidden by rule")
    assert server.browser().get("/any/").location == "/in?next=/any/"
    for headers in ({"User-Agent": "Mozilla/5.0"}, {"User-Agent": "Lynx"}):
        response = server.client().get(
            "/in?next=/any/", headers={"Accept": "text/html", **headers})
        assert response.status == 401
        assert response.page.links == []


def test_page_through_gzip(nginx, sqlite_store):
    server = nginx(SITE, store=sqlite_store.uri, realm="", server="""
        gzip on; gzip_min_length 1; gzip_proxied any;
        location /private/ { auth_login on; }
        location /any/ { satisfy any; auth_login on; deny all; }
    """)
    server.allow("access forbidden by rule")
    for path in ("/private/", "/any/"):
        plain = server.client().get(path, headers={"Accept": "text/html"})
        assert "Please log in" in plain.page.text
        zipped = server.client().get(path, headers={
            "Accept": "text/html", "Accept-Encoding": "gzip"})
        assert zipped.status == 401
        assert len(zipped.body) > 100


def test_text_browser_of_somebody_not_admitted(nginx, sqlite_store):
    """403, with the page that says why, whatever the browser is."""
    server = nginx(SITE, store=sqlite_store.uri, realm="", server="""
        location /bobs/ { auth_login on users=bob; }
    """)
    browser = server.browser()
    register(browser, "alice")
    login(browser, "alice")
    cookie = {"Cookie": browser.cookie_header}
    for accept, page in (("text/html", True), ("*/*", False)):
        response = server.client().get("/bobs/", headers={
            "User-Agent": "Lynx/2.9", "Accept": accept, **cookie})
        assert response.status == 403
        assert ("other accounts" in response.text) == page
