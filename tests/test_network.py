"""EcrVpcEndpoints: what isolated subnets need, no less and nothing twice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, CfnResource, Environment, NestedStack, Stack, Stage
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from ecr_ecs_constructs.network import EcrVpcEndpoints

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from constructs import Construct

PULL = {"ecr.api", "ecr.dkr", "s3"}
AGENT = {"ecs", "ecs-agent", "ecs-telemetry"}
DEFAULT = PULL | AGENT | {"logs"}


def isolated_vpc(scope: Construct, id: str = "Vpc", **options: Any) -> ec2.Vpc:
    return ec2.Vpc(
        scope,
        id,
        max_azs=2,
        nat_gateways=0,
        subnet_configuration=[ec2.SubnetConfiguration(name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)],
        **options,
    )


def imported_vpc(scope: Construct, **options: Any) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        scope,
        "Vpc",
        **{
            "vpc_id": "vpc-1",
            "availability_zones": ["a", "b"],
            "isolated_subnet_ids": ["subnet-a", "subnet-b"],
            "isolated_subnet_route_table_ids": ["rtb-a", "rtb-b"],
            "vpc_cidr_block": "10.0.0.0/16",
            **options,
        },
    )


def resources(stack: Stack, type: str) -> list[Mapping[str, Any]]:
    found = Template.from_stack(stack).find_resources(type)
    return [resource["Properties"] for resource in found.values()]


def services(stack: Stack) -> set[str]:
    """The service names of all endpoints of a stack, without region and partition; each at most once."""
    names = [
        re.sub(r"^.*(com\.amazonaws|aws)\.[^.]*\.", "", _text(endpoint["ServiceName"]))
        for endpoint in resources(stack, "AWS::EC2::VPCEndpoint")
    ]
    assert len(names) == len(set(names))
    return set(names)


def _text(name: Any) -> str:
    return (
        name if isinstance(name, str) else "".join(p if isinstance(p, str) else "REGION" for p in name["Fn::Join"][1])
    )


@pytest.fixture(scope="module")
def stack() -> Stack:
    stack = Stack(App(), "Stack")
    EcrVpcEndpoints(stack, "Endpoints", vpc=isolated_vpc(stack))
    return stack


def test_interface_endpoints_have_private_names_and_the_security_group(stack: Stack) -> None:
    endpoints = [e for e in resources(stack, "AWS::EC2::VPCEndpoint") if e["VpcEndpointType"] == "Interface"]
    (group,) = Template.from_stack(stack).find_resources("AWS::EC2::SecurityGroup")
    subnets = [{"Ref": name} for name in Template.from_stack(stack).find_resources("AWS::EC2::Subnet")]
    assert len(endpoints) == 6
    for endpoint in endpoints:
        assert endpoint["PrivateDnsEnabled"] is True
        assert endpoint["SubnetIds"] == subnets
        assert endpoint["SecurityGroupIds"] == [{"Fn::GetAtt": [group, "GroupId"]}]
        assert "PolicyDocument" not in endpoint


def test_s3_is_a_gateway_on_the_route_tables_of_the_subnets(stack: Stack) -> None:
    (gateway,) = (e for e in resources(stack, "AWS::EC2::VPCEndpoint") if e["VpcEndpointType"] == "Gateway")
    tables = [{"Ref": name} for name in Template.from_stack(stack).find_resources("AWS::EC2::RouteTable")]
    assert len(tables) == 2
    assert gateway["RouteTableIds"] == tables
    assert gateway["ServiceName"] == {"Fn::Join": ["", ["com.amazonaws.", {"Ref": "AWS::Region"}, ".s3"]]}


def test_security_group_admits_https_of_the_vpc_only(stack: Stack) -> None:
    ((vpc, _),) = Template.from_stack(stack).find_resources("AWS::EC2::VPC").items()
    assert resources(stack, "AWS::EC2::SecurityGroup") == [
        {
            "GroupDescription": "VPC endpoints of Amazon ECR and Amazon ECS",
            "SecurityGroupEgress": [
                {
                    "CidrIp": "255.255.255.255/32",
                    "Description": "Disallow all traffic",
                    "FromPort": 252,
                    "IpProtocol": "icmp",
                    "ToPort": 86,
                }
            ],
            "SecurityGroupIngress": [
                {
                    "CidrIp": {"Fn::GetAtt": [vpc, "CidrBlock"]},
                    "Description": "HTTPS to AWS services",
                    "FromPort": 443,
                    "IpProtocol": "tcp",
                    "ToPort": 443,
                }
            ],
            "VpcId": {"Ref": vpc},
        }
    ]


def test_construct_ids_are_contract(stack: Stack) -> None:
    endpoints = stack.node.find_child("Endpoints")
    assert {child.node.id for child in endpoints.node.children} == {
        "SecurityGroup",
        "EcrApi",
        "EcrDkr",
        "Ecs",
        "EcsAgent",
        "EcsTelemetry",
        "Logs",
        "S3",
    }


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({}, DEFAULT, id="default"),
        pytest.param({"container_instances": False}, PULL | {"logs"}, id="fargate only"),
        pytest.param({"awslogs": False}, PULL | AGENT, id="no awslogs"),
        pytest.param({"secrets_manager": True}, DEFAULT | {"secretsmanager"}, id="secrets manager"),
        pytest.param({"parameter_store": True}, DEFAULT | {"ssm"}, id="parameter store"),
        pytest.param({"execute_command": True}, DEFAULT | {"ssmmessages"}, id="ecs exec"),
        pytest.param({"session_manager": True}, DEFAULT | {"ssm", "ssmmessages", "ec2messages"}, id="session manager"),
        pytest.param({"encryption_keys": True}, DEFAULT | {"kms"}, id="kms"),
        pytest.param({"existing": ["s3", "logs"]}, DEFAULT - {"s3", "logs"}, id="existing"),
        pytest.param({"existing": ["kms"]}, DEFAULT, id="existing, not needed"),
    ],
)
def test_services(options: dict[str, Any], expected: set[str]) -> None:
    stack = Stack(App(), "Stack")
    endpoints = EcrVpcEndpoints(stack, "Endpoints", vpc=imported_vpc(stack), **options)
    assert services(stack) == set(endpoints.endpoints) == expected


def own_endpoint(vpc: ec2.Vpc) -> None:
    vpc.add_interface_endpoint("Api", service=ec2.InterfaceVpcEndpointAwsService.ECR)


def own_l1_endpoint(vpc: ec2.Vpc) -> None:
    ec2.CfnVPCEndpoint(
        Stack.of(vpc),
        "Api",
        service_name="com.amazonaws.eu-west-1.ecr.api",
        vpc_id=vpc.vpc_id,
        vpc_endpoint_type="Interface",
        private_dns_enabled=True,
    )


def own_raw_endpoint(vpc: ec2.Vpc) -> None:
    properties = {
        "ServiceName": "com.amazonaws.eu-west-1.ecr.api",
        "VpcId": vpc.vpc_id,
        "VpcEndpointType": "Interface",
        "PrivateDnsEnabled": True,
    }
    CfnResource(Stack.of(vpc), "Api", type="AWS::EC2::VPCEndpoint", properties=properties)


def own_endpoint_without_private_dns(vpc: ec2.Vpc) -> None:
    vpc.add_interface_endpoint("Api", service=ec2.InterfaceVpcEndpointAwsService.ECR, private_dns_enabled=False)


def endpoint_of_another_vpc(vpc: ec2.Vpc) -> None:
    own_endpoint(isolated_vpc(Stack.of(vpc), "Other"))


def own_gateway(vpc: ec2.Vpc) -> None:
    vpc.add_gateway_endpoint("Gateway", service=ec2.GatewayVpcEndpointAwsService.S3)


def own_s3_interface(vpc: ec2.Vpc) -> None:
    vpc.add_interface_endpoint("Interface", service=ec2.InterfaceVpcEndpointAwsService.S3)


def ours(vpc: ec2.Vpc) -> None:
    EcrVpcEndpoints(Stack.of(vpc), "First", vpc=vpc)


@pytest.mark.parametrize(
    ("prepare", "made"),
    [
        pytest.param(own_endpoint, DEFAULT - {"ecr.api"}, id="interface"),
        pytest.param(own_l1_endpoint, DEFAULT - {"ecr.api"}, id="interface as L1"),
        pytest.param(own_raw_endpoint, DEFAULT, id="interface as CfnResource, which can't be read"),
        pytest.param(own_endpoint_without_private_dns, DEFAULT, id="interface without private DNS"),
        pytest.param(endpoint_of_another_vpc, DEFAULT, id="interface of another VPC"),
        pytest.param(own_gateway, DEFAULT - {"s3"}, id="gateway"),
        pytest.param(own_s3_interface, DEFAULT, id="an S3 interface endpoint serves no layers"),
        pytest.param(ours, set(), id="made before"),
    ],
)
@pytest.mark.parametrize("other_stack", [False, True], ids=["same stack", "other stack"])
def test_what_an_own_vpc_has_is_left_out(prepare: Callable[[ec2.Vpc], None], made: set[str], other_stack: bool) -> None:
    app = App()
    stack = Stack(app, "Stack")
    vpc = isolated_vpc(stack)
    prepare(vpc)
    endpoints = EcrVpcEndpoints(Stack(app, "Other") if other_stack else stack, "Endpoints", vpc=vpc)
    assert set(endpoints.endpoints) == made
    groups = [node for node in endpoints.node.find_all() if isinstance(node, ec2.CfnSecurityGroup)]
    assert len(groups) == (1 if made else 0)


def test_gateway_is_added_for_the_subnets_that_lack_it() -> None:
    stack = Stack(App(), "Stack")
    vpc = isolated_vpc(stack)
    first, second = vpc.isolated_subnets
    vpc.add_gateway_endpoint(
        "Gateway", service=ec2.GatewayVpcEndpointAwsService.S3, subnets=[ec2.SubnetSelection(subnets=[first])]
    )
    endpoints = EcrVpcEndpoints(stack, "Endpoints", vpc=vpc)
    gateway = endpoints.endpoints["s3"].node.default_child
    assert isinstance(gateway, ec2.CfnVPCEndpoint)
    assert gateway.route_table_ids == [second.route_table.route_table_id]


def test_default_subnets_are_private_where_none_is_isolated() -> None:
    stack = Stack(App(), "Stack")
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2, nat_gateways=1)
    EcrVpcEndpoints(stack, "Endpoints", vpc=vpc, awslogs=False, container_instances=False)
    private = stack.resolve([subnet.subnet_id for subnet in vpc.private_subnets])
    interfaces = [e for e in resources(stack, "AWS::EC2::VPCEndpoint") if e["VpcEndpointType"] == "Interface"]
    assert [endpoint["SubnetIds"] for endpoint in interfaces] == [private, private]


def test_chosen_subnets_get_one_interface_a_zone_and_all_their_route_tables() -> None:
    stack = Stack(App(), "Stack")
    vpc = ec2.Vpc(
        stack,
        "Vpc",
        max_azs=2,
        nat_gateways=0,
        subnet_configuration=[
            ec2.SubnetConfiguration(name="Data", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            ec2.SubnetConfiguration(name="Tasks", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        ],
    )
    data, tasks = ([s for s in vpc.isolated_subnets if name in s.node.id] for name in ("Data", "Tasks"))
    chosen = EcrVpcEndpoints(
        stack, "Tasks", vpc=vpc, subnets=ec2.SubnetSelection(subnet_group_name="Tasks"), existing=["logs"]
    )
    api, s3 = (chosen.endpoints[name].node.default_child for name in ("ecr.api", "s3"))
    assert isinstance(api, ec2.CfnVPCEndpoint)
    assert isinstance(s3, ec2.CfnVPCEndpoint)
    assert api.subnet_ids == [subnet.subnet_id for subnet in tasks]
    assert s3.route_table_ids == [subnet.route_table.route_table_id for subnet in tasks]
    rest = EcrVpcEndpoints(stack, "Rest", vpc=vpc)
    assert set(rest.endpoints) == {"logs", "s3"}
    logs, s3 = (rest.endpoints[name].node.default_child for name in ("logs", "s3"))
    assert isinstance(logs, ec2.CfnVPCEndpoint)
    assert isinstance(s3, ec2.CfnVPCEndpoint)
    assert logs.subnet_ids == [subnet.subnet_id for subnet in data]
    assert s3.route_table_ids == [subnet.route_table.route_table_id for subnet in data]


def test_peers_take_the_place_of_the_vpc() -> None:
    stack = Stack(App(), "Stack")
    vpc = imported_vpc(stack)
    instances = ec2.SecurityGroup.from_security_group_id(stack, "Instances", "sg-1")
    EcrVpcEndpoints(stack, "Endpoints", vpc=vpc, peers=[instances, ec2.Peer.ipv4("10.0.1.0/24")])
    (group,) = resources(stack, "AWS::EC2::SecurityGroup")
    https = {"Description": "HTTPS to AWS services", "FromPort": 443, "ToPort": 443, "IpProtocol": "tcp"}
    assert group["SecurityGroupIngress"] == [{"CidrIp": "10.0.1.0/24", **https}]
    (rule,) = resources(stack, "AWS::EC2::SecurityGroupIngress")
    assert rule == {"SourceSecurityGroupId": "sg-1", "GroupId": rule["GroupId"], **https}


def test_connections_let_others_in() -> None:
    stack = Stack(App(), "Stack")
    vpc = imported_vpc(stack)
    endpoints = EcrVpcEndpoints(stack, "Endpoints", vpc=vpc)
    tasks = ec2.SecurityGroup(stack, "Tasks", vpc=vpc, allow_all_outbound=False)
    tasks.connections.allow_to_default_port(endpoints)
    Template.from_stack(stack).has_resource_properties(
        "AWS::EC2::SecurityGroupEgress",
        {
            "FromPort": 443,
            "ToPort": 443,
            "DestinationSecurityGroupId": stack.resolve(endpoints.security_group.security_group_id),
        },
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(
            lambda scope: EcrVpcEndpoints(scope, "Endpoints", vpc=isolated_vpc(scope, enable_dns_support=False)),
            "vpc must have DNS support and DNS host names on, got 'Stack/Vpc': "
            "endpoints are reached by their private DNS names",
            id="no DNS support",
        ),
        pytest.param(
            lambda scope: EcrVpcEndpoints(scope, "Endpoints", vpc=isolated_vpc(scope, enable_dns_hostnames=False)),
            "vpc must have DNS support and DNS host names on, got 'Stack/Vpc': "
            "endpoints are reached by their private DNS names",
            id="no DNS host names",
        ),
        pytest.param(
            lambda scope: EcrVpcEndpoints(
                scope,
                "Endpoints",
                vpc=ec2.Vpc(
                    scope,
                    "Vpc",
                    nat_gateways=0,
                    subnet_configuration=[ec2.SubnetConfiguration(name="P", subnet_type=ec2.SubnetType.PUBLIC)],
                ),
            ),
            "vpc must have isolated or private subnets, got 'Stack/Vpc': it has public ones only; "
            "name those that need endpoints by subnets",
            id="public only",
        ),
        pytest.param(
            lambda scope: EcrVpcEndpoints(scope, "Endpoints", vpc=imported_vpc(scope, vpc_cidr_block=None)),
            "vpc must have a known address range, got 'Stack/Vpc': "
            "import it with vpc_cidr_block, or say by peers who may use the endpoints",
            id="no address range",
        ),
        pytest.param(
            lambda scope: EcrVpcEndpoints(
                scope, "Endpoints", vpc=imported_vpc(scope, isolated_subnet_route_table_ids=None)
            ),
            "subnets must have known route tables, got 'Stack/Vpc/IsolatedSubnet1': import the VPC with the ids of "
            "its route tables, or name 's3' in existing",
            id="no route tables",
        ),
        pytest.param(
            lambda scope: EcrVpcEndpoints(scope, "Endpoints", vpc=imported_vpc(scope), peers=[]),
            "peers must name who may use the endpoints, got []: nobody could",
            id="no peers",
        ),
        pytest.param(
            lambda scope: EcrVpcEndpoints(scope, "Endpoints", vpc=imported_vpc(scope), existing=["ecr"]),
            "existing must name services among ecr.api, ecr.dkr, ecs, ecs-agent, ecs-telemetry, logs, "
            "secretsmanager, ssm, ssmmessages, ec2messages, kms, s3, got 'ecr': no endpoint for it would be made",
            id="unknown service",
        ),
    ],
)
def test_impossible_is_refused(make: Callable[[Stack], object], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make(Stack(App(), "Stack"))


def test_imported_vpc_without_route_tables_works_when_it_has_the_gateway() -> None:
    stack = Stack(App(), "Stack")
    vpc = imported_vpc(stack, isolated_subnet_route_table_ids=None)
    EcrVpcEndpoints(stack, "Endpoints", vpc=vpc, existing=["s3"])
    assert services(stack) == DEFAULT - {"s3"}


def in_nested_stack(app: App) -> Stack:
    return NestedStack(Stack(app, "Stack"), "Nested")


def in_stage(app: App) -> Stack:
    return Stack(Stage(app, "Stage"), "Stack")


def in_china(app: App) -> Stack:
    return Stack(app, "Stack", env=Environment(account="123456789012", region="cn-north-1"))


@pytest.mark.parametrize("make_stack", [in_nested_stack, in_stage, in_china])
@pytest.mark.parametrize("make_vpc", [isolated_vpc, imported_vpc])
def test_works_everywhere(make_stack: Callable[[App], Stack], make_vpc: Callable[[Stack], ec2.IVpc]) -> None:
    stack = make_stack(App())
    EcrVpcEndpoints(stack, "Endpoints", vpc=make_vpc(stack))
    assert services(stack) == DEFAULT


def test_hooks() -> None:
    class TeamEndpoints(EcrVpcEndpoints):
        def additional_services(self) -> Mapping[str, ec2.IInterfaceVpcEndpointService]:
            return {"sqs": ec2.InterfaceVpcEndpointAwsService.SQS}

        def endpoint_policy(self, service: str) -> Sequence[iam.PolicyStatement]:
            if service != "s3":
                return ()
            return [
                iam.PolicyStatement(
                    principals=[iam.AnyPrincipal()],
                    actions=["s3:GetObject"],
                    resources=["arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*"],
                )
            ]

        def create_security_group(self, vpc: ec2.IVpc) -> ec2.ISecurityGroup:
            return ec2.SecurityGroup(self, "TeamGroup", vpc=vpc, description="ours")

    stack = Stack(App(), "Stack")
    endpoints = TeamEndpoints(stack, "Endpoints", vpc=imported_vpc(stack))
    assert services(stack) == DEFAULT | {"sqs"}
    assert {name: "PolicyDocument" in e for name, e in _by_service(stack, endpoints).items()} == {
        name: name == "s3" for name in endpoints.endpoints
    }
    assert [group["GroupDescription"] for group in resources(stack, "AWS::EC2::SecurityGroup")] == ["ours"]


def _by_service(stack: Stack, endpoints: EcrVpcEndpoints) -> dict[str, Mapping[str, Any]]:
    template = Template.from_stack(stack).to_json()["Resources"]
    found = {}
    for name, endpoint in endpoints.endpoints.items():
        resource = endpoint.node.default_child
        assert isinstance(resource, ec2.CfnVPCEndpoint)
        found[name] = template[stack.resolve(resource.logical_id)]["Properties"]
    return found
