"""The texts that a container's `Image` can become, read as references.

Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import count
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, Value, pieces_of, shown
from ecr_ecs_constructs.image_uri import (
    Constrained,
    EcrImageUri,
    InvalidImageUri,
    Piece,
    Placeholder,
    UnverifiableImageUri,
    public_gallery_error,
)

_PLACEHOLDERS = {
    Kind.ACCOUNT: Placeholder.ACCOUNT,
    Kind.REGION: Placeholder.REGION,
    Kind.URL_SUFFIX: Placeholder.URL_SUFFIX,
    Kind.REPOSITORY: Placeholder.REPOSITORY,
}
_NO_PARTS: Mapping[str, str | Text] = {}


class Image(NamedTuple):
    """A text that a container's `Image` can become.

    Attributes:
        location: where it stands in the template.
        value: the text; None where the container has no image, a list or an object where it is no text.
        shown: the text in the notation of `Fn::Sub`.
        defaults: the names of the parameters whose default decided it.
        uri: the reference, where it is one of a private ECR registry and its parts can be told apart.
        error: why it is no such reference, or not known to be one.
        parts: the fields of the reference with the holes that stand in them; empty where there is no reference.
        open_name: why the name of its repository may make it no reference of that registry; empty where none can.
    """

    location: str
    value: Value
    shown: str
    defaults: tuple[str, ...] = ()
    uri: EcrImageUri | None = None
    error: InvalidImageUri | None = None
    parts: Mapping[str, str | Text] = _NO_PARTS
    open_name: str = ""

    def __hash__(self) -> int:
        return hash((self.location, self.shown))  # a value may be a list or an object

    def error_under(self, *, allow_public_gallery: bool) -> InvalidImageUri | None:
        """Return why it is no reference of a private ECR registry or, where allowed, of the public gallery."""
        if self.error is None or not allow_public_gallery or not isinstance(self.value, (str, Text)):
            return self.error
        return public_gallery_error(map(_piece, pieces_of(self.value)))

    def __str__(self) -> str:
        return self.shown

    def part(self, name: str) -> str | Text:
        """Return a part of the reference with the holes that stand in it.

        Args:
            name: a field of `EcrImageUri`; the reference must have it.
        """
        return self.parts[name]


def read_image(location: str, value: Value, defaults: tuple[str, ...] = ()) -> Image:
    """Read a value of a container's `Image`.

    Args:
        location: where it stands in the template.
        value: what the evaluator made of it.
        defaults: the names of the parameters whose default decided it.
    """
    if not isinstance(value, (str, Text)):
        kind = "a list" if isinstance(value, list) else "an object" if isinstance(value, dict) else "nothing"
        error = InvalidImageUri("", "reference", f"is {kind}, not a text")
        return Image(location, value, shown(value), defaults, error=error)
    pieces = pieces_of(value)
    read = tuple(map(_piece, pieces))
    reading, open_name = _read(read), ""
    if reading.uri is None and (reading.error is None or _is_open(reading.error)):
        named = _read(_with_name(read))
        if named.uri is not None:
            reading, open_name = named, "" if reading.error is None else reading.error.reason
    parts = _NO_PARTS
    if reading.uri is not None:
        holes = [piece for piece in pieces if isinstance(piece, Hole)]
        parts = {
            name: Text(tuple(each if isinstance(each, str) else holes[each] for each in part))
            if isinstance(part, tuple)
            else part
            for name, part in reading.parts
        }
    return Image(location, value, str(value), defaults, reading.uri, reading.error, parts, open_name)


def _is_open(error: InvalidImageUri) -> bool:
    """Return whether nothing but the name of a repository, in a registry of Amazon ECR, makes a reference uncertain."""
    return isinstance(error, UnverifiableImageUri) and error.part == "repository"


def _with_name(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """Return the pieces of a text with what is known only at deployment, between host and tag, as parts of a name."""
    found: list[Piece] = []
    in_name = is_behind = False
    for piece in pieces:
        if type(piece) is not str:
            found.append(Placeholder.REPOSITORY if in_name and not is_behind else piece)
            continue
        rest = piece if in_name else piece.partition("/")[2]
        in_name = in_name or "/" in piece
        is_behind = is_behind or (in_name and re.search("[:@]", rest) is not None)
        found.append(piece)
    return tuple(found)


def _piece(piece: str | Hole) -> Piece:
    if isinstance(piece, str):
        return piece
    if piece.pattern is not None:
        return Constrained(piece.pattern)
    return _PLACEHOLDERS.get(piece.kind, Placeholder.ANY)


class _Reading(NamedTuple):
    """A text read as a reference, whatever resources or parameters its holes stand for.

    Attributes:
        uri: the reference.
        error: why it is none.
        parts: the fields of the reference, each a literal, or literals and the numbers of holes.
    """

    uri: EcrImageUri | None
    error: InvalidImageUri | None
    parts: tuple[tuple[str, str | tuple[str | int, ...]], ...] = ()


@lru_cache(maxsize=4096)
def _read(pieces: tuple[Piece, ...]) -> _Reading:
    try:
        uri = EcrImageUri.parse_symbolic(pieces)
    except InvalidImageUri as error:
        return _Reading(None, error.with_traceback(None))
    return _Reading(uri, None, tuple(_parts(uri)) if uri is not None else ())


_CHARACTERS = frozenset(placeholder.value for placeholder in Placeholder)
_PLACES = re.compile(f"([{''.join(_CHARACTERS)}])")


def _parts(uri: EcrImageUri) -> Iterator[tuple[str, str | tuple[str | int, ...]]]:
    numbers = count()
    for field in ("account", "region", "suffix", "repository", "tag", "digest"):
        written = getattr(uri, field) or ""
        split = [next(numbers) if each in _CHARACTERS else each for each in _PLACES.split(written) if each]
        yield field, written if written.isascii() else tuple(split)  # what is ASCII has no placeholder
