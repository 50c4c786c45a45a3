"""The evaluation of a template's nodes in one world, before the template is deployed.

A *world* is one choice for every parameter, pseudo parameter or undecidable comparison that an evaluation asks for. An
evaluation that needs a choice not made yet raises `Fork` and starts anew in each of the worlds that the fork makes, so
the order of evaluation decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from ecr_ecs_constructs.cloudformation.choices import Choices
from ecr_ecs_constructs.cloudformation.evaluation.strings import anything, beyond, dynamic, told_apart
from ecr_ecs_constructs.cloudformation.evaluation.surroundings import Surroundings
from ecr_ecs_constructs.cloudformation.template import Node, Template
from ecr_ecs_constructs.cloudformation.values import ABSENT, Content, Hole, Kind, Text, Value, scalar

T = TypeVar("T")

MAX_DEPTH = 100
"""How deep intrinsic functions and references are followed; what lies deeper is a hole that says so."""

MAX_STEPS = 20_000
"""How many objects and lists one world evaluates; what needs more is a hole that says so."""


class Memory(Protocol):
    """All that is known in one world."""

    def recall(self, question: object, key: tuple[object, ...], ask: Callable[[], T]) -> T:
        """Return the answer that is known to a question about a key, and ask it where none is."""

    def recall_node(self, question: object, template: Template, node: Content, ask: Callable[[], T]) -> T:
        """Return the answer that is known to a question about a node of a template, and ask it where none is."""


Function = Callable[["Evaluation", Template, Content], Value]
"""Returns the value of an intrinsic function with an argument."""


class Evaluation:
    """The evaluation of a node in one world.

    Attributes:
        around: all templates.
        choices: the choices of the world.
        memory: what is known in the world.
        defaults: the names of the parameters whose default decided something.
        steps: how many objects and lists were evaluated.
        depth: in how many of them the evaluation is.
        open: the places that references lead to and that are evaluated at the moment, with their templates.
        in_condition: whether the outcome of a condition is evaluated.

    Args:
        functions: the intrinsic functions by their names.
    """

    def __init__(
        self, around: Surroundings, choices: Choices, memory: Memory, functions: Mapping[str, Function]
    ) -> None:
        self.around = around
        self.choices = choices
        self.memory = memory
        self.defaults: set[str] = set()
        self.steps = 0
        self.depth = 0
        self.in_condition = False
        self.open: set[tuple[Template, str]] = set()
        self._functions = functions
        self._is_unfinished = False

    def value(self, template: Template, node: Content) -> Value:
        """Return the value of a node of a template; that of a value is itself."""
        if type(node) is str:
            return dynamic(node) if "{{" in node else node
        if type(node) is not dict and type(node) is not list:
            return node if isinstance(node, (Text, Hole)) else scalar(node)
        self.steps += 1
        if self.depth >= MAX_DEPTH or self.steps > MAX_STEPS:
            return self.unfinished(f"more than {MAX_DEPTH} nested values or {MAX_STEPS} in all")
        self.depth += 1  # a fork needs no way back: it ends the evaluation
        found = self._object(template, node) if isinstance(node, dict) else self._list(template, node)
        self.depth -= 1
        return found

    def unfinished(self, limit: str) -> Text:
        """Return what stands for a value that is not evaluated to its end, since that would exceed a limit."""
        self._is_unfinished = True
        return beyond(limit)

    def _list(self, template: Template, node: Sequence[Node | Value]) -> list[Value]:
        found: list[Value] = []
        value_of = self._part if self._may_know_parts() else self.value
        for item in node:
            # Most are plain strings: they need no question.
            value = item if type(item) is str and "{{" not in item else value_of(template, item)
            if value is not ABSENT:
                found.append(value)
        return found

    def _object(self, template: Template, node: Mapping[str, Node | Value]) -> Value:
        if len(node) == 1:
            (name,) = node
            if function := self._functions.get(name):
                value = function(self, template, node[name])
                return value if type(value) is str else told_apart(value, template, node)
            if name[:4] == "Fn::":
                value = [Hole(Kind.REST, name)] if name in _OPAQUE_LISTS else anything(name)
                return told_apart(value, template, node)
        found: dict[str, Value] = {}
        value_of = self._part if self._may_know_parts() else self.value
        for key, item in node.items():
            value = item if type(item) is str and "{{" not in item else value_of(template, item)
            if value is not ABSENT:
                found[key] = value
        return found

    def _may_know_parts(self) -> bool:
        """Return whether parts of a node may be known from another world.

        Where nothing is chosen, nothing was asked before. What a reference leads to may lead back to itself.
        """
        return bool(self.choices) and not self.in_condition and not self.open

    def _part(self, template: Template, node: Content) -> Value:
        """Return the value of a part of a node; it is evaluated once for all worlds that chose alike."""
        if type(node) is not dict and type(node) is not list:
            return self.value(template, node)
        defaults, self.defaults = self.defaults, set()
        try:
            found = self.memory.recall_node("part", template, node, lambda: self._finished(template, node))
        except _UnfinishedError as error:
            found = error.part
        finally:
            self.defaults = defaults
        self.defaults |= found.defaults
        return found.value

    def _finished(self, template: Template, node: Content) -> _Part:
        found = _Part(self.value(template, node), frozenset(self.defaults))
        if self._is_unfinished:  # it may be less deep elsewhere
            raise _UnfinishedError(found)
        return found

    def follow(self, template: Template, name: str, node: Content) -> Value:
        """Return the value of a node that a reference leads to, a hole where it leads back to itself."""
        place = (template, name)
        if place in self.open:
            return anything(name)
        self.open.add(place)
        try:
            return self.value(template, node)
        finally:
            self.open.discard(place)

    def text(self, template: Template, node: Content) -> str | Text:
        """Return a node's value as text; what is no text is a hole."""
        value = self.value(template, node)
        return value if isinstance(value, (str, Text)) else anything("a value that is no text")


_OPAQUE_LISTS = ("Fn::GetAZs", "Fn::Cidr")


class _Part(NamedTuple):
    """The value of a part of a node.

    Attributes:
        value: the value.
        defaults: the names of the parameters whose default decided it.
    """

    value: Value
    defaults: frozenset[str]


class _UnfinishedError(Exception):
    """A part of a node was not evaluated to its end."""

    def __init__(self, part: _Part) -> None:
        super().__init__()
        self.part = part
