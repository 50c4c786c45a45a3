"""The manifests of a cloud assembly: what they say of its stacks, and of the assemblies nested in it.

Source: https://docs.aws.amazon.com/cdk/v2/guide/deploy.html (cloud assemblies)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, cached_property, partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

from ecr_ecs_constructs.cloudformation.reading import Given, Reader, current_folder, parse
from ecr_ecs_constructs.cloudformation.template import Constructs, Node, Object, TemplateError, kind

MANIFEST = "manifest.json"
ACKNOWLEDGED = "aws:cdk:acknowledged-rules"
_CREATED = "aws:cdk:creationStack"
"""The type of the construct metadata that holds the frames of the calls that made a construct, the innermost first."""

T = TypeVar("T", str, "list[Node]", "dict[str, Node]")

_NAMES: Mapping[type, str] = {str: "a text", list: "a list", dict: "an object"}


class Part(NamedTuple):
    """An object in a manifest.

    Attributes:
        place: the file and the place in it, as messages name them.
        body: the object.
    """

    place: str
    body: Object

    def find(self, key: str, type_: type[T]) -> T | None:
        """Return what stands below a key, None where nothing does.

        Raises:
            TemplateError: it is of another type.
        """
        value = self.body.get(key)
        if value is not None and not isinstance(value, type_):
            raise TemplateError(f"{self.place}{key} must be {_NAMES[type_]}, got {kind(value)}")
        return value

    def get(self, key: str, type_: type[T]) -> T:
        """Return what stands below a key.

        Raises:
            TemplateError: it is of another type, or nothing is there.
        """
        value = self.find(key, type_)
        if value is None:
            raise TemplateError(f"{self.place}{key} must be {_NAMES[type_]}, got nothing")
        return value

    def part(self, key: str, *, optional: bool = False) -> Part:
        """Return the object below a key, an empty one where nothing is there and nothing need be.

        Raises:
            TemplateError: it is no object.
        """
        return Part(f"{self.place}{key}.", (self.find if optional else self.get)(key, dict) or {})

    def parts(self) -> Iterator[tuple[str, Part]]:
        """Yield all keys and the objects below them."""
        for key in self.body:
            yield key, self.part(key)

    def reference(self, key: str) -> Reference:
        """Return the file that is named below a key."""
        return Reference(self.get(key, str), f"{self.place}{key}")


class Reference(NamedTuple):
    """A file that another file names.

    Attributes:
        name: its path, relative to the folder of the other one.
        place: the other file and the place in it, as messages name them.
    """

    name: str
    place: str

    @property
    def called(self) -> str:
        """How messages call the file, whose own name may say nothing to whoever reads them."""
        return f"{self.place} {self.name!r}"


ASSEMBLY_TYPE = "cdk:cloud-assembly"


def nests(folder: Path, name: str) -> bool:
    """Return whether a folder is a cloud assembly that names one of the folders in it as an assembly nested in it."""
    reader = Reader(folder, Given.of([folder]))
    try:
        return reader.finds(folder / MANIFEST) and any(
            artifact.find("type", str) == ASSEMBLY_TYPE
            and artifact.part("properties").get("directoryName", str) == name
            for _, artifact in artifacts(folder, reader).parts()
        )
    except TemplateError:  # what nobody has given need not be right
        return False


class _AssetManifest(NamedTuple):
    """The manifest of what is built and uploaded for a stack."""

    file: Path
    content: str

    @property
    def body(self) -> Part:
        body = parse(self.content, self.file)
        if not isinstance(body, dict):
            raise TemplateError(f"{self.file}: an asset manifest must be an object, got {kind(body)}")
        return Part(f"{self.file}: ", body)


class Assets:
    """The assets of a stack, as its asset manifests name them.

    Attributes:
        image_platforms: the platform of each container image, by its tag.
    """

    def __init__(self, manifests: Sequence[_AssetManifest] = ()) -> None:
        self._manifests = manifests
        self.image_platforms = dict(platform for manifest in manifests for platform in _image_platforms(manifest))

    @cached_property
    def files(self) -> Mapping[str, Reference]:
        """The files that are uploaded for the stack, by the keys of the objects that they become."""
        return dict(entry for manifest in self._manifests for entry in _uploads(manifest))


def _uploads(manifest: _AssetManifest) -> Iterator[tuple[str, Reference]]:
    for _, asset in manifest.body.part("files", optional=True).parts():
        source = asset.part("source")
        for _, destination in asset.part("destinations").parts():
            key = destination.get("objectKey", str)
            if "path" in source.body:  # others are made by a program
                yield key, source.reference("path")


_NO_IMAGES = re.compile(r'"dockerImages":\s*\{\s*\}')


def _image_platforms(manifest: _AssetManifest) -> Iterator[tuple[str, str | None]]:
    """Yield the tag and the platform of each container image that an asset manifest names."""
    if not manifest.content or _NO_IMAGES.search(manifest.content):
        return  # most stacks build none
    for _, image in manifest.body.part("dockerImages", optional=True).parts():
        for _, destination in image.part("destinations").parts():
            yield destination.get("imageTag", str), image.part("source").find("platform", str)


class Artifact(NamedTuple):
    """An artifact of a cloud assembly.

    Attributes:
        assembly: the folder of the assembly.
        name: its key in the manifest.
    """

    assembly: str
    name: str


class Context(NamedTuple):
    """Facts about a template besides its body.

    Attributes:
        reader: what reads the files that it refers to.
        stack_name: the name of the stack, where it is known.
        account: the account it is deployed to, where it is known.
        region: the region it is deployed to, where it is known.
        constructs: what the assembly says of its constructs.
        is_complete: whether every file that it refers to is there, as in a cloud assembly.
        assets: the assets of its stack.
        stack: the artifact that its stack is, where it is of a cloud assembly.
        awaited: the artifacts that CDK deploys before it.
    """

    reader: Reader
    stack_name: str | None = None
    account: str | None = None
    region: str | None = None
    constructs: Callable[[], Constructs] = Constructs
    is_complete: bool = False
    assets: Assets = Assets()
    stack: Artifact | None = None
    awaited: tuple[Artifact, ...] = ()


def artifacts(folder: Path, reader: Reader) -> Part:
    """Read the artifacts in the manifest of a cloud assembly.

    Raises:
        TemplateError: it can't be read, or has none.
    """
    file = folder / MANIFEST
    manifest = reader.node(file)
    if not isinstance(manifest, dict) or not isinstance(manifest.get("artifacts"), dict):
        raise TemplateError(f"{file}: a cloud assembly's manifest must have artifacts, got none")
    return Part(f"{file}: ", manifest).part("artifacts")


def stack_context(folder: Path, name: str, artifacts: Part, reader: Reader) -> Context:
    """Return what a manifest says of a stack.

    Args:
        folder: the folder of the assembly.
        name: the key of the stack's artifact.
        artifacts: all artifacts.
        reader: what reads the files that are named.

    Raises:
        TemplateError: the manifest is not as CDK writes it, or a file that it names can't be read.
    """
    artifact = artifacts.part(name)
    environment = (artifact.find("environment", str) or "").removeprefix("aws://").partition("/")
    account, region = (None if part.startswith("unknown-") else part or None for part in environment[::2])
    awaited = _dependencies(artifact)
    manifests = tuple(_asset_manifests(folder, awaited, artifacts, reader))
    return Context(
        reader,
        artifact.part("properties").find("stackName", str) or name,
        account,
        region,
        cache(partial(_constructs, folder, artifact, reader)),
        True,
        Assets(manifests),
        Artifact(str(folder), name),
        tuple([Artifact(str(folder), dependency) for dependency in awaited]),
    )


def _dependencies(artifact: Part) -> list[str]:
    """Return the names of the artifacts that CDK deploys before one."""
    names: list[str] = []
    for dependency in artifact.find("dependencies", list) or ():
        if not isinstance(dependency, str):
            raise TemplateError(f"{artifact.place}dependencies must hold texts, got {kind(dependency)}")
        names.append(dependency)
    return names


def _asset_manifests(
    folder: Path, dependencies: Sequence[str], artifacts: Part, reader: Reader
) -> Iterator[_AssetManifest]:
    for dependency in dependencies:
        artifact = artifacts.part(dependency, optional=True)
        if artifact.find("type", str) == "cdk:asset-manifest":
            manifest = artifact.part("properties").reference("file")
            file = folder / manifest.name
            if reader.finds(file, manifest.called):
                yield _AssetManifest(file, reader.text(file, manifest.called))


def _constructs(folder: Path, stack: Part, reader: Reader) -> Constructs:
    """Read the construct metadata of a stack, in its manifest and in a file beside it."""
    place = f"{stack.place}metadata"
    entries: Object = stack.find("metadata", dict) or {}
    if stack.find("additionalMetadataFile", str):
        extra = stack.reference("additionalMetadataFile")
        place = f"{folder / extra.name}: construct metadata"
        more = reader.node(folder / extra.name, extra.called)
        if not isinstance(more, dict):
            raise TemplateError(f"{place} must be an object, got {kind(more)}")
        entries = {**entries, **more}
    constructs = _read_constructs(entries)
    if constructs is None:
        raise TemplateError(f"{place} must hold lists of objects with a type and its data")
    return constructs


def _read_constructs(entries: Object) -> Constructs | None:
    """Read construct metadata, None where it is not as CDK writes it."""
    paths: dict[str, list[str]] = {}
    acknowledged: dict[str, dict[str, str]] = {}
    sources: dict[str, str] = {}
    for key, items in entries.items():
        path = key[1:]
        if not isinstance(items, list):
            return None
        for item in items:
            if not isinstance(item, dict) or "type" not in item:
                return None
            type_, data = item["type"], item.get("data")
            if type_ == "aws:cdk:logicalId":
                paths.setdefault(str(data), []).append(path)
            elif type_ == ACKNOWLEDGED:
                if not isinstance(data, dict):
                    return None
                acknowledged.setdefault(path, {}).update((rule, str(reason)) for rule, reason in data.items())
            elif type_ == _CREATED and isinstance(data, list):
                sources.update((path, statement) for statement in islice(_statements(data), 1))
    return Constructs({name: tuple(found) for name, found in paths.items()}, acknowledged, sources)


_FRAME = re.compile(r"(?:.*? \()?(?P<file>.+?):(?P<line>[0-9]+)(?::[0-9]+)?\)?")
_LIBRARIES = frozenset({"site-packages", "dist-packages", "node_modules"})
_CONSTRUCTS = Path(__file__).parents[1]


def _statements(frames: Sequence[Node]) -> Iterator[str]:
    """Yield the `file:line` of each frame that is of no library: `make (/home/me/app/app.py:12)` is of the user.

    Those of Python are there where `JSII_HOST_STACK_TRACES` is set; Node's own have no file with a suffix.
    """
    here = current_folder()
    for frame in frames:
        match = _FRAME.fullmatch(frame) if isinstance(frame, str) else None
        file = Path(match["file"]) if match is not None else None
        if match is None or file is None or not file.suffix or _LIBRARIES.intersection(file.parts):
            continue
        if file.parent != _CONSTRUCTS:
            is_below = bool(here) and file.is_relative_to(here)
            yield f"{file.relative_to(here) if is_below else file}:{match['line']}"
