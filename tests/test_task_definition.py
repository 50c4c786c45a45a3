"""Task definitions: images of Amazon ECR by whatever way, the permission to pull them, and logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsii
import pytest
from aws_cdk import (
    Acknowledgment,
    App,
    CfnParameter,
    Duration,
    Environment,
    Fn,
    NestedStack,
    RemovalPolicy,
    Stack,
    Stage,
    Validations,
)
from aws_cdk import aws_applicationautoscaling as scaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_ecs_patterns as patterns
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_ssm as ssm
from aws_cdk.assertions import Annotations, Match, Template

from ecr_ecs_constructs.image import EcrImage
from ecr_ecs_constructs.image_uri import EcrImageUri
from ecr_ecs_constructs.repository import EcrRepository
from ecr_ecs_constructs.task_definition import EcrEc2TaskDefinition, EcrFargateTaskDefinition
from tests.support import THREE, arguments, line, only, properties, pulls, statements

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from constructs import Construct

    Task = EcrEc2TaskDefinition | EcrFargateTaskDefinition
    Image = str | EcrImageUri | ecs.ContainerImage

REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
URI = f"{REGISTRY}/team/app:1.2.3"
ROUTER = f"{REGISTRY}/aws-for-fluent-bit:3"
URI_ARN = "arn:${AWS::Partition}:ecr:us-east-1:123456789012:repository/team/app"
ROUTER_ARN = "arn:${AWS::Partition}:ecr:us-east-1:123456789012:repository/aws-for-fluent-bit"
TOKEN = {"*": {"ecr:GetAuthorizationToken"}}
ASSET_ARN = (
    "arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/"
    "cdk-hnb659fds-container-assets-${AWS::AccountId}-${AWS::Region}"
)
REFUSED = "image must be a fully qualified reference of a private ECR registry, got "
FIRELENS = ecs.FirelensConfig(type=ecs.FirelensLogRouterType.FLUENTBIT)


@pytest.fixture(params=[EcrEc2TaskDefinition, EcrFargateTaskDefinition])
def task_class(request: pytest.FixtureRequest) -> type[Task]:
    found: type[Task] = request.param
    return found


@pytest.fixture
def stack() -> Stack:
    return Stack(App(), "Stack")


@pytest.fixture
def task(stack: Stack, task_class: type[Task]) -> Task:
    return task_class(stack, "Task")


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("image")
    (directory / "Dockerfile").write_text("FROM scratch\n")
    return directory


def containers(stack: Stack) -> list[Any]:
    found: list[Any] = only(stack, "AWS::ECS::TaskDefinition")["ContainerDefinitions"]
    return found


def new(stack: Stack) -> ecr.IRepository:
    return EcrRepository(stack, "Repository")


@pytest.mark.parametrize(
    ("image", "permissions"),
    [
        pytest.param(lambda stack, context: URI, {URI_ARN: THREE}, id="text"),
        pytest.param(lambda stack, context: EcrImageUri.parse(URI), {URI_ARN: THREE}, id="EcrImageUri"),
        pytest.param(lambda stack, context: EcrImage(URI), {URI_ARN: THREE}, id="EcrImage"),
        pytest.param(
            lambda stack, context: f"{new(stack).repository_uri}:1",
            {"${Repository22E53BBD.Arn}": THREE},
            id="text with tokens",
        ),
        pytest.param(
            lambda stack, context: EcrImage.from_asset(str(context), platform=ecr_assets.Platform.LINUX_AMD64),
            {ASSET_ARN: THREE},
            id="asset",
        ),
        pytest.param(
            lambda stack, context: ecs.ContainerImage.from_registry(URI),
            {URI_ARN: THREE},
            id="text of CDK, which grants nothing",
        ),
        pytest.param(
            lambda stack, context: ecs.ContainerImage.from_ecr_repository(new(stack)),
            {"${Repository22E53BBD.Arn}": THREE},
            id="repository of CDK",
        ),
        pytest.param(
            lambda stack, context: ecs.ContainerImage.from_asset(str(context)), {ASSET_ARN: THREE}, id="asset of CDK"
        ),
        pytest.param(
            lambda stack, context: ecs.ContainerImage.from_docker_image_asset(
                ecr_assets.DockerImageAsset(stack, "Asset", directory=str(context))
            ),
            {ASSET_ARN: THREE},
            id="Docker image asset of CDK",
        ),
    ],
)
def test_accepted(
    stack: Stack,
    task: Task,
    context: Path,
    image: Callable[[Stack, Path], Image],
    permissions: dict[str, set[str]],
) -> None:
    container = task.add_container("App", image=image(stack, context), memory_limit_mib=64)
    (found,) = containers(stack)
    assert line(found["Image"]) == line(stack.resolve(container.image_name))
    held = pulls(stack)
    assert held.keys() >= permissions.keys()
    assert held == {**held, **TOKEN, **permissions}
    assert set.union(*held.values()) == THREE | TOKEN["*"]
    Annotations.from_stack(stack).has_no_warning("*", Match.any_value())


ADD: dict[str, Callable[[Any, Any], Any]] = {
    "add_container": lambda task, image: task.add_container("App", image=image, memory_limit_mib=64),
    "add_firelens_log_router": lambda task, image: task.add_firelens_log_router(
        "App", image=image, firelens_config=FIRELENS, memory_limit_mib=64
    ),
}


@pytest.mark.parametrize("add", ADD.values(), ids=ADD)
@pytest.mark.parametrize(
    ("image", "message"),
    [
        pytest.param(lambda stack: "nginx", "'nginx': it has no ECR registry", id="no registry"),
        pytest.param(lambda stack: f"{REGISTRY}/app", f"'{REGISTRY}/app': it has neither tag nor digest", id="no tag"),
        pytest.param(
            lambda stack: f"https://{URI}", f"'https://{URI}': it starts with the scheme 'https://'", id="scheme"
        ),
        pytest.param(
            lambda stack: "12345.dkr.ecr.us-east-1.amazonaws.com/app:1",
            "'12345.dkr.ecr.us-east-1.amazonaws.com/app:1': it has the account '12345'",
            id="account of five digits",
        ),
        pytest.param(
            lambda stack: "123456789012.dkr.ecr.cn-north-1.amazonaws.com/app:1",
            "'123456789012.dkr.ecr.cn-north-1.amazonaws.com/app:1': it has the suffix 'amazonaws.com'",
            id="suffix of another partition",
        ),
        pytest.param(
            lambda stack: "public.ecr.aws/nginx/nginx:1",
            "'public.ecr.aws/nginx/nginx:1': it is of the public gallery",
            id="public gallery",
        ),
        pytest.param(
            lambda stack: CfnParameter(stack, "Image").value_as_string,
            "'${…}': it is known only at deployment",
            id="parameter",
        ),
        pytest.param(
            lambda stack: ecs.ContainerImage.from_registry("nginx"), "'nginx': it has no ECR registry", id="CDK's text"
        ),
        pytest.param(
            lambda stack: ecs.ContainerImage.from_ecr_repository(new(stack), ""),
            "'${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/${Repository}': it has neither tag nor digest",
            id="CDK's repository without tag",
        ),
        pytest.param(
            lambda stack: EcrImage(ecs.ContainerImage.from_registry("nginx")),
            "'nginx': it has no ECR registry",
            id="EcrImage of CDK's text",
        ),
    ],
)
def test_refused_and_nothing_added(
    stack: Stack, task: Task, add: Callable[[Task, Image], None], image: Callable[[Stack], Image], message: str
) -> None:
    made = image(stack)
    before = {child.node.id for child in task.node.children}
    with pytest.raises(ValueError) as caught:  # noqa: PT011 # the message is compared
        add(task, made)
    assert str(caught.value).startswith(f"{REFUSED}{message}")
    # What an image of CDK or of others renders to is known only when a container has it, and by then it has logs.
    late = isinstance(made, (ecs.RepositoryImage, EcrImage))
    assert {child.node.id for child in task.node.children} == before | ({"LogGroup"} if late else set())
    add(task, URI)  # the task definition is as before
    assert [container["Image"] for container in containers(stack)] == [URI]
    assert pulls(stack) == {**TOKEN, URI_ARN: THREE}


def test_wrong_kind_is_refused(stack: Stack, task: Task) -> None:
    with pytest.raises(TypeError, match=r"^image must be a reference of an image or a container image, got "):
        task.add_container("App", image=new(stack))  # type: ignore[arg-type] # what the test is about


def test_other_errors_of_cdk_stay(task: Task) -> None:
    with pytest.raises(RuntimeError, match="MemoryLimitMiB should not be less than MemoryReservationMiB"):
        task.add_container("App", image=URI, memory_limit_mib=64, memory_reservation_mib=128)


@jsii.implements(ecs.ITaskDefinitionExtension)
class Extension:
    def __init__(self, image: str) -> None:
        self.image = image

    def extend(self, task_definition: ecs.TaskDefinition) -> None:
        image = ecs.ContainerImage.from_registry(self.image)
        task_definition.add_container("Sidecar", image=image, memory_limit_mib=64)


def by_extension(task: Task, image: str) -> None:
    task.add_extension(Extension(image))


def by_definition(task: Task, image: str) -> None:
    registry = ecs.ContainerImage.from_registry(image)
    ecs.ContainerDefinition(task, "Sidecar", task_definition=task, image=registry, memory_limit_mib=64)


def by_definition_elsewhere(task: Task, image: str) -> None:
    registry = ecs.ContainerImage.from_registry(image)
    ecs.ContainerDefinition(task.stack, "Sidecar", task_definition=task, image=registry, memory_limit_mib=64)


def by_router(task: Task, image: str) -> None:
    ecs.FirelensLogRouter(
        task,
        "Sidecar",
        task_definition=task,
        image=ecs.ContainerImage.from_registry(image),
        firelens_config=FIRELENS,
        memory_limit_mib=64,
    )


WAYS = [by_extension, by_definition, by_definition_elsewhere, by_router]


@pytest.mark.parametrize("way", WAYS)
def test_other_ways_are_permitted(stack: Stack, task: Task, way: Callable[[Task, str], None]) -> None:
    way(task, URI)
    assert pulls(stack) == {**TOKEN, URI_ARN: THREE}
    assert Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("ecrImageRequiresPolicy")) == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("image", "reason"),
    [
        pytest.param("nginx", "it has no ECR registry", id="no registry"),
        pytest.param(f"{REGISTRY}/app", "it has neither tag nor digest", id="no tag"),
        pytest.param(f"https://{URI}", "it starts with the scheme 'https://'", id="scheme"),
    ],
)
def test_other_ways_are_refused(
    stack: Stack, task: Task, way: Callable[[Task, str], None], image: str, reason: str
) -> None:
    def add_and_synthesize() -> None:
        way(task, image)
        Template.from_stack(stack)

    with pytest.raises(RuntimeError) as caught:
        add_and_synthesize()
    assert f"{REFUSED}{image!r}: {reason}" in str(caught.value)


def test_refusal_at_synthesis_names_the_container(stack: Stack, task: Task) -> None:
    by_definition(task, "nginx")
    with pytest.raises(RuntimeError, match="container 'Stack/Task/Sidecar': image must be "):
        Template.from_stack(stack)


def test_log_router_of_cdk_is_refused(stack: Stack, task: Task) -> None:
    """CDK adds one when it renders the template, with an image from a public parameter."""
    task.add_container("App", image=URI, memory_limit_mib=64, logging=ecs.LogDrivers.firelens())
    with pytest.raises(RuntimeError) as caught:
        Template.from_stack(stack)
    assert (
        "logging of the container 'Stack/Task/App' must have a FireLens log router, got none: the one that CDK adds by "
        "itself has an image that is known only at deployment; call add_firelens_log_router with an image from Amazon "
        "ECR"
    ) in str(caught.value)


def test_log_router(stack: Stack, task: Task) -> None:
    task.add_container("App", image=URI, memory_limit_mib=64, logging=ecs.LogDrivers.firelens())
    task.add_firelens_log_router("Router", image=ROUTER, firelens_config=FIRELENS, memory_limit_mib=64)
    app, router = containers(stack)
    assert app["LogConfiguration"]["LogDriver"] == "awsfirelens"
    assert (router["Image"], router["FirelensConfiguration"]) == (ROUTER, {"Type": "fluentbit"})
    assert router["LogConfiguration"]["LogDriver"] == "awslogs"
    assert pulls(stack) == {**TOKEN, URI_ARN: THREE, ROUTER_ARN: THREE}


def joined(stack: Stack) -> ecs.CredentialSpec:
    return ecs.DomainJoinedCredentialSpec.from_s3_bucket(s3.Bucket(stack, "Files"), "team/app.json")


def named(stack: Stack) -> ecs.CredentialSpec:
    bucket = s3.Bucket.from_bucket_arn(stack, "Files", "arn:aws:s3:::files")
    return ecs.DomainJoinedCredentialSpec.from_s3_bucket(bucket, "app.json")


def parameter(stack: Stack) -> ecs.CredentialSpec:
    found = ssm.StringParameter.from_string_parameter_name(stack, "Spec", "/spec")
    return ecs.DomainlessCredentialSpec.from_ssm_parameter(found)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        pytest.param(
            joined,
            {"s3:GetObject": "${Files8E6940B8.Arn}/team/app.json", "s3:GetBucketLocation": "${Files8E6940B8.Arn}"},
            id="file in a bucket of the app",
        ),
        pytest.param(
            named,
            {"s3:GetObject": "arn:aws:s3:::files/app.json", "s3:GetBucketLocation": "arn:aws:s3:::files"},
            id="file in an imported bucket",
        ),
        pytest.param(
            parameter,
            {"ssm:GetParameters": "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/spec"},
            id="parameter",
        ),
    ],
)
def test_credential_specification(
    stack: Stack, spec: Callable[[Stack], ecs.CredentialSpec], expected: dict[str, str]
) -> None:
    task = EcrEc2TaskDefinition(stack, "Task")
    task.add_container("App", image=URI, memory_limit_mib=64, credential_specs=[spec(stack)])
    found = {each["Action"][0]: line(each["Resource"][0]) for each in statements(stack)}
    assert {action: arn for action, arn in found.items() if action.startswith(("s3:", "ssm:"))} == expected


def awslogs(group: Any, prefix: str) -> dict[str, Any]:
    return {
        "LogDriver": "awslogs",
        "Options": {
            "awslogs-group": group,
            "awslogs-region": {"Ref": "AWS::Region"},
            "awslogs-stream-prefix": prefix,
        },
    }


def log_groups(stack: Stack) -> dict[str, Any]:
    return dict(Template.from_stack(stack).find_resources("AWS::Logs::LogGroup"))


def test_logging_by_default(stack: Stack, task: Task) -> None:
    for name in ("App", "Sidecar"):
        task.add_container(name, image=URI, memory_limit_mib=64)
    ((group, resource),) = log_groups(stack).items()
    assert resource == {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {"RetentionInDays": 365},
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
    }
    assert [container["LogConfiguration"] for container in containers(stack)] == [
        awslogs({"Ref": group}, "App"),
        awslogs({"Ref": group}, "Sidecar"),
    ]
    assert [
        (statement["Resource"], statement["Action"])
        for statement in statements(stack)
        if statement["Action"][0].startswith("logs:")
    ] == [([{"Fn::GetAtt": [group, "Arn"]}], ["logs:CreateLogStream", "logs:PutLogEvents"])]


def test_own_logging(stack: Stack, task: Task) -> None:
    task.add_container(
        "App",
        image=URI,
        memory_limit_mib=64,
        logging=ecs.LogDrivers.splunk(
            url="https://example.com",
            secret_token=ecs.Secret.from_ssm_parameter(
                ssm.StringParameter.from_string_parameter_name(stack, "Token", "token")
            ),
        ),
    )
    (container,) = containers(stack)
    assert container["LogConfiguration"]["LogDriver"] == "splunk"
    assert log_groups(stack) == {}


def test_own_log_group(stack: Stack, task_class: type[Task]) -> None:
    group = logs.LogGroup.from_log_group_name(stack, "Imported", "containers")
    task = task_class(stack, "Task", log_group=group)
    task.add_container("App", image=URI, memory_limit_mib=64)
    (container,) = containers(stack)
    assert container["LogConfiguration"] == awslogs("containers", "App")
    assert log_groups(stack) == {}
    assert task.log_group is group


@pytest.mark.parametrize(
    "role",
    [
        pytest.param(lambda stack: None, id="made by CDK"),
        pytest.param(
            lambda stack: iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com")),
            id="given",
        ),
        pytest.param(lambda stack: iam.Role.from_role_name(stack, "Role", "execution"), id="imported"),
    ],
)
def test_task_waits_for_the_permission_to_pull(
    stack: Stack, task_class: type[Task], role: Callable[[Stack], iam.IRole | None]
) -> None:
    task = task_class(stack, "Task", execution_role=role(stack))
    task.add_container("App", image=URI, memory_limit_mib=64)
    template = Template.from_stack(stack)
    (resource,) = template.find_resources("AWS::ECS::TaskDefinition").values()
    (policy,) = template.find_resources("AWS::IAM::Policy")
    assert resource["DependsOn"] == [policy]


def test_arguments_reach_the_container(stack: Stack) -> None:
    task = EcrEc2TaskDefinition(stack, "Task")
    spec = ssm.StringParameter.from_string_parameter_name(stack, "Spec", "spec")
    spec.grant_read(task.obtain_execution_role())
    options: dict[str, Any] = {
        "command": ["serve"],
        "container_name": "web",
        "cpu": 128,
        "credential_specs": [ecs.DomainJoinedCredentialSpec.from_ssm_parameter(spec)],
        "disable_networking": True,
        "dns_search_domains": ["example.com"],
        "dns_servers": ["10.0.0.2"],
        "docker_labels": {"a": "b"},
        "docker_security_options": ["no-new-privileges"],
        "entry_point": ["/bin/app"],
        "environment": {"A": "B"},
        "essential": True,
        "extra_hosts": {"host": "10.0.0.3"},
        "gpu_count": 1,
        "health_check": ecs.HealthCheck(command=["CMD", "true"]),
        "hostname": "web",
        "interactive": True,
        "linux_parameters": ecs.LinuxParameters(stack, "Linux", init_process_enabled=True),
        "memory_limit_mib": 128,
        "memory_reservation_mib": 64,
        "port_mappings": [ecs.PortMapping(container_port=80)],
        "privileged": True,
        "pseudo_terminal": True,
        "readonly_root_filesystem": True,
        "restart_attempt_period": Duration.seconds(60),
        "restart_ignored_exit_codes": [1],
        "enable_restart_policy": True,
        "secrets": {
            "S": ecs.Secret.from_ssm_parameter(
                ssm.StringParameter.from_string_parameter_name(stack, "Secret", "secret")
            )
        },
        "start_timeout": Duration.seconds(3),
        "stop_timeout": Duration.seconds(4),
        "system_controls": [ecs.SystemControl(namespace="net.core.somaxconn", value="1")],
        "ulimits": [ecs.Ulimit(name=ecs.UlimitName.CORE, soft_limit=0, hard_limit=0)],
        "user": "1000",
        "version_consistency": ecs.VersionConsistency.DISABLED,
        "working_directory": "/app",
    }
    logging = ecs.LogDrivers.aws_logs(stream_prefix="x", log_group=task.log_group)
    task.add_container("Ours", image=URI, logging=logging, **options)
    theirs = ecs.Ec2TaskDefinition(stack, "Theirs")
    theirs.add_container("Theirs", image=EcrImage(URI), logging=logging, **options)
    ours_found, theirs_found = properties(stack, "AWS::ECS::TaskDefinition")
    assert ours_found["ContainerDefinitions"] == theirs_found["ContainerDefinitions"]
    never = {"self", "id", "image", "logging", "environment_files", "inference_accelerator_resources"}
    assert arguments(EcrEc2TaskDefinition.add_container) == {*options, *never}


def test_ways_of_cdk_to_add_a_container() -> None:
    """A new way of CDK's shows up here; those that take an image are tested above."""
    assert {name for name in dir(ecs.FargateTaskDefinition) if name.startswith("add_")} == {
        "add_container",
        "add_extension",
        "add_firelens_log_router",
        "add_inference_accelerator",
        "add_placement_constraint",
        "add_to_execution_role_policy",
        "add_to_task_role_policy",
        "add_volume",
    }


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(
            lambda stack: EcrEc2TaskDefinition(
                stack,
                "Task",
                family="web",
                network_mode=ecs.NetworkMode.AWS_VPC,
                ipc_mode=ecs.IpcMode.TASK,
                pid_mode=ecs.PidMode.TASK,
                enable_fault_injection=True,
                placement_constraints=[ecs.PlacementConstraint.member_of("attribute:x == y")],
                volumes=[ecs.Volume(name="data")],
            ),
            {
                "RequiresCompatibilities": ["EC2"],
                "Family": "web",
                "NetworkMode": "awsvpc",
                "IpcMode": "task",
                "PidMode": "task",
                "EnableFaultInjection": True,
                "PlacementConstraints": [{"Expression": "attribute:x == y", "Type": "memberOf"}],
                "Volumes": [{"Name": "data"}],
            },
            id="EC2",
        ),
        pytest.param(
            lambda stack: EcrFargateTaskDefinition(
                stack,
                "Task",
                family="web",
                cpu=1024,
                memory_limit_mib=2048,
                ephemeral_storage_gib=30,
                pid_mode=ecs.PidMode.TASK,
                runtime_platform=ecs.RuntimePlatform(
                    cpu_architecture=ecs.CpuArchitecture.ARM64, operating_system_family=ecs.OperatingSystemFamily.LINUX
                ),
                enable_fault_injection=True,
                volumes=[ecs.Volume(name="data")],
            ),
            {
                "RequiresCompatibilities": ["FARGATE"],
                "Family": "web",
                "NetworkMode": "awsvpc",
                "Cpu": "1024",
                "Memory": "2048",
                "EphemeralStorage": {"SizeInGiB": 30},
                "PidMode": "task",
                "RuntimePlatform": {"CpuArchitecture": "ARM64", "OperatingSystemFamily": "LINUX"},
                "EnableFaultInjection": True,
                "Volumes": [{"Name": "data"}],
            },
            id="Fargate",
        ),
    ],
)
def test_arguments_reach_the_task(stack: Stack, make: Callable[[Stack], Task], expected: dict[str, Any]) -> None:
    make(stack).add_container("App", image=URI, memory_limit_mib=64)
    found = only(stack, "AWS::ECS::TaskDefinition")
    for name in ("ContainerDefinitions", "ExecutionRoleArn", "TaskRoleArn"):
        del found[name]
    assert found == expected


@pytest.mark.parametrize(
    ("region", "repository"),
    [
        pytest.param("us-east-1", "us-east-1:593207742271", id="a region"),
        pytest.param("ap-southeast-6", "ap-southeast-6:*", id="a region that AWS does not list"),
        pytest.param(None, "${AWS::Region}:*", id="any region"),
    ],
)
def test_runtime_monitoring(region: str | None, repository: str) -> None:
    stack = Stack(App(), "Stack", env=Environment(account="111111111111", region=region))
    task = EcrFargateTaskDefinition(stack, "Task", runtime_monitoring=True)
    task.add_container("App", image=URI)
    agent = f"arn:${{AWS::Partition}}:ecr:{repository}:repository/aws-guardduty-agent-fargate"
    assert pulls(stack) == {**TOKEN, URI_ARN: THREE, agent: THREE}
    told = Match.string_like_regexp("repositoryOfOtherAccount.*aws-guardduty")
    assert Annotations.from_stack(stack).find_warning("*", told) == []


def test_given_roles(stack: Stack, task_class: type[Task]) -> None:
    execution_role = iam.Role(stack, "Execution", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    task_role = iam.Role.from_role_name(stack, "App", "app")
    task = task_class(stack, "Task", execution_role=execution_role, task_role=task_role)
    task.add_container("App", image=URI, memory_limit_mib=64)
    found = only(stack, "AWS::ECS::TaskDefinition")
    assert found["ExecutionRoleArn"] == stack.resolve(execution_role.role_arn)
    assert line(found["TaskRoleArn"]) == "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/app"
    assert pulls(stack) == {**TOKEN, URI_ARN: THREE}
    assert len(properties(stack, "AWS::IAM::Role")) == 1


@pytest.mark.parametrize(
    ("mutable", "permissions"),
    [
        pytest.param(True, {**TOKEN, URI_ARN: THREE}, id="mutable"),
        pytest.param(False, {}, id="immutable: managed elsewhere"),
    ],
)
def test_imported_execution_role(
    stack: Stack, task_class: type[Task], mutable: bool, permissions: dict[str, set[str]]
) -> None:
    role = iam.Role.from_role_name(stack, "Execution", "execution", mutable=mutable)
    task = task_class(stack, "Task", execution_role=role)
    task.add_container("App", image=URI, memory_limit_mib=64)
    assert line(only(stack, "AWS::ECS::TaskDefinition")["ExecutionRoleArn"]).endswith(":role/execution")
    assert pulls(stack) == permissions


def test_imported_repository_and_key(stack: Stack, task_class: type[Task]) -> None:
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:123456789012:key/1")
    task = task_class(stack, "Task", log_group=logs.LogGroup(stack, "Group", encryption_key=key))
    repository = ecr.Repository.from_repository_attributes(
        stack, "Imported", repository_arn=Fn.import_value("Arn"), repository_name=Fn.import_value("Name")
    )
    task.add_container("App", image=EcrImage.from_ecr_repository(repository, "1"), memory_limit_mib=64)
    # What another app exports is known only at deployment.
    Validations.of(task).acknowledge(Acknowledgment(id="ecr-ecs::unverifiable-image", reason="Exported by our images"))
    assert pulls(stack) == {**TOKEN, "${import Arn}": THREE}


def test_roles_and_repositories_of_other_stacks(task_class: type[Task]) -> None:
    app = App()
    images, roles, services = Stack(app, "Images"), Stack(app, "Roles"), Stack(app, "Services")
    role = iam.Role(roles, "Execution", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    group = logs.LogGroup(roles, "Group")
    task = task_class(services, "Task", execution_role=role, log_group=group)
    task.add_container("App", image=EcrImage.from_ecr_repository(new(images), "1"), memory_limit_mib=64)
    (arn,) = (resource for resource in pulls(roles) if resource != "*")
    assert pulls(roles) == {**TOKEN, arn: THREE}
    assert arn.startswith("${import Images:ExportsOutputFnGetAttRepository")
    assert pulls(services) == {}


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(lambda app: NestedStack(Stack(app, "Parent"), "Nested"), id="nested stack"),
        pytest.param(lambda app: Stack(Stage(app, "Stage"), "Stack"), id="stage"),
    ],
)
def test_places(task_class: type[Task], place: Callable[[App], Stack]) -> None:
    stack = place(App())
    task = task_class(stack, "Task")
    task.add_container("App", image=URI, memory_limit_mib=64)
    by_definition(task, ROUTER)
    assert pulls(stack) == {**TOKEN, URI_ARN: THREE, ROUTER_ARN: THREE}


def ec2_task(stack: Stack) -> EcrEc2TaskDefinition:
    task = EcrEc2TaskDefinition(stack, "Task")
    ports = [ecs.PortMapping(container_port=80)]
    task.add_container("App", image=URI, memory_limit_mib=64, port_mappings=ports)
    return task


def fargate_task(stack: Stack) -> EcrFargateTaskDefinition:
    task = EcrFargateTaskDefinition(stack, "Task")
    task.add_container("App", image=URI, port_mappings=[ecs.PortMapping(container_port=80)])
    return task


def cluster(stack: Stack) -> ecs.ICluster:
    """A cluster that is known by its name, in a VPC that is known by its IDs."""
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-11111111",
        availability_zones=["a", "b"],
        private_subnet_ids=["subnet-aaaaaaaa", "subnet-bbbbbbbb"],
        public_subnet_ids=["subnet-cccccccc", "subnet-dddddddd"],
    )
    group = ec2.SecurityGroup.from_security_group_id(stack, "Instances", "sg-11111111")
    return ecs.Cluster.from_cluster_attributes(
        stack, "Cluster", cluster_name="production", vpc=vpc, security_groups=[group], has_ec2_capacity=True
    )


HOURLY = scaling.Schedule.rate(Duration.hours(1))


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(
            lambda stack: patterns.ApplicationLoadBalancedEc2Service(
                stack, "Service", cluster=cluster(stack), task_definition=ec2_task(stack), min_healthy_percent=100
            ),
            id="ApplicationLoadBalancedEc2Service",
        ),
        pytest.param(
            lambda stack: patterns.ApplicationLoadBalancedFargateService(
                stack, "Service", cluster=cluster(stack), task_definition=fargate_task(stack), min_healthy_percent=100
            ),
            id="ApplicationLoadBalancedFargateService",
        ),
        pytest.param(
            lambda stack: patterns.ApplicationMultipleTargetGroupsEc2Service(
                stack, "Service", cluster=cluster(stack), task_definition=ec2_task(stack)
            ),
            id="ApplicationMultipleTargetGroupsEc2Service",
        ),
        pytest.param(
            lambda stack: patterns.NetworkLoadBalancedEc2Service(
                stack, "Service", cluster=cluster(stack), task_definition=ec2_task(stack), min_healthy_percent=100
            ),
            id="NetworkLoadBalancedEc2Service",
        ),
        pytest.param(
            lambda stack: patterns.NetworkLoadBalancedFargateService(
                stack, "Service", cluster=cluster(stack), task_definition=fargate_task(stack), min_healthy_percent=100
            ),
            id="NetworkLoadBalancedFargateService",
        ),
        pytest.param(
            lambda stack: patterns.QueueProcessingFargateService(
                stack, "Service", cluster=cluster(stack), task_definition=fargate_task(stack), min_healthy_percent=100
            ),
            id="QueueProcessingFargateService",
        ),
        pytest.param(
            lambda stack: patterns.QueueProcessingEc2Service(
                stack,
                "Service",
                cluster=cluster(stack),
                image=EcrImage(URI),
                memory_limit_mib=64,
                min_healthy_percent=100,
            ),
            id="QueueProcessingEc2Service by image",
        ),
        pytest.param(
            lambda stack: patterns.ApplicationLoadBalancedFargateService(
                stack,
                "Service",
                cluster=cluster(stack),
                task_image_options=patterns.ApplicationLoadBalancedTaskImageOptions(image=EcrImage(URI)),
                min_healthy_percent=100,
            ),
            id="ApplicationLoadBalancedFargateService by image",
        ),
        pytest.param(
            lambda stack: patterns.ScheduledEc2Task(
                stack,
                "Service",
                cluster=cluster(stack),
                schedule=HOURLY,
                scheduled_ec2_task_definition_options=patterns.ScheduledEc2TaskDefinitionOptions(
                    task_definition=ec2_task(stack)
                ),
            ),
            id="ScheduledEc2Task",
        ),
        pytest.param(
            lambda stack: patterns.ScheduledFargateTask(
                stack,
                "Service",
                cluster=cluster(stack),
                schedule=HOURLY,
                scheduled_fargate_task_definition_options=patterns.ScheduledFargateTaskDefinitionOptions(
                    task_definition=fargate_task(stack)
                ),
            ),
            id="ScheduledFargateTask",
        ),
    ],
)
def test_patterns_of_cdk(stack: Stack, pattern: Callable[[Stack], Construct]) -> None:
    pattern(stack)
    (container,) = containers(stack)
    assert container["Image"] == URI
    assert pulls(stack) == {**TOKEN, URI_ARN: THREE}


class TeamTaskDefinition(EcrEc2TaskDefinition):
    """A team's task definition: its network, its log group, its way to write logs."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id, network_mode=ecs.NetworkMode.AWS_VPC)

    def create_log_group(self) -> logs.ILogGroup:
        return logs.LogGroup(
            self,
            "LogGroup",
            log_group_name="/team/app",
            retention=logs.RetentionDays.ONE_WEEK,
            removal_policy=RemovalPolicy.DESTROY,
        )

    def container_logging(self, container_id: str) -> ecs.LogDriver:
        return ecs.LogDrivers.aws_logs(
            stream_prefix=f"team-{container_id}", log_group=self.log_group, mode=ecs.AwsLogDriverMode.NON_BLOCKING
        )


def test_hooks(stack: Stack) -> None:
    task = TeamTaskDefinition(stack, "Task")
    task.add_container("App", image=URI, memory_limit_mib=64)
    task.add_firelens_log_router("Router", image=ROUTER, firelens_config=FIRELENS, memory_limit_mib=64)
    ((group, resource),) = log_groups(stack).items()
    assert (resource["Properties"], resource["DeletionPolicy"]) == (
        {"LogGroupName": "/team/app", "RetentionInDays": 7},
        "Delete",
    )
    for container, prefix in zip(containers(stack), ("team-App", "team-Router"), strict=True):
        expected = awslogs({"Ref": group}, prefix)
        assert container["LogConfiguration"] == {**expected, "Options": {**expected["Options"], "mode": "non-blocking"}}


class PrefixingTaskDefinition(EcrFargateTaskDefinition):
    """A team's task definition whose containers are named short: what is added still is checked."""

    def add_container(self, id: str, *, image: Image, **options: Any) -> ecs.ContainerDefinition:
        named = f"{REGISTRY}/{image}" if isinstance(image, str) else image
        return super().add_container(id, image=named, **options)


def test_subclass_that_overrides_add_container(stack: Stack) -> None:
    task = PrefixingTaskDefinition(stack, "Task")
    task.add_container("App", image="team/app:1.2.3", cpu=64)
    (container,) = containers(stack)
    assert (container["Image"], container["Cpu"]) == (URI, 64)
    with pytest.raises(ValueError, match="it has neither tag nor digest"):
        task.add_container("Sidecar", image="team/sidecar")
