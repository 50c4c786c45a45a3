"""The settings of the ECS agent, in the notations that user data has for them.

ecs-init hands every line of `/etc/ecs/ecs.config` to the agent, and Bottlerocket writes its own settings there. Only
settings that are known to be harmless, or whose effect is known, are understood.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html
    https://github.com/aws/amazon-ecs-agent/blob/master/README.md
    https://bottlerocket.dev/en/os/latest/api/settings/ecs/
    https://bottlerocket.dev/en/os/latest/api/settings-index/
"""

from __future__ import annotations

import json
import re
from enum import Enum

from ecr_ecs_constructs.cloudformation.stand_ins import STAND_IN

COMPUTED = "\0"
"""Stands for text that is known only on the instance."""

UNKNOWN = re.compile(f"{COMPUTED}|{STAND_IN}")
"""Text that is known only at deployment, or on the instance."""

CLUSTER, DRIVERS, TASK_ENI = "ECS_CLUSTER", "ECS_AVAILABLE_LOGGING_DRIVERS", "ECS_ENABLE_TASK_ENI"
ATTRIBUTES = "ECS_INSTANCE_ATTRIBUTES"
NO_PRIVILEGED, RESERVED = "ECS_DISABLE_PRIVILEGED", "ECS_RESERVED_MEMORY"
RESERVED_PORTS = "ECS_RESERVED_PORTS"


class Impact(Enum):
    """The effect of a setting on the task that an instance shall run.

    It decides which tasks the agent takes and for which cluster, leads the traffic of the instance another way, does
    nothing to it, or is not known.
    """

    DECIDES = "decides"
    REROUTES = "reroutes"
    NONE = "none"
    UNKNOWN = "unknown"


_TABLE = """
ECS_CLUSTER decides settings.ecs.cluster
ECS_AVAILABLE_LOGGING_DRIVERS decides settings.ecs.logging-drivers
ECS_DISABLE_PRIVILEGED decides settings.ecs.allow-privileged-containers
ECS_ENABLE_TASK_ENI decides -
ECS_RESERVED_MEMORY decides settings.ecs.reserved-memory
ECS_RESERVED_PORTS decides -
AWS_DEFAULT_REGION region settings.aws.region
ECS_BACKEND_HOST reroutes settings.ecs.backend-host
HTTPS_PROXY reroutes settings.network.https-proxy
HTTP_PROXY reroutes settings.network.http-proxy
- reroutes settings.network.hosts
- reroutes settings.dns
- mirrors settings.container-registry.mirrors
ECS_INSTANCE_ATTRIBUTES object settings.ecs.instance-attributes
ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE true -
ECS_ENABLE_GPU_SUPPORT true -
ECS_ENABLE_TASK_CPU_MEM_LIMIT true -
ECS_ENABLE_TASK_IAM_ROLE true -
ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST true -
ECS_AWSVPC_BLOCK_IMDS none settings.ecs.awsvpc-block-imds
ECS_CONTAINER_STOP_TIMEOUT none settings.ecs.container-stop-timeout
ECS_DISABLE_IMAGE_CLEANUP none settings.ecs.image-cleanup-enabled
ECS_ENABLE_CONTAINER_METADATA none settings.ecs.enable-container-metadata
ECS_ENABLE_SPOT_INSTANCE_DRAINING none settings.ecs.enable-spot-instance-draining
ECS_ENGINE_AUTH_DATA none settings.container-registry.credentials
ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION none settings.ecs.task-cleanup-wait
ECS_IMAGE_CLEANUP_INTERVAL none settings.ecs.image-cleanup-wait
ECS_IMAGE_MINIMUM_CLEANUP_AGE none settings.ecs.image-cleanup-age
ECS_IMAGE_PULL_BEHAVIOR none settings.ecs.image-pull-behavior
ECS_LOGLEVEL none settings.ecs.loglevel
ECS_NUM_IMAGES_DELETE_PER_CYCLE none settings.ecs.image-cleanup-delete-per-cycle
ECS_TASK_METADATA_RPS_LIMIT none settings.ecs.metadata-service-rps
NO_PROXY none settings.network.no-proxy
""".split()  # noqa: SIM905 - a table
"""The known settings: the key in `ecs.config`, the effect, the setting of Bottlerocket; `-` where there is none.

Of some the value decides: `region` (elsewhere than that of the instance), `reroutes` (unless it is empty), `mirrors`
(unless of Docker Hub and the public gallery), `object` (the agent starts with an object of texts in JSON alone),
`true` (another value takes abilities from the instance that tasks may ask for).
"""

_HARMLESS = """
    ECS_ALLOW_OFFHOST_INTROSPECTION_ACCESS ECS_APPARMOR_CAPABLE ECS_AUDIT_LOGFILE ECS_AUDIT_LOGFILE_DISABLED
    ECS_CGROUP_CPU_PERIOD ECS_CHECKPOINT ECS_CONTAINER_CREATE_TIMEOUT ECS_CONTAINER_START_TIMEOUT ECS_DATADIR
    ECS_DISABLE_DOCKER_HEALTH_CHECK ECS_DISABLE_METRICS ECS_DYNAMIC_HOST_PORT_RANGE ECS_ENABLE_HIGH_DENSITY_ENI
    ECS_ENABLE_RUNTIME_STATS ECS_ENABLE_UNTRACKED_IMAGE_CLEANUP ECS_ENGINE_AUTH_TYPE
    ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION_JITTER ECS_EXCLUDE_IPV6_PORTBINDING ECS_EXCLUDE_UNTRACKED_IMAGE
    ECS_FSX_WINDOWS_FILE_SERVER_SUPPORTED ECS_HOST_DATA_DIR ECS_IMAGE_PULL_INACTIVITY_TIMEOUT
    ECS_IMAGE_PULL_TIMEOUT ECS_LOGFILE ECS_LOGLEVEL_ON_INSTANCE ECS_LOG_MAX_FILE_SIZE_MB ECS_LOG_MAX_ROLL_COUNT
    ECS_LOG_OUTPUT_FORMAT ECS_LOG_ROLLOVER_TYPE ECS_MANIFEST_PULL_TIMEOUT ECS_OFFHOST_INTROSPECTION_INTERFACE_NAME
    ECS_POLLING_METRICS_WAIT_DURATION ECS_POLL_METRICS ECS_PULL_DEPENDENT_CONTAINERS_UPFRONT ECS_SELINUX_CAPABLE
    ECS_SHARED_VOLUME_MATCH_FULL_CONFIG ECS_SKIP_LOCALHOST_TRAFFIC_FILTER ECS_TASK_PIDS_LIMIT ECS_UPDATES_ENABLED
    ECS_WARM_POOLS_CHECK NON_ECS_IMAGE_MINIMUM_CLEANUP_AGE
    settings.cloudformation settings.container-runtime settings.ecs.metadata-service-burst
    settings.host-containers.admin.enabled settings.host-containers.control.enabled settings.kernel.lockdown
    settings.kernel.sysctl settings.metrics settings.motd settings.network.hostname settings.ntp settings.pki
    settings.updates
""".split()  # noqa: SIM905 - a list of words
"""The settings that are known in one notation only, and are harmless."""

_ROWS = [
    *zip(_TABLE[::3], _TABLE[1::3], _TABLE[2::3], strict=True),
    *((each, "none", "-") if each.isupper() else ("-", "none", each) for each in _HARMLESS),
]
_KEYS = {key: effect for key, effect, _ in _ROWS if key != "-"}
_BOTTLEROCKET = {setting: (key, effect) for key, effect, setting in _ROWS if setting != "-"}
_FREE_REGISTRIES = ("docker.io", "public.ecr.aws")


def of_key(key: str, value: str, region: str | None) -> Impact:
    """Return the effect of a line of `ecs.config`.

    Args:
        key: what stands before its first `=`.
        value: what stands behind it.
        region: that of the instance, None where it is not known.
    """
    return _valued(_KEYS.get(key, "unknown"), value, region)


def of_bottlerocket(path: tuple[str, ...], value: object, region: str | None) -> tuple[str, Impact]:
    """Return the key of `ecs.config` that a setting of Bottlerocket stands for, empty for none, and its effect.

    Args:
        path: the parts of its name.
        value: its value in TOML.
        region: that of the instance, None where it is not known.
    """
    for end in range(len(path), 1, -1):
        if any("." in part for part in path[:end]):
            continue
        key, effect = _BOTTLEROCKET.get(".".join(path[:end]), ("", ""))
        if effect == "mirrors":
            return "", Impact.NONE if _are_free(value) else Impact.REROUTES
        if effect == "object":
            return key, Impact.DECIDES
        if effect == "decides" and end < len(path):
            return key, Impact.UNKNOWN
        if effect:
            return key.replace("-", ""), _valued(effect, value, region)
    return "", Impact.UNKNOWN


def _valued(effect: str, value: object, region: str | None) -> Impact:
    if effect == "decides":
        return Impact.DECIDES
    if effect == "reroutes":
        return Impact.REROUTES if value else Impact.NONE
    if effect == "region":
        is_same = value == region or not isinstance(value, str) or UNKNOWN.search(value)
        return Impact.NONE if is_same else Impact.REROUTES
    if effect == "object" and _is_object(value):
        return Impact.DECIDES
    is_harmless = {"none": True, "true": value == "true"}
    return Impact.NONE if is_harmless.get(effect) else Impact.UNKNOWN


def _is_object(value: object) -> bool:
    """Return whether a value is an object in JSON, of texts alone.

    Source: https://github.com/aws/amazon-ecs-agent/blob/master/agent/config/parse.go (parseInstanceAttributes)
    """
    try:
        found = json.loads(value) if isinstance(value, str) and COMPUTED not in value else None
    except (RecursionError, ValueError):
        return False
    return isinstance(found, dict) and all(isinstance(each, str) for each in found.values())


def _are_free(mirrors: object) -> bool:
    """Return whether mirrors are of registries alone that are none of ECR's private ones."""
    return isinstance(mirrors, list) and all(
        isinstance(mirror, dict) and mirror.get("registry") in _FREE_REGISTRIES for mirror in mirrors
    )
