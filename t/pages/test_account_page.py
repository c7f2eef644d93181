"""One's own account: the password changed, the other sessions ended."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.accounts import (PASSWORD, is_logged_in, logged_in, login,
                              register)

NEW = "another horse, another battery"
ACCOUNT = "location = /account { auth_page account; }"


@pytest.fixture
def server(site, store):
    return site(store, server=ACCOUNT, workers=2)


def change(browser, current=PASSWORD, new=NEW):
    return browser.post("/account", {"current_password": current,
                                     "new_password": new})


def second_session(server, name="alice"):
    browser = server.browser()
    login(browser, name)
    return browser


def test_page(server):
    alice = logged_in(server)
    page = alice.get("/account")
    assert page.status == 200
    assert "alice" in page.text
    for field in ("current-password", "new-password"):
        assert f'autocomplete="{field}"' in page.text
    assert 'href="/account"' in alice.get("/dashboard").text


def test_nobody_has_none(server):
    anonymous = server.browser()
    response = anonymous.get("/account")
    assert (response.status, response.location) == (302,
                                                    "/login?next=/account")
    response = change(anonymous)
    assert (response.status, response.location) == (303, "/login")


def test_password_is_changed(server, store):
    alice = logged_in(server)
    before = store.find("alice")["password"]
    old_cookie = alice.jar["ngx_auth"]
    other = second_session(server)

    response = change(alice)
    assert (response.status, response.location) == (303, "/account")
    assert alice.jar["ngx_auth"] != old_cookie
    assert "Your password has been changed." in alice.get("/account").text
    assert "Your password has been changed." not in alice.get("/account").text

    assert is_logged_in(alice)
    assert not is_logged_in(other)
    thief = server.browser()
    thief.jar["ngx_auth"] = old_cookie
    assert not is_logged_in(thief)

    after = store.find("alice")["password"]
    assert after != before and after.startswith("$argon2id$")
    client = server.client()
    form = {"username": "alice", "password": PASSWORD}
    assert client.post("/login", form).status == 401
    login(client, "alice", NEW)


def test_wrong_current_password(server, store):
    alice = logged_in(server)
    before = store.find("alice")
    response = change(alice, current="not this one")
    assert response.status == 422
    assert "This is not your current password." in response.text
    assert store.find("alice") == before
    assert is_logged_in(alice)


@pytest.mark.parametrize("new", ["short", "password", "alice", PASSWORD, ""])
def test_new_password_is_refused(server, store, new):
    alice = logged_in(server)
    before = store.find("alice")
    response = change(alice, new=new)
    assert response.status == 422
    assert 'id="password-error"' in response.text
    assert store.find("alice") == before


def test_form_that_is_sent_twice(server, store):
    """A double click: whichever form comes first changes the password, and
    the other one is told so."""
    alice = logged_in(server)
    both = [server.browser(), server.browser()]
    for browser in both:
        browser.jar = dict(alice.jar)
    with ThreadPoolExecutor(2) as pool:
        responses = list(pool.map(change, both))
    assert [r.status for r in responses] == [303, 303]
    assert sorted(r.location for r in responses) == ["/account", "/login"]
    late = both[[r.location for r in responses].index("/login")]
    text = late.get("/login").text
    # The other form may have come when the session had ended already.
    assert ("Your password has already been changed, so this form changed "
            "nothing. Please log in with the new one." in text
            or "If you have just changed your password, log in with the new "
            "one." in text)
    assert not is_logged_in(late)
    login(late, "alice", NEW)


def test_password_was_changed_elsewhere(server, store):
    """The session has not heard of it yet; a newer one has."""
    register(server.client(), "bob", NEW)
    alice = logged_in(server)
    changed = store.find("bob")["password"]
    store.change("alice", password=changed)
    response = change(alice, NEW, "a third horse, a third battery")
    assert (response.status, response.location) == (303, "/login")
    assert "has already been changed" in alice.get("/login").text
    assert store.find("alice")["password"] == changed
    assert not is_logged_in(alice)


def test_form_of_a_session_that_has_ended(server, store):
    alice = logged_in(server)
    before = store.find("alice")
    second = server.browser()
    second.jar = dict(alice.jar)
    second.post("/logout")
    response = change(alice)
    assert (response.status, response.location) == (303, "/login")
    assert "the form changed nothing" in alice.get("/login").text
    assert store.find("alice") == before


def test_other_sessions_are_ended(server):
    alice = logged_in(server)
    others = [second_session(server) for _ in range(3)]
    register(server.client(), "bob")
    bob = second_session(server, "bob")
    response = alice.post("/account", {"end_sessions": "others"})
    assert (response.status, response.location) == (303, "/account")
    assert "Your other sessions have been ended." in alice.get("/account").text
    assert not any(is_logged_in(other) for other in others)
    assert is_logged_in(alice) and is_logged_in(bob)


def test_form_of_another_site(server, store):
    alice = logged_in(server)
    before = store.find("alice")
    response = alice.post("/account", {"current_password": PASSWORD,
                                       "new_password": NEW},
                          headers={"Sec-Fetch-Site": "cross-site",
                                   "Origin": "https://evil.example"})
    assert response.status == 403
    assert store.find("alice") == before


def test_user_is_gone(server, store):
    alice = logged_in(server)
    store.delete("alice")
    response = change(alice)
    assert (response.status, response.location) == (303, "/login")
    assert not is_logged_in(alice)
    assert store.find("alice") is None


def test_store_is_down(site, own_mongo_server):
    from harness.stores import MongoStore

    store = MongoStore(own_mongo_server, patience=5)
    server = site(store, server=ACCOUNT)
    alice = logged_in(server)
    own_mongo_server.stop()
    response = change(alice)
    assert response.status == 503
    assert response.header("Retry-After")
    assert is_logged_in(alice)
