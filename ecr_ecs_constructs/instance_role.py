"""The role of container instances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from ecr_ecs_constructs.arguments import takes
from ecr_ecs_constructs.aws_registries import BOTTLEROCKET_AGENT, agent_repository
from ecr_ecs_constructs.checks import bring_along
from ecr_ecs_constructs.permissions import check_repositories, grant_pull

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_ecr as ecr
    from aws_cdk import aws_ecs as ecs
    from constructs import Construct, IConstruct


@takes(
    refuses={
        "assumed_by": "Amazon EC2 assumes it for container instances; the code in containers has the task_role of its "
        "task definition",
        "external_ids": "Amazon EC2, which assumes it, gives none",
        "inline_policies": "call add_to_policy, or override the hook agent_statements",
        "max_session_duration": "it does not bound the sessions of AWS services",
    }
)
class EcsInstanceRole(iam.Role):
    """The role of container instances, which may pull images and join a cluster, with its instance profile.

    Instances that hold it can pull images from Amazon ECR and join a cluster. By default it holds the statement that
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_ECS.html asks of a container instance role: four
    actions on all repositories. Containers write their logs by the execution role of their task, so this role holds
    no permission for logs.

    Where CDK takes a role (`role=` of a launch template or an Auto Scaling group), CDK makes a second instance
    profile; hand over `instance_profile` where it takes one.

    Hooks: `agent_statements`.

    Args:
        scope: where the role is made.
        id: its ID there.
        cluster: the only cluster that the instances may join; None for any cluster of this account and region.
        repositories: the only repositories that images are pulled from, as constructs or ARNs; None for all.
        pull_through_cache: whether repositories that a pull-through cache rule fills may be created and filled.
        session_manager: whether the instances can be reached by Session Manager of AWS Systems Manager.
        runtime_monitoring: whether Runtime Monitoring of Amazon GuardDuty runs its agent on Bottlerocket: its image may
            then be pulled beside those of `repositories`.
        description: a text for the readers of the role.
        managed_policies: managed policies to attach.
        path: the path of the role and of its instance profile, such as `/ecs/`.
        permissions_boundary: the managed policy that bounds what the role can be allowed.
        role_name: the physical name; None for a generated one.

    Raises:
        ValueError: `repositories` is empty or holds something that is no repository.

    Attributes:
        instance_profile: the instance profile that holds the role.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster: ecs.ICluster | None = None,
        repositories: Sequence[ecr.IRepository | str] | None = None,
        pull_through_cache: bool = False,
        session_manager: bool = False,
        runtime_monitoring: bool = False,
        description: str | None = None,
        managed_policies: Sequence[iam.IManagedPolicy] | None = None,
        path: str | None = None,
        permissions_boundary: iam.IManagedPolicy | None = None,
        role_name: str | None = None,
    ) -> None:
        if repositories is not None:
            check_repositories(repositories)
        super().__init__(
            scope,
            id,
            assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
            description=description,
            managed_policies=managed_policies,
            path=path,
            permissions_boundary=permissions_boundary,
            role_name=role_name,
        )
        grant_pull(self, repositories=repositories, pull_through_cache=pull_through_cache)
        if runtime_monitoring and repositories is not None:
            grant_pull(self, repositories=[agent_repository(self, BOTTLEROCKET_AGENT)])
        for statement in self.agent_statements(cluster):
            self.add_to_policy(statement)
        if session_manager:
            self.add_to_policy(_session_manager_statement())
        self.instance_profile = iam.InstanceProfile(self, "InstanceProfile", role=self, path=path)
        bring_along(self)

    def agent_statements(self, cluster: ecs.ICluster | None) -> list[iam.PolicyStatement]:
        """Return what the Amazon ECS agent may do; a hook, called as the role is made.

        Extend it for an agent that is configured to do more.

        Args:
            cluster: the only cluster that the instances may join; None for any cluster of this account and region.
        """
        return agent_statements(self, cluster)


def agent_statements(scope: IConstruct, cluster: ecs.ICluster | None) -> list[iam.PolicyStatement]:
    """Return the permissions that the Amazon ECS agent needs to serve a cluster.

    The actions are those of the managed policy `AmazonEC2ContainerServiceforEC2Role`, each on the resources that it
    acts on, without those for images and logs and without `ecs:CreateCluster`.

    Sources:
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html (the actions)
        https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
        (their resources and conditions)

    Args:
        scope: the construct in whose account and region the cluster is.
        cluster: the only cluster that the instances may join; None for any cluster there.
    """
    clusters, instances, tasks = (
        cdk.Stack.of(scope).format_arn(service="ecs", resource=resource, resource_name="*")
        for resource in ("cluster", "container-instance", "task")
    )
    return [
        iam.PolicyStatement(
            actions=[
                "ecs:DeregisterContainerInstance",
                "ecs:RegisterContainerInstance",
                "ecs:SubmitAttachmentStateChanges",
                "ecs:SubmitContainerStateChange",
                "ecs:SubmitTaskStateChange",
            ],
            resources=[cluster.cluster_arn if cluster else clusters],
        ),
        iam.PolicyStatement(
            actions=["ecs:Poll", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState"],
            resources=[instances],
            conditions={"ArnEquals": {"ecs:cluster": cluster.cluster_arn}} if cluster else None,
        ),
        iam.PolicyStatement(actions=["ec2:DescribeTags", "ecs:DiscoverPollEndpoint"], resources=["*"]),
        iam.PolicyStatement(
            actions=["ecs:TagResource"],
            resources=[instances],
            conditions={"StringEquals": {"ecs:CreateAction": "RegisterContainerInstance"}},
        ),
        iam.PolicyStatement(actions=["ecs:ListTagsForResource"], resources=[instances, tasks]),
    ]


def _session_manager_statement() -> iam.PolicyStatement:
    """Return what SSM Agent needs for Session Manager.

    Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-add-permissions-to-existing-profile.html
    """
    return iam.PolicyStatement(
        actions=[
            "ssm:UpdateInstanceInformation",
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
        ],
        resources=["*"],
    )
