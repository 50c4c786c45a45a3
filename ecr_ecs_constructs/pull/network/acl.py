"""Network ACLs: which traffic their numbered rules let into subnets and out of them.

They keep no state, so the answers of a connection must pass as the requests do. They filter what enters and leaves a
subnet, neither what stays in it nor names asked of the Amazon DNS server.

Sources:
    https://docs.aws.amazon.com/vpc/latest/userguide/nacl-basics.html
    https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
    https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html
    https://docs.aws.amazon.com/vpc/latest/userguide/nacl-ephemeral-ports.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-networkaclentry.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import World, asked
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Value, flag
from ecr_ecs_constructs.pull.answer import Answer, all_of
from ecr_ecs_constructs.pull.network.topology.endpoints import peer_of
from ecr_ecs_constructs.pull.network.topology.ids import Id, first_id
from ecr_ecs_constructs.pull.network.topology.makers import may_be_changed
from ecr_ecs_constructs.pull.network.topology.ranges import EVERYWHERE
from ecr_ecs_constructs.pull.network.topology.referrers import referrers
from ecr_ecs_constructs.pull.network.topology.sides import UNKNOWN_SIDE, Peer, Side, is_about, is_internet
from ecr_ecs_constructs.pull.network.topology.vpcs import VPC, vpc_of
from ecr_ecs_constructs.pull.network.words import passes
from ecr_ecs_constructs.pull.texts.pattern import Truth, every, negate

_ACL, _ENTRY = "AWS::EC2::NetworkAcl", "AWS::EC2::NetworkAclEntry"
_ASSOCIATION = "AWS::EC2::SubnetNetworkAclAssociation"

Ports = tuple[int, int]
"""The first and the last of some ports of TCP."""

LINUX: Ports = (32768, 61000)
WINDOWS: Ports = (49152, 65535)
ANY_SYSTEM: Ports = (LINUX[0], WINDOWS[1])
"""The ports from which clients of either system send, and to which they get answers."""

HTTPS: Ports = (443, 443)
_NAT: Ports = (1024, 65535)
_ALL: Ports = (0, 65535)

_ACTIONS: Mapping[str, bool] = {"allow": True, "deny": False}


class _Entry(NamedTuple):
    """A rule of a network ACL that is, or may be, about TCP.

    Attributes:
        number: its place in the order, None where that is not known.
        is_egress: whether it is about what leaves the subnets.
        allows: whether it lets pass what it is about.
        ports: the ports that it is about, None where they are not known.
        side: the addresses on the other side.
        is_sure: whether it is of this network ACL, and about TCP.
    """

    number: int | None
    is_egress: Truth
    allows: Truth
    ports: Ports | None
    side: Side
    is_sure: Truth

    def covers(self, port: int) -> Truth:
        """Return whether it is about a port."""
        return None if self.ports is None else self.ports[0] <= port <= self.ports[1]


class _Acl(NamedTuple):
    """A network ACL that a subnet has, or may have.

    Attributes:
        title: what it is called.
        resource: the network ACL, its VPC for a default one; None where it is not in the templates.
        entries: its rules in the order in which they count, first those whose place is not known.
    """

    title: str
    resource: Resource | None
    entries: tuple[_Entry, ...]


class _Passage(NamedTuple):
    """The traffic that a network ACL must let pass.

    Attributes:
        subnet: the subnet that has it.
        is_egress: whether it leaves the subnet.
        ports: to which ports.
        other: the subnet on the other side, None for the internet.
        version: of the internet protocol, 4 or 6.
    """

    subnet: Resource
    is_egress: bool
    ports: Ports
    other: Resource | None = None
    version: int = 4

    def __str__(self) -> str:
        """Return from where, or whither."""
        other = "the internet" if self.other is None else self.other.logical_id
        return f"out to {other}" if self.is_egress else f"in from {other}"


def has_acls(world: World) -> bool:
    """Return whether any template says anything of network ACLs; where none does, they let everything pass."""
    return bool(world.root.all(_ASSOCIATION, _ENTRY))


def let_out(world: World, subnet: Resource, ports: Ports, nat: Resource | None = None, version: int = 4) -> Answer:
    """Return whether requests on port 443 pass from a subnet to the internet, and their answers back.

    Args:
        world: the world in which network ACLs are read.
        subnet: where they come from.
        ports: those that the one who asks sends from.
        nat: the subnet of the NAT gateway that they go through.
        version: of the internet protocol, 4 or 6.
    """
    if not has_acls(world):
        return Answer(True)
    return all_of(_passes(world, passage) for passage in _to_internet(subnet, ports, nat, version))


def let_to_endpoint(world: World, subnet: Resource, endpoint: Resource, ports: Ports) -> Answer:
    """Return whether requests on port 443 pass from a subnet to an interface endpoint, and their answers back.

    Args:
        world: the world in which network ACLs are read.
        subnet: where they come from.
        endpoint: the endpoint, whose name can be answered with its address in any of its subnets.
        ports: those that the one who asks sends from.
    """
    if not has_acls(world):
        return Answer(True)
    answers = [let_to(world, subnet, other, ports) for other in peer_of(world, endpoint).subnets]
    worst = all_of(answers)
    if worst.truth is False and any(answer.truth is not False for answer in answers):
        return Answer(None, f"not every address of endpoint {endpoint.logical_id} is reached: {worst.why}")
    return worst


def let_to(world: World, subnet: Resource, other: Resource, ports: Ports, served: Ports = HTTPS) -> Answer:
    """Return whether requests pass from a subnet to another one, and their answers back.

    Args:
        world: the world in which network ACLs are read.
        subnet: where they come from.
        other: where they go to.
        ports: those that the one who asks sends from.
        served: those that are asked.
    """
    if not has_acls(world):
        return Answer(True)
    return all_of(_passes(world, passage) for passage in _between(subnet, other, ports, served))


@asked
def _passes(world: World, passage: _Passage) -> Answer:
    """Return whether whatever network ACL a subnet has lets something pass."""
    acls = _acls_of(world, passage.subnet)
    answers = [_let(world, acl, passage) for acl in acls]
    if any(answer.truth is not answers[0].truth for answer in answers):
        titles = " or ".join(acl.title for acl in acls)
        return Answer(None, f"it is not known which network ACL subnet {passage.subnet.logical_id} has: {titles}")
    return answers[0]


def _let(world: World, acl: _Acl, passage: _Passage) -> Answer:
    """Return whether a network ACL lets something pass."""
    if acl.resource is None:
        return Answer(None, f"{acl.title} is not in the templates")
    entries = [(entry, _is_about(world, entry, passage)) for entry in acl.entries]
    matching = [(entry, truth) for entry, truth in entries if truth is not False]
    truths = {_allowed(matching, port) for port in _starts(matching, passage.ports)}
    first, last = passage.ports
    traffic = f"TCP {first}" if first == last else f"TCP {first}-{last}"
    found = passes(truths.pop() if len(truths) == 1 else None, acl.title, str(passage), traffic)
    return may_be_changed(world, found, acl.resource, passage.subnet)


def _is_about(world: World, entry: _Entry, passage: _Passage) -> Truth:
    """Return whether an entry is about all the addresses of the other side, whatever ports it is about."""
    other = passage.other
    about = (
        is_internet(entry.side, passage.version) if other is None else is_about(world, entry.side, Peer((), (other,)))
    )
    return every((entry.is_sure, entry.is_egress if passage.is_egress else negate(entry.is_egress), about))


# the network ACLs of subnets, as the templates say


@asked
def _acls_of(world: World, subnet: Resource) -> tuple[_Acl, ...]:
    """Return each network ACL that a subnet may have: one where that is known."""
    associations = referrers(world, subnet, _ASSOCIATION, "SubnetId")
    found = [_named(world, first_id(world, association, "NetworkAclId")) for association, _ in associations]
    if not any(truth for _, truth in associations):
        vpc, name = vpc_of(world, subnet)
        found.append(_Acl(_of_vpc(name), None, ()) if vpc is None else _default(world, vpc))
    return tuple(found)


def _named(world: World, name: Id | None) -> _Acl:
    vpc = None if name is None else name.of(VPC)  # the ID of its default network ACL
    acl = None if name is None else name.of(_ACL)
    if vpc is not None:
        return _default(world, vpc)
    return _Acl(f"network ACL {name}", acl, () if acl is None else _custom(world, acl))


@asked
def _default(world: World, vpc: Resource) -> _Acl:
    """Return the default network ACL of a VPC, which lets everything pass but for what templates add to it."""
    added = tuple(_entries(world, vpc))
    # The rules of the internet protocol 6 are not made where others are added before the VPC gets addresses of it.
    rules = ((100, Side(cidr=EVERYWHERE[4]), True), (101, Side(cidr6=EVERYWHERE[6]), None if added else True))
    own = [
        _Entry(number, is_egress, True, _ALL, side, is_sure)
        for is_egress in (True, False)
        for number, side, is_sure in rules
    ]
    return _Acl(_of_vpc(vpc.logical_id), vpc, _ordered((*own, *added)))


@asked
def _custom(world: World, acl: Resource) -> tuple[_Entry, ...]:
    return _ordered(tuple(_entries(world, acl)))


def _entries(world: World, acl: Resource) -> Iterator[_Entry]:
    """Yield the rules that the templates put into a network ACL; the default one is given by its VPC."""
    for resource, truth in referrers(world, acl, _ENTRY, "NetworkAclId"):
        for value in world.values(resource, ""):
            entry = _read(value, truth, resource.template)
            if entry is not None:
                yield entry


def _of_vpc(name: str) -> str:
    return f"the default network ACL of VPC {name}"


# the traffic that must pass


def _to_internet(subnet: Resource, ports: Ports, nat: Resource | None, version: int) -> Iterator[_Passage]:
    """Yield what goes from a subnet to the internet, perhaps through that of a NAT gateway, and back."""
    yield _Passage(subnet, True, HTTPS, version=version)
    if nat is not None:
        yield _Passage(nat, False, HTTPS, subnet)
        yield _Passage(nat, True, HTTPS)
        yield _Passage(nat, False, _NAT)
        yield _Passage(nat, True, ports, subnet)
    yield _Passage(subnet, False, ports, version=version)


def _between(client: Resource, server: Resource, ports: Ports, served: Ports) -> Iterator[_Passage]:
    """Yield what goes from a subnet to another one and back; nothing for one subnet, which no network ACL divides."""
    if client is server:
        return
    yield _Passage(client, True, served, server)
    yield _Passage(server, False, served, client)
    yield _Passage(server, True, ports, client)
    yield _Passage(client, False, ports, server)


# the rules in their order


def _starts(matching: Sequence[tuple[_Entry, Truth]], ports: Ports) -> set[int]:
    """Return the first port of each range in which the same rules count."""
    first, last = ports
    edges = (edge for entry, _ in matching if entry.ports for edge in (entry.ports[0], entry.ports[1] + 1))
    return {first, *(edge for edge in edges if first < edge <= last)}


def _allowed(matching: Iterable[tuple[_Entry, Truth]], port: int) -> Truth:
    """Return whether all that goes to one port passes, or nothing of it; None for a part, and where it is not known.

    Args:
        matching: the rules in their order, and whether each is about all the addresses.
        port: the port.
    """
    before: set[Truth] = set()  # what the rules do that come first for some of it, or may do so
    for entry, truth in matching:
        match = every((truth, entry.covers(port)))
        if match and entry.number is not None:
            return entry.allows if before <= {entry.allows} else None
        if match is not False:
            before.add(entry.allows)
    return False if before <= {False} else None


def _ordered(entries: Sequence[_Entry]) -> tuple[_Entry, ...]:
    """Return rules in the order in which they count, first those whose place is not known."""
    # No two rules of one direction can have one number: which of them is there is decided elsewhere.
    count = Counter((entry.number, entry.is_egress) for entry in entries if entry.is_sure)
    placed = [e if count[e.number, e.is_egress] < 2 else e._replace(number=None) for e in entries]
    return tuple(sorted(placed, key=lambda entry: -1 if entry.number is None else entry.number))


def _read(value: Value, is_sure: Truth, template: Template) -> _Entry | None:
    """Return a rule as a template has it, None for one that is about another protocol than TCP."""
    if not isinstance(value, dict):
        return _Entry(None, None, None, None, UNKNOWN_SIDE, None)
    protocol = _number(value.get("Protocol"))
    if protocol not in (None, -1, 6):
        return None
    cidr, cidr6 = value.get("CidrBlock"), value.get("Ipv6CidrBlock")
    return _Entry(
        _number(value.get("RuleNumber")),
        flag(value.get("Egress", "false")),
        _ACTIONS.get(str(value.get("RuleAction"))),
        _ALL if protocol == -1 else _ports(value.get("PortRange")),
        Side(None, cidr, cidr6, not (cidr or cidr6), template),
        None if protocol is None else is_sure,
    )


def _ports(value: Value) -> Ports | None:
    if not isinstance(value, dict):
        return None
    first, last = _number(value.get("From")), _number(value.get("To"))
    return None if first is None or last is None or not 0 <= first <= last else (first, last)


def _number(value: Value) -> int | None:
    try:
        return int(value) if isinstance(value, str) else None
    except ValueError:
        return None
