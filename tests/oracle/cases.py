"""Random conditions and allowed values in the templates of a base."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from functools import cache
from random import Random
from typing import Any, NamedTuple

from tests.oracle.bases import NAMES, Part, base

Path = tuple[str | int, ...]
NO_VALUE = {"Ref": "AWS::NoValue"}
FREE = ("P0", "P1")
"""The parameters without a default that conditions compare with a value."""

CONDITIONS: dict[str, Any] = {
    "C0": {"Fn::Equals": [{"Ref": "P0"}, "yes"]},
    "C1": {"Fn::Equals": [{"Ref": "P1"}, "yes"]},
    "S0": {"Fn::Equals": [{"Fn::Sub": "${P0}"}, "yes"]},
    "S1": {"Fn::Equals": ["is yes", {"Fn::Join": [" ", ["is", {"Ref": "P1"}]]}]},
    "N0": {"Fn::Not": [{"Condition": "C0"}]},
    "N1": {"Fn::Not": [{"Condition": "C1"}]},
    "Both": {"Fn::And": [{"Condition": "C0"}, {"Condition": "C1"}]},
    "Any": {"Fn::Or": [{"Condition": "C0"}, {"Condition": "C1"}]},
}
CHOSEN = ("C0", "S0", "C1", "S1", "N0", "N0", "N1", "N1", "Both", "Any")
_PROOF: tuple[str, ...] = (
    "AWS::AutoScaling::",
    "AWS::Batch::",
    "AWS::EC2::",
    "AWS::ECR::",
    "AWS::ECS::",
    "AWS::Events::",
    "AWS::IAM::",
)
_PROOF += ("AWS::Scheduler::", "AWS::StepFunctions::")


class If(NamedTuple):
    """A value is there under a condition, an alternative under its opposite."""

    part: int
    resource: str
    path: Path
    condition: str
    alternative: Any
    swapped: bool

    def apply(self, bodies: Sequence[dict[str, Any]]) -> None:
        holder = _at(bodies[self.part]["Resources"][self.resource]["Properties"], self.path[:-1])
        pair = [holder[self.path[-1]], copy.deepcopy(self.alternative)]
        holder[self.path[-1]] = {"Fn::If": [self.condition, *(pair[::-1] if self.swapped else pair)]}


class Under(NamedTuple):
    """A resource is there under a condition."""

    part: int
    resource: str
    condition: str

    def apply(self, bodies: Sequence[dict[str, Any]]) -> None:
        bodies[self.part]["Resources"][self.resource].setdefault("Condition", self.condition)


class Twin(NamedTuple):
    """A resource stands in two forms, one under a condition and the other under its opposite."""

    part: int
    resource: str
    path: Path
    number: int
    alternative: Any

    def apply(self, bodies: Sequence[dict[str, Any]]) -> None:
        resources = bodies[self.part]["Resources"]
        if "Condition" in resources[self.resource]:
            return
        twin = copy.deepcopy(resources[self.resource])
        _put(twin["Properties"], self.path, copy.deepcopy(self.alternative))
        resources[f"{self.resource}Twin{self.number}"] = {**twin, "Condition": f"N{self.number}"}
        resources[self.resource]["Condition"] = f"C{self.number}"


class Allowed(NamedTuple):
    """A value is that of a parameter with allowed values."""

    part: int
    resource: str
    path: Path
    values: tuple[str, ...]
    has_default: bool

    def apply(self, bodies: Sequence[dict[str, Any]]) -> None:
        body = bodies[self.part]
        name = f"A{sum(1 for key in body['Parameters'] if key[0] == 'A' and key[1:].isdecimal())}"
        default = {"Default": self.values[0]} if self.has_default else {}
        body["Parameters"][name] = {"Type": "String", "AllowedValues": list(self.values), **default}
        _put(body["Resources"][self.resource]["Properties"], self.path, {"Ref": name})


Change = If | Under | Twin | Allowed


class Case(NamedTuple):
    """Templates with conditions.

    Attributes:
        base: the name of the base.
        number: its number among the cases of the base and the seed.
        changes: what was put into the base.
    """

    base: str
    number: int
    changes: tuple[Change, ...]

    def parts(self) -> tuple[Part, ...] | None:
        """The templates, None where one change leaves no place for another."""
        parts = base(self.base)
        bodies = [copy.deepcopy(part.body) for part in parts]
        for body in bodies:
            body["Parameters"] = {**body.get("Parameters", {}), **{name: {"Type": "String"} for name in FREE}}
            body["Conditions"] = CONDITIONS
        try:
            for change in self.changes:
                change.apply(bodies)
        except (KeyError, IndexError, TypeError):
            return None
        return tuple(part._replace(body=body) for part, body in zip(parts, bodies, strict=True))


def draw(base_name: str, seed: int, number: int) -> Case:
    """Draw a case; the same for the same arguments."""
    random = Random(f"{seed} {base_name} {number}")
    drawn = (_change(random, base_name) for _ in range(random.choice((1, 2, 2, 3, 3, 4))))
    return Case(base_name, number, tuple(change for change in drawn if change is not None))


def _change(random: Random, base_name: str) -> Change | None:
    parts = base(base_name)
    number = random.choice([index for index, part in enumerate(parts) for _ in part.body["Resources"]])
    resources = parts[number].body["Resources"]
    name = random.choice([key for key, resource in resources.items() if resource["Type"].startswith(_PROOF)] or [""])
    if not name:
        return None
    kind = random.random()
    if kind < 0.25:
        return Under(number, name, random.choice(CHOSEN))
    # A container is told from others by its name, so that it keeps it.
    paths = [
        path
        for path in _places(resources[name].get("Properties", {}))
        if "Tags" not in path and not ("ContainerDefinitions" in path and path[-1] == "Name")
    ]
    if not paths:
        return None
    path = random.choice(paths)
    value = _at(resources[name]["Properties"], path)
    alternatives = _alternatives(path, value)
    if kind < 0.35:
        return Twin(number, name, path, random.choice((0, 1)), random.choice(alternatives))
    strings = [each for each in alternatives if isinstance(each, str)]
    if kind < 0.5 and isinstance(value, str) and strings:
        values = dict.fromkeys([value, *random.choices(strings, k=random.choice((1, 2)))])
        if len(values) > 1:
            shuffled = random.sample([*values], k=len(values))
            return Allowed(number, name, path, tuple(shuffled), random.random() < 0.3)
    return If(number, name, path, random.choice(CHOSEN), random.choice(alternatives), random.random() < 0.5)


def _alternatives(path: Path, value: Any) -> list[Any]:
    """What else can stand in a place: what stands below the same key elsewhere counts twice."""
    others = [other for other in _pool().get(_key(path), ()) if other != value]
    found = [NO_VALUE, *others, *others]
    if isinstance(value, bool):
        found.append(not value)
    elif isinstance(value, str):
        found.append(f"{value}x")
    elif isinstance(value, list) and value:
        found += [value[:1], value[1:], []]
    return found


@cache
def _pool() -> dict[str, list[Any]]:
    """The literals of all bases, and what stands there without a reference to a resource, by key."""
    pool: dict[str, dict[str, Any]] = {}
    for name in NAMES:
        for part in base(name):
            for resource in part.body["Resources"].values():
                for path in _places(resource.get("Properties", {})):
                    value = _at(resource["Properties"], path)
                    if "Ref" not in (text := json.dumps(value)) and "Fn::" not in text:
                        pool.setdefault(_key(path), {})[text] = value
    return {key: list(values.values()) for key, values in pool.items()}


def _key(path: Path) -> str:
    return next((step for step in reversed(path) if isinstance(step, str)), "")


def _places(node: Any, here: Path = ()) -> Iterator[Path]:
    """Every place at which a function may stand: none below the argument of one."""
    if here:
        yield here
    if isinstance(node, dict) and not any(key == "Ref" or key.startswith("Fn::") for key in node):
        for key, value in node.items():
            yield from _places(value, (*here, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _places(value, (*here, index))


def _put(node: Any, path: Path, value: Any) -> None:
    """Put a value in the place of another; a function that stands above it by now leaves no place for that."""
    holder = _at(node, path[:-1])
    _ = holder[path[-1]]
    holder[path[-1]] = value


def _at(node: Any, path: Path) -> Any:
    for step in path:
        node = node[step]
    return node
