"""EcsAmi: which image is taken, and what can't be chosen."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, CfnParameter, NestedStack, Stack, Stage
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk.assertions import Template

from ecr_ecs_constructs import ami_variants
from ecr_ecs_constructs.ami import EcsAmi, instance_architecture

if TYPE_CHECKING:
    from collections.abc import Callable

X86_64 = ec2.InstanceArchitecture.X86_64
ARM_64 = ec2.InstanceArchitecture.ARM_64
AL2023 = "/aws/service/ecs/optimized-ami/amazon-linux-2023"
WINDOWS = "/aws/service/ami-windows-latest/Windows_Server"
VERSION = ecs.WindowsOptimizedVersion


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Stops the clock, and moves it for the tests that ask."""

    def move(day: str) -> None:
        monkeypatch.setattr(ami_variants, "_today", lambda: dt.date.fromisoformat(day))

    move("2026-11-23")
    return move


@pytest.mark.parametrize(
    ("image", "parameter"),
    [
        pytest.param(lambda: EcsAmi.amazon_linux_2023(architecture=X86_64), f"{AL2023}/recommended/image_id", id="x86"),
        pytest.param(
            lambda: EcsAmi.amazon_linux_2023(architecture=ARM_64), f"{AL2023}/arm64/recommended/image_id", id="arm"
        ),
        pytest.param(EcsAmi.amazon_linux_2023_gpu, f"{AL2023}/gpu/recommended/image_id", id="gpu"),
        pytest.param(EcsAmi.amazon_linux_2023_neuron, f"{AL2023}/neuron/recommended/image_id", id="neuron"),
        pytest.param(
            lambda: EcsAmi.amazon_linux_2023(architecture=X86_64, release="2023.0.20260922"),
            f"{AL2023}/al2023-ami-ecs-hvm-2023.0.20260922-kernel-6.1-x86_64/image_id",
            id="pinned x86",
        ),
        pytest.param(
            lambda: EcsAmi.amazon_linux_2023(architecture=ARM_64, release="2023.0.20260922"),
            f"{AL2023}/arm64/al2023-ami-ecs-hvm-2023.0.20260922-kernel-6.1-arm64/image_id",
            id="pinned arm",
        ),
        pytest.param(
            lambda: EcsAmi.amazon_linux_2023_gpu(release="2023.0.20260922"),
            f"{AL2023}/gpu/al2023-ami-ecs-gpu-hvm-2023.0.20260922-kernel-6.1-x86_64-ebs/image_id",
            id="pinned gpu",
        ),
        pytest.param(
            lambda: EcsAmi.amazon_linux_2023_neuron(release="2023.0.20260922"),
            f"{AL2023}/neuron/al2023-ami-ecs-neuron-hvm-2023.0.20260922-kernel-6.1-x86_64/image_id",
            id="pinned neuron",
        ),
        pytest.param(
            lambda: EcsAmi.bottlerocket(architecture=X86_64),
            "/aws/service/bottlerocket/aws-ecs-2/x86_64/latest/image_id",
            id="bottlerocket x86",
        ),
        pytest.param(
            lambda: EcsAmi.bottlerocket(architecture=ARM_64, nvidia=True),
            "/aws/service/bottlerocket/aws-ecs-2-nvidia/arm64/latest/image_id",
            id="bottlerocket nvidia arm",
        ),
        pytest.param(
            lambda: EcsAmi.bottlerocket(variant="aws-ecs-3", architecture=X86_64, release="1.53.0"),
            "/aws/service/bottlerocket/aws-ecs-3/x86_64/1.53.0/image_id",
            id="pinned bottlerocket",
        ),
        pytest.param(
            lambda: EcsAmi.windows_server(VERSION.SERVER_2025),
            f"{WINDOWS}-2025-English-Full-ECS_Optimized/image_id",
            id="windows full",
        ),
        pytest.param(
            lambda: EcsAmi.windows_server(VERSION.SERVER_2019, core=True),
            f"{WINDOWS}-2019-English-Core-ECS_Optimized/image_id",
            id="windows core",
        ),
    ],
)
def test_parameter(image: Callable[[], EcsAmi], parameter: str) -> None:
    assert image().parameter_name() == parameter


@pytest.fixture(scope="module")
def published() -> Any:
    """The public parameters of AWS, as the emulator has copied them."""
    copy = files("moto").joinpath("ssm/resources/ecs/optimized_amis/us-east-1.json.gz")
    return json.loads(gzip.decompress(copy.read_bytes()))


@pytest.mark.parametrize("release", [None, "2023.0.20260922"], ids=["newest", "pinned"])
@pytest.mark.parametrize(
    "image",
    [
        pytest.param(lambda release: EcsAmi.amazon_linux_2023(architecture=X86_64, release=release), id="x86"),
        pytest.param(lambda release: EcsAmi.amazon_linux_2023(architecture=ARM_64, release=release), id="arm"),
        pytest.param(lambda release: EcsAmi.amazon_linux_2023_gpu(release=release), id="gpu"),
        pytest.param(lambda release: EcsAmi.amazon_linux_2023_neuron(release=release), id="neuron"),
    ],
)
def test_parameter_is_one_that_aws_publishes(
    image: Callable[[str | None], EcsAmi], release: str | None, published: Any
) -> None:
    for step in image(release).parameter_name().strip("/").split("/"):
        published = published[step]
    assert published["Value"].startswith("ami-")


@pytest.mark.parametrize(
    ("image", "text"),
    [
        pytest.param(EcsAmi.amazon_linux_2023, "EcsAmi(Amazon Linux 2023)", id="follows"),
        pytest.param(
            lambda: EcsAmi.bottlerocket(nvidia=True, architecture=ARM_64, release="1.53.0"),
            "EcsAmi(Bottlerocket aws-ecs-2-nvidia, arm64, 1.53.0)",
            id="pinned",
        ),
    ],
)
def test_repr(image: Callable[[], EcsAmi], text: str) -> None:
    assert repr(image()) == text


@pytest.mark.parametrize(
    ("day", "image", "message"),
    [
        pytest.param(
            "2029-07-01",
            EcsAmi.amazon_linux_2023,
            "image must still be supported, got 'Amazon Linux 2023': Amazon Linux 2023 reached its end of life on "
            "2029-06-30 (https://docs.aws.amazon.com/linux/al2023/ug/release-cadence.html)",
            id="al2023",
        ),
        pytest.param(
            "2029-07-01",
            EcsAmi.amazon_linux_2023_gpu,
            "image must still be supported, got 'Amazon Linux 2023 GPU': Amazon Linux 2023 GPU reached its end of "
            "life on 2029-06-30 (https://docs.aws.amazon.com/linux/al2023/ug/release-cadence.html)",
            id="al2023 gpu",
        ),
        pytest.param(
            "2029-07-01",
            EcsAmi.amazon_linux_2023_neuron,
            "image must still be supported, got 'Amazon Linux 2023 Neuron': Amazon Linux 2023 Neuron reached its end "
            "of life on 2029-06-30 (https://docs.aws.amazon.com/linux/al2023/ug/release-cadence.html)",
            id="al2023 neuron",
        ),
        pytest.param(
            "2026-11-23",
            lambda: EcsAmi.bottlerocket(variant="aws-ecs-1"),
            "variant must still be supported, got 'aws-ecs-1': Bottlerocket aws-ecs-1 reached its end of life on "
            "2025-07-24 (https://github.com/bottlerocket-os/bottlerocket/issues/4492)",
            id="bottlerocket 1",
        ),
        pytest.param(
            "2027-01-13",
            lambda: EcsAmi.windows_server(VERSION.SERVER_2016),
            "version must still be supported, got 'SERVER_2016': Windows Server 2016 Full reached its end of life on "
            "2027-01-12 (https://learn.microsoft.com/en-us/lifecycle/products/windows-server-2016)",
            id="windows 2016",
        ),
        pytest.param(
            "2029-01-10",
            lambda: EcsAmi.windows_server(VERSION.SERVER_2019, core=True),
            "version must still be supported, got 'SERVER_2019': Windows Server 2019 Core reached its end of life on "
            "2029-01-09 (https://learn.microsoft.com/en-us/lifecycle/products/windows-server-2019)",
            id="windows 2019",
        ),
        pytest.param(
            "2031-10-15",
            lambda: EcsAmi.windows_server(VERSION.SERVER_2022),
            "version must still be supported, got 'SERVER_2022': Windows Server 2022 Full reached its end of life on "
            "2031-10-14 (https://learn.microsoft.com/en-us/lifecycle/products/windows-server-2022)",
            id="windows 2022",
        ),
        pytest.param(
            "2034-10-11",
            lambda: EcsAmi.windows_server(VERSION.SERVER_2025),
            "version must still be supported, got 'SERVER_2025': Windows Server 2025 Full reached its end of life on "
            "2034-10-10 (https://learn.microsoft.com/en-us/lifecycle/products/windows-server-2025)",
            id="windows 2025",
        ),
    ],
)
def test_end_of_life_is_refused(
    today: Callable[[str], None], day: str, image: Callable[[], EcsAmi], message: str
) -> None:
    today(day)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        image()


@pytest.mark.parametrize(
    ("day", "image"),
    [
        pytest.param("2029-06-30", EcsAmi.amazon_linux_2023, id="al2023"),
        pytest.param("2027-01-12", lambda: EcsAmi.windows_server(VERSION.SERVER_2016), id="windows 2016"),
        pytest.param("2050-01-01", EcsAmi.bottlerocket, id="bottlerocket, no end announced"),
    ],
)
def test_last_day_of_support_is_accepted(today: Callable[[str], None], day: str, image: Callable[[], EcsAmi]) -> None:
    today(day)
    assert isinstance(image(), EcsAmi)


RELEASE = "release must be an image version such as '2023.0.20260922', got "


@pytest.mark.parametrize(
    ("image", "message"),
    [
        pytest.param(
            lambda: EcsAmi.amazon_linux_2023(release="latest"),
            f"{RELEASE}'latest': it is not of the form 2023.<number>.<yyyymmdd>",
            id="no release",
        ),
        pytest.param(
            lambda: EcsAmi.amazon_linux_2023(release="2023.0.20260922\n"),
            f"{RELEASE}'2023.0.20260922\\n': it is not of the form 2023.<number>.<yyyymmdd>",
            id="newline",
        ),
        pytest.param(
            lambda: EcsAmi.amazon_linux_2023_gpu(release="2023.0.20261399"),
            f"{RELEASE}'2023.0.20261399': 20261399 is not a day",
            id="no day",
        ),
        pytest.param(
            lambda: EcsAmi.amazon_linux_2023_neuron(release="2023.0.20261124"),
            f"{RELEASE}'2023.0.20261124': 2026-11-24 has not come yet",
            id="tomorrow",
        ),
        pytest.param(
            lambda: EcsAmi.amazon_linux_2023(release="2023.0.20241122"),
            f"{RELEASE}'2023.0.20241122': AWS deprecates an ECS-optimized AMI two years after its release "
            "(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-optimized_AMI.html)",
            id="deprecated release",
        ),
        pytest.param(
            lambda: EcsAmi.bottlerocket(release="v1.53"),
            "release must be a Bottlerocket version such as '1.53.0', got 'v1.53': "
            "it is not of the form <major>.<minor>.<patch>",
            id="no version",
        ),
        pytest.param(
            lambda: EcsAmi.bottlerocket(variant="aws-ecs-2-nvidia"),
            "variant must be one of aws-ecs-1, aws-ecs-2, aws-ecs-3, got 'aws-ecs-2-nvidia': there is no such "
            "Bottlerocket variant for ECS (say nvidia=True for NVIDIA drivers)",
            id="no variant",
        ),
        pytest.param(
            lambda: EcsAmi.windows_server(VERSION.SERVER_2016, core=True),
            "core must be False for SERVER_2016, got True: AWS publishes only the full installation",
            id="2016 core",
        ),
        pytest.param(
            lambda: EcsAmi.windows_server(VERSION.SERVER_2022, image_ids={}),
            "image_ids must map regions to AMI ids, got {}: it is empty",
            id="no ids",
        ),
        pytest.param(
            lambda: EcsAmi.windows_server(VERSION.SERVER_2022, image_ids={"eu-west-1": "windows"}),
            "image_ids must map regions to AMI ids, got {'eu-west-1': 'windows'}: 'windows' of 'eu-west-1' "
            "is not an AMI id",
            id="no id",
        ),
        pytest.param(
            lambda: EcsAmi.amazon_linux_2023().parameter_name(),
            "architecture must be given, got None: EcsAmi(Amazon Linux 2023) is published for x86_64 or arm64; "
            "pass architecture= or use for_instance_type(...)",
            id="no architecture",
        ),
        pytest.param(
            lambda: EcsAmi.amazon_linux_2(architecture=ec2.InstanceArchitecture.ARM_64),
            "machine_image must still be supported, got EcsAmi.amazon_linux_2: it reached its end of life on "
            "2026-06-30; take amazon_linux_2023",
            id="amazon-linux-2",
        ),
    ],
)
def test_impossible_is_refused(image: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        image()


@pytest.mark.parametrize(
    ("image", "instance_type", "architecture"),
    [
        pytest.param(EcsAmi.amazon_linux_2023, "m7i.large", X86_64, id="al2023 on intel"),
        pytest.param(EcsAmi.amazon_linux_2023, "c7g.large", ARM_64, id="al2023 on graviton"),
        pytest.param(EcsAmi.bottlerocket, "m8gd.large", ARM_64, id="bottlerocket on graviton"),
        pytest.param(EcsAmi.amazon_linux_2023_gpu, "p6-b200.48xlarge", X86_64, id="gpu"),
        pytest.param(EcsAmi.amazon_linux_2023_gpu, "m7i.large", X86_64, id="gpu image without gpu boots"),
    ],
)
def test_architecture_follows_the_instance_type(
    image: Callable[[], EcsAmi], instance_type: str, architecture: ec2.InstanceArchitecture
) -> None:
    assert image().for_instance_type(ec2.InstanceType(instance_type)).architecture is architecture


@pytest.mark.parametrize(
    ("image", "instance_type", "message"),
    [
        pytest.param(
            EcsAmi.amazon_linux_2023_gpu,
            "g5g.xlarge",
            "instance_type must have x86_64 processors, got 'g5g.xlarge': it has arm64 and the image is "
            "EcsAmi(Amazon Linux 2023 GPU, x86_64)",
            id="gpu on graviton",
        ),
        pytest.param(
            lambda: EcsAmi.amazon_linux_2023(architecture=ARM_64),
            "m7i.large",
            "instance_type must have arm64 processors, got 'm7i.large': it has x86_64 and the image is "
            "EcsAmi(Amazon Linux 2023, arm64)",
            id="arm on intel",
        ),
        pytest.param(
            lambda: EcsAmi.windows_server(VERSION.SERVER_2025),
            "c7g.large",
            "instance_type must have x86_64 processors, got 'c7g.large': it has arm64 and the image is "
            "EcsAmi(Windows Server 2025 Full, x86_64)",
            id="windows on graviton",
        ),
    ],
)
def test_contradicting_instance_type_is_refused(image: Callable[[], EcsAmi], instance_type: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        image().for_instance_type(ec2.InstanceType(instance_type))


def test_instance_type_known_at_deployment_only_needs_an_architecture() -> None:
    parameter = CfnParameter(Stack(), "InstanceType")
    instance_type = ec2.InstanceType(parameter.value_as_string)
    known = EcsAmi.amazon_linux_2023(architecture=ARM_64)
    assert known.for_instance_type(instance_type) is known
    with pytest.raises(ValueError, match=r"^machine_image must have an architecture, got EcsAmi\(Amazon Linux 2023\)"):
        EcsAmi.amazon_linux_2023().for_instance_type(instance_type)


@pytest.mark.parametrize(
    ("architecture", "names"),
    [
        pytest.param(
            ARM_64,
            "a1.large c6g.large c7gn.large c8g.large g5g.xlarge hpc7g.4xlarge i8ge.large im4gn.large is4gen.large "
            "m8gd.large mac2.metal mac-m4.metal p6e-gb200.36xlarge r7g.large t4g.micro x2gd.large x8g.large",
            id="arm64",
        ),
        pytest.param(
            X86_64,
            "c7i-flex.large f2.6xlarge g4ad.xlarge g4dn.xlarge g6.xlarge g6e.xlarge gr6.4xlarge hpc6id.32xlarge "
            "inf2.xlarge m5.large m7a.large mac1.metal p5en.48xlarge p6-b200.48xlarge t3.micro trn1n.32xlarge "
            "u-12tb1.112xlarge u7i-12tb.224xlarge vt1.3xlarge x2idn.16xlarge z1d.large",
            id="x86_64",
        ),
    ],
)
def test_instance_architecture(architecture: ec2.InstanceArchitecture, names: str) -> None:
    assert {name: instance_architecture(ec2.InstanceType(name)) for name in names.split()} == dict.fromkeys(
        names.split(), architecture
    )


def launch_template_image(stack: Stack) -> tuple[Any, dict[str, Any]]:
    template = Template.from_stack(stack).to_json()
    (image_id,) = (
        resource["Properties"]["LaunchTemplateData"]["ImageId"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::EC2::LaunchTemplate"
    )
    return image_id, {key: value for key, value in template["Parameters"].items() if key != "BootstrapVersion"}


def in_stack(app: App) -> Stack:
    return Stack(app, "Stack")


def in_nested_stack(app: App) -> Stack:
    return NestedStack(Stack(app, "Stack"), "Nested")


def in_stage(app: App) -> Stack:
    return Stack(Stage(app, "Stage"), "Stack")


@pytest.mark.parametrize("make_stack", [in_stack, in_nested_stack, in_stage])
def test_goes_where_cdk_takes_an_image(make_stack: Callable[[App], Stack]) -> None:
    stack = make_stack(App())
    instance_type = ec2.InstanceType("c7g.large")
    ec2.LaunchTemplate(stack, "Template", machine_image=EcsAmi.amazon_linux_2023().for_instance_type(instance_type))
    image_id, parameters = launch_template_image(stack)
    assert parameters == {
        image_id["Ref"]: {
            "Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>",
            "Default": f"{AL2023}/arm64/recommended/image_id",
        }
    }


def test_goes_into_an_auto_scaling_group_of_cdk() -> None:
    stack = Stack(App(), "Stack")
    group = autoscaling.AutoScalingGroup(
        stack,
        "Group",
        vpc=ec2.Vpc(stack, "Vpc", max_azs=2),
        instance_type=ec2.InstanceType("m7i.large"),
        machine_image=EcsAmi.windows_server(VERSION.SERVER_2025),
    )
    assert group.os_type is ec2.OperatingSystemType.WINDOWS


def test_pinned_windows_is_a_map_of_regions() -> None:
    stack = Stack(App(), "Stack")
    image = EcsAmi.windows_server(VERSION.SERVER_2022, image_ids={"eu-west-1": "ami-0123456789abcdef0"})
    ec2.LaunchTemplate(stack, "Template", machine_image=image)
    template = Template.from_stack(stack)
    ((name, mapping),) = template.find_mappings("*").items()
    assert mapping == {"eu-west-1": {"ami": "ami-0123456789abcdef0"}}
    template.has_resource_properties(
        "AWS::EC2::LaunchTemplate",
        {"LaunchTemplateData": {"ImageId": {"Fn::FindInMap": [name, {"Ref": "AWS::Region"}, "ami"]}}},
    )


def test_parameter_of_images_of_ones_own() -> None:
    class GoldenAmi(EcsAmi):
        def parameter_name(self) -> str:
            return f"/golden/ecs/{self.architecture}"

    stack = Stack(App(), "Stack")
    image = GoldenAmi.amazon_linux_2023().for_instance_type(ec2.InstanceType("c7g.large"))
    ec2.LaunchTemplate(stack, "Template", machine_image=image)
    _, parameters = launch_template_image(stack)
    assert [parameter["Default"] for parameter in parameters.values()] == ["/golden/ecs/InstanceArchitecture.ARM_64"]


WINDOWS_JOIN = (
    "Import-Module ECSTools\nInitialize-ECSAgent -Cluster 'web' -EnableTaskIAMRole -EnableTaskENI -AwsvpcBlockIMDS "
    """-LoggingDrivers '["json-file","awslogs"]'</powershell>"""
)
WINDOWS_LOGS = '[Environment]::SetEnvironmentVariable("ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE", "true", "Machine")\n'
WINDOWS_SPOT = '[Environment]::SetEnvironmentVariable("ECS_ENABLE_SPOT_INSTANCE_DRAINING", "true", "Machine")\n'
LINUX_JOIN = (
    "#!/bin/bash\necho ECS_CLUSTER=web >> /etc/ecs/ecs.config\necho ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config"
)


@pytest.mark.parametrize(
    ("image", "spot", "text"),
    [
        pytest.param(EcsAmi.amazon_linux_2023, False, LINUX_JOIN, id="al2023"),
        pytest.param(
            EcsAmi.amazon_linux_2023_gpu,
            True,
            f"{LINUX_JOIN}\necho ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> /etc/ecs/ecs.config",
            id="al2023 spot",
        ),
        pytest.param(
            EcsAmi.bottlerocket, False, '[settings.ecs]\ncluster = "web"\nawsvpc-block-imds = true', id="bottlerocket"
        ),
        pytest.param(
            EcsAmi.bottlerocket,
            True,
            '[settings.ecs]\ncluster = "web"\nawsvpc-block-imds = true\nenable-spot-instance-draining = true',
            id="bottlerocket spot",
        ),
        pytest.param(
            lambda: EcsAmi.windows_server(VERSION.SERVER_2025),
            False,
            f"<powershell>{WINDOWS_LOGS}{WINDOWS_JOIN}",
            id="windows",
        ),
        pytest.param(
            lambda: EcsAmi.windows_server(VERSION.SERVER_2025),
            True,
            f"<powershell>{WINDOWS_LOGS}{WINDOWS_SPOT}{WINDOWS_JOIN}",
            id="windows spot",
        ),
    ],
)
def test_user_data_joins_the_cluster(image: Callable[[], EcsAmi], spot: bool, text: str) -> None:
    assert image().user_data("web", spot=spot).render() == text


def test_hook_that_is_no_method() -> None:
    class Golden(EcsAmi):
        parameter_name = "/golden"  # type: ignore[assignment] # the point

    with pytest.raises(TypeError, match=r"^parameter_name of Golden must be a method that returns the name of an SSM"):
        Golden.amazon_linux_2023()
