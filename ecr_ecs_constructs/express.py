"""A web service of Express Mode: `EcrExpressService`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from ecr_ecs_constructs.arguments import takes
from ecr_ecs_constructs.checks import bring_along
from ecr_ecs_constructs.dependencies import add_late_dependency, needed_by_tasks
from ecr_ecs_constructs.image import EcrImage
from ecr_ecs_constructs.network import select_subnets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from constructs import IConstruct

    from ecr_ecs_constructs.image_uri import EcrImageUri

INFRASTRUCTURE_POLICY = "service-role/AmazonECSInfrastructureRoleforExpressGatewayServices"
"""The managed policy of AWS by which Express Mode makes load balancers, certificates and scaling.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/infrastructure_IAM_role.html
"""


@takes(
    refuses={
        "execution_role_arn": "give execution_role",
        "infrastructure_role_arn": "override the hook create_infrastructure_role",
        "memory": "give memory_limit_mib, as for AWS Fargate",
        "network_configuration": "give vpc_subnets, and override the hook create_security_group",
        "primary_container": "give image, container_port, command, environment and secrets, and override the hook "
        "create_log_group",
        "scaling_target": "give min_task_count and max_task_count",
        "tags": "add them by Tags.of",
        "task_definition_arn": "give image, of which the service makes the task definition",
        "task_role_arn": "give task_role",
    }
)
class EcrExpressService(Construct):
    """A web service of Express Mode on AWS Fargate, with an image from Amazon ECR and the roles that it needs.

    Amazon ECS makes the load balancer, its certificate and the scaling by itself. The subnets are private ones, with a
    NAT gateway or VPC endpoints: whether tasks in public ones get an address, AWS does not say.

    Sources:
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/express-service-overview.html
        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateExpressGatewayService.html

    Builds on: `ecs.CfnExpressGatewayService`.

    Hooks: `create_infrastructure_role`, `create_log_group`, `create_security_group`, `waits_for`.

    Args:
        scope: where the service is made.
        id: its ID there.
        cluster: the cluster, with the capacity providers of AWS Fargate.
        image: a reference of an image, or an `EcrImage` of a reference or a repository.
        container_port: the port that the container listens on.
        command: the command, in place of the image's.
        environment: environment variables.
        secrets: environment variables with values of AWS Secrets Manager or Parameter Store.
        cpu: the CPU units of a task, 1024 for one vCPU.
        memory_limit_mib: the memory of a task, in MiB.
        execution_role: the role that pulls the image and writes the logs; None for a new one.
        health_check_path: the path that the load balancer asks for; None for that of Express Mode.
        max_task_count: how many tasks run at most.
        min_task_count: how many tasks run at least.
        service_name: the physical name; None for a generated one.
        task_role: the role of the code in the container.
        vpc_subnets: the subnets of the tasks, private or isolated, in two Availability Zones.

    Raises:
        ValueError: the image is none of a private Amazon ECR registry, or is built by CDK; or the subnets are public.

    Attributes:
        execution_role: the role that pulls the image and writes the logs.
        service: the resource.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster: ecs.ICluster,
        image: str | EcrImageUri | ecs.ContainerImage,
        container_port: int = 80,
        command: Sequence[str] | None = None,
        environment: Mapping[str, str] | None = None,
        secrets: Mapping[str, ecs.Secret] | None = None,
        cpu: int = 1024,
        memory_limit_mib: int = 2048,
        execution_role: iam.IRole | iam.Role | None = None,
        health_check_path: str | None = None,
        max_task_count: int = 4,
        min_task_count: int = 1,
        service_name: str | None = None,
        task_role: iam.IRole | iam.Role | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
    ) -> None:
        ecr_image = EcrImage.of(image)
        uri = ecr_image.reference(scope)
        subnets = select_subnets(cluster.vpc, vpc_subnets or ec2.SubnetSelection())
        if subnets.has_public:
            raise ValueError(
                f"vpc_subnets must be private or isolated, got public ones of {cluster.vpc.node.path!r}: AWS does not "
                "say whether tasks of Express Mode get a public address"
            )
        super().__init__(scope, id)
        trusted = iam.ServicePrincipal("ecs-tasks.amazonaws.com")
        self.execution_role = execution_role or iam.Role(self, "ExecutionRole", assumed_by=trusted)
        log_group = self.create_log_group()
        self._grant(ecr_image, log_group, (secrets or {}).values())
        self.service = ecs.CfnExpressGatewayService(
            self,
            "Resource",
            cluster=cluster.cluster_name,
            cpu=str(cpu),
            memory=str(memory_limit_mib),
            execution_role_arn=self.execution_role.role_arn,
            infrastructure_role_arn=self.create_infrastructure_role().role_arn,
            health_check_path=health_check_path,
            network_configuration={
                "subnets": subnets.subnet_ids,
                "securityGroups": [self.create_security_group(cluster.vpc).security_group_id],
            },
            primary_container={
                "image": uri,
                "containerPort": container_port,
                "command": command,
                **_variables(environment or {}, secrets or {}),
                "awsLogsConfiguration": {"logGroup": log_group.log_group_name, "logStreamPrefix": id},
            },
            scaling_target={"minTaskCount": min_task_count, "maxTaskCount": max_task_count},
            service_name=service_name,
            task_role_arn=None if task_role is None else task_role.role_arn,
        )
        add_late_dependency(self.service, lambda: self._needed(cluster))
        bring_along(self)

    def _grant(self, image: EcrImage, log_group: logs.ILogGroup, secrets: Iterable[ecs.Secret]) -> None:
        """Let the execution role pull the image, write the logs and read the secrets."""
        image.grant_pull(self.execution_role, self)
        log_group.grant_write(self.execution_role)
        for secret in secrets:
            secret.grant_read(self.execution_role)

    def create_infrastructure_role(self) -> iam.IRole | iam.Role:
        """Make the role by which Express Mode makes all that the service needs; a hook, called as the service is made.

        Returns:
            A role with the managed policy of AWS; one with a policy of its own is not proven.
        """
        policy = iam.ManagedPolicy.from_aws_managed_policy_name(INFRASTRUCTURE_POLICY)
        trusted = iam.ServicePrincipal("ecs.amazonaws.com")
        return iam.Role(self, "InfrastructureRole", assumed_by=trusted, managed_policies=[policy])

    def create_log_group(self) -> logs.ILogGroup:
        """Make the log group of the container; a hook, called as the service is made."""
        return logs.LogGroup(
            self, "LogGroup", retention=logs.RetentionDays.ONE_YEAR, removal_policy=cdk.RemovalPolicy.RETAIN
        )

    def create_security_group(self, vpc: ec2.IVpc) -> ec2.ISecurityGroup:
        """Make the security group of the tasks; a hook, called as the service is made.

        Args:
            vpc: the VPC of the cluster.

        Returns:
            A group that lets everything out; Express Mode lets its load balancer in.
        """
        return ec2.SecurityGroup(self, "SecurityGroup", vpc=vpc, description="Tasks of Express Mode")

    def waits_for(self) -> list[IConstruct]:
        """Return what the service waits for besides all that its own stack makes for its tasks; a hook.

        It is called when the app is synthesized.
        """
        return []

    def _needed(self, cluster: ecs.ICluster) -> list[IConstruct]:
        policies = [each for each in self.execution_role.node.find_all() if isinstance(each, iam.CfnPolicy)]
        return [*policies, *needed_by_tasks(self, cluster), *self.waits_for()]


def _variables(environment: Mapping[str, str], secrets: Mapping[str, ecs.Secret]) -> dict[str, Any]:
    return {
        "environment": [{"name": name, "value": value} for name, value in environment.items()] or None,
        "secrets": [{"name": name, "valueFrom": each.arn} for name, each in secrets.items()] or None,
    }
