# ruff: noqa: E501 - in a table, a case is a line
"""Images that are parameters of the stack: taken where only references of one repository fit, else the way out is told."""

from __future__ import annotations

import re
from typing import Any

import pytest
from aws_cdk import App, CfnParameter, Environment, Stack, assertions
from aws_cdk import aws_ssm as ssm

from ecr_ecs_constructs import EcrFargateTaskDefinition
from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.rules.judge import judge

OWN = "111122223333.dkr.ecr.us-east-1.amazonaws.com"
HOST = r"111122223333\.dkr\.ecr\.us-east-1\.amazonaws\.com"


def stack_with(image: str, **options: Any) -> Stack:
    """A stack whose container has an image, in which `{}` is a parameter."""
    stack = Stack(App(), "Stack", env=Environment(account="111122223333", region="us-east-1"))
    parameter = CfnParameter(stack, "Image", **options)
    task = EcrFargateTaskDefinition(stack, "Task")
    task.add_container("web", image=image.format(parameter.value_as_string))
    return stack


def granted(stack: Stack) -> list[str]:
    """The repositories that the execution role may pull from."""
    policies = assertions.Template.from_stack(stack).find_resources("AWS::IAM::Policy")
    statements = [
        statement for policy in policies.values() for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    pulls = [statement["Resource"] for statement in statements if "ecr:BatchGetImage" in statement["Action"]]
    return [re.sub(r".*:repository/", "", resource["Fn::Join"][1][-1]) for resource in pulls]


@pytest.mark.parametrize(
    ("image", "options", "repository"),
    [
        pytest.param("{}", {"allowed_pattern": rf"^{HOST}/team/app:[0-9.]+$"}, "team/app", id="pattern"),
        pytest.param("{}", {"allowed_pattern": rf"{HOST}/team/app:[0-9.]{{1,9}}"}, "team/app", id="pattern-without-anchors"),
        pytest.param("{}", {"allowed_pattern": rf"{HOST}/team/app@sha256:[0-9a-f]{{64}}"}, "team/app", id="pattern-of-digests"),
        pytest.param("{}", {"allowed_values": [f"{OWN}/team/app:1", f"{OWN}/team/app:2"]}, "team/app", id="values"),
        pytest.param("{}", {"allowed_values": [f"{OWN}/team/app:1"]}, "team/app", id="one-value"),
        pytest.param("{}", {"allowed_pattern": rf"{HOST}/team/app:.*"}, "team/app", id="pattern-with-a-free-tag"),
        pytest.param(OWN + "/team/{}", {"allowed_pattern": "app:[a-z]{1,9}"}, "team/app", id="name-and-tag"),
        pytest.param(OWN + "/team/app:{}", {"allowed_pattern": "[a-z]{1,9}"}, "team/app", id="tag-with-a-pattern"),
        pytest.param(OWN + "/team/app:{}", {}, "team/app", id="tag"),
        pytest.param(OWN + "/team/app:{}", {"type": "AWS::SSM::Parameter::Value<String>"}, "team/app", id="stored-tag"),
    ],
)  # fmt: skip
def test_taken(image: str, options: dict[str, Any], repository: str) -> None:
    stack = stack_with(image, **options)
    assert granted(stack) == [repository]
    app = stack.node.root
    assert isinstance(app, App)
    (container,) = judge(load([app.synth().directory])).containers
    assert [str(link.verdict) for link in container.links if link.name in ("image", "permission")] == ["holds", "holds"]


AT = "'Stack/Image': give it an allowed_pattern or allowed_values that only references of one repository fit, or take only the tag from it: EcrImage.from_ecr_repository(repository, tag)"
UNKNOWN = f"it is known only at deployment; it is parameter {AT}"
SEVERAL = f"it has a repository that is known only at deployment; it is parameter {AT}"


@pytest.mark.parametrize(
    ("image", "options", "message"),
    [
        pytest.param("{}", {}, UNKNOWN, id="free"),
        pytest.param("{}", {"default": f"{OWN}/team/app:1"}, UNKNOWN, id="default-alone"),
        pytest.param("{}", {"allowed_pattern": "nginx:.*"}, "it can become no reference of an ECR image", id="pattern-of-others"),
        pytest.param("{}", {"allowed_pattern": rf"{HOST}/team/app:?[0-9]+"}, "it is known only at deployment; what its pattern admits includes", id="tag-that-may-lack"),
        pytest.param("{}", {"allowed_pattern": rf"{HOST}/(?:team|other)/app:[0-9]+"}, SEVERAL, id="pattern-of-two-repositories"),
        pytest.param("{}", {"allowed_values": [f"{OWN}/team/app:1", f"{OWN}/team/web:1"]}, SEVERAL, id="values-of-two-repositories"),
        pytest.param("{}", {"allowed_values": [f"{OWN}/team/app:1", "nginx"]}, "it is known only at deployment; what its pattern admits includes 'nginx'", id="a-value-of-others"),
        pytest.param("{}", {"type": "AWS::SSM::Parameter::Value<String>", "default": "/team/image", "allowed_pattern": rf"^{HOST}/team/app:[0-9]+$"}, "it is known only at deployment; it is parameter '/team/image' of Systems Manager, which may hold any text: take only the tag from it: EcrImage.from_ecr_repository(repository, tag)", id="stored"),
        pytest.param("{}", {"type": "CommaDelimitedList"}, "", id="list"),
    ],
)  # fmt: skip
def test_refused(image: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises((RuntimeError, ValueError)) as raised:
        stack_with(image, **options)
    assert message in str(raised.value)


def test_value_of_systems_manager() -> None:
    stack = Stack(App(), "Stack")
    task = EcrFargateTaskDefinition(stack, "Task")
    with pytest.raises(ValueError, match="parameter '/app/image' of Systems Manager, which may hold any text"):
        task.add_container("web", image=ssm.StringParameter.value_for_string_parameter(stack, "/app/image"))
