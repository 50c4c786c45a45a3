"""Parameters of a stack that hold the reference of an image, or a part of one.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import aws_cdk as cdk

from ecr_ecs_constructs.image_uri import Constrained, Piece, Placeholder

if TYPE_CHECKING:
    from collections.abc import Sequence

_FIRST = 0xE100
"""The private-use character that stands for the first parameter of a text."""


class ImageParameters:
    """The parameters that a text refers to, each with a character that stands for it there."""

    def __init__(self) -> None:
        self._found: list[cdk.CfnParameter] = []

    def character(self, parameter: cdk.CfnParameter) -> str:
        """Return the character that stands for a parameter.

        Args:
            parameter: the parameter.
        """
        if parameter not in self._found:
            self._found.append(parameter)
        return chr(_FIRST + self._found.index(parameter))

    @property
    def characters(self) -> str:
        """The characters of all of them."""
        return "".join(chr(_FIRST + index) for index in range(len(self._found)))

    def piece(self, character: str) -> Piece:
        """Return what a parameter can become, by its character."""
        pattern = _constraint(self._found[ord(character) - _FIRST])
        return Placeholder.ANY if pattern is None else Constrained(pattern)

    @property
    def advice(self) -> str:
        """The way out for the first of them, where they are no reference; empty for none."""
        if not self._found:
            return ""
        only_tag = "take only the tag from it: EcrImage.from_ecr_repository(repository, tag)"
        parameter = self._found[0]
        if _is_stored(parameter):
            return f"; it is parameter {parameter.default!r} of Systems Manager, which may hold any text: {only_tag}"
        return (
            f"; it is parameter {parameter.node.path!r}: give it an allowed_pattern or allowed_values that only "
            f"references of one repository fit, or {only_tag}"
        )


def _is_stored(parameter: cdk.CfnParameter) -> bool:
    """Return whether the value of a parameter lies in Systems Manager; its constraints are on its name there then."""
    return parameter.type.startswith("AWS::SSM::Parameter::Value<")


def _constraint(parameter: cdk.CfnParameter) -> str | None:
    """Return the regular expression that each value of a parameter matches as a whole, None for none."""
    if _is_stored(parameter) or parameter.type != "String":
        return None
    values: Sequence[str] | None = parameter.allowed_values
    return "|".join(map(re.escape, values)) if values else parameter.allowed_pattern
