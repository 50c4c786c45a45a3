"""Roles that a service does not take, as their trust policy does not let it assume them.

Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecr_ecs_constructs.cloudformation.functions import function_of
from ecr_ecs_constructs.cloudformation.template import Node, Resource
from ecr_ecs_constructs.cloudformation.validity.faults import Fault, branches
from ecr_ecs_constructs.cloudformation.validity.references import attribute_of

_ROLES: Mapping[str, tuple[str, str]] = {"AWS::Lambda::Function": ("Role", "lambda.amazonaws.com")}
"""By resource type, the property that is a role, and the service that must be trusted when the resource is made."""


def distrusted(resource: Resource) -> Iterator[Fault]:
    """Yield that a role of a resource does not trust the service that checks it.

    Args:
        resource: the resource.
    """
    name, service = _ROLES.get(resource.type, ("", ""))
    if name not in resource.properties:
        return
    for guards, location, part in branches(resource.properties[name], f"Properties.{name}", ()):
        role, _ = attribute_of(part) or ("", "")
        target = resource.template.resources.get(role)
        if target is not None and target.type == "AWS::IAM::Role":
            texts = [*_texts(target.properties.get("AssumeRolePolicyDocument"))]
            if None not in texts and service not in texts:
                yield Fault(resource, guards, location, f"is role {role}, which does not trust {service}")


def _texts(node: Node) -> Iterator[str | None]:
    """Yield the texts in a node, None for what a function gives."""
    if function_of(node) is not None:
        yield None
    elif isinstance(node, (dict, list)):
        for each in node.values() if isinstance(node, dict) else node:
            yield from _texts(each)
    elif isinstance(node, str):
        yield node
