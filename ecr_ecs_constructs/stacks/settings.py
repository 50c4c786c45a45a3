"""The settings of the reference apps, which they read from their context: `Settings`, `MultiAccountSettings`."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Self

from aws_cdk import Environment
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs

from ecr_ecs_constructs.fargate_sizes import MEMORY
from ecr_ecs_constructs.image_uri import check_digest, check_region, check_repository_name, check_tag

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs import Node

PREFIX: Final = "ecr-ecs:"
"""The beginning of the keys of all settings."""

REFERENCE: Final = "reference"
"""The name of the setting that says which of the reference apps is meant: `single-account` or `multi-account`."""

SINGLE_ACCOUNT, MULTI_ACCOUNT = "single-account", "multi-account"

_NO_TEXT: Final = "it is no text in quotes"


@dataclass(frozen=True)
class SharedSettings:
    """The settings that every reference app has.

    The key of each in the context is `ecr-ecs:` and its name, as in `-c ecr-ecs:cpu=512`.

    Attributes:
        repository_name: the name of the repository.
        image_tag: the tag of the image that the services run.
        image_digest: the digest of the image that the services run, in place of the tag.
        instance_type: the instance type of the container instances; all services run on its architecture.
        min_capacity: the smallest number of container instances.
        max_capacity: the largest number of container instances.
        cpu: the CPU units of a task, 1024 for one vCPU, among those of Fargate.
        memory: the memory of a task in MiB, among those of Fargate.
        desired_count: how many tasks each service runs.
        cidr: the addresses of the VPC.

    Raises:
        ValueError: a value is wrong; texts, as the command line gives them, are read as what they say.
    """

    repository_name: str = "ecr-ecs/app"
    image_tag: str = "1.0.0"
    image_digest: str | None = None
    instance_type: str = "t3.small"
    min_capacity: int = 1
    max_capacity: int = 4
    cpu: int = 256
    memory: int = 512
    desired_count: int = 1
    cidr: str = "10.0.0.0/16"

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None or field.default is not None:
                object.__setattr__(self, field.name, _READERS[field.name](field.name, value))
        if self.max_capacity < self.min_capacity:
            raise _refusal(
                "max_capacity", f"be {self.min_capacity} or more", self.max_capacity, "it is below min_capacity"
            )
        first, second, *others = choice = MEMORY[self.cpu]
        if self.memory not in choice:
            few = ", ".join(map(str, choice))
            allowed = few if len(choice) < 5 else f"{first} to {others[-1]} in steps of {second - first}"
            raise _refusal("memory", f"be {allowed} with {self.cpu} CPU units", self.memory, "Fargate has no such task")

    @property
    def cpu_architecture(self) -> ecs.CpuArchitecture:
        """The CPU architecture of the instance type, and so of all tasks."""
        arm = ec2.InstanceType(self.instance_type).architecture is ec2.InstanceArchitecture.ARM_64
        return ecs.CpuArchitecture.ARM64 if arm else ecs.CpuArchitecture.X86_64

    @classmethod
    def from_context(cls, node: Node) -> Self:
        """Read the settings from the context of an app.

        Those of another reference app may stand there with their defaults, as `cdk.json` has them.

        Args:
            node: the node of the app, or of a construct in it.

        Raises:
            ValueError: a setting is unknown, of another reference app, or has a wrong value; the first, in one line.
        """
        context = node.get_all_context() or {}
        given = {key.removeprefix(PREFIX): value for key, value in context.items() if key.startswith(PREFIX)}
        given.pop(REFERENCE, None)
        own = [field.name for field in fields(cls)]
        others = {field.name: field.default for app in (Settings, MultiAccountSettings) for field in fields(app)}
        for name in sorted(set(given) - set(own)):
            if name not in others:
                raise ValueError(f"context {PREFIX + name!r} must be one of {', '.join(own)}: it is unknown")
            if given[name] != others[name]:
                raise _refusal(name, "be left out", given[name], "it is a setting of another reference app")
        return cls(**{name: value for name, value in given.items() if name in own})


@dataclass(frozen=True)
class Settings(SharedSettings):
    """The settings of the reference app in one account.

    Attributes:
        account: where to deploy, 12 digits; None for the account of whoever deploys.
        region: where to deploy; None for the region of whoever deploys.
        nat: whether subnets reach AWS by NAT gateways instead of VPC endpoints.

    Raises:
        ValueError: a value is wrong; texts, as the command line gives them, are read as what they say.
    """

    account: str | None = None
    region: str | None = None
    nat: bool = False

    @property
    def env(self) -> Environment:
        """The environment of the stacks."""
        return Environment(account=self.account, region=self.region)


@dataclass(frozen=True)
class MultiAccountSettings(SharedSettings):
    """The settings of the reference app in several accounts. Each environment is written as `111122223333/us-east-1`.

    Attributes:
        tools: the account of the registries and of the pipeline, and the region that images are pushed to.
        staging: where the services run first.
        production: where they run then.

    Raises:
        ValueError: a value is wrong; texts, as the command line gives them, are read as what they say.
    """

    tools: str = "111122223333/eu-central-1"
    staging: str = "222233334444/eu-central-1"
    production: str = "333344445555/us-east-1"


def environment(text: str) -> Environment:
    """Return the environment that a setting names as `111122223333/us-east-1`."""
    account, _, region = text.partition("/")
    return Environment(account=account, region=region)


def _refusal(name: str, expected: str, value: object, reason: str) -> ValueError:
    return ValueError(f"context {PREFIX + name!r} must {expected}, got {value!r}: {reason}")


def _number(least: int, most: int, of: str) -> Callable[[str, object], int]:
    def read(name: str, value: object) -> int:
        expected, text = f"be a whole number of {of} from {least} to {most}", str(value)
        if isinstance(value, bool) or not re.fullmatch("-?[0-9]{1,99}", text):
            raise _refusal(name, expected, value, "it is no whole number")
        number = int(text)
        if not least <= number <= most:
            raise _refusal(
                name, expected, value, f"it is less than {least}" if number < least else f"it is more than {most}"
            )
        return number

    return read


def _text(pattern: str, expected: str, reason: str) -> Callable[[str, object], str]:
    def read(name: str, value: object) -> str:
        if not isinstance(value, str):
            raise _refusal(name, expected, value, _NO_TEXT)
        if not re.fullmatch(pattern, value):
            raise _refusal(name, expected, value, reason)
        return value

    return read


def _checked(check: Callable[[str], None], expected: str) -> Callable[[str, object], str]:
    def read(name: str, value: object) -> str:
        if not isinstance(value, str):
            raise _refusal(name, expected, value, _NO_TEXT)
        try:
            check(value)
        except ValueError as error:
            raise _refusal(name, expected, value, str(error)) from None
        return value

    return read


def _cpu(name: str, value: object) -> int:
    if str(value) not in map(str, MEMORY):
        allowed = ", ".join(map(str, MEMORY))
        raise _refusal(name, f"be one of {allowed}", value, "Fargate has no such task")
    return int(str(value))


def _flag(name: str, value: object) -> bool:
    # A value of the command line is a text, one of cdk.json what JSON says.
    if not isinstance(value, (bool, str)) or str(value).lower() not in ("true", "false"):
        raise _refusal(name, "be true or false", value, "it is neither")
    return str(value).lower() == "true"


def _cidr(name: str, value: object) -> str:
    expected = "be a range of addresses such as '10.0.0.0/16', of size /16 to /24"
    try:
        network = ipaddress.IPv4Network(value)
    except ValueError as error:
        raise _refusal(name, expected, value, str(error)) from None
    if not 16 <= network.prefixlen <= 24 or "/" not in str(value):
        raise _refusal(name, expected, value, f"its size is /{network.prefixlen}")
    return str(value)


def _instance_type(name: str, value: object) -> str:
    expected = "be an instance type such as 't3.small'"
    text = _text(r"[a-z0-9-]+\.[a-z0-9-]+", expected, "it has no family and size")(name, value)
    try:
        _ = ec2.InstanceType(text).architecture
    except RuntimeError as error:  # what CDK's own ValidationError becomes in Python
        raise _refusal(name, expected, value, str(error).splitlines()[0]) from None
    return text


def _environment(name: str, value: object) -> str:
    expected = "be an account and a region such as '111122223333/eu-central-1'"
    text = _text("[0-9]{12}/[^/]+", expected, "it is not 12 digits, a slash and a region")(name, value)
    return _checked(lambda whole: check_region(whole.partition("/")[2]), expected)(name, text)


_READERS: Final[dict[str, Callable[[str, object], object]]] = {
    "account": _text("[0-9]{12}", "be the ID of an account", "an account ID has 12 digits"),
    "region": _checked(check_region, "be a region such as 'eu-central-1'"),
    "repository_name": _checked(check_repository_name, "be a name that Amazon ECR accepts"),
    "image_tag": _checked(check_tag, "be the tag of an image"),
    "image_digest": _checked(check_digest, "be the digest of an image"),
    "instance_type": _instance_type,
    "min_capacity": _number(0, 1000, "instances"),
    "max_capacity": _number(1, 1000, "instances"),
    "cpu": _cpu,
    "memory": _number(512, 120 * 1024, "MiB"),
    "desired_count": _number(0, 5000, "tasks"),
    "cidr": _cidr,
    "nat": _flag,
    "tools": _environment,
    "staging": _environment,
    "production": _environment,
}
