"""What tests find in the worlds of some templates, collected."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ecr_ecs_constructs.cloudformation.conditions.worlds import Worlds
from ecr_ecs_constructs.pull.facts import Facts, Policy
from ecr_ecs_constructs.pull.proof import prove

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ecr_ecs_constructs.cloudformation.conditions.worlds import World
    from ecr_ecs_constructs.cloudformation.template import Resource, Template
    from ecr_ecs_constructs.cloudformation.values import Branch, Site, Value
    from ecr_ecs_constructs.pull.containers import Container, ContainerPlace
    from ecr_ecs_constructs.pull.facts import Here
    from ecr_ecs_constructs.pull.link import Link
    from ecr_ecs_constructs.pull.machines.hosts import Host
    from tests.cloudformation.nodes import Json

T = TypeVar("T")


def only(*templates: Template) -> World:
    """The world of templates in which nothing forks; it raises where something does."""
    return Worlds(templates).world({})


def together(worlds: Worlds, question: Callable[[World], Iterable[T]]) -> list[T]:
    """All that a question gives in any world, each once."""
    found = worlds.in_each_world(lambda world: tuple(question(world)))
    return _once(each for _, answers in found for each in answers)


def branches(worlds: Worlds, template: Template, node: Json) -> tuple[Branch, ...]:
    """What a node can be."""
    found = worlds.branches(template, node)
    assert found is not None
    return found


def sites(worlds: Worlds, resource: Resource, path: str) -> list[tuple[Site, list[Value]]]:
    """The places that a path leads to in any world, each with its values in the worlds in which it is there."""
    read = together(worlds, lambda world: [(site, world.read(site).value) for site in world.sites(resource, path)])
    return [(site, [value for place, value in read if place == site]) for site in _once(site for site, _ in read)]


def of_containers(templates: Sequence[Template], question: Callable[[Here, Container], T]) -> Iterator[list[T]]:
    """The answers to a question about each container, each once; none about one that is in no world."""
    facts = Facts(templates, Policy())
    for place in facts.places:
        found = _once(each for _, (each,) in facts.of_container(lambda *it: (question(*it),), place).found)
        if found:
            yield found


def containers(templates: Sequence[Template]) -> Iterator[list[Container]]:
    """Each container as it is in the worlds that tell it apart."""
    return of_containers(templates, lambda _, container: container)


def of_hosts(facts: Facts, resource: Resource, question: Callable[[Here, Host], Iterable[T]]) -> list[T]:
    """All that a question gives about the container instances of a resource in any world, each once."""

    def ask(world: World) -> Iterator[T]:
        here = facts.here(world)
        (host,) = here.hosts.of(resource)
        yield from question(here, host)

    return together(facts.worlds, ask)


def link(facts: Facts, place: ContainerPlace, name: str) -> Link:
    """A link of the container of a place by its name."""
    return next(each for each in prove(facts, place) if each.name == name)


def _once(each: Iterable[T]) -> list[T]:
    found: list[T] = []
    for one in each:
        if one not in found:
            found.append(one)
    return found
