"""Small networks to judge: their resources by logical ID, and ways to change one thing in them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.pull.facts import Facts, Policy
from tests import worlds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Resources = dict[str, Any]

OWN = {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/app:1"}


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def resource(type_: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{type_}", "Properties": properties}


def endpoint(service: str, **properties: Any) -> dict[str, Any]:
    return resource(
        "EC2::VPCEndpoint",
        **{
            "ServiceName": {"Fn::Sub": f"com.amazonaws.${{AWS::Region}}.{service}"},
            "VpcEndpointType": "Interface",
            "VpcId": ref("Vpc"),
            "SubnetIds": [ref("Subnet")],
            "SecurityGroupIds": [ref("EndpointGroup")],
            "PrivateDnsEnabled": True,
            **properties,
        },
    )


def subnet(name: str, cidr: str) -> Resources:
    """A subnet with a route table of its own."""
    return {
        f"{name}Subnet" if name else "Subnet": resource("EC2::Subnet", VpcId=ref("Vpc"), CidrBlock=cidr),
        f"{name}Table": resource("EC2::RouteTable", VpcId=ref("Vpc")),
        f"{name}Association": resource(
            "EC2::SubnetRouteTableAssociation", SubnetId=ref(f"{name}Subnet"), RouteTableId=ref(f"{name}Table")
        ),
    }


def route(table: str, **target: Any) -> dict[str, Any]:
    return resource("EC2::Route", **{"RouteTableId": ref(table), "DestinationCidrBlock": "0.0.0.0/0", **target})


BASE: Resources = {
    "Vpc": resource("EC2::VPC", CidrBlock="10.0.0.0/16", EnableDnsHostnames=True),
    **subnet("", "10.0.0.0/24"),
    "TaskGroup": resource(
        "EC2::SecurityGroup",
        GroupDescription="Tasks",
        VpcId=ref("Vpc"),
        SecurityGroupEgress=[
            {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"},
            {"IpProtocol": "-1", "CidrIpv6": "::/0"},
        ],
    ),
}

PUBLIC_SIDE: Resources = {
    "Igw": resource("EC2::InternetGateway"),
    "Attachment": resource("EC2::VPCGatewayAttachment", VpcId=ref("Vpc"), InternetGatewayId=ref("Igw")),
}

FARGATE: Resources = {
    "Task": resource(
        "ECS::TaskDefinition",
        NetworkMode="awsvpc",
        Cpu="256",
        Memory="512",
        RequiresCompatibilities=["FARGATE"],
        ContainerDefinitions=[{"Name": "web", "Image": OWN}],
    ),
    "Cluster": resource("ECS::Cluster"),
    "Service": resource(
        "ECS::Service",
        Cluster=ref("Cluster"),
        LaunchType="FARGATE",
        TaskDefinition=ref("Task"),
        NetworkConfiguration={
            "AwsvpcConfiguration": {
                "Subnets": [ref("Subnet")],
                "SecurityGroups": [ref("TaskGroup")],
                "AssignPublicIp": "DISABLED",
            }
        },
    ),
}

EC2: Resources = {
    "Task": resource("ECS::TaskDefinition", ContainerDefinitions=[{"Name": "web", "Image": OWN, "Memory": 256}]),
    "Launch": resource(
        "EC2::LaunchTemplate",
        LaunchTemplateData={
            "ImageId": "ami-0123456789abcdef0",
            "InstanceType": "t3.small",
            "SecurityGroupIds": [ref("TaskGroup")],
        },
    ),
    "Group": resource(
        "AutoScaling::AutoScalingGroup",
        MinSize="1",
        MaxSize="1",
        VPCZoneIdentifier=[ref("Subnet")],
        LaunchTemplate={"LaunchTemplateId": ref("Launch"), "Version": "1"},
    ),
    "Provider": resource("ECS::CapacityProvider", AutoScalingGroupProvider={"AutoScalingGroupArn": ref("Group")}),
    "Service": resource(
        "ECS::Service",
        TaskDefinition=ref("Task"),
        CapacityProviderStrategy=[{"CapacityProvider": ref("Provider"), "Weight": 1}],
    ),
}

_ENDPOINT_GROUP = resource(
    "EC2::SecurityGroup",
    VpcId=ref("Vpc"),
    SecurityGroupIngress=[
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "SourceSecurityGroupId": ref("TaskGroup")}
    ],
)

ENDPOINTS: Resources = {
    **BASE,
    **FARGATE,
    "EndpointGroup": _ENDPOINT_GROUP,
    "Api": endpoint("ecr.api"),
    "Registry": endpoint("ecr.dkr"),
    "Layers": resource(
        "EC2::VPCEndpoint",
        ServiceName={"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"},
        VpcId=ref("Vpc"),
        RouteTableIds=[ref("Table")],
    ),
}
"""Fargate in an isolated subnet with endpoints."""

PUBLIC: Resources = {**BASE, **PUBLIC_SIDE, **FARGATE, "Route": route("Table", GatewayId=ref("Igw"))}
"""Fargate in a subnet with an internet gateway; the tasks have no public address yet."""

NAT: Resources = {
    **BASE,
    **PUBLIC_SIDE,
    **FARGATE,
    **subnet("Public", "10.0.1.0/24"),
    "PublicRoute": route("PublicTable", GatewayId=ref("Igw")),
    "Nat": resource("EC2::NatGateway", SubnetId=ref("PublicSubnet"), AllocationId="eipalloc-1"),
    "Route": route("Table", NatGatewayId=ref("Nat")),
}
"""Fargate in a private subnet with a NAT gateway."""

ISOLATED: Resources = {**BASE, **FARGATE}
"""Fargate in a subnet that leads nowhere."""

INSTANCES: Resources = {
    **ENDPOINTS,
    **EC2,
    "Ecs": endpoint("ecs"),
    "Agent": endpoint("ecs-agent"),
    "Telemetry": endpoint("ecs-telemetry"),
}
"""Container instances in an isolated subnet with endpoints."""


def changed(resources: Resources, changes: Mapping[str, Any]) -> Resources:
    """Return resources with some changed: `Vpc` is a resource, `Vpc.CidrBlock` a property; None removes either."""
    found = copy.deepcopy(resources)
    for path, value in changes.items():
        name, *keys = path.split(".")
        target, last = (found, name) if not keys else (found[name]["Properties"], keys[-1])
        for key in keys[:-1]:
            target = target[int(key)] if isinstance(target, list) else target[key]
        index: Any = int(last) if isinstance(target, list) else last
        if value is None:
            del target[index]
        else:
            target[index] = copy.deepcopy(value)
    return found


def template(resources: Resources, region: str | None = None, **sections: Any) -> Template:
    return Template("template", {"Resources": resources, **sections}, region=region, account=None)


def judged(templates: Sequence[Template], policy: Policy | None = None) -> list[str]:
    """The network link of each container in one line: its verdict and the evidence."""
    facts = Facts(templates, policy or Policy())
    links = [worlds.link(facts, place, "network") for place in facts.places]
    return [f"{link.verdict.value}: {link.evidence}" for link in links]


def one(resources: Resources, changes: Mapping[str, Any], region: str | None = None, **sections: Any) -> str:
    """The network link of the only container of a changed network."""
    (found,) = judged([template(changed(resources, changes), region, **sections)])
    return found
