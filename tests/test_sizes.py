"""How long the classes and functions of the package are, and that each class has a name of its own."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from tests.test_imports import MODULES, PURE_PARTS, part

if TYPE_CHECKING:
    from collections.abc import Iterator

CLASS, FUNCTION = 250, 40
"""The most lines of a class and of a function.

Of constructs only the code counts, without docstrings and parameter lists: in CDK's form each argument has a line of
its own and is described in the docstring, so that these grow with what CDK offers and not with what the code does.
"""

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def definitions(module: str) -> Iterator[Definition]:
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, Definition):
            yield node


def lines(node: ast.stmt) -> int:
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1


def code(node: Definition) -> int:
    """The lines of a definition without docstrings and parameter lists, those of the definitions in it included."""
    return lines(node) - sum(told(each) for each in ast.walk(node) if isinstance(each, Definition))


def told(node: Definition) -> int:
    """The lines of the docstring of a definition, and those of its parameter list behind the first one."""
    first = node.body[0]
    docstring = lines(first) if ast.get_docstring(node) is not None else 0
    parameters = 0 if isinstance(node, ast.ClassDef) else max(0, first.lineno - node.lineno - 1)
    return docstring + parameters


@pytest.mark.parametrize("module", MODULES)
def test_sizes(module: str) -> None:
    size = lines if part(module) in PURE_PARTS else code
    sizes = {node: size(node) for node in definitions(module)}
    most = {node: CLASS if isinstance(node, ast.ClassDef) else FUNCTION for node in sizes}
    assert [f"{node.name}: {size}" for node, size in sizes.items() if size > most[node]] == []


EXAMPLE = '''
class Example:
    """Tells something.

    In two parts.
    """

    def short(self) -> int:
        return 1

    def long(
        self,
        *,
        one: int,
        other: int,
    ) -> int:
        """Add.

        Args:
            one: a number.
        """
        total = one + other

        def inner(
            number: int,
        ) -> int: return number

        return inner(total)

    def empty(self) -> None: ...
'''


def test_code_is_what_is_neither_docstring_nor_parameter_list() -> None:
    found = {node.name: node for node in ast.walk(ast.parse(EXAMPLE)) if isinstance(node, Definition)}
    assert {name: lines(node) for name, node in found.items()} == {
        "Example": 29, "short": 2, "long": 18, "inner": 3, "empty": 1
    }  # fmt: skip
    assert {name: code(node) for name, node in found.items()} == {
        "Example": 14, "short": 2, "long": 7, "inner": 2, "empty": 1
    }  # fmt: skip


def test_no_class_name_stands_twice() -> None:
    places = defaultdict(list)
    for module in MODULES:
        for node in definitions(module):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(module)
    assert {name: modules for name, modules in places.items() if len(modules) > 1} == {}
