"""The policies that a role carries: its own, those that are attached to it, and its permissions boundary.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import copy

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Hole, Text, Value, pieces_of, text
from ecr_ecs_constructs.pull.iam.arns import unclear
from ecr_ecs_constructs.pull.iam.attachments import Attachments
from ecr_ecs_constructs.pull.iam.documents import NO_POLICIES, Documents, Policies, joined
from ecr_ecs_constructs.pull.iam.managed_policies import ManagedPolicies
from ecr_ecs_constructs.pull.iam.organizations import Organizations
from ecr_ecs_constructs.pull.iam.requests import Principal
from ecr_ecs_constructs.pull.iam.statements import PolicyDocument, Statement
from ecr_ecs_constructs.pull.texts.mentions import maker_of
from ecr_ecs_constructs.pull.texts.pattern import ContextValue, Truth
from ecr_ecs_constructs.pull.texts.references import Target


class RolePolicies:
    """The policies of a role, or of a service that makes requests by none.

    Attributes:
        title: what the role is called in messages: its logical ID, or what refers to an imported role.
        principal: the role as a principal.
        identity: its own policies.
        boundary: its permissions boundary; None where it has none.
        organization: the service control policies that it is under; of these, only what they deny counts.
        controls: the resource control policies that the resources of its account are under; likewise.
        context: the values of the condition keys that the role itself decides, by key in lower case.
        attacher: the name of what may attach further policies at deployment; empty where nothing does.
        resource: the role, where the templates have it.

    Args:
        tags: its tags, as the condition keys that they are.
    """

    def __init__(
        self,
        title: str,
        principal: Principal,
        identity: Policies,
        *,
        boundary: Policies | None = None,
        tags: Iterable[tuple[str, str | Text]] = (),
        attacher: str = "",
        organization: Policies = NO_POLICIES,
        controls: Policies = NO_POLICIES,
        resource: Resource | None = None,
    ) -> None:
        self.title = title
        self.principal = principal
        self.identity = identity
        self.boundary = boundary
        self.attacher = attacher
        self.organization = organization
        self.controls = controls
        self.resource = resource
        self.context: Mapping[str, ContextValue] = {
            **principal.context,
            **{key.lower(): value for key, value in tags},
        }

    def with_statement(self, value: Value) -> RolePolicies:
        """Return the same with one more statement of its own, to tell what it would allow by it."""
        other = copy(self)
        other.identity = self.identity.with_statement(value)
        return other


class Roles(InWorld):
    """The roles of the templates, and those that they import, in one world.

    Attributes:
        documents: the policy documents of the templates.
        arns: the ARNs of what they define.
        organizations: the policies of AWS Organizations.

    Args:
        world: the world.
        services: the services whose actions are asked about, as `Documents` takes them.
    """

    def __init__(self, world: World, services: frozenset[str] | None = None) -> None:
        self.world = world
        self.documents = Documents(world, services)
        self.arns = self.documents.arns
        self._attachments = Attachments(self.arns)
        self._managed = ManagedPolicies(self.documents)
        self.organizations = Organizations(self.documents)

    def of_target(self, target: Target, template: Template) -> RolePolicies:
        """Return the policies of the role that a property refers to.

        Args:
            target: the role.
            template: where the property stands; a role that is handed to AWS is of the same account.
        """
        if target.resource is not None:
            return self.of(target.resource)
        value = target.value
        return self._imported(value if isinstance(value, (str, Text)) else text(str(target)), template)

    @asked
    def of(self, role: Resource) -> RolePolicies:
        """Return the policies of a role of the templates."""
        identity = joined(
            [
                *self._inline(role),
                *self._managed_by(role, "ManagedPolicyArns.*"),
                *self._attached(role),
            ]
        )
        boundary = [*self._managed_by(role, "PermissionsBoundary")]
        principal = self.arns.principal(role)
        return RolePolicies(
            role.logical_id,
            principal,
            identity,
            boundary=joined(boundary) if boundary else None,
            tags=self._tags(role),
            attacher=maker_of(self.world, role, "RoleName"),
            organization=self.organizations.over(principal.account),
            resource=role,
            controls=self.organizations.on(principal.account),
        )

    @asked
    def _imported(self, role: str | Text, template: Template) -> RolePolicies:
        """Return the policies of a role that is not in the templates.

        Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html (of the same account)

        Args:
            role: its ARN or its name.
            template: where it is named.
        """
        arn = text(role)
        parts = re.fullmatch(r"arn:([^:]+):iam::(\d{12}):role/(?:.*/)?([^/]+)", arn) if isinstance(arn, str) else None
        vouch = self.world.root.vouches.of("role", str(role))
        unknown = Policies(unknown=(f"role {role}, which is not in the templates",))
        if vouch is not None:
            everything: Value = {"Effect": "Allow", "Action": "*", "Resource": "*"}
            document = PolicyDocument(f"the policies of role {role}, {vouch.evidence}")
            unknown = Policies((document,), (Statement(document, 0, everything),))
        account = parts[2] if parts else None
        attached = [*self._attached_to(self._attachments.of_name(_name_in(role), account, template))]
        own_account = self.arns.account_and_partition(template)
        principal = Principal(arn, *((parts[2], parts[1]) if parts else own_account))
        organization, controls = (each(principal.account) for each in (self.organizations.over, self.organizations.on))
        own = joined([unknown, *attached])
        return RolePolicies(str(role), principal, own, organization=organization, controls=controls)

    def _inline(self, role: Resource) -> Iterator[Policies]:
        for site in self.world.sites(role, "Policies.*"):
            name = self.world.value(role, "PolicyName", at=site)
            title = f"policy {name!r}" if isinstance(name, str) else site.location
            document = PolicyDocument(f"{title} of {role.logical_id}", role)
            yield self.documents.read(document, self.world.sites(role, "PolicyDocument", site))

    def _attached(self, role: Resource) -> Iterator[Policies]:
        yield from self._attached_to(self._attachments.of(role))

    def _attached_to(self, attachments: Iterable[tuple[Resource, Truth]]) -> Iterator[Policies]:
        """Yield the policies that are attached, as they count where that is not sure."""
        for policy, truth in attachments:
            found = self.documents.of_policy(policy)
            yield found if truth else found.doubted()

    def _managed_by(self, role: Resource, path: str) -> Iterator[Policies]:
        """Yield the managed policies whose ARNs stand in a property of a role."""
        for value in self.world.values(role, path):
            arn = Text((value,)) if isinstance(value, Hole) else value
            yield self._managed.of(arn if isinstance(arn, (str, Text)) else unclear(role, path), role.template)

    def _tags(self, role: Resource) -> Iterator[tuple[str, str | Text]]:
        """Yield the condition keys that the tags of a role are; tags that are not in its template are not known.

        Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
        """
        for tag in self.world.values(role, "Tags.*"):
            key, value = (tag.get("Key"), tag.get("Value")) if isinstance(tag, dict) else (None, None)
            if isinstance(key, str) and isinstance(value, (str, Text)):
                yield f"aws:PrincipalTag/{key}", value


def _name_in(role: str | Text) -> str | Text:
    """Return the name of a role that is given by its ARN or its name."""
    pieces = pieces_of(role)
    if not str(role).startswith("arn:"):
        return role
    last = next((number for number in reversed(range(len(pieces))) if "/" in str(pieces[number])), 0)
    piece = pieces[last]
    return text(piece.rpartition("/")[2] if isinstance(piece, str) else piece, *pieces[last + 1 :])
