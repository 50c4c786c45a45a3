"""The outcomes of conditions.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html
"""

from __future__ import annotations

import json
from functools import partial

from ecr_ecs_constructs.cloudformation.choices import OTHER, Fork
from ecr_ecs_constructs.cloudformation.evaluation.comparisons import plain
from ecr_ecs_constructs.cloudformation.evaluation.evaluation import MAX_DEPTH, Evaluation
from ecr_ecs_constructs.cloudformation.evaluation.holes import admits, only_hole, variable_of
from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.cloudformation.values import Content, Hole, Text, Value


def outcome(run: Evaluation, template: Template, name: str) -> bool:
    """Return the outcome of a condition of a template, by its name."""
    if name not in template.section("Conditions") or (template, f"Condition {name}") in run.open:
        return _decide(run, template, {"Condition": name})
    return run.memory.recall(outcome, (template, name), lambda: _outcome(run, template, name))


def _outcome(run: Evaluation, template: Template, name: str) -> bool:
    place = (template, f"Condition {name}")
    was, run.in_condition = run.in_condition, True
    run.open.add(place)
    try:
        return _test(run, template, template.section("Conditions")[name])
    finally:
        run.in_condition = was
        run.open.discard(place)


def _test(run: Evaluation, template: Template, node: Content) -> bool:
    if run.depth >= MAX_DEPTH or not (isinstance(node, dict) and len(node) == 1):
        return _decide(run, template, node)
    run.depth += 1
    try:
        (name, argument), *_ = node.items()
        return _operate(run, template, node, name, argument)
    finally:
        run.depth -= 1


def _operate(run: Evaluation, template: Template, node: Content, name: str, argument: Content) -> bool:
    if name == "Condition" and isinstance(argument, str):
        return outcome(run, template, argument)
    if isinstance(argument, list):
        if name == "Fn::And":
            return all(_test(run, template, item) for item in argument)
        if name == "Fn::Or":
            return any(_test(run, template, item) for item in argument)
        if name == "Fn::Not" and len(argument) == 1:
            return not _test(run, template, argument[0])
        if name == "Fn::Equals" and len(argument) == 2:
            return _equals(run, template, argument[0], argument[1])
    return _decide(run, template, node)


def _equals(run: Evaluation, template: Template, left: Content, right: Content) -> bool:
    left, right = plain(left), plain(right)
    one, other = run.value(template, left), run.value(template, right)
    if isinstance(one, str) and isinstance(other, str):
        return one == other
    if left == right:  # two holes of one name may differ, one value does not from itself
        return True
    for this, that in ((one, other), (other, one)):
        if isinstance(this, str) and not _may_be(run, that, this):
            return False
    # Which stands on which side decides nothing.
    sides = sorted((left, right), key=partial(json.dumps, sort_keys=True, default=str))
    return _decide(run, template, {"Fn::Equals": sides})


def _may_be(run: Evaluation, value: Value, literal: str) -> bool:
    """Return whether a value that is known only at deployment may be a literal, as far as the templates tell."""
    if isinstance(value, list):
        rest = value[0] if len(value) == 1 else None
        return not isinstance(rest, Hole) or all(admits(rest.pattern, item.strip()) for item in literal.split(","))
    only = only_hole(value) if isinstance(value, Text) else None
    if only is None:
        return True
    variable = variable_of(only.hole)
    # In the world of another value, a variable is none of the literals that it is compared with.
    is_other = variable is not None and run.choices.read(variable) is OTHER
    excluded = run.around.compared(variable) if variable is not None and is_other else ()
    return any(inner not in excluded for inner in only.values([literal]))


def _decide(run: Evaluation, template: Template, node: object) -> bool:
    """Return an outcome that nothing in the templates decides: each in a world of its own."""
    variable = ("condition", template, json.dumps(node, sort_keys=True, default=str))
    chosen = run.choices.read(variable)
    if chosen is None:
        raise Fork(variable, (True, False))
    return bool(chosen)
