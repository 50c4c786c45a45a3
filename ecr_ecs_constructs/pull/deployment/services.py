"""The deployments of services by Amazon ECS: how many tasks they start, and what ends them.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-service.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/early-success-criteria.html
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Branch, Value, flag

_CONFIGURATION = "DeploymentConfiguration"


class Awaited(NamedTuple):
    """The tasks that CloudFormation waits for when it makes what runs them.

    Attributes:
        tasks: how many, in words.
        defaults: the names of the parameters whose default decides it.
    """

    tasks: str
    defaults: tuple[str, ...] = ()


class Services(InWorld):
    """The deployments of services in one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def desired(self, service: Resource) -> Awaited | None:
        """Return how many tasks a service is to have, None where it is known only at deployment or there are none."""
        read = [self.world.read(site) for site in self.world.sites(service, "DesiredCount")]
        count, defaults = read[0] if read else Branch("1")
        return Awaited(f"{count} task{'s' * (count != '1')}", defaults) if is_positive(count) else None

    def starts_tasks(self, service: Resource) -> bool:
        """Return whether a service surely has tasks, as far as it has instances to run on."""
        strategy = self.world.value(service, "SchedulingStrategy", "REPLICA")
        return strategy == "DAEMON" or (strategy == "REPLICA" and self.desired(service) is not None)

    def is_rolling(self, service: Resource) -> bool:
        """Return whether Amazon ECS surely deploys a service by rolling updates, which alone it ends by itself."""
        controller = self.world.value(service, "DeploymentController.Type", "ECS")
        return controller == "ECS" and self.world.value(service, f"{_CONFIGURATION}.Strategy", "ROLLING") == "ROLLING"

    def is_broken_off(self, service: Resource) -> bool | None:
        """Return whether a circuit breaker ends the deployments of a service whose tasks fail; None if not known."""
        return flag(self.world.value(service, f"{_CONFIGURATION}.DeploymentCircuitBreaker.Enable", "false"))

    def is_watched(self, service: Resource) -> bool | None:
        """Return whether alarms can end the deployments of a service, None if it is not known."""
        return flag(self.world.value(service, f"{_CONFIGURATION}.Alarms.Enable", "false"))

    def healthy_percent(self, service: Resource) -> int | None:
        """Return how many percent of its tasks a service's deployment needs healthy to be done, None if not known."""
        path = f"{_CONFIGURATION}.EarlySuccessCriteria"
        is_early = flag(self.world.value(service, f"{path}.Enable", "false"))
        percent = self.world.value(service, f"{path}.HealthyPercent", "100") if is_early else "100"
        return int(percent) if is_early is not None and isinstance(percent, str) and percent.isdecimal() else None


def is_positive(value: Value) -> bool:
    """Return whether a value surely is a number above zero."""
    return isinstance(value, str) and re.fullmatch(r"[0-9]+(\.[0-9]+)?", value) is not None and float(value) > 0
