"""The order in which CloudFormation makes resources: each waits for what it refers to, and for what it depends on.

References in its metadata count as those in its properties do.

Whatever nothing orders is made at the same time. A nested stack is made as a whole: what waits for it waits for all of
its resources, and these wait for all that it waits for. The stacks of a cloud assembly are deployed together, each
behind those that it depends on; the export that a stack imports is there before it.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html
    https://cloudonaut.io/optional-dependson-with-cloudformation-metadata-to-the-rescue (references in metadata)
    https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.Stack.html (dependencies between stacks)
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from ecr_ecs_constructs.cloudformation.choices import Choice, Choices, Variable
from ecr_ecs_constructs.cloudformation.conditions.world import MADE
from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import Node, Resource, Template, outermost

_NAMED = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[^}]*)?\}")
"""A resource that a text of `Fn::Sub` names; behind `${!` stands none."""


def deployment_of(template: Template) -> object:
    """Return what stands for the deployment of a template: its cloud assembly, or its stack where it is of none."""
    return template.assembly or outermost(template)


class Creation(InWorld):
    """The order in which resources are made in one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    @asked
    def awaited(self, resource: Resource) -> tuple[Resource, ...]:
        """Return the resources of its own template that a resource refers to or depends on."""
        template = resource.template
        names = dict.fromkeys(self._names(template, [self.world.root.written(resource), resource.metadata]))
        after = resource.body.get("DependsOn")
        names |= dict.fromkeys(str(name) for name in (after if isinstance(after, list) else [after]))
        found = [template.resources.get(name) for name in names]
        return tuple(each for each in found if each is not None and each is not resource and self.world.exists(each))

    @asked
    def vpcs(self, resource: Resource) -> frozenset[Resource]:
        """Return the VPCs that are there before a resource is made."""
        return frozenset(each for each in self.before(resource) if each.type == "AWS::EC2::VPC")

    @asked
    def before(self, resource: Resource) -> frozenset[Resource]:
        """Return all that is there before a resource is made, as far as its own deployment makes it."""
        found: dict[Resource, None] = {}
        pending = [resource]
        while pending:
            each = pending.pop()
            new = [*self.awaited(each), *self._around(each), *(self._of_stack(each) if each is not resource else ())]
            pending += [one for one in new if one not in found and one is not resource]
            found |= dict.fromkeys(new)
        return frozenset(found)

    def precedes(self, one: Resource, other: Resource) -> bool:
        """Return whether a resource is surely there before another one of its deployment is made."""
        own, stack = outermost(one.template), outermost(other.template)
        return one in self.before(other) if own is stack else own in self._stacks_before(stack)

    @asked
    def _stacks_before(self, stack: Template) -> frozenset[Template]:
        """Return the templates of the stacks that are deployed before a stack."""
        found: dict[Template, None] = {}
        pending = [stack]
        while pending:
            each = pending.pop()
            new = [one for one in (*each.awaited, *self._imported(each)) if one not in found and one is not stack]
            found |= dict.fromkeys(new)
            pending += new
        return frozenset(found)

    @asked
    def _imported(self, stack: Template) -> tuple[Template, ...]:
        """Return the templates of the stacks whose exports a stack imports, itself or in one that is nested in it."""
        root, found = self.world.root, dict[Template, None]()
        templates = [stack]
        while templates:
            template = templates.pop()
            templates += template.nested.values()
            for resource in template.resources.values():
                for name in _imports(root.written(resource)):
                    for branch in root.branches(template, name) or ():
                        value, choices = branch.value, self.world.choices
                        export = root.around.export(template, value, choices) if isinstance(value, str) else None
                        if export is not None:
                            found[outermost(export.template)] = None
        return tuple(found)

    def _around(self, resource: Resource) -> Iterator[Resource]:
        """Yield all that the nested stacks around a resource refer to or depend on."""
        around = resource.template.parent
        while around is not None:
            yield from self.awaited(around)
            around = around.template.parent

    def _of_stack(self, resource: Resource) -> Iterator[Resource]:
        """Yield the resources of a nested stack."""
        nested = resource.template.nested.get(resource.logical_id)
        if nested is not None:
            yield from (each for each in nested.resources.values() if self.world.exists(each))

    def _names(self, template: Template, node: Node) -> Iterator[str]:
        """Yield the names that a node refers to, those of resources among them."""
        if isinstance(node, list):
            for item in node:
                yield from self._names(template, item)
            return
        if not isinstance(node, dict):
            return
        for key, value in node.items():
            if key == "Ref":
                yield str(value)
            elif key == "Fn::GetAtt":
                yield str(value[0] if isinstance(value, list) and value else value).partition(".")[0]
            elif key == "Fn::If" and isinstance(value, list) and len(value) == 3 and isinstance(value[0], str):
                yield from self._names(template, value[1 if self.world.holds(template, value[0]) else 2])
            else:
                texts = value if isinstance(value, list) else [value]
                if key == "Fn::Sub" and texts and isinstance(texts[0], str):
                    yield from _NAMED.findall(texts[0])
                yield from self._names(template, value)


def _imports(node: Node) -> Iterator[Node]:
    """Yield the names of the exports that a node imports."""
    pending = [node]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            if "Fn::ImportValue" in each:
                yield each["Fn::ImportValue"]
            pending += each.values()
        elif isinstance(each, list):
            pending += each


class EarlyWorld(World):
    """A world as long as some of the resources that may be late are not made yet.

    That a resource is made is a choice like any other: what does not depend on it is known already.

    Args:
        world: the world in which they all are made.
        is_late: returns whether one is not made yet.
    """

    def __init__(self, world: World, is_late: Callable[[Resource], bool]) -> None:
        super().__init__(world.root, _EarlyChoices(world.choices, world.root.is_chosen, is_late))


def world_without(world: World, resource: Resource) -> World:
    """Return a world as long as one of the resources that may be late is not made yet."""
    return world.root.world({**world.choices, (MADE, resource): False})


class _EarlyChoices(Choices):
    """The choices of a world, and for each resource that may be late whether it is made already."""

    __slots__ = ("_is_late",)

    def __init__(
        self,
        given: Mapping[Variable, Choice],
        is_chosen: Callable[[Variable], bool],
        is_late: Callable[[Resource], bool],
    ) -> None:
        super().__init__(given, is_chosen)
        self._is_late = is_late

    def get(self, variable: Variable, default: Choice | None = None) -> Choice | None:  # type: ignore[override] # a default is None
        """Return the choice for a variable; for a resource that is late, that it is not made."""
        if variable[0] is not MADE:
            return super().get(variable, default)
        resource = variable[1]
        return False if isinstance(resource, Resource) and self._is_late(resource) else None
