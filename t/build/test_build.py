"""What ./configure says, what comes out of a build of one's own, and what the
module shows to others."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from harness import own_build
from harness.accounts import SITE, is_logged_in, login, register
from harness.nginx_server import Nginx
from harness.shipped import ROOT

SOURCE = Path("/usr/share/nginx/src")

# What ./configure looks for, and the Debian package that has it.
PACKAGES = {
    "argon2": "libargon2-dev", "sodium": "libsodium-dev",
    "mongoc-1.0": "libmongoc-dev", "sqlite3": "libsqlite3-dev",
    "zxcvbn": "libzxcvbn-dev", "utf8proc": "libutf8proc-dev",
    "crypt": "libcrypt-dev", "ctemplate": "libctemplate-dev",
    "ssl": "libssl-dev"}

# A compiler that does not find some libraries.
COMPILER = """#!/bin/sh
for argument; do
    case $argument in
        %s) echo "cannot find $argument" >&2; exit 1 ;;
    esac
done
exec cc "$@"
"""


@pytest.mark.once
@pytest.mark.parametrize("missing", [["ctemplate"], [*PACKAGES]],
                         ids=["one", "all"])
def test_configure_names_missing_libraries(tmp_path, missing):
    if not SOURCE.is_dir():
        pytest.skip("Debian's nginx-dev is not here")
    compiler = tmp_path / "cc"
    compiler.write_text(COMPILER % "|".join(f"-l{name}" for name in missing))
    compiler.chmod(0o755)
    done = subprocess.run(
        [str(SOURCE / "configure"), f"--builddir={tmp_path}/objs",
         f"--with-cc={compiler}", "--without-http_rewrite_module",
         "--without-http_gzip_module", f"--add-dynamic-module={ROOT}"],
        cwd=SOURCE, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=120, check=False)
    assert done.returncode == 1
    assert "ngx_http_auth_module needs" in done.stdout
    [advice] = re.findall("apt-get install (.*)", done.stdout)
    assert sorted(advice.split()) == sorted(PACKAGES[name] for name in missing)


# Building takes a minute, and longer beside other programs.
OWN_BUILD = pytest.mark.timeout(1500)

LISTEN_TLS = """%%PORT%% ssl;
        ssl_certificate %%CERT%%;
        ssl_certificate_key %%KEY%%;
"""


@pytest.fixture
def finished():
    """finished(server) examines and removes it at the end of the test."""
    servers = []

    def start(server):
        servers.append(server)
        return server.start()

    yield start
    for server in servers:
        try:
            server.finish()
        finally:
            server.remove()


@pytest.mark.once
@OWN_BUILD
def test_module_built_without_tls_options_in_an_nginx_with_tls(
        request, tmp_path_factory, finished, sqlite_store, tls_files):
    built = own_build.module(tmp_path_factory)
    server = finished(Nginx(
        request.config.getoption("--nginx"),
        str(built / "objs/ngx_http_auth_module.so"),
        SITE.replace("%%PORT%%;", LISTEN_TLS), store=sqlite_store.uri,
        realm="", server="", **tls_files))
    browser = server.browser(tls=True)
    register(browser, "alice")
    cookies = login(browser, "alice").cookies
    assert cookies
    for name, (_, attributes) in cookies.items():
        assert name.startswith("__Host-") and "Secure" in attributes
    assert is_logged_in(browser)
    form = {"username": "alice", "password": "wrong"}
    for scheme, status in (("https", 401), ("http", 403)):
        answer = server.browser(tls=True).post("/login", form, headers={
            "Sec-Fetch-Site": None,
            "Origin": f"{scheme}://127.0.0.1:{server.port}"})
        assert answer.status == status, scheme


@pytest.mark.once
@OWN_BUILD
def test_build_of_ones_own_knows_every_file(tmp_path):
    """Of each room one is compiled, with nothing but what configure found."""
    own_build.configure(tmp_path, "--add-module", rooms=None)
    files = [file for file in (ROOT / "src").rglob("*.cpp")
             if file.relative_to(ROOT / "src").parts[0] != "admin"]
    objects = {f"objs/addon/{file.parent.name}/{file.stem}.o": file
               for file in files}
    makefile = (tmp_path / "objs/Makefile").read_text()
    rules = set(re.findall(r"^\S*?(objs/addon/\S+\.o):\t", makefile,
                           re.MULTILINE))
    assert rules == set(objects) | {
        f"objs/addon/{ROOT.name}/ngx_http_auth_module.o"}
    smallest = {}
    for name, file in objects.items():
        room = file.relative_to(ROOT / "src").parts[0]
        size = file.stat().st_size
        smallest[room] = min(smallest.get(room, (size, name)), (size, name))
    for _, name in smallest.values():
        own_build.make(tmp_path, f"{tmp_path}/{name}")
        assert (tmp_path / name).stat().st_size > 0


@pytest.mark.once
@OWN_BUILD
def test_warnings_are_no_errors_in_a_build_of_ones_own(tmp_path_factory):
    output = (own_build.module(tmp_path_factory) / "said").read_text()
    files = len(list((ROOT / "src/nginx").rglob("*.cpp")))
    assert files > 20
    assert len(re.findall("warning: .unused_in_every_file", output)) >= files


@pytest.mark.once
@OWN_BUILD
def test_static_build_needs_nginx_only(tmp_path_factory, tmp_path):
    assert own_build.undefined_in_static_link(
        tmp_path_factory, tmp_path) == set()


def test_exports_are_nginx_s_own(request):
    """The module is loaded with RTLD_GLOBAL: other names would meet those of
    other modules."""
    if shutil.which("nm") is None:
        pytest.skip("binutils are not here")
    module = request.config.getoption("--module")
    if module is None:
        pytest.skip("the module is linked in")
    lines = subprocess.run(
        ["nm", "-D", "--defined-only", module], check=True,
        capture_output=True, text=True).stdout.splitlines()
    names = {line.split()[-1].partition("@")[0] for line in lines}
    assert names <= {"ngx_modules", "ngx_module_names", "ngx_module_order",
                     "ngx_http_auth_module"}
    assert "ngx_modules" in names


def collected(*arguments):
    """What ./build.sh test would run with these arguments, and what it says
    of itself."""
    done = subprocess.run(
        [str(ROOT / "build.sh"), "test", "--collect-only", *arguments],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        timeout=300, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return re.findall(r"^t/.*", done.stdout, re.MULTILINE), done.stderr


@pytest.mark.once
def test_build_script_is_short():
    """It is for a first run; CMake builds."""
    assert (ROOT / "build.sh").read_text().count("\n") < 250


@pytest.mark.once
def test_arguments_of_build_test_are_pytest_s():
    """They select black-box tests, and nothing but these is run."""
    file = "t/build/test_run.py"
    tests, progress = collected(file)
    assert tests and all(test.startswith(file + "::") for test in tests)
    assert "black-box tests on" in progress
    assert "unit tests" not in progress and "fuzzing" not in progress
    tests, _ = collected("-k", "bill_of")
    assert tests == ["t/build/test_build.py::test_bill_of_materials"]


@pytest.mark.once
def test_bill_of_materials():
    """Each library that the module is linked with, in the version that is
    installed."""
    done = subprocess.run([str(ROOT / "build.sh"), "sbom"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    bill = json.loads(done.stdout)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    heading = (ROOT / "CHANGELOG.md").read_text()
    assert f"## {bill['metadata']['component']['version']}" in heading
    versions = {component["name"]: component["version"]
                for component in bill["components"]}
    for package in ("libargon2-1", "libsodium23", "libmongoc-1.0-0",
                    "libsqlite3-0", "libctemplate3", "nlohmann-json3-dev"):
        installed = subprocess.run(
            ["dpkg-query", "-W", "-f", "${Version}", package], text=True,
            stdout=subprocess.PIPE, check=True).stdout
        assert versions[package] == installed
    for component in bill["components"]:
        assert component["purl"].startswith(
            f"pkg:deb/debian/{component['name']}@")
