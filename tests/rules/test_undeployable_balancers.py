# ruff: noqa: E501 - in a table, a case is a line
"""Services and groups behind load balancers that AWS refuses, each beside some that it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.pull.network.networks import OWN, ref, resource
from tests.rules.test_undeployable import ON_EC2, ON_FARGATE, case, either, refused, said, unsure, written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from _pytest.mark import ParameterSet

    from tests.pull.network.networks import Resources

AT = "Service.Properties.LoadBalancers"
CONTAINER = {"Name": "web", "Image": OWN, "Memory": 256, "PortMappings": [{"ContainerPort": 80}]}


def forward(target: Any = None) -> dict[str, Any]:
    return {"Type": "forward", "TargetGroupArn": ref("Target") if target is None else target}


def listener(*actions: Any, **more: Any) -> dict[str, Any]:
    made = resource("ElasticLoadBalancingV2::Listener", LoadBalancerArn=ref("Balancer"), Port=80, Protocol="HTTP", DefaultActions=[*actions])  # fmt: skip
    return {**made, **more}


def over(protocol: Any, *actions: Any) -> dict[str, Any]:
    return resource("ElasticLoadBalancingV2::Listener", LoadBalancerArn=ref("Balancer"), Port=80, Protocol=protocol, DefaultActions=[*actions])  # fmt: skip


def rule(*actions: Any) -> dict[str, Any]:
    conditions = [{"Field": "path-pattern", "Values": ["/"]}]
    return resource("ElasticLoadBalancingV2::ListenerRule", ListenerArn=ref("Listener"), Priority=1, Conditions=conditions, Actions=[*actions])  # fmt: skip


def target_group(**more: Any) -> dict[str, Any]:
    return resource("ElasticLoadBalancingV2::TargetGroup", **{"Port": 80, "Protocol": "HTTP", "VpcId": ref("Vpc"), **more})  # fmt: skip


BALANCED: dict[str, Any] = {
    "Balancer": resource("ElasticLoadBalancingV2::LoadBalancer", Subnets=[ref("Subnet"), ref("PublicSubnet")]),
    "Listener": listener(forward()),
    "Target": target_group(TargetType="ip"),
    "Task.ContainerDefinitions": [CONTAINER],
    "Service.LoadBalancers": [{"ContainerName": "web", "ContainerPort": 80, "TargetGroupArn": ref("Target")}],
}
FIXED = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
WEIGHTED = {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": ref("Target"), "Weight": 1}]}}


def balanced(*expected: str, id: str, on: Resources = ON_FARGATE, **changes: Any) -> ParameterSet:
    return case(on, {**BALANCED, **{key.replace("__", "."): value for key, value in changes.items()}}, *expected, id=id)


def wrong_type(given: str, mode: str, wanted: str) -> str:
    return refused(AT, f"Target has targets of type {given}, and tasks of network mode {mode} are of type {wanted}")


LACKING = "no listener of the templates forwards to Target, which then has no load balancer"
ALONE = "Balancer is in subnets of one Availability Zone, and an Application Load Balancer must be in two"
OF_INSTANCES = target_group()
SERVICES = [
    balanced(id="Fargate behind a load balancer"),
    balanced(id="instances behind a load balancer", on=ON_EC2, Target=OF_INSTANCES),
    balanced(refused(AT, "Target and the instances of Group are of different VPCs"), id="instances of another VPC than their target group", on=ON_EC2, Other=resource("EC2::VPC", CidrBlock="10.9.0.0/16"), Target=resource("ElasticLoadBalancingV2::TargetGroup", Port=80, Protocol="HTTP", VpcId=ref("Other"))),
    balanced(id="instances in a subnet that is given, behind a target group of another VPC", on=ON_EC2, Group__VPCZoneIdentifier=[ref("Free")], Other=resource("EC2::VPC", CidrBlock="10.9.0.0/16"), Target=resource("ElasticLoadBalancingV2::TargetGroup", Port=80, Protocol="HTTP", VpcId=ref("Other"))),
    balanced(id="instances behind a target group of a VPC that is given", on=ON_EC2, Target=resource("ElasticLoadBalancingV2::TargetGroup", Port=80, Protocol="HTTP", VpcId=ref("Free"))),
    balanced(id="rule of a listener", Listener=listener(FIXED), Rule=rule(forward())),
    balanced(id="weighted target groups", Listener=listener(WEIGHTED)),
    case(ON_FARGATE, {"Task.ContainerDefinitions": [CONTAINER], "Service.LoadBalancers": [{"ContainerName": "web", "ContainerPort": 80, "TargetGroupArn": {"Fn::ImportValue": "target"}}]}, id="target group of an import"),
    case(ON_FARGATE, {"Task.ContainerDefinitions": [CONTAINER], "Service.LoadBalancers": [{"ContainerName": "web", "ContainerPort": 80, "TargetGroupArn": ref("Free")}]}, id="target group of a parameter"),
    balanced(wrong_type("instance", "awsvpc", "ip"), id="targets of the type that is the default in network mode awsvpc", Target=OF_INSTANCES),
    balanced(wrong_type("instance", "awsvpc", "ip"), id="instances in network mode awsvpc", Target=target_group(TargetType="instance")),
    balanced(wrong_type("ip", "bridge", "instance"), id="addresses in network mode bridge", on=ON_EC2),
    balanced(wrong_type("instance", "awsvpc", "ip"), id="targets of either type", Target=target_group(TargetType=either("Prod", "ip"))),
    balanced(unsure(AT, "Target has targets of type ${Free}, and tasks of network mode awsvpc are of type ip"), id="targets of a type that is given at deployment", Target=target_group(TargetType=ref("Free"))),
    balanced(refused(AT, "a load balancer sends to port 81 of container 'web', which maps no such port"), id="port that the container does not map", Service__LoadBalancers=[{"ContainerName": "web", "ContainerPort": 81, "TargetGroupArn": ref("Target")}]),
    balanced(unsure(AT, "a load balancer sends to port 81 of container 'web', which maps no such port"), id="port that the container may map", Service__LoadBalancers=[{"ContainerName": "web", "ContainerPort": 81, "TargetGroupArn": ref("Target")}], Task__ContainerDefinitions=[{**CONTAINER, "PortMappings": [{"ContainerPort": ref("Free")}]}]),
    balanced(id="port that is given at deployment", Service__LoadBalancers=[{"ContainerName": "web", "ContainerPort": ref("Free"), "TargetGroupArn": ref("Target")}]),
    *(balanced(unsure(AT, f"a load balancer stands there without {said}, which may not be taken"), id=f"load balancer without {key}", Service__LoadBalancers=[{name: value for name, value in BALANCED["Service.LoadBalancers"][0].items() if name != key}]) for key, said in (("ContainerName", "ContainerName"), ("ContainerPort", "ContainerPort"), ("TargetGroupArn", "TargetGroupArn or LoadBalancerName"))),
    balanced(refused(AT, LACKING), id="no listener", Listener=listener(FIXED)),
    balanced(refused(AT, LACKING), id="listener that may not be made", Listener=listener(forward(), Condition="Prod")),
    balanced(unsure(AT, LACKING), id="no listener but what may make one", Listener=listener(FIXED), Made=resource("CloudFormation::Stack", TemplateURL="https://example.com/a.json", Parameters={"Target": ref("Target")})),
    balanced(refused(AT, LACKING), id="no listener but an alarm", Listener=listener(FIXED), Alarm=resource("CloudWatch::Alarm", ComparisonOperator="GreaterThanThreshold", EvaluationPeriods=1, MetricName="a", Namespace="b", Period=60, Statistic="Sum", Threshold=1, Dimensions=[{"Name": "TargetGroup", "Value": {"Fn::GetAtt": ["Target", "TargetGroupFullName"]}}])),
    balanced(unsure(AT, "Target and Subnet are of different VPCs"), id="target group of another VPC", Other=resource("EC2::VPC", CidrBlock="10.9.0.0/16"), Target=resource("ElasticLoadBalancingV2::TargetGroup", Port=80, Protocol="HTTP", VpcId=ref("Other"), TargetType="ip")),
]  # fmt: skip


def in_subnets(*names: str, **more: Any) -> dict[str, Any]:
    return resource("ElasticLoadBalancingV2::LoadBalancer", Subnets=[*map(ref, names)], **more)


def zone(index: int) -> dict[str, Any]:
    return {"Fn::Select": [index, {"Fn::GetAZs": ""}]}


def refused_balancer(where: str = "Subnets") -> str:
    return refused(f"Balancer.Properties.{where}", ALONE)


BALANCERS = [
    case(ON_FARGATE, {"Balancer": in_subnets("Subnet", "PublicSubnet")}, id="balancer in two subnets"),
    case(ON_FARGATE, {"Balancer": in_subnets("Subnet", "PublicSubnet"), "PublicSubnet.CidrBlock": "10.0.9.0/28"}, unsure("Balancer.Properties.Subnets", "Balancer is in subnet PublicSubnet, of fewer addresses than the /27 that AWS asks for"), id="balancer in a small subnet"),
    case(ON_FARGATE, {"Balancer": in_subnets("Subnet", "PublicSubnet"), "PublicSubnet.CidrBlock": "10.0.9.0/27"}, id="balancer in a subnet of the least size"),
    case(ON_FARGATE, {"Balancer": in_subnets("Subnet", "PublicSubnet", Type="network"), "PublicSubnet.CidrBlock": "10.0.9.0/28"}, id="Network Load Balancer in a small subnet"),
    case(ON_FARGATE, {"Balancer": in_subnets("Subnet")}, refused_balancer(), id="balancer in one subnet"),
    case(ON_FARGATE, {"Balancer": in_subnets("Subnet", "PublicSubnet"), "Subnet.AvailabilityZone": zone(0), "PublicSubnet.AvailabilityZone": zone(0)}, refused_balancer(), id="balancer in two subnets of one zone"),
    case(ON_FARGATE, {"Balancer": in_subnets("Subnet", "PublicSubnet"), "Subnet.AvailabilityZone": zone(0), "PublicSubnet.AvailabilityZone": zone(1)}, id="balancer in two zones"),
    case(ON_FARGATE, {"Balancer": resource("ElasticLoadBalancingV2::LoadBalancer", SubnetMappings=[{"SubnetId": ref("Subnet")}])}, refused_balancer("SubnetMappings"), id="balancer with one mapping of a subnet"),
    case(ON_FARGATE, {"Balancer": in_subnets("Subnet", Type="network")}, id="Network Load Balancer in one subnet"),
    case(ON_FARGATE, {"Balancer": resource("ElasticLoadBalancingV2::LoadBalancer", Subnets=ref("Names"))}, id="balancer in subnets of a parameter"),
    case(ON_FARGATE, {"Balancer": in_subnets("Subnet"), "Subnet.OutpostArn": "arn:aws:outposts:us-east-1:111122223333:outpost/op-0123456789abcdef0"}, id="balancer in a subnet of an Outpost"),
    case(ON_FARGATE, {"Balancer": in_subnets("Subnet"), "Subnet.AvailabilityZone": "us-west-2-lax-1a"}, unsure("Balancer.Properties.Subnets", ALONE), id="balancer in a subnet of a Local Zone"),
]  # fmt: skip
GROUPS = [
    case(ON_EC2, {"Target": OF_INSTANCES, "Group.TargetGroupARNs": [ref("Target")]}, id="group with a target group of instances"),
    case(ON_EC2, {"Target": target_group(TargetType="ip"), "Group.TargetGroupARNs": [ref("Target")]}, refused("Group.Properties.TargetGroupARNs", "Group has target group Target, whose TargetType is ip, and not instance"), id="group with a target group of addresses"),
    case(ON_EC2, {"Target": target_group(TargetType=ref("Free")), "Group.TargetGroupARNs": [ref("Target")]}, unsure("Group.Properties.TargetGroupARNs", "Group has target group Target, whose TargetType is ${Free}, and not instance"), id="group with a target group of a type that is given at deployment"),
    case(ON_EC2, {"Group.TargetGroupARNs": ["target"]}, unsure("Group.Properties.TargetGroupARNs[0]", "TargetGroupARNs[0] of Group is 'target', which has not the form that is known for it"), id="group with the name of a target group"),
    case(ON_EC2, {"Group.TargetGroupARNs": [ref("Free")]}, id="group with a target group of a parameter"),
]  # fmt: skip

INFRASTRUCTURE = {
    "AssumeRolePolicyDocument": {"Statement": {"Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}, "Action": "sts:AssumeRole"}},
    "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers"],
}  # fmt: skip
BOTH = {
    "Type": "forward",
    "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": ref(each)} for each in ("Target", "Green")]},
}
ADVANCED = {"AlternateTargetGroupArn": ref("Green"), "ProductionListenerRule": ref("Rule"), "RoleArn": {"Fn::GetAtt": ["Infrastructure", "Arn"]}}  # fmt: skip
STRATEGY = "Service.Properties.DeploymentConfiguration.Strategy"


def shifting(*expected: str, id: str, strategy: Any = "BLUE_GREEN", advanced: Mapping[str, Any] | None = None, **changes: Any) -> ParameterSet:  # fmt: skip
    """A service whose deployments shift traffic between two target groups of one rule."""
    given = {key: value for key, value in {**ADVANCED, **(advanced or {})}.items() if value is not None}
    made = {
        "Green": target_group(TargetType="ip"),
        "Rule": rule(BOTH),
        "Infrastructure": resource("IAM::Role", **INFRASTRUCTURE),
    }
    balancer = {
        "ContainerName": "web",
        "ContainerPort": 80,
        "TargetGroupArn": ref("Target"),
        **({"AdvancedConfiguration": given} if given else {}),
    }
    deployed = {"Service.DeploymentConfiguration": {"Strategy": strategy}, "Service.LoadBalancers": [balancer]}
    return case(ON_FARGATE, {**BALANCED, **made, **deployed, **changes}, *expected, id=id)


def unfit(why: str) -> str:
    return unsure(AT, f"its deployments shift traffic, and {why}")


def unshiftable(why: str) -> str:
    return refused(AT, f"its deployments shift traffic, and {why}")


NOTHING = dict.fromkeys(ADVANCED)
TO_LAMBDA = {
    "Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
}
AT_HOOK = "Service.Properties.DeploymentConfiguration.LifecycleHooks[0]"


def hooked(*expected: str, id: str, stages: Sequence[Any] = ("POST_SCALE_UP",), strategy: str = "BLUE_GREEN", **hook: Any) -> ParameterSet:  # fmt: skip
    """A service whose deployments shift traffic, with a lifecycle hook."""
    arn = {name: {"Fn::GetAtt": [name, "Arn"]} for name in ("Hook", "Caller", "Infrastructure")}
    code = {"ZipFile": "def handler(event, context): return {'hookStatus': 'SUCCEEDED'}"}
    made = {
        "Caller": resource("IAM::Role", AssumeRolePolicyDocument=TO_LAMBDA),
        "Hook": resource(
            "Lambda::Function", Code=code, Handler="index.handler", Runtime="python3.13", Role=arn["Caller"]
        ),
    }
    given = {"HookTargetArn": arn["Hook"], "RoleArn": arn["Infrastructure"], "LifecycleStages": [*stages], **hook}
    configuration = {
        "Strategy": strategy,
        "LifecycleHooks": [{key: value for key, value in given.items() if value is not None}],
    }
    return shifting(*expected, id=id, **made, **{"Service.DeploymentConfiguration": configuration})


HOOKED = [
    hooked(id="hook once tasks run"),
    hooked(id="hook of each stage in which tasks run", stages=("POST_SCALE_UP", "TEST_TRAFFIC_SHIFT", "POST_TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT")),
    hooked(unsure(AT_HOOK, "it has a lifecycle hook at PRE_SCALE_UP, which may end before tasks start"), id="hook before tasks start", stages=("POST_SCALE_UP", "PRE_SCALE_UP")),
    hooked(unsure(AT_HOOK, "it has a lifecycle hook at RECONCILE_SERVICE, which may end before tasks start"), id="hook before all", stages=("RECONCILE_SERVICE",)),
    hooked(unsure(AT_HOOK, "HookTargetArn is arn:aws:lambda:us-east-1:123456789012:function:a, which is no AWS::Lambda::Function of the templates"), id="hook elsewhere", HookTargetArn="arn:aws:lambda:us-east-1:123456789012:function:a"),
    hooked(unsure(AT_HOOK, "RoleArn is not given, which is no AWS::IAM::Role of the templates"), id="hook without a role", RoleArn=None),
    hooked(unsure(AT_HOOK, "it has a lifecycle hook, and what becomes of it in deployments of ROLLING is not judged"), id="hook of rolling deployments", strategy="ROLLING"),
]  # fmt: skip
SHIFTING = [
    shifting(id="blue/green"),
    shifting(id="canary", strategy="CANARY", **{"Service.DeploymentConfiguration": {"Strategy": "CANARY", "CanaryConfiguration": {"CanaryPercent": 10}}}),
    shifting(unsure(STRATEGY, "its deployment strategy is LINEAR, and it has no LinearConfiguration"), id="linear, without steps", strategy="LINEAR"),
    shifting(unsure(STRATEGY, "its deployment strategy is ${Free}, and what that asks for is not known"), id="a strategy of a parameter", strategy=ref("Free")),
    shifting(unfit("a load balancer has no AdvancedConfiguration"), id="without the other target group", advanced=NOTHING),
    shifting(unfit("its AdvancedConfiguration has no RoleArn"), id="without a role", advanced={"RoleArn": None}),
    shifting(unfit("its AdvancedConfiguration has no ProductionListenerRule"), id="without a rule", advanced={"ProductionListenerRule": None}),
    shifting(unfit("not two target groups of the templates are named for it"), id="one target group twice", advanced={"AlternateTargetGroupArn": ref("Target")}),
    shifting(unfit("TestListenerRule is arn, which is no rule of the templates"), id="a rule elsewhere", advanced={"TestListenerRule": "arn"}),
    shifting(unfit("Test does not forward to Green"), id="a rule that forwards to one of them", advanced={"TestListenerRule": ref("Test")}, Test=rule(forward())),
    shifting(unshiftable("TestListenerRule is listener Listener, and of an Application Load Balancer"), id="a listener for tests in place of a rule", advanced={"TestListenerRule": ref("Listener")}),
    shifting(unshiftable("ProductionListenerRule is listener Listener, and of an Application Load Balancer"), id="a listener in place of a rule", advanced={"ProductionListenerRule": ref("Listener")}, Listener=listener(BOTH)),
    shifting(unfit("ProductionListenerRule is listener Listener, and of a load balancer that may be no Network Load Balancer"), id="a listener of a protocol that is given at deployment", advanced={"ProductionListenerRule": ref("Listener")}, Listener=over(ref("Free"), BOTH)),
    shifting(unshiftable("${Rule} is both ProductionListenerRule and TestListenerRule, which must be two"), id="one rule for production and tests", advanced={"TestListenerRule": ref("Rule")}),
    shifting(id="two rules for production and tests", advanced={"TestListenerRule": ref("Test")}, Test=rule(BOTH)),
    shifting(unfit("Rule has an action authenticate-oidc, beside which Amazon ECS may shift no traffic"), id="a rule that does something else, too", Rule=rule({"Type": "authenticate-oidc"}, BOTH)),
    shifting(unfit("Protocol is HTTP of Target and HTTPS of Green, and that both may be used for it is not documented"), id="target groups of two protocols", Green=target_group(TargetType="ip", Protocol="HTTPS")),
    shifting(unfit("ProtocolVersion is HTTP1 of Target and GRPC of Green, and that both may be used for it is not documented"), id="target groups of two versions of a protocol", Green=target_group(TargetType="ip", ProtocolVersion="GRPC")),
    shifting(id="target groups of two ports, for which the port of the container stands in", Green=target_group(TargetType="ip", Port=8080)),
    shifting(unsure(AT, "Green and Subnet are of different VPCs"), id="target groups of two VPCs", Other=resource("EC2::VPC", CidrBlock="10.9.0.0/16"), Green=target_group(TargetType="ip", VpcId=ref("Other"))),
    shifting(refused(AT, "Green has targets of type instance, and tasks of network mode awsvpc are of type ip"), id="target groups of two types of targets", Green=target_group()),
    shifting(id="a listener of a Network Load Balancer", advanced={"ProductionListenerRule": ref("Listener")}, Balancer=in_subnets("Subnet", "PublicSubnet", Type="network"), Listener=over("TCP", BOTH), Rule=resource("SNS::Topic"), **{name: target_group(TargetType="ip", Protocol="TCP") for name in ("Target", "Green")}),
    shifting(unsure(STRATEGY, "its deployment strategy is BLUE_GREEN, and its deployment controller is CODE_DEPLOY, which is not known to take it"), id="a strategy beside another controller", **{"Service.DeploymentController": {"Type": "CODE_DEPLOY"}}),
    shifting(unsure("Service.Properties.DeploymentConfiguration.CanaryConfiguration", "it has CanaryConfiguration, which counts for CANARY alone, and its deployment strategy is BLUE_GREEN"), id="steps of another strategy", **{"Service.DeploymentConfiguration": {"Strategy": "BLUE_GREEN", "CanaryConfiguration": {"CanaryPercent": 10}}}),
    case(ON_FARGATE, {"Service.DeploymentConfiguration": {"Strategy": "BLUE_GREEN"}}, unsure(STRATEGY, "its deployment strategy is BLUE_GREEN, and it has no load balancer whose traffic could be shifted"), id="blue/green without a load balancer"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("resources", "changes", "sections", "expected"), [*SERVICES, *BALANCERS, *GROUPS, *SHIFTING, *HOOKED]
)
def test_undeployable_balancers(
    resources: Resources, changes: Mapping[str, Any], sections: Mapping[str, Any], expected: tuple[str, ...]
) -> None:
    assert said([written(resources, changes, sections)]) == [*expected]
