"""Whatever pulls reaches Amazon ECR, and all else that the task needs to start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.facts import Here
from ecr_ecs_constructs.pull.needs.needs import AGENT_SERVICES, CACHED, PULL_SERVICES
from ecr_ecs_constructs.pull.needs.secrets import SECRET_TITLE
from ecr_ecs_constructs.pull.needs.volumes import EFS, FSX, FSX_API, REFUSED
from ecr_ecs_constructs.pull.network.networks import Reach

RULES: Mapping[str, tuple[str, ...]] = {
    "no-path-to-ecr": (*PULL_SERVICES, CACHED),
    "no-path-to-ecs": AGENT_SERVICES,
    "no-path-to-logs-or-secrets": ("logs", "secretsmanager", "ssm", SECRET_TITLE),
    REFUSED: (EFS, FSX, FSX_API),
}
"""The rules that are broken where something is not reached, and what each is about."""


def network(here: Here, container: Container) -> Iterator[Answer]:
    """Yield, for each place where a container runs, whether its image is reached, and what the task needs besides."""
    if not here.networks.concerns(container):
        yield Answer(True, "its image is of no private ECR registry", applies=False)
        return
    for reach in here.networks.of(container):
        for answer in _reached(reach):
            # What is not known of an image that is not known, the link of the image says.
            is_shared = answer.truth is None and not here.networks.knows(container.image)
            yield answer._replace(rule="") if is_shared else answer


def _reached(reach: Reach) -> Iterator[Answer]:
    if reach.unknown:
        # Where it is not even known what runs the container, the link of the placement says why.
        yield Answer(None, reach.unknown, "unverifiable-network" if reach.placed else "")
    answer = reach.ways.answer or reach.elsewhere
    if answer is None:
        return
    if answer.truth is False:
        missed = reach.ways.missed
        answer = answer._replace(rule=next(rule for rule, services in RULES.items() if not missed.isdisjoint(services)))
    elif answer.truth is None:
        answer = answer._replace(rule="unverifiable-network")
    yield answer
