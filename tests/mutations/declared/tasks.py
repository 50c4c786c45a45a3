"""Services, clusters, task definitions and what runs tasks."""

from __future__ import annotations

from tests.mutations.declared.declaration import EMPTY, GONE, Declared, E, H

TASKS = (
    Declared(H, "AWS::ECS::Service", ("DeploymentConfiguration",), EMPTY, "its defaults start tasks as well"),
    Declared(
        H,
        "AWS::ECS::Service",
        (
            "DeploymentConfiguration/DeploymentCircuitBreaker",
            "DeploymentConfiguration/DeploymentCircuitBreaker/ThresholdConfiguration",
            "DeploymentConfiguration/MaximumPercent",
            "DeploymentConfiguration/MinimumHealthyPercent",
        ),
        GONE,
        "its defaults start tasks as well",
    ),
    Declared(
        H,
        "AWS::ECS::Service",
        ("DeploymentConfiguration/DeploymentCircuitBreaker/*",),
        ("exchanged switch",),
        "the circuit breaker acts on tasks that do not start",
    ),
    Declared(E, "AWS::ECS::Service", ("DesiredCount",), GONE, "one task is the default"),
    Declared(E, "AWS::ECS::TaskDefinition", ("ContainerDefinitions/*/Essential",), GONE, "true is the default"),
    Declared(
        H,
        "AWS::ECS::TaskDefinition",
        ("ContainerDefinitions/*/PortMappings", "ContainerDefinitions/*/Environment", "ContainerDefinitions/*/Secrets"),
        EMPTY,
        "a container that is given less starts; what it does without it is its own",
    ),
    Declared(
        H,
        "AWS::ECS::TaskDefinition",
        ("ContainerDefinitions/*/PortMappings/*", "ContainerDefinitions/*/Secrets/*"),
        GONE,
        "a container that is given less starts; what it does without it is its own",
    ),
    Declared(
        H, "AWS::ECS::TaskDefinition", ("TaskRoleArn",), GONE, "the task of these bases needs its role only later"
    ),
    Declared(H, "AWS::ECS::TaskDefinition", ("Family",), GONE, "CloudFormation makes a name"),
    Declared(H, "AWS::ECS::Cluster", ("ClusterSettings", "ClusterSettings/*"), GONE, "insights watch what runs"),
    Declared(H, "AWS::ECS::Cluster", ("Configuration",), EMPTY, "is for commands in containers that run"),
)
