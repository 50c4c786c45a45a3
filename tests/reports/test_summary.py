"""The counts of a report."""

from __future__ import annotations

from ecr_ecs_constructs.reports.summary import summarize
from tests.reports.reporting import EMPTY, REPORT


def test_counts() -> None:
    assert summarize(REPORT) == {
        "templates": 2,
        "resources": 5,
        "containers": 3,
        "proven": 1,
        "broken": 1,
        "unknown": 1,
        "error": 1,
        "warning": 1,
        "info": 0,
        "acknowledged": 1,
        "baseline": 1,
    }


def test_nothing() -> None:
    assert {name for name, count in summarize(EMPTY).items() if count} == {"templates", "resources"}
