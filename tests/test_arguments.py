"""Arguments: as CDK's but for those that are refused, told to editors, type checkers, `help` and jsii."""

from __future__ import annotations

import inspect
import pydoc
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jedi
import pytest
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_appconfig as appconfig
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam

import ecr_ecs_constructs
from ecr_ecs_constructs.arguments import takes
from ecr_ecs_constructs.cluster import EcsCluster
from ecr_ecs_constructs.daemon import EcrDaemon
from ecr_ecs_constructs.express import EcrExpressService
from ecr_ecs_constructs.image import EcrImage
from ecr_ecs_constructs.instance_role import EcsInstanceRole
from ecr_ecs_constructs.managed_instances import EcsManagedInstances
from ecr_ecs_constructs.network import EcrVpcEndpoints
from ecr_ecs_constructs.options import ContainerOptions
from ecr_ecs_constructs.pull_through_cache import EcrPullThroughCache
from ecr_ecs_constructs.registry_policy import EcrRegistryPolicy
from ecr_ecs_constructs.registry_scanning import EcrRegistryScanning
from ecr_ecs_constructs.replication import EcrReplication
from ecr_ecs_constructs.repository import EcrRepository
from ecr_ecs_constructs.repository_template import EcrRepositoryTemplate
from ecr_ecs_constructs.service import (
    EcrEc2Service,
    EcrExternalService,
    EcrFargateService,
    EcrManagedInstancesService,
)
from ecr_ecs_constructs.signing import EcrSigning
from ecr_ecs_constructs.task_definition import (
    EcrEc2TaskDefinition,
    EcrExternalTaskDefinition,
    EcrFargateTaskDefinition,
    EcrManagedInstancesTaskDefinition,
)
from ecr_ecs_constructs.upstreams import EcrUpstream
from tests.support import arguments, only

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Unpack

URI = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app:1.2.3"
ARM = ec2.InstanceType("m7g.large")
ROOT = Path(ecr_ecs_constructs.__file__).parent.parent


@pytest.fixture
def stack() -> Stack:
    return Stack(App(), "Stack")


def cluster(stack: Stack) -> EcsCluster:
    vpc = ec2.Vpc.from_vpc_attributes(stack, "Vpc", vpc_id="vpc-11111111", availability_zones=["a"])
    return EcsCluster(stack, "Cluster", vpc=vpc)


@pytest.fixture
def task(stack: Stack) -> EcrFargateTaskDefinition:
    return EcrFargateTaskDefinition(stack, "Task")


SERVICE: dict[str, tuple[Any, str]] = {
    "circuit_breaker": (
        ecs.DeploymentCircuitBreaker(enable=False),
        "a deployment whose tasks do not start is always given up and rolled back; say by failure_threshold after how "
        "many failed tasks",
    ),
}
DEFINITION_OF_DAEMON: dict[str, tuple[Any, str]] = {
    "container_definitions": ([], "call add_container"),
    "execution_role_arn": ("arn", "give execution_role"),
    "memory": ("512", "give memory_limit_mib, as for AWS Fargate"),
    "task_role_arn": ("arn", "give task_role"),
}
NO_BALANCER = "it is for services with a load balancer, which external instances do not have"
SHIFT = ecs.TrafficShiftConfig(step_percent=10)
REFUSED: dict[Callable[..., Any], tuple[Callable[..., Any], dict[str, tuple[Any, str]]]] = {
    EcrEc2Service.__init__: (EcrEc2Service, SERVICE),
    EcrFargateService.__init__: (EcrFargateService, SERVICE),
    EcrManagedInstancesService.__init__: (
        EcrManagedInstancesService,
        {
            **SERVICE,
            "assign_public_ip": (True, "it is for tasks on AWS Fargate"),
            "capacity_provider_strategies": ([], "give capacity, what add_managed_instances returns"),
            "platform_version": (ecs.FargatePlatformVersion.LATEST, "it is for AWS Fargate"),
        },
    ),
    EcrExternalService.__init__: (
        EcrExternalService,
        {
            **SERVICE,
            "bake_time": (Duration.minutes(1), NO_BALANCER),
            "canary_configuration": (SHIFT, NO_BALANCER),
            "capacity_provider_strategies": (
                [],
                "Amazon ECS has no capacity providers for external instances; the service has the launch type EXTERNAL",
            ),
            "cloud_map_options": (
                ecs.CloudMapOptions(name="web"),
                "Amazon ECS has no service discovery for external instances",
            ),
            "deployment_strategy": (
                ecs.DeploymentStrategy.ROLLING,
                "deployments are rolling ones: the others shift the traffic of a load balancer, which external "
                "instances do not have",
            ),
            "health_check_grace_period": (Duration.minutes(1), NO_BALANCER),
            "lifecycle_hooks": ([], NO_BALANCER),
            "linear_configuration": (SHIFT, NO_BALANCER),
            "security_groups": ([], "external instances are in no VPC"),
            "service_connect_configuration": (
                ecs.ServiceConnectProps(namespace="shop"),
                "AWS does not say that external instances have Service Connect",
            ),
            "volume_configurations": (
                [],
                "Amazon EBS volumes are attached to no external instances; give volumes to the task definition",
            ),
        },
    ),
    EcrExpressService.__init__: (
        EcrExpressService,
        {
            "execution_role_arn": ("arn", "give execution_role"),
            "infrastructure_role_arn": ("arn", "override the hook create_infrastructure_role"),
            "memory": ("512", "give memory_limit_mib, as for AWS Fargate"),
            "network_configuration": ({}, "give vpc_subnets, and override the hook create_security_group"),
            "primary_container": (
                {},
                "give image, container_port, command, environment and secrets, and override the hook create_log_group",
            ),
            "scaling_target": ({}, "give min_task_count and max_task_count"),
            "tags": ([], "add them by Tags.of"),
            "task_definition_arn": ("arn", "give image, of which the service makes the task definition"),
            "task_role_arn": ("arn", "give task_role"),
        },
    ),
    EcrDaemon.__init__: (
        EcrDaemon,
        {
            "capacity_provider_arns": ([], "give capacities, what add_managed_instances returns"),
            "cluster_arn": ("arn", "give cluster"),
            "daemon_task_definition_arn": ("arn", "the daemon has one of its own; call add_container"),
            "tags": ([], "add them by Tags.of"),
            **DEFINITION_OF_DAEMON,
        },
    ),
    EcrDaemon.add_container: (
        lambda stack, _, /, **options: EcrDaemon.add_container(stack, "It", image=URI, **options),
        {
            "log_configuration": ({}, "give logging"),
            "name": ("agent", "it is the ID"),
            "repository_credentials": ({}, "Amazon ECR takes the permissions of a role"),
        },
    ),
    EcrExternalTaskDefinition.__init__: (
        EcrExternalTaskDefinition,
        {
            "proxy_configuration": (
                ecs.AppMeshProxyConfiguration(
                    container_name="envoy",
                    properties=ecs.AppMeshProxyConfigurationProps(
                        app_ports=[80], ignored_uid=1, proxy_egress_port=1, proxy_ingress_port=2
                    ),
                ),
                "Amazon ECS has no AWS App Mesh on external instances",
            )
        },
    ),
    EcrManagedInstancesTaskDefinition.__init__: (
        EcrManagedInstancesTaskDefinition,
        {
            "compatibility": (ecs.Compatibility.FARGATE, "it is for ECS Managed Instances"),
            "ephemeral_storage_gib": (21, "it is for AWS Fargate; give task_volume_storage to the fleet"),
            "inference_accelerators": (
                [ecs.InferenceAccelerator(device_name="a", device_type="eia2.medium")],
                "Amazon Elastic Inference is no longer offered; ask for accelerators by instance_requirements of the "
                "fleet",
            ),
            "memory_mib": ("512", "give memory_limit_mib, as for AWS Fargate"),
            "placement_constraints": ([], "say by instance_requirements of the fleet which instances run tasks"),
        },
    ),
    EcrEc2TaskDefinition.__init__: (
        EcrEc2TaskDefinition,
        {
            "inference_accelerators": (
                [ecs.InferenceAccelerator(device_name="a", device_type="eia2.medium")],
                "Amazon Elastic Inference is no longer offered; give containers gpu_count",
            ),
        },
    ),
    EcrImage.from_registry: (
        lambda *_, **options: EcrImage.from_registry(URI, **options),
        {
            "credentials": ("secret", "Amazon ECR takes the permissions of a role"),
        },
    ),
    EcrRepository.__init__: (
        EcrRepository,
        {
            "auto_delete_images": (True, "CDK has replaced it; give empty_on_delete"),
            "image_scan_on_push": (False, "images are always scanned when they are pushed"),
            "image_tag_mutability": (
                ecr.TagMutability.MUTABLE,
                "tags can't be moved; name those that can by image_tag_mutability_exclusion_filters",
            ),
            "lifecycle_registry_id": (
                "123456789012",
                "a repository is in the registry of the account of its stack",
            ),
            "lifecycle_rules": (
                [ecr.LifecycleRule(max_image_count=1)],
                "override the hook lifecycle_rules, or call add_lifecycle_rule",
            ),
        },
    ),
    EcrPullThroughCache.__init__: (
        lambda stack, name, **options: EcrPullThroughCache(stack, name, upstream=EcrUpstream.quay(), **options),
        {
            "credential_arn": ("arn", "give credentials to the upstream"),
            "custom_role_arn": ("arn", "give role to EcrUpstream.ecr, or override the hook create_role"),
            "upstream_registry": ("quay", "give upstream, as in EcrUpstream.public_gallery()"),
            "upstream_registry_url": ("quay.io", "give upstream, as in EcrUpstream.public_gallery()"),
        },
    ),
    EcrRepositoryTemplate.__init__: (
        lambda stack, name, **options: EcrRepositoryTemplate(
            stack, name, prefix="team", applied_for=["CREATE_ON_PUSH"], **options
        ),
        {
            "custom_role_arn": (
                "arn",
                "a role is made where Amazon ECR needs one; override the hook create_role",
            ),
            "encryption_configuration": ({"encryption_type": "KMS"}, "give encryption or encryption_key"),
            "image_tag_mutability": (
                "MUTABLE",
                "tags can be moved where a cache needs it, and nowhere else; name those that can by "
                "image_tag_mutability_exclusion_filters",
            ),
            "lifecycle_policy": ("{}", "override the hook lifecycle_rules"),
            "repository_policy": (
                "{}",
                "give pull_accounts or pull_organization, or override the hook policy_statements",
            ),
        },
    ),
    EcrReplication.__init__: (
        lambda stack, name, **options: EcrReplication(stack, name, regions=["us-east-1"], **options),
        {
            "replication_configuration": (
                {"rules": []},
                "give regions, accounts and repository_filters, and call add_rule",
            ),
        },
    ),
    EcrRegistryScanning.__init__: (EcrRegistryScanning, {"rules": ([], "give scan_on_push and continuous_scan")}),
    EcrRegistryPolicy.__init__: (
        lambda stack, name, **options: EcrRegistryPolicy(stack, name, cache_accounts=["123456789012"], **options),
        {"policy_text": ({}, "give statements")},
    ),
    EcrSigning.__init__: (
        EcrSigning,
        {"rules": ([], "give signing_profile and repository_filters, and call add_rule")},
    ),
    EcsInstanceRole.__init__: (
        EcsInstanceRole,
        {
            "assumed_by": (
                iam.AnyPrincipal(),
                "Amazon EC2 assumes it for container instances; the code in containers has the task_role of its task "
                "definition",
            ),
            "external_ids": (["1"], "Amazon EC2, which assumes it, gives none"),
            "inline_policies": (
                {"all": iam.PolicyDocument()},
                "call add_to_policy, or override the hook agent_statements",
            ),
            "max_session_duration": (
                Duration.hours(1),
                "it does not bound the sessions of AWS services",
            ),
        },
    ),
    EcsCluster.__init__: (
        EcsCluster,
        {
            "capacity": (
                ecs.AddCapacityOptions(instance_type=ARM),
                "call add_capacity, whose instances start from a current machine image",
            ),
            "container_insights": (False, "CDK has replaced it; give container_insights_v2"),
        },
    ),
    EcsCluster.add_capacity: (
        lambda stack, name, **options: cluster(stack).add_capacity(name, instance_type=ARM, **options),
        {
            "allow_all_outbound": (
                False,
                "the security group made here lets instances reach Amazon ECR and Amazon ECS; give security_group",
            ),
            "associate_public_ip_address": (
                True,
                "instances have no public address; give vpc_subnets with a NAT gateway or with VPC endpoints",
            ),
            "block_devices": (
                [],
                "volumes are encrypted gp3 on the devices of the machine image; give volume_size, volume_iops, "
                "volume_throughput or volume_encryption_key",
            ),
            "health_check": (
                autoscaling.HealthCheck.ec2(),
                "CDK has replaced it; give health_checks",
            ),
            "key_name": ("admin", "CDK has replaced it; give key_pair"),
            "machine_image_type": (
                ecs.MachineImageType.BOTTLEROCKET,
                "it is that of the image; give machine_image",
            ),
            "new_instances_protected_from_scale_in": (
                False,
                "they always are, until their tasks have ended",
            ),
            "require_imdsv2": (False, "it is always on"),
            "signals": (
                autoscaling.Signals.wait_for_all(),
                "instances send none, so that the deployment would wait in vain",
            ),
            "spot_instance_draining": (
                False,
                "it is on wherever instances_distribution asks for Spot instances",
            ),
            "spot_price": (
                "0.1",
                "Spot instances are a share of the group; give instances_distribution, with its spot_max_price",
            ),
            "ssm_session_permissions": (True, "give session_manager"),
            "topic_encryption_key": (
                "key",
                "no topic is made; the capacity provider drains instances by itself",
            ),
            "update_policy": (
                autoscaling.UpdatePolicy.rolling_update(),
                "override the hook update_policy",
            ),
            "user_data": (
                ec2.UserData.for_linux(),
                "override the hook user_data, and add to what it returns",
            ),
        },
    ),
}
"""By function: how it is called, and for each argument that it refuses a value and the reason."""

BESIDES = {"require_imdsv2", "user_data"}
"""What CDK takes for an Auto Scaling group, but not for the capacity of a cluster."""

OF_THE_CLUSTER = {EcsCluster.add_managed_instances: {"scope", "security_groups", "subnets"}}
"""What a fleet takes from the cluster that it is added to."""


@pytest.mark.parametrize(
    ("call", "argument", "value", "reason"),
    [
        pytest.param(call, argument, value, reason, id=f"{function.__qualname__} {argument}")
        for function, (call, refused) in REFUSED.items()
        for argument, (value, reason) in refused.items()
    ],
)
def test_refused(stack: Stack, call: Callable[..., Any], argument: str, value: Any, reason: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 # the whole message is compared
        call(stack, "It", **{argument: value})
    assert str(caught.value) == f"{argument} must be left out, got {value!r}: {reason}"
    assert [construct for construct in stack.node.find_all() if construct.node.id == "It"] == []


def test_none_is_left_out(stack: Stack) -> None:
    """As everywhere in CDK."""
    options: dict[str, Any] = {"image_scan_on_push": None, "lifecycle_rules": None}
    EcrRepository(stack, "Repository", **options)
    assert only(stack, "AWS::ECR::Repository")["ImageScanningConfiguration"] == {"ScanOnPush": True}


@pytest.mark.parametrize(
    ("ours", "theirs", "added"),
    [
        pytest.param(EcrEc2Service.__init__, ecs.Ec2Service.__init__, {"failure_threshold"}, id="EC2 service"),
        pytest.param(
            EcrFargateService.__init__, ecs.FargateService.__init__, {"failure_threshold"}, id="Fargate service"
        ),
        pytest.param(
            EcrManagedInstancesService.__init__,
            ecs.FargateService.__init__,
            {"capacity", "failure_threshold"},
            id="service on Managed Instances",
        ),
        pytest.param(
            EcrExternalService.__init__, ecs.ExternalService.__init__, {"failure_threshold"}, id="external service"
        ),
        pytest.param(
            EcrExpressService.__init__,
            ecs.CfnExpressGatewayService.__init__,
            {
                *("command", "container_port", "environment", "execution_role", "image", "max_task_count"),
                *("memory_limit_mib", "min_task_count", "secrets", "task_role", "vpc_subnets"),
            },
            id="Express Mode",
        ),
        pytest.param(EcrEc2TaskDefinition.__init__, ecs.Ec2TaskDefinition.__init__, {"log_group"}, id="EC2 task"),
        pytest.param(
            EcrExternalTaskDefinition.__init__, ecs.ExternalTaskDefinition.__init__, {"log_group"}, id="external task"
        ),
        pytest.param(
            EcrManagedInstancesTaskDefinition.__init__,
            ecs.TaskDefinition.__init__,
            {"log_group", "memory_limit_mib"},
            id="task on Managed Instances",
        ),
        pytest.param(
            EcsManagedInstances.__init__, ecs.ManagedInstancesCapacityProvider.__init__, set(), id="Managed Instances"
        ),
        pytest.param(
            EcsCluster.add_managed_instances,
            ecs.ManagedInstancesCapacityProvider.__init__,
            {"security_group", "vpc_subnets"},
            id="add_managed_instances",
        ),
        pytest.param(
            EcrDaemon.add_container,
            ecs.CfnDaemonTaskDefinition.DaemonContainerDefinitionProperty.__init__,
            {"id", "logging"},
            id="container of a daemon",
        ),
        pytest.param(
            EcrFargateTaskDefinition.__init__,
            ecs.FargateTaskDefinition.__init__,
            {"log_group", "runtime_monitoring"},
            id="Fargate task",
        ),
        pytest.param(EcrEc2TaskDefinition.add_container, ecs.TaskDefinition.add_container, set(), id="add_container"),
        pytest.param(
            EcrEc2TaskDefinition.add_firelens_log_router,
            ecs.TaskDefinition.add_firelens_log_router,
            set(),
            id="add_firelens_log_router",
        ),
        pytest.param(EcrImage.from_asset, ecs.ContainerImage.from_asset, set(), id="from_asset"),
        pytest.param(EcrImage.from_registry, ecs.ContainerImage.from_registry, set(), id="from_registry"),
        pytest.param(
            EcrRepository.__init__,
            ecr.Repository.__init__,
            {"max_image_age", "max_untagged_image_age", "pull_accounts", "pull_organization"},
            id="repository",
        ),
        pytest.param(
            EcrRepository.add_lifecycle_rule, ecr.Repository.add_lifecycle_rule, set(), id="add_lifecycle_rule"
        ),
        pytest.param(
            EcrPullThroughCache.__init__,
            ecr.CfnPullThroughCacheRule.__init__,
            {"encryption", "encryption_key", "pull_accounts", "pull_organization", "upstream"},
            id="pull-through cache",
        ),
        pytest.param(
            EcrRepositoryTemplate.__init__,
            ecr.CfnRepositoryCreationTemplate.__init__,
            {
                "encryption",
                "encryption_key",
                "max_image_age",
                "max_untagged_image_age",
                "pull_accounts",
                "pull_organization",
            },
            id="repository template",
        ),
        pytest.param(
            EcrReplication.__init__,
            ecr.CfnReplicationConfiguration.__init__,
            {"accounts", "regions", "repository_filters"},
            id="replication",
        ),
        pytest.param(
            EcrRegistryScanning.__init__,
            ecr.CfnRegistryScanningConfiguration.__init__,
            {"continuous_scan", "scan_on_push"},
            id="registry scanning",
        ),
        pytest.param(
            EcrRegistryPolicy.__init__,
            ecr.CfnRegistryPolicy.__init__,
            {"cache_accounts", "import_accounts", "replication_accounts", "statements"},
            id="registry policy",
        ),
        pytest.param(
            EcrSigning.__init__,
            ecr.CfnSigningConfiguration.__init__,
            {"repository_filters", "signing_profile"},
            id="signing",
        ),
        pytest.param(
            EcsInstanceRole.__init__,
            iam.Role.__init__,
            {"cluster", "pull_through_cache", "repositories", "runtime_monitoring", "session_manager"},
            id="instance role",
        ),
        pytest.param(EcsCluster.__init__, ecs.Cluster.__init__, {"execute_command_key"}, id="cluster"),
        pytest.param(
            EcsCluster.add_capacity,
            ecs.Cluster.add_capacity,
            {
                "alternative_instance_types",
                "capacity_provider_name",
                "image_refresh",
                "instance_warmup_period",
                "instances_distribution",
                "maximum_scaling_step_size",
                "minimum_scaling_step_size",
                "repositories",
                "role",
                "security_group",
                "session_manager",
                "target_capacity_percent",
                "volume_encryption_key",
                "volume_iops",
                "volume_size",
                "volume_throughput",
            },
            id="add_capacity",
        ),
    ],
)
def test_arguments_of_cdk(ours: Callable[..., Any], theirs: Callable[..., Any], added: set[str]) -> None:
    """An argument that CDK gains shows up here: it is handed on, or refused with a reason."""
    _, refused = REFUSED.get(ours, (None, {}))
    assert arguments(theirs) - arguments(ours) - OF_THE_CLUSTER.get(ours, set()) == refused.keys() - BESIDES
    assert arguments(ours) - arguments(theirs) == added


def test_arguments_of_both_resources_of_a_daemon() -> None:
    theirs = arguments(ecs.CfnDaemon.__init__) | arguments(ecs.CfnDaemonTaskDefinition.__init__)
    ours, (_, refused) = arguments(EcrDaemon.__init__), REFUSED[EcrDaemon.__init__]
    assert theirs - ours == refused.keys()
    assert ours - theirs == {"capacities", "cluster", "execution_role", "log_group", "memory_limit_mib", "task_role"}


class _Named:
    """Something that is no list."""

    def __repr__(self) -> str:
        return "Named"


NAMED = _Named()


# mypy tells each of these calls to be wrong, or tells that its `type: ignore` is not needed.
WRONG: dict[str, tuple[Callable[[Stack, EcrFargateTaskDefinition], object], str]] = {
    "method, unknown": (
        lambda _, task: task.add_container("App", image=URI, memory_limit=64),  # type: ignore[call-arg] # the point
        "EcrFargateTaskDefinition.add_container() got an unexpected keyword argument 'memory_limit'; "
        "did you mean 'memory_limit_mib'?",
    ),
    "method, wrong type": (
        lambda _, task: task.add_container("App", image=URI, memory_limit_mib="64"),  # type: ignore[arg-type] # the point
        "memory_limit_mib must be a number, got '64': it is a text",
    ),
    "method, left out": (
        lambda _, task: task.add_container("App"),  # type: ignore[call-arg] # the point
        "EcrFargateTaskDefinition.add_container() missing 1 required keyword-only argument: 'image'",
    ),
    "method, by place": (
        lambda _, task: task.add_container("App", URI),  # type: ignore[call-arg] # the point
        "EcrFargateTaskDefinition.add_container() must be given its arguments by their names (image=…, logging=…, "
        f"command=…), got {URI!r} behind id",
    ),
    "constructor, by place": (
        lambda stack, _: EcrRepository(stack, "It", "team/app"),  # type: ignore[call-arg] # the point
        "EcrRepository.__init__() must be given its arguments by their names (repository_name=…, "
        "image_tag_mutability_exclusion_filters=…, max_untagged_image_age=…), got 'team/app' behind id",
    ),
    "constructor, unknown": (
        lambda stack, _: EcrFargateTaskDefinition(stack, "It", xyz=1),  # type: ignore[call-arg] # the point
        "EcrFargateTaskDefinition.__init__() got an unexpected keyword argument 'xyz'",
    ),
    "constructor, wrong type": (
        lambda stack, _: EcrFargateTaskDefinition(stack, "It", family=1),  # type: ignore[arg-type] # the point
        "family must be a text, got 1: it is a number",
    ),
    "capacity, unknown": (
        lambda stack, _: cluster(stack).add_capacity("It", instance_type=ARM, volume_sise=1),  # type: ignore[call-arg] # the point
        "EcsCluster.add_capacity() got an unexpected keyword argument 'volume_sise'; did you mean 'volume_size'?",
    ),
    "constructor, text for a construct": (
        lambda stack, _: EcrVpcEndpoints(stack, "It", vpc="vpc-1"),  # type: ignore[arg-type] # the point
        "vpc must be an ec2.IVpc, got 'vpc-1': it is a text",
    ),
    "constructor, nothing for a construct": (
        lambda stack, _: EcrVpcEndpoints(stack, "It", vpc=None),  # type: ignore[arg-type] # the point
        "vpc must be an ec2.IVpc, got None: it is nothing",
    ),
    "constructor, text for what another construct returns": (
        lambda stack, task: EcrManagedInstancesService(
            stack,
            "It",
            cluster=cluster(stack),
            task_definition=task,
            capacity="Fleet",  # type: ignore[arg-type] # the point
        ),
        "capacity must be an EcsManagedInstances, got 'Fleet': it is a text",
    ),
    "constructor, number in a list of texts": (
        lambda stack, _: EcrRepository(stack, "It", pull_accounts=[210987654321]),  # type: ignore[list-item] # the point
        "pull_accounts must hold texts, got 210987654321: it is a number",
    ),
    "constructor, number for a list": (
        lambda stack, _: EcrRepository(stack, "It", pull_accounts=210987654321),  # type: ignore[arg-type] # the point
        "pull_accounts must be a list of texts, got 210987654321: it is no list",
    ),
    "constructor, number in a list of constructs or texts": (
        lambda stack, _: EcsInstanceRole(stack, "It", repositories=[1]),  # type: ignore[list-item] # the point
        "repositories must hold ecr.IRepository or texts, got 1: it is a number",
    ),
    "constructor, construct for a list": (
        lambda stack, _: EcsInstanceRole(stack, "It", repositories=NAMED),  # type: ignore[arg-type] # the point
        "repositories must be a list of ecr.IRepository or texts, got Named: it is no list",
    ),
    "constructor, text that only CDK finds to be none": (
        lambda stack, _: EcsCluster(stack, "It", vpc="vpc-1"),  # type: ignore[arg-type] # the point
        "vpc must be an ec2.IVpc, got 'vpc-1': it is a text",
    ),
    "class method, text for a secret": (
        lambda *_: EcrUpstream.docker_hub(credentials="token"),  # type: ignore[arg-type] # the point
        "credentials must be a secretsmanager.ISecret, got 'token': it is a text",
    ),
    "class method, number for an account": (
        lambda *_: EcrUpstream.ecr(account=210987654321),  # type: ignore[arg-type] # the point
        "account must be a text, got 210987654321: it is a number",
    ),
    "capacity, text for an instance type": (
        lambda stack, _: cluster(stack).add_capacity("It", instance_type="t3.small"),  # type: ignore[arg-type] # the point
        "instance_type must be an ec2.InstanceType, got 't3.small': it is a text",
    ),
    "class method, unknown": (
        lambda *_: EcrImage.from_asset(".", platform=ecr_assets.Platform.LINUX_AMD64, files="x"),  # type: ignore[call-arg] # the point
        "EcrImage.from_asset() got an unexpected keyword argument 'files'; did you mean 'file'?",
    ),
}


@pytest.mark.parametrize(("call", "message"), WRONG.values(), ids=WRONG)
def test_wrong(
    stack: Stack,
    task: EcrFargateTaskDefinition,
    call: Callable[[Stack, EcrFargateTaskDefinition], object],
    message: str,
) -> None:
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        call(stack, task)
    assert stack.node.try_find_child("It") is None


@pytest.mark.parametrize(
    "documented",
    [
        EcrEc2TaskDefinition,
        EcrFargateTaskDefinition,
        EcrEc2TaskDefinition.add_container,
        EcrEc2TaskDefinition.add_firelens_log_router,
        EcrManagedInstancesTaskDefinition,
        EcrExternalTaskDefinition,
        EcrEc2Service,
        EcrFargateService,
        EcrManagedInstancesService,
        EcrExternalService,
        EcrExpressService,
        EcrDaemon,
        EcrDaemon.add_container,
        EcsManagedInstances,
        EcrImage.from_asset,
        EcrPullThroughCache,
        EcrRegistryPolicy,
        EcrRegistryScanning,
        EcrReplication,
        EcrRepositoryTemplate,
        EcrSigning,
        EcsCluster.add_capacity,
        EcsCluster.add_managed_instances,
    ],
)
def test_help(documented: Any) -> None:
    function = vars(documented)["__init__"] if inspect.isclass(documented) else documented
    first, *named = inspect.signature(function).parameters
    lines = (inspect.getdoc(documented) or "").partition("\nAttributes:\n")[0].splitlines()
    told = [line.strip().partition(":")[0] for line in lines if re.match(r"    [a-z0-9_]+: ", line)]
    assert [name for name in told if name in {first, *named}] == [*([] if first == "self" else [first]), *named]
    assert "**options:" not in pydoc.render_doc(documented, renderer=pydoc.TextDoc())


class Mirrored(EcrFargateTaskDefinition):
    """A team's task definition, which takes from a registry of its own what CDK takes from others."""

    @takes(ContainerOptions)
    def add_container(
        self,
        id: str,
        *,
        image: Any,
        logging: ecs.LogDriver | None = None,
        **options: Unpack[ContainerOptions],
    ) -> ecs.ContainerDefinition:
        mirrored = URI if isinstance(image, ecs.RepositoryImage) else image
        return super().add_container(id, image=mirrored, logging=logging, **options)

    @takes(ContainerOptions)
    def add_firelens_log_router(
        self,
        id: str,
        *,
        firelens_config: ecs.FirelensConfig | dict[str, Any],
        image: object,
        logging: ecs.LogDriver | None = None,
        **options: Unpack[ContainerOptions],
    ) -> ecs.FirelensLogRouter:
        return super().add_firelens_log_router(
            id, firelens_config=firelens_config, image=URI, logging=logging, **options
        )


def rendered(task: ecs.TaskDefinition) -> Any:
    """The containers as CDK renders them, which adds a log router where a container logs to one."""
    resource = task.node.default_child
    assert isinstance(resource, ecs.CfnTaskDefinition)
    return Stack.of(task).resolve(resource.container_definitions)


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(appconfig.Application.add_agent_to_ecs, id="add_container"),
        pytest.param(rendered, id="add_firelens_log_router"),
    ],
)
def test_call_by_cdk_is_refused(task: EcrFargateTaskDefinition, call: Callable[[Any], object]) -> None:
    task.add_container("App", image=URI, logging=ecs.LogDrivers.firelens())
    with pytest.raises(RuntimeError, match="image must be a fully qualified reference of a private ECR registry"):
        call(task)


def test_override_of_add_container_called_by_cdk(stack: Stack) -> None:
    task = Mirrored(stack, "Task")
    appconfig.Application.add_agent_to_ecs(task)
    (agent,) = rendered(task)
    assert agent["image"] == URI


def test_override_of_add_firelens_log_router_called_by_cdk(stack: Stack) -> None:
    """CDK's options arrive, although the override names none of them."""
    task = Mirrored(stack, "Task")
    task.add_container("App", image=URI, logging=ecs.LogDrivers.firelens())
    _, router = rendered(task)
    assert (router["image"], router["memoryReservation"]) == (URI, 50)
    assert router["logConfiguration"]["options"]["awslogs-stream-prefix"] == "firelens"


def test_override_called_by_python(stack: Stack) -> None:
    Mirrored(stack, "Task").add_container("App", image=EcrImage(URI), container_name="web", cpu=64)
    (container,) = only(stack, "AWS::ECS::TaskDefinition")["ContainerDefinitions"]
    assert (container["Image"], container["Name"], container["Cpu"]) == (URI, "web", 64)


def written(text: str) -> jedi.Script:
    """The script of a user, with the cursor at its end. jedi needs no code of CDK, which costs it a minute."""
    return jedi.Script(text, project=jedi.Project(ROOT, sys_path=[str(ROOT)]))


TASK = "from ecr_ecs_constructs import EcrFargateTaskDefinition as Task\ntask = Task(stack, 'Task')\n"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param(f"{TASK}task.add_container('x', ima", ["image="], id="image"),
        pytest.param(f"{TASK}task.add_container('x', log", ["logging="], id="logging"),
        pytest.param(
            f"{TASK}task.add_container('x', mem", ["memory_limit_mib=", "memory_reservation_mib="], id="memory"
        ),
        pytest.param(
            f"{TASK}task.add_firelens_log_router('x', fire", ["firelens_config="], id="add_firelens_log_router"
        ),
        pytest.param(
            "from ecr_ecs_constructs import EcsCluster\nEcsCluster(stack, 'x').add_capacity('x', volume_",
            ["volume_encryption_key=", "volume_iops=", "volume_size=", "volume_throughput="],
            id="add_capacity",
        ),
    ],
)
def test_completion(text: str, names: list[str]) -> None:
    assert [found.name for found in written(text).complete() if found.name.endswith("=")] == names


@pytest.mark.parametrize(
    ("text", "function"),
    [
        pytest.param(f"{TASK}task.add_container(", EcrFargateTaskDefinition.add_container, id="add_container"),
        pytest.param(
            f"{TASK}task.add_firelens_log_router(",
            EcrFargateTaskDefinition.add_firelens_log_router,
            id="add_firelens_log_router",
        ),
        pytest.param(
            "from ecr_ecs_constructs import EcrEc2TaskDefinition\nEcrEc2TaskDefinition(",
            EcrEc2TaskDefinition.__init__,
            id="EcrEc2TaskDefinition",
        ),
        pytest.param(
            "from ecr_ecs_constructs import EcrFargateTaskDefinition\nEcrFargateTaskDefinition(",
            EcrFargateTaskDefinition.__init__,
            id="EcrFargateTaskDefinition",
        ),
        pytest.param(
            "from ecr_ecs_constructs import EcrEc2Service\nEcrEc2Service(", EcrEc2Service.__init__, id="EcrEc2Service"
        ),
        pytest.param(
            "from ecr_ecs_constructs import EcrFargateService\nEcrFargateService(",
            EcrFargateService.__init__,
            id="EcrFargateService",
        ),
        pytest.param(
            "from ecr_ecs_constructs import EcrImage\nEcrImage.from_asset(", EcrImage.from_asset, id="from_asset"
        ),
        pytest.param(
            "from ecr_ecs_constructs import EcsCluster\nEcsCluster(stack, 'x').add_capacity(",
            EcsCluster.add_capacity,
            id="add_capacity",
        ),
    ],
)
def test_signature_in_editors(text: str, function: Callable[..., Any]) -> None:
    (signature,) = written(text).get_signatures()
    assert [parameter.name for parameter in signature.params] == [
        name for name in inspect.signature(function).parameters if name != "self"
    ]
