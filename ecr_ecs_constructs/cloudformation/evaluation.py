"""Evaluation of a template's intrinsic functions in one world, before the template is deployed.

A *world* is one choice for every parameter, pseudo parameter or undecidable comparison that an evaluation asks for. An
evaluation that needs a choice not made yet raises `Fork` and starts anew in each of the worlds that the fork makes, so
the order of evaluation decides nothing.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial
from glob import escape
from string import ascii_lowercase, digits
from typing import Protocol, TypeVar

from ecr_ecs_constructs.cloudformation.template import STACK_TYPE, Node, Resource, Template, agree
from ecr_ecs_constructs.cloudformation.values import (
    ABSENT,
    Content,
    Hole,
    Kind,
    Text,
    Value,
    pieces_of,
    scalar,
    shown,
    text,
)
from ecr_ecs_constructs.image_uri import partition_of, url_suffix_of

T = TypeVar("T")

MAX_DEPTH = 100
"""How deep intrinsic functions and references are followed; what lies deeper is a hole that says so."""

MAX_STEPS = 20_000
"""How many objects and lists one world evaluates; what needs more is a hole that says so."""

MAX_CHARACTERS = 2**22
"""How long a text is made of parts; a longer one is a hole that says so. CloudFormation takes templates of 1 MB."""

OTHER = "\0other"  # the choice of a value that the template never compares with
NO_KEY = "\0no key"  # the key of a value that is none of a map's keys
Variable = tuple[object, ...]
"""All that a world can choose: parameters, pseudo parameters, outcomes that nothing decides, keys of maps."""

Choice = str | bool


class Fork(Exception):
    """No error: the evaluation goes on in the worlds of these choices."""

    def __init__(self, variable: Variable, choices: Sequence[Choice]) -> None:
        super().__init__(variable)
        self.variable = variable
        self.choices = choices


_SUB = re.compile(r"\$\{(!?)([^${}]*)\}")
_OPAQUE_LISTS = ("Fn::GetAZs", "Fn::Cidr")
NO_VALUE = {"Ref": "AWS::NoValue"}


def _lies(known: str | None, wanted: Value, own: str | None, own_value: Value) -> bool:
    """Return whether a stack lies in the region or account that is wanted; one's own may be unknown."""
    return agree(known, own) if wanted == own_value else known == wanted


def function_of(node: Content) -> tuple[str, Content] | None:
    """Return the name and the argument of an intrinsic function, None for anything else."""
    if isinstance(node, dict) and len(node) == 1:
        for name, argument in node.items():
            if name == "Ref" or name.startswith("Fn::"):
                return name, argument
    return None


def has_function(node: Mapping[str, object]) -> bool:
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


def used_in(template: Template) -> Iterator[Variable]:
    """Yield the parameters that may matter to a condition by more than a comparison with a literal.

    A condition of a nested stack, or of another one, meets what is passed on and what an output holds.
    """
    yield from (_variable(template, name) for name in _referred_in(_operands(template.section("Conditions"))))
    yield from (_variable(template, name) for name in _referred_in([template.section("Outputs")]))
    for stack in template.by_type.get(STACK_TYPE, ()):
        passed = stack.properties.get("Parameters", {})
        values = passed.values() if isinstance(passed, dict) and not function_of(passed) else [passed]
        yield from (_variable(template, name) for name in _referred_in(v for v in values if not _is_ref(v)))


def _operands(node: Node) -> Iterator[Node]:
    """Yield what conditions use, but for the parameters that they compare with a literal."""
    nodes = [node]
    while nodes:
        node = nodes.pop()
        if isinstance(node, list):
            nodes += node
        elif isinstance(node, dict):
            pair = node.get("Fn::Equals")
            if isinstance(pair, list) and len(pair) == 2 and any(scalar(item) is not None for item in pair):
                yield from (item for item in pair if not _is_ref(item))
            elif isinstance(pair, list):
                yield from pair
            else:
                nodes += node.values()


def _referred_in(nodes: Iterable[Node]) -> Iterator[str]:
    """Yield the names that nodes refer to."""
    pending = [*nodes]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending += node
        elif isinstance(node, dict):
            for key, argument in node.items():
                if key == "Ref" and isinstance(argument, str):
                    yield argument
                elif key == "Fn::Sub":
                    written = argument[0] if isinstance(argument, list) and argument else argument
                    names = _SUB.findall(written) if isinstance(written, str) else []
                    yield from (name.strip() for _, name in names)
            pending += node.values()


def _is_ref(node: Node) -> bool:
    return isinstance(node, dict) and len(node) == 1 and isinstance(node.get("Ref"), str)


def compared_in(template: Template) -> Iterator[tuple[Variable, str]]:
    """Yield each parameter or pseudo parameter that the conditions of a template compare with a literal, and that."""
    for pair in _equalities(template.section("Conditions")):
        for this, other in (pair, pair[::-1]):
            literal = scalar(other)
            name = this.get("Ref") if isinstance(this, dict) else None
            if isinstance(name, str) and literal is not None:
                yield _variable(template, name), literal


def _variable(template: Template, name: str) -> Variable:
    """Return what stands for a parameter in a world; pseudo parameters are the same in all templates."""
    template, name = _origin(template, name)
    return (name,) if name.startswith("AWS::") else (template, name)


def _origin(template: Template, name: str) -> tuple[Template, str]:
    """Return the parameter that a parent refers a nested stack's parameter to, itself where that is not so."""
    while not name.startswith("AWS::") and template.parent is not None:
        passed = template.parent.properties.get("Parameters")
        node = passed.get(name) if isinstance(passed, dict) else None
        known = _is_stored(template.declared.get(name, {})) or node == NO_VALUE
        outer = node.get("Ref") if isinstance(node, dict) and len(node) == 1 else None
        if known or not isinstance(outer, str):
            break
        template, name = template.parent.template, outer
    return template, name


class Surroundings(Protocol):
    """All templates of a call, as an evaluation of one of them sees them."""

    def export(self, template: Template, name: str) -> tuple[Template, Node] | None:
        """Return the output that another template exports under a name, None if there is not just one."""

    def stacks(self, name: str) -> Iterator[Template]:
        """Yield the templates of the stacks of a name."""

    def compared(self, variable: Variable) -> tuple[str, ...]:
        """Return the literals that conditions compare a variable with."""

    def is_only_compared(self, variable: Variable) -> bool:
        """Return whether conditions do nothing with a variable but compare it with literals."""


class Recall(Protocol):
    """Returns the answer that is known to a question about a key, and asks it where none is."""

    def __call__(self, question: object, key: tuple[object, ...], ask: Callable[[], T]) -> T:
        """Return the answer."""


class Choices(dict[Variable, Choice]):
    """The choices of a world; it notes which of them are read, those that are not made too.

    Attributes:
        reads: what was read for the question that is being answered.

    Args:
        given: the choices.
        is_chosen: what returns whether any world may choose a variable; of no other anything is noted.
    """

    def __init__(self, given: Mapping[Variable, Choice], is_chosen: Callable[[Variable], bool]) -> None:
        super().__init__(given)
        self.reads: dict[Variable, Choice | None] = {}
        self._is_chosen = is_chosen

    def read(self, variable: Variable) -> Choice | None:
        """Return the choice for a variable, None where none is made."""
        choice = self.get(variable)
        if choice is not None or self._is_chosen(variable):
            self.reads[variable] = choice
        return choice


class Evaluation:
    """The evaluation of values in one world.

    Args:
        around: all templates.
        choices: the choices of the world.
        recall: what returns the answer that is known to a question about a key, and asks it where none is.
    """

    def __init__(self, around: Surroundings, choices: Choices, recall: Recall) -> None:
        self.around = around
        self.choices = choices
        self.recall = recall
        self.defaults: set[str] = set()
        self.open: set[tuple[Template, str]] = set()
        self.steps = 0
        self.depth = 0
        self.in_condition = False

    def value(self, template: Template, node: Content) -> Value:
        """Return the value of a node of a template; that of a value is itself."""
        if type(node) is str:
            return _dynamic(node) if "{{" in node else node
        if type(node) is not dict and type(node) is not list:
            return node if isinstance(node, (Text, Hole)) else scalar(node)
        self.steps += 1
        if self.depth >= MAX_DEPTH or self.steps > MAX_STEPS:
            return _beyond(f"more than {MAX_DEPTH} nested values or {MAX_STEPS} in all")
        self.depth += 1  # a fork needs no way back: it ends the evaluation
        found = self._object(template, node) if isinstance(node, dict) else self._list(template, node)
        self.depth -= 1
        return found

    def _list(self, template: Template, node: Sequence[Node | Value]) -> list[Value]:
        found: list[Value] = []
        for item in node:
            # Most are plain strings: they need no question.
            value = item if type(item) is str and "{{" not in item else self.value(template, item)
            if value is not ABSENT:
                found.append(value)
        return found

    def _object(self, template: Template, node: Mapping[str, Node | Value]) -> Value:
        if len(node) == 1:
            (name,) = node
            if function := _FUNCTIONS.get(name):
                found = function(self, template, node[name])
                return found if type(found) is str else _told_apart(found, template, node)
            if name[:4] == "Fn::":
                found = [Hole(Kind.REST, name)] if name in _OPAQUE_LISTS else _anything(name)
                return _told_apart(found, template, node)
        return {key: value for key, item in node.items() if (value := self.value(template, item)) is not ABSENT}

    def _follow(self, template: Template, name: str, node: Content) -> Value:
        """Return the value of a node that a reference leads to, a hole where it leads back to itself."""
        place = (template, name)
        if place in self.open:
            return _anything(name)
        self.open.add(place)
        try:
            return self.value(template, node)
        finally:
            self.open.discard(place)

    def condition(self, template: Template, name: str) -> bool:
        """Return a condition's outcome in this world."""
        conditions, place = template.section("Conditions"), (template, f"Condition {name}")
        if name not in conditions or place in self.open:
            return self._decide(template, {"Condition": name})
        return self.recall("condition", (template, name), lambda: self._outcome(template, name))

    def _outcome(self, template: Template, name: str) -> bool:
        place = (template, f"Condition {name}")
        was, self.in_condition = self.in_condition, True
        self.open.add(place)
        try:
            return self._test(template, template.section("Conditions")[name])
        finally:
            self.in_condition = was
            self.open.discard(place)

    def _test(self, template: Template, node: Content) -> bool:
        if self.depth >= MAX_DEPTH or not (isinstance(node, dict) and len(node) == 1):
            return self._decide(template, node)
        self.depth += 1
        try:
            (name, argument), *_ = node.items()
            return self._operate(template, node, name, argument)
        finally:
            self.depth -= 1

    def _operate(self, template: Template, node: Content, name: str, argument: Content) -> bool:
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
                return self._equals(template, argument[0], argument[1])
        return self._decide(template, node)

    def _equals(self, template: Template, left: Content, right: Content) -> bool:
        one, other = self.value(template, left), self.value(template, right)
        if isinstance(one, str) and isinstance(other, str):
            return one == other
        if left == right:  # two holes of one name may differ, one value does not from itself
            return True
        for this, that, that_node in ((one, other, right), (other, one, left)):
            # In the world of another value, a variable is none of the literals that it is compared with.
            variable = self._referred(template, that_node)
            is_other = isinstance(that, Text) and variable is not None and self.choices.read(variable) is OTHER
            if variable is not None and is_other and this in self.around.compared(variable):
                return False
        # Which stands on which side decides nothing.
        sides = sorted((left, right), key=partial(json.dumps, sort_keys=True, default=str))
        return self._decide(template, {"Fn::Equals": sides})

    def _referred(self, template: Template, node: Content) -> Variable | None:
        name = node.get("Ref") if isinstance(node, dict) else None
        if not isinstance(name, str):
            return None
        origin, name = _origin(template, name)
        # What is chosen for a parameter in Systems Manager is its name there, not its value.
        return None if _is_stored(origin.declared.get(name, {})) else _variable(origin, name)

    def _decide(self, template: Template, node: object) -> bool:
        """Return an outcome that nothing in the templates decides: each in a world of its own."""
        variable = ("condition", template, json.dumps(node, sort_keys=True, default=str))
        outcome = self.choices.read(variable)
        if outcome is None:
            raise Fork(variable, (True, False))
        return bool(outcome)

    def text(self, template: Template, node: Content) -> str | Text:
        """Return a node's value as text; what is no text is a hole."""
        value = self.value(template, node)
        return value if isinstance(value, (str, Text)) else _anything("a value that is no text")

    def ref(self, template: Template, name: Content) -> Value:
        """Return the value of `Ref`."""
        if not isinstance(name, str):
            return _anything("Ref")
        if name == "AWS::NoValue":
            return ABSENT
        if name.startswith("AWS::"):
            return self._pseudo(template, name)
        if name in template.declared:
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

    def _pseudo(self, template: Template, name: str) -> str | Text:
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
        choice = self.choices.read(variable)
        if choice is None and self.in_condition and self.around.compared(variable):
            raise Fork(variable, (*self.around.compared(variable), OTHER))
        if choice is None or choice is OTHER:
            return _PSEUDO_HOLES[name]
        return str(choice)

    def _parameter(self, template: Template, name: str) -> Value:
        declared = template.declared[name]
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
        choice = self.choices.read(variable)
        if choice is None:
            if allowed := allowed_values(declared):
                if is_list(declared):  # they are told of its elements
                    return _unknown(name, declared)
                raise Fork(variable, allowed)
            if self.in_condition:
                raise Fork(variable, self._distinct(variable, default))
            if default is None:
                return _unknown(name, declared)
        if default is not None and choice in (None, default) and not allowed_values(declared):
            self.defaults.add(name)
            return _typed(declared, default)
        return _unknown(name, declared) if choice is OTHER else _typed(declared, str(choice))

    def _distinct(self, variable: Variable, default: str | None) -> tuple[Choice, ...]:
        """Return the values of a parameter that conditions tell apart; a default that they don't is all others too."""
        compared = self.around.compared(variable)
        if default is None or default in compared or not self.around.is_only_compared(variable):
            known = () if default is None else (default,)
            return tuple(dict.fromkeys((*known, *compared, OTHER)))
        return (default, *compared)

    def _passed(self, stack: Resource, name: str) -> Value:
        """Return what a nested stack's resource gives for a parameter, `ABSENT` for nothing."""
        unknown = _anything(f"{stack.logical_id}.Parameters")
        parameters: Content = stack.properties.get("Parameters", unknown if has_function(stack.properties) else {})
        if function_of(parameters):
            parameters = self._follow(stack.template, f"{stack.logical_id}.Parameters", parameters)
        if parameters is ABSENT:
            return ABSENT
        if not isinstance(parameters, dict) or (name not in parameters and has_function(parameters)):
            return unknown
        if name not in parameters:
            return ABSENT
        return self._follow(stack.template, f"{stack.logical_id}.Parameters.{name}", parameters[name])

    def get_att(self, template: Template, argument: Content) -> Value:
        """Return the value of `Fn::GetAtt`."""
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        if not (isinstance(parts, list) and len(parts) == 2 and isinstance(logical_id := parts[0], str)):
            return _anything("Fn::GetAtt")
        attribute = self.value(template, parts[1])
        resource = template.resources.get(logical_id)
        if resource is None or not isinstance(attribute, str):
            return _anything(f"{logical_id}.{shown(attribute)}")
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
        template, name = repository.template, self._repository_name(repository)
        account, region = self._pseudo(template, "AWS::AccountId"), self._pseudo(template, "AWS::Region")
        if attribute == "RepositoryUri":
            return text(account, ".dkr.ecr.", region, ".", self._pseudo(template, "AWS::URLSuffix"), "/", name)
        return text(
            "arn:", self._pseudo(template, "AWS::Partition"), ":ecr:", region, ":", account, ":repository/", name
        )

    def join(self, template: Template, argument: Content) -> Value:
        """Return the value of `Fn::Join`."""
        if not (isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str)):
            return _anything("Fn::Join")
        items = self.value(template, argument[1])
        if not isinstance(items, list):
            return _anything("Fn::Join")
        return _join(argument[0], items)

    def sub(self, template: Template, argument: Content) -> Value:
        """Return the value of `Fn::Sub`."""
        written = argument
        own: Mapping[str, Node | Value] = {}
        if isinstance(argument, list) and len(argument) == 2 and isinstance(names := argument[1], dict):
            written, own = argument[0], names
        if not isinstance(written, str):
            return _anything("Fn::Sub")
        parts: list[str | Hole | Text] = []
        end = size = 0
        for match in _SUB.finditer(written):
            self.steps += 1
            size += _size(parts[-1]) if parts else 0
            if self.steps > MAX_STEPS or size > MAX_CHARACTERS:
                return _beyond(_TOO_LONG)
            parts.append(written[end : match.start()])
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
        return _dynamic(text(*parts, written[end:]))

    def select(self, template: Template, argument: Content) -> Value:
        """Return the value of `Fn::Select`."""
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

    def split(self, template: Template, argument: Content) -> Value:
        """Return the value of `Fn::Split`."""
        if not (isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str) and argument[0]):
            return [Hole(Kind.REST, "Fn::Split")]
        whole = self.text(template, argument[1])
        return [*whole.split(argument[0])] if isinstance(whole, str) else _split(argument[0], whole)

    def find_in_map(self, template: Template, argument: Content) -> Value:
        """Return the value of `Fn::FindInMap`."""
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
        self, template: Template, node: Content, key: Text, mapping: Mapping[str, Node], has_default: bool
    ) -> str | None:
        """Return the key that a half-known text is: each that the map has, in a world of its own; None for none."""
        shown = json.dumps(node, sort_keys=True, default=str)
        variable = self._referred(template, node) or ("key", template, shown)
        outside = ("no key", *variable, *mapping)
        is_outside, chosen = self.choices.read(outside), self.choices.read(variable)
        if is_outside:
            return NO_KEY
        if chosen is not None and chosen is not OTHER:
            return str(chosen)
        form = "".join(escape(piece) if isinstance(piece, str) else "*" for piece in key.pieces)
        keys = [candidate for candidate in mapping if fnmatchcase(candidate, form)]
        if has_default and is_outside is None:
            raise Fork(outside, (True, False))
        if not keys and not has_default:
            return None
        compared = () if chosen is None else self.around.compared(variable)
        raise Fork(variable, [candidate for candidate in keys if candidate not in compared])

    def choose(self, template: Template, argument: Content) -> Value:
        """Return the value of `Fn::If`."""
        if not (isinstance(argument, list) and len(argument) == 3 and isinstance(argument[0], str)):
            return _anything("Fn::If")
        return self.value(template, argument[1 if self.condition(template, argument[0]) else 2])

    def import_value(self, template: Template, argument: Content) -> Value:
        """Return the value of `Fn::ImportValue`."""
        name = self.text(template, argument)
        found = self.around.export(template, name) if isinstance(name, str) else None
        shown = f"Fn::ImportValue {name}"
        return _anything(shown) if found is None else self._follow(found[0], shown, found[1])

    def stack_output(self, template: Template, argument: Content) -> Value:
        """Return the value of `Fn::GetStackOutput`."""
        if not isinstance(argument, dict):
            return _anything("Fn::GetStackOutput")
        stack, output = (self.text(template, argument.get(key)) for key in ("StackName", "OutputName"))
        shown = f"Fn::GetStackOutput {stack}.{output}"
        region, account = (self._pseudo(template, name) for name in ("AWS::Region", "AWS::AccountId"))
        there = self.text(template, argument["Region"]) if "Region" in argument else region
        owner: Value = account
        if "RoleArn" in argument:  # a role reads the stacks of its own account
            part: Value = ["4", {"Fn::Split": [":", self.text(template, argument["RoleArn"])]}]
            owner = self.select(template, part)
        found = [
            (other, declared)
            for other in self.around.stacks(str(stack))
            if _lies(other.region, there, template.region, region)
            and _lies(other.account, owner, template.account, account)
            and isinstance(declared := other.section("Outputs").get(str(output)), dict)
            and "Value" in declared
        ]
        return self._follow(found[0][0], shown, found[0][1]["Value"]) if len(found) == 1 else _anything(shown)

    def base64(self, template: Template, argument: Content) -> Value:
        """Return the value of `Fn::Base64`."""
        value = self.value(template, argument)
        return base64.b64encode(value.encode()).decode() if isinstance(value, str) else _anything("Fn::Base64")

    def length(self, template: Template, argument: Content) -> Value:
        """Return the value of `Fn::Length`."""
        items = self.value(template, argument)
        if not isinstance(items, list) or any(isinstance(item, Hole) and item.kind is Kind.REST for item in items):
            return _anything("Fn::Length")
        return str(len(items))


_FUNCTIONS: Mapping[str, Callable[[Evaluation, Template, Content], Value]] = {
    "Ref": Evaluation.ref,
    "Fn::GetAtt": Evaluation.get_att,
    "Fn::Join": Evaluation.join,
    "Fn::Sub": Evaluation.sub,
    "Fn::Select": Evaluation.select,
    "Fn::Split": Evaluation.split,
    "Fn::FindInMap": Evaluation.find_in_map,
    "Fn::If": Evaluation.choose,
    "Fn::ImportValue": Evaluation.import_value,
    "Fn::GetStackOutput": Evaluation.stack_output,
    "Fn::Base64": Evaluation.base64,
    "Fn::Length": Evaluation.length,
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


def _told_apart(value: Value, template: Template, node: object) -> Value:
    """Return what a function is evaluated to, its only hole told from those of other templates and arguments."""
    if type(value) is Text:
        hole: Value = value.pieces[0]
    elif type(value) is list and value:
        hole = value[0]
    else:
        return value
    if type(hole) is not Hole or hole.kind not in _OWN or hole.origin is not None:
        return value
    if hole.name.startswith("Fn::ImportValue ") and "${" not in hole.name:
        return value  # it is the same in all stacks
    own = hole._replace(origin=(template, json.dumps(node, sort_keys=True, default=str)))
    return Text((own, *value.pieces[1:])) if isinstance(value, Text) else [own, *value[1:]]


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


def _size(part: str | Hole | Text) -> int:
    """Return how many characters of a part are known."""
    if isinstance(part, Text):
        return sum(len(piece) for piece in part.pieces if isinstance(piece, str))
    return len(part) if isinstance(part, str) else 0


_TOO_LONG = "a text that is too long"


def _join(separator: str, items: Sequence[Value]) -> str | Text:
    parts: list[str | Hole | Text] = []
    size = 0
    for item in items:
        if not isinstance(item, (str, Text, Hole)):
            return _anything("Fn::Join")
        size += len(separator) + _size(item)
        if size > MAX_CHARACTERS:
            return _beyond(_TOO_LONG)
        parts += (separator, item)
    return _dynamic(text(*parts[1:]))


def _split(separator: str, whole: str | Text) -> list[Value]:
    items: list[Value] = []
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
