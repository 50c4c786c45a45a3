"""The machine images that container instances boot: where an image id comes from, and which image it is.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-optimized_AMI.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-bottlerocket-retrieve-ami.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_windows_AMI.html
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/create-launch-template.html (`resolve:ssm:`)
    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_LaunchTemplateOverrides.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.values import Hole, Text, Value, shown

MAX_RELEASE_AGE = timedelta(days=90)
"""How old a pinned release may be: what PCI DSS 4.0 allows for security updates that are not critical (6.3.3).

Source: https://www.pcisecuritystandards.org/document_library/
"""


class Architecture(StrEnum):
    """The architecture of a processor, as AMIs name it."""

    X86_64 = "x86_64"
    ARM64 = "arm64"


class System(StrEnum):
    """An operating system, by how it reads user data."""

    AMAZON_LINUX = "Amazon Linux"
    BOTTLEROCKET = "Bottlerocket"
    WINDOWS = "Windows"


class Product(NamedTuple):
    """A line of machine images that its publisher supports as one.

    Attributes:
        name: what it is, for people.
        ecs_optimized: whether the ECS agent is in it.
        system: its operating system, None where it is not told apart.
        end_of_life: the last day of support, None where none is announced or known.
        source: of the end of life.
        family: its operating system and version as ECS names them, such as `LINUX` or `WINDOWS_SERVER_2022_CORE`;
            None where they are not told apart.
    """

    name: str
    ecs_optimized: bool
    system: System | None = None
    end_of_life: date | None = None
    source: str = ""
    family: str | None = None


_LIFECYCLE = "https://learn.microsoft.com/en-us/lifecycle/products/windows-server"
_SEMI_ANNUAL = (
    "https://learn.microsoft.com/en-us/lifecycle/announcements/windows-server-semi-annual-channel-end-of-support"
)

_AMAZON_LINUX: Mapping[str, tuple[str, date, str]] = {
    "amazon-linux-2023": (
        "Amazon Linux 2023",
        date(2029, 6, 30),
        "https://docs.aws.amazon.com/linux/al2023/ug/release-cadence.html",
    ),
    "amazon-linux-2022": (  # a preview, which ended with the release of Amazon Linux 2023
        "Amazon Linux 2022",
        date(2023, 3, 15),
        "https://aws.amazon.com/blogs/aws/amazon-linux-2023-a-cloud-optimized-linux-distribution-with-long-term-support/",
    ),
    "amazon-linux-2": ("Amazon Linux 2", date(2026, 6, 30), "https://aws.amazon.com/amazon-linux-2/faqs/"),
    "amazon-linux": (
        "Amazon Linux 1",
        date(2025, 9, 15),
        "https://aws.amazon.com/blogs/containers/amazon-ecs-optimized-amazon-linux-ami-end-of-life/",
    ),
}
"""The ends of life of Amazon Linux, by the name in the parameters of ECS-optimized AMIs."""

_BOTTLEROCKET: Mapping[str, tuple[date, str]] = {
    "aws-ecs-1": (date(2025, 7, 24), "https://github.com/bottlerocket-os/bottlerocket/issues/4492"),
}
"""The ends of life of the ECS variants of Bottlerocket; none is announced for the others."""

_WINDOWS: Mapping[str, tuple[date, str]] = {
    "2016": (date(2027, 1, 12), f"{_LIFECYCLE}-2016"),
    "2019": (date(2029, 1, 9), f"{_LIFECYCLE}-2019"),
    "2022": (date(2031, 10, 14), f"{_LIFECYCLE}-2022"),
    "2025": (date(2034, 10, 10), f"{_LIFECYCLE}-2025"),
    "1909": (date(2021, 5, 11), f"{_LIFECYCLE}-version-1909"),
    "2004": (date(2021, 12, 14), f"{_LIFECYCLE}-version-2004"),
    "20H2": (date(2022, 8, 9), f"{_LIFECYCLE}-version-20h2"),
}
"""The ends of life of the versions of Windows Server."""

_OTHER_PUBLISHERS: Mapping[str, str] = {
    "ami-amazon-linux-latest": "Amazon Linux without the ECS agent",
    "ami-windows-latest": "Windows Server without the ECS agent",
    "ami-macos-latest": "macOS",
    "bottlerocket": "Bottlerocket for Kubernetes",
    "canonical": "Ubuntu",
    "debian": "Debian",
    "deeplearning": "a deep learning AMI",
    "eks": "an EKS-optimized AMI",
    "freebsd": "FreeBSD",
    "redhat": "Red Hat Enterprise Linux",
    "suse": "SUSE Linux",
}
"""Who else publishes machine images in public parameters, by the segment behind `/aws/service/`.

Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html
"""


class Ami(NamedTuple):
    """A machine image that an image id can become.

    Attributes:
        value: the image id as it stands in the template, known or half known; None where there is none.
        defaults: the names of the parameters whose default decided it.
        parameter: the SSM parameter that holds it, None where no parameter is known to.
        product: what it is; None where the templates don't tell.
        architecture: of the processors that it boots on, None where the templates don't tell.
        release: what it is pinned to (a release, a version of the parameter, an AMI id), None where it moves.
        released: the day of that release, None where it can't be told.
        vouched: by which words it is vouched for that it is built from the product; empty where it is the product.
    """

    value: str | Text | None
    defaults: tuple[str, ...] = ()
    parameter: str | None = None
    product: Product | None = None
    architecture: Architecture | None = None
    release: str | None = None
    released: date | None = None
    vouched: str = ""

    def __str__(self) -> str:
        """Return where it comes from: the parameter or the image id."""
        return self.parameter or ("no machine image" if self.value is None else str(self.value))

    @property
    def fixed(self) -> bool:
        """True where it is always the same AMI, and its name does not tell its age."""
        return self.release is not None and re.match("ami-|version ", self.release) is not None

    @property
    def is_open(self) -> bool:
        """True where it is an image of which the templates don't tell what it is built from."""
        if self.product is not None:
            return False
        if self.parameter is not None:
            return not self.parameter.startswith(_PUBLIC)
        return self.release is not None or (isinstance(self.value, Text) and not str(self.value).startswith(RESOLVE))

    @property
    def mystery(self) -> str:
        """Why it is not known which image it is."""
        if self.parameter is not None:
            return f"what image {self} holds is decided outside the templates"
        if self.release is not None:
            return f"{self} is a fixed image id, which does not tell what image it is"
        if str(self).startswith(RESOLVE):
            return f"{self} is read in launch templates and instances only"
        return f"image id {self} is known only at deployment" if self.value is not None else "no image id is given"

    def outdated(self, today: date) -> bool:
        """Return whether it is past its end of life on a day."""
        product = self.product
        return product is not None and product.end_of_life is not None and product.end_of_life < today


_PUBLIC = "/aws/"
"""The beginning of the names of public parameters."""

RESOLVE = "resolve:ssm:"
"""The beginning of an image id that an instance resolves when it is launched."""

_RESOLVERS = frozenset({"AWS::EC2::LaunchTemplate", "AWS::EC2::Instance"})
"""The types of resources whose image id may be `resolve:ssm:` and a parameter."""


def read_ami(value: Value, defaults: tuple[str, ...] = (), type_: str = "AWS::EC2::LaunchTemplate") -> Ami:
    """Read an image id.

    Args:
        value: what the evaluator made of it.
        defaults: the names of the parameters whose default decided it.
        type_: the type of the resource that it stands in.
    """
    if not isinstance(value, (str, Text)):
        return Ami(None if value is None else f"{shown(value)}, which is no text", defaults)
    if type_ not in _RESOLVERS and str(value).startswith(RESOLVE):
        return Ami(value, defaults)
    if (parameter := _parameter(value)) is not None:
        return _of_parameter(parameter)._replace(value=value, defaults=defaults)
    release = value if isinstance(value, str) and re.fullmatch("ami-[0-9a-f]+", value) else None
    return Ami(value, defaults, release=release)


def base_of(parameter: str) -> Ami | None:
    """Return the ECS-optimized image of a public SSM parameter; None where it, or its architecture, is not known.

    Args:
        parameter: the name of the parameter.
    """
    ami = _of_parameter(parameter)
    return ami if ami.product is not None and ami.product.ecs_optimized and ami.architecture is not None else None


_IMAGE_TYPES: Mapping[str, str] = {
    "ECS_AL1": "amazon-linux",
    "ECS_AL2": "amazon-linux-2",
    "ECS_AL2_NVIDIA": "amazon-linux-2",
    "ECS_AL2023": "amazon-linux-2023",
    "ECS_AL2023_NVIDIA": "amazon-linux-2023",
}
"""The image types of AWS Batch for Amazon ECS, by the name in the parameters of the images.

Source: https://docs.aws.amazon.com/batch/latest/APIReference/API_Ec2Configuration.html
"""

NVIDIA = "_NVIDIA"
"""The end of the image types of AWS Batch with the drivers of GPUs, which are for x86_64 alone."""


def read_image_type(value: Value, architecture: Architecture | None) -> Ami:
    """Return the image that AWS Batch chooses by an image type: the newest one that it supports.

    Args:
        value: the image type.
        architecture: of the instances that it is chosen for, None where it is not known.
    """
    system = _IMAGE_TYPES.get(value) if isinstance(value, str) else None
    if system is None:
        return read_ami(value, type_="")
    if str(value).endswith(NVIDIA) and architecture is Architecture.ARM64:
        architecture = None  # which image AWS Batch takes then is not documented
    return Ami(shown(value), product=_of_amazon_linux(system), architecture=architecture)


def _parameter(value: str | Text) -> str | None:
    """Return the SSM parameter that an image id is read from, half known in the notation of `Fn::Sub`."""
    if isinstance(value, Text) and len(value.pieces) == 1 and isinstance(hole := value.pieces[0], Hole):
        if hole.stored is not None:
            return hole.stored
        reference = re.fullmatch(r"\{\{resolve:ssm:(.*)\}\}", hole.name)
        return reference[1] if reference else None
    name = str(value)
    return name.removeprefix(RESOLVE) if name.startswith(RESOLVE) else None


_SUCCESSORS = (
    (
        re.compile(r"(/aws/service/ecs/optimized-ami/amazon-linux)(?:-2(?:/kernel-[0-9.]+)?)?((?:/arm64|/gpu)?/.*)"),
        r"\1-2023\2",
    ),
    (re.compile(r"(/aws/service/bottlerocket/aws-ecs-)1(.*)"), r"\g<1>2\2"),
)
"""The names of parameters of the images that came after others, by the names of these.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-bottlerocket-retrieve-ami.html
"""


def successor(ami: Ami, today: date) -> str | None:
    """Return the SSM parameter of the image that came after an outdated one; None where there is no such image.

    Args:
        ami: the outdated image.
        today: the day on which the other one is still supported.
    """
    if ami.parameter is None or ami.release is not None or ami.product is None:
        return None
    for form, newer in _SUCCESSORS:
        match = form.fullmatch(ami.parameter)
        other = _of_parameter(match.expand(newer)) if match is not None else None
        if other is not None and other.product is not None and other.product.system is ami.product.system:
            is_alike = other.architecture is not None and other.architecture is ami.architecture
            return other.parameter if is_alike and not other.outdated(today) else None
    return None


_PARAMETER = re.compile(r"/aws/service/(?P<publisher>[^/:]+)/(?P<path>[^:]+?)(?::(?P<version>[^:]+))?")
_OPTIMIZED = re.compile(
    r"optimized-ami/(?P<system>[^/]+)/(?P<variants>(?:[^/]+/)*)"
    r"(?P<release>recommended|ami-[0-9a-f]+|(?:al|amzn)[0-9]*-ami-[^/]+|20[0-9]{2}\.[0-9.]+)/image_id"
)
_VARIANT = re.compile(
    r"(?P<variant>aws-ecs-[123])(?:-nvidia)?(?:-fips)?/(?P<architecture>[^/]+)/"
    r"(?P<release>latest|[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9a-f]+)?)/image_id"
)
_SERVER = re.compile(
    r"Windows_Server-(?P<version>[^-]+)-English-(?P<kind>Full|Core)-ECS_Optimized/image_id", re.IGNORECASE
)
_VARIANTS = re.compile(r"(?:(?:kernel-[0-9.]+|gpu|inf|neuron|arm64)/)*")
_RELEASE_DAY = re.compile(r"(?<![0-9])(20[0-9]{2})\.?([01][0-9])\.?([0-3][0-9])(?![0-9])")


def _of_parameter(name: str) -> Ami:
    """Read the name of an SSM parameter, with its version behind a colon where it has one."""
    match = _PARAMETER.fullmatch(name)
    if match is None or "${" in name:
        version = re.fullmatch(r".*[^:]:([0-9]+)", name)
        return Ami(None, parameter=name, release=f"version {version[1]}" if version else None)
    publisher, path, version_number = match["publisher"], match["path"], match["version"]
    read = _PUBLISHERS.get(publisher)
    ami = read(path) if read is not None else None
    if ami is None:
        # A path of AWS's own that is in neither table: the image of a publisher that is known, or nobody knows.
        kind = _OTHER_PUBLISHERS.get(publisher)
        is_ecs = "ecs" in path.lower()
        ami = Ami(None, product=Product(kind, ecs_optimized=False) if kind and not is_ecs else None)
    if version_number is not None and version_number.isdecimal():
        ami = ami._replace(release=f"version {version_number}", released=None)
    return ami._replace(parameter=name)


def _amazon_linux(path: str) -> Ami | None:
    match = _OPTIMIZED.fullmatch(path)
    if match is None:
        return None
    release = match["release"]
    if match["system"] == "windows_server":
        # The parameters that were published until 2019: windows_server/2016/english/full/recommended
        windows = _windows_server(match["variants"].partition("/")[0], "Full")
        return None if windows is None else _pinned(windows, release)
    if match["system"] not in _AMAZON_LINUX:
        return None
    product = _of_amazon_linux(match["system"])
    architecture = None
    if _VARIANTS.fullmatch(match["variants"]):
        architecture = Architecture.ARM64 if "arm64/" in match["variants"] else Architecture.X86_64
    return _pinned(Ami(None, product=product, architecture=architecture), release)


def _of_amazon_linux(system: str) -> Product:
    name, end_of_life, source = _AMAZON_LINUX[system]
    return Product(f"ECS-optimized {name}", True, System.AMAZON_LINUX, end_of_life, source, "LINUX")


def _bottlerocket(path: str) -> Ami | None:
    match = _VARIANT.fullmatch(path)
    if match is None:
        return None
    variant, architecture = match["variant"], match["architecture"]
    end_of_life, source = _BOTTLEROCKET.get(variant, (None, ""))
    product = Product(f"Bottlerocket {variant}", True, System.BOTTLEROCKET, end_of_life, source, "LINUX")
    known = {each.value: each for each in Architecture}.get(architecture)
    ami = Ami(None, product=product, architecture=known)
    return ami if match["release"] == "latest" else ami._replace(release=match["release"])


def _windows(path: str) -> Ami | None:
    match = _SERVER.fullmatch(path)
    return None if match is None else _windows_server(match["version"], match["kind"])


def _windows_server(version: str, kind: str) -> Ami | None:
    if version.upper() not in _WINDOWS:
        return None
    end_of_life, source = _WINDOWS[version.upper()]
    name, family = f"Windows Server {version} {kind}", f"WINDOWS_SERVER_{version}_{kind}".upper()
    product = Product(f"ECS-optimized {name}", True, System.WINDOWS, end_of_life, source, family)
    return Ami(None, product=product, architecture=Architecture.X86_64)


_PUBLISHERS: Mapping[str, Callable[[str], Ami | None]] = {
    "ecs": _amazon_linux,
    "bottlerocket": _bottlerocket,
    "ami-windows-latest": _windows,
}
"""Read the rest of a parameter's name, by the segment behind `/aws/service/`."""


def _pinned(ami: Ami, release: str) -> Ami:
    if release == "recommended":
        return ami
    day = _RELEASE_DAY.search(release)
    try:
        released = date(*map(int, day.groups())) if day and not release.startswith("ami-") else None
    except ValueError:  # digits that are no day
        released = None
    return ami._replace(release=release, released=released)
