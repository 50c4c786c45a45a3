"""The order of a deployment that the constructs of this library make, in one stack: each dependency is needed."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs

from ecr_ecs_constructs import EcrFargateService, EcrFargateTaskDefinition, EcrImage, EcrVpcEndpoints
from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.rules.catalogue import BY_ID
from ecr_ecs_constructs.rules.judge import judge

NEEDED = {
    *("EndpointsEcrApi", "EndpointsEcrDkr", "EndpointsLogs", "EndpointsS3"),
    *("VpcIsolatedSubnet1RouteTableAssociation", "VpcIsolatedSubnet2RouteTableAssociation", "Copy"),
}
"""What the service waits for by name, and its tasks need; of its policy the task definition takes care."""


@pytest.fixture(scope="module")
def body(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A service, its network and the copy of its image in one stack."""
    app = cdk.App(outdir=str(tmp_path_factory.mktemp("order")))
    stack = cdk.Stack(app, "Stack")
    subnets = [ec2.SubnetConfiguration(name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)]
    vpc = ec2.Vpc(stack, "Vpc", subnet_configuration=subnets)
    task = EcrFargateTaskDefinition(stack, "Task")
    repository = ecr.Repository.from_repository_name(stack, "Repository", "team/app")
    task.add_container("app", image=EcrImage.from_ecr_repository(repository, "1.4.2"))
    EcrFargateService(stack, "Service", cluster=ecs.Cluster(stack, "Cluster", vpc=vpc), task_definition=task)
    EcrVpcEndpoints(stack, "Endpoints", vpc=vpc)
    cdk.CustomResource(
        stack,
        "Copy",
        service_token="arn:aws:lambda:us-east-1:123456789012:function:copy",
        resource_type="Custom::CDKECRDeployment",
        properties={"DestImage": f"docker://{repository.repository_uri_for_tag('1.4.2')}"},
    )
    return json.loads((Path(app.synth().directory) / "Stack.template.json").read_text(encoding="utf-8"))


def named(logical_id: str) -> str:
    """The logical ID of a resource without the hash that CDK may put behind it."""
    return logical_id[:-8] if logical_id[-8:].isalnum() and logical_id[-8:].upper() == logical_id[-8:] else logical_id


def waits(body: Any) -> list[str]:
    (service,) = (each for each in body["Resources"].values() if each["Type"] == "AWS::ECS::Service")
    found: list[str] = service["DependsOn"]
    return found


def said(body: Any) -> list[str]:
    found = judge([Template("Stack", body)], rules=[BY_ID["unordered-deployment"]]).findings
    return [f"{each.severity} {named(each.message.partition(' wait for ')[2].partition(',')[0])}" for each in found]


def test_all_is_in_order(body: Any) -> None:
    assert said(body) == []
    assert {*map(named, waits(body))} >= NEEDED


@pytest.mark.parametrize("needed", sorted(NEEDED))
def test_each_dependency_is_needed(body: Any, needed: str) -> None:
    changed = copy.deepcopy(body)
    own = waits(changed)
    (gone,) = (each for each in own if named(each) == needed)
    own.remove(gone)
    assert said(changed) == [f"warning {needed}"]
