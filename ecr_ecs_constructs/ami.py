"""The machine images that container instances boot from: `EcsAmi`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import jsii
from aws_cdk import Token
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_ssm as ssm

from ecr_ecs_constructs import ami_variants as variants
from ecr_ecs_constructs.ami_variants import ARCHITECTURE_NAMES, ARM_64, X86_64
from ecr_ecs_constructs.own_images import OwnImage
from ecr_ecs_constructs.template_vouches import vouch_for_image

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping
    from typing import Never, Self

    from constructs import Construct

    from ecr_ecs_constructs.ami_variants import AmiVariant


def instance_architecture(instance_type: ec2.InstanceType) -> ec2.InstanceArchitecture | None:
    """Return the processor architecture of an instance type.

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
    return ARM_64 if re.match(r"a1\.|[a-z]+[0-9]+g|[a-z0-9]+-gb[0-9]|mac2|mac-m", name) else X86_64


@jsii.implements(ec2.IMachineImage)
class EcsAmi:
    """An ECS-optimized machine image that AWS still supports; its class methods make it.

    The image is resolved at deployment from the public SSM parameter, so a deployment takes the newest release and
    no lookup needs an account. It goes wherever CDK takes an `IMachineImage`. `EcsCluster` chooses the architecture by
    the instance type; anywhere else name the architecture, or choose it likewise:
    `EcsAmi.amazon_linux_2023().for_instance_type(instance_type)`.

    An image that a team builds from one of these is `from_ssm_parameter`. Where there are many, a subclass overrides
    `parameter_name` and `vouching_reason`.

    Builds on: `ec2.IMachineImage`.

    Hooks: `parameter_name`, `vouching_reason`.

    Attributes:
        name: the name of the image, for people.
        architecture: the architecture of the image; None as long as it follows the instance type.
        release: the release that the image stays on; None for the newest one at each deployment. That of the image that
            it is built from, where it is built from one.
        os_type: the operating system.
        device_names: the devices of the EBS volumes of the image; the last one holds the container images.

    References:
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-optimized_AMI.html
    """

    def __init__(
        self,
        variant: AmiVariant,
        *,
        architecture: ec2.InstanceArchitecture | None = None,
        release: str | None = None,
        image_ids: Mapping[str, str] | None = None,
        own: OwnImage | None = None,
        at_launch: bool = False,
    ) -> None:
        hook = type(self).parameter_name
        if not callable(hook):
            raise TypeError(
                f"parameter_name of {type(self).__name__} must be a method that returns the name of an SSM parameter, "
                f"got {hook!r}: EcsAmi.from_ssm_parameter takes the name itself"
            )
        only_one = next(iter(variant.parameters)) if len(variant.parameters) == 1 else None
        self._variant = variant
        self._image_ids = image_ids
        self._own = own
        self._at_launch = at_launch
        self.name = variant.name
        self.architecture = architecture or only_one
        self.release = release
        self.os_type = variant.platform.os_type
        self.device_names = variant.platform.device_names

    def __repr__(self) -> str:
        known = [self.name] if self._own is None else [self._own.parameter_name, f"built from {self.name}"]
        if self.architecture is not None:
            known.append(ARCHITECTURE_NAMES[self.architecture])
        if self.release is not None:
            known.append(self.release)
        return f"{type(self).__name__}({', '.join(known)})"

    @classmethod
    def amazon_linux_2023(
        cls, *, architecture: ec2.InstanceArchitecture | None = None, release: str | None = None
    ) -> Self:
        """Return the image of Amazon Linux 2023, for x86_64 and arm64.

        Args:
            architecture: the architecture; None to follow the instance type.
            release: an image version to stay on, such as `2023.0.20260922`.

        Raises:
            ValueError: the release is not one, or AWS has deprecated it.
        """
        return cls._amazon_linux(variants.AL2023, architecture, release)

    @classmethod
    def amazon_linux_2023_gpu(cls, *, release: str | None = None) -> Self:
        """Return the image of Amazon Linux 2023 with NVIDIA drivers, for x86_64.

        Args:
            release: an image version to stay on, such as `2023.0.20260922`.

        Raises:
            ValueError: the release is not one, or AWS has deprecated it.
        """
        return cls._amazon_linux(variants.AL2023_GPU, None, release)

    @classmethod
    def amazon_linux_2023_neuron(cls, *, release: str | None = None) -> Self:
        """Return the image of Amazon Linux 2023 with AWS Neuron drivers (Inferentia, Trainium), for x86_64.

        Args:
            release: an image version to stay on, such as `2023.0.20260922`.

        Raises:
            ValueError: the release is not one, or AWS has deprecated it.
        """
        return cls._amazon_linux(variants.AL2023_NEURON, None, release)

    @classmethod
    def amazon_linux_2(cls, **_: object) -> Never:
        """Refuse the image of Amazon Linux 2, which CDK still offers.

        Source: https://aws.amazon.com/amazon-linux-2/faqs/

        Raises:
            ValueError: always.
        """
        raise ValueError(
            f"machine_image must still be supported, got {cls.__name__}.amazon_linux_2: it reached its end of life on "
            "2026-06-30; take amazon_linux_2023"
        )

    @classmethod
    def _amazon_linux(
        cls, variant: AmiVariant, architecture: ec2.InstanceArchitecture | None, release: str | None
    ) -> Self:
        variant.check_supported("image", variant.name)
        variants.check_amazon_linux_release(release)
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
        """Return the image of Bottlerocket, for x86_64 and arm64.

        Args:
            variant: the variant for Amazon ECS.
            nvidia: whether the image holds NVIDIA drivers.
            architecture: the architecture; None to follow the instance type.
            release: a Bottlerocket version to stay on, such as `1.53.0`.

        Raises:
            ValueError: the variant is unknown or no longer updated, or the release is not a version.
        """
        image = variants.bottlerocket(variant, nvidia=nvidia)
        image.check_supported("variant", variant)
        variants.check_bottlerocket_release(release)
        return cls(image, architecture=architecture, release=release)

    @classmethod
    def windows_server(
        cls,
        version: ecs.WindowsOptimizedVersion,
        *,
        core: bool = False,
        image_ids: Mapping[str, str] | None = None,
    ) -> Self:
        """Return the image of Windows Server, for x86_64.

        AWS publishes no SSM parameter for a release of Windows, and makes all but the last three releases private.

        Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-optimized_windows_AMI.html

        Args:
            version: the version of Windows Server.
            core: whether it is installed without a desktop.
            image_ids: a release to stay on, by the ID that it has in each region.

        Raises:
            ValueError: the version is past its end of life, has no such installation, or the ids are no AMI ids.
        """
        image = variants.windows_server(version, core=core)
        image.check_supported("version", version.name)
        if core and version is ecs.WindowsOptimizedVersion.SERVER_2016:
            raise ValueError("core must be False for SERVER_2016, got True: AWS publishes only the full installation")
        variants.check_image_ids(image_ids)
        return cls(image, image_ids=image_ids)

    @classmethod
    def from_ssm_parameter(
        cls, parameter_name: str, *, based_on: EcsAmi, reason: str, until: dt.date | None = None
    ) -> Self:
        """Return an image that a team builds from one of AWS, by the SSM parameter that holds its ID.

        The template of the stack vouches for it: the checks judge the image as that which it is built from, with its
        operating system, its architecture, its end of life and the agent in it, and quote the reason.

        Args:
            parameter_name: the name of the parameter, of the type `aws:ec2:image`.
            based_on: the image that it is built from, with its architecture.
            reason: how that is known, such as `built weekly by the platform team`.
            until: the last day on which that counts; None for no end.

        Raises:
            ValueError: the parameter is not one of your own, the other image is none of AWS or has no architecture, or
                there is no reason.
        """
        of_aws = f"based_on must be an image of AWS, such as EcsAmi.amazon_linux_2023(...), got {based_on!r}"
        if not isinstance(based_on, EcsAmi):
            raise ValueError(of_aws)  # noqa: TRY004 # one error for all wrong arguments
        if based_on._own is not None:
            raise ValueError(f"{of_aws}: it is built from one itself")
        if based_on.architecture is None:
            raise ValueError(
                f"based_on must have an architecture, got {based_on!r}: a parameter holds one image; pass architecture="
            )
        return cls(
            based_on._variant,
            architecture=based_on.architecture,
            release=based_on.release,
            own=OwnImage(parameter_name, reason, until),
        )

    def for_instance_type(self, instance_type: ec2.InstanceType, *, argument: str = "instance_type") -> Self:
        """Return the same image for the architecture of an instance type.

        Args:
            instance_type: the instance type that the image is to boot on.
            argument: the argument of the caller that names the instance type, for the error.

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
                f"it has {ARCHITECTURE_NAMES[architecture]} and the image is {self!r}"
            )
        return self._again(architecture, at_launch=self._at_launch)

    def resolved_at_launch(self) -> Self:
        """Return the same image, which each instance resolves when it is launched, and not the deployment.

        Launch templates and instances take such an image. A group then starts instances from a new image without a
        deployment; those that run keep theirs until they are replaced. Who deploys it may `ssm:GetParameters`.

        Source: https://docs.aws.amazon.com/autoscaling/ec2/userguide/using-systems-manager-parameters.html

        Raises:
            ValueError: the image stays on a release.
        """
        if self._image_ids is not None or (self.release is not None and self._own is None):
            raise ValueError(f"machine_image must move with its parameter, got {self!r}: it stays on a release")
        return self._again(self.architecture, at_launch=True)

    def _again(self, architecture: ec2.InstanceArchitecture | None, *, at_launch: bool) -> Self:
        return type(self)(
            self._variant,
            architecture=architecture,
            release=self.release,
            image_ids=self._image_ids,
            own=self._own,
            at_launch=at_launch,
        )

    def vouching_reason(self) -> str | None:
        """Return how it is known that the image of `parameter_name` is built from that of AWS; a hook.

        It is called for each launch template.

        Returns:
            The reason, which the checks quote; None where nobody vouches for it, so that they don't know the image.
        """
        return None if self._own is None else self._own.reason

    def parameter_name(self) -> str:
        """Return the name of the SSM parameter that holds the AMI id; a hook, called for each launch template.

        It is for images that are built from these.

        Raises:
            ValueError: the image follows the instance type, and none has been named.
        """
        return self._public_parameter() if self._own is None else self._own.parameter_name

    def _public_parameter(self) -> str:
        if self.architecture is None:
            raise ValueError(
                f"architecture must be given, got None: {self!r} is published for "
                f"{_names(self._variant.parameters)}; pass architecture= or use for_instance_type(...)"
            )
        return self._variant.parameter(self.architecture, self.release)

    def get_image(self, scope: Construct) -> ec2.MachineImageConfig:
        """Return the image for the stack of a scope; called by CDK.

        Args:
            scope: the construct that uses the image.

        Returns:
            The image id, resolved at deployment or at launch, with empty user data.
        """
        if self._image_ids is not None:
            image_id = ec2.MachineImage.generic_windows(dict(self._image_ids)).get_image(scope).image_id
        else:
            image_id = self._resolved(scope, self.parameter_name())
        return ec2.MachineImageConfig(
            image_id=image_id, os_type=self.os_type, user_data=self._variant.platform.empty_user_data()
        )

    def _resolved(self, scope: Construct, name: str) -> str:
        """Return the image id that a parameter holds, and let the template vouch for it where that is known."""
        reason = self.vouching_reason()
        if reason is not None and name != self._public_parameter():
            own = OwnImage(name, reason, None if self._own is None else self._own.until)
            vouch_for_image(scope, name, based_on=self._public_parameter(), reason=own.reason, until=own.until)
        if self._at_launch:
            return f"resolve:ssm:{name}"
        return ssm.StringParameter.value_for_typed_string_parameter_v2(
            scope, name, ssm.ParameterValueType.AWS_EC2_IMAGE_ID
        )

    def user_data(self, cluster_name: str, *, spot: bool = False) -> ec2.UserData:
        """Return the user data by which an instance joins a cluster, in the language of the operating system.

        Tasks in `awsvpc` mode can't reach the credentials of the instance.

        Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html

        Args:
            cluster_name: the name of the ECS cluster.
            spot: whether the instance drains when EC2 announces that it takes a Spot instance back.
        """
        return self._variant.platform.user_data(cluster_name, spot=spot)


def _names(architectures: Iterable[ec2.InstanceArchitecture]) -> str:
    return " or ".join(ARCHITECTURE_NAMES[architecture] for architecture in architectures)
