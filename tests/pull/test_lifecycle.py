"""Lifecycle policies as Amazon ECR evaluates them: what a rule selects, and which rule takes an image."""

from __future__ import annotations

import json
import random
from fnmatch import fnmatchcase
from typing import Any

import pytest

from ecr_ecs_constructs.pull.lifecycle import LifecycleRule, read_rules, taking


def rule(priority: int, status: str, count: str, number: int, *patterns: str, **more: Any) -> dict[str, Any]:
    """A rule as a lifecycle policy writes it; `prefixes` stands for its patterns, `archive` for what it selects."""
    selection: dict[str, Any] = {"tagStatus": status, "countType": count, "countNumber": number}
    if patterns:
        selection["tagPrefixList" if more.get("prefixes") else "tagPatternList"] = [*patterns]
    if count != "imageCountMoreThan":
        selection["countUnit"] = "days"
    if more.get("archive"):
        selection["storageClass"] = "archive"
    action = {"type": "transition", "targetStorageClass": "archive"} if more.get("transition") else {"type": "expire"}
    return {"rulePriority": priority, "selection": selection, "action": action}


def read(*rules: dict[str, Any]) -> tuple[LifecycleRule, ...] | None:
    return read_rules(json.dumps({"rules": rules}))


AGE, COUNT, PULLED, MOVED = "sinceImagePushed", "imageCountMoreThan", "sinceImagePulled", "sinceImageTransitioned"
ANY = rule(9, "any", AGE, 30)
UNTAGGED = rule(1, "untagged", AGE, 7)
RELEASES = rule(2, "tagged", COUNT, 10, "v*")


@pytest.mark.parametrize(
    ("tags", "rules", "taken"),
    [
        pytest.param(["v1"], [], None, id="no rule"),
        pytest.param(["v1"], [ANY], 9, id="a rule for any image"),
        pytest.param([], [ANY], 9, id="a rule for any image, of one without a tag"),
        pytest.param(["v1"], [UNTAGGED], None, id="a rule for images without a tag"),
        pytest.param([], [UNTAGGED, ANY], 1, id="the rule of higher priority takes it"),
        pytest.param([], [ANY, UNTAGGED], 1, id="whatever the order in the text"),
        pytest.param(["v1"], [UNTAGGED, RELEASES, ANY], 2, id="a rule that asks for its tag"),
        pytest.param(["main"], [UNTAGGED, RELEASES, ANY], 9, id="a tag that no rule asks for"),
        pytest.param(["main", "v1"], [RELEASES, ANY], 2, id="one of its tags"),
        pytest.param(["v1"], [rule(1, "tagged", AGE, 1, "v*", "prod*")], None, id="each pattern needs a tag"),
        pytest.param(["v1", "prod"], [rule(1, "tagged", AGE, 1, "v*", "prod*")], 1, id="each pattern has a tag"),
        pytest.param(["a-b"], [rule(1, "tagged", AGE, 1, "*-*")], 1, id="stars inside"),
        pytest.param(["a.b"], [rule(1, "tagged", AGE, 1, "a?b")], None, id="nothing else is a wildcard"),
        pytest.param(["v1"], [rule(1, "tagged", AGE, 1, "v")], None, id="a pattern without a star is the whole tag"),
        pytest.param(["v1"], [rule(1, "tagged", AGE, 1, "v", prefixes=True)], 1, id="a prefix"),
        pytest.param(["v1"], [rule(1, "any", PULLED, 90, transition=True)], 1, id="archived"),
        pytest.param(["v1"], [rule(1, "any", MOVED, 90, archive=True)], None, id="a rule for archived images"),
        pytest.param(
            ["v1"], [rule(1, "any", MOVED, 90, archive=True), {**ANY, "rulePriority": 2}], 2, id="archived and not"
        ),
    ],
)
def test_taking(tags: list[str], rules: list[dict[str, Any]], taken: int | None) -> None:
    known = read(*rules)
    assert known is not None
    found = taking(known, tags)
    assert (found and found.priority) == taken


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(None, id="nothing"),
        pytest.param("no JSON", id="no JSON"),
        pytest.param("[]", id="no object"),
        pytest.param("{}", id="no rules"),
        pytest.param('{"rules": {}}', id="rules that are no list"),
        pytest.param('{"rules": [1]}', id="a rule that is no object"),
        *(
            pytest.param(json.dumps({"rules": [each]}), id=name)
            for name, each in {
                "no priority": {**ANY, "rulePriority": None},
                "a priority that is true": {**ANY, "rulePriority": True},
                "an action of another kind": {**ANY, "action": {"type": "delete"}},
                "no action": {**ANY, "action": None},
                "no selection": {**ANY, "selection": None},
                "another status": rule(1, "all", AGE, 1),
                "tags without patterns": rule(1, "tagged", AGE, 1),
                "patterns without tags": rule(1, "any", AGE, 1, "v*"),
                "another count": rule(1, "any", "sinceForever", 1),
                "a count that is no text": {**ANY, "selection": {**ANY["selection"], "countType": [AGE]}},
                "an action that is no text": {**ANY, "action": {"type": ["expire"]}},
                "a status that is no text": {**ANY, "selection": {**ANY["selection"], "tagStatus": ["any"]}},
                "a storage class that is no text": {**ANY, "selection": {**ANY["selection"], "storageClass": {}}},
                "a unit that is no text": {**ANY, "selection": {**ANY["selection"], "countUnit": ["days"]}},
                "patterns that are no texts": rule(1, "tagged", AGE, 1, ["v*"]),  # type: ignore[arg-type] # as above
                "another unit": {**ANY, "selection": {**ANY["selection"], "countUnit": "weeks"}},
                "a number that is none": rule(1, "any", AGE, "many"),  # type: ignore[arg-type] # what is written wrong
                "a star in a prefix": rule(1, "tagged", AGE, 1, "v*", prefixes=True),
                "patterns and prefixes": {
                    **RELEASES,
                    "selection": {**RELEASES["selection"], "tagPrefixList": ["v"]},
                },
                "another storage class": {**ANY, "selection": {**ANY["selection"], "storageClass": "cold"}},
            }.items()
        ),
    ],
)
def test_not_known(text: str | None) -> None:
    assert read_rules(text) is None


def test_numbers_that_are_texts() -> None:
    assert read({**ANY, "rulePriority": "9", "selection": {**ANY["selection"], "countNumber": "30"}}) == read(ANY)


# Amazon ECR itself, played with images that are there


def taken_in_time(policy: list[dict[str, Any]], images: list[tuple[list[str], int]], days: int) -> dict[int, int]:
    """By image, the rule that takes it on a day: all rules mark, then they are applied by priority.

    Args:
        policy: the rules as they are written.
        images: the tags of each image, and the day of its push, which is that of its last pull.
        days: the day.
    """
    taken: dict[int, int] = {}
    claimed: set[int] = set()
    for each in sorted(policy, key=lambda each: int(each["rulePriority"])):
        selection = each["selection"]
        if selection.get("storageClass") == "archive":
            continue
        wanted = [*selection.get("tagPatternList", []), *(f"{start}*" for start in selection.get("tagPrefixList", []))]
        status = selection["tagStatus"]
        chosen = [
            number
            for number, (tags, _) in enumerate(images)
            if status == "any"
            or (status == "untagged" and not tags)
            or (status == "tagged" and tags and all(any(fnmatchcase(tag, want) for tag in tags) for want in wanted))
        ]
        chosen.sort(key=lambda number: images[number][1], reverse=True)
        limit = selection["countNumber"]
        if selection["countType"] == COUNT:
            marked = chosen[limit:]
        else:
            marked = [number for number in chosen if days - images[number][1] >= limit]
        for number in marked:
            if number not in claimed:
                taken[number] = each["rulePriority"]
        claimed.update(chosen)
    return taken


TAGS = ("v1", "v2", "prod", "prod-1", "main", "a-b")
PATTERNS = ("v*", "prod*", "*-*", "main", "*", "v1", "x*")


def drawn(seed: int) -> tuple[list[dict[str, Any]], list[str]]:
    """A policy and the tags of an image."""
    draw = random.Random(seed)  # it draws test cases
    rules = []
    for priority in draw.sample(range(1, 9), draw.randint(0, 4)):
        status = draw.choice(("tagged", "tagged", "untagged", "any"))
        patterns = draw.sample(PATTERNS, draw.randint(1, 2)) if status == "tagged" else []
        prefixes = status == "tagged" and draw.random() < 0.3
        patterns = [each.replace("*", "") or "v" for each in patterns] if prefixes else patterns
        count = draw.choice((AGE, COUNT, PULLED))
        more = {"prefixes": prefixes, "transition": draw.random() < 0.3, "archive": draw.random() < 0.1}
        rules.append(rule(priority, status, count, draw.randint(1, 20), *patterns, **more))
    return rules, draw.sample(TAGS, draw.randint(0, 3))


def check(seed: int) -> None:
    rules, tags = drawn(seed)
    known = read(*rules)
    assert known is not None
    found = taking(known, tags)
    alone = [(tags, 0)]
    followed = [*alone, *((tags, day) for day in range(1, 40))]
    by_time = taken_in_time(rules, alone, 1000).get(0)
    at_all = taken_in_time(rules, followed, 1000).get(0)
    assert at_all == (found.priority if found else None), (seed, rules, tags)
    assert by_time == (found.priority if found and not found.is_by_count else None), (seed, rules, tags)


def test_like_amazon_ecr() -> None:
    for seed in range(2_000):
        check(seed)


@pytest.mark.long
def test_like_amazon_ecr_at_length() -> None:
    for seed in range(2_000, 102_000):
        check(seed)
