"""A service on container instances: `Ec2ServiceStack`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Environment, Stack
from aws_cdk import aws_ecs as ecs

from ecr_ecs_constructs.service import EcrEc2Service
from ecr_ecs_constructs.stacks.acknowledgements import WHY_ALL_RESOURCES, acknowledge, acknowledge_resource
from ecr_ecs_constructs.task_definition import EcrEc2TaskDefinition

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from constructs import Construct

    from ecr_ecs_constructs.image import EcrImage


class Ec2ServiceStack(Stack):
    """A service whose tasks run on the instances of a cluster, each with a network interface of its own.

    Args:
        scope: the app or stage.
        id: the name in it, and of the stack.
        cluster: the cluster; its default strategy says on which of its instances the tasks run.
        image: the image of the containers.
        subnets: the subnets of the tasks' network interfaces.
        cpu: the CPU units of a task, 1024 for one vCPU.
        memory: the memory of a task, in MiB.
        desired_count: how many tasks run.
        env: account and region; None for those of whoever deploys.

    Attributes:
        task_definition: the task definition.
        service: the service that runs it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster: ecs.ICluster,
        image: EcrImage,
        subnets: ec2.SubnetSelection | None = None,
        cpu: int = 256,
        memory: int = 512,
        desired_count: int = 1,
        env: Environment | None = None,
    ) -> None:
        super().__init__(scope, id, env=env, description="A service on Amazon EC2 from Amazon ECR")
        self.task_definition = EcrEc2TaskDefinition(self, "TaskDefinition", network_mode=ecs.NetworkMode.AWS_VPC)
        self.add_containers(self.task_definition, image, cpu=cpu, memory=memory)
        self.service = EcrEc2Service(
            self,
            "Service",
            cluster=cluster,
            task_definition=self.task_definition,
            desired_count=desired_count,
            vpc_subnets=subnets,
        )
        acknowledge_resource(self.task_definition.obtain_execution_role(), "*", WHY_ALL_RESOURCES)
        acknowledge(
            self.task_definition,
            "AwsSolutions-ECS2",
            "CDK itself gives containers on Amazon EC2 the variable AWS_REGION, which is no secret; there is no other",
        )

    def add_containers(self, task_definition: EcrEc2TaskDefinition, image: EcrImage, *, cpu: int, memory: int) -> None:
        """Add the containers of a task; a hook.

        Args:
            task_definition: the task definition.
            image: the image of the containers.
            cpu: the CPU units of a task.
            memory: the memory of a task, in MiB.
        """
        task_definition.add_container("App", image=image, cpu=cpu, memory_limit_mib=memory)
