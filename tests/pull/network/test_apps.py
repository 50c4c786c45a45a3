"""The network link on synthesized apps: those of this library hold, and break where any one part is taken away."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_ecs_patterns as ecs_patterns

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.pull.facts import Facts, Policy
from ecr_ecs_constructs.rules.catalogue import BY_ID
from ecr_ecs_constructs.rules.judge import judge
from ecr_ecs_constructs.stacks.app import ReferenceApp
from tests import worlds

RULES = (
    BY_ID["no-path-to-ecr"],
    BY_ID["no-path-to-ecs"],
    BY_ID["no-path-to-logs-or-secrets"],
    BY_ID["unverifiable-network"],
)

EC2, FARGATE = "EcrEcsEc2Service", "EcrEcsFargateService"
TASK = "ecr.api, ecr.dkr, s3 and logs"
HOST = "ecr.api, ecr.dkr, s3, ecs, ecs-agent, ecs-telemetry and logs"
NO_TRAFFIC = {"CidrIp": "255.255.255.255/32", "IpProtocol": "icmp", "FromPort": 252, "ToPort": 86}
"""What CDK puts in place of the rule that lets everything out."""

Body = dict[str, Any]


def links(templates: Iterator[Template] | tuple[Template, ...]) -> dict[str, str]:
    """The network link of each container by the name of its stack."""
    facts = Facts(tuple(templates), Policy())
    found = {}
    for place in facts.places:
        link = worlds.link(facts, place, "network")
        found[str(place.resource.template.stack_name)] = f"{link.verdict.value}: {link.evidence}"
    return found


# the reference app


@pytest.fixture(scope="module", params=[False, True], ids=["endpoints", "nat"])
def reference(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Template, ...]:
    folder = tmp_path_factory.mktemp("reference")
    ReferenceApp(context={"ecr-ecs:nat": request.param}, outdir=str(folder)).synth()
    return load([folder])


@dataclass(frozen=True)
class Mutation:
    """One part taken away, and the evidence that each container's network is broken then, None where it still holds."""

    title: str
    stack: str
    path: tuple[str, ...]
    value: Any
    ec2: str | None
    fargate: str | None


def resources(templates: tuple[Template, ...], type_: str) -> Iterator[tuple[str, str, Body]]:
    """Stack, logical ID and properties of each resource of a type."""
    for template in templates:
        for resource in template.by_type.get(f"AWS::EC2::{type_}", ()):
            yield str(template.stack_name), resource.logical_id, dict(resource.properties)


def mutations(templates: tuple[Template, ...]) -> Iterator[Mutation]:
    """Take away each endpoint, route, association, attachment, rule and attribute of the templates in turn."""
    ((_, vpc, _),) = resources(templates, "VPC")
    inner = [name for _, name, _ in resources(templates, "Subnet") if "Public" not in name]
    table_of = {
        p["SubnetId"]["Ref"]: p["RouteTableId"]["Ref"]
        for _, _, p in resources(templates, "SubnetRouteTableAssociation")
    }
    subnet_of = {table: subnet for subnet, table in table_of.items()}
    nat_in = {p["SubnetId"]["Ref"]: name for _, name, p in resources(templates, "NatGateway")}
    private_of = {
        p["NatGatewayId"]["Ref"]: subnet_of[p["RouteTableId"]["Ref"]]
        for _, _, p in resources(templates, "Route")
        if "NatGatewayId" in p
    }
    ways = "endpoints" if not nat_in else "nat"

    def all_gone(subnet: str, why: str) -> tuple[str, str]:
        why = f"VPC {vpc} has no such endpoint, and {why}"
        return f"no way to {HOST} from {subnet}: {why}", f"no way to {TASK} from {subnet}: {why}"

    for stack, name, properties in resources(templates, "VPCEndpoint"):
        service = properties["ServiceName"]["Fn::Join"][1][-1].removeprefix(".")
        gone = f"no way to {service} from {' and '.join(inner)}: {{}}, and no default route leads out"
        missing = gone.format(f"VPC {vpc} has no such endpoint")
        task = None if service.startswith("ecs") else missing
        yield Mutation(f"{name} removed", stack, (name,), None, missing, task)
        if service == "s3":
            for index, table in enumerate(properties["RouteTableIds"]):
                others = [other for other in properties["RouteTableIds"] if other != table]
                why = f"gateway endpoint {name} is not on its route table, and no default route leads out"
                gone = f"no way to s3 from {subnet_of[table['Ref']]}: {why}"
                yield Mutation(f"{name} table {index}", stack, (name, "RouteTableIds"), others, gone, gone)
        else:
            off = gone.format(f"private DNS of endpoint {name} is off")
            task = None if service.startswith("ecs") else off
            yield Mutation(f"{name} private DNS", stack, (name, "PrivateDnsEnabled"), False, off, task)
    for stack, name, properties in resources(templates, "Route"):
        subnet = subnet_of[properties["RouteTableId"]["Ref"]]
        if subnet in nat_in:
            why = f"NAT gateway {nat_in[subnet]} is in subnet {subnet}, where no default route leads out"
            yield Mutation(f"{name} removed", stack, (name,), None, *all_gone(private_of[nat_in[subnet]], why))
        else:
            yield Mutation(f"{name} removed", stack, (name,), None, *all_gone(subnet, "no default route leads out"))
    main = "no route table is associated, and the main one has no default route"
    for stack, name, properties in resources(templates, "SubnetRouteTableAssociation"):
        subnet = properties["SubnetId"]["Ref"]
        if subnet in nat_in:
            why = f"NAT gateway {nat_in[subnet]} is in subnet {subnet}, where {main}"
            yield Mutation(f"{name} removed", stack, (name,), None, *all_gone(private_of[nat_in[subnet]], why))
        elif ways == "nat":
            yield Mutation(f"{name} removed", stack, (name,), None, *all_gone(subnet, main))
        else:
            (s3,) = (n for _, n, p in resources(templates, "VPCEndpoint") if p["VpcEndpointType"] == "Gateway")
            gone = f"no way to s3 from {subnet}: gateway endpoint {s3} is not on its route table, and {main}"
            yield Mutation(f"{name} removed", stack, (name,), None, gone, gone)
    for stack, name, properties in resources(templates, "VPCGatewayAttachment"):
        gateway = properties["InternetGatewayId"]["Ref"]
        loose = f"internet gateway {gateway} is not attached to VPC {vpc}"
        found = [
            all_gone(private_of[nat], f"NAT gateway {nat} is in subnet {public}, where {loose}")
            for public, nat in nat_in.items()
        ]
        yield Mutation(f"{name} removed", stack, (name,), None, *("; ".join(side) for side in zip(*found, strict=True)))
    for stack, name, _ in resources(templates, "NatGateway"):
        gone2 = all_gone(private_of[name], f"ConnectivityType of NAT gateway {name} is private")
        yield Mutation(f"{name} private", stack, (name, "ConnectivityType"), "private", *gone2)
    yield from groups(templates, inner, vpc, ways)
    yield from attributes(templates, inner, vpc, ways)


def groups(templates: tuple[Template, ...], inner: list[str], vpc: str, ways: str) -> Iterator[Mutation]:
    """Take away each rule of each security group."""
    subnets = " and ".join(inner)
    tasks = {stack: name for stack, name, _ in resources(templates, "SecurityGroup") if stack in (EC2, FARGATE)}
    hosts = next(name for _, name, _ in resources(templates, "SecurityGroup") if "Instances" in name)
    to = next((name for _, name, _ in resources(templates, "SecurityGroup") if "Endpoints" in name), "")
    for stack, name, properties in resources(templates, "SecurityGroup"):
        for index, _ in enumerate(properties.get("SecurityGroupIngress", [])):
            rest = [rule for other, rule in enumerate(properties["SecurityGroupIngress"]) if other != index]
            why = f"security group {name} lets no TCP 443 in from"
            ec2_gone = (
                f"no way to ecr.api, ecr.dkr, ecs, ecs-agent, ecs-telemetry and logs from {subnets}: {why} {hosts}"
            )
            task_gone = f"no way to ecr.api, ecr.dkr and logs from {subnets}: {why} {tasks[FARGATE]}"
            yield Mutation(f"{name} ingress {index}", stack, (name, "SecurityGroupIngress"), rest, ec2_gone, task_gone)
        for index, rule in enumerate(properties["SecurityGroupEgress"]):
            if rule["IpProtocol"] == "icmp":
                continue  # that of the endpoints, which need none
            out = f"security group {name} lets no TCP 443 out"
            if ways == "nat":
                stuck = f"VPC {vpc} has no such endpoint, and {out} to the internet"
                whole, task = (f"no way to {services} from {subnets}: {stuck}" for services in (HOST, TASK))
            else:
                stuck = f"{out} to {to}; no way to s3 from {subnets}: {out} to the internet"
                agent = "ecr.api, ecr.dkr, ecs, ecs-agent, ecs-telemetry and logs"
                whole, task = (
                    f"no way to {services} from {subnets}: {stuck}" for services in (agent, "ecr.api, ecr.dkr and logs")
                )
            yield Mutation(
                f"{name} egress {index}",
                stack,
                (name, "SecurityGroupEgress", str(index)),
                NO_TRAFFIC,
                whole if name == hosts else None,  # the network interfaces of tasks on EC2 pull nothing
                task if stack == FARGATE else None,
            )


def attributes(templates: tuple[Template, ...], inner: list[str], vpc: str, ways: str) -> Iterator[Mutation]:
    """Take away, and turn off, each DNS attribute of the VPC."""
    subnets = " and ".join(inner)
    ((stack, _, _),) = resources(templates, "VPC")
    for name, services in (
        (
            "EnableDnsHostnames",
            ("ecr.api, ecr.dkr, ecs, ecs-agent, ecs-telemetry and logs", "ecr.api, ecr.dkr and logs"),
        ),
        ("EnableDnsSupport", (HOST, TASK)),
    ):
        fact = f"{name} of VPC {vpc} is false"
        for value in (None, False):
            holds = (value is None and name == "EnableDnsSupport") or (ways == "nat" and name == "EnableDnsHostnames")
            prefix = f"VPC {vpc} has no such endpoint, and " if ways == "nat" else ""
            gone = [None if holds else f"no way to {each} from {subnets}: {prefix}{fact}" for each in services]
            yield Mutation(f"{name} {value}", stack, (vpc, name), value, *gone)


def mutated(templates: tuple[Template, ...], mutation: Mutation) -> Iterator[Template]:
    for template in templates:
        if template.stack_name != mutation.stack:
            yield template
            continue
        body = copy.deepcopy(dict(template.body))
        target: Any = body["Resources"]
        *keys, last = mutation.path if len(mutation.path) == 1 else (mutation.path[0], "Properties", *mutation.path[1:])
        for key in keys:
            target = target[key]
        if isinstance(target, list):
            target[int(last)] = mutation.value
        elif mutation.value is None:
            del target[last]
        else:
            target[last] = mutation.value
        yield Template(
            template.name, body, stack_name=template.stack_name, account=template.account, region=template.region
        )


def test_reference_app_holds(reference: tuple[Template, ...]) -> None:
    found = links(reference)
    assert set(found) == {EC2, FARGATE}
    assert all(link.startswith("holds: ") for link in found.values()), found
    judgement = judge(reference)
    assert judgement.findings == ()
    links_ = {link.verdict.value for container in judgement.containers for link in container.links}
    assert links_ == {"holds", "not-applicable"}, judgement.containers
    assert {container.verdict for container in judgement.containers} == {"proven"}


def test_reference_app_breaks_where_a_part_is_missing(reference: tuple[Template, ...]) -> None:
    holds = links(reference)
    every = list(mutations(reference))
    assert len(every) >= 15
    for mutation in every:
        found = links(tuple(mutated(reference, mutation)))
        expected = {
            stack: holds[stack] if gone is None else f"broken: {gone}"
            for stack, gone in ((EC2, mutation.ec2), (FARGATE, mutation.fargate))
        }
        assert found == expected, mutation.title


def test_mutations_miss_nothing(reference: tuple[Template, ...]) -> None:
    """Every resource of the network is taken away, or something of it is, but those without which it is no template."""
    touched = {mutation.path[0] for mutation in mutations(reference)}
    named = {"Subnet", "RouteTable", "EIP", "InternetGateway", "LaunchTemplate", "FlowLog"}  # others refer to them
    missed = {
        name
        for template in reference
        for name, resource in template.resources.items()
        if resource.type.startswith("AWS::EC2::") and resource.type.rpartition("::")[2] not in named
    }
    assert missed - touched == set()


# CDK's own constructs with their defaults


def isolated(stack: cdk.Stack) -> ec2.Vpc:
    subnet = ec2.SubnetConfiguration(name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    return ec2.Vpc(stack, "Vpc", nat_gateways=0, subnet_configuration=[subnet])


def image(stack: cdk.Stack) -> ecs.ContainerImage:
    return ecs.ContainerImage.from_ecr_repository(ecr.Repository.from_repository_name(stack, "Repository", "app"), "1")


def fargate(stack: cdk.Stack, vpc: ec2.IVpc, **options: Any) -> None:
    cluster = ecs.Cluster(stack, "Cluster", vpc=vpc)
    task = ecs.FargateTaskDefinition(stack, "Task")
    task.add_container("web", image=image(stack))
    ecs.FargateService(stack, "Service", cluster=cluster, task_definition=task, **options)


def instances(stack: cdk.Stack, vpc: ec2.IVpc, **options: Any) -> None:
    cluster = ecs.Cluster(stack, "Cluster", vpc=vpc)
    cluster.add_capacity("Capacity", instance_type=ec2.InstanceType("t3.micro"), **options)
    task = ecs.Ec2TaskDefinition(stack, "Task")
    task.add_container("web", image=image(stack), memory_limit_mib=128)
    ecs.Ec2Service(stack, "Service", cluster=cluster, task_definition=task)


def pattern(stack: cdk.Stack, **options: Any) -> None:
    options_of_image = ecs_patterns.ApplicationLoadBalancedTaskImageOptions(image=image(stack))
    ecs_patterns.ApplicationLoadBalancedFargateService(
        stack, "Service", vpc=ec2.Vpc(stack, "Vpc"), task_image_options=options_of_image, **options
    )


def imported(stack: cdk.Stack) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id="vpc-1", availability_zones=["a"], private_subnet_ids=["subnet-1"]
    )


def imported_by_value(stack: cdk.Stack) -> ec2.IVpc:
    subnets = cdk.Fn.import_list_value("Subnets", 2)
    return ec2.Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id=cdk.Fn.import_value("Vpc"), availability_zones=["a", "b"], private_subnet_ids=subnets
    )


def with_endpoints(stack: cdk.Stack) -> ec2.Vpc:
    """CDK's endpoints by their convenience methods, which are open to the addresses of the VPC."""
    vpc = isolated(stack)
    services = ec2.InterfaceVpcEndpointAwsService
    for name, service in (("Api", services.ECR), ("Registry", services.ECR_DOCKER)):
        vpc.add_interface_endpoint(name, service=service)
    vpc.add_gateway_endpoint("Layers", service=ec2.GatewayVpcEndpointAwsService.S3)
    return vpc


PUBLIC = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)
NOTHING = "VPC Vpc8378EB38 has no such endpoint, and"
FROM_ISOLATED = "VpcIsolatedSubnet1SubnetE48C5737 and VpcIsolatedSubnet2Subnet16364B91"
FROM_PUBLIC = "VpcPublicSubnet1Subnet5C2D37C4 and VpcPublicSubnet2Subnet691E08A3"
BY_NAT = (
    "holds: from VpcPrivateSubnet1Subnet536B997A: {0} by NAT gateway VpcPublicSubnet1NATGateway4D7517AA; "
    "from VpcPrivateSubnet2Subnet3788AAA1: {0} by NAT gateway VpcPublicSubnet2NATGateway9182C01D"
)
PULL = "ecr.api, ecr.dkr and s3"
AGENT = "ecr.api, ecr.dkr, s3, ecs, ecs-agent and ecs-telemetry"

DEFAULTS: Mapping[str, tuple[Any, str]] = {
    "Fargate": (lambda stack: fargate(stack, ec2.Vpc(stack, "Vpc")), BY_NAT.format(PULL)),
    "Instances": (lambda stack: instances(stack, ec2.Vpc(stack, "Vpc")), BY_NAT.format(AGENT)),
    "FargateIsolated": (
        lambda stack: fargate(stack, isolated(stack), vpc_subnets=ec2.SubnetSelection(subnets=None)),
        f"broken: no way to {PULL} from {FROM_ISOLATED}: {NOTHING} no default route leads out",
    ),
    "InstancesIsolated": (
        lambda stack: instances(stack, isolated(stack)),
        f"broken: no way to {AGENT} from {FROM_ISOLATED}: {NOTHING} no default route leads out",
    ),
    "FargateWithEndpoints": (
        lambda stack: fargate(stack, with_endpoints(stack)),
        f"holds: from {FROM_ISOLATED}: ecr.api by endpoint VpcApi417B17E9, ecr.dkr by endpoint VpcRegistryB7645C36, "
        "s3 by gateway endpoint VpcLayersBC9CABD7",
    ),
    "FargatePublic": (
        lambda stack: fargate(stack, ec2.Vpc(stack, "Vpc"), assign_public_ip=True),
        f"holds: from {FROM_PUBLIC}: {PULL} by internet gateway VpcIGWD7BA715C",
    ),
    "FargatePublicWithoutAddress": (
        lambda stack: fargate(stack, ec2.Vpc(stack, "Vpc"), vpc_subnets=PUBLIC),
        f"broken: no way to {PULL} from {FROM_PUBLIC}: {NOTHING} internet gateway VpcIGWD7BA715C takes no traffic of "
        "tasks of ServiceD69D759B without a public address",
    ),
    "InstancesPublic": (
        lambda stack: instances(stack, ec2.Vpc(stack, "Vpc"), vpc_subnets=PUBLIC),
        f"holds: from {FROM_PUBLIC}: {AGENT} by internet gateway VpcIGWD7BA715C",
    ),
    "Pattern": (pattern, BY_NAT.format("ecr.api, ecr.dkr, s3 and logs")),
    "PatternPublic": (
        lambda stack: pattern(stack, assign_public_ip=True),
        f"holds: from {FROM_PUBLIC}: ecr.api, ecr.dkr, s3 and logs by internet gateway VpcIGWD7BA715C",
    ),
    "Imported": (
        lambda stack: fargate(stack, imported(stack)),
        f"unknown: cannot verify the way to {PULL} from subnet-1: it is not in the templates",
    ),
    "ImportedByValue": (
        lambda stack: fargate(stack, imported_by_value(stack)),
        f"unknown: cannot verify the way to {PULL} from ${{Fn::ImportValue Subnets}}: it is not in the templates",
    ),
}


@pytest.fixture(scope="module")
def defaults(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("defaults")
    app = cdk.App(outdir=str(folder))
    for name, (build, _) in DEFAULTS.items():
        build(cdk.Stack(app, name))
    app.synth()
    found: dict[str, str] = {}
    for template in load([folder]):
        found.update(links((template,)))
    return found


@pytest.mark.parametrize("name", DEFAULTS)
def test_defaults_of_cdk(defaults: dict[str, str], name: str) -> None:
    assert defaults[name] == DEFAULTS[name][1]
