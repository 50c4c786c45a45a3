"""The outcomes of conditions.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html
"""

from __future__ import annotations

import json
from functools import partial

from ecr_ecs_constructs.cloudformation.choices import OTHER, Fork
from ecr_ecs_constructs.cloudformation.evaluation.evaluation import MAX_DEPTH, Evaluation
from ecr_ecs_constructs.cloudformation.parameters import variable_referred
from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.cloudformation.values import Content, Text


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
    one, other = run.value(template, left), run.value(template, right)
    if isinstance(one, str) and isinstance(other, str):
        return one == other
    if left == right:  # two holes of one name may differ, one value does not from itself
        return True
    for this, that, that_node in ((one, other, right), (other, one, left)):
        # In the world of another value, a variable is none of the literals that it is compared with.
        variable = variable_referred(template, that_node)
        is_other = isinstance(that, Text) and variable is not None and run.choices.read(variable) is OTHER
        if variable is not None and is_other and this in run.around.compared(variable):
            return False
    # Which stands on which side decides nothing.
    sides = sorted((left, right), key=partial(json.dumps, sort_keys=True, default=str))
    return _decide(run, template, {"Fn::Equals": sides})


def _decide(run: Evaluation, template: Template, node: object) -> bool:
    """Return an outcome that nothing in the templates decides: each in a world of its own."""
    variable = ("condition", template, json.dumps(node, sort_keys=True, default=str))
    chosen = run.choices.read(variable)
    if chosen is None:
        raise Fork(variable, (True, False))
    return bool(chosen)
