"""The values that holes can have, as regular languages, and questions about such languages.

Sources:
    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
"""

from __future__ import annotations

import re
from functools import lru_cache

from ecr_ecs_constructs import regular
from ecr_ecs_constructs.cloudformation.values import Hole, Kind

ANY = r"[\s\S]*"
"""The language of all texts."""

_LANGUAGES = {
    Kind.ACCOUNT: "[0-9]{12}",
    Kind.REGION: "[a-z]+-[a-z0-9-]+",
    Kind.URL_SUFFIX: "[a-z0-9.-]+",
    Kind.PARTITION: "aws[a-z-]*",
}
_NAMES = {
    ("AWS::EC2::VPC", None): "vpc-[0-9a-f]+",
    ("AWS::EC2::VPCEndpoint", None): "vpce-[0-9a-f]+",
    ("AWS::ECR::Repository", None): "[a-z0-9._/-]+",
    ("AWS::IAM::Role", None): r"[\w+=,.@-]+",
    ("AWS::KMS::Key", None): "[a-z0-9-]+",
    ("AWS::Logs::LogGroup", None): "[A-Za-z0-9._/#-]+",
    ("AWS::S3::Bucket", None): "[a-z0-9.-]+",
    ("AWS::SSM::Parameter", None): "[A-Za-z0-9._/-]+",
    ("AWS::SecretsManager::Secret", "Name"): "[A-Za-z0-9/_+=.@-]+",
}  # what `Ref`, or a hole for the attribute, stands for, by the type

PLAIN = frozenset((*_LANGUAGES.values(), *_NAMES.values()))
"""The languages that are known to have no colons, wildcards and variables."""


def language(hole: Hole) -> str:
    """Return a regular expression of all that a hole can be."""
    if hole.pattern is not None:
        bare = hole.pattern.removeprefix("^").removesuffix("$")
        return f"(?:{bare})" if _is_readable(f"(?:{bare})") else ANY
    if hole.resource is not None and (hole.resource.type, hole.attribute) in _NAMES:
        return _NAMES[hole.resource.type, hole.attribute]
    return _LANGUAGES.get(hole.kind, ANY)


def pattern_language(hole: Hole) -> str:
    """Return a regular expression of all that a hole of a pattern can match: its value can hold wildcards."""
    own = language(hole)
    plain = own in PLAIN or disjoint(own, r"[\s\S]*[*?$][\s\S]*")
    return own if plain else ANY


def may_hold_colon(own: str) -> bool:
    """Return whether a text of a language may hold a colon."""
    return own not in PLAIN and not disjoint(own, r"[\s\S]*:[\s\S]*")


@lru_cache(maxsize=4096)
def example(own: str) -> str | None:
    """Return a shortest text of a language, None where it has none, or none is found."""
    try:
        return regular.intersection(own, ANY)
    except regular.UnsupportedPattern:
        return None


@lru_cache(maxsize=512)
def _is_readable(pattern: str) -> bool:
    try:
        regular.intersection(pattern, ANY)
    except regular.UnsupportedPattern:
        return False
    return True


def means_one_thing(hole: Hole, *, local: bool) -> bool:
    """Return whether a hole has the same value wherever it stands; that of some names is one of a template only.

    Args:
        hole: the hole.
        local: whether it is asked of places of one template.
    """
    if hole.resource is not None or hole.origin is not None or hole.kind in _LANGUAGES:
        return True
    return local and hole.name.startswith(("{{resolve:", "Fn::ImportValue "))


def name_others(one: Hole, other: Hole) -> bool:
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


# questions about languages


_MAX_WAYS = 10**8  # to share a text among wildcards: what `re` tries all of where it finds no match
_REPEATED_GROUP = re.compile(r"\)[*+{]")
_compiled = lru_cache(maxsize=16_384)(re.compile)


def is_slow(pattern: str, text: str) -> bool:
    """Return whether `re` could take long to match a text: then what needs one pass is worth its start."""
    wildcards = pattern.count("*") + pattern.count("+") + pattern.count("{")
    ways = len(text) ** wildcards if wildcards > 2 else 0
    return ways > _MAX_WAYS or _REPEATED_GROUP.search(pattern) is not None


def takes(pattern: str, text: str) -> bool:
    """Return whether a regular expression surely matches a text."""
    if is_slow(pattern, text):
        return covered(re.escape(text), pattern)
    return _compiled(pattern).fullmatch(text) is not None


def refuses(pattern: str, text: str) -> bool:
    """Return whether a regular expression surely does not match a text."""
    if is_slow(pattern, text):
        return disjoint(re.escape(text), pattern)
    return _compiled(pattern).fullmatch(text) is None


@lru_cache(maxsize=4096)
def covered(left: str, right: str) -> bool:
    """Return whether a regular expression surely matches all that another one does."""
    try:
        return regular.difference(left, right) is None
    except regular.UnsupportedPattern:
        return False


@lru_cache(maxsize=4096)
def disjoint(left: str, right: str) -> bool:
    """Return whether there is surely no text that two regular expressions match."""
    try:
        return regular.intersection(left, right) is None
    except regular.UnsupportedPattern:
        return False
