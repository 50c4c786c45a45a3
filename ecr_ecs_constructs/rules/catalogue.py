"""Every rule, in the order in which they are listed."""

from __future__ import annotations

from ecr_ecs_constructs.rules import image
from ecr_ecs_constructs.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    image.unqualified_image,
    image.unverifiable_image,
    image.foreign_registry_image,
    image.foreign_partition_image,
    image.cross_region_image,
    image.floating_tag,
)

BY_ID = {rule.id: rule for rule in RULES}
