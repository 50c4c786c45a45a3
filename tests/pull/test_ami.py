"""What instances boot from: where an image id comes from, and which image it is."""

from __future__ import annotations

import gzip
import json
from datetime import date
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import aws_ec2 as ec2

from ecr_ecs_constructs import ami_variants as variants
from ecr_ecs_constructs.ami import EcsAmi
from ecr_ecs_constructs.ami import instance_architecture as architecture_in_cdk
from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.environments import Parameter
from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.cloudformation.values import Site
from ecr_ecs_constructs.pull.ami import Ami, Architecture, read_ami
from ecr_ecs_constructs.pull.facts import Facts, Policy
from ecr_ecs_constructs.pull.links.ami import booted
from ecr_ecs_constructs.pull.machines.instance_types import instance_architecture
from tests import worlds
from tests.judging import write

if TYPE_CHECKING:
    from pathlib import Path

    from ecr_ecs_constructs.pull.facts import Here
    from ecr_ecs_constructs.pull.machines.hosts import Host

TODAY = date(2026, 11, 23)
ECS = "/aws/service/ecs/optimized-ami"
WINDOWS = "/aws/service/ami-windows-latest/Windows_Server"
BOTTLEROCKET = "/aws/service/bottlerocket"
X86, ARM = Architecture.X86_64, Architecture.ARM64
AL2, AL2023 = "ECS-optimized Amazon Linux 2", "ECS-optimized Amazon Linux 2023"


ANYWHERE = Site(Template("t", {"Resources": {"Launch": {"Type": "T"}}}).resources["Launch"], "Properties", {})


def verdict_of(ami: Ami, day: date = TODAY) -> str:
    return booted(ami, ANYWHERE, day, lacks_agent=True).verdict.value


def said(ami: Ami) -> tuple[str | None, Architecture | None, str | None, date | None, str]:
    """Product, architecture, release, its day, and the verdict of the day."""
    name = ami.product.name if ami.product else None
    return name, ami.architecture, ami.release, ami.released, verdict_of(ami)


def amis(here: Here, host: Host) -> tuple[Ami, ...]:
    return here.machines.amis(host)


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        pytest.param(f"{ECS}/amazon-linux-2023/recommended/image_id", (AL2023, X86, None, None, "holds"), id="al2023"),
        pytest.param(
            f"{ECS}/amazon-linux-2023/arm64/recommended/image_id", (AL2023, ARM, None, None, "holds"), id="al2023 arm"
        ),
        pytest.param(
            f"{ECS}/amazon-linux-2023/gpu/recommended/image_id", (AL2023, X86, None, None, "holds"), id="al2023 gpu"
        ),
        pytest.param(
            f"{ECS}/amazon-linux-2023/neuron/recommended/image_id",
            (AL2023, X86, None, None, "holds"),
            id="al2023 neuron",
        ),
        pytest.param(
            f"{ECS}/amazon-linux-2023/inf/recommended/image_id", (AL2023, X86, None, None, "holds"), id="al2023 inf"
        ),
        pytest.param(
            f"{ECS}/amazon-linux-2023/riscv/recommended/image_id",
            (AL2023, None, None, None, "holds"),
            id="variant that nobody knows yet",
        ),
        pytest.param(
            f"{ECS}/amazon-linux-2022/recommended/image_id",
            ("ECS-optimized Amazon Linux 2022", X86, None, None, "broken"),
            id="al2022",
        ),
        pytest.param(f"{ECS}/amazon-linux-2/recommended/image_id", (AL2, X86, None, None, "broken"), id="al2"),
        pytest.param(
            f"{ECS}/amazon-linux-2/arm64/recommended/image_id", (AL2, ARM, None, None, "broken"), id="al2 arm"
        ),
        pytest.param(f"{ECS}/amazon-linux-2/gpu/recommended/image_id", (AL2, X86, None, None, "broken"), id="al2 gpu"),
        pytest.param(f"{ECS}/amazon-linux-2/inf/recommended/image_id", (AL2, X86, None, None, "broken"), id="al2 inf"),
        pytest.param(
            f"{ECS}/amazon-linux-2/kernel-5.10/recommended/image_id", (AL2, X86, None, None, "broken"), id="al2 kernel"
        ),
        pytest.param(
            f"{ECS}/amazon-linux-2/kernel-5.10/arm64/recommended/image_id",
            (AL2, ARM, None, None, "broken"),
            id="al2 kernel arm",
        ),
        pytest.param(
            f"{ECS}/amazon-linux/recommended/image_id",
            ("ECS-optimized Amazon Linux 1", X86, None, None, "broken"),
            id="al1",
        ),
        *(
            pytest.param(
                f"{BOTTLEROCKET}/{variant}{suffix}/{architecture.value}/latest/image_id",
                (f"Bottlerocket {variant}", architecture, None, None, verdict),
                id=f"{variant}{suffix} {architecture.value}",
            )
            for variant, verdict in (("aws-ecs-1", "broken"), ("aws-ecs-2", "holds"))
            for suffix in ("", "-nvidia")
            for architecture in (X86, ARM)
        ),
        pytest.param(
            f"{BOTTLEROCKET}/aws-ecs-2-nvidia/x86_64/1.53.0/image_id",
            ("Bottlerocket aws-ecs-2", X86, "1.53.0", None, "holds"),
            id="pinned bottlerocket",
        ),
        pytest.param(
            f"{BOTTLEROCKET}/aws-ecs-3/arm64/latest/image_id",
            ("Bottlerocket aws-ecs-3", ARM, None, None, "holds"),
            id="bottlerocket 3",
        ),
        pytest.param(
            f"{BOTTLEROCKET}/aws-ecs-2-nvidia-fips/x86_64/1.20.0-fcf71a47/image_id",
            ("Bottlerocket aws-ecs-2", X86, "1.20.0-fcf71a47", None, "holds"),
            id="bottlerocket fips, pinned to a build",
        ),
        pytest.param(
            f"{BOTTLEROCKET}/aws-k8s-1.33/x86_64/latest/image_id",
            ("Bottlerocket for Kubernetes", None, None, None, "broken"),
            id="bottlerocket for kubernetes",
        ),
        *(
            pytest.param(
                f"{WINDOWS}-{year}-English-{kind}-ECS_Optimized/image_id",
                (f"ECS-optimized Windows Server {year} {kind}", X86, None, None, verdict),
                id=f"windows {year} {kind}",
            )
            for year, kind, verdict in [
                *((year, kind, "holds") for year in ("2016", "2019", "2022", "2025") for kind in ("Full", "Core")),
                ("1909", "Core", "broken"),
                ("2004", "Core", "broken"),
                ("20H2", "Core", "broken"),
            ]
        ),
        *(
            pytest.param(parameter, (None, None, None, None, "unknown"), id=name)
            for name, parameter in [
                ("windows of a version that nobody knows", f"{WINDOWS}-2028-English-Core-ECS_Optimized/image_id"),
                ("bottlerocket of a variant that nobody knows", f"{BOTTLEROCKET}/aws-ecs-9/x86_64/latest/image_id"),
                (
                    "bottlerocket with a suffix that nobody knows",
                    f"{BOTTLEROCKET}/aws-ecs-2-amd/x86_64/latest/image_id",
                ),
                ("bottlerocket of no release", f"{BOTTLEROCKET}/aws-ecs-2/x86_64/lastest/image_id"),
                ("bottlerocket as al2023 says it", f"{BOTTLEROCKET}/aws-ecs-2/x86_64/recommended/image_id"),
                ("misspelt recommended", f"{ECS}/amazon-linux-2023/recomended/image_id"),
                ("release of another system's form", f"{ECS}/amazon-linux-2023/1.53.0/image_id"),
            ]
        ),
        pytest.param(
            f"{WINDOWS}-2022-English-Full-Base",
            ("Windows Server without the ECS agent", None, None, None, "broken"),
            id="windows without ecs",
        ),
        pytest.param(
            f"{ECS}/windows_server/2019/english/full/recommended/image_id",
            ("ECS-optimized Windows Server 2019 Full", X86, None, None, "holds"),
            id="windows, old parameter",
        ),
        pytest.param(
            f"{ECS}/windows_server/2019/english/full/2019.05.10/image_id",
            ("ECS-optimized Windows Server 2019 Full", X86, "2019.05.10", date(2019, 5, 10), "holds"),
            id="windows, old parameter, pinned",
        ),
        pytest.param(
            f"{ECS}/amazon-linux-2023/al2023-ami-ecs-hvm-2023.0.20260922-kernel-6.1-x86_64/image_id",
            (AL2023, X86, "al2023-ami-ecs-hvm-2023.0.20260922-kernel-6.1-x86_64", date(2026, 9, 22), "holds"),
            id="pinned release",
        ),
        pytest.param(
            f"{ECS}/amazon-linux-2023/arm64/al2023-ami-ecs-hvm-2023.0.20269922-kernel-6.1-arm64/image_id",
            (AL2023, ARM, "al2023-ami-ecs-hvm-2023.0.20269922-kernel-6.1-arm64", None, "holds"),
            id="release of no day",
        ),
        pytest.param(
            f"{ECS}/amazon-linux-2023/al2023-ami-ecs-hvm-2023.0.20261931-kernel-6.1-x86_64/image_id",
            (AL2023, X86, "al2023-ami-ecs-hvm-2023.0.20261931-kernel-6.1-x86_64", None, "holds"),
            id="release of no month",
        ),
        pytest.param(
            f"{ECS}/amazon-linux-2023/ami-05fb4f257abd42992/image_id",
            (AL2023, X86, "ami-05fb4f257abd42992", None, "holds"),
            id="pinned to an id",
        ),
        pytest.param(
            f"{ECS}/amazon-linux-2023/recommended/image_id:12",
            (AL2023, X86, "version 12", None, "holds"),
            id="pinned to a version",
        ),
        pytest.param(
            f"{ECS}/amazon-linux-2023/recommended/image_id:stable", (AL2023, X86, None, None, "holds"), id="label"
        ),
        pytest.param(
            f"{ECS}/amazon-linux-2023/recommended", (None, None, None, None, "unknown"), id="not the image id"
        ),
        pytest.param(f"{ECS}/fedora/recommended/image_id", (None, None, None, None, "unknown"), id="new system"),
        *(
            pytest.param(f"/aws/service/{path}", (name, None, None, None, "broken"), id=path.partition("/")[0])
            for path, name in [
                ("ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64", "Amazon Linux without the ECS agent"),
                ("ami-macos-latest/sonoma/x86_64_mac/latest/image_id", "macOS"),
                ("canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id", "Ubuntu"),
                ("debian/release/12/latest/amd64", "Debian"),
                ("deeplearning/ami/x86_64/base-oss-nvidia/latest/ami-id", "a deep learning AMI"),
                (
                    "eks/optimized-ami/1.33/amazon-linux-2023/x86_64/standard/recommended/image_id",
                    "an EKS-optimized AMI",
                ),
                ("freebsd/amd64/base/ufs/14.1/RELEASE", "FreeBSD"),
                ("redhat/rhel-9/x86_64/latest", "Red Hat Enterprise Linux"),
                ("suse/sles/15-sp6/x86_64/latest", "SUSE Linux"),
            ]
        ),
        pytest.param("/aws/service/marketplace/prod-abc/latest", (None, None, None, None, "unknown"), id="marketplace"),
        pytest.param("/golden/ecs", (None, None, None, None, "unknown"), id="parameter of one's own"),
        pytest.param("/golden/ecs:3", (None, None, "version 3", None, "unknown"), id="version of one's own"),
        pytest.param("/aws/service/${Publisher}/image_id", (None, None, None, None, "unknown"), id="half known"),
    ],
)
def test_parameter(parameter: str, expected: tuple[object, ...]) -> None:
    ami = read_ami(f"resolve:ssm:{parameter}")
    assert (said(ami), str(ami)) == (expected, parameter)


def test_every_parameter_that_aws_publishes_is_known() -> None:
    """The public parameters of AWS, as the emulator has copied them."""
    copy = files("moto").joinpath("ssm/resources/ecs/optimized_amis/us-east-1.json.gz")
    published = json.loads(gzip.decompress(copy.read_bytes()))
    names: list[str] = []

    def walk(node: dict[str, Any], path: str) -> None:
        for key, value in node.items():
            if key == "image_id":
                names.append(f"{path}/{key}")
            elif isinstance(value, dict) and key != "Value":
                walk(value, f"{path}/{key}")

    walk(published, "")
    assert len(names) > 500
    unknown = [name for name in names if None in said(read_ami(f"resolve:ssm:{name}"))[:2]]
    assert unknown == []


TEMPLATE = """
Parameters:
  Stored:
    Type: AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>
    Default: %(ecs)s/amazon-linux-2023/recommended/image_id
  Chosen:
    Type: AWS::SSM::Parameter::Value<String>
    AllowedValues: [%(ecs)s/amazon-linux-2/recommended/image_id, /golden]
  Nameless: {Type: "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"}
  Id: {Type: "AWS::EC2::Image::Id"}
  Default: {Type: "AWS::EC2::Image::Id", Default: ami-0123456789abcdef0}
  Flag: {Type: String}
Conditions:
  Old: !Equals [!Ref Flag, old]
Mappings:
  Regions:
    us-east-1: {Image: ami-11111111}
    eu-west-1: {Image: ami-22222222}
Resources:
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties: {LaunchTemplate: {LaunchTemplateId: !Ref Launch, Version: "1"}}
  Launch:
    Type: AWS::EC2::LaunchTemplate
    Properties: {LaunchTemplateData: {%(image)s}}
"""


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        pytest.param(
            "ImageId: !Ref Stored", [f"{ECS}/amazon-linux-2023/recommended/image_id: {AL2023}"], id="ssm type"
        ),
        pytest.param(
            "ImageId: !Ref Chosen",
            [f"{ECS}/amazon-linux-2/recommended/image_id: {AL2}", "/golden: None"],
            id="allowed values",
        ),
        pytest.param("ImageId: !Ref Nameless", ["${Nameless}: None"], id="ssm type without default"),
        pytest.param(
            f'ImageId: "{{{{resolve:ssm:{ECS}/amazon-linux-2/recommended/image_id}}}}"',
            [f"{ECS}/amazon-linux-2/recommended/image_id: {AL2}"],
            id="dynamic reference",
        ),
        pytest.param(
            'ImageId: "{{resolve:ssm:/golden:7}}"', ["/golden:7: None version 7"], id="dynamic reference with version"
        ),
        pytest.param(
            f"ImageId: !Sub resolve:ssm:{ECS}/amazon-linux-2023/recommended/image_id",
            [f"{ECS}/amazon-linux-2023/recommended/image_id: {AL2023}"],
            id="resolved at each launch",
        ),
        pytest.param(
            f"ImageId: !Sub 'resolve:ssm:{ECS}/${{AWS::Region}}/recommended/image_id'",
            [f"{ECS}/${{AWS::Region}}/recommended/image_id: None"],
            id="half known parameter",
        ),
        pytest.param("ImageId: ami-0123456789abcdef0", ["ami-0123456789abcdef0: None ami-0123456789abcdef0"], id="id"),
        pytest.param(
            "ImageId: !FindInMap [Regions, !Ref AWS::Region, Image]",
            ["ami-11111111: None ami-11111111", "ami-22222222: None ami-22222222"],
            id="mapping",
        ),
        pytest.param(
            "ImageId: !If [Old, !Ref Default, !Ref Stored]",
            [
                "ami-0123456789abcdef0: None ami-0123456789abcdef0 (Default)",
                f"{ECS}/amazon-linux-2023/recommended/image_id: {AL2023}",
            ],
            id="branches",
        ),
        pytest.param("ImageId: !Ref Id", ["${Id}: None"], id="parameter"),
        pytest.param("ImageId: !ImportValue image", ["${Fn::ImportValue image}: None"], id="import"),
        pytest.param("ImageId: !Ref AWS::NoValue", ["no machine image: None"], id="no value"),
        pytest.param("ImageId: [ami-1]", ["[ami-1], which is no text: None"], id="list"),
        pytest.param("InstanceType: m7i.large", ["no machine image: None"], id="none"),
    ],
)
def test_origin(tmp_path: Path, image: str, expected: list[str]) -> None:
    facts = Facts(load([write(tmp_path, TEMPLATE % {"ecs": ECS, "image": image})]), Policy(today=TODAY))
    (group,) = facts.worlds.all("AWS::AutoScaling::AutoScalingGroup")
    found = []
    for ami in worlds.of_hosts(facts, group, amis):
        name, _, release, _, _ = said(ami)
        found.append(" ".join([f"{ami}: {name}", *([release] if release else []), *(f"({d})" for d in ami.defaults)]))
    assert found == expected


def test_name_of_a_stored_parameter_can_be_given(tmp_path: Path) -> None:
    path = write(tmp_path, TEMPLATE % {"ecs": ECS, "image": "ImageId: !Ref Stored"})
    facts = Facts(load([path], [Parameter(None, "Stored", "/golden")]), Policy())
    (group,) = facts.worlds.all("AWS::AutoScaling::AutoScalingGroup")
    assert list(map(str, worlds.of_hosts(facts, group, amis))) == ["/golden"]


FACTORIES = [
    pytest.param(lambda: EcsAmi.amazon_linux_2023(architecture=ec2.InstanceArchitecture.X86_64), id="al2023"),
    pytest.param(lambda: EcsAmi.amazon_linux_2023(architecture=ec2.InstanceArchitecture.ARM_64), id="al2023 arm"),
    pytest.param(
        lambda: EcsAmi.amazon_linux_2023(architecture=ec2.InstanceArchitecture.ARM_64, release="2023.0.20260922"),
        id="al2023 pinned",
    ),
    pytest.param(EcsAmi.amazon_linux_2023_gpu, id="gpu"),
    pytest.param(EcsAmi.amazon_linux_2023_neuron, id="neuron"),
    *(
        pytest.param(
            lambda variant=variant, nvidia=nvidia: EcsAmi.bottlerocket(
                variant=variant, nvidia=nvidia, architecture=ec2.InstanceArchitecture.ARM_64
            ),
            id=f"{variant} nvidia={nvidia}",
        )
        for variant in ("aws-ecs-2", "aws-ecs-3")
        for nvidia in (False, True)
    ),
    *(
        pytest.param(lambda version=version: EcsAmi.windows_server(version), id=f"windows {version.name}")
        for version in variants.WINDOWS_SERVER_ENDS
    ),
]


@pytest.mark.parametrize("factory", FACTORIES)
def test_images_of_the_constructs_hold(monkeypatch: pytest.MonkeyPatch, factory: Any) -> None:
    """Both sides state one policy independently: product, architecture and end of life are the same."""
    monkeypatch.setattr(variants, "_today", lambda: TODAY)
    image = factory()
    ami = read_ami(f"resolve:ssm:{image.parameter_name()}")
    assert ami.product is not None
    assert ami.architecture is not None
    assert (verdict_of(ami), ami.product.end_of_life, ami.architecture.value) == (
        "holds",
        image._variant.end_of_life,
        variants.ARCHITECTURE_NAMES[image.architecture],
    )


def test_ends_of_life_of_the_constructs_are_the_same() -> None:
    ours = {
        name: read_ami(f"resolve:ssm:{BOTTLEROCKET}/{name}/arm64/latest/image_id").product
        for name in variants.BOTTLEROCKET_ENDS
    }
    assert {name: product and (product.end_of_life, product.source) for name, product in ours.items()} == dict(
        variants.BOTTLEROCKET_ENDS
    )
    assert {version: end for version, (_, end) in variants.WINDOWS_SERVER_ENDS.items()} == {
        version: product.end_of_life
        for version, (year, _) in variants.WINDOWS_SERVER_ENDS.items()
        if (product := read_ami(f"resolve:ssm:{WINDOWS}-{year}-English-Full-ECS_Optimized/image_id").product)
    }


@pytest.mark.parametrize(
    ("day", "parameter", "verdict"),
    [
        pytest.param(date(2026, 6, 30), f"{ECS}/amazon-linux-2/recommended/image_id", "holds", id="al2, last day"),
        pytest.param(date(2026, 7, 1), f"{ECS}/amazon-linux-2/recommended/image_id", "broken", id="al2, first day"),
        pytest.param(date(2029, 7, 1), f"{ECS}/amazon-linux-2023/recommended/image_id", "broken", id="al2023"),
        pytest.param(
            date(2025, 7, 25), f"{BOTTLEROCKET}/aws-ecs-1/arm64/latest/image_id", "broken", id="bottlerocket 1"
        ),
        pytest.param(
            date(2060, 1, 1), f"{BOTTLEROCKET}/aws-ecs-2/arm64/latest/image_id", "holds", id="no end announced"
        ),
    ],
)
def test_end_of_life(day: date, parameter: str, verdict: str) -> None:
    assert verdict_of(read_ami(f"resolve:ssm:{parameter}"), day) == verdict


NAMES = (
    "a1.large c6g.large c7gn.large c8g.large g5g.xlarge hpc7g.4xlarge i8ge.large im4gn.large is4gen.large m8gd.large "
    "p6e-gb200.36xlarge r7g.large t4g.micro x2gd.large x8g.large c7i-flex.large f2.6xlarge g4ad.xlarge g4dn.xlarge "
    "g6.xlarge g6e.xlarge gr6.4xlarge hpc6id.32xlarge inf2.xlarge m5.large m7a.large p5en.48xlarge p6-b200.48xlarge "
    "t2.micro t3.micro trn1n.32xlarge u-12tb1.112xlarge u7i-12tb.224xlarge vt1.3xlarge x2idn.16xlarge z1d.large "
    "m7a.metal-48xl cc2.8xlarge d3en.xlarge dl2q.24xlarge h1.2xlarge mac1.metal mac2.metal mac2-m2pro.metal "
    "mac-m4.metal m8g.metal-24xl"
)


@pytest.mark.parametrize(
    ("families", "architecture"),
    [
        (
            "a1 c6g c6gd c6gn c7g c7gd c7gn c8g c8gb c8gd c8gn g5g hpc7g i4g i8g i8ge im4gn is4gen m6g m6gd m7g m7gd",
            ARM,
        ),
        ("m8g m8gb m8gd m8gn r6g r6gd r7g r7gd r8g r8gb r8gd r8gn t4g x2gd x8g p6e-gb200 mac2 mac2-m2 mac-m4", ARM),
        ("c5 c6a c6i c7a c7i c7i-flex c8i d3en dl1 f2 g4ad g4dn g5 g6 g6e gr6 hpc6a hpc7a i3en i4i i7i i7ie inf2", X86),
        ("m5zn m7a m7i-flex m8a mac1 p5en p6-b200 r5b r7iz r8i t3a trn1n trn2 u-6tb1 u7i-12tb vt1 x2iedn z1d", X86),
    ],
)
def test_families(families: str, architecture: Architecture) -> None:
    found = {family: instance_architecture(f"{family}.large") for family in families.split()}
    assert found == dict.fromkeys(found, architecture)


def test_instance_types_of_the_constructs_are_the_same() -> None:
    theirs = {name: architecture_in_cdk(ec2.InstanceType(name)) for name in NAMES.split()}
    ours = {name: instance_architecture(name) for name in NAMES.split()}
    assert {name: architecture and architecture.value for name, architecture in ours.items()} == {
        name: architecture and variants.ARCHITECTURE_NAMES[architecture] for name, architecture in theirs.items()
    }
    assert instance_architecture("large") is None
