"""The table of properties as the package keeps it: what the schema has, with what someone has said of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from tests.pull.properties.reviewed import DECIDES, UNKNOWN, Reviewed, word_of
from tests.pull.properties.schema import properties, source

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).parents[3] / "ecr_ecs_constructs" / "pull" / "properties" / "properties.json.gz"

Tree: TypeAlias = "dict[str, Tree | int | list[int | str]]"


def rendered(reviewed: Reviewed) -> str:
    """Return the data as it stands, packed, in the file: one resource type a line."""
    lines = [
        f"  {json.dumps(type_)}: {json.dumps([section.rule, tree(type_, reviewed)], separators=(',', ':'))}"
        for type_, section in sorted(reviewed.types.items())
    ]
    head = {"source": source(), "reasons": [*reviewed.reasons.values()]}
    return f'{json.dumps(head)[:-1]},\n "types": {{\n' + ",\n".join(lines) + "\n }\n}\n"


def tree(type_: str, reviewed: Reviewed) -> Tree:
    """Return the properties of a resource type, each with the number of its declaration: 2 where there is none.

    One with values that change nothing has a list of the number and of these.
    """
    words, defaults = reviewed.of(type_), reviewed.defaults(type_)
    found: Tree = {}
    numbers = {word: number for number, word in enumerate((DECIDES, UNKNOWN, None, *reviewed.reasons))}
    for path in leaves(type_):
        *above, name = path.split("/")
        at = found
        for each in above:
            inner = at.setdefault(each, {})
            assert isinstance(inner, dict)
            at = inner
        number = numbers[word_of(path, words)]
        at[name] = [number, *defaults[path]] if path in defaults else number
    return found


def leaves(type_: str) -> list[str]:
    """Return the paths of the properties of a resource type that have none below them."""
    paths = properties(type_)
    above = {path.rpartition("/")[0].removesuffix("/*") for path in paths}
    return [path for path in paths if path not in above]


def unreviewed(reviewed: Reviewed) -> Iterator[str]:
    """Yield the properties that nobody has looked at, and what is said of properties that there are not."""
    said: dict[str, bool] = {}
    for type_ in reviewed.types:
        words, paths = reviewed.of(type_), properties(type_)
        yield from (
            f"{type_} {path}: nobody has looked at it" for path in leaves(type_) if word_of(path, words) is None
        )
        there = {"/".join(path.split("/")[:end]) for path in paths for end in range(1, path.count("/") + 2)}
        for path, place in reviewed.places(type_):
            said[place] = said.get(place, False) or path in there
    yield from (f"{place}: there is no such property" for place, is_there in said.items() if not is_there)
