"""The managed policies of AWS itself.

Source: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/about-managed-policy-reference.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, Value, pieces_of, text
from ecr_ecs_constructs.pull.iam.documents import Policies
from ecr_ecs_constructs.pull.iam.statements import PolicyDocument, Statement


def aws_managed(arn: str | Text) -> Policies | None:
    """Return the AWS managed policy of an ARN, None for any other ARN."""
    pieces = pieces_of(arn)
    if isinstance(arn, str):
        found = re.fullmatch(r"arn:([^:]+):iam::aws:policy/(.+)", arn)
        return _read(arn, found[1], found[2]) if found else None
    if len(pieces) == 3 and pieces[0] == "arn:" and isinstance(pieces[2], str):
        found = re.fullmatch(r":iam::aws:policy/(.+)", pieces[2])
        return _read(str(arn), pieces[1], found[1]) if found else None
    return None


@lru_cache(maxsize=256)
def _read(arn: str, partition: str | Hole, name: str) -> Policies:
    """Return an AWS managed policy.

    Args:
        arn: its ARN in messages.
        partition: the partition of the ARN.
        name: what stands behind `policy/` in the ARN.
    """
    data = managed_policies()
    documented: list[dict[str, Any]] = data["policies"].get(name, [])
    title = f"AWS managed policy {arn}"
    document = PolicyDocument(title if documented else f"{title} (which grants no pull, as of {data['date']})", arn=arn)
    beyond = Text((Hole(Kind.ANYTHING, "what the policy says of other actions"),))
    rest = [{"Effect": e, "NotAction": data["actions"], "Resource": beyond} for e in ("Allow", "Deny")]
    own = [_in_partition(statement, partition) for statement in documented]
    statements = [Statement(document, index, value) for index, value in enumerate((*own, *rest))]
    return Policies((document,), tuple(statements))


def _in_partition(value: Value, partition: str | Hole) -> Value:
    """Return a value with the ARNs of a partition in place of those of `aws`."""
    if isinstance(value, str) and value.startswith("arn:aws:"):
        return text("arn:", partition, value.removeprefix("arn:aws"))
    if isinstance(value, list):
        return [_in_partition(item, partition) for item in value]
    if isinstance(value, dict):
        return {key: _in_partition(item, partition) for key, item in value.items()}
    return value


@lru_cache(maxsize=1)
def managed_policies() -> Mapping[str, Any]:
    """Return what is known of AWS managed policies.

    Returns:
        `date`, of the newest policy; `actions`, those that this covers; `policies`: by what stands behind `policy/`
        in the ARN, the statements that name one of these actions, reduced to them. All other AWS managed policies
        of that date neither allow nor deny any of these actions.
    """
    # importlib.resources would cost every run of the command 5 ms.
    loaded: Mapping[str, Any] = json.loads(Path(__file__).with_name("managed_policies.json").read_bytes())
    return loaded
