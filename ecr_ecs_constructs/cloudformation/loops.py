"""`Fn::ForEach` written out, as the transform `AWS::LanguageExtensions` does it.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ecr_ecs_constructs.cloudformation.template import Node, Object

PREFIX = "Fn::ForEach::"
"""How the key of a loop begins."""

MAX_VALUES = 1_000_000
"""How many values a template may hold when it is written out, 64 characters of a text being one.

CloudFormation itself takes 1 MB of text.
"""

_NAMES = ("Ref", "Condition", "Type", "DependsOn", "Fn::GetAtt", "Fn::Sub")  # what stands below is a name, no text
_FIRST_NAMES = ("Fn::If", "Fn::Sub")

_Known = Mapping[str, "str | None"]  # the identifiers of the loops around, None for what is known only at deployment


class TooManyValues(ValueError):
    """The loops of a template make more than `MAX_VALUES` values."""


class Loop(NamedTuple):
    """A loop.

    Attributes:
        identifier: the name that stands for an item in the keys and in what stands below them.
        collection: the items.
        body: the keys and what stands below them, to be written once for each item.
    """

    identifier: str
    collection: Node
    body: Object


def read_loop(key: str, node: Node) -> Loop | None:
    """Return what a key and a node below it are as a loop, None where they are none."""
    if key.startswith(PREFIX) and isinstance(node, list) and len(node) == 3:
        identifier, collection, body = node
        if isinstance(identifier, str) and isinstance(body, dict):
            return Loop(identifier, collection, body)
    return None


def expand(section: Object, lists: Mapping[str, Sequence[str]]) -> Object:
    """Write out the loops of a template's section.

    Where the items of a loop are not known, what it makes of the section's own keys stands once, the identifier left
    as a reference to nothing; a loop below stays as it is.

    Args:
        section: what stands below `Resources`, `Conditions` or `Outputs`.
        lists: the values of the parameters that are lists, as far as they are known.

    Raises:
        TooManyValues: the loops make more of them than a template may hold.
    """
    return _Loops(lists).section(section, {})


class _Loops:
    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        self.lists = lists
        self.values = 0

    def section(self, node: Object, known: _Known) -> dict[str, Node]:
        written: dict[str, Node] = {}
        for key, value in node.items():
            loop = read_loop(key, value)
            if loop is None:
                written[self.fill(key, known)] = self.write_out(value, known)
                continue
            items = self.items(loop, known)
            for item in [None] if items is None else items:
                written.update(self.section(loop.body, {**known, loop.identifier: item}))
        return written

    def write_out(self, node: Node, known: _Known, *, names: bool = False) -> Node:
        self.count(1)
        if isinstance(node, str):
            return self.fill(node, known) if names else self.text(node, known)
        if isinstance(node, list):
            return [self.write_out(item, known, names=names) for item in node]
        if not isinstance(node, dict):
            return node
        if len(node) == 1 and isinstance(name := node.get("Ref"), str) and known.get(name) is not None:
            return known[name]
        return self.write_out_keys(node, known)

    def write_out_keys(self, node: Object, known: _Known) -> dict[str, Node]:
        written: dict[str, Node] = {}
        for key, value in node.items():
            loop = read_loop(key, value)
            if loop is not None:
                items = self.items(loop, known)
                if items is None:
                    written[key] = value
                for item in items or ():
                    written.update(self.write_out_keys(loop.body, {**known, loop.identifier: item}))
            elif key in _FIRST_NAMES and isinstance(value, list) and value:
                first = self.write_out(value[0], known, names=True)
                written[key] = [first, *(self.write_out(item, known) for item in value[1:])]
            else:
                written[self.fill(key, known)] = self.write_out(value, known, names=key in _NAMES)
        return written

    def items(self, loop: Loop, known: _Known) -> Sequence[str] | None:
        """Return the items of a loop, None where they are known only at deployment.

        CloudFormation refuses a loop of which a key lacks the identifier: nothing is known of what it makes.
        """
        place = f"{{{loop.identifier}}}"
        if not all(place in key or key.startswith(PREFIX) for key in loop.body):
            return None
        items = self.collection(loop.collection, known)
        self.count(len(items or ()))
        return items

    def collection(self, node: Node, known: _Known) -> Sequence[str] | None:
        """Return the texts of a collection, None where they are known only at deployment."""
        if isinstance(node, dict) and len(node) == 1 and isinstance(name := node.get("Ref"), str):
            return self.lists.get(name)
        if not isinstance(node, list):
            return None
        items = [self.write_out(item, known) for item in node]
        texts = [str(item) for item in items if isinstance(item, (str, int)) and not isinstance(item, bool)]
        return texts if len(texts) == len(items) else None

    def count(self, values: int) -> None:
        self.values += values
        if self.values > MAX_VALUES:
            raise TooManyValues(f"its loops must make at most {MAX_VALUES} values")

    def fill(self, text: str, known: _Known) -> str:
        """Return a text with the identifiers of loops replaced, as far as they are known."""
        for identifier, value in known.items():
            if value is None or f"{{{identifier}}}" not in text:
                continue
            for mark, filled in (("$", value), ("&", re.sub("[^A-Za-z0-9]", "", value))):
                place = f"{mark}{{{identifier}}}"
                self.count((len(text) + text.count(place) * len(filled)) // 64)
                text = text.replace(place, filled)
        return text

    def text(self, text: str, known: _Known) -> Node:
        """Return a text with the identifiers of loops replaced, those that are not known by references to nothing."""
        text = self.fill(text, known)
        unknown = [identifier for identifier, value in known.items() if value is None and f"{{{identifier}}}" in text]
        if not unknown:
            return text
        parts = re.split(rf"[$&]\{{({'|'.join(map(re.escape, unknown))})\}}", text)
        return {"Fn::Join": ["", [{"Ref": part} if index % 2 else part for index, part in enumerate(parts)]]}
