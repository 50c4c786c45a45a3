"""The services that VPC endpoints are for, by their names.

Those of AWS are the ones that the AWS CDK lists; `python -m tests.pull.network.services` writes them anew.

Sources:
    https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
    https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
    https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_ec2.InterfaceVpcEndpointAwsService.html
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, pieces_of
from ecr_ecs_constructs.image_uri import check_region
from ecr_ecs_constructs.pull.texts.pattern import Truth

DATA = Path(__file__).with_suffix(".txt")
USUAL = "com.amazonaws"
_PARTITIONS = ("cn.com.amazonaws", "eu.amazonaws", "gov.ic.c2s", "gov.sgov.sc2s", "gov.ic.hci.csp", "uk.adc-e.cloud")
"""How names may begin in other partitions, instead of as usual."""

_OTHER_STARTS = ("aws.api", "aws.api.global", "aws.sagemaker", "api.aws")
_OF_OTHERS = f"{USUAL}.vpce."
"""How the names of services begin that others than AWS offer."""

_REGION = re.compile(r"(?<=\.)[a-z]{2,4}(-[a-z]+)+-[0-9]+(?=\.)")
_START = "|".join(map(re.escape, (USUAL, *_PARTITIONS, *_OTHER_STARTS)))
_NAME = re.compile(rf"({_START})(\.\*)?\.([a-z0-9-]+(?:\.[a-z0-9-]+)*)")
_FIXED = (Kind.ACCOUNT, Kind.PARTITION, Kind.URL_SUFFIX)
"""The kinds of what no name of a service holds."""


class EndpointService(NamedTuple):
    """The service of an endpoint.

    Attributes:
        name: its name without region and what stands before: `ecr.api`; empty where that is not known.
        exists: whether there is one; None where that is not known, or not published.
    """

    name: str
    exists: Truth


@lru_cache(maxsize=1024)
def service_of(name: str | Text) -> EndpointService:
    """Return the service of a name; one of others than AWS is there, and has no name here.

    Args:
        name: the `ServiceName` of an endpoint.
    """
    pieces = pieces_of(name)
    if str(pieces[0]).startswith(_OF_OTHERS):
        return EndpointService("", True)
    kinds = {piece.kind for piece in pieces if isinstance(piece, Hole)}
    if not kinds <= {Kind.REGION, *_FIXED}:
        return EndpointService("", None)
    written = "".join("*" if isinstance(piece, Hole) else piece for piece in pieces)
    found = _NAME.fullmatch(_REGION.sub(_star, written, count=1))
    if found is None or not kinds.isdisjoint(_FIXED):
        return EndpointService("", False)
    start, region, service = found[1], found[2] or "", found[3].removesuffix(".cn")
    usual = f"{USUAL if start in _PARTITIONS else start}{region}.{service.removesuffix('-fips')}"
    return EndpointService(service, True if usual in _published() else None)


def _star(region: re.Match[str]) -> str:
    """Return `*` for a region, and what is none as it stands."""
    try:
        check_region(region[0])
    except ValueError:
        return region[0]
    return "*"


@lru_cache(maxsize=1)
def _published() -> frozenset[str]:
    """Return the names of all services of AWS, with `*` for the region."""
    lines = DATA.read_text(encoding="utf-8").splitlines()
    return frozenset(line if line.startswith(("aws.", f"{USUAL}.")) else f"{USUAL}.*.{line}" for line in lines)
