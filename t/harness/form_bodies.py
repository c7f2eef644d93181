"""The ways in which a form's body comes, and people who send it so."""

from .http2_client import Http2Client

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
KINDS = ["length", "chunked", "h2", "h2 without a length"]


def chunks(body, size=500):
    """The body in chunks."""
    pieces = [body[i:i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece)
                    for piece in pieces) + b"0\r\n\r\n"


def post(server, how, body, http2_port, path="/login", headers=None):
    """The answer to the form, which is sent in one of the KINDS."""
    headers = {**FORM, **(headers or {})}
    if how == "h2":
        with Http2Client(http2_port) as client:
            return client.request("POST", path, headers, body)
    if how == "h2 without a length":
        with Http2Client(http2_port) as client:
            half = len(body) // 2
            stream = client.send("POST", path, headers, body[:half], more=True)
            client.send_more(stream, body[half:], end=True)
            return client.wait(stream)
    if how == "chunked":
        return server.client().post(path, body=chunks(body), headers={
            **headers, "Transfer-Encoding": "chunked"})
    return server.client().post(path, body=body, headers=headers)
