"""Answers whether the roles of a task may do what it needs before its process starts, besides the image's pull."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple, Protocol

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Value, text
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.containers import Container, Containers
from ecr_ecs_constructs.pull.iam.contexts import Source, by_each_way, context_of
from ecr_ecs_constructs.pull.iam.decisions import ResourcePolicy, decide, depends_on_way
from ecr_ecs_constructs.pull.iam.documents import NO_POLICIES, Policies
from ecr_ecs_constructs.pull.iam.pullers import INSTANCE_ROLE, Puller, Pullers
from ecr_ecs_constructs.pull.iam.requests import Anonymous
from ecr_ecs_constructs.pull.iam.roles import RolePolicies, Roles
from ecr_ecs_constructs.pull.iam.trust import Trusts
from ecr_ecs_constructs.pull.needs.guards import Guards
from ecr_ecs_constructs.pull.needs.need import Ask, Need, Who
from ecr_ecs_constructs.pull.needs.needs import Needs
from ecr_ecs_constructs.pull.needs.regions import owner_of
from ecr_ecs_constructs.pull.placement.placements import Placements
from ecr_ecs_constructs.pull.texts.pattern import ContextValue, same

_STARTERS = (Who.EXECUTION_ROLE, Who.LOGGER)
"""Those who are the roles that start tasks."""

_TASK_ROLE, _ANYONE = "task role", "a client without IAM authorization"


class Grant(NamedTuple):
    """The answers to whether somebody may do what one need asks.

    Attributes:
        need: the need.
        who: who asks, in messages: `execution role Execution`.
        answers: whether that may do each action.
        grantable: the actions that it may not do, and might by one more statement of its own.
        role: the role of the templates that asks; None for another one.
    """

    need: Need
    who: str
    answers: Mapping[str, Answer]
    grantable: tuple[str, ...] = ()
    role: Resource | None = None


class NeedWays(Protocol):
    """The ways by which requests for needs come to AWS."""

    def of_need(self, container: Container, puller: Puller, need: Need) -> Iterable[Source]:
        """Return each way by which the role that pulls may ask for what a container needs besides."""


class Grants(InWorld):
    """The actions that the roles of tasks may do before processes start, in one world."""

    def __init__(self, pullers: Pullers, needs: Needs, roles: Roles, ways: NeedWays) -> None:
        self.world = roles.world
        self._containers = Containers(self.world)
        self._ways = ways
        self._placements = Placements(self.world)
        self._pullers = pullers
        self._needs = needs
        self._roles = roles
        self._trusts = Trusts(roles.documents)
        self._guards = Guards(roles.documents)

    @asked
    def needs(self, container: Container) -> tuple[Need, ...]:
        """Return all that a container needs in any place where it runs, each once."""
        found = [need for each in self._placements.of(container) for need in self._needs.of(container, each)]
        return tuple(dict.fromkeys(found))

    @asked
    def of(self, container: Container) -> tuple[Grant, ...]:
        """Return whether all who ask for what a container needs may have it, besides the pull of its image."""
        template = container.resource.template
        found: list[Grant] = []
        for puller in self._pullers.of(container):
            if puller.role is None:
                continue
            role = self._roles.of_target(puller.role, template)
            for need, asks in self._asking(container, *_STARTERS):
                if asks.who is Who.LOGGER or puller.kind != INSTANCE_ROLE:
                    ways = partial(self._ways.of_need, container, puller, need)
                    found.append(self._grant(need, asks, f"{puller.kind} {role.title}", role, template, ways=ways))
        for target in self._containers.task_roles(container.task):
            role = self._roles.of_target(target, template)
            for need, asks in self._asking(container, Who.TASK_ROLE):
                found.append(self._grant(need, asks, f"{_TASK_ROLE} {role.title}", role, template))
        for need, asks in self._asking(container, Who.STARTER):
            assert asks.role is not None  # noqa: S101 - each of these has one
            role = self._roles.of_target(asks.role, template)
            found.append(self._grant(need, asks, f"role {role.title}", role, template))
        for need, asks in self._asking(container, Who.ANYONE):
            anyone = Anonymous(self.world.pseudo(template, "AWS::AccountId"))
            found.append(self._grant(need, asks, _ANYONE, RolePolicies(_ANYONE, anyone, NO_POLICIES), template))
        return tuple(found)

    def _asking(self, container: Container, *who: Who) -> Iterator[tuple[Need, Ask]]:
        """Yield the needs of a container for which some must be allowed something, each with what that is."""
        for need in self.needs(container):
            if isinstance(need.asks, Ask) and need.asks.who in who:
                yield need, need.asks

    def _grant(
        self,
        need: Need,
        asks: Ask,
        who: str,
        role: RolePolicies,
        template: Template,
        *,
        ways: Callable[[], Iterable[Source]] = tuple,
    ) -> Grant:
        answers = {a: self._by_each_way(role, a, asks, template, ways) for a in asks.actions}
        lacking = tuple(action for action, answer in answers.items() if answer.truth is False)
        grantable = self._grantable(role, lacking, asks, template) if lacking and role.resource is not None else ()
        return Grant(need, who, answers, grantable, role.resource)

    def _grantable(
        self, role: RolePolicies, actions: tuple[str, ...], asks: Ask, template: Template
    ) -> tuple[str, ...]:
        """Return the actions of some that a role might do by one more statement: nothing denies or bounds them."""
        statement: Value = {"Effect": "Allow", "Action": [*actions], "Resource": "*"}
        granted = role.with_statement(statement)
        return tuple(action for action in actions if self._answer(granted, action, asks, template).truth)

    def _by_each_way(
        self, role: RolePolicies, action: str, asks: Ask, template: Template, ways: Callable[[], Iterable[Source]]
    ) -> Answer:
        """Return whether a role may do something that a need asks, by whichever way it asks."""
        found = self._answer(role, action, asks, template)
        if found.truth is not None or not depends_on_way(role, self._guard(asks), self._controls(asks)):
            return found
        return by_each_way(found, ways(), partial(self._answer, role, action, asks, template))

    @asked
    def _guard(self, asks: Ask) -> ResourcePolicy | None:
        """Return the policy of what is asked for, None where it is not in the templates, or has none that is asked."""
        policy = self._guards.of(asks.made) if asks.made is not None else None
        if policy is None or asks.who is not Who.ANYONE:
            return policy
        lacking = f"no statement of the policy of {policy.title} allows it to anyone"
        return policy._replace(lacking=lacking, trusts_account=True)

    def _controls(self, asks: Ask) -> Policies | None:
        """Return the resource control policies on what is asked for; None for those of the account of the role."""
        owner = owner_of(asks)
        return self._roles.organizations.on(owner) if owner else None

    def without_role(self, container: Container) -> Iterator[tuple[Puller, Sequence[Need]]]:
        """Yield who starts a container whose task has no execution role, with all that needs one."""
        lacking = [need for need, _ in self._asking(container, *_STARTERS)]
        bound = [need for need, _ in self._asking(container, Who.EXECUTION_ROLE)]
        for puller in self._pullers.of(container):
            if puller.kind == INSTANCE_ROLE:
                yield puller, bound
            elif puller.role is None and puller.placement is not None:
                yield puller, lacking if puller.absent else bound

    @asked
    def trust(self, role: Resource, asks: Ask, template: Template) -> Answer:
        """Return whether a service may assume a role.

        Args:
            role: the role.
            asks: which service asks, and for what.
            template: the template of the task.
        """
        assert asks.assumer is not None  # noqa: S101 - a service asks
        return self._trusts.may_assume(asks.assumer, role, template, asks.resource)

    @asked
    def _answer(
        self, role: RolePolicies, action: str, asks: Ask, template: Template, way: Source | None = None
    ) -> Answer:
        """Return whether a role may do something that a need asks, by a way or whatever way that is."""
        policy = self._guard(asks)
        context = {**self._context(role, asks), **({} if way is None else way.context)}
        controls = self._controls(asks)
        ask = partial(decide, role, action, template=template, context=context, policy=policy, controls=controls)
        found = ask(asks.resource)
        if asks.also and found.truth is False:
            other = ask(asks.also)
            if other.truth is not False:
                return Answer(None, f"it may on {asks.also}, and AWS asks for {asks.resource}")
        if found.truth and asks.account and same(asks.account, role.principal.account) is not True:
            why = f"it may where the account is {asks.account}; elsewhere a policy there decides"
            return Answer(None, why)
        return found

    def _context(self, role: RolePolicies, asks: Ask) -> Mapping[str, ContextValue]:
        """Return the values of condition keys in a request.

        Sources:
            https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
            https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
        """
        context = context_of(asks.region, owner_of(asks), through=asks.via)
        if asks.via:
            context["kms:calleraccount"] = role.principal.account
            if asks.region:
                context["kms:viaservice"] = text(asks.via, ".", asks.region, ".amazonaws.com")
        return {**context, **dict(asks.context)}
