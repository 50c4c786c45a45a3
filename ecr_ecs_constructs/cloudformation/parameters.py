"""The parameters of a template as they are declared, and what stands for them in a world.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ecr_ecs_constructs.cloudformation.choices import Variable
from ecr_ecs_constructs.cloudformation.functions import NO_VALUE, referred
from ecr_ecs_constructs.cloudformation.template import Node, Template
from ecr_ecs_constructs.cloudformation.values import Content, scalar


def is_list(declared: Mapping[str, Node]) -> bool:
    """Return whether a parameter's value is a list, written with commas."""
    kind = str(declared.get("Type", ""))
    return "CommaDelimitedList" in kind or "List<" in kind


def is_stored(declared: Mapping[str, Node]) -> bool:
    """Return whether a parameter's value lies in Systems Manager: what is given for it is only its name there."""
    return str(declared.get("Type", "")).startswith("AWS::SSM::Parameter::Value<")


def allowed_values(declared: Mapping[str, Node]) -> tuple[str, ...]:
    """Return the values, or those of the elements, that a parameter may have; none where they are not told."""
    values = declared.get("AllowedValues")
    allowed = [scalar(item) for item in values] if isinstance(values, list) else []
    return () if None in allowed else tuple(dict.fromkeys(item for item in allowed if item is not None))


def constraint(declared: Mapping[str, Node]) -> str | None:
    """Return the regular expression that a parameter's value must match, or each element of its list."""
    if is_stored(declared):
        return None  # its constraints are on its name in Systems Manager
    if allowed := allowed_values(declared):
        return "|".join(map(re.escape, allowed))
    pattern = declared.get("AllowedPattern")
    return pattern if isinstance(pattern, str) else None


def variable_of(template: Template, name: str) -> Variable:
    """Return what stands for a parameter in a world; pseudo parameters are the same in all templates."""
    template, name = origin_of(template, name)
    return (name,) if name.startswith("AWS::") else (template, name)


def origin_of(template: Template, name: str) -> tuple[Template, str]:
    """Return the parameter that a parent refers a nested stack's parameter to, itself where that is not so."""
    while not name.startswith("AWS::") and template.parent is not None:
        passed = template.parent.properties.get("Parameters")
        node = passed.get(name) if isinstance(passed, dict) else None
        outer = referred(node)
        if outer is None or node == NO_VALUE or is_stored(template.declared.get(name, {})):
            break
        template, name = template.parent.template, outer
    return template, name


def variable_referred(template: Template, node: Content) -> Variable | None:
    """Return what stands in a world for the value of a node that refers to a parameter, None for any other."""
    name = node.get("Ref") if isinstance(node, dict) else None
    if not isinstance(name, str):
        return None
    origin, name = origin_of(template, name)
    # What is chosen for a parameter in Systems Manager is its name there, not its value.
    return None if is_stored(origin.declared.get(name, {})) else variable_of(origin, name)
