"""Registries in which AWS keeps images of its own, that every account may pull."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
from aws_cdk import region_info

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import IConstruct

FARGATE_AGENT: Final = "aws-guardduty-agent-fargate"
BOTTLEROCKET_AGENT: Final = "aws-guardduty-agent-ecs-ec2"
"""The repositories of the agent of Amazon GuardDuty, by what it runs on."""

_AGENT_ACCOUNTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "af-south-1": "197869348890",
        "ap-east-1": "258348409381",
        "ap-east-2": "259886477082",
        "ap-northeast-1": "533107202818",
        "ap-northeast-2": "914738172881",
        "ap-northeast-3": "273192626886",
        "ap-south-1": "251508486986",
        "ap-south-2": "950823858135",
        "ap-southeast-1": "174946120834",
        "ap-southeast-2": "005257825471",
        "ap-southeast-3": "510637619217",
        "ap-southeast-4": "251357961535",
        "ap-southeast-5": "156041399949",
        "ap-southeast-7": "054037130133",
        "ca-central-1": "354763396469",
        "ca-west-1": "339712888787",
        "eu-central-1": "323658145986",
        "eu-central-2": "529164026651",
        "eu-north-1": "591436053604",
        "eu-south-1": "266869475730",
        "eu-south-2": "919611009337",
        "eu-west-1": "694911143906",
        "eu-west-2": "892757235363",
        "eu-west-3": "665651866788",
        "il-central-1": "870907303882",
        "me-central-1": "000014521398",
        "me-south-1": "536382113932",
        "mx-central-1": "311141559934",
        "sa-east-1": "758426053663",
        "us-east-1": "593207742271",
        "us-east-2": "307168627858",
        "us-gov-east-1": "383115532789",
        "us-gov-west-1": "383110348953",
        "us-west-1": "684579721401",
        "us-west-2": "733349766148",
    }
)
"""The account of the agent's repositories, by region.

Sources:
    https://docs.aws.amazon.com/guardduty/latest/ug/ecs-runtime-agent-ecr-image-uri.html
    https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-guardduty.html
"""

_FLUENT_BIT_ACCOUNTS: Final = frozenset(
    {"906394416424", "449074385750", "741863432321", "161423150738", "128054284489"}
)
"""The accounts of the images of AWS for Fluent Bit, of which CDK knows nothing.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/firelens-using-fluentbit.html
"""


@cache
def accounts_of_aws() -> frozenset[str]:
    """Return the accounts of AWS for Fluent Bit, App Mesh's Envoy, the Deep Learning Containers and GuardDuty's agent.

    Source: https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.region_info.RegionInfo.html (what CDK knows)
    """
    found = {
        account
        for region in region_info.RegionInfo.regions
        for account in (region.app_mesh_repository_account, region.dlc_repository_account)
        if account is not None
    }
    return frozenset(found) | _FLUENT_BIT_ACCOUNTS | frozenset(_AGENT_ACCOUNTS.values())


def agent_repository(scope: IConstruct, name: str) -> str:
    """Return the ARN of a repository of GuardDuty's agent in the region of a stack.

    Args:
        scope: a construct of the stack.
        name: the name of the repository. Where the region is known only at deployment, or is a new one, any account
            may have it.
    """
    stack = cdk.Stack.of(scope)
    account = "*" if cdk.Token.is_unresolved(stack.region) else _AGENT_ACCOUNTS.get(stack.region, "*")
    return stack.format_arn(service="ecr", account=account, resource="repository", resource_name=name)
