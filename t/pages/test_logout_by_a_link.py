"""A GET of the logout page logs a user out who has followed a link to it. What only
guesses, shows or loads in the background changes nothing: it gets a page with
a button."""

import pytest

from harness.accounts import is_logged_in, logged_in

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
OLD_SAFARI = ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) "
              "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.6 "
              "Safari/605.1.15")
HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def fetch(site, mode, dest, **more):
    return {"User-Agent": FIREFOX, "Accept": HTML, "Sec-Fetch-Site": site,
            "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest, **more}


def plain(accept=HTML, agent=OLD_SAFARI, **more):
    """Of a browser without Fetch metadata, as over plain HTTP."""
    own = {"User-Agent": agent, "Accept": accept, **more}
    return {name.replace("_", "-"): value for name, value in own.items()
            if value is not None}


OWN = "http://127.0.0.1:{port}/dashboard"

FOLLOWED = {
    "link": fetch("same-origin", "navigate", "document",
                  **{"Sec-Fetch-User": "?1", "Referer": OWN}),
    "typed address": fetch("none", "navigate", "document"),
    "old Safari": plain(Referer=OWN),
    "old Safari, typed": plain(),
    "another purpose": plain(Purpose="navigation"),
    "web view": plain(X_Requested_With="com.example.app"),
    "Lynx": plain("text/html, text/plain, text/sgml, */*;q=0.01",
                  "Lynx/2.9.0dev.12 libwww-FM/2.14", Referer=OWN),
    "w3m": plain("text/html, text/*;q=0.5, image/*", "w3m/0.5.3"),
    "curl": plain("*/*", "curl/7.88.1"),
    "curl -H 'Accept:'": plain(None, "curl/7.88.1"),
    "wget": plain("*/*", "Wget/1.21.3"),
    "no header at all": plain(None, None),
}

GUESSED = {
    # What Turbo does when the mouse is over a link: fetch(), with an Accept
    # that is a page's. Over plain HTTP a browser adds no metadata.
    "Turbo prefetch": fetch(
        "same-origin", "cors", "empty", Accept="text/html, application/xhtml+xml",
        **{"X-Sec-Purpose": "prefetch", "Referer": OWN}),
    "Turbo prefetch over plain HTTP": plain(
        "text/html, application/xhtml+xml", X_Sec_Purpose="prefetch",
        Referer=OWN),
    "Turbo visit": fetch("same-origin", "cors", "empty", Referer=OWN),
    # <link rel=prefetch>, as instant.page has it
    "instant.page": fetch("same-origin", "no-cors", "empty",
                          **{"Sec-Purpose": "prefetch", "Purpose": "prefetch",
                             "Referer": OWN}),
    "instant.page over plain HTTP": plain(Purpose="prefetch", Referer=OWN),
    "speculation rules": fetch("same-origin", "navigate", "document",
                               **{"Sec-Purpose": "prefetch", "Referer": OWN}),
    "prerender of a typed address": fetch(
        "none", "navigate", "document",
        **{"Sec-Purpose": "prefetch;prerender"}),
    "Firefox prefetch": plain(agent=FIREFOX, X_Moz="prefetch", Referer=OWN),
    "Safari preview": plain(X_Purpose="preview"),
    "Safari Top Hit": plain(Purpose="Prefetch"),
    "Sec-Purpose over plain HTTP": plain(Sec_Purpose="prefetch"),
    "image": fetch("same-origin", "no-cors", "image"),
    "image over plain HTTP": plain("image/avif,image/webp,*/*", Referer=OWN),
    "iframe": fetch("same-origin", "navigate", "iframe"),
    "embed": fetch("same-origin", "navigate", "embed"),
    "navigation without a destination": fetch("same-origin", "navigate", None),
    "worker": fetch("same-origin", "same-origin", "worker"),
    "site alone": plain(Sec_Fetch_Site="same-origin"),
    "link of another site": fetch("cross-site", "navigate", "document"),
    "link of another subdomain": fetch("same-site", "navigate", "document"),
    "two sites": fetch("same-origin, cross-site", "navigate", "document"),
    "link of another site over plain HTTP": plain(
        Referer="http://elsewhere.example/"),
    "link of another port": plain(Referer="http://127.0.0.1:1/"),
    "another Origin": plain(Origin="http://elsewhere.example"),
    "fetch() of an old browser": plain("*/*", Referer=OWN),
    "XMLHttpRequest": plain("text/html, */*; q=0.01",
                            X_Requested_With="XMLHttpRequest", Referer=OWN),
    "no Accept of a browser": plain(None),
    "html refused": plain("text/html;q=0, */*"),
    "curl for JSON": plain("application/json", "curl/7.88.1"),
    "curl for an image": plain("image/png, */*", "curl/7.88.1"),
    "curl from elsewhere": plain("*/*", "curl/7.88.1",
                                 Referer="http://elsewhere.example/"),
}


@pytest.fixture
def server(site, sqlite_store):
    return site(sqlite_store, realm="session_limit 1000;")


def ask(server, alice, headers, method="GET"):
    """With just these headers."""
    headers = {name: value.format(port=server.port)
               for name, value in headers.items() if value is not None}
    return server.client().request(method, "/logout", headers={
        **headers, "Cookie": alice.cookie_header})


@pytest.mark.parametrize("case", FOLLOWED)
def test_link_that_was_followed(server, case):
    alice = logged_in(server)
    assert ask(server, alice, FOLLOWED[case], "HEAD").status == 303
    assert is_logged_in(alice)
    response = ask(server, alice, FOLLOWED[case])
    assert (response.status, response.location) == (303, "/")
    assert not is_logged_in(alice)


def test_nobody_has_decided(server):
    alice = logged_in(server)
    alice.get("/")  # where the message of the registration is shown
    for case, headers in GUESSED.items():
        response = ask(server, alice, headers)
        assert response.status == 200, (case, response)
        assert response.all("Set-Cookie") == [], case
        button = response.page.form_to("/logout")
        assert button["method"].lower() == "post", case
        assert is_logged_in(alice), case
    assert alice.post("/logout").status == 303
    assert not is_logged_in(alice)
