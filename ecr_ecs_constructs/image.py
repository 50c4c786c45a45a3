"""Container images from Amazon ECR, with the permission to pull them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Unpack

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_ecs as ecs

from ecr_ecs_constructs.arguments import takes
from ecr_ecs_constructs.image_parameters import ImageParameters
from ecr_ecs_constructs.image_uri import (
    EcrImageUri,
    InvalidImageUri,
    Piece,
    Placeholder,
    check_digest,
    check_tag,
    display,
)
from ecr_ecs_constructs.options import AssetOptions
from ecr_ecs_constructs.permissions import (
    PULL_THROUGH_ACTIONS,
    add_pull_permission,
    grant_pull,
    tell_what_other_account_adds,
)
from ecr_ecs_constructs.upstreams import cache_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_iam as iam
    from constructs import Construct, IConstruct


class EcrImage(ecs.ContainerImage):
    """A container image from a private Amazon ECR repository, for every place where CDK takes a `ContainerImage`.

    A container that is given it has a fully qualified reference, and the execution role of its task has the permission
    to pull it. A task definition without an execution role gets one, on EC2 too, where it then pulls in place of the
    container instance role.

    Args:
        image: a reference, or any container image of CDK, which must turn out to be one of Amazon ECR.
        repository: the repository that the permission is granted on; None to tell it from the reference.
        pull_through_cache: whether a pull-through cache rule fills the repository, so that the permission includes
            its creation and the import of the image.

    Raises:
        ValueError: `image` is a literal text and no fully qualified reference of a private ECR registry. For other
            images that is told when a container is given the image.
    """

    def __init__(
        self,
        image: str | EcrImageUri | ecs.ContainerImage,
        *,
        repository: ecr.IRepository | None = None,
        pull_through_cache: bool = False,
    ) -> None:
        super().__init__()
        if not isinstance(image, (str, EcrImageUri, ecs.ContainerImage)):
            raise TypeError(
                f"image must be a reference of an image or a container image, got {image!r}: "
                "EcrImage.from_ecr_repository makes one from a repository"
            )
        self._image = str(image) if isinstance(image, EcrImageUri) else image
        self._repository = repository
        self._extra_actions: tuple[str, ...] = PULL_THROUGH_ACTIONS if pull_through_cache else ()
        self._refusal: ValueError | None = None
        if isinstance(self._image, str) and not cdk.Token.is_unresolved(self._image):
            read(self._image)

    @classmethod
    def of(cls, image: str | EcrImageUri | ecs.ContainerImage) -> EcrImage:
        """Return an `EcrImage` as it is, and any other image as a new `EcrImage`."""
        return image if isinstance(image, EcrImage) else cls(image)

    @classmethod
    def from_ecr_repository(  # type: ignore[override] # CDK's returns its own EcrImage; both are a ContainerImage
        cls,
        repository: ecr.IRepository,
        tag: str | None = None,
        *,
        digest: str | None = None,
        pull_through_cache: bool = False,
    ) -> EcrImage:
        """Return the image of a repository that a tag or a digest names.

        Args:
            repository: the repository, also an imported one.
            tag: the tag of the image.
            digest: the digest of the image: `sha256:` and 64 lower-case hexadecimal digits. In a reference with both,
                the digest alone decides, so only one of the two is taken.
            pull_through_cache: whether a pull-through cache rule fills the repository.

        Raises:
            ValueError: neither tag nor digest is given, or both are; or the text given is no tag or no digest.
        """
        check_which(tag, digest)
        uri = repository.repository_uri_for_digest(digest) if tag is None else repository.repository_uri_for_tag(tag)
        return cls(uri, repository=repository, pull_through_cache=pull_through_cache)

    @classmethod
    def from_image_uri(cls, image_uri: str | EcrImageUri, *, pull_through_cache: bool = False) -> EcrImage:
        """Return the image that a reference names.

        Args:
            image_uri: the reference, `registry/repository:tag` or `registry/repository@digest`. Tokens may stand in
                it: pseudo parameters for account, region and URL suffix, attributes of a repository for its parts, and
                any token for the tag.
            pull_through_cache: whether a pull-through cache rule fills the repository.

        Raises:
            ValueError: the reference is literal and not fully qualified.
        """
        return cls(image_uri, pull_through_cache=pull_through_cache)

    @classmethod
    @takes(refuses={"credentials": "Amazon ECR takes the permissions of a role"})
    def from_registry(cls, name: str) -> EcrImage:  # type: ignore[override] # what CDK's method returns can be no EcrImage; both are ContainerImages
        """Return the image that a reference names, as `from_image_uri` does.

        Raises:
            ValueError: the reference is literal and not fully qualified, or credentials are given.
        """
        return cls.from_image_uri(name)

    @classmethod
    @takes(AssetOptions)
    def from_asset(  # type: ignore[override] # CDK's returns an AssetImage; both are a ContainerImage
        cls,
        directory: str,
        *,
        platform: ecr_assets.Platform,
        **options: Unpack[AssetOptions],
    ) -> EcrImage:
        """Return the image that CDK builds from a directory and pushes to its own repository.

        Args:
            directory: the path of the directory that holds the Dockerfile.
            platform: the platform of the tasks. It has no default: that of CDK is the platform of the machine that
                builds the image.
            **options: those of `AssetOptions`.
        """
        return cls(ecs.ContainerImage.from_asset(directory, platform=platform, **AssetOptions(**options)))

    @classmethod
    def from_docker_image_asset(cls, asset: ecr_assets.DockerImageAsset) -> EcrImage:
        """Return the image of an asset that exists."""
        return cls(ecs.ContainerImage.from_docker_image_asset(asset), repository=asset.repository)

    @classmethod
    def from_tarball(cls, tarball_file: str) -> EcrImage:
        """Return the image of an archive that CDK loads and pushes to its own repository.

        Args:
            tarball_file: the path of the archive, absolute or from the working directory.
        """
        return cls(ecs.ContainerImage.from_tarball(tarball_file))

    def check(self, scope: IConstruct) -> None:
        """Refuse an image that is none of Amazon ECR, as far as its reference is known before a container has it.

        Args:
            scope: the construct in whose stack the tokens of the reference are read.

        Raises:
            ValueError: the reference is not fully qualified, or of no private ECR registry.
        """
        text = self._text
        if text is not None:
            self._read(text, scope)

    @property
    def _text(self) -> str | None:
        """The reference, None where it is known only once a container has the image."""
        if isinstance(self._image, ecs.EcrImage):
            return self._image.image_name
        return self._image if isinstance(self._image, str) else None

    def reference(self, scope: IConstruct) -> str:
        """Return the reference, for what takes a text where a task definition takes a container image.

        Args:
            scope: the construct in whose stack the tokens of the reference are read.

        Raises:
            ValueError: the reference is not fully qualified, or of no private ECR registry; or the image is one that
                only a task definition can be given, such as one that CDK builds.
        """
        text = self._text
        if text is None:
            raise ValueError(
                f"image must be a reference or an EcrImage of a repository, got {self._image!r}: there is no task "
                "definition that CDK could build it for; push it to a repository"
            )
        self._read(text, scope)
        return text

    def grant_pull(self, grantee: iam.IGrantable, scope: IConstruct) -> iam.Grant:
        """Give the permission to pull the image; a task definition that has it gives it by itself.

        It is given on all repositories that the reference may name, where only CDK knows which one that is.

        Args:
            grantee: the role that pulls.
            scope: the construct in whose stack the tokens of the reference are read.

        Returns:
            The grant.

        Raises:
            ValueError: as `reference` does.
        """
        repository = self._repository or self._read(self.reference(scope), scope).repository(scope)
        return grant_pull(grantee, repositories=[repository], pull_through_cache=bool(self._extra_actions))

    def bind(self, scope: Construct, container_definition: ecs.ContainerDefinition) -> ecs.ContainerImageConfig:
        """Give a container its reference, and its task the permission to pull it; called by CDK."""
        if isinstance(self._image, str):
            config = ecs.ContainerImageConfig(image_name=self._image)
        else:
            config = self._image.bind(scope, container_definition)
        reading = self._read(config.image_name, scope)
        if isinstance(self._image, ecs.RepositoryImage):
            acknowledge_granted(scope)
        repository = self._repository or reading.repository(scope)
        granted = isinstance(self._image, (ecs.AssetImage, ecs.EcrImage))  # by their bind, but nothing for a cache
        if not granted or self._extra_actions:
            add_pull_permission(
                container_definition.task_definition.obtain_execution_role(),
                repositories=[repository],
                extra=self._extra_actions,
            )
        if not isinstance(repository, ecr.Repository):
            self._tell_what_other_account_adds(container_definition, reading.uri)
        return config

    @property
    def refusal(self) -> ValueError | None:
        """The error by which the image was refused when a container was given it; CDK hands on its text alone."""
        return self._refusal

    def _tell_what_other_account_adds(self, container_definition: ecs.ContainerDefinition, uri: EcrImageUri) -> None:
        own = cdk.Stack.of(container_definition).account
        tell_what_other_account_adds(container_definition, own, uri.account, display(uri.repository))

    def _read(self, text: str, scope: IConstruct) -> Reading:
        named = self._repository is not None or isinstance(self._image, ecs.EcrImage)
        try:
            return read(text, scope, repository_named=named)
        except ValueError as error:
            self._refusal = error
            raise


def acknowledge_granted(scope: IConstruct) -> None:
    """Take back CDK's warning that the permission to pull an image is to be given."""
    cdk.Annotations.of(scope).acknowledge_warning("@aws-cdk/aws-ecs:ecrImageRequiresPolicy", "granted here")


def check_which(tag: str | None, digest: str | None) -> None:
    """Refuse what names no image of a repository.

    Args:
        tag: the tag of the image.
        digest: the digest of the image.

    Raises:
        ValueError: neither is given, or both are; or the text given is no tag or no digest.
    """
    if (tag is None) == (digest is None):
        raise ValueError(
            f"tag or digest must be given, and not both, got tag {tag!r} and digest {digest!r}: "
            "there is no default tag, and beside a digest a tag means nothing"
        )
    argument, value, check = ("digest", digest, check_digest) if tag is None else ("tag", tag, check_tag)
    assert value is not None  # noqa: S101 # told above; narrows the type
    if not cdk.Token.is_unresolved(value) and not _DYNAMIC_REFERENCE.fullmatch(value):
        try:
            check(value)
        except ValueError as error:
            raise ValueError(f"{argument} must name an image, got {value!r}: {error}") from None


@dataclass(frozen=True)
class Reading:
    """A reference, and what the placeholders in it stand for.

    Attributes:
        uri: the reference.
        resource: the repository resource whose name stands in it, if any.
        own_registry: whether account and region, where they are not literal, are those of the stack.
    """

    uri: EcrImageUri
    resource: ecr.CfnRepository | None = None
    own_registry: bool = True

    def repository(self, scope: IConstruct) -> ecr.IRepository | str:
        """Return the repository that the reference names, as construct or ARN."""
        if self.resource is not None and self.uri.repository == Placeholder.REPOSITORY:
            parent = self.resource.node.scope
            return parent if isinstance(parent, ecr.Repository) else self.resource.attr_arn
        values = {
            Placeholder.ACCOUNT.value: cdk.Aws.ACCOUNT_ID if self.own_registry else "*",
            Placeholder.REGION.value: cdk.Aws.REGION if self.own_registry else "*",
            Placeholder.REPOSITORY.value: self.resource.ref if self.resource else "*",
        }
        account, region, name = (
            "".join(values.get(character, character) for character in field)
            for field in (self.uri.account, self.uri.region, self.uri.repository)
        )
        return cdk.Stack.of(scope).format_arn(
            service="ecr", account=account, region=region, resource="repository", resource_name=name
        )


def read(text: str, scope: IConstruct | None = None, *, repository_named: bool = False) -> Reading:
    """Read a reference, with tokens where a scope is given.

    Args:
        text: the reference.
        scope: the construct in whose stack tokens are read.
        repository_named: whether a name that is known only at deployment is known to be that of a repository.

    Raises:
        ValueError: the text is no fully qualified reference.
    """
    tokens: _Tokens | None = None
    if scope is not None and cdk.Token.is_unresolved(text):
        tokens = _Tokens()
        text = tokens.text(cdk.Tokenization.resolve(text, scope=scope, resolver=tokens, preparing=False))
        if repository_named:
            text = re.sub(f"/{_ANY}(?=[:@])", f"/{_REPOSITORY}", text)
    parameters = tokens.parameters if tokens else ImageParameters()
    reason = "is known only at deployment"
    try:
        uri = EcrImageUri.parse_symbolic(_pieces(text, bool(tokens), parameters))
        if uri is None and parameters.characters:
            reason = "has a repository that is known only at deployment"
        if uri:
            return Reading(uri, tokens.resource, tokens.own_registry) if tokens else Reading(uri)
    except InvalidImageUri as error:
        reason = error.reason
    shown = display("".join(_ANY if character in parameters.characters else character for character in text))
    through = cache_for(shown)
    raise ValueError(
        f"image must be a fully qualified reference of a private ECR registry, got {shown!r}: it {reason}"
        + (f"; a cache makes it one: {through}" if through else parameters.advice)
    )


def _pieces(text: str, with_holes: bool, parameters: ImageParameters) -> list[Piece]:
    """Return the pieces of a text with placeholders.

    Args:
        text: the text.
        with_holes: whether its private-use characters stand for something.
        parameters: the parameters that some of these stand for.
    """
    found: list[Piece] = []
    known = "".join(_PLACEHOLDERS) + parameters.characters if with_holes else ""
    holes = f"|[{known}]" if known else ""
    for piece in filter(None, re.split(f"({_DYNAMIC_REFERENCE.pattern}{holes})", text)):
        if _DYNAMIC_REFERENCE.fullmatch(piece):
            found.append(Placeholder.ANY)
        elif piece in parameters.characters:
            found.append(parameters.piece(piece))
        else:
            found.append(_PLACEHOLDERS.get(piece, piece) if with_holes else piece)
    return found


_PLACEHOLDERS = {placeholder.value: placeholder for placeholder in Placeholder}
_ACCOUNT, _REGION, _URL_SUFFIX, _REPOSITORY, _ANY = _PLACEHOLDERS
_DYNAMIC_REFERENCE = re.compile(r"\{\{resolve:[^{}]+\}\}")
_PSEUDO_PARAMETERS = {"AWS::AccountId": _ACCOUNT, "AWS::Region": _REGION, "AWS::URLSuffix": _URL_SUFFIX}
_REPOSITORY_ATTRIBUTES = {
    "Ref": _REPOSITORY,
    "Arn": f"arn:{_ANY}:ecr:{_REGION}:{_ACCOUNT}:repository/{_REPOSITORY}",
    "RepositoryUri": f"{_ACCOUNT}.dkr.ecr.{_REGION}.{_URL_SUFFIX}/{_REPOSITORY}",
}
_ARN_FIELDS = {3: _REGION, 4: _ACCOUNT}


@jsii.implements(cdk.IFragmentConcatenator)
class _Join:
    """Joins the parts of a text as CloudFormation does."""

    def join(self, left: object, right: object) -> object:
        return {"Fn::Join": ["", [left, right]]}


class _Tokens(cdk.DefaultTokenResolver):
    """Turns the tokens of a text into placeholders, and notes the resources and parameters that they refer to.

    Attributes:
        parameters: the parameters.
    """

    def __init__(self) -> None:
        super().__init__(_Join())
        self._by_name: list[ecr.CfnRepository] = []
        self._by_arn: list[ecr.CfnRepository] = []
        self._opaque_arn = False
        self.parameters = ImageParameters()

    @property
    def resource(self) -> ecr.CfnRepository | None:
        """The repository resource that the text refers to: the first by its name, else the first by its ARN."""
        return next(iter([*self._by_name, *self._by_arn]), None)

    @property
    def own_registry(self) -> bool:
        """True where the text takes neither account nor region from an ARN."""
        return not (self._by_name or self._by_arn or self._opaque_arn)

    def resolve_token(
        self, t: cdk.IResolvable, context: cdk.IResolveContext, post_processor: cdk.IPostProcessor
    ) -> object:
        if isinstance(t, cdk.Reference) and isinstance(t.target, ecr.CfnRepository):
            (self._by_arn if t.display_name == "Arn" else self._by_name).append(t.target)
            return _REPOSITORY_ATTRIBUTES.get(t.display_name, _ANY)
        if isinstance(t, cdk.Reference) and isinstance(t.target, cdk.CfnParameter):
            return self.parameters.character(t.target)
        return super().resolve_token(t, context, post_processor)

    def text(self, value: object) -> str:
        """Return a resolved value as a text with placeholders."""
        match value:
            case str() | int() | float():
                return str(value)
            case {"Ref": str(name)}:
                return _PSEUDO_PARAMETERS.get(name, _ANY)
            case {"Fn::Join": [separator, [*parts]]}:
                return str(separator).join(map(self.text, parts))
            case {"Fn::Sub": [str(template), dict(values)]}:
                return self._substitute(template, values)
            case {"Fn::Sub": str(template)}:
                return self._substitute(template, {})
            case {"Fn::Select": [int() | str() as index, {"Fn::Split": [str(separator), whole]}]}:
                return self._part(int(index), separator, self.text(whole))
        return _ANY

    def _substitute(self, template: str, values: Mapping[str, object]) -> str:
        def value(match: re.Match[str]) -> str:
            literal, name = match.groups()
            return f"${{{name}}}" if literal else self.text(values.get(name, {"Ref": name}))

        return re.sub(r"\$\{(!?)([^}]+)\}", value, template)

    def _part(self, index: int, separator: str, whole: str) -> str:
        if whole == _ANY and separator == ":":  # CDK takes the registry of a repository from its ARN
            self._opaque_arn = True
            return _ARN_FIELDS.get(index, _ANY)
        parts = whole.split(separator)
        return parts[index] if index < len(parts) else _ANY
