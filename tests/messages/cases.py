# ruff: noqa: E501 - in a table, a case is a line
"""Small templates for the messages that no table of other tests leads to: a base, and what is changed in it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.conditions.worlds import MAX_WORLDS
from ecr_ecs_constructs.cloudformation.template import Template
from tests.pull.network.networks import EC2 as ON_EC2
from tests.pull.network.networks import ENDPOINTS, NAT, changed, endpoint, ref, resource
from tests.rules.test_undeployable import copies

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.pull.network.networks import Resources

BASES = Path(__file__).parents[1] / "data" / "bases"
FARGATE, EC2, PROVIDED, WINDOWS, BOTTLEROCKET = (
    "public-fargate", "launch-type-ec2", "mixed-instances", "windows", "bottlerocket",
)  # fmt: skip
NETWORKS = {"endpoints": ENDPOINTS, "nat": NAT, "instances": {**NAT, **ON_EC2}}


class Case(NamedTuple):
    """A template that differs from a base.

    Attributes:
        base: the name of the base.
        changes: what is changed in its resources, as `changed` takes it.
        allowed: what the policy allows.
        account: the account that it is deployed to, where that is fixed.
        region: the region that it is deployed to, where that is fixed.
        sections: its other sections.
        others: the resources of other templates, each with its account.
    """

    base: str
    changes: Mapping[str, Any]
    allowed: Mapping[str, Any] = {}
    account: str | None = None
    region: str | None = "us-east-1"
    sections: Mapping[str, Any] = {}
    others: Sequence[tuple[Resources, str | None]] = ()

    def templates(self) -> Sequence[Template]:
        """Return it, with parameters and conditions that any case may use, and the others."""
        base = _base(self.base)
        body = {**base, "Resources": changed(base["Resources"], self.changes), **self.sections}
        body["Parameters"] = {**base.get("Parameters", {}), **PARAMETERS}
        body["Conditions"] = CONDITIONS
        own = Template(self.base, body, stack_name="Stack", region=self.region, account=self.account)
        others = (
            Template(f"other-{number}", {"Resources": resources}, region=self.region, account=account)
            for number, (resources, account) in enumerate(self.others)
        )
        return [own, *others]


@cache
def _base(name: str) -> Mapping[str, Any]:
    if name in NETWORKS:
        return {"Resources": NETWORKS[name]}
    (own,) = load([BASES / f"{name}.yaml"])
    return own.body


ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
PARAMETERS = {
    "Free": {"Type": "String"},
    "Stage": {"Type": "String"},
    "Account": {"Type": "String", "AllowedPattern": "[0-9]{12}[.]dkr[.]ecr[.]us-east-1[.]amazonaws[.]com/app:1"},
    "Types": {"Type": "String", "AllowedValues": ["m7i.large", "m7a.large"]},
    "Many": {"Type": "String", "AllowedValues": [f"value-{number}" for number in range(MAX_WORLDS)]},
}
CONDITIONS = {
    "Prod": {"Fn::Equals": [ref("Stage"), "prod"]},
    "Other": {"Fn::Not": [{"Fn::Or": [{"Condition": "Prod"}, {"Condition": "Test"}]}]},
    "Test": {"Fn::Equals": [ref("Stage"), "test"]},
    "Some": {"Fn::Equals": [ref("Free"), {"Fn::ImportValue": "some"}]},
}
CONTAINER = "TaskDefinition.ContainerDefinitions.0"
IMAGE = f"{CONTAINER}.Image"
DATA = "LaunchTemplate.LaunchTemplateData"


def either(condition: str, yes: Any, no: Any) -> Any:
    return {"Fn::If": [condition, yes, no]}


ASSET = f"{ECR}/cdk-hnb659fds-container-assets-123456789012-us-east-1:1"
IMAGES = [
    Case(FARGATE, {IMAGE: None}),
    Case(FARGATE, {IMAGE: {"a": "b"}}),
    Case(FARGATE, {IMAGE: ref("Account")}, {"allowed_accounts": frozenset({"123456789012"})}),
    Case(FARGATE, {IMAGE: "public.ecr.aws/nginx/nginx:1"}, {"allow_public_gallery": True}),
    Case(FARGATE, {}, sections={"Transform": "Ours"}),
    Case(FARGATE, {"Repository.ImageTagMutability": ref("Free")}),
    Case(FARGATE, {"Repository.ImageTagMutability": ref("Many")}),
    Case(FARGATE, {f"{CONTAINER}.RepositoryCredentials": {"CredentialsParameter": "secret"}}),
    Case(FARGATE, {IMAGE: f"{ECR}/shop/web:1"}),
    Case(FARGATE, {IMAGE: f"{ECR}/shop/web:1"}, account="999999999999"),
    Case(FARGATE, {IMAGE: f"{ECR}/other:1"}),
    Case(FARGATE, {IMAGE: {"Fn::Sub": ASSET}}, account="123456789012"),
    *(Case(FARGATE, {IMAGE: image}) for image in (
        "123456789012.dkr.ecr.US-EAST-1.amazonaws.com/app:1",
        f"{ECR}:443/app:1",
        "123456789012.dkr.ecr.us-east-11.amazonaws.com.cn/app:1",
        "123456789012.dkr.ecr.us-test-1.amazonaws.com/app:1",
        "123456789012.dkr.ecr.zz-north-1.amazonaws.com/app:1",
        "123456789012.dkr.ecr-fips.eu-west-1.amazonaws.com/app:1",
        f"{ECR}/a:1",
        f"{ECR}/{'a' * 250}:{'1' * 20}",
        f"{ECR}/app:{'1' * 129}",
        f"{ECR}/app:.",
        f"{ECR}/app\ue000:1",
        {"Fn::Sub": "${Free}@sha256:a"},
        {"Fn::Sub": f"{ECR}/app${{Free}}"},
    )),
    Case(FARGATE, {IMAGE: "public.ecr.aws/nginx:1"}, {"allow_public_gallery": True}),
]  # fmt: skip

WORLDS = [
    Case(FARGATE, {IMAGE: {"Fn::Sub": f"{ECR}/app:${{Many}}"}}),
    Case(EC2, {f"{DATA}.InstanceType": ref("Many")}),
    Case(EC2, {f"{DATA}.ImageId": ref("Many"), "Service": None, "TaskDefinition": None}),
    Case(FARGATE, {"Service.TaskDefinition": ref("Many")}),
    Case(FARGATE, {"Service.NetworkConfiguration.AwsvpcConfiguration.Subnets": [ref("Many")]}),
    Case(FARGATE, {"TaskDefinition.ExecutionRoleArn": ref("Many")}),
    Case(FARGATE, {IMAGE: either("Prod", "nginx", f"{ECR}/app:1")}),
    Case(FARGATE, {IMAGE: either("Prod", f"{ECR}/app:1", either("Test", f"{ECR}/app:1", "nginx"))}),
    Case(FARGATE, {IMAGE: either("Some", f"{ECR}/app:1", "nginx")}),
    Case(
        FARGATE,
        {IMAGE: {"Fn::FindInMap": ["Images", ref("Free"), "Uri", {"DefaultValue": "nginx"}]}},
        sections={"Mappings": {"Images": {"a": {"Uri": f"{ECR}/app:1"}}}},
    ),
    Case(
        FARGATE,
        {"Repository.RepositoryName": {"Fn::FindInMap": ["Names", ref("Stage"), "Name"]}},
        sections={"Mappings": {"Names": {"prod": {"Name": "app"}, "test": {"Name": "app"}}}},
    ),
    Case(
        "endpoints",
        {
            "Task": {
                **resource(
                    "ECS::TaskDefinition",
                    ContainerDefinitions=[{"Name": "web", "Image": {"Fn::FindInMap": ["Images", ref("Stage"), "Uri"]}}],
                ),
                "Condition": "Other",
            }
        },
        sections={"Mappings": {"Images": {"prod": {"Uri": f"{ECR}/app:1"}}}},
    ),
]


def script(*lines: str) -> Any:
    return {"Fn::Base64": {"Fn::Sub": "\n".join(("#!/bin/bash", *lines))}}


JOIN = "echo ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config"
CLOUD_CONFIG = [
    "- a",
    "runcmd: [echo ECS_CLUSTER=orders >> /etc/ecs/ecs.config]\npower_state: {mode: poweroff}",
    "unheard_of: 1",
    "write_files: 1",
    "write_files: [{path: /etc/ecs/ecs.config.d, content: a}]",
    "write_files: [{path: /usr/bin/ecs, content: a}]",
    "runcmd: 1",
]
LINUX = [
    None,
    {"a": "b"},
    ref("Free"),
    script("systemctl mask ecs", JOIN),
    script(JOIN, "unheard-of"),
    script("yum update -y"),
    script(f"for a in {'x ' * 100}; do for b in {'x ' * 100}; do true; done; done"),
    {"Fn::Base64": {"Fn::Sub": f"#cloud-boothook\n{JOIN}"}},
    script(f"[ -f /x ] && {JOIN}"),
    script(JOIN, "echo AWS_SESSION_TOKEN=a >> /etc/ecs/ecs.config"),
    script(JOIN, "reboot"),
    script("echo 'ECS_CLUSTER=\"main\"' >> /etc/ecs/ecs.config"),
    script("echo ECS_CLUSTER=main > /tmp/config"),
    script("echo ECS_CLUSTER=$(hostname) >> /etc/ecs/ecs.config"),
    script("echo " + "a" * 100_000),
    script("/opt/aws/bin/cfn-init --stack s --resource Unknown --region us-east-1"),
    script("yum install -y aws-cfn-bootstrap\n/opt/aws/bin/cfn-init --stack s --resource Unknown --region us-east-1"),
    *({"Fn::Base64": f"#cloud-config\n{config}"} for config in CLOUD_CONFIG),
    *({"Fn::Base64": text} for text in ("#include\nhttps://example.com", "H4sI", "#!/usr/bin/python3", "echo a")),
]
BOTTLEROCKETS = [
    "#!/bin/bash\necho a",
    f"{'.'.join('a' * 300)} = 1",
    f"a = {'[' * 2000}{']' * 2000}",
    "[settings.ecs]\ncluster = ",
    '[settings.bootstrap-containers.a]\nsource = "a"',
]
WINDOWS_ONES = [
    "Initialize-ECSAgent",
    "<powershell>\nInitialize-ECSAgent -Cluster intranet",
    "<powershell>\nInitialize-ECSAgent intranet\n</powershell>",
    "<powershell>\n$env:ECS_CLUSTER = 'a'\nInitialize-ECSAgent\n</powershell>",
    "<powershell>\nif ($a) {\nInitialize-ECSAgent -Cluster b\n}\n</powershell>",
    "<powershell>\nInitialize-ECSAgent -Cluster a\nInitialize-ECSAgent -Cluster b\n</powershell>",
    "<powershell>\nInitialize-ECSAgent -Cluster intranet\nRestart-Computer\n</powershell>",
]
BY_PROVIDER = {
    "Provider": resource(
        "ECS::CapacityProvider", AutoScalingGroupProvider={"AutoScalingGroupArn": ref("AutoScalingGroup")}
    ),
    "Associations": resource(
        "ECS::ClusterCapacityProviderAssociations",
        Cluster=ref("Cluster"),
        CapacityProviders=[ref("Provider")],
        DefaultCapacityProviderStrategy=[],
    ),
    "Service.LaunchType": None,
    "Service.CapacityProviderStrategy": [{"CapacityProvider": ref("Provider"), "Weight": 1}],
}
USER_DATA = [
    *(Case(PROVIDED, {f"{DATA}.UserData": data}) for data in LINUX),
    *(Case(BOTTLEROCKET, {f"{DATA}.UserData": {"Fn::Base64": data}}) for data in BOTTLEROCKETS),
    *(Case(WINDOWS, {**BY_PROVIDER, f"{DATA}.UserData": {"Fn::Base64": data}}) for data in WINDOWS_ONES),
]

USER_DATA.append(Case(EC2, {f"{DATA}.UserData": None}))
USER_DATA.append(Case(PROVIDED, {f"{DATA}.UserData": ["a"]}, sections={"Transform": "Ours"}))

AMI = "{{resolve:ssm:/aws/service/%s}}"
AMIS = [
    *(Case(PROVIDED, {f"{DATA}.ImageId": image}) for image in (
        AMI % "ami-windows-latest/Windows_Server-2022-English-Full-Base",
        AMI % "bottlerocket/aws-k8s-1.30/x86_64/latest/image_id",
        AMI % "deeplearning/ami/x86_64/base/latest/ami-id",
        AMI % "ecs/optimized-ami/amazon-linux-2023/al2023-ami-ecs-hvm-2023.0.20260101-kernel-6.1-x86_64/image_id",
        {"a": "b"},
        ref("Free"),
    )),
    Case(PROVIDED, {f"{DATA}.ImageId": AMI % "canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id", f"{DATA}.UserData": script("apt-get install -y ecs-init", JOIN)}),
    Case(PROVIDED, {"AutoScalingGroup.MixedInstancesPolicy.LaunchTemplate.Overrides.0.ImageId": "resolve:ssm:/a"}),
    Case(EC2, {f"{DATA}.InstanceType": ref("Types"), f"{DATA}.ImageId": AMI % "ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"}),
]  # fmt: skip


def managed(**requirements: Any) -> Mapping[str, Any]:
    """Tasks on Managed Instances."""
    return {
        "Managed": resource(
            "ECS::CapacityProvider",
            ManagedInstancesProvider={
                "InfrastructureRoleArn": "arn:aws:iam::123456789012:role/a",
                "InstanceLaunchTemplate": {
                    "Ec2InstanceProfileArn": "arn:aws:iam::123456789012:instance-profile/a",
                    "NetworkConfiguration": {"Subnets": ["subnet-1"], "SecurityGroups": ["sg-1"]},
                    "InstanceRequirements": {"VCpuCount": {"Min": 1}, "MemoryMiB": {"Min": 1}, **requirements},
                },
            },
        ),
        "Service.LaunchType": None,
        "Service.CapacityProviderStrategy": [{"CapacityProvider": ref("Managed"), "Weight": 1}],
        "TaskDefinition.RequiresCompatibilities": ["MANAGED_INSTANCES"],
    }


PULL_ONLY = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"


def pass_all(effect: str = "Allow") -> Any:
    statement = {"Effect": effect, "Action": "*" if effect == "Allow" else "ec2:CreateFleet", "Resource": "*"}
    return [{"PolicyName": "all", "PolicyDocument": {"Statement": statement}}]


IMPORTED = {"Fn::ImportValue": "cluster"}
PLACES = [
    Case(FARGATE, managed()),
    Case(FARGATE, managed(AllowedInstanceTypes=["m7i.*"])),
    Case(FARGATE, {"Service.Cluster": "elsewhere", "Service.LaunchType": None}),
    Case(FARGATE, {"Service.Cluster": "elsewhere", "Service.LaunchType": None, "Service.NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp": "DISABLED"}),
    Case(EC2, {"InstanceProfile.Roles": ["elsewhere"]}),
    Case(EC2, {"InstanceProfile.Roles": [ref("Gone")], "Gone": {**resource("IAM::Role"), "Condition": "Prod"}}),
    Case(EC2, {"AutoScalingGroup.LaunchTemplate": None, "AutoScalingGroup.MixedInstancesPolicy": {"LaunchTemplate": {
        "LaunchTemplateSpecification": {"LaunchTemplateId": ref("LaunchTemplate"), "Version": "1"},
        "Overrides": [{"InstanceType": "m7i.large"}, {"InstanceType": "m7i.large", "ImageId": "{{resolve:ssm:/aws/service/bottlerocket/aws-ecs-2/x86_64/latest/image_id}}"}],
    }}}),
    Case(PROVIDED, {
        "Service.Cluster": IMPORTED, "CapacityProviders.Cluster": IMPORTED, "InstanceRole.Policies": [],
        f"{DATA}.UserData": {"Fn::Base64": {"Fn::Join": ["", ["#!/bin/bash\necho ECS_CLUSTER=", IMPORTED, " >> /etc/ecs/ecs.config"]]}},
    }),
    Case(EC2, {f"{DATA}.IamInstanceProfile": ref("Free")}),
    Case(EC2, {"InstanceProfile.Roles": []}),
    Case(EC2, {"InstanceRole.ManagedPolicyArns": [ref("Free")]}),
    Case(EC2, {f"{DATA}.UserData": script("echo ECS_CLUSTER=${Free} >> /etc/ecs/ecs.config")}),
]  # fmt: skip


def held_to(expression: Any) -> Mapping[str, Any]:
    """A placement constraint of the service."""
    return {"Service.PlacementConstraints": [{"Type": "memberOf", "Expression": expression}]}


MAKER = {"ServiceToken": "arn:aws:lambda:eu-west-1:123456789012:function:a"}


def raised(**properties: Any) -> Mapping[str, Any]:
    """A group without instances, and a custom resource that is given it."""
    return {"AutoScalingGroup.MaxSize": "0", "Maker": {"Type": "Custom::Maker", "Properties": {**MAKER, **properties}}}


NO_WEIGHT = [{"CapacityProvider": name} for name in ("FARGATE", "FARGATE_SPOT")]
CAPACITY = [
    *(Case(PROVIDED, {"AutoScalingGroup.MaxSize": size}) for size in ("0", ref("Free"))),
    Case(PROVIDED, {"Service.LaunchType": "EC2", "Service.CapacityProviderStrategy": None}),
    Case("batch", {"JobDefinition.PlatformCapabilities": ["EC2"], "ComputeEnvironment.ComputeResources.Type": "EC2"}),
    Case(PROVIDED, {"Service.DesiredCount": 10, "Other": resource("ECS::Service", Cluster=ref("Cluster"), TaskDefinition=ref("TaskDefinition"), DesiredCount=11)}),
    Case(PROVIDED, {"AutoScalingGroup.MaxSize": None}, sections={"Transform": "Ours"}),
    Case(PROVIDED, raised(Group=ref("AutoScalingGroup"))),
    Case(PROVIDED, {"CapacityProvider.AutoScalingGroupProvider.ManagedScaling": None}),
    *(Case(PROVIDED, {f"{DATA}.MetadataOptions": {"HttpEndpoint": value}}) for value in ("disabled", ref("Free"))),
    Case(PROVIDED, {"Service.DesiredCount": 71, "TaskDefinition.Memory": "512"}),
    Case(PROVIDED, {"Service.NetworkConfiguration.AwsvpcConfiguration.Subnets": [ref("PrivateSubnetA")]}),
    Case(PROVIDED, held_to("attribute:ecs.instance-type == c5.large")),
    Case(PROVIDED, held_to("attribute:team == web")),
    Case(PROVIDED, {**held_to("attribute:ecs.cpu-architecture == arm64"), "AutoScalingGroup.MixedInstancesPolicy.LaunchTemplate.Overrides": [{"InstanceType": ref("Free")}], f"{DATA}.InstanceType": ref("Free")}),
    Case(PROVIDED, {**held_to("attribute:ecs.cpu-architecture == arm64"), "AutoScalingGroup.MixedInstancesPolicy.LaunchTemplate.Overrides": [{"InstanceRequirements": {}}], f"{DATA}.ImageId": ref("Free")}),
    Case(EC2, {"AutoScalingGroup": resource(
        "EC2::EC2Fleet",
        LaunchTemplateConfigs=[{"LaunchTemplateSpecification": {"LaunchTemplateId": ref("LaunchTemplate"), "Version": "1"}}],
        TargetCapacitySpecification={"TotalTargetCapacity": "0"},
    )}),
    Case(PROVIDED, {"TaskDefinition.Memory": "6000"}),
    Case(PROVIDED, {"TaskDefinition.Memory": ref("Free")}),
    Case(PROVIDED, {"TaskDefinition.Cpu": "4096"}),
    Case(PROVIDED, {"TaskDefinition.ContainerDefinitions.0.LogConfiguration": {"LogDriver": "splunk"}}),
    Case(PROVIDED, {"TaskDefinition.ContainerDefinitions.0.LogConfiguration": {"LogDriver": ref("Free")}}),
    Case(PROVIDED, {"Service.NetworkConfiguration.AwsvpcConfiguration.Subnets": [ref("Free")]}),
    Case(PROVIDED, {"Vpc2": resource("EC2::VPC", CidrBlock="10.9.0.0/16"), "There": resource("EC2::Subnet", VpcId=ref("Vpc2"), CidrBlock="10.9.0.0/24"), "Service.NetworkConfiguration.AwsvpcConfiguration": {"Subnets": [ref("There")]}}),
    *(Case(PROVIDED, {f"{DATA}.UserData": script(f"{JOIN}\necho '{setting}' >> /etc/ecs/ecs.config")}) for setting in (
        'ECS_AVAILABLE_LOGGING_DRIVERS=["none"]', "ECS_AVAILABLE_LOGGING_DRIVERS=${Free}", "ECS_ENABLE_TASK_ENI=false",
    )),
    Case(PROVIDED, {f"{DATA}.UserData": script(f"{JOIN}\necho ECS_DISABLE_PRIVILEGED=true >> /etc/ecs/ecs.config"), "TaskDefinition.ContainerDefinitions.0.Privileged": True}),
    Case(EC2, {"TaskDefinition.ContainerDefinitions.0.PortMappings": [{"ContainerPort": 80, "HostPort": 22}]}),
    Case(PROVIDED, {"TaskDefinition.ContainerDefinitions.0.ResourceRequirements": [{"Type": "GPU", "Value": "1"}], "AutoScalingGroup.MixedInstancesPolicy.LaunchTemplate.Overrides": [{"InstanceType": "g5g.xlarge"}]}),
    Case(PROVIDED, {"CapacityProviders": None}),
    Case(PROVIDED, {"CapacityProviders.CapacityProviders": [ref("Free")]}),
    Case(FARGATE, {"Maker": {"Type": "Custom::Trust", "Properties": {**MAKER, "Role": ref("ExecutionRole")}}, "ExecutionRole.AssumeRolePolicyDocument": {"Statement": []}}),
    Case(FARGATE, {"Maker": {"Type": "Custom::Run", "Properties": {**MAKER, "Task": ref("TaskDefinition")}}}),
    Case(PROVIDED, {"CapacityProviders": {"Type": "Custom::Association", "Properties": {**MAKER, "Cluster": ref("Cluster")}}}),
    Case(FARGATE, {"Service.LaunchType": None, "Service.CapacityProviderStrategy": NO_WEIGHT}),
    Case(FARGATE, {"Service.LaunchType": None, "Service.CapacityProviderStrategy": NO_WEIGHT[:1], "Service.Cluster": None}),
    Case(FARGATE, {"Service.LaunchType": None, "Service.CapacityProviderStrategy": NO_WEIGHT[:1], "Service.Cluster": "elsewhere"}),
]  # fmt: skip


def pulled_by(document: Any) -> Mapping[str, Any]:
    """An execution role with a policy and no other one."""
    inline = {"PolicyName": "Inline", "PolicyDocument": document}
    return {"ExecutionRole.ManagedPolicyArns": None, "ExecutionRole.Policies": [inline]}


ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}
NAMED = resource(
    "ECR::Repository", RepositoryName="app", RepositoryPolicyText={"Statement": [{**ALLOW, "Principal": "*"}]}
)
REGISTRY = resource("ECR::RegistryPolicy", PolicyText={"Statement": [{**ALLOW, "Principal": {"AWS": "210987654321"}}]})
CONTROL = resource(
    "Organizations::Policy",
    Type="RESOURCE_CONTROL_POLICY",
    TargetIds=["123456789012"],
    Content={"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "ssm:*", "Resource": "*"}]},
)
ROLES = [
    *(Case(FARGATE, pulled_by({"Statement": [ALLOW, statement]})) for statement in (
        "a",
        {**ALLOW, "Effect": ref("Free")},
        {**ALLOW, "Effect": "Maybe"},
        {**ALLOW, "NotAction": "a"},
        {**ALLOW, "Effect": "Deny", "NotResource": "a"},
        {**ALLOW, "Effect": "Deny", "Fn::Transform": {"Name": "AWS::Include"}},
        {**ALLOW, "Effect": "Deny", "Condition": "a"},
        {**ALLOW, "Effect": "Deny", "Action": ref("Free")},
        {**ALLOW, "Effect": "Deny", "Resource": ref("Free")},
    )),
    Case(FARGATE, {"ExecutionRole.ManagedPolicyArns": None}),
    Case(FARGATE, pulled_by(ref("Free"))),
    Case(FARGATE, {"ExecutionRole.AssumeRolePolicyDocument.Statement.0.Principal": "*"}),
    Case(FARGATE, {"ExecutionRole.AssumeRolePolicyDocument.Statement.0.Principal": ["a"]}),
    Case(FARGATE, {"ExecutionRole.AssumeRolePolicyDocument": ref("Free")}),
    Case(FARGATE, {"TaskDefinition.ExecutionRoleArn": ref("Free")}),
    Case(FARGATE, {"TaskDefinition.ExecutionRoleArn": "arn:aws:iam::123456789012:role/elsewhere"}),
    Case(FARGATE, {"Gone": {**resource("IAM::Role"), "Condition": "Prod"}, "TaskDefinition.ExecutionRoleArn": ref("Gone")}),
    Case(FARGATE, {IMAGE: f"{ECR}/app:1"}, others=[({"Repository": NAMED}, None), ({"Repository": NAMED}, None)]),
    Case(FARGATE, {IMAGE: f"{ECR}/app:1"}, account="210987654321", others=[({"Registry": REGISTRY}, "123456789012")]),
    Case(
        FARGATE,
        {
            f"{CONTAINER}.Secrets": [{"Name": "A", "ValueFrom": "/app/a"}],
            "ExecutionRole.Policies": [{"PolicyName": "Inline", "PolicyDocument": {"Statement": [ALLOW]}}],
        },
        account="123456789012",
        others=[({"Guardrail": CONTROL}, "999999999999")],
    ),
    Case(FARGATE, {"ExecutionRole.Path": "/team/", "TaskDefinition.ExecutionRoleArn": ref("ExecutionRole")}),
]  # fmt: skip

EARLY = {"EarlySuccessCriteria": {"Enable": True, "HealthyPercent": 50, "SourceServiceRevisionCleanup": "DEFERRED"}}
EXTERNAL = {"DesiredCount": 2, "DeploymentController": {"Type": "EXTERNAL"}}
DEPLOYMENTS = [
    Case(FARGATE, {"Service.DesiredCount": 2}),
    Case(FARGATE, {"Service.DeploymentConfiguration": EARLY}),
    Case(FARGATE, {"Service.DesiredCount": 2, "Copy": {"Type": "Custom::CDKECRDeployment", "Properties": {**MAKER, "To": ref("Repository")}}}),
    Case(FARGATE, {"Service.DesiredCount": 1, f"{CONTAINER}.Name": None}),
    Case(FARGATE, {
        "Service.DesiredCount": 1,
        f"{CONTAINER}.LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-group": "/app", "awslogs-region": "us-east-1"}},
        "Logs": resource("Logs::LogGroup", LogGroupName="/app"),
    }),
    Case(FARGATE, {"Service.DesiredCount": 1, IMAGE: f"{ECR}/app:1", "Copy": {"Type": "Custom::CDKECRDeployment", "Properties": {**MAKER, "DestImage": f"docker://{ECR}/app:1"}}}),
    Case(EC2, {"Service.DesiredCount": None, "Service.SchedulingStrategy": "DAEMON"}),
    Case(FARGATE, {
        "Service": resource("ECS::Service", **EXTERNAL),
        "Set": resource("ECS::TaskSet", Service=ref("Service"), TaskDefinition=ref("TaskDefinition"), LaunchType="FARGATE", NetworkConfiguration={"AwsVpcConfiguration": {"Subnets": [ref("SubnetA")]}}, Scale={"Value": 50}),
    }),
]  # fmt: skip

GALLERY = endpoint("public.ecr.aws", PolicyDocument={"Statement": [{**ALLOW, "Principal": "*"}]})
WAYS = [
    Case("endpoints", {}, region=None),
    Case("endpoints", {"Task.ContainerDefinitions.0.Image": f"{ECR}/app:1"}, region=None),
    Case(
        "endpoints",
        {"Task.ContainerDefinitions.0.Image": "public.ecr.aws/nginx/nginx:1"},
        {"allow_public_gallery": True},
    ),
    Case(
        "nat",
        {
            "Task.ContainerDefinitions.0.Image": "public.ecr.aws/nginx/nginx:1",
            "EndpointGroup": ENDPOINTS["EndpointGroup"],
            "Gallery": GALLERY,
        },
        {"allow_public_gallery": True},
    ),
    Case("nat", {"Service.NetworkConfiguration.AwsvpcConfiguration.Subnets": [{"a": "b"}]}),
    Case("instances", {"Group.VPCZoneIdentifier": None}),
]


def lifecycle(counted: str, action: str = "expire", status: str = "any", **selected: Any) -> Any:
    """A lifecycle policy of one rule."""
    selection = {"tagStatus": status, "countType": counted, "countNumber": 30, **selected}
    rules = [{"rulePriority": 1, "selection": selection, "action": {"type": action}}]
    return {"Repository.LifecyclePolicy": {"LifecyclePolicyText": json.dumps({"rules": rules})}}


REPOSITORIES = [
    Case(FARGATE, {"Repository.RepositoryPolicyText": {"Statement": [{**ALLOW, "Principal": {"AWS": ref("Free")}}]}}),
    Case(FARGATE, {"Created": resource(
        "ECR::RepositoryCreationTemplate", Prefix="ROOT", AppliedFor=["CREATE_ON_PUSH"],
        RepositoryPolicy=json.dumps({"Statement": [{**ALLOW, "Action": "ecr:ListImages", "Principal": "*"}]}),
    )}),
    Case(FARGATE, lifecycle("imageCountMoreThan")),
    Case(FARGATE, lifecycle("sinceImagePushed", countUnit="days")),
    Case(FARGATE, lifecycle("sinceImagePulled", "transition", countUnit="days")),
    Case(FARGATE, lifecycle("sinceImageTransitioned", countUnit="days")),
    Case(
        FARGATE,
        {
            **lifecycle("sinceImagePushed", status="untagged", countUnit="days"),
            "Repository.ImageTagMutability": "MUTABLE",
        },
    ),
]  # fmt: skip

PROPERTIES = [
    Case(
        FARGATE,
        {
            "Service.GatewayConnectors": [
                {"PortName": "a", "RoleArn": "arn:aws:iam::123456789012:role/a", "TargetGroupArn": "arn:a"}
            ]
        },
    ),
    Case(FARGATE, {"ExecutionRole.Novel": "a"}),
]

MANAGED, EXPRESS = "managed-instances", "express"
LAUNCH = "Capacity.ManagedInstancesProvider.InstanceLaunchTemplate"
RUNNERS = [
    Case(MANAGED, {"TaskDefinition.NetworkMode": None}),
    Case(MANAGED, {"TaskDefinition.NetworkMode": "bridge"}),
    Case(MANAGED, {"TaskDefinition.RequiresCompatibilities": ["EC2"]}),
    Case(MANAGED, {"TaskDefinition.Cpu": None}),
    Case(MANAGED, {"TaskDefinition.Cpu": "1"}),
    Case(MANAGED, {"TaskDefinition.Cpu": "16384"}),
    Case(MANAGED, {"TaskDefinition.Memory": "32768"}),
    Case(MANAGED, {"TaskDefinition.PidMode": "host"}),
    Case(MANAGED, {"Service.PlacementConstraints": [{"Type": "distinctInstance"}]}),
    Case(MANAGED, {"Service.NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp": "ENABLED"}),
    Case(MANAGED, {f"{LAUNCH}.Ec2InstanceProfileArn": ref("InstanceProfile")}),
    Case(MANAGED, {"Capacity.ClusterName": {"Fn::GetAtt": ["Cluster", "Arn"]}}),
    Case(MANAGED, {"Infrastructure.ManagedPolicyArns": None, "Infrastructure.Policies": pass_all()}),
    Case(MANAGED, {"Infrastructure.Policies": pass_all("Deny")}),
    Case(MANAGED, {"Infrastructure.ManagedPolicyArns.0": ref("Free")}),
    Case(MANAGED, {"Infrastructure.PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}),
    Case(MANAGED, {"TaskDefinition.Cpu": "4096", f"{LAUNCH}.InstanceRequirements.SpotMaxPricePercentageOverLowestPrice": 20}),
    Case(EXPRESS, {"SubnetA.CidrBlock": "10.0.1.0/28"}),
    Case(EXPRESS, {"Service.Cpu": ref("Free")}),
    Case(EXPRESS, {"Service.Cpu": "8192", "Service.Memory": "16384"}),
    Case(EXPRESS, {"Service.TaskDefinitionArn": "arn"}),
    Case(EXPRESS, {"SubnetB.AvailabilityZone": None}),
    Case(EXPRESS, {"Service.NetworkConfiguration.Subnets": [ref("SubnetA"), ref("SubnetB"), ref("PublicSubnet")]}),
    Case(EXPRESS, {"Cluster.CapacityProviders": None}),
    Case(EXPRESS, {"Service.PrimaryContainer.AwsLogsConfiguration": None, "ExecutionRole.ManagedPolicyArns.0": PULL_ONLY}),
    *(Case(EXPRESS, {"Copies": copies(region)}, account="111122223333") for region in ("us-east-1", "cn-north-1")),
    *(Case(EXPRESS, {f"Service.ScalingTarget.{key}": value}) for key, value in (
        ("MinTaskCount", ref("Free")), ("MinTaskCount", 0), ("MinTaskCount", 5), ("AutoScalingTargetValue", 200),
    )),
]  # fmt: skip

CASES = [
    *(*IMAGES, *WORLDS, *USER_DATA, *AMIS, *PLACES, *CAPACITY, *ROLES, *DEPLOYMENTS, *WAYS, *REPOSITORIES),
    *PROPERTIES,
    *RUNNERS,
]
