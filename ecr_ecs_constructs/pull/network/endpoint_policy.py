"""Policies of VPC endpoints: whether they let through what a task needs before it starts.

Sources:
    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html (the bucket of the layers)
"""

from __future__ import annotations

from collections.abc import Iterator
from string import digits
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import World, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, Value, text
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.iam.actions import PULL_ACTIONS, TOKEN_ACTION
from ecr_ecs_constructs.pull.iam.requests import Principal, Request
from ecr_ecs_constructs.pull.iam.statements import PolicyDocument, Statement
from ecr_ecs_constructs.pull.texts.documents import read_document
from ecr_ecs_constructs.pull.texts.pattern import ContextValue, Truth, every, negate, some


class Traffic(NamedTuple):
    """Requests that go through an endpoint.

    Attributes:
        actions: what they ask for; nothing where that is not known.
        resource: the ARN of what they ask for: of the repository that is pulled from, of the file that is read.
        account: the account of the repository's registry.
        is_signed: whether Amazon ECR signs them, as those for layers, not whoever runs the task.
    """

    actions: tuple[str, ...]
    resource: str | Text
    account: str | Text
    is_signed: bool


@asked
def lets_through(world: World, endpoint: Resource, traffic: Traffic) -> Answer:
    """Return whether the policy of an endpoint lets requests through."""
    subject = f"the policy of endpoint {endpoint.logical_id}"
    if not traffic.actions:
        return Answer(None, f"it is not known what {subject} lets through")
    statements = _statements(world, endpoint)
    for action in traffic.actions:
        truth = None
        if statements is not None:
            signed = traffic.is_signed
            request = _of_layers(world, endpoint) if signed else _request(world, endpoint, action, traffic)
            truth = _allows(statements, request, is_gateway=action.startswith("s3:"))
        if truth is False:
            return Answer(False, f"{subject} does not allow {action}")
        if truth is None:
            return Answer(None, f"it is not known whether {subject} allows {action}")
    return Answer(True)


def _statements(world: World, endpoint: Resource) -> tuple[Statement, ...] | None:
    """Return the statements of an endpoint's policy, None where they are not known."""
    document: Value = world.value(endpoint, "PolicyDocument")
    if isinstance(document, (str, Text)):
        try:
            document = read_document(document)
        except ValueError:
            return None
    if not isinstance(document, dict) or "Statement" not in document:
        return None
    statements = document["Statement"]
    policy = PolicyDocument(f"endpoint {endpoint.logical_id}", endpoint)
    variables = document.get("Version", "2008-10-17") != "2008-10-17"
    return tuple(
        Statement(policy, index, value, variables=variables)
        for index, value in enumerate(statements if isinstance(statements, list) else [statements])
    )


def _allows(statements: tuple[Statement, ...], request: Request, *, is_gateway: bool) -> Truth:
    def votes(effect: str) -> Iterator[Truth]:
        for statement in statements:
            address = statement.addresses(effect, request)
            # An account that the policy of a gateway endpoint allows is but its root user.
            yield address.everyone if is_gateway and effect == "Allow" else address.truth

    return every((some(votes("Allow")), negate(some(votes("Deny")))))


def _request(world: World, endpoint: Resource, action: str, traffic: Traffic) -> Request:
    """Return a request of some role of the account, since whoever runs tasks there uses the endpoint."""
    partition, own = (world.pseudo(endpoint.template, name) for name in ("AWS::Partition", "AWS::AccountId"))
    role = text("arn:", partition, ":iam::", own, ":role/", Hole(Kind.ANYTHING, "a role"))
    context: dict[str, ContextValue] = {"aws:principalaccount": own}
    if action in PULL_ACTIONS:
        context["aws:resourceaccount"] = traffic.account
    resource = "*" if action == TOKEN_ACTION else traffic.resource
    return Request(Principal(role, own, partition), action, resource, endpoint.template, lambda: context)


def _of_layers(world: World, endpoint: Resource) -> Request:
    """Return the request for a layer: to a bucket of Amazon ECR, by a URL that Amazon ECR has signed, not the puller.

    Sources:
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-minimum-s3-perms
        https://github.com/aws-samples/data-perimeter-policy-examples/blob/main/vpc_endpoint_policies/README.md
    """
    partition, region, own = (
        world.pseudo(endpoint.template, name) for name in ("AWS::Partition", "AWS::Region", "AWS::AccountId")
    )
    signer, owner = (_other_account(own, name) for name in ("the account that signs", "the account of the layers"))
    identity = text("arn:", partition, ":iam::", signer, ":", Hole(Kind.ANYTHING, "an identity of Amazon ECR"))
    bucket = text("arn:", partition, ":s3:::prod-", region, "-starport-layer-bucket/")
    context: dict[str, ContextValue] = {
        "aws:principalaccount": signer,
        "aws:principalisawsservice": "false",
        "aws:resourceaccount": owner,
        "s3:resourceaccount": owner,
    }
    return Request(
        Principal(identity, signer, partition),
        "s3:GetObject",
        text(bucket, Hole(Kind.ANYTHING, "a layer")),
        endpoint.template,
        lambda: context,
    )


def _other_account(own: str | Text, name: str) -> Text:
    """Return an account that is surely not a stack's own, and may be any other."""
    others = None
    if isinstance(own, str):
        starts = [own[:index] + f"[{digits.replace(digit, '')}]" for index, digit in enumerate(own)]
        others = "|".join([f"{start}[0-9]{{{len(own) - index - 1}}}" for index, start in enumerate(starts)])
    return Text((Hole(Kind.ACCOUNT, name, pattern=others),))
