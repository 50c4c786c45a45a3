"""The tasks that the ECS agent on container instances takes, by what user data sets of its configuration.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html
    https://github.com/aws/amazon-ecs-agent/blob/master/ecs-init/docker/docker.go (log drivers of Amazon Linux)
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-constraints.html (attributes)
    https://bottlerocket.dev/en/os/latest/api/settings/ecs/
    https://github.com/bottlerocket-os/bottlerocket/blob/develop/sources/shared-defaults/ecs.toml (its log drivers)
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/memory-management.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html (reserved ports)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World
from ecr_ecs_constructs.cloudformation.values import Site, Text, Value, flag, shown
from ecr_ecs_constructs.pull.ami import Ami, System
from ecr_ecs_constructs.pull.answer import Answer, all_of
from ecr_ecs_constructs.pull.boot.settings import ATTRIBUTES, DRIVERS, NO_PRIVILEGED, RESERVED, RESERVED_PORTS, TASK_ENI
from ecr_ecs_constructs.pull.boot.user_data import Certainty, Join
from ecr_ecs_constructs.pull.containers import containers_of
from ecr_ecs_constructs.pull.machines.hosts import Host
from ecr_ecs_constructs.pull.machines.machines import Machine
from ecr_ecs_constructs.pull.placement.joins import Joins
from ecr_ecs_constructs.pull.placement.ports import host_ports
from ecr_ecs_constructs.pull.texts.documents import read_document
from ecr_ecs_constructs.pull.texts.pattern import some
from ecr_ecs_constructs.pull.texts.references import COMPUTE_ENVIRONMENT

_BY_AGENT = "awsfirelens"
"""The log driver that the agent registers by itself, whatever its configuration lists."""

_PORTS = (22, 2375, 2376, 51678, 51679, 51680)
"""The ports of TCP that the agent keeps tasks from, where no setting says otherwise."""

_BY_DEFAULT: Mapping[System | None, tuple[str, ...]] = {
    System.AMAZON_LINUX: ("json-file", "syslog", "awslogs", "fluentd", "none"),
    System.BOTTLEROCKET: ("json-file", "awslogs", "none"),
}
"""The log drivers that ECS-optimized images register where no setting lists them. AWS does not say what those of
Windows do; awslogs is one of them."""


_OF_BATCH = ("awslogs", "json-file")
"""The log drivers that the user data of AWS Batch lists.

Source: https://github.com/aws/aws-cdk/issues/9900
"""


class Agent(InWorld):
    """The ECS agent on container instances, in one world."""

    def __init__(self, world: World, joins: Joins) -> None:
        self.world = world
        self._joins = joins

    def takes(self, machine: Machine, task: Site) -> Answer:
        """Return whether the agent registers with what a task asks for."""
        return all_of(answer for join in self._joins.of(machine.host) for answer in self._answers(machine, join, task))

    def reserves(self, host: Host) -> tuple[int, int | None]:
        """Return how many MiB of an instance the agent does not register: at least, and at most.

        The latter is None where that is known only at deployment.
        """
        given = [dict(join.settings).get(RESERVED, "0") for join in self._joins.of(host)]
        sizes = [int(each) if isinstance(each, str) and each.isdecimal() else None for each in given]
        known = [each for each in sizes if each is not None]
        return (min(known), max(known)) if known and len(known) == len(sizes) else (0, None)

    def attributes(self, host: Host) -> Mapping[str, Value] | None:
        """Return the attributes of one's own that user data gives container instances, None where it is not known."""
        found = [_attributes(join) for join in self._joins.of(host)]
        known = found[0] if found else None
        return known if all(each == known for each in found) else None

    def _answers(self, machine: Machine, join: Join, task: Site) -> Iterator[Answer]:
        name, settings = machine.host.resource.logical_id, dict(join.settings)
        for driver in self._of_containers(task, "LogConfiguration.LogDriver"):
            if driver == _BY_AGENT:
                continue
            if machine.host.resource.type == COMPUTE_ENVIRONMENT:
                is_known = driver in _OF_BATCH
                why = f"whether AWS Batch lets {name} register log driver {shown(driver)} is not documented"
                yield Answer(True if is_known else None, "" if is_known else why)
            elif DRIVERS in settings:
                yield _lists(settings[DRIVERS], driver, f"{name}, whose {DRIVERS} is {shown(settings[DRIVERS])},")
            else:
                yield _registers(machine.ami, join, driver, name)
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
        yield from self._of_ports(machine, join, task)

    def _of_ports(self, machine: Machine, join: Join, task: Site) -> Iterator[Answer]:
        """Yield that a task asks for a port of the instance that the agent keeps it from."""
        if self.world.value(task.resource, "NetworkMode", "bridge", task) == "awsvpc":
            return
        name, product = machine.host.resource.logical_id, machine.ami.product
        is_default = RESERVED_PORTS not in dict(join.settings) and not join.installs
        # The agent of Windows keeps other ports besides its own.
        is_known = is_default and join.certainty is not Certainty.UNKNOWN
        is_sure = is_known and product is not None and product.system is not System.WINDOWS
        for number, protocol, _ in host_ports(self.world, task):
            if number in _PORTS and protocol == "tcp":
                why = f"the task asks for port {number} of {name}, which the ECS agent reserves"
                yield Answer(False if is_sure else None, why)

    def _of_containers(self, task: Site, path: str) -> list[Value]:
        return [
            value for site in containers_of(self.world, task) for value in self.world.values(task.resource, path, site)
        ]


def _attributes(join: Join) -> Mapping[str, Value] | None:
    """Return the attributes that the agent is given, None where they are not known."""
    if join.certainty is Certainty.UNKNOWN or join.installs:
        return None
    try:
        found = read_document(dict(join.settings).get(ATTRIBUTES, "{}"))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _registers(ami: Ami, join: Join, driver: Value, name: str) -> Answer:
    """Return whether the agent of an image registers a log driver where user data lists none."""
    if ami.product is None or not ami.product.ecs_optimized:
        return Answer(True)  # the link of the machine image says that its agent is not known
    drivers = _BY_DEFAULT.get(ami.product.system)
    if not isinstance(driver, str) or (drivers is None and driver not in ("json-file", "awslogs", "none")):
        return Answer(None, f"whether {name} registers log driver {shown(driver)} is not known")
    if drivers is None or driver in drivers:
        return Answer(True)
    why = f"{name} does not set {DRIVERS}, and {ami.product.name} registers no log driver {driver} by itself"
    # What runs there besides may list it.
    is_sure = join.certainty is not Certainty.UNKNOWN and not join.installs
    return Answer(False if is_sure else None, why)


def _lists(setting: str | Text, driver: Value, title: str) -> Answer:
    """Return whether a setting of the agent lists a log driver."""
    try:
        listed = json.loads(setting) if isinstance(setting, str) else None
    except ValueError:
        listed = None
    if not isinstance(listed, list) or not isinstance(driver, str):
        return Answer(None, f"whether {title} registers log driver {shown(driver)} is not known")
    return Answer(driver in listed, f"{title} does not register log driver {driver}")
