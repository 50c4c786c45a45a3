from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.pull.properties.declared import (
    DECIDES,
    NOT_JUDGED,
    NOT_KNOWN,
    Effect,
    declared_type,
    declared_types,
    properties_of,
)
from ecr_ecs_constructs.rules.catalogue import BY_ID
from ecr_ecs_constructs.rules.judge import judge
from tests.messages.cases import CASES
from tests.pull.properties.reads import is_named, watched
from tests.pull.properties.reviewed import Reviewed
from tests.pull.properties.table import DATA, rendered, unreviewed

BASES = Path(__file__).parents[2] / "data" / "bases"
TASK, LAUNCH = "AWS::ECS::TaskDefinition", "AWS::EC2::LaunchTemplate"
OTHERS = ("Custom::", "Fn::", "AWS::CloudFormation::")
"""The starts of what is read whatever it is, for what it may do to others."""


def test_the_table_is_generated() -> None:
    assert gzip.decompress(DATA.read_bytes()).decode() == rendered(Reviewed()), "run: python -m tests.pull.properties"


def test_nothing_is_said_of_properties_that_there_are_not() -> None:
    assert not [line for line in unreviewed(Reviewed()) if line.endswith("there is no such property")]


SERVICE = """
reason label a name
group strategy
  decides Weight Height
type AWS::ECS::Service unverifiable-placement
  CapacityProviderStrategy/* = strategy
  decides Cluster Family
  label ServiceName
group tags
  label Tags
"""


def test_what_is_to_be_looked_at_is_listed() -> None:
    found = [*unreviewed(Reviewed(SERVICE))]
    assert "AWS::ECS::Service TaskDefinition: nobody has looked at it" in found
    assert "AWS::ECS::Service CapacityProviderStrategy/*/Base: nobody has looked at it" in found
    assert found[-2:] == [
        "strategy Height: there is no such property",
        "AWS::ECS::Service Family: there is no such property",
    ]
    for path in ("Cluster", "ServiceName", "CapacityProviderStrategy/*/Weight", "Tags/*/Key"):
        assert not [line for line in found if f" {path}:" in line]


@pytest.mark.parametrize(
    ("type_", "path", "effect"),
    [
        pytest.param(TASK, "ContainerDefinitions/*/Image", Effect.DECIDES, id="an image"),
        pytest.param(TASK, "ContainerDefinitions/*/Secrets/*/ValueFrom", Effect.DECIDES, id="a list in a list"),
        pytest.param(TASK, "ContainerDefinitions/*/DockerLabels", Effect.HARMLESS, id="a map"),
        pytest.param(TASK, "InferenceAccelerators/*/DeviceName", Effect.UNKNOWN, id="not judged"),
        pytest.param(LAUNCH, "LaunchTemplateData/UserData", Effect.DECIDES, id="user data"),
        pytest.param(LAUNCH, "LaunchTemplateData/TagSpecifications/*/Tags/*/Key", Effect.HARMLESS, id="a tag"),
        pytest.param("AWS::IAM::Role", "Tags/*/Value", Effect.DECIDES, id="a tag that conditions ask for"),
        pytest.param("AWS::IAM::Role", "AssumeRolePolicyDocument", Effect.DECIDES, id="a document"),
    ],
)  # fmt: skip
def test_effect(type_: str, path: str, effect: Effect) -> None:
    assert properties_of(type_)[path].effect is effect


@pytest.mark.parametrize("path", ["ContainerDefinitions", "Arn", "TaskDefinitionArn"])
def test_objects_and_what_nobody_gives_are_left_out(path: str) -> None:
    assert path not in properties_of(TASK)


def test_a_type_that_is_not_read_has_none() -> None:
    assert declared_type("AWS::SNS::Topic") is None
    assert properties_of("AWS::SNS::Topic") == {}


@pytest.mark.parametrize("type_", declared_types())
def test_each_property_says_why(type_: str) -> None:
    declared = properties_of(type_)
    assert all(each.reason for each in declared.values() if each.effect is Effect.HARMLESS)
    others = {each._replace(defaults=()) for each in declared.values() if each.effect is not Effect.HARMLESS}
    assert others <= {DECIDES, NOT_JUDGED, NOT_KNOWN}
    found = declared_type(type_)
    assert found is not None
    assert BY_ID[found.rule].severity == "info"


@pytest.mark.parametrize("type_", declared_types())
def test_what_decides_is_named_by_the_judge(type_: str) -> None:
    deciding = [path for path, each in properties_of(type_).items() if each.effect is Effect.DECIDES]
    assert [path for path in deciding if not is_named(path)] == []


def test_nothing_that_the_judge_reads_is_harmless() -> None:
    with watched() as found:
        for base in BASES.iterdir():
            if base.suffix != ".md":
                judge(load([base]))
        for case in CASES:
            judge(case.templates())
    assert {type_ for type_, _ in found if type_ and not type_.startswith(OTHERS)} <= {*declared_types()}
    declared = {type_: properties_of(type_) for type_ in declared_types()}
    read = [(type_, path) for type_, path in found if path in declared.get(type_, {})]
    assert len(read) > 150
    # Of an unknown one it may read a part, such as a device, which AWS Fargate never gives out.
    assert [(type_, path) for type_, path in read if declared[type_][path].effect is Effect.HARMLESS] == []
