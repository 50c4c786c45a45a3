"""`EcrEcsChecks`: the judge inside a synthesis, by two doors, and how the constructs bring it along.

Sources:
    https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html
    https://docs.aws.amazon.com/cdk/v2/guide/aspects.html
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple
from weakref import WeakKeyDictionary

import aws_cdk as cdk
import constructs
import jsii
from constructs import IConstruct

from ecr_ecs_constructs import __version__
from ecr_ecs_constructs import statements as _statements  # noqa: F401 - what it does is done once it is imported
from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.garbage import uncollected
from ecr_ecs_constructs.cloudformation.manifests import ACKNOWLEDGED
from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.config.baseline import read
from ecr_ecs_constructs.config.config import Config
from ecr_ecs_constructs.config.reading import nearest
from ecr_ecs_constructs.reports.text import escape, unproven_lines
from ecr_ecs_constructs.rules.catalogue import RULES, rules_without
from ecr_ecs_constructs.rules.judge import Around, ContainerReport, find, judge
from ecr_ecs_constructs.rules.rule import NAME, Finding, Severity
from ecr_ecs_constructs.rules.unproven import FIX, NOT_PROVEN
from ecr_ecs_constructs.spelling import did_you_mean


class _Told(NamedTuple):
    """The report of some checks in a synthesis.

    Attributes:
        findings: what they have reported.
        templates: the names of the templates that they have judged.
        scopes: the construct paths below which they judge; None for all of these templates.
    """

    findings: frozenset[Finding]
    templates: frozenset[str]
    scopes: tuple[str, ...] | None

    def covers(self, found: Finding | ContainerReport) -> bool:
        """Return whether these checks have decided about a finding or a container, so that no others need do so."""
        is_judged = found.template in self.templates
        return is_judged and (self.scopes is None or is_below_any(found.construct_path, self.scopes))


@jsii.implements(cdk.IAspect, cdk.IPolicyValidationPlugin)
class EcrEcsChecks:
    """Judges the final templates of an app and fails its synthesis where a container can't be pulled.

    As a plugin it judges the whole app or stage: `Validations.of(app).add_plugins(EcrEcsChecks())`. As an aspect it
    judges what lies below the scopes that it is added to, and whatever runs a task that does:
    `Aspects.of(scope).add(EcrEcsChecks())`. It stands in for the checks that the constructs of this library bring
    along. A finding is acknowledged with
    `Validations.of(construct).acknowledge(Acknowledgment(id="ecr-ecs::<rule>", reason=…))`.
    One instance may serve several scopes and several apps.

    What is not given here, the configuration decides: `ecr-ecs.toml`, or `[tool.ecr-ecs]` in `pyproject.toml`, the
    nearest upwards from the current folder.

    Args:
        allow_public_gallery: accept full references of `public.ecr.aws`.
        allowed_accounts: accept registries of these accounts, 12 digits each, and of a stack's own account only.
        ignore: ids of rules that are not checked, besides those of the configuration.
        fail_on: the lowest severity that fails.
        fail_on_unknown: whether what can't be verified fails as its rule's severity says; it is a warning otherwise.
        report_only: whether nothing fails; what would is a warning.
        require_proven: whether each container must be proven, whatever is acknowledged or ignored.
        today: the day as of which ends of life and ages are judged; that of the call, if not given.

    Raises:
        ValueError: an id that is no rule's, an account that is not 12 digits, or a configuration or a baseline that is
            not as it must be.
    """

    def __init__(
        self,
        *,
        allow_public_gallery: bool | None = None,
        allowed_accounts: Sequence[str] | None = None,
        ignore: Sequence[str] = (),
        fail_on: Severity | None = None,
        fail_on_unknown: bool | None = None,
        report_only: bool | None = None,
        require_proven: bool | None = None,
        today: date | None = None,
    ) -> None:
        if fail_on is not None and fail_on not in list(Severity):
            unknown = did_you_mean(str(fail_on), [each.value for each in Severity]) or "it is no severity"
            why = "report_only=True fails nothing" if str(fail_on) == "never" else unknown
            raise ValueError(f"fail_on must be error, warning or info, got {fail_on!r}: {why}")
        config = nearest()
        gate = config.gate._replace(
            fail_on=config.gate.fail_on if fail_on is None else fail_on,
            unknown_fails=config.gate.unknown_fails if fail_on_unknown is None else fail_on_unknown,
            requires_proof=config.gate.requires_proof if require_proven is None else require_proven,
        )
        if allow_public_gallery is not None:
            config = config._replace(allow_public_gallery=allow_public_gallery)
        if allowed_accounts is not None:
            config = config._replace(allowed_accounts=frozenset(allowed_accounts))
        if report_only is not None:
            config = config._replace(only_reports=report_only)
        self._config: Config = config._replace(gate=gate)
        self._baseline = read(config.baseline)
        self._policy = self._config.policy(today)
        self._rules = rules_without([*config.ignore, *ignore])
        self._scopes: list[str] | None = None  # None: all that the plugin is registered for
        self._is_brought = False
        self._scoped: WeakKeyDictionary[IConstruct, EcrEcsChecks] = WeakKeyDictionary()  # by the root of their tree
        self._visited: set[str] = set()

    @property
    def name(self) -> str:
        """The name under which CDK reports the findings."""
        return NAME

    @property
    def version(self) -> str:
        """The version of this library."""
        return __version__

    @property
    def rule_ids(self) -> list[str]:
        """The ids of the rules that are checked."""
        return [rule.id for rule in self._rules]

    def visit(self, node: IConstruct) -> None:
        """Add a node as a scope, unless it is below one: CDK visits the scope of an aspect before the nodes below."""
        if _reference(node) in self._visited:
            return
        scoped = self._scoped.get(node.node.root)
        if scoped is None or not is_below_any(node.node.path, scoped._scopes or ()):  # noqa: SLF001 - its own class
            self.add_scope(node)
        # One call for all nodes below costs less than one call for each of them.
        self._visited.update(_reference(below) for below in node.node.find_all())

    def add_scope(self, scope: IConstruct) -> None:
        """Judge what lies below a scope, when the app that holds it is synthesized.

        The same checks may be registered as a plugin for the whole app as well.
        """
        root = scope.node.root
        scoped = self._scoped.get(root)
        if scoped is None:
            scoped = self._scoped[root] = copy.copy(self)
            scoped._scopes = []  # noqa: SLF001 - its own class
            cdk.Validations.of(root).add_plugins(scoped)
        assert scoped._scopes is not None  # noqa: S101, SLF001 - set where it was made
        scoped._scopes.append(scope.node.path)  # noqa: SLF001 - its own class

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Judge the templates of a synthesis."""
        app = context.app_construct
        assert isinstance(app, cdk.Stage)  # noqa: S101 - CDK validates apps only
        config = self._config
        with uncollected():
            templates = load([app.outdir], config.parameters, config.environment, exclude=config.exclude, trusted=True)
            findings, containers = self._judged(templates, _around(app, templates))
        # The paths come in one call; each attribute of `stack_templates` would be one for each stack.
        own = _files(templates, [Path(path) for path in context.template_paths or ()])
        elsewhere = frozenset(template.name for template in templates) - own
        findings, _ = self._baseline.applied(findings, (each.name for each in templates), outdir=_outdir(app))
        found = [each for each in findings if each.accepted is None and each.template not in elsewhere]
        unproven = [each for each in containers if each.verdict != "proven" and each.template in own]
        others = self._others(app)
        violations = [self._violation(finding) for finding in self._unsaid(app, found, own)]
        violations += [_not_proven(each) for each in unproven if not any(other.covers(each) for other in others)]
        return cdk.PolicyValidationPluginReport(
            success=not any(violation.severity in ("error", "fatal") for violation in violations),
            violations=violations,
        )

    def _judged(
        self, templates: Sequence[Template], around: Around
    ) -> tuple[Sequence[Finding], Sequence[ContainerReport]]:
        """Return the findings, and the containers where these must be proven."""
        config, below = self._config, None if self._scopes is None else self._is_in_scope
        if config.gate.requires_proof and not config.only_reports:
            report = judge(templates, self._policy, self._rules, config.severities, below=below, around=around)
            return report.findings, report.containers
        return find(templates, self._policy, self._rules, config.severities, below=below, around=around), ()

    def _is_in_scope(self, path: str | None) -> bool:
        # What nobody can place is judged: it may be below.
        return self._scopes is None or path is None or is_below_any(path, self._scopes)

    def _severity(self, finding: Finding) -> Severity:
        """Return how bad a finding is at synthesis, where errors fail and nothing else does."""
        if self._config.gate.fails(finding) and not self._config.only_reports:
            return Severity.ERROR
        return Severity.WARNING if finding.severity is Severity.ERROR else finding.severity

    def _others(self, app: IConstruct) -> Sequence[_Told]:
        """Return the reports of the checks that stand in for these in the same synthesis of an app."""
        told = _told.get(app, {})
        return [*told.values()] if self._is_brought and self not in told else []

    def _unsaid(self, app: IConstruct, findings: Sequence[Finding], own: frozenset[str]) -> list[Finding]:
        """Return the findings that no other checks have reported, or decided about, in the same synthesis of an app."""
        told = _told.setdefault(app, {})
        if self in told:  # each checks once in a synthesis: this is a new one
            told.clear()
        others = [*told.values()]
        told[self] = _Told(frozenset(findings), own, None if self._scopes is None else tuple(self._scopes))
        return [
            finding
            for finding in findings
            if not any(finding in each.findings or (self._is_brought and each.covers(finding)) for each in others)
        ]

    def _violation(self, finding: Finding) -> cdk.PolicyViolation:
        return cdk.PolicyViolation(
            rule_name=finding.rule,
            description=escape(finding.message),
            fix=finding.fix,
            severity=self._severity(finding).value,
            violating_resources=[
                cdk.PolicyViolatingResource(
                    resource_logical_id=finding.logical_id or None,
                    template_path=str(Path(finding.template).absolute()),
                    construct_path=finding.construct_path,
                    locations=[finding.location] if finding.location else [],
                )
            ],
        )


def _not_proven(container: ContainerReport) -> cdk.PolicyViolation:
    """Return what tells CDK that a container is not proven; nobody can acknowledge what is fatal."""
    return cdk.PolicyViolation(
        rule_name=NOT_PROVEN,
        description="\n".join(line.strip() for line in unproven_lines(container)),
        fix=FIX,
        severity="fatal",
        violating_resources=[
            cdk.PolicyViolatingResource(
                resource_logical_id=container.logical_id,
                template_path=str(Path(container.template).absolute()),
                construct_path=container.construct_path,
                locations=[],
            )
        ],
    )


_told: WeakKeyDictionary[IConstruct, dict[EcrEcsChecks, _Told]] = WeakKeyDictionary()
"""The reports of each checks in the last synthesis of an app: several checks find the same."""

_brought: WeakKeyDictionary[IConstruct, EcrEcsChecks] = WeakKeyDictionary()
"""The checks that the constructs of this library have brought along, by the root of their tree."""


@jsii.implements(constructs.IValidation)
class _Joining:
    """Registers the checks that constructs bring along behind those of a team, which stand in for them.

    CDK asks for faults of the constructs of an app before it judges the templates.

    Args:
        root: the app.
        checks: the checks.
    """

    def __init__(self, root: IConstruct, checks: EcrEcsChecks) -> None:
        self._root = root
        self._waiting: EcrEcsChecks | None = checks

    def validate(self) -> list[str]:
        """Register them, in the first synthesis; there is no fault."""
        if self._waiting is not None:
            cdk.Validations.of(self._root).add_plugins(self._waiting)
            self._waiting = None
        return []


def bring_along(construct: IConstruct, *others: IConstruct) -> None:
    """Have a construct judged when its app is synthesized.

    Every construct of this library calls it. A single plugin serves a whole app, so that no construct node is visited.
    It leaves out the rules whose findings are information: whoever wants to read these adds `EcrEcsChecks`.

    Args:
        construct: the construct that was made.
        others: constructs that are judged with it, also those of other libraries.
    """
    root = construct.node.root
    checks = _brought.get(root)
    if checks is None:
        checks = _brought[root] = EcrEcsChecks(ignore=[rule.id for rule in RULES if rule.severity is Severity.INFO])
        checks._is_brought, checks._scopes = True, []  # noqa: SLF001 - its own class
        root.node.add_validation(_Joining(root, checks))
    assert checks._scopes is not None  # noqa: S101, SLF001 - set where it was made
    checks._scopes += [scope.node.path for scope in (construct, *others)]  # noqa: SLF001 - its own class


def _outdir(app: cdk.Stage) -> str:
    """Return the folder of the outermost cloud assembly."""
    root = app.node.root
    return root.outdir if isinstance(root, cdk.Stage) else app.outdir


def _around(app: IConstruct, templates: Sequence[Template]) -> Around:
    """Return the acknowledgements on an app and its stages, which CDK does not write into the cloud assembly."""
    found: dict[str, dict[str, str]] = {}
    for scope in _stages(app, templates):
        for entry in scope.node.metadata:
            if entry.type == ACKNOWLEDGED and isinstance(entry.data, Mapping):
                reasons = found.setdefault(scope.node.path, {})
                reasons.update((str(rule), str(reason)) for rule, reason in entry.data.items())
    return found


def _stages(app: IConstruct, templates: Sequence[Template]) -> Iterator[IConstruct]:
    """Yield an app, and the stages that are on the way to its stacks."""
    yield app
    seen: set[str] = set()
    for template in templates:
        path = next((each.construct_path for each in template.resources.values() if each.construct_path), "")
        scope = app
        for name in path.removeprefix(f"{app.node.path}/" if app.node.path else "").split("/")[:-1]:
            inner = scope.node.try_find_child(name)
            if inner is None:
                break
            scope = inner
            if scope.node.path not in seen and isinstance(scope, cdk.Stage):
                yield scope
            seen.add(scope.node.path)


def _reference(node: IConstruct) -> str:
    return str(node.__jsii_ref__.ref)  # type: ignore[attr-defined] # of every object that jsii hands out


def _files(templates: Sequence[Template], stacks: Collection[Path]) -> frozenset[str]:
    """Return the names of the templates of some stacks and of their nested stacks."""
    files = {stack.resolve() for stack in stacks}
    names = {name for name in {_stack_of(template).name for template in templates} if Path(name).resolve() in files}
    return frozenset(template.name for template in templates if _stack_of(template).name in names)


def _stack_of(template: Template) -> Template:
    while template.parent is not None:
        template = template.parent.template
    return template


def is_below_any(path: str | None, scopes: Sequence[str]) -> bool:
    """Return whether a construct is one of some scopes, or below one; that is not known of one without a path."""
    return path is not None and any(not scope or path == scope or path.startswith(f"{scope}/") for scope in scopes)
