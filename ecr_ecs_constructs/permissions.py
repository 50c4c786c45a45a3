"""The permission to pull images from Amazon ECR, and how a role gets it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, cast

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam

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

PULL_THROUGH_ACTIONS: Final = ("ecr:BatchImportUpstreamImage", "ecr:CreateRepository")
"""The actions that the first pull of an image through a pull-through cache rule needs beside those of a pull.

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
    repository is of this app; of an imported repository or an ARN, a warning says what it must hold. Likewise, CDK
    leaves alone a role that was imported as immutable or from another account: what it may do is then decided where it
    is managed.

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
    grant = add_pull_permission(grantee, repositories=repositories, pull_through_cache=pull_through_cache)
    own = grantee.grant_principal.principal_account
    if own is not None and hasattr(grantee, "node"):
        for account, name in _elsewhere(repositories or ()):
            tell_what_other_account_adds(cast("IConstruct", grantee), own, account, name)
    return grant


def add_pull_permission(
    grantee: iam.IGrantable, *, repositories: Sequence[ecr.IRepository | str] | None, pull_through_cache: bool = False
) -> iam.Grant:
    """Give the permission as `grant_pull` does, without its warning about repositories of other accounts."""
    extra = PULL_THROUGH_ACTIONS if pull_through_cache else ()
    if repositories is None:
        return _allow(grantee, (*REPOSITORY_PULL_ACTIONS, AUTHORIZATION_ACTION, *extra), ["*"])
    if not repositories:
        raise ValueError(
            f"repositories must name at least one repository, got {repositories!r}: the role could pull no image"
        )
    if isinstance(repositories, str):
        raise ValueError(f"repositories must be a list, got {repositories!r}: it is one text")  # noqa: TRY004 # one error for all wrong arguments
    arns = [repository for repository in repositories if isinstance(repository, str)]
    for arn in arns:
        _check_arn(arn)
    grant = _allow(grantee, (AUTHORIZATION_ACTION,), ["*"])
    if arns:
        grant = grant.combine(_allow(grantee, (*REPOSITORY_PULL_ACTIONS, *extra), arns))
    for repository in repositories:
        if not isinstance(repository, str):
            grant = grant.combine(repository.grant_pull(grantee))
            if extra:
                grant = grant.combine(repository.grant(grantee, *extra))
    return grant


def tell_what_other_account_adds(at: IConstruct, own: str, account: str, repository: str) -> None:
    """Warn that another account must let this one pull by the policy of its repository, which this app can't extend.

    Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html

    Args:
        at: the construct that is warned of.
        own: the account of the role that pulls.
        account: the account of the repository; nothing is said where it may be the same one.
        repository: the name of the repository, with `*` for those of several.
    """
    if account == own or not all(re.fullmatch("[0-9]{12}", each) for each in (account, own)):
        return
    statement = {"Effect": "Allow", "Principal": {"AWS": own}, "Action": list(REPOSITORY_PULL_ACTIONS)}
    if cdk.Token.is_unresolved(repository):
        which = "the repository"
    else:
        which = f"{'each ' if '*' in repository else ''}repository {repository!r}"
    cdk.Annotations.of(at).add_warning_v2(
        "ecr-ecs:repositoryOfOtherAccount",
        f"the policy of {which} in account {account} must hold the statement {json.dumps(statement)}: "
        "nothing here can add it",
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
