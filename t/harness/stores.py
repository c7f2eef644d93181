"""A fresh place for users for each test, and a look into it from outside."""

import contextlib
import itertools
import os
import shutil
import sqlite3

from bson import ObjectId

from .folders import temporary_folder
from .workers import give_to_worker

_numbers = itertools.count(1)


def names_in(path):
    """The names in a SQLite file, which must be whole."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [
            ("ok",)]
        return [name for [name] in database.execute(
            "SELECT username FROM users ORDER BY username")]


class SqliteStore:
    kind = "sqlite"

    def __init__(self):
        self.folder = temporary_folder("auth-sqlite-")
        give_to_worker(self.folder)
        self.path = os.path.join(self.folder, "users.db")
        self.uri = f"sqlite:{self.path}"

    def documents(self):
        """All users, as a list of dicts without the fields that are unset."""
        with self._open() as database:
            rows = database.execute("SELECT id AS _id, * FROM users").fetchall()
        return [{k: row[k] for k in row.keys() if row[k] and k != "id"}
                for row in rows]

    def find(self, username):
        found = [d for d in self.documents() if d["username"] == username]
        assert len(found) <= 1, found
        return found[0] if found else None

    def insert(self, username, password, **fields):
        """Adds a user behind the module's back; the table must be there."""
        document = {"id": str(ObjectId()), "username": username,
                    "password": password, **fields}
        if "roles" in document:
            document["roles"] = ",".join(document["roles"])
        names = ", ".join(f'"{name}"' for name in document)
        marks = ", ".join("?" * len(document))
        with self._open() as database:
            database.execute(f"INSERT INTO users ({names}) VALUES ({marks})",
                             list(document.values()))

    def insert_many(self, usernames, password):
        """Adds them all with one password."""
        with self._open() as database:
            database.executemany(
                "INSERT INTO users (id, username, password) VALUES (?, ?, ?)",
                [(str(ObjectId()), name, password) for name in usernames])

    def change(self, username, **fields):
        for name, value in fields.items():
            if name == "roles":
                value = ",".join(value)
            with self._open() as database:
                database.execute(
                    f'UPDATE users SET "{name}" = ? WHERE username = ?',
                    (value, username))

    def delete(self, username):
        with self._open() as database:
            database.execute("DELETE FROM users WHERE username = ?",
                             (username,))

    def sessions(self):
        """How many are kept."""
        with self._open() as database:
            [[count]] = database.execute(
                "SELECT count(*) FROM ngx_auth_sessions")
        return count

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def _open(self):
        # "with" commits; the connection closes when it is forgotten
        database = sqlite3.connect(self.path, timeout=60)
        database.row_factory = sqlite3.Row
        return database


class MongoStore:
    """A database of its own on the server. The module's own limits, two seconds
    and less, are for servers that are faster than one that shares a busy machine
    with its tests: they get `patience` seconds. Where the server is to be away,
    each request waits that long."""

    kind = "mongodb"

    def __init__(self, server, patience=30):
        self.server = server
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        self.database = f"auth_{worker}_{os.getpid()}_{next(_numbers)}"
        uri = server.uri(self.database)
        limits = "&".join(
            f"{limit}TimeoutMS={1000 * patience}"
            for limit in ("serverSelection", "connect", "socket"))
        self.uri = f"{uri}{'&' if '?' in uri else '?'}{limits}"

    def documents(self):
        with self.server.client() as client:
            return list(client[self.database].users.find())

    def find(self, username):
        with self.server.client() as client:
            found = list(client[self.database].users.find(
                {"username": username}))
        assert len(found) <= 1, found
        return found[0] if found else None

    def insert(self, username, password, **fields):
        with self.server.client() as client:
            client[self.database].users.insert_one(
                {"username": username, "password": password, **fields})

    def insert_many(self, usernames, password):
        with self.server.client() as client:
            client[self.database].users.insert_many(
                {"username": name, "password": password} for name in usernames)

    def change(self, username, **fields):
        with self.server.client() as client:
            client[self.database].users.update_one({"username": username},
                                                   {"$set": fields})

    def delete(self, username):
        with self.server.client() as client:
            client[self.database].users.delete_one({"username": username})

    def sessions(self):
        """How many are kept."""
        with self.server.client() as client:
            return client[self.database].ngx_auth_sessions.count_documents({})

    def close(self):
        with self.server.client() as client:
            client.drop_database(self.database)
