"""One nginx in a temporary folder on free ports, and what has to hold when a
test is over: nothing alarming in its log, no dead worker, no client's socket
left behind, an orderly end."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from .folders import temporary_folder
from .http_client import Browser, Client
from .ports import free_port
from .workers import open_files, user_directive

CONFIGURATION = """\
daemon off;
worker_processes %%WORKERS%%;
%%USER%%
%%LOAD_MODULE%%
pid %%DIR%%/nginx.pid;
error_log %%DIR%%/error.log %%LOG_LEVEL%%;
%%MAIN%%

events {
    worker_connections 512;
}

http {
    access_log %%DIR%%/access.log;
    client_body_temp_path %%DIR%%/client_body;
    proxy_temp_path %%DIR%%/proxy;
    fastcgi_temp_path %%DIR%%/fastcgi;
    uwsgi_temp_path %%DIR%%/uwsgi;
    scgi_temp_path %%DIR%%/scgi;

%%HTTP%%
}
"""

# What no test may leave in an error log, or on nginx's standard error.
SANITIZER = re.compile(r"Sanitizer|runtime error:")
ALARMING = re.compile(r"\[alert\]|\[emerg\]|\[crit\]"
                      r"|exited on signal|exited with code [^0\n]"
                      f"|{SANITIZER.pattern}")

# The cheapest hash that is allowed, half the default: a realm has it that has
# %%HASH%% in its configuration, unless its %%REALM%% names another.
CHEAP = "password_hash argon2id memory=7m time=5;"

# How long a test waits for what has to come, in seconds: on a machine that does
# much else besides, anything may take that long.
PATIENCE = 60


class Nginx:
    """A configuration is a text for the http block. In it, %%PORT%% (and
    %%PORT1%%, %%PORT2%% …) are free ports, %%DIR%% is the server's folder, and
    %%NAME%% is the keyword argument `name`."""

    def __init__(self, program, module, http, *, workers=2, main="",
                 log_level="info", environment=None, wrapper=(),
                 address="127.0.0.1", **names):
        self.program = program
        self.wrapper = wrapper  # a program that runs nginx, such as valgrind
        self.address = address  # where it listens
        self.module = module
        self.folder = temporary_folder("auth-nginx-")
        os.chmod(self.folder, 0o755)  # the workers may be somebody else
        self.ports = {}
        self.allowed = []
        self.environment = {**os.environ, **(environment or {})}
        # For an nginx that is built with sanitizers; what they report is in
        # ALARMING. nginx and a module have some tables of the same name.
        self.environment.setdefault("ASAN_OPTIONS", "detect_odr_violation=0")
        self.environment.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
        load = "" if module is None else f"load_module {module};"
        self._names = {"DIR": self.folder, "LOAD_MODULE": load, "MAIN": main,
                       "USER": user_directive(), "WORKERS": workers,
                       "LOG_LEVEL": log_level, "REALM": "", "SERVER": "",
                       **{k.upper(): v for k, v in names.items()}}
        self._names.setdefault("HASH", "" if "password_hash" in
                               self._names["REALM"] else CHEAP)
        self._process = None
        self._stderr = Path(self.folder, "stderr")
        self._first_workers = []
        self._reloaded = False
        self._finished = self._stopped = False
        self.write(http)

    # Configuration

    def write(self, http):
        """Replaces the configuration; reload() makes nginx read it."""
        self.configuration = self._fill(
            CONFIGURATION.replace("%%HTTP%%", http))
        Path(self.folder, "nginx.conf").write_text(self.configuration)

    def edit(self, old, new):
        """Replaces a text in the configuration; reload() makes nginx read
        it."""
        assert old in self.configuration, old
        self.configuration = self.configuration.replace(old, new)
        Path(self.folder, "nginx.conf").write_text(self.configuration)

    @property
    def configuration_path(self):
        return os.path.join(self.folder, "nginx.conf")

    def test(self):
        """nginx -t: (exit status, what it said)."""
        return self._run_to_the_end("-t")

    def start_in_vain(self):
        """nginx without -t, of a configuration that it refuses: the same."""
        return self._run_to_the_end()

    def _run_to_the_end(self, *arguments):
        environment = dict(self.environment)
        # -t and a configuration that is refused leave nginx's pools as they are
        environment["ASAN_OPTIONS"] += ":detect_leaks=0"
        done = subprocess.run(
            [*self._command(), *arguments], text=True, timeout=60,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment,
            check=False)
        assert not SANITIZER.search(done.stdout), done.stdout
        return done.returncode, done.stdout

    def _fill(self, text):
        def value(match):
            name = match.group(1)
            if name.startswith("PORT"):
                return str(self.ports.setdefault(name, free_port()))
            return str(self._names[name])

        while True:
            filled = re.sub(r"%%([A-Z0-9_]+)%%", value, text)
            if filled == text:
                return text
            text = filled

    # Life

    def start(self, wait=True):
        with open(self._stderr, "ab") as stderr:
            self._process = subprocess.Popen(
                self._command(), stdin=subprocess.DEVNULL, stdout=stderr,
                stderr=stderr, env=self.environment, cwd=self.folder,
                start_new_session=True)
        if wait:
            self.wait_until_it_accepts()
            self._first_workers = self.wait_for_workers()
        return self

    def reload(self):
        """SIGHUP; returns when new workers have taken over."""
        before = self.workers()
        self._reloaded = True
        os.kill(self._process.pid, signal.SIGHUP)
        eventually(lambda: self.workers()
                   and not set(self.workers()) & set(before),
                   f"no new workers after a reload: {self.error_log[-2000:]}")
        self.wait_until_it_accepts()

    def expect_new_workers(self):
        """After a test has killed all of them: waits for the next ones."""
        eventually(lambda: not set(self.workers()) & set(self._first_workers),
                   "the old workers live on")
        self.expect_these_workers()

    def expect_these_workers(self):
        """After a test has killed some of them: those of now have to live."""
        self._first_workers = self.wait_for_workers()

    def stop(self):
        """SIGQUIT, and waits for the orderly end."""
        if self._process is None or self._process.poll() is not None:
            return
        self._stopped = True
        self._process.send_signal(signal.SIGQUIT)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(
                f"nginx did not end {PATIENCE} s after SIGQUIT") from None

    def terminate(self):
        """SIGTERM; returns what was said on standard error."""
        self._process.terminate()
        self._process.wait(60)
        return read_text(self._stderr)

    def kill(self):
        if self._process is not None and self._process.poll() is None:
            workers = self.children()
            self._process.kill()
            self._process.wait()
            for pid in workers:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass

    def restart(self, how=signal.SIGQUIT):
        """Ends the master, or with SIGKILL all processes, and starts anew."""
        if how == signal.SIGKILL:
            self.kill()
        else:
            self._process.send_signal(how)
            self._process.wait(PATIENCE)
        self.start()

    def finish(self):
        """The end of a test: everything that has to hold after any of them.
        A test may call it itself, to start the next server."""
        if self._finished:
            return
        self._finished = True
        try:
            if self._stopped:
                assert self._process.returncode == 0, self._everything_said()
            elif self._process is not None:
                assert self._process.poll() is None, (
                    "nginx is gone:\n" + self._everything_said())
                if not self._reloaded:
                    assert self._first_workers == self.workers(), (
                        "a worker died:\n" + self._everything_said())
                self._every_worker_answers()
                self._no_client_socket_is_left()
                self.stop()
                assert self._process.returncode == 0, self._everything_said()
            self.assert_quiet_log()
        finally:
            self.kill()

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    # What is going on

    @property
    def pid(self):
        """The master's."""
        return self._process.pid

    def children(self):
        """Process ids of the workers, also of those that are shutting down."""
        if self._process is None:
            return []
        pid = self._process.pid
        children = read_text(Path(f"/proc/{pid}/task/{pid}/children"))
        return [int(pid) for pid in children.split()]

    def workers(self):
        """Process ids of the workers that take connections."""
        found = []
        for pid in self.children():
            try:
                title = Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                continue
            if (title.startswith(b"nginx: worker process")
                    and b"shutting down" not in title):
                found.append(pid)
        return sorted(found)

    def wait_for_workers(self):
        count = int(self._names["WORKERS"])
        eventually(lambda: self._process.poll() is not None
                   or len(self.workers()) == count,
                   f"{count} workers did not start")
        assert self._process.poll() is None, (
            "nginx has ended:\n" + self._everything_said())
        return self.workers()

    @property
    def error_log(self):
        return read_text(Path(self.folder, "error.log"))

    @property
    def access_log(self):
        return read_text(Path(self.folder, "access.log"))

    def wait_for_log(self, pattern, seconds=PATIENCE):
        eventually(lambda: re.search(pattern, self.error_log),
                   f"nothing like {pattern!r} in the log", seconds)
        return re.search(pattern, self.error_log)

    def allow(self, pattern):
        """Lets lines like this in the error log pass at the end."""
        self.allowed.append(re.compile(pattern))

    def assert_quiet_log(self):
        lines = (self.error_log + read_text(self._stderr)).splitlines()
        bad = [line for line in lines if ALARMING.search(line)
               and not any(p.search(line) for p in self.allowed)]
        assert not bad, "in the error log:\n" + "\n".join(bad) + (
            "\n\n" + "\n".join(lines[-100:])
            if SANITIZER.search("\n".join(bad)) else "")

    # Requests

    @property
    def port(self):
        return self.ports["PORT"]

    def client(self, port="PORT", tls=False):
        return Client(self.ports[port], tls, self.address)

    def browser(self, port="PORT", tls=False, name="127.0.0.1"):
        return Browser(self.ports[port], tls, name, self.address)

    # Details

    def _command(self):
        return [*self.wrapper, self.program, "-p", self.folder,
                "-e", f"{self.folder}/error.log",
                "-c", self.configuration_path]

    def _listening(self):
        """Of our ports, those that the configuration listens on."""
        wanted = set(re.findall(r"\blisten\s+(?:[\d.]+:)?(\d+)",
                                self.configuration))
        return [port for port in self.ports.values() if str(port) in wanted]

    def wait_until_it_accepts(self):
        def accepts():
            assert self._process.poll() is None, (
                "nginx does not start:\n" + self._everything_said())
            for port in self._listening():
                try:
                    socket.create_connection((self.address, port), 1).close()
                except OSError:
                    return False
            return True

        eventually(accepts, "nginx does not accept connections")

    def _every_worker_answers(self):
        """Nobody died with a lock of the shared memory in his hand."""
        for port in self._listening():
            for _ in range(2 * int(self._names["WORKERS"])):
                with socket.create_connection((self.address, port),
                                              PATIENCE) as probe:
                    # plain HTTP on a TLS port is answered with 400: enough
                    probe.sendall(b"GET / HTTP/1.1\r\nHost: probe\r\n"
                                  b"Cookie: ngx_auth=" + b"A" * 43 +
                                  b"\r\nConnection: close\r\n\r\n")
                    assert probe.recv(1), "no answer at the end of the test"

    def _no_client_socket_is_left(self):
        # Most are closed in a moment. The table of all connections takes the
        # kernel long to write.
        for _ in range(3):
            if not self._sockets_of(self.workers()):
                return
            time.sleep(0.02)
        eventually(lambda: not self.client_sockets(),
                   "sockets of clients are left open")

    def client_sockets(self):
        """Connections of clients that the workers have open."""
        workers = self.workers()
        inodes = self._sockets_of(workers)
        return self._accepted(inodes, workers[0]) if inodes else []

    def _sockets_of(self, workers):
        """What these have open and the master has not."""
        return set().union(*map(sockets, workers)) - sockets(self.pid)

    def _accepted(self, inodes, pid):
        """Of these sockets, those accepted on our ports, as the process's
        network has them."""
        ports = self._listening()
        found = []
        for line in read_text(Path(f"/proc/{pid}/net/tcp")).splitlines()[1:]:
            fields = line.split()
            port = int(fields[1].rpartition(":")[2], 16)
            listening = fields[3] == "0A"
            if port in ports and not listening and fields[9] in inodes:
                found.append(line)
        return found

    def _everything_said(self):
        return (read_text(self._stderr) + self.error_log)[-4000:]


def sockets(pid):
    """The inodes of a process's sockets."""
    return {name[8:-1] for name in open_files(pid)
            if name.startswith("socket:[")}


def read_text(path):
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def eventually(condition, complaint, seconds=PATIENCE):
    """Waits until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.01)


def in_some_attempt(attempt, complaint, attempts=20):
    """For what a machine that is busy can spoil but never mend: in a process
    that stands still for a second something else is over before it goes on.
    attempt(number) is whether it was seen this time."""
    assert any(attempt(number) for number in range(attempts)), complaint
