"""The network link: from each pulling subnet to Amazon ECR, one changed thing a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.pull.facts import Policy
from tests.judging import where
from tests.pull.network.networks import (
    EC2,
    ENDPOINTS,
    INSTANCES,
    ISOLATED,
    NAT,
    OWN,
    PUBLIC,
    PUBLIC_SIDE,
    Resources,
    changed,
    endpoint,
    judged,
    one,
    ref,
    resource,
    route,
    subnet,
    template,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PARAMETERS = {"Free": {"Type": "String"}, "Frees": {"Type": "List<AWS::EC2::Subnet::Id>"}}

STUCK = ", and no default route leads out"
NOWHERE = f"VPC Vpc has no such endpoint{STUCK}"
NO_IN = "security group EndpointGroup lets no TCP 443 in from TaskGroup"
UNSURE_IN = "it is not known whether security group EndpointGroup lets TCP 443 in from TaskGroup"
UNSURE_OUT = "it is not known whether security group TaskGroup lets TCP 443 out to"
PULL = "ecr.api, ecr.dkr and s3"
REGISTRY = "ecr.api and ecr.dkr"
PULL_WINDOWS = "ecr.api, ecr.dkr, s3 and mcr.microsoft.com"
NOT_PUSHED = (
    f"whether all layers of the image of Windows have been pushed is not known, and no VPC endpoint leads there{STUCK}"
)
INTERFACED = "ecr.api, ecr.dkr, ecs, ecs-agent and ecs-telemetry"
UNNAMED = "AWS does not say which endpoints ECS Managed Instances need"
ALL = "ecr.api, ecr.dkr, s3, ecs, ecs-agent and ecs-telemetry"
BY_NAT = "holds: from Subnet: ecr.api, ecr.dkr and s3 by NAT gateway Nat"
BY_ENDPOINTS = (
    "holds: from Subnet: ecr.api by endpoint Api, ecr.dkr by endpoint Registry, s3 by gateway endpoint Layers"
)
BY_AGENT_ENDPOINTS = (
    f"{BY_ENDPOINTS}, ecs by endpoint Ecs, ecs-agent by endpoint Agent, ecs-telemetry by endpoint Telemetry"
)


def no(services: str, why: str, start: str = "Subnet") -> str:
    return f"broken: no way to {services} from {start}: {why}"


def no_exit(why: str, services: str = PULL, start: str = "Subnet") -> str:
    return no(services, f"VPC Vpc has no such endpoint, and {why}", start)


def unsure(services: str, why: str, start: str = "Subnet") -> str:
    return f"unknown: cannot verify the way to {services} from {start}: {why}"


def rerouted(what: str) -> str:
    return f"unknown: Group: user data {what}, which may lead its traffic another way than that of its subnet"


def unsure_exit(why: str, services: str = PULL) -> str:
    return unsure(services, f"VPC Vpc has no such endpoint, and {why}")


SVC = "Service.NetworkConfiguration.AwsvpcConfiguration."
C = "Task.ContainerDefinitions.0."
IMG = f"{C}Image"
RULE = "EndpointGroup.SecurityGroupIngress"
LT = "Launch.LaunchTemplateData"

TCP = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
LOGS = {"LogDriver": "awslogs", "Options": {"awslogs-region": ref("AWS::Region")}}
USER = {"Fn::Base64": {"Fn::Sub": "#!/bin/bash\necho ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config"}}
OPEN, CLOSED = {"Groups": [ref("TaskGroup")]}, {"Groups": [ref("EndpointGroup")]}
NO_FIRST = "which network interface of Group is the first one is not known"
CL: Resources = {
    "Cluster": resource("ECS::Cluster"),
    "Service": resource("ECS::Service", Cluster=ref("Cluster"), TaskDefinition=ref("Task"), LaunchType="EC2"),
    "Task": EC2["Task"],
}
ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
REFUSE = {**ALLOW, "Effect": "Deny"}
WRITES = {**ALLOW, "Action": ["logs:CreateLogStream", "logs:PutLogEvents"]}
LAYERS = {**ALLOW, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*"}


def group_rule(**peer: Any) -> Mapping[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **peer}


def egress(*rules: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"TaskGroup.SecurityGroupEgress": list(rules)}


def ingress(**peer: Any) -> Mapping[str, Any]:
    return {f"{RULE}.0": group_rule(**peer)}


def acl(name: str) -> Mapping[str, Any]:
    return {"Acl": resource("EC2::SubnetNetworkAclAssociation", SubnetId=ref(name), NetworkAclId="acl-1")}


TO_ENDPOINTS = group_rule(DestinationSecurityGroupId=ref("EndpointGroup"))


def restricted(group: Any) -> Mapping[str, Any]:
    """The resource by which the CDK empties a default security group."""
    token = {"Fn::GetAtt": ["Provider", "Arn"]}
    return {
        "Type": "Custom::VpcRestrictDefaultSG",
        "Properties": {"ServiceToken": token, "DefaultSecurityGroupId": group, "Account": ref("AWS::AccountId")},
    }


def out_of(group: Any, cidr: str) -> Mapping[str, Any]:
    return resource("EC2::SecurityGroupEgress", GroupId=group, **TCP, CidrIp=cidr)


def custom(given: Any) -> Mapping[str, Any]:
    """A custom resource that is given something, and may do anything with it."""
    token = "arn:aws:lambda:us-east-1:123456789012:function:f"
    return {"Type": "Custom::Own", "Properties": {"ServiceToken": token, "Id": given}}


def into(group: Any, **source: Any) -> Mapping[str, Any]:
    return resource("EC2::SecurityGroupIngress", GroupId=group, **TCP, **source)


def entry(egress: Any, ports: Any = None, action: Any = "allow", number: Any = 100, **properties: Any) -> Any:
    """A rule of the network ACL `Acl`: about all that there is, if no ports are given."""
    given: Resources = {"Protocol": -1} if ports is None else {"Protocol": 6, "PortRange": ports}
    if "Ipv6CidrBlock" not in properties:
        given["CidrBlock"] = "0.0.0.0/0"
    common = {"NetworkAclId": ref("Acl"), "Egress": egress, "RuleAction": action, "RuleNumber": number}
    return resource("EC2::NetworkAclEntry", **{**common, **given, **properties})


def image(name: str) -> str:
    return f"{{{{resolve:ssm:/aws/service/ecs/{name}/image_id}}}}"


def ports(first: Any, last: Any = None) -> Mapping[str, Any]:
    return {"From": first, "To": first if last is None else last}


def guarded(*entries: Any, subnets: Sequence[str] = ("Subnet",)) -> Resources:
    """A network ACL of some subnets."""
    return {
        "Acl": resource("EC2::NetworkAcl", VpcId=ref("Vpc")),
        **{
            f"{name}Acl": resource("EC2::SubnetNetworkAclAssociation", SubnetId=ref(name), NetworkAclId=ref("Acl"))
            for name in subnets
        },
        **{f"Entry{index}": body for index, body in enumerate(entries)},
    }


HTTPS, ANSWERS = ports(443), ports(1024, 65535)
OUT, IN = entry(True), entry(False)
DEFAULT = {"Fn::GetAtt": ["Vpc", "DefaultNetworkAcl"]}
DEFAULT_GROUP = {"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]}
IN_DEFAULT = "the default network ACL of VPC Vpc"
OTHER: Resources = {**subnet("Other", "10.0.9.0/24"), "Registry.SubnetIds": [ref("OtherSubnet")]}
"""The endpoint of the registry in another subnet than that of the tasks."""
TWINS: Resources = {**OTHER, "Registry.SubnetIds": [ref("Subnet"), ref("OtherSubnet")]}
"""The same endpoint in both."""
FIRST_ZONE = {"Fn::Select": ["0", {"Fn::GetAZs": ""}]}


def no_acl(what: str, title: str = "network ACL Acl") -> str:
    return f"{title} lets no TCP {what}"


def unsure_acl(what: str, title: str = "network ACL Acl") -> str:
    return f"it is not known whether {title} lets TCP {what}"


def blocks(mode: Any, **exclusions: Any) -> Resources:
    """Block public access, and what is left out of it."""
    return {
        "Block": resource("EC2::VPCBlockPublicAccessOptions", InternetGatewayBlockMode=mode),
        **{name: resource("EC2::VPCBlockPublicAccessExclusion", **body) for name, body in exclusions.items()},
    }


def excluded(mode: Any, **target: Any) -> Mapping[str, Any]:
    return {"InternetGatewayExclusionMode": mode, **target}


def beside(**properties: Any) -> Mapping[str, Any]:
    return {"Beside": resource("EC2::Route", RouteTableId=ref("Table"), **properties)}


def detour(table: str, destination: Any) -> dict[str, Any]:
    """A route through a firewall."""
    return route(table, DestinationCidrBlock=destination, VpcEndpointId="vpce-1")


def propagation() -> Mapping[str, Any]:
    return {"Propagation": resource("EC2::VPNGatewayRoutePropagation", RouteTableIds=[ref("Table")])}


def dhcp(options: Any) -> Mapping[str, Any]:
    return {"Dhcp": resource("EC2::VPCDHCPOptionsAssociation", VpcId=ref("Vpc"), DhcpOptionsId=options)}


def servers(name: str) -> Mapping[str, Any]:
    return {"Options": resource("EC2::DHCPOptions", DomainNameServers=[name]), **dhcp(ref("Options"))}


def zone(name: Any) -> Mapping[str, Any]:
    return {"Zone": resource("Route53::HostedZone", Name=name, VPCs=[{"VPCId": ref("Vpc")}])}


def namespace(name: Any) -> Resources:
    """A private namespace of AWS Cloud Map, which makes a private hosted zone of its name."""
    return {"Zone": resource("ServiceDiscovery::PrivateDnsNamespace", Name=name, Vpc=ref("Vpc"))}


def forward(**properties: Any) -> Mapping[str, Any]:
    """A rule for names that is associated with the VPC; the same without properties, where it is shared."""
    rule = {"Rule": resource("Route53Resolver::ResolverRule", RuleType="FORWARD", **properties)}
    association = {"ResolverRuleId": ref("Rule") if properties else "rslvr-rr-1", "VPCId": ref("Vpc")}
    return {
        **(rule if properties else {}),
        "Forward": resource("Route53Resolver::ResolverRuleAssociation", **association),
    }


def exempt(name: str) -> Mapping[str, Any]:
    """A rule that keeps other rules off a domain."""
    system = resource("Route53Resolver::ResolverRule", RuleType="SYSTEM", DomainName=name)
    association = {"ResolverRuleId": {"Fn::GetAtt": ["System", "ResolverRuleId"]}, "VPCId": ref("Vpc")}
    return {"System": system, "Exempt": resource("Route53Resolver::ResolverRuleAssociation", **association)}


def profile() -> Mapping[str, Any]:
    return {"Profile": resource("Route53Profiles::ProfileAssociation", ProfileId="rp-1", ResourceId=ref("Vpc"))}


def firewall(*actions: Any, group: Any = None) -> Mapping[str, Any]:
    """A DNS Firewall with rules."""
    rules = [{"Priority": n, "Action": action, "FirewallDomainListId": "l"} for n, action in enumerate(actions)]
    which = {"FirewallRuleGroupId": group or ref("Rules"), "VpcId": ref("Vpc")}
    return {
        "Rules": resource("Route53Resolver::FirewallRuleGroup", FirewallRules=rules),
        "Firewall": resource("Route53Resolver::FirewallRuleGroupAssociation", **which),
    }


def layers(**properties: Any) -> Mapping[str, Any]:
    """An S3 gateway endpoint beside others."""
    return {
        "Layers": resource(
            "EC2::VPCEndpoint",
            ServiceName={"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"},
            VpcId=ref("Vpc"),
            RouteTableIds=[ref("Table")],
            **properties,
        )
    }


def inbound(value: Any) -> Mapping[str, Any]:
    """Whose names an S3 interface endpoint takes."""
    return {"DnsOptions": {"PrivateDnsOnlyForInboundResolverEndpoint": value}}


def blocked(service: str, **properties: Any) -> Mapping[str, Any]:
    """An endpoint that lets nobody in."""
    group = resource("EC2::SecurityGroup", VpcId=ref("Vpc"))
    return {"EndpointGroup": group, "Blocked": endpoint(service, **properties)}


def cache(prefix: Any) -> Mapping[str, Any]:
    return {"Cache": resource("ECR::PullThroughCacheRule", EcrRepositoryPrefix=prefix)}


HUB = {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/hub/library/nginx:1"}
FETCHED = "the first pull through cache rule Cache needs a route to the internet"


def launch(**interface: Any) -> Mapping[str, Any]:
    return {LT: {"NetworkInterfaces": [{"Groups": [ref("TaskGroup")], **interface}]}}


def launches(*interfaces: Mapping[str, Any]) -> Mapping[str, Any]:
    """Instances with several network interfaces."""
    return {LT: {"NetworkInterfaces": [{"DeviceIndex": index, **each} for index, each in enumerate(interfaces)]}}


def script(*lines: str) -> Mapping[str, Any]:
    return {f"{LT}.UserData": {"Fn::Base64": "\n".join(["#!/bin/bash", *lines])}}


def host(**properties: Any) -> Mapping[str, Any]:
    """A single instance in place of a group."""
    return {**CL, "Host": resource("EC2::Instance", UserData=USER, **properties)}


def managed() -> Mapping[str, Any]:
    network = {"Subnets": [ref("Subnet")], "SecurityGroups": [ref("TaskGroup")]}
    provider = {"InstanceLaunchTemplate": {"NetworkConfiguration": network}}
    strategy = [{"CapacityProvider": ref("Provider"), "Weight": 1}]
    return {
        "Provider": resource("ECS::CapacityProvider", ManagedInstancesProvider=provider),
        "Service": resource(
            "ECS::Service",
            TaskDefinition=ref("Task"),
            CapacityProviderStrategy=strategy,
            NetworkConfiguration={"AwsvpcConfiguration": network},
        ),
    }


def new_group(creates: Any, allowed: Mapping[str, Any]) -> Mapping[str, Any]:
    """Logs in a group that may be new, and an endpoint that lets some actions through."""
    logs = {"LogDriver": "awslogs", "Options": {"awslogs-create-group": creates}}
    return {f"{C}LogConfiguration": logs, "Logs": endpoint("logs", PolicyDocument=policy(allowed))}


def connect(enabled: Any, driver: str) -> Mapping[str, Any]:
    """Service Connect with logs of its proxy."""
    return {"Service.ServiceConnectConfiguration": {"Enabled": enabled, "LogConfiguration": {"LogDriver": driver}}}


def files(value: Any) -> Mapping[str, Any]:
    return {f"{C}EnvironmentFiles": [{"Type": "s3", "Value": value}]}


def firelens(kind: str) -> Mapping[str, Any]:
    options = {"config-file-type": kind, "config-file-value": "arn:aws:s3:::app/a.conf"}
    return {f"{C}FirelensConfiguration": {"Type": "fluentbit", "Options": options}}


def runs(key: str = "AwsvpcConfiguration", definition: str = "TaskDefinitionArn") -> Mapping[str, Any]:
    """What runs the task on Fargate in the subnet."""
    network = {"Subnets": [ref("Subnet")], "SecurityGroups": [ref("TaskGroup")]}
    return {"LaunchType": "FARGATE", definition: ref("Task"), "NetworkConfiguration": {key: network}}


def state_machine(**network: Any) -> Mapping[str, Any]:
    """The resources of a state machine that runs the task on Fargate in the subnet."""
    arguments = {**runs(definition="TaskDefinition")}
    own = {**arguments["NetworkConfiguration"]["AwsvpcConfiguration"], **network}
    known = {key: value for key, value in own.items() if value is not None}
    run = {
        "Type": "Task",
        "Resource": "arn:aws:states:::ecs:runTask",
        "Parameters": {**arguments, "NetworkConfiguration": {"AwsvpcConfiguration": known}},
    }
    return {"Service": resource("StepFunctions::StateMachine", Definition={"States": {"Run": run}})}


def job(**network: Any) -> Mapping[str, Any]:
    """The resources of a job of AWS Batch on Fargate."""
    container = {"Image": OWN, "NetworkConfiguration": network}
    definition = resource("Batch::JobDefinition", PlatformCapabilities=["FARGATE"], ContainerProperties=container)
    return {"Service": None, "Task": definition}


WITH_LOGS = "ecr.api, ecr.dkr, s3 and logs"
QUEUE: Mapping[str, Any] = {
    "Queue": resource("Batch::JobQueue", ComputeEnvironmentOrder=[{"Order": 1, "ComputeEnvironment": ref("Compute")}]),
    "Compute": resource(
        "Batch::ComputeEnvironment",
        ComputeResources={"Type": "FARGATE", "Subnets": [ref("Subnet")], "SecurityGroupIds": [ref("TaskGroup")]},
    ),
}
"""The only queue of jobs, with its compute environment in the subnet."""

SUBMITTED: Mapping[str, Any] = {
    "Rule": resource("Events::Rule", Targets=[{"Arn": ref("Queue"), "BatchParameters": {"JobDefinition": ref("Task")}}])
}
"""What submits the job to the queue."""


def by_definition(**properties: Any) -> Mapping[str, Any]:
    return {
        "Service": None,
        "Express": resource("ECS::ExpressGatewayService", TaskDefinitionArn=ref("Task"), **properties),
    }


def express(**properties: Any) -> Mapping[str, Any]:
    return {
        "Service": None,
        "Task": resource("ECS::ExpressGatewayService", PrimaryContainer={"Image": OWN}, **properties),
    }


def secret(value: Any) -> Mapping[str, Any]:
    return {f"{C}Secrets": [{"Name": "S", "ValueFrom": value}]}


def only_if(key: str, value: Any, operator: str = "StringEquals") -> Mapping[str, Any]:
    """The policy of an endpoint that lets all through on a condition."""
    return policy({**ALLOW, "Condition": {operator: {key: value}}})


def unless(key: str, value: Any, operator: str = "StringNotEquals") -> Mapping[str, Any]:
    """The policy of an endpoint that refuses all on a condition."""
    return policy(ALLOW, {**ALLOW, "Effect": "Deny", "Condition": {operator: {key: value}}})


def policy(*statements: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


WINDOWS = {"Task.RuntimePlatform": {"OperatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}}
WINDOWS_IMAGE = (
    "{{resolve:ssm:/aws/service/ami-windows-latest/Windows_Server-2022-English-Core-ECS_Optimized/image_id}}"
)

ELSEWHERE = f"{NOWHERE}, but route Hub may lead to endpoints in another network"


def hub(destination: str = "10.0.0.0/8", **target: Any) -> Mapping[str, Any]:
    """A route that is no default one."""
    return {"Hub": route("Table", DestinationCidrBlock=destination, **target)}


HUBS = [
    pytest.param(ISOLATED, hub(TransitGatewayId="tgw-1"), unsure(PULL, ELSEWHERE), id="to a transit gateway"),
    pytest.param(ISOLATED, hub(VpcPeeringConnectionId="pcx-1"), unsure(PULL, ELSEWHERE), id="to a peering connection"),
    pytest.param(
        ISOLATED,
        {"Vgw": resource("EC2::VPNGateway"), **hub(GatewayId=ref("Vgw"))},
        unsure(PULL, ELSEWHERE),
        id="to a virtual private gateway",
    ),
    pytest.param(ISOLATED, hub(NetworkInterfaceId="eni-1"), unsure(PULL, ELSEWHERE), id="to an appliance"),
    pytest.param(
        ISOLATED,
        hub("10.0.0.0/24", NetworkInterfaceId="eni-1"),
        no(PULL, NOWHERE),
        id="to an appliance, within the VPC",
    ),
    pytest.param(ISOLATED, hub("10.0.0.0/24", GatewayId="local"), no(PULL, NOWHERE), id="local"),
    pytest.param(
        {**ISOLATED, **PUBLIC_SIDE},
        hub("192.0.2.0/24", GatewayId=ref("Igw")),
        unsure_exit("Hub may lead elsewhere from route table Table"),
        id="to the internet, a part",
    ),
    pytest.param(
        ISOLATED,
        {
            "Hub": resource(
                "EC2::Route", RouteTableId=ref("Table"), DestinationIpv6CidrBlock="fc00::/7", TransitGatewayId="tgw-1"
            )
        },
        no(PULL, NOWHERE),
        id="to a transit gateway, over IPv6",
    ),
    pytest.param(
        {**ISOLATED, **subnet("Other", "10.0.8.0/24")},
        {"Hub": route("OtherTable", DestinationCidrBlock="10.0.0.0/8", TransitGatewayId="tgw-1")},
        no(PULL, NOWHERE),
        id="of another table",
    ),
    pytest.param(
        {**ENDPOINTS, **hub(TransitGatewayId="tgw-1")},
        {"Registry": None},
        unsure("ecr.dkr", ELSEWHERE),
        id="beside some endpoints",
    ),
    pytest.param({**ENDPOINTS, **hub(TransitGatewayId="tgw-1")}, {}, BY_ENDPOINTS, id="beside all endpoints"),
    pytest.param(
        {**ISOLATED, **hub(TransitGatewayId="tgw-1")},
        {IMG: "123456789012.dkr.ecr.us-west-2.amazonaws.com/app:1"},
        unsure(
            PULL,
            "VPC endpoints do not lead to region us-west-2, and no default route leads out, "
            "but route Hub may lead to endpoints in another network",
        ),
        id="for a registry of another region",
    ),
    pytest.param(ISOLATED, hub(GatewayId="vgw-1"), unsure(PULL, ELSEWHERE), id="to a gateway that is imported"),
    pytest.param(ISOLATED, hub(GatewayId=ref("Free")), unsure(PULL, ELSEWHERE), id="to a gateway that is not known"),
    pytest.param(ISOLATED, hub(GatewayId="igw-1"), no(PULL, NOWHERE), id="to an internet gateway that is imported"),
]
"""Routes to other networks, where endpoints for several VPCs can be, beside an isolated subnet."""

ROUTES = [
    pytest.param(
        PUBLIC,
        {SVC + "AssignPublicIp": "ENABLED"},
        "holds: from Subnet: ecr.api, ecr.dkr and s3 by internet gateway Igw",
        id="public address",
    ),
    pytest.param(
        PUBLIC,
        {SVC + "AssignPublicIp": None},
        no_exit("internet gateway Igw takes no traffic of tasks of Service without a public address"),
        id="address absent",
    ),
    pytest.param(
        PUBLIC,
        {SVC + "AssignPublicIp": {"Ref": "Free"}},
        unsure_exit("it is not known whether a public address is given to tasks of Service"),
        id="address parameter",
    ),
    pytest.param(
        PUBLIC,
        {SVC + "AssignPublicIp": "ENABLED", "Attachment": None},
        no_exit("internet gateway Igw is not attached to VPC Vpc"),
        id="internet gateway, not attached",
    ),
    pytest.param(
        PUBLIC,
        {SVC + "AssignPublicIp": "ENABLED", "Other": resource("EC2::VPC"), "Attachment.VpcId": ref("Other")},
        no_exit("internet gateway Igw is not attached to VPC Vpc"),
        id="internet gateway, attached to another VPC",
    ),
    pytest.param(
        PUBLIC,
        {SVC + "AssignPublicIp": "ENABLED", "Attachment.VpcId": ref("Free")},
        unsure_exit("it is not known whether internet gateway Igw is attached to VPC Vpc"),
        id="internet gateway, attachment unknown",
    ),
    pytest.param(
        PUBLIC,
        {SVC + "AssignPublicIp": "ENABLED", "Route.GatewayId": "igw-123"},
        unsure_exit("gateway igw-123 is not in the templates"),
        id="imported internet gateway",
    ),
    pytest.param(
        PUBLIC,
        {"Vgw": resource("EC2::VPNGateway"), "Route.GatewayId": ref("Vgw")},
        unsure_exit("virtual private gateway Vgw leads on"),
        id="virtual private gateway",
    ),
    pytest.param(NAT, {"Route": None}, no(PULL, NOWHERE), id="NAT, no route"),
    pytest.param(
        NAT,
        {"PublicRoute": None},
        no_exit("NAT gateway Nat is in subnet PublicSubnet, where no default route leads out"),
        id="NAT, its subnet without a route",
    ),
    pytest.param(
        NAT,
        {"PublicAssociation": None},
        no_exit(
            "NAT gateway Nat is in subnet PublicSubnet, "
            "where no route table is associated, and the main one has no default route"
        ),
        id="NAT, its subnet without association",
    ),
    pytest.param(
        NAT,
        {"Attachment": None},
        no_exit("NAT gateway Nat is in subnet PublicSubnet, where internet gateway Igw is not attached to VPC Vpc"),
        id="NAT, its gateway not attached",
    ),
    pytest.param(
        NAT,
        {"Nat.ConnectivityType": "private"},
        no_exit("ConnectivityType of NAT gateway Nat is private"),
        id="NAT private",
    ),
    pytest.param(
        NAT,
        {"Nat.ConnectivityType": ref("Free")},
        unsure_exit("ConnectivityType of NAT gateway Nat is ${Free}"),
        id="NAT type unknown",
    ),
    pytest.param(
        NAT,
        {"Nat.AvailabilityMode": "regional", "Nat.SubnetId": None, "Nat.VpcId": ref("Vpc")},
        unsure_exit("NAT gateway Nat is not of one Availability Zone"),
        id="NAT regional",
    ),
    pytest.param(
        NAT,
        {"Nat.SubnetId": ref("Free")},
        unsure_exit("the subnet of NAT gateway Nat is not in the templates"),
        id="NAT subnet imported",
    ),
    pytest.param(
        NAT,
        {"Route.NatGatewayId": "nat-123"},
        unsure_exit("NAT gateway nat-123 is not in the templates"),
        id="NAT imported",
    ),
    pytest.param(
        NAT,
        {"Nat.SubnetId": ref("Subnet")},
        no_exit("NAT gateway Nat is in a subnet whose default route leads to itself"),
        id="NAT in its own subnet",
    ),
    pytest.param(
        NAT,
        {
            "Nat2": resource("EC2::NatGateway", SubnetId=ref("Subnet"), AllocationId="eipalloc-2"),
            "PublicRoute": route("PublicTable", NatGatewayId=ref("Nat2")),
        },
        no_exit(
            "NAT gateway Nat is in subnet PublicSubnet, "
            "where NAT gateway Nat2 is in a subnet whose default route leads to itself"
        ),
        id="two NATs in a circle",
    ),
    pytest.param(
        NAT,
        {
            **subnet("Third", "10.0.2.0/24"),
            "ThirdRoute": route("ThirdTable", NatGatewayId=ref("Nat")),
            "Nat2": resource("EC2::NatGateway", SubnetId=ref("ThirdSubnet"), AllocationId="eipalloc-2"),
            "Route.NatGatewayId": ref("Nat2"),
        },
        unsure_exit("NAT gateway Nat2 is in subnet ThirdSubnet, where traffic goes through NAT gateway Nat"),
        id="NAT behind NAT",
    ),
    pytest.param(
        NAT,
        {"PublicSubnet.VpcId": ref("Free")},
        unsure_exit("NAT gateway Nat is in subnet PublicSubnet, where VPC ${Free} is not in the templates"),
        id="NAT subnet in imported VPC",
    ),
    pytest.param(
        NAT,
        acl("PublicSubnet"),
        unsure_exit("network ACL acl-1 is not in the templates"),
        id="NAT subnet with imported ACL",
    ),
    pytest.param(
        NAT,
        {"Route.NatGatewayId": None, "Route.TransitGatewayId": {"Ref": "Free"}},
        unsure_exit("route Route leads to a transit gateway"),
        id="route to TransitGatewayId",
    ),
    pytest.param(
        NAT,
        {"Route.NatGatewayId": None, "Route.VpcPeeringConnectionId": {"Ref": "Free"}},
        unsure_exit("route Route leads to a peering connection"),
        id="route to VpcPeeringConnectionId",
    ),
    pytest.param(
        NAT,
        {"Route.NatGatewayId": None, "Route.InstanceId": {"Ref": "Free"}},
        unsure_exit("route Route leads to an instance"),
        id="route to InstanceId",
    ),
    pytest.param(
        NAT,
        {"Route.NatGatewayId": None, "Route.NetworkInterfaceId": {"Ref": "Free"}},
        unsure_exit("route Route leads to a network interface"),
        id="route to NetworkInterfaceId",
    ),
    pytest.param(
        NAT,
        {"Route.NatGatewayId": None, "Route.VpcEndpointId": {"Ref": "Free"}},
        unsure_exit("route Route leads to a VPC endpoint"),
        id="route to VpcEndpointId",
    ),
    pytest.param(
        NAT,
        {"Route.NatGatewayId": None, "Route.LocalGatewayId": {"Ref": "Free"}},
        unsure_exit("route Route leads to a local gateway"),
        id="route to LocalGatewayId",
    ),
    pytest.param(
        NAT,
        {"Route.NatGatewayId": None, "Route.CarrierGatewayId": {"Ref": "Free"}},
        unsure_exit("route Route leads to a carrier gateway"),
        id="route to CarrierGatewayId",
    ),
    pytest.param(
        NAT,
        {"Route.NatGatewayId": None, "Route.CoreNetworkArn": {"Ref": "Free"}},
        unsure_exit("route Route leads to a core network"),
        id="route to CoreNetworkArn",
    ),
    pytest.param(
        NAT,
        {"Route.NatGatewayId": None},
        unsure_exit("route Route has no target in the templates"),
        id="route without target",
    ),
    pytest.param(
        NAT,
        {"Association": None},
        no_exit("no route table is associated, and the main one has no default route"),
        id="no association",
    ),
    pytest.param(
        NAT,
        {"Association": None, "Stray": route("Free", NatGatewayId=ref("Nat"))},
        unsure_exit("route Stray may be of the main route table"),
        id="no association, a route to an unknown table",
    ),
    pytest.param(
        NAT,
        {
            "Association": None,
            "Stray": resource(
                "EC2::Route", RouteTableId=ref("Free"), DestinationCidrBlock="10.0.0.0/8", NatGatewayId=ref("Nat")
            ),
        },
        no_exit("no route table is associated, and the main one has no default route"),
        id="no association, stray private route",
    ),
    pytest.param(
        NAT,
        {"Association.SubnetId": ref("Free")},
        unsure_exit("Association may give it a route table"),
        id="association of unknown subnet",
    ),
    pytest.param(
        NAT,
        {"Association.RouteTableId": ref("Free")},
        unsure_exit("route table ${Free} is not in the templates"),
        id="imported route table",
    ),
    pytest.param(
        NAT,
        {"Route.RouteTableId": ref("Free")},
        unsure_exit("Route may lead elsewhere from route table Table"),
        id="route of unknown table",
    ),
    pytest.param(
        NAT,
        beside(DestinationCidrBlock="10.1.0.0/16", VpcPeeringConnectionId="pcx-1"),
        BY_NAT,
        id="private route beside",
    ),
    pytest.param(
        NAT,
        beside(DestinationCidrBlock="52.0.0.0/8", VpcPeeringConnectionId="pcx-1"),
        unsure_exit("Beside may lead elsewhere from route table Table"),
        id="public route beside",
    ),
    pytest.param(
        NAT,
        beside(DestinationPrefixListId="pl-1", TransitGatewayId="tgw-1"),
        unsure_exit("Beside may lead elsewhere from route table Table"),
        id="prefix list route beside",
    ),
    pytest.param(
        NAT,
        beside(DestinationCidrBlock="0.0.0.0/0", TransitGatewayId="tgw-1"),
        unsure_exit("Beside may lead elsewhere from route table Table"),
        id="second default route",
    ),
    pytest.param(
        NAT,
        beside(DestinationCidrBlock="10.0.1.0/24", NetworkInterfaceId="eni-1"),
        BY_NAT,
        id="route within the VPC before NAT",
    ),
    pytest.param(
        NAT,
        {"Back": detour("PublicTable", "10.0.0.0/24")},
        unsure_exit("route Back may lead elsewhere what goes from PublicSubnet to Subnet"),
        id="route within the VPC back from NAT",
    ),
    pytest.param(NAT, {"Back": detour("PublicTable", "10.0.9.0/24")}, BY_NAT, id="route to another subnet"),
    pytest.param(NAT, {"Back": detour("PublicTable", "10.0.0.0/8")}, BY_NAT, id="route wider than the VPC"),
    pytest.param(
        NAT,
        {"Back": detour("PublicTable", "10.0.0.0/17"), "Vpc.CidrBlock": ref("Free"), "Subnet.CidrBlock": ref("Free")},
        unsure_exit("route Back may lead elsewhere what goes from PublicSubnet to Subnet"),
        id="route within a VPC of unknown addresses",
    ),
    pytest.param(
        NAT,
        {"Back": detour("PublicTable", "10.0.0.0/16"), "Vpc.CidrBlock": ref("Free"), "Subnet.CidrBlock": ref("Free")},
        BY_NAT,
        id="route as wide as any VPC",
    ),
    pytest.param(
        NAT,
        {"Back": detour("PublicTable", ref("Free"))},
        unsure_exit(
            "NAT gateway Nat is in subnet PublicSubnet, where Back may lead elsewhere from route table PublicTable"
        ),
        id="route to unknown addresses back from NAT",
    ),
    pytest.param(
        NAT,
        {
            "OtherTable": resource("EC2::RouteTable", VpcId=ref("Vpc")),
            "Second": resource(
                "EC2::SubnetRouteTableAssociation", SubnetId=ref("Subnet"), RouteTableId=ref("OtherTable")
            ),
        },
        unsure_exit("Association and Second give it route tables, and it has but one"),
        id="second association",
    ),
    pytest.param(
        NAT,
        {"Route.DestinationCidrBlock": ref("Free")},
        unsure_exit("Route may lead elsewhere from route table Table"),
        id="destination unknown",
    ),
    pytest.param(
        NAT,
        {"Route.DestinationCidrBlock": "everywhere"},
        unsure_exit("Route may lead elsewhere from route table Table"),
        id="destination nonsense",
    ),
    pytest.param(
        NAT,
        {"Route.DestinationCidrBlock": "0.0.0.0/1"},
        unsure_exit("Route may lead elsewhere from route table Table"),
        id="half routes",
    ),
    pytest.param(
        NAT, propagation(), unsure_exit("Propagation may lead elsewhere from route table Table"), id="propagation"
    ),
    pytest.param(
        NAT,
        {"Route": None, **propagation()},
        unsure_exit("Propagation may lead elsewhere from route table Table"),
        id="propagation, no default",
    ),
    pytest.param(
        NAT,
        {"Route.DestinationCidrBlock": None, "Route.DestinationIpv6CidrBlock": "::/0"},
        no(PULL, NOWHERE),
        id="ipv6 route only",
    ),
    pytest.param(
        NAT,
        {
            "Subnet.EnableDns64": True,
            "Route.DestinationCidrBlock": None,
            "Route.DestinationIpv6CidrBlock": "64:ff9b::/96",
        },
        unsure_exit("no default route leads out, but DNS64 of Subnet may make a way"),
        id="DNS64 and NAT64",
    ),
    pytest.param(NAT, acl("Subnet"), unsure_exit("network ACL acl-1 is not in the templates"), id="imported ACL"),
    pytest.param(
        NAT,
        egress(group_rule(CidrIp="10.0.0.0/16")),
        no_exit("security group TaskGroup lets no TCP 443 out to the internet"),
        id="egress elsewhere",
    ),
    pytest.param(
        NAT,
        egress(group_rule(DestinationPrefixListId="pl-1")),
        unsure_exit("it is not known whether security group TaskGroup lets TCP 443 out to the internet"),
        id="egress to prefix list",
    ),
    pytest.param(
        NAT,
        egress(group_rule(CidrIp="52.0.0.0/8")),
        unsure_exit("it is not known whether security group TaskGroup lets TCP 443 out to the internet"),
        id="egress public range",
    ),
    pytest.param(
        NAT,
        egress(group_rule(CidrIpv6="::/0")),
        no_exit("security group TaskGroup lets no TCP 443 out to the internet"),
        id="egress ipv6 only",
    ),
    pytest.param(
        NAT,
        egress(group_rule(DestinationSecurityGroupId=ref("TaskGroup"))),
        no_exit("security group TaskGroup lets no TCP 443 out to the internet"),
        id="egress to group",
    ),
    pytest.param(
        NAT,
        egress({"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0"}),
        no_exit("security group TaskGroup lets no TCP 443 out to the internet"),
        id="egress other port",
    ),
    pytest.param(NAT, {"TaskGroup.SecurityGroupEgress": None}, BY_NAT, id="egress default"),
    pytest.param(
        NAT,
        egress(),
        unsure_exit("it is not known whether security group TaskGroup lets TCP 443 out to the internet"),
        id="egress empty",
    ),
    pytest.param(
        NAT,
        {"TaskGroup.SecurityGroupEgress": ref("Free")},
        unsure_exit("it is not known whether security group TaskGroup lets TCP 443 out to the internet"),
        id="egress parameter",
    ),
    pytest.param(
        NAT,
        {
            "TaskGroup.SecurityGroupEgress": None,
            "Out": resource("EC2::SecurityGroupEgress", GroupId=ref("TaskGroup"), **TCP, CidrIp="10.0.0.0/16"),
        },
        no_exit("security group TaskGroup lets no TCP 443 out to the internet"),
        id="egress apart takes default away",
    ),
    pytest.param(
        NAT,
        {
            "TaskGroup.SecurityGroupEgress": None,
            "Out": resource(
                "EC2::SecurityGroupEgress", GroupId={"Fn::GetAtt": ["TaskGroup", "GroupId"]}, **TCP, CidrIp="0.0.0.0/0"
            ),
        },
        BY_NAT,
        id="egress apart",
    ),
    pytest.param(
        NAT,
        {
            "TaskGroup.SecurityGroupEgress": [group_rule(CidrIp="10.0.0.0/16")],
            "Out": resource("EC2::SecurityGroupEgress", GroupId=ref("Free"), **TCP, CidrIp="0.0.0.0/0"),
        },
        unsure_exit("it is not known whether security group TaskGroup lets TCP 443 out to the internet"),
        id="egress apart, perhaps",
    ),
    pytest.param(
        NAT,
        {SVC + "SecurityGroups": None},
        BY_NAT,
        id="default group by no security groups",
    ),
    pytest.param(NAT, {SVC + "SecurityGroups": []}, BY_NAT, id="default group by an empty list"),
    pytest.param(NAT, {SVC + "SecurityGroups": [DEFAULT_GROUP]}, BY_NAT, id="default group by its attribute"),
    pytest.param(
        NAT,
        {SVC + "SecurityGroups": None, "Closed": restricted(DEFAULT_GROUP)},
        no_exit("security group Vpc.DefaultSecurityGroup lets no TCP 443 out to the internet"),
        id="default group, emptied by the CDK",
    ),
    pytest.param(
        NAT,
        {SVC + "SecurityGroups": None, "Closed": restricted("sg-1")},
        BY_NAT,
        id="default group, and another one emptied",
    ),
    pytest.param(
        NAT,
        {SVC + "SecurityGroups": None, "Closed": restricted(DEFAULT_GROUP), "Out": out_of(DEFAULT_GROUP, "0.0.0.0/0")},
        BY_NAT,
        id="default group, emptied and opened for one port",
    ),
    pytest.param(
        NAT,
        {
            SVC + "SecurityGroups": None,
            "Closed": restricted(DEFAULT_GROUP),
            "Out": resource("EC2::SecurityGroupEgress", GroupId=DEFAULT_GROUP, IpProtocol="-1", CidrIp="0.0.0.0/0"),
        },
        unsure_exit("it is not known whether security group Vpc.DefaultSecurityGroup lets TCP 443 out to the internet"),
        id="default group, its first rule taken away and made",
    ),
    pytest.param(
        NAT,
        {SVC + "SecurityGroups": None, "Out": out_of(DEFAULT_GROUP, "0.0.0.0/0")},
        BY_NAT,
        id="default group with a rule of its own",
    ),
    pytest.param(
        NAT,
        {SVC + "SecurityGroups": None, "Out": out_of(DEFAULT_GROUP, "10.0.0.0/8")},
        unsure_exit("it is not known whether security group Vpc.DefaultSecurityGroup lets TCP 443 out to the internet"),
        id="default group with a narrow rule beside its first one, or in place of it",
    ),
    pytest.param(
        NAT,
        {
            SVC + "SecurityGroups": None,
            "Own": custom(ref("Vpc")),
        },
        unsure_exit("it is not known whether security group Vpc.DefaultSecurityGroup lets TCP 443 out to the internet"),
        id="default group that a custom resource may change",
    ),
    pytest.param(
        NAT,
        {SVC + "SecurityGroups": ["sg-1"]},
        unsure_exit("it is not known whether security group sg-1 lets TCP 443 out to the internet"),
        id="imported security group",
    ),
    pytest.param(
        NAT, {SVC + "SecurityGroups": ["sg-1", ref("TaskGroup")]}, BY_NAT, id="imported security group beside"
    ),
    pytest.param(NAT, {"Vpc.EnableDnsSupport": False}, no_exit("EnableDnsSupport of VPC Vpc is false"), id="dns off"),
    pytest.param(NAT, {"Vpc.EnableDnsHostnames": False}, BY_NAT, id="dns host names off"),
    pytest.param(
        NAT,
        {"Vpc.EnableDnsSupport": ref("Free")},
        unsure_exit("EnableDnsSupport of VPC Vpc is ${Free}"),
        id="dns unknown",
    ),
]
"""Where default routes lead, and who may follow them."""

OUTSIDE = [
    pytest.param(
        NAT,
        {SVC + "Subnets": ["subnet-1", ref("Subnet")]},
        unsure(PULL, "it is not in the templates", start="subnet-1"),
        id="subnet imported",
    ),
    pytest.param(
        NAT,
        {SVC + "Subnets": ref("Frees")},
        unsure(PULL, "it is not in the templates", start="${Frees}"),
        id="subnet list imported",
    ),
    pytest.param(
        NAT,
        {SVC + "Subnets": {"Fn::Split": [",", {"Fn::ImportValue": "Subnets"}]}},
        unsure(PULL, "it is not in the templates", start="${Fn::ImportValue Subnets}"),
        id="subnets imported by one text",
    ),
    pytest.param(
        NAT,
        {SVC + "Subnets": {"Fn::Join": [", ", [ref("Subnet"), ref("PublicSubnet")]]}},
        no_exit(
            "internet gateway Igw takes no traffic of tasks of Service without a public address", start="PublicSubnet"
        ),
        id="subnets joined",
    ),
    pytest.param(
        NAT,
        {SVC + "Subnets": None},
        "unknown: the subnets of tasks of Service are not in the templates",
        id="no subnets",
    ),
    pytest.param(
        NAT,
        {"Service.NetworkConfiguration": None},
        "unknown: the subnets of tasks of Service are not in the templates",
        id="no network configuration",
    ),
    pytest.param(
        NAT, {"Subnet.VpcId": ref("Free")}, unsure(PULL, "its VPC ${Free} is not in the templates"), id="VPC imported"
    ),
    pytest.param(NAT, {SVC + "Subnets": [{"Fn::GetAtt": ["Subnet", "SubnetId"]}]}, BY_NAT, id="subnet by attribute"),
    pytest.param(
        NAT,
        {SVC + "Subnets": [{"Fn::GetAtt": ["Subnet", "AvailabilityZone"]}]},
        unsure(PULL, "it is not in the templates", start="${Subnet.AvailabilityZone}"),
        id="subnet nonsense",
    ),
    pytest.param(
        NAT,
        {SVC + "Subnets": [{"a": "b"}]},
        unsure(PULL, "it is not in the templates", start="${a value that is no ID}"),
        id="subnet object",
    ),
]
"""What the templates do not hold."""

INTERFACES = [
    pytest.param(ENDPOINTS, {"Api": None}, no("ecr.api", NOWHERE), id="no Api"),
    pytest.param(ENDPOINTS, {"Registry": None}, no("ecr.dkr", NOWHERE), id="no Registry"),
    pytest.param(ENDPOINTS, {"Layers": None}, no("s3", NOWHERE), id="no Layers"),
    pytest.param(
        ENDPOINTS,
        {"Registry.PrivateDnsEnabled": False},
        no("ecr.dkr", f"private DNS of endpoint Registry is off{STUCK}"),
        id="private DNS off",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.PrivateDnsEnabled": None},
        no("ecr.dkr", f"private DNS of endpoint Registry is off{STUCK}"),
        id="private DNS absent",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.PrivateDnsEnabled": ref("Free")},
        unsure("ecr.dkr", "Registry may lead there from VPC Vpc"),
        id="private DNS unknown",
    ),
    pytest.param(
        ENDPOINTS,
        {"Other": resource("EC2::VPC"), "Registry.VpcId": ref("Other")},
        no("ecr.dkr", NOWHERE),
        id="other VPC",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.VpcId": ref("Free")},
        unsure("ecr.dkr", "Registry may lead there from VPC Vpc"),
        id="VPC unknown",
    ),
    pytest.param(ENDPOINTS, {"Registry.VpcId": {"Fn::GetAtt": ["Vpc", "VpcId"]}}, BY_ENDPOINTS, id="VPC by attribute"),
    pytest.param(
        ENDPOINTS,
        {"Registry.VpcEndpointType": None},
        no("ecr.dkr", f"endpoint Registry is of type Gateway{STUCK}"),
        id="type absent",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.VpcEndpointType": ref("Free")},
        unsure("ecr.dkr", "Registry may lead there from VPC Vpc"),
        id="type unknown",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.ServiceName": ref("Free")},
        unsure("ecr.dkr", "Registry may lead there from VPC Vpc"),
        id="service unknown",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.${Free}.dkr"}},
        unsure("ecr.dkr", "Registry may lead there from VPC Vpc"),
        id="service partly unknown",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.${Free}.api"}},
        no("ecr.dkr", NOWHERE),
        id="service partly other",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.ServiceName": {"Fn::Sub": "cn.com.amazonaws.${AWS::Region}.ecr.dkr"}},
        BY_ENDPOINTS,
        id="service China",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.ServiceName": ["com.amazonaws.us-east-1.ecr.dkr", "x"]},
        unsure("ecr.dkr", "Registry may lead there from VPC Vpc"),
        id="service list",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.SubnetIds": None},
        unsure("ecr.dkr", "the subnets of endpoint Registry are not in the templates"),
        id="no subnets",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.SubnetIds": [ref("Subnet"), "subnet-1"]},
        unsure("ecr.dkr", "the subnets of endpoint Registry are not in the templates"),
        id="subnets imported",
    ),
    pytest.param(
        ENDPOINTS,
        {**subnet("Other", "10.0.9.0/24"), "Registry.SubnetIds": [ref("OtherSubnet")]},
        BY_ENDPOINTS,
        id="other subnet of the VPC",
    ),
    pytest.param(
        ENDPOINTS,
        {**OTHER, "There": detour("Table", "10.0.9.0/24")},
        unsure("ecr.dkr", "route There may lead elsewhere what goes from Subnet to OtherSubnet"),
        id="other subnet of the VPC, a route of its own there",
    ),
    pytest.param(
        ENDPOINTS,
        {**OTHER, "Back": detour("OtherTable", "10.0.0.0/24")},
        unsure("ecr.dkr", "route Back may lead elsewhere what goes from OtherSubnet to Subnet"),
        id="other subnet of the VPC, a route of its own back",
    ),
    pytest.param(
        ENDPOINTS,
        {**OTHER, "There": detour("Table", ref("Free"))},
        f"{unsure('ecr.dkr', 'route There may lead elsewhere what goes from Subnet to OtherSubnet')}; "
        "cannot verify the way to s3 from Subnet: There may lead elsewhere from route table Table",
        id="other subnet of the VPC, a route to unknown addresses",
    ),
    pytest.param(
        ENDPOINTS,
        {"There": detour("Table", "10.0.0.0/24")},
        BY_ENDPOINTS,
        id="same subnet, a route to it",
    ),
    pytest.param(
        ENDPOINTS,
        {**TWINS, "Subnet.AvailabilityZone": "us-east-1a", "OtherSubnet.AvailabilityZone": "us-east-1a"},
        unsure("ecr.dkr", "endpoint Registry has Subnet and OtherSubnet, which are of one Availability Zone"),
        id="two subnets of one zone",
    ),
    pytest.param(
        ENDPOINTS,
        {**TWINS, "Subnet.AvailabilityZone": FIRST_ZONE, "OtherSubnet.AvailabilityZone": FIRST_ZONE},
        unsure("ecr.dkr", "endpoint Registry has Subnet and OtherSubnet, which are of one Availability Zone"),
        id="two subnets of one zone by its number",
    ),
    pytest.param(
        ENDPOINTS,
        {**TWINS, "Subnet.AvailabilityZone": "us-east-1a", "OtherSubnet.AvailabilityZone": "us-east-1b"},
        BY_ENDPOINTS,
        id="two subnets of two zones",
    ),
    pytest.param(
        ENDPOINTS,
        {"Second": endpoint("ecr.dkr")},
        unsure("ecr.dkr", "Registry and Second can't have the same private DNS names in one VPC"),
        id="two with private names",
    ),
    pytest.param(
        ENDPOINTS,
        {"Second": endpoint("ecr.dkr", PrivateDnsEnabled=False)},
        BY_ENDPOINTS,
        id="two, one with private names",
    ),
    pytest.param(
        ENDPOINTS,
        {**subnet("Other", "10.0.9.0/24"), "Registry.SubnetIds": [ref("OtherSubnet")], **acl("OtherSubnet")},
        unsure("ecr.dkr", "network ACL acl-1 is not in the templates"),
        id="other subnet with imported ACL",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.SecurityGroupIds": None},
        no("ecr.dkr", "security group Vpc.DefaultSecurityGroup lets no TCP 443 in from TaskGroup"),
        id="default group of an endpoint lets in nobody else",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.SecurityGroupIds": None, SVC + "SecurityGroups": [ref("TaskGroup"), DEFAULT_GROUP]},
        BY_ENDPOINTS,
        id="default group of an endpoint and of tasks",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.SecurityGroupIds": None, "In": into(DEFAULT_GROUP, SourceSecurityGroupId=ref("TaskGroup"))},
        BY_ENDPOINTS,
        id="default group of an endpoint, opened for tasks",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.SecurityGroupIds": None, "Registry.VpcId": "vpc-1", "Registry.SubnetIds": ["subnet-1"]},
        unsure("ecr.dkr", "Registry may lead there from VPC Vpc"),
        id="default group of an imported VPC's endpoint",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.SecurityGroupIds": ["sg-1"]},
        unsure("ecr.dkr", "it is not known whether security group sg-1 lets TCP 443 in from TaskGroup"),
        id="imported group",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.ServiceRegion": "us-west-2"},
        unsure("ecr.dkr", "Registry may be for another region"),
        id="another region",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.ServiceName": "com.amazonaws.us-west-2.ecr.dkr"},
        unsure("ecr.dkr", "Registry may be for another region"),
        id="another region in its name",
    ),
    pytest.param(
        ENDPOINTS,
        {"Vpc.EnableDnsHostnames": False},
        no(REGISTRY, "EnableDnsHostnames of VPC Vpc is false"),
        id="dns host names off",
    ),
    pytest.param(
        ENDPOINTS,
        {"Vpc.EnableDnsHostnames": None},
        no(REGISTRY, "EnableDnsHostnames of VPC Vpc is false"),
        id="dns host names absent",
    ),
    pytest.param(
        ENDPOINTS,
        {"Vpc.EnableDnsSupport": "false"},
        no(PULL, "EnableDnsSupport of VPC Vpc is false"),
        id="dns support off",
    ),
    pytest.param(ENDPOINTS, {"Vpc.EnableDnsSupport": True}, BY_ENDPOINTS, id="dns support on"),
    pytest.param(
        ENDPOINTS, servers("10.0.0.2"), unsure(PULL, "DHCP options of VPC Vpc name other DNS servers"), id="dhcp own"
    ),
    pytest.param(ENDPOINTS, servers("AmazonProvidedDNS"), BY_ENDPOINTS, id="dhcp Amazon"),
    pytest.param(
        ENDPOINTS, dhcp("dopt-1"), unsure(PULL, "DHCP options of VPC Vpc name other DNS servers"), id="dhcp imported"
    ),
]
"""Interface endpoints and private DNS."""

OTHERWISE = "may give other addresses in VPC Vpc"
FIREWALLED = "DNS Firewall may block names in VPC Vpc (Firewall)"
NAMES = [
    pytest.param(
        ENDPOINTS,
        {"Registry": None, **zone({"Fn::Sub": "dkr.ecr.${AWS::Region}.amazonaws.com"})},
        unsure("ecr.dkr", f"Zone {OTHERWISE}"),
        id="zone instead of an endpoint",
    ),
    pytest.param(
        ENDPOINTS, {"Registry": None, **zone("app.internal")}, no("ecr.dkr", NOWHERE), id="zone of the app, no endpoint"
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry": None, **zone(ref("Free"))},
        unsure(PULL, f"Zone {OTHERWISE}"),
        id="zone unknown",
    ),
    pytest.param(ENDPOINTS, zone("amazonaws.com"), unsure("s3", f"Zone {OTHERWISE}"), id="zone around endpoints"),
    pytest.param(
        ENDPOINTS,
        zone("123456789012.dkr.ecr.us-east-1.amazonaws.com"),
        unsure("ecr.dkr", f"Zone {OTHERWISE}"),
        id="zone of one registry within the domain of an endpoint",
    ),
    pytest.param(ENDPOINTS, zone("corp.example.com"), BY_ENDPOINTS, id="zone of a company, endpoints"),
    pytest.param(
        ENDPOINTS,
        zone("s3.us-east-1.amazonaws.com"),
        unsure("s3", f"Zone {OTHERWISE}"),
        id="zone of S3 beside its gateway",
    ),
    pytest.param(NAT, zone("s3.us-east-1.amazonaws.com"), unsure("s3", f"Zone {OTHERWISE}"), id="zone of S3, NAT"),
    pytest.param(
        NAT, zone("dkr.ecr.us-east-1.AMAZONAWS.COM."), unsure("ecr.dkr", f"Zone {OTHERWISE}"), id="zone in upper case"
    ),
    pytest.param(NAT, namespace("app.local"), BY_NAT, id="namespace of the app"),
    pytest.param(ENDPOINTS, namespace("app.local"), BY_ENDPOINTS, id="namespace of the app, endpoints"),
    pytest.param(
        NAT, namespace("us-east-1.amazonaws.com"), unsure(PULL, f"Zone {OTHERWISE}"), id="namespace of AWS's names"
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry": None, **namespace({"Fn::Sub": "dkr.ecr.${AWS::Region}.amazonaws.com"})},
        unsure("ecr.dkr", f"Zone {OTHERWISE}"),
        id="namespace instead of an endpoint",
    ),
    pytest.param(
        NAT,
        changed(namespace("us-east-1.amazonaws.com"), {"Zone.Vpc": ref("OtherVpc"), "OtherVpc": resource("EC2::VPC")}),
        BY_NAT,
        id="namespace of another VPC",
    ),
    pytest.param(
        NAT,
        {"Zone": resource("ServiceDiscovery::HttpNamespace", Name="us-east-1.amazonaws.com")},
        BY_NAT,
        id="namespace without DNS",
    ),
    pytest.param(NAT, zone("com"), unsure(PULL, f"Zone {OTHERWISE}"), id="zone com"),
    pytest.param(NAT, zone(["com"]), unsure(PULL, f"Zone {OTHERWISE}"), id="zone nonsense"),
    pytest.param(NAT, zone("prod.aws.example.com"), BY_NAT, id="zone with aws in its name"),
    pytest.param(NAT, zone("rds.us-east-1.amazonaws.com"), BY_NAT, id="zone of another service"),
    pytest.param(NAT, zone("us-west-2.amazonaws.com"), BY_NAT, id="zone of another region"),
    pytest.param(NAT, zone("amazonaws.com.cn"), BY_NAT, id="zone of another partition"),
    pytest.param(NAT, zone({"Fn::Sub": "${Free}.example.com"}), BY_NAT, id="zone partly unknown, of another domain"),
    pytest.param(
        NAT,
        {IMG: "123456789012.dkr.ecr.us-west-2.amazonaws.com/app:1", **zone("us-west-2.amazonaws.com")},
        unsure(PULL, f"Zone {OTHERWISE}"),
        id="zone of the image's region",
    ),
    pytest.param(
        NAT,
        {IMG: "123456789012.dkr-ecr.us-east-1.on.aws/app:1", **zone("on.aws")},
        unsure(PULL, f"VPC endpoints are not known to lead to dkr-ecr hosts of on.aws, and Zone {OTHERWISE}"),
        id="zone of dual-stack hosts",
    ),
    pytest.param(NAT, zone("on.aws"), BY_NAT, id="zone of dual-stack hosts, standard image"),
    pytest.param(
        NAT,
        {**EC2, **zone("ecs-a-1.us-east-1.amazonaws.com")},
        unsure("ecs-agent", f"Zone {OTHERWISE}"),
        id="zone of the agent",
    ),
    pytest.param(NAT, forward(DomainName="."), unsure(PULL, f"Forward {OTHERWISE}"), id="rule for all, NAT"),
    pytest.param(
        NAT, forward(DomainName="amazonaws.com"), unsure(PULL, f"Forward {OTHERWISE}"), id="rule for AWS, NAT"
    ),
    pytest.param(NAT, forward(DomainName="corp.example.com"), BY_NAT, id="rule for a company, NAT"),
    pytest.param(NAT, forward(), unsure(PULL, f"Forward {OTHERWISE}"), id="rule shared, NAT"),
    pytest.param(
        ENDPOINTS, forward(DomainName="."), unsure("s3", f"Forward {OTHERWISE}"), id="rule for all, endpoints"
    ),
    pytest.param(
        ENDPOINTS,
        forward(DomainName="dkr.ecr.us-east-1.amazonaws.com"),
        unsure("ecr.dkr", f"Forward {OTHERWISE}"),
        id="rule for the domain of an endpoint",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry": None, **forward(DomainName="corp.example.com")},
        no("ecr.dkr", NOWHERE),
        id="rule for a company, no endpoint",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry": None, **forward()},
        unsure(PULL, f"Forward {OTHERWISE}"),
        id="rule shared, no endpoint",
    ),
    pytest.param(NAT, exempt("amazonaws.com"), BY_NAT, id="rule that does not forward"),
    pytest.param(NAT, {**forward(DomainName="."), **exempt("amazonaws.com")}, BY_NAT, id="rule for all but AWS"),
    pytest.param(
        NAT,
        {**forward(DomainName="."), **exempt("s3.us-east-1.amazonaws.com")},
        unsure(PULL, f"Forward {OTHERWISE}"),
        id="rule for all but one service",
    ),
    pytest.param(
        NAT,
        {**forward(DomainName="us-east-1.amazonaws.com"), **exempt("amazonaws.com")},
        unsure(PULL, f"Forward {OTHERWISE}"),
        id="rule within what is excepted from others",
    ),
    pytest.param(NAT, profile(), unsure(PULL, f"Profile {OTHERWISE}"), id="profile, NAT"),
    pytest.param(ENDPOINTS, profile(), unsure(PULL, f"Profile {OTHERWISE}"), id="profile, endpoints"),
    pytest.param(NAT, firewall("BLOCK"), unsure_exit(FIREWALLED), id="firewall, NAT"),
    pytest.param(ENDPOINTS, firewall("ALLOW", "BLOCK"), unsure(PULL, FIREWALLED), id="firewall, endpoints"),
    pytest.param(NAT, firewall("ALLOW", "ALERT"), BY_NAT, id="firewall that blocks nothing"),
    pytest.param(NAT, firewall("ALLOW", ref("Free")), unsure_exit(FIREWALLED), id="firewall, action unknown"),
    pytest.param(NAT, firewall("ALLOW", group="rslvr-frg-1"), unsure_exit(FIREWALLED), id="firewall shared"),
    pytest.param(ISOLATED, firewall("BLOCK"), no(PULL, NOWHERE), id="firewall, isolated"),
    pytest.param(
        NAT,
        {"Options": resource("EC2::DHCPOptions", DomainName="corp.example.com"), **dhcp(ref("Options"))},
        unsure_exit("DHCP options of VPC Vpc name no DNS servers"),
        id="dhcp without servers",
    ),
    pytest.param(
        NAT,
        {**servers("10.0.0.2"), "Dhcp.VpcId": ref("Free")},
        unsure_exit("DHCP options of VPC Vpc may name other DNS servers"),
        id="dhcp own, perhaps of another VPC",
    ),
    pytest.param(NAT, {**servers("AmazonProvidedDNS"), "Dhcp.VpcId": ref("Free")}, BY_NAT, id="dhcp Amazon, perhaps"),
    pytest.param(
        ENDPOINTS,
        {"Registry.IpAddressType": "ipv6"},
        unsure("ecr.dkr", "IpAddressType of endpoint Registry is ipv6"),
        id="endpoint of IPv6",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.IpAddressType": "dualstack", "Registry.DnsOptions": {"DnsRecordIpType": "ipv6"}},
        unsure("ecr.dkr", "DnsOptions.DnsRecordIpType of endpoint Registry is ipv6"),
        id="endpoint with names of IPv6",
    ),
    pytest.param(ENDPOINTS, {"Registry.IpAddressType": "dualstack"}, BY_ENDPOINTS, id="endpoint of both protocols"),
    pytest.param(
        ENDPOINTS,
        {"Layers.IpAddressType": ref("Free")},
        unsure("s3", "IpAddressType of endpoint Layers is ${Free}"),
        id="gateway of an unknown protocol",
    ),
]
"""What resolves names, and to which addresses.

Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-overview-forward-vpc-to-network-autodefined-rules.html
"""

GROUPS = [
    pytest.param(ENDPOINTS, {RULE: None}, no(REGISTRY, NO_IN), id="ingress none"),
    pytest.param(
        ENDPOINTS,
        {RULE: None, "Own": custom(ref("EndpointGroup"))},
        unsure(REGISTRY, UNSURE_IN),
        id="ingress by a custom resource",
    ),
    pytest.param(
        ENDPOINTS,
        {RULE: None, "Own": custom(ref("TaskGroup"))},
        no(REGISTRY, NO_IN),
        id="ingress, and a custom resource elsewhere",
    ),
    pytest.param(
        ENDPOINTS, {RULE + ".0.ToPort": 444, RULE + ".0.FromPort": 444}, no(REGISTRY, NO_IN), id="ingress other port"
    ),
    pytest.param(
        ENDPOINTS, {RULE + ".0.FromPort": 0, RULE + ".0.ToPort": 65535}, BY_ENDPOINTS, id="ingress range of ports"
    ),
    pytest.param(
        ENDPOINTS, {RULE + ".0.FromPort": -1, RULE + ".0.ToPort": -1}, BY_ENDPOINTS, id="ingress all ports -1"
    ),
    pytest.param(
        ENDPOINTS, {RULE + ".0.FromPort": ref("Free")}, unsure(REGISTRY, UNSURE_IN), id="ingress port unknown"
    ),
    pytest.param(ENDPOINTS, {RULE + ".0.FromPort": "https"}, unsure(REGISTRY, UNSURE_IN), id="ingress port nonsense"),
    pytest.param(ENDPOINTS, {RULE + ".0.IpProtocol": "udp"}, no(REGISTRY, NO_IN), id="ingress udp"),
    pytest.param(ENDPOINTS, {RULE + ".0.IpProtocol": "6"}, BY_ENDPOINTS, id="ingress protocol 6"),
    pytest.param(
        ENDPOINTS,
        {RULE + ".0": {"IpProtocol": -1, "SourceSecurityGroupId": ref("TaskGroup")}},
        BY_ENDPOINTS,
        id="ingress all",
    ),
    pytest.param(
        ENDPOINTS, {RULE + ".0.IpProtocol": ref("Free")}, unsure(REGISTRY, UNSURE_IN), id="ingress protocol unknown"
    ),
    pytest.param(
        ENDPOINTS,
        {RULE + ".0.SourceSecurityGroupId": ref("EndpointGroup")},
        no(REGISTRY, NO_IN),
        id="ingress from another group",
    ),
    pytest.param(
        ENDPOINTS,
        {RULE + ".0.SourceSecurityGroupId": "sg-1"},
        unsure(REGISTRY, UNSURE_IN),
        id="ingress from imported group",
    ),
    pytest.param(
        ENDPOINTS,
        ingress(CidrIp={"Fn::GetAtt": ["Vpc", "CidrBlock"]}),
        BY_ENDPOINTS,
        id="ingress from VPC by attribute",
    ),
    pytest.param(ENDPOINTS, ingress(CidrIp="10.0.0.0/16"), BY_ENDPOINTS, id="ingress from VPC literal"),
    pytest.param(
        ENDPOINTS,
        {RULE: [group_rule(CidrIp="10.0.0.0/25"), group_rule(CidrIp="10.0.0.128/25")]},
        BY_ENDPOINTS,
        id="ingress from both halves of the subnet",
    ),
    pytest.param(
        ENDPOINTS,
        {RULE: [group_rule(CidrIp="10.0.0.0/25"), group_rule(CidrIp="10.0.0.128/26")]},
        unsure(REGISTRY, UNSURE_IN),
        id="ingress from three quarters of the subnet",
    ),
    pytest.param(
        ENDPOINTS,
        {
            RULE: [
                group_rule(CidrIp="10.0.0.0/25"),
                {**group_rule(CidrIp="10.0.0.128/25"), "ToPort": 80, "FromPort": 80},
            ]
        },
        unsure(REGISTRY, UNSURE_IN),
        id="ingress from both halves of the subnet, on two ports",
    ),
    pytest.param(
        NAT,
        egress(group_rule(CidrIp="0.0.0.0/1"), group_rule(CidrIp="128.0.0.0/1")),
        BY_NAT,
        id="egress to both halves",
    ),
    pytest.param(
        NAT,
        egress(group_rule(CidrIp="0.0.0.0/1"), group_rule(CidrIp="128.0.0.0/2")),
        unsure_exit("it is not known whether security group TaskGroup lets TCP 443 out to the internet"),
        id="egress to three quarters",
    ),
    pytest.param(
        {**ENDPOINTS, **subnet("Other", "10.0.9.0/24")},
        {
            "Registry.SubnetIds": [ref("Subnet"), ref("OtherSubnet")],
            "Subnet.AvailabilityZone": "us-east-1a",
            "OtherSubnet.AvailabilityZone": "us-east-1b",
            **egress(
                group_rule(CidrIp="10.0.0.0/24"),
                group_rule(CidrIp="10.0.9.0/24"),
                group_rule(DestinationPrefixListId="pl-63a5400a"),
            ),
        },
        BY_ENDPOINTS,
        id="egress to each subnet of an endpoint by a rule of its own",
    ),
    pytest.param(ENDPOINTS, ingress(CidrIp="10.0.0.0/24"), BY_ENDPOINTS, id="ingress from subnet"),
    pytest.param(
        ENDPOINTS, ingress(CidrIp="10.0.0.0/25"), unsure(REGISTRY, UNSURE_IN), id="ingress from half the subnet"
    ),
    pytest.param(ENDPOINTS, ingress(CidrIp="192.168.0.0/16"), no(REGISTRY, NO_IN), id="ingress from elsewhere"),
    pytest.param(ENDPOINTS, ingress(CidrIp="0.0.0.0/0"), BY_ENDPOINTS, id="ingress from everywhere"),
    pytest.param(ENDPOINTS, ingress(CidrIpv6="::/0"), no(REGISTRY, NO_IN), id="ingress ipv6"),
    pytest.param(ENDPOINTS, ingress(SourcePrefixListId="pl-1"), unsure(REGISTRY, UNSURE_IN), id="ingress prefix list"),
    pytest.param(ENDPOINTS, ingress(CidrIp=ref("Free")), unsure(REGISTRY, UNSURE_IN), id="ingress range unknown"),
    pytest.param(
        ENDPOINTS,
        {"Subnet.CidrBlock": ref("Free"), RULE + ".0": group_rule(CidrIp="10.0.0.0/8")},
        BY_ENDPOINTS,
        id="ingress range of subnet unknown",
    ),
    pytest.param(
        ENDPOINTS,
        {
            "Subnet.CidrBlock": ref("Free"),
            "Second": resource("EC2::VPCCidrBlock", VpcId=ref("Vpc"), CidrBlock="10.1.0.0/16"),
            RULE + ".0": group_rule(CidrIp="10.0.0.0/16"),
        },
        unsure(REGISTRY, UNSURE_IN),
        id="ingress range and secondary range",
    ),
    pytest.param(
        ENDPOINTS,
        {
            "Subnet.CidrBlock": "10.1.0.0/24",
            "Second": resource("EC2::VPCCidrBlock", VpcId=ref("Vpc"), CidrBlock="10.1.0.0/16"),
            RULE + ".0": {**TCP, "CidrIp": {"Fn::GetAtt": ["Vpc", "CidrBlock"]}},
        },
        no(REGISTRY, NO_IN),
        id="ingress VPC's range, subnet in secondary range",
    ),
    pytest.param(
        ENDPOINTS,
        {"Vpc.CidrBlock": ref("Free"), RULE + ".0": group_rule(CidrIp=ref("Free"))},
        BY_ENDPOINTS,
        id="ingress one parameter for both",
    ),
    pytest.param(
        ENDPOINTS,
        {
            "Vpc.CidrBlock": {"Fn::Select": [0, ref("Frees")]},
            RULE + ".0": group_rule(CidrIp={"Fn::Select": [1, ref("Frees")]}),
        },
        unsure(REGISTRY, UNSURE_IN),
        id="ingress another element of the list that the VPC's range is of",
    ),
    pytest.param(
        ENDPOINTS,
        {"Subnet.CidrBlock": ref("Free"), RULE + ".0": group_rule(CidrIp={"Fn::GetAtt": ["Subnet", "CidrBlock"]})},
        BY_ENDPOINTS,
        id="ingress range of the subnet by attribute",
    ),
    pytest.param(
        ENDPOINTS,
        {"Subnet.CidrBlock": ref("Free"), RULE + ".0": group_rule(CidrIp=ref("Free"))},
        BY_ENDPOINTS,
        id="ingress one parameter for the subnet",
    ),
    pytest.param(
        ENDPOINTS,
        {
            RULE: None,
            "In": resource(
                "EC2::SecurityGroupIngress", GroupId=ref("EndpointGroup"), **TCP, SourceSecurityGroupId=ref("TaskGroup")
            ),
        },
        BY_ENDPOINTS,
        id="ingress apart",
    ),
    pytest.param(
        ENDPOINTS,
        {
            RULE: None,
            "In": resource(
                "EC2::SecurityGroupIngress", GroupId=ref("Free"), **TCP, SourceSecurityGroupId=ref("TaskGroup")
            ),
        },
        unsure(REGISTRY, UNSURE_IN),
        id="ingress apart of unknown group",
    ),
    pytest.param(
        ENDPOINTS,
        egress(group_rule(DestinationSecurityGroupId=ref("EndpointGroup"))),
        no("s3", "security group TaskGroup lets no TCP 443 out to the internet"),
        id="egress to endpoints only",
    ),
    pytest.param(
        ENDPOINTS,
        egress(group_rule(DestinationSecurityGroupId=ref("EndpointGroup")), group_rule(DestinationPrefixListId="pl-1")),
        unsure("s3", "it is not known whether security group TaskGroup lets TCP 443 out to the internet"),
        id="egress to endpoints and a prefix list that is not known",
    ),
    pytest.param(
        ENDPOINTS,
        egress(TO_ENDPOINTS, group_rule(DestinationPrefixListId="pl-63a5400a")),
        BY_ENDPOINTS,
        id="egress to endpoints and the prefix list of S3",
    ),
    pytest.param(
        ENDPOINTS,
        egress(TO_ENDPOINTS, group_rule(DestinationPrefixListId="pl-6da54004")),
        unsure("s3", "it is not known whether security group TaskGroup lets TCP 443 out to the internet"),
        id="egress to endpoints and the prefix list of S3 in another region",
    ),
    pytest.param(
        ENDPOINTS,
        egress(TO_ENDPOINTS, {**group_rule(DestinationPrefixListId="pl-63a5400a"), "ToPort": 80, "FromPort": 80}),
        no("s3", "security group TaskGroup lets no TCP 443 out to the internet"),
        id="egress to endpoints and the prefix list of S3 on another port",
    ),
    pytest.param(
        ENDPOINTS,
        egress(group_rule(CidrIp="10.0.0.0/16")),
        no("s3", "security group TaskGroup lets no TCP 443 out to the internet"),
        id="egress to VPC",
    ),
    pytest.param(
        ENDPOINTS,
        egress({"IpProtocol": "icmp", "FromPort": 252, "ToPort": 86, "CidrIp": "255.255.255.255/32"}),
        "broken: no way to ecr.api and ecr.dkr from Subnet: security group TaskGroup "
        "lets no TCP 443 out to EndpointGroup; "
        "no way to s3 from Subnet: security group TaskGroup lets no TCP 443 out to the internet",
        id="egress nowhere",
    ),
    pytest.param(NAT, blocked("ecr.dkr"), no("ecr.dkr", NO_IN), id="blocked endpoint beside NAT"),
    pytest.param(
        NAT, blocked("ecr.dkr", PrivateDnsEnabled=False), BY_NAT, id="blocked endpoint without private DNS beside NAT"
    ),
    pytest.param(
        NAT,
        blocked("x", ServiceName=ref("Free")),
        unsure(PULL, "Blocked may lead there from VPC Vpc"),
        id="endpoint with unknown service beside NAT",
    ),
    pytest.param(
        NAT,
        {
            "EndpointGroup": resource(
                "EC2::SecurityGroup",
                VpcId=ref("Vpc"),
                SecurityGroupIngress=[{"IpProtocol": "-1", "CidrIp": "10.0.0.0/16"}],
            ),
            "Registry": endpoint("x", ServiceName=ref("Free")),
        },
        BY_NAT,
        id="open endpoint with unknown service beside NAT",
    ),
    pytest.param(
        NAT,
        {
            **blocked("x", ServiceName=ref("Free")),
            "Open": endpoint("x", ServiceName=ref("Free"), SecurityGroupIds=[ref("In")]),
            "In": resource(
                "EC2::SecurityGroup",
                VpcId=ref("Vpc"),
                SecurityGroupIngress=[{"IpProtocol": "-1", "CidrIp": "10.0.0.0/16"}],
            ),
        },
        unsure(PULL, "Blocked may lead there from VPC Vpc"),
        id="endpoints with unknown service beside NAT, the last one open",
    ),
    pytest.param(ENDPOINTS, ingress(CidrIp="all"), unsure(REGISTRY, UNSURE_IN), id="ingress range nonsense"),
    pytest.param(
        ENDPOINTS,
        {f"{SVC}SecurityGroups": ["sg-1", ref("TaskGroup")], **ingress(SourceSecurityGroupId="sg-1")},
        BY_ENDPOINTS,
        id="ingress from the same imported group",
    ),
    pytest.param(
        ENDPOINTS,
        {"Custom": {"Type": "Custom::Vpc"}, "Registry.VpcId": ref("Custom")},
        unsure("ecr.dkr", "Registry may lead there from VPC Vpc"),
        id="VPC of a custom resource",
    ),
    pytest.param(
        ENDPOINTS,
        {
            **subnet("Other", "10.0.9.0/24"),
            "OtherSubnet.VpcId": ref("Free"),
            "OtherSubnet.CidrBlock": ref("Free"),
            "Registry.SubnetIds": [ref("OtherSubnet")],
            **egress(group_rule(CidrIp="10.0.0.0/24"), group_rule(CidrIp="52.0.0.0/8")),
        },
        f"{unsure('ecr.dkr', f'{UNSURE_OUT} EndpointGroup')}; {unsure('s3', f'{UNSURE_OUT} the internet')[9:]}",
        id="egress to an endpoint in a subnet of an imported VPC",
    ),
    pytest.param(
        ENDPOINTS,
        {
            **subnet("Other", "10.0.9.0/24"),
            "Registry.SubnetIds": [ref("Subnet"), ref("OtherSubnet")],
            **egress(group_rule(CidrIp="10.0.0.0/24"), group_rule(CidrIp="52.0.0.0/8")),
        },
        f"{unsure('ecr.dkr', f'{UNSURE_OUT} EndpointGroup')}; {unsure('s3', f'{UNSURE_OUT} the internet')[9:]}",
        id="egress to one of an endpoint's two subnets",
    ),
]
"""Security groups of endpoints and of what pulls."""

GATEWAYS = [
    pytest.param(
        ENDPOINTS,
        {"Layers": endpoint("s3", PrivateDnsEnabled=False)},
        no("s3", f"endpoint Layers is an interface, which does not serve layers{STUCK}"),
        id="S3 interface",
    ),
    pytest.param(
        NAT,
        blocked("s3"),
        unsure("s3", "endpoint Blocked is an interface, which does not serve layers"),
        id="S3 interface beside NAT",
    ),
    pytest.param(NAT, blocked("s3", PrivateDnsEnabled=False), BY_NAT, id="S3 interface without names beside NAT"),
    pytest.param(
        ENDPOINTS,
        {"Zs3": endpoint("s3", **inbound("AllResolvers"))},
        unsure("s3", "endpoint Zs3 is an interface, which does not serve layers"),
        id="S3 interface that takes all names, behind the gateway",
    ),
    pytest.param(
        {"As3": endpoint("s3"), **ENDPOINTS},
        {},
        unsure("s3", "endpoint As3 is an interface, which does not serve layers"),
        id="S3 interface that may take all names, before the gateway",
    ),
    pytest.param(
        ENDPOINTS,
        {"Zs3": endpoint("s3", **inbound("OnlyInboundResolver"))},
        BY_ENDPOINTS,
        id="S3 interface for inbound names beside the gateway",
    ),
    pytest.param(
        ENDPOINTS,
        {"Zs3": endpoint("s3", PrivateDnsEnabled=False)},
        BY_ENDPOINTS,
        id="S3 interface without names beside the gateway",
    ),
    pytest.param(
        ENDPOINTS,
        {"Layers": endpoint("s3")},
        unsure("s3", "endpoint Layers is an interface, which does not serve layers"),
        id="S3 interface with names alone",
    ),
    pytest.param(
        NAT,
        {**blocked("s3"), **layers()},
        unsure("s3", "endpoint Blocked is an interface, which does not serve layers"),
        id="S3 interface and gateway beside NAT",
    ),
    pytest.param(
        ENDPOINTS,
        {"Layers.RouteTableIds": None},
        no("s3", f"gateway endpoint Layers is not on its route table{STUCK}"),
        id="S3 gateway on no table",
    ),
    pytest.param(
        ENDPOINTS,
        {**subnet("Other", "10.0.9.0/24"), "Layers.RouteTableIds": [ref("OtherTable")]},
        no("s3", f"gateway endpoint Layers is not on its route table{STUCK}"),
        id="S3 gateway on another table",
    ),
    pytest.param(
        ENDPOINTS,
        {"Layers.RouteTableIds": ref("Frees")},
        unsure("s3", "Layers may lead there from VPC Vpc"),
        id="S3 gateway on unknown table",
    ),
    pytest.param(
        ENDPOINTS,
        {"Association": None},
        no(
            "s3",
            "gateway endpoint Layers is not on its route table, "
            "and no route table is associated, and the main one has no default route",
        ),
        id="S3 gateway, main table",
    ),
    pytest.param(
        ENDPOINTS,
        {"Layers.ServiceName": "com.amazonaws.us-west-2.s3"},
        unsure("s3", "Layers may be for another region"),
        id="S3 gateway of another region",
    ),
    pytest.param(
        ENDPOINTS,
        {"Second": changed(ENDPOINTS, {})["Layers"]},
        unsure("s3", "Layers and Second can't be on one route table"),
        id="two S3 gateways on one table",
    ),
    pytest.param(
        ENDPOINTS,
        {"Second": changed(ENDPOINTS, {"Layers.RouteTableIds": []})["Layers"]},
        BY_ENDPOINTS,
        id="two S3 gateways, one on the table",
    ),
    pytest.param(
        ENDPOINTS,
        beside(DestinationCidrBlock="52.216.0.0/24", TransitGatewayId="tgw-1"),
        unsure("s3", "Beside may lead elsewhere from route table Table"),
        id="S3 gateway, public route beside",
    ),
    pytest.param(
        ENDPOINTS,
        beside(DestinationCidrBlock="192.168.0.0/16", TransitGatewayId="tgw-1"),
        BY_ENDPOINTS,
        id="S3 gateway, private route beside",
    ),
    pytest.param(
        ENDPOINTS,
        beside(DestinationPrefixListId="pl-1", TransitGatewayId="tgw-1"),
        unsure("s3", "Beside may lead elsewhere from route table Table"),
        id="S3 gateway, prefix list route beside",
    ),
    pytest.param(
        ENDPOINTS,
        propagation(),
        unsure("s3", "Propagation may lead elsewhere from route table Table"),
        id="S3 gateway, propagation",
    ),
    pytest.param(
        ENDPOINTS,
        {"Association": None, "Layers.RouteTableIds": ["rtb-1"]},
        unsure("s3", "Layers may lead there from VPC Vpc"),
        id="S3 gateway, main table and unknown",
    ),
    pytest.param(
        ENDPOINTS,
        {"Association.RouteTableId": "rtb-1"},
        unsure("s3", "Layers may lead there from VPC Vpc"),
        id="S3 gateway, imported route table",
    ),
    pytest.param(
        ENDPOINTS,
        {"Layers.VpcEndpointType": ref("Free")},
        unsure("s3", "Layers may lead there from VPC Vpc"),
        id="S3 gateway of another kind",
    ),
]
"""The S3 gateway, which serves the layers."""

CACHED = no("what the cache rule fetches", f"{FETCHED}{STUCK}")
IMAGES = [
    pytest.param(
        ENDPOINTS,
        {IMG: "123456789012.dkr.ecr.us-west-2.amazonaws.com/app:1"},
        no(PULL, f"VPC endpoints do not lead to region us-west-2{STUCK}"),
        id="image of another region",
    ),
    pytest.param(
        NAT, {IMG: "123456789012.dkr.ecr.us-west-2.amazonaws.com/app:1"}, BY_NAT, id="image of another region by NAT"
    ),
    pytest.param(
        ENDPOINTS, {IMG: "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1"}, BY_ENDPOINTS, id="image of own region"
    ),
    pytest.param(
        ENDPOINTS,
        {
            IMG: "123456789012.dkr.ecr.us-west-2.amazonaws.com/app:1",
            "Api.ServiceRegion": "us-west-2",
            "Registry.ServiceRegion": "us-west-2",
            "Layers": endpoint("s3", ServiceRegion="us-west-2"),
        },
        "unknown: cannot verify the way to ecr.api from Subnet: Api may lead there from VPC Vpc; "
        "cannot verify the way to ecr.dkr from Subnet: Registry may lead there from VPC Vpc; "
        "cannot verify the way to s3 from Subnet: Layers may lead there from VPC Vpc",
        id="image of another region, endpoint there",
    ),
    pytest.param(
        ENDPOINTS,
        {IMG: "123456789012.dkr-ecr.us-east-1.on.aws/app:1"},
        unsure(PULL, f"VPC endpoints are not known to lead to dkr-ecr hosts of on.aws{STUCK}"),
        id="dual-stack",
    ),
    pytest.param(
        ISOLATED,
        {IMG: "123456789012.dkr-ecr.us-east-1.on.aws/app:1"},
        unsure(PULL, f"VPC endpoints are not known to lead to dkr-ecr hosts of on.aws{STUCK}"),
        id="dual-stack, isolated",
    ),
    pytest.param(NAT, {IMG: "123456789012.dkr-ecr.us-east-1.on.aws/app:1"}, BY_NAT, id="dual-stack by NAT"),
    pytest.param(
        NAT,
        {IMG: "123456789012.dkr-ecr.us-east-1.on.aws/app:1", **blocked("ecr.dkr")},
        unsure(
            "ecr.dkr",
            "VPC endpoints are not known to lead to dkr-ecr hosts of on.aws, and security group EndpointGroup "
            "lets no TCP 443 in from TaskGroup",
        ),
        id="dual-stack by NAT and a blocked endpoint",
    ),
    pytest.param(
        ENDPOINTS,
        {IMG: "123456789012.dkr.ecr-fips.us-east-1.amazonaws.com/app:1"},
        unsure(PULL, f"VPC endpoints are not known to lead to dkr.ecr-fips hosts of amazonaws.com{STUCK}"),
        id="FIPS",
    ),
    pytest.param(ENDPOINTS, {IMG: "nginx:1"}, "not-applicable: its image is of no private ECR registry", id="not ECR"),
    pytest.param(
        ENDPOINTS,
        {IMG: ref("Free")},
        unsure(PULL, f"the registry of ${{Free}} is known only at deployment{STUCK}"),
        id="unknown",
    ),
    pytest.param(
        ISOLATED,
        {IMG: ref("Free")},
        unsure(PULL, f"the registry of ${{Free}} is known only at deployment{STUCK}"),
        id="unknown, isolated",
    ),
    pytest.param(NAT, {IMG: ref("Free")}, BY_NAT, id="unknown by NAT"),
    pytest.param(
        NAT,
        {IMG: "public.ecr.aws/nginx/nginx:1"},
        "not-applicable: its image is of no private ECR registry",
        id="public gallery",
    ),
    pytest.param(
        ENDPOINTS,
        {
            IMG: HUB,
            **cache("hub"),
        },
        CACHED,
        id="cache",
    ),
    pytest.param(
        NAT,
        {
            IMG: HUB,
            **cache("hub"),
        },
        "holds: from Subnet: ecr.api, ecr.dkr, s3 and what the cache rule fetches by NAT gateway Nat",
        id="cache by NAT",
    ),
    pytest.param(
        ENDPOINTS,
        cache("ROOT"),
        CACHED,
        id="cache of all",
    ),
    pytest.param(
        ENDPOINTS,
        {"Repository": resource("ECR::Repository", RepositoryName="app"), **cache("ROOT")},
        unsure(
            "what the cache rule fetches",
            f"{FETCHED}, and it is known only at deployment whether images of Repository come through pull-through "
            f"cache rule Cache{STUCK}",
        ),
        id="cache of all, repository in the templates",
    ),
    pytest.param(ENDPOINTS, cache("hub"), BY_ENDPOINTS, id="cache of others"),
    pytest.param(
        ENDPOINTS,
        {IMG: HUB, **cache("hub/")},
        CACHED,
        id="cache with a slash",
    ),
    pytest.param(
        ENDPOINTS,
        {IMG: HUB, **cache(ref("Free"))},
        unsure(
            "what the cache rule fetches",
            f"{FETCHED}, and it is known only at deployment whether repository hub/library/nginx is below prefix "
            f"${{Free}} of pull-through cache rule Cache{STUCK}",
        ),
        id="cache with a parameter",
    ),
    pytest.param(
        ENDPOINTS,
        {IMG: "999999999999.dkr.ecr.us-east-1.amazonaws.com/hub/x:1", **cache("hub")},
        unsure(
            "what the cache rule fetches",
            f"{FETCHED}, and it is known only at deployment whether pull-through cache rule Cache is of the registry "
            f"of 999999999999.dkr.ecr.us-east-1.amazonaws.com/hub/x:1{STUCK}",
        ),
        id="cache, image perhaps of another account",
    ),
    pytest.param(
        NAT,
        {IMG: "999999999999.dkr.ecr.us-east-1.amazonaws.com/hub/x:1", **cache("hub")},
        "holds: from Subnet: ecr.api, ecr.dkr, s3 and what the cache rule fetches by NAT gateway Nat",
        id="cache, image perhaps of another account, by NAT",
    ),
    pytest.param(ENDPOINTS, WINDOWS, unsure("mcr.microsoft.com", NOT_PUSHED), id="Windows"),
    pytest.param(NAT, WINDOWS, f"holds: from Subnet: {PULL_WINDOWS} by NAT gateway Nat", id="Windows by NAT"),
    pytest.param(
        NAT,
        {**WINDOWS, **zone("microsoft.com")},
        unsure("mcr.microsoft.com", "Zone may give other addresses in VPC Vpc"),
        id="Windows by NAT, zone of its layers",
    ),
    pytest.param(
        INSTANCES, {f"{LT}.ImageId": WINDOWS_IMAGE}, unsure("mcr.microsoft.com", NOT_PUSHED), id="instances of Windows"
    ),
]
"""Where images come from."""

ONLY_IPV6 = {"Subnet.Ipv6Native": True}
IPV4_HOST = "subnet Subnet has addresses of IPv6 only, and the registry of IPv4"
UNSURE_IPV6 = unsure("ecr.api and s3", "subnet Subnet has addresses of IPv6 only")
IPV6 = [
    pytest.param(NAT, ONLY_IPV6, no("ecr.dkr", IPV4_HOST), id="ipv6 only"),
    pytest.param(
        NAT,
        {"Subnet.Ipv6Native": ref("Free")},
        unsure(PULL, "subnet Subnet has addresses of IPv6 only"),
        id="ipv6 perhaps",
    ),
    pytest.param(
        NAT,
        {**ONLY_IPV6, "Subnet.EnableDns64": True},
        UNSURE_IPV6 + f"; {unsure('ecr.dkr', f'{IPV4_HOST}, but DNS64 of Subnet may make a way')[9:]}",
        id="ipv6 only, DNS64",
    ),
    pytest.param(
        ENDPOINTS,
        ONLY_IPV6,
        UNSURE_IPV6 + f"; {unsure('ecr.dkr', f'{IPV4_HOST}; Registry may lead there')[9:]}",
        id="ipv6 only, endpoints",
    ),
    pytest.param(
        ISOLATED,
        {
            **ONLY_IPV6,
            "Hub": resource(
                "EC2::Route", RouteTableId=ref("Table"), DestinationIpv6CidrBlock="::/0", TransitGatewayId="tgw-1"
            ),
        },
        UNSURE_IPV6
        + f"; {unsure('ecr.dkr', f'{IPV4_HOST}, but route Hub may lead to endpoints in another network')[9:]}",
        id="ipv6 only, transit gateway",
    ),
    pytest.param(
        ISOLATED,
        {**ONLY_IPV6, **zone("dkr.ecr.us-east-1.amazonaws.com")},
        UNSURE_IPV6 + f"; {unsure('ecr.dkr', f'Zone {OTHERWISE}')[9:]}",
        id="ipv6 only, zone",
    ),
    pytest.param(
        NAT,
        {
            IMG: "123456789012.dkr-ecr.us-east-1.on.aws/app:1",
            "Subnet.Ipv6Native": True,
            "Eigw": resource("EC2::EgressOnlyInternetGateway", VpcId=ref("Vpc")),
            "Route6": resource(
                "EC2::Route",
                RouteTableId=ref("Table"),
                DestinationIpv6CidrBlock="::/0",
                EgressOnlyInternetGatewayId=ref("Eigw"),
            ),
        },
        "holds: from Subnet: ecr.api, ecr.dkr and s3 by egress-only internet gateway Eigw",
        id="ipv6 only, dual-stack",
    ),
    pytest.param(
        ISOLATED,
        {
            "Eigw": resource("EC2::EgressOnlyInternetGateway", VpcId=ref("Vpc")),
            "Route6": resource(
                "EC2::Route",
                RouteTableId=ref("Table"),
                DestinationIpv6CidrBlock="::/0",
                EgressOnlyInternetGatewayId=ref("Eigw"),
            ),
        },
        no(PULL, NOWHERE),
        id="egress-only beside, standard",
    ),
]
"""Subnets with IPv6."""

SERVICES = [
    pytest.param(ENDPOINTS, {C + "LogConfiguration": LOGS}, no("logs", NOWHERE), id="logs"),
    pytest.param(
        ENDPOINTS,
        {C + "LogConfiguration": LOGS, "Logs": endpoint("logs")},
        f"{BY_ENDPOINTS}, logs by endpoint Logs",
        id="logs with endpoint",
    ),
    pytest.param(
        ENDPOINTS, {C + "LogConfiguration": {"LogDriver": "awslogs"}}, no("logs", NOWHERE), id="logs without region"
    ),
    pytest.param(
        ENDPOINTS,
        {
            C + "LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-region": "us-west-2"}},
            "Logs": endpoint("logs"),
        },
        no("logs", f"VPC endpoints do not lead to region us-west-2{STUCK}"),
        id="logs of another region",
    ),
    pytest.param(
        NAT,
        {C + "LogConfiguration": LOGS},
        "holds: from Subnet: ecr.api, ecr.dkr, s3 and logs by NAT gateway Nat",
        id="logs by NAT",
    ),
    pytest.param(ENDPOINTS, {C + "LogConfiguration": {"LogDriver": "json-file"}}, BY_ENDPOINTS, id="other log driver"),
    pytest.param(
        ENDPOINTS,
        {"Secret": resource("SecretsManager::Secret"), **secret(ref("Secret"))},
        no("secretsmanager", NOWHERE),
        id="secret resource",
    ),
    pytest.param(
        ENDPOINTS,
        {"Secret": resource("SecretsManager::Secret"), **secret({"Fn::Join": ["", [ref("Secret"), ":password::"]]})},
        no("secretsmanager", NOWHERE),
        id="secret resource with key",
    ),
    pytest.param(
        ENDPOINTS,
        {"Secret": resource("SecretsManager::Secret"), **secret(ref("Secret")), "Secrets": endpoint("secretsmanager")},
        f"{BY_ENDPOINTS}, secretsmanager by endpoint Secrets",
        id="secret with endpoint",
    ),
    pytest.param(
        ENDPOINTS,
        secret({"Fn::Sub": "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:x"}),
        no("secretsmanager", NOWHERE),
        id="secret ARN",
    ),
    pytest.param(
        ENDPOINTS,
        secret("arn:aws:secretsmanager:us-west-2:123456789012:secret:x"),
        no("secretsmanager", f"VPC endpoints do not lead to region us-west-2{STUCK}"),
        id="secret ARN of another region",
    ),
    pytest.param(
        ENDPOINTS,
        {"Parameter": resource("SSM::Parameter"), **secret(ref("Parameter"))},
        no("ssm", NOWHERE),
        id="parameter",
    ),
    pytest.param(ENDPOINTS, secret("/app/password"), no("ssm", NOWHERE), id="parameter name"),
    pytest.param(
        ENDPOINTS,
        secret({"Fn::Sub": "arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter/x"}),
        no("ssm", NOWHERE),
        id="parameter ARN",
    ),
    pytest.param(
        ENDPOINTS,
        secret(ref("Free")),
        unsure("the secret", f"whose ${{Free}} is, is known only at deployment{STUCK}"),
        id="secret unknown",
    ),
    pytest.param(
        ENDPOINTS,
        secret({"a": "b"}),
        unsure("the secret", f"whose {{a: b}} is, is known only at deployment{STUCK}"),
        id="secret object",
    ),
    pytest.param(
        NAT,
        secret(ref("Free")),
        "holds: from Subnet: ecr.api, ecr.dkr, s3 and the secret by NAT gateway Nat",
        id="secret unknown by NAT",
    ),
    pytest.param(
        ENDPOINTS,
        {C + "LogConfiguration": {"LogDriver": "splunk", "SecretOptions": [{"Name": "t", "ValueFrom": "/token"}]}},
        no("ssm", NOWHERE),
        id="secret of logs",
    ),
    pytest.param(
        ENDPOINTS,
        {C + "LogConfiguration": {"LogDriver": ref("Free")}},
        unsure("logs", f"whether the log driver ${{Free}} needs them is known only at deployment, and {NOWHERE}"),
        id="log driver unknown",
    ),
    pytest.param(
        ENDPOINTS,
        {C + "LogConfiguration": {"LogDriver": ref("Free")}, "Logs": endpoint("logs")},
        f"{BY_ENDPOINTS}, logs by endpoint Logs",
        id="log driver unknown, with endpoint",
    ),
    pytest.param(
        ENDPOINTS,
        new_group("true", ALLOW),
        f"{BY_ENDPOINTS}, logs by endpoint Logs",
        id="new log group, policy full",
    ),
    pytest.param(
        ENDPOINTS,
        new_group("true", WRITES),
        no("logs", "the policy of endpoint Logs does not allow logs:CreateLogGroup"),
        id="new log group, policy without it",
    ),
    pytest.param(
        ENDPOINTS,
        new_group("false", WRITES),
        f"{BY_ENDPOINTS}, logs by endpoint Logs",
        id="no new log group, policy without it",
    ),
    pytest.param(
        ENDPOINTS,
        new_group(ref("Free"), WRITES),
        unsure(
            "logs",
            "whether awslogs-create-group is ${Free} is known only at deployment, "
            "and the policy of endpoint Logs does not allow logs:CreateLogGroup",
        ),
        id="perhaps a new log group, policy without it",
    ),
    pytest.param(
        ENDPOINTS,
        {C + "LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-create-group": ref("Free")}}},
        no("logs", NOWHERE),
        id="perhaps a new log group, no endpoint",
    ),
    pytest.param(ENDPOINTS, connect(True, "awslogs"), no("logs", NOWHERE), id="logs of Service Connect"),
    pytest.param(
        ENDPOINTS,
        {**connect(True, "awslogs"), "Logs": endpoint("logs")},
        f"{BY_ENDPOINTS}, logs by endpoint Logs",
        id="logs of Service Connect, with endpoint",
    ),
    pytest.param(ENDPOINTS, connect(True, "json-file"), BY_ENDPOINTS, id="other logs of Service Connect"),
    pytest.param(ENDPOINTS, connect(False, "awslogs"), BY_ENDPOINTS, id="Service Connect off"),
    pytest.param(
        ENDPOINTS,
        connect(ref("Free"), "awslogs"),
        unsure("logs", f"whether Service Connect is enabled (${{Free}}) is known only at deployment, and {NOWHERE}"),
        id="Service Connect unknown",
    ),
    pytest.param(
        ENDPOINTS,
        files("arn:aws:s3:::app/a.env"),
        f"{BY_ENDPOINTS.replace('s3 by', 's3 and the environment files by')}",
        id="environment file",
    ),
    pytest.param(
        ENDPOINTS,
        {**files("arn:aws:s3:::app/a.env"), **layers(PolicyDocument=policy(LAYERS))},
        unsure(
            "the environment files",
            "the region of arn:aws:s3:::app/a.env is not known, and the policy of endpoint Layers "
            "does not allow s3:GetObject",
        ),
        id="environment file, policy of layers",
    ),
    pytest.param(
        ENDPOINTS,
        {
            **files("arn:aws:s3:::app/a.env"),
            **layers(PolicyDocument=policy(LAYERS, {**LAYERS, "Resource": "arn:aws:s3:::app/*"})),
        },
        f"{BY_ENDPOINTS.replace('s3 by', 's3 and the environment files by')}",
        id="environment file, policy of layers and its bucket",
    ),
    pytest.param(
        ISOLATED,
        files(ref("Free")),
        f"{no(PULL, NOWHERE)}",
        id="environment file, isolated",
    ),
    pytest.param(
        INSTANCES,
        {**firelens("s3"), **layers(PolicyDocument=policy(LAYERS))},
        unsure(
            "the configuration of FireLens",
            "the region of arn:aws:s3:::app/a.conf is not known, and the policy of endpoint Layers "
            "does not allow s3:GetObject",
        ),
        id="configuration of FireLens, policy of layers",
    ),
    pytest.param(
        INSTANCES,
        {f"{C}CredentialSpecs": ["credentialspec:arn:aws:s3:::app/a.json"], **layers(PolicyDocument=policy(LAYERS))},
        unsure(
            "the credential specifications",
            "the region of arn:aws:s3:::app/a.json is not known, and the policy of endpoint Layers "
            "does not allow s3:GetObject",
        ),
        id="credential specification, policy of layers",
    ),
    pytest.param(
        INSTANCES,
        {**firelens("file"), **layers(PolicyDocument=policy(LAYERS))},
        BY_AGENT_ENDPOINTS,
        id="configuration of FireLens in the image, policy of layers",
    ),
    pytest.param(
        NAT,
        {**secret(ref("Free")), **blocked("ssm")},
        unsure("the secret", f"whose ${{Free}} is, is known only at deployment, and {NO_IN}"),
        id="secret unknown, blocked endpoint of parameters beside NAT",
    ),
    pytest.param(
        NAT,
        {
            **secret(ref("Free")),
            "EndpointGroup": ENDPOINTS["EndpointGroup"],
            "Secrets": endpoint("secretsmanager", PolicyDocument=policy(REFUSE)),
        },
        unsure(
            "the secret",
            "whose ${Free} is, is known only at deployment, "
            "and the policy of endpoint Secrets does not allow secretsmanager:GetSecretValue",
        ),
        id="secret unknown, policy of secrets beside NAT",
    ),
    pytest.param(
        ENDPOINTS,
        {**secret("/app/password"), "Parameters": endpoint("ssm", PolicyDocument=policy(REFUSE))},
        no("ssm", "the policy of endpoint Parameters does not allow ssm:GetParameters"),
        id="parameter name, policy",
    ),
    pytest.param(
        ENDPOINTS,
        secret({"Fn::Sub": "/app/${AWS::StackName}/password"}),
        no("ssm", NOWHERE),
        id="parameter name, partly",
    ),
    pytest.param(
        ENDPOINTS,
        secret({"Fn::Sub": "arn:${AWS::Partition}:${Free}:x"}),
        unsure("the secret", f"whose arn:aws:${{Free}}:x is, is known only at deployment{STUCK}"),
        id="secret ARN of a service unknown",
    ),
    pytest.param(
        ENDPOINTS,
        {"Db": resource("RDS::DBInstance"), **secret({"Fn::GetAtt": ["Db", "MasterUserSecret.SecretArn"]})},
        no("secretsmanager", NOWHERE),
        id="secret of a database",
    ),
    pytest.param(
        ENDPOINTS,
        {
            "Db": resource("RDS::DBInstance"),
            "Secrets": endpoint("secretsmanager"),
            **secret({"Fn::Sub": "${Db.MasterUserSecret.SecretArn}:password::"}),
        },
        f"{BY_ENDPOINTS}, secretsmanager by endpoint Secrets",
        id="secret of a database with key",
    ),
    pytest.param(
        ENDPOINTS,
        {"Custom": {"Type": "Custom::Secret"}, **secret({"Fn::GetAtt": ["Custom", "MasterUserSecret.SecretArn"]})},
        unsure("the secret", f"whose ${{Custom.MasterUserSecret.SecretArn}} is, is known only at deployment{STUCK}"),
        id="secret of a custom resource",
    ),
    pytest.param(ENDPOINTS, {"Service.EnableExecuteCommand": True}, BY_ENDPOINTS, id="execute command"),
    pytest.param(
        INSTANCES, {"Service.EnableExecuteCommand": True}, BY_AGENT_ENDPOINTS, id="execute command on instances"
    ),
    pytest.param(INSTANCES, {f"{C}LogConfiguration": LOGS}, no("logs", NOWHERE), id="logs of instances"),
    pytest.param(
        INSTANCES,
        {f"{C}LogConfiguration": LOGS, "Logs": endpoint("logs")},
        f"{BY_AGENT_ENDPOINTS}, logs by endpoint Logs",
        id="logs of instances with endpoint",
    ),
    pytest.param(INSTANCES, secret("/a"), no("ssm", NOWHERE), id="parameter of instances"),
    pytest.param(
        INSTANCES,
        {**secret("/a"), "Ssm": endpoint("ssm")},
        f"{BY_AGENT_ENDPOINTS}, ssm by endpoint Ssm",
        id="parameter of instances with endpoint",
    ),
    pytest.param(
        INSTANCES,
        {"Secret": resource("SecretsManager::Secret"), **secret(ref("Secret"))},
        no("secretsmanager", NOWHERE),
        id="secret of instances",
    ),
]
"""Logs and secrets."""

HOSTS = [
    pytest.param(
        INSTANCES,
        script("iptables -A OUTPUT -d 169.254.169.254 -j DROP"),
        rerouted("runs 'iptables -A OUTPUT -d 169.254.169.254 -j DROP'"),
        id="metadata dropped",
    ),
    pytest.param(
        INSTANCES,
        script("echo AWS_DEFAULT_REGION=us-east-1 >> /etc/ecs/ecs.config"),
        BY_AGENT_ENDPOINTS,
        id="region of the stack",
    ),
    pytest.param(
        INSTANCES,
        script("echo AWS_DEFAULT_REGION=eu-west-1 >> /etc/ecs/ecs.config"),
        rerouted("runs 'echo AWS_DEFAULT_REGION=eu-west-1 >> /etc/ecs/ecs.config'"),
        id="another region",
    ),
    pytest.param(INSTANCES, {}, BY_AGENT_ENDPOINTS, id="instances"),
    pytest.param(INSTANCES, {"Ecs": None}, no("ecs", NOWHERE), id="instances without Ecs"),
    pytest.param(
        INSTANCES,
        connect(True, "json-file"),
        unsure("Service Connect", "AWS does not say which VPC endpoint leads there, and no default route leads out"),
        id="Service Connect on instances, by endpoints",
    ),
    pytest.param(INSTANCES, {"Agent": None}, no("ecs-agent", NOWHERE), id="instances without Agent"),
    pytest.param(INSTANCES, {"Telemetry": None}, no("ecs-telemetry", NOWHERE), id="instances without Telemetry"),
    pytest.param(INSTANCES, {"Api": None}, no("ecr.api", NOWHERE), id="instances without Api"),
    pytest.param(INSTANCES, {"Registry": None}, no("ecr.dkr", NOWHERE), id="instances without Registry"),
    pytest.param(INSTANCES, {"Layers": None}, no("s3", NOWHERE), id="instances without Layers"),
    pytest.param(INSTANCES, launch(), BY_AGENT_ENDPOINTS, id="instances, groups in interface"),
    pytest.param(
        INSTANCES,
        {LT: {"InstanceType": "t3.small"}},
        no(INTERFACED, "security group EndpointGroup lets no TCP 443 in from Vpc.DefaultSecurityGroup"),
        id="instances in the default group",
    ),
    pytest.param(
        INSTANCES,
        {LT: {"InstanceType": "t3.small", "NetworkInterfaces": [{"DeviceIndex": "0", "NetworkInterfaceId": "eni-1"}]}},
        "unknown: "
        "cannot verify the way to ecr.api, ecr.dkr, ecs, ecs-agent and ecs-telemetry from Subnet: it is not known "
        "whether security group EndpointGroup "
        "lets TCP 443 in from Subnet; "
        "cannot verify the way to s3 from Subnet: its security groups are not in the templates",
        id="instances with a network interface of whatever groups",
    ),
    pytest.param(
        INSTANCES,
        {"Group.LaunchTemplate.LaunchTemplateId": "lt-1"},
        "unknown: "
        "cannot verify the way to ecr.api, ecr.dkr, ecs, ecs-agent and ecs-telemetry from Subnet: it is not known "
        "whether security group EndpointGroup "
        "lets TCP 443 in from Subnet; "
        "cannot verify the way to s3 from Subnet: its security groups are not in the templates",
        id="launch template imported",
    ),
    pytest.param(
        ISOLATED,
        {
            **EC2,
            "Group": resource(
                "AutoScaling::AutoScalingGroup",
                VPCZoneIdentifier=[ref("Subnet")],
                LaunchTemplate={"LaunchTemplateId": "lt-1"},
            ),
        },
        no(ALL, NOWHERE),
        id="launch template imported, isolated",
    ),
    pytest.param(
        INSTANCES,
        {"Group.VPCZoneIdentifier": None},
        "unknown: the subnets of instances of Group are not in the templates",
        id="instances in the default VPC",
    ),
    pytest.param(
        INSTANCES,
        {"Group.VPCZoneIdentifier": None, **launch(SubnetId=ref("Subnet"))},
        BY_AGENT_ENDPOINTS,
        id="subnet by the launch template",
    ),
    pytest.param(
        INSTANCES,
        {
            **subnet("Other", "10.0.7.0/24"),
            "Task.NetworkMode": "awsvpc",
            "Service.NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": [ref("OtherSubnet")]}},
        },
        BY_AGENT_ENDPOINTS,
        id="awsvpc tasks",
    ),
    pytest.param(
        PUBLIC,
        {**EC2, "Subnet.MapPublicIpOnLaunch": True},
        "holds: from Subnet: ecr.api, ecr.dkr, s3, ecs, ecs-agent and ecs-telemetry by internet gateway Igw",
        id="public subnet, address by subnet",
    ),
    pytest.param(
        PUBLIC,
        {**EC2},
        no_exit("internet gateway Igw takes no traffic of instances of Group without a public address", ALL),
        id="public subnet, no address",
    ),
    pytest.param(
        PUBLIC,
        {**EC2, **launch(AssociatePublicIpAddress=True)},
        "holds: from Subnet: ecr.api, ecr.dkr, s3, ecs, ecs-agent and ecs-telemetry by internet gateway Igw",
        id="public subnet, address by template",
    ),
    pytest.param(
        PUBLIC,
        {**EC2, "Subnet.MapPublicIpOnLaunch": True, **launch(AssociatePublicIpAddress=False)},
        no_exit("internet gateway Igw takes no traffic of instances of Group without a public address", ALL),
        id="public subnet, no address by template",
    ),
    pytest.param(
        PUBLIC,
        {**EC2, "Subnet.MapPublicIpOnLaunch": True, **launch(AssociatePublicIpAddress=ref("Free"))},
        unsure_exit("it is not known whether a public address is given to instances of Group", ALL),
        id="public subnet, address unknown",
    ),
    pytest.param(
        PUBLIC,
        {**EC2, "Subnet.MapPublicIpOnLaunch": True, "Group.LaunchTemplate.LaunchTemplateId": "lt-1"},
        unsure_exit("it is not known whether a public address is given to instances of Group", ALL),
        id="public subnet, launch template imported",
    ),
    pytest.param(
        PUBLIC,
        {
            **EC2,
            "Config": resource(
                "AutoScaling::LaunchConfiguration", AssociatePublicIpAddress=True, SecurityGroups=[ref("TaskGroup")]
            ),
            "Group": resource(
                "AutoScaling::AutoScalingGroup",
                VPCZoneIdentifier=[ref("Subnet")],
                LaunchConfigurationName=ref("Config"),
            ),
        },
        "holds: from Subnet: ecr.api, ecr.dkr, s3, ecs, ecs-agent and ecs-telemetry by internet gateway Igw",
        id="launch configuration",
    ),
    pytest.param(
        INSTANCES,
        {"Group.VPCZoneIdentifier": {"Fn::Join": [",", [ref("Subnet")]]}},
        BY_AGENT_ENDPOINTS,
        id="zones as one text",
    ),
    pytest.param(
        INSTANCES,
        {**host(SubnetId=ref("Subnet"), SecurityGroupIds=[ref("TaskGroup")])},
        BY_AGENT_ENDPOINTS,
        id="instance",
    ),
    pytest.param(
        INSTANCES,
        {**host(NetworkInterfaces=[{"DeviceIndex": "0", "SubnetId": ref("Subnet"), "GroupSet": [ref("TaskGroup")]}])},
        BY_AGENT_ENDPOINTS,
        id="instance with interface",
    ),
    pytest.param(
        INSTANCES,
        {
            **CL,
            "Launch.LaunchTemplateData.UserData": USER,
            "Host": resource(
                "EC2::Instance", SubnetId=ref("Subnet"), LaunchTemplate={"LaunchTemplateId": ref("Launch")}
            ),
        },
        BY_AGENT_ENDPOINTS,
        id="instance, template's groups",
    ),
    pytest.param(
        INSTANCES, {**host()}, "unknown: the subnets of Host are not in the templates", id="instance in default VPC"
    ),
    pytest.param(
        PUBLIC,
        {
            **host(SubnetId=ref("Subnet"), SecurityGroupIds=[ref("TaskGroup")]),
            "Address": resource("EC2::EIP", InstanceId=ref("Host")),
        },
        "holds: from Subnet: ecr.api, ecr.dkr, s3, ecs, ecs-agent and ecs-telemetry by internet gateway Igw",
        id="instance with Elastic IP",
    ),
    pytest.param(
        PUBLIC,
        {
            **host(SubnetId=ref("Subnet"), SecurityGroupIds=[ref("TaskGroup")]),
            "Address": resource("EC2::EIPAssociation", InstanceId=ref("Free"), AllocationId="eipalloc-1"),
        },
        unsure_exit("it is not known whether a public address is given to Host", ALL),
        id="instance perhaps with Elastic IP",
    ),
    pytest.param(
        PUBLIC,
        {
            **host(SubnetId=ref("Subnet"), SecurityGroupIds=[ref("TaskGroup")]),
            "Address": resource("EC2::EIPAssociation", InstanceId=ref("Host")),
        },
        "holds: from Subnet: ecr.api, ecr.dkr, s3, ecs, ecs-agent and ecs-telemetry by internet gateway Igw",
        id="instance with associated Elastic IP",
    ),
    pytest.param(
        PUBLIC,
        {**host(SubnetId=ref("Subnet"), SecurityGroupIds=[ref("TaskGroup")])},
        no_exit("internet gateway Igw takes no traffic of Host without a public address", ALL),
        id="instance without address",
    ),
    pytest.param(
        INSTANCES,
        {
            **CL,
            "Launch.LaunchTemplateData.UserData": USER,
            "Fleet": resource(
                "EC2::EC2Fleet",
                LaunchTemplateConfigs=[
                    {"LaunchTemplateSpecification": {"LaunchTemplateId": ref("Launch"), "Version": "1"}}
                ],
            ),
        },
        "unknown: the subnets of instances of Fleet are not in the templates",
        id="fleet beside a group",
    ),
    *(
        pytest.param(
            INSTANCES,
            {
                **CL,
                "Group": None,
                "Launch.LaunchTemplateData.UserData": USER,
                "Fleet": resource(
                    "EC2::EC2Fleet",
                    LaunchTemplateConfigs=[
                        {
                            "LaunchTemplateSpecification": {
                                "LaunchTemplateId": ref("Launch"),
                                "Version": {"Fn::GetAtt": ["Launch", "LatestVersionNumber"]},
                            },
                            "Overrides": overrides,
                        }
                    ],
                ),
            },
            expected,
            id=f"fleet with {name}",
        )
        for name, overrides, expected in (
            ("its subnet", [{"SubnetId": ref("Subnet")}], BY_AGENT_ENDPOINTS),
            (
                "a subnet for one of two",
                [{"SubnetId": ref("Subnet")}, {"InstanceType": "t3.large"}],
                "unknown: which subnets the instances of the fleet Fleet are in is not known",
            ),
        )
    ),
    pytest.param(INSTANCES, launches(OPEN, CLOSED), BY_AGENT_ENDPOINTS, id="two interfaces, the first one open"),
    pytest.param(
        INSTANCES,
        launches(CLOSED, OPEN),
        no(INTERFACED, "security group EndpointGroup lets no TCP 443 in from EndpointGroup"),
        id="two interfaces, the second one open",
    ),
    pytest.param(
        INSTANCES,
        {LT: {"NetworkInterfaces": [{**CLOSED, "DeviceIndex": "1"}, {**OPEN, "DeviceIndex": "0"}]}},
        BY_AGENT_ENDPOINTS,
        id="two interfaces, the first one given last",
    ),
    pytest.param(
        INSTANCES,
        {LT: {"NetworkInterfaces": [OPEN, {**OPEN, "DeviceIndex": 1}]}},
        f"unknown: {NO_FIRST}",
        id="two interfaces, none of them the first",
    ),
    pytest.param(
        INSTANCES,
        {LT: {"NetworkInterfaces": [{**OPEN, "DeviceIndex": 0}, {"Fn::Transform": {"Name": "Ours"}}]}},
        f"unknown: {NO_FIRST}",
        id="two interfaces, one known only at deployment",
    ),
    pytest.param(
        {**NAT, **EC2},
        launches(OPEN, {**OPEN, "AssociatePublicIpAddress": True}),
        "unknown: EC2 takes no AssociatePublicIpAddress for Group, which has several network interfaces",
        id="two interfaces, a public address",
    ),
    pytest.param(
        PUBLIC,
        {**EC2, "Subnet.MapPublicIpOnLaunch": True, **launches(OPEN, OPEN)},
        unsure_exit("it is not known whether a public address is given to instances of Group", ALL),
        id="two interfaces, public subnet",
    ),
    pytest.param(
        INSTANCES,
        host(
            NetworkInterfaces=[
                {"DeviceIndex": "1", "SubnetId": "subnet-1", "GroupSet": ["sg-1"]},
                {"DeviceIndex": "0", "SubnetId": ref("Subnet"), "GroupSet": [ref("TaskGroup")]},
            ]
        ),
        BY_AGENT_ENDPOINTS,
        id="instance with two interfaces",
    ),
    pytest.param(
        {**ISOLATED, **EC2},
        script("echo HTTP_PROXY=proxy:3128 >> /etc/ecs/ecs.config"),
        rerouted("runs 'echo HTTP_PROXY=proxy:3128 >> /etc/ecs/ecs.config'"),
        id="proxy of the agent",
    ),
    pytest.param(
        {**NAT, **EC2},
        script("export https_proxy=http://proxy:3128"),
        rerouted("runs 'export https_proxy=http://proxy:3128'"),
        id="proxy beside NAT",
    ),
    pytest.param(
        {**NAT, **EC2},
        {LT: {"NetworkInterfaces": [OPEN, OPEN]}, **script("export HTTP_PROXY=http://proxy:3128")},
        rerouted("runs 'export HTTP_PROXY=http://proxy:3128'"),
        id="proxy and two interfaces",
    ),
    pytest.param(
        {**ISOLATED, **EC2},
        {
            f"{LT}.ImageId": "{{resolve:ssm:/aws/service/bottlerocket/aws-ecs-2/x86_64/latest/image_id}}",
            f"{LT}.UserData": {"Fn::Base64": '[settings.network]\nhttps-proxy = "proxy:3128"'},
        },
        rerouted("gives settings.network.https-proxy"),
        id="proxy of Bottlerocket",
    ),
    pytest.param(
        {**ISOLATED, **EC2},
        script("echo NO_PROXY=169.254.169.254 >> /etc/ecs/ecs.config"),
        no(ALL, NOWHERE),
        id="no proxy",
    ),
]
"""Container instances."""

PLACES = [
    pytest.param(
        ISOLATED,
        {
            "Cluster": resource("ECS::Cluster"),
            "Service": resource("ECS::Service", Cluster=ref("Cluster"), TaskDefinition=ref("Task"), LaunchType="EC2"),
        },
        "unknown: the container instances are not in the templates: Service by launch type EC2",
        id="no host",
    ),
    pytest.param(
        ISOLATED,
        {"Service.LaunchType": "EXTERNAL"},
        "unknown: the container instances are not in the templates: Service by launch type EXTERNAL",
        id="external",
    ),
    pytest.param(
        ISOLATED,
        {"Service": None},
        "unknown: no service or schedule in the templates runs it; it is for FARGATE",
        id="nothing runs it",
    ),
    pytest.param(
        ISOLATED,
        {"Service.LaunchType": ref("Free")},
        unsure_exit("no default route leads out, where it runs on FARGATE"),
        id="launch type unknown",
    ),
    pytest.param(INSTANCES, managed(), BY_AGENT_ENDPOINTS, id="managed instances"),
    pytest.param(
        ENDPOINTS,
        managed(),
        unsure("ecs, ecs-agent and ecs-telemetry", f"{UNNAMED}, and {NOWHERE}"),
        id="managed instances without endpoints of the agent",
    ),
    pytest.param(
        INSTANCES,
        {**managed(), "Agent.PrivateDnsEnabled": False},
        unsure("ecs-agent", f"{UNNAMED}, and private DNS of endpoint Agent is off{STUCK}"),
        id="managed instances, an endpoint of the agent without private DNS",
    ),
    pytest.param(
        NAT,
        managed(),
        "holds: from Subnet: ecr.api, ecr.dkr, s3, ecs, ecs-agent and ecs-telemetry by NAT gateway Nat",
        id="managed instances by NAT",
    ),
    pytest.param(ISOLATED, managed(), no(PULL, NOWHERE), id="managed instances, isolated"),
    pytest.param(
        PUBLIC,
        {"Subnet.MapPublicIpOnLaunch": True, **managed()},
        unsure_exit("it is not known whether a public address is given to instances of Provider", ALL),
        id="managed instances, public",
    ),
    pytest.param(
        ENDPOINTS,
        {
            "Service.LaunchType": None,
            "Service.CapacityProviderStrategy": [{"CapacityProvider": "FARGATE_SPOT", "Weight": 1}],
        },
        BY_ENDPOINTS,
        id="Fargate by capacity provider",
    ),
    pytest.param(
        ENDPOINTS,
        {"Service": resource("ECS::TaskSet", **runs("AwsVpcConfiguration", "TaskDefinition"))},
        BY_ENDPOINTS,
        id="task set",
    ),
    pytest.param(
        ENDPOINTS,
        {
            "Cluster": resource("ECS::Cluster"),
            "Service": resource(
                "Events::Rule",
                Targets=[
                    {"Id": "other", "Arn": "x"},
                    {"Arn": {"Fn::GetAtt": ["Cluster", "Arn"]}, "EcsParameters": runs("AwsVpcConfiguration")},
                ],
            ),
        },
        BY_ENDPOINTS,
        id="rule",
    ),
    pytest.param(
        ENDPOINTS,
        {
            "Cluster": resource("ECS::Cluster"),
            "Service": resource(
                "Scheduler::Schedule", Target={"Arn": {"Fn::GetAtt": ["Cluster", "Arn"]}, "EcsParameters": runs()}
            ),
        },
        BY_ENDPOINTS,
        id="schedule",
    ),
    pytest.param(
        ISOLATED,
        {
            "Cluster": resource("ECS::Cluster"),
            "Service": resource(
                "Pipes::Pipe", Target={"Fn::GetAtt": ["Cluster", "Arn"]}, TargetParameters={"EcsTaskParameters": runs()}
            ),
        },
        no(PULL, NOWHERE),
        id="pipe",
    ),
    pytest.param(ENDPOINTS, state_machine(), BY_ENDPOINTS, id="state machine"),
    pytest.param(
        PUBLIC,
        state_machine(AssignPublicIp="ENABLED"),
        "holds: from Subnet: ecr.api, ecr.dkr and s3 by internet gateway Igw",
        id="state machine, public address",
    ),
    pytest.param(
        PUBLIC,
        state_machine(),
        no_exit("internet gateway Igw takes no traffic of tasks of Service without a public address"),
        id="state machine, no public address",
    ),
    pytest.param(
        PUBLIC,
        state_machine(**{"AssignPublicIp.$": "$.address"}),
        unsure_exit("it is not known whether a public address is given to tasks of Service"),
        id="state machine, public address by its input",
    ),
    pytest.param(
        ISOLATED,
        state_machine(**{"Subnets": None, "Subnets.$": "$.subnets"}),
        "unknown: cannot verify the way to ecr.api, ecr.dkr and s3 from ${$.subnets}: it is not in the templates",
        id="state machine, subnets by its input",
    ),
    pytest.param(
        ENDPOINTS,
        express(NetworkConfiguration={"Subnets": [ref("Subnet")], "SecurityGroups": [ref("TaskGroup")]}),
        "unknown: cannot verify the way to logs from Subnet: AWS does not say which log group Express Mode makes, and "
        "VPC Vpc has no such endpoint, and no default route leads out",
        id="express",
    ),
    pytest.param(
        ENDPOINTS,
        by_definition(NetworkConfiguration={"Subnets": [ref("Subnet")], "SecurityGroups": [ref("TaskGroup")]}),
        BY_ENDPOINTS,
        id="express by a definition",
    ),
    pytest.param(
        ISOLATED,
        by_definition(NetworkConfiguration={"Subnets": [ref("Subnet")], "SecurityGroups": [ref("TaskGroup")]}),
        no_exit("no default route leads out"),
        id="express by a definition without a way",
    ),
    pytest.param(
        ENDPOINTS,
        by_definition(),
        "unknown: the subnets of tasks of Express are not in the templates",
        id="express by a definition, by default",
    ),
    pytest.param(
        ENDPOINTS, express(), "unknown: the subnets of tasks of Task are not in the templates", id="express by default"
    ),
    pytest.param(
        PUBLIC,
        express(NetworkConfiguration={"Subnets": [ref("Subnet")], "SecurityGroups": [ref("TaskGroup")]}),
        unsure_exit("it is not known whether a public address is given to tasks of Task").replace(
            "ecr.dkr and s3", "ecr.dkr, s3 and logs"
        ),
        id="express, public",
    ),
    pytest.param(
        ISOLATED,
        {
            "Service": None,
            "Task": resource("ECS::DaemonTaskDefinition", ContainerDefinitions=[{"Name": "a", "Image": OWN}]),
        },
        "unknown: no daemon in the templates runs it, and daemons run on ECS Managed Instances",
        id="daemon",
    ),
    pytest.param(
        ISOLATED,
        job(),
        "unknown: AWS Batch runs it on FARGATE, in a queue given with each job",
        id="job without a queue",
    ),
    pytest.param(
        PUBLIC,
        {**job(AssignPublicIp="ENABLED"), **QUEUE},
        "unknown: AWS Batch runs it on FARGATE, in a queue given with each job",
        id="job that nothing submits to the only queue",
    ),
    pytest.param(
        PUBLIC,
        {**job(), **QUEUE},
        no_exit("internet gateway Igw takes no traffic of jobs of Task without a public address", WITH_LOGS),
        id="job that nothing submits to the only queue, no public address",
    ),
    pytest.param(
        PUBLIC,
        {**job(AssignPublicIp="ENABLED"), **QUEUE, **SUBMITTED},
        f"holds: from Subnet: {WITH_LOGS} by internet gateway Igw",
        id="job, public address",
    ),
    pytest.param(
        PUBLIC,
        {**job(AssignPublicIp="DISABLED"), **QUEUE, **SUBMITTED},
        no_exit("internet gateway Igw takes no traffic of jobs of Task without a public address", WITH_LOGS),
        id="job, no public address",
    ),
    pytest.param(ISOLATED, {**job(), **QUEUE, **SUBMITTED}, no(WITH_LOGS, NOWHERE), id="job, isolated"),
    pytest.param(ENDPOINTS, {**job(), **QUEUE, **SUBMITTED}, no("logs", NOWHERE), id="job, no way to its logs"),
]
"""Other places where tasks run."""

OWN_ACCOUNT = ref("AWS::AccountId")
NO_LAYERS = no("s3", "the policy of endpoint Layers does not allow s3:GetObject")
CONDITION = "condition StringEquals on {} in statement {} of that policy"


def untold(service: str, endpoint_: str, action: str, why: str) -> str:
    """The answer where the policy of an endpoint leaves open whether it lets something through."""
    return unsure(service, f"it is not known whether the policy of endpoint {endpoint_} allows {action}: {why}")


POLICIES = [
    pytest.param(
        ENDPOINTS,
        {
            "Registry.PolicyDocument": policy(ALLOW),
            "Api.PolicyDocument": policy(ALLOW),
            "Layers.PolicyDocument": policy(ALLOW),
        },
        BY_ENDPOINTS,
        id="policy full",
    ),
    pytest.param(
        ENDPOINTS,
        {
            "Layers.PolicyDocument": policy(
                {
                    **ALLOW,
                    "Action": "s3:GetObject",
                    "Resource": {"Fn::Sub": "arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*"},
                }
            )
        },
        BY_ENDPOINTS,
        id="policy of layers",
    ),
    pytest.param(
        ENDPOINTS,
        {"Layers.PolicyDocument": policy({**ALLOW, "Action": "s3:*", "Resource": "arn:aws:s3:::my-bucket/*"})},
        no("s3", "the policy of endpoint Layers does not allow s3:GetObject"),
        id="policy of another bucket",
    ),
    pytest.param(
        ENDPOINTS,
        {
            "Layers.PolicyDocument": policy(
                {**ALLOW, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::prod-us-west-2-starport-layer-bucket/*"}
            )
        },
        no("s3", "the policy of endpoint Layers does not allow s3:GetObject"),
        id="policy of layers of another region",
    ),
    pytest.param(
        ENDPOINTS,
        {"Api.PolicyDocument": policy({**ALLOW, "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]})},
        no("ecr.api", "the policy of endpoint Api does not allow ecr:GetAuthorizationToken"),
        id="policy of no token",
    ),
    pytest.param(
        ENDPOINTS,
        {
            "Registry.PolicyDocument": policy(
                {
                    **ALLOW,
                    "Action": "ecr:*",
                    "Resource": {"Fn::Sub": "arn:aws:ecr:${AWS::Region}:${AWS::AccountId}:repository/app"},
                }
            )
        },
        BY_ENDPOINTS,
        id="policy of one repository",
    ),
    pytest.param(
        ENDPOINTS,
        {
            "Registry.PolicyDocument": policy(
                {
                    **ALLOW,
                    "Action": "ecr:*",
                    "Resource": {"Fn::Sub": "arn:aws:ecr:${AWS::Region}:${AWS::AccountId}:repository/other"},
                }
            )
        },
        no("ecr.dkr", "the policy of endpoint Registry does not allow ecr:BatchGetImage"),
        id="policy of another repository",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.PolicyDocument": policy(ALLOW, {**ALLOW, "Effect": "Deny", "Action": "ecr:BatchGetImage"})},
        no("ecr.dkr", "the policy of endpoint Registry does not allow ecr:BatchGetImage"),
        id="policy with a Deny",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.PolicyDocument": policy({**ALLOW, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}})},
        untold("ecr.dkr", "Registry", "ecr:BatchGetImage", CONDITION.format("aws:PrincipalOrgID", 1)),
        id="policy with a condition",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.PolicyDocument": policy({**ALLOW, "Principal": {"AWS": "arn:aws:iam::123456789012:role/x"}})},
        untold("ecr.dkr", "Registry", "ecr:BatchGetImage", "whom statement 1 of that policy addresses"),
        id="policy of one role",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.PolicyDocument": policy({**ALLOW, "Principal": {"AWS": ref("AWS::AccountId")}})},
        BY_ENDPOINTS,
        id="policy of the account",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.PolicyDocument": only_if("aws:PrincipalAccount", OWN_ACCOUNT)},
        BY_ENDPOINTS,
        id="policy of principals of the account",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.PolicyDocument": only_if("aws:ResourceAccount", OWN_ACCOUNT)},
        BY_ENDPOINTS,
        id="policy of repositories of the account",
    ),
    pytest.param(
        ENDPOINTS,
        {
            IMG: "999999999999.dkr.ecr.us-east-1.amazonaws.com/app:1",
            "Registry.PolicyDocument": only_if("aws:ResourceAccount", "123456789012"),
        },
        no("ecr.dkr", "the policy of endpoint Registry does not allow ecr:BatchGetImage"),
        id="policy of repositories of another account",
    ),
    pytest.param(
        ENDPOINTS,
        {
            IMG: "999999999999.dkr.ecr.us-east-1.amazonaws.com/app:1",
            "Registry.PolicyDocument": only_if("aws:ResourceAccount", OWN_ACCOUNT),
        },
        untold("ecr.dkr", "Registry", "ecr:BatchGetImage", CONDITION.format("aws:ResourceAccount", 1)),
        id="policy of repositories of the account, image perhaps of another",
    ),
    pytest.param(
        ENDPOINTS,
        {"Api.PolicyDocument": only_if("aws:ResourceAccount", OWN_ACCOUNT)},
        BY_ENDPOINTS,
        id="policy of resources of the account, token",
    ),
    pytest.param(
        ENDPOINTS,
        {
            IMG: "999999999999.dkr.ecr.us-east-1.amazonaws.com/app:1",
            "Api.PolicyDocument": only_if("aws:ResourceAccount", OWN_ACCOUNT),
        },
        untold("ecr.api", "Api", "ecr:GetAuthorizationToken", CONDITION.format("aws:ResourceAccount", 1)),
        id="policy of resources of the account, token for a registry of another",
    ),
    *[
        pytest.param(ENDPOINTS, {"Layers.PolicyDocument": document}, expected, id=f"policy of layers, {name}")
        for expected, documents in {
            BY_ENDPOINTS: {
                "Principal AWS *": policy({**ALLOW, "Principal": {"AWS": "*"}}),
                "wildcard for the region": policy({**ALLOW, "Resource": "arn:aws:s3:::prod-*-starport-layer-bucket/*"}),
                "wildcard in front": policy({**ALLOW, "Resource": "arn:aws:s3:::*starport-layer-bucket/*"}),
                "beside the account": policy({**ALLOW, "Principal": {"AWS": [OWN_ACCOUNT, "*"]}}),
                "no services": unless("aws:PrincipalIsAWSService", "true", "Bool"),
                "Deny for another region's bucket": policy(
                    ALLOW,
                    {**ALLOW, "Effect": "Deny", "Resource": "arn:aws:s3:::prod-us-west-2-starport-layer-bucket/*"},
                ),
            },
            NO_LAYERS: {
                "Principal account": policy({**ALLOW, "Principal": {"AWS": OWN_ACCOUNT}}),
                "Principal root": policy(
                    {**ALLOW, "Principal": {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}}
                ),
                "Principal role": policy({**ALLOW, "Principal": {"AWS": "arn:aws:iam::123456789012:role/x"}}),
                "principals of the account": only_if("aws:PrincipalAccount", OWN_ACCOUNT),
                "buckets of the account": only_if("s3:ResourceAccount", OWN_ACCOUNT),
                "resources of the account": only_if("aws:ResourceAccount", OWN_ACCOUNT),
                "no principals of others": unless("aws:PrincipalAccount", OWN_ACCOUNT),
                "no resources of others": unless("aws:ResourceAccount", OWN_ACCOUNT),
                "services": only_if("aws:PrincipalIsAWSService", "true", "Bool"),
                "another bucket with a wildcard": policy({**ALLOW, "Resource": "arn:aws:s3:::app-*/*"}),
            },
        }.items()
        for name, document in documents.items()
    ],
    *[
        pytest.param(
            ENDPOINTS,
            {"Layers.PolicyDocument": document},
            untold("s3", "Layers", "s3:GetObject", why),
            id=f"policy of layers, {name}",
        )
        for name, why, document in (
            (
                "Principal parameter",
                "whom statement 1 of that policy addresses",
                policy({**ALLOW, "Principal": {"AWS": ref("Free")}}),
            ),
            (
                "principals of some account",
                CONDITION.format("aws:PrincipalAccount", 1),
                only_if("aws:PrincipalAccount", "123456789012"),
            ),
            (
                "resources of some account",
                CONDITION.format("aws:ResourceAccount", 1),
                only_if("aws:ResourceAccount", "123456789012"),
            ),
            (
                "principals of an organization",
                CONDITION.format("aws:PrincipalOrgID", 1),
                only_if("aws:PrincipalOrgID", "o-1"),
            ),
            (
                "resources of an organization",
                CONDITION.format("aws:ResourceOrgID", 1),
                only_if("aws:ResourceOrgID", "o-1"),
            ),
            (
                "no principals of other organizations",
                CONDITION.format("aws:PrincipalOrgID", 2).replace("Equals", "NotEquals"),
                unless("aws:PrincipalOrgID", "o-1"),
            ),
            (
                "resources of the principal's account",
                CONDITION.format("aws:ResourceAccount", 1),
                only_if("aws:ResourceAccount", "${aws:PrincipalAccount}"),
            ),
        )
    ],
    pytest.param(
        ENDPOINTS,
        {"Registry.PolicyDocument": '{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}'},
        BY_ENDPOINTS,
        id="policy as text",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.PolicyDocument": "{"},
        untold("ecr.dkr", "Registry", "ecr:BatchGetImage", "the document of that policy"),
        id="policy as bad text",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.PolicyDocument": ref("Free")},
        untold("ecr.dkr", "Registry", "ecr:BatchGetImage", "the document of that policy"),
        id="policy parameter",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.PolicyDocument": {"Version": "2012-10-17"}},
        untold("ecr.dkr", "Registry", "ecr:BatchGetImage", "the document of that policy"),
        id="policy without statements",
    ),
    pytest.param(
        INSTANCES,
        {"Agent.PolicyDocument": policy({**ALLOW, "Action": "ecs:RegisterContainerInstance"})},
        no("ecs-agent", "the policy of endpoint Agent does not allow ecs:Poll"),
        id="policy of agent",
    ),
    pytest.param(
        INSTANCES,
        {"Agent.PolicyDocument": policy({**ALLOW, "Action": "ecs:*", "Resource": "arn:aws:ecs:us-east-1:1:cluster/x"})},
        untold(
            "ecs-agent",
            "Agent",
            "ecs:Poll",
            "whether ${a resource} is arn:aws:ecs:us-east-1:1:cluster/x in statement 1 of that policy",
        ),
        id="policy of agent, cluster",
    ),
    pytest.param(
        NAT,
        {
            "Layers": resource(
                "EC2::VPCEndpoint",
                ServiceName={"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"},
                VpcId=ref("Vpc"),
                RouteTableIds=[ref("Table")],
                PolicyDocument=policy({**ALLOW, "Resource": "arn:aws:s3:::my-bucket/*"}),
            )
        },
        no("s3", "the policy of endpoint Layers does not allow s3:GetObject"),
        id="policy beside NAT",
    ),
]
"""Policies of endpoints.

Layers come by URLs that an account of Amazon ECR has signed, from a bucket of its own.
Source: https://github.com/aws-samples/data-perimeter-policy-examples/blob/main/vpc_endpoint_policies/README.md
"""


BY_IGW = "holds: from Subnet: ecr.api, ecr.dkr and s3 by internet gateway Igw"
OPEN_PUBLIC = changed(PUBLIC, {SVC + "AssignPublicIp": "ENABLED"})
IN_PUBLIC = {"subnets": ("PublicSubnet",)}
IN_OTHER = {"subnets": ("OtherSubnet",)}
LINUX_IN, LINUX_OUT = "32768-61000 in from the internet", "32768-61000 out to Subnet"
NAT_IN = "1024-65535 in from the internet"
DUAL_STACK = {
    IMG: "123456789012.dkr-ecr.us-east-1.on.aws/app:1",
    "Subnet.Ipv6Native": True,
    "Eigw": resource("EC2::EgressOnlyInternetGateway", VpcId=ref("Vpc")),
    "Route6": resource(
        "EC2::Route",
        RouteTableId=ref("Table"),
        DestinationIpv6CidrBlock="::/0",
        EgressOnlyInternetGatewayId=ref("Eigw"),
    ),
}
BY_EIGW = "holds: from Subnet: ecr.api, ecr.dkr and s3 by egress-only internet gateway Eigw"
V6 = {"Ipv6CidrBlock": "::/0"}


def of_default(body: Any) -> Any:
    """The same rule in the default network ACL."""
    return {**body, "Properties": {**body["Properties"], "NetworkAclId": DEFAULT}}


ACLS = [
    # of the subnet that pulls, by an internet gateway
    pytest.param(OPEN_PUBLIC, guarded(OUT, IN), BY_IGW, id="ACL of all both ways"),
    pytest.param(OPEN_PUBLIC, guarded(entry(True, HTTPS), entry(False, ANSWERS)), BY_IGW, id="ACL of 443 and answers"),
    pytest.param(OPEN_PUBLIC, guarded(OUT, entry("false")), BY_IGW, id="ACL entry in as text"),
    pytest.param(
        OPEN_PUBLIC, guarded(OUT, changed({"E": IN}, {"E.Egress": None})["E"]), BY_IGW, id="ACL entry is in by default"
    ),
    pytest.param(OPEN_PUBLIC, guarded(), no_exit(no_acl("443 out to the internet")), id="ACL without entries"),
    pytest.param(OPEN_PUBLIC, guarded(IN), no_exit(no_acl("443 out to the internet")), id="ACL in only"),
    pytest.param(OPEN_PUBLIC, guarded(OUT), no_exit(no_acl(LINUX_IN)), id="ACL out only"),
    pytest.param(
        OPEN_PUBLIC,
        guarded(entry(True, ports(80)), IN),
        no_exit(no_acl("443 out to the internet")),
        id="ACL of another port out",
    ),
    pytest.param(
        OPEN_PUBLIC, guarded(OUT, entry(False, ports(443))), no_exit(no_acl(LINUX_IN)), id="ACL of 443 in, no answers"
    ),
    pytest.param(OPEN_PUBLIC, guarded(OUT, entry(False, ports(32768, 61000))), BY_IGW, id="ACL of Linux's answers"),
    pytest.param(
        OPEN_PUBLIC,
        guarded(OUT, entry(False, ports(49152, 65535))),
        unsure_exit(unsure_acl(LINUX_IN)),
        id="ACL of a part of Linux's answers",
    ),
    pytest.param(
        OPEN_PUBLIC,
        guarded(OUT, entry(False, ports(1024, 40000)), entry(False, ports(40001, 65535), number=110)),
        BY_IGW,
        id="ACL of answers in two parts",
    ),
    pytest.param(
        OPEN_PUBLIC,
        guarded(OUT, entry(False, ports(1024, 40000)), entry(False, ports(40002, 65535), number=110)),
        unsure_exit(unsure_acl(LINUX_IN)),
        id="ACL of answers but for one port",
    ),
    pytest.param(
        OPEN_PUBLIC,
        {**WINDOWS, **guarded(OUT, entry(False, ports(49152, 65535)))},
        f"holds: from Subnet: {PULL_WINDOWS} by internet gateway Igw",
        id="ACL of Windows' answers",
    ),
    pytest.param(
        OPEN_PUBLIC,
        {**WINDOWS, **guarded(OUT, entry(False, ports(32768, 61000)))},
        f"{unsure_exit(unsure_acl('49152-65535 in from the internet'))}; cannot verify the way to mcr.microsoft.com "
        f"from Subnet: no VPC endpoint leads there, and {unsure_acl('49152-65535 in from the internet')}",
        id="ACL of Linux's answers, Windows",
    ),
    pytest.param(
        OPEN_PUBLIC,
        {
            "Task.RuntimePlatform": {"OperatingSystemFamily": ref("Free")},
            **guarded(OUT, entry(False, ports(32768, 61000))),
        },
        unsure_exit(unsure_acl("32768-65535 in from the internet")),
        id="ACL of Linux's answers, system unknown",
    ),
    pytest.param(
        OPEN_PUBLIC,
        guarded(entry(True, Protocol=17), IN),
        no_exit(no_acl("443 out to the internet")),
        id="ACL of UDP",
    ),
    pytest.param(
        OPEN_PUBLIC,
        guarded(entry(True, HTTPS, Protocol="6"), entry(False, ANSWERS, Protocol="-1", PortRange=ports(1))),
        BY_IGW,
        id="ACL protocols as text, all take no ports",
    ),
    pytest.param(
        OPEN_PUBLIC,
        guarded(entry(True, HTTPS, Protocol="tcp"), IN),
        unsure_exit(unsure_acl("443 out to the internet")),
        id="ACL protocol by name",
    ),
    pytest.param(
        OPEN_PUBLIC,
        guarded(entry(True, ports(ref("Free"))), IN),
        unsure_exit(unsure_acl("443 out to the internet")),
        id="ACL port unknown",
    ),
    pytest.param(
        OPEN_PUBLIC,
        guarded(entry(True, "443"), IN),
        unsure_exit(unsure_acl("443 out to the internet")),
        id="ACL ports nonsense",
    ),
    pytest.param(
        OPEN_PUBLIC,
        guarded(entry(ref("Free")), IN),
        unsure_exit(unsure_acl("443 out to the internet")),
        id="ACL direction unknown",
    ),
    pytest.param(
        OPEN_PUBLIC,
        guarded(entry(True, action=ref("Free")), IN),
        unsure_exit(unsure_acl("443 out to the internet")),
        id="ACL action unknown",
    ),
    pytest.param(
        OPEN_PUBLIC,
        guarded({"Type": "AWS::EC2::NetworkAclEntry", "Properties": {**OUT["Properties"], "CidrBlock": ["x"]}}, IN),
        unsure_exit(unsure_acl("443 out to the internet")),
        id="ACL range nonsense",
    ),
    pytest.param(
        OPEN_PUBLIC,
        guarded(entry(True, CidrBlock="10.0.0.0/16"), IN),
        no_exit(no_acl("443 out to the internet")),
        id="ACL of the VPC only",
    ),
    pytest.param(
        OPEN_PUBLIC,
        guarded(entry(True, CidrBlock="52.0.0.0/8"), IN),
        unsure_exit(unsure_acl("443 out to the internet")),
        id="ACL of a part of the internet",
    ),
    pytest.param(
        OPEN_PUBLIC,
        guarded(entry(True, CidrBlock=ref("Free")), IN),
        unsure_exit(unsure_acl("443 out to the internet")),
        id="ACL range unknown",
    ),
    pytest.param(
        OPEN_PUBLIC, guarded(entry(True, **V6), IN), no_exit(no_acl("443 out to the internet")), id="ACL of IPv6 only"
    ),
    # the order of rules
    pytest.param(
        OPEN_PUBLIC,
        guarded(OUT, IN, entry(True, action="deny", number=90)),
        no_exit(no_acl("443 out to the internet")),
        id="ACL denies first",
    ),
    pytest.param(
        OPEN_PUBLIC, guarded(OUT, IN, entry(True, action="deny", number="110")), BY_IGW, id="ACL denies after"
    ),
    pytest.param(
        OPEN_PUBLIC,
        guarded(entry(True, number="1000"), IN, entry(True, action="deny", number="200")),
        no_exit(no_acl("443 out to the internet")),
        id="ACL order is that of numbers",
    ),
    pytest.param(
        OPEN_PUBLIC,
        guarded(OUT, IN, entry(False, ports(3389), action="deny", number=90)),
        BY_IGW,
        id="ACL denies a port that is not needed",
    ),
    pytest.param(
        OPEN_PUBLIC,
        guarded(OUT, IN, entry(False, ports(40000), action="deny", number=90)),
        unsure_exit(unsure_acl(LINUX_IN)),
        id="ACL denies a port of the answers",
    ),
    pytest.param(
        OPEN_PUBLIC,
        guarded(OUT, IN, entry(True, action="deny", number=90, CidrBlock="192.168.0.0/16")),
        BY_IGW,
        id="ACL denies private addresses",
    ),
    pytest.param(
        OPEN_PUBLIC,
        guarded(OUT, IN, entry(True, action="deny", number=90, CidrBlock="52.0.0.0/8")),
        unsure_exit(unsure_acl("443 out to the internet")),
        id="ACL denies a part of the internet",
    ),
    pytest.param(
        OPEN_PUBLIC,
        guarded(IN, entry(True, action="deny", number=90, CidrBlock="52.0.0.0/8")),
        no_exit(no_acl("443 out to the internet")),
        id="ACL denies a part and allows nothing",
    ),
    pytest.param(
        OPEN_PUBLIC,
        guarded(OUT, IN, entry(True, action="deny", number=ref("Free"))),
        unsure_exit(unsure_acl("443 out to the internet")),
        id="ACL denies at an unknown place",
    ),
    pytest.param(
        OPEN_PUBLIC,
        guarded(OUT, IN, entry(True, HTTPS, number=ref("Free"))),
        BY_IGW,
        id="ACL allows at an unknown place too",
    ),
    pytest.param(
        OPEN_PUBLIC,
        guarded(OUT, IN, entry(True, action="deny")),
        unsure_exit(unsure_acl("443 out to the internet")),
        id="ACL has one number twice",
    ),
    pytest.param(
        OPEN_PUBLIC,
        guarded(OUT, IN, entry(True, action="deny", number=90, NetworkAclId=ref("Free"))),
        unsure_exit(unsure_acl("443 out to the internet")),
        id="ACL perhaps denies",
    ),
    pytest.param(
        OPEN_PUBLIC,
        guarded(OUT, IN, entry(True, HTTPS, NetworkAclId=ref("Free"))),
        BY_IGW,
        id="ACL perhaps has one number twice",
    ),
    pytest.param(
        OPEN_PUBLIC,
        guarded(OUT, entry(False, ports(65535, 1024))),
        unsure_exit(unsure_acl(LINUX_IN)),
        id="ACL ports the wrong way round",
    ),
    pytest.param(
        OPEN_PUBLIC,
        guarded(OUT, IN, {**OUT, "Properties": {"Fn::Transform": {"Name": "Rule"}}}),
        unsure_exit(unsure_acl("443 out to the internet")),
        id="ACL entry that a macro makes",
    ),
    # which network ACL it is
    pytest.param(
        OPEN_PUBLIC,
        changed(guarded(), {"SubnetAcl.SubnetId": ref("Free")}),
        unsure_exit(f"it is not known which network ACL subnet Subnet has: network ACL Acl or {IN_DEFAULT}"),
        id="ACL perhaps of the subnet",
    ),
    pytest.param(
        OPEN_PUBLIC,
        changed(guarded(OUT, IN), {"SubnetAcl.SubnetId": ref("Free")}),
        BY_IGW,
        id="ACL perhaps of the subnet lets all pass",
    ),
    pytest.param(
        OPEN_PUBLIC,
        changed(guarded(OUT, IN), {"SubnetAcl.NetworkAclId": ref("Free")}),
        unsure_exit("network ACL ${Free} is not in the templates"),
        id="ACL known at deployment only",
    ),
    pytest.param(
        OPEN_PUBLIC,
        changed(guarded(OUT, IN), {"SubnetAcl.NetworkAclId": {"Fn::GetAtt": ["Acl", "Id"]}}),
        BY_IGW,
        id="ACL by attribute",
    ),
    pytest.param(
        OPEN_PUBLIC,
        {**subnet("Other", "10.0.9.0/24"), **guarded(**IN_OTHER)},
        BY_IGW,
        id="ACL of another subnet",
    ),
    pytest.param(
        OPEN_PUBLIC,
        {
            **guarded(OUT, IN),
            "Acl2": resource("EC2::NetworkAcl", VpcId=ref("Vpc")),
            "Both": resource("EC2::SubnetNetworkAclAssociation", SubnetId=ref("Subnet"), NetworkAclId=ref("Acl2")),
        },
        unsure_exit("it is not known which network ACL subnet Subnet has: network ACL Acl or network ACL Acl2"),
        id="two ACLs",
    ),
    # the default one
    pytest.param(
        OPEN_PUBLIC,
        {"Deny": of_default(entry(True, action="deny", number=90))},
        no_exit(no_acl("443 out to the internet", IN_DEFAULT)),
        id="default ACL denies out",
    ),
    pytest.param(
        OPEN_PUBLIC,
        {"Deny": of_default(entry(False, action="deny", number=90))},
        no_exit(no_acl(LINUX_IN, IN_DEFAULT)),
        id="default ACL denies in",
    ),
    pytest.param(
        OPEN_PUBLIC,
        {"Deny": of_default(entry(False, ports(22), action="deny", number=90))},
        BY_IGW,
        id="default ACL denies what is not needed",
    ),
    pytest.param(
        OPEN_PUBLIC,
        {"Deny": of_default(entry(True, action="deny", number=110))},
        BY_IGW,
        id="default ACL denies after its own rule",
    ),
    pytest.param(
        OPEN_PUBLIC,
        {"Deny": of_default(entry(True, action="deny"))},
        unsure_exit(unsure_acl("443 out to the internet", IN_DEFAULT)),
        id="default ACL denies in place of its own rule",
    ),
    pytest.param(
        OPEN_PUBLIC,
        {**guarded(OUT, IN), "Deny": of_default(entry(True, action="deny", number=90))},
        BY_IGW,
        id="default ACL denies, the subnet has another",
    ),
    pytest.param(
        OPEN_PUBLIC,
        {**changed(guarded(), {"SubnetAcl.NetworkAclId": DEFAULT})},
        BY_IGW,
        id="default ACL by association",
    ),
    pytest.param(
        OPEN_PUBLIC,
        {
            "Other": resource("EC2::VPC", CidrBlock="10.0.0.0/16"),
            "Deny": entry(True, action="deny", number=90, NetworkAclId={"Fn::GetAtt": ["Other", "DefaultNetworkAcl"]}),
        },
        BY_IGW,
        id="default ACL of another VPC denies",
    ),
    # NAT gateways
    pytest.param(NAT, guarded(entry(True, HTTPS), entry(False, ANSWERS)), BY_NAT, id="ACL before NAT"),
    pytest.param(NAT, guarded(IN), no_exit(no_acl("443 out to the internet")), id="ACL before NAT, not out"),
    pytest.param(NAT, guarded(OUT), no_exit(no_acl(LINUX_IN)), id="ACL before NAT, no answers"),
    pytest.param(
        NAT,
        guarded(entry(True, CidrBlock="10.0.0.0/16"), IN),
        no_exit(no_acl("443 out to the internet")),
        id="ACL before NAT, to the VPC only",
    ),
    pytest.param(NAT, guarded(OUT, IN, **IN_PUBLIC), BY_NAT, id="ACL of NAT, all"),
    pytest.param(NAT, guarded(OUT, IN, subnets=("Subnet", "PublicSubnet")), BY_NAT, id="ACL of both, all"),
    pytest.param(
        NAT,
        guarded(
            entry(True, HTTPS),
            entry(True, ports(32768, 65535), number=110, CidrBlock="10.0.0.0/24"),
            entry(False, HTTPS, CidrBlock="10.0.0.0/16"),
            entry(False, ANSWERS, number=110),
            **IN_PUBLIC,
        ),
        BY_NAT,
        id="ACL of NAT, what is needed",
    ),
    pytest.param(
        NAT,
        guarded(OUT, entry(False, ANSWERS), **IN_PUBLIC),
        no_exit(no_acl("443 in from Subnet")),
        id="ACL of NAT, not in",
    ),
    pytest.param(
        NAT,
        guarded(entry(True, ANSWERS), IN, **IN_PUBLIC),
        no_exit(no_acl("443 out to the internet")),
        id="ACL of NAT, not out",
    ),
    pytest.param(
        NAT,
        guarded(OUT, entry(False, HTTPS), **IN_PUBLIC),
        no_exit(no_acl(NAT_IN)),
        id="ACL of NAT, no answers in",
    ),
    pytest.param(
        NAT,
        guarded(OUT, entry(False, HTTPS), entry(False, ports(32768, 65535), number=110), **IN_PUBLIC),
        unsure_exit(unsure_acl(NAT_IN)),
        id="ACL of NAT, a part of the answers in",
    ),
    pytest.param(
        NAT,
        guarded(entry(True, HTTPS), IN, **IN_PUBLIC),
        no_exit(no_acl(LINUX_OUT)),
        id="ACL of NAT, no answers out",
    ),
    pytest.param(
        NAT,
        guarded(OUT, IN, entry(False, action="deny", number=90, CidrBlock="10.0.0.0/24"), **IN_PUBLIC),
        no_exit(no_acl("443 in from Subnet")),
        id="ACL of NAT, denies the subnet",
    ),
    pytest.param(
        NAT,
        guarded(OUT, IN, entry(False, action="deny", number=90, CidrBlock="10.0.5.0/24"), **IN_PUBLIC),
        BY_NAT,
        id="ACL of NAT, denies another subnet",
    ),
    # interface endpoints
    pytest.param(ENDPOINTS, guarded(OUT, IN), BY_ENDPOINTS, id="ACL before endpoints, all"),
    pytest.param(
        ENDPOINTS,
        guarded(entry(True, HTTPS), entry(False, ANSWERS)),
        BY_ENDPOINTS,
        id="ACL before endpoints, 443 and answers",
    ),
    pytest.param(
        ENDPOINTS,
        guarded(),
        no("s3", no_acl("443 out to the internet")),
        id="ACL does not filter within the subnet, S3 is outside",
    ),
    pytest.param(
        ENDPOINTS,
        {**OTHER, **guarded(OUT, IN, subnets=("Subnet", "OtherSubnet"))},
        BY_ENDPOINTS,
        id="ACL of both subnets, all",
    ),
    pytest.param(
        ENDPOINTS,
        {
            **OTHER,
            **guarded(
                entry(True, ANSWERS, CidrBlock="10.0.0.0/24"), entry(False, HTTPS, CidrBlock="10.0.0.0/24"), **IN_OTHER
            ),
        },
        BY_ENDPOINTS,
        id="ACL of the endpoint, what is needed",
    ),
    pytest.param(
        ENDPOINTS,
        {**OTHER, **guarded(OUT, entry(False, ANSWERS), **IN_OTHER)},
        no("ecr.dkr", no_acl("443 in from Subnet")),
        id="ACL of the endpoint, not in",
    ),
    pytest.param(
        ENDPOINTS,
        {**OTHER, **guarded(entry(True, HTTPS), IN, **IN_OTHER)},
        no("ecr.dkr", no_acl(LINUX_OUT)),
        id="ACL of the endpoint, no answers out",
    ),
    pytest.param(
        ENDPOINTS,
        {
            **OTHER,
            **guarded(OUT, IN, entry(True, HTTPS, action="deny", number=90, CidrBlock="10.0.9.0/24")),
        },
        no("ecr.dkr", no_acl("443 out to OtherSubnet")),
        id="ACL denies the way to the endpoint",
    ),
    pytest.param(
        ENDPOINTS,
        {**OTHER, **guarded(OUT, IN, entry(False, action="deny", number=90, CidrBlock="10.0.9.0/24"))},
        no("ecr.dkr", no_acl("32768-61000 in from OtherSubnet")),
        id="ACL denies the answers of the endpoint",
    ),
    pytest.param(
        ENDPOINTS,
        {**TWINS, **guarded(**IN_OTHER)},
        unsure("ecr.dkr", f"not every address of endpoint Registry is reached: {no_acl('443 in from Subnet')}"),
        id="ACL of one of the endpoint's subnets",
    ),
    pytest.param(ENDPOINTS, {**TWINS, **guarded(OUT, IN, **IN_OTHER)}, BY_ENDPOINTS, id="ACL of one of them, all"),
    pytest.param(
        ENDPOINTS,
        {**OTHER, **guarded(OUT, entry(False, CidrBlock={"Fn::GetAtt": ["Vpc", "CidrBlock"]}), **IN_OTHER)},
        BY_ENDPOINTS,
        id="ACL of the VPC's range",
    ),
    pytest.param(
        ENDPOINTS,
        {**OTHER, **guarded(OUT, entry(False, CidrBlock={"Fn::GetAtt": ["Subnet", "CidrBlock"]}), **IN_OTHER)},
        BY_ENDPOINTS,
        id="ACL of the subnet's range by attribute",
    ),
    pytest.param(
        ENDPOINTS,
        {**OTHER, "Subnet.CidrBlock": ref("Free"), **guarded(OUT, entry(False, CidrBlock=ref("Free")), **IN_OTHER)},
        BY_ENDPOINTS,
        id="ACL of the subnet's range, one parameter for both",
    ),
    pytest.param(
        ENDPOINTS,
        {
            **OTHER,
            "Subnet.CidrBlock": {"Fn::Select": [0, ref("Frees")]},
            **guarded(OUT, entry(False, CidrBlock={"Fn::Select": [1, ref("Frees")]}), **IN_OTHER),
        },
        unsure("ecr.dkr", unsure_acl("443 in from Subnet")),
        id="ACL of another element of the list that the subnet's range is of",
    ),
    pytest.param(
        ENDPOINTS,
        {**OTHER, "Subnet.CidrBlock": ref("Free"), **guarded(OUT, entry(False, CidrBlock="10.0.0.0/8"), **IN_OTHER)},
        BY_ENDPOINTS,
        id="ACL of more than the VPC's range, subnet unknown",
    ),
    pytest.param(
        ENDPOINTS,
        {**OTHER, "Subnet.CidrBlock": ref("Free"), **guarded(OUT, entry(False, CidrBlock="10.0.0.0/24"), **IN_OTHER)},
        unsure("ecr.dkr", unsure_acl("443 in from Subnet")),
        id="ACL of a part of the VPC's range, subnet unknown",
    ),
    # the S3 gateway
    pytest.param(
        ENDPOINTS,
        guarded(entry(True, CidrBlock="10.0.0.0/16"), IN),
        no("s3", no_acl("443 out to the internet")),
        id="ACL to the VPC only, S3",
    ),
    pytest.param(
        ENDPOINTS,
        guarded(OUT, entry(False, CidrBlock="10.0.0.0/16")),
        no("s3", no_acl(LINUX_IN)),
        id="ACL from the VPC only, S3",
    ),
    pytest.param(
        ENDPOINTS,
        guarded(entry(True, CidrBlock="10.0.0.0/16"), entry(True, number=110, CidrBlock="52.216.0.0/15"), IN),
        unsure("s3", unsure_acl("443 out to the internet")),
        id="ACL to a part of the internet, S3",
    ),
    # container instances
    pytest.param(INSTANCES, guarded(OUT, IN), BY_AGENT_ENDPOINTS, id="ACL before instances, all"),
    pytest.param(
        INSTANCES,
        guarded(OUT, entry(False, ports(32768, 61000))),
        unsure("s3", unsure_acl("32768-65535 in from the internet")),
        id="ACL before instances of an unknown system",
    ),
    pytest.param(
        INSTANCES,
        {
            f"{LT}.ImageId": image("optimized-ami/amazon-linux-2023/recommended"),
            **guarded(OUT, entry(False, ports(32768, 61000))),
        },
        BY_AGENT_ENDPOINTS,
        id="ACL before instances of Amazon Linux",
    ),
    pytest.param(
        INSTANCES,
        {f"{LT}.ImageId": WINDOWS_IMAGE, **guarded(OUT, entry(False, ports(49152, 65535)))},
        unsure("mcr.microsoft.com", NOT_PUSHED),
        id="ACL before instances of Windows",
    ),
    pytest.param(
        INSTANCES,
        {**managed(), **guarded(OUT, entry(False, ports(32768, 61000)))},
        BY_AGENT_ENDPOINTS,
        id="ACL before ECS Managed Instances",
    ),
    # IPv6
    pytest.param(
        NAT, {**DUAL_STACK, **guarded(entry(True, **V6), entry(False, **V6))}, BY_EIGW, id="ACL of IPv6, IPv6 only"
    ),
    pytest.param(
        NAT,
        {**DUAL_STACK, **guarded(OUT, IN)},
        unsure(PULL, no_acl("443 out to the internet")),
        id="ACL of IPv4, IPv6 only",
    ),
    pytest.param(
        NAT,
        {**DUAL_STACK, "Deny": of_default(entry(True, ports(22), action="deny", number=90))},
        unsure(PULL, unsure_acl("443 out to the internet", IN_DEFAULT)),
        id="default ACL changed, IPv6 only",
    ),
]
"""Network ACLs, which filter what enters and leaves a subnet, answers too."""

HERE, VPC_, THERE = {"SubnetId": ref("Subnet")}, {"VpcId": ref("Vpc")}, {"SubnetId": ref("PublicSubnet")}
BLOCKED_IGW = "Block blocks public access of subnet Subnet by internet gateway Igw"
BLOCKED_NAT = "Block blocks public access of subnet Subnet by NAT gateway Nat"
BLOCKED_EIGW = "Block blocks public access of subnet Subnet by egress-only internet gateway Eigw"
UNSURE = "it is not known whether"
BOTH_WAYS, EGRESS = "allow-bidirectional", "allow-egress"

BLOCKED = [
    pytest.param(OPEN_PUBLIC, blocks("block-bidirectional"), no_exit(BLOCKED_IGW), id="all blocked"),
    pytest.param(OPEN_PUBLIC, blocks("block-ingress"), no_exit(BLOCKED_IGW), id="ingress blocked"),
    pytest.param(OPEN_PUBLIC, blocks("off"), BY_IGW, id="nothing blocked"),
    pytest.param(OPEN_PUBLIC, blocks(ref("Free")), unsure_exit(f"{UNSURE} {BLOCKED_IGW}"), id="block mode unknown"),
    pytest.param(
        OPEN_PUBLIC, blocks(ref("Free"), Free=excluded(BOTH_WAYS, **HERE)), BY_IGW, id="block mode unknown, excluded"
    ),
    pytest.param(
        OPEN_PUBLIC, blocks("block-bidirectional", Not=excluded(BOTH_WAYS, **HERE)), BY_IGW, id="subnet excluded"
    ),
    pytest.param(
        OPEN_PUBLIC, blocks("block-bidirectional", Not=excluded(BOTH_WAYS, **VPC_)), BY_IGW, id="VPC excluded"
    ),
    pytest.param(
        OPEN_PUBLIC,
        blocks("block-ingress", Not=excluded(BOTH_WAYS, **HERE)),
        BY_IGW,
        id="subnet excluded from blocked ingress",
    ),
    pytest.param(
        OPEN_PUBLIC,
        blocks("block-ingress", Not=excluded(EGRESS, **HERE)),
        no_exit(BLOCKED_IGW),
        id="egress excluded from blocked ingress",
    ),
    pytest.param(
        OPEN_PUBLIC,
        blocks("block-bidirectional", Not=excluded(EGRESS, **HERE)),
        no_exit(BLOCKED_IGW),
        id="egress excluded, internet gateway",
    ),
    pytest.param(
        OPEN_PUBLIC,
        {
            **subnet("Other", "10.0.9.0/24"),
            **blocks("block-ingress", Not=excluded(BOTH_WAYS, SubnetId=ref("OtherSubnet"))),
        },
        no_exit(BLOCKED_IGW),
        id="another subnet excluded",
    ),
    pytest.param(
        OPEN_PUBLIC,
        blocks("block-ingress", Not=excluded(BOTH_WAYS, SubnetId=ref("Free"))),
        unsure_exit(f"{UNSURE} {BLOCKED_IGW}"),
        id="unknown subnet excluded",
    ),
    pytest.param(
        OPEN_PUBLIC,
        blocks("block-ingress", Not=excluded(ref("Free"), **HERE)),
        unsure_exit(f"{UNSURE} {BLOCKED_IGW}"),
        id="exclusion mode unknown",
    ),
    pytest.param(
        OPEN_PUBLIC,
        blocks("block-bidirectional", Not=excluded(BOTH_WAYS, **HERE), Vpcs=excluded(EGRESS, **VPC_)),
        unsure_exit(f"{UNSURE} {BLOCKED_IGW}"),
        id="subnet and VPC excluded under different modes",
    ),
    pytest.param(NAT, blocks("block-ingress"), BY_NAT, id="ingress blocked, NAT"),
    pytest.param(NAT, blocks("block-bidirectional"), no_exit(BLOCKED_NAT), id="all blocked, NAT"),
    pytest.param(
        NAT, blocks("block-bidirectional", Not=excluded(EGRESS, **VPC_)), BY_NAT, id="egress of VPC excluded, NAT"
    ),
    pytest.param(
        NAT,
        blocks("block-bidirectional", Not=excluded(EGRESS, **HERE), Nats=excluded(BOTH_WAYS, **THERE)),
        BY_NAT,
        id="both subnets excluded, NAT",
    ),
    pytest.param(
        NAT,
        blocks("block-bidirectional", Not=excluded(BOTH_WAYS, **THERE)),
        unsure_exit(f"{UNSURE} {BLOCKED_NAT}"),
        id="subnet of NAT excluded",
    ),
    pytest.param(
        NAT,
        blocks("block-bidirectional", Not=excluded(BOTH_WAYS, **HERE)),
        unsure_exit(f"{UNSURE} {BLOCKED_NAT}"),
        id="subnet before NAT excluded",
    ),
    pytest.param(ENDPOINTS, blocks("block-bidirectional"), BY_ENDPOINTS, id="all blocked, endpoints"),
    pytest.param(NAT, {**DUAL_STACK, **blocks("block-ingress")}, BY_EIGW, id="ingress blocked, egress-only"),
    pytest.param(
        NAT, {**DUAL_STACK, **blocks("block-bidirectional")}, unsure(PULL, BLOCKED_EIGW), id="all blocked, egress-only"
    ),
    pytest.param(
        NAT,
        {**DUAL_STACK, **blocks("block-bidirectional", Not=excluded(EGRESS, **HERE))},
        BY_EIGW,
        id="egress excluded, egress-only",
    ),
]
"""VPC Block Public Access, and what is left out of it."""


@pytest.mark.parametrize(
    ("network", "changes", "expected"),
    [
        *(*ROUTES, *OUTSIDE, *INTERFACES, *GROUPS, *GATEWAYS, *IMAGES, *IPV6, *SERVICES, *HOSTS, *PLACES, *POLICIES),
        *(*HUBS, *NAMES, *ACLS, *BLOCKED),
    ],
)
def test_link(network: Resources, changes: Mapping[str, Any], expected: str) -> None:
    assert one(network, changes, "us-east-1", Parameters=PARAMETERS) == expected


CONDITIONS = {
    "Nat": {"Fn::Equals": [ref("Free"), "nat"]},
    "NoNat": {"Fn::Not": [{"Condition": "Nat"}]},
    "Other": {"Fn::Equals": [ref("Choice"), "other"]},
    **{f"C{n}": {"Fn::Equals": [ref(f"P{n}"), "yes"]} for n in range(12)},
}


def conditional(resources: Resources, condition: str, *names: str) -> Resources:
    return {name: {**resources[name], "Condition": condition} for name in names}


def either(condition: str, yes: Any, no: Any) -> Any:
    return {"Fn::If": [condition, yes, no]}


NO_VALUE = ref("AWS::NoValue")
IS_NAT, NOT_NAT = "Free is nat", "Free is not nat"
BOTH: Resources = {
    **ENDPOINTS,
    **NAT,
    **conditional(NAT, "Nat", "Route"),
    **conditional(ENDPOINTS, "NoNat", "Api", "Registry", "Layers"),
}
"""A NAT gateway or endpoints, by a parameter."""


@pytest.mark.parametrize(
    ("network", "changes", "expected"),
    [
        pytest.param(BOTH, {}, BY_NAT, id="NAT or endpoints"),
        pytest.param(
            {**BOTH, **conditional(ENDPOINTS, "Nat", "Registry")},
            {},
            where(NOT_NAT, no("ecr.dkr", NOWHERE)),
            id="NAT or endpoints, one of them in the wrong case",
        ),
        pytest.param(
            {**NAT, **conditional(NAT, "Nat", "Route")}, {}, where(NOT_NAT, no(PULL, NOWHERE)), id="route in one case"
        ),
        pytest.param(
            {**NAT, **conditional(NAT, "Nat", "Route", "Service", "Task")},
            {},
            BY_NAT,
            id="route, service and task in the same case",
        ),
        pytest.param(
            {**NAT, **conditional(NAT, "Nat", "Service")},
            {},
            where(NOT_NAT, "unknown: no service or schedule in the templates runs it; it is for FARGATE"),
            id="service in one case",
        ),
        pytest.param(
            {**NAT, **conditional(NAT, "Nat", "Route"), **conditional(NAT, "NoNat", "Service")},
            {},
            where(NOT_NAT, no(PULL, NOWHERE)),
            id="route and service in opposite cases",
        ),
        pytest.param(
            NAT,
            {"Route.NatGatewayId": either("Nat", ref("Nat"), "nat-1")},
            where(NOT_NAT, unsure_exit("NAT gateway nat-1 is not in the templates")),
            id="NAT gateway or an imported one",
        ),
        pytest.param(
            {**NAT, **conditional(NAT, "NoNat", "Service"), **conditional(NAT, "Nat", "Task")},
            {},
            "unknown: no service or schedule in the templates runs it; it is for FARGATE",
            id="service and task in opposite cases",
        ),
        pytest.param(
            {**INSTANCES, **conditional(INSTANCES, "Nat", "Group")},
            {},
            where(
                NOT_NAT,
                "unknown: the container instances are not in the templates: Service by its capacity provider "
                "${Provider}",
            ),
            id="instances in one case",
        ),
        pytest.param(NAT, {"Vpc.EnableDnsSupport": either("Nat", None, True)}, BY_NAT, id="null in one case"),
        pytest.param(
            NAT,
            {"Association.SubnetId": either("Nat", None, ref("Subnet"))},
            where(IS_NAT, no_exit("no route table is associated, and the main one has no default route")),
            id="association of nothing in one case",
        ),
        pytest.param(
            PUBLIC,
            {f"{SVC}AssignPublicIp": either("Nat", "ENABLED", NO_VALUE)},
            where(
                NOT_NAT, no_exit("internet gateway Igw takes no traffic of tasks of Service without a public address")
            ),
            id="public address in one case",
        ),
        pytest.param(
            PUBLIC,
            {
                f"{SVC}AssignPublicIp": either("Nat", "ENABLED", "DISABLED"),
                "Service.LaunchType": either("Nat", "FARGATE", "EXTERNAL"),
            },
            where(
                NOT_NAT, "unknown: the container instances are not in the templates: Service by launch type EXTERNAL"
            ),
            id="public address where it runs on Fargate",
        ),
        pytest.param(
            PUBLIC,
            {
                f"{SVC}AssignPublicIp": either("Nat", "ENABLED", "DISABLED"),
                "Service.LaunchType": NO_VALUE,
                "Service.CapacityProviderStrategy": [
                    {"CapacityProvider": either("Nat", "FARGATE", "elsewhere"), "Weight": 1}
                ],
            },
            where(
                NOT_NAT,
                unsure_exit(
                    "internet gateway Igw takes no traffic of tasks of Service without a public address, "
                    "where it runs on FARGATE"
                ),
            ),
            id="public address where the provider is Fargate",
        ),
        pytest.param(
            {**BOTH, **conditional(ENDPOINTS, "Nat", "Api", "Registry", "Layers")},
            {"Route": None, "Service.LaunchType": either("Nat", "FARGATE", NO_VALUE)},
            where(
                NOT_NAT,
                "unknown: the container instances are not in the templates: Service by launch type EC2, the default",
            ),
            id="on Fargate in the case of the endpoints",
        ),
        pytest.param(
            {**BOTH, **conditional(ENDPOINTS, "NoNat", "Api", "Registry", "Layers")},
            {"Route": None, "Service.LaunchType": either("Nat", "FARGATE", NO_VALUE)},
            where(IS_NAT, no(PULL, NOWHERE)),
            id="on Fargate in the case without endpoints",
        ),
        pytest.param(
            {**BOTH, **conditional(ENDPOINTS, "Nat", "Api", "Registry", "Layers")},
            {
                "Route": None,
                "Cluster": resource(
                    "ECS::Cluster",
                    CapacityProviders=["FARGATE"],
                    DefaultCapacityProviderStrategy=[{"CapacityProvider": "FARGATE", "Weight": 1}],
                ),
                "Service.Cluster": ref("Cluster"),
                "Service.LaunchType": either("Nat", "FARGATE", NO_VALUE),
            },
            where(NOT_NAT, no(PULL, NOWHERE)),
            id="on Fargate in both cases, in one by the cluster's default",
        ),
        pytest.param(
            ENDPOINTS,
            {"Registry.PrivateDnsEnabled": ref("Flag")},
            where("Flag is false", no("ecr.dkr", f"private DNS of endpoint Registry is off{STUCK}")),
            id="allowed values, one of them wrong",
        ),
        pytest.param(
            ENDPOINTS,
            {"Vpc.EnableDnsHostnames": ref("Off")},
            no(REGISTRY, "EnableDnsHostnames of VPC Vpc is false"),
            id="default that is wrong",
        ),
        pytest.param(
            ENDPOINTS,
            ingress(CidrIp={"Fn::Join": ["", ["10.0.0.0/", either("Nat", "24", "32")]]}),
            where(NOT_NAT, unsure(REGISTRY, UNSURE_IN)),
            id="condition within a text",
        ),
        pytest.param(
            ENDPOINTS,
            ingress(CidrIp=either("Nat", "10.0.0.0/16", "10.0.0.0/24")),
            BY_ENDPOINTS,
            id="condition whose branches are both right",
        ),
        pytest.param(
            ENDPOINTS,
            {f"{SVC}Subnets": either("Nat", [ref("Subnet")], ref("Frees"))},
            where(NOT_NAT, unsure(PULL, "it is not in the templates", "${Frees}")),
            id="subnets or imported ones",
        ),
        pytest.param(
            ENDPOINTS,
            {f"{RULE}": [either(f"C{n}", group_rule(CidrIp="10.0.0.0/16"), NO_VALUE) for n in range(8)]},
            where(" and ".join(f"P{n} is not yes" for n in range(8)), no(REGISTRY, NO_IN)),
            id="each rule in one case",
        ),
        pytest.param(
            ENDPOINTS,
            {f"{RULE}": [either(f"C{n}", group_rule(CidrIp="10.0.0.0/16"), NO_VALUE) for n in range(12)]},
            "unknown: it depends on more than 4096 combinations of conditions and parameters",
            id="too many conditions",
        ),
        pytest.param(
            ENDPOINTS,
            {
                f"{RULE}": [
                    either("Nat", group_rule(CidrIp="10.0.0.0/16"), NO_VALUE),
                    either("NoNat", group_rule(CidrIp="10.0.0.0/24"), NO_VALUE),
                ]
            },
            BY_ENDPOINTS,
            id="one of two rules in each case",
        ),
        pytest.param(
            {**ENDPOINTS, **conditional(ENDPOINTS, "Other", "Service")},
            {"Registry.PrivateDnsEnabled": {"Fn::Select": [ref("Index"), ["true", ref("Choice")]]}},
            where("Index is 1", unsure("ecr.dkr", "Registry may lead there from VPC Vpc")),
            id="allowed values, one of them fixed by a condition",
        ),
        pytest.param(
            {**ENDPOINTS, **conditional(ENDPOINTS, "Other", "Service")},
            {"Registry.PrivateDnsEnabled": {"Fn::Sub": "${Index}${Choice}"}},
            unsure("ecr.dkr", "Registry may lead there from VPC Vpc"),
            id="allowed values, all of them with a part that a condition fixes",
        ),
        pytest.param(
            {**NAT, **guarded(OUT, IN), **conditional(guarded(OUT, IN), "Nat", "Entry1")},
            {},
            where(NOT_NAT, no_exit(no_acl(LINUX_IN))),
            id="ACL entry in one case",
        ),
        pytest.param(
            {**NAT, **guarded(OUT), **conditional(guarded(OUT), "Nat", "SubnetAcl")},
            {"Service.LaunchType": either("NoNat", "FARGATE", "EXTERNAL")},
            where(IS_NAT, "unknown: the container instances are not in the templates: Service by launch type EXTERNAL"),
            id="ACL in the case in which nothing runs",
        ),
        pytest.param(
            NAT,
            {**guarded(OUT, IN), "Entry1.RuleAction": either("Nat", "allow", "deny")},
            where(NOT_NAT, no_exit(no_acl(LINUX_IN))),
            id="ACL denies in one case",
        ),
        pytest.param(
            NAT,
            guarded(OUT, entry(False, either("Nat", ports(1024, 65535), ports(32768, 65535)))),
            BY_NAT,
            id="ACL of the answers in both cases",
        ),
        pytest.param(
            {**NAT, **conditional(blocks("block-bidirectional"), "NoNat", "Block")},
            {},
            where(NOT_NAT, no_exit(BLOCKED_NAT)),
            id="all blocked in one case",
        ),
        pytest.param(
            {
                **NAT,
                **conditional(blocks("block-bidirectional"), "NoNat", "Block"),
                **conditional(NAT, "Nat", "Service", "Task"),
            },
            {},
            BY_NAT,
            id="all blocked in the case in which nothing runs",
        ),
        pytest.param(
            INSTANCES,
            {
                f"{LT}.ImageId": either("Nat", image("optimized-ami/amazon-linux-2023/recommended"), WINDOWS_IMAGE),
                **guarded(OUT, entry(False, ports(49152, 65535))),
            },
            unsure("s3", unsure_acl(LINUX_IN)),
            id="ACL of Windows' answers, Linux in one case",
        ),
    ],
)
def test_conditions(network: Resources, changes: Mapping[str, Any], expected: str) -> None:
    parameters = {
        **PARAMETERS,
        "Choice": {"Type": "String"},
        "Flag": {"Type": "String", "AllowedValues": ["true", "false"]},
        "Index": {"Type": "String", "AllowedValues": ["0", "1"]},
        "Off": {"Type": "String", "Default": "false"},
        **{f"P{n}": {"Type": "String"} for n in range(12)},
    }
    assert one(network, changes, "us-east-1", Parameters=parameters, Conditions=CONDITIONS) == expected


def split(resources: Resources, *names: str) -> tuple[Resources, Resources]:
    """Two templates: one with some resources, one with the others, which gets them by import."""
    imported = {"Ref": dict.fromkeys(names)}["Ref"]

    def imports(node: Any) -> Any:
        if isinstance(node, dict):
            if node.get("Ref") in imported:
                return {"Fn::ImportValue": f"Network:{node['Ref']}"}
            return {key: imports(value) for key, value in node.items()}
        return [imports(item) for item in node] if isinstance(node, list) else node

    there = {name: body for name, body in resources.items() if name in imported}
    return there, {name: imports(body) for name, body in resources.items() if name not in imported}


def exports(resources: Resources) -> dict[str, Any]:
    return {name: {"Value": ref(name), "Export": {"Name": f"Network:{name}"}} for name in resources}


ACROSS = [name for name in NAT if name not in ("Task", "Service", "TaskGroup")]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(2, BY_NAT, id="both stacks"),
        pytest.param(
            1,
            unsure(PULL, "it is not in the templates", "${Fn::ImportValue Network:Subnet}"),
            id="without the stack of the network",
        ),
    ],
)
def test_stacks(given: int, expected: str) -> None:
    there, here = split(NAT, *ACROSS)
    templates = [template(here), template(there, Outputs=exports(there))]
    assert judged(templates[:given]) == [expected]


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        pytest.param((OUT, IN), BY_NAT, id="all both ways"),
        pytest.param((OUT, entry(True, number=110)), no_exit(no_acl(LINUX_IN)), id="no answers"),
    ],
)
def test_acl_of_another_stack(entries: tuple[Any, ...], expected: str) -> None:
    there, here = split({**NAT, **guarded(*entries)}, *ACROSS, "Acl")
    assert judged([template(here), template(there, Outputs=exports(there))]) == [expected]


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        pytest.param({}, unsure_exit(f"{UNSURE} {BLOCKED_NAT}"), id="perhaps in the same account"),
        pytest.param({"account": "1" * 12}, no_exit(BLOCKED_NAT), id="in the same account"),
        pytest.param({"account": "2" * 12}, BY_NAT, id="in another account"),
        pytest.param({"account": "1" * 12, "region": "us-west-2"}, BY_NAT, id="in another region"),
    ],
)
def test_block_of_another_template(place: Mapping[str, str], expected: str) -> None:
    body = {"Resources": blocks("block-bidirectional")}
    network = Template("template", {"Resources": NAT}, account="1" * 12, region="us-east-1")
    block = Template("block", body, account=place.get("account"), region=place.get("region", "us-east-1"))
    assert judged([network, block]) == [expected]


def test_block_of_a_nested_stack() -> None:
    """It is deployed to where its parent is, wherever that may be."""
    parent = template({**NAT, "Nested": resource("CloudFormation::Stack", TemplateURL="x")})
    body = {"Resources": blocks("block-ingress")}
    nested = Template("nested", body, parent=parent.resources["Nested"])
    parent.nested["Nested"] = nested
    assert judged([parent, nested]) == [BY_NAT]
    body["Resources"]["Block"]["Properties"]["InternetGatewayBlockMode"] = "block-bidirectional"
    assert judged([parent, nested]) == [no_exit(BLOCKED_NAT)]


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        pytest.param(None, unsure("ecr.dkr", "Far may lead there from VPC Vpc"), id="perhaps in the same region"),
        pytest.param("us-west-2", no("ecr.dkr", NOWHERE), id="in another region"),
    ],
)
def test_endpoint_of_another_template(region: str | None, expected: str) -> None:
    network = template(changed(ENDPOINTS, {"Registry": None}), "us-east-1")
    far = template({"Far": endpoint("ecr.dkr", VpcId=ref("VpcId"))}, region, Parameters={"VpcId": {"Type": "String"}})
    assert judged([network, far]) == [expected]


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        pytest.param(
            "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1",
            unsure(PULL, f"it is not known whether us-east-1 is the region of the VPC{STUCK}"),
            id="literal",
        ),
        pytest.param(OWN, BY_ENDPOINTS, id="pseudo parameter"),
    ],
)
def test_region_unknown(image: Any, expected: str) -> None:
    assert one(ENDPOINTS, {IMG: image}) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("corp.example.com", BY_NAT, id="of a company"),
        pytest.param("amazonaws.com.cn", unsure(PULL, f"Zone {OTHERWISE}"), id="of the AWS domain of some regions"),
        pytest.param({"Fn::Sub": "rds.${AWS::Region}.${AWS::URLSuffix}"}, BY_NAT, id="of another service"),
    ],
)
def test_zone_where_the_region_is_unknown(name: Any, expected: str) -> None:
    assert one(NAT, zone(name)) == expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(only_if("aws:ResourceAccount", "123456789012"), NO_LAYERS, id="own"),
        pytest.param(
            only_if("aws:ResourceAccount", "999999999999"),
            untold("s3", "Layers", "s3:GetObject", CONDITION.format("aws:ResourceAccount", 1)),
            id="another",
        ),
        pytest.param(unless("aws:PrincipalAccount", "123456789012"), NO_LAYERS, id="Deny for others"),
        pytest.param(policy({**ALLOW, "Principal": {"AWS": "123456789012"}}), NO_LAYERS, id="Principal"),
    ],
)
def test_layers_where_the_account_is_known(document: Any, expected: str) -> None:
    body = {"Resources": changed(ENDPOINTS, {"Layers.PolicyDocument": document})}
    assert judged([Template("template", body, region="us-east-1", account="123456789012")]) == [expected]


@pytest.mark.parametrize(
    ("account", "region", "expected"),
    [
        pytest.param("999999999999", "us-east-1", CACHED, id="of the image"),
        pytest.param("123456789012", "us-east-1", BY_ENDPOINTS, id="of another account"),
        pytest.param("999999999999", "us-west-2", BY_ENDPOINTS, id="of another region"),
    ],
)
def test_registry_of_a_cache_rule(account: str, region: str, expected: str) -> None:
    network = {"Resources": {**changed(ENDPOINTS, {IMG: "999999999999.dkr.ecr.us-east-1.amazonaws.com/hub/x:1"})}}
    templates = [
        Template("network", network, region="us-east-1", account="123456789012"),
        Template("caches", {"Resources": {**cache("hub")}}, region=region, account=account),
    ]
    assert judged(templates) == [expected]


def test_public_gallery() -> None:
    """Without a way to the internet it is not known: no VPC endpoint is known to lead there."""
    policy = Policy(allow_public_gallery=True)
    image = {IMG: "public.ecr.aws/nginx/nginx:1"}
    assert [judged([template(changed(network, image))], policy) for network in (NAT, ENDPOINTS)] == [
        ["holds: from Subnet: public.ecr.aws by NAT gateway Nat"],
        [unsure("public.ecr.aws", f"no VPC endpoint is known to lead there{STUCK}")],
    ]


def test_policy_of_an_endpoint_of_the_public_gallery() -> None:
    gallery = endpoint("public.ecr.aws", PolicyDocument=policy(ALLOW))
    network = {**NAT, "EndpointGroup": ENDPOINTS["EndpointGroup"], "Gallery": gallery}
    network = changed(network, {IMG: "public.ecr.aws/nginx/nginx:1"})
    assert judged([template(network)], Policy(allow_public_gallery=True)) == [
        unsure("public.ecr.aws", "no VPC endpoint is known to lead there, and Gallery may lead there from VPC Vpc")
    ]
