"""docs/directives.md has every directive and every variable of the module, with
the contexts and defaults that the module has."""

import re

import pytest

from harness.directive_table import directives
from harness.shipped import ROOT, add_snippets, blocks

DOCUMENT = "docs/directives.md"
SQLITE = "auth_realm site { store %%STORE%%; }\n"


def sections(part):
    """{heading: text} below one of the two parts."""
    text = (ROOT / DOCUMENT).read_text()
    parts = re.split(r"^## (.+)\n", text, flags=re.M)[1:]
    text = dict(zip(parts[::2], parts[1::2]))[part]
    found = re.split(r"^### (.+)\n", text, flags=re.M)[1:]
    assert len(set(found[::2])) == len(found) / 2
    return dict(zip(found[::2], found[1::2]))


def entry(text):
    """(syntax, default, context) of a directive's section."""
    found = re.match(r"\n    Syntax:  (.+(?:\n {13}.+)*)"
                     r"\n    Default: (.+(?:\n {13}.+)*)"
                     r"\n    Context: (.+)\n\n\S", text)
    assert found, text
    return tuple(re.sub(r"\n +", " ", part) for part in found.groups())


def source():
    """All code of the module, comments left out."""
    files = sorted(file for file in (ROOT / "src").rglob("*")
                   if file.suffix in (".h", ".cpp"))
    return "\n".join(re.sub(r"//.*", "", file.read_text()) for file in files)


@pytest.fixture(scope="module")
def code():
    return source()


# Names and contexts

def test_every_directive_with_its_contexts(nginx, sqlite_store):
    server = nginx(SQLITE, store=sqlite_store.uri)
    known = directives(server)
    assert known.pop("include") == {"auth_realm"}  # nginx's own
    assert len(known) > 30
    assert {name: set(entry(text)[2].split(", "))
            for name, text in sections("Directives").items()} == known


def test_syntax_and_default_are_of_this_directive():
    for name, text in sections("Directives").items():
        syntax, default, _ = entry(text)
        assert all(form.split()[0] == name
                   for form in re.split(r"[;}] *(?=\w|$)", syntax) if form)
        assert default.split()[0] == name or not default.endswith(";")


def test_every_variable(code):
    named = set(re.findall(r'\{"(auth_\w+)", *\w+_variable\b', code))
    assert len(named) >= 5
    assert set(sections("Variables")) == (
        {f"${name}" for name in named} | {"$remote_user"})


def test_variables_are_known_to_nginx(nginx, sqlite_store):
    for name in sections("Variables"):
        server = nginx.prepare(f'{SQLITE} log_format known "{name}";'
                               "access_log %%DIR%%/known.log known;",
                               store=sqlite_store.uri)
        status, output = server.test()
        assert status == 0, output


def test_order_and_contents():
    links, anchors = [], set()
    for part in ("Directives", "Variables"):
        names = list(sections(part))
        assert names == sorted(names)
        links.append((part, part.lower()))
        for name in names:
            anchor = name.strip("$")
            anchor += "-1" if anchor in anchors else ""
            anchors.add(anchor)
            links.append((name, anchor))
    head = (ROOT / DOCUMENT).read_text().split("\n## ")[0]
    contents = head[head.index("[Directives]"):]
    assert re.findall(r"\[(\S+)\]\(#(\S+)\)", contents) == links


# Defaults

def test_every_default_may_be_written(nginx):
    """All in one realm, whose MongoDB server need not be there."""
    inside, outside = [], []
    for text in sections("Directives").values():
        _, default, context = entry(text)
        if default.endswith(";"):
            (inside if context == "auth_realm" else outside).append(default)
    assert len(inside) > 15 and outside
    server = nginx.prepare(
        "auth_realm site { store mongodb://127.0.0.1:9/none;\n"
        + "\n".join(inside) + "\n}\n" + "\n".join(outside))
    status, output = server.test()
    assert status == 0, output


def test_every_default_is_the_code_s(code):
    """An entry of src/settings: {"NAME", arguments::…, "DEFAULT", …}"""
    known = {name: " ".join("".join(re.findall('"(.*?)"', words)).split())
             for name, words in re.findall(
                 r'\{"(\w+)",\s*arguments::\w+,\s*((?:"[^"]*"\s*)+),', code)}
    assert len(known) > 20
    documented = {name: entry(text)[1]
                  for name, text in sections("Directives").items()
                  if entry(text)[2] == "auth_realm"}
    for name, default in documented.items():
        if known.get(name):
            assert default == f"{name} {known[name]};"
        else:
            assert not default.endswith(";")
    assert set(known) <= set(documented)


def test_default_that_depends_on_the_machine(code):
    default = entry(sections("Directives")["password_concurrency"])[1]
    queue, = re.findall(r"std::size_t queue = (\d+);", code)
    assert default.endswith(f" queue={queue}")


# Examples

def test_example_of_unless(nginx, sqlite_store):
    (_, text), = [block for block in blocks(DOCUMENT, "Directives")
                  if "unless" in block[1]]
    server = nginx.prepare(SQLITE + text, store=sqlite_store.uri)
    add_snippets(server)
    status, output = server.test()
    assert status == 0, output


def test_example_of_fields(nginx):
    (_, text), = [block for block in blocks(DOCUMENT, "Directives")
                  if "user_fields" in block[1]]
    server = nginx.prepare(
        "auth_realm site { store mongodb://127.0.0.1:9/none;\n" + text + "}")
    status, output = server.test()
    assert status == 0, output


def test_every_block_is_run_here():
    text = (ROOT / DOCUMENT).read_text()
    assert text.count("\n```") == 2 * len(blocks(DOCUMENT, "Directives")) == 4
