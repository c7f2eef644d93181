"""Runs the tests, part by part, and says how long each part took.

./build.sh test sets up what this needs and calls it. Without arguments it runs
everything; arguments go to pytest. With NGINX_SRC everything is run on that
source of nginx, too. What needs nothing but processors runs beside the black-box
tests, to which it gives way: they mostly wait."""

import os
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
CHECKS = ROOT / "t/checks"
JOBS = int(os.environ.get("JOBS") or os.cpu_count())
MODULE = "ngx_http_auth_module.so"

# Black-box tests of Debian's nginx or of ./build.sh: once is enough.
NOT_AGAIN = ["-m", "not once"]


def say(text):
    print(f"==> {text}", file=sys.stderr, flush=True)


def with_mongodb(*command):
    """The command, with MONGO_URI of a server of its own if there is none."""
    if os.environ.get("MONGO_URI"):
        return list(command)
    return [sys.executable, "-m", "harness.mongo_server", *command]


def preset(name, *targets):
    """The commands that build the targets of a preset."""
    return [["cmake", "--preset", name,
             f"-DNGINX_SRC={os.environ.get('NGINX_SRC', '')}"],
            ["cmake", "--build", f"build/{name}", "-j", str(JOBS),
             "--target", *targets, "--", "--quiet"]]


def ctest(name, *selection):
    """Some wait: for a server that does not answer, for a file."""
    return [with_mongodb("ctest", "--preset", name, "-j", str(2 * JOBS),
                         "--progress", *selection)]


def black_box(nginx, module, *arguments):
    """Three times as many at once as there are processors: most of the time
    they wait."""
    return [[sys.executable, "-m", "pytest", "-c", "t/pytest.ini",
             "--rootdir=.", f"--nginx={nginx}", f"--module={module}",
             "-o", f"cache_dir={BUILD}/pytest_cache", "-n", str(3 * JOBS),
             "--dist=worksteal", "-q", "--durations=15", *arguments]]


class Part:
    """Commands that run one after another, until one fails. `after` are parts
    that have to be done before."""

    def __init__(self, name, commands, after=(), environment=()):
        self.name, self.after = name, after
        self._commands = commands
        self._environment = {**os.environ, "PYTHONPATH": str(ROOT / "t"),
                             **dict(environment)}
        # Each process that runs tests would compile all of them again.
        self._environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self.passed = False
        self.processor_seconds = 0.0
        self._done = threading.Event()

    def run(self, output=None, nice=()):
        for part in self.after:
            part._done.wait()
        began = time.monotonic()
        self.passed = all(part.passed for part in self.after) and all(
            self._succeeds([*nice, *command], output)
            for command in self._commands)
        self._done.set()
        self.seconds = time.monotonic() - began

    def _succeeds(self, command, output):
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=output, stderr=output,
            stdin=subprocess.DEVNULL, env=self._environment)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.processor_seconds += usage.ru_utime + usage.ru_stime
        return process.returncode == 0

    def __str__(self):
        return (f"{self.seconds:5.0f} s, {self.processor_seconds:5.0f} s of "
                f"processors  {'passed' if self.passed else 'FAILED'}  "
                f"{self.name}")


class Beside:
    """Parts that run beside the others, two at once, and give way. They begin
    in their order: none is before those that it comes after."""

    def __init__(self, parts):
        self.parts = parts
        self._logs = BUILD / "checks"
        shutil.rmtree(self._logs, ignore_errors=True)
        self._logs.mkdir()
        self._two = ThreadPoolExecutor(2)
        self._running = [self._two.submit(self._run, part) for part in parts]

    def _run(self, part):
        with open(self._log(part), "wb") as log:
            part.run(log, nice=("nice", "-n", "10"))

    def wait(self):
        for part in self._running:
            part.result()

    def _log(self, part):
        return self._logs / part.name.replace(" ", "_")

    def show_failures(self):
        for part in self.parts:
            if not part.passed:
                say(part.name)
                print(self._log(part).read_text(errors="replace"),
                      file=sys.stderr)


def nginx_program():
    return shutil.which("nginx") or "/usr/sbin/nginx"


def black_box_of_debian(*arguments):
    nginx = nginx_program()
    version = subprocess.run([nginx, "-v"], stderr=subprocess.PIPE, text=True,
                             check=True).stderr.split(": ")[-1].strip()
    return Part(f"black-box tests on {version}, {nginx}",
                black_box(nginx, BUILD / MODULE, *arguments))


def parts_on_debian(compiled):
    """(one after another, what runs beside them)"""
    tests = [
        Part("form of the code", [[CHECKS / "form.sh"]]),
        compiled,
        black_box_of_debian(),
        Part("unit tests that measure time",
             ctest("release", "-L", "^alone$"), after=[compiled]),
    ]
    beside = [Part("unit tests, inputs that fuzzing has kept",
                   ctest("release", "-LE", "^alone$"), after=[compiled])]
    return tests, beside


def parts_of_other_nginx(compiled):
    """(one after another, what runs beside them)"""
    sanitized = Part(
        "building the other nginx with AddressSanitizer and UBSan",
        preset("asan", "other_nginx", "ngx-auth-admin"))
    asan = BUILD / "asan"
    # What sanitizers find is in nginx's error log or on standard error, where
    # every test looks: t/harness.
    tests = [Part(
        "black-box tests on it, the module linked in, with sanitizers",
        black_box(asan / "other_nginx/nginx", "static", *NOT_AGAIN),
        after=[sanitized],
        environment={"NGX_AUTH_ADMIN": str(asan / "ngx-auth-admin")})]
    beside = [
        sanitized,
        Part("clang-tidy", [[
            sys.executable, CHECKS / "tidy.py",
            BUILD / "release/compile_commands.json", BUILD / "tidy"]]),
        Part("unit tests under valgrind",
             [with_mongodb(CHECKS / "valgrind.sh")], after=[compiled]),
        Part("unit tests with AddressSanitizer and UBSan",
             preset("asan", "unit_tests", "fuzz_targets") + ctest("asan"),
             after=[sanitized]),
        Part("unit tests with ThreadSanitizer",
             preset("tsan", "unit_tests") + ctest("tsan")),
    ]
    return tests, beside


def main():
    arguments = sys.argv[1:]
    if arguments:
        chosen = black_box_of_debian(*arguments)
        say(chosen.name)
        chosen.run()
        return 0 if chosen.passed else 1

    compiled = Part("compiling the unit tests and fuzz targets",
                    preset("release", "unit_tests", "fuzz_targets"))
    tests, checks = parts_on_debian(compiled)
    if os.environ.get("NGINX_SRC"):
        more_tests, more_checks = parts_of_other_nginx(compiled)
        tests, checks = tests + more_tests, more_checks + checks

    began = time.monotonic()
    beside = Beside(checks)
    for part in tests:
        say(part.name)
        part.run()
    beside.wait()
    beside.show_failures()
    parts = tests + checks
    say(f"{time.monotonic() - began:.0f} s in all")
    print(*parts, sep="\n", file=sys.stderr)
    return 0 if all(part.passed for part in parts) else 1


if __name__ == "__main__":
    sys.exit(main())
