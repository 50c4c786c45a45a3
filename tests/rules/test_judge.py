"""The judge: order, counts, acknowledgements; it depends on its arguments alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.pull.answer import Verdict
from ecr_ecs_constructs.pull.link import Link
from ecr_ecs_constructs.rules.catalogue import BY_ID
from ecr_ecs_constructs.rules.judge import ContainerReport, Report, find, judge
from tests.judging import ECR, line

if TYPE_CHECKING:
    from pathlib import Path

RULES = (BY_ID["unqualified-image"], BY_ID["unverifiable-image"], BY_ID["floating-tag"])


def task(*images: str, **attributes: Any) -> dict[str, Any]:
    containers = [{"Name": f"c{index}", "Image": reference} for index, reference in enumerate(images)]
    return {"Type": "AWS::ECS::TaskDefinition", "Properties": {"ContainerDefinitions": containers}, **attributes}


def nested(file: str, **parameters: str) -> dict[str, Any]:
    properties = {"TemplateURL": file, "Parameters": parameters}
    return {"Type": "AWS::CloudFormation::Stack", "Properties": properties}


def write(folder: Path, **templates: dict[str, Any]) -> None:
    for name, resources in templates.items():
        body = {"Resources": resources, "Parameters": {"Image": {"Type": "String"}}}
        (folder / f"{name}.json").write_text(json.dumps(body), encoding="utf-8")


def report(*paths: Path) -> Report:
    return judge(load(paths), rules=RULES)


def test_nothing(tmp_path: Path) -> None:
    write(tmp_path, a={})
    assert report(tmp_path / "a.json") == Report(1, 0, (), ())


def test_order_is_that_of_the_templates(tmp_path: Path) -> None:
    write(
        tmp_path,
        b={"Z": task("x", f"{ECR}/app:latest"), "A": task(*(str(number) for number in range(11)))},
        a={"Task": task(f"{ECR}/app:latest", "y")},
    )
    found = report(tmp_path / "b.json", tmp_path / "a.json").findings
    assert [(finding.template, finding.logical_id, finding.location, finding.rule) for finding in found] == [
        (str(tmp_path / f"{template}.json"), logical_id, f"Properties.ContainerDefinitions[{index}].Image", rule)
        for template, logical_id, index, rule in (
            ("b", "Z", 0, "unqualified-image"),
            ("b", "Z", 1, "floating-tag"),
            *(("b", "A", index, "unqualified-image") for index in range(11)),
            ("a", "Task", 0, "floating-tag"),
            ("a", "Task", 1, "unqualified-image"),
        )
    ]


def test_same_arguments_same_report(tmp_path: Path) -> None:
    write(tmp_path, a={"Task": task("x", f"{ECR}/app:latest"), "Other": task("y")}, b={"Task": task("z")})
    templates = load([tmp_path])
    assert judge(templates) == judge(templates) == judge(load([tmp_path]))
    assert judge(templates).findings == find(templates) == find(load([tmp_path]))


def test_template_used_twice_is_reported_once(tmp_path: Path) -> None:
    write(tmp_path, parent={"One": nested("child.json"), "Two": nested("child.json")}, child={"Task": task("x", "y")})
    found = report(tmp_path / "parent.json")
    assert (found.templates, found.resources) == (2, 3)
    assert [container.container for container in found.containers] == ["c0", "c1"]
    assert [line(finding) for finding in found.findings] == [
        "unqualified-image Task.Properties.ContainerDefinitions[0].Image: container 'c0': "
        "image 'x' has no ECR registry",
        "unqualified-image Task.Properties.ContainerDefinitions[1].Image: container 'c1': "
        "image 'y' has no ECR registry",
    ]


def test_template_used_differently_is_reported_for_each_use(tmp_path: Path) -> None:
    child = {"Task": task({"Ref": "Image"})}  # type: ignore[arg-type] # an image may be a reference
    write(
        tmp_path,
        parent={
            "One": nested("child.json", Image="x"),
            "Two": nested("child.json", Image="y"),
            "Three": nested("child.json", Image=f"{ECR}/app:1"),
        },
        child=child,
    )
    found = report(tmp_path / "parent.json")
    assert (found.templates, found.resources) == (2, 4)
    assert [container.image for container in found.containers] == ["x", "y", f"{ECR}/app:1"]
    assert [finding.message for finding in found.findings] == [
        "container 'c0': image 'x' has no ECR registry",
        "container 'c0': image 'y' has no ECR registry",
    ]


def link(verdict: Verdict) -> Link:
    return Link("image", verdict, "")


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        pytest.param([Verdict.HOLDS, Verdict.HOLDS], "proven", id="all hold"),
        pytest.param([Verdict.HOLDS, Verdict.NOT_APPLICABLE], "proven", id="one does not apply"),
        pytest.param([Verdict.HOLDS, Verdict.UNKNOWN], "unknown", id="one is unknown"),
        pytest.param([Verdict.UNKNOWN, Verdict.BROKEN, Verdict.HOLDS], "broken", id="one is broken"),
    ],
)
def test_verdict_of_a_container(verdicts: list[Verdict], expected: str) -> None:
    container = ContainerReport("a", "Task", None, "web", "x", tuple(map(link, verdicts)))
    assert container.verdict == expected


@pytest.mark.parametrize(
    ("reference", "image", "verdict"),
    [
        pytest.param(f"{ECR}/app:1", f"{ECR}/app:1", Verdict.HOLDS, id="good"),
        pytest.param("nginx", "nginx", Verdict.BROKEN, id="bad"),
        pytest.param({"Ref": "Image"}, "${Image}", Verdict.UNKNOWN, id="unknown"),
        pytest.param({"Fn::If": ["C", "x", f"{ECR}/app:1"]}, f"x | {ECR}/app:1", Verdict.BROKEN, id="one branch"),
        pytest.param(
            {"Fn::If": ["C", {"Ref": "Image"}, f"{ECR}/app:1"]},
            f"${{Image}} | {ECR}/app:1",
            Verdict.UNKNOWN,
            id="one branch unknown",
        ),
        pytest.param({"Fn::If": ["C", "x", "x"]}, "x", Verdict.BROKEN, id="the same in each branch"),
    ],
)
def test_container(tmp_path: Path, reference: Any, image: str, verdict: Verdict) -> None:
    write(tmp_path, a={"Task": task(reference)})
    (container,) = report(tmp_path / "a.json").containers
    assert (container.container, container.image, container.links[0].verdict) == ("c0", image, verdict)


def test_container_without_name_is_named_by_its_place(tmp_path: Path) -> None:
    write(tmp_path, a={"Job": {"Type": "AWS::Batch::JobDefinition", "Properties": {"ContainerProperties": {}}}})
    (container,) = report(tmp_path / "a.json").containers
    assert container.container == "Properties.ContainerProperties"


def assembly(folder: Path, metadata: dict[str, Any], **attributes: Any) -> Path:
    """An assembly of one stack `Stack` with a task `Stack/Service/Task`."""
    write(folder, a={"Task": task("nginx", **attributes)})
    artifact = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://unknown-account/unknown-region",
        "properties": {"templateFile": "a.json"},
        "metadata": {
            "/Stack/Service/Task": [{"type": "aws:cdk:logicalId", "data": "Task"}],
            **{path: [{"type": kind, "data": data}] for path, (kind, data) in metadata.items()},
        },
    }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": {"Stack": artifact}}), encoding="utf-8")
    return folder


ACKNOWLEDGED = "aws:cdk:acknowledged-rules"
OWN = {"ecr-ecs-constructs": {"acknowledge": {"unqualified-image": "in the template"}}}


@pytest.mark.parametrize(
    ("metadata", "own", "expected"),
    [
        pytest.param({}, {}, None, id="not"),
        pytest.param({"/Stack": (ACKNOWLEDGED, {"ecr-ecs::unqualified-image": "r"})}, {}, "r", id="on the stack"),
        pytest.param(
            {"/Stack/Service": (ACKNOWLEDGED, {"ecr-ecs::unqualified-image": "r"})}, {}, "r", id="on a construct"
        ),
        pytest.param(
            {
                "/Stack": (ACKNOWLEDGED, {"ecr-ecs::unqualified-image": "far"}),
                "/Stack/Service": (ACKNOWLEDGED, {"ecr-ecs::unqualified-image": "near"}),
            },
            {},
            "near",
            id="the nearest",
        ),
        pytest.param({"/Stack/Serv": (ACKNOWLEDGED, {"ecr-ecs::unqualified-image": "r"})}, {}, None, id="beside"),
        pytest.param({"/Stack": (ACKNOWLEDGED, {"ecr-ecs::floating-tag": "r"})}, {}, None, id="another rule"),
        pytest.param({"/Stack": (ACKNOWLEDGED, {"other::unqualified-image": "r"})}, {}, None, id="another plugin"),
        pytest.param({}, OWN, "in the template", id="in the template"),
        pytest.param(
            {"/Stack": (ACKNOWLEDGED, {"ecr-ecs::unqualified-image": "r"})},
            OWN,
            "in the template",
            id="the template's own counts first",
        ),
    ],
)
def test_acknowledgements_of_the_tree(
    tmp_path: Path, metadata: dict[str, Any], own: dict[str, Any], expected: str | None
) -> None:
    folder = assembly(tmp_path, metadata, Metadata=own)
    (finding,) = report(folder).findings
    assert (finding.construct_path, finding.acknowledged) == ("Stack/Service/Task", expected)
    (finding,) = find(load([folder]), rules=RULES, around={})
    assert finding.acknowledged == ("in the template" if own else None)


MADE = ("aws:cdk:creationStack", ["<module> (app.py:7)"])


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        pytest.param({}, None, id="not known"),
        pytest.param({"/Stack/Service": MADE}, "app.py:7", id="construct above"),
        pytest.param(
            {
                "/Stack": ("aws:cdk:creationStack", ["<module> (app.py:3)"]),
                "/Stack/Service": MADE,
            },
            "app.py:7",
            id="the nearest",
        ),
        pytest.param({"/Stack/Service/Task/Inner": MADE}, "app.py:7", id="construct below"),
        pytest.param({"/Stack/Other": MADE}, None, id="construct beside"),
    ],
)
def test_source(tmp_path: Path, metadata: dict[str, Any], expected: str | None) -> None:
    (finding,) = report(assembly(tmp_path, metadata)).findings
    assert finding.source == expected


def test_path_of_the_assembly_goes_before_that_of_an_included_template(tmp_path: Path) -> None:
    folder = assembly(tmp_path, {}, Metadata={"aws:cdk:path": "Another/App/Task"})
    assert [finding.construct_path for finding in report(folder).findings] == ["Stack/Service/Task"]
