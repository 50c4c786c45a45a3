"""Container instances and who adds them to a cluster: `ContainerInstances`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from ecr_ecs_constructs.ami import EcsAmi
from ecr_ecs_constructs.arguments import takes
from ecr_ecs_constructs.capacity import EcsCapacity, check_percent, check_provider, check_sizes
from ecr_ecs_constructs.image_refresh import refresh_images
from ecr_ecs_constructs.instance_role import EcsInstanceRole, agent_statements
from ecr_ecs_constructs.launch_template import make_launch_template
from ecr_ecs_constructs.network import select_subnets
from ecr_ecs_constructs.options import CapacityOptions
from ecr_ecs_constructs.permissions import grant_pull

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import aws_ecr as ecr
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_scheduler as scheduler

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


class ContainerInstances(Construct):
    """Adds container instances to a cluster: that of `EcsCluster` itself, or of `EcsExistingCluster`.

    Hooks: `create_instance_role`, `create_security_group`, `default_machine_image`, `image_refresh_preferences`,
    `spot_allocation_strategy`, `update_policy`, `user_data`.
    """

    _capacities: list[EcsCapacity]
    """The capacities in the order in which they were added."""

    @property
    def _cluster(self) -> ecs.ICluster:
        """The cluster that the instances join."""
        raise NotImplementedError

    @takes(CapacityOptions, refuses=_REFUSED_CAPACITY)
    def add_capacity(
        self,
        id: str,
        *,
        instance_type: ec2.InstanceType,
        alternative_instance_types: Sequence[ec2.InstanceType] = (),
        desired_capacity: int | None = None,
        image_refresh: scheduler.ScheduleExpression | None = None,
        instances_distribution: autoscaling.InstancesDistribution | None = None,
        machine_image: EcsAmi | None = None,
        max_capacity: int = 10,
        min_capacity: int = 1,
        repositories: Sequence[ecr.IRepository | str] | None = None,
        role: iam.IRole | iam.Role | None = None,
        security_group: ec2.ISecurityGroup | None = None,
        session_manager: bool = False,
        vpc_subnets: ec2.SubnetSelection | None = None,
        **options: Unpack[CapacityOptions],
    ) -> EcsCapacity:
        """Add container instances to the cluster.

        They start from a launch template (IMDSv2 with one hop, so that no container gets the credentials of the
        instance by a bridge; encrypted gp3 volumes; no public address) in an Auto Scaling group. A capacity provider
        starts and stops them as tasks need them, and lets tasks end first. A new machine image, or any other change
        of the launch template, replaces them one after the other.

        A stack whose instances are still running can't be deleted before their scale-in protection is off: delete the
        group with `aws autoscaling delete-auto-scaling-group --force-delete` first.

        Args:
            id: the ID of the capacity in the cluster.
            instance_type: the instance type.
            alternative_instance_types: instance types to start where the first one is short; of its architecture.
            desired_capacity: how many instances to start with; each deployment sets it anew, so leave it to Amazon ECS.
            image_refresh: when to replace all instances, by new ones that boot from the image that is the newest one by
                then: they resolve it at launch. None for that of the last deployment.
            instances_distribution: the shares of On-Demand and Spot instances; None for On-Demand instances alone.
            machine_image: the machine image; None for that of `default_machine_image`.
            max_capacity: the largest number of instances.
            min_capacity: the smallest number of instances.
            repositories: the only repositories that the instances may pull from, as constructs or ARNs; None for all.
            role: the role of the instances; None for that of `create_instance_role`. A role that is no
                `EcsInstanceRole` is given what the Amazon ECS agent and a pull need, unless it is immutable.
            security_group: the security group of the instances; None for that of `create_security_group`.
            session_manager: whether Session Manager may open shells on the instances; without `role` alone.
            vpc_subnets: the subnets of the instances, private or isolated; they reach Amazon ECR and Amazon ECS from
                these.
            **options: those of `CapacityOptions`.

        Returns:
            The capacity, which is an Auto Scaling group.

        Raises:
            ValueError: arguments contradict each other, or ask for what Amazon ECS does not offer.

        References:
            https://docs.aws.amazon.com/AmazonECS/latest/developerguide/asg-capacity-providers.html
            https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-instance-draining.html
            https://docs.aws.amazon.com/autoscaling/ec2/userguide/using-systems-manager-parameters.html
        """
        given = CapacityOptions(**options)
        _check_id(id)
        instance_types = [instance_type, *alternative_instance_types]
        machine_image = self._machine_image(machine_image, instance_types, at_launch=image_refresh is not None)
        check_sizes(min_capacity, desired_capacity, max_capacity)
        check_provider(given)
        subnets = _private_subnets(self._cluster.vpc, vpc_subnets or ec2.SubnetSelection())
        _check_role(role, repositories, session_manager=session_manager)
        distribution = self._distribution(instances_distribution)

        parts = Construct(self, id)
        role = role or self.create_instance_role(parts, repositories=repositories, session_manager=session_manager)
        self._authorize(role, repositories)
        security_group = security_group or self.create_security_group(parts)
        capacity = EcsCapacity(
            parts,
            "AutoScalingGroup",
            launch_template=make_launch_template(
                parts,
                instance_type=instance_type,
                machine_image=machine_image,
                role=role,
                security_group=security_group,
                user_data=self.user_data(machine_image, spot=_asks_for_spot(distribution)),
                options=given,
            ),
            instance_types=instance_types,
            instances_distribution=distribution,
            min_capacity=min_capacity,
            desired_capacity=desired_capacity,
            max_capacity=max_capacity,
            vpc=self._cluster.vpc,
            subnets=subnets,
            update_policy=self.update_policy(),
            options=given,
        )
        self._refresh(parts, capacity, image_refresh)
        self._count(capacity, security_group)
        return capacity

    def default_machine_image(self, instance_type: ec2.InstanceType) -> EcsAmi:  # noqa: ARG002 # for those who override it
        """Return the machine image of instances for which the caller names none; a hook, called by `add_capacity`.

        Args:
            instance_type: the instance type.

        Returns:
            The image; its architecture follows the instance type.
        """
        return EcsAmi.amazon_linux_2023()

    def create_instance_role(
        self, scope: Construct, *, repositories: Sequence[ecr.IRepository | str] | None, session_manager: bool
    ) -> iam.IRole | iam.Role:
        """Make the role of instances for which the caller names none; a hook, called by `add_capacity`.

        Args:
            scope: where to make it; each capacity has a scope of its own.
            repositories: the only repositories that the instances may pull from; None for all.
            session_manager: whether Session Manager may open shells on the instances.

        Returns:
            The role; one that is not an `EcsInstanceRole` is treated as a given one.
        """
        return EcsInstanceRole(
            scope,
            "InstanceRole",
            cluster=self._cluster,
            repositories=repositories,
            session_manager=session_manager,
        )

    def create_security_group(self, scope: Construct) -> ec2.ISecurityGroup:
        """Make the security group of instances for which the caller names none; a hook.

        It is called as instances are added.

        Args:
            scope: where to make it; each capacity has a scope of its own.

        Returns:
            A group that lets everything out and nobody in.
        """
        return ec2.SecurityGroup(
            scope, "SecurityGroup", vpc=self._cluster.vpc, description="Container instances of Amazon ECS"
        )

    def spot_allocation_strategy(self) -> autoscaling.SpotAllocationStrategy:
        """Return how Spot instances are chosen where `instances_distribution` does not say it; a hook.

        It is called by `add_capacity`.

        Source: https://docs.aws.amazon.com/autoscaling/ec2/userguide/allocation-strategies.html
        """
        return autoscaling.SpotAllocationStrategy.PRICE_CAPACITY_OPTIMIZED

    def update_policy(self) -> autoscaling.UpdatePolicy:
        """Return how instances are replaced when their launch template changes, as by a new machine image; a hook.

        It is called by `add_capacity`.

        Sources:
            https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-instance-draining.html
            https://docs.aws.amazon.com/autoscaling/ec2/userguide/understand-instance-refresh-default-values.html

        Returns:
            An instance refresh that starts new instances before it drains old ones, also those that scale-in
            protection keeps because of their tasks.
        """
        return autoscaling.UpdatePolicy.instance_refresh(
            strategy=autoscaling.InstanceRefreshStrategy.ROLLING,
            min_healthy_percentage=100,
            max_healthy_percentage=110,
            scale_in_protected_instances=autoscaling.ScaleInProtectedInstances.REFRESH,
        )

    def image_refresh_preferences(self) -> Mapping[str, object]:
        """Return how instances are replaced on the schedule `image_refresh`; a hook, called by `add_capacity`.

        Source: https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html

        Returns:
            Preferences as `StartInstanceRefresh` takes them: those of `update_policy`. Auto Scaling takes neither
            `SkipMatching` nor `AutoRollback` for images that are resolved at launch.
        """
        return {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 110, "ScaleInProtectedInstances": "Refresh"}

    def user_data(self, machine_image: EcsAmi, *, spot: bool) -> ec2.UserData:
        """Return the user data of instances; a hook, called by `add_capacity`.

        Take that of `super()` and add your commands.

        Args:
            machine_image: the machine image of the instances.
            spot: whether there are Spot instances among them.

        Returns:
            User data by which an instance joins the cluster.
        """
        return machine_image.user_data(self._cluster.cluster_name, spot=spot)

    def _count(self, capacity: EcsCapacity, security_group: ec2.ISecurityGroup) -> None:
        """Let the cluster know of a capacity, and of the security group of its instances."""
        if isinstance(self._cluster, ecs.Cluster):
            capacity.associate(self._cluster)
        self._capacities.append(capacity)
        self._cluster.connections.add_security_group(security_group)

    def _refresh(self, scope: Construct, capacity: EcsCapacity, schedule: scheduler.ScheduleExpression | None) -> None:
        """Replace the instances of a capacity on a schedule, where there is one."""
        if schedule is not None:
            refresh_images(scope, capacity, schedule, self.image_refresh_preferences())

    def _machine_image(
        self, machine_image: EcsAmi | None, instance_types: Sequence[ec2.InstanceType], *, at_launch: bool
    ) -> EcsAmi:
        """Return the image that all instance types boot from, for their architecture."""
        first, *alternatives = instance_types
        image = self.default_machine_image(first) if machine_image is None else machine_image
        if not isinstance(image, EcsAmi):
            raise ValueError(  # noqa: TRY004 # one error for all wrong arguments
                f"machine_image must be an EcsAmi, got {image!r}: "
                "others may be past their end of life or unable to join the cluster; "
                "EcsAmi.from_ssm_parameter takes an image of your own"
            )
        image = image.for_instance_type(first)
        for alternative in alternatives:
            image = image.for_instance_type(alternative, argument="alternative_instance_types")
        return image.resolved_at_launch() if at_launch else image

    def _authorize(self, role: iam.IRole, repositories: Sequence[ecr.IRepository | str] | None) -> None:
        """Give a role that is no `EcsInstanceRole` the permissions that one has."""
        if isinstance(role, EcsInstanceRole):
            return
        grant_pull(role, repositories=repositories)
        # For any cluster of the account: a role of another stack that named this one would make both need each other.
        for statement in agent_statements(self, None):
            role.add_to_principal_policy(statement)

    def _distribution(
        self, distribution: autoscaling.InstancesDistribution | None
    ) -> autoscaling.InstancesDistribution | None:
        """Return a distribution, with the strategy of the hook where it has none."""
        if distribution is None:
            return None
        percent = distribution.on_demand_percentage_above_base_capacity
        check_percent("instances_distribution.on_demand_percentage_above_base_capacity", percent, 0)
        return autoscaling.InstancesDistribution(
            on_demand_allocation_strategy=distribution.on_demand_allocation_strategy,
            on_demand_base_capacity=distribution.on_demand_base_capacity,
            on_demand_percentage_above_base_capacity=percent,
            spot_allocation_strategy=distribution.spot_allocation_strategy or self.spot_allocation_strategy(),
            spot_instance_pools=distribution.spot_instance_pools,
            spot_max_price=distribution.spot_max_price,
        )


def _private_subnets(vpc: ec2.IVpc, selection: ec2.SubnetSelection) -> list[ec2.ISubnet]:
    selected = select_subnets(vpc, selection)
    if selected.has_public:
        raise ValueError(
            f"vpc_subnets must be private or isolated, got public ones of {vpc.node.path!r}: the instances "
            "have no public address, so an internet gateway leads them nowhere"
        )
    return selected.subnets


def _asks_for_spot(distribution: autoscaling.InstancesDistribution | None) -> bool:
    return distribution is not None and distribution.on_demand_percentage_above_base_capacity not in (None, 100)


def _check_id(id: str) -> None:
    if id in {"Default", "Resource"}:
        raise ValueError(
            f"id must be neither 'Default' nor 'Resource', got {id!r}: CDK takes such a child for the cluster"
        )


def _check_role(
    role: iam.IRole | iam.Role | None, repositories: Sequence[ecr.IRepository | str] | None, *, session_manager: bool
) -> None:
    """Refuse permissions for a role that brings its own."""
    if role is not None and session_manager:
        raise ValueError(
            f"session_manager must be left out with role, got True: it belongs to the policy of {role.node.path!r}"
        )
    if isinstance(role, EcsInstanceRole) and repositories is not None:
        raise ValueError(
            f"repositories must be left out with an EcsInstanceRole, got {list(repositories)!r}: "
            f"{role.node.path!r} has its own"
        )
