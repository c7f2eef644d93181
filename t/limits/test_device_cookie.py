"""A browser that somebody has logged in with is known by a cookie, and what
others do to the name or from the address does not keep its owner out."""

import os
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from harness.accounts import (LIMITED, PASSWORD, from_address, login,
                              register, try_to_log_in)

YEAR = "Max-Age=31536000"


def known_browser(server, username="alice"):
    """One with nothing but the device cookie left."""
    browser = server.browser()
    login(browser, username)
    browser.jar = {"ngx_auth_device": browser.jar["ngx_auth_device"]}
    return browser


def keep_out(server, username="alice"):
    """Failures until even the right password is refused."""
    while try_to_log_in(server.client(), username).status == 401:
        pass
    assert try_to_log_in(server.client(), username, PASSWORD).status == 429


def logs_in(browser, username="alice"):
    """From the address from which the failures came."""
    answer = try_to_log_in(browser, username, PASSWORD)
    assert answer.status in (303, 429)
    return answer.status == 303


def test_cookie(limited, tls_files):
    server = limited(http=LIMITED.replace(
        "%%PORT%%;", "%%PORT%%; listen 127.0.0.1:%%PORT1%% ssl;"
        "ssl_certificate %%CERT%%; ssl_certificate_key %%KEY%%;"), **tls_files)
    for tls, name, secure in ((False, "ngx_auth_device", []),
                              (True, "__Host-ngx_auth_device", ["Secure"])):
        answer = login(server.client("PORT1" if tls else "PORT", tls), "alice")
        value, attributes = answer.cookies[name]
        assert len(value) == 43
        assert sorted(attributes) == sorted(
            ["Path=/", "HttpOnly", "SameSite=Lax", YEAR, *secure])


def test_only_a_login_makes_one(limited):
    server = limited()
    client = server.client()
    for answer in (register(client, "bob"), client.get("/login"),
                   try_to_log_in(client, "alice"), client.get("/"),
                   client.post("/logout"), client.get("/dashboard")):
        assert not [n for n in answer.cookies if "device" in n]


def test_logout_leaves_it(limited):
    browser = limited().browser()
    login(browser, "alice")
    browser.post("/logout")
    assert list(browser.jar) == ["ngx_auth_device"]


@pytest.mark.parametrize("elsewhere", [True, False],
                         ids=["elsewhere", "same address"])
def test_ten_thousand_failures(limited, elsewhere):
    """A19: the owner logs in at once, from where the failures come as well."""
    server = limited()
    owner = known_browser(server)
    body = urlencode({"username": "alice", "password": "wrong"})

    def fail(part):
        """1,000 on one connection, which is how many nginx allows."""
        address = "203.0.113.1"
        found = []
        with server.client().connect() as kept:
            for i in range(1000):
                if elsewhere:
                    address = f"198.51.{part}.{i % 250}"
                found.append(server.client().post(
                    "/login", body=body, connection=kept, headers={
                        **from_address(address), "Content-Type":
                        "application/x-www-form-urlencoded"}).status)
        return found

    with ThreadPoolExecutor(4) as pool:
        found = [s for part in pool.map(fail, range(10)) for s in part]
    assert len(found) == 10_000
    assert found.count(401) == (30 if elsewhere else 5)
    assert found.count(429) == 10_000 - found.count(401)
    assert not logs_in(server.browser()), "an unknown browser has to wait"
    assert logs_in(owner)
    # and its cookie is renewed
    assert logs_in(owner)


def test_known_device_has_its_own_limit(limited):
    server = limited("login_limit device=3;")
    browser = known_browser(server)
    given = [try_to_log_in(browser, "alice").status for _ in range(5)]
    assert given == [401, 401, 401, 429, 429]
    # Others are not told: they have limits of their own.
    assert try_to_log_in(server.client(), "alice", PASSWORD).status == 303


def test_without_a_limit_of_its_own_a_device_is_as_any_other(limited):
    """Otherwise anybody with an old cookie could guess for ever."""
    server = limited("login_limit device=0 user=3;")
    browser = known_browser(server)
    given = [try_to_log_in(browser, "alice").status for _ in range(5)]
    assert given == [401, 401, 401, 429, 429]


def test_cookies_put_by_are_no_more_guesses(limited):
    """A stranger who has known the password, and has logged in many times with it,
    in all capitals, may not guess at the next password more often."""
    server = limited("login_limit address=0;")
    jars = []
    for name in ["alice", "Alice", "ALICE", "aLice", "alICE"] * 3:
        jars.append((name, known_browser(server, name).jar))
    given = []
    for name, jar in jars:
        browser = server.browser()
        browser.jar = dict(jar)
        given += [try_to_log_in(browser, name).status for _ in range(5)]
    assert given == [401] * 5 + [429] * 70


def test_success_clears_the_devices_count(limited):
    browser = known_browser(limited("login_limit device=2;"))
    for _ in range(3):
        assert try_to_log_in(browser, "alice").status == 401
        assert logs_in(browser)


def test_one_users_device_is_nobody_elses(limited):
    server = limited(names=("alice", "mallory"))
    keep_out(server)
    assert not logs_in(known_browser(server, "mallory"))


def test_five_users_of_one_browser(limited):
    names = [f"user{i}" for i in range(6)]
    server = limited("login_limit address=0;", names=names)
    browser = server.browser()
    for name in names:
        login(browser, name)
    assert len(browser.jar["ngx_auth_device"]) == 5 * 43
    cookie = browser.jar["ngx_auth_device"]
    for name in names:
        keep_out(server, name)
    known = []
    for name in names:
        browser.jar = {"ngx_auth_device": cookie}
        known.append(logs_in(browser, name))
    assert known == [False] + 5 * [True]


@pytest.mark.parametrize("change", [
    lambda v: "A" * 43, lambda v: v[:-1], lambda v: v + "A" * 43 + "x",
    lambda v: v.swapcase(), lambda v: "", lambda v: v * 6,
    lambda v: "; ngx_auth_device=".join(4 * ["A" * 43] + [v])], ids=[
    "made up", "cut", "odd length", "other case", "empty", "six", "fifth"])
def test_what_is_no_device_cookie(limited, change):
    server = limited()
    browser = known_browser(server)
    keep_out(server)
    browser.jar["ngx_auth_device"] = change(browser.jar["ngx_auth_device"])
    assert not logs_in(browser)


@pytest.mark.parametrize("others", [
    ("x", ""), ("", "x"), ("A" * 43, ""), ("", "A" * 43), ("A" * 44, "x")])
def test_cookies_of_one_name_are_tried_each(limited, others):
    server = limited()
    browser = known_browser(server)
    keep_out(server)
    before, after = others
    browser.jar["ngx_auth_device"] = "; ngx_auth_device=".join(
        [before, browser.jar["ngx_auth_device"], after])
    assert logs_in(browser)


def test_cookies_of_one_name_become_one(limited):
    """All that they vouched for is in the one that is made."""
    server = limited(names=("alice", "bob"))
    alice, bob = (known_browser(server, name) for name in ("alice", "bob"))
    both = known_browser(server, "alice")
    both.jar["ngx_auth_device"] = "; ngx_auth_device=".join(
        who.jar["ngx_auth_device"] for who in (bob, alice))
    assert logs_in(both)
    cookie = both.jar["ngx_auth_device"]
    assert len(cookie) == 2 * 43
    for name in ("alice", "bob"):
        keep_out(server, name)
        both.jar = {"ngx_auth_device": cookie}
        assert logs_in(both, name)


def test_over_tls_only_the_prefixed_cookie_counts(limited, tls_files):
    server = limited(http=LIMITED.replace(
        "%%PORT%%;", "%%PORT%%; listen 127.0.0.1:%%PORT1%% ssl;"
        "ssl_certificate %%CERT%%; ssl_certificate_key %%KEY%%;"), **tls_files)
    plain = known_browser(server)
    keep_out(server)
    over_tls = server.browser("PORT1", tls=True)
    over_tls.jar = dict(plain.jar)
    assert not logs_in(over_tls)
    # made by the other kind of cookie, it is as good as none
    over_tls.jar = {"__Host-ngx_auth_device": plain.jar["ngx_auth_device"]}
    assert not logs_in(over_tls)
    assert logs_in(plain)


def test_upstreams_never_see_it(limited, upstream):
    server = limited(server="location /app { auth_login site optional;"
                            f"proxy_pass http://127.0.0.1:{upstream.port}; }}")
    browser = known_browser(server)
    browser.jar["theirs"] = "1"
    seen = browser.get("/app")
    assert seen.status == 200
    assert upstream.last.header("Cookie") == "theirs=1"


@pytest.mark.parametrize("mine, others", [("Alice", "alice"),
                                          ("alice", "Alice")])
def test_names_in_other_capitals_may_be_other_people(limited, sqlite_store,
                                                     mine, others):
    """As in a database of before: who owns one of them gets no more guesses at
    the other by logging in in between."""
    server = limited()
    hashed = sqlite_store.find("alice")["password"]
    sqlite_store.insert("Alice", hashed)
    browser = known_browser(server, mine)
    given = []
    for _ in range(8):
        given += [try_to_log_in(browser, others).status for _ in range(4)]
        answer = try_to_log_in(browser, mine, PASSWORD)
        assert answer.status in (303, 429)
    assert given.count(401) <= 20  # what the address has


def secret_file(server_or_path, text):
    path = os.path.join(str(server_or_path), "secret")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
              "w") as file:
        file.write(text)
    return path


def test_without_a_secret_devices_outlive_the_zone_with_sqlite(
        limited, nginx, sqlite_store):
    """The key is beside the database."""
    server = limited()
    browser = known_browser(server)
    server.reload()
    keep_out(server)
    assert logs_in(browser)
    server.finish()

    again = nginx(LIMITED, store=sqlite_store.uri, limits="",
                  server="")
    keep_out(again)
    assert at(again, browser)


def test_without_a_secret_devices_live_as_long_as_the_zone(nginx,
                                                           mongo_store):
    server = nginx(LIMITED, store=mongo_store.uri, limits="",
                   server="")
    register(server.client(), "alice")
    browser = known_browser(server)
    server.reload()
    keep_out(server)
    assert logs_in(browser)
    server.finish()

    again = nginx(LIMITED, store=mongo_store.uri, limits="",
                  server="")
    keep_out(again)
    assert not at(again, browser)


def at(server, browser):
    """Whether the cookies of a browser log in at another server."""
    other = server.browser()
    other.jar = {"ngx_auth_device": browser.jar["ngx_auth_device"]}
    return logs_in(other)


def test_with_a_secret_devices_outlive_the_zone(limited, nginx, sqlite_store,
                                                tmp_path):
    first, second = "1" * 43, "2" * 43
    secret = f"secret file:{secret_file(tmp_path, first)};"
    server = limited(secret)
    browser = known_browser(server)
    server.finish()

    # rotated: the new one signs, the old one is still known
    new = f"secret env:AUTH_SECRET; {secret}"
    again = nginx(LIMITED, store=sqlite_store.uri, limits=new,
                  server="", environment={"AUTH_SECRET": second})
    renewed = known_browser(again)
    keep_out(again)
    assert at(again, browser)
    again.finish()

    # and then it goes
    last = nginx(LIMITED, store=sqlite_store.uri, limits="secret env:NEW;",
                 server="", environment={"NEW": second})
    keep_out(last)
    assert not at(last, browser)
    assert at(last, renewed)


def test_secret_of_another_realm_is_another_key(limited, nginx, sqlite_store,
                                                tmp_path):
    line = f"secret file:{secret_file(tmp_path, 'x' * 32)};"
    server = limited(line)
    browser = known_browser(server)
    server.finish()
    other = nginx(LIMITED.replace("auth_realm site", "auth_realm other"),
                  store=sqlite_store.uri, limits=line, server="")
    keep_out(other)
    assert not at(other, browser)
