"""Decisions on what a role may do on a resource, by all the policies that have a say.

Organizations, sessions and VPC endpoints can deny more than the policies of roles and resources. Of organizations,
the service control policies and resource control policies that are in the templates count.

Sources:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, Value, pieces_of
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.iam.contexts import SOURCE_KEYS
from ecr_ecs_constructs.pull.iam.documents import Policies
from ecr_ecs_constructs.pull.iam.requests import Request
from ecr_ecs_constructs.pull.iam.roles import RolePolicies
from ecr_ecs_constructs.pull.iam.statements import Statement
from ecr_ecs_constructs.pull.iam.votes import ASSENT, NONE, Vote, all_votes, any_vote, once, vote, votes_of_resource
from ecr_ecs_constructs.pull.texts.pattern import ContextValue, Truth, same


class ResourcePolicy(NamedTuple):
    """The policy of a resource: of a repository, or of a role as its trust policy.

    Attributes:
        title: what the resource is called in messages: `repository Images`.
        account: the account of the resource.
        policies: the policy; without statements where the resource has none.
        lacking: what is said where nobody allows a request; a sentence about the role or the resource if not given.
        trusts_account: whether the policies of roles of its account count without its say. Those that are about a key
            do only where it says so: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
        setter: the name of what may set another policy at deployment; empty where nothing does.
        giver: the name of what gives the resource its policy; empty where that is the resource itself.
    """

    title: str
    account: str | Text
    policies: Policies
    lacking: str = ""
    trusts_account: bool = True
    setter: str = ""
    giver: str = ""

    @property
    def name(self) -> str:
        """The policy as messages call it: `the policy of repository Images`."""
        return f"the policy that {self.giver} gives {self.title}" if self.giver else f"the policy of {self.title}"

    def letting_in(self, role: RolePolicies) -> ResourcePolicy:
        """Return the same policy with one more statement, which lets in the account of a role."""
        everyone: Value = {"AWS": role.principal.root}
        statement: Value = {"Effect": "Allow", "Principal": everyone, "Action": "*"}
        return self._replace(policies=self.policies.with_statement(statement))


_CONTROLLED = frozenset({"ecr", "kms", "s3", "secretsmanager", "sts"})
"""The services whose resources resource control policies are about, of those that are asked; AWS adds services.

Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
"""


def depends_on_way(role: RolePolicies, policy: ResourcePolicy | None, controls: Policies | None = None) -> bool:
    """Return whether a condition asks by which way a request comes, in the policies that have a say on it.

    Args:
        role: the policies that the role carries.
        policy: the policy of the resource; None if it is not to be considered.
        controls: as `decide` takes it.
    """
    own = role.controls if controls is None else controls
    parts = (role.identity, role.boundary, role.organization, own, None if policy is None else policy.policies)
    return any(part is not None and part.ask_for(SOURCE_KEYS) for part in parts)


def decide(
    role: RolePolicies,
    action: str,
    resource: str | Text,
    *,
    template: Template | None = None,
    context: Mapping[str, ContextValue] | None = None,
    policy: ResourcePolicy | None = None,
    controls: Policies | None = None,
) -> Answer:
    """Return whether a role may do something.

    Args:
        role: the policies that the role carries.
        action: the action: `ecr:BatchGetImage`.
        resource: the ARN of the resource that it acts on, `*` for an action without resources.
        template: the template in which the names of parameters in `resource` and `context` mean something.
        context: the values of condition keys: a tuple for a key with several values, an empty one for a key
            that is not in the request. The keys of the role itself are known; no other is.
        policy: the policy of the resource; None if it is not to be considered.
        controls: the resource control policies that the resource is under; those of the account of the role if not
            given, which count for actions without resources anyway.
    """
    requests = {action: resource}
    return decide_each(role, requests, template=template, context=context, policy=policy, controls=controls)[action]


def decide_each(
    role: RolePolicies,
    requests: Mapping[str, str | Text],
    *,
    template: Template | None = None,
    context: Mapping[str, ContextValue] | None = None,
    policy: ResourcePolicy | None = None,
    controls: Policies | None = None,
) -> dict[str, Answer]:
    """Return whether a role may do each of several things, as `decide` does; most are decided alike.

    Args:
        role: the policies that the role carries.
        requests: by action, the ARN of the resource that it acts on.
        template: as `decide` takes it.
        context: as `decide` takes it.
        policy: as `decide` takes it.
        controls: as `decide` takes it.
    """

    def known() -> Mapping[str, ContextValue]:
        return role.context if context is None else {**role.context, **{k.lower(): v for k, v in context.items()}}

    answers: dict[str, Answer] = {}
    alike: dict[tuple[str | Text, _Concerned], Answer] = {}
    all_concerned = _concerned(role, policy, controls, requests)
    for (action, resource), concerned in zip(requests.items(), all_concerned, strict=True):
        answer = alike.get((resource, concerned))
        if answer is None:
            request = Request(role.principal, action, resource, template, known)
            over = role.controls if controls is None or resource == "*" else controls
            answer = _Case(role, policy, over, request, concerned).decided()
            # Only what is broken names its action in words.
            if concerned.is_sure and answer.truth is not False:
                alike[resource, concerned] = answer
        answers[action] = answer
    return answers


class _Concerned(NamedTuple):
    """The statements that can concern a request, by the policies that they stand in.

    Attributes:
        identity: those of the role itself.
        boundary: those of its permissions boundary.
        resource: those of the policy of the resource.
        organization: those of service control policies.
        controls: those of resource control policies.
        is_sure: whether each of them surely concerns its action.
    """

    identity: tuple[Statement, ...]
    boundary: tuple[Statement, ...]
    resource: tuple[Statement, ...]
    organization: tuple[Statement, ...]
    controls: tuple[Statement, ...]
    is_sure: bool


def _concerned(
    role: RolePolicies, policy: ResourcePolicy | None, controls: Policies | None, requests: Mapping[str, str | Text]
) -> Iterator[_Concerned]:
    """Yield the statements that can concern a request, for each of several."""
    actions, resources = tuple(requests), tuple(requests.values())
    sure = [True] * len(actions)

    def those_of(policies: Policies | None) -> Sequence[Sequence[Statement]]:
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

    identity, boundary = those_of(role.identity), those_of(role.boundary)
    granted, forbidden = those_of(policy.policies if policy is not None else None), those_of(role.organization)
    general = those_of(role.controls)
    controlled = general if controls is None else those_of(controls)
    for number, resource in enumerate(resources):
        # The policies of a resource are asked about that alone.
        own, over = ((), general) if resource == "*" else (granted[number], controlled)
        yield _Concerned(
            tuple(identity[number]),
            tuple(boundary[number]),
            tuple(own),
            tuple(forbidden[number]),
            tuple(over[number]),
            sure[number],
        )


class _Case(NamedTuple):
    """A request, and all that has a say on it.

    Attributes:
        role: the policies of the role.
        policy: the policy of the resource.
        controls: the resource control policies that it is under.
        request: the request.
        concerned: the statements that can concern it.
    """

    role: RolePolicies
    policy: ResourcePolicy | None
    controls: Policies
    request: Request
    concerned: _Concerned

    def decided(self) -> Answer:
        """Return whether it is allowed: a Deny goes before every Allow, and without an Allow nothing is."""
        identity, boundary = self._of_role("Allow")
        both = identity if self.role.boundary is None else all_votes(identity, boundary)
        policy = self.policy if self.request.resource != "*" else None
        grant = both if policy is None else self._with_resource(policy, both, boundary)
        deny = self._denial(policy)
        if deny.truth:
            return Answer(False, f"denied by {deny.statements[0]}")
        if grant.truth is False:
            return Answer(False, self._lacking(identity, boundary))
        if deny.truth is False and grant.truth:
            return Answer(True, f"allowed by {_listed(grant.statements)}")
        missing = once((deny.missing, grant.missing if grant.truth is None else ()))
        return Answer(None, f"known only at deployment: {_listed(missing)}")

    def _of_role(self, effect: str) -> tuple[Vote, Vote]:
        """Return the votes of the role's own policies and of its permissions boundary."""
        role = self.role
        identity = vote(self.concerned.identity, effect, self.request, role.identity.unknown)
        if effect == "Allow" and identity.truth is False and role.attacher:
            identity = Vote(None, (), (f"whether {role.attacher} attaches a policy to role {role.title}",))
        if role.boundary is None:
            return identity, ASSENT if effect == "Allow" else NONE
        return identity, vote(self.concerned.boundary, effect, self.request, role.boundary.unknown)

    def _of_resource(self, effect: str, policy: ResourcePolicy) -> tuple[Vote, Vote, Vote]:
        bounded = self.role.boundary is not None
        unknown = policy.policies.unknown
        everyone, named, account = votes_of_resource(
            self.concerned.resource, effect, self.request, unknown, bounded=bounded
        )
        if effect == "Allow" and policy.setter and not any(each.truth for each in (everyone, named, account)):
            named = any_vote(named, Vote(None, (), (f"whether {policy.setter} sets {policy.name}",)))
        return everyone, named, account

    def _denial(self, policy: ResourcePolicy | None) -> Vote:
        """Return the vote of all that denies."""
        organization = self.role.organization
        forbidden = vote(self.concerned.organization, "Deny", self.request, organization.unknown)
        votes = [*self._of_role("Deny"), forbidden, self._control()]
        if policy is not None:
            votes += self._of_resource("Deny", policy)
        return any_vote(*[each for each in votes if each is not NONE])

    def _control(self) -> Vote:
        """Return the vote of the resource control policies that deny; their principal is always everyone."""
        found = vote(self.concerned.controls, "Deny", self.request, self.controls.unknown)
        service = self.request.action.partition(":")[0]
        if found.truth and service not in _CONTROLLED:
            return Vote(None, (), (f"whether resource control policies are about {service}",))
        return found

    def _with_resource(self, policy: ResourcePolicy, both: Vote, boundary: Vote) -> Vote:
        """Return the vote of all that allows, the policy of the resource included.

        In one account it is enough that either the role or the resource allows; across accounts both must.

        Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html

        Args:
            policy: the policy of the resource.
            both: the vote of the role together with its boundary.
            boundary: the vote of the boundary.
        """
        is_own = same(self.role.principal.account, policy.account)
        if is_own and both.truth and policy.trusts_account:
            return both
        everyone, named, account = self._of_resource("Allow", policy)
        of_role = both if policy.trusts_account else all_votes(both, account)
        own = any_vote(of_role, all_votes(named, boundary), everyone)
        other = all_votes(both, any_vote(everyone, named, account))
        return self._in_account(is_own, own, other, policy)

    def _in_account(self, is_own: Truth, own: Vote, other: Vote, policy: ResourcePolicy) -> Vote:
        """Return the vote that counts in one account or across accounts; where that is open, what both agree on."""
        if is_own is not None:
            return own if is_own else other
        missing = once((own.missing, other.missing))
        if own.truth is other.truth:
            return Vote(own.truth, other.statements, missing)
        account = self.role.principal.account
        which = f"whether account {account} of role {self.role.title} is {policy.account}"
        return Vote(None, (), (which, *missing))

    def _lacking(self, identity: Vote, boundary: Vote) -> str:
        """Return who does not allow the request."""
        role, policy = self.role, self.policy
        if policy is not None and policy.lacking:
            return policy.lacking
        what = f"{self.request.action} on {_named(self.request.resource)}"
        if identity.truth is False:
            return _none_of(f"role {role.title}", role.identity, what)
        if boundary.truth is False and role.boundary is not None:
            return _none_of(f"the permissions boundary of role {role.title}", role.boundary, what)
        assert policy is not None  # noqa: S101 - nobody else is left
        if not policy.policies.statements:
            none = f"no policy that allows {what}"
            whose = f"{policy.title} of account {policy.account}"
            return f"{policy.giver} gives {whose} {none}" if policy.giver else f"{whose} has {none}"
        return f"no statement of {policy.name} allows role {role.title} {what}"


def _named(resource: str | Text) -> str:
    """Return the words for what is acted on."""
    pieces = pieces_of(resource)
    is_unknown = len(pieces) == 1 and isinstance(pieces[0], Hole) and pieces[0].kind is Kind.ANYTHING
    return "a resource that is known only at deployment" if is_unknown else str(resource)


def _none_of(whose: str, policies: Policies, what: str) -> str:
    titles = ", ".join(dict.fromkeys(map(str, policies.documents)))
    return f"no statement of {whose} allows {what}: it has {titles or 'no policies'}"


def _listed(items: Sequence[object]) -> str:
    return " and ".join(map(str, items))
