"""Forms over TLS that come in drops, stop in the middle, or end badly."""

import socket
import ssl
import time

import pytest

from harness.accounts import PASSWORD, SITE
from harness.http_client import TIMEOUT, read_response

TLS = SITE.replace("%%PORT%%;", """%%PORT%% ssl;
        ssl_certificate %%CERT%%; ssl_certificate_key %%KEY%%;
        ssl_protocols TLSv1.2 TLSv1.3;""")
BODY = f"username=alice&password={PASSWORD.replace(' ', '+')}".encode()
FORM = (f"POST /register HTTP/1.1\r\nHost: x\r\nContent-Type: "
        f"application/x-www-form-urlencoded\r\nContent-Length: {len(BODY)}"
        "\r\n\r\n").encode() + BODY


@pytest.fixture
def server(nginx, sqlite_store, tls_files):
    return nginx(TLS, store=sqlite_store.uri, realm="", server="",
                 workers=1, **tls_files)


@pytest.fixture(params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3],
                ids=["1.2", "1.3"])
def context(request):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = context.maximum_version = request.param
    return context


def connected(server, context):
    return context.wrap_socket(
        socket.create_connection(("127.0.0.1", server.port), TIMEOUT))


def idle(server):
    """The worker does not turn round and round."""
    def ticks():
        [worker] = server.workers()
        with open(f"/proc/{worker}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    before = ticks()
    time.sleep(0.5)
    return ticks() - before < 20  # of 50 in that time


def test_body_in_drops(server, context):
    with connected(server, context) as client:
        for i in range(0, len(FORM), 7):
            client.sendall(FORM[i:i + 7])
            time.sleep(0.002)
        assert read_response(client, "POST").status == 303


@pytest.mark.parametrize("sent", [1, 40, len(FORM) - len(BODY),
                                  len(FORM) - 1])
def test_pause_in_the_middle(server, context, sent):
    with connected(server, context) as client:
        client.sendall(FORM[:sent])
        assert idle(server)
        client.sendall(FORM[sent:])
        assert read_response(client, "POST").status == 303


@pytest.mark.parametrize("how", ["close_notify", "FIN", "RST", "garbage"])
def test_end_in_the_middle(server, context, sqlite_store, how):
    server.allow(r"\[crit\].* SSL_read\(\) failed")  # nginx's, of garbage
    client = connected(server, context)
    client.sendall(FORM[:-5])
    time.sleep(0.05)
    if how == "close_notify":
        client.setblocking(False)
        try:
            client.unwrap()
        except (ssl.SSLError, OSError):
            pass
        client.close()
    else:
        raw = socket.socket(fileno=client.detach())
        if how == "RST":
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                           b"\1\0\0\0\0\0\0\0")
        elif how == "garbage":
            raw.sendall(b"\x17\x03\x03\x00\x20" + b"\0" * 32)
        raw.close()
    assert idle(server)
    assert sqlite_store.documents() == []
    with connected(server, context) as again:
        again.sendall(FORM)
        assert read_response(again, "POST").status == 303
