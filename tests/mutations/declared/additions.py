"""Properties that are added: those that the table of properties calls harmless."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecr_ecs_constructs.pull.properties.declared import Declared as Property
from ecr_ecs_constructs.pull.properties.declared import Effect, properties_of
from tests.mutations.declared.declaration import Declared, H
from tests.mutations.mutants import Mutant
from tests.mutations.places import written


def harmless_addition(mutant: Mutant) -> Declared | None:
    """Return a declaration of a property that is added, where all that it says is harmless by the table.

    Args:
        mutant: a change of the class `added`.
    """
    type_, _ = mutant.where()
    table = properties_of(type_)
    found: list[Property | None] = []
    for path in _leaves(mutant.value[mutant.kind], (*mutant.path[3:], mutant.kind)):
        own = f"{written(path)}/"
        found += [each for name, each in table.items() if own.startswith(f"{name}/") or name.startswith(own)] or [None]
    reasons = [each.reason for each in found if each is not None and each.effect is Effect.HARMLESS]
    if len(reasons) < len(found):
        return None
    return Declared(
        H, type_, (written((*mutant.path[3:], mutant.kind)),), ("added",), "; ".join(dict.fromkeys(reasons))
    )


def _leaves(node: Any, here: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(node, dict) and node:
        for step, value in node.items():
            yield from _leaves(value, (*here, step))
    elif isinstance(node, list) and node:
        for index, value in enumerate(node):
            yield from _leaves(value, (*here, index))
    else:
        yield here
