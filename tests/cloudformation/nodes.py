"""Intrinsic functions in short words, and values in a form that a table can hold."""

from __future__ import annotations

from typing import Any, TypeAlias

from ecr_ecs_constructs.cloudformation.template import Node, Resource, Template
from ecr_ecs_constructs.cloudformation.values import Hole, Text

Json: TypeAlias = Any
"""What a test writes into a file, or reads from one, as it likes."""


def ref(name: str) -> Node:
    return {"Ref": name}


def att(*path: str) -> Node:
    return {"Fn::GetAtt": list(path)}


def join(*parts: Json, by: str = "") -> Node:
    return {"Fn::Join": [by, list(parts)]}


def sub(value: str, **own: Json) -> Node:
    return {"Fn::Sub": [value, own] if own else value}


def when(condition: str, yes: Json, no: Json) -> Node:
    return {"Fn::If": [condition, yes, no]}


def equals(left: Json, right: Json) -> Node:
    return {"Fn::Equals": [left, right]}


def find(*keys: Json, default: Json = None) -> Node:
    return {"Fn::FindInMap": [*keys, {"DefaultValue": default}] if default is not None else list(keys)}


def split(separator: str, whole: Json) -> Node:
    return {"Fn::Split": [separator, whole]}


def select(index: Json, items: Json) -> Node:
    return {"Fn::Select": [index, items]}


NO_VALUE = ref("AWS::NoValue")


def string(**more: Json) -> dict[str, Node]:
    return {"Type": "String", **more}


def choice(*values: Json) -> dict[str, Node]:
    return string(AllowedValues=list(values))


def strings(**more: Json) -> dict[str, Node]:
    return {"Type": "CommaDelimitedList", **more}


def template(name: str = "t", *, parent: Resource | None = None, **more: Any) -> Template:
    """Return a template of these sections; what begins with a small letter is said of the template."""
    body = {"Resources": {}, **{key: value for key, value in more.items() if key[0].isupper()}}
    return Template(name, body, parent=parent, **{key: value for key, value in more.items() if key[0].islower()})


def shown(value: Json) -> Json:
    """Return a value in a form that a table can hold."""
    if isinstance(value, (Text, Hole)):
        return str(value)
    if isinstance(value, list):
        return [shown(item) for item in value]
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    return value
