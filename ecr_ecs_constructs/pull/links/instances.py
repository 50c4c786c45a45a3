"""The container instances that the links of machine image and architecture ask about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import TypeVar

from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.facts import Here
from ecr_ecs_constructs.pull.machines.hosts import Host
from ecr_ecs_constructs.pull.placement.kinds import Placement

T = TypeVar("T")


def of_instances(
    here: Here, container: Container, placement: Placement, question: Callable[[Host], Iterable[Answer]]
) -> Iterator[Answer]:
    """Yield the answers to a question about each of the container instances that a container's task may be put on.

    Where they are not known, that is the answer; the link of the placement makes its finding.
    """
    hosts = here.capacity.of(container, placement) if placement.runner is not None else ()
    if not hosts and placement.elsewhere is not None:
        yield placement.elsewhere
    elif not hosts:
        yield Answer(None, f"its container instances are not known: {placement.evidence}")
    for host in hosts:
        if host.launch is None:
            yield Answer(None, f"what launches {host.resource.logical_id} is not in the templates")
        yield from question(host)


def of_container_instances(question: Callable[[Here, Host], Iterable[T]]) -> Callable[[Here, Host], Iterable[T]]:
    """Make a question about instances one about container instances: it gives nothing about others."""

    @wraps(question)
    def asked(here: Here, host: Host) -> Iterable[T]:
        return question(here, host) if here.capacity.is_container_instance(host) else ()

    return asked
