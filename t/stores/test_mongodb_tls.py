"""A store that is spoken to over TLS has to prove who it is."""

import shutil

import pytest

from harness import certificate
from harness.accounts import PASSWORD, SITE, login, register
from harness.mongo_server import MongoServer


@pytest.fixture(scope="module")
def tls_server(tls_files):
    server = MongoServer(tls_files=tls_files)
    yield server
    server.close()


def start(nginx, server, authority, host="localhost", options=""):
    """A site whose store is known by a certificate of that authority."""
    site = nginx.prepare(
        SITE, realm="", server="",
        store=f"mongodb://{host}:{server.port}/users?tls=true"
              f"&tlsCAFile=%%DIR%%/ca.pem{options}")
    shutil.copy(authority, f"{site.folder}/ca.pem")
    return site.start()


def refuses(site):
    answer = site.client().post(
        "/register", {"username": "alice", "password": PASSWORD})
    assert answer.status == 503
    login_answer = site.client().post(
        "/login", {"username": "alice", "password": PASSWORD})
    assert login_answer.status == 503
    site.wait_for_log("(?i)certificate|tls handshake")


def test_right_authority(nginx, tls_server, tls_files):
    site = start(nginx, tls_server, tls_files["cert"])
    register(site.client(), "alice")
    login(site.client(), "alice")


def test_another_authority(nginx, tls_server, tmp_path):
    refuses(start(nginx, tls_server, certificate.make(tmp_path)["cert"]))


def test_certificate_of_another_host(nginx, tls_server, tls_files):
    refuses(start(nginx, tls_server, tls_files["cert"], host="127.0.0.1"))


def test_server_that_speaks_no_tls(nginx, own_mongo_server, tls_files):
    """Nothing goes over the wire in the clear instead."""
    site = start(nginx, own_mongo_server, tls_files["cert"])
    assert site.client().post(
        "/register", {"username": "alice", "password": PASSWORD}
    ).status == 503
    with own_mongo_server.client() as client:
        assert "users" not in client.list_database_names()
