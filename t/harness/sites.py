"""A site with all six pages and another one beside it, for a browser."""

from .accounts import PASSWORD, SITE

# What belongs to somebody else: another port, and by other names of the
# machine another host. Its pages are files in www-other.
OTHER = """
    server {
        listen 127.0.0.1:%%PORT1%%;
        root %%DIR%%/www-other;
        location = /there { default_type text/html; return 200 "arrived"; }
    }
"""

ACCOUNT = """
        location = /account { auth_page account; }
        location = /favicon.ico { return 204; }
"""


def two_sites(nginx, store, server="", realm="", site=SITE, **options):
    """The server, whose `origin` and `other` are the two in a browser."""
    started = nginx(OTHER + site, store=store.uri, realm=realm,
                    server=ACCOUNT + server, **options)
    started.origin = f"http://127.0.0.1:{started.port}"
    started.other = f"http://127.0.0.1:{started.ports['PORT1']}"
    return started


def send(tab, **fields):
    """Fills in the page's form and sends it with its button."""
    tab.fill(**fields)
    tab.follow("main form button")


def register(tab, origin, name="alice", password=PASSWORD):
    tab.visit(origin + "/register")
    send(tab, username=name, password=password)
    assert tab.url == origin + "/login", tab.text


def log_in(tab, origin, name="alice", password=PASSWORD):
    if tab.url != origin + "/login":
        tab.visit(origin + "/login")
    send(tab, username=name, password=password)
    assert tab.url == origin + "/dashboard", tab.text


def join(tab, origin, name="alice"):
    """Registers and logs in."""
    register(tab, origin, name)
    log_in(tab, origin, name)
