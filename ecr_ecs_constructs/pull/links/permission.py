"""Whoever pulls the image may pull it, and the roles of the task may do all else that it needs to start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ecr_ecs_constructs.cloudformation.edits import Edit
from ecr_ecs_constructs.pull.answer import Answer, Problem, Verdict
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.facts import Here
from ecr_ecs_constructs.pull.iam.actions import ASSUME_ACTION, CHECK_ACTION, CREATE_ACTION, IMPORT_ACTION, TOKEN_ACTION
from ecr_ecs_constructs.pull.iam.pullers import EXECUTION_ROLE, INSTANCE_ROLE, Puller
from ecr_ecs_constructs.pull.iam.pulls import Pull
from ecr_ecs_constructs.pull.iam.registry import REGISTRY_POLICY
from ecr_ecs_constructs.pull.links.allowing import allow, arn_for, with_policy
from ecr_ecs_constructs.pull.links.start import starts
from ecr_ecs_constructs.pull.links.trust import unassumable
from ecr_ecs_constructs.pull.links.words import listed, subject
from ecr_ecs_constructs.pull.machines.hosts import Host
from ecr_ecs_constructs.pull.placement.kinds import LaunchType, Placement
from ecr_ecs_constructs.pull.texts.pattern import same

_CREDENTIALS = "RepositoryCredentials.CredentialsParameter"
"""A secret that a container's image is pulled by, instead of the role.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html
"""


_GUARDING = (REGISTRY_POLICY, "AWS::Organizations::Policy")


_POLICY = "RepositoryPolicyText"


def permission(here: Here, container: Container) -> Iterator[Answer]:
    """Yield whether each role that pulls a container's image may pull it, and what the task lacks besides."""
    yield from _pulls(here, container)
    if here.needs.counts(container.image):
        yield from starts(here, container)


def _pulls(here: Here, container: Container) -> Iterator[Answer]:
    """Yield whether each role that pulls a container's image may pull it."""
    image = container.image
    if image.error is not None:
        if image.error_under(allow_public_gallery=here.policy.allow_public_gallery) is None:
            yield Answer(True, "the public gallery asks for no permission", applies=False)
        else:
            yield Answer(None, "which repository is pulled from can't be told")  # the link of the image says why
        return
    found = [_without_role(container, puller) for puller in here.pullers.of(container) if puller.role is None]
    found += [answer for pull in here.pulls.of(container) for answer in _pull(here, pull)]
    hosts = [host for each in here.placements.of(container) for host in here.capacity.of(container, each)]
    providers = [each.provider for each in here.placements.of(container) if each.provider is not None]
    hosts += [host for provider in providers for host in here.hosts.managed(provider)]
    found += [
        answer for host in dict.fromkeys(hosts) for answer in trusts(here, host, container) if answer.truth is not True
    ]
    found += [
        _elsewhere(here, container, each, each.elsewhere)
        for each in here.placements.of(container)
        if each.elsewhere is not None and each.launch_type is LaunchType.EC2 and not here.capacity.of(container, each)
    ]
    if image.uri is None:  # as the link of the repository says
        found.append(Answer(None, "which repository is pulled from can't be told"))
    if here.world.values(container.resource, _CREDENTIALS, container.site):
        why = "it is not known whether the registry takes what RepositoryCredentials hold, not the role's token"
        found.append(_unknown(container, why, f"cannot verify the pull: {why}"))
    if not found:
        why = "nothing in the templates says who pulls"
        found.append(_unknown(container, why, f"cannot verify who pulls: {why}"))
    yield from found


def trusts(here: Here, host: Host, container: Container | None = None) -> Iterator[Answer]:
    """Yield the roles of container instances that EC2 may not assume for them, or is not known to.

    Args:
        here: what the templates say.
        host: the container instances.
        container: a container that runs on them, which is left unverified where that is not known.
    """
    for role, trust in here.instance_roles.distrusting(host):
        who = f"{INSTANCE_ROLE} {role.logical_id}"
        of = f"{who} of {host.resource.logical_id}"
        if trust.truth is False:
            yield unassumable(role, of, who, trust)
        elif container is not None:
            why = f"{of}, {ASSUME_ACTION}: {trust.why}"
            yield _unknown(container, why, f"cannot verify {who}: {trust.why}")


def _unknown(container: Container, why: str, fact: str) -> Answer:
    message = f"{subject(container)}{fact}"
    problem = Problem("unverifiable-role", container.resource, container.location, message, Verdict.UNKNOWN)
    return Answer.found(None, why, problem)


def _without_role(container: Container, puller: Puller) -> Answer:
    """Return what it means that nobody is known who pulls in one place."""
    if not puller.absent:
        return _unknown(container, puller.reason, f"cannot verify who pulls: {puller.reason}")
    if puller.kind == EXECUTION_ROLE:
        location, message = f"{container.task.location}.ExecutionRoleArn", f"{subject(container)}{puller.reason}"
        return Answer.found(
            False, puller.reason, Problem("missing-execution-role", container.resource, location, message)
        )
    message = f"{subject(container)}nobody may pull: {puller.reason}"
    problem = Problem("missing-pull-permission", container.resource, container.location, message)
    return Answer.found(False, puller.reason, problem)


def _is_guarded(here: Here, container: Container) -> bool:
    """Return whether the templates may shut out a role of the task's account that they do not have."""
    if any(here.world.root.all(type_) for type_ in _GUARDING):
        return True
    template = container.resource.template
    for each in here.repositories.of(template, container.image):
        effects = here.world.values(each, f"{_POLICY}.Statement.*.Effect")
        only_allows = bool(effects) and all(effect == "Allow" for effect in effects)
        if each.template.account != template.account or (here.world.values(each, _POLICY) and not only_allows):
            return True
    return False


def _elsewhere(here: Here, container: Container, placement: Placement, there: Answer) -> Answer:
    """Return whether the instances of a cluster elsewhere may pull.

    Args:
        here: what the templates say.
        container: the container.
        placement: its place in the cluster.
        there: that the cluster is vouched for.
    """
    by_another = placement.execution_roles or here.containers.execution_role(container) is not None
    if by_another or not _is_guarded(here, container):
        return there
    why = "the templates have a policy that may shut it out, and do not have it"
    return _unknown(container, f"{INSTANCE_ROLE}: {why}", f"cannot verify the {INSTANCE_ROLE}: {why}")


def _pull(here: Here, pull: Pull) -> Iterator[Answer]:
    """Yield whether one role may pull."""
    who = f"{pull.puller.kind} {pull.role.title}"
    trusting = pull.puller.role.resource if pull.puller.role is not None else None
    if pull.trust is not None and trusting is not None and pull.trust.truth is False:
        yield unassumable(trusting, who, f"{pull.puller.kind} {trusting.logical_id}", pull.trust)
    yield from _lacking(here, pull, who)
    if not pull.broken:
        unsure = _unsure(pull, who)
        if unsure is not None:
            yield unsure
        elif pull.trust is None or pull.trust.truth:
            yield _may(pull, who)
    yield from _lacking_check(here, pull)


def _lacking(here: Here, pull: Pull, who: str) -> Iterator[Answer]:
    """Yield what a role surely may not do, by the rule that this breaks."""
    by_rule: dict[str, list[str]] = {}
    for action in pull.broken:
        by_rule.setdefault(_rule(pull, action), []).append(action)
    for rule, actions in by_rule.items():
        why = pull.answers[actions[0]].why
        fact = f"may not call {listed(actions)}: {why}"
        if rule == "scoped-authorization-token":
            fact = f"is allowed {TOKEN_ACTION}, but not on *, the only resource it works on"
        is_checked = rule == "missing-pull-permission" and pull.answers[CHECK_ACTION].truth is False
        all_lacking = dict.fromkeys([*actions, CHECK_ACTION] if is_checked else actions)
        problem = _problem(pull, rule, fact)._replace(edits=_granted(here, pull, rule, [*all_lacking]))
        yield Answer.found(False, f"{who} may not call {actions[0]}: {why}", problem)


_POLICY_NAMES: Mapping[str, str] = {
    "missing-pull-permission": "pull",
    "scoped-authorization-token": "authorization-token",
    "missing-pull-through-permission": "pull-through",
}
"""How the policies begin by which a role may do what it lacks, by the rule that is broken."""


def _granted(here: Here, pull: Pull, rule: str, actions: Sequence[str]) -> tuple[Edit, ...]:
    """Return the change that lets a role of the template call some actions by a policy of its own."""
    role = pull.puller.role.resource if pull.puller.role is not None else None
    if role is None or rule not in _POLICY_NAMES or not pull.is_grantable:
        return ()
    statements, names = [], [_POLICY_NAMES[rule]]
    if TOKEN_ACTION in actions:
        statements.append(allow([TOKEN_ACTION], "*"))
    own = [action for action in actions if action != TOKEN_ACTION]
    if own:
        arn, of = arn_for(here.world, role, next(iter(pull.repositories), None), pull.arn)
        if arn is None or len(pull.repositories) > 1:
            return ()
        statements.append(allow(own, arn))
        names.append(of.removeprefix(":repository/"))
    return with_policy(role, "-".join(names), statements)


def _lacking_check(here: Here, pull: Pull) -> Iterator[Answer]:
    """Yield that a role lacks the action that only container instance roles are asked for: a pull works without it."""
    answer, rule = pull.answers[CHECK_ACTION], "missing-pull-permission"
    if answer.truth is not False or pull.needs(CHECK_ACTION) or _rule(pull, CHECK_ACTION) != rule:
        return
    if not any(_rule(pull, action) == rule for action in pull.broken):  # else that says so
        fact = f"may not call {CHECK_ACTION}: {answer.why}"
        problem = _problem(pull, rule, fact, severity="warning")
        yield Answer.found(True, fact, problem._replace(edits=_granted(here, pull, rule, [CHECK_ACTION])))


def _rule(pull: Pull, action: str) -> str:
    """Return the rule that is broken where a role surely may not do something."""
    if action in (IMPORT_ACTION, CREATE_ACTION):
        return "missing-pull-through-permission"
    if action == TOKEN_ACTION and pull.token_is_scoped:
        return "scoped-authorization-token"
    return "missing-repository-policy" if action in pull.kept_out else "missing-pull-permission"


def _problem(pull: Pull, rule: str, fact: str, *, severity: str | None = None) -> Problem:
    container = pull.container
    message = f"{subject(container)}{pull.puller.kind} {pull.role.title} {fact}"
    return Problem(rule, container.resource, container.image.location, message, severity=severity)


def _unsure(pull: Pull, who: str) -> Answer | None:
    """Return what is not known of a role that lacks nothing for sure, None where all is known."""

    def unknown(why: str, reason: str) -> Answer:
        return _unknown(pull.container, why, f"cannot verify {pull.puller.kind} {pull.role.title}: {reason}")

    if pull.trust is not None and not pull.trust.truth:
        is_unknown = pull.trust.truth is None
        return unknown(f"{who}, {ASSUME_ACTION}: {pull.trust.why}", pull.trust.why) if is_unknown else None
    for action, answer in pull.answers.items():
        if answer.truth is None and pull.needs(action):
            return unknown(f"{who}, {action}: {answer.why}", answer.why)
    if pull.vouched:
        return None
    if pull.elsewhere:
        return unknown(f"{who} may pull but for {pull.elsewhere}", f"known only at deployment: {pull.elsewhere}")
    account = pull.container.image.part("account")
    if pull.policy is None and same(pull.role.principal.account, account) is not True:
        fact = f"may pull where the account is {account}; elsewhere the policy of the repository decides"
        return unknown(f"{who} {fact}", f"it {fact}")
    return None


def _may(pull: Pull, who: str) -> Answer:
    actions: dict[str, list[str]] = {}
    for action, answer in pull.answers.items():
        if pull.needs(action):
            actions.setdefault(answer.why, []).append(action)
    if pull.trust is not None:
        actions.setdefault(pull.trust.why, []).append(ASSUME_ACTION)
    allowed = "; ".join(f"{', '.join(each)} {why}" for why, each in actions.items())
    return Answer(True, f"{who}: {allowed}")
