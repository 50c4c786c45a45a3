"""A refusal of CloudFormation or of Amazon ECS."""

from __future__ import annotations

from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.texts.pattern import Truth


class Refusal(NamedTuple):
    """Something that CloudFormation or Amazon ECS refuses to make, or may refuse.

    Attributes:
        resource: the resource that is refused.
        location: the place in it that is wrong.
        why: what is wrong there, in words.
        taken: False where it is refused; None where a value that is known only at deployment decides that.
    """

    resource: Resource
    location: str
    why: str
    taken: Truth = False
