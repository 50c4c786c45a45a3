"""The network and the cluster in it: `ClusterStack`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Environment, Fn, Stack
from aws_cdk import aws_ec2 as ec2

from ecr_ecs_constructs.cluster import EcsCluster
from ecr_ecs_constructs.network import EcrVpcEndpoints
from ecr_ecs_constructs.stacks.acknowledgements import acknowledge, acknowledge_resource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_ecr as ecr
    from constructs import Construct


class ClusterStack(Stack):
    """A VPC whose subnets have no way to the internet, the endpoints that a pull needs, and a cluster with instances.

    Args:
        scope: the app or stage.
        id: the name in it, and of the stack.
        repositories: the repositories that the instances may pull from, as constructs or ARNs; None for all.
        instance_type: the instance type; None for t3.small.
        min_capacity: the smallest number of instances.
        max_capacity: the largest number of instances.
        cidr: the addresses of the VPC.
        nat: whether NAT gateways, in place of the endpoints, lead to AWS and to the rest of the internet.
        env: account and region; None for those of whoever deploys.

    Attributes:
        vpc: the VPC.
        subnets: the subnets of instances and tasks.
        endpoints: the VPC endpoints; None with NAT gateways.
        cluster: the cluster.
        capacity: the container instances of the cluster.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        repositories: Sequence[ecr.IRepository | str] | None = None,
        instance_type: ec2.InstanceType | None = None,
        min_capacity: int = 1,
        max_capacity: int = 4,
        cidr: str = "10.0.0.0/16",
        nat: bool = False,
        env: Environment | None = None,
    ) -> None:
        super().__init__(scope, id, env=env, description="Network and cluster for containers from Amazon ECR")
        self.vpc: ec2.IVpc = self.create_vpc(cidr=cidr, nat=nat)
        self.subnets = ec2.SubnetSelection(
            subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS if nat else ec2.SubnetType.PRIVATE_ISOLATED
        )
        self.endpoints = (
            None
            if nat
            else EcrVpcEndpoints(self, "Endpoints", vpc=self.vpc, subnets=self.subnets, peers=[ec2.Peer.ipv4(cidr)])
        )
        self.cluster = EcsCluster(self, "Cluster", vpc=self.vpc)
        self.capacity = self.cluster.add_capacity(
            "Instances",
            instance_type=instance_type or ec2.InstanceType("t3.small"),
            min_capacity=min_capacity,
            max_capacity=max_capacity,
            repositories=repositories,
            vpc_subnets=self.subnets,
        )
        self._acknowledge()

    @property
    def availability_zones(self) -> list[str]:
        """The first two Availability Zones of the region, which are known at deployment, without a look-up before."""
        return [Fn.select(index, Fn.get_azs()) for index in range(2)]

    def create_vpc(self, *, cidr: str, nat: bool) -> ec2.IVpc:
        """Make the VPC; a hook.

        Args:
            cidr: its addresses.
            nat: whether it has NAT gateways, one for each Availability Zone.

        Returns:
            A VPC with the ID `Vpc`, which has isolated subnets, or private ones with NAT gateways.
        """
        inner = ec2.SubnetConfiguration(
            name="Private" if nat else "Isolated",
            subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS if nat else ec2.SubnetType.PRIVATE_ISOLATED,
        )
        public = ec2.SubnetConfiguration(
            name="Public", subnet_type=ec2.SubnetType.PUBLIC, cidr_mask=28, map_public_ip_on_launch=False
        )
        return ec2.Vpc(
            self,
            "Vpc",
            flow_logs={"FlowLog": ec2.FlowLogOptions()},
            ip_addresses=ec2.IpAddresses.cidr(cidr),
            nat_gateways=None if nat else 0,
            subnet_configuration=[inner, public] if nat else [inner],
        )

    def _acknowledge(self) -> None:
        role = self.capacity.launch_template.role
        assert role is not None  # noqa: S101 - narrows the type: an instance of a cluster has a role
        acknowledge(
            role,
            "AwsSolutions-IAM5[Resource::*]",
            "ecr:GetAuthorizationToken, ec2:DescribeTags and ecs:DiscoverPollEndpoint know no resources, so that IAM "
            "takes them on * alone; images are read from named repositories only. "
            "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
        )
        for resource, reason in (
            (
                "container-instance",
                "Amazon ECS names a container instance when it registers; the condition ecs:cluster narrows the "
                "actions to the instances of this cluster",
            ),
            (
                "task",
                "Amazon ECS names a task when it starts; the statement allows no more than to read and to set its tags",
            ),
        ):
            acknowledge_resource(role, self.format_arn(service="ecs", resource=resource, resource_name="*"), reason)
        acknowledge(
            self.capacity,
            "AwsSolutions-AS3",
            "The capacity provider of Amazon ECS scales the group as tasks need it, many times a day, and nobody has "
            "to act on it; CloudTrail and the events of Amazon EventBridge record each launch and termination",
        )
