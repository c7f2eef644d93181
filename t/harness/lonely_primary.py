"""A MongoDB primary that has lost its secondaries: it takes writes, which no
majority confirms, and forgets them when it finds the others again."""

import re
import threading
import time

import bson

from .mongo_wire import answer, command_in, read_message
from .tcp_server import TcpServer

HELLO = {"ismaster": True, "isWritablePrimary": True, "helloOk": True,
         "maxWireVersion": 13, "minWireVersion": 0,
         "maxBsonObjectSize": 16 * 1024 * 1024,
         "maxMessageSizeBytes": 48000000, "maxWriteBatchSize": 100000, "ok": 1}
DUPLICATE = {"index": 0, "code": 11000, "keyPattern": {"_id": 1},
             "errmsg": "E11000 duplicate key error"}
NO_MAJORITY = {"code": 64, "errmsg": "waiting for replication timed out"}


class LonelyPrimary(TcpServer):
    """A server on a port of its own. `delay` is how many seconds later than
    the command's wtimeout it answers a write; `alone` may be set to False:
    then a majority confirms at once. `majority_reads` False: it says that it
    does not know the option readConcern; `write_concern` False: the same of
    that option."""

    def __init__(self):
        self.delay = 0
        self.alone = True
        self.majority_reads = self.write_concern = True
        self.here, self.everywhere = [], []
        self.asked = []
        self._lock = threading.Lock()
        super().__init__()

    def serve(self, connection):
        while self._answer_one(connection.request):
            pass

    def uri(self, options=""):
        return f"mongodb://127.0.0.1:{self.port}/d?{options}"

    def roll_back(self):
        """The others are found again, and know nothing of what was written."""
        with self._lock:
            self.here = [dict(d) for d in self.everywhere]
            self.alone = False

    def _answer_one(self, connection):
        message = read_message(connection)
        if message is None:
            return False
        number, operation, body, _ = message
        reply = self._reply(command_in(operation, body))
        try:
            connection.sendall(answer(number, reply, operation))
        except OSError:
            return False
        return True

    def _reply(self, command):
        name = next(iter(command))
        self.asked.append(command)
        if name in ("hello", "isMaster", "ismaster"):
            return HELLO
        if name == "listIndexes":
            return _batch([{"v": 2, "key": {"username": 1}, "unique": True,
                            "name": "username_1"}])
        if name == "find":
            return self._find(command)
        if name in ("insert", "update"):
            return self._write(name, command)
        return {"ok": 1}

    def _find(self, command):
        concern = command.get("readConcern", {}).get("level")
        if concern == "majority" and not self.majority_reads:
            return {"ok": 0, "code": 238, "codeName": "NotImplemented",
                    "errmsg": "readConcern is not implemented"}
        with self._lock:
            users = self.everywhere if concern == "majority" else self.here
            return _batch([d for d in users
                           if _matches(d, command["filter"])])

    def _write(self, name, command):
        if "writeConcern" in command and not self.write_concern:
            return {"ok": 0, "code": 40415, "codeName": "Location40415",
                    "errmsg": f"unknown field '{name}.writeConcern'"}
        with self._lock:
            if name == "insert" and self._is_there(command["documents"]):
                return {"ok": 1, "n": 0, "writeErrors": [DUPLICATE]}
            changed = self._change(name, command)
            if not self.alone:
                self.everywhere = [dict(d) for d in self.here]
                return {"ok": 1, "n": changed, "nModified": changed}
        time.sleep(command["writeConcern"]["wtimeout"] / 1000 + self.delay)
        return {"ok": 1, "n": changed, "nModified": changed,
                "writeConcernError": NO_MAJORITY}

    def _is_there(self, documents):
        return not {d["_id"] for d in documents}.isdisjoint(
            d["_id"] for d in self.here)

    def _change(self, name, command):
        if name == "insert":
            self.here += command["documents"]
            return len(command["documents"])
        [update] = command["updates"]
        found = [d for d in self.here if _matches(d, update["q"])]
        for document in found:
            document.update(update["u"].get("$set", {}))
        return len(found)


def _batch(documents):
    return {"ok": 1, "cursor": {"id": bson.Int64(0), "ns": "d.users",
                                "firstBatch": documents}}


def _matches(document, condition):
    for name, wanted in condition.items():
        if name == "$or":
            if not any(_matches(document, c) for c in wanted):
                return False
            continue
        value = document.get(name)
        if isinstance(wanted, dict) and "$in" in wanted:
            if value not in wanted["$in"]:
                return False
        elif isinstance(wanted, dict) and "$regex" in wanted:
            if not re.search(wanted["$regex"], value or ""):
                return False
        elif value != wanted:
            return False
    return True
