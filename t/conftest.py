"""Fixtures of the black-box tests; what they do is in harness/."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from harness import accounts, certificate, stores  # noqa: E402
from harness.chromium import Chromium  # noqa: E402
from harness.mongo_server import GivenMongoServer, MongoServer  # noqa: E402
from harness.nginx_server import Nginx  # noqa: E402
from harness.security_rows import rows, rows_of  # noqa: E402
from harness.upstream import Upstream  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser):
    parser.addoption(
        "--nginx", metavar="PATH",
        default=os.environ.get("NGINX_BINARY")
        or shutil.which("nginx") or "/usr/sbin/nginx",
        help="the nginx to test with (NGINX_BINARY; default: nginx)")
    parser.addoption(
        "--module", metavar="PATH",
        default=os.environ.get("NGINX_MODULE")
        or str(ROOT / "build/ngx_http_auth_module.so"),
        help="the module (NGINX_MODULE; default: build/…); \"static\": it is "
             "linked in")
    parser.addoption(
        "--store", choices=["sqlite", "mongodb"],
        help="sqlite: no test on MongoDB; mongodb: only those")


# Fixtures that a test on MongoDB alone has.
MONGO_FIXTURES = {"mongo_server", "own_mongo_server", "scram_server",
                  "mongo_store"}


def needs_mongodb(item):
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    return ("mongodb" in parameters.values()
            or not MONGO_FIXTURES.isdisjoint(item.fixturenames))


def is_wanted(item, store):
    return store is None or needs_mongodb(item) == (store == "mongodb")


def mark_rows(items):
    """Marks tests by the rows of docs/security.md: pytest -m A18."""
    marks = {}
    for item in items:
        named = (item.path.name, item.originalname)
        if named not in marks:
            marks[named] = rows_of(*named)
        for row in marks[named]:
            item.add_marker(row)


def pytest_collection_modifyitems(config, items):
    mark_rows(items)
    store = config.getoption("--store")
    left_out = [item for item in items if not is_wanted(item, store)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if is_wanted(item, store)]


def pytest_configure(config):
    # nginx runs in a folder of its own
    config.option.nginx = os.path.abspath(config.option.nginx)
    config.option.module = None if config.option.module == "static" \
        else os.path.abspath(config.option.module)
    for row in rows():
        config.addinivalue_line("markers", f"{row}: see docs/security.md")


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    """Fixtures find out whether their test failed."""
    outcome = yield
    report = outcome.get_result()
    if report.when == "call":
        item.failed = report.failed


@pytest.fixture
def nginx(request):
    """nginx(configuration of http, **options) starts a server, and
    nginx.prepare(…) only writes its configuration; see harness.nginx_server.
    Each is examined and removed at the end of the test."""
    program = request.config.getoption("--nginx")
    module = request.config.getoption("--module")
    servers = []

    def prepare(http, **options):
        server = Nginx(program, module, http, **options)
        servers.append(server)
        return server

    def start(http, **options):
        return prepare(http, **options).start()

    start.prepare = prepare
    yield start

    complaints = []
    for server in reversed(servers):
        try:
            if getattr(request.node, "failed", False):
                request.node.add_report_section(
                    "call", "error.log", server.error_log[-6000:])
                server.kill()
            else:
                server.finish()
        except (AssertionError, OSError) as complaint:
            complaints.append(complaint)
        finally:
            server.remove()
    if complaints:
        raise complaints[0]


@pytest.fixture
def site(nginx):
    """site(store) starts a server with the five pages on one realm. realm=…
    and server=… are more directives for the two blocks, http=… for http."""

    def start(store, realm="", server="", http="", **options):
        return nginx(http + accounts.SITE, store=store.uri, realm=realm,
                     server=server, **options)

    return start


@pytest.fixture
def limited(nginx, sqlite_store):
    """limited(directives) starts a server that limits attempts, where alice,
    or all of `names`, have an account."""

    def start(limits="", realm="", http=accounts.LIMITED,
              names=("alice",), **options):
        server = nginx(http, store=sqlite_store.uri, limits=limits,
                       realm=realm, **{"server": "", **options})
        for name in names:
            accounts.register(server.client(), name)
        return server

    return start


@pytest.fixture(scope="session")
def unsanitized_nginx(request):
    """The program that is tested; skips the test if it has sanitizers, whose
    memory is no measure."""
    program = request.config.getoption("--nginx")
    output = subprocess.run([program, "-V"], capture_output=True, text=True,
                          check=True).stderr
    if "-fsanitize" in output:
        pytest.skip("nginx is built with a sanitizer")
    return program


@pytest.fixture(scope="session")
def tls_files(tmp_path_factory):
    """Options for a server that speaks TLS: %%CERT%% and %%KEY%%."""
    return certificate.make(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def upstream():
    """An application that nginx can pass requests to."""
    application = Upstream()
    yield application
    application.close()


@pytest.fixture(scope="session")
def chromium():
    """A browser for all tests."""
    browser = Chromium()
    yield browser
    browser.close()


@pytest.fixture
def tab(chromium, nginx):
    """A tab of a fresh profile; closed before nginx ends, because it keeps
    connections."""
    tab = chromium.tab()
    yield tab
    tab.close()


@pytest.fixture(scope="session")
def mongo_server():
    """A MongoDB server for all tests: MONGO_URI's, else one of our own."""
    uri = os.environ.get("MONGO_URI")
    server = GivenMongoServer(uri) if uri else MongoServer()
    yield server
    server.close()


@pytest.fixture
def own_mongo_server():
    """A server for this test alone, which it may stop and freeze."""
    server = MongoServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def scram_server():
    """A server that lets nobody in without SCRAM-SHA-256."""
    server = MongoServer(auth=True)
    yield server
    server.close()


@pytest.fixture
def sqlite_store():
    store = stores.SqliteStore()
    yield store
    store.close()


@pytest.fixture
def other_store():
    """A second one, for another realm."""
    store = stores.SqliteStore()
    yield store
    store.close()


@pytest.fixture
def mongo_store(mongo_server):
    store = stores.MongoStore(mongo_server)
    yield store
    store.close()


@pytest.fixture(params=["sqlite", "mongodb"])
def store(request):
    """Every kind of store in turn."""
    name = {"sqlite": "sqlite_store", "mongodb": "mongo_store"}[request.param]
    return request.getfixturevalue(name)
