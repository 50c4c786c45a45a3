"""The cluster that instances join by their user data.

The ECS agent registers with the cluster that its configuration names, and with the one called `default` where it
names none. User data is read as the operating system reads it: cloud-init (scripts, cloud-config, MIME archives) on
Linux, TOML on Bottlerocket, PowerShell on Windows.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bootstrap_container_instance.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple, cast

from ecr_ecs_constructs.cloudformation.stand_ins import STAND_IN, StandIns
from ecr_ecs_constructs.cloudformation.values import ABSENT, Content, Text, Value
from ecr_ecs_constructs.pull.ami import System
from ecr_ecs_constructs.pull.boot.bottlerocket import is_toml, read_toml
from ecr_ecs_constructs.pull.boot.cfn_init import Setup, Step
from ecr_ecs_constructs.pull.boot.cloud_init import CloudInit
from ecr_ecs_constructs.pull.boot.first_boot import COMPUTED, CONFIGURATION, MAX_SIZE, FirstBoot, decoded, meaningful
from ecr_ecs_constructs.pull.boot.powershell import is_powershell, read_powershell

DEFAULT_CLUSTER = "default"
"""The cluster that an agent joins whose configuration names none."""


class Certainty(Enum):
    """How much user data says of the cluster."""

    SAID = "said"
    SILENT = "silent"
    UNKNOWN = "unknown"


class Join(NamedTuple):
    """The cluster that an instance joins by its user data.

    Attributes:
        certainty: whether it names the cluster, certainly says nothing, or can't be followed.
        cluster: the name or ARN of the cluster, `DEFAULT_CLUSTER` where it says nothing, None where it is not known.
        evidence: why.
        installs: whether it installs the agent, or runs what may do so.
        reroutes: what leads the traffic of the instance another way than its subnet, empty where nothing does.
        settings: what it sets of which tasks the agent takes: the name of each setting, and its value.
    """

    certainty: Certainty
    cluster: str | Text | None
    evidence: str
    installs: bool = False
    reroutes: str = ""
    settings: tuple[tuple[str, str | Text], ...] = ()


def plain(node: Content) -> Content:
    """Return a node of user data without its `Fn::Base64`, which hide what they hold."""
    if isinstance(node, dict):
        if node.keys() == {"Fn::Base64"}:
            return plain(node["Fn::Base64"])
        # It holds what the node held: JSON, or values.
        return cast("Content", {key: plain(value) for key, value in node.items()})
    return cast("Content", [plain(item) for item in node]) if isinstance(node, list) else node


def _untold(*_: object) -> Iterable[Step]:
    return ()


def read_user_data(value: Value, system: System | None, setup: Setup = _untold, region: str | None = None) -> Join:
    """Return which cluster user data joins.

    Args:
        value: what the evaluator made of the user data without its `Fn::Base64`; `ABSENT` or None for none.
        system: of the machine image, None where it is not known.
        setup: gives what `cfn-init` does for a resource and config sets.
        region: that of the instance, None where it is not known.
    """
    if value is ABSENT or value is None:
        return Join(Certainty.SILENT, DEFAULT_CLUSTER, "there is no user data")
    if not isinstance(value, (str, Text)):
        return Join(Certainty.UNKNOWN, None, "user data is no text", installs=True)
    texts = StandIns()
    encoded = texts.encode(value)
    source = decoded(encoded)
    boot = FirstBoot(region)
    if re.fullmatch(STAND_IN, encoded.strip()):
        boot.not_followed(f"user data is {value}, known only at deployment")
    elif len(source) > MAX_SIZE:
        boot.not_followed(f"user data of more than {MAX_SIZE} characters is not followed")
    elif system is System.BOTTLEROCKET or (system is None and is_toml(source)):
        read_toml(source, boot)
    elif system is System.WINDOWS or (system is None and is_powershell(source)):
        read_powershell(source, boot)
    else:
        CloudInit(texts, setup, boot).read(source)
    return _conclude(texts, source, boot)


_AGENT = re.compile(r"ecs-init|ecs-agent|ecs-anywhere|\binstall\b[^\n]{0,200}\becs\b")

_CLUSTER_NAME = re.compile(
    rf"(?:arn:(?:[\w-]|{STAND_IN})+:ecs:(?:[\w-]|{STAND_IN})*:(?:[\w-]|{STAND_IN})*:cluster/)?(?:[A-Za-z0-9_-]|{STAND_IN}){{1,255}}"
)
"""A name, or an ARN, half known; the agent takes both.

Source: https://github.com/aws/amazon-ecs-agent/blob/master/agent/config/types.go
"""


def _conclude(texts: StandIns, source: str, boot: FirstBoot) -> Join:
    boot.finish()
    named = boot.named
    installs = boot.runs or _AGENT.search(source) is not None
    reroutes = str(texts.decode(boot.reroutes)) if boot.reroutes else ""
    settings = tuple((key, texts.decode(value)) for key, value in boot.settings.items())
    unclear = boot.unclear or (boot.stops if named else "")
    if named and not unclear and not _CLUSTER_NAME.fullmatch(named):
        unclear = f"user data names the cluster {named}, which no cluster can be called"
        if COMPUTED in named:
            unclear = "user data computes the name of the cluster on the instance"
    if unclear:
        return Join(Certainty.UNKNOWN, None, str(texts.decode(unclear)), installs, reroutes)
    if named:
        cluster = texts.decode(named)
        return Join(Certainty.SAID, cluster, f"user data names the cluster {cluster}", installs, reroutes, settings)
    evidence = boot.ignored or "user data names no cluster"
    if not boot.ignored and any("ECS_CLUSTER" in line for line in meaningful(source)):
        evidence = f"user data mentions ECS_CLUSTER, but does not set it in {CONFIGURATION}"
    said = str(texts.decode(evidence))
    return Join(Certainty.SILENT, DEFAULT_CLUSTER, said, installs, reroutes, settings)
