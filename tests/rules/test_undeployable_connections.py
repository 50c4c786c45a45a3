# ruff: noqa: E501 - in a table, a case is a line
"""Services that Amazon ECS may not make as they are connected or given volumes, beside some that it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.pull.network.networks import ref, resource
from tests.rules.test_undeployable import ON_EC2, ON_FARGATE, case, either, said, unsure, written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.pull.network.networks import Resources

CONNECT, LATTICE = "Service.ServiceConnectConfiguration", "Service.VpcLatticeConfigurations"
PORTS = {"Task.ContainerDefinitions.0.PortMappings": [{"ContainerPort": 80, "Name": "web"}]}
SPACE = {"Space": resource("ServiceDiscovery::HttpNamespace", Name="shop")}
TRUST = {
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": ["ecs.amazonaws.com", "lambda.amazonaws.com"]},
        "Action": "sts:AssumeRole",
    }
}
ROLE = {"Infrastructure": resource("IAM::Role", AssumeRolePolicyDocument=TRUST)}


def arn(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


def connected(*services: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    given = {"Services": [*services]} if services else {}
    return {**PORTS, **SPACE, CONNECT: {"Enabled": True, "Namespace": arn("Space"), **given, **more}}


def other(**configuration: Any) -> dict[str, Any]:
    settings = {"Enabled": True, "Namespace": arn("Space"), "Services": [{"PortName": "web"}], **configuration}
    return {
        "Other": resource(
            "ECS::Service", ServiceConnectConfiguration=settings, DeploymentController={"Type": "EXTERNAL"}
        )
    }


def on_lattice(**changes: Any) -> dict[str, Any]:
    given = {"PortName": "web", "RoleArn": arn("Infrastructure"), "TargetGroupArn": arn("Targets"), **changes}
    group = resource(
        "VpcLattice::TargetGroup", Type="IP", Config={"Port": 80, "Protocol": "HTTP", "VpcIdentifier": ref("Vpc")}
    )
    return {**PORTS, **ROLE, "Targets": group, LATTICE: [given]}


def with_volume(name: Any = "data", size: Any = 8, launched: Any = True, **changes: Any) -> dict[str, Any]:
    volume = {"Name": name, "ManagedEBSVolume": {"RoleArn": arn("Infrastructure"), "SizeInGiB": size}}
    return {
        **ROLE,
        "Task.Volumes": [{"Name": "data", "ConfiguredAtLaunch": launched}],
        "Service.VolumeConfigurations": [volume],
        **changes,
    }


AT_CONNECT, AT_SERVICES = (
    "Service.Properties.ServiceConnectConfiguration",
    "Service.Properties.ServiceConnectConfiguration.Services[0]",
)
AT_LATTICE, AT_VOLUME = "Service.Properties.VpcLatticeConfigurations[0]", "Service.Properties.VolumeConfigurations[0]"
NO_PORT = "and no port of the task is known to have it"
CASES = [
    # Service Connect
    case(ON_FARGATE, connected(), id="client"),
    case(ON_FARGATE, connected({"PortName": "web"}), id="server"),
    case(ON_FARGATE, connected({"PortName": "web"}, Enabled=False), id="switched off"),
    case(ON_FARGATE, connected({"PortName": "api"}), unsure(AT_SERVICES, f"PortName is api, {NO_PORT}"), id="port that the task does not have"),
    case(ON_FARGATE, connected({"PortName": "web"}, {"PortName": "web", "DiscoveryName": "other"}), id="one port by two names"),
    case(ON_FARGATE, connected({"PortName": "web"}, {"PortName": "web"}), unsure(AT_SERVICES, "two of its services for Service Connect are web"), id="one name twice"),
    case(ON_FARGATE, {**connected({"PortName": "web"}), **other()}, unsure(AT_SERVICES, "Other may register web in its namespace, too"), id="name of another service"),
    case(ON_FARGATE, {**connected({"PortName": "web"}), **other(Services=[{"PortName": "web", "DiscoveryName": "other"}])}, id="another name of another service"),
    case(ON_FARGATE, {**connected({"PortName": "web"}), **other(Namespace=arn("Away")), "Away": resource("ServiceDiscovery::HttpNamespace", Name="away")}, id="name in another namespace"),
    case(ON_FARGATE, {**connected({"PortName": "web"}), **other(Namespace="shop")}, unsure(AT_SERVICES, "Other may register web in its namespace, too"), id="name in a namespace by its name"),
    case(ON_FARGATE, {**connected({"PortName": "web"}, Namespace="shop"), **other(Namespace="away")}, id="name in another namespace, by their names"),
    case(ON_EC2, {**connected(), "Task.NetworkMode": "host"}, unsure(AT_CONNECT, "Service Connect is for network modes awsvpc and bridge, and the mode is host"), id="network of the host"),
    case(ON_FARGATE, {**connected(), "Task.RuntimePlatform": {"OperatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}, "Task.Cpu": "1024", "Task.Memory": "2048"}, unsure(AT_CONNECT, "whether Service Connect takes tasks of WINDOWS_SERVER_2022_CORE is not judged"), id="Windows"),
    # Amazon VPC Lattice
    case(ON_FARGATE, on_lattice(), id="target group of VPC Lattice"),
    case(ON_FARGATE, on_lattice(PortName="api"), unsure(AT_LATTICE, f"PortName is api, {NO_PORT}"), id="port for VPC Lattice that the task does not have"),
    case(ON_FARGATE, on_lattice(TargetGroupArn="arn:aws:vpc-lattice:us-east-1:123456789012:targetgroup/tg-0123456789abcdef0"), unsure(AT_LATTICE, "TargetGroupArn is arn:aws:vpc-lattice:us-east-1:123456789012:targetgroup/tg-0123456789abcdef0, which is no target group of the templates"), id="target group elsewhere"),
    case(ON_FARGATE, {**on_lattice(), "Targets.Type": "INSTANCE"}, unsure(AT_LATTICE, "whether Targets takes the tasks is not judged: its type is not IP, or their mode not awsvpc"), id="target group of instances"),
    # volumes
    case(ON_FARGATE, with_volume(), id="volume"),
    case(ON_FARGATE, with_volume("logs"), unsure(AT_VOLUME, "it makes volume logs, and the task has no volume of that name that is configured at launch"), id="volume of another name"),
    case(ON_FARGATE, with_volume(launched=False), unsure(AT_VOLUME, "it makes volume data, and the task has no volume of that name that is configured at launch"), id="volume of the task itself"),
    case(ON_FARGATE, with_volume(launched=either("Prod", True, False)), unsure(AT_VOLUME, "it makes volume data, and the task has no volume of that name that is configured at launch"), id="volume of the task itself, in one case"),
    case(ON_FARGATE, with_volume(size=ref("Free")), unsure(AT_VOLUME, "it makes a volume, and its size is ${Free}, of 1 to 16384 GiB"), id="size that is known at deployment"),
    case(ON_EC2, with_volume(), unsure(AT_VOLUME, "it makes a volume, and whether instances can attach it is not judged"), id="volume on instances"),
    case(ON_FARGATE, {**with_volume(), "Task.RuntimePlatform": {"OperatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}, "Task.Cpu": "1024", "Task.Memory": "2048"}, unsure(AT_VOLUME, "it makes a volume, and that is for tasks of Linux, and the task is for WINDOWS_SERVER_2022_CORE"), id="volume of Windows"),
]  # fmt: skip


@pytest.mark.parametrize(("resources", "changes", "sections", "expected"), CASES)
def test_connections(
    resources: Resources, changes: Mapping[str, Any], sections: Mapping[str, Any], expected: tuple[str, ...]
) -> None:
    assert said([written(resources, changes, sections)]) == [*expected]
