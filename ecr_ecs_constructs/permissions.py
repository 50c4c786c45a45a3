"""The permission to pull images from Amazon ECR, and how a role gets it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam

from ecr_ecs_constructs.argument_kinds import misfit
from ecr_ecs_constructs.aws_registries import accounts_of_aws

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from constructs import IConstruct

REPOSITORY_PULL_ACTIONS: Final = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
)
"""The actions of a pull that can be narrowed to repositories.

Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_ECS.html
"""

AUTHORIZATION_ACTION: Final = "ecr:GetAuthorizationToken"
"""The action of a pull that belongs to the registry: it works on the resource `*` alone.

Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_ECS.html
"""

IMPORT_ACTION: Final = "ecr:BatchImportUpstreamImage"
"""The action that the first pull of an image through a pull-through cache rule needs beside those of a pull.

Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html
"""

PULL_THROUGH_ACTIONS: Final = (IMPORT_ACTION, "ecr:CreateRepository")
"""The actions of a first pull whose repository no creation template makes.

Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html
"""


def grant_pull(
    grantee: iam.IGrantable,
    *,
    repositories: Sequence[ecr.IRepository | str] | None = None,
    pull_through_cache: bool = False,
) -> iam.Grant:
    """Give the permission to pull images from Amazon ECR, by the actions that a container instance role needs.

    A repository of another account must let the grantee in by its own policy. That policy is extended where the
    repository is of this app; of an imported repository or an ARN that this app does not make, a warning says what it
    must hold. Registries in which AWS keeps images of its own are open to all. Likewise, CDK leaves alone a role that
    was imported as immutable or from another account: what it may do is then decided where it is managed.

    Args:
        grantee: the role that pulls, also an imported one.
        repositories: the repositories to pull from, as constructs or ARNs (`*` may stand in an ARN);
            None for all. `ecr:GetAuthorizationToken` stays on `*` whatever is given here.
        pull_through_cache: whether repositories that a pull-through cache rule fills may be created and filled.

    Returns:
        The grant, of which `assert_success` tells whether there was a policy to extend.

    Raises:
        ValueError: `repositories` is empty or holds something that is no repository.
    """
    extra = PULL_THROUGH_ACTIONS if pull_through_cache else ()
    grant = add_pull_permission(grantee, repositories=repositories, extra=extra)
    if hasattr(grantee, "node"):
        own, at = grantee.grant_principal.principal_account, cast("IConstruct", grantee)
        for account, name in _elsewhere(repositories or ()):
            tell_what_other_account_adds(at, own, account, name)
    return grant


def add_pull_permission(
    grantee: iam.IGrantable, *, repositories: Sequence[ecr.IRepository | str] | None, extra: Sequence[str] = ()
) -> iam.Grant:
    """Give the permission as `grant_pull` does, without its warning about repositories of other accounts.

    Args:
        grantee: the role that pulls.
        repositories: the repositories to pull from; None for all.
        extra: the actions on them besides those of a pull.
    """
    if repositories is None:
        return _allow(grantee, (*REPOSITORY_PULL_ACTIONS, AUTHORIZATION_ACTION, *extra), ["*"])
    check_repositories(repositories)
    arns = [repository for repository in repositories if isinstance(repository, str)]
    grant = _allow(grantee, (AUTHORIZATION_ACTION,), ["*"])
    if arns:
        grant = grant.combine(_allow(grantee, (*REPOSITORY_PULL_ACTIONS, *extra), arns))
    for repository in repositories:
        if not isinstance(repository, str):
            grant = grant.combine(repository.grant_pull(grantee))
            if extra:
                grant = grant.combine(repository.grant(grantee, *extra))
    return grant


def check_repositories(repositories: Sequence[ecr.IRepository | str]) -> None:
    """Refuse what names no repositories.

    Args:
        repositories: what the argument `repositories` got.

    Raises:
        ValueError: it is empty, one text, or holds a text that is no ARN of a repository.
        TypeError: it is no list, or holds what is neither a construct nor a text.
    """
    if not repositories:
        raise ValueError(
            f"repositories must name at least one repository, got {repositories!r}: the role could pull no image"
        )
    if isinstance(repositories, str):
        raise ValueError(f"repositories must be a list, got {repositories!r}: it is one text")  # noqa: TRY004 # one error for all wrong arguments
    error = misfit("repositories", "Sequence[ecr.IRepository | str]", repositories)
    if error is not None:
        raise error
    for repository in repositories:
        if isinstance(repository, str):
            _check_arn(repository)


def tell_what_other_account_adds(at: IConstruct, own: str | None, account: str, repository: str) -> None:
    """Warn, when the app is synthesized, that another account must let this one pull from a repository of its own.

    Nothing is said of a repository that this app makes by then: the templates say whether its policy lets in the role.

    Args:
        at: the construct that is warned of.
        own: the account of the role that pulls, None where it is not known.
        account: the account of the repository; nothing is said where it may be the same one, or is one of AWS.
        repository: the name of the repository, with `*` for those of several.
    """
    is_known = own is not None and all(re.fullmatch("[0-9]{12}", each) for each in (account, own))
    if own is not None and is_known and account not in {own, *accounts_of_aws()}:
        cdk.Aspects.of(at).add(_OtherAccount(at, own, account, repository))


@jsii.implements(cdk.IAspect)
class _OtherAccount:
    """Warns of a construct that pulls from another account.

    Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
    """

    def __init__(self, at: IConstruct, own: str, account: str, repository: str) -> None:
        self._path = at.node.path
        self._own = own
        self._account = account
        self._repository = repository

    def visit(self, node: IConstruct) -> None:
        if node.node.path != self._path or self._is_made(node):
            return
        statement = {"Effect": "Allow", "Principal": {"AWS": self._own}, "Action": list(REPOSITORY_PULL_ACTIONS)}
        if cdk.Token.is_unresolved(self._repository):
            which = "the repository"
        else:
            which = f"{'each ' if '*' in self._repository else ''}repository {self._repository!r}"
        cdk.Annotations.of(node).add_warning_v2(
            "ecr-ecs:repositoryOfOtherAccount",
            f"the policy of {which} in account {self._account} must hold the statement {json.dumps(statement)}: "
            "nothing here can add it",
        )

    def _is_made(self, node: IConstruct) -> bool:
        """Return whether the app of a construct makes the repository."""
        return any(
            isinstance(made, ecr.CfnRepository)
            and made.repository_name == self._repository
            and cdk.Stack.of(made).account == self._account
            for made in cdk.ConstructSelector.resources_of_type("AWS::ECR::Repository").select(node.node.root)
        )


def _elsewhere(repositories: Sequence[ecr.IRepository | str]) -> Iterator[tuple[str, str]]:
    """Yield account and name of each repository whose policy this app does not make."""
    for repository in repositories:
        if isinstance(repository, str):  # tokens may stand in it for the partition
            if match := re.search(":([0-9]{12}):repository/(.+)", repository):
                yield match[1], match[2]
        elif not isinstance(repository, ecr.Repository):
            yield repository.env.account, repository.repository_name


def _allow(grantee: iam.IGrantable, actions: Sequence[str], resources: list[str]) -> iam.Grant:
    return iam.Grant.add_to_principal(grantee=grantee, actions=[*actions], resource_arns=resources)


def _check_arn(arn: str) -> None:
    if not cdk.Token.is_unresolved(arn) and not (arn.startswith("arn:") and ":repository/" in arn):
        raise ValueError(
            f"repositories must hold repositories or ARNs of repositories, got {arn!r}: "
            "an ARN reads arn:<partition>:ecr:<region>:<account>:repository/<name>"
        )
