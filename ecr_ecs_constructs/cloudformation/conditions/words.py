"""Worlds in words."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from ecr_ecs_constructs.cloudformation.choices import OTHER, Choice, Variable
from ecr_ecs_constructs.cloudformation.names import DEPLOYED


def told_apart(
    own: Mapping[Variable, Choice],
    others: Sequence[Mapping[Variable, Choice]] | None,
    compared: Callable[[Variable], Sequence[str]],
) -> str:
    """Return in words by what a world is told from others: `Stage is prod and AWS::Region is us-east-1`.

    Args:
        own: the choices of the world.
        others: those of all from which it is told; None where these are not all known, so that each of its choices
            counts.
        compared: returns the literals that conditions compare a variable with.

    Returns:
        As few of its choices as no other world shares; nothing where there are no others.
    """
    if others is not None and not others:
        return ""
    kept = dict(own)
    for variable in own if others is not None else ():
        rest = {name: choice for name, choice in kept.items() if name != variable}
        if not any(_shares(other, rest) for other in others or ()):
            kept = rest
    return " and ".join(dict.fromkeys(_worded(variable, choice, compared) for variable, choice in kept.items()))


def _shares(world: Mapping[Variable, Choice], choices: Mapping[Variable, Choice]) -> bool:
    """Return whether a world has made some choices, or leaves them open."""
    return all(world.get(variable, choice) == choice for variable, choice in choices.items())


def _worded(variable: Variable, choice: Choice, compared: Callable[[Variable], Sequence[str]]) -> str:
    if variable[0] is DEPLOYED:
        return f"{variable[1]} is deployed" if choice else f"{variable[1]} is not deployed"
    if variable[0] == "condition":
        node = json.loads(str(variable[-1]))
        is_named = isinstance(node, dict) and list(node) == ["Condition"]
        subject = f"condition {node['Condition']}" if is_named else str(variable[-1])
        return f"{subject} is {str(choice).lower()}"
    if variable[0] == "no key":
        key = variable[1] if isinstance(variable[1], tuple) else ()
        return f"{_last_name(key)} is {'none' if choice else 'one'} of the keys of its map"
    name = _last_name(variable)
    if choice is not OTHER:
        return f"{name} is {choice or _EMPTY}"
    others = [other or _EMPTY for other in compared(variable)]
    return f"{name} is not {others[0]}" if len(others) == 1 else f"{name} is none of {', '.join(others)}"


_EMPTY = "empty"


def _last_name(variable: Sequence[object]) -> str:
    """Return what people call the variable of a world."""
    names = [part for part in variable if isinstance(part, str)]
    return names[-1] if names else "a parameter"
