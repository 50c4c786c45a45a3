"""Machine images that teams build themselves, and the schedule that keeps instances on the newest one."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, Environment, NestedStack, Stack, Validations
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_scheduler as scheduler
from aws_cdk.assertions import Template
from cdk_nag import AwsSolutionsChecks

from ecr_ecs_constructs.ami import EcsAmi
from ecr_ecs_constructs.cluster import EcsCluster
from ecr_ecs_constructs.existing_cluster import EcsExistingCluster
from ecr_ecs_constructs.image import EcrImage
from ecr_ecs_constructs.instance_role import EcsInstanceRole
from ecr_ecs_constructs.repository import EcrRepository
from ecr_ecs_constructs.service import EcrEc2Service
from ecr_ecs_constructs.task_definition import EcrEc2TaskDefinition
from ecr_ecs_constructs.testing import assert_proven
from tests.cfn_lint import errors
from tests.support import only

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from constructs import Construct

X86, ARM = ec2.InstanceType("m7i.large"), ec2.InstanceType("m7g.large")
AL2023 = "/aws/service/ecs/optimized-ami/amazon-linux-2023"
GOLDEN, REASON = "/acme/golden/ecs/al2023/x86_64", "built weekly by the platform team"
BASE = EcsAmi.amazon_linux_2023(architecture=ec2.InstanceArchitecture.X86_64)
SUNDAYS = scheduler.ScheduleExpression.cron(week_day="SUN", hour="3", minute="0")
VOUCHED = {"ami": GOLDEN, "based-on": f"{AL2023}/recommended/image_id", "reason": REASON}


@pytest.fixture
def stack() -> Stack:
    return Stack(App(), "Stack")


def golden(until: dt.date | None = None) -> EcsAmi:
    return EcsAmi.from_ssm_parameter(GOLDEN, based_on=BASE, reason=REASON, until=until)


class TeamAmi(EcsAmi):
    """Images of a team, each with a parameter beside that of AWS."""

    def parameter_name(self) -> str:
        return f"/acme/golden{super().parameter_name().removeprefix('/aws/service')}"

    def vouching_reason(self) -> str:
        return REASON


def own(stack: Stack) -> object:
    return Template.from_stack(stack).to_json().get("Metadata", {}).get("ecr-ecs-constructs")


def update_policy(stack: Stack) -> Any:
    (group,) = Template.from_stack(stack).find_resources("AWS::AutoScaling::AutoScalingGroup").values()
    return group["UpdatePolicy"]


def serving(scope: Construct, cluster: ecs.ICluster, provider: str | None = None) -> EcrEc2Service:
    """A service on the instances of a cluster."""
    repository = EcrRepository(scope, "Repository")
    task = EcrEc2TaskDefinition(scope, "Task")
    task.add_container("web", image=EcrImage.from_ecr_repository(repository, "1.4.2"), memory_limit_mib=128)
    strategy = [ecs.CapacityProviderStrategy(capacity_provider=provider, weight=1)] if provider else None
    return EcrEc2Service(
        scope,
        "Service",
        cluster=cluster,
        task_definition=task,
        desired_count=0,
        capacity_provider_strategies=strategy,
    )


def in_a_cluster(stack: Stack, **capacity: Any) -> None:
    cluster = EcsCluster(stack, "Cluster")
    cluster.add_capacity("Main", **{"instance_type": X86, **capacity})
    serving(stack, cluster)


def in_an_existing_cluster(stack: Stack) -> None:
    cluster = ecs.Cluster(stack, "Cluster")
    capacity = EcsExistingCluster(stack, "Instances", cluster=cluster)
    added = capacity.add_capacity("Main", instance_type=X86, machine_image=golden())
    serving(stack, cluster, added.capacity_provider_name)


def in_a_launch_template(stack: Stack) -> None:
    cluster = ecs.Cluster(stack, "Cluster")
    group = autoscaling.AutoScalingGroup(
        stack,
        "Group",
        vpc=cluster.vpc,
        launch_template=ec2.LaunchTemplate(
            stack,
            "LaunchTemplate",
            instance_type=X86,
            machine_image=golden().resolved_at_launch(),
            require_imdsv2=True,
            security_group=ec2.SecurityGroup(stack, "Instances", vpc=cluster.vpc),
            role=EcsInstanceRole(stack, "InstanceRole"),
            user_data=ec2.UserData.for_linux(),
        ),
    )
    provider = ecs.AsgCapacityProvider(stack, "Provider", auto_scaling_group=group)
    cluster.add_asg_capacity_provider(provider)
    serving(stack, cluster, provider.capacity_provider_name)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda stack: in_a_cluster(stack, machine_image=golden()), id="cluster"),
        pytest.param(
            lambda stack: in_a_cluster(stack, machine_image=golden(), image_refresh=SUNDAYS), id="refreshed cluster"
        ),
        pytest.param(in_an_existing_cluster, id="existing cluster"),
        pytest.param(in_a_launch_template, id="launch template of CDK"),
    ],
)
def test_proven(stack: Stack, make: Callable[[Stack], None]) -> None:
    make(stack)
    assert own(stack) == {"vouch": [VOUCHED]}
    assert_proven(stack)


def test_refreshed_image_of_aws_is_proven(stack: Stack) -> None:
    in_a_cluster(stack, image_refresh=SUNDAYS)
    assert own(stack) is None
    assert_proven(stack)


def test_image_that_nobody_vouches_for_is_not_proven(stack: Stack) -> None:
    class Unknown(TeamAmi):
        def vouching_reason(self) -> None:  # type: ignore[override] # nobody vouches
            return None

    in_a_cluster(stack, machine_image=Unknown.amazon_linux_2023())
    assert own(stack) is None
    with pytest.raises(AssertionError, match=r"what image /acme/golden/ecs/.* holds is decided outside"):
        assert_proven(stack)


def test_until_is_the_last_day(stack: Stack) -> None:
    in_a_cluster(stack, machine_image=golden(dt.date(2199, 12, 31)))
    assert own(stack) == {"vouch": [{**VOUCHED, "until": "2199-12-31"}]}
    assert_proven(stack)


def test_each_image_is_vouched_for_once(stack: Stack) -> None:
    cluster = EcsCluster(stack, "Cluster")
    for name in ("A", "B"):
        cluster.add_capacity(name, instance_type=X86, machine_image=golden())
    cluster.add_capacity("C", instance_type=ARM, machine_image=TeamAmi.amazon_linux_2023())
    arm = {
        "ami": "/acme/golden/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id",
        "based-on": f"{AL2023}/arm64/recommended/image_id",
        "reason": REASON,
    }
    assert own(stack) == {"vouch": [VOUCHED, arm]}


def test_other_metadata_of_the_template_stays(stack: Stack) -> None:
    stack.template_options.metadata = {"team": "a"}
    EcsCluster(stack, "Cluster").add_capacity("Main", instance_type=X86, machine_image=golden())
    assert Template.from_stack(stack).to_json()["Metadata"] == {"team": "a", "ecr-ecs-constructs": {"vouch": [VOUCHED]}}


def test_nested_stack_vouches_for_its_own(stack: Stack) -> None:
    nested = NestedStack(stack, "Nested")
    EcsCluster(nested, "Cluster").add_capacity("Main", instance_type=X86, machine_image=golden())
    assert own(stack) is None
    assert own(nested) == {"vouch": [VOUCHED]}


def test_image_is_that_of_its_parameter(stack: Stack) -> None:
    ec2.LaunchTemplate(stack, "Template", machine_image=golden())
    (parameter,) = Template.from_stack(stack).find_parameters("*", {"Default": GOLDEN}).values()
    assert parameter["Type"] == "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"


def test_image_is_resolved_at_launch(stack: Stack) -> None:
    ec2.LaunchTemplate(stack, "Template", machine_image=golden().resolved_at_launch())
    data = only(stack, "AWS::EC2::LaunchTemplate")["LaunchTemplateData"]
    assert data["ImageId"] == f"resolve:ssm:{GOLDEN}"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(
            lambda: EcsAmi.from_ssm_parameter("/aws/service/x", based_on=BASE, reason="r"),
            "parameter_name must be the name of an SSM parameter of your own, got '/aws/service/x': such a name is one",
            id="public parameter",
        ),
        pytest.param(
            lambda: EcsAmi.from_ssm_parameter(f"{GOLDEN}:3", based_on=BASE, reason="r"),
            "neither version nor label",
            id="version",
        ),
        pytest.param(
            lambda: EcsAmi.from_ssm_parameter("/acme/*", based_on=BASE, reason="r"), "got '/acme/*'", id="pattern"
        ),
        pytest.param(
            lambda: EcsAmi.from_ssm_parameter(Stack(App(), "S").region, based_on=BASE, reason="r"),
            "it is known only at deployment, and so is what is vouched for",
            id="token",
        ),
        pytest.param(
            lambda: EcsAmi.from_ssm_parameter(GOLDEN, based_on=EcsAmi.amazon_linux_2023(), reason="r"),
            "based_on must have an architecture, got EcsAmi(Amazon Linux 2023): a parameter holds one image",
            id="no architecture",
        ),
        pytest.param(
            lambda: EcsAmi.from_ssm_parameter("/b", based_on=golden(), reason="r"),
            f"got EcsAmi({GOLDEN}, built from Amazon Linux 2023, x86_64): it is built from one itself",
            id="based on another one",
        ),
        pytest.param(
            lambda: EcsAmi.from_ssm_parameter(GOLDEN, based_on="al2023", reason="r"),  # type: ignore[arg-type]
            "based_on must be an image of AWS, such as EcsAmi.amazon_linux_2023(...), got 'al2023'",
            id="based on a text",
        ),
        pytest.param(
            lambda: EcsAmi.from_ssm_parameter(GOLDEN, based_on=BASE, reason=" "),
            "reason must say how it is known what the image is built from, got ' '",
            id="no reason",
        ),
        pytest.param(
            lambda: EcsAmi.from_ssm_parameter(GOLDEN, based_on=BASE, reason="r", until="2199-12-31"),  # type: ignore[arg-type]
            "until must be a datetime.date, got '2199-12-31'",
            id="last day as a text",
        ),
        pytest.param(
            lambda: golden().for_instance_type(ARM),
            f"must have x86_64 processors, got 'm7g.large': it has arm64 and the image is EcsAmi({GOLDEN}",
            id="another architecture",
        ),
        pytest.param(
            lambda: EcsAmi.bottlerocket(release="1.53.0").resolved_at_launch(),
            "machine_image must move with its parameter, got EcsAmi(Bottlerocket aws-ecs-2, 1.53.0): it stays",
            id="release at launch",
        ),
        pytest.param(
            lambda: EcsAmi.windows_server(
                ecs.WindowsOptimizedVersion.SERVER_2022, image_ids={"eu-west-1": "ami-0123456789abcdef0"}
            ).resolved_at_launch(),
            "it stays on a release",
            id="ids at launch",
        ),
    ],
)
def test_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        make()


@pytest.fixture(scope="module")
def refreshed() -> Stack:
    stack = Stack(App(), "Stack")
    in_a_cluster(stack, machine_image=golden(), image_refresh=SUNDAYS)
    return stack


def test_schedule_replaces_the_instances_of_its_group(refreshed: Stack) -> None:
    (group,) = Template.from_stack(refreshed).find_resources("AWS::AutoScaling::AutoScalingGroup")
    schedule = only(refreshed, "AWS::Scheduler::Schedule")
    assert (schedule["ScheduleExpression"], schedule["FlexibleTimeWindow"]) == ("cron(0 3 ? * SUN *)", {"Mode": "OFF"})
    target = schedule["Target"]
    assert "".join(map(str, target["Arn"]["Fn::Join"][1])).endswith(
        ":scheduler:::aws-sdk:autoscaling:startInstanceRefresh"
    )
    before, name, behind = target["Input"]["Fn::Join"][1]
    assert name == {"Ref": group}
    assert json.loads(f"{before}group{behind}") == {
        "AutoScalingGroupName": "group",
        "Preferences": {
            "MinHealthyPercentage": 100,
            "MaxHealthyPercentage": 110,
            "ScaleInProtectedInstances": "Refresh",
        },
    }
    template = Template.from_stack(refreshed)
    template.has_resource_properties(
        "AWS::IAM::Policy",
        {
            "PolicyDocument": {
                "Statement": [
                    {
                        "Action": "autoscaling:StartInstanceRefresh",
                        "Effect": "Allow",
                        "Resource": {"Fn::GetAtt": [group, "AutoScalingGroupARN"]},
                    }
                ]
            },
            "Roles": [{"Ref": target["RoleArn"]["Fn::GetAtt"][0]}],
        },
    )


def test_deployment_skips_no_instance_of_a_refreshed_group(refreshed: Stack) -> None:
    policy = update_policy(refreshed)
    assert policy["AutoScalingInstanceRefresh"] == {
        "Strategy": "Rolling",
        "Preferences": {
            "MinHealthyPercentage": 100,
            "MaxHealthyPercentage": 110,
            "ScaleInProtectedInstances": "Refresh",
            "SkipMatching": False,
        },
    }


def test_another_update_policy_stays(stack: Stack) -> None:
    class Rolling(EcsCluster):
        def update_policy(self) -> autoscaling.UpdatePolicy:
            return autoscaling.UpdatePolicy.rolling_update()

    Rolling(stack, "Cluster").add_capacity("Main", instance_type=X86, image_refresh=SUNDAYS)
    assert "AutoScalingInstanceRefresh" not in update_policy(stack)


def preferring(preferences: Mapping[str, object]) -> type[EcsCluster]:
    class Preferring(EcsCluster):
        def image_refresh_preferences(self) -> Mapping[str, object]:
            return {**super().image_refresh_preferences(), **preferences}

    return Preferring


def test_preferences_can_be_chosen(stack: Stack) -> None:
    cluster = preferring({"CheckpointPercentages": [50, 100], "AutoRollback": False})(stack, "Cluster")
    cluster.add_capacity("Main", instance_type=X86, image_refresh=SUNDAYS)
    text = only(stack, "AWS::Scheduler::Schedule")["Target"]["Input"]["Fn::Join"][1][-1]
    assert '"CheckpointPercentages":[50,100],"AutoRollback":false' in text


@pytest.mark.parametrize("name", ["AutoRollback", "SkipMatching"])
def test_preferences_that_auto_scaling_refuses(stack: Stack, name: str) -> None:
    with pytest.raises(ValueError, match=f"^image_refresh_preferences must leave {name} out, got True: Amazon EC2"):
        preferring({name: True})(stack, "Cluster").add_capacity("Main", instance_type=X86, image_refresh=SUNDAYS)


SNAPSHOT = Path(__file__).parent / "snapshots" / "RefreshedImages.template.json"


def refreshing(env: Environment | None = None) -> Stack:
    stack = Stack(App(), "Images", env=env)
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["eu-central-1a"],
        private_subnet_ids=["subnet-0123456789abcdef0"],
    )
    EcsCluster(stack, "Cluster", vpc=vpc).add_capacity(
        "Main", instance_type=X86, machine_image=golden(), image_refresh=SUNDAYS
    )
    return stack


def test_snapshot() -> None:
    """`UPDATE_SNAPSHOTS=1 pytest tests/test_own_images.py` writes the snapshot anew.

    A logical id that changes means that a deployed resource is replaced.
    """
    now = Template.from_stack(refreshing()).to_json()
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
    assert now == json.loads(SNAPSHOT.read_text(encoding="utf-8")), "UPDATE_SNAPSHOTS=1 accepts it"


HERE = Environment(account="123456789012", region="eu-central-1")


@pytest.mark.parametrize("env", [pytest.param(None, id="no environment"), pytest.param(HERE, id="fixed environment")])
def test_cfn_lint_finds_no_error(env: Environment | None) -> None:
    assert errors(json.dumps(Template.from_stack(refreshing(env)).to_json()), "eu-central-1") == []


def test_nag_finds_nothing_in_the_schedule() -> None:
    app = refreshing().node.root
    assert isinstance(app, App)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    with pytest.raises(RuntimeError) as failed:
        app.synth()
    found = set(re.findall("Images/Cluster/Main/[^ ]+", str(failed.value)))
    capacity = {"InstanceRole/DefaultPolicy/Resource", "AutoScalingGroup/ASG"}  # which every capacity has
    assert found == {f"Images/Cluster/Main/{each}" for each in capacity}
