"""The symbolic answer is the worst of the foldings: some cases of each base, the same in every run."""

from __future__ import annotations

import pytest

from tests.oracle.bases import NAMES
from tests.oracle.cases import Allowed, Change, If, Twin, Under, draw
from tests.oracle.comparison import compare, smaller

SEED, CASES = 1, 24


@pytest.mark.parametrize("name", NAMES)
def test_symbolic_answer_is_the_worst_of_the_foldings(name: str) -> None:
    cases = [draw(name, SEED, number) for number in range(CASES)]
    found = [(case, compare(case)) for case in cases]
    wrong = [
        (smaller(case, each.kind).changes, each)
        for case, comparison in found
        for each in (comparison.disagreements if comparison is not None else ())
    ]
    assert not wrong
    assert sum(comparison is not None and comparison.foldings > 1 for _, comparison in found) > CASES // 4


def test_every_kind_of_change_is_drawn() -> None:
    changes: list[Change] = [
        change for name in NAMES for number in range(CASES) for change in draw(name, SEED, number).changes
    ]
    assert {type(change) for change in changes} == {If, Under, Twin, Allowed}
