"""Whatever runs a task definition of this library is judged at synthesis, wherever it stands and whoever made it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_ecs_patterns as patterns
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as scheduler_targets
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from ecr_ecs_constructs import EcrEcsChecks, EcrFargateTaskDefinition, EcrImage, EcrRepository
from tests.judging import ECR

if TYPE_CHECKING:
    from collections.abc import Callable

ISOLATED = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
HOME = cdk.Environment(account="123456789012", region="us-east-1")


class App:
    """An app with a cluster in isolated subnets, without a runner and without a task."""

    def __init__(self, outdir: Path) -> None:
        self.app = cdk.App(outdir=str(outdir))
        self.stack = cdk.Stack(self.app, "Stack", env=HOME)
        isolated = ec2.SubnetConfiguration(name="i", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        vpc = ec2.Vpc(self.stack, "Vpc", max_azs=2, subnet_configuration=[isolated])
        self.cluster = ecs.Cluster(self.stack, "Cluster", vpc=vpc)
        self.inside = Construct(self.stack, "Inside")

    def library_task(self) -> ecs.FargateTaskDefinition:
        repository = EcrRepository(self.stack, "Repository", repository_name="web")
        definition = EcrFargateTaskDefinition(self.inside, "Task")
        port = ecs.PortMapping(container_port=80)
        image = EcrImage.from_ecr_repository(repository, "1")
        definition.add_container("web", image=image, port_mappings=[port])
        return definition

    def plain_task(self) -> ecs.FargateTaskDefinition:
        definition = ecs.FargateTaskDefinition(self.inside, "Task")
        port = ecs.PortMapping(container_port=80)
        definition.add_container("web", image=ecs.ContainerImage.from_registry(f"{ECR}/web:1"), port_mappings=[port])
        return definition

    def rules(self) -> set[str]:
        """Return what fails the synthesis."""
        failed = False
        try:
            self.app.synth()
        except RuntimeError:
            failed = True
        report = Path(self.app.outdir, "validation-report.json")
        plugins = json.loads(report.read_text(encoding="utf-8"))["pluginReports"] if report.is_file() else []
        found = [each for plugin in plugins if plugin["pluginName"] == "ecr-ecs" for each in plugin["violations"]]
        errors = {str(each["ruleName"]) for each in found if each["severity"] == "error"}
        assert failed is bool(errors)
        return errors


def by_service(app: App, task: ecs.FargateTaskDefinition, controller: ecs.DeploymentController | None = None) -> None:
    ecs.FargateService(
        app.stack,
        "Service",
        cluster=app.cluster,
        task_definition=task,
        vpc_subnets=ISOLATED,
        min_healthy_percent=100,
        deployment_controller=controller,
    )


def by_pattern(app: App, task: ecs.FargateTaskDefinition) -> None:
    patterns.ApplicationLoadBalancedFargateService(
        app.stack,
        "Pattern",
        cluster=app.cluster,
        task_definition=task,
        public_load_balancer=False,
        task_subnets=ISOLATED,
        min_healthy_percent=100,
    )


def by_code_deploy(app: App, task: ecs.FargateTaskDefinition) -> None:
    by_service(app, task, ecs.DeploymentController(type=ecs.DeploymentControllerType.CODE_DEPLOY))


def by_rule(app: App, task: ecs.FargateTaskDefinition) -> None:
    rule = events.Rule(app.stack, "Rule", schedule=events.Schedule.rate(cdk.Duration.hours(1)))
    rule.add_target(targets.EcsTask(cluster=app.cluster, task_definition=task, subnet_selection=ISOLATED))


def by_schedule(app: App, task: ecs.FargateTaskDefinition) -> None:
    target = scheduler_targets.EcsRunFargateTask(app.cluster, task_definition=task, vpc_subnets=ISOLATED)
    hourly = scheduler.ScheduleExpression.rate(cdk.Duration.hours(1))
    scheduler.Schedule(app.stack, "Schedule", schedule=hourly, target=target)


def by_state_machine(app: App, task: ecs.FargateTaskDefinition) -> None:
    state = tasks.EcsRunTask(
        app.stack,
        "Run",
        cluster=app.cluster,
        task_definition=task,
        launch_target=tasks.EcsFargateLaunchTarget(platform_version=ecs.FargatePlatformVersion.LATEST),
        subnets=ISOLATED,
    )
    sfn.StateMachine(app.stack, "Machine", definition_body=sfn.DefinitionBody.from_chainable(state))


RUNNERS: dict[str, Callable[[App, ecs.FargateTaskDefinition], None]] = {
    "service": by_service,
    "pattern": by_pattern,
    "service of CodeDeploy": by_code_deploy,
    "rule": by_rule,
    "schedule": by_schedule,
    "state machine": by_state_machine,
}


@pytest.mark.parametrize("runner", RUNNERS)
def test_runner_of_a_task_of_the_library(tmp_path: Path, runner: str) -> None:
    app = App(tmp_path)
    RUNNERS[runner](app, app.library_task())
    assert "no-path-to-ecr" in app.rules()


@pytest.mark.parametrize("runner", RUNNERS)
def test_runner_of_a_task_below_a_scope(tmp_path: Path, runner: str) -> None:
    app = App(tmp_path)
    RUNNERS[runner](app, app.plain_task())
    cdk.Aspects.of(app.inside).add(EcrEcsChecks())
    assert "no-path-to-ecr" in app.rules()


def test_runner_of_another_task(tmp_path: Path) -> None:
    app = App(tmp_path)
    app.library_task()
    other = ecs.FargateTaskDefinition(app.stack, "Other")
    other.add_container("web", image=ecs.ContainerImage.from_registry(f"{ECR}/web:1"))
    by_service(app, other)
    assert app.rules() == set()


@pytest.mark.parametrize("scope", ["Inside", "Service"])
def test_scope_of_checks(tmp_path: Path, scope: str) -> None:
    app = App(tmp_path)
    by_service(app, app.plain_task())
    cdk.Aspects.of(app.stack.node.find_child(scope)).add(EcrEcsChecks())
    assert "no-path-to-ecr" in app.rules()
