"""A task can be deployed, its container instances join its cluster, and the ECS agent on them may work."""

from __future__ import annotations

from ecr_ecs_constructs.rules.rule import Severity, linked

undeployable_task = linked(
    "undeployable-task",
    Severity.ERROR,
    "Change what the message names: as it is, AWS does not make the task, or a stack that it needs.",
)

no_capacity = linked(
    "no-capacity",
    Severity.ERROR,
    "Give the cluster container instances that can take the task: MaxSize (max_capacity=… in the CDK) above 0, the "
    "metadata service (MetadataOptions), and the size and the attributes that the task asks for.",
)

missing_agent_permission = linked(
    "missing-agent-permission",
    Severity.ERROR,
    "Allow the container instance role what the ECS agent needs: AmazonEC2ContainerServiceforEC2Role in its "
    "ManagedPolicyArns (EcsInstanceRole in the CDK).",
)

unjoined_instances = linked(
    "unjoined-instances",
    Severity.ERROR,
    "Name the cluster in UserData (user_data=… in the CDK): ECS_CLUSTER=<cluster> in /etc/ecs/ecs.config on Amazon "
    "Linux, settings.ecs.cluster on Bottlerocket, Initialize-ECSAgent -Cluster on Windows.",
)

unverifiable_placement = linked(
    "unverifiable-placement",
    Severity.INFO,
    "Judge the templates that hold the cluster, its capacity and its user data in the same call, with the values of "
    "parameters; or verify them there, as well as a property that is not judged, and vouch for the cluster by its "
    "name: cluster in a [[vouch]] of the configuration.",
)
