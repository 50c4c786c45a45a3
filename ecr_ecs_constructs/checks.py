"""`EcrEcsChecks`: the judge inside a synthesis, by two doors, and how the constructs bring it along.

Sources:
    https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html
    https://docs.aws.amazon.com/cdk/v2/guide/aspects.html
"""

from __future__ import annotations

import copy
import os
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from types import FrameType
from weakref import WeakKeyDictionary

import aws_cdk as cdk
import jsii
from constructs import IConstruct

from ecr_ecs_constructs.cloudformation.assembly import SOURCE, load
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules.catalogue import BY_ID, RULES
from ecr_ecs_constructs.rules.judge import NAME, judge
from ecr_ecs_constructs.rules.rule import Finding, Severity, Verdict


@jsii.implements(cdk.IAspect, cdk.IPolicyValidationPlugin)
class EcrEcsChecks:
    """Judges the final templates of an app and fails its synthesis where a container can't be pulled.

    As a plugin it judges the whole app: `Validations.of(app).add_plugins(EcrEcsChecks())`. As an aspect it judges
    what lies below the scopes that it is added to: `Aspects.of(scope).add(EcrEcsChecks())`. A finding is
    acknowledged with `Validations.of(construct).acknowledge(Acknowledgment(id="ecr-ecs::<rule>", reason=…))`.

    Args:
        allow_public_gallery: accept full references of `public.ecr.aws`.
        allowed_accounts: accept registries of these accounts, 12 digits each, and of a stack's own account only.
        ignore: ids of rules that are not checked.
        fail_on_unknown: whether what can't be verified fails as its rule's severity says; it is a warning otherwise.

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
    ) -> None:
        for account in allowed_accounts or ():
            if not (len(account) == 12 and account.isascii() and account.isdecimal()):
                raise ValueError(f"allowed_accounts must hold accounts of 12 digits, got {account!r}")
        for rule_id in ignore:
            if rule_id not in BY_ID:
                raise ValueError(f"ignore must hold ids of rules, got {rule_id!r}: `ecr-ecs rules` lists them")
        self._policy = Policy(allow_public_gallery, frozenset(allowed_accounts) if allowed_accounts else None)
        self._rules = [rule for rule in RULES if rule.id not in ignore]
        self._fail_on_unknown = fail_on_unknown
        self._scopes: list[IConstruct] | None = None  # None: the whole app
        self._scoped: EcrEcsChecks | None = None
        self._visited: set[str] = set()

    @property
    def name(self) -> str:
        """The name under which CDK reports the findings."""
        return NAME

    @property
    def version(self) -> str:
        """The version of this library."""
        return metadata.version("ecr_ecs_constructs")

    @property
    def rule_ids(self) -> list[str]:
        """The ids of the rules that are checked."""
        return [rule.id for rule in self._rules]

    def visit(self, node: IConstruct) -> None:
        """Take a node that no known scope holds as a scope: CDK visits the scope of an aspect before what is below."""
        if _reference(node) in self._visited:
            return
        path = node.node.path
        if not any(_is_below(path, scope) for scope in self._scope_paths()):
            self.add_scope(node)
        # One call for all nodes below costs less than one call for each of them.
        self._visited.update(_reference(below) for below in node.node.find_all())

    def add_scope(self, scope: IConstruct) -> None:
        """Judge what lies below a scope, when the app that holds it is synthesized.

        These checks themselves may be registered as a plugin for the whole app besides.
        """
        if self._scoped is None:
            self._scoped = copy.copy(self)
            self._scoped._scopes = []  # noqa: SLF001 - its own class
            cdk.Validations.of(scope.node.root).add_plugins(self._scoped)
        assert self._scoped._scopes is not None  # noqa: S101, SLF001 - set where it was made
        self._scoped._scopes.append(scope)  # noqa: SLF001 - its own class

    def _scope_paths(self) -> list[str]:
        scopes = self._scoped._scopes if self._scoped else self._scopes  # noqa: SLF001 - its own class
        return [scope.node.path for scope in scopes or ()]

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Judge the templates of a synthesis."""
        app = context.app_construct
        assert isinstance(app, cdk.Stage)  # noqa: S101 - CDK validates apps only
        report = judge(load([app.outdir]), self._policy, self._rules, tree_acknowledgements=False)
        scopes = None if self._scopes is None else self._scope_paths()
        violations = [
            self._violation(finding)
            for finding in report.findings
            if finding.acknowledged is None and (scopes is None or _lies_below(finding.construct_path, scopes))
        ]
        return cdk.PolicyValidationPluginReport(
            success=not any(violation.severity == Severity.ERROR.value for violation in violations),
            violations=violations,
        )

    def _violation(self, finding: Finding) -> cdk.PolicyViolation:
        severity = finding.severity
        if finding.verdict is Verdict.UNKNOWN and severity is Severity.ERROR and not self._fail_on_unknown:
            severity = Severity.WARNING
        return cdk.PolicyViolation(
            rule_name=finding.rule,
            description=finding.message,
            fix=finding.fix,
            severity=severity.value,
            violating_resources=[
                cdk.PolicyViolatingResource(
                    resource_logical_id=finding.logical_id,
                    template_path=str(Path(finding.template).absolute()),
                    construct_path=finding.construct_path,
                    locations=[finding.location],
                )
            ],
        )


_brought: WeakKeyDictionary[IConstruct, EcrEcsChecks] = WeakKeyDictionary()
"""The checks that the constructs of this library have brought along, by the root of their tree."""


def bring_along(construct: IConstruct) -> None:
    """Have a construct judged when its app is synthesized, and note the user's statement that made it.

    Every construct of this library calls it. One plugin serves a whole app, so it costs nothing per construct node.
    """
    root = construct.node.root
    if root not in _brought:
        _brought[root] = EcrEcsChecks()
    _brought[root].add_scope(construct)
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


def _lies_below(path: str | None, scopes: Sequence[str]) -> bool:
    # What nobody can place is judged: it may be below.
    return path is None or any(_is_below(path, scope) for scope in scopes)


def _is_below(path: str, scope: str) -> bool:
    return not scope or path == scope or path.startswith(f"{scope}/")
