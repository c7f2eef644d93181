"""People who have blocked cookies read on the login page why no login is kept."""

import pytest

from harness.accounts import PASSWORD
from harness.chromium import Chromium
from harness.sites import register, send, two_sites

pytestmark = pytest.mark.once

BLOCKED = "blocks cookies"


@pytest.fixture
def server(nginx, sqlite_store):
    return two_sites(nginx, sqlite_store)


@pytest.fixture
def blocking_tab(server):
    """Of a browser that is set up to block them."""
    browser = Chromium(preferences={
        "profile": {"default_content_setting_values": {"cookies": 2}}})
    tab = browser.tab()
    yield tab
    tab.close()
    browser.close()


def test_cookies_are_blocked(blocking_tab, server):
    tab = blocking_tab
    tab.visit(server.origin + "/login")
    assert BLOCKED in tab.text
    tab.visit(server.origin + "/register")
    send(tab, username="alice", password=PASSWORD)
    assert BLOCKED in tab.text  # the login page
    send(tab, username="alice", password=PASSWORD)
    assert tab.url == server.origin + "/login?next=/dashboard"
    assert BLOCKED in tab.text
    assert tab.violations == []


def test_cookies_are_not_blocked(tab, server):
    register(tab, server.origin)
    assert tab.url == server.origin + "/login"
    assert BLOCKED not in tab.text
    send(tab, username="alice", password="wrong")
    assert BLOCKED not in tab.text
    assert tab.violations == tab.complaints == []


def test_without_scripts_nothing_is_said(tab, server):
    tab.send("Emulation.setScriptExecutionDisabled", value=True)
    tab.visit(server.origin + "/login")
    assert "Log in" in tab.text
    assert BLOCKED not in tab.text
