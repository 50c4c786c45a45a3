"""How much work a call does, counted instead of timed: the same on every machine, however busy it is.

Counted are the lines of Python that run, and the steps of regular expressions. Python does not tell the latter; so each
expression is matched twice, by `re` and by a matcher that tries what `re` tries, and counts.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from re import _compiler, _parser  # type: ignore[attr-defined] # the only way to what an expression means
from types import FrameType, ModuleType
from typing import Any

import pytest

Goal = Callable[[int], bool]
"""Tells whether the rest of an expression matches behind a place of the text."""

Part = Callable[[str, int, int, Goal], bool]
"""Matches a part of an expression in a text, from a place on and up to another, and the rest behind it."""


class Work:
    """A count.

    Attributes:
        steps: how many there were so far.
    """

    def __init__(self) -> None:
        self.steps = 0

    def trace(self, frame: FrameType, event: str, _: object) -> Any:
        """Count the lines that run, but for those that count and those of `re`, for which the steps stand."""
        if frame.f_globals.get("__name__", "").partition(".")[0] == "re" or frame.f_code.co_filename == __file__:
            return None
        self.steps += event == "line"
        return self.trace


class Expression:
    """A regular expression whose steps are counted; has the methods of `re.Pattern` that are used."""

    def __init__(self, pattern: re.Pattern[str], work: Work) -> None:
        tree = _parser.parse(pattern.pattern, pattern.flags)
        self._real, self._work = pattern, work
        self._part = self._sequence(tree, tree.state.flags)

    def match(self, text: str, at: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        found = self._real.match(text, at, end)
        assert self._try(text, at, end) is (found is not None)
        return found

    def fullmatch(self, text: str, at: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        found = self._real.fullmatch(text, at, end)
        end = min(end, len(text))
        assert self._try(text, at, end, lambda behind: behind == end) is (found is not None)
        return found

    def search(self, text: str, at: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        return next(self.finditer(text, at, end), None)

    def finditer(self, text: str, at: int = 0, end: int = sys.maxsize) -> Iterator[re.Match[str]]:
        for found in self._real.finditer(text, at, end):
            for start in range(at, found.start() + 1):
                assert self._try(text, start, end) is (start == found.start()) or found.end() == start
            at = max(found.end(), found.start() + 1)
            yield found
        for start in range(at, min(end, len(text)) + 1):
            self._try(text, start, end)

    def sub(self, new: Any, text: str) -> str:
        for _ in self.finditer(text):
            pass
        return self._real.sub(new, text)

    def split(self, text: str) -> list[str | Any]:
        for _ in self.finditer(text):
            pass
        return self._real.split(text)

    def _try(self, text: str, at: int, end: int, goal: Goal = lambda _: True) -> bool:
        limit, tracer = sys.getrecursionlimit(), sys.gettrace()
        sys.setrecursionlimit(limit + 1_000_000)
        sys.settrace(None)
        try:
            return self._part(text, at, min(end, len(text)), goal)
        finally:
            sys.settrace(tracer)
            sys.setrecursionlimit(limit)

    def _sequence(self, items: Any, flags: int) -> Part:
        parts = [self._one(operator, argument, flags) for operator, argument in items]

        def match(text: str, at: int, end: int, goal: Goal, index: int = 0) -> bool:
            if index == len(parts):
                return goal(at)
            return parts[index](text, at, end, lambda behind: match(text, behind, end, goal, index + 1))

        return match

    def _one(self, operator: Any, argument: Any, flags: int) -> Part:
        match str(operator), argument:
            case "SUBPATTERN", (_, add, drop, items):
                return self._sequence(items, (flags | add) & ~drop)
            case "BRANCH", (_, branches):
                return self._branch([self._sequence(items, flags) for items in branches])
            case "MAX_REPEAT", (least, most, items) if len(items) == 1 and str(items[0][0]) in _CHARACTER:
                return self._repeat_character(_compiled(items[0][0], items[0][1], flags), least, most)
            case "MAX_REPEAT" | "MIN_REPEAT", (least, most, items):
                return self._repeat(self._sequence(items, flags), least, most, greedy=operator is _parser.MAX_REPEAT)
            case "ASSERT" | "ASSERT_NOT", (1, items):
                return self._ahead(self._sequence(items, flags), wanted=operator is _parser.ASSERT)
            case "LITERAL" | "NOT_LITERAL" | "IN" | "ANY" | "ANY_ALL" | "AT" | "ASSERT" | "ASSERT_NOT", _:
                return self._atom(_compiled(operator, argument, flags))
        raise NotImplementedError(f"{operator} of a regular expression")

    def _atom(self, character: re.Pattern[str]) -> Part:
        """Match a character, or a place between two."""

        def match(text: str, at: int, end: int, goal: Goal) -> bool:
            self._work.steps += 1
            found = character.match(text, at, end)
            return found is not None and goal(found.end())

        return match

    def _repeat_character(self, character: re.Pattern[str], least: int, most: int) -> Part:
        """Do what `_repeat` does, without a call for each character."""

        def match(text: str, at: int, end: int, goal: Goal) -> bool:
            last = at
            while last - at < most and character.match(text, last, end):
                last += 1
            self._work.steps += last - at + 1
            for behind in range(last, at + least - 1, -1):  # noqa: SIM110 - as above
                if goal(behind):
                    return True
            return False

        return match

    def _branch(self, branches: Sequence[Part]) -> Part:
        def match(text: str, at: int, end: int, goal: Goal) -> bool:
            for branch in branches:  # noqa: SIM110 - `any` would need the stack of C
                if branch(text, at, end, goal):
                    return True
            return False

        return match

    def _ahead(self, inner: Part, *, wanted: bool) -> Part:
        return lambda text, at, end, goal: inner(text, at, end, lambda _: True) is wanted and goal(at)

    def _repeat(self, inner: Part, least: int, most: int, *, greedy: bool) -> Part:
        def start(text: str, at: int, end: int, goal: Goal) -> bool:
            def match(at: int, count: int, before: int) -> bool:
                def again() -> bool:
                    if count >= most or at == before:  # what matched nothing is not repeated
                        return False
                    return inner(text, at, end, lambda behind: match(behind, count + 1, at))

                if count < least:
                    return again()
                return again() or goal(at) if greedy else goal(at) or again()

            return match(at, 0, -1)

        return start


_CHARACTER = ("LITERAL", "NOT_LITERAL", "IN", "ANY", "ANY_ALL")


def _compiled(operator: Any, argument: Any, flags: int) -> re.Pattern[str]:
    """Return the expression of one character, or of a place between two."""
    state = _parser.State()
    state.flags = flags
    compiled: re.Pattern[str] = _compiler.compile(_parser.SubPattern(state, [(operator, argument)]), flags)
    return compiled


class _Re(ModuleType):
    """The module `re`, of which what compiles expressions makes ones that are counted."""

    def __init__(self, work: Work) -> None:
        super().__init__("re")
        self.work = work
        self.made: dict[tuple[str, int], Expression] = {}

    def __getattr__(self, name: str) -> Any:
        if name in ("match", "fullmatch", "search", "finditer", "split"):
            return lambda pattern, text, flags=0: getattr(self.compile(pattern, flags), name)(text)
        return getattr(re, name)

    def compile(self, pattern: str, flags: int = 0) -> Expression:
        if (pattern, flags) not in self.made:
            self.made[pattern, flags] = Expression(re.compile(pattern, flags), self.work)
        return self.made[pattern, flags]

    def sub(self, pattern: str, new: Any, text: str, *, flags: int = 0) -> str:
        return self.compile(pattern, flags).sub(new, text)


@contextmanager
def counted(*modules: ModuleType) -> Iterator[Work]:
    """Count the lines of Python that run, and the steps of the regular expressions of some modules."""
    work = Work()
    tracer = sys.gettrace()
    with pytest.MonkeyPatch.context() as patch:
        for module in modules:
            for name, value in vars(module).items():
                if isinstance(value, re.Pattern):
                    patch.setattr(module, name, Expression(value, work))
                elif value is re:
                    patch.setattr(module, name, _Re(work))
        sys.settrace(work.trace)
        try:
            yield work
        finally:
            sys.settrace(tracer)
