"""Repository policies: the statements that let roles of other accounts pull."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from ecr_ecs_constructs.permissions import REPOSITORY_PULL_ACTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

_ACCOUNT_ID = re.compile("[0-9]{12}")
_ORGANIZATION_ID = re.compile("o-[a-z0-9]{10,32}")


def pull_statements(
    accounts: Sequence[str], organization: str | None, *, more_actions: Sequence[str] = ()
) -> list[iam.PolicyStatement]:
    """Return the statements of a repository policy that let others pull.

    An account is named as such and not by its roles, since Amazon ECR refuses a policy that names a role which does
    not exist.

    Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html

    Args:
        accounts: `pull_accounts`, the IDs of accounts.
        organization: `pull_organization`, the ID of an organization.
        more_actions: the actions besides those of a pull.

    Raises:
        ValueError: something is no such ID.
    """
    check_accounts("pull_accounts", accounts)
    if organization is not None:
        _check_organization(organization)
    actions = [*REPOSITORY_PULL_ACTIONS, *more_actions]
    statements = []
    if accounts:
        principals = principals_of(accounts)
        statements.append(iam.PolicyStatement(sid="PullFromAccounts", actions=actions, principals=principals))
    if organization is not None:
        members = [iam.OrganizationPrincipal(organization)]
        statements.append(iam.PolicyStatement(sid="PullFromOrganization", actions=actions, principals=members))
    return statements


def principals_of(accounts: Sequence[str]) -> list[iam.IPrincipal]:
    """Return the principals for all roles of accounts that their own policies let in."""
    return [iam.AccountPrincipal(account) for account in accounts]


def check_accounts(argument: str, accounts: Sequence[str]) -> None:
    """Refuse what are no account IDs.

    Args:
        argument: the name of the argument.
        accounts: what it got; tokens may be among them.

    Raises:
        ValueError: it is one text, or holds something else.
    """
    if isinstance(accounts, str):
        raise ValueError(f"{argument} must be a list of account IDs, got {accounts!r}: it is one text")  # noqa: TRY004 # the arguments' own recipe
    for account in accounts:
        if not cdk.Token.is_unresolved(account) and not _ACCOUNT_ID.fullmatch(account):
            raise ValueError(f"{argument} must hold account IDs, got {account!r}: an account ID has 12 digits")


def _check_organization(organization: str) -> None:
    if not cdk.Token.is_unresolved(organization) and not _ORGANIZATION_ID.fullmatch(organization):
        raise ValueError(
            f"pull_organization must be the ID of an organization, got {organization!r}: "
            "it is 'o-' and 10 to 32 lower-case letters and digits"
        )
