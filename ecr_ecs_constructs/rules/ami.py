"""Container instances boot from a machine image that is supported, current and has the ECS agent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ecr_ecs_constructs.cloudformation.values import Site
from ecr_ecs_constructs.pull.ami import MAX_RELEASE_AGE, Ami
from ecr_ecs_constructs.pull.answer import Problem
from ecr_ecs_constructs.pull.facts import Facts, Here
from ecr_ecs_constructs.pull.links.instances import of_container_instances
from ecr_ecs_constructs.pull.links.words import with_defaults
from ecr_ecs_constructs.pull.machines.hosts import Host
from ecr_ecs_constructs.rules.rule import Severity, linked, rule

outdated_ami = linked(
    "outdated-ami",
    Severity.ERROR,
    "Set ImageId (machine_image=EcsAmi.… in the CDK) to an image that is still supported: ECS-optimized Amazon Linux "
    "2023, or Bottlerocket aws-ecs-2.",
)

non_ecs_ami = linked(
    "non-ecs-ami",
    Severity.ERROR,
    "Set ImageId (machine_image=EcsAmi.… in the CDK) to an ECS-optimized image, or install the ECS agent by UserData.",
)

unverifiable_ami = linked(
    "unverifiable-ami",
    Severity.INFO,
    "Set ImageId (machine_image=EcsAmi.… in the CDK) to the recommended image of a public SSM parameter, or verify "
    "the image where it is made, and vouch for it by its name and what it is built from: ami and based-on in a "
    "[[vouch]] of the configuration, or in the Metadata of the template (EcsAmi.from_ssm_parameter in the CDK).",
)


@of_container_instances
def images(here: Here, host: Host) -> Iterable[tuple[Site, Ami]]:
    """Return every image that container instances boot, with the place that says it; nothing for other instances."""
    return here.machines.images(host)


@rule(
    "pinned-ami",
    Severity.WARNING,
    "Let ImageId (machine_image=EcsAmi.… in the CDK) name the recommended image by its public SSM parameter, which is "
    "read at each deployment, and deploy often.",
)
def pinned_ami(facts: Facts) -> Iterator[Problem]:
    """Find machine images of container instances that are fixed, or a release older than `MAX_RELEASE_AGE`."""
    for found in facts.of_hosts(images):
        places = {ami: at for at, ami in reversed(found)}
        fixed = [ami for ami in dict.fromkeys(ami for _, ami in found) if ami.fixed]
        if fixed:
            # A map of regions is one choice, not one for each region.
            others = f" (one of {len(fixed)})" if len(fixed) > 1 else ""
            yield _pinned(places[fixed[0]], f"machine image is fixed: {str(fixed[0])!r}{others}")
        for ami, at in places.items():
            age = facts.policy.today - ami.released if ami.released is not None else None
            if age is not None and age > MAX_RELEASE_AGE:
                # The age itself would make it another fact each day.
                old = f"more than {MAX_RELEASE_AGE.days} days old"
                fact = f"is a release of {ami.released}, {old}{with_defaults(ami.defaults)}"
                yield _pinned(at, f"machine image {str(ami)!r} {fact}")


def _pinned(at: Site, fact: str) -> Problem:
    return Problem("pinned-ami", at.resource, at.location, fact)
