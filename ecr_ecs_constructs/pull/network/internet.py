"""The way from a subnet to the internet: by its default route, past security groups, network ACLs and the like."""

from __future__ import annotations

from ecr_ecs_constructs.cloudformation.conditions.worlds import World, asked
from ecr_ecs_constructs.cloudformation.values import flag
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.needs.need import Destination
from ecr_ecs_constructs.pull.network import acl, public_access
from ecr_ecs_constructs.pull.network.names import answered_by
from ecr_ecs_constructs.pull.network.starts import Start
from ecr_ecs_constructs.pull.network.topology.dns import resolves
from ecr_ecs_constructs.pull.network.topology.endpoints import endpoints_of
from ecr_ecs_constructs.pull.network.topology.exits import Exit, exit_of
from ecr_ecs_constructs.pull.network.topology.makers import may_be_made
from ecr_ecs_constructs.pull.network.topology.route_tables import crosses, has_detours, to_other_network
from ecr_ecs_constructs.pull.network.topology.security_groups import lets_out
from ecr_ecs_constructs.pull.texts.pattern import Truth


@asked
def sends(world: World, start: Start) -> Answer:
    """Return whether security groups let a sender send to anywhere on port 443."""
    return Answer(True) if start.sender.is_open else lets_out(world, start.peer, None)


@asked
def to_internet(world: World, start: Start) -> Answer:
    """Return whether there is a way to the internet."""
    names = resolves(world, start.vpc)
    if names.truth is False:
        return names
    way = exit_of(world, start.subnet)
    if not way.answer.truth:
        return way.answer
    address = _address(world, start) if way.needs_address else True
    if address is None:
        return Answer(None, f"it is not known whether a public address is given to {start.sender.title}")
    if not address:
        why = f"{way.answer.why} takes no traffic of {start.sender.title} without a public address"
        return Answer(False, why)
    for answer in (sends(world, start), _passes(world, start, way), names):
        if not answer.truth:
            return answer
    return way.answer


def _address(world: World, start: Start) -> Truth:
    """Return whether a sender has a public address in a subnet."""
    if not start.sender.by_subnet:
        return start.sender.address
    return flag(world.value(start.subnet, "MapPublicIpOnLaunch", "false"))


def _passes(world: World, start: Start, way: Exit, version: int = 4) -> Answer:
    """Return whether block public access and network ACLs let requests out to the internet, and answers back."""
    passed = public_access.let_out(world, start.subnet, way)
    if passed.truth and way.through is not None and has_detours(world):
        passed = crosses(world, way.through, start.subnet)
    if not passed.truth:
        return passed
    return acl.let_out(world, start.subnet, start.sender.ports, way.through, version)


def by_ipv6(world: World, start: Start, destination: Destination) -> Answer:
    """Return whether there is a way from a subnet that has IPv6 addresses only.

    Sources:
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking.html
    """
    way, out = exit_of(world, start.subnet, 6), lets_out(world, start.peer, None, 6)
    if destination.dual_stack and way.answer.truth and out.truth and resolves(world, start.vpc).truth:
        passed = _passes(world, start, way, 6)
        other = answered_by(world, start.vpc, destination)
        if other is not None:
            return other
        return way.answer if passed.truth else Answer(None, passed.why)
    why = f"subnet {start.subnet.logical_id} has addresses of IPv6 only"
    is_sure = flag(world.value(start.subnet, "Ipv6Native")) and bool(resolves(world, start.vpc).truth)
    if not (is_sure and destination.service == "ecr.dkr" and not destination.dual_stack and destination.served.truth):
        return Answer(None, why)
    return _to_ipv4(world, start, destination, f"{why}, and the registry of IPv4")


def _to_ipv4(world: World, start: Start, destination: Destination, why: str) -> Answer:
    """Return whether anything may lead from a subnet that has IPv6 addresses only to a host that has none.

    Sources:
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html
        https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-nat64-dns64.html
    """
    for endpoint, _ in endpoints_of(world, start.vpc, destination.service):
        return Answer(None, f"{why}; {endpoint.logical_id} may lead there")
    other = answered_by(world, start.vpc, destination)
    if other is not None:
        return other
    route = to_other_network(world, start.subnet, 6)
    if route is not None:
        return Answer(None, f"{why}, but route {route.logical_id} may lead to endpoints in another network")
    return may_be_made(world, why, start.subnet)
