"""The parameters that the conditions of a template compare, and those that they use otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.choices import Variable
from ecr_ecs_constructs.cloudformation.evaluation.strings import between
from ecr_ecs_constructs.cloudformation.functions import SUBSTITUTED, function_of, referred
from ecr_ecs_constructs.cloudformation.parameters import variable_of
from ecr_ecs_constructs.cloudformation.template import STACK_TYPE, Node, Template
from ecr_ecs_constructs.cloudformation.values import Content, scalar


class InText(NamedTuple):
    """The only parameter of a text.

    Attributes:
        before: the literal before it.
        name: the name of the parameter, or of a pseudo parameter.
        behind: the literal behind it.
    """

    before: str
    name: str
    behind: str


def parameter_in(node: Content) -> InText | None:
    """Return the parameter that a text is made of, with literals around it at most; None for other nodes."""
    name, argument = function_of(node) or ("", None)
    if name == "Ref" and isinstance(argument, str):
        return InText("", argument, "")
    if name == "Fn::Sub" and isinstance(argument, str):
        found = [*SUBSTITUTED.finditer(argument)]
        if len(found) == 1 and not found[0][1] and "." not in found[0][2]:
            return InText(argument[: found[0].start()], found[0][2].strip(), argument[found[0].end() :])
    if name == "Fn::Join" and isinstance(argument, list) and len(argument) == 2:
        return _joined(argument[0], argument[1])
    return None


def _joined(separator: Content, items: Content) -> InText | None:
    """Return the parameter among the items that `Fn::Join` joins, where all others are literals."""
    if not isinstance(separator, str) or not isinstance(items, list):
        return None
    literals = [scalar(item) for item in items]
    if literals.count(None) != 1:
        return None
    index = literals.index(None)
    inner = parameter_in(items[index])
    if inner is None:
        return None
    before, behind = ([each or "" for each in side] for side in (literals[:index], literals[index + 1 :]))
    return InText(separator.join([*before, inner.before]), inner.name, separator.join([inner.behind, *behind]))


def plain(node: Content) -> Content:
    """Return a text that is nothing but a parameter as the reference to it, any other node as it is."""
    found = parameter_in(node)
    reference: Node = {} if found is None else {"Ref": found.name}
    return reference if found is not None and not found.before and not found.behind else node


def compared_in(template: Template) -> Iterator[tuple[Variable, str]]:
    """Yield each parameter or pseudo parameter that the conditions of a template compare with a literal, and that."""
    for pair in _equalities(template.section("Conditions")):
        for this, other in (pair, pair[::-1]):
            literal, found = scalar(other), parameter_in(this)
            value = None if found is None or literal is None else between(found.before, literal, found.behind)
            if found is not None and value is not None:
                yield variable_of(template, found.name), value


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
                yield from (item for item in pair if parameter_in(item) is None)
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
