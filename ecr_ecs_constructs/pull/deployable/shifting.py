"""The services whose deployments shift traffic from old to new tasks: blue/green, linear and canary ones.

Amazon ECS changes a rule of a listener for it, between two target groups that the rule forwards to.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-blue-green.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb-resources-for-blue-green.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AdvancedConfiguration.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Site, Text, shown
from ecr_ecs_constructs.pull.deployable.refusal import Refusal
from ecr_ecs_constructs.pull.network.topology.target_groups import FORWARDERS, LISTENER, forwarding, target_groups

_CONFIGURATION = "DeploymentConfiguration"
_STEPS: Mapping[str, str] = {"BLUE_GREEN": "", "LINEAR": "LinearConfiguration", "CANARY": "CanaryConfiguration"}
"""The strategies that shift traffic, each with the key of the size of its steps; nothing where it has none."""

_ADVANCED = "AdvancedConfiguration"
_RULES = ("ProductionListenerRule", "TestListenerRule")


def refused_shift(world: World, service: Resource) -> Iterator[Refusal]:
    """Yield why Amazon ECS may make no service that shifts traffic in such a way.

    Args:
        world: the world in which it is asked.
        service: the service.
    """
    strategy = world.value(service, f"{_CONFIGURATION}.Strategy", "ROLLING")
    for other, steps in _STEPS.items():
        if steps and other != strategy and world.sites(service, f"{_CONFIGURATION}.{steps}"):
            why = f"it has {steps}, which counts for {other} alone, and its deployment strategy is {shown(strategy)}"
            yield Refusal(service, f"Properties.{_CONFIGURATION}.{steps}", why, None)
    if strategy == "ROLLING":
        return
    location = f"Properties.{_CONFIGURATION}.Strategy"
    for why in _unready(world, service, shown(strategy)):
        yield Refusal(service, location, f"its deployment strategy is {shown(strategy)}, and {why}", None)
    for site in world.sites(service, "LoadBalancers.*"):
        for why in _unfit(world, site):
            yield Refusal(service, "Properties.LoadBalancers", f"its deployments shift traffic, and {why}", None)


def _unready(world: World, service: Resource, strategy: str) -> Iterator[str]:
    """Yield what a service lacks, besides its load balancers, to shift traffic."""
    steps = _STEPS.get(strategy)
    if steps is None or world.value(service, "SchedulingStrategy", "REPLICA") != "REPLICA":
        yield "what that asks for is not known"
    elif steps and not world.sites(service, f"{_CONFIGURATION}.{steps}"):
        yield f"it has no {steps}"
    controller = world.value(service, "DeploymentController.Type", "ECS")
    if controller != "ECS":
        yield f"its deployment controller is {shown(controller)}, which is not known to take it"
    if not world.sites(service, "LoadBalancers.*"):
        yield "it has no load balancer whose traffic could be shifted"


def _unfit(world: World, site: Site) -> Iterator[str]:
    """Yield what keeps Amazon ECS from shifting the traffic of a load balancer of a service."""
    service = site.resource
    (given,) = world.sites(service, _ADVANCED, site)[:1] or (None,)
    if given is None:
        yield f"a load balancer has no {_ADVANCED}"
        return
    if world.value(service, "RoleArn", at=given) is None:
        yield f"its {_ADVANCED} has no RoleArn"
    targets = [*target_groups(world, service, "TargetGroupArn", site)]
    alternates = [*target_groups(world, service, "AlternateTargetGroupArn", given)]
    if not targets or not alternates or targets == alternates:
        yield "not two target groups of the templates are named for it"
    rules = [(key, value) for key in _RULES for value in world.values(service, key, given)]
    if not any(key == _RULES[0] for key, _ in rules):
        yield f"its {_ADVANCED} has no {_RULES[0]}"
    for key, value in rules:
        hole = value.pieces[0] if isinstance(value, Text) and len(value.pieces) == 1 else None
        rule = hole.resource if isinstance(hole, Hole) else None
        if rule is None or rule.type not in FORWARDERS:
            yield f"{key} is {shown(value)}, which is no rule of the templates"
            continue
        for target in (*targets, *alternates):
            if rule not in forwarding(world, target):
                yield f"{rule.logical_id} does not forward to {target.logical_id}"
        if rule.type == LISTENER and not _is_of_network_balancer(world, rule):
            yield f"{key} is listener {rule.logical_id}, and of a load balancer that may be no Network Load Balancer"


def _is_of_network_balancer(world: World, listener: Resource) -> bool:
    """Return whether a listener is of a Network Load Balancer, which has no rules: Amazon ECS changes it itself."""
    return world.value(listener, "Protocol") in _OF_NETWORK


_OF_NETWORK = ("TCP", "UDP", "TCP_UDP", "TLS")
"""The protocols of the listeners of Network Load Balancers.

Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
"""
