"""The services that Amazon ECS makes by Express Mode, with all that they need besides.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateExpressGatewayService.html (task definitions)
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-ecs-expressgatewayservice-expressgatewayscalingtarget.html
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
from ecr_ecs_constructs.pull.network.topology.ranges import is_small
from ecr_ecs_constructs.pull.network.topology.vpcs import SUBNET
from ecr_ecs_constructs.pull.network.topology.zones import are_of_one_zone
from ecr_ecs_constructs.pull.placement.task_size import cpu_units, mebibytes

_CPUS, _MEMORIES = (256, 4096), (512, 8192)
"""The least and the most CPU units, and MiB, that are documented for Express Mode.

The reference of the API has 256 and 512 as defaults, the guide 1024 and 2048: beside one that is given,
the other is not known.

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
        yield from _undocumented(service, units, mebi)
    elif cpu is not None or memory is not None:
        why = f"the task has {shown(cpu)} CPU units and {shown(memory)} MiB, of which not both are known"
        yield Refusal(service, "Properties.Cpu", why, None)
    yield from _around(world, service)


def _undocumented(resource: Resource, units: int, mebi: int) -> Iterator[Refusal]:
    """Yield that a task has another size than those that are documented."""
    if not (_CPUS[0] <= units <= _CPUS[1] and _MEMORIES[0] <= mebi <= _MEMORIES[1]):
        why = f"{units} CPU units and {mebi} MiB are more or less than is documented for Express Mode"
        yield Refusal(resource, "Properties.Cpu", why, None)


def refused_by_definition(world: World, definition: Resource, service: Resource) -> Iterator[Refusal]:
    """Yield why Express Mode makes no service of a task definition, or may not.

    Args:
        world: the world in which it is asked.
        definition: the `AWS::ECS::TaskDefinition`.
        service: the `AWS::ECS::ExpressGatewayService` that names it.
    """
    family = world.value(definition, "RuntimePlatform.OperatingSystemFamily", "LINUX")
    if family != "LINUX":
        why = f"the task is for {shown(family)}, and tasks of Express Mode are for LINUX"
        yield Refusal(definition, "Properties.RuntimePlatform", why, False if isinstance(family, str) else None)
    units, mebi = cpu_units(world.value(definition, "Cpu")), mebibytes(world.value(definition, "Memory"))
    if units is not None and mebi is not None:
        yield from _undocumented(definition, units, mebi)
    yield from _main(world, definition)
    yield from _around(world, service)


def _main(world: World, definition: Resource) -> Iterator[Refusal]:
    """Yield that a task has no container, or none with a port, that the load balancer of Express Mode sends to."""
    containers = world.sites(definition, "ContainerDefinitions.*")
    names = [world.value(definition, "Name", at=each) for each in containers]
    if _MAIN not in names:
        why = f"the task has no container {_MAIN}, which Express Mode asks for"
        is_sure = all(isinstance(each, str) for each in names)
        yield Refusal(definition, "Properties.ContainerDefinitions", why, False if is_sure else None)
        return
    main = containers[names.index(_MAIN)]
    ports = world.sites(definition, "PortMappings.*", main)
    if len(ports) != 1:
        why = f"container {_MAIN} maps {len(ports)} ports, and Express Mode asks for one"
        yield Refusal(definition, f"{main.location}.PortMappings", why)
    for port in ports:
        protocol = world.value(definition, "Protocol", "tcp", port)
        if protocol != "tcp":
            why = f"the port of container {_MAIN} is of {shown(protocol)}, and Express Mode asks for tcp"
            yield Refusal(definition, port.location, why, False if isinstance(protocol, str) else None)
        for key in ("ContainerPort", "Name"):
            if not world.sites(definition, key, port):
                why = f"the port of container {_MAIN} has no {key}, which Express Mode asks for"
                yield Refusal(definition, port.location, why)


_MAIN = "Main"
"""The name of the container that the load balancer of Express Mode sends to."""


def _around(world: World, service: Resource) -> Iterator[Refusal]:
    """Yield why Express Mode makes no service, or may not, for what it says beside its task."""
    if world.sites(service, "TaskDefinitionArn"):
        for key in (each for each in _OF_TASK if world.sites(service, each)):
            why = f"TaskDefinitionArn and {key} stand side by side, of which Amazon ECS takes one"
            yield Refusal(service, "Properties.TaskDefinitionArn", why)
    yield from _scaling(world, service)
    yield from _balancer(world, service)


_OF_TASK = ("PrimaryContainer", "ExecutionRoleArn", "TaskRoleArn", "Cpu", "Memory")
"""The properties that a task definition stands in for."""


def _balancer(world: World, service: Resource) -> Iterator[Refusal]:
    """Yield that a service has no subnets that are known to take its Application Load Balancer."""
    subnets = [each.of(SUBNET) for each in ids(world, service, "NetworkConfiguration.Subnets.*")]
    known = [each for each in subnets if each is not None]
    for small in (each for each in known if is_small(world, each)):
        fewer = "of fewer addresses than the /27 that AWS asks for"
        why = f"its Application Load Balancer is in subnet {small.logical_id}, {fewer}"
        yield Refusal(service, _SUBNETS, why, None)
    zones = [are_of_one_zone(world, one, other) for one, other in combinations(known, 2)]
    if True in zones and False in zones:
        why = "two of its subnets are of one Availability Zone, of which its Application Load Balancer takes one alone"
        yield Refusal(service, _SUBNETS, why, None)
    if known and len(known) == len(subnets) and False not in zones:
        why = "its Application Load Balancer must be in two Availability Zones, and that its subnets are is not known"
        yield Refusal(service, _SUBNETS, why, None)


_SUBNETS = "Properties.NetworkConfiguration.Subnets"


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
    elif most is None and int(str(least)) > 1:
        why = f"it is scaled to {least} tasks at least, and has no MaxTaskCount, which is then 1 in the schema"
        yield Refusal(service, around, why, None)
    elif target is not None and int(str(target)) > _WHOLE:
        why = f"it is scaled by {target}, and percentages above {_WHOLE} are not documented to be taken"
        is_percentage = world.value(service, "ScalingTarget.AutoScalingMetric", _PERCENTAGES[0]) in _PERCENTAGES
        if is_percentage:
            yield Refusal(service, around, why, None)


_WHOLE, _PERCENTAGES = 100, ("AVERAGE_CPU", "AVERAGE_MEMORY")
