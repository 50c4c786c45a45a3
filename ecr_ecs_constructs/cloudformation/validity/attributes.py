"""The attributes of a resource besides its properties, and what CloudFormation refuses of them.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-product-attribute-reference.html
    https://github.com/aws/aws-cdk/pull/10522 (Version and Description, which templates of AWS CodeStar have)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ecr_ecs_constructs.cloudformation.functions import function_of
from ecr_ecs_constructs.cloudformation.template import Node, Resource
from ecr_ecs_constructs.cloudformation.validity.faults import Fault
from ecr_ecs_constructs.cloudformation.validity.schemas import schema_of
from ecr_ecs_constructs.cloudformation.validity.shapes import misread

_POLICIES: Mapping[str, Sequence[str]] = {
    "DeletionPolicy": ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot"),
    "UpdateReplacePolicy": ("Delete", "Retain", "Snapshot"),
}
_BY_TYPE = ("CreationPolicy", "UpdatePolicy")
"""The attributes that some types of resources have, each in a form of its own."""

_OTHERS = ("Type", "Condition", "DependsOn", "Description", "Metadata", "Properties", "Version")


def misattributed(resource: Resource) -> Iterator[Fault]:
    """Yield the attributes of a resource that CloudFormation refuses.

    Args:
        resource: the resource.
    """
    for name, node in resource.body.items():
        if name in _POLICIES:
            if function_of(node) is None and node not in _POLICIES[name]:
                yield Fault(resource, (), name, f"is {_shown(node)}, and must be {' or '.join(_POLICIES[name])}")
        elif name in _BY_TYPE:
            yield from _of_type(resource, name, node)
        elif name not in _OTHERS and not name.startswith("Fn::"):
            yield Fault(resource, (), name, "is no attribute that is known of a resource", None)


def _of_type(resource: Resource, name: str, node: Node) -> Iterator[Fault]:
    """Yield what is wrong of an attribute that has a form for each type of resource."""
    by_type = schema_of(name)
    schema = by_type.part(resource.type) if by_type is not None else None
    if not isinstance(node, dict):
        yield Fault(resource, (), name, "is no object")
    elif schema is None:
        yield Fault(resource, (), name, f"is no attribute that is known of {resource.type}", None)
    else:
        yield from misread(resource, schema, node, name)


def _shown(node: Node) -> str:
    return repr(node) if isinstance(node, str) else "no text"
