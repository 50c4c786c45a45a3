"""The roles of Amazon ECS Managed Instances: the infrastructure role may hand the role of the instances on to EC2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ecr_ecs_constructs.rules.catalogue import BY_ID
from ecr_ecs_constructs.rules.judge import judge
from tests.pull.network.networks import NAT, changed, ref, resource, template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecr_ecs_constructs.cloudformation.template import Template

RULES = (BY_ID["missing-start-permission"], BY_ID["unverifiable-start"])
AWS = "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForManagedInstances"


def trust(service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def passing(resource_arn: object) -> list[dict[str, Any]]:
    statement = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": resource_arn}
    return [{"PolicyName": "pass", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}]


MANAGED: dict[str, Any] = {
    **NAT,
    "Cluster": resource("ECS::Cluster"),
    "Infrastructure": resource(
        "IAM::Role", AssumeRolePolicyDocument=trust("ecs.amazonaws.com"), ManagedPolicyArns=[AWS]
    ),
    "Host": resource("IAM::Role", AssumeRolePolicyDocument=trust("ec2.amazonaws.com")),
    "Profile": resource("IAM::InstanceProfile", Roles=[ref("Host")]),
    "Provider": resource(
        "ECS::CapacityProvider",
        ClusterName=ref("Cluster"),
        ManagedInstancesProvider={
            "InfrastructureRoleArn": {"Fn::GetAtt": ["Infrastructure", "Arn"]},
            "InstanceLaunchTemplate": {
                "Ec2InstanceProfileArn": {"Fn::GetAtt": ["Profile", "Arn"]},
                "NetworkConfiguration": {"Subnets": [ref("Subnet")], "SecurityGroups": [ref("TaskGroup")]},
            },
        },
    ),
}
CHANGES = {
    "Service.LaunchType": None,
    "Service.Cluster": ref("Cluster"),
    "Service.CapacityProviderStrategy": [{"CapacityProvider": ref("Provider"), "Weight": 1}],
}
LACKS = "missing-start-permission: no statement of role Infrastructure allows iam:PassRole"
UNSURE = "unverifiable-start: cannot verify"


def managed(changes: Mapping[str, Any]) -> Template:
    body = changed(MANAGED, {**CHANGES, **changes})
    return template(body, Parameters={"Free": {"Type": "String"}})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"Host.RoleName": "ecsInstanceRole"}, "", id="the name that AWS's policy takes"),
        pytest.param({"Host.RoleName": "ecsInstanceRole-shop"}, "", id="a name that begins so"),
        pytest.param({"Host.RoleName": "shop-instances"}, LACKS, id="another name"),
        pytest.param({}, UNSURE, id="a name that CloudFormation makes of that of the stack"),
        pytest.param(
            {"Infrastructure.Policies": passing({"Fn::GetAtt": ["Host", "Arn"]})}, "", id="a policy for the role"
        ),
        pytest.param({"Infrastructure.Policies": passing("*")}, "", id="a policy for all roles"),
        pytest.param({"Host.RoleName": {"Ref": "Free"}}, UNSURE, id="a name known only at deployment"),
        pytest.param({"Profile.Roles": ["ecsInstanceRole"]}, "", id="a role elsewhere with that name"),
        pytest.param({"Profile.Roles": ["instances"]}, LACKS, id="a role elsewhere with another name"),
    ],
)
def test_instance_role_is_passed(changes: Mapping[str, Any], expected: str) -> None:
    found = judge([managed(changes)], rules=RULES).findings
    said = [f"{each.rule}: {each.message.partition(': ')[2]}" for each in found if "PassRole" in each.message]
    assert [each[: len(expected)] for each in said] == [expected] * bool(expected), found
