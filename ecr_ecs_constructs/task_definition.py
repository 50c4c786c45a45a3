"""Task definitions whose containers come from Amazon ECR."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs

from ecr_ecs_constructs.checks import bring_along
from ecr_ecs_constructs.dependencies import add_late_dependency
from ecr_ecs_constructs.image import EcrImage, acknowledge_granted, read
from ecr_ecs_constructs.permissions import grant_pull

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from constructs import Construct, IConstruct

    from ecr_ecs_constructs.image_uri import EcrImageUri


class _EcrTaskDefinition(ecs.TaskDefinition):
    """What the task definitions of all launch types have in common.

    The methods that add a container repeat the arguments of CDK's: when CDK itself calls them, jsii hands over only
    the arguments that they name.
    """

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
        """Return the log group for the containers of this task definition; a hook.

        Its retention satisfies the control CloudWatch.16 of AWS Security Hub.

        Source: https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html
        """
        return logs.LogGroup(
            self, "LogGroup", retention=logs.RetentionDays.ONE_YEAR, removal_policy=cdk.RemovalPolicy.RETAIN
        )

    def container_logging(self, container_id: str) -> ecs.LogDriver:
        """Return the logging of a container that is added without one; a hook.

        Args:
            container_id: the ID under which the container is added.
        """
        return ecs.LogDrivers.aws_logs(stream_prefix=container_id, log_group=self.log_group)

    def add_container(
        self,
        id: str,
        *,
        image: str | EcrImageUri | ecs.ContainerImage,
        command: Sequence[str] | None = None,
        container_name: str | None = None,
        cpu: float | None = None,
        credential_specs: Sequence[ecs.CredentialSpec] | None = None,
        disable_networking: bool | None = None,
        dns_search_domains: Sequence[str] | None = None,
        dns_servers: Sequence[str] | None = None,
        docker_labels: Mapping[str, str] | None = None,
        docker_security_options: Sequence[str] | None = None,
        enable_restart_policy: bool | None = None,
        entry_point: Sequence[str] | None = None,
        environment: Mapping[str, str] | None = None,
        environment_files: Sequence[ecs.EnvironmentFile] | None = None,
        essential: bool | None = None,
        extra_hosts: Mapping[str, str] | None = None,
        gpu_count: float | None = None,
        health_check: ecs.HealthCheck | dict[str, Any] | None = None,
        hostname: str | None = None,
        inference_accelerator_resources: Sequence[str] | None = None,
        interactive: bool | None = None,
        linux_parameters: ecs.LinuxParameters | None = None,
        logging: ecs.LogDriver | None = None,
        memory_limit_mib: float | None = None,
        memory_reservation_mib: float | None = None,
        port_mappings: Sequence[ecs.PortMapping | dict[str, Any]] | None = None,
        privileged: bool | None = None,
        pseudo_terminal: bool | None = None,
        readonly_root_filesystem: bool | None = None,
        restart_attempt_period: cdk.Duration | None = None,
        restart_ignored_exit_codes: Sequence[float] | None = None,
        secrets: Mapping[str, ecs.Secret] | None = None,
        start_timeout: cdk.Duration | None = None,
        stop_timeout: cdk.Duration | None = None,
        system_controls: Sequence[ecs.SystemControl | dict[str, Any]] | None = None,
        ulimits: Sequence[ecs.Ulimit | dict[str, Any]] | None = None,
        user: str | None = None,
        version_consistency: ecs.VersionConsistency | None = None,
        working_directory: str | None = None,
    ) -> ecs.ContainerDefinition:
        """Add a container whose image is pulled from a private Amazon ECR registry.

        The execution role is given the permission to pull the image. The arguments are those of
        `ecs.TaskDefinition.add_container`; `image` may also be a reference, and without `logging` the container gets
        what `container_logging` returns.

        Returns:
            The container.

        Raises:
            ValueError: the image is none of a private Amazon ECR registry, or its reference is not fully qualified;
                the reason names the first part that is wrong.
        """
        with self._taking(id, image) as ecr_image:
            return super().add_container(
                id,
                image=ecr_image,
                command=command,
                container_name=container_name,
                cpu=cpu,
                credential_specs=credential_specs,
                disable_networking=disable_networking,
                dns_search_domains=dns_search_domains,
                dns_servers=dns_servers,
                docker_labels=docker_labels,
                docker_security_options=docker_security_options,
                enable_restart_policy=enable_restart_policy,
                entry_point=entry_point,
                environment=environment,
                environment_files=environment_files,
                essential=essential,
                extra_hosts=extra_hosts,
                gpu_count=gpu_count,
                health_check=health_check,
                hostname=hostname,
                inference_accelerator_resources=inference_accelerator_resources,
                interactive=interactive,
                linux_parameters=linux_parameters,
                logging=logging or self.container_logging(id),
                memory_limit_mib=memory_limit_mib,
                memory_reservation_mib=memory_reservation_mib,
                port_mappings=port_mappings,
                privileged=privileged,
                pseudo_terminal=pseudo_terminal,
                readonly_root_filesystem=readonly_root_filesystem,
                restart_attempt_period=restart_attempt_period,
                restart_ignored_exit_codes=restart_ignored_exit_codes,
                secrets=secrets,
                start_timeout=start_timeout,
                stop_timeout=stop_timeout,
                system_controls=system_controls,
                ulimits=ulimits,
                user=user,
                version_consistency=version_consistency,
                working_directory=working_directory,
            )

    def add_firelens_log_router(
        self,
        id: str,
        *,
        firelens_config: ecs.FirelensConfig | dict[str, Any],
        image: str | EcrImageUri | ecs.ContainerImage,
        command: Sequence[str] | None = None,
        container_name: str | None = None,
        cpu: float | None = None,
        credential_specs: Sequence[ecs.CredentialSpec] | None = None,
        disable_networking: bool | None = None,
        dns_search_domains: Sequence[str] | None = None,
        dns_servers: Sequence[str] | None = None,
        docker_labels: Mapping[str, str] | None = None,
        docker_security_options: Sequence[str] | None = None,
        enable_restart_policy: bool | None = None,
        entry_point: Sequence[str] | None = None,
        environment: Mapping[str, str] | None = None,
        environment_files: Sequence[ecs.EnvironmentFile] | None = None,
        essential: bool | None = None,
        extra_hosts: Mapping[str, str] | None = None,
        gpu_count: float | None = None,
        health_check: ecs.HealthCheck | dict[str, Any] | None = None,
        hostname: str | None = None,
        inference_accelerator_resources: Sequence[str] | None = None,
        interactive: bool | None = None,
        linux_parameters: ecs.LinuxParameters | None = None,
        logging: ecs.LogDriver | None = None,
        memory_limit_mib: float | None = None,
        memory_reservation_mib: float | None = None,
        port_mappings: Sequence[ecs.PortMapping | dict[str, Any]] | None = None,
        privileged: bool | None = None,
        pseudo_terminal: bool | None = None,
        readonly_root_filesystem: bool | None = None,
        restart_attempt_period: cdk.Duration | None = None,
        restart_ignored_exit_codes: Sequence[float] | None = None,
        secrets: Mapping[str, ecs.Secret] | None = None,
        start_timeout: cdk.Duration | None = None,
        stop_timeout: cdk.Duration | None = None,
        system_controls: Sequence[ecs.SystemControl | dict[str, Any]] | None = None,
        ulimits: Sequence[ecs.Ulimit | dict[str, Any]] | None = None,
        user: str | None = None,
        version_consistency: ecs.VersionConsistency | None = None,
        working_directory: str | None = None,
    ) -> ecs.FirelensLogRouter:
        """Add the FireLens log router, whose image is pulled from a private Amazon ECR registry.

        AWS keeps the images of AWS for Fluent Bit in private registries, too:
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/firelens-using-fluentbit.html.
        The arguments are those of `ecs.TaskDefinition.add_firelens_log_router`; `image` and `logging` are as in
        `add_container`.

        Returns:
            The log router.

        Raises:
            ValueError: as `add_container` does.
        """
        with self._taking(id, image) as ecr_image:
            return super().add_firelens_log_router(
                id,
                firelens_config=firelens_config,
                image=ecr_image,
                command=command,
                container_name=container_name,
                cpu=cpu,
                credential_specs=credential_specs,
                disable_networking=disable_networking,
                dns_search_domains=dns_search_domains,
                dns_servers=dns_servers,
                docker_labels=docker_labels,
                docker_security_options=docker_security_options,
                enable_restart_policy=enable_restart_policy,
                entry_point=entry_point,
                environment=environment,
                environment_files=environment_files,
                essential=essential,
                extra_hosts=extra_hosts,
                gpu_count=gpu_count,
                health_check=health_check,
                hostname=hostname,
                inference_accelerator_resources=inference_accelerator_resources,
                interactive=interactive,
                linux_parameters=linux_parameters,
                logging=logging or self.container_logging(id),
                memory_limit_mib=memory_limit_mib,
                memory_reservation_mib=memory_reservation_mib,
                port_mappings=port_mappings,
                privileged=privileged,
                pseudo_terminal=pseudo_terminal,
                readonly_root_filesystem=readonly_root_filesystem,
                restart_attempt_period=restart_attempt_period,
                restart_ignored_exit_codes=restart_ignored_exit_codes,
                secrets=secrets,
                start_timeout=start_timeout,
                stop_timeout=stop_timeout,
                system_controls=system_controls,
                ulimits=ulimits,
                user=user,
                version_consistency=version_consistency,
                working_directory=working_directory,
            )

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
                acknowledge_granted(container)


@jsii.implements(cdk.IAspect)
class _OnlyEcr:
    """Visits task definitions before synthesis: not every way to add a container calls a method of them."""

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, _EcrTaskDefinition):
            node._take_others()  # noqa: SLF001 # the second half of that class


class EcrEc2TaskDefinition(_EcrTaskDefinition, ecs.Ec2TaskDefinition):
    """A task definition for container instances that takes only images from Amazon ECR.

    Containers are added by a reference such as `123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1.2.3`, by an
    `EcrImage`, or by any container image of CDK that turns out to be one of Amazon ECR; all others are refused.
    The execution role, made by CDK where none is given, gets the permission to pull each image:
    where an execution role exists, it pulls in place of the container instance role.

    Hooks: `container_logging`, `create_log_group`.

    Args:
        scope: where the task definition is made.
        id: its ID there.
        ipc_mode: which IPC resources the containers share.
        network_mode: the Docker networking of the containers.
        pid_mode: which processes the containers share.
        placement_constraints: the container instances that tasks may be placed on.
        enable_fault_injection: whether faults may be injected into the tasks.
        execution_role: the role that pulls the images and writes the logs; an imported one is extended where CDK can.
        family: the name of the family of revisions; None for a generated one.
        proxy_configuration: the App Mesh proxy.
        task_role: the role of the code in the containers.
        volumes: the volumes of the task.
        log_group: the log group of the containers without a logging of their own; None for one of this task definition.

    Raises:
        ValueError: a container that was added by other means than the methods of this class has a wrong image;
            raised at synthesis.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        ipc_mode: ecs.IpcMode | None = None,
        network_mode: ecs.NetworkMode | None = None,
        pid_mode: ecs.PidMode | None = None,
        placement_constraints: Sequence[ecs.PlacementConstraint] | None = None,
        enable_fault_injection: bool | None = None,
        execution_role: iam.IRole | None = None,
        family: str | None = None,
        proxy_configuration: ecs.ProxyConfiguration | None = None,
        task_role: iam.IRole | None = None,
        volumes: Sequence[ecs.Volume | dict[str, Any]] | None = None,
        log_group: logs.ILogGroup | None = None,
    ) -> None:
        super().__init__(
            scope,
            id,
            ipc_mode=ipc_mode,
            network_mode=network_mode,
            pid_mode=pid_mode,
            placement_constraints=placement_constraints,
            enable_fault_injection=enable_fault_injection,
            execution_role=execution_role,
            family=family,
            proxy_configuration=proxy_configuration,
            task_role=task_role,
            volumes=volumes,
        )
        self._take_only_ecr(log_group)


class EcrFargateTaskDefinition(_EcrTaskDefinition, ecs.FargateTaskDefinition):
    """A task definition for AWS Fargate that takes only images from Amazon ECR.

    Containers are added by a reference such as `123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1.2.3`, by an
    `EcrImage`, or by any container image of CDK that turns out to be one of Amazon ECR; all others are refused.
    The execution role, made by CDK where none is given, gets the permission to pull each image.

    Hooks: `container_logging`, `create_log_group`.

    Args:
        scope: where the task definition is made.
        id: its ID there.
        cpu: the CPU units of the task, 1024 for one vCPU.
        ephemeral_storage_gib: the ephemeral storage of the task, in GiB.
        memory_limit_mib: the memory of the task, in MiB.
        pid_mode: which processes the containers share.
        runtime_platform: the operating system and the CPU architecture of the task.
        enable_fault_injection: whether faults may be injected into the tasks.
        execution_role: the role that pulls the images and writes the logs; an imported one is extended where CDK can.
        family: the name of the family of revisions; None for a generated one.
        proxy_configuration: the App Mesh proxy.
        task_role: the role of the code in the containers.
        volumes: the volumes of the task.
        log_group: the log group of the containers without a logging of their own; None for one of this task definition.

    Raises:
        ValueError: a container that was added by other means than the methods of this class has a wrong image;
            raised at synthesis.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cpu: float | None = None,
        ephemeral_storage_gib: float | None = None,
        memory_limit_mib: float | None = None,
        pid_mode: ecs.PidMode | None = None,
        runtime_platform: ecs.RuntimePlatform | dict[str, Any] | None = None,
        enable_fault_injection: bool | None = None,
        execution_role: iam.IRole | None = None,
        family: str | None = None,
        proxy_configuration: ecs.ProxyConfiguration | None = None,
        task_role: iam.IRole | None = None,
        volumes: Sequence[ecs.Volume | dict[str, Any]] | None = None,
        log_group: logs.ILogGroup | None = None,
    ) -> None:
        super().__init__(
            scope,
            id,
            cpu=cpu,
            ephemeral_storage_gib=ephemeral_storage_gib,
            memory_limit_mib=memory_limit_mib,
            pid_mode=pid_mode,
            runtime_platform=runtime_platform,
            enable_fault_injection=enable_fault_injection,
            execution_role=execution_role,
            family=family,
            proxy_configuration=proxy_configuration,
            task_role=task_role,
            volumes=volumes,
        )
        self._take_only_ecr(log_group)
