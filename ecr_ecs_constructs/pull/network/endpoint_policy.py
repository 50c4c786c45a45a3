"""Policies of VPC endpoints: whether they let through what a task needs before it starts.

Sources:
    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html (the bucket of the layers)
"""

from __future__ import annotations

from collections.abc import Iterator
from string import digits

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, text
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.iam.actions import TOKEN_ACTION
from ecr_ecs_constructs.pull.iam.contexts import Source, context_of
from ecr_ecs_constructs.pull.iam.documents import NO_POLICIES, Documents, Policies
from ecr_ecs_constructs.pull.iam.requests import Principal, Request
from ecr_ecs_constructs.pull.iam.roles import RolePolicies
from ecr_ecs_constructs.pull.needs.need import Ask, Who
from ecr_ecs_constructs.pull.needs.regions import owner_of
from ecr_ecs_constructs.pull.network.topology.endpoints import POLICY, is_foreign
from ecr_ecs_constructs.pull.network.topology.makers import may_be_changed
from ecr_ecs_constructs.pull.texts.pattern import ContextValue, Truth, every, negate, same, some


class EndpointPolicies(InWorld):
    """The policies of VPC endpoints in one world.

    Args:
        documents: the policy documents of the templates.
    """

    def __init__(self, documents: Documents) -> None:
        self.world = documents.world
        self._documents = documents

    @asked
    def lets_through(self, endpoint: Resource, source: Source, asks: Ask, role: RolePolicies | None) -> Answer:
        """Return whether the policy of an endpoint lets through what a need asks for.

        Args:
            endpoint: the endpoint, which has a policy.
            source: the way through it.
            asks: what is asked for.
            role: the role that asks; None where it is not known which, or where it is Amazon ECR that asks.
        """
        subject = f"the policy of endpoint {endpoint.logical_id}"
        if not asks.actions:
            return Answer(None, f"it is not known what {subject} lets through")
        policies = self._documents.of(endpoint, POLICY, "that policy")
        for action in asks.actions:
            first, *others = self._requests(endpoint, source, action, asks, role)
            answer = _allows(policies, first)
            if answer.truth is False and any(_allows(policies, other).truth is not False for other in others):
                answer = Answer(None, f"it does on {others[0].resource}, and AWS asks for {first.resource}")
            if answer.truth is False:
                lacking = Answer(False, f"{subject} does not allow {action}")
                return may_be_changed(self.world, lacking, endpoint)
            if answer.truth is None:
                return Answer(None, f"it is not known whether {subject} allows {action}: {answer.why}")
        return Answer(True)

    def _requests(
        self, endpoint: Resource, source: Source, action: str, asks: Ask, role: RolePolicies | None
    ) -> Iterator[Request]:
        """Yield the request of an action, and those for other resources that AWS documents for it."""
        if asks.who is Who.AMAZON_ECR:
            yield self._of_layers(endpoint, source)
            return
        role = role or self._somebody(endpoint)
        context = {**role.context, **self._context(endpoint, action, asks, role), **source.context}
        for resource in ("*",) if action == TOKEN_ACTION else (asks.resource, asks.also):
            if resource:
                yield Request(role.principal, action, resource, endpoint.template, lambda: context)

    def _context(self, endpoint: Resource, action: str, asks: Ask, role: RolePolicies) -> dict[str, ContextValue]:
        """Return the context of a request, without what the role and the way decide."""
        own = "" if is_foreign(self.world, endpoint) else self.world.pseudo(endpoint.template, "AWS::Region")
        owner = owner_of(asks)
        # The token is of no repository: which account it counts for across accounts is not documented.
        if action == TOKEN_ACTION and same(role.principal.account, owner) is not True:
            owner = ""
        return context_of(asks.region or own, owner)

    def _somebody(self, endpoint: Resource) -> RolePolicies:
        """Return some role of the account, since whoever runs tasks there uses the endpoint."""
        partition, own = (self.world.pseudo(endpoint.template, name) for name in ("AWS::Partition", "AWS::AccountId"))
        role = text("arn:", partition, ":iam::", own, ":role/", Hole(Kind.ANYTHING, "a role"))
        return RolePolicies("a role", Principal(role, own, partition), NO_POLICIES)

    def _of_layers(self, endpoint: Resource, source: Source) -> Request:
        """Return the request for a layer: to a bucket of Amazon ECR, by a URL that Amazon ECR has signed.

        Sources:
            https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-minimum-s3-perms
            https://github.com/aws-samples/data-perimeter-policy-examples/blob/main/vpc_endpoint_policies/README.md
        """
        partition, region, own = (
            self.world.pseudo(endpoint.template, name) for name in ("AWS::Partition", "AWS::Region", "AWS::AccountId")
        )
        signer, owner = (_other_account(own, name) for name in ("the account that signs", "the account of the layers"))
        identity = text("arn:", partition, ":iam::", signer, ":", Hole(Kind.ANYTHING, "an identity of Amazon ECR"))
        bucket = text("arn:", partition, ":s3:::prod-", region, "-starport-layer-bucket/")
        context: dict[str, ContextValue] = {
            "aws:principalaccount": signer,
            "aws:principalisawsservice": "false",
            "aws:resourceaccount": owner,
            "aws:securetransport": "true",
            "s3:resourceaccount": owner,
            **source.context,
        }
        return Request(
            Principal(identity, signer, partition),
            "s3:GetObject",
            text(bucket, Hole(Kind.ANYTHING, "a layer")),
            endpoint.template,
            lambda: context,
        )


def _allows(policies: Policies, request: Request) -> Answer:
    """Return whether the policy of an endpoint allows a request, and does not deny it."""
    is_gateway = request.action.startswith("s3:")
    missing = dict.fromkeys(policies.unknown)

    def votes(effect: str) -> Iterator[Truth]:
        if policies.unknown:
            yield None
        for statement in policies.statements:
            address = statement.addresses(effect, request)
            # An account that the policy of a gateway endpoint allows is but its root user.
            truth = address.everyone if is_gateway and effect == "Allow" else address.truth
            if truth is None:
                missing[address.missing] = None
            yield truth

    truth = every((some(votes("Allow")), negate(some(votes("Deny")))))
    return Answer(truth, " and ".join(missing))


def _other_account(own: str | Text, name: str) -> Text:
    """Return an account that is surely not a stack's own, and may be any other."""
    others = None
    if isinstance(own, str):
        starts = [own[:index] + f"[{digits.replace(digit, '')}]" for index, digit in enumerate(own)]
        others = "|".join([f"{start}[0-9]{{{len(own) - index - 1}}}" for index, start in enumerate(starts)])
    return Text((Hole(Kind.ACCOUNT, name, pattern=others),))
