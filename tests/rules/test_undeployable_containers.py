# ruff: noqa: E501 - in a table, a case is a line
"""Containers and lists that Amazon ECS refuses, each beside some that it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.pull.network.networks import ref, resource
from tests.rules.test_undeployable import (
    AT,
    AT_NETWORK,
    FIRST,
    IN,
    NO_VALUE,
    ON_EC2,
    ON_FARGATE,
    OWN_ROLE,
    RULE,
    beside,
    case,
    either,
    faulty,
    refused,
    said,
    sub,
    unsure,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.pull.network.networks import Resources

COMMANDED = "Rule.Properties.Targets[0].EcsParameters"
NO_TASK_ROLE = "EnableExecuteCommand is true, and the task has no TaskRoleArn"


def commanded(**more: Any) -> dict[str, Any]:
    """A rule that runs the task so that commands may be run in its containers."""
    given = {"EnableExecuteCommand": True, **more}
    return {
        "Service": None,
        "Rule": RULE,
        **{f"Rule.Targets.0.EcsParameters.{key}": each for key, each in given.items()},
    }


SCHEDULE = resource("Scheduler::Schedule", ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"}, Target={"Arn": sub("arn:aws:ecs:${AWS::Region}:${AWS::AccountId}:cluster/a"), "RoleArn": "arn:aws:iam::123456789012:role/a", "EcsParameters": {"TaskDefinitionArn": ref("Task"), "LaunchType": "FARGATE", "EnableExecuteCommand": True, "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": [ref("Subnet")]}}}})  # fmt: skip
WITH_ROLE = {"Role": OWN_ROLE, "Task.TaskRoleArn": {"Fn::GetAtt": ["Role", "Arn"]}}
SECOND = f"{AT}.ContainerDefinitions[1]"


def waits(condition: str, **other: Any) -> dict[str, Any]:
    return {**beside(**other), f"{FIRST}.DependsOn": [{"ContainerName": "beside", "Condition": condition}]}


def on(name: str) -> list[dict[str, str]]:
    return [{"ContainerName": name, "Condition": "START"}]


def mapped(*ports: Mapping[str, Any], mode: str | None = None) -> dict[str, Any]:
    """Containers of one port each."""
    made = [{"Name": f"c{number}", "Image": "a", "Memory": 64, "PortMappings": [each]} for number, each in enumerate(ports)]  # fmt: skip
    return {"Task.ContainerDefinitions": made, **({} if mode is None else {"Task.NetworkMode": mode})}


def twice(number: int, protocol: str = "tcp") -> str:
    return refused(f"{SECOND}.PortMappings[0]", f"port {number} of {protocol} is taken twice by containers of the task")


def many(number: int, **more: Any) -> list[dict[str, Any]]:
    return [{"Name": f"c{each}", "Image": "a", **more} for each in range(number)]


def on_windows(cpu: str, memory: str) -> dict[str, Any]:
    family = {"OperatingSystemFamily": "WINDOWS_SERVER_2022_CORE", "CpuArchitecture": "X86_64"}
    return {"Task.Cpu": cpu, "Task.Memory": memory, "Task.RuntimePlatform": family}


def checked(**bounds: Any) -> dict[str, Any]:
    return {f"{FIRST}.HealthCheck": {"Command": ["CMD", "a"], **bounds}}


def bound(key: str, value: int, limit: str) -> str:
    place = "ContainerDefinitions[0].HealthCheck"
    return faulty(f"Task.Properties.{place}.{key}", f"{place}.{key} of Task is {value}, and must be at {limit}")


def too_many(place: str, name: str, number: int, most: int) -> str:
    return refused(place, f"{place.partition('.')[0]} has {number} {name}, of which there may be {most}")


GROUPS = "Service.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups"
SOME = [{"Type": "memberOf", "Expression": f"attribute:a == {number}"} for number in range(11)]
SPREAD = {"Type": "spread", "Field": "host"}

DEPENDENCIES = [
    case(ON_FARGATE, waits("SUCCESS", Essential=False), id="waits for success"),
    case(ON_FARGATE, waits("COMPLETE", Essential=False), id="waits for the end"),
    case(ON_FARGATE, waits("SUCCESS"), refused(f"{IN}.DependsOn", "container 'web' waits until 'beside' ends, whose Essential is true"), id="waits for success of an essential container"),
    case(ON_FARGATE, waits("COMPLETE", Essential=True), refused(f"{IN}.DependsOn", "container 'web' waits until 'beside' ends, whose Essential is true"), id="waits for the end of an essential container"),
    case(ON_FARGATE, waits("COMPLETE", Essential=ref("Free")), unsure(f"{IN}.DependsOn", "container 'web' waits until 'beside' ends, whose Essential is ${Free}"), id="waits for the end of a container that may be essential"),
    case(ON_FARGATE, waits("START", DependsOn=on("web")), refused(f"{IN}.DependsOn", "container 'web' depends on containers that depend on it"), id="containers that wait for each other"),
    case(ON_FARGATE, waits("START", DependsOn=[either("Prod", on("web")[0])]), refused(f"{IN}.DependsOn", "container 'web' depends on containers that depend on it"), id="containers that may wait for each other"),
]  # fmt: skip
PORTS = [
    case(ON_FARGATE, mapped({"ContainerPort": 80}, {"ContainerPort": 81}), id="two ports"),
    case(ON_FARGATE, mapped({"ContainerPort": 53}, {"ContainerPort": 53, "Protocol": "udp"}), id="one port of two protocols"),
    case(ON_FARGATE, mapped({"ContainerPort": 80}, {"ContainerPort": 80}), twice(80), id="one port in network mode awsvpc"),
    case(ON_EC2, mapped({"ContainerPort": 80}, {"ContainerPort": 80}, mode="host"), twice(80), id="one port in network mode host"),
    case(ON_EC2, mapped({"ContainerPort": 80}, {"ContainerPort": 80}, mode="bridge"), id="one port of containers in network mode bridge"),
    case(ON_EC2, mapped({"ContainerPort": 80, "HostPort": 0}, {"ContainerPort": 80, "HostPort": 0}), id="ports of the host that Amazon ECS chooses"),
    case(ON_EC2, mapped({"ContainerPort": 80, "HostPort": 80}, {"ContainerPort": 81, "HostPort": 80}), twice(80), id="one port of the host"),
    case(ON_EC2, mapped({"ContainerPort": 80, "HostPort": 53, "Protocol": "udp"}, {"ContainerPort": 81, "HostPort": 53, "Protocol": "udp"}), twice(53, "udp"), id="one port of the host of UDP"),
    case(ON_FARGATE, mapped({"ContainerPort": 80, "Name": "a"}, {"ContainerPort": 81, "Name": "b"}), id="names of ports"),
    case(ON_FARGATE, mapped({"ContainerPort": 80, "Name": "a"}, {"ContainerPort": 81, "Name": "a"}), *(unsure(f"{AT}.ContainerDefinitions[{number}].PortMappings[0]", "two port mappings are called 'a', which is not known to be taken") for number in (0,)), id="one name of two ports"),
]  # fmt: skip
COMMANDS = [
    case(ON_FARGATE, {**WITH_ROLE, "Service.EnableExecuteCommand": True}, id="commands in containers"),
    case(ON_FARGATE, {"Service.EnableExecuteCommand": False}, id="no commands in containers"),
    case(ON_FARGATE, {"Service.EnableExecuteCommand": True}, refused("Service.Properties.EnableExecuteCommand", "EnableExecuteCommand is true, and the task has no TaskRoleArn"), id="commands in containers without a role"),
    case(ON_EC2, {"Service.EnableExecuteCommand": True}, refused("Service.Properties.EnableExecuteCommand", "EnableExecuteCommand is true, and the task has no TaskRoleArn"), id="commands in containers on instances without a role"),
    case(ON_FARGATE, {"Service.EnableExecuteCommand": ref("Free")}, unsure("Service.Properties.EnableExecuteCommand", "EnableExecuteCommand is ${Free}, and the task has no TaskRoleArn"), id="commands in containers that may be run without a role"),
    case(ON_FARGATE, commanded(), refused(f"{COMMANDED}.EnableExecuteCommand", NO_TASK_ROLE), id="commands in containers of a rule without a role"),
    case(ON_FARGATE, {**WITH_ROLE, **commanded()}, id="commands in containers of a rule"),
    case(ON_FARGATE, commanded(EnableExecuteCommand=False), id="no commands in containers of a rule"),
    case(ON_FARGATE, {**commanded(), "Rule.Targets.0.Input": '{"taskRoleArn": "arn:aws:iam::123456789012:role/a"}'}, unsure(f"{COMMANDED}.EnableExecuteCommand", NO_TASK_ROLE), id="commands in containers of a rule that gives them a role"),
    case(ON_FARGATE, {"Service": None, "Schedule": SCHEDULE}, refused("Schedule.Properties.Target.EcsParameters.EnableExecuteCommand", NO_TASK_ROLE), id="commands in containers of a schedule without a role"),
    case(ON_FARGATE, {**WITH_ROLE, "Service": None, "Schedule": SCHEDULE}, id="commands in containers of a schedule"),
    case(ON_FARGATE, {**WITH_ROLE, "Task.TaskRoleArn": either("Prod", {"Fn::GetAtt": ["Role", "Arn"]}), "Service.EnableExecuteCommand": either("Prod", True)}, id="commands in containers and role under one condition"),
]  # fmt: skip
OF_FARGATE = [
    case(ON_FARGATE, on_windows("1024", "2048"), id="least size of Windows"),
    case(ON_FARGATE, on_windows("512", "1024"), refused(f"{AT}.Cpu", "AWS Fargate has no 512 CPU units with Windows; it has 1024, 2048, 4096"), id="too few CPU units for Windows"),
    case(ON_FARGATE, on_windows("8192", "16384"), unsure(f"{AT}.Cpu", "AWS Fargate has no 8192 CPU units with Windows; it has 1024, 2048, 4096"), id="more CPU units than are known for Windows"),
    case(ON_FARGATE, {f"{FIRST}.StopTimeout": 120}, id="longest time to stop"),
    case(ON_FARGATE, {f"{FIRST}.StopTimeout": 121}, unsure(f"{IN}.StopTimeout", "StopTimeout is 121, and AWS Fargate waits 120 seconds at most"), id="longer time to stop"),
    case(ON_EC2, {f"{FIRST}.StopTimeout": 300}, id="longer time to stop on instances"),
    case(ON_FARGATE, checked(Interval=5, Timeout=2, Retries=1, StartPeriod=0), id="least bounds of a health check"),
    case(ON_FARGATE, checked(Interval=300, Timeout=60, Retries=10, StartPeriod=300), id="largest bounds of a health check"),
    case(ON_FARGATE, checked(Interval=301), bound("Interval", 301, "most 300"), id="interval of a health check that is too long"),
    case(ON_FARGATE, checked(Timeout=1), bound("Timeout", 1, "least 2"), id="timeout of a health check that is too short"),
    case(ON_FARGATE, checked(Retries=11), bound("Retries", 11, "most 10"), id="too many retries of a health check"),
    case(ON_FARGATE, checked(StartPeriod=301), bound("StartPeriod", 301, "most 300"), id="start period of a health check that is too long"),
]  # fmt: skip
LISTS = [
    case(ON_FARGATE, {"Task.ContainerDefinitions": many(10)}, id="as many containers as may be"),
    case(ON_FARGATE, {"Task.ContainerDefinitions": many(11)}, too_many("Task.Properties.ContainerDefinitions", "ContainerDefinitions", 11, 10), id="one container too many"),
    case(ON_FARGATE, {"Task.ContainerDefinitions": [*many(10), either("Prod", {"Name": "b", "Image": "a"})]}, too_many("Task.Properties.ContainerDefinitions", "ContainerDefinitions", 11, 10), id="one container too many under a condition"),
    case(ON_FARGATE, {"Task.ContainerDefinitions": [*many(10), NO_VALUE]}, id="container of no value"),
    case(ON_FARGATE, {"Other": resource("ECS::TaskDefinition", ContainerDefinitions=many(11, Memory=64))}, too_many("Other.Properties.ContainerDefinitions", "ContainerDefinitions", 11, 10), id="one container too many in another task of the stack"),
    case(ON_FARGATE, {GROUPS: [f"sg-{number:08}" for number in range(5)]}, id="as many security groups as may be"),
    case(ON_FARGATE, {GROUPS: [f"sg-{number:08}" for number in range(6)]}, too_many(f"{AT_NETWORK}.AwsvpcConfiguration.SecurityGroups", "SecurityGroups", 6, 5), id="one security group too many"),
    case(ON_FARGATE, {GROUPS: ref("Names")}, id="security groups of a parameter"),
    case(ON_EC2, {"Service.PlacementConstraints": SOME[:10]}, id="as many constraints as may be"),
    case(ON_EC2, {"Service.PlacementConstraints": SOME}, too_many("Service.Properties.PlacementConstraints", "PlacementConstraints", 11, 10), id="one constraint too many"),
    case(ON_EC2, {"Task.PlacementConstraints": SOME}, too_many("Task.Properties.PlacementConstraints", "PlacementConstraints", 11, 10), id="one constraint of a task too many"),
    case(ON_EC2, {"Service.PlacementStrategies": [SPREAD] * 5}, id="as many strategies as may be"),
    case(ON_EC2, {"Service.PlacementStrategies": [SPREAD] * 6}, too_many("Service.Properties.PlacementStrategies", "PlacementStrategies", 6, 5), id="one strategy too many"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("resources", "changes", "sections", "expected"), [*DEPENDENCIES, *PORTS, *COMMANDS, *OF_FARGATE, *LISTS]
)
def test_undeployable_containers(
    resources: Resources, changes: Mapping[str, Any], sections: Mapping[str, Any], expected: tuple[str, ...]
) -> None:
    found = said([written(resources, changes, sections)])
    assert [*dict.fromkeys(found)] == [*expected]
