"""The assemblies that the benchmark writes hold what it says, and the judge finds what is planted in them."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from bench.assembly import Assembly, Planted, write
from bench.measure import Goal, Row, table
from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.pull.answer import Verdict
from ecr_ecs_constructs.rules.judge import judge
from ecr_ecs_constructs.rules.rule import Severity

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("arguments", "templates", "resources", "containers", "planted"),
    [
        # Of each stack: 8 services, 4 of them with a second container, one of a stack with a region with a third.
        pytest.param({"resources": 400}, 8, 400, 50, 18, id="base form"),
        # Of each role: policy and task definition.
        pytest.param({"resources": 0, "roles": 100}, 1, 301, 100, 0, id="roles"),
        # Of each VPC: 1 VPC, 2 of gateway, 6 x 3 of subnets, 4 routes, 2 x 2 of NAT, 5 of endpoints, 5 of the service.
        pytest.param({"resources": 0, "vpcs": 10}, 1, 392, 10, 0, id="VPCs"),
    ],
)
def test_an_assembly_holds_what_is_asked_for_and_the_judge_finds_what_is_planted(
    tmp_path: Path, arguments: dict[str, int], *, templates: int, resources: int, containers: int, planted: int
) -> None:
    assembly = write(tmp_path, **arguments)
    bodies = [json.loads(file.read_bytes()) for file in assembly.templates]
    assert (len(bodies), sum(len(body["Resources"]) for body in bodies)) == (templates, resources)
    assert (len(assembly.planted), assembly.resources) == (planted, resources)

    report = judge(load([tmp_path]))
    found = [
        Planted(finding.rule, finding.template, finding.logical_id, finding.location, finding.acknowledged is not None)
        for finding in report.findings
        if (finding.verdict, finding.severity) != (Verdict.UNKNOWN, Severity.INFO)  # what it leaves open is no fault
    ]
    expected = [
        Planted(one.rule, str(tmp_path / one.template), one.logical_id, one.location, one.acknowledged)
        for one in assembly.planted
    ]
    assert Counter(found) == Counter(expected)
    assert (report.templates, report.resources, len(report.containers)) == (templates, resources, containers)


def test_the_base_form_has_each_kind_of_fault_acknowledged_and_not(tmp_path: Path) -> None:
    planted = Counter((one.rule, one.acknowledged) for one in write(tmp_path, 200).planted)
    assert planted == {
        ("unqualified-image", True): 1,
        ("unqualified-image", False): 1,
        ("unverifiable-image", False): 2,
        ("cross-region-image", False): 1,
        ("floating-tag", False): 2,
        ("immutable-latest", False): 2,
    }


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    def content(assembly: Assembly) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in assembly.folder.iterdir()}

    one, other = (write(tmp_path / name, 100, roles=100, vpcs=10) for name in ("one", "other"))
    assert content(one) == content(other)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param({"resources": 150}, "resources must be a multiple of 100, got 150", id="resources"),
        pytest.param({"resources": -100}, "resources must be a multiple of 100, got -100", id="negative"),
        pytest.param({"roles": 5}, "roles must be a multiple of 100, got 5", id="roles"),
        pytest.param({"vpcs": 5}, "vpcs must be a multiple of 10, got 5", id="vpcs"),
    ],
)
def test_what_cannot_be_written_is_refused(tmp_path: Path, arguments: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        write(tmp_path, **arguments)


def test_a_table_shows_median_spread_ratio_and_peak() -> None:
    rows = [Row("first", (0.03, 0.01, 0.02)), Row("second", (2.0, 1.0), 3 * 2**20, "noted")]
    assert [line.split() for line in table("Title", rows).splitlines()] == [
        ["Title"],
        ["median", "fastest", "…", "slowest", "runs", "ratio", "peak", "memory"],
        ["first", "20.0", "ms", "10.0", "ms", "…", "30.0", "ms", "3", "1.00"],
        ["second", "1.50", "s", "1.00", "s", "…", "2.00", "s", "2", "75.00", "3", "MiB", "noted"],
    ]


@pytest.mark.parametrize(
    ("goal", "line"),
    [
        pytest.param(Goal("x", 5.0, 5.0, "{:.1f}"), "  met     x: 5.0, goal at most 5.0", id="limit is met"),
        pytest.param(Goal("x", 5.1, 5.0, "{:.1f}"), "  MISSED  x: 5.1, goal at most 5.0", id="above"),
        pytest.param(
            Goal("x", 39.0, 40.0, "{:.0f}", at_least=True), "  MISSED  x: 39, goal at least 40", id="too little"
        ),
        pytest.param(Goal("x", 40.0, 40.0, "{:.0f}", at_least=True), "  met     x: 40, goal at least 40", id="enough"),
    ],
)
def test_a_goal_says_whether_it_is_met(goal: Goal, line: str) -> None:
    assert str(goal) == line
