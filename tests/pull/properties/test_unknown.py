# ruff: noqa: E501 - in a table, a case is a line
"""What rests on a resource with a property of which it is not known what it does, is not known."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.pull.properties.declared import declared_types
from ecr_ecs_constructs.rules.judge import Report, judge
from tests.messages.cases import BASES, CONTAINER, EC2, FARGATE, PROVIDED, Case, either
from tests.messages.inputs import TODAY
from tests.pull.network.networks import ref, resource

if TYPE_CHECKING:
    from collections.abc import Mapping

CACHED = "pull-through-cache"
ABSENT = ref("AWS::NoValue")
CONNECTORS = [{"PortName": "a", "RoleArn": "arn:aws:iam::123456789012:role/a", "TargetGroupArn": "arn:a"}]
SENTENCE = "can keep tasks from starting, and is not judged"


def links(report: Report) -> list[str]:
    """The links of any container that do not hold, with the rule and the evidence."""
    found = (
        link
        for container in report.containers
        for link in container.links
        if link.verdict.value in ("broken", "unknown")
    )
    return [*dict.fromkeys(f"{link.name} {link.verdict.value}, {link.rule}: {link.evidence}" for link in found)]


def found(report: Report) -> list[str]:
    """What is said of properties."""
    return [
        f"{finding.rule} {finding.logical_id} {finding.location}: {finding.message}"
        for finding in report.findings
        if "cannot verify" in finding.message
    ]


LICENSE = "arn:aws:license-manager:us-east-1:111122223333:license-configuration:lic-0123"
DENIED = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Deny", "Principal": "*", "Action": "logs:PutLogEvents", "Resource": "*"},
}


@pytest.mark.parametrize(
    ("base", "changes", "link", "finding"),
    [
        pytest.param(
            FARGATE, {"Service.GatewayConnectors": CONNECTORS},
            f"placement unknown, unverifiable-placement: GatewayConnectors of Service {SENTENCE}",
            f"unverifiable-placement Service Properties.GatewayConnectors: cannot verify Service: its GatewayConnectors {SENTENCE}",
            id="a property of a service",
        ),
        pytest.param(
            FARGATE, {"TaskDefinition.Novel": {"a": "b"}},
            "placement unknown, unverifiable-placement: Novel of TaskDefinition is no property that the judge knows",
            "unverifiable-placement TaskDefinition Properties.Novel: cannot verify TaskDefinition: its Novel is no property that the judge knows",
            id="a property that no schema has",
        ),
        pytest.param(
            FARGATE, {f"{CONTAINER}.LinuxParameters": {"InitProcessEnabled": True, "MaxSwap": 1}},
            f"placement unknown, unverifiable-placement: ContainerDefinitions[0].LinuxParameters.MaxSwap of TaskDefinition {SENTENCE}",
            f"unverifiable-placement TaskDefinition Properties.ContainerDefinitions[0].LinuxParameters.MaxSwap: cannot verify TaskDefinition: its ContainerDefinitions[0].LinuxParameters.MaxSwap {SENTENCE}",
            id="a property below others",
        ),
        pytest.param(
            FARGATE, {"Cluster": resource("ECS::Cluster", Configuration={"ManagedStorageConfiguration": {"KmsKeyId": "alias/a"}})},
            f"placement unknown, unverifiable-placement: Configuration.ManagedStorageConfiguration of Cluster {SENTENCE}",
            f"unverifiable-placement Cluster Properties.Configuration.ManagedStorageConfiguration: cannot verify Cluster: its Configuration.ManagedStorageConfiguration {SENTENCE}",
            id="a cluster of which nothing else is read",
        ),
        pytest.param(
            FARGATE, {"ExecutionRole.Novel": "a"},
            "permission unknown, unverifiable-role: Novel of ExecutionRole is no property that the judge knows",
            "unverifiable-role ExecutionRole Properties.Novel: cannot verify ExecutionRole: its Novel is no property that the judge knows",
            id="a role",
        ),
        pytest.param(
            FARGATE, {"LogGroup.ResourcePolicyDocument": DENIED},
            f"permission unknown, unverifiable-start: ResourcePolicyDocument of LogGroup {SENTENCE}",
            f"unverifiable-start LogGroup Properties.ResourcePolicyDocument: cannot verify LogGroup: its ResourcePolicyDocument {SENTENCE}",
            id="a log group",
        ),
        pytest.param(
            FARGATE, {"Vpc.InstanceTenancy": "dedicated"},
            f"network unknown, unverifiable-network: InstanceTenancy of Vpc {SENTENCE}",
            f"unverifiable-network Vpc Properties.InstanceTenancy: cannot verify Vpc: its InstanceTenancy {SENTENCE}",
            id="a value other than that of what is not given",
        ),
        pytest.param(
            EC2, {"LaunchTemplate.LaunchTemplateData.LicenseSpecifications": [{"LicenseConfigurationArn": LICENSE}]},
            f"placement unknown, unverifiable-placement: LaunchTemplateData.LicenseSpecifications of LaunchTemplate {SENTENCE}",
            f"unverifiable-placement LaunchTemplate Properties.LaunchTemplateData.LicenseSpecifications: cannot verify LaunchTemplate: its LaunchTemplateData.LicenseSpecifications {SENTENCE}",
            id="instances",
        ),
        pytest.param(
            FARGATE, {"Service.GatewayConnectors": either("Prod", CONNECTORS, ABSENT)},
            f"placement unknown, unverifiable-placement: where Stage is prod: GatewayConnectors.Fn::If[1] of Service {SENTENCE}",
            f"unverifiable-placement Service Properties.GatewayConnectors.Fn::If[1]: cannot verify Service: its GatewayConnectors.Fn::If[1] {SENTENCE}",
            id="where a condition holds",
        ),
        pytest.param(
            FARGATE, {"Vpc.InstanceTenancy": either("Prod", "default", ref("Free"))},
            f"network unknown, unverifiable-network: where Stage is test: InstanceTenancy.Fn::If[2] of Vpc {SENTENCE}",
            f"unverifiable-network Vpc Properties.InstanceTenancy.Fn::If[2]: cannot verify Vpc: its InstanceTenancy.Fn::If[2] {SENTENCE}",
            id="a value that is not known where a condition does not hold",
        ),
    ],
)  # fmt: skip
def test_not_known(base: str, changes: Mapping[str, Any], link: str, finding: str) -> None:
    report = judge(Case(base, changes).templates(), Policy(today=TODAY))
    assert links(report) == [link]
    assert finding in found(report)


@pytest.mark.parametrize(
    ("base", "changes"),
    [
        pytest.param(FARGATE, {"Service.EnableECSManagedTags": True}, id="harmless"),
        pytest.param(FARGATE, {"Service.GatewayConnectors": ABSENT}, id="not there"),
        pytest.param(FARGATE, {"Service.GatewayConnectors": []}, id="empty"),
        pytest.param(FARGATE, {"Service.GatewayConnectors": either("Prod", ABSENT, ABSENT)}, id="not there in either case"),
        pytest.param(FARGATE, {"Service.AvailabilityZoneRebalancing": "DISABLED"}, id="as it is where it is not given"),
        pytest.param(FARGATE, {"Vpc.InstanceTenancy": either("Prod", "default", ABSENT)}, id="so in either case"),
        pytest.param(FARGATE, {"Vpc.InstanceTenancy": {"Fn::Sub": "default"}}, id="so by a function"),
        pytest.param(FARGATE, {"Other": {"Type": "AWS::ECS::Service", "Properties": {"GatewayConnectors": CONNECTORS}}}, id="of a service that runs nothing"),
        pytest.param(FARGATE, {"Other": {"Type": "AWS::ECS::Cluster", "Properties": {"Novel": 1}}}, id="of another cluster"),
        pytest.param(FARGATE, {"Other": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": ref("Vpc"), "CidrBlock": "10.0.99.0/24", "Novel": 1}}}, id="of another subnet"),
        pytest.param(FARGATE, {"Other": {"Type": "AWS::SNS::Topic", "Properties": {"Novel": 1}}}, id="of a type that is not read"),
        pytest.param(EC2, {"LaunchTemplate.LaunchTemplateData.EnclaveOptions": {"Enabled": False}}, id="of instances, and off"),
    ],
)  # fmt: skip
def test_nothing_rests_on_it(base: str, changes: Mapping[str, Any]) -> None:
    report = judge(Case(base, changes).templates(), Policy(today=TODAY))
    assert links(report) == links(judge(Case(base, {}).templates(), Policy(today=TODAY)))
    assert not [line for line in found(report) if SENTENCE in line or "no property" in line]


def test_where_the_link_of_its_type_does_not_read_it_others_say_so() -> None:
    report = judge(Case(CACHED, {"CacheRule.Novel": 1}).templates(), Policy(today=TODAY))
    sentence = "is no property that the judge knows"
    why = f"unverifiable-repository: Novel of CacheRule {sentence}"
    assert links(report) == [f"permission unknown, {why}", f"network unknown, {why}"]
    assert len([line for line in found(report) if sentence in line]) == 1


def test_what_is_broken_stays_so() -> None:
    report = judge(
        Case(FARGATE, {"Service.GatewayConnectors": CONNECTORS, "Service.Cluster": ref("None")}).templates(),
        Policy(today=TODAY),
    )
    assert [link.split(",")[0] for link in links(report) if link.startswith("placement")] == ["placement broken"]


ONLY_REFERRED_TO = {
    "access-lists-and-secrets": {"AccessList"},  # its entries are read
    "mixed-instances": {"NatAddress", "TaskGroup"},  # the address of a NAT gateway; the image is pulled by the instance
    "pull-through-cache": {"CreationTemplate"},  # the repository is there
}
"""By base, the resources of which it decides nothing but that they are there."""


@pytest.mark.parametrize(
    "base", [FARGATE, EC2, PROVIDED, CACHED, "access-lists-and-secrets", "bottlerocket", "schedule"]
)
def test_all_that_a_proof_rests_on(base: str) -> None:
    (own,) = load([BASES / f"{base}.yaml"])
    assert {container.verdict for container in judge([own]).containers} == {"proven"}
    silent = set()
    for name, each in own.resources.items():
        if each.type in declared_types():
            body = copy.deepcopy(dict(own.body))
            body["Resources"][name].setdefault("Properties", {})["Novel"] = "a"  # type: ignore[index,call-overload,union-attr] # a template
            if {container.verdict for container in judge([Template(own.name, body)]).containers} == {"proven"}:
                silent.add(name)
    assert silent == ONLY_REFERRED_TO.get(base, set())
