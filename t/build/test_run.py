"""./build.sh run, as a newcomer uses it."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile

import pytest

from harness.accounts import is_logged_in, login, register
from harness.http_client import Browser
from harness.nginx_server import eventually
from harness.ports import free_port
from harness.shipped import ROOT
from harness.stores import MongoStore

BUILD = ROOT / "build.sh"

pytestmark = pytest.mark.once


class Run:
    """./build.sh run on a free port; its state is kept in a folder."""

    def __init__(self, state, port=None, **environment):
        self.port = port or free_port()
        self.output = tempfile.TemporaryFile("w+")
        own = {n: v for n, v in os.environ.items() if n != "MONGO_URI"}
        self.process = subprocess.Popen(
            [str(BUILD), "run"], stdin=subprocess.DEVNULL, stdout=self.output,
            stderr=subprocess.STDOUT, start_new_session=True,
            env={**own, "PORT": str(self.port), "STATE": state, **environment})

    def wait(self):
        def accepts():
            assert self.process.poll() is None, self.text()
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return True
            except OSError:
                return False

        eventually(accepts, "it does not start", 300)
        return self

    def text(self):
        self.output.seek(0)
        return self.output.read()

    def interrupt(self):
        """Ctrl-C, which a terminal sends to the whole group."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
            self.process.wait(20)
        return self.process.returncode


@pytest.fixture
def run(request):
    state = tempfile.mkdtemp(prefix="auth-run-")
    os.chmod(state, 0o755)  # the workers are somebody else
    started = []

    def start(**kwargs):
        started.append(Run(state, **kwargs))
        return started[-1]

    if request.config.getoption("--nginx") != \
            os.path.abspath(shutil.which("nginx") or "/usr/sbin/nginx"):
        pytest.skip("it runs Debian's nginx, whichever is tested")
    yield start
    for each in started:
        each.interrupt()
    shutil.rmtree(state, ignore_errors=True)


def visit(port, name):
    """What a person does on the first day."""
    browser = Browser(port)
    assert browser.get("/").status == 200
    assert browser.get("/private/").status == 302
    register(browser, name)
    login(browser, name)
    assert is_logged_in(browser)
    assert browser.get("/private/").status == 200
    assert browser.post("/logout").status == 303
    assert browser.get("/private/").status == 302


def test_first_day_and_the_next(run):
    first = run().wait()
    assert f"http://localhost:{first.port}/" in first.text()
    visit(first.port, "alice")
    first.interrupt()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", first.port), 1)

    second = run(port=first.port).wait()
    login(Browser(second.port), "alice")  # still there


def test_mongodb(run, mongo_server):
    store = MongoStore(mongo_server)
    try:
        server = run(MONGO_URI=store.uri).wait()
        visit(server.port, "alice")
        assert store.find("alice")["password"].startswith("$argon2id$")
    finally:
        store.close()


def test_port_that_is_taken(run):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = run(port=taken.getsockname()[1])
        assert server.process.wait(300) != 0
        assert "PORT=" in server.text()
