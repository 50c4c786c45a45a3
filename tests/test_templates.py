"""Whole templates as people and tools write them: how each link is judged, and what is found."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ecr_ecs_constructs.cloudformation.assembly import Parameter, load
from ecr_ecs_constructs.pull.answer import Verdict
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules.judge import Report, judge
from tests.judging import ECR, line

TEMPLATES = Path(__file__).parent / "data" / "templates"
TODAY = Policy(today=date(2026, 11, 23))

SHOWN = {Verdict.HOLDS: "H", Verdict.BROKEN: "B", Verdict.UNKNOWN: "?", Verdict.NOT_APPLICABLE: "-"}
"""A letter for each link: image, repository, permission, placement, ami, architecture, network."""

ENDED = (
    "machine image '/aws/service/ecs/optimized-ami/amazon-linux/recommended/image_id' is ECS-optimized Amazon Linux 1, "
    "which reached its end of life on 2025-09-15 "
    "(https://aws.amazon.com/blogs/containers/amazon-ecs-optimized-amazon-linux-ami-end-of-life/)"
)
SIDE_CONTAINERS = [
    f"unqualified-image TaskDefinition.Properties.ContainerDefinitions[{number}].Image: container {message}"
    for number, message in (
        (
            1,
            "'router': image 'public.ecr.aws/team/router:stable' is of the public gallery 'public.ecr.aws', "
            "not of a private ECR registry",
        ),
        (
            2,
            "'proxy': image '1234567890.dkr.ecr.us-west-2.amazonaws.com/proxy:v1' has the account '1234567890', "
            "which is not 12 digits",
        ),
        (3, "'waiter': image 'alpine:latest' has no ECR registry"),
    )
]
ADDONS = (
    "unverifiable-template? AddonsStack.Properties.TemplateURL: cannot verify nested stack AddonsStack: "
    "its template is not in what was judged"
)
BATCH = "AWS Batch runs it on EC2, in a queue given with each job"


def elsewhere(at: str, container: str, repository: str) -> str:
    """What is found of an image in a repository that no template makes."""
    return (
        f"unverifiable-repository? {at}: {container}cannot verify that the image can be there: "
        f"repository {repository} is not in the templates"
    )


def by_account(at: str, container: str) -> str:
    """What is found of an execution role that may pull only where the repository is of its own account."""
    return (
        f"unverifiable-role? {at}: container {container!r}: cannot verify execution role ExecutionRole: "
        "it may pull where the account is 123456789012; elsewhere the policy of the repository decides"
    )


def unplaced(job: str) -> str:
    """What is found of a job whose queue nobody knows."""
    return (
        f"unverifiable-placement? {job}.Properties: cannot verify where it runs: {BATCH}; "
        "no container instances of its cluster are in the templates"
    )


def from_outside(services: str, subnets: str) -> str:
    return f"cannot verify the way to {services} from {subnets}: it is not in the templates"


def paths(report: Report) -> list[str]:
    """Name, image and the links of each container."""
    return [
        f"{container.container} {container.image} {''.join(SHOWN[link.verdict] for link in container.links)}"
        for container in report.containers
    ]


@pytest.mark.parametrize(
    ("name", "given", "containers", "findings"),
    [
        pytest.param(
            "fargate-public.yaml",
            {},
            ["web httpd B??H-H-"],
            [
                "unqualified-image Task.Properties.ContainerDefinitions[0].Image: container 'web': "
                "image 'httpd' has no ECR registry (with the default of ImageUrl)"
            ],
            id="image by default",
        ),
        pytest.param(
            "fargate-public.yaml",
            {"ImageUrl": f"{ECR}/web:1", "ServiceName": "shop"},
            [f"shop {ECR}/web:1 H??H-HH"],
            [
                by_account("Task.Properties.ContainerDefinitions[0]", "shop"),
                elsewhere(
                    "Task.Properties.ContainerDefinitions[0].Image",
                    "container 'shop': ",
                    "web of account 123456789012 in us-east-1",
                ),
            ],
            id="image as deployed",
        ),
        pytest.param(
            "fargate-imported.yaml",
            {},
            ["app ${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/team/app:${Tag} H??H-H?"],
            [
                "unverifiable-role? Task.Properties.ContainerDefinitions[0]: container 'app': "
                "cannot verify execution role ${Fn::ImportValue production:ECSTaskExecutionRole}: "
                "known only at deployment: role ${Fn::ImportValue production:ECSTaskExecutionRole}, "
                "which is not in the templates",
                elsewhere(
                    "Task.Properties.ContainerDefinitions[0].Image",
                    "container 'app': ",
                    "team/app of account ${AWS::AccountId} in ${AWS::Region}",
                ),
                "unverifiable-network? Service.Properties.NetworkConfiguration.AwsvpcConfiguration: "
                + from_outside(
                    "ecr.api, ecr.dkr, s3 and logs",
                    "${Fn::ImportValue production:PublicSubnetOne} and ${Fn::ImportValue production:PublicSubnetTwo}",
                ),
            ],
            id="network of another stack",
        ),
        pytest.param(
            "generated-service.yaml",
            {},
            [
                "api ${ContainerImage} ???H-H?",
                "router public.ecr.aws/team/router:stable B??H-H-",
                "proxy 1234567890.dkr.ecr.us-west-2.amazonaws.com/proxy:v1 B??H-H-",
                "waiter alpine:latest B??H-H-",
            ],
            [
                ADDONS,
                "unverifiable-image? TaskDefinition.Properties.ContainerDefinitions[0].Image: container 'api': "
                "cannot verify image '${ContainerImage}': it is known only at deployment",
                *SIDE_CONTAINERS,
            ],
            id="service written by a tool",
        ),
        pytest.param(
            "generated-service.yaml",
            {"ContainerImage": f"{ECR}/api:1", "EnvFileARN": "arn:aws:s3:::files/a.env", "AppName": "shop"},
            [
                f"api {ECR}/api:1 H??H-H?",
                "router public.ecr.aws/team/router:stable B??H-H-",
                "proxy 1234567890.dkr.ecr.us-west-2.amazonaws.com/proxy:v1 B??H-H-",
                "waiter alpine:latest B??H-H-",
            ],
            [
                ADDONS,
                by_account("TaskDefinition.Properties.ContainerDefinitions[0]", "api"),
                elsewhere(
                    "TaskDefinition.Properties.ContainerDefinitions[0].Image",
                    "container 'api': ",
                    "api of account 123456789012 in us-east-1",
                ),
                *SIDE_CONTAINERS,
                "unverifiable-network? Service.Properties.NetworkConfiguration.AwsvpcConfiguration: "
                + from_outside(
                    "ecr.api, ecr.dkr, s3, ssm and the environment files",
                    "${Fn::ImportValue shop-${EnvName}-PublicSubnets}",
                ),
            ],
            id="service written by a tool, as deployed",
        ),
        pytest.param(
            "sidecars.yml",
            {},
            ["app ${AppImage} ???H-H?", "daemon public.ecr.aws/xray/daemon B??H-H-", "envoy ${EnvoyImage} ???H-H?"],
            [
                "unverifiable-image? AppTask.Properties.ContainerDefinitions[0].Image: container 'app': "
                "cannot verify image '${AppImage}': it is known only at deployment",
                "unqualified-image AppTask.Properties.ContainerDefinitions[1].Image: container 'daemon': "
                "image 'public.ecr.aws/xray/daemon' is of the public gallery 'public.ecr.aws', "
                "not of a private ECR registry",
                "unverifiable-image? AppTask.Properties.ContainerDefinitions[2].Image: container 'envoy': "
                "cannot verify image '${EnvoyImage}': it is known only at deployment",
            ],
            id="side containers",
        ),
        pytest.param(
            "batch-jobs.yaml",
            {},
            [
                "Properties.ContainerProperties 111122223333.dkr.ecr.${AWS::Region}.amazonaws.com/hello:latest H??????",
                "Properties.ContainerProperties team/worker B?????-",
                "Properties.NodeProperties.NodeRangeProperties[0].Container mcr.microsoft.com/dotnet/runtime:8.0 "
                "B?????-",
                "Properties.NodeProperties.NodeRangeProperties[1].Container worker B?????-",
            ],
            [
                unplaced("Hello"),
                "unverifiable-role? Hello.Properties.ContainerProperties: cannot verify who pulls: "
                f"the container instances are not in the templates: {BATCH}",
                "floating-tag Hello.Properties.ContainerProperties.Image: "
                "image '111122223333.dkr.ecr.${AWS::Region}.amazonaws.com/hello:latest' has the tag 'latest'",
                elsewhere(
                    "Hello.Properties.ContainerProperties.Image",
                    "",
                    "hello of account 111122223333 in ${AWS::Region}",
                ),
                unplaced("Privileged"),
                "unqualified-image Privileged.Properties.ContainerProperties.Image: "
                "image 'team/worker' has no ECR registry",
                unplaced("Many"),
                "unqualified-image Many.Properties.NodeProperties.NodeRangeProperties[0].Container.Image: "
                "image 'mcr.microsoft.com/dotnet/runtime:8.0' has the registry 'mcr.microsoft.com', "
                "which is no ECR registry",
                "unqualified-image Many.Properties.NodeProperties.NodeRangeProperties[1].Container.Image: "
                "image 'worker' has no ECR registry",
            ],
            id="jobs",
        ),
        pytest.param(
            "instances-launch-configuration.yaml",
            {},
            ["app ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/app:1 H?HHBH?"],
            [
                "unverifiable-network? Instances.Properties.VPCZoneIdentifier: "
                + from_outside("ecr.api, ecr.dkr, s3, ecs, ecs-agent and ecs-telemetry", "${Subnets}"),
                f"outdated-ami Launch.Properties.ImageId: {ENDED}",
                elsewhere(
                    "Task.Properties.ContainerDefinitions[0].Image",
                    "container 'app': ",
                    "app of account ${AWS::AccountId} in ${AWS::Region}",
                ),
            ],
            id="launch configuration",
        ),
        pytest.param(
            "instances-mapping.yaml",
            {},
            [],
            [
                "pinned-ami LaunchTemplate.Properties.LaunchTemplateData.ImageId: "
                "machine image is fixed: 'ami-00000000000000001' or one of 2 others"
            ],
            id="image by region",
        ),
        pytest.param(
            "instances-bottlerocket.yaml",
            {},
            [],
            [
                "ami-architecture-mismatch "
                "Group.Properties.MixedInstancesPolicy.LaunchTemplate.Overrides[1].InstanceType: "
                "m7g.large: arm64 processors, but the machine image "
                "'/aws/service/bottlerocket/aws-ecs-2/x86_64/latest/image_id' is for x86_64"
            ],
            id="mixed instances",
        ),
        pytest.param("repositories.yaml", {}, [], [], id="repositories alone"),
    ],
)
def test_template(name: str, given: dict[str, str], containers: list[str], findings: list[str]) -> None:
    parameters = [Parameter(None, parameter, value) for parameter, value in given.items()]
    report = judge(load([TEMPLATES / name], parameters), TODAY)
    assert paths(report) == containers
    assert list(map(line, report.findings)) == findings


def test_all_in_one_call() -> None:
    """Templates that have nothing to do with each other are judged as each is by itself."""
    alone = [path for file in sorted(TEMPLATES.iterdir()) for path in paths(judge(load([file]), TODAY))]
    assert paths(judge(load([TEMPLATES]), TODAY)) == alone
    assert len(alone) == 14
