"""The policy of a registry: `EcrRegistryPolicy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
import constructs
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam

from ecr_ecs_constructs.arguments import takes
from ecr_ecs_constructs.checks import bring_along
from ecr_ecs_constructs.permissions import PULL_THROUGH_ACTIONS
from ecr_ecs_constructs.registries import refuse_second
from ecr_ecs_constructs.repository_policies import check_accounts, principals_of

if TYPE_CHECKING:
    from collections.abc import Sequence

REPLICATION_ACTIONS = ("ecr:CreateRepository", "ecr:ReplicateImage")
"""The actions by which another account copies its images to a registry.

Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions-create-replication.html
"""

CACHE_ACTIONS = (
    "ecr:BatchGetImage",
    "ecr:BatchImportUpstreamImage",
    "ecr:GetDownloadUrlForLayer",
    "ecr:GetImageCopyStatus",
)
"""The actions by which the pull-through cache of another account fetches from a registry.

Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html
"""


@takes(refuses={"policy_text": "give statements"})
class EcrRegistryPolicy(constructs.Construct):
    """The policy of a registry, which lets in other accounts, and never every account.

    Sources:
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions-create-pullthroughcache.html

    Builds on: `ecr.CfnRegistryPolicy`.

    Args:
        scope: where the policy is made.
        id: its ID there.
        replication_accounts: IDs of the accounts whose images may be replicated to this registry.
        cache_accounts: IDs of the accounts whose pull-through caches may fetch from this registry.
        import_accounts: IDs of the accounts whose roles may be the first to pull an image through the caches of this
            registry, as far as their own policies let them.
        statements: more statements.

    Raises:
        ValueError: something is no account ID, a statement can't stand in the policy of a registry or lets in every
            account, there is none at all, or the registry has a policy.

    Attributes:
        resource: the resource of CloudFormation.
    """

    def __init__(
        self,
        scope: constructs.Construct,
        id: str,
        *,
        replication_accounts: Sequence[str] = (),
        cache_accounts: Sequence[str] = (),
        import_accounts: Sequence[str] = (),
        statements: Sequence[iam.PolicyStatement] = (),
    ) -> None:
        repositories = cdk.Stack.of(scope).format_arn(service="ecr", resource="repository", resource_name="*")
        every = []
        for argument, sid, accounts, actions in (
            ("replication_accounts", "ReplicationFromAccounts", replication_accounts, REPLICATION_ACTIONS),
            ("cache_accounts", "CachesOfAccounts", cache_accounts, CACHE_ACTIONS),
            ("import_accounts", "FirstPullsByAccounts", import_accounts, PULL_THROUGH_ACTIONS),
        ):
            check_accounts(argument, accounts)
            if accounts:
                statement = iam.PolicyStatement(
                    sid=sid, principals=principals_of(accounts), actions=[*actions], resources=[repositories]
                )
                every.append(statement)
        for statement in statements:
            check_statement(cdk.Stack.of(scope), statement)
            every.append(statement)
        if not every:
            raise ValueError(
                "statements must hold a statement, got []: a policy without one lets in nobody; give "
                "replication_accounts, cache_accounts, import_accounts or statements"
            )
        refuse_second(scope, ecr.CfnRegistryPolicy.CFN_RESOURCE_TYPE_NAME, "policy")
        super().__init__(scope, id)
        self._document = iam.PolicyDocument(statements=every)
        self.resource = ecr.CfnRegistryPolicy(self, "Resource", policy_text=self._document)
        bring_along(self)

    def add_statement(self, statement: iam.PolicyStatement) -> None:
        """Add a statement to the policy.

        Args:
            statement: it names its principals, its actions and repositories of this registry.

        Raises:
            ValueError: it can't stand in the policy of a registry, or lets in every account.
        """
        check_statement(cdk.Stack.of(self), statement)
        self._document.add_statements(statement)


def check_statement(stack: cdk.Stack, statement: iam.PolicyStatement) -> None:
    """Refuse a statement that can't stand in the policy of a registry, or lets in every account.

    Args:
        stack: the stack of the policy.
        statement: the statement.

    Raises:
        ValueError: it names no principal or no resource, or allows something to everybody.
    """
    shown = stack.resolve(statement.to_statement_json())
    recipe = "statements must"
    if not statement.has_principal or not statement.has_resource:
        raise ValueError(f"{recipe} name principals and resources, got {shown!r}: the policy of a registry has both")
    principal = shown.get("Principal")
    is_open = principal == "*" or (isinstance(principal, dict) and "*" in _listed(principal.get("AWS")))
    if shown.get("Effect") == "Allow" and is_open and "Condition" not in shown:
        raise ValueError(f"{recipe} not let in every AWS account, got {shown!r}: name accounts, or give a condition")


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]
