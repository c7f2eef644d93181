"""Collections of other programs, as they are: user_collection, user_fields."""

import uuid

import argon2
import bcrypt
import pytest
from bson import Binary, Int64, ObjectId

from harness.accounts import (PASSWORD, REFUSED, is_logged_in, login,
                              register)
from harness.nginx_server import eventually

ARGON2 = argon2.PasswordHasher(time_cost=5, memory_cost=7 * 1024,
                               parallelism=1).hash(PASSWORD)
BCRYPT = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()


class Collection:
    """A collection with one document, and nginx on it."""

    def __init__(self, site, store, name, directives, documents):
        self.store, self.name = store, name
        with store.server.client() as client:
            client[store.database][name].insert_many(documents)
        self.nginx = site(store, realm=directives, server="""
            location = /who {
                auth_login on;
                return 200 "$auth_user $auth_user_id $auth_roles";
            }""")

    def documents(self, **filter):
        with self.store.server.client() as client:
            return list(client[self.store.database][self.name].find(filter))

    def change(self, filter, update):
        with self.store.server.client() as client:
            client[self.store.database][self.name].update_one(filter, update)

    def who(self, name):
        browser = self.nginx.browser()
        login(browser, name)
        return browser.get("/who").text

    def indexes(self):
        with self.store.server.client() as client:
            return client[self.store.database][
                self.name].index_information().values()


@pytest.fixture
def collection(site, mongo_store):
    def make(name, directives, *documents):
        return Collection(site, mongo_store, name, directives, documents)
    return make


def refused(server, name, password=PASSWORD):
    response = server.client().post(
        "/login", {"username": name, "password": password})
    assert response.status == 401, response
    assert REFUSED in response.page.text


# name, directives, document, what $auth_user and the others are
MONGO_ENGINE = (
    "user", "user_collection user; user_fields username=email active=active;",
    {"_id": ObjectId("507f1f77bcf86cd799439011"), "_cls": "User",
     "email": "ann@example.com", "password": ARGON2, "active": True,
     "roles": ["editor"], "confirmed_at": None},
    "ann@example.com 507f1f77bcf86cd799439011 editor")
PASSPORT = (
    "users", "user_fields username=local.email password=local.password;",
    {"_id": ObjectId("507f1f77bcf86cd799439012"), "__v": 0,
     "local": {"email": "ann@example.com", "password": BCRYPT},
     "google": {"id": "107", "name": "Ann"}},
    "ann@example.com 507f1f77bcf86cd799439012 ")
NEXT_AUTH = (
    "users", "user_fields username=email password=hashedPassword roles=role;",
    {"_id": ObjectId("507f1f77bcf86cd799439013"), "name": "Ann",
     "email": "ann@example.com", "emailVerified": None, "image": None,
     "hashedPassword": BCRYPT, "role": "admin"},
    "ann@example.com 507f1f77bcf86cd799439013 admin")
STRAPI = (
    "users-permissions_user",
    "user_collection users-permissions_user;"
    "user_fields username=email disabled=blocked active=confirmed;",
    {"_id": ObjectId("507f1f77bcf86cd799439014"), "username": "Ann",
     "email": "ann@example.com", "password": BCRYPT, "confirmed": True,
     "blocked": False, "provider": "local"},
    "ann@example.com 507f1f77bcf86cd799439014 ")
PARSE = (
    "_User", "user_collection _User;"
    "user_fields username=username password=_hashed_password;",
    {"_id": "aB3dEf5hIj", "username": "ann", "_hashed_password": BCRYPT,
     "_wperm": ["aB3dEf5hIj"], "_acl": {"*": {"r": True}}},
    "ann aB3dEf5hIj ")
LIBRE_CHAT = (
    "users", "user_fields username=email roles=role;",
    {"_id": ObjectId("507f1f77bcf86cd799439015"), "name": "Ann",
     "username": "ann", "email": "ann@example.com", "emailVerified": True,
     "password": BCRYPT, "provider": "local", "role": "USER",
     "refreshToken": []},
    "ann@example.com 507f1f77bcf86cd799439015 USER")
MIGRATED = (
    "accounts", "user_collection accounts; user_fields username=customer;",
    {"_id": Int64(42), "customer": 10017, "password": ARGON2},
    "10017 42 ")
UUIDS = (
    "people", "user_collection people; user_fields username=mail;",
    {"_id": Binary.from_uuid(uuid.UUID("0f8fad5b-d9cb-469f-a165-70867728950e")),
     "mail": "ann@example.com", "password": ARGON2},
    "ann@example.com uuid:0f8fad5b-d9cb-469f-a165-70867728950e ")
SHAPES = {"Flask-Login with MongoEngine": MONGO_ENGINE, "passport": PASSPORT,
          "NextAuth": NEXT_AUTH, "Strapi": STRAPI, "Parse": PARSE,
          "LibreChat": LIBRE_CHAT, "numbers": MIGRATED, "UUIDs": UUIDS}

shapes = pytest.mark.parametrize(
    "name,directives,document,known", SHAPES.values(), ids=list(SHAPES))


def without(document, *paths):
    """A copy without these fields."""
    copy = {k: dict(v) if isinstance(v, dict) else v
            for k, v in document.items()}
    for path in paths:
        outer, _, inner = path.rpartition(".")
        (copy.get(outer, {}) if outer else copy).pop(inner, None)
    return copy


def fields_of(directives):
    fields = directives.split("user_fields ")[1].split(";")[0].split()
    return dict(field.split("=") for field in fields)


def value_at(document, path):
    for name in path.split("."):
        document = document[name]
    return document


@shapes
def test_people_log_in(collection, name, directives, document, known):
    users = collection(name, directives, document)
    typed = known.split()[0]
    assert users.who(typed) == known
    refused(users.nginx, typed, "wrong password")
    # The hash may be a new one now. Everything else is as it was.
    password = fields_of(directives).get("password", "password")
    [stored] = users.documents()
    assert without(stored, password, "ngx_auth") == without(document, password)


@shapes
def test_people_register(collection, name, directives, document, known):
    users = collection(name, directives, document)
    fields = fields_of(directives)
    new_name = "bob@example.com"
    register(users.nginx.client(), new_name)
    [bob] = [d for d in users.documents()
             if isinstance(d["_id"], ObjectId) and "created_at" in d]
    assert value_at(bob, fields["username"]) == new_name
    assert value_at(bob, fields.get("password", "password")).startswith(
        "$argon2id$")
    assert users.who(new_name) == f"{new_name} {bob['_id']} "
    assert any(i["key"] == [(fields["username"], 1)] and i.get("unique")
               for i in users.indexes())
    for taken in (new_name, new_name.upper(), known.split()[0]):
        response = users.nginx.client().post(
            "/register", {"username": taken, "password": PASSWORD})
        assert response.status == 409, (taken, response)


def test_whoever_is_disabled_elsewhere_is_disabled_here(collection):
    name, directives, document, known = STRAPI
    users = collection(name, directives, document)
    typed = known.split()[0]
    for off, on in (({"blocked": True}, {"blocked": False}),
                    ({"confirmed": False}, {"confirmed": True})):
        users.change({}, {"$set": off})
        refused(users.nginx, typed)
        users.change({}, {"$set": on})
        users.who(typed)


@pytest.mark.parametrize("field", [
    {"active": False}, {"is_active": False}, {"active": 0}, {"is_active": 0.0},
    {"active": "false"}, {"disabled": True}, {"disabled": 1},
    {"disabled": Int64(1)}, {"disabled": "true"}])
def test_flags_of_other_programs(site, mongo_store, field):
    mongo_store.insert("ann", ARGON2)
    server = site(mongo_store, realm="session_check 1s;")
    ann = server.browser()
    login(ann, "ann")
    assert is_logged_in(ann)
    mongo_store.change("ann", **field)
    refused(server, "ann")
    eventually(lambda: not is_logged_in(ann), "the session goes on")


@pytest.mark.parametrize("field", [
    {"active": True}, {"is_active": True}, {"active": 1}, {"active": None},
    {"disabled": False}, {"disabled": 0}, {"disabled": None}])
def test_flags_that_let_people_in(site, mongo_store, field):
    mongo_store.insert("ann", ARGON2, **field)
    server = site(mongo_store)
    login(server.client(), "ann")


def test_list_of_addresses_is_said_to_be_none(collection):
    """Meteor's accounts: nobody can log in, and the log says why."""
    users = collection("users", "user_fields username=emails.address "
                       "password=services.password.bcrypt;",
                       {"_id": "QwErTyUiOpAsDfGhJ",
                        "emails": [{"address": "ann@example.com",
                                    "verified": True}],
                        "services": {"password": {"bcrypt": BCRYPT}}})
    refused(users.nginx, "ann@example.com")
    users.nginx.wait_for_log("emails.address is in a list")


def test_twins_of_a_number(collection):
    users = collection("users", "user_fields username=nr;",
                       {"nr": 10017, "password": ARGON2},
                       {"nr": "10018", "password": ARGON2},
                       {"nr": 10019.0, "password": ARGON2},
                       {"nr": 1.5, "password": ARGON2})
    for name in ("10017", "10018", "10019"):
        assert users.who(name).split()[0] == name
        response = users.nginx.client().post(
            "/register", {"username": name, "password": PASSWORD})
        assert response.status == 409
    for name in ("1.5", "010017", "10017.0"):
        refused(users.nginx, name)


def test_password_change_by_any_id(collection):
    for document in ({"_id": "ann"}, {"_id": 7}, {"_id": {"a": 1}},
                     {"_id": b"\0\1"}, {"_id": True}):
        kind = type(document["_id"]).__name__
        users = collection(f"users_{kind}", f"user_collection users_{kind};",
                           {**document, "username": "ann",
                            "password": BCRYPT})
        users.who("ann")
        [stored] = users.documents()
        assert stored["password"].startswith("$argon2id$"), document
        assert stored["_id"] == document["_id"]


def test_other_unique_index_is_no_taken_name(site, mongo_store):
    with mongo_store.server.client() as client:
        client[mongo_store.database].users.create_index("email", unique=True)
    server = site(mongo_store)
    register(server.client(), "alice")
    response = server.client().post(
        "/register", {"username": "bob", "password": PASSWORD})
    assert response.status == 503
    assert int(response.header("Retry-After")) > 0
    server.wait_for_log("unique index email_1 of collection users")
    assert not mongo_store.find("bob")
    with mongo_store.server.client() as client:
        users = client[mongo_store.database].users
        users.drop_index("email_1")
        users.create_index("email", unique=True, sparse=True)
    register(server.client(), "bob")


def test_dropped_collection_gets_its_index_again(site, mongo_store):
    server = site(mongo_store)
    register(server.client(), "alice")
    with mongo_store.server.client() as client:
        client[mongo_store.database].users.drop()
    register(server.client(), "alice")
    response = server.client().post(
        "/register", {"username": "alice", "password": PASSWORD})
    assert response.status == 409
    with mongo_store.server.client() as client:
        indexes = client[mongo_store.database].users.index_information()
    assert any(i["key"] == [("username", 1)] and i.get("unique")
               for i in indexes.values())


@pytest.mark.parametrize("directive,says", [
    ("user_fields password=hash;", "username=PATH"),
    ("user_fields username=emails.0.address;", "element of a list"),
    ("user_fields username=_id;", "_id"),
    ("user_fields username=name name=x;", 'not "name=x"'),
    ("user_fields username=a password=a.b;", "two fields"),
    ("user_collection system.users;", "the name of a collection")])
def test_mistakes(nginx, directive, says):
    server = nginx.prepare("""
        auth_realm site {
            store mongodb://127.0.0.1/test;
            %%DIRECTIVE%%
        }""".replace("%%DIRECTIVE%%", directive))
    server.allow(r"\[emerg\]")
    status, output = server.test()
    assert status != 0
    assert says in output and "nginx.conf:" in output, output


@pytest.mark.parametrize("directive", [
    "user_fields username=email;", "user_collection accounts;"])
def test_sqlite_has_a_table_of_its_own(nginx, sqlite_store, directive):
    server = nginx.prepare(f"""
        auth_realm site {{
            store {sqlite_store.uri};
            {directive}
        }}""")
    server.allow(r"\[emerg\]")
    status, output = server.test()
    assert status != 0
    assert "is for MongoDB" in output and "nginx.conf:" in output, output
