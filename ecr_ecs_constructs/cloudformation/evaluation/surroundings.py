"""All templates of a call, as the evaluation of a node of one of them sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.choices import Choices, Variable
from ecr_ecs_constructs.cloudformation.evaluation.comparisons import compared_in, used_in
from ecr_ecs_constructs.cloudformation.evaluation.partitions import partitions_in
from ecr_ecs_constructs.cloudformation.evaluation.strings import split
from ecr_ecs_constructs.cloudformation.names import sees
from ecr_ecs_constructs.cloudformation.template import Node, Template, agree, near
from ecr_ecs_constructs.cloudformation.values import Text, Value


class Export(NamedTuple):
    """An output that a template exports.

    Attributes:
        template: the template.
        value: the node of its value.
        condition: the name of the condition under which it is there, None where it always is.
        title: the logical ID of the output.
        name: the node of the name of the export.
    """

    template: Template
    value: Node
    condition: str | None
    title: str
    name: Node


def lies(stack: Template, template: Template, region: Value, role: Value, own: tuple[Value, Value]) -> bool:
    """Return whether a stack lies where the `Fn::GetStackOutput` of a template asks for it.

    Args:
        stack: the template of the stack.
        template: the template that asks.
        region: the region that is named, None for that of the template.
        role: the role that reads the stacks of its own account, None for the account of the template.
        own: the values of the region and the account of the template.
    """
    account = own[1] if role is None else _account_of(role)
    return _agrees(stack.region, own[0] if region is None else region, template.region, own[0]) and _agrees(
        stack.account, account, template.account, own[1]
    )


def _account_of(role: Value) -> Value:
    parts = split(":", role) if isinstance(role, (str, Text)) else []
    return parts[4] if len(parts) > 4 else None


def _agrees(known: str | None, wanted: Value, own: str | None, own_value: Value) -> bool:
    """Return whether a stack lies in the region or account that is wanted; one's own may be unknown."""
    return agree(known, own) if wanted == own_value else known == wanted


class Surroundings:
    """All templates of a call: what they export, and what their conditions compare.

    Args:
        templates: the templates.
        values: returns every value that a node of a template has in any world.
    """

    def __init__(self, templates: Sequence[Template], values: Callable[[Template, Node], Iterable[Value]]) -> None:
        self._templates = templates
        self._values = values

    def export(self, template: Template, name: str, choices: Choices) -> Export | None:
        """Return the output that another template exports under a name to a template, None if there is not just one.

        Args:
            template: the template that imports it.
            name: the name.
            choices: the choices of the world in which it is asked.
        """
        there = (export for export in self._exports.get(name, ()) if near(export.template, template))
        found = [export for export in there if sees(choices, template, export.template)]
        return found[0] if len(found) == 1 else None

    @cached_property
    def repeated_exports(self) -> Mapping[str, Sequence[Export]]:
        """The exports of names that several outputs have, some of them perhaps in different worlds or places."""
        return {name: exports for name, exports in self._exports.items() if len(exports) > 1}

    @cached_property
    def _exports(self) -> Mapping[str, Sequence[Export]]:
        self.__dict__["_exports"] = {}  # an export whose name needs an import is found by nobody
        found: dict[str, list[Export]] = {}
        for template in self._templates:
            for title, output in template.section("Outputs").items():
                export = output.get("Export") if isinstance(output, dict) else None
                if not isinstance(output, dict) or not isinstance(export, dict) or "Value" not in output:
                    continue
                condition = output.get("Condition")
                guard = condition if isinstance(condition, str) else None
                for name in self._values(template, export.get("Name")):
                    if isinstance(name, str):
                        own = Export(template, output["Value"], guard, title, export.get("Name"))
                        found.setdefault(name, []).append(own)
        return found

    def stacks(self, template: Template, name: str, choices: Choices) -> Iterator[Template]:
        """Yield the templates of the stacks of a name that are there for a template.

        Args:
            template: the template.
            name: the name.
            choices: the choices of the world in which it is asked.
        """
        named = (each for each in self._templates if each.stack_name == name)
        return (each for each in named if sees(choices, template, each))

    @cached_property
    def partition(self) -> str | None:
        """The partition of the templates whose region is not known, by the ARNs and the regions that they write.

        AWS refuses an ARN of another partition. None where they write of several, or of none, and where conditions ask
        for it: then the templates are meant for several.
        """
        if self.compared(("AWS::Partition",)):
            return None
        found = {each for template in self._templates if template.region is None for each in partitions_in(template)}
        return found.pop() if len(found) == 1 else None

    def compared(self, variable: Variable) -> Sequence[str]:
        """Return the literals that conditions compare a variable with."""
        return self._compared.get(variable, ())

    @cached_property
    def _compared(self) -> Mapping[Variable, Sequence[str]]:
        found: dict[Variable, dict[str, None]] = {}
        for template in self._templates:
            for variable, literal in compared_in(template):
                found.setdefault(variable, {})[literal] = None
        return {variable: tuple(literals) for variable, literals in found.items()}

    def is_only_compared(self, variable: Variable) -> bool:
        """Return whether conditions do nothing with a variable but compare it with literals."""
        return variable not in self._used

    @cached_property
    def _used(self) -> frozenset[Variable]:
        return frozenset(variable for template in self._templates for variable in used_in(template))

    def may_choose(self, variable: Variable) -> bool:
        """Return whether any world chooses a variable."""
        if self._has_maps or self.compared(variable) or not self.is_only_compared(variable):
            return True
        match variable:
            case (Template() as template, str(name)):
                return bool(template.declared.get(name, {}).get("AllowedValues"))
            case (str(name),):
                return not name.startswith("AWS::")
        return True

    @cached_property
    def _has_maps(self) -> bool:
        """True where a template has a map, of which a variable may be a key."""
        return any(template.section("Mappings") for template in self._templates)
