"""The template family: what was not seen is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecr_ecs_constructs.rules import template as family
from tests.judging import findings, line, write

NESTED = "Resources: {Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: %s}}}"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        pytest.param(
            NESTED % "https://s3.amazonaws.com/templates/inner.yaml",
            [
                "unverifiable-template? Inner.Properties.TemplateURL: cannot verify nested stack Inner: "
                "its template is not in what was judged"
            ],
            id="nested stack elsewhere",
        ),
        pytest.param(
            NESTED % "!Ref AWS::NoValue",
            [
                "unverifiable-template? Inner.Properties.TemplateURL: cannot verify nested stack Inner: "
                "its template is not in what was judged"
            ],
            id="nested stack nowhere",
        ),
        pytest.param(NESTED % "inner.yaml", [], id="nested stack beside"),
        pytest.param(
            "Transform: [AWS::LanguageExtensions, Ours]\nResources: {A: {Type: AWS::S3::Bucket}}",
            ["unverifiable-template? A.: cannot verify the template: the macro Ours rewrites it at deployment"],
            id="macro",
        ),
        pytest.param(
            "Transform: {Name: Ours}\nResources: {A: {Type: AWS::S3::Bucket}}",
            ["unverifiable-template? A.: cannot verify the template: the macro Ours rewrites it at deployment"],
            id="macro as an object",
        ),
        pytest.param(
            "Transform: AWS::Serverless-2016-10-31\nResources: {A: {Type: AWS::S3::Bucket}}", [], id="macro of AWS"
        ),
        pytest.param(
            "Resources: {A: {Type: Org::Team::Service::MODULE}}",
            [
                "unverifiable-template? A.Properties: cannot verify A: what Org::Team::Service::MODULE makes is known "
                "only at deployment"
            ],
            id="module",
        ),
        pytest.param(
            "Resources: {A: {Type: AWS::Serverless::Application, Properties: {Location: {ApplicationId: a}}}}",
            [
                "unverifiable-template? A.Properties: cannot verify A: what AWS::Serverless::Application makes is "
                "known only at deployment"
            ],
            id="serverless application",
        ),
        pytest.param(
            "Resources: {A: {Type: AWS::ServiceCatalog::CloudFormationProvisionedProduct}}",
            [
                "unverifiable-template? A.Properties: cannot verify A: what "
                "AWS::ServiceCatalog::CloudFormationProvisionedProduct makes is known only at deployment"
            ],
            id="provisioned product",
        ),
        pytest.param(
            "Transform: {Name: AWS::Include}\nResources: {A: {Type: AWS::S3::Bucket}}",
            ["unverifiable-template? A.: cannot verify the template: the macro AWS::Include rewrites it at deployment"],
            id="include of AWS",
        ),
        pytest.param(
            "Resources: {'Fn::Transform': {Name: AWS::Include, Parameters: {Location: s3://b/k}}}",
            [
                "unverifiable-template? Fn::Transform.Properties: cannot verify Fn::Transform: "
                "what Fn::Transform makes is known only at deployment"
            ],
            id="included resources",
        ),
        pytest.param("Transform: Ours\nResources: {}", [], id="no resource that a macro could say it of"),
    ],
)
def test_what_was_not_seen(tmp_path: Path, template: str, expected: list[str]) -> None:
    (tmp_path / "inner.yaml").write_text("Resources: {A: {Type: AWS::S3::Bucket}}", encoding="utf-8")
    assert [line(f) for f in findings(write(tmp_path, template), [family.unverifiable_template])] == expected
