"""The ECS-optimized machine images that AWS publishes: their SSM parameters, releases and ends of support."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aws_cdk import Token
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs

from ecr_ecs_constructs.ami_platforms import AMAZON_LINUX, BOTTLEROCKET, WINDOWS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecr_ecs_constructs.ami_platforms import AmiPlatform

X86_64: Final = ec2.InstanceArchitecture.X86_64
ARM_64: Final = ec2.InstanceArchitecture.ARM_64
ARCHITECTURE_NAMES: Final = {X86_64: "x86_64", ARM_64: "arm64"}

_RELEASE_LIFETIME = dt.timedelta(days=2 * 365)
"""The time after which AWS marks an ECS-optimized AMI as deprecated.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-optimized_AMI.html
"""


def _today() -> dt.date:
    """Return the day of synthesis; tests replace it to move in time."""
    return dt.datetime.now(dt.UTC).date()


@dataclass(frozen=True)
class AmiVariant:
    """A series of machine images of which AWS publishes releases.

    Attributes:
        name: the name for people.
        platform: the operating system.
        end_of_life: the last day of support; None where AWS has announced none.
        source: the page that announces it.
        parameters: the SSM parameter of each architecture; `{release}` stands for the name of a release.
        latest: the name that stands for the newest release.
        release_names: the name of a release in the parameter of each architecture; None for the release itself.
    """

    name: str
    platform: AmiPlatform
    end_of_life: dt.date | None
    source: str
    parameters: Mapping[ec2.InstanceArchitecture, str]
    latest: str = ""
    release_names: Mapping[ec2.InstanceArchitecture, str] | None = None

    def parameter(self, architecture: ec2.InstanceArchitecture, release: str | None) -> str:
        """Return the SSM parameter that holds the ID of an image.

        Args:
            architecture: the architecture of the image.
            release: its release; None for the newest one.
        """
        name = release or self.latest
        if release is not None and self.release_names is not None:
            name = self.release_names[architecture].format(release=release)
        return self.parameters[architecture].format(release=name)

    def check_supported(self, argument: str, value: object) -> None:
        """Refuse images that are past their end of life on the day of synthesis.

        Args:
            argument: the argument that asks for the images.
            value: its value.

        Raises:
            ValueError: the end of life has passed.
        """
        if self.end_of_life is not None and _today() > self.end_of_life:
            raise ValueError(
                f"{argument} must still be supported, got {value!r}: "
                f"{self.name} reached its end of life on {self.end_of_life} ({self.source})"
            )


_AL2023_PARAMETERS = "/aws/service/ecs/optimized-ami/amazon-linux-2023"
_AL2023_END_OF_LIFE = dt.date(2029, 6, 30)
_AL2023_SOURCE = "https://docs.aws.amazon.com/linux/al2023/ug/release-cadence.html"


def _amazon_linux_2023(
    name: str, parameters: Mapping[ec2.InstanceArchitecture, str], release_names: Mapping[ec2.InstanceArchitecture, str]
) -> AmiVariant:
    return AmiVariant(
        f"Amazon Linux 2023{name}",
        AMAZON_LINUX,
        _AL2023_END_OF_LIFE,
        _AL2023_SOURCE,
        {architecture: _AL2023_PARAMETERS + path for architecture, path in parameters.items()},
        latest="recommended",
        release_names=release_names,
    )


# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html
AL2023: Final = _amazon_linux_2023(
    "",
    {X86_64: "/{release}/image_id", ARM_64: "/arm64/{release}/image_id"},
    {
        X86_64: "al2023-ami-ecs-hvm-{release}-kernel-6.1-x86_64",
        ARM_64: "al2023-ami-ecs-hvm-{release}-kernel-6.1-arm64",
    },
)
AL2023_GPU: Final = _amazon_linux_2023(
    " GPU",
    {X86_64: "/gpu/{release}/image_id"},
    {X86_64: "al2023-ami-ecs-gpu-hvm-{release}-kernel-6.1-x86_64-ebs"},
)
AL2023_NEURON: Final = _amazon_linux_2023(
    " Neuron",
    {X86_64: "/neuron/{release}/image_id"},
    {X86_64: "al2023-ami-ecs-neuron-hvm-{release}-kernel-6.1-x86_64"},
)

BOTTLEROCKET_ENDS: Final[Mapping[str, tuple[dt.date | None, str]]] = {
    "aws-ecs-1": (dt.date(2025, 7, 24), "https://github.com/bottlerocket-os/bottlerocket/issues/4492"),
    "aws-ecs-2": (None, ""),
    "aws-ecs-3": (None, ""),
}
"""The end of life of each variant of Bottlerocket for Amazon ECS, with its source.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-bottlerocket-retrieve-ami.html
"""

WINDOWS_SERVER_ENDS: Final[Mapping[ecs.WindowsOptimizedVersion, tuple[str, dt.date]]] = {
    ecs.WindowsOptimizedVersion.SERVER_2016: ("2016", dt.date(2027, 1, 12)),
    ecs.WindowsOptimizedVersion.SERVER_2019: ("2019", dt.date(2029, 1, 9)),
    ecs.WindowsOptimizedVersion.SERVER_2022: ("2022", dt.date(2031, 10, 14)),
    ecs.WindowsOptimizedVersion.SERVER_2025: ("2025", dt.date(2034, 10, 10)),
}
"""The year and the end of life of each version of Windows Server.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_windows_AMI.html
"""


def bottlerocket(variant: str, *, nvidia: bool) -> AmiVariant:
    """Return the images of a variant of Bottlerocket.

    Args:
        variant: the variant, without the suffix for NVIDIA.
        nvidia: whether the images hold NVIDIA drivers.

    Raises:
        ValueError: there is no such variant.
    """
    if variant not in BOTTLEROCKET_ENDS:
        raise ValueError(
            f"variant must be one of {', '.join(BOTTLEROCKET_ENDS)}, got {variant!r}: "
            "there is no such Bottlerocket variant for ECS (say nvidia=True for NVIDIA drivers)"
        )
    end_of_life, source = BOTTLEROCKET_ENDS[variant]
    full_name = f"{variant}-nvidia" if nvidia else variant
    return AmiVariant(
        f"Bottlerocket {full_name}",
        BOTTLEROCKET,
        end_of_life,
        source,
        {
            architecture: f"/aws/service/bottlerocket/{full_name}/{name}/{{release}}/image_id"
            for architecture, name in ARCHITECTURE_NAMES.items()
        },
        latest="latest",
    )


def windows_server(version: ecs.WindowsOptimizedVersion, *, core: bool) -> AmiVariant:
    """Return the images of a version of Windows Server.

    Args:
        version: the version.
        core: whether it is installed without a desktop.
    """
    year, end_of_life = WINDOWS_SERVER_ENDS[version]
    installation = "Core" if core else "Full"
    return AmiVariant(
        f"Windows Server {year} {installation}",
        WINDOWS,
        end_of_life,
        f"https://learn.microsoft.com/en-us/lifecycle/products/windows-server-{year}",
        {
            X86_64: f"/aws/service/ami-windows-latest/Windows_Server-{year}-English-{installation}-ECS_Optimized"
            "/image_id"
        },
    )


def check_amazon_linux_release(release: str | None) -> None:
    """Refuse a text that is no release of the ECS-optimized Amazon Linux 2023 AMI, or a deprecated one.

    Args:
        release: the release; None for the newest one.

    Raises:
        ValueError: it is no release, of a day to come, or deprecated.
    """
    if release is None or Token.is_unresolved(release):
        return
    expected = f"release must be an image version such as '2023.0.20260922', got {release!r}: "
    if not re.fullmatch(r"2023\.[0-9]+\.[0-9]{8}", release):
        raise ValueError(f"{expected}it is not of the form 2023.<number>.<yyyymmdd>")
    try:
        day = dt.datetime.strptime(release[-8:], "%Y%m%d").replace(tzinfo=dt.UTC).date()
    except ValueError:
        raise ValueError(f"{expected}{release[-8:]} is not a day") from None
    if day > _today():
        raise ValueError(f"{expected}{day} has not come yet")
    if day + _RELEASE_LIFETIME < _today():
        raise ValueError(
            f"{expected}AWS deprecates an ECS-optimized AMI two years after its release "
            "(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-optimized_AMI.html)"
        )


def check_bottlerocket_release(release: str | None) -> None:
    """Refuse a text that is no version of Bottlerocket.

    Args:
        release: the version; None for the newest one.

    Raises:
        ValueError: it is no version.
    """
    if release is None or Token.is_unresolved(release):
        return
    if not re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+(-[0-9a-f]+)?", release):
        raise ValueError(
            f"release must be a Bottlerocket version such as '1.53.0', got {release!r}: "
            "it is not of the form <major>.<minor>.<patch>"
        )


def check_image_ids(image_ids: Mapping[str, str] | None) -> None:
    """Refuse IDs of images that are none.

    Args:
        image_ids: the AMI ID of each region; None for the newest images.

    Raises:
        ValueError: there is no ID, or one is no AMI ID.
    """
    if image_ids is None:
        return
    expected = f"image_ids must map regions to AMI ids, got {dict(image_ids)!r}: "
    if not image_ids:
        raise ValueError(f"{expected}it is empty")
    for region, image_id in image_ids.items():
        if not Token.is_unresolved(image_id) and not re.fullmatch(r"ami-[0-9a-f]{8}([0-9a-f]{9})?", image_id):
            raise ValueError(f"{expected}{image_id!r} of {region!r} is not an AMI id")
