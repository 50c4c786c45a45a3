"""A world: one choice for everything that was asked for so far.

A question reads a world like templates without conditions. It forks by itself when it reads something that the world
has not chosen: the question is then asked anew in each of the worlds that the fork makes. What is read in one world
belongs together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar, cast

from ecr_ecs_constructs.cloudformation.choices import Choice, Choices, Fork, Variable
from ecr_ecs_constructs.cloudformation.conditions.answers import UNASKED, Answers, Forked, Key
from ecr_ecs_constructs.cloudformation.conditions.walk import Walk, plain_values
from ecr_ecs_constructs.cloudformation.evaluation.evaluation import Evaluation
from ecr_ecs_constructs.cloudformation.evaluation.intrinsic import FUNCTIONS
from ecr_ecs_constructs.cloudformation.evaluation.outcomes import outcome
from ecr_ecs_constructs.cloudformation.names import is_deployed
from ecr_ecs_constructs.cloudformation.template import Node, Resource, Template
from ecr_ecs_constructs.cloudformation.values import ABSENT, Branch, Content, Hole, Kind, Site, Text, Value

if TYPE_CHECKING:
    from ecr_ecs_constructs.cloudformation.conditions.worlds import Worlds

MADE = object()
"""The first part of the variable of a resource that may be late; it is chosen where the resource is not made yet."""

NOTED = object()
"""The first part of the variable of a resource of which it is noted that it is read; nobody chooses it."""

MAX_WORLDS = 4096
"""In how many worlds one question is asked; what needs more is not known."""

MAX_STEPS_IN_ALL = 1_000_000
"""How many objects and lists are evaluated for all worlds of one question; what needs more is not known."""

T = TypeVar("T")
P = ParamSpec("P")


class InWorld:
    """Something that answers questions in one world; there is one of its class in each.

    Attributes:
        world: the world.
    """

    world: World


S = TypeVar("S", bound=InWorld)


def asked(question: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """Answer a question once for all worlds that agree on what it reads.

    Args:
        question: a method of something in a world; its arguments are hashable, and what it returns is no iterator.
    """

    @wraps(question)
    def answer(self: S, /, *arguments: P.args, **named: P.kwargs) -> T:
        key = (*arguments, *named.items()) if named else arguments
        return self.world.recall(question, key, lambda: question(self, *arguments, **named))

    return cast("Callable[Concatenate[S, P], T]", answer)


def settled(question: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """Answer a question once for all worlds in which the answer is the same, whatever it reads.

    Ten conditions in a text make a thousand worlds. Where they do not matter to what is asked of the text, whoever
    asks shall not meet them.

    Args:
        question: as `asked` takes it; its answers can be compared.
    """
    alone = asked(question)

    @wraps(question)
    def answer(self: S, /, *arguments: P.args, **named: P.kwargs) -> T:
        world = self.world
        key = (*arguments, *named.items()) if named else arguments
        return world.recall(answer, key, lambda: world.settle(lambda: alone(self, *arguments, **named)))

    return cast("Callable[Concatenate[S, P], T]", answer)


class World(InWorld):
    """A choice for everything that was asked for so far: it reads like templates without conditions.

    Attributes:
        root: all templates and all worlds.
        choices: what it has chosen.
        assumes: whether it is asked at the moment what would be so if it had chosen more.
    """

    def __init__(self, root: Worlds, choices: Choices) -> None:
        self.root = root
        self.choices = choices
        self.assumes = False
        self.world = self
        self._answers = root.answers
        self._walk = Walk(lambda template, name: (self._outcome(template, name),), lambda at: (self.read(at).value,))

    def recall(self, question: object, key: Key, ask: Callable[[], T]) -> T:
        """Return the answer that is known to a question about a key, and ask it where none is.

        Raises:
            Fork: the question reads what this world has not chosen; that is known of it as an answer is.
        """
        answers = self._answers[question]
        found: T | Forked = answers.same.get(key, UNASKED)
        if found is UNASKED:
            found = answers.known(key, self.choices) if key in answers.chosen else UNASKED
            if found is UNASKED:
                found = self._ask(answers, key, ask)
            if isinstance(found, Forked):
                raise Fork(*found)
        return found  # type: ignore[return-value] # a fork depends on a choice

    def recall_node(self, question: object, template: Template, node: Content, ask: Callable[[], T]) -> T:
        """Return the answer that is known to a question about a node of a template, and ask it where none is."""
        self.root.held[id(node)] = node  # as long as it lives, no other one has its id
        return self.recall(question, (_key(node), template), ask)

    def _ask(self, answers: Answers, key: Key, ask: Callable[[], T]) -> T | Forked:
        """Ask a question, and keep its answer together with the choices that it depends on."""
        choices = self.choices
        around, choices.reads = choices.reads, {}
        try:
            found: T | Forked = ask()
        except Fork as fork:
            choices.reads.setdefault(fork.variable, None)
            found = Forked(fork.variable, fork.choices)
        finally:
            reads, choices.reads = choices.reads, around
            if reads:
                around.update(reads)
        if reads:
            answers.keep(key, choices, reads, found)
        else:
            answers.same[key] = found
        return found

    def settle(self, ask: Callable[[], T]) -> T:
        """Return the answer to a question that is the same in all worlds that it forks into.

        Raises:
            Fork: it is not the same in all of them, or they are too many.
        """
        choices, start, made = self.choices, self.root.steps, 1
        first: Forked | None = None
        answers: list[T] = []
        depends: dict[Variable, Choice | None] = {}
        pending: list[Mapping[Variable, Choice]] = [{}]
        while pending:
            more = pending.pop()
            found, reads = self._assume(more, ask)
            if isinstance(found, Forked):
                first = first or found
                made += len(found.choices)
                is_too_much = made > MAX_WORLDS or self.root.steps - start > MAX_STEPS_IN_ALL
                pending += ({**more, found.variable: choice} for choice in reversed(found.choices))
                if reads[found.variable] is None:
                    del reads[found.variable]  # it is asked for every choice
                is_same = bool(found.choices) and not is_too_much
            else:
                answers = [*answers[:1], found]
                is_same = found == answers[0]
            depends.update(reads)
            if first is not None and not is_same:
                choices.reads.update({**depends, first.variable: choices.get(first.variable)})
                raise Fork(*first)
        choices.reads.update(depends)
        return answers[0]

    def _assume(
        self, more: Mapping[Variable, Choice], ask: Callable[[], T]
    ) -> tuple[T | Forked, dict[Variable, Choice | None]]:
        """Return the answer to a question if this world had made more choices, and which of its own that depends on."""
        choices, around, assumes = self.choices, self.choices.reads, self.assumes
        given = {variable: choices[variable] for variable in more if variable in choices}
        choices.update(more)
        choices.reads, self.assumes = {}, assumes or bool(more)
        try:
            found: T | Forked = ask()
        except Fork as fork:
            choices.reads.setdefault(fork.variable, None)
            found = Forked(fork.variable, fork.choices)
        finally:
            reads, choices.reads, self.assumes = choices.reads, around, assumes
            for variable in more:
                del choices[variable]
            choices.update(given)
        return found, {variable: choice for variable, choice in reads.items() if variable not in more}

    def _outcome(self, template: Template, name: str) -> bool:
        """Return the outcome of a condition."""
        return self.recall(_OUTCOME, (template, name), lambda: outcome(self._evaluation(), template, name))

    def _evaluation(self) -> Evaluation:
        return Evaluation(self.root.around, self.choices, self, FUNCTIONS)

    def holds(self, template: Template, name: str) -> bool:
        """Return whether a condition of a template is true."""
        return self._outcome(template, name)

    def exists(self, resource: Resource) -> bool:
        """Return whether a resource of this environment is there, by its condition and those of stacks around it."""
        if not self._may_exist(resource):
            return False
        inner: Resource | None = resource
        while inner is not None:
            if inner.condition and not self._outcome(inner.template, inner.condition):
                return False
            inner = inner.template.parent
        return True

    def _may_exist(self, resource: Resource) -> bool:
        """Return whether a resource is of this environment, and made where it may be late, of which a note is taken."""
        choices, variable = self.choices, self.root.made.get(resource)
        choice = None
        if variable is not None:
            choice = choices.reads[variable] = choices.get(variable)
        return choice is None and is_deployed(choices, resource.template)

    def needed(self, ask: Callable[[], T]) -> tuple[T, tuple[Resource, ...]]:
        """Return the answer to a question, and the resources that may be late which it depends on."""
        return self._reading(MADE, ask)

    def noted(self, ask: Callable[[], T]) -> tuple[T, tuple[Resource, ...]]:
        """Return the answer to a question, and the resources that it reads of which that is noted."""
        return self._reading(NOTED, ask)

    def _reading(self, kind: object, ask: Callable[[], T]) -> tuple[T, tuple[Resource, ...]]:
        """Return the answer to a question, and the resources whose variables of a kind it reads."""
        choices = self.choices
        around, choices.reads = choices.reads, {}
        try:
            found = ask()
        finally:
            reads, choices.reads = choices.reads, around
            around.update(reads)
        variables = [variable for variable in reads if variable[0] is kind]
        return found, tuple(each for _, *rest in variables for each in rest if isinstance(each, Resource))

    def sites(self, resource: Resource, path: str, at: Site | None = None) -> tuple[Site, ...]:
        """Return the places of a resource that a path leads to, one for each element of a list.

        Args:
            resource: the resource.
            path: keys separated by dots; `*` stands for each element of a list.
            at: where the path starts; the resource's properties if not given.

        Returns:
            Each place; none where a key is absent, or the resource. Where the way is known only at deployment, the
            place where it ends, its node the opaque one, and `…` at the end of its location.
        """
        return tuple(self._find(resource, path, at))

    def site(self, resource: Resource, path: str, location: str, at: Site | None = None) -> Site | None:
        """Return the place that a path leads to at a location, without a look at its neighbours; None for none.

        Args:
            resource: the resource.
            path: as `sites` takes it.
            location: the location.
            at: as `sites` takes it.
        """
        return next((site for site in self._find(resource, path, at, location) if site.location == location), None)

    def _find(self, resource: Resource, path: str, at: Site | None, only: str | None = None) -> list[Site]:
        if at is None:
            if not self.exists(resource):
                return []
            if self.root.is_noted(resource):
                self.choices.reads[NOTED, resource] = None
        return self._walk.find(resource, path, at, only)

    def read(self, site: Site) -> Branch:
        """Return the value of a place, and the names of the parameters whose default decides it."""
        return self.evaluate(site.resource.template, site.node)

    def evaluate(self, template: Template, node: Content) -> Branch:
        """Return the value of a node of a template, and the names of the parameters whose default decides it."""
        if type(node) is str and "{{" not in node:
            return Branch(node)
        if type(node) is not dict and type(node) is not list:
            return self._evaluate(template, node)
        return self.recall_node(_VALUE, template, node, lambda: self._evaluate(template, node))

    def _evaluate(self, template: Template, node: Content) -> Branch:
        run = self._evaluation()
        try:
            value = run.value(template, node)
        finally:
            self.root.steps += run.steps
        return Branch(value, tuple(sorted(run.defaults)) if run.defaults else ())

    def values(self, resource: Resource, path: str, at: Site | None = None) -> tuple[Value, ...]:
        """Return the values that a path of a resource leads to: one, or one for each element of a list.

        Args:
            resource: the resource.
            path: as `sites` takes it.
            at: where the path starts; the resource's properties if not given.
        """
        plain = self.root.plain(resource, path) if at is None else plain_values(path, at.node)
        if plain is not None and at is None and not self._may_exist(resource):
            return ()
        return plain if plain is not None else self._values(resource, path, at)

    @asked
    def _values(self, resource: Resource, path: str, at: Site | None) -> tuple[Value, ...]:
        values = [self.evaluate(resource.template, site.node).value for site in self._find(resource, path, at)]
        return tuple([value for value in values if value is not ABSENT and value is not None])

    def value(self, resource: Resource, path: str, absent: Value = None, at: Site | None = None) -> Value:
        """Return the only value that a path leads to.

        Args:
            resource: the resource.
            path: without `*`.
            absent: what to return where the property is not there.
            at: where the path starts; the resource's properties if not given.
        """
        values = self.values(resource, path, at)
        return values[0] if values else absent

    def pseudo(self, template: Template, name: str) -> str | Text:
        """Return the value of a pseudo parameter such as `AWS::Region`, a hole where the templates do not fix it."""
        reference: Node = {"Ref": name}
        value = self.evaluate(template, reference).value
        return value if isinstance(value, (str, Text)) else Text((Hole(Kind.ANYTHING, name),))


def unnoted(world: World, ask: Callable[[], T]) -> T:
    """Return the answer to a question without a note of the resources that it reads: nothing rests on them."""
    choices = world.choices
    around, choices.reads = choices.reads, {}
    try:
        return ask()
    finally:
        reads, choices.reads = choices.reads, around
        around.update((variable, choice) for variable, choice in reads.items() if variable[0] is not NOTED)


_VALUE, _OUTCOME = "value of a node", "outcome of a condition"


def _key(node: Content) -> object:
    """Return what tells a node from others; references to the same thing are the same."""
    if type(node) is dict and len(node) == 1:
        if type(name := node.get("Ref")) is str:
            return name
        target = node.get("Fn::GetAtt")
        if type(target) is list and len(target) == 2 and type(target[0]) is str and type(target[1]) is str:
            return target[0], target[1]
    return id(node)
