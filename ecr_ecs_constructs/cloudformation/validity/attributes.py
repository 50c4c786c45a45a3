"""The attributes of a resource besides its properties, and what CloudFormation refuses of them.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-product-attribute-reference.html
    https://github.com/aws/aws-cdk/pull/10522 (Version and Description, which templates of AWS CodeStar have)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ecr_ecs_constructs.cloudformation.template import Node, Resource
from ecr_ecs_constructs.cloudformation.validity.faults import Fault

_POLICIES: Mapping[str, Sequence[str]] = {
    "DeletionPolicy": ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot"),
    "UpdateReplacePolicy": ("Delete", "Retain", "Snapshot"),
}
_OBJECTS = ("CreationPolicy", "Properties", "UpdatePolicy")
_OTHERS = ("Type", "Condition", "DependsOn", "Description", "Metadata", "Version")


def misattributed(resource: Resource) -> Iterator[Fault]:
    """Yield the attributes of a resource that CloudFormation refuses.

    Args:
        resource: the resource.
    """
    for name, node in resource.body.items():
        if name in _POLICIES:
            if not isinstance(node, dict) and node not in _POLICIES[name]:
                yield Fault(resource, (), name, f"is {_shown(node)}, and must be {' or '.join(_POLICIES[name])}")
        elif name in _OBJECTS:
            if not isinstance(node, dict):
                yield Fault(resource, (), name, "is no object")
        elif name not in _OTHERS and not name.startswith("Fn::"):
            yield Fault(resource, (), name, "is no attribute that is known of a resource", None)


def _shown(node: Node) -> str:
    return repr(node) if isinstance(node, str) else "no text"
