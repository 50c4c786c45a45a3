"""Task, image, machine image and instance type are of one architecture and operating system."""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.pull.ami import Ami
from ecr_ecs_constructs.pull.answer import Problem
from ecr_ecs_constructs.pull.facts import Facts
from ecr_ecs_constructs.pull.links.architecture import mismatched
from ecr_ecs_constructs.pull.machines.launches import MISMATCH, Machines
from ecr_ecs_constructs.rules.rule import Severity, linked, rule


@rule(
    "ami-architecture-mismatch",
    Severity.ERROR,
    "Choose the image of the architecture of the instance type: the parameters of arm64 images have it in their name.",
)
def ami_architecture_mismatch(facts: Facts) -> Iterator[Problem]:
    """Find instance types of container instances that their machine image does not fit."""
    for launches in facts.of_hosts(mismatched):
        chosen: dict[tuple[str, Ami], list[Machines]] = {}
        for ami, machines in launches:
            chosen.setdefault((machines.location, ami), []).append(machines)
        for (location, ami), bad in chosen.items():
            # The allowed values of a parameter are one choice, not one for each instance type.
            others = f" and {len(bad) - 1} others allowed" if len(bad) > 1 else ""
            has = " or ".join(sorted({each.value for machines in bad for each in machines.architectures or ()})) or "no"
            fact = f"{bad[0].chosen}{others}: {has} processors, but the machine image {str(ami)!r} is for"
            yield Problem(
                MISMATCH, bad[0].resource, location, f"{fact} {ami.architecture.value if ami.architecture else None}"
            )


image_architecture_mismatch = linked(
    "image-architecture-mismatch",
    Severity.ERROR,
    "Build the image for the architecture and the operating system that the task runs on, and declare them in "
    "RuntimePlatform.",
)

unverifiable_architecture = linked(
    "unverifiable-architecture",
    Severity.INFO,
    "Name a known instance type and machine image, and give a built image a platform, such as Platform.LINUX_AMD64.",
)
