"""References of a template that lead nowhere, for which CloudFormation refuses to deploy it.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html (unresolved dependencies)
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked, settled
from ecr_ecs_constructs.cloudformation.evaluation.surroundings import Export, lies
from ecr_ecs_constructs.cloudformation.functions import SUBSTITUTED
from ecr_ecs_constructs.cloudformation.loops import PREFIX
from ecr_ecs_constructs.cloudformation.template import TRANSFORM, Node, Resource, Template, outermost
from ecr_ecs_constructs.cloudformation.values import shown


class ReferencePlace(NamedTuple):
    """A place of a template that has references.

    Attributes:
        template: the template.
        resource: the resource that has them; None for an output.
        location: where they stand: `Properties`, `DependsOn`, or the output.
    """

    template: Template
    resource: Resource | None
    location: str


class Unresolved(NamedTuple):
    """A reference that leads nowhere.

    Attributes:
        place: where it stands.
        what: what it refers to, and why that is not there.
        taken: False where CloudFormation refuses it; None where what it refers to may stand elsewhere.
    """

    place: ReferencePlace
    what: str
    taken: bool | None = False


_Guards = tuple[tuple[str, bool], ...]
"""The conditions around a reference, each with the outcome in which the reference is there."""


@dataclass(frozen=True, eq=False, slots=True)
class _Conditional:
    """A reference that conditions can lead nowhere.

    Attributes:
        place: where it stands.
        guards: the conditions around it there.
        resource: the resource that it refers to, None for an export.
        output: the output of that resource, which is a nested stack; empty for the resource itself.
        export: the name of the export, where it refers to one.
        elsewhere: the argument of `Fn::GetStackOutput`, where it refers to the output of a stack by its name.
    """

    place: ReferencePlace
    guards: _Guards
    resource: Resource | None
    output: str = ""
    export: Node = None
    elsewhere: Node = None


class _Tie(NamedTuple):
    """A reference of one resource to another of its template.

    Attributes:
        source: the logical ID of the resource that refers.
        target: that of the other.
        location: where the reference stands.
        guards: the conditions around it there.
    """

    source: str
    target: str
    location: str
    guards: _Guards


class _Scan(NamedTuple):
    """The references of a template, whatever is chosen.

    Attributes:
        undeclared: the first to a name that the template does not have.
        conditional: those that conditions can lead nowhere.
    """

    undeclared: Unresolved | None
    conditional: tuple[_Conditional, ...]


class Resolution(InWorld):
    """The references of templates in one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    @asked
    def unresolved(self, template: Template) -> Unresolved | None:
        """Return a reference that leads nowhere and keeps a stack from being made; None where all lead.

        It stands in the stack, in one that is nested in it, or in a stack that one of these imports from.

        Args:
            template: the template of the stack.
        """
        return _worst(map(self._in_stack, self.stacks(template)))

    @asked
    def stacks(self, template: Template) -> tuple[Template, ...]:
        """Return a stack, and all that must be there before it: those that it takes outputs of, and so on.

        Args:
            template: the template of the stack.
        """
        stacks = [template]
        for stack in stacks:  # it grows
            stacks += (each for each in self._imported(stack) if each not in stacks)
        return tuple(stacks)

    @asked
    def _in_stack(self, template: Template) -> Unresolved | None:
        """Return a reference of a stack, or of one that is nested in it, that leads nowhere; None where all lead."""
        if template.parent is not None and not self.world.exists(template.parent):
            return None
        scan = self._scan(template)
        if scan.undeclared is not None:
            return scan.undeclared
        circle = self._circle(template)
        if circle is not None:
            return circle
        own = map(self._lacking, scan.conditional)
        return _worst(chain(own, map(self._in_stack, template.nested.values()), self._versions(template)))

    def _versions(self, template: Template) -> Iterator[Unresolved]:
        """Yield the dynamic references to a version of a parameter that it does not have when its stack makes it."""
        made = [each for each in template.by_type.get(_PARAMETER, ()) if self.world.exists(each)]
        names = {each.properties.get("Name") for each in made if isinstance(each.properties.get("Name"), str)}
        for place, _, node in _places(template) if names else ():
            for name, version in chain.from_iterable(map(_VERSION.findall, _texts(node))):
                if (
                    name in names
                    and int(version) > 1
                    and place.resource is not None
                    and self.world.exists(place.resource)
                ):
                    what = f"version {version} of parameter {name}, which is made there and begins with version 1"
                    yield Unresolved(place, what, None)

    def _circle(self, template: Template) -> Unresolved | None:
        """Return a reference of a resource that leads back to it; None where there is none."""
        ties = [tie for tie in self._ties(template) if self._is_tied(template, tie)]
        circles = _circles(ties)
        first = next((tie for tie in ties if tie.source in circles and tie.target in circles), None)
        if first is None:
            return None
        place = ReferencePlace(template, template.resources[first.source], first.location)
        return Unresolved(place, f"{first.target}, which leads back to it")

    @asked
    def _ties(self, template: Template) -> tuple[_Tie, ...]:
        """Return the references between resources of a template that go round in circles, whatever is chosen."""
        found = [
            _Tie(place.resource.logical_id, name, place.location, guards)
            for place, outer, node in _places(template)
            if place.resource is not None
            for guards, part in _parts(node, outer)
            for name in _names(part)
            if name in template.resources
        ]
        circles = _circles(found)
        return tuple(tie for tie in found if tie.source in circles and tie.target in circles)

    def _is_tied(self, template: Template, tie: _Tie) -> bool:
        ends = (template.resources[tie.source], template.resources[tie.target])
        return all(map(self.world.exists, ends)) and all(
            self.world.holds(template, condition) is outcome for condition, outcome in tie.guards
        )

    @asked
    def _imported(self, template: Template) -> tuple[Template, ...]:
        """Return the templates of the stacks that a stack, or one that is nested in it, takes outputs of."""
        found = dict.fromkeys(self.imports(template))
        for each in self._scan(template).conditional:
            if each.elsewhere is not None and self._is_there(each):
                found.update(dict.fromkeys(map(outermost, self._named(each.place.template, each.elsewhere).found)))
        found.update(dict.fromkeys(chain.from_iterable(map(self._imported, template.nested.values()))))
        return tuple(found)

    @asked
    def imports(self, template: Template) -> tuple[Template, ...]:
        """Return the templates of the stacks whose exports a stack, or one that is nested in it, imports.

        Args:
            template: the template of the stack.
        """
        found = {self._source(each): None for each in self._scan(template).conditional if each.export is not None}
        found.update(dict.fromkeys(chain.from_iterable(map(self.imports, template.nested.values()))))
        return tuple(each for each in found if each is not None)

    @settled
    def _source(self, reference: _Conditional) -> Template | None:
        """Return the template of the stack that a reference imports from; None where it is not there."""
        if not self._is_there(reference):
            return None
        export = self._export(reference.place.template, reference.export)
        return None if export is None else outermost(export.template)

    @asked
    def _scan(self, template: Template) -> _Scan:
        is_closed = is_whole(template)
        conditional: list[_Conditional] = []
        for place, outer, node in _places(template):
            for guards, part in _parts(node, outer):
                declared = template.declared if place.location != _AFTER else {}
                for name in _names(part):
                    if is_closed and name not in template.resources and name not in declared:
                        return _Scan(Unresolved(place, f"{name}, which is not in the template"), ())
                if place.location != _AFTER:  # what a resource depends on may be left out
                    conditional += _conditional(place, guards, part)
        return _Scan(None, tuple(conditional))

    @settled
    def _lacking(self, reference: _Conditional) -> Unresolved | None:
        """Return what a reference leads to that is not there, None where it is, or the reference itself is not."""
        if not self._is_there(reference):
            return None
        if reference.elsewhere is not None:
            return self._lacking_elsewhere(reference.place, reference.elsewhere)
        if reference.resource is None:
            what = self._lacking_export(reference.place.template, reference.export)
        elif not self.world.exists(reference.resource):
            what = f"{reference.resource.logical_id}, which is not made there"
        else:
            what = self._lacking_output(reference.resource, reference.output) if reference.output else ""
        return Unresolved(reference.place, what) if what else None

    def _is_there(self, reference: _Conditional) -> bool:
        """Return whether a reference is made: the resource that has it exists, and the conditions around hold."""
        template, resource, _ = reference.place
        if resource is not None and not self.world.exists(resource):
            return False
        return all(self.world.holds(template, condition) is outcome for condition, outcome in reference.guards)

    def _lacking_output(self, stack: Resource, title: str) -> str:
        """Return the output of a nested stack where it is not there, nothing where it is."""
        why = self._without(stack.template.nested[stack.logical_id], title)
        return f"output {title} of {stack.logical_id}, {why}" if why else ""

    def _without(self, template: Template, title: str) -> str:
        """Return why a stack has no output of a name, nothing where it has one."""
        outputs = template.section("Outputs")
        output = outputs.get(title)
        if output is None and not template.macros and not _is_open(outputs):
            return "which is not in its template"
        condition = output.get("Condition") if isinstance(output, dict) else None
        is_gone = isinstance(condition, str) and not self.world.holds(template, condition)
        return "which is not made there" if is_gone else ""

    def _lacking_elsewhere(self, place: ReferencePlace, argument: Node) -> Unresolved | None:
        """Return the output of a stack that is named where it is not there, or the stack is not in the templates."""
        stack, title, found = self._named(place.template, argument)
        if not stack or not title:
            return None  # it is known only at deployment
        what = f"output {title} of stack {stack}"
        if not found:
            return Unresolved(place, f"{what}, which is not in the templates", None)
        why = [self._without(each, title) for each in found]
        return Unresolved(place, f"{what}, {why[0]}") if all(why) else None

    def _named(self, template: Template, argument: Node) -> _StackOutput:
        """Return the output that the argument of `Fn::GetStackOutput` names."""
        if not isinstance(argument, dict):
            return _StackOutput("", "", ())
        stack, title = (self.world.evaluate(template, argument.get(key)).value for key in ("StackName", "OutputName"))
        if not isinstance(stack, str) or not isinstance(title, str):
            return _StackOutput("", "", ())
        asked = (argument.get("Region"), argument.get("RoleArn"))
        region, role = (None if node is None else self.world.evaluate(template, node).value for node in asked)
        references: tuple[Node, ...] = ({"Ref": "AWS::Region"}, {"Ref": "AWS::AccountId"})
        own = [self.world.evaluate(template, each).value for each in references]
        around = self.world.root.around.stacks(template, stack, self.world.choices)
        found = tuple(each for each in around if lies(each, template, region, role, (own[0], own[1])))
        return _StackOutput(stack, title, found)

    def _lacking_export(self, template: Template, argument: Node) -> str:
        """Return the export of a name where it is not there; nothing where it is, or is not in the templates."""
        found = self._export(template, argument)
        if found is not None and found.condition and not self.world.holds(found.template, found.condition):
            name = shown(self.world.evaluate(template, argument).value)
            return f"the export {name} of {found.template.name}, which is not made there"
        return ""

    def _export(self, template: Template, argument: Node) -> Export | None:
        name = self.world.evaluate(template, argument).value
        around = self.world.root.around
        return around.export(template, name, self.world.choices) if isinstance(name, str) else None


class _StackOutput(NamedTuple):
    """The output of a stack that is named.

    Attributes:
        stack: the name of the stack, empty where it is known only at deployment.
        title: the name of the output, empty where it is known only at deployment.
        found: the templates of the stacks of that name that lie where they are asked for.
    """

    stack: str
    title: str
    found: tuple[Template, ...]


def _worst(found: Iterable[Unresolved | None]) -> Unresolved | None:
    """Return the first that is sure, the first at all where none is."""
    unsure: Unresolved | None = None
    for each in found:
        if each is not None and each.taken is False:
            return each
        unsure = unsure or each
    return unsure


_PARAMETER = "AWS::SSM::Parameter"
_VERSION = re.compile(r"\{\{resolve:ssm:([^:{}]+):([0-9]+)\}\}")
"""A dynamic reference to a version of a parameter.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm.html
"""

_AFTER = "DependsOn"
_REFERRING = frozenset({"Ref", "Fn::GetAtt", "Fn::Sub", "Fn::GetStackOutput", "Fn::ImportValue"})
"""The functions that refer to something by its name."""

_LOOPS = "AWS::LanguageExtensions"
"""The transform whose loops are written out."""

_NAME = re.compile("[A-Za-z0-9_]+")
"""The name of a resource or a parameter, or what is taken for one."""

_OWN = ("AccountId", "NotificationARNs", "NoValue", "Partition", "Region", "StackId", "StackName", "URLSuffix")
_PSEUDO = frozenset(f"AWS::{name}" for name in _OWN)
"""The names of AWS.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
"""


def _circles(ties: Sequence[_Tie]) -> set[str]:
    """Return the resources that are in circles, or between two of them."""
    leading = _endless({(tie.source, tie.target) for tie in ties})
    return _endless({(tie.target, tie.source) for tie in ties if tie.source in leading and tie.target in leading})


def _endless(pairs: set[tuple[str, str]]) -> set[str]:
    """Return the names from which one can go on from name to name without end."""
    before: dict[str, list[str]] = {}
    ways: dict[str, int] = {}
    for one, other in pairs:
        before.setdefault(other, []).append(one)
        ways[one] = ways.get(one, 0) + 1
    ends = [name for name in before if name not in ways]
    while ends:
        for name in before.get(ends.pop(), ()):
            ways[name] -= 1
            if not ways[name]:
                del ways[name]
                ends.append(name)
    return set(ways)


def is_whole(template: Template) -> bool:
    """Return whether all names that references can lead to stand in a template: nothing adds others at deployment."""
    makers = (type_ for type_ in template.by_type if type_ == TRANSFORM or type_.endswith("::MODULE"))
    return (
        set(template.transforms) <= {_LOOPS}
        and TRANSFORM not in template.body
        and TRANSFORM not in template.declared
        and next(makers, None) is None
        and not _is_open(template.section("Resources"))
        and not _is_open(template.section("Outputs"))
    )


def _is_open(section: Node) -> bool:
    """Return whether a transform, or a loop over items that are not known, adds to a section at deployment."""
    if isinstance(section, dict) and TRANSFORM in section:
        return True
    return any(key.startswith(PREFIX) or "{" in key for part in _objects(section) for key in part)


def _places(template: Template) -> Iterator[tuple[ReferencePlace, _Guards, Node]]:
    """Yield the places of a template that may have references, with the conditions around and what stands there."""
    for resource in template.resources.values():
        yield ReferencePlace(template, resource, "Properties"), (), resource.properties
        after = resource.body.get(_AFTER)
        names: list[Node] = [{"Ref": name} for name in (after if isinstance(after, list) else [after])]
        yield ReferencePlace(template, resource, _AFTER), (), names
    for title, output in template.section("Outputs").items():
        if isinstance(output, dict):
            condition = output.get("Condition")
            guards = ((condition, True),) if isinstance(condition, str) else ()
            yield ReferencePlace(template, None, f"Outputs.{title}"), guards, output.get("Value")


def _objects(node: Node) -> Iterator[Mapping[str, Node]]:
    """Yield the objects of a node, itself among them."""
    pending = [node]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            yield each
            pending += [value for value in each.values() if isinstance(value, (dict, list))]
        elif isinstance(each, list):
            pending += [item for item in each if isinstance(item, (dict, list))]


def _texts(node: Node) -> Iterator[str]:
    """Yield the texts of a node, itself among them."""
    pending = [node]
    while pending:
        each = pending.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, (dict, list)):
            pending += each.values() if isinstance(each, dict) else each


def _parts(node: Node, guards: _Guards = ()) -> Iterator[tuple[_Guards, Mapping[str, Node]]]:
    """Yield the objects of a node that refer to something, in their order, each with the conditions around it."""
    pending = [(guards, node)]
    while pending:
        around, each = pending.pop()
        if isinstance(each, list):
            pending += [(around, item) for item in reversed(each) if isinstance(item, (dict, list))]
        elif isinstance(each, dict):
            choice = each.get("Fn::If")
            if isinstance(choice, list) and len(choice) == 3 and isinstance(choice[0], str):
                pending.append(((*around, (choice[0], False)), choice[2]))
                pending.append(((*around, (choice[0], True)), choice[1]))
                continue
            if not _REFERRING.isdisjoint(each):
                yield around, each
            pending += [(around, value) for value in reversed(each.values()) if isinstance(value, (dict, list))]


def _names(part: Mapping[str, Node]) -> Iterator[str]:
    """Yield the names that an object refers to by a function of its own, those of AWS left out."""
    return (name for name in _referred(part) if _NAME.fullmatch(name) or (":" in name and name not in _PSEUDO))


def _referred(part: Mapping[str, Node]) -> Iterator[str]:
    target = part.get("Ref") if len(part) == 1 else None
    if isinstance(target, str):
        yield target
    attribute = part.get("Fn::GetAtt")
    if isinstance(attribute, list) and attribute and isinstance(attribute[0], str):
        yield attribute[0]
    elif isinstance(attribute, str):
        yield attribute.partition(".")[0]
    written = part.get("Fn::Sub")
    own = written[1] if isinstance(written, list) and len(written) == 2 and isinstance(written[1], dict) else {}
    source = written[0] if isinstance(written, list) and written else written
    for literal, inner in SUBSTITUTED.findall(source) if isinstance(source, str) else ():
        if not literal and inner.strip() not in own:
            yield inner.strip().partition(".")[0]


def _conditional(place: ReferencePlace, guards: _Guards, part: Mapping[str, Node]) -> Iterator[_Conditional]:
    """Yield the references of an object that conditions can lead nowhere."""
    template = place.template
    for name in _names(part):
        resource = template.resources.get(name)
        if resource is not None and resource.condition:
            yield _Conditional(place, guards, resource)
    attribute = part.get("Fn::GetAtt")
    names = attribute.split(".", 1) if isinstance(attribute, str) else attribute
    if isinstance(names, list) and len(names) == 2 and isinstance(names[0], str) and names[0] in template.nested:
        title = names[1].removeprefix("Outputs.") if isinstance(names[1], str) else ""
        yield _Conditional(place, guards, template.resources[names[0]], title)
    if "Fn::ImportValue" in part:
        yield _Conditional(place, guards, None, export=part["Fn::ImportValue"])
    if "Fn::GetStackOutput" in part:
        yield _Conditional(place, guards, None, elsewhere=part["Fn::GetStackOutput"])
