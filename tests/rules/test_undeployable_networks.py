# ruff: noqa: E501 - in a table, a case is a line
"""Stacks with parts of networks that Amazon EC2 refuses, each beside one that it makes; no task needs these parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ecr_ecs_constructs.cloudformation.template import Template
from tests.pull.network.networks import changed, endpoint, ref, resource, route, subnet
from tests.rules.test_undeployable import (
    AT_NETWORK,
    NETWORK,
    ON_FARGATE,
    SECTIONS,
    either,
    refused,
    said,
    sub,
    under,
    unsure,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from _pytest.mark import ParameterSet

    from tests.pull.network.networks import Resources

REGION = "${AWS::Region}"
SCOPE = "PrivateDnsOnlyForInboundResolverEndpoint"
AZS = {"Fn::GetAZs": ""}
FIRST, SECOND = {"Fn::Select": [0, AZS]}, {"Fn::Select": ["1", AZS]}
OTHER_VPC = {"OtherVpc": resource("EC2::VPC", CidrBlock="10.1.0.0/16", EnableDnsHostnames=True)}


def case(changes: Mapping[str, Any], *expected: str, id: str, region: str | None = None) -> ParameterSet:
    return pytest.param(changes, region, expected, id=id)


def way(service: str = "sqs", name: str = "Way", **properties: Any) -> Resources:
    """An interface endpoint without private DNS; None leaves a property out."""
    found = endpoint(service, **{"SecurityGroupIds": [ref("TaskGroup")], "PrivateDnsEnabled": False, **properties})
    kept = {key: value for key, value in found["Properties"].items() if value is not None}
    return {name: {**found, "Properties": kept}}


def gateway(name: str = "Way", **properties: Any) -> Resources:
    more = {"VpcEndpointType": "Gateway", "SubnetIds": None, "SecurityGroupIds": None, "PrivateDnsEnabled": None}
    return way(**{"service": "s3", "name": name, **more, "RouteTableIds": [ref("Table")], **properties})


def named(name: Any) -> Resources:
    return way(ServiceName=name)


def twice(one: Any, other: Any, **properties: Any) -> Resources:
    """An endpoint in two subnets, each with what is given of its zone."""
    zones = {"Subnet": one, "PublicSubnet": other}
    found = way(SubnetIds=[ref("Subnet"), ref("PublicSubnet")], **properties)
    return {**found, **{f"{name}.AvailabilityZone": zone for name, zone in zones.items() if zone is not None}}


def natted() -> Resources:
    at = {"Fn::GetAtt": ["Address", "AllocationId"]}
    return {"More": resource("EC2::NatGateway", SubnetId=ref("PublicSubnet"), AllocationId=at)}


def ingress(**rule: Any) -> Resources:
    found = {"IpProtocol": "tcp", "CidrIp": "10.0.0.0/16", **rule}
    return {
        "Own": resource("EC2::SecurityGroup", GroupDescription="Own", VpcId=ref("Vpc"), SecurityGroupIngress=[found])
    }


def entry(protocol: Any, first: Any, last: Any) -> Resources:
    more = {"RuleNumber": 1, "RuleAction": "allow", "CidrBlock": "0.0.0.0/0", "Egress": True}
    rule = resource(
        "EC2::NetworkAclEntry",
        NetworkAclId=ref("Acl"),
        Protocol=protocol,
        PortRange={"From": first, "To": last},
        **more,
    )
    return {"Acl": resource("EC2::NetworkAcl", VpcId=ref("Vpc")), "Entry": rule}


def wrong(key: str, why: str, name: str = "Way") -> str:
    return refused(f"{name}.Properties.{key}", why)


def rule(why: str) -> str:
    return wrong("SecurityGroupIngress[0]", f"a rule of Own {why}", "Own")


KINDS = [
    case(way(), id="interface endpoint"),
    case(way("ecr.api"), id="endpoint with a name of two parts"),
    case(named("com.amazonaws.us-east-1.sqs"), id="region that is written"),
    case(named(sub(f"cn.com.amazonaws.{REGION}.sqs")), id="name of another partition"),
    case(named(sub(f"aws.sagemaker.{REGION}.notebook")), id="name that begins otherwise"),
    case(named("com.amazonaws.iam"), id="service without a region"),
    case(named(sub(f"com.amazonaws.{REGION}.sqs-fips")), id="service with validated cryptography"),
    case(named(sub(f"com.amazonaws.vpce.{REGION}.vpce-svc-0123456789abcdef0")), id="service of others"),
    case(named(ref("Free")), id="name that is given at deployment"),
    case(named(sub("com.amazonaws.${Free}.sqs")), id="region that is given at deployment"),
    case(named("sqs"), wrong("ServiceName", "endpoint Way is for sqs, which is the name of no service"), id="name without a region"),
    case(named(sub(f"xcom.amazonaws.{REGION}.sqs")), wrong("ServiceName", f"endpoint Way is for xcom.amazonaws.{REGION}.sqs, which is the name of no service"), id="name that begins as none does"),
    case(named(sub("com.amazonaws.${AWS::AccountId}.sqs")), wrong("ServiceName", "endpoint Way is for com.amazonaws.${AWS::AccountId}.sqs, which is the name of no service"), id="account for the region"),
    case(named(sub(f"com.amazonaws.{REGION}x.sqs")), wrong("ServiceName", f"endpoint Way is for com.amazonaws.{REGION}x.sqs, which is the name of no service"), id="more than the region"),
    case(named("com.amazonaws..sqs"), wrong("ServiceName", "endpoint Way is for com.amazonaws..sqs, which is the name of no service"), id="no region"),
    case(named("com.amazonaws.xus-east-1.sqs"), unsure("Way.Properties.ServiceName", "endpoint Way is for com.amazonaws.xus-east-1.sqs, which is none that is known of AWS"), id="region that there is not"),
    case(way("sqsx"), unsure("Way.Properties.ServiceName", f"endpoint Way is for com.amazonaws.{REGION}.sqsx, which is none that is known of AWS"), id="service that is not known"),
    case(way(ServiceName=None), refused("Way.Properties", "endpoint Way names no service"), id="endpoint without a service"),
    case(way(ServiceName=None, VpcEndpointType="ServiceNetwork", ServiceNetworkArn="arn:aws:vpc-lattice:us-east-1:123456789012:servicenetwork/sn-1", SubnetIds=None), id="endpoint of a service network"),
    case(gateway(), id="gateway endpoint"),
    case(gateway(service="dynamodb", VpcEndpointType=None), id="gateway endpoint by default"),
    case(gateway(service="sqs"), wrong("VpcEndpointType", "endpoint Way for sqs is of type Gateway, of which that service has none"), id="gateway of a service that has none"),
    case(way(VpcEndpointType="GatewayLoadBalancer"), wrong("VpcEndpointType", "endpoint Way for sqs is of type GatewayLoadBalancer, of which that service has none"), id="load balancer of a service of AWS"),
    case(gateway(SubnetIds=[ref("Subnet")]), wrong("SubnetIds", "endpoint Way is of type Gateway and has SubnetIds"), id="gateway in a subnet"),
    case(way("s3", DnsOptions={SCOPE: "OnlyInboundResolver"}, PrivateDnsEnabled=True), id="names for resolvers alone"),
    case(way(DnsOptions={SCOPE: "OnlyInboundResolver"}), unsure("Way.Properties.DnsOptions", f"endpoint Way has {SCOPE}, which is for services with gateway endpoints beside interface endpoints"), id="names for resolvers alone of another service"),
    case(gateway(PrivateDnsEnabled=True), wrong("PrivateDnsEnabled", "endpoint Way is of type Gateway and has private DNS"), id="gateway with private DNS"),
    case(way(RouteTableIds=[ref("Table")]), wrong("RouteTableIds", "endpoint Way is of type Interface and has RouteTableIds"), id="interface on a route table"),
    case({**way(VpcEndpointType=either("Prod", "Interface", "Gateway"))}, wrong("VpcEndpointType", "endpoint Way for sqs is of type Gateway, of which that service has none"), id="gateway under a condition"),
]  # fmt: skip

IN_ZONES = [
    case(twice(FIRST, SECOND), id="endpoint in two zones"),
    case(twice("us-east-1a", "us-east-1b"), id="zones that are written"),
    case(twice(ref("Free"), ref("Stage")), id="zones that are given at deployment"),
    case(way(SubnetIds=["subnet-0123456789abcdef0", ref("Subnet")]), id="subnet that is not in the template"),
    case(way(SubnetIds=[either("Prod", ref("Subnet")), either("NotProd", ref("PublicSubnet"))]), id="subnets under conditions"),
    case(twice(FIRST, {"Fn::Select": [0, {"Fn::GetAZs": ref("AWS::Region")}]}), wrong("SubnetIds", "endpoint Way is in subnets Subnet and PublicSubnet, which are of one Availability Zone"), id="endpoint twice in a zone"),
    case(way(SubnetIds=[ref("Subnet"), ref("Subnet")]), wrong("SubnetIds", "endpoint Way names subnet Subnet twice"), id="endpoint twice in a subnet"),
    case(twice(FIRST, None), unsure("Way.Properties.SubnetIds", "endpoint Way is in subnets Subnet and PublicSubnet, which may be of one Availability Zone"), id="zone that Amazon EC2 chooses"),
    case(twice(FIRST, "us-east-1a"), unsure("Way.Properties.SubnetIds", "endpoint Way is in subnets Subnet and PublicSubnet, which may be of one Availability Zone"), id="zone by its name beside one by its number"),
    case(way(SubnetIds=None), unsure("Way.Properties.SubnetIds", "endpoint Way is in no subnet"), id="interface endpoint in no subnet"),
    case({"Subnet.AvailabilityZone": {"Fn::Select": [2, AZS]}}, id="third zone"),
    case({"Subnet.AvailabilityZone": {"Fn::Select": [5, AZS]}}, id="sixth zone of a region that has it", region="us-east-1"),
    case({"Subnet.AvailabilityZone": {"Fn::Select": [3, AZS]}}, unsure("Subnet.Properties.AvailabilityZone", "subnet Subnet is in zone 4 of its region, which may have but 3"), id="fourth zone"),
    case({"Subnet.AvailabilityZone": {"Fn::Select": [2, AZS]}}, unsure("Subnet.Properties.AvailabilityZone", "subnet Subnet is in zone 3 of us-west-1, which may have but 2"), id="third zone of a region that has two", region="us-west-1"),
    case({"Subnet.AvailabilityZone": "us-west-2-lax-1a"}, id="local zone"),
    case({"Subnet.AvailabilityZone": "eu-west-1a"}, wrong("AvailabilityZone", "subnet Subnet is in eu-west-1a, which is no Availability Zone of us-east-1", "Subnet"), id="zone of another region", region="us-east-1"),
    case({"Subnet.AvailabilityZone": "dummy1a"}, id="zone that the CDK looks up", region="us-east-1"),
]  # fmt: skip

TOGETHER = [
    case(way(PrivateDnsEnabled=True), id="private DNS"),
    case({**way(PrivateDnsEnabled=True), "Vpc.EnableDnsHostnames": False}, wrong("PrivateDnsEnabled", "endpoint Way has private DNS, and EnableDnsHostnames of VPC Vpc is false"), id="private DNS in a VPC without host names"),
    case({**way(PrivateDnsEnabled=True), "Vpc.EnableDnsSupport": False}, wrong("PrivateDnsEnabled", "endpoint Way has private DNS, and EnableDnsSupport of VPC Vpc is false"), id="private DNS in a VPC without DNS"),
    case({**way(), "Vpc.EnableDnsHostnames": False}, id="endpoint without private DNS in a VPC without host names"),
    case({**way(PrivateDnsEnabled=True), **way(name="More")}, id="private DNS of one of two endpoints"),
    case({**way(PrivateDnsEnabled=True), **way(name="More", PrivateDnsEnabled=True)}, wrong("PrivateDnsEnabled", "endpoint More has the private DNS names of Way", "More"), id="private DNS of two endpoints"),
    case({"Way": {**way(PrivateDnsEnabled=True)["Way"], "Condition": "Prod"}, "More": {**way(PrivateDnsEnabled=True)["Way"], "Condition": "NotProd"}}, id="private DNS of two endpoints that are not there together"),
    case({**gateway(), **gateway("More", RouteTableIds=[ref("PublicTable")])}, id="gateway endpoints on two route tables"),
    case({**gateway(), **gateway("More")}, wrong("RouteTableIds", "endpoint More is on route table Table, as Way is", "More"), id="gateway endpoints on one route table"),
    case({**OTHER_VPC, **way(VpcId=ref("OtherVpc"), SecurityGroupIds=None)}, wrong("SubnetIds", "Way and Subnet are of different VPCs"), id="endpoint in a subnet of another VPC"),
    case({"TaskGroup.VpcId": ref("OtherVpc"), **OTHER_VPC}, refused(f"{AT_NETWORK}.AwsvpcConfiguration.SecurityGroups", "Subnet and TaskGroup are of different VPCs"), id="service in a group of another VPC"),
    case({f"{NETWORK}.AwsvpcConfiguration.SecurityGroups": [ref("Own")], "Own": resource("EC2::SecurityGroup", GroupDescription="Own")}, refused(f"{AT_NETWORK}.AwsvpcConfiguration.SecurityGroups", "Subnet and Own are of different VPCs"), id="service in a group of the default VPC"),
    case({"Table.VpcId": ref("OtherVpc"), **OTHER_VPC}, refused("Association.Properties.RouteTableId", "Subnet and Table are of different VPCs"), id="route table of another VPC"),
    case({"More": resource("EC2::SubnetRouteTableAssociation", SubnetId=ref("Subnet"), RouteTableId=ref("PublicTable"))}, wrong("SubnetId", "More and Association have both SubnetId ${Subnet}", "More"), id="two route tables of a subnet"),
    case({"More": under("Prod", "EC2::SubnetRouteTableAssociation", SubnetId=ref("Subnet"), RouteTableId=ref("PublicTable"))}, wrong("SubnetId", "More and Association have both SubnetId ${Subnet}", "More"), id="two route tables of a subnet under a condition"),
    case({"Acl": resource("EC2::NetworkAcl", VpcId=ref("Vpc")), **{name: resource("EC2::SubnetNetworkAclAssociation", SubnetId=ref("PublicSubnet"), NetworkAclId=ref("Acl")) for name in ("One", "More")}}, unsure("More.Properties.SubnetId", "More and One have both SubnetId ${PublicSubnet}"), id="two network ACLs of a subnet"),
    case({"More": route("Table", GatewayId=ref("Igw"))}, wrong("DestinationCidrBlock", "More and Route have both DestinationCidrBlock 0.0.0.0/0", "More"), id="two routes to one range"),
    case({"More": resource("EC2::NatGateway", SubnetId=ref("PublicSubnet"), AllocationId="eipalloc-1")}, wrong("AllocationId", "More and Nat have both AllocationId eipalloc-1", "More"), id="two NAT gateways of one address"),
    case({**natted(), "Address": resource("EC2::EIP")}, id="NAT gateway with an address"),
    case({**natted(), "Address": resource("EC2::EIP", InstanceId="i-0123456789abcdef0")}, unsure("More.Properties.AllocationId", "More has the address of Address, which has an InstanceId"), id="NAT gateway with the address of an instance"),
    case({"More": resource("EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.0.9.0/24", Ipv6Native=True)}, unsure("More.Properties", "More has CidrBlock beside Ipv6Native true"), id="range of IPv4 of a subnet without it"),
    case({"More": resource("EC2::FlowLog", ResourceType="VPC", ResourceId=ref("Vpc"), TrafficType="ALL", LogGroupName="a", DeliverLogsPermissionArn="arn:aws:iam::123456789012:role/a", DestinationOptions={"FileFormat": "plain-text", "HiveCompatiblePartitions": True, "PerHourPartition": True})}, unsure("More.Properties", "More has DestinationOptions beside no LogDestinationType"), id="files of a flow log that goes to a log group"),
    case({"Address": resource("EC2::EIP", Domain="vpcx")}, unsure("Address.Properties.Domain", "Domain of Address is 'vpcx', which is none of its known values"), id="domain of an address that is not known"),
    case({**subnet("More", "10.0.7.0/24"), "Attached": resource("EC2::VPCGatewayAttachment", VpcId=ref("OtherVpc"), InternetGatewayId=ref("Igw")), **OTHER_VPC}, wrong("InternetGatewayId", "Attached and Attachment have both InternetGatewayId ${Igw}", "Attached"), id="internet gateway of two VPCs"),
]  # fmt: skip

PORTS = [
    case(ingress(FromPort=443, ToPort=443), id="ports of a group"),
    case(ingress(IpProtocol="6", FromPort="0", ToPort="65535"), id="protocol by its number"),
    case(ingress(IpProtocol="-1"), id="all protocols"),
    case(ingress(IpProtocol=50), id="protocol without ports"),
    case(ingress(IpProtocol="icmp", FromPort=8, ToPort=-1), id="type of ICMP with all codes"),
    case(ingress(IpProtocol="icmpv6"), id="all types of ICMP 6"),
    case(ingress(FromPort=ref("Free"), ToPort=443), id="port that is given at deployment"),
    case(ingress(), rule("is of protocol tcp without a range of ports"), id="TCP without ports"),
    case(ingress(IpProtocol="UDP", FromPort=53), rule("is of protocol udp without a range of ports"), id="UDP with one port"),
    case(ingress(FromPort=443, ToPort=80), rule("is of protocol tcp and of ports 443 to 80"), id="ports in the wrong order"),
    case(ingress(FromPort=443, ToPort=65536), rule("is of protocol tcp and of ports 443 to 65536"), id="port above the last"),
    case(ingress(IpProtocol="icmp"), rule("is of protocol icmp without type and code"), id="ICMP without a type"),
    case(ingress(IpProtocol="icmp", FromPort=-1, ToPort=8), rule("is of protocol icmp, of type -1 and code 8"), id="code of all types of ICMP"),
    case(ingress(IpProtocol="icmp", FromPort=256, ToPort=-1), rule("is of protocol icmp, of type 256 and code -1"), id="type of ICMP that there is not"),
    case(ingress(IpProtocol="tcpx"), unsure("Own.Properties.SecurityGroupIngress[0]", "a rule of Own is of protocol tcpx, which is none that is known"), id="protocol that is not known"),
    case({"Rule": resource("EC2::SecurityGroupEgress", GroupId=ref("TaskGroup"), IpProtocol="tcp", CidrIp="10.0.0.0/16")}, refused("Rule.Properties", "a rule of Rule is of protocol tcp without a range of ports"), id="rule apart from its group"),
    case(entry(6, 1024, 65535), id="ports of a network ACL"),
    case(entry(6, 1024, 65536), wrong("PortRange", "Entry is of protocol tcp and of ports 1024 to 65536", "Entry"), id="port above the last in a network ACL"),
    case(entry("17", 53, 52), wrong("PortRange", "Entry is of protocol udp and of ports 53 to 52", "Entry"), id="ports of a network ACL in the wrong order"),
    case(entry(-1, 2, 1), id="ports of all protocols in a network ACL"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "region", "expected"), [*KINDS, *IN_ZONES, *TOGETHER, *PORTS])
def test_parts_of_networks(changes: Mapping[str, Any], region: str | None, expected: Sequence[str]) -> None:
    assert said([written(changes, region)]) == [*expected]


def written(changes: Mapping[str, Any], region: str | None) -> Template:
    body = {**SECTIONS, "Resources": changed(ON_FARGATE, changes)}
    return Template("template", body, region=region, account=None)
