"""Instances and the capacity that they are of."""

from __future__ import annotations

from tests.mutations.declared.declaration import EMPTY, SWITCH, Declared, H

MACHINES = (
    Declared(
        H, "AWS::EC2::LaunchTemplate", ("TagSpecifications", "LaunchTemplateData/TagSpecifications"), EMPTY, "tags"
    ),
    Declared(H, "AWS::EC2::LaunchTemplate", ("LaunchTemplateData/Monitoring",), EMPTY, "watches what runs"),
    Declared(H, "AWS::EC2::LaunchTemplate", ("LaunchTemplateData/Monitoring/Enabled",), SWITCH, "watches what runs"),
    Declared(
        H, "AWS::EC2::LaunchTemplate", ("LaunchTemplateData/MetadataOptions",), EMPTY, "the service is on by default"
    ),
    Declared(
        H,
        "AWS::EC2::LaunchTemplate",
        ("LaunchTemplateData/MetadataOptions/HttpTokens",),
        SWITCH,
        "the agent takes either version of the metadata service",
    ),
)
