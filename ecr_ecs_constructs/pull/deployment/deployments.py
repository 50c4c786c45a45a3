"""Deployments: the tasks that they wait for, and the repositories that they make and leave empty.

One deployment is that of a stack and of all that are nested in it.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-service.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html (what a service is without)
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskSet.html (what a task set is without)
"""

from __future__ import annotations

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked
from ecr_ecs_constructs.cloudformation.template import TRANSFORM, Resource, agree
from ecr_ecs_constructs.cloudformation.values import Hole, Text, Value
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.deployment.handovers import Handovers
from ecr_ecs_constructs.pull.deployment.services import Awaited, Services, is_positive
from ecr_ecs_constructs.pull.iam.registry import Registries, is_registry, together
from ecr_ecs_constructs.pull.iam.replication import REPLICATION
from ecr_ecs_constructs.pull.machines.hosts import INSTANCE, Host
from ecr_ecs_constructs.pull.placement.capacity import Capacity
from ecr_ecs_constructs.pull.placement.kinds import Placement
from ecr_ecs_constructs.pull.placement.runners import SERVICE, TASK_SET

LATE = (
    "AWS::IAM::Policy",
    "AWS::IAM::RolePolicy",
    "AWS::IAM::ManagedPolicy",
    "AWS::ECR::RegistryPolicy",
    "AWS::ECR::PullThroughCacheRule",
    "AWS::ECR::RepositoryCreationTemplate",
    "AWS::EC2::Route",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::EC2::NatGateway",
    "AWS::EC2::VPCEndpoint",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::SubnetNetworkAclAssociation",
    "AWS::EC2::NetworkAclEntry",
    "AWS::EC2::VPCDHCPOptionsAssociation",
    "AWS::EFS::MountTarget",
    "AWS::Logs::LogGroup",
)
"""The types of what tasks need that a deployment may make behind what runs them."""


class Deployments(InWorld):
    """The tasks that deployments wait for, and the repositories that they leave empty, in one world.

    Attributes:
        services: how Amazon ECS deploys services.
    """

    def __init__(self, registries: Registries) -> None:
        self.world = registries.world
        self._registries = registries
        self._handovers = Handovers(self.world)
        self._capacity = Capacity(self.world)
        self.services = Services(self.world)

    def awaited(self, container: Container, placement: Placement) -> Awaited | None:
        """Return the tasks that CloudFormation surely waits for in a placement, None where it may wait for none.

        Args:
            container: a container of the tasks.
            placement: where they run.
        """
        runner, value = placement.runner, self.world.value
        if runner is None or runner.type not in (SERVICE, TASK_SET):
            return None
        if runner.type == TASK_SET:
            scale, of = value(runner, "Scale.Value"), _service(value(runner, "Service"))
            whole = self.services.desired(of) if of is not None and is_positive(scale) else None
            return whole and whole._replace(tasks=f"{scale} percent of {whole.tasks}")
        # Of a service that CodeDeploy deploys no document says it; that of an external controller has task sets.
        if value(runner, "DeploymentController.Type", "ECS") != "ECS":
            return None
        strategy = value(runner, "SchedulingStrategy", "REPLICA")
        if strategy == "DAEMON":
            found = self._capacity.of(container, placement)
            hosts = dict.fromkeys(host.resource.logical_id for host in found if self._has_instances(host))
            return Awaited(f"1 task on each instance of {' and '.join(hosts)}") if hosts else None
        return self.services.desired(runner) if strategy == "REPLICA" else None

    def _has_instances(self, host: Host) -> bool:
        """Return whether there surely are instances."""
        sizes = [self.world.value(host.resource, each) for each in ("MinSize", "DesiredCapacity")]
        return host.resource.type == INSTANCE or any(map(is_positive, sizes))

    def leaves_empty(self, repository: Resource, container: Container, runner: Resource) -> bool:
        """Return whether a deployment surely makes the repository of a container's image and a runner, with no image.

        Args:
            repository: the repository.
            container: the container.
            runner: what waits for tasks with the container.
        """
        image, own = container.image, container.resource.template
        return (
            together(repository.template, runner.template)
            and is_registry(self.world, repository.template, own, image.part("account"), image.part("region")) is True
            and self._is_needed(container)
            and not any(self._registries.caches(own, image, [repository]))
            and not self._is_replicated(repository)
            and not self._may_be_filled(repository, container.resource, runner)
        )

    def _is_needed(self, container: Container) -> bool:
        """Return whether a task surely does not run without a container."""
        task, values = container.task.resource, self.world.values
        essential = self.world.value(task, "Essential", "true", container.site)
        before = values(task, "ContainerDefinitions.*.DependsOn.*.ContainerName", container.task)
        return essential == "true" or container.name in before

    def _is_replicated(self, repository: Resource) -> bool:
        """Return whether images may be replicated to a repository from elsewhere."""
        path = "ReplicationConfiguration.Rules.*.Destinations.*.Region"
        return any(
            not isinstance(region, str) or agree(region, repository.template.region)
            for each in self.world.root.all(REPLICATION)
            if not together(each.template, repository.template)
            for region in self.world.values(each, path)
        )

    @asked
    def _may_be_filled(self, repository: Resource, task: Resource, runner: Resource) -> bool:
        """Return whether something of a deployment may put an image into a repository before a runner is made."""
        for template in self.world.root.templates:
            if together(template, repository.template) and (template.macros or template.by_type.get(TRANSFORM)):
                return True
        return bool(self.filling(repository, task, runner))

    @asked
    def filling(self, repository: Resource, task: Resource, runner: Resource) -> tuple[Resource, ...]:
        """Return all that may put an image into a repository and does not wait for a runner.

        Args:
            repository: the repository.
            task: the task definition of the runner, through which nothing is handed a repository.
            runner: the runner.
        """
        late, around = {runner}, runner.template.parent
        while around is not None:
            late.add(around)
            around = around.template.parent
        handed = {acting: self._handovers.reach(acting, task) for acting in self._handovers.acting(repository)}
        return tuple(acting for acting, own in handed.items() if repository in own and late.isdisjoint(own))


def _service(value: Value) -> Resource | None:
    """Return the service of the templates that a value refers to."""
    hole = value.pieces[0] if isinstance(value, Text) and len(value.pieces) == 1 else None
    resource = hole.resource if isinstance(hole, Hole) else None
    return resource if resource is not None and resource.type == SERVICE else None
