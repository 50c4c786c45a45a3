"""Services: deployments that fail fast and roll back, capacity that stays, capacity providers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, ArnFormat, CfnParameter, CustomResource, Duration, NestedStack, Stack, Stage
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Annotations, Match, Template

from ecr_ecs_constructs.cluster import EcsCluster
from ecr_ecs_constructs.network import EcrVpcEndpoints
from ecr_ecs_constructs.service import EcrEc2Service, EcrFargateService
from ecr_ecs_constructs.task_definition import EcrEc2TaskDefinition, EcrFargateTaskDefinition
from tests.support import only

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs import Construct

    Make = Callable[..., EcrEc2Service | EcrFargateService]

URI = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app:1.2.3"
BREAKER = {
    "Enable": True,
    "Rollback": True,
    "ThresholdConfiguration": {"Type": "COUNT", "Value": 3},
}


def vpc(stack: Stack) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-11111111",
        availability_zones=["a", "b"],
        private_subnet_ids=["subnet-aaaaaaaa", "subnet-bbbbbbbb"],
        private_subnet_route_table_ids=["rtb-aaaaaaaa", "rtb-bbbbbbbb"],
        public_subnet_ids=["subnet-cccccccc", "subnet-dddddddd"],
        public_subnet_route_table_ids=["rtb-cccccccc", "rtb-dddddddd"],
    )


def imported_cluster(stack: Stack) -> ecs.ICluster:
    return ecs.Cluster.from_cluster_attributes(
        stack, "Cluster", cluster_name="production", vpc=vpc(stack), security_groups=[], has_ec2_capacity=True
    )


def new_cluster(stack: Stack, *, default: str | None = None) -> ecs.Cluster:
    """A cluster with capacity of both kinds, and a default strategy for that of one of them."""
    cluster = ecs.Cluster(stack, "Cluster", vpc=vpc(stack), enable_fargate_capacity_providers=True)
    launch_template = ec2.LaunchTemplate(
        stack,
        "Launch",
        instance_type=ec2.InstanceType("m7i.large"),
        machine_image=ecs.EcsOptimizedImage.amazon_linux2023(),
        role=iam.Role(stack, "Instances", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com")),
        security_group=ec2.SecurityGroup.from_security_group_id(stack, "InstanceGroup", "sg-11111111"),
        user_data=ec2.UserData.for_linux(),
    )
    group = autoscaling.AutoScalingGroup(stack, "Group", vpc=cluster.vpc, launch_template=launch_template)
    provider = ecs.AsgCapacityProvider(stack, "Provider", auto_scaling_group=group, capacity_provider_name="group")
    cluster.add_asg_capacity_provider(provider)
    if default:
        name = provider.capacity_provider_name if default == "group" else default
        cluster.add_default_capacity_provider_strategy([strategy(name)])
    return cluster


def strategy(name: str) -> ecs.CapacityProviderStrategy:
    return ecs.CapacityProviderStrategy(capacity_provider=name, weight=1)


def ec2_service(stack: Stack, cluster: ecs.ICluster, **options: Any) -> EcrEc2Service:
    task = EcrEc2TaskDefinition(stack, "Task")
    ports = [ecs.PortMapping(container_port=80)]
    task.add_container("App", image=URI, memory_limit_mib=64, port_mappings=ports)
    return EcrEc2Service(stack, "Service", cluster=cluster, task_definition=task, **options)


def fargate_service(stack: Stack, cluster: ecs.ICluster, **options: Any) -> EcrFargateService:
    task = EcrFargateTaskDefinition(stack, "Task")
    task.add_container("App", image=URI, port_mappings=[ecs.PortMapping(container_port=80)])
    return EcrFargateService(stack, "Service", cluster=cluster, task_definition=task, **options)


BOTH = pytest.mark.parametrize("make", [ec2_service, fargate_service])


@pytest.fixture
def stack() -> Stack:
    return Stack(App(), "Stack")


def service(stack: Stack) -> Any:
    return only(stack, "AWS::ECS::Service")


@BOTH
def test_default(stack: Stack, make: Make) -> None:
    make(stack, imported_cluster(stack))
    assert service(stack)["DeploymentConfiguration"] == {
        "Alarms": {"AlarmNames": [], "Enable": False, "Rollback": False},
        "DeploymentCircuitBreaker": BREAKER,
        "MaximumPercent": 200,
        "MinimumHealthyPercent": 100,
    }
    assert service(stack)["DeploymentController"] == {"Type": "ECS"}
    Annotations.from_stack(stack).has_no_warning("*", Match.any_value())


@BOTH
@pytest.mark.parametrize("threshold", [1, 200])
def test_failure_threshold(stack: Stack, make: Make, threshold: int) -> None:
    make(stack, imported_cluster(stack), failure_threshold=threshold)
    assert service(stack)["DeploymentConfiguration"]["DeploymentCircuitBreaker"] == {
        "Enable": True,
        "Rollback": True,
        "ThresholdConfiguration": {"Type": "COUNT", "Value": threshold},
    }


def test_failure_threshold_of_a_parameter(stack: Stack) -> None:
    threshold = CfnParameter(stack, "Threshold", type="Number").value_as_number
    fargate_service(stack, imported_cluster(stack), failure_threshold=threshold)
    breaker = service(stack)["DeploymentConfiguration"]["DeploymentCircuitBreaker"]
    assert breaker["ThresholdConfiguration"] == {"Type": "COUNT", "Value": {"Ref": "Threshold"}}


@BOTH
@pytest.mark.parametrize(
    ("options", "message"),
    [
        *(
            pytest.param(
                {"failure_threshold": threshold},
                f"failure_threshold must be a whole number from 1 to 200, got {threshold!r}: "
                "Amazon ECS by itself waits for no more than 200 failed tasks",
                id=f"failure_threshold {threshold}",
            )
            for threshold in (0, 201, 2.5)
        ),
        *(
            pytest.param(
                {"min_healthy_percent": percent},
                f"min_healthy_percent must be from 0 to 100, got {percent}: it is a part of the desired count",
                id=f"min_healthy_percent {percent}",
            )
            for percent in (-1, 101)
        ),
    ],
)
def test_refused(stack: Stack, make: Make, options: dict[str, Any], message: str) -> None:
    cluster = imported_cluster(stack)
    with pytest.raises(ValueError) as caught:  # noqa: PT011 # the whole message is compared
        make(stack, cluster, **options)
    assert str(caught.value) == message
    assert stack.node.try_find_child("Service") is None


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({}, (0, 100), id="by default none"),
        pytest.param({"min_healthy_percent": 50}, (50, 100), id="as given"),
    ],
)
def test_daemon(stack: Stack, options: dict[str, Any], expected: tuple[int, int]) -> None:
    ec2_service(stack, imported_cluster(stack), daemon=True, **options)
    configuration = service(stack)["DeploymentConfiguration"]
    assert (configuration["MinimumHealthyPercent"], configuration["MaximumPercent"]) == expected
    assert service(stack)["SchedulingStrategy"] == "DAEMON"


def test_daemon_has_no_strategy(stack: Stack) -> None:
    cluster = EcsCluster(stack, "Own")
    cluster.add_capacity("Instances", instance_type=ec2.InstanceType("t3.small"))
    ec2_service(stack, cluster, daemon=True)
    assert (service(stack).get("CapacityProviderStrategy"), service(stack)["LaunchType"]) == (None, "EC2")


FARGATE = [{"CapacityProvider": "FARGATE", "Weight": 1}]
GROUP = [{"CapacityProvider": {"Ref": "Provider0B93F79A"}, "Weight": 1}]
SPOT = [{"CapacityProvider": "FARGATE_SPOT", "Weight": 1}]


@pytest.mark.parametrize(
    ("make", "cluster", "options", "expected"),
    [
        pytest.param(ec2_service, imported_cluster, {}, ("EC2", None), id="EC2, imported cluster"),
        pytest.param(ec2_service, new_cluster, {}, ("EC2", None), id="EC2, cluster without strategy"),
        pytest.param(
            ec2_service,
            lambda stack: new_cluster(stack, default="group"),
            {},
            (None, GROUP),
            id="EC2, strategy of the cluster",
        ),
        pytest.param(
            ec2_service,
            lambda stack: new_cluster(stack, default="FARGATE"),
            {},
            ("EC2", None),
            id="EC2, strategy of the other kind",
        ),
        pytest.param(
            ec2_service,
            imported_cluster,
            {"capacity_provider_strategies": [strategy("spot")]},
            (None, [{"CapacityProvider": "spot", "Weight": 1}]),
            id="EC2, given strategy",
        ),
        pytest.param(fargate_service, imported_cluster, {}, ("FARGATE", None), id="Fargate, imported cluster"),
        pytest.param(fargate_service, new_cluster, {}, ("FARGATE", None), id="Fargate, cluster without strategy"),
        pytest.param(
            fargate_service,
            lambda stack: new_cluster(stack, default="FARGATE"),
            {},
            (None, FARGATE),
            id="Fargate, strategy of the cluster",
        ),
        pytest.param(
            fargate_service,
            lambda stack: new_cluster(stack, default="group"),
            {},
            ("FARGATE", None),
            id="Fargate, strategy of the other kind",
        ),
        pytest.param(
            fargate_service,
            lambda stack: new_cluster(stack, default="FARGATE"),
            {"capacity_provider_strategies": [strategy("FARGATE_SPOT")]},
            (None, SPOT),
            id="Fargate, given strategy",
        ),
    ],
)
def test_capacity(
    stack: Stack,
    make: Make,
    cluster: Callable[[Stack], ecs.ICluster],
    options: dict[str, Any],
    expected: tuple[str | None, list[Any] | None],
) -> None:
    make(stack, cluster(stack), **options)
    found = service(stack)
    assert (found.get("LaunchType"), found.get("CapacityProviderStrategy")) == expected


@pytest.mark.parametrize(
    ("make", "default"),
    [
        pytest.param(ec2_service, "group", id="EC2"),
        pytest.param(fargate_service, "FARGATE", id="Fargate"),
    ],
)
def test_service_waits_for_the_capacity_providers_of_its_cluster(stack: Stack, make: Make, default: str) -> None:
    make(stack, new_cluster(stack, default=default))
    template = Template.from_stack(stack)
    (associations,) = template.find_resources("AWS::ECS::ClusterCapacityProviderAssociations")
    (found,) = template.find_resources("AWS::ECS::Service").values()
    assert associations in found["DependsOn"]


def test_service_waits_for_the_association_of_an_imported_cluster(stack: Stack) -> None:
    cluster, other = (
        imported_cluster(stack),
        ecs.Cluster.from_cluster_arn(stack, "Other", "arn:aws:ecs:us-east-1:123456789012:cluster/other"),
    )
    ec2_service(stack, cluster)
    for name, of in (("Ours", cluster), ("Theirs", other)):
        ecs.CfnClusterCapacityProviderAssociations(
            stack,
            name,
            capacity_providers=["web"],
            cluster=of.cluster_name,
            default_capacity_provider_strategy=[],
        )
    (found,) = Template.from_stack(stack).find_resources("AWS::ECS::Service").values()
    assert "Ours" in found["DependsOn"]
    assert "Theirs" not in found["DependsOn"]


def waits_for(stack: Stack) -> list[str]:
    (found,) = Template.from_stack(stack).find_resources("AWS::ECS::Service").values()
    return [re.sub(r"[0-9A-F]{8}$", "", name) for name in found["DependsOn"]]


def isolated(scope: Stack) -> ec2.Vpc:
    subnets = [ec2.SubnetConfiguration(name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)]
    return ec2.Vpc(scope, "Vpc", max_azs=1, subnet_configuration=subnets)


@BOTH
def test_service_waits_for_the_endpoints_of_its_vpc(stack: Stack, make: Make) -> None:
    own = isolated(stack)
    cluster = ecs.Cluster.from_cluster_attributes(stack, "Cluster", cluster_name="c", vpc=own, has_ec2_capacity=True)
    make(stack, cluster)
    EcrVpcEndpoints(stack, "Endpoints", vpc=own)
    other = ec2.Vpc(stack, "Other", max_azs=1)
    other.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
    found = [name for name in waits_for(stack) if name.startswith(("Endpoints", "Other"))]
    services = ["EcrApi", "EcrDkr", "Ecs", "EcsAgent", "EcsTelemetry", "Logs", "S3"]
    assert found == [f"Endpoints{service}" for service in services]


def test_endpoints_of_another_stack_may_wait_for_the_service() -> None:
    app = App()
    networks, stack, endpoints = (Stack(app, name) for name in ("Networks", "Stack", "Endpoints"))
    own = isolated(networks)
    cluster = ecs.Cluster.from_cluster_attributes(stack, "Cluster", cluster_name="c", vpc=own)
    made = fargate_service(stack, cluster)
    EcrVpcEndpoints(endpoints, "Endpoints", vpc=own).connections.allow_default_port_from(made)
    service(stack)
    assert stack in endpoints.dependencies
    assert endpoints not in stack.dependencies


@BOTH
def test_service_waits_for_image_copies(stack: Stack, make: Make) -> None:
    make(stack, imported_cluster(stack))
    properties = {"SrcImage": "docker://nginx", "DestImage": f"docker://{URI}"}
    for name, type_ in (("Copy", "Custom::CDKECRDeployment"), ("Other", "Custom::Other")):
        token = stack.format_arn(
            service="lambda", resource="function", resource_name="copy", arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
        CustomResource(stack, name, service_token=token, resource_type=type_, properties=properties)
    assert [name for name in waits_for(stack) if name in ("Copy", "Other")] == ["Copy"]


COMMON: dict[str, Any] = {
    "desired_count": 4,
    "enable_ecs_managed_tags": True,
    "enable_execute_command": True,
    "health_check_grace_period": Duration.seconds(30),
    "max_healthy_percent": 150,
    "min_healthy_percent": 50,
    "propagate_tags": ecs.PropagatedTagSource.SERVICE,
    "service_name": "web",
    "availability_zone_rebalancing": ecs.AvailabilityZoneRebalancing.ENABLED,
    "force_new_deployment": ecs.ForceNewDeployment(enabled=True, nonce="1"),
    "task_definition_revision": ecs.TaskDefinitionRevision.LATEST,
    "deployment_strategy": ecs.DeploymentStrategy.ROLLING,
}
COMMON_FOUND: dict[str, Any] = {
    "AvailabilityZoneRebalancing": "ENABLED",
    "DeploymentConfiguration": {
        "Alarms": {"AlarmNames": ["errors"], "Enable": True, "Rollback": True},
        "DeploymentCircuitBreaker": BREAKER,
        "MaximumPercent": 150,
        "MinimumHealthyPercent": 50,
        "Strategy": "ROLLING",
    },
    "DeploymentController": {"Type": "ECS"},
    "DesiredCount": 4,
    "EnableECSManagedTags": True,
    "EnableExecuteCommand": True,
    "ForceNewDeployment": {"EnableForceNewDeployment": True, "ForceNewDeploymentNonce": "1"},
    "HealthCheckGracePeriodSeconds": 30,
    "PropagateTags": "SERVICE",
    "ServiceName": "web",
    "Cluster": "production",
    "TaskDefinition": "StackTask6D9C6C3F",
}


@pytest.mark.parametrize(
    ("make", "options", "expected"),
    [
        pytest.param(
            ec2_service,
            {
                "placement_constraints": [ecs.PlacementConstraint.distinct_instances()],
                "placement_strategies": [ecs.PlacementStrategy.spread_across(ecs.BuiltInAttributes.AVAILABILITY_ZONE)],
            },
            {
                "LaunchType": "EC2",
                "PlacementConstraints": [{"Type": "distinctInstance"}],
                "PlacementStrategies": [{"Field": "attribute:ecs.availability-zone", "Type": "spread"}],
                "SchedulingStrategy": "REPLICA",
            },
            id="EC2",
        ),
        pytest.param(
            fargate_service,
            {
                "assign_public_ip": True,
                "platform_version": ecs.FargatePlatformVersion.VERSION1_4,
                "vpc_subnets": ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
            },
            {
                "LaunchType": "FARGATE",
                "PlatformVersion": "1.4.0",
                "NetworkConfiguration": {
                    "AwsvpcConfiguration": {
                        "AssignPublicIp": "ENABLED",
                        "SecurityGroups": ["sg-11111111"],
                        "Subnets": ["subnet-cccccccc", "subnet-dddddddd"],
                    }
                },
            },
            id="Fargate",
        ),
    ],
)
def test_arguments_reach_the_service(
    stack: Stack, make: Make, options: dict[str, Any], expected: dict[str, Any]
) -> None:
    if make is fargate_service:
        options["security_groups"] = [ec2.SecurityGroup.from_security_group_id(stack, "Tasks", "sg-11111111")]
    alarms = ecs.DeploymentAlarmConfig(alarm_names=["errors"])
    make(stack, imported_cluster(stack), deployment_alarms=alarms, **COMMON, **options)
    found = service(stack)
    assert found == {**COMMON_FOUND, "TaskDefinition": found["TaskDefinition"], **expected}


def test_no_public_address_by_default(stack: Stack) -> None:
    fargate_service(stack, imported_cluster(stack))
    network = service(stack)["NetworkConfiguration"]["AwsvpcConfiguration"]
    assert (network["AssignPublicIp"], network["Subnets"]) == ("DISABLED", ["subnet-aaaaaaaa", "subnet-bbbbbbbb"])


@BOTH
def test_load_balancer_and_scaling(stack: Stack, make: Make) -> None:
    found = make(stack, imported_cluster(stack), desired_count=2)
    balancer = elb.ApplicationLoadBalancer(stack, "Balancer", vpc=found.cluster.vpc)
    balancer.add_listener("Listener", port=80, open=False).add_targets("Target", port=80, targets=[found])
    found.auto_scale_task_count(max_capacity=4).scale_on_cpu_utilization("Cpu", target_utilization_percent=50)
    assert service(stack)["LoadBalancers"][0]["ContainerName"] == "App"
    assert only(stack, "AWS::ApplicationAutoScaling::ScalableTarget")["MaxCapacity"] == 4


@BOTH
@pytest.mark.parametrize(
    "place",
    [
        pytest.param(lambda app: NestedStack(Stack(app, "Parent"), "Nested"), id="nested stack"),
        pytest.param(lambda app: Stack(Stage(app, "Stage"), "Stack"), id="stage"),
    ],
)
def test_places(make: Make, place: Callable[[App], Stack]) -> None:
    stack = place(App())
    make(stack, new_cluster(stack, default="FARGATE"))
    assert service(stack)["DeploymentConfiguration"]["DeploymentCircuitBreaker"] == BREAKER


@BOTH
def test_cluster_of_another_stack(make: Make) -> None:
    app = App()
    clusters, services = Stack(app, "Clusters"), Stack(app, "Services")
    make(services, new_cluster(clusters, default="FARGATE"))
    assert service(services)["DeploymentConfiguration"]["DeploymentCircuitBreaker"] == BREAKER
    assert clusters in services.dependencies


def test_task_definition_of_cdk(stack: Stack) -> None:
    task = ecs.FargateTaskDefinition(stack, "Task")
    repository = ecr.Repository.from_repository_name(stack, "Repository", "app")
    task.add_container("App", image=ecs.ContainerImage.from_ecr_repository(repository, "1"))
    EcrFargateService(stack, "Service", cluster=imported_cluster(stack), task_definition=task)
    assert service(stack)["DeploymentConfiguration"]["DeploymentCircuitBreaker"] == BREAKER


def test_foreign_image_of_a_task_definition_of_cdk(stack: Stack) -> None:
    task = ecs.FargateTaskDefinition(stack, "Task")
    task.add_container("App", image=ecs.ContainerImage.from_registry("nginx"))
    EcrFargateService(stack, "Service", cluster=imported_cluster(stack), task_definition=task)
    with pytest.raises(RuntimeError, match="container 'App': image 'nginx' has no ECR registry"):
        service(stack)


class TeamService(EcrFargateService):
    """A team's service: spread over two zones, open to ECS Exec, given up at the first failure."""

    def __init__(self, scope: Construct, id: str, *, cluster: ecs.ICluster, image: str) -> None:
        task = EcrFargateTaskDefinition(scope, f"{id}Task")
        task.add_container("App", image=image)
        super().__init__(
            scope,
            id,
            cluster=cluster,
            task_definition=task,
            desired_count=2,
            enable_execute_command=True,
            failure_threshold=1,
        )


def test_subclass(stack: Stack) -> None:
    TeamService(stack, "Service", cluster=imported_cluster(stack), image=URI)
    found = service(stack)
    assert (found["DesiredCount"], found["EnableExecuteCommand"]) == (2, True)
    breaker = found["DeploymentConfiguration"]["DeploymentCircuitBreaker"]
    assert breaker == {**BREAKER, "ThresholdConfiguration": {"Type": "COUNT", "Value": 1}}
