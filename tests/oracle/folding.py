"""Templates with their conditions and allowed values folded away."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from tests.oracle.bases import Part
from tests.oracle.cases import FREE, NO_VALUE

World = dict[tuple[int, str], str]
"""The value of each parameter that a case brought, by the number of its template and its name."""


def worlds(parts: Sequence[Part]) -> Iterator[World]:
    """Every assignment of values to the parameters that a case brought; `no` stands for any other value."""
    choices: dict[tuple[int, str], Sequence[str]] = {}
    for number, part in enumerate(parts):
        for name, declared in part.body["Parameters"].items():
            if name in FREE and _mentions(part.body, name):
                choices[number, name] = ("yes", "no")
            elif re.fullmatch("A[0-9]+", name):
                choices[number, name] = declared["AllowedValues"]
    for values in itertools.product(*choices.values()):
        yield dict(zip(choices, values, strict=True))


def _mentions(body: Any, parameter: str) -> bool:
    """Return whether a condition that asks for a parameter is asked anywhere."""
    asking = {"P0": ("C0", "S0", "N0", "Both", "Any"), "P1": ("C1", "S1", "N1", "Both", "Any")}[parameter]
    return any(
        resource.get("Condition") in asking or _asks(resource.get("Properties"), asking)
        for resource in body["Resources"].values()
    )


def _asks(node: Any, conditions: Sequence[str]) -> bool:
    if isinstance(node, dict):
        return ("Fn::If" in node and node["Fn::If"][0] in conditions) or any(
            _asks(value, conditions) for value in node.values()
        )
    return isinstance(node, list) and any(_asks(item, conditions) for item in node)


class Folding(NamedTuple):
    """Templates in one world.

    Attributes:
        parts: the templates.
        refused: the names of those that CloudFormation refuses: they refer to what is not there, or import from one
            that does.
    """

    parts: tuple[Part, ...]
    refused: frozenset[str]


def fold(parts: Sequence[Part], world: World) -> Folding:
    """Return templates in one world; a reference to what is not there stays."""
    dangling = set()
    folded = []
    for number, part in enumerate(parts):
        own = {name: value for (index, name), value in world.items() if index == number}
        body = part.body
        resources = {
            name: _resource(resource, own)
            for name, resource in body["Resources"].items()
            if "Condition" not in resource or _outcome(resource["Condition"], own)
        }
        outputs = body.get("Outputs", {})
        gone = body["Resources"].keys() - resources.keys()
        if any(name in gone for name in _references([resources, outputs])):
            dangling.add(part.name)
        parameters = {name: value for name, value in body["Parameters"].items() if name not in own}
        parameters = {name: value for name, value in parameters.items() if name not in FREE}
        kept = {key: value for key, value in body.items() if key != "Conditions"}
        folded.append(part._replace(body={**kept, "Parameters": parameters, "Resources": resources}))
    return Folding(tuple(folded), frozenset(part.name for part in folded if dangling & _sources(part, folded)))


def _sources(part: Part, parts: Sequence[Part]) -> set[str]:
    """Return the names of a template and of those that it imports from."""
    found, text = {part.name}, json.dumps(part.body)
    for other in parts:
        exports = (output.get("Export") for output in other.body.get("Outputs", {}).values())
        imports = (json.dumps({"Fn::ImportValue": export["Name"]})[1:-1] for export in exports if export)
        if other is not part and any(each in text for each in imports):
            found |= _sources(other, parts)
    return found


def _resource(resource: Any, world: dict[str, str]) -> Any:
    properties = _fold(resource.get("Properties", {}), world)
    rest = {key: value for key, value in resource.items() if key not in ("Condition", "Properties")}
    return {**rest, "Properties": {} if properties == NO_VALUE else properties}


def _fold(node: Any, world: dict[str, str]) -> Any:
    if isinstance(node, dict):
        if len(node) == 1 and "Fn::If" in node:
            condition, yes, no = node["Fn::If"]
            return _fold(yes if _outcome(condition, world) else no, world)
        if len(node) == 1 and node.get("Ref") in world:
            return world[node["Ref"]]
        return {key: value for key, item in node.items() if (value := _fold(item, world)) != NO_VALUE}
    if isinstance(node, list):
        return [value for item in node if (value := _fold(item, world)) != NO_VALUE]
    return node


def _outcome(condition: str, world: dict[str, str]) -> bool:
    if condition in ("Both", "Any"):
        return (all if condition == "Both" else any)(world.get(name) == "yes" for name in FREE)
    return (world[f"P{condition[1]}"] == "yes") is (condition[0] in "CS")


def _references(node: Any) -> Iterator[str]:
    """The logical IDs that a node refers to, among other names."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "Ref" and isinstance(value, str):
                yield value
            elif key == "Fn::GetAtt":
                yield value.partition(".")[0] if isinstance(value, str) else value[0]
            elif key == "Fn::Sub":
                written = value if isinstance(value, str) else value[0]
                yield from (name.partition(".")[0] for name in re.findall(r"\$\{([^}!]*)\}", written))
                yield from _references(value)
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for item in node:
            yield from _references(item)
