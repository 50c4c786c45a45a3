"""How docstrings and messages of the package are written."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tests.test_imports import MODULES

if TYPE_CHECKING:
    from collections.abc import Iterator

RIDDLE = re.compile(r"\s*(What|One|Whether)\b")
"""How no docstring begins: it says what a thing is or does, and is no question."""

NO_VERB = re.compile(r"\bmay not (\{|[a-z0-9-]+:)")
"""An action of AWS in place of a verb, as in `may not ecr:BatchGetImage`; say `may not call ecr:BatchGetImage`."""


def docstrings(module: str) -> Iterator[tuple[int, str]]:
    """The texts that stand as statements, those of attributes and constants among them, with their lines."""
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value


def texts(module: str) -> Iterator[tuple[int, str]]:
    """The texts of all kinds, with their lines; `{…}` stands for what a text is filled with."""
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(text(part) for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def text(part: ast.expr) -> str:
    return str(part.value) if isinstance(part, ast.Constant) else "{…}"


def parsed(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


@pytest.mark.parametrize("module", MODULES)
def test_docstrings_are_no_riddles(module: str) -> None:
    assert [f"{line}: {text.splitlines()[0]}" for line, text in docstrings(module) if RIDDLE.match(text)] == []


@pytest.mark.parametrize("module", MODULES)
def test_a_verb_stands_before_an_action(module: str) -> None:
    assert [f"{line}: {text}" for line, text in texts(module) if NO_VERB.search(text)] == []


@pytest.mark.parametrize(
    ("text", "pattern", "found"),
    [
        pytest.param("What it is.", RIDDLE, True, id="what"),
        pytest.param("\n    One of them.", RIDDLE, True, id="one, behind a line end"),
        pytest.param("Whatever it is.", RIDDLE, False, id="another word"),
        pytest.param("Return what it is.", RIDDLE, False, id="what inside"),
        pytest.param("role may not ecr:BatchGetImage", NO_VERB, True, id="action"),
        pytest.param("role may not {…}: denied", NO_VERB, True, id="filled in"),
        pytest.param("role may not do ecr:BatchGetImage", NO_VERB, False, id="verb before the action"),
        pytest.param("it may not: why", NO_VERB, False, id="no action"),
    ],
)
def test_patterns(text: str, pattern: re.Pattern[str], found: bool) -> None:
    assert (pattern.search(text) is not None) is found
