"""The instance types that launches choose from, and the architectures of their processors.

Sources:
    https://docs.aws.amazon.com/batch/latest/userguide/instance-type-compute-table.html
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-types.html#instance-type-names
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceRequirementsRequest.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.functions import function_of
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Site, Text, Value, shown
from ecr_ecs_constructs.pull.ami import Architecture
from ecr_ecs_constructs.pull.machines.instance_sizes import InstanceSize, instance_sizes

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


class InstanceTypes(NamedTuple):
    """The instance types that one launch chooses from.

    Attributes:
        resource: the resource that chooses them.
        location: where it chooses them.
        chosen: the type, or what it must have.
        architectures: those that they can have, None where it is not known.
        by_image: whether EC2 chooses among them by the architecture of the image.
        least: the size that each of them has at least, None where it is not known.
        most: the size that each of them has at most, None where it is not known or not bounded.
        sizes: the sizes among which one is chosen that is large enough for a task; empty where none is chosen so.
    """

    resource: Resource
    location: str
    chosen: str
    architectures: Architectures | None
    by_image: bool = False
    least: InstanceSize | None = None
    most: InstanceSize | None = None
    sizes: tuple[InstanceSize, ...] = ()


def instance_types(world: World, launch: Site, override: Site) -> InstanceTypes:
    """Return the instance types that an override chooses from, or its launch where the override chooses none.

    Args:
        world: the world in which they are asked for.
        launch: what launches the instances.
        override: one of those that it is used with; the launch itself where there are none.
    """
    if not isinstance(override.node, dict) or function_of(override.node):
        return _read(override, world.read(override).value)
    chosen = _chosen(world, override)
    types = _read(override, chosen) if chosen else _read(launch, _chosen(world, launch))
    return _with_cpus(types, world.value(launch.resource, "CpuOptions", at=launch))


def _with_cpus(types: InstanceTypes, options: Value) -> InstanceTypes:
    """Return instance types with as many virtual CPUs as the options of their launch leave them.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-specify-cpu-options.html
    """
    if options is None:
        return types
    given = [options.get(key) for key in ("CoreCount", "ThreadsPerCore")] if isinstance(options, dict) else [options]
    known = [int(each) for each in given if isinstance(each, str) and each.isdecimal()]
    if given == [None, None] or types.least is None:
        return types
    if len(known) < 2:
        return types._replace(least=types.least._replace(cpus=0))
    cpus = known[0] * known[1]
    most = types.most and types.most._replace(cpus=cpus)
    return types._replace(least=types.least._replace(cpus=cpus), most=most)


_CHOICES = ("InstanceType", "InstanceRequirements")


def _chosen(world: World, at: Site) -> dict[str, Value]:
    values = {key: world.value(at.resource, key, at=at) for key in _CHOICES}
    return {key: value for key, value in values.items() if value is not None}


def _read(at: Site, launch: Value) -> InstanceTypes:
    if not isinstance(launch, dict):
        return InstanceTypes(at.resource, at.location, shown(launch), None)
    requirements, name = launch.get("InstanceRequirements"), launch.get("InstanceType")
    if isinstance(requirements, dict):
        location, least = f"{at.location}.InstanceRequirements", _least(requirements)
        return InstanceTypes(at.resource, location, *required(requirements), by_image=True, least=least)
    if name is None and requirements is None:
        return InstanceTypes(at.resource, at.location, "no instance type", None)
    first = name.pieces[0] if isinstance(name, Text) else name
    architecture = instance_architecture(first) if isinstance(first, str) else None
    size = instance_sizes().get(name) if isinstance(name, str) else None
    return InstanceTypes(
        at.resource,
        f"{at.location}.InstanceType",
        shown(name or requirements),
        None if architecture is None else frozenset({architecture}),
        least=size,
        most=size,
    )


_BUNDLES: Mapping[str, tuple[str, ...]] = {
    "default_arm64": ("m6g", "c6g", "r6g", "c7g"),
    "default_x86_64": ("m6i", "c6i", "r6i", "c7i"),
    "optimal": ("m6i", "c6i", "r6i", "c7i"),
}
"""The families that AWS Batch chooses from by a name of its own; it adds newer ones.

Source: https://docs.aws.amazon.com/batch/latest/APIReference/API_ComputeResource.html (instanceTypes)
"""


_UNBOUNDED = 1 << 30
"""More of anything than an instance has: newer families may be larger."""


def named_types(entry: Site, name: Value) -> InstanceTypes:
    """Return the instance types that AWS Batch chooses from for one entry of a compute environment.

    It chooses one that is large enough for the job.

    Args:
        entry: where it stands.
        name: an instance type, a family of them, or a name that AWS Batch has for several families.
    """
    chosen = "no instance type" if name is None else shown(name)
    types = InstanceTypes(entry.resource, entry.location, chosen, None)
    if not isinstance(name, str):
        return types
    families = _BUNDLES.get(name, (name,))
    architecture = instance_architecture(f"{families[0].partition('.')[0]}.")
    types = types._replace(architectures=None if architecture is None else frozenset({architecture}))
    every = instance_sizes().items()
    sizes = sorted(size for each, size in every if each == name or each.partition(".")[0] in families)
    if not sizes:
        return types
    least, most = (InstanceSize(*map(choose, zip(*sizes, strict=True))) for choose in (min, max))
    if name in _BUNDLES:
        most = InstanceSize(_UNBOUNDED, _UNBOUNDED, 0, _UNBOUNDED)
    return types._replace(least=least, most=most, sizes=tuple(sizes))


_INTERFACES = 2
"""How many network interfaces each instance type may have.

Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/AvailableIpPerENI.html
"""


def _least(requirements: Mapping[str, Value]) -> InstanceSize | None:
    """Return the smallest size that instance requirements leave, None where it is not known."""
    found = []
    for key in ("VCpuCount", "MemoryMiB"):
        given = requirements.get(key)
        value = given.get("Min") if isinstance(given, dict) else None
        if not isinstance(value, str) or not value.isdecimal():
            return None
        found.append(int(value))
    return InstanceSize(found[0], found[1], 0, _INTERFACES)


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
