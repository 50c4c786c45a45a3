"""The way from a subnet through an interface endpoint.

Source: https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
"""

from __future__ import annotations

from ecr_ecs_constructs.cloudformation.conditions.worlds import World, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.needs.need import Destination
from ecr_ecs_constructs.pull.network import acl
from ecr_ecs_constructs.pull.network.internet import sends, to_internet
from ecr_ecs_constructs.pull.network.names import answered_by
from ecr_ecs_constructs.pull.network.starts import Start
from ecr_ecs_constructs.pull.network.topology.endpoints import (
    POLICY,
    endpoints_of,
    has_private_names,
    is_foreign,
    is_ready,
    kind_of,
    peer_of,
)
from ecr_ecs_constructs.pull.network.topology.makers import may_be_made
from ecr_ecs_constructs.pull.network.topology.route_tables import crosses, has_detours, to_other_network
from ecr_ecs_constructs.pull.network.topology.security_groups import admits, lets_out
from ecr_ecs_constructs.pull.network.words import listed


def by_interface(world: World, start: Start, destination: Destination) -> tuple[Answer, Resource | None]:
    """Return whether there is a way to a destination that interface endpoints serve, and the one that it goes through.

    Where no endpoint surely serves, there may be a way by the internet.
    """
    missing, changing = no_endpoint(start), list[Resource]()
    serving: list[Resource] = []
    perhaps: list[Resource] = []
    for endpoint, truth in endpoints_of(world, start.vpc, destination.service):
        kind, named = kind_of(world, endpoint), has_private_names(world, endpoint)
        sure = truth and kind == "Interface"
        if sure and named:
            serving.append(endpoint)
        elif sure and named is False:
            missing = f"private DNS of endpoint {endpoint.logical_id} is off"
            changing.append(endpoint)
        elif truth and kind in ("Gateway", "GatewayLoadBalancer"):
            missing = f"endpoint {endpoint.logical_id} is of type {kind}"
        else:
            perhaps.append(endpoint)
    other = answered_by(world, start.vpc, destination, privately=bool(serving))
    if other is not None:
        return other, serving[0] if serving else None
    if len(serving) > 1:
        return Answer(None, f"{listed(serving)} can't have the same private DNS names in one VPC"), None
    if serving:
        return _through(world, start, serving[0]), serving[0]
    return unserved(world, start, missing, tuple(perhaps), tuple(changing)), None


def no_endpoint(start: Start) -> str:
    """Return in words that no endpoint is there."""
    return f"VPC {start.vpc.logical_id} has no such endpoint"


def may_lead(start: Start, endpoint: Resource) -> Answer:
    """Return the answer for an endpoint that may lead to a destination."""
    return Answer(None, f"{endpoint.logical_id} may lead there from VPC {start.vpc.logical_id}")


@asked
def unserved(
    world: World, start: Start, missing: str, perhaps: tuple[Resource, ...], changing: tuple[Resource, ...] = ()
) -> Answer:
    """Return whether there is a way to a destination that no endpoint surely serves.

    Args:
        world: the world in which the networks are read.
        start: where the way starts.
        missing: which endpoint is missing, or what is missing of it.
        perhaps: the endpoints that may lead there.
        changing: those that lead there once they are changed.
    """
    internet = to_internet(world, start)
    for endpoint in perhaps:
        is_free = kind_of(world, endpoint) == "Interface" and not world.values(endpoint, POLICY)
        if not (internet.truth and is_free and _through(world, start, endpoint).truth):
            if is_foreign(world, endpoint):
                return Answer(None, f"{endpoint.logical_id} may be for another region")
            return may_lead(start, endpoint)
    if internet.truth:
        return internet
    why = f"{missing}, and {internet.why}"
    return missing_way(world, start, why, *changing) if internet.truth is False else Answer(None, why)


def missing_way(world: World, start: Start, why: str, *changing: Resource) -> Answer:
    """Return the answer for a way that is missing: there is none, unless another network, or something else, has one.

    Args:
        world: the world in which the networks are read.
        start: where the way starts.
        why: what is missing.
        changing: the endpoints that lead there once they are changed.
    """
    route = to_other_network(world, start.subnet)
    if route is not None:
        return Answer(None, f"{why}, but route {route.logical_id} may lead to endpoints in another network")
    return may_be_made(world, why, start.subnet, *changing)


def _through(world: World, start: Start, endpoint: Resource) -> Answer:
    """Return whether there is a way through an interface endpoint that names lead to."""
    ready = is_ready(world, endpoint, start.vpc)
    if not ready.truth:
        return ready
    passed = admits(world, endpoint, start.peer)
    if not passed.truth:
        return passed
    passed = sends(world, start)
    if not passed.truth:
        passed = lets_out(world, start.peer, peer_of(world, endpoint))
    if passed.truth and has_detours(world):
        passed = _crosses(world, start.subnet, endpoint)
    if passed.truth:
        passed = acl.let_to_endpoint(world, start.subnet, endpoint, start.sender.ports)
    return ready if passed.truth else passed


def _crosses(world: World, subnet: Resource, endpoint: Resource) -> Answer:
    """Return whether what goes from a subnet to an endpoint, and its answers, take the local route of the VPC."""
    for other in peer_of(world, endpoint).subnets:
        for one, another in ((subnet, other), (other, subnet)) if other is not subnet else ():
            answer = crosses(world, one, another)
            if not answer.truth:
                return answer
    return Answer(True)
