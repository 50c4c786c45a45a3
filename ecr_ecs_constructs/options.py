"""The arguments that constructs hand on to CDK as they are, each list once.

The names and the meaning are CDK's; an argument that is left out, or is None, is what CDK takes for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from ecr_ecs_constructs.arguments import argument_list

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    import aws_cdk as cdk
    from aws_cdk import aws_autoscaling as autoscaling
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_ecr_assets as ecr_assets
    from aws_cdk import aws_ecs as ecs
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms


@argument_list
class ContainerOptions(TypedDict, total=False):
    """The arguments of a container, besides its image and its logging.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html

    Attributes:
        command: the command, in place of the image's.
        container_name: the name of the container in the task; None for the ID.
        cpu: the CPU units that are reserved, 1024 for one vCPU.
        credential_specs: the credential specification for Active Directory, one at most; the execution role may read
            it.
        disable_networking: whether the container has no network.
        dns_search_domains: the domains in which names are looked up.
        dns_servers: the DNS servers.
        docker_labels: labels of the container.
        docker_security_options: labels for SELinux and AppArmor, or a credential specification.
        enable_restart_policy: whether the container is started again by itself, instead of its task.
        entry_point: the entry point, in place of the image's.
        environment: environment variables.
        environment_files: files of environment variables.
        essential: whether the task stops when the container does; None for yes.
        extra_hosts: addresses by host name, for `/etc/hosts`.
        gpu_count: how many GPUs are reserved.
        health_check: the command that tells whether the container works, and how often it runs.
        hostname: the host name.
        inference_accelerator_resources: names of inference accelerators of the task.
        interactive: whether standard input stays open.
        linux_parameters: capabilities, devices and other settings of the Linux kernel.
        memory_limit_mib: the memory that the container may have, in MiB; whatever takes more is ended.
        memory_reservation_mib: the memory that is reserved, in MiB.
        port_mappings: the ports that the container opens.
        privileged: whether the container has the rights of root on its host.
        pseudo_terminal: whether the container has a terminal.
        readonly_root_filesystem: whether the container can't write to its root file system.
        restart_attempt_period: how long the container has to run before it is started again, 60 to 1800 seconds.
        restart_ignored_exit_codes: exit codes after which the container is not started again.
        secrets: environment variables with values of AWS Secrets Manager or Parameter Store.
        start_timeout: how long other containers wait for what they need of this one.
        stop_timeout: how long the container has to end by itself before it is ended.
        system_controls: kernel parameters of the container.
        ulimits: limits of resources.
        user: the user that the container runs as.
        version_consistency: whether Amazon ECS turns the tag of the image into a digest, so that all tasks of a
            deployment run the same image.
        working_directory: where commands run.
    """

    command: Sequence[str] | None
    container_name: str | None
    cpu: float | None
    credential_specs: Sequence[ecs.CredentialSpec] | None
    disable_networking: bool | None
    dns_search_domains: Sequence[str] | None
    dns_servers: Sequence[str] | None
    docker_labels: Mapping[str, str] | None
    docker_security_options: Sequence[str] | None
    enable_restart_policy: bool | None
    entry_point: Sequence[str] | None
    environment: Mapping[str, str] | None
    environment_files: Sequence[ecs.EnvironmentFile] | None
    essential: bool | None
    extra_hosts: Mapping[str, str] | None
    gpu_count: float | None
    health_check: ecs.HealthCheck | dict[str, Any] | None
    hostname: str | None
    inference_accelerator_resources: Sequence[str] | None
    interactive: bool | None
    linux_parameters: ecs.LinuxParameters | None
    memory_limit_mib: float | None
    memory_reservation_mib: float | None
    port_mappings: Sequence[ecs.PortMapping | dict[str, Any]] | None
    privileged: bool | None
    pseudo_terminal: bool | None
    readonly_root_filesystem: bool | None
    restart_attempt_period: cdk.Duration | None
    restart_ignored_exit_codes: Sequence[float] | None
    secrets: Mapping[str, ecs.Secret] | None
    start_timeout: cdk.Duration | None
    stop_timeout: cdk.Duration | None
    system_controls: Sequence[ecs.SystemControl | dict[str, Any]] | None
    ulimits: Sequence[ecs.Ulimit | dict[str, Any]] | None
    user: str | None
    version_consistency: ecs.VersionConsistency | None
    working_directory: str | None


@argument_list
class AssetOptions(TypedDict, total=False):
    """The arguments of the build of an image, besides its directory and its platform.

    Source: https://docs.docker.com/reference/cli/docker/buildx/build/

    Attributes:
        asset_name: the name of the asset; AppStagingSynthesizer needs one.
        build_args: build arguments.
        build_contexts: further directories, URLs or images that the Dockerfile names.
        build_secrets: secrets of the build, as in `--secret`.
        build_ssh: the SSH agent or keys of the build, as in `--ssh`.
        cache_disabled: whether nothing is taken from the cache.
        cache_from: where the cache is read, besides the usual place.
        cache_to: where the cache is written.
        display_name: the name of the asset in messages.
        file: the path of the Dockerfile in the directory; None for `Dockerfile`.
        invalidation: which of these arguments make a new image when they change; None for all.
        network_mode: the network of what runs in the build.
        outputs: where the result is written.
        target: the stage of the Dockerfile that is built.
        extra_hash: a text that makes a new image when it changes.
        exclude: patterns of files that do not belong to the directory.
        follow_symlinks: which symbolic links are followed.
        ignore_mode: how the patterns are read.
    """

    asset_name: str | None
    build_args: Mapping[str, str] | None
    build_contexts: Mapping[str, str] | None
    build_secrets: Mapping[str, str] | None
    build_ssh: str | None
    cache_disabled: bool | None
    cache_from: Sequence[ecr_assets.DockerCacheOption | dict[str, Any]] | None
    cache_to: ecr_assets.DockerCacheOption | dict[str, Any] | None
    display_name: str | None
    file: str | None
    invalidation: ecr_assets.DockerImageAssetInvalidationOptions | dict[str, Any] | None
    network_mode: ecr_assets.NetworkMode | None
    outputs: Sequence[str] | None
    target: str | None
    extra_hash: str | None
    exclude: Sequence[str] | None
    follow_symlinks: cdk.SymlinkFollowMode | None
    ignore_mode: cdk.IgnoreMode | None


@argument_list
class AnyTaskOptions(TypedDict, total=False):
    """The arguments of a task definition of any launch type.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html

    Attributes:
        enable_fault_injection: whether faults may be injected into the tasks.
        execution_role: the role that pulls the images and writes the logs; an imported one is extended where CDK can.
        family: the name of the family of revisions; None for a generated one.
        task_role: the role of the code in the containers.
        volumes: the volumes of the task.
    """

    enable_fault_injection: bool | None
    execution_role: iam.IRole | iam.Role | None
    family: str | None
    task_role: iam.IRole | iam.Role | None
    volumes: Sequence[ecs.Volume | dict[str, Any]] | None


@argument_list
class TaskOptions(AnyTaskOptions, total=False):
    """The arguments of a task definition of any launch type but EXTERNAL.

    Attributes:
        proxy_configuration: the App Mesh proxy.
    """

    proxy_configuration: ecs.ProxyConfiguration | None


@argument_list
class ExternalTaskOptions(AnyTaskOptions, total=False):
    """The arguments of a task definition for external instances, those of ECS Anywhere.

    Attributes:
        network_mode: the Docker networking of the containers: BRIDGE, HOST or NONE; None for BRIDGE.
    """

    network_mode: ecs.NetworkMode | None


@argument_list
class Ec2TaskOptions(TaskOptions, total=False):
    """The arguments of a task definition for container instances.

    Attributes:
        ipc_mode: which IPC resources the containers share.
        network_mode: the Docker networking of the containers.
        pid_mode: which processes the containers share.
        placement_constraints: the container instances that tasks may be placed on.
    """

    ipc_mode: ecs.IpcMode | None
    network_mode: ecs.NetworkMode | None
    pid_mode: ecs.PidMode | None
    placement_constraints: Sequence[ecs.PlacementConstraint] | None


@argument_list
class FargateTaskOptions(TaskOptions, total=False):
    """The arguments of a task definition for AWS Fargate.

    Attributes:
        cpu: the CPU units of the task, 1024 for one vCPU.
        ephemeral_storage_gib: the ephemeral storage of the task, in GiB.
        memory_limit_mib: the memory of the task, in MiB.
        pid_mode: which processes the containers share.
        runtime_platform: the operating system and the CPU architecture of the task.
    """

    cpu: float | None
    ephemeral_storage_gib: float | None
    memory_limit_mib: float | None
    pid_mode: ecs.PidMode | None
    runtime_platform: ecs.RuntimePlatform | dict[str, Any] | None


@argument_list
class AnyServiceOptions(TypedDict, total=False):
    """The arguments of a service of any launch type.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html

    Attributes:
        deployment_alarms: the alarms that end a deployment.
        deployment_controller: who deploys: Amazon ECS, AWS CodeDeploy or another; None for Amazon ECS.
        desired_count: how many tasks run.
        enable_ecs_managed_tags: whether Amazon ECS tags the tasks.
        enable_execute_command: whether ECS Exec may run commands in the containers.
        force_new_deployment: when to deploy anew without a change.
        max_healthy_percent: how many tasks may run during a deployment, in percent of the desired count.
        propagate_tags: where the tags of the tasks come from.
        service_name: the physical name; None for a generated one.
        task_definition_revision: the revision of the task definition; None for the one of this deployment.
    """

    deployment_alarms: ecs.DeploymentAlarmConfig | dict[str, Any] | None
    deployment_controller: ecs.DeploymentController | dict[str, Any] | None
    desired_count: float | None
    enable_ecs_managed_tags: bool | None
    enable_execute_command: bool | None
    force_new_deployment: ecs.ForceNewDeployment | dict[str, Any] | None
    max_healthy_percent: float | None
    propagate_tags: ecs.PropagatedTagSource | None
    service_name: str | None
    task_definition_revision: ecs.TaskDefinitionRevision | None


@argument_list
class ManagedInstancesServiceOptions(AnyServiceOptions, total=False):
    """The arguments of a service of any launch type but EXTERNAL, that on ECS Managed Instances included.

    Attributes:
        availability_zone_rebalancing: whether Amazon ECS moves tasks to keep Availability Zones in balance.
        security_groups: the security groups of the tasks; with the network mode awsvpc alone.
        vpc_subnets: the subnets of the tasks; with the network mode awsvpc alone.
        bake_time: how long old and new tasks run beside each other after a shift of traffic.
        canary_configuration: the shift of traffic in two steps.
        cloud_map_options: the registration in AWS Cloud Map.
        deployment_strategy: how tasks are replaced.
        health_check_grace_period: how long the health checks of a load balancer are ignored after a task has started.
        lifecycle_hooks: what runs in the stages of a deployment.
        linear_configuration: the shift of traffic in equal steps.
        service_connect_configuration: the configuration of Service Connect.
        volume_configurations: the Amazon EBS volumes that the service makes for its tasks.
    """

    availability_zone_rebalancing: ecs.AvailabilityZoneRebalancing | None
    security_groups: Sequence[ec2.ISecurityGroup] | None
    vpc_subnets: ec2.SubnetSelection | dict[str, Any] | None
    bake_time: cdk.Duration | None
    canary_configuration: ecs.TrafficShiftConfig | dict[str, Any] | None
    cloud_map_options: ecs.CloudMapOptions | dict[str, Any] | None
    deployment_strategy: ecs.DeploymentStrategy | None
    health_check_grace_period: cdk.Duration | None
    lifecycle_hooks: Sequence[ecs.IDeploymentLifecycleHookTarget] | None
    linear_configuration: ecs.TrafficShiftConfig | dict[str, Any] | None
    service_connect_configuration: ecs.ServiceConnectProps | dict[str, Any] | None
    volume_configurations: Sequence[ecs.ServiceManagedVolume] | None


@argument_list
class ExternalServiceOptions(AnyServiceOptions, total=False):
    """The arguments of a service on external instances, those of ECS Anywhere.

    Attributes:
        daemon: whether one task runs on every external instance, instead of a number of tasks.
    """

    daemon: bool | None


@argument_list
class ServiceOptions(ManagedInstancesServiceOptions, total=False):
    """The arguments of a service on container instances or AWS Fargate.

    Attributes:
        assign_public_ip: whether tasks get a public IPv4 address; with the network mode awsvpc alone.
    """

    assign_public_ip: bool | None


@argument_list
class Ec2ServiceOptions(ServiceOptions, total=False):
    """The arguments of a service on container instances.

    Attributes:
        daemon: whether one task runs on every container instance, instead of a number of tasks.
        placement_constraints: the container instances that tasks may be placed on.
        placement_strategies: how tasks are spread over container instances.
    """

    daemon: bool | None
    placement_constraints: Sequence[ecs.PlacementConstraint] | None
    placement_strategies: Sequence[ecs.PlacementStrategy] | None


@argument_list
class FargateServiceOptions(ServiceOptions, total=False):
    """The arguments of a service on AWS Fargate.

    Attributes:
        platform_version: the version of the AWS Fargate platform.
    """

    platform_version: ecs.FargatePlatformVersion | None


@argument_list
class GroupOptions(TypedDict, total=False):
    """The arguments of the Auto Scaling group of a capacity.

    Source: https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html

    Attributes:
        auto_scaling_group_name: the physical name of the group; None for a generated one.
        az_capacity_distribution_strategy: how strictly instances are spread over Availability Zones.
        capacity_rebalance: whether Spot instances at risk of interruption are replaced beforehand.
        cooldown: the time between two scaling activities.
        default_instance_warmup: the time after which a new instance counts in the metrics of the group.
        deletion_protection: whether the group can be deleted, also with instances.
        group_metrics: the metrics that the group reports to CloudWatch.
        health_checks: the health checks of the instances.
        ignore_unmodified_size_properties: whether a deployment leaves the sizes that scheduled actions have set; None
            for yes.
        instance_lifecycle_policy: what becomes of instances whose lifecycle hooks fail.
        max_instance_lifetime: the time after which an instance is replaced.
        notifications: the topics that are told of launches and terminations.
        termination_policies: which instance is terminated first when the group shrinks.
        termination_policy_custom_lambda_function_arn: the function that chooses it, where the termination policy is
            CUSTOM_LAMBDA_FUNCTION.
    """

    auto_scaling_group_name: str | None
    az_capacity_distribution_strategy: autoscaling.CapacityDistributionStrategy | None
    capacity_rebalance: bool | None
    cooldown: cdk.Duration | None
    default_instance_warmup: cdk.Duration | None
    deletion_protection: autoscaling.DeletionProtection | None
    group_metrics: Sequence[autoscaling.GroupMetrics] | None
    health_checks: autoscaling.HealthChecks | None
    ignore_unmodified_size_properties: bool | None
    instance_lifecycle_policy: autoscaling.InstanceLifecyclePolicy | dict[str, Any] | None
    max_instance_lifetime: cdk.Duration | None
    notifications: Sequence[autoscaling.NotificationConfiguration | dict[str, Any]] | None
    termination_policies: Sequence[autoscaling.TerminationPolicy] | None
    termination_policy_custom_lambda_function_arn: str | None


@argument_list
class CapacityOptions(GroupOptions, total=False):
    """The arguments of a capacity that its Auto Scaling group, launch template and capacity provider are given.

    Sources:
        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RequestLaunchTemplateData.html
        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCapacityProvider.html
        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ManagedScaling.html

    Attributes:
        capacity_provider_name: the physical name of the capacity provider; None for a generated one.
        instance_monitoring: how often the instances report to CloudWatch; None for every five minutes.
        instance_warmup_period: the seconds after which a new instance counts for the scaling by Amazon ECS.
        key_pair: the key pair for SSH.
        maximum_scaling_step_size: how many instances Amazon ECS starts or stops at once at most.
        minimum_scaling_step_size: how many instances Amazon ECS starts or stops at once at least.
        target_capacity_percent: how full Amazon ECS keeps the instances, in percent; None for 100.
        volume_encryption_key: the KMS key of the volumes; None for the account's default. The policy of the key lets
            Amazon EC2 use it, unless it is imported.
        volume_iops: the I/O operations per second of the volume that holds the container images.
        volume_size: the size of the volume that holds the container images; None for that of the machine image.
        volume_throughput: the throughput of the volume that holds the container images, in MiB/s.
    """

    capacity_provider_name: str | None
    instance_monitoring: autoscaling.Monitoring | None
    instance_warmup_period: int | None
    key_pair: ec2.IKeyPair | None
    maximum_scaling_step_size: int | None
    minimum_scaling_step_size: int | None
    target_capacity_percent: int | None
    volume_encryption_key: kms.IKey | kms.Key | None
    volume_iops: int | None
    volume_size: cdk.Size | None
    volume_throughput: int | None


@argument_list
class ManagedInstancesOptions(TypedDict, total=False):
    """The arguments of a fleet of ECS Managed Instances, besides its network and its infrastructure role.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_InstanceLaunchTemplate.html

    Attributes:
        capacity_option_type: whether the instances are On-Demand or Spot ones; None for On-Demand instances.
        capacity_provider_name: the physical name of the capacity provider; None for a generated one.
        ec2_instance_profile: the instance profile; None for one whose role is named as Amazon ECS asks for.
        instance_requirements: what instance types must have; None to leave them to Amazon ECS.
        monitoring: how often the instances report to CloudWatch; None for every five minutes.
        propagate_tags: whether the instances get the tags of the capacity provider.
        task_volume_storage: the size of the volume for images, logs and files of tasks; None for 80 GiB.
    """

    capacity_option_type: ecs.CapacityOptionType | None
    capacity_provider_name: str | None
    ec2_instance_profile: iam.IInstanceProfile | None
    instance_requirements: ec2.InstanceRequirementsConfig | dict[str, Any] | None
    monitoring: ecs.InstanceMonitoring | None
    propagate_tags: ecs.PropagateManagedInstancesTags | None
    task_volume_storage: cdk.Size | None


@argument_list
class ManagedInstancesTaskOptions(TaskOptions, total=False):
    """The arguments of a task definition for ECS Managed Instances, besides its size.

    Attributes:
        ipc_mode: which containers share the resources of interprocess communication.
        network_mode: awsvpc or host; None for awsvpc.
        pid_mode: which processes the containers share.
        runtime_platform: the CPU architecture of the task.
    """

    ipc_mode: ecs.IpcMode | None
    network_mode: ecs.NetworkMode | None
    pid_mode: ecs.PidMode | None
    runtime_platform: ecs.RuntimePlatform | dict[str, Any] | None


@argument_list
class DaemonOptions(TypedDict, total=False):
    """The arguments of a daemon and of its task definition, besides its roles, its capacity and its containers.

    Sources:
        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateDaemon.html
        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterDaemonTaskDefinition.html

    Attributes:
        critical: whether an instance is replaced whose daemon fails; None for yes.
        daemon_name: the physical name; None for a generated one.
        deployment_configuration: how instances are drained for a new daemon, and which alarms end a deployment.
        enable_ecs_managed_tags: whether Amazon ECS tags the tasks.
        enable_execute_command: whether ECS Exec may run commands in the containers.
        family: the name of the family of revisions; None for a generated one.
        ipc_mode: none or shared, which other daemons and tasks of the instance share.
        pid_mode: none or shared, which other daemons and tasks of the instance share.
        propagate_tags: where the tags of the tasks come from.
        volumes: the volumes of the tasks.
    """

    critical: bool | None
    daemon_name: str | None
    deployment_configuration: ecs.CfnDaemon.DaemonDeploymentConfigurationProperty | dict[str, Any] | None
    enable_ecs_managed_tags: bool | None
    enable_execute_command: bool | None
    family: str | None
    ipc_mode: str | None
    pid_mode: str | None
    propagate_tags: str | None
    volumes: Sequence[ecs.CfnDaemonTaskDefinition.VolumeProperty | dict[str, Any]] | None


@argument_list
class DaemonContainerOptions(TypedDict, total=False):
    """The arguments of a container of a daemon, besides its image, its logging and its variables.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DaemonContainerDefinition.html

    Attributes:
        command: the command, in place of the image's.
        cpu: the CPU units that are reserved, 1024 for one vCPU.
        depends_on: the containers that start before it.
        entry_point: the entry point, in place of the image's.
        environment_files: files of environment variables.
        essential: whether the task stops when the container does; None for yes.
        firelens_configuration: what makes it a log router.
        health_check: the command that tells whether the container works, and how often it runs.
        interactive: whether standard input stays open.
        linux_parameters: capabilities, devices and other settings of the Linux kernel.
        memory: the memory that the container may have, in MiB; whatever takes more is ended.
        memory_reservation: the memory that is reserved, in MiB.
        mount_points: where the volumes of the task are mounted.
        privileged: whether the container has the rights of root on its host.
        pseudo_terminal: whether the container has a terminal.
        readonly_root_filesystem: whether the container can't write to its root file system.
        restart_policy: when the container is started again by itself, instead of its task.
        start_timeout: how many seconds other containers wait for what they need of this one.
        stop_timeout: how many seconds the container has to end by itself before it is ended.
        system_controls: kernel parameters of the container.
        ulimits: limits of resources.
        user: the user that the container runs as.
        working_directory: where commands run.
    """

    command: Sequence[str] | None
    cpu: int | None
    depends_on: Sequence[ecs.CfnDaemonTaskDefinition.ContainerDependencyProperty | dict[str, Any]] | None
    entry_point: Sequence[str] | None
    environment_files: Sequence[ecs.CfnDaemonTaskDefinition.EnvironmentFileProperty | dict[str, Any]] | None
    essential: bool | None
    firelens_configuration: ecs.CfnDaemonTaskDefinition.FirelensConfigurationProperty | dict[str, Any] | None
    health_check: ecs.CfnDaemonTaskDefinition.HealthCheckProperty | dict[str, Any] | None
    interactive: bool | None
    linux_parameters: ecs.CfnDaemonTaskDefinition.LinuxParametersProperty | dict[str, Any] | None
    memory: int | None
    memory_reservation: int | None
    mount_points: Sequence[ecs.CfnDaemonTaskDefinition.MountPointProperty | dict[str, Any]] | None
    privileged: bool | None
    pseudo_terminal: bool | None
    readonly_root_filesystem: bool | None
    restart_policy: ecs.CfnDaemonTaskDefinition.RestartPolicyProperty | dict[str, Any] | None
    start_timeout: int | None
    stop_timeout: int | None
    system_controls: Sequence[ecs.CfnDaemonTaskDefinition.SystemControlProperty | dict[str, Any]] | None
    ulimits: Sequence[ecs.CfnDaemonTaskDefinition.UlimitProperty | dict[str, Any]] | None
    user: str | None
    working_directory: str | None
