"""The services whose deployments shift traffic from old to new tasks: blue/green, linear and canary ones.

Amazon ECS changes a rule of a listener for it, between two target groups that the rule forwards to.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-blue-green.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb-resources-for-blue-green.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshooting-blue-green.html (refused rules)
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AdvancedConfiguration.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentLifecycleHook.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Site, Value, shown
from ecr_ecs_constructs.pull.deployable.refusal import Refusal, made_by
from ecr_ecs_constructs.pull.network.topology.target_groups import FORWARDERS, LISTENER, forwarding, target_groups
from ecr_ecs_constructs.pull.texts.pattern import Truth

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
        for why, taken in _unfit(world, site):
            yield Refusal(service, "Properties.LoadBalancers", f"its deployments shift traffic, and {why}", taken)


_STARTED = (
    *("POST_SCALE_UP", "TEST_TRAFFIC_SHIFT", "POST_TEST_TRAFFIC_SHIFT"),
    *("PRE_PRODUCTION_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT"),
)
"""The stages of a deployment in which the new tasks run: a hook may end it there, and keeps no task from starting."""

_OF_HOOKS = {"HookTargetArn": "AWS::Lambda::Function", "RoleArn": "AWS::IAM::Role"}


def refused_hooks(world: World, service: Resource) -> Iterator[Refusal]:
    """Yield why Amazon ECS may make no service with such lifecycle hooks, or one of them may keep tasks from starting.

    Args:
        world: the world in which it is asked.
        service: the service.
    """
    strategy = world.value(service, f"{_CONFIGURATION}.Strategy", "ROLLING")
    for site in world.sites(service, f"{_CONFIGURATION}.LifecycleHooks.*"):
        if strategy not in _STEPS:
            why = f"it has a lifecycle hook, and what becomes of it in deployments of {shown(strategy)} is not judged"
            yield Refusal(service, site.location, why, None)
        stages = world.values(service, "LifecycleStages.*", site)
        early = next((each for each in stages if each not in _STARTED), None)
        if early is not None:
            why = f"it has a lifecycle hook at {shown(early)}, which may end before tasks start"
            yield Refusal(service, site.location, why, None)
        for key, type_ in _OF_HOOKS.items():
            value = world.value(service, key, at=site)
            made = made_by(value)
            if made is None or made.type != type_:
                what = "not given" if value is None else shown(value)
                yield Refusal(service, site.location, f"{key} is {what}, which is no {type_} of the templates", None)


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


class _Misfit(NamedTuple):
    """The reason for which Amazon ECS can't shift the traffic of a load balancer, or may not.

    Attributes:
        why: the reason.
        taken: False where Amazon ECS refuses it, None where that is not known.
    """

    why: str
    taken: Truth = None


def _unfit(world: World, site: Site) -> Iterator[_Misfit]:
    """Yield what keeps Amazon ECS from shifting the traffic of a load balancer of a service."""
    service = site.resource
    (given,) = world.sites(service, _ADVANCED, site)[:1] or (None,)
    if given is None:
        yield _Misfit(f"a load balancer has no {_ADVANCED}")
        return
    if world.value(service, "RoleArn", at=given) is None:
        yield _Misfit(f"its {_ADVANCED} has no RoleArn")
    targets = [*target_groups(world, service, "TargetGroupArn", site)]
    alternates = [*target_groups(world, service, "AlternateTargetGroupArn", given)]
    if not targets or not alternates or targets == alternates:
        yield _Misfit("not two target groups of the templates are named for it")
    for target, alternate in product(targets, alternates):
        yield from _unlike(world, target, alternate)
    rules = [(key, value) for key in _RULES for value in world.values(service, key, given)]
    if not any(key == _RULES[0] for key, _ in rules):
        yield _Misfit(f"its {_ADVANCED} has no {_RULES[0]}")
    for (_, one), (_, other) in combinations(rules, 2):
        if one == other:
            yield _Misfit(f"{shown(one)} is both {' and '.join(_RULES)}, which must be two", False)
    for key, value in rules:
        yield from _misruled(world, key, value, [*targets, *alternates])


def _unlike(world: World, target: Resource, alternate: Resource) -> Iterator[_Misfit]:
    """Yield what differs in two target groups, and is documented to be alike.

    Amazon ECS registers each task with the port of its container, so that their own ports count for none.
    """
    for key, usual in _ALIKE.items():
        one, other = (world.value(each, key, usual) for each in (target, alternate))
        if one != other:
            values = " and ".join(
                f"{shown(value)} of {each.logical_id}" for each, value in ((target, one), (alternate, other))
            )
            yield _Misfit(f"{key} is {values}, and that both may be used for it is not documented")


_ALIKE = {"Protocol": "HTTP", "ProtocolVersion": "HTTP1"}
"""The properties in which two target groups must be alike, with their values where they are not given."""


def _misruled(world: World, key: str, value: Value, targets: Sequence[Resource]) -> Iterator[_Misfit]:
    """Yield why Amazon ECS can't shift traffic between target groups by a rule.

    Args:
        world: the world in which it is asked.
        key: the name of the property that names the rule.
        value: the value of the property.
        targets: the target groups.
    """
    rule = made_by(value)
    if rule is None or rule.type not in FORWARDERS:
        yield _Misfit(f"{key} is {shown(value)}, which is no rule of the templates")
        return
    for target in targets:
        if rule not in forwarding(world, target):
            yield _Misfit(f"{rule.logical_id} does not forward to {target.logical_id}")
    actions = world.values(rule, f"{FORWARDERS[rule.type]}.Type")
    for action in dict.fromkeys(shown(each) for each in actions if each != _FORWARD):
        yield _Misfit(f"{rule.logical_id} has an action {action}, beside which Amazon ECS may shift no traffic")
    if rule.type == LISTENER and (protocol := world.value(rule, "Protocol")) not in _OF_NETWORK:
        is_sure = protocol in _OF_APPLICATION
        of = "of an Application Load Balancer" if is_sure else "of a load balancer that may be no Network Load Balancer"
        yield _Misfit(f"{key} is listener {rule.logical_id}, and {of}", False if is_sure else None)


_FORWARD = "forward"
_OF_APPLICATION = ("HTTP", "HTTPS")
"""The protocols of the listeners of Application Load Balancers, of which Amazon ECS takes rules alone."""

_OF_NETWORK = ("TCP", "UDP", "TCP_UDP", "TLS")
"""The protocols of the listeners of Network Load Balancers, which have no rules: Amazon ECS changes them themselves.

Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
"""
