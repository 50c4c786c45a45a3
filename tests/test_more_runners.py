# ruff: noqa: E501 - in a table, a case is a line
"""ECS Managed Instances, Express Mode and the deployments of services: proven with defaults, each hook, each refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Template

from ecr_ecs_constructs import (
    EcrExpressService,
    EcrFargateService,
    EcrFargateTaskDefinition,
    EcrImage,
    EcrManagedInstancesService,
    EcrManagedInstancesTaskDefinition,
    EcrRepository,
    EcrVpcEndpoints,
    EcsCluster,
    EcsManagedInstances,
)
from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.rules.judge import judge
from tests.support import only, properties

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from constructs import Construct

HOME = cdk.Environment(account="123456789012", region="eu-west-1")
ZONES = ["eu-west-1a", "eu-west-1b"]
URI = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:1.2.3"


class App:
    """An app with a cluster in private subnets with NAT, and a repository that was made before."""

    def __init__(self, outdir: Path) -> None:
        self.app = cdk.App(outdir=str(outdir))
        base = cdk.Stack(self.app, "Base", env=HOME)
        self.repository = EcrRepository(base, "Repository", repository_name="web")
        self.image = EcrImage.from_ecr_repository(self.repository, "1")
        self.stack = cdk.Stack(self.app, "Shop", env=HOME)
        self.vpc = ec2.Vpc(self.stack, "Vpc", availability_zones=ZONES)
        self.cluster = EcsCluster(self.stack, "Cluster", vpc=self.vpc, enable_fargate_capacity_providers=True)

    def task(self) -> EcrFargateTaskDefinition:
        task = EcrFargateTaskDefinition(self.stack, "Task")
        task.add_container("web", image=self.image, port_mappings=[ecs.PortMapping(container_port=80)])
        return task

    def fleet(self, **options: Any) -> EcrManagedInstancesService:
        task = EcrManagedInstancesTaskDefinition(self.stack, "Task")
        task.add_container("web", image=self.image)
        capacity = self.cluster.add_managed_instances("Fleet", **options)
        return EcrManagedInstancesService(
            self.stack, "Service", cluster=self.cluster, task_definition=task, capacity=capacity
        )

    def service(self, **options: Any) -> EcrFargateService:
        return EcrFargateService(self.stack, "Service", cluster=self.cluster, task_definition=self.task(), **options)

    def told(self) -> str:
        """The verdict of the only container, and why it is none better."""
        self.app.synth()
        (container,) = judge(load([self.app.outdir])).containers
        return "; ".join(
            [
                container.verdict,
                *(each.evidence for each in container.links if each.verdict.value in ("broken", "unknown")),
            ]
        )


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(tmp_path)


def express(app: App, **options: Any) -> EcrExpressService:
    return EcrExpressService(app.stack, "Express", cluster=app.cluster, image=app.image, **options)


def blue_green(app: App, **options: Any) -> EcrFargateService:
    """A service whose deployments shift the traffic of a rule between two target groups."""
    balancer = elb.ApplicationLoadBalancer(app.stack, "Balancer", vpc=app.vpc)
    blue, green = (
        elb.ApplicationTargetGroup(app.stack, name, vpc=app.vpc, port=80, target_type=elb.TargetType.IP)
        for name in ("Blue", "Green")
    )
    weighted = [
        elb.WeightedTargetGroup(target_group=blue, weight=1),
        elb.WeightedTargetGroup(target_group=green, weight=0),
    ]
    rule = elb.ApplicationListenerRule(
        app.stack,
        "Rule",
        listener=balancer.add_listener("Listener", port=80, default_action=elb.ListenerAction.fixed_response(404)),
        priority=1,
        conditions=[elb.ListenerCondition.path_patterns(["/*"])],
        action=elb.ListenerAction.weighted_forward(weighted),
    )
    alternate = ecs.AlternateTarget(
        "Alternate",
        alternate_target_group=green,
        production_listener=ecs.ListenerRuleConfiguration.application_listener_rule(rule),
    )
    service = app.service(**{"deployment_strategy": ecs.DeploymentStrategy.BLUE_GREEN, **options})
    target = service.load_balancer_target(container_name="web", container_port=80, alternate_target=alternate)
    target.attach_to_application_target_group(blue)
    return service


def hooked(app: App) -> object:
    code = lambda_.Code.from_inline("def handler(event, context): return {'hookStatus': 'SUCCEEDED'}")
    function = lambda_.Function(
        app.stack, "Hook", runtime=lambda_.Runtime.PYTHON_3_13, handler="index.handler", code=code
    )
    stages = [ecs.DeploymentLifecycleStage.POST_SCALE_UP]
    hook = ecs.DeploymentLifecycleLambdaTarget(function, "Hook", lifecycle_stages=stages)
    return blue_green(app, lifecycle_hooks=[hook])


def with_volume(app: App) -> object:
    service = app.service()
    volume = ecs.ServiceManagedVolume(
        app.stack,
        "Volume",
        name="data",
        managed_ebs_volume={"size": cdk.Size.gibibytes(8), "file_system_type": ecs.FileSystemType.XFS},
    )
    service.task_definition.add_volume(name="data", configured_at_launch=True)
    container = service.task_definition.default_container
    assert container is not None
    container.add_mount_points(ecs.MountPoint(container_path="/data", read_only=False, source_volume="data"))
    return service.add_volume(volume)


def controlled(type_: ecs.DeploymentControllerType) -> Callable[[App], object]:
    return lambda app: app.service(deployment_controller=ecs.DeploymentController(type=type_))


STEPS = ecs.TrafficShiftConfig(step_percent=10, step_bake_time=cdk.Duration.minutes(1))


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(App.fleet, "proven", id="Managed Instances"),
        pytest.param(
            lambda app: app.fleet(capacity_option_type=ecs.CapacityOptionType.SPOT),
            "unknown; ManagedInstancesProvider.InstanceLaunchTemplate.CapacityOptionType of",
            id="Managed Instances, Spot",
        ),
        pytest.param(
            lambda app: app.fleet(
                instance_requirements=ec2.InstanceRequirementsConfig(
                    v_cpu_count_min=2, memory_min=cdk.Size.gibibytes(4), allowed_instance_types=["m7i.*"]
                )
            ),
            "proven",
            id="Managed Instances of a family",
        ),
        pytest.param(express, "proven", id="Express Mode"),
        pytest.param(
            lambda app: EcrExpressService(
                app.stack, "Express", cluster=app.cluster, image=ecs.ContainerImage.from_ecr_repository(app.repository, "1")
            ),
            "proven",
            id="Express Mode, image of CDK",
        ),
        pytest.param(lambda app: express(app, cpu=512, memory_limit_mib=1024, min_task_count=2), "proven", id="Express Mode, sized"),
        pytest.param(App.service, "proven", id="rolling"),
        pytest.param(controlled(ecs.DeploymentControllerType.ECS), "proven", id="deployed by Amazon ECS"),
        pytest.param(
            controlled(ecs.DeploymentControllerType.CODE_DEPLOY),
            "unknown; AWS CodeDeploy controls its deployments, and takes services with a load balancer only",
            id="deployed by AWS CodeDeploy, without a load balancer",
        ),
        pytest.param(blue_green, "proven", id="blue/green"),
        pytest.param(
            lambda app: blue_green(app, deployment_strategy=ecs.DeploymentStrategy.LINEAR, linear_configuration=STEPS), "proven", id="linear"
        ),
        pytest.param(
            lambda app: blue_green(app, deployment_strategy=ecs.DeploymentStrategy.CANARY, canary_configuration=STEPS), "proven", id="canary"
        ),
        pytest.param(
            lambda app: app.service(deployment_strategy=ecs.DeploymentStrategy.BLUE_GREEN),
            "unknown; its deployment strategy is BLUE_GREEN, and it has no load balancer whose traffic could be shifted",
            id="blue/green without a load balancer",
        ),
        pytest.param(hooked, "proven", id="lifecycle hook"),
        pytest.param(
            lambda app: app.service(deployment_alarms=ecs.DeploymentAlarmConfig(alarm_names=["errors"])), "unknown; ", id="alarms elsewhere"
        ),
        pytest.param(with_volume, "proven", id="volume of the service"),
        pytest.param(
            lambda app: app.service(service_connect_configuration=ecs.ServiceConnectProps(namespace="shop")), "unknown; ", id="Service Connect"
        ),
    ],
)  # fmt: skip
def test_verdict(app: App, make: Callable[[App], object], expected: str) -> None:
    make(app)
    assert app.told()[: len(expected)] == expected


def test_fleet_and_its_roles(app: App) -> None:
    service = app.fleet()
    provider = only(app.stack, "AWS::ECS::CapacityProvider")["ManagedInstancesProvider"]
    assert provider["InstanceLaunchTemplate"]["NetworkConfiguration"]["Subnets"] == [
        {"Ref": app.stack.get_logical_id(subnet.node.default_child)}  # type: ignore[arg-type] # CDK documents the child
        for subnet in app.vpc.private_subnets
    ]
    names = [each.get("RoleName", "") for each in properties(app.stack, "AWS::IAM::Role")]
    assert [name[:15] for name in names if name] == ["ecsInstanceRole"]
    configuration = only(app.stack, "AWS::ECS::Service")["DeploymentConfiguration"]
    assert configuration["DeploymentCircuitBreaker"]["ThresholdConfiguration"] == {"Type": "COUNT", "Value": 3}
    assert service.node.find_child("Service") is not None


@pytest.mark.parametrize("type_", [ecs.DeploymentControllerType.CODE_DEPLOY, ecs.DeploymentControllerType.EXTERNAL])
def test_circuit_breaker_belongs_to_amazon_ecs(app: App, type_: ecs.DeploymentControllerType) -> None:
    controlled(type_)(app)
    service = only(app.stack, "AWS::ECS::Service")
    assert service["DeploymentController"] == {"Type": type_.value}
    assert "DeploymentCircuitBreaker" not in service["DeploymentConfiguration"]


class TeamFleet(EcsManagedInstances):
    """A team's fleet, whose infrastructure role has a name."""

    def create_infrastructure_role(self, scope: Construct, id: str) -> iam.IRole:
        trusted = iam.ServicePrincipal("ecs.amazonaws.com")
        return iam.Role(scope, id, assumed_by=trusted, role_name="team-infrastructure")


class TeamService(EcrFargateService):
    """A team's service, on Spot capacity and behind a queue."""

    def default_capacity_provider_strategies(
        self, cluster: ecs.ICluster
    ) -> list[ecs.CapacityProviderStrategy]:  # the hook's
        return [ecs.CapacityProviderStrategy(capacity_provider="FARGATE_SPOT", weight=1)]

    def waits_for(self) -> list[Any]:
        return [cdk.Stack.of(self).node.find_child("Queue")]


class TeamExpressService(EcrExpressService):
    """A team's web service."""

    def create_infrastructure_role(self) -> iam.IRole:
        return iam.Role.from_role_name(self, "Infrastructure", "team-infrastructure")

    def create_log_group(self) -> logs.ILogGroup:
        return logs.LogGroup(self, "LogGroup", retention=logs.RetentionDays.ONE_WEEK)

    def create_security_group(self, vpc: ec2.IVpc) -> ec2.ISecurityGroup:  # the hook's
        return ec2.SecurityGroup.from_security_group_id(self, "Group", "sg-0123456789abcdef0")

    def waits_for(self) -> list[Any]:
        return [cdk.Stack.of(self).node.find_child("Queue")]


def test_hooks_of_a_fleet(app: App) -> None:
    group = ec2.SecurityGroup(app.stack, "Group", vpc=app.vpc)
    TeamFleet(app.stack, "Fleet", subnets=app.vpc.private_subnets, security_groups=[group]).bind(app.cluster)
    assert "team-infrastructure" in [each.get("RoleName") for each in properties(app.stack, "AWS::IAM::Role")]


def test_hooks_of_a_service(app: App) -> None:
    sqs.Queue(app.stack, "Queue")
    TeamService(app.stack, "Service", cluster=app.cluster, task_definition=app.task())
    template = app.app.synth().get_stack_by_name("Shop").template
    (service,) = [each for each in template["Resources"].values() if each["Type"] == "AWS::ECS::Service"]
    assert service["Properties"]["CapacityProviderStrategy"] == [{"CapacityProvider": "FARGATE_SPOT", "Weight": 1}]
    assert [name for name in service["DependsOn"] if name.startswith("Queue")]


def test_hooks_of_express_mode(app: App) -> None:
    sqs.Queue(app.stack, "Queue")
    TeamExpressService(app.stack, "Express", cluster=app.cluster, image=app.image)
    assert [name for name in waited_for(app) if name.startswith("Queue")]
    service = only(app.stack, "AWS::ECS::ExpressGatewayService")
    assert service["NetworkConfiguration"]["SecurityGroups"] == ["sg-0123456789abcdef0"]
    assert "role/team-infrastructure" in str(service["InfrastructureRoleArn"])
    assert 7 in [each["RetentionInDays"] for each in properties(app.stack, "AWS::Logs::LogGroup")]


def waited_for(app: App) -> list[str]:
    """What the service of Express Mode waits for, by the logical ids."""
    (service,) = Template.from_stack(app.stack).find_resources("AWS::ECS::ExpressGatewayService").values()
    return list(service["DependsOn"])


def test_express_mode_waits_for_the_ways_of_its_stack(app: App) -> None:
    EcrVpcEndpoints(app.stack, "Endpoints", vpc=app.vpc)
    express(app)
    names = waited_for(app)
    assert [name for name in names if name.startswith("Endpoints")]
    assert [name for name in names if name.startswith("VpcPrivateSubnet1DefaultRoute")]


WRONG: dict[str, Any] = {"memory_mib": "512"}
WRONG_SERVICE: dict[str, Any] = {"platform_version": 1}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        pytest.param(
            lambda app: EcrExpressService(app.stack, "It", cluster=app.cluster, image="nginx"),
            "image must be a fully qualified reference of a private ECR registry, got 'nginx': it has no ECR registry",
            id="Express Mode, image elsewhere",
        ),
        pytest.param(
            lambda app: EcrExpressService(app.stack, "It", cluster=app.cluster, image=EcrImage.from_tarball("a.tar")),
            "image must be a reference or an EcrImage of a repository, got ",
            id="Express Mode, image that is built",
        ),
        pytest.param(
            lambda app: EcrExpressService(
                app.stack, "It", cluster=app.cluster, image=URI, vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)
            ),
            "vpc_subnets must be private or isolated, got public ones of 'Shop/Vpc': ",
            id="Express Mode, public subnets",
        ),
        pytest.param(
            lambda app: EcsManagedInstances(app.stack, "It", subnets=[], security_groups=[]),
            "subnets must name at least one, got []: no instance could be launched",
            id="fleet without subnets",
        ),
        pytest.param(
            lambda app: EcrManagedInstancesTaskDefinition(app.stack, "It", **WRONG),
            "memory_mib must be left out, got '512': give memory_limit_mib, as for AWS Fargate",
            id="memory by another name",
        ),
        pytest.param(
            lambda app: EcrManagedInstancesService(app.stack, "It", **WRONG_SERVICE),
            "platform_version must be left out, got 1: it is for AWS Fargate",
            id="platform version",
        ),
    ],
)  # fmt: skip
def test_refused(app: App, call: Callable[[App], object], message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 # the message is compared
        call(app)
    assert str(caught.value)[: len(message)] == message
    assert app.stack.node.try_find_child("It") is None
