"""The partitions of AWS that a template is written for, as its literals tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.template import Node, Template
from ecr_ecs_constructs.image_uri import AREAS, partition_of


def partitions_in(template: Template) -> Iterator[str]:
    """Yield the partition of each ARN, and of each region, that the literals of a template hold.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    """
    nodes: list[Node] = [template.section("Resources"), template.section("Parameters"), *template.parameters.values()]
    # The keys of a map that are regions are each looked up in a world of its own; those that are partitions are not.
    nodes += [key for mapping in template.section("Mappings").values() for key in _keys(mapping)]
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict):
            nodes += node.values()
        elif isinstance(node, list):
            nodes += node
        elif isinstance(node, str):
            for match in _WRITTEN.finditer(node):
                yield match[1] or partition_of(match[2])


def _keys(mapping: Node) -> Iterator[str]:
    if isinstance(mapping, dict):
        yield from (f"arn:{key}:" for key in mapping if re.fullmatch("aws[a-z-]*", key))


_WRITTEN = re.compile(rf"arn:(aws[a-z-]*):|(?<![a-z0-9-])((?:{'|'.join(AREAS)})-[a-z]+-[0-9])(?![0-9])")
