"""What a template's intrinsic functions can evaluate to, before it is deployed.

A property's value is evaluated in *worlds*: each world is one choice for every parameter, pseudo parameter or
undecidable comparison that the value depends on. A value that no world decides holds `Hole`s, each of which
knows what it stands for. An evaluation that needs a choice not made yet raises `_Fork` and starts anew in each
of the worlds that the fork makes, so the order of evaluation decides nothing.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from fnmatch import fnmatchcase
from functools import cached_property
from glob import escape
from string import ascii_lowercase, digits
from typing import Any, NamedTuple

from ecr_ecs_constructs.cloudformation.template import Node, Resource, Template, agree, near
from ecr_ecs_constructs.image_uri import partition_of, url_suffix_of

MAX_WORLDS = 2048
"""How many worlds one value is judged in; a value that needs more is a hole that says so.

A parameter may allow every instance type of Amazon EC2, of which there are about a thousand.
"""

MAX_DEPTH = 100
"""How deep intrinsic functions and references are followed; what lies deeper is a hole that says so."""

MAX_STEPS = 20_000
"""How many objects and lists one world evaluates; what needs more is a hole that says so."""

MAX_STEPS_IN_ALL = 200_000
"""How many objects and lists all worlds of one value evaluate together; what needs more is a hole that says so."""


class Kind(Enum):
    """What a hole stands for."""

    ACCOUNT = "account"
    REGION = "region"
    URL_SUFFIX = "url suffix"
    PARTITION = "partition"
    REPOSITORY = "name of a repository"
    RESOURCE = "reference to a resource"
    PARAMETER = "parameter"
    REST = "any number of further elements"
    ANYTHING = "anything"

    __hash__ = (
        object.__hash__
    )  # each is there once; that of `Enum` is slow, and every text that is compared asks for it


class Hole(NamedTuple):
    """A part of a value that is known only at deployment.

    Attributes:
        kind: what it stands for.
        name: what stands in the template, as between the braces of `Fn::Sub`: `AWS::Region`, `Repo.Arn`, `ImageUri`.
        resource: the resource that is referred to.
        attribute: the attribute of that resource, None for `Ref`.
        pattern: the regular expression that the whole value must match.
        stored: the name of the parameter of Systems Manager that holds it.
        origin: what tells it from others of its name: two holes that are equal stand for one value.
    """

    kind: Kind
    name: str
    resource: Resource | None = None
    attribute: str | None = None
    pattern: str | None = None
    stored: str | None = None
    origin: object = None

    def __str__(self) -> str:
        return self.name if self.name.startswith("{{") else f"${{{self.name}}}"


class Text(NamedTuple):
    """A string of which some parts are known only at deployment: literals and holes in their order."""

    pieces: tuple[str | Hole, ...]

    def __str__(self) -> str:
        return "".join(map(str, self.pieces))


class Absent(Enum):
    """What `AWS::NoValue` evaluates to: the property is not there."""

    ABSENT = "AWS::NoValue"


ABSENT = Absent.ABSENT

Value = Any
"""`str` (numbers and booleans too, as CloudFormation writes them), `Text`, `list`, `dict`, `ABSENT` or None."""


def text(*parts: str | Hole | Text) -> str | Text:
    """Return literals and holes as one text, a `str` where nothing is unknown."""
    pieces: list[str | Hole] = []
    literal = ""
    for part in parts:
        if isinstance(part, str):
            literal += part
            continue
        for piece in part.pieces if isinstance(part, Text) else (part,):
            if isinstance(piece, str):
                literal += piece
                continue
            if literal:
                pieces.append(literal)
                literal = ""
            pieces.append(piece)
    if not pieces:
        return literal
    if literal:
        pieces.append(literal)
    return Text(tuple(pieces))


def pieces_of(value: str | Text) -> tuple[str | Hole, ...]:
    """Return a text's literals and holes."""
    return value.pieces if isinstance(value, Text) else (value,)


def shown(value: Value) -> str:
    """Return a value for people, with what is known only at deployment in the notation of `Fn::Sub`."""
    if isinstance(value, list):
        return f"[{', '.join(map(shown, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {shown(item)}' for key, item in value.items())}}}"
    return str(value)


_OTHER = "\0other"  # the choice of a value that the template never compares with
_NO_KEY = "\0no key"  # the key of a value that is none of a map's keys
_Variable = tuple[str, ...]
_World = Mapping[_Variable, Any]


class Assumption(NamedTuple):
    """A condition of a template and the outcome under which a part of the template stands."""

    template: Template
    condition: str
    outcome: bool


class Site(NamedTuple):
    """One place of a template, reached through lists and `Fn::If` branches.

    Attributes:
        resource: the resource it belongs to.
        location: where it stands: `Properties.ContainerDefinitions[0].Image`.
        node: what stands there.
        assumptions: the conditions under which it counts.
    """

    resource: Resource
    location: str
    node: Node
    assumptions: tuple[Assumption, ...] = ()


class Branch(NamedTuple):
    """One value that a site can have.

    Attributes:
        value: the value.
        defaults: the names of the parameters whose default decided it.
    """

    value: Value
    defaults: tuple[str, ...] = ()


class _Fork(Exception):
    """No error: the evaluation goes on in the worlds of these choices."""

    def __init__(self, variable: _Variable, choices: Sequence[Any]) -> None:
        super().__init__(variable)
        self.variable = variable
        self.choices = choices


_SUB = re.compile(r"\$\{(!?)([^${}]*)\}")
_OPAQUE_LISTS = ("Fn::GetAZs", "Fn::Cidr")
_NO_VALUE = {"Ref": "AWS::NoValue"}


class Evaluator:
    """Evaluates the templates of one call, across their exports, imports, parameters and outputs."""

    def __init__(self, templates: Sequence[Template]) -> None:
        self._templates = templates
        self._known: dict[tuple[object, Template, tuple[Assumption, ...]], tuple[Node, tuple[Branch, ...]]] = {}
        self.attributes: dict[tuple[Resource, str], str | Text] = {}  # of repositories that nothing else decides
        self.split: dict[tuple[str, int], tuple[Text, list[Value]]] = {}  # by separator and id of the text
        self._sites: dict[tuple[Resource, str], tuple[Site, ...]] = {}

    def sites(self, resource: Resource, path: str, at: Site | None = None) -> tuple[Site, ...]:
        """Return the places of a resource that a path leads to, one per list element and `Fn::If` branch.

        Args:
            resource: the resource.
            path: keys separated by dots; `*` stands for each element of a list.
            at: where the path starts; the resource's properties if not given.

        Returns:
            Each place; none where a key is absent. Where the way is known only at deployment, the place where it
            ends, its node the opaque one, and `…` at the end of its location.
        """
        found: list[Site] = []
        keys = path.split(".") if path else []
        if at is not None:
            self._walk(found, keys, *at)
            return tuple(found)
        known = self._sites.get((resource, path))
        if known is None:
            assumptions = tuple(existence(resource))
            if not assumptions or self.possible(Site(resource, "Properties", None, assumptions)):
                self._walk(found, keys, resource, "Properties", resource.properties, assumptions)
            known = self._sites[resource, path] = tuple(found)
        return known

    def _walk(  # noqa: PLR0917 - the parts of a `Site`, which would have to be made for each step
        self,
        found: list[Site],
        keys: Sequence[str],
        resource: Resource,
        location: str,
        node: Node,
        assumptions: tuple[Assumption, ...],
    ) -> None:
        """Add the places that keys lead to from a place."""
        for index, key in enumerate(keys):
            if type(node) is dict and key in node:
                location, node = f"{location}.{key}", node[key]
                continue
            if key == "*" and type(node) is list:
                rest = keys[index + 1 :]
                for number, element in enumerate(node):
                    self._walk(found, rest, resource, f"{location}[{number}]", element, assumptions)
            elif type(node) is not dict or key == "*" or "Ref" in node or _has_function(node):
                self._walk_on(found, Site(resource, location, node, assumptions), keys[index:])
            return
        here = Site(resource, location, node, assumptions)
        if type(node) is dict and len(node) == 1:  # it may be a function
            self._walk_on(found, here, ())
        else:
            found.append(here)

    def _walk_on(self, found: list[Site], site: Site, keys: Sequence[str]) -> None:
        """Add the places that keys lead to from a place that does not have the first of them, as far as it is plain."""
        node = site.node
        if not isinstance(node, dict):
            if not keys:
                found.append(site)
            elif isinstance(node, (Text, Hole)):
                found.append(site._replace(location=f"{site.location}…"))
            elif keys[0] == "*":  # a list of one may be written without its brackets
                self._walk(found, keys[1:], *site._replace(location=f"{site.location}[0]"))
            return
        if function := _function(node):
            name, argument = function
            if name == "Fn::If" and isinstance(argument, list) and len(argument) == 3 and isinstance(argument[0], str):
                for index, outcome in ((1, True), (2, False)):
                    assumption = Assumption(site.resource.template, argument[0], outcome)
                    branch = site._replace(
                        location=f"{site.location}.Fn::If[{index}]",
                        node=argument[index],
                        assumptions=(*site.assumptions, assumption),
                    )
                    if self.possible(branch):
                        self._walk(found, keys, *branch)
                return
            if node == _NO_VALUE:
                return
            if keys:
                self._walk_opaque(found, site, keys)
                return
        if not keys:
            found.append(site)
        elif keys[0] == "*":
            self._walk(found, keys[1:], *site._replace(location=f"{site.location}[0]"))
        elif (macro := next((key for key in node if key.startswith("Fn::")), None)) is not None:
            # What a transform includes, or a loop makes, may be this key.
            found.append(site._replace(location=f"{site.location}.{keys[0]}…", node={macro: node[macro]}))

    def _walk_opaque(self, found: list[Site], site: Site, keys: Sequence[str]) -> None:
        for branch in self.branches(site):
            if isinstance(branch.value, (dict, list)) and branch.value != site.node:
                self._walk(found, keys, *site._replace(node=branch.value))
            elif branch.value is not ABSENT:
                found.append(site._replace(location=f"{site.location}…"))

    def possible(self, site: Site) -> bool:
        """Return whether the conditions of a site can all have their outcome."""
        return not site.assumptions or any(True for _ in self._worlds(site.assumptions, lambda _: None))

    def branches(self, site: Site) -> tuple[Branch, ...]:
        """Return every value that a site can have, each once, in a stable order."""
        return self._once(site.resource.template, site.node, site.assumptions)

    def evaluate(self, template: Template, node: Node) -> tuple[Branch, ...]:
        """Return every value that a node of a template can have, each once, in a stable order."""
        return self._once(template, node, ())

    def _once(self, template: Template, node: Node, assumptions: tuple[Assumption, ...]) -> tuple[Branch, ...]:
        """Evaluate a node unless that has been done: rules and links ask for the same places again and again."""
        if isinstance(node, str) and not assumptions and "{{" not in node:
            return (Branch(node),)
        key = (_identity(node), template, assumptions)
        known = self._known.get(key)
        if known is None:
            # The node is kept too: as long as it lives, no other one has its id.
            known = self._known[key] = node, self._evaluate_all(template, node, assumptions)
        return known[1]

    def _evaluate_all(self, template: Template, node: Node, assumptions: tuple[Assumption, ...]) -> tuple[Branch, ...]:
        if not assumptions:
            alone = _Evaluation(self, {})
            try:
                return (Branch(alone.value(template, node), tuple(sorted(alone.defaults))),)
            except _Fork:
                pass  # then there are several worlds
        found: list[Branch] = []
        texts: set[str | Text] = set()
        for evaluation, value in self._worlds(assumptions, lambda run: run.value(template, node)):
            if isinstance(value, (str, Text)):
                if value in texts:
                    continue
                texts.add(value)
            elif any(value == branch.value for branch in found):
                continue
            found.append(Branch(value, tuple(sorted(evaluation.defaults))))
        return tuple(found)

    def _worlds(
        self, assumptions: Sequence[Assumption], evaluate: Callable[[_Evaluation], Value]
    ) -> Iterator[tuple[_Evaluation, Value]]:
        """Yield an outcome for each world in which the assumptions hold."""
        worlds: list[_World] = [{}]
        made, steps, found, undeployable = 1, 0, False, None
        while worlds:
            evaluation = _Evaluation(self, worlds.pop())
            try:
                if all(evaluation.condition(a.template, a.condition) is a.outcome for a in assumptions):
                    outcome = evaluate(evaluation)
                    found = True
                    yield evaluation, outcome
            except _Fork as fork:
                made += len(fork.choices)
                if made > MAX_WORLDS:
                    yield evaluation, _beyond(f"more than {MAX_WORLDS} combinations of parameters")
                    return
                undeployable = evaluation if not fork.choices else undeployable
                worlds.extend({**evaluation.world, fork.variable: choice} for choice in reversed(fork.choices))
            steps += evaluation.steps
            if steps > MAX_STEPS_IN_ALL and worlds:
                yield evaluation, _beyond(f"more than {MAX_STEPS_IN_ALL} values in all combinations of parameters")
                return
        if not found and undeployable is not None:
            # CloudFormation refuses every one of the worlds, as far as can be seen: that is no proof.
            yield undeployable, _anything("Fn::FindInMap")

    @cached_property
    def _exports(self) -> Mapping[str, tuple[tuple[Template, Node], ...]]:
        self.__dict__["_exports"] = {}  # an export whose name needs an import is found by nobody
        found: dict[str, list[tuple[Template, Node]]] = {}
        for template in self._templates:
            for output in template.section("Outputs").values():
                export = output.get("Export") if isinstance(output, dict) else None
                if not isinstance(export, dict) or "Value" not in output:
                    continue
                for branch in self.evaluate(template, export.get("Name")):
                    if isinstance(branch.value, str):
                        found.setdefault(branch.value, []).append((template, output["Value"]))
        return {name: tuple(outputs) for name, outputs in found.items()}

    def export(self, template: Template, name: str) -> tuple[Template, Node] | None:
        """Return the output that another template exports under a name to a template, None if there is not just one."""
        found = [(other, node) for other, node in self._exports.get(name, ()) if near(other, template)]
        return found[0] if len(found) == 1 else None

    def stacks(self, name: str) -> Iterator[Template]:
        """Yield the templates of the stacks of a name."""
        return (template for template in self._templates if template.stack_name == name)

    @cached_property
    def _compared(self) -> Mapping[tuple[str, ...], tuple[str, ...]]:
        """The literals that the conditions of all templates compare each parameter and pseudo parameter with."""
        found: dict[tuple[str, ...], dict[str, None]] = {}
        for template in self._templates:
            for pair in _equalities(template.section("Conditions")):
                for this, other in (pair, pair[::-1]):
                    literal = scalar(other)
                    if isinstance(this, dict) and isinstance(this.get("Ref"), str) and literal is not None:
                        found.setdefault(_variable(template, this["Ref"]), {})[literal] = None
        return {variable: tuple(literals) for variable, literals in found.items()}

    def compared(self, variable: _Variable) -> tuple[str, ...]:
        """Return the literals that conditions compare a variable with."""
        return self._compared.get(variable, ())


def _lies(known: str | None, wanted: Value, own: str | None, own_value: Value) -> bool:
    """Return whether a stack lies in the region or account that is wanted; one's own may be unknown."""
    return agree(known, own) if wanted == own_value else known == wanted


def existence(resource: Resource | None) -> Iterator[Assumption]:
    """Yield the conditions under which a resource exists: its own and those of the nested stacks around it.

    Args:
        resource: the resource; nothing where there is none.

    Yields:
        Each, the resource's own first.
    """
    while resource is not None:
        if resource.condition:
            yield Assumption(resource.template, resource.condition, True)
        resource = resource.template.parent


def _function(node: Node) -> tuple[str, Node] | None:
    """Return the name and the argument of an intrinsic function, None for anything else."""
    if isinstance(node, dict) and len(node) == 1:
        for name, argument in node.items():
            if name == "Ref" or name.startswith("Fn::"):
                return name, argument
    return None


def _identity(node: Node) -> object:
    """Return what tells a node from the others of its template: references to the same thing are the same."""
    if isinstance(node, dict) and len(node) == 1:
        if isinstance(name := node.get("Ref"), str):
            return name
        target = node.get("Fn::GetAtt")
        if isinstance(target, list) and len(target) == 2 and isinstance(target[0], str) and isinstance(target[1], str):
            return target[0], target[1]
    return id(node)


def _has_function(node: Mapping[str, Node]) -> bool:
    """Return whether a transform or a loop may add keys to an object."""
    for key in node:  # noqa: SIM110 - a generator costs more than this, which every absent property asks
        if key[:4] == "Fn::":
            return True
    return False


def _equalities(node: Node) -> Iterator[tuple[Node, Node]]:
    nodes = [node]
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict):
            pair = node.get("Fn::Equals")
            if isinstance(pair, list) and len(pair) == 2:
                yield pair[0], pair[1]
            nodes.extend(node.values())
        elif isinstance(node, list):
            nodes.extend(node)


def _variable(template: Template, name: str) -> _Variable:
    """Return what stands for a parameter in a world; pseudo parameters are the same in all templates."""
    template, name = _origin(template, name)
    return (name,) if name.startswith("AWS::") else (str(id(template)), name)


def _origin(template: Template, name: str) -> tuple[Template, str]:
    """Return the parameter that a parent refers a nested stack's parameter to, itself where that is not so."""
    while not name.startswith("AWS::") and template.parent is not None:
        passed = template.parent.properties.get("Parameters")
        node = passed.get(name) if isinstance(passed, dict) else None
        known = _is_stored(template.section("Parameters").get(name, {})) or node == _NO_VALUE
        if known or not (isinstance(node, dict) and len(node) == 1 and isinstance(node.get("Ref"), str)):
            break
        template, name = template.parent.template, node["Ref"]
    return template, name


def scalar(node: Node) -> str | None:
    """Return a literal as the text that CloudFormation makes of it, None for anything else."""
    if isinstance(node, str):
        return node
    if isinstance(node, bool):
        return "true" if node else "false"
    if isinstance(node, (int, float)):
        return str(node)
    return None


class _Evaluation:
    """One evaluation in one world."""

    def __init__(self, evaluator: Evaluator, world: _World) -> None:
        self.evaluator = evaluator
        self.world = world
        self.defaults: set[str] = set()
        self.outcomes: dict[tuple[int, str], bool] = {}
        self.open: set[tuple[int, str]] = set()
        self.steps = 0
        self.depth = 0
        self.in_condition = False

    def value(self, template: Template, node: Node) -> Value:
        kind = type(node)
        if kind is str:
            return _dynamic(node) if "{{" in node else node
        if kind is not dict and kind is not list:
            return node if isinstance(node, (Text, Hole)) else scalar(node)
        self.steps += 1
        if self.depth >= MAX_DEPTH or self.steps > MAX_STEPS:
            return _beyond(f"more than {MAX_DEPTH} nested values or {MAX_STEPS} in all")
        self.depth += 1  # a fork needs no way back: it ends the evaluation
        found = self._object(template, node) if kind is dict else self._list(template, node)
        self.depth -= 1
        return found

    def _list(self, template: Template, node: list[Node]) -> list[Value]:
        found = []
        for item in node:
            # Most are plain strings: they need no question.
            value = item if type(item) is str and "{{" not in item else self.value(template, item)
            if value is not ABSENT:
                found.append(value)
        return found

    def _object(self, template: Template, node: Mapping[str, Node]) -> Value:
        if len(node) == 1:
            (name,) = node
            if function := _FUNCTIONS.get(name):
                found = function(self, template, node[name])
                return found if type(found) is str else _told_apart(found, template, node)
            if name[:4] == "Fn::":
                found = [Hole(Kind.REST, name)] if name in _OPAQUE_LISTS else _anything(name)
                return _told_apart(found, template, node)
        return {key: value for key, item in node.items() if (value := self.value(template, item)) is not ABSENT}

    def _follow(self, template: Template, name: str, node: Node) -> Value:
        """Return the value of a node that a reference leads to, a hole where it leads back to itself."""
        place = (id(template), name)
        if place in self.open:
            return _anything(name)
        self.open.add(place)
        try:
            return self.value(template, node)
        finally:
            self.open.remove(place)

    def condition(self, template: Template, name: str) -> bool:
        """Return a condition's outcome in this world."""
        conditions, place = template.section("Conditions"), (id(template), f"Condition {name}")
        if place in self.outcomes:
            return self.outcomes[place]
        if name not in conditions or place in self.open:
            return self._decide(template, {"Condition": name})
        was, self.in_condition = self.in_condition, True
        self.open.add(place)
        try:
            return self.outcomes.setdefault(place, self._test(template, conditions[name]))
        finally:
            self.in_condition = was
            self.open.remove(place)

    def _test(self, template: Template, node: Node) -> bool:
        if self.depth >= MAX_DEPTH or not (isinstance(node, dict) and len(node) == 1):
            return self._decide(template, node)
        self.depth += 1
        try:
            (name, argument), *_ = node.items()
            return self._operate(template, node, name, argument)
        finally:
            self.depth -= 1

    def _operate(self, template: Template, node: Node, name: str, argument: Node) -> bool:
        if name == "Condition" and isinstance(argument, str):
            return self.condition(template, argument)
        if isinstance(argument, list):
            if name == "Fn::And":
                return all(self._test(template, item) for item in argument)
            if name == "Fn::Or":
                return any(self._test(template, item) for item in argument)
            if name == "Fn::Not" and len(argument) == 1:
                return not self._test(template, argument[0])
            if name == "Fn::Equals" and len(argument) == 2:
                return self._equals(template, node, argument[0], argument[1])
        return self._decide(template, node)

    def _equals(self, template: Template, node: Node, left: Node, right: Node) -> bool:
        one, other = self.value(template, left), self.value(template, right)
        if isinstance(one, str) and isinstance(other, str):
            return one == other
        if left == right:  # two holes of one name may differ, one value does not from itself
            return True
        for this, that, that_node in ((one, other, right), (other, one, left)):
            # In the world of another value, a variable is none of the literals that it is compared with.
            variable = self._referred(template, that_node)
            is_other = isinstance(that, Text) and variable is not None and self.world.get(variable) is _OTHER
            if variable is not None and is_other and this in self.evaluator.compared(variable):
                return False
        return self._decide(template, node)

    def _referred(self, template: Template, node: Node) -> _Variable | None:
        name = node.get("Ref") if isinstance(node, dict) else None
        if not isinstance(name, str):
            return None
        origin, name = _origin(template, name)
        # What is chosen for a parameter in Systems Manager is its name there, not its value.
        return None if _is_stored(origin.section("Parameters").get(name, {})) else _variable(origin, name)

    def _decide(self, template: Template, node: Node) -> bool:
        """Return an outcome that nothing in the templates decides: each in a world of its own."""
        variable = ("condition", str(id(template)), json.dumps(node, sort_keys=True, default=str))
        if variable not in self.world:
            raise _Fork(variable, (True, False))
        return bool(self.world[variable])

    def text(self, template: Template, node: Node) -> str | Text:
        """Return a node's value as text; what is no text is a hole."""
        value = self.value(template, node)
        return value if isinstance(value, (str, Text)) else _anything("a value that is no text")

    def ref(self, template: Template, name: Node) -> Value:
        if not isinstance(name, str):
            return _anything("Ref")
        if name == "AWS::NoValue":
            return ABSENT
        if name.startswith("AWS::"):
            return self._pseudo(template, name)
        if name in template.section("Parameters"):
            return self._parameter(template, name)
        resource = template.resources.get(name)
        if resource is None:
            return _anything(name)
        if resource.type == "AWS::ECR::Repository":
            return self._repository_name(resource)
        return Text((Hole(Kind.RESOURCE, name, resource),))

    def _repository_name(self, repository: Resource) -> str | Text:
        properties = repository.properties
        if "RepositoryName" in properties:
            name = self._follow(repository.template, repository.logical_id, properties["RepositoryName"])
            if isinstance(name, str):
                return name
        return Text((Hole(Kind.REPOSITORY, repository.logical_id, repository),))

    def _pseudo(self, template: Template, name: str) -> Value:
        if name == "AWS::AccountId":
            return self._environment(name, template.account)
        if name in _BY_REGION:
            region = self._environment("AWS::Region", template.region)
            if name == "AWS::Region":
                return region
            of_region = partition_of if name == "AWS::Partition" else url_suffix_of
            return of_region(region) if isinstance(region, str) else _PSEUDO_HOLES[name]
        if name == "AWS::StackName" and template.stack_name is not None:
            return template.stack_name
        return _anything(name)

    def _environment(self, name: str, known: str | None) -> str | Text:
        if known is not None:
            return known
        variable = (name,)
        choice = self.world.get(variable)
        if choice is None and self.in_condition and self.evaluator.compared(variable):
            raise _Fork(variable, (*self.evaluator.compared(variable), _OTHER))
        if choice is None or choice is _OTHER:
            return _PSEUDO_HOLES[name]
        return str(choice)

    def _parameter(self, template: Template, name: str) -> Value:
        declared = template.section("Parameters")[name]
        if not _is_stored(declared):
            return self._given(template, name, declared)
        if self.in_condition:
            return _unknown(name, declared)
        key = self._given(template, name, {**_KEY, **{each: declared[each] for each in _SAID if each in declared}})
        self.defaults.discard(name)  # the default is a name, it decides no value
        return _unknown(name, declared, key if isinstance(key, str) else None)

    def _given(self, template: Template, name: str, declared: Mapping[str, Node]) -> Value:
        """Return what a parameter is given: from outside, by the stack around it, or by its declaration."""
        if name in template.parameters:
            return _typed(declared, template.parameters[name])
        default = scalar(declared.get("Default"))
        if template.parent is not None:
            passed = self._passed(template.parent, name)
            if passed is not ABSENT:
                return _typed(declared, passed)
            return _unknown(name, declared) if default is None else _typed(declared, default)
        variable = _variable(template, name)
        if variable not in self.world:
            if allowed := allowed_values(declared):
                if is_list(declared):  # they are told of its elements
                    return _unknown(name, declared)
                raise _Fork(variable, allowed)
            if self.in_condition:
                known = () if default is None else (default,)
                raise _Fork(variable, tuple(dict.fromkeys((*known, *self.evaluator.compared(variable), _OTHER))))
            if default is None:
                return _unknown(name, declared)
            self.defaults.add(name)
            return _typed(declared, default)
        choice = self.world[variable]
        return _unknown(name, declared) if choice is _OTHER else _typed(declared, choice)

    def _passed(self, stack: Resource, name: str) -> Value:
        """Return what a nested stack's resource gives for a parameter, `ABSENT` for nothing."""
        unknown = _anything(f"{stack.logical_id}.Parameters")
        parameters = stack.properties.get("Parameters", unknown if _has_function(stack.properties) else {})
        if _function(parameters):
            parameters = self._follow(stack.template, f"{stack.logical_id}.Parameters", parameters)
        if parameters is ABSENT:
            return ABSENT
        if not isinstance(parameters, dict) or (name not in parameters and _has_function(parameters)):
            return unknown
        if name not in parameters:
            return ABSENT
        return self._follow(stack.template, f"{stack.logical_id}.Parameters.{name}", parameters[name])

    def get_att(self, template: Template, argument: Node) -> Value:
        if isinstance(argument, str):
            argument = argument.split(".", 1)
        if not (isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str)):
            return _anything("Fn::GetAtt")
        attribute = self.value(template, argument[1])
        resource = template.resources.get(argument[0])
        if resource is None or not isinstance(attribute, str):
            return _anything(f"{argument[0]}.{shown(attribute)}")
        if resource.type == "AWS::CloudFormation::Stack" and attribute.startswith("Outputs."):
            nested = template.nested.get(resource.logical_id)
            output = nested.section("Outputs").get(attribute.removeprefix("Outputs.")) if nested else None
            if nested is not None and isinstance(output, dict) and "Value" in output:
                return self._follow(nested, attribute, output.get("Value"))
        if resource.type == "AWS::ECR::Repository" and attribute in ("Arn", "RepositoryUri"):
            return self._of_repository(resource, attribute)
        return Text((Hole(Kind.RESOURCE, f"{resource.logical_id}.{attribute}", resource, attribute),))

    def _of_repository(self, repository: Resource, attribute: str) -> str | Text:
        """Return the ARN or the URI of a repository."""
        template, known, key = repository.template, self.evaluator.attributes, (repository, attribute)
        named = isinstance(repository.properties.get("RepositoryName", ""), str)
        is_same = named and not self.world and not self.in_condition  # each image asks for the ARN twice
        if is_same and key in known:
            return known[key]
        account, region = self._pseudo(template, "AWS::AccountId"), self._pseudo(template, "AWS::Region")
        name = self._repository_name(repository)
        if attribute == "RepositoryUri":
            found = text(account, ".dkr.ecr.", region, ".", self._pseudo(template, "AWS::URLSuffix"), "/", name)
        else:
            partition = self._pseudo(template, "AWS::Partition")
            found = text("arn:", partition, ":ecr:", region, ":", account, ":repository/", name)
        if is_same:
            known[key] = found
        return found

    def join(self, template: Template, argument: Node) -> Value:
        if not (isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str)):
            return _anything("Fn::Join")
        items = self.value(template, argument[1])
        if not isinstance(items, list):
            return _anything("Fn::Join")
        return _join(argument[0], items)

    def sub(self, template: Template, argument: Node) -> Value:
        own: Mapping[str, Node] = {}
        if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], dict):
            argument, own = argument
        if not isinstance(argument, str):
            return _anything("Fn::Sub")
        parts: list[str | Hole | Text] = []
        end = 0
        for match in _SUB.finditer(argument):
            parts.append(argument[end : match.start()])
            end = match.end()
            literal, name = match[1], match[2].strip()
            if literal:
                parts.append(f"${{{match[2]}}}")
            elif name in own:
                parts.append(self.text(template, own[name]))
            elif "." in name:
                parts.append(self.text(template, {"Fn::GetAtt": name}))
            else:
                parts.append(self.text(template, {"Ref": name}))
        return _dynamic(text(*parts, argument[end:]))

    def select(self, template: Template, argument: Node) -> Value:
        if not (isinstance(argument, list) and len(argument) == 2):
            return _anything("Fn::Select")
        index, items = self.value(template, argument[0]), self.value(template, argument[1])
        if not (isinstance(index, str) and index.isdecimal() and isinstance(items, list)):
            return _anything("Fn::Select")
        for position, item in enumerate(items):
            if isinstance(item, Hole) and item.kind is Kind.REST:
                return Text((item._replace(kind=Kind.ANYTHING, origin=(item.origin, int(index) - position)),))
            if position == int(index):
                return item
        return _anything("Fn::Select")

    def split(self, template: Template, argument: Node) -> Value:
        if not (isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str) and argument[0]):
            return [Hole(Kind.REST, "Fn::Split")]
        whole = self.text(template, argument[1])
        if isinstance(whole, str):
            return whole.split(argument[0])
        # An image takes its account and its region from one ARN; that is kept, so no other text has its id.
        known = self.evaluator.split.get((argument[0], id(whole)))
        if known is None:
            known = self.evaluator.split[argument[0], id(whole)] = whole, _split(argument[0], whole)
        return known[1]

    def find_in_map(self, template: Template, argument: Node) -> Value:
        if not (isinstance(argument, list) and len(argument) in (3, 4)):
            return _anything("Fn::FindInMap")
        options = argument[3] if len(argument) == 4 else None
        default = options.get("DefaultValue") if isinstance(options, dict) else None
        found: Node = template.section("Mappings")
        for node in argument[:3]:
            key = self.value(template, node)
            if not isinstance(found, dict) or "Fn::Transform" in found:
                return _anything("Fn::FindInMap")
            if isinstance(key, Text):
                key = self._key(template, node, key, found, default is not None)
            if not isinstance(key, str) or (key not in found and default is None):
                return _anything("Fn::FindInMap")
            if key not in found:
                return self.value(template, default)
            found = found[key]
        return self.value(template, found)

    def _key(
        self, template: Template, node: Node, key: Text, mapping: Mapping[str, Node], has_default: bool
    ) -> str | None:
        """Return the key that a half-known text is: each that the map has, in a world of its own; None for none."""
        shown = json.dumps(node, sort_keys=True, default=str)
        variable = self._referred(template, node) or ("key", str(id(template)), shown)
        outside = ("no key", *variable, *mapping)
        if self.world.get(outside):
            return _NO_KEY
        if self.world.get(variable, _OTHER) is not _OTHER:
            return str(self.world[variable])
        form = "".join(escape(piece) if isinstance(piece, str) else "*" for piece in key.pieces)
        keys = [candidate for candidate in mapping if fnmatchcase(candidate, form)]
        if has_default and outside not in self.world:
            raise _Fork(outside, (True, False))
        if not keys and not has_default:
            return None
        compared = self.evaluator.compared(variable) if variable in self.world else ()
        raise _Fork(variable, [candidate for candidate in keys if candidate not in compared])

    def choose(self, template: Template, argument: Node) -> Value:
        if not (isinstance(argument, list) and len(argument) == 3 and isinstance(argument[0], str)):
            return _anything("Fn::If")
        return self.value(template, argument[1 if self.condition(template, argument[0]) else 2])

    def import_value(self, template: Template, argument: Node) -> Value:
        name = self.text(template, argument)
        found = self.evaluator.export(template, name) if isinstance(name, str) else None
        shown = f"Fn::ImportValue {name}"
        return _anything(shown) if found is None else self._follow(found[0], shown, found[1])

    def stack_output(self, template: Template, argument: Node) -> Value:
        if not isinstance(argument, dict):
            return _anything("Fn::GetStackOutput")
        stack, output = (self.text(template, argument.get(key)) for key in ("StackName", "OutputName"))
        shown = f"Fn::GetStackOutput {stack}.{output}"
        region, account = (self._pseudo(template, name) for name in ("AWS::Region", "AWS::AccountId"))
        there = self.text(template, argument["Region"]) if "Region" in argument else region
        owner = account
        if "RoleArn" in argument:  # a role reads the stacks of its own account
            owner = self.select(template, ["4", {"Fn::Split": [":", argument["RoleArn"]]}])
        found = [
            (other, declared)
            for other in self.evaluator.stacks(str(stack))
            if _lies(other.region, there, template.region, region)
            and _lies(other.account, owner, template.account, account)
            and isinstance(declared := other.section("Outputs").get(str(output)), dict)
            and "Value" in declared
        ]
        return self._follow(found[0][0], shown, found[0][1]["Value"]) if len(found) == 1 else _anything(shown)

    def base64(self, template: Template, argument: Node) -> Value:
        value = self.value(template, argument)
        return base64.b64encode(value.encode()).decode() if isinstance(value, str) else _anything("Fn::Base64")

    def length(self, template: Template, argument: Node) -> Value:
        items = self.value(template, argument)
        if not isinstance(items, list) or any(isinstance(item, Hole) and item.kind is Kind.REST for item in items):
            return _anything("Fn::Length")
        return str(len(items))


_FUNCTIONS: Mapping[str, Callable[[_Evaluation, Template, Node], Value]] = {
    "Ref": _Evaluation.ref,
    "Fn::GetAtt": _Evaluation.get_att,
    "Fn::Join": _Evaluation.join,
    "Fn::Sub": _Evaluation.sub,
    "Fn::Select": _Evaluation.select,
    "Fn::Split": _Evaluation.split,
    "Fn::FindInMap": _Evaluation.find_in_map,
    "Fn::If": _Evaluation.choose,
    "Fn::ImportValue": _Evaluation.import_value,
    "Fn::GetStackOutput": _Evaluation.stack_output,
    "Fn::Base64": _Evaluation.base64,
    "Fn::Length": _Evaluation.length,
}


_BY_REGION = ("AWS::Region", "AWS::Partition", "AWS::URLSuffix")
_PSEUDO_HOLES = {
    name: Text((Hole(kind, name),))
    for name, kind in {
        "AWS::AccountId": Kind.ACCOUNT,
        "AWS::Region": Kind.REGION,
        "AWS::Partition": Kind.PARTITION,
        "AWS::URLSuffix": Kind.URL_SUFFIX,
    }.items()
}


def _anything(name: str) -> Text:
    return Text((Hole(Kind.ANYTHING, name),))


def _beyond(limit: str) -> Text:
    """Return what a value is that was not evaluated to its end: no two of them are known to be equal."""
    return Text((Hole(Kind.ANYTHING, limit, origin=object()),))


_OWN = (Kind.ANYTHING, Kind.PARAMETER, Kind.REST)


def _told_apart(value: Value, template: Template, node: Node) -> Value:
    """Return what a function is evaluated to, its only hole told from those of other templates and arguments."""
    is_text = value.__class__ is Text
    hole = (value.pieces if is_text else value)[0] if is_text or (value.__class__ is list and value) else None
    if hole.__class__ is not Hole or hole.kind not in _OWN or hole.origin is not None:
        return value
    if hole.name.startswith("Fn::ImportValue ") and "${" not in hole.name:
        return value  # it is the same in all stacks
    own = hole._replace(origin=(template, json.dumps(node, sort_keys=True, default=str)))
    return Text((own, *value.pieces[1:])) if is_text else [own, *value[1:]]


def _dynamic(value: str | Text) -> str | Text:
    """Return a text with each dynamic reference as one hole, whatever holes it is made of.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
    """
    for piece in (value,) if isinstance(value, str) else value.pieces:
        if isinstance(piece, str) and "{{resolve:" in piece:
            break
    else:
        return value  # as nearly all are: every string of a policy comes by here
    parts: list[str | Hole] = []
    reference: list[str | Hole] = []  # what is read of a reference that is not closed yet
    for piece in pieces_of(value):
        for fragment in re.split(r"(\{\{(?=resolve:)|\}\})", piece) if isinstance(piece, str) else (piece,):
            if reference or fragment == "{{":
                reference.append(fragment)
            else:
                parts.append(fragment)
            if reference and fragment == "}}":
                parts.append(Hole(Kind.ANYTHING, "".join(map(str, reference))))
                reference = []
    return text(*parts, *reference)


def _join(separator: str, items: Sequence[Value]) -> str | Text:
    parts: list[str | Hole | Text] = []
    for item in items:
        if not isinstance(item, (str, Text, Hole)):
            return _anything("Fn::Join")
        parts += (separator, item)
    return _dynamic(text(*parts[1:]))


def _split(separator: str, whole: str | Text) -> list[str | Text | Hole]:
    items: list[str | Text | Hole] = []
    last: list[str | Hole] = []
    for piece in pieces_of(whole):
        if isinstance(piece, str):
            first, *others = piece.split(separator)
            last.append(first)
            if others:
                items += [text(*last) if len(last) > 1 else first, *others[:-1]]
                last = [others[-1]]
        elif _may_hold(piece, separator):
            return [*items, Hole(Kind.REST, str(whole), origin=whole)]
        else:
            last.append(piece)
    return [*items, text(*last)]


_CHARACTERS = {
    Kind.ACCOUNT: frozenset(digits),
    Kind.REGION: frozenset(f"{ascii_lowercase}{digits}-"),
    Kind.PARTITION: frozenset(f"{ascii_lowercase}-"),
    Kind.URL_SUFFIX: frozenset(f"{ascii_lowercase}{digits}.-"),
    Kind.REPOSITORY: frozenset(f"{ascii_lowercase}{digits}._/-"),
}
_ID_CHARACTERS = frozenset(f"{ascii_lowercase}{digits}-")
_IDS: Mapping[str, tuple[str | None, ...]] = {
    "AWS::EC2::RouteTable": (None, "RouteTableId"),
    "AWS::EC2::SecurityGroup": (None, "GroupId", "Id"),
    "AWS::EC2::Subnet": (None, "SubnetId"),
    "AWS::EC2::VPC": (None, "VpcId", "DefaultSecurityGroup"),
}
"""The attributes that are IDs such as `subnet-0a1b2c`, None for `Ref`: lists of them are often joined to one text."""


def _may_hold(hole: Hole, separator: str) -> bool:
    """Return whether what a hole stands for can hold a text, or a part of it at its edge."""
    characters = _CHARACTERS.get(hole.kind)
    if hole.resource is not None and hole.attribute in _IDS.get(hole.resource.type, ()):
        characters = _ID_CHARACTERS
    return characters is None or not characters.isdisjoint(separator)


def is_list(declared: Mapping[str, Node]) -> bool:
    """Return whether a parameter's value is a list, written with commas."""
    kind = str(declared.get("Type", ""))
    return "CommaDelimitedList" in kind or "List<" in kind


def _is_stored(declared: Mapping[str, Node]) -> bool:
    """Return whether a parameter's value lies in Systems Manager: what is given for it is only its name there."""
    return str(declared.get("Type", "")).startswith("AWS::SSM::Parameter::Value<")


_KEY = {"Type": "String"}
_SAID = ("Default", "AllowedValues")


def allowed_values(declared: Mapping[str, Node]) -> tuple[str, ...]:
    """Return the values, or those of the elements, that a parameter may have; none where they are not told."""
    values = declared.get("AllowedValues")
    allowed = [scalar(item) for item in values] if isinstance(values, list) else []
    return () if None in allowed else tuple(dict.fromkeys(item for item in allowed if item is not None))


def _constraint(declared: Mapping[str, Node]) -> str | None:
    """Return the regular expression that a parameter's value must match, or each element of its list.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
    """
    if _is_stored(declared):
        return None  # its constraints are on its name in Systems Manager
    if allowed := allowed_values(declared):
        return "|".join(map(re.escape, allowed))
    pattern = declared.get("AllowedPattern")
    return pattern if isinstance(pattern, str) else None


def _unknown(name: str, declared: Mapping[str, Node], stored: str | None = None) -> Value:
    """Return what a parameter stands for of which nothing but its constraints, and where it lies, is known."""
    if is_list(declared):
        return [Hole(Kind.REST, name, pattern=_constraint(declared), stored=stored)]
    return Text((Hole(Kind.PARAMETER, name, pattern=_constraint(declared), stored=stored),))


_FREE = (Kind.PARAMETER, Kind.RESOURCE, Kind.ANYTHING)


def _typed(declared: Mapping[str, Node], value: Value) -> Value:
    """Return a value as the parameter has it that it is given for: a list, or a text."""
    if isinstance(value, list) and not is_list(declared):
        return _join(",", value)
    if not isinstance(value, (str, Text)):
        return value
    if is_list(declared):
        return [item.strip() if isinstance(item, str) else item for item in _split(",", value)]
    first, *others = pieces_of(value)
    if isinstance(first, Hole) and not others and first.kind in _FREE and first.pattern is None:
        return Text((first._replace(pattern=_constraint(declared)),))
    return _dynamic(value)
