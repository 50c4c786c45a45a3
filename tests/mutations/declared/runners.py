"""ECS Managed Instances and Express Mode."""

from __future__ import annotations

from tests.mutations.declared.declaration import EMPTY, GONE, TEXT, Declared, E, H

_PROVIDER, _EXPRESS, _SUBNET, _VPC = (
    *("AWS::ECS::CapacityProvider", "AWS::ECS::ExpressGatewayService"),
    *("AWS::EC2::Subnet", "AWS::EC2::VPC"),
)
_LAUNCH = "ManagedInstancesProvider/InstanceLaunchTemplate"
_REQUIREMENTS = f"{_LAUNCH}/InstanceRequirements"
_BASES = ("managed-instances", "express")
_NUMBER, _OTHER, _REFERENCE = ("exchanged number",), ("exchanged other",), ("exchanged reference",)

_INSTANCES = (
    Declared(
        H,
        _PROVIDER,
        (
            _REQUIREMENTS,
            f"{_REQUIREMENTS}/CpuManufacturers",
            f"{_REQUIREMENTS}/CpuManufacturers/*",
            f"{_REQUIREMENTS}/MemoryMiB/Max",
            f"{_REQUIREMENTS}/VCpuCount/Max",
        ),
        EMPTY,
        "Amazon ECS chooses among more instance types, by the architecture and the size of the task",
    ),
    Declared(
        H,
        _PROVIDER,
        tuple(f"{_REQUIREMENTS}/{key}/{end}" for key in ("MemoryMiB", "VCpuCount") for end in ("Max", "Min")),
        (*_NUMBER, *_OTHER),
        "an instance type that is large enough for the task is left",
    ),
    Declared(
        H,
        _PROVIDER,
        (_REQUIREMENTS,),
        (
            "added MaxSpotPriceAsPercentageOfOptimalOnDemandPrice",
            "added OnDemandMaxPricePercentageOverLowestPrice",
            "added SpotMaxPricePercentageOverLowestPrice",
        ),
        "the cheapest instance type is left, and each is large enough for the task",
    ),
    Declared(
        H,
        _PROVIDER,
        (f"{_LAUNCH}/NetworkConfiguration/Subnets/*",),
        (*GONE, *_REFERENCE),
        "one of the subnets is enough",
        new=("(gone)", "{*Fn::If*", '{"Ref": "SubnetA"}', '{"Ref": "SubnetB"}'),
    ),
    Declared(E, _PROVIDER, (_LAUNCH,), ("added CapacityOptionType", "added FipsEnabled"), "is the default"),
    Declared(
        H,
        "AWS::ECS::Service",
        ("NetworkConfiguration/AwsvpcConfiguration/SecurityGroups",),
        GONE,
        "the instance pulls; the task is in the default group of the VPC",
        bases=("managed-instances",),
    ),
    Declared(
        H,
        "AWS::ECS::Service",
        ("NetworkConfiguration/AwsvpcConfiguration/SecurityGroups/*",),
        GONE,
        "the instance pulls; the task is in the default group of the VPC",
        bases=("managed-instances",),
    ),
    Declared(
        H,
        "AWS::ECS::Service",
        ("NetworkConfiguration/AwsvpcConfiguration/Subnets/*",),
        _REFERENCE,
        "the instance pulls, and the task may be in another subnet of its zone",
        bases=("managed-instances",),
        new=('{"Ref": "PublicSubnet"}',),
    ),
    Declared(
        H,
        "AWS::ECS::TaskDefinition",
        ("Cpu", "Memory"),
        _NUMBER,
        "an instance type that is large enough for the task is left",
        bases=("managed-instances",),
    ),
    Declared(
        H,
        "AWS::IAM::Role",
        ("RoleName",),
        TEXT,
        "begins as the managed policy of AWS asks for",
        bases=("managed-instances",),
        new=("ecsInstanceRole*",),
    ),
)
_SERVICES = (
    Declared(H, _EXPRESS, (".", "PrimaryContainer"), ("conditional",), "where it is not there, no task has to start"),
    Declared(H, _EXPRESS, ("Cluster",), GONE, "Express Mode makes the default cluster, with AWS Fargate"),
    Declared(
        H,
        "AWS::ECS::Cluster",
        ("CapacityProviders",),
        _OTHER,
        "AWS Fargate is among them",
        bases=("express", "pull-through-cache"),
    ),
    Declared(H, _EXPRESS, ("Cpu", "Memory"), (*_NUMBER, *_OTHER), "another size that AWS Fargate has"),
    Declared(
        H,
        _EXPRESS,
        ("PrimaryContainer/AwsLogsConfiguration",),
        GONE,
        "Express Mode makes a log group, and the role may write to any",
    ),
    Declared(
        H,
        _EXPRESS,
        ("PrimaryContainer/AwsLogsConfiguration/LogStreamPrefix",),
        TEXT,
        "is a part of the name of the log stream, which the driver makes",
    ),
    Declared(
        H,
        _EXPRESS,
        ("PrimaryContainer/ContainerPort",),
        (*GONE, *_NUMBER, *_OTHER),
        "the container is started whatever port it listens on",
    ),
    Declared(
        H,
        _EXPRESS,
        ("PrimaryContainer/Image/**",),
        ("exchanged text",),
        "another tag of the same repository, whose image is pushed as well",
    ),
    Declared(
        H,
        _EXPRESS,
        ("ScalingTarget", "ScalingTarget/*"),
        (*GONE, *_NUMBER, *_OTHER),
        "says how many tasks there are, of which each starts",
    ),
)
_NETWORKS = (
    Declared(H, _VPC, ("CidrBlock",), _OTHER, "the subnets are in the smaller range too", _BASES, new=("10.0.0.0/17",)),
    Declared(
        H,
        _SUBNET,
        ("CidrBlock",),
        _OTHER,
        "is in the range of the VPC, and apart from the other subnets",
        _BASES,
        new=("10.0.128.0/17",),
    ),
    Declared(
        H,
        _SUBNET,
        ("AvailabilityZone", "AvailabilityZone/Fn::Select/*"),
        (*GONE, *_NUMBER),
        "the NAT gateway may be in any zone",
        ("express",),
        resources=("PublicSubnet",),
    ),
    Declared(
        H,
        _VPC,
        (".Properties",),
        ("added EnableDnsHostnames",),
        "only private names need it, and the base has neither interface endpoints nor private hosted zones",
        _BASES,
    ),
    Declared(E, _VPC, (".Properties",), ("added EnableDnsSupport",), "is the default", _BASES, new=("*true*",)),
)
RUNNERS = (*_INSTANCES, *_SERVICES, *_NETWORKS)
