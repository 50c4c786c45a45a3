"""The sides of a connection, and what the rules of security groups and network ACLs say of the other side."""

from __future__ import annotations

from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.choices import Fork, Variable
from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Value
from ecr_ecs_constructs.pull.network.topology.ids import Id
from ecr_ecs_constructs.pull.network.topology.ranges import EVERYWHERE, covers, may_be_internet
from ecr_ecs_constructs.pull.texts.pattern import Truth, some

ANYONE: Variable = ("sender",)
"""Stands for the choice of who sends, which is open where a question is asked about anyone."""


class Peer(NamedTuple):
    """A side of a connection.

    Attributes:
        own: its security groups; empty where it is in the default one of its VPC, None for anyone, whatever they are.
        subnets: where it is.
    """

    own: tuple[Id, ...] | None
    subnets: tuple[Resource, ...]

    @property
    def groups(self) -> tuple[Id, ...]:
        """Its security groups.

        Raises:
            Fork: it is anyone.
        """
        if self.own is None:
            raise Fork(ANYONE, ())
        return self.own


class Side(NamedTuple):
    """The sources or destinations that a rule of a security group or of a network ACL is about.

    Attributes:
        group: a security group.
        cidr: a range of IPv4 addresses.
        cidr6: a range of IPv6 addresses.
        opaque: whether they are known only at deployment, or are a prefix list.
        template: where the rule is written.
        prefixes: the ID of a prefix list.
    """

    group: Id | None = None
    cidr: Value = None
    cidr6: Value = None
    opaque: bool = False
    template: Template | None = None
    prefixes: Value = None


UNKNOWN_SIDE = Side(opaque=True)


def is_about(world: World, side: Side, peer: Peer) -> Truth:
    """Return whether a rule is about all that one side of a connection can be."""
    if side.group is not None:
        return some(group.is_(side.group) for group in peer.groups) if peer.groups else None
    if side.cidr is not None:
        if side.cidr == EVERYWHERE[4]:
            return True
        truths = {covers(world, side.cidr, side.template, subnet) for subnet in peer.subnets}
        return truths.pop() if len(truths) == 1 else None
    return None if side.opaque else False


def is_internet(side: Side, version: int) -> Truth:
    """Return whether a rule is about all addresses of the internet; None where it is about a part, or may be.

    Args:
        side: the other side, as the rule has it.
        version: of the internet protocol, 4 or 6.
    """
    if side.group is not None:
        return False
    cidr = side.cidr if version == 4 else side.cidr6
    if cidr is None:
        return None if side.opaque else False
    return True if cidr == EVERYWHERE[version] else may_be_internet(cidr)
