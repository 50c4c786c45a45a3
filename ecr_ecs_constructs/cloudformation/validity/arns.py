"""The form of the ARNs that a policy of AWS IAM names, of which parts may be known only at deployment.

IAM looks at the partition of an ARN, at its service and at how many parts it has; of its own ARNs and of those of
Amazon S3 also at what follows. It does not ask whether there is such a service or such a resource. An ARN may leave
parts out at its end.

Sources:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    https://github.com/getmoto/moto/blob/master/tests/test_iam/test_iam_policies.py (what IAM says of wrong ones)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, Value, pieces_of
from ecr_ecs_constructs.image_uri import PARTITIONS

ArnPart: TypeAlias = "list[str | Hole]"
"""A part of an ARN, between two colons: literals and holes in their order."""

_PARTS = 6
_IAM = "user|federated-user|role|group|instance-profile|mfa|server-certificate|policy|sms-mfa|saml-provider|"
_OF_IAM = re.compile(rf"\*|(?:{_IAM}oidc-provider|report|access-report)/.*", re.DOTALL)
"""The resources of IAM."""

_NAMED = frozenset({
    *("AWS::ECR::Repository", "AWS::ECS::Cluster", "AWS::IAM::Role", "AWS::IAM::InstanceProfile", "AWS::KMS::Key"),
    *("AWS::Logs::LogGroup", "AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::Lambda::Function"),
    *("AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::SecurityGroup"),
})  # fmt: skip
"""Types whose `Ref` is a name or an id."""

_FIXED = (Kind.ACCOUNT, Kind.REGION, Kind.URL_SUFFIX, Kind.PARTITION, Kind.REPOSITORY)
"""The kinds of holes that stand for one thing, which is no ARN."""

_REGION = re.compile(r"|(?a:[a-z]{2,}(-[a-z]+)+-\d+)|.*[*?].*|.*\$\{.*", re.DOTALL)
_ACCOUNT = re.compile(r"|(?a:\d{12})|aws|cloudfront|.*[*?].*|.*\$\{.*", re.DOTALL)
_SERVICE = re.compile(r"[A-Za-z0-9-]+")
_NEWER = re.compile("aws(-[a-z]+)+")
"""The form of partitions, by which one may be newer than those that are known."""


def wrong_arn(value: Value, partition: Value, *, is_sure: bool) -> str:
    """Return why IAM takes a text for no ARN, nothing where it takes it, or where that is not known.

    Args:
        value: the text.
        partition: the partition that the policy is made in.
        is_sure: True for what IAM surely refuses, False for what it may refuse.
    """
    if not isinstance(value, (str, Text)) or value == "*":
        return ""
    found = next((why for why, sure in _faults(parts_of(value), partition) if sure is is_sure), "")
    return f"is {str(value)!r}, and {found}" if found else ""


def parts_of(value: str | Text) -> list[ArnPart]:
    """Return the parts of an ARN; the last holds all further colons."""
    parts: list[ArnPart] = [[]]
    for piece in pieces_of(value):
        if isinstance(piece, Hole):
            parts[-1].append(piece)
            continue
        first, *more = piece.split(":", _PARTS - len(parts))
        parts[-1] += [first] if first else []
        parts += ([each] if each else [] for each in more)
    return parts


def _faults(parts: list[ArnPart], partition: Value) -> Iterator[tuple[str, bool]]:
    """Yield what is wrong of an ARN, and whether that is sure."""
    first = parts[0][0] if parts[0] else ""
    if isinstance(first, Hole):  # it may be the ARN of something
        if first.kind in _FIXED or _is_name(first):
            yield "must be an ARN or *", True
        return
    if "${" in first:
        return
    if len(parts) == 1 or parts[0] != ["arn"]:
        yield "must be an ARN or *", True
        return
    yield from _of_partition(parts[1], partition)
    yield from _of_service(parts)
    if len(parts) < _PARTS and [] in parts[1:-1]:
        yield "has fewer parts than an ARN", True
    if len(parts) == _PARTS and not parts[-1]:
        yield "names no resource", False
    if len(parts) > 3 and not _is_good(parts[3], _REGION, Kind.REGION):
        yield "has no region where an ARN has it", False
    if len(parts) > 4 and not _is_good(parts[4], _ACCOUNT, Kind.ACCOUNT):
        yield "has no account where an ARN has it", False


def _is_name(hole: Hole) -> bool:
    return hole.attribute is None and hole.resource is not None and hole.resource.type in _NAMED


def _of_partition(part: ArnPart, own: Value) -> Iterator[tuple[str, bool]]:
    """Yield that an ARN has no partition, or another one than that of its policy."""
    word = part[0] if len(part) == 1 else ""
    if isinstance(word, Hole):
        if word.kind is not Kind.PARTITION and not _is_open(word):
            yield "has no partition", word.kind in _FIXED
    elif word in PARTITIONS:
        if isinstance(own, str) and word != own:
            yield f"is not in partition {own}, as the policy is", True
    elif word != "*":
        is_fixed = all(isinstance(piece, str) or piece.kind in _FIXED for piece in part)
        yield "has no partition", is_fixed and not _NEWER.fullmatch(word)


def _of_service(parts: list[ArnPart]) -> Iterator[tuple[str, bool]]:
    """Yield that an ARN has no service, or is not as its service has it."""
    service = parts[2] if len(parts) > 2 else []
    word = service[0] if len(service) == 1 else ""
    if not service:
        yield "has no service", True
    elif not (_is_open(word) if isinstance(word, Hole) else _SERVICE.fullmatch(word)):
        yield "may have no service", False
    if word == "iam" and parts[3:4] not in ([], [[]]):
        yield "has a region, which no resource of IAM has", all(isinstance(piece, str) for piece in parts[3])
    rest = parts[5] if len(parts) == _PARTS else [""]
    start = rest[0] if rest else ""
    if word == "iam" and isinstance(start, str) and start and not _OF_IAM.fullmatch(start):
        yield "may be no resource of IAM", False
    if word == "s3" and parts[3:4] not in ([], [[]]):
        yield "has a region, which few resources of Amazon S3 have", False


def _is_good(part: ArnPart, form: re.Pattern[str], kind: Kind) -> bool:
    """Return whether a part has a form, is of a kind, or may be either."""
    if any(isinstance(piece, Hole) and _is_open(piece) for piece in part):
        return True
    word = part[0] if len(part) == 1 else ""
    if isinstance(word, Hole):
        return word.kind is kind
    return len(part) < 2 and form.fullmatch(word) is not None


def _is_open(hole: Hole) -> bool:
    """Return whether a hole can stand for anything; a pseudo parameter stands for what it is."""
    return hole.kind not in _FIXED and not hole.name.startswith("AWS::")
