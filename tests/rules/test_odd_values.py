"""Values where nobody expects them: whatever stands at a place of a template, the judge answers, in words."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from bench.assembly import write
from ecr_ecs_constructs.cloudformation.template import Template, TemplateError, check_shape
from ecr_ecs_constructs.rules.judge import Report, judge
from tests.blocks import blocks

UNKNOWN = {"Ref": "Nothing"}
VALUES: tuple[Any, ...] = (
    1,
    1.5,
    True,
    None,
    "",
    "x",
    [],
    ["x"],
    [["x"]],
    [UNKNOWN],
    {},
    {"a": "b"},
    UNKNOWN,
    {"Ref": "AWS::NoValue"},
    {"Fn::GetAtt": ["A", "B"]},
    {"Fn::If": ["C", "x", ["y"]]},
    {"Fn::Split": [",", "a,b"]},
    {"Fn::Join": ["", ["a", {"Ref": "AWS::Region"}]]},
    {"Fn::Transform": {"Name": "M"}},
    "{{resolve:ssm:x}}",
)
CASES = 50
"""How many a block has; each takes as long as the judgement of a stack of 100 resources."""

Path_ = tuple[str | int, ...]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A stack with services on Fargate and on container instances."""
    first, *_ = write(tmp_path_factory.mktemp("stack"), 100).templates
    body: dict[str, Any] = json.loads(first.read_bytes())
    return body


def places(node: Any, here: Path_ = ()) -> Iterator[Path_]:
    """Every place of a body."""
    yield here
    for key, inner in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from places(inner, (*here, key))


def with_value(body: dict[str, Any], place: Path_, value: Any) -> dict[str, Any]:
    """A body with another value at a place."""
    changed = copy.deepcopy(body)
    inner: Any = changed
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return changed


def said(report: Report) -> list[str]:
    """Everything that a report says."""
    evidence = [link.evidence for container in report.containers for link in container.links]
    return [
        *(finding.message for finding in report.findings),
        *evidence,
        *(container.image for container in report.containers),
    ]


def in_words(body: dict[str, Any]) -> bool:
    """Whether all that is said of a template is for people, rather than for Python."""
    try:
        check_shape(body, "t")
    except TemplateError:
        return True
    return not any(word in text for text in said(judge([Template("t", body)])) for word in ("Text(", "Hole(", " at 0x"))


@pytest.mark.parametrize("block", blocks(4, 80))
def test_any_value_at_any_place(stack: dict[str, Any], block: int) -> None:
    choose = random.Random(block)
    every = [("Resources", *place) for place in places(stack["Resources"]) if len(place) > 1]
    for case in range(CASES):
        place, value = choose.choice(every), choose.choice(VALUES)
        assert in_words(with_value(stack, place, value)), (block, case, place, value)


TASK, SERVICE, LAUNCH = "AWS::ECS::TaskDefinition", "AWS::ECS::Service", "AWS::EC2::LaunchTemplate"


def resource(stack: dict[str, Any], type_: str, start: str) -> str:
    """The logical ID of the resource of a type whose ID starts so."""
    resources: dict[str, Any] = stack["Resources"]
    return next(key for key, body in resources.items() if body["Type"] == type_ and key.startswith(start))


CONTAINER = ("ContainerDefinitions", 0)


@pytest.mark.parametrize(
    ("type_", "start", "place", "value"),
    [
        pytest.param(TASK, "Shared", ("ExecutionRoleArn",), ["x"], id="role-list"),
        pytest.param(TASK, "Shared", ("ExecutionRoleArn",), {"a": "b"}, id="role-object"),
        pytest.param(TASK, "Shared", ("ExecutionRoleArn", "Fn::GetAtt", 1), [UNKNOWN], id="attribute-list"),
        pytest.param(TASK, "Shared", (*CONTAINER, "Image"), [UNKNOWN], id="image-list"),
        pytest.param(
            TASK,
            "Shared",
            (*CONTAINER, "LogConfiguration", "Options", "awslogs-region"),
            [UNKNOWN],
            id="region-list",
        ),
        pytest.param(TASK, "Shared", ("RuntimePlatform",), {"CpuArchitecture": [UNKNOWN]}, id="architecture-list"),
        pytest.param(SERVICE, "Shared", ("LaunchType",), [UNKNOWN], id="launch-type-list"),
        pytest.param(
            SERVICE, "App0", ("CapacityProviderStrategy", 0, "CapacityProvider"), [UNKNOWN], id="capacity-provider-list"
        ),
        pytest.param(LAUNCH, "", ("LaunchTemplateData", "InstanceType"), [UNKNOWN], id="instance-type-list"),
        pytest.param(LAUNCH, "", ("LaunchTemplateData", "IamInstanceProfile"), ["x"], id="profile-list"),
        pytest.param(LAUNCH, "", ("LaunchTemplateData", "ImageId"), [UNKNOWN], id="ami-list"),
        pytest.param("AWS::EC2::VPC", "", ("EnableDnsSupport",), [UNKNOWN], id="dns-list"),
    ],
)
def test_value_that_is_no_text(stack: dict[str, Any], type_: str, start: str, place: Path_, value: Any) -> None:
    assert in_words(with_value(stack, ("Resources", resource(stack, type_, start), "Properties", *place), value))
