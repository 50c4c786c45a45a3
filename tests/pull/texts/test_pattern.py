"""Matching of a text by a pattern, both known in part: what a look tells is what a search of all values tells."""

from __future__ import annotations

import random
import re
from collections import Counter

import pytest

from ecr_ecs_constructs import regular
from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, pieces_of, text
from ecr_ecs_constructs.pull.texts import pattern as patterns
from ecr_ecs_constructs.pull.texts.languages import language, may_hold_colon, means_one_thing
from ecr_ecs_constructs.pull.texts.pattern import Form, Truth, matches
from tests.blocks import blocks

TYPES = {
    "App": "AWS::ECR::Repository",
    "Base": "AWS::ECR::Repository",
    "Role": "AWS::IAM::Role",
    "Topic": "AWS::SNS::Topic",
}
TEMPLATE = Template("app", {"Resources": {name: {"Type": type_} for name, type_ in TYPES.items()}})
PARTITION, REGION = Hole(Kind.PARTITION, "AWS::Partition"), Hole(Kind.REGION, "AWS::Region")
ACCOUNT, OTHER = Hole(Kind.ACCOUNT, "AWS::AccountId"), Hole(Kind.ACCOUNT, "Other")
ALLOWED = (None, "^[a-z]+$", "team-[a-z]*", "app", "[a-z*]+", "[a-z:]+", "(a|b)+", "(?=x)y", "r[0-9]+")
HOLES = (
    *(PARTITION, REGION, ACCOUNT, OTHER, Hole(Kind.URL_SUFFIX, "AWS::URLSuffix")),
    *(Hole(Kind.RESOURCE, each.logical_id, each) for each in TEMPLATE.resources.values()),
    *(Hole(Kind.PARAMETER, f"P{i}", pattern=allowed, origin=i) for i, allowed in enumerate(ALLOWED)),
    *(Hole(Kind.ANYTHING, name) for name in ("x", "{{resolve:ssm:/a}}", "Fn::ImportValue y")),
)
LITERALS = (
    "arn:",
    "arn:aws:ecr:",
    "s3",
    ":",
    "111122223333",
    "repository/",
    "app",
    "r1",
    "r15",
    "team-",
    "a",
    "/",
    "x",
)
WILDCARDS = ("*", "?", "a*", "*a", "r?", "**")


class Texts:
    """Makes random patterns and texts, most of them ARNs that have much in common."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def pair(self) -> tuple[str | Text, str | Text]:
        if self.random.random() < 0.25:
            return text(*self.parts(True)), text(*self.parts(False))
        sought = text(*self.arn(False))
        return (sought if self.random.random() < 0.1 else text(*self.arn(True))), sought

    def parts(self, wild: bool, most: int = 5) -> list[str | Hole]:
        choices = [*LITERALS, *HOLES, *(WILDCARDS if wild else ())]
        return self.random.choices(choices, k=self.random.randint(0, most))

    def arn(self, wild: bool) -> list[str | Hole]:
        written: list[str | Hole] = []
        for choices in (("aws", PARTITION), ("ecr", "s3"), ("us-east-1", REGION), ("111122223333", ACCOUNT, OTHER)):
            is_wild = wild and self.random.random() < 0.2
            written += [":", self.random.choice(("*", "?", "us-*") if is_wild else choices)]
        written = ["arn", *written, ":repository/", *self.parts(wild, 3)]
        if wild and self.random.random() < 0.15:
            written = written[: self.random.randint(1, len(written))]
        return written


def searched(pattern: str | Text, sought: str | Text, form: Form, *, local: bool) -> Truth:
    """Match a text by automata of all that both can be."""
    tokens, pieces = patterns._tokens(pattern, form, None), pieces_of(sought)
    if form is Form.ARN and min(patterns._colons(tokens), patterns._colons(pieces)) < 5:
        return None
    symbols: dict[Hole, str] = {}
    bounded, encoded = "", ""
    for index, piece in enumerate(pieces):
        if isinstance(piece, str):
            bounded, encoded = bounded + re.escape(piece), encoded + re.escape(piece)
            continue
        symbol = symbols.get(piece) or chr((0xF000 if may_hold_colon(language(piece)) else 0xE000) + index)
        if means_one_thing(piece, local=local):
            symbols[piece] = symbol
        bounded, encoded = bounded + (symbol if piece in tokens else language(piece)), encoded + symbol
    sure = patterns._sure_regex(tokens, form, lambda hole: symbols.get(hole, "\uf8fe"))
    for left in (encoded, bounded) if all(t in symbols for t in tokens if isinstance(t, Hole)) else (encoded,):
        if regular.difference(left, sure) is None:
            return True
    if patterns._part_ways(tokens, pieces, local=local):
        return False
    possible = patterns._possible_regex(tokens, form)
    written = "".join(re.escape(piece) if isinstance(piece, str) else language(piece) for piece in pieces)
    return False if regular.intersection(written, possible) is None else None


@pytest.mark.parametrize("block", blocks(1, 40))
def test_a_look_tells_what_a_search_does(block: int) -> None:
    texts = Texts(block)
    answers: Counter[Truth] = Counter()
    forms = [Form.EXACT, Form.LIKE, Form.ARN, *[Form.RESOURCE] * 4]
    for _ in range(400):
        pattern, sought = texts.pair()
        form, local = texts.random.choice(forms), texts.random.random() < 0.5
        if isinstance(pattern, str) and isinstance(sought, str):
            continue  # nothing is to be searched
        found = matches(pattern, sought, form, local=local)
        assert found is searched(pattern, sought, form, local=local), (str(pattern), str(sought), form, local)
        answers[found] += 1
    print(dict(answers))  # noqa: T201 - shown where the test fails
    assert min(answers[truth] for truth in (True, False, None)) > 10
