"""For a team's unit tests: what the judge finds in an app or a stack."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import aws_cdk as cdk
from constructs import IConstruct

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.manifests import MANIFEST
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.reports.text import finding_line
from ecr_ecs_constructs.rules.catalogue import rules_without
from ecr_ecs_constructs.rules.judge import find
from ecr_ecs_constructs.rules.rule import Finding, Severity


def findings(
    scope: IConstruct,
    *,
    allow_public_gallery: bool = False,
    allowed_accounts: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
    today: date | None = None,
) -> tuple[Finding, ...]:
    """Return what the judge finds below a scope.

    Args:
        scope: an app, a stage, a stack or a construct of a tree whose root is an app; the app is synthesized.
        allow_public_gallery: accept full references of `public.ecr.aws`.
        allowed_accounts: accept registries of these accounts and of a stack's own account only.
        ignore: ids of rules that are not checked.
        today: the day as of which ends of life and ages are judged; that of the call, if not given.

    Returns:
        The findings, those that are acknowledged on a stack or below it among them.

    Raises:
        TypeError: the root of the tree is no app.
        ValueError: an id that is no rule's, or an account that is not 12 digits.
    """
    app = scope.node.root
    if not isinstance(app, cdk.App):
        raise TypeError(f"scope must be in the tree of an App, got {scope.node.path!r} below {type(app).__name__}")
    accounts = None if allowed_accounts is None else frozenset(allowed_accounts)
    policy = Policy(allow_public_gallery, accounts, today or date.today())
    rules = rules_without(ignore)
    _synthesize(app)
    path = scope.node.path
    return tuple(
        finding
        for finding in find(load([app.outdir], trusted=True), policy, rules)
        if not path or finding.construct_path is None or f"{finding.construct_path}/".startswith(f"{path}/")
    )


def assert_no_findings(
    scope: IConstruct,
    *,
    at_least: Severity = Severity.WARNING,
    allow_public_gallery: bool = False,
    allowed_accounts: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
    today: date | None = None,
) -> None:
    """Assert that the judge finds nothing below a scope that is not acknowledged.

    Args:
        scope: an app, a stage, a stack or a construct of a tree whose root is an app; the app is synthesized.
        at_least: the lowest severity that fails.
        allow_public_gallery: accept full references of `public.ecr.aws`.
        allowed_accounts: accept registries of these accounts and of a stack's own account only.
        ignore: ids of rules that are not checked.
        today: the day as of which ends of life and ages are judged; that of the call, if not given.

    Raises:
        AssertionError: there are findings; the message lists them with their fixes.
        TypeError: the root of the tree is no app.
        ValueError: an id that is no rule's, or an account that is not 12 digits.
    """
    severities = list(Severity)
    found = findings(
        scope,
        allow_public_gallery=allow_public_gallery,
        allowed_accounts=allowed_accounts,
        ignore=ignore,
        today=today,
    )
    failing = [
        f"{finding_line(finding)}\n  fix: {finding.fix}"
        for finding in found
        if finding.acknowledged is None and severities.index(finding.severity) <= severities.index(at_least)
    ]
    if failing:
        raise AssertionError("\n".join((f"{len(failing)} findings:" if len(failing) > 1 else "1 finding:", *failing)))


def _synthesize(app: cdk.App) -> None:
    try:
        app.synth()
    except RuntimeError as error:
        # A plugin's findings fail the synthesis after the assembly is written, and the judge reads the assembly.
        if "ValidationFailed: " not in str(error) or not (Path(app.outdir) / MANIFEST).is_file():
            raise
