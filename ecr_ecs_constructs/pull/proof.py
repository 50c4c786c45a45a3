"""The proof of a container: each link of its pull path, over all worlds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.pull.answer import Answer, Problem, Verdict, worst
from ecr_ecs_constructs.pull.containers import ContainerPlace
from ecr_ecs_constructs.pull.facts import Facts, Here
from ecr_ecs_constructs.pull.link import Link
from ecr_ecs_constructs.pull.links.ami import ami, boots
from ecr_ecs_constructs.pull.links.architecture import architecture, mismatched
from ecr_ecs_constructs.pull.links.image import image
from ecr_ecs_constructs.pull.links.instances import of_container_instances
from ecr_ecs_constructs.pull.links.network import network
from ecr_ecs_constructs.pull.links.permission import permission, trusts
from ecr_ecs_constructs.pull.links.placement import joins, placement, registers
from ecr_ecs_constructs.pull.links.properties import Question, with_properties
from ecr_ecs_constructs.pull.links.repository import repository
from ecr_ecs_constructs.pull.machines.hosts import Host
from ecr_ecs_constructs.pull.placement.kinds import itself

UNVERIFIABLE: Mapping[str, str] = {
    "image": "unverifiable-image",
    "repository": "unverifiable-repository",
    "permission": "unverifiable-role",
    "placement": "unverifiable-placement",
    "ami": "unverifiable-ami",
    "architecture": "unverifiable-architecture",
    "network": "unverifiable-network",
}
"""The rule of each link that says why it is unknown."""

LINKS: Mapping[str, Question] = with_properties(
    {
        question.__name__: question
        for question in (image, repository, permission, placement, ami, architecture, network)
    },
    {**{rule: name for name, rule in UNVERIFIABLE.items()}, "unverifiable-start": "permission"},
)
"""The question of each link, in the order of the path."""


@of_container_instances
def _booted(here: Here, host: Host) -> Iterator[Answer]:
    """Yield what is broken of the machine images of container instances, whatever runs on them."""
    yield from (answer for answer in boots(here, host) if answer.truth is False)


@of_container_instances
def _trusted(here: Here, host: Host) -> Iterator[Answer]:
    """Yield which roles of container instances EC2 may not assume for them, whatever runs on them."""
    yield from (answer for answer in trusts(here, host) if answer.truth is False)


def _joined(here: Here, host: Host) -> Iterator[Answer]:
    """Yield what keeps container instances from the clusters that they are meant for, whatever runs on them."""
    for cluster, _ in here.providers.clusters_of_group(host.resource):
        yield from (answer for answer in joins(here, host, cluster) if answer.truth is False)
    for own in here.capacity.clusters_of(host):
        yield from (answer for answer in registers(here, host, itself(own)) if answer.truth is False)


INSTANCES: Mapping[str, Callable[[Here, Host], Iterable[Answer]]] = {
    "permission": _trusted,
    "placement": _joined,
    "ami": _booted,
}
"""The questions of the links about container instances, whatever runs on them."""


def problems(facts: Facts) -> Mapping[str, Sequence[Problem]]:
    """Return what the links of all containers find, and those of instances that no container runs on, by the rule."""
    return facts.remembered(_find)


def _find(facts: Facts) -> Mapping[str, Sequence[Problem]]:
    found: dict[str, dict[Problem, None]] = {}
    answers = [answer for question in LINKS.values() for answer in facts.of_containers(question)]
    answers += [answer for question in INSTANCES.values() for each in facts.of_hosts(question) for answer in each]
    facts.of_hosts(mismatched)  # its rule makes one finding of several answers
    for answer in answers:
        if answer.problem is not None:
            found.setdefault(answer.rule, {})[answer.problem] = None
    asked = [*LINKS.items(), *INSTANCES.items(), ("architecture", mismatched)]
    for name, question in asked:
        for at in facts.undecided(question):
            message = f"cannot verify the {name}: {at.why}"
            problem = Problem(UNVERIFIABLE[name], at.resource, at.location, message, Verdict.UNKNOWN)
            found.setdefault(problem.rule, {})[problem] = None
    return {rule: tuple(each) for rule, each in found.items()}


def prove(facts: Facts, place: ContainerPlace) -> tuple[Link, ...]:
    """Return the links of a container's pull path, each the worst of all worlds; nothing where it is in none."""
    return tuple(link for name in LINKS if (link := _worst(facts, place, name)) is not None)


def _worst(facts: Facts, place: ContainerPlace, name: str) -> Link | None:
    """Return a link as it is in the worst of all worlds, with what that world is told by from others."""
    given = facts.of_container(LINKS[name], place)
    found: list[tuple[World | None, Answer]] = [(world, worst(answers)) for world, answers in given.found]
    if given.undecided:
        found.append((None, Answer(None, given.undecided, UNVERIFIABLE[name])))
    if not found:
        return None
    answer = worst(answer for _, answer in found)
    own = next(world for world, each in found if each is answer)
    others = [world for world, each in found if each.truth is not answer.truth and world is not None]
    where = facts.worlds.told_apart(own, None if given.undecided else others) if own is not None else ""
    why = f"where {where}: {answer.why}" if where else answer.why
    return Link(name, answer.verdict, why, answer.rule if answer.truth is not True else "")
