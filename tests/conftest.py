"""How the tests run: what takes long begins first, and long runs are left to `make test-all`."""

from __future__ import annotations

import pytest
from hypothesis import settings

# Nothing depends on how fast the machine is, and each run is the same as the one before.
settings.register_profile("short", deadline=None, derandomize=True, max_examples=200)
settings.register_profile("long", settings.get_profile("short"), max_examples=5000)
settings.load_profile("short")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put modules with deployments first, so that no process is left with one when the others have ended."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
