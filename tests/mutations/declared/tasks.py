"""Services, clusters, task definitions and what runs tasks."""

from __future__ import annotations

from tests.mutations.declared.declaration import EMPTY, GONE, SWITCH, Declared, E, H

_CLUSTER, _ASSOCIATIONS = "AWS::ECS::Cluster", "AWS::ECS::ClusterCapacityProviderAssociations"
_SERVICE, _DEFINITION, _SCHEDULE = "AWS::ECS::Service", "AWS::ECS::TaskDefinition", "AWS::Scheduler::Schedule"
_CONTAINER, _NETWORK = "ContainerDefinitions/*", "NetworkConfiguration/AwsvpcConfiguration"
_STRATEGY, _BY_DEFAULT = "CapacityProviderStrategy", "DefaultCapacityProviderStrategy"
_OTHER = ("deleted", "exchanged number", "exchanged text", "exchanged other")

_BY_DEFAULTS = (
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
)
_CLUSTERS = (
    Declared(H, _CLUSTER, ("ClusterName",), _OTHER, "everything refers to the cluster, and nothing writes its name"),
    Declared(H, _CLUSTER, ("ClusterSettings", "ClusterSettings/*"), GONE, "insights watch what runs"),
    Declared(H, _CLUSTER, ("Configuration",), EMPTY, "is for commands in containers that run"),
    Declared(
        H,
        _CLUSTER,
        (
            "Configuration/ExecuteCommandConfiguration",
            "Configuration/ExecuteCommandConfiguration/LogConfiguration/CloudWatchEncryptionEnabled",
        ),
        SWITCH,
        "is for commands in containers that run",
    ),
    Declared(
        H,
        _CLUSTER,
        ("CapacityProviders/*",),
        GONE,
        "the strategy of the cluster names another one",
        old=("FARGATE_SPOT",),
    ),
    Declared(H, _CLUSTER, (f"{_BY_DEFAULT}/*/Weight",), ("exchanged number",), "one provider gets all tasks"),
    Declared(H, _ASSOCIATIONS, (".",), GONE, "a launch type needs no provider", bases=("reference-fargate",)),
    Declared(
        H,
        _ASSOCIATIONS,
        (f"{_BY_DEFAULT}/*", f"{_BY_DEFAULT}/*/Weight"),
        ("deleted", "exchanged number"),
        "the services of the bases say themselves what they run on",
    ),
    Declared(
        H,
        "AWS::ECS::ClusterCapacityProviderAssociations",
        ("DefaultCapacityProviderStrategy",),
        ("emptied",),
        "the services of the bases have a launch type or a strategy of their own",
    ),
)
_DEPLOYMENTS = (
    Declared(
        H,
        _SERVICE,
        (
            "DeploymentConfiguration",
            "DeploymentConfiguration/DeploymentCircuitBreaker",
            "DeploymentConfiguration/DeploymentCircuitBreaker/ThresholdConfiguration/Value",
            "DeploymentConfiguration/MaximumPercent",
            "DeploymentConfiguration/MinimumHealthyPercent",
        ),
        ("exchanged number", "exchanged other"),
        "is about how later deployments replace tasks, and about tasks that do not start",
    ),
    Declared(
        H, _SERVICE, ("DesiredCount",), ("exchanged number", "exchanged other"), "as many tasks as there is room for"
    ),
)
_PLACES = (
    Declared(
        H,
        _SERVICE,
        (_STRATEGY,),
        GONE,
        "the strategy of its cluster names the same provider",
        bases=("bottlerocket", "mixed-instances", "reference-ec2"),
    ),
    Declared(
        H,
        _SERVICE,
        (f"{_STRATEGY}/*/Base", f"{_STRATEGY}/*/Weight"),
        ("deleted", "exchanged number"),
        "one provider gets all tasks",
    ),
    Declared(H, _SERVICE, ("EnableECSManagedTags",), SWITCH, "Amazon ECS gives tags by itself"),
    Declared(
        E,
        _SERVICE,
        ("LaunchType",),
        GONE,
        "EC2 is the default of a cluster without a strategy",
        bases=("launch-type-ec2", "windows"),
    ),
    Declared(
        H,
        _SERVICE,
        ("LaunchType",),
        ("deleted", "exchanged text"),
        "the instances of its cluster take the task as well, which the strategy of the cluster puts there",
        bases=("reference-fargate",),
        new=("EC2", "(gone)", "{*"),
    ),
    Declared(E, _SERVICE, ("LoadBalancers",), GONE, "the list is empty", old=("[[]]",)),
    Declared(E, _SERVICE, ("SchedulingStrategy",), GONE, "REPLICA is the default"),
    Declared(E, _SERVICE, (f"{_NETWORK}/AssignPublicIp",), GONE, "DISABLED is the default", old=("DISABLED",)),
    Declared(
        H,
        _SERVICE,
        (f"{_NETWORK}/AssignPublicIp",),
        ("exchanged switch",),
        "the routes of its subnets lead to VPC endpoints, whatever address it has",
        bases=("access-lists-and-secrets", "reference-fargate"),
    ),
    Declared(
        H,
        _SERVICE,
        (f"{_NETWORK}/SecurityGroups", f"{_NETWORK}/SecurityGroups/*"),
        GONE,
        "the instance pulls; the task is in the default group of the VPC",
        bases=("mixed-instances", "reference-ec2"),
    ),
    Declared(H, _SERVICE, (f"{_NETWORK}/Subnets/*",), GONE, "one of the subnets is enough"),
    Declared(H, _SCHEDULE, (f"Target/EcsParameters/{_NETWORK}/Subnets/*",), GONE, "one of the subnets is enough"),
    Declared(
        H, _SCHEDULE, ("Target/EcsParameters/TaskCount",), ("deleted", "exchanged number"), "how many tasks it starts"
    ),
    Declared(H, _SCHEDULE, ("ScheduleExpressionTimezone",), GONE, "says when the task starts"),
    Declared(H, _SCHEDULE, ("ScheduleExpression",), ("exchanged other",), "says when the task starts"),
)
_DEFINITIONS = (
    Declared(
        H,
        _DEFINITION,
        (".", "ContainerDefinitions", _CONTAINER),
        ("conditional",),
        "where it is not there, there is no task that has to start",
    ),
    Declared(
        H,
        _DEFINITION,
        (_CONTAINER,),
        GONE,
        "the other container of the task starts without it",
        bases=("public-fargate",),
    ),
    Declared(H, _DEFINITION, ("Family",), _OTHER, "is a name that nothing writes"),
    Declared(H, _DEFINITION, (f"{_CONTAINER}/Name",), _OTHER, "nothing in the bases refers to the container by name"),
    Declared(
        H,
        _DEFINITION,
        (f"{_CONTAINER}/Cpu", f"{_CONTAINER}/Memory", f"{_CONTAINER}/MemoryReservation"),
        ("deleted", "exchanged number", "exchanged other"),
        "a container may have less, or more where there is room for it",
    ),
    Declared(H, _DEFINITION, ("Cpu", "Memory"), ("exchanged other",), "another size that AWS Fargate has"),
    Declared(
        H,
        _DEFINITION,
        (
            f"{_CONTAINER}/Environment/*",
            f"{_CONTAINER}/Environment/*/Name",
            f"{_CONTAINER}/Environment/*/Value",
            f"{_CONTAINER}/Secrets/*/Name",
        ),
        ("deleted", "exchanged text", "exchanged other", "exchanged reference"),
        "a container that is given other variables starts; what it does with them is its own",
    ),
    Declared(H, _DEFINITION, (f"{_CONTAINER}/Essential",), ("exchanged switch",), "is about what happens when it ends"),
    Declared(
        H,
        _DEFINITION,
        (f"{_CONTAINER}/Image/**",),
        ("exchanged text", "exchanged image"),
        "another tag of the same repository, whose image is pushed as well",
    ),
    Declared(
        H,
        _DEFINITION,
        (f"{_CONTAINER}/LogConfiguration",),
        GONE,
        "its output goes to the log driver of the host, or to none on AWS Fargate",
    ),
    Declared(
        H,
        _DEFINITION,
        (f"{_CONTAINER}/LogConfiguration/Options/awslogs-stream-prefix",),
        _OTHER,
        "is a part of the name of the log stream, which the driver makes, and which is optional on instances",
    ),
    Declared(
        H,
        _DEFINITION,
        tuple(f"{_CONTAINER}/PortMappings{rest}" for rest in ("", "/*", "/*/ContainerPort", "/*/HostPort")),
        ("deleted", "exchanged number", "exchanged other"),
        "no other task or process has the port",
    ),
    Declared(
        H,
        _DEFINITION,
        ("ExecutionRoleArn",),
        GONE,
        "the container instance role may pull the image and write the logs",
        bases=("bottlerocket", "windows"),
    ),
    Declared(E, _DEFINITION, ("NetworkMode",), GONE, "bridge is the default", old=("bridge",)),
    Declared(
        H,
        _DEFINITION,
        ("NetworkMode",),
        ("exchanged text",),
        "the instance pulls, and the container has no port",
        bases=("bottlerocket",),
        new=("host", "none"),
    ),
    Declared(
        E,
        _DEFINITION,
        ("RequiresCompatibilities", "RequiresCompatibilities/*"),
        GONE,
        "EC2 is the default",
        old=("EC2", '[[]"EC2"]'),
    ),
    Declared(
        H,
        _DEFINITION,
        ("RuntimePlatform", "RuntimePlatform/CpuArchitecture", "RuntimePlatform/OperatingSystemFamily"),
        ("deleted", "exchanged text", "exchanged other"),
        "the image that is pushed is for the platform that the task runs on",
    ),
)

TASKS = (*_BY_DEFAULTS, *_CLUSTERS, *_DEPLOYMENTS, *_PLACES, *_DEFINITIONS)
