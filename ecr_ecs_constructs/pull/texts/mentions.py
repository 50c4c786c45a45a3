"""All that stands anywhere in the properties of a resource, whatever its properties mean."""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import Worlds
from ecr_ecs_constructs.cloudformation.template import Node, Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Text, Value


def mentioned(worlds: Worlds, resource: Resource) -> Iterator[str | Hole | None]:
    """Yield each literal, and each part of a text that is known only at deployment, of a resource in any world.

    None is among them where too many worlds tell it: anything may stand there.
    """
    nodes: list[Node] = [worlds.written(resource)]
    values: list[Value] = []
    while nodes:
        node = nodes.pop()
        if type(node) is list:
            nodes += node
        elif type(node) is dict and not any(key == "Ref" or key[:4] == "Fn::" for key in node):
            nodes += node.values()
        elif type(node) is dict:
            branches = worlds.branches(resource.template, node)
            if branches is None:
                yield None
            else:
                values += [branch.value for branch in branches]
        elif type(node) is str:
            yield node
    while values:
        value = values.pop()
        if isinstance(value, (list, dict)):
            values += value if isinstance(value, list) else value.values()
        elif isinstance(value, Text):
            yield from value.pieces
        elif isinstance(value, str):
            yield value
