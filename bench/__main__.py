"""Print how fast the judge is, beside what users would run instead of it, and whether the goals are met.

`python -m bench [PEERS]`: `PEERS` is the environment that holds cfn-lint and checkov; without it they are left out.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.measure import Goal, Row, run, table

WARM_RUNS, LARGE_RUNS, COLD_RUNS, COMMAND_RUNS, PEER_RUNS, SYNTH_RUNS = 15, 3, 5, 9, 3, 5
SIZES = (200, 2000, 20000)
FORMS = {"500 roles of 20 statements": (0, 500, 0), "50 VPCs of 6 subnets": (0, 0, 50)}
CHECKS = ("none", "plugin", "aspect", "cdk-nag")

JUDGE_TO_JSON, COMMAND_SECONDS, CFN_LINT_TO_COMMAND, PLUGIN_SHARE, GROWTH = 5.0, 0.3, 40.0, 0.03, 1.5
"""The goals."""

_BIN = Path(sys.executable).parent


def main(peers: Path | None = None) -> None:
    """Measure and print, table after table."""
    # The code of an installed package is compiled once; so is what is measured here.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    _say(
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} CPUs,"
        f" load {os.getloadavg()[0]:.1f} at the start\n"
        "Warm and cold runs count the CPU time of their process, commands and syntheses the time that passes.\n"
    )
    goals: list[Goal] = []
    with tempfile.TemporaryDirectory() as scratch:
        folders = {size: _write(Path(scratch) / str(size), size) for size in SIZES}
        goals += _side_by_side(*folders[2000], peers)
        goals += _growth({size: folder for size, (folder, _) in folders.items()})
        for name, counts in FORMS.items():
            goals += _form(name, *_write(Path(scratch) / name, *counts))
    goals += _synthesis()
    _say("\n".join(("Goals, from this run alone", *map(str, goals), "")))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _inside(*arguments: str | Path | int) -> tuple[dict[str, list[float]], int]:
    process = run([sys.executable, "-m", "bench.inside", *map(str, arguments)])
    return json.loads(process.output), process.peak


def _write(folder: Path, resources: int, roles: int = 0, vpcs: int = 0) -> tuple[Path, int]:
    """Write an assembly and return its folder and how many resources it has."""
    # In a process of its own: Linux counts the memory of this one into the peak of its children.
    written, _ = _inside("write", folder, resources, roles, vpcs)
    resources = written["resources"]  # type: ignore[assignment] # this task prints numbers
    return folder, resources


def _in_process(folder: Path) -> tuple[Row, Row]:
    """Measure `json.load` and the judge in turn in one process, the first run of each left out."""
    seconds, _ = _inside("both", folder, 1 + WARM_RUNS)
    return (
        Row("json.load of the templates, warm", tuple(seconds["json"][1:])),
        Row("judge in process (load and judge), warm", tuple(seconds["judge"][1:])),
    )


def _fresh(name: str, task: str, folder: Path) -> Row:
    """Measure a task in a fresh process for each run, imports not counted."""
    measured = [_inside(task, folder, 1) for _ in range(COLD_RUNS)]
    return Row(name, tuple(seconds[task][0] for seconds, _ in measured), max(peak for _, peak in measured))


def _command(name: str, command: Sequence[str | Path], runs: int, codes: Sequence[int] = (0,), note: str = "") -> Row:
    processes = [run([str(argument) for argument in command], codes) for _ in range(runs)]
    seconds = tuple(process.seconds for process in processes)
    return Row(name, seconds, max(process.peak for process in processes), note)


def _check(folder: Path) -> Row:
    # What is planted in the base form gives findings: exit code 1.
    return _command("ecr-ecs check, the whole command", [_BIN / "ecr-ecs", "check", folder], COMMAND_RUNS, codes=(0, 1))


def _side_by_side(folder: Path, resources: int, peers: Path | None) -> list[Goal]:
    plain, judged = _in_process(folder)
    check = _check(folder)
    rows = [
        plain,
        judged,
        _fresh("json.load of the templates, cold", "json", folder),
        _fresh("judge in process, cold", "judge", folder),
        _command("python -c pass", [sys.executable, "-c", "pass"], COMMAND_RUNS),
        check,
    ]
    goals = [
        Goal("judge in process to json.load", judged.median / plain.median, JUDGE_TO_JSON, "{:.1f} times"),
        Goal("whole command", check.median, COMMAND_SECONDS, "{:.2f} s"),
    ]
    if peers is not None:
        templates = sorted(folder.glob("*.template.json"))
        lint = _command("cfn-lint", [peers / "cfn-lint", "--non-zero-exit-code", "none", "--", *templates], PEER_RUNS)
        options = ["--framework", "cloudformation", "--skip-download", "--soft-fail", "--quiet", "--compact"]
        checkov: list[str | Path] = [peers / "checkov", "-d", folder, *options]
        rows += [lint, _command("checkov", checkov, PEER_RUNS)]
        ratio = lint.median / check.median
        goals.append(Goal("cfn-lint to the whole command", ratio, CFN_LINT_TO_COMMAND, "{:.0f} times", at_least=True))
    _say(table(f"One assembly of {resources:,} resources", rows))
    return goals


def _growth(folders: dict[int, Path]) -> list[Goal]:
    rows = []
    for size, folder in folders.items():
        seconds, peak = _inside("judge", folder, 1 + (WARM_RUNS if size < SIZES[-1] else LARGE_RUNS))
        row = Row(f"judge of {size:,} resources, warm", tuple(seconds["judge"][1:]), peak)
        rows.append(replace(row, note=f"{row.median / size * 1e6:.1f} µs a resource"))
    _say(table("Growth", rows))
    growth = (rows[-1].median / SIZES[-1]) / (rows[-2].median / SIZES[-2])
    return [Goal(f"time per resource at {SIZES[-1]:,} to {SIZES[-2]:,}", growth, GROWTH, "{:.2f} times")]


def _form(name: str, folder: Path, resources: int) -> list[Goal]:
    plain, judged = _in_process(folder)
    check = _check(folder)
    cold = _fresh("judge in process, cold", "judge", folder)
    _say(table(f"{name} ({resources:,} resources)", [plain, judged, cold, check]))
    return [
        Goal(f"judge to json.load, {name}", judged.median / plain.median, JUDGE_TO_JSON, "{:.1f} times"),
        Goal(f"whole command, {name}", check.median, COMMAND_SECONDS, "{:.2f} s"),
    ]


def _synthesis() -> list[Goal]:
    seconds: dict[str, list[float]] = {checks: [] for checks in CHECKS}
    peaks = dict.fromkeys(CHECKS, 0)
    own: dict[str, list[float]] = {checks: [] for checks in CHECKS}
    resources = 0
    for _ in range(SYNTH_RUNS):
        for checks in CHECKS:  # in turn, so that what slows the machine down slows all of them
            process = run([sys.executable, "-m", "bench.app", checks])
            measured = json.loads(process.output.splitlines()[-1])
            seconds[checks].append(measured["seconds"])
            own[checks].append(measured["own_seconds"] / measured["seconds"])
            peaks[checks] = max(peaks[checks], process.peak)
            resources = measured["resources"]
    names = {"none": "without checks", "plugin": "with the plugin", "aspect": "with the aspect"}
    rows = [
        Row(
            f"app.synth() {names.get(checks, f'with {checks}')}",
            tuple(seconds[checks]),
            peaks[checks],
            f"{_median(own[checks]):.1%} in the judge" if any(own[checks]) else "",
        )
        for checks in CHECKS
    ]
    _say(table(f"Synthesis of an app of {resources:,} resources, each run in a fresh process", rows))
    share = _median(own["plugin"])
    return [Goal("the plugin's share of app.synth()", share * 100, PLUGIN_SHARE * 100, "{:.1f} %")]


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
