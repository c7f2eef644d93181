"""Messages of MongoDB's protocol, as a server of a test's own reads and writes
them."""

import struct

import bson

OP_REPLY, OP_QUERY, OP_MSG = 1, 2004, 2013


def read_message(connection):
    """(number, operation, body, all of it), or None at the end."""
    header = _receive(connection, 16)
    if header is None:
        return None
    size, number, _, operation = struct.unpack("<4i", header)
    body = _receive(connection, size - 16)
    if body is None:
        return None
    return number, operation, body, header + body


def answer(number, document, to=OP_MSG):
    """The message that answers the one with that number, whose operation was
    `to`."""
    if to == OP_QUERY:
        kind, begin = OP_REPLY, struct.pack("<iqii", 0, 0, 0, 1)
    else:
        kind, begin = OP_MSG, struct.pack("<iB", 0, 0)
    body = begin + bson.encode(document)
    return struct.pack("<4i", 16 + len(body), 0, number, kind) + body


def answered_number(message):
    [number] = struct.unpack_from("<i", message, 8)
    return number


def command_in(operation, body):
    """A command, with the documents that are sent behind it."""
    if operation == OP_QUERY:
        start = body.index(b"\0", 4) + 1 + 8
        return bson.decode(body[start:])
    at, command = 5, {}
    [size] = struct.unpack_from("<i", body, at)
    command = bson.decode(body[at:at + size])
    at += size
    while at < len(body) and body[at] == 1:
        [size] = struct.unpack_from("<i", body, at + 1)
        name_end = body.index(b"\0", at + 5)
        command[body[at + 5:name_end].decode()] = bson.decode_all(
            body[name_end + 1:at + 1 + size])
        at += 1 + size
    return command


def _receive(connection, size):
    data = b""
    while len(data) < size:
        try:
            more = connection.recv(size - len(data))
        except OSError:
            return None
        if not more:
            return None
        data += more
    return data
