"""Strings that are joined and split while parts of them are known only at deployment."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from string import ascii_lowercase, digits

from ecr_ecs_constructs import regular
from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Rest, Text, Value, pieces_of, text

MAX_CHARACTERS = 2**22
"""How long a text is made of parts; a longer one is a hole that says so. CloudFormation takes templates of 1 MB."""

TOO_LONG = "a text that is too long"
"""The limit that a text of more than `MAX_CHARACTERS` is beyond."""


def anything(name: str) -> Text:
    """Return a text of which nothing is known, by what stands in the template."""
    return Text((Hole(Kind.ANYTHING, name),))


def beyond(limit: str) -> Text:
    """Return what a value is that was not evaluated to its end: no two of them are known to be equal."""
    return Text((Hole(Kind.ANYTHING, limit, origin=object()),))


_OWN = (Kind.ANYTHING, Kind.PARAMETER, Kind.REST)


def told_apart(value: Value, template: Template, node: object) -> Value:
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


_BRACES = re.compile(r"(\{\{(?=resolve:)|\}\})")


def dynamic(value: str | Text) -> str | Text:
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
        for fragment in _BRACES.split(piece) if isinstance(piece, str) else (piece,):
            if reference or fragment == "{{":
                reference.append(fragment)
            else:
                parts.append(fragment)
            if reference and fragment == "}}":
                parts.append(Hole(Kind.ANYTHING, "".join(map(str, reference))))
                reference = []
    return text(*parts, *reference)


def size(part: str | Hole | Text) -> int:
    """Return how many characters of a part are known."""
    if isinstance(part, Text):
        return sum(len(piece) for piece in part.pieces if isinstance(piece, str))
    return len(part) if isinstance(part, str) else 0


def join(separator: str, items: Sequence[Value]) -> str | Text:
    """Return items as one text, a separator between them."""
    parts: list[str | Hole | Text] = []
    length = 0
    for item in items:
        if not isinstance(item, (str, Text, Hole)):
            return anything("Fn::Join")
        length += len(separator) + size(item)
        if length > MAX_CHARACTERS:
            return beyond(TOO_LONG)
        parts += (separator, item)
    return dynamic(text(*parts[1:]))


def split(separator: str, whole: str | Text) -> list[Value]:
    """Return the items of a text between separators; behind a hole that may hold one, the rest is known only then."""
    items: list[Value] = []
    last: list[str | Hole] = []
    pieces = pieces_of(whole)
    for index, piece in enumerate(pieces, 1):
        if isinstance(piece, str):
            first, *others = piece.split(separator)
            last.append(first)
            if others:
                items += [text(*last) if len(last) > 1 else first, *others[:-1]]
                last = [others[-1]]
        elif separator == "," and index == len(pieces) and not any(last) and _is_list(piece):
            return [*items, piece]  # as it was before it was joined
        elif _may_hold(piece, separator):
            return [*items, Hole(Kind.REST, str(whole), origin=Rest(separator, whole))]
        else:
            last.append(piece)
    return [*items, text(*last)]


def _is_list(hole: Hole) -> bool:
    """Return whether a hole is all elements of a parameter that is a list, which are told apart by commas."""
    return hole.kind is Kind.REST and hole.name.isalnum()


@lru_cache(maxsize=512)
def _may_match(pattern: str, other: str) -> bool:
    """Return whether two regular expressions match one text, or nobody can tell."""
    try:
        return regular.intersection(pattern, other) is not None
    except regular.UnsupportedPattern:
        return True


def between(before: str, whole: str, behind: str) -> str | None:
    """Return what stands in a text between its start and its end, None where it has others."""
    is_so = len(whole) >= len(before) + len(behind) and whole.startswith(before) and whole.endswith(behind)
    return whole[len(before) : len(whole) - len(behind)] if is_so else None


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
    if hole.kind is Kind.PARAMETER and hole.pattern is not None:
        return _may_match(hole.pattern, f"[\\s\\S]*[{re.escape(separator)}][\\s\\S]*")
    if hole.resource is not None and hole.attribute in _IDS.get(hole.resource.type, ()):
        characters = _ID_CHARACTERS
    return characters is None or not characters.isdisjoint(separator)
