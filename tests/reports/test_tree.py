from __future__ import annotations

import pytest

from ecr_ecs_constructs.pull.answer import Verdict
from ecr_ecs_constructs.pull.link import Link
from ecr_ecs_constructs.reports.style import Style
from ecr_ecs_constructs.reports.tree import render
from ecr_ecs_constructs.rules.judge import ContainerReport

LINKS = (
    Link("image", Verdict.HOLDS, "a reference"),
    Link("ami", Verdict.NOT_APPLICABLE, "Fargate"),
    Link("network", Verdict.BROKEN, "no \x1b[2Jroute"),
)
WEB = ContainerReport("web.yaml", "Task", "Web/Task/Resource", "web", "registry/web:1", LINKS)
SIDECAR = ContainerReport("web.yaml", "Task", None, "side\tcar", "registry/side:1", LINKS[:1])


@pytest.mark.parametrize(
    ("colour", "ascii_only", "expected"),
    [
        pytest.param(
            False,
            False,
            """\
container Web/Task/Resource web: broken
│ registry/web:1
├─ image        holds          a reference
├─ ami          not-applicable Fargate
└─ network      broken         no \\x1b[2Jroute

container web.yaml Task side\\tcar: proven
│ registry/side:1
└─ image        holds          a reference
""",
            id="plain",
        ),
        pytest.param(
            False,
            True,
            """\
container Web/Task/Resource web: broken
| registry/web:1
|- image        holds          a reference
|- ami          not-applicable Fargate
`- network      broken         no \\x1b[2Jroute

container web.yaml Task side\\tcar: proven
| registry/side:1
`- image        holds          a reference
""",
            id="ASCII",
        ),
        pytest.param(
            True,
            False,
            """\
container Web/Task/Resource web: \x1b[31mbroken\x1b[0m
│ registry/web:1
├─ image        \x1b[32mholds\x1b[0m          a reference
├─ ami          \x1b[2mnot-applicable\x1b[0m Fargate
└─ network      \x1b[31mbroken\x1b[0m         no \\x1b[2Jroute

container web.yaml Task side\\tcar: \x1b[32mproven\x1b[0m
│ registry/side:1
└─ image        \x1b[32mholds\x1b[0m          a reference
""",
            id="coloured",
        ),
    ],
)
def test_tree(colour: bool, ascii_only: bool, expected: str) -> None:
    assert render([WEB, SIDECAR], Style(colours=colour), ascii_only=ascii_only) == expected


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("field", ["template", "construct_path", "container", "image"])
def test_no_line_begins_with_text_from_a_template(field: str, ascii_only: bool) -> None:
    """GitHub Actions takes a line that begins with `::` for a command."""
    command = "::error::no"
    container = SIDECAR._replace(**{field: command}, links=(Link("image", Verdict.HOLDS, command),))  # type: ignore[arg-type]
    lines = render([container], ascii_only=ascii_only).splitlines()
    assert sum(command in line for line in lines) == 2
    assert [line for line in lines if line.lstrip().startswith("::")] == []
