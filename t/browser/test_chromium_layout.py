"""What a person sees on a narrow screen and in the dark."""

import pytest

from harness.accounts import PASSWORD
from harness.sites import join, send, two_sites

pytestmark = pytest.mark.once

# A name as long as they come, without a place to break it.
LONG = "w" * 64

# How far apart two colours are (WCAG 2.2: 4.5 for text).
CONTRAST = """((element) => {
    const parts = (colour) => colour.match(/[0-9.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
        .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    let behind = element, back;
    do {
        back = parts(getComputedStyle(behind).backgroundColor);
        behind = behind.parentElement;
    } while (back[3] === 0 && behind);
    const both = [parts(getComputedStyle(element).color), back].map(light);
    return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
})"""


@pytest.fixture
def server(nginx, sqlite_store):
    return two_sites(nginx, sqlite_store, """
        location /staff/ { auth_login on roles=staff; root %%DIR%%; }
    """)


def every_state(tab, server):
    """Shows each page, with messages and errors."""
    for path in ("/", "/login"):
        tab.visit(server.origin + path)
        yield path
    send(tab, username="x" * 128, password="x")
    yield "/login, refused"
    tab.visit(server.origin + "/register")
    yield "/register"
    send(tab, username="x" * 128, password="1")
    yield "/register, refused"
    send(tab, username=LONG, password=PASSWORD)
    yield "/login with a message"
    send(tab, username=LONG, password=PASSWORD)
    for path in ("/dashboard", "/", "/account", "/staff/"):
        tab.visit(server.origin + path)
        yield path
    tab.visit(server.origin + "/account")
    send(tab, current_password="wrong", new_password=PASSWORD)
    yield "/account, refused"


def test_nothing_to_scroll_sideways(tab, server):
    tab.send("Emulation.setDeviceMetricsOverride", width=320, height=640,
             deviceScaleFactor=1, mobile=False)
    for state in every_state(tab, server):
        assert tab.evaluate("innerWidth") == 320
        wide = tab.evaluate("document.documentElement.scrollWidth")
        assert wide <= 320, (state, wide)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours(tab, server, scheme):
    tab.send("Emulation.setEmulatedMedia", features=[
        {"name": "prefers-color-scheme", "value": scheme}])
    for state in every_state(tab, server):
        lightness = tab.evaluate(
            "Math.max(...getComputedStyle(document.body).backgroundColor"
            ".match(/[0-9]+/g).map(Number))")
        assert (lightness < 64) == (scheme == "dark"), (state, lightness)
        poor = tab.evaluate("""
            [...document.querySelectorAll('h1, h2, p, a, label, button, input,'
                                          + 'strong, span')]
                .filter((one) => one.checkVisibility()
                        && !one.matches('.skip'))
                .map((one) => [one.outerHTML.slice(0, 80), %s(one)])
                .filter(([, contrast]) => contrast < 4.5)
        """ % CONTRAST)
        assert poor == [], state


def test_keyboard_alone(tab, server):
    """Without a mouse: the skip link is the first, then all the rest."""
    join(tab, server.origin)
    seen = []
    for _ in range(8):
        for kind in ("keyDown", "keyUp"):
            tab.send("Input.dispatchKeyEvent", type=kind, key="Tab",
                     code="Tab", windowsVirtualKeyCode=9)
        seen.append(tab.evaluate("document.activeElement.innerText.trim()"))
    assert seen[:5] == ["Skip to content", "Site", "Dashboard", "Account",
                        "Log out"]
    assert seen[5:7] == ["Account settings", "Log out"]
