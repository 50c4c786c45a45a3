"""What runs in the embedded AWS, as data and as text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Source:
    """A resource of a template.

    Attributes:
        stack: the name of the stack.
        logical_id: the name in its template.
    """

    stack: str
    logical_id: str

    def __str__(self) -> str:
        return f"{self.stack}/{self.logical_id}"


@dataclass(frozen=True)
class Repository:
    """A repository, with the digests of its images by tag."""

    source: Source
    name: str
    mutability: str
    scan_on_push: bool
    lifecycle: Mapping[str, Any]
    images: Mapping[str, str]

    def lines(self) -> Iterator[str]:
        """The repository as text."""
        scanned = "scanned" if self.scan_on_push else "not scanned"
        yield f"{self.name} of {self.source.stack}: tags {self.mutability.lower()}, {scanned} on push"
        for rule in self.lifecycle.get("rules", ()):
            yield f"  expires: {rule.get('description') or json.dumps(rule['selection'])}"
        for tag, digest in self.images.items():
            yield f"  image: {tag} is {digest}"


@dataclass(frozen=True)
class Role:
    """The role of an instance profile: the actions that it allows, by resource."""

    source: Source
    name: str
    allowed: Mapping[str, tuple[str, ...]]

    def lines(self) -> Iterator[str]:
        """The role as text."""
        yield self.name
        for resource, actions in self.allowed.items():
            yield f"  on {resource}:"
            yield from (f"    {action}" for action in actions)


@dataclass(frozen=True)
class Capacity:
    """An Auto Scaling group, what its instances boot from, and the capacity provider that scales it."""

    source: Source
    group: str
    least: int
    most: int
    instances: int
    instance_type: str
    image_id: str
    image_source: str
    provider: str | None
    managed_scaling: str
    termination_protection: str

    def lines(self) -> Iterator[str]:
        """The capacity as text."""
        yield f"{self.group}: {self.instances} of {self.least} to {self.most} instances, of type {self.instance_type}"
        yield f"  image: {self.image_id} from {self.image_source}"
        yield (
            f"  capacity provider: {self.provider or 'none'}, managed scaling {self.managed_scaling.lower()}, "
            f"termination protection {self.termination_protection.lower()}"
        )


@dataclass(frozen=True)
class Endpoint:
    """A VPC endpoint."""

    source: Source
    service: str
    kind: str
    state: str

    def lines(self) -> Iterator[str]:
        """The endpoint as text."""
        yield f"{self.service} ({self.kind.lower()}, {self.state})"


@dataclass(frozen=True)
class Container:
    """A container of a service: its image, and the digest that Amazon ECR has for it, or None.

    Attributes:
        is_cached: whether Amazon ECR fetches the image at its first pull.
    """

    name: str
    image: str
    digest: str | None
    is_cached: bool = False


@dataclass(frozen=True)
class Service:
    """A service: on which capacity providers or launch type it runs, and what."""

    source: Source
    name: str
    status: str
    where: str
    desired: int
    running: int
    containers: tuple[Container, ...]

    def lines(self) -> Iterator[str]:
        """The service as text."""
        yield f"{self.name}: {self.status.lower()} on {self.where}, desired count {self.desired}"
        for container in self.containers:
            yield f"  {container.name}: {container.image}"
            absent = "fetched at its first pull, and not there yet" if container.is_cached else "not there"
            yield f"    image: {container.digest or absent}"


Item = Repository | Role | Capacity | Endpoint | Service
"""What stands for one resource of a template."""


@dataclass(frozen=True)
class Report:
    """All that was read back.

    Attributes:
        stacks: the status of each stack.
        missing: resources that are not there though the emulator knows their types.
        gaps: what the emulator leaves out, a line each.
    """

    stacks: Mapping[str, str]
    repositories: tuple[Repository, ...]
    roles: tuple[Role, ...]
    capacities: tuple[Capacity, ...]
    endpoints: tuple[Endpoint, ...]
    services: tuple[Service, ...]
    missing: tuple[Source, ...]
    gaps: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """The report as text."""
        for title, items in (
            ("Stacks", [[f"{stack}: {status}"] for stack, status in self.stacks.items()]),
            ("Repositories", [item.lines() for item in self.repositories]),
            ("Container instance roles", [item.lines() for item in self.roles]),
            ("Capacity", [item.lines() for item in self.capacities]),
            ("Endpoints", [item.lines() for item in self.endpoints]),
            ("Services", [item.lines() for item in self.services]),
            ("Not emulated", [[gap] for gap in self.gaps]),
        ):
            yield ""
            yield title
            for lines in items or [["none"]]:
                yield from (f"  {line}" for line in lines)
