"""Write or check what the package knows of the sizes of instance types: `python -m tests.pull.machines.instance_sizes`.

The descriptions are those that moto ships, copied by its makers from Amazon EC2.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import moto.ec2

ROOT = Path(__file__).parents[3]
DATA = ROOT / "ecr_ecs_constructs" / "pull" / "machines" / "instance_sizes.json.gz"
_DESCRIPTIONS = Path(moto.ec2.__file__).parent / "resources" / "instance_types.json.gz"


@cache
def published() -> dict[str, Any]:
    """Return the descriptions of Amazon EC2, by instance type."""
    found: dict[str, Any] = json.loads(gzip.decompress(_DESCRIPTIONS.read_bytes()))
    return found


def size(description: Any) -> list[int]:
    """Return the CPUs, the memory in MiB, the GPUs and the network interfaces of an instance type."""
    gpus = description.get("GpuInfo", {}).get("Gpus", [])
    cpus, memory = description["VCpuInfo"]["DefaultVCpus"], description["MemoryInfo"]["SizeInMiB"]
    return [cpus, memory, sum(gpu["Count"] for gpu in gpus), description["NetworkInfo"]["MaximumNetworkInterfaces"]]


def rendered() -> str:
    """Return the data as it stands, packed, in the file: one instance type a line."""
    lines = [f"  {json.dumps(name)}: {json.dumps(size(each))}" for name, each in sorted(published().items())]
    return f'{{\n "source": "moto {version("moto")}",\n "types": {{\n' + ",\n".join(lines) + "\n }\n}\n"


if __name__ == "__main__":
    DATA.write_bytes(gzip.compress(rendered().encode(), mtime=0))
