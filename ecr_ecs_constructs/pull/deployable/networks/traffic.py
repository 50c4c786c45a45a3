"""Rules of security groups and network ACLs that Amazon EC2 refuses to make: those of ports that there are not.

Sources:
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-ec2-securitygroup-ingress.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Site, Value
from ecr_ecs_constructs.pull.deployable.refusal import Refusal

_NAMES: Mapping[str, str] = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
"""The names of the protocols of which rules are about a part, by their numbers."""

_LAST_PROTOCOL, _LAST_PORT, _LAST_TYPE = 255, 65535, 255
_ALL = "-1"


def refused_group(world: World, group: Resource) -> Iterator[Refusal]:
    """Yield why Amazon EC2 makes no rule that stands in a security group.

    Args:
        world: the world in which it is asked.
        group: the `AWS::EC2::SecurityGroup`.
    """
    for direction in ("SecurityGroupIngress", "SecurityGroupEgress"):
        for site in world.sites(group, f"{direction}.*"):
            yield from _of_group(world, group, site)


def refused_rule(world: World, rule: Resource) -> Iterator[Refusal]:
    """Yield why Amazon EC2 makes no such rule of a security group.

    Args:
        world: the world in which it is asked.
        rule: the `AWS::EC2::SecurityGroupIngress` or `AWS::EC2::SecurityGroupEgress`.
    """
    return _of_group(world, rule, None)


def refused_entry(world: World, entry: Resource) -> Iterator[Refusal]:
    """Yield why Amazon EC2 makes no such rule of a network ACL.

    Args:
        world: the world in which it is asked.
        entry: the `AWS::EC2::NetworkAclEntry`.
    """
    protocol = world.value(entry, "Protocol")
    ports = (world.value(entry, f"PortRange.{key}") for key in ("From", "To"))
    if isinstance(protocol, str) and _NAMES.get(protocol) in ("tcp", "udp"):
        why = _ports(_NAMES[protocol], *ports)
        if why:
            yield Refusal(entry, "Properties.PortRange", f"{entry.logical_id} {why}")


def _of_group(world: World, resource: Resource, site: Site | None) -> Iterator[Refusal]:
    protocol, *ports = (world.value(resource, key, at=site) for key in ("IpProtocol", "FromPort", "ToPort"))
    if not isinstance(protocol, str):
        return
    name = _NAMES.get(protocol, protocol.lower())
    location = "Properties" if site is None else site.location
    title = f"a rule of {resource.logical_id}"
    if name in _NAMES.values():
        why = _types(name, *ports) if name.startswith("icmp") else _ports(name, *ports)
        if why:
            yield Refusal(resource, location, f"{title} {why}")
    elif name != _ALL and not (name.isdecimal() and int(name) <= _LAST_PROTOCOL):
        yield Refusal(resource, location, f"{title} is of protocol {protocol}, which is none that is known", None)


def _ports(name: str, first: Value, last: Value) -> str:
    """Return what is wrong with the ports of a rule of TCP or UDP, nothing where nothing is."""
    if first is None or last is None:
        return f"is of protocol {name} without a range of ports"
    one, other = _number(first), _number(last)
    if one is None or other is None or first == last == _ALL:
        return ""
    return "" if 0 <= one <= other <= _LAST_PORT else f"is of protocol {name} and of ports {first} to {last}"


def _types(name: str, first: Value, last: Value) -> str:
    """Return what is wrong with the type and the code of ICMP that a rule is about, nothing where nothing is."""
    if first is None and last is None and name == "icmpv6":
        return ""
    if first is None or last is None:
        return f"is of protocol {name} without type and code"
    one, other = _number(first), _number(last)
    if one is None or other is None:
        return ""
    is_right = -1 <= one <= _LAST_TYPE and -1 <= other <= _LAST_TYPE and (one >= 0 or other == -1)
    return "" if is_right else f"is of protocol {name}, of type {first} and code {last}"


def _number(value: Value) -> int | None:
    try:
        return int(value) if isinstance(value, str) else None
    except ValueError:
        return None
