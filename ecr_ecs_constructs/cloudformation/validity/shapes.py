"""The shape of properties: what CloudFormation refuses, whatever it would make of it.

A property that must be there and is not, a text where a list belongs, a range that is none: CloudFormation holds each
resource against the schema of its type.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from ipaddress import ip_network
from typing import cast

from ecr_ecs_constructs.cloudformation.functions import function_of, has_function
from ecr_ecs_constructs.cloudformation.parameters import is_list
from ecr_ecs_constructs.cloudformation.template import Node, Resource
from ecr_ecs_constructs.cloudformation.validity.faults import (
    Fault,
    Guards,
    branches,
    is_there,
    judged,
    presences,
    voids,
)
from ecr_ecs_constructs.cloudformation.validity.schemas import ResourceSchema, Schema, schema_of

_SHAPES = {"object": "an object", "array": "a list", "text": "a text"}
_LISTS = ("Fn::Cidr", "Fn::GetAZs", "Fn::Split")
_TEXTS = ("Fn::Base64", "Fn::ImportValue", "Fn::Join", "Fn::Sub", "Fn::ToJsonString")
_IDS = {"AWS::EC2::SecurityGroup.Id": "sg-", "AWS::EC2::Subnet.Id": "subnet-", "AWS::EC2::VPC.Id": "vpc-"}
"""By format, how an id of it begins; the format without `.Id` is the type whose `Ref` gives one."""

_TEXT_WORDS, _NUMBERS = frozenset({"enum", "format", "minLength"}), ("integer", "number", "boolean")
"""The words of a schema that tell which texts it takes, and its types that do."""

_MOST_COMBINATIONS = 64
"""How many combinations of properties that are there or not are looked at, for those that exclude each other."""


def misshapen(resource: Resource) -> Iterator[Fault]:
    """Yield what CloudFormation refuses of the properties of a resource, nothing for a type that has no schema here.

    Args:
        resource: the resource.
    """
    types = schema_of(resource.type)
    if types is not None:
        yield from _Reader(resource, types).read()


class _Reader:
    """The reading of a resource by the schema of its type."""

    def __init__(self, resource: Resource, types: ResourceSchema) -> None:
        self.resource = resource
        self.types = types

    def read(self) -> Iterator[Fault]:
        written = self.resource.body.get("Properties")
        return self._check(self.types.properties, {} if written is None else written, "Properties", ())

    def _fault(self, guards: Guards, location: str, why: str) -> Fault:
        return Fault(self.resource, guards, location, why)

    def _check(self, schema: Schema, node: Node, location: str, guards: Guards) -> Iterator[Fault]:
        """Yield what is wrong of a node, and below it."""
        schema = self.types.followed(schema)
        for own, place, part in branches(node, location, guards):
            if not is_there(part):
                continue
            wanted, shape = _wanted(schema), self._shape(part)
            if shape is None:
                continue
            if wanted == ["object"] and function_of(part) is not None:
                continue  # the text that it gives may be read as one
            if wanted and shape not in wanted:
                why = f"is {_SHAPES[shape]}, where it must be {' or '.join(_SHAPES[each] for each in wanted)}"
                yield self._fault(own, place, why)
            elif function_of(part) is not None:
                yield from self._reference(schema, part, place, own)
                yield from self._text(schema, part, place, own)
            elif isinstance(part, dict):
                yield from self._object(schema, part, place, own)
            elif isinstance(part, list):
                yield from self._list(schema, part, place, own)
            else:
                yield from self._text(schema, part, place, own)

    def _text(self, schema: Schema, node: Node, location: str, guards: Guards) -> Iterator[Fault]:
        """Yield that a text is none that a schema takes, or none that it knows."""
        if _TEXT_WORDS.isdisjoint(schema) and schema.get("type") not in _NUMBERS:
            return
        nodes = (node,)
        yield from judged(Fault(self.resource, guards, location, nodes=nodes, judge=partial(_unfit, schema)))
        yield from judged(Fault(self.resource, guards, location, taken=None, nodes=nodes, judge=partial(_new, schema)))

    def _shape(self, node: Node) -> str | None:
        """Return whether a node gives an object, a list or a text, None where that is not known."""
        function = function_of(node)
        if function is None:
            if node is None or (isinstance(node, dict) and has_function(node)):
                return None
            return "object" if isinstance(node, dict) else "array" if isinstance(node, list) else "text"
        name, argument = function
        if name == "Ref":
            declared = self.resource.template.declared.get(str(argument))
            return "array" if argument == "AWS::NotificationARNs" or (declared and is_list(declared)) else "text"
        return "array" if name in _LISTS else "text" if name in _TEXTS else None

    def _reference(self, schema: Schema, node: Node, location: str, guards: Guards) -> Iterator[Fault]:
        """Yield that a reference is to a resource of another type than is asked for."""
        name, argument = function_of(node) or ("", "")
        format_ = schema.get("format")
        target = self.resource.template.resources.get(str(argument)) if name == "Ref" else None
        if target is None or format_ not in _IDS:
            return
        wanted = str(format_).removesuffix(".Id")
        if target.type != wanted and schema_of(target.type) is not None:
            yield self._fault(guards, location, f"refers to {argument}, which is {target.type} and not {wanted}")

    def _list(self, schema: Schema, node: Sequence[Node], location: str, guards: Guards) -> Iterator[Fault]:
        least = schema.get("minItems", 0)
        if len(node) < cast("int", least):
            yield self._fault(guards, location, f"has {len(node)} elements, of which there must be {least}")
        for own in voids(node, guards) if node and least else ():
            yield self._fault(own, location, f"has 0 elements, of which there must be {least}")
        items = schema.get("items")
        if isinstance(items, dict):
            for index, element in enumerate(node):
                yield from self._check(items, element, f"{location}[{index}]", guards)

    def _object(self, schema: Schema, node: Mapping[str, Node], location: str, guards: Guards) -> Iterator[Fault]:
        for name in cast("Sequence[str]", schema.get("required", ())):
            for own, is_present in presences(node, name):
                if not is_present:
                    yield self._fault((*guards, *own), location, f"has no {name}")
        yield from self._together(schema, node, location, guards)
        properties = cast("Mapping[str, Schema]", schema.get("properties", {}))
        for name, value in node.items():
            if name in properties:
                yield from self._check(properties[name], value, f"{location}.{name}", guards)

    def _together(self, schema: Schema, node: Mapping[str, Node], location: str, guards: Guards) -> Iterator[Fault]:
        """Yield which properties exclude each other, or ask for each other."""
        one, some = (cast("Sequence[str]", schema.get(key, ())) for key in ("requiredXor", "requiredOr"))
        excluded, asked = (
            cast("Mapping[str, Sequence[str]]", schema.get(key, {}))
            for key in ("dependentExcluded", "dependentRequired")
        )
        names = sorted({*one, *some, *excluded, *asked, *itertools.chain(*excluded.values(), *asked.values())})
        choices = [[*presences(node, name)] for name in names]
        for combination in itertools.islice(itertools.product(*choices), _MOST_COMBINATIONS) if names else ():
            own = tuple(itertools.chain(guards, *(each for each, _ in combination)))
            there = {name for name, (_, is_present) in zip(names, combination, strict=True) if is_present}
            chosen = there.intersection(one)
            if one and len(chosen) != 1:
                yield self._fault(own, location, f"has {_and(chosen)}, and must have one of {_or(one)}")
            if some and not there.intersection(some):
                yield self._fault(own, location, f"has none of {_or(some)}")
            for name in sorted(there.intersection(excluded)):
                if beside := there.intersection(excluded[name]):
                    yield self._fault(own, location, f"has {name} beside {_and(beside)}")
            for name in sorted(there.intersection(asked)):
                if lacking := {*asked[name]} - there:
                    # Some of these are asked for in certain regions and accounts only.
                    fault = self._fault(own, location, f"has {name} without {_and(lacking)}")
                    yield replace(fault, taken=None)


def _and(names: set[str]) -> str:
    return " and ".join(sorted(names)) or "none"


def _or(names: Sequence[str]) -> str:
    return " or ".join(names)


def _wanted(schema: Schema) -> Sequence[str]:
    """Return the shapes that a schema takes, none where it takes any."""
    types = schema.get("type", ())
    named = [types] if isinstance(types, str) else cast("Sequence[str]", types)
    return [*dict.fromkeys(name if name in _SHAPES else "text" for name in named)]


def _unfit(schema: Schema, text: str) -> str:
    """Return why a text is none that a schema takes, nothing where it is one."""
    types, format_ = schema.get("type"), schema.get("format")
    if types in ("integer", "number"):
        return _no_number(schema, text)
    if types == "boolean" and text.lower() not in ("true", "false"):
        return f"is {text!r}, and neither true nor false"
    if format_ in _IDS and not text.startswith(_IDS[str(format_)]):
        return f"is {text!r}, and no id of {str(format_).removesuffix('.Id')}"
    if format_ in ("ipv4-network", "ipv6-network") and not _is_range(text, 4 if format_ == "ipv4-network" else 6):
        return f"is {text!r}, and no range of IP addresses"
    return "is empty" if not text and schema.get("minLength") else ""


def _new(schema: Schema, text: str) -> str:
    """Return that a text is none of those that are known for a place; AWS adds others."""
    known = cast("Sequence[object]", schema.get("enum", ()))
    is_new = bool(known) and not _unfit(schema, text) and text.lower() not in {str(each).lower() for each in known}
    return f"is {text!r}, which is none of its known values" if is_new else ""


def _no_number(schema: Schema, text: str) -> str:
    if not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text) or (schema.get("type") == "integer" and float(text) % 1):
        return f"is {text!r}, and no {schema['type']}"
    number = float(text)
    least, most = (cast("int | None", schema.get(key)) for key in ("minimum", "maximum"))
    if least is not None and number < least:
        return f"is {text}, and must be at least {least}"
    return f"is {text}, and must be at most {most}" if most is not None and number > most else ""


def _is_range(text: str, version: int) -> bool:
    try:
        return ip_network(text, strict=False).version == version and "/" in text
    except ValueError:
        return False
