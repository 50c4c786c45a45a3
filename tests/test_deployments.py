# ruff: noqa: E501 - in a table, a case is a line
"""Each way of CDK to deploy, connect and equip a service, by services of the library: proven, or why not."""

from __future__ import annotations

from functools import cache
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_servicediscovery as servicediscovery
from aws_cdk import aws_vpclattice as lattice
from constructs import Construct

from ecr_ecs_constructs import (
    EcrEc2Service,
    EcrEc2TaskDefinition,
    EcrFargateService,
    EcrFargateTaskDefinition,
    EcrImage,
    EcrManagedInstancesService,
    EcrManagedInstancesTaskDefinition,
    EcrRepository,
    EcsCluster,
    EcsManagedInstances,
)
from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.rules.judge import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

HOME = cdk.Environment(account="123456789012", region="eu-west-1")
FARGATE, EC2, MANAGED = "Fargate", "Ec2", "ManagedInstances"
KINDS = (FARGATE, EC2, MANAGED)
ALONE = "Alone"
"""On Fargate, in a stack of its own: what is doubtful of one resource is so of its whole stack."""


class Shop(Construct):
    """Where one row makes its service, in an app that all rows share.

    Args:
        scope: the stack.
        id: the ID there.
        kind: what the service runs on.
        cluster: the cluster of all rows.
        fleet: its ECS Managed Instances.
        image: the image that each task runs.
    """

    def __init__(
        self, scope: Construct, id: str, *, kind: str, cluster: EcsCluster, fleet: EcsManagedInstances, image: EcrImage
    ) -> None:
        super().__init__(scope, id)
        self.kind, self.cluster, self.fleet, self.image = kind, cluster, fleet, image

    def task(self) -> Any:
        made: dict[str, Callable[[], ecs.TaskDefinition]] = {
            EC2: lambda: EcrEc2TaskDefinition(self, "Task", network_mode=ecs.NetworkMode.AWS_VPC),
            MANAGED: lambda: EcrManagedInstancesTaskDefinition(self, "Task"),
        }
        task = made.get(self.kind, lambda: EcrFargateTaskDefinition(self, "Task"))()
        port = ecs.PortMapping(container_port=80, name="web")
        task.add_container("web", image=self.image, memory_limit_mib=256, port_mappings=[port])
        return task

    def service(self, **options: Any) -> Any:
        given = {
            "cluster": self.cluster,
            "task_definition": options.pop("task_definition", None) or self.task(),
            **options,
        }
        if self.kind == EC2:
            return EcrEc2Service(self, "Service", **given)
        if self.kind == MANAGED:
            return EcrManagedInstancesService(self, "Service", capacity=self.fleet, **given)
        return EcrFargateService(self, "Service", **given)

    def target_groups(self) -> tuple[elb.ApplicationTargetGroup, elb.ApplicationTargetGroup]:
        blue, green = (
            elb.ApplicationTargetGroup(self, name, vpc=self.cluster.vpc, port=80, target_type=elb.TargetType.IP)
            for name in ("Blue", "Green")
        )
        return blue, green

    def listener(self, **options: Any) -> elb.ApplicationListener:
        balancer = elb.ApplicationLoadBalancer(self, "Balancer", vpc=self.cluster.vpc)
        return balancer.add_listener("Listener", port=80, **options)


def shifting(shop: Shop, **options: Any) -> None:
    """A service whose deployments shift the traffic of a rule between two target groups."""
    blue, green = shop.target_groups()
    weighted = [elb.WeightedTargetGroup(target_group=each, weight=weight) for each, weight in ((blue, 1), (green, 0))]
    rule = elb.ApplicationListenerRule(
        shop,
        "Rule",
        listener=shop.listener(default_action=elb.ListenerAction.fixed_response(404)),
        priority=1,
        conditions=[elb.ListenerCondition.path_patterns(["/*"])],
        action=elb.ListenerAction.weighted_forward(weighted),
    )
    alternate = ecs.AlternateTarget(
        "Alternate",
        alternate_target_group=green,
        production_listener=ecs.ListenerRuleConfiguration.application_listener_rule(rule),
    )
    service = shop.service(**{"deployment_strategy": ecs.DeploymentStrategy.BLUE_GREEN, **options})
    target = service.load_balancer_target(container_name="web", container_port=80, alternate_target=alternate)
    target.attach_to_application_target_group(blue)


def by_code_deploy(shop: Shop) -> None:
    blue, green = shop.target_groups()
    listener = shop.listener(default_target_groups=[blue])
    service = shop.service(deployment_controller=controller(ecs.DeploymentControllerType.CODE_DEPLOY))
    service.attach_to_application_target_group(blue)
    configuration = codedeploy.EcsBlueGreenDeploymentConfig(
        blue_target_group=blue, green_target_group=green, listener=listener
    )
    codedeploy.EcsDeploymentGroup(shop, "Group", service=service, blue_green_deployment_config=configuration)


def controller(type_: ecs.DeploymentControllerType) -> ecs.DeploymentController:
    return ecs.DeploymentController(type=type_)


def by_task_set(shop: Shop) -> None:
    task = shop.task()
    service = shop.service(
        task_definition=task, deployment_controller=controller(ecs.DeploymentControllerType.EXTERNAL), desired_count=1
    )
    provider = {FARGATE: "FARGATE", MANAGED: shop.fleet.capacity_provider_name}.get(shop.kind)
    network = {
        "subnets": [each.subnet_id for each in shop.cluster.vpc.private_subnets],
        "securityGroups": [each.security_group_id for each in service.connections.security_groups],
    }
    ecs.CfnTaskSet(
        shop,
        "TaskSet",
        cluster=shop.cluster.cluster_name,
        service=service.service_name,
        task_definition=task.task_definition_arn,
        scale={"unit": "PERCENT", "value": 100},
        capacity_provider_strategy=None if provider is None else [{"capacityProvider": provider, "weight": 1}],
        network_configuration={"awsVpcConfiguration": network},
    )


def hook(shop: Shop, stage: ecs.DeploymentLifecycleStage) -> list[ecs.IDeploymentLifecycleHookTarget]:
    code = lambda_.Code.from_inline("def handler(event, context): return {'hookStatus': 'SUCCEEDED'}")
    function = lambda_.Function(shop, "Hook", runtime=lambda_.Runtime.PYTHON_3_13, handler="index.handler", code=code)
    return [ecs.DeploymentLifecycleLambdaTarget(function, "Hook", lifecycle_stages=[stage])]


def alarmed(shop: Shop, name: str | None = None) -> None:
    metric = cloudwatch.Metric(namespace="shop", metric_name="errors")
    alarm = cloudwatch.Alarm(shop, "Alarm", metric=metric, threshold=1, evaluation_periods=1)
    shop.service(deployment_alarms=ecs.DeploymentAlarmConfig(alarm_names=[name or alarm.alarm_name]))


def with_volume(shop: Shop) -> None:
    volume = ecs.ServiceManagedVolume(
        shop,
        "Volume",
        name="data",
        managed_ebs_volume={"size": cdk.Size.gibibytes(8), "file_system_type": ecs.FileSystemType.XFS},
    )
    service = shop.service()
    service.task_definition.add_volume(name="data", configured_at_launch=True)
    mounted = ecs.MountPoint(container_path="/data", read_only=False, source_volume="data")
    service.task_definition.default_container.add_mount_points(mounted)
    service.add_volume(volume)


def connected(shop: Shop, *services: ecs.ServiceConnectService) -> None:
    space = servicediscovery.HttpNamespace(shop, "Space", name=f"shop-{shop.node.addr}")
    given = ecs.ServiceConnectProps(namespace=space.namespace_arn, services=[*services])
    shop.service(service_connect_configuration=given)


SERVER = ecs.ServiceConnectService(port_mapping_name="web", port=80, dns_name="web")


def on_lattice(shop: Shop) -> None:
    """CDK has no argument for it: by its way out, a property of the resource."""
    policy = iam.ManagedPolicy.from_aws_managed_policy_name("AmazonECSInfrastructureRolePolicyForVpcLattice")
    role = iam.Role(
        shop, "Infrastructure", assumed_by=iam.ServicePrincipal("ecs.amazonaws.com"), managed_policies=[policy]
    )
    config = {"port": 80, "protocol": "HTTP", "vpcIdentifier": shop.cluster.vpc.vpc_id}
    group = lattice.CfnTargetGroup(shop, "Targets", type="IP", config=config)
    given = [{"PortName": "web", "RoleArn": role.role_arn, "TargetGroupArn": group.attr_arn}]
    shop.service().node.default_child.add_property_override("VpcLatticeConfigurations", given)


STEPS = ecs.TrafficShiftConfig(step_percent=10, step_bake_time=cdk.Duration.minutes(1))
PROVEN = dict.fromkeys(KINDS, "proven")
ROWS: Mapping[str, tuple[Callable[[Shop], object], Mapping[str, str]]] = {
    "Rolling": (Shop.service, PROVEN),
    "CodeDeploy": (by_code_deploy, PROVEN),
    "External": (lambda shop: shop.service(deployment_controller=controller(ecs.DeploymentControllerType.EXTERNAL)), {FARGATE: "unknown; no service or schedule in the templates runs it; it is for FARGATE"}),
    "ExternalTaskSet": (by_task_set, PROVEN),
    "BlueGreen": (shifting, PROVEN),
    "BlueGreenBake": (lambda shop: shifting(shop, bake_time=cdk.Duration.minutes(5)), {FARGATE: "proven"}),
    "BlueGreenWithoutBalancer": (lambda shop: shop.service(deployment_strategy=ecs.DeploymentStrategy.BLUE_GREEN), {FARGATE: "unknown; its deployment strategy is BLUE_GREEN, and it has no load balancer whose traffic could be shifted"}),
    "Linear": (lambda shop: shifting(shop, deployment_strategy=ecs.DeploymentStrategy.LINEAR, linear_configuration=STEPS), PROVEN),
    "Canary": (lambda shop: shifting(shop, deployment_strategy=ecs.DeploymentStrategy.CANARY, canary_configuration=STEPS), PROVEN),
    "Hook": (lambda shop: shifting(shop, lifecycle_hooks=hook(shop, ecs.DeploymentLifecycleStage.POST_SCALE_UP)), PROVEN),
    "EarlyHook": (lambda shop: shifting(shop, lifecycle_hooks=hook(shop, ecs.DeploymentLifecycleStage.PRE_SCALE_UP)), {FARGATE: "unknown; it has a lifecycle hook at PRE_SCALE_UP, which may end before tasks start"}),
    "Alarm": (alarmed, PROVEN),
    "AlarmElsewhere": (lambda shop: alarmed(shop, "errors"), {ALONE: "unknown; AlarmElsewhereServiceC6960CD5 has alarm 'errors', which is not in the templates"}),
    "Volume": (with_volume, {FARGATE: "proven", EC2: "unknown; it makes a volume, and whether instances can attach it is not judged", MANAGED: "unknown; it makes a volume, and whether instances can attach it is not judged"}),
    "ConnectClient": (connected, PROVEN),
    "ConnectServer": (lambda shop: connected(shop, SERVER), PROVEN),
    "ConnectElsewhere": (lambda shop: shop.service(service_connect_configuration=ecs.ServiceConnectProps(namespace="shop")), {FARGATE: "unknown; cannot verify that the namespace of Service Connect is there: namespace shop is not in the templates"}),
    "Rebalancing": (lambda shop: shop.service(availability_zone_rebalancing=ecs.AvailabilityZoneRebalancing.ENABLED), PROVEN),
    "Lattice": (on_lattice, PROVEN),
}  # fmt: skip
"""By name: what makes a service, and by what it runs on the verdict of its container, with why it is none better."""


@cache
def verdicts() -> Mapping[tuple[str, str], str]:
    """The verdict of each row on each kind of capacity, all of one app."""
    app = cdk.App(outdir=mkdtemp())
    repository = EcrRepository(cdk.Stack(app, "Base", env=HOME), "Repository", repository_name="web")
    network = cdk.Stack(app, "Network", env=HOME)
    vpc = ec2.Vpc(network, "Vpc", availability_zones=["eu-west-1a", "eu-west-1b"], nat_gateways=1)
    cluster = EcsCluster(network, "Cluster", vpc=vpc, enable_fargate_capacity_providers=True)
    cluster.add_capacity("Instances", instance_type=ec2.InstanceType("m7i.large"), max_capacity=40)
    fleet = cluster.add_managed_instances("Fleet")
    image = EcrImage.from_ecr_repository(repository, "1")
    stacks = {kind: cdk.Stack(app, kind, env=HOME) for kind in (*KINDS, ALONE)}
    for name, (make, expected) in ROWS.items():
        for kind in expected:
            make(Shop(stacks[kind], name, kind=kind, cluster=cluster, fleet=fleet, image=image))
    app.synth()
    found: dict[tuple[str, str], str] = {}
    for container in judge(load([app.outdir])).containers:
        whys: Sequence[str] = [each.evidence for each in container.links if each.verdict.value in ("broken", "unknown")]
        kind, name, *_ = (container.construct_path or "").split("/")
        found[name, kind] = "; ".join([container.verdict, *whys])
    return found


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name, (_, expected) in ROWS.items() for kind in expected])
def test_verdict(name: str, kind: str) -> None:
    _, expected = ROWS[name]
    assert verdicts()[name, kind] == expected[kind]
