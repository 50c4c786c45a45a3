"""Every rule, in the order in which they are listed."""

from __future__ import annotations

from collections.abc import Collection

from ecr_ecs_constructs.rules import (
    acknowledgements,
    ami,
    architecture,
    deployment,
    hygiene,
    image,
    lifecycle,
    network,
    order,
    permission,
    placement,
    repository,
    role,
    start,
    template,
)
from ecr_ecs_constructs.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    image.unqualified_image,
    image.unverifiable_image,
    image.foreign_registry_image,
    image.foreign_partition_image,
    image.cross_region_image,
    image.floating_tag,
    repository.first_deploy_deadlock,
    repository.unusable_repository_key,
    repository.unusable_pull_through_cache,
    repository.unverifiable_repository,
    permission.missing_pull_permission,
    permission.scoped_authorization_token,
    role.missing_execution_role,
    role.unassumable_role,
    permission.missing_repository_policy,
    permission.missing_pull_through_permission,
    role.unverifiable_role,
    start.missing_start_permission,
    start.unusable_start_key,
    start.unverifiable_start,
    placement.undeployable_task,
    placement.missing_agent_permission,
    ami.outdated_ami,
    ami.non_ecs_ami,
    ami.pinned_ami,
    ami.unverifiable_ami,
    architecture.ami_architecture_mismatch,
    architecture.image_architecture_mismatch,
    architecture.unverifiable_architecture,
    placement.no_capacity,
    placement.unjoined_instances,
    placement.unverifiable_placement,
    network.no_path_to_ecr,
    network.no_path_to_ecs,
    network.no_path_to_logs_or_secrets,
    network.unmountable_volume,
    network.unverifiable_network,
    order.unordered_deployment,
    deployment.missing_circuit_breaker,
    deployment.early_success,
    lifecycle.expiring_deployed_image,
    hygiene.immutable_latest,
    hygiene.mutable_tags,
    hygiene.scan_disabled,
    hygiene.missing_lifecycle_policy,
    hygiene.public_repository_policy,
    template.unverifiable_template,
    acknowledgements.unused_acknowledgement,
)

BY_ID = {rule.id: rule for rule in RULES}


def rules_without(ignore: Collection[str]) -> tuple[Rule, ...]:
    """Return every rule but some.

    Args:
        ignore: the ids of those.

    Raises:
        ValueError: an id that is no rule's.
    """
    for ignored in ignore:
        if ignored not in BY_ID:
            raise ValueError(f"ignore must hold ids of rules, got {ignored!r}: `ecr-ecs rules` lists them")
    return tuple(rule for rule in RULES if rule.id not in ignore)
