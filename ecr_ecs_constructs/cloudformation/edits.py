"""Changes of a template's text that leave all else in it as it is, byte for byte."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import accumulate, takewhile
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation import yaml_text
from ecr_ecs_constructs.cloudformation.positions import Key, TemplatePositions, TextPart, step
from ecr_ecs_constructs.cloudformation.template import Node, Object, Resource, Template, TemplateError, section_of


class Edit(NamedTuple):
    """A change of a template: a place in it gets a value, or a list there one more element.

    Attributes:
        template: the name of the template's file.
        path: the keys that lead to the place; objects that are not there are made.
        value: the value in JSON.
        source: the template's text.
        is_element: whether the value is an element for the list at that place, which may be a single text.
    """

    template: str
    path: tuple[Key, ...]
    value: str
    source: TemplatePositions
    is_element: bool = False


class Replacement(NamedTuple):
    """A piece of a text, and what stands there instead.

    Attributes:
        start: the offset at which it begins, in characters.
        end: the offset behind it.
        text: what stands there instead.
    """

    start: int
    end: int
    text: str


def put(resource: Resource, location: str, value: Node) -> tuple[Edit, ...]:
    """Return the edit that gives a place in a resource a value; none where the place can't have one of its own.

    Args:
        resource: the resource.
        location: the place: `Properties.ContainerDefinitions[0].Image`.
        value: the value; of an object, what stands beside its keys stays.
    """
    return _of(resource, location, value, is_element=False)


def add(resource: Resource, location: str, *elements: Node) -> tuple[Edit, ...]:
    """Return the edits that add elements to a list of a resource; none where the place can't have one of its own."""
    return tuple(edit for each in elements for edit in _of(resource, location, each, is_element=True))


def make(beside: Resource, logical_id: str, body: Object) -> tuple[Edit, ...]:
    """Return the edit that makes a resource in the template of another one; none where it can't have one of this name.

    Args:
        beside: the other resource.
        logical_id: the name of the new one.
        body: the new one.
    """
    template, source = beside.template, _source(beside.template)
    there = section_of(template.body, "Resources")
    if source is None or beside.construct_path is not None or beside.logical_id not in there or logical_id in there:
        return ()
    edit = Edit(template.name, ("Resources", logical_id), json.dumps(body), source)
    return () if any(each is None for each in _steps({**template.body}, edit)) else (edit,)


def put_default(template: Template, parameter: str, value: str) -> tuple[Edit, ...]:
    """Return the edit that gives a parameter a default."""
    source = _source(template)
    path = ("Parameters", parameter, "Default")
    return () if source is None else (Edit(template.name, path, json.dumps(value), source),)


def written(resource: Resource, location: str) -> Node:
    """Return the node that is written at a place in a resource, None where there is none."""
    node: Node = section_of(resource.template.body, "Resources").get(resource.logical_id)
    for key in _path(node, location):
        node = _child(node, key)
    return node


def place_by_names(resource: Resource, location: str) -> str:
    """Return a location with the name of each element of a list that has one there of its own, in place of its number.

    Args:
        resource: the resource.
        location: the place in it: `Properties.ContainerDefinitions[0].Image`.

    Returns:
        The place, wherever the element moves to: `Properties.ContainerDefinitions[Name=web].Image`.
    """
    if "[" not in location:
        return location
    node, names = written(resource, ""), []
    for key in _path(node, location):
        if isinstance(key, int):
            names.append(_name(node, key) or str(key))
        node = _child(node, key)
    left = iter(names)
    return _NUMBER.sub(lambda number: f"[{next(left, number[1])}]", location)


_NUMBER = re.compile(r"\[([0-9]+)\]")
_NAMES = ("Name", "Sid")
"""The properties that name a container, a port, a variable, a volume, a statement and the like."""


def _name(elements: Node, index: int) -> str | None:
    """Return the name of an element of a list, and of none but it there, as `Name=web`."""
    tables = [each for each in _children(elements).values() if isinstance(each, dict)]
    element = _child(elements, index)
    if not isinstance(element, dict):
        return None
    for key in _NAMES:
        name = element.get(key)
        if isinstance(name, str) and sum(each.get(key) == name for each in tables) == 1:
            return f"{key}={name}"
    return None


def _source(template: Template) -> TemplatePositions | None:
    """Return the text of a template that people write; None for one that CDK makes, or that a macro makes anew."""
    is_made = template.assembly is not None or _BY_CDK in template.declared
    return None if is_made or template.macros else template.positions


_BY_CDK = "BootstrapVersion"
"""A parameter of the templates that CDK makes.

Source: https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
"""


def _of(resource: Resource, location: str, value: Node, *, is_element: bool) -> tuple[Edit, ...]:
    template, logical_id = resource.template, resource.logical_id
    body = section_of(template.body, "Resources").get(logical_id)  # none of a resource that a loop makes
    source = _source(template)
    if body is None or source is None or resource.construct_path is not None:
        return ()
    path = ("Resources", logical_id, *_path(body, location))
    edit = Edit(template.name, path, json.dumps(value), source, is_element)
    return () if any(each is None for each in _steps({**template.body}, edit)) else (edit,)


def _path(node: Node, location: str) -> tuple[Key, ...]:
    """Return the keys of a location, which may hold dots themselves where they are there."""
    path: list[Key] = []
    rest = location
    while rest and (found := step(_children(node), rest)) is not None:
        key, node, rest = found
        path.append(key)
    return (*path, *filter(None, rest.split(".")))


def _children(node: Node) -> Mapping[Key, Node]:
    if isinstance(node, dict):
        return {key: value for key, value in node.items()}  # noqa: C416 - its keys are texts alone
    return dict(enumerate(node)) if isinstance(node, list) else {}


def _child(node: Node, key: Key) -> Node:
    return _children(node).get(key)


class Changed(NamedTuple):
    """A text that is changed.

    Attributes:
        text: the text as it is then.
        replacements: what makes it of the text as it was, in the order of the places, each of whole lines.
    """

    text: str
    replacements: tuple[Replacement, ...]


def apply(positions: TemplatePositions, edits: Sequence[Edit]) -> Changed:
    """Return a template's text with edits, without those that would change anything else.

    Args:
        positions: the text, and the places of its parts.
        edits: the edits of this template.
    """
    document = _ChangedText(positions.text, positions.inside)
    lines = _Lines(positions.text)
    for edit in dict.fromkeys(edits):
        steps = _taken(document, edit)
        for replacement, after in steps or ():
            lines.replace(replacement)
            document = after
    return Changed(document.text, tuple(lines.replacements()))


def by_file(edits: Iterable[Edit]) -> Sequence[Sequence[Edit]]:
    """Return edits, each once, those of each template together."""
    found: dict[str, dict[Edit, None]] = {}
    for edit in edits:
        found.setdefault(edit.template, {})[edit] = None
    return [[*each] for each in found.values()]


def lines_of(text: str) -> list[str]:
    """Return the lines of a text, each with its end."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


class _Lines:
    """The lines of a text while it is changed, each with its number in the text as it was.

    Args:
        text: the text as it was.
    """

    def __init__(self, text: str) -> None:
        self._old = lines_of(text)
        self._now: list[tuple[str, int | None]] = [(line, number) for number, line in enumerate(self._old)]

    def replace(self, replacement: Replacement) -> None:
        """Take a replacement in the text as it is now."""
        ends = [*accumulate(len(line) for line, _ in self._now)]
        first, last = bisect_left(ends, replacement.start), bisect_left(ends, replacement.end) + 1
        begin = ends[first - 1] if first else 0
        before = self._now[first:last]
        text = "".join(line for line, _ in before)
        text = text[: replacement.start - begin] + replacement.text + text[replacement.end - begin :]
        after = lines_of(text)
        same = sum(1 for _ in takewhile(lambda each: each[0][0] == each[1], zip(before, after, strict=False)))
        new: list[tuple[str, int | None]] = [(line, None) for line in after[same:]]
        self._now[first:last] = [*before[:same], *new]

    def replacements(self) -> Iterator[Replacement]:
        """Yield what makes the text as it is now of the text as it was."""
        starts = [0, *accumulate(map(len, self._old))]
        seen, new = 0, ""
        for line, number in [*self._now, ("", len(self._old))]:
            if number is None:
                new += line
                continue
            if new or number > seen:
                yield Replacement(starts[seen], starts[number], new)
            seen, new = number + 1, ""


class _Step(NamedTuple):
    """A change of one place in a document.

    Attributes:
        path: the object, list or value that is there.
        value: what it becomes, or gets.
        key: the new key of the object; None where the value is exchanged, or is a new element of the list.
        is_element: whether the value is a new element of the list.
    """

    path: tuple[Key, ...]
    value: Node
    key: str | None = None
    is_element: bool = False


def _steps(node: Node, edit: Edit) -> Iterator[_Step | None]:
    """Yield the steps of an edit, None for one that can't be taken."""
    yield from _single_steps(node, edit.path, json.loads(edit.value), is_element=edit.is_element)


def _single_steps(body: Node, path: tuple[Key, ...], value: Node, *, is_element: bool) -> Iterator[_Step | None]:
    node = body
    for index, key in enumerate(path):
        if isinstance(node, dict) and key not in node:
            rest = path[index + 1 :]
            whole = reduce(lambda inner, name: {str(name): inner}, reversed(rest), [value] if is_element else value)
            takes = not _is_function(node) and all(isinstance(each, str) for each in (key, *rest))
            yield _Step(path[:index], whole, str(key)) if takes else None
            return
        if key not in _children(node):
            yield None
            return
        node = _child(node, key)
    if is_element:
        yield from _element_steps(node, path, value)
    elif isinstance(node, dict) and isinstance(value, dict) and not _is_function(node):
        for name, each in value.items():
            yield from _single_steps(body, (*path, name), each, is_element=False)
    elif not _same(node, value):
        is_free = not isinstance(node, (dict, list)) and node is not None
        yield _Step(path, value) if is_free else None


def _element_steps(node: Node, path: tuple[Key, ...], value: Node) -> Iterator[_Step | None]:
    if isinstance(node, list):
        if not any(_same(each, value) for each in node):
            is_new = not any(_is_named_alike(each, value) for each in node)
            yield _Step(path, value, is_element=True) if is_new else None
    elif isinstance(node, str):
        if node != value:
            yield _Step(path, [node, value])
    else:
        yield None


def _is_named_alike(one: Node, other: Node) -> bool:
    """Return whether two elements have the same name, which a list has once."""
    keys = one.keys() & other.keys() if isinstance(one, dict) and isinstance(other, dict) else ()
    return any(key.endswith("Name") and _same(_child(one, key), _child(other, key)) for key in keys)


def _is_function(node: Object) -> bool:
    return any(key.startswith("Fn::") or (key in ("Ref", "Condition") and len(node) == 1) for key in node)


def _same(one: Node, other: Node) -> bool:
    return _as_text(one) == _as_text(other)


def _as_text(node: Node) -> Node:
    """Return a node with all scalars as texts, as those of YAML are read."""
    if isinstance(node, dict):
        return {key: _as_text(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_as_text(value) for value in node]
    if isinstance(node, bool):
        return str(node).lower()
    return node if node is None else str(node)


class _ChangedText:
    """A text that holds a template.

    Args:
        text: the text.
        inside: the keys that lead to the template.

    Attributes:
        text: the text.
        inside: these keys.
        node: the whole of what it holds.
        is_json: whether it is in JSON; what looks like it may be the flow style of YAML.

    Raises:
        TemplateError: it can't be parsed.
        RecursionError: it is nested too deep.
    """

    def __init__(self, text: str, inside: tuple[Key, ...]) -> None:
        self.text, self.inside = text, inside
        self.is_json, self.node = True, None
        try:
            self.node = json.loads(text)
        except ValueError:
            self.is_json, self.node = False, yaml_text.parse(text, "")

    @property
    def template(self) -> Node:
        """The template."""
        return reduce(_child, self.inside, self.node)

    def changed(self, step: _Step) -> tuple[Replacement, _ChangedText] | None:
        """Return what a step does to the text, and the text behind it; None where it would change anything else."""
        within = step._replace(path=(*self.inside, *step.path))
        replacement = _replacement(self, within)
        if replacement is None:
            return None
        text = self.text[: replacement.start] + replacement.text + self.text[replacement.end :]
        try:
            after = _ChangedText(text, self.inside)
        except (TemplateError, RecursionError):
            return None
        is_alone = after.is_json is self.is_json and _same(after.node, _with(self.node, within))
        return (replacement, after) if is_alone else None


def _taken(document: _ChangedText, edit: Edit) -> list[tuple[Replacement, _ChangedText]] | None:
    """Return the steps of an edit, each with the text behind it; None where one can't be taken."""
    taken: list[tuple[Replacement, _ChangedText]] = []
    for each in _steps(document.template, edit):
        found = None if each is None else document.changed(each)
        if found is None:
            return None
        taken.append(found)
        document = found[1]
    return taken


def _with(node: Node, change: _Step) -> Node:
    """Return a document in which a step is taken."""
    if change.path:
        first, inner = change.path[0], change._replace(path=change.path[1:])
        if isinstance(node, dict):
            return {key: _with(value, inner) if key == first else value for key, value in node.items()}
        if isinstance(node, list):
            return [_with(value, inner) if key == first else value for key, value in enumerate(node)]
        return node
    if change.is_element:
        return [*node, change.value] if isinstance(node, list) else node
    if change.key is None:
        return change.value
    return {**node, change.key: change.value} if isinstance(node, dict) else node


def _replacement(document: _ChangedText, change: _Step) -> Replacement | None:
    """Return what a step does to the text, None where the place is not found in it."""
    text, positions = document.text, TemplatePositions(document.text)
    part: TextPart | None = positions.root
    for key in change.path:
        part = part.parts.get(key) if part is not None else None
    if part is None:
        return None
    if change.key is None and not change.is_element:
        return _exchanged(document, part, change.value)
    if document.is_json:
        return _JsonPlace(text, part).extended(change)
    return _YamlPlace(text, part, _indentation(positions)).extended(change)


def _exchanged(document: _ChangedText, part: TextPart, value: Node) -> Replacement:
    text = document.text
    if isinstance(value, dict) and [*value] == ["Fn::Sub"]:  # a text stays as it is quoted
        if document.is_json:
            return Replacement(part.start, part.end, f'{{"Fn::Sub": {text[part.start : part.end]}}}')
        return Replacement(part.start, part.start, "!Sub ")
    written_as = _json_text(value) if document.is_json else _yaml_flow(value)
    return Replacement(part.start, _last(text, part), written_as)


def _last(text: str, part: TextPart) -> int:
    """Return the offset behind what is written of a part, without the blank lines and comments behind it."""
    own = _own(part)
    if own and not _is_flow(text, part):
        return max(_last(text, each) for each in own)
    return part.start + len(text[part.start : part.end].rstrip())


def _own(part: TextPart) -> Sequence[TextPart]:
    """Return the parts that are written in a part, not by an alias."""
    return [each for each in part.parts.values() if part.start <= each.key and each.end <= part.end]


_PROPERTIES = re.compile(r"(?:[!&][^\s,\[\]{}]*\s+)*")


def _is_flow(text: str, part: TextPart) -> bool:
    """Return whether an object or a list is written in brackets, behind its tag or anchor."""
    begin = _PROPERTIES.match(text, part.start)
    return begin is not None and text[begin.end() : begin.end() + 1] in ("{", "[")


_LINE_END = re.compile(r"\r?\n")


def _newline(text: str, at: int) -> str:
    """Return how the line at an offset ends; as the first one does where it has no end."""
    found = _LINE_END.search(text, at) or _LINE_END.search(text)
    return found[0] if found is not None else "\n"


def _margin(text: str, at: int) -> int:
    """Return the column of an offset, from 0."""
    return at - text.rfind("\n", 0, at) - 1


def _neighbour(part: TextPart, key: str | None) -> TextPart | None:
    """Return the part behind which a new one is written: attributes of a resource stand behind its type."""
    own = _own(part)
    first = part.parts.get("Type") if key == "DependsOn" else None
    return first or max(own, key=lambda each: each.key, default=None)


class _JsonPlace:
    """An object or a list in JSON.

    Args:
        text: the whole text.
        part: the object or list.
    """

    def __init__(self, text: str, part: TextPart) -> None:
        self._text, self._part = text, part

    def extended(self, change: _Step) -> Replacement | None:
        """Return what adds a key or an element."""
        text, part = self._text, self._part
        neighbour = _neighbour(part, change.key)
        colon = ":" if '":"' in text and '": ' not in text else ": "
        name = f"{json.dumps(change.key)}{colon}" if change.key is not None else ""
        if neighbour is None:
            opening, closing = text[part.start], text[part.end - 1]
            return Replacement(part.start, part.end, f"{opening}{name}{_json_text(change.value, colon)}{closing}")
        first = min(_own(part), key=lambda each: each.key)
        between = text[part.start + 1 : first.key]
        if "\n" not in between:
            comma = "," if colon == ":" else ", "
            return Replacement(neighbour.end, neighbour.end, f"{comma}{name}{_json_text(change.value, colon)}")
        margin = between.rpartition("\n")[2]
        outer = text[: part.end - 1].rpartition("\n")[2]
        inner = margin[len(outer) :] if margin.startswith(outer) else "  "
        lines = _visible(json.dumps(change.value, indent=inner, ensure_ascii=False)).split("\n")
        newline = _newline(text, neighbour.end)
        value = newline.join([lines[0], *(margin + line for line in lines[1:])])
        return Replacement(neighbour.end, neighbour.end, f",{newline}{margin}{name}{value}")


def _json_text(value: Node, colon: str = ": ") -> str:
    """Return a value in one line of JSON."""
    separators = (",", ":") if colon == ":" else (", ", ": ")
    return _visible(json.dumps(value, separators=separators, ensure_ascii=False))


def _visible(text: str) -> str:
    """Return a text in JSON with escapes for what nobody sees: what a template wrote as an escape stays one."""
    return "".join(each if each.isprintable() or each in "\n\t" else json.dumps(each)[1:-1] for each in text)


class _YamlPlace:
    """An object or a list in YAML.

    Args:
        text: the whole text.
        part: the object or list.
        width: how far the text indents.
    """

    def __init__(self, text: str, part: TextPart, width: int) -> None:
        self._text, self._part, self._width = text, part, width

    def extended(self, change: _Step) -> Replacement | None:
        """Return what adds a key or an element; None where nothing stands there yet."""
        text, part = self._text, self._part
        neighbour = _neighbour(part, change.key)
        name = f"{change.key}: " if change.key is not None else ""
        if _is_flow(text, part):
            if neighbour is None:
                return Replacement(part.end - 1, part.end - 1, f"{name}{_yaml_flow(change.value)}")
            at = _last(text, neighbour)
            return Replacement(at, at, f", {name}{_yaml_flow(change.value)}")
        if neighbour is None:
            return None
        first = min(_own(part), key=lambda each: each.key)
        begin = first.key if change.key is not None else text.rfind("-", 0, first.key)
        node: Node = {change.key: change.value} if change.key is not None else [change.value]
        lines = _yaml_block(node, _margin(text, begin), self._width)
        end = _LINE_END.search(text, _last(text, neighbour))
        at = end.start() if end is not None else len(text)
        newline = _newline(text, at)
        return Replacement(at, at, newline + newline.join(lines))


def _indentation(positions: TemplatePositions) -> int:
    """Return how far a text in YAML indents: as far as its resources are."""
    resources = positions.root.parts.get("Resources")
    if resources is None or not resources.parts:
        return 2
    inner = min(part.key for part in resources.parts.values())
    return max(_margin(positions.text, inner) - _margin(positions.text, resources.key), 0) or 2


def _yaml_block(node: Node, margin: int, width: int) -> list[str]:
    """Return an object or a list in the block style of YAML, as lines."""
    indent, lines = " " * margin, []
    if isinstance(node, dict):
        for key, value in node.items():
            if _is_inline(value):
                lines.append(f"{indent}{_yaml_text(key)}: {_yaml_flow(value)}")
            else:
                lines += [f"{indent}{_yaml_text(key)}:", *_yaml_block(value, margin + width, width)]
    elif isinstance(node, list):
        for item in node:
            inner = [_yaml_flow(item)] if _is_inline(item) else _yaml_block(item, 0, width)
            lines += [f"{indent}- {inner[0]}", *(f"{indent}  {line}" for line in inner[1:])]
    return lines


def _is_inline(value: Node) -> bool:
    return not isinstance(value, (dict, list)) or not value or (isinstance(value, dict) and _short(value) is not None)


def _yaml_flow(value: Node) -> str:
    """Return a value in the flow style of YAML."""
    if isinstance(value, dict):
        pairs = ", ".join(f"{_yaml_text(key)}: {_yaml_flow(each)}" for key, each in value.items())
        return _short(value) or f"{{{pairs}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_yaml_flow, value))}]"
    if isinstance(value, str):
        return _yaml_text(value)
    return json.dumps(value)


def _short(value: Object) -> str | None:
    """Return the short form of a function, None for what is none."""
    (name, argument), *more = value.items() or [("", None)]
    if more or not isinstance(argument, (str, list)):
        return None
    if name == "Ref":
        return f"!Ref {argument}"
    if name == "Fn::GetAtt" and isinstance(argument, list):
        return f"!GetAtt {'.'.join(map(str, argument))}"
    return f"!Sub {_yaml_text(str(argument))}" if name == "Fn::Sub" else None


_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*(?::{1,2}[A-Za-z0-9_./*-]+)*")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})


def _yaml_text(text: str) -> str:
    """Return a text in YAML, in quotes where it could be taken for something else."""
    is_plain = _PLAIN.fullmatch(text) is not None and text.lower() not in _WORDS
    return text if is_plain else _json_text(text)
