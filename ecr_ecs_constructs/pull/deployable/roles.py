"""The roles that AWS does not make as they are written, and what is not made since its role does not do for it.

Sources:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html
    https://github.com/aws/aws-cdk/tree/main/packages/@aws-cdk/custom-resource-handlers (handlers of CDK)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.validity.arns import parts_of, wrong_arn
from ecr_ecs_constructs.cloudformation.values import Hole, Text, pieces_of
from ecr_ecs_constructs.pull.deployable.policy_quotas import beyond_quotas, too_long
from ecr_ecs_constructs.pull.deployable.refusal import Refusal
from ecr_ecs_constructs.pull.iam.actions import DEFAULT_GROUP_ACTIONS
from ecr_ecs_constructs.pull.iam.arns import MANAGED_POLICY
from ecr_ecs_constructs.pull.iam.attachments import NAMING_ROLES
from ecr_ecs_constructs.pull.iam.decisions import decide_each
from ecr_ecs_constructs.pull.iam.managed_policies import aws_managed_policies
from ecr_ecs_constructs.pull.iam.roles import RolePolicies, Roles
from ecr_ecs_constructs.pull.iam.trust import Assumer, Trusts
from ecr_ecs_constructs.pull.properties.unknown import unknown_properties
from ecr_ecs_constructs.pull.texts.pattern import Truth
from ecr_ecs_constructs.pull.texts.references import PROFILE, ROLE
from ecr_ecs_constructs.pull.vouching import vouched

FUNCTION = "AWS::Lambda::Function"
_POLICIES = ("ManagedPolicyArns.*", "PermissionsBoundary")
_POLICY = "policy/"
"""How the name of a managed policy begins in its ARN."""


_BESIDES = (0, 2, 4, 5)
"""The parts of an ARN besides its partition and its region."""


class _Handled(NamedTuple):
    """A custom resource whose handler is known.

    Attributes:
        actions: what its handler does while the resource is made; it fails where the role of its function may not.
        start: how the name of what it acts on begins in its ARN, which is one of Amazon EC2.
        target: the property with the id of what it acts on.
    """

    actions: tuple[str, ...]
    start: str
    target: str


HANDLED: Mapping[str, _Handled] = {
    "Custom::VpcRestrictDefaultSG": _Handled(DEFAULT_GROUP_ACTIONS, "security-group/", "DefaultSecurityGroupId")
}
"""The custom resources whose handlers are known, by type."""


ATTACHED: Mapping[str, str] = {**NAMING_ROLES, PROFILE: "Roles.*"}
"""Where policies and instance profiles name the roles that they are attached to, by type."""


def refused_roles(world: World, definition: Resource) -> Iterator[Refusal]:
    """Yield which roles of another account or partition a task definition names: none can be passed from there.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html

    Args:
        world: the world in which it is asked.
        definition: the task definition.
    """
    template = definition.template
    own = (world.pseudo(template, "AWS::Partition"), template.account)
    for name in ("ExecutionRoleArn", "TaskRoleArn"):
        value = world.value(definition, name)
        parts = parts_of(value) if isinstance(value, (str, Text)) else []
        for index, kind, known in zip((1, 4), ("partition", "account"), own, strict=True):
            written = parts[index][0] if len(parts) > 4 and len(parts[index]) == 1 else None
            if isinstance(written, str) and isinstance(known, str) and written != known:
                why = f"{name} is {value}, and only a role of {kind} {known} can be passed to Amazon ECS there"
                yield Refusal(definition, f"Properties.{name}", why)


class RoleRefusals(InWorld):
    """The refusals of AWS that are about roles, in one world.

    Args:
        roles: the policies of roles.
    """

    def __init__(self, roles: Roles) -> None:
        self.world = roles.world
        self._roles = roles
        self._trusts = Trusts(roles.documents)

    def of_role(self, role: Resource) -> Iterator[Refusal]:
        """Yield which policies AWS IAM does not attach to a role.

        Args:
            role: the `AWS::IAM::Role`.
        """
        own = self.world.pseudo(role.template, "AWS::Partition")
        for path in _POLICIES:
            for value in self.world.values(role, path):
                found = self._unattached(value, own) if isinstance(value, (str, Text)) else None
                if found is not None:
                    location = f"Properties.{path.removesuffix('.*')}"
                    why = f"{role.logical_id} asks for managed policy {value}, which {found[0]}"
                    yield Refusal(role, location, why, found[1])
        partitions = self._partitions(role.template)
        if len(partitions) > 1:
            why = f"{role.template.name} asks for managed policies of partitions {' and '.join(partitions)}"
            yield Refusal(role, "Properties.ManagedPolicyArns", why)
        yield from beyond_quotas(self._roles, role)

    def _unattached(self, arn: str | Text, own: str | Text) -> tuple[str, Truth] | None:
        """Return why a managed policy is not attached, and whether that is sure; None where nothing speaks against it.

        Args:
            arn: the ARN of the policy.
            own: the partition of the role.
        """
        if isinstance(pieces_of(arn)[0], Hole):
            return None  # a reference: of what type that is, is asked elsewhere
        for is_sure in (True, False):
            why = wrong_arn(arn, own, is_sure=is_sure)
            if why:
                return why.rpartition(", and ")[2], False if is_sure else None
        parts = parts_of(arn)
        name = parts[5][0] if len(parts) > 5 and parts[5] else ""
        if parts[2] != ["iam"] or not isinstance(name, str) or not name.startswith(_POLICY):
            return "is no ARN of a policy", False
        known = aws_managed_policies()
        is_plain = parts[4] == ["aws"] and len(parts[5]) == 1
        if is_plain and known.policy(name.removeprefix(_POLICY)) is None:
            return f"is none of those of {known.date}", None
        return None

    @asked
    def _partitions(self, template: Template) -> tuple[str, ...]:
        """Return the partitions that the managed policies of AWS which a template attaches to roles are of."""
        arns = (
            value
            for role in template.by_type.get(ROLE, ())
            for value in self.world.values(role, _POLICIES[0])
            if isinstance(value, str)
        )
        found = (parts_of(arn) for arn in arns)
        return tuple(dict.fromkeys(str(parts[1][0]) for parts in found if len(parts) > 2 and parts[1]))

    def of_attached(self, attached: Resource) -> Iterator[Refusal]:
        """Yield which roles that a policy or an instance profile names may not be there, and that a policy is too long.

        Args:
            attached: a resource of one of the types of `ATTACHED`.
        """
        for name in self.world.values(attached, ATTACHED[attached.type]):
            if not isinstance(name, str) or any(map(self.world.exists, self.world.root.named(ROLE, "RoleName", name))):
                continue
            if vouched(self.world, "role", name) is None:
                why = f"{attached.logical_id} names role {name!r}, which is not in the templates"
                yield Refusal(attached, f"Properties.{ATTACHED[attached.type].removesuffix('.*')}", why, None)
        if attached.type == MANAGED_POLICY:
            yield from too_long(self.world, attached)

    def of_function(self, function: Resource) -> Iterator[Refusal]:
        """Yield that AWS Lambda may not assume the role of a function.

        Args:
            function: the `AWS::Lambda::Function`.
        """
        for role in self._of(function, "Role", ROLE):
            answer = self._trusts.may_assume(Assumer.FUNCTIONS, role, function.template)
            if not answer.truth:
                why = (
                    f"{Assumer.FUNCTIONS} may not assume role {role.logical_id} of {function.logical_id}: {answer.why}"
                )
                unsure = f"whether {Assumer.FUNCTIONS} may assume role {role.logical_id} is not known: {answer.why}"
                is_sure = answer.truth is False
                yield Refusal(function, "Properties.Role", why if is_sure else unsure, answer.truth)

    def of_custom(self, custom: Resource) -> Iterator[Refusal]:
        """Yield what the role of a function may not do that a custom resource asks of it.

        Args:
            custom: a resource of one of the types of `HANDLED`.
        """
        handled = HANDLED[custom.type]
        target = self.world.value(custom, handled.target)
        if not isinstance(target, (str, Text)):
            return
        arn = self._roles.arns.of_service("ec2", custom.template, handled.start, target)
        for function in self._of(custom, "ServiceToken", FUNCTION):
            for each in unknown_properties(self.world, function):
                name = each.location.removeprefix("Properties.")
                why = f"{name} of {function.logical_id}, which makes {custom.logical_id}, {each.declared.reason}"
                yield Refusal(function, each.location, why, None)
            for role in self._of(function, "Role", ROLE):
                policies = self._roles.of(role)
                requests = dict.fromkeys(handled.actions, _where_written(arn, policies))
                answers = decide_each(policies, requests, template=custom.template)
                for action, answer in answers.items():
                    if not answer.truth:
                        lacks = f"role {role.logical_id} lacks {action}, which {custom.logical_id} asks of it"
                        yield Refusal(custom, "Properties", f"{lacks}: {answer.why}", answer.truth)

    def _of(self, resource: Resource, path: str, type_: str) -> Iterator[Resource]:
        """Yield the resources of a type that a property refers to, as far as they are in the templates."""
        for value in self.world.values(resource, path):
            hole = value.pieces[0] if isinstance(value, Text) and len(value.pieces) == 1 else None
            if isinstance(hole, Hole) and hole.resource is not None and hole.resource.type == type_:
                yield hole.resource


def _where_written(arn: str | Text, policies: RolePolicies) -> str | Text:
    """Return an ARN in the partition and region that policies write for what it names, itself where they write none.

    A template that writes its region is for that one alone, as the policy of a group that it makes is.
    """
    own = parts_of(arn)
    for statement in policies.identity.statements:
        written = statement.value.get("Resource") if isinstance(statement.value, dict) else None
        for pattern in written if isinstance(written, list) else [written]:
            if not isinstance(pattern, (str, Text)):
                continue
            parts = parts_of(pattern)
            is_its = [parts[index : index + 1] for index in _BESIDES] == [own[index : index + 1] for index in _BESIDES]
            if is_its and all(isinstance(each, str) for part in (parts[1], parts[3]) for each in part):
                return pattern
    return arn
