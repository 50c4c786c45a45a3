"""A report with one of each, for the tests of its forms."""

from __future__ import annotations

from ecr_ecs_constructs.cloudformation.positions import Position
from ecr_ecs_constructs.pull.answer import Verdict
from ecr_ecs_constructs.pull.link import Link
from ecr_ecs_constructs.rules.fingerprints import FindingKey
from ecr_ecs_constructs.rules.judge import ContainerReport, Report
from ecr_ecs_constructs.rules.rule import Finding, Severity

CONTAINER = ContainerReport(
    template="out/Web.template.json",
    logical_id="Task",
    construct_path="Web/Task/Resource",
    container="web",
    image="nginx",
    links=(
        Link("image", Verdict.BROKEN, "nginx has no ECR registry"),
        Link("network", Verdict.UNKNOWN, "imported VPC"),
    ),
)

FINDING = Finding(
    rule="unqualified-image",
    severity=Severity.ERROR,
    verdict=Verdict.BROKEN,
    template="out/Web.template.json",
    logical_id="Task",
    construct_path="Web/Task/Resource",
    location="Properties.ContainerDefinitions[0].Image",
    message="container 'web': image 'nginx' has no ECR registry",
    fix="Name the image in full.",
    source="stacks/web.py:31",
    position=Position(7, 11),
)

REPORT = Report(
    templates=2,
    resources=5,
    containers=(
        CONTAINER,
        CONTAINER._replace(container="log", links=(Link("image", Verdict.HOLDS, "it is one"),)),
        CONTAINER._replace(container="sidecar", links=(Link("image", Verdict.UNKNOWN, "who knows"),)),
    ),
    findings=(
        FINDING,
        FINDING._replace(severity=Severity.WARNING, source=None, verdict=Verdict.UNKNOWN, position=None),
        FINDING._replace(severity=Severity.INFO, source=None, construct_path=None, acknowledged="mirrored"),
        FINDING._replace(in_baseline=True),
    ),
    gone=(FindingKey.of(FINDING)._replace(message="another one"),),
)

EMPTY = Report(templates=1, resources=1, containers=(), findings=())
