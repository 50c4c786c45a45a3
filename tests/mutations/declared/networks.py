"""Networks: subnets, routes, groups, network ACLs, endpoints."""

from __future__ import annotations

from tests.mutations.declared.declaration import GONE, SWITCH, Declared, E, H

NETWORKS = (
    Declared(E, "AWS::EC2::VPC", ("EnableDnsSupport", "InstanceTenancy"), GONE, "is the default"),
    Declared(
        H, "AWS::EC2::Subnet", ("MapPublicIpOnLaunch",), SWITCH, "the subnets of the bases have it without a way out"
    ),
)
