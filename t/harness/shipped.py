"""What the project ships for people to copy: blocks of its documents, whole
configurations. Tests run them as they are, but for ports and paths."""

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def section(document, heading):
    """The text under that heading."""
    text = (ROOT / document).read_text()
    parts = re.split(r"^## (.+)\n", text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))[heading]


def blocks(document, heading):
    """[(language, text), …] of the section under that heading."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", section(document, heading),
                      flags=re.M | re.S)


def replaced(text, changes):
    """The text with each {old: new}; every old one must be there."""
    for old, new in changes.items():
        assert old in text, f"{old!r} is not in\n{text}"
        text = text.replace(old, new)
    return text


def add_snippets(server):
    """Puts what configurations include beside nginx.conf, where
    ./build.sh install puts them, and nginx's own mime.types."""
    for snippet in ("auth_pages.conf", "auth_gate.conf"):
        shutil.copy(ROOT / "conf" / snippet, server.folder)
    Path(server.folder, "mime.types").write_text(
        "types { text/html html; text/javascript js; text/css css; }")


def example(name, changes):
    """The http block of a configuration of conf/examples, with nothing but
    ports and paths changed: {old: new}. What stands outside the block is what
    nginx_server.CONFIGURATION has, too."""
    text = (ROOT / "conf/examples" / name).read_text()
    outside, http = re.fullmatch(r"(.*?)^http {\n(.*)}\n", text,
                                 flags=re.M | re.S).groups()
    assert re.sub(r"#.*", "", outside).split() == [
        "load_module", "modules/ngx_http_auth_module.so;", "events", "{", "}"]

    http = replaced(http, changes)
    left = re.findall(r"[: ]/(?:etc|var)/\S*|:80\d\d\b",
                      re.sub(r"#.*", "", http))
    assert not left, left
    return http
