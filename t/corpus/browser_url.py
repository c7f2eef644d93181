"""Where a browser goes: as much of the WHATWG URL parser as tells one site from
another, for a base that is http or https."""

import re

SPECIAL = {"http", "https", "ws", "wss", "ftp", "file"}


class Gone(Exception):
    """The browser leaves the site, or runs a script."""


def resolve(location, scheme="http"):
    """The path and query, with `?`, that a browser at `scheme`://… asks for
    when it is sent to `location`; Gone if it asks somebody else."""
    # 4.4, steps 1 to 3: outer controls and blanks, inner tabs and newlines
    url = re.sub(r"\A[\x00-\x20]+|[\x00-\x20]+\Z", "", location)
    url = re.sub(r"[\t\n\r]", "", url)

    start = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", url)
    if start:
        if start.group(1).lower() != scheme:
            raise Gone(location)
        url = url[start.end():]
        if url.startswith("//"):
            raise Gone(location)
        # special relative: `http:x` is a path here
    slashes = url.replace("\\", "/")
    if slashes.startswith("//"):
        raise Gone(location)

    url, hash_, _ = url.partition("#")
    path, mark, query = url.partition("?")
    if not path:
        path = "/login"  # the page that we are on
    path = path.replace("\\", "/")
    if not path.startswith("/"):
        path = "/" + path  # beside /login
    return encode(remove_dots(path), " \"#<>?`{}^") + (
        "?" + encode(query, " \"#<>'") if mark else "")


def remove_dots(path, encoded=True):
    parts = path.split("/")[1:]
    kept = []
    for number, part in enumerate(parts):
        plain = re.sub("%2e", ".", part, flags=re.I) if encoded else part
        last = number == len(parts) - 1
        if plain == "..":
            del kept[-1:]
        elif plain != ".":
            kept.append(part)
            continue
        if last:
            kept.append("")
    return "/" + "/".join(kept)


def encode(text, unsafe):
    return "".join(
        "".join(f"%{byte:02X}" for byte in c.encode("utf-8", "surrogateescape"))
        if c < " " or c > "~" or c in unsafe else c for c in text)


def path_at_server(path):
    """What nginx compares with its locations."""
    path = path.partition("?")[0].encode()
    path = re.sub(rb"%([0-9A-Fa-f]{2})",
                  lambda m: bytes([int(m.group(1), 16)]), path)
    path = re.sub(rb"/+", b"/", path).decode("utf-8", "surrogateescape")
    return remove_dots(path, encoded=False)
