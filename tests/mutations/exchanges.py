"""What else can stand in a place: another value of the same kind, by what stands there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from tests.mutations.places import Path, below, is_function, is_name_of_function
from tests.oracle.bases import NAMES, base

Resources = dict[str, dict[str, Any]]

MISSING = "Missing"
"""A logical ID that no template has."""

MOST_OF_POOL = 4
"""How many of the values that stand below the same key elsewhere are tried in a place."""

ACTIONS = ("ecr:DescribeImages", "s3:PutObject", "ecs:DescribeClusters")
PRINCIPALS = ("lambda.amazonaws.com", "ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "scheduler.amazonaws.com")
RANGES = ("0.0.0.0/0", "192.0.2.7/32", "0.0.0.0/1", "10.0.0.0/16", "::/0", "10.0.0.0/33")
SIZES = ("t3.micro", "m7g.large", "x2gd.metal")
SWITCHES = {"true": "false", "false": "true", "Allow": "Deny", "Deny": "Allow", "ENABLED": "DISABLED"}
SWITCHES |= {"DISABLED": "ENABLED", "enabled": "disabled", "required": "optional"}
SETTINGS: dict[str, tuple[str, ...]] = {
    "AssignPublicIp": ("ENABLED", "DISABLED"),
    "CpuArchitecture": ("X86_64", "ARM64"),
    "HttpEndpoint": ("disabled", "enabled"),
    "IpProtocol": ("udp", "6", "17", "icmp", "-1"),
    "LaunchType": ("EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"),
    "LogDriver": ("json-file", "awslogs", "splunk", "awsfirelens", "none"),
    "NetworkMode": ("awsvpc", "bridge", "host", "none", "default"),
    "OperatingSystemFamily": ("LINUX", "WINDOWS_SERVER_2019_CORE", "WINDOWS_SERVER_2022_FULL"),
    "SchedulingStrategy": ("DAEMON", "REPLICA"),
    "Status": ("ENABLED", "DISABLED"),
    "VpcEndpointType": ("Gateway", "Interface", "GatewayLoadBalancer"),
}
"""Other values of settings, by their key."""

_ID = re.compile("(ami|eni|igw|nat|rtb|sg|snapshot|subnet|vpc|vpce)-[0-9a-f]+")
_RANGE = re.compile(r"[0-9.]{7,}/[0-9]+|[0-9a-fA-F:]{2,}/[0-9]+")
_ACTION = re.compile(r"[a-z0-9-]+:[A-Z*][A-Za-z*]*")
_PRINCIPAL = re.compile(r"[a-z0-9-]+\.amazonaws\.com")
_SIZE = re.compile(r"[a-z]+[0-9]+[a-z0-9-]*\.[a-z0-9-]+")


def exchanges(path: Path, value: Any, resources: Resources) -> Iterator[tuple[str, Any]]:
    """Yield what else can stand in a place, each with its kind.

    Args:
        path: the place, in the body of its template.
        value: what stands there.
        resources: those of the template.
    """
    if is_function(value):
        yield from (("reference", other) for other in _references(value, resources))
        return
    if is_name_of_function(path[-1]) and path[-1] != "Fn::Sub":
        return  # the function is exchanged
    if isinstance(value, bool):
        yield "switch", not value
    elif isinstance(value, int | float):
        yield from (("number", other) for other in (value + 1, value - 1, 0, -1, value * 100) if other != value)
    elif isinstance(value, str):
        yield from _texts(path, value)
    if not isinstance(value, bool):
        yield from (("other", other) for other in _pooled(path, value))


def _texts(path: Path, value: str) -> Iterator[tuple[str, str]]:
    kind, others = _of_kind(value)
    key = str(path[-1]) if isinstance(path[-1], str) else ""
    found = [*others, *SETTINGS.get(key, ())]
    if "\n" in value:
        lines = value.splitlines(keepends=True)
        found += ["".join([*lines[:number], *lines[number + 1 :]]) for number in range(len(lines))]
    found += [value.replace(name, other, 1) for name, other in _variables(value)]
    yield from ((kind, other) for other in dict.fromkeys(found) if other != value)


def _of_kind(value: str) -> tuple[str, Sequence[str]]:
    if value in SWITCHES:
        return "switch", (SWITCHES[value],)
    for kind, pattern, others in _KINDS:
        if pattern.fullmatch(value):
            return kind, others(value)
    return "text", (f"{value}x", f"x{value}", *([value[:-1]] if len(value) > 1 else []))


def _numbers(value: str) -> Sequence[str]:
    number = int(value)
    return [str(other) for other in (number + 1, max(number - 1, 0), 0, number * 100)]


def _arns(value: str) -> Sequence[str]:
    """Other partition, service, region, account and resource."""
    parts = value.split(":", 5)
    others = ("aws-cn", "sns", "eu-north-1", "999999999999", f"{parts[5]}x")
    return [":".join([*parts[: i + 1], other, *parts[i + 2 :]]) for i, other in enumerate(others)]


def _images(value: str) -> Sequence[str]:
    name = value.rpartition("/")[2]
    return [f"{value}x", f"public.ecr.aws/{name}", name, f"docker.io/library/{name}", value.partition(":")[0]]


_KINDS: Sequence[tuple[str, re.Pattern[str], Callable[[str], Sequence[str]]]] = (
    ("number", re.compile("[0-9]{1,11}"), _numbers),
    ("id", re.compile("[0-9]{12}"), lambda _: ("999999999999",)),
    ("id", _ID, lambda value: (f"{value.partition('-')[0]}-0fedcba9876543210",)),
    ("range", _RANGE, lambda _: RANGES),
    ("action", _ACTION, lambda value: (*ACTIONS, f"{value}x", value.partition(":")[0] + ":*", "*")),
    ("principal", _PRINCIPAL, lambda _: PRINCIPALS),
    ("size", _SIZE, lambda _: SIZES),
    ("arn", re.compile("arn(:[^:]*){4}:.*", re.DOTALL), _arns),
    ("image", re.compile(r"[^\s]*\.dkr\.ecr[^\s]*"), _images),
    ("action", re.compile(r"\*"), lambda _: ("ecr:DescribeImages", "arn:aws:s3:::other/*", "999999999999")),
)
"""The kinds of texts, the pattern of each, and what others of the kind there are."""


def _variables(value: str) -> Iterator[tuple[str, str]]:
    """Yield each variable of a text of `Fn::Sub`, with what it is exchanged for."""
    for name in dict.fromkeys(re.findall(r"\$\{[^}!]+\}", value)):
        yield name, "${AWS::StackName}"
        yield name, f"${{{MISSING}}}"
        yield name, "other"


def _references(node: dict[str, Any], resources: Resources) -> Iterator[Any]:
    (name, argument), *_ = node.items()
    if name == "Ref":
        yield from ({"Ref": other} for other in _others(argument, resources))
        if argument in resources:
            yield {"Fn::GetAtt": [argument, "Arn"]}
            yield "other"
    elif name == "Fn::GetAtt":
        target, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
        yield from ({"Fn::GetAtt": [other, attribute]} for other in _others(target, resources))
        yield from ({"Fn::GetAtt": [target, other]} for other in ("Arn", "Id", "Nothing") if other != attribute)
        yield {"Ref": target}
        yield "other"
    else:
        yield "other"


def _others(name: str, resources: Resources) -> Iterator[str]:
    """Yield other names than one that is referred to: two of its own type, two of other types, and one of nothing."""
    if name not in resources:
        yield from (other for other in ("AWS::Region", "AWS::AccountId", MISSING) if other != name)
        return
    type_ = resources[name]["Type"]
    same = [other for other in resources if other != name and resources[other]["Type"] == type_]
    start = [*resources].index(name)
    around = [*[*resources][start + 1 :], *[*resources][:start]]
    different = [other for other in around if resources[other]["Type"] != type_]
    yield from (*same[:2], *different[:1], *different[-1:], MISSING)


def _pooled(path: Path, value: Any) -> Sequence[Any]:
    others = [other for text, other in _pool().get(_key(path), {}).items() if text != json.dumps(value)]
    alike = [other for other in others if isinstance(other, type(value))]
    return alike[:MOST_OF_POOL]


@cache
def _pool() -> dict[str, dict[str, Any]]:
    """What stands in the bases without a reference to a resource, by key and text."""
    pool: dict[str, dict[str, Any]] = {}
    for name in NAMES:
        for part in base(name):
            for resource in part.body["Resources"].values():
                for path, value in below(resource.get("Properties", {})):
                    text = json.dumps(value)
                    if not isinstance(value, bool) and '"Ref"' not in text and "Fn::" not in text:
                        pool.setdefault(_key(path), {})[text] = value
    return pool


def _key(path: Path) -> str:
    return next((step for step in reversed(path) if isinstance(step, str)), "")
