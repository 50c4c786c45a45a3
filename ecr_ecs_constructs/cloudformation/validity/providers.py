"""Strategies of clusters that name a capacity provider which is not one of the cluster.

Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutClusterCapacityProviders.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.functions import referred
from ecr_ecs_constructs.cloudformation.template import Node, Resource
from ecr_ecs_constructs.cloudformation.validity.faults import Fault, literal

_CLUSTERS = ("AWS::ECS::Cluster", "AWS::ECS::ClusterCapacityProviderAssociations")


def unassociated(resource: Resource) -> Iterator[Fault]:
    """Yield the capacity providers of the default strategy of a cluster that are not among its capacity providers.

    Args:
        resource: the resource.
    """
    if resource.type not in _CLUSTERS:
        return
    owned, strategy = (resource.properties.get(key) for key in ("CapacityProviders", "DefaultCapacityProviderStrategy"))
    names = [_name(each) for each in owned] if isinstance(owned, list) else [None]
    for index, item in enumerate(strategy if isinstance(strategy, list) and None not in names else ()):
        name = _name(item.get("CapacityProvider")) if isinstance(item, dict) else None
        if name is not None and name not in names:
            location = f"Properties.DefaultCapacityProviderStrategy[{index}].CapacityProvider"
            yield Fault(resource, (), location, f"is {name}, which is none of its CapacityProviders", taken=None)


def _name(node: Node) -> str | None:
    """Return the name that a node is, or the resource that it refers to; None where something else decides it."""
    return literal(node) or referred(node)
