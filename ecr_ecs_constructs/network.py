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

from ecr_ecs_constructs.arguments import takes
from ecr_ecs_constructs.checks import bring_along

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from aws_cdk import aws_iam as iam

S3 = "s3"

Endpoint = ec2.InterfaceVpcEndpoint | ec2.GatewayVpcEndpoint

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

_PULL = ("ecr.api", "ecr.dkr")
"""The services that a pull needs besides Amazon S3."""

_SERVICES: Mapping[str, Sequence[str]] = {
    "container_instances": ("ecs", "ecs-agent", "ecs-telemetry"),
    "awslogs": ("logs",),
    "secrets_manager": ("secretsmanager",),
    "parameter_store": ("ssm",),
    "execute_command": ("ssmmessages",),
    "session_manager": ("ssm", "ssmmessages", "ec2messages"),
    "encryption_keys": ("kms",),
}
"""The services that each purpose needs, by the argument that names the purpose."""


def select_subnets(vpc: ec2.IVpc, selection: ec2.SubnetSelection) -> ec2.SelectedSubnets:
    """Return the subnets of a VPC that a selection stands for.

    Args:
        vpc: the VPC.
        selection: the selection.
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
@takes()
class EcrVpcEndpoints(Construct):
    """The VPC endpoints by which subnets without NAT or internet gateway reach Amazon ECR and Amazon ECS.

    A pull needs `ecr.api`, `ecr.dkr` and, for the layers, an S3 gateway on the route tables of the pulling subnets;
    a container instance needs `ecs`, `ecs-agent` and `ecs-telemetry` besides. What the VPC has already is left out:
    endpoints that this app has made before are seen, those of an imported VPC are named by `existing`.

    Builds on: `ec2.GatewayVpcEndpoint`, `ec2.InterfaceVpcEndpoint`.

    Hooks: `additional_services`, `create_security_group`, `endpoint_policy`.

    Args:
        scope: where the endpoints are made.
        id: their ID there.
        vpc: the VPC, also an imported one.
        subnets: the subnets that pull images; None for the isolated ones, or the private ones if there are none.
        peers: who may use the interface endpoints; None for every address of the VPC.
        existing: the services, by the names of `endpoints`, for which the VPC has endpoints that this app can't see.
        container_instances: whether there are container instances, which use `ecs`, `ecs-agent` and `ecs-telemetry`.
        awslogs: whether containers log by the driver `awslogs`, which uses `logs`.
        secrets_manager: whether containers have secrets of Secrets Manager, which is `secretsmanager`.
        parameter_store: whether containers have secrets of Parameter Store, which is `ssm`.
        execute_command: whether ECS Exec runs commands in containers, which uses `ssmmessages`.
        session_manager: whether Session Manager reaches container instances, which uses `ssm`, `ssmmessages` and
            `ec2messages`.
        encryption_keys: whether something uses KMS keys of your own, such as ECS Exec; KMS is `kms`.

    Attributes:
        vpc: the VPC.
        endpoints: the endpoints that were made here, by the service names of AWS, such as `ecr.api` and `s3`.

    Raises:
        ValueError: DNS of the VPC is off; the arguments need subnets, addresses or route tables that are not known; or
            `existing` names a service for which no endpoint would be made.

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
        self.vpc = vpc
        self._peers = peers
        self._connections: ec2.Connections | None = None
        purposes = {
            "container_instances": container_instances,
            "awslogs": awslogs,
            "secrets_manager": secrets_manager,
            "parameter_store": parameter_store,
            "execute_command": execute_command,
            "session_manager": session_manager,
            "encryption_keys": encryption_keys,
        }
        services = self._services([purpose for purpose, wanted in purposes.items() if wanted])
        _check_existing(existing, services)
        visible = [endpoint for endpoint in _endpoints(self) if endpoint.vpc_id == vpc.vpc_id]
        made = {
            **self._make_interfaces(services, _one_a_zone(pulling), existing, visible),
            **({} if S3 in existing else self._make_gateway(pulling, visible)),
        }
        for name, endpoint in made.items():
            for statement in self.endpoint_policy(name):
                endpoint.add_to_policy(statement)
        self.endpoints: Mapping[str, Endpoint] = MappingProxyType(made)

    def _services(self, purposes: Collection[str]) -> dict[str, ec2.IInterfaceVpcEndpointService]:
        """Return the services that have interface endpoints, by the ends of their names."""
        wanted = {*_PULL, *(service for purpose in purposes for service in _SERVICES[purpose])}
        known = {name: service for name, service in _INTERFACES.items() if name in wanted}
        return {**known, **self.additional_services()}

    def _make_interfaces(
        self,
        services: Mapping[str, ec2.IInterfaceVpcEndpointService],
        subnets: Sequence[ec2.ISubnet],
        existing: Collection[str],
        visible: Sequence[ec2.CfnVPCEndpoint],
    ) -> dict[str, Endpoint]:
        """Make the interface endpoints that the VPC lacks."""
        return {
            name: ec2.InterfaceVpcEndpoint(
                self,
                _construct_id(name),
                vpc=self.vpc,
                service=service,
                subnets=ec2.SubnetSelection(subnets=subnets),
                security_groups=[self.security_group],
                private_dns_enabled=True,
                open=False,
            )
            for name, service in services.items()
            if name not in existing and not any(_serves(endpoint, name) for endpoint in visible)
        }

    def _make_gateway(
        self, subnets: Sequence[ec2.ISubnet], visible: Sequence[ec2.CfnVPCEndpoint]
    ) -> dict[str, Endpoint]:
        """Make the gateway endpoint of Amazon S3 for the subnets whose route tables have none."""
        routed = {table for endpoint in visible if _is_s3_gateway(endpoint) for table in _route_tables(endpoint)}
        missing = [subnet for subnet in subnets if _route_table_id(subnet) not in routed]
        if not missing:
            return {}
        gateway = ec2.GatewayVpcEndpoint(
            self,
            _construct_id(S3),
            vpc=self.vpc,
            service=ec2.GatewayVpcEndpointAwsService.S3,
            subnets=[ec2.SubnetSelection(subnets=missing)],
        )
        return {S3: gateway}

    @property
    def connections(self) -> ec2.Connections:
        """The connections to the interface endpoints; allow others in by them."""
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
        """Return further services that your containers need; a hook, called as the endpoints are made.

        Returns:
            The services by the end of their names, such as `{"sqs": ec2.InterfaceVpcEndpointAwsService.SQS}`.
        """
        return {}

    def endpoint_policy(self, service: str) -> Sequence[iam.PolicyStatement]:  # noqa: ARG002 # for those who override it
        """Return the statements of the policy of an endpoint; a hook, called for each one that is made.

        Args:
            service: the name of the service, such as `ecr.api`.

        Returns:
            The statements; none for the default of AWS, which lets everything pass.
        """
        return ()

    def create_security_group(self, vpc: ec2.IVpc) -> ec2.ISecurityGroup:
        """Make the security group of the interface endpoints; a hook, called when it is first asked for.

        Args:
            vpc: the VPC of the endpoints.

        Returns:
            A group that lets nothing out; the peers are let in afterwards.
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


def _check_existing(existing: Collection[str], services: Collection[str]) -> None:
    unknown = sorted(set(existing) - {S3, *_INTERFACES, *services})
    if unknown:
        raise ValueError(
            f"existing must name services among {', '.join([*_INTERFACES, S3])}, got {unknown[0]!r}: "
            "no endpoint for it would be made"
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
    """Return the first subnet of each Availability Zone: an interface endpoint takes no more."""
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
    """Yield all VPC endpoints of the app."""
    for resource in ConstructSelector.resources_of_type("AWS::EC2::VPCEndpoint").select(scope.node.root):
        if isinstance(resource, ec2.CfnVPCEndpoint):
            yield resource


def _ends_with(endpoint: ec2.CfnVPCEndpoint, service: str) -> bool:
    """Return whether an endpoint is for a service.

    Before the name of the service stand those of the partition and the region, often as tokens.
    """
    name = json.dumps(Stack.of(endpoint).resolve(endpoint.service_name))
    return re.search(rf'\.{re.escape(service)}"', name) is not None


def _serves(endpoint: ec2.CfnVPCEndpoint, service: str) -> bool:
    """Return whether the private DNS name of a service leads to an endpoint."""
    return endpoint.private_dns_enabled is True and _ends_with(endpoint, service)


def _is_s3_gateway(endpoint: ec2.CfnVPCEndpoint) -> bool:
    return endpoint.vpc_endpoint_type in (None, "Gateway") and _ends_with(endpoint, S3)


def _route_tables(endpoint: ec2.CfnVPCEndpoint) -> Sequence[str]:
    return endpoint.route_table_ids or ()


def _construct_id(service: str) -> str:
    return "".join(word.capitalize() for word in re.split("[.-]", service))
