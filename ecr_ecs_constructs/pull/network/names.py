"""The names that are asked of DNS on the way to a destination, and what may answer them in place of public DNS.

Sources:
    https://docs.aws.amazon.com/general/latest/gr/ecr.html
    https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, text
from ecr_ecs_constructs.image_uri import URL_SUFFIXES
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.needs.need import Destination
from ecr_ecs_constructs.pull.needs.needs import PUBLIC_GALLERY, REGISTRY, WINDOWS_LAYERS
from ecr_ecs_constructs.pull.network.topology.dns import resolvers_of

_HOSTS = (PUBLIC_GALLERY, WINDOWS_LAYERS)
"""The services that have one name everywhere."""

_STARTS: Mapping[str, tuple[str | Hole, ...]] = {
    "ecr.api": ("api.ecr",),
    "ecr.dkr": (REGISTRY, ".dkr.ecr"),
    "s3": (Hole(Kind.ANYTHING, "the bucket of the layers", pattern="[a-z0-9-]+"), ".s3"),
    "ecs-agent": (Hole(Kind.ANYTHING, "an agent's host", pattern="ecs-a[a-z0-9-]*"),),
    "ecs-telemetry": (Hole(Kind.ANYTHING, "a telemetry host", pattern="ecs-t[a-z0-9-]*"),),
}
"""The start of a service's names, before the region, where that is not the service."""

_SUFFIX = Hole(Kind.URL_SUFFIX, "AWS::URLSuffix", pattern="|".join(map(re.escape, URL_SUFFIXES)))


def answered_by(world: World, vpc: Resource, destination: Destination, *, privately: bool = False) -> Answer | None:
    """Return what may answer for the names of a destination in place of public DNS; None where nothing does.

    Args:
        world: the world in which the VPC is read.
        vpc: the VPC in which the names are asked for.
        destination: the destination.
        privately: whether an interface endpoint answers in place of public DNS.
    """
    resolvers = resolvers_of(world, vpc)
    if resolvers is None:
        return None
    own, suffix = (world.pseudo(vpc.template, f"AWS::{name}") for name in ("Region", "URLSuffix"))
    region = destination.region or own
    names = _names(destination.service, region, suffix)
    private = _private_domain(destination.service, region, suffix) if privately else None
    other = resolvers.of((*names, destination.host) if destination.host else names, private)
    if other is None:
        return None
    return Answer(None, f"{other.logical_id} may give other addresses in VPC {vpc.logical_id}")


def _names(service: str, region: str | Text, suffix: str | Text) -> tuple[str | Text, ...]:
    """Return the names of a service that are asked for.

    Args:
        service: the service.
        region: its region.
        suffix: the end of names in that region: `amazonaws.com`.
    """
    if service in _HOSTS:
        return (service,)
    start, end = text(*_STARTS.get(service, (service,))), _end(suffix)
    regional = text(start, ".", region, ".", end)
    return (regional, text(start, ".", end)) if service == "s3" else (regional,)


def _private_domain(service: str, region: str | Text, suffix: str | Text) -> str | Text:
    """Return the domain that an interface endpoint of a service answers for, with the arguments of `_names`."""
    if service == "ecr.dkr":
        return text("dkr.ecr.", region, ".", _end(suffix))
    return _names(service, region, suffix)[0]


def _end(suffix: str | Text) -> str | Text:
    return suffix if isinstance(suffix, str) else Text((_SUFFIX,))
