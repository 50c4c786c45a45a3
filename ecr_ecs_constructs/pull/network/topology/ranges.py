"""Ranges of IP addresses, in CIDR notation: which of them hold a subnet, and which may be of the internet.

Sources:
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from ecr_ecs_constructs.cloudformation.conditions.worlds import World, asked
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Hole, Text, Value
from ecr_ecs_constructs.pull.network.topology.referrers import referrers
from ecr_ecs_constructs.pull.network.topology.vpcs import vpc_of
from ecr_ecs_constructs.pull.texts.pattern import Truth, same

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

EVERYWHERE = {4: "0.0.0.0/0", 6: "::/0"}
"""The range of all addresses, by the version of the internet protocol."""

_VPC_CIDR = "AWS::EC2::VPCCidrBlock"

_WIDEST = 16
"""The shortest prefix that a VPC can have.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
"""

_PRIVATE = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "fc00::/7",
    "fe80::/10",
)
"""The ranges of addresses that are not of the internet: private, shared by providers, of one link.

Sources:
    https://www.iana.org/assignments/iana-ipv4-special-registry
    https://www.iana.org/assignments/iana-ipv6-special-registry
"""


def covers(world: World, cidr: Value, template: Template | None, subnet: Resource) -> Truth:
    """Return whether a range holds all addresses of a subnet.

    Args:
        world: the world in which subnets and VPCs are read.
        cidr: the range.
        template: where the range is written.
        subnet: the subnet.
    """
    if cidr == EVERYWHERE[4]:
        return True
    # What is no text is no range, as an empty one.
    return _covers(world, cidr if isinstance(cidr, (str, Text)) else "", template, subnet)


@asked
def _covers(world: World, cidr: str | Text, template: Template | None, subnet: Resource) -> Truth:
    vpc = vpc_of(world, subnet)[0]
    own = world.value(subnet, "CidrBlock")
    known: Value = cidr
    if isinstance(cidr, Text) and _is_range_of(cidr, template, subnet, own):
        return True
    if vpc is not None:
        whole = world.value(vpc, "CidrBlock")
        if isinstance(cidr, Text) and _is_range_of(cidr, template, vpc, whole):
            known = whole
            if not _has_second(world, vpc):
                return True
        if _ipv4(own) is None and not _has_second(world, vpc):
            own = whole
    range_, part = _ipv4(known), _ipv4(own)
    if range_ is None or part is None:
        return None
    if part.subnet_of(range_):
        return True
    return None if part.overlaps(range_) else False


@asked
def _has_second(world: World, vpc: Resource) -> bool:
    """Return whether a VPC has more than one range of IPv4 addresses, or may have more."""
    added = (each for each, _ in referrers(world, vpc, _VPC_CIDR, "VpcId"))
    return any(world.values(each, key) for each in added for key in ("CidrBlock", "Ipv4IpamPoolId"))


def _is_range_of(cidr: Text, template: Template | None, resource: Resource, own: Value) -> bool:
    """Return whether a value is the range of a subnet, or the primary one of a VPC.

    Args:
        cidr: the value.
        template: where it is written.
        resource: the subnet or the VPC.
        own: its range.
    """
    hole = cidr.pieces[0] if len(cidr.pieces) == 1 else None
    if isinstance(hole, Hole) and hole.resource is resource and hole.attribute == "CidrBlock":
        return True
    return isinstance(own, Text) and same(cidr, own, local=template is resource.template) is True


def is_wide(world: World, destination: Value, vpc: Resource | None) -> bool:
    """Return whether the local route of a VPC is surely as specific as a route to a range."""
    range_ = _ipv4(destination)
    if range_ is None:
        return False
    known = vpc is not None and not _has_second(world, vpc)
    whole = _ipv4(world.value(vpc, "CidrBlock")) if vpc is not None and known else None
    return range_.prefixlen <= (_WIDEST if whole is None else whole.prefixlen)


def is_inside(world: World, destination: Value, vpc: Resource | None) -> bool:
    """Return whether a range is surely a part of the primary one of a VPC."""
    range_ = _ipv4(destination)
    whole = None if vpc is None else _ipv4(world.value(vpc, "CidrBlock"))
    return range_ is not None and whole is not None and range_.subnet_of(whole)


def is_small(world: World, subnet: Resource) -> bool:
    """Return whether a subnet has fewer addresses than AWS asks for below an Application Load Balancer: a /27.

    Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
    """
    range_ = _ipv4(world.value(subnet, "CidrBlock"))
    return range_ is not None and range_.prefixlen > _LEAST_BALANCED


_LEAST_BALANCED = 27


def joined(cidrs: Sequence[str]) -> tuple[str, ...]:
    """Return the ranges that several ranges make together and that are none of them: all of two halves."""
    networks = [network for network in map(_read, cidrs) if network is not None]
    if len(networks) < 2:
        return ()
    from ipaddress import IPv4Network, IPv6Network, collapse_addresses  # noqa: PLC0415 - most need no arithmetic

    fours = collapse_addresses(each for each in networks if isinstance(each, IPv4Network))
    sixes = collapse_addresses(each for each in networks if isinstance(each, IPv6Network))
    return tuple(str(each) for each in (*fours, *sixes) if each not in networks)


def may_be_internet(cidr: Value) -> Truth:
    """Return False for a range of private addresses, None for any other."""
    network = _read(cidr) if isinstance(cidr, str) else None
    if network is None:
        return None
    first, last = int(network.network_address), int(network.broadcast_address)
    for private in map(_read, _PRIVATE):
        # `is_private` of older Pythons looks at both ends of a range alone.
        if private is None or private.version != network.version:
            continue
        if int(private.network_address) <= first and last <= int(private.broadcast_address):
            return False
    return None


def _ipv4(value: Value) -> IPv4Network | None:
    """Return a literal range of IPv4 addresses."""
    network = _read(value) if isinstance(value, str) else None
    return network if network is not None and network.version == 4 else None


@lru_cache(maxsize=1024)
def _read(value: str) -> IPv4Network | IPv6Network | None:
    from ipaddress import ip_network  # noqa: PLC0415 - most networks need no arithmetic

    try:
        return ip_network(value, strict=False)
    except ValueError:
        return None
