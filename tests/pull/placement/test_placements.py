"""Where task definitions run, and which container instances that is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.facts import Here
from tests import worlds
from tests.judging import assembly, write

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

TASK = """
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: web
      RequiresCompatibilities: [EC2, FARGATE]
      NetworkMode: awsvpc
      Cpu: 256
      Memory: 512
      ContainerDefinitions: [{Name: web, Image: a}]
"""
CLUSTER = """
  Cluster: {Type: AWS::ECS::Cluster, Properties: {ClusterName: main}}
  Launch:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        ImageId: "{{resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id}}"
        UserData: {"Fn::Base64": !Sub "#!/bin/bash\\necho ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config"}
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties: {LaunchTemplate: {LaunchTemplateId: !Ref Launch, Version: "1"}}
"""
PROVIDED = """
  Provider:
    Type: AWS::ECS::CapacityProvider
    Properties: {AutoScalingGroupProvider: {AutoScalingGroupArn: !Ref Group}}
  Managed: {Type: AWS::ECS::CapacityProvider, Properties: {ManagedInstancesProvider: {InfrastructureRoleArn: arn}}}
"""
ASSOCIATED = """
  Associations:
    Type: AWS::ECS::ClusterCapacityProviderAssociations
    Properties:
      Cluster: !Ref Cluster
      CapacityProviders: [!Ref Provider]
      DefaultCapacityProviderStrategy: [{CapacityProvider: !Ref Provider, Weight: 1}]
"""
CLUSTER_STRATEGY = """
  Other:
    Type: AWS::ECS::Cluster
    Properties:
      DefaultCapacityProviderStrategy: !If [OnFargate, [{CapacityProvider: FARGATE, Weight: 1}], %s]
"""
SERVICE = """
  Service:
    Type: AWS::ECS::Service
    Properties:
      {NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [a]}}, TaskDefinition: !Ref Task, Cluster: !Ref Cluster%s}
"""


def placements(path: Path) -> list[str]:
    """Where the only container runs in any world, each once."""
    (found,) = worlds.of_containers(load([path]), shown)
    return list(dict.fromkeys(placement for placements in found for placement in placements))


def shown(here: Here, container: Container) -> list[str]:
    """The launch type, the container instances and the evidence of each placement of a container."""
    found = []
    for placement in here.placements.of(container):
        launch = placement.launch_type.value if placement.launch_type else "?"
        hosts = ", ".join(host.resource.logical_id for host in here.capacity.of(container, placement))
        found.append(f"{launch} [{hosts}] {placement.evidence}")
    return found


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        pytest.param(SERVICE % ", LaunchType: FARGATE", ["FARGATE [] Service by launch type FARGATE"], id="Fargate"),
        pytest.param(
            SERVICE % ", LaunchType: EXTERNAL", ["EXTERNAL [] Service by launch type EXTERNAL"], id="external"
        ),
        pytest.param(
            SERVICE % ", LaunchType: EC2", ["EC2 [Group] Service by launch type EC2"], id="instances that join"
        ),
        pytest.param(
            (SERVICE % "")
            + """
  Fleet:
    Type: AWS::EC2::EC2Fleet
    Properties:
      LaunchTemplateConfigs: [{LaunchTemplateSpecification: {LaunchTemplateId: !Ref Launch, Version: $Latest}}]
  Spot:
    Type: AWS::EC2::SpotFleet
    Properties:
      SpotFleetRequestConfigData:
        LaunchTemplateConfigs: [{LaunchTemplateSpecification: {LaunchTemplateId: !Ref Launch, Version: "1"}}]
        LaunchSpecifications:
          - UserData: {"Fn::Base64": "#!/bin/bash\\necho ECS_CLUSTER=main >> /etc/ecs/ecs.config"}
          - UserData: {"Fn::Base64": "#!/bin/bash\\necho ECS_CLUSTER=other >> /etc/ecs/ecs.config"}
""",
            ["EC2 [Group, Fleet, Spot, Spot] Service by launch type EC2, the default"],
            id="fleets that join",
        ),
        pytest.param(SERVICE % "", ["EC2 [Group] Service by launch type EC2, the default"], id="launch type left out"),
        pytest.param(
            ASSOCIATED + SERVICE % "",
            ["EC2 [Group] Service by the cluster's default capacity provider ${Provider}"],
            id="default strategy of the cluster",
        ),
        pytest.param(
            SERVICE
            % ", CapacityProviderStrategy: [{CapacityProvider: !Ref Provider}, {CapacityProvider: FARGATE_SPOT}]",
            [
                "EC2 [Group] Service by its capacity provider ${Provider}",
                "FARGATE [] Service by its capacity provider FARGATE_SPOT",
            ],
            id="strategy of the service",
        ),
        pytest.param(
            (SERVICE % ", CapacityProviderStrategy: [{CapacityProvider: !Ref Either, Weight: 1}]")
            + """
  Either:
    Type: AWS::ECS::CapacityProvider
    Properties: {AutoScalingGroupProvider: {AutoScalingGroupArn: !If [OnFargate, elsewhere, !Ref Group]}}
""",
            [
                "EC2 [] Service by its capacity provider ${Either}",
                "EC2 [Group] Service by its capacity provider ${Either}",
            ],
            id="provider whose group is elsewhere in one branch",
        ),
        pytest.param(
            SERVICE % ", CapacityProviderStrategy: [{CapacityProvider: !Ref Managed, Weight: 1}]",
            ["MANAGED_INSTANCES [] Service by its capacity provider ${Managed}"],
            id="managed instances",
        ),
        pytest.param(
            SERVICE % ", CapacityProviderStrategy: [{CapacityProvider: elsewhere, Weight: 1}]",
            ["? [] Service by its capacity provider elsewhere, which is not in the templates"],
            id="provider elsewhere",
        ),
        pytest.param(
            SERVICE.replace("!Ref Cluster", "!ImportValue Main") % "",
            ["? [] Service in cluster ${Fn::ImportValue Main}, which is not in the templates"],
            id="cluster elsewhere",
        ),
        pytest.param(
            SERVICE % ", LaunchType: !If [OnFargate, FARGATE, EC2]",
            ["FARGATE [] Service by launch type FARGATE", "EC2 [Group] Service by launch type EC2"],
            id="both branches",
        ),
        pytest.param(
            SERVICE % ", LaunchType: !If [OnFargate, FARGATE, !Ref AWS::NoValue]",
            ["FARGATE [] Service by launch type FARGATE", "EC2 [Group] Service by launch type EC2, the default"],
            id="launch type in one branch only",
        ),
        pytest.param(
            SERVICE % ", LaunchType: !If [OnFargate, !Ref AWS::NoValue, EC2], "
            "CapacityProviderStrategy: !If [OnFargate, [{CapacityProvider: FARGATE, Weight: 1}], !Ref AWS::NoValue]",
            ["FARGATE [] Service by its capacity provider FARGATE", "EC2 [Group] Service by launch type EC2"],
            id="strategy in one branch and launch type in the other",
        ),
        pytest.param(
            SERVICE.replace("!Ref Cluster", "!If [OnFargate, elsewhere, !Ref Cluster]") % ", LaunchType: EC2",
            ["EC2 [] Service by launch type EC2", "EC2 [Group] Service by launch type EC2"],
            id="a cluster in each branch",
        ),
        pytest.param(
            SERVICE.replace("!Ref Cluster", "!If [OnFargate, !Ref AWS::NoValue, !Ref Cluster]") % ", LaunchType: EC2",
            ["EC2 [] Service by launch type EC2", "EC2 [Group] Service by launch type EC2"],
            id="the default cluster in one branch",
        ),
        pytest.param(
            SERVICE.replace("!Ref Cluster", "!If [OnFargate, elsewhere, !Ref Cluster]")
            % ", LaunchType: !If [OnFargate, FARGATE, EC2]",
            ["FARGATE [] Service by launch type FARGATE", "EC2 [Group] Service by launch type EC2"],
            id="cluster and launch type of the same branch",
        ),
        pytest.param(
            SERVICE.replace("!Ref Task", "!If [OnFargate, !Ref Task, elsewhere]")
            % ", LaunchType: !If [OnFargate, FARGATE, EC2]",
            [
                "FARGATE [] Service by launch type FARGATE",
                "EC2 [Group] no service or schedule in the templates runs it; it is for EC2",
                "FARGATE [] no service or schedule in the templates runs it; it is for FARGATE",
            ],
            id="task in one branch",
        ),
        pytest.param(
            CLUSTER_STRATEGY % "!Ref AWS::NoValue" + SERVICE.replace("!Ref Cluster", "!Ref Other") % "",
            [
                "FARGATE [] Service by the cluster's default capacity provider FARGATE",
                "EC2 [] Service by launch type EC2, the default",
            ],
            id="default strategy in one branch",
        ),
        pytest.param(
            CLUSTER_STRATEGY % "[]" + SERVICE.replace("!Ref Cluster", "!Ref Other") % "",
            [
                "FARGATE [] Service by the cluster's default capacity provider FARGATE",
                "EC2 [] Service by launch type EC2, the default",
            ],
            id="empty default strategy in one branch",
        ),
        pytest.param(
            CLUSTER_STRATEGY % "!Ref AWS::NoValue"
            + SERVICE.replace("!Ref Cluster", "!Ref Other") % ", LaunchType: !If [OnFargate, !Ref AWS::NoValue, EC2]",
            [
                "FARGATE [] Service by the cluster's default capacity provider FARGATE",
                "EC2 [] Service by launch type EC2",
            ],
            id="default strategy in the branch without launch type",
        ),
        pytest.param(
            SERVICE % ", CapacityProviderStrategy: !If [OnFargate, [{CapacityProvider: FARGATE, Weight: 1}], []]",
            [
                "FARGATE [] Service by its capacity provider FARGATE",
                "EC2 [Group] Service by launch type EC2, the default",
            ],
            id="empty strategy in one branch",
        ),
        *(
            pytest.param(
                SERVICE % f", CapacityProviderStrategy: {strategy}",
                [
                    "FARGATE [] Service by its capacity provider FARGATE",
                    "EC2 [Group] Service by launch type EC2, the default",
                ],
                id=f"strategy {strategy}",
            )
            for strategy in (
                "[!If [OnFargate, {CapacityProvider: FARGATE, Weight: 1}, !Ref AWS::NoValue]]",
                "[!Ref AWS::NoValue, !If [OnFargate, {CapacityProvider: FARGATE, Weight: 1}, !Ref AWS::NoValue]]",
            )
        ),
        pytest.param(
            SERVICE % ", CapacityProviderStrategy: [!Ref AWS::NoValue, {CapacityProvider: FARGATE, Weight: 1}]",
            ["FARGATE [] Service by its capacity provider FARGATE"],
            id="strategy with an element left out",
        ),
        pytest.param(
            SERVICE % ", CapacityProviderStrategy: [!Ref AWS::NoValue]",
            ["EC2 [Group] Service by launch type EC2, the default"],
            id="strategy whose only element is left out",
        ),
        pytest.param(
            ASSOCIATED.replace("    Properties:", "    Condition: OnFargate\n    Properties:") + SERVICE % "",
            [
                "EC2 [Group] Service by the cluster's default capacity provider ${Provider}",
                "EC2 [Group] Service by launch type EC2, the default",
            ],
            id="association in one branch",
        ),
        pytest.param(
            ASSOCIATED.replace("!Ref Cluster", "!If [OnFargate, !Ref Cluster, elsewhere]") + SERVICE % "",
            [
                "EC2 [Group] Service by the cluster's default capacity provider ${Provider}",
                "EC2 [Group] Service by launch type EC2, the default",
            ],
            id="association with the cluster in one branch",
        ),
        pytest.param(
            SERVICE.replace("!Ref Task", "web").replace("!Ref Cluster", "main") % ", LaunchType: EC2",
            ["EC2 [Group] Service by launch type EC2"],
            id="by names",
        ),
        pytest.param(
            SERVICE.replace("!Ref Cluster", "arn:aws:ecs:eu-central-1:123456789012:cluster/main") % "",
            ["EC2 [Group] Service by launch type EC2, the default"],
            id="by ARN",
        ),
        pytest.param(
            """
  Rule:
    Type: AWS::Events::Rule
    Properties:
      Targets:
        - Arn: !GetAtt Cluster.Arn
          EcsParameters: {TaskDefinitionArn: !Ref Task, LaunchType: EC2}
""",
            ["EC2 [Group] Rule by launch type EC2"],
            id="scheduled by EventBridge",
        ),
        pytest.param(
            """
  Rule:
    Type: AWS::Events::Rule
    Properties:
      Targets:
        - {Arn: !GetAtt Cluster.Arn, EcsParameters: {TaskDefinitionArn: other, LaunchType: EC2}}
        - {Arn: elsewhere, EcsParameters: {TaskDefinitionArn: !Ref Task, LaunchType: EC2}}
""",
            ["EC2 [] Rule by launch type EC2"],
            id="scheduled by the second target of a rule",
        ),
        pytest.param(
            """
  Schedule:
    Type: AWS::Scheduler::Schedule
    Properties:
      Target:
        Arn: !GetAtt Cluster.Arn
        EcsParameters: {TaskDefinitionArn: !Ref Task, LaunchType: FARGATE}
""",
            ["FARGATE [] Schedule by launch type FARGATE"],
            id="scheduled by EventBridge Scheduler",
        ),
        pytest.param(
            "",
            [
                "EC2 [Group] no service or schedule in the templates runs it; it is for EC2",
                "FARGATE [] no service or schedule in the templates runs it; it is for FARGATE",
            ],
            id="nothing runs it",
        ),
        pytest.param(
            "\n  Bastion: {Type: AWS::EC2::Instance, Properties: {ImageId: ami-0123456789abcdef0}}\n",
            [
                "EC2 [Group] no service or schedule in the templates runs it; it is for EC2",
                "FARGATE [] no service or schedule in the templates runs it; it is for FARGATE",
            ],
            id="nothing runs it, and an instance is none of ECS",
        ),
    ],
)
def test_task_definition(tmp_path: Path, resources: str, expected: list[str]) -> None:
    template = (
        "Parameters: {Flag: {Type: String}}\nConditions: {OnFargate: !Equals [!Ref Flag, yes]}\n"
        f"Resources:{TASK}{CLUSTER}{PROVIDED}{resources}"
    )
    assert placements(write(tmp_path, template)) == expected


MACHINE = """
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties: {%s}
"""
STATES = (
    '{"StartAt": "Run", "States": {"Run": {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask", "Parameters": '
    '{"Cluster": "main", "TaskDefinition": "web", "LaunchType": "EC2", '
    '"NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["a"]}}}}}}'
)
BY_MACHINE = ["EC2 [Group] Machine by launch type EC2"]
BY_NOTHING = [
    "EC2 [Group] no service or schedule in the templates runs it; it is for EC2",
    "FARGATE [] no service or schedule in the templates runs it; it is for FARGATE",
]
TYPE = '"LaunchType": "EC2"'


def states(*changes: tuple[str, str]) -> str:
    """The definition of a state machine that runs the task, with some texts in place of others."""
    found = STATES
    for old, new in changes:
        assert old in found
        found = found.replace(old, new)
    return found


def with_machine(properties: str) -> str:
    """A template with the task and a state machine."""
    return f"Resources:{TASK}{CLUSTER}{MACHINE % properties}"


def nested(type_: str, field: str, inner: str = STATES) -> str:
    """A definition with a state that holds others."""
    return f'{{"States": {{"Outer": {{"Type": "{type_}", "{field}": {inner}}}}}}}'


def _of(expected: list[str], definition: str, *, id: str, more: str = "", key: str = "Definition") -> ParameterSet:
    return pytest.param(f"{key}: {definition}{more}", expected, id=id)


def _written(definition: str, *, id: str, more: str = "", function: str = "") -> ParameterSet:
    """A definition that is a string."""
    return _of(BY_MACHINE, f"{function}'{definition}'", id=id, more=more, key="DefinitionString")


GIVEN = ", DefinitionSubstitutions: {task: !Ref Task, type: EC2, time: 60}"
REFERRING = states(('"web"', '"${Task}"'), ('"main"', '"${Cluster.Arn}"'))
JOINED = states(('"web"', "\"', !Ref Task, '\""))
TIMED = states(('"web"', '"${task}"'), ("EC2", "${type}"), ('"StartAt"', '"TimeoutSeconds": ${time}, "StartAt"'))


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        pytest.param(
            SERVICE.replace("!Ref Cluster", "!ImportValue Main") % "",
            ["FARGATE [] Service on Fargate, which alone its task is for"],
            id="cluster elsewhere",
        ),
        pytest.param(
            SERVICE % ", CapacityProviderStrategy: [{CapacityProvider: elsewhere, Weight: 1}]",
            ["FARGATE [] Service on Fargate, which alone its task is for"],
            id="provider elsewhere",
        ),
        pytest.param(
            SERVICE % ", LaunchType: !Ref Flag",
            ["FARGATE [] Service on Fargate, which alone its task is for"],
            id="launch type that is not known",
        ),
        pytest.param(
            SERVICE % ", LaunchType: EC2", ["EC2 [Group] Service by launch type EC2"], id="launch type that is known"
        ),
    ],
)
def test_task_for_fargate_alone(tmp_path: Path, service: str, expected: list[str]) -> None:
    task = TASK.replace("[EC2, FARGATE]", "[FARGATE]")
    template = f"Parameters: {{Flag: {{Type: String}}}}\nResources:{task}{CLUSTER}{service}"
    assert placements(write(tmp_path, template)) == expected


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        _of(BY_MACHINE, STATES, id="object"),
        _of(BY_MACHINE, states(('"web"', '"${task}"')), more=GIVEN, id="object with substitutions"),
        _written(STATES, id="string"),
        _written(REFERRING, function="!Sub ", id="string with references"),
        _written(TIMED, more=GIVEN, id="string with substitutions"),
        pytest.param(f"DefinitionString: !Join ['', ['{JOINED}']]", BY_MACHINE, id="string that is joined"),
        _of(BY_MACHINE, nested("Parallel", "Branches", f"[{nested('Pass', 'A', '1')}, {STATES}]"), id="branch"),
        _of(BY_MACHINE, nested("Map", "ItemProcessor"), id="processor"),
        _of(BY_MACHINE, nested("Map", "Iterator"), id="iterator"),
        _of(
            BY_MACHINE, nested("Map", "Iterator", nested("Parallel", "Branches", f"[{STATES}]")), id="branch in a loop"
        ),
        *(
            _of(expected, states(("ecs:runTask", action)), id=action)
            for action, expected in (
                ("ecs:runTask.sync", BY_MACHINE),
                ("ecs:runTask.waitForTaskToken", BY_MACHINE),
                ("aws-sdk:ecs:runTask", BY_MACHINE),
                ("ecs:stopTask", BY_NOTHING),
                ("batch:submitJob", BY_NOTHING),
            )
        ),
        _of(BY_MACHINE, states(("arn:aws:", "arn:aws-cn:")), id="another partition"),
        _of(BY_MACHINE, states(("Parameters", "Arguments")), id="arguments"),
        _of(BY_NOTHING, states(('"Type": "Task"', '"Type": "Pass"')), id="no call"),
        _of(BY_NOTHING, states(('"TaskDefinition": "web"', '"TaskDefinition.$": "$.task"')), id="task by JSONPath"),
        _of(BY_NOTHING, states(('"web"', '"{% $states.input.task %}"')), id="task by JSONata"),
        _of(BY_NOTHING, states(("Parameters", "Comment")), id="arguments by the input"),
        _of(
            ["? [] Machine by launch type ${$.type}"],
            states((TYPE, '"LaunchType.$": "$.type"')),
            id="launch type by JSONPath",
        ),
        _of(
            ["? [] Machine in cluster ${{% $cluster %}}, which is not in the templates"],
            states(('"main"', '"{% $cluster %}"'), (f", {TYPE}", "")),
            id="cluster by JSONata",
        ),
        _of(
            ["FARGATE [] Machine by its capacity provider FARGATE"],
            states((TYPE, '"CapacityProviderStrategy": [{"CapacityProvider": "FARGATE", "Weight": 1}]')),
            id="capacity provider",
        ),
        _of(
            ["EC2 [Group] Machine by launch type EC2, the default"],
            states((f", {TYPE}", "")),
            id="launch type left out",
        ),
        _of(
            ["? [] Machine is handed it, and its definition is in Amazon S3"],
            "{Bucket: a, Key: b}",
            key="DefinitionS3Location",
            more=GIVEN,
            id="definition in S3 that is handed the task",
        ),
        _of(BY_NOTHING, "{Bucket: a, Key: b}", key="DefinitionS3Location", id="definition in S3"),
        _of(
            ["? [] Machine is handed it, and its definition is known only at deployment"],
            "!Sub '{${Task}'",
            key="DefinitionString",
            id="definition that is no JSON",
        ),
        _of(
            ["? [] Machine is handed it, and its definition is known only at deployment"],
            "{'Fn::Transform': {Name: Own, Parameters: {A: 1}}}",
            more=GIVEN,
            id="definition by a macro",
        ),
        _of(BY_NOTHING, "{}", more=GIVEN, id="definition without states"),
    ],
)
def test_state_machine(tmp_path: Path, properties: str, expected: list[str]) -> None:
    assert placements(write(tmp_path, with_machine(properties))) == expected


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        pytest.param(
            "{Type: AWS::ECS::ExpressGatewayService, Properties: {PrimaryContainer: {Image: a}}}",
            ["FARGATE [] Express Mode runs on Fargate"],
            id="Express Mode",
        ),
        pytest.param(
            "{Type: AWS::ECS::DaemonTaskDefinition, Properties: {ContainerDefinitions: [{Image: a}]}}",
            ["MANAGED_INSTANCES [] no daemon in the templates runs it, and daemons run on ECS Managed Instances"],
            id="daemon",
        ),
        pytest.param(
            "{Type: AWS::Batch::JobDefinition, Properties: {ContainerProperties: {Image: a}}}",
            ["EC2 [] AWS Batch runs it on EC2, in a queue given with each job"],
            id="Batch",
        ),
        pytest.param(
            "{Type: AWS::Batch::JobDefinition, Properties: {ContainerProperties: {Image: a}, "
            "PlatformCapabilities: [FARGATE]}}",
            ["FARGATE [] AWS Batch runs it on FARGATE, in a queue given with each job"],
            id="Batch on Fargate",
        ),
    ],
)
def test_other_types(tmp_path: Path, resource: str, expected: list[str]) -> None:
    assert placements(write(tmp_path, f"Resources: {{X: {resource}}}")) == expected


DAEMON = """
  Definition:
    Type: AWS::ECS::DaemonTaskDefinition
    Properties: {Family: agent, ContainerDefinitions: [{Name: agent, Image: a}]}
  Managed:
    Type: AWS::ECS::CapacityProvider
    Properties: {ClusterName: !Ref Cluster, ManagedInstancesProvider: {InfrastructureRoleArn: arn}}
  Daemon:
    Type: AWS::ECS::Daemon
    Properties:
      {ClusterArn: !GetAtt Cluster.Arn, DaemonTaskDefinitionArn: !Ref Definition%s}
"""
PROVIDER_ARN = "!Sub 'arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:capacity-provider/%s'"
SHOWN_ARN = "arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:capacity-provider/"
BY_NO_DAEMON = "MANAGED_INSTANCES [] no daemon in the templates runs it, and daemons run on ECS Managed Instances"


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        pytest.param(
            f", CapacityProviderArns: [{PROVIDER_ARN % '${Managed}'}]",
            [f"MANAGED_INSTANCES [] Daemon by its capacity provider {SHOWN_ARN}${{Managed}}"],
            id="managed instances",
        ),
        pytest.param(
            f", CapacityProviderArns: [{PROVIDER_ARN % '${Managed}'}, {PROVIDER_ARN % 'other'}]",
            [
                f"MANAGED_INSTANCES [] Daemon by its capacity provider {SHOWN_ARN}${{Managed}}",
                f"? [] Daemon by its capacity provider {SHOWN_ARN}other, which is not in the templates",
            ],
            id="two providers, one elsewhere",
        ),
        pytest.param("", ["? [] Daemon names no capacity provider"], id="no provider"),
        pytest.param(
            ", CapacityProviderArns: [!Ref Managed], DaemonTaskDefinitionArn: !GetAtt Other.DaemonTaskDefinitionArn",
            [BY_NO_DAEMON],
            id="another definition",
        ),
        pytest.param(
            f", CapacityProviderArns: [{PROVIDER_ARN % '${Managed}'}], "
            "DaemonTaskDefinitionArn: !GetAtt Definition.DaemonTaskDefinitionArn",
            [f"MANAGED_INSTANCES [] Daemon by its capacity provider {SHOWN_ARN}${{Managed}}"],
            id="attribute of the definition",
        ),
    ],
)
def test_daemon(tmp_path: Path, properties: str, expected: list[str]) -> None:
    daemon = DAEMON % properties
    if daemon.count("DaemonTaskDefinitionArn: ") > 1:
        daemon = daemon.replace(", DaemonTaskDefinitionArn: !Ref Definition", "", 1)
    template = f"Resources:\n  Cluster: {{Type: AWS::ECS::Cluster}}{daemon}"
    assert placements(write(tmp_path, template)) == expected


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        pytest.param("!Ref Task", ["FARGATE [] Express Mode runs on Fargate"], id="reference"),
        pytest.param("web", ["FARGATE [] Express Mode runs on Fargate"], id="family"),
        pytest.param(
            "elsewhere",
            [
                "EC2 [] no service or schedule in the templates runs it; it is for EC2",
                "FARGATE [] no service or schedule in the templates runs it; it is for FARGATE",
            ],
            id="another one",
        ),
    ],
)
def test_express_mode_by_definition(tmp_path: Path, definition: str, expected: list[str]) -> None:
    express = f"  X: {{Type: AWS::ECS::ExpressGatewayService, Properties: {{TaskDefinitionArn: {definition}}}}}"
    assert placements(write(tmp_path, f"Resources:{TASK}{express}")) == expected


BY_SERVICE, BY_MAKER = "FARGATE [] Service by launch type FARGATE", "? [] Maker is handed it, and may run it anywhere"
CALL = 'Create: !Sub \'{"service": "ECS", "action": "%s", "parameters": {"taskDefinition": "${Task}"}}\''
ARN_OF_FAMILY = "!Sub 'arn:aws:ecs:${AWS::Region}:${AWS::AccountId}:task-definition/web'"


def function(variables: str, type_: str = "AWS::Lambda::Function") -> str:
    return f"  Maker: {{Type: {type_}, Properties: {{Environment: {{Variables: {{{variables}}}}}}}}}"


def maker(properties: str, type_: str = "Custom::Run") -> str:
    return f"  Maker: {{Type: {type_}, Properties: {{{properties}}}}}"


@pytest.mark.parametrize(
    ("more", "is_handed"),
    [
        pytest.param(maker("Task: !Ref Task"), True, id="reference"),
        pytest.param(maker("Task: !GetAtt Task.TaskDefinitionArn"), True, id="attribute"),
        pytest.param(maker("Of: {Any: [!Ref Task]}", "AWS::CloudFormation::CustomResource"), True, id="somewhere"),
        pytest.param(maker("Command: !Sub 'run ${Task} now'"), True, id="in a text"),
        pytest.param(maker(f"Any: {ARN_OF_FAMILY}"), True, id="ARN of the family"),
        pytest.param(maker("TaskFamily: web"), True, id="family"),
        pytest.param(maker("TaskFamily: 'web:3'"), True, id="family and revision"),
        pytest.param(maker("Name: web"), False, id="a name that is that of the family"),
        pytest.param(maker("TaskFamily: other"), False, id="another family"),
        pytest.param(maker("Cluster: !Ref Cluster"), False, id="the cluster alone"),
        pytest.param(maker("Service: !Ref Service"), False, id="the service alone"),
        pytest.param(maker("ServiceToken: a"), False, id="nothing"),
        pytest.param(
            maker("TemplateURL: a, Parameters: {Task: !Ref Task}", "AWS::CloudFormation::Stack"),
            True,
            id="nested stack that is not read",
        ),
        pytest.param(maker(CALL % "runTask", "Custom::AWS"), True, id="call that runs it"),
        pytest.param(maker(CALL % "updateService", "Custom::AWS"), True, id="call that changes a service"),
        pytest.param(maker(CALL % "describeTaskDefinition", "Custom::AWS"), False, id="call that asks about it"),
        pytest.param(maker(CALL % "putParameter", "Custom::AWS"), False, id="call that stores its ARN"),
        pytest.param(
            maker(CALL % "putParameter" + ", Update: !Sub 'run ${Task}'", "Custom::AWS"),
            True,
            id="call that is not known",
        ),
        pytest.param(
            maker("Exports: {a: !Ref Task}", "Custom::CrossRegionExportWriter"), False, id="export to another region"
        ),
        pytest.param(
            maker("SourceMarkers: [{a: !Ref Task}]", "Custom::CDKBucketDeployment"), False, id="file with its ARN"
        ),
        pytest.param(function("TASK: !Ref Task"), True, id="function"),
        pytest.param(function("TASK: !Ref Task", "AWS::Serverless::Function"), True, id="function of SAM"),
        pytest.param(function("TASK_DEFINITION: web"), True, id="function with the family"),
        pytest.param(function("CLUSTER: !Ref Cluster, APP: web"), False, id="function with the cluster"),
        pytest.param(maker("Value: !Ref Task, Type: String", "AWS::SSM::Parameter"), False, id="parameter"),
        pytest.param(maker("Task: !If [OnFargate, !Ref Task, none]"), True, id="under a condition"),
    ],
)
def test_what_is_handed_a_task_may_run_it(tmp_path: Path, more: str, *, is_handed: bool) -> None:
    conditions = "Parameters: {P: {Type: String}}\nConditions: {OnFargate: !Equals [!Ref P, a]}\n"
    template = f"{conditions}Resources:{TASK}{CLUSTER}{SERVICE % ', LaunchType: FARGATE'}{more}\n"
    assert placements(write(tmp_path, template)) == [BY_SERVICE, *([BY_MAKER] if is_handed else [])]


def test_what_is_handed_a_task_that_nothing_else_runs(tmp_path: Path) -> None:
    assert placements(write(tmp_path, f"Resources:{TASK}{maker('Task: !Ref Task')}\n")) == [BY_MAKER]


@pytest.mark.parametrize(
    ("environment", "hosts"),
    [("123456789012/eu-central-1", "[Group]"), ("210987654321/eu-central-1", "[]"), ("123456789012/us-east-1", "[]")],
)
def test_what_may_run_it_is_of_its_account_and_region(tmp_path: Path, environment: str, hosts: str) -> None:
    task = f"Resources:{TASK}"
    folder = assembly(
        tmp_path, [(task, "aws://123456789012/eu-central-1"), (f"Resources:{CLUSTER}", f"aws://{environment}")]
    )
    assert placements(folder)[0] == f"EC2 {hosts} no service or schedule in the templates runs it; it is for EC2"


def test_across_stacks(tmp_path: Path) -> None:
    exports = """
Outputs:
  Name: {Value: !Ref Cluster, Export: {Name: main-cluster}}
"""
    service = f"Resources:{TASK}{SERVICE.replace('!Ref Cluster', '!ImportValue main-cluster') % ', LaunchType: EC2'}"
    environment = "aws://123456789012/eu-central-1"
    folder = assembly(tmp_path, [(f"Resources:{CLUSTER}{exports}", environment), (service, environment)])
    assert placements(folder) == ["EC2 [Group] Service by launch type EC2"]
