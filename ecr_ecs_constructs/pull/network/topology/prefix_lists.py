"""The prefix lists of Amazon S3, which AWS manages: the ID of each is one of its region only.

Sources:
    https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
    https://docs.aws.amazon.com/powershell/latest/userguide/powershell_ec2_code_examples.html (eu-west-1)
"""

from __future__ import annotations

from collections.abc import Mapping

from ecr_ecs_constructs.cloudformation.values import Value

_S3: Mapping[str, str] = {
    "ap-northeast-1": "pl-61a54008",
    "ap-northeast-2": "pl-78a54011",
    "ap-south-1": "pl-78a54011",
    "ap-southeast-1": "pl-6fa54006",
    "ap-southeast-2": "pl-6ca54005",
    "eu-central-1": "pl-6ea54007",
    "eu-west-1": "pl-6da54004",
    "sa-east-1": "pl-6aa54003",
    "us-east-1": "pl-63a5400a",
    "us-east-2": "pl-7ba54012",
    "us-west-1": "pl-6ba54002",
    "us-west-2": "pl-68a54001",
}
"""The IDs by region; AWS publishes none, and those of other regions are not known."""


def is_of_s3(list_: Value, region: Value) -> bool:
    """Return whether a prefix list surely is that of Amazon S3 in a region; it holds the hosts of all layers there."""
    return isinstance(list_, str) and isinstance(region, str) and _S3.get(region) == list_
