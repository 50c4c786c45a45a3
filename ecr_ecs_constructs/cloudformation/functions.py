"""Intrinsic functions as they stand in a template.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ecr_ecs_constructs.cloudformation.values import Content

NO_VALUE = {"Ref": "AWS::NoValue"}
"""The node that stands for nothing: the property, or the element, that has it is not there."""

SUBSTITUTED = re.compile(r"\$\{(!?)([^${}]*)\}")
"""A place of the text of `Fn::Sub` that is filled in, or not where it begins with an exclamation mark."""


def function_of(node: Content) -> tuple[str, Content] | None:
    """Return the name and the argument of an intrinsic function, None for anything else."""
    if isinstance(node, dict) and len(node) == 1:
        for name, argument in node.items():
            if name == "Ref" or name[:4] == "Fn::":
                return name, argument
    return None


def has_function(node: Mapping[str, object]) -> bool:
    """Return whether a transform or a loop may add keys to an object."""
    # Every absent property asks this: nearly always, one look at all keys answers it.
    return "Fn::" in "".join(node) and any(key.startswith("Fn::") for key in node)


def referred(node: Content) -> str | None:
    """Return the name that a `Ref` refers to, None for anything else."""
    name = node.get("Ref") if isinstance(node, dict) and len(node) == 1 else None
    return name if isinstance(name, str) else None
