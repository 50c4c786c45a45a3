"""Matching of a text by a pattern of a policy, where parts of both may be known only at deployment.

Each answer is `True` or `False` where it is so for every value that the unknown parts can have, else None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import lru_cache

from ecr_ecs_constructs import regular
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, pieces_of

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
    tokens = _tokens(pattern, form, variables)
    if form is Form.IGNORE_CASE:
        literals = [piece for piece in (*tokens, *pieces) if not isinstance(piece, str)]
        if not literals:
            return "".join(map(str, tokens)).lower() == "".join(map(str, pieces)).lower()
        return _surely(tokens, pieces, Form.EXACT, local=local) or None
    if form is Form.ARN and min(_colons(tokens), _colons(pieces)) < 5:
        return None
    if _surely(tokens, pieces, form, local=local):
        return True
    return False if _never(tokens, pieces, form, local=local) else None


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
        if not _means_one_thing(piece, local=local) if isinstance(piece, Hole) else _SPECIAL.search(piece):
            return False
    return True


class _Wildcard(Enum):
    MANY = "*"
    ONE = "?"


_Token = str | _Wildcard | Hole
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"(.*?)\s*,\s*'(.*)'", re.DOTALL)
_WILDCARDS = re.compile("[*?]")
_ANY = r"[\s\S]*"
_WILDCARD_IN_TYPE = re.compile(r"arn:[^:]*:(?!s3:)(?:[^:]*:){3}[^/:]*[*?][^/:]*[/:]")  # those of S3 have no type


@lru_cache(maxsize=65_536)
def _literal(pattern: str, text: str, form: Form) -> Truth:
    if form is Form.EXACT:
        return pattern == text
    if form is Form.IGNORE_CASE:
        return pattern.lower() == text.lower()
    if form is Form.ARN and min(pattern.count(":"), text.count(":")) < 5:
        return None
    start = _WILDCARDS.split(pattern, 1)[0]
    if not text.startswith(start):
        return False
    if start == pattern == text:
        return True
    sure, possible = _regexes(pattern, form)
    if _takes(sure, text):
        return True
    exact = form is not Form.RESOURCE and not _is_slow(sure, text)
    return False if exact or _refuses(possible, text) else None


@lru_cache(maxsize=16_384)
def _regexes(pattern: str, form: Form) -> tuple[str, str]:
    tokens = _tokens(pattern, form, None)
    return _sure_regex(tokens, form, str), _possible_regex(tokens, form)


_MAX_WAYS = 10**8  # to share a text among wildcards: what `re` tries all of where it finds no match
_REPEATED_GROUP = re.compile(r"\)[*+{]")
_compiled = lru_cache(maxsize=16_384)(re.compile)


def _is_slow(pattern: str, text: str) -> bool:
    """Return whether `re` could take long to match a text: then what needs one pass is worth its start."""
    wildcards = pattern.count("*") + pattern.count("+") + pattern.count("{")
    ways = len(text) ** wildcards if wildcards > 2 else 0
    return ways > _MAX_WAYS or _REPEATED_GROUP.search(pattern) is not None


def _takes(pattern: str, text: str) -> bool:
    """Return whether a regular expression surely matches a text."""
    if _is_slow(pattern, text):
        return _covered(re.escape(text), pattern)
    return _compiled(pattern).fullmatch(text) is not None


def _refuses(pattern: str, text: str) -> bool:
    """Return whether a regular expression surely does not match a text."""
    if _is_slow(pattern, text):
        return _disjoint(re.escape(text), pattern)
    return _compiled(pattern).fullmatch(text) is None


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
_LANGUAGES = {
    Kind.ACCOUNT: "[0-9]{12}",
    Kind.REGION: "[a-z]+-[a-z0-9-]+",
    Kind.URL_SUFFIX: "[a-z0-9.-]+",
    Kind.PARTITION: "aws[a-z-]*",
}
_NAMES = {
    ("AWS::ECR::Repository", None): "[a-z0-9._/-]+",
    ("AWS::IAM::Role", None): r"[\w+=,.@-]+",
    ("AWS::KMS::Key", None): "[a-z0-9-]+",
    ("AWS::Logs::LogGroup", None): "[A-Za-z0-9._/#-]+",
    ("AWS::S3::Bucket", None): "[a-z0-9.-]+",
    ("AWS::SSM::Parameter", None): "[A-Za-z0-9._/-]+",
    ("AWS::SecretsManager::Secret", "Name"): "[A-Za-z0-9/_+=.@-]+",
}  # what `Ref`, or a hole for the attribute, stands for, by the type
_PLAIN_LANGUAGES = frozenset((*_LANGUAGES.values(), *_NAMES.values()))  # without colons, wildcards and variables
_EXAMPLES = {Kind.ACCOUNT: "0" * 12, Kind.REGION: "a-a", Kind.URL_SUFFIX: "a", Kind.PARTITION: "aws"}


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
            parts.append(_ANY if form is Form.LIKE or ends or colons >= 5 else "[^:\uf000-\uf8ff]*")
    return "".join(parts)


def _shown(token: _Token) -> str:
    return token if isinstance(token, str) else token.value if isinstance(token, _Wildcard) else _STRANGER


def _completed(tokens: tuple[_Token, ...]) -> tuple[_Token, ...]:
    first = tokens[0] if tokens else ""
    if not (isinstance(first, str) and first.startswith("arn:")) or any(_may_hold_colon(token) for token in tokens):
        return tokens
    missing = 5 - _colons(tokens)
    return (*tokens, *(part for _ in range(missing) for part in (":", _Wildcard.MANY)))


def _possible_regex(tokens: tuple[_Token, ...], form: Form) -> str:
    def regex(some: tuple[_Token, ...]) -> str:
        return "".join(
            _pattern_language(token)
            if isinstance(token, Hole)
            else re.escape(token)
            if isinstance(token, str)
            else _ANY
            if token is _Wildcard.MANY
            else r"[\s\S]"
            for token in some
        )

    whole = regex(tokens)
    completed = regex(_completed(tokens)) if form is Form.RESOURCE else whole
    return whole if whole == completed else f"(?:{whole}|{completed})"


def _surely(tokens: tuple[_Token, ...], pieces: tuple[str | Hole, ...], form: Form, *, local: bool) -> bool:
    symbols: dict[Hole, str] = {}
    encoded: list[str] = []
    bounded: list[str] = []
    narrowed = False
    for index, piece in enumerate(pieces):
        if isinstance(piece, str):
            encoded.append(piece)
            bounded.append(re.escape(piece))
            continue
        base = _OTHER if _may_hold_colon(piece) else _COLON_FREE
        symbol = symbols.get(piece) or chr(ord(base) + index)
        if _means_one_thing(piece, local=local):
            symbols[piece] = symbol
        encoded.append(symbol)
        bounded.append(symbol if piece in tokens else _language(piece))
        narrowed |= bounded[-1] not in (symbol, _ANY)
    pattern = _sure_regex(tokens, form, lambda hole: symbols.get(hole, _STRANGER))
    if _takes(pattern, "".join(encoded)):
        return True
    return narrowed and _STRANGER not in pattern and _covered("".join(bounded), pattern)


def _never(tokens: tuple[_Token, ...], pieces: tuple[str | Hole, ...], form: Form, *, local: bool) -> bool:
    if _part_ways(tokens, pieces, local=local):
        return True
    possible = _possible_regex(tokens, form)
    example = _example(pieces)
    if example is not None and _takes(possible, example):
        return False  # nothing needs to be searched
    return _disjoint("".join([re.escape(p) if isinstance(p, str) else _language(p) for p in pieces]), possible)


def _example(pieces: tuple[str | Hole, ...]) -> str | None:
    """Return one of the values that a text can have, None where that takes more than a look."""
    parts: list[str] = []
    for piece in pieces:
        part = piece if isinstance(piece, str) else None if piece.pattern is not None else _EXAMPLES.get(piece.kind)
        if part is None:
            return None
        parts.append(part)
    return "".join(parts)


def _part_ways(tokens: tuple[_Token, ...], pieces: tuple[str | Hole, ...], *, local: bool) -> bool:
    """Return whether a pattern and a text differ at the first place where they are not alike."""
    for index, (token, piece) in enumerate(zip(tokens, pieces, strict=False), 1):
        if isinstance(token, str) and isinstance(piece, str):
            if token == piece:
                continue
            return not token.startswith(piece) and not piece.startswith(token)
        if not (isinstance(token, Hole) and isinstance(piece, Hole)):
            return False
        if token != piece or not _means_one_thing(token, local=local):
            return index == len(tokens) == len(pieces) and _name_others(token, piece)
    return False


def _name_others(one: Hole, other: Hole) -> bool:
    """Return whether two holes are the names of two resources, which differ in one account and region.

    So do the account of a stack and one that is known to be another.
    """
    if one.kind is other.kind is Kind.ACCOUNT:
        return "AWS::AccountId" in (one.name, other.name)
    if one.resource is None or other.resource is None or one.resource is other.resource:
        return False
    names = [(each.resource.type, each.attribute) for each in (one, other) if each.resource is not None]
    is_name = names[0] == names[1] and names[0] in _NAMES
    return is_name and one.resource.template is other.resource.template


@lru_cache(maxsize=4096)
def _covered(left: str, right: str) -> bool:
    try:
        return regular.difference(left, right) is None
    except regular.UnsupportedPattern:
        return False


@lru_cache(maxsize=4096)
def _disjoint(left: str, right: str) -> bool:
    try:
        return regular.intersection(left, right) is None
    except regular.UnsupportedPattern:
        return False


def _language(hole: Hole) -> str:
    """Return a regular expression of all that a hole can be."""
    if hole.pattern is not None:
        bare = hole.pattern.removeprefix("^").removesuffix("$")
        return f"(?:{bare})" if _readable(f"(?:{bare})") else _ANY
    if hole.resource is not None and (hole.resource.type, hole.attribute) in _NAMES:
        return _NAMES[hole.resource.type, hole.attribute]
    return _LANGUAGES.get(hole.kind, _ANY)


def _pattern_language(hole: Hole) -> str:
    """Return a regular expression of all that a hole of a pattern can match: its value can hold wildcards."""
    language = _language(hole)
    plain = language in _PLAIN_LANGUAGES or _disjoint(language, r"[\s\S]*[*?$][\s\S]*")
    return language if plain else _ANY


@lru_cache(maxsize=512)
def _readable(pattern: str) -> bool:
    try:
        regular.intersection(pattern, _ANY)
    except regular.UnsupportedPattern:
        return False
    return True


def _means_one_thing(hole: Hole, *, local: bool) -> bool:
    """Return whether a hole has the same value wherever it stands; that of some names is one of a template only."""
    if hole.resource is not None or hole.origin is not None or hole.kind in _LANGUAGES:
        return True
    return local and hole.name.startswith(("{{resolve:", "Fn::ImportValue "))


def _may_hold_colon(token: _Token) -> bool:
    if not isinstance(token, Hole):
        return False
    language = _language(token)
    return language not in _PLAIN_LANGUAGES and not _disjoint(language, r"[\s\S]*:[\s\S]*")


def _colons(tokens: Iterable[_Token]) -> int:
    return sum(token.count(":") for token in tokens if isinstance(token, str))
