"""The managed policies that an ARN or a reference means: those of the templates, and those of AWS.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Hole, Text, pieces_of
from ecr_ecs_constructs.pull.iam.arns import MANAGED_POLICY, POLICY_NAME, Arns
from ecr_ecs_constructs.pull.texts.pattern import same


class ManagedPolicies(InWorld):
    """The managed policies of the templates in one world."""

    def __init__(self, arns: Arns) -> None:
        self.world = arns.world
        self._arns = arns

    def of(self, arn: str | Text, template: Template) -> Sequence[Resource]:
        """Return the managed policies that have an ARN; one in the template that names it goes before others.

        Args:
            arn: the ARN, or a reference to a managed policy.
            template: where it stands.
        """
        pieces = pieces_of(arn)
        hole = pieces[0]
        if len(pieces) == 1 and isinstance(hole, Hole):
            own = hole.resource
            if own is None or own.type != MANAGED_POLICY or hole.attribute not in (None, "PolicyArn"):
                return ()
            return (own,) if self.world.exists(own) else ()
        end = pieces[-1]
        name = end.rpartition("/")[2] if isinstance(end, str) and "/" in end else None
        candidates = self.world.root.candidates(_names, (MANAGED_POLICY,), name)
        found = [each for each in candidates if (own_arn := self._arns.managed_policy(each)) and same(arn, own_arn)]
        return [policy for policy in found if policy.template is template] or found


def _names(world: World, policy: Resource) -> Iterator[str]:
    """Yield the name of a managed policy where it has one of its own that is known before deployment."""
    name = world.value(policy, POLICY_NAME)
    if isinstance(name, str):
        yield name
