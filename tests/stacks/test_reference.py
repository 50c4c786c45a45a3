"""The reference app: its properties, with each of its settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, CfnOutput, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk.assertions import Template

from ecr_ecs_constructs.image import EcrImage
from ecr_ecs_constructs.stacks.app import ReferenceApp
from ecr_ecs_constructs.stacks.cluster import ClusterStack
from ecr_ecs_constructs.stacks.ec2_service import Ec2ServiceStack
from ecr_ecs_constructs.stacks.fargate_service import FargateServiceStack
from ecr_ecs_constructs.stacks.repositories import RepositoriesStack
from ecr_ecs_constructs.task_definition import EcrEc2TaskDefinition, EcrFargateTaskDefinition
from ecr_ecs_constructs.testing import findings
from tests.stacks.reference import ROOT, STACKS, reference_app, resources, synthesize

DIGEST = "sha256:" + "0" * 64
ARM = {
    "account": "111122223333",
    "region": "eu-central-1",
    "repository_name": "team/app",
    "image_digest": DIGEST,
    "instance_type": "c7g.large",
    "min_capacity": 2,
    "max_capacity": 5,
    "cpu": 512,
    "memory": 1024,
    "desired_count": 3,
    "cidr": "10.1.0.0/20",
    "nat": True,
}


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return synthesize(tmp_path_factory.mktemp("default"))


@pytest.fixture(scope="module")
def changed_assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("changed")
    synthesize(folder, **ARM)
    return folder


@pytest.fixture(scope="module")
def changed(changed_assembly: Path) -> dict[str, Any]:
    return {
        stack: json.loads((changed_assembly / f"{stack}.template.json").read_text(encoding="utf-8")) for stack in STACKS
    }


def only(template: Any, kind: str) -> Any:
    (found,) = resources(template, kind)
    return found


def image(template: Any) -> Any:
    (container,) = only(template, "AWS::ECS::TaskDefinition")["ContainerDefinitions"]
    return container["Image"]["Fn::Join"][1]


@pytest.mark.parametrize("stack", ["EcrEcsEc2Service", "EcrEcsFargateService"])
def test_image_by_tag(default: dict[str, Any], stack: str) -> None:
    name = {"Fn::ImportValue": "EcrEcsRepositories:ExportsOutputRefRepository22E53BBD9A9E013B"}
    assert image(default[stack])[1::2] == [".dkr.ecr.", ".", "/", ":1.0.0"]
    assert image(default[stack])[4:7:2] == [{"Ref": "AWS::URLSuffix"}, name]


@pytest.mark.parametrize("stack", ["EcrEcsEc2Service", "EcrEcsFargateService"])
def test_image_by_digest(changed: dict[str, Any], stack: str) -> None:
    assert image(changed[stack])[-1] == f"@{DIGEST}"


def test_repository(changed: dict[str, Any]) -> None:
    repository = only(changed["EcrEcsRepositories"], "AWS::ECR::Repository")
    assert repository["RepositoryName"] == "team/app"
    assert repository["ImageTagMutability"] == "IMMUTABLE"


def test_isolated_by_default(default: dict[str, Any]) -> None:
    cluster = default["EcrEcsCluster"]
    for kind in ("InternetGateway", "NatGateway", "EgressOnlyInternetGateway"):
        assert resources(cluster, f"AWS::EC2::{kind}") == []
    services = [json.dumps(each["ServiceName"]) for each in resources(cluster, "AWS::EC2::VPCEndpoint")]
    assert len(services) == 7
    (group,) = [
        each
        for each in resources(cluster, "AWS::EC2::SecurityGroup")
        if each["GroupDescription"] == "VPC endpoints of Amazon ECR and Amazon ECS"
    ]
    assert [rule["CidrIp"] for rule in group["SecurityGroupIngress"]] == ["10.0.0.0/16"]


def test_nat(changed: dict[str, Any]) -> None:
    cluster = changed["EcrEcsCluster"]
    assert len(resources(cluster, "AWS::EC2::NatGateway")) == 2
    assert resources(cluster, "AWS::EC2::VPCEndpoint") == []
    assert only(cluster, "AWS::EC2::VPC")["CidrBlock"] == "10.1.0.0/20"
    assert {each["MapPublicIpOnLaunch"] for each in resources(cluster, "AWS::EC2::Subnet")} == {False}


@pytest.mark.parametrize("templates", ["default", "changed"])
def test_instances_and_tasks_share_the_subnets(templates: str, request: pytest.FixtureRequest) -> None:
    stacks = request.getfixturevalue(templates)
    subnets = only(stacks["EcrEcsCluster"], "AWS::AutoScaling::AutoScalingGroup")["VPCZoneIdentifier"]
    outputs = stacks["EcrEcsCluster"]["Outputs"]
    for stack in ("EcrEcsEc2Service", "EcrEcsFargateService"):
        network = only(stacks[stack], "AWS::ECS::Service")["NetworkConfiguration"]["AwsvpcConfiguration"]
        references = [subnet["Fn::GetStackOutput"]["OutputName"] for subnet in network["Subnets"]]
        assert [outputs[reference]["Value"] for reference in references] == subnets
        assert network["AssignPublicIp"] == "DISABLED"


def test_sizes(changed: dict[str, Any]) -> None:
    group = only(changed["EcrEcsCluster"], "AWS::AutoScaling::AutoScalingGroup")
    assert (group["MinSize"], group["MaxSize"]) == ("2", "5")
    for stack in ("EcrEcsEc2Service", "EcrEcsFargateService"):
        assert only(changed[stack], "AWS::ECS::Service")["DesiredCount"] == 3
    (container,) = only(changed["EcrEcsEc2Service"], "AWS::ECS::TaskDefinition")["ContainerDefinitions"]
    assert (container["Cpu"], container["Memory"]) == (512, 1024)
    fargate = only(changed["EcrEcsFargateService"], "AWS::ECS::TaskDefinition")
    assert (fargate["Cpu"], fargate["Memory"]) == ("512", "1024")


@pytest.mark.parametrize(
    ("templates", "instance_type", "architecture", "ami"),
    [
        pytest.param("default", "t3.small", "X86_64", "amazon-linux-2023/recommended", id="x86-64"),
        pytest.param("changed", "c7g.large", "ARM64", "amazon-linux-2023/arm64/recommended", id="arm64"),
    ],
)
def test_one_architecture(
    templates: str, instance_type: str, architecture: str, ami: str, request: pytest.FixtureRequest
) -> None:
    stacks = request.getfixturevalue(templates)
    data = only(stacks["EcrEcsCluster"], "AWS::EC2::LaunchTemplate")["LaunchTemplateData"]
    assert data["InstanceType"] == instance_type
    parameter = stacks["EcrEcsCluster"]["Parameters"][data["ImageId"]["Ref"]]
    assert parameter["Default"] == f"/aws/service/ecs/optimized-ami/{ami}/image_id"
    fargate = only(stacks["EcrEcsFargateService"], "AWS::ECS::TaskDefinition")
    assert fargate["RuntimePlatform"] == {"CpuArchitecture": architecture, "OperatingSystemFamily": "LINUX"}


def test_instances_pull_from_the_repository_alone(default: dict[str, Any]) -> None:
    allowed = {
        json.dumps(statement["Resource"]): statement["Action"]
        for policy in resources(default["EcrEcsCluster"], "AWS::IAM::Policy")
        for statement in policy["PolicyDocument"]["Statement"]
        if "ecr:BatchGetImage" in statement["Action"]
    }
    assert list(allowed) == [
        '{"Fn::ImportValue": "EcrEcsRepositories:ExportsOutputFnGetAttRepository22E53BBDArn3AD4E30B"}'
    ]


def test_repositories_come_first() -> None:
    app = reference_app()
    app.synth()  # references make stacks depend on each other
    others = (app.cluster, app.ec2_service, app.fargate_service)
    assert app.repositories.dependencies == []
    assert all(app.repositories in stack.dependencies for stack in others)


def test_nothing_is_looked_up(changed_assembly: Path) -> None:
    manifest = json.loads((changed_assembly / "manifest.json").read_text(encoding="utf-8"))
    assert "missing" not in manifest
    assert manifest["artifacts"]["EcrEcsCluster"]["environment"] == "aws://111122223333/eu-central-1"


def test_environment_agnostic_by_default() -> None:
    assert reference_app().cluster.environment == "aws://unknown-account/unknown-region"


@pytest.mark.parametrize("settings", [pytest.param({}, id="default"), pytest.param(ARM, id="changed")])
def test_the_judge_finds_nothing(settings: dict[str, Any]) -> None:
    assert findings(reference_app(**settings)) == ()


def test_wrong_context_raises_one_line() -> None:
    with pytest.raises(ValueError, match=r"^context 'ecr-ecs:nat' must be true or false, got 'maybe': it is neither$"):
        reference_app(nat="maybe")


def test_recommended_flags_of_cdk() -> None:
    recommended = ROOT / "node_modules/aws-cdk/lib/init-templates/.recommended-feature-flags.json"
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    flags = {key: value for key, value in context.items() if key.startswith("@")}
    assert flags == json.loads(recommended.read_text(encoding="utf-8"))


class TwoRepositories(RepositoriesStack):
    def create_repository(self, repository_name: str | None) -> ecr.Repository:
        ecr.Repository(self, "Sidecar")
        return ecr.Repository(self, "Repository", repository_name=repository_name, removal_policy=RemovalPolicy.DESTROY)


class InExistingVpc(ClusterStack):
    def create_vpc(self, *, cidr: str, nat: bool) -> ec2.IVpc:
        assert (cidr, nat) == ("10.9.0.0/16", False)
        return ec2.Vpc.from_vpc_attributes(
            self,
            "Vpc",
            vpc_id="vpc-1",
            availability_zones=["eu-central-1a"],
            isolated_subnet_ids=["subnet-1"],
            isolated_subnet_route_table_ids=["rtb-1"],
            vpc_cidr_block=cidr,
        )


class OnePort(Ec2ServiceStack):
    def add_containers(self, task_definition: EcrEc2TaskDefinition, image: EcrImage, *, cpu: int, memory: int) -> None:
        super().add_containers(task_definition, image, cpu=cpu, memory=memory)
        assert task_definition.default_container is not None
        task_definition.default_container.add_port_mappings(ecs.PortMapping(container_port=8080))


class TwoContainers(FargateServiceStack):
    def add_containers(self, task_definition: EcrFargateTaskDefinition, image: EcrImage) -> None:
        super().add_containers(task_definition, image)
        task_definition.add_container("Sidecar", image=image, essential=False)


@pytest.fixture(scope="module")
def hooked() -> dict[str, Template]:
    app = App()
    repositories = TwoRepositories(app, "Repositories")
    cluster = InExistingVpc(app, "Cluster", cidr="10.9.0.0/16")
    image = EcrImage.from_ecr_repository(repositories.repository, "1")
    ec2_service = OnePort(app, "Ec2", cluster=cluster.cluster, image=image, subnets=cluster.subnets)
    fargate = TwoContainers(app, "Fargate", cluster=cluster.cluster, image=image, subnets=cluster.subnets)
    return {stack.stack_name: Template.from_stack(stack) for stack in (repositories, cluster, ec2_service, fargate)}


def test_create_repository(hooked: dict[str, Template]) -> None:
    hooked["Repositories"].resource_count_is("AWS::ECR::Repository", 2)


def test_create_vpc(hooked: dict[str, Template]) -> None:
    hooked["Cluster"].resource_count_is("AWS::EC2::VPC", 0)
    hooked["Cluster"].has_resource_properties("AWS::AutoScaling::AutoScalingGroup", {"VPCZoneIdentifier": ["subnet-1"]})


def test_add_containers_on_ec2(hooked: dict[str, Template]) -> None:
    (definition,) = hooked["Ec2"].find_resources("AWS::ECS::TaskDefinition").values()
    (container,) = definition["Properties"]["ContainerDefinitions"]
    assert [mapping["ContainerPort"] for mapping in container["PortMappings"]] == [8080]


def test_add_containers_on_fargate(hooked: dict[str, Template]) -> None:
    (definition,) = hooked["Fargate"].find_resources("AWS::ECS::TaskDefinition").values()
    assert [each["Name"] for each in definition["Properties"]["ContainerDefinitions"]] == ["App", "Sidecar"]


def test_app_is_subclassed() -> None:
    class Team(ReferenceApp):
        def __init__(self) -> None:
            super().__init__()
            CfnOutput(self.cluster, "Team", value="ours")

    Template.from_stack(Team().cluster).has_output("Team", {"Value": "ours"})
