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
from ecr_ecs_constructs.pull.iam.actions import ASSUME_ACTION, PASS_ACTION, RUN_ACTION, WATCH_ACTIONS
from ecr_ecs_constructs.pull.iam.arns import Arns, reference
from ecr_ecs_constructs.pull.iam.trust import Assumer
from ecr_ecs_constructs.pull.needs.need import Ask, Need, Nothing, Who
from ecr_ecs_constructs.pull.placement.kinds import Placement
from ecr_ecs_constructs.pull.placement.state_machines import STATE_MACHINE, StateMachines
from ecr_ecs_constructs.pull.texts.references import Target

_OUTSIDE = Nothing("AWS starts the task from outside its network")
_TASKS = "ecs-tasks.amazonaws.com"
_WATCHING_TASKS = "StepFunctionsGetEventsForECSTaskRule"
"""The rule by which AWS Step Functions learns of the end of tasks."""


class Starters(InWorld):
    """The needs of what starts tasks in one world.

    Args:
        arns: the ARNs of what the templates define.
    """

    def __init__(self, arns: Arns) -> None:
        self.world = arns.world
        self._arns = arns
        self._containers = Containers(self.world)
        self._machines = StateMachines(self.world)

    def needs(self, container: Container, placement: Placement) -> Iterator[Need]:
        """Yield the needs of what starts a task in one place: the role, its trust, the task and the roles of that."""
        starter, runner, at = placement.starter, placement.runner, placement.at
        if starter is None or runner is None or at is None:
            return
        title = f"its start by {runner.logical_id}"
        role = starter.resource
        if role is None:
            truth = False if starter.value is ABSENT else None
            why = starter.doubt if truth is False else f"role {starter}, which {starter.lack}"
            there = Answer(truth, why, "missing-start-permission" if truth is False else "")
            yield Need(title, Nothing("the role is not in the templates"), _OUTSIDE, there)
            return
        assumer, source = _SOURCES[runner.type]
        yield Need(
            f"role {role.logical_id} of {runner.logical_id}",
            Ask(Who.SERVICE, (ASSUME_ACTION,), source(self._arns, runner), made=role, assumer=assumer),
            _OUTSIDE,
        )
        yield Need(title, self._run(starter, container.resource, placement, at), _OUTSIDE)
        yield from self._watched(title, starter, at)
        template = container.resource.template
        for passed in placement.execution_roles or self._execution_role(container):
            yield Need(title, self._passed(starter, passed, template), _OUTSIDE)
        doubt = ""
        if "FARGATE" not in self.world.values(container.resource, "RequiresCompatibilities.*"):
            doubt = "whether Amazon ECS asks it for the task role of a task that is not for Fargate is not documented"
        for passed in self._containers.task_roles(container.task):
            yield Need(title, self._passed(starter, passed, template), _OUTSIDE, perhaps=doubt)

    def _execution_role(self, container: Container) -> tuple[Target, ...]:
        role = self._containers.execution_role(container)
        return () if role is None else (role,)

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

    def _is_referred(self, definition: Resource, at: Site) -> bool:
        """Return whether a runner names a task definition by a reference, and so its revision; else by its family."""
        names = (
            name for key in ("TaskDefinition", "TaskDefinitionArn") for name in self.world.values(at.resource, key, at)
        )
        holes = (piece for name in names if isinstance(name, Text) for piece in name.pieces if isinstance(piece, Hole))
        return any(hole.resource is definition for hole in holes)

    def _watched(self, title: str, starter: Target, at: Site) -> Iterator[Need]:
        """Yield the need of a state machine that waits for the end of its tasks: it can't be made without that.

        Sources:
            https://docs.aws.amazon.com/step-functions/latest/dg/ecs-iam.html
            https://github.com/terraform-aws-modules/terraform-aws-step-functions/issues/11 (why it is not made)
        """
        if at.resource.type == STATE_MACHINE and self._machines.call_at(at).action.endswith(".sync"):
            rule = self._arns.of_service("events", at.resource.template, "rule/", _WATCHING_TASKS)
            yield Need(title, Ask(Who.STARTER, WATCH_ACTIONS, rule, role=starter), _OUTSIDE)

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
