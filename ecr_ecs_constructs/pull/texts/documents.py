"""Documents in JSON that a text holds: policies, overrides of containers."""

from __future__ import annotations

import json

from ecr_ecs_constructs.cloudformation.nesting import is_shallow
from ecr_ecs_constructs.cloudformation.stand_ins import StandIns
from ecr_ecs_constructs.cloudformation.template import Node
from ecr_ecs_constructs.cloudformation.values import Text, Value, scalar


def read_document(document: str | Text) -> Value:
    """Return what a text in JSON says, as if it stood in a template: holes may stand inside its strings.

    Raises:
        ValueError: the text is no JSON, or is nested deeper than a template may be.
    """
    stand_ins = StandIns()
    encoded = stand_ins.encode(document)
    if not is_shallow(encoded):
        raise ValueError("it is nested too deep")
    return _decoded(json.loads(encoded), stand_ins)


def _decoded(node: Node, stand_ins: StandIns) -> Value:
    if isinstance(node, str):
        return stand_ins.decode(node)
    if isinstance(node, list):
        return [_decoded(item, stand_ins) for item in node]
    if isinstance(node, dict):
        return {key: _decoded(item, stand_ins) for key, item in node.items()}
    return scalar(node)
