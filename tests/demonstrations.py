"""One app of all constructs, each with its defaults, and a container in each of its stacks that runs by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_scheduler as scheduler

from ecr_ecs_constructs import (
    EcrDaemon,
    EcrEc2Service,
    EcrEc2TaskDefinition,
    EcrEcsDefaults,
    EcrExpressService,
    EcrExternalService,
    EcrExternalTaskDefinition,
    EcrFargateService,
    EcrFargateTaskDefinition,
    EcrImage,
    EcrManagedInstancesService,
    EcrManagedInstancesTaskDefinition,
    EcrPullThroughCache,
    EcrRegistryPolicy,
    EcrRegistryScanning,
    EcrReplication,
    EcrRepository,
    EcrRepositoryTemplate,
    EcrSigning,
    EcrUpstream,
    EcrVpcEndpoints,
    EcsAmi,
    EcsCluster,
    EcsExistingCluster,
    EcsInstanceRole,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

ACCOUNT, REGION, OTHER = "111122223333", "eu-central-1", "999988887777"
ZONES: Final = {f"availability-zones:account={ACCOUNT}:region={REGION}": [f"{REGION}a", f"{REGION}b"]}
VOUCHED: Final = "${Hall1E29C804}"
"""The name, as the checks write it, of the cluster with instances of one's own, which are in no template."""
X86: Final = ec2.InstanceType("m7i.large")


class Demonstrations:
    """The app, whose stacks stand in `STACKS`.

    Args:
        outdir: where its assembly is written.
    """

    image: EcrImage
    """The image that the stacks run: that of the stack `Repository`."""

    cluster: ecs.Cluster
    """The cluster of the stack `Cluster`."""

    def __init__(self, outdir: Path) -> None:
        self.app = cdk.App(outdir=str(outdir), context=ZONES)
        for name, make in STACKS.items():
            self.stack = cdk.Stack(self.app, name, env=cdk.Environment(account=ACCOUNT, region=REGION))
            make(self)

    def own_cluster(self) -> EcsCluster:
        """Make another cluster in the same VPC."""
        return EcsCluster(self.stack, "Cluster", vpc=self.cluster.vpc)


def repository(here: Demonstrations) -> None:
    here.image = EcrImage.from_ecr_repository(EcrRepository(here.stack, "Repository"), "1")


def cluster(here: Demonstrations) -> None:
    here.cluster = EcsCluster(here.stack, "Cluster")
    on_fargate(here)


def on_fargate(here: Demonstrations, cluster: ecs.ICluster | None = None, *more: EcrImage) -> None:
    task = EcrFargateTaskDefinition(here.stack, "Task")
    for number, image in enumerate([here.image, *more]):
        task.add_container(f"app{number}", image=image)
    EcrFargateService(here.stack, "Service", cluster=cluster or here.cluster, task_definition=task)


def on_instances(here: Demonstrations, cluster: ecs.ICluster) -> None:
    task = EcrEc2TaskDefinition(here.stack, "Task")
    task.add_container("app", image=here.image, memory_limit_mib=256)
    EcrEc2Service(here.stack, "Service", cluster=cluster, task_definition=task)


def capacity(here: Demonstrations) -> None:
    cluster = here.own_cluster()
    cluster.add_capacity("Main", instance_type=X86)
    on_instances(here, cluster)


def instance_role(here: Demonstrations) -> None:
    cluster = here.own_cluster()
    cluster.add_capacity("Main", instance_type=X86, role=EcsInstanceRole(here.stack, "Role"))
    on_instances(here, cluster)


def existing_cluster(here: Demonstrations) -> None:
    cluster = ecs.Cluster(
        here.stack, "Cluster", vpc=here.cluster.vpc, container_insights_v2=ecs.ContainerInsights.ENHANCED
    )
    EcsExistingCluster(here.stack, "Existing", cluster=cluster).add_capacity("Main", instance_type=X86)
    on_instances(here, cluster)


def own_image(here: Demonstrations) -> None:
    """An image that a team builds, of which a schedule brings the newest one."""
    cluster = here.own_cluster()
    base = EcsAmi.amazon_linux_2023(architecture=ec2.InstanceArchitecture.X86_64)
    cluster.add_capacity(
        "Main",
        instance_type=X86,
        machine_image=EcsAmi.from_ssm_parameter("/team/ecs/image_id", based_on=base, reason="Built from it each week"),
        image_refresh=scheduler.ScheduleExpression.cron(week_day="SUN", hour="3", minute="0"),
    )
    on_instances(here, cluster)


def managed_instances(here: Demonstrations) -> None:
    cluster = here.own_cluster()
    fleet = cluster.add_managed_instances("Fleet")
    task = EcrManagedInstancesTaskDefinition(here.stack, "Task")
    task.add_container("app", image=here.image)
    EcrManagedInstancesService(here.stack, "Service", cluster=cluster, task_definition=task, capacity=fleet)


def daemon(here: Demonstrations) -> None:
    """A daemon on instances of one architecture."""
    cluster = here.own_cluster()
    x86 = ec2.InstanceRequirementsConfig(
        v_cpu_count_min=2,
        memory_min=cdk.Size.gibibytes(4),
        cpu_manufacturers=[ec2.CpuManufacturer.INTEL, ec2.CpuManufacturer.AMD],
    )
    fleet = cluster.add_managed_instances("Fleet", instance_requirements=x86)
    EcrDaemon(here.stack, "Daemon", cluster=cluster, capacities=[fleet]).add_container("app", image=here.image)


def external(here: Demonstrations) -> None:
    """Instances of one's own, for whose cluster somebody vouches."""
    cluster = EcsCluster(here.stack, "Hall", vpc=here.cluster.vpc)
    task = EcrExternalTaskDefinition(here.stack, "Task")
    task.add_container("app", image=here.image, memory_limit_mib=256)
    EcrExternalService(here.stack, "Service", cluster=cluster, task_definition=task)


def endpoints(here: Demonstrations) -> None:
    """The way of subnets that have no other one."""
    isolated = ec2.SubnetConfiguration(name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    vpc = ec2.Vpc(here.stack, "Vpc", max_azs=2, subnet_configuration=[isolated])
    EcrVpcEndpoints(here.stack, "Endpoints", vpc=vpc)
    on_fargate(here, EcsCluster(here.stack, "Cluster", vpc=vpc))


def registry(here: Demonstrations) -> None:
    """All of the registry that the image is pulled from, and a cache beside it."""
    stack, others = here.stack, [OTHER]
    cache = EcrPullThroughCache(stack, "Cache", upstream=EcrUpstream.public_gallery())
    EcrRegistryPolicy(stack, "Policy", replication_accounts=others, cache_accounts=others, import_accounts=others)
    EcrRegistryScanning(stack, "Scanning")
    EcrReplication(stack, "Replication", regions=["eu-west-1"])
    EcrRepositoryTemplate(stack, "Template", prefix="team", applied_for=["CREATE_ON_PUSH", "REPLICATION"])
    EcrSigning(stack, "Signing")
    on_fargate(here, None, cache.image("nginx/nginx", "1.27"))


def express(here: Demonstrations) -> None:
    cluster = EcsCluster(here.stack, "Cluster", vpc=here.cluster.vpc, enable_fargate_capacity_providers=True)
    EcrExpressService(here.stack, "Express", cluster=cluster, image=here.image)


def defaults(here: Demonstrations) -> None:
    """Constructs of CDK's own, but for the image."""
    EcrEcsDefaults().add_to(here.stack)
    task = ecs.FargateTaskDefinition(here.stack, "Task")
    task.add_container("app", image=here.image)
    cluster = ecs.Cluster(here.stack, "Cluster", vpc=here.cluster.vpc)
    ecs.FargateService(here.stack, "Service", cluster=cluster, task_definition=task)


STACKS: Final[Mapping[str, Callable[[Demonstrations], None]]] = {
    "Repository": repository,
    "Cluster": cluster,
    "Capacity": capacity,
    "InstanceRole": instance_role,
    "ExistingCluster": existing_cluster,
    "OwnImage": own_image,
    "ManagedInstances": managed_instances,
    "Daemon": daemon,
    "External": external,
    "Endpoints": endpoints,
    "Registry": registry,
    "Express": express,
    "Defaults": defaults,
}
"""The stacks by their names. All run the image of the first one, most of them in the VPC of the second."""
