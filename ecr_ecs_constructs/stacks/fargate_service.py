"""A service on AWS Fargate: `FargateServiceStack`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Environment, Stack
from aws_cdk import aws_ecs as ecs

from ecr_ecs_constructs.service import EcrFargateService
from ecr_ecs_constructs.stacks.acknowledgements import WHY_ALL_RESOURCES, acknowledge_resource
from ecr_ecs_constructs.task_definition import EcrFargateTaskDefinition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_ec2 as ec2
    from constructs import Construct

    from ecr_ecs_constructs.image import EcrImage


class FargateServiceStack(Stack):
    """A service whose tasks run on AWS Fargate.

    Args:
        scope: the app or stage.
        id: the name in it, and of the stack.
        cluster: the cluster that the service belongs to.
        image: the image of the containers.
        sidecars: the images of further containers, by the IDs of these.
        subnets: the subnets of the tasks.
        cpu: the CPU units of a task, 1024 for one vCPU.
        memory: the memory of a task, in MiB.
        cpu_architecture: the CPU architecture of the image; None for x86-64.
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
        sidecars: Mapping[str, EcrImage] | None = None,
        subnets: ec2.SubnetSelection | None = None,
        cpu: int = 256,
        memory: int = 512,
        cpu_architecture: ecs.CpuArchitecture | None = None,
        desired_count: int = 1,
        env: Environment | None = None,
    ) -> None:
        super().__init__(scope, id, env=env, description="A service on AWS Fargate from Amazon ECR")
        self.task_definition = EcrFargateTaskDefinition(
            self,
            "TaskDefinition",
            cpu=cpu,
            memory_limit_mib=memory,
            runtime_platform=ecs.RuntimePlatform(
                cpu_architecture=cpu_architecture or ecs.CpuArchitecture.X86_64,
                operating_system_family=ecs.OperatingSystemFamily.LINUX,
            ),
        )
        self.add_containers(self.task_definition, image)
        for container, sidecar in (sidecars or {}).items():
            self.task_definition.add_container(container, image=sidecar)
        self.service = EcrFargateService(
            self,
            "Service",
            cluster=cluster,
            task_definition=self.task_definition,
            desired_count=desired_count,
            vpc_subnets=subnets,
        )
        acknowledge_resource(self.task_definition.obtain_execution_role(), "*", WHY_ALL_RESOURCES)

    def add_containers(self, task_definition: EcrFargateTaskDefinition, image: EcrImage) -> None:
        """Add the containers of a task; a hook.

        Args:
            task_definition: the task definition, with the CPU and the memory of the task.
            image: the image of the containers.
        """
        task_definition.add_container("App", image=image)
