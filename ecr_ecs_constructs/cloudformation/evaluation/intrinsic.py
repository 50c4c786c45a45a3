"""The values of intrinsic functions.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from glob import escape

from ecr_ecs_constructs.cloudformation.choices import NO_KEY, OTHER, Fork
from ecr_ecs_constructs.cloudformation.evaluation import strings
from ecr_ecs_constructs.cloudformation.evaluation.evaluation import MAX_STEPS, Evaluation, Function
from ecr_ecs_constructs.cloudformation.evaluation.holes import only_hole, variable_of
from ecr_ecs_constructs.cloudformation.evaluation.outcomes import outcome
from ecr_ecs_constructs.cloudformation.evaluation.references import get_att, pseudo, ref
from ecr_ecs_constructs.cloudformation.evaluation.strings import anything
from ecr_ecs_constructs.cloudformation.evaluation.surroundings import lies
from ecr_ecs_constructs.cloudformation.functions import SUBSTITUTED
from ecr_ecs_constructs.cloudformation.template import Node, Template
from ecr_ecs_constructs.cloudformation.values import Content, Hole, Kind, Text, Value, text


def _join(run: Evaluation, template: Template, argument: Content) -> Value:
    if not (isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str)):
        return anything("Fn::Join")
    items = run.value(template, argument[1])
    return strings.join(argument[0], items) if isinstance(items, list) else anything("Fn::Join")


def _sub(run: Evaluation, template: Template, argument: Content) -> Value:
    written = argument
    own: Mapping[str, Node | Value] = {}
    if isinstance(argument, list) and len(argument) == 2 and isinstance(names := argument[1], dict):
        written, own = argument[0], names
    if not isinstance(written, str):
        return anything("Fn::Sub")
    parts: list[str | Hole | Text] = []
    end = length = 0
    for match in SUBSTITUTED.finditer(written):
        run.steps += 1
        length += strings.size(parts[-1]) if parts else 0
        if run.steps > MAX_STEPS or length > strings.MAX_CHARACTERS:
            return run.unfinished(strings.TOO_LONG)
        parts.append(written[end : match.start()])
        end = match.end()
        literal, name = match[1], match[2].strip()
        if literal:
            parts.append(f"${{{match[2]}}}")
        elif name in own:
            parts.append(run.text(template, own[name]))
        else:
            parts.append(run.text(template, {"Fn::GetAtt" if "." in name else "Ref": name}))
    return strings.dynamic(text(*parts, written[end:]))


def _select(run: Evaluation, template: Template, argument: Content) -> Value:
    if not (isinstance(argument, list) and len(argument) == 2):
        return anything("Fn::Select")
    index, items = run.value(template, argument[0]), run.value(template, argument[1])
    if not (isinstance(index, str) and index.isdecimal() and isinstance(items, list)):
        return anything("Fn::Select")
    for position, item in enumerate(items):
        if isinstance(item, Hole) and item.kind is Kind.REST:
            return Text((item._replace(kind=Kind.ANYTHING, origin=(item.origin, int(index) - position)),))
        if position == int(index):
            return item
    return anything("Fn::Select")


def _split(run: Evaluation, template: Template, argument: Content) -> Value:
    if not (isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str) and argument[0]):
        return [Hole(Kind.REST, "Fn::Split")]
    whole = run.text(template, argument[1])
    return [*whole.split(argument[0])] if isinstance(whole, str) else strings.split(argument[0], whole)


def _find_in_map(run: Evaluation, template: Template, argument: Content) -> Value:
    if not (isinstance(argument, list) and len(argument) in (3, 4)):
        return anything("Fn::FindInMap")
    options = argument[3] if len(argument) == 4 else None
    default = options.get("DefaultValue") if isinstance(options, dict) else None
    found: Node = template.section("Mappings")
    for node in argument[:3]:
        key = run.value(template, node)
        if not isinstance(found, dict) or "Fn::Transform" in found:
            return anything("Fn::FindInMap")
        if isinstance(key, Text):
            key = _key(run, template, node, key, found, has_default=default is not None)
        if not isinstance(key, str) or (key not in found and default is None):
            return anything("Fn::FindInMap")
        if key not in found:
            return run.value(template, default)
        found = found[key]
    return run.value(template, found)


def _key(
    run: Evaluation, template: Template, node: Content, key: Text, mapping: Mapping[str, Node], *, has_default: bool
) -> str | None:
    """Return the key that a half-known text is: each that the map has, in a world of its own; None for none."""
    before = behind = ""
    only = only_hole(key)
    variable = None if only is None else variable_of(only.hole)
    if only is not None and variable is not None:
        before, behind, values = only.before, only.behind, [*only.values(mapping)]
    else:
        variable = ("key", template, json.dumps(node, sort_keys=True, default=str))
        form = "".join(escape(piece) if isinstance(piece, str) else "*" for piece in key.pieces)
        values = [candidate for candidate in mapping if fnmatchcase(candidate, form)]
    outside = ("no key", variable, before, behind, *mapping)
    is_outside, chosen = run.choices.read(outside), run.choices.read(variable)
    if is_outside:
        return NO_KEY
    if chosen is not None and chosen is not OTHER:
        return f"{before}{chosen}{behind}"
    if has_default and is_outside is None:
        raise Fork(outside, (True, False))
    if not values and not has_default:
        return None
    compared = () if chosen is None else run.around.compared(variable)
    raise Fork(variable, [value for value in values if value not in compared])


def _if(run: Evaluation, template: Template, argument: Content) -> Value:
    if not (isinstance(argument, list) and len(argument) == 3 and isinstance(argument[0], str)):
        return anything("Fn::If")
    return run.value(template, argument[1 if outcome(run, template, argument[0]) else 2])


def _import_value(run: Evaluation, template: Template, argument: Content) -> Value:
    name = run.text(template, argument)
    found = run.around.export(template, name, run.choices) if isinstance(name, str) else None
    written = f"Fn::ImportValue {name}"
    if found is None or (found.condition is not None and not outcome(run, found.template, found.condition)):
        return anything(written)
    return run.follow(found.template, written, found.value)


def _get_stack_output(run: Evaluation, template: Template, argument: Content) -> Value:
    if not isinstance(argument, dict):
        return anything("Fn::GetStackOutput")
    stack, output = (run.text(template, argument.get(key)) for key in ("StackName", "OutputName"))
    written = f"Fn::GetStackOutput {stack}.{output}"
    asked = (argument.get("Region"), argument.get("RoleArn"))
    region, role = (None if node is None else run.text(template, node) for node in asked)
    own = (pseudo(run, template, "AWS::Region"), pseudo(run, template, "AWS::AccountId"))
    found = [
        (other, declared)
        for other in run.around.stacks(template, str(stack), run.choices)
        if lies(other, template, region, role, own)
        and isinstance(declared := other.section("Outputs").get(str(output)), dict)
        and "Value" in declared
    ]
    return run.follow(found[0][0], written, found[0][1]["Value"]) if len(found) == 1 else anything(written)


def _base64(run: Evaluation, template: Template, argument: Content) -> Value:
    value = run.value(template, argument)
    return base64.b64encode(value.encode()).decode() if isinstance(value, str) else anything("Fn::Base64")


def _length(run: Evaluation, template: Template, argument: Content) -> Value:
    items = run.value(template, argument)
    if not isinstance(items, list) or any(isinstance(item, Hole) and item.kind is Kind.REST for item in items):
        return anything("Fn::Length")
    return str(len(items))


FUNCTIONS: Mapping[str, Function] = {
    "Ref": ref,
    "Fn::GetAtt": get_att,
    "Fn::Join": _join,
    "Fn::Sub": _sub,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::FindInMap": _find_in_map,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::GetStackOutput": _get_stack_output,
    "Fn::Base64": _base64,
    "Fn::Length": _length,
}
"""The intrinsic functions that are evaluated, by their names; of any other nothing is known."""
