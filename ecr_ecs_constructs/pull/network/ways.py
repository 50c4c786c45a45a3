"""The ways from subnets to what must be reached, and what is said of them in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cached_property
from typing import NamedTuple, TypeVar

from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.network.topology.ids import Id
from ecr_ecs_constructs.pull.network.words import listed
from ecr_ecs_constructs.pull.texts.pattern import Truth

K = TypeVar("K")
T = TypeVar("T")


class Way(NamedTuple):
    """The way from one subnet to one destination, or the lack of it.

    Attributes:
        service: the name of the destination.
        subnet: where the way begins.
        answer: whether there is one, and by what it goes, what is missing on it, or what would have to be known.
        endpoint: the VPC endpoint that it goes through.
    """

    service: str
    subnet: Id
    answer: Answer
    endpoint: Resource | None = None


class Ways:
    """Ways that are asked for together.

    Attributes:
        each: from each subnet to all that must be reached.
    """

    def __init__(self, each: tuple[Way, ...]) -> None:
        self.each = each
        self._truths = {way.answer.truth for way in each}

    @cached_property
    def answer(self) -> Answer | None:
        """The worst of their answers, with all that is equally bad in words; None where there are no ways."""
        for truth in (False, None, True):
            if truth in self._truths:
                return Answer(truth, "; ".join(self.sentences(truth)))
        return None

    @cached_property
    def missed(self) -> frozenset[str]:
        """The names of the destinations to which there is no way."""
        return frozenset(way.service for way in self.each if way.answer.truth is False)

    def sentences(self, truth: Truth, services: Collection[str] | None = None) -> list[str]:
        """Return in words what is reached, or what is not, or of what that is not known, each fact once.

        Args:
            truth: which of these.
            services: the names of the destinations that are asked for; all of them if not given.
        """
        if truth not in self._truths:
            return []
        ways = [way for way in self.each if way.answer.truth is truth and (services is None or way.service in services)]
        if truth:
            return _reached(ways)
        form = _FORMS[truth]
        by_start = _grouped(((way.answer.why, way.subnet), way.service) for way in ways)
        by_fact = _grouped(((why, services), subnet) for (why, subnet), services in by_start)
        return [form.format(listed(services), listed(subnets), why) for (why, services), subnets in by_fact]


_FORMS = {False: "no way to {} from {}: {}", None: "cannot verify the way to {} from {}: {}"}


def _reached(ways: Iterable[Way]) -> list[str]:
    by_subnet: dict[Id, dict[str, dict[str, None]]] = {}
    for way in ways:
        by_subnet.setdefault(way.subnet, {}).setdefault(way.answer.why, {})[way.service] = None
    by_fact = _grouped(
        (", ".join([f"{listed(services)} by {why}" for why, services in found.items()]), subnet)
        for subnet, found in by_subnet.items()
    )
    return [f"from {listed(subnets)}: {found}" for found, subnets in by_fact]


def _grouped(pairs: Iterable[tuple[K, T]]) -> list[tuple[K, tuple[T, ...]]]:
    """Return what belongs to each key, in the order of its first appearance, each once."""
    found: dict[K, dict[T, None]] = {}
    for key, item in pairs:
        found.setdefault(key, {})[item] = None
    return [(key, tuple(items)) for key, items in found.items()]
