"""The way from a subnet to Amazon S3 through a gateway endpoint on its route table.

Source: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
"""

from __future__ import annotations

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.needs.need import Destination
from ecr_ecs_constructs.pull.network import acl
from ecr_ecs_constructs.pull.network.interface_endpoint import no_endpoint, unserved
from ecr_ecs_constructs.pull.network.internet import sends
from ecr_ecs_constructs.pull.network.names import answered_by
from ecr_ecs_constructs.pull.network.starts import Start
from ecr_ecs_constructs.pull.network.topology.dns import resolves
from ecr_ecs_constructs.pull.network.topology.endpoints import endpoints_of, has_ipv4, is_on, kind_of, takes_names
from ecr_ecs_constructs.pull.network.topology.route_tables import is_undivided, table_of
from ecr_ecs_constructs.pull.network.topology.security_groups import lets_out_to_s3
from ecr_ecs_constructs.pull.network.words import listed


def by_gateway(world: World, start: Start, destination: Destination) -> tuple[Answer, Resource | None]:
    """Return whether there is a way to a destination that gateway endpoints serve, and the one that it goes through.

    A route table takes but one gateway endpoint for a service. Where none surely is on it, there may be a way by the
    internet.
    """
    missing, changing = no_endpoint(start), list[Resource]()
    gateway: Resource | None = None
    perhaps: list[Resource] = []
    table, known = table_of(world, start.subnet)
    for endpoint, truth in endpoints_of(world, start.vpc, destination.service):
        kind = kind_of(world, endpoint)
        if kind == "Gateway" and truth:
            routed = is_on(world, endpoint, table, known)
            if routed and gateway is not None:
                return Answer(None, f"{listed((gateway, endpoint))} can't be on one route table"), None
            if routed:
                gateway = endpoint
                continue
            missing = f"gateway endpoint {endpoint.logical_id} is not on its route table"
            (perhaps if routed is None else changing).append(endpoint)
        elif kind == "Interface" and truth:
            missing = f"endpoint {endpoint.logical_id} is an interface, which does not serve layers"
            if takes_names(world, endpoint):
                return Answer(None, missing), None
        else:
            perhaps.append(endpoint)
    other = answered_by(world, start.vpc, destination)
    if other is not None:
        return other, None
    if gateway is not None and table is not None:
        return _through(world, start, gateway, table), gateway
    return unserved(world, start, missing, tuple(perhaps), tuple(changing)), None


def _sends(world: World, start: Start) -> Answer:
    """Return whether security groups let a sender send to Amazon S3, whose prefix list they may name.

    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html#gateway-endpoint-security
    """
    anywhere = sends(world, start)
    if anywhere.truth or not lets_out_to_s3(world, start.peer, world.pseudo(start.vpc.template, "AWS::Region")):
        return anywhere
    return Answer(True)


def _through(world: World, start: Start, endpoint: Resource, table: Resource) -> Answer:
    """Return whether there is a way through a gateway endpoint that is on the route table of a subnet."""
    protocol = has_ipv4(world, endpoint)
    if not protocol.truth:
        return protocol
    passed = may_pass(world, start, table)
    return Answer(True, f"gateway endpoint {endpoint.logical_id}") if passed.truth else passed


def may_pass(world: World, start: Start, table: Resource) -> Answer:
    """Return whether there is a way through any gateway endpoint that is on the route table of a subnet."""
    for answer in (resolves(world, start.vpc), _sends(world, start), is_undivided(world, table)):
        if not answer.truth:
            return answer
    return acl.let_out(world, start.subnet, start.sender.ports)
