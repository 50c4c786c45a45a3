"""The way from isolated subnets to Amazon ECR and Amazon ECS: `EcrVpcEndpoints`."""

from __future__ import annotations

import json
import re
from types import MappingProxyType
from typing import TYPE_CHECKING

import jsii
from aws_cdk import ConstructSelector, Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from ecr_ecs_constructs.checks import bring_along

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from aws_cdk import aws_iam as iam

S3 = "s3"

_INTERFACES: Mapping[str, ec2.InterfaceVpcEndpointAwsService] = {
    service.short_name: service
    for service in (
        ec2.InterfaceVpcEndpointAwsService.ECR,
        ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER,
        ec2.InterfaceVpcEndpointAwsService.ECS,
        ec2.InterfaceVpcEndpointAwsService.ECS_AGENT,
        ec2.InterfaceVpcEndpointAwsService.ECS_TELEMETRY,
        ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
        ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
        ec2.InterfaceVpcEndpointAwsService.SSM,
        ec2.InterfaceVpcEndpointAwsService.SSM_MESSAGES,
        ec2.InterfaceVpcEndpointAwsService.EC2_MESSAGES,
        ec2.InterfaceVpcEndpointAwsService.KMS,
    )
}


def select_subnets(vpc: ec2.IVpc, selection: ec2.SubnetSelection) -> ec2.SelectedSubnets:
    """The subnets of a VPC that a selection stands for.

    Args:
        vpc: whose subnets.
        selection: which of them.

    Returns:
        The subnets.
    """
    return vpc.select_subnets(
        availability_zones=selection.availability_zones,
        one_per_az=selection.one_per_az,
        subnet_filters=selection.subnet_filters,
        subnet_group_name=selection.subnet_group_name,
        subnets=selection.subnets,
        subnet_type=selection.subnet_type,
    )


@jsii.implements(ec2.IConnectable)
class EcrVpcEndpoints(Construct):
    """The VPC endpoints by which subnets without NAT or internet gateway reach Amazon ECR and Amazon ECS.

    A pull needs `ecr.api`, `ecr.dkr` and, for the layers, an S3 gateway on the route tables of the pulling subnets;
    a container instance needs `ecs`, `ecs-agent` and `ecs-telemetry` besides. What the VPC has already is left out:
    endpoints that this app has made before are seen, those of an imported VPC are named by `existing`.

    Args:
        scope: the parent.
        id: the name in the parent.
        vpc: the VPC, also an imported one.
        subnets: where images are pulled; left out, the isolated subnets, or the private ones if there are none.
        peers: who may use the endpoints; left out, every address of the VPC.
        existing: services that the VPC has endpoints for where this app can't see them, by the names of `endpoints`.
        container_instances: for EC2 instances of a cluster: `ecs`, `ecs-agent`, `ecs-telemetry`.
        awslogs: for containers that log by the `awslogs` driver: `logs`.
        secrets_manager: for containers with secrets of Secrets Manager: `secretsmanager`.
        parameter_store: for containers with secrets of Parameter Store: `ssm`.
        execute_command: for ECS Exec: `ssmmessages`.
        session_manager: for Session Manager on container instances: `ssm`, `ssmmessages`, `ec2messages`.
        encryption_keys: for keys of your own, for example of ECS Exec sessions: `kms`.

    Attributes:
        vpc: the VPC.
        endpoints: what was made here, by the service names of AWS, such as `ecr.api` and `s3`.

    Raises:
        ValueError: DNS of the VPC is off; no subnets, addresses or route tables are known that the arguments need; or
            `existing` names a service unknown here.

    References:
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: ec2.IVpc,
        subnets: ec2.SubnetSelection | None = None,
        peers: Sequence[ec2.IPeer] | None = None,
        existing: Collection[str] = (),
        container_instances: bool = True,
        awslogs: bool = True,
        secrets_manager: bool = False,
        parameter_store: bool = False,
        execute_command: bool = False,
        session_manager: bool = False,
        encryption_keys: bool = False,
    ) -> None:
        _check_dns(vpc)
        pulling = select_subnets(vpc, subnets or _default_subnets(vpc)).subnets
        if peers is None:
            peers = [ec2.Peer.ipv4(_cidr(vpc))]
        elif not peers:
            raise ValueError("peers must name who may use the endpoints, got []: nobody could")
        super().__init__(scope, id)
        bring_along(self)
        wanted = {
            service
            for needed, services in (
                (True, ("ecr.api", "ecr.dkr")),
                (container_instances, ("ecs", "ecs-agent", "ecs-telemetry")),
                (awslogs, ("logs",)),
                (secrets_manager, ("secretsmanager",)),
                (parameter_store, ("ssm",)),
                (execute_command, ("ssmmessages",)),
                (session_manager, ("ssm", "ssmmessages", "ec2messages")),
                (encryption_keys, ("kms",)),
            )
            if needed
            for service in services
        }
        services: dict[str, ec2.IInterfaceVpcEndpointService] = {
            **{name: service for name, service in _INTERFACES.items() if name in wanted},
            **self.additional_services(),
        }
        unknown = sorted(set(existing) - {S3, *_INTERFACES, *services})
        if unknown:
            raise ValueError(
                f"existing must name services among {', '.join([*_INTERFACES, S3])}, got {unknown[0]!r}: "
                "no endpoint for it would be made"
            )

        self.vpc = vpc
        zonal = _one_a_zone(pulling)
        self._peers = peers
        self._connections: ec2.Connections | None = None
        visible = [endpoint for endpoint in _endpoints(self) if endpoint.vpc_id == vpc.vpc_id]
        made: dict[str, ec2.InterfaceVpcEndpoint | ec2.GatewayVpcEndpoint] = {}
        for name, service in services.items():
            if name not in existing and not any(_serves(endpoint, name) for endpoint in visible):
                made[name] = ec2.InterfaceVpcEndpoint(
                    self,
                    _construct_id(name),
                    vpc=vpc,
                    service=service,
                    subnets=ec2.SubnetSelection(subnets=zonal),
                    security_groups=[self.security_group],
                    private_dns_enabled=True,
                    open=False,
                )
        if S3 not in existing:
            routed = {table for endpoint in visible if _is_s3_gateway(endpoint) for table in _route_tables(endpoint)}
            missing = [subnet for subnet in pulling if _route_table_id(subnet) not in routed]
            if missing:
                made[S3] = ec2.GatewayVpcEndpoint(
                    self,
                    _construct_id(S3),
                    vpc=vpc,
                    service=ec2.GatewayVpcEndpointAwsService.S3,
                    subnets=[ec2.SubnetSelection(subnets=missing)],
                )
        for name, endpoint in made.items():
            for statement in self.endpoint_policy(name):
                endpoint.add_to_policy(statement)
        self.endpoints: Mapping[str, ec2.InterfaceVpcEndpoint | ec2.GatewayVpcEndpoint] = MappingProxyType(made)

    @property
    def connections(self) -> ec2.Connections:
        """Who may use the interface endpoints."""
        if self._connections is None:
            group = self.create_security_group(self.vpc)
            for peer in self._peers:
                group.add_ingress_rule(peer, ec2.Port.tcp(443), "HTTPS to AWS services")
            self._connections = ec2.Connections(security_groups=[group], default_port=ec2.Port.tcp(443))
        return self._connections

    @property
    def security_group(self) -> ec2.ISecurityGroup:
        """The security group of the interface endpoints, made when it is first asked for."""
        (group,) = self.connections.security_groups
        return group

    def additional_services(self) -> Mapping[str, ec2.IInterfaceVpcEndpointService]:
        """Further services that your containers need; a hook.

        Returns:
            The services by the end of their names, such as `{"sqs": ec2.InterfaceVpcEndpointAwsService.SQS}`.
        """
        return {}

    def endpoint_policy(self, service: str) -> Sequence[iam.PolicyStatement]:  # noqa: ARG002 # for those who override it
        """Who may do what through an endpoint; a hook.

        Args:
            service: the name of the service, such as `ecr.api`.

        Returns:
            The statements of the endpoint's policy; none for AWS's default, which lets everything pass.
        """
        return ()

    def create_security_group(self, vpc: ec2.IVpc) -> ec2.ISecurityGroup:
        """The security group of the interface endpoints; a hook.

        Args:
            vpc: of the endpoints.

        Returns:
            A group that lets nothing out and so far nobody in.
        """
        return ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=vpc,
            description="VPC endpoints of Amazon ECR and Amazon ECS",
            allow_all_outbound=False,
        )


def _check_dns(vpc: ec2.IVpc) -> None:
    resource = vpc.node.default_child
    # What AWS takes for properties that are left out: support on, host names off.
    if isinstance(resource, ec2.CfnVPC) and (resource.enable_dns_support is False or not resource.enable_dns_hostnames):
        raise ValueError(
            f"vpc must have DNS support and DNS host names on, got {vpc.node.path!r}: "
            "endpoints are reached by their private DNS names"
        )


def _default_subnets(vpc: ec2.IVpc) -> ec2.SubnetSelection:
    subnets = vpc.isolated_subnets or vpc.private_subnets
    if not subnets:
        raise ValueError(
            f"vpc must have isolated or private subnets, got {vpc.node.path!r}: it has public ones only; "
            "name those that need endpoints by subnets"
        )
    return ec2.SubnetSelection(subnets=subnets)


def _one_a_zone(subnets: Sequence[ec2.ISubnet]) -> list[ec2.ISubnet]:
    """The first subnet of each Availability Zone: interface endpoints take no more."""
    found: dict[str, ec2.ISubnet] = {}
    for subnet in subnets:
        found.setdefault(subnet.availability_zone, subnet)
    return list(found.values())


def _cidr(vpc: ec2.IVpc) -> str:
    try:
        return vpc.vpc_cidr_block
    except RuntimeError:  # CDK's answer for an imported VPC without it
        raise ValueError(
            f"vpc must have a known address range, got {vpc.node.path!r}: "
            "import it with vpc_cidr_block, or say by peers who may use the endpoints"
        ) from None


def _route_table_id(subnet: ec2.ISubnet) -> str:
    try:
        return subnet.route_table.route_table_id
    except RuntimeError:  # CDK's answer for an imported subnet without it
        raise ValueError(
            f"subnets must have known route tables, got {subnet.node.path!r}: import the VPC with the ids of its "
            f"route tables, or name {S3!r} in existing"
        ) from None


def _endpoints(scope: Construct) -> Iterable[ec2.CfnVPCEndpoint]:
    """All VPC endpoints of the app."""
    for resource in ConstructSelector.resources_of_type("AWS::EC2::VPCEndpoint").select(scope.node.root):
        if isinstance(resource, ec2.CfnVPCEndpoint):
            yield resource


def _ends_with(endpoint: ec2.CfnVPCEndpoint, service: str) -> bool:
    """Whether the endpoint is for a service, whose name has region and partition in front, often as tokens."""
    name = json.dumps(Stack.of(endpoint).resolve(endpoint.service_name))
    return re.search(rf'\.{re.escape(service)}"', name) is not None


def _serves(endpoint: ec2.CfnVPCEndpoint, service: str) -> bool:
    """Whether the usual name of a service leads to the endpoint."""
    return endpoint.private_dns_enabled is True and _ends_with(endpoint, service)


def _is_s3_gateway(endpoint: ec2.CfnVPCEndpoint) -> bool:
    return endpoint.vpc_endpoint_type in (None, "Gateway") and _ends_with(endpoint, S3)


def _route_tables(endpoint: ec2.CfnVPCEndpoint) -> Sequence[str]:
    return endpoint.route_table_ids or ()


def _construct_id(service: str) -> str:
    return "".join(word.capitalize() for word in re.split("[.-]", service))
