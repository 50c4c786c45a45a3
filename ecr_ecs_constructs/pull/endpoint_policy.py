"""Whether the policy of a VPC endpoint lets a pull through.

Sources:
    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html (the bucket of the layers)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, Value, text
from ecr_ecs_constructs.pull.pattern import Truth, every, negate, some
from ecr_ecs_constructs.pull.permission import PULL_ACTIONS, TOKEN_ACTION
from ecr_ecs_constructs.pull.policy import Policy, Principal, Request, Statement, read_document
from ecr_ecs_constructs.pull.topology import Answer
from ecr_ecs_constructs.pull.worlds import World, once

_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "ecr.api": (TOKEN_ACTION,),
    "ecr.dkr": PULL_ACTIONS,
    "s3": ("s3:GetObject",),
    "ecs": ("ecs:DiscoverPollEndpoint", "ecs:RegisterContainerInstance", "ecs:SubmitTaskStateChange"),
    "ecs-agent": ("ecs:Poll",),
    "ecs-telemetry": ("ecs:StartTelemetrySession",),
    "logs": ("logs:CreateLogStream", "logs:PutLogEvents"),
    "secretsmanager": ("secretsmanager:GetSecretValue",),
    "ssm": ("ssm:GetParameters",),
}
"""What goes through the endpoint of each service before a container runs."""


@once
def lets_through(world: World, endpoint: Resource, service: str, repository: str | Text) -> Answer:
    """Return whether the policy of an endpoint lets what a pull needs through.

    Args:
        world: the world in which the policy is read.
        endpoint: the endpoint.
        service: its service.
        repository: the ARN of the repository that is pulled from.
    """
    statements = _statements(world, endpoint)
    for action in _ACTIONS[service]:
        truth = None if statements is None else _allows(statements, _request(world, endpoint, action, repository))
        subject = f"the policy of endpoint {endpoint.logical_id}"
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
    policy = Policy(f"endpoint {endpoint.logical_id}", endpoint)
    variables = document.get("Version", "2008-10-17") != "2008-10-17"
    return tuple(
        Statement(policy, index, (value,), variables=variables)
        for index, value in enumerate(statements if isinstance(statements, list) else [statements])
    )


def _allows(statements: tuple[Statement, ...], request: Request) -> Truth:
    def votes(effect: str) -> Iterator[Truth]:
        for statement in statements:
            address, _ = statement.addresses(effect, request)
            yield some(address)

    return every((some(votes("Allow")), negate(some(votes("Deny")))))


def _request(world: World, endpoint: Resource, action: str, repository: str | Text) -> Request:
    """Return a request of some role of the account, since whoever runs tasks there uses the endpoint."""
    partition, region, account = (
        world.pseudo(endpoint.template, name) for name in ("AWS::Partition", "AWS::Region", "AWS::AccountId")
    )
    role = text("arn:", partition, ":iam::", account, ":role/", Hole(Kind.ANYTHING, "a role"))
    resource: str | Text = Text((Hole(Kind.ANYTHING, "a resource"),))
    if action == TOKEN_ACTION:
        resource = "*"
    elif action in PULL_ACTIONS:
        resource = repository
    elif action == "s3:GetObject":
        bucket = text("arn:", partition, ":s3:::prod-", region, "-starport-layer-bucket/")
        resource = text(bucket, Hole(Kind.ANYTHING, "a layer"))
    return Request(Principal(lambda: role, account, partition), action, resource, endpoint.template, dict)
