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

from ecr_ecs_constructs.cloudformation.functions import NO_VALUE, SUBSTITUTED, function_of
from ecr_ecs_constructs.cloudformation.template import Node, Resource
from ecr_ecs_constructs.cloudformation.validity.faults import (
    Fault,
    Guards,
    Holder,
    branches,
    is_there,
    judged,
    literal,
    presences,
    voids,
)
from ecr_ecs_constructs.cloudformation.validity.forms import gives
from ecr_ecs_constructs.cloudformation.validity.lookups import is_to_look_up
from ecr_ecs_constructs.cloudformation.validity.references import (
    attribute_of,
    misfit_text,
    misfit_value,
    misfit_written,
    no_arn,
    words,
)
from ecr_ecs_constructs.cloudformation.validity.schemas import Formats, ResourceSchema, Schema, schema_of
from ecr_ecs_constructs.cloudformation.values import Content, Value, scalar, shown

_SHAPES = {"object": "an object", "array": "a list", "text": "a text"}
_TEXT_WORDS = frozenset({"enum", "format", "formats", "maxLength", "minLength", "pattern"})
_NUMBERS = ("integer", "number", "boolean")
"""The words of a schema that tell which texts it takes, and its types that do."""

_MAY_BE_EMPTY = ("Description", "Value")
"""The properties that take an empty text where the schema does not tell."""

_MAY_BE_BARE = (
    ".Properties",
    ".Capabilities",
    ".ContainerProperties.RuntimePlatform",
    ".FargatePlatformConfiguration",
    ".GenerateSecretString",
    ".Host",
    ".LinuxParameters",
    ".RetryStrategy",
    ".Timeout",
    ".UpdatePolicy",
)
"""The ends of the paths of objects that AWS takes without properties: of a resource, a volume of the host, and what CDK
writes so.

Source: https://github.com/aws/aws-cdk/tree/main/packages/@aws-cdk-testing/framework-integ/test/aws-batch/test
"""

_MOST_COMBINATIONS = 64
"""How many combinations of properties that are there or not are looked at, for those that exclude each other."""


def misshapen(resource: Resource) -> Iterator[Fault]:
    """Yield what CloudFormation refuses of the properties of a resource, nothing for a type that has no schema here.

    Args:
        resource: the resource.
    """
    types = schema_of(resource.type)
    if types is not None:
        written = resource.body.get("Properties")
        yield from misread(resource, types, {} if written is None else written, "Properties")


def misread(holder: Holder, types: ResourceSchema, node: Node, location: str, guards: Guards = ()) -> Iterator[Fault]:
    """Yield what is wrong of a node, and below it, by a schema.

    Args:
        holder: the resource, or the other entry of a template, that the node stands in.
        types: the schema.
        node: the node.
        location: where it stands.
        guards: the conditions around it.
    """
    return _Reader(holder, types).check(types.properties, node, location, guards)


class _Reader:
    """The reading of a resource, or of another entry of a template, by a schema."""

    def __init__(self, holder: Holder, types: ResourceSchema) -> None:
        self.holder = holder
        self.types = types

    def _fault(self, guards: Guards, location: str, why: str, taken: bool | None = False) -> Fault:
        return Fault(self.holder, guards, location, why, taken)

    def check(self, schema: Schema, node: Node, location: str, guards: Guards) -> Iterator[Fault]:
        """Yield what is wrong of a node, and below it."""
        schema = self.types.followed(schema)
        if schema.get("literal") and function_of(node) is not None:
            yield self._fault(guards, location, "is a function, where it must be written")
            return
        for own, place, part in branches(node, location, guards):
            if not is_there(part):
                continue
            wanted, shape = _wanted(schema), gives(self.holder.template, part)
            if wanted == ["object"] and function_of(part) is not None:
                continue  # the text that it gives may be read as one
            if shape is not None and wanted and shape not in wanted:
                why = f"is {_SHAPES[shape]}, where it must be {' or '.join(_SHAPES[each] for each in wanted)}"
                yield self._fault(own, place, why)
            elif function_of(part) is not None:
                yield from self._reference(schema, part, place, own)
                yield from self._text(schema, part, place, own)
            elif isinstance(part, dict):
                yield from self._object(schema, part, place, own)
            elif isinstance(part, list):
                yield from self._list(schema, part, place, own)
            elif part is not None:
                yield from self._text(schema, part, place, own)

    def _text(self, schema: Schema, node: Node, location: str, guards: Guards) -> Iterator[Fault]:
        """Yield that a text is none that a schema takes, or none that it knows."""
        if node == "" and "minLength" not in schema and location.rpartition(".")[2] not in _MAY_BE_EMPTY:
            yield self._fault(guards, location, "is empty, where that may be refused", None)
        longest = schema.get("maxLength")
        if isinstance(longest, int) and literal(node) is None and _shortest(node) > longest:
            why = f"has at least {_shortest(node)} characters, and may have {longest}"
            yield self._fault(guards, location, why, None)
        if _TEXT_WORDS.isdisjoint(schema) and schema.get("type") not in _NUMBERS:
            return
        nodes = (node,)
        yield from judged(Fault(self.holder, guards, location, nodes=nodes, judge=partial(_unfit, schema)))
        yield from judged(Fault(self.holder, guards, location, taken=None, nodes=nodes, judge=partial(_new, schema)))

    def _reference(self, schema: Schema, node: Node, location: str, guards: Guards) -> Iterator[Fault]:
        """Yield that a function gives the id, the ARN or the name of another resource than is asked for."""
        wanted = cast("Formats", tuple(cast("Sequence[str]", schema.get("formats", ()))))
        if not wanted:
            asks = str(schema.get("pattern", "")).removeprefix("^").startswith("arn")
            if asks and (why := no_arn(self.holder.template, node)):
                yield self._fault(guards, location, why, None)
            return
        template, (name, _) = self.holder.template, attribute_of(node) or ("", "")
        misfit = misfit_written(wanted, template, node)
        if misfit is not None:
            yield self._fault(guards, location, misfit[0], False if misfit[1] else None)
        if misfit is not None or (name in template.resources and name not in template.nested):
            return
        for is_sure in (True, False):
            judge = partial(misfit_value, wanted, is_sure=is_sure)
            taken = False if is_sure else None
            yield Fault(self.holder, guards, location, taken=taken, nodes=(node,), judge=judge, is_open=True)

    def _list(self, schema: Schema, node: list[Node], location: str, guards: Guards) -> Iterator[Fault]:
        least = schema.get("minItems", 0)
        if len(node) < cast("int", least):
            yield self._fault(guards, location, f"has {len(node)} elements, of which there must be {least}")
        most = schema.get("maxItems")
        sure = [each for each in node if all(is_there(part) for _, _, part in branches(each, "", ()))]
        if isinstance(most, int) and len(sure) > most:
            yield self._fault(guards, location, f"has {len(sure)} elements, and may have {most}", None)
        for own in voids(node, guards) if node and least else ():
            yield self._fault(own, location, f"has 0 elements, of which there must be {least}")
        items = schema.get("items")
        if isinstance(items, dict):
            for index, element in enumerate(node):
                yield from self.check(items, element, f"{location}[{index}]", guards)
        if schema.get("uniqueItems"):
            yield from self._repeated(node, location, guards)
        if location.endswith("Tags"):
            yield from self._repeated(node, location, guards, "Key")

    def _repeated(self, node: list[Node], location: str, guards: Guards, key: str = "") -> Iterator[Fault]:
        """Yield that an element of a list stands there twice, or one with the same value of a key."""
        written = [literal(each.get(key) if key and isinstance(each, dict) else each) for each in node]
        if None in written or len({*written}) < len(written):
            judge = partial(_repeats, key)
            yield Fault(self.holder, guards, location, taken=None, nodes=(node,), judge=judge, is_open=True)

    def _object(self, schema: Schema, node: Mapping[str, Node], location: str, guards: Guards) -> Iterator[Fault]:
        if schema.get("properties") and not _path(location).endswith(_MAY_BE_BARE):
            for own in voids([*node.values()], guards):
                yield self._fault(own, location, "is an object without properties, which AWS may refuse", None)
        for name in cast("Sequence[str]", schema.get("required", ())):
            for own, is_present in presences(node, name):
                if not is_present:
                    yield self._fault((*guards, *own), location, f"has no {name}")
        if location == "Properties":
            yield from self._foreign(schema, node, guards)
            yield from self._given(schema, node, guards)
        yield from self._together(schema, node, location, guards)
        for rule in cast("Sequence[Schema]", schema.get("when", ())):
            yield from self._when(rule, node, location, guards)
        properties = cast("Mapping[str, Schema]", schema.get("properties", {}))
        values = schema.get("values")
        for name, value in node.items():
            place = f"{location}.{name}" if location else name
            if name in properties:
                yield from self.check(properties[name], value, place, guards)
            elif isinstance(values, dict) and name[:4] != "Fn::":
                yield from self.check(values, value, place, guards)
            elif schema.get("closed") and name[:4] != "Fn::":
                yield self._fault(guards, place, "is no property that is known there", None)

    def _given(self, schema: Schema, node: Mapping[str, Node], guards: Guards) -> Iterator[Fault]:
        """Yield the properties that AWS gives a resource, and that no template can give it."""
        for name in cast("Sequence[str]", schema.get("readOnly", ())):
            for own, is_present in presences(node, name) if name in node else ():
                if is_present:
                    yield self._fault((*guards, *own), f"Properties.{name}", "is given by AWS, and by no template")

    def _foreign(self, schema: Schema, node: Mapping[str, Node], guards: Guards) -> Iterator[Fault]:
        """Yield that the properties of a resource are those of another type: one of them alone may be newer."""
        known = cast("Mapping[str, Schema]", schema.get("properties", {}))
        others = {name for name in node if name not in known and name[:4] != "Fn::"}
        if known and len(others) > 1 and not schema.get("open"):
            why = f"has {_and(others)}, which are no properties that are known of its type"
            yield self._fault(guards, "Properties", why, None)

    def _when(self, rule: Schema, node: Mapping[str, Node], location: str, guards: Guards) -> Iterator[Fault]:
        """Yield what is wrong of an object in which a property has one of some values."""
        asked = {name: values for name, values in rule.items() if name not in ("excluded", "formats", "required")}
        if not all(_is_of(node, name, cast("Sequence[str | None]", values)) for name, values in asked.items()):
            return
        said = " and ".join(f"{name} {literal(node[name])}" if name in node else f"no {name}" for name in asked)
        for name in cast("Sequence[str]", rule.get("excluded", ())):
            for own, is_present in presences(node, name):
                if is_present:
                    yield self._fault((*guards, *own), location, f"has {name} beside {said}", None)
        for name in cast("Sequence[str]", rule.get("required", ())):
            for own, is_present in presences(node, name):
                if not is_present:
                    yield self._fault((*guards, *own), location, f"has no {name}", None)
        for name, formats in cast("Mapping[str, Sequence[str]]", rule.get("formats", {})).items():
            for own, place, part in branches(node.get(name), f"{location}.{name}", guards):
                yield from self._reference({"formats": list(formats)}, part, place, own)

    def _together(self, schema: Schema, node: Mapping[str, Node], location: str, guards: Guards) -> Iterator[Fault]:
        """Yield which properties exclude each other, or ask for each other."""
        one, some = (cast("Sequence[str]", schema.get(key, ())) for key in ("requiredXor", "requiredOr"))
        excluded, asked = (
            cast("Mapping[str, Sequence[str]]", schema.get(key, {}))
            for key in ("dependentExcluded", "dependentRequired")
        )
        names = sorted({*one, *some, *excluded, *asked, *itertools.chain(*excluded.values(), *asked.values())})
        choices = [[*presences(node, name), *(_empty(node.get(name)) if name in some else ())] for name in names]
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


def _is_of(node: Mapping[str, Node], name: str, values: Sequence[str | None]) -> bool:
    """Return whether a property surely has one of some values; None among them for one that is not there."""
    written = literal(node[name]) if name in node else None
    return written in values and (written is None) is (name not in node)


def _empty(node: Node) -> Iterator[tuple[Guards, bool]]:
    """Yield the conditions under which a list has no element, so that it is as if it were not there."""
    for guards, _, part in branches(node, "", ()):
        if isinstance(part, list):
            yield from ((own, False) for own in voids(part, guards))


def _path(location: str) -> str:
    """Return the names that lead to the property that a location is of, whatever conditions choose it."""
    return "." + re.sub(r"\.Fn::If\[[0-9]\]", "", location)


def _and(names: set[str]) -> str:
    return " and ".join(sorted(names)) or "none"


def _or(names: Sequence[str]) -> str:
    return " or ".join(names)


def _wanted(schema: Schema) -> Sequence[str]:
    """Return the shapes that a schema takes, none where it takes any."""
    types = schema.get("type", ())
    named = [types] if isinstance(types, str) else cast("Sequence[str]", types)
    return [*dict.fromkeys(name if name in _SHAPES else "text" for name in named)]


def _repeats(key: str, value: Value) -> str:
    """Return that a list has an element, or the value of a key of its elements, twice; nothing where it has not."""
    each = [one.get(key) if key and isinstance(one, dict) else one for one in value] if isinstance(value, list) else []
    twice = next((one for index, one in enumerate(each) if one is not None and one in each[:index]), None)
    if twice is None:
        return ""
    what = "an element" if isinstance(twice, (dict, list)) else f"{key} {shown(twice)}".strip()
    return f"has {what} twice"


def _unfit(schema: Schema, text: str) -> str:
    """Return why a text is none that a schema takes, nothing where it is one."""
    types, format_ = schema.get("type"), schema.get("format")
    if is_to_look_up(text):
        return ""
    if types in ("integer", "number"):
        return _no_number(schema, text)
    if types == "boolean" and text.lower() not in ("true", "false"):
        return f"is {text!r}, and neither true nor false"
    formats = tuple(cast("Sequence[str]", schema.get("formats", ())))
    if misfit_text(formats, text):
        return f"is {text!r}, and not {words(formats)}"
    if format_ in ("ipv4-network", "ipv6-network") and not _is_range(text, 4 if format_ == "ipv4-network" else 6):
        return f"is {text!r}, and no range of IP addresses"
    return "is empty" if not text and schema.get("minLength") else ""


def _new(schema: Schema, text: str) -> str:
    """Return that a text is none of those that are known for a place; AWS adds others."""
    if is_to_look_up(text) or _unfit(schema, text):
        return ""
    known = cast("Sequence[object]", schema.get("enum", ()))
    if known and text.lower() not in {str(each).lower() for each in known}:
        return f"is {text!r}, which is none of its known values"
    longest, pattern = schema.get("maxLength"), schema.get("pattern")
    if isinstance(longest, int) and len(text) > longest:
        return f"has {len(text)} characters, and may have {longest}"
    is_formed = not isinstance(pattern, str) or re.search(pattern, text) is not None
    return "" if is_formed else f"is {text!r}, which has not the form that is known for it"


def _shortest(node: Content) -> int:
    """Return how many characters a text has at least, whatever its functions and its dynamic references give."""
    name, argument = function_of(node) or ("", None)
    if name == "Fn::Join" and isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], list):
        separator, parts = argument[0], [part for part in argument[1] if _is_sure(part)]
        return sum(map(_shortest, parts)) + _shortest(separator) * max(0, len(parts) - 1)
    source = argument[0] if isinstance(argument, list) and argument else argument
    written = (scalar(source) if name == "Fn::Sub" else scalar(node)) or ""
    return 0 if "{{" in written else len(SUBSTITUTED.sub("", written))


def _is_sure(node: Content) -> bool:
    """Return whether an element of a list is there, whatever conditions choose."""
    return node != NO_VALUE and "Fn::If" not in (function_of(node) or ())


def _no_number(schema: Schema, text: str) -> str:
    number = number_in(text)
    if number is None or (schema.get("type") == "integer" and number % 1):
        return f"is {text!r}, and no {schema['type']}"
    least, most = (cast("int | None", schema.get(key)) for key in ("minimum", "maximum"))
    if least is not None and number < least:
        return f"is {text}, and must be at least {least}"
    return f"is {text}, and must be at most {most}" if most is not None and number > most else ""


def number_in(text: str) -> float | None:
    """Return the number that a text is, None for any other."""
    return float(text) if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text) else None


def _is_range(text: str, version: int) -> bool:
    try:
        return ip_network(text, strict=False).version == version and "/" in text
    except ValueError:
        return False
