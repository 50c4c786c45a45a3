"""Whoever pulls the image may pull it."""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.pull.answer import Answer, Problem, Verdict
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.facts import Here
from ecr_ecs_constructs.pull.iam.actions import ASSUME_ACTION, CHECK_ACTION, CREATE_ACTION, IMPORT_ACTION, TOKEN_ACTION
from ecr_ecs_constructs.pull.iam.policies import Decision
from ecr_ecs_constructs.pull.iam.pulls import (
    EXECUTION_ROLE,
    INSTANCE_ROLE,
    Pull,
    Puller,
    is_needed,
)
from ecr_ecs_constructs.pull.iam.trust import TRUST_POLICY
from ecr_ecs_constructs.pull.links.words import listed, subject
from ecr_ecs_constructs.pull.placement.placements import Host
from ecr_ecs_constructs.pull.texts.pattern import same

_CREDENTIALS = "RepositoryCredentials.CredentialsParameter"
"""A secret that a container's image is pulled by, instead of the role.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html
"""


def permission(here: Here, container: Container) -> Iterator[Answer]:
    """Yield whether each role that pulls a container's image may pull it."""
    image = container.image
    if image.error is not None:
        if image.error_under(allow_public_gallery=here.policy.allow_public_gallery) is None:
            yield Answer(True, "the public gallery asks for no permission", applies=False)
        else:
            yield Answer(None, "which repository is pulled from can't be told")  # the link of the image says why
        return
    found = [_without_role(container, puller) for puller in here.pulls.pullers(container) if puller.role is None]
    found += [answer for pull in here.pulls.of(container) for answer in _pull(pull)]
    found += [
        answer
        for host in here.placements.hosts_of(container)
        for answer in trusts(here, host, container)
        if answer.truth is not True
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
    for role, trust in here.pulls.distrusted_of(host):
        who = f"{INSTANCE_ROLE} {role.logical_id}"
        of = f"{who} of {host.resource.logical_id}"
        if trust.verdict is Verdict.BROKEN:
            problem = Problem("unassumable-role", role, f"Properties.{TRUST_POLICY}", _unassumed(who, trust))
            yield Answer.found(False, _unassumed(of, trust), problem)
        elif container is not None:
            why = f"{of}, {ASSUME_ACTION}: {trust.reason}"
            yield _unknown(container, why, f"cannot verify {who}: {trust.reason}")


def _unassumed(who: str, trust: Decision) -> str:
    return f"{who} can't be assumed: {trust.reason}"


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


def _pull(pull: Pull) -> Iterator[Answer]:
    """Yield whether one role may pull."""
    who = f"{pull.puller.kind} {pull.role.title}"
    trusting = pull.puller.role.resource if pull.puller.role is not None else None
    if pull.trust is not None and trusting is not None and pull.trust.verdict is Verdict.BROKEN:
        fact = _unassumed(f"{pull.puller.kind} {trusting.logical_id}", pull.trust)
        problem = Problem("unassumable-role", trusting, f"Properties.{TRUST_POLICY}", fact)
        yield Answer.found(False, _unassumed(who, pull.trust), problem)
    yield from _lacking(pull, who)
    if pull.broken:
        yield from _lacking_check(pull)
        return
    unsure = _unsure(pull, who)
    if unsure is not None:
        yield unsure
    elif pull.trust is None or pull.trust.verdict is Verdict.HOLDS:
        yield _may(pull, who)
    yield from _lacking_check(pull)


def _lacking(pull: Pull, who: str) -> Iterator[Answer]:
    """Yield what a role surely may not do, by the rule that this breaks."""
    by_rule: dict[str, list[str]] = {}
    for action in pull.broken:
        by_rule.setdefault(_rule(pull, action), []).append(action)
    for rule, actions in by_rule.items():
        reason = pull.decisions[actions[0]].reason
        fact = f"may not {listed(actions)}: {reason}"
        if rule == "scoped-authorization-token":
            fact = f"is allowed {TOKEN_ACTION}, but not on *, the only resource it works on"
        yield Answer.found(False, f"{who} may not {actions[0]}: {reason}", _problem(pull, rule, fact))


def _lacking_check(pull: Pull) -> Iterator[Answer]:
    """Yield that a role lacks the action that only container instance roles are asked for: a pull works without it."""
    decision = pull.decisions[CHECK_ACTION]
    is_lacking = decision.verdict is Verdict.BROKEN and CHECK_ACTION not in pull.broken
    is_said = any(_rule(pull, action) == "missing-pull-permission" for action in pull.broken)
    if is_lacking and not is_said and not _lacks_repository_policy(pull, CHECK_ACTION):
        fact = f"may not {CHECK_ACTION}: {decision.reason}"
        yield Answer.found(True, fact, _problem(pull, "missing-pull-permission", fact, severity="warning"))


def _rule(pull: Pull, action: str) -> str:
    """Return the rule that is broken where a role surely may not do something."""
    if action in (IMPORT_ACTION, CREATE_ACTION):
        return "missing-pull-through-permission"
    if action == TOKEN_ACTION and pull.token_is_scoped:
        return "scoped-authorization-token"
    return "missing-repository-policy" if _lacks_repository_policy(pull, action) else "missing-pull-permission"


def _lacks_repository_policy(pull: Pull, action: str) -> bool:
    """Return whether only the repository's own policy stands in the way."""
    own = pull.own.get(action)
    return own is not None and own.verdict is not Verdict.BROKEN and not pull.decisions[action].statements


def _problem(pull: Pull, rule: str, fact: str, *, severity: str | None = None) -> Problem:
    container = pull.container
    message = f"{subject(container)}{pull.puller.kind} {pull.role.title} {fact}"
    return Problem(rule, container.resource, pull.image.location, message, severity=severity)


def _unsure(pull: Pull, who: str) -> Answer | None:
    """Return what is not known of a role that lacks nothing for sure, None where all is known."""

    def unknown(why: str, reason: str) -> Answer:
        return _unknown(pull.container, why, f"cannot verify {pull.puller.kind} {pull.role.title}: {reason}")

    if pull.trust is not None and pull.trust.verdict is not Verdict.HOLDS:
        is_unknown = pull.trust.verdict is Verdict.UNKNOWN
        return unknown(f"{who}, {ASSUME_ACTION}: {pull.trust.reason}", pull.trust.reason) if is_unknown else None
    for action, decision in pull.decisions.items():
        if decision.verdict is Verdict.UNKNOWN and is_needed(action, pull.puller):
            return unknown(f"{who}, {action}: {decision.reason}", decision.reason)
    if pull.foreign:
        where = f"repository in account {pull.foreign} is not in the templates"
        return unknown(f"{who} may pull, but the policy of the {where}", f"the policy of its {where}")
    account = pull.image.part("account")
    if pull.repository is None and same(pull.role.principal.account, account) is not True:
        fact = f"may pull where the account is {account}; elsewhere the policy of the repository decides"
        return unknown(f"{who} {fact}", f"it {fact}")
    return None


def _may(pull: Pull, who: str) -> Answer:
    actions: dict[str, list[str]] = {}
    for action, decision in pull.decisions.items():
        if is_needed(action, pull.puller):
            actions.setdefault(decision.reason, []).append(action)
    if pull.trust is not None:
        actions.setdefault(pull.trust.reason, []).append(ASSUME_ACTION)
    allowed = "; ".join(f"{', '.join(each)} {reason}" for reason, each in actions.items())
    return Answer(True, f"{who}: {allowed}")
