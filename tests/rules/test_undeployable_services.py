# ruff: noqa: E501 - in a table, a case is a line
"""Tasks of stacks with resources that AWS IAM, Lambda, ECR or Secrets Manager does not make, beside some that it makes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.pull.network.networks import OWN, ref, resource
from tests.rules.test_undeployable import (
    NO_VALUE,
    ON_FARGATE,
    case,
    either,
    faulty,
    refused,
    said,
    sub,
    unmade,
    unsure,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.pull.network.networks import Resources

AWS = "arn:aws:iam::aws:policy"
LOGGING = f"{AWS}/service-role/AWSLambdaBasicExecutionRole"
GROUP_ID = {"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]}
REVOKE = ("ec2:RevokeSecurityGroupIngress", "ec2:RevokeSecurityGroupEgress")
OWN_GROUP = sub("arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:security-group/${Vpc.DefaultSecurityGroup}")


def trust(service: str = "lambda.amazonaws.com") -> dict[str, Any]:
    return {"Statement": {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}}


def role(**properties: Any) -> dict[str, Any]:
    return resource("IAM::Role", **{"AssumeRolePolicyDocument": trust(), **properties})


def attached(*arns: Any) -> dict[str, Any]:
    return {"Role": role(ManagedPolicyArns=[*arns])}


def asks(arn: str, why: str) -> tuple[str, str]:
    return "Role.Properties.ManagedPolicyArns", f"Role asks for managed policy {arn}, which {why}"


def policy(**attached_to: Any) -> dict[str, Any]:
    document = {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
    return {
        "Role": role(RoleName="named"),
        "Policy": resource("IAM::Policy", PolicyName="a", PolicyDocument=document, **attached_to),
    }


ATTACHED = [
    case(ON_FARGATE, attached(LOGGING, sub("arn:${AWS::Partition}:iam::aws:policy/ReadOnlyAccess"), ref("Free")), id="managed policies"),
    case(ON_FARGATE, attached(sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/own"), "arn:aws:iam::111122223333:policy/a/b"), id="managed policies of accounts"),
    case(ON_FARGATE, attached(f"{AWS}/NoSuchPolicy"), unsure(*asks(f"{AWS}/NoSuchPolicy", "is none of those of 2026-09-30")), id="managed policy that may not be there"),
    case(ON_FARGATE, attached("arn:awsome:iam::aws:policy/a"), unmade(*asks("arn:awsome:iam::aws:policy/a", "has no partition")), id="managed policy of a partition that there is not"),
    case(ON_FARGATE, attached(sub("arn:${AWS::StackName}:iam::aws:policy/a")), unsure(*asks("arn:${AWS::StackName}:iam::aws:policy/a", "has no partition")), id="managed policy of a partition that may not be there"),
    case(ON_FARGATE, attached("arn:aws:iam::aws:role/a"), unmade(*asks("arn:aws:iam::aws:role/a", "is no ARN of a policy")), id="role for a managed policy"),
    case(ON_FARGATE, attached("ReadOnlyAccess"), faulty("Role.Properties.ManagedPolicyArns[0]", "ManagedPolicyArns[0] of Role is 'ReadOnlyAccess', and not the ARN of an AWS::IAM::ManagedPolicy"), id="name for a managed policy"),
    case(ON_FARGATE, {"Role": role(PermissionsBoundary="boundary")}, unmade("Role.Properties.PermissionsBoundary", "Role asks for managed policy boundary, which must be an ARN or *"), id="name for a permissions boundary"),
    case(ON_FARGATE, policy(Roles=["named", ref("Free")]), id="policy of a role by its name"),
    case(ON_FARGATE, {"Managed": resource("IAM::ManagedPolicy", PolicyDocument={"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}})}, unsure("Managed.Properties.PolicyDocument", "PolicyDocument of Managed has no Version"), id="managed policy without a version"),
    case(ON_FARGATE, policy(Roles=["elsewhere"]), unsure("Policy.Properties.Roles", "Policy names role 'elsewhere', which is not in the templates"), id="policy of a role that may not be there"),
    case(ON_FARGATE, {"Profile": resource("IAM::InstanceProfile", Roles=[ref("One")]), "One": role(), "Other": role()}, id="instance profile of a role"),
    case(ON_FARGATE, {"Profile": resource("IAM::InstanceProfile", Roles=[either("Prod", ref("One")), either("Prod", NO_VALUE, ref("Other"))]), "One": role(), "Other": role()}, id="instance profile of either role"),
    case(ON_FARGATE, {"Profile": resource("IAM::InstanceProfile", Roles=[ref("One"), ref("Other")]), "One": role(), "Other": role()}, unsure("Profile.Properties.Roles", "Roles of Profile has 2 elements, and may have 1"), id="instance profile of two roles"),
    case(ON_FARGATE, {"Role": role(RoleName=sub("${AWS::StackName}-" + 62 * "a"))}, id="role with a long name"),
    case(ON_FARGATE, {"Role": role(RoleName=sub("${AWS::StackName}-" + 64 * "a"))}, unsure("Role.Properties.RoleName", "RoleName of Role has at least 65 characters, and may have 64"), id="role with a name that is too long"),
    case(ON_FARGATE, {"Role": role(RoleName={"Fn::Join": ["-", [31 * "a", either("Prod", "a"), 32 * "a"]]})}, id="role with a joined name"),
    case(ON_FARGATE, {"Role": role(RoleName=sub("{{resolve:ssm:/" + 64 * "a" + "}}"))}, id="role with a name in Systems Manager"),
    case(ON_FARGATE, {"Role": role(RoleName={"Fn::Join": ["-", [40 * "a", ref("Free"), 24 * "a"]]})}, unsure("Role.Properties.RoleName", "RoleName of Role has at least 66 characters, and may have 64"), id="role with a joined name that is too long"),
    case(ON_FARGATE, {"Profile": resource("IAM::InstanceProfile", Roles=["elsewhere"])}, unsure("Profile.Properties.Roles", "Profile names role 'elsewhere', which is not in the templates"), id="instance profile of a role that may not be there"),
    case(ON_FARGATE, attached(either("Prod", "arn:aws:iam::aws:role/a")), unmade(*asks("arn:aws:iam::aws:role/a", "is no ARN of a policy")), id="role for a managed policy under a condition"),
    case(ON_FARGATE, {**attached(LOGGING), "Other": role(ManagedPolicyArns=["arn:aws-cn:iam::aws:policy/ReadOnlyAccess"])}, unmade("Role.Properties.ManagedPolicyArns", "template asks for managed policies of partitions aws and aws-cn"), id="managed policies of two partitions"),
    case(ON_FARGATE, attached(either("Prod", LOGGING, "arn:aws-cn:iam::aws:policy/ReadOnlyAccess")), id="managed policies of two partitions under conditions"),
]  # fmt: skip


def sized(number: int, **more: Any) -> dict[str, Any]:
    """A policy with a number of resources."""
    names = [f"arn:aws:s3:::bucket-{index:06d}/*/*" for index in range(number)]
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": names}]}
    return {"PolicyName": "a", "PolicyDocument": document, **more}


def characters(number: int) -> int:
    return len(json.dumps(sized(number)["PolicyDocument"], separators=(",", ":")))


def managed(number: int) -> dict[str, Any]:
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
    each = resource("IAM::ManagedPolicy", PolicyDocument=document, Roles=[ref("Role")])
    return {"Role": role(), **{f"Managed{index}": each for index in range(number)}}


def own_managed(number: int) -> dict[str, Any]:
    return {"Managed": resource("IAM::ManagedPolicy", PolicyDocument=sized(number)["PolicyDocument"])}


QUOTAS = [
    case(ON_FARGATE, {"Role": role(Policies=[sized(150), sized(150, PolicyName="b")])}, id="inline policies"),
    case(ON_FARGATE, {"Role": role(Policies=[sized(200), sized(200, PolicyName="b")])}, unmade("Role.Properties.Policies", f"the inline policies of Role have {2 * characters(200)} characters, and may have 10240"), id="inline policies that are too long together"),
    case(ON_FARGATE, {"Role": role(Policies=[sized(200)]), "Policy": resource("IAM::Policy", **sized(200), Roles=[ref("Role")])}, unmade("Role.Properties.Policies", f"the inline policies of Role have {2 * characters(200)} characters, and may have 10240"), id="policies of a role that are too long together"),
    case(ON_FARGATE, {"Role": role(Policies=[either("Prod", sized(200)), either("Prod", NO_VALUE, sized(200, PolicyName="b"))])}, id="policies of a role that are too long together under no condition"),
    case(ON_FARGATE, own_managed(150), id="long managed policy"),
    case(ON_FARGATE, own_managed(250), unmade("Managed.Properties.PolicyDocument", f"Managed has {characters(250)} characters, and a managed policy may have 6144"), id="managed policy that is too long"),
    case(ON_FARGATE, managed(10), id="ten managed policies"),
    case(ON_FARGATE, managed(11), unsure("Role.Properties.ManagedPolicyArns", "Role has 11 managed policies, and AWS IAM attaches 10 by default"), id="eleven managed policies"),
]  # fmt: skip


def function(role_: Any = None, **more: Any) -> dict[str, Any]:
    own = {"Fn::GetAtt": ["Role", "Arn"]} if role_ is None else role_
    return {
        "Function": resource("Lambda::Function", Code={"ZipFile": "a"}, Handler="a.b", Runtime="nodejs24.x", Role=own),
        **more,
    }


def custom(*actions: str, arn: Any = OWN_GROUP, **more: Any) -> dict[str, Any]:
    document = {"Statement": {"Effect": "Allow", "Action": [*actions], "Resource": arn}}
    token = {"Fn::GetAtt": ["Function", "Arn"]}
    made = {
        "Type": "Custom::VpcRestrictDefaultSG",
        "Properties": {"ServiceToken": token, "DefaultSecurityGroupId": GROUP_ID, "Account": ref("AWS::AccountId")},
    }
    return function(Role=role(Policies=[{"PolicyName": "a", "PolicyDocument": document}], **more), Custom=made)


LACKS = "role Role lacks ec2:RevokeSecurityGroupEgress, which Custom asks of it"
FUNCTIONS = [
    case(ON_FARGATE, function(Role=role()), id="function"),
    case(ON_FARGATE, function("arn:aws:iam::111122223333:role/a"), id="function with a role of elsewhere"),
    case(ON_FARGATE, function(Role=role(AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))), unmade("Function.Properties.Role", "lambda.amazonaws.com may not assume role Role of Function: no statement of its trust policy lets lambda.amazonaws.com assume it"), id="function with a role of others"),
    case(ON_FARGATE, function(Role=role(AssumeRolePolicyDocument=ref("Free"))), unsure("Function.Properties.Role", "whether lambda.amazonaws.com may assume role Role is not known: known only at deployment: the document of its trust policy"), id="function with a role whose trust is known only at deployment"),
    case(ON_FARGATE, custom(*REVOKE), id="custom resource"),
    case(ON_FARGATE, {**custom(*REVOKE), "Function.Timeout": 60, "Function.PackageType": "Zip"}, id="custom resource of a function with a timeout"),
    *(case(ON_FARGATE, {**custom(*REVOKE), f"Function.{key}": value}, unsure(f"Function.Properties.{key}", f"{key} of Function, which makes Custom, can keep tasks from starting, and is not judged"), id=f"custom resource of a function with {key}") for key, value in (("ReservedConcurrentExecutions", 0), ("KmsKeyArn", "arn:aws:kms:us-east-1:111122223333:key/a"))),
    case(ON_FARGATE, custom("ec2:*", arn="*"), id="custom resource that may do all"),
    case(ON_FARGATE, custom(*REVOKE, ManagedPolicyArns=[LOGGING]), id="custom resource with a managed policy"),
    case(ON_FARGATE, custom(*REVOKE, arn=sub("arn:aws:ec2:eu-west-1:${AWS::AccountId}:security-group/${Vpc.DefaultSecurityGroup}")), id="custom resource in a region that its policy writes"),
    case(ON_FARGATE, custom(REVOKE[0]), unmade("Custom.Properties", f"{LACKS}: no statement of role Role allows ec2:RevokeSecurityGroupEgress on arn:${{AWS::Partition}}:ec2:${{AWS::Region}}:${{AWS::AccountId}}:security-group/${{Vpc.DefaultSecurityGroup}}: it has policy 'a' of Role"), id="custom resource that may not do its work"),
]  # fmt: skip

RULE = {
    "rulePriority": 1,
    "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 5},
    "action": {"type": "expire"},
}
AT_TEXT, AT_KEY = "LifecyclePolicy.LifecyclePolicyText", "EncryptionConfiguration.KmsKey"


def expiring(text: Any) -> dict[str, Any]:
    return {"Other": resource("ECR::Repository", LifecyclePolicy={"LifecyclePolicyText": text})}


def encrypted(type_: Any, key: Any) -> dict[str, Any]:
    return {"Other": resource("ECR::Repository", EncryptionConfiguration={"EncryptionType": type_, "KmsKey": key})}


def cache(**changes: Any) -> dict[str, Any]:
    properties = {"EcrRepositoryPrefix": "public", "UpstreamRegistryUrl": "public.ecr.aws", **changes}
    return {"Rule": resource("ECR::PullThroughCacheRule", **{k: v for k, v in properties.items() if v is not None})}


def creation(**more: Any) -> dict[str, Any]:
    return {
        "Creation": resource(
            "ECR::RepositoryCreationTemplate", **{"Prefix": "a", "AppliedFor": ["REPLICATION"], **more}
        )
    }


def generated(template: Any) -> dict[str, Any]:
    return {
        "Secret": resource(
            "SecretsManager::Secret", GenerateSecretString={"SecretStringTemplate": template, "GenerateStringKey": "a"}
        )
    }


CREDENTIALS = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/own-AbCdEf"


def scans(type_: str) -> dict[str, Any]:
    return resource("ECR::RegistryScanningConfiguration", ScanType=type_, Rules=[])


TAGS = [{"Key": "team", "Value": "web"}]
AT_RULE, BY_KEY = "Rule.Properties", {"EncryptionConfiguration": {"EncryptionType": "KMS"}}
CONTENTS = [
    case(ON_FARGATE, expiring(json.dumps({"rules": [RULE, {**RULE, "rulePriority": 2, "description": "a"}]})), id="lifecycle policy"),
    case(ON_FARGATE, expiring(sub('{"rules": [${Free}]}')), id="lifecycle policy that is known only at deployment"),
    case(ON_FARGATE, expiring('{"rules": []}x'), faulty(f"Other.Properties.{AT_TEXT}", f"{AT_TEXT} of Other is no lifecycle policy"), id="lifecycle policy that is no JSON"),
    case(ON_FARGATE, expiring('{"rules": [{"rulePriority": 1}]}'), unsure(f"Other.Properties.{AT_TEXT}", f"{AT_TEXT} of Other is a lifecycle policy with elements that are not known"), id="rule of a lifecycle policy without an action"),
    case(ON_FARGATE, encrypted("KMS", "alias/a"), id="key by its alias"),
    case(ON_FARGATE, encrypted("KMS", ref("Free")), id="key that is known only at deployment"),
    case(ON_FARGATE, encrypted("AES256", "alias/a"), unsure(f"Other.Properties.{AT_KEY}", f"{AT_KEY} of Other stands beside encryption type AES256"), id="key where none is used"),
    case(ON_FARGATE, encrypted(either("Prod", "AES256", "KMS"), either("Prod", ref("AWS::NoValue"), "alias/a")), id="key where one is used"),
    *(case(ON_FARGATE, cache(UpstreamRegistryUrl=url), id=f"cache of {url}") for url in ("public.ecr.aws", "111122223333.dkr.ecr.eu-west-1.amazonaws.com")),
    *(case(ON_FARGATE, cache(UpstreamRegistryUrl=url, CredentialArn=CREDENTIALS), id=f"cache of {url}") for url in ("ghcr.io", "a.azurecr.io")),
    *(case(ON_FARGATE, cache(UpstreamRegistryUrl=url), refused(f"{AT_RULE}.UpstreamRegistryUrl", f"Rule has no CredentialArn, which Amazon ECR asks for with {url}"), id=f"cache of {url} without credentials") for url in ("ghcr.io", "a.azurecr.io")),
    case(ON_FARGATE, cache(CredentialArn=ref("Free")), id="cache with credentials that are known only at deployment"),
    case(ON_FARGATE, cache(UpstreamRegistry="k8s"), refused(f"{AT_RULE}.UpstreamRegistry", "Rule has UpstreamRegistry k8s, and public.ecr.aws is ecr-public"), id="cache of two registries"),
    case(ON_FARGATE, cache(UpstreamRegistryUrl="docker.io"), unsure(f"{AT_RULE}.UpstreamRegistryUrl", "UpstreamRegistryUrl of Rule is 'docker.io', which is no registry that is known upstream"), id="cache of another registry"),
    *(case(ON_FARGATE, cache(**{name: None}), faulty(AT_RULE, f"Rule has no {name}"), id=f"cache rule without {name}") for name in ("EcrRepositoryPrefix", "UpstreamRegistryUrl")),
    case(ON_FARGATE, creation(), id="creation template"),
    case(ON_FARGATE, creation(**BY_KEY, CustomRoleArn=ref("Free")), id="creation template with a key and a role"),
    case(ON_FARGATE, creation(**BY_KEY), unsure("Creation.Properties.EncryptionConfiguration.EncryptionType", "EncryptionConfiguration.EncryptionType of Creation is KMS, for which there must be a CustomRoleArn"), id="creation template with a key and without a role"),
    case(ON_FARGATE, creation(ResourceTags=TAGS, CustomRoleArn=ref("Free")), id="creation template with tags and a role"),
    case(ON_FARGATE, creation(ResourceTags=TAGS), unsure("Creation.Properties.ResourceTags", "ResourceTags of Creation stands there without a CustomRoleArn"), id="creation template with tags and without a role"),
    case(ON_FARGATE, creation(AppliedFor=[either("Prod", "REPLICATION")]), unsure("Creation.Properties.AppliedFor", "AppliedFor of Creation is empty"), id="creation template for nothing"),
    case(ON_FARGATE, {"One": scans("BASIC"), "Other": scans("ENHANCED")}, unsure("Other.Properties", "Other and One are both of one registry, which takes one"), id="two configurations of a registry"),
    case(ON_FARGATE, {"One": scans("BASIC"), "Other": {**scans("ENHANCED"), "Condition": "Prod"}}, unsure("Other.Properties", "Other and One are both of one registry, which takes one"), id="two configurations of a registry, one of them under a condition"),
    case(ON_FARGATE, {"One": {**scans("BASIC"), "Condition": "Prod"}, "Other": {**scans("ENHANCED"), "Condition": "NotProd"}}, id="one of two configurations of a registry"),
    case(ON_FARGATE, policy(Roles=[ref("Role")]), id="policy of a role"),
    case(ON_FARGATE, policy(Roles=ref("Names")), id="policy of roles that are known only at deployment"),
    case(ON_FARGATE, policy(Roles=either("Prod", [ref("Role")]), Users=either("Prod", [], ["user"])), id="policy of a role or a user"),
    case(ON_FARGATE, policy(Roles=[either("Prod", ref("Role"))]), faulty("Policy.Properties", "Policy has none of Users or Groups or Roles"), id="policy of nobody under a condition"),
    case(ON_FARGATE, {"Profile": resource("IAM::InstanceProfile", Roles=[])}, unsure("Profile.Properties.Roles", "Roles of Profile is empty"), id="instance profile without a role"),
    case(ON_FARGATE, generated('{"user": "a"}'), id="secret"),
    case(ON_FARGATE, {"Parameter": resource("SSM::Parameter", Type="String", Value="")}, faulty("Parameter.Properties.Value", "Value of Parameter is empty"), id="parameter without a value"),
    case(ON_FARGATE, generated(sub('{"user": ${Free}}')), id="secret that is known only at deployment"),
    case(ON_FARGATE, generated("user"), faulty("Secret.Properties.GenerateSecretString.SecretStringTemplate", "GenerateSecretString.SecretStringTemplate of Secret is no object in JSON"), id="secret whose template is no object"),
    case(ON_FARGATE, expiring(sub("${AWS:sns:Partition}")), refused("Other.Properties", "Other refers to AWS:sns:Partition, which is not in the template: CloudFormation refuses the template"), id="reference to a parameter that AWS does not have"),
]  # fmt: skip


def pair(type_: str, one: Mapping[str, Any], other: Mapping[str, Any], **both: Any) -> dict[str, Any]:
    return {"One": resource(type_, **one, **both), "Other": resource(type_, **other, **both)}


def same(name: str, value: str) -> str:
    return refused(f"Other.Properties.{name}", f"Other and One have both {name} {value}")


CLUSTERS = {"Cluster": resource("ECS::Cluster", ClusterName="app"), "Cluster2": resource("ECS::Cluster")}
RUN = {"TaskDefinition": ref("Task"), "LaunchType": "FARGATE", "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": [ref("Subnet")], "SecurityGroups": [ref("TaskGroup")]}}}  # fmt: skip
OF_EXPRESS = {"ExecutionRoleArn": ref("Free"), "InfrastructureRoleArn": ref("Free"), "PrimaryContainer": {"Image": OWN}}
OPEN = {"GroupDescription": "app"}
TRUSTED = {"AssumeRolePolicyDocument": trust()}
NAMES = [
    case(ON_FARGATE, pair("Logs::LogGroup", {"LogGroupName": "app"}, {"LogGroupName": "app"}), same("LogGroupName", "app"), id="two log groups of a name"),
    case(ON_FARGATE, pair("Logs::LogGroup", {"LogGroupName": "app"}, {"LogGroupName": "other"}), id="two log groups"),
    case(ON_FARGATE, pair("Logs::LogGroup", {}, {}), id="two log groups without a name"),
    case(ON_FARGATE, pair("Logs::LogGroup", {"LogGroupName": ref("Free")}, {"LogGroupName": sub("${Free}")}), same("LogGroupName", "${Free}"), id="two log groups of a name that is given at deployment"),
    case(ON_FARGATE, pair("Logs::LogGroup", {"LogGroupName": ref("Free")}, {"LogGroupName": ref("Stage")}), id="two log groups of names that are given at deployment"),
    case(ON_FARGATE, pair("Logs::LogGroup", {"LogGroupName": "app"}, {"LogGroupName": either("Prod", "app", "other")}), same("LogGroupName", "app"), id="two log groups of a name under a condition"),
    case(ON_FARGATE, {"One": {**resource("Logs::LogGroup", LogGroupName="app"), "Condition": "Prod"}, "Other": {**resource("Logs::LogGroup", LogGroupName="app"), "Condition": "NotProd"}}, id="two log groups of a name under opposite conditions"),
    case(ON_FARGATE, {"One": {**resource("Logs::LogGroup", LogGroupName="app"), "Condition": "Prod"}, "Other": resource("Logs::LogGroup", LogGroupName="app")}, same("LogGroupName", "app"), id="two log groups of a name, one of them under a condition"),
    case(ON_FARGATE, pair("IAM::Role", {"RoleName": "app"}, {"RoleName": "app"}, **TRUSTED), same("RoleName", "app"), id="two roles of a name"),
    case(ON_FARGATE, pair("ECS::Cluster", {"ClusterName": "app"}, {"ClusterName": "app"}), same("ClusterName", "app"), id="two clusters of a name"),
    case(ON_FARGATE, pair("ECR::Repository", {"RepositoryName": "a/b"}, {"RepositoryName": "a/b"}), same("RepositoryName", "a/b"), id="two repositories of a name"),
    case(ON_FARGATE, pair("EC2::SecurityGroup", {"VpcId": ref("Vpc")}, {"VpcId": ref("Vpc")}, GroupName="app", **OPEN), same("GroupName", "app"), id="two security groups of a name in a VPC"),
    case(ON_FARGATE, pair("EC2::SecurityGroup", {"VpcId": ref("Vpc")}, {}, GroupName="app", **OPEN), id="two security groups of a name in two VPCs"),
    case(ON_FARGATE, {**CLUSTERS, **pair("ECS::ExpressGatewayService", {"Cluster": ref("Cluster")}, {"Cluster": ref("Cluster")}, ServiceName="app", **OF_EXPRESS)}, same("ServiceName", "app"), id="two services of Express Mode of a name in a cluster"),
    case(ON_FARGATE, {**CLUSTERS, **pair("ECS::Service", {"Cluster": ref("Cluster")}, {"Cluster": ref("Cluster")}, ServiceName="app", **RUN)}, same("ServiceName", "app"), id="two services of a name in a cluster"),
    case(ON_FARGATE, {**CLUSTERS, **pair("ECS::Service", {"Cluster": ref("Cluster")}, {"Cluster": ref("Cluster2")}, ServiceName="app", **RUN)}, id="two services of a name in two clusters"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("resources", "changes", "sections", "expected"), [*ATTACHED, *QUOTAS, *FUNCTIONS, *CONTENTS, *NAMES]
)
def test_undeployable_services(
    resources: Resources, changes: Mapping[str, Any], sections: Mapping[str, Any], expected: tuple[str, ...]
) -> None:
    assert said([written(resources, changes, sections)]) == [*expected]
