"""Write or check what the package knows of AWS managed policies: `python -m tests.pull.managed_policies`.

The documents are those that moto ships, copied by its makers from AWS, and, for policies that AWS no longer lists,
the actions of the table in `../shared/managed_policies`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data

from ecr_ecs_constructs.pull.policy import _some_action

ROOT = Path(__file__).parents[2]
DATA = ROOT / "ecr_ecs_constructs" / "pull" / "managed_policies.json"
SHARED = ROOT.parent / "shared" / "managed_policies"

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
    "ecs:DeregisterContainerInstance",
    "ecs:DiscoverPollEndpoint",
    "ecs:Poll",
    "ecs:RegisterContainerInstance",
    "ecs:StartTelemetrySession",
    "ecs:SubmitAttachmentStateChanges",
    "ecs:SubmitContainerStateChange",
    "ecs:SubmitTaskStateChange",
    "ecs:UpdateContainerInstancesState",
]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def reduced(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the statements of a document that name one of the actions, reduced to these."""
    return list(_reduced(listed(document["Statement"])))


def _reduced(statements: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    for statement in statements:
        patterns = tuple(listed(statement.get("Action", statement.get("NotAction"))))
        actions = [action for action in ACTIONS if _some_action(patterns, action) is ("Action" in statement)]
        if actions:
            kept = {key: value for key, value in statement.items() if key not in ("Action", "NotAction")}
            yield {**kept, "Action": "*" if "*" in listed(statement.get("Action")) else actions}


def table() -> dict[str, dict[str, Any]]:
    """Return the table of policies that allow a pull action, by name."""
    loaded = json.loads((SHARED / "ecr_pull_table.json").read_text())
    return {policy["name"]: policy for policy in loaded["policies"]}


def build() -> dict[str, Any]:
    published = json.loads(aws_managed_policies_data)
    policies = {
        f"{policy['Path'].removeprefix('/')}{name}": statements
        for name, policy in published.items()
        if (statements := reduced(policy["Document"]))
    }
    policies |= {
        name: [{"Action": policy["pull_actions_on_star"], "Effect": "Allow", "Resource": "*"}]
        for name, policy in table().items()
        if name not in published
    }
    return {
        "date": max(policy["UpdateDate"] for policy in published.values())[:10],
        "actions": ACTIONS,
        "policies": dict(sorted(policies.items())),
    }


def rendered() -> str:
    """Return the data as it stands in the file: one policy a line."""
    data = build()
    lines = [f"  {json.dumps(name)}: {json.dumps(body, sort_keys=True)}" for name, body in data["policies"].items()]
    head = f'{{\n "date": "{data["date"]}",\n "actions": {json.dumps(data["actions"])},\n "policies": {{\n'
    return head + ",\n".join(lines) + "\n }\n}\n"


if __name__ == "__main__":
    DATA.write_text(rendered())
