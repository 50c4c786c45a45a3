"""Who pulls a container's image, and whether that role may.

Sources:
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_ECS.html (the actions)
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html (the role)
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html (pull-through caches)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import ABSENT, Hole, Kind, Text, pieces_of, text
from ecr_ecs_constructs.image_uri import partition_of
from ecr_ecs_constructs.pull.answer import Verdict
from ecr_ecs_constructs.pull.containers import Container, Image
from ecr_ecs_constructs.pull.iam.actions import AGENT_ACTIONS, CHECK_ACTION, PULL_ACTIONS, SERVICES, TOKEN_ACTION
from ecr_ecs_constructs.pull.iam.policies import (
    Decision,
    Permissions,
    Policies,
    RepositoryPolicy,
    RolePolicies,
    joined,
)
from ecr_ecs_constructs.pull.iam.registry import Registries, together
from ecr_ecs_constructs.pull.iam.trust import Assumer, Trusts
from ecr_ecs_constructs.pull.placement.placements import Host, Launch, Placement, Placements
from ecr_ecs_constructs.pull.texts.pattern import ContextValue, Form, matches
from ecr_ecs_constructs.pull.texts.references import Target

EXECUTION_ROLE, INSTANCE_ROLE = "execution role", "container instance role"
_OWNER = "aws:resourceaccount"
_ASSUMERS: Mapping[str, Assumer] = {EXECUTION_ROLE: Assumer.TASKS, INSTANCE_ROLE: Assumer.INSTANCES}
_DECIDED = "what is decided about a pull"
_ANY_INSTANCE = Hole(Kind.ANYTHING, "container instance")


class Puller(NamedTuple):
    """Who pulls the image of a container in one place where it runs.

    Attributes:
        kind: `execution role` or `container instance role`.
        role: the role; None where there is none, or where it is not known which.
        placement: where it pulls; None where it is the same everywhere.
        absent: whether it is certain that there is none.
        reason: why there is no role.
    """

    kind: str
    role: Target | None
    placement: Placement | None = None
    absent: bool = False
    reason: str = ""


class Pull(NamedTuple):
    """Whether one role may pull one image.

    Attributes:
        container: whose image it is.
        image: the image.
        puller: who pulls it.
        role: what the role carries.
        arn: the ARN of the repository.
        repository: the policy of the repository, None where the repository is not in the templates.
        decisions: whether the role may do each action of a pull.
        own: the same without the policy of the repository, for those that it surely may not do.
        broken: the actions that the pull needs and that the role surely may not do.
        trust: whether the service that pulls by the role may assume it; None for a role that is not in the templates.
        token_is_scoped: whether the role allows the token, but not on `*`, the only resource that it works on.
        foreign: the account of a repository that is not in the templates, where it is surely another one.
    """

    container: Container
    image: Image
    puller: Puller
    role: RolePolicies
    arn: str | Text
    repository: RepositoryPolicy | None
    decisions: Mapping[str, Decision]
    own: Mapping[str, Decision]
    trust: Decision | None
    broken: tuple[str, ...] = ()
    token_is_scoped: bool = False
    foreign: str | None = None


class Pulls(InWorld):
    """Every pull in one world.

    Attributes:
        permissions: what roles and repositories carry.
        registries: what is said about the registries.
    """

    def __init__(self, placements: Placements) -> None:
        self.world = placements.world
        self._model = placements.model
        self._placements = placements
        self.permissions = Permissions(self.world, SERVICES)
        self._trusts = Trusts(self.permissions)
        self.registries = Registries(self.permissions)

    @asked
    def pullers(self, container: Container) -> tuple[Puller, ...]:
        """Return who pulls a container's image, once for each place where that makes a difference."""
        placements = self._placements.of(container)
        roles = [target for placement in placements for target in placement.execution_roles]
        own = [placement for placement in placements if not placement.execution_roles]
        role = self._placements.execution_role(container)
        if own and role is not None:
            roles.append(role)
        found: list[Puller] = [
            Puller(EXECUTION_ROLE, None, reason=f"{EXECUTION_ROLE} {target}, which {target.doubt}")
            if target.doubt
            else Puller(EXECUTION_ROLE, target)
            for target in roles
        ]
        for placement in own if role is None else ():
            found += self._without_execution_role(placement)
        return tuple(dict.fromkeys(found))

    def _without_execution_role(self, placement: Placement) -> Iterator[Puller]:
        if placement.launch is None:
            yield Puller(EXECUTION_ROLE, None, placement, reason=f"where it runs is not known: {placement.evidence}")
        elif placement.launch is not Launch.EC2:
            reason = f"the task has no execution role, and {placement.launch.value} pulls by nothing else"
            yield Puller(EXECUTION_ROLE, None, placement, absent=True, reason=f"{reason} ({placement.evidence})")
        elif not placement.hosts:
            reason = f"the container instances are not in the templates: {placement.evidence}"
            yield Puller(INSTANCE_ROLE, None, placement, reason=reason)
        else:
            for host in placement.hosts:
                yield from self._of_host(host)

    def _of_host(self, host: Host) -> Iterator[Puller]:
        name = host.resource.logical_id
        if host.launch is None:
            yield Puller(INSTANCE_ROLE, None, reason=f"how {name} launches instances is not in the templates")
        for role in host.roles:
            if role.doubt:
                reason = f"the instances of {name} {role.doubt}"
                yield Puller(INSTANCE_ROLE, None, absent=role.value is ABSENT, reason=reason)
            else:
                yield Puller(INSTANCE_ROLE, role)

    @asked
    def of(self, container: Container) -> tuple[Pull, ...]:
        """Return the pulls of a container, one for each role that may pull its image; none where it is no reference."""
        if container.image.uri is None:
            return ()
        return tuple(self._pull(container, puller) for puller in self.pullers(container) if puller.role is not None)

    def role(self, target: Target) -> RolePolicies:
        """Return what a role carries."""
        key = target.resource or (target.value if isinstance(target.value, (str, Text)) else text(str(target)))
        return self.permissions.of_role(key)

    @asked
    def distrusted_of(self, host: Host) -> tuple[tuple[Resource, Decision], ...]:
        """Return the roles of container instances that EC2 may not assume for them, or is not known to."""
        roles = [target.resource for target in host.roles if target.resource is not None]
        trusts = [(role, self._trusts.may_assume(Assumer.INSTANCES, role, host.resource.template)) for role in roles]
        return tuple((role, trust) for role, trust in trusts if trust.verdict is not Verdict.HOLDS)

    def _pull(self, container: Container, puller: Puller) -> Pull:
        assert puller.role is not None  # noqa: S101 - pullers without a role have no pulls
        image = container.image
        template = container.resource.template
        role, arn = self.role(puller.role), self.arn(template, image)
        found = self._model.repositories(template, image)
        account = image.part("account")
        repository = self._policy_of(found)
        if repository is not None and isinstance(account, str) and isinstance(repository.account, Text):
            repository = self._placed(repository, account, found, puller.role.resource)
        other = template.account is not None and isinstance(account, str) and account != template.account
        foreign = account if other and repository is None and isinstance(account, str) else None
        context = {
            "aws:requestedregion": image.part("region"),
            _OWNER: account,
            "aws:securetransport": "true",  # a registry is reached by HTTPS only
        }
        cache: Mapping[str, str] = {}
        if self.registries.rules:
            cache = self.registries.cache_actions(template, image, found)
        if not self.registries.policies:
            actions = (*PULL_ACTIONS, CHECK_ACTION, *cache, TOKEN_ACTION)
            decisions = self._decide(role, actions, arn, template, repository, context=context)
        else:
            guards = [self._guard(role, template, image, repository, foreign, pull=pull) for pull in (True, False)]
            pulls = (*PULL_ACTIONS, CHECK_ACTION, TOKEN_ACTION)
            decisions = {
                **self._decide(role, pulls, arn, template, guards[0], context=context),
                **self._decide(role, tuple(cache), arn, template, guards[1], context=context),
            }
        doubtful = {a: doubt for a, doubt in cache.items() if doubt and decisions[a].verdict is not Verdict.HOLDS}
        if doubtful:
            decisions = {**decisions, **{a: _doubted(doubt, decisions[a]) for a, doubt in doubtful.items()}}
        denied = [action for action, decision in decisions.items() if decision.verdict is Verdict.BROKEN]
        on_repository = tuple([action for action in denied if action != TOKEN_ACTION])
        own = self._decide(role, on_repository, arn, template, None, context=context) if on_repository else {}
        trusting = puller.role.resource
        trust = None if trusting is None else self._trusts.may_assume(_ASSUMERS[puller.kind], trusting, template)
        scoped = decisions[TOKEN_ACTION].verdict is Verdict.BROKEN and self._allows_token_somewhere(role)
        broken = tuple([action for action in denied if is_needed(action, puller)])
        return Pull(container, image, puller, role, arn, repository, decisions, own, trust, broken, scoped, foreign)

    def _policy_of(self, repositories: Sequence[Resource]) -> RepositoryPolicy | None:
        """Return the policy of the one repository that an image is pulled from; of several it is not known which."""
        policies = [self.permissions.of_repository(repository) for repository in repositories]
        if len(policies) < 2:
            return policies[0] if policies else None
        which = f"which of the repositories {', '.join(policy.title for policy in policies)} it is"
        known = policies[0]
        return RepositoryPolicy(known.title, known.account, Policies(known.policies.policies, unknown=(which,)))

    def _placed(
        self, policy: RepositoryPolicy, account: str, repositories: Sequence[Resource], role: Resource | None
    ) -> RepositoryPolicy:
        """Return the policy of repositories whose account only the reference of an image tells.

        In the templates of one stack that is the account of the role as well; two other templates without a known
        account need not be of the same one.
        """
        if role is not None and all(together(repository.template, role.template) for repository in repositories):
            return policy
        return RepositoryPolicy(policy.title, account, policy.policies)

    def _guard(
        self,
        role: RolePolicies,
        template: Template,
        image: Image,
        repository: RepositoryPolicy | None,
        foreign: str | None,
        *,
        pull: bool,
    ) -> RepositoryPolicy | None:
        """Return the policy of an image's repository together with that of its registry.

        Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html
        """
        account, region, name = (image.part(part) for part in ("account", "region", "repository"))
        policies = self.registries.policy_for(template, account, region, pull)
        if not policies.policies:
            return repository
        if repository is not None:
            return RepositoryPolicy(repository.title, repository.account, joined([repository.policies, policies]))
        elsewhere = (f"the policy of repository {name} in account {foreign}, which is not in the templates",)
        both = joined([policies, Policies(unknown=elsewhere if foreign else ())])
        return RepositoryPolicy(str(name), foreign or role.principal.account, both)

    def _allows_token_somewhere(self, role: RolePolicies) -> bool:
        """Return whether statements of a role allow the token, though not on `*`."""
        unbounded = RolePolicies(role.title, role.principal, role.identity)
        decision = self.permissions.decide(unbounded, TOKEN_ACTION, "*")
        return (
            decision.verdict is Verdict.BROKEN
            and not decision.statements
            and any(
                "Allow" in statement.effects
                and any(
                    matches(pattern.lower(), TOKEN_ACTION.lower(), Form.LIKE) for pattern in statement.actions or ()
                )
                for statement in role.identity.statements
            )
        )

    def _decide(
        self,
        role: RolePolicies,
        actions: tuple[str, ...],
        arn: str | Text,
        template: Template,
        repository: RepositoryPolicy | None,
        *,
        context: Mapping[str, ContextValue],
    ) -> Mapping[str, Decision]:
        """Return whether a role may do each action of a pull from the repository of an ARN, which decides the context.

        Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
        """
        # A policy that was made for this question alone is known by no other.
        key = (role, actions, arn, template, repository)
        ask = partial(self._decided, role, actions, arn, template, repository=repository, context=context)
        return self.world.recall(_DECIDED, key, ask)

    def _decided(
        self,
        role: RolePolicies,
        actions: tuple[str, ...],
        arn: str | Text,
        template: Template,
        *,
        repository: RepositoryPolicy | None,
        context: Mapping[str, ContextValue],
    ) -> Mapping[str, Decision]:
        decide = partial(self.permissions.decide_each, role, template=template, repository=repository)
        requests = {action: "*" if action == TOKEN_ACTION else arn for action in actions}
        found = decide(requests, context=context)
        if context[_OWNER] != role.principal.account and TOKEN_ACTION in actions:
            # The token is of no repository: which account it counts for across accounts is not documented.
            general = {name: value for name, value in context.items() if name != _OWNER}
            found |= decide({TOKEN_ACTION: "*"}, context=general)
        unknown = [a for a, d in found.items() if d.verdict is Verdict.UNKNOWN and a != TOKEN_ACTION]
        other = self._other_form(template, arn) if unknown else None
        if other is not None:
            decided = decide(dict.fromkeys(unknown, other), context=context)
            found |= {action: d for action, d in decided.items() if d.verdict is not Verdict.UNKNOWN}
        return found

    def _other_form(self, template: Template, resource: str | Text) -> str | Text | None:
        """Return another form of an ARN: a registry that a stack pulls from is of the stack's own partition."""
        partition = self.world.pseudo(template, "AWS::Partition")
        first, *rest = pieces_of(resource)
        match = re.match(r"arn:([a-z-]+):(.*)", first, re.DOTALL) if isinstance(first, str) else None
        if match is None or not isinstance(partition, Text):
            return None
        return text("arn:", partition, ":", match[2], *rest)

    def arn(self, template: Template, image: Image) -> str | Text:
        """Return the ARN of the repository that an image of a template is pulled from."""
        account, region, name = (image.part(part) for part in ("account", "region", "repository"))
        partition = partition_of(region) if isinstance(region, str) else self.world.pseudo(template, "AWS::Partition")
        return text("arn:", partition, ":ecr:", region, ":", account, ":repository/", name)

    @asked
    def agent_decisions(self, role: Target, cluster: Target, template: Template) -> Mapping[str, Decision]:
        """Return what the ECS agent needs and a container instance role may not do, or is not known to.

        Args:
            role: the role.
            cluster: the cluster that the instances join.
            template: the template of the instances.
        """
        where = cluster.resource.template if cluster.resource else template
        decisions: dict[str, Decision] = {}
        unknown = [*AGENT_ACTIONS]
        for name in self._names_of(cluster):
            decisions |= self._decide_agent(role, name, unknown, where)
            unknown = [action for action, decision in decisions.items() if decision.verdict is Verdict.UNKNOWN]
            if not unknown:
                break
        return {action: d for action, d in decisions.items() if d.verdict is not Verdict.HOLDS}

    def _names_of(self, cluster: Target) -> Iterator[str | Text]:
        """Yield the forms in which a policy can name a cluster: by a reference, and by a name of its own."""
        if cluster.resource is not None:
            yield Text((Hole(Kind.RESOURCE, cluster.resource.logical_id, cluster.resource),))
            for value in self.world.values(cluster.resource, "ClusterName"):
                if isinstance(value, str):
                    yield value
        else:
            short = isinstance(cluster.value, str) and ":" not in cluster.value
            yield cluster.value if short else text(Hole(Kind.ANYTHING, f"the name of cluster {cluster}"))

    def _decide_agent(
        self, role: Target, cluster: str | Text, actions: Sequence[str], template: Template
    ) -> Mapping[str, Decision]:
        """Return whether a role may do some of what the ECS agent needs in a cluster of a name."""
        arn = self.permissions.ecs_arn(template, "cluster/", cluster)
        instance = self.permissions.ecs_arn(template, "container-instance/", cluster, "/", _ANY_INSTANCE)
        resources = {"cluster": arn, "container-instance": instance, "*": "*"}
        requests = {action: resources[AGENT_ACTIONS[action]] for action in actions}
        context = {"ecs:cluster": arn}
        return self.permissions.decide_each(self.role(role), requests, template=template, context=context)


def _doubted(doubt: str, decision: Decision) -> Decision:
    """Return the decision on an action that may not be needed."""
    return Decision(Verdict.UNKNOWN, f"known only at deployment: {doubt}; {decision.reason}", missing=(doubt,))


def is_needed(action: str, puller: Puller) -> bool:
    """Return whether a pull fails without an action, rather than only some releases of the agent."""
    return action != CHECK_ACTION or puller.kind == INSTANCE_ROLE
