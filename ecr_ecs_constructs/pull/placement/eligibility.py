"""The container instances that exist and can take a task, with each reason for and against that.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-constraints.html
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html (metadata service)
"""

from __future__ import annotations

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.values import shown
from ecr_ecs_constructs.pull.answer import Answer, all_of
from ecr_ecs_constructs.pull.machines.hosts import Host
from ecr_ecs_constructs.pull.machines.machines import Machine
from ecr_ecs_constructs.pull.placement.constraints import Constraints
from ecr_ecs_constructs.pull.placement.scaling import Scaling


class Eligibility(InWorld):
    """The container instances that exist and can take tasks, in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._scaling = Scaling(world)

    def of(self, machine: Machine, constraints: Constraints) -> Answer:
        """Return whether container instances that are launched in one way exist, and can take a task."""
        return all_of((self.exist(machine.host), constraints.admit(machine)))

    @asked
    def exist(self, host: Host) -> Answer:
        """Return whether container instances exist, and can become such: the agent asks the metadata service first."""
        return all_of((self._scaling.runs(host.resource), self._metadata(host)))

    def _metadata(self, host: Host) -> Answer:
        """Return whether instances have the metadata service, which gives them their user data and their role."""
        launch, name = host.launch, host.resource.logical_id
        if launch is None:
            return Answer(True)  # the link of the placement says that it is not known
        endpoint = self.world.value(launch.resource, "MetadataOptions.HttpEndpoint", "enabled", at=launch)
        if endpoint == "enabled":
            return Answer(True)
        if endpoint == "disabled":
            return Answer(False, f"{name} has no metadata service, and so neither user data nor a role")
        return Answer(None, f"whether {name} has the metadata service is known only at deployment ({shown(endpoint)})")
