"""The pull path of each container as a tree, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ecr_ecs_constructs.pull.answer import Verdict
from ecr_ecs_constructs.reports.style import PLAIN, Style
from ecr_ecs_constructs.reports.text import escape
from ecr_ecs_constructs.rules.judge import ContainerReport

_NAME_WIDTH = max(map(len, ("image", "repository", "permission", "placement", "architecture", "network")))
_VERDICT_WIDTH = max(len(verdict.value) for verdict in Verdict)


def render(containers: Sequence[ContainerReport], style: Style = PLAIN, *, ascii_only: bool = False) -> str:
    """Return containers as trees: each with its verdict, and below it the links of its pull path with their evidence.

    Args:
        containers: what the judge says of them.
        style: the means of the terminal.
        ascii_only: whether the branches are drawn in ASCII.
    """
    branches = ("|", "|-", "`-") if ascii_only else ("│", "├─", "└─")
    return "\n".join("\n".join(_lines(container, style, branches)) + "\n" for container in containers)


def _lines(container: ContainerReport, style: Style, branches: tuple[str, str, str]) -> Iterator[str]:
    trunk, fork, end = branches
    place = container.construct_path or f"{container.template} {container.logical_id}"
    verdict = style.painted(container.verdict)
    # A line that begins with text from a template could be a command to a CI service, such as `::error`.
    yield f"container {escape(place)} {escape(container.container)}: {verdict}"
    yield f"{trunk} {escape(container.image)}"
    for link in container.links:
        branch = end if link is container.links[-1] else fork
        padding = " " * (_VERDICT_WIDTH - len(link.verdict.value))
        name = f"{link.name:<{_NAME_WIDTH}}"
        yield f"{branch} {name} {style.painted(link.verdict.value)}{padding} {escape(link.evidence)}"
