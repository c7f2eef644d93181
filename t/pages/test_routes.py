"""What each of the five pages answers (design: what each route does)."""

import pytest

from harness.accounts import (PASSWORD, REFUSED, REGISTERED, SITE, TAKEN,
                              is_logged_in, logged_in, login, register)
from harness.http2_client import Http2Client

PATHS = ["/", "/register", "/login", "/dashboard", "/logout"]
FORMS = ["/register", "/login"]

CROSS = {"Sec-Fetch-Site": "cross-site"}
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def server(site, sqlite_store):
    return site(sqlite_store)


# GET

def test_home_page(server):
    response = server.client().get("/")
    assert response.status == 200
    assert response.header("Content-Type") == "text/html; charset=utf-8"
    assert "/login" in response.page.links
    assert "/register" in response.page.links


def test_home_page_shows_who_is_logged_in(server):
    alice = logged_in(server)
    page = alice.get("/").page
    assert "alice" in page.text
    assert "/dashboard" in page.links


@pytest.mark.parametrize("path", FORMS)
def test_form(server, path):
    response = server.client().get(path)
    assert response.status == 200
    form = response.page.form_to(path)
    assert form["method"].lower() == "post"
    assert {"username", "password"} <= set(form["fields"])
    assert form["fields"]["password"] == ""


@pytest.mark.parametrize("path", FORMS)
def test_form_for_somebody_who_is_logged_in(server, path):
    alice = logged_in(server)
    response = alice.get(path)
    assert response.status == 303
    assert response.location == "/dashboard"
    assert alice.get(path + "?next=/private/x").location == "/private/x"
    assert alice.get(path + "?next=//evil.example").location == "/dashboard"


def test_dashboard(server):
    alice = logged_in(server)
    response = alice.get("/dashboard")
    assert response.status == 200
    assert "alice" in response.page.text


def test_dashboard_for_nobody(server):
    response = server.browser().get("/dashboard")
    assert response.status == 302
    assert response.location == "/login?next=/dashboard"


# Registration

def test_registration(site, store):
    server = site(store)
    browser = server.browser()
    response = browser.post("/register",
                            {"username": "alice", "password": PASSWORD})
    assert response.status == 303
    assert response.location == "/login"
    assert store.find("alice") is not None

    page = browser.follow(response)
    assert page.status == 200
    assert REGISTERED in page.page.text
    assert REGISTERED not in browser.get("/login").page.text, "shown twice"


def test_registration_does_not_log_in(server):
    browser = server.browser()
    register(browser, "alice")
    assert not is_logged_in(browser)


def test_registration_of_a_name_that_is_taken(site, store):
    server = site(store)
    register(server.client(), "alice")
    for name in ("alice", "ALICE"):
        response = server.client().post(
            "/register", {"username": name, "password": PASSWORD + "!"})
        assert response.status == 409
        assert TAKEN in response.page.text
        assert response.page.field("username") == name
        assert response.page.field("password") == ""
    assert len(store.documents()) == 1
    assert login(server.client(), "alice").status == 303


def test_reserved_name_is_answered_as_taken(server, sqlite_store):
    response = server.client().post(
        "/register", {"username": "Admin", "password": PASSWORD})
    assert response.status == 409
    assert TAKEN in response.page.text
    register(server.client(), "alice")
    assert len(sqlite_store.documents()) == 1


@pytest.mark.parametrize("username, password, about", [
    ("", PASSWORD, "name"),
    ("al", PASSWORD, "3"),
    ("a" * 65, PASSWORD, "64"),
    ("al ice", PASSWORD, "name"),
    ("-alice", PASSWORD, "name"),
    ("alice.", PASSWORD, "name"),
    ("älice", PASSWORD, "name"),
    ("<b>x</b>", PASSWORD, "name"),
    ("alice", "", "password"),
    ("alice", "short77", "8"),
    ("alice", "x9-" * 43, "128"),
    ("alice", "password", "password"),
    ("alice", "qwerty123", "password"),
    ("alice-cooper", "alice-cooper", "password"),
    ("alice", "correct\x07horse battery", "password"),
])
def test_invalid_registration(server, sqlite_store, username, password, about):
    response = server.client().post(
        "/register", {"username": username, "password": password})
    assert response.status == 422
    assert response.reason == "Unprocessable Content"
    page = response.page
    assert about in page.text.lower()
    assert page.field("username") == username
    assert page.field("password") == ""
    register(server.client(), "somebody")
    assert [d["username"] for d in sqlite_store.documents()] == ["somebody"]


def test_both_mistakes_are_told_at_once(server):
    response = server.client().post(
        "/register", {"username": "a", "password": "b"})
    assert response.status == 422
    assert "3" in response.page.text and "8" in response.page.text


def test_capitals_are_folded(server, sqlite_store):
    register(server.client(), "Alice")
    assert [d["username"] for d in sqlite_store.documents()] == ["alice"]
    for name in ("alice", "ALICE", "Alice"):
        login(server.client(), name)


@pytest.mark.parametrize("password", [
    "xq7-vT.2",
    "gv3-" * 32,
    "pässwörter sind 長い",
    "  leading and trailing  ",
    "kfurnqwpzmvbxtd",
    "<script>alert(1)</script>",
    "a+b=c&d%20e",
])
def test_passwords_that_are_accepted(server, password):
    register(server.client(), "alice", password)
    login(server.client(), "alice", password)
    wrong = server.client().post(
        "/login", {"username": "alice", "password": password[:-1]})
    assert wrong.status == 401


def test_composed_and_decomposed_letters_are_one_password(server):
    register(server.client(), "alice", "caf\u00e9 au lait, twice")
    login(server.client(), "alice", "cafe\u0301 au lait, twice")
    login(server.client(), "alice", "caf\u00e9 au lait, twice")


# Login

def test_login(site, store):
    server = site(store)
    browser = server.browser()
    register(browser, "alice")
    response = login(browser, "alice")
    assert response.location == "/dashboard"
    value, attributes = response.cookies["ngx_auth"]
    assert len(value) == 43
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Lax"]
    assert is_logged_in(browser)


@pytest.mark.parametrize("username, password", [
    ("alice", PASSWORD + "x"),
    ("alice", PASSWORD.upper()),
    ("alice", ""),
    ("nobody-knows", PASSWORD),
    ("", ""),
    ("alice\n", PASSWORD),
    ("alice' --", PASSWORD),
    ('{"$ne": null}', PASSWORD),
    ("a" * 4000, PASSWORD),
    ("alice", "p" * 7000),
    ("<script>alert(1)</script>", PASSWORD),
])
def test_wrong_login(site, store, username, password):
    server = site(store)
    register(server.client(), "alice")
    browser = server.browser()
    response = browser.post("/login",
                            {"username": username, "password": password})
    assert response.status == 401
    assert REFUSED in response.page.text
    assert response.page.field("password") == ""
    assert response.page.field("username").split() == username.split()
    assert "<script>alert" not in response.text
    assert response.header("WWW-Authenticate") == (
        'Cookie realm="site" form-action="/login" cookie-name="ngx_auth"')
    assert "ngx_auth" not in response.cookies


def test_login_of_a_disabled_user(site, store):
    server = site(store)
    register(server.client(), "alice")
    login(server.client(), "alice")
    store.change("alice", disabled=True)
    response = server.client().post(
        "/login", {"username": "alice", "password": PASSWORD})
    assert response.status == 401
    assert REFUSED in response.page.text


def test_wrong_logins_look_alike(server):
    register(server.client(), "alice")
    answers = [server.client().post("/login", {"username": name,
                                               "password": "wrong password"})
               for name in ("alice", "malice")]
    known, unknown = ([(n, v) for n, v in a.headers
                       if n not in ("Date", "Content-Length")]
                      for a in answers)
    assert known == unknown
    assert answers[0].text == answers[1].text.replace("malice", "alice")


# Logout

@pytest.mark.parametrize("method", ["GET", "POST"])
def test_logout(server, method):
    alice = logged_in(server)
    stolen = {"Cookie": alice.cookie_header}
    response = alice.request(method, "/logout")
    assert response.status == 303
    assert response.location == "/"
    _, attributes = response.cookies["ngx_auth"]
    assert "Max-Age=0" in attributes
    assert "ngx_auth" not in alice.jar
    for _ in range(8):
        answer = server.browser().get("/dashboard", headers=stolen)
        assert answer.status == 302, "the old cookie still works"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_logout_of_nobody(server, method):
    response = server.browser().request(method, "/logout")
    assert response.status == 303
    assert response.location == "/"


# HEAD and other methods

@pytest.mark.parametrize("path", PATHS)
def test_head_answers_as_get(server, path):
    client = server.client()
    got, head = client.get(path), client.head(path)
    assert head.status == got.status
    assert head.body == b""
    assert head.header("Content-Length") == got.header("Content-Length")
    assert head.header("Content-Type") == got.header("Content-Type")


def test_head_changes_nothing(server):
    alice = logged_in(server)
    response = alice.head("/logout")
    assert response.body == b""
    assert "ngx_auth" not in response.cookies
    assert is_logged_in(alice)

    browser = server.browser()
    register(browser, "bob")
    browser.head("/login")
    assert REGISTERED in browser.get("/login").page.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS",
                                    "PROPFIND", "FOO"])
@pytest.mark.parametrize("path, allow", [
    ("/", {"GET", "HEAD"}), ("/register", {"GET", "HEAD", "POST"}),
    ("/login", {"GET", "HEAD", "POST"}), ("/dashboard", {"GET", "HEAD"}),
    ("/logout", {"GET", "HEAD", "POST"}),
])
def test_other_methods(server, path, allow, method):
    response = server.client().request(method, path)
    assert response.status == 405
    assert set(response.header("Allow").split(", ")) == allow


@pytest.mark.parametrize("path", ["/", "/dashboard"])
def test_post_where_nothing_is_posted(server, path):
    response = server.client().post(path, {"a": "b"})
    assert response.status == 405
    assert response.header("Allow") == "GET, HEAD"


# Refused forms, in the order of the table

def test_wrong_content_type(server):
    for content_type in ("text/plain", "application/json",
                         "multipart/form-data; boundary=x",
                         "application/x-www-form-urlencoded; charset=latin1"):
        response = server.client().post(
            "/login", body="username=a&password=b",
            headers={"Content-Type": content_type})
        assert response.status == 415, content_type


def test_no_content_type(server):
    assert server.client().post("/login", body="username=a").status == 415


def test_content_type_with_utf8_charset(server):
    register(server.client(), "alice")
    response = server.client().post(
        "/login", {"username": "alice", "password": PASSWORD},
        headers={"Content-Type":
                 'Application/X-WWW-form-urlencoded;  Charset="UTF-8"'})
    assert response.status == 303


@pytest.mark.parametrize("size, status", [(8192, 401), (8193, 413),
                                          (100000, 413), (20000000, 413)])
def test_large_form(server, size, status):
    start = "username=alice&password="
    body = start + "x" * (size - len(start))
    response = server.client().post("/login", body=body, headers=FORM)
    assert response.status == status


def test_large_form_in_chunks(server):
    headers = {**FORM, "Transfer-Encoding": "chunked"}
    chunk = b"1000\r\n" + b"x" * 4096 + b"\r\n"
    response = server.client().post("/login", body=3 * chunk + b"0\r\n\r\n",
                                    headers=headers)
    assert response.status == 413


def test_small_form_in_chunks(server):
    register(server.client(), "alice")
    body = f"username=alice&password={PASSWORD.replace(' ', '+')}".encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + 5]), body[i:i + 5])
                      for i in range(0, len(body), 5))
    response = server.client().post(
        "/login", body=chunks + b"0\r\n\r\n",
        headers={**FORM, "Transfer-Encoding": "chunked"})
    assert response.status == 303


@pytest.mark.parametrize("body", [
    "username=alice&password=x&username=bob",
    "username=alice&password=x&password=y",
    "username=alice&password=%",
    "username=alice&password=%4",
    "username=alice&password=%zz",
    "username=alice&password=%ff%fe",
    "username=ali%00ce&password=x",
    "username=alice&password=%c0%80",
    "&".join(f"field{n}=x" for n in range(17)),
])
@pytest.mark.parametrize("path", FORMS)
def test_broken_form(server, path, body):
    response = server.client().post(path, body=body, headers=FORM)
    assert response.status == 400


def test_empty_form(server):
    for body in ("", "&", "=", "&&&"):
        response = server.client().post("/login", body=body, headers={
            "Content-Type": "application/x-www-form-urlencoded"})
        assert response.status in (400, 401), body


BAD = "username=%&username=%"


@pytest.mark.parametrize("method, headers, body, status", [
    ("PUT", {**CROSS, **JSON}, "x" * 9000, 405),   # method before origin
    ("POST", {**CROSS, **JSON}, "x" * 9000, 403),  # origin before type
    ("POST", {**CROSS, **FORM}, "x" * 9000, 403),  # origin before size
    ("POST", JSON, "x" * 9000, 415),               # type before size
    ("POST", FORM, BAD * 1000, 413),               # size before encoding
    ("POST", {**CROSS, **FORM}, BAD, 403),
    ("POST", JSON, BAD, 415),
    ("POST", FORM, BAD, 400),
])
def test_order_of_refusals(server, method, headers, body, status):
    response = server.client().request(method, "/login", headers=headers,
                                       body=body)
    assert response.status == status


# next

VALID_NEXT = ["/", "/private/", "/private/a?b=c&d=e", "/a%20b", "/a/../b",
              "/dashboard", "/?next=//x", "/logins", "/caf%C3%A9"]
INVALID_NEXT = ["", "private/", "//evil.example", "///evil.example",
                "/\\evil.example", "\\\\evil.example", "/a\\b",
                "https://evil.example/", "javascript:alert(1)",
                "/x/..//evil.example", "/./%2e//evil.example",
                "/\tevil", "/\n/evil.example", "/a\r\nSet-Cookie: x=y",
                "/login", "/login?next=/x", "/logout", "/register",
                "/" + "x" * 4096]


@pytest.mark.parametrize("url", VALID_NEXT)
def test_next_after_login(server, url):
    register(server.client(), "alice")
    response = server.client().post(
        "/login", {"username": "alice", "password": PASSWORD, "next": url})
    assert response.status == 303
    assert response.location == url


@pytest.mark.parametrize("url", INVALID_NEXT)
def test_next_that_is_refused(server, url):
    register(server.client(), "alice")
    response = server.client().post(
        "/login", {"username": "alice", "password": PASSWORD, "next": url})
    assert response.status == 303
    assert response.location == "/dashboard"


def test_next_goes_through_the_form(server):
    page = server.client().get("/login?next=/private/%3Fa%3Db%26c").page
    assert page.field("next") == "/private/?a=b&c"
    wrong = server.client().post("/login", {
        "username": "alice", "password": "wrong", "next": "/private/?a=b&c"})
    assert wrong.status == 401
    assert wrong.page.field("next") == "/private/?a=b&c"


def test_next_that_is_refused_is_not_in_the_form(server):
    for query in ("next=//evil.example", "next=/a&next=/b", "next=%zz"):
        page = server.client().get("/login?" + query).page
        assert page.form_to("/login")["fields"].get("next", "") == ""


# Pages that no location serves

def test_without_a_register_page_nothing_links_to_it(nginx, sqlite_store):
    server = nginx("""
        auth_realm site { store %%STORE%%; }
        server {
            listen 127.0.0.1:%%PORT%%;
            location = /       { auth_page home; }
            location = /login  { auth_page login; }
            location = /logout { auth_page logout; }
            location /         { return 404; }
        }
    """, store=sqlite_store.uri)
    for path in ("/", "/login"):
        page = server.client().get(path).page
        assert "/register" not in page.links
    assert server.client().post(
        "/register", {"username": "alice", "password": PASSWORD}).status == 404


def test_pages_at_other_paths(nginx, sqlite_store):
    server = nginx("""
        auth_realm site { store %%STORE%%; }
        server {
            listen 127.0.0.1:%%PORT%%;
            location = /start { auth_page home; }
            location = /join  { auth_page register; }
            location = /enter { auth_page login; }
            location = /me    { auth_page dashboard; }
            location = /leave { auth_page logout; }
        }
    """, store=sqlite_store.uri)
    browser = server.browser()
    form = {"username": "alice", "password": PASSWORD}
    assert browser.get("/me").location == "/enter?next=/me"
    assert browser.post("/join", form).location == "/enter"
    assert browser.post("/enter", form).location == "/me"
    assert {"/me", "/leave"} & set(browser.get("/start").page.links)
    assert browser.get("/leave").location == "/start"


# What every answer has

@pytest.mark.parametrize("path", PATHS)
def test_security_headers(server, path):
    response = server.client().get(path)
    assert response.header("Cache-Control") == "no-store"
    assert response.header("X-Content-Type-Options") == "nosniff"
    assert response.header("Referrer-Policy") == "same-origin"
    assert response.header("Cross-Origin-Opener-Policy") == "same-origin"
    policy = response.header("Content-Security-Policy")
    for directive in ("default-src 'none'", "base-uri 'none'",
                      "frame-ancestors 'none'"):
        assert directive in policy
    assert "unsafe-inline" not in policy
    # Chromium applies it to every redirect that follows a form.
    assert "form-action" not in policy
    assert response.header("Strict-Transport-Security") is None


@pytest.mark.parametrize("status, method, headers, body", [
    (405, "PUT", {}, None),
    (403, "POST", CROSS, "a=b"),
    (415, "POST", JSON, "a=b"),
    (413, "POST", FORM, "x" * 9000),
    (400, "POST", FORM, "a=%"),
    (401, "POST", FORM, "username=a&password=b"),
])
def test_refusals_have_the_headers_too(server, status, method, headers, body):
    response = server.client().request(method, "/login", headers=headers,
                                       body=body)
    assert response.status == status
    assert response.header("Cache-Control") == "no-store"
    assert response.header("X-Content-Type-Options") == "nosniff"
    assert "default-src 'none'" in response.header("Content-Security-Policy")
    assert response.header("Content-Type").startswith("text/html")


def test_redirects_do_not_repeat_the_host(server):
    """No scheme, host or port is invented, whatever Host comes."""
    for host in ("evil.example", "evil.example:1", "127.0.0.1"):
        response = server.browser().get("/dashboard", headers={"Host": host})
        assert response.location == "/login?next=/dashboard"
        assert "evil" not in response.text


def test_messages_are_shown_by_code_only(server):
    """An unknown code, or text, in the flash cookie shows nothing."""
    for value in ("x", "%3Cb%3Ehello", "Registration", "1" * 200):
        response = server.client().get(
            "/login", headers={"Cookie": f"ngx_auth_flash={value}"})
        assert response.status == 200
        assert REGISTERED not in response.page.text
        assert "hello" not in response.text


def test_pages_over_http2(nginx, sqlite_store):
    server = nginx(SITE.replace("%%PORT%%;", "%%PORT%% http2;"),
                   store=sqlite_store.uri, realm="", server="")
    server.allow("deprecated")
    form = b"username=alice&password=" + PASSWORD.replace(" ", "+").encode()
    with Http2Client(server.port) as client:
        assert client.request("GET", "/").status == 200
        assert client.request("POST", "/register", FORM, form).status == 303
        response = client.request("POST", "/login", FORM, form)
        assert response.status == 303
        assert response.location == "/dashboard"
        assert "ngx_auth" in response.cookies
        assert client.request("POST", "/login", FORM,
                              b"x" * 9000).status == 413
        assert client.request("HEAD", "/").body == b""
