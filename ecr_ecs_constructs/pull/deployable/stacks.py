"""The stacks that must be made before a task: why AWS refuses a resource in them, whatever the task needs of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping

from ecr_ecs_constructs.cloudformation.conditions.unresolved import Resolution, is_whole
from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked, settled, unnoted
from ecr_ecs_constructs.cloudformation.template import Resource, Template, outermost
from ecr_ecs_constructs.cloudformation.validity.attributes import misattributed
from ecr_ecs_constructs.cloudformation.validity.contents import misfilled
from ecr_ecs_constructs.cloudformation.validity.faults import Fault
from ecr_ecs_constructs.cloudformation.validity.forms import misused
from ecr_ecs_constructs.cloudformation.validity.interfaces import misgiven
from ecr_ecs_constructs.cloudformation.validity.policies import malformed
from ecr_ecs_constructs.cloudformation.validity.ranges import out_of_range
from ecr_ecs_constructs.cloudformation.validity.sections import missectioned
from ecr_ecs_constructs.cloudformation.validity.shapes import misshapen
from ecr_ecs_constructs.pull.ami import RESOLVE, read_ami
from ecr_ecs_constructs.pull.deployable.exports import Exports
from ecr_ecs_constructs.pull.deployable.launches import unbootable
from ecr_ecs_constructs.pull.deployable.networks.parts import refused_part
from ecr_ecs_constructs.pull.deployable.refusal import Refusal, unread
from ecr_ecs_constructs.pull.deployable.resources import refused_resource
from ecr_ecs_constructs.pull.deployable.roles import ATTACHED, FUNCTION, HANDLED, RoleRefusals
from ecr_ecs_constructs.pull.deployable.single import repeated
from ecr_ecs_constructs.pull.iam.roles import Roles
from ecr_ecs_constructs.pull.texts.references import GROUP, ROLE
from ecr_ecs_constructs.pull.vouching import vouched_ami

_ROLES: Mapping[str, Callable[[RoleRefusals, Resource], Iterable[Refusal]]] = {
    ROLE: RoleRefusals.of_role,
    FUNCTION: RoleRefusals.of_function,
    **dict.fromkeys(ATTACHED, RoleRefusals.of_attached),
    **dict.fromkeys(HANDLED, RoleRefusals.of_custom),
}
"""By resource type, the question whose answers tell that a role keeps one from being made."""

_FINDERS = (misattributed, misused, misshapen, misgiven, malformed, misfilled, out_of_range)
"""All that looks for faults of a resource."""


class Stacks(InWorld):
    """The refusals of AWS in the stacks that must be made before a resource, in one world.

    Args:
        roles: the policies of roles.
        resolution: the references between stacks.
    """

    def __init__(self, roles: Roles, resolution: Resolution) -> None:
        self.world = roles.world
        self._resolution = resolution
        self._roles = RoleRefusals(roles)
        self._exports = Exports(resolution)

    def refused(self, resource: Resource) -> Iterator[Refusal]:
        """Yield why AWS refuses a resource in the stack of a resource, or in one before it.

        One reason is enough: worlds are told apart only until it is found.

        Args:
            resource: the resource.
        """
        yield from self._faulty(resource)
        for why in self._exports.refused(outermost(resource.template)):
            yield Refusal(resource, "Properties", f"{why}: CloudFormation can't make the stack")
        stacks = self._resolution.stacks(outermost(resource.template))
        every = (self._in(stack, is_sure) for is_sure in (True, False) for stack in stacks)
        yield from itertools.islice(filter(None, every), 1)

    def unbootable(self, resource: Resource) -> Iterator[Refusal]:
        """Yield which groups can't boot their image in the stack of a resource, or in one before it.

        Args:
            resource: the resource.
        """
        for stack in self._resolution.stacks(outermost(resource.template)):
            yield from self._unbootable(stack)

    def _unbootable(self, template: Template) -> Iterator[Refusal]:
        if template.parent is None or self.world.exists(template.parent):
            for group in template.by_type.get(GROUP, ()):
                yield from self._boots(group)
            for nested in template.nested.values():
                yield from self._unbootable(nested)

    @asked
    def _in(self, template: Template, is_sure: bool) -> Refusal | None:
        """Return the first refusal of a resource of a stack, or of those that are nested in it."""
        if template.parent is not None and not self.world.exists(template.parent):
            return None
        each = template.resources.values() if self._is_whole(template) else ()
        own = (self._refusal(resource, is_sure) for resource in each)
        nested = (self._in(inner, is_sure) for inner in template.nested.values())
        return next(filter(None, itertools.chain(own, nested)), None)

    @settled
    def _is_whole(self, template: Template) -> bool:
        return is_whole(template)

    @settled
    def _refusal(self, resource: Resource, is_sure: bool) -> Refusal | None:
        """Return why AWS does not make a resource, surely or perhaps; None where it is not there."""
        return next((each for each in self._refusals(resource) if (each.taken is False) is is_sure), None)

    @asked
    def _refusals(self, resource: Resource) -> tuple[Refusal, ...]:
        """Return why AWS does not make a resource.

        The task needs only that it is made: on what else the resource says nothing rests.
        """
        return unnoted(self.world, lambda: tuple(self._refused(resource)))

    def _refused(self, resource: Resource) -> Iterator[Refusal]:
        if not self.world.exists(resource):
            return
        yield from refused_resource(self.world, resource)
        end = ": CloudFormation can't make the stack"
        for each in _ROLES[resource.type](self._roles, resource) if resource.type in _ROLES else ():
            yield each if each.taken is None else each._replace(why=f"{each.why}{end}")
        yield from refused_part(self.world, resource)
        yield from repeated(self.world, resource)

    @settled
    def _boots(self, group: Resource) -> tuple[Refusal, ...]:
        """Return that a group can't boot its image, nothing where it is not there."""
        if not self.world.exists(group):
            return ()
        return unnoted(self.world, lambda: tuple(unbootable(self.world, unread(self.world, group))))

    def _faulty(self, resource: Resource) -> Iterator[Refusal]:
        """Yield which resources CloudFormation refuses in the stack of a resource, or in one before it."""
        stacks = self._resolution.stacks(outermost(resource.template))
        every = (self._fault(stack, is_sure) for is_sure in (True, False) for stack in stacks)
        for fault, said in itertools.islice(filter(None, every), 1):
            why = said if fault.taken is None else f"{said}: CloudFormation refuses the template"
            if isinstance(fault.holder, Resource):
                yield Refusal(fault.holder, fault.location, why, fault.taken)
            else:
                yield Refusal(resource, "Properties", why, fault.taken)

    @asked
    def _fault(self, template: Template, is_sure: bool) -> tuple[Fault, str] | None:
        """Return the first fault of a stack, or of one that is nested in it, with what is wrong in words."""
        if template.parent is not None and not self.world.exists(template.parent):
            return None
        faults = (fault for fault in self._faults(template) if (fault.taken is False) is is_sure)
        own = ((fault, fault.said(why)) for fault in faults if (why := self._why(fault)))
        nested = (self._fault(inner, is_sure) for inner in template.nested.values())
        return next(filter(None, itertools.chain(own, nested)), None)

    @asked
    def _faults(self, template: Template) -> tuple[Fault, ...]:
        """Return the faults of a template in any world; macros may write anew what is not theirs."""
        if not self._is_whole(template):
            return ()
        each = template.resources.values()
        found = (fault for resource in each for find in _FINDERS for fault in find(resource))
        return (*found, *missectioned(template))

    @settled
    def _why(self, fault: Fault) -> str:
        """Return what is wrong in a place in words, nothing where it is not there, or nothing is."""
        holder, template = fault.holder, fault.holder.template
        if isinstance(holder, Resource) and not self.world.exists(holder):
            return ""
        if any(self.world.holds(template, condition) is not outcome for condition, outcome in fault.guards):
            return ""
        if fault.stored and vouched_ami(self.world, template, read_ami(f"{RESOLVE}{fault.stored}")).vouched:
            return ""
        if fault.judge is None:
            return fault.why
        values = [self.world.evaluate(template, node).value for node in fault.nodes]
        return fault.judge(*values) if fault.is_open or all(isinstance(each, str) for each in values) else ""
