"""The network link where parts of a network do not fit together, or may be changed by parts elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.pull.network.networks import (
    EC2,
    ENDPOINTS,
    NAT,
    PUBLIC,
    Resources,
    changed,
    judged,
    one,
    ref,
    resource,
    route,
    subnet,
    template,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

PARAMETERS = {"Free": {"Type": "String"}}
SVC = "Service.NetworkConfiguration.AwsvpcConfiguration."
PULL, REGISTRY = "ecr.api, ecr.dkr and s3", "ecr.api and ecr.dkr"
ALL = "ecr.api, ecr.dkr, s3, ecs, ecs-agent and ecs-telemetry"
BY_NAT = "holds: from Subnet: ecr.api, ecr.dkr and s3 by NAT gateway Nat"
BY_GATEWAY = "holds: from Subnet: ecr.api, ecr.dkr and s3 by internet gateway Igw"
BY_ENDPOINTS = (
    "holds: from Subnet: ecr.api by endpoint Api, ecr.dkr by endpoint Registry, s3 by gateway endpoint Layers"
)
ADDRESS = {f"{SVC}AssignPublicIp": "ENABLED"}
OTHER = {"Other": resource("EC2::VPC", CidrBlock="10.1.0.0/16")}
OTHER_GROUP = {**OTHER, "OtherGroup": resource("EC2::SecurityGroup", VpcId=ref("Other"))}
OTHER_SUBNET = {
    **OTHER,
    **subnet("Far", "10.1.0.0/24"),
    "FarSubnet.VpcId": ref("Other"),
    "FarTable.VpcId": ref("Other"),
}
EDGE = "Edge may lead elsewhere what comes back by internet gateway Igw"
OPEN_TO_ALL = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}


def no(why: str, services: str = PULL) -> str:
    return f"broken: no way to {services} from Subnet: VPC Vpc has no such endpoint, and {why}"


def unsure(why: str, services: str = PULL) -> str:
    return f"unknown: cannot verify the way to {services} from Subnet: {why}"


def unsure_exit(why: str) -> str:
    return unsure(f"VPC Vpc has no such endpoint, and {why}")


def apart(one: str, other: str) -> str:
    return f"unknown: {one} and {other} are in different VPCs"


def zone(name: Any) -> Mapping[str, Any]:
    return {"Subnet.AvailabilityZone": name}


VPCS = [
    pytest.param(
        NAT, {**OTHER_GROUP, f"{SVC}SecurityGroups": [ref("OtherGroup")]}, apart("Subnet", "OtherGroup"), id="group"
    ),
    pytest.param(
        NAT,
        {**OTHER_GROUP, f"{SVC}SecurityGroups": [ref("TaskGroup"), ref("OtherGroup")]},
        apart("Subnet", "OtherGroup"),
        id="second group",
    ),
    pytest.param(NAT, {"TaskGroup.VpcId": None}, apart("Subnet", "TaskGroup"), id="group of the default VPC"),
    pytest.param(NAT, {"TaskGroup.VpcId": ref("Free")}, BY_NAT, id="group of a VPC that may be the same"),
    pytest.param(
        {**NAT, **EC2},
        {**OTHER_GROUP, "Launch.LaunchTemplateData.SecurityGroupIds": [ref("OtherGroup")]},
        apart("Subnet", "OtherGroup"),
        id="group of instances",
    ),
    pytest.param(
        {**NAT, "FarRoute": route("FarTable", NatGatewayId=ref("Nat"))},
        {**OTHER_SUBNET, f"{SVC}Subnets": [ref("Subnet"), ref("FarSubnet")]},
        apart("Subnet", "FarSubnet"),
        id="subnets",
    ),
    pytest.param(
        ENDPOINTS,
        {**OTHER_GROUP, "OtherGroup.SecurityGroupIngress": [OPEN_TO_ALL], "Api.SecurityGroupIds": [ref("OtherGroup")]},
        unsure("endpoint Api and OtherGroup are in different VPCs", "ecr.api"),
        id="group of an endpoint",
    ),
    pytest.param(
        ENDPOINTS,
        {**OTHER_SUBNET, "Api.SubnetIds": [ref("FarSubnet")]},
        unsure("endpoint Api and FarSubnet are in different VPCs", "ecr.api"),
        id="subnet of an endpoint",
    ),
    pytest.param(
        NAT,
        {
            **OTHER_SUBNET,
            "FarIgw": resource("EC2::InternetGateway"),
            "FarAttachment": resource("EC2::VPCGatewayAttachment", VpcId=ref("Other"), InternetGatewayId=ref("FarIgw")),
            "FarRoute": route("FarTable", GatewayId=ref("FarIgw")),
            "Nat.SubnetId": ref("FarSubnet"),
        },
        unsure_exit("NAT gateway Nat is in another VPC"),
        id="NAT gateway",
    ),
    pytest.param(
        NAT,
        {**OTHER, "Table.VpcId": ref("Other")},
        unsure_exit("route table Table is in another VPC"),
        id="route table",
    ),
]
"""Parts of several VPCs, which can't be deployed."""

WAYS = [
    pytest.param(
        NAT,
        {"Route.NatGatewayId": None, "Route.EgressOnlyInternetGatewayId": "eigw-1"},
        no("egress-only internet gateway eigw-1 takes no IPv4"),
        id="IPv4 to an egress-only gateway",
    ),
    pytest.param(
        PUBLIC,
        {
            **ADDRESS,
            "Edge": resource("EC2::GatewayRouteTableAssociation", GatewayId=ref("Igw"), RouteTableId=ref("Table")),
        },
        unsure_exit(EDGE),
        id="gateway with a route table",
    ),
    pytest.param(
        PUBLIC,
        {
            **ADDRESS,
            "Edge": resource("EC2::GatewayRouteTableAssociation", GatewayId="igw-1", RouteTableId=ref("Table")),
        },
        unsure_exit(EDGE),
        id="gateway with a route table, perhaps",
    ),
    pytest.param(
        NAT,
        {"Server": resource("EC2::RouteServerPropagation", RouteTableId=ref("Table"), RouteServerId="rs-1")},
        unsure_exit("Server may lead elsewhere from route table Table"),
        id="route server",
    ),
    pytest.param(
        NAT,
        {"Server": resource("EC2::RouteServerPropagation", RouteTableId=ref("PublicTable"), RouteServerId="rs-1")},
        unsure_exit(
            "NAT gateway Nat is in subnet PublicSubnet, where Server may lead elsewhere from route table PublicTable"
        ),
        id="route server of the NAT gateway's table",
    ),
    pytest.param(
        NAT, {"Nat.AllocationId": None}, no("NAT gateway Nat has no AllocationId"), id="NAT gateway without address"
    ),
    pytest.param(
        NAT,
        {"Nat.AllocationId": None, "Nat.ConnectivityType": "private"},
        no("ConnectivityType of NAT gateway Nat is private"),
        id="private NAT gateway without address",
    ),
]
"""Ways out that are none, or may be led elsewhere."""

ZONES = [
    pytest.param(NAT, zone("us-east-1a"), BY_NAT, id="Availability Zone"),
    pytest.param(NAT, zone({"Fn::Select": [0, {"Fn::GetAZs": ""}]}), BY_NAT, id="Availability Zone by its number"),
    pytest.param(
        NAT,
        zone("us-east-1-bos-1a"),
        unsure("whether Fargate runs in us-east-1-bos-1a is not known"),
        id="Local Zone",
    ),
    pytest.param(
        NAT,
        zone("us-east-1-wl1-bos-wlz-1"),
        unsure("whether Fargate runs in us-east-1-wl1-bos-wlz-1 is not known"),
        id="Wavelength Zone",
    ),
    pytest.param(
        NAT,
        {"Subnet.OutpostArn": "arn:aws:outposts:us-east-1:123456789012:outpost/op-1"},
        unsure("whether Fargate runs on an Outpost is not known"),
        id="Outpost",
    ),
    pytest.param(
        {**NAT, **EC2},
        zone("us-east-1-bos-1a"),
        f"holds: from Subnet: {ALL} by NAT gateway Nat",
        id="instances in a Local Zone",
    ),
]
"""Where Fargate may not run."""

RANGES = [
    pytest.param(properties, expected, id=name)
    for name, properties, expected in (
        ("IPv6 range", {"AmazonProvidedIpv6CidrBlock": True}, BY_ENDPOINTS),
        (
            "range of a pool",
            {"Ipv4IpamPoolId": "ipam-pool-1"},
            unsure("it is not known whether security group EndpointGroup lets TCP 443 in from TaskGroup", REGISTRY),
        ),
    )
]


@pytest.mark.parametrize(("network", "changes", "expected"), [*VPCS, *WAYS, *ZONES])
def test_link(network: Resources, changes: Mapping[str, Any], expected: str) -> None:
    assert one(network, changes, "us-east-1", Parameters=PARAMETERS) == expected


@pytest.mark.parametrize(("properties", "expected"), RANGES)
def test_second_range(properties: Mapping[str, Any], expected: str) -> None:
    changes = {
        "Subnet.CidrBlock": {"Fn::Select": [0, {"Fn::Cidr": [{"Fn::GetAtt": ["Vpc", "CidrBlock"]}, 6, 8]}]},
        "EndpointGroup.SecurityGroupIngress.0": {**OPEN_TO_ALL, "CidrIp": {"Fn::GetAtt": ["Vpc", "CidrBlock"]}},
        "Second": resource("EC2::VPCCidrBlock", VpcId=ref("Vpc"), **properties),
    }
    assert one(ENDPOINTS, changes, "us-east-1") == expected


def test_chain_of_nat_gateways() -> None:
    """However long it is, what counts is that the first one is behind another."""
    network = changed(NAT, {})
    for number in range(300):
        network |= subnet(f"N{number}", "10.0.2.0/24")
        network[f"Nat{number}"] = resource(
            "EC2::NatGateway", SubnetId=ref(f"N{number}Subnet"), AllocationId="eipalloc-1"
        )
        network[f"Route{number}"] = route(f"N{number}Table", NatGatewayId=ref(f"Nat{number - 1}" if number else "Nat"))
    network["Route"] = route("Table", NatGatewayId=ref("Nat299"))
    found = one(network, {}, "us-east-1")
    assert found == unsure_exit(
        "NAT gateway Nat299 is in subnet N299Subnet, where traffic goes through NAT gateway Nat298"
    )


def elsewhere(network: Resources, changes: Mapping[str, Any], other: Resources) -> str:
    """The network link of the only container, with another template beside its own."""
    (found,) = judged([template(changed(network, changes)), template(other, Parameters=PARAMETERS)])
    return found


@pytest.mark.parametrize(
    ("rule", "changes", "expected"),
    [
        pytest.param(
            {"CidrIp": "10.0.0.0/8"},
            {"TaskGroup.SecurityGroupEgress": None},
            unsure_exit("it is not known whether security group TaskGroup lets TCP 443 out to the internet"),
            id="takes the default rule away, perhaps",
        ),
        pytest.param({"CidrIp": "10.0.0.0/8"}, {}, BY_NAT, id="beside a rule of the group's own"),
    ],
)
def test_egress_elsewhere(rule: Mapping[str, Any], changes: Mapping[str, Any], expected: str) -> None:
    out = resource("EC2::SecurityGroupEgress", GroupId=ref("Free"), IpProtocol="tcp", FromPort=443, ToPort=443, **rule)
    assert elsewhere(NAT, changes, {"Out": out}) == expected


@pytest.mark.parametrize(
    ("servers", "expected"),
    [
        pytest.param("10.0.0.2", unsure_exit("DHCP options of VPC Vpc may name other DNS servers"), id="other servers"),
        pytest.param("AmazonProvidedDNS", BY_NAT, id="servers of Amazon"),
    ],
)
def test_names_elsewhere(servers: str, expected: str) -> None:
    options = resource("EC2::DHCPOptions", DomainNameServers=[servers])
    dhcp = resource("EC2::VPCDHCPOptionsAssociation", VpcId=ref("Free"), DhcpOptionsId=ref("Options"))
    assert elsewhere(NAT, {}, {"Options": options, "Dhcp": dhcp}) == expected
