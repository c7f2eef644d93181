"""A way to a MongoDB server on which single commands fail, as they do with a
server's failpoints, but by collection; and a black hole."""

import socket
import threading
import time
from dataclasses import dataclass

import bson

from .mongo_wire import (OP_MSG, answer, answered_number, command_in,
                         read_message)
from .tcp_server import TcpServer


@dataclass(frozen=True)
class Fault:
    """What becomes of a command. `code` is an error of the server's. From a
    command that `silences` on, the way is silent. `delay`: seconds until it
    goes on, whatever becomes of it then."""
    reaches_the_server: bool
    code: int = 0
    ends_the_connection: bool = False
    silences: bool = False
    delay: float = 0


def refused(code):
    """The server answers with an error, and has done nothing."""
    return Fault(False, code)


def late(delay):
    """Nothing is wrong but the time."""
    return Fault(True, delay=delay)


def unconfirmed(code):
    """The server has done it, and adds an error of its write concern."""
    return Fault(True, code)


CLOSED = Fault(False, ends_the_connection=True)
ANSWER_LOST = Fault(True, ends_the_connection=True)
NO_ANSWER = Fault(False)
SILENCE = Fault(False, silences=True)
SILENCE_AFTER = Fault(True, silences=True)


class MongoProxy(TcpServer):
    """Passes on what it gets to the server on `port`, but for the faults. While
    `silent` it takes connections and whatever they send, and passes on
    nothing."""

    def __init__(self, port):
        self.silent = False
        self.met = []  # the commands that a fault has met
        self._port = port
        self._faults = {}
        self._lock = threading.Lock()
        self._connections = set()
        super().__init__()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def fail(self, fault, *where, times=None):
        """Each command in `where`, a pair of its name and its collection, meets
        the fault, the next `times` of them or all. Others go on as they do."""
        with self._lock:
            self._faults.update((each, [fault, times]) for each in where)

    def heal(self):
        """Nothing fails any more. What was swallowed stays unanswered."""
        with self._lock:
            self._faults, self.met = {}, []
            was_silent, self.silent = self.silent, False
            connections = list(self._connections) if was_silent else []
        for connection in connections:
            _end(connection)

    def serve(self, connection):
        client = connection.request
        with socket.create_connection(("127.0.0.1", self._port)) as server:
            pair = _Pair(self, client, server)
            with self._lock:
                self._connections |= {client, server}
            back = threading.Thread(target=pair.pass_answers, daemon=True)
            back.start()
            pair.pass_commands()
            back.join()
            with self._lock:
                self._connections -= {client, server}

    def fault_of(self, command):
        name = next(iter(command))
        which = name, str(command[name])
        with self._lock:
            fault, times = self._faults.get(which, (None, 0))
            if times == 0:
                return None
            if times is not None:
                self._faults[which][1] -= 1
            self.met.append(which)
            self.silent = self.silent or fault.silences
            return fault


class _Pair:
    """A client's connection, and the one to the server that belongs to it."""

    def __init__(self, proxy, client, server):
        self._proxy, self._client, self._server = proxy, client, server
        self._late = {}  # the faults of commands that the server has got

    def pass_commands(self):
        while message := read_message(self._client):
            if not self._proxy.silent:
                self._pass(*message)
        self._end()

    def _pass(self, number, operation, body, raw):
        fault = None
        if operation == OP_MSG:
            fault = self._proxy.fault_of(command_in(operation, body))
            time.sleep(fault.delay if fault else 0)
        if fault is None or fault.reaches_the_server:
            if fault:
                self._late[number] = fault
            _send(self._server, raw)
        elif fault.ends_the_connection:
            self._end()
        elif fault.code:
            _send(self._client, answer(number, {
                "ok": 0.0, "code": fault.code, "errmsg": "a failpoint",
                "codeName": "Failpoint"}))

    def pass_answers(self):
        while message := read_message(self._server):
            _, _, body, raw = message
            number = answered_number(raw)
            fault = self._late.pop(number, None)
            if self._proxy.silent:
                continue
            if fault is None:
                _send(self._client, raw)
            elif fault.ends_the_connection:
                self._end()
            elif fault.code == 0:
                _send(self._client, raw)
            else:
                reply = bson.decode(body[5:])
                reply["writeConcernError"] = {"code": fault.code,
                                              "errmsg": "a failpoint"}
                _send(self._client, answer(number, reply))
        self._end()

    def _end(self):
        _end(self._client)
        _end(self._server)


def _send(connection, data):
    try:
        connection.sendall(data)
    except OSError:
        pass  # it has ended; its reader finds out


def _end(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
