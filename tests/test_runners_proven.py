# ruff: noqa: E501 - in a table, a case is a line
"""Tasks of the library that CDK's own targets, states, patterns and job definitions run: proven, or why not."""

from __future__ import annotations

from functools import cache
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_applicationautoscaling as scaling
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_ecs_patterns as patterns
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as scheduler_targets
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from ecr_ecs_constructs import (
    EcrEc2TaskDefinition,
    EcrExternalTaskDefinition,
    EcrFargateTaskDefinition,
    EcrImage,
    EcrManagedInstancesTaskDefinition,
    EcrRepository,
    EcsCluster,
    EcsManagedInstances,
)
from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.rules.judge import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HOME = cdk.Environment(account="123456789012", region="eu-west-1")
HOUR = cdk.Duration.hours(1)


class Place(Construct):
    """Where one row makes what it is about, in an app that all rows share.

    Args:
        scope: the stack.
        id: the ID there.
        cluster: the cluster of all rows.
        fleet: its ECS Managed Instances.
        image: the image that each task runs.
    """

    def __init__(
        self, scope: Construct, id: str, *, cluster: EcsCluster, fleet: EcsManagedInstances, image: EcrImage
    ) -> None:
        super().__init__(scope, id)
        self.cluster, self.fleet, self.image = cluster, fleet, image

    def _with_container(self, task: ecs.TaskDefinition) -> ecs.TaskDefinition:
        task.add_container(
            "web", image=self.image, memory_limit_mib=256, port_mappings=[ecs.PortMapping(container_port=80)]
        )
        return task

    def fargate(self) -> Any:
        return self._with_container(EcrFargateTaskDefinition(self, "Task"))

    def ec2(self) -> Any:
        return self._with_container(EcrEc2TaskDefinition(self, "Task"))

    def managed(self) -> Any:
        return self._with_container(EcrManagedInstancesTaskDefinition(self, "Task"))

    def external(self) -> Any:
        return self._with_container(EcrExternalTaskDefinition(self, "Task"))

    def strategy(self, name: str | None = None) -> list[ecs.CapacityProviderStrategy]:
        provider = name or self.fleet.capacity_provider_name
        return [ecs.CapacityProviderStrategy(capacity_provider=provider, weight=1)]


def rule(place: Place, task: ecs.TaskDefinition, **options: Any) -> None:
    hourly = events.Rule(place, "Rule", schedule=events.Schedule.rate(HOUR))
    hourly.add_target(targets.EcsTask(cluster=place.cluster, task_definition=task, **options))


def rule_that_passes_both_roles(place: Place) -> None:
    task = place.ec2()
    role = iam.Role(place, "Events", assumed_by=iam.ServicePrincipal("events.amazonaws.com"))
    task.task_role.grant_pass_role(role)
    rule(place, task, role=role)


def schedule(place: Place, target: Any) -> None:
    scheduler.Schedule(place, "Schedule", schedule=scheduler.ScheduleExpression.rate(HOUR), target=target)


def by_scheduler(place: Place, task: ecs.TaskDefinition, **options: Any) -> None:
    schedule(place, scheduler_targets.EcsRunFargateTask(place.cluster, task_definition=task, **options))


def by_scheduler_on_instances(place: Place, task: ecs.TaskDefinition, **options: Any) -> None:
    schedule(place, scheduler_targets.EcsRunEc2Task(place.cluster, task_definition=task, **options))


def state(place: Place, task: ecs.TaskDefinition, target: Any, **options: Any) -> None:
    run = tasks.EcsRunTask(place, "Run", cluster=place.cluster, task_definition=task, launch_target=target, **options)
    sfn.StateMachine(place, "Machine", definition_body=sfn.DefinitionBody.from_chainable(run))


ON_FARGATE = tasks.EcsFargateLaunchTarget(platform_version=ecs.FargatePlatformVersion.LATEST)
ON_EC2 = tasks.EcsEc2LaunchTarget()
EVERY_HOUR = scaling.Schedule.rate(HOUR)
SAFE: Mapping[str, Any] = {
    "circuit_breaker": ecs.DeploymentCircuitBreaker(rollback=True),
    "min_healthy_percent": 100,
}


def job(place: Place, container: batch.IEcsContainerDefinition, environment: Any) -> None:
    definition = batch.EcsJobDefinition(place, "Job", container=container)
    queue = batch.JobQueue(place, "Queue")
    queue.add_compute_environment(environment, 1)
    target = targets.BatchJob(queue.job_queue_arn, queue, definition.job_definition_arn, definition)
    events.Rule(place, "Rule", schedule=events.Schedule.rate(HOUR)).add_target(target)


SIZE: Mapping[str, Any] = {"cpu": 1, "memory": cdk.Size.gibibytes(2)}


def fargate_job(place: Place, image: EcrImage, **options: Any) -> None:
    container = batch.EcsFargateContainerDefinition(place, "Container", image=image, **SIZE, **options)
    job(place, container, batch.FargateComputeEnvironment(place, "Compute", vpc=place.cluster.vpc))


def ec2_job(place: Place, image: EcrImage) -> None:
    container = batch.EcsEc2ContainerDefinition(place, "Container", image=image, **SIZE)
    job(place, container, batch.ManagedEc2EcsComputeEnvironment(place, "Compute", vpc=place.cluster.vpc))


NOT_TOLD = "whether Amazon ECS asks it for the task role of a task that is not for Fargate is not documented"
RUNNERS: Mapping[str, tuple[Callable[[Place], object], str]] = {
    "rule": (lambda place: rule(place, place.fargate()), "proven"),
    "rule, on container instances": (lambda place: rule(place, place.ec2()), f"unknown; cannot verify that role RuleOnContainerInstancesTaskEventsRole2158C888 may use its start by RuleOnContainerInstancesRuleBC4EACF3: {NOT_TOLD}"),
    "rule, on container instances, whose role may pass the task role": (rule_that_passes_both_roles, "proven"),
    "schedule": (lambda place: by_scheduler(place, place.fargate()), "proven"),
    "schedule, on Fargate Spot": (lambda place: by_scheduler(place, place.fargate(), capacity_provider_strategies=place.strategy("FARGATE_SPOT")), "proven"),
    "schedule, on container instances": (lambda place: by_scheduler_on_instances(place, place.ec2()), "proven"),
    "schedule, on Managed Instances": (lambda place: by_scheduler_on_instances(place, place.managed(), capacity_provider_strategies=place.strategy()), "proven"),
    "state machine": (lambda place: state(place, place.fargate(), ON_FARGATE), "proven"),
    "state machine that waits": (lambda place: state(place, place.fargate(), ON_FARGATE, integration_pattern=sfn.IntegrationPattern.RUN_JOB), "proven"),
    "state machine, on container instances": (lambda place: state(place, place.ec2(), ON_EC2), "proven"),
    "pattern of a schedule": (lambda place: patterns.ScheduledFargateTask(place, "It", cluster=place.cluster, schedule=EVERY_HOUR, scheduled_fargate_task_definition_options={"task_definition": place.fargate()}), "proven"),
    "pattern of a schedule, on container instances": (lambda place: patterns.ScheduledEc2Task(place, "It", cluster=place.cluster, schedule=EVERY_HOUR, scheduled_ec2_task_definition_options={"task_definition": place.ec2()}), "unknown; cannot verify that role"),
    "pattern of a load balancer": (lambda place: patterns.ApplicationLoadBalancedFargateService(place, "It", cluster=place.cluster, task_definition=place.fargate(), **SAFE), "proven"),
    "pattern of a load balancer, on container instances": (lambda place: patterns.ApplicationLoadBalancedEc2Service(place, "It", cluster=place.cluster, task_definition=place.ec2(), **SAFE), "proven"),
    "pattern of a queue": (lambda place: patterns.QueueProcessingFargateService(place, "It", cluster=place.cluster, task_definition=place.fargate(), **SAFE), "proven"),
    "pattern of a queue that makes the task": (lambda place: patterns.QueueProcessingFargateService(place, "It", cluster=place.cluster, image=place.image, **SAFE), "proven"),
    "job": (lambda place: fargate_job(place, place.image), "proven"),
    "job of a declared platform": (lambda place: fargate_job(place, place.image, fargate_cpu_architecture=ecs.CpuArchitecture.X86_64, fargate_operating_system_family=ecs.OperatingSystemFamily.LINUX), "proven"),
    "job, on container instances": (lambda place: ec2_job(place, place.image), "proven"),
    "nothing": (lambda place: place.external(), "unknown; no service or schedule in the templates runs it; it is for EXTERNAL"),
}  # fmt: skip
"""By name: what makes a task, and the verdict of its container, with why it is none better."""


def pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.replace(",", "").replace("-", " ").split())


@cache
def verdicts() -> Mapping[str, str]:
    """The verdict of each row, all of one app."""
    app = cdk.App(outdir=mkdtemp())
    repository = EcrRepository(cdk.Stack(app, "Base", env=HOME), "Repository", repository_name="web")
    network = cdk.Stack(app, "Network", env=HOME)
    vpc = ec2.Vpc(network, "Vpc", availability_zones=["eu-west-1a", "eu-west-1b"], nat_gateways=1)
    cluster = EcsCluster(network, "Cluster", vpc=vpc, enable_fargate_capacity_providers=True)
    cluster.add_capacity("Instances", instance_type=ec2.InstanceType("m7i.large"), max_capacity=20)
    fleet = cluster.add_managed_instances("Fleet")
    stack = cdk.Stack(app, "Shop", env=HOME)
    for name, (make, _) in RUNNERS.items():
        make(
            Place(
                stack, pascal(name), cluster=cluster, fleet=fleet, image=EcrImage.from_ecr_repository(repository, "1")
            )
        )
    app.synth()
    found: dict[str, str] = {}
    for container in judge(load([app.outdir])).containers:
        whys = [each.evidence for each in container.links if each.verdict.value in ("broken", "unknown")]
        _, name, *_ = (container.construct_path or "").split("/")
        found[name] = "; ".join([container.verdict, *whys])
    return found


@pytest.mark.parametrize("name", RUNNERS)
def test_verdict(name: str) -> None:
    _, expected = RUNNERS[name]
    found = verdicts()[pascal(name)]
    assert found[: len(expected)] == expected
    assert found == expected or expected != "proven"
