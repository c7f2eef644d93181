"""People whose passwords other programs have hashed log in, and are Argon2id's
from then on."""

import hashlib
import os
import re
import subprocess

import argon2
import bcrypt
import bson
import django.conf
import django.contrib.auth.hashers as django_hashers
import passlib.hash
import pytest
import werkzeug.security

from harness.accounts import PASSWORD, REFUSED, login
from harness.members import add_member, werkzeug_hash

if not django.conf.settings.configured:
    django.conf.settings.configure()


class CheapDjangoArgon2(django_hashers.Argon2PasswordHasher):
    time_cost, memory_cost, parallelism = 2, 256, 2


def argon2_hash(kind, version, **cost):
    cost = {"time_cost": 2, "memory_cost": 256, "parallelism": 1, **cost}
    return argon2.low_level.hash_secret(
        PASSWORD.encode(), os.urandom(16), hash_len=32, type=kind,
        version=version, **cost).decode()


def werkzeug_without_count(method):
    salt = werkzeug.security.gen_salt(16)
    digest, _ = werkzeug.security._hash_internal(method, salt, PASSWORD)
    return f"{method}${salt}${digest}"


def old_werkzeug(digest, count):
    """As a release with another count than today's has made it."""
    key = hashlib.pbkdf2_hmac(digest, PASSWORD.encode(), b"saltsalt", count)
    return f"pbkdf2:{digest}$saltsalt${key.hex()}"


def django_hash(hasher, *count):
    return hasher.encode(PASSWORD, hasher.salt(), *count)


def htpasswd(*options):
    line = subprocess.run(["htpasswd", "-ni", *options, "user"], text=True,
                          input=PASSWORD, capture_output=True, check=True)
    return line.stdout.strip().partition(":")[2]


def mkpasswd(method, *options):
    return subprocess.run(["mkpasswd", "-s", "-m", method, *options], text=True,
                          input=PASSWORD, capture_output=True,
                          check=True).stdout.strip()


HASHES = {
    **{f"argon2 {kind.name} {version}":
           (lambda kind=kind, version=version: argon2_hash(kind, version))
       for kind in argon2.low_level.Type for version in (16, 19)},
    "argon2 of no version": lambda: argon2_hash(
        argon2.low_level.Type.I, 16).replace("$v=16$", "$"),
    **{f"werkzeug {method}":
           (lambda method=method: werkzeug_hash(method))
       for method in ("scrypt", "scrypt:1024:8:1", "pbkdf2", "pbkdf2:md5:1000",
                      "pbkdf2:sha1:1000", "pbkdf2:sha224:1000",
                      "pbkdf2:sha256:1000", "pbkdf2:sha384:1000",
                      "pbkdf2:sha512:1000", "pbkdf2:sha3_256:1000",
                      "pbkdf2:sha3_512:1000", "pbkdf2:blake2b:1000",
                      "pbkdf2:blake2s:1000", "pbkdf2:ripemd160:1000",
                      "pbkdf2:sm3:1000")},
    **{f"werkzeug {method} without a count":
           (lambda method=method: werkzeug_without_count(method))
       for method in ("scrypt", "pbkdf2", "pbkdf2:sha256")},
    **{f"werkzeug of {count}":
           (lambda count=count: old_werkzeug("sha1", count))
       for count in (1000, 50000, 150000, 260000, 600000)},
    "passlib pbkdf2": passlib.hash.pbkdf2_sha1.using(rounds=900).hash,
    "passlib pbkdf2-sha256": passlib.hash.pbkdf2_sha256.using(rounds=900).hash,
    "passlib pbkdf2-sha512": passlib.hash.pbkdf2_sha512.using(rounds=900).hash,
    "passlib sha512_crypt": passlib.hash.sha512_crypt.using(rounds=2000).hash,
    "passlib ssha": passlib.hash.ldap_salted_sha1.hash,
    "django pbkdf2": lambda: django_hash(
        django_hashers.PBKDF2PasswordHasher(), 1000),
    "django pbkdf2 sha1": lambda: django_hash(
        django_hashers.PBKDF2SHA1PasswordHasher(), 1000),
    "django argon2": lambda: django_hash(CheapDjangoArgon2()),
    **{f"bcrypt 2{letter}":
           (lambda letter=letter: bcrypt.hashpw(
               PASSWORD.encode(), bcrypt.gensalt(4)).decode().replace(
                   "$2b$", f"$2{letter}$"))
       for letter in "aby"},
    "htpasswd apr1": lambda: htpasswd("-m"),
    "htpasswd bcrypt": lambda: htpasswd("-B", "-C", "4"),
    "htpasswd sha": lambda: htpasswd("-s"),
    "htpasswd sha256": lambda: htpasswd("-2"),
    "htpasswd sha512": lambda: htpasswd("-5", "-r", "2000"),
    "mkpasswd sha256crypt": lambda: mkpasswd("sha256crypt"),
    "mkpasswd sha512crypt": lambda: mkpasswd("sha512crypt"),
    "mkpasswd sha512crypt of 1000": lambda: mkpasswd("sha512crypt", "-R",
                                                     "1000"),
    "mkpasswd yescrypt": lambda: mkpasswd("yescrypt"),
    "mkpasswd yescrypt of 1": lambda: mkpasswd("yescrypt", "-R", "1"),
}


def hash_by(make):
    try:
        return make()
    except TypeError:  # passlib's functions are given the password
        return make(PASSWORD)


def refused(client, name, password):
    response = client.post("/login", {"username": name, "password": password})
    assert response.status == 401, response
    assert REFUSED in response.text


def start_with(site, store, hashes):
    """A site with somebody for each hash."""
    server = site(store)
    add_member(store, "first")
    for name, stored in hashes.items():
        store.insert(name, stored)
    return server


def logs_in_and_is_replaced(server, store, name):
    stored = store.find(name)["password"]
    refused(server.client(), name, PASSWORD + "x")
    assert store.find(name)["password"] == stored
    login(server.client(), name)
    assert store.find(name)["password"].startswith(
        "$argon2id$v=19$m=7168,t=5,p=1$"), stored
    login(server.client(), name)


# Werkzeug's default takes OpenSSL a million rounds.
@pytest.mark.parametrize("program", [
    pytest.param(program, marks=[pytest.mark.once] * (program == "werkzeug"))
    for program in sorted({name.split()[0] for name in HASHES})])
def test_each_logs_in_and_is_replaced(site, sqlite_store, program):
    hashes = {re.sub("[ :]", "-", name): hash_by(make)
              for name, make in HASHES.items() if name.split()[0] == program}
    server = start_with(site, sqlite_store, hashes)
    for name in hashes:
        logs_in_and_is_replaced(server, sqlite_store, name)
    assert "cannot log in" not in server.error_log


def test_documents_of_mongodb(site, mongo_store):
    hashes = {"apr1": htpasswd("-m"), "yescrypt": mkpasswd("yescrypt"),
              "binary": bson.Binary(htpasswd("-s").encode())}
    server = start_with(site, mongo_store, hashes)
    for name in hashes:
        logs_in_and_is_replaced(server, mongo_store, name)


def test_no_replacement_is_cheaper(site, sqlite_store):
    """A hash with more work keeps its cost."""
    server = site(sqlite_store)
    add_member(sqlite_store, "first")
    cost = {"memory_cost": 32768, "time_cost": 2, "parallelism": 2}
    for kind in (argon2.low_level.Type.I, argon2.low_level.Type.D):
        sqlite_store.insert(kind.name, argon2_hash(kind, 19, **cost))
        login(server.client(), kind.name)
        assert sqlite_store.find(kind.name)["password"].startswith(
            "$argon2id$v=19$m=32768,t=2,p=2$")


UNUSABLE = {
    "md5-crypt": ("$1$saltsalt$qJH7.N4xYta3aEG/dfqo/0",
                  "a hash of kind MD5 crypt, which is not supported"),
    "htpasswd-d": (htpasswd("-d"),
                   "a hash of kind DES crypt, which is not supported"),
    "md5": (hashlib.md5(PASSWORD.encode()).hexdigest(),
            "a hash of kind plain MD5, which is not supported"),
    "django-scrypt": (django_hash(django_hashers.ScryptPasswordHasher()),
                      "a hash of kind Django scrypt, which is not supported"),
    "plain": (PASSWORD, "no hash of a known kind"),
    "argon2": ("$argon2id$v=19$m=4194304,t=2,p=1$" + "A" * 22 + "$" + "A" * 43,
               "a hash of kind Argon2id whose cost is too high"),
    "bcrypt": ("$2b$31$" + "." * 53,
               "a hash of kind bcrypt whose cost is too high"),
    "sha512": ("$6$rounds=999999999$saltsalt$" + "." * 86,
               "a hash of kind SHA-512 crypt whose cost is too high"),
    "yescrypt": ("$y$jFT$" + "." * 22 + "$" + "." * 43,
                 "a hash of kind yescrypt whose cost is too high"),
    "passlib": ("$pbkdf2-sha256$99999999$" + "A" * 22 + "$" + "A" * 43,
                "a hash of kind passlib PBKDF2 whose cost is too high"),
    "django": ("pbkdf2_sha256$99999999$salt$" + "A" * 43 + "=",
               "a hash of kind Django PBKDF2 whose cost is too high"),
    "cut": ("$apr1$saltsalt$abc",
            "a malformed hash of kind htpasswd MD5 (apr1)"),
}


def test_the_log_says_what_cannot_be_checked(site, store):
    server = start_with(site, store, {name: stored for name, (stored, _)
                                      in UNUSABLE.items()})
    for name, (stored, why) in UNUSABLE.items():
        refused(server.client(), name, PASSWORD)
        server.wait_for_log(re.escape(
            f'user "{name}" cannot log in: the stored password is {why}'))
        assert store.find(name)["password"] == stored
        assert stored not in server.error_log
