"""What is counted as work grows as the time does that it stands for."""

from __future__ import annotations

import re
from types import ModuleType
from typing import Any

import pytest

from tests.work import counted


def once(count: int) -> int:
    total = 0
    for number in range(count):
        total += number
    return total


def each_with_each(count: int) -> int:
    return sum(once(count) for _ in range(count))


def work(call: Any, *arguments: object, **names: Any) -> int:
    """The work of a call; `names` are those of a module whose expressions are counted."""
    module = ModuleType("module")
    vars(module).update(names)
    with counted(module) as work:
        call(module, *arguments)
    return work.steps


@pytest.mark.parametrize(
    ("call", "growth"),
    [pytest.param(once, 4, id="loop"), pytest.param(each_with_each, 16, id="loop in a loop")],
)
def test_lines(call: Any, growth: int) -> None:
    small, large = (work(lambda _, count=count: call(count)) for count in (100, 400))
    assert large / small == pytest.approx(growth, rel=0.1)


@pytest.mark.parametrize(
    ("pattern", "method", "text", "growth"),
    [
        pytest.param("a*", "match", "a", 4, id="repeat"),
        pytest.param("[ab]*c", "match", "ab", 4, id="repeat that goes back"),
        pytest.param("[ab]*c", "search", "ab", 16, id="search that begins anew at each character"),
        pytest.param(r"\s+x", "search", " ", 16, id="end that is looked for at each character"),
        pytest.param("a*?$", "match", "a", 4, id="lazy"),
        pytest.param("(?:a|b)*$", "fullmatch", "ab", 4, id="branches"),
        pytest.param("(?i:A)+(?=a)(?!b)(?<=a).", "match", "a", 4, id="what stands around"),
        pytest.param("a", "sub", "ab", 4, id="substitution"),
        pytest.param("a{0,9}b", "split", "a", 4, id="bounded"),
    ],
)
def test_expressions(pattern: str, method: str, text: str, growth: int) -> None:
    def call(module: Any, count: int) -> None:
        arguments = ("", text * count) if method == "sub" else (text * count,)
        getattr(module.pattern, method)(*arguments)
        getattr(module.re, method)(pattern, *arguments)

    small, large = (work(call, count, pattern=re.compile(pattern), re=re) for count in (50, 200))
    assert large / small == pytest.approx(growth, rel=0.2)


def test_exponential() -> None:
    def call(module: Any, count: int) -> None:
        module.pattern.match("a" * count + "b")

    small, large = (work(call, count, pattern=re.compile("(?:a+)+$")) for count in (8, 10))
    assert large / small == pytest.approx(4, rel=0.2)
