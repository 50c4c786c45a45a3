"""No single change of a proven template is still proven but for what is declared."""

from __future__ import annotations

import pytest

from tests.mutations.declared import DECLARED
from tests.mutations.judging import BASES, is_proven
from tests.mutations.mutants import CLASSES, Mutant, mutants
from tests.mutations.survey import drawn, still_open, survey
from tests.oracle.bases import base

SEED, COUNT = 1, 24
"""What the short run draws. To look at another draw: `python -m tests.mutations --seed 2 --draw 24`."""


@pytest.mark.parametrize("name", BASES, ids=[f"{name}-seed-{SEED}" for name in BASES])
def test_drawn_changes_that_are_still_proven_are_declared(name: str) -> None:
    assert survey(drawn(name, SEED, COUNT)).undeclared == {}


@pytest.mark.long
def test_every_change_that_is_still_proven_is_declared_and_every_declaration_is_met() -> None:
    found = survey(mutant for name in BASES for mutant in mutants(name))
    assert found.undeclared == {}
    assert [declared for declared in DECLARED if not found.declared[declared]] == []
    assert found.open == still_open()


def test_every_class_is_drawn() -> None:
    assert {mutant.change for name in BASES for mutant in drawn(name, SEED, COUNT)} == {*CLASSES}


@pytest.mark.parametrize("name", BASES)
def test_bases_are_proven(name: str) -> None:
    assert is_proven(Mutant(name, 0, ("Resources",), "", "", base(name)[0].body["Resources"]))
