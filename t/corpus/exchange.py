"""Sends many things to many ports at once, as bytes, and reads until the other
side closes."""

import select
import socket
import time

from . import http2_frames as h2

# How long a server may be silent before the client says that nothing more will
# come; most requests are answered before, or wait for something.
QUIET = 0.04
HOPELESS = 60.0


class Talk:
    def __init__(self, port, data):
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect_ex(("127.0.0.1", port))
        self.left = memoryview(data)
        # with HTTP/2 the first answer is about the connection
        self.patient = data.startswith(h2.PREFACE[:14])
        self.answer = b""
        self.said_goodbye = False
        self.closed = False

    def write(self):
        try:
            self.left = self.left[self.socket.send(self.left):]
        except BlockingIOError:
            pass
        except OSError:
            self.left = self.left[:0]

    def read(self):
        try:
            data = self.socket.recv(1 << 17)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.answer += data
        self.closed = not data
        if data and not self.patient and not self.left:
            self.say_goodbye()

    def say_goodbye(self):
        if not self.said_goodbye:
            self.said_goodbye = True
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:
                pass


def exchange(pairs, quiet=QUIET):
    """The answers to [(port, bytes)], in that order; None where a server did
    not let go of the connection."""
    talks = [Talk(*pair) for pair in pairs]
    open_talks = {talk.socket.fileno(): talk for talk in talks}
    poll = select.poll()
    for descriptor in open_talks:
        poll.register(descriptor, select.POLLIN | select.POLLOUT)
    deadline = time.monotonic() + HOPELESS
    while open_talks and time.monotonic() < deadline:
        events = poll.poll(quiet * 1000)
        for descriptor, what in events:
            talk = open_talks[descriptor]
            if what & select.POLLOUT:
                talk.write()
                if not talk.left:
                    poll.modify(descriptor, select.POLLIN)
            if what & (select.POLLIN | select.POLLHUP | select.POLLERR):
                talk.read()
            if talk.closed:
                poll.unregister(descriptor)
                del open_talks[descriptor]
        if not events:
            for talk in open_talks.values():
                talk.say_goodbye()
    for talk in talks:
        talk.socket.close()
    return [talk.answer if talk.closed else None for talk in talks]
