"""For a team's unit tests: what the judge finds in an app or a stack, and whether its containers are proven.

What is not given to a function, the configuration of the project decides: `ecr-ecs.toml`, or `[tool.ecr-ecs]` in
`pyproject.toml`, the nearest upwards from the current folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path

import aws_cdk as cdk
from constructs import IConstruct

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.manifests import MANIFEST
from ecr_ecs_constructs.config.baseline import read
from ecr_ecs_constructs.config.reading import nearest
from ecr_ecs_constructs.reports.text import finding_line, unproven_lines
from ecr_ecs_constructs.rules.catalogue import rules_without
from ecr_ecs_constructs.rules.judge import Report, judge
from ecr_ecs_constructs.rules.rule import Finding, Severity


def findings(
    scope: IConstruct,
    *,
    allow_public_gallery: bool | None = None,
    allowed_accounts: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
    today: date | None = None,
) -> tuple[Finding, ...]:
    """Return what the judge finds below a scope, and about whatever runs a container there.

    Args:
        scope: an app, a stage, a stack or a construct of a tree whose root is an app; the app is synthesized.
        allow_public_gallery: accept full references of `public.ecr.aws`.
        allowed_accounts: accept registries of these accounts and of a stack's own account only.
        ignore: ids of rules that are not checked, besides those of the configuration.
        today: the day as of which ends of life and ages are judged; that of the call, if not given.

    Returns:
        The findings, those that are acknowledged on a stack or below it, or are in the baseline, among them.

    Raises:
        TypeError: the root of the tree is no app.
        ValueError: an id that is no rule's, an account that is not 12 digits, or a configuration that is not as it
            must be.
    """
    return _report(scope, allow_public_gallery, allowed_accounts, ignore, today).findings


def assert_no_findings(
    scope: IConstruct,
    *,
    at_least: Severity = Severity.WARNING,
    allow_public_gallery: bool | None = None,
    allowed_accounts: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
    today: date | None = None,
) -> None:
    """Assert that nothing is found below a scope, or about what runs a container there, but what is accepted.

    It is accepted where it is acknowledged, or in the baseline.

    Args:
        scope: an app, a stage, a stack or a construct of a tree whose root is an app; the app is synthesized.
        at_least: the lowest severity that fails.
        allow_public_gallery: accept full references of `public.ecr.aws`.
        allowed_accounts: accept registries of these accounts and of a stack's own account only.
        ignore: ids of rules that are not checked, besides those of the configuration.
        today: the day as of which ends of life and ages are judged; that of the call, if not given.

    Raises:
        AssertionError: there are findings; the message lists them with their fixes.
        TypeError: the root of the tree is no app.
        ValueError: an id that is no rule's, an account that is not 12 digits, or a configuration that is not as it
            must be.
    """
    severities = list(Severity)
    failing = [
        f"{finding_line(finding)}\n  fix: {finding.fix}"
        for finding in _report(scope, allow_public_gallery, allowed_accounts, ignore, today).findings
        if finding.accepted is None and severities.index(finding.severity) <= severities.index(at_least)
    ]
    if failing:
        raise AssertionError("\n".join((f"{len(failing)} findings:" if len(failing) > 1 else "1 finding:", *failing)))


def assert_proven(
    scope: IConstruct,
    *,
    allow_public_gallery: bool | None = None,
    allowed_accounts: Sequence[str] | None = None,
    today: date | None = None,
) -> None:
    """Assert that each container below a scope is proven, whatever is acknowledged or ignored.

    Args:
        scope: an app, a stage, a stack or a construct of a tree whose root is an app; the app is synthesized.
        allow_public_gallery: accept full references of `public.ecr.aws`.
        allowed_accounts: accept registries of these accounts and of a stack's own account only.
        today: the day as of which ends of life and ages are judged; that of the call, if not given.

    Raises:
        AssertionError: a container is not proven, or there is none; the message says of each why it is not.
        TypeError: the root of the tree is no app.
        ValueError: an account that is not 12 digits, or a configuration that is not as it must be.
    """
    containers = _report(scope, allow_public_gallery, allowed_accounts, (), today).containers
    unproven = [container for container in containers if container.verdict != "proven"]
    if not containers:
        raise AssertionError(f"there is no container below {scope.node.path or 'the app'}")
    if unproven:
        lines = [line for container in unproven for line in unproven_lines(container)]
        raise AssertionError("\n".join((f"{len(unproven)} of {len(containers)} containers not proven:", *lines)))


def _report(
    scope: IConstruct,
    allow_public_gallery: bool | None,
    allowed_accounts: Sequence[str] | None,
    ignore: Sequence[str],
    today: date | None,
) -> Report:
    """Return the report on what is below a scope."""
    app = scope.node.root
    if not isinstance(app, cdk.App):
        raise TypeError(f"scope must be in the tree of an App, got {scope.node.path!r} below {type(app).__name__}")
    config = nearest()
    if allow_public_gallery is not None:
        config = config._replace(allow_public_gallery=allow_public_gallery)
    if allowed_accounts is not None:
        config = config._replace(allowed_accounts=frozenset(allowed_accounts))
    policy, rules = config.policy(today), rules_without([*config.ignore, *ignore])
    _synthesize(app)
    templates = load([app.outdir], config.parameters, config.environment, exclude=config.exclude, trusted=True)
    below = partial(_is_below, scope.node.path) if scope.node.path else None
    report = judge(templates, policy, rules, config.severities, below=below)
    found, _ = read(config.baseline).applied(report.findings, (each.name for each in templates), outdir=app.outdir)
    return report._replace(findings=found)


def _is_below(scope: str, path: str | None) -> bool:
    # What nobody can place may be below.
    return path is None or f"{path}/".startswith(f"{scope}/")


def _synthesize(app: cdk.App) -> None:
    try:
        app.synth()
    except RuntimeError as error:
        # A plugin's findings fail the synthesis after the assembly is written, and the judge reads the assembly.
        if "ValidationFailed: " not in str(error) or not (Path(app.outdir) / MANIFEST).is_file():
            raise
