"""Policies of VPC endpoints that speak of the role that asks, or of the way by which it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.pull.network.networks import ENDPOINTS, INSTANCES, Resources, changed, endpoint, one, ref, resource

if TYPE_CHECKING:
    from collections.abc import Mapping

C = "Task.ContainerDefinitions.0."
ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
DENY = {**ALLOW, "Effect": "Deny"}
BY_ENDPOINTS = (
    "holds: from Subnet: ecr.api by endpoint Api, ecr.dkr by endpoint Registry, s3 by gateway endpoint Layers"
)
AND_SECRETS = f"{BY_ENDPOINTS}, secretsmanager by endpoint Secrets"
AND_AGENT = f"{BY_ENDPOINTS}, ecs by endpoint Ecs, ecs-agent by endpoint Agent, ecs-telemetry by endpoint Telemetry"
LITERAL = "arn:aws:iam::123456789012:role/pulls"


def role(service: str = "ecs-tasks", **properties: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return resource("IAM::Role", AssumeRolePolicyDocument={"Statement": [statement]}, **properties)


def arn(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


PULLS: Resources = {**ENDPOINTS, "Puller": role(), "Other": role()}
PULLS = {
    **PULLS,
    "Task": resource("ECS::TaskDefinition", **PULLS["Task"]["Properties"], ExecutionRoleArn=arn("Puller")),
}
"""Tasks on Fargate that pull by a role of the templates, in an isolated subnet with endpoints."""

PROFILE: Resources = changed(
    INSTANCES,
    {
        "Host": role("ec2"),
        "Other": role(),
        "Profile": resource("IAM::InstanceProfile", Roles=[ref("Host")]),
        "Launch.LaunchTemplateData.IamInstanceProfile": {"Name": ref("Profile")},
    },
)
"""Container instances with a role of the templates, in an isolated subnet with endpoints."""

WITH_SECRET = {
    f"{C}Secrets": [{"Name": "A", "ValueFrom": "arn:aws:secretsmanager:us-east-1:123456789012:secret:app-AbCdEf"}]
}


def sub(text: str) -> dict[str, str]:
    return {"Fn::Sub": text}


GROUP = "arn:aws:logs:us-east-1:${AWS::AccountId}:log-group:app"
WITH_LOGS = {
    f"{C}LogConfiguration": {
        "LogDriver": "awslogs",
        "Options": {"awslogs-group": "app", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "a"},
    }
}
AND_LOGS = f"{BY_ENDPOINTS}, logs by endpoint Logs"


def policy(*statements: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def of(*roles: Any, **others: Any) -> Mapping[str, Any]:
    """A policy that lets roles through, and nobody else."""
    return policy({**ALLOW, "Principal": {"AWS": list(roles)}, **others})


def only_if(operator: str, key: str, value: Any) -> Mapping[str, Any]:
    return policy({**ALLOW, "Condition": {operator: {key: value}}})


def unless(operator: str, key: str, value: Any) -> Mapping[str, Any]:
    return policy(ALLOW, {**DENY, "Condition": {operator: {key: value}}})


def on_condition(operator: str, key: str) -> str:
    """The answer where a condition leaves open whether an image is let through."""
    why = f"condition {operator} on {key} in statement 1 of that policy"
    return untold("ecr.dkr", "Registry", "ecr:BatchGetImage", why)


def refused(service: str, name: str, action: str) -> str:
    return f"broken: no way to {service} from Subnet: the policy of endpoint {name} does not allow {action}"


def untold(service: str, name: str, action: str, why: str) -> str:
    fact = f"it is not known whether the policy of endpoint {name} allows {action}: {why}"
    return f"unknown: cannot verify the way to {service} from Subnet: {fact}"


NO_IMAGE = refused("ecr.dkr", "Registry", "ecr:BatchGetImage")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(of(arn("Puller")), BY_ENDPOINTS, id="the role that pulls"),
        pytest.param(of(arn("Other"), arn("Puller")), BY_ENDPOINTS, id="it and another"),
        pytest.param(of(arn("Other")), NO_IMAGE, id="another role"),
        pytest.param(of(LITERAL), untold(
            "ecr.dkr", "Registry", "ecr:BatchGetImage", "whom statement 1 of that policy addresses"
        ), id="a role by its ARN, which may be the one"),
        pytest.param(policy(ALLOW, {**DENY, "Principal": {"AWS": arn("Puller")}}), NO_IMAGE, id="all but it"),
        pytest.param(policy(ALLOW, {**DENY, "Principal": {"AWS": arn("Other")}}), BY_ENDPOINTS, id="all but another"),
        pytest.param(of(arn("Puller"), Action="ecr:GetDownloadUrlForLayer"), NO_IMAGE, id="it, with half of a pull"),
        pytest.param(only_if("ArnEquals", "aws:PrincipalArn", arn("Puller")), BY_ENDPOINTS, id="PrincipalArn"),
        pytest.param(only_if("ArnEquals", "aws:PrincipalArn", arn("Other")), NO_IMAGE, id="PrincipalArn of another"),
        pytest.param(unless("ArnNotEquals", "aws:PrincipalArn", arn("Puller")), BY_ENDPOINTS, id="no other"),
        pytest.param(only_if("StringEquals", "aws:PrincipalTag/Team", "web"), BY_ENDPOINTS, id="its tag"),
        pytest.param(only_if("StringEquals", "aws:SourceVpc", ref("Vpc")), BY_ENDPOINTS, id="SourceVpc"),
        pytest.param(
            only_if("StringEquals", "aws:SourceVpc", {"Fn::GetAtt": ["Vpc", "VpcId"]}), BY_ENDPOINTS, id="VpcId"
        ),
        pytest.param(unless("StringNotEquals", "aws:SourceVpc", ref("Vpc")), BY_ENDPOINTS, id="no other SourceVpc"),
        pytest.param(unless("StringEquals", "aws:SourceVpc", ref("Vpc")), NO_IMAGE, id="not from this SourceVpc"),
        pytest.param(only_if("StringEquals", "aws:SourceVpc", "vpc-0123456789abcdef0"), on_condition(
            "StringEquals", "aws:SourceVpc"
        ), id="a SourceVpc by its ID, which may be the one"),
        pytest.param(only_if("Null", "aws:SourceVpce", "false"), BY_ENDPOINTS, id="by any endpoint"),
        pytest.param(only_if("IpAddress", "aws:SourceIp", "0.0.0.0/0"), NO_IMAGE, id="SourceIp"),
        pytest.param(only_if("IpAddress", "aws:VpcSourceIp", "10.0.0.0/16"), on_condition(
            "IpAddress", "aws:VpcSourceIp"
        ), id="VpcSourceIp"),
        pytest.param(only_if("Bool", "aws:ViaAWSService", "false"), BY_ENDPOINTS, id="no service in between"),
        pytest.param(only_if("Bool", "aws:ViaAWSService", "true"), NO_IMAGE, id="services in between alone"),
        pytest.param(only_if("Bool", "aws:SecureTransport", "true"), BY_ENDPOINTS, id="by HTTPS"),
        pytest.param(only_if("StringEquals", "aws:RequestedRegion", ref("AWS::Region")), BY_ENDPOINTS, id="own region"),
        pytest.param(only_if("StringEquals", "aws:RequestedRegion", "eu-west-1"), NO_IMAGE, id="another region"),
    ],
)  # fmt: skip
def test_registry(document: Mapping[str, Any], expected: str) -> None:
    tags = {"Puller.Tags": [{"Key": "Team", "Value": "web"}]}
    assert one(PULLS, {**tags, "Registry.PolicyDocument": document}, "us-east-1") == expected


@pytest.mark.parametrize(
    ("network", "changes", "expected"),
    [
        pytest.param(PULLS, {"Api.PolicyDocument": of(arn("Puller"))}, BY_ENDPOINTS, id="token"),
        pytest.param(
            PULLS,
            {"Api.PolicyDocument": of(arn("Other"))},
            refused("ecr.api", "Api", "ecr:GetAuthorizationToken"),
            id="token of another role",
        ),
        pytest.param(
            PULLS,
            {"Layers.PolicyDocument": unless("StringNotEquals", "aws:SourceVpc", ref("Vpc"))},
            BY_ENDPOINTS,
            id="layers, no other SourceVpc",
        ),
        pytest.param(
            PULLS,
            {"Layers.PolicyDocument": of(arn("Puller"))},
            refused("s3", "Layers", "s3:GetObject"),
            id="layers of the role that pulls, which does not ask for them",
        ),
        pytest.param(
            PULLS,
            {**WITH_SECRET, "Secrets": endpoint("secretsmanager", PolicyDocument=of(arn("Puller")))},
            AND_SECRETS,
            id="secret",
        ),
        pytest.param(
            PULLS,
            {**WITH_SECRET, "Secrets": endpoint("secretsmanager", PolicyDocument=of(arn("Other")))},
            refused("secretsmanager", "Secrets", "secretsmanager:GetSecretValue"),
            id="secret of another role",
        ),
        pytest.param(
            PULLS,
            {
                **WITH_SECRET,
                "Secrets": endpoint(
                    "secretsmanager", PolicyDocument=only_if("StringEquals", "aws:ResourceAccount", "123456789012")
                ),
            },
            AND_SECRETS,
            id="secret of its account",
        ),
        pytest.param(
            PULLS,
            {**WITH_LOGS, "Logs": endpoint("logs", PolicyDocument=policy({**ALLOW, "Resource": sub(f"{GROUP}:*")}))},
            AND_LOGS,
            id="logs, streams of the group",
        ),
        pytest.param(
            PULLS,
            {
                **WITH_LOGS,
                "Logs": endpoint(
                    "logs",
                    PolicyDocument=policy({**ALLOW, "Action": "logs:PutLogEvents"}, {**ALLOW, "Resource": sub(GROUP)}),
                ),
            },
            untold(
                "logs",
                "Logs",
                "logs:CreateLogStream",
                f"it does on {GROUP}, and AWS asks for {GROUP}:log-stream:${{a log stream}}",
            ),
            id="logs, the group alone",
        ),
        pytest.param(
            PROFILE, {"Registry.PolicyDocument": of(arn("Host"))}, AND_AGENT, id="role of the instances, image"
        ),
        pytest.param(PROFILE, {"Agent.PolicyDocument": of(arn("Host"))}, AND_AGENT, id="role of the instances, agent"),
        pytest.param(
            PROFILE,
            {
                "Agent.PolicyDocument": of(arn("Other")),
                "Task.ExecutionRoleArn": arn("Other"),
            },
            refused("ecs-agent", "Agent", "ecs:Poll"),
            id="execution role, agent",
        ),
    ],
)
def test_others(network: Resources, changes: Mapping[str, Any], expected: str) -> None:
    assert one(network, changes, "us-east-1") == expected


RULE = resource(
    "Events::Rule",
    Targets=[
        {
            "Id": "a",
            "Arn": {"Fn::GetAtt": ["Cluster", "Arn"]},
            "Input": f'{{"executionRoleArn": "{LITERAL}"}}',
            "EcsParameters": {
                "LaunchType": "FARGATE",
                "TaskDefinitionArn": ref("Task"),
                "NetworkConfiguration": {
                    "AwsVpcConfiguration": {"Subnets": [ref("Subnet")], "SecurityGroups": [ref("TaskGroup")]}
                },
            },
        }
    ],
)
"""Runs the tasks by another execution role than that of their definition."""


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(of(arn("Puller"), LITERAL), [BY_ENDPOINTS, BY_ENDPOINTS], id="both"),
        pytest.param(of(LITERAL), [BY_ENDPOINTS], id="that of the rule"),
        pytest.param(of("arn:aws:iam::123456789012:role/other"), [NO_IMAGE], id="neither"),
    ],
)
def test_execution_role_of_a_runner(document: Mapping[str, Any], expected: list[str]) -> None:
    changes = {"Cluster": resource("ECS::Cluster"), "Rule": RULE, "Registry.PolicyDocument": document}
    service = {} if len(expected) > 1 else {"Service": None}
    assert one(PULLS, {**changes, **service}, "us-east-1") == expected[0]
