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
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from typing import Any

from ecr_ecs_constructs.cloudformation.template import Node, Resource, Template
from ecr_ecs_constructs.image_uri import partition_of, url_suffix_of

MAX_WORLDS = 512
"""How many worlds one value is judged in; a value that needs more is a hole that says so."""

MAX_DEPTH = 100
"""How deep intrinsic functions and references are followed; what lies deeper is a hole that says so."""


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


@dataclass(frozen=True)
class Hole:
    """A part of a value that is known only at deployment.

    Attributes:
        kind: what it stands for.
        name: what stands in the template, as between the braces of `Fn::Sub`: `AWS::Region`, `Repo.Arn`, `ImageUri`.
        resource: the resource that is referred to.
        attribute: the attribute of that resource, None for `Ref`.
        pattern: the regular expression that the whole value must match.
    """

    kind: Kind
    name: str
    resource: Resource | None = None
    attribute: str | None = None
    pattern: str | None = None

    def __str__(self) -> str:
        return self.name if self.name.startswith("{{") else f"${{{self.name}}}"


@dataclass(frozen=True)
class Text:
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
    for part in parts:
        for piece in part.pieces if isinstance(part, Text) else (part,):
            if isinstance(piece, str) and pieces and isinstance(pieces[-1], str):
                pieces[-1] += piece
            elif piece != "":
                pieces.append(piece)
    if not pieces:
        return ""
    if len(pieces) == 1 and isinstance(pieces[0], str):
        return pieces[0]
    return Text(tuple(pieces))


def pieces_of(value: str | Text) -> tuple[str | Hole, ...]:
    """Return a text's literals and holes."""
    return value.pieces if isinstance(value, Text) else (value,)


_OTHER = "\0other"  # the choice of a value that the template never compares with
_Variable = tuple[str, ...]
_World = Mapping[_Variable, Any]


@dataclass(frozen=True)
class Assumption:
    """A condition of a template and the outcome under which a part of the template stands."""

    template: Template
    condition: str
    outcome: bool


@dataclass(frozen=True)
class Site:
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


@dataclass(frozen=True)
class Branch:
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


class Evaluator:
    """Evaluates the templates of one call, across their exports, imports, parameters and outputs."""

    def __init__(self, templates: Sequence[Template]) -> None:
        self._templates = templates

    def sites(self, resource: Resource, path: str, at: Site | None = None) -> Iterator[Site]:
        """Yield the places of a resource that a path leads to, one per list element and `Fn::If` branch.

        Args:
            resource: the resource.
            path: keys separated by dots; `*` stands for each element of a list.
            at: where the path starts; the resource's properties if not given.

        Yields:
            Each place. A key that is absent yields nothing. Where the way is known only at deployment, the place
            where it ends, its node the opaque one, and `…` at the end of its location.
        """
        if at is None:
            assumptions = (Assumption(resource.template, resource.condition, True),) if resource.condition else ()
            at = Site(resource, "Properties", resource.properties, assumptions)
        yield from self._walk(at, path.split(".") if path else [])

    def _walk(self, site: Site, keys: Sequence[str]) -> Iterator[Site]:
        node = site.node
        if isinstance(node, dict) and len(node) == 1:
            (name, argument), *_ = node.items()
            if name == "Fn::If" and isinstance(argument, list) and len(argument) == 3 and isinstance(argument[0], str):
                for index, outcome in ((1, True), (2, False)):
                    assumption = Assumption(site.resource.template, argument[0], outcome)
                    branch = replace(
                        site,
                        location=f"{site.location}.Fn::If[{index}]",
                        node=argument[index],
                        assumptions=(*site.assumptions, assumption),
                    )
                    if self.possible(branch):
                        yield from self._walk(branch, keys)
                return
            if node == {"Ref": "AWS::NoValue"}:
                return
            if keys and (name == "Ref" or name.startswith("Fn::")):
                yield from self._walk_opaque(site, keys)
                return
        if not keys:
            yield site
        elif keys[0] == "*":
            yield from self._walk_elements(site, keys)
        elif isinstance(node, dict) and keys[0] in node:
            inner = replace(site, location=f"{site.location}.{keys[0]}", node=node[keys[0]])
            yield from self._walk(inner, keys[1:])
        elif isinstance(node, dict) and "Fn::Transform" in node:
            yield replace(site, location=f"{site.location}.{keys[0]}…", node={"Fn::Transform": node["Fn::Transform"]})

    def _walk_elements(self, site: Site, keys: Sequence[str]) -> Iterator[Site]:
        # A list of one may be written without its brackets.
        elements = site.node if isinstance(site.node, list) else [site.node]
        for index, element in enumerate(elements):
            yield from self._walk(replace(site, location=f"{site.location}[{index}]", node=element), keys[1:])

    def _walk_opaque(self, site: Site, keys: Sequence[str]) -> Iterator[Site]:
        for branch in self.branches(site):
            if isinstance(branch.value, (dict, list)) and branch.value != site.node:
                yield from self._walk(replace(site, node=branch.value), keys)
            elif branch.value is not ABSENT:
                yield replace(site, location=f"{site.location}…")

    def possible(self, site: Site) -> bool:
        """Return whether the conditions of a site can all have their outcome."""
        return any(True for _ in self._worlds(site.assumptions, lambda _: None))

    def branches(self, site: Site) -> tuple[Branch, ...]:
        """Return every value that a site can have, each once, in a stable order."""
        template = site.resource.template
        return tuple(self._evaluate_all(template, site.node, site.assumptions))

    def evaluate(self, template: Template, node: Node) -> tuple[Branch, ...]:
        """Return every value that a node of a template can have, each once, in a stable order."""
        return tuple(self._evaluate_all(template, node, ()))

    def _evaluate_all(self, template: Template, node: Node, assumptions: Sequence[Assumption]) -> Iterator[Branch]:
        if isinstance(node, str) and not assumptions and "{{" not in node:
            yield Branch(node)
            return
        seen: list[Value] = []
        for evaluation, value in self._worlds(assumptions, lambda run: run.value(template, node)):
            if value not in seen:
                seen.append(value)
                yield Branch(value, tuple(sorted(evaluation.defaults)))

    def _worlds(
        self, assumptions: Sequence[Assumption], evaluate: Callable[[_Evaluation], Value]
    ) -> Iterator[tuple[_Evaluation, Value]]:
        """Yield an outcome for each world in which the assumptions hold."""
        worlds: list[_World] = [{}]
        made = 1
        while worlds:
            evaluation = _Evaluation(self, worlds.pop())
            try:
                if all(evaluation.condition(a.template, a.condition) is a.outcome for a in assumptions):
                    yield evaluation, evaluate(evaluation)
            except _Fork as fork:
                made += len(fork.choices)
                if made > MAX_WORLDS:
                    yield evaluation, Text((Hole(Kind.ANYTHING, f"more than {MAX_WORLDS} combinations of parameters"),))
                    return
                worlds.extend({**evaluation.world, fork.variable: choice} for choice in reversed(fork.choices))

    @cached_property
    def _exports(self) -> Mapping[str, tuple[tuple[Template, Node], ...]]:
        found: dict[str, list[tuple[Template, Node]]] = {}
        for template in self._templates:
            for output in template.section("Outputs").values():
                name_node = output.get("Export", {}).get("Name") if isinstance(output, dict) else None
                if name_node is None:
                    continue
                for branch in self.evaluate(template, name_node):
                    if isinstance(branch.value, str):
                        found.setdefault(branch.value, []).append((template, output.get("Value")))
        return {name: tuple(outputs) for name, outputs in found.items()}

    def export(self, template: Template, name: str) -> tuple[Template, Node] | None:
        """Return the output that another template exports under a name to a template, None if there is not just one."""
        found = [
            (other, node)
            for other, node in self._exports.get(name, ())
            if _agree(other.account, template.account) and _agree(other.region, template.region)
        ]
        return found[0] if len(found) == 1 else None

    def stack(self, name: str) -> Template | None:
        """Return the template of the stack of a name, None if there is not just one."""
        found = [template for template in self._templates if template.stack_name == name]
        return found[0] if len(found) == 1 else None

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


def _agree(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other


def _equalities(node: Node) -> Iterator[tuple[Node, Node]]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "Fn::Equals" and isinstance(value, list) and len(value) == 2:
                yield value[0], value[1]
            yield from _equalities(value)
    elif isinstance(node, list):
        for item in node:
            yield from _equalities(item)


def _variable(template: Template, name: str) -> _Variable:
    """Return what stands for a parameter in a world; pseudo parameters are the same in all templates."""
    return (name,) if name.startswith("AWS::") else (str(id(template)), name)


def scalar(node: Node) -> str | None:
    """Return a literal as the text that CloudFormation makes of it, None for anything else."""
    if isinstance(node, str):
        return node
    if isinstance(node, bool):
        return "true" if node else "false"
    if isinstance(node, (int, float)):
        return str(node)
    return None


@dataclass
class _Evaluation:
    """One evaluation in one world."""

    evaluator: Evaluator
    world: _World
    defaults: set[str] = field(default_factory=set)
    depth: int = 0
    in_condition: bool = False

    def value(self, template: Template, node: Node) -> Value:
        if isinstance(node, str):
            return _dynamic(node)
        if not isinstance(node, (dict, list)):
            return scalar(node)
        if self.depth >= MAX_DEPTH:
            return _anything(f"more than {MAX_DEPTH} nested values")
        self.depth += 1
        try:
            return self._container(template, node)
        finally:
            self.depth -= 1

    def _container(self, template: Template, node: Mapping[str, Node] | list[Node]) -> Value:
        if isinstance(node, list):
            return [value for item in node if (value := self.value(template, item)) is not ABSENT]
        if len(node) == 1:
            (name, argument), *_ = node.items()
            if name == "Ref" or name.startswith("Fn::"):
                if function := _FUNCTIONS.get(name):
                    return function(self, template, argument)
                return [Hole(Kind.REST, name)] if name in _OPAQUE_LISTS else _anything(name)
        return {key: value for key, item in node.items() if (value := self.value(template, item)) is not ABSENT}

    def condition(self, template: Template, name: str) -> bool:
        """Return a condition's outcome in this world."""
        conditions = template.section("Conditions")
        if name not in conditions or self.depth >= MAX_DEPTH:
            return self._decide(template, {"Condition": name})
        was, self.in_condition = self.in_condition, True
        self.depth += 1
        try:
            return self._test(template, conditions[name])
        finally:
            self.in_condition = was
            self.depth -= 1

    def _test(self, template: Template, node: Node) -> bool:
        if isinstance(node, dict) and len(node) == 1:
            (name, argument), *_ = node.items()
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
        if one == other and isinstance(one, Text):
            return True
        for this, that, that_node in ((one, other, left), (other, one, right)):
            # In the world of another value, a variable is none of the literals that it is compared with.
            variable = self._referred(template, that_node)
            is_other = isinstance(that, Text) and variable is not None and self.world.get(variable) is _OTHER
            if variable is not None and is_other and this in self.evaluator.compared(variable):
                return False
        return self._decide(template, node)

    def _referred(self, template: Template, node: Node) -> _Variable | None:
        name = node.get("Ref") if isinstance(node, dict) else None
        return _variable(template, name) if isinstance(name, str) else None

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
            name = self.value(repository.template, properties["RepositoryName"])
            if isinstance(name, str):
                return name
        return Text((Hole(Kind.REPOSITORY, repository.logical_id, repository),))

    def _pseudo(self, template: Template, name: str) -> Value:
        region = self._environment("AWS::Region", template.region)
        if name == "AWS::Region":
            return region
        if name == "AWS::AccountId":
            return self._environment(name, template.account)
        if name == "AWS::Partition":
            return partition_of(region) if isinstance(region, str) else Text((Hole(Kind.PARTITION, name),))
        if name == "AWS::URLSuffix":
            return url_suffix_of(region) if isinstance(region, str) else Text((Hole(Kind.URL_SUFFIX, name),))
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
            return Text((Hole(Kind.REGION if name == "AWS::Region" else Kind.ACCOUNT, name),))
        return str(choice)

    def _parameter(self, template: Template, name: str) -> Value:
        declared = template.section("Parameters")[name]
        if name in template.parameters:
            return _typed(declared, template.parameters[name])
        if template.parent is not None:
            passed = template.parent.properties.get("Parameters")
            if isinstance(passed, dict) and name in passed:
                value = self.value(template.parent.template, passed[name])
                if isinstance(value, list):
                    return value if _is_list(declared) else self.join(template, [",", passed[name]])
                return _typed(declared, value) if isinstance(value, str) else value
        kind = str(declared.get("Type", "String"))
        unknown = Text((Hole(Kind.PARAMETER, name, pattern=_constraint(declared)),))
        if kind.startswith("AWS::SSM::Parameter::Value<"):
            return [Hole(Kind.REST, name)] if _is_list(declared) else unknown
        variable = _variable(template, name)
        if variable not in self.world:
            default, allowed = scalar(declared.get("Default")), declared.get("AllowedValues")
            if isinstance(allowed, list) and allowed:
                raise _Fork(variable, tuple(dict.fromkeys(scalar(item) or "" for item in allowed)))
            compared = self.evaluator.compared(variable)
            if self.in_condition:
                known = () if default is None else (default,)
                raise _Fork(variable, tuple(dict.fromkeys((*known, *compared, _OTHER))))
            if default is None:
                return [Hole(Kind.REST, name)] if _is_list(declared) else unknown
            self.defaults.add(name)
            return _typed(declared, default)
        choice = self.world[variable]
        if choice is _OTHER:
            return [Hole(Kind.REST, name)] if _is_list(declared) else unknown
        return _typed(declared, choice)

    def get_att(self, template: Template, argument: Node) -> Value:
        if isinstance(argument, str):
            argument = argument.split(".", 1)
        if not (isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str)):
            return _anything("Fn::GetAtt")
        attribute = self.value(template, argument[1])
        resource = template.resources.get(argument[0])
        if resource is None or not isinstance(attribute, str):
            return _anything(f"{argument[0]}.{attribute}")
        if resource.type == "AWS::CloudFormation::Stack" and attribute.startswith("Outputs."):
            nested = template.nested.get(resource.logical_id)
            output = nested.section("Outputs").get(attribute.removeprefix("Outputs.")) if nested else None
            if nested is not None and isinstance(output, dict):
                return self.value(nested, output.get("Value"))
        if resource.type == "AWS::ECR::Repository" and attribute in ("Arn", "RepositoryUri"):
            account, region = self._pseudo(template, "AWS::AccountId"), self._pseudo(template, "AWS::Region")
            name = self._repository_name(resource)
            if attribute == "RepositoryUri":
                suffix = self._pseudo(template, "AWS::URLSuffix")
                return text(account, ".dkr.ecr.", region, ".", suffix, "/", name)
            partition = self._pseudo(template, "AWS::Partition")
            return text("arn:", partition, ":ecr:", region, ":", account, ":repository/", name)
        return Text((Hole(Kind.RESOURCE, f"{resource.logical_id}.{attribute}", resource, attribute),))

    def join(self, template: Template, argument: Node) -> Value:
        if not (isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str)):
            return _anything("Fn::Join")
        items = self.value(template, argument[1])
        if not isinstance(items, list):
            return _anything("Fn::Join")
        parts: list[str | Hole | Text] = []
        for index, item in enumerate(items):
            if not isinstance(item, (str, Text, Hole)):
                return _anything("Fn::Join")
            parts += [argument[0], item] if index else [item]
        return _dynamic(text(*parts))

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
            literal, name = match.groups()
            if literal:
                parts.append(f"${{{name}}}")
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
                return _anything(item.name)
            if position == int(index):
                return item
        return _anything("Fn::Select")

    def split(self, template: Template, argument: Node) -> Value:
        if not (isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str) and argument[0]):
            return [Hole(Kind.REST, "Fn::Split")]
        separator, whole = argument[0], self.text(template, argument[1])
        items: list[str | Text] = [""]
        for piece in pieces_of(whole):
            if isinstance(piece, str):
                first, *others = piece.split(separator)
                items[-1] = text(items[-1], first)
                items += others
            elif _may_hold(piece, separator):
                return [*items[:-1], Hole(Kind.REST, str(whole))]
            else:
                items[-1] = text(items[-1], piece)
        return items

    def find_in_map(self, template: Template, argument: Node) -> Value:
        if not (isinstance(argument, list) and len(argument) in (3, 4)):
            return _anything("Fn::FindInMap")
        found: Node = template.section("Mappings")
        for key_node in argument[:3]:
            key = self.value(template, key_node)
            if isinstance(key, Text) and isinstance(found, dict):
                key = self._key(template, key_node, found)
            if not (isinstance(key, str) and isinstance(found, dict) and key in found):
                default = (
                    argument[3].get("DefaultValue") if len(argument) == 4 and isinstance(argument[3], dict) else None
                )
                return _anything("Fn::FindInMap") if default is None else self.value(template, default)
            found = found[key]
        return self.value(template, found)

    def _key(self, template: Template, node: Node, mapping: Mapping[str, Node]) -> str | None:
        """Return the key that a half-known text is: each that the map has, in a world of its own."""
        variable = self._referred(template, node) or ("key", str(id(template)), json.dumps(node, sort_keys=True))
        if self.world.get(variable, _OTHER) is _OTHER:
            compared = self.evaluator.compared(variable) if variable in self.world else ()
            raise _Fork(variable, [key for key in mapping if key not in compared])
        return str(self.world[variable])

    def choose(self, template: Template, argument: Node) -> Value:
        if not (isinstance(argument, list) and len(argument) == 3 and isinstance(argument[0], str)):
            return _anything("Fn::If")
        return self.value(template, argument[1 if self.condition(template, argument[0]) else 2])

    def import_value(self, template: Template, argument: Node) -> Value:
        name = self.text(template, argument)
        found = self.evaluator.export(template, name) if isinstance(name, str) else None
        return _anything(f"Fn::ImportValue {name}") if found is None else self.value(*found)

    def stack_output(self, template: Template, argument: Node) -> Value:
        if not isinstance(argument, dict):
            return _anything("Fn::GetStackOutput")
        stack, output = (self.text(template, argument.get(key)) for key in ("StackName", "OutputName"))
        other = self.evaluator.stack(stack) if isinstance(stack, str) else None
        found = other.section("Outputs").get(str(output)) if other is not None else None
        if other is None or not isinstance(found, dict):
            return _anything(f"Fn::GetStackOutput {stack}.{output}")
        return self.value(other, found.get("Value"))

    def base64(self, template: Template, argument: Node) -> Value:
        value = self.value(template, argument)
        return base64.b64encode(value.encode()).decode() if isinstance(value, str) else _anything("Fn::Base64")

    def to_json(self, template: Template, argument: Node) -> Value:
        value = self.value(template, argument)
        try:
            return json.dumps(value, separators=(",", ":"))
        except TypeError:  # it holds holes
            return _anything("Fn::ToJsonString")

    def length(self, template: Template, argument: Node) -> Value:
        items = self.value(template, argument)
        if not isinstance(items, list) or any(isinstance(item, Hole) for item in items):
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
    "Fn::ToJsonString": _Evaluation.to_json,
    "Fn::Length": _Evaluation.length,
}


def _anything(name: str) -> Text:
    return Text((Hole(Kind.ANYTHING, name),))


def _dynamic(value: str | Text) -> str | Text:
    """Return a text with each dynamic reference as one hole, whatever holes it is made of.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
    """
    if not any(isinstance(piece, str) and "{{resolve:" in piece for piece in pieces_of(value)):
        return value
    parts: list[str | Hole] = []
    reference: str | None = None
    for piece in pieces_of(value):
        if isinstance(piece, Hole):
            if reference is None:
                parts.append(piece)
            else:
                reference += str(piece)
            continue
        for fragment in re.split(r"(\{\{(?=resolve:)|\}\})", piece):
            if reference is None and fragment == "{{":
                reference = fragment
            elif reference is not None and fragment == "}}":
                parts.append(Hole(Kind.ANYTHING, reference + fragment))
                reference = None
            elif reference is not None:
                reference += fragment
            else:
                parts.append(fragment)
    return text(*parts, reference or "")


def _is_list(declared: Mapping[str, Node]) -> bool:
    kind = str(declared.get("Type", ""))
    return kind == "CommaDelimitedList" or "List<" in kind


def _typed(declared: Mapping[str, Node], value: str) -> Value:
    return [item.strip() for item in value.split(",")] if _is_list(declared) else _dynamic(value)


def _constraint(declared: Mapping[str, Node]) -> str | None:
    pattern = declared.get("AllowedPattern")
    return pattern if isinstance(pattern, str) else None


_CHARACTERS = {
    Kind.ACCOUNT: re.compile("[0-9]+"),
    Kind.REGION: re.compile("[a-z0-9-]+"),
    Kind.PARTITION: re.compile("[a-z-]+"),
    Kind.URL_SUFFIX: re.compile("[a-z0-9.-]+"),
    Kind.REPOSITORY: re.compile("[a-z0-9._/-]+"),
}


def _may_hold(hole: Hole, separator: str) -> bool:
    """Return whether what a hole stands for can hold a text."""
    characters = _CHARACTERS.get(hole.kind)
    return characters is None or characters.fullmatch(separator) is not None
