"""The contexts of requests: the values of the condition keys that tell how a request comes to AWS.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Text
from ecr_ecs_constructs.pull.answer import Answer, worst
from ecr_ecs_constructs.pull.iam.arns import reference
from ecr_ecs_constructs.pull.texts.pattern import ContextValue

_ENDPOINT, _VPC, _PRIVATE, _PUBLIC = "aws:sourcevpce", "aws:sourcevpc", "aws:vpcsourceip", "aws:sourceip"

OWNER = "aws:resourceaccount"
"""The condition key of the account that a resource is of."""

SOURCE_KEYS = frozenset({_ENDPOINT, _VPC, _PRIVATE, _PUBLIC})
"""The condition keys that the way of a request decides, in lower case."""


class Source(NamedTuple):
    """The way by which a request comes to AWS.

    Attributes:
        title: what it is called in messages: `endpoint Registry`, `NAT gateway Nat`.
        endpoint: the VPC endpoint that the request goes through; None where it goes through none.
        vpc: the VPC of that endpoint.
        unknown: why it is not known which way it is; empty where it is.
    """

    title: str
    endpoint: Resource | None = None
    vpc: Resource | None = None
    unknown: str = ""

    @property
    def context(self) -> dict[str, ContextValue]:
        """The values of the condition keys that it decides; of the addresses, only which of both is in the request."""
        if self.unknown:
            return {}
        if self.endpoint is None or self.vpc is None:
            return {_ENDPOINT: (), _VPC: (), _PRIVATE: ()}
        return {_ENDPOINT: reference(self.endpoint), _VPC: reference(self.vpc), _PUBLIC: ()}


def by_each_way(answer: Answer, ways: Iterable[Source], ask: Callable[[Source], Answer]) -> Answer:
    """Return the worst answer to a request that may take several ways.

    Args:
        answer: the answer without regard to the way, which is not known.
        ways: the ways.
        ask: returns the answer to the request that takes a way.
    """
    answers: list[Answer] = []
    for way in ways:
        if way.unknown:
            answers.append(answer._replace(why=f"{answer.why}, and {way.unknown}"))
        else:
            found = ask(way)
            why = found.why if found.truth else f"{found.why}, where the request goes by {way.title}"
            answers.append(found._replace(why=why))
    return worst(answers) if answers else answer


def context_of(region: str | Text = "", owner: str | Text = "", *, through: str = "") -> dict[str, ContextValue]:
    """Return the context of a request, without what its way decides; AWS is reached by HTTPS only.

    Args:
        region: the region that is asked; nothing where it is not known.
        owner: the account of the resource; nothing where it is not known.
        through: the service that asks on behalf of the role; nothing where the role asks itself.
    """
    context: dict[str, ContextValue] = {
        "aws:securetransport": "true",
        "aws:viaawsservice": "true" if through else "false",
    }
    if region:
        context["aws:requestedregion"] = region
    if owner:
        context[OWNER] = owner
    return context
