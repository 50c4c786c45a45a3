"""Policies of AWS Organizations in the templates: what they forbid the roles, and on the resources, of an account.

They allow nothing by themselves. Which of those that are not in the templates an account is under, no template tells.

Sources:
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-organizations-policy.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Text, shown
from ecr_ecs_constructs.pull.iam.documents import Documents, Policies, joined
from ecr_ecs_constructs.pull.texts.pattern import same

_POLICY, _SCP, _RCP = "AWS::Organizations::Policy", "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
_NAMES = {_SCP: "service control policy", _RCP: "resource control policy"}
_ACCOUNT = re.compile("[0-9]{12}")


class Organizations(InWorld):
    """The policies of AWS Organizations in one world."""

    def __init__(self, documents: Documents) -> None:
        self.world = documents.world
        self._documents = documents

    @asked
    def over(self, account: str | Text) -> Policies:
        """Return the service control policies that the roles of an account are under, or may be."""
        return joined([*self._of(_SCP, account)])

    @asked
    def on(self, account: str | Text) -> Policies:
        """Return the resource control policies that the resources of an account are under, or may be."""
        return joined([*self._of(_RCP, account)])

    def _of(self, type_: str, account: str | Text) -> Iterator[Policies]:
        for policy in self.world.root.all(_POLICY):
            own = self.world.value(policy, "Type") if self.world.exists(policy) else None
            if own is None or (isinstance(own, str) and own.upper() != type_):
                continue
            title = f"{_NAMES[type_]} {policy.logical_id}"
            doubts = [doubt for doubt in self._doubts(policy, account) if doubt is not None]
            if doubts:
                doubt = min(doubts) if isinstance(own, str) else f"whether {shown(own)} makes it a {_NAMES[type_]}"
                found = self._documents.of(policy, "Content", title)
                statements = tuple([statement.doubted(doubt) for statement in found.statements])
                yield found._replace(statements=statements)

    def _doubts(self, policy: Resource, account: str | Text) -> Iterator[str | None]:
        """Yield, for each target of a policy, what would have to be known to tell whether an account is under it.

        Yields:
            The doubt; empty where the account surely is under it, None where it surely is not.
        """
        where = policy.template.account
        for target in self.world.values(policy, "TargetIds.*"):
            known = target if isinstance(target, (str, Text)) else None
            is_account = isinstance(known, str) and _ACCOUNT.fullmatch(known) is not None
            truth = None if known is None else same(known, account)
            if is_account and truth is False:
                yield None
            elif truth and where not in (None, known):
                yield ""
            elif truth:
                # A policy is made in the management account, whose own roles are under none.
                yield f"whether account {shown(target)} is the management account"
            else:
                yield f"whether account {account} is below {shown(target)}"
