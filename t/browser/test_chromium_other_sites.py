"""What another site can do to a person who is logged in, in a real browser:
nothing."""

import json

import pytest

from harness.accounts import PASSWORD
from harness.documents import put
from harness.sites import join, log_in, two_sites

pytestmark = pytest.mark.once

FIELDS = {
    "/login": {"username": "mallory", "password": PASSWORD},
    "/register": {"username": "mallory", "password": PASSWORD},
    "/logout": {},
    "/account": {"current_password": PASSWORD,
                 "new_password": "the password of mallory"},
}
PAGES = ("/", "/login", "/register", "/dashboard", "/account", "/logout")


@pytest.fixture
def server(nginx, sqlite_store):
    server = two_sites(nginx, sqlite_store, """
        location = /framing { root %%DIR%%/www; default_type text/html; }
    """)
    put(server, "www-other/index.html", "<!DOCTYPE html><title>other</title>")
    return server


def origins(server, name):
    """The site under that name, and other sites as a browser tells them."""
    port, other = server.port, server.ports["PORT1"]
    return (f"http://{name}:{port}", [
        f"http://{name}:{other}",       # same-site: gets our cookies
        f"http://sub.{name}:{other}" if name == "site.test"
        else f"http://localhost:{other}",
        f"http://other.test:{other}"])


def post_from(tab, page, action, fields, referrer=""):
    """A page of another site sends a form to ours."""
    tab.visit(page)
    before = len(tab.answers)
    tab.after(lambda: tab.evaluate("""((action, fields, referrer) => {
        const form = document.createElement('form');
        form.method = 'post';
        form.action = action;
        for (const [name, value] of Object.entries(fields))
            form.append(Object.assign(document.createElement('input'),
                                      {name, value}));
        if (referrer)
            document.head.append(Object.assign(document.createElement('meta'),
                {name: 'referrer', content: referrer}));
        document.body.append(form);
        form.submit();
    })(%s, %s, %s)""" % tuple(map(json.dumps, (action, fields, referrer)))))
    return tab.answers[before:]


# site.test is plain HTTP for a browser: it sends no Sec-Fetch header, only
# Origin. 127.0.0.1 counts as secure.
@pytest.mark.parametrize("name", ["127.0.0.1", "site.test"])
def test_forms_of_other_origins(tab, server, sqlite_store, name):
    own, others = origins(server, name)
    join(tab, own)
    for other in others:
        for path, fields in FIELDS.items():
            assert post_from(tab, other + "/", own + path, fields) == [
                (403, own + path)], other
        # without a referrer, Origin is "null"
        assert post_from(tab, other + "/", own + "/logout", {},
                         "no-referrer") == [(403, own + "/logout")], other
    tab.visit(own + "/dashboard")
    assert "Welcome, alice" in tab.text
    assert [d["username"] for d in sqlite_store.documents()] == ["alice"]
    tab.visit(own + "/logout")
    log_in(tab, own)  # with the password that it was


def test_form_in_a_sandbox(tab, server):
    """Its origin is "null", also where the page is our own site's."""
    put(server, "www/framing", """<!DOCTYPE html>
        <iframe sandbox="allow-forms allow-scripts" srcdoc="
            <form method=post action=/logout></form>
            <script>document.forms[0].submit()</script>"></iframe>""")
    join(tab, server.origin)
    tab.visit(server.origin + "/framing")
    tab.wait_until(lambda: '"POST /logout HTTP/1.1" 403' in server.access_log,
                   "the form was not sent")
    tab.visit(server.origin + "/dashboard")
    assert "Welcome, alice" in tab.text


def test_links_of_other_sites_do_not_log_out(tab, server):
    join(tab, server.origin)
    for other in origins(server, "127.0.0.1")[1]:
        tab.visit(other + "/")
        tab.evaluate("document.body.innerHTML = '<a href=\"%s/logout\">x</a>'"
                     % server.origin)
        tab.follow("a")
        assert "Log out?" in tab.text
    # nor do images, frames, scripts
    tab.visit(server.other + "/")
    tab.evaluate("""Promise.all(['img', 'iframe', 'script', 'embed'].map(
        (tag) => new Promise((done) => {
            const one = document.createElement(tag);
            one.onload = one.onerror = done;
            one.src = '%s/logout';
            document.body.append(one);
            setTimeout(done, 500);
        })))""" % server.origin)
    tab.visit(server.origin + "/dashboard")
    assert "Welcome, alice" in tab.text


def frames(tab):
    """The addresses of the documents within the page."""
    tree = tab.send("Page.getFrameTree")["frameTree"]
    return [child["frame"]["url"] for child in tree.get("childFrames", [])]


@pytest.mark.parametrize("tag, source", [
    ("iframe", "src"), ("embed", "src"), ("object", "data")])
def test_no_page_can_be_framed(tab, server, tag, source):
    """Not even by the site itself."""
    put(server, "www/framing", "<!DOCTYPE html><title>framing</title>")
    join(tab, server.origin)
    for page in (server.origin + "/framing", server.other + "/"):
        for path in (*PAGES, "/framing"):
            tab.visit(page)
            tab.complaints.clear()
            tab.evaluate("""new Promise((done) => {
                const frame = document.createElement('%s');
                frame.onload = frame.onerror = done;
                frame.%s = '%s';
                document.body.append(frame);
                setTimeout(done, 1000);
            })""" % (tag, source, server.origin + path))
            refused = ("frame-ancestors" in " ".join(tab.complaints)
                       and all(url.startswith("chrome-error:")
                               or url == "about:blank" for url in frames(tab)))
            # what is not ours can be framed: the test sees the difference
            assert refused == (path != "/framing"), (page, path,
                                                     tab.complaints)


def test_no_window_of_ours_stays_in_reach(tab, server):
    """Cross-Origin-Opener-Policy: who opens one is cut off from it."""
    tab.visit(server.other + "/")
    for path, cut_off in (("/login", True), ("/framing", False)):
        put(server, "www/framing", "<!DOCTYPE html><title>framing</title>")
        tab.evaluate("window.opened = open('%s%s'); 0"
                     % (server.origin, path))
        if cut_off:
            tab.wait_until(lambda: tab.evaluate("opened.closed"),
                           "the window is still in reach")
        else:
            tab.listen(0.5)
            assert not tab.evaluate("opened.closed")
            tab.evaluate("opened.close()")
