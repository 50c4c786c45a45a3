"""The values of a template, of which parts may be known only at deployment.

A value is a text, a list or an object. A text is a sequence of literals and *holes*; a hole knows what it stands for.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, TypeAlias

from ecr_ecs_constructs.cloudformation.template import Node, Resource


class Kind(Enum):
    """The kinds of things that a hole can stand for."""

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


class Rest(NamedTuple):
    """The items of a text between separators that are known only at deployment: the origin of a hole for them.

    Attributes:
        separator: what stands between the items.
        whole: the text.
    """

    separator: str
    whole: str | Text


class Absent(Enum):
    """The value of `AWS::NoValue`: the property is not there."""

    ABSENT = "AWS::NoValue"


ABSENT = Absent.ABSENT

Value: TypeAlias = "str | Text | Hole | Absent | list[Value] | dict[str, Value] | None"
"""The value of a node: numbers and booleans are texts, as CloudFormation writes them.

A hole that is no part of a text is an element of a list, and stands for the rest of it.
"""

Content: TypeAlias = "Node | Value | dict[str, Node | Value]"
"""The content of a place: a node, the value of one, or an object that has some of either."""


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


class Site(NamedTuple):
    """A place of a template in one world, reached through lists and `Fn::If` branches.

    Attributes:
        resource: the resource it belongs to.
        location: where it stands: `Properties.ContainerDefinitions[0].Image`.
        node: what stands there.
    """

    resource: Resource
    location: str
    node: Content

    def __hash__(self) -> int:
        return hash((self.resource, self.location))  # what stands there may be an object


class Branch(NamedTuple):
    """The value of a place in one world.

    Attributes:
        value: the value.
        defaults: the names of the parameters whose default decided it.
    """

    value: Value
    defaults: tuple[str, ...] = ()


def scalar(node: Content) -> str | None:
    """Return a literal as the text that CloudFormation makes of it, None for anything else."""
    if isinstance(node, str):
        return node
    if isinstance(node, bool):
        return "true" if node else "false"
    if isinstance(node, (int, float)):
        return str(node)
    return None


def flag(value: Value) -> bool | None:
    """Return a Boolean property, None where the value is none, or is known only at deployment."""
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None
