"""The journey from one subnet to one destination: by the internet, by VPC endpoints, or by IPv6.

Each answer says whether there is a way, and its words fit behind "no way to ecr.dkr from Subnet: ". Policies of VPC
endpoints are left out.
"""

from __future__ import annotations

from ecr_ecs_constructs.cloudformation.conditions.worlds import World, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import flag
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.needs.need import Destination
from ecr_ecs_constructs.pull.network.gateway_endpoint import by_gateway
from ecr_ecs_constructs.pull.network.interface_endpoint import by_interface, may_lead, missing_way
from ecr_ecs_constructs.pull.network.internet import by_ipv6, to_internet
from ecr_ecs_constructs.pull.network.names import answered_by
from ecr_ecs_constructs.pull.network.starts import Start
from ecr_ecs_constructs.pull.network.topology.endpoints import endpoints_of, is_foreign


@asked
def journey(world: World, start: Start, destination: Destination) -> tuple[Answer, Resource | None]:
    """Return whether there is a way from a subnet to a destination, and the VPC endpoint that it goes through."""
    if flag(world.value(start.subnet, "Ipv6Native", "false")) is not False:
        return by_ipv6(world, start, destination), None
    return _by_endpoint(world, start, destination) if destination.served.truth else _around(world, start, destination)


def _by_endpoint(world: World, start: Start, destination: Destination) -> tuple[Answer, Resource | None]:
    """Return whether there is a way where VPC endpoints lead."""
    by = by_gateway if destination.service == "s3" else by_interface
    return by(world, start, destination)


def _around(world: World, start: Start, destination: Destination) -> tuple[Answer, Resource | None]:
    """Return whether there is a way where VPC endpoints do not lead, or may not."""
    internet = to_internet(world, start)
    if internet.truth and destination.served.truth is False:
        other = answered_by(world, start.vpc, destination)
        return internet if other is None else other, None
    if internet.truth:  # it leads there, and so must an endpoint to which names may lead
        answer, endpoint = _by_endpoint(world, start, destination)
        return answer if answer.truth else Answer(None, f"{destination.served.why}, and {answer.why}"), endpoint
    for endpoint, _ in endpoints_of(world, start.vpc, destination.service):
        if is_foreign(world, endpoint):
            return may_lead(start, endpoint), None
    why = f"{destination.served.why}, and {internet.why}"
    if destination.served.truth is not False or internet.truth is not False:
        return Answer(None, why), None
    return missing_way(world, start, why), None
