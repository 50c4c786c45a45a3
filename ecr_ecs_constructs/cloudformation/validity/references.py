"""The id, the ARN or the name of a resource: which of them a reference gives, and which of them a property takes.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-ref.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getatt.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ecr_ecs_constructs.cloudformation.functions import function_of
from ecr_ecs_constructs.cloudformation.template import Node, Template
from ecr_ecs_constructs.cloudformation.validity.schemas import Formats, schema_of
from ecr_ecs_constructs.cloudformation.values import Hole, Text, Value

_SURE = (".Id", ".Arn", ".AllocationId")
"""How the formats end of what AWS makes up, and no resource of another type can have."""

_WORDS = {"Id": "id", "Arn": "ARN", "Name": "name", "AllocationId": "allocation id", "PublicIp": "address"}
_PARAMETER = re.compile(r"(AWS::EC2::\w+)::Id")
"""The type of a parameter that is the id of a resource."""


def attribute_of(node: Node) -> tuple[str, str] | None:
    """Return the name and the attribute that a reference names, `Ref` for that; None for anything else."""
    function, argument = function_of(node) or ("", None)
    if function == "Ref" and isinstance(argument, str):
        return argument, "Ref"
    names = argument.split(".", 1) if function == "Fn::GetAtt" and isinstance(argument, str) else argument
    if function == "Fn::GetAtt" and isinstance(names, list) and len(names) == 2:
        name, attribute = names
        if isinstance(name, str) and isinstance(attribute, str):
            return name, attribute
    return None


def misfit_written(wanted: Formats, template: Template, node: Node) -> tuple[str, bool] | None:
    """Return why a reference does not give what is wanted, and whether that is sure; None where it may.

    Args:
        wanted: the formats that a property takes.
        template: the template of the reference.
        node: the reference.
    """
    name, attribute = attribute_of(node) or ("", "")
    target = template.resources.get(name)
    if target is not None:
        return _misfit(wanted, name, target.type, attribute)
    kind = _PARAMETER.fullmatch(str(template.declared.get(name, {}).get("Type")))
    return _compared(wanted, name, kind[1], (f"{kind[1]}.Id",)) if kind is not None else None


def misfit_value(wanted: Formats, value: Value, *, is_sure: bool) -> str:
    """Return why a value does not give what is wanted; nothing where it may.

    Args:
        wanted: the formats that a property takes.
        value: the value.
        is_sure: whether it is asked for what is sure, or for what is not.
    """
    hole = value.pieces[0] if isinstance(value, Text) and len(value.pieces) == 1 else None
    if not isinstance(hole, Hole) or hole.resource is None:
        return ""
    found = _misfit(wanted, hole.resource.logical_id, hole.resource.type, hole.attribute or "Ref")
    return found[0] if found is not None and found[1] is is_sure else ""


def _misfit(wanted: Formats, name: str, type_: str, attribute: str) -> tuple[str, bool] | None:
    types = schema_of(type_)
    if types is None or attribute not in types.attributes:
        return None
    given = types.attributes[attribute]
    shown = name if attribute == "Ref" else f"{name}.{attribute}"
    return None if given is None else _compared(wanted, shown, type_, given, is_ref=attribute == "Ref")


def _compared(
    wanted: Formats, shown: str, type_: str, given: Formats, *, is_ref: bool = True
) -> tuple[str, bool] | None:
    if not {*given}.isdisjoint(wanted):
        return None
    takes = words(wanted)
    if not given:
        is_sure = is_ref and all(each.endswith(".Id") and not each.startswith(f"{type_}.") for each in wanted)
        if is_ref and not is_sure:
            return None  # of many types it is not known what `Ref` gives
        return f"refers to {shown} of {type_}, where it must be {takes}", is_sure
    of_it = any(each.startswith(f"{type_}.") for each in wanted)
    made = all(each.endswith(_SURE) for each in given)
    is_id = all(each.endswith(".Id") for each in wanted)
    return f"refers to {shown}, {words(given)}, where it must be {takes}", not of_it and (made or is_id)


def words(formats: Iterable[str]) -> str:
    """Return what identifies a resource, in words."""
    kinds: dict[str, list[str]] = {}
    for each in formats:
        type_, _, kind = each.rpartition(".")
        kinds.setdefault(type_, []).append(f"the {_WORDS.get(kind, kind)}")
    return " or ".join(f"{' or '.join(each)} of an {type_}" for type_, each in kinds.items())
