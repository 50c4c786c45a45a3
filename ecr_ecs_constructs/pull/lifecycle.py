"""The lifecycle policy of a repository: which of its images the rules take away.

Amazon ECR evaluates all rules, then applies them by priority: an image is taken by at most one rule, and one whose
tags a rule asks for is taken by no rule of lower priority.

Sources:
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.values import Text, Value
from ecr_ecs_constructs.pull.texts.documents import read_document

COUNTS: Mapping[str, str] = {
    "imageCountMoreThan": "when {} newer ones are there",
    "sinceImagePushed": "{} days after its push",
    "sinceImagePulled": "{} days after its last pull",
    "sinceImageTransitioned": "{} days after it was archived",
}
"""When a rule takes an image that it selects, by its `countType`."""

ACTIONS: Mapping[str, str] = {"expire": "deletes", "transition": "archives"}
"""The verb for the action of a rule, by its type. A pull of an archived image answers that there is none."""

_STATUSES = ("tagged", "untagged", "any")
_UNITS = ("day", "days")
_STANDARD = "standard"
_STORAGES = (_STANDARD, "archive")


class LifecycleRule(NamedTuple):
    """A rule of a lifecycle policy.

    Attributes:
        priority: its place in the order in which rules are applied, the lowest first.
        status: `tagged`, `untagged` or `any`.
        patterns: what the tags of an image must match, each of these one of them; `*` stands for any characters.
        is_of_archive: whether it selects archived images.
        counted: its `countType`.
        number: how many days, or how many images stay.
        action: `expire` or `transition`.
    """

    priority: int
    status: str
    patterns: tuple[str, ...]
    is_of_archive: bool
    counted: str
    number: int
    action: str

    def selects(self, tags: Sequence[str]) -> bool:
        """Return whether it is for an image that can be pulled and has just some tags."""
        if self.is_of_archive:
            return False
        if self.status == "any":
            return True
        if self.status == "untagged" or not tags:
            return self.status == "untagged" and not tags
        return all(any(_matches(pattern, tag) for tag in tags) for pattern in self.patterns)

    @property
    def is_by_count(self) -> bool:
        """True where an image is taken only since newer ones are there."""
        return self.counted == "imageCountMoreThan"

    def said_of(self, image: str) -> str:
        """Return in words what it does to an image, and when."""
        when = COUNTS[self.counted].format(self.number)
        return f"lifecycle rule {self.priority} {ACTIONS[self.action]} {image} {when}"


def taking(rules: Iterable[LifecycleRule], tags: Sequence[str]) -> LifecycleRule | None:
    """Return the rule that takes an image away sooner or later, None where none does.

    Args:
        rules: the rules of the image's repository.
        tags: all tags of the image.
    """
    by_priority = sorted(rules, key=lambda rule: rule.priority)
    return next((rule for rule in by_priority if rule.selects(tags)), None)


def _matches(pattern: str, tag: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), tag, re.DOTALL) is not None


def read_rules(text: Value) -> tuple[LifecycleRule, ...] | None:
    """Return the rules in the text of a lifecycle policy, None where one of them is not known.

    Args:
        text: the value of `LifecyclePolicyText`.
    """
    try:
        document = read_document(text) if isinstance(text, (str, Text)) else None
    except ValueError:
        return None
    written = document.get("rules") if isinstance(document, dict) else None
    if not isinstance(written, list):
        return None
    rules = [_read(each) for each in written]
    known = [rule for rule in rules if rule is not None]
    return tuple(known) if len(known) == len(rules) else None


def _read(rule: Value) -> LifecycleRule | None:
    if not isinstance(rule, dict):
        return None
    selection, action = rule.get("selection"), rule.get("action")
    if not isinstance(selection, dict) or not isinstance(action, dict):
        return None
    priority, number = _number(rule.get("rulePriority")), _number(selection.get("countNumber"))
    status, patterns = _one_of(_STATUSES, selection.get("tagStatus")), _patterns(selection)
    storage = _one_of(_STORAGES, selection.get("storageClass", _STANDARD))
    counted, unit = _one_of(COUNTS, selection.get("countType")), _one_of(_UNITS, selection.get("countUnit", "days"))
    does = _one_of(ACTIONS, action.get("type"))
    if priority is None or number is None or status is None or patterns is None or storage is None:
        return None
    if counted is None or unit is None or does is None or bool(patterns) is not (status == "tagged"):
        return None
    return LifecycleRule(priority, status, patterns, storage != _STANDARD, counted, number, does)


def _one_of(known: Container[str], value: Value) -> str | None:
    return value if isinstance(value, str) and value in known else None


def _patterns(selection: Mapping[str, Value]) -> tuple[str, ...] | None:
    patterns, prefixes = (selection.get(key, []) for key in ("tagPatternList", "tagPrefixList"))
    listed, end = (prefixes, "*") if prefixes else (patterns, "")
    if not isinstance(listed, list) or (patterns and prefixes):
        return None
    texts = [each for each in listed if isinstance(each, str) and not (end and "*" in each)]
    return tuple([f"{each}{end}" for each in texts]) if len(texts) == len(listed) else None


def _number(value: Value) -> int | None:
    return int(value) if isinstance(value, str) and re.fullmatch("[0-9]{1,9}", value) else None
