"""The instance family, rule by rule: proven, broken, unknown."""

from __future__ import annotations

import copy
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ecr_ecs_constructs.cli import main
from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.template import TemplateError
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules.catalogue import BY_ID
from ecr_ecs_constructs.rules.judge import Report, judge
from tests.judging import ECR, assembly, line, told, where

if TYPE_CHECKING:
    from collections.abc import Sequence

TODAY = date(2026, 11, 23)
RULES = (
    BY_ID["outdated-ami"],
    BY_ID["non-ecs-ami"],
    BY_ID["pinned-ami"],
    BY_ID["ami-architecture-mismatch"],
    BY_ID["image-architecture-mismatch"],
    BY_ID["unjoined-instances"],
)
PATH = "/aws/service/ecs/optimized-ami"
AL2023 = f"resolve:ssm:{PATH}/amazon-linux-2023/recommended/image_id"
ARM = f"resolve:ssm:{PATH}/amazon-linux-2023/arm64/recommended/image_id"
AL2 = f"resolve:ssm:{PATH}/amazon-linux-2/recommended/image_id"
PLAIN = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
IMAGE, TYPE = "Launch.Properties.LaunchTemplateData.ImageId", "Launch.Properties.LaunchTemplateData.InstanceType"
DATA = "Launch.Properties.LaunchTemplateData"
JOIN = {"Fn::Base64": {"Fn::Sub": "#!/bin/bash\necho ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config"}}
SCRIPT = {"Fn::Base64": "#!/bin/bash\nyum update -y"}
BOTTLEROCKET = "resolve:ssm:/aws/service/bottlerocket/aws-ecs-2/x86_64/latest/image_id"
TOML = {"Fn::Base64": {"Fn::Sub": '[settings.ecs]\ncluster = "${Cluster}"'}}
PROFILE = {"Arn": {"Fn::GetAtt": ["Profile", "Arn"]}}
GROUP = "AWS::AutoScaling::AutoScalingGroup"
SIZES = {"MinSize": "1", "MaxSize": "1", "VPCZoneIdentifier": ["subnet-0123456789abcdef0"]}
FOR_EC2 = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
FOR_INSTANCES = {
    "AssumeRolePolicyDocument": {
        "Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    }
}
ROLES = {
    "ExecutionRoleArn": "arn:aws:iam::123456789012:role/a",
    "InfrastructureRoleArn": "arn:aws:iam::123456789012:role/b",
}
MANAGED = {
    "InfrastructureRoleArn": "arn:aws:iam::123456789012:role/a",
    "InstanceLaunchTemplate": {
        "Ec2InstanceProfileArn": "arn:aws:iam::123456789012:instance-profile/a",
        "NetworkConfiguration": {"Subnets": ["subnet-1"], "SecurityGroups": ["sg-1"]},
        "InstanceRequirements": {"VCpuCount": {"Min": 1}, "MemoryMiB": {"Min": 1}, "AllowedInstanceTypes": ["m7g.*"]},
    },
}
NO_TEXT = (
    "placement broken: RuntimePlatform.CpuArchitecture of Task is a list, where it must be a text: CloudFormation "
    "refuses the template"
)

Body = dict[str, Any]


def shell(script: str) -> Body:
    return {"Fn::Base64": {"Fn::Sub": f"#!/bin/bash\n{script}"}}


def body(launch: Body, group: Body | None = None, parameters: Body | None = None, **resources: Body) -> Body:
    """A template with a cluster and an Auto Scaling group that joins it, and more."""
    reference = {"LaunchTemplateId": {"Ref": "Launch"}, "Version": "1"}
    data = {"ImageId": AL2023, "InstanceType": "m7i.large", "UserData": JOIN, "IamInstanceProfile": PROFILE, **launch}
    template = {
        "Parameters": {"Free": {"Type": "String"}, "Flag": {"Type": "String"}, **(parameters or {})},
        "Conditions": {"Yes": {"Fn::Equals": [{"Ref": "Flag"}, "yes"]}},
        "Resources": {
            "Cluster": {"Type": "AWS::ECS::Cluster"},
            "Launch": {
                "Type": "AWS::EC2::LaunchTemplate",
                "Properties": {"LaunchTemplateData": {key: value for key, value in data.items() if value is not None}},
            },
            "Group": {
                "Type": "AWS::AutoScaling::AutoScalingGroup",
                "Properties": {**SIZES, **(group or {"LaunchTemplate": reference})},
            },
            "Role": {"Type": "AWS::IAM::Role", "Properties": {**FOR_INSTANCES, "ManagedPolicyArns": [FOR_EC2]}},
            "Profile": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Role"}]}},
            **resources,
        },
    }
    return copy.deepcopy(template)  # tests change parts that others share


PROVIDER = {
    "Provider": {
        "Type": "AWS::ECS::CapacityProvider",
        "Properties": {"AutoScalingGroupProvider": {"AutoScalingGroupArn": {"Ref": "Group"}}},
    },
    "Association": {
        "Type": "AWS::ECS::ClusterCapacityProviderAssociations",
        "Properties": {
            "Cluster": {"Ref": "Cluster"},
            "CapacityProviders": [{"Ref": "Provider"}],
            "DefaultCapacityProviderStrategy": [],
        },
    },
}


def service(**properties: Any) -> Body:
    reference = {"Cluster": {"Ref": "Cluster"}, "TaskDefinition": {"Ref": "Task"}}
    return {"Type": "AWS::ECS::Service", "Properties": {**reference, **properties}}


def task(**properties: Any) -> Body:
    containers = [{"Name": "web", "Image": f"{ECR}/web:1"}, {"Name": "proxy", "Image": f"{ECR}/proxy:1"}]
    own = {"Memory": "512", "ContainerDefinitions": containers, **properties}
    return {"Type": "AWS::ECS::TaskDefinition", "Properties": own}


FOR_FARGATE = {"NetworkMode": "awsvpc", "Cpu": "256", "RequiresCompatibilities": ["FARGATE"]}
ON_FARGATE = {
    "LaunchType": "FARGATE",
    "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": [{"Fn::ImportValue": "subnet"}]}},
}


def judged(folder: Path, template: Body, today: date = TODAY) -> Report:
    file = folder / "template.json"
    file.write_text(json.dumps(template), encoding="utf-8")
    return judge(load([file]), Policy(today=today), RULES)


def found(folder: Path, template: Body, expected: Sequence[str] = ()) -> list[str]:
    """What is found, as far as it is expected to be told."""
    return told(judged(folder, template).findings, expected)


def links(report: Report) -> list[str]:
    """The links of the first container that these rules are about."""
    names = ("placement", "ami", "architecture")
    return [
        f"{link.name} {link.verdict.value}: {link.evidence}"
        for link in report.containers[0].links
        if link.name in names
    ]


OUTDATED = "which reached its end of life on 2026-06-30 (https://aws.amazon.com/amazon-linux-2/faqs/)"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        pytest.param(body({}), [], id="al2023"),
        pytest.param(
            body({"ImageId": AL2}),
            [f"outdated-ami {IMAGE}"],
            id="al2",
        ),
        pytest.param(
            body({"ImageId": AL2, "UserData": None}),
            [f"outdated-ami {IMAGE}"],
            id="al2 in the default cluster",
        ),
        pytest.param(
            body(
                {"ImageId": {"Fn::If": ["Yes", AL2023, {"Ref": "Old"}]}},
                parameters={
                    "Old": {
                        "Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>",
                        "Default": f"{PATH}/amazon-linux/recommended/image_id",
                    }
                },
            ),
            [f"outdated-ami {IMAGE}"],
            id="al1 in one branch",
        ),
        pytest.param(body({"ImageId": {"Ref": "Free"}}), [], id="known only at deployment"),
        pytest.param(body({"ImageId": {"Fn::ImportValue": "image"}}), [], id="imported"),
        pytest.param(body({"ImageId": "resolve:ssm:/golden/ecs"}), [], id="parameter of one's own"),
        pytest.param(body({"ImageId": None}), [], id="no image"),
        pytest.param(
            body({"ImageId": f"resolve:ssm:{PLAIN}"}),
            [f"non-ecs-ami {IMAGE}"],
            id="without agent",
        ),
        pytest.param(
            body({"ImageId": f"resolve:ssm:{PLAIN}", "UserData": SCRIPT}, **PROVIDER),
            [
                f"non-ecs-ami {IMAGE}",
                f"unjoined-instances {DATA}.UserData",
            ],
            id="without agent, of a capacity provider",
        ),
        pytest.param(
            body(
                {
                    "ImageId": f"resolve:ssm:{PLAIN}",
                    "UserData": shell("yum install -y ecs-init\nECS_CLUSTER=${Cluster}"),
                }
            ),
            [],
            id="agent installed",
        ),
        pytest.param(
            body({"ImageId": f"resolve:ssm:{PLAIN}", "UserData": shell("/opt/setup\nECS_CLUSTER=${Cluster}")}),
            [],
            id="agent perhaps installed",
        ),
        pytest.param(body({"ImageId": f"resolve:ssm:{PLAIN}", "UserData": SCRIPT}), [], id="no container instance"),
        pytest.param(
            body({"ImageId": "ami-0123456789abcdef0"}),
            [f"pinned-ami {IMAGE}"],
            id="fixed",
        ),
        pytest.param(
            body({"ImageId": {"Fn::If": ["Yes", "ami-11111111", "ami-22222222"]}}),
            [f"pinned-ami {IMAGE}: machine image is fixed: 'ami-11111111' (one of 2)"],
            id="two fixed ones",
        ),
        pytest.param(
            body({"ImageId": "{{resolve:ssm:/golden/ecs:4}}"}),
            [f"pinned-ami {IMAGE}: machine image is fixed: '/golden/ecs:4'"],
            id="fixed version",
        ),
        pytest.param(body({"ImageId": "ami-0123456789abcdef0", "UserData": SCRIPT}), [], id="fixed, no ECS known"),
        pytest.param(
            body({"ImageId": AL2023.replace("recommended", "al2023-ami-ecs-hvm-2023.0.20260824-kernel-6.1-x86_64")}),
            [
                f"pinned-ami {IMAGE}: machine image '{PATH}/amazon-linux-2023/"
                "al2023-ami-ecs-hvm-2023.0.20260824-kernel-6.1-x86_64/image_id' is a release of 2026-08-24, "
                "more than 90 days old"
            ],
            id="old release",
        ),
        pytest.param(
            body({"ImageId": AL2023.replace("recommended", "al2023-ami-ecs-hvm-2023.0.20260825-kernel-6.1-x86_64")}),
            [],
            id="release of 90 days",
        ),
        pytest.param(
            body(
                {
                    "ImageId": "resolve:ssm:/aws/service/bottlerocket/aws-ecs-2/x86_64/1.20.0/image_id",
                    "UserData": {"Fn::Base64": {"Fn::Sub": '[settings.ecs]\ncluster = "${Cluster}"'}},
                }
            ),
            [],
            id="release that does not tell its day",
        ),
        pytest.param(
            body({"InstanceType": "c7g.large"}),
            [f"ami-architecture-mismatch {TYPE}"],
            id="x86 image on arm",
        ),
        pytest.param(
            body({"ImageId": ARM}),
            [f"ami-architecture-mismatch {TYPE}"],
            id="arm image on x86",
        ),
        pytest.param(body({"ImageId": ARM, "InstanceType": "c7g.large"}), [], id="arm image on arm"),
        pytest.param(
            body({"InstanceType": {"Fn::Sub": "c7g.${Free}"}}),
            [
                f"ami-architecture-mismatch {TYPE}: c7g.${{Free}}: arm64 processors, but the machine image "
                f"'{PATH}/amazon-linux-2023/recommended/image_id' is for x86_64"
            ],
            id="size known only at deployment",
        ),
        pytest.param(body({"InstanceType": {"Ref": "Free"}}), [], id="instance type known only at deployment"),
        pytest.param(body({"InstanceType": None}), [], id="no instance type"),
        pytest.param(body({"InstanceType": ["c7g.large"]}), [], id="instance type is a list"),
        pytest.param(
            body(
                {"InstanceType": {"Ref": "Type"}},
                parameters={"Type": {"Type": "String", "AllowedValues": ["m7i.large", "c7g.large", "t4g.small"]}},
            ),
            [
                f"ami-architecture-mismatch {TYPE}: c7g.large and 1 more: arm64 processors, but the machine "
                f"image '{PATH}/amazon-linux-2023/recommended/image_id' is for x86_64"
            ],
            id="allowed values",
        ),
        pytest.param(
            body(
                {
                    "ImageId": {"Fn::If": ["Yes", ARM, AL2023]},
                    "InstanceType": {"Fn::If": ["Yes", "c7g.large", "m7i.large"]},
                }
            ),
            [],
            id="branches that go together",
        ),
        pytest.param(
            body({"InstanceType": None, "InstanceRequirements": {"CpuManufacturers": ["amazon-web-services"]}}),
            [f"ami-architecture-mismatch {DATA}.InstanceRequirements"],
            id="manufacturer of arm",
        ),
        pytest.param(
            body(
                {
                    "InstanceType": None,
                    "InstanceRequirements": {
                        "CpuManufacturers": ["intel", "amazon-web-services"],
                        "AllowedInstanceTypes": ["c7g.*", "m7g*"],
                    },
                }
            ),
            [
                f"ami-architecture-mismatch {DATA}.InstanceRequirements: CpuManufacturers intel, "
                "amazon-web-services and "
                "AllowedInstanceTypes c7g.*, m7g*: arm64 processors, but the machine image "
                f"'{PATH}/amazon-linux-2023/recommended/image_id' is for x86_64"
            ],
            id="allowed types of arm",
        ),
        pytest.param(
            body(
                {
                    "ImageId": ARM,
                    "InstanceType": None,
                    "InstanceRequirements": {"CpuManufacturers": ["intel"], "AllowedInstanceTypes": ["c7g.*"]},
                }
            ),
            [
                f"ami-architecture-mismatch {DATA}.InstanceRequirements: CpuManufacturers intel and "
                "AllowedInstanceTypes "
                f"c7g.*: no processors, but the machine image '{PATH}/amazon-linux-2023/arm64/recommended/image_id' "
                "is for "
                "arm64"
            ],
            id="requirements that nothing meets",
        ),
        *(
            pytest.param(body({"InstanceType": None, "InstanceRequirements": requirements}), [], id=name)
            for name, requirements in [
                ("any processor", {"VCpuCount": {"Min": 2}}),
                ("any of a letter", {"AllowedInstanceTypes": ["m*"]}),
                ("x86 by pattern", {"AllowedInstanceTypes": ["m7i.*"]}),
                ("manufacturer known only at deployment", {"CpuManufacturers": [{"Ref": "Free"}]}),
                ("manufacturer that nobody knows yet", {"CpuManufacturers": ["riscv"]}),
                ("pattern known only at deployment", {"AllowedInstanceTypes": [{"Ref": "Free"}]}),
                ("requirements known only at deployment", {"Ref": "Free"}),
            ]
        ),
    ],
)
def test_images(tmp_path: Path, template: Body, expected: list[str]) -> None:
    assert found(tmp_path, template, expected) == expected


LAUNCH = {"LaunchTemplateId": {"Ref": "Launch"}, "Version": "1"}
ARM_LAUNCH = {"LaunchTemplateId": {"Ref": "ArmLaunch"}, "Version": "1"}
ARM_TEMPLATE = {
    "ArmLaunch": {
        "Type": "AWS::EC2::LaunchTemplate",
        "Properties": {"LaunchTemplateData": {"ImageId": ARM, "UserData": JOIN}},
    }
}
OVERRIDES = "Group.Properties.MixedInstancesPolicy.LaunchTemplate.Overrides"
ARM_ID, PLAIN_ID = f"{{{{{ARM}}}}}", f"{{{{resolve:ssm:{PLAIN}}}}}"
X86_IMAGE = f"machine image '{PATH}/amazon-linux-2023/recommended/image_id' is for x86_64"


def mixed(*overrides: Any) -> Body:
    policy = {"LaunchTemplateSpecification": LAUNCH, **({"Overrides": list(overrides)} if overrides else {})}
    return {"MixedInstancesPolicy": {"LaunchTemplate": policy}}


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        pytest.param(mixed(), [], id="no overrides"),
        pytest.param(mixed({"InstanceType": "m7a.large"}, {"InstanceType": "m6i.large"}), [], id="alike"),
        pytest.param(
            mixed({"InstanceType": "m7a.large"}, {"InstanceType": "m7g.large"}),
            [f"ami-architecture-mismatch {OVERRIDES}[1].InstanceType"],
            id="second override",
        ),
        pytest.param(
            mixed(
                {"InstanceType": "m7a.large"}, {"InstanceType": "m7g.large", "LaunchTemplateSpecification": ARM_LAUNCH}
            ),
            [],
            id="override with its own launch template",
        ),
        pytest.param(
            mixed({"InstanceType": "m7i.large", "LaunchTemplateSpecification": ARM_LAUNCH}),
            [f"ami-architecture-mismatch {OVERRIDES}[0].InstanceType"],
            id="override with the wrong launch template",
        ),
        pytest.param(mixed({"WeightedCapacity": "2"}), [], id="override without type"),
        pytest.param(mixed({"InstanceType": "m7g.large", "ImageId": ARM_ID}), [], id="override with its own image"),
        pytest.param(
            mixed({"InstanceType": "m7i.large", "ImageId": ARM_ID}),
            [f"ami-architecture-mismatch {OVERRIDES}[0].InstanceType"],
            id="override with the wrong image",
        ),
        pytest.param(
            mixed({"ImageId": ARM_ID}),
            [f"ami-architecture-mismatch {TYPE}"],
            id="override with an image only",
        ),
        pytest.param(
            mixed({"InstanceType": "m7i.large", "ImageId": PLAIN_ID}, {"InstanceType": "m7a.large"}),
            [f"non-ecs-ami {OVERRIDES}[0].ImageId"],
            id="override with an image without agent",
        ),
        pytest.param(
            mixed({"InstanceType": "m7i.large", "ImageId": "ami-0123456789abcdef0"}),
            [f"pinned-ami {OVERRIDES}[0].ImageId"],
            id="override with a fixed image",
        ),
        pytest.param(
            mixed({"InstanceType": "m7g.large", "ImageId": ARM_ID, "LaunchTemplateSpecification": LAUNCH}),
            [],
            id="override with its own image and launch template",
        ),
        pytest.param(
            mixed({"InstanceType": "m7g.large", "ImageId": {"Ref": "Free"}}), [], id="override with any image"
        ),
        pytest.param(
            mixed({"InstanceType": "m7i.large", "ImageId": ARM}), [], id="override with what it can't resolve"
        ),
        pytest.param(
            mixed({"InstanceRequirements": {"CpuManufacturers": ["amazon-web-services"]}}),
            [f"ami-architecture-mismatch {OVERRIDES}[0].InstanceRequirements"],
            id="requirements",
        ),
        pytest.param(mixed({"Ref": "Free"}), [], id="known only at deployment"),
        pytest.param(
            mixed({"InstanceType": "m7g.large", "LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1"}}),
            [],
            id="launch template that is not in the templates",
        ),
        pytest.param({"LaunchTemplate": {"LaunchTemplateName": "other"}}, [], id="imported launch template"),
        pytest.param({"LaunchConfigurationName": "other"}, [], id="imported launch configuration"),
        pytest.param({}, [], id="nothing"),
    ],
)
def test_mixed_instances(tmp_path: Path, group: Body, expected: list[str]) -> None:
    assert found(tmp_path, body({}, group, **ARM_TEMPLATE), expected) == expected


AGENT = "#!/bin/bash\nyum install -y ecs-init\necho ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config"
AMI_LINKS = [
    pytest.param({}, None, "holds: Group: ECS-optimized Amazon Linux 2023, supported until 2029-06-30", id="optimized"),
    pytest.param(
        {"ImageId": PLAIN_ID}, None, f"broken: Group: {PLAIN} is Amazon Linux without the ECS agent", id="without agent"
    ),
    pytest.param(
        {"ImageId": PLAIN_ID, "UserData": shell(AGENT)},
        None,
        f"unknown: Group: {PLAIN} is Amazon Linux without the ECS agent, which the user data may install",
        id="agent installed",
    ),
    pytest.param(
        {},
        mixed({"InstanceType": "m7i.large", "ImageId": PLAIN_ID}),
        f"broken: Group: {PLAIN} is Amazon Linux without the ECS agent",
        id="override without agent",
    ),
    pytest.param(
        {"ImageId": PLAIN_ID},
        mixed({"InstanceType": "m7g.large", "ImageId": ARM_ID}),
        "holds: Group: ECS-optimized Amazon Linux 2023, supported until 2029-06-30",
        id="override in place of one without agent",
    ),
    pytest.param(
        {"ImageId": None},
        mixed({"InstanceType": "m7g.large", "ImageId": ARM_ID}),
        "holds: Group: ECS-optimized Amazon Linux 2023, supported until 2029-06-30",
        id="image in an override only",
    ),
    pytest.param(
        {},
        mixed({"InstanceType": "m7i.large"}, {"InstanceType": "m7a.large", "ImageId": {"Ref": "Free"}}),
        "unknown: Group: image id ${Free} is known only at deployment",
        id="override known only at deployment",
    ),
    pytest.param(
        {},
        mixed({"InstanceType": "m7i.large", "ImageId": {"Fn::If": ["Yes", ARM_ID, {"Ref": "AWS::NoValue"}]}}),
        "holds: Group: ECS-optimized Amazon Linux 2023, supported until 2029-06-30",
        id="override in one branch",
    ),
    pytest.param(
        {},
        mixed({"InstanceType": "m7i.large", "ImageId": AL2023}),
        f"unknown: Group: {AL2023} is read in launch templates and instances only",
        id="override with a parameter",
    ),
    pytest.param(
        {},
        {"LaunchConfigurationName": {"Ref": "Configuration"}},
        f"unknown: Group: {AL2023} is read in launch templates and instances only",
        id="launch configuration with a parameter",
    ),
]


@pytest.mark.parametrize(("launch", "group", "expected"), AMI_LINKS)
def test_link_of_the_image(tmp_path: Path, launch: Body, group: Body | None, expected: str) -> None:
    configuration = {
        "Type": "AWS::AutoScaling::LaunchConfiguration",
        "Properties": {"ImageId": AL2023, "InstanceType": "m7i.large", "UserData": JOIN},
    }
    on_provider = service(CapacityProviderStrategy=[{"CapacityProvider": {"Ref": "Provider"}, "Weight": 1}])
    resources = {"Configuration": configuration, "Task": task(), "Service": on_provider, **PROVIDER}
    assert links(judged(tmp_path, body(launch, group, **resources)))[1] == f"ami {expected}"


def test_launch_template_in_another_template(tmp_path: Path) -> None:
    """The parameters of two stacks are chosen one without the other, so what does not fit is found."""
    own = body({"ImageId": {"Fn::If": ["Yes", ARM, AL2023]}})
    own["Outputs"] = {"Id": {"Value": {"Ref": "Launch"}, "Export": {"Name": "launch"}}}
    del own["Resources"]["Group"]
    imported = {"LaunchTemplateId": {"Fn::ImportValue": "launch"}, "Version": "1"}
    other: Body = {
        "Parameters": {"Type": {"Type": "String", "AllowedValues": ["c7g.large", "m7i.large"]}},
        "Resources": {
            "Group": {
                "Type": "AWS::AutoScaling::AutoScalingGroup",
                "Properties": {
                    "MixedInstancesPolicy": {
                        "LaunchTemplate": {
                            "LaunchTemplateSpecification": imported,
                            "Overrides": [{"InstanceType": {"Ref": "Type"}}],
                        }
                    }
                },
            }
        },
    }
    files = []
    for name, template in (("one", own), ("two", other)):
        files.append(tmp_path / f"{name}.json")
        files[-1].write_text(json.dumps(template), encoding="utf-8")
    assert [line(finding) for finding in judge(load(files), Policy(today=TODAY), RULES).findings] == [
        f"ami-architecture-mismatch {OVERRIDES}[0].InstanceType: c7g.large: arm64 processors, but the {X86_IMAGE}",
        f"ami-architecture-mismatch {OVERRIDES}[0].InstanceType: m7i.large: x86_64 processors, but the machine image "
        f"'{PATH}/amazon-linux-2023/arm64/recommended/image_id' is for arm64",
    ]
    other["Parameters"]["Type"]["AllowedValues"] = ["c7g.large"]
    own["Resources"]["Launch"]["Properties"]["LaunchTemplateData"]["ImageId"] = AL2023
    for file, template in zip(files, (own, other), strict=True):
        file.write_text(json.dumps(template), encoding="utf-8")
    assert [line(finding) for finding in judge(load(files), Policy(today=TODAY), RULES).findings] == [
        f"ami-architecture-mismatch {OVERRIDES}[0].InstanceType: c7g.large: arm64 processors, but the {X86_IMAGE}"
    ]


def test_more_instance_types_than_are_followed(tmp_path: Path) -> None:
    types = [f"m{number}i.large" for number in range(600)]
    template = body({"InstanceType": {"Ref": "Type"}}, parameters={"Type": {"Type": "String", "AllowedValues": types}})
    assert found(tmp_path, template) == []


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        pytest.param(
            {
                "Configuration": {
                    "Type": "AWS::AutoScaling::LaunchConfiguration",
                    "Properties": {"ImageId": f"{{{{{AL2023}}}}}", "InstanceType": "c7g.large", "UserData": JOIN},
                },
                "Group": {
                    "Type": "AWS::AutoScaling::AutoScalingGroup",
                    "Properties": {"LaunchConfigurationName": {"Ref": "Configuration"}},
                },
            },
            ["ami-architecture-mismatch Configuration.Properties.InstanceType"],
            id="launch configuration",
        ),
        pytest.param(
            {
                "Instance": {
                    "Type": "AWS::EC2::Instance",
                    "Properties": {"ImageId": AL2023, "InstanceType": "c7g.large", "UserData": JOIN},
                }
            },
            ["ami-architecture-mismatch Instance.Properties.InstanceType"],
            id="instance",
        ),
        pytest.param(
            {
                "Instance": {
                    "Type": "AWS::EC2::Instance",
                    "Properties": {"LaunchTemplate": LAUNCH, "InstanceType": "c7g.large"},
                }
            },
            ["ami-architecture-mismatch Instance.Properties.InstanceType"],
            id="instance over its launch template",
        ),
        pytest.param(
            {
                "Instance": {
                    "Type": "AWS::EC2::Instance",
                    "Properties": {"LaunchTemplate": {"LaunchTemplateId": "lt-1"}},
                }
            },
            [],
            id="instance of an imported launch template",
        ),
        pytest.param(
            {"Instance": {"Type": "AWS::EC2::Instance", "Properties": {"InstanceType": "c7g.large"}}},
            [],
            id="instance of something else",
        ),
        pytest.param(
            {
                "Group": {
                    "Type": "AWS::AutoScaling::AutoScalingGroup",
                    "Properties": {"LaunchTemplate": {"LaunchTemplateId": {"Ref": "Empty"}}},
                },
                "Empty": {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": "text"}},
            },
            [],
            id="malformed launch template",
        ),
        pytest.param(
            {
                "Group": {
                    "Type": "AWS::AutoScaling::AutoScalingGroup",
                    "Properties": {"LaunchTemplate": {"LaunchTemplateId": {"Ref": "Empty"}}},
                },
                "Empty": {"Type": "AWS::EC2::LaunchTemplate"},
            },
            [],
            id="empty launch template",
        ),
    ],
)
def test_other_ways_to_launch(tmp_path: Path, resources: Body, expected: list[str]) -> None:
    template = body({})
    del template["Resources"]["Group"]
    template["Resources"] |= resources
    assert found(tmp_path, template, expected) == expected


ON_EC2 = {"Service": service(LaunchType="EC2")}
CPU = "Task.Properties.RuntimePlatform.CpuArchitecture"
ARM64, X86_64 = {"RuntimePlatform": {"CpuArchitecture": "ARM64"}}, {"RuntimePlatform": {"CpuArchitecture": "X86_64"}}
BOOTS = f"architecture holds: Group boots {PATH}/amazon-linux-2023/recommended/image_id of x86_64 on m7i.large (x86_64)"
SUPPORTED = "ami holds: Group: ECS-optimized Amazon Linux 2023, supported until 2029-06-30"
UNSIZED = "Service by launch type EC2; whether Group on {} has the 512 MiB that the task reserves is not known"
JOINS = "placement holds: Service by launch type EC2; Group joins ${Cluster}: user data names the cluster ${Cluster}"


@pytest.mark.parametrize(
    ("template", "expected", "path"),
    [
        pytest.param(body({}, Task=task(), **ON_EC2), [], [JOINS, SUPPORTED, BOOTS], id="says nothing"),
        pytest.param(body({}, Task=task(**X86_64), **ON_EC2), [], [JOINS, SUPPORTED, BOOTS], id="declared alike"),
        pytest.param(
            body({}, Task=task(**ARM64), **ON_EC2),
            [f"image-architecture-mismatch {CPU}"],
            [
                JOINS,
                SUPPORTED,
                "architecture broken: the task is declared for ARM64, Group runs it on m7i.large (x86_64)",
            ],
            id="arm task on x86",
        ),
        pytest.param(
            body({"ImageId": "ami-11111111"}, Task=task(**ARM64), **ON_EC2),
            [
                f"pinned-ami {IMAGE}",
                f"image-architecture-mismatch {CPU}",
            ],
            [
                JOINS,
                "ami unknown: Group: ami-11111111 is a fixed image id, which does not tell what image it is",
                "architecture broken: the task is declared for ARM64, Group runs it on m7i.large (x86_64)",
            ],
            id="fixed image",
        ),
        pytest.param(
            body({"InstanceType": {"Ref": "Free"}}, Task=task(**ARM64), **ON_EC2),
            [],
            [
                f"placement unknown: {UNSIZED.format('${Free}')}",
                SUPPORTED,
                f"architecture unknown: Group boots {PATH}/amazon-linux-2023/recommended/image_id of x86_64 on "
                f"${{Free}}: "
                "that of ${Free} is not known",
            ],
            id="instance type known only at deployment",
        ),
        pytest.param(
            body({"ImageId": "resolve:ssm:/golden", "UserData": {"Ref": "Free"}}, Task=task(**ARM64), **ON_EC2),
            [],
            [
                "placement unknown: whether Group joins ${Cluster} is not known: user data is ${Free}, known only at "
                "deployment",
                "ami unknown: its container instances are not known: Service by launch type EC2",
                "architecture unknown: its container instances are not known: Service by launch type EC2",
            ],
            id="user data known only at deployment",
        ),
        pytest.param(
            body(
                {"ImageId": {"Ref": "Free"}, "UserData": {"Ref": "Free"}},
                Task=task(),
                Service=service(CapacityProviderStrategy=[{"CapacityProvider": {"Ref": "Provider"}, "Weight": 1}]),
                **PROVIDER,
            ),
            [],
            [
                "placement unknown: Service by its capacity provider ${Provider}; whether Group joins ${Cluster} is "
                "not "
                "known: user data is ${Free}, known only at deployment",
                "ami unknown: Group: image id ${Free} is known only at deployment",
                "architecture unknown: Group boots ${Free} on m7i.large: the architecture of its image is not known",
            ],
            id="everything known only at deployment",
        ),
        pytest.param(
            body(
                {"InstanceType": None, "InstanceRequirements": {"VCpuCount": {"Min": 2}, "MemoryMiB": {"Min": 2048}}},
                Task=task(**ARM64),
                **ON_EC2,
            ),
            [f"image-architecture-mismatch {CPU}"],
            [
                JOINS,
                SUPPORTED,
                "architecture broken: the task is declared for ARM64, Group runs it on any processor (x86_64)",
            ],
            id="arm task, image decides",
        ),
        pytest.param(
            body({}, Task=task(RuntimePlatform={"CpuArchitecture": {"Ref": "Free"}}), **ON_EC2),
            [],
            [JOINS, SUPPORTED, "architecture unknown: CpuArchitecture of the task is ${Free}"],
            id="task known only at deployment",
        ),
        pytest.param(
            body(
                {"ImageId": ARM, "InstanceType": "m7g.large"},
                Task=task(RuntimePlatform={"OperatingSystemFamily": "LINUX"}),
                **ON_EC2,
            ),
            [],
            [
                JOINS,
                SUPPORTED,
                "architecture unknown: the task has no CpuArchitecture, and whether it is for X86_64 then is not "
                "documented, Group runs it on m7g.large (arm64)",
            ],
            id="task that says its operating system alone, on arm64",
        ),
        pytest.param(
            body({}, Task=task(RuntimePlatform={"CpuArchitecture": ["ARM64"]}), **ON_EC2),
            [],
            [NO_TEXT, SUPPORTED, "architecture unknown: CpuArchitecture of the task is [ARM64]"],
            id="architecture of task is no text",
        ),
        pytest.param(
            body({"ImageId": None, "InstanceType": None}, Task=task(), **ON_EC2),
            [],
            [
                "placement broken: Launch has no ImageId, without which no group is made",
                "ami unknown: Group: no image id is given",
                "architecture unknown: Group boots no machine image on no instance type: the architecture of its image "
                "is not known",
            ],
            id="no image",
        ),
        pytest.param(
            body(
                {},
                {"LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "1"}},
                Task=task(**ARM64),
                Service=service(CapacityProviderStrategy=[{"CapacityProvider": {"Ref": "Provider"}, "Weight": 1}]),
                **PROVIDER,
            ),
            [],
            [
                "placement unknown: Service by its capacity provider ${Provider}; whether Group joins ${Cluster} is "
                "not known: what launches Group is not in the templates",
                "ami unknown: what launches Group is not in the templates",
                "architecture unknown: what launches Group is not in the templates",
            ],
            id="imported launch template",
        ),
        pytest.param(
            body({}, Task=task(**ARM64, **FOR_FARGATE), Service=service(**ON_FARGATE)),
            [],
            [
                "placement holds: Service by launch type FARGATE",
                "ami not-applicable: Service by launch type FARGATE: no AMI is chosen for it",
                "architecture holds: FARGATE runs the task on ARM64",
            ],
            id="fargate on arm",
        ),
        pytest.param(
            body({}, Task=task(**FOR_FARGATE), Service=service(**ON_FARGATE)),
            [],
            [
                "placement holds: Service by launch type FARGATE",
                "ami not-applicable: Service by launch type FARGATE: no AMI is chosen for it",
                "architecture holds: FARGATE runs the task on X86_64, the default of CpuArchitecture",
            ],
            id="fargate",
        ),
        pytest.param(
            body({"UserData": SCRIPT}, Task=task(**FOR_FARGATE), Service=service(**ON_FARGATE)),
            [],
            [
                "placement holds: Service by launch type FARGATE",
                "ami not-applicable: Service by launch type FARGATE: no AMI is chosen for it",
                "architecture holds: FARGATE runs the task on X86_64, the default of CpuArchitecture",
            ],
            id="fargate beside instances that do not join its cluster",
        ),
        pytest.param(
            body({}, Task=task(), Service=service(LaunchType={"Ref": "Free"})),
            [],
            [
                "placement unknown: Service by launch type ${Free}",
                "ami unknown: its container instances are not known: Service by launch type ${Free}",
                "architecture unknown: its container instances are not known: Service by launch type ${Free}",
            ],
            id="launch type known only at deployment",
        ),
        pytest.param(
            body({}, Task=task()),
            [],
            [
                "placement unknown: no service or schedule in the templates runs it; it is for EC2",
                "ami unknown: its container instances are not known: no service or schedule in the templates runs it; "
                "it is for EC2",
                "architecture unknown: its container instances are not known: no service or schedule in the templates "
                "runs it; it is for EC2",
            ],
            id="nothing runs it",
        ),
        pytest.param(
            body(
                {},
                Express={
                    "Type": "AWS::ECS::ExpressGatewayService",
                    "Properties": {"PrimaryContainer": {"Image": f"{ECR}/web:1"}, **ROLES},
                },
            ),
            [],
            [
                "placement holds: Express Mode runs on Fargate",
                "ami not-applicable: Express Mode runs on Fargate: no AMI is chosen for it",
                "architecture holds: Express Mode runs the task on the architecture of its image",
            ],
            id="express mode",
        ),
        *(
            pytest.param(
                body(
                    {},
                    Task=task(**declared),
                    Service=service(CapacityProviderStrategy=[{"CapacityProvider": {"Ref": "Managed"}, "Weight": 1}]),
                    Managed={
                        "Type": "AWS::ECS::CapacityProvider",
                        "Properties": {
                            "ClusterName": {"Ref": "Cluster"},
                            "ManagedInstancesProvider": MANAGED,
                        },
                    },
                ),
                expected,
                [
                    "placement unknown: the task definition does not say that it is for MANAGED_INSTANCES, which is "
                    "not known to be taken",
                    "ami not-applicable: Service by its capacity provider ${Managed}: no AMI is chosen for it",
                    architecture,
                ],
                id=name,
            )
            for name, declared, expected, architecture in [
                (
                    "managed instances of arm",
                    ARM64,
                    [],
                    "architecture holds: MANAGED_INSTANCES runs the task on ARM64",
                ),
                (
                    "x86 task on managed instances of arm",
                    {},
                    [
                        f"image-architecture-mismatch {CPU}: MANAGED_INSTANCES runs the task on X86_64, the default of "
                        "CpuArchitecture, Managed chooses instances with AllowedInstanceTypes m7g.*"
                    ],
                    "architecture broken: MANAGED_INSTANCES runs the task on X86_64, the default of CpuArchitecture, "
                    "Managed chooses instances with AllowedInstanceTypes m7g.*",
                ),
            ]
        ),
    ],
)
def test_tasks(tmp_path: Path, template: Body, expected: list[str], path: list[str]) -> None:
    report = judged(tmp_path, template)
    assert (told(report.findings, expected), links(report)) == (expected, path)


def test_task_is_put_on_instances_of_its_architecture(tmp_path: Path) -> None:
    """ECS chooses among the instances of a cluster for a task that declares its architecture."""
    arm = {
        "ArmGroup": {"Type": GROUP, "Properties": {**SIZES, "LaunchTemplate": ARM_LAUNCH}},
        "ArmLaunch": {
            "Type": "AWS::EC2::LaunchTemplate",
            "Properties": {"LaunchTemplateData": {"ImageId": ARM, "UserData": JOIN, "InstanceType": "m7g.large"}},
        },
    }
    assert found(tmp_path, body({}, Task=task(**ARM64), **ON_EC2, **arm)) == []


def unjoined(*facts: str) -> list[str]:
    return [f"unjoined-instances {DATA}.UserData: {fact}" for fact in facts]


NEEDED = "Provider needs it there"
STRAY = "Group joins the cluster 'default', not ${Cluster}: "
ECHO = "echo ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config"
NO_TOML = f"user data begins with {ECHO!r}, and Bottlerocket reads nothing but TOML"
FINDS_NONE = "Service by launch type EC2 finds no instances"


@pytest.mark.parametrize(
    ("launch", "expected"),
    [
        pytest.param({}, [], id="joins"),
        pytest.param(
            {"UserData": SCRIPT},
            unjoined(f"Group joins the cluster 'default', not ${{Cluster}}: user data names no cluster; {NEEDED}"),
            id="says nothing",
        ),
        pytest.param(
            {"UserData": None},
            unjoined(f"Group joins the cluster 'default', not ${{Cluster}}: there is no user data; {NEEDED}"),
            id="no user data",
        ),
        pytest.param(
            {"UserData": shell("echo ECS_CLUSTER=other >> /etc/ecs/ecs.config")},
            unjoined(f"Group joins the cluster other, not ${{Cluster}}: user data names the cluster other; {NEEDED}"),
            id="another cluster",
        ),
        pytest.param(
            {"UserData": shell("echo ECS_CLUSTER=${Other} >> /etc/ecs/ecs.config")},
            unjoined(
                f"Group joins the cluster ${{Other}}, not ${{Cluster}}: user data names the cluster ${{Other}}; "
                f"{NEEDED}"
            ),
            id="another cluster of the template",
        ),
        pytest.param(
            {"UserData": {"Fn::If": ["Yes", JOIN, SCRIPT]}},
            unjoined(f"Group joins the cluster 'default', not ${{Cluster}}: user data names no cluster; {NEEDED}"),
            id="one branch",
        ),
        pytest.param(
            {"ImageId": BOTTLEROCKET},
            unjoined(
                "Group joins the cluster 'default', not ${Cluster}: user data begins with 'echo "
                f"ECS_CLUSTER=${{Cluster}} >> /etc/ecs/ecs.config', and Bottlerocket reads nothing but TOML; {NEEDED}"
            ),
            id="script for bottlerocket",
        ),
        pytest.param(
            {"ImageId": {"Fn::If": ["Yes", AL2023, BOTTLEROCKET]}},
            unjoined(
                "Group joins the cluster 'default', not ${Cluster}: user data begins with 'echo "
                f"ECS_CLUSTER=${{Cluster}} >> /etc/ecs/ecs.config', and Bottlerocket reads nothing but TOML; {NEEDED}"
            ),
            id="script for bottlerocket in one branch",
        ),
        pytest.param(
            {"ImageId": {"Fn::If": ["Yes", AL2023, BOTTLEROCKET]}, "UserData": {"Fn::If": ["Yes", JOIN, TOML]}},
            [],
            id="user data that goes with the image",
        ),
        pytest.param({"UserData": shell("echo ECS_CLUSTER=${Cluster.Arn} >> /etc/ecs/ecs.config")}, [], id="arn"),
        pytest.param({"UserData": shell("echo ECS_CLUSTER=${Free} >> /etc/ecs/ecs.config")}, [], id="parameter"),
        pytest.param({"UserData": shell("echo ECS_CLUSTER=x-${Cluster} >> /etc/ecs/ecs.config")}, [], id="half known"),
        pytest.param(
            {"UserData": shell("echo ECS_CLUSTER=Stack-Cluster-ABCDEFGHIJKL >> /etc/ecs/ecs.config")},
            [],
            id="name as CloudFormation makes it",
        ),
        pytest.param({"UserData": {"Ref": "Free"}}, [], id="known only at deployment"),
        pytest.param({"UserData": shell("aws s3 cp s3://b/join . && ./join")}, [], id="fetched script"),
        pytest.param({"UserData": SCRIPT, "ImageId": "resolve:ssm:/golden"}, [], id="image of one's own"),
        pytest.param({"UserData": SCRIPT, "ImageId": {"Ref": "Free"}}, [], id="image known only at deployment"),
    ],
)
def test_join_of_a_capacity_provider(tmp_path: Path, launch: Body, expected: list[str]) -> None:
    template = body(launch, Other={"Type": "AWS::ECS::Cluster"}, **PROVIDER)
    assert found(tmp_path, template, expected) == expected


@pytest.mark.parametrize(
    ("name", "user_data", "expected"),
    [
        pytest.param("main", "main", [], id="name"),
        pytest.param("main", "arn:aws:ecs:eu-west-1:123456789012:cluster/main", [], id="arn"),
        pytest.param("default", None, [], id="default cluster"),
        pytest.param({"Ref": "Free"}, "${Free}", [], id="same parameter"),
        pytest.param({"Ref": "Free"}, "main", [], id="parameter"),
        pytest.param({"Fn::Sub": "${AWS::StackName}-web"}, "${AWS::StackName}-web", [], id="same text"),
        pytest.param(
            "main",
            "Stack-Cluster-ABCDEFGHIJKL",
            unjoined(
                "Group joins the cluster Stack-Cluster-ABCDEFGHIJKL, not ${Cluster}: user data names the cluster "
                f"Stack-Cluster-ABCDEFGHIJKL; {NEEDED}"
            ),
            id="another name",
        ),
    ],
)
def test_join_by_name(tmp_path: Path, name: Any, user_data: str | None, expected: list[str]) -> None:
    script = SCRIPT if user_data is None else shell(f"echo ECS_CLUSTER={user_data} >> /etc/ecs/ecs.config")
    template = body({"UserData": script}, **PROVIDER)
    template["Resources"]["Cluster"]["Properties"] = {"ClusterName": name}
    assert found(tmp_path, template, expected) == expected


@pytest.mark.parametrize(
    ("cluster", "user_data", "expected"),
    [
        pytest.param("main", "main", [], id="same name"),
        pytest.param(
            "main",
            "other",
            unjoined(f"Group joins the cluster other, not main: user data names the cluster other; {NEEDED}"),
            id="another name",
        ),
        pytest.param("main", "${Cluster}", [], id="cluster whose name CloudFormation makes"),
        pytest.param("named", "${Named}", [], id="cluster of that name"),
        pytest.param(
            "main",
            "${Named}",
            unjoined(f"Group joins the cluster ${{Named}}, not main: user data names the cluster ${{Named}}; {NEEDED}"),
            id="cluster of another name",
        ),
        pytest.param("arn:aws:ecs:eu-west-1:123456789012:cluster/main", "main", [], id="arn"),
        pytest.param({"Fn::ImportValue": "cluster"}, "main", [], id="import"),
        pytest.param({"Fn::ImportValue": "cluster"}, "${Named}", [], id="import and a cluster"),
    ],
)
def test_join_of_an_imported_cluster(tmp_path: Path, cluster: Any, user_data: str, expected: list[str]) -> None:
    template = body({"UserData": shell(f"echo ECS_CLUSTER={user_data} >> /etc/ecs/ecs.config")}, **PROVIDER)
    template["Resources"]["Association"]["Properties"]["Cluster"] = cluster
    template["Resources"]["Named"] = {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": "named"}}
    assert found(tmp_path, template, expected) == expected


@pytest.mark.parametrize(
    ("launch", "properties", "expected", "path"),
    [
        pytest.param(
            {"UserData": SCRIPT},
            {"LaunchType": "EC2"},
            unjoined(
                "Group joins the cluster 'default', not ${Cluster}: user data names no cluster; Service by launch type "
                "EC2 finds no instances"
            ),
            "placement broken: Group joins the cluster 'default', not ${Cluster}: user data names no cluster",
            id="instances beside the cluster",
        ),
        pytest.param(
            {"UserData": SCRIPT, "ImageId": f"resolve:ssm:{PLAIN}"},
            {"LaunchType": "EC2"},
            [],
            "placement unknown: Service by launch type EC2; no container instances of cluster ${Cluster} are in the "
            "templates",
            id="other instances beside the cluster",
        ),
        pytest.param(
            {"UserData": SCRIPT},
            {"LaunchType": "EC2", "Cluster": {"Ref": "AWS::NoValue"}},
            [],
            "placement holds: Service by launch type EC2; Group joins default: user data names no cluster",
            id="default cluster",
        ),
        pytest.param(
            {"UserData": {"Fn::If": ["Yes", JOIN, SCRIPT]}},
            {"LaunchType": "EC2"},
            unjoined(f"{STRAY}user data names no cluster; {FINDS_NONE}"),
            where("Flag is not yes", f"placement broken: {STRAY}user data names no cluster"),
            id="one branch",
        ),
        pytest.param(
            {"ImageId": {"Fn::If": ["Yes", AL2023, BOTTLEROCKET]}},
            {"LaunchType": "EC2"},
            unjoined(f"{STRAY}{NO_TOML}; {FINDS_NONE}"),
            where("Flag is not yes", f"placement broken: {STRAY}{NO_TOML}"),
            id="script for bottlerocket in one branch",
        ),
        pytest.param(
            {"ImageId": {"Fn::If": ["Yes", AL2023, BOTTLEROCKET]}, "UserData": {"Fn::If": ["Yes", JOIN, TOML]}},
            {"LaunchType": "EC2"},
            [],
            "placement holds: Service by launch type EC2; Group joins ${Cluster}: user data names the cluster "
            "${Cluster}",
            id="user data that goes with the image",
        ),
        pytest.param(
            {"UserData": shell("echo ECS_CLUSTER=main >> /etc/ecs/ecs.config")},
            {"LaunchType": "EC2", "Cluster": "main"},
            [],
            "placement holds: Service by launch type EC2; Group joins main: user data names the cluster main",
            id="imported cluster by name",
        ),
    ],
)
def test_join_for_a_service(tmp_path: Path, launch: Body, properties: Body, expected: list[str], path: str) -> None:
    report = judged(tmp_path, body(launch, Task=task(), Service=service(**properties)))
    assert ([line(finding) for finding in report.findings], links(report)[0]) == (expected, path)


OTHER_LAUNCH = {"LaunchTemplate": {"LaunchTemplateId": {"Fn::If": ["Yes", {"Ref": "Launch"}, "lt-1"]}, "Version": "1"}}
NO_INSTANCES = "no container instances of cluster ${Cluster} are in the templates"
BY_PROVIDER = "Service by its capacity provider ${Provider}"
OTHERWISE = "where Flag is not yes"


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        pytest.param(
            {"Service": service(LaunchType="EC2"), "Group": {"Type": GROUP, "Properties": {**SIZES, **OTHER_LAUNCH}}},
            [
                f"placement unknown: {OTHERWISE}: Service by launch type EC2; {NO_INSTANCES}",
                f"ami unknown: {OTHERWISE}: its container instances are not known: Service by launch type EC2",
                f"architecture unknown: {OTHERWISE}: its container instances are not known: Service by launch type EC2",
            ],
            id="launch template of a branch is elsewhere",
        ),
        pytest.param(
            {
                **PROVIDER,
                "Service": service(CapacityProviderStrategy=[{"CapacityProvider": {"Ref": "Provider"}, "Weight": 1}]),
                "Provider": {
                    "Type": "AWS::ECS::CapacityProvider",
                    "Properties": {
                        "AutoScalingGroupProvider": {
                            "AutoScalingGroupArn": {"Fn::If": ["Yes", {"Ref": "Group"}, {"Ref": "Free"}]}
                        }
                    },
                },
            },
            [
                f"placement unknown: {OTHERWISE}: {BY_PROVIDER}; {NO_INSTANCES}",
                f"ami unknown: {OTHERWISE}: its container instances are not known: {BY_PROVIDER}",
                f"architecture unknown: {OTHERWISE}: its container instances are not known: {BY_PROVIDER}",
            ],
            id="group of a branch is elsewhere",
        ),
        pytest.param(
            {
                "Service": service(LaunchType="EC2"),
                "Second": {
                    "Type": GROUP,
                    "Properties": {
                        **SIZES,
                        "LaunchTemplate": {"LaunchTemplateId": {"Ref": "SecondLaunch"}, "Version": "1"},
                    },
                },
                "SecondLaunch": {
                    "Type": "AWS::EC2::LaunchTemplate",
                    "Properties": {
                        "LaunchTemplateData": {
                            "ImageId": {"Ref": "Free"},
                            "InstanceType": "m7i.large",
                            "UserData": {"Fn::If": ["Yes", JOIN, {"Ref": "Free"}]},
                            "IamInstanceProfile": PROFILE,
                        }
                    },
                },
            },
            [
                "placement holds: Service by launch type EC2; Group joins ${Cluster}: user data names the cluster "
                "${Cluster}",
                "ami unknown: where Flag is yes: Second: image id ${Free} is known only at deployment",
                "architecture unknown: where Flag is yes: Second boots ${Free} on m7i.large: the architecture of its "
                "image is not known",
            ],
            id="second group that joins in one branch",
        ),
    ],
)
def test_instances_of_one_branch(tmp_path: Path, resources: Body, expected: list[str]) -> None:
    assert links(judged(tmp_path, body({}, Task=task(), **resources))) == expected


@pytest.mark.parametrize(
    ("arn", "verdict"),
    [
        pytest.param("arn:aws:ecs:eu-central-1:123456789012:cluster/main", "holds", id="its own"),
        pytest.param("arn:aws:ecs:us-east-1:123456789012:cluster/main", "unknown", id="another region"),
        pytest.param("arn:aws:ecs:eu-central-1:999999999999:cluster/main", "unknown", id="another account"),
        pytest.param("main", "holds", id="name"),
    ],
)
@pytest.mark.parametrize("imported", [False, True])
def test_join_by_arn(tmp_path: Path, arn: str, verdict: str, imported: bool) -> None:
    script = shell(f"echo ECS_CLUSTER={arn} >> /etc/ecs/ecs.config")
    template = body({"UserData": script}, Task=task(), **PROVIDER)
    template["Resources"]["Cluster"]["Properties"] = {"ClusterName": "other" if imported else "main"}
    cluster = "arn:aws:ecs:eu-central-1:123456789012:cluster/main" if imported else {"Ref": "Cluster"}
    template["Resources"]["Association"]["Properties"]["Cluster"] = cluster
    strategy = [{"CapacityProvider": {"Ref": "Provider"}, "Weight": 1}]
    template["Resources"]["Service"] = service(Cluster=cluster, CapacityProviderStrategy=strategy)
    folder = assembly(tmp_path, [(json.dumps(template), "aws://123456789012/eu-central-1")])
    (placement, *_) = links(judge(load([folder]), Policy(today=TODAY), RULES))
    assert placement.split()[1] == f"{verdict}:"


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        *(
            pytest.param(version, SUPPORTED, id=f"{version}")
            for version in (
                "1",
                1,
                "$Latest",
                "$Default",
                {"Fn::GetAtt": ["Launch", "LatestVersionNumber"]},
                {"Fn::GetAtt": "Launch.DefaultVersionNumber"},
            )
        ),
        *(
            pytest.param(version, "ami unknown: what launches Group is not in the templates", id=f"{version}")
            for version in ("7", {"Ref": "Free"}, {"Fn::GetAtt": ["ArmLaunch", "LatestVersionNumber"]})
        ),
    ],
)
def test_version_of_a_launch_template(tmp_path: Path, version: object, expected: str) -> None:
    group = {"LaunchTemplate": {"LaunchTemplateId": {"Ref": "Launch"}, "Version": version}}
    report = judged(tmp_path, body({}, group, Task=task(), Service=service(LaunchType="EC2"), **ARM_TEMPLATE))
    assert links(report)[1] == expected


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        pytest.param(["--today", "2026-06-30"], 0, "", id="last day"),
        pytest.param(["--today", "2026-07-01"], 1, "", id="first day"),
        pytest.param(["--today", "2026-02-30"], 2, "2026-02-30", id="no day"),
        pytest.param(["--today", "20260630"], 2, "20260630", id="other form"),
        pytest.param(["--today", "tomorrow"], 2, "tomorrow", id="word"),
    ],
)
def test_day_of_judgement(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, message: str
) -> None:
    file = tmp_path / "template.json"
    file.write_text(json.dumps(body({"ImageId": AL2})), encoding="utf-8")
    assert main(["check", str(file), "--rule", "outdated-ami", *arguments]) == code
    errors = (
        f"ecr-ecs check: argument --today: must be a day as YYYY-MM-DD, got '{message}' (see ecr-ecs check --help)\n"
    )
    assert capsys.readouterr().err == (errors if message else "")


HASH = "0" * 64
IMAGE_OF_TASK = "Task.Properties.ContainerDefinitions[0].Image"
BUILT = f"image-architecture-mismatch {IMAGE_OF_TASK}: container 'web': the image is built for "
ON_X86 = "FARGATE runs the task on X86_64, the default of CpuArchitecture"


@pytest.mark.parametrize(
    ("assets", "expected"),
    [
        pytest.param({HASH: ("linux/arm64", HASH)}, [f"{BUILT}linux/arm64, {ON_X86}"], id="other platform"),
        pytest.param({HASH: ("linux/arm64/v8", HASH)}, [f"{BUILT}linux/arm64/v8, {ON_X86}"], id="variant"),
        pytest.param({"1" * 64: ("linux/arm64", f"web-{HASH}")}, [], id="other image"),
        pytest.param({HASH: ("linux/amd64", HASH)}, [], id="same platform"),
        pytest.param({HASH: ("linux/riscv64", HASH)}, [], id="platform that nobody knows yet"),
        pytest.param({HASH: ("arm64", HASH)}, [], id="no platform"),
        pytest.param({HASH: (None, HASH)}, [], id="platform of the building machine"),
        pytest.param({}, [], id="no images"),
        pytest.param(None, [], id="no manifest of assets"),
    ],
)
def test_built_images(tmp_path: Path, assets: dict[str, tuple[str | None, str]] | None, expected: list[str]) -> None:
    assert [line(finding) for finding in judge(load([built(tmp_path, assets)]), Policy(), RULES).findings] == expected


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        pytest.param(None, ["warning"], id="none: it is that of the machine which builds it"),
        pytest.param("linux/riscv64", ["info"], id="one that nobody knows yet"),
        pytest.param("linux/amd64", [], id="a known one"),
    ],
)
def test_severity_of_a_built_image(tmp_path: Path, platform: str | None, expected: list[str]) -> None:
    templates = load([built(tmp_path, {HASH: (platform, HASH)})])
    rules = [BY_ID["unverifiable-architecture"]]
    assert [finding.severity.value for finding in judge(templates, Policy(), rules).findings] == expected


def built(folder: Path, assets: dict[str, tuple[str | None, str]] | None) -> Path:
    """A cloud assembly whose stack runs an image of that tag on Fargate, and its manifest of assets."""
    template = body({}, Task=task(**FOR_FARGATE), Service=service(**ON_FARGATE))
    template["Resources"]["Task"]["Properties"]["ContainerDefinitions"] = [
        {"Name": "web", "Image": f"{ECR}/web:{HASH}"}
    ]
    stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "template.json"}}
    artifacts = {
        "Stack": {**stack, "dependencies": ["Stack.assets", "Gone"]},
        "Stack.assets": {"type": "cdk:asset-manifest", "properties": {"file": "assets.json"}},
    }
    images = {
        name: {
            "source": {"directory": "asset", **({"platform": platform} if platform else {})},
            "destinations": {"current": {"repositoryName": "web", "imageTag": tag}},
        }
        for name, (platform, tag) in (assets or {}).items()
    }
    (folder / "template.json").write_text(json.dumps(template), encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}), encoding="utf-8")
    if assets is not None:
        (folder / "assets.json").write_text(json.dumps({"dockerImages": images}), encoding="utf-8")
    return folder


def test_malformed_manifest_of_assets(tmp_path: Path) -> None:
    folder = built(tmp_path, {})
    (folder / "assets.json").write_text('{"dockerImages": {"a": {}}}', encoding="utf-8")
    with pytest.raises(TemplateError, match=r"assets.json: dockerImages.a.destinations must be an object, got nothing"):
        load([folder])
