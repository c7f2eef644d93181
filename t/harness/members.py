"""People whose accounts another program has made."""

import sqlite3

import werkzeug.security

from .accounts import PASSWORD
from .nginx_server import eventually


def werkzeug_hash(method="scrypt:1024:8:1", password=PASSWORD):
    return werkzeug.security.generate_password_hash(password, method)


def add_member(store, name, roles=()):
    """Somebody with PASSWORD. A worker makes the table of a SQLite store a
    moment after nginx has started."""
    fields = {"roles": list(roles)} if roles else {}

    def add():
        try:
            store.insert(name, werkzeug_hash(), **fields)
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            return False
        return True

    eventually(add, "nginx does not make table users")
