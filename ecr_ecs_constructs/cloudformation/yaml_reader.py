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
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn

import yaml

from ecr_ecs_constructs.cloudformation.loops import MAX_VALUES
from ecr_ecs_constructs.cloudformation.nesting import MAX_NESTING
from ecr_ecs_constructs.cloudformation.template import Node, Object, TemplateError

if TYPE_CHECKING:
    _Base = yaml.SafeLoader
else:
    _Base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


_MAX_NESTING = 1000  # what libyaml's composer surely takes before it runs out of stack

_BOOLEANS = yaml.SafeLoader.bool_values
_YAML = "tag:yaml.org,2002:"


class _Loader(_Base):
    """Reads every scalar as text, but null and booleans, and knows no other objects than CloudFormation does."""

    merged = 0  # how many keys `<<` has brought so far


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in (f"{_YAML}null", f"{_YAML}bool")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_OCTAL = re.compile(r"0[0-7]+\Z")
_Loader.add_implicit_resolver(f"{_YAML}int", _OCTAL, ["0"])
_Loader.yaml_constructors = {
    tag: constructor
    for tag, constructor in yaml.SafeLoader.yaml_constructors.items()
    if tag in (f"{_YAML}null", f"{_YAML}str", f"{_YAML}seq")
}
_Loader.yaml_multi_constructors = {}


def _wrong(problem: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


def _mapping(loader: _Loader, node: yaml.Node) -> dict[str, Node]:
    if not isinstance(node, yaml.MappingNode):
        raise _wrong("what is tagged a mapping is none", node)
    mapping: dict[str, Node] = {}
    merged: dict[str, Node] = {}
    for key_node, value_node in node.value:
        key: Node = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise _wrong("a key must be a text", key_node)
        value: Node = loader.construct_object(value_node, deep=True)
        if _is_merge(key_node):  # not in quotes
            for other in reversed(value if isinstance(value, list) else [value]):
                brought: Object = other if isinstance(other, dict) else {key: value}
                loader.merged += len(brought)
                if loader.merged > MAX_VALUES:
                    raise _wrong(f"<< must bring at most {MAX_VALUES} keys", key_node)
                merged.update(brought)
        else:
            # Of a key that stands twice, the last counts, as in CloudFormation.
            mapping[key] = value
    return {**merged, **mapping}


def _text(loader: _Loader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


def _integer(loader: _Loader, node: yaml.ScalarNode) -> str:
    text = _text(loader, node)
    try:
        return str(int(text, 8)) if _OCTAL.fullmatch(text) else text
    except ValueError:
        raise _wrong("a number must have at most 4300 digits", node) from None


def _boolean(loader: _Loader, node: yaml.ScalarNode) -> str:
    text = _text(loader, node)
    return str(_BOOLEANS.get(text.lower(), text)).lower()


def _long_form(suffix: str) -> str:
    """Return the key for which `!Sub` stands, the short form of a function or a condition."""
    return suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> Node:
    """Return `!Sub x` as `{"Fn::Sub": x}`."""
    value: Node
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = [loader.construct_object(item, deep=True) for item in node.value]
    else:
        value = _mapping(loader, node)
    if suffix == "GetAtt" and isinstance(value, str):
        value = [*value.split(".", 1)]
    return {_long_form(suffix): value}


def _unknown(_: _Loader, node: yaml.Node) -> NoReturn:
    raise _wrong("a tag must be one of CloudFormation, or of YAML for texts, numbers, lists and mappings", node)


_Loader.add_constructor(None, _unknown)
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
        RecursionError: it is nested deeper than `MAX_NESTING`.
    """
    try:
        _check_nodes(content, name)
        node = _document(content)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        problem = _UNDEFINED.sub(r"\1", str(error.problem or error.context))
        if problem == "second occurrence":
            problem = "an anchor must stand once"
        raise TemplateError(f"{name}{at}: not YAML: {problem}") from None
    except yaml.reader.ReaderError as error:
        raise TemplateError(f"{name}: not YAML: the character at {error.position} is none of YAML") from None
    values, levels = _extent(node, {})
    if "*" in content and "&" in content and values > MAX_VALUES:
        raise TemplateError(f"{name}: its aliases must stand for at most {MAX_VALUES} values, and none for itself")
    if levels > MAX_NESTING:
        raise RecursionError
    return node


_UNDEFINED = re.compile("(found undefined [a-z ]+).*")  # behind it PyYAML, but not libyaml, quotes the name


def parts(content: str) -> Written:
    """Return the parts of a text in YAML that `parse` takes, with their places."""
    loader = _Loader(content)
    try:
        node = loader.get_single_node()
        assert node is not None  # noqa: S101 - nothing has been refused by `parse`
        return Written(node)
    finally:
        loader.dispose()


class Written:
    """A value in YAML as it is written.

    Args:
        node: the value.
        key: the offset of its key; that of itself, if not given.
        is_untagged: whether the short form of a function that it has is left out.
    """

    def __init__(self, node: yaml.Node, key: int | None = None, *, is_untagged: bool = False) -> None:
        self._node, self._is_untagged = node, is_untagged
        self.start: int = node.start_mark.index
        self.end: int = node.end_mark.index
        self.key = self.start if key is None else key

    @cached_property
    def parts(self) -> Mapping[str | int, Written]:
        """The values in an object by their keys, the last of each, those in a list by their numbers."""
        node, tag = self._node, str(self._node.tag)
        if tag.startswith("!") and not self._is_untagged:
            return {_long_form(tag[1:]): Written(node, self.key, is_untagged=True)}
        if isinstance(node, yaml.SequenceNode):
            return {number: Written(item) for number, item in enumerate(node.value)}
        return dict(self._pairs(node)) if isinstance(node, yaml.MappingNode) else {}

    def _pairs(self, node: yaml.MappingNode) -> Iterator[tuple[str | int, Written]]:
        merged = [value for key, value in node.value if _is_merge(key)]
        for value in merged:
            for other in reversed(value.value) if isinstance(value, yaml.SequenceNode) else [value]:
                yield from Written(other).parts.items()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and not _is_merge(key):
                yield str(key.value), Written(value, key.start_mark.index)


def _is_merge(key: yaml.Node) -> bool:
    return isinstance(key, yaml.ScalarNode) and key.value == "<<" and not key.style


def _document(content: str) -> Node:
    loader = _Loader(content)
    try:
        node: Node = loader.get_single_data()
        return node
    finally:
        loader.dispose()


def _check_nodes(content: str, name: str) -> None:
    """Refuse more values than libyaml's composer should make objects of, and such as it would crash on.

    Raises:
        RecursionError: they are nested so deep that the composer, which is recursive, runs out of stack.
        TemplateError: there are more than `MAX_VALUES`.
    """
    lines = content.splitlines()
    deepest = content.count("[") + content.count("{") + max(map(len, lines), default=0)
    if deepest < _MAX_NESTING and len(content) < MAX_VALUES:
        return  # each level takes a bracket or a column, each value a character
    depth = values = 0
    for event in yaml.parse(content, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        values += isinstance(event, yaml.NodeEvent)
        if depth > _MAX_NESTING:
            raise RecursionError
        if values > MAX_VALUES:
            raise TemplateError(f"{name}: must hold at most {MAX_VALUES} values, as it is in YAML")


def _extent(node: Node, known: dict[int, tuple[float, float]]) -> tuple[float, float]:
    """Return how many keys and values a node holds with its aliases written out, and how deep they are nested.

    Both are infinite in a circle. A text counts once more for every 64 characters.
    """
    if not isinstance(node, (dict, list)):
        return 1 + (len(node) // 64 if isinstance(node, str) else 0), 0
    if id(node) not in known:
        known[id(node)] = math.inf, math.inf  # what a circle comes back to
        values, levels = 1.0, 0.0
        for item in (*node, *node.values()) if isinstance(node, dict) else node:
            more, below = _extent(item, known)
            values, levels = values + more, max(levels, below)
        known[id(node)] = values, levels + 1
    return known[id(node)]
