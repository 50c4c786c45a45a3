"""The reference app: `ReferenceApp`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import App
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs

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
        context: settings by their keys, see `Settings`; those of the CDK command line are there without.
        outdir: where to write the templates; None for where the CDK command line wants them.

    Raises:
        ValueError: a setting is unknown or has a wrong value.

    Attributes:
        settings: what the context says.
        repositories: deployed first, so that an image is there before a service needs it.
        cluster: network and cluster.
        ec2_service: the service on instances of the cluster.
        fargate_service: the service on AWS Fargate.
    """

    def __init__(self, *, context: Mapping[str, Any] | None = None, outdir: str | None = None) -> None:
        super().__init__(context=context, outdir=outdir)
        self.settings = settings = Settings.from_context(self.node)
        instance_type = ec2.InstanceType(settings.instance_type)
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
            instance_type=instance_type,
            min_capacity=settings.min_capacity,
            max_capacity=settings.max_capacity,
            cidr=settings.cidr,
            nat=settings.nat,
            env=settings.env,
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
            env=settings.env,
        )
        arm = instance_type.architecture is ec2.InstanceArchitecture.ARM_64
        self.fargate_service = FargateServiceStack(
            self,
            "EcrEcsFargateService",
            cluster=self.cluster.cluster,
            image=image,
            subnets=self.cluster.subnets,
            cpu=settings.cpu,
            memory=settings.memory,
            cpu_architecture=ecs.CpuArchitecture.ARM64 if arm else ecs.CpuArchitecture.X86_64,
            desired_count=settings.desired_count,
            env=settings.env,
        )
