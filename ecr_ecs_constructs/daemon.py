"""A daemon on ECS Managed Instances: `EcrDaemon`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import aws_cdk as cdk
import constructs
import jsii
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from ecr_ecs_constructs.arguments import takes
from ecr_ecs_constructs.checks import bring_along
from ecr_ecs_constructs.dependencies import add_late_dependency, needed_by_tasks
from ecr_ecs_constructs.image import EcrImage
from ecr_ecs_constructs.options import DaemonContainerOptions, DaemonOptions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs import IConstruct

    from ecr_ecs_constructs.image_uri import EcrImageUri

_NAME_LENGTH = 255
"""How long the names of a family and of a daemon may be.

Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterDaemonTaskDefinition.html
"""


@takes(
    DaemonOptions,
    refuses={
        "capacity_provider_arns": "give capacities, what add_managed_instances returns",
        "cluster_arn": "give cluster",
        "container_definitions": "call add_container",
        "daemon_task_definition_arn": "the daemon has one of its own; call add_container",
        "execution_role_arn": "give execution_role",
        "memory": "give memory_limit_mib, as for AWS Fargate",
        "tags": "add them by Tags.of",
        "task_role_arn": "give task_role",
    },
)
class EcrDaemon(Construct):
    """A daemon: a task that Amazon ECS starts on each instance of ECS Managed Instances, before all others.

    Containers are added as to task definitions. Its definition says nothing of a platform: it is proven where its
    capacity chooses instances of one architecture, by `instance_requirements`.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-daemons.html

    Builds on: `ecs.CfnDaemon`, `ecs.CfnDaemonTaskDefinition`.

    Hooks: `container_logging`, `create_log_group`, `waits_for`.

    Args:
        scope: where the daemon is made.
        id: its ID there.
        cluster: the cluster that it runs in.
        capacities: the fleets of ECS Managed Instances that it runs on.
        cpu: the CPU units of a task, 1024 for one vCPU; None for no bound.
        memory_limit_mib: the memory of a task, in MiB; None for no bound.
        execution_role: the role that pulls the images and writes the logs; None for a new one.
        task_role: the role of the code in the containers.
        log_group: the log group of the containers without a logging of their own; None for one of this daemon.
        **options: those of `DaemonOptions`.

    Raises:
        ValueError: `capacities` is empty; or, at synthesis, no container was added.

    Attributes:
        daemon: the daemon.
        execution_role: the role that pulls the images and writes the logs.
        task_definition: its task definition.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster: ecs.ICluster,
        capacities: Sequence[ecs.ManagedInstancesCapacityProvider],
        cpu: int | None = None,
        memory_limit_mib: int | None = None,
        execution_role: iam.IRole | iam.Role | None = None,
        task_role: iam.IRole | iam.Role | None = None,
        log_group: logs.ILogGroup | None = None,
        **options: Unpack[DaemonOptions],
    ) -> None:
        if not capacities:
            raise ValueError("capacities must name at least one, got []: no instance would run the daemon")
        super().__init__(scope, id)
        self._cluster, self._log_group = cluster, log_group
        self._containers: list[ecs.CfnDaemonTaskDefinition.DaemonContainerDefinitionProperty] = []
        trusted = iam.ServicePrincipal("ecs-tasks.amazonaws.com")
        self.execution_role = execution_role or iam.Role(self, "ExecutionRole", assumed_by=trusted)
        name = cdk.Names.unique_resource_name(self, max_length=_NAME_LENGTH, allowed_special_characters="-_")
        self.task_definition = ecs.CfnDaemonTaskDefinition(
            self,
            "TaskDefinition",
            cpu=None if cpu is None else str(cpu),
            execution_role_arn=self.execution_role.role_arn,
            family=options.get("family") or name,
            ipc_mode=options.get("ipc_mode"),
            memory=None if memory_limit_mib is None else str(memory_limit_mib),
            pid_mode=options.get("pid_mode"),
            task_role_arn=None if task_role is None else task_role.role_arn,
            volumes=options.get("volumes"),
        )
        self.daemon = ecs.CfnDaemon(
            self,
            "Resource",
            capacity_provider_arns=[_arn(self, each) for each in capacities],
            cluster_arn=cluster.cluster_arn,
            critical=options.get("critical"),
            daemon_name=options.get("daemon_name") or name,
            daemon_task_definition_arn=self.task_definition.attr_daemon_task_definition_arn,
            deployment_configuration=options.get("deployment_configuration"),
            enable_ecs_managed_tags=options.get("enable_ecs_managed_tags"),
            enable_execute_command=options.get("enable_execute_command"),
            propagate_tags=options.get("propagate_tags"),
        )
        add_late_dependency(self.daemon, self._needed)
        self.node.add_validation(_HasContainer(self))
        bring_along(self)

    @takes(
        DaemonContainerOptions,
        refuses={
            "log_configuration": "give logging",
            "name": "it is the ID",
            "repository_credentials": "Amazon ECR takes the permissions of a role",
        },
    )
    def add_container(
        self,
        id: str,
        *,
        image: str | EcrImageUri | ecs.ContainerImage,
        environment: Mapping[str, str] | None = None,
        secrets: Mapping[str, ecs.Secret] | None = None,
        logging: ecs.CfnDaemonTaskDefinition.LogConfigurationProperty | dict[str, Any] | None = None,
        **options: Unpack[DaemonContainerOptions],
    ) -> None:
        """Add a container whose image is pulled from a private Amazon ECR registry.

        The execution role is given the permission to pull the image, and to read the secrets.

        Args:
            id: the name of the container in the task.
            image: a reference of an image, or an `EcrImage` of a reference or a repository.
            environment: environment variables.
            secrets: environment variables with values of AWS Secrets Manager or Parameter Store.
            logging: where the container logs; None for what `container_logging` returns.
            **options: those of `DaemonContainerOptions`.

        Raises:
            ValueError: the image is none of a private Amazon ECR registry, or is built by CDK.
        """
        ecr_image = EcrImage.of(image)
        container = ecs.CfnDaemonTaskDefinition.DaemonContainerDefinitionProperty(
            image=ecr_image.reference(self),
            name=id,
            environment=[{"name": name, "value": value} for name, value in (environment or {}).items()] or None,
            secrets=[{"name": name, "valueFrom": each.arn} for name, each in (secrets or {}).items()] or None,
            log_configuration=logging or self.container_logging(id),
            **DaemonContainerOptions(**options),
        )
        ecr_image.grant_pull(self.execution_role, self)
        for secret in (secrets or {}).values():
            secret.grant_read(self.execution_role)
        self._containers.append(container)
        self.task_definition.container_definitions = [*self._containers]

    @property
    def log_group(self) -> logs.ILogGroup:
        """The log group of the containers without a logging of their own, made when it is first asked for."""
        if self._log_group is None:
            self._log_group = self.create_log_group()
        return self._log_group

    def create_log_group(self) -> logs.ILogGroup:
        """Return the log group of the containers; a hook, called when it is first asked for."""
        return logs.LogGroup(
            self, "LogGroup", retention=logs.RetentionDays.ONE_YEAR, removal_policy=cdk.RemovalPolicy.RETAIN
        )

    def container_logging(self, container_id: str) -> ecs.CfnDaemonTaskDefinition.LogConfigurationProperty:
        """Return the logging of a container that is added without one; a hook, called as it is added.

        Args:
            container_id: the ID under which the container is added.
        """
        self.log_group.grant_write(self.execution_role)
        return ecs.CfnDaemonTaskDefinition.LogConfigurationProperty(
            log_driver="awslogs",
            options={
                "awslogs-group": self.log_group.log_group_name,
                "awslogs-region": cdk.Stack.of(self).region,
                "awslogs-stream-prefix": container_id,
            },
        )

    def waits_for(self) -> list[IConstruct]:
        """Return what the daemon waits for besides all that its own stack makes for its tasks; a hook.

        It is called when the app is synthesized.
        """
        return []

    def _needed(self) -> list[IConstruct]:
        policies = [each for each in self.execution_role.node.find_all() if isinstance(each, iam.CfnPolicy)]
        return [*policies, *needed_by_tasks(self, self._cluster), *self.waits_for()]


@jsii.implements(constructs.IValidation)
class _HasContainer:
    """Refuses a daemon to which no container was added, when its app is synthesized."""

    def __init__(self, daemon: EcrDaemon) -> None:
        self._daemon = daemon

    def validate(self) -> list[str]:
        if self._daemon.task_definition.container_definitions:
            return []
        return [f"{self._daemon.node.id} must have a container, got none: call add_container"]


def _arn(scope: Construct, capacity: ecs.ManagedInstancesCapacityProvider) -> str:
    return cdk.Stack.of(scope).format_arn(
        service="ecs", resource="capacity-provider", resource_name=capacity.capacity_provider_name
    )
