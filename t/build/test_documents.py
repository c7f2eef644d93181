"""README.md and the documents: what they show is run, and where they lead to
there is something."""

import re

import pytest

from harness.accounts import PASSWORD, login, register
from harness.documents import put
from harness.members import add_member
from harness.shipped import ROOT, add_snippets, blocks, replaced

DOCUMENTS = sorted(str(file.relative_to(ROOT))
                   for file in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
STORE = {"sqlite:/var/lib/nginx-auth/users.db": "%%STORE%%"}
LISTEN = {"listen 80;": "listen 127.0.0.1:%%PORT%%;"}


# README.md

def test_readme_is_short():
    assert (ROOT / "README.md").read_text().count("\n") <= 200


def test_whole_configuration(nginx, sqlite_store, upstream):
    whole, gate = blocks("README.md", "A whole configuration")
    assert "auth_gate.conf" in gate[1]  # test_gate.py runs it
    assert len(whole[1].splitlines()) <= 12
    outside, http = re.fullmatch(r"(.*?)^http {\n(.*)}\n", whole[1],
                                 re.M | re.S).groups()
    assert outside == ("load_module modules/ngx_http_auth_module.so;\n"
                       "events {}\n")
    server = nginx.prepare(replaced(http, {
        **STORE, **LISTEN, "127.0.0.1:8000": f"127.0.0.1:{upstream.port}"}),
        store=sqlite_store.uri)
    add_snippets(server)
    person = server.start().browser()
    assert person.get("/private/x").location == "/login?next=/private/x"
    register(person, "alice")
    login(person, "alice")
    assert person.get("/private/x").status == 200
    assert upstream.last.header("Remote-User") == "alice"


# docs/pages.md

PAGES = "docs/pages.md"


def start_pages(nginx, store, section, changes, more=""):
    (_, text), = blocks(PAGES, section)
    server = nginx.prepare(more + replaced(text, changes), store=store.uri)
    add_snippets(server)
    return server


def test_locations_of_pages(nginx, sqlite_store):
    server = start_pages(nginx, sqlite_store, "Where a page is", LISTEN,
                         "auth_realm site { store %%STORE%%; }\n").start()
    add_member(sqlite_store, "alice")
    person = server.browser()
    for path in ("/", "/register", "/login"):
        assert person.get(path).status == 200
    login(person, "alice", PASSWORD)
    for path in ("/dashboard", "/account"):
        assert person.get(path).status == 200
    assert person.post("/logout").status == 303


def test_style_of_ones_own(nginx, sqlite_store):
    server = start_pages(
        nginx, sqlite_store, "Templates",
        {**STORE, "/etc/nginx/pages": "%%DIR%%/pages"},
        "server { listen 127.0.0.1:%%PORT%%; include auth_pages.conf; }\n")
    style = (ROOT / "templates/style.css").read_text()
    put(server, "pages/style.css", style + "/* our own */\n")
    assert "/* our own */" in server.start().client().get("/login").text


def test_every_value_of_a_template():
    values = set()
    for file in (ROOT / "templates").iterdir():
        if file.suffix == ".html":
            text = re.sub(r"{{!.*?}}", "", file.read_text(), flags=re.S)
            values |= set(re.findall(r"{{[#/]?([A-Z_]+)}}", text))
    table = (ROOT / PAGES).read_text().split("## Values in templates")[1]
    assert len(values) > 25
    assert values - set(re.findall(r"`([A-Z_]+)`", table)) == set()


# docs/limits.md

def test_address_behind_a_proxy(nginx, sqlite_store):
    (_, text), = blocks("docs/limits.md", "The client's address")
    server = nginx.prepare("auth_realm site { store %%STORE%%; }\n" + text,
                           store=sqlite_store.uri)
    status, output = server.test()
    assert status == 0, output


@pytest.mark.parametrize("document, count", [
    ("README.md", 2), (PAGES, 2), ("docs/limits.md", 1)])
def test_every_block_is_run(document, count):
    assert (ROOT / document).read_text().count("\n```") == 2 * count


# Links

def anchors(text):
    """As GitHub makes them of headings."""
    found = set()
    for heading in re.findall(r"^#+ (.+)$", text, re.M):
        name = re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        found.add(f"{name}-1" if name in found else name)
    return found


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document):
    here = ROOT / document
    for link in re.findall(r"\]\(([^)\s]+)\)", here.read_text()):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        there = (here.parent / path) if path else here
        assert there.exists(), link
        assert not anchor or anchor in anchors(there.read_text()), link


@pytest.mark.parametrize("document", DOCUMENTS)
def test_contents_have_every_section(document):
    text = (ROOT / document).read_text()
    contents = re.findall(r"^- \[([^]]+)\]\(#", text, re.M)
    sections = re.findall(r"^## (.+)$", text, re.M)
    if contents and document != "docs/directives.md":  # which has two lists
        assert contents == sections


def test_documents_are_found_from_the_readme():
    text = (ROOT / "README.md").read_text()
    for document in DOCUMENTS:
        assert document == "README.md" or f"]({document})" in text
