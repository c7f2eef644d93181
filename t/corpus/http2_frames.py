"""HTTP/2 byte for byte, with nothing that would refuse to say what is wrong:
literal header fields without a table and without Huffman.

Lengths are fixed here, so the words of raw_requests for tokens are as long as a
token."""

TOKEN = b"@TOKEN_IN_43_BYTES_AS_EVERY_TOKEN_HAS_THEM@"
SESSION = b"@SESSION_IN_43_BYTES_LIKE_EVERY_OTHER_ONE.@"
assert len(TOKEN) == len(SESSION) == 43

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = bytes(3) + b"\x04" + bytes(5)

DATA, HEADERS, RST_STREAM = 0, 1, 3
END_STREAM, END_HEADERS = 1, 4


def connection(frames):
    return PREFACE + SETTINGS + frames


def frame(kind, flags, stream, payload):
    return (len(payload).to_bytes(3, "big") + bytes([kind, flags])
            + stream.to_bytes(4, "big") + payload)


def length(value):
    """Of a string, HPACK's integer with a prefix of 7 bits."""
    if value < 127:
        return bytes([value])
    encoded, value = b"\x7f", value - 127
    while value >= 128:
        encoded += bytes([value % 128 + 128])
        value //= 128
    return encoded + bytes([value])


def field(name, value):
    return b"\0" + length(len(name)) + name + length(len(value)) + value


def headers(*fields, stream=1, flags=END_STREAM | END_HEADERS):
    return frame(HEADERS, flags, stream, b"".join(field(*f) for f in fields))


def usual(method, path, more):
    fields = [(b":method", method), (b":scheme", b"http"),
              (b":authority", b"site.example"), (b":path", path)]
    if not any(name == b"cookie" for name, _ in more):
        fields.append((b"cookie", b"ngx_auth=" + SESSION))
    return fields + list(more)


def get(path, *more, stream=1):
    return headers(*usual(b"GET", path, more), stream=stream)


def post(path, body, *more, trailers=()):
    data = headers(*usual(b"POST", path, more), flags=END_HEADERS)
    data += frame(DATA, 0 if trailers else END_STREAM, 1, body)
    return data + headers(*trailers) if trailers else data


def unfinished(path):
    """HEADERS whose CONTINUATION never comes."""
    return headers(*usual(b"GET", path, ()), flags=END_STREAM)


def reset(stream):
    return frame(RST_STREAM, 0, stream, (8).to_bytes(4, "big"))
