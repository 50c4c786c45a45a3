"""The words of a shell script, read as a shell reads them, with what they expand to as far as that is known.

Source: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ecr_ecs_constructs.pull.boot.commands import TOUCHES, unescaped
from ecr_ecs_constructs.pull.boot.first_boot import COMPUTED

_TOKEN = re.compile(
    r"(?P<blank>[^\S\n]+|\\\r?\n)"
    r"|(?P<comment>\#[^\n]*)"
    r"|(?P<redirection>&>>?|\d{0,3}(?:<<<|<<-?|<>|>>|>\||[<>]&?)(?!\())"
    r"|(?P<operator>\n|&&|\|\||;;&?|;&|\|&|[;|&()])"
)
_PLAIN = re.compile(r"[^\s\\'\"`$;|&<>()]+")
_IN_QUOTES = re.compile(r"[^\"\\`$]+")
_IN_DOCUMENT = re.compile(r"[^\\`$]+")
_EXPANSION = re.compile(r"\$(?:(?P<name>\w+)|\{(?P<braced>\w+)\}|\{[^}\n]{0,200}\}|[?$!@*#-])")
_ANSI = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_PARENTHESIS = re.compile(r"\\.|'[^']*'|\"(?:[^\"\\]|\\.)*\"|(?<=\s)\#[^\n]*|[()]", re.DOTALL)
_DELIMITER = re.compile(r"[ \t]*(?:'([^'\n]*)'|\"([^\"\n]*)\"|\\?([^\s;|&<>()]+))")


class Words:
    """Reads a script word by word.

    Attributes:
        source: the script.
        at: where it goes on.
    """

    def __init__(
        self, source: str, value: Callable[[str], str], output: Callable[[str], str], unread: Callable[[int], None]
    ) -> None:
        """Begin with the first word.

        Args:
            source: the script.
            value: gives the value of a variable.
            output: gives what a script writes whose output is part of a word.
            unread: is called with the place of what can't be read.
        """
        self.source = source
        self.at = 0
        self._value = value
        self._output = output
        self._unread = unread
        self._below = 0  # where the script goes on below this line, behind the here documents that begin there

    def token(self) -> re.Match[str] | None:
        """Read what stands between words: blanks, a comment, a redirection or an operator; None where a word begins."""
        token = _TOKEN.match(self.source, self.at)
        if token is not None:
            self.at = token.end()
        return token

    def end_line(self) -> None:
        """Go on below the here documents that the line has begun."""
        if self._below:
            self.at, self._below = self._below, 0

    def skip_behind(self, mark: str) -> None:
        """Go on behind a mark, at the end of the script where it does not come."""
        end = self.source.find(mark, self.at)
        self.at = end + len(mark) if end >= 0 else len(self.source)

    def skip_parenthesis(self) -> None:
        """Go on behind the parenthesis whose inside begins here."""
        self.at = self._closing(self.at)

    def line(self, at: int) -> str:
        """Return the line around a place."""
        start = self.source.rfind("\n", 0, at) + 1
        end = self.source.find("\n", at)
        return self.source[start : end if end >= 0 else None].strip()

    def word(self) -> str:
        """Read a word, and return what it expands to."""
        source, at, parts = self.source, self.at, list[str]()
        while at < len(source):
            character = source[at]
            if plain := _PLAIN.match(source, at):
                parts.append(plain[0])
                at = plain.end()
            elif character == "\\":
                parts.append(source[at + 1 : at + 2].strip("\n"))
                at += 2
            elif character == "'":
                end = source.find("'", at + 1)
                parts.append(source[at + 1 : end if end >= 0 else None])
                at = end + 1 if end >= 0 else len(source)
            elif character == '"':
                at = self._expand_to(at + 1, len(source), _IN_QUOTES, parts)
            elif ansi := _ANSI.match(source, at):
                parts.append(unescaped(ansi[1]))
                at = ansi.end()
            elif character in "$`":
                at = self._expand(at, parts)
            elif character in "<>" and source.startswith("(", at + 1):
                start, at = at, self._closing(at + 2)
                parts.append(f"/dev/fd/{COMPUTED}")
                if TOUCHES.search(source, start, at):
                    self._unread(start)
            else:
                break
        self.at = max(at, self.at + 1)
        return "".join(parts)

    def target(self) -> str:
        """Read the word behind the blanks that stand here."""
        while (blank := _TOKEN.match(self.source, self.at)) and blank["blank"]:
            self.at = blank.end()
        return self.word()

    def document(self, *, tabs: bool) -> str:
        """Read a here document, which begins below this line.

        Args:
            tabs: whether the tabs at the start of its lines are left out.
        """
        source = self.source
        delimiter = _DELIMITER.match(source, self.at)
        if delimiter is None:
            return ""
        self.at = delimiter.end()
        name = next(group for group in delimiter.groups() if group is not None)
        start = self._below or (source.find("\n", self.at) + 1 or len(source))
        # Without its delimiter it goes on to the end of the script.
        closing = re.compile(rf"^{'	*' if tabs else ''}{re.escape(name)}\r?$", re.MULTILINE).search(source, start)
        end = closing.start() if closing else len(source)
        self._below = min(closing.end() + 1, len(source)) if closing else len(source)
        parts: list[str] = []
        if delimiter[3] is None or "\\" in delimiter[0]:
            parts.append(source[start:end])
        else:
            self._expand_to(start, end, _IN_DOCUMENT, parts)
        text = "".join(parts)
        return re.sub(r"^\t+", "", text, flags=re.MULTILINE) if tabs else text

    def _expand_to(self, at: int, end: int, plain: re.Pattern[str], parts: list[str]) -> int:
        """Expand what stands in double quotes, or in a here document up to its end; return where it ends."""
        source = self.source
        escaped = '"\\$`' if plain is _IN_QUOTES else "\\$`"
        while at < end:
            if match := plain.match(source, at, end):
                parts.append(match[0])
                at = match.end()
            elif source[at] == '"':
                return at + 1
            elif source[at] == "\\":
                following = source[at + 1 : at + 2]
                parts.append("" if following == "\n" else following if following in escaped else f"\\{following}")
                at += 2
            else:
                at = self._expand(at, parts)
        return at

    def _expand(self, at: int, parts: list[str]) -> int:
        """Expand what begins with a dollar sign or a backquote, and return where it ends."""
        source = self.source
        if source[at] == "`":
            end = source.find("`", at + 1)
            parts.append(self._substituted(source[at + 1 : end if end >= 0 else None]))
            return end + 1 if end >= 0 else len(source)
        if source.startswith("$(", at):
            end = self._closing(at + 2)
            arithmetic = source.startswith("(", at + 2)
            parts.append(COMPUTED if arithmetic else self._substituted(source[at + 2 : end - 1]))
            return end
        expansion = _EXPANSION.match(source, at)
        if expansion is None:
            parts.append("$")
            return at + 1
        parts.append(self._value(expansion["name"] or expansion["braced"] or ""))
        return expansion.end()

    def _closing(self, at: int) -> int:
        """Return where the parenthesis ends whose inside begins here."""
        depth = 1
        for match in _PARENTHESIS.finditer(self.source, at):
            depth += {"(": 1, ")": -1}.get(match[0], 0)
            if not depth:
                return match.end()
        self._unread(at)
        return len(self.source)

    def _substituted(self, source: str) -> str:
        return self._output(source).rstrip("\n")
