"""Templates in YAML, with the short forms of the intrinsic functions.

Scalars stay the text that stands in the file, so that a tag `1.10` or an account `012345678901` is not taken for
a number; but `yes` and `On`, like each other word for a boolean, are `true` or `false`, and digits of an octal number
without quotes are that number: of an account `012345670123`, CloudFormation makes `1402433619`.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
    https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/745 (octal numbers)
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import yaml

from ecr_ecs_constructs.cloudformation.loops import MAX_VALUES
from ecr_ecs_constructs.cloudformation.template import Node, TemplateError

if TYPE_CHECKING:
    _Base = yaml.SafeLoader
else:
    _Base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


_MAX_NESTING = 1000  # what libyaml's composer surely takes before it runs out of stack

_BOOLEANS = yaml.SafeLoader.bool_values
_YAML = "tag:yaml.org,2002:"


class _Loader(_Base):
    """Reads every scalar as text, but null and booleans, and knows no other objects than CloudFormation does."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in (f"{_YAML}null", f"{_YAML}bool")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_OCTAL = re.compile(r"0[0-7]+\Z")
_Loader.add_implicit_resolver(f"{_YAML}int", _OCTAL, ["0"])
_Loader.yaml_constructors = {
    tag: constructor
    for tag, constructor in yaml.SafeLoader.yaml_constructors.items()
    if tag in (None, f"{_YAML}null", f"{_YAML}str", f"{_YAML}seq")
}
_Loader.yaml_multi_constructors = {}


def _mapping(loader: _Loader, node: yaml.Node) -> dict[str, Any]:
    if not isinstance(node, yaml.MappingNode):
        raise yaml.constructor.ConstructorError(None, None, "what is tagged a mapping is none", node.start_mark)
    mapping: dict[str, Any] = {}
    merged: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise yaml.constructor.ConstructorError(None, None, "a key must be a text", key_node.start_mark)
        value = loader.construct_object(value_node, deep=True)
        if key == "<<" and not key_node.style:  # not in quotes
            for other in reversed(value if isinstance(value, list) else [value]):
                merged.update(other if isinstance(other, dict) else {key: value})
        else:
            # Of a key that stands twice, the last counts, as in CloudFormation.
            mapping[key] = value
    return {**merged, **mapping}


def _text(loader: _Loader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


def _integer(loader: _Loader, node: yaml.ScalarNode) -> str:
    text = _text(loader, node)
    return str(int(text, 8)) if _OCTAL.fullmatch(text) else text


def _boolean(loader: _Loader, node: yaml.ScalarNode) -> str:
    text = _text(loader, node)
    return str(_BOOLEANS.get(text.lower(), text)).lower()


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> Node:
    """Return `!Sub x` as `{"Fn::Sub": x}`."""
    value: Node
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = [loader.construct_object(item, deep=True) for item in node.value]
    else:
        value = _mapping(loader, node)
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


_Loader.add_constructor(f"{_YAML}map", _mapping)
_Loader.add_constructor(f"{_YAML}bool", _boolean)
_Loader.add_constructor(f"{_YAML}int", _integer)
_Loader.add_constructor(f"{_YAML}float", _text)
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
        _check_nesting(content)
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


def _check_nesting(content: str) -> None:
    """Raise a `RecursionError` for what is nested so deep that libyaml's composer, which is recursive, would crash."""
    lines = content.splitlines()
    if content.count("[") + content.count("{") + max(map(len, lines), default=0) < _MAX_NESTING:
        return  # each level takes a bracket, or a column
    depth = 0
    for event in yaml.parse(content, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_NESTING:
            raise RecursionError


def _size(node: Node, known: dict[int, float]) -> float:
    """Return how many values a node holds with its aliases written out, infinitely many in a circle."""
    if not isinstance(node, (dict, list)):
        return 1
    if id(node) not in known:
        known[id(node)] = math.inf  # what a circle comes back to
        known[id(node)] = 1 + sum(_size(item, known) for item in (node.values() if isinstance(node, dict) else node))
    return known[id(node)]
