"""What lives elsewhere and is vouched for: what becomes proven by it, and what does not."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.cloudformation.vouches import Vouch
from ecr_ecs_constructs.config.schema import KINDS
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules.judge import judge
from tests.pull.network.networks import changed, ref

if TYPE_CHECKING:
    from collections.abc import Mapping

TODAY = date(2026, 11, 29)
OWN = "123456789012"
IMAGE = f"{OWN}.dkr.ecr.eu-west-1.amazonaws.com/team/web:1.2"
OTHERS = "999988887777.dkr.ecr.eu-west-1.amazonaws.com/team/web:1.2"

SERVICE: dict[str, Any] = {
    "Task": {
        "Type": "AWS::ECS::TaskDefinition",
        "Properties": {
            "RequiresCompatibilities": ["FARGATE"],
            "NetworkMode": "awsvpc",
            "Cpu": "256",
            "Memory": "512",
            "ExecutionRoleArn": ref("Role"),
            "ContainerDefinitions": [{"Name": "web", "Image": IMAGE}],
        },
    },
    "Service": {
        "Type": "AWS::ECS::Service",
        "Properties": {
            "Cluster": ref("Cluster"),
            "LaunchType": "FARGATE",
            "TaskDefinition": ref("Task"),
            "NetworkConfiguration": {
                "AwsvpcConfiguration": {"Subnets": ref("Subnets"), "SecurityGroups": [ref("Group")]}
            },
        },
    },
}
"""A service that takes all but its task from elsewhere."""

PARAMETERS = {
    "Subnets": {"Type": "List<AWS::EC2::Subnet::Id>"},
    "Group": {"Type": "AWS::EC2::SecurityGroup::Id"},
    **{name: {"Type": "String"} for name in ("Role", "Cluster", "TaskRole", "Vpc")},
}

PROVEN: Mapping[str, Any] = {
    "repository": "team/web",
    "role": "${Role}",
    "subnet": "${Subnets}",
    "security-group": "${Group}",
}
"""What has to be vouched for."""

CLOSED = {
    "Type": "AWS::EC2::SecurityGroup",
    "Properties": {
        "GroupDescription": "g",
        "VpcId": ref("Vpc"),
        "SecurityGroupEgress": [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0"}],
    },
}
OPEN: dict[str, Any] = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "g", "VpcId": ref("Vpc")}}
GROUPS = "Service.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups"
IMAGES = "Task.ContainerDefinitions.0.Image"
SUBNETS = "Service.NetworkConfiguration.AwsvpcConfiguration.Subnets"

REPOSITORY = {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "team/web"}}
DENYING = {
    "RepositoryName": "team/web",
    "RepositoryPolicyText": {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "ecr:*"}],
    },
}
LETTING = {
    "RepositoryName": "team/web",
    "RepositoryPolicyText": {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "999988887777"}, "Action": ["ecr:BatchGetImage"]},
        ],
    },
}
ATTACHED = {
    "Type": "AWS::IAM::Policy",
    "Properties": {
        "PolicyName": "own",
        "Roles": ["Own"],
        "PolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
        },
    },
}
RULE = {
    "Type": "AWS::Events::Rule",
    "Properties": {
        "ScheduleExpression": "rate(1 hour)",
        "Targets": [
            {
                "Id": "task",
                "Arn": "arn:aws:ecs:eu-west-1:123456789012:cluster/x",
                "EcsParameters": {
                    "TaskDefinitionArn": ref("Task"),
                    "LaunchType": "FARGATE",
                    "NetworkConfiguration": {
                        "AwsVpcConfiguration": {"Subnets": ref("Subnets"), "SecurityGroups": [ref("Group")]}
                    },
                },
            }
        ],
    },
}
ON_EC2 = {
    "Task.RequiresCompatibilities": ["EC2"],
    "Task.NetworkMode": "bridge",
    "Service.LaunchType": "EC2",
    "Service.NetworkConfiguration": None,
}
CAPABLE = {"repository": "team/web", "role": "${Role}", "cluster": "${Cluster}"}
AWAY = [f"{link} unknown" for link in ("placement", "ami", "architecture", "network")]
ON_INSTANCES = {
    "Task.RequiresCompatibilities": ["EC2"],
    "Task.NetworkMode": "bridge",
    "Service.LaunchType": "EC2",
    "Service.NetworkConfiguration": None,
    "Repository": REPOSITORY,
}
"""The service on the container instances of a cluster elsewhere."""

BY_DEFAULT = {**ON_INSTANCES, "Service.LaunchType": None}
BY_INSTANCE_ROLE = {**ON_INSTANCES, "Task.ExecutionRoleArn": None}
STRATEGY = "Service.CapacityProviderStrategy"
HOST = {
    "Type": "AWS::EC2::Instance",
    "Properties": {"ImageId": ref("Vpc"), "InstanceType": "t3.small", "UserData": ref("Vpc")},
}
VOLUME = {
    "Name": "data",
    "EFSVolumeConfiguration": {"FilesystemId": "fs-12345678", "TransitEncryption": "ENABLED"},
}


NAMED = "subnet-11112222"
ALONE: dict[str, Any] = {SUBNETS: [NAMED]}
ACL = {"Type": "AWS::EC2::NetworkAcl", "Properties": {"VpcId": ref("Vpc")}}
OWN_VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
BLOCKED = {
    "Type": "AWS::EC2::VPCBlockPublicAccessOptions",
    "Properties": {"InternetGatewayBlockMode": "block-bidirectional"},
}
ALLOWED = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}


def associated(type_: str, subnet: object, of: str, with_: object) -> dict[str, Any]:
    return {"Type": f"AWS::EC2::Subnet{type_}Association", "Properties": {"SubnetId": subnet, of: with_}}


def endpoint(service: str, vpc: object = None, **more: object) -> dict[str, Any]:
    properties = {"VpcId": vpc or ref("Vpc"), "ServiceName": f"com.amazonaws.eu-west-1.{service}", **more}
    return {"Type": "AWS::EC2::VPCEndpoint", "Properties": properties}


def interface(service: str, **more: object) -> dict[str, Any]:
    return endpoint(service, VpcEndpointType="Interface", **{"PrivateDnsEnabled": True, "SubnetIds": [NAMED], **more})


def admitting(**source: object) -> dict[str, Any]:
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **source}
    return {"Type": "AWS::EC2::SecurityGroup", "Properties": {**OPEN["Properties"], "SecurityGroupIngress": [rule]}}


CLUSTER, CLUSTERS = "Service.Cluster", "arn:aws:ecs:%s:%s:cluster/x"
ROLE, ROLES = "Task.ExecutionRoleArn", f"arn:aws:iam::{OWN}:role/"
EXECUTION_ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "RoleName": "exec",
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        },
    },
}


def forbidding(role: object) -> dict[str, Any]:
    statement = {"Effect": "Deny", "Action": "ecr:*", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {**ATTACHED, "Properties": {"PolicyName": "own", "Roles": [role], "PolicyDocument": document}}


ANY_ROLE = {**PROVEN, "role": "*"}
IN_NAMED = {**PROVEN, "subnet": NAMED}


def template(changes: Mapping[str, Any]) -> Template:
    body = {"Resources": changed(SERVICE, changes), "Parameters": PARAMETERS}
    return Template("template.yaml", body, account=OWN, region="eu-west-1", stack_name="Stack")


def policy(vouches: Mapping[str, Any], until: date | None = None) -> Policy:
    each = (
        Vouch(kind, tuple(names) if isinstance(names, list) else (names,), "it is so", until, "ecr-ecs.toml", 1, kind)
        for kind, names in vouches.items()
    )
    return Policy(today=TODAY, vouches=tuple(each))


def verdicts(changes: Mapping[str, Any], vouches: Mapping[str, Any], until: date | None = None) -> list[str]:
    """Return `proven`, or the links that do not hold, each with its verdict, and what is vouched for in vain."""
    report = judge([template(changes)], policy(vouches, until))
    (container,) = report.containers
    links = [f"{link.name} {link.verdict.value}" for link in container.links if link.verdict in ("broken", "unknown")]
    idle = [f"idle {each.location}" for each in report.findings if each.rule == "unused-acknowledgement"]
    assert (container.verdict == "proven") != bool(links)
    return [*(links or ["proven"]), *idle]


def without(kind: str) -> dict[str, Any]:
    return {each: names for each, names in PROVEN.items() if each != kind}


@pytest.mark.parametrize(
    ("changes", "vouches", "expected"),
    [
        pytest.param({}, PROVEN, ["proven"], id="all"),
        pytest.param({}, {}, ["repository unknown", "permission unknown", "network unknown"], id="nothing"),
        pytest.param({}, without("repository"), ["repository unknown"], id="all but the repository"),
        pytest.param({}, without("role"), ["permission unknown"], id="all but the role"),
        pytest.param({}, without("subnet"), ["network unknown"], id="all but the subnets"),
        pytest.param({}, without("security-group"), ["network unknown"], id="all but the security group"),
        pytest.param({}, {**PROVEN, "repository": f"{IMAGE[:-4]}"}, ["proven"], id="repository with its registry"),
        pytest.param({}, {**PROVEN, "repository": "team/*"}, ["proven"], id="pattern"),
        pytest.param({}, {**PROVEN, "repository": ["x", "team/web"]}, ["proven"], id="several names"),
        pytest.param(
            {}, {**PROVEN, "repository": "team/we"}, ["repository unknown", "idle repository"], id="another name"
        ),
        pytest.param(
            {}, {**PROVEN, "repository": "team.web"}, ["repository unknown", "idle repository"], id="no expression"
        ),
        pytest.param({}, {**PROVEN, "cluster": "x"}, ["proven", "idle cluster"], id="one too many"),
        pytest.param({IMAGES: "nginx"}, PROVEN, ["image broken", "idle"], id="another image"),
        pytest.param({IMAGES: OTHERS}, PROVEN, ["proven"], id="repository of another account"),
        pytest.param(
            {IMAGES: OTHERS},
            without("repository"),
            ["repository unknown", "permission unknown"],
            id="repository of another account that is not vouched for",
        ),
        pytest.param(
            {"Repository": REPOSITORY}, PROVEN, ["proven", "idle repository"], id="repository of the template"
        ),
        pytest.param(
            {"Repository": {**REPOSITORY, "Properties": DENYING}},
            without("repository"),
            ["permission broken"],
            id="policy that denies what the role may do",
        ),
        pytest.param({"Own": OPEN, GROUPS: [ref("Own")]}, without("security-group"), ["proven"], id="open group"),
        pytest.param(
            {"Own": CLOSED, GROUPS: [ref("Own")]},
            without("security-group"),
            ["network unknown"],
            id="group of the template that lets nothing out",
        ),
        pytest.param(
            {"Own": CLOSED, GROUPS: [ref("Own"), ref("Group")]}, PROVEN, ["proven"], id="one of two groups is open"
        ),
        pytest.param({"Task.TaskRoleArn": ref("TaskRole")}, PROVEN, ["permission unknown"], id="another role"),
        pytest.param(
            {"Task.TaskRoleArn": ref("TaskRole")}, {**PROVEN, "role": "*"}, ["proven"], id="all roles that there are"
        ),
        pytest.param(ON_EC2, PROVEN, [*AWAY, "idle subnet", "idle security-group"], id="on EC2, elsewhere"),
        pytest.param(ON_EC2, CAPABLE, ["proven"], id="on instances of a cluster that is vouched for"),
        pytest.param(
            {**ON_EC2, "Task.ExecutionRoleArn": None},
            {"repository": "team/web", "cluster": "${Cluster}"},
            ["proven"],
            id="by the role of instances of a cluster that is vouched for",
        ),
        pytest.param(
            {**ON_EC2, "Service.LaunchType": None},
            CAPABLE,
            ["proven"],
            id="by what a cluster that is vouched for has by default",
        ),
        pytest.param(
            {"Service.LaunchType": None}, {**PROVEN, "cluster": "${Cluster}"}, ["proven"], id="for Fargate, by default"
        ),
        pytest.param(
            {
                "Service.LaunchType": None,
                "Service.CapacityProviderStrategy": [{"CapacityProvider": "FARGATE", "Weight": 1}],
            },
            {**PROVEN, "cluster": "${Cluster}"},
            ["proven"],
            id="Fargate is associated with a cluster that is vouched for",
        ),
        pytest.param(
            {
                "Service.LaunchType": None,
                "Service.CapacityProviderStrategy": [{"CapacityProvider": "FARGATE", "Weight": 0}],
            },
            {**PROVEN, "cluster": "${Cluster}"},
            ["placement unknown"],
            id="Fargate without a weight",
        ),
        pytest.param(
            {**ON_EC2, "Service.Cluster": "other"},
            CAPABLE,
            [*AWAY, "idle cluster"],
            id="on instances of another cluster",
        ),
        pytest.param(
            {**ON_EC2, "Service.Cluster": None},
            {**CAPABLE, "cluster": "default"},
            ["proven"],
            id="on instances of the default cluster",
        ),
        pytest.param({"Rule": RULE}, {**PROVEN, "role": "*"}, ["permission broken"], id="a rule without a role"),
        pytest.param({"Policy": ATTACHED}, PROVEN, ["placement unknown"], id="policy of another role"),
        pytest.param(
            {"Policy": ATTACHED}, {**PROVEN, "role": ["${Role}", "Own"]}, ["proven"], id="policy of a role by name"
        ),
        pytest.param(
            {"Task.Volumes": [VOLUME]},
            PROVEN,
            ["permission unknown", "network unknown"],
            id="file system elsewhere, for which nobody vouches",
        ),
        pytest.param(
            {**ALONE, "Acl": ACL, "Given": associated("NetworkAcl", NAMED, "NetworkAclId", ref("Acl"))},
            IN_NAMED,
            ["network unknown"],
            id="network ACL of the template for a subnet elsewhere",
        ),
        pytest.param(
            {**ALONE, "Acl": ACL, "Given": associated("NetworkAcl", "subnet-33334444", "NetworkAclId", ref("Acl"))},
            IN_NAMED,
            ["proven"],
            id="network ACL for another subnet elsewhere",
        ),
        pytest.param(
            {**ALONE, "Given": associated("RouteTable", NAMED, "RouteTableId", "rtb-11112222")},
            IN_NAMED,
            ["network unknown"],
            id="route table for a subnet elsewhere",
        ),
        pytest.param({**ALONE, "Block": BLOCKED}, IN_NAMED, ["network unknown"], id="block of public access"),
        pytest.param(
            {**ALONE, GROUPS: []},
            IN_NAMED,
            ["network unknown", "idle security-group"],
            id="default security group of a VPC elsewhere",
        ),
        pytest.param(
            {
                **ALONE,
                "Own": {**OPEN, "Properties": {**OPEN["Properties"], "VpcId": ref("OwnVpc")}},
                "OwnVpc": OWN_VPC,
                GROUPS: [ref("Own")],
            },
            IN_NAMED,
            ["network unknown", "idle security-group"],
            id="security group of a VPC of the template",
        ),
        pytest.param(
            {**ALONE, "S3": endpoint("s3", PolicyDocument=ALLOWED)},
            IN_NAMED,
            ["network unknown"],
            id="gateway endpoint elsewhere with a policy",
        ),
        pytest.param(
            {**ALONE, "S3": endpoint("s3")}, IN_NAMED, ["proven"], id="gateway endpoint elsewhere without a policy"
        ),
        pytest.param(
            {**ALONE, "Dynamo": endpoint("dynamodb", PolicyDocument=ALLOWED)},
            IN_NAMED,
            ["proven"],
            id="endpoint of a service that the task does not need",
        ),
        pytest.param(
            {**ALONE, "Api": interface("ecr.api", SecurityGroupIds=[ref("Closed")]), "Closed": CLOSED},
            IN_NAMED,
            ["network unknown"],
            id="interface endpoint elsewhere that lets nothing in",
        ),
        pytest.param(
            {**ALONE, "Api": interface("ecr.api")},
            IN_NAMED,
            ["network unknown"],
            id="interface endpoint in the default group of a VPC elsewhere",
        ),
        pytest.param(
            {**ALONE, "Api": interface("ecr.api", SecurityGroupIds=[ref("In")]), "In": admitting(CidrIp="0.0.0.0/0")},
            IN_NAMED,
            ["proven"],
            id="interface endpoint elsewhere that lets all in",
        ),
        pytest.param(
            {
                **ALONE,
                "Api": interface("ecr.api", SecurityGroupIds=[ref("In")]),
                "In": admitting(SourceSecurityGroupId=ref("Group")),
            },
            IN_NAMED,
            ["proven"],
            id="interface endpoint elsewhere that lets the tasks in",
        ),
        pytest.param(
            {**ALONE, "Api": interface("ecr.api", PrivateDnsEnabled=False)},
            IN_NAMED,
            ["proven"],
            id="interface endpoint elsewhere without private names",
        ),
        pytest.param(
            {**ALONE, "S3": endpoint("s3", ref("OwnVpc"), PolicyDocument=ALLOWED), "OwnVpc": OWN_VPC},
            IN_NAMED,
            ["proven"],
            id="endpoint of a VPC of the template",
        ),
        pytest.param({CLUSTER: CLUSTERS % ("eu-west-1", OWN)}, PROVEN, ["proven"], id="cluster by its ARN"),
        pytest.param(
            {CLUSTER: CLUSTERS % ("us-east-1", OWN)}, PROVEN, ["placement broken"], id="cluster of another region"
        ),
        pytest.param(
            {CLUSTER: CLUSTERS % ("eu-west-1", "9" * 12)}, PROVEN, ["placement broken"], id="cluster of another account"
        ),
        pytest.param({ROLE: ROLES + "exec"}, ANY_ROLE, ["proven"], id="role by its ARN"),
        pytest.param({ROLE: "exec"}, ANY_ROLE, ["proven"], id="role by its name"),
        pytest.param(
            {ROLE: ROLES.replace(OWN, "9" * 12) + "exec"}, ANY_ROLE, ["placement broken"], id="role of another account"
        ),
        pytest.param(
            {ROLE: ROLES.replace("aws", "aws-cn") + "exec"},
            ANY_ROLE,
            ["placement broken"],
            id="role of another partition",
        ),
        pytest.param(
            {ROLE: ROLES.replace("role", "user") + "exec"}, ANY_ROLE, ["placement broken"], id="a user is no role"
        ),
        pytest.param({ROLE: "a role"}, ANY_ROLE, ["placement broken"], id="no name of a role"),
        pytest.param(
            {ROLE: ROLES + "path/exec", "Own": EXECUTION_ROLE},
            ANY_ROLE,
            ["permission unknown", "idle role"],
            id="role of the template by another path",
        ),
        pytest.param(
            {ROLE: ROLES + "exec", "Policy": forbidding("exec")},
            ANY_ROLE,
            ["permission broken"],
            id="policy of the template that denies",
        ),
        pytest.param(
            {ROLE: ROLES + "exec", "Policy": forbidding("other")},
            ANY_ROLE,
            ["proven"],
            id="policy that denies another role",
        ),
        pytest.param(
            {ROLE: ROLES + "exec", "Policy": forbidding(ref("TaskRole"))},
            ANY_ROLE,
            ["permission unknown"],
            id="policy that may deny",
        ),
        pytest.param(
            {"Policy": forbidding(ref("Role"))},
            ANY_ROLE,
            ["permission broken"],
            id="policy of the role by its parameter that denies",
        ),
        pytest.param(
            {ROLE: {"Fn::Sub": ROLES + "${Role}"}, "Policy": forbidding(ref("Role"))},
            ANY_ROLE,
            ["permission broken"],
            id="policy of the role in an ARN by its parameter that denies",
        ),
    ],
)
def test_vouched_for(changes: Mapping[str, Any], vouches: Mapping[str, Any], expected: list[str]) -> None:
    found = verdicts(changes, vouches)
    if expected[-1] == "idle":  # which ones is another test's matter
        expected, found = expected[:-1], found[: len(expected) - 1]
    assert found == expected


def with_cluster(cluster: str | None) -> dict[str, Any]:
    return {**without("repository"), **({"cluster": cluster} if cluster else {})}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "ami"])  # whose tests are in test_vouched_images
def test_each_kind_proves(kind: str) -> None:
    changes, vouches = {"Service.Cluster": "web"}, {**PROVEN, "cluster": "web"}
    assert verdicts(changes, vouches) == ["proven"]
    del vouches[kind]
    assert verdicts(changes, vouches) != ["proven"]


EXTERNAL = {**ON_INSTANCES, "Task.RequiresCompatibilities": ["EXTERNAL"], "Service.LaunchType": "EXTERNAL"}
"""The service on instances of ECS Anywhere, which no template has."""
OWN_CLUSTER = {"Service.Cluster": ref("Own"), "Own": {"Type": "AWS::ECS::Cluster"}}
ANYWHERE = [f"{link} unknown" for link in ("placement", "architecture", "network")]
OPEN_LINKS = ["placement unknown", "ami unknown", "architecture unknown", "network unknown"]


@pytest.mark.parametrize(
    ("changes", "cluster", "expected"),
    [
        pytest.param(ON_INSTANCES, None, OPEN_LINKS, id="nobody vouches"),
        pytest.param(ON_INSTANCES, "${Cluster}", ["proven"], id="launch type"),
        pytest.param(ON_INSTANCES, "web", [*OPEN_LINKS, "idle cluster"], id="another cluster"),
        pytest.param({**ON_INSTANCES, "Service.Cluster": "web"}, "web", ["proven"], id="by its name"),
        pytest.param(BY_DEFAULT, None, OPEN_LINKS, id="by default and nobody vouches"),
        pytest.param(BY_DEFAULT, "${Cluster}", ["proven"], id="by default"),
        pytest.param(
            {**BY_DEFAULT, "Service.LaunchType": ref("Vpc")},
            "${Cluster}",
            [*OPEN_LINKS, "idle cluster"],
            id="a launch type that is not known",
        ),
        pytest.param(
            {**BY_DEFAULT, STRATEGY: [{"CapacityProvider": "theirs", "Weight": 1}]},
            "${Cluster}",
            ["proven"],
            id="by a provider of the cluster",
        ),
        pytest.param(
            {**BY_DEFAULT, STRATEGY: [{"CapacityProvider": ref("Vpc"), "Weight": 1}]},
            "${Cluster}",
            OPEN_LINKS,
            id="by a provider that may be one of Fargate",
        ),
        pytest.param(
            BY_INSTANCE_ROLE, None, ["permission unknown", *OPEN_LINKS], id="by an instance role and nobody vouches"
        ),
        pytest.param(BY_INSTANCE_ROLE, "${Cluster}", ["proven"], id="by an instance role"),
        pytest.param(
            {**BY_INSTANCE_ROLE, "Repository": {**REPOSITORY, "Properties": DENYING}},
            "${Cluster}",
            ["permission unknown"],
            id="policy that may shut out an instance role",
        ),
        pytest.param(
            {**BY_INSTANCE_ROLE, "Repository": {**REPOSITORY, "Properties": LETTING}},
            "${Cluster}",
            ["proven"],
            id="policy that shuts nobody out",
        ),
        pytest.param(
            {**ON_INSTANCES, "Task.Volumes": [VOLUME]},
            "${Cluster}",
            ["permission unknown", "network unknown"],
            id="file system, for which nobody vouches",
        ),
        pytest.param(
            {**ON_INSTANCES, "Host": HOST},
            "${Cluster}",
            ["placement unknown"],
            id="instances of the template that may join",
        ),
        pytest.param(
            {"Service.Cluster": "web", "Repository": REPOSITORY},
            None,
            ["placement unknown"],
            id="on Fargate and nobody vouches",
        ),
        pytest.param(EXTERNAL, None, ANYWHERE, id="on external instances and nobody vouches"),
        pytest.param(EXTERNAL, "${Cluster}", ["proven"], id="on external instances"),
        pytest.param(EXTERNAL, "web", [*ANYWHERE, "idle cluster"], id="on external instances of another cluster"),
        pytest.param({**EXTERNAL, **OWN_CLUSTER}, None, ANYWHERE, id="on external instances of the template's cluster"),
        pytest.param(
            {**EXTERNAL, **OWN_CLUSTER}, "${Own}", ["proven"], id="on external instances of a cluster of the template"
        ),
        pytest.param(
            {**EXTERNAL, **OWN_CLUSTER, "Service.LaunchType": "EC2"},
            "${Own}",
            ["placement unknown", "ami unknown", "architecture unknown", "network unknown", "idle cluster"],
            id="on instances of a cluster of the template",
        ),
        pytest.param(
            {**EXTERNAL, "Task.NetworkMode": "awsvpc"}, "${Cluster}", ["placement broken"], id="external, awsvpc"
        ),
        pytest.param(
            {**EXTERNAL, "Task.ExecutionRoleArn": None},
            "${Cluster}",
            ["permission broken"],
            id="on external instances without an execution role",
        ),
        pytest.param(
            {**EXTERNAL, "Repository": {**REPOSITORY, "Properties": DENYING}},
            "${Cluster}",
            ["permission broken"],
            id="on external instances, and the repository lets nobody pull",
        ),
        pytest.param({"Service.Cluster": "web", "Repository": REPOSITORY}, "web", ["proven"], id="on Fargate"),
        pytest.param(
            {
                "Service.LaunchType": None,
                STRATEGY: [{"CapacityProvider": "FARGATE", "Weight": 1}],
                "Repository": REPOSITORY,
            },
            None,
            ["placement unknown"],
            id="by the provider of Fargate and nobody vouches",
        ),
        pytest.param(
            {
                "Service.LaunchType": None,
                STRATEGY: [{"CapacityProvider": "FARGATE", "Weight": 1}],
                "Repository": REPOSITORY,
            },
            "${Cluster}",
            ["proven"],
            id="by the provider of Fargate",
        ),
    ],
)
def test_cluster(changes: Mapping[str, Any], cluster: str | None, expected: list[str]) -> None:
    found = verdicts(changes, with_cluster(cluster))
    assert [each for each in found if each not in ("idle role", "idle subnet", "idle security-group")] == expected


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        pytest.param(TODAY, ["proven"], id="on its last day"),
        pytest.param(
            date(2026, 11, 28),
            [
                *("repository unknown", "permission unknown", "network unknown"),
                *("idle repository", "idle role", "idle subnet", "idle security-group"),
            ],
            id="the day after",
        ),
    ],
)
def test_until(until: date, expected: list[str]) -> None:
    assert verdicts({}, PROVEN, until) == expected


def test_evidence_quotes_the_reason() -> None:
    vouch = Vouch("repository", ("team/web",), "made by the platform team", date(2027, 3, 31), "f", 1, "vouch[0]")
    (container,) = judge([template({})], Policy(today=TODAY, vouches=[vouch])).containers
    (link,) = [each for each in container.links if each.name == "repository"]
    assert link.evidence == "repository team/web, vouched for until 2027-03-31: made by the platform team"
