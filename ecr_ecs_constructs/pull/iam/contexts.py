"""The contexts of requests: the values of the condition keys that tell how a request comes to AWS.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Text
from ecr_ecs_constructs.pull.iam.arns import reference
from ecr_ecs_constructs.pull.texts.pattern import ContextValue

_ENDPOINT, _VPC, _PRIVATE, _PUBLIC = "aws:sourcevpce", "aws:sourcevpc", "aws:vpcsourceip", "aws:sourceip"

SOURCE_KEYS = frozenset({_ENDPOINT, _VPC, _PRIVATE, _PUBLIC})
"""The condition keys that the way of a request decides, in lower case."""


class Source(NamedTuple):
    """The way by which a request comes to AWS.

    Attributes:
        title: what it is called in messages: `endpoint Registry`, `NAT gateway Nat`.
        endpoint: the VPC endpoint that the request goes through; None where it goes through none.
        vpc: the VPC of that endpoint.
    """

    title: str
    endpoint: Resource | None = None
    vpc: Resource | None = None

    @property
    def context(self) -> dict[str, ContextValue]:
        """The values of the condition keys that it decides; of the addresses, only which of both is in the request."""
        if self.endpoint is None or self.vpc is None:
            return {_ENDPOINT: (), _VPC: (), _PRIVATE: ()}
        return {_ENDPOINT: reference(self.endpoint), _VPC: reference(self.vpc), _PUBLIC: ()}


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
        context["aws:resourceaccount"] = owner
    return context
