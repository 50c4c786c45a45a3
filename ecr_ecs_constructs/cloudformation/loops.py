"""`Fn::ForEach` written out, as the transform `AWS::LanguageExtensions` does it.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

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


def is_loop(key: str, node: Any) -> bool:
    """Return whether a key and what stands below it are a loop: an identifier, a collection and an object."""
    return (
        key.startswith(PREFIX)
        and isinstance(node, list)
        and len(node) == 3
        and isinstance(node[0], str)
        and isinstance(node[2], dict)
    )


def expand(section: Mapping[str, Any], lists: Mapping[str, Sequence[str]]) -> Mapping[str, Any]:
    """Write out the loops of a template's section.

    Where the collection of a loop is known only at deployment, what it makes of the section's own keys stands once,
    the identifier left as a reference to nothing; a loop below stays as it is.

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

    def section(self, node: Mapping[str, Any], known: _Known) -> dict[str, Any]:
        written: dict[str, Any] = {}
        for key, value in node.items():
            if not is_loop(key, value):
                written[self.fill(key, known)] = self.write_out(value, known)
                continue
            identifier, collection, body = value
            items = self.collection(collection, known)
            for item in [None] if items is None else items:
                written.update(self.section(body, {**known, identifier: item}))
        return written

    def write_out(self, node: Any, known: _Known, *, names: bool = False) -> Any:
        self.count(1)
        if isinstance(node, str):
            return self.fill(node, known) if names else self.text(node, known)
        if isinstance(node, list):
            return [self.write_out(item, known, names=names) for item in node]
        if not isinstance(node, dict):
            return node
        if len(node) == 1 and isinstance(name := node.get("Ref"), str) and known.get(name) is not None:
            return known[name]
        written: dict[str, Any] = {}
        for key, value in node.items():
            if is_loop(key, value):
                written.update(self.loop(key, value, known))
            elif key in _FIRST_NAMES and isinstance(value, list) and value:
                first = self.write_out(value[0], known, names=True)
                written[key] = [first, *(self.write_out(item, known) for item in value[1:])]
            else:
                written[self.fill(key, known)] = self.write_out(value, known, names=key in _NAMES)
        return written

    def loop(self, key: str, loop: Sequence[Any], known: _Known) -> Mapping[str, Any]:
        identifier, collection, body = loop
        items = self.collection(collection, known)
        if items is None:
            return {key: loop}
        written: dict[str, Any] = {}
        for item in items:
            written.update(self.write_out(body, {**known, identifier: item}))
        return written

    def collection(self, node: Any, known: _Known) -> Sequence[str] | None:
        """Return the items of a collection, None where they are known only at deployment."""
        if isinstance(node, dict) and len(node) == 1 and isinstance(name := node.get("Ref"), str):
            return self.lists.get(name)
        if not isinstance(node, list):
            return None
        items = self.write_out(node, known)
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

    def text(self, text: str, known: _Known) -> Any:
        """Return a text with the identifiers of loops replaced, those that are not known by references to nothing."""
        text = self.fill(text, known)
        unknown = [identifier for identifier, value in known.items() if value is None and f"{{{identifier}}}" in text]
        if not unknown:
            return text
        parts = re.split(rf"[$&]\{{({'|'.join(map(re.escape, unknown))})\}}", text)
        return {"Fn::Join": ["", [{"Ref": part} if index % 2 else part for index, part in enumerate(parts)]]}
