"""Find and load cloud assemblies and templates.

Source: https://docs.aws.amazon.com/cdk/v2/guide/deploy.html (cloud assemblies)
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.environments import ANY_ENVIRONMENT, Environment, Parameter
from ecr_ecs_constructs.cloudformation.garbage import uncollected
from ecr_ecs_constructs.cloudformation.manifests import (
    ASSEMBLY_TYPE,
    MANIFEST,
    Artifact,
    Context,
    Reference,
    artifacts,
    nests,
    stack_context,
)
from ecr_ecs_constructs.cloudformation.names import find_rivals
from ecr_ecs_constructs.cloudformation.nesting import MAX_NESTING
from ecr_ecs_constructs.cloudformation.parameters import allowed_values, is_list
from ecr_ecs_constructs.cloudformation.positions import TemplatePositions
from ecr_ecs_constructs.cloudformation.reading import ANYWHERE, Given, Reader, TooLargeError, is_folder, parse
from ecr_ecs_constructs.cloudformation.template import (
    STACK_TYPE,
    Node,
    NoTemplateError,
    Object,
    Resource,
    Template,
    TemplateError,
    check_shape,
    objects_in,
    section_of,
)
from ecr_ecs_constructs.spelling import did_you_mean

TEMPLATE_SUFFIXES = (".json", ".yaml", ".yml", ".template")

STANDARD_INPUT = Path("-")
"""The path that stands for standard input."""

MAX_TEMPLATES = 5000
"""How many templates one call may hold, each once for every nested stack that uses it."""


class _Found(NamedTuple):
    """A template's file that was found and read."""

    file: Path
    real: str  # the same file, by the one name that it has without links
    body: Object
    positions: TemplatePositions
    context: Context
    bundle: str = ""  # what it is deployed with: its cloud assembly, or the folder that is given


@uncollected()
def load(
    paths: Sequence[str | Path],
    parameters: Sequence[Parameter] = (),
    environment: Environment = ANY_ENVIRONMENT,
    *,
    exclude: Sequence[str] = (),
    unreadable: Callable[[TemplateError], None] | None = None,
    trusted: bool = False,
) -> tuple[Template, ...]:
    """Load every template below some paths, nested stacks joined to their parents.

    Args:
        paths: cloud assemblies (folders with a manifest), other folders, and single templates in JSON or YAML, also as
            `aws cloudformation get-template` gives them; `-` is standard input.
        parameters: values for parameters of the templates.
        environment: where templates are deployed that do not say so.
        exclude: patterns of names, or of paths below a given folder, that are left out there: `*.test.json`; stacks of
            a cloud assembly by their templates.
        unreadable: takes what is wrong with a file, so that the others are loaded; without it, none is then.
        trusted: whether CDK has just written what is loaded, so that it may refer to files anywhere, and construct
            metadata need not be read before it is asked for.

    Returns:
        The templates in a stable order, each nested stack behind its parent, once for each that uses it.

    Raises:
        TemplateError: a path that can't be read, is no template, holds none, or leads out of what is given; or a
            parameter or a file of a stack that is of no template.
    """
    found, faults = _every(paths, tuple(exclude), trusted)
    _tell(faults, unreadable if found else None)
    environment.check([one.file for one in found if one.context.stack_name is None])
    loading = _Loading(parameters)
    loading.load([one._replace(context=environment.of(one.file, one.context)) for one in found])
    _check_parameters(loading.templates, parameters)
    for template in () if trusted else loading.templates:
        _ = template.constructs
    return tuple(loading.templates)


def _tell(faults: Sequence[TemplateError], unreadable: Callable[[TemplateError], None] | None) -> None:
    """Tell each fault; raise the first where nobody takes them."""
    if faults and unreadable is None:
        raise faults[0]
    if unreadable is not None:
        for fault in faults:
            unreadable(fault)


def _every(
    paths: Sequence[str | Path], exclude: tuple[str, ...], trusted: bool
) -> tuple[Sequence[_Found], Sequence[TemplateError]]:
    """Return the templates below some paths, and what is wrong with others."""
    places = [*map(Path, paths)]
    all_given = ANYWHERE if trusted else Given.of([*places, *(outer for path in places for outer in _around(path))])
    faults: list[TemplateError] = []
    found = [each for path in places for each in _given(_Search(Reader(path, all_given), exclude, faults), path)]
    return found, faults


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


def _around(path: Path) -> Iterator[Path]:
    """Yield the cloud assemblies that a given one is nested in: its assets lie in the outermost one."""
    if is_folder(path):
        inner = Path(os.path.realpath(path))
        while inner.name and nests(inner.parent, inner.name):
            inner = inner.parent
            yield inner


class _Search(NamedTuple):
    """A search for templates below a path.

    Attributes:
        reader: what reads there.
        exclude: patterns of what is left out.
        faults: takes what can't be read.
    """

    reader: Reader
    exclude: tuple[str, ...]
    faults: list[TemplateError]

    def leaves_out(self, path: Path, folder: Path) -> bool:
        """Return whether a path below a folder is left out."""
        shown = path.relative_to(folder).as_posix()
        return any(fnmatchcase(name, pattern) for pattern in self.exclude for name in (shown, path.name))


def _given(search: _Search, path: Path) -> Sequence[_Found]:
    """Return the templates below a given path, and keep what is wrong with it."""
    found = []
    try:
        for each in _below(path, search):
            found.append(each._replace(bundle=_bundle(each, path)))  # noqa: PERF401 - what was found before a fault counts
    except TemplateError as error:
        search.faults.append(error)
    if not found and not search.faults:
        raise NoTemplateError(f"{path}: no template found")
    return found


def _bundle(found: _Found, path: Path) -> str:
    """Return what a template is deployed with; templates that are given one by one are so with each other."""
    if found.context.stack is not None:
        return found.context.stack.assembly
    return str(path) if is_folder(path) else ""


def _below(path: Path, search: _Search) -> Iterator[_Found]:
    reader = search.reader
    if path == STANDARD_INPUT:
        yield _found(path, reader.standard_input(), Context(reader))
    elif not is_folder(path):
        yield _found(path, reader.text(path), Context(reader))
    elif reader.finds(path / MANIFEST):
        yield from (each for each in _assembly(path, reader) if not search.leaves_out(each.file, path))
    else:
        yield from _folder(path, search)


def _found(file: Path, content: str, context: Context) -> _Found:
    """Return the template that a file holds.

    Raises:
        TemplateError: it can't be parsed, or is no template.
    """
    body, positions = _unwrapped(content, file)
    return _checked(file, body, positions, context)


def _unwrapped(content: str, file: Path) -> tuple[Node, TemplatePositions]:
    """Return what a file holds; of the answer of `aws cloudformation get-template`, the template in it.

    Source: https://docs.aws.amazon.com/cli/latest/reference/cloudformation/get-template.html
    """
    body = parse(content, file)
    inner = body.get(_ANSWER) if isinstance(body, dict) and "Resources" not in body else None
    if isinstance(inner, str):
        return parse(inner, file), TemplatePositions(content, (_ANSWER,))
    return (body, TemplatePositions(content)) if inner is None else (inner, TemplatePositions(content, (_ANSWER,)))


_ANSWER = "TemplateBody"


def _checked(file: Path, body: Node, positions: TemplatePositions, context: Context) -> _Found:
    if context.is_complete and isinstance(body, dict):
        body = {"Resources": {}, **body}  # CDK leaves out what a stack has none of
    return _Found(file, context.reader.real(file), check_shape(body, str(file)), positions, context)


def _assembly(folder: Path, reader: Reader) -> Iterator[_Found]:
    """Yield the stacks of a cloud assembly and of the assemblies nested in it, each of which is read once."""
    around: list[str] = []
    seen: set[str] = set()

    def stacks(folder: Path, called: str | None = None) -> Iterator[_Found]:
        real = reader.real(folder, called)
        if real in around:
            raise TemplateError(f"{folder / MANIFEST}: the assembly nests itself")
        if len(around) > MAX_NESTING:
            raise TemplateError(f"{folder / MANIFEST}: assemblies must be nested at most {MAX_NESTING} deep")
        if real in seen:
            return
        seen.add(real)
        around.append(real)
        all_artifacts = artifacts(folder, reader)
        for name, artifact in all_artifacts.parts():
            type_ = artifact.get("type", str)
            if type_ == ASSEMBLY_TYPE:
                inner = artifact.part("properties").reference("directoryName")
                yield from stacks(folder / inner.name, inner.called)
            elif type_ == "aws:cloudformation:stack":
                template = artifact.part("properties").reference("templateFile")
                file = folder / template.name
                context = stack_context(folder, name, all_artifacts, reader)
                yield _found(file, reader.text(file, template.called), context)
        around.pop()

    yield from stacks(folder)


def _folder(folder: Path, search: _Search) -> Iterator[_Found]:
    """Yield every template below a folder that is no cloud assembly, and the assemblies below it.

    Links to folders are passed over: those that stay inside lead to what is found without them, and where they lead
    out, they are most often a tool's own (`bazel-out`, `result`). A link to a file is read by its name like the file,
    and so refused where it leads out: what it leads to may be a template, of which nobody else would tell.
    """
    waiting, reader = [folder], search.reader
    while waiting:
        here = waiting.pop()
        entries = [each for each in _entries(here) if not search.leaves_out(here / each.name, folder)]
        if any(entry.name == MANIFEST for entry in entries) and here != folder and _is_assembly(here, reader):
            yield from _assembly(here, reader)
            continue
        folders = {entry.name for entry in entries if entry.is_dir(follow_symlinks=False)}
        for entry in entries:
            file = here / entry.name
            is_folder_or_link = entry.name in folders or (entry.is_symlink() and is_folder(file))
            if file.suffix in TEMPLATE_SUFFIXES and not is_folder_or_link:
                try:
                    yield from _candidate(file, reader)
                except TemplateError as error:
                    search.faults.append(error)
        waiting += (here / name for name in sorted(folders, reverse=True) if name[0] != "." and name != "node_modules")


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise TemplateError(f"{folder}: cannot be read: {error.strerror}") from None


def _is_assembly(folder: Path, reader: Reader) -> bool:
    content = reader.text(folder / MANIFEST)
    if "artifacts" not in content:
        return False  # some other document, in whatever form
    manifest = parse(content, folder / MANIFEST)
    return isinstance(manifest, dict) and isinstance(manifest.get("artifacts"), dict)


def _candidate(file: Path, reader: Reader) -> Iterator[_Found]:
    """Yield what a file holds, if it is a template."""
    try:
        content = reader.text(file)
    except TooLargeError:
        return  # CloudFormation takes no template of a small part of that size
    if "AWS::" not in content or "Resources" not in content:
        return  # some other document
    body, positions = _unwrapped(content, file)
    if isinstance(body, dict) and isinstance(body.get("Resources"), dict):
        yield _checked(file, body, positions, Context(reader))


def _nested_files(found: Sequence[_Found]) -> set[str]:
    """Return the files among these that others use as nested stacks: they are judged there, not alone."""
    used = {
        one.context.reader.real(nested[0])
        for one in found
        for logical_id, resource in objects_in(section_of(one.body, "Resources")).items()
        if resource.get("Type") == STACK_TYPE
        if (nested := _nested_file(one.file, _nested(one.file, logical_id, resource, one.context), one.context))
    }
    return used.intersection(one.real for one in found)


class _Nested(NamedTuple):
    """How a nested stack names its template, and whether CDK has written that."""

    name: Node
    place: str
    is_asset: bool

    @property
    def template(self) -> Reference | None:
        """The file of its template, where the name is a path."""
        return Reference(self.name, self.place) if isinstance(self.name, str) and "://" not in self.name else None


def _nested(file: Path, logical_id: str, stack: Mapping[str, Node], context: Context) -> _Nested:
    place = f"{file}: Resources.{logical_id}"
    metadata = stack.get("Metadata")
    if isinstance(metadata, dict) and metadata.get("aws:asset:property") == "TemplateURL":
        return _Nested(metadata.get("aws:asset:path"), f"{place}.Metadata.aws:asset:path", True)
    # Only the command of CDK asks for this metadata; an app that runs by itself has just the object's key.
    properties = stack.get("Properties")
    url = properties.get("TemplateURL") if isinstance(properties, dict) else None
    key = _OBJECT_KEY.search(json.dumps(url)) if isinstance(url, (str, dict)) else None
    asset = context.assets.files.get(key[1]) if key else None
    if asset is not None:
        return _Nested(asset.name, asset.place, True)
    return _Nested(url, f"{place}.Properties.TemplateURL", False)


_OBJECT_KEY = re.compile(r'/([^/"]+)"[\]}]*$')


def _nested_file(file: Path, nested: _Nested, context: Context) -> tuple[Path, str] | None:
    """Return the file of a nested stack's template, and how messages call it; None for none beside its parent's."""
    template = nested.template
    if template is None:
        return None
    path = file.parent / template.name
    return (path, template.called) if context.reader.finds(path, template.called) else None


class _Loading:
    """The templates of one call, and the files that they stand in."""

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self.templates: list[Template] = []
        self.files: set[str] = set()
        self._stacks: dict[Artifact, tuple[Template, Context]] = {}
        # What is given for one stack counts before what is given for all.
        self.parameters = sorted(parameters, key=lambda parameter: parameter.stack is not None)

    def load(self, found: Sequence[_Found]) -> None:
        """Add the templates that were found, and tell each stack which ones come before it."""
        for candidate in _roots(found):
            self.add(candidate)
        # Templates that nest each other in a circle are all nested and none is a root: here they are refused.
        for candidate in found:
            if candidate.real not in self.files:
                self.add(candidate)
        self.order()
        self.part()

    def add(self, found: _Found) -> None:
        """Add a template and, behind it, its nested stacks."""
        declared = section_of(found.body, "Parameters")
        given = {
            parameter.name: parameter.value
            for parameter in self.parameters
            if parameter.name in declared and parameter.stack in (None, found.context.stack_name)
        }
        template = self._add(found, given, None, ())
        if found.context.stack is not None:
            self._stacks[found.context.stack] = (template, found.context)

    def order(self) -> None:
        """Tell each stack of a cloud assembly which ones CDK deploys before it."""
        for template, context in self._stacks.values():
            template.awaited += [self._stacks[each][0] for each in context.awaited if each in self._stacks]

    def part(self) -> None:
        """Tell each template which bundles are of other environments."""
        rivals = find_rivals(self.templates)
        for template in self.templates if rivals else ():
            template.rivals = rivals.get(template.bundle, {})

    def _add(
        self, found: _Found, given: Mapping[str, str], parent: Resource | None, around: tuple[str, ...]
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
            assembly=context.stack.assembly if context.stack is not None else None,
            bundle=found.bundle,
            positions=found.positions,
        )
        self.templates.append(template)
        self.files.add(found.real)
        around = (*around, found.real)
        if len(around) > MAX_NESTING:
            raise TemplateError(f"{name}: stacks must be nested at most {MAX_NESTING} deep")
        for resource in template.by_type.get(STACK_TYPE, ()):
            wanted = _nested(found.file, resource.logical_id, resource.body, context)
            named = _nested_file(found.file, wanted, context)
            if named is None:
                if context.is_complete and wanted.is_asset and wanted.name is not None:
                    raise TemplateError(f"{name}: nested stack {resource.logical_id} has no template {wanted.name!r}")
                continue
            file, called = named
            content = context.reader.text(file, called)
            nested = _found(file, content, context._replace(stack_name=None))._replace(bundle=found.bundle)
            if nested.real in around:
                raise TemplateError(f"{name}: nested stack {resource.logical_id} nests itself through {file.name}")
            template.nested[resource.logical_id] = self._add(nested, {}, resource, around)
        return template


def _check_parameters(templates: Sequence[Template], parameters: Sequence[Parameter]) -> None:
    for parameter in parameters:
        meant = [each for each in templates if parameter.stack in (None, each.stack_name)]
        if not parameter.is_usual and not any(parameter.name in each.parameters for each in meant):
            own = f"one of stack {parameter.stack!r}, which does not have it"
            allowed = own if parameter.stack else "one of the templates, and none has it"
            hint = did_you_mean(parameter.name, [name for each in meant for name in each.declared])
            why = f"parameter {parameter.name!r} must be {allowed}"
            raise TemplateError(f"{why}; {hint}" if hint else why)
    for template in templates:
        for name, value in template.parameters.items():
            _check_value(template, name, value)


def _check_value(template: Template, name: str, value: str) -> None:
    declared = template.declared[name]
    allowed = allowed_values(declared)
    for item in value.split(",") if is_list(declared) else [value]:
        if allowed and item.strip() not in allowed:
            raise TemplateError(f"parameter {name!r} must have a value that {template.name} allows, got {item!r}")
