"""Write or check what the package knows of AWS managed policies: `python -m tests.pull.iam.managed_policies`.

The documents are those that moto ships, copied by its makers from AWS.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data

ROOT = Path(__file__).parents[3]
DATA = ROOT / "ecr_ecs_constructs" / "pull" / "iam" / "managed_policies.json.gz"

PULL_ACTIONS = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
]
ACTIONS = [
    *PULL_ACTIONS,
    "ecr:BatchImportUpstreamImage",
    "ecr:CreateRepository",
    "batch:SubmitJob",
    "ec2:RevokeSecurityGroupEgress",
    "ec2:RevokeSecurityGroupIngress",
    "ecs:DeregisterContainerInstance",
    "ecs:DiscoverPollEndpoint",
    "ecs:Poll",
    "ecs:RegisterContainerInstance",
    "ecs:RunTask",
    "ecs:StartTelemetrySession",
    "ecs:SubmitAttachmentStateChanges",
    "ecs:SubmitContainerStateChange",
    "ecs:SubmitTaskStateChange",
    "ecs:UpdateContainerInstancesState",
    "elasticfilesystem:ClientMount",
    "events:DescribeRule",
    "events:PutRule",
    "events:PutTargets",
    "fsx:DescribeFileSystems",
    "iam:PassRole",
    "kms:Decrypt",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "s3:GetBucketLocation",
    "s3:GetObject",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameters",
]
SERVICES = {action.partition(":")[0] for action in ACTIONS}

WITHDRAWN = {
    "AWSECRPullThroughCacheServiceRolePolicy": ("ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability"),
    "AWSElasticBeanstalkFullAccess": (
        "ecr:GetAuthorizationToken",
        "ecr:BatchCheckLayerAvailability",
        "ecr:GetDownloadUrlForLayer",
        "ecr:BatchGetImage",
    ),
}
"""The pull actions, on every resource, of policies that AWS lists no more and that stay attached where they were."""


def published() -> dict[str, Any]:
    """Return the policies that AWS lists, by path and name."""
    return {
        f"{policy['Path'].removeprefix('/')}{name}": policy
        for name, policy in json.loads(aws_managed_policies_data).items()
    }


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@cache
def matched(pattern: str) -> frozenset[str]:
    """Return the actions that a pattern matches; case does not count."""
    if pattern.partition(":")[0].lower() not in SERVICES and "*" not in pattern:
        return frozenset()  # of another service, as most are
    regex = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return frozenset(action for action in ACTIONS if re.fullmatch(regex, action, re.IGNORECASE))


def reduced(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the statements of a document that name one of the actions, reduced to these."""
    return list(_reduced(listed(document["Statement"])))


def _reduced(statements: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    for statement in statements:
        named = set().union(*map(matched, listed(statement.get("Action", statement.get("NotAction")))))
        actions = [action for action in ACTIONS if (action in named) is ("Action" in statement)]
        if actions:
            kept = {key: value for key, value in statement.items() if key not in ("Action", "NotAction")}
            yield {**kept, "Action": "*" if "*" in listed(statement.get("Action")) else actions}


def denies(document: Mapping[str, Any]) -> bool:
    """Return whether a document has a statement that denies."""
    return any(statement["Effect"] == "Deny" for statement in listed(document["Statement"]))


def build() -> dict[str, Any]:
    policies = {name: reduced(policy["Document"]) for name, policy in published().items()}
    withdrawn = {
        name: [{"Action": list(actions), "Effect": "Allow", "Resource": "*"}] for name, actions in WITHDRAWN.items()
    }
    assert not policies.keys() & withdrawn.keys(), "AWS lists what is said to be withdrawn"
    return {
        "date": max(policy["UpdateDate"] for policy in published().values())[:10],
        "actions": ACTIONS,
        "denying": sorted({*WITHDRAWN, *(name for name, each in published().items() if denies(each["Document"]))}),
        "policies": dict(sorted((policies | withdrawn).items())),
    }


def rendered() -> str:
    """Return the data as it stands, packed, in the file: one policy a line."""
    data = build()
    lines = [f"  {json.dumps(name)}: {json.dumps(body, sort_keys=True)}" for name, body in data["policies"].items()]
    lists = "".join(f' "{key}": {json.dumps(data[key])},\n' for key in ("actions", "denying"))
    head = f'{{\n "date": "{data["date"]}",\n{lists} "policies": {{\n'
    return head + ",\n".join(lines) + "\n }\n}\n"


if __name__ == "__main__":
    DATA.write_bytes(gzip.compress(rendered().encode(), mtime=0))
