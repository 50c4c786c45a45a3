"""The id, the ARN or the name of a resource: which of them a reference gives, and which of them a property takes.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-ref.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getatt.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ecr_ecs_constructs.cloudformation.functions import function_of
from ecr_ecs_constructs.cloudformation.template import Node, Template
from ecr_ecs_constructs.cloudformation.validity.lookups import is_to_look_up
from ecr_ecs_constructs.cloudformation.validity.schemas import Formats, schema_of
from ecr_ecs_constructs.cloudformation.values import Content, Hole, Text, Value

_SURE = (".Id", ".Arn", ".AllocationId", ".Url")
"""How the formats end of what AWS makes up, and no resource of another type can have."""

_WORDS = {
    "Id": "id",
    "Arn": "ARN",
    "Name": "name",
    "AllocationId": "allocation id",
    "Version": "version",
    "PublicIp": "address",
    "Url": "URL",
}
_ALIAS = "alias/.*"
_TEXTS: Mapping[str, str] = {
    "AWS::EC2::EIP.AllocationId": "eipalloc-.*",
    "AWS::EC2::Image.Id": "(ami-|resolve:ssm:).*",
    "AWS::EC2::InternetGateway.Id": "igw-.*",
    "AWS::EC2::LaunchTemplate.Id": "lt-.*",
    "AWS::EC2::NatGateway.Id": "nat-.*",
    "AWS::EC2::NetworkAcl.Id": "acl-.*",
    "AWS::EC2::NetworkInterface.Id": "eni-.*",
    "AWS::EC2::RouteTable.Id": "rtb-.*",
    "AWS::EC2::SecurityGroup.Id": "sg-.*",
    "AWS::EC2::Subnet.Id": "subnet-.*",
    "AWS::EC2::TransitGateway.Id": "tgw-.*",
    "AWS::EC2::VPC.Id": "vpc-.*",
    "AWS::IAM::Role.Arn": "arn:[^:]*:iam::[^:]*:role/.*",
    "AWS::IAM::Role.Name": "[A-Za-z0-9_+=,.@/-]+",
    "AWS::KMS::Alias.AliasName": _ALIAS,
    "AWS::KMS::Alias.Name": _ALIAS,
    "AWS::KMS::Key.Id": "[0-9a-f-]{36}|mrk-[0-9a-f]{32}",
}
"""By format, the pattern of what is of it."""

_CHARACTERS: Mapping[str, str] = {
    "AWS::IAM::Role.Name": "[A-Za-z0-9_+=,.@-]*",
    "AWS::Logs::LogGroup.Name": "[A-Za-z0-9_./#-]*",
    "AWS::S3::Bucket.Name": "[a-z0-9.-]*",
}
"""By format, the pattern of each part of what is of it."""

_PSEUDO = ("AWS::AccountId", "AWS::Partition", "AWS::Region", "AWS::StackName", "AWS::URLSuffix")
"""The pseudo parameters that are no identifier of a resource."""

_PARAMETER = re.compile(r"(AWS::EC2::\w+)::Id")
"""The type of a parameter that is the id of a resource."""


def attribute_of(node: Content) -> tuple[str, str] | None:
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
    if name in _PSEUDO and all(each.endswith(_SURE) for each in wanted) and f"{name}.Id" not in wanted:
        return f"refers to {name}, where it must be {words(wanted)}", True
    target = template.resources.get(name)
    if target is not None:
        return _misfit(wanted, name, target.type, attribute)
    kind = _PARAMETER.fullmatch(str(template.declared.get(name, {}).get("Type")))
    return _compared(wanted, name, kind[1], (f"{kind[1]}.Id",)) if kind is not None else None


def no_arn(template: Template, node: Node) -> str:
    """Return that a reference does not give an ARN; nothing where it may.

    Args:
        template: the template of the reference.
        node: the reference.
    """
    name, attribute = attribute_of(node) or ("", "")
    target = template.resources.get(name)
    types = schema_of(target.type) if target is not None else None
    given = types.attributes.get(attribute) if types is not None and types.attributes is not None else None
    is_none = bool(given) and not any(each.endswith(".Arn") for each in given or ())
    return f"refers to {name}, {words(given or ())}, where it must be an ARN" if is_none else ""


def misfit_text(wanted: Formats, text: str) -> bool:
    """Return whether a text is for certain nothing of what is wanted.

    Args:
        wanted: the formats that a property takes.
        text: the text.
    """
    forms = [_TEXTS.get(each, "arn:.*" if each.endswith(".Arn") else ".*") for each in wanted]
    return bool(wanted) and not is_to_look_up(text) and re.fullmatch("|".join(forms), text, re.DOTALL) is None


def misfit_value(wanted: Formats, value: Value, *, is_sure: bool) -> str:
    """Return why a value does not give what is wanted; nothing where it may.

    Args:
        wanted: the formats that a property takes.
        value: the value.
        is_sure: whether it is asked for what is sure, or for what is not.
    """
    unlike = _unlike(wanted, value) if is_sure else ""
    if unlike:
        return unlike
    hole = value.pieces[0] if isinstance(value, Text) and len(value.pieces) == 1 else None
    if not isinstance(hole, Hole) or hole.resource is None:
        return ""
    found = _misfit(wanted, hole.resource.logical_id, hole.resource.type, hole.attribute or "Ref")
    return found[0] if found is not None and found[1] is is_sure else ""


def _unlike(wanted: Formats, value: Value) -> str:
    """Return that a text has characters that nothing of what is wanted has."""
    patterns = [_CHARACTERS.get(each) for each in wanted]
    written = [piece for piece in value.pieces if isinstance(piece, str)] if isinstance(value, Text) else []
    if None in patterns or all(re.fullmatch("|".join(map(str, patterns)), piece) for piece in written):
        return ""
    return f"is {value}, and not {words(wanted)}"


def _misfit(wanted: Formats, name: str, type_: str, attribute: str) -> tuple[str, bool] | None:
    types = schema_of(type_)
    if types is None or types.attributes is None or attribute not in types.attributes:
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
