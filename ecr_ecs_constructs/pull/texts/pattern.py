"""Matching of a text by a pattern of a policy, where parts of both may be known only at deployment.

Each answer is `True` or `False` where it is so for every value that the unknown parts can have, else None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import NamedTuple, TypeVar

from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, pieces_of
from ecr_ecs_constructs.pull.texts.languages import (
    ANY,
    covered,
    disjoint,
    example,
    is_slow,
    language,
    may_hold_colon,
    means_one_thing,
    name_others,
    pattern_language,
    refuses,
    takes,
)

_P = TypeVar("_P")

Truth = bool | None
"""The answer to a question about a template: yes, no, or known only at deployment."""

ContextValue = str | Text | tuple[str | Text, ...]
"""The value of a condition key: a tuple where the key has several values, an empty one where it has none."""

_Context = Mapping[str, ContextValue]


def every(truths: Iterable[Truth]) -> Truth:
    """Return whether all are true."""
    answer: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            answer = None
    return answer


def some(truths: Iterable[Truth]) -> Truth:
    """Return whether at least one is true."""
    answer: Truth = False
    for truth in truths:
        if truth is True:
            return True
        if truth is None:
            answer = None
    return answer


def negate(truth: Truth) -> Truth:
    """Return the opposite answer."""
    return None if truth is None else not truth


class Form(Enum):
    """How a pattern is read.

    Sources:
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html (RESOURCE)
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html (RESOURCE)
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html (others)
    """

    EXACT = "every character stands for itself"
    IGNORE_CASE = "every character stands for itself in either case"
    LIKE = "`*` stands for any characters, `?` for any one"
    ARN = "as LIKE, but within one of the six parts of an ARN"
    RESOURCE = "as ARN, but a `*` at the end of a part can stand for more parts, and missing parts are `*`"


def matches(
    pattern: str | Text, text: str | Text, form: Form, *, local: bool = False, variables: _Context | None = None
) -> Truth:
    """Return whether a pattern matches a text.

    Args:
        pattern: the pattern.
        text: the text.
        form: how the pattern is read.
        local: whether both stand in the same template, so that the name of what lies outside means the same in both.
        variables: the values of policy variables by lower-case key; None where the pattern can't have any.
    """
    if isinstance(pattern, str) and isinstance(text, str) and (variables is None or "${" not in pattern):
        return _literal(pattern, text, form)
    pieces = pieces_of(text)
    if pattern == text and form in _WHOLE and _is_plain(pieces, local=local):
        return True  # most policies name their resource as others do: nothing needs to be compiled
    tokens = _written_out(_tokens(pattern, form, variables))
    pieces = _written_out(pieces)
    if form is Form.IGNORE_CASE:
        literals = [piece for piece in (*tokens, *pieces) if not isinstance(piece, str)]
        if not literals:
            return "".join(map(str, tokens)).lower() == "".join(map(str, pieces)).lower()
        return _surely(tokens, pieces, Form.EXACT, local=local) or None
    if form is Form.ARN and min(_colons(tokens), _colons(pieces)) < 5:
        return None
    if _never(tokens, pieces, form, local=local):
        return False
    return _surely(tokens, pieces, form, local=local) or None


def _written_out(tokens: tuple[_P, ...]) -> tuple[_P | str, ...]:
    """Return the parts of a text with the partition in place of its hole, where the templates tell which one it is."""
    if not any(isinstance(token, Hole) and token.kind is Kind.PARTITION and token.pattern for token in tokens):
        return tokens
    found: list[_P | str] = []
    for token in tokens:
        is_told = isinstance(token, Hole) and token.kind is Kind.PARTITION and token.pattern
        part = str(token.pattern) if isinstance(token, Hole) and is_told else token
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        else:
            found.append(part)
    return tuple(found)


def same(one: str | Text, other: str | Text, *, local: bool = False) -> Truth:
    """Return whether two texts are the same.

    Args:
        one: one text.
        other: the other.
        local: whether both stand in the same template.
    """
    return matches(one, other, Form.EXACT, local=local)


_WHOLE = (Form.EXACT, Form.RESOURCE)
_SPECIAL = re.compile("[*?$]")


def _is_plain(pieces: tuple[str | Hole, ...], *, local: bool) -> bool:
    """Return whether the pieces of a text, read as a pattern, match that very text and stand for one."""
    for piece in pieces:
        if not means_one_thing(piece, local=local) if isinstance(piece, Hole) else _SPECIAL.search(piece):
            return False
    return True


class _Wildcard(Enum):
    MANY = "*"
    ONE = "?"


_Token = str | _Wildcard | Hole
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"(.*?)\s*,\s*'(.*)'", re.DOTALL)
_WILDCARDS = re.compile("[*?]")
_WILDCARD_IN_TYPE = re.compile(r"arn:[^:]*:(?!s3:)(?:[^:]*:){3}[^/:]*[*?][^/:]*[/:]")  # those of S3 have no type


@lru_cache(maxsize=65_536)
def _literal(pattern: str, text: str, form: Form) -> Truth:
    if form is Form.EXACT:
        return pattern == text
    if form is Form.IGNORE_CASE:
        return pattern.lower() == text.lower()
    if form is Form.ARN and min(pattern.count(":"), text.count(":")) < 5:
        return None
    start, *others = _WILDCARDS.split(pattern)
    if not text.startswith(start):
        return False
    if not others and pattern == text:
        return True
    is_whole = form is not Form.RESOURCE or pattern.count(":") >= 5
    if is_whole and not text.endswith(others[-1] if others else start):
        return False
    sure, possible = _regexes(pattern, form)
    if takes(sure, text):
        return True
    exact = form is not Form.RESOURCE and not is_slow(sure, text)
    return False if exact or refuses(possible, text) else None


@lru_cache(maxsize=16_384)
def _regexes(pattern: str, form: Form) -> tuple[str, str]:
    tokens = _tokens(pattern, form, None)
    return _sure_regex(tokens, form, str), _possible_regex(tokens, form)


def _tokens(pattern: str | Text, form: Form, variables: _Context | None) -> tuple[_Token, ...]:
    """Return the parts of a pattern: literals, wildcards and holes; a policy variable without a known value is a hole.

    So is one before the fifth colon of a resource's ARN, where there can't be any.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    tokens: list[_Token] = []
    for piece in pieces_of(pattern):
        if isinstance(piece, Hole):
            tokens.append(piece)
            continue
        parts = [piece] if variables is None else _VARIABLE.split(piece)
        for index, part in enumerate(parts):
            if index % 2:
                known = {} if form is Form.RESOURCE and _colons(tokens) < 5 else variables
                tokens += _variable(part, known or {})
            elif variables is not None and "${" in part:  # a variable whose name is known only at deployment
                return (*tokens, Hole(Kind.ANYTHING, part))
            elif form in (Form.EXACT, Form.IGNORE_CASE):
                tokens.append(part)
            else:
                tokens += [_Wildcard(run) if run in ("*", "?") else run for run in re.split(r"([*?])", part) if run]
    return tuple(token for token in tokens if token != "")


def _variable(name: str, variables: _Context) -> Iterable[_Token]:
    if name in ("*", "?", "$"):
        return (name,)
    default = _DEFAULT.fullmatch(name)
    value = variables.get((default[1] if default else name).strip().lower())
    if value == () and default:
        return (default[2],)
    return pieces_of(value) if isinstance(value, (str, Text)) else (Hole(Kind.ANYTHING, name),)


# regular expressions: in those of what surely matches, a hole is a character that stands for it

_COLON_FREE = "\ue000"
_OTHER = "\uf000"
_STRANGER = "\uf8fe"  # a hole of the pattern that the text does not have


def _sure_regex(tokens: tuple[_Token, ...], form: Form, hole: Callable[[Hole], str]) -> str:
    if form is Form.RESOURCE:
        if _WILDCARD_IN_TYPE.match("".join(_shown(token) for token in tokens)):
            return "[^\\s\\S]"  # "not allowed": what IAM makes of it is not said
        tokens = _completed(tokens)
    parts: list[str] = []
    colons = 0
    for index, token in enumerate(tokens):
        if isinstance(token, Hole):
            parts.append(hole(token))
        elif isinstance(token, str):
            parts.append(re.escape(token))
            colons += token.count(":")
        elif token is _Wildcard.ONE:
            parts.append("[^:\ue000-\uf8ff]" if form is not Form.LIKE else "[^\ue000-\uf8ff]")
        else:
            follower = tokens[index + 1] if index + 1 < len(tokens) else ":"
            ends = form is Form.RESOURCE and isinstance(follower, str) and follower.startswith(":")
            parts.append(ANY if form is Form.LIKE or ends or colons >= 5 else "[^:\uf000-\uf8ff]*")
    return "".join(parts)


def _shown(token: _Token) -> str:
    return token if isinstance(token, str) else token.value if isinstance(token, _Wildcard) else _STRANGER


def _completed(tokens: tuple[_Token, ...]) -> tuple[_Token, ...]:
    """Return the parts of a resource's pattern with those that are missing."""
    first = tokens[0] if tokens else ""
    missing = 5 - _colons(tokens)
    if missing <= 0 or not (isinstance(first, str) and first.startswith("arn:")):
        return tokens
    if any(isinstance(token, Hole) and may_hold_colon(language(token)) for token in tokens):
        return tokens
    return (*tokens, *((":", _Wildcard.MANY) * missing))


def _possible_regex(tokens: tuple[_Token, ...], form: Form) -> str:
    def regex(some: tuple[_Token, ...]) -> str:
        return "".join(
            pattern_language(token)
            if isinstance(token, Hole)
            else re.escape(token)
            if isinstance(token, str)
            else ANY
            if token is _Wildcard.MANY
            else r"[\s\S]"
            for token in some
        )

    whole = regex(tokens)
    completed = regex(_completed(tokens)) if form is Form.RESOURCE else whole
    return whole if whole == completed else f"(?:{whole}|{completed})"


class _Sought(NamedTuple):
    """A text, read once for all patterns that it is held against.

    Attributes:
        symbols: the characters that stand for the holes which mean one thing.
        encoded: the pieces of the text, with characters in place of all holes.
        parts: what stands between its colons.
        may_hold_colons: whether holes may hold more colons.
    """

    symbols: Mapping[Hole, str]
    encoded: Sequence[str]
    parts: Sequence[tuple[_Token, ...]]
    may_hold_colons: bool


@lru_cache(maxsize=8)  # those that one statement after another is asked about; each keeps its templates in memory
def _sought(pieces: tuple[str | Hole, ...], *, local: bool) -> _Sought:
    symbols: dict[Hole, str] = {}
    encoded: list[str] = []
    for index, piece in enumerate(pieces):
        if isinstance(piece, str):
            encoded.append(piece)
            continue
        base = _OTHER if may_hold_colon(language(piece)) else _COLON_FREE
        encoded.append(symbols.get(piece) or chr(ord(base) + index))
        if means_one_thing(piece, local=local):
            symbols[piece] = encoded[-1]
    colons = any(isinstance(piece, Hole) and may_hold_colon(language(piece)) for piece in pieces)
    return _Sought(symbols, encoded, _parts(pieces), colons)


def _surely(tokens: tuple[_Token, ...], pieces: tuple[str | Hole, ...], form: Form, *, local: bool) -> bool:
    """Return whether a pattern matches a text whatever their unknown parts are."""
    text = _sought(pieces, local=local)
    symbols, encoded = text.symbols, text.encoded
    if _fits(tokens, form, symbols, "".join(encoded)):
        return True
    if any(isinstance(token, Hole) and token not in symbols for token in tokens):
        return False
    free = [None if isinstance(piece, str) or piece in tokens else language(piece) for piece in pieces]
    if all(own in (None, ANY) for own in free):
        return False
    values = [part if own is None else example(own) for part, own in zip(encoded, free, strict=True)]
    if None not in values and not _fits(tokens, form, symbols, "".join(map(str, values))):
        return False  # nothing needs to be searched
    bounded = [re.escape(part) if own is None else own for part, own in zip(encoded, free, strict=True)]
    return covered("".join(bounded), _sure_regex(tokens, form, lambda hole: symbols[hole]))


def _fits(tokens: tuple[_Token, ...], form: Form, symbols: Mapping[Hole, str], text: str) -> bool:
    """Return whether a pattern matches a text in which characters stand for holes."""

    def symbol(hole: Hole) -> str:
        return symbols.get(hole, _STRANGER)

    whole = _completed(tokens) if form is Form.RESOURCE else tokens
    written = [symbol(token) if isinstance(token, Hole) else str(token) for token in whole]
    wild = [index for index, token in enumerate(whole) if isinstance(token, _Wildcard)]
    if not wild:
        return "".join(written) == text
    start, end = "".join(written[: wild[0]]), "".join(written[wild[-1] + 1 :])
    return text.startswith(start) and text.endswith(end) and takes(_sure_regex(tokens, form, symbol), text)


def _never(tokens: tuple[_Token, ...], pieces: tuple[str | Hole, ...], form: Form, *, local: bool) -> bool:
    """Return whether a pattern does not match a text whatever their unknown parts are."""
    if _part_ways(tokens, pieces, local=local):
        return True
    text, own = _sought(pieces, local=local), _parts(tokens)
    if len(own) > len(text.parts) and not text.may_hold_colons:
        return True  # the pattern has more colons
    whole: list[tuple[tuple[_Token, ...], tuple[_Token, ...]]] = [(tokens, pieces)]
    parts = whole
    if len(own) == len(text.parts):
        parts = [(one, other) for one, other in zip(own, text.parts, strict=True) if one != other]
        if not text.may_hold_colons and not any(map(_may_hold_colons, tokens)):
            whole = parts  # each part of the pattern stands for one of the text
            if any(_differ(*pair) for pair in parts):
                return True
    if all(_meet(*pair, form) for pair in parts):
        return False  # nothing needs to be searched
    return any(_disjoint(*pair, form) for pair in whole)


def _may_hold_colons(token: _Token) -> bool:
    """Return whether a hole of a pattern can match colons."""
    return isinstance(token, Hole) and may_hold_colon(pattern_language(token))


def _parts(tokens: tuple[_Token, ...]) -> list[tuple[_Token, ...]]:
    """Return what stands between the colons of a pattern or a text."""
    parts: list[list[_Token]] = [[]]
    for token in tokens:
        first, *others = token.split(":") if isinstance(token, str) else (token,)
        if first:
            parts[-1].append(first)
        parts += [[other] if other else [] for other in others]
    return list(map(tuple, parts))


def _part_ways(tokens: tuple[_Token, ...], pieces: tuple[str | Hole, ...], *, local: bool) -> bool:
    """Return whether a pattern and a text differ at the first place where they are not alike."""
    for index, (token, piece) in enumerate(zip(tokens, pieces, strict=False), 1):
        if isinstance(token, str) and isinstance(piece, str):
            if token == piece:
                continue
            return not token.startswith(piece) and not piece.startswith(token)
        if not (isinstance(token, Hole) and isinstance(piece, Hole)):
            return False
        if token != piece or not means_one_thing(token, local=local):
            return index == len(tokens) == len(pieces) and name_others(token, piece)
    return False


def _differ(tokens: tuple[_Token, ...], pieces: tuple[_Token, ...]) -> bool:
    """Return whether the literals at the start, or at the end, of a pattern and a text tell them apart."""
    if len(tokens) == len(pieces) == 1 and isinstance(tokens[0], str) and isinstance(pieces[0], str):
        return tokens != pieces
    for end, goes_on in ((0, str.startswith), (-1, str.endswith)) if tokens and pieces else ():
        one, other = tokens[end], pieces[end]
        if isinstance(one, str) and isinstance(other, str) and not (goes_on(one, other) or goes_on(other, one)):
            return True
    return False


def _meet(tokens: tuple[_Token, ...], pieces: tuple[_Token, ...], form: Form) -> bool:
    """Return whether an example shows that a pattern can match a text."""
    value = _value(tokens)
    if value is not None and takes(_language(pieces), value):
        return True
    value = _value(pieces)
    return value is not None and takes(_possible_regex(tokens, form), value)


def _disjoint(tokens: tuple[_Token, ...], pieces: tuple[_Token, ...], form: Form) -> bool:
    """Return whether there is no text that a pattern can match and a text can be."""
    ours, theirs = _possible_regex(tokens, form), _language(pieces)
    for parts, own, other in ((tokens, ours, theirs), (pieces, theirs, ours)):
        if len(parts) == 1 and isinstance(parts[0], str) and own == re.escape(parts[0]):
            return refuses(other, parts[0])  # there is only one to be tried
    return disjoint(theirs, ours)


def _value(tokens: tuple[_Token, ...]) -> str | None:
    """Return a text that a pattern matches, or that a text can be; None where none is found."""
    found = ""
    for token in tokens:
        value = example(language(token)) if isinstance(token, Hole) else token
        if value is None:
            return None
        found += value if isinstance(value, str) else "" if value is _Wildcard.MANY else "a"
    return found


def _language(pieces: tuple[_Token, ...]) -> str:
    """Return a regular expression of all that a text can be."""
    return "".join([language(piece) if isinstance(piece, Hole) else re.escape(str(piece)) for piece in pieces])


def _colons(tokens: Iterable[_Token]) -> int:
    return sum(token.count(":") for token in tokens if isinstance(token, str))
