"""The sizes of EC2 instance types.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypes.html
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple


class InstanceSize(NamedTuple):
    """The size of an instance type.

    Attributes:
        cpus: its virtual CPUs.
        memory: its memory in MiB, of which the operating system keeps a part.
        gpus: its GPUs.
        interfaces: how many network interfaces it may have, its own among them.
    """

    cpus: int
    memory: int
    gpus: int
    interfaces: int


@cache
def instance_sizes() -> Mapping[str, InstanceSize]:
    """Return the sizes by instance type; `instance_sizes.json.gz` says where they are from, and lacks newer types."""
    data = json.loads(gzip.decompress(Path(__file__).with_suffix(".json.gz").read_bytes()))
    return {name: InstanceSize(*size) for name, size in data["types"].items()}
