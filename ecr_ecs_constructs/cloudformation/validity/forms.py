"""The forms of intrinsic functions: which arguments CloudFormation takes for each, and what each gives.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from ecr_ecs_constructs.cloudformation.functions import function_of, has_function
from ecr_ecs_constructs.cloudformation.parameters import is_list
from ecr_ecs_constructs.cloudformation.template import Node, Resource, Template
from ecr_ecs_constructs.cloudformation.validity.arguments import ungiven
from ecr_ecs_constructs.cloudformation.validity.faults import Fault, Guards, Holder, branches
from ecr_ecs_constructs.cloudformation.validity.references import attribute_of
from ecr_ecs_constructs.cloudformation.validity.schemas import schema_of
from ecr_ecs_constructs.cloudformation.values import Content

_LISTS = ("Fn::Cidr", "Fn::GetAZs", "Fn::Split")
_TEXTS = ("Fn::Base64", "Fn::GetStackOutput", "Fn::ImportValue", "Fn::Join", "Fn::Sub", "Fn::ToJsonString")
_PARTS, _LAST_PART = re.compile("[:/]|:[a-z-]+[:/]"), 6
"""Where an ARN is split, and the highest number of a part that it may have between colons.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

_MOST_ZONES = 6
"""How many Availability Zones the largest region has.

Source: https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html
"""


def misused(resource: Resource) -> Iterator[Fault]:
    """Yield the functions in the properties of a resource that have not the form that CloudFormation asks for.

    Args:
        resource: the resource.
    """
    return misused_in(resource, resource.properties, "Properties")


def misused_in(holder: Holder, node: Node, location: str, guards: Guards = ()) -> Iterator[Fault]:
    """Yield the functions in a node that have not the form that CloudFormation asks for.

    Args:
        holder: the resource, or the other entry of a template, that the node stands in.
        node: the node.
        location: where it stands.
        guards: the conditions around it.
    """
    for own, place, part in branches(node, location, guards):
        name, argument = function_of(part) or ("", None)
        takes = _FORMS.get(name)
        yield from ungiven(Fault(holder, own, place), name, argument)
        if takes is not None and not takes(holder.template, argument):
            yield Fault(holder, own, place, f"is {name} of what it does not take")
        elif name == "Fn::GetAtt" and (lacking := _lacking(holder.template, part)):
            yield Fault(holder, own, place, f"refers to {lacking}", None)
        elif name == "Fn::Select" and _is_beyond(argument):
            yield Fault(holder, own, place, "is an element of a list that may not have it", None)
        elif isinstance(part, dict):
            for key, value in part.items():
                if isinstance(value, (dict, list)):
                    yield from misused_in(holder, value, f"{place}.{key}", own)
        elif isinstance(part, list):
            for index, value in enumerate(part):
                if isinstance(value, (dict, list)):
                    yield from misused_in(holder, value, f"{place}[{index}]", own)


def gives(template: Template, node: Content) -> str | None:
    """Return whether a node gives an object, an array or a text, None where that is not known.

    Args:
        template: the template that the node stands in.
        node: the node.
    """
    function = function_of(node)
    if function is None:
        if node is None or (isinstance(node, dict) and has_function(node)):
            return None
        return "object" if isinstance(node, dict) else "array" if isinstance(node, list) else "text"
    name, argument = function
    if name == "Ref":
        declared = template.declared.get(str(argument))
        return "array" if argument == "AWS::NotificationARNs" or (declared and is_list(declared)) else "text"
    if name == "Fn::Select" and isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], list):
        index = _number(argument[0])
        return gives(template, argument[1][index]) if index is not None and index < len(argument[1]) else None
    if name == "Fn::GetAtt":
        return "text" if _identifies(template, node) else None
    return "array" if name in _LISTS else "text" if name in _TEXTS else None


def _identifies(template: Template, node: Content) -> bool:
    """Return whether an attribute is known to be the id, the ARN or the name of a resource."""
    name, attribute = attribute_of(node) or ("", "")
    target = template.resources.get(name)
    types = schema_of(target.type) if target is not None else None
    return types is not None and types.attributes is not None and bool(types.attributes.get(attribute))


def _lacking(template: Template, node: Node) -> str:
    """Return the attribute that is asked for and that its type does not have, nothing where it has it."""
    names = attribute_of(node)
    target = template.resources.get(names[0]) if names is not None else None
    types = schema_of(target.type) if target is not None else None
    if names is None or target is None or types is None or types.attributes is None:
        return ""
    name, attribute = names
    if attribute != "Ref" and attribute in types.attributes:
        return ""
    return f"{name}.{attribute}, an attribute that {target.type} does not have"


def _is_beyond(argument: Content) -> bool:
    """Return whether the list that `Fn::Select` takes an element of may be too short for it."""
    items = argument[1] if isinstance(argument, list) and len(argument) == 2 else None
    index = _number(argument[0]) if isinstance(argument, list) else None
    name, inner = function_of(items) or ("", None)
    if index is None or name == "Fn::GetAZs":
        return index is not None and index >= _MOST_ZONES
    separator, whole = inner if name == "Fn::Split" and isinstance(inner, list) and len(inner) == 2 else ("", None)
    _, attribute = attribute_of(whole) or ("", "")
    if not attribute.endswith("Arn") or not index:
        return False
    return _PARTS.fullmatch(str(separator)) is None or (separator == ":" and index > _LAST_PART)


_Form: TypeAlias = Callable[[Template, Content], bool]
"""Returns whether a function takes a node, in a template."""


def _is_text(template: Template, node: Content) -> bool:
    """Return whether a node is a text that is not empty, or may give one."""
    return bool(node) if isinstance(node, str) else _is_any_text(template, node)


def _is_any_text(template: Template, node: Content) -> bool:
    if isinstance(node, (str, int, float)):
        return True
    return _is_function(template, node) and gives(template, node) in ("text", None)


def _is_function(_: Template, node: Content) -> bool:
    return function_of(node) is not None


def _is_list(template: Template, node: Content) -> bool:
    return isinstance(node, list) or (_is_function(template, node) and gives(template, node) in ("array", None))


def _is_list_of_texts(template: Template, node: Content) -> bool:
    if isinstance(node, list):
        return all(_is_any_text(template, each) for each in node)
    return _is_list(template, node)


def _are(*each: _Form) -> _Form:
    """Return whether an argument is a list with an element for each of some forms."""

    def is_so(template: Template, node: Content) -> bool:
        if not (isinstance(node, list) and len(node) == len(each)):
            return False
        return all(form(template, element) for form, element in zip(each, node, strict=True))

    return is_so


def _is_substituted(template: Template, node: Content) -> bool:
    if isinstance(node, list) and len(node) == 2 and isinstance(node[0], str) and isinstance(node[1], dict):
        return all(_is_any_text(template, each) for each in node[1].values())
    return isinstance(node, str)


def _is_attribute(template: Template, node: Content) -> bool:
    if isinstance(node, str):
        return all(node.partition("."))
    return _are(_is_name, _is_text)(template, node)


def _is_name(_: Template, node: Content) -> bool:
    return isinstance(node, str) and bool(node)


def _is_any_name(_: Template, node: Content) -> bool:
    return isinstance(node, str)


def _is_index(template: Template, node: Content) -> bool:
    return _is_function(template, node) or _number(node) is not None


def _number(node: Content) -> int | None:
    """Return the number that is written in a place, None for what is none, and for one below zero."""
    if isinstance(node, int):
        return int(node) if not isinstance(node, bool) and node >= 0 else None
    return int(node) if isinstance(node, str) and node.isdecimal() else None


def _is_selection(template: Template, node: Content) -> bool:
    if not _are(_is_index, _is_list)(template, node):
        return False
    index, items = node if isinstance(node, list) else (None, None)
    number, (name, inner) = _number(index), function_of(items) or ("", None)
    separator, whole = inner if name == "Fn::Split" and isinstance(inner, list) and len(inner) == 2 else ("", None)
    if isinstance(whole, str) and isinstance(separator, str) and separator:
        return number is None or number < len(whole.split(separator))
    if name == "Fn::Cidr" and isinstance(inner, list) and len(inner) > 1:
        count = _number(inner[1])
        return number is None or count is None or number < count
    return not isinstance(items, list) or number is None or number < len(items)


def _is_mapped(template: Template, node: Content) -> bool:
    names = node[:3] if isinstance(node, list) and len(node) in (3, 4) else None
    default = node[3] if isinstance(node, list) and len(node) == 4 else {"DefaultValue": ""}
    is_default = isinstance(default, dict) and [*default] == ["DefaultValue"]
    return is_default and _are(_is_text, _is_text, _is_text)(template, names)


def _is_output(template: Template, node: Content) -> bool:
    """Return whether a node names the output of a stack.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getstackoutput.html
    """
    asked, more = {"StackName", "OutputName"}, {"Region", "RoleArn"}
    if not (isinstance(node, dict) and asked <= {*node} <= asked | more):
        return False
    return all(_is_text(template, each) for each in node.values())


def _is_choice(_: Template, node: Content) -> bool:
    return isinstance(node, list) and len(node) == 3 and isinstance(node[0], str)


_FORMS: Mapping[str, _Form] = {
    "Ref": _is_text,
    "Fn::Base64": _is_any_text,
    "Fn::FindInMap": _is_mapped,
    "Fn::GetAZs": _is_any_text,
    "Fn::GetAtt": _is_attribute,
    "Fn::GetStackOutput": _is_output,
    "Fn::If": _is_choice,
    "Fn::ImportValue": _is_text,
    "Fn::Join": _are(_is_any_name, _is_list_of_texts),
    "Fn::Select": _is_selection,
    "Fn::Split": _are(_is_name, _is_any_text),
    "Fn::Sub": _is_substituted,
}
"""By function, whether it takes an argument; functions within it give what is asked for as far as that is known."""
