"""The options of log drivers: a driver that is given one that it does not know starts no container.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
    https://docs.docker.com/engine/logging/configure/
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Site
from ecr_ecs_constructs.pull.deployable.refusal import Refusal
from ecr_ecs_constructs.pull.placement.kinds import LaunchType

_OWNED = ("awslogs", "fluentd", "gelf", "splunk", "syslog")
"""The log drivers whose options begin with their name; no other driver takes these."""

_ROUTER = "awsfirelens"
"""The log driver that hands its options on to the router, whatever they are."""


def refused_logging(world: World, definition: Resource) -> Iterator[Refusal]:
    """Yield which options log drivers of a task definition do not take, or may not.

    Args:
        world: the world in which it is asked.
        definition: the `AWS::ECS::TaskDefinition`.
    """
    on_fargate = LaunchType.FARGATE in world.values(definition, "RequiresCompatibilities.*")
    for site in world.sites(definition, "ContainerDefinitions.*"):
        yield from refused_driver(world, site)
        options = world.value(definition, "LogConfiguration.Options", at=site)
        is_awslogs = world.value(definition, "LogConfiguration.LogDriver", at=site) == "awslogs"
        if is_awslogs and isinstance(options, dict) and options.get("awslogs-region") is None and not on_fargate:
            why = "log driver awslogs has no option awslogs-region, which Amazon ECS asks for"
            yield Refusal(definition, f"{site.location}.LogConfiguration", why, None)


def refused_driver(world: World, site: Site) -> Iterator[Refusal]:
    """Yield which options the log driver of a container does not take, or may not.

    Args:
        world: the world in which it is asked.
        site: the container.
    """
    driver = world.value(site.resource, "LogConfiguration.LogDriver", at=site)
    options = world.value(site.resource, "LogConfiguration.Options", at=site)
    location = f"{site.location}.LogConfiguration"
    if not isinstance(driver, str) or driver == _ROUTER or not isinstance(options, dict):
        return
    for key in options:
        owner = key.partition("-")[0]
        if owner in _OWNED and owner != driver:
            yield Refusal(site.resource, location, f"log driver {driver} does not take option {key}")
