"""The reference app: `ReferenceApp`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import App
from aws_cdk import aws_ec2 as ec2

from ecr_ecs_constructs.image import EcrImage
from ecr_ecs_constructs.stacks.cluster import ClusterStack
from ecr_ecs_constructs.stacks.ec2_service import Ec2ServiceStack
from ecr_ecs_constructs.stacks.fargate_service import FargateServiceStack
from ecr_ecs_constructs.stacks.repositories import RepositoriesStack
from ecr_ecs_constructs.stacks.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping


class ReferenceApp(App):
    """A repository, a cluster in isolated subnets, and one image of the repository in a service of each kind.

    Args:
        context: settings by their keys, see `Settings`; those of the CDK command line come by themselves.
        outdir: the folder for the templates; None for the one that the CDK command line names.

    Raises:
        ValueError: a setting is unknown or has a wrong value.

    Attributes:
        settings: the settings that the context holds.
        repositories: the repository; deployed first, so that an image is there before a service needs it.
        cluster: the network and the cluster.
        ec2_service: the service on instances of the cluster.
        fargate_service: the service on AWS Fargate.
    """

    def __init__(self, *, context: Mapping[str, object] | None = None, outdir: str | None = None) -> None:
        super().__init__(context=context, outdir=outdir)
        self.settings = settings = Settings.from_context(self.node)
        self.repositories = RepositoriesStack(
            self, "EcrEcsRepositories", repository_name=settings.repository_name, env=settings.env
        )
        repository = self.repositories.repository
        image = EcrImage.from_ecr_repository(
            repository, None if settings.image_digest else settings.image_tag, digest=settings.image_digest
        )
        self.cluster = ClusterStack(
            self,
            "EcrEcsCluster",
            repositories=[repository],
            instance_type=ec2.InstanceType(settings.instance_type),
            min_capacity=settings.min_capacity,
            max_capacity=settings.max_capacity,
            cidr=settings.cidr,
            nat=settings.nat,
            env=settings.env,
        )
        self.ec2_service = self._ec2_service(image)
        self.fargate_service = self._fargate_service(image)

    def _ec2_service(self, image: EcrImage) -> Ec2ServiceStack:
        return Ec2ServiceStack(
            self,
            "EcrEcsEc2Service",
            cluster=self.cluster.cluster,
            image=image,
            subnets=self.cluster.subnets,
            cpu=self.settings.cpu,
            memory=self.settings.memory,
            desired_count=self.settings.desired_count,
            env=self.settings.env,
        )

    def _fargate_service(self, image: EcrImage) -> FargateServiceStack:
        return FargateServiceStack(
            self,
            "EcrEcsFargateService",
            cluster=self.cluster.cluster,
            image=image,
            subnets=self.cluster.subnets,
            cpu=self.settings.cpu,
            memory=self.settings.memory,
            cpu_architecture=self.settings.cpu_architecture,
            desired_count=self.settings.desired_count,
            env=self.settings.env,
        )
