"""Compares what was read back with what the templates ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import singledispatch
from typing import Any

from demo.readback import Templates
from demo.report import Capacity, Endpoint, Item, Report, Repository, Role, Service

_PULL_ACTIONS = {
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
}


def differences(report: Report, templates: Templates) -> list[str]:
    """What is not as it should be, a line each.

    Args:
        report: what was read back.
        templates: what was deployed.
    """
    found = [
        f"stack {stack} is {status}"
        for stack, status in report.stacks.items()
        if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
    ]
    found += [f"{source} is not there" for source in report.missing]
    items: tuple[Item, ...] = (
        *report.repositories,
        *report.roles,
        *report.capacities,
        *report.endpoints,
        *report.services,
    )
    for item in items:
        properties = templates[item.source.stack]["Resources"][item.source.logical_id].get("Properties", {})
        found += [f"{item.source}: {difference}" for difference in _compare(item, properties)]
    return found


@singledispatch
def _compare(item: object, properties: Mapping[str, Any]) -> Iterator[str]:
    """How an item differs from the properties of its resource."""
    raise NotImplementedError(f"{item!r} {properties!r}")


@_compare.register
def _(repository: Repository, properties: Mapping[str, Any]) -> Iterator[str]:
    yield from _unequal("ImageTagMutability", repository.mutability, properties["ImageTagMutability"])
    yield from _unequal("ScanOnPush", repository.scan_on_push, properties["ImageScanningConfiguration"]["ScanOnPush"])
    if not repository.lifecycle:
        yield "there is no lifecycle policy"


@_compare.register
def _(role: Role, _properties: Mapping[str, Any]) -> Iterator[str]:
    lacking = _PULL_ACTIONS.difference(*role.allowed.values())
    if lacking:
        yield f"the role {role.name} does not allow {', '.join(sorted(lacking))}"


@_compare.register
def _(capacity: Capacity, properties: Mapping[str, Any]) -> Iterator[str]:
    yield from _unequal("MinSize", capacity.least, int(properties["MinSize"]))
    yield from _unequal("MaxSize", capacity.most, int(properties["MaxSize"]))
    yield from _unequal("managed scaling", capacity.managed_scaling, "ENABLED")
    yield from _unequal("managed termination protection", capacity.termination_protection, "ENABLED")
    if not capacity.image_source.startswith("/aws/service/"):
        yield f"image {capacity.image_id} comes from {capacity.image_source}"


@_compare.register
def _(endpoint: Endpoint, _properties: Mapping[str, Any]) -> Iterator[str]:
    yield from _unequal("state", endpoint.state, "available")


@_compare.register
def _(service: Service, properties: Mapping[str, Any]) -> Iterator[str]:
    yield from _unequal("status", service.status, "ACTIVE")
    yield from _unequal("DesiredCount", service.desired, properties["DesiredCount"])
    for container in service.containers:
        if container.digest is None and not container.is_cached:
            yield f"container {container.name}: there is no image {container.image}"


def _unequal(name: str, found: object, wanted: object) -> Iterator[str]:
    if found != wanted:
        yield f"{name} is {found!r}, not {wanted!r}"
