r"""Exact questions about regular languages that are given as regular expressions.

The syntax is what the regular expressions of Java and Python have in common; those of CloudFormation are Java's::

    alternation = sequence ("|" sequence)*
    sequence    = (anchor | atom quantifier?)*
    anchor      = "^" | "\A" | "$" | "\Z" | "\z"
    atom        = literal | "." | escape | class | group
    group       = ("(" | "(?:" | "(?P<name>" | "(?<name>") alternation ")"
    class       = "[" "^"? (item | item "-" item)+ "]"          item = literal | escape
    escape      = "\n" | "\t" | "\r" | "\f" | "\xhh" | "\uhhhh" | "\" punctuation
                | "\d" | "\D" | "\w" | "\W" | "\s" | "\S" | "\p{name}" | "\P{name}", all in ASCII;
                  name = Lower | Upper | Alpha | Digit | Alnum | XDigit | Punct | Space | ASCII
    quantifier  = ("*" | "+" | "?" | "{n}" | "{n,}" | "{n,m}") "?"?

A pattern stands for the texts that it matches in full. "." is every character but the newline, as in Python: Java's,
which leaves out more line ends, matches nothing that this one does not. An anchor stands only where nothing can be
matched on its outer side. What is not regular, or not the same in both languages, raises `UnsupportedPattern`:
lookaround, backreferences, atomic groups and possessive quantifiers (``a*+a`` matches nothing, ``a*a`` does), flags,
word boundaries, nested and intersected classes. So does what needs more than the limits below.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-regexes.html,
https://docs.oracle.com/javase/8/docs/api/java/util/regex/Pattern.html, https://docs.python.org/3/library/re.html
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple, NoReturn

_Characters = tuple[tuple[int, int], ...]  # ascending ranges of code points, both ends included
_Part = Callable[["int | None"], "int | None"]  # from the state after a part of a pattern to the state before it

_MAX_DEPTH = 50  # groups in groups
_MAX_STATES = 20_000  # of one pattern, each repetition counted
_MAX_EDGES = 200_000  # between the states of one pattern
_MAX_WORK = 1_000_000  # steps of one search: a second or two

_ACCEPT = 0  # the state after the last character
_START_ANCHORS = "^", "\\A"
_END_ANCHORS = "$", "\\Z", "\\z"

_ANCHOR = re.compile(r"\^|\$|\\[AZz]")
_QUANTIFIER = re.compile(r"(?:([*+?])|\{([0-9]{1,5})(?:(,)([0-9]{1,5})?)?\})\??")
_BOUNDS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_GROUP = re.compile(r"\((?:\?(?::|P?<[A-Za-z_][A-Za-z0-9_]*>)|(?!\?))")
_OTHER_GROUP = re.compile(r"(?P<lookaround>\(\?<?[=!])|(?P<backreference>\(\?P=)|(?P<flags>\(\?[a-zA-OQ-Z-]+)|\(\?.?")
_RANGE = re.compile(r"-(?!\])")
_HEXADECIMAL = re.compile(r"x([0-9A-Fa-f]{2})|u(?![Dd][89A-Fa-f])([0-9A-Fa-f]{4})")  # half a character is none
_NAMED_CLASS = re.compile(r"([pP])\{(\w+)\}")


class UnsupportedPattern(ValueError):
    """A regular expression, or a pair of them, that cannot be decided exactly; the message says what and where."""


def difference(left: str, right: str) -> str | None:
    """Find a shortest text that one regular expression matches in full and another does not.

    Args:
        left: the regular expression that matches the text.
        right: the regular expression that does not.

    Returns:
        The text, of readable characters where there is a choice; None if `right` matches whatever `left` matches.

    Raises:
        UnsupportedPattern: a pattern is outside the syntax of this module, or too large to decide.
    """
    return _search(left, right, common=False)


def intersection(left: str, right: str) -> str | None:
    """Find a shortest text that two regular expressions both match in full.

    Args:
        left: one regular expression.
        right: the other.

    Returns:
        The text, of readable characters where there is a choice; None if they have no text in common.

    Raises:
        UnsupportedPattern: a pattern is outside the syntax of this module, or too large to decide.
    """
    return _search(left, right, common=True)


class _Automaton(NamedTuple):
    """A state reads one of its characters and is followed by other states; the accepting state reads none."""

    characters: list[_Characters]
    follow: list[frozenset[int]]
    start: frozenset[int]


def _search(left: str, right: str, *, common: bool) -> str | None:
    """Search, breadth first, the pairs of a state of `left` and states of `right` to which a same text leads."""
    one, other = _compile(left), _compile(right)

    def together(states: frozenset[int]) -> Iterable[frozenset[int]]:
        """A common text needs one state of `right` that accepts; a text of `left` alone needs all not to."""
        return (frozenset((state,)) for state in states) if common else (states,)

    queue = deque(("", state, states) for states in together(other.start) for state in one.start)
    seen = {(state, states) for _, state, states in queue}
    work = 0
    while queue:
        text, state, states = queue.popleft()
        if state == _ACCEPT and (_ACCEPT in states) == common:
            return text
        for code, readers in _pieces(one.characters[state], states, other):
            follows = {other.follow[reader] for reader in readers}
            after = together(frozenset[int]().union(*follows))
            pairs = [(beyond, states_beyond) for states_beyond in after for beyond in one.follow[state]]
            work += len(states) + sum(map(len, follows)) + len(pairs)
            if work > _MAX_WORK:
                raise UnsupportedPattern(f"regular expressions {left!r} and {right!r} are too large to compare")
            queue.extend((text + chr(code), *pair) for pair in pairs if pair not in seen)
            seen.update(pairs)
    return None


def _pieces(characters: _Characters, states: Iterable[int], automaton: _Automaton) -> list[tuple[int, list[int]]]:
    """Cut characters where the states differ: of each piece the most readable one, and the states that read it."""
    readers: dict[_Characters, list[int]] = {}
    for state in states:
        readers.setdefault(automaton.characters[state], []).append(state)
    pieces: list[tuple[_Characters, list[int]]] = [(characters, [])] if characters else []
    for label, more in readers.items():
        cut = [(_cut(piece, label), found) for piece, found in pieces]
        pieces = [(inside, found + more) for (inside, _), found in cut if inside]
        pieces += [(outside, found) for (_, outside), found in cut if outside]
    ranked = sorted((_most_readable(piece), found) for piece, found in pieces)
    return [(code, found) for (_, code), found in ranked]


@lru_cache(maxsize=8192)
def _cut(characters: _Characters, by: _Characters) -> tuple[_Characters, _Characters]:
    return _common(characters, by), _common(characters, _complement(by))


@lru_cache(maxsize=8192)
def _most_readable(characters: _Characters) -> tuple[int, int]:
    return next((rank, both[0][0]) for rank, some in enumerate(_READABLE) if (both := _common(characters, some)))


def _common(one: _Characters, other: _Characters) -> _Characters:
    pairs = ((max(a, c), min(b, d)) for a, b in one for c, d in other)
    return tuple((low, high) for low, high in pairs if low <= high)


def _complement(characters: Iterable[tuple[int, int]]) -> _Characters:
    gaps, begin = [], 0
    for low, high in (*sorted(characters), (0x110000, 0x110000)):
        if begin < low:
            gaps.append((begin, low - 1))
        begin = max(begin, high + 1)
    return tuple(gaps)


def _ranges(ends: str) -> _Characters:
    """Read ascending ranges from their ends: those of ``"09af"`` are 0 to 9 and a to f."""
    return tuple(zip(map(ord, ends[::2]), map(ord, ends[1::2]), strict=True))


_READABLE = *map(_ranges, ("az", "AZ", "09", "!~", "  ", "\xa1\ud7ff")), _ranges("\0\U0010ffff")
_ESCAPES = {
    "d": _ranges("09"),
    "w": _ranges("09AZ__az"),
    "s": _ranges("\t\r  "),
    "n": _ranges("\n\n"),
    "t": _ranges("\t\t"),
    "r": _ranges("\r\r"),
    "f": _ranges("\f\f"),
}
_ESCAPES |= {name.upper(): _complement(_ESCAPES[name]) for name in "dws"}
_NAMED = {
    "Lower": _ranges("az"),
    "Upper": _ranges("AZ"),
    "Alpha": _ranges("AZaz"),
    "Digit": _ranges("09"),
    "Alnum": _ranges("09AZaz"),
    "XDigit": _ranges("09AFaf"),
    "Punct": _ranges("!/:@[`{~"),
    "Space": _ranges("\t\r  "),
    "ASCII": _ranges("\0\x7f"),
}


@lru_cache(maxsize=512)
def _compile(pattern: str) -> _Automaton:
    return _Compiler(pattern).automaton()


class _Compiler:
    """Reads a pattern and builds its automaton from the end to the beginning, after Thompson.

    Besides the states that read a character there are those that read nothing, forks and anchors: they lead to other
    states at once. None stands for a state from which no way leads to the end.
    """

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0
        self.depth = 0
        self.edges = 0
        self.characters: list[_Characters] = [()]  # what each state reads
        self.anchors: list[str] = [""]  # the anchor that each state is
        self.targets: list[tuple[int, ...]] = [()]  # where each state leads

    def refuse(self, what: str, position: int | None = None) -> NoReturn:
        where = "" if position is None else f" at position {position}"
        raise UnsupportedPattern(f"regular expression {self.pattern!r} is not supported: {what}{where}")

    def automaton(self) -> _Automaton:
        whole = self.alternation()
        if self.position < len(self.pattern):
            self.refuse("')' without '('", self.position)
        first = whole(_ACCEPT)
        next_of = lru_cache(maxsize=None)(self.next_of)
        follow = [frozenset[int]()]
        for reads, anchor, targets in zip(self.characters[1:], self.anchors[1:], self.targets[1:], strict=True):
            follow.append(next_of(targets[0]) if reads or anchor else frozenset())
            for state in follow[-1]:
                if (reads and self.anchors[state]) or (anchor in _END_ANCHORS and self.characters[state]):
                    self.refuse(f"anchor {anchor or self.anchors[state]!r} in the middle")
        start = frozenset[int]() if first is None else next_of(first)
        return _Automaton(self.characters, follow, frozenset(state for state in start if not self.anchors[state]))

    def next_of(self, state: int) -> frozenset[int]:
        """The states, from this one, that read the next character, the accepting one, and start anchors passed."""
        stack, seen = [state], {state}
        while stack:
            here = stack.pop()
            if not self.characters[here]:
                stack += [target for target in self.targets[here] if target not in seen]
                seen.update(self.targets[here])
        self.edges += len(seen)
        if self.edges > _MAX_EDGES:
            self.refuse(f"more than {_MAX_EDGES} ways between its states")
        return frozenset(s for s in seen if s == _ACCEPT or self.characters[s] or self.anchors[s] in _START_ANCHORS)

    # from parts to states

    def state(self, *targets: int | None, reads: _Characters = (), anchor: str = "") -> int | None:
        ways = tuple(target for target in targets if target is not None)
        if not ways:
            return None
        if len(self.targets) > _MAX_STATES:
            self.refuse(f"more than {_MAX_STATES} states")
        self.characters.append(reads)
        self.anchors.append(anchor)
        self.targets.append(ways)
        return len(self.targets) - 1

    def one_of(self, characters: _Characters) -> _Part:
        return lambda after: self.state(after, reads=characters) if characters else None

    def repeat(self, part: _Part, least: int, most: int | None) -> _Part:
        def build(after: int | None) -> int | None:
            before, copies = after, least
            if most is None:
                before = loop = self.state(after)
                start = part(loop)
                if loop is not None and start is not None:
                    self.targets[loop] += (start,)
                if least:
                    before, copies = start, least - 1
            for _ in range(least, least if most is None else most):
                start = part(before)
                if start in (before, None):
                    break
                before = self.state(after, start)
            for _ in range(copies):
                start = part(before)
                if start == before:
                    break
                before = start
            return before

        return build

    # from the pattern to parts

    def take(self, token: str) -> bool:
        found = self.pattern.startswith(token, self.position)
        self.position += len(token) * found
        return found

    def match(self, token: re.Pattern[str]) -> re.Match[str] | None:
        if found := token.match(self.pattern, self.position):
            self.position = found.end()
        return found

    def take_one(self, inside: str, opened: int) -> str:
        """Take the next character of something that was opened at a position."""
        if self.position == len(self.pattern):
            self.refuse(f"{inside} without end", opened)
        self.position += 1
        return self.pattern[self.position - 1]

    def alternation(self) -> _Part:
        branches = [self.sequence()]
        while self.take("|"):
            branches.append(self.sequence())
        return (lambda after: self.state(*(branch(after) for branch in branches))) if branches[1:] else branches[0]

    def sequence(self) -> _Part:
        parts: list[_Part] = []
        while not self.pattern.startswith(("|", ")"), self.position) and self.position < len(self.pattern):
            parts.append(self.anchor() or self.quantified())

        def build(after: int | None) -> int | None:
            for part in reversed(parts):
                after = part(after)
            return after

        return build

    def anchor(self) -> _Part | None:
        found = self.match(_ANCHOR)
        return found and (lambda after: self.state(after, anchor=found[0]))

    def quantified(self) -> _Part:
        atom = self.atom()
        position = self.position
        quantifier = self.match(_QUANTIFIER)
        if quantifier is None:
            return atom
        sign, least, comma, most = quantifier.groups()
        low, high = _BOUNDS[sign] if sign else (int(least), int(most) if most else None if comma else int(least))
        if high is not None and high < low:
            self.refuse(f"quantifier {quantifier[0]!r}", position)
        if self.take("+"):
            self.refuse(f"possessive quantifier {quantifier[0] + '+'!r}", position)
        return self.repeat(atom, low, high)

    def atom(self) -> _Part:
        start = self.position
        if self.pattern[start] == "(":
            return self.group()
        character = self.take_one("pattern", start)
        if character in "*+?{":
            self.refuse(f"{character!r} that is no quantifier of something before it", start)
        if character == "[":
            return self.one_of(self.character_class(start))
        if character == "\\":
            return self.one_of(self.escape(start))
        return self.one_of(_complement(_ranges("\n\n")) if character == "." else _ranges(character * 2))

    def group(self) -> _Part:
        start = self.position
        if not self.match(_GROUP):
            other = self.match(_OTHER_GROUP)
            self.refuse(f"{(other and other.lastgroup) or 'group'} {self.pattern[start : self.position]!r}", start)
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            self.refuse(f"more than {_MAX_DEPTH} groups in each other", start)
        inner = self.alternation()
        if not self.take(")"):
            self.refuse("'(' without ')'", start)
        self.depth -= 1
        return inner

    def character_class(self, start: int) -> _Characters:
        negated = self.take("^")
        found = [*self.class_item(start)]  # a "]" that comes first is a literal
        while not self.take("]"):
            found += self.class_item(start)
        outside = _complement(found)
        return outside if negated else _complement(outside)

    def class_item(self, start: int) -> _Characters:
        position = self.position
        low = self.class_member(start)
        if low[0][0] != low[-1][1] or not self.match(_RANGE):
            return low
        high = self.class_member(start)
        if high[0][0] != high[-1][1] or high < low:
            self.refuse(f"range {self.pattern[position : self.position]!r}", position)
        return ((low[0][0], high[0][0]),)

    def class_member(self, start: int) -> _Characters:
        position = self.position
        character = self.take_one("class", start)
        if character == "[" or (character == "&" and self.pattern.startswith("&", self.position)):
            self.refuse("class in a class", position)
        return self.escape(position) if character == "\\" else _ranges(character * 2)

    def escape(self, start: int) -> _Characters:
        if named := self.match(_NAMED_CLASS):
            if named[2] not in _NAMED:
                self.refuse(f"class {self.pattern[start : self.position]!r}", start)
            return _NAMED[named[2]] if named[1] == "p" else _complement(_NAMED[named[2]])
        if code := self.match(_HEXADECIMAL):
            return _ranges(chr(int(code[1] or code[2], 16)) * 2)
        character = self.take_one("escape", start)
        if character in _ESCAPES:
            return _ESCAPES[character]
        if character.isascii() and character.isalnum():
            kind = "backreference" if character.isdigit() or character == "k" else "escape"
            self.refuse(f"{kind} {self.pattern[start : self.position]!r}", start)
        return _ranges(character * 2)
