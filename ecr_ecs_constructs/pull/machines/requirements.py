"""The instance types that instance requirements leave to choose from.

Sources:
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceRequirementsRequest.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_InstanceRequirementsRequest.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from ecr_ecs_constructs.cloudformation.values import Value
from ecr_ecs_constructs.pull.ami import Architecture
from ecr_ecs_constructs.pull.machines.instance_sizes import InstanceSize, instance_sizes
from ecr_ecs_constructs.pull.machines.instance_types import instance_architecture, required

_BY_DEFAULT_OUT = re.compile(r"t[0-9]|.*\.metal")
"""Burstable types and bare metal are left out where nothing asks for them."""


def left_sizes(requirements: Mapping[str, Value], architecture: Architecture) -> Iterator[InstanceSize]:
    """Yield the sizes of known instance types of an architecture that instance requirements surely leave.

    Args:
        requirements: the `InstanceRequirements`.
        architecture: the architecture.
    """
    _, left = required({key: each for key, each in requirements.items() if key == "CpuManufacturers"})
    cpus, memory = (_range(requirements.get(key)) for key in ("VCpuCount", "MemoryMiB"))
    allowed = requirements.get("AllowedInstanceTypes")
    patterns = ["*"] if allowed is None else allowed if isinstance(allowed, list) else []
    if cpus is None or memory is None or architecture not in left:
        return
    for name, size in instance_sizes().items():
        is_allowed = any(isinstance(each, str) and fnmatchcase(name, each) for each in patterns)
        if not is_allowed or _BY_DEFAULT_OUT.match(name) or instance_architecture(name) is not architecture:
            continue
        if cpus[0] <= size.cpus <= cpus[1] and memory[0] <= size.memory <= memory[1]:
            yield size


def most_of(requirements: Mapping[str, Value], key: str) -> int | None:
    """Return how much each instance may have at most by instance requirements, None where that is not bounded.

    Args:
        requirements: the `InstanceRequirements`.
        key: `VCpuCount` or `MemoryMiB`.
    """
    found = _range(requirements.get(key))
    return None if found is None or found[1] == _UNBOUNDED else found[1]


def least_of(requirements: Mapping[str, Value], key: str) -> int:
    """Return how much each instance surely has: what instance requirements ask for, or what the least known type has.

    Args:
        requirements: the `InstanceRequirements`.
        key: `VCpuCount` or `MemoryMiB`.
    """
    allowed = requirements.get("AllowedInstanceTypes")
    patterns = [each for each in allowed if isinstance(each, str)] if isinstance(allowed, list) else []
    if not isinstance(allowed, list) or len(patterns) < len(allowed):
        patterns = ["*"]
    known = (size for name, size in instance_sizes().items() if any(fnmatchcase(name, each) for each in patterns))
    least = min((each.cpus if key == "VCpuCount" else each.memory for each in known), default=0)
    found = _range(requirements.get(key))
    return least if found is None else max(least, found[0])


def price_limit(requirements: Mapping[str, Value]) -> str | None:
    """Return by which property instance requirements leave out dear instance types, and only the cheapest surely not.

    Args:
        requirements: the `InstanceRequirements`.

    Returns:
        The property; None where nothing is limited.
    """
    return next((key for key in _PRICES if requirements.get(key, _UNLIMITED) != _UNLIMITED), None)


_PRICES = (
    "OnDemandMaxPricePercentageOverLowestPrice",
    "SpotMaxPricePercentageOverLowestPrice",
    "MaxSpotPriceAsPercentageOfOptimalOnDemandPrice",
)
_UNLIMITED = "999999"
"""The percentage that AWS gives for no limit."""

_UNBOUNDED = 1 << 40


def _range(given: Value) -> tuple[int, int] | None:
    """Return the bounds of a range, None where they are known only at deployment."""
    if given is None:
        return 0, _UNBOUNDED
    if not isinstance(given, dict):
        return None
    least, most = given.get("Min", "0"), given.get("Max", str(_UNBOUNDED))
    if not isinstance(least, str) or not isinstance(most, str) or not (least.isdecimal() and most.isdecimal()):
        return None
    return int(least), int(most)
