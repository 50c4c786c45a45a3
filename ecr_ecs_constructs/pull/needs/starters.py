"""The needs of what starts a task by a role of its own, such as a schedule: it runs the task and hands on its roles.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/CWE_IAM_role.html
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    https://docs.aws.amazon.com/step-functions/latest/dg/ecs-iam.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import ABSENT, Hole, Kind, Site, Text, Value, shown, text
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.containers import Container, Containers
from ecr_ecs_constructs.pull.iam.actions import ASSUME_ACTION, PASS_ACTION, RUN_ACTION, SUBMIT_ACTION, WATCH_ACTIONS
from ecr_ecs_constructs.pull.iam.arns import Arns, reference
from ecr_ecs_constructs.pull.iam.carriers import Carriers
from ecr_ecs_constructs.pull.iam.roles import Roles
from ecr_ecs_constructs.pull.iam.trust import Assumer
from ecr_ecs_constructs.pull.machines.environments import BEST_FIT, RESOURCES, EnvironmentKind, kind_of
from ecr_ecs_constructs.pull.machines.hosts import Hosts
from ecr_ecs_constructs.pull.needs.need import Ask, Need, Nothing, Who
from ecr_ecs_constructs.pull.placement.kinds import Placement
from ecr_ecs_constructs.pull.placement.state_machines import STATE_MACHINE, StateMachines
from ecr_ecs_constructs.pull.texts.references import JOB_DEFINITION, ROLE, TASK_DEFINITION, References, Target
from ecr_ecs_constructs.pull.vouching import vouched_role

_OUTSIDE = Nothing("AWS starts the task from outside its network")
_TASKS = "ecs-tasks.amazonaws.com"
_WATCHING: Mapping[str, str] = {
    TASK_DEFINITION: "StepFunctionsGetEventsForECSTaskRule",
    JOB_DEFINITION: "StepFunctionsGetEventsForBatchJobsRule",
}
"""The rule by which a state machine that waits for the end of tasks learns of it; it can't be made without the rule.

Sources:
    https://docs.aws.amazon.com/step-functions/latest/dg/ecs-iam.html
    https://docs.aws.amazon.com/step-functions/latest/dg/batch-iam.html
    https://github.com/terraform-aws-modules/terraform-aws-step-functions/issues/11 (why it is not made)
"""

_PLATFORMS = ("RequiresCompatibilities.*", "PlatformCapabilities.*")
"""The paths of what a task definition, and a job definition of AWS Batch, is for."""

_OF_BATCH = ("service-role/AWSBatchServiceRole",)
_OF_FLEETS = ("service-role/AmazonEC2SpotFleetTaggingRole", "service-role/AmazonEC2SpotFleetRole")
"""The managed policies of AWS with all that AWS Batch, and a Spot Fleet, needs to launch instances."""

_FLEET = "/aws-service-role/spotfleet.amazonaws.com/AWSServiceRoleForEC2SpotFleet"
"""The end of the ARN of the role that Amazon EC2 makes for its Spot Fleets."""

_LINKED = "/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch"
"""The end of the ARN of the role that AWS Batch makes for itself."""


class Starters(InWorld):
    """The needs of what starts tasks in one world.

    Args:
        roles: the policies of roles.
    """

    def __init__(self, roles: Roles) -> None:
        self.world = roles.world
        self._arns = roles.arns
        self._carriers = Carriers(roles)
        self._containers = Containers(self.world)
        self._machines = StateMachines(self.world)
        self._hosts = Hosts(self.world)

    def needs(self, container: Container, placement: Placement) -> Iterator[Need]:
        """Yield the needs of what starts a task in one place: the role, its trust, the task and the roles of that."""
        starter, runner, at = placement.starter, placement.runner, placement.at
        if starter is not None and runner is not None and at is not None:
            title = f"its start by {runner.logical_id}"
            assumer, source = _SOURCES[runner.type]
            assumes = Ask(Who.SERVICE, (ASSUME_ACTION,), source(self._arns, runner), assumer=assumer)
            yield from self._role(title, starter, runner, assumes)
            if starter.resource is not None:
                yield from self._started(title, starter, container, placement, at)
        if placement.environment is not None:
            yield from self._by_batch(container, placement.environment)

    def _role(self, title: str, starter: Target, runner: Resource, assumes: Ask) -> Iterator[Need]:
        """Yield the need of a role that starts tasks: it is there, and what starts them by it may assume it.

        Args:
            title: what needs it.
            starter: the role.
            runner: what has it.
            assumes: what asks for it.
        """
        role = starter.resource
        if role is None:
            truth = False if starter.value is ABSENT else None
            why = starter.doubt if truth is False else f"role {starter}, which {starter.lack}"
            lack = Answer(truth, why, "missing-start-permission" if truth is False else "")
            there = vouched_role(self.world, starter) or lack
            yield Need(title, Nothing("the role is not in the templates"), _OUTSIDE, there)
        else:
            name = f"role {role.logical_id} of {runner.logical_id}"
            yield Need(name, assumes._replace(made=role), _OUTSIDE)

    def _started(
        self, title: str, starter: Target, container: Container, placement: Placement, at: Site
    ) -> Iterator[Need]:
        """Yield what a role must be allowed to start a task, or to submit it to a queue of AWS Batch."""
        definition = container.resource
        if placement.queue is None:
            yield Need(title, self._run(starter, definition, placement, at), _OUTSIDE)
            yield from self._passing(title, starter, container, placement)
        else:
            for on in self._submitted(definition, placement.queue, at):
                yield Need(title, Ask(Who.STARTER, (SUBMIT_ACTION,), *on, role=starter), _OUTSIDE)
        if at.resource.type == STATE_MACHINE and self._machines.call_at(at).action.endswith(".sync"):
            rule = self._arns.of_service("events", at.resource.template, "rule/", _WATCHING[definition.type])
            yield Need(title, Ask(Who.STARTER, WATCH_ACTIONS, rule, role=starter), _OUTSIDE)

    def _by_batch(self, container: Container, environment: Resource) -> Iterator[Need]:
        """Yield the needs of AWS Batch itself, where a compute environment gives it a role in place of its own.

        Source: https://docs.aws.amazon.com/batch/latest/userguide/service_IAM_role.html
        """
        yield from self._by_fleet(environment)
        value = self.world.value(environment, "ServiceRole")
        if value is None or (isinstance(value, str) and value.endswith(_LINKED)):
            return
        title, starter = f"its start in {environment.logical_id}", self._role_of(value, environment)
        assumes = Ask(Who.SERVICE, (ASSUME_ACTION,), assumer=Assumer.BATCH)
        yield from self._role(title, starter, environment, assumes)
        if starter.resource is not None:
            yield Need(title, Ask(Who.STARTER, (RUN_ACTION,), role=starter), _OUTSIDE)
            yield from self._passing(title, starter, container)
            yield from self._launching(title, starter.resource, starter, environment)

    def _launching(self, title: str, role: Resource, starter: Target, environment: Resource) -> Iterator[Need]:
        """Yield what the role of AWS Batch must be allowed besides where it launches the instances of an environment.

        Source: https://docs.aws.amazon.com/batch/latest/userguide/service_IAM_role.html
        """
        hosts = self._hosts.of(environment)
        service = (("iam:passedtoservice", str(Assumer.INSTANCES)),)
        for passed in dict.fromkeys(each for host in hosts for each in host.roles if not each.doubt):
            arn = self._arns.role(passed, environment.template)
            yield Need(title, Ask(Who.STARTER, (PASS_ACTION,), arn, role=starter, context=service), _OUTSIDE)
        if hosts:
            may = self._carriers.may(role, _OF_BATCH)
            yield Need(title, Nothing("which actions it needs is not documented"), _OUTSIDE, may)

    def _by_fleet(self, environment: Resource) -> Iterator[Need]:
        """Yield the needs of the Spot Fleet by which AWS Batch launches Spot Instances with `BEST_FIT`.

        Source: https://docs.aws.amazon.com/batch/latest/userguide/spot_fleet_IAM_role.html
        """
        value = self.world.value(environment, f"{RESOURCES}.SpotIamFleetRole")
        strategy = self.world.value(environment, f"{RESOURCES}.AllocationStrategy", BEST_FIT)
        is_spot = kind_of(self.world, environment) is EnvironmentKind.SPOT
        is_own = value is not None and not str(value).endswith(_FLEET)
        if not is_spot or not is_own or (isinstance(strategy, str) and strategy != BEST_FIT):
            return
        title, fleet = f"the Spot Fleet of {environment.logical_id}", self._role_of(value, environment)
        yield from self._role(title, fleet, environment, Ask(Who.SERVICE, (ASSUME_ACTION,), assumer=Assumer.SPOT_FLEET))
        if fleet.resource is not None:
            may = self._carriers.may(fleet.resource, _OF_FLEETS)
            yield Need(title, Nothing("the actions of a Spot Fleet are not judged"), _OUTSIDE, may)

    def _role_of(self, value: Value, resource: Resource) -> Target:
        return References(self.world).of(value, ROLE, resource.template, path="/")

    def _passing(
        self, title: str, starter: Target, container: Container, placement: Placement | None = None
    ) -> Iterator[Need]:
        """Yield the need to hand the roles of a task on to Amazon ECS."""
        template, own = container.resource.template, self._containers.execution_role(container)
        given = () if placement is None else placement.execution_roles
        for passed in given or (() if own is None else (own,)):
            yield Need(title, self._passed(starter, passed, template), _OUTSIDE)
        doubt = ""
        platforms = (each for path in _PLATFORMS for each in self.world.values(container.resource, path))
        if "FARGATE" not in platforms:
            doubt = "whether Amazon ECS asks it for the task role of a task that is not for Fargate is not documented"
        for passed in self._containers.task_roles(container.task):
            yield Need(title, self._passed(starter, passed, template), _OUTSIDE, perhaps=doubt)

    def _run(self, starter: Target, definition: Resource, placement: Placement, at: Site) -> Ask:
        """Return what a role asks to run a task definition in a cluster: AWS asks about a revision, named or not.

        Sources:
            https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
            https://github.com/aws/aws-cdk/issues/30390 (of a family, AWS asks about its latest revision)
        """
        family = self.world.value(definition, "Family")
        also: str | Text = ""
        if isinstance(family, (str, Text)) and not self._is_referred(definition, at):
            also = self._arns.of_ecs(definition.template, "task-definition/", family)
        cluster = (("ecs:cluster", self._cluster(placement.cluster, at.resource.template)),)
        arn = self._arns.task_definition(definition)
        return Ask(Who.STARTER, (RUN_ACTION,), arn, also=also, role=starter, context=cluster)

    def _submitted(self, definition: Resource, queue: Resource, at: Site) -> Iterator[tuple[str | Text, str | Text]]:
        """Yield the ARNs that AWS asks about where a job is submitted, each with another one that it may ask about.

        Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbatch.html
        """
        name, arn = self.world.value(definition, "JobDefinitionName"), self._arns.job_definition(definition)
        if isinstance(name, (str, Text)) and not self._is_referred(definition, at):
            # AWS does not say whether it asks about the latest revision where none is named.
            any_revision = self._arns.of_service("batch", definition.template, "job-definition/", name)
            yield any_revision, arn
            yield arn, any_revision
        else:
            yield arn, ""
        yield self._arns.job_queue(queue), ""

    def _is_referred(self, definition: Resource, at: Site) -> bool:
        """Return whether a runner names a definition by a reference, and so its revision; else by a name."""
        keys = ("TaskDefinition", "TaskDefinitionArn", "JobDefinition")
        names = (name for key in keys for name in self.world.values(at.resource, key, at))
        holes = (piece for name in names if isinstance(name, Text) for piece in name.pieces if isinstance(piece, Hole))
        return any(hole.resource is definition for hole in holes)

    def _cluster(self, cluster: Target | None, template: Template) -> str | Text:
        """Return the ARN of a cluster, which may be named."""
        value: Value = "default" if cluster is None else cluster.value
        if cluster is not None and cluster.resource is not None:
            return self._arns.cluster(cluster.resource)
        if isinstance(value, str):
            return value if value.startswith("arn:") else self._arns.of_ecs(template, "cluster/", value)
        return value if isinstance(value, Text) else text(Hole(Kind.ANYTHING, shown(value)))

    def _passed(self, starter: Target, role: Target, template: Template) -> Ask:
        """Return what a role asks to hand a role of a task on to Amazon ECS."""
        service = (("iam:passedtoservice", _TASKS),)
        return Ask(Who.STARTER, (PASS_ACTION,), self._arns.role(role, template), role=starter, context=service)


def _rule(arns: Arns, rule: Resource) -> str | Text:
    bus = arns.world.value(rule, "EventBusName", "default")
    between = () if bus == "default" else (Hole(Kind.ANYTHING, f"{rule.logical_id}.EventBusName"), "/")
    return arns.of_service("events", rule.template, "rule/", *between, _name(arns, rule))


def _schedule(arns: Arns, schedule: Resource) -> str | Text:
    """Return the ARN of the group of a schedule, which stands for it."""
    group = arns.world.value(schedule, "GroupName", "default")
    name = group if isinstance(group, (str, Text)) else text(Hole(Kind.ANYTHING, shown(group)))
    return arns.of_service("scheduler", schedule.template, "schedule-group/", name)


def _pipe(arns: Arns, pipe: Resource) -> str | Text:
    return arns.of_service("pipes", pipe.template, "pipe/", _name(arns, pipe))


def _state_machine(arns: Arns, machine: Resource) -> str | Text:
    return arns.of_service("states", machine.template, "stateMachine:", _name(arns, machine, "StateMachineName"))


def _name(arns: Arns, resource: Resource, key: str = "Name") -> str | Text:
    name = arns.world.value(resource, key)
    return name if isinstance(name, (str, Text)) else reference(resource)


_SOURCES: Mapping[str, tuple[Assumer, Callable[[Arns, Resource], str | Text]]] = {
    "AWS::Events::Rule": (Assumer.RULES, _rule),
    "AWS::Scheduler::Schedule": (Assumer.SCHEDULES, _schedule),
    "AWS::Pipes::Pipe": (Assumer.PIPES, _pipe),
    STATE_MACHINE: (Assumer.STATE_MACHINES, _state_machine),
}
"""By the type of a runner: the service that assumes its role, and what returns the ARN for which that does."""
