from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.cloudformation.values import Text
from ecr_ecs_constructs.pull.answer import Verdict
from ecr_ecs_constructs.pull.iam.decisions import decide
from ecr_ecs_constructs.pull.iam.roles import Roles
from tests import worlds
from tests.blocks import blocks
from tests.pull.iam.differential import HERE, OTHER, Case, Generator, compare, given_context, policy_of, stacks


@pytest.mark.parametrize("block", blocks(1, 20))
def test_decisions_are_those_of_iam_simulate(block: int) -> None:
    different, answers = compare(1500, 20_261 + block)
    print(dict(answers))  # noqa: T201 - shown where the test fails
    assert not different, different[0]
    assert min(answers[answer] for answer in ("Allowed", "ImplicitlyDenied", "ExplicitlyDenied")) > 150


# What is decided of a half-known case holds for each of its literal fillings.

WORDS: dict[str, tuple[str, str | None, tuple[str, ...]]] = {
    HERE: ("Account", "^[0-9]{12}$", (HERE, OTHER, "333333333333")),
    OTHER: ("Other", None, (HERE, OTHER, "*", "x", "")),
    "us-east-1": ("Region", None, ("us-east-1", "eu-west-1", "*", "us-gov-east-1")),
    "app": ("Name", "[a-z]+(-[a-z]+)*", ("app", "base", "app-base")),
    "team": ("Team", None, ("team", "*", "te:am", "team/app", "")),
    "aws": ("Partition", None, ("aws", "aws-cn", "*")),
    "repository/": ("Kind", None, ("repository/", "*", "repository/team/")),
    "role": ("Noun", None, ("role", "user", "*")),
    "*": ("Wild", None, ("*", "app", "?pp", "")),
}
"""Parts of the cases: the parameter in its place, its pattern and some of its values."""

PARAMETERS: dict[str, Any] = {
    name: {"Type": "String", **({"AllowedPattern": pattern} if pattern else {})} for name, pattern, _ in WORDS.values()
}


class Blurrer:
    """Puts parameters in place of parts of texts."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def text(self, text: str) -> Any:
        words = [word for word in WORDS if word in text]
        if not words or self.random.random() < 0.2:
            return text
        word = self.random.choice(words)
        start = self.random.choice([match.start() for match in re.finditer(re.escape(word), text)])
        if (variable := text.find("${")) != -1 and variable < start:
            return text
        before, after = (part.replace("${", "${!") for part in (text[:start], text[start + len(word) :]))
        return {"Fn::Sub": f"{before}${{{WORDS[word][0]}}}{after}"}

    def node(self, node: Any, key: str = "") -> Any:
        if isinstance(node, dict):
            return {inner: self.node(item, inner) for inner, item in node.items()}
        if isinstance(node, list):
            return [self.node(item, key) for item in node]
        return self.text(node) if isinstance(node, str) and key not in ("Effect", "Version") else node

    def fillings(self, count: int) -> Iterator[dict[str, str]]:
        for _ in range(count):
            yield {name: self.random.choice(values) for name, _, values in WORDS.values()}


def judge(case: Case, bodies: tuple[Any, Any], resource: Any, values: Mapping[str, str]) -> Verdict:
    caller, owner = (
        Template(name, {**body, "Parameters": PARAMETERS}, account=account, region="us-east-1", parameters=values)
        for name, body, account in zip(("caller", "owner"), bodies, (HERE, case.account), strict=True)
    )
    world = worlds.only(caller, owner)
    iam = Roles(world)
    on = world.evaluate(caller, resource).value
    assert isinstance(on, (str, Text))
    return decide(
        iam.of(caller.resources["Role"]),
        case.action,
        on,
        template=caller,
        context=given_context(case),
        policy=policy_of(iam, owner),
    ).verdict


@pytest.mark.parametrize("block", blocks(2, 30))
def test_what_is_decided_of_unknown_parts_holds_for_all_their_values(block: int) -> None:
    blurrer = Blurrer(block)
    verdicts: Counter[Verdict] = Counter()
    for case in Generator(block).cases(500):
        bodies = blurrer.node(stacks(case))
        resource = case.resource if case.resource == "*" else blurrer.text(case.resource)
        verdict = judge(case, bodies, resource, {})
        verdicts[verdict] += 1
        if verdict is not Verdict.UNKNOWN:
            for values in blurrer.fillings(4):
                found = judge(case, bodies, resource, values)
                assert found is verdict, (block, values, resource, bodies)
    print(dict(verdicts))  # noqa: T201 - shown where the test fails
    assert min(verdicts[verdict] for verdict in (Verdict.HOLDS, Verdict.BROKEN, Verdict.UNKNOWN)) > 10
