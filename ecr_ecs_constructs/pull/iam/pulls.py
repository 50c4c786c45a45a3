"""The pulls of container images, and whether the roles that pull may do so.

Sources:
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_ECS.html (the actions)
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html (pull-through caches)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import NamedTuple, Protocol

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Text, Value, pieces_of, text
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.iam.actions import CHECK_ACTION, PULL_ACTIONS, TOKEN_ACTION
from ecr_ecs_constructs.pull.iam.contexts import OWNER, Source, by_each_way, context_of
from ecr_ecs_constructs.pull.iam.decisions import ResourcePolicy, decide, decide_each, depends_on_way
from ecr_ecs_constructs.pull.iam.pullers import EXECUTION_ROLE, INSTANCE_ROLE, Puller, Pullers
from ecr_ecs_constructs.pull.iam.repositories import RepositoryPolicies
from ecr_ecs_constructs.pull.iam.roles import RolePolicies, Roles
from ecr_ecs_constructs.pull.iam.trust import Assumer, Trusts
from ecr_ecs_constructs.pull.images import Image
from ecr_ecs_constructs.pull.repositories import Repositories
from ecr_ecs_constructs.pull.texts.pattern import ContextValue, same
from ecr_ecs_constructs.pull.texts.references import Target
from ecr_ecs_constructs.pull.vouching import vouched_repository

_ASSUMERS: Mapping[str, Assumer] = {EXECUTION_ROLE: Assumer.TASKS, INSTANCE_ROLE: Assumer.INSTANCES}


class Pull(NamedTuple):
    """The answers to whether one role may pull one image.

    Attributes:
        container: whose image it is.
        puller: who pulls it.
        role: the policies of the role.
        policy: the policy of the repository, None where the repository is not in the templates.
        answers: whether the role may do each action of a pull.
        kept_out: the actions that nothing but the policy of the repository keeps the role from.
        trust: whether the service that pulls by the role may assume it; None for a role that is not in the templates.
        token_is_scoped: whether the role allows the token, but not on `*`, the only resource that it works on.
        elsewhere: the words for the policy of a repository that is not in the templates, where its account surely is
            another one.
        vouched: whether it is vouched for the repository, so that it lets in whoever its account lets in.
        arn: the ARN of the repository.
        repositories: the repositories of the templates that it is of.
        is_grantable: whether one more statement of the role would allow all that it surely may not do.
    """

    container: Container
    puller: Puller
    role: RolePolicies
    policy: ResourcePolicy | None
    answers: Mapping[str, Answer]
    kept_out: frozenset[str]
    trust: Answer | None
    token_is_scoped: bool = False
    elsewhere: str = ""
    vouched: bool = False
    arn: str | Text = ""
    repositories: tuple[Resource, ...] = ()
    is_grantable: bool = False

    def needs(self, action: str) -> bool:
        """Return whether it fails without an action, rather than only with some releases of the agent."""
        return action != CHECK_ACTION or self.puller.kind == INSTANCE_ROLE

    @property
    def broken(self) -> tuple[str, ...]:
        """The actions that it needs and that the role surely may not do."""
        return tuple([action for action, each in self.answers.items() if each.truth is False and self.needs(action)])


class _Repository(NamedTuple):
    """The repository of an image, as far as a request to it depends on it.

    Attributes:
        template: the template of the image.
        arn: its ARN.
        account: the account in the image's registry.
        region: the region in the image's registry.
    """

    template: Template
    arn: str | Text
    account: str | Text
    region: str | Text

    @property
    def context(self) -> dict[str, ContextValue]:
        """The context of a request, without what its way decides."""
        return context_of(self.region, self.account)


class _Asker(NamedTuple):
    """The role that asks for an image.

    Attributes:
        container: whose image it is.
        puller: who pulls it.
        role: the policies of the role.
    """

    container: Container
    puller: Puller
    role: RolePolicies


class PullWays(Protocol):
    """The ways by which requests come to Amazon ECR."""

    def of_pull(self, container: Container, puller: Puller, action: str) -> Iterable[Source]:
        """Return each way by which a puller may ask for something of a container's image."""


class Pulls(InWorld):
    """Every pull in one world.

    Args:
        roles: the policies of roles.
        pullers: who pulls.
        ways: the ways by which requests come to Amazon ECR.
    """

    def __init__(self, roles: Roles, pullers: Pullers, ways: PullWays) -> None:
        self.world = roles.world
        self._pullers = pullers
        self._ways = ways
        self._repositories = Repositories(self.world)
        self._roles = roles
        self._policies = RepositoryPolicies(roles.documents)
        self._registries = self._policies.registries
        self._trusts = Trusts(roles.documents)

    @asked
    def of(self, container: Container) -> tuple[Pull, ...]:
        """Return the pulls of a container, one for each role that may pull its image; none where it is no reference."""
        if container.image.uri is None:
            return ()
        pullers = self._pullers.of(container)
        return tuple(self._pull(container, each, each.role) for each in pullers if each.role is not None)

    def _pull(self, container: Container, puller: Puller, target: Target) -> Pull:
        image, template = container.image, container.resource.template
        role, account = self._roles.of_target(target, template), image.part("account")
        repository = _Repository(template, self._registries.arn(template, image), account, image.part("region"))
        found = self._repositories.of(template, image)
        policy = self._policies.of_image(template, image, found, target.resource)
        is_other = policy is None and template.account is not None and account != template.account
        foreign = account if is_other and isinstance(account, str) else ""
        cache = self._registries.cache_actions(template, image, found)
        filling = policy if found or policy is None else self._policies.before_made(policy, template, image)
        guards = self._guards((policy, filling), template, image, role, foreign)
        asker = _Asker(container, puller, role)
        answers = self._answers(asker, repository, guards, cache)
        broken = tuple([a for a, each in answers.items() if each.truth is False and a != TOKEN_ACTION])
        kept_out = self._kept_out(asker, broken, repository, guards[0]) if broken else frozenset()
        trust = None
        if target.resource is not None:
            trust = self._trusts.may_assume(_ASSUMERS[puller.kind], target.resource, template)
        is_scoped = answers[TOKEN_ACTION].truth is False and self._is_scoped(role)
        is_vouched = policy is None and vouched_repository(self.world, image) is not None
        lacking = tuple([action for action, each in answers.items() if each.truth is False and action not in kept_out])
        is_grantable = bool(lacking) and self._would_grant(asker, lacking, repository, guards)
        return Pull(
            container,
            puller,
            role,
            policy,
            answers,
            kept_out,
            trust,
            is_scoped,
            self._policies.elsewhere(template, image) if foreign else "",
            is_vouched,
            repository.arn,
            tuple(found),
            is_grantable,
        )

    def _would_grant(
        self,
        asker: _Asker,
        actions: tuple[str, ...],
        repository: _Repository,
        guards: tuple[ResourcePolicy | None, ResourcePolicy | None],
    ) -> bool:
        """Return whether a role might do some actions by one more statement: nothing denies or bounds them."""
        statement: Value = {"Effect": "Allow", "Action": [*actions], "Resource": "*"}
        granted = asker._replace(role=asker.role.with_statement(statement))
        return all(
            each.truth for guard in guards for each in self._decided(granted, actions, repository, guard).values()
        )

    def _guards(
        self,
        policies: tuple[ResourcePolicy | None, ResourcePolicy | None],
        template: Template,
        image: Image,
        role: RolePolicies,
        foreign: str,
    ) -> tuple[ResourcePolicy | None, ResourcePolicy | None]:
        """Return the policies that are asked about a pull, and about what fills a cache by it, with the registry's."""
        if not self._registries.policies:
            return policies
        guard = partial(
            self._policies.with_registry, template=template, image=image, own=role.principal.account, foreign=foreign
        )
        return guard(policies[0], pull=True), guard(policies[1], pull=False)

    def _answers(
        self,
        asker: _Asker,
        repository: _Repository,
        guards: tuple[ResourcePolicy | None, ResourcePolicy | None],
        cache: Mapping[str, str],
    ) -> Mapping[str, Answer]:
        """Return whether a role may do each action of a pull.

        Args:
            asker: who asks.
            repository: the repository.
            guards: the policies that are asked about the pull, and about what fills a cache.
            cache: what fills a cache, with what would have to be known to tell whether it is needed.
        """
        guard, filling = guards
        if guard != filling or self._registries.policies:
            answers = {
                **self._decided(asker, (*PULL_ACTIONS, CHECK_ACTION, TOKEN_ACTION), repository, guard),
                **self._decided(asker, tuple(cache), repository, filling),
            }
        else:
            answers = {**self._decided(asker, (*PULL_ACTIONS, CHECK_ACTION, *cache, TOKEN_ACTION), repository, guard)}
        for action, doubt in cache.items():
            if doubt and not answers[action].truth:
                why = f"known only at deployment: {doubt}; {answers[action].why}"
                answers[action] = Answer(None, why)
        return answers

    def _decided(
        self, asker: _Asker, actions: tuple[str, ...], repository: _Repository, policy: ResourcePolicy | None
    ) -> Mapping[str, Answer]:
        """Return whether a role may do each of some actions of a pull, by whichever way it asks."""
        found = self._decide(asker.role, actions, repository, policy)
        unknown = [action for action, answer in found.items() if answer.truth is None]
        if not unknown or not depends_on_way(asker.role, policy, self._roles.organizations.on(repository.account)):
            return found  # as nearly always
        by_way = {**found}
        for action in unknown:
            ways = self._ways.of_pull(asker.container, asker.puller, action)
            ask = partial(self._decide_one, asker.role, action, repository, policy)
            by_way[action] = by_each_way(found[action], ways, ask)
        return by_way

    def _decide_one(
        self, role: RolePolicies, action: str, repository: _Repository, policy: ResourcePolicy | None, way: Source
    ) -> Answer:
        """Return whether a role may do one action of a pull by a way."""
        return self._decide(role, (action,), repository, policy, way)[action]

    @asked
    def _decide(
        self,
        role: RolePolicies,
        actions: tuple[str, ...],
        repository: _Repository,
        policy: ResourcePolicy | None,
        way: Source | None = None,
    ) -> Mapping[str, Answer]:
        """Return whether a role may do each of some actions of a pull, by a way or whatever way that is."""
        controls = self._roles.organizations.on(repository.account)
        decide_all = partial(decide_each, role, template=repository.template, policy=policy, controls=controls)
        context = {**repository.context, **({} if way is None else way.context)}
        found = decide_all(
            {action: "*" if action == TOKEN_ACTION else repository.arn for action in actions}, context=context
        )
        if repository.account != role.principal.account and TOKEN_ACTION in actions:
            # The token is of no repository: which account it counts for across accounts is not documented.
            general = {name: value for name, value in context.items() if name != OWNER}
            found |= decide_all({TOKEN_ACTION: "*"}, context=general)
        unknown = [action for action, each in found.items() if each.truth is None and action != TOKEN_ACTION]
        other = self._other_form(repository) if unknown else None
        if other is not None:
            decided = decide_all(dict.fromkeys(unknown, other), context=context)
            found |= {action: each for action, each in decided.items() if each.truth is not None}
        return found

    def _other_form(self, repository: _Repository) -> str | Text | None:
        """Return another form of an ARN: a registry that a stack pulls from is of the stack's own partition."""
        partition = self.world.pseudo(repository.template, "AWS::Partition")
        first, *rest = pieces_of(repository.arn)
        match = re.match(r"arn:([a-z-]+):(.*)", first, re.DOTALL) if isinstance(first, str) else None
        if match is None or not isinstance(partition, Text):
            return None
        return text("arn:", partition, ":", match[2], *rest)

    @asked
    def _kept_out(
        self, asker: _Asker, broken: tuple[str, ...], repository: _Repository, policy: ResourcePolicy | None
    ) -> frozenset[str]:
        """Return which of some actions a role might do, if only the policy of the repository let in its account."""
        if policy is None or same(asker.role.principal.account, policy.account):
            return frozenset()  # in one account the policy of a repository keeps out by a Deny alone
        admitted = self._decided(asker, broken, repository, policy.letting_in(asker.role))
        return frozenset(action for action, each in admitted.items() if each.truth is not False)

    @asked
    def _is_scoped(self, role: RolePolicies) -> bool:
        """Return whether a role that gets no token has statements that allow it, though not on `*`."""
        if not any("Allow" in each.effects and each.names(TOKEN_ACTION) for each in role.identity.statements):
            return False
        on_all: Value = {"Effect": "Allow", "Action": TOKEN_ACTION, "Resource": "*"}
        now, then = (
            decide(RolePolicies(role.title, role.principal, policies), TOKEN_ACTION, "*")
            for policies in (role.identity, role.identity.with_statement(on_all))
        )
        return now.truth is False and then.truth is not False
