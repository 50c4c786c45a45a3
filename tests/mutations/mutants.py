"""Every single change of a base, by class."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from tests.mutations.additions import additions
from tests.mutations.exchanges import exchanges
from tests.mutations.places import SECTIONS, Path, at, below, is_name_of_function, where
from tests.oracle.bases import Body, Part, base

GONE = "(gone)"
"""Stands in a mutant for the value of what is deleted."""

MAYBE = "Maybe"
"""The condition of what is put under one: a parameter without a default decides it."""

CONDITION: Body = {
    "Parameters": {MAYBE: {"Type": "String"}},
    "Conditions": {MAYBE: {"Fn::Equals": [{"Ref": MAYBE}, "yes"]}},
}


class Mutant(NamedTuple):
    """One change of a base.

    Attributes:
        base: the name of the base.
        part: which of its templates.
        path: the place, in the body of the template.
        change: the class of the change, one of `CLASSES`.
        kind: for what is exchanged, the kind of the value; for what is added, the name of the property; for a list of
            one, or the first of one, that; else empty.
        value: what stands there instead, `GONE` for nothing.
    """

    base: str
    part: int
    path: Path
    change: str
    kind: str
    value: Any

    def parts(self) -> tuple[Part, ...]:
        """Return the templates; only what holds the place is copied."""
        parts = [*base(self.base)]
        body = _changed(parts[self.part].body, self.path, self.value)
        if self.change == "conditional":
            body = {**body, **{key: {**body.get(key, {}), **value} for key, value in CONDITION.items()}}
        parts[self.part] = parts[self.part]._replace(body=body)
        return tuple(parts)

    def where(self) -> tuple[str, str]:
        """Return the type of the resource that is changed, and the path there, as declarations write them."""
        return where(base(self.base)[self.part].body, self.path)

    def __str__(self) -> str:
        path = "/".join(str(step) for step in self.path[1:] if step != "Properties")
        if self.change == "added":
            return f"{self.base}: {path}: and {self.kind}: {_short(self.value[self.kind])}"
        there = path_of(base(self.base)[self.part].body, self.path)
        return f"{self.base}: {path}: {_short(there)} -> {_short(self.value)}"


def path_of(body: Body, path: Path) -> Any:
    """Return what stands in a place, `GONE` where nothing does."""
    try:
        return at(body, path)
    except KeyError:
        return GONE


def _short(value: Any) -> str:
    text = value if value == GONE else json.dumps(value)
    return text if len(text) <= 120 else f"{text[:60]}…{text[-59:]}"


def _changed(node: Any, path: Path, value: Any) -> Any:
    step, rest = path[0], path[1:]
    copy: Any = [*node] if isinstance(node, list) else dict(node)
    if rest:
        copy[step] = _changed(node[step], rest, value)
    elif value == GONE:
        del copy[step]
    else:
        copy[step] = value
    return copy


_Change = Callable[[Body, Path, Any], Iterator[tuple[str, Any]]]
"""Yields the kind and the new value of each change of a place with a value, in a template."""


def _deleted(_: Body, path: Path, value: Any) -> Iterator[tuple[str, Any]]:
    if not is_name_of_function(path[-1]):  # what is left is the empty map
        yield "", GONE


def _emptied(_: Body, path: Path, value: Any) -> Iterator[tuple[str, Any]]:
    empty: Any = [] if isinstance(value, list) else {} if isinstance(value, dict) else ""
    if value != empty:
        yield "", empty


def _mistyped(_: Body, path: Path, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        yield from (("", other) for other in ("text", {"Key": "text"}))
        yield from (("element", other) for other in value[:1])
        return
    yield "list", [value]
    if isinstance(value, dict):
        yield "", "text"
        return
    yield "", {"Key": value}
    if not isinstance(value, str):
        yield "", "text"


def _exchanged(body: Body, path: Path, value: Any) -> Iterator[tuple[str, Any]]:
    if len(path) > 2 and (path[0] == "Resources" or isinstance(value, str)):
        yield from exchanges(path, value, body["Resources"])


def _conditional(_: Body, path: Path, value: Any) -> Iterator[tuple[str, Any]]:
    if path[0] == "Resources" and path[2:3] == ("Properties",) and len(path) > 3:
        if not any(is_name_of_function(step) for step in path[3:]):
            yield "", {"Fn::If": [MAYBE, value, {"Ref": "AWS::NoValue"}]}
    elif path[0] in ("Resources", "Outputs") and len(path) == 2:
        yield "", {**value, "Condition": MAYBE}


def _retyped(body: Body, path: Path, value: Any) -> Iterator[tuple[str, Any]]:
    if path[0] == "Resources" and path[2:] == ("Type",):
        types = [*dict.fromkeys(resource["Type"] for resource in body["Resources"].values())]
        other = types[(types.index(value) + 1) % len(types)]
        yield from (("", other) for other in dict.fromkeys((other, "AWS::CloudFormation::WaitConditionHandle")))


def _added(body: Body, path: Path, value: Any) -> Iterator[tuple[str, Any]]:
    if path[0] == "Resources" and path[2:3] == ("Properties",) and isinstance(value, dict):
        type_ = body["Resources"][path[1]]["Type"]
        yield from ((name, {**value, name: other}) for name, other in additions(type_, path[3:], value))


CLASSES: Mapping[str, _Change] = {
    "deleted": _deleted,
    "emptied": _emptied,
    "mistyped": _mistyped,
    "exchanged": _exchanged,
    "conditional": _conditional,
    "retyped": _retyped,
    "added": _added,
}
"""The classes of changes, by name."""


@cache
def mutants(base_name: str) -> tuple[Mutant, ...]:
    """Return every single change of a base, in the same order each time."""
    return tuple(_mutants(base_name))


def _mutants(base_name: str) -> Iterator[Mutant]:
    for number, part in enumerate(base(base_name)):
        sections = [(section, part.body[section]) for section in ("Resources", *SECTIONS) if section in part.body]
        for section, held in sections:
            for path, value in below(held, (section,)):
                for name, change in CLASSES.items():
                    if path[2:] == ("Type",) and section == "Resources" and name != "retyped":
                        continue
                    seen = {json.dumps(value)}
                    for kind, other in change(part.body, path, value):
                        text = json.dumps(other)
                        if text not in seen:
                            seen.add(text)
                            yield Mutant(base_name, number, path, name, kind, other)
