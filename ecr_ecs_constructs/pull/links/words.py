"""The words that the findings of several links share."""

from __future__ import annotations

from collections.abc import Sequence

from ecr_ecs_constructs.pull.containers import Container


def subject(container: Container) -> str:
    """Return whom a finding about a container is of, nothing where the container has no name."""
    return f"container {container.name!r}: " if container.name else ""


def listed(names: Sequence[str]) -> str:
    """Return some names as a list in words."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def with_defaults(defaults: Sequence[str]) -> str:
    """Return by which parameters' defaults something is so, nothing where none decides it."""
    return f" (with the default of {' and '.join(defaults)})" if defaults else ""
