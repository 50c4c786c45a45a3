"""Task definitions whose containers come from Amazon ECR."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Unpack

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs

from ecr_ecs_constructs.arguments import takes
from ecr_ecs_constructs.aws_registries import FARGATE_AGENT, agent_repository
from ecr_ecs_constructs.checks import bring_along
from ecr_ecs_constructs.credential_specs import grant_credential_specs
from ecr_ecs_constructs.dependencies import add_late_dependency
from ecr_ecs_constructs.image import EcrImage, acknowledge_granted, read
from ecr_ecs_constructs.options import (
    ContainerOptions,
    Ec2TaskOptions,
    ExternalTaskOptions,
    FargateTaskOptions,
    ManagedInstancesTaskOptions,
)
from ecr_ecs_constructs.permissions import grant_pull

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs import Construct, IConstruct

    from ecr_ecs_constructs.image_uri import EcrImageUri


class _EcrTaskDefinition(ecs.TaskDefinition):
    """The common part of the task definitions of all launch types."""

    def _take_only_ecr(self, log_group: logs.ILogGroup | None) -> None:
        self._log_group = log_group
        self._taken: set[str] = set()
        cdk.Aspects.of(self).add(_OnlyEcr())
        bring_along(self)
        resource = self.node.default_child
        assert resource is not None  # noqa: S101 # narrows the type; CDK documents the child
        # Without this a task can start before its role has the policy that lets it pull.
        add_late_dependency(resource, self._execution_policies)

    def _execution_policies(self) -> list[IConstruct]:
        role = self.execution_role
        return [construct for construct in role.node.find_all() if isinstance(construct, iam.CfnPolicy)] if role else []

    @property
    def log_group(self) -> logs.ILogGroup:
        """The log group of the containers without a logging of their own, made when it is first asked for."""
        if self._log_group is None:
            self._log_group = self.create_log_group()
        return self._log_group

    def create_log_group(self) -> logs.ILogGroup:
        """Return the log group for the containers of this task definition; a hook, called when it is first asked for.

        Its retention satisfies the control CloudWatch.16 of AWS Security Hub.

        Source: https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html
        """
        return logs.LogGroup(
            self, "LogGroup", retention=logs.RetentionDays.ONE_YEAR, removal_policy=cdk.RemovalPolicy.RETAIN
        )

    def container_logging(self, container_id: str) -> ecs.LogDriver:
        """Return the logging of a container that is added without one; a hook, called as it is added.

        Args:
            container_id: the ID under which the container is added.
        """
        return ecs.LogDrivers.aws_logs(stream_prefix=container_id, log_group=self.log_group)

    @takes(ContainerOptions)
    def add_container(
        self,
        id: str,
        *,
        image: str | EcrImageUri | ecs.ContainerImage,
        logging: ecs.LogDriver | None = None,
        **options: Unpack[ContainerOptions],
    ) -> ecs.ContainerDefinition:
        """Add a container whose image is pulled from a private Amazon ECR registry.

        The execution role is given the permission to pull the image, and to read the credential specification. An
        override that takes `**options` is decorated with `takes(ContainerOptions)`: when CDK itself calls it, jsii
        hands over only the arguments that it names.

        Args:
            id: the ID of the container in the task definition.
            image: a reference of an image, or a container image.
            logging: where the container logs; None for what `container_logging` returns.
            **options: those of `ContainerOptions`.

        Returns:
            The container.

        Raises:
            ValueError: the image is none of a private Amazon ECR registry, or its reference is not fully qualified;
                the reason names the first part that is wrong.
        """
        with self._taking(id, image) as ecr_image:
            container = super().add_container(
                id, image=ecr_image, logging=logging or self.container_logging(id), **ContainerOptions(**options)
            )
        grant_credential_specs(self.obtain_execution_role(), container)
        return container

    @takes(ContainerOptions)
    def add_firelens_log_router(
        self,
        id: str,
        *,
        firelens_config: ecs.FirelensConfig | dict[str, Any],
        image: str | EcrImageUri | ecs.ContainerImage,
        logging: ecs.LogDriver | None = None,
        **options: Unpack[ContainerOptions],
    ) -> ecs.FirelensLogRouter:
        """Add the FireLens log router, whose image is pulled from a private Amazon ECR registry.

        AWS keeps the images of AWS for Fluent Bit in private registries, too:
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/firelens-using-fluentbit.html.

        Args:
            id: the ID of the container in the task definition.
            firelens_config: the kind of the log router and its configuration.
            image: a reference of an image, or a container image.
            logging: where the log router itself logs; None for what `container_logging` returns.
            **options: those of `ContainerOptions`.

        Returns:
            The log router.

        Raises:
            ValueError: as `add_container` does.
        """
        with self._taking(id, image) as ecr_image:
            router = super().add_firelens_log_router(
                id,
                firelens_config=firelens_config,
                image=ecr_image,
                logging=logging or self.container_logging(id),
                **ContainerOptions(**options),
            )
        grant_credential_specs(self.obtain_execution_role(), router)
        return router

    @contextmanager
    def _taking(self, id: str, image: str | EcrImageUri | ecs.ContainerImage) -> Iterator[EcrImage]:
        """Refuse a wrong image, where possible before anything is added, and note the container as taken."""
        ecr_image = EcrImage.of(image)
        ecr_image.check(self)
        try:
            yield ecr_image
        except RuntimeError:
            if ecr_image.refusal is None:
                raise
            self.node.try_remove_child(id)
            raise ecr_image.refusal from None
        self._taken.add(f"{self.node.path}/{id}")

    def _take_others(self) -> None:
        """Judge the containers that were added without a method of this class, and let them be pulled."""
        containers = self._containers
        routed = any(isinstance(container, ecs.FirelensLogRouter) for container in containers)
        for container in containers:
            if container.log_driver_config and container.log_driver_config.log_driver == "awsfirelens" and not routed:
                raise ValueError(
                    f"logging of the container {container.node.path!r} must have a FireLens log router, got none: "
                    "the one that CDK adds by itself has an image that is known only at deployment; "
                    "call add_firelens_log_router with an image from Amazon ECR"
                )
            if container.node.path not in self._taken:
                try:
                    repository = read(container.image_name, container).repository(container)
                except ValueError as error:
                    raise ValueError(f"container {container.node.path!r}: {error}") from None
                grant_pull(self.obtain_execution_role(), repositories=[repository])
                grant_credential_specs(self.obtain_execution_role(), container)
                acknowledge_granted(container)


@jsii.implements(cdk.IAspect)
class _OnlyEcr:
    """Visits task definitions before synthesis: not every way to add a container calls a method of them."""

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, _EcrTaskDefinition):
            node._take_others()  # noqa: SLF001 # the second half of that class


@takes(
    Ec2TaskOptions,
    refuses={"inference_accelerators": "Amazon Elastic Inference is no longer offered; give containers gpu_count"},
)
class EcrEc2TaskDefinition(_EcrTaskDefinition, ecs.Ec2TaskDefinition):
    """A task definition for container instances that takes only images from Amazon ECR and lets its role pull them.

    Containers are added by a reference such as `123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1.2.3`, by an
    `EcrImage`, or by any container image of CDK that turns out to be one of Amazon ECR; all others are refused.
    The execution role, made by CDK where none is given, gets the permission to pull each image:
    where an execution role exists, it pulls in place of the container instance role.

    Hooks: `container_logging`, `create_log_group`.

    Args:
        scope: where the task definition is made.
        id: its ID there.
        log_group: the log group of the containers without a logging of their own; None for one of this task definition.
        **options: those of `Ec2TaskOptions`.

    Raises:
        ValueError: a container that was added by other means than the methods of this class has a wrong image;
            raised at synthesis.
    """

    def __init__(
        self, scope: Construct, id: str, *, log_group: logs.ILogGroup | None = None, **options: Unpack[Ec2TaskOptions]
    ) -> None:
        super().__init__(scope, id, **Ec2TaskOptions(**options))
        self._take_only_ecr(log_group)


@takes(FargateTaskOptions)
class EcrFargateTaskDefinition(_EcrTaskDefinition, ecs.FargateTaskDefinition):
    """A task definition for AWS Fargate that takes only images from Amazon ECR and lets its role pull them.

    Containers are added by a reference such as `123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1.2.3`, by an
    `EcrImage`, or by any container image of CDK that turns out to be one of Amazon ECR; all others are refused.
    The execution role, made by CDK where none is given, gets the permission to pull each image.

    Source of `runtime_monitoring`:
        https://docs.aws.amazon.com/guardduty/latest/ug/prereq-runtime-monitoring-ecs-support.html

    Hooks: `container_logging`, `create_log_group`.

    Args:
        scope: where the task definition is made.
        id: its ID there.
        log_group: the log group of the containers without a logging of their own; None for one of this task definition.
        runtime_monitoring: whether Runtime Monitoring of Amazon GuardDuty adds its sidecar to the tasks: the execution
            role may then pull that image too.
        **options: those of `FargateTaskOptions`.

    Raises:
        ValueError: a container that was added by other means than the methods of this class has a wrong image;
            raised at synthesis.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        log_group: logs.ILogGroup | None = None,
        runtime_monitoring: bool = False,
        **options: Unpack[FargateTaskOptions],
    ) -> None:
        super().__init__(scope, id, **FargateTaskOptions(**options))
        self._take_only_ecr(log_group)
        if runtime_monitoring:
            grant_pull(self.obtain_execution_role(), repositories=[agent_repository(self, FARGATE_AGENT)])


@takes(
    ManagedInstancesTaskOptions,
    refuses={
        "compatibility": "it is for ECS Managed Instances",
        "ephemeral_storage_gib": "it is for AWS Fargate; give task_volume_storage to the fleet",
        "inference_accelerators": "Amazon Elastic Inference is no longer offered; ask for accelerators by "
        "instance_requirements of the fleet",
        "memory_mib": "give memory_limit_mib, as for AWS Fargate",
        "placement_constraints": "say by instance_requirements of the fleet which instances run tasks",
    },
)
class EcrManagedInstancesTaskDefinition(_EcrTaskDefinition):
    """A task definition for ECS Managed Instances that takes only images from Amazon ECR and lets its role pull them.

    Containers are added as to the others. The execution role, made by CDK where none is given, gets the permission to
    pull each image: the instances pull by no role of their own.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters-managed-instances.html

    Hooks: `container_logging`, `create_log_group`.

    Args:
        scope: where the task definition is made.
        id: its ID there.
        cpu: the CPU units of the task, 1024 for one vCPU.
        memory_limit_mib: the memory of the task, in MiB.
        log_group: the log group of the containers without a logging of their own; None for one of this task definition.
        **options: those of `ManagedInstancesTaskOptions`.

    Raises:
        ValueError: a container that was added by other means than the methods of this class has a wrong image;
            raised at synthesis.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cpu: int = 256,
        memory_limit_mib: int = 512,
        log_group: logs.ILogGroup | None = None,
        **options: Unpack[ManagedInstancesTaskOptions],
    ) -> None:
        given = ManagedInstancesTaskOptions(**options)
        given["network_mode"] = given.get("network_mode") or ecs.NetworkMode.AWS_VPC
        super().__init__(
            scope,
            id,
            compatibility=ecs.Compatibility.MANAGED_INSTANCES,
            cpu=str(cpu),
            memory_mib=str(memory_limit_mib),
            **given,
        )
        self._take_only_ecr(log_group)


@takes(
    ExternalTaskOptions,
    refuses={"proxy_configuration": "Amazon ECS has no AWS App Mesh on external instances"},
)
class EcrExternalTaskDefinition(_EcrTaskDefinition, ecs.ExternalTaskDefinition):
    """A task definition for external instances, those of ECS Anywhere, that takes only images from Amazon ECR.

    Containers are added as to the others. The execution role, made by CDK where none is given, gets the permission to
    pull each image: external instances pull by no role of their own.

    Sources:
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-anywhere.html
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html

    Hooks: `container_logging`, `create_log_group`.

    Args:
        scope: where the task definition is made.
        id: its ID there.
        log_group: the log group of the containers without a logging of their own; None for one of this task definition.
        **options: those of `ExternalTaskOptions`.

    Raises:
        ValueError: `network_mode` is one that external instances do not have; or, at synthesis, a container that was
            added by other means than the methods of this class has a wrong image.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        log_group: logs.ILogGroup | None = None,
        **options: Unpack[ExternalTaskOptions],
    ) -> None:
        mode = options.get("network_mode")
        if mode not in (None, ecs.NetworkMode.BRIDGE, ecs.NetworkMode.HOST, ecs.NetworkMode.NONE):
            raise ValueError(
                f"network_mode must be BRIDGE, HOST or NONE, got {mode.name}: external instances are in no VPC"
            )
        super().__init__(scope, id, **ExternalTaskOptions(**options))
        self._take_only_ecr(log_group)
