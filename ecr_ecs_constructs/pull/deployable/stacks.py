"""The stacks that must be made before a task: why AWS refuses a resource in them, whatever the task needs of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from ecr_ecs_constructs.cloudformation.conditions.unresolved import Resolution, is_whole
from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked, settled, unnoted
from ecr_ecs_constructs.cloudformation.template import Resource, Template, outermost
from ecr_ecs_constructs.cloudformation.validity.attributes import misattributed
from ecr_ecs_constructs.cloudformation.validity.contents import misfilled
from ecr_ecs_constructs.cloudformation.validity.faults import Fault
from ecr_ecs_constructs.cloudformation.validity.forms import misused
from ecr_ecs_constructs.cloudformation.validity.policies import malformed
from ecr_ecs_constructs.cloudformation.validity.ranges import out_of_range
from ecr_ecs_constructs.cloudformation.validity.sections import missectioned
from ecr_ecs_constructs.cloudformation.validity.shapes import misshapen
from ecr_ecs_constructs.pull.deployable.launches import unbootable
from ecr_ecs_constructs.pull.deployable.networks.parts import refused_part
from ecr_ecs_constructs.pull.deployable.refusal import Refusal, unread
from ecr_ecs_constructs.pull.deployable.resources import refused_resource
from ecr_ecs_constructs.pull.deployable.roles import ATTACHED, FUNCTION, HANDLED, RoleRefusals
from ecr_ecs_constructs.pull.iam.roles import Roles
from ecr_ecs_constructs.pull.texts.references import GROUP, ROLE

_ROLES: Mapping[str, Callable[[RoleRefusals, Resource], Iterable[Refusal]]] = {
    ROLE: RoleRefusals.of_role,
    FUNCTION: RoleRefusals.of_function,
    **dict.fromkeys(ATTACHED, RoleRefusals.of_attached),
    **dict.fromkeys(HANDLED, RoleRefusals.of_custom),
}
"""By resource type, the question whose answers tell that a role keeps one from being made."""

_FINDERS = (misattributed, misused, misshapen, malformed, misfilled, out_of_range)
"""All that looks for faults of a resource."""

_Question: TypeAlias = "Callable[[Stacks, Resource], tuple[Refusal, ...]]"


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

    def refused(self, resource: Resource) -> Iterator[Refusal]:
        """Yield why AWS refuses a resource in the stack of a resource, or in one before it.

        Args:
            resource: the resource.
        """
        yield from self._faulty(resource)
        yield from self._before(resource, Stacks._refusals)

    def unbootable(self, resource: Resource) -> Iterator[Refusal]:
        """Yield which groups can't boot their image in the stack of a resource, or in one before it.

        Args:
            resource: the resource.
        """
        yield from self._before(resource, Stacks._boots)

    def _before(self, resource: Resource, question: _Question) -> Iterator[Refusal]:
        for stack in self._resolution.stacks(outermost(resource.template)):
            yield from self._in(stack, question)

    @asked
    def _in(self, template: Template, question: _Question) -> tuple[Refusal, ...]:
        """Return the answers to a question about each resource of a stack, and of those that are nested in it."""
        if template.parent is not None and not self.world.exists(template.parent):
            return ()
        each = template.resources.values() if is_whole(template) else ()
        own = (refusal for resource in each for refusal in question(self, resource))
        return (*own, *(refusal for nested in template.nested.values() for refusal in self._in(nested, question)))

    @settled
    def _refusals(self, resource: Resource) -> tuple[Refusal, ...]:
        """Return why AWS does not make a resource, nothing where it is not there.

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

    @settled
    def _boots(self, resource: Resource) -> tuple[Refusal, ...]:
        """Return that a group can't boot its image; nothing for any other resource, and where it is not there."""
        if resource.type != GROUP or not self.world.exists(resource):
            return ()
        return unnoted(self.world, lambda: tuple(unbootable(self.world, unread(self.world, resource))))

    def _faulty(self, resource: Resource) -> Iterator[Refusal]:
        """Yield which resources CloudFormation refuses in the stack of a resource, or in one before it."""
        stacks = self._resolution.stacks(outermost(resource.template))
        for fault, said in filter(None, map(self._fault, stacks)):
            why = said if fault.taken is None else f"{said}: CloudFormation refuses the template"
            if isinstance(fault.holder, Resource):
                yield Refusal(fault.holder, fault.location, why, fault.taken)
            else:
                yield Refusal(resource, "Properties", why, fault.taken)

    @asked
    def _fault(self, template: Template) -> tuple[Fault, str] | None:
        """Return the worst fault of a stack, or of one that is nested in it, with what is wrong in words."""
        if template.parent is not None and not self.world.exists(template.parent):
            return None
        found = [(fault, fault.said(why)) for fault in self._faults(template) if (why := self._why(fault))]
        found += filter(None, map(self._fault, template.nested.values()))
        return min(found, key=lambda each: each[0].taken is None, default=None)

    @asked
    def _faults(self, template: Template) -> tuple[Fault, ...]:
        """Return the faults of a template in any world; macros may write anew what is not theirs."""
        if not is_whole(template):
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
        if fault.judge is None:
            return fault.why
        values = [self.world.evaluate(template, node).value for node in fault.nodes]
        return fault.judge(*values) if fault.is_open or all(isinstance(each, str) for each in values) else ""
