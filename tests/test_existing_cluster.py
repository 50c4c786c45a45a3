"""EcsExistingCluster: the instances of an EcsCluster, in a cluster that is none."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, NestedStack, Stack
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template

from ecr_ecs_constructs.ami import EcsAmi
from ecr_ecs_constructs.cluster import EcsCluster
from ecr_ecs_constructs.existing_cluster import EcsExistingCluster
from ecr_ecs_constructs.image import EcrImage
from ecr_ecs_constructs.instance_role import EcsInstanceRole
from ecr_ecs_constructs.network import EcrVpcEndpoints
from ecr_ecs_constructs.repository import EcrRepository
from ecr_ecs_constructs.service import EcrEc2Service
from ecr_ecs_constructs.task_definition import EcrEc2TaskDefinition
from ecr_ecs_constructs.testing import findings
from tests.cfn_lint import errors
from tests.support import only, properties

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from constructs import Construct

X86 = ec2.InstanceType("m7i.large")
ASSOCIATIONS = "AWS::ECS::ClusterCapacityProviderAssociations"


@pytest.fixture
def stack() -> Stack:
    return Stack(App(), "Stack")


def new_vpc(scope: Construct) -> ec2.Vpc:
    subnets = [ec2.SubnetConfiguration(name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)]
    vpc = ec2.Vpc(scope, "Vpc", max_azs=2, subnet_configuration=subnets)
    EcrVpcEndpoints(scope, "Endpoints", vpc=vpc, session_manager=True, encryption_keys=True)
    return vpc


def plain(stack: Stack) -> ecs.Cluster:
    return ecs.Cluster(stack, "Existing", vpc=new_vpc(stack))


def imported(stack: Stack, **attributes: Any) -> ecs.ICluster:
    return EcsCluster.from_cluster_attributes(stack, "Existing", cluster_name="web", vpc=new_vpc(stack), **attributes)


BOTH = pytest.mark.parametrize("existing", [plain, imported])

CAPACITIES: dict[str, Callable[[Stack], dict[str, Any]]] = {
    "default": lambda _: {},
    "Bottlerocket, Spot and more instance types": lambda _: {
        "alternative_instance_types": [ec2.InstanceType("m6i.large")],
        "instances_distribution": autoscaling.InstancesDistribution(on_demand_percentage_above_base_capacity=0),
        "machine_image": EcsAmi.bottlerocket(),
        "session_manager": True,
    },
    "Windows": lambda _: {"machine_image": EcsAmi.windows_server(ecs.WindowsOptimizedVersion.SERVER_2025)},
    "role of the user": lambda stack: {
        "role": iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com")),
        "repositories": ["arn:aws:ecr:eu-west-1:123456789012:repository/app"],
    },
    "names, sizes and keys": lambda stack: {
        "capacity_provider_name": "web-arm",
        "max_capacity": 3,
        "target_capacity_percent": 80,
        "volume_encryption_key": kms.Key(stack, "Key"),
    },
}


def resources(add: Callable[[Stack, dict[str, Any]], object], options: Callable[[Stack], dict[str, Any]]) -> Any:
    """All that a stack holds besides the cluster, in which that is `web`."""
    stack = Stack(App(), "Stack")
    add(stack, options(stack))
    found = Template.from_stack(stack).to_json()["Resources"]
    names = "|".join(name for name in found if found[name]["Type"] == "AWS::ECS::Cluster") or "none"
    rest = {name: found[name] for name in found if found[name]["Type"] not in ("AWS::ECS::Cluster", ASSOCIATIONS)}
    whole = json.dumps(rest).replace("arn:${AWS::Partition}", "")
    whole = re.sub(rf'\{{"Ref": "({names})"\}}', '"web"', whole)
    return json.loads(re.sub(rf'\{{"Fn::GetAtt": \["({names})", "Arn"\]\}}', '"the ARN"', whole))


def add_to_ours(stack: Stack, options: dict[str, Any]) -> None:
    configuration = ecs.ExecuteCommandConfiguration(logging=ecs.ExecuteCommandLogging.NONE)
    cluster = EcsCluster(stack, "It", vpc=new_vpc(stack), execute_command_configuration=configuration)
    cluster.add_capacity("Main", instance_type=X86, **options)


def add_to_plain(stack: Stack, options: dict[str, Any]) -> None:
    EcsExistingCluster(stack, "It", cluster=plain(stack)).add_capacity("Main", instance_type=X86, **options)


@pytest.mark.parametrize("options", CAPACITIES.values(), ids=CAPACITIES)
def test_capacity_is_that_of_our_own_cluster(options: Callable[[Stack], dict[str, Any]]) -> None:
    assert resources(add_to_plain, options) == resources(add_to_ours, options)


def test_instances_join_an_imported_cluster_alone(stack: Stack) -> None:
    cluster = imported(stack)
    EcsExistingCluster(stack, "It", cluster=cluster).add_capacity("Main", instance_type=X86)
    data = only(stack, "AWS::EC2::LaunchTemplate")["LaunchTemplateData"]
    assert "\necho ECS_CLUSTER=web >> /etc/ecs/ecs.config\n" in data["UserData"]["Fn::Base64"]
    statements = only(stack, "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    (registers,) = [each for each in statements if "ecs:RegisterContainerInstance" in each["Action"]]
    assert registers["Resource"] == stack.resolve(cluster.cluster_arn)


@BOTH
def test_load_balancers_reach_the_instances(stack: Stack, existing: Callable[[Stack], ecs.ICluster]) -> None:
    cluster = existing(stack)
    capacity = EcsExistingCluster(stack, "It", cluster=cluster).add_capacity("Main", instance_type=X86)
    (group,) = capacity.connections.security_groups
    assert [each.node.path for each in cluster.connections.security_groups] == [group.node.path]


def test_cdk_associates_the_capacity_of_its_cluster(stack: Stack) -> None:
    cluster = ecs.Cluster(stack, "Existing", vpc=new_vpc(stack), enable_fargate_capacity_providers=True)
    existing = EcsExistingCluster(stack, "It", cluster=cluster)
    names = [existing.add_capacity(name, instance_type=X86).capacity_provider_name for name in ("Main", "Other")]
    assert cluster.has_ec2_capacity
    cluster.add_default_capacity_provider_strategy([ecs.CapacityProviderStrategy(capacity_provider=names[1], weight=1)])
    main, other = stack.resolve(names)
    assert only(stack, ASSOCIATIONS)["CapacityProviders"] == ["FARGATE", "FARGATE_SPOT", main, other]
    assert only(stack, ASSOCIATIONS)["DefaultCapacityProviderStrategy"] == [{"CapacityProvider": other, "Weight": 1}]


def test_an_imported_cluster_keeps_its_capacity_providers(stack: Stack) -> None:
    EcsExistingCluster(stack, "It", cluster=imported(stack)).add_capacity("Main", instance_type=X86)
    assert len(properties(stack, "AWS::ECS::CapacityProvider")) == 1
    assert properties(stack, ASSOCIATIONS) == []


def test_association_of_an_imported_cluster(stack: Stack) -> None:
    existing = EcsExistingCluster(stack, "It", cluster=imported(stack))
    main = existing.add_capacity("Main", instance_type=X86).capacity_provider_name
    association = existing.associate(
        other_capacity_providers=["theirs"],
        default_capacity_provider_strategy=[
            {"capacity_provider": "theirs", "base": 1},
            ecs.CapacityProviderStrategy(capacity_provider=main, weight=2),
        ],
    )
    late = existing.add_capacity("Late", instance_type=X86).capacity_provider_name
    main, late = stack.resolve([main, late])
    assert only(stack, ASSOCIATIONS) == {
        "CapacityProviders": ["theirs", main, late],
        "Cluster": "web",
        "DefaultCapacityProviderStrategy": [
            {"Base": 1, "CapacityProvider": "theirs"},
            {"CapacityProvider": main, "Weight": 2},
        ],
    }
    assert association.node.path == "Stack/It/Association"


def test_association_without_a_strategy(stack: Stack) -> None:
    existing = EcsExistingCluster(stack, "It", cluster=imported(stack))
    existing.add_capacity("Main", instance_type=X86, capacity_provider_name="ours")
    existing.associate(other_capacity_providers=[], default_capacity_provider_strategy=[])
    assert only(stack, ASSOCIATIONS)["DefaultCapacityProviderStrategy"] == []


def known_by_its_arn(stack: Stack) -> ecs.ICluster:
    return ecs.Cluster.from_cluster_arn(stack, "Existing", "arn:aws:ecs:us-east-1:123456789012:cluster/web")


@pytest.mark.parametrize(
    ("cluster", "message"),
    [
        pytest.param(
            lambda stack: plain(Stack(stack.node.root, "Other")),
            "be made in 'Stack', or imported there, got 'Other/Existing': CDK associates the capacity where the "
            "cluster is made, so that both stacks would need each other",
            id="of another stack",
        ),
        pytest.param(
            lambda stack: plain(NestedStack(stack, "Nested")),
            "be made in 'Stack', or imported there, got 'Stack/Nested/Existing': CDK associates the capacity where the "
            "cluster is made, so that both stacks would need each other",
            id="of a nested stack",
        ),
        pytest.param(
            known_by_its_arn,
            "know its VPC, got 'Stack/Existing': import it by from_cluster_attributes; from_cluster_arn leaves the VPC "
            "out",
            id="without a VPC",
        ),
        pytest.param(
            lambda stack: imported(stack, has_ec2_capacity=False),
            "have instances, got 'Stack/Existing': CDK refuses services on them; import it without "
            "has_ec2_capacity=False",
            id="without instances",
        ),
    ],
)
def test_impossible_cluster_is_refused(stack: Stack, cluster: Callable[[Stack], ecs.ICluster], message: str) -> None:
    existing = cluster(stack)
    with pytest.raises(ValueError, match=f"^cluster must {re.escape(message)}$"):
        EcsExistingCluster(stack, "It", cluster=existing)
    assert stack.node.try_find_child("It") is None


def test_imported_cluster_may_stand_in_another_stack(stack: Stack) -> None:
    cluster = imported(Stack(stack.node.root, "Other"))  # type: ignore[arg-type] # the App, typed as IConstruct
    EcsExistingCluster(stack, "It", cluster=cluster).add_capacity("Main", instance_type=X86)
    assert len(properties(stack, "AWS::AutoScaling::AutoScalingGroup")) == 1


@pytest.mark.parametrize(
    ("existing", "others", "strategy", "message"),
    [
        pytest.param(
            plain,
            [],
            [],
            "cluster must be imported, got 'Stack/Existing': CDK associates the capacity of a cluster of its own app",
            id="of the app",
        ),
        pytest.param(
            imported,
            ["FARGATE"],
            ["theirs"],
            "default_capacity_provider_strategy must name capacity of this cluster, got ['theirs']: add it by "
            "add_capacity(...) or other_capacity_providers first",
            id="unknown",
        ),
        pytest.param(
            imported,
            ["FARGATE"],
            ["FARGATE", "ours"],
            "default_capacity_provider_strategy must be all Fargate or all instances, got ['FARGATE', 'ours']: a "
            "strategy can't mix the two",
            id="mix",
        ),
    ],
)
def test_impossible_association_is_refused(
    stack: Stack,
    existing: Callable[[Stack], ecs.ICluster],
    others: Sequence[str],
    strategy: Sequence[str],
    message: str,
) -> None:
    it = EcsExistingCluster(stack, "It", cluster=existing(stack))
    it.add_capacity("Main", instance_type=X86)
    parts = [ecs.CapacityProviderStrategy(capacity_provider=each, weight=1) for each in strategy]
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        it.associate(other_capacity_providers=[*others, "ours"], default_capacity_provider_strategy=parts)
    assert it.node.try_find_child("Association") is None


def test_second_association_is_refused(stack: Stack) -> None:
    it = EcsExistingCluster(stack, "It", cluster=imported(stack))
    it.associate(other_capacity_providers=[], default_capacity_provider_strategy=[])
    message = r"^other_capacity_providers must be said once, got \['FARGATE'\]: the cluster has an association$"
    with pytest.raises(ValueError, match=message):
        it.associate(other_capacity_providers=["FARGATE"], default_capacity_provider_strategy=[])


def test_impossible_capacity_is_refused(stack: Stack) -> None:
    it = EcsExistingCluster(stack, "It", cluster=imported(stack))
    with pytest.raises(ValueError, match=r"^max_capacity must be 1 or more, got 0: no task could ever run$"):
        it.add_capacity("Main", instance_type=X86, min_capacity=0, max_capacity=0)
    assert it.node.try_find_child("Main") is None


class TeamCluster(EcsExistingCluster):
    def default_machine_image(self, instance_type: ec2.InstanceType) -> EcsAmi:
        return EcsAmi.bottlerocket()

    def create_instance_role(
        self, scope: Construct, *, repositories: Sequence[ecr.IRepository | str] | None, session_manager: bool
    ) -> iam.IRole:
        return EcsInstanceRole(scope, "TeamRole", cluster=self.cluster, role_name="team")

    def create_security_group(self, scope: Construct) -> ec2.ISecurityGroup:
        return ec2.SecurityGroup(scope, "TeamGroup", vpc=self.vpc, description="ours")

    def spot_allocation_strategy(self) -> autoscaling.SpotAllocationStrategy:
        return autoscaling.SpotAllocationStrategy.CAPACITY_OPTIMIZED

    def update_policy(self) -> autoscaling.UpdatePolicy:
        return autoscaling.UpdatePolicy.rolling_update(max_batch_size=2)

    def user_data(self, machine_image: EcsAmi, *, spot: bool) -> ec2.UserData:
        user_data = super().user_data(machine_image, spot=spot)
        user_data.add_commands("[settings.ntp]")
        return user_data


def user_data(template: Template) -> str:
    (launch,) = template.find_resources("AWS::EC2::LaunchTemplate").values()
    return json.dumps(launch["Properties"]["LaunchTemplateData"]["UserData"])


def update_policy(template: Template) -> Any:
    (group,) = template.find_resources("AWS::AutoScaling::AutoScalingGroup").values()
    return group["UpdatePolicy"]


@BOTH
@pytest.mark.parametrize(
    ("holds"),
    [
        pytest.param(lambda it: "[settings.ecs]" in user_data(it), id="default_machine_image"),
        pytest.param(
            lambda it: it.has_resource_properties("AWS::IAM::Role", {"RoleName": "team"}) is None,
            id="create_instance_role",
        ),
        pytest.param(
            lambda it: it.has_resource_properties("AWS::EC2::SecurityGroup", {"GroupDescription": "ours"}) is None,
            id="create_security_group",
        ),
        pytest.param(
            lambda it: '"SpotAllocationStrategy": "capacity-optimized"' in json.dumps(it.to_json()),
            id="spot_allocation_strategy",
        ),
        pytest.param(
            lambda it: update_policy(it)["AutoScalingRollingUpdate"]["MaxBatchSize"] == 2,
            id="update_policy",
        ),
        pytest.param(lambda it: "[settings.ntp]" in user_data(it), id="user_data"),
    ],
)
def test_hooks(stack: Stack, existing: Callable[[Stack], ecs.ICluster], holds: Callable[[Template], bool]) -> None:
    TeamCluster(stack, "It", cluster=existing(stack)).add_capacity(
        "Main", instance_type=X86, instances_distribution=autoscaling.InstancesDistribution(on_demand_base_capacity=1)
    )
    assert holds(Template.from_stack(stack))


def with_service(stack: Stack, it: EcsExistingCluster, *, by_provider: bool) -> None:
    name = it.add_capacity("Main", instance_type=X86).capacity_provider_name
    task = EcrEc2TaskDefinition(stack, "Task")
    repository = EcrRepository(Stack(stack.node.root, "First"), "Repository")  # type: ignore[arg-type] # the App, typed as IConstruct
    task.add_container("app", image=EcrImage.from_ecr_repository(repository, "1"), memory_limit_mib=256)
    strategies = [ecs.CapacityProviderStrategy(capacity_provider=name, weight=1)] if by_provider else None
    EcrEc2Service(stack, "Service", cluster=it.cluster, task_definition=task, capacity_provider_strategies=strategies)


LEFT_OPEN = {"unverifiable-placement"}


@pytest.mark.parametrize(
    ("existing", "by_provider", "associated", "expected"),
    [
        pytest.param(plain, True, False, set(), id="of the app, by its capacity provider"),
        pytest.param(plain, False, False, set(), id="of the app, by the launch type"),
        pytest.param(imported, False, False, set(), id="imported, by the launch type"),
        pytest.param(imported, True, False, LEFT_OPEN, id="imported, associated elsewhere"),
        pytest.param(imported, True, True, LEFT_OPEN, id="imported, associated here"),
    ],
)
def test_the_judge_finds(
    stack: Stack,
    existing: Callable[[Stack], ecs.ICluster],
    by_provider: bool,
    associated: bool,
    expected: set[str],
) -> None:
    it = EcsExistingCluster(stack, "It", cluster=existing(stack))
    with_service(stack, it, by_provider=by_provider)
    if associated:
        it.associate(other_capacity_providers=[], default_capacity_provider_strategy=[])
    found = {finding.rule: finding.severity.value for finding in findings(stack)}
    assert found == dict.fromkeys(expected, "info")


@BOTH
def test_templates_have_no_error(stack: Stack, existing: Callable[[Stack], ecs.ICluster]) -> None:
    it = EcsExistingCluster(stack, "It", cluster=existing(stack))
    with_service(stack, it, by_provider=True)
    if existing is imported:
        it.associate(other_capacity_providers=["FARGATE"], default_capacity_provider_strategy=[])
    assert errors(json.dumps(Template.from_stack(stack).to_json()), "eu-west-1") == []
