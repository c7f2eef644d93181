"""An nginx whose sessions the store keeps."""

SECRET = "a secret of at least thirty-two bytes"

# Directives of the realm, by the kind of store; with them OPTIONS for the nginx.
KEPT = {"sqlite": "", "mongodb": "session_store on; secret env:AUTH_SECRET;"}
OPTIONS = {"main": "env AUTH_SECRET;", "environment": {"AUTH_SECRET": SECRET}}


def browser_with(server, browser):
    """A browser of another nginx with the cookies of this one."""
    other = server.browser()
    other.jar = dict(browser.jar)
    return other
