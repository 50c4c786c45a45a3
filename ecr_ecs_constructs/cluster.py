"""The cluster: `EcsCluster`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_logs as logs
from constructs import Construct

from ecr_ecs_constructs.arguments import takes
from ecr_ecs_constructs.capacity import check_strategy, strategy_of, wrong_strategy
from ecr_ecs_constructs.checks import bring_along
from ecr_ecs_constructs.container_instances import ContainerInstances
from ecr_ecs_constructs.key_policies import let_logs_use
from ecr_ecs_constructs.managed_instances import EcsManagedInstances
from ecr_ecs_constructs.network import select_subnets
from ecr_ecs_constructs.options import ManagedInstancesOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms


@takes(
    refuses={
        "capacity": "call add_capacity, whose instances start from a current machine image",
        "container_insights": "CDK has replaced it; give container_insights_v2",
    }
)
class EcsCluster(ContainerInstances, ecs.Cluster):  # type: ignore[misc] # add_capacity lacks what would weaken instances
    """A cluster with Container Insights, logged ECS Exec sessions, and instances that `add_capacity` alone adds.

    Services and tasks that name no capacity run on the first one that was added, unless
    `add_default_capacity_provider_strategy` says otherwise.

    Hooks: `create_exec_log_group`, `create_instance_role`, `create_security_group`, `default_machine_image`,
    `image_refresh_preferences`, `spot_allocation_strategy`, `update_policy`, `user_data`.

    Args:
        scope: where the cluster is made.
        id: its ID there.
        cluster_name: the physical name; None for a generated one.
        container_insights_v2: how much Container Insights observes.
        default_cloud_map_namespace: the namespace for service discovery.
        enable_fargate_capacity_providers: whether capacity provider strategies may name FARGATE and FARGATE_SPOT.
        execute_command_configuration: the configuration of ECS Exec; None for sessions that are logged to the log
            group of `create_exec_log_group`.
        execute_command_key: a KMS key that encrypts ECS Exec sessions and their log group. Its policy lets CloudWatch
            Logs use it, unless it is imported.
        managed_storage_configuration: the encryption of the storage of Fargate tasks.
        vpc: the VPC of the instances; None for one of the cluster's own, with public and private subnets.

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
        execute_command_key: kms.IKey | kms.Key | None = None,
        managed_storage_configuration: ecs.ManagedStorageConfiguration | None = None,
        vpc: ec2.IVpc | None = None,
    ) -> None:
        self._capacities = []
        self._default_strategy: list[ecs.CapacityProviderStrategy] = []
        if execute_command_configuration is None:
            log_group = self.create_exec_log_group(scope, f"{id}ExecLogs", execute_command_key)
            execute_command_configuration = _logged_sessions(log_group, execute_command_key)
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
    def _cluster(self) -> ecs.Cluster:
        return self

    @property
    def default_capacity_provider_strategy(self) -> list[ecs.CapacityProviderStrategy]:
        """The strategy of services and tasks that name no capacity: the first one, if nothing else was said.

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
        strategy = strategy_of(default_capacity_provider_strategy)
        if self._default_strategy:
            names = [part.capacity_provider for part in strategy]
            raise wrong_strategy("be said once", names, "the cluster has one")
        known = [*self.capacity_provider_names, *self.cluster_scoped_capacity_provider_names]
        check_strategy(strategy, known, "add_capacity(...) or enable_fargate_capacity_providers")
        self._default_strategy = strategy

    @takes(ManagedInstancesOptions)
    def add_managed_instances(
        self,
        id: str,
        *,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_group: ec2.ISecurityGroup | None = None,
        infrastructure_role: iam.IRole | iam.Role | None = None,
        **options: Unpack[ManagedInstancesOptions],
    ) -> EcsManagedInstances:
        """Add a fleet of ECS Managed Instances, which Amazon ECS launches, patches and replaces by itself.

        Args:
            id: the ID of the fleet in the cluster.
            vpc_subnets: the subnets of the instances; None for the private ones.
            security_group: the security group of the instances; None for that of `create_security_group`.
            infrastructure_role: the role by which Amazon ECS launches the instances; None for one with the managed
                policy of AWS.
            **options: those of `ManagedInstancesOptions`.

        Returns:
            The fleet, on which an `EcrManagedInstancesService` runs.
        """
        parts = Construct(self, id)
        fleet = EcsManagedInstances(
            parts,
            "ManagedInstances",
            subnets=select_subnets(self.vpc, vpc_subnets or ec2.SubnetSelection()).subnets,
            security_groups=[security_group or self.create_security_group(parts)],
            infrastructure_role=infrastructure_role,
            **ManagedInstancesOptions(**options),
        )
        self.add_managed_instances_capacity_provider(fleet)
        return fleet

    def create_exec_log_group(
        self, scope: Construct, id: str, encryption_key: kms.IKey | kms.Key | None
    ) -> logs.ILogGroup:
        """Make the log group for ECS Exec; a hook, called before the cluster itself exists.

        Args:
            scope: the scope of the cluster.
            id: the ID of the log group there.
            encryption_key: the key of the argument `execute_command_key`.

        Returns:
            The log group, which outlives the stack.
        """
        if encryption_key is not None:
            let_logs_use(encryption_key, Stack.of(scope))
        return logs.LogGroup(scope, id, encryption_key=encryption_key, retention=logs.RetentionDays.ONE_YEAR)


def _logged_sessions(log_group: logs.ILogGroup, key: kms.IKey | kms.Key | None) -> ecs.ExecuteCommandConfiguration:
    """Return the configuration of ECS Exec whose sessions go to a log group."""
    return ecs.ExecuteCommandConfiguration(
        kms_key=key,
        logging=ecs.ExecuteCommandLogging.OVERRIDE,
        log_configuration=ecs.ExecuteCommandLogConfiguration(
            cloud_watch_log_group=log_group, cloud_watch_encryption_enabled=key is not None
        ),
    )
