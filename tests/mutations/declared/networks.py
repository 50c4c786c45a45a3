"""Networks: subnets, routes, groups, network ACLs, endpoints."""

from __future__ import annotations

from tests.mutations.declared.declaration import GONE, SWITCH, TEXT, VALUES, Declared, E, H

BY_GATEWAY = (
    *("batch-instances", "launch-type-ec2", "mixed-instances", "public-fargate", "pull-through-cache"),
    *("managed-instances", "mirror", "schedule", "two-accounts", "windows"),
)
"""The bases whose tasks reach AWS by a gateway to the internet: they have no interface endpoints."""

VPC, SUBNET, ENDPOINT = "AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::VPCEndpoint"
GROUP, ACL_ENTRY = "AWS::EC2::SecurityGroup", "AWS::EC2::NetworkAclEntry"
OTHER = ("exchanged other",)
NUMBER = ("exchanged number", "exchanged other")
REFERENCE = ("exchanged reference",)
ANYTHING = (*VALUES, "exchanged range")
EGRESS = ("SecurityGroupEgress", "SecurityGroupEgress/**")

VPCS = (
    Declared(E, VPC, ("EnableDnsSupport", "InstanceTenancy"), GONE, "is the default"),
    Declared(
        H,
        VPC,
        ("EnableDnsHostnames",),
        SWITCH,
        "only private names need it, and the base has neither interface endpoints nor private hosted zones",
        BY_GATEWAY,
    ),
    Declared(
        H, VPC, ("CidrBlock",), OTHER, "both subnets are in the smaller range too", ("public-fargate",),
        old=("10.0.0.0/16",), new=("10.0.0.0/17",),
    ),
)  # fmt: skip

SUBNETS = (
    Declared(H, SUBNET, ("MapPublicIpOnLaunch",), SWITCH, "the subnets of the bases have it without a way out"),
    Declared(
        H, SUBNET, ("CidrBlock",), OTHER, "is in the range of the VPC, and apart from the other subnet",
        ("public-fargate",), new=("10.0.128.0/17",),
    ),
    Declared(
        H, SUBNET, ("AvailabilityZone",), GONE, "Amazon EC2 chooses one, and nothing here asks for two of them",
        BY_GATEWAY,
    ),
    Declared(
        H, SUBNET, ("AvailabilityZone/Fn::Select/*",), ("exchanged number",),
        "nothing here asks for subnets in different zones", BY_GATEWAY, new=("0", "1"),
    ),
    Declared(
        H, SUBNET, ("AvailabilityZone/Fn::Select/*",), ("exchanged number",),
        "each region has a third zone but us-west-1, and none is chosen there when that is the region", new=("2",),
    ),
    Declared(
        H, "AWS::EC2::SubnetRouteTableAssociation", ("RouteTableId",), REFERENCE,
        "the route table of the other subnet has the same gateway endpoint and as few routes",
        ("reference-ec2", "reference-fargate"), new=('{"Ref": "VpcIsolatedSubnet?RouteTable????????"}',),
    ),
)  # fmt: skip

GROUPS = (
    Declared(E, GROUP, ("SecurityGroupEgress",), GONE, "a group without the property lets everything out"),
    Declared(
        H, GROUP, EGRESS, ANYTHING, "an endpoint answers what is let in, and sends nothing else",
        resources=("EndpointsSecurityGroup????????",),
    ),
    Declared(
        H, GROUP, EGRESS, ANYTHING, "the instance pulls, and not the task", ("reference-ec2",),
        resources=("ServiceSecurityGroup????????",),
    ),
    Declared(
        H, GROUP, EGRESS, ANYTHING, "is of the instances, on which the task does not run", ("reference-fargate",),
        resources=("ClusterInstancesSecurityGroup????????",),
    ),
    Declared(
        H, GROUP, ("SecurityGroupEgress", "SecurityGroupEgress/*"), OTHER, "lets HTTPS out to everywhere",
        new=('*"0.0.0.0/0"*',),
    ),
    Declared(
        H, GROUP, ("SecurityGroupIngress", "SecurityGroupIngress/**"), ANYTHING, "a task starts before anybody asks it",
        ("public-fargate", "pull-through-cache"), resources=("TaskGroup",),
    ),
    Declared(
        H, GROUP, ("SecurityGroup*gress/*/FromPort",), NUMBER, "the range has port 443 in it",
        old=("443",), new=("0", "80", "252", "442"),
    ),
    Declared(
        H, GROUP, ("SecurityGroup*gress/*/ToPort",), NUMBER, "the range has port 443 in it",
        old=("443",), new=("444", "8080", "44300"),
    ),
    Declared(
        H, GROUP, ("SecurityGroup*gress/*/IpProtocol",), TEXT, "is TCP, or every protocol",
        old=("tcp",), new=("6", "-1"),
    ),
    Declared(
        H, GROUP, ("SecurityGroupIngress/*/CidrIp",), ("exchanged range",), "has the VPC in it",
        old=("10.0.0.0/16",), new=("0.0.0.0/0", "0.0.0.0/1"),
    ),
)  # fmt: skip

ANSWERED = "the range has the ports from which AWS Fargate sends, 32768 to 61000"
ACLS = (
    Declared(E, ACL_ENTRY, ("Egress",), GONE, "false is the default", old=("false",)),
    Declared(
        H, ACL_ENTRY, ("RuleNumber",), ("exchanged number",), "every rule allows, so that their order tells nothing"
    ),
    Declared(
        H, ACL_ENTRY, ("PortRange/From",), NUMBER, "the range has port 443 in it", old=("443",), new=("0", "442")
    ),
    Declared(
        H, ACL_ENTRY, ("PortRange/To",), NUMBER, "the range has port 443 in it",
        old=("443",), new=("444", "44300", "65535"),
    ),
    Declared(
        H, ACL_ENTRY, ("PortRange/From",), NUMBER, ANSWERED,
        old=("1024",), new=("0", "443", "1023", "1025"),
    ),
    Declared(
        H, ACL_ENTRY, ("PortRange/To",), NUMBER, ANSWERED,
        old=("65535",), new=("65534",),
    ),
    Declared(
        H, "AWS::EC2::SubnetNetworkAclAssociation", (".",), GONE,
        "a subnet without it has the default network ACL of its VPC, which lets everything through",
    ),
)  # fmt: skip

ADDRESSES = (
    Declared(E, "AWS::EC2::EIP", (".Properties", "Domain"), GONE, "every address is for VPCs, which is the default"),
)

ECS_ENDPOINTS = ("EndpointsEcs????????", "EndpointsEcsAgent????????", "EndpointsEcsTelemetry????????")
ON_FARGATE = ("reference-fargate",)
NOT_ASKED = "container instances alone ask Amazon ECS by it, and the task does not run on one"
GROUP_OF_ENDPOINTS = "EndpointsSecurityGroup????????"
ENDPOINTS = (
    Declared(H, ENDPOINT, (".",), GONE, NOT_ASKED, ON_FARGATE, ECS_ENDPOINTS),
    Declared(H, ENDPOINT, ("PrivateDnsEnabled",), SWITCH, NOT_ASKED, ON_FARGATE, ECS_ENDPOINTS),
    Declared(H, ENDPOINT, ("SecurityGroupIds", "SecurityGroupIds/*"), GONE, NOT_ASKED, ON_FARGATE, ECS_ENDPOINTS),
    Declared(
        H, ENDPOINT, ("SubnetIds/*",), GONE, "what is in one zone is reached from every subnet of the VPC"
    ),
    Declared(E, ENDPOINT, ("VpcEndpointType",), GONE, "is the default", old=("Gateway",)),
)  # fmt: skip

_OF_TASK = "NetworkConfiguration/AwsvpcConfiguration/SecurityGroups"
_OF_INTERFACE = "LaunchTemplateData/NetworkInterfaces/*/Groups"
_OF_LAUNCH = "LaunchTemplateData/SecurityGroupIds"
_BY_DEFAULT = (
    "the default security group of the VPC takes its place, which lets everything out, and which nothing changes"
)
DEFAULT_GROUPS = (
    Declared(
        H, "AWS::ECS::Service", (_OF_TASK, f"{_OF_TASK}/*"), ("deleted",), _BY_DEFAULT,
        ("access-lists-and-secrets", "mirror", "public-fargate", "pull-through-cache", "two-accounts"),
    ),
    Declared(H, "AWS::Scheduler::Schedule", (f"Target/EcsParameters/{_OF_TASK}",), ("deleted",), _BY_DEFAULT),
    Declared(
        H, "AWS::EC2::LaunchTemplate", (_OF_LAUNCH, f"{_OF_LAUNCH}/*", _OF_INTERFACE, f"{_OF_INTERFACE}/*"),
        ("deleted", "emptied"), _BY_DEFAULT, ("launch-type-ec2", "mixed-instances", "windows"),
    ),
)  # fmt: skip

NETWORKS = (*DEFAULT_GROUPS, *VPCS, *SUBNETS, *GROUPS, *ACLS, *ADDRESSES, *ENDPOINTS)
