"""Random tests in blocks, each made from its number: a few of them run always, all of them in `make test-all`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet


def blocks(always: int, in_all: int) -> list[ParameterSet]:
    """Return the numbers of blocks as parameters of a test.

    Args:
        always: how many run in `make test`.
        in_all: how many run in `make test-all`, those among them.
    """
    return [pytest.param(number, marks=[pytest.mark.long] if number >= always else []) for number in range(in_all)]
