"""The parameters that the conditions of a template compare, and those that they use otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ecr_ecs_constructs.cloudformation.choices import Variable
from ecr_ecs_constructs.cloudformation.functions import SUBSTITUTED, function_of, referred
from ecr_ecs_constructs.cloudformation.parameters import variable_of
from ecr_ecs_constructs.cloudformation.template import STACK_TYPE, Node, Template
from ecr_ecs_constructs.cloudformation.values import scalar


def compared_in(template: Template) -> Iterator[tuple[Variable, str]]:
    """Yield each parameter or pseudo parameter that the conditions of a template compare with a literal, and that."""
    for pair in _equalities(template.section("Conditions")):
        for this, other in (pair, pair[::-1]):
            literal = scalar(other)
            name = this.get("Ref") if isinstance(this, dict) else None
            if isinstance(name, str) and literal is not None:
                yield variable_of(template, name), literal


def _equalities(node: Node) -> Iterator[tuple[Node, Node]]:
    nodes = [node]
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict):
            pair = node.get("Fn::Equals")
            if isinstance(pair, list) and len(pair) == 2:
                yield pair[0], pair[1]
            nodes.extend(node.values())
        elif isinstance(node, list):
            nodes.extend(node)


def used_in(template: Template) -> Iterator[Variable]:
    """Yield the parameters that may matter to a condition by more than a comparison with a literal.

    A condition of a nested stack, or of another one, meets what is passed on and what an output holds.
    """
    yield from (variable_of(template, name) for name in _referred_in(_operands(template.section("Conditions"))))
    yield from (variable_of(template, name) for name in _referred_in([template.section("Outputs")]))
    for stack in template.by_type.get(STACK_TYPE, ()):
        passed = stack.properties.get("Parameters", {})
        values = passed.values() if isinstance(passed, dict) and not function_of(passed) else [passed]
        used = _referred_in(value for value in values if referred(value) is None)
        yield from (variable_of(template, name) for name in used)


def _operands(node: Node) -> Iterator[Node]:
    """Yield what conditions use, but for the parameters that they compare with a literal."""
    nodes = [node]
    while nodes:
        node = nodes.pop()
        if isinstance(node, list):
            nodes += node
        elif isinstance(node, dict):
            pair = node.get("Fn::Equals")
            if isinstance(pair, list) and len(pair) == 2 and any(scalar(item) is not None for item in pair):
                yield from (item for item in pair if referred(item) is None)
            elif isinstance(pair, list):
                yield from pair
            else:
                nodes += node.values()


def _referred_in(nodes: Iterable[Node]) -> Iterator[str]:
    """Yield the names that nodes refer to."""
    pending = [*nodes]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending += node
        elif isinstance(node, dict):
            for key, argument in node.items():
                if key == "Ref" and isinstance(argument, str):
                    yield argument
                elif key == "Fn::Sub":
                    written = argument[0] if isinstance(argument, list) and argument else argument
                    names = SUBSTITUTED.findall(written) if isinstance(written, str) else []
                    yield from (name.strip() for _, name in names)
            pending += node.values()
