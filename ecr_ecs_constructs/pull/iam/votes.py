"""The votes of statements on a request, and how they count together.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from ecr_ecs_constructs.pull.iam.requests import Address, Request
from ecr_ecs_constructs.pull.iam.statements import Statement
from ecr_ecs_constructs.pull.texts.pattern import Truth, every, some

T = TypeVar("T")


class Vote(NamedTuple):
    """The say of some statements on a request.

    It is no `Answer`: votes are counted together, and what they name is then named once.

    Attributes:
        truth: whether one of them applies.
        statements: those that do.
        missing: what is missing to know it of the others.
    """

    truth: Truth = False
    statements: tuple[Statement, ...] = ()
    missing: tuple[str, ...] = ()


NONE, ASSENT = Vote(), Vote(True)


def vote(statements: Sequence[Statement], effect: str, request: Request, unknown: tuple[str, ...]) -> Vote:
    """Return the vote of the statements that a role carries: the first that applies decides.

    Args:
        statements: those that can concern the request.
        effect: `Allow` or `Deny`.
        request: the request.
        unknown: what is not known of the policies that they are of.
    """
    missing = [*unknown]
    for statement in statements:
        if effect in statement.effects:
            answer = statement.applies(effect, request)
            if answer.truth:
                return Vote(True, (statement.within(request),))
            if answer.truth is None:
                missing.append(answer.why)
    return Vote(None, (), tuple(dict.fromkeys(missing))) if missing else NONE


def votes_of_resource(
    statements: Sequence[Statement], effect: str, request: Request, unknown: tuple[str, ...], *, bounded: bool
) -> tuple[Vote, Vote, Vote]:
    """Return the votes of the statements of a resource's policy: for everyone, for the role itself, for its account.

    Args:
        statements: those that can concern the request.
        effect: `Allow` or `Deny`.
        request: the request.
        unknown: what is not known of the policy.
        bounded: whether the role has a permissions boundary.
    """
    addresses = [
        (statement, statement.addresses(effect, request, bounded=bounded))
        for statement in statements
        if effect in statement.effects
    ]
    if not addresses and not unknown:
        return NONE, NONE, NONE
    everyone, itself, account = (_side(side, addresses, request, unknown) for side in range(3))
    return everyone, itself, account


def _side(
    side: int, addresses: Sequence[tuple[Statement, Address]], request: Request, unknown: tuple[str, ...]
) -> Vote:
    truths = [(statement, address.truths[side], address.missing) for statement, address in addresses]
    doubt: list[Truth] = [None] if unknown else []
    return Vote(
        some([*doubt, *(truth for _, truth, _ in truths)]),
        tuple([statement.within(request) for statement, truth, _ in truths if truth]),
        (*unknown, *(missing for _, truth, missing in truths if truth is None)),
    )


def all_votes(*votes: Vote) -> Vote:
    """Return the vote that needs all of some votes."""
    return Vote(
        every(each.truth for each in votes),
        once(each.statements[:1] for each in votes),
        once(each.missing for each in votes if each.truth is None),
    )


def any_vote(*votes: Vote) -> Vote:
    """Return the vote for which one of some votes is enough."""
    if not votes:
        return NONE
    for each in votes:
        if each.truth:
            return each
    return Vote(some(each.truth for each in votes), (), once(each.missing for each in votes if each.truth is None))


def once(tuples: Iterable[tuple[T, ...]]) -> tuple[T, ...]:
    """Return all that some tuples hold, each once."""
    return tuple(dict.fromkeys(item for items in tuples for item in items))
