"""Instances and the capacity that they are of."""

from __future__ import annotations

from tests.mutations.declared.declaration import EMPTY, GONE, SWITCH, Declared, E, H

_GROUP, _TEMPLATE, _PROVIDER = (
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::EC2::LaunchTemplate",
    "AWS::ECS::CapacityProvider",
)
_DATA, _SCRIPT = "LaunchTemplateData", "LaunchTemplateData/UserData/**"
_SPECIFICATION = "**TagSpecifications/*"
_OF_FARGATE = ("reference-fargate",)
_BESIDE = "the task runs on AWS Fargate, and Auto Scaling launches what stands beside it all the same"

_TAGS = (
    Declared(H, _TEMPLATE, ("TagSpecifications", f"{_DATA}/TagSpecifications"), EMPTY, "tags"),
    Declared(H, _TEMPLATE, ("TagSpecifications/*", f"{_DATA}/TagSpecifications/*"), GONE, "tags"),
)
_LAUNCH = (
    Declared(H, _TEMPLATE, (f"{_DATA}/Monitoring",), EMPTY, "watches what runs"),
    Declared(H, _TEMPLATE, (f"{_DATA}/Monitoring/Enabled",), SWITCH, "watches what runs"),
    Declared(H, _TEMPLATE, (f"{_DATA}/MetadataOptions",), EMPTY, "the service is on by default"),
    Declared(
        H,
        _TEMPLATE,
        (f"{_DATA}/MetadataOptions/HttpTokens",),
        SWITCH,
        "the agent takes either version of the metadata service",
    ),
    Declared(
        H,
        _TEMPLATE,
        (f"{_DATA}/MetadataOptions", f"{_DATA}/MetadataOptions/HttpPutResponseHopLimit"),
        ("deleted", "exchanged number", "exchanged other"),
        "the agent asks the metadata service on the network of the instance itself, one hop away",
    ),
    Declared(
        H,
        _TEMPLATE,
        (
            f"{_DATA}/BlockDeviceMappings",
            f"{_DATA}/BlockDeviceMappings/*",
            f"{_DATA}/BlockDeviceMappings/*/Ebs/Encrypted",
            f"{_DATA}/BlockDeviceMappings/*/Ebs/VolumeType",
        ),
        SWITCH,
        "the image says what volume it boots from, and does so from one of any type",
    ),
    Declared(
        H,
        _TEMPLATE,
        (f"{_DATA}/InstanceType",),
        ("exchanged size", "exchanged other"),
        "a type of the architecture of its image, which has room for the task",
    ),
    Declared(
        H,
        _TEMPLATE,
        (f"{_DATA}/NetworkInterfaces/*/AssociatePublicIpAddress",),
        SWITCH,
        "the routes of its subnets lead to VPC endpoints, whatever address it has",
        bases=("reference-ec2", "reference-fargate"),
    ),
)
_USER_DATA = (
    Declared(
        H,
        _TEMPLATE,
        (_SCRIPT,),
        ("exchanged text",),
        "what is left of the script names the cluster; the rest is not needed to join it",
        bases=("reference-ec2",),
        old=(" >> /etc/ecs/ecs.config\necho ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config",),
        new=(" >> /etc/ecs/ecs.config\n*",),
    ),
    Declared(
        H,
        _TEMPLATE,
        (_SCRIPT,),
        ("exchanged text",),
        "what is left of the settings names the cluster; the rest is not needed to join it",
        bases=("bottlerocket",),
        new=('[[]settings.ecs]\ncluster = "${Cluster}"\n*',),
    ),
    Declared(
        E,
        _TEMPLATE,
        (_SCRIPT,),
        ("exchanged text",),
        "the last line of a script may end without a line break",
        bases=("launch-type-ec2",),
        new=("#!/bin/bash\necho ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config",),
    ),
    Declared(
        H,
        _TEMPLATE,
        (_SCRIPT,),
        ("exchanged text",),
        "the shell ends a text at the end of the script, and the agent needs no setting besides the cluster",
        bases=("mixed-instances",),
        new=("#!/bin/bash\ncat <<'END' >> /etc/ecs/ecs.config\nECS_CLUSTER=${Cluster}\n*",),
    ),
)
_BESIDE_FARGATE = (
    Declared(
        H,
        _TEMPLATE,
        (
            f"{_DATA}/IamInstanceProfile",
            f"{_DATA}/IamInstanceProfile/Arn",
            f"{_DATA}/NetworkInterfaces",
            f"{_DATA}/NetworkInterfaces/*",
            f"{_DATA}/NetworkInterfaces/*/Groups",
            f"{_DATA}/NetworkInterfaces/*/Groups/*",
            f"{_DATA}/UserData",
        ),
        GONE,
        _BESIDE,
        bases=_OF_FARGATE,
    ),
    Declared(
        H,
        _TEMPLATE,
        (_SCRIPT,),
        ("deleted", "exchanged text", "exchanged other", "exchanged reference"),
        f"{_BESIDE}: whatever text they are given",
        bases=_OF_FARGATE,
    ),
)
_GROUPS = (
    Declared(
        H,
        _GROUP,
        ("MinSize", "MaxSize"),
        ("exchanged number", "exchanged other"),
        "there is an instance, or there is one as soon as a task needs it",
    ),
    Declared(
        H,
        _GROUP,
        (
            "MixedInstancesPolicy/InstancesDistribution",
            "MixedInstancesPolicy/InstancesDistribution/OnDemandPercentageAboveBaseCapacity",
            "MixedInstancesPolicy/InstancesDistribution/SpotAllocationStrategy",
        ),
        ("deleted", "exchanged number"),
        "a Spot Instance runs tasks as another one does",
    ),
    Declared(
        H,
        _GROUP,
        ("MixedInstancesPolicy/LaunchTemplate/Overrides/*",),
        GONE,
        "each of the other types has room for the task",
    ),
    Declared(
        H,
        _GROUP,
        ("MixedInstancesPolicy/LaunchTemplate/Overrides/*/InstanceType",),
        ("exchanged size",),
        "a type of the architecture of the image, which has room for the task",
    ),
    Declared(H, _GROUP, ("VPCZoneIdentifier/*",), GONE, "instances in one of the subnets are enough"),
)
_PROVIDERS = (
    Declared(
        H,
        _PROVIDER,
        ("AutoScalingGroupProvider/ManagedDraining", "AutoScalingGroupProvider/ManagedTerminationProtection"),
        SWITCH,
        "is about instances that are taken away",
    ),
    Declared(
        H,
        _PROVIDER,
        ("AutoScalingGroupProvider/ManagedScaling", "AutoScalingGroupProvider/ManagedScaling/TargetCapacity"),
        ("exchanged number", "exchanged other"),
        "says which part of the instances is kept in use",
    ),
    Declared(
        E,
        _PROVIDER,
        ("AutoScalingGroupProvider/ManagedScaling/TargetCapacity",),
        GONE,
        "100 is the default",
        old=("100",),
    ),
    Declared(
        H,
        _PROVIDER,
        ("AutoScalingGroupProvider/ManagedScaling/TargetCapacity",),
        GONE,
        "says which part of the instances is kept in use",
    ),
    Declared(
        H,
        _PROVIDER,
        ("AutoScalingGroupProvider/ManagedScaling", "AutoScalingGroupProvider/ManagedScaling/Status"),
        SWITCH,
        "the group has an instance without it",
        bases=("bottlerocket",),
    ),
)

MACHINES = (*_TAGS, *_LAUNCH, *_USER_DATA, *_BESIDE_FARGATE, *_GROUPS, *_PROVIDERS)
