"""Whoever pulls an image reaches Amazon ECR, and what else a task needs to start."""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.pull.answer import Problem, Verdict
from ecr_ecs_constructs.pull.facts import Facts
from ecr_ecs_constructs.pull.links.network import RULES
from ecr_ecs_constructs.pull.proof import problems
from ecr_ecs_constructs.rules.rule import Severity, rule


def _broken(facts: Facts, rule_id: str) -> Iterator[Problem]:
    for place in facts.networks:
        for fact in place.ways.sentences(False, RULES[rule_id]):
            yield Problem(rule_id, place.resource, place.location, fact, edits=place.edits)


@rule(
    "no-path-to-ecr",
    Severity.ERROR,
    "Give the subnets a route to a NAT gateway, or the tasks a public address where a route leads to an internet "
    "gateway (AssignPublicIp: ENABLED, assign_public_ip=True), or the VPC endpoints ecr.api and ecr.dkr with private "
    "DNS and an S3 gateway endpoint on their route tables. Let security groups and network ACLs pass TCP 443, out to "
    "the endpoints and to the prefix list of S3.",
)
def no_path_to_ecr(facts: Facts) -> Iterator[Problem]:
    """Find subnets in which an image is pulled, and from which no way leads to Amazon ECR."""
    yield from _broken(facts, "no-path-to-ecr")


@rule(
    "no-path-to-ecs",
    Severity.ERROR,
    "Give the subnets a route to a NAT gateway, or the instances a public address where a route leads to an internet "
    "gateway (AssociatePublicIpAddress: true, associate_public_ip_address=True), or the VPC endpoints ecs, ecs-agent "
    "and ecs-telemetry, and let security groups and network ACLs pass TCP 443.",
)
def no_path_to_ecs(facts: Facts) -> Iterator[Problem]:
    """Find subnets of container instances from which no way leads to Amazon ECS."""
    yield from _broken(facts, "no-path-to-ecs")


@rule(
    "no-path-to-logs-or-secrets",
    Severity.ERROR,
    "Give the subnets a route to a NAT gateway, or what runs in them a public address where a route leads to an "
    "internet gateway (AssignPublicIp: ENABLED, assign_public_ip=True), or the VPC endpoint that is named: logs, "
    "secretsmanager or ssm, and let security groups and network ACLs pass TCP 443.",
)
def no_path_to_logs_or_secrets(facts: Facts) -> Iterator[Problem]:
    """Find subnets from which no way leads to the logs or secrets without which a container does not start."""
    yield from _broken(facts, "no-path-to-logs-or-secrets")


@rule(
    "unmountable-volume",
    Severity.ERROR,
    "Give the file system a mount target in the Availability Zone of each subnet, let security groups and network ACLs "
    "pass TCP 2049 from the task to it, and enable TransitEncryption with an access point or IAM authorization "
    '(transit_encryption="ENABLED" in the CDK).',
)
def unmountable_volume(facts: Facts) -> Iterator[Problem]:
    """Find volumes that a task can't mount, and subnets from which no way leads to their file systems."""
    yield from problems(facts).get("unmountable-volume", ())
    yield from _broken(facts, "unmountable-volume")


@rule(
    "unverifiable-network",
    Severity.INFO,
    "Judge the templates of the network in the same call; or verify it there, and vouch for it by its names: subnet or "
    "security-group in a [[vouch]] of the configuration.",
)
def unverifiable_network(facts: Facts) -> Iterator[Problem]:
    """Find subnets from which the way to Amazon ECR can't be followed to its end."""
    yield from problems(facts).get("unverifiable-network", ())
    for place in facts.networks:
        here = place.resource, place.location
        for fact in place.unknown:
            yield Problem("unverifiable-network", *here, f"cannot verify the network: {fact}", Verdict.UNKNOWN)
        for fact in place.ways.sentences(None):
            yield Problem("unverifiable-network", *here, fact, Verdict.UNKNOWN)
