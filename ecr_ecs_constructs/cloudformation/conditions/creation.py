"""The order in which CloudFormation makes resources: each waits for what it refers to, and for what it depends on.

Whatever nothing orders is made at the same time. A nested stack is made as a whole: what waits for it waits for all of
its resources, and these wait for all that it waits for.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ecr_ecs_constructs.cloudformation.choices import Choice, Choices, Variable
from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, Worlds, asked
from ecr_ecs_constructs.cloudformation.template import Node, Resource, Template
from ecr_ecs_constructs.cloudformation.values import Value

_NAMED = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[^}]*)?\}")
"""A resource that a text of `Fn::Sub` names; behind `${!` stands none."""


class Creation(InWorld):
    """The order in which resources are made in one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    @asked
    def awaited(self, resource: Resource) -> tuple[Resource, ...]:
        """Return the resources of its own template that a resource refers to or depends on."""
        template = resource.template
        names = dict.fromkeys(self._names(template, self.world.root.written(resource)))
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


class EarlyWorlds(Worlds):
    """All worlds of the same templates, in which resources of some types may not be made yet.

    That a resource is made is a choice like any other: all that does not depend on it is known for all of them.

    Attributes:
        types: those types.
    """

    def __init__(self, whole: Worlds, types: frozenset[str]) -> None:
        super().__init__(whole.templates)
        self.types = types
        self._whole = whole

    def early(self, world: World, is_late: Callable[[Resource], bool]) -> EarlyWorld:
        """Return a world as long as some resources of the types are not made yet.

        Args:
            world: the world in which they all are.
            is_late: returns whether a resource is one of those.
        """
        return EarlyWorld(self, _EarlyChoices(world.choices, self.is_chosen, is_late))

    def plain(self, resource: Resource, path: str) -> tuple[Value, ...] | None:
        """Return the values that a path of a resource leads to, None where that it is made may matter too."""
        return None if resource.type in self.types else self._whole.plain(resource, path)

    def is_chosen(self, variable: Variable) -> bool:
        """Return whether any world may choose a variable."""
        return variable[0] is _IS_MADE or self._whole.is_chosen(variable)

    # Whatever is there early is there later: what has to be asked of all is asked once.

    def every(self, resource: Resource, path: str) -> tuple[Value, ...] | None:
        """Return every value that a path of a resource leads to in any world, also of what is not made yet."""
        return self._whole.every(resource, path)

    def named(self, type_: str, path: str, name: object) -> tuple[Resource, ...]:
        """Return the resources of a type in which a path leads to a value, also those that are not made yet."""
        return self._whole.named(type_, path, name)

    def candidates(
        self, question: Callable[[World, Resource], Iterable[object]], types: Sequence[str], key: object
    ) -> tuple[Resource, ...]:
        """Return the resources for which a question may give a key, also those that are not made yet."""
        return self._whole.candidates(question, types, key)


class EarlyWorld(World):
    """A world as long as some of its resources are not made yet."""

    def __init__(self, root: EarlyWorlds, choices: _EarlyChoices) -> None:
        super().__init__(root, choices)
        self._types = root.types

    def exists(self, resource: Resource) -> bool:
        """Return whether a resource is there already."""
        is_made = resource.type not in self._types or self.choices.read((_IS_MADE, resource)) is True
        return is_made and super().exists(resource)

    def needed(self) -> tuple[Resource, ...]:
        """Return the resources of the types that were asked for, those that are not made yet too."""
        found = (variable[1] for variable in self.choices.reads if variable[0] is _IS_MADE)
        return tuple(each for each in found if isinstance(each, Resource))


_IS_MADE = object()


class _EarlyChoices(Choices):
    """The choices of a world, and for each resource whether it is made already."""

    __slots__ = ("_is_late",)

    def __init__(
        self,
        given: Mapping[Variable, Choice],
        is_chosen: Callable[[Variable], bool],
        is_late: Callable[[Resource], bool],
    ) -> None:
        super().__init__(given, is_chosen)
        self._is_late = is_late

    def get(self, variable: Variable, default: Choice | None = None) -> Choice | None:  # type: ignore[override]
        """Return the choice for a variable; for a resource, whether it is made."""
        if variable[0] is _IS_MADE:
            resource = variable[1]
            return isinstance(resource, Resource) and not self._is_late(resource)
        return super().get(variable, default)
