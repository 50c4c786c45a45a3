"""The places of a template, and how they are written in declarations and reports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

Path = tuple[str | int, ...]
"""The steps from the top of something down to a place in it."""

SECTIONS = ("Parameters", "Mappings", "Outputs")
"""What else in a template is changed, besides its resources."""


def at(node: Any, path: Path) -> Any:
    """Return what stands in a place."""
    for step in path:
        node = node[step]
    return node


def below(node: Any, here: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every place below a node, with what stands there; arguments of functions are places as well."""
    steps: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(node, dict):
        steps = iter(node.items())
    elif isinstance(node, list):
        steps = iter(enumerate(node))
    for step, value in steps:
        yield (*here, step), value
        yield from below(value, (*here, step))


def is_function(node: Any) -> bool:
    """Return whether a node is a call of a function, or a reference."""
    return isinstance(node, dict) and len(node) == 1 and is_name_of_function(next(iter(node)))


def is_name_of_function(step: str | int) -> bool:
    return isinstance(step, str) and (step in ("Ref", "Condition") or step.startswith("Fn::"))


def where(body: dict[str, Any], path: Path) -> tuple[str, str]:
    """Return the type of the resource that holds a place, and its path there: `*` stands for each index.

    The path of a property begins with its name, that of another attribute of the resource with a dot. The sections of
    a template have no type: their name stands for it. A function is written as its name, so that its arguments are
    told from properties.
    """
    section, name, *rest = path
    if section != "Resources":
        return str(section), written(tuple(rest)) or "."
    type_ = body["Resources"][name]["Type"]
    if rest[:1] == ["Properties"] and rest[1:]:
        return type_, written(tuple(rest[1:]))
    return type_, "." + written(tuple(rest))


def written(path: Path) -> str:
    return "/".join("*" if isinstance(step, int) else step for step in path)


def matches(pattern: str, path: str) -> bool:
    """Return whether a path is one of those that a pattern stands for.

    `*` stands for a step or a part of one, `**` for any number of steps, none of them too.
    """
    return _compiled(pattern).fullmatch(f"/{path}") is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    steps = (
        "(/[^/]*)*" if step == "**" else "/" + re.escape(step).replace(r"\*", "[^/]*") for step in pattern.split("/")
    )
    return re.compile("".join(steps))
