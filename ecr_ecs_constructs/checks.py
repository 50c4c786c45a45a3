"""`EcrEcsChecks`: the judge inside a synthesis, by two doors, and how the constructs bring it along.

Sources:
    https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html
    https://docs.aws.amazon.com/cdk/v2/guide/aspects.html
"""

from __future__ import annotations

import copy
import os
import sys
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from types import FrameType
from weakref import WeakKeyDictionary

import aws_cdk as cdk
import jsii
from constructs import IConstruct

from ecr_ecs_constructs import __version__
from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.garbage import uncollected
from ecr_ecs_constructs.cloudformation.manifests import SOURCE
from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.pull.answer import Verdict
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.reports.text import escape
from ecr_ecs_constructs.rules.catalogue import RULES, rules_without
from ecr_ecs_constructs.rules.judge import NAME, find
from ecr_ecs_constructs.rules.rule import Finding, Severity


@jsii.implements(cdk.IAspect, cdk.IPolicyValidationPlugin)
class EcrEcsChecks:
    """Judges the final templates of an app and fails its synthesis where a container can't be pulled.

    As a plugin it judges the whole app or stage: `Validations.of(app).add_plugins(EcrEcsChecks())`. As an aspect it
    judges what lies below the scopes that it is added to: `Aspects.of(scope).add(EcrEcsChecks())`. A finding is
    acknowledged with `Validations.of(construct).acknowledge(Acknowledgment(id="ecr-ecs::<rule>", reason=…))`.
    One instance may serve several scopes and several apps.

    Args:
        allow_public_gallery: accept full references of `public.ecr.aws`.
        allowed_accounts: accept registries of these accounts, 12 digits each, and of a stack's own account only.
        ignore: ids of rules that are not checked.
        fail_on_unknown: whether what can't be verified fails as its rule's severity says; it is a warning otherwise.
        today: the day as of which ends of life and ages are judged; that of the call, if not given.

    Raises:
        ValueError: an id that is no rule's, or an account that is not 12 digits.
    """

    def __init__(
        self,
        *,
        allow_public_gallery: bool = False,
        allowed_accounts: Sequence[str] | None = None,
        ignore: Sequence[str] = (),
        fail_on_unknown: bool = True,
        today: date | None = None,
    ) -> None:
        accounts = None if allowed_accounts is None else frozenset(allowed_accounts)
        self._policy = Policy(allow_public_gallery, accounts, today or date.today())
        self._rules = rules_without(ignore)
        self._fail_on_unknown = fail_on_unknown
        self._scopes: list[str] | None = None  # None: all that the plugin is registered for
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
        if scoped is None or not _is_below_any(node.node.path, scoped._scopes or ()):  # noqa: SLF001 - its own class
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
        with uncollected():
            templates = load([app.outdir], trusted=True)
            findings = find(templates, self._policy, self._rules, tree_acknowledgements=False)
        found = [
            finding._replace(severity=self._severity(finding))
            for finding in findings
            if finding.acknowledged is None and self._is_in_scope(finding.construct_path)
        ]
        if found:
            # The paths come in one call; each attribute of `stack_templates` would be one for each stack.
            own = _files(templates, [Path(path) for path in context.template_paths or ()])
            found = [finding for finding in found if finding.template in own]
        violations = [self._violation(finding) for finding in self._unsaid(app, found)]
        return cdk.PolicyValidationPluginReport(
            success=not any(violation.severity == Severity.ERROR.value for violation in violations),
            violations=violations,
        )

    def _is_in_scope(self, path: str | None) -> bool:
        # What nobody can place is judged: it may be below.
        return self._scopes is None or path is None or _is_below_any(path, self._scopes)

    def _severity(self, finding: Finding) -> Severity:
        is_unknown_error = finding.verdict is Verdict.UNKNOWN and finding.severity is Severity.ERROR
        return Severity.WARNING if is_unknown_error and not self._fail_on_unknown else finding.severity

    def _unsaid(self, app: IConstruct, findings: Sequence[Finding]) -> list[Finding]:
        """Return the findings that no other checks have reported in the same synthesis of an app."""
        said = _said.setdefault(app, {})
        if self in said:  # each checks once in a synthesis: this is a new one
            said.clear()
        others = {finding for reported in said.values() for finding in reported}
        said[self] = frozenset(findings)
        return [finding for finding in findings if finding not in others]

    def _violation(self, finding: Finding) -> cdk.PolicyViolation:
        return cdk.PolicyViolation(
            rule_name=finding.rule,
            description=escape(finding.message),
            fix=finding.fix,
            severity=finding.severity.value,
            violating_resources=[
                cdk.PolicyViolatingResource(
                    resource_logical_id=finding.logical_id,
                    template_path=str(Path(finding.template).absolute()),
                    construct_path=finding.construct_path,
                    locations=[finding.location],
                )
            ],
        )


_said: WeakKeyDictionary[IConstruct, dict[EcrEcsChecks, frozenset[Finding]]] = WeakKeyDictionary()
"""The findings that each checks have reported in the last synthesis of an app: several checks find the same."""

_brought: WeakKeyDictionary[IConstruct, EcrEcsChecks] = WeakKeyDictionary()
"""The checks that the constructs of this library have brought along, by the root of their tree."""


def bring_along(construct: IConstruct, *others: IConstruct) -> None:
    """Have a construct judged when its app is synthesized, and note the user's statement that made it.

    Every construct of this library calls it. A single plugin serves a whole app, so that no construct node is visited.
    It leaves out the rules whose findings are information: whoever wants to read these adds `EcrEcsChecks`.

    Args:
        construct: the construct that was made.
        others: constructs that are judged with it, also those of other libraries.
    """
    root = construct.node.root
    if root not in _brought:
        _brought[root] = EcrEcsChecks(ignore=[rule.id for rule in RULES if rule.severity is Severity.INFO])
    for scope in (construct, *others):
        _brought[root].add_scope(scope)
    if statement := _user_statement():
        construct.node.add_metadata(SOURCE, statement)


def _user_statement() -> str | None:
    """Return the `file:line` of the innermost frame that is neither of this library nor of CDK."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the way to a frame that needs no source text
    while frame is not None:
        if frame.f_globals.get("__name__", "").partition(".")[0] not in _LIBRARIES:
            file = Path(frame.f_code.co_filename)
            return f"{os.path.relpath(file) if file.is_absolute() else file}:{frame.f_lineno}"
        frame = frame.f_back
    return None


_LIBRARIES = frozenset({"ecr_ecs_constructs", "aws_cdk", "constructs", "jsii", "typeguard"})


def _reference(node: IConstruct) -> str:
    return str(node.__jsii_ref__.ref)  # type: ignore[attr-defined] # of every object that jsii hands out


def _files(templates: Sequence[Template], stacks: Collection[Path]) -> set[str]:
    """Return the names of the templates of some stacks and of their nested stacks."""
    files = {stack.resolve() for stack in stacks}
    names = {name for name in {_stack_of(template).name for template in templates} if Path(name).resolve() in files}
    return {template.name for template in templates if _stack_of(template).name in names}


def _stack_of(template: Template) -> Template:
    while template.parent is not None:
        template = template.parent.template
    return template


def _is_below_any(path: str, scopes: Sequence[str]) -> bool:
    return any(not scope or path == scope or path.startswith(f"{scope}/") for scope in scopes)
