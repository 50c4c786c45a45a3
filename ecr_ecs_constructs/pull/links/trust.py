"""The finding of a role that a service may not assume."""

from __future__ import annotations

from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.answer import Answer, Problem
from ecr_ecs_constructs.pull.iam.trust import TRUST_POLICY


def unassumable(role: Resource, who: str, titled: str, trust: Answer) -> Answer:
    """Return that a service may not assume a role.

    Args:
        role: the role.
        who: the role in the evidence.
        titled: the role in the finding.
        trust: why not.
    """
    fact = f"can't be assumed: {trust.why}"
    problem = Problem("unassumable-role", role, f"Properties.{TRUST_POLICY}", f"{titled} {fact}")
    return Answer.found(False, f"{who} {fact}", problem)
