"""Instances that no container runs on: a fact about them that no followed world decides is told, not passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ecr_ecs_constructs.cloudformation.conditions.worlds import MAX_WORLDS
from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.rules.judge import judge

if TYPE_CHECKING:
    pass

AMI = "{{resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id}}"
JOIN = {"Fn::Base64": {"Fn::Sub": "#!/bin/bash\necho ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config"}}
ELSEWHERE = {"Fn::Base64": {"Fn::Sub": "#!/bin/bash\necho ECS_CLUSTER=${Choice} >> /etc/ecs/ecs.config"}}
CHOICE = {"Ref": "Choice"}
TRUST = {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}}
AGENT = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
TOO_MANY = f"it depends on more than {MAX_WORLDS} combinations of conditions and parameters"


def found(choices: int, **launched: Any) -> list[str]:
    """What the rules find of an instance, and of nothing else, with a parameter of some values."""
    values = [f"m7i.{number}xlarge" for number in range(choices)]
    launch = {"ImageId": AMI, "InstanceType": "m7i.large", "IamInstanceProfile": {"Ref": "Profile"}, "UserData": JOIN}
    trusted = {"AssumeRolePolicyDocument": TRUST, "ManagedPolicyArns": [AGENT]}
    resources: dict[str, Any] = {
        "Cluster": {"Type": "AWS::ECS::Cluster"},
        "Role": {"Type": "AWS::IAM::Role", "Properties": trusted},
        "Profile": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Role"}]}},
        "Instance": {"Type": "AWS::EC2::Instance", "Properties": {**launch, **launched}},
    }
    parameters: dict[str, Any] = {"Choice": {"Type": "String", "AllowedValues": values}}
    own = Template("a.json", {"Parameters": parameters, "Resources": resources})
    return [
        f"{finding.rule}{'?' if finding.verdict.value == 'unknown' else ''}: {finding.message}"
        for finding in judge([own]).findings
        if finding.logical_id == "Instance"
    ]


def unknown(*links: str) -> list[str]:
    rules = {"permission": "role"}
    return [f"unverifiable-{rules.get(link, link)}?: cannot verify the {link}: {TOO_MANY}" for link in links]


EACH = unknown("permission", "ami", "architecture", "placement")


@pytest.mark.parametrize(
    ("choices", "launched", "expected"),
    [
        pytest.param(MAX_WORLDS, {"InstanceType": CHOICE}, unknown("architecture"), id="type"),
        pytest.param(MAX_WORLDS, {"ImageId": CHOICE}, EACH, id="image"),
        pytest.param(MAX_WORLDS, {"UserData": ELSEWHERE}, EACH, id="cluster"),
        pytest.param(MAX_WORLDS, {"IamInstanceProfile": CHOICE}, EACH, id="profile"),
        pytest.param(MAX_WORLDS, {"KeyName": CHOICE}, [], id="matters to nothing"),
        pytest.param(MAX_WORLDS, {"UserData": "", "ImageId": "ami-1", "InstanceType": CHOICE}, [], id="runs no ECS"),
        pytest.param(MAX_WORLDS - 1, {"InstanceType": CHOICE}, [], id="as many as are followed"),
    ],
)
def test_what_no_world_decides_is_told(choices: int, launched: dict[str, Any], expected: list[str]) -> None:
    assert found(choices, **launched) == expected
