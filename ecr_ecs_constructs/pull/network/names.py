"""The names that are asked for on the way to Amazon ECR, and what in a VPC may answer them in place of public DNS.

Sources:
    https://docs.aws.amazon.com/general/latest/gr/ecr.html
    https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-overview-forward-vpc-to-network-autodefined-rules.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, Value, pieces_of, text
from ecr_ecs_constructs.image_uri import URL_SUFFIXES
from ecr_ecs_constructs.pull.texts.pattern import Form, Truth, matches, same, some

REGISTRY = Hole(Kind.ANYTHING, "a registry", pattern="[0-9]{12}")
"""What the host of a registry starts with."""

WINDOWS_LAYERS = "mcr.microsoft.com"
"""Where layers of Windows are that may not be pushed elsewhere."""

_HOSTS = ("public.ecr.aws", WINDOWS_LAYERS)
"""What is reached by one name everywhere."""

ANY_DOMAIN = Text((Hole(Kind.ANYTHING, "a domain"),))
"""A domain that is not known."""

_STARTS: Mapping[str, tuple[str | Hole, ...]] = {
    "ecr.api": ("api.ecr",),
    "ecr.dkr": (REGISTRY, ".dkr.ecr"),
    "s3": (Hole(Kind.ANYTHING, "the bucket of the layers", pattern="[a-z0-9-]+"), ".s3"),
    "ecs-agent": (Hole(Kind.ANYTHING, "an agent's host", pattern="ecs-a[a-z0-9-]*"),),
    "ecs-telemetry": (Hole(Kind.ANYTHING, "a telemetry host", pattern="ecs-t[a-z0-9-]*"),),
}
"""What stands before the region in the names of a service, where that is not the service."""

_SUFFIX = Hole(Kind.URL_SUFFIX, "AWS::URLSuffix", pattern="|".join(map(re.escape, URL_SUFFIXES)))


class Resolver(NamedTuple):
    """What may answer for the names of a domain in a VPC.

    Attributes:
        resource: the resource.
        domain: the domain, as `domain` reads it.
        is_rule: whether it is a rule, to which there can be exceptions.
    """

    resource: Resource
    domain: str | Text
    is_rule: bool = False


class Resolvers(NamedTuple):
    """All that may answer for names in a VPC in place of public DNS.

    Attributes:
        each: what may do so.
        local: the domains that no rule for a domain around them forwards.
    """

    each: tuple[Resolver, ...]
    local: tuple[str | Text, ...]

    def of(self, names: Iterable[str | Text], private: str | Text | None = None) -> Resource | None:
        """Return what may answer for one of some names, None where nothing does.

        Args:
            names: the names.
            private: the domain that an interface endpoint answers for, against all that is less specific.
        """
        for name in names:
            for resolver in self.each:
                if holds(resolver.domain, name) is False or self._spares(resolver, name):
                    continue
                if private is None or holds(private, resolver.domain) is not False:
                    return resolver.resource
        return None

    def _spares(self, resolver: Resolver, name: str | Text) -> bool:
        """Return whether there is an exception from a rule for a name."""
        return resolver.is_rule and any(holds(resolver.domain, own) and holds(own, name) for own in self.local)


def names_of(service: str, region: str | Text, suffix: str | Text) -> tuple[str | Text, ...]:
    """Return the names of a service that are asked for.

    Args:
        service: the service.
        region: its region.
        suffix: what names in that region end with.
    """
    if service in _HOSTS:
        return (service,)
    start, end = text(*_STARTS.get(service, (service,))), _end(suffix)
    regional = text(start, ".", region, ".", end)
    return (regional, text(start, ".", end)) if service == "s3" else (regional,)


def private_domain(service: str, region: str | Text, suffix: str | Text) -> str | Text:
    """Return the domain that an interface endpoint of a service answers for, with the arguments of `names_of`."""
    if service == "ecr.dkr":
        return text("dkr.ecr.", region, ".", _end(suffix))
    return names_of(service, region, suffix)[0]


def _end(suffix: str | Text) -> str | Text:
    return suffix if isinstance(suffix, str) else Text((_SUFFIX,))


def domain(value: Value) -> str | Text:
    """Return the name of a domain as names are compared: in lower case, without the last dot."""
    if not isinstance(value, (str, Text)):
        return ANY_DOMAIN
    *pieces, last = [piece.lower() if isinstance(piece, str) else piece for piece in pieces_of(value)]
    return text(*pieces, last.removesuffix(".") if isinstance(last, str) else last)


def holds(domain: str | Text, name: str | Text) -> Truth:
    """Return whether a name is a domain's own or below it; the empty domain holds all."""
    return not domain or some((same(domain, name), matches(text("*.", domain), name, Form.LIKE)))
