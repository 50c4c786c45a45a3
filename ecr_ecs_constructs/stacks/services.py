"""The services of one account and region, which a pipeline deploys together: `ServicesStage`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Environment, Stage
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs

from ecr_ecs_constructs.stacks.cluster import ClusterStack
from ecr_ecs_constructs.stacks.ec2_service import Ec2ServiceStack
from ecr_ecs_constructs.stacks.fargate_service import FargateServiceStack

if TYPE_CHECKING:
    from constructs import Construct

    from ecr_ecs_constructs.image import EcrImage
    from ecr_ecs_constructs.stacks.settings import SharedSettings


class ServicesStage(Stage):
    """A cluster behind NAT gateways, and a service of each kind that pulls from the registries of another account.

    Args:
        scope: the app, or the stack of the pipeline.
        id: the name in it, which the names of the stacks begin with.
        settings: the sizes of instances and tasks, and the addresses of the VPC.
        repository_arn: the repository of the image, the only one that the instances may pull from by themselves.
        image: the image of both services.
        proxy: the image of a second container of the service on AWS Fargate, from a pull-through cache.
        env: account and region.

    Attributes:
        cluster: the network and the cluster.
        ec2_service: the service on instances of the cluster.
        fargate_service: the service on AWS Fargate.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: SharedSettings,
        repository_arn: str,
        image: EcrImage,
        proxy: EcrImage,
        env: Environment,
    ) -> None:
        super().__init__(scope, id, env=env)
        instance_type = ec2.InstanceType(settings.instance_type)
        self.cluster = ClusterStack(
            self,
            "EcrEcsCluster",
            repositories=[repository_arn],
            instance_type=instance_type,
            min_capacity=settings.min_capacity,
            max_capacity=settings.max_capacity,
            cidr=settings.cidr,
            nat=True,  # the first pull of an image through a cache goes to the internet
        )
        self.ec2_service = Ec2ServiceStack(
            self,
            "EcrEcsEc2Service",
            cluster=self.cluster.cluster,
            image=image,
            subnets=self.cluster.subnets,
            cpu=settings.cpu,
            memory=settings.memory,
            desired_count=settings.desired_count,
        )
        arm = instance_type.architecture is ec2.InstanceArchitecture.ARM_64
        self.fargate_service = FargateServiceStack(
            self,
            "EcrEcsFargateService",
            cluster=self.cluster.cluster,
            image=image,
            sidecars={"Proxy": proxy},
            subnets=self.cluster.subnets,
            cpu=settings.cpu,
            memory=settings.memory,
            cpu_architecture=ecs.CpuArchitecture.ARM64 if arm else ecs.CpuArchitecture.X86_64,
            desired_count=settings.desired_count,
        )
