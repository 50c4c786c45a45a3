"""What identifies a resource: which properties take it, and which references give it, beyond what cfn-lint tells.

A format such as `AWS::EC2::Subnet.Id` names a type and what stands for a resource of it: its `Id`, its `Arn`, or its
`Name`. The properties and the values of `Ref` and `Fn::GetAtt` are those of CloudFormation's reference of types:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from __future__ import annotations

from collections.abc import Mapping

Formats = tuple[str, ...]


def _of(type_: str, *kinds: str) -> Formats:
    return tuple(f"AWS::{type_}.{kind}" for kind in kinds)


SUBNET, GROUP, VPC = _of("EC2::Subnet", "Id"), _of("EC2::SecurityGroup", "Id"), _of("EC2::VPC", "Id")
TABLE, ACL, NAT = _of("EC2::RouteTable", "Id"), _of("EC2::NetworkAcl", "Id"), _of("EC2::NatGateway", "Id")
TEMPLATE, PROFILE = _of("EC2::LaunchTemplate", "Id"), _of("IAM::InstanceProfile", "Name")
ROLE, ROLE_NAME = _of("IAM::Role", "Arn", "Name"), _of("IAM::Role", "Name")
CLUSTER, PROVIDER = _of("ECS::Cluster", "Arn", "Name"), _of("ECS::CapacityProvider", "Name")
DEFINITION, FUNCTION = _of("ECS::TaskDefinition", "Arn"), _of("Lambda::Function", "Arn", "Name")
BALANCER, TARGET = _of("ElasticLoadBalancingV2::LoadBalancer", "Arn"), _of("ElasticLoadBalancingV2::TargetGroup", "Arn")
VERSION = _of("EC2::LaunchTemplate", "Version")
REVISION = _of("ECS::TaskDefinition", "Arn", "Name")  # a family, with a revision or without
KEY = (*_of("KMS::Key", "Arn", "Id"), *_of("KMS::Alias", "Name", "AliasName", "Arn"))

TAKES: Mapping[str, Mapping[str, Formats]] = {
    "*": {
        "AllocationId": _of("EC2::EIP", "AllocationId"),
        "InternetGatewayId": _of("EC2::InternetGateway", "Id"),
        "LaunchTemplateId": TEMPLATE,
        "NatGatewayId": NAT,
        "RouteTableId": TABLE,
        "RouteTableIds": TABLE,
        "SecurityGroupIds": GROUP,
        "SubnetId": SUBNET,
        "SubnetIds": SUBNET,
        "VpcId": VPC,
    },
    "AWS::AutoScaling::AutoScalingGroup": {"Version": VERSION, "VPCZoneIdentifier": SUBNET},
    "AWS::EC2::EIPAssociation": {"InstanceId": _of("EC2::Instance", "Id")},
    "AWS::EC2::FlowLog": {
        "DeliverLogsPermissionArn": _of("IAM::Role", "Arn"),
        "ResourceId": (*VPC, *SUBNET, *_of("EC2::NetworkInterface", "Id"), *_of("EC2::TransitGateway", "Id")),
    },
    "AWS::EC2::LaunchTemplate": {
        "Groups": GROUP,
        "IamInstanceProfile.Arn": _of("IAM::InstanceProfile", "Arn"),
        "IamInstanceProfile.Name": PROFILE,
    },
    "AWS::EC2::Instance": {"IamInstanceProfile": PROFILE},
    "AWS::EC2::NetworkAclEntry": {"NetworkAclId": ACL},
    "AWS::EC2::SubnetNetworkAclAssociation": {"NetworkAclId": ACL},
    "AWS::ECS::CapacityProvider": {"AutoScalingGroupArn": _of("AutoScaling::AutoScalingGroup", "Arn", "Name")},
    "AWS::ECS::Cluster": {
        "CapacityProvider": PROVIDER,
        "CapacityProviders": PROVIDER,
        "CloudWatchLogGroupName": _of("Logs::LogGroup", "Name"),
        "KmsKeyId": KEY,
    },
    "AWS::ECS::ClusterCapacityProviderAssociations": {
        "CapacityProvider": PROVIDER,
        "CapacityProviders": PROVIDER,
        "Cluster": CLUSTER,
    },
    "AWS::ECS::Service": {
        "CapacityProvider": PROVIDER,
        "Cluster": CLUSTER,
        "LoadBalancer.TargetGroupArn": TARGET,
        "TaskDefinition": REVISION,
    },
    "AWS::ECS::TaskDefinition": {"ExecutionRoleArn": ROLE, "TaskRoleArn": ROLE},
    "AWS::ECS::TaskSet": {"CapacityProvider": PROVIDER, "Cluster": CLUSTER, "TaskDefinition": REVISION},
    "AWS::ECR::Repository": {"KmsKey": KEY},
    "AWS::ElasticLoadBalancingV2::Listener": {"LoadBalancerArn": BALANCER, "TargetGroupArn": TARGET},
    "AWS::ElasticLoadBalancingV2::ListenerRule": {"TargetGroupArn": TARGET},
    "AWS::Events::Rule": {"SecurityGroups": GROUP, "Subnets": SUBNET, "TaskDefinitionArn": DEFINITION},
    "AWS::IAM::InstanceProfile": {"Roles": ROLE_NAME},
    "AWS::IAM::ManagedPolicy": {"Roles": ROLE_NAME},
    "AWS::IAM::Policy": {"Roles": ROLE_NAME},
    "AWS::IAM::Role": {"ManagedPolicyArns": _of("IAM::ManagedPolicy", "Arn")},
    "AWS::IAM::RolePolicy": {"RoleName": ROLE_NAME},
    "AWS::Lambda::Function": {"Role": _of("IAM::Role", "Arn")},
    "AWS::Lambda::Permission": {"FunctionName": FUNCTION},
    "AWS::Logs::LogGroup": {"KmsKeyId": KEY},
    "AWS::Scheduler::Schedule": {
        "SecurityGroups": GROUP,
        "Subnets": SUBNET,
        "TaskDefinitionArn": DEFINITION,
    },
    "AWS::SecretsManager::Secret": {"KmsKeyId": KEY},
}
"""By resource type, the formats that a property of a name takes wherever it stands, or below an object of a name; `*`
for all types where cfn-lint knows none. Where a service takes a name in place of an ARN, it is among them."""

GIVES: Mapping[str, Mapping[str, Formats]] = {
    "AWS::AutoScaling::AutoScalingGroup": {"AutoScalingGroupARN": _of("AutoScaling::AutoScalingGroup", "Arn")},
    "AWS::EC2::EIP": {"Ref": _of("EC2::EIP", "PublicIp"), "AllocationId": _of("EC2::EIP", "AllocationId")},
    "AWS::EC2::LaunchTemplate": {"DefaultVersionNumber": VERSION, "LatestVersionNumber": VERSION},
    "AWS::ECS::ClusterCapacityProviderAssociations": {"Ref": _of("ECS::Cluster", "Name")},
    "AWS::ECS::Service": {"Ref": _of("ECS::Service", "Arn")},
    "AWS::Events::Rule": {"Ref": _of("Events::Rule", "Name")},
    "AWS::IAM::ManagedPolicy": {"Ref": _of("IAM::ManagedPolicy", "Arn"), "PolicyArn": _of("IAM::ManagedPolicy", "Arn")},
    "AWS::SecretsManager::Secret": {"Ref": _of("SecretsManager::Secret", "Arn")},
    "AWS::SecretsManager::SecretTargetAttachment": {"Ref": _of("SecretsManager::Secret", "Arn")},
}
"""By resource type, the formats of what its attributes give where their names do not tell; `Ref` among them."""


def named(type_: str, attribute: str) -> Formats:
    """Return the formats of what an attribute gives, as its name tells; none where it does not.

    Args:
        type_: the resource type.
        attribute: the attribute, or the identifier that `Ref` gives.
    """
    own = type_.rpartition("::")[2]
    for kind in ("Id", "Arn", "Name"):
        if attribute.lower() in (kind.lower(), f"{own}{kind}".lower()):
            return (f"{type_}.{kind}",)
    return ()
