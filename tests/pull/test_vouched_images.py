"""Machine images that are vouched for by what they are built from: in the configuration, and in templates."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.vouches import Vouch
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules.catalogue import BY_ID
from ecr_ecs_constructs.rules.judge import find, judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecr_ecs_constructs.cloudformation.template import Template
    from ecr_ecs_constructs.rules.judge import Report
    from ecr_ecs_constructs.rules.rule import Finding

TODAY = date(2026, 11, 29)
BASE = (Path(__file__).parents[1] / "data" / "bases" / "launch-type-ec2.yaml").read_text(encoding="utf-8")
PUBLIC = "/aws/service/ecs/optimized-ami"
AL2023 = f"{PUBLIC}/amazon-linux-2023/recommended/image_id"
ARM = f"{PUBLIC}/amazon-linux-2023/arm64/recommended/image_id"
AL2 = f"{PUBLIC}/amazon-linux-2/recommended/image_id"
WINDOWS = "/aws/service/ami-windows-latest/Windows_Server-2022-English-Core-ECS_Optimized/image_id"
PLAIN = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
GOLDEN = "/acme/golden/ecs/al2023/x86_64"
AT_LAUNCH, FIXED = f"resolve:ssm:{GOLDEN}", "ami-0123456789abcdef0"
IDLE = "unused-acknowledgement"


def template(image: str, metadata: str = "") -> str:
    """Return the base with another machine image, and with what it says to the library."""
    body = BASE.replace("ImageId: !Ref ImageId", f"ImageId: {image}")
    assert body != BASE
    return f"Metadata:\n  ecr-ecs-constructs: {metadata}\n{body}" if metadata else body


def loaded(folder: Path, text: str) -> Sequence[Template]:
    (folder / "template.yaml").write_text(text, encoding="utf-8")
    return load([folder / "template.yaml"])


def vouch(names: str | Sequence[str] = GOLDEN, based_on: str = AL2023, until: date | None = None) -> Vouch:
    each = (names,) if isinstance(names, str) else tuple(names)
    return Vouch("ami", each, "built weekly by the platform team", until, "ecr-ecs.toml", 1, "vouch[0]", based_on)


def told(report: Report) -> list[str]:
    """Return `proven`, or the links that do not hold; with the rules of machine images and of what is idle."""
    (container,) = report.containers
    links = [f"{link.name} {link.verdict.value}" for link in container.links if link.verdict in ("broken", "unknown")]
    rules = {each.rule for each in report.findings if "ami" in each.rule.split("-") or each.rule == IDLE}
    return [*(links or ["proven"]), *sorted(rules)]


UNJOINED = ["permission unknown", "placement broken", "ami unknown", "architecture unknown", "network unknown"]
OPEN = ["ami unknown", "architecture unknown"]


@pytest.mark.parametrize(
    ("image", "vouches", "expected"),
    [
        pytest.param(AT_LAUNCH, [], [*OPEN, "unverifiable-ami"], id="nobody vouches"),
        pytest.param(AT_LAUNCH, [vouch()], ["proven"], id="at launch"),
        pytest.param(f'"{{{{resolve:ssm:{GOLDEN}}}}}"', [vouch()], ["proven"], id="at deployment"),
        pytest.param(FIXED, [vouch(FIXED)], ["proven", "pinned-ami"], id="image id"),
        pytest.param(f"{AT_LAUNCH}:3", [vouch(f"{GOLDEN}:*")], ["proven", "pinned-ami"], id="version of a parameter"),
        pytest.param(f"{AT_LAUNCH}:3", [vouch()], [*OPEN, "pinned-ami", IDLE, "unverifiable-ami"], id="by no version"),
        pytest.param("!Sub ${Cluster}-image", [vouch("${Cluster}-image")], ["proven"], id="known at deployment"),
        pytest.param(AT_LAUNCH, [vouch("/acme/golden/*")], ["proven"], id="pattern"),
        pytest.param(AT_LAUNCH, [vouch(["/x", GOLDEN])], ["proven"], id="several names"),
        pytest.param(AT_LAUNCH, [vouch("/acme/x")], [*OPEN, IDLE, "unverifiable-ami"], id="another name"),
        pytest.param(AT_LAUNCH, [vouch(until=TODAY)], ["proven"], id="on its last day"),
        pytest.param(
            AT_LAUNCH, [vouch(until=date(2026, 11, 28))], [*OPEN, IDLE, "unverifiable-ami"], id="the day after"
        ),
        pytest.param(
            AT_LAUNCH,
            [vouch(based_on=ARM)],
            ["architecture broken", "ami-architecture-mismatch"],
            id="of another architecture",
        ),
        pytest.param(AT_LAUNCH, [vouch(based_on=AL2)], ["ami broken", "outdated-ami"], id="past its end of life"),
        pytest.param(
            AT_LAUNCH,
            [vouch(based_on=WINDOWS)],
            UNJOINED,
            id="of another system",
        ),
        pytest.param(f"resolve:ssm:{AL2023}", [vouch("*")], ["proven", IDLE], id="public parameter"),
        pytest.param(
            f"resolve:ssm:{AL2}", [vouch("*")], ["ami broken", "outdated-ami", IDLE], id="public one past its end"
        ),
        pytest.param(
            f"resolve:ssm:{PLAIN}",
            [vouch("*")],
            ["ami broken", "architecture unknown", "non-ecs-ami", IDLE],
            id="public one without an agent",
        ),
        pytest.param(
            "resolve:ssm:/aws/service/x", [vouch("*")], [*OPEN, IDLE, "unverifiable-ami"], id="public one unknown"
        ),
    ],
)
def test_vouched_image(tmp_path: Path, image: str, vouches: Sequence[Vouch], expected: list[str]) -> None:
    assert told(judge(loaded(tmp_path, template(image)), Policy(today=TODAY, vouches=vouches))) == expected


@pytest.mark.parametrize(
    ("name", "vouches", "expected"),
    [
        pytest.param(GOLDEN, [], ["placement unknown", *OPEN, "unverifiable-ami"], id="nobody vouches"),
        pytest.param(GOLDEN, [vouch()], ["proven"], id="vouched for"),
        pytest.param(f"{PUBLIC}/x", [vouch("*")], ["placement unknown", *OPEN, IDLE, "unverifiable-ami"], id="public"),
    ],
)
def test_default_of_a_parameter(tmp_path: Path, name: str, vouches: Sequence[Vouch], expected: list[str]) -> None:
    text = BASE.replace(f"Default: {AL2023}", f"Default: {name}")
    assert told(judge(loaded(tmp_path, text), Policy(today=TODAY, vouches=vouches))) == expected


EVIDENCE = (
    "AutoScalingGroup: /acme/golden/ecs/al2023/x86_64 is built from ECS-optimized Amazon Linux 2023, supported until "
    "2029-06-30, vouched for: built weekly by the platform team"
)
REASON = "reason: built weekly by the platform team"


def test_evidence_quotes_the_reason(tmp_path: Path) -> None:
    report = judge(loaded(tmp_path, template(AT_LAUNCH)), Policy(today=TODAY, vouches=[vouch()]))
    (container,) = report.containers
    assert [link.evidence for link in container.links if link.name == "ami"] == [EVIDENCE]


def test_end_of_life_names_what_it_is_built_from(tmp_path: Path) -> None:
    templates, policy = loaded(tmp_path, template(AT_LAUNCH)), Policy(today=TODAY, vouches=[vouch(based_on=AL2)])
    (found,) = find(templates, policy, [BY_ID["outdated-ami"]])
    assert found.message == (
        f"machine image {GOLDEN!r} is built from ECS-optimized Amazon Linux 2, which reached its end of life on "
        "2026-06-30 (https://aws.amazon.com/amazon-linux-2/faqs/)"
    )
    assert not found.edits


def said(finding: Finding) -> str:
    at = finding.position
    return f"{at.line if at else '-'} {finding.location}: {finding.message.removeprefix('what is vouched for ')}"


WHOLE = f"ami: {GOLDEN}, based-on: {AL2023}, {REASON}"
NOTHING = "counts for nothing"
OWN = "Metadata.ecr-ecs-constructs"
FIRST = f"{OWN}.vouch[0]"


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        pytest.param(f"{{vouch: [{{{WHOLE}}}]}}", [], id="whole"),
        pytest.param(f"{{vouch: [{{{WHOLE}, until: 2026-11-29}}]}}", [], id="on its last day"),
        pytest.param(
            f"{{vouch: [{{{WHOLE}, until: 2026-11-28}}]}}",
            [f"2 {FIRST}: ami {GOLDEN!r} {NOTHING}: its last day was 2026-11-28"],
            id="the day after",
        ),
        pytest.param(
            f"{{vouch: [{{{WHOLE}, until: 2026-02-30}}]}}",
            [f"2 {FIRST}.until: in {FIRST}.until {NOTHING}: it must be a day that there is"],
            id="no day",
        ),
        pytest.param(
            f"{{vouch: [{{ami: {GOLDEN}, based-on: {PLAIN}, {REASON}}}]}}",
            [
                f"2 {FIRST}.based-on: in {FIRST}.based-on {NOTHING}: it must be the public SSM parameter of an "
                "ECS-optimized image that is known"
            ],
            id="based on an image without an agent",
        ),
        pytest.param(
            f"{{vouch: [{{ami: {GOLDEN}, {REASON}}}]}}",
            [f"2 {FIRST}: in {FIRST} {NOTHING}: it must have the key based-on"],
            id="based on nothing",
        ),
        pytest.param(
            f"{{vouch: [{{ami: {GOLDEN}, based-on: {AL2023}}}]}}",
            [f"2 {FIRST}: in {FIRST} {NOTHING}: it must have the key reason"],
            id="no reason",
        ),
        pytest.param(
            f"{{vouch: [{{ami: {GOLDEN}, based-on: {AL2023}, reason: ' '}}]}}",
            [f"2 {FIRST}.reason: in {FIRST}.reason {NOTHING}: it must be a text that is not empty"],
            id="empty reason",
        ),
        pytest.param(
            f"{{vouch: [{{ami: [], based-on: {AL2023}, {REASON}}}]}}",
            [f"2 {FIRST}.ami: in {FIRST}.ami {NOTHING}: it must be a pattern, or a list of patterns"],
            id="no names",
        ),
        pytest.param(
            f"{{vouch: [{{ami: {{Ref: ImageId}}, based-on: {AL2023}, {REASON}}}]}}",
            [f"2 {FIRST}.ami: in {FIRST}.ami {NOTHING}: it must be a pattern, or a list of patterns"],
            id="function",
        ),
        pytest.param(
            f"{{vouch: [{{role: x, {REASON}}}]}}",
            [
                f"2 {FIRST}.role: in {FIRST}.role {NOTHING}: it is no key here; the keys are ami, based-on, reason or "
                "until"
            ],
            id="another kind",
        ),
        pytest.param(
            f"{{vouch: [x, {{{WHOLE}}}]}}",
            [f"2 {FIRST}: in {FIRST} {NOTHING}: it must be a table"],
            id="text beside a whole one",
        ),
        pytest.param(
            f"{{vouch: {{{WHOLE}}}}}", [f"2 {OWN}.vouch: in {OWN}.vouch {NOTHING}: it must be a list"], id="no list"
        ),
        pytest.param(
            f"{{vouches: [{{{WHOLE}}}]}}",
            [f"2 {OWN}.vouches: in {OWN}.vouches {NOTHING}: it is no key here; did you mean 'vouch'?"],
            id="mistyped",
        ),
        pytest.param("vouch", [f"2 {OWN}: in {OWN} {NOTHING}: it must be a table"], id="text"),
        pytest.param(
            f"{{vouch: [{{ami: /acme/x, based-on: {AL2023}, {REASON}}}]}}",
            [f"2 {FIRST}: ami '/acme/x' {NOTHING}: the templates leave nothing open that it is about"],
            id="of another name",
        ),
    ],
)
def test_template_vouches(tmp_path: Path, metadata: str, expected: list[str]) -> None:
    report = judge(loaded(tmp_path, template(AT_LAUNCH, metadata)), Policy(today=TODAY))
    assert [said(each) for each in report.findings if each.rule == IDLE] == expected
    assert (report.containers[0].verdict == "proven") is (expected == [] or "[x, " in metadata)


def test_resource_vouches_for_nothing(tmp_path: Path) -> None:
    own = f"Metadata: {{ecr-ecs-constructs: {{vouch: [{{{WHOLE}}}]}}}}"
    text = template(AT_LAUNCH).replace("\n  LaunchTemplate:\n", f"\n  LaunchTemplate:\n    {own}\n")
    report = judge(loaded(tmp_path, text), Policy(today=TODAY))
    (found,) = [each for each in report.findings if each.rule == IDLE]
    assert found.message == ("acknowledgement of 'ecr-ecs-constructs.vouch' accepts nothing: no rule has this id")
    assert report.containers[0].verdict == "unknown"


def test_template_vouches_for_its_own_images(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(
        f"Metadata:\n  ecr-ecs-constructs: {{vouch: [{{{WHOLE}}}]}}\nResources: {{Topic: {{Type: AWS::SNS::Topic}}}}\n",
        encoding="utf-8",
    )
    (tmp_path / "template.yaml").write_text(template(AT_LAUNCH), encoding="utf-8")
    report = judge(load([tmp_path]), Policy(today=TODAY))
    assert told(report) == [*OPEN, IDLE, "unverifiable-ami"]


def test_image_of_instances_without_tasks_is_no_idle_one(tmp_path: Path) -> None:
    text = template(AT_LAUNCH, f"{{vouch: [{{{WHOLE}}}]}}")
    instances = text[: text.index("  TaskDefinition:\n    Type")]
    found = find(loaded(tmp_path, instances), Policy(today=TODAY), [BY_ID[IDLE]])
    assert [said(each) for each in found] == []
