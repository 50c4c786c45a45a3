"""Whole templates as people and tools write them: how each link is judged, and what is found."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.environments import Parameter
from ecr_ecs_constructs.pull.answer import Verdict
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules.judge import Report, judge
from tests.judging import ECR, place

TEMPLATES = Path(__file__).parent / "data" / "templates"
TODAY = Policy(today=date(2026, 11, 23))

SHOWN = {Verdict.HOLDS: "H", Verdict.BROKEN: "B", Verdict.UNKNOWN: "?", Verdict.NOT_APPLICABLE: "-"}
"""A letter for each link: image, repository, permission, placement, ami, architecture, network."""

FIRST = "Properties.ContainerDefinitions[0]"
SIDE_CONTAINERS = [
    f"unqualified-image TaskDefinition.Properties.ContainerDefinitions[{number}].Image" for number in (1, 2, 3)
]
START = [
    f"missing-start-permission TaskDefinition.{FIRST}",  # s3:GetBucketLocation on the bucket of the environment file
    f"unverifiable-start? TaskDefinition.{FIRST}",
    f"unverifiable-start? TaskDefinition.{FIRST}",
    f"unverifiable-start? TaskDefinition.{FIRST}",  # its parameter is made elsewhere, as its environment file is
]
ADDONS = "unverifiable-template? AddonsStack.Properties.TemplateURL"
NO_ASSOCIATION = "unverifiable-placement? Service.Properties"  # of Fargate's providers with an imported cluster
BREAKER = "missing-circuit-breaker Service.Properties.DeploymentConfiguration"
SERVICE_NETWORK = "unverifiable-network? Service.Properties.NetworkConfiguration.AwsvpcConfiguration"


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
            [f"unqualified-image Task.{FIRST}.Image", BREAKER],
            id="image by default",
        ),
        pytest.param(
            "fargate-public.yaml",
            {"ImageUrl": f"{ECR}/web:1", "ServiceName": "shop"},
            [f"shop {ECR}/web:1 H??H-HH"],
            [
                f"unverifiable-role? Task.{FIRST}",
                f"unverifiable-start? Task.{FIRST}",
                f"unverifiable-repository? Task.{FIRST}.Image",
                "unordered-deployment Service.DependsOn",
                BREAKER,
            ],
            id="image as deployed",
        ),
        pytest.param(
            "fargate-imported.yaml",
            {},
            ["app ${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/team/app:${Tag} H??H-H?"],
            [
                f"unverifiable-role? Task.{FIRST}",
                f"unverifiable-repository? Task.{FIRST}.Image",
                BREAKER,
                SERVICE_NETWORK,
            ],
            id="network of another stack",
        ),
        pytest.param(
            "generated-service.yaml",
            {"TaskCPU": "256"},
            [
                "api ${ContainerImage} ??B?-H?",
                "router public.ecr.aws/team/router:stable B???-H-",
                "proxy 1234567890.dkr.ecr.us-west-2.amazonaws.com/proxy:v1 B???-H-",
                "waiter alpine:latest B???-H-",
            ],
            [
                ADDONS,
                *START,
                f"unverifiable-image? TaskDefinition.{FIRST}.Image",
                *SIDE_CONTAINERS,
                NO_ASSOCIATION,
                BREAKER,
            ],
            id="service written by a tool",
        ),
        pytest.param(
            "generated-service.yaml",
            {
                "ContainerImage": f"{ECR}/api:1",
                "EnvFileARN": "arn:aws:s3:::files/a.env",
                "AppName": "shop",
                "TaskCPU": "256",
            },
            [
                f"api {ECR}/api:1 H?B?-H?",
                "router public.ecr.aws/team/router:stable B???-H-",
                "proxy 1234567890.dkr.ecr.us-west-2.amazonaws.com/proxy:v1 B???-H-",
                "waiter alpine:latest B???-H-",
            ],
            [
                ADDONS,
                f"unverifiable-role? TaskDefinition.{FIRST}",
                *START,
                f"unverifiable-repository? TaskDefinition.{FIRST}.Image",
                *SIDE_CONTAINERS,
                NO_ASSOCIATION,
                BREAKER,
                SERVICE_NETWORK,
            ],
            id="service written by a tool, as deployed",
        ),
        pytest.param(
            "sidecars.yml",
            {},
            ["app ${AppImage} ????-H?", "daemon public.ecr.aws/xray/daemon B???-H-", "envoy ${EnvoyImage} ????-H?"],
            [
                "unverifiable-image? AppTask.Properties.ContainerDefinitions[0].Image",
                "unqualified-image AppTask.Properties.ContainerDefinitions[1].Image",
                "unverifiable-image? AppTask.Properties.ContainerDefinitions[2].Image",
                "unverifiable-placement? AppTask.Properties.ProxyConfiguration",
                "missing-circuit-breaker AppService.Properties.DeploymentConfiguration",
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
                "unverifiable-placement? Hello.Properties",
                "unverifiable-role? Hello.Properties.ContainerProperties",
                "floating-tag Hello.Properties.ContainerProperties.Image",
                "unverifiable-repository? Hello.Properties.ContainerProperties.Image",
                "unverifiable-placement? Privileged.Properties",
                "unqualified-image Privileged.Properties.ContainerProperties.Image",
                "unverifiable-placement? Many.Properties",
                "unqualified-image Many.Properties.NodeProperties.NodeRangeProperties[0].Container.Image",
                "unqualified-image Many.Properties.NodeProperties.NodeRangeProperties[1].Container.Image",
            ],
            id="jobs",
        ),
        pytest.param(
            "instances-launch-configuration.yaml",
            {},
            ["app ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/app:1 H?HHBH?"],
            [
                "unverifiable-network? Instances.Properties.VPCZoneIdentifier",
                "outdated-ami Launch.Properties.ImageId",
                f"unverifiable-repository? Task.{FIRST}.Image",
                BREAKER,
            ],
            id="launch configuration",
        ),
        pytest.param(
            "instances-mapping.yaml",
            {},
            [],
            ["pinned-ami LaunchTemplate.Properties.LaunchTemplateData.ImageId"],
            id="image by region",
        ),
        pytest.param(
            "instances-bottlerocket.yaml",
            {},
            [],
            [
                "ami-architecture-mismatch "
                "Group.Properties.MixedInstancesPolicy.LaunchTemplate.Overrides[1].InstanceType"
            ],
            id="mixed instances",
        ),
        pytest.param(
            "repositories.yaml",
            {},
            [],
            [
                "scan-disabled Repositorygateway.Properties.ImageScanningConfiguration",
                "missing-lifecycle-policy Repositorygateway.Properties.LifecyclePolicy",
                "scan-disabled Repositoryworker.Properties.ImageScanningConfiguration",
                "missing-lifecycle-policy Repositoryworker.Properties.LifecyclePolicy",
            ],
            id="repositories alone",
        ),
    ],
)
def test_template(name: str, given: dict[str, str], containers: list[str], findings: list[str]) -> None:
    parameters = [Parameter(None, parameter, value) for parameter, value in given.items()]
    report = judge(load([TEMPLATES / name], parameters), TODAY)
    assert paths(report) == containers
    assert list(map(place, report.findings)) == findings


def test_all_in_one_call() -> None:
    """Templates that have nothing to do with each other are judged as each is by itself."""
    alone = [path for file in sorted(TEMPLATES.iterdir()) for path in paths(judge(load([file]), TODAY))]
    assert paths(judge(load([TEMPLATES]), TODAY)) == alone
    assert len(alone) == 14
