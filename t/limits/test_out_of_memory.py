"""Whatever allocation fails while a request is served: the worker lives on,
the answer is an honest one, and the next request is served as usual."""

import time
from itertools import count
from pathlib import Path

import pytest

from harness import failing_malloc
from harness.accounts import (PAGES, PASSWORD, logged_in, login,
                              register)
from harness.failing_malloc import ALL, FailingMalloc
from harness.nginx_server import eventually

CONFIGURATION = """
    auth_realm site-of-a-long-name {
        store %%STORE%%;
        cookie_name a_cookie_of_a_long_name;
        identity_header Remote-User-At-Length roles=Remote-Groups-At-Length;
        %%LIMITS%%
        password_concurrency 1;
        thread_pool default;
        audit_log %%DIR%%/audit.log;
        %%HASH%%
        %%REALM%%
    }

    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%;
        location = /account { auth_page account; }
        location /files/ { auth_login site-of-a-long-name; }
""" + PAGES + """
    }
"""

UNLIMITED = "login_limit off; registration_limit off;"

# Names are so long that no string keeps them without memory of its own.
ALICE = "alice-of-a-long-name"
BOBBY = "bobby-of-a-long-name"
ROLES = ["administrators-of-this", "administrators-of-that"]
COOKIE = "a_cookie_of_a_long_name"


@pytest.fixture(scope="session")
def failing_malloc_library(tmp_path_factory):
    return failing_malloc.build(tmp_path_factory.mktemp("failing_malloc"))


@pytest.fixture
def memory(failing_malloc_library, tmp_path):
    return FailingMalloc(failing_malloc_library, tmp_path)


@pytest.fixture
def poor_site(nginx, sqlite_store, memory):
    """A site of one worker, where ALICE has an account."""

    def start(realm="", limits=UNLIMITED):
        # One thread for stores, as for hashes: its first task may not be the
        # one without memory, in which the C library would end the process.
        site = nginx(CONFIGURATION, store=sqlite_store.uri, realm=realm,
                     limits=limits, workers=1, environment=memory.environment,
                     main="thread_pool default threads=1;")
        site.allow(r"\[emerg\].*(malloc|memalign)\(")
        site.allow(r"\[crit\].*auth: (out of memory|SHA-256 failed|HMAC failed"
                   r"|.*no random bytes, or no memory"
                   r"|password hash of \d+ KiB failed: .*Cannot allocate)")
        Path(site.folder, "files").mkdir()
        Path(site.folder, "files/one").write_text("one")
        register(site.client(), ALICE)
        sqlite_store.change(ALICE, roles=ROLES)
        return site

    return start


def answered(ask):
    """The status of the answer; None for a connection that is closed."""
    try:
        return ask().status
    except OSError:
        return None


def let_fail(site, memory, ask, usual, prepare=lambda: None, step=1):
    """Lets each allocation fail that the request needs (or each third …); and
    each fifth with all that follow. The answers are the usual one or what a
    person is told; the next request is served as ever."""
    workers = site.workers()
    for step, failures in (step, 1), (5 * step, ALL):
        for first in count(1, step):
            which = f"allocation {first}, {failures} failures"
            prepare()
            memory.arm(first, failures)
            status = answered(ask)
            needed = memory.disarm()
            assert status in (usual, 500, 503, None), which
            assert site.workers() == workers, which
            prepare()
            assert answered(ask) == usual, f"after {which}"
            if first > needed:
                break
        assert first > 2  # there was something to fail


def test_login(poor_site, memory):
    site = poor_site(limits="")
    browser = site.browser()

    def log_in():
        return browser.post("/login", {"username": ALICE,
                                       "password": PASSWORD})

    let_fail(site, memory, log_in, 303)
    assert {COOKIE, COOKIE + "_device"} <= set(browser.jar)


def test_wrong_password(poor_site, memory):
    site = poor_site()

    def guess():
        return site.client().post("/login", {"username": ALICE,
                                             "password": "wrong password"})

    let_fail(site, memory, guess, 401)


def test_registration(poor_site, memory):
    site = poor_site()
    names = (f"user-{i}-of-a-long-name" for i in count())

    def register_one():
        return site.client().post("/register", {"username": next(names),
                                                "password": PASSWORD})

    def register_again():
        return site.client().post("/register", {"username": ALICE,
                                                "password": PASSWORD})

    let_fail(site, memory, register_one, 303)
    let_fail(site, memory, register_again, 409)


def test_changed_password(poor_site, sqlite_store, memory):
    site = poor_site()
    as_before = sqlite_store.find(ALICE)["password"]
    browser = None

    def with_the_old_password():
        nonlocal browser
        sqlite_store.change(ALICE, password=as_before)
        browser = site.browser()
        login(browser, ALICE)

    def change_it():
        return browser.post("/account", {"current_password": PASSWORD,
                                         "new_password": "v9#kqX2!"})

    let_fail(site, memory, change_it, 303, with_the_old_password, 3)


def test_sessions(poor_site, memory):
    site = poor_site()
    browser = None

    def arrive():
        nonlocal browser
        browser = site.browser()
        login(browser, ALICE)

    def end_the_others():
        return browser.post("/account", {"end_sessions": "1"})

    def leave():
        return browser.post("/logout", {})

    arrive()
    let_fail(site, memory, end_the_others, 303)
    let_fail(site, memory, leave, 303, arrive)


PAGES_BY_GET = ["/", "/register", "/login", "/login?next=/files/one",
                "/dashboard", "/account", "/files/one"]


def test_pages(poor_site, memory):
    site = poor_site()
    for browser in (site.browser(), logged_in(site, BOBBY)):
        for path in PAGES_BY_GET:
            def ask():
                return browser.get(path)
            let_fail(site, memory, ask, ask().status)


def test_refused_forms(poor_site, memory):
    site = poor_site()

    def broken():
        return site.client().post("/login", [("username", "a"),
                                             ("username", "b")])

    def from_elsewhere():
        return site.client().post("/login", {}, headers={
            "Origin": "https://elsewhere.example"})

    let_fail(site, memory, broken, 400)
    let_fail(site, memory, from_elsewhere, 403)


def test_session_check(poor_site, sqlite_store, memory):
    """In a thread, after a request has been answered: its failure ends no
    session, and the next one finds out."""
    site = poor_site(realm="session_check 1ms;")
    browser = logged_in(site, BOBBY)

    def look():
        answer = browser.get("/dashboard")
        time.sleep(0.02)
        return answer

    let_fail(site, memory, look, 200)
    sqlite_store.change(BOBBY, disabled=1)
    eventually(lambda: look().status == 302, "the session goes on")


@pytest.mark.parametrize("column, changed", [
    ("disabled", 1), ("roles", ["others-than-before"]),
    ("password", f"$argon2id$v=19$m=7168,t=5,p=1${22 * 'A'}${43 * 'A'}")])
def test_session_check_of_a_changed_user(poor_site, sqlite_store, memory,
                                         column, changed):
    site = poor_site(realm="session_check 1ms;")
    password = sqlite_store.find(ALICE)["password"]
    before = {"disabled": 0, "roles": ROLES, "password": password}[column]
    browser = None

    def arrive_and_change():
        nonlocal browser
        sqlite_store.change(ALICE, **{column: before})
        browser = site.browser()
        login(browser, ALICE)
        sqlite_store.change(ALICE, **{column: changed})

    def look():
        answer = browser.get("/dashboard")
        time.sleep(0.02)
        return answer

    let_fail(site, memory, look, 200, arrive_and_change)
