"""Changes that let a role do what it lacks: one more policy of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from ecr_ecs_constructs.cloudformation.conditions.creation import Creation
from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.edits import Edit, add, written
from ecr_ecs_constructs.cloudformation.template import Node, Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Text, pieces_of

_POLICIES = "Properties.Policies"
_MAX_NAME = 128
_INLINE = {"AWS::IAM::Policy", "AWS::IAM::RolePolicy"}
_PSEUDO = re.compile(r"\$\{AWS::(?:Partition|Region|AccountId|URLSuffix)\}")

_ARNS: Mapping[str, str] = {
    "AWS::ECR::Repository": "Arn",
    "AWS::EFS::FileSystem": "Arn",
    "AWS::KMS::Key": "Arn",
    "AWS::Logs::LogGroup": "Arn",  # with `:*` behind it, for the log streams
    "AWS::SecretsManager::Secret": "",
}
"""The attribute of a resource that is its ARN, by its type; empty where a reference is.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html
"""


def allow(actions: Sequence[str], resource: Node) -> Node:
    """Return a statement that allows actions on a resource."""
    return {"Effect": "Allow", "Action": actions[0] if len(actions) == 1 else [*actions], "Resource": resource}


def with_policy(role: Resource, name: str, statements: Sequence[Node]) -> tuple[Edit, ...]:
    """Return the change that gives a role a policy of its own; none where it may have one of that name.

    Of two policies of one name that are put on a role, the later one stands in place of the earlier one.

    Args:
        role: the role.
        name: the name of the policy; a hyphen stands for what IAM does not take in it.
        statements: its statements.
    """
    name = re.sub("[^A-Za-z0-9]+", "-", name).strip("-")
    resources = role.template.resources.values()
    others = [written(each, "Properties") for each in resources if each is role or each.type in _INLINE]
    if len(name) > _MAX_NAME or f'"{name}"' in json.dumps(others):
        return ()
    document: Node = {"Version": "2012-10-17", "Statement": [*statements]}
    return add(role, _POLICIES, {"PolicyName": name, "PolicyDocument": document})


def arn_for(world: World, role: Resource, made: Resource | None, arn: str | Text) -> tuple[Node, str]:
    """Return an ARN as a policy of a role may name it, and a name for what it is of; None where it can't.

    Args:
        world: the world.
        role: the role, which must not wait for itself.
        made: the resource of the templates that it is of, where that is known.
        arn: the ARN, half-known.
    """
    holes = [piece for piece in pieces_of(arn) if isinstance(piece, Hole)]
    made = made or next((hole.resource for hole in holes if hole.resource is not None), None)
    if made is not None and made.template is role.template and made.type in _ARNS:
        attribute = _ARNS[made.type]
        node: Node = {"Fn::GetAtt": [made.logical_id, attribute]} if attribute else {"Ref": made.logical_id}
        is_there = role not in Creation(world).before(made) and made.condition in (None, role.condition)
        return node if is_there else None, made.logical_id
    text = _STREAM.sub(":*", str(arn))
    is_known = text.startswith("arn:") and "${" not in _PSEUDO.sub("", text)
    return ({"Fn::Sub": text} if "${" in text else text) if is_known else None, text.rpartition("}")[2]


_STREAM = re.compile(r":log-stream:\$\{[^}]*\}$")
