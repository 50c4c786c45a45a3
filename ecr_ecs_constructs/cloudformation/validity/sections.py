"""The parameters, the mappings and the outputs of a template, and what CloudFormation refuses of them.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/mappings-section-structure.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html (logical IDs)
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast

from ecr_ecs_constructs.cloudformation.evaluation.holes import admits
from ecr_ecs_constructs.cloudformation.functions import has_function
from ecr_ecs_constructs.cloudformation.parameters import allowed_values, is_list, is_stored
from ecr_ecs_constructs.cloudformation.template import Node, Template
from ecr_ecs_constructs.cloudformation.validity.faults import Entry, Fault
from ecr_ecs_constructs.cloudformation.validity.forms import misused_in
from ecr_ecs_constructs.cloudformation.validity.schemas import schema_of
from ecr_ecs_constructs.cloudformation.validity.shapes import misread, number_in
from ecr_ecs_constructs.cloudformation.values import scalar

_KEPT = re.compile(
    r"/cdk-bootstrap/[A-Za-z0-9_-]{1,10}/version"
    r"|/aws/service/ecs/optimized-ami/.+/(recommended|[^/]+-\d[^/]+)"
    r"(/(image_id|image_name|image_version|os|source_image_name|ecs_agent_version|ecs_runtime_version))?"
    r"|/aws/service/ami-windows-latest/[^/]+(/image_id|/image_name)?"
    r"|/aws/service/bottlerocket/[^/]+/(x86_64|arm64)/[^/]+/(image_id|image_version)"
    r"|/aws/service/(?!ecs/|ami-windows-latest/|bottlerocket/).+"
)
"""The parameters of Systems Manager that are there: those of AWS, and that of CDK's bootstrap stack, which every
environment has that CDK deploys to."""

_MOST: Mapping[str, int] = {"Mappings": 200, "Outputs": 200, "Parameters": 200, "Resources": 500}
"""How many entries CloudFormation takes in a section."""

_NAMED: Mapping[str, str] = {"Outputs": "output", "Parameters": "parameter", "Resources": "resource"}
"""The sections whose entries have names of letters and digits alone, each with the word for its entries."""


def missectioned(template: Template) -> Iterator[Fault]:
    """Yield what CloudFormation refuses of the sections of a template besides its resources.

    Args:
        template: the template.
    """
    yield from _of_entries(template)
    yield from _of_conditions(template)
    for name, declared in template.declared.items():
        yield from _of_parameter(Entry(template, "parameter", name, declared), declared)
    for name, mapping in template.section("Mappings").items():
        if isinstance(mapping, dict) and not has_function({name: None, **mapping}):
            yield from _of_mapping(Entry(template, "mapping", name, mapping), mapping)
    for name, output in template.section("Outputs").items():
        if not name.startswith("Fn::"):
            yield from _of_output(Entry(template, "output", name, output), output)


def _of_entries(template: Template) -> Iterator[Fault]:
    """Yield that a section has too many entries, or one with a name that CloudFormation does not take."""
    for section, most in _MOST.items():
        entries = [name for name in template.section(section) if not name.startswith("Fn::")]
        if len(entries) > most:
            entry = Entry(template, "section", section, None)
            yield Fault(entry, (), "", f"has {len(entries)} entries, and may have {most}")
        for name in entries if section in _NAMED else ():
            if not (name.isascii() and name.isalnum()):
                entry = Entry(template, _NAMED[section], name, None)
                yield Fault(entry, (), "", "has a name with other characters than letters and digits")


def _of_conditions(template: Template) -> Iterator[Fault]:
    """Yield the conditions that something names and that are not among those of the template.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/conditions-section-structure.html
    """
    declared = template.section("Conditions")
    if template.macros or any(name.startswith("Fn::") for name in declared):
        return  # these may make more of them
    entries = [*template.section("Outputs").values()]
    entries += [dict(each.body) for each in template.resources.values()]
    own = (each.get("Condition") for each in entries if isinstance(each, dict))
    named = [*(each for each in own if isinstance(each, str))]
    named += [str(each[0]) for each in _arguments("Fn::If", entries) if isinstance(each, list) and each]
    named += [each for each in _arguments("Condition", [*declared.values()]) if isinstance(each, str)]
    for name in dict.fromkeys(named):
        if name not in declared:
            yield Fault(Entry(template, "condition", name, None), (), "", "is named, and is not among the conditions")


def _arguments(function: str, nodes: list[Node]) -> Iterator[Node]:
    """Yield the arguments of a function wherever it stands in some nodes."""
    waiting = [*nodes]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            if function in part and len(part) == 1:
                yield part[function]
            waiting += part.values()


def _of_parameter(entry: Entry, declared: Mapping[str, Node]) -> Iterator[Fault]:
    types = schema_of("Parameters")
    if types is None:
        return
    found = [*misread(entry, types, entry.body, "")]
    yield from found
    default = scalar(declared.get("Default"))
    if found or default is None:
        return
    why = constrained(declared, default)
    is_given = entry.name in _given(entry.template)
    if why or (not is_given and (why := malformed(declared, default))):
        yield Fault(entry, (), "Default", f"is {default!r}, and {why}")
    elif is_stored(declared) and not is_given and not _KEPT.fullmatch(default):
        why = f"is {default!r}, which may not be there in AWS Systems Manager"
        yield Fault(entry, (), "Default", why, None, stored=default)


def _given(template: Template) -> Mapping[str, object]:
    """Return the parameters for which a value is given, by whoever deploys or by the stack around."""
    outer = template.parent.properties.get("Parameters") if template.parent is not None else None
    return {**template.parameters, **(outer if isinstance(outer, dict) else {})}


def constrained(declared: Mapping[str, Node], value: str) -> str:
    """Return what a value misses of what is asked of the values of a parameter, nothing where it has all.

    Args:
        declared: the declaration of the parameter.
        value: the value, which its default may be.
    """
    allowed, type_ = allowed_values(declared), declared.get("Type")
    values = [each.strip() for each in value.split(",")] if is_list(declared) else [value]
    if allowed and not {*values} <= {*allowed}:
        return f"must be one of {', '.join(allowed)}"
    if type_ in ("Number", "List<Number>"):
        numbers = [number_in(each) for each in values]
        return "must be a number" if None in numbers else _bounded(declared, cast("list[float]", numbers))
    return ""


def malformed(declared: Mapping[str, Node], value: str) -> str:
    """Return that a value does not match the pattern of its parameter, nothing where it does or may do so.

    Args:
        declared: the declaration of the parameter.
        value: the value; each element of a list must match.
    """
    pattern = declared.get("AllowedPattern")
    if not isinstance(pattern, str):
        return ""
    each = [one.strip() for one in value.split(",")] if is_list(declared) else [value]
    return "" if all(admits(pattern, one) for one in each) else f"must match {pattern}"


def _bounded(declared: Mapping[str, Node], numbers: list[float]) -> str:
    least, most = (number_in(scalar(declared.get(key)) or "") for key in ("MinValue", "MaxValue"))
    if least is not None and min(numbers) < least:
        return f"must be at least {declared['MinValue']}"
    return f"must be at most {declared['MaxValue']}" if most is not None and max(numbers) > most else ""


def _of_mapping(entry: Entry, mapping: Mapping[str, Node]) -> Iterator[Fault]:
    if not mapping:
        yield Fault(entry, (), "", "is empty")
    for key, values in mapping.items():
        if not isinstance(values, dict) or not values:
            yield Fault(entry, (), key, "is no object with values")
            continue
        for name, value in values.items():
            each = value if isinstance(value, list) else [value]
            if any(scalar(one) is None for one in each) and not has_function(values):
                yield Fault(entry, (), f"{key}.{name}", "is neither a text nor a list of texts")


def _of_output(entry: Entry, output: Node) -> Iterator[Fault]:
    types = schema_of("Outputs")
    if types is None:
        return
    condition = output.get("Condition") if isinstance(output, dict) else None
    guards = ((condition, True),) if isinstance(condition, str) else ()
    yield from misread(entry, types, output, "", guards)
    if isinstance(output, dict):
        for name in ("Value", "Export"):
            yield from misused_in(entry, output.get(name), name, guards)
