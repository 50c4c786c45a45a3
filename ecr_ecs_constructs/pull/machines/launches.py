"""What container instances are launched with, and whether machine image and instance type are of one architecture.

Sources:
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-types.html#instance-type-names
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceRequirementsRequest.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked
from ecr_ecs_constructs.cloudformation.evaluation import function_of
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Site, Text, Value, shown
from ecr_ecs_constructs.pull.ami import Ami, Architecture
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.placement.placements import Host, Placements

Architectures = frozenset[Architecture]
"""The architectures that something can have."""

ANY: Architectures = frozenset(Architecture)

_ARM = re.compile(r"a1\.|[a-z]+[0-9]+g|[a-z0-9]+-gb[0-9]|mac2|mac-m")
"""Graviton: `a1`, or a `g` right behind the generation (`c7g`, `im4gn`); Grace: `gb` behind a hyphen (`p6e-gb200`);
Apple: every Mac but the first (`mac2`, `mac-m4`)."""

_MANUFACTURERS: Mapping[str, Architectures] = {
    "amazon-web-services": frozenset({Architecture.ARM64}),
    "amd": frozenset({Architecture.X86_64}),
    "intel": frozenset({Architecture.X86_64}),
}


def instance_architecture(name: str) -> Architecture | None:
    """Return the architecture of an EC2 instance type, None where the name is none.

    Args:
        name: its full name, such as `c7g.large`, or how it begins up to the dot.
    """
    if not re.match(r"[a-z][a-z0-9-]*\.", name):
        return None
    return Architecture.ARM64 if _ARM.match(name) else Architecture.X86_64


class Machines(NamedTuple):
    """The instance types that one launch chooses from.

    Attributes:
        resource: the resource that chooses them.
        location: where it chooses them.
        chosen: the type, or what it must have.
        architectures: those that they can have, None where it is not known.
        by_image: whether EC2 chooses among them by the architecture of the image.
    """

    resource: Resource
    location: str
    chosen: str
    architectures: Architectures | None
    by_image: bool = False

    def booting(self, ami: Ami) -> Architectures | None:
        """Return the architectures that they can have with an image, None where it is not known."""
        if not self.by_image:
            return self.architectures
        return None if ami.architecture is None else frozenset({ami.architecture})


def _machines(at: Site, launch: Value) -> Machines:
    if not isinstance(launch, dict):
        return Machines(at.resource, at.location, shown(launch), None)
    requirements, name = launch.get("InstanceRequirements"), launch.get("InstanceType")
    if isinstance(requirements, dict):
        return Machines(at.resource, f"{at.location}.InstanceRequirements", *required(requirements), by_image=True)
    if name is None and requirements is None:
        return Machines(at.resource, at.location, "no instance type", None)
    first = name.pieces[0] if isinstance(name, Text) else name
    architecture = instance_architecture(first) if isinstance(first, str) else None
    return Machines(
        at.resource,
        f"{at.location}.InstanceType",
        shown(name or requirements),
        None if architecture is None else frozenset({architecture}),
    )


def required(requirements: Mapping[str, Value]) -> tuple[str, Architectures]:
    """Return what instance requirements say of the processor, and the architectures that they leave.

    Args:
        requirements: the `InstanceRequirements`.
    """
    said, left = [], ANY
    for key, read in (("CpuManufacturers", _of_manufacturer), ("AllowedInstanceTypes", _of_pattern)):
        values = requirements.get(key)
        if isinstance(values, list) and values:
            said.append(f"{key} {', '.join(map(shown, values))}")
            left &= frozenset().union(*map(read, values))
    return " and ".join(said) or "any processor", left


def _of_manufacturer(name: Value) -> Architectures:
    return _MANUFACTURERS.get(name, ANY) if isinstance(name, str) else ANY


def _of_pattern(pattern: Value) -> Architectures:
    """Return the architectures of the instance types that a pattern such as `c7g.*` allows."""
    start = pattern.partition("*")[0] if isinstance(pattern, str) else ""
    if _ARM.match(start):
        return frozenset({Architecture.ARM64})
    architecture = instance_architecture(start)
    return ANY if architecture is None else frozenset({architecture})


_CHOICES = ("InstanceType", "InstanceRequirements")


class Launches(InWorld):
    """What container instances boot from together with what they run on, in one world.

    Args:
        placements: what says where the images stand.
    """

    def __init__(self, placements: Placements) -> None:
        self.world = placements.world
        self._placements = placements

    @asked
    def of(self, host: Host) -> tuple[tuple[Ami, Machines], ...]:
        """Return every image with the instance types that it is put on, one for each override of a policy.

        Instances whose launch template is not in the templates give nothing.
        """
        launch = host.launch
        if launch is None:
            return ()
        found: list[tuple[Ami, Machines]] = []
        for override in host.overrides or (launch,):
            at = self._placements.image_site(launch, override)
            found.append((self._placements.image(at), self._machines(launch, override)))
        return tuple(dict.fromkeys(found))

    def _machines(self, launch: Site, override: Site) -> Machines:
        """Return the instance types that an override chooses from, or what launches the instances."""
        if not isinstance(override.node, dict) or function_of(override.node):
            return _machines(override, self.world.read(override).value)
        chosen = self._chosen(override)
        return _machines(override, chosen) if chosen else _machines(launch, self._chosen(launch))

    def _chosen(self, at: Site) -> Mapping[str, Value]:
        values = {key: self.world.value(at.resource, key, at=at) for key in _CHOICES}
        return {key: value for key, value in values.items() if value is not None}


def judge_launch(host: Host, ami: Ami, machines: Machines) -> Answer:
    """Return whether instances boot from an image of their own architecture.

    Args:
        host: the instances.
        ami: what they boot from.
        machines: what they run on.
    """
    of = f" of {ami.architecture.value}" if ami.architecture is not None else ""
    name = host.resource.logical_id
    if machines.architectures is None or ami.architecture is None:
        missing = "the architecture of its image" if ami.architecture is None else f"that of {machines.chosen}"
        return Answer(None, f"{name} boots {ami}{of} on {machines.chosen}: {missing} is not known")
    names = " or ".join(sorted(each.value for each in machines.architectures))
    fact = f"{name} boots {ami}{of} on {machines.chosen} ({names})"
    return Answer(True, fact) if ami.architecture in machines.architectures else Answer(False, fact, MISMATCH)


MISMATCH = "ami-architecture-mismatch"
"""The rule that is broken where machine image and instance type are of different architectures."""
