"""The kinds of values that arguments take, by their annotations: `misfit`.

An annotation is read as text: the names in it may be there for type checkers alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeGuard

_LISTS: Final = frozenset({"Collection", "Iterable", "Sequence", "list"})
_TABLES: Final = frozenset({"Mapping", "dict"})
_OPEN: Final = frozenset({"Any", "Literal", "object"})
"""The annotations by which a value may be of any kind."""

_PLAIN: Final[Mapping[str, tuple[tuple[type, ...], str]]] = {
    "bool": ((bool,), "truth value"),
    "float": ((float, int), "number"),
    "int": ((float, int), "number"),
    "str": ((str,), "text"),
}
"""The plain types, each with what may stand for it and the noun of messages."""


def misfit(argument: str, annotation: str, value: object) -> TypeError | None:
    """Return the error for a value that is of another kind than its argument, None where it is not known to be.

    Args:
        argument: the name of the argument.
        annotation: its annotation, as it is written: `Sequence[ecr.IRepository | str] | None`.
        value: what was given.
    """
    kinds = [*_kinds(ast.parse(annotation, mode="eval").body)]
    if any(_fits(kind, value) for kind in kinds):
        return None
    if _is_list(value):
        for element in (kind.slice for kind in kinds if isinstance(kind, ast.Subscript) and _name(kind) in _LISTS):
            (first, *_) = (each for each in value if not any(_fits(kind, each) for kind in _kinds(element)))
            return TypeError(f"{argument} must hold {_words(element, 's')}, got {first!r}: {_is(first)}")
    given = _told(kinds)
    what = " or ".join(_with_article(_word(kind)) for kind in given)
    only_lists = all(_name(kind) in _LISTS for kind in given)
    return TypeError(f"{argument} must be {what}, got {value!r}: {'it is no list' if only_lists else _is(value)}")


def _kinds(annotation: ast.expr) -> Iterator[ast.expr]:
    """Yield the members of a union."""
    if isinstance(annotation, ast.BinOp):
        yield from (*_kinds(annotation.left), *_kinds(annotation.right))
    else:
        yield annotation


def _name(kind: ast.expr) -> str:
    return ast.unparse(kind.value if isinstance(kind, ast.Subscript) else kind)


def _is_none(kind: ast.expr) -> bool:
    return isinstance(kind, ast.Constant) and kind.value is None


def _is_list(value: object) -> TypeGuard[Iterable[object]]:
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping))


def _fits(kind: ast.expr, value: object) -> bool:
    """Return whether a value may be of a kind. A class of another name is told from plain values and lists alone."""
    name = _name(kind)
    if _is_none(kind) or value is None:
        return _is_none(kind) and value is None
    if name in _OPEN:
        return True
    if name in _PLAIN:
        types, _ = _PLAIN[name]
        return isinstance(value, types) and isinstance(value, bool) is (name == "bool")
    if name in _LISTS and isinstance(kind, ast.Subscript):
        elements = [*_kinds(kind.slice)]
        return _is_list(value) and all(any(_fits(each, inner) for each in elements) for inner in value)
    if name in _TABLES:
        return isinstance(value, Mapping)
    return not isinstance(value, (bool, bytes, float, int, list, str, tuple))


def _word(kind: ast.expr, plural: str = "") -> str:
    name = _name(kind)
    if name in _PLAIN:
        return f"{_PLAIN[name][1]}{plural}"
    if name in _LISTS and isinstance(kind, ast.Subscript):
        return f"list{plural} of {_words(kind.slice, 's')}"
    return f"table{plural}" if name in _TABLES else name


def _words(annotation: ast.expr, plural: str) -> str:
    return " or ".join(_word(kind, plural) for kind in _told([*_kinds(annotation)]))


def _told(kinds: list[ast.expr]) -> list[ast.expr]:
    """Return the members of a union that messages tell: a class of CDK by its interface where that is there, too."""
    names = {_name(kind) for kind in kinds}
    interfaces = {kind: "{0}.I{2}".format(*_name(kind).rpartition(".")) for kind in kinds}
    return [kind for kind in kinds if not _is_none(kind) and interfaces[kind] not in names]


def _with_article(word: str) -> str:
    return f"{'an' if word[0].lower() in 'aeiou' else 'a'} {word}"


def _is(value: object) -> str:
    """Return of which kind a value is, in words."""
    if value is None:
        return "it is nothing"
    if isinstance(value, (list, tuple)):
        return "it is a list"
    types = ((bool, "bool"), ((float, int), "float"), (str, "str"))
    noun = next((_PLAIN[name][1] for type_, name in types if isinstance(value, type_)), type(value).__name__)
    return f"it is {_with_article(noun)}"
