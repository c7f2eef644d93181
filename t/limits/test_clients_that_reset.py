"""Clients that reset their connection in the middle of anything: nobody else is
hurt, and nothing of theirs stays."""

import random
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

from harness.accounts import PASSWORD, logged_in, login, register
from harness.kept_sessions import browser_with
from harness.nginx_server import eventually
from harness.prometheus import figures_of

LOCATIONS = """
    location = /account { auth_page account; }
    location = /status { auth_page status; }
    location /private/ { auth_login site; }
"""
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close() sends a reset
CLIENTS = 150


def post(path, fields, cookie=""):
    body = urlencode(fields)
    return (f"POST {path} HTTP/1.1\r\nHost: x\r\n{cookie}"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}").encode()


def get(path, cookie):
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n{cookie}\r\n".encode()


def send_and_reset(server, message):
    """A part of it or all, and then some of the time that the answer takes."""
    cut = random.choice([len(message), random.randrange(len(message))])
    connection = server.client().connect()
    connection.sendall(message[:cut])
    time.sleep(random.choice([0, random.uniform(0, 0.1)]))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    connection.close()


def test_resets(site, sqlite_store):
    server, elsewhere = [site(sqlite_store, server=LOCATIONS)
                         for _ in range(2)]
    alice = logged_in(server)
    register(server.client(), "bert")

    def message(number):
        """The sessions are looked up, because they were made elsewhere. Who logs
        in while another one ends all sessions is told to try again."""
        there = elsewhere.browser()
        bert_says = {"username": "bert", "password": PASSWORD}
        eventually(lambda: there.post("/login", bert_says).status == 303,
                   "nobody can log in")
        cookie = f"Cookie: {there.cookie_header}\r\n"
        return random.choice([
            post("/login", bert_says, cookie),
            post("/login", {**bert_says, "password": "wrong password"}),
            post("/register", {**bert_says, "username": f"user{number}"}),
            post("/logout", {}, cookie), get("/private/x", cookie),
            post("/account", {"current_password": "wrong password",
                              "new_password": "v9#kqX2!"}, cookie),
            post("/account", {"end_sessions": "1"}, cookie),
            get("/dashboard", cookie)])

    with ThreadPoolExecutor(8) as clients:
        under_way = [clients.submit(lambda n=number: send_and_reset(
            server, message(n))) for number in range(CLIENTS)]
        while not all(each.done() for each in under_way):
            assert alice.get("/private/x").status == 404
        for each in under_way:
            each.result()

    def is_quiet():
        now = figures_of(server.client())
        return (now.get("hashes_running") == now.get("hashes_waiting")
                == now.get("untold_endings") == 0
                and now.get("sessions") <= sqlite_store.sessions())

    eventually(is_quiet, "something of theirs stays")
    eventually(lambda: len(server.client_sockets()) == 0,
               "connections of theirs stay")
    register(server.client(), "carol")
    login(browser_with(server, alice), "carol")
    assert alice.get("/private/x").status == 302  # replaced by the login
