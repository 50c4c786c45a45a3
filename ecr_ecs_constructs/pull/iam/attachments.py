"""The policies that name the roles which they belong to.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-policy.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-rolepolicy.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import Resource, Template, agree
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, pieces_of
from ecr_ecs_constructs.pull.iam.arns import MANAGED_POLICY, Arns, reference, unclear
from ecr_ecs_constructs.pull.texts.pattern import Truth, every, same, some

NAMING_ROLES: Mapping[str, str] = {
    "AWS::IAM::Policy": "Roles.*",
    "AWS::IAM::RolePolicy": "RoleName",
    MANAGED_POLICY: "Roles.*",
}
"""The types of policies that name the roles that they belong to, and where."""

_TYPES = tuple(NAMING_ROLES)
_BY_NAME = "\0by name"
"""Stands for a role that a policy names by its name."""


class Attachments(InWorld):
    """The policies that name roles in one world."""

    def __init__(self, arns: Arns) -> None:
        self.world = arns.world
        self._arns = arns

    def of(self, role: Resource) -> Iterator[tuple[Resource, Truth]]:
        """Yield the policies that name a role, or may do so, and whether they surely mean it."""
        candidates = self.world.root.candidates
        for policy in candidates(_named_roles, _TYPES, role):
            if role in (_role_in(name) for name in self.names(policy)):
                yield policy, True
        if not candidates(_named_roles, _TYPES, _BY_NAME):
            return
        name = self._arns.role_name(role)
        is_made = isinstance(name, Text) and name.pieces[0] == reference(role).pieces[0]
        if isinstance(name, str):
            naming = self._naming(name)
        else:
            naming = candidates(_named_roles, _TYPES, None if is_made else _BY_NAME)
        for policy in naming:
            for other in self.names(policy):
                truth = self._is_named(role, name, other, policy.template, is_made=is_made)
                if truth is not False:
                    yield policy, truth

    def of_name(self, name: str | Text, account: str | None, template: Template) -> Iterator[tuple[Resource, Truth]]:
        """Yield the policies that name a role which is not in the templates, or may do so, and whether they surely do.

        Args:
            name: the name of the role.
            account: its account; None where that is not known.
            template: where it is named.
        """
        naming = (
            self._naming(name) if isinstance(name, str) else self.world.root.candidates(_named_roles, _TYPES, _BY_NAME)
        )
        for policy in naming:
            others = [other for other in self.names(policy) if not isinstance(_role_in(other), Resource)]
            truth = some(same(other, name, local=policy.template is template) for other in others)
            if truth is not False and agree(account, policy.template.account):
                yield policy, truth

    @asked
    def names(self, policy: Resource) -> tuple[str | Text, ...]:
        """Return the names of the roles that a policy belongs to."""
        path = NAMING_ROLES[policy.type]
        values = self.world.values(policy, path)
        return tuple(value if isinstance(value, (str, Text)) else unclear(policy, path) for value in values)

    def _naming(self, name: str) -> tuple[Resource, ...]:
        """Return the policies that may name a role by a name."""
        candidates = self.world.root.candidates
        return tuple(dict.fromkeys(each for key in (name, None) for each in candidates(_named_roles, _TYPES, key)))

    def _is_named(
        self, role: Resource, name: str | Text, other: str | Text, where: Template, *, is_made: bool
    ) -> Truth:
        """Return whether a name in a policy is that of a role.

        Args:
            role: the role.
            name: the name of the role.
            other: the name in the policy.
            where: the template of the policy.
            is_made: whether CloudFormation makes the name of the role.
        """
        if isinstance(_role_in(other), Resource):
            return False
        answer = same(other, name, local=where is role.template)
        # A name that CloudFormation will make is not known yet where a parameter is given.
        is_given = all(isinstance(piece, str) or piece.kind is Kind.PARAMETER for piece in pieces_of(other))
        if answer is False or (is_made and is_given):
            return False
        return every((answer, self._is_meant(role, name, where)))

    def _is_meant(self, role: Resource, name: str | Text, where: Template) -> Truth:
        """Return whether a role is the one that its name means in a template; one in that template goes before it.

        Args:
            role: the role.
            name: its name.
            where: the template.
        """
        if not agree(where.account, role.template.account):
            return False
        if where is role.template or not isinstance(name, str):
            return True
        named = self.world.root.named("AWS::IAM::Role", "RoleName", name)
        namesakes = [each for each in named if self._arns.role_name(each) == name and self.world.exists(each)]
        others = [other for other in namesakes if agree(other.template.account, where.account)]
        if any(other.template is where for other in others):
            return False
        # Those whose names are too many to follow may be called so too.
        nameless = self.world.root.named("AWS::IAM::Role", "RoleName", None)
        perhaps = [each for each in nameless if each is not role and agree(each.template.account, where.account)]
        return None if len(others) > 1 or any(map(self.world.exists, perhaps)) else True


def _named_roles(world: World, policy: Resource) -> Iterator[Resource | str | None]:
    """Yield the roles that a policy belongs to, or their names; None for a name that is not known."""
    for name in Attachments(Arns(world)).names(policy):
        role = _role_in(name)
        yield role
        if not isinstance(role, Resource):
            yield _BY_NAME


def _role_in(name: str | Text) -> Resource | str | None:
    """Return the role that `Ref` refers to, or its name; None where that is known only at deployment."""
    if isinstance(name, str):
        return name
    hole = name.pieces[0]
    if len(name.pieces) == 1 and isinstance(hole, Hole) and hole.attribute is None and hole.resource is not None:
        return hole.resource
    return None
