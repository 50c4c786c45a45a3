"""The parameters of nested stacks: which of them a stack around must give, and which values it may give.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stack.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html (Parameters)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from ecr_ecs_constructs.cloudformation.functions import function_of, has_function
from ecr_ecs_constructs.cloudformation.template import Node, Resource, Template
from ecr_ecs_constructs.cloudformation.validity.faults import (
    Fault,
    Guards,
    branches,
    is_there,
    judged,
    presences,
)
from ecr_ecs_constructs.cloudformation.validity.forms import gives
from ecr_ecs_constructs.cloudformation.validity.sections import constrained, malformed

_PARAMETERS = "Properties.Parameters"


def misgiven(stack: Resource) -> Iterator[Fault]:
    """Yield what is wrong of the parameters that a nested stack is given, nothing for any other resource.

    Args:
        stack: the resource.
    """
    nested = stack.template.nested.get(stack.logical_id)
    if nested is None or has_function(stack.properties):
        return
    for guards, place, given in branches(stack.properties.get("Parameters", {}), _PARAMETERS, ()):
        parameters = given if isinstance(given, dict) and is_there(given) else {}
        if function_of(given) is None or not is_there(given):
            yield from _given(stack, nested, parameters, place, guards)


def _given(
    stack: Resource, nested: Template, given: Mapping[str, Node], location: str, guards: Guards
) -> Iterator[Fault]:
    """Yield what is wrong of the values that are given to a nested stack."""
    if has_function(given) or nested.macros or has_function(nested.declared):
        return  # what a transform adds is not known
    for name, declared in nested.declared.items():
        for own, is_present in presences(given, name) if "Default" not in declared else ():
            if not is_present:
                yield Fault(stack, (*guards, *own), location, f"has no {name}, which {nested.name} asks for")
    for name, value in given.items():
        for own, place, part in branches(value, f"{location}.{name}", guards):
            if not is_there(part):
                continue
            if name not in nested.declared:
                yield Fault(stack, own, place, f"is no parameter of {nested.name}")
            elif gives(stack.template, part) == "array":
                yield Fault(stack, own, place, "is a list, where it must be a text")
            else:
                judge = partial(_misfit, nested, nested.declared[name])
                yield from judged(Fault(stack, own, place, nodes=(part,), judge=judge))


def _misfit(nested: Template, declared: Mapping[str, Node], value: str) -> str:
    """Return what a value misses of what a nested stack asks of it, nothing where it has all."""
    why = constrained(declared, value) or malformed(declared, value)
    return f"is {value!r}, and {why} by {nested.name}" if why else ""
