"""The cluster and the instances in it: `EcsCluster`, `EcsCapacity`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Unpack

from aws_cdk import Stack, Token
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from ecr_ecs_constructs.ami import EcsAmi
from ecr_ecs_constructs.arguments import takes
from ecr_ecs_constructs.checks import bring_along
from ecr_ecs_constructs.instance_role import EcsInstanceRole, agent_statements
from ecr_ecs_constructs.network import select_subnets
from ecr_ecs_constructs.options import GroupOptions
from ecr_ecs_constructs.permissions import grant_pull

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import Size
    from aws_cdk import aws_ecr as ecr
    from aws_cdk import aws_kms as kms


class EcsCapacity(autoscaling.AutoScalingGroup):
    """Instances of one kind in a cluster: an Auto Scaling group with its launch template and capacity provider.

    Made by `EcsCluster.add_capacity`.

    Attributes:
        launch_template: what the instances are started from.
        capacity_provider: by which the cluster starts and stops them.
    """

    launch_template: ec2.LaunchTemplate
    capacity_provider: ecs.AsgCapacityProvider

    @property
    def capacity_provider_name(self) -> str:
        """The name of the capacity provider, as the strategy of a service takes it."""
        return self.capacity_provider.capacity_provider_name


_REFUSED_CAPACITY: Final[Mapping[str, str]] = {
    "allow_all_outbound": "the security group made here lets instances reach Amazon ECR and Amazon ECS; give "
    "security_group",
    "associate_public_ip_address": "instances have no public address; give vpc_subnets with a NAT gateway or with VPC "
    "endpoints",
    "block_devices": "volumes are encrypted gp3 on the devices of the machine image; give volume_size, volume_iops, "
    "volume_throughput or volume_encryption_key",
    "health_check": "CDK has replaced it; give health_checks",
    "key_name": "CDK has replaced it; give key_pair",
    "machine_image_type": "it is that of the image; give machine_image",
    "new_instances_protected_from_scale_in": "they always are, until their tasks have ended",
    "require_imdsv2": "it is always on",
    "signals": "instances send none, so that the deployment would wait in vain",
    "spot_instance_draining": "it is on wherever instances_distribution asks for Spot instances",
    "spot_price": "Spot instances are a share of the group; give instances_distribution, with its spot_max_price",
    "ssm_session_permissions": "give session_manager",
    "topic_encryption_key": "no topic is made; the capacity provider drains instances by itself",
    "update_policy": "override the hook update_policy",
    "user_data": "override the hook user_data, and add to what it returns",
}


@takes(
    refuses={
        "capacity": "call add_capacity, whose instances start from a current machine image",
        "container_insights": "CDK has replaced it; give container_insights_v2",
    }
)
class EcsCluster(ecs.Cluster):
    """A cluster that shows what happens in it, and whose instances come from `add_capacity` alone.

    Container Insights is on, and what is typed into containers by ECS Exec goes to a log group of its own.
    The first capacity is what services and tasks run on that name none, unless
    `add_default_capacity_provider_strategy` says otherwise.

    Args:
        scope: the parent.
        id: the name in the parent.
        cluster_name: the physical name.
        container_insights_v2: how much Container Insights observes.
        default_cloud_map_namespace: the namespace for service discovery.
        enable_fargate_capacity_providers: whether Fargate and Fargate Spot stand in capacity provider strategies.
        execute_command_configuration: for ECS Exec, in place of the log group made here.
        execute_command_key: a key of your own that encrypts ECS Exec sessions and their log group. The log group
            needs the key's policy to let CloudWatch Logs use it, which is added where the key is not imported.
        managed_storage_configuration: the encryption of the storage of Fargate tasks.
        vpc: where the instances are; left out, a VPC of its own with public and private subnets.

    Raises:
        ValueError: `execute_command_key` and `execute_command_configuration` are both given.

    References:
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-container-insights.html
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster_name: str | None = None,
        container_insights_v2: ecs.ContainerInsights = ecs.ContainerInsights.ENHANCED,
        default_cloud_map_namespace: ecs.CloudMapNamespaceOptions | None = None,
        enable_fargate_capacity_providers: bool | None = None,
        execute_command_configuration: ecs.ExecuteCommandConfiguration | None = None,
        execute_command_key: kms.IKey | None = None,
        managed_storage_configuration: ecs.ManagedStorageConfiguration | None = None,
        vpc: ec2.IVpc | None = None,
    ) -> None:
        # The L2 keeps these to itself and fills them by a way that widens the role of the instances.
        self._capacities: list[EcsCapacity] = []
        self._default_strategy: list[ecs.CapacityProviderStrategy] = []
        if execute_command_configuration is None:
            execute_command_configuration = ecs.ExecuteCommandConfiguration(
                kms_key=execute_command_key,
                logging=ecs.ExecuteCommandLogging.OVERRIDE,
                log_configuration=ecs.ExecuteCommandLogConfiguration(
                    cloud_watch_log_group=self.create_exec_log_group(scope, f"{id}ExecLogs", execute_command_key),
                    cloud_watch_encryption_enabled=execute_command_key is not None,
                ),
            )
        elif execute_command_key is not None:
            raise ValueError(
                f"execute_command_key must be left out with execute_command_configuration, got "
                f"{execute_command_key.node.path!r}: the configuration names the key"
            )
        super().__init__(
            scope,
            id,
            cluster_name=cluster_name,
            container_insights_v2=container_insights_v2,
            default_cloud_map_namespace=default_cloud_map_namespace,
            enable_fargate_capacity_providers=enable_fargate_capacity_providers,
            execute_command_configuration=execute_command_configuration,
            managed_storage_configuration=managed_storage_configuration,
            vpc=vpc,
        )
        bring_along(self)

    @property
    def capacity_provider_names(self) -> list[str]:
        """The names of all capacity providers of the cluster, Fargate's included."""
        return [*super().capacity_provider_names, *(capacity.capacity_provider_name for capacity in self._capacities)]

    @property
    def has_ec2_capacity(self) -> bool:
        """Whether the cluster has instances."""
        return bool(self._capacities) or super().has_ec2_capacity

    @property
    def default_capacity_provider_strategy(self) -> list[ecs.CapacityProviderStrategy]:
        """Where services and tasks run that name no capacity: on the first one, if nothing else was said.

        Empty once the app is synthesized.
        """
        # As long as there is a strategy, CDK associates the capacity anew at each synthesis, and fails at the second.
        if self.node.try_find_child(self.node.id) is not None:
            return []
        if self._default_strategy or not self._capacities:
            return self._default_strategy
        first = self._capacities[0].capacity_provider_name
        return [ecs.CapacityProviderStrategy(capacity_provider=first, weight=1)]

    def add_default_capacity_provider_strategy(
        self,
        default_capacity_provider_strategy: Sequence[ecs.CapacityProviderStrategy | dict[str, Any]],
    ) -> None:
        """Say where services and tasks run that name no capacity.

        Args:
            default_capacity_provider_strategy: names of capacity providers with their weights and bases.

        Raises:
            ValueError: there is a strategy already, or this one names an unknown capacity provider, mixes Fargate
                with instances or has more than one base.
        """
        strategy = [
            part if isinstance(part, ecs.CapacityProviderStrategy) else ecs.CapacityProviderStrategy(**part)
            for part in default_capacity_provider_strategy
        ]
        names = [part.capacity_provider for part in strategy]
        expected = "default_capacity_provider_strategy must"
        if self._default_strategy:
            raise ValueError(f"{expected} be said once, got {names!r}: the cluster has one")
        known = [*self.capacity_provider_names, *self.cluster_scoped_capacity_provider_names]
        unknown = [name for name in names if name not in known]
        if unknown or not names:
            raise ValueError(
                f"{expected} name capacity of this cluster, got {(unknown or names)!r}: add it by add_capacity(...) or "
                "enable_fargate_capacity_providers first"
            )
        if 0 < sum(name in {"FARGATE", "FARGATE_SPOT"} for name in names) < len(names):
            raise ValueError(f"{expected} be all Fargate or all instances, got {names!r}: Amazon ECS mixes neither")
        bases = [part.base for part in strategy if part.base]
        if len(bases) > 1:
            raise ValueError(f"{expected} have one base at most, got {bases!r}: Amazon ECS takes no more")
        self._default_strategy = strategy

    @takes(GroupOptions, refuses=_REFUSED_CAPACITY)
    def add_capacity(  # type: ignore[override] # without the L2's arguments that would weaken the instances
        self,
        id: str,
        *,
        instance_type: ec2.InstanceType,
        alternative_instance_types: Sequence[ec2.InstanceType] = (),
        capacity_provider_name: str | None = None,
        desired_capacity: int | None = None,
        instance_monitoring: autoscaling.Monitoring = autoscaling.Monitoring.BASIC,
        instance_warmup_period: int | None = None,
        instances_distribution: autoscaling.InstancesDistribution | None = None,
        key_pair: ec2.IKeyPair | None = None,
        machine_image: EcsAmi | None = None,
        max_capacity: int = 10,
        maximum_scaling_step_size: int | None = None,
        min_capacity: int = 1,
        minimum_scaling_step_size: int | None = None,
        repositories: Sequence[ecr.IRepository | str] | None = None,
        role: iam.IRole | None = None,
        security_group: ec2.ISecurityGroup | None = None,
        session_manager: bool = False,
        target_capacity_percent: int = 100,
        volume_encryption_key: kms.IKey | None = None,
        volume_iops: int | None = None,
        volume_size: Size | None = None,
        volume_throughput: int | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        **options: Unpack[GroupOptions],
    ) -> EcsCapacity:
        """Add instances to the cluster.

        They start from a launch template (IMDSv2 with one hop, so that no container gets the credentials of the
        instance by a bridge; encrypted gp3 volumes; no public address) in an Auto Scaling group. A capacity provider
        starts and stops them as tasks need them, and lets tasks end first. A new machine image, or any other change
        of the launch template, replaces them one after the other.

        A stack whose instances are still running can't be deleted before their scale-in protection is off: delete the
        group with `aws autoscaling delete-auto-scaling-group --force-delete` first.

        Args:
            id: the name of the capacity in the cluster.
            instance_type: what to start.
            alternative_instance_types: what to start as well, where the first is short; of the same architecture.
            capacity_provider_name: the physical name of the capacity provider.
            desired_capacity: how many instances to start with; each deployment sets it anew, so leave it to Amazon ECS.
            instance_monitoring: how often the instances report to CloudWatch.
            instance_warmup_period: in seconds, until a new instance counts for the scaling by Amazon ECS.
            instances_distribution: the shares of On-Demand and Spot instances.
            key_pair: for SSH.
            machine_image: what the instances boot from; left out, `default_machine_image`.
            max_capacity: the largest number of instances.
            maximum_scaling_step_size: how many instances Amazon ECS starts or stops at once at most.
            min_capacity: the smallest number of instances.
            minimum_scaling_step_size: how many instances Amazon ECS starts or stops at once at least.
            repositories: from which the instances may pull; left out, from all.
            role: of the instances, in place of the one made here. One that is not an `EcsInstanceRole` is given what
                an agent needs and the permission to pull, unless it is immutable.
            security_group: of the instances, in place of the one made here.
            session_manager: let Session Manager open shells on the instances; only for the role made here.
            target_capacity_percent: how full the instances are to be, in percent.
            volume_encryption_key: a key of your own for the volumes; its policy is extended where it is not imported.
            volume_iops: of the volume that holds the container images.
            volume_size: of the volume that holds the container images; left out, what the machine image has.
            volume_throughput: of the volume that holds the container images, in MiB/s.
            vpc_subnets: where the instances are; they reach Amazon ECR and Amazon ECS by these alone.
            **options: those of `GroupOptions`, for the Auto Scaling group.

        Returns:
            The capacity, which is an Auto Scaling group.

        Raises:
            ValueError: arguments contradict each other, or ask for what Amazon ECS does not offer.

        References:
            https://docs.aws.amazon.com/AmazonECS/latest/developerguide/asg-capacity-providers.html
            https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-instance-draining.html
        """
        if id in {"Default", "Resource"}:
            raise ValueError(f"id must be neither 'Default' nor 'Resource', got {id!r}: CDK means the cluster by these")
        if machine_image is None:
            machine_image = self.default_machine_image(instance_type)
        elif not isinstance(machine_image, EcsAmi):
            raise ValueError(
                f"machine_image must be an EcsAmi, got {machine_image!r}: "
                "others may be past their end of life or unable to join the cluster"
            )
        machine_image = machine_image.for_instance_type(instance_type)
        for alternative in alternative_instance_types:
            machine_image = machine_image.for_instance_type(alternative, argument="alternative_instance_types")
        _check_capacities(min_capacity, desired_capacity, max_capacity)
        _check_percent("target_capacity_percent", target_capacity_percent, 1)
        _check_provider_name(capacity_provider_name)
        subnets = select_subnets(self.vpc, vpc_subnets or ec2.SubnetSelection())
        if subnets.has_public:
            raise ValueError(
                f"vpc_subnets must be private or isolated, got public ones of {self.vpc.node.path!r}: the instances "
                "have no public address, so an internet gateway leads them nowhere"
            )
        if role is not None and session_manager:
            raise ValueError(
                f"session_manager must be left out with role, got True: it belongs to the policy of {role.node.path!r}"
            )
        if isinstance(role, EcsInstanceRole) and repositories is not None:
            raise ValueError(
                f"repositories must be left out with an EcsInstanceRole, got {list(repositories)!r}: "
                f"{role.node.path!r} has its own"
            )
        distribution = self._distribution(instances_distribution)
        spot = distribution is not None and distribution.on_demand_percentage_above_base_capacity not in (None, 100)

        parts = Construct(self, id)
        if role is None:
            role = self.create_instance_role(parts, repositories=repositories, session_manager=session_manager)
        if not isinstance(role, EcsInstanceRole):
            self._authorize(role, repositories)
        security_group = security_group or self.create_security_group(parts)
        profile = role.instance_profile if isinstance(role, EcsInstanceRole) else None
        launch_template = ec2.LaunchTemplate(
            parts,
            "LaunchTemplate",
            associate_public_ip_address=False,
            block_devices=_block_devices(
                machine_image, volume_encryption_key, size=volume_size, iops=volume_iops, throughput=volume_throughput
            ),
            detailed_monitoring=instance_monitoring is autoscaling.Monitoring.DETAILED,
            http_put_response_hop_limit=1,
            instance_profile=profile,
            instance_type=instance_type,
            key_pair=key_pair,
            machine_image=machine_image,
            require_imdsv2=True,
            role=None if profile else role,
            security_group=security_group,
            user_data=self.user_data(machine_image, spot=spot),
        )
        if volume_encryption_key is not None:
            _let_ec2_use(volume_encryption_key)
        mixed = distribution is not None or alternative_instance_types
        capacity = EcsCapacity(
            parts,
            "AutoScalingGroup",
            desired_capacity=desired_capacity,
            launch_template=None if mixed else launch_template,
            max_capacity=max_capacity,
            min_capacity=min_capacity,
            mixed_instances_policy=autoscaling.MixedInstancesPolicy(
                launch_template=launch_template,
                launch_template_overrides=[
                    autoscaling.LaunchTemplateOverrides(instance_type=each)
                    for each in (instance_type, *alternative_instance_types)
                ],
                instances_distribution=distribution,
            )
            if mixed
            else None,
            update_policy=self.update_policy(),
            vpc=self.vpc,
            vpc_subnets=ec2.SubnetSelection(subnets=subnets.subnets),
            **GroupOptions(**options),
        )
        capacity.launch_template = launch_template
        capacity.capacity_provider = ecs.AsgCapacityProvider(
            parts,
            "CapacityProvider",
            auto_scaling_group=capacity,
            capacity_provider_name=capacity_provider_name,
            enable_managed_draining=True,
            enable_managed_scaling=True,
            enable_managed_termination_protection=True,
            instance_warmup_period=instance_warmup_period,
            maximum_scaling_step_size=maximum_scaling_step_size,
            minimum_scaling_step_size=minimum_scaling_step_size,
            target_capacity_percent=target_capacity_percent,
        )
        self._capacities.append(capacity)
        self.connections.add_security_group(security_group)
        return capacity

    def default_machine_image(self, instance_type: ec2.InstanceType) -> EcsAmi:  # noqa: ARG002 # for those who override it
        """What instances boot from where the caller names nothing; a hook.

        Args:
            instance_type: what is to be started.

        Returns:
            The image; its architecture follows the instance type.
        """
        return EcsAmi.amazon_linux_2023()

    def create_exec_log_group(self, scope: Construct, id: str, encryption_key: kms.IKey | None) -> logs.ILogGroup:
        """The log group for ECS Exec; a hook, called before the cluster itself exists.

        Args:
            scope: the parent.
            id: the name in the parent.
            encryption_key: a key of the user, or none.

        Returns:
            The log group, which outlives the stack.
        """
        if encryption_key is not None:
            _let_logs_use(encryption_key, Stack.of(scope))
        return logs.LogGroup(scope, id, encryption_key=encryption_key, retention=logs.RetentionDays.ONE_YEAR)

    def create_instance_role(
        self, scope: Construct, *, repositories: Sequence[ecr.IRepository | str] | None, session_manager: bool
    ) -> iam.IRole:
        """The role of instances where the caller names none; a hook.

        Args:
            scope: the parent, one for each capacity.
            repositories: from which the instances may pull; None for all.
            session_manager: whether Session Manager may open shells on them.

        Returns:
            The role; one that is not an `EcsInstanceRole` is treated as a given one.
        """
        return EcsInstanceRole(
            scope, "InstanceRole", cluster=self, repositories=repositories, session_manager=session_manager
        )

    def create_security_group(self, scope: Construct) -> ec2.ISecurityGroup:
        """The security group of instances where the caller names none; a hook.

        Args:
            scope: the parent, one for each capacity.

        Returns:
            A group that lets everything out and nobody in.
        """
        return ec2.SecurityGroup(scope, "SecurityGroup", vpc=self.vpc, description="Container instances of Amazon ECS")

    def spot_allocation_strategy(self) -> autoscaling.SpotAllocationStrategy:
        """From which pools Spot instances come where `instances_distribution` says nothing; a hook.

        Returns:
            The strategy.

        References:
            https://docs.aws.amazon.com/autoscaling/ec2/userguide/allocation-strategies.html
        """
        return autoscaling.SpotAllocationStrategy.PRICE_CAPACITY_OPTIMIZED

    def update_policy(self) -> autoscaling.UpdatePolicy:
        """How instances are replaced when their launch template changes, as by a new machine image; a hook.

        Returns:
            An instance refresh that starts new instances before it drains old ones, also those that scale-in
            protection keeps because of their tasks.

        References:
            https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-instance-draining.html
            https://docs.aws.amazon.com/autoscaling/ec2/userguide/understand-instance-refresh-default-values.html
        """
        return autoscaling.UpdatePolicy.instance_refresh(
            strategy=autoscaling.InstanceRefreshStrategy.ROLLING,
            min_healthy_percentage=100,
            max_healthy_percentage=110,
            scale_in_protected_instances=autoscaling.ScaleInProtectedInstances.REFRESH,
        )

    def user_data(self, machine_image: EcsAmi, *, spot: bool) -> ec2.UserData:
        """What instances run at their first boot; a hook: take what `super()` returns and add your commands.

        Args:
            machine_image: what they boot from.
            spot: whether there are Spot instances among them.

        Returns:
            User data that joins the cluster.
        """
        return machine_image.user_data(self.cluster_name, spot=spot)

    def _authorize(self, role: iam.IRole, repositories: Sequence[ecr.IRepository | str] | None) -> None:
        grant_pull(role, repositories=repositories)
        # For any cluster of the account: a role of another stack that named this one would make both need each other.
        for statement in agent_statements(self, None):
            role.add_to_principal_policy(statement)

    def _distribution(
        self, distribution: autoscaling.InstancesDistribution | None
    ) -> autoscaling.InstancesDistribution | None:
        if distribution is None:
            return None
        percent = distribution.on_demand_percentage_above_base_capacity
        if percent is not None:
            _check_percent("instances_distribution.on_demand_percentage_above_base_capacity", percent, 0)
        return autoscaling.InstancesDistribution(
            on_demand_allocation_strategy=distribution.on_demand_allocation_strategy,
            on_demand_base_capacity=distribution.on_demand_base_capacity,
            on_demand_percentage_above_base_capacity=percent,
            spot_allocation_strategy=distribution.spot_allocation_strategy or self.spot_allocation_strategy(),
            spot_instance_pools=distribution.spot_instance_pools,
            spot_max_price=distribution.spot_max_price,
        )


class _Volume(ec2.BlockDeviceVolume):
    """An EBS volume that may take its size from the machine image, which CDK's factories don't offer."""

    def __init__(self, device: ec2.EbsDeviceProps) -> None:
        super().__init__(device)


def _block_devices(
    machine_image: EcsAmi, key: kms.IKey | None, *, size: Size | None, iops: int | None, throughput: int | None
) -> list[ec2.BlockDevice]:
    *others, images = machine_image.device_names
    gp3 = ec2.EbsDeviceVolumeType.GP3
    return [
        *(
            ec2.BlockDevice(
                device_name=name,
                volume=_Volume(ec2.EbsDeviceProps(encrypted=True, kms_key=key, volume_type=gp3)),
            )
            for name in others
        ),
        ec2.BlockDevice(
            device_name=images,
            volume=_Volume(
                ec2.EbsDeviceProps(
                    encrypted=True,
                    iops=iops,
                    kms_key=key,
                    throughput=throughput,
                    volume_size=None if size is None else size.to_gibibytes(),
                    volume_type=gp3,
                )
            ),
        ),
    ]


def _let_ec2_use(key: kms.IKey) -> None:
    """Let the account's EC2 Auto Scaling, which starts the instances, use a key for their volumes.

    The form of the policy of the AWS managed key `aws/ebs`: the service-linked role that needs it may not exist yet,
    and a policy can't name a role that does not exist.
    Source: https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html
    """
    stack = Stack.of(key)
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid="EbsVolumesOfThisAccount",
            principals=[iam.AnyPrincipal()],
            actions=[
                "kms:CreateGrant",
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey*",
                "kms:ReEncrypt*",
            ],
            resources=["*"],
            conditions={
                "StringEquals": {
                    "kms:CallerAccount": stack.account,
                    "kms:ViaService": f"ec2.{stack.region}.{stack.url_suffix}",
                }
            },
        )
    )


def _let_logs_use(key: kms.IKey, stack: Stack) -> None:
    """Let CloudWatch Logs use a key for log groups of a stack's account.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal(f"logs.{stack.region}.{stack.url_suffix}")],
            actions=["kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            resources=["*"],
            conditions={
                "ArnLike": {"kms:EncryptionContext:aws:logs:arn": stack.format_arn(service="logs", resource="*")}
            },
        )
    )


def _check_capacities(minimum: int, desired: int | None, maximum: int) -> None:
    if not Token.is_unresolved(minimum) and minimum < 0:
        raise ValueError(f"min_capacity must be 0 or more, got {minimum!r}: a group can't have fewer instances")
    if not Token.is_unresolved(maximum):
        if maximum < 1:
            raise ValueError(f"max_capacity must be 1 or more, got {maximum!r}: no task could ever run")
        if not Token.is_unresolved(minimum) and maximum < minimum:
            raise ValueError(f"max_capacity must be {minimum} or more, got {maximum!r}: min_capacity is {minimum}")
    if desired is None or any(Token.is_unresolved(number) for number in (minimum, desired, maximum)):
        return
    if not minimum <= desired <= maximum:
        raise ValueError(
            f"desired_capacity must be {minimum} to {maximum}, got {desired!r}: "
            "it lies between min_capacity and max_capacity"
        )


def _check_percent(argument: str, percent: float, least: int) -> None:
    if not Token.is_unresolved(percent) and not least <= percent <= 100:
        raise ValueError(f"{argument} must be {least} to 100, got {percent!r}: it is a percentage")


def _check_provider_name(name: str | None) -> None:
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCapacityProvider.html
    if name is None or Token.is_unresolved(name):
        return
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", name) or re.match("aws|ecs|fargate", name, re.IGNORECASE):
        raise ValueError(
            "capacity_provider_name must be 1 to 255 letters, digits, - or _ and begin with none of aws, ecs, fargate, "
            f"got {name!r}: Amazon ECS takes no other"
        )
