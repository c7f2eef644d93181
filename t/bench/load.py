"""Clients: as many requests as a server can answer (wrk, h2load), a request now
and then, and more requests than it can answer."""

import gc
import os
import re
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlencode

from figures import percentile

UNITS = {"us": 0.001, "ms": 1, "s": 1000, "m": 60000}
PACE = 0.005  # seconds between two requests of paced()


class Wrk:
    """wrk, from now on; result() is {requests, rate, p50_ms, p99_ms}. `script`
    is one of this folder, and its arguments."""

    def __init__(self, url, headers, connections, seconds, form=None,
                 script=(), threads=1):
        self._script = None
        options = [f"-H{name}: {value}" for name, value in headers.items()]
        file, *arguments = script or (None,)
        if file:
            options += ["-s", Path(__file__).with_name(file)]
        if form:
            options += ["-s", self._posting(form)]
        self._wrk = subprocess.Popen(
            ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s",
             "--timeout", "30s", "--latency", *options, url, "--", *arguments],
            stdout=subprocess.PIPE, text=True)

    def _posting(self, form):
        with tempfile.NamedTemporaryFile("w", suffix=".lua",
                                         delete=False) as script:
            script.write(
                'wrk.method = "POST"\n'
                f'wrk.body = "{urlencode(form)}"\n'
                'wrk.headers["Content-Type"] ='
                ' "application/x-www-form-urlencoded"\n')
        self._script = script.name
        return self._script

    def result(self):
        output = self._wrk.communicate(timeout=120)[0]
        if self._script:
            os.unlink(self._script)
        assert self._wrk.returncode == 0 and "Non-2xx" not in output, output

        def latency(share):
            number, unit = re.search(rf" {share}% +([\d.]+)(\w+)",
                                     output).groups()
            return float(number) * UNITS[unit]

        return {"requests": int(re.search(r"(\d+) requests in",
                                          output).group(1)),
                "rate": float(re.search(r"Requests/sec: +([\d.]+)",
                                        output).group(1)),
                "p50_ms": latency(50), "p99_ms": latency(99)}


def h2load(url, headers, connections, seconds):
    """The same over HTTP/2, one request at a time on each connection. h2load
    may never end if it is told how long to go on (-D): it is told how many
    requests that makes, which short runs tell."""
    requests = 10 * connections
    for part in 0.2, 1:
        answered = h2load_requests(url, headers, connections, requests)
        requests = max(int(answered["rate"] * seconds * part), connections)
    return h2load_requests(url, headers, connections, requests)


def h2load_requests(url, headers, connections, requests):
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        output = subprocess.run(
            ["h2load", "-t1", f"-c{connections}", "-m1", f"-n{requests}",
             f"--log-file={log}",
             *[f"-H{name}: {value}" for name, value in headers.items()], url],
            check=True, capture_output=True, text=True, timeout=120).stdout
        answers = [line.split("\t") for line in log.read_text().splitlines()]
    failed = [status for _, status, _ in answers if status != "200"]
    assert not failed, (failed[:5], output)
    took = [int(microseconds) / 1000 for _, _, microseconds in answers]
    assert took, output
    return {"rate": float(re.search(r", ([\d.]+) req/s", output).group(1)),
            "p50_ms": percentile(took, 0.5), "p99_ms": percentile(took, 0.99)}


def request_bytes(path, headers, form=None):
    body = urlencode(form) if form else ""
    lines = [f"{'POST' if form else 'GET'} {path} HTTP/1.1", "Host: 127.0.0.1",
             *(f"{name}: {value}" for name, value in headers.items())]
    if form:
        lines += ["Content-Type: application/x-www-form-urlencoded",
                  f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def connect(port):
    connection = socket.create_connection(("127.0.0.1", port), 60)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def read_answer(connection):
    """The status of an answer that has a Content-Length."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        piece = connection.recv(65536)
        if not piece:
            return 0
        answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    size = re.search(rb"Content-Length: (\d+)", head)
    left = (int(size.group(1)) if size else 0) - len(body)
    while left > 0:
        left -= len(connection.recv(65536)) or left
    return int(head.split()[1])


def paced(port, path, headers, seconds):
    """How long each answer takes, in ms, at a steady pace on one connection,
    and how many were no 200, which do not count."""
    request = request_bytes(path, headers)
    took, failed = [], 0
    connection = connect(port)
    due = time.perf_counter()
    end = due + seconds
    gc.disable()
    while due < end:
        time.sleep(max(0, due - time.perf_counter()))
        started = time.perf_counter()
        connection.sendall(request)
        if read_answer(connection) == 200:
            took.append(1000 * (time.perf_counter() - started))
        else:
            failed += 1
            connection.close()
            connection = connect(port)
        # a server that is behind gets no burst
        due = max(due + PACE, time.perf_counter() - PACE)
    gc.enable()
    connection.close()
    return took, failed


def status_of(port, request):
    """Of a request on a connection of its own; 0 if there was no answer."""
    try:
        with connect(port) as connection:
            connection.sendall(request)
            return int(connection.recv(65536).split()[1])
    except (OSError, IndexError):
        return 0


def one_by_one(port, request, seconds):
    """[(status, ms)] of requests of which each waits for the last."""
    return offered(port, [request] * 100_000, None, seconds)


def offered(port, requests, rate, seconds):
    """[(status, ms)] of requests that come `rate` times a second, whether or
    not the server keeps up; without a rate, each after the last."""
    answers = []

    def ask(request):
        started = time.perf_counter()
        status = status_of(port, request)
        answers.append((status, 1000 * (time.perf_counter() - started)))

    threads = []
    began = time.perf_counter()
    for number, request in enumerate(requests):
        if time.perf_counter() - began > seconds:
            break
        if rate is None:
            ask(request)
            continue
        time.sleep(max(0, began + number / rate - time.perf_counter()))
        threads.append(threading.Thread(target=ask, args=(request,)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    return answers
