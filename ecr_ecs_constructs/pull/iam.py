"""Whether a role may do something on a resource, by all the policies that it carries.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from ecr_ecs_constructs.cloudformation.template import TRANSFORM, Node, Resource, Template, agree
from ecr_ecs_constructs.cloudformation.values import (
    ABSENT,
    Assumption,
    Hole,
    Kind,
    Site,
    Text,
    Value,
    existence,
    pieces_of,
    text,
)
from ecr_ecs_constructs.pull.path import Model
from ecr_ecs_constructs.pull.pattern import ContextValue, Truth, every, same, some
from ecr_ecs_constructs.pull.policy import (
    Address,
    Policy,
    Principal,
    Request,
    Statement,
    read_document,
)

MAX_CONDITIONS = 6
"""How many conditions of templates, each with either outcome, one answer is judged under; with more it is unknown."""


class Verdict(StrEnum):
    """The answer to the question whether a role may do something."""

    HOLDS = "holds"
    BROKEN = "broken"
    UNKNOWN = "unknown"


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
        bounded: the conditions under which it has the boundary, for each way to have it.
        assumptions: the conditions under which this is so.

    Args:
        tags: what returns its tags, as the condition keys that they are.
    """

    def __init__(
        self,
        title: str,
        principal: Principal,
        identity: Policies,
        *,
        boundary: Policies | None = None,
        bounded: tuple[tuple[Assumption, ...], ...] = ((),),
        assumptions: tuple[Assumption, ...] = (),
        tags: Callable[[], Iterable[tuple[str, str | Text]]] = tuple,
    ) -> None:
        self.title = title
        self.principal = principal
        self.identity = identity
        self.boundary = boundary
        self.bounded = bounded
        self.assumptions = assumptions
        self._tags = tags

    @cached_property
    def context(self) -> Mapping[str, ContextValue]:
        """The values of the condition keys that the role itself decides, by key in lower case."""
        return {**self.principal.context, **{key.lower(): value for key, value in self._tags()}}


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


class _Attachment(NamedTuple):
    """A policy that names the role that it belongs to.

    Attributes:
        name: the name of the role.
        policy: the resource that is the policy.
        assumptions: the conditions under which it names the role.
        certain: whether it surely names this one.
    """

    name: str | Text
    policy: Resource
    assumptions: tuple[Assumption, ...]
    certain: bool


class _Arn(NamedTuple):
    """The ARN of a managed policy that a role has.

    Attributes:
        value: the ARN.
        assumptions: the conditions under which the role has it.
        certain: whether it surely has it under these.
    """

    value: str | Text
    assumptions: tuple[Assumption, ...]
    certain: bool


class Permissions:
    """What the roles and repositories of a model's templates carry.

    Args:
        model: the model.
        services: the services whose actions are asked about, such as `ecr`; all if not given.
    """

    def __init__(self, model: Model, services: frozenset[str] | None = None) -> None:
        self._model = model
        self._services = services
        self._others: dict[str, bool] = {}  # by action, whether it is of another service
        self._evaluator = model.evaluator
        self._pseudos: dict[tuple[Template, str], str | Text] = {}
        self._read: dict[tuple[Resource | str | Text, tuple[Assumption, ...]], Policies] = {}
        self._repositories: dict[tuple[Resource, tuple[Assumption, ...]], RepositoryPolicy] = {}

    def of_role(self, role: Resource | str | Text, assumptions: tuple[Assumption, ...] = ()) -> RolePolicies:
        """Return what a role carries.

        Args:
            role: the role; the ARN or the name of a role that is not in the templates.
            assumptions: the conditions under which the question is asked.
        """
        if not isinstance(role, Resource):
            return self._imported(role, assumptions)
        assumptions = _with_own(role, assumptions)
        parts = [
            self._inline(role, assumptions),
            *(self._managed(role, arn, assumptions) for arn in self._arns(role, "ManagedPolicyArns.*", assumptions)),
            *(self._attached(attachment, assumptions) for attachment in self._attachments_of(role)),
        ]
        bounding = tuple(self._arns(role, "PermissionsBoundary", assumptions))
        boundary = [self._managed(role, arn, assumptions) for arn in bounding]
        return RolePolicies(
            role.logical_id,
            self.principal(role),
            joined(parts),
            boundary=joined(boundary) if boundary else None,
            bounded=tuple([named.assumptions for named in bounding]),
            assumptions=assumptions,
            tags=partial(self._tags, role),
        )

    def of_repository(self, repository: Resource, assumptions: tuple[Assumption, ...] = ()) -> RepositoryPolicy:
        """Return the policy of a repository.

        Args:
            repository: the repository.
            assumptions: the conditions under which the question is asked.
        """
        if (repository, assumptions) not in self._repositories:
            self._repositories[repository, assumptions] = self._of_repository(repository, assumptions)
        return self._repositories[repository, assumptions]

    def _of_repository(self, repository: Resource, given: tuple[Assumption, ...]) -> RepositoryPolicy:
        assumptions = _with_own(repository, given)
        policy = Policy(f"the policy of repository {repository.logical_id}", repository)
        found = [self._document(policy, site, assumptions) for site in self._sites(repository, "RepositoryPolicyText")]
        return RepositoryPolicy(
            repository.logical_id, self.pseudo(repository.template, "AWS::AccountId"), joined(found)
        )

    def documents(self, resource: Resource, path: str, title: str) -> Policies:
        """Return the policy that stands in a property of a resource which must have it.

        Args:
            resource: the resource.
            path: the property.
            title: what the policy is called in messages.
        """
        return self._documents(Policy(title, resource), self._sites(resource, path), _with_own(resource, ()))

    def principal(self, role: Resource) -> Principal:
        """Return a role of the templates as a principal."""
        account, partition = (self.pseudo(role.template, f"AWS::{name}") for name in ("AccountId", "Partition"))

        def arn() -> str | Text:
            path = self._only(role, "Path", "/")
            return text("arn:", partition, ":iam::", account, ":role", path, self._name(role))

        return Principal(arn, account, partition)

    def ecs_arn(self, template: Template, *resource: str | Hole | Text) -> str | Text:
        """Return the ARN of what Amazon ECS holds in the account and region of a template."""
        partition, region, account = (
            self.pseudo(template, f"AWS::{name}") for name in ("Partition", "Region", "AccountId")
        )
        return text("arn:", partition, ":ecs:", region, ":", account, ":", *resource)

    # roles

    def _imported(self, role: str | Text, assumptions: tuple[Assumption, ...]) -> RolePolicies:
        arn = text(role)
        parts = re.fullmatch(r"arn:([^:]+):iam::(\d{12}):role/(?:.*/)?([^/]+)", arn) if isinstance(arn, str) else None
        unknown = Policies(unknown=(f"role {role}, which is not in the templates",))
        named = self._attachments[1].get(parts[3] if parts else role, ()) if isinstance(role, str) else ()
        account = parts[2] if parts else None
        attached = [attachment for attachment in named if agree(account, attachment.policy.template.account)]
        hole = Text((Hole(Kind.ANYTHING, "account"),))
        return RolePolicies(
            str(role),
            Principal(lambda: arn, *((parts[2], parts[1]) if parts else (hole, hole))),
            joined([unknown, *(self._attached(attachment, assumptions) for attachment in attached)]),
            assumptions=assumptions,
        )

    def _name(self, role: Resource) -> str | Text:
        return self._only(role, "RoleName", _reference(role))

    def _only(self, resource: Resource, path: str, absent: str | Text) -> str | Text:
        """Return the only value that a property can have, a hole if it can have several."""
        sites = self._sites(resource, path)
        if not sites:
            return absent
        values = [
            absent if branch.value is ABSENT else branch.value
            for site in sites
            for branch in self._evaluator.branches(site)
        ] or [absent]
        first = values[0]
        if len(values) == 1 and isinstance(first, (str, Text)):
            return first
        return Text((Hole(Kind.ANYTHING, f"{resource.logical_id}.{path}"),))

    def pseudo(self, template: Template, name: str) -> str | Text:
        """Return a pseudo parameter of a template, as far as it is known: `AWS::AccountId`."""
        if (template, name) not in self._pseudos:
            self._pseudos[template, name] = text(self._evaluator.evaluate(template, {"Ref": name})[0].value)
        return self._pseudos[template, name]

    def _sites(self, resource: Resource, path: str) -> Sequence[Site]:
        """Return the places that a path leads to; without a search where there is no such property."""
        properties = resource.properties
        if path.partition(".")[0] not in properties and "Fn::Transform" not in properties:
            return ()
        return self._evaluator.sites(resource, path)

    def _tags(self, role: Resource) -> Iterator[tuple[str, str | Text]]:
        """Yield the condition keys that the tags of a role are; tags that are not in its template are not known.

        Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
        """
        for site in self._sites(role, "Tags.*"):
            tags = [branch.value for branch in self._evaluator.branches(site)]
            if len(tags) == 1 and isinstance(tags[0], dict) and not site.assumptions:
                key, value = tags[0].get("Key"), tags[0].get("Value")
                if isinstance(key, str) and isinstance(value, (str, Text)):
                    yield f"aws:PrincipalTag/{key}", value

    # what is attached to a role

    def _inline(self, role: Resource, assumptions: tuple[Assumption, ...]) -> Policies:
        found: list[Policies] = []
        for site in self._sites(role, "Policies.*"):
            node = site.node
            name = node.get("PolicyName") if isinstance(node, dict) else None
            title = f"policy {name!r}" if isinstance(name, str) else site.location
            policy = Policy(f"{title} of {role.logical_id}", role)
            found.append(self._documents(policy, self._evaluator.sites(role, "PolicyDocument", site), assumptions))
        return joined(found)

    def _attached(self, attachment: _Attachment, assumptions: tuple[Assumption, ...]) -> Policies:
        policies = self._of_policy(attachment.policy, assumptions)
        extra = tuple(a for a in attachment.assumptions if a not in assumptions)
        if attachment.certain and not extra:
            return policies
        doubt = "" if attachment.certain else _CHOICE
        return policies._replace(
            statements=tuple(
                statement.where(tuple(dict.fromkeys((*statement.assumptions, *extra))), doubt=doubt)
                for statement in policies.statements
            )
        )

    def _of_policy(self, resource: Resource, assumptions: tuple[Assumption, ...]) -> Policies:
        """Return the one policy that a resource is."""
        key = (resource, assumptions)
        if key not in self._read:
            policy = Policy(f"policy {resource.logical_id}", resource)
            sites = self._evaluator.sites(resource, "PolicyDocument")
            self._read[key] = self._documents(policy, sites, assumptions)
        return self._read[key]

    def _attachments_of(self, role: Resource) -> Iterator[_Attachment]:
        by_role, by_name = self._attachments
        yield from by_role.get(role, ())
        if not by_name:
            return
        name = self._name(role)
        generated = False
        if isinstance(name, str):
            keys: Sequence[str | None] = (name, None)
        elif generated := name.pieces[0] == _reference(role).pieces[0]:
            keys = (None,)
        else:
            keys = list(by_name)
        for attachment in [attachment for key in keys for attachment in by_name.get(key, ())]:
            answer = same(attachment.name, name, local=attachment.policy.template is role.template)
            # A name that will be generated is not known yet where a parameter is given.
            given = all(isinstance(p, str) or p.kind is Kind.PARAMETER for p in pieces_of(attachment.name))
            if answer is False or (generated and given):
                continue
            is_meant = every((answer, self._is_meant(role, name, attachment.policy.template)))
            if is_meant is not False:
                yield attachment._replace(certain=attachment.certain and is_meant is True)

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
        others = [other for other in self._roles_by_name[name] if agree(other.template.account, where.account)]
        if any(other.template is where and other.condition is None for other in others):
            return False
        return None if len(others) > 1 else True

    @cached_property
    def _roles_by_name(self) -> Mapping[str, Sequence[Resource]]:
        found: dict[str, list[Resource]] = {}
        for template in self._model.templates:
            for role in template.by_type.get("AWS::IAM::Role", ()):
                if isinstance(name := self._name(role), str):
                    found.setdefault(name, []).append(role)
        return found

    @cached_property
    def _attachments(self) -> tuple[dict[Resource, list[_Attachment]], dict[str | None, list[_Attachment]]]:
        """The policies that name roles: by the role, and by its literal name, those with other names by None."""
        by_role: dict[Resource, list[_Attachment]] = {}
        by_name: dict[str | None, list[_Attachment]] = {}
        for template in self._model.templates:
            for type_, path in _NAMING_ROLES:
                for policy in template.by_type.get(type_, ()):
                    for site in self._evaluator.sites(policy, path):
                        names = self._names(site)
                        for name in names:
                            attachment = _Attachment(name, policy, site.assumptions, certain=len(names) == 1)
                            role = _role_in(name)
                            if isinstance(role, Resource):
                                by_role.setdefault(role, []).append(attachment)
                            else:
                                by_name.setdefault(role, []).append(attachment)
        return by_role, by_name

    def _names(self, site: Site) -> Sequence[str | Text]:
        """Return all that can name a role in one place."""
        node, template = site.node, site.resource.template
        name = node.get("Ref") if isinstance(node, dict) and not site.assumptions else None
        role = template.resources.get(name) if isinstance(name, str) else None
        if role is not None and role.type == "AWS::IAM::Role" and name not in template.section("Parameters"):
            return (_reference(role),)  # as nearly all do: nothing needs to be evaluated
        values = [branch.value for branch in self._evaluator.branches(site) if branch.value is not ABSENT]
        return [value if isinstance(value, (str, Text)) else _unclear(site) for value in values]

    # managed policies

    def _arns(self, role: Resource, path: str, assumptions: tuple[Assumption, ...]) -> Iterator[_Arn]:
        """Yield the ARNs of a property."""
        for site in self._sites(role, path):
            branches = self._evaluator.branches(_under(site, assumptions))
            for branch in branches:
                if branch.value is not ABSENT:
                    arn = branch.value if isinstance(branch.value, (str, Text)) else _unclear(site)
                    yield _Arn(arn, _beyond(site, assumptions), len(branches) == 1)

    def _managed(self, role: Resource, named: _Arn, assumptions: tuple[Assumption, ...]) -> Policies:
        """Return the managed policy of an ARN that a role has."""
        arn, extra, certain = named
        resources = self._managed_resources(arn, role.template)
        if resources:
            certain = certain and not self._may_be_together(resources)
            return joined(
                [
                    # The only one is there where the role is: IAM attaches no policy that is not.
                    self._attached(
                        _Attachment("", resource, extra, certain),
                        _with_own(resource, assumptions) if len(resources) == 1 else assumptions,
                    )
                    for resource in resources
                ]
            )
        partition, name = _aws_managed_name(arn)
        if name is None:
            return Policies(unknown=(f"managed policy {arn}, which is not in the templates",))
        key = (arn, ())
        if key not in self._read:
            self._read[key] = _aws_managed(str(arn), partition, name)
        found = self._read[key]
        if certain and not extra:
            return found
        doubt = "" if certain else _CHOICE
        return found._replace(statements=tuple(s.where(extra, doubt=doubt) for s in found.statements))

    def _managed_resources(self, arn: str | Text, template: Template) -> Sequence[Resource]:
        """Return the managed policies that have an ARN; one in the template that names it goes before others."""
        pieces = pieces_of(arn)
        hole = pieces[0]
        if len(pieces) == 1 and isinstance(hole, Hole):
            own = hole.resource
            if own is None or own.type != "AWS::IAM::ManagedPolicy" or hole.attribute not in (None, "PolicyArn"):
                return ()
            return (own,)
        found = [policy for policy, own in self._managed_arns if same(arn, own) is True]
        return [policy for policy in found if policy.template is template] or found

    def _may_be_together(self, resources: Sequence[Resource]) -> bool:
        pairs = itertools.combinations(resources, 2)
        return any(self._model.can_meet(tuple(existence(one)), tuple(existence(other))) for one, other in pairs)

    @cached_property
    def _managed_arns(self) -> Sequence[tuple[Resource, str | Text]]:
        """The managed policies of the templates that have a name of their own, and their ARNs."""
        return [
            (policy, text("arn:", partition, ":iam::", account, ":policy", self._only(policy, "Path", "/"), name))
            for template in self._model.templates
            for policy in template.by_type.get("AWS::IAM::ManagedPolicy", ())
            if isinstance(name := self._only(policy, "ManagedPolicyName", _unnamed(policy)), str)
            for account in (self.pseudo(template, "AWS::AccountId"),)
            for partition in (self.pseudo(template, "AWS::Partition"),)
        ]

    # documents

    def _documents(self, policy: Policy, sites: Iterable[Site], assumptions: tuple[Assumption, ...]) -> Policies:
        """Return the policy whose document stands at places that exclude each other."""
        found = [self._document(policy, site, assumptions) for site in sites]
        return joined(found) if found else _unread(policy)

    def _document(self, policy: Policy, site: Site, assumptions: tuple[Assumption, ...]) -> Policies:
        """Return the policy of one document."""
        node = site.node
        if not (isinstance(node, dict) and "Statement" in node):
            branches = self._evaluator.branches(_under(site, assumptions))
            value = branches[0].value if len(branches) == 1 else None
            if value is ABSENT:
                return _NOTHING
            try:
                node = self._expanded(read_document(value) if isinstance(value, (str, Text)) else value)
            except ValueError:
                return _unread(policy)
            if not (isinstance(node, dict) and "Statement" in node):
                return _unread(policy)
        variables = node.get("Version", "2008-10-17") != "2008-10-17"
        if TRANSFORM in node:
            return _unread(policy)
        statements: list[Statement] = []
        elements, keys = (node["Statement"], "") if isinstance(node["Statement"], list) else ([node["Statement"]], "*")
        is_sure = not site.assumptions and not assumptions
        values = partial(self._evaluated, site.resource.template)
        for index, element in enumerate(elements):
            if self._is_of_others(element):
                continue  # as most statements of most roles
            statement = Statement(policy, index, values, element, variables=variables)
            if is_sure and statement.actions is not None:  # all that it can be is seen when somebody asks
                statements.append(statement)
                continue
            for there in self._evaluator.sites(site.resource, keys, site._replace(node=element)):
                if there.location.endswith("…"):
                    return _unread(policy)
                branches = self._evaluator.branches(_under(there, assumptions))
                if branches:  # else it is not there under the assumptions
                    found = tuple(self._expanded(branch.value) for branch in branches)
                    only = found[0] if len(found) == 1 else None
                    extra = _beyond(there, assumptions)
                    statements.append(Statement(policy, index, found, only, variables=variables, assumptions=extra))
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
            is_others = self._others.get(action)
            if is_others is None:
                is_others = self._others[action] = self._is_of_other_service(action)
            if not is_others:
                return False
        return bool(actions)

    def _is_of_other_service(self, action: str) -> bool:
        service, colon, _ = action.partition(":")
        is_plain = colon != "" and service.replace("-", "").isalnum()  # without wildcards
        return self._services is not None and is_plain and service.lower() not in self._services

    def _evaluated(self, template: Template, statement: Mapping[str, Node]) -> tuple[Value, ...]:
        """Return all that a statement with plain actions can be, which is there under all conditions."""
        rest = {key: item for key, item in statement.items() if key != "Action"}
        values = [self._expanded(branch.value) for branch in self._evaluator.evaluate(template, rest)]
        # What has too many values to tell them all is a hole.
        return tuple([{**v, "Action": statement["Action"]} if isinstance(v, dict) else v for v in values])

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
                conditions = judged.conditions
                request = Request(role.principal, action, resource, template, known)
                decision = self._decision(judged, conditions, role, repository, request)
                # Only what is broken, perhaps under conditions, names its action in words.
                if judged.is_sure and not conditions and decision.verdict is not Verdict.BROKEN:
                    alike[id(resource), judged] = decision
            decisions[action] = decision
        return decisions

    def _decision(
        self,
        judged: _Judged,
        conditions: Sequence[tuple[Template, str]],
        role: RolePolicies,
        repository: RepositoryPolicy | None,
        request: Request,
    ) -> Decision:
        if not conditions:
            return judged.decision(role, repository, request)
        if len(conditions) > MAX_CONDITIONS:
            missing = f"the outcome of more than {MAX_CONDITIONS} conditions"
            return Decision(Verdict.UNKNOWN, f"unknown: {missing}", missing=(missing,))
        decisions = [
            (world, judged.under(world).decision(role, repository, request))
            for world in self._worlds(conditions, role.assumptions)
        ]
        return _merged(decisions)

    def _worlds(
        self, conditions: Sequence[tuple[Template, str]], assumptions: tuple[Assumption, ...]
    ) -> Iterator[tuple[Assumption, ...]]:
        """Yield the outcomes that conditions can have together."""
        for outcomes in itertools.product((True, False), repeat=len(conditions)):
            world = tuple(
                Assumption(*condition, outcome) for condition, outcome in zip(conditions, outcomes, strict=True)
            )
            resource = next(iter(conditions[0][0].resources.values()))
            if self._evaluator.possible(Site(resource, "", None, (*assumptions, *world))):
                yield world


_CHOICE = "a parameter"
"""What tells which of several policies is attached."""

_NAMING_ROLES = (
    ("AWS::IAM::Policy", "Roles.*"),
    ("AWS::IAM::RolePolicy", "RoleName"),
    ("AWS::IAM::ManagedPolicy", "Roles.*"),
)
"""The types of policies that name the roles that they belong to, and where."""


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
        bounded: the conditions under which there is a permissions boundary, for each way to have one.
        is_sure: whether each of them surely concerns its action.
    """

    identity: tuple[Statement, ...]
    boundary: tuple[Statement, ...]
    repository: tuple[Statement, ...]
    bounded: tuple[tuple[Assumption, ...], ...]
    is_sure: bool = True

    @property
    def conditions(self) -> tuple[tuple[Template, str], ...]:
        """The conditions of templates that decide which of the statements are there, and whether a boundary is."""
        found: dict[tuple[Template, str], None] = {}
        for statements in (self.identity, self.boundary, self.repository):
            for statement in statements:
                for assumption in statement.assumptions:
                    found[assumption.template, assumption.condition] = None
        for assumptions in self.bounded:
            for assumption in assumptions:
                found[assumption.template, assumption.condition] = None
        return tuple(found)

    def under(self, world: tuple[Assumption, ...]) -> _Judged:
        """Return what is there under the outcomes of all conditions."""

        def there(statements: tuple[Statement, ...]) -> tuple[Statement, ...]:
            return tuple(s for s in statements if all(assumption in world for assumption in s.assumptions))

        bounded = any(all(assumption in world for assumption in assumptions) for assumptions in self.bounded)
        return _Judged(there(self.identity), there(self.boundary), there(self.repository), ((),) if bounded else ())

    def decision(self, role: RolePolicies, repository: RepositoryPolicy | None, request: Request) -> Decision:
        identity, deny = _votes(self.identity, request, role.identity.unknown)
        boundary, denies = _ALLOWED, [deny]
        grant = identity
        bounded = bool(self.bounded)
        if role.boundary is not None and bounded:
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
    bounded = role.bounded if role.boundary is not None else ()
    granted = concerned(repository.policies if repository is not None else None)
    for number, resource in enumerate(resources):
        own = granted[number] if resource != "*" else ()  # a repository's policy is asked about the repository only
        yield _Judged(tuple(identity[number]), tuple(boundary[number]), tuple(own), bounded, sure[number])


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


def _merged(decisions: Sequence[tuple[tuple[Assumption, ...], Decision]]) -> Decision:
    """Return the answer that is the same under all outcomes of the conditions, unknown if there is none."""
    first = decisions[0][1]
    if all(decision.verdict is first.verdict for _, decision in decisions):
        return first
    world, decision = next((w, d) for w, d in decisions if d.verdict is not Verdict.HOLDS)
    outcomes = " and ".join(f"{a.condition} is {str(a.outcome).lower()}" for a in world)
    missing = decision.missing or (f"the outcome of condition {world[0].condition}",)
    return Decision(Verdict.UNKNOWN, f"where {outcomes}: {decision.reason}", missing=missing)


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


def _with_own(resource: Resource, assumptions: tuple[Assumption, ...]) -> tuple[Assumption, ...]:
    """Return assumptions and that a resource is there."""
    if resource.condition is None:
        return assumptions
    return tuple(dict.fromkeys((*assumptions, Assumption(resource.template, resource.condition, outcome=True))))


def _under(site: Site, assumptions: tuple[Assumption, ...]) -> Site:
    return site._replace(assumptions=(*site.assumptions, *assumptions)) if assumptions else site


def _beyond(site: Site, assumptions: tuple[Assumption, ...]) -> tuple[Assumption, ...]:
    """Return the conditions of a place that are not assumed."""
    return tuple(assumption for assumption in site.assumptions if assumption not in assumptions)


def _reference(resource: Resource) -> Text:
    return Text((Hole(Kind.RESOURCE, resource.logical_id, resource),))


def _role_in(name: str | Text) -> Resource | str | None:
    if isinstance(name, str):
        return name
    hole = name.pieces[0]
    if len(name.pieces) == 1 and isinstance(hole, Hole) and hole.attribute is None and hole.resource is not None:
        return hole.resource
    return None


def _unclear(site: Site) -> Text:
    return Text((site.node if isinstance(site.node, Hole) else Hole(Kind.ANYTHING, site.location),))


def _unnamed(policy: Resource) -> Text:
    return Text((Hole(Kind.ANYTHING, f"{policy.logical_id}.ManagedPolicyName"),))


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
        tuple([Statement(policy, index, (value,), value) for index, value in enumerate((*own, *rest))]),
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
