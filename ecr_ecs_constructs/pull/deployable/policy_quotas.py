"""The quotas of AWS IAM for policies: how long they may be, and how many a role may have.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Text, Value
from ecr_ecs_constructs.pull.deployable.refusal import Refusal
from ecr_ecs_constructs.pull.iam.arns import MANAGED_POLICY
from ecr_ecs_constructs.pull.iam.attachments import Attachments
from ecr_ecs_constructs.pull.iam.roles import Roles

_MOST_INLINE = 10_240
"""How many characters the inline policies of a role have together at most, white space left out."""

_MOST_MANAGED = 6_144
"""How many characters a managed policy has at most, white space left out."""

_MOST_ATTACHED = 10
"""How many managed policies a role may have, unless the quota of its account is raised."""

_DOCUMENT = "PolicyDocument"
_PLAIN = re.compile("true|false|-?[0-9]+")
"""The texts that have no quotes in JSON, or may have none."""


def beyond_quotas(roles: Roles, role: Resource) -> Iterator[Refusal]:
    """Yield that a role has more, or longer, policies than AWS IAM takes.

    Args:
        roles: the policies of roles.
        role: the `AWS::IAM::Role`.
    """
    world = roles.world
    named = [policy for policy, truth in Attachments(roles.arns).of(role) if truth]
    inline = [policy for policy in named if policy.type != MANAGED_POLICY]
    number = len(world.values(role, "ManagedPolicyArns.*")) + len(named) - len(inline)
    if number > _MOST_ATTACHED:
        why = f"{role.logical_id} has {number} managed policies, and AWS IAM attaches {_MOST_ATTACHED} by default"
        yield Refusal(role, "Properties.ManagedPolicyArns", why, None)
    if _may_be_long(world, (role, *inline), _MOST_INLINE):
        own = [world.value(role, _DOCUMENT, at=site) for site in world.sites(role, "Policies.*")]
        length = sum(map(_length, (*own, *(world.value(policy, _DOCUMENT) for policy in inline))))
        if length > _MOST_INLINE:
            why = f"the inline policies of {role.logical_id} have {length} characters, and may have {_MOST_INLINE}"
            yield Refusal(role, "Properties.Policies", why)


def too_long(world: World, policy: Resource) -> Iterator[Refusal]:
    """Yield that a managed policy is longer than AWS IAM takes.

    Args:
        world: the world in which it is asked.
        policy: the `AWS::IAM::ManagedPolicy`.
    """
    if _may_be_long(world, (policy,), _MOST_MANAGED):
        length = _length(world.value(policy, _DOCUMENT))
        if length > _MOST_MANAGED:
            why = f"{policy.logical_id} has {length} characters, and a managed policy may have {_MOST_MANAGED}"
            yield Refusal(policy, f"Properties.{_DOCUMENT}", why)


def _may_be_long(world: World, policies: Sequence[Resource], most: int) -> bool:
    """Return whether policies are written so long that it pays to evaluate and measure them."""
    return sum(len(str(world.root.written(policy))) for policy in policies) > most // 2


def _length(value: Value) -> int:
    """Return how many characters a value has at least in JSON, white space left out."""
    if isinstance(value, dict):
        return 2 + sum(len(key) + 3 + _length(item) for key, item in value.items()) + max(0, len(value) - 1)
    if isinstance(value, list):
        return 2 + sum(map(_length, value)) + max(0, len(value) - 1)
    if isinstance(value, str):
        return len("".join(value.split())) + (0 if _PLAIN.fullmatch(value) else 2)
    if isinstance(value, Text):
        return 2 + sum(len("".join(piece.split())) for piece in value.pieces if isinstance(piece, str))
    return 0
