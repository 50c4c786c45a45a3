"""A CloudFormation template and its resources, as they stand in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

Node = Any
"""A piece of a template's body: object, list, string, number, boolean or null."""

METADATA_KEY = "ecr-ecs-constructs"
"""The key below a resource's `Metadata` that holds acknowledgements."""


class TemplateError(ValueError):
    """An input that is no CloudFormation template or cloud assembly; the message names the file and what is wrong."""


@dataclass(frozen=True, eq=False)
class Resource:
    """One resource of a template.

    Attributes:
        template: the template that holds it.
        logical_id: its key below `Resources`.
        type: its resource type, such as `AWS::ECS::TaskDefinition`.
        body: the whole object below the logical ID.
    """

    template: Template
    logical_id: str
    type: str
    body: Mapping[str, Node]

    @property
    def properties(self) -> Node:
        """The node below `Properties`, an empty object where there is none."""
        return self.body.get("Properties") or {}

    @property
    def condition(self) -> str | None:
        """The name of the condition under which the resource exists."""
        return self.body.get("Condition")

    @property
    def metadata(self) -> Mapping[str, Node]:
        """The object below `Metadata`, empty where there is none."""
        metadata = self.body.get("Metadata")
        return metadata if isinstance(metadata, dict) else {}

    @property
    def construct_path(self) -> str | None:
        """The path of the construct that made the resource, where the template or its assembly tells it."""
        # A template that an app includes can bring the metadata of the app that made it.
        path = self.template.construct_path(self.logical_id) or self.metadata.get("aws:cdk:path")
        return path if isinstance(path, str) else None


@dataclass(frozen=True)
class AssemblyMetadata:
    """What a cloud assembly says of the constructs of one stack.

    Attributes:
        paths: the construct paths of each logical ID, in the stack's own template and in those of its nested stacks.
        acknowledged: by construct path, the reason for each acknowledged rule, by its full id.
        sources: by construct path, the `file:line` of the statement that made the construct.
    """

    paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    acknowledged: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Template:
    """One template as it will be deployed: its body, and what is known about where.

    A template that several nested stacks use stands once for each of them.

    Attributes:
        name: the file's name as it is shown to people.
        body: the template itself.
        stack_name: the name of the stack, where it is known.
        account: the account it is deployed to, where it is known.
        region: the region it is deployed to, where it is known.
        parameters: values given for its parameters from outside, by name.
        assembly_metadata: what the cloud assembly says of its constructs.
        parent: the nested stack's resource in the parent's template.
    """

    name: str
    body: Mapping[str, Node]
    stack_name: str | None = None
    account: str | None = None
    region: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    assembly_metadata: AssemblyMetadata = field(default_factory=AssemblyMetadata)
    parent: Resource | None = None
    nested: dict[str, Template] = field(default_factory=dict)
    """The templates of its nested stacks by logical ID, filled while the assembly is loaded."""

    @cached_property
    def resources(self) -> Mapping[str, Resource]:
        """The resources by logical ID, those of `Fn::ForEach` expanded as far as their collections are literal."""
        return {
            logical_id: Resource(self, logical_id, body["Type"], body)
            for logical_id, body in _expand_loops(self.body["Resources"], {}).items()
        }

    @cached_property
    def by_type(self) -> Mapping[str, tuple[Resource, ...]]:
        """The resources by resource type."""
        found: dict[str, list[Resource]] = {}
        for resource in self.resources.values():
            found.setdefault(resource.type, []).append(resource)
        return {name: tuple(resources) for name, resources in found.items()}

    def construct_path(self, logical_id: str) -> str | None:
        """Return the path of the construct that made a resource, where the assembly tells it."""
        inner = [nested.construct_scope for nested in self.nested.values()]
        for path in self.assembly_metadata.paths.get(logical_id, ()):
            outside = self.construct_scope is not None and not path.startswith(f"{self.construct_scope}/")
            if not outside and not any(scope is not None and path.startswith(f"{scope}/") for scope in inner):
                return path
        return None

    @cached_property
    def construct_scope(self) -> str | None:
        """The path of the nested stack's construct, None for the template of a stack of its own."""
        if self.parent is None:
            return None
        # The construct `Web/Nest` is made by the resource `Web/Nest.NestedStack/Nest.NestedStackResource`.
        own = self.parent.metadata.get("aws:cdk:path")
        paths = (own,) if isinstance(own, str) else self.assembly_metadata.paths.get(self.parent.logical_id, ())
        return next((path.rpartition(".NestedStack/")[0] for path in paths if ".NestedStack/" in path), None)

    def section(self, name: str) -> Mapping[str, Node]:
        """Return one of the template's other sections, such as `Parameters`; empty where there is none."""
        return self.body.get(name) or {}

    def __repr__(self) -> str:
        return f"Template({self.name!r})"


SECTIONS = ("Resources", "Parameters", "Mappings", "Conditions", "Outputs", "Metadata")


def check_shape(body: Node, name: str) -> None:
    """Refuse what is no CloudFormation template.

    Args:
        body: what was read from the file.
        name: the file's name, for the message.

    Raises:
        TemplateError: the first place that is not as a template has it.
    """
    if not isinstance(body, dict):
        raise TemplateError(f"{name}: a template must be an object with Resources, got {_kind(body)}")
    for section in SECTIONS:
        if not isinstance(body.get(section, {}), dict) and not (section != "Resources" and body[section] is None):
            raise TemplateError(f"{name}: {section} must be an object, got {_kind(body[section])}")
    if "Resources" not in body:
        raise TemplateError(f"{name}: a template must have Resources, got {_listed(body)}")
    for logical_id, resource in body["Resources"].items():
        if logical_id.startswith("Fn::ForEach::"):
            _check_loop(resource, f"{name}: Resources.{logical_id}")
        else:
            _check_resource(resource, f"{name}: Resources.{logical_id}")
    for section in ("Parameters", "Mappings"):
        for key, value in (body.get(section) or {}).items():
            if key != "Fn::Transform" and not isinstance(value, dict):
                raise TemplateError(f"{name}: {section}.{key} must be an object, got {_kind(value)}")


def _check_resource(resource: Node, where: str) -> None:
    if not isinstance(resource, dict):
        raise TemplateError(f"{where} must be an object with a Type, got {_kind(resource)}")
    if not isinstance(resource.get("Type"), str):
        raise TemplateError(f"{where}.Type must be the name of a resource type, got {_kind(resource.get('Type'))}")
    if not isinstance(resource.get("Properties") or {}, dict):
        raise TemplateError(f"{where}.Properties must be an object, got {_kind(resource['Properties'])}")
    if not isinstance(resource.get("Condition") or "", str):
        raise TemplateError(f"{where}.Condition must be the name of a condition, got {_kind(resource['Condition'])}")


def _check_loop(loop: Node, where: str) -> None:
    if not (isinstance(loop, list) and len(loop) == 3 and isinstance(loop[0], str) and isinstance(loop[2], dict)):
        raise TemplateError(f"{where} must be a list of an identifier, a collection and an object, got {_kind(loop)}")
    for key, value in loop[2].items():
        (_check_loop if key.startswith("Fn::ForEach::") else _check_resource)(value, f"{where}.{key}")


def _expand_loops(resources: Mapping[str, Node], known: Mapping[str, str]) -> dict[str, Node]:
    """Write out `Fn::ForEach`; a loop whose collection is not literal stands once, its variable unreplaced.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html
    """
    expanded: dict[str, Node] = {}
    for key, value in resources.items():
        if not key.startswith("Fn::ForEach::"):
            expanded[_replace(key, known)] = _replace(value, known) if known else value
            continue
        variable, collection, body = value
        items = collection if isinstance(collection, list) and all(isinstance(i, str) for i in collection) else None
        for choice in [{**known, variable: item} for item in items] if items is not None else [known]:
            expanded.update(_expand_loops(body, choice))
    return expanded


def _replace(node: Node, known: Mapping[str, str]) -> Node:
    if isinstance(node, str):
        for variable, value in known.items():
            node = node.replace(f"${{{variable}}}", value).replace(f"&{{{variable}}}", value)
        return node
    if isinstance(node, list):
        return [_replace(item, known) for item in node]
    if isinstance(node, dict):
        if len(node) == 1 and node.get("Ref") in known:
            return known[node["Ref"]]
        return {_replace(key, known): _replace(value, known) for key, value in node.items()}
    return node


def _kind(node: Node) -> str:
    if node is None:
        return "nothing"
    if isinstance(node, dict):
        return "an object" if node else "an empty object"
    if isinstance(node, list):
        return "a list"
    return repr(node if len(repr(node)) <= 60 else f"{str(node)[:57]}…")


def _listed(body: Mapping[str, Node]) -> str:
    return "keys " + ", ".join(map(repr, list(body)[:5])) if body else "an empty object"
