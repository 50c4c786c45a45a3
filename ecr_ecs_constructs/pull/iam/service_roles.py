"""The roles by which Amazon ECR acts for a registry: `ServiceRoles`.

Sources:
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html (of caches)
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates-custom.html (of templates)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Text, Value, text
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.iam.contexts import context_of
from ecr_ecs_constructs.pull.iam.decisions import ResourcePolicy, decide_each
from ecr_ecs_constructs.pull.iam.documents import NO_POLICIES, Policies
from ecr_ecs_constructs.pull.iam.requests import Principal
from ecr_ecs_constructs.pull.iam.roles import RolePolicies, Roles
from ecr_ecs_constructs.pull.iam.trust import Assumer, Trusts
from ecr_ecs_constructs.pull.images import Image
from ecr_ecs_constructs.pull.texts.references import ROLE, References
from ecr_ecs_constructs.pull.vouching import vouched_role

ROLE_ARN = "CustomRoleArn"
"""The property that holds the role."""


class Deed(NamedTuple):
    """All that Amazon ECR does in one registry.

    Attributes:
        requests: by action, the ARN of the resource.
        image: an image of the registry.
        policy: the policy of its repository; None if it is not to be considered.
    """

    requests: Mapping[str, str | Text]
    image: Image
    policy: ResourcePolicy | None = None


class ServiceRoles(InWorld):
    """The roles by which Amazon ECR acts for a registry, in one world.

    Args:
        roles: the policies of roles.
    """

    def __init__(self, roles: Roles) -> None:
        self.world = roles.world
        self._roles = roles
        self._trusts = Trusts(roles.documents)
        self._references = References(self.world)

    def may(
        self, owner: Resource, assumer: Assumer, deeds: Callable[[RolePolicies], Sequence[Deed]]
    ) -> Iterator[Answer]:
        """Yield whether Amazon ECR may do something by the role of a resource; nothing where that has none.

        AWS documents policies that are enough, and not what each action is for: what they have more is unknown.

        Args:
            owner: a pull-through cache rule or a creation template.
            assumer: the service that acts.
            deeds: what it does, given the policies of the role.
        """
        for target in self._references.targets(owner, ROLE_ARN, ROLE):
            if target.resource is None:
                yield vouched_role(self.world, target) or Answer(None, f"role {target}, which {target.lack}")
                continue
            role = self._roles.of(target.resource)
            yield self._trusts.may_assume(assumer, target.resource, owner.template)
            for deed in deeds(role):
                yield from does(role, deed, owner.template, self._roles.organizations.on(deed.image.part("account")))


def does(role: RolePolicies, deed: Deed, template: Template, controls: Policies = NO_POLICIES) -> Iterator[Answer]:
    """Yield whether a role may do each of what Amazon ECR does by it; unknown where it may not.

    Args:
        role: the policies of the role.
        deed: what Amazon ECR does.
        template: the template of what it does it for.
        controls: the resource control policies that count; none does for service-linked roles.
    """
    context = context_of(deed.image.part("region"), deed.image.part("account"))
    answers = decide_each(
        role, deed.requests, template=template, context=context, policy=deed.policy, controls=controls
    )
    for action, answer in answers.items():
        yield answer if answer.truth else Answer(None, f"role {role.title}, {action}: {answer.why}")


def service_linked(world: World, template: Template, name: str, service: str, actions: Sequence[str]) -> RolePolicies:
    """Return a service-linked role, which AWS itself makes and lets do all that it is for.

    Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/using-service-linked-roles.html

    Args:
        world: the world.
        template: a template of the account whose role it is.
        name: the name of the role.
        service: the service that it belongs to.
        actions: what it is for.
    """
    own, partition = (world.pseudo(template, f"AWS::{part}") for part in ("AccountId", "Partition"))
    arn = text("arn:", partition, ":iam::", own, f":role/aws-service-role/{service}/{name}")
    allowed: Value = {"Effect": "Allow", "Action": [*actions], "Resource": "*"}
    return RolePolicies(name, Principal(arn, own, partition), NO_POLICIES.with_statement(allowed))
