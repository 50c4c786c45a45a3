"""How many instances an Auto Scaling group or a fleet has, as far as the templates say.

Sources:
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-capacity-limits.html
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scheduled-scaling.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-auto-scaling.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Value, shown
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.machines.hosts import FLEETS
from ecr_ecs_constructs.pull.placement.kinds import Placement
from ecr_ecs_constructs.pull.texts.mentions import maker_given
from ecr_ecs_constructs.pull.texts.pattern import Truth
from ecr_ecs_constructs.pull.texts.references import CAPACITY_PROVIDER, COMPUTE_ENVIRONMENT, GROUP, References

_SCHEDULED, _POLICY = "AWS::AutoScaling::ScheduledAction", "AWS::AutoScaling::ScalingPolicy"
_OF_GROUP = {
    _SCHEDULED: "AutoScalingGroupName",
    _POLICY: "AutoScalingGroupName",
    CAPACITY_PROVIDER: "AutoScalingGroupProvider.AutoScalingGroupArn",
}
"""Where the types of resources that change the size of a group name it."""

_OF_INSTANCES = "TargetTrackingConfiguration.PredefinedMetricSpecification"

_TARGETS = ("TargetCapacitySpecification.TotalTargetCapacity", "TargetCapacity")


class Scaling(InWorld):
    """The sizes of what launches instances in one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    @asked
    def runs(self, resource: Resource, placement: Placement) -> Answer:
        """Return whether something that brings instances has some, now or when tasks need them.

        How many vCPUs a compute environment may have is asked where jobs are placed.

        Args:
            resource: the group, the fleet, the instance or the compute environment.
            placement: where the tasks run.
        """
        if resource.type in FLEETS:
            paths = [f"{FLEETS[resource.type]}{path}" for path in _TARGETS]
            targets = [value for path in paths for value in self.world.values(resource, path)]
            few = next((each for each in targets if not is_above_zero(each)), None)
            return Answer(True) if few is None else Answer(None, _said("target capacity", resource, few))
        return self._of_group(resource, placement) if resource.type == GROUP else Answer(True)

    def _of_group(self, group: Resource, placement: Placement) -> Answer:
        most = self.world.value(group, "MaxSize")
        may_grow = is_above_zero(most)
        if not may_grow:
            raised = [is_above_zero(each) for each in self._scheduled(group, "MaxSize")]
            may_grow = True if True in raised else (None if None in raised else may_grow)
        if may_grow:
            return self._starts(group, placement)
        said, maker = _said("maximum size", group, most), maker_given(self.world, group)
        return (
            Answer(may_grow, said) if maker is None else Answer(None, f"{said}, unless {maker.logical_id} changes it")
        )

    def _starts(self, group: Resource, placement: Placement) -> Answer:
        """Return whether a group that may have instances has some, or gets them where a task needs one."""
        desired = self.world.value(group, "DesiredCapacity", self.world.value(group, "MinSize"))
        if is_above_zero(desired) or True in self._raising(group, placement):
            return Answer(True)
        said = f"{_said('desired capacity', group, desired)}, and nothing surely raises it"
        others = [each.logical_id for each in self._changing(group, CAPACITY_PROVIDER) if self._is_managed(each)]
        by = f": managed scaling of {' and '.join(others)} counts only tasks that are placed by it" if others else ""
        return Answer(None, f"{said}{by}")

    def most(self, resource: Resource, placement: Placement) -> int | None:
        """Return how many instances a group or an instance surely gets where tasks need them, None where not known.

        Args:
            resource: the group, the fleet, the instance or the compute environment.
            placement: where the tasks run.
        """
        if resource.type != GROUP:
            return None if resource.type in (*FLEETS, COMPUTE_ENVIRONMENT) else 1
        raised = True in self._raising(resource, placement)
        size = self.world.value(resource, "MaxSize" if raised else "DesiredCapacity")
        size = self.world.value(resource, "MinSize") if size is None else size
        return int(size) if isinstance(size, str) and size.isdecimal() else None

    def _raising(self, group: Resource, placement: Placement) -> Iterator[Truth]:
        """Yield whether what changes the size of a group surely gives it instances for tasks.

        Managed scaling counts tasks that are placed by its capacity provider; a metric of instances says nothing where
        there are none.

        Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-scaling-behavior.html
        """
        for path in ("DesiredCapacity", "MinSize"):
            yield from (is_above_zero(each) for each in self._scheduled(group, path))
        for policy in self._changing(group, _POLICY):
            yield None if self.world.sites(policy, _OF_INSTANCES) else True
        for provider in self._changing(group, CAPACITY_PROVIDER):
            if placement.runner is None or placement.provider is provider:
                yield self._is_managed(provider) or None

    def _is_managed(self, provider: Resource) -> bool:
        return self.world.value(provider, "AutoScalingGroupProvider.ManagedScaling.Status") == "ENABLED"

    def _scheduled(self, group: Resource, path: str) -> Iterator[Value]:
        for action in self._changing(group, _SCHEDULED):
            yield from self.world.values(action, path)

    def _changing(self, group: Resource, type_: str) -> Iterator[Resource]:
        """Yield the resources of a type that change the size of a group."""
        for each in self.world.root.candidates(_groups, (type_,), group):
            if self.world.exists(each) and group in _groups(self.world, each):
                yield each


def _said(what: str, resource: Resource, size: Value) -> str:
    return f"the {what} of {resource.logical_id} is {'not given' if size is None else shown(size)}"


def is_above_zero(size: Value) -> Truth:
    """Return whether a size is a number above zero; None where it is known only at deployment."""
    if not isinstance(size, str) or re.fullmatch(r"[0-9]+(\.0+)?", size) is None:
        return None
    return float(size) > 0


def _groups(world: World, resource: Resource) -> tuple[Resource, ...]:
    """Return the Auto Scaling group whose size a resource changes."""
    targets = References(world).targets(resource, _OF_GROUP[resource.type], GROUP)
    return tuple(target.resource for target in targets if target.resource is not None)
