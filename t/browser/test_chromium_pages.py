"""The pages in a real browser, used as a person does: no page, in no state,
has anything that its own Content-Security-Policy forbids."""

import pytest

from harness.accounts import LIMITED, PASSWORD, REFUSED, REGISTERED, TAKEN
from harness.sites import join, log_in, register, send, two_sites
from harness.stores import MongoStore

pytestmark = pytest.mark.once

ANOTHER = "yet another battery staple"


@pytest.fixture
def server(nginx, sqlite_store):
    return two_sites(nginx, sqlite_store, """
        location /staff/ { auth_login on roles=staff; root %%DIR%%; }
    """)


def assert_clean(tab):
    assert tab.violations == []
    assert tab.complaints == []


def last_status(tab):
    return tab.answers[-1][0]


def test_from_the_first_visit_to_the_last_click(tab, server):
    tab.visit(server.origin + "/")
    assert "You are not logged in." in tab.text
    tab.follow("main a[href^='/register']")
    assert tab.url == server.origin + "/register"
    send(tab, username="Alice", password=PASSWORD)
    assert tab.url == server.origin + "/login"
    assert REGISTERED in tab.text

    send(tab, username="alice", password=PASSWORD)
    assert tab.url == server.origin + "/dashboard"
    assert "Welcome, alice" in tab.text
    tab.follow("main a[href='/account']")
    send(tab, current_password=PASSWORD, new_password=ANOTHER)
    assert tab.url == server.origin + "/account"
    assert "Your password has been changed." in tab.text
    tab.follow("nav button")
    assert tab.url == server.origin + "/"
    assert "You are not logged in." in tab.text

    log_in(tab, server.origin, password=ANOTHER)
    tab.follow("main button")  # the dashboard has one, too
    assert tab.url == server.origin + "/"
    tab.visit(server.origin + "/dashboard")
    assert tab.url == server.origin + "/login?next=/dashboard"
    assert_clean(tab)


def test_message_is_shown_once(tab, server):
    register(tab, server.origin)
    assert REGISTERED in tab.text
    tab.visit(server.origin + "/login")
    assert REGISTERED not in tab.text
    assert_clean(tab)


def test_errors_of_registration(tab, server):
    register(tab, server.origin)
    tab.visit(server.origin + "/register")
    send(tab, username="alice", password=PASSWORD)
    assert (last_status(tab), TAKEN in tab.text) == (409, True)
    send(tab, username="a", password=PASSWORD)
    assert last_status(tab) == 422
    tab.wait_for_focus("username")
    send(tab, username="bob", password="qwerty123")
    assert last_status(tab) == 422
    tab.wait_for_focus("password")
    send(tab, username="bob", password=PASSWORD)
    assert REGISTERED in tab.text
    assert_clean(tab)


def test_errors_of_login(tab, server):
    register(tab, server.origin)
    for name, word in (("alice", "wrong"), ("nobody-there", PASSWORD)):
        send(tab, username=name, password=word)
        assert (last_status(tab), REFUSED in tab.text) == (401, True)
        tab.wait_for_focus("password")
        assert tab.evaluate(
            "document.querySelector('[name=username]').value") == name
    send(tab, username="alice", password=PASSWORD)
    assert tab.url == server.origin + "/dashboard"
    assert_clean(tab)


def test_errors_and_messages_of_the_account(tab, server):
    join(tab, server.origin)
    tab.visit(server.origin + "/account")
    send(tab, current_password="wrong", new_password=ANOTHER)
    assert (last_status(tab), tab.url) == (422, server.origin + "/account")
    send(tab, current_password=PASSWORD, new_password="qwerty123")
    assert last_status(tab) == 422
    tab.follow("main form:has([name=end_sessions]) button")
    assert "Your other sessions have been ended." in tab.text
    assert_clean(tab)


def test_question_before_a_log_out(tab, server):
    join(tab, server.origin)
    tab.visit(server.other + "/there")
    tab.evaluate("document.body.innerHTML = '<a href=\"%s/logout\">x</a>'"
                 % server.origin)
    tab.follow("a")
    assert "Log out?" in tab.text
    tab.follow("main button")
    assert "You are not logged in." in tab.text
    assert_clean(tab)


def test_refusals(tab, server):
    """Pages that a person sees instead of the one that was asked for."""
    join(tab, server.origin)
    tab.visit(server.origin + "/staff/")
    assert "Not for this account" in tab.text
    for change, status in (
            ("form.enctype = 'multipart/form-data'", 415),
            ("form.elements[0].value = 'x'.repeat(9000)", 413),
            ("form.elements[1].name = form.elements[0].name", 400)):
        tab.visit(server.origin + "/account")
        # as a broken page would
        tab.after(lambda: tab.evaluate(
            "const form = document.querySelector('main form');"
            f"{change}; form.submit()"))
        assert last_status(tab) == status
        assert tab.evaluate(
            "document.querySelector('.status').innerText").endswith(
                str(status))
    tab.follow("nav button")
    assert "You are not logged in." in tab.text
    assert_clean(tab)


def test_store_is_down(tab, nginx, own_mongo_server):
    server = two_sites(nginx, MongoStore(own_mongo_server, patience=5))
    register(tab, server.origin)
    own_mongo_server.stop()
    send(tab, username="alice", password=PASSWORD)
    assert last_status(tab) == 503
    assert_clean(tab)


def test_too_many_attempts(tab, nginx, sqlite_store):
    server = two_sites(nginx, sqlite_store, site=LIMITED, limits="""
        login_limit user=1;
        registration_limit address=1;
    """)
    register(tab, server.origin)
    send(tab, username="alice", password="wrong")
    assert last_status(tab) == 401
    send(tab, username="alice", password=PASSWORD)
    assert (last_status(tab), "Too many attempts" in tab.text) == (429, True)
    tab.visit(server.origin + "/register")
    send(tab, username="bob", password=PASSWORD)
    assert (last_status(tab), "Too many attempts" in tab.text) == (429, True)
    assert_clean(tab)


def test_what_is_typed_runs_nowhere(tab, server):
    tab.visit(server.origin + "/login")
    own_scripts = tab.evaluate("document.scripts.length")
    send(tab, username="\"><script>alert(1)</script><img src=x onerror=a()>",
         password="x")
    assert REFUSED in tab.text
    assert tab.evaluate("document.scripts.length") == own_scripts
    assert tab.evaluate("document.images.length") == 0
    assert_clean(tab)


def test_policy_holds(tab, server):
    """What somebody might have got into a page does not run."""
    tab.visit(server.origin + "/login")
    tab.evaluate("""
        document.body.insertAdjacentHTML('beforeend',
            '<p style="color: red">a</p><img src="/favicon.ico">'
            + '<base href="//evil.example/"><object data="/there"></object>');
        const script = document.createElement('script');
        script.textContent = 'window.ran = true';
        document.body.append(script);
        fetch('/dashboard').catch(() => 0);
    """)
    expected = {"style-src-attr", "base-uri", "object-src", "script-src-elem",
                "connect-src"}
    tab.wait_until(lambda: {line.split()[0] for line in tab.violations}
                   == expected, tab.violations)
    assert tab.evaluate("window.ran") is None
