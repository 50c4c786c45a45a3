"""The text report, pinned; nothing of a template steers the terminal."""

from __future__ import annotations

import pytest

from ecr_ecs_constructs.reports import text
from ecr_ecs_constructs.rules.catalogue import RULES
from ecr_ecs_constructs.rules.rule import Rule, Severity
from tests.reports.reporting import CONTAINER, EMPTY, FINDING, REPORT


def test_report() -> None:
    assert (
        text.render(REPORT)
        == """\
error[unqualified-image] stacks/web.py:31 Web/Task/Resource: container 'web': image 'nginx' has no ECR registry
  at: out/Web.template.json Task Properties.ContainerDefinitions[0].Image
  fix: Name the image in full.

warning[unqualified-image] out/Web.template.json Web/Task/Resource: container 'web': image 'nginx' has no ECR registry
  at: out/Web.template.json Task Properties.ContainerDefinitions[0].Image
  fix: Name the image in full.

acknowledged[unqualified-image] out/Web.template.json Task: container 'web': image 'nginx' has no ECR registry
  at: out/Web.template.json Task Properties.ContainerDefinitions[0].Image
  reason: mirrored

3 containers of 5 resources in 2 templates: 1 proven, 1 broken, 1 unknown
1 error, 1 warning, 0 info, 1 acknowledged
"""
    )


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
        pytest.param("\u202egnp", "\\u202egnp", id="direction"),
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
    rendered = text.render(report)
    assert "\\x1b]0;\\n" in rendered
    assert "\x1b" not in rendered
    assert len(rendered.splitlines()) == len(text.render(EMPTY._replace(findings=(finding,))).splitlines())


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
