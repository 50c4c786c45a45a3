"""What the tests of constructs read out of synthesized templates."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from aws_cdk.assertions import Template

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk import Stack

FOUR = {
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
    "ecr:GetAuthorizationToken",
}
THREE = FOUR - {"ecr:GetAuthorizationToken"}


def properties(stack: Stack, type: str) -> list[Any]:
    """The properties of all resources of a type."""
    return [resource.get("Properties", {}) for resource in Template.from_stack(stack).find_resources(type).values()]


def only(stack: Stack, type: str) -> Any:
    """The properties of the only resource of a type."""
    (found,) = properties(stack, type)
    return found


def statements(stack: Stack) -> list[Any]:
    """The statements of all policies of a stack, with actions and resources as lists."""
    found = []
    for policy in properties(stack, "AWS::IAM::Policy"):
        for statement in policy["PolicyDocument"]["Statement"]:
            assert statement.pop("Effect") == "Allow"
            found.append({**statement, **{key: _list(statement[key]) for key in ("Action", "Resource")}})
    return found


def pulls(stack: Stack) -> dict[str, set[str]]:
    """The actions of Amazon ECR that the policies of a stack allow, by resource in one line."""
    found: dict[str, set[str]] = {}
    for statement in statements(stack):
        assert "Condition" not in statement or not any(action.startswith("ecr:") for action in statement["Action"])
        for resource in statement["Resource"]:
            actions = {action for action in statement["Action"] if action.startswith("ecr:")}
            if actions:
                found.setdefault(line(resource), set()).update(actions)
    return found


def line(value: Any) -> str:
    """A value of a template in one line, as `Fn::Sub` writes it."""
    match value:
        case str():
            return value
        case {"Ref": name}:
            return f"${{{name}}}"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"${{{name}.{attribute}}}"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(map(line, parts))
        case {"Fn::Sub": str(text)}:
            return text
        case {"Fn::ImportValue": name}:
            return f"${{import {line(name)}}}"
        case {"Fn::Select": [index, {"Fn::Split": [separator, whole]}]}:
            return f"${{{line(whole)} at {index}}}"
    raise AssertionError(value)


def arguments(function: Callable[..., Any]) -> set[str]:
    return set(inspect.signature(function).parameters)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
