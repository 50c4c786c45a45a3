"""The lines and columns of a template's parts, which are looked for only where somebody asks for one."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple, Protocol, TypeVar

from ecr_ecs_constructs.cloudformation import yaml_text
from ecr_ecs_constructs.cloudformation.loops import PREFIX

Key = str | int
T = TypeVar("T")

BYTE_ORDER_MARK = "\ufeff"


class Position(NamedTuple):
    """A place in a text.

    Attributes:
        line: the line, from 1.
        column: the column, from 1, in characters.
    """

    line: int
    column: int


class TextPart(Protocol):
    """A value in a text, with what stands in it."""

    @property
    def key(self) -> int:
        """The offset, in characters, of its key, or of itself where it has none."""

    @property
    def start(self) -> int:
        """The offset at which it begins."""

    @property
    def end(self) -> int:
        """The offset behind it."""

    @property
    def parts(self) -> Mapping[Key, TextPart]:
        """The values in an object by their keys, those in a list by their numbers, from 0; empty for any other."""


class TemplatePositions:
    """Finds the places of a template's parts.

    Args:
        text: the template as it is written, which can be parsed.
        inside: the keys that lead to the template, where the text holds more.

    Attributes:
        mark: the byte order mark before the text, empty where there is none.
        text: the text behind it.
        inside: those keys.
    """

    def __init__(self, text: str, inside: Sequence[Key] = ()) -> None:
        self.text = text.removeprefix(BYTE_ORDER_MARK)
        self.mark = text[: len(text) - len(self.text)]
        self.inside = tuple(inside)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TemplatePositions) and (other.text, other.inside) == (self.text, self.inside)

    def __hash__(self) -> int:
        return hash((self.text, self.inside))

    @cached_property
    def root(self) -> TextPart:
        """The template."""
        document = _Json.document(self.text) if self.text.lstrip()[:1] in ("{", "[") else None
        part: TextPart = document or yaml_text.parts(self.text)
        for key in self.inside:
            part = part.parts[key]
        return part

    def position(self, offset: int) -> Position:
        """Return the line and the column of an offset."""
        line = bisect_right(self._lines, offset)
        return Position(line, offset - self._lines[line - 1] + 1)

    @cached_property
    def _lines(self) -> Sequence[int]:
        return [0, *(match.end() for match in re.finditer(r"\r\n?|\n", self.text))]

    def of(self, logical_id: str, location: str) -> Position:
        """Return where a place in a resource is written, or else the part around it that is there.

        Args:
            logical_id: the resource; empty for the template.
            location: the place in it: `Properties.ContainerDefinitions[0].Image`.
        """
        return self.position(self.nearest(logical_id, location)[-1].key)

    def nearest(self, logical_id: str, location: str) -> Sequence[TextPart]:
        """Return the parts that lead to a place in a resource, from the template on, as far as they are there."""
        found = [self.root, *self._resource(logical_id)] if logical_id else [self.root]
        rest = location
        while rest:
            further = step(found[-1].parts, rest)
            if further is None:
                break
            _, part, rest = further
            found.append(part)
        return found

    def _resource(self, logical_id: str) -> Iterator[TextPart]:
        resources = self.root.parts.get("Resources")
        if resources is None:
            return
        yield resources
        if logical_id in resources.parts:
            yield resources.parts[logical_id]
        else:
            yield from _looped(resources, logical_id)


def _looped(section: TextPart, logical_id: str) -> Iterator[TextPart]:
    """Yield the parts of a loop that lead to the body which a resource is made of."""
    for key, loop in section.parts.items():
        body = loop.parts.get(2) if str(key).startswith(PREFIX) else None
        if body is not None:
            made = next((part for name, part in body.parts.items() if _may_become(str(name), logical_id)), None)
            inner = [*_looped(body, logical_id)] if made is None else [made]
            if inner:
                yield from (loop, body, *inner)
                return


def _may_become(name: str, logical_id: str) -> bool:
    """Return whether a loop may make a logical ID of a name with the identifiers of loops in it."""
    form = "".join("[A-Za-z0-9]*" if piece[:2] in ("${", "&{") else re.escape(piece) for piece in _HOLES.split(name))
    return re.fullmatch(form, logical_id) is not None


_HOLES = re.compile(r"([$&]\{[^}]*\})")


def step(parts: Mapping[Key, T], location: str) -> tuple[Key, T, str] | None:
    """Return the key and the part that a location begins with, and the rest of it; a key may hold dots itself."""
    number = re.match(r"\[([0-9]+)\]\.?", location)
    if number is not None:
        index = int(number[1])
        return (index, parts[index], location[number.end() :]) if index in parts else None
    length = len(location)
    while length > 0:
        key = location[:length]
        if key in parts:
            return key, parts[key], location[length:].removeprefix(".")
        length = max(location.rfind(".", 0, length), location.rfind("[", 0, length), location.rfind("…", 0, length))
    return None


_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


class _Json:
    """A value in JSON: what is not asked for is passed over by the parser.

    Args:
        text: the whole text.
        key: the offset of its key, or of itself.
        start: the offset at which it begins.
        end: the offset behind it.
    """

    def __init__(self, text: str, key: int, start: int, end: int) -> None:
        self._text = text
        self.key, self.start, self.end = key, start, end

    @classmethod
    def document(cls, text: str) -> _Json | None:
        """Return the value of a whole text, None where it is not JSON."""
        start = _SPACE.match(text).end()  # type: ignore[union-attr] # it matches every text
        try:
            _, end = _DECODER.raw_decode(text, start)
        except ValueError:
            return None
        return cls(text, start, start, end)

    @cached_property
    def parts(self) -> Mapping[Key, _Json]:
        """The values in an object by their keys, the last of each, those in a list by their numbers."""
        opening = self._text[self.start]
        return dict(self._pairs() if opening == "{" else self._items() if opening == "[" else ())

    def _pairs(self) -> Iterator[tuple[Key, _Json]]:
        at = self._skip(self.start + 1)
        while self._text[at] != "}":
            key, behind = _DECODER.raw_decode(self._text, at)
            value = self._value(self._skip(self._skip(behind) + 1), at)
            yield key, value
            at = self._next(value.end)

    def _items(self) -> Iterator[tuple[Key, _Json]]:
        at, number = self._skip(self.start + 1), 0
        while self._text[at] != "]":
            value = self._value(at, at)
            yield number, value
            at, number = self._next(value.end), number + 1

    def _value(self, start: int, key: int) -> _Json:
        _, end = _DECODER.raw_decode(self._text, start)
        return _Json(self._text, key, start, end)

    def _skip(self, at: int) -> int:
        return _SPACE.match(self._text, at).end()  # type: ignore[union-attr] # it matches everywhere

    def _next(self, end: int) -> int:
        """Return where the next value begins, or the list or object ends."""
        at = self._skip(end)
        return self._skip(at + 1) if self._text[at] == "," else at
