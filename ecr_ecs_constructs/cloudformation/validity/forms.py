"""The forms of intrinsic functions: which arguments CloudFormation takes for each.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ecr_ecs_constructs.cloudformation.functions import function_of
from ecr_ecs_constructs.cloudformation.template import Node, Resource
from ecr_ecs_constructs.cloudformation.validity.faults import Fault, Guards, branches
from ecr_ecs_constructs.cloudformation.validity.schemas import schema_of


def misused(resource: Resource) -> Iterator[Fault]:
    """Yield the functions in the properties of a resource that have not the form that CloudFormation asks for.

    Args:
        resource: the resource.
    """
    return _misused(resource, resource.properties, "Properties", ())


def _misused(resource: Resource, node: Node, location: str, guards: Guards) -> Iterator[Fault]:
    for own, place, part in branches(node, location, guards):
        name, argument = function_of(part) or ("", None)
        takes = _FORMS.get(name)
        if takes is not None and not takes(argument):
            yield Fault(resource, own, place, f"is {name} of what it does not take")
        elif name == "Fn::GetAtt" and (lacking := _lacking(resource, argument)):
            yield Fault(resource, own, place, f"refers to {lacking}", None)
        elif isinstance(part, dict):
            for key, value in part.items():
                yield from _misused(resource, value, f"{place}.{key}", own)
        elif isinstance(part, list):
            for index, value in enumerate(part):
                yield from _misused(resource, value, f"{place}[{index}]", own)


def _lacking(resource: Resource, argument: object) -> str:
    """Return the attribute that is asked for and that its type does not have, nothing where it has it."""
    names = argument.split(".", 1) if isinstance(argument, str) else argument
    if not isinstance(names, list):
        return ""
    name, attribute = names
    target = resource.template.resources.get(name)
    types = schema_of(target.type) if target is not None else None
    if target is None or types is None or not isinstance(attribute, str) or attribute in types.attributes:
        return ""
    return f"{name}.{attribute}, an attribute that {target.type} does not have"


def _is_text(node: object) -> bool:
    """Return whether a node is a text that is not empty, or may give one."""
    return bool(node) if isinstance(node, str) else isinstance(node, (int, float)) or _is_function(node)


def _is_any_text(node: object) -> bool:
    return node == "" or _is_text(node)


def _is_function(node: object) -> bool:
    return isinstance(node, dict) and len(node) == 1 and (function_of(node) is not None or "Condition" in node)


def _is_list(node: object) -> bool:
    return isinstance(node, list) or _is_function(node)


def _are(*each: Callable[[object], bool]) -> Callable[[object], bool]:
    """Return whether an argument is a list with an element for each of some forms."""
    return lambda node: isinstance(node, list) and len(node) == len(each) and all(map(_apply, each, node))


def _apply(form: Callable[[object], bool], node: object) -> bool:
    return form(node)


def _is_substituted(node: object) -> bool:
    return isinstance(node, str) or (isinstance(node, list) and len(node) == 2 and isinstance(node[1], dict))


def _is_attribute(node: object) -> bool:
    if isinstance(node, str):
        return all(node.partition("."))
    return _are(_is_name, _is_text)(node)


def _is_name(node: object) -> bool:
    return isinstance(node, str) and bool(node)


_FORMS: Mapping[str, Callable[[object], bool]] = {
    "Ref": _is_text,
    "Fn::Base64": _is_any_text,
    "Fn::GetAZs": _is_any_text,
    "Fn::GetAtt": _is_attribute,
    "Fn::ImportValue": _is_text,
    "Fn::Join": _are(_is_any_text, _is_list),
    "Fn::Select": _are(_is_text, _is_list),
    "Fn::Split": _are(_is_text, _is_any_text),
    "Fn::Sub": _is_substituted,
}
"""By function, whether it takes an argument; functions within it give what is asked for as far as that is known."""
