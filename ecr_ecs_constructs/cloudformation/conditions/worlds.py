"""A template is a family of templates: one for each outcome of its conditions and each value of its open parameters.

Every question is asked in one *world* and written as if there were no conditions. A world forks by itself when a
question reads something that it has not chosen: the question is then asked anew in each of the worlds that the fork
makes. What is read in one world belongs together.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial, wraps
from itertools import chain
from typing import Concatenate, ParamSpec, TypeVar, cast

from ecr_ecs_constructs.cloudformation.conditions.answers import UNASKED, Answers, Forked, Key
from ecr_ecs_constructs.cloudformation.conditions.walk import Walk
from ecr_ecs_constructs.cloudformation.evaluation import (
    OTHER,
    Choice,
    Choices,
    Evaluation,
    Fork,
    Variable,
    compared_in,
    has_function,
    used_in,
)
from ecr_ecs_constructs.cloudformation.template import Node, Resource, Template, near
from ecr_ecs_constructs.cloudformation.values import ABSENT, Branch, Content, Hole, Kind, Site, Text, Value, scalar

MAX_WORLDS = 4096
"""In how many worlds one question is asked; what needs more is not known."""

MAX_STEPS_IN_ALL = 1_000_000
"""How many objects and lists are evaluated for all worlds of one question; what needs more is not known."""

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
P = ParamSpec("P")


class InWorld:
    """Something that answers questions in one world.

    Attributes:
        world: the world.
        key: what tells it from others of its class in the same world; an answer is remembered for one of this key.
    """

    world: World
    key: tuple[object, ...] = ()


S = TypeVar("S", bound=InWorld)


def asked(question: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """Answer a question once for all worlds that agree on what it reads.

    Args:
        question: a method of something in a world; its arguments are hashable, and what it returns is no iterator.
    """

    @wraps(question)
    def answer(self: S, /, *arguments: P.args, **named: P.kwargs) -> T:
        key = (*self.key, *arguments, *named.items()) if named or self.key else arguments
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
        key = (settled, *self.key, *arguments, *named.items())
        return self.world.recall(question, key, lambda: self.world.settle(lambda: alone(self, *arguments, **named)))

    return cast("Callable[Concatenate[S, P], T]", answer)


class World(InWorld):
    """A choice for everything that was asked for so far: it reads like templates without conditions.

    Attributes:
        root: all templates and all worlds.
        choices: what it has chosen.
        assumes: whether it is asked at the moment what would be so if it had chosen more.
    """

    def __init__(self, root: Worlds, choices: Mapping[Variable, Choice]) -> None:
        self.root = root
        self.choices = Choices(choices, root.is_chosen)
        self.assumes = False
        self.world = self
        self._answers = root.answers

    def recall(self, question: object, key: Key, ask: Callable[[], T]) -> T:
        """Return the answer that is known to a question about a key, and ask it where none is.

        Raises:
            Fork: the question reads what this world has not chosen; that is known of it as an answer is.
        """
        answers = self._answers[question]
        found: T | Forked = answers.same.get(key, UNASKED)
        if found is not UNASKED:
            return found  # type: ignore[return-value] # a fork depends on a choice
        choices = self.choices
        if key in answers.chosen:
            found = answers.known(key, choices)
        if found is UNASKED:
            around, choices.reads = choices.reads, {}
            try:
                found = ask()
            except Fork as fork:
                found = Forked(fork.variable, fork.choices)
                choices.reads.setdefault(fork.variable, None)
            finally:
                reads, choices.reads = choices.reads, around
                around.update(reads)
            if reads:
                answers.keep(key, choices, reads, found)
            else:
                answers.same[key] = found
        if isinstance(found, Forked):
            raise Fork(*found)
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
                answers.append(found)
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
            found = Forked(fork.variable, fork.choices)
            choices.reads.setdefault(fork.variable, None)
        finally:
            reads, choices.reads, self.assumes = choices.reads, around, assumes
            for variable in more:
                del choices[variable]
            choices.update(given)
        return found, {variable: choice for variable, choice in reads.items() if variable not in more}

    def _condition(self, template: Template, name: str) -> bool:
        return Evaluation(self.root, self.choices, self.recall).condition(template, name)

    def holds(self, template: Template, name: str) -> bool:
        """Return whether a condition of a template is true."""
        return self._condition(template, name)

    def exists(self, resource: Resource) -> bool:
        """Return whether a resource is there: its own condition is true, and those of the nested stacks around it."""
        always = resource.condition is None and resource.template.parent is None
        return always or self._exists(resource)

    @asked
    def _exists(self, resource: Resource) -> bool:
        inner: Resource | None = resource
        while inner is not None:
            if inner.condition and not self._condition(inner.template, inner.condition):
                return False
            inner = inner.template.parent
        return True

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
        return tuple(self._walk(resource, path, at))

    def site(self, resource: Resource, path: str, location: str, at: Site | None = None) -> Site | None:
        """Return the place that a path leads to at a location, without a look at its neighbours; None for none.

        Args:
            resource: the resource.
            path: as `sites` takes it.
            location: the location.
            at: as `sites` takes it.
        """
        return next((site for site in self._walk(resource, path, at, location) if site.location == location), None)

    def _walk(self, resource: Resource, path: str, at: Site | None, only: str | None = None) -> list[Site]:
        walk = Walk(self._outcome, self._read, only)
        keys = path.split(".") if path else ()
        if at is not None:
            walk.go(keys, at.resource, at.location, at.node)
        elif self.exists(resource):
            walk.go(keys, resource, "Properties", resource.properties)
        return walk.found

    def _outcome(self, template: Template, name: str) -> tuple[bool]:
        return (self._condition(template, name),)

    def _read(self, site: Site) -> tuple[Value]:
        return (self.read(site).value,)

    def read(self, site: Site) -> Branch:
        """Return the value of a place, and the names of the parameters whose default decides it."""
        return self.evaluate(site.resource.template, site.node)

    def evaluate(self, template: Template, node: Content) -> Branch:
        """Return the value of a node of a template, and the names of the parameters whose default decides it."""
        if type(node) is str and "{{" not in node:
            return Branch(node)
        if type(node) is not dict and type(node) is not list:
            return self._evaluate(template, node)
        return self.recall(_NODE, (_key(node), template), lambda: self._evaluate(template, node))

    def _evaluate(self, template: Template, node: Content) -> Branch:
        self.root.evaluated.append(node)  # as long as it lives, no other one has its id
        run = Evaluation(self.root, self.choices, self.recall)
        try:
            value = run.value(template, node)
        finally:
            self.root.steps += run.steps
        return Branch(value, tuple(sorted(run.defaults)) if run.defaults else ())

    @asked
    def _values(self, resource: Resource, path: str, at: Site | None) -> tuple[Value, ...]:
        found = []
        for site in self._walk(resource, path, at):
            value = self.read(site).value
            if value is not ABSENT and value is not None:
                found.append(value)
        return tuple(found)

    def values(self, resource: Resource, path: str, at: Site | None = None) -> tuple[Value, ...]:
        """Return the values that a path of a resource leads to: one, or one for each element of a list.

        Args:
            resource: the resource.
            path: as `sites` takes it.
            at: where the path starts; the resource's properties if not given.
        """
        if at is None:
            plain = self.root.plain(resource, path)
            if plain is not None:
                return plain
        else:
            found: list[Value] = []
            if _is_plain(at.node, path.split(".") if path else (), found):
                return tuple(found)
        return self._values(resource, path, at)

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


_NODE = "node"


def _key(node: Content) -> object:
    """Return what tells a node from others; references to the same thing are the same."""
    if type(node) is dict and len(node) == 1:
        if type(name := node.get("Ref")) is str:
            return name
        if type(target := node.get("Fn::GetAtt")) is list and all(type(part) is str for part in target):
            return tuple(target)
    return id(node)


class UndecidedError(Exception):
    """A question has no answer in the worlds that are followed; the message says why."""


def _shares(world: World, choices: Mapping[Variable, Choice]) -> bool:
    """Return whether a world has made some choices, or leaves them open."""
    return all(world.choices.get(variable, choice) == choice for variable, choice in choices.items())


def _last_name(variable: Sequence[object]) -> str:
    """Return what people call the variable of a world."""
    names = [part for part in variable if isinstance(part, str)]
    return names[-1] if names else "a parameter"


def _plain(resource: Resource, path: str) -> tuple[Value, ...] | None:
    """Return the values that a path leads to where nothing but literals is on the way, None elsewhere."""
    inner: Resource | None = resource
    while inner is not None:
        if inner.condition:
            return None
        inner = inner.template.parent
    found: list[Value] = []
    return tuple(found) if _is_plain(resource.properties, path.split(".") if path else (), found) else None


def _is_plain(node: Content, keys: Sequence[str], found: list[Value]) -> bool:
    """Add the literals that keys lead to; return whether nothing else is there."""
    for index, key in enumerate(keys):
        if type(node) is dict:
            if key in node:
                node = node[key]
                continue
            return key != "*" and not ("Ref" in node or has_function(node))
        if type(node) is not list or key != "*":
            return False
        rest = keys[index + 1 :]
        return all(_is_plain(element, rest, found) for element in node)
    value = node if type(node) is str and "{{" not in node else scalar(node) if type(node) in (bool, int) else None
    if value is None:
        return False
    found.append(value)
    return True


class _ByQuestion(dict[object, Answers]):
    def __missing__(self, question: object) -> Answers:
        self[question] = Answers()
        return self[question]


class Worlds:
    """All worlds of the templates of one call, and all that is known in them.

    Attributes:
        templates: the templates.
        answers: all that is known, by the question.
        steps: how many objects and lists were evaluated.
        evaluated: the nodes of which the values are known.
    """

    def __init__(self, templates: Sequence[Template]) -> None:
        self.templates = tuple(templates)
        self.steps = 0
        self.answers = _ByQuestion()
        self.evaluated: list[Content] = []
        self._rewritten: dict[tuple[Callable[[Content], Content], int], tuple[Content, Content]] = {}
        self._plain: dict[tuple[Resource, str], tuple[Value, ...] | None] = {}
        self._chosen: dict[Variable, bool] = {}
        self._all: dict[tuple[str, ...], tuple[Resource, ...]] = {}
        self._worlds: dict[frozenset[tuple[Variable, Choice]], World] = {}

    def plain(self, resource: Resource, path: str) -> tuple[Value, ...] | None:
        """Return the values that a path of a resource leads to, None where a function or a condition may matter."""
        key = (resource, path)
        if key not in self._plain:
            self._plain[key] = _plain(resource, path)
        return self._plain[key]

    def is_chosen(self, variable: Variable) -> bool:
        """Return whether any world may choose a variable."""
        found = self._chosen.get(variable)
        if found is None:
            found = self._chosen[variable] = self._may_choose(variable)
        return found

    def _may_choose(self, variable: Variable) -> bool:
        if self._has_maps or self.compared(variable) or not self.is_only_compared(variable):
            return True
        match variable:
            case (Template() as template, str(name)):
                return bool(template.declared.get(name, {}).get("AllowedValues"))
            case (str(name),):
                return not name.startswith("AWS::")
        return True

    @cached_property
    def _has_maps(self) -> bool:
        """True where any template has a map, of which a variable may be a key."""
        return any(template.section("Mappings") for template in self.templates)

    def world(self, choices: Mapping[Variable, Choice]) -> World:
        """Return the world of some choices."""
        key = frozenset(choices.items()) if choices else _NO_CHOICES
        found = self._worlds.get(key)
        if found is None or found.assumes:
            found = self._worlds[key] = self._made(choices)
        return found

    def _made(self, choices: Mapping[Variable, Choice]) -> World:
        return World(self, choices)

    def told_apart(self, world: World, others: Sequence[World] | None) -> str:
        """Return in words by what a world is told from others: `Stage is prod and AWS::Region is us-east-1`.

        Args:
            world: the world.
            others: all from which it is told; None where they are not all known, so that each of its choices counts.

        Returns:
            As few of its choices as no other world shares; nothing where there are no others.
        """
        if others is not None and not others:
            return ""
        kept = dict(world.choices)
        for variable in world.choices if others is not None else ():
            rest = {name: choice for name, choice in kept.items() if name != variable}
            if not any(_shares(other, rest) for other in others or ()):
                kept = rest
        return " and ".join(dict.fromkeys(self._worded(variable, choice) for variable, choice in kept.items()))

    def _worded(self, variable: Variable, choice: Choice) -> str:
        if variable[0] == "condition":
            node = json.loads(str(variable[-1]))
            is_named = isinstance(node, dict) and list(node) == ["Condition"]
            what = f"condition {node['Condition']}" if is_named else str(variable[-1])
            return f"{what} is {str(choice).lower()}"
        if variable[0] == "no key":
            return f"{_last_name(variable[1:])} is {'none' if choice else 'one'} of the keys of its map"
        name = _last_name(variable)
        if choice is not OTHER:
            return f"{name} is {choice}"
        others = self.compared(variable)
        return f"{name} is not {others[0]}" if len(others) == 1 else f"{name} is none of {', '.join(others)}"

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
        known: dict[Key, tuple[Value, ...] | None] = self.answers[_EVERY].same
        key = (resource, path)
        if key not in known:
            known[key] = self._every(lambda world: world.values(resource, path))
        return known[key]

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
        memory = self.answers[_NAMED].same
        index: dict[object, dict[Resource, None]] | None = memory.get((type_, path))
        if index is None:
            index = memory[type_, path] = {}
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
        memory = self.answers[_CANDIDATES].same
        index: dict[object, dict[Resource, None]] | None = memory.get((question, types))
        if index is None:
            index = memory[question, types] = {}
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

        walk = Walk(lambda *_: (True, False), read)
        start = at if at is not None else Site(resource, "Properties", resource.properties)
        walk.go(path.split(".") if path else (), start.resource, start.location, start.node)
        return tuple(dict.fromkeys(walk.found))

    def branches(self, template: Template, node: Content) -> tuple[Branch, ...] | None:
        """Return every value that a node of a template can have, each once; None where there are too many worlds."""
        return self._every(lambda world: (world.evaluate(template, node),))

    def _every(self, question: Callable[[World], Sequence[T]]) -> tuple[T, ...] | None:
        found: list[T] = []
        texts: set[object] = set()
        try:
            for _, answers in self.in_each_world(question):
                for each in answers:
                    if isinstance(each, (str, Text)):
                        if each in texts:
                            continue
                        texts.add(each)
                    elif each in found:
                        continue
                    found.append(each)
        except UndecidedError:
            return None
        return tuple(found)

    def rewritten(self, rewrite: Callable[[Content], Content], node: Content) -> Content:
        """Return a node of a template written anew, as one object, so that it is evaluated once."""
        key = (rewrite, id(node))
        if key not in self._rewritten:
            self._rewritten[key] = node, rewrite(node)
        return self._rewritten[key][1]

    def written(self, resource: Resource) -> Node:
        """Return the properties of a resource as they are written, whatever they turn out to be."""
        return resource.properties

    # what evaluations ask of all templates

    @cached_property
    def _exports(self) -> Mapping[str, tuple[tuple[Template, Node], ...]]:
        self.__dict__["_exports"] = {}  # an export whose name needs an import is found by nobody
        found: dict[str, list[tuple[Template, Node]]] = {}
        for template in self.templates:
            for output in template.section("Outputs").values():
                export = output.get("Export") if isinstance(output, dict) else None
                if not isinstance(output, dict) or not isinstance(export, dict) or "Value" not in output:
                    continue
                for branch in self.branches(template, export.get("Name")) or ():
                    if isinstance(branch.value, str):
                        found.setdefault(branch.value, []).append((template, output["Value"]))
        return {name: tuple(outputs) for name, outputs in found.items()}

    def export(self, template: Template, name: str) -> tuple[Template, Node] | None:
        """Return the output that another template exports under a name to a template, None if there is not just one."""
        found = [(other, node) for other, node in self._exports.get(name, ()) if near(other, template)]
        return found[0] if len(found) == 1 else None

    def stacks(self, name: str) -> Iterator[Template]:
        """Yield the templates of the stacks of a name."""
        return (template for template in self.templates if template.stack_name == name)

    @cached_property
    def _compared(self) -> Mapping[Variable, tuple[str, ...]]:
        """The literals that the conditions of all templates compare each parameter and pseudo parameter with."""
        found: dict[Variable, dict[str, None]] = {}
        for template in self.templates:
            for variable, literal in compared_in(template):
                found.setdefault(variable, {})[literal] = None
        return {variable: tuple(literals) for variable, literals in found.items()}

    def compared(self, variable: Variable) -> tuple[str, ...]:
        """Return the literals that conditions compare a variable with."""
        return self._compared.get(variable, ())

    @cached_property
    def _used(self) -> frozenset[Variable]:
        return frozenset(variable for template in self.templates for variable in used_in(template))

    def is_only_compared(self, variable: Variable) -> bool:
        """Return whether conditions do nothing with a variable but compare it with literals."""
        return variable not in self._used


_NO_CHOICES: frozenset[tuple[Variable, Choice]] = frozenset()
_EVERY, _NAMED, _CANDIDATES = "every value", "resources by a value", "resources by an answer"
_ANY = object()
_TOO_MANY = f"it depends on more than {MAX_WORLDS} combinations of conditions and parameters"
_REFUSED = "CloudFormation finds no value for a part of it in any combination of parameters"


def _tuple(question: Callable[[World, Resource], Iterable[T]], resource: Resource, world: World) -> tuple[T, ...]:
    return tuple(question(world, resource))
