"""The arguments of functions that ask for what is not there: keys of mappings, and ranges of a network.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-findinmap.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-cidr.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from ipaddress import ip_network
from typing import cast

from ecr_ecs_constructs.cloudformation.functions import has_function
from ecr_ecs_constructs.cloudformation.template import Node, Template
from ecr_ecs_constructs.cloudformation.validity.faults import Fault, judged, literal
from ecr_ecs_constructs.cloudformation.validity.references import attribute_of
from ecr_ecs_constructs.cloudformation.values import Content

_MOST_RANGES = 256
"""How many ranges `Fn::Cidr` gives at most."""

_BLOCK = "CidrBlock"


def ungiven(fault: Fault, name: str, argument: Content) -> Iterator[Fault]:
    """Yield that a function can't give anything, since what it asks for is not there.

    Args:
        fault: the place of the function, and the conditions around it.
        name: the name of the function.
        argument: its argument.
    """
    found = _JUDGES.get(name)
    nodes = found(fault.holder.template, cast("Node", argument)) if found is not None else None
    if nodes is None:
        return
    parts, judge = nodes
    asked = Fault(fault.holder, fault.guards, fault.location, nodes=parts, judge=judge)
    yield from judged(asked) if all(literal(part) is not None for part in parts) else [asked]


_Question = tuple[tuple[Node, ...], Callable[..., str]]
"""Nodes, and what judges their values."""


def _of_map(template: Template, argument: Node) -> _Question | None:
    """Return how the keys of `Fn::FindInMap` are judged; None where it has a default, or the region decides.

    A mapping of regions tells where a template may be deployed.
    """
    nodes = tuple(argument) if isinstance(argument, list) and len(argument) == 3 else ()
    is_anywhere = template.region is None or template.account is None
    if not nodes or (is_anywhere and "AWS::" in json.dumps(nodes, default=str)):
        return None
    return nodes, partial(_unmapped, template.section("Mappings"))


def _unmapped(mappings: Mapping[str, Node], name: str, *keys: str) -> str:
    """Return that a mapping does not have a key; nothing where it has, or a transform may add it."""
    if has_function(mappings):
        return ""
    if name not in mappings:
        return f"asks for mapping {name}, which is not in the template"
    found = mappings[name]
    for index, key in enumerate(keys):
        if not isinstance(found, dict) or has_function(found):
            return ""
        if key not in found:
            return f"asks for {'.'.join(keys[: index + 1])} of mapping {name}, which does not have it"
        found = found[key]
    return ""


def _of_ranges(template: Template, argument: Node) -> _Question | None:
    """Return how the arguments of `Fn::Cidr` are judged."""
    if not (isinstance(argument, list) and len(argument) == 3):
        return None
    block, count, bits = argument
    name, attribute = attribute_of(block) or ("", "")
    vpc = template.resources.get(name)
    if vpc is not None and attribute == _BLOCK:
        block = vpc.properties.get(_BLOCK)
    return (block, count, bits), _unfit_ranges


def _unfit_ranges(block: str, count: str, bits: str) -> str:
    """Return that a network has not as many ranges of some bits as are asked for; nothing where it has."""
    try:
        network, number, size = ip_network(block, strict=False), int(count), int(bits)
    except ValueError:
        return ""
    if not 1 <= number <= _MOST_RANGES:
        return f"asks for {number} ranges, and {_MOST_RANGES} are the most"
    more = network.max_prefixlen - size - network.prefixlen
    if more < 0 or number > 2**more:
        return f"asks for {number} ranges of {size} bits, which {block} does not have"
    return ""


_JUDGES: Mapping[str, Callable[[Template, Node], _Question | None]] = {
    "Fn::Cidr": _of_ranges,
    "Fn::FindInMap": _of_map,
}
