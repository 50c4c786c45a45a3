"""The needs of what starts a task on a schedule or by an event: its own role, which starts it and hands on its roles.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/CWE_IAM_role.html
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import ABSENT, Hole, Kind, Site, Text, Value, shown, text
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.containers import Container, Containers
from ecr_ecs_constructs.pull.iam.actions import ASSUME_ACTION, PASS_ACTION, RUN_ACTION
from ecr_ecs_constructs.pull.iam.arns import Arns, reference
from ecr_ecs_constructs.pull.iam.trust import Assumer
from ecr_ecs_constructs.pull.needs.need import Ask, Need, Nothing, Who
from ecr_ecs_constructs.pull.placement.kinds import Placement
from ecr_ecs_constructs.pull.texts.references import Target

_OUTSIDE = Nothing("AWS starts the task from outside its network")
_TASKS = "ecs-tasks.amazonaws.com"


class Starters(InWorld):
    """The needs of what starts tasks in one world.

    Args:
        arns: the ARNs of what the templates define.
    """

    def __init__(self, arns: Arns) -> None:
        self.world = arns.world
        self._arns = arns
        self._containers = Containers(self.world)

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
        yield Need(title, self._run(starter, placement, at), _OUTSIDE)
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

    def _run(self, starter: Target, placement: Placement, at: Site) -> Ask:
        """Return what a role asks to run a task definition in a cluster."""
        template = at.resource.template
        value = self.world.value(at.resource, "TaskDefinitionArn", at=at)
        name = value if isinstance(value, (str, Text)) else text(Hole(Kind.ANYTHING, shown(value)))
        arn = self._arns.written(name)
        # The latest revision runs where none is named; AWS does not say which of the two ARNs is asked about.
        last = arn if isinstance(arn, str) else ""
        also = text(arn, ":", Hole(Kind.ANYTHING, "revision", pattern="[0-9]+")) if last.count(":") == 5 else ""
        cluster = (("ecs:cluster", self._cluster(placement.cluster, template)),)
        return Ask(Who.STARTER, (RUN_ACTION,), arn, also=also, role=starter, context=cluster)

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


def _name(arns: Arns, resource: Resource) -> str | Text:
    name = arns.world.value(resource, "Name")
    return name if isinstance(name, (str, Text)) else reference(resource)


_SOURCES: Mapping[str, tuple[Assumer, Callable[[Arns, Resource], str | Text]]] = {
    "AWS::Events::Rule": (Assumer.RULES, _rule),
    "AWS::Scheduler::Schedule": (Assumer.SCHEDULES, _schedule),
    "AWS::Pipes::Pipe": (Assumer.PIPES, _pipe),
}
"""By the type of a runner: the service that assumes its role, and what returns the ARN for which that does."""
