"""Task, image, machine image and instance type are of one architecture and operating system."""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.pull.ami import Ami
from ecr_ecs_constructs.pull.answer import Problem
from ecr_ecs_constructs.pull.facts import Facts
from ecr_ecs_constructs.pull.links.architecture import MISMATCH, mismatched
from ecr_ecs_constructs.pull.machines.instance_types import InstanceTypes
from ecr_ecs_constructs.rules.rule import Severity, linked, rule


@rule(
    MISMATCH,
    Severity.ERROR,
    "Set ImageId (machine_image=EcsAmi.… in the CDK) to the image of the architecture of InstanceType: the parameters "
    "of arm64 images have it in their name.",
)
def ami_architecture_mismatch(facts: Facts) -> Iterator[Problem]:
    """Find instance types of container instances that their machine image does not fit."""
    for mismatches in facts.of_hosts(mismatched):
        by_choice: dict[tuple[str, Ami], list[InstanceTypes]] = {}
        for ami, types in mismatches:
            by_choice.setdefault((types.location, ami), []).append(types)
        for (location, ami), bad in by_choice.items():
            # The allowed values of a parameter are one choice, not one for each instance type.
            others = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
            has = " or ".join(sorted({each.value for types in bad for each in types.architectures or ()})) or "no"
            wanted = ami.architecture.value if ami.architecture else None
            fact = f"{bad[0].chosen}{others}: {has} processors, but the machine image {str(ami)!r} is for {wanted}"
            yield Problem(MISMATCH, bad[0].resource, location, fact)


image_architecture_mismatch = linked(
    "image-architecture-mismatch",
    Severity.ERROR,
    "Build the image for the architecture and the operating system that the task runs on, and declare them in "
    "RuntimePlatform (runtime_platform=… in the CDK).",
)

unverifiable_architecture = linked(
    "unverifiable-architecture",
    Severity.INFO,
    "Name a known InstanceType and ImageId, and give a built image a platform (platform=Platform.LINUX_AMD64 in the "
    "CDK).",
)
