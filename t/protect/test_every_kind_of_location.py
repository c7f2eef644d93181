"""auth_login keeps a location, whatever serves it and however nginx gets
there; and it is in nobody's way who has logged in."""

import pytest

from harness.accounts import SITE, logged_in
from harness.documents import put
from harness.nginx_server import eventually

SECRET = "the secret"

# What makes a location: the configuration, what is asked for. Each leads to
# SECRET, in a file or from the application.
KINDS = {
    "static": ("location /x/ { auth_login site; root %%DIR%%/www; }",
               "/x/file.txt"),
    "exact": ("location = /x/file.txt { auth_login site; root %%DIR%%/www; }",
              "/x/file.txt"),
    "regex": (r"location ~ \.txt$ { auth_login site; root %%DIR%%/www; }",
              "/x/file.txt"),
    "alias": ("location /files/ { auth_login site; alias %%DIR%%/www/x/; }",
              "/files/file.txt"),
    "alias of a regex": (
        "location ~ ^/files/(.+) { auth_login site; alias %%DIR%%/www/x/$1; }",
        "/files/file.txt"),
    "index": ("location /x/ { auth_login site; root %%DIR%%/www;"
              " index file.txt; }", "/x/"),
    "index elsewhere": (
        "location = /i/ { root %%DIR%%/www; index /x/file.txt; }"
        "location /x/ { auth_login site; root %%DIR%%/www; }", "/i/"),
    "try_files, a file": (
        "location /x/ { auth_login site; root %%DIR%%/www;"
        " try_files $uri /x/file.txt =404; }", "/x/none"),
    "try_files, a URI": (
        "location /open/ { root %%DIR%%/www; try_files $uri /x/file.txt; }"
        "location /x/ { auth_login site; root %%DIR%%/www; }", "/open/none"),
    "try_files, a named location": (
        "location /open/ { root %%DIR%%/www; try_files $uri @app; }"
        "location @app { auth_login site; %%PROXY%%; }", "/open/none"),
    "error_page, a URI": (
        "location /open/ { root /nowhere; error_page 404 =200 /x/file.txt; }"
        "location /x/ { auth_login site; root %%DIR%%/www; }", "/open/none"),
    "error_page, a named location": (
        "location /open/ { root /nowhere; error_page 404 = @app; }"
        "location @app { auth_login site; %%PROXY%%; }", "/open/none"),
    "rewrite last": (
        "location /open/ { rewrite ^/open/(.*) /x/$1 last; }"
        "location /x/ { auth_login site; root %%DIR%%/www; }",
        "/open/file.txt"),
    "rewrite break": (
        "location /y/ { auth_login site; root %%DIR%%/www;"
        " rewrite ^ /x/file.txt break; }", "/y/anything"),
    "rewrite in the server": (
        "rewrite ^/open/(.*) /x/$1;"
        "location /x/ { auth_login site; root %%DIR%%/www; }",
        "/open/file.txt"),
    "if": ("location /x/ { auth_login site; if ($args) { %%PROXY%%; } }",
           "/x/?a"),
    "nested": (
        "location /x/ { auth_login site;"
        " location /x/file { root %%DIR%%/www; } }", "/x/file.txt"),
    "nested regex": (
        r"location /x/ { auth_login site; location ~ \.txt$"
        " { root %%DIR%%/www; } }", "/x/file.txt"),
    "proxy_pass": ("location /x/ { auth_login site; %%PROXY%%; }", "/x/"),
    "proxy_pass with a URI": (
        "location /x/ { auth_login site; %%PROXY%%/app/; }", "/x/page"),
    "proxy_pass with variables": (
        "location /x/ { auth_login site; set $to 127.0.0.1:%%APP%%;"
        " proxy_pass http://$to$request_uri; }", "/x/"),
    "X-Accel-Redirect": (
        "location /accel/ { %%PROXY%%; }"
        "location /x/ { internal; auth_login site; root %%DIR%%/www; }",
        "/accel/in"),
    "X-Accel-Redirect, a named location": (
        "location /accel/ { %%PROXY%%; }"
        "location @app { auth_login site; %%PROXY%%; }", "/accel/named"),
    "server": ("auth_login site; location /x/ { root %%DIR%%/www; }",
               "/x/file.txt"),
}


def accel(target):
    return (f"HTTP/1.1 200 OK\r\nX-Accel-Redirect: {target}\r\n"
            "Content-Length: 0\r\nConnection: close\r\n\r\n").encode()


@pytest.fixture
def start(nginx, sqlite_store, upstream):
    """A server with these locations; its application and files are there."""
    text = SECRET.encode()
    answer = (b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close"
              b"\r\n\r\n" % len(text)) + text
    for path in ("/x/", "/x", "/app/page", "/open/none"):
        upstream.answers[path] = answer
    upstream.answers["/accel/in"] = accel("/x/file.txt")
    upstream.answers["/accel/named"] = lambda seen: (
        answer if seen.header("Remote-User") else accel("@app"))

    def start(locations):
        server = nginx(SITE, store=sqlite_store.uri, realm="",
                       app=upstream.port,
                       proxy="proxy_pass http://127.0.0.1:%%APP%%",
                       server=locations)
        put(server, "www/x/file.txt", SECRET)
        return server

    return start


@pytest.mark.parametrize("kind", KINDS)
def test_kept(start, upstream, kind):
    locations, path = KINDS[kind]
    server = start(locations)
    asked = "/accel/" if "accel" in path else "(nothing)"

    refused = server.client().get(path)
    assert refused.status == 401
    assert SECRET not in refused.text
    assert refused.header("WWW-Authenticate").startswith("Cookie realm=")

    redirected = server.browser().get(path)
    assert redirected.status == 302
    assert redirected.location.startswith("/login?next=/")
    assert [r for r in upstream.requests if not r.path.startswith(asked)] == []

    alice = logged_in(server)
    allowed = alice.get(path)
    assert allowed.status == 200
    assert allowed.text == SECRET
    assert allowed.header("Cache-Control") == "private, no-cache"
    if upstream.requests and asked == "(nothing)":
        assert upstream.last.header("Remote-User") == "alice"
        assert upstream.last.header("Cookie") is None

    alice.post("/logout")
    assert alice.get(path).status == redirected.status


def test_a_redirect_comes_back_to_what_was_asked_for(start):
    """Not to where nginx went inside."""
    server = start("location /open/ { rewrite ^/open/(.*) /x/$1 last; }"
                   "location /x/ { auth_login site; root %%DIR%%/www; }")
    response = server.browser().get("/open/file.txt?a=1&b=%20")
    assert response.location == "/login?next=/open/file.txt%3Fa%3D1%26b%3D%2520"


def test_directory_listing(start):
    server = start("location /x/ { auth_login site; root %%DIR%%/www;"
                   " autoindex on; }")
    assert server.client().get("/x/").status == 401
    assert "file.txt" in logged_in(server).get("/x/").text
    # nor does the redirect to the directory tell that it is there
    assert server.client().get("/x/none").status == 401


def test_slash_redirect_of_a_directory(start):
    server = start("location /x { auth_login site; root %%DIR%%/www; }")
    assert server.client().get("/x").status == 401
    assert server.client().get("/none").status == 404
    assert logged_in(server).get("/x").status == 301


def test_missing_file_is_no_different_from_one_that_is_there(start):
    server = start("location /x/ { auth_login site; root %%DIR%%/www; }")
    there, absent = (server.client().get(path)
                     for path in ("/x/file.txt", "/x/none.txt"))
    assert there.status == absent.status == 401
    assert there.body == absent.body


def test_error_page_of_the_site_instead_of_the_401(start):
    """`error_page 401 =200` is an answer to nobody, not the secret."""
    server = start("""
        location /x/ {
            auth_login site;
            root %%DIR%%/www;
            error_page 401 =200 /sorry.txt;
        }
        location = /sorry.txt { root %%DIR%%/www; }
    """)
    put(server, "www/sorry.txt", "sorry")
    assert server.client().get("/x/file.txt").text == "sorry"
    assert logged_in(server).get("/x/file.txt").text == SECRET


def test_login_page_as_error_page(start):
    """A form instead of nginx's 401; the status stays."""
    server = start("location /x/ { auth_login site; root %%DIR%%/www;"
                   " error_page 401 /login; }")
    refused = server.client().get("/x/file.txt")
    assert refused.status == 401
    assert refused.page.form_to("/login")
    assert refused.header("Cache-Control") == "no-store"
    assert server.client().post("/x/file.txt", {"a": "b"}).status == 401


def test_error_page_into_a_location_of_another_login(start, upstream):
    """Where the way ends decides, also after another location has agreed."""
    server = start("""
        location /x/ {
            auth_login site;
            root /nowhere;
            error_page 404 = @app;
        }
        location @app { auth_login site users=bob; %%PROXY%%; }
    """)
    upstream.answers["/x/page"] = upstream.answers["/x/"]
    assert logged_in(server, "alice").get("/x/page").status == 403
    assert upstream.requests == []
    assert logged_in(server, "bob").get("/x/page").text == SECRET


@pytest.mark.parametrize("page", ["404 =200 /x/file.txt", "404 /x/file.txt"])
def test_error_page_that_is_not_for_this_user(start, page):
    server = start("""
        location /open/ { root /nowhere; error_page %%PAGE%%; }
        location /x/ { auth_login site users=bob; root %%DIR%%/www; }
    """.replace("%%PAGE%%", page))
    response = logged_in(server, "alice").get("/open/none")
    assert SECRET not in response.text
    assert response.status == 403


@pytest.mark.parametrize("methods, refused, passed", [
    ("limit_except GET { auth_login site; }",
     ["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"], ["GET", "HEAD"]),
    ("auth_login site; limit_except POST { auth_login off; }",
     ["POST"], ["GET", "HEAD", "PUT"]),
    ("auth_login site; limit_except GET { auth_login site users=bob; }",
     ["GET", "HEAD", "POST"], []),
])
def test_limit_except(start, upstream, methods, refused, passed):
    server = start("location /x/ { %s %%%%PROXY%%%%; }" % methods)
    for method in refused:
        assert server.client().request(method, "/x/").status == 401, method
    assert upstream.requests == []
    for method in passed:
        assert server.client().request(method, "/x/").status == 200, method
        assert upstream.last.header("Remote-User") is None
    alice = logged_in(server)
    for method in refused:
        named = "users=bob" in methods and method == "POST"
        assert alice.request(method, "/x/").status == \
            (403 if named else 200), method
        if not named:
            assert upstream.last.header("Remote-User") == "alice"


def test_protected_location_that_hands_on_to_an_open_one(start, upstream):
    """X-Accel-Redirect: nobody gets the file without having been checked."""
    server = start("""
        location /accel/ { auth_login site; %%PROXY%%; }
        location /x/ { internal; root %%DIR%%/www; }
    """)
    assert server.client().get("/accel/in").status == 401
    assert server.client().get("/x/file.txt").status == 404
    assert upstream.requests == []
    assert logged_in(server).get("/accel/in").text == SECRET


def test_return_is_not_kept(start):
    """docs/directives.md says so: nginx answers before it asks who it is."""
    server = start('location /x/ { auth_login site; return 200 "hole"; }')
    assert server.client().get("/x/").text == "hole"


@pytest.mark.parametrize("prefix, status", [("", 200), ("^~", 401)])
def test_regular_expression_beside_it_goes_first(start, prefix, status):
    """docs/directives.md says so: a path belongs to one location only."""
    server = start("location %s /x/ { auth_login site; root %%%%DIR%%%%/www; }"
                   r"location ~ \.txt$ { root %%%%DIR%%%%/www; }" % prefix)
    assert server.client().get("/x/file.txt").status == status


@pytest.mark.parametrize("key, given", [("$uri", "alice"),
                                        ("$auth_user$uri", "bob")])
def test_cache_of_a_protected_location(nginx, sqlite_store, upstream, key,
                                       given):
    """docs/directives.md says so: nginx's cache knows users by its key only."""
    upstream.answers["/x/"] = lambda seen: (
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
        + seen.header("Remote-User").encode())
    server = nginx(
        "proxy_cache_path %%DIR%%/cache keys_zone=all:1m;" + SITE,
        store=sqlite_store.uri, realm="", key=key, app=upstream.port,
        server="""
        location /x/ {
            auth_login site;
            proxy_cache all;
            proxy_cache_key %%KEY%%;
            proxy_cache_valid 200 1h;
            proxy_pass http://127.0.0.1:%%APP%%;
        }
    """)
    alice, bob = logged_in(server), logged_in(server, "bob")

    def is_kept():
        upstream.requests.clear()
        assert alice.get("/x/").text == "alice"
        return not upstream.requests

    eventually(is_kept, "the cache keeps nothing")
    assert bob.get("/x/").text == given
    assert server.client().get("/x/").status == 401


def test_server_without_a_word_of_its_own(nginx, sqlite_store, upstream):
    """auth_login in http is inherited by servers that do not mention it."""
    server = nginx("auth_login on;" + SITE + """
        server {
            listen 127.0.0.1:%%PORT1%%;
            location / { proxy_pass http://127.0.0.1:%%APP%%; }
            location /open/ {
                auth_login off;
                proxy_pass http://127.0.0.1:%%APP%%;
            }
        }
    """, store=sqlite_store.uri, realm="", server="", app=upstream.port)
    client = server.client("PORT1")
    assert client.get("/").status == 401
    forged = {"Remote-User": "admin", "Cookie": "ngx_auth=x; a=b"}
    assert client.get("/open/", headers=forged).status == 200
    assert upstream.last.header("Remote-User") is None
    assert upstream.last.header("Cookie") == "a=b"
    alice = logged_in(server)
    headers = {"Cookie": alice.cookie_header}
    assert client.get("/", headers=headers).status == 200
    assert upstream.last.header("Remote-User") == "alice"
