"""The launch template of container instances, with their volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2

from ecr_ecs_constructs.instance_role import EcsInstanceRole
from ecr_ecs_constructs.key_policies import let_ec2_use

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from constructs import Construct

    from ecr_ecs_constructs.ami import EcsAmi
    from ecr_ecs_constructs.options import CapacityOptions


def make_launch_template(
    scope: Construct,
    *,
    instance_type: ec2.InstanceType,
    machine_image: EcsAmi,
    role: iam.IRole | iam.Role,
    security_group: ec2.ISecurityGroup,
    user_data: ec2.UserData,
    options: CapacityOptions,
) -> ec2.LaunchTemplate:
    """Make the launch template of a capacity, with the ID `LaunchTemplate`.

    Instances have no public address and answer to IMDSv2 with one hop, so that no container gets the credentials of
    its instance by a bridge. Their volumes are encrypted gp3. Amazon EC2 is let use the key of the volumes.

    Args:
        scope: where the launch template is made.
        instance_type: the instance type.
        machine_image: the machine image, of the architecture of the instance type.
        role: the role of the instances.
        security_group: the security group of the instances.
        user_data: the commands of the first boot.
        options: the arguments of the capacity, of which monitoring, key pair and volumes are taken.
    """
    # CDK makes an instance profile for a role; an EcsInstanceRole has one.
    profile = role.instance_profile if isinstance(role, EcsInstanceRole) else None
    launch_template = ec2.LaunchTemplate(
        scope,
        "LaunchTemplate",
        associate_public_ip_address=False,
        block_devices=_block_devices(machine_image, options),
        detailed_monitoring=options.get("instance_monitoring") is autoscaling.Monitoring.DETAILED,
        http_put_response_hop_limit=1,
        instance_profile=profile,
        instance_type=instance_type,
        key_pair=options.get("key_pair"),
        machine_image=machine_image,
        require_imdsv2=True,
        role=None if profile else role,
        security_group=security_group,
        user_data=user_data,
    )
    if key := options.get("volume_encryption_key"):
        let_ec2_use(key)
    return launch_template


class _Volume(ec2.BlockDeviceVolume):
    """An EBS volume that may take its size from the machine image, which CDK's factories don't offer."""

    def __init__(self, device: ec2.EbsDeviceProps) -> None:
        super().__init__(device)


def _block_devices(machine_image: EcsAmi, options: CapacityOptions) -> list[ec2.BlockDevice]:
    """Return the volumes of an instance; sizes and speeds are those of the last one, which holds the images."""
    *others, images = machine_image.device_names
    gp3, key, size = ec2.EbsDeviceVolumeType.GP3, options.get("volume_encryption_key"), options.get("volume_size")
    plain = _Volume(ec2.EbsDeviceProps(encrypted=True, kms_key=key, volume_type=gp3))
    sized = _Volume(
        ec2.EbsDeviceProps(
            encrypted=True,
            iops=options.get("volume_iops"),
            kms_key=key,
            throughput=options.get("volume_throughput"),
            volume_size=None if size is None else size.to_gibibytes(),
            volume_type=gp3,
        )
    )
    return [
        *(ec2.BlockDevice(device_name=name, volume=plain) for name in others),
        ec2.BlockDevice(device_name=images, volume=sized),
    ]
