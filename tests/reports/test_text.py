"""The text report, pinned; nothing of a template steers the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecr_ecs_constructs.reports import text
from ecr_ecs_constructs.reports.style import Style
from ecr_ecs_constructs.rules.catalogue import BY_ID, RULES
from ecr_ecs_constructs.rules.gate import Gate
from ecr_ecs_constructs.rules.judge import Report
from ecr_ecs_constructs.rules.rule import Rule, Severity, page_of
from tests.reports.reporting import CONTAINER, EMPTY, FINDING, REPORT

PAGE = page_of(FINDING.rule).as_uri()


OPEN = """\
error[unqualified-image] stacks/web.py:31 Web/Task/Resource: container 'web': image 'nginx' has no ECR registry
  at: out/Web.template.json:7:11 Task Properties.ContainerDefinitions[0].Image
  fix: Name the image in full.

warning[unqualified-image] out/Web.template.json Web/Task/Resource: container 'web': image 'nginx' has no ECR registry
  at: out/Web.template.json Task Properties.ContainerDefinitions[0].Image
  fix: Name the image in full.

"""
GONE = """\
1 of the baseline gone; write it anew with `ecr-ecs baseline`:
  unqualified-image out/Web.template.json Web/Task/Resource: another one

"""
SUMMARY = """\
3 containers of 5 resources in 2 templates: 1 proven, 1 broken, 1 unknown
1 error, 1 warning, 0 info, 1 acknowledged, 1 in the baseline
"""


def test_report() -> None:
    folded = """\
1 acknowledged: unqualified-image (1); --show-accepted lists them
1 in the baseline: unqualified-image (1); --show-accepted lists them

"""
    assert text.render(REPORT) == OPEN + folded + GONE + SUMMARY


def test_accepted() -> None:
    accepted = """\
acknowledged[unqualified-image] out/Web.template.json Task: container 'web': image 'nginx' has no ECR registry
  at: out/Web.template.json:7:11 Task Properties.ContainerDefinitions[0].Image
  reason: mirrored

baseline[unqualified-image] stacks/web.py:31 Web/Task/Resource: container 'web': image 'nginx' has no ECR registry
  at: out/Web.template.json:7:11 Task Properties.ContainerDefinitions[0].Image
  fix: Name the image in full.

"""
    assert text.render(REPORT, accepted=True) == OPEN + accepted + GONE + SUMMARY


def test_folded_findings_are_counted_by_rule() -> None:
    rules = ("scan-disabled", "mutable-tags", "scan-disabled")
    findings = tuple(FINDING._replace(rule=rule, acknowledged="r") for rule in rules)
    assert text.render(EMPTY._replace(findings=findings)).splitlines()[0] == (
        "3 acknowledged: mutable-tags (1), scan-disabled (2); --show-accepted lists them"
    )


WARNING = FINDING._replace(severity=Severity.WARNING)
PROVEN = CONTAINER._replace(links=())


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        pytest.param(EMPTY, [], id="nothing found"),
        pytest.param(EMPTY._replace(findings=(WARNING,)), [], id="nothing that fails"),
        pytest.param(EMPTY._replace(findings=(FINDING._replace(acknowledged="r"),)), [], id="acknowledged"),
        pytest.param(EMPTY._replace(findings=(FINDING._replace(in_baseline=True),)), [], id="in the baseline"),
        pytest.param(EMPTY._replace(findings=(FINDING,), gate=Gate(fail_on=None)), [], id="never fails"),
        pytest.param(EMPTY._replace(containers=(CONTAINER,)), [], id="no proof is required"),
        pytest.param(
            EMPTY._replace(containers=(PROVEN,), gate=Gate(requires_proof=True)), [], id="a proof is required and there"
        ),
        pytest.param(
            EMPTY._replace(findings=(WARNING, FINDING, FINDING._replace(acknowledged="r"))),
            ["error[unqualified-image]", "  at:", "  fix:", "", "0 containers", "1 error, 1 warning, 0 info, 1 ack"],
            id="one that fails",
        ),
        pytest.param(
            EMPTY._replace(findings=(WARNING,), gate=Gate(fail_on=Severity.WARNING)),
            ["warning[unqualified-image]", "  at:", "  fix:", "", "0 containers", "0 errors, 1 warning"],
            id="warnings fail",
        ),
        pytest.param(
            EMPTY._replace(containers=(CONTAINER,), findings=(WARNING,), gate=Gate(requires_proof=True)),
            ["1 container not proven:", "  broken: web", "    image", "    network", "", "1 container", "0 errors"],
            id="proof that lacks",
        ),
    ],
)
def test_quiet(report: Report, expected: list[str]) -> None:
    lines = text.render(report, quiet=True).splitlines()
    assert [line[: len(start)] for line, start in zip(lines, expected, strict=True)] == expected


def test_templates() -> None:
    """A table of what was found in each, and no line that begins with the name of one."""
    report = EMPTY._replace(
        templates=4,
        containers=(CONTAINER, CONTAINER._replace(template="::error::b", links=())),
        findings=(
            FINDING,
            WARNING,
            WARNING._replace(acknowledged="r"),
            FINDING._replace(template="c", position=None),
        ),
    )
    assert text.render(report).splitlines()[-7:] == [
        "proven broken unknown errors warnings  template",
        "     1      0       0      0        0  ::error::b",
        "     0      0       0      1        0  c",
        "     0      1       0      1        1  out/Web.template.json",
        "",
        "2 containers of 1 resource in 4 templates: 1 proven, 1 broken, 0 unknown",
        "2 errors, 1 warning, 0 info, 1 acknowledged",
    ]


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        pytest.param(Style(), "error[unqualified-image] stacks", id="plain"),
        pytest.param(Style(colours=True), "\x1b[31merror\x1b[0m[unqualified-image] stacks", id="colours"),
        pytest.param(
            Style(links=True), f"error[\x1b]8;;{PAGE}\x1b\\unqualified-image\x1b]8;;\x1b\\] stacks", id="links"
        ),
    ],
)
def test_style(style: Style, expected: str) -> None:
    assert text.render(EMPTY._replace(findings=(FINDING,)), style).startswith(expected)


def test_links_lead_to_pages() -> None:
    assert PAGE.startswith("file:///")
    assert Path(PAGE.removeprefix("file://")).read_text(encoding="utf-8").startswith(BY_ID[FINDING.rule].summary)


def test_verdicts_are_coloured() -> None:
    report = EMPTY._replace(containers=(CONTAINER,), gate=Gate(requires_proof=True))
    assert text.render(report, Style(colours=True)).splitlines()[1:4] == [
        "  \x1b[31mbroken\x1b[0m: web of Web/Task/Resource",
        "    image \x1b[31mbroken\x1b[0m: nginx has no ECR registry",
        "    network \x1b[33munknown\x1b[0m: imported VPC",
    ]


def test_empty() -> None:
    assert (
        text.render(EMPTY)
        == """\
0 containers of 1 resource in 1 template: 0 proven, 0 broken, 0 unknown
0 errors, 0 warnings, 0 info
"""
    )


def test_one_of_each() -> None:
    report = EMPTY._replace(resources=2, templates=2, containers=(CONTAINER,), findings=(FINDING, FINDING))
    assert text.render(report).splitlines()[-2:] == [
        "1 container of 2 resources in 2 templates: 0 proven, 1 broken, 0 unknown",
        "2 errors, 0 warnings, 0 info",
    ]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param("plain text: ü…✓", "plain text: ü…✓", id="printable"),
        pytest.param("\x1b[31mred", "\\x1b[31mred", id="escape sequence"),
        pytest.param("a\nb\rc\td", "a\\nb\\rc\\td", id="white space"),
        pytest.param("\x00\x07\x7f\x9b", "\\x00\\x07\\x7f\\x9b", id="control"),
        *(
            pytest.param(f"{each}gnp", f"\\u{ord(each):x}gnp", id=f"direction {ord(each):x}")
            for each in "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        ),
        pytest.param("a\xad\u200bb\ufeff", "a\\xad\\u200bb\\ufeff", id="what is not seen"),
        pytest.param("\u2028", "\\u2028", id="line separator"),
        pytest.param("\ud800", "\\ud800", id="lone surrogate"),
        pytest.param("\\n'", "\\n'", id="what is escaped already"),
        pytest.param("a ##[error]b", "a #\\x23[error]b", id="command of GitHub Actions"),
        pytest.param("a ##vso[task.complete]b", "a #\\x23vso[task.complete]b", id="command of Azure Pipelines"),
        pytest.param("###[error]", "#\\x23#[error]", id="command behind a sign"),
        pytest.param("####[error]", "#\\x23#\\x23[error]", id="command behind two signs"),
        pytest.param("a#1 #b", "a#1 #b", id="single signs"),
    ],
)
def test_escape(given: str, expected: str) -> None:
    assert text.escape(given) == expected
    assert text.escape(expected) == expected


@pytest.mark.parametrize(
    "attribute", ["template", "logical_id", "construct_path", "location", "message", "source", "acknowledged"]
)
def test_nothing_steers_the_terminal(attribute: str) -> None:
    finding = FINDING._replace(source=None, acknowledged="r")
    report = EMPTY._replace(findings=(finding._replace(**{attribute: "\x1b]0;\n"}),))  # type: ignore[arg-type]
    rendered = text.render(report, accepted=True)
    assert "\\x1b]0;\\n" in rendered
    assert "\x1b" not in rendered
    plain = text.render(EMPTY._replace(findings=(finding,)), accepted=True)
    assert len(rendered.splitlines()) == len(plain.splitlines())


class MadeUp(Rule):
    """A rule of no catalogue."""

    @property
    def page(self) -> str:
        return "Finding of a test.\n\n## What it checks\n\nNothing."


def rule(id: str, severity: Severity) -> Rule:
    return MadeUp(id, severity, "Do something.", lambda facts: iter(()))


def test_rule_list() -> None:
    assert text.rule_list([rule("short", Severity.INFO), rule("a-longer-id", Severity.WARNING)]) == (
        "short        info     Finding of a test.\n"
        "a-longer-id  warning  Finding of a test.\n"
    )  # fmt: skip


def test_rule_list_is_one_line_a_rule() -> None:
    assert [line.split()[:2] for line in text.rule_list(RULES).splitlines()] == [
        [rule.id, rule.severity.value] for rule in RULES
    ]


def test_rule_page() -> None:
    assert (
        text.rule_page(rule("some-rule", Severity.ERROR))
        == """\
# some-rule (error)

Finding of a test.

## What it checks

Nothing.

## Fix

Do something.
"""
    )
