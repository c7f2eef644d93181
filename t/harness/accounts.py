"""What many tests begin with: a site with the five pages, people with
accounts."""

from .nginx_server import eventually

PASSWORD = "correct horse battery staple"

# The five pages, as auth_pages.conf has them.
PAGES = """
        location = /          { auth_page home; }
        location = /register  { auth_page register; }
        location = /login     { auth_page login; }
        location = /dashboard { auth_page dashboard; }
        location = /logout    { auth_page logout; }
"""

SITE = """
    auth_realm site {
        store %%STORE%%;
        login_limit off;
        registration_limit off;
        %%HASH%%
        %%REALM%%
    }

    server {
        listen 127.0.0.1:%%PORT%%;
        %%SERVER%%
""" + PAGES + """
    }
"""

# The same where attempts are limited: %%LIMITS%% are those directives, and a
# client says with X-Real-IP which address it comes from.
LIMITED = SITE.replace("login_limit off;\n        registration_limit off;",
                       "%%LIMITS%%").replace("%%SERVER%%", """
        set_real_ip_from 127.0.0.1;
        real_ip_header X-Real-IP;
        %%SERVER%%""")

REGISTERED = "Registration successful. Please log in."
TAKEN = "Username already exists. Please choose a different one."
REFUSED = "Invalid username or password. Please try again."


def register(client, username, password=PASSWORD):
    response = client.post("/register",
                           {"username": username, "password": password})
    assert response.status == 303, response
    return response


def login(client, username, password=PASSWORD, page="/login"):
    """Logs in; the client, if a browser, keeps the session's cookie."""
    response = client.post(page, {"username": username, "password": password})
    assert response.status == 303, response
    return response


def logged_in(server, username="alice", **kwargs):
    """A browser of somebody who has just registered and logged in."""
    browser = server.browser(**kwargs)
    register(browser, username)
    login(browser, username)
    return browser


def is_logged_in(client):
    """What the dashboard says about the session that the client has."""
    response = client.get("/dashboard")
    assert response.status in (200, 302), response
    return response.status == 200


def from_address(address):
    """The headers of a request to LIMITED that comes from there."""
    return {"X-Real-IP": address}


def try_to_log_in(client, username, password="wrong password",
                  address="203.0.113.1", **kwargs):
    """The answer to an attempt, whatever it is."""
    return client.post("/login", {"username": username, "password": password},
                       headers=from_address(address), **kwargs)


def after_an_outage(attempt):
    """The answer to an attempt, which is made again while it is 503: each worker
    finds out by itself that the store is back, within a second."""
    answers = []

    def is_back():
        answers.append(attempt())
        return answers[-1].status != 503

    eventually(is_back, "the store stays away")
    return answers[-1]
