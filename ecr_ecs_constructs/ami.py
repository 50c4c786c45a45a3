"""The machine images that container instances boot from: `EcsAmi`."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jsii
from aws_cdk import Token
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_ssm as ssm

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Self

    from constructs import Construct

_X86_64 = ec2.InstanceArchitecture.X86_64
_ARM_64 = ec2.InstanceArchitecture.ARM_64
_ARCHITECTURE_NAMES = {_X86_64: "x86_64", _ARM_64: "arm64"}

# AWS marks an ECS-optimized AMI as deprecated two years after its creation.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-optimized_AMI.html
_RELEASE_LIFETIME = dt.timedelta(days=2 * 365)


def _today() -> dt.date:
    """The day of synthesis; tests replace it to move in time."""
    return dt.datetime.now(dt.UTC).date()


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


@dataclass(frozen=True)
class _Platform:
    """What the images of one operating system have in common."""

    os_type: ec2.OperatingSystemType
    device_names: tuple[str, ...]  # of the EBS volumes; the last one holds the container images
    empty_user_data: Callable[[], ec2.UserData]
    user_data: Callable[..., ec2.UserData]


_AMAZON_LINUX = _Platform(
    ec2.OperatingSystemType.LINUX, ("/dev/xvda",), ec2.UserData.for_linux, _amazon_linux_user_data
)
_BOTTLEROCKET = _Platform(
    ec2.OperatingSystemType.LINUX,
    ("/dev/xvda", "/dev/xvdb"),
    lambda: ec2.UserData.custom(""),
    _bottlerocket_user_data,
)
_WINDOWS = _Platform(ec2.OperatingSystemType.WINDOWS, ("/dev/sda1",), ec2.UserData.for_windows, _windows_user_data)


@dataclass(frozen=True)
class _Variant:
    """One line of images, as AWS publishes it."""

    name: str
    platform: _Platform
    end_of_life: dt.date | None  # the last day of support; None: not announced
    source: str  # of the end of life
    parameters: Mapping[ec2.InstanceArchitecture, str]  # {release} stands for a release or for what `latest` says
    latest: str = ""
    release_names: Mapping[ec2.InstanceArchitecture, str] | None = None  # how a release is called in a parameter name


_AL2023_PARAMETERS = "/aws/service/ecs/optimized-ami/amazon-linux-2023"
_AL2023_END_OF_LIFE = dt.date(2029, 6, 30)
_AL2023_SOURCE = "https://docs.aws.amazon.com/linux/al2023/ug/release-cadence.html"


def _amazon_linux_2023(
    name: str, parameters: Mapping[ec2.InstanceArchitecture, str], release_names: Mapping[ec2.InstanceArchitecture, str]
) -> _Variant:
    return _Variant(
        f"Amazon Linux 2023{name}",
        _AMAZON_LINUX,
        _AL2023_END_OF_LIFE,
        _AL2023_SOURCE,
        {architecture: _AL2023_PARAMETERS + path for architecture, path in parameters.items()},
        latest="recommended",
        release_names=release_names,
    )


# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html
_AL2023 = _amazon_linux_2023(
    "",
    {_X86_64: "/{release}/image_id", _ARM_64: "/arm64/{release}/image_id"},
    {
        _X86_64: "al2023-ami-ecs-hvm-{release}-kernel-6.1-x86_64",
        _ARM_64: "al2023-ami-ecs-hvm-{release}-kernel-6.1-arm64",
    },
)
_AL2023_GPU = _amazon_linux_2023(
    " GPU",
    {_X86_64: "/gpu/{release}/image_id"},
    {_X86_64: "al2023-ami-ecs-gpu-hvm-{release}-kernel-6.1-x86_64-ebs"},
)
_AL2023_NEURON = _amazon_linux_2023(
    " Neuron",
    {_X86_64: "/neuron/{release}/image_id"},
    {_X86_64: "al2023-ami-ecs-neuron-hvm-{release}-kernel-6.1-x86_64"},
)

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-bottlerocket-retrieve-ami.html
_BOTTLEROCKET_VARIANTS: Mapping[str, tuple[dt.date | None, str]] = {
    "aws-ecs-1": (dt.date(2025, 7, 24), "https://github.com/bottlerocket-os/bottlerocket/issues/4492"),
    "aws-ecs-2": (None, ""),
    "aws-ecs-3": (None, ""),
}

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_windows_AMI.html
_WINDOWS_SERVERS: Mapping[ecs.WindowsOptimizedVersion, tuple[str, dt.date]] = {
    ecs.WindowsOptimizedVersion.SERVER_2016: ("2016", dt.date(2027, 1, 12)),
    ecs.WindowsOptimizedVersion.SERVER_2019: ("2019", dt.date(2029, 1, 9)),
    ecs.WindowsOptimizedVersion.SERVER_2022: ("2022", dt.date(2031, 10, 14)),
    ecs.WindowsOptimizedVersion.SERVER_2025: ("2025", dt.date(2034, 10, 10)),
}


def _check_supported(variant: _Variant, argument: str, value: object) -> None:
    if variant.end_of_life is not None and _today() > variant.end_of_life:
        raise ValueError(
            f"{argument} must still be supported, got {value!r}: "
            f"{variant.name} reached its end of life on {variant.end_of_life} ({variant.source})"
        )


def _check_amazon_linux_release(release: str | None) -> None:
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


def _check_bottlerocket_release(release: str | None) -> None:
    if release is None or Token.is_unresolved(release):
        return
    if not re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+(-[0-9a-f]+)?", release):
        raise ValueError(
            f"release must be a Bottlerocket version such as '1.53.0', got {release!r}: "
            "it is not of the form <major>.<minor>.<patch>"
        )


def _check_image_ids(image_ids: Mapping[str, str] | None) -> None:
    if image_ids is None:
        return
    expected = f"image_ids must map regions to AMI ids, got {dict(image_ids)!r}: "
    if not image_ids:
        raise ValueError(f"{expected}it is empty")
    for region, image_id in image_ids.items():
        if not Token.is_unresolved(image_id) and not re.fullmatch(r"ami-[0-9a-f]{8}([0-9a-f]{9})?", image_id):
            raise ValueError(f"{expected}{image_id!r} of {region!r} is not an AMI id")


def instance_architecture(instance_type: ec2.InstanceType) -> ec2.InstanceArchitecture | None:
    """The processor architecture of an instance type.

    CDK's `InstanceType.architecture` raises for names with digits behind the generation, such as `p6-b200.48xlarge`.

    Args:
        instance_type: an EC2 instance type.

    Returns:
        The architecture; None for a type that is known only at deployment.

    References:
        https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-types.html#instance-type-names
    """
    name = instance_type.to_string()
    if Token.is_unresolved(name):
        return None
    # Graviton: a1, or a g right behind the generation (c7g, im4gn); Grace: gb<number> behind a hyphen (p6e-gb200);
    # Apple: every Mac but the first (mac2, mac-m4).
    return _ARM_64 if re.match(r"a1\.|[a-z]+[0-9]+g|[a-z0-9]+-gb[0-9]|mac2|mac-m", name) else _X86_64


@jsii.implements(ec2.IMachineImage)
class EcsAmi:
    """An ECS-optimized machine image that is still supported; made by the factories below.

    The image is resolved at deployment from the public SSM parameter, so a deployment takes the newest release and
    no lookup needs an account. It goes wherever CDK takes an `IMachineImage`; outside `EcsCluster`, which does it
    by itself, say which architecture it is for, or let it follow the instance type:
    `EcsAmi.amazon_linux_2023().for_instance_type(instance_type)`.

    Teams that bake their own images on top of these override `parameter_name`.

    Attributes:
        name: what the image is, for people.
        architecture: of the image; None as long as it follows the instance type.
        release: the pinned release; None for the newest one at each deployment.
        os_type: the operating system.
        device_names: of the EBS volumes of the image; the last one holds the container images.

    References:
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-optimized_AMI.html
    """

    def __init__(
        self,
        variant: _Variant,
        *,
        architecture: ec2.InstanceArchitecture | None = None,
        release: str | None = None,
        image_ids: Mapping[str, str] | None = None,
    ) -> None:
        only_one = next(iter(variant.parameters)) if len(variant.parameters) == 1 else None
        self._variant = variant
        self._image_ids = image_ids
        self.name = variant.name
        self.architecture = architecture or only_one
        self.release = release
        self.os_type = variant.platform.os_type
        self.device_names = variant.platform.device_names

    def __repr__(self) -> str:
        known = [self.name]
        if self.architecture is not None:
            known.append(_ARCHITECTURE_NAMES[self.architecture])
        if self.release is not None:
            known.append(self.release)
        return f"{type(self).__name__}({', '.join(known)})"

    @classmethod
    def amazon_linux_2023(
        cls, *, architecture: ec2.InstanceArchitecture | None = None, release: str | None = None
    ) -> Self:
        """Amazon Linux 2023, for x86_64 and arm64.

        Args:
            architecture: of the image; left out, it follows the instance type.
            release: an image version to stay on, such as `2023.0.20260922`.

        Returns:
            The image.

        Raises:
            ValueError: the release is not one, or AWS has deprecated it.
        """
        return cls._amazon_linux(_AL2023, architecture, release)

    @classmethod
    def amazon_linux_2023_gpu(cls, *, release: str | None = None) -> Self:
        """Amazon Linux 2023 with NVIDIA drivers, for x86_64.

        Args:
            release: an image version to stay on, such as `2023.0.20260922`.

        Returns:
            The image.

        Raises:
            ValueError: the release is not one, or AWS has deprecated it.
        """
        return cls._amazon_linux(_AL2023_GPU, None, release)

    @classmethod
    def amazon_linux_2023_neuron(cls, *, release: str | None = None) -> Self:
        """Amazon Linux 2023 with AWS Neuron drivers (Inferentia, Trainium), for x86_64.

        Args:
            release: an image version to stay on, such as `2023.0.20260922`.

        Returns:
            The image.

        Raises:
            ValueError: the release is not one, or AWS has deprecated it.
        """
        return cls._amazon_linux(_AL2023_NEURON, None, release)

    @classmethod
    def _amazon_linux(
        cls, variant: _Variant, architecture: ec2.InstanceArchitecture | None, release: str | None
    ) -> Self:
        _check_supported(variant, "image", variant.name)
        _check_amazon_linux_release(release)
        return cls(variant, architecture=architecture, release=release)

    @classmethod
    def bottlerocket(
        cls,
        *,
        variant: str = "aws-ecs-2",
        nvidia: bool = False,
        architecture: ec2.InstanceArchitecture | None = None,
        release: str | None = None,
    ) -> Self:
        """Bottlerocket, for x86_64 and arm64.

        Args:
            variant: the generation of the ECS variant.
            nvidia: with NVIDIA drivers.
            architecture: of the image; left out, it follows the instance type.
            release: a Bottlerocket version to stay on, such as `1.53.0`.

        Returns:
            The image.

        Raises:
            ValueError: the variant is unknown or no longer updated, or the release is not a version.
        """
        if variant not in _BOTTLEROCKET_VARIANTS:
            raise ValueError(
                f"variant must be one of {', '.join(_BOTTLEROCKET_VARIANTS)}, got {variant!r}: "
                "there is no such Bottlerocket variant for ECS (say nvidia=True for NVIDIA drivers)"
            )
        end_of_life, source = _BOTTLEROCKET_VARIANTS[variant]
        full_name = f"{variant}-nvidia" if nvidia else variant
        image = _Variant(
            f"Bottlerocket {full_name}",
            _BOTTLEROCKET,
            end_of_life,
            source,
            {
                architecture: f"/aws/service/bottlerocket/{full_name}/{name}/{{release}}/image_id"
                for architecture, name in _ARCHITECTURE_NAMES.items()
            },
            latest="latest",
        )
        _check_supported(image, "variant", variant)
        _check_bottlerocket_release(release)
        return cls(image, architecture=architecture, release=release)

    @classmethod
    def windows_server(
        cls,
        version: ecs.WindowsOptimizedVersion,
        *,
        core: bool = False,
        image_ids: Mapping[str, str] | None = None,
    ) -> Self:
        """Windows Server, for x86_64.

        Args:
            version: of Windows Server.
            core: the installation without desktop instead of the full one.
            image_ids: a release to stay on, as AMI id by region; AWS publishes no parameter per release for Windows,
                and makes all but the last three releases private.

        Returns:
            The image.

        Raises:
            ValueError: the version is past its end of life, has no such installation, or the ids are no AMI ids.

        References:
            https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-optimized_windows_AMI.html
        """
        year, end_of_life = _WINDOWS_SERVERS[version]
        image = _Variant(
            f"Windows Server {year} {'Core' if core else 'Full'}",
            _WINDOWS,
            end_of_life,
            f"https://learn.microsoft.com/en-us/lifecycle/products/windows-server-{year}",
            {
                _X86_64: "/aws/service/ami-windows-latest/"
                f"Windows_Server-{year}-English-{'Core' if core else 'Full'}-ECS_Optimized/image_id"
            },
        )
        _check_supported(image, "version", version.name)
        if core and version is ecs.WindowsOptimizedVersion.SERVER_2016:
            raise ValueError("core must be False for SERVER_2016, got True: AWS publishes only the full installation")
        _check_image_ids(image_ids)
        return cls(image, image_ids=image_ids)

    def for_instance_type(self, instance_type: ec2.InstanceType, *, argument: str = "instance_type") -> Self:
        """The same image for the architecture of an instance type.

        Args:
            instance_type: what the image is to boot on.
            argument: how the caller's own argument is called, for the error.

        Returns:
            The image of that architecture.

        Raises:
            ValueError: the image has another architecture, or the instance type is known only at deployment and the
                image has no architecture of its own.
        """
        architecture = instance_architecture(instance_type)
        if architecture is None:
            if self.architecture is None:
                raise ValueError(
                    f"machine_image must have an architecture, got {self!r}: "
                    f"{argument} is known only at deployment, so the image can't follow it"
                )
            return self
        possible = self._variant.parameters if self.architecture is None else [self.architecture]
        if architecture not in possible:
            raise ValueError(
                f"{argument} must have {_names(possible)} processors, got {instance_type.to_string()!r}: "
                f"it has {_ARCHITECTURE_NAMES[architecture]} and the image is {self!r}"
            )
        return type(self)(self._variant, architecture=architecture, release=self.release, image_ids=self._image_ids)

    def parameter_name(self) -> str:
        """The SSM parameter that holds the AMI id.

        Override it for images of your own that are built on these: the cluster treats them the same way.

        Returns:
            The full name of the parameter.

        Raises:
            ValueError: the image follows the instance type and has not seen one.
        """
        if self.architecture is None:
            raise ValueError(
                f"architecture must be given, got None: {self!r} is published for "
                f"{_names(self._variant.parameters)}; pass architecture= or use for_instance_type(...)"
            )
        variant = self._variant
        release = self.release or variant.latest
        if self.release is not None and variant.release_names is not None:
            release = variant.release_names[self.architecture].format(release=self.release)
        return variant.parameters[self.architecture].format(release=release)

    def get_image(self, scope: Construct) -> ec2.MachineImageConfig:
        """The image in the stack of a scope; CDK calls it.

        Args:
            scope: where the image is used.

        Returns:
            The image id, resolved at deployment, with empty user data.
        """
        if self._image_ids is not None:
            image_id = ec2.MachineImage.generic_windows(dict(self._image_ids)).get_image(scope).image_id
        else:
            image_id = ssm.StringParameter.value_for_typed_string_parameter_v2(
                scope, self.parameter_name(), ssm.ParameterValueType.AWS_EC2_IMAGE_ID
            )
        return ec2.MachineImageConfig(
            image_id=image_id, os_type=self.os_type, user_data=self._variant.platform.empty_user_data()
        )

    def user_data(self, cluster_name: str, *, spot: bool = False) -> ec2.UserData:
        """What an instance runs at its first boot to join a cluster.

        Tasks in `awsvpc` mode can't reach the credentials of the instance.

        Args:
            cluster_name: of the ECS cluster.
            spot: drain the instance when EC2 announces that it takes a Spot instance back.

        Returns:
            User data in the language of the operating system.

        References:
            https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html
        """
        return self._variant.platform.user_data(cluster_name, spot=spot)


def _names(architectures: Mapping[ec2.InstanceArchitecture, str] | list[ec2.InstanceArchitecture]) -> str:
    return " or ".join(_ARCHITECTURE_NAMES[architecture] for architecture in architectures)
