"""Read what someone has said of each property: `reviewed.txt`, which says how it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = Path(__file__).with_name("reviewed.txt")
DECIDES, UNKNOWN = "decides", "unknown"


@dataclass
class Section:
    """A group of properties, or a resource type.

    Attributes:
        rule: the rule that says what is unknown of a resource type.
        words: what is said of each path.
        defaults: the values of unknown properties that change nothing.
        groups: the groups that stand at paths.
    """

    rule: str = ""
    words: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, list[str]] = field(default_factory=dict)
    groups: list[tuple[str, str]] = field(default_factory=list)


class Reviewed:
    """All that is said of properties.

    Attributes:
        reasons: why properties are harmless, by the word that stands for it.
        groups: what is said of properties that stand in several places, by the name of the group.
        types: what is said of the properties of each resource type.
    """

    def __init__(self, text: str | None = None) -> None:
        self.reasons: dict[str, str] = {}
        self.groups: dict[str, Section] = {}
        self.types: dict[str, Section] = {}
        section = Section()
        for line in (FILE.read_text(encoding="utf-8") if text is None else text).splitlines():
            word, *rest = line.partition("#")[0].split() or [""]
            if word == "reason":
                self.reasons[rest[0]] = " ".join(rest[1:])
            elif word == "group":
                section = self.groups[rest[0]] = Section()
            elif word == "type":
                section = self.types[rest[0]] = Section(rest[1])
                section.groups.append(("", "tags"))
            elif rest[:1] == ["="]:
                section.groups.append((word, rest[1]))
            elif word:
                assert word in {DECIDES, UNKNOWN, *self.reasons}, f"{word} stands for no reason"
                for each in rest:
                    path, _, defaults = each.partition(":")
                    assert path not in section.words, f"said twice: {path}"
                    section.words[path] = word
                    if defaults:
                        section.defaults[path] = defaults.split(",")

    def of(self, type_: str) -> dict[str, str]:
        """Return what is said of the properties of a resource type: the word of each path that something is said of."""
        return {path: section.words[own] for path, own, section, _ in self._said(type_, self.types[type_], "")}

    def defaults(self, type_: str) -> dict[str, list[str]]:
        """Return the values of the unknown properties of a resource type that change nothing, by path."""
        said = self._said(type_, self.types[type_], "")
        return {path: section.defaults[own] for path, own, section, _ in said if own in section.defaults}

    def places(self, type_: str) -> Iterator[tuple[str, str]]:
        """Yield the paths of a resource type that something is said of, and where: in a type or a group."""
        for path, own, _, name in self._said(type_, self.types[type_], ""):
            yield path, f"{name} {own}"

    def _said(self, name: str, section: Section, prefix: str) -> Iterator[tuple[str, str, Section, str]]:
        """Yield each path that something is said of, its part that stands in a section, the section and its name."""
        for path, group in section.groups:
            yield from self._said(group, self.groups[group], f"{prefix}{path}/" if path else prefix)
        for path in section.words:
            yield f"{prefix}{path}", path, section, name


def word_of(path: str, words: dict[str, str]) -> str | None:
    """Return what is said of a path, or of the nearest path above it; None where nothing is."""
    while path:
        if path in words:
            return words[path]
        path = path.rpartition("/")[0]
    return None
