"""Where the parts of a template are written, in JSON and in YAML."""

from __future__ import annotations

import json

import pytest

from ecr_ecs_constructs.cloudformation.positions import TemplatePositions

YAML = """\
# a comment
Resources:
  Task: # another
    Type: AWS::ECS::TaskDefinition
    Properties:
      Cpu: !If [Small, 256, 512]
      ContainerDefinitions:
        - Name: web
          Image: &image nginx
          Environment: {"a.b": c, "a[0]": d}
        -
          Image: !Join ["", [a, b]]
          Environment: !If
            - Small
            - - Name: NAME
            - !Ref AWS::NoValue
  Merged:
    Type: T
    Properties:
      <<: {Cpu: 1, Image: *image}
      Cpu: 2
  Fn::ForEach::Loop:
    - Name
    - [One, Two]
    - Bucket${Name}:
        Type: AWS::S3::Bucket
        Properties: {BucketName: x}
  Fn::ForEach::Outer:
    - Name
    - [One, Two]
    - Fn::ForEach::Inner:
        - Other
        - [A, B]
        - Queue${Name}${Other}:
            Type: AWS::SQS::Queue
            DependsOn: X
"""
JSON = """\
{
  "Outputs": {"a": "\\"Resources\\": {}"},
  "Resources": {
    "Task": {"Type": "AWS::ECS::TaskDefinition",\t"Properties": {
      "ContainerDefinitions": [{"Image": "é", "Cpu": 1e2}, {"Name": "log",
        "Image": {"Fn::If": ["Small", "a", {"Ref": "B"}]}}],
      "Cpu": 1, "Cpu": 2, "Tags": []
    } }
  }
}
"""
IMAGE = "Properties.ContainerDefinitions[{}].Image"


@pytest.mark.parametrize(
    ("logical_id", "location", "expected"),
    [
        pytest.param("Task", IMAGE.format(0), (9, 11), id="property"),
        pytest.param("Task", "Properties.ContainerDefinitions[0]", (8, 11), id="element"),
        pytest.param("Task", "Properties.ContainerDefinitions[1]", (12, 11), id="element-below-its-dash"),
        pytest.param("Task", "Properties.ContainerDefinitions", (7, 7), id="list"),
        pytest.param("Task", "", (3, 3), id="resource"),
        pytest.param("Task", "Properties.Cpu.Fn::If[1]", (6, 24), id="short-form"),
        pytest.param("Task", "Properties.ContainerDefinitions[1].Environment.Fn::If[1][0].Name", (15, 17), id="branch"),
        pytest.param("Task", f"{IMAGE.format(1)}.Fn::Join[1][1]", (12, 33), id="argument"),
        pytest.param("Task", "Properties.ContainerDefinitions[0].Environment.a.b", (10, 25), id="key-with-dots"),
        pytest.param("Task", "Properties.ContainerDefinitions[0].Environment.a[0]", (10, 35), id="key-with-brackets"),
        pytest.param("Task", "Properties.Cpu…", (6, 7), id="opaque"),
        pytest.param("Task", "Properties.RuntimePlatform.CpuArchitecture", (5, 5), id="absent"),
        pytest.param("Task", "Properties.ContainerDefinitions[7].Image", (7, 7), id="absent-element"),
        pytest.param("Task", "DependsOn", (3, 3), id="absent-attribute"),
        pytest.param("Merged", "Properties.Image", (20, 20), id="merged"),
        pytest.param("Merged", "Properties.Cpu", (21, 7), id="before-what-is-merged"),
        pytest.param("BucketTwo", "Properties.BucketName", (27, 22), id="loop"),
        pytest.param("QueueOneB", "DependsOn", (36, 13), id="loop-in-a-loop"),
        pytest.param("TopicOne", "Properties", (2, 1), id="no-such-resource"),
        pytest.param("", "Resources.Merged.Type", (18, 5), id="template"),
    ],
)
def test_yaml(logical_id: str, location: str, expected: tuple[int, int]) -> None:
    assert TemplatePositions(YAML).of(logical_id, location) == expected
    assert TemplatePositions(YAML.replace("\n", "\r\n")).of(logical_id, location) == expected


@pytest.mark.parametrize(
    ("logical_id", "location", "expected"),
    [
        pytest.param("Task", IMAGE.format(0), (5, 33), id="property"),
        pytest.param("Task", "Properties.ContainerDefinitions[0].Cpu", (5, 47), id="behind-a-letter-beyond-ascii"),
        pytest.param("Task", "Properties.ContainerDefinitions[1]", (5, 60), id="element"),
        pytest.param("Task", f"{IMAGE.format(1)}.Fn::If[2].Ref", (6, 45), id="branch"),
        pytest.param("Task", "Properties.Cpu", (7, 17), id="the-last-of-two"),
        pytest.param("Task", "Properties.Tags[0]", (7, 27), id="empty-list"),
        pytest.param("Task", "Properties", (4, 50), id="behind-a-tab"),
        pytest.param("Gone", "Properties", (3, 3), id="no-such-resource"),
    ],
)
def test_json(logical_id: str, location: str, expected: tuple[int, int]) -> None:
    assert TemplatePositions(JSON).of(logical_id, location) == expected


def test_flow_style() -> None:
    assert TemplatePositions("{Resources: {A: {\n Type: T}}}").of("A", "Type") == (2, 2)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param({"TemplateBody": json.loads(JSON)}, (9, 5), id="object"),
        pytest.param({"TemplateBody": JSON}, (2, 2), id="text"),
    ],
)
def test_answer_of_get_template(answer: dict[str, object], expected: tuple[int, int]) -> None:
    text = json.dumps(answer, indent=1)
    assert TemplatePositions(text, ("TemplateBody",)).of("Task", "Properties") == expected
