# ruff: noqa: E501 - in a table, a case is a line
"""Tasks that Amazon ECS does not run on external instances, beside those that it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.pull.network.networks import ref
from tests.rules.test_undeployable import AT, EFS, ON_EC2, case, refused, said, unsure, written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.pull.network.networks import Resources

ANYWHERE: Mapping[str, Any] = {
    "Task.RequiresCompatibilities": ["EXTERNAL"],
    "Service.LaunchType": "EXTERNAL",
    "Service.CapacityProviderStrategy": None,
}
"""What makes a service on container instances one on external instances."""

BALANCER = [{"TargetGroupArn": ref("Free"), "ContainerName": "web", "ContainerPort": 80}]
PROXY = {"ContainerName": "web", "Type": "APPMESH"}
VOLUME = [{"Name": "data", "ManagedEBSVolume": {"RoleArn": ref("Free")}}]


def on(changes: Mapping[str, Any], *expected: str, id: str) -> Any:
    return case(ON_EC2, {**ANYWHERE, **changes}, *expected, id=id)


def lacks(what: str) -> str:
    return f"it has {what}, which external instances do not have"


def untold(what: str) -> str:
    return f"it has {what}, and whether it works on external instances is not documented"


CASES = [
    on({}, id="bridge, the default"),
    *(on({"Task.NetworkMode": mode}, id=mode) for mode in ("bridge", "host", "none")),
    on({"Task.NetworkMode": "awsvpc", "Service.NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": [ref("Subnet")]}}}, refused(f"{AT}.NetworkMode", "network mode is awsvpc, which external instances do not have"), id="awsvpc"),
    on({"Task.NetworkMode": ref("Free")}, unsure(f"{AT}.NetworkMode", "network mode is ${Free}, which external instances do not have"), id="a mode that is known at deployment"),
    on({"Task.RequiresCompatibilities": ["EC2"]}, unsure(f"{AT}.RequiresCompatibilities", "the task definition does not say that it is for EXTERNAL, which is not known to be taken"), id="task for EC2"),
    on({"Task.RequiresCompatibilities": ["EC2", "EXTERNAL"]}, id="task for both"),
    on({"Service": None}, id="nothing runs it"),
    on({"Service.SchedulingStrategy": "DAEMON"}, id="daemon"),
    on({"Service.LoadBalancers": BALANCER, "Task.ContainerDefinitions.0.PortMappings": [{"ContainerPort": 80}]}, refused("Service.Properties.LoadBalancers", lacks("LoadBalancers")), id="load balancer"),
    on({"Service.ServiceRegistries": [{"RegistryArn": ref("Free")}]}, refused("Service.Properties.ServiceRegistries", lacks("ServiceRegistries")), id="service discovery"),
    on({"Service.ServiceConnectConfiguration": {"Enabled": True}}, unsure("Service.Properties.ServiceConnectConfiguration", untold("ServiceConnectConfiguration")), id="Service Connect"),
    on({"Service.VolumeConfigurations": VOLUME}, unsure("Service.Properties.VolumeConfigurations", untold("VolumeConfigurations")), id="volume of the service"),
    on({"Task.Volumes": EFS}, refused(f"{AT}.Volumes[0].EFSVolumeConfiguration", lacks("EFSVolumeConfiguration")), id="Amazon EFS"),
    on({"Task.Volumes": [{"Name": "data", "Host": {}}]}, id="volume of the host"),
    on({"Task.ProxyConfiguration": PROXY}, refused(f"{AT}.ProxyConfiguration", lacks("ProxyConfiguration")), id="AWS App Mesh"),
    on({"Task.ContainerDefinitions.0.DockerSecurityOptions": ["label:disable"]}, unsure(f"{AT}.ContainerDefinitions[0].DockerSecurityOptions", untold("DockerSecurityOptions")), id="SELinux"),
]  # fmt: skip


@pytest.mark.parametrize(("resources", "changes", "sections", "expected"), CASES)
def test_on_external_instances(
    resources: Resources, changes: Mapping[str, Any], sections: Mapping[str, Any], expected: tuple[str, ...]
) -> None:
    assert said([written(resources, changes, sections)]) == [*expected]
