"""The starts of journeys: a sender of requests in one subnet."""

from __future__ import annotations

import re
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.choices import Fork
from ecr_ecs_constructs.cloudformation.conditions.worlds import World, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.network import acl
from ecr_ecs_constructs.pull.network.acl import Ports
from ecr_ecs_constructs.pull.network.elsewhere import changed, owned
from ecr_ecs_constructs.pull.network.topology.ids import Id
from ecr_ecs_constructs.pull.network.topology.security_groups import lets_out
from ecr_ecs_constructs.pull.network.topology.sides import ANYONE, Peer
from ecr_ecs_constructs.pull.network.topology.vpcs import SUBNET, vpc_of
from ecr_ecs_constructs.pull.texts.pattern import Truth
from ecr_ecs_constructs.pull.vouching import vouched

_AVAILABILITY_ZONE = re.compile("[a-z]+(-[a-z]+)+-[0-9]+[a-z]")
"""Those of a region: the names of Local and Wavelength Zones go on."""


class Identity(NamedTuple):
    """Certain tasks or instances.

    Attributes:
        title: what they are called.
        groups: their security groups.
    """

    title: str
    groups: tuple[Id, ...]


class Sender(NamedTuple):
    """All that decides where tasks or instances may send, whatever subnet they are in.

    Attributes:
        identity: what they are called, and their security groups; None for anyone.
        address: whether they have a public address.
        by_subnet: whether their subnets decide on that.
        is_open: whether they may send to anywhere, whatever their security groups are.
        ports: the ports that they send from; told apart only where there are network ACLs.
        on_fargate: whether they are tasks on Fargate.
    """

    identity: Identity | None
    address: Truth
    by_subnet: bool = False
    is_open: bool = False
    ports: Ports = acl.LINUX
    on_fargate: bool = False

    @property
    def title(self) -> str:
        """Their title; it forks for anyone."""
        return _known(self.identity).title

    @property
    def groups(self) -> tuple[Id, ...]:
        """Their security groups; they fork for anyone."""
        return _known(self.identity).groups

    @property
    def anyone(self) -> Sender:
        """Anyone who sends as they do, with security groups that let everything out."""
        return self._replace(identity=None, is_open=True)


def _known(identity: Identity | None) -> Identity:
    if identity is None:
        raise Fork(ANYONE, ())
    return identity


class Start(NamedTuple):
    """A sender in one subnet, where journeys start.

    Attributes:
        sender: what sends.
        id: the ID of the subnet.
        subnet: the subnet.
        vpc: its VPC.
        doubt: why it is not known whether anything sends from there; empty where it does.
    """

    sender: Sender
    id: Id
    subnet: Resource
    vpc: Resource
    doubt: str = ""

    @property
    def peer(self) -> Peer:
        """It as one side of a connection."""
        return Peer(None if self.sender.identity is None else self.sender.groups, (self.subnet,))

    def judged(self, answer: Answer) -> Answer:
        """Return an answer about a journey as it counts: not known where it leads to its end, and may not begin."""
        return Answer(None, self.doubt) if answer.truth and self.doubt else answer


class Elsewhere(NamedTuple):
    """Where journeys start in a subnet that is not in the templates, and is vouched for.

    Attributes:
        groups: the security groups of what sends.
        id: the ID of the subnet.
        answer: the reason that is given.
    """

    groups: tuple[Id, ...]
    id: Id
    answer: Answer


@asked
def start_of(world: World, sender: Sender, subnet: Id) -> Start | Elsewhere | Answer:
    """Return where the journeys of a sender from a subnet start, or the answer to all that can't be followed."""
    resource = subnet.of(SUBNET)
    if resource is None:
        return _elsewhere(world, sender, subnet)
    vpc, name = vpc_of(world, resource)
    if vpc is None:
        return Answer(None, f"its VPC {name} is not in the templates")
    zone = _zone_without_fargate(world, resource) if sender.on_fargate else None
    doubt = f"whether Fargate runs {zone} is not known" if zone is not None else ""
    return Start(sender, subnet, resource, vpc, doubt)


def _elsewhere(world: World, sender: Sender, subnet: Id) -> Elsewhere | Answer:
    """Return where journeys from a subnet that is not in the templates start, where that is vouched for.

    What is vouched for is the subnet, neither the security groups of what sends there nor what the templates add to it.
    """
    answer = vouched(world, "subnet", subnet)
    if answer is None:
        return Answer(None, "it is not in the templates")
    out = lets_out(world, Peer(sender.groups, ()), None)
    doubt = "" if out.truth else out.why
    doubt = doubt or owned(world, sender.groups) or changed(world, subnet)
    return Answer(None, f"{answer.why}, and {doubt}") if doubt else Elsewhere(sender.groups, subnet, answer)


def _zone_without_fargate(world: World, subnet: Resource) -> str | None:
    """Return where a subnet is, in words, where it is not known whether Fargate runs there.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-regions-zones.html
    """
    if world.values(subnet, "OutpostArn"):
        return "on an Outpost"
    zone = world.value(subnet, "AvailabilityZone")
    return f"in {zone}" if isinstance(zone, str) and not _AVAILABILITY_ZONE.fullmatch(zone) else None
