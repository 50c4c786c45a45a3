"""Policies of roles, repositories and secrets that ask by which way a request comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ecr_ecs_constructs.pull.facts import Facts, Policy
from tests import worlds
from tests.pull.network.networks import (
    ENDPOINTS,
    INSTANCES,
    NAT,
    Resources,
    changed,
    endpoint,
    ref,
    resource,
    subnet,
    template,
)
from tests.pull.network.test_endpoint_policies import arn, role

if TYPE_CHECKING:
    from collections.abc import Mapping

ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
DENY = {"Effect": "Deny", "Action": "*", "Resource": "*"}
PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
C = "Task.ContainerDefinitions.0."


def document(*statements: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def carrying(*statements: Mapping[str, Any], service: str = "ecs-tasks") -> Mapping[str, Any]:
    """A role with one policy."""
    return role(service, Policies=[{"PolicyName": "Own", "PolicyDocument": document(*statements)}])


def on(operator: str, key: str, value: Any, effect: str = "Deny", action: Any = "*") -> Mapping[str, Any]:
    """A statement with a condition."""
    return {"Effect": effect, "Action": action, "Resource": "*", "Condition": {operator: {key: value}}}


def pulling(network: Resources) -> Resources:
    """The same with a role that pulls, and the repository."""
    repository = resource("ECR::Repository", RepositoryName="app")
    roles = {"Puller": carrying(ALL), "Repository": repository}
    return changed({**network, **roles}, {"Task.ExecutionRoleArn": arn("Puller")})


BY_NAT, BY_ENDPOINTS = pulling(NAT), pulling(ENDPOINTS)
BOTH = changed(
    {**BY_NAT, **subnet("Isolated", "10.0.8.0/24")},
    {
        **{name: ENDPOINTS[name] for name in ("EndpointGroup",)},
        "Service.NetworkConfiguration.AwsvpcConfiguration.Subnets": [ref("Subnet"), ref("IsolatedSubnet")],
    },
)
"""Tasks in a subnet with a NAT gateway, and in one that leads nowhere."""

ON_EC2 = changed(
    INSTANCES,
    {
        "Host": carrying(ALL, service="ec2"),
        "Profile": resource("IAM::InstanceProfile", Roles=[ref("Host")]),
        "Launch.LaunchTemplateData.IamInstanceProfile": {"Name": ref("Profile")},
        "Repository": resource("ECR::Repository", RepositoryName="app"),
    },
)
"""Container instances whose role pulls, in an isolated subnet with endpoints."""


def permission(network: Resources, changes: Mapping[str, Any]) -> str:
    """The link of the permission of the only container: its verdict, and why it does not hold."""
    facts = Facts([template(changed(network, changes), "us-east-1")], Policy())
    link = worlds.link(facts, facts.places[0], "permission")
    return link.verdict.value if link.verdict.value == "holds" else f"{link.verdict.value}: {link.evidence}"


def denied(statement: str, way: str, action: str = "ecr:BatchGetImage", who: str = "execution role Puller") -> str:
    return f"broken: {who} may not call {action}: denied by {statement}, where the request goes by {way}"


OF_REPOSITORY = "statement 1 of the policy of repository Repository"
OF_ROLE = "statement 2 of policy 'Own' of Puller"


def only(operator: str, key: str, value: Any) -> Mapping[str, Any]:
    """A repository that refuses pulls on a condition."""
    statement = {"Effect": "Deny", "Principal": "*", "Action": PULL, "Condition": {operator: {key: value}}}
    return {"Repository.RepositoryPolicyText": document(statement)}


@pytest.mark.parametrize(
    ("network", "changes", "expected"),
    [
        pytest.param(BY_ENDPOINTS, only("StringNotEquals", "aws:SourceVpce", ref("Registry")), "holds", id="endpoint"),
        pytest.param(
            BY_ENDPOINTS,
            only("StringNotEquals", "aws:SourceVpce", {"Fn::GetAtt": ["Registry", "Id"]}),
            "holds",
            id="endpoint by its attribute",
        ),
        pytest.param(
            BY_ENDPOINTS,
            only("StringNotEquals", "aws:SourceVpce", ref("Api")),
            denied(OF_REPOSITORY, "endpoint Registry"),
            id="endpoint of another service",
        ),
        pytest.param(
            BY_NAT,
            only("StringNotEquals", "aws:SourceVpce", "vpce-0123456789abcdef0"),
            denied(OF_REPOSITORY, "NAT gateway Nat"),
            id="some endpoint, by NAT",
        ),
        pytest.param(
            BY_NAT,
            only("StringNotEqualsIfExists", "aws:SourceVpce", "vpce-0123456789abcdef0"),
            denied(OF_REPOSITORY, "NAT gateway Nat"),
            id="some endpoint with IfExists, which is met where there is none",
        ),
        pytest.param(BY_ENDPOINTS, only("StringNotEquals", "aws:SourceVpc", ref("Vpc")), "holds", id="VPC"),
        pytest.param(
            BY_NAT,
            only("StringNotEquals", "aws:SourceVpc", ref("Vpc")),
            denied(OF_REPOSITORY, "NAT gateway Nat"),
            id="VPC, by NAT",
        ),
        pytest.param(
            BY_ENDPOINTS,
            only("NotIpAddress", "aws:SourceIp", "192.0.2.0/24"),
            denied(OF_REPOSITORY, "endpoint Registry"),
            id="public address, which no endpoint passes",
        ),
        pytest.param(BY_NAT, only("IpAddress", "aws:VpcSourceIp", "10.0.0.0/8"), "holds", id="private address, by NAT"),
        pytest.param(BY_NAT, only("Bool", "aws:ViaAWSService", "true"), "holds", id="no service in between"),
        pytest.param(
            BY_NAT,
            only("NotIpAddress", "aws:SourceIp", "192.0.2.0/24"),
            "unknown: execution role Puller, ecr:BatchGetImage: known only at deployment: condition NotIpAddress on "
            f"aws:SourceIp in {OF_REPOSITORY}, where the request goes by NAT gateway Nat",
            id="public address, by NAT",
        ),
        pytest.param(
            {**BOTH, "Registry": endpoint("ecr.dkr", SubnetIds=[ref("IsolatedSubnet")])},
            only("StringNotEquals", "aws:SourceVpce", ref("Registry")),
            "holds",
            id="endpoint beside NAT, which it goes before",
        ),
        pytest.param(
            BOTH,
            only("StringNotEquals", "aws:SourceVpc", ref("Vpc")),
            denied(OF_REPOSITORY, "NAT gateway Nat"),
            id="VPC, by NAT from one subnet and not at all from the other",
        ),
        pytest.param(
            BY_ENDPOINTS,
            {
                **only("StringNotEquals", "aws:SourceVpc", ref("Vpc")),
                "Service.NetworkConfiguration.AwsvpcConfiguration.Subnets": ["subnet-1"],
            },
            "unknown: execution role Puller, ecr:BatchGetImage: known only at deployment: condition StringNotEquals on "
            f"aws:SourceVpc in {OF_REPOSITORY}, and from subnet-1: it is not in the templates",
            id="VPC, from a subnet elsewhere",
        ),
    ],
)
def test_repository(network: Resources, changes: Mapping[str, Any], expected: str) -> None:
    assert permission(network, changes) == expected


UNTOLD = "AWS Fargate asks for the token by a network interface of its own"
GIVEN = {f"{C}Secrets": [{"Name": "A", "ValueFrom": ref("Secret")}], "Secret": resource("SecretsManager::Secret")}


@pytest.mark.parametrize(
    ("network", "changes", "expected"),
    [
        pytest.param(
            BY_ENDPOINTS,
            {
                "Puller": carrying(
                    {**ALL, "Action": "ecr:GetAuthorizationToken"},
                    on("StringEquals", "aws:SourceVpce", ref("Registry"), "Allow", "ecr:*"),
                )
            },
            "holds",
            id="all but the token by the endpoint",
        ),
        pytest.param(
            BY_ENDPOINTS,
            {"Puller": carrying(on("StringEquals", "aws:SourceVpc", ref("Vpc"), "Allow", "ecr:*"))},
            "unknown: execution role Puller, ecr:GetAuthorizationToken: known only at deployment: condition "
            f"StringEquals on aws:SourceVpc in statement 1 of policy 'Own' of Puller, and {UNTOLD}",
            id="the token too",
        ),
        pytest.param(
            BY_NAT,
            {"Puller": carrying(ALL, on("StringNotEquals", "aws:SourceVpc", ref("Vpc"), action="ecr:BatchGetImage"))},
            denied(OF_ROLE, "NAT gateway Nat"),
            id="refused by NAT",
        ),
        pytest.param(
            BY_NAT,
            {"Puller": carrying(on("Null", "aws:SourceVpce", "true", "Allow"))},
            "unknown: execution role Puller, ecr:GetAuthorizationToken: known only at deployment: condition "
            f"Null on aws:SourceVpce in statement 1 of policy 'Own' of Puller, and {UNTOLD}",
            id="by no endpoint",
        ),
        pytest.param(
            ON_EC2,
            {"Host": carrying(on("StringEquals", "aws:SourceVpc", ref("Vpc"), "Allow"), service="ec2")},
            "holds",
            id="role of the instances, the token too",
        ),
        pytest.param(
            ON_EC2,
            {"Host": carrying(on("StringEquals", "aws:SourceVpce", ref("Registry"), "Allow"), service="ec2")},
            "broken: container instance role Host may not call ecr:GetAuthorizationToken: no statement of role Host "
            "allows ecr:GetAuthorizationToken on *: it has policy 'Own' of Host, where the request goes by endpoint "
            "Api",
            id="role of the instances, the token by another endpoint",
        ),
        pytest.param(
            BY_ENDPOINTS,
            {
                **GIVEN,
                "Secrets": endpoint("secretsmanager"),
                "Puller": carrying(
                    {**ALL, "Action": "ecr:*"},
                    on("StringEquals", "aws:SourceVpce", ref("Secrets"), "Allow", "secretsmanager:*"),
                ),
            },
            "holds",
            id="secret by its endpoint",
        ),
        pytest.param(
            BY_NAT,
            {
                **GIVEN,
                "Locked": resource(
                    "SecretsManager::ResourcePolicy",
                    SecretId=ref("Secret"),
                    ResourcePolicy=document(
                        {**on("StringNotEquals", "aws:SourceVpc", ref("Vpc")), "Principal": {"AWS": "*"}}
                    ),
                ),
            },
            denied("statement 1 of policy Locked of secret Secret", "NAT gateway Nat", "secretsmanager:GetSecretValue"),
            id="secret refused by NAT",
        ),
        pytest.param(
            BY_NAT,
            {
                **GIVEN,
                "Puller": carrying(
                    {**ALL, "Action": "ecr:*"},
                    on("StringEquals", "aws:ResourceAccount", ref("AWS::AccountId"), "Allow", "secretsmanager:*"),
                ),
            },
            "holds",
            id="secret of its account",
        ),
    ],
)
def test_role(network: Resources, changes: Mapping[str, Any], expected: str) -> None:
    assert permission(network, changes) == expected
