"""Copies of images in other regions and accounts: `EcrReplication`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
import constructs
from aws_cdk import aws_ecr as ecr

from ecr_ecs_constructs.arguments import takes
from ecr_ecs_constructs.checks import bring_along
from ecr_ecs_constructs.image_uri import partition_of
from ecr_ecs_constructs.registries import refuse_second
from ecr_ecs_constructs.repository_policies import check_accounts

if TYPE_CHECKING:
    from collections.abc import Sequence


@takes(refuses={"replication_configuration": "give regions, accounts and repository_filters, and call add_rule"})
class EcrReplication(constructs.Construct):
    """The replication of a registry: what is pushed to its repositories is copied to other regions and accounts.

    Images that were there before are not copied. The registry of another account must let this one in:
    `EcrRegistryPolicy(replication_accounts=[…])` there. `EcrRepositoryTemplate(applied_for=["REPLICATION"])` there says
    how the repositories are made.

    Sources:
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html
        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ReplicationRule.html

    Builds on: `ecr.CfnReplicationConfiguration`.

    Args:
        scope: where the configuration is made.
        id: its ID there.
        regions: the regions that images are copied to.
        accounts: the IDs of the accounts that they are copied to, each in all the regions; None for the own one.
        repository_filters: what the names of the repositories begin with, as `team/`; empty for all.

    Raises:
        ValueError: Amazon ECR refuses an argument, or the registry has a replication.

    Attributes:
        resource: the resource of CloudFormation.
    """

    def __init__(
        self,
        scope: constructs.Construct,
        id: str,
        *,
        regions: Sequence[str],
        accounts: Sequence[str] | None = None,
        repository_filters: Sequence[str] = (),
    ) -> None:
        stack = cdk.Stack.of(scope)
        rule = _rule(stack, regions, accounts, repository_filters)
        type_ = ecr.CfnReplicationConfiguration.CFN_RESOURCE_TYPE_NAME
        refuse_second(scope, type_, "replication configuration")
        super().__init__(scope, id)
        self._rules = [rule]
        self.resource = ecr.CfnReplicationConfiguration(
            self, "Resource", replication_configuration=_configuration(self._rules)
        )
        bring_along(self)

    def add_rule(
        self,
        *,
        regions: Sequence[str],
        accounts: Sequence[str] | None = None,
        repository_filters: Sequence[str] = (),
    ) -> None:
        """Add a rule for other destinations or other repositories.

        Args:
            regions: the regions that images are copied to.
            accounts: the IDs of the accounts that they are copied to, each in all the regions; None for the own one.
            repository_filters: what the names of the repositories begin with; empty for all.

        Raises:
            ValueError: Amazon ECR refuses an argument, or that many rules.
        """
        if len(self._rules) == _MAX_RULES:
            raise ValueError(f"regions must belong to {_MAX_RULES} rules at most, got {regions!r}: add them to another")
        self._rules.append(_rule(cdk.Stack.of(self), regions, accounts, repository_filters))
        self.resource.replication_configuration = _configuration(self._rules)


_MAX_RULES: Final = 25
_MAX_DESTINATIONS: Final = 100
_MAX_FILTERS: Final = 100
_REGION = re.compile("[a-z]+(-[a-z]+)+-[0-9]+")
_FILTER = re.compile("(?:[a-z0-9]+(?:[._-][a-z0-9]*)*/)*[a-z0-9]*(?:[._-][a-z0-9]*)*")


def _configuration(
    rules: Sequence[ecr.CfnReplicationConfiguration.ReplicationRuleProperty],
) -> ecr.CfnReplicationConfiguration.ReplicationConfigurationProperty:
    return ecr.CfnReplicationConfiguration.ReplicationConfigurationProperty(rules=[*rules])


def _rule(
    stack: cdk.Stack, regions: Sequence[str], accounts: Sequence[str] | None, filters: Sequence[str]
) -> ecr.CfnReplicationConfiguration.ReplicationRuleProperty:
    """Return a rule.

    Raises:
        ValueError: Amazon ECR refuses it.
    """
    _check_regions(regions, stack.region)
    check_accounts("accounts", accounts or ())
    owners = [stack.account] if accounts is None else accounts
    if not owners:
        raise ValueError("accounts must name at least one account, got []: leave it out for the own one")
    if len(regions) * len(owners) > _MAX_DESTINATIONS:
        raise ValueError(f"regions must be of {_MAX_DESTINATIONS} destinations at most, got {regions!r}: add a rule")
    if stack.region in regions and stack.account in owners:
        raise ValueError(f"regions must be other ones in the own account, got {stack.region!r}: the images are there")
    _check_filters(filters)
    return ecr.CfnReplicationConfiguration.ReplicationRuleProperty(
        destinations=[
            ecr.CfnReplicationConfiguration.ReplicationDestinationProperty(region=region, registry_id=account)
            for account in owners
            for region in regions
        ],
        repository_filters=[
            ecr.CfnReplicationConfiguration.RepositoryFilterProperty(filter=each, filter_type="PREFIX_MATCH")
            for each in filters
        ]
        or None,
    )


def _check_regions(regions: Sequence[str], own: str) -> None:
    if isinstance(regions, str) or not regions:
        raise ValueError(f"regions must be a list of regions, got {regions!r}: it says where images are copied to")
    for region in regions:
        if not cdk.Token.is_unresolved(region) and not _REGION.fullmatch(region):
            raise ValueError(f"regions must hold regions, got {region!r}: a region is written as eu-central-1")
        known = not any(map(cdk.Token.is_unresolved, (region, own)))
        if known and partition_of(region) != partition_of(own):
            raise ValueError(
                f"regions must be of the partition of {own}, got {region!r}: no image leaves its partition"
            )


def _check_filters(filters: Sequence[str]) -> None:
    if isinstance(filters, str) or len(filters) > _MAX_FILTERS:
        raise ValueError(f"repository_filters must be a list of {_MAX_FILTERS} at most, got {filters!r}: add a rule")
    for each in filters:
        if not cdk.Token.is_unresolved(each) and not (2 <= len(each) <= 256 and _FILTER.fullmatch(each)):
            raise ValueError(
                f"repository_filters must hold beginnings of repository names, got {each!r}: "
                "it is 2 to 256 characters of a name, and no pattern"
            )
