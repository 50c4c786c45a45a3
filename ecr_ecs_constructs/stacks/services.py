"""The services of one account and region, which a pipeline deploys together: `ServicesStage`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Environment, Stage
from aws_cdk import aws_ec2 as ec2

from ecr_ecs_constructs.image import EcrImage
from ecr_ecs_constructs.image_uri import partition_of
from ecr_ecs_constructs.stacks.cluster import ClusterStack
from ecr_ecs_constructs.stacks.ec2_service import Ec2ServiceStack
from ecr_ecs_constructs.stacks.fargate_service import FargateServiceStack

if TYPE_CHECKING:
    from constructs import Construct

    from ecr_ecs_constructs.image_uri import EcrImageUri
    from ecr_ecs_constructs.stacks.settings import SharedSettings


class ServicesStage(Stage):
    """A cluster behind NAT gateways, and a service of each kind that pulls from the registries of another account.

    Args:
        scope: the app, or the stack of the pipeline.
        id: the name in it, which the names of the stacks begin with.
        settings: the sizes of instances and tasks, and the addresses of the VPC.
        image: the image of both services; the instances may pull from its repository alone.
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
        image: EcrImageUri,
        proxy: EcrImage,
        env: Environment,
    ) -> None:
        super().__init__(scope, id, env=env)
        self.cluster = ClusterStack(
            self,
            "EcrEcsCluster",
            repositories=[repository_arn(image)],
            instance_type=ec2.InstanceType(settings.instance_type),
            min_capacity=settings.min_capacity,
            max_capacity=settings.max_capacity,
            cidr=settings.cidr,
            nat=True,  # the first pull of an image through a cache goes to the internet
        )
        self.ec2_service = Ec2ServiceStack(
            self,
            "EcrEcsEc2Service",
            cluster=self.cluster.cluster,
            image=EcrImage.from_image_uri(image),
            subnets=self.cluster.subnets,
            cpu=settings.cpu,
            memory=settings.memory,
            desired_count=settings.desired_count,
        )
        self.fargate_service = FargateServiceStack(
            self,
            "EcrEcsFargateService",
            cluster=self.cluster.cluster,
            image=EcrImage.from_image_uri(image),
            sidecars={"Proxy": proxy},
            subnets=self.cluster.subnets,
            cpu=settings.cpu,
            memory=settings.memory,
            cpu_architecture=settings.cpu_architecture,
            desired_count=settings.desired_count,
        )


def repository_arn(image: EcrImageUri) -> str:
    """Return the ARN of the repository of an image."""
    return f"arn:{partition_of(image.region)}:ecr:{image.region}:{image.account}:repository/{image.repository}"
