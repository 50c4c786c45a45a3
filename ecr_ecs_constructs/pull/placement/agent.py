"""The tasks that the ECS agent on container instances takes, by what user data sets of its configuration.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-constraints.html (attributes)
    https://bottlerocket.dev/en/os/latest/api/settings/ecs/
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World
from ecr_ecs_constructs.cloudformation.values import Site, Text, Value, flag, shown
from ecr_ecs_constructs.pull.answer import Answer, all_of
from ecr_ecs_constructs.pull.boot.first_boot import DRIVERS, NO_PRIVILEGED, TASK_ENI
from ecr_ecs_constructs.pull.boot.user_data import Join
from ecr_ecs_constructs.pull.machines.hosts import Host
from ecr_ecs_constructs.pull.placement.joins import Joins
from ecr_ecs_constructs.pull.texts.pattern import some

_CONTAINERS = "ContainerDefinitions.*"
_BY_AGENT = "awsfirelens"
"""The log driver that the agent registers by itself, whatever its configuration lists."""


class Agent(InWorld):
    """The ECS agent on container instances, in one world."""

    def __init__(self, world: World, joins: Joins) -> None:
        self.world = world
        self._joins = joins

    def takes(self, host: Host, task: Site) -> Answer:
        """Return whether the agent registers with what a task asks for, as far as user data sets that."""
        return all_of(answer for join in self._joins.of(host) for answer in self._answers(host, join, task))

    def _answers(self, host: Host, join: Join, task: Site) -> Iterator[Answer]:
        name, settings = host.resource.logical_id, dict(join.settings)
        for driver in dict.fromkeys(self._of_containers(task, "LogConfiguration.LogDriver")):
            if DRIVERS in settings and driver != _BY_AGENT:
                yield _lists(settings[DRIVERS], driver, f"{name}, whose {DRIVERS} is {shown(settings[DRIVERS])},")
        mode = self.world.value(task.resource, "NetworkMode", "bridge", task)
        wants = (
            (TASK_ENI, True, "network mode awsvpc", mode == "awsvpc" if isinstance(mode, str) else None),
            (NO_PRIVILEGED, False, "a privileged container", some(map(flag, self._of_containers(task, "Privileged")))),
        )
        for key, wanted, what, is_asked in wants:
            given = settings.get(key)
            if is_asked is not False and given is not None and flag(given) is not wanted:
                refused = None if flag(given) is None or is_asked is None else False
                yield Answer(refused, f"the task asks for {what}, and {key} of {name} is {shown(given)}")

    def _of_containers(self, task: Site, path: str) -> list[Value]:
        sites = self.world.sites(task.resource, _CONTAINERS, task)
        return [value for site in sites for value in self.world.values(task.resource, path, site)]


def _lists(setting: str | Text, driver: Value, title: str) -> Answer:
    """Return whether a setting of the agent lists a log driver."""
    try:
        listed = json.loads(setting) if isinstance(setting, str) else None
    except ValueError:
        listed = None
    if not isinstance(listed, list) or not isinstance(driver, str):
        return Answer(None, f"whether {title} registers log driver {shown(driver)} is not known")
    return Answer(driver in listed, f"{title} does not register log driver {driver}")
