"""The operating systems of ECS-optimized machine images: their volumes, and how an instance joins a cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from aws_cdk import aws_ec2 as ec2

if TYPE_CHECKING:
    from collections.abc import Callable


class _JoinScript(Protocol):
    def __call__(self, cluster_name: str, *, spot: bool) -> ec2.UserData: ...


@dataclass(frozen=True)
class AmiPlatform:
    """The operating system of machine images.

    Attributes:
        os_type: its kind.
        device_names: the devices of the EBS volumes; the last one holds the container images.
        empty_user_data: makes user data without commands.
        user_data: makes user data by which an instance joins a cluster, and drains when EC2 takes it back (`spot`).
    """

    os_type: ec2.OperatingSystemType
    device_names: tuple[str, ...]
    empty_user_data: Callable[[], ec2.UserData]
    user_data: _JoinScript


def _amazon_linux_user_data(cluster_name: str, *, spot: bool) -> ec2.UserData:
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html
    settings = [f"ECS_CLUSTER={cluster_name}", "ECS_AWSVPC_BLOCK_IMDS=true"]
    if spot:
        settings.append("ECS_ENABLE_SPOT_INSTANCE_DRAINING=true")
    user_data = ec2.UserData.for_linux()
    user_data.add_commands(*(f"echo {setting} >> /etc/ecs/ecs.config" for setting in settings))
    return user_data


def _bottlerocket_user_data(cluster_name: str, *, spot: bool) -> ec2.UserData:
    # https://bottlerocket.dev/en/os/latest/api/settings/ecs/
    settings = ["[settings.ecs]", f'cluster = "{cluster_name}"', "awsvpc-block-imds = true"]
    if spot:
        settings.append("enable-spot-instance-draining = true")
    return ec2.UserData.custom("\n".join(settings))


def _windows_user_data(cluster_name: str, *, spot: bool) -> ec2.UserData:
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bootstrap_windows_container_instance.html
    variables = ["ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE"]
    if spot:
        variables.append("ECS_ENABLE_SPOT_INSTANCE_DRAINING")
    user_data = ec2.UserData.for_windows()
    user_data.add_commands(
        *(f'[Environment]::SetEnvironmentVariable("{variable}", "true", "Machine")' for variable in variables),
        "Import-Module ECSTools",
        f"Initialize-ECSAgent -Cluster '{cluster_name}' -EnableTaskIAMRole -EnableTaskENI -AwsvpcBlockIMDS"
        """ -LoggingDrivers '["json-file","awslogs"]'""",
    )
    return user_data


AMAZON_LINUX: Final = AmiPlatform(
    ec2.OperatingSystemType.LINUX, ("/dev/xvda",), ec2.UserData.for_linux, _amazon_linux_user_data
)
BOTTLEROCKET: Final = AmiPlatform(
    ec2.OperatingSystemType.LINUX,
    ("/dev/xvda", "/dev/xvdb"),
    lambda: ec2.UserData.custom(""),
    _bottlerocket_user_data,
)
WINDOWS: Final = AmiPlatform(
    ec2.OperatingSystemType.WINDOWS, ("/dev/sda1",), ec2.UserData.for_windows, _windows_user_data
)
