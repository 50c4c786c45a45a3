"""Acknowledgements: what they accept, until when, and which of them accept nothing."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules.catalogue import BY_ID
from ecr_ecs_constructs.rules.judge import find, judge

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ecr_ecs_constructs.rules.rule import Finding

IMAGE, IDLE = "unqualified-image", "unused-acknowledgement"
CHECKED = [BY_ID[IMAGE], BY_ID["floating-tag"], BY_ID[IDLE]]
NOTHING_THERE = "the rule finds nothing there"
SPRING = "until 2027-03-31: replaced in spring"

Reasons = dict[str, object]


def app(folder: Path, own: Reasons, tree: Mapping[str, Reasons]) -> Path:
    """Write an assembly of one task with the image nginx.

    Args:
        folder: where to write.
        own: what the task's `Metadata` acknowledges.
        tree: what constructs acknowledge, by their path.
    """
    task = {
        "Type": "AWS::ECS::TaskDefinition",
        "Metadata": {"ecr-ecs-constructs": {"acknowledge": own}},
        "Properties": {"Memory": "512", "ContainerDefinitions": [{"Name": "web", "Image": "nginx"}]},
    }
    (folder / "t.json").write_text(json.dumps({"Resources": {"Task": task}}), encoding="utf-8")
    metadata: dict[str, list[object]] = {"/Stack/Service/Task": [{"type": "aws:cdk:logicalId", "data": "Task"}]}
    for path, reasons in tree.items():
        data = {rule if "::" in rule else f"ecr-ecs::{rule}": reason for rule, reason in reasons.items()}
        metadata.setdefault(path, []).append({"type": "aws:cdk:acknowledged-rules", "data": data})
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://123456789012/us-east-1",
        "properties": {"templateFile": "t.json"},
        "metadata": metadata,
    }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": {"Stack": stack}}), encoding="utf-8")
    return folder


def said(finding: Finding) -> str:
    """Return what matters here of a finding."""
    if finding.rule != IDLE:
        return f"{finding.rule}: {finding.acknowledged or finding.severity.value}"
    where = finding.logical_id or finding.construct_path
    level = finding.acknowledged or finding.severity.value
    return f"{level} at {where}: {finding.message.removeprefix('acknowledgement ')}"


@pytest.mark.parametrize(
    ("own", "tree", "expected"),
    [
        pytest.param({}, {}, [f"{IMAGE}: error"], id="none"),
        pytest.param({IMAGE: "r"}, {}, [f"{IMAGE}: r"], id="of the resource"),
        pytest.param({}, {"/Stack": {IMAGE: "r"}}, [f"{IMAGE}: r"], id="of the stack"),
        pytest.param({IMAGE: SPRING}, {}, [f"{IMAGE}: {SPRING}"], id="with an end"),
        pytest.param({IMAGE: "until the end of May"}, {}, [f"{IMAGE}: until the end of May"], id="words about time"),
        pytest.param(
            {IMAGE: "until 2026-11-29: last day"}, {}, [f"{IMAGE}: until 2026-11-29: last day"], id="on its last day"
        ),
        pytest.param(
            {IMAGE: "until 2026-11-28: too late"},
            {},
            [
                f"{IMAGE}: error",
                f"warning at Task: of '{IMAGE}' accepts nothing: its last day was 2026-11-28",
            ],
            id="the day after its end",
        ),
        pytest.param(
            {IMAGE: "Until 2026-11-28: too late"},
            {},
            [
                f"{IMAGE}: error",
                f"warning at Task: of '{IMAGE}' accepts nothing: its last day was 2026-11-28",
            ],
            id="capital letter, the day after its end",
        ),
        pytest.param(
            {IMAGE: "until 2027-02-30: no day"},
            {},
            [
                f"{IMAGE}: error",
                f"warning at Task: of '{IMAGE}' accepts nothing: its last day must be a day such as 2027-03-31, and is"
                " '2027-02-30'",
            ],
            id="a day that there is not",
        ),
        pytest.param(
            {IMAGE: "until 2027-3-1 soon"},
            {},
            [
                f"{IMAGE}: error",
                f"warning at Task: of '{IMAGE}' accepts nothing: its last day must be a day such as 2027-03-31, and is"
                " '2027-3-1'",
            ],
            id="a day in another form",
        ),
        pytest.param(
            {IMAGE: "until 1.3.2027: soon"},
            {},
            [
                f"{IMAGE}: error",
                f"warning at Task: of '{IMAGE}' accepts nothing: its last day must be a day such as 2027-03-31, and is"
                " '1.3.2027'",
            ],
            id="a day as it is written elsewhere",
        ),
        *(
            pytest.param(
                {IMAGE: f"{end}: too late"},
                {},
                [
                    f"{IMAGE}: error",
                    f"warning at Task: of '{IMAGE}' accepts nothing: its last day was 2026-11-28",
                ],
                id=f"the day after its end, {end}",
            )
            for end in ("Until 2026-11-28", "UNTIL  2026-11-28", "until: 2026-11-28")
        ),
        pytest.param(
            {IMAGE: " "},
            {},
            [f"{IMAGE}: error", f"warning at Task: of '{IMAGE}' accepts nothing: it has no reason"],
            id="without a reason",
        ),
        pytest.param(
            {IMAGE: ["r"]},
            {},
            [f"{IMAGE}: error", f"warning at Task: of '{IMAGE}' accepts nothing: it has no reason"],
            id="a reason that is no text",
        ),
        pytest.param(
            {IMAGE: "until 2027-03-31: "},
            {},
            [f"{IMAGE}: error", f"warning at Task: of '{IMAGE}' accepts nothing: it has no reason"],
            id="an end without a reason",
        ),
        pytest.param(
            {"unqualifed-image": "r"},
            {},
            [
                f"{IMAGE}: error",
                f"warning at Task: of 'unqualifed-image' accepts nothing: no rule has this id; did you mean '{IMAGE}'?",
            ],
            id="mistyped",
        ),
        pytest.param(
            {"ecr-ecs::unqualified-image": "r"},
            {},
            [
                f"{IMAGE}: error",
                f"warning at Task: of 'ecr-ecs::{IMAGE}' accepts nothing: no rule has this id; did you mean '{IMAGE}'?",
            ],
            id="the id as CDK writes it",
        ),
        pytest.param(
            {},
            {"/Stack": {"Annotation::unqualified-image": "r"}},
            [
                f"{IMAGE}: error",
                "warning at Stack: of 'Annotation::unqualified-image' accepts nothing: its id must begin with"
                " 'ecr-ecs::'",
            ],
            id="without the name of the checks",
        ),
        pytest.param(
            {},
            {"/Stack": {"ECR_ECS::unqualified-image": "r", "AwsSolutions::ECS4": "r"}},
            [
                f"{IMAGE}: error",
                "warning at Stack: of 'ECR_ECS::unqualified-image' accepts nothing: its id must begin with 'ecr-ecs::'",
            ],
            id="with the name of the checks in other letters, and of other checks",
        ),
        pytest.param(
            {"xyz": "r"},
            {},
            [f"{IMAGE}: error", "warning at Task: of 'xyz' accepts nothing: no rule has this id"],
            id="like no rule",
        ),
        pytest.param(
            {IMAGE: "r", "floating-tag": "r"},
            {},
            [f"{IMAGE}: r", f"warning at Task: of 'floating-tag' accepts nothing: {NOTHING_THERE}"],
            id="stale",
        ),
        pytest.param({"outdated-ami": "r"}, {}, [f"{IMAGE}: error"], id="of a rule that is not checked"),
        pytest.param(
            {},
            {"/Stack/Service": {IMAGE: "near"}, "/Stack": {IMAGE: "far"}},
            [f"{IMAGE}: near"],
            id="a scope around one that accepts it",
        ),
        pytest.param(
            {},
            {"/Stack/Service": {IMAGE: "until 2020-01-01: near"}, "/Stack": {IMAGE: "far"}},
            [
                f"{IMAGE}: far",
                f"warning at Stack/Service: of '{IMAGE}' accepts nothing: its last day was 2020-01-01",
            ],
            id="the nearest has ended",
        ),
        pytest.param(
            {},
            {"/Stack/Serv": {IMAGE: "r"}},
            [f"{IMAGE}: error", f"warning at Stack/Serv: of '{IMAGE}' accepts nothing: {NOTHING_THERE}"],
            id="beside",
        ),
        pytest.param(
            {"floating-tag": "r", IDLE: "left for a branch"},
            {},
            [f"{IMAGE}: error", f"left for a branch at Task: of 'floating-tag' accepts nothing: {NOTHING_THERE}"],
            id="accepted itself",
        ),
        pytest.param(
            {IDLE: "r"},
            {},
            [f"{IMAGE}: error", f"warning at Task: of '{IDLE}' accepts nothing: {NOTHING_THERE}"],
            id="of the rule itself",
        ),
    ],
)
def test_acknowledgements(tmp_path: Path, own: Reasons, tree: dict[str, Reasons], expected: list[str]) -> None:
    report = judge(load([app(tmp_path, own, tree)]), Policy(today=date(2026, 11, 29)), CHECKED)
    assert [said(finding) for finding in report.findings] == expected


@pytest.mark.parametrize(
    ("tree", "around", "expected"),
    [
        pytest.param({"/Stack": {IMAGE: "r"}}, {}, [f"{IMAGE}: error"], id="accepted by CDK itself"),
        pytest.param({}, {"": {f"ecr-ecs::{IMAGE}": "r"}}, [f"{IMAGE}: error"], id="on the app"),
        pytest.param({}, {"": {"AwsSolutions::ECS4": "r"}}, [f"{IMAGE}: error"], id="of other checks"),
        pytest.param(
            {"/Stack": {IMAGE: ""}},
            {},
            [f"{IMAGE}: error", f"error at Stack: of '{IMAGE}' accepts nothing: it has no reason"],
            id="as bad as what CDK does not tell for it",
        ),
        pytest.param(
            {},
            {"": {"ecr-ecs::unqualifed-image": "r"}},
            [
                f"{IMAGE}: error",
                f"warning at : of 'unqualifed-image' accepts nothing: no rule has this id; did you mean '{IMAGE}'?",
            ],
            id="mistyped on the app",
        ),
    ],
)
def test_acknowledgements_at_synthesis(
    tmp_path: Path, tree: dict[str, Reasons], around: dict[str, dict[str, str]], expected: list[str]
) -> None:
    templates = load([app(tmp_path, {}, tree)])
    policy = Policy(today=date(2026, 11, 29))
    found = find(templates, policy, CHECKED, around=around)
    assert [said(finding) for finding in found] == expected


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        pytest.param(
            {"acknowlege": {IMAGE: "r"}},
            "of 'ecr-ecs-constructs.acknowlege' accepts nothing: no rule has this id",
            id="mistyped key",
        ),
        pytest.param({"acknowledge": [IMAGE]}, f"of '{IMAGE}' accepts nothing: it has no reason", id="list of ids"),
        pytest.param({"acknowledge": IMAGE}, f"of '{IMAGE}' accepts nothing: it has no reason", id="id alone"),
    ],
)
def test_metadata_of_another_form(tmp_path: Path, metadata: dict[str, object], expected: str) -> None:
    body = json.loads((app(tmp_path, {}, {}) / "t.json").read_text(encoding="utf-8"))
    body["Resources"]["Task"]["Metadata"] = {"ecr-ecs-constructs": metadata}
    (tmp_path / "t.json").write_text(json.dumps(body), encoding="utf-8")
    report = judge(load([tmp_path]), Policy(today=date(2026, 11, 29)), CHECKED)
    assert [said(each) for each in report.findings] == [f"{IMAGE}: error", f"warning at Task: {expected}"]
