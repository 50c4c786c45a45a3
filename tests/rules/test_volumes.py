# ruff: noqa: E501 - in a table, a case is a line
"""The volumes of Amazon EFS and Amazon FSx: the way there, who is let in, and what a volume leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ecr_ecs_constructs.rules.catalogue import BY_ID
from ecr_ecs_constructs.rules.judge import judge
from tests.judging import line
from tests.pull.network.networks import EC2, NAT, changed, ref, resource, route, subnet, template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _pytest.mark import ParameterSet

    from tests.pull.network.networks import Resources

RULES = tuple(BY_ID[name] for name in ("unmountable-volume", "unusable-start-key", "missing-start-permission", "unverifiable-start", "unverifiable-network"))  # fmt: skip
PARAMETERS = {"Free": {"Type": "String"}, "Other": {"Type": "String"}}
AT_SERVICE = "Service.Properties.NetworkConfiguration.AwsvpcConfiguration"
AT_GROUP = "Group.Properties.VPCZoneIdentifier"
AT = "Task.Properties.ContainerDefinitions[0]"
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}  # fmt: skip
MOUNT = "elasticfilesystem:ClientMount"


def zone(index: int, region: Any = "") -> dict[str, Any]:
    return {"Fn::Select": [index, {"Fn::GetAZs": region}]}


def role(*statements: Mapping[str, Any]) -> dict[str, Any]:
    policies = [{"PolicyName": "Own", "PolicyDocument": {"Statement": [*statements]}}] if statements else []
    return resource("IAM::Role", AssumeRolePolicyDocument=TRUST, Policies=policies)


def allow(action: str = MOUNT, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, **more}


def inbound(port: int, **source: Any) -> dict[str, Any]:
    return {
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": port,
        **(source or {"SourceSecurityGroupId": ref("TaskGroup")}),
    }


def efs(**more: Any) -> list[dict[str, Any]]:
    return [{"Name": "data", "EFSVolumeConfiguration": {"FilesystemId": ref("Files"), **more}}]


def by_iam(**more: Any) -> list[dict[str, Any]]:
    return efs(TransitEncryption="ENABLED", AuthorizationConfig={"IAM": "ENABLED", **more})


VOLUMES = "Task.Volumes"
MOUNTING: Resources = changed(
    {
        **NAT,
        "Files": resource("EFS::FileSystem"),
        "FilesGroup": resource("EC2::SecurityGroup", VpcId=ref("Vpc"), SecurityGroupIngress=[inbound(2049)]),
        "Target": resource("EFS::MountTarget", FileSystemId=ref("Files"), SubnetId=ref("Subnet"), SecurityGroups=[ref("FilesGroup")]),
        "Role": role(),
    },
    {VOLUMES: efs(), "Task.TaskRoleArn": {"Fn::GetAtt": ["Role", "Arn"]}, "Subnet.AvailabilityZone": zone(0)},
)  # fmt: skip
"""Fargate behind a NAT gateway, with a volume whose mount target is in the same subnet."""

FAR: Resources = changed(
    {**MOUNTING, **subnet("Far", "10.0.2.0/24"), "FarRoute": route("FarTable", NatGatewayId=ref("Nat"))},
    {"Target.SubnetId": ref("FarSubnet"), "FarSubnet.AvailabilityZone": zone(0)},
)
"""The same with the mount target in another subnet of the zone."""

ON_EC2: Resources = changed({**MOUNTING, **EC2}, {VOLUMES: efs(), "Task.TaskRoleArn": {"Fn::GetAtt": ["Role", "Arn"]}})
AWSVPC: Mapping[str, Any] = {
    "Task.NetworkMode": "awsvpc",
    "Service.NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": [ref("Subnet")], "SecurityGroups": [ref("OwnGroup")]}},
    "OwnGroup": resource("EC2::SecurityGroup", VpcId=ref("Vpc")),
}  # fmt: skip

GUARDED = {"Files.FileSystemPolicy": {"Statement": [allow("elasticfilesystem:ClientWrite", Principal="*")]}}
"""As the CDK makes it: a policy that lets nobody mount but who may by its own policies."""


def guarded(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Files.FileSystemPolicy": {"Statement": [*statements]}}


ENCRYPTED = {"Effect": "Deny", "Principal": "*", "Action": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
BY_TARGET = allow(Principal={"AWS": "*"}, Condition={"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}})
FILES_ARN = {"Fn::GetAtt": ["Files", "Arn"]}
POINT = resource("EFS::AccessPoint", FileSystemId=ref("Files"))
BY_POINT = allow(Resource="*", Condition={"StringEquals": {"elasticfilesystem:AccessPointArn": {"Fn::GetAtt": ["Point", "Arn"]}}})  # fmt: skip


def no_way(start: str, why: str, at: str = AT_SERVICE) -> str:
    return f"unmountable-volume {at}: no way to Amazon EFS from {start}: {why}"


def no_zone(start: str, at: str = AT_SERVICE) -> str:
    return no_way(start, "file system Files has no mount target in its Availability Zone", at)


def doubt(start: str, why: str, at: str = AT_SERVICE) -> str:
    return f"unverifiable-network? {at}: cannot verify the way to Amazon EFS from {start}: {why}"


def faulty(why: str, *, rule: str = "unmountable-volume") -> str:
    return f"{rule} {AT}: container 'web': its EFS volume data does not work: {why}"


def lacks(who: str, why: str) -> str:
    return f"missing-start-permission {AT}: {who} lacks {MOUNT}, which container 'web' needs for its EFS volume data: {why}"


def unsure(what: str) -> str:
    return f"unverifiable-start? {AT}: container 'web': cannot verify that {what}"


ANYONE = "a client without IAM authorization"
NOT_OPEN = lacks(ANYONE, "no statement of the policy of file system Files allows it to anyone")
NOT_SURE = "whether its mount target in the Availability Zone is Target is not known"


def case(network: Resources, changes: Mapping[str, Any], *expected: str, id: str) -> ParameterSet:
    return pytest.param(network, changes, expected, id=id)


WAYS = [
    case(MOUNTING, {}, id="mount target in the subnet"),
    case(FAR, {}, id="mount target in another subnet of the zone"),
    case(FAR, {"FarSubnet.AvailabilityZone": zone(0, ref("AWS::Region"))}, id="zone of the region by its name"),
    case(FAR, {"FarSubnet.AvailabilityZone": zone(1)}, no_zone("Subnet"), id="mount target in another zone"),
    case(FAR, {"FarSubnet.AvailabilityZone": "us-east-1b", "Subnet.AvailabilityZone": "us-east-1a"}, no_zone("Subnet"), id="mount target in another zone by name"),
    case(FAR, {"FarSubnet.AvailabilityZone": "us-east-1a", "Subnet.AvailabilityZone": "us-east-1a"}, id="mount target in the zone by name"),
    case(FAR, {"FarSubnet.AvailabilityZone": ref("Free"), "Subnet.AvailabilityZone": ref("Free")}, id="mount target in the zone of one parameter"),
    case(FAR, {"FarSubnet.AvailabilityZone": ref("Free")}, doubt("Subnet", NOT_SURE), id="mount target in a zone that is not known"),
    case(FAR, {"FarSubnet.AvailabilityZone": None}, doubt("Subnet", NOT_SURE), id="mount target in a zone that AWS chooses"),
    case(FAR, {"Service.NetworkConfiguration.AwsvpcConfiguration.Subnets": [ref("Subnet"), ref("FarSubnet")], "FarSubnet.AvailabilityZone": zone(1)}, no_zone("Subnet"), id="mount target in one of two zones"),
    case(MOUNTING, {"Target": None}, no_zone("Subnet"), id="no mount target"),
    case(MOUNTING, {"Target": None, "Maker": resource("CloudFormation::CustomResource", ServiceToken="arn", Subnet=ref("Subnet"))}, doubt("Subnet", "file system Files has no mount target in its Availability Zone, but Maker may make a way"), id="custom resource that may make one"),
    case(MOUNTING, {"Target.FileSystemId": ref("Second"), "Second": resource("EFS::FileSystem")}, no_zone("Subnet"), id="mount target of another file system"),
    case(MOUNTING, {"Target.SubnetId": "subnet-1"}, doubt("Subnet", NOT_SURE), id="mount target in a subnet that is not in the templates"),
    case(MOUNTING, {VOLUMES: efs(FilesystemId="fs-1")}, unsure("its EFS volume data is there: file system fs-1 is not in the templates"), doubt("Subnet", NOT_SURE), id="file system by an ID that may be the own one"),
    case(MOUNTING, {"FilesGroup.SecurityGroupIngress": [inbound(443)]}, no_way("Subnet", "security group FilesGroup lets no TCP 2049 in from TaskGroup"), id="group of the mount target without 2049"),
    case(MOUNTING, {"FilesGroup.SecurityGroupIngress": [inbound(2049, CidrIp="10.0.0.0/16")]}, id="group of the mount target by addresses"),
    case(MOUNTING, {"FilesGroup.SecurityGroupIngress": [inbound(2049, SourceSecurityGroupId=ref("FilesGroup"))]}, no_way("Subnet", "security group FilesGroup lets no TCP 2049 in from TaskGroup"), id="group of the mount target for itself alone"),
    case(MOUNTING, {"Target.SecurityGroups": None}, no_way("Subnet", "security group Vpc.DefaultSecurityGroup lets no TCP 2049 in from TaskGroup"), id="mount target in the default group"),
    case(MOUNTING, {"TaskGroup.SecurityGroupEgress": [inbound(443, CidrIp="0.0.0.0/0")]}, no_way("Subnet", "security group TaskGroup lets no TCP 2049 out to FilesGroup"), id="group of the task lets out 443 alone"),
    case(MOUNTING, {"TaskGroup.SecurityGroupEgress": [inbound(443, CidrIp="0.0.0.0/0"), inbound(2049, DestinationSecurityGroupId=ref("FilesGroup"))]}, id="group of the task lets out 2049"),
    case(MOUNTING, {"Vpc.EnableDnsHostnames": False}, doubt("Subnet", "its name may not be resolved: EnableDnsHostnames of VPC Vpc is false"), id="no DNS host names"),
    case(FAR, {"Acl": resource("EC2::NetworkAcl", VpcId=ref("Vpc")), "Of": resource("EC2::SubnetNetworkAclAssociation", SubnetId=ref("FarSubnet"), NetworkAclId=ref("Acl"))}, no_way("Subnet", "network ACL Acl lets no TCP 2049 in from Subnet"), id="network ACL of the mount target"),
    case(MOUNTING, {"Files.KmsKeyId": ref("Key"), "Key": resource("KMS::Key", Enabled=False)}, faulty("Enabled of key Key is false", rule="unusable-start-key"), id="disabled key"),
    case(MOUNTING, {"Files.KmsKeyId": ref("Key"), "Key": resource("KMS::Key")}, id="key"),
    case(MOUNTING, {VOLUMES: efs(FilesystemId="fs-1"), "Target": None}, unsure("its EFS volume data is there: file system fs-1 is not in the templates"), doubt("Subnet", "no mount target of file system fs-1 is in the templates"), id="file system that is not in the templates"),
    case(MOUNTING, {VOLUMES: efs(FilesystemId="fs-1"), "Target.FileSystemId": "fs-1"}, unsure("its EFS volume data is there: file system fs-1 is not in the templates"), id="mount target of a file system that is not in the templates"),
    case(FAR, {"FarSubnet.VpcId": ref("OtherVpc"), "OtherVpc": resource("EC2::VPC", CidrBlock="10.1.0.0/16"), "FarTable": None, "FarAssociation": None, "FarRoute": None}, doubt("Subnet", "mount target Target is in another VPC, where its name is not resolved"), id="mount target in another VPC"),
    case(FAR, {"FarSubnet.Ipv6Native": True}, doubt("Subnet", "FarSubnet or Subnet may have addresses of IPv6 only"), id="mount target in a subnet of IPv6 only"),
    # whose network interface mounts
    case(ON_EC2, {}, id="container instances"),
    case(ON_EC2, {"Target": None}, no_zone("Subnet", AT_GROUP), id="container instances without a mount target"),
    case(ON_EC2, AWSVPC, no_way("Subnet", "security group FilesGroup lets no TCP 2049 in from OwnGroup"), id="task of an own interface on container instances"),
    case(ON_EC2, {**AWSVPC, "FilesGroup.SecurityGroupIngress": [inbound(2049, SourceSecurityGroupId=ref("OwnGroup"))]}, id="task of an own interface that is let in"),
    case(ON_EC2, {"Task.NetworkMode": ref("Free")}, f"unverifiable-network? {AT_GROUP}: cannot verify the network: in which network the task mounts its volumes is not known (${{Free}})", id="network mode that is not known"),
]  # fmt: skip

LET_IN = [
    case(MOUNTING, {VOLUMES: by_iam()}, id="IAM authorization, and a file system without a policy"),
    case(MOUNTING, {**GUARDED}, NOT_OPEN, id="no IAM authorization, and a policy that lets nobody mount"),
    case(MOUNTING, {**guarded(BY_TARGET)}, id="policy that lets anyone in by a mount target"),
    case(MOUNTING, {**guarded(allow(Principal={"AWS": {"Fn::GetAtt": ["Role", "Arn"]}}))}, NOT_OPEN, id="policy for the task role, and no IAM authorization"),
    case(MOUNTING, {**guarded(BY_TARGET, ENCRYPTED)}, lacks(ANYONE, "denied by statement 2 of the policy of file system Files"), id="policy that asks for encryption, and none"),
    case(MOUNTING, {VOLUMES: efs(TransitEncryption="ENABLED"), **guarded(BY_TARGET, ENCRYPTED)}, id="policy that asks for encryption"),
    case(MOUNTING, {VOLUMES: efs(TransitEncryption=ref("Free")), **guarded(BY_TARGET, ENCRYPTED)}, unsure(f"{ANYONE} has {MOUNT} for its EFS volume data: known only at deployment"), id="encryption that is not known"),
    case(MOUNTING, {VOLUMES: by_iam(), **GUARDED}, lacks("task role Role", f"no statement of role Role allows {MOUNT} on"), id="IAM authorization of a role that may not"),
    case(MOUNTING, {VOLUMES: by_iam(), **GUARDED, "Role": role(allow(Resource=FILES_ARN))}, id="IAM authorization of a role that may"),
    case(MOUNTING, {VOLUMES: by_iam(), **GUARDED, "Role": role(allow("elasticfilesystem:ClientWrite", Resource="*"))}, lacks("task role Role", ""), id="IAM authorization of a role that may write alone"),
    case(MOUNTING, {VOLUMES: by_iam(), **guarded(allow(Principal={"AWS": {"Fn::GetAtt": ["Role", "Arn"]}}))}, id="IAM authorization by the policy of the file system"),
    case(MOUNTING, {VOLUMES: by_iam(), **guarded(BY_TARGET, ENCRYPTED)}, id="IAM authorization, and a policy for anyone"),
    case(MOUNTING, {VOLUMES: by_iam(), **GUARDED, "Task.TaskRoleArn": None}, unsure("its EFS volume data is there: IAM authorization is by the task role, and the task has none"), id="IAM authorization without a task role"),
    case(MOUNTING, {VOLUMES: efs(TransitEncryption="ENABLED", AuthorizationConfig={"IAM": ref("Free")}), **GUARDED}, unsure("a client without IAM authorization may use its EFS volume data: whether IAM authorization is ${Free}"), unsure("task role Role may use its EFS volume data: whether IAM authorization is ${Free}"), id="IAM authorization that is not known"),
    case(MOUNTING, {VOLUMES: efs(FilesystemId="fs-1", TransitEncryption="ENABLED", AuthorizationConfig={"IAM": "ENABLED"}), "Target.FileSystemId": "fs-1"}, unsure("its EFS volume data is there: file system fs-1 is not in the templates"), unsure("task role Role may use its EFS volume data: file system fs-1 is not in the templates, and its policy may allow it"), id="IAM authorization for a file system that is not in the templates"),
    # access points and directories
    case(MOUNTING, {VOLUMES: by_iam(AccessPointId=ref("Point")), "Point": POINT, **GUARDED, "Role": role(BY_POINT)}, id="access point"),
    case(MOUNTING, {VOLUMES: by_iam(), "Point": POINT, **GUARDED, "Role": role(BY_POINT)}, lacks("task role Role", ""), id="permission by an access point that is not used"),
    case(MOUNTING, {VOLUMES: efs(AuthorizationConfig={"AccessPointId": ref("Point")}), "Point": POINT}, faulty("an access point needs TransitEncryption, which is DISABLED"), id="access point without encryption"),
    case(MOUNTING, {VOLUMES: efs(AuthorizationConfig={"IAM": "ENABLED"})}, faulty("IAM authorization needs TransitEncryption, which is DISABLED"), id="IAM authorization without encryption"),
    case(MOUNTING, {VOLUMES: by_iam(AccessPointId=ref("Point")), "Point": resource("EFS::AccessPoint", FileSystemId=ref("Second")), "Second": resource("EFS::FileSystem")}, faulty("access point Point is of file system ${Second}"), id="access point of another file system"),
    case(MOUNTING, {VOLUMES: by_iam(AccessPointId=ref("Point")), "Point": resource("EFS::AccessPoint", FileSystemId=ref("Free"))}, unsure("its EFS volume data is there: access point Point is of file system ${Free}"), id="access point of a file system that is not known"),
    case(MOUNTING, {VOLUMES: by_iam(AccessPointId="fsap-1")}, unsure("its EFS volume data is there: access point fsap-1 is not in the templates"), id="access point that is not in the templates"),
    case(MOUNTING, {VOLUMES: by_iam(AccessPointId=ref("Point")), "Point": resource("EFS::AccessPoint", FileSystemId=ref("Files"), RootDirectory={"Path": "/a"})}, unsure("its EFS volume data is there: access point Point has no CreationInfo for its directory /a"), id="access point whose directory nobody makes"),
    case(MOUNTING, {VOLUMES: by_iam(AccessPointId=ref("Point")), "Point": resource("EFS::AccessPoint", FileSystemId=ref("Files"), RootDirectory={"Path": "/a", "CreationInfo": {"OwnerUid": "1", "OwnerGid": "1", "Permissions": "755"}})}, id="access point that makes its directory"),
    case(MOUNTING, {VOLUMES: efs(RootDirectory="/")}, id="all of the file system"),
    case(MOUNTING, {VOLUMES: efs(RootDirectory="/data")}, unsure("its EFS volume data is there: directory /data of file system ${Files} is made outside the templates"), id="directory of the file system"),
]  # fmt: skip


SHARE = [{"Name": "data", "FSxWindowsFileServerVolumeConfiguration": {"FileSystemId": ref("Share"), "RootDirectory": "share", "AuthorizationConfig": {"CredentialsParameter": ref("Login"), "Domain": "corp.example"}}}]  # fmt: skip
SHARING: Resources = changed(
    {
        **ON_EC2,
        "Share": resource("FSx::FileSystem", FileSystemType="WINDOWS", SubnetIds=[ref("Subnet")], SecurityGroupIds=[ref("ShareGroup")]),
        "ShareGroup": resource("EC2::SecurityGroup", VpcId=ref("Vpc"), SecurityGroupIngress=[inbound(445)]),
        "Login": resource("SecretsManager::Secret"),
        "Role": role(allow("secretsmanager:GetSecretValue", Resource=ref("Login")), allow("fsx:DescribeFileSystems", Resource="*")),
    },
    {VOLUMES: SHARE, "Task.ExecutionRoleArn": {"Fn::GetAtt": ["Role", "Arn"]}},
)  # fmt: skip
"""Container instances behind a NAT gateway, with a volume of Amazon FSx."""


def to_share(why: str) -> str:
    return f"unmountable-volume {AT_GROUP}: no way to Amazon FSx from Subnet: {why}"


def unsure_of_share(why: str) -> str:
    return f"unverifiable-network? {AT_GROUP}: cannot verify the way to Amazon FSx from Subnet: {why}"


ELSEWHERE = unsure("its FSx volume data is there: the share of file system ${Share} and the domain corp.example are not in the templates")  # fmt: skip
SHARES = [
    case(SHARING, {}, ELSEWHERE, id="share of FSx"),
    case(SHARING, {"Role": role(allow("fsx:DescribeFileSystems", Resource="*"))}, ELSEWHERE, f"missing-start-permission {AT}: execution role Role lacks secretsmanager:GetSecretValue, which container 'web' needs for the credentials of its FSx volume data:", id="credentials without permission"),
    case(SHARING, {"Role": role(allow("secretsmanager:GetSecretValue", Resource=ref("Login")))}, ELSEWHERE, f"missing-start-permission {AT}: execution role Role lacks fsx:DescribeFileSystems, which container 'web' needs for the DNS name of its FSx volume data:", id="name without permission"),
    case(SHARING, {"ShareGroup.SecurityGroupIngress": [inbound(443)]}, ELSEWHERE, to_share("security group ShareGroup lets no TCP 445 in from TaskGroup"), id="share that lets no SMB in"),
    case(SHARING, {"Share.SecurityGroupIds": None}, ELSEWHERE, unsure_of_share("file system Share is in the default security group of its VPC"), id="share in the default group"),
    case(SHARING, {"Share.SubnetIds": ["subnet-1"]}, ELSEWHERE, unsure_of_share("the subnets of file system Share are not in the templates"), id="share in a subnet that is not in the templates"),
    case(SHARING, {"Share": None, f"{VOLUMES}.0.FSxWindowsFileServerVolumeConfiguration.FileSystemId": "fs-1"}, ELSEWHERE.replace("${Share}", "fs-1"), unsure_of_share("file system fs-1 is not in the templates"), id="share that is not in the templates"),
    case(SHARING, {"Share.SubnetIds": [ref("There")], "There": resource("EC2::Subnet", VpcId=ref("Beyond"), CidrBlock="10.1.0.0/24"), "Beyond": resource("EC2::VPC", CidrBlock="10.1.0.0/16")}, ELSEWHERE, unsure_of_share("file system Share is in another VPC"), id="share in another VPC"),
]  # fmt: skip


@pytest.mark.parametrize(("network", "changes", "expected"), [*WAYS, *LET_IN, *SHARES])
def test_volumes(network: Resources, changes: Mapping[str, Any], expected: tuple[str, ...]) -> None:
    own = template(changed(network, changes), "us-east-1", Parameters=PARAMETERS)
    found = [line(each) for each in judge([own], rules=RULES).findings if "ecr.api" not in each.message]
    found = sorted(each for each in found if not each.startswith("unverifiable-start") or "volume" in each)
    assert len(found) == len(expected), found
    for said, start in zip(found, sorted(expected), strict=True):
        assert said.startswith(start)
