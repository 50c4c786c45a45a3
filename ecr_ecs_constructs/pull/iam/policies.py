"""Whether a role may do something on a resource, by all the policies that it carries.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import TRANSFORM, Node, Resource, Template, agree
from ecr_ecs_constructs.cloudformation.values import (
    ABSENT,
    Hole,
    Kind,
    Site,
    Text,
    Value,
    pieces_of,
    text,
)
from ecr_ecs_constructs.pull.answer import Verdict
from ecr_ecs_constructs.pull.iam.statements import (
    Address,
    Policy,
    Principal,
    Request,
    Statement,
)
from ecr_ecs_constructs.pull.texts.documents import read_document
from ecr_ecs_constructs.pull.texts.pattern import ContextValue, Truth, every, same, some


class Decision(NamedTuple):
    """Whether a role may do something on a resource, and why.

    Attributes:
        verdict: the answer.
        reason: the evidence in words.
        statements: the statements that allow it, or the one that denies it.
        missing: what would have to be known for a verdict.
    """

    verdict: Verdict
    reason: str
    statements: tuple[Statement, ...] = ()
    missing: tuple[str, ...] = ()


class Policies(NamedTuple):
    """The policies of one kind that a role or a repository carries.

    Attributes:
        policies: the policies.
        statements: their statements.
        unknown: what is not known of them.
    """

    policies: tuple[Policy, ...] = ()
    statements: tuple[Statement, ...] = ()
    unknown: tuple[str, ...] = ()


_NOTHING = Policies()


class RolePolicies:
    """What a role carries.

    Attributes:
        title: what the role is called in messages: its logical ID, or what refers to an imported role.
        principal: the role as a principal.
        identity: its own policies.
        boundary: its permissions boundary; None where it has none.
        context: the values of the condition keys that the role itself decides, by key in lower case.

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
    ) -> None:
        self.title = title
        self.principal = principal
        self.identity = identity
        self.boundary = boundary
        self.context: Mapping[str, ContextValue] = {
            **principal.context,
            **{key.lower(): value for key, value in tags},
        }


class RepositoryPolicy:
    """The policy of a repository, or of another resource.

    Attributes:
        title: what the repository is called in messages.
        account: the account of the repository.
        policies: the policy; without statements where the repository has none.
        lacking: what is said where none of them allows a request; empty for a repository.
    """

    def __init__(self, title: str, account: str | Text, policies: Policies, *, lacking: str = "") -> None:
        self.title = title
        self.account = account
        self.policies = policies
        self.lacking = lacking


class Permissions(InWorld):
    """What roles and repositories carry in one world.

    Args:
        world: the world.
        services: the services whose actions are asked about, such as `ecr`; all if not given.
    """

    def __init__(self, world: World, services: frozenset[str] | None = None) -> None:
        self.world = world
        self._services = services

    @asked
    def of_role(self, role: Resource | str | Text) -> RolePolicies:
        """Return what a role carries.

        Args:
            role: the role; the ARN or the name of a role that is not in the templates.
        """
        if not isinstance(role, Resource):
            return self._imported(role)
        parts = [
            self._inline(role),
            *(self._managed(role, arn) for arn in self._arns(role, "ManagedPolicyArns.*")),
            *self._attached_to(role),
        ]
        boundary = [self._managed(role, arn) for arn in self._arns(role, "PermissionsBoundary")]
        return RolePolicies(
            role.logical_id,
            self.principal(role),
            joined(parts),
            boundary=joined(boundary) if boundary else None,
            tags=self._tags(role),
        )

    @asked
    def of_repository(self, repository: Resource) -> RepositoryPolicy:
        """Return the policy of a repository."""
        policy = Policy(f"the policy of repository {repository.logical_id}", repository)
        found = [self._document(policy, site) for site in self.world.sites(repository, "RepositoryPolicyText")]
        account = self.world.pseudo(repository.template, "AWS::AccountId")
        return RepositoryPolicy(repository.logical_id, account, joined(found))

    @asked
    def documents(self, resource: Resource, path: str, title: str) -> Policies:
        """Return the policy that stands in a property of a resource which must have it.

        Args:
            resource: the resource.
            path: the property.
            title: what the policy is called in messages.
        """
        return self._documents(Policy(title, resource), self.world.sites(resource, path))

    @asked
    def principal(self, role: Resource) -> Principal:
        """Return a role of the templates as a principal."""
        account, partition = (self.world.pseudo(role.template, f"AWS::{name}") for name in ("AccountId", "Partition"))
        path = self._text(role, "Path", "/")
        return Principal(
            text("arn:", partition, ":iam::", account, ":role", path, self._name(role)), account, partition
        )

    def ecs_arn(self, template: Template, *resource: str | Hole | Text) -> str | Text:
        """Return the ARN of what Amazon ECS holds in the account and region of a template."""
        partition, region, account = (
            self.world.pseudo(template, f"AWS::{name}") for name in ("Partition", "Region", "AccountId")
        )
        return text("arn:", partition, ":ecs:", region, ":", account, ":", *resource)

    # roles

    def _imported(self, role: str | Text) -> RolePolicies:
        arn = text(role)
        parts = re.fullmatch(r"arn:([^:]+):iam::(\d{12}):role/(?:.*/)?([^/]+)", arn) if isinstance(arn, str) else None
        unknown = Policies(unknown=(f"role {role}, which is not in the templates",))
        name = parts[3] if parts else role
        account = parts[2] if parts else None
        attached = [
            self._of_policy(policy)
            for policy in (self._naming(name) if isinstance(name, str) else ())
            if name in self._names(policy) and agree(account, policy.template.account)
        ]
        hole = Text((Hole(Kind.ANYTHING, "account"),))
        principal = Principal(arn, *((parts[2], parts[1]) if parts else (hole, hole)))
        return RolePolicies(str(role), principal, joined([unknown, *attached]))

    def _name(self, role: Resource) -> str | Text:
        return self._text(role, "RoleName", _reference(role))

    def _text(self, resource: Resource, path: str, absent: str | Text) -> str | Text:
        """Return a property that is a text, a hole where it is none."""
        value = self.world.value(resource, path, absent)
        return (
            value if isinstance(value, (str, Text)) else Text((Hole(Kind.ANYTHING, f"{resource.logical_id}.{path}"),))
        )

    def _tags(self, role: Resource) -> Iterator[tuple[str, str | Text]]:
        """Yield the condition keys that the tags of a role are; tags that are not in its template are not known.

        Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
        """
        for tag in self.world.values(role, "Tags.*"):
            key, value = (tag.get("Key"), tag.get("Value")) if isinstance(tag, dict) else (None, None)
            if isinstance(key, str) and isinstance(value, (str, Text)):
                yield f"aws:PrincipalTag/{key}", value

    # what is attached to a role

    def _inline(self, role: Resource) -> Policies:
        found: list[Policies] = []
        for site in self.world.sites(role, "Policies.*"):
            name = self.world.value(role, "PolicyName", at=site)
            title = f"policy {name!r}" if isinstance(name, str) else site.location
            policy = Policy(f"{title} of {role.logical_id}", role)
            found.append(self._documents(policy, self.world.sites(role, "PolicyDocument", site)))
        return joined(found)

    @asked
    def _of_policy(self, resource: Resource) -> Policies:
        """Return the one policy that a resource is."""
        policy = Policy(f"policy {resource.logical_id}", resource)
        return self._documents(policy, self.world.sites(resource, "PolicyDocument"))

    def _attached_to(self, role: Resource) -> Iterator[Policies]:
        """Yield the policies that name a role which they belong to."""
        candidates = self.world.root.candidates
        for policy in candidates(_named_roles, NAMING_ROLES, role):
            if role in (_role_in(name) for name in self._names(policy)):
                yield self._of_policy(policy)
        if not candidates(_named_roles, NAMING_ROLES, _BY_NAME):
            return
        name = self._name(role)
        is_made = isinstance(name, Text) and name.pieces[0] == _reference(role).pieces[0]
        if isinstance(name, str):
            naming = self._naming(name)
        else:
            naming = candidates(_named_roles, NAMING_ROLES, None if is_made else _BY_NAME)
        for policy in naming:
            for other in self._names(policy):
                truth = self._is_named(role, name, other, policy.template, is_made=is_made)
                if truth is not False:
                    found = self._of_policy(policy)
                    yield found if truth else _doubtful(found)

    def _naming(self, name: str) -> tuple[Resource, ...]:
        """Return the policies that may name a role by a name."""
        candidates = self.world.root.candidates
        return tuple(
            dict.fromkeys(each for key in (name, None) for each in candidates(_named_roles, NAMING_ROLES, key))
        )

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
        namesakes = [each for each in named if self._name(each) == name and self.world.exists(each)]
        others = [other for other in namesakes if agree(other.template.account, where.account)]
        if any(other.template is where for other in others):
            return False
        # Those whose names are too many to follow may be called so too.
        nameless = self.world.root.named("AWS::IAM::Role", "RoleName", None)
        perhaps = [each for each in nameless if each is not role and agree(each.template.account, where.account)]
        return None if len(others) > 1 or any(map(self.world.exists, perhaps)) else True

    @asked
    def _names(self, policy: Resource) -> tuple[str | Text, ...]:
        """Return the names of the roles that a policy belongs to."""
        path = _NAMING_ROLES[policy.type]
        values = self.world.values(policy, path)
        return tuple(value if isinstance(value, (str, Text)) else _unclear(policy, path) for value in values)

    # managed policies

    def _arns(self, role: Resource, path: str) -> Iterator[str | Text]:
        """Yield the ARNs of a property."""
        for value in self.world.values(role, path):
            if isinstance(value, Hole):
                yield Text((value,))
            else:
                yield value if isinstance(value, (str, Text)) else _unclear(role, path)

    def _managed(self, role: Resource, arn: str | Text) -> Policies:
        """Return the managed policy of an ARN that a role has."""
        resources = self._managed_resources(arn, role.template)
        if resources:
            found = joined([self._of_policy(resource) for resource in resources])
            return found if len(resources) == 1 else _doubtful(found)
        partition, name = _aws_managed_name(arn)
        if name is None:
            return Policies(unknown=(f"managed policy {arn}, which is not in the templates",))
        return _aws_managed(str(arn), partition, name)

    def _managed_resources(self, arn: str | Text, template: Template) -> Sequence[Resource]:
        """Return the managed policies that have an ARN; one in the template that names it goes before others."""
        pieces = pieces_of(arn)
        hole = pieces[0]
        if len(pieces) == 1 and isinstance(hole, Hole):
            own = hole.resource
            if own is None or own.type != _MANAGED_POLICY or hole.attribute not in (None, "PolicyArn"):
                return ()
            return (own,) if self.world.exists(own) else ()
        last = str(pieces[-1]).rpartition("/")[2] if isinstance(pieces[-1], str) and "/" in pieces[-1] else None
        named = self.world.root.named
        perhaps = dict.fromkeys(each for name in {last, None} for each in named(_MANAGED_POLICY, _POLICY_NAME, name))
        found = [policy for policy in perhaps if (own_arn := self._own_arn(policy)) and same(arn, own_arn) is True]
        return [policy for policy in found if policy.template is template] or found

    def _own_arn(self, policy: Resource) -> str | Text | None:
        """Return the ARN of a managed policy of the templates that has a name of its own."""
        name = self.world.value(policy, _POLICY_NAME)
        if not isinstance(name, str):
            return None
        partition, account = (self.world.pseudo(policy.template, f"AWS::{n}") for n in ("Partition", "AccountId"))
        return text("arn:", partition, ":iam::", account, ":policy", self._text(policy, "Path", "/"), name)

    # documents

    def _documents(self, policy: Policy, sites: Sequence[Site]) -> Policies:
        """Return the policy whose document stands at a place, if it is there."""
        found = [self._document(policy, site) for site in sites]
        return joined(found) if found else _unread(policy)

    def _document(self, policy: Policy, site: Site) -> Policies:
        """Return the policy of one document."""
        node = site.node
        if not (isinstance(node, dict) and "Statement" in node):
            value = self.world.read(site).value
            if value is ABSENT:
                return _NOTHING
            try:
                node = read_document(value) if isinstance(value, (str, Text)) else value
            except ValueError:
                return _unread(policy)
            if not (isinstance(node, dict) and "Statement" in node):
                return _unread(policy)
        document = site._replace(node=node)
        if TRANSFORM in node or not self.world.sites(site.resource, "Statement", document):
            return _unread(policy)
        version = self.world.value(site.resource, "Version", "2008-10-17", document)
        variables = version != "2008-10-17"
        statements: list[Statement] = []
        for place in self.world.sites(site.resource, "Statement.*", document):
            if place.location.endswith("…"):
                return _unread(policy)
            if self._is_of_others(place.node):
                continue  # as most statements of most roles
            value = self._expanded(self.world.read(place).value)
            if value is not ABSENT and value is not None:
                number = re.search(r"\[([0-9]+)\]", place.location[len(site.location) :])
                index = int(number[1]) if number else 0
                statements.append(Statement(policy, index, (value,), variables=variables))
        return Policies((policy,), tuple(statements))

    def _is_of_others(self, statement: Node) -> bool:
        """Return whether a statement speaks of nothing but actions that nobody asks about, whatever else is in it."""
        if type(statement) is not dict or "NotAction" in statement or TRANSFORM in statement:
            return False
        actions = statement.get("Action")
        if type(actions) is not list:
            actions = [actions]
        for action in actions:
            if type(action) is not str:
                return False
            if not self._is_of_other_service(action):
                return False
        return bool(actions)

    def _is_of_other_service(self, action: str) -> bool:
        service, colon, _ = action.partition(":")
        is_plain = colon != "" and service.replace("-", "").isalnum()  # without wildcards
        return self._services is not None and is_plain and service.lower() not in self._services

    def _expanded(self, value: Value) -> Value:
        """Return a value with each ARN of a role or a cluster written out."""
        if isinstance(value, dict):
            return {key: self._expanded(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._expanded(item) for item in value]
        if isinstance(value, Text):
            for piece in value.pieces:
                if isinstance(piece, Hole) and piece.attribute == "Arn":
                    return text(*map(self._expanded_piece, value.pieces))
        return value

    def _expanded_piece(self, piece: str | Hole) -> str | Hole | Text:
        resource = piece.resource if isinstance(piece, Hole) and piece.attribute == "Arn" else None
        if resource is not None and resource.type == "AWS::IAM::Role":
            return text(self.principal(resource).arn)
        if resource is not None and resource.type == "AWS::ECS::Cluster":
            return text(self.ecs_arn(resource.template, "cluster/", _reference(resource)))
        return piece

    # decisions

    def decide(
        self,
        role: RolePolicies,
        action: str,
        resource: str | Text,
        *,
        template: Template | None = None,
        context: Mapping[str, ContextValue] | None = None,
        repository: RepositoryPolicy | None = None,
    ) -> Decision:
        """Return whether a role may do something.

        Organizations, sessions and VPC endpoints can deny more than the policies of roles and repositories.

        Args:
            role: what the role carries.
            action: what it does: `ecr:BatchGetImage`.
            resource: the ARN of the resource that it acts on, `*` for an action without resources.
            template: the template in which the names of parameters in `resource` and `context` mean something.
            context: the values of condition keys: a tuple for a key with several values, an empty one for a key
                that is not in the request. The keys of the role itself are known; no other is.
            repository: the policy of the repository that it acts on; None if it is not to be considered.
        """
        requests = {action: resource}
        return self.decide_each(role, requests, template=template, context=context, repository=repository)[action]

    def decide_each(
        self,
        role: RolePolicies,
        requests: Mapping[str, str | Text],
        *,
        template: Template | None = None,
        context: Mapping[str, ContextValue] | None = None,
        repository: RepositoryPolicy | None = None,
    ) -> dict[str, Decision]:
        """Return whether a role may do each of several things, as `decide` does; most are decided alike.

        Args:
            role: what the role carries.
            requests: by action, the ARN of the resource that it acts on.
            template: as `decide` takes it.
            context: as `decide` takes it.
            repository: as `decide` takes it.
        """

        def known() -> Mapping[str, ContextValue]:
            return role.context if context is None else {**role.context, **{k.lower(): v for k, v in context.items()}}

        decisions: dict[str, Decision] = {}
        alike: dict[tuple[int, _Judged], Decision] = {}
        for (action, resource), judged in zip(requests.items(), _judged(role, repository, requests), strict=True):
            decision = alike.get((id(resource), judged))
            if decision is None:
                request = Request(role.principal, action, resource, template, known)
                decision = judged.decision(role, repository, request)
                # Only what is broken names its action in words.
                if judged.is_sure and decision.verdict is not Verdict.BROKEN:
                    alike[id(resource), judged] = decision
            decisions[action] = decision
        return decisions


_CHOICE = "a parameter"
"""What tells which of several policies is attached."""

_NAMING_ROLES: Mapping[str, str] = {
    "AWS::IAM::Policy": "Roles.*",
    "AWS::IAM::RolePolicy": "RoleName",
    "AWS::IAM::ManagedPolicy": "Roles.*",
}
"""The types of policies that name the roles that they belong to, and where."""

NAMING_ROLES = tuple(_NAMING_ROLES)
_MANAGED_POLICY, _POLICY_NAME = "AWS::IAM::ManagedPolicy", "ManagedPolicyName"
_BY_NAME = "\0by name"


def _named_roles(world: World, policy: Resource) -> Iterator[Resource | str | None]:
    """Yield the roles that a policy belongs to, or their names; None for a name that is not known."""
    for name in Permissions(world)._names(policy):  # noqa: SLF001 - a part of the same class
        role = _role_in(name)
        yield role
        if not isinstance(role, Resource):
            yield _BY_NAME


class _Vote(NamedTuple):
    """What some statements say to a request.

    Attributes:
        truth: whether one of them applies.
        statements: those that do.
        missing: what is missing to know it of the others.
    """

    truth: Truth = False
    statements: tuple[Statement, ...] = ()
    missing: tuple[str, ...] = ()


_NO_VOTE, _ALLOWED = _Vote(), _Vote(True)


class _Judged(NamedTuple):
    """The statements that can concern a request, by the part that they play.

    Attributes:
        is_sure: whether each of them surely concerns its action.
    """

    identity: tuple[Statement, ...]
    boundary: tuple[Statement, ...]
    repository: tuple[Statement, ...]
    is_sure: bool = True

    def decision(self, role: RolePolicies, repository: RepositoryPolicy | None, request: Request) -> Decision:
        identity, deny = _votes(self.identity, request, role.identity.unknown)
        boundary, denies = _ALLOWED, [deny]
        grant = identity
        bounded = role.boundary is not None
        if role.boundary is not None:
            boundary, deny = _votes(self.boundary, request, role.boundary.unknown)
            denies.append(deny)
            grant = _all_of(identity, boundary)
        both = grant
        if repository is not None and request.resource != "*":
            everyone, named, account = _addressed(self.repository, "Allow", request, repository, bounded=bounded)
            denies += _addressed(self.repository, "Deny", request, repository, bounded=bounded)
            is_own = same(role.principal.account, repository.account)
            if not (is_own and both.truth):
                own = _one_of(both, _all_of(named, boundary), everyone)
                other = _all_of(both, _one_of(everyone, named, account))
                grant = _chosen(is_own, own, other, role, repository)
        deny = _one_of(*[vote for vote in denies if vote is not _NO_VOTE])
        if deny.truth is True:
            return Decision(Verdict.BROKEN, f"denied by {deny.statements[0]}", deny.statements[:1])
        if grant.truth is False:
            return Decision(Verdict.BROKEN, _lacking(role, repository, request, identity, boundary))
        if deny.truth is False and grant.truth is True:
            return Decision(Verdict.HOLDS, f"allowed by {_listed(grant.statements)}", grant.statements)
        missing = tuple(dict.fromkeys(deny.missing if deny.truth is None else ())) + tuple(
            m for m in (grant.missing if grant.truth is None else ()) if m not in deny.missing
        )
        return Decision(Verdict.UNKNOWN, f"known only at deployment: {_listed(missing)}", missing=missing)


def _judged(
    role: RolePolicies, repository: RepositoryPolicy | None, requests: Mapping[str, str | Text]
) -> Iterator[_Judged]:
    """Yield the statements that can concern a request, for each of several."""
    actions, resources = tuple(requests), tuple(requests.values())
    sure = [True] * len(actions)

    def concerned(policies: Policies | None) -> Sequence[Sequence[Statement]]:
        if policies is None or not policies.statements:
            return ((),) * len(actions)
        found: list[list[Statement]] = [[] for _ in actions]
        for statement in policies.statements:
            for number, truth in enumerate(statement.concerns(actions, resources)):
                if truth is not False:
                    found[number].append(statement)
                    if truth is None:
                        sure[number] = False
        return found

    identity, boundary = concerned(role.identity), concerned(role.boundary)
    granted = concerned(repository.policies if repository is not None else None)
    for number, resource in enumerate(resources):
        own = granted[number] if resource != "*" else ()  # a repository's policy is asked about the repository only
        yield _Judged(tuple(identity[number]), tuple(boundary[number]), tuple(own), sure[number])


def _lacking(
    role: RolePolicies, repository: RepositoryPolicy | None, request: Request, identity: _Vote, boundary: _Vote
) -> str:
    """Return who does not allow a request."""
    if repository is not None and repository.lacking:
        return repository.lacking
    asked = f"{request.action} on {request.resource}"
    if identity.truth is False:
        return _none_of(f"role {role.title}", role.identity, asked)
    if boundary.truth is False and role.boundary is not None:
        return _none_of(f"the permissions boundary of role {role.title}", role.boundary, asked)
    assert repository is not None  # noqa: S101 - nobody else is left
    if not repository.policies.statements:
        return f"repository {repository.title} of account {repository.account} has no policy that allows {asked}"
    return f"no statement of the policy of repository {repository.title} allows role {role.title} {asked}"


def _none_of(whose: str, policies: Policies, asked: str) -> str:
    titles = ", ".join(dict.fromkeys(map(str, policies.policies)))
    return f"no statement of {whose} allows {asked}: it has {titles or 'no policies'}"


def _votes(statements: Sequence[Statement], request: Request, unknown: tuple[str, ...]) -> tuple[_Vote, _Vote]:
    """Return what statements say for a request and against it; of each, the first that applies decides."""
    return _vote(statements, "Allow", request, unknown), _vote(statements, "Deny", request, unknown)


def _vote(statements: Sequence[Statement], effect: str, request: Request, unknown: tuple[str, ...]) -> _Vote:
    missing = [*unknown]
    for statement in statements:
        if effect in statement.effects:
            answer, what = statement.applies(effect, request)
            if answer:
                return _Vote(True, (statement,))
            if answer is None:
                missing.append(what)
    return _Vote(None, (), tuple(dict.fromkeys(missing))) if missing else _NO_VOTE


def _addressed(
    statements: Sequence[Statement], effect: str, request: Request, repository: RepositoryPolicy, *, bounded: bool
) -> tuple[_Vote, _Vote, _Vote]:
    """Return what the statements of a repository's policy say, by the principal by which they mean the role."""
    if not statements and not repository.policies.unknown:
        return _NO_VOTE, _NO_VOTE, _NO_VOTE
    answers: list[tuple[Statement, Address, str]] = [
        (statement, *statement.addresses(effect, request, bounded=bounded))
        for statement in statements
        if effect in statement.effects
    ]
    unknown = repository.policies.unknown

    def vote(side: int) -> _Vote:
        truths: list[Truth] = [None] if unknown else []
        return _Vote(
            some([*truths, *(address[side] for _, address, _ in answers)]),
            tuple(statement for statement, address, _ in answers if address[side] is True),
            (*unknown, *(missing for _, address, missing in answers if address[side] is None)),
        )

    return vote(0), vote(1), vote(2)


def _all_of(*votes: _Vote) -> _Vote:
    return _Vote(
        every(vote.truth for vote in votes),
        _unique(vote.statements[:1] for vote in votes),
        _unique(vote.missing for vote in votes if vote.truth is None),
    )


def _one_of(*votes: _Vote) -> _Vote:
    if not votes:
        return _NO_VOTE
    for vote in votes:
        if vote.truth:
            return vote
    return _Vote(some(vote.truth for vote in votes), (), _unique(vote.missing for vote in votes if vote.truth is None))


def _unique(tuples: Iterable[tuple[Any, ...]]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(item for items in tuples for item in items))


def _chosen(own_account: Truth, own: _Vote, other: _Vote, role: RolePolicies, repository: RepositoryPolicy) -> _Vote:
    """Return the vote that counts in one account or across accounts; where that is not known, what both agree on."""
    if own_account is not None:
        return own if own_account else other
    if own.truth is other.truth:
        return _Vote(own.truth, other.statements, _unique((own.missing, other.missing)))
    which = f"whether account {role.principal.account} of role {role.title} is {repository.account}"
    return _Vote(None, (), (which, *_unique((own.missing, other.missing))))


def joined(parts: Sequence[Policies]) -> Policies:
    """Return all policies of several kinds as those of one."""
    parts = [part for part in parts if part is not _NOTHING]
    if len(parts) < 2:
        return parts[0] if parts else _NOTHING
    return Policies(
        tuple([policy for part in parts for policy in part.policies]),
        tuple([statement for part in parts for statement in part.statements]),
        tuple([unknown for part in parts for unknown in part.unknown]),
    )


def _unread(policy: Policy) -> Policies:
    return Policies((policy,), unknown=(f"the document of {policy}",))


def _listed(items: Sequence[object]) -> str:
    return " and ".join(map(str, items))


def _reference(resource: Resource) -> Text:
    return Text((Hole(Kind.RESOURCE, resource.logical_id, resource),))


def _role_in(name: str | Text) -> Resource | str | None:
    if isinstance(name, str):
        return name
    hole = name.pieces[0]
    if len(name.pieces) == 1 and isinstance(hole, Hole) and hole.attribute is None and hole.resource is not None:
        return hole.resource
    return None


def _unclear(resource: Resource, path: str) -> Text:
    """Return what stands for a property that is no text."""
    return Text((Hole(Kind.ANYTHING, f"{resource.logical_id}.{path}"),))


def _doubtful(policies: Policies) -> Policies:
    """Return policies of which it is not known whether they are attached."""
    return policies._replace(statements=tuple(statement.doubted(_CHOICE) for statement in policies.statements))


# AWS managed policies


def _aws_managed_name(arn: str | Text) -> tuple[str | Hole, str | None]:
    """Return the partition of the ARN of an AWS managed policy, and what stands behind `policy/`; None for others."""
    pieces = pieces_of(arn)
    if isinstance(arn, str):
        found = re.fullmatch(r"arn:([^:]+):iam::aws:policy/(.+)", arn)
        return (found[1], found[2]) if found else ("", None)
    if len(pieces) == 3 and pieces[0] == "arn:" and isinstance(pieces[2], str):
        found = re.fullmatch(r":iam::aws:policy/(.+)", pieces[2])
        return (pieces[1], found[1]) if found else ("", None)
    return "", None


@lru_cache(maxsize=256)
def _aws_managed(arn: str, partition: str | Hole, name: str) -> Policies:
    data = managed_policies()
    documented: list[dict[str, Any]] = data["policies"].get(name, [])
    title = f"AWS managed policy {arn}"
    policy = Policy(title if documented else f"{title} (which grants no pull, as of {data['date']})", arn=arn)
    beyond = Text((Hole(Kind.ANYTHING, "what the policy says of other actions"),))
    rest = [{"Effect": e, "NotAction": data["actions"], "Resource": beyond} for e in ("Allow", "Deny")]
    own = [_in_partition(statement, partition) for statement in documented]
    return Policies(
        (policy,),
        tuple([Statement(policy, index, (value,)) for index, value in enumerate((*own, *rest))]),
    )


def _in_partition(value: Value, partition: str | Hole) -> Value:
    """Return a value with the ARNs of a partition in place of those of `aws`."""
    if isinstance(value, str) and value.startswith("arn:aws:"):
        return text("arn:", partition, value.removeprefix("arn:aws"))
    if isinstance(value, list):
        return [_in_partition(item, partition) for item in value]
    if isinstance(value, dict):
        return {key: _in_partition(item, partition) for key, item in value.items()}
    return value


@lru_cache(maxsize=1)
def managed_policies() -> Mapping[str, Any]:
    """Return what is known of AWS managed policies.

    Returns:
        `date`, of the newest policy; `actions`, those that this covers; `policies`: by what stands behind `policy/`
        in the ARN, the statements that name one of these actions, reduced to them. All other AWS managed policies
        of that date neither allow nor deny any of these actions.
    """
    # importlib.resources would cost every run of the command 5 ms.
    loaded: Mapping[str, Any] = json.loads(Path(__file__).with_name("managed_policies.json").read_bytes())
    return loaded
