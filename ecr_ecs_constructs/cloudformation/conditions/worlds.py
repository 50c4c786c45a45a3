"""A template is a family of templates: one for each outcome of its conditions and each value of its open parameters.

Every question is asked in one *world* and written as if there were no conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import TypeVar

from ecr_ecs_constructs.cloudformation.choices import Choice, Choices, Fork, Variable
from ecr_ecs_constructs.cloudformation.conditions.answers import Answers
from ecr_ecs_constructs.cloudformation.conditions.walk import Walk, plain_values
from ecr_ecs_constructs.cloudformation.conditions.words import told_apart
from ecr_ecs_constructs.cloudformation.conditions.world import (
    MADE,
    MAX_STEPS_IN_ALL,
    MAX_WORLDS,
    InWorld,
    World,
    asked,
    settled,
    unnoted,
)
from ecr_ecs_constructs.cloudformation.evaluation.surroundings import Surroundings
from ecr_ecs_constructs.cloudformation.template import Node, Resource, Template
from ecr_ecs_constructs.cloudformation.values import Branch, Content, Hole, Kind, Site, Text, Value
from ecr_ecs_constructs.cloudformation.vouches import NOTHING_VOUCHED, Vouches

__all__ = ["MAX_WORLDS", "InWorld", "UndecidedError", "World", "Worlds", "asked", "settled", "unnoted"]

T = TypeVar("T")


class UndecidedError(Exception):
    """A question has no answer in the worlds that are followed; the message says why."""


class _ByQuestion(dict[object, Answers]):
    def __missing__(self, question: object) -> Answers:
        self[question] = Answers()
        return self[question]


class Worlds:
    """All worlds of the templates of one call, and all that is known in them.

    Args:
        templates: the templates.
        late: the types of the resources of which it is asked what is so before they are made.
        is_noted: returns whether it is noted of a resource, with its properties as they are written, that it is read.
        vouches: what lives elsewhere and is vouched for.

    Attributes:
        templates: the templates.
        vouches: what lives elsewhere and is vouched for, in all worlds.
        made: for each of these resources the variable that says whether it is made.
        around: what the evaluation of a node asks of all of them.
        answers: all that is known, by the question.
        held: the nodes that something is known of, by their ids.
        steps: how many objects and lists were evaluated.
    """

    def __init__(
        self,
        templates: Sequence[Template],
        late: Sequence[str] = (),
        is_noted: Callable[[Resource, Node], bool] = lambda *_: False,
        vouches: Vouches = NOTHING_VOUCHED,
    ) -> None:
        self.templates = tuple(templates)
        self.vouches = vouches
        self.around = Surroundings(self.templates, self._values)
        self.answers = _ByQuestion()
        self.held: dict[int, Content] = {}
        self.steps = 0
        self._rewritten: dict[tuple[Callable[[Content], Content], int], Content] = {}
        self._plain: dict[tuple[Resource, str], tuple[Value, ...] | None] = {}
        self._chosen: dict[Variable, bool] = {}
        self._every_value: dict[tuple[Resource, str], tuple[Value, ...] | None] = {}
        self._named: dict[tuple[str, str], dict[object, dict[Resource, None]]] = {}
        self._candidates: dict[tuple[object, Sequence[str]], dict[object, dict[Resource, None]]] = {}
        self._all: dict[tuple[str, ...], tuple[Resource, ...]] = {}
        self._worlds: dict[frozenset[tuple[Variable, Choice]], World] = {}
        self._is_noted = is_noted
        self._noted: dict[Resource, bool] = {}
        self.made: Mapping[Resource, Variable] = {each: (MADE, each) for each in self.all(*late)}

    def plain(self, resource: Resource, path: str) -> tuple[Value, ...] | None:
        """Return the values that a path of a resource leads to, None where more than literals may matter."""
        key = (resource, path)
        if key not in self._plain:
            is_watched = _may_be_absent(resource) or self.is_noted(resource)
            self._plain[key] = None if is_watched else plain_values(path, resource.properties)
        return self._plain[key]

    def is_noted(self, resource: Resource) -> bool:
        """Return whether it is noted of a resource that it is read."""
        found = self._noted.get(resource)
        if found is None:
            found = self._noted[resource] = self._is_noted(resource, resource.properties)
        return found

    def is_chosen(self, variable: Variable) -> bool:
        """Return whether any world may choose a variable."""
        found = self._chosen.get(variable)
        if found is None:
            found = self._chosen[variable] = self.around.may_choose(variable)
        return found

    def world(self, choices: Mapping[Variable, Choice]) -> World:
        """Return the world of some choices."""
        key = frozenset(choices.items()) if choices else _NO_CHOICES
        found = self._worlds.get(key)
        if found is None or found.assumes:
            found = self._worlds[key] = World(self, Choices(choices, self.is_chosen))
        return found

    def told_apart(self, world: World, others: Sequence[World] | None) -> str:
        """Return in words by what a world is told from others: `Stage is prod and AWS::Region is us-east-1`.

        Args:
            world: the world.
            others: all from which it is told; None where they are not all known, so that each of its choices counts.

        Returns:
            As few of its choices as no other world shares; nothing where there are no others.
        """
        choices = None if others is None else [other.choices for other in others]
        return told_apart(world.choices, choices, self.around.compared)

    def in_each_world(self, question: Callable[[World], T | None]) -> Iterator[tuple[World, T]]:
        """Yield the answer to a question in each world that it tells apart.

        Args:
            question: the question; None where it has no meaning in a world.

        Raises:
            UndecidedError: there are more than are followed, or CloudFormation takes none in which it has a meaning.
        """
        pending: list[Mapping[Variable, Choice]] = [{}]
        made, start, found, refused = 1, self.steps, False, False
        while pending:
            world = self.world(pending.pop())
            # A question that is being answered in this world did not read what this one reads.
            around, world.choices.reads = world.choices.reads, {}
            try:
                answer = question(world)
            except Fork as fork:
                made += len(fork.choices)
                refused |= not fork.choices
                pending += ({**world.choices, fork.variable: choice} for choice in reversed(fork.choices))
                answer = None
            finally:
                world.choices.reads = around
            if answer is not None:
                found = True
                yield world, answer
            if pending and (made > MAX_WORLDS or self.steps - start > MAX_STEPS_IN_ALL):
                raise UndecidedError(_TOO_MANY)
        if refused and not found:
            raise UndecidedError(_REFUSED)

    def every(self, resource: Resource, path: str) -> tuple[Value, ...] | None:
        """Return every value that a path of a resource leads to in any world, None where there are too many worlds."""
        key = (resource, path)
        if key not in self._every_value:
            self._every_value[key] = self._every(lambda world: world.values(resource, path))
        return self._every_value[key]

    def all(self, *types: str) -> tuple[Resource, ...]:
        """Return every resource of some types, whatever world it is in."""
        found = self._all.get(types)
        if found is None:
            each = (one.by_type.get(type_, ()) for one in self.templates for type_ in types)
            found = self._all[types] = tuple(chain.from_iterable(each))
        return found

    def named(self, type_: str, path: str, name: object) -> tuple[Resource, ...]:
        """Return the resources of a type in which a path leads to a value in some world.

        Args:
            type_: the type.
            path: the path, as `World.sites` takes it.
            name: a text; None for all in which too many worlds tell what it leads to.
        """
        index = self._named.get((type_, path))
        if index is None:
            index = self._named[type_, path] = {}
            for resource in self.all(type_):
                values = self.every(resource, path)
                for value in (None,) if values is None else values:
                    if value is None or isinstance(value, (str, Text)):
                        index.setdefault(value, {})[resource] = None
        return tuple(index.get(name, ()))

    def candidates(
        self, question: Callable[[World, Resource], Iterable[object]], types: Sequence[str], key: object
    ) -> tuple[Resource, ...]:
        """Return the resources of some types for which a question gives a key in some world, or may do so.

        A question in one world about everything that belongs to something is asked about these alone, so that it reads
        the conditions of nothing else.

        Args:
            question: gives keys for a resource in one world.
            types: the types.
            key: the key.
        """
        index = self._candidates.get((question, types))
        if index is None:
            index = self._candidates[question, types] = {}
            for resource in self.all(*types):
                found = self._every(partial(_tuple, question, resource))
                for each in (_ANY,) if found is None else found:
                    index.setdefault(each, {})[resource] = None
        return tuple({**index.get(key, {}), **index.get(_ANY, {})})

    def places(self, resource: Resource, path: str, at: Site | None = None) -> tuple[Site, ...]:
        """Return the places of a resource that a path leads to in any world; some of them may be in none.

        Args:
            resource: the resource.
            path: as `World.sites` takes it.
            at: where the path starts; the resource's properties if not given.
        """

        def read(site: Site) -> list[Value]:
            branches = self.branches(site.resource.template, site.node)
            return [Text((Hole(Kind.ANYTHING, site.location),))] if branches is None else [b.value for b in branches]

        return tuple(dict.fromkeys(Walk(lambda *_: (True, False), read).find(resource, path, at)))

    def branches(self, template: Template, node: Content) -> tuple[Branch, ...] | None:
        """Return every value that a node of a template can have, each once; None where there are too many worlds."""
        return self._every(lambda world: (world.evaluate(template, node),))

    def _values(self, template: Template, node: Node) -> Iterator[Value]:
        return (branch.value for branch in self.branches(template, node) or ())

    def _every(self, question: Callable[[World], Iterable[T]]) -> tuple[T, ...] | None:
        """Return all that a question gives in any world, each once; None where there are too many worlds."""
        try:
            return tuple(_once(chain.from_iterable(answers for _, answers in self.in_each_world(question))))
        except UndecidedError:
            return None

    def rewritten(self, rewrite: Callable[[Content], Content], node: Content) -> Content:
        """Return a node of a template written anew, as one object, so that it is evaluated once."""
        key = (rewrite, id(node))
        if key not in self._rewritten:
            self.held[id(node)] = node
            self._rewritten[key] = rewrite(node)
        return self._rewritten[key]

    def written(self, resource: Resource) -> Node:
        """Return the properties of a resource as they are written, whatever they turn out to be."""
        return resource.properties


_NO_CHOICES: frozenset[tuple[Variable, Choice]] = frozenset()
_ANY = object()
_TOO_MANY = f"it depends on more than {MAX_WORLDS} combinations of conditions and parameters"
_REFUSED = "CloudFormation finds no value for a part of it in any combination of parameters"


def _may_be_absent(resource: Resource) -> bool:
    """Return whether a resource has a condition, or a nested stack around it has one."""
    inner: Resource | None = resource
    while inner is not None:
        if inner.condition:
            return True
        inner = inner.template.parent
    return False


def _tuple(question: Callable[[World, Resource], Iterable[T]], resource: Resource, world: World) -> tuple[T, ...]:
    return tuple(question(world, resource))


def _once(answers: Iterable[T]) -> Iterator[T]:
    """Yield each of some answers once; lists and objects are among them."""
    known: set[T] = set()
    others: list[T] = []
    for answer in answers:
        try:
            is_known = answer in known
            known.add(answer)
        except TypeError:
            is_known = answer in others
            others.append(answer)
        if not is_known:
            yield answer
