"""The sizes of instance types."""

from __future__ import annotations

import gzip

from ecr_ecs_constructs.pull.machines.instance_sizes import InstanceSize, instance_sizes
from tests.pull.machines.instance_sizes import DATA, rendered


def test_the_data_is_generated() -> None:
    assert gzip.decompress(DATA.read_bytes()).decode() == rendered(), (
        "run: python -m tests.pull.machines.instance_sizes"
    )


def test_sizes() -> None:
    assert instance_sizes()["m7i.large"] == InstanceSize(cpus=2, memory=8192, gpus=0, interfaces=3)
    assert instance_sizes()["g5.12xlarge"] == InstanceSize(cpus=48, memory=196608, gpus=4, interfaces=15)
