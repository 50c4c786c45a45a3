"""The roles that may do all that a managed policy of AWS is for.

Of roles that launch instances or make load balancers for a service, AWS does not document which actions are asked, only
a managed policy that has them all. So a role that has it holds, where nothing takes a part of it away.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.iam.roles import RolePolicies, Roles

_EVERYTHING = "AdministratorAccess"


class Carriers(InWorld):
    """The roles of the templates that carry managed policies of AWS, in one world."""

    def __init__(self, roles: Roles) -> None:
        self.world = roles.world
        self._roles = roles

    @asked
    def may(self, role: Resource, names: tuple[str, ...]) -> Answer:
        """Return whether a role may do all that one of some managed policies of AWS is for; unknown where it may not.

        Args:
            role: the role.
            names: what stands behind `policy/` in the ARNs of the policies, each of which is enough.
        """
        carried = self._roles.of(role)
        ends = tuple(f":iam::aws:policy/{name}" for name in (*names, _EVERYTHING))
        has = next((each.arn for each in carried.identity.documents if each.arn and each.arn.endswith(ends)), None)
        if has is None:
            lack = f"it has no {names[0].rpartition('/')[2]}"
            return Answer(None, f"whether role {role.logical_id} may do what this takes is not judged: {lack}")
        taken = next(_taken(role, carried), "")
        return Answer(None, f"known only at deployment: whether {taken}") if taken else Answer(True, f"it has {has}")


def _taken(role: Resource, carried: RolePolicies) -> Iterator[str]:
    """Yield what may take some of its permissions from a role."""
    if carried.boundary is not None:
        yield f"the permissions boundary of role {role.logical_id} allows all of it"
    for policies in (carried.identity, carried.organization):
        yield from (f"{each} denies some of it" for each in policies.unknown)
        yield from (f"{each} denies some of it" for each in policies.statements if "Deny" in each.effects)
