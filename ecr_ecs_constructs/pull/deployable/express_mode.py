"""The services that Amazon ECS makes by Express Mode, with all that they need besides.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateExpressGatewayService.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/express-service-work.html
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import shown
from ecr_ecs_constructs.pull.deployable.fargate import refused_pair
from ecr_ecs_constructs.pull.deployable.refusal import Refusal
from ecr_ecs_constructs.pull.network.topology.ids import ids
from ecr_ecs_constructs.pull.network.topology.vpcs import SUBNET
from ecr_ecs_constructs.pull.network.topology.zones import are_of_one_zone
from ecr_ecs_constructs.pull.placement.task_size import cpu_units, mebibytes

_CPUS, _MEMORIES = (256, 4096), (512, 8192)
"""The least and the most CPU units, and MiB, that are documented for Express Mode.

Source: https://registry.terraform.io/modules/terraform-aws-modules/ecs/aws/latest/submodules/express-service
"""


def refused_express_mode(world: World, service: Resource) -> Iterator[Refusal]:
    """Yield why Express Mode makes no such service, or may not.

    Args:
        world: the world in which it is asked.
        service: the `AWS::ECS::ExpressGatewayService`.
    """
    cpu, memory = world.value(service, "Cpu"), world.value(service, "Memory")
    units, mebi = cpu_units(cpu), mebibytes(memory)
    if units is not None and mebi is not None:
        yield from refused_pair(service, "Properties.Cpu", units, mebi)
        if not (_CPUS[0] <= units <= _CPUS[1] and _MEMORIES[0] <= mebi <= _MEMORIES[1]):
            why = f"{units} CPU units and {mebi} MiB are more or less than is documented for Express Mode"
            yield Refusal(service, "Properties.Cpu", why, None)
    elif cpu is not None or memory is not None:
        why = f"the task has {shown(cpu)} CPU units and {shown(memory)} MiB, of which not both are known"
        yield Refusal(service, "Properties.Cpu", why, None)
    if world.sites(service, "TaskDefinitionArn"):
        why = "PrimaryContainer and TaskDefinitionArn stand side by side, and which of them counts is not documented"
        yield Refusal(service, "Properties.TaskDefinitionArn", why, None)
    yield from _scaling(world, service)
    subnets = [each.of(SUBNET) for each in ids(world, service, "NetworkConfiguration.Subnets.*")]
    known = [each for each in subnets if each is not None]
    zones = [are_of_one_zone(world, one, other) for one, other in combinations(known, 2)]
    if True in zones and False in zones:
        why = "two of its subnets are of one Availability Zone, of which its Application Load Balancer takes one alone"
        yield Refusal(service, "Properties.NetworkConfiguration.Subnets", why, None)
    if known and len(known) == len(subnets) and False not in zones:
        why = "its Application Load Balancer must be in two Availability Zones, and that its subnets are is not known"
        yield Refusal(service, "Properties.NetworkConfiguration.Subnets", why, None)


def _scaling(world: World, service: Resource) -> Iterator[Refusal]:
    """Yield that the numbers of tasks between which a service is scaled are none that are documented."""
    around, least = "Properties.ScalingTarget", world.value(service, "ScalingTarget.MinTaskCount", "1")
    most, target = (world.value(service, f"ScalingTarget.{key}") for key in ("MaxTaskCount", "AutoScalingTargetValue"))
    numbers = [each for each in (least, most, target) if each is not None]
    if not all(isinstance(each, str) and each.isdecimal() for each in numbers):
        yield Refusal(service, around, "how many tasks it is scaled to is known only at deployment", None)
    elif min(int(str(each)) for each in numbers) < 1:
        yield Refusal(service, around, "it is scaled by a number below 1, which is not documented to be taken", None)
    elif most is not None and int(str(most)) < int(str(least)):
        yield Refusal(service, around, f"it is scaled to {most} tasks at most, and to {least} at least", None)
    elif target is not None and int(str(target)) > _WHOLE:
        why = f"it is scaled by {target}, and percentages above {_WHOLE} are not documented to be taken"
        is_percentage = world.value(service, "ScalingTarget.AutoScalingMetric", _PERCENTAGES[0]) in _PERCENTAGES
        if is_percentage:
            yield Refusal(service, around, why, None)


_WHOLE, _PERCENTAGES = 100, ("AVERAGE_CPU", "AVERAGE_MEMORY")
