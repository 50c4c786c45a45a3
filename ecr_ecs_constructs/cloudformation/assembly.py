"""Find and load cloud assemblies and templates.

Source: https://docs.aws.amazon.com/cdk/v2/guide/deploy.html (cloud assemblies)
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple

from ecr_ecs_constructs.cloudformation import yaml_text
from ecr_ecs_constructs.cloudformation.garbage import uncollected
from ecr_ecs_constructs.cloudformation.nesting import MAX_NESTING, is_shallow
from ecr_ecs_constructs.cloudformation.template import (
    STACK_TYPE,
    Constructs,
    Node,
    NoTemplateError,
    Resource,
    Template,
    TemplateError,
    check_shape,
)
from ecr_ecs_constructs.cloudformation.values import allowed_values, is_list

MANIFEST = "manifest.json"
TEMPLATE_SUFFIXES = (".json", ".yaml", ".yml", ".template")
ACKNOWLEDGED = "aws:cdk:acknowledged-rules"
SOURCE = "ecr-ecs-constructs:source"
"""The type of the construct metadata that holds the `file:line` of the statement that made a construct."""

MAX_TEMPLATES = 5000
"""How many templates one call may hold, each once for every nested stack that uses it."""


class Parameter(NamedTuple):
    """A value given for a template's parameter from outside.

    Attributes:
        stack: the name of the only stack that it is for, None for every stack that has such a parameter.
        name: the parameter's name.
        value: its value, a list with commas.
    """

    stack: str | None
    name: str
    value: str


class _Manifest(NamedTuple):
    """An asset manifest: what is built and uploaded for a stack."""

    file: Path
    content: str


class _Assets:
    """The assets of a stack, as its asset manifests name them."""

    def __init__(self, manifests: Sequence[_Manifest] = ()) -> None:
        self.manifests = manifests
        self.image_platforms = dict(platform for manifest in manifests for platform in _image_platforms(manifest))

    @cached_property
    def files(self) -> Mapping[str, str]:
        """The files that are uploaded for the stack, by the keys of the objects that they become."""
        return dict(entry for manifest in self.manifests for entry in _uploads(manifest))


class _Context(NamedTuple):
    """What is known about a template besides its body."""

    stack_name: str | None = None
    account: str | None = None
    region: str | None = None
    constructs: Callable[[], Constructs] = Constructs
    complete: bool = False  # whether every file that the template refers to is there, as in a cloud assembly
    assets: _Assets = _Assets()


class _Found(NamedTuple):
    """A template's file that was found and read."""

    file: Path
    real: Path  # the same file, by the one name that it has without links
    body: Mapping[str, Node]
    context: _Context


@uncollected()
def load(
    paths: Sequence[str | Path], parameters: Sequence[Parameter] = (), *, trusted: bool = False
) -> tuple[Template, ...]:
    """Load every template below some paths, nested stacks joined to their parents.

    Args:
        paths: cloud assemblies (folders with a manifest), other folders, and single templates in JSON or YAML.
        parameters: values for parameters of the templates.
        trusted: whether CDK has just written what is loaded, so that construct metadata need not be read before it is
            asked for.

    Returns:
        The templates in a stable order, each nested stack behind its parent, once for each stack that uses it.

    Raises:
        TemplateError: a path that can't be read, is no template, or holds none; or a parameter that no template has.
    """
    found: list[_Found] = []
    for path in map(Path, paths):
        below = list(_below(path))
        if not below:
            raise NoTemplateError(f"{path}: no template found")
        found += below
    loading = _Loading(parameters)
    for candidate in _roots(found):
        loading.add(candidate)
    # Templates that nest each other in a circle are all nested and none is a root: here they are refused.
    for candidate in found:
        if candidate.real not in loading.files:
            loading.add(candidate)
    _check_parameters(loading.templates, parameters)
    if not trusted:
        for template in loading.templates:
            _ = template.constructs
    return tuple(loading.templates)


def _roots(found: Sequence[_Found]) -> Iterator[_Found]:
    """Yield the templates that are no nested stacks, each once; one of an assembly is not also one of no stack."""
    seen = _nested_files(found)
    stacks = {one.real for one in found if one.context.stack_name is not None}
    places: set[tuple[object, ...]] = set()
    for one in found:
        file, context = one.real, one.context
        place = (file, context.stack_name, context.account, context.region)
        if file not in seen and place not in places and not (context.stack_name is None and file in stacks):
            places.add(place)
            yield one


def _below(path: Path) -> Iterator[_Found]:
    if _says(path.is_dir):
        if _says((path / MANIFEST).is_file):
            yield from _assembly(path)
        else:
            yield from _folder(path)
        return
    yield _found(path, read(path))


_ALONE = _Context()


def _found(file: Path, body: Node, context: _Context = _ALONE) -> _Found:
    if context.complete and isinstance(body, dict):
        body = {"Resources": {}, **body}  # CDK leaves out what a stack has none of
    check_shape(body, str(file))
    return _Found(file, file.resolve(), body, context)


def _assembly(folder: Path, around: tuple[Path, ...] = ()) -> Iterator[_Found]:
    """Yield the stacks of a cloud assembly and of the assemblies nested in it."""
    manifest = read(folder / MANIFEST)
    if folder.resolve() in around:
        raise TemplateError(f"{folder / MANIFEST}: the assembly nests itself")
    artifacts = manifest.get("artifacts") if isinstance(manifest, dict) else None
    if not isinstance(artifacts, dict):
        raise TemplateError(f"{folder / MANIFEST}: a cloud assembly's manifest must have artifacts, got none")
    for name, artifact in artifacts.items():
        try:
            kind, properties = artifact["type"], artifact.get("properties", {})
            if kind == "cdk:cloud-assembly":
                yield from _assembly(folder / properties["directoryName"], (*around, folder.resolve()))
            elif kind == "aws:cloudformation:stack":
                file = folder / properties["templateFile"]
                context = _stack_context(folder, name, artifacts)
            else:
                continue
        except _MALFORMED as error:
            raise _malformed(folder, name, error) from None
        if kind == "aws:cloudformation:stack":
            yield _found(file, read(file), context)


def _stack_context(folder: Path, name: str, artifacts: Mapping[str, Any]) -> _Context:
    artifact = artifacts[name]
    environment = artifact.get("environment", "").removeprefix("aws://").partition("/")
    account, region = (None if part.startswith("unknown-") else part or None for part in environment[::2])
    stack_name = artifact["properties"].get("stackName", name)
    if not isinstance(stack_name, str):
        raise TypeError(f"stackName is {stack_name!r}")
    manifests = tuple(_asset_manifests(folder, artifacts, artifact.get("dependencies") or ()))
    constructs = cache(partial(_constructs, folder, name, artifact))
    return _Context(stack_name, account, region, constructs, True, _Assets(manifests))


def _asset_manifests(folder: Path, artifacts: Mapping[str, Any], dependencies: Sequence[str]) -> Iterator[_Manifest]:
    for artifact in (artifacts.get(dependency) or {} for dependency in dependencies):
        if artifact.get("type") == "cdk:asset-manifest":
            file = folder / artifact["properties"]["file"]
            if _says(file.is_file):
                yield _Manifest(file, _content(file))


def _uploads(manifest: _Manifest) -> Iterator[tuple[str, str]]:
    """Yield the key and the file of each object that an asset manifest names."""
    try:
        for asset in parse(manifest.content, manifest.file).get("files", {}).values():
            for destination in asset["destinations"].values():
                yield str(destination["objectKey"]), asset["source"].get("path")
    except (KeyError, TypeError, AttributeError) as error:
        raise TemplateError(f"{manifest.file}: the asset manifest is malformed: {error!r}") from None


_NO_IMAGES = re.compile(r'"dockerImages":\s*\{\s*\}')


def _image_platforms(manifest: _Manifest) -> Iterator[tuple[str, str | None]]:
    """Yield the tag and the platform of each container image that an asset manifest names."""
    if not manifest.content or _NO_IMAGES.search(manifest.content):
        return  # most stacks build none
    for image in parse(manifest.content, manifest.file)["dockerImages"].values():
        for destination in image["destinations"].values():
            yield destination["imageTag"], image["source"].get("platform")


def _constructs(folder: Path, name: str, artifact: Mapping[str, Any]) -> Constructs:
    """Read the construct metadata of a stack, in its manifest and in a file beside it."""
    try:
        entries: Mapping[str, Any] = artifact.get("metadata") or {}
        if extra := artifact.get("additionalMetadataFile"):
            file = folder / extra
            more = read(file)
            if not isinstance(more, dict):
                raise TemplateError(f"{file}: construct metadata must be an object")
            entries = {**entries, **more}
        return _read_constructs(entries)
    except _MALFORMED as error:
        raise _malformed(folder, name, error) from None


def _read_constructs(entries: Mapping[str, Any]) -> Constructs:
    paths: dict[str, tuple[str, ...]] = {}
    acknowledged: dict[str, Mapping[str, str]] = {}
    sources: dict[str, str] = {}
    for key, items in entries.items():
        path = key[1:]
        for item in items:
            kind = item["type"]
            if kind == "aws:cdk:logicalId":
                logical_id = str(item.get("data"))
                paths[logical_id] = (*paths[logical_id], path) if logical_id in paths else (path,)
            elif kind == ACKNOWLEDGED:
                acknowledged[path] = {**acknowledged.get(path, {}), **item.get("data")}
            elif kind == SOURCE:
                sources[path] = str(item.get("data"))
    return Constructs(paths, acknowledged, sources)


_MALFORMED = (KeyError, TypeError, AttributeError)


def _malformed(folder: Path, name: str, error: Exception) -> TemplateError:
    return TemplateError(f"{folder / MANIFEST}: artifact {name!r} is malformed: {error!r}")


def _folder(folder: Path) -> Iterator[_Found]:
    """Yield every template below a folder that is no cloud assembly, and the assemblies below it."""
    for current, folders, files in os.walk(folder, onerror=_refuse):
        here = Path(current)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "node_modules")
        if MANIFEST in files and here != folder and _is_assembly(here):
            folders.clear()
            yield from _assembly(here)
            continue
        for name in sorted(files):
            file = here / name
            if file.suffix not in TEMPLATE_SUFFIXES:
                continue
            content = _content(file)
            if "AWS::" not in content or "Resources" not in content:
                continue  # some other document
            body = parse(content, file)
            if isinstance(body, dict) and isinstance(body.get("Resources"), dict):
                yield _found(file, body)


def _says(question: Callable[[], bool]) -> bool:
    """Return whether there is a file or a folder; there is none of a name that no file can have."""
    try:
        return question()
    except OSError:
        return False


def _refuse(error: OSError) -> None:
    raise TemplateError(f"{error.filename}: cannot be read: {error.strerror}")


def _is_assembly(folder: Path) -> bool:
    manifest = read(folder / MANIFEST)
    return isinstance(manifest, dict) and isinstance(manifest.get("artifacts"), dict)


def _nested_files(found: Sequence[_Found]) -> set[Path]:
    """Return the files among these that others use as nested stacks: they are judged there, not alone."""
    used = {
        nested.resolve()
        for one in found
        for resource in one.body["Resources"].values()
        if type(resource) is dict and resource.get("Type") == STACK_TYPE
        if (nested := _nested_file(one.file, resource, one.context)) is not None
    }
    return used.intersection(one.real for one in found)


def _nested_file(file: Path, resource: Mapping[str, Node], context: _Context) -> Path | None:
    """Return the file of a nested stack's template, where it lies beside its parent's."""
    asset = _asset(resource, context)
    properties = resource.get("Properties") or {}
    local = properties.get("TemplateURL") if asset is None else asset
    if not isinstance(local, str) or "://" in local:
        return None
    nested = file.parent / local
    return nested if _says(nested.is_file) else None


def _asset(stack: Mapping[str, Node], context: _Context) -> Node:
    """Return the path of the template of a nested stack that CDK made, None for any other."""
    metadata = stack.get("Metadata")
    if isinstance(metadata, dict) and metadata.get("aws:asset:property") == "TemplateURL":
        return metadata.get("aws:asset:path")
    # Only the command of CDK asks for this metadata; an app that runs by itself has just the object's key.
    url = (stack.get("Properties") or {}).get("TemplateURL")
    key = _OBJECT_KEY.search(json.dumps(url)) if isinstance(url, (str, dict)) else None
    return context.assets.files.get(key[1]) if key else None


_OBJECT_KEY = re.compile(r'/([^/"]+)"[\]}]*$')


class _Loading:
    """The templates of one call, and the files that they stand in."""

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self.templates: list[Template] = []
        self.files: set[Path] = set()
        # What is given for one stack counts before what is given for all.
        self.parameters = sorted(parameters, key=lambda parameter: parameter.stack is not None)

    def add(self, found: _Found) -> None:
        """Add a template and, behind it, its nested stacks."""
        declared = found.body.get("Parameters") or {}
        given = {
            parameter.name: parameter.value
            for parameter in self.parameters
            if parameter.name in declared and parameter.stack in (None, found.context.stack_name)
        }
        self._add(found, given, None, ())

    def _add(
        self, found: _Found, given: Mapping[str, str], parent: Resource | None, around: tuple[Path, ...]
    ) -> Template:
        name, context = str(found.file), found.context
        if len(self.templates) >= MAX_TEMPLATES:
            raise TemplateError(f"{name}: nested stacks must make at most {MAX_TEMPLATES} templates")
        template = Template(
            name,
            found.body,
            stack_name=context.stack_name,
            account=context.account,
            region=context.region,
            parameters=given,
            image_platforms=context.assets.image_platforms,
            constructs=context.constructs,
            parent=parent,
        )
        self.templates.append(template)
        self.files.add(found.real)
        around = (*around, found.real)
        for resource in template.by_type.get(STACK_TYPE, ()):
            file = _nested_file(found.file, resource.body, context)
            if file is None:
                if context.complete and (asset := _asset(resource.body, context)) is not None:
                    raise TemplateError(f"{name}: nested stack {resource.logical_id} has no template {asset!r}")
                continue
            nested = _found(file, read(file), context._replace(stack_name=None))
            if nested.real in around:
                raise TemplateError(f"{name}: nested stack {resource.logical_id} nests itself through {file.name}")
            template.nested[resource.logical_id] = self._add(nested, {}, resource, around)
        return template


def _check_parameters(templates: Sequence[Template], parameters: Sequence[Parameter]) -> None:
    for parameter in parameters:
        if not any(
            parameter.name in template.parameters and parameter.stack in (None, template.stack_name)
            for template in templates
        ):
            where = f"stack {parameter.stack!r}" if parameter.stack else "any of the templates"
            raise TemplateError(f"parameter {parameter.name!r} must be one of the templates', but is not in {where}")
    for template in templates:
        for name, value in template.parameters.items():
            _check_value(template, name, value)


def _check_value(template: Template, name: str, value: str) -> None:
    declared = template.section("Parameters")[name]
    allowed = allowed_values(declared)
    for item in value.split(",") if is_list(declared) else [value]:
        if allowed and item.strip() not in allowed:
            raise TemplateError(f"parameter {name!r} must have a value that {template.name} allows, got {item!r}")


def read(file: Path) -> Node:
    """Read a JSON or YAML file.

    Raises:
        TemplateError: it can't be read or parsed.
    """
    return parse(_content(file), file)


def _content(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TemplateError(
            f"{file}: not a text in UTF-8: byte {error.start} is {error.object[error.start]:#04x}"
        ) from None
    except OSError as error:
        raise TemplateError(f"{file}: cannot be read: {error.strerror}") from None
    except ValueError as error:  # no name of a file
        raise TemplateError(f"{file}: cannot be read: {error}") from None


def parse(content: str, file: Path) -> Node:
    """Parse the content of a template's file, JSON by its first character, else YAML.

    Raises:
        TemplateError: it is neither, or is nested deeper than `MAX_NESTING`.
    """
    begin = content.lstrip()[:1]
    if not begin:
        raise TemplateError(f"{file}: is empty")
    try:
        node, text = _json(content, file) if begin in "{[" else _yaml(content, file)
        if is_shallow(text):
            return node
    except RecursionError:
        pass
    raise TemplateError(f"{file}: objects and lists must be nested at most {MAX_NESTING} deep")


def _json(content: str, file: Path) -> tuple[Node, str]:
    """Return what a file in JSON holds, and it as a text in JSON."""
    try:
        return _JSON.decode(content), content
    except ValueError as error:
        if file.suffix in (".yaml", ".yml"):  # YAML's flow style begins as JSON does
            return _yaml(content, file)
        at, problem = "", str(error)
        if isinstance(error, json.JSONDecodeError):
            at, problem = f":{error.lineno}:{error.colno}", error.msg
        raise TemplateError(f"{file}{at}: not JSON: {problem}") from None


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


_JSON = json.JSONDecoder(parse_constant=_no_number)


def _yaml(content: str, file: Path) -> tuple[Node, str]:
    """Return what a file in YAML holds, and it as a text in JSON."""
    node = yaml_text.parse(content, str(file))
    return node, json.dumps(node)
