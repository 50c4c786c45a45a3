"""The stacks that CloudFormation can't make together: with one name for two exports, or with imports from each other.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html (export names must be
        unique within a Region)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ecr_ecs_constructs.cloudformation.conditions.unresolved import Resolution, is_whole
from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked
from ecr_ecs_constructs.cloudformation.evaluation.surroundings import Export
from ecr_ecs_constructs.cloudformation.template import Template, outermost


class Exports(InWorld):
    """The exports of stacks in one world.

    Args:
        resolution: the references between stacks.
    """

    def __init__(self, resolution: Resolution) -> None:
        self.world = resolution.world
        self._resolution = resolution

    @asked
    def refused(self, template: Template) -> tuple[str, ...]:
        """Return why a stack, and those that it imports from, can't all be made; nothing where they can.

        Args:
            template: the template of the stack.
        """
        stacks = [template]
        for stack in stacks:  # it grows
            stacks += (each for each in self._resolution.imports(stack) if each not in stacks)
        return (*self._twice(stacks), *self._in_circles(stacks))

    def _twice(self, stacks: Sequence[Template]) -> Iterator[str]:
        """Yield which outputs of some stacks have one export; what a stack imports lies where it does."""
        for name, exports in self.world.root.around.repeated_exports.items():
            own = [each for each in exports if outermost(each.template) in stacks and self._is_there(each, name)]
            if len(own) > 1:
                said = [f"output {each.title} of {each.template.name}" for each in own[:2]]
                yield f"{said[1]} has export {name}, which {said[0]} has"

    def _is_there(self, export: Export, name: str) -> bool:
        """Return whether an export is made, and has a name."""
        template, parent = export.template, export.template.parent
        if not is_whole(template) or (parent is not None and not self.world.exists(parent)):
            return False
        if export.condition is not None and not self.world.holds(template, export.condition):
            return False
        return self.world.evaluate(template, export.name).value == name

    def _in_circles(self, stacks: Sequence[Template]) -> Iterator[str]:
        """Yield which stack imports from one that must be there before it, and that imports from it.

        A nested stack has its exports before the stack around it is made: those are not looked at.
        """
        for stack in stacks:
            found = [each for each in self._resolution.imports(stack) if each is not stack]
            for other in found:  # it grows
                found += (each for each in self._resolution.imports(other) if each not in found)
            if stack in found and not any(each.nested for each in (stack, *found)):
                yield f"{stack.name} imports from {found[0].name}, which can't be there before it"
                return
