"""Variables and parameters are called by nouns."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# No nouns, and so no names of variables and parameters.
WORDS = "of|one|made|said"

# Strings and comments are no code.
NO_CODE = re.compile(r'R"\(.*?\)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|//[^\n]*'
                     r"|/\*.*?\*/", re.S)
DECLARED = re.compile(rf"[\w>\]][\s&*]+(?:{WORDS})\b\s*[;=({{,):\[]")


def declared_in(text):
    """The variables and parameters with such a name."""
    code = NO_CODE.sub("", text)
    return [found.group() for found in DECLARED.finditer(code)
            if not found.group().startswith("return")]


def test_what_is_found():
    assert declared_in("int one = 1; f(const x& of, y *said); auto& made{z};"
                       "for (const auto& one : all) {}")
    for text in ("// an int one = 1\n", '"int one;"', 'R"(int\none;)"',
                 "arguments::one,",
                 "enum { one, two }", "int one_more = 1;", "int no_one;"):
        assert declared_in(text) == [], text


@pytest.mark.once
def test_no_variable_is_called_by_a_word_that_is_no_noun():
    files = [file for folder in ("src", "t") for kind in ("*.h", "*.cpp")
             for file in (ROOT / folder).rglob(kind)]
    assert len(files) > 300
    wrong = {str(file.relative_to(ROOT)): found for file in files
             if (found := declared_in(file.read_text()))}
    assert wrong == {}


def declared_in_python(text):
    """The same of Python: what is assigned, and parameters."""
    nodes = list(ast.walk(ast.parse(text)))
    names = [node.arg for node in nodes if isinstance(node, ast.arg)]
    names += [node.id for node in nodes if isinstance(node, ast.Name)
              and isinstance(node.ctx, ast.Store)]
    return [name for name in names if re.fullmatch(WORDS, name)]


@pytest.mark.once
def test_no_variable_of_a_test_is_either():
    assert declared_in_python("one = [said for said in f(x=made)]") == [
        "one", "said"]
    wrong = {str(file.relative_to(ROOT)): found
             for file in (ROOT / "t").rglob("*.py")
             if (found := declared_in_python(file.read_text()))}
    assert wrong == {}
