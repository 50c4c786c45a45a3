"""Architecture and operating system of tasks, of built images and of what they run on: proven, broken, unknown."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules.catalogue import BY_ID
from ecr_ecs_constructs.rules.judge import judge
from tests.judging import ECR, line

if TYPE_CHECKING:
    from pathlib import Path

    from _pytest.mark import ParameterSet

Body = dict[str, Any]

PATH = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023"
X86_AMI, ARM_AMI = f"{PATH}/recommended/image_id", f"{PATH}/arm64/recommended/image_id"
WINDOWS_AMI = "resolve:ssm:/aws/service/ami-windows-latest/Windows_Server-2022-English-Core-ECS_Optimized/image_id"
SCRIPT = "#!/bin/bash\necho ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config"
JOIN = {"Fn::Base64": {"Fn::Sub": SCRIPT}}
WINDOWS_JOIN = {"Fn::Base64": {"Fn::Sub": "<powershell>\nInitialize-ECSAgent -Cluster ${Cluster}\n</powershell>"}}
HASH = "0" * 64


def group(
    name: str, image: str, instance_type: Any, overrides: list[Body] | None = None, setting: str = "", **more: Any
) -> Body:
    """An Auto Scaling group whose instances join the cluster, and its launch template."""
    join = WINDOWS_JOIN if image == WINDOWS_AMI else JOIN
    if setting:
        join = {"Fn::Base64": {"Fn::Sub": f"{SCRIPT}\necho '{setting}' >> /etc/ecs/ecs.config"}}
    data = {"ImageId": image, "InstanceType": instance_type, "UserData": join}
    specification = {"LaunchTemplateId": {"Ref": f"{name}Launch"}, "Version": "1"}
    launch: Body = {"LaunchTemplate": specification}
    if overrides is not None:
        policy = {"LaunchTemplateSpecification": specification, "Overrides": overrides}
        launch = {"MixedInstancesPolicy": {"LaunchTemplate": policy}}
    return {
        name: {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": launch, **more},
        f"{name}Launch": {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": data}},
    }


X86, ARM = group("X86", X86_AMI, "m7i.large"), group("Arm", ARM_AMI, "m7g.large")
WINDOWS = group("Windows", WINDOWS_AMI, "m7i.large")
FARGATE, EC2 = {"LaunchType": "FARGATE"}, {"LaunchType": "EC2"}
SPOT = {
    "CapacityProviderStrategy": [{"CapacityProvider": "FARGATE"}, {"CapacityProvider": "FARGATE_SPOT", "Weight": 1}]
}
MANAGED = {"CapacityProviderStrategy": [{"CapacityProvider": {"Ref": "Managed"}, "Weight": 1}]}
SIZED = {"NetworkMode": "awsvpc", "Cpu": "1024", "Memory": "2048"}
NETWORK = {"NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["subnet-a"]}}}
CONDITIONS = {"Yes": {"Fn::Equals": [{"Ref": "Flag"}, "yes"]}, "No": {"Fn::Not": [{"Condition": "Yes"}]}}


def platform(architecture: Any = None, family: Any = None) -> Body:
    """What a task declares."""
    values = {"CpuArchitecture": architecture, "OperatingSystemFamily": family}
    return {"RuntimePlatform": {key: value for key, value in values.items() if value is not None}}


def constraint(expression: Any) -> Body:
    return {"PlacementConstraints": [{"Type": "memberOf", "Expression": expression}]}


def written(folder: Path, hosts: Body, task: Body, service: Body, built: str | None = None) -> Path:
    """Write a cloud assembly with a service; return its folder.

    Args:
        folder: where it is written.
        hosts: the container instances.
        task: properties of the task definition.
        service: properties of the service.
        built: the platform of the image, where the CDK builds it.
    """
    containers = [{"Name": "web", "Image": f"{ECR}/web:{HASH}", "Memory": 512}]
    if service.get("LaunchType") != "EC2":
        on = "MANAGED_INSTANCES" if service is MANAGED else "FARGATE"
        task, service = {"RequiresCompatibilities": [on], **SIZED, **task}, {**service, **NETWORK}
    references = {"Cluster": {"Ref": "Cluster"}, "TaskDefinition": {"Ref": "Task"}}
    provider: Body = {"ManagedInstancesProvider": {"InstanceLaunchTemplate": {}}}
    template = {
        "Parameters": {"Free": {"Type": "String"}, "Flag": {"Type": "String"}},
        "Conditions": CONDITIONS,
        "Resources": {
            "Cluster": {"Type": "AWS::ECS::Cluster"},
            "Managed": {"Type": "AWS::ECS::CapacityProvider", "Properties": provider},
            "Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {"ContainerDefinitions": containers, **task}},
            "Service": {"Type": "AWS::ECS::Service", "Properties": {**references, **service}},
            **hosts,
        },
    }
    image = {"source": {"platform": built}, "destinations": {"current": {"repositoryName": "web", "imageTag": HASH}}}
    stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "stack.json"}}
    artifacts = {
        "Stack": {**stack, "dependencies": ["Assets"]},
        "Assets": {"type": "cdk:asset-manifest", "properties": {"file": "assets.json"}},
    }
    (folder / "assets.json").write_text(json.dumps({"dockerImages": {HASH: image} if built else {}}), encoding="utf-8")
    (folder / "stack.json").write_text(json.dumps(template), encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}), encoding="utf-8")
    return folder


def found(folder: Path, hosts: Body, task: Body, service: Body, built: str | None = None) -> tuple[str, list[str]]:
    """The verdict and the evidence of the link `architecture` of such an assembly, and what the rule finds."""
    templates = load([written(folder, hosts, task, service, built)])
    report = judge(templates, Policy(today=date(2026, 11, 23)), (BY_ID["image-architecture-mismatch"],))
    (link,) = (link for link in report.containers[0].links if link.name == "architecture")
    return f"{link.verdict.value}: {link.evidence}", [line(finding) for finding in report.findings]


TASK, IMAGE = "Task.Properties.RuntimePlatform", "Task.Properties.ContainerDefinitions[0].Image"
CPU, SYSTEM = f"{TASK}.CpuArchitecture", f"{TASK}.OperatingSystemFamily"
ON_AL2023 = "X86 runs it on ECS-optimized Amazon Linux 2023"
ON_WINDOWS = "Windows runs it on ECS-optimized Windows Server 2022 Core"
BOOTS = f"X86 boots {X86_AMI.removeprefix('resolve:ssm:')} of x86_64 on m7i.large (x86_64)"
BOOTS_ARM = f"Arm boots {ARM_AMI.removeprefix('resolve:ssm:')} of arm64 on m7g.large (arm64)"
BOOTS_WINDOWS = f"Windows boots {WINDOWS_AMI.removeprefix('resolve:ssm:')} of x86_64 on m7i.large (x86_64)"
CORE = "WINDOWS_SERVER_2022_CORE"
NO_SYSTEM = "FARGATE runs the task on LINUX, the default of OperatingSystemFamily"
DEFAULT = "FARGATE runs the task on X86_64, the default of CpuArchitecture"
OTHERWISE = "where Flag is not yes: "

SYSTEMS = [
    pytest.param(X86, platform(None, "LINUX"), EC2, None, f"holds: {BOOTS}", None, id="linux"),
    pytest.param(WINDOWS, platform("X86_64", CORE), EC2, None, f"holds: {BOOTS_WINDOWS}", None, id="windows"),
    pytest.param(WINDOWS, {}, EC2, None, f"holds: {BOOTS_WINDOWS}", None, id="windows, task says nothing"),
    pytest.param(
        X86,
        platform(None, CORE),
        EC2,
        None,
        f"broken: the task is declared for {CORE}, {ON_AL2023}",
        SYSTEM,
        id="windows task on linux",
    ),
    pytest.param(
        WINDOWS,
        platform(None, "LINUX"),
        EC2,
        None,
        f"broken: the task is declared for LINUX, {ON_WINDOWS}",
        SYSTEM,
        id="linux task on windows",
    ),
    pytest.param(
        WINDOWS,
        platform(None, "WINDOWS_SERVER_2019_CORE"),
        EC2,
        None,
        f"unknown: the task is declared for WINDOWS_SERVER_2019_CORE, {ON_WINDOWS}",
        None,
        id="another version of windows",
    ),
    pytest.param(
        {**X86, **WINDOWS},
        platform(None, CORE),
        EC2,
        None,
        f"unknown: the task is declared for {CORE}, {ON_AL2023}; that ECS chooses instances by OperatingSystemFamily "
        "is not documented",
        None,
        id="windows task on both",
    ),
    pytest.param(
        {**X86, **WINDOWS},
        {**platform(None, CORE), **constraint("attribute:ecs.os-type == windows")},
        EC2,
        None,
        f"holds: {BOOTS_WINDOWS}",
        None,
        id="windows task on both, held to windows",
    ),
    pytest.param(
        {**X86, **WINDOWS},
        {},
        EC2,
        None,
        f"unknown: the task has no OperatingSystemFamily, and runs on X86 (LINUX) or Windows ({CORE}), whatever its "
        "image is for",
        None,
        id="task that says nothing on both",
    ),
    pytest.param(
        group("X86", "{{resolve:ssm:/golden}}", "m7i.large"),
        platform(None, "LINUX"),
        EC2,
        None,
        "unknown: X86 boots /golden on m7i.large: the architecture of its image is not known",
        None,
        id="image of one's own",
    ),
    pytest.param(
        X86,
        platform(None, {"Ref": "Free"}),
        EC2,
        None,
        "unknown: OperatingSystemFamily of the task is ${Free}",
        None,
        id="system known only at deployment",
    ),
    pytest.param(
        X86,
        platform(None, ["LINUX"]),
        EC2,
        None,
        "unknown: OperatingSystemFamily of the task is [LINUX]",
        None,
        id="system is no text",
    ),
    pytest.param(
        X86,
        {"RuntimePlatform": {"Ref": "Free"}},
        EC2,
        None,
        "unknown: CpuArchitecture of the task is ${Free}",
        None,
        id="platform known only at deployment",
    ),
    pytest.param(
        {},
        platform(None, CORE),
        FARGATE,
        None,
        f"holds: {DEFAULT} with {CORE}",
        None,
        id="windows on fargate",
    ),
    pytest.param(
        {},
        platform("ARM64", CORE),
        FARGATE,
        None,
        f"broken: the task is declared for ARM64 with {CORE}, and Windows runs on X86_64 only",
        CPU,
        id="windows on arm",
    ),
    pytest.param(
        {},
        platform(None, "WINDOWS_SERVER_2016_FULL"),
        FARGATE,
        None,
        "broken: the task is declared for WINDOWS_SERVER_2016_FULL, which Fargate does not have",
        SYSTEM,
        id="windows that fargate does not have",
    ),
    pytest.param(
        {},
        platform(None, CORE),
        SPOT,
        None,
        f"broken: the task is declared for {CORE}, and FARGATE_SPOT runs Linux only",
        SYSTEM,
        id="windows on fargate spot",
    ),
    pytest.param({}, platform("ARM64"), SPOT, None, "holds: FARGATE runs the task on ARM64", None, id="arm on spot"),
    pytest.param(
        {},
        platform(None, CORE),
        MANAGED,
        None,
        f"broken: the task is declared for {CORE}, and Managed Instances run Linux only",
        SYSTEM,
        id="windows on managed instances",
    ),
    pytest.param(
        {},
        platform(None, CORE),
        FARGATE,
        "linux/amd64",
        f"broken: the image is built for linux/amd64, the task is declared for {CORE}",
        IMAGE,
        id="linux image in a windows task",
    ),
    pytest.param(
        {},
        {},
        FARGATE,
        "windows/amd64",
        f"broken: the image is built for windows/amd64, {NO_SYSTEM}",
        IMAGE,
        id="windows image on fargate",
    ),
    pytest.param(
        {},
        platform(None, CORE),
        FARGATE,
        "windows/amd64",
        f"holds: {DEFAULT} with {CORE}",
        None,
        id="windows image in a windows task",
    ),
    pytest.param(
        X86,
        {},
        EC2,
        "windows/amd64",
        f"broken: the image is built for windows/amd64, {ON_AL2023}",
        IMAGE,
        id="windows image on linux",
    ),
    pytest.param(WINDOWS, {}, EC2, "windows/amd64", f"holds: {BOOTS_WINDOWS}", None, id="windows image on windows"),
    pytest.param(
        {},
        {},
        FARGATE,
        "darwin/amd64",
        f"unknown: the built image {HASH} has platform 'darwin/amd64'",
        None,
        id="system that nobody knows",
    ),
    pytest.param(
        {},
        {"RuntimePlatform": {"Fn::If": ["Yes", {"CpuArchitecture": "ARM64"}, {"Ref": "AWS::NoValue"}]}},
        FARGATE,
        "linux/arm64",
        f"broken: {OTHERWISE}the image is built for linux/arm64, {DEFAULT}",
        IMAGE,
        id="declared in one branch",
    ),
    pytest.param(
        {},
        {
            "RuntimePlatform": {
                "CpuArchitecture": {"Fn::If": ["Yes", "ARM64", "X86_64"]},
                "OperatingSystemFamily": {"Fn::If": ["Yes", "LINUX", CORE]},
            }
        },
        FARGATE,
        None,
        "holds: FARGATE runs the task on ARM64",
        None,
        id="branches that go together",
    ),
]

OLD = "the task is declared for ARM64, and runs on platform version"
VERSIONS = [
    pytest.param({}, platform("ARM64"), {**FARGATE, "PlatformVersion": version}, None, link, where, id=str(version))
    for version, link, where in [
        ("1.4.0", "holds: FARGATE runs the task on ARM64", None),
        ("LATEST", "holds: FARGATE runs the task on ARM64", None),
        ("1.3.0", f"broken: {OLD} 1.3.0: ARM64 needs 1.4.0", CPU),
        ({"Ref": "Free"}, f"unknown: {OLD} ${{Free}}: ARM64 needs 1.4.0", None),
    ]
]
VERSIONS.append(
    pytest.param({}, {}, {**FARGATE, "PlatformVersion": "1.3.0"}, None, f"holds: {DEFAULT}", None, id="x86 on 1.3.0")
)

BOTH = {**X86, **ARM}
OWN = {**X86, **group("Arm", ARM_AMI, "m7g.large", setting='ECS_INSTANCE_ATTRIBUTES={"team":"web"}')}
"""Instances of which some have an attribute of one's own."""
BUILT_ARM = "the image is built for linux/arm64, X86 runs it on m7i.large (x86_64)"
ARM_TASK = "the task is declared for ARM64, X86 runs it on m7i.large (x86_64)"
TEAM = "attribute:team == web"
EITHER = "the task has no CpuArchitecture, and runs on X86 (x86_64) or Arm (arm64), whatever its image is for"
CONSTRAINTS = [
    pytest.param(BOTH, {}, EC2, "linux/arm64", f"broken: {BUILT_ARM}", IMAGE, id="no constraint"),
    *(
        pytest.param(BOTH, constraint(expression), EC2, "linux/arm64", f"holds: {BOOTS_ARM}", None, id=expression)
        for expression in (
            "attribute:ecs.cpu-architecture == arm64",
            "attribute:ecs.cpu-architecture==arm64",
            "attribute:ecs.cpu-architecture in [arm64]",
            "attribute:ecs.cpu-architecture equals arm64",
            "attribute:ecs.instance-type == m7g.large",
            "attribute:ecs.instance-type in [m7g.large, m7g.xlarge]",
            "attribute:ecs.instance-type =~ m7g.*",
            "attribute:ecs.instance-type matches m7g.*",
            "attribute:ecs.instance-type !~ m7i.*",
            "attribute:ecs.instance-type not_matches m7i.*",
            "attribute:ecs.cpu-architecture != x86_64",
            "attribute:ecs.cpu-architecture not_equals x86_64",
            "attribute:ecs.instance-type not_in [m7i.large, m7i.xlarge]",
            "attribute:ecs.instance-type !in [m7i.large]",
            "attribute:ecs.os-type == linux and attribute:ecs.instance-type =~ m7g.*",
            "attribute:ecs.os-type exists && attribute:ecs.cpu-architecture == arm64",
        )
    ),
    pytest.param(
        BOTH,
        {},
        {**EC2, **constraint("attribute:ecs.cpu-architecture == arm64")},
        "linux/arm64",
        f"holds: {BOOTS_ARM}",
        None,
        id="of the service",
    ),
    pytest.param(
        BOTH,
        constraint("attribute:ecs.cpu-architecture == x86_64"),
        EC2,
        "linux/arm64",
        f"broken: {BUILT_ARM}",
        IMAGE,
        id="wrong one",
    ),
    *(
        pytest.param(
            BOTH,
            constraint(expression),
            EC2,
            "linux/arm64",
            f"unknown: {BUILT_ARM}; whether the placement constraint {shown!r} allows it is not known",
            None,
            id=f"not read: {shown}",
        )
        for expression, shown in [
            (TEAM, TEAM),
            ("attribute:ecs.instance-type =~ [m]7g.*", "attribute:ecs.instance-type =~ [m]7g.*"),
            ("attribute:ecs.instance-type =~ m7", "attribute:ecs.instance-type =~ m7"),
            ("attribute:ecs.subnet-id == subnet-1", "attribute:ecs.subnet-id == subnet-1"),
            ("not attribute:ecs.cpu-architecture == x86_64", "not attribute:ecs.cpu-architecture == x86_64"),
            (
                "attribute:ecs.cpu-architecture == arm64 or runningTasksCount == 0",
                "attribute:ecs.cpu-architecture == arm64 or runningTasksCount == 0",
            ),
            ({"Ref": "Free"}, "${Free}"),
        ]
    ),
    pytest.param(
        BOTH,
        {
            "PlacementConstraints": {
                "Fn::If": ["Yes", constraint(TEAM)["PlacementConstraints"], {"Ref": "AWS::NoValue"}]
            }
        },
        EC2,
        "linux/arm64",
        f"broken: {OTHERWISE}{BUILT_ARM}",
        IMAGE,
        id="in one branch",
    ),
    pytest.param(
        BOTH,
        {"PlacementConstraints": [{"Type": "distinctInstance"}]},
        EC2,
        "linux/arm64",
        f"broken: {BUILT_ARM}",
        IMAGE,
        id="distinct instances",
    ),
    pytest.param(X86, constraint(TEAM), EC2, "linux/arm64", f"broken: {BUILT_ARM}", IMAGE, id="broken on all"),
    pytest.param(X86, constraint(TEAM), EC2, "linux/amd64", f"holds: {BOOTS}", None, id="fits to all"),
    pytest.param(
        X86,
        constraint("attribute:ecs.cpu-architecture == arm64"),
        EC2,
        "linux/amd64",
        f"holds: {BOOTS}",
        None,
        id="met by none",
    ),
    pytest.param(OWN, constraint(TEAM), EC2, "linux/arm64", f"holds: {BOOTS_ARM}", None, id="own attribute of some"),
    pytest.param(
        OWN,
        constraint("attribute:team != web"),
        EC2,
        "linux/arm64",
        f"broken: {BUILT_ARM}",
        IMAGE,
        id="own attribute that others lack",
    ),
    pytest.param(BOTH, platform("ARM64"), EC2, None, f"holds: {BOOTS}", None, id="declared"),
    pytest.param(
        BOTH,
        {**platform("ARM64"), **constraint(TEAM)},
        EC2,
        None,
        f"unknown: {ARM_TASK}; whether the placement constraint {TEAM!r} allows it is not known",
        None,
        id="declared, not read",
    ),
    pytest.param(BOTH, {}, EC2, None, f"unknown: {EITHER}", None, id="says nothing"),
    pytest.param(
        BOTH,
        constraint("attribute:ecs.cpu-architecture == arm64"),
        EC2,
        None,
        f"holds: {BOOTS_ARM}",
        None,
        id="says nothing, held to one",
    ),
    pytest.param(
        {**group("X86", X86_AMI, "m7i.large", Condition="Yes"), **group("Arm", ARM_AMI, "m7g.large", Condition="No")},
        {},
        EC2,
        None,
        f"holds: {BOOTS}",
        None,
        id="says nothing, never both",
    ),
    pytest.param(
        group("X86", {"Fn::If": ["Yes", X86_AMI, ARM_AMI]}, {"Fn::If": ["Yes", "m7i.large", "m7g.large"]}),  # type: ignore[arg-type]
        {},
        EC2,
        None,
        f"holds: {BOOTS}",
        None,
        id="says nothing, one or the other",
    ),
    pytest.param(
        group(
            "X86",
            X86_AMI,
            "m7i.large",
            [{"InstanceType": "m7i.large"}, {"InstanceType": "m7g.large", "ImageId": f"{{{{{ARM_AMI}}}}}"}],
        ),
        {},
        EC2,
        None,
        "unknown: the task has no CpuArchitecture, and runs on X86 (x86_64) or X86 (arm64), whatever its image is for",
        None,
        id="says nothing, overrides",
    ),
    pytest.param({**X86, **group("Other", X86_AMI, "t3.large")}, {}, EC2, None, f"holds: {BOOTS}", None, id="alike"),
]


def daemon(requirements: Body | None, built: str | None, expected: str, *, id: str) -> ParameterSet:
    """A row of a daemon whose capacity provider chooses instances with some requirements; None for no daemon."""
    launch = {"InstanceLaunchTemplate": {"InstanceRequirements": requirements} if requirements else {}}
    provider = {"Type": "AWS::ECS::CapacityProvider", "Properties": {"ManagedInstancesProvider": launch}}
    by = {"DaemonTaskDefinitionArn": {"Ref": "Task"}, "CapacityProviderArns": [{"Ref": "Managed"}]}
    hosts: Body = {
        "Task": {
            "Type": "AWS::ECS::DaemonTaskDefinition",
            "Properties": {"ContainerDefinitions": [{"Name": "web", "Image": f"{ECR}/web:{HASH}"}]},
        },
        "Managed": provider,
        "Service": {"Type": "AWS::ECS::Daemon", "Properties": {} if requirements is None else by},
    }
    broken = IMAGE if expected.startswith("broken") else None
    return pytest.param(hosts, {}, MANAGED, built, expected, broken, id=f"daemon, {id}")


EACH = "a daemon runs on all instances that its capacity provider launches"
CHOOSES = "Managed chooses instances with"
DAEMONS = [
    daemon({"AllowedInstanceTypes": ["m7g.*"]}, None, f"holds: {EACH}", id="one architecture"),
    daemon({"AllowedInstanceTypes": ["m7g.*"]}, "linux/arm64", f"holds: {EACH}", id="built for it"),
    daemon(
        {"AllowedInstanceTypes": ["m7g.*"]},
        "linux/amd64",
        f"broken: the image is built for linux/amd64, {CHOOSES} AllowedInstanceTypes m7g.*",
        id="built for the other",
    ),
    daemon(
        {"AllowedInstanceTypes": ["m7i.*"]},
        "linux/arm64",
        f"broken: the image is built for linux/arm64, {CHOOSES} AllowedInstanceTypes m7i.*",
        id="built for arm on x86",
    ),
    daemon(
        {"AllowedInstanceTypes": ["m7i.*"]},
        "windows/amd64",
        "broken: the image is built for windows/amd64, and Managed Instances run Linux only",
        id="built for windows",
    ),
    daemon(
        {"AllowedInstanceTypes": ["m7g.*", "m7i.*"]},
        "linux/arm64",
        f"unknown: the image is built for linux/arm64, {CHOOSES} AllowedInstanceTypes m7g.*, m7i.*",
        id="built for one of two",
    ),
    daemon(
        {"VCpuCount": {"Min": 1}},
        None,
        f"unknown: {CHOOSES} any processor, and the daemon runs on each, whatever its image is for",
        id="any processor",
    ),
    daemon(
        {"AllowedInstanceTypes": ["m7g.*"]},
        "amd64",
        f"unknown: the built image {HASH} has platform 'amd64'",
        id="built for a platform that can't be told",
    ),
    daemon(
        None,
        "linux/arm64",
        "unknown: the image is built for linux/arm64, which instances its capacity provider launches is not known",
        id="nothing runs it",
    ),
]


@pytest.mark.parametrize(
    ("hosts", "task", "service", "built", "expected", "where"), [*SYSTEMS, *VERSIONS, *CONSTRAINTS, *DAEMONS]
)
def test_platform(
    tmp_path: Path, *, hosts: Body, task: Body, service: Body, built: str | None, expected: str, where: str | None
) -> None:
    link, findings = found(tmp_path, hosts, task, service, built)
    assert link == expected
    subject = "container 'web': " if where == IMAGE else ""
    fact = expected.removeprefix("broken: ").removeprefix(OTHERWISE)
    assert findings == ([f"image-architecture-mismatch {where}: {subject}{fact}"] if where else [])
