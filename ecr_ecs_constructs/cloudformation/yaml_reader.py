"""Templates in YAML, with the short forms of the intrinsic functions.

Scalars stay the text that stands in the file, so that a tag `1.10` or an account `012345678901` is not taken for
a number.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import yaml

from ecr_ecs_constructs.cloudformation.template import Node, TemplateError

if TYPE_CHECKING:
    _Base = yaml.SafeLoader
else:
    _Base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


MAX_VALUES = 1_000_000
"""How many values a template may hold with its aliases written out; CloudFormation itself takes 1 MB of text."""


class _Loader(_Base):
    """Reads every scalar as text, but null."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag == "tag:yaml.org,2002:null"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise yaml.constructor.ConstructorError(None, None, "a key must be a text", key_node.start_mark)
        # Of a key that stands twice, the last counts, as in CloudFormation.
        mapping[key] = loader.construct_object(value_node, deep=True)
    return mapping


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> Node:
    """Return `!Sub x` as `{"Fn::Sub": x}`."""
    value: Node
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = [loader.construct_object(item, deep=True) for item in node.value]
    else:
        value = _mapping(loader, node)  # type: ignore[arg-type] # what is neither scalar nor sequence is a mapping
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_multi_constructor("!", _short_form)


def parse(content: str, name: str) -> Node:
    """Parse a template in YAML.

    Args:
        content: the text of one YAML document.
        name: the file's name, for messages.

    Returns:
        Objects, lists, texts and nulls.

    Raises:
        TemplateError: it is not YAML, or not of the kind that a template may be.
    """
    loader = _Loader(content)
    try:
        node = loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise TemplateError(f"{name}{at}: not YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise TemplateError(f"{name}: not YAML: {' '.join(str(error).split())}") from None
    finally:
        loader.dispose()
    if "*" in content and "&" in content and _size(node, {}) > MAX_VALUES:
        raise TemplateError(f"{name}: its aliases must stand for at most {MAX_VALUES} values, and none for itself")
    return node


def _size(node: Node, known: dict[int, float]) -> float:
    """Return how many values a node holds with its aliases written out, infinitely many in a circle."""
    if not isinstance(node, (dict, list)):
        return 1
    if id(node) not in known:
        known[id(node)] = math.inf  # what a circle comes back to
        known[id(node)] = 1 + sum(_size(item, known) for item in (node.values() if isinstance(node, dict) else node))
    return known[id(node)]
