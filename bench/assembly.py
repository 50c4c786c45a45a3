"""Writes cloud assemblies of any size, as CDK writes them, with known faults planted.

A stack of the base form has 100 resources: a VPC with two public subnets, a cluster with a capacity provider, and
eight services, each with its repository, roles, policies, log group, queue and security group. One service pulls from
the repository of another stack, one lies in a nested stack; images are rendered as CDK renders them. Every container
can be pulled where it runs, except for what is planted. The same arguments give the same bytes.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

RESOURCES_PER_STACK = 100
ROLES_PER_STACK = 100
VPCS_PER_STACK = 10
ACCOUNT, REGION = "111122223333", "eu-central-1"
SERVICES = 6
"""The services of a stack with a repository of their own."""

_UNKNOWN = "aws://unknown-account/unknown-region"
_FIXED = f"aws://{ACCOUNT}/{REGION}"
_METADATA_REGIONS = [
    f"{area}-{number}"
    for area, count in {
        "af-south": 1,
        "ap-east": 1,
        "ap-northeast": 3,
        "ap-south": 2,
        "ap-southeast": 4,
        "ca-central": 1,
        "ca-west": 1,
        "cn-north": 1,
        "cn-northwest": 1,
        "eu-central": 2,
        "eu-north": 1,
        "eu-south": 2,
        "eu-west": 3,
        "il-central": 1,
        "me-central": 1,
        "me-south": 1,
        "sa-east": 1,
        "us-east": 2,
        "us-west": 2,
    }.items()
    for number in range(1, count + 1)
]
_LIFECYCLE = (
    '{"rules":[{"rulePriority":1,"selection":{"tagStatus":"untagged","countType":"sinceImagePushed",'
    '"countUnit":"days","countNumber":90},"action":{"type":"expire"}}]}'
)
_PULL = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
_ECS_ON_EC2 = "service-role/AmazonEC2ContainerServiceforEC2Role"

Json = dict[str, Any]


@dataclass(frozen=True)
class Planted:
    """A fault that the judge must find.

    Attributes:
        rule: the id of the rule that finds it.
        template: the name of the template's file.
        logical_id: the resource that has it.
        location: the place in the resource.
        acknowledged: whether the assembly acknowledges it.
    """

    rule: str
    template: str
    logical_id: str
    location: str
    acknowledged: bool = False


@dataclass(frozen=True)
class Assembly:
    """A cloud assembly that was written.

    Attributes:
        folder: where it is.
        templates: the files of its templates, those of nested stacks among them.
        resources: how many resources they hold.
        planted: the faults in it.
    """

    folder: Path
    templates: tuple[Path, ...]
    resources: int
    planted: tuple[Planted, ...]


def write(folder: Path, resources: int = 2000, *, roles: int = 0, vpcs: int = 0) -> Assembly:
    """Write a cloud assembly.

    Args:
        folder: an empty folder, made if it does not exist.
        resources: how many resources its stacks of the base form have together, a multiple of 100.
        roles: how many more execution roles of 20 statements, each with a task definition, a multiple of 100.
        vpcs: how many more VPCs of 6 subnets, each with a service in its isolated subnets, a multiple of 10.

    Raises:
        ValueError: a number that is no such multiple.
    """
    for name, value, unit in (
        ("resources", resources, RESOURCES_PER_STACK),
        ("roles", roles, ROLES_PER_STACK),
        ("vpcs", vpcs, VPCS_PER_STACK),
    ):
        if value < 0 or value % unit:
            raise ValueError(f"{name} must be a multiple of {unit}, got {value!r}")
    stacks: list[_Stack] = []
    planted: list[Planted] = []
    exported: dict[str, tuple[Json, Json]] = {}  # by environment: CDK imports only what is exported in the same one
    for index in range(resources // RESOURCES_PER_STACK):
        stack = _Stack(f"Services{index}", environment=_FIXED if index % 2 else _UNKNOWN)
        exported[stack.environment] = _services(stack, index, exported.get(stack.environment), planted)
        stacks.append(stack)
    stacks += [_roles(index) for index in range(roles // ROLES_PER_STACK)]
    stacks += [_vpcs(index) for index in range(vpcs // VPCS_PER_STACK)]
    folder.mkdir(parents=True, exist_ok=True)
    artifacts: Json = {}
    for stack in stacks:
        stack.write(folder, artifacts)
    _dump(folder / "manifest.json", {"version": "55.0.0", "artifacts": artifacts}, indent=2)
    templates = [one for stack in stacks for one in (stack, *stack.nested)]
    return Assembly(
        folder,
        tuple(folder / one.file for one in templates),
        sum(len(one.resources) for one in templates),
        tuple(planted),
    )


@dataclass
class _Stack:
    """A stack, or a nested stack, while it is made."""

    name: str
    environment: str
    scope: str | None = None
    """The path of a nested stack's construct."""
    resources: Json = field(default_factory=dict)
    parameters: Json = field(default_factory=dict)
    outputs: Json = field(default_factory=dict)
    metadata: Json = field(default_factory=dict)
    nested: list[_Stack] = field(default_factory=list)

    @property
    def account(self) -> Json | str:
        return ACCOUNT if self.environment == _FIXED else {"Ref": "AWS::AccountId"}

    @property
    def region(self) -> Json | str:
        return REGION if self.environment == _FIXED else {"Ref": "AWS::Region"}

    @property
    def file(self) -> str:
        if self.scope is None:
            return f"{self.name}.template.json"
        return f"{_logical_id(self.scope)}.nested.template.json"

    def add(self, path: str, type_: str, properties: Json | None = None, **attributes: Any) -> str:
        """Add the resource of a construct and return its logical ID."""
        logical_id = _logical_id(path)
        full = f"{self.scope or self.name}/{path}"
        body: Json = {"Type": type_}
        if properties:
            body["Properties"] = properties
        metadata = {"aws:cdk:path": full, **attributes.pop("metadata", {})}
        self.resources[logical_id] = {**body, **attributes, "Metadata": metadata}
        self.metadata[f"/{full}"] = [
            {"type": "aws:cdk:logicalId", "data": logical_id},
            {
                "type": "aws:cdk:creationStack",
                "data": [
                    "...aws-cdk-lib, jsii runtime, node internals...",
                    "(no user code in 10 frames, use --stack-trace-limit to capture more)",
                ],
            },
        ]
        return logical_id

    def acknowledge(self, path: str, rule: str, reason: str) -> None:
        entry = {"type": "aws:cdk:acknowledged-rules", "data": {f"ecr-ecs::{rule}": reason}}
        self.metadata.setdefault(f"/{self.name}/{path}", []).append(entry)

    def export(self, value: Json) -> Json:
        """Export a reference to one of the resources and return its import."""
        (function, argument), *_ = value.items()
        target = "".join(argument) if isinstance(argument, list) else argument
        key = f"ExportsOutput{function.replace('::', '')}{target}{_hash(target)}"
        self.outputs[key] = {"Value": value, "Export": {"Name": f"{self.name}:{key}"}}
        return {"Fn::ImportValue": f"{self.name}:{key}"}

    def nest(self, path: str, parameters: Json) -> _Stack:
        """Add a nested stack and return it."""
        inner = _Stack(self.name, self.environment, scope=f"{self.name}/{path}")
        inner.parameters = {name: {"Type": "String"} for name in parameters}
        inner.metadata = self.metadata  # the assembly has one metadata file for a stack and what is nested in it
        self.nested.append(inner)
        self.add(
            f"{path}.NestedStack/{path}.NestedStackResource",
            "AWS::CloudFormation::Stack",
            {"Parameters": parameters, "TemplateURL": _asset_url(inner.file)},
            UpdateReplacePolicy="Delete",
            DeletionPolicy="Delete",
            metadata={"aws:asset:path": inner.file, "aws:asset:property": "TemplateURL"},
        )
        return inner

    def add_cdk_metadata(self) -> None:
        self.add(
            "CDKMetadata/Default",
            "AWS::CDK::Metadata",
            {"Analytics": f"v2:deflate64:{'H4sIAAAAAAAA/12LQQrCMBBFz9J9MtqK9ACK61LdyxinO' * 4}"},
            **({"Condition": "CDKMetadataAvailable"} if self.environment == _UNKNOWN and self.scope is None else {}),
        )

    def template(self) -> Json:
        template: Json = {"Resources": self.resources}
        if self.outputs:
            template["Outputs"] = self.outputs
        if self.scope is None:
            if self.environment == _UNKNOWN:
                template["Conditions"] = {"CDKMetadataAvailable": _metadata_available()}
            self.parameters["BootstrapVersion"] = {
                "Type": "AWS::SSM::Parameter::Value<String>",
                "Default": "/cdk-bootstrap/hnb659fds/version",
                "Description": "Version of the CDK Bootstrap resources in this environment. [cdk:skip]",
            }
        if self.parameters:
            template["Parameters"] = self.parameters
        return template

    def write(self, folder: Path, artifacts: Json) -> None:
        for one in (self, *self.nested):
            _dump(folder / one.file, one.template(), indent=1)
        _dump(folder / f"{self.name}.metadata.json", self.metadata, indent=2)
        _dump(folder / f"{self.name}.assets.json", {"version": "55.0.0", "files": {}, "dockerImages": {}}, indent=2)
        artifacts[f"{self.name}.assets"] = {
            "type": "cdk:asset-manifest",
            "properties": {"file": f"{self.name}.assets.json", "requiresBootstrapStackVersion": 6},
        }
        artifacts[self.name] = {
            "type": "aws:cloudformation:stack",
            "environment": self.environment,
            "properties": {
                "templateFile": f"{self.name}.template.json",
                "terminationProtection": False,
                "validateOnSynth": False,
                "requiresBootstrapStackVersion": 6,
                "additionalDependencies": [f"{self.name}.assets"],
            },
            "dependencies": [f"{self.name}.assets"],
            "additionalMetadataFile": f"{self.name}.metadata.json",
            "displayName": self.name,
        }


def _services(
    stack: _Stack, index: int, exported: tuple[Json, Json] | None, planted: list[Planted]
) -> tuple[Json, Json]:
    """Fill a stack of the base form and return the imports of ARN and name of its first repository."""
    subnets, vpc = _public_vpc(stack)
    cluster = stack.add("Cluster/Resource", "AWS::ECS::Cluster")
    provider = _capacity(stack, cluster, vpc, subnets)
    placement = _Placement({"Ref": cluster}, {"Ref": vpc}, subnets, public=True)
    repositories = []
    for number in range(SERVICES):
        repository = stack.add(
            f"App{number}/Repository/Resource",
            "AWS::ECR::Repository",
            {
                "ImageTagMutability": "IMMUTABLE",
                "ImageScanningConfiguration": {"ScanOnPush": True},
                "LifecyclePolicy": {"LifecyclePolicyText": _LIFECYCLE},
            },
            UpdateReplacePolicy="Retain",
            DeletionPolicy="Retain",
        )
        repositories.append((_att(repository), _ref(repository)))
        images = [_Image(*_from_repository(*repositories[-1], f"1.{number}"))]
        if number == 2:
            images.append(_Image(*_imported(stack, "observability/agent", "2.0")))
        elif number == 3:
            images.append(_Image(*_docker_asset(stack, f"App{number}")))
        elif number == 4:
            images.append(_Image("nginx:1.27", "", "unqualified-image", acknowledged=index % 10 == 0))
        elif number == 5:
            stack.parameters["SidecarImage"] = {"Type": "String"}
            images.append(_Image({"Ref": "SidecarImage"}, "", "unverifiable-image"))
            if stack.environment == _FIXED:
                images.append(_Image(*_imported(stack, "shared/proxy", "3", "us-east-1"), "cross-region-image"))
        on = placement if number > 1 else _Placement(*placement.place(), public=True, provider=provider)
        _service(stack, f"App{number}", images, on, planted)
        if number == 4 and index % 10 == 0:
            stack.acknowledge("App4/Task", "unqualified-image", "moves to Amazon ECR with the next release")
    arn, name = repositories[0]
    _service(stack, "Shared", [_Image(*_from_repository(*(exported or (arn, name)), "1.0"))], placement, planted)
    passed = {
        "referencetoRepositoryArn": arn,
        "referencetoRepositoryRef": name,
        "referencetoClusterRef": {"Ref": cluster},
        "referencetoVpcRef": {"Ref": vpc},
        **{f"referencetoSubnet{number}Ref": subnet for number, subnet in enumerate(subnets)},
    }
    nested = stack.nest("Nested", passed)
    latest = _from_repository({"Ref": "referencetoRepositoryArn"}, {"Ref": "referencetoRepositoryRef"}, "latest")
    inside = _Placement(
        {"Ref": "referencetoClusterRef"},
        {"Ref": "referencetoVpcRef"},
        [{"Ref": f"referencetoSubnet{number}Ref"} for number in range(len(subnets))],
        public=True,
    )
    _service(nested, "Inner", [_Image(*latest, "floating-tag")], inside, planted)
    planted.append(replace(planted[-1], rule="immutable-latest"))
    nested.add_cdk_metadata()
    stack.add_cdk_metadata()
    return stack.export(arn), stack.export(name)


@dataclass(frozen=True)
class _Placement:
    """Where a service runs."""

    cluster: Json
    vpc: Json
    subnets: Sequence[Json]
    public: bool
    provider: str | None = None
    """The logical ID of an EC2 capacity provider; Fargate without it."""

    def place(self) -> tuple[Json, Json, Sequence[Json]]:
        return self.cluster, self.vpc, self.subnets


@dataclass(frozen=True)
class _Image:
    """The image of a container, the repository that its role may pull from, and what is wrong with it."""

    value: Any
    arn: Any
    rule: str | None = None
    acknowledged: bool = False


def _service(stack: _Stack, path: str, images: Sequence[_Image], on: _Placement, planted: list[Planted]) -> None:
    """Add a service with its queue, log group, roles, policies, task definition and security group."""
    logs = stack.add(f"{path}/Logs/Resource", "AWS::Logs::LogGroup", {"RetentionInDays": 731}, DeletionPolicy="Retain")
    queue = stack.add(f"{path}/Queue/Resource", "AWS::SQS::Queue", DeletionPolicy="Delete")
    task_role = stack.add(f"{path}/Task/TaskRole/Resource", "AWS::IAM::Role", _assumed_by("ecs-tasks"))
    consume = ["sqs:ReceiveMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueUrl", "sqs:DeleteMessage"]
    _policy(stack, f"{path}/Task/TaskRole", task_role, [_allow(consume, _att(queue))])
    execution_role = _execution_role(stack, path, images, [_att(logs)])
    task = _task(stack, path, images, execution_role, {"Ref": logs}, task_role=task_role, fargate=on.provider is None)
    planted.extend(
        Planted(image.rule, stack.file, task, f"Properties.ContainerDefinitions[{number}].Image", image.acknowledged)
        for number, image in enumerate(images)
        if image.rule is not None
    )
    _place(stack, path, task, on)


def _place(stack: _Stack, path: str, task: str, on: _Placement) -> None:
    """Add the service of a task definition and its security group."""
    group = _security_group(stack, f"{path}/Service/SecurityGroup", on.vpc)
    launch: Json = {"LaunchType": "FARGATE"}
    network: Json = {"SecurityGroups": [_att(group, "GroupId")], "Subnets": list(on.subnets)}
    if on.provider is None:
        network = {"AssignPublicIp": "ENABLED" if on.public else "DISABLED", **network}
    else:
        launch = {"CapacityProviderStrategy": [{"CapacityProvider": {"Ref": on.provider}, "Weight": 1}]}
    stack.add(
        f"{path}/Service/Service",
        "AWS::ECS::Service",
        {
            "Cluster": on.cluster,
            "DeploymentConfiguration": {
                "DeploymentCircuitBreaker": {"Enable": True, "Rollback": True},
                "MaximumPercent": 200,
                "MinimumHealthyPercent": 100,
            },
            "DesiredCount": 0,  # until the images are pushed to the repositories of the same stack
            "EnableECSManagedTags": False,
            **launch,
            "NetworkConfiguration": {"AwsvpcConfiguration": network},
            "TaskDefinition": {"Ref": task},
        },
    )


def _execution_role(stack: _Stack, path: str, images: Sequence[_Image], logs: Sequence[Json | str]) -> str:
    role = stack.add(f"{path}/Task/ExecutionRole/Resource", "AWS::IAM::Role", _assumed_by("ecs-tasks"))
    statements = [_allow(_PULL, image.arn) for image in images if image.arn]
    statements.append(_allow("ecr:GetAuthorizationToken", "*"))
    statements += [_allow(["logs:CreateLogStream", "logs:PutLogEvents"], arn) for arn in logs]
    _policy(stack, f"{path}/Task/ExecutionRole", role, statements)
    return role


def _task(
    stack: _Stack,
    path: str,
    images: Sequence[_Image],
    execution_role: str,
    logs: Json | str,
    *,
    task_role: str | None = None,
    fargate: bool,
) -> str:
    containers = [
        {
            "Environment": [
                {"Name": "STAGE", "Value": "production"},
                {"Name": "REGION", "Value": {"Ref": "AWS::Region"}},
            ],
            "Essential": number == 0,
            "Image": image.value,
            "LogConfiguration": {
                "LogDriver": "awslogs",
                "Options": {
                    "awslogs-group": logs,
                    "awslogs-stream-prefix": path.lower(),
                    "awslogs-region": {"Ref": "AWS::Region"},
                },
            },
            "Name": ("web", "sidecar", "proxy")[number],
            "PortMappings": [{"ContainerPort": 8080 + number, "Protocol": "tcp"}],
        }
        for number, image in enumerate(images)
    ]
    return stack.add(
        f"{path}/Task/Resource",
        "AWS::ECS::TaskDefinition",
        {
            "ContainerDefinitions": containers,
            "Cpu": "256",
            "ExecutionRoleArn": _att(execution_role),
            "Family": f"{stack.name}{path}Task",
            "Memory": "512",
            "NetworkMode": "awsvpc",
            "RequiresCompatibilities": ["FARGATE" if fargate else "EC2"],
            **({"TaskRoleArn": _att(task_role)} if task_role else {}),
        },
    )


def _roles(index: int) -> _Stack:
    """Make a stack of execution roles of 20 statements, each with its task definition."""
    stack = _Stack(f"Roles{index}", _FIXED)
    for number in range(ROLES_PER_STACK):
        path = f"Job{number}"
        image = _Image(*_imported(stack, f"jobs/job-{number}", "1"))
        role = stack.add(f"{path}/Task/ExecutionRole/Resource", "AWS::IAM::Role", _assumed_by("ecs-tasks"))
        statements = [
            {
                **_allow([f"{service}:Get*", f"{service}:List*"], _arn(stack, service, f"{kind}/job-{number}/*")),
                **({"Condition": {"StringEquals": {"aws:ResourceTag/job": path}}} if position % 3 == 0 else {}),
            }
            for position, (service, kind) in enumerate(_OTHER_SERVICES)
        ]
        statements.append(_allow(["ecr:Batch*", "ecr:Describe*"], _arn(stack, "ecr", f"repository/team-{number}/*")))
        statements.append({**_allow("ecr:PutImage", _arn(stack, "ecr", "repository/jobs/*")), "Effect": "Deny"})
        statements.append(_allow(_PULL, image.arn))
        statements.append(_allow("ecr:GetAuthorizationToken", "*"))
        statements.append(_allow(["logs:CreateLogStream", "logs:PutLogEvents"], "*"))
        _policy(stack, f"{path}/Task/ExecutionRole", role, statements)
        _task(stack, path, [image], role, "/ecs/jobs", fargate=True)
    stack.add_cdk_metadata()
    return stack


_OTHER_SERVICES = (
    ("secretsmanager", "secret"),
    ("ssm", "parameter"),
    ("s3", "bucket"),
    ("kms", "key"),
    ("logs", "log-group"),
    ("dynamodb", "table"),
    ("sqs", "queue"),
    ("sns", "topic"),
    ("events", "event-bus"),
    ("kinesis", "stream"),
    ("firehose", "deliverystream"),
    ("lambda", "function"),
    ("states", "stateMachine"),
    ("cloudwatch", "alarm"),
    ("xray", "group"),
    ("appconfig", "application"),
)


def _vpcs(index: int) -> _Stack:
    """Make a stack of VPCs of 6 subnets, each with endpoints and a service in its isolated subnets."""
    stack = _Stack(f"Networks{index}", _FIXED)
    cluster = stack.add("Cluster/Resource", "AWS::ECS::Cluster")
    for number in range(VPCS_PER_STACK):
        path = f"Network{number}"
        vpc, gateway = _vpc(stack, path, number)
        public, _ = _subnets(stack, f"{path}/Public", vpc, 0, {"GatewayId": {"Ref": gateway}}, public=True)
        nats = []
        for zone, subnet in enumerate(public):
            address = stack.add(f"{path}/Public{zone}/EIP", "AWS::EC2::EIP", {"Domain": "vpc"})
            properties = {"AllocationId": _att(address, "AllocationId"), "SubnetId": subnet}
            nats.append(stack.add(f"{path}/Public{zone}/NATGateway", "AWS::EC2::NatGateway", properties))
        _, private_tables = _subnets(stack, f"{path}/Private", vpc, 2, {"NatGatewayId": {"Ref": nats[0]}})
        isolated, isolated_tables = _subnets(stack, f"{path}/Isolated", vpc, 4)
        _endpoints(stack, path, vpc, number, subnets=isolated, tables=[*private_tables, *isolated_tables])
        image = _Image(*_imported(stack, f"networks/app-{number}", "1"))
        role = _execution_role(stack, path, [image], ["*"])
        task = _task(stack, path, [image], role, "/ecs/networks", fargate=True)
        _place(stack, path, task, _Placement({"Ref": cluster}, {"Ref": vpc}, isolated, public=False))
    stack.add_cdk_metadata()
    return stack


def _endpoints(
    stack: _Stack, path: str, vpc: str, number: int, *, subnets: Sequence[Json], tables: Sequence[Json]
) -> None:
    group = _security_group(
        stack,
        f"{path}/Endpoints",
        {"Ref": vpc},
        SecurityGroupIngress=[
            {"CidrIp": f"10.{number}.0.0/16", "FromPort": 443, "IpProtocol": "tcp", "ToPort": 443},
        ],
    )
    for service in ("ecr.api", "ecr.dkr", "logs"):
        stack.add(
            f"{path}/{service.replace('.', '').title()}/Resource",
            "AWS::EC2::VPCEndpoint",
            {
                "PrivateDnsEnabled": True,
                "SecurityGroupIds": [_att(group, "GroupId")],
                "ServiceName": f"com.amazonaws.{REGION}.{service}",
                "SubnetIds": list(subnets),
                "VpcEndpointType": "Interface",
                "VpcId": {"Ref": vpc},
            },
        )
    stack.add(
        f"{path}/S3/Resource",
        "AWS::EC2::VPCEndpoint",
        {
            "RouteTableIds": list(tables),
            "ServiceName": {"Fn::Join": ["", ["com.amazonaws.", {"Ref": "AWS::Region"}, ".s3"]]},
            "VpcEndpointType": "Gateway",
            "VpcId": {"Ref": vpc},
        },
    )


def _public_vpc(stack: _Stack) -> tuple[list[Json], str]:
    vpc, gateway = _vpc(stack, "Vpc", 0)
    subnets, _ = _subnets(stack, "Vpc/Public", vpc, 0, {"GatewayId": {"Ref": gateway}}, public=True)
    return subnets, vpc


def _vpc(stack: _Stack, path: str, number: int) -> tuple[str, str]:
    """Add a VPC with an internet gateway and return the logical IDs of both."""
    vpc = stack.add(
        f"{path}/Resource",
        "AWS::EC2::VPC",
        {
            "CidrBlock": f"10.{number}.0.0/16",
            "EnableDnsHostnames": True,
            "EnableDnsSupport": True,
            "InstanceTenancy": "default",
            "Tags": _name_tags(f"{stack.name}/{path}"),
        },
    )
    gateway = stack.add(f"{path}/IGW", "AWS::EC2::InternetGateway", {"Tags": _name_tags(f"{stack.name}/{path}")})
    stack.add(
        f"{path}/VPCGW",
        "AWS::EC2::VPCGatewayAttachment",
        {"InternetGatewayId": {"Ref": gateway}, "VpcId": {"Ref": vpc}},
    )
    return vpc, gateway


def _subnets(
    stack: _Stack, path: str, vpc: str, offset: int, target: Json | None = None, *, public: bool = False
) -> tuple[list[Json], list[Json]]:
    """Add two subnets with a route table each, and return references to the subnets and to the tables."""
    subnets, tables = [], []
    for zone in range(2):
        here = f"{path}Subnet{zone + 1}"
        subnet = stack.add(
            f"{here}/Subnet",
            "AWS::EC2::Subnet",
            {
                "AvailabilityZone": {"Fn::Select": [zone, {"Fn::GetAZs": ""}]},
                "CidrBlock": {"Fn::Select": [offset + zone, {"Fn::Cidr": [_att(vpc, "CidrBlock"), 6, "8"]}]},
                "MapPublicIpOnLaunch": public,
                "Tags": _name_tags(f"{stack.name}/{here}"),
                "VpcId": {"Ref": vpc},
            },
        )
        table = stack.add(
            f"{here}/RouteTable",
            "AWS::EC2::RouteTable",
            {"Tags": _name_tags(f"{stack.name}/{here}"), "VpcId": {"Ref": vpc}},
        )
        stack.add(
            f"{here}/RouteTableAssociation",
            "AWS::EC2::SubnetRouteTableAssociation",
            {"RouteTableId": {"Ref": table}, "SubnetId": {"Ref": subnet}},
        )
        if target is not None:
            stack.add(
                f"{here}/DefaultRoute",
                "AWS::EC2::Route",
                {"DestinationCidrBlock": "0.0.0.0/0", **target, "RouteTableId": {"Ref": table}},
            )
        subnets.append({"Ref": subnet})
        tables.append({"Ref": table})
    return subnets, tables


def _capacity(stack: _Stack, cluster: str, vpc: str, subnets: Sequence[Json]) -> str:
    """Give a cluster container instances and return the logical ID of their capacity provider."""
    group = _security_group(stack, "Capacity/InstanceSecurityGroup", {"Ref": vpc})
    role = stack.add(
        "Capacity/InstanceRole/Resource",
        "AWS::IAM::Role",
        {
            **_assumed_by("ec2"),
            "ManagedPolicyArns": [
                {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, f":iam::aws:policy/{_ECS_ON_EC2}"]]}
            ],
        },
    )
    profile = stack.add("Capacity/InstanceProfile", "AWS::IAM::InstanceProfile", {"Roles": [{"Ref": role}]})
    parameter = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
    user_data = ["#!/bin/bash\necho ECS_CLUSTER=", {"Ref": cluster}, " >> /etc/ecs/ecs.config"]
    launch = stack.add(
        "Capacity/LaunchTemplate/Resource",
        "AWS::EC2::LaunchTemplate",
        {
            "LaunchTemplateData": {
                "IamInstanceProfile": {"Arn": _att(profile)},
                "ImageId": f"{{{{resolve:ssm:{parameter}}}}}",
                "InstanceType": "t3.small",
                "MetadataOptions": {"HttpTokens": "required"},
                "SecurityGroupIds": [_att(group, "GroupId")],
                "UserData": {"Fn::Base64": {"Fn::Join": ["", user_data]}},
            }
        },
    )
    instances = stack.add(
        "Capacity/ASG",
        "AWS::AutoScaling::AutoScalingGroup",
        {
            "LaunchTemplate": {
                "LaunchTemplateId": {"Ref": launch},
                "Version": _att(launch, "LatestVersionNumber"),
            },
            "MaxSize": "4",
            "MinSize": "1",
            "VPCZoneIdentifier": list(subnets),
        },
    )
    provider = stack.add(
        "Capacity/Provider/Provider",
        "AWS::ECS::CapacityProvider",
        {
            "AutoScalingGroupProvider": {
                "AutoScalingGroupArn": {"Ref": instances},
                "ManagedScaling": {"Status": "ENABLED"},
            }
        },
    )
    stack.add(
        "Cluster/Associations",
        "AWS::ECS::ClusterCapacityProviderAssociations",
        {
            "CapacityProviders": ["FARGATE", {"Ref": provider}],
            "Cluster": {"Ref": cluster},
            "DefaultCapacityProviderStrategy": [],
        },
    )
    return provider


def _security_group(stack: _Stack, path: str, vpc: Json, **properties: object) -> str:
    return stack.add(
        f"{path}/Resource",
        "AWS::EC2::SecurityGroup",
        {
            "GroupDescription": f"{stack.name}/{path}",
            "SecurityGroupEgress": [
                {"CidrIp": "0.0.0.0/0", "Description": "Allow all outbound traffic by default", "IpProtocol": "-1"}
            ],
            **properties,
            "VpcId": vpc,
        },
    )


def _policy(stack: _Stack, path: str, role: str, statements: Sequence[Json]) -> None:
    name = _logical_id(f"{path}/DefaultPolicy/Resource")
    document = {"Statement": list(statements), "Version": "2012-10-17"}
    stack.add(
        f"{path}/DefaultPolicy/Resource",
        "AWS::IAM::Policy",
        {"PolicyDocument": document, "PolicyName": name, "Roles": [{"Ref": role}]},
    )


def _allow(action: str | list[str], resource: Json | str) -> Json:
    return {"Action": action, "Effect": "Allow", "Resource": resource}


def _assumed_by(service: str) -> Json:
    principal = {"Service": f"{service}.amazonaws.com"}
    statement = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": principal}
    return {"AssumeRolePolicyDocument": {"Statement": [statement], "Version": "2012-10-17"}}


def _arn(stack: _Stack, service: str, resource: str, region: str | None = None) -> Json:
    parts = ["arn:", {"Ref": "AWS::Partition"}, f":{service}:", region or stack.region, ":", stack.account]
    return {"Fn::Join": ["", [*_merged(*parts, f":{resource}")]]}


def _merged(*parts: Any) -> Iterator[Any]:
    """Yield the elements of a `Fn::Join` as CDK writes them: neighbouring literals as one."""
    for is_literal, group in itertools.groupby(parts, lambda part: isinstance(part, str)):
        neighbours = list(group)
        yield from ["".join(neighbours)] if is_literal else neighbours


def _from_repository(arn: Json, name: Json, tag: str) -> tuple[Json, Json]:
    """Return the image of a repository of the app as CDK renders it, and the repository's ARN."""
    parts = [{"Fn::Select": [index, {"Fn::Split": [":", arn]}]} for index in (4, 3)]
    joined = [parts[0], ".dkr.ecr.", parts[1], ".", {"Ref": "AWS::URLSuffix"}, "/", name, f":{tag}"]
    return {"Fn::Join": ["", joined]}, arn


def _imported(stack: _Stack, repository: str, tag: str, region: str | None = None) -> tuple[Json, Json]:
    """Return the image of an imported repository as CDK renders it, and the repository's ARN."""
    host = [stack.account, ".dkr.ecr.", region or stack.region, ".", {"Ref": "AWS::URLSuffix"}]
    joined = [*_merged(*host, f"/{repository}:{tag}")]
    return {"Fn::Join": ["", joined]}, _arn(stack, "ecr", f"repository/{repository}", region)


def _docker_asset(stack: _Stack, path: str) -> tuple[Json, Json]:
    """Return the image of a docker asset as CDK renders it, and the repository's ARN."""
    fixed = stack.environment == _FIXED
    account, region = (ACCOUNT, REGION) if fixed else ("${AWS::AccountId}", "${AWS::Region}")
    repository = f"cdk-hnb659fds-container-assets-{account}-{region}"
    tag = hashlib.sha256(f"{stack.name}/{path}".encode()).hexdigest()
    image = {"Fn::Sub": f"{account}.dkr.ecr.{region}.${{AWS::URLSuffix}}/{repository}:{tag}"}
    arn = f"arn:${{AWS::Partition}}:ecr:{region}:{account}:repository/{repository}"
    return image, _arn(stack, "ecr", f"repository/{repository}") if fixed else {"Fn::Sub": arn}


def _asset_url(file: str) -> Json:
    key = f"/cdk-hnb659fds-assets-{ACCOUNT}-{REGION}/{hashlib.sha256(file.encode()).hexdigest()}.json"
    return {"Fn::Join": ["", [f"https://s3.{REGION}.", {"Ref": "AWS::URLSuffix"}, key]]}


def _metadata_available() -> Json:
    """Return the condition that CDK writes into a stack without environment."""
    equals = [{"Fn::Equals": [{"Ref": "AWS::Region"}, region]} for region in _METADATA_REGIONS]
    tens = [equals[start : start + 10] for start in range(0, len(equals), 10)]
    return {"Fn::Or": [{"Fn::Or": ten} if len(ten) > 1 else ten[0] for ten in tens]}


def _name_tags(name: str) -> list[Json]:
    return [{"Key": "Name", "Value": name}]


def _att(logical_id: str, attribute: str = "Arn") -> Json:
    return {"Fn::GetAtt": [logical_id, attribute]}


def _ref(logical_id: str) -> Json:
    return {"Ref": logical_id}


def _logical_id(path: str) -> str:
    readable = "".join(part for part in path.split("/") if part not in ("Resource", "Default"))
    return f"{''.join(filter(str.isalnum, readable))}{_hash(path)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8].upper()


def _dump(file: Path, content: Json, indent: int) -> None:
    file.write_text(json.dumps(content, indent=indent), encoding="utf-8")
