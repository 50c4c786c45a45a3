"""The sentences of which the judge makes its messages, as they stand in its code."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import ecr_ecs_constructs

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(ecr_ecs_constructs.__file__).parent
MADE_IN = ("image_uri.py", "pull/**/*.py", "rules/**/*.py", "cloudformation/conditions/*.py")
"""Where messages are made; what else `cloudformation` says is of input that can't be read."""


class Sentence(NamedTuple):
    """A text of the code with words in it.

    Attributes:
        place: the module and the line.
        parts: the text between what is filled in.
    """

    place: str
    parts: tuple[str, ...]

    def __str__(self) -> str:
        return "{}".join(self.parts)

    def stands_in(self, text: str) -> bool:
        """Whether a line of a text holds it, whatever is filled in."""
        parts = [re.escape(part) for part in self.parts]
        return re.search(".*?".join(parts[1 if not parts[0] else 0 : -1 if not parts[-1] else None]), text) is not None


@cache
def sentences() -> tuple[Sentence, ...]:
    """Return all of them."""
    files = sorted(file for pattern in MADE_IN for file in PACKAGE.glob(pattern))
    return tuple(sentence for file in files for sentence in _sentences(file))


def _sentences(file: Path) -> Iterator[Sentence]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    aside = {part for node in ast.walk(tree) for part in _aside(node)}
    for node in ast.walk(tree):
        parts: tuple[str, ...] = ()
        if isinstance(node, ast.JoinedStr) and node not in aside:
            parts = tuple(_parts(node))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in aside:
            parts = tuple(node.value.split("{}"))
        if re.search(r"[a-z]{2},? [a-z{]|[}] [a-z]{2}", "{}".join(parts)):
            yield Sentence(f"{file.relative_to(PACKAGE)}:{getattr(node, 'lineno', 0)}", parts)


def _aside(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the texts of a node that are no sentences: docstrings, lists of words, regular expressions, parts."""
    match node:
        case ast.Expr(value=ast.Constant() as text) | ast.Attribute(value=ast.Constant() as text, attr="split"):
            yield text
        case ast.Call(func=ast.Attribute(value=ast.Name(id="re")) | ast.Name(id="_set"), args=arguments):
            yield from arguments
        case ast.JoinedStr(values=parts) | ast.Assign(targets=[ast.Tuple()], value=ast.Tuple(elts=parts)):
            yield from parts  # texts that are assigned in a row are keys of what is known


def _parts(node: ast.JoinedStr) -> Iterator[str]:
    text = ""
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
        else:
            yield text
            text = ""
    yield text
