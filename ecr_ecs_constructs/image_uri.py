"""The grammar of an image reference that Amazon ECS pulls from a private Amazon ECR registry.

::

    reference  := registry "/" repository ( ":" tag [ "@" digest ] | "@" digest )
    registry   := account "." endpoint "." region "." suffix         (rows of _HOSTS; they must agree)
    region     := area "-" direction "-" number                      (areas of _REGIONS)
    account    := 12 digits
    repository := component { "/" component }                        (2 to 256 characters in all)
    component  := alphanumeric { ( "." | "_" | "__" | "-"+ ) alphanumeric }
    tag        := [A-Za-z0-9_] [A-Za-z0-9_.-]*                       (at most 128 characters)
    digest     := "sha256:" and 64 lower-case hexadecimal digits

One pattern serves literal references and those known in part: a part that is known only at deployment is a
`Placeholder`, one private-use character that the pattern accepts where a value of that kind may stand.

Sources:
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html (registry hosts)
    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html (repository names)
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html (image field)
    https://github.com/distribution/reference/blob/main/regexp.go (tag, digest)
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import lru_cache
from typing import Any, Literal, NamedTuple, Self

from ecr_ecs_constructs import regular

Part = Literal["reference", "registry", "account", "endpoint", "region", "suffix", "repository", "tag", "digest"]

MAX_IMAGE_LENGTH = 255
"""The longest `image` of a container definition; with a digest, what stands before the `@` counts."""

MAX_TAG_LENGTH = 128
MIN_REPOSITORY_LENGTH, MAX_REPOSITORY_LENGTH = 2, 256


class Placeholder(StrEnum):
    """A part of a reference that is known only at deployment, by what stands there then.

    Each member is one private-use character, so that a text with placeholders is still a text.
    `ANY` may stand for anything and is accepted only in the position of the tag or the digest.
    """

    ACCOUNT = "\ue000"
    REGION = "\ue001"
    URL_SUFFIX = "\ue002"
    REPOSITORY = "\ue003"
    ANY = "\ue004"


class Constrained(NamedTuple):
    """A part of a reference that is known only at deployment, but must match a pattern.

    Attributes:
        pattern: a regular expression that the whole value matches, such as the `AllowedPattern` of a parameter.
    """

    pattern: str


Piece = str | Placeholder | Constrained


class InvalidImageUri(ValueError):
    """A text that is no fully qualified image reference of a private ECR registry.

    Attributes:
        reference: the text that was judged, placeholders written as in `Fn::Sub`.
        part: the first part that is wrong.
        reason: what is wrong with it, a predicate: `has no ECR registry`.
    """

    def __init__(self, reference: str, part: Part, reason: str) -> None:
        super().__init__(f"image {display(reference)!r} {reason}")
        self.reference = display(reference)
        self.part: Part = part
        self.reason = reason


class UnverifiableImageUri(InvalidImageUri):
    """A text of which it is known only at deployment whether it is a fully qualified image reference."""


_A, _R, _S, _N, _ANY = (re.escape(placeholder.value) for placeholder in Placeholder)
_PRIVATE_USE = re.compile("[\ue000-\uf8ff]")
_ACCOUNT = f"(?:[0-9]{{12}}|{_A})"

_REGIONS = {
    "aws": (
        *("af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1"),
        *("ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5"),
        *("ap-southeast-6", "ap-southeast-7", "ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2"),
        *("eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1"),
        *("me-central-1", "me-south-1", "me-west-1", "mx-central-1", "sa-east-1", "sa-west-1", "us-east-1"),
        *("us-east-2", "us-west-1", "us-west-2"),
    ),
    "aws-cn": ("cn-north-1", "cn-northwest-1"),
    "aws-eusc": ("eusc-de-east-1",),
    "aws-iso": ("us-iso-east-1", "us-iso-west-1"),
    "aws-iso-b": ("us-isob-east-1", "us-isob-west-1"),
    "aws-iso-e": ("eu-isoe-west-1",),
    "aws-iso-f": ("us-isof-east-1", "us-isof-south-1"),
    "aws-us-gov": ("us-gov-east-1", "us-gov-west-1"),
}
"""The regions that are known by name, by partition. A new one of a known area is accepted, and in the same partition.

Source: https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json
"""

PARTITIONS = tuple(_REGIONS)
"""The partitions that are known."""

_DIRECTIONS = "central|(?:north|south)(?:east|west)?|east|west"


def _area(region: str) -> str:
    """Return what stands before the direction and the number of a region: `us-gov` of `us-gov-west-1`."""
    return region.rsplit("-", 2)[0]


_PARTITIONS = {_area(region): partition for partition, regions in _REGIONS.items() for region in regions}
AREAS = tuple(_PARTITIONS)
"""All that can stand before the direction and the number of a region: `us-gov` of `us-gov-west-1`."""

_FIPS = "us-(?:east|west)-[12]"


class _Host(NamedTuple):
    """A form of registry hosts: their endpoints, their regions and their suffix."""

    partition: str
    endpoints: tuple[str, ...]
    suffix: str
    url_suffix: bool = True  # whether the suffix is what AWS::URLSuffix stands for in that region; else dual-stack
    some_regions: str = ""  # the pattern of the regions that have it, where not all regions of the partition do

    @property
    def region(self) -> str:
        """The pattern of its regions."""
        areas = "|".join(area for area, partition in _PARTITIONS.items() if partition == self.partition)
        return self.some_regions or f"(?:{areas})-(?:{_DIRECTIONS})-[0-9]+"

    def pattern(self) -> str:
        endpoint = "|".join(map(re.escape, self.endpoints))
        suffix = re.escape(self.suffix)
        if self.url_suffix:
            suffix = f"(?:{suffix}|{_S})"
        return rf"(?:{endpoint})\.(?:{self.region}|{_R})\.{suffix}"


_HOSTS = (
    _Host("aws", ("dkr.ecr",), "amazonaws.com"),
    _Host("aws", ("dkr.ecr-fips",), "amazonaws.com", some_regions=_FIPS),
    _Host("aws", ("dkr-ecr",), "on.aws", url_suffix=False),
    _Host("aws", ("dkr-ecr-fips",), "on.aws", url_suffix=False, some_regions=_FIPS),
    _Host("aws-us-gov", ("dkr.ecr", "dkr.ecr-fips"), "amazonaws.com"),
    _Host("aws-us-gov", ("dkr-ecr", "dkr-ecr-fips"), "on.aws", url_suffix=False),
    _Host("aws-cn", ("dkr.ecr",), "amazonaws.com.cn"),
    _Host("aws-cn", ("dkr.ecr", "dkr-ecr"), "on.amazonwebservices.com.cn", url_suffix=False),
    _Host("aws-iso", ("dkr.ecr",), "c2s.ic.gov"),
    _Host("aws-iso", ("dkr-ecr",), "on.aws.ic.gov", url_suffix=False),
    _Host("aws-iso-b", ("dkr.ecr",), "sc2s.sgov.gov"),
    _Host("aws-iso-b", ("dkr-ecr",), "on.aws.scloud", url_suffix=False),
    _Host("aws-iso-e", ("dkr.ecr",), "cloud.adc-e.uk"),
    _Host("aws-iso-e", ("dkr-ecr",), "on.cloud-aws.adc-e.uk", url_suffix=False),
    _Host("aws-iso-f", ("dkr.ecr",), "csp.hci.ic.gov"),
    _Host("aws-iso-f", ("dkr-ecr",), "on.aws.hci.ic.gov", url_suffix=False),
    _Host("aws-eusc", ("dkr.ecr",), "amazonaws.eu"),
)

_URL_SUFFIXES = {host.partition: host.suffix for host in _HOSTS if host.url_suffix}
URL_SUFFIXES = tuple(dict.fromkeys(_URL_SUFFIXES.values()))
"""All that `AWS::URLSuffix` can stand for."""

_DUAL_STACK_SUFFIXES = {host.suffix for host in _HOSTS if not host.url_suffix}

# An account, a region and the name of a repository are made of characters that a name and a tag may hold.
_ATOM = f"[a-z0-9{_A}{_R}{_N}]+"
_COMPONENT = rf"{_ATOM}(?:(?:\.|_|__|-+){_ATOM})*"
_REPOSITORY = f"{_COMPONENT}(?:/{_COMPONENT})*"
_ANYTHING = f"{_A}{_R}{_S}{_N}{_ANY}"
_TAG = f"[A-Za-z0-9_{_ANYTHING}][A-Za-z0-9_.{_ANYTHING}-]*"
_SHORT_TAG = f"{_TAG.removesuffix('*')}{{0,{MAX_TAG_LENGTH - 1}}}"
_DIGEST = f"(?:sha256:(?:[0-9a-f]{{64}}|{_ANY})|{_ANY})"
_REGISTRY = rf"{_ACCOUNT}\.(?:{'|'.join(host.pattern() for host in _HOSTS)})"
_WHICH = f"(?::{_TAG}(?:@{_DIGEST})?|@{_DIGEST})"
_REFERENCE = f"{_REGISTRY}/{_REPOSITORY}{_WHICH}"

_PUBLIC_GALLERY = ("public.ecr.aws", "ecr-public.aws.com")

_REFERENCE_RE = re.compile(
    f"(?P<registry>{_REGISTRY})/(?P<repository>{_REPOSITORY})"
    f"(?::(?P<tag>{_TAG})(?:@(?P<tag_digest>{_DIGEST}))?|@(?P<digest>{_DIGEST}))"
)
_PUBLIC_REFERENCE = f"(?:{'|'.join(map(re.escape, _PUBLIC_GALLERY))})/{_COMPONENT}(?:/{_COMPONENT})+{_WHICH}"
_HOST_SHAPE = r"(?P<account>[^.]*)\.(?P<endpoint>dkr[.-]ecr(?:-fips)?)\.(?P<region>[^.]*)(?:\.(?P<suffix>.*))?"
_SCHEME = "[A-Za-z][A-Za-z0-9+.-]*://"

_NOTATION = {
    Placeholder.ACCOUNT.value: "${AWS::AccountId}",
    Placeholder.REGION.value: "${AWS::Region}",
    Placeholder.URL_SUFFIX.value: "${AWS::URLSuffix}",
    Placeholder.REPOSITORY.value: "${Repository}",
    Placeholder.ANY.value: "${…}",
}


def display(text: str) -> str:
    """Return a text with its placeholders written as in `Fn::Sub`, the unnamed ones as `${…}`."""
    return _PRIVATE_USE.sub(lambda match: _NOTATION.get(match[0], match[0]), text)


class _Fields(NamedTuple):
    account: str
    endpoint: str
    region: str
    suffix: str
    repository: str
    tag: str | None = None
    digest: str | None = None


class EcrImageUri(_Fields):
    """A fully qualified reference of an image in a private ECR registry.

    `str` gives the reference as it was written; in the fields of a symbolic reference, placeholders stand as
    the characters of `Placeholder`, in the order of the text.

    Attributes:
        account: 12 digits.
        endpoint: `dkr.ecr` or `dkr-ecr` (dual-stack), with `-fips` for the FIPS endpoints.
        region: such as `us-east-1`.
        suffix: the domain of the registry host behind the region, such as `amazonaws.com` or `on.aws`.
        repository: the name of the repository, with its namespaces.
        tag: the tag, or None for a reference by digest alone.
        digest: `sha256:` and 64 hexadecimal digits, or None; where both stand, the digest decides.
    """

    __slots__ = ()

    def __new__(  # noqa: PLR0917 - as many fields as a reference has parts
        cls,
        account: str,
        endpoint: str,
        region: str,
        suffix: str,
        repository: str,
        tag: str | None = None,
        digest: str | None = None,
    ) -> Self:
        """Refuse fields that make no reference, and fields that hold more than their own part."""
        uri = super().__new__(cls, account, endpoint, region, suffix, repository, tag, digest)
        text = uri._text()
        if (parts := _fields(text)) is None:
            raise _diagnose(text)
        if parts != uri:
            raise InvalidImageUri(text, "reference", "has a part written into the field of another part")
        return uri

    @classmethod
    def _make(cls, iterable: Iterable[Any]) -> Self:  # type: ignore[override] # that of a NamedTuple has its own form
        """Make one of fields, as `_replace` does: they are judged too."""
        return cls(*iterable)

    @property
    def registry(self) -> str:
        """The registry's host."""
        return f"{self.account}.{self.endpoint}.{self.region}.{self.suffix}"

    @property
    def partition(self) -> str | None:
        """The AWS partition of the registry, or None where its region is known only at deployment."""
        return partition_of(self.region) if _PRIVATE_USE.search(self.region) is None else None

    @property
    def is_dual_stack(self) -> bool:
        """True where the registry's host answers over IPv6 too."""
        return self.suffix in _DUAL_STACK_SUFFIXES

    @classmethod
    def parse(cls, reference: str) -> EcrImageUri:
        """Read a literal reference.

        Args:
            reference: the text of a container definition's `image`.

        Returns:
            The reference; its `str` is the text.

        Raises:
            InvalidImageUri: the text is no such reference; the reason names the first part that is wrong.
        """
        if _PRIVATE_USE.search(reference):
            raise InvalidImageUri(reference, "reference", "holds a private-use character")
        return cls._parse(reference)

    @classmethod
    def parse_symbolic(cls, pieces: Iterable[Piece]) -> EcrImageUri | None:
        """Read a reference of which some parts are known only at deployment.

        Args:
            pieces: literal texts, placeholders and constrained values, in their order.

        Returns:
            The reference, with placeholders in its fields (a constrained value is one of kind `ANY` there), or
            None where every text that it can become is a reference, but its parts can't be told apart.

        Raises:
            UnverifiableImageUri: only some of the texts that it can become are such a reference.
            InvalidImageUri: none of the texts that it can become is such a reference.
        """
        pieces = tuple(pieces)
        for piece in pieces:
            if type(piece) is str and _PRIVATE_USE.search(piece):
                raise InvalidImageUri(piece, "reference", "holds a private-use character")
        text = _join(pieces)
        if Placeholder.ANY.value in text and _REFERENCE_RE.fullmatch(text) is None:
            opened = "".join(map(_opened, pieces))
            if _REFERENCE_RE.fullmatch(opened) is None:
                _judge_open(pieces, text)
                return None
            text = opened
        if _is_constrained(pieces) and not _can_become(pieces, False):
            raise InvalidImageUri(text, *_NEVER)
        return cls._parse(text)

    @classmethod
    def _parse(cls, text: str) -> EcrImageUri:
        if (fields := _fields(text)) is None:
            raise _diagnose(text)
        return cls(*fields)

    def _text(self) -> str:
        tag = "" if self.tag is None else f":{self.tag}"
        digest = "" if self.digest is None else f"@{self.digest}"
        return f"{self.registry}/{self.repository}{tag}{digest}"

    def __str__(self) -> str:
        return display(self._text())


def partition_of(region: str) -> str:
    """Return the AWS partition of a region by the area in its name; a name of no known area is in `aws`."""
    return _PARTITIONS.get(_area(region), "aws")


def public_gallery_error(pieces: Iterable[Piece]) -> InvalidImageUri | None:
    """Return why not every text is a full reference of a private ECR registry or of the public gallery.

    Args:
        pieces: literal texts, placeholders and constrained values, in their order.

    Returns:
        None where every text that the pieces can become is one; an `UnverifiableImageUri` where only some are.

    Source: https://docs.aws.amazon.com/AmazonECR/latest/public/public-registries.html
    """
    pieces = tuple(pieces)
    text = _join(pieces)
    if _fields(text) or (re.fullmatch(_PUBLIC_REFERENCE, text) and _length(text.partition("@")[0]) <= MAX_IMAGE_LENGTH):
        return None
    try:
        if Placeholder.ANY.value not in text:
            return _diagnose(text, public=True)
        _judge_open(pieces, text, public=True)
    except InvalidImageUri as error:
        return error
    return None


def url_suffix_of(region: str) -> str:
    """Return what `AWS::URLSuffix` stands for in a region."""
    return _URL_SUFFIXES[partition_of(region)]


def check_region(region: str) -> None:
    """Refuse a text that is no name of a region; a new region of a known area has one.

    Raises:
        ValueError: what is wrong with it, with the region whose name is nearest.
    """
    if reason := _wrong_region(region):
        raise ValueError(f"region {region!r} {reason}")


def check_repository_name(name: str) -> None:
    """Refuse a name that Amazon ECR refuses for a repository.

    Raises:
        ValueError: what is wrong with it.
    """
    if reason := _wrong_repository(name):
        raise ValueError(f"repository name {name!r} {reason}")


def check_tag(tag: str) -> None:
    """Refuse a text that is no image tag.

    Raises:
        ValueError: what is wrong with it.
    """
    if reason := _wrong_tag(tag):
        raise ValueError(f"tag {tag!r} {reason}")


def check_digest(digest: str) -> None:
    """Refuse a text that is no image digest as Amazon ECS takes it.

    Raises:
        ValueError: what is wrong with it.
    """
    if reason := _wrong_digest(digest):
        raise ValueError(f"digest {digest!r} {reason}")


_SHORTEST = {
    Placeholder.ACCOUNT.value: 12,
    Placeholder.REGION.value: len("us-east-1"),
    Placeholder.URL_SUFFIX.value: len("amazonaws.com"),
    Placeholder.REPOSITORY.value: MIN_REPOSITORY_LENGTH,
    Placeholder.ANY.value: 0,
}


def _length(text: str) -> int:
    """Return how long a text is at least, once its placeholders are known."""
    return len(text) if text.isascii() else sum(_SHORTEST.get(character, 1) for character in text)


@lru_cache(maxsize=4096)
def _fields(text: str) -> tuple[str, str, str, str, str, str | None, str | None] | None:
    match = _REFERENCE_RE.fullmatch(text)
    if match is None:
        return None
    registry, repository, tag, tag_digest, digest = match.groups()
    if not MIN_REPOSITORY_LENGTH <= _length(repository) <= MAX_REPOSITORY_LENGTH:
        return None
    if _length(tag or "") > MAX_TAG_LENGTH or _length(text.partition("@")[0]) > MAX_IMAGE_LENGTH:
        return None
    account, _, rest = registry.partition(".")
    dots = 2 if rest.startswith("dkr.") else 1
    *endpoint, region, suffix = rest.split(".", dots + 1)
    return account, ".".join(endpoint), region, suffix, repository, tag, tag_digest or digest


def _join(pieces: Iterable[Piece]) -> str:
    return "".join(Placeholder.ANY.value if isinstance(piece, Constrained) else piece for piece in pieces)


@lru_cache(maxsize=1024)
def _opened(piece: Piece) -> str:
    """Return a piece as a text: of a constrained value, what each begins with, and `ANY` for the rest of it."""
    if not isinstance(piece, Constrained):
        return piece
    match = _LITERALS.match(piece.pattern)
    literal = re.sub(r"\\(.)", r"\1", match[1]) if match is not None else ""
    length = bisect_left(range(1, len(literal) + 1), True, key=lambda size: not _begins(piece.pattern, literal[:size]))
    return literal[:length] + Placeholder.ANY.value


_LITERALS = re.compile(r"\^?((?:(?:\\[^A-Za-z0-9]|[^\\.^$*+?{}\[\]|()])(?![*?{]))*)")
"""The literal text that a regular expression begins with, in its notation, up to its first other element."""


def _begins(pattern: str, start: str) -> bool:
    """Return whether every text that matches a pattern surely begins with another text."""
    try:
        return regular.difference(pattern, f"{re.escape(start)}[\\s\\S]*") is None
    except regular.UnsupportedPattern:
        return False


_NEVER: tuple[Part, str] = "reference", "can become no reference of an ECR image, whatever is given at deployment"


_REGISTRY_EXAMPLE = "000000000000.dkr.ecr.us-east-1.amazonaws.com"
_EXAMPLES = (f"{_REGISTRY_EXAMPLE}/app:1", f"{_REGISTRY_EXAMPLE}/app", _REGISTRY_EXAMPLE, "app:1", ":1", "1")
"""Texts that an unconstrained `ANY` usually stands for. Where one of them fits, there is no need to search."""


def _is_accepted(text: str, public: bool) -> bool:
    return _REFERENCE_RE.fullmatch(text) is not None or (public and re.fullmatch(_PUBLIC_REFERENCE, text) is not None)


def _accepted(public: bool) -> str:
    return f"{_REFERENCE}|{_PUBLIC_REFERENCE}" if public else _REFERENCE


def _is_constrained(pieces: Iterable[Piece]) -> bool:
    return any(isinstance(piece, Constrained) for piece in pieces)


@lru_cache(maxsize=1024)
def _can_become(pieces: tuple[Piece, ...], public: bool) -> bool:
    """Return whether some text that the pieces can become is a reference, or nobody can tell."""
    if not _is_constrained(pieces):
        text = _join(pieces)
        if any(_is_accepted(text.replace(Placeholder.ANY.value, example), public) for example in _EXAMPLES):
            return True
    try:
        # A pattern without a bound admits tags that are too long, besides; nobody gives one.
        short = _accepted(public).replace(_TAG, _SHORT_TAG)
        return regular.intersection(_pattern(pieces, "[\\s\\S]*"), short) is not None
    except regular.UnsupportedPattern:
        return True


@lru_cache(maxsize=1024)
def _counterexample(pieces: tuple[Piece, ...], public: bool) -> str | None:
    """Return a text that the pieces can become and that is no reference, None where there is none."""
    if not _is_constrained(pieces):
        text = _join(pieces)
        return None if _is_accepted(text, public) else text
    return regular.difference(_pattern(pieces, Placeholder.ANY.value), _accepted(public))


def _judge_open(pieces: tuple[Piece, ...], text: str, *, public: bool = False) -> None:
    """Raise unless every text that the pieces can become is a reference; a free `ANY` may be any text."""
    problems = tuple(_problems(text, public))
    if not _can_become(pieces, public):
        part, reason = next((problem[:2] for problem in problems if problem[2]), _NEVER)
        raise InvalidImageUri(text, part, reason)
    try:
        example = _counterexample(pieces, public)
    except regular.UnsupportedPattern as error:
        raise UnverifiableImageUri(text, problems[0][0], f"{problems[0][1]}; {error}") from None
    if example is None:
        return
    part, reason, _ = problems[0]
    if _is_constrained(pieces):
        reason = f"{reason}; what its pattern admits includes {display(example)!r}"
    raise UnverifiableImageUri(text, part, reason)


def _pattern(pieces: tuple[Piece, ...], anything: str) -> str:
    """Return the regular expression of all texts that the pieces can become."""
    return "".join(
        f"(?:{piece.pattern})"
        if isinstance(piece, Constrained)
        else anything
        if piece is Placeholder.ANY
        else re.escape(piece)
        for piece in pieces
    )


def _diagnose(text: str, *, public: bool = False) -> InvalidImageUri:
    part, reason, certain = next(_problems(text, public))
    return (InvalidImageUri if certain else UnverifiableImageUri)(text, part, reason)


_Problem = tuple[Part, str, bool]


def _problems(text: str, public: bool) -> Iterator[_Problem]:
    """Yield what is wrong with a text that is no reference, part after part, and whether that is certain now.

    Args:
        text: the text.
        public: whether a reference may also be one of the public gallery.
    """
    if problem := _wrong_characters(text):
        yield problem
        return
    host, slash, rest = text.partition("/")
    gallery = public and host in _PUBLIC_GALLERY
    if problem := _registry_problem(host, alone=not slash, public=public):
        yield problem
    if not slash:
        return
    name, at, digest = rest.partition("@")
    repository, colon, tag = name.partition(":")
    if Placeholder.ANY.value in repository:
        yield "repository", "has a repository that is known only at deployment", False
    elif wrong := _wrong_repository(repository):
        yield "repository", f"has the repository {display(repository)!r}, which {wrong}", True
    elif gallery and "/" not in repository:
        yield "repository", f"has the repository {display(repository)!r}, which lacks the alias of its registry", True
    if not colon and not at:
        yield "tag", "has neither tag nor digest", True
    if colon and (wrong := _wrong_tag(tag)):
        yield "tag", f"has the tag {display(tag)!r}, which {wrong}" if tag else "has an empty tag", True
    if at and (wrong := _wrong_digest(digest)):
        yield "digest", f"has the digest {display(digest)!r}, which {wrong}", True
    length = _length(text.partition("@")[0])
    if length > MAX_IMAGE_LENGTH:
        yield "reference", f"is {length} characters long; ECS takes at most {MAX_IMAGE_LENGTH}", True


def _wrong_characters(text: str) -> _Problem | None:
    """Return what is wrong with a text as a whole, before its parts are told apart."""
    if not text:
        return "reference", "is empty", True
    if set(text) == {Placeholder.ANY.value}:
        return "reference", "is known only at deployment", False
    if text.startswith("arn:"):
        return "reference", "is an ARN, not the reference of an image", True
    if scheme := re.match(_SCHEME, text):
        return "registry", f"starts with the scheme {scheme[0]!r}, so ECS does not take it for an ECR image", True
    if literal := re.search(r"\$\{[^}]*\}", text):
        return "reference", f"holds {literal[0]!r} as plain text: nothing replaces it", True
    if foreign := re.search(f"[^A-Za-z0-9_.:/#@{_ANYTHING}-]", text):
        return "reference", f"holds {foreign[0]!r} at index {foreign.start()}, which no reference may hold", True
    return None


def _registry_problem(host: str, *, alone: bool, public: bool) -> _Problem | None:
    """Return the problem of what stands before the first slash of a text, or None for the host of a registry.

    Args:
        host: what stands there.
        alone: whether the text has no slash, so that nothing follows.
        public: whether the host may be that of the public gallery.
    """
    name = re.split("[:@]", host, maxsplit=1)[0]
    if Placeholder.ANY.value in (name if alone else host):
        return "registry", "has a registry that is known only at deployment", False
    if alone and re.fullmatch(_REGISTRY, name):
        return "repository", "has a registry, but no repository", True
    if alone:
        return "registry", "has no ECR registry", True
    if public and host in _PUBLIC_GALLERY:
        return None
    return (*wrong, True) if (wrong := _wrong_registry(host, public)) else None


def _wrong_registry(host: str, public: bool) -> tuple[Part, str] | None:
    """Return the wrong part of a registry's host and what is wrong with it, or None for a right one.

    Args:
        host: the host.
        public: whether it may also be that of the public gallery.
    """
    shown = display(host)
    if re.fullmatch(_REGISTRY, host):
        return None
    if host in _PUBLIC_GALLERY:
        return "registry", f"is of the public gallery {shown!r}, not of a private ECR registry"
    if host != (lower := host.lower()) and (re.fullmatch(_HOST_SHAPE, lower) or (public and lower in _PUBLIC_GALLERY)):
        return "registry", f"has the registry {shown!r}, which must be written in lower case"
    shape = re.fullmatch(_HOST_SHAPE, host)
    if shape is None:
        if "." not in host and ":" not in host and host != "localhost":
            return "registry", "has no ECR registry"
        return "registry", f"has the registry {shown!r}, which is no ECR registry"
    account, endpoint, region, suffix = (shape[name] or "" for name in ("account", "endpoint", "region", "suffix"))
    if not re.fullmatch(_ACCOUNT, account):
        return "account", f"has the account {display(account)!r}, which is not 12 digits"
    if ":" in suffix and re.fullmatch(_REGISTRY, host.partition(":")[0]):
        return "registry", f"has a port in the registry {shown!r}; ECR hosts have none"
    rows = [row for row in _HOSTS if re.fullmatch(f"{row.region}|{_R}", region)]
    if not rows:
        return "region", f"has the region {display(region)!r}, which {_wrong_region(region, suffix)}"
    served = [row for row in rows if endpoint in row.endpoints]
    if not served:
        return "endpoint", f"has the endpoint {endpoint!r}, which region {display(region)!r} does not have"
    suffixes = " or ".join(sorted({repr(row.suffix) for row in served}))
    return "suffix", f"has the suffix {display(suffix)!r}, but {endpoint} hosts in {display(region)} end in {suffixes}"


def _wrong_region(region: str, suffix: str = "") -> str | None:
    """Return what is wrong with the name of a region, of a host with a suffix where one is given."""
    if any(re.fullmatch(host.region, region) for host in _HOSTS):
        return None
    from difflib import get_close_matches  # noqa: PLC0415 - most regions are written right

    partitions = {host.partition for host in _HOSTS if host.suffix == suffix} or _REGIONS
    near = get_close_matches(region, [name for partition in partitions for name in _REGIONS[partition]], n=1)
    return "is no region's name" + (f"; the nearest is {near[0]!r}" if near else "")


def _wrong_repository(name: str) -> str | None:
    if not name:
        return "is empty"
    if not re.fullmatch(_REPOSITORY, name):
        return "is not lower-case letters and digits, separated by one of . _ __ / or by hyphens"
    length = _length(name)
    if MIN_REPOSITORY_LENGTH <= length <= MAX_REPOSITORY_LENGTH:
        return None
    characters = "character" if length == 1 else "characters"
    return f"is {length} {characters} long; ECR takes {MIN_REPOSITORY_LENGTH} to {MAX_REPOSITORY_LENGTH}"


def _wrong_tag(tag: str) -> str | None:
    if _length(tag) > MAX_TAG_LENGTH:
        return f"is {_length(tag)} characters long; a tag has at most {MAX_TAG_LENGTH}"
    if not re.fullmatch(_TAG, tag):
        return "is not a letter, digit or _ followed by letters, digits, _ . or -"
    return None


def _wrong_digest(digest: str) -> str | None:
    return None if re.fullmatch(_DIGEST, digest) else "is not sha256: and 64 lower-case hexadecimal digits"
