"""How the tests run, and what holds in every one: what takes long begins first, and no report contradicts itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.consistency import watch

if TYPE_CHECKING:
    from collections.abc import Iterator

# Nothing depends on how fast the machine is, and each run is the same as the one before.
settings.register_profile("short", deadline=None, derandomize=True, max_examples=200)
settings.register_profile("long", settings.get_profile("short"), max_examples=5000)
settings.load_profile("short")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put modules with deployments first, so that no process is left with one when the others have ended."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session", autouse=True)
def contradictory() -> Iterator[list[str]]:
    """Where the reports of the test that runs contradict themselves."""
    with pytest.MonkeyPatch.context() as patch:
        yield watch(patch)


@pytest.fixture(autouse=True)
def _is_consistent(contradictory: list[str]) -> Iterator[None]:
    """Fail where a report of the test contradicts itself, whoever asked for it and whatever became of it."""
    yield
    found = [*contradictory]
    contradictory.clear()
    assert found == []
