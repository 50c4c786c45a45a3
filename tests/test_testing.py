"""What a team's unit tests ask: findings and assert_no_findings."""

from __future__ import annotations

import inspect
import os
import re
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
import pytest
from constructs import Construct, RootConstruct

from ecr_ecs_constructs.checks import EcrEcsChecks
from ecr_ecs_constructs.rules.catalogue import RULES
from ecr_ecs_constructs.rules.rule import Severity
from ecr_ecs_constructs.testing import assert_no_findings, findings
from tests.judging import ECR
from tests.test_checks import ALL, ELSE, Scopes, acknowledge, scopes, task

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def made() -> Scopes:
    return scopes()


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        pytest.param(lambda s: s.app, ALL, id="app"),
        pytest.param(lambda s: s.stage, ALL[-1:], id="stage"),
        pytest.param(lambda s: s.stack, ALL[:3], id="stack"),
        pytest.param(lambda s: s.nested, ALL[1:2], id="nested stack"),
        pytest.param(lambda s: s.construct, ALL[:1], id="construct"),
        pytest.param(lambda s: s.task, ALL[:1], id="resource"),
    ],
)
def test_findings_below_a_scope(made: Scopes, scope: Callable[[Scopes], Construct], expected: list[str]) -> None:
    found = findings(scope(made), ignore=ELSE)
    assert sorted(str(finding.construct_path) for finding in found) == expected
    assert {finding.rule for finding in found} == {"unqualified-image"}


def test_findings_of_a_stack_without_app() -> None:
    stack = cdk.Stack()
    task(stack)
    assert [finding.logical_id for finding in findings(stack, ignore=ELSE)] == ["Task"]


def test_findings_can_be_asked_twice() -> None:
    made = scopes()
    assert findings(made.stack, ignore=ELSE) == findings(made.stack, ignore=ELSE)


@pytest.mark.parametrize(
    ("image", "options", "expected"),
    [
        pytest.param("public.ecr.aws/nginx/nginx:1", {}, ["unqualified-image"], id="public gallery"),
        pytest.param("public.ecr.aws/nginx/nginx:1", {"allow_public_gallery": True}, [], id="public gallery allowed"),
        pytest.param(f"{ECR}/app:1", {"allowed_accounts": ["123456789012"]}, [], id="account allowed"),
        pytest.param(f"{ECR}/app:1", {"allowed_accounts": []}, ["foreign-registry-image"], id="no account allowed"),
        pytest.param("nginx", {"ignore": ["unqualified-image"]}, [], id="ignored"),
    ],
)
def test_options(image: str, options: dict[str, Any], expected: list[str]) -> None:
    stack = cdk.Stack()
    task(stack, "Task", image)
    family = {rule.id for rule in RULES if rule.id.endswith("-image")}
    assert [finding.rule for finding in findings(stack, **options) if finding.rule in family] == expected


@pytest.mark.parametrize("ask", [findings, assert_no_findings])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(
            {"ignore": ["no-rule"]},
            "ignore must hold ids of rules, got 'no-rule': `ecr-ecs rules` lists them",
            id="rule",
        ),
        pytest.param(
            {"allowed_accounts": ["1"]}, "allowed_accounts must hold accounts of 12 digits, got '1'", id="account"
        ),
    ],
)
def test_refused(ask: Callable[..., object], options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ask(cdk.Stack(), **options)


def test_tree_without_app_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^scope must be in the tree of an App, got 'Tree/Stack' below RootConstruct$"):
        findings(cdk.Stack(RootConstruct("Tree"), "Stack"))


def test_acknowledged_finding_is_among_the_findings() -> None:
    made = scopes()
    acknowledge(made.stack)
    found = {finding.construct_path: finding.acknowledged for finding in findings(made.app, ignore=ELSE)}
    assert found == {**dict.fromkeys(ALL[:3], "mirrored by the host"), **dict.fromkeys(ALL[3:])}
    assert_no_findings(made.stack, ignore=ELSE)


def test_nothing_to_assert() -> None:
    assert_no_findings(cdk.Stack())


FIX = (
    "Write Image in full: <account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>, or …@sha256:<digest>; by !Sub "
    "where it holds ${…}, and by ${Repository.RepositoryUri}:<tag> for a repository of the template (in the CDK "
    "image=EcrImage.…, and image=EcrPullThroughCache(…).image(…) for one of another registry)."
)


def test_assertion_lists_the_findings() -> None:
    app = cdk.App()
    stack = cdk.Stack(app, "Stack")
    task(stack, "Web")
    task(construct := Construct(stack, "Construct"), "Log", "\x1b")
    with pytest.raises(AssertionError) as caught:
        assert_no_findings(construct, ignore=ELSE)
    _, line = inspect.getsourcelines(task)
    made = f"{os.path.relpath(inspect.getfile(task))}:{line + 2}"
    assert str(caught.value) == (
        "1 finding:\n"
        f"error[unqualified-image] {made} Stack/Construct/Log: container 'web': "
        "image '\\x1b' holds '\\x1b' at index 0, which no reference may hold\n"
        f"  fix: {FIX}"
    )
    with pytest.raises(AssertionError) as caught:
        assert_no_findings(stack, ignore=ELSE)
    assert str(caught.value) == (
        "2 findings:\n"
        f"error[unqualified-image] {made} Stack/Web: container 'web': image 'nginx' has no ECR registry\n"
        f"  fix: {FIX}\n"
        f"error[unqualified-image] {made} Stack/Construct/Log: container 'web': "
        "image '\\x1b' holds '\\x1b' at index 0, which no reference may hold\n"
        f"  fix: {FIX}"
    )


@pytest.mark.parametrize(
    ("at_least", "fails"), [(Severity.ERROR, False), (Severity.WARNING, False), (Severity.INFO, True)]
)
def test_severity_that_fails(at_least: Severity, fails: bool) -> None:
    stack = cdk.Stack()
    task(stack, "Task", f"{ECR}/app:latest")
    ignore = [rule.id for rule in RULES if rule.id != "floating-tag"]
    if fails:
        with pytest.raises(AssertionError, match=r"info\[floating-tag\]"):
            assert_no_findings(stack, at_least=at_least, ignore=ignore)
    else:
        assert_no_findings(stack, at_least=at_least, ignore=ignore)


def test_app_with_the_checks_as_plugin() -> None:
    """The checks fail the synthesis themselves; the findings are told all the same."""
    made = scopes()
    cdk.Validations.of(made.app).add_plugins(EcrEcsChecks(ignore=ELSE))
    for _ in range(2):
        assert len(findings(made.app, ignore=ELSE)) == len(ALL)


@jsii.implements(cdk.IStableStringProducer)
class Broken:
    def produce(self) -> str:
        raise ValueError("on purpose")


def test_stack_without_resources() -> None:
    app = cdk.App()
    cdk.Stack(app, "Empty")
    task(cdk.Stack(app, "Stack"))
    assert [finding.construct_path for finding in findings(app, ignore=ELSE)] == ["Stack/Task"]


def test_other_error_of_a_synthesis_is_raised() -> None:
    app = cdk.App()
    stack = cdk.Stack(app, "Stack")
    cdk.CfnOutput(stack, "Output", value=cdk.Lazy.string(Broken()))
    with pytest.raises(RuntimeError, match="on purpose"):
        findings(app)
