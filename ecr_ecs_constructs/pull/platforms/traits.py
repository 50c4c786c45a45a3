"""The architecture and the operating system, as images, tasks and container instances name them.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#runtime-platform
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-arm64.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ECS_Windows.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from ecr_ecs_constructs.pull.containers import ARCHITECTURE_KEY, FAMILY_KEY
from ecr_ecs_constructs.pull.machines.machines import Machine, Values
from ecr_ecs_constructs.pull.texts.pattern import Truth

WINDOWS = "WINDOWS"
"""The family of an image whose platform is Windows: the platform does not say of which version."""

OFF_FARGATE = frozenset({"WINDOWS_SERVER_2004_CORE", "WINDOWS_SERVER_2016_FULL", "WINDOWS_SERVER_20H2_CORE"})
"""The families that only container instances have."""

_FAMILIES = frozenset(f"WINDOWS_SERVER_{year}_{kind}" for year in (2019, 2022, 2025) for kind in ("CORE", "FULL"))


class Trait(NamedTuple):
    """Architecture or operating system: an image, its task and what runs it have to agree in it.

    Attributes:
        key: what a task's `RuntimePlatform` calls it.
        name: what people call it.
        default: what it is where ECS brings the machines and the task says nothing.
        values: what a task can say, and what that is called here.
        parts: what the platform of an image can say, and what that is called here.
        part: which part of the platform says it.
        is_heeded: whether ECS puts a task that says it only on container instances that have it.
        of: tells what container instances have, None where it is not known.
        shown: tells it to people.
    """

    key: str
    name: str
    default: str
    values: Mapping[str, str]
    parts: Mapping[str, str]
    part: int
    is_heeded: bool
    of: Callable[[Machine], Values | None]
    shown: Callable[[Machine], str]


def _shown_architecture(machine: Machine) -> str:
    chosen, has = machine.types.chosen, machine.architectures
    return chosen if has is None else f"{chosen} ({' or '.join(sorted(has))})"


def _shown_system(machine: Machine) -> str:
    return machine.ami.product.name if machine.ami.product is not None else str(machine.ami)


ARCHITECTURE = Trait(
    ARCHITECTURE_KEY,
    "architecture",
    "X86_64",
    {"X86_64": "x86_64", "ARM64": "arm64"},
    {"amd64": "x86_64", "arm64": "arm64"},
    part=1,
    is_heeded=True,
    of=lambda machine: machine.architectures,
    shown=_shown_architecture,
)
SYSTEM = Trait(
    FAMILY_KEY,
    "operating system",
    "LINUX",
    {family: family for family in ("LINUX", *_FAMILIES, *OFF_FARGATE)},
    {"linux": "LINUX", "windows": WINDOWS},
    part=0,
    is_heeded=False,
    of=lambda machine: machine.families,
    shown=_shown_system,
)
TRAITS = (ARCHITECTURE, SYSTEM)


def fits(wanted: str, has: str) -> Truth:
    """Return whether what is wanted is there.

    A Windows container needs a host of its own version. A task that names another one is not surely broken: what its
    image is built on is not in the templates, and that ECS heeds the name is not documented.
    """
    if wanted == has:
        return True
    if not (wanted.startswith(WINDOWS) and has.startswith(WINDOWS)):
        return False
    return True if WINDOWS in (wanted, has) else None
