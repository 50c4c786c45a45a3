"""A CloudFormation template and its resources, as they stand in a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Never, TypeAlias

from ecr_ecs_constructs.cloudformation.loops import PREFIX, TooManyValues, expand, read_loop

if TYPE_CHECKING:
    from ecr_ecs_constructs.cloudformation.positions import TemplatePositions

Node: TypeAlias = "str | int | float | list[Node] | dict[str, Node] | None"
"""A piece of a template: object, list, string, number, boolean or null."""

Object: TypeAlias = "dict[str, Node]"

METADATA_KEY = "ecr-ecs-constructs"
"""The key below a resource's `Metadata` that holds acknowledgements, and below a template's that holds what it vouches
for."""


TRANSFORM = "Fn::Transform"
"""The key of what is processed at deployment only; below `Resources`, and without a `Type`, a resource type as well."""

STACK_TYPE = "AWS::CloudFormation::Stack"
_OPAQUE = frozenset(
    {TRANSFORM, "AWS::Serverless::Application", "AWS::ServiceCatalog::CloudFormationProvisionedProduct"}
)
"""Besides modules and nested stacks, the types of what stands for resources of a template elsewhere."""


class TemplateError(ValueError):
    """An input that is no CloudFormation template or cloud assembly; the message names the file and what is wrong."""

    def __init__(self, message: str) -> None:
        # A name in a template may hold a line end; the message is one line.
        super().__init__("".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in message))


class NoTemplateError(TemplateError):
    """A folder that holds no template."""


class Resource:
    """A resource of a template.

    Attributes:
        template: the template that holds it.
        logical_id: its key below `Resources`.
        type: its resource type, such as `AWS::ECS::TaskDefinition`.
        body: the whole object below the logical ID.
        properties: the node below `Properties`, an empty object where there is none.
        condition: the name of the condition under which the resource exists.
    """

    __slots__ = ("body", "condition", "logical_id", "properties", "template", "type")

    def __init__(self, template: Template, logical_id: str, type: str, body: Mapping[str, Node]) -> None:
        self.template = template
        self.logical_id = logical_id
        self.type = type
        self.body = body
        properties, condition = body.get("Properties"), body.get("Condition")
        # `check_shape` has refused all else but what is empty.
        self.properties = properties if isinstance(properties, dict) else {}
        self.condition = condition if isinstance(condition, str) else None

    @property
    def metadata(self) -> Object:
        """The object below `Metadata`, empty where there is none."""
        metadata = self.body.get("Metadata")
        return metadata if isinstance(metadata, dict) else {}

    @property
    def construct_path(self) -> str | None:
        """The path of the construct that made the resource, where the template or its assembly tells it."""
        # A template that an app includes can bring the metadata of the app that made it.
        path = self.template.construct_path(self.logical_id) or self.metadata.get("aws:cdk:path")
        return path if isinstance(path, str) else None


_NOTHING: Mapping[str, Never] = MappingProxyType({})


Rivals: TypeAlias = Mapping[str, Sequence[str]]
"""Cloud assemblies and folders that define the same as another one, each with those that define the same as it does."""


class Constructs(NamedTuple):
    """The constructs of one stack, as its cloud assembly tells of them.

    Attributes:
        paths: the construct paths of each logical ID, in the stack's own template and in those of its nested stacks.
        acknowledged: by construct path, the reason for each acknowledged rule, by its full id.
        sources: by construct path, the `file:line` of the statement that made the construct.
    """

    paths: Mapping[str, tuple[str, ...]] = _NOTHING
    acknowledged: Mapping[str, Mapping[str, str]] = _NOTHING
    sources: Mapping[str, str] = _NOTHING


class Template:
    """A template as it will be deployed: its body, and what is known about where.

    A template that several nested stacks use stands once for each of them.

    Attributes:
        name: the file's name as it is shown to people.
        body: the template itself.
        stack_name: the name of the stack, where it is known.
        account: the account it is deployed to, where it is known.
        region: the region it is deployed to, where it is known.
        parameters: values given for its parameters from outside, by name.
        image_platforms: by tag, the platform of each container image that is built with the stack, such as
            `linux/arm64`; None for that of the machine which builds it.
        parent: the nested stack's resource in the parent's template.
        nested: the templates of its nested stacks by logical ID, filled while the assembly is loaded.
        assembly: the cloud assembly that its stack is deployed with, where there is one.
        awaited: the templates of that assembly whose stacks CDK deploys before its own, filled as well.
        bundle: the cloud assembly, or the folder of templates, of which its stack is.
        positions: the places of its parts in its file; None where it was not read from one.
        rivals: the bundles that define something that its own defines too, so that they are of other environments, each
            with its own rivals; filled as well.
    """

    def __init__(
        self,
        name: str,
        body: Mapping[str, Node],
        *,
        stack_name: str | None = None,
        account: str | None = None,
        region: str | None = None,
        parameters: Mapping[str, str] = _NOTHING,
        image_platforms: Mapping[str, str | None] = _NOTHING,
        constructs: Callable[[], Constructs] = Constructs,
        parent: Resource | None = None,
        assembly: str | None = None,
        bundle: str = "",
        positions: TemplatePositions | None = None,
    ) -> None:
        self.name = name
        self.body = body
        self.stack_name = stack_name
        self.account = account
        self.region = region
        self.parameters = parameters
        self.image_platforms = image_platforms
        self._constructs = constructs
        self.parent = parent
        self.nested: dict[str, Template] = {}
        self.assembly = assembly
        self.awaited: list[Template] = []
        self.bundle = bundle
        self.positions = positions
        self.rivals: Rivals = _NOTHING

    @property
    def constructs(self) -> Constructs:
        """Its constructs, as the cloud assembly tells of them."""
        return self._constructs()

    @cached_property
    def resources(self) -> Mapping[str, Resource]:
        """The resources by logical ID, those of loops too."""
        return {
            logical_id: Resource(self, logical_id, str(body.get("Type", TRANSFORM)), body)
            for logical_id, body in objects_in(self.section("Resources")).items()
        }

    @cached_property
    def declared(self) -> Mapping[str, Object]:
        """The declarations of its parameters by name."""
        return objects_in(section_of(self.body, "Parameters"))

    @cached_property
    def _written_out(self) -> Mapping[str, Object]:
        """The sections that can hold loops, with these written out."""
        sections = {name: section_of(self.body, name) for name in _WITH_LOOPS}
        if "Transform" not in self.body and not any(key.startswith(PREFIX) for key in sections["Resources"]):
            return sections
        try:
            sections = {name: expand(section, self._lists()) for name, section in sections.items()}
        except TooManyValues as error:
            raise TemplateError(f"{self.name}: {error}") from None
        check_shape({**self.body, **sections}, self.name)
        return sections

    def _lists(self) -> Mapping[str, Sequence[str]]:
        """The values of the parameters that are lists, as far as no function decides them."""
        properties: Object = self.parent.properties if self.parent else {}
        passed = properties.get("Parameters", {})
        if not isinstance(passed, dict) or any(key.startswith("Fn::") for key in (*properties, *passed)):
            return {}
        values: dict[str, Sequence[str]] = {}
        for name, declared in self.declared.items():
            value = self.parameters.get(name, passed.get(name, declared.get("Default")))
            if isinstance(value, str) and declared.get("Type") in ("CommaDelimitedList", "List<Number>"):
                values[name] = [item.strip() for item in value.split(",")]
        return values

    @cached_property
    def by_type(self) -> Mapping[str, tuple[Resource, ...]]:
        """The resources by resource type."""
        found: dict[str, list[Resource]] = {}
        for resource in self.resources.values():
            found.setdefault(resource.type, []).append(resource)
        return {name: tuple(resources) for name, resources in found.items()}

    @cached_property
    def transforms(self) -> tuple[str, ...]:
        """The names of the macros that the whole template goes through at deployment, those of AWS among them.

        Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-reference.html
        """
        transforms = self.body.get("Transform")
        each = transforms if isinstance(transforms, list) else [transforms]
        names = [transform.get("Name") if isinstance(transform, dict) else transform for transform in each]
        return tuple(name for name in names if isinstance(name, str))

    @cached_property
    def macros(self) -> tuple[str, ...]:
        """The names of the macros that may do anything to the template at deployment."""
        # The effect of all those of AWS is known but for what is included.
        return tuple(name for name in self.transforms if name[:5] != "AWS::" or name == "AWS::Include")

    @cached_property
    def custom(self) -> tuple[Resource, ...]:
        """The custom resources, and those of types that are not of AWS: each may do anything when it is made."""
        return tuple(
            resource
            for type_, resources in self.by_type.items()
            if type_[:5] != "AWS::" or type_ == "AWS::CloudFormation::CustomResource"
            for resource in resources
        )

    @cached_property
    def opaque(self) -> tuple[Resource, ...]:
        """The resources that stand for others, known only at deployment, such as a nested stack that was not read."""
        return tuple(
            resource
            for type_, resources in self.by_type.items()
            if type_ == STACK_TYPE or type_ in _OPAQUE or type_.endswith("::MODULE")
            for resource in resources
            if resource.logical_id not in self.nested
        )

    def construct_path(self, logical_id: str) -> str | None:
        """Return the path of the construct that made a resource, where the assembly tells it."""
        inner = [nested.construct_scope for nested in self.nested.values()]
        for path in self.constructs.paths.get(logical_id, ()):
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
        paths = (own,) if isinstance(own, str) else self.constructs.paths.get(self.parent.logical_id, ())
        return next((path.rpartition(".NestedStack/")[0] for path in paths if ".NestedStack/" in path), None)

    def section(self, name: str) -> Object:
        """Return one of the template's other sections, such as `Outputs`; empty where there is none."""
        return self._written_out[name] if name in _WITH_LOOPS else section_of(self.body, name)

    def __repr__(self) -> str:
        return f"Template({self.name!r})"


def agree(one: str | None, other: str | None) -> bool:
    """Return whether two accounts, or two regions, can be the same; one that is not known can be any."""
    return one is None or other is None or one == other


def near(one: Template, other: Template) -> bool:
    """Return whether two templates may be deployed to the same account and region, in one environment."""
    return other.bundle not in one.rivals and agree(one.account, other.account) and agree(one.region, other.region)


def outermost(template: Template) -> Template:
    """Return the template of the stack that a template is of, its own where it is not nested."""
    while template.parent is not None:
        template = template.parent.template
    return template


def section_of(body: Mapping[str, Node], name: str) -> Object:
    """Return a section of a template's body as it is written; empty where there is none."""
    section = body.get(name)
    return section if isinstance(section, dict) else {}  # `check_shape` has refused all else but null


def objects_in(section: Object) -> Mapping[str, Object]:
    """Return the objects of a section; it holds nothing else but loops, which are lists."""
    return {key: node for key, node in section.items() if isinstance(node, dict)}


_WITH_LOOPS = ("Resources", "Conditions", "Outputs")
SECTIONS = ("Resources", "Parameters", "Mappings", "Conditions", "Outputs", "Metadata")


def check_shape(body: Node, name: str) -> Object:
    """Refuse what is no CloudFormation template; no message quotes what stands in it, which may be anything.

    Args:
        body: what was read from the file.
        name: the file's name, for the message.

    Returns:
        The body.

    Raises:
        TemplateError: the first place that is not as a template has it.
    """
    if not isinstance(body, dict):
        raise TemplateError(f"{name}: a template must be an object with Resources, got {kind(body)}")
    for section in SECTIONS:
        if not isinstance(body.get(section, {}), dict) and not (section != "Resources" and body[section] is None):
            raise TemplateError(f"{name}: {section} must be an object, got {kind(body[section])}")
    if "Resources" not in body:
        found = "one without" if body else "an empty object"
        raise TemplateError(f"{name}: a template must be an object with Resources, got {found}")
    for logical_id, resource in section_of(body, "Resources").items():
        wrong = (_wrong_loop if logical_id.startswith(PREFIX) else _wrong_resource)(logical_id, resource)
        if wrong is not None:
            raise TemplateError(f"{name}: Resources.{wrong}")
    for section in ("Parameters", "Mappings"):
        for key, value in section_of(body, section).items():
            if not isinstance(value, dict):
                raise TemplateError(f"{name}: {section}.{key} must be an object, got {kind(value)}")
    return body


def _wrong_resource(key: str, resource: Node) -> str | None:
    """Return the first place of a resource that is not as a template has it, and what is there, None if all are."""
    if not isinstance(resource, dict):
        return f"{key} must be an object with a Type, got {kind(resource)}"
    type_ = resource.get("Type")
    # What is processed at deployment may have no type yet.
    if not isinstance(type_, str) and ("Type" in resource or not (TRANSFORM in resource or key == TRANSFORM)):
        return f"{key}.Type must be the name of a resource type, got {kind(type_)}"
    properties = resource.get("Properties")
    if properties and not isinstance(properties, dict):
        return f"{key}.Properties must be an object, got {kind(properties)}"
    condition = resource.get("Condition")
    if condition and not isinstance(condition, str):
        return f"{key}.Condition must be the name of a condition, got {kind(condition)}"
    return None


def _wrong_loop(key: str, node: Node) -> str | None:
    loop = read_loop(key, node)
    if loop is None:
        return f"{key} must be a list of an identifier, a collection and an object, got {kind(node)}"
    for inner, value in loop.body.items():
        wrong = (_wrong_loop if inner.startswith(PREFIX) else _wrong_resource)(inner, value)
        if wrong is not None:
            return f"{key}.{wrong}"
    return None


def kind(node: Node) -> str:
    """Return the kind of a node, for a message that must not quote what it is."""
    if node is None:
        return "nothing"
    if isinstance(node, dict):
        return "an object" if node else "an empty object"
    if isinstance(node, list):
        return "a list"
    if isinstance(node, str):
        return "a text"
    return "a boolean" if isinstance(node, bool) else "a number"
