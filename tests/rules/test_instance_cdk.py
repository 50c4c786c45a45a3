"""The instance family on what the CDK really synthesizes: its defaults, and the constructs of this library."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Environment, NestedStack, Stack, Stage, Validations
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from constructs import Construct

from ecr_ecs_constructs import ami_variants
from ecr_ecs_constructs.ami import EcsAmi
from ecr_ecs_constructs.checks import EcrEcsChecks
from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cluster import EcsCluster
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules.catalogue import BY_ID
from ecr_ecs_constructs.rules.judge import Report, judge
from ecr_ecs_constructs.testing import findings

TODAY = date(2026, 11, 23)
RULES = (
    BY_ID["outdated-ami"],
    BY_ID["non-ecs-ami"],
    BY_ID["pinned-ami"],
    BY_ID["ami-architecture-mismatch"],
    BY_ID["image-architecture-mismatch"],
    BY_ID["unjoined-instances"],
)
ENVIRONMENT = Environment(account="123456789012", region="eu-central-1")
FLAGS = {"@aws-cdk/aws-autoscaling:generateLaunchTemplateInsteadOfLaunchConfig": True}  # as `cdk init` sets it
GRAVITON, INTEL = ec2.InstanceType("c7g.large"), ec2.InstanceType("m7i.large")


def vpc(scope: Construct) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        scope, "Vpc", vpc_id="vpc-1", availability_zones=["eu-central-1a"], private_subnet_ids=["subnet-1"]
    )


def serve(scope: Construct, cluster: ecs.ICluster, **arguments: Any) -> None:
    """A service on the instances of a cluster, with an image of ECR."""
    task = ecs.Ec2TaskDefinition(scope, "Task")
    repository = ecr.Repository.from_repository_name(scope, "Repository", "web")
    task.add_container("web", image=ecs.ContainerImage.from_ecr_repository(repository, "1"), memory_limit_mib=128)
    ecs.Ec2Service(scope, "Service", cluster=cluster, task_definition=task, **arguments)


def add_capacity(scope: Construct, instance_type: ec2.InstanceType = INTEL, **arguments: Any) -> None:
    cluster = ecs.Cluster(scope, "Cluster", vpc=vpc(scope))
    cluster.add_capacity("Capacity", instance_type=instance_type, **arguments)
    serve(scope, cluster)


def capacity_provider(scope: Construct, machine_image: ec2.IMachineImage, *, user_data: bool = True) -> None:
    cluster = ecs.Cluster(scope, "Cluster", vpc=vpc(scope))
    group = autoscaling.AutoScalingGroup(
        scope, "Group", vpc=cluster.vpc, instance_type=INTEL, machine_image=machine_image
    )
    provider = ecs.AsgCapacityProvider(scope, "Provider", auto_scaling_group=group)
    cluster.add_asg_capacity_provider(provider)
    if not user_data:
        launch = next(node for node in group.node.find_all() if isinstance(node, ec2.CfnLaunchTemplate))
        launch.add_property_override("LaunchTemplateData.UserData", {"Fn::Base64": "#!/bin/bash\nyum update -y"})
    strategy = ecs.CapacityProviderStrategy(capacity_provider=provider.capacity_provider_name, weight=1)
    serve(scope, cluster, capacity_provider_strategies=[strategy])


def nested(scope: Construct) -> None:
    """The cluster in one stack, its instances in another nested in it."""
    cluster = ecs.Cluster(scope, "Cluster", vpc=vpc(scope))
    inner = NestedStack(scope, "Nested")
    group = autoscaling.AutoScalingGroup(
        inner, "Group", vpc=vpc(inner), instance_type=INTEL, machine_image=ecs.EcsOptimizedImage.amazon_linux2023()
    )
    cluster.add_asg_capacity_provider(ecs.AsgCapacityProvider(inner, "Provider", auto_scaling_group=group))
    serve(scope, cluster)


def multipart(scope: Construct) -> None:
    data = ec2.MultipartUserData()
    data.add_user_data_part(ec2.UserData.for_linux(), ec2.MultipartBody.SHELL_SCRIPT, True)
    cluster = ecs.Cluster(scope, "Cluster", vpc=vpc(scope))
    template = ec2.LaunchTemplate(
        scope,
        "Template",
        instance_type=INTEL,
        machine_image=ecs.EcsOptimizedImage.amazon_linux2023(),
        user_data=data,
        role=iam.Role(scope, "Role", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com")),
    )
    group = autoscaling.AutoScalingGroup(scope, "Group", vpc=cluster.vpc, launch_template=template)
    cluster.add_asg_capacity_provider(ecs.AsgCapacityProvider(scope, "Provider", auto_scaling_group=group))
    serve(scope, cluster)


def asset(scope: Construct, platform: ecr_assets.Platform | None, architecture: ecs.CpuArchitecture | None) -> None:
    runtime = None if architecture is None else ecs.RuntimePlatform(cpu_architecture=architecture)
    task = ecs.FargateTaskDefinition(scope, "Task", runtime_platform=runtime)
    folder = str(Path(__file__).parent / "image")
    task.add_container("web", image=ecs.ContainerImage.from_asset(folder, platform=platform))
    cluster = ecs.Cluster(scope, "Cluster", vpc=vpc(scope))
    ecs.FargateService(scope, "Service", cluster=cluster, task_definition=task)


def own_cluster(scope: Construct, instance_type: ec2.InstanceType, image: Callable[[], EcsAmi] | None) -> None:
    cluster = EcsCluster(scope, "Cluster", vpc=vpc(scope))
    cluster.add_capacity("Capacity", instance_type=instance_type, machine_image=None if image is None else image())
    serve(scope, cluster)


LINUX_AMD64, LINUX_ARM64 = ecr_assets.Platform.LINUX_AMD64, ecr_assets.Platform.LINUX_ARM64
HOLDS = ["placement holds", "ami holds", "architecture holds"]
ON_FARGATE = ["placement holds", "ami not-applicable"]

CASES: dict[str, tuple[Callable[[Construct], None], list[str], list[str]]] = {
    "add_capacity": (
        add_capacity,
        ["outdated-ami LaunchTemplate"],
        ["placement holds", "ami broken", "architecture holds"],
    ),
    "add_capacity on graviton": (
        lambda scope: add_capacity(scope, GRAVITON),
        ["outdated-ami LaunchTemplate", "ami-architecture-mismatch LaunchTemplate"],
        ["placement holds", "ami broken", "architecture broken"],
    ),
    "add_capacity of Bottlerocket": (
        lambda scope: add_capacity(scope, machine_image=ecs.BottleRocketImage()),
        ["outdated-ami LaunchTemplate"],
        ["placement holds", "ami broken", "architecture holds"],
    ),
    "add_capacity of Amazon Linux 2023 on graviton": (
        lambda scope: add_capacity(
            scope, GRAVITON, machine_image=ecs.EcsOptimizedImage.amazon_linux2023(ecs.AmiHardwareType.ARM)
        ),
        [],
        HOLDS,
    ),
    "latest_amazon_linux2023": (
        lambda scope: capacity_provider(scope, ec2.MachineImage.latest_amazon_linux2023()),
        ["non-ecs-ami LaunchTemplate"],
        ["placement holds", "ami broken", "architecture unknown"],
    ),
    "capacity provider": (
        lambda scope: capacity_provider(scope, ecs.EcsOptimizedImage.amazon_linux2023()),
        [],
        HOLDS,
    ),
    "capacity provider without user data": (
        lambda scope: capacity_provider(scope, ecs.EcsOptimizedImage.amazon_linux2023(), user_data=False),
        ["unjoined-instances LaunchTemplate"],
        ["placement broken", "ami holds", "architecture holds"],
    ),
    "capacity provider of Windows": (
        lambda scope: capacity_provider(scope, ecs.EcsOptimizedImage.windows(ecs.WindowsOptimizedVersion.SERVER_2022)),
        [],
        HOLDS,
    ),
    "fixed image": (
        lambda scope: capacity_provider(scope, ec2.MachineImage.generic_linux({"eu-central-1": "ami-11111111"})),
        ["pinned-ami LaunchTemplate"],
        ["placement holds", "ami unknown", "architecture unknown"],
    ),
    "nested stack": (nested, [], HOLDS),
    "multipart user data": (multipart, [], HOLDS),
    "asset of amd64": (lambda scope: asset(scope, LINUX_AMD64, None), [], [*ON_FARGATE, "architecture holds"]),
    "asset of arm64": (
        lambda scope: asset(scope, LINUX_ARM64, None),
        ["image-architecture-mismatch Task"],
        [*ON_FARGATE, "architecture broken"],
    ),
    "asset of arm64 in a task of arm64": (
        lambda scope: asset(scope, LINUX_ARM64, ecs.CpuArchitecture.ARM64),
        [],
        [*ON_FARGATE, "architecture holds"],
    ),
    "asset of the building machine": (
        lambda scope: asset(scope, None, None),
        [],
        [*ON_FARGATE, "architecture unknown"],
    ),
    "EcsCluster": (lambda scope: own_cluster(scope, INTEL, None), [], HOLDS),
    "EcsCluster on graviton": (lambda scope: own_cluster(scope, GRAVITON, None), [], HOLDS),
    "EcsCluster with GPUs": (lambda scope: own_cluster(scope, INTEL, EcsAmi.amazon_linux_2023_gpu), [], HOLDS),
    "EcsCluster with Neuron": (lambda scope: own_cluster(scope, INTEL, EcsAmi.amazon_linux_2023_neuron), [], HOLDS),
    "EcsCluster of a release": (
        lambda scope: own_cluster(scope, INTEL, lambda: EcsAmi.amazon_linux_2023(release="2023.0.20260922")),
        [],
        HOLDS,
    ),
    "EcsCluster of Bottlerocket": (lambda scope: own_cluster(scope, GRAVITON, EcsAmi.bottlerocket), [], HOLDS),
    "EcsCluster of Windows": (
        lambda scope: own_cluster(scope, INTEL, lambda: EcsAmi.windows_server(ecs.WindowsOptimizedVersion.SERVER_2025)),
        [],
        HOLDS,
    ),
}
"""What is made in a stack, the findings, and the verdicts of the links of its container."""


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """One app for all, each case in a stage of its own, which is judged by itself."""
    folder = tmp_path_factory.mktemp("cdk")
    app = App(outdir=str(folder), context=FLAGS, analytics_reporting=False)
    stages = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ami_variants, "_today", lambda: TODAY)
        for number, (name, (make, _, _)) in enumerate(CASES.items()):
            stages[name] = Stage(app, f"Stage{number}", env=ENVIRONMENT)
            make(Stack(stages[name], "Stack"))
    with contextlib.suppress(RuntimeError):  # what the constructs bring along finds more than is asked for here
        app.synth()
    return {
        name: judge(load([folder / f"assembly-{stage.node.id}"]), Policy(today=TODAY), RULES)
        for name, stage in stages.items()
    }


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param(date(2026, 6, 30), [], id="last day"),
        pytest.param(date(2026, 7, 1), ["outdated-ami"], id="first day"),
    ],
)
def test_day_of_judgement(day: date, expected: list[str]) -> None:
    """The same day at both doors inside a synthesis."""
    others = sorted(BY_ID.keys() - {"outdated-ami"})
    app = App(context=FLAGS, analytics_reporting=False)
    add_capacity(Stack(app, "Stack", env=ENVIRONMENT))
    assert [finding.rule for finding in findings(app, ignore=others, today=day)] == expected
    Validations.of(app).add_plugins(EcrEcsChecks(ignore=others, today=day))
    with pytest.raises(RuntimeError, match="outdated-ami") if expected else contextlib.nullcontext():
        app.synth(force=True)


@pytest.mark.parametrize("case", CASES)
def test_synthesized(reports: dict[str, Report], case: str) -> None:
    _, expected, links = CASES[case]
    report = reports[case]
    found = []
    for finding in report.findings:
        where = (finding.construct_path or "").split("/")
        found.append(f"{finding.rule} {'Task' if 'Task' in where else 'LaunchTemplate'}")
        assert {"LaunchTemplate", "Template", "Task"} & set(where)
    assert found == expected
    (container,) = report.containers
    names = {link.split()[0] for link in links}
    assert [f"{link.name} {link.verdict.value}" for link in container.links if link.name in names] == links
