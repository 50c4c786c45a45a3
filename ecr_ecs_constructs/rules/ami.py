"""Container instances boot from a machine image that is supported, current and has the ECS agent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.ami import MAX_RELEASE_AGE, Ami
from ecr_ecs_constructs.pull.answer import Problem
from ecr_ecs_constructs.pull.facts import Facts, Here
from ecr_ecs_constructs.pull.links.words import with_defaults
from ecr_ecs_constructs.pull.placement.placements import Host
from ecr_ecs_constructs.rules.rule import Severity, linked, rule

outdated_ami = linked(
    "outdated-ami",
    Severity.ERROR,
    "Boot from an image that is still supported: ECS-optimized Amazon Linux 2023, or Bottlerocket aws-ecs-2.",
)

non_ecs_ami = linked(
    "non-ecs-ami",
    Severity.ERROR,
    "Boot from an ECS-optimized image, or install the ECS agent in the user data.",
)

unverifiable_ami = linked(
    "unverifiable-ami",
    Severity.INFO,
    "Boot from the recommended image of a public SSM parameter, or verify the image where it is made.",
)


class _Booted(NamedTuple):
    """An image that container instances boot from.

    Attributes:
        ami: the image.
        resource: the resource that names it.
        location: where it does.
    """

    ami: Ami
    resource: Resource
    location: str

    def problem(self, fact: str) -> Problem:
        return Problem("pinned-ami", self.resource, self.location, fact)


def _images(here: Here, host: Host) -> Iterator[_Booted]:
    """Yield the images of container instances, nothing for other instances."""
    if here.placements.is_container_instance(host):
        for at, ami in here.placements.images(host):
            yield _Booted(ami, at.resource, f"{at.location}.ImageId")


@rule(
    "pinned-ami",
    Severity.WARNING,
    "Read the image id from the recommended image of its public SSM parameter at each deployment, and deploy often.",
)
def pinned_ami(facts: Facts) -> Iterator[Problem]:
    """Find machine images of container instances that are fixed, or a release older than `MAX_RELEASE_AGE`."""
    for booted in facts.of_hosts(_images):
        by_image = {each.ami: each for each in reversed(booted)}
        fixed = [each for each in dict.fromkeys(each.ami for each in booted) if each.fixed]
        if fixed:
            # A map of regions is one choice, not one for each region.
            others = f" or one of {len(fixed) - 1} others" if len(fixed) > 1 else ""
            yield by_image[fixed[0]].problem(f"machine image is fixed: {str(fixed[0])!r}{others}")
        for ami, each in reversed(by_image.items()):
            age = facts.policy.today - ami.released if ami.released is not None else None
            if age is not None and age > MAX_RELEASE_AGE:
                fact = f"is a release of {ami.released}, {age.days} days old{with_defaults(ami.defaults)}"
                yield each.problem(f"machine image {str(ami)!r} {fact}")
