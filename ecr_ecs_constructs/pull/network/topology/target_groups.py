"""The target groups of load balancers, and the listeners that forward to them.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-listener.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-listenerrule.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-targetgroup.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Site, Text

TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
FORWARDERS: Mapping[str, str] = {
    LISTENER: "DefaultActions.*",
    "AWS::ElasticLoadBalancingV2::ListenerRule": "Actions.*",
}
"""Where listeners and their rules have what they do with a request, by type."""

_OF_ACTION = ("TargetGroupArn", "ForwardConfig.TargetGroups.*.TargetGroupArn")


def target_groups(world: World, resource: Resource, path: str, at: Site | None = None) -> Iterator[Resource]:
    """Yield the target groups of the templates whose ARNs a path of a resource leads to.

    Args:
        world: the world in which it is asked.
        resource: the resource.
        path: as `World.sites` takes it.
        at: as `World.sites` takes it.
    """
    for value in world.values(resource, path, at):
        hole = value.pieces[0] if isinstance(value, Text) and len(value.pieces) == 1 else None
        found = hole.resource if isinstance(hole, Hole) and hole.attribute in (None, "TargetGroupArn") else None
        if found is not None and found.type == TARGET_GROUP and world.exists(found):
            yield found


def forwarding(world: World, target: Resource) -> tuple[Resource, ...]:
    """Return the listeners of the templates, and their rules, that forward to a target group.

    Args:
        world: the world in which it is asked.
        target: the target group.
    """
    found = world.root.candidates(_forwarded, tuple(FORWARDERS), target)
    return tuple(each for each in found if world.exists(each) and target in _forwarded(world, each))


def _forwarded(world: World, forwarder: Resource) -> tuple[Resource, ...]:
    """Return the target groups that a listener or a rule forwards to."""
    path = FORWARDERS[forwarder.type]
    return tuple(each for key in _OF_ACTION for each in target_groups(world, forwarder, f"{path}.{key}"))
