"""The VPC endpoints by which all is reached that is not, made as one that the VPC has.

Sources:
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.edits import Edit, add, make, written
from ecr_ecs_constructs.cloudformation.template import Node, Object, Resource
from ecr_ecs_constructs.cloudformation.values import Text
from ecr_ecs_constructs.pull.needs.need import Destination
from ecr_ecs_constructs.pull.network.gateway_endpoint import may_pass
from ecr_ecs_constructs.pull.network.senders import Origin
from ecr_ecs_constructs.pull.network.starts import Start, start_of
from ecr_ecs_constructs.pull.network.topology.endpoints import ENDPOINT, endpoints_of, kind_of
from ecr_ecs_constructs.pull.network.topology.ids import Id
from ecr_ecs_constructs.pull.network.topology.referrers import sure_referrers
from ecr_ecs_constructs.pull.network.topology.route_tables import ASSOCIATION, table_of
from ecr_ecs_constructs.pull.network.topology.services import service_of
from ecr_ecs_constructs.pull.network.ways import Ways
from ecr_ecs_constructs.pull.placement.runners import SERVICE

_S3 = "s3"
_COPIED = ("VpcId", "VpcEndpointType", "PrivateDnsEnabled", "SubnetIds", "SecurityGroupIds")
"""The properties of an endpoint that another one has in common with it."""

_LEFT_OUT = ("ServiceName", "Tags")


def endpoints_like_others(
    world: World, ways: Ways, origin: Origin, destinations: Collection[Destination]
) -> tuple[Edit, ...]:
    """Return the edits that make the VPC endpoints by which all is reached that is not.

    Whoever has interface endpoints in a VPC has chosen these; another one, made as they are, is reached as they are.

    Args:
        world: the world.
        ways: the ways from each subnet.
        origin: what sends from there; a service is to wait for the endpoints.
        destinations: what must be reached.

    Returns:
        The edits; none where the VPC has no interface endpoint by which each of the subnets reaches something, or where
        something else is in the way.
    """
    missed = [way for way in ways.each if way.answer.truth is False]
    usual = {each.name for each in destinations if _is_usual(each)}
    subnets = dict.fromkeys(way.subnet for way in missed)
    model = _model(world, ways, subnets)
    if model is None or not all(way.service in usual for way in missed):
        return ()
    starts = [start_of(world, origin.sender, subnet) for subnet in subnets]
    found: list[Edit] = []
    for service in dict.fromkeys(way.service for way in missed):
        if any(not isinstance(start, Start) or endpoints_of(world, start.vpc, service) for start in starts):
            return ()
        own = [start for start in starts if isinstance(start, Start)]
        made = _made(world, model, service, _on_tables(world, model, own) if service == _S3 else None)
        if not made or origin.place.template is not model.template:
            return ()
        found += made
    return (*found, *_waiting(world, ways, origin, subnets, [str(edit.path[-1]) for edit in found]))


def _waiting(
    world: World, ways: Ways, origin: Origin, subnets: Collection[Id], made: Sequence[str]
) -> tuple[Edit, ...]:
    """Return the edits by which a service waits for all endpoints that its tasks need, and for their route tables."""
    runner = origin.place
    if runner.type != SERVICE:
        return ()
    known = [subnet.resource for subnet in subnets if subnet.resource is not None]
    parts = [part for subnet in known for part in sure_referrers(world, subnet, ASSOCIATION, "SubnetId")]
    parts += [way.endpoint for way in ways.each if way.endpoint is not None]
    own = [part.logical_id for part in parts if part.template is runner.template]
    return add(runner, "DependsOn", *dict.fromkeys([*own, *made]))


def _is_usual(destination: Destination) -> bool:
    """Return whether a destination is a service in the region of the VPC, by its usual name."""
    return bool(destination.served.truth) and not (destination.title or destination.region or destination.host)


def _model(world: World, ways: Ways, subnets: Collection[Id]) -> Resource | None:
    """Return an interface endpoint through which something is reached from each of some subnets, None for none."""
    served: dict[Resource, set[Id]] = {}
    for way in ways.each:
        if way.answer.truth and way.endpoint is not None:
            served.setdefault(way.endpoint, set()).add(way.subnet)
    for endpoint, reached in served.items():
        is_plain = {*_properties(endpoint)} <= {*_COPIED, *_LEFT_OUT}
        if reached.issuperset(subnets) and is_plain and kind_of(world, endpoint) == "Interface":
            return endpoint
    return None


def _properties(endpoint: Resource) -> Object:
    """Return the properties of an endpoint as they are written, to be written once more."""
    properties = written(endpoint, "Properties")
    return properties if isinstance(properties, dict) else {}


def _on_tables(world: World, model: Resource, starts: Sequence[Start]) -> Object | None:
    """Return the properties of a gateway endpoint on the route tables of some subnets, None where it would not help."""
    tables: dict[str, Node] = {}
    for start in starts:
        table, _ = table_of(world, start.subnet)
        if table is None or table.template is not model.template or not may_pass(world, start, table).truth:
            return None
        tables[table.logical_id] = {"Ref": table.logical_id}
    return {"VpcId": _properties(model)["VpcId"], "VpcEndpointType": "Gateway", "RouteTableIds": [*tables.values()]}


def _made(world: World, model: Resource, service: str, gateway: Object | None) -> tuple[Edit, ...]:
    """Return the edit that makes an endpoint of a service as another one is made.

    Args:
        world: the world.
        model: the other one, an interface endpoint.
        service: the service.
        gateway: the properties of a gateway endpoint, for the service that must have one.
    """
    named = world.value(model, "ServiceName")
    own = service_of(named).name if isinstance(named, (str, Text)) else ""
    name, times = re.subn(
        rf"(?<=[.\"]){re.escape(own)}(?=\")", service, json.dumps(written(model, "Properties.ServiceName"))
    )
    if not own or times != 1 or (service == _S3 and gateway is None):
        return ()
    copied = {key: value for key, value in _properties(model).items() if key in _COPIED}
    properties = {"ServiceName": json.loads(name), **(copied if gateway is None else gateway)}
    condition: Object = {} if model.condition is None else {"Condition": model.condition}
    body: Object = {"Type": ENDPOINT, **condition, "Properties": properties}
    return make(model, _logical_id(model.logical_id, own, service), body)


def _logical_id(model: str, own: str, service: str) -> str:
    """Return a logical ID for the endpoint of a service, after that of another one: `LogsEndpoint`."""
    old, new = (re.sub("[^A-Za-z0-9]", "", each.title()) for each in (own, service))
    renamed = re.sub(old, new, model, count=1, flags=re.IGNORECASE)
    return renamed if renamed != model else f"{model}{new}"
