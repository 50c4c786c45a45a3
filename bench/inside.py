"""What is measured inside one Python process, fresh for each call; prints one JSON object.

`python -m bench.inside write FOLDER RESOURCES ROLES VPCS` writes an assembly; `json`, `judge` and `both` with
`FOLDER RUNS` give the seconds of each run of `json.load` of the templates, of load and judge, or of both in turn:
seconds of this process alone, so that what else the machine does counts little.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.assembly import write
from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.rules.judge import judge


def _write(folder: Path, resources: str, roles: str, vpcs: str) -> dict[str, object]:
    assembly = write(folder, int(resources), roles=int(roles), vpcs=int(vpcs))
    return {
        "templates": [str(template) for template in assembly.templates],
        "resources": assembly.resources,
        "planted": len(assembly.planted),
    }


def _json(folder: Path) -> object:
    bodies = []
    for file in sorted(folder.glob("*.template.json")):
        with file.open("rb") as content:
            bodies.append(json.load(content))
    return bodies


def _judge(folder: Path) -> object:
    templates = load([folder])
    return judge(templates)


_TASKS: dict[str, dict[str, Callable[[Path], object]]] = {
    "json": {"json": _json},
    "judge": {"judge": _judge},
    "both": {"json": _json, "judge": _judge},
}


def _measure(tasks: dict[str, Callable[[Path], object]], folder: Path, runs: int) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(runs):
        for name, task in tasks.items():
            gc.collect()  # what the run before left is not this run's to clear away
            start = time.process_time()
            result = task(folder)
            seconds[name].append(time.process_time() - start)
            del result
    return seconds


def main(task: str, folder: str, *arguments: str) -> None:
    """Do a task and print what came of it."""
    result: object
    if task == "write":
        result = _write(Path(folder), *arguments)
    else:
        result = _measure(_TASKS[task], Path(folder), int(*arguments))
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
