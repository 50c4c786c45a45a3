"""The services that Amazon ECS makes.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentCircuitBreaker.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
    https://github.com/aws/aws-toolkit-jetbrains/issues/3649 (commands in containers, and no role of the task)
    https://github.com/aws/containers-roadmap/issues/692 (a daemon and capacity providers)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Site, Value, flag, shown
from ecr_ecs_constructs.pull.deployable.clusters import refused_strategy
from ecr_ecs_constructs.pull.deployable.refusal import Refusal, refusal
from ecr_ecs_constructs.pull.texts.mentions import mentioned_by_key

_ROLLING, _BREAKER = "DeploymentConfiguration", "DeploymentConfiguration.DeploymentCircuitBreaker"
_ALARMS = f"{_ROLLING}.Alarms"
_OF_CLOUDWATCH = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
_ROLE = "TaskRoleArn"
_WHOLE, _TWICE = 100, 200
"""Percents of the desired count: all of its tasks, and twice as many."""


def refused_service(world: World, own: Site) -> Iterator[Refusal]:
    """Yield why Amazon ECS makes no service with such numbers of tasks, or may not.

    Args:
        world: the world in which it is asked.
        own: the properties of the service.
    """
    service = own.resource
    is_daemon = world.value(service, "SchedulingStrategy", "REPLICA", own) == "DAEMON"
    if is_daemon:
        yield from _daemon(world, own)
    least = _percent(world.value(service, f"{_ROLLING}.MinimumHealthyPercent", "0" if is_daemon else "100", own))
    most = _percent(world.value(service, f"{_ROLLING}.MaximumPercent", "100" if is_daemon else "200", own))
    if least is not None and most is not None:
        if least >= most:
            why = f"has MinimumHealthyPercent {least} and MaximumPercent {most}, between which no task is replaced"
            yield refusal(own, _ROLLING, why, False if least == most == _WHOLE else None)
        elif least > _WHOLE or not _WHOLE <= most <= _TWICE:
            why = f"has MinimumHealthyPercent {least} and MaximumPercent {most}, which are not known to be taken"
            yield refusal(own, _ROLLING, why, None)
    path = f"{_BREAKER}.ThresholdConfiguration.Value"
    for value in world.values(service, path, own):
        if isinstance(value, str) and not (value.isdecimal() and 1 <= int(value) <= _TWICE):
            yield refusal(own, path, f"has a circuit breaker with {value}, which is not known to be taken", None)
    if flag(world.value(service, f"{_ALARMS}.Enable", "false", own)) is not False:
        for name in world.values(service, f"{_ALARMS}.AlarmNames.*", own):
            if isinstance(name, str) and not any(map(world.exists, _alarms(world, name))):
                yield refusal(own, _ALARMS, f"has alarm {name!r}, which is not in the templates", None)
    yield from refused_strategy(world, own, "CapacityProviderStrategy")
    for site in world.sites(service, "CapacityProviderStrategy", own):
        if world.read(site).value == [] and not world.values(service, "LaunchType", own):
            yield refusal(site, "", "has an empty strategy of capacity providers", None)


def refused_commands(world: World, definition: Resource, at: Site) -> Iterator[Refusal]:
    """Yield that Amazon ECS runs no tasks without a role in whose containers commands may be run.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html (or the runner overrides it)

    Args:
        world: the world in which it is asked.
        definition: the task definition that is run.
        at: where launch type and network of its tasks stand.
    """
    name, runner = "EnableExecuteCommand", at.resource
    given = world.value(runner, name, "false", at)
    if flag(given) is not False and not world.sites(definition, _ROLE):
        why = f"{name} is {shown(given)}, and the task has no {_ROLE}"
        parts = (f"{key}{part}".lower() for key, part in mentioned_by_key(world.root, runner))
        is_sure = flag(given) is not None and not any(_ROLE.lower() in each for each in parts)
        yield Refusal(runner, f"{at.location}.{name}", why, False if is_sure else None)


def _alarms(world: World, name: str) -> Sequence[Resource]:
    """Return the alarms of Amazon CloudWatch that a name may be of."""
    return [each for type_ in _OF_CLOUDWATCH for each in world.root.named(type_, "AlarmName", name)]


def _daemon(world: World, own: Site) -> Iterator[Refusal]:
    """Yield what Amazon ECS refuses of a service that runs a task on each container instance."""
    for key in ("DesiredCount", "CapacityProviderStrategy.*", "PlacementStrategies.*"):
        if world.sites(own.resource, key, own):
            name = key.removesuffix(".*")
            yield refusal(own, name, f"is a daemon with {name}, which no daemon has")


def _percent(value: Value) -> int | None:
    """Return a number of percents, None where it is known only at deployment, or refused as such."""
    text = shown(value)
    return int(text) if text.isdecimal() else None
