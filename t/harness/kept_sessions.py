"""An nginx whose sessions the store keeps."""

from .accounts import PASSWORD

SECRET = "a secret of at least thirty-two bytes"

# In so many seconds everything goes on when the store is back: a promise.
SOON_AGAIN = 15

# Directives of the realm, by the kind of store; with them OPTIONS for the nginx.
KEPT = {"sqlite": "", "mongodb": "session_store on; secret env:AUTH_SECRET;"}
OPTIONS = {"main": "env AUTH_SECRET;", "environment": {"AUTH_SECRET": SECRET}}

# Locations beside the five pages.
ACCOUNT = "location = /account { auth_page account; }"
CHECK = """
        location = /check { auth_page check; }
        location /private/ { auth_login site; }
"""

OTHER_PASSWORD = "another horse, another battery"


def browser_with(server, browser):
    """A browser of another nginx with the cookies of this one."""
    other = server.browser()
    other.jar = dict(browser.jar)
    return other


def change_password(browser, new):
    response = browser.post("/account", {"current_password": PASSWORD,
                                         "new_password": new})
    assert (response.status, response.location) == (303, "/account"), response
