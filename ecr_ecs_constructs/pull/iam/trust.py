"""The trust policies of roles: the service that runs by a role must be allowed to assume it.

Without that no task starts, or no container instance gets credentials, whatever the role may do.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html (execution roles)
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html (container instance roles)
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html (the conditions)
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/infrastructure_IAM_role.html (infrastructure roles)
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html (of caches)
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html (of schedules)
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, text
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.iam.actions import ASSUME_ACTION
from ecr_ecs_constructs.pull.iam.decisions import ResourcePolicy, decide
from ecr_ecs_constructs.pull.iam.documents import NO_POLICIES, Documents, Policies
from ecr_ecs_constructs.pull.iam.organizations import Organizations
from ecr_ecs_constructs.pull.iam.requests import Service
from ecr_ecs_constructs.pull.iam.roles import RolePolicies
from ecr_ecs_constructs.pull.texts.mentions import maker_of
from ecr_ecs_constructs.pull.texts.pattern import ContextValue

TRUST_POLICY = "AssumeRolePolicyDocument"


class Assumer(StrEnum):
    """The service that assumes a role of a kind: tasks an execution role, instances a container instance role."""

    TASKS = "ecs-tasks"
    INSTANCES = "ec2"
    RULES = "events"
    SCHEDULES = "scheduler"
    PIPES = "pipes"
    STATE_MACHINES = "states"
    BATCH = "batch"
    SPOT_FLEET = "spotfleet"
    INFRASTRUCTURE = "ecs"
    FUNCTIONS = "lambda"
    CACHES = "pullthroughcache.ecr"
    REGISTRIES = "ecr"

    def __str__(self) -> str:
        return f"{self.value}.amazonaws.com"


class Trusts(InWorld):
    """The trust policies of roles in one world."""

    def __init__(self, documents: Documents) -> None:
        self.world = documents.world
        self._documents = documents
        self._organizations = Organizations(documents)

    @asked
    def may_assume(
        self, assumer: Assumer, role: Resource, template: Template, source: str | Text | None = None
    ) -> Answer:
        """Return whether a service may assume a role.

        Args:
            assumer: the service.
            role: a role of the templates.
            template: the template of what runs by the role.
            source: the ARN of that; None where it is a task, or an instance.
        """
        pseudo = self.world.pseudo
        account, suffix = pseudo(role.template, "AWS::AccountId"), pseudo(role.template, "AWS::URLSuffix")
        # In China some services are named by its own suffix; IAM creates no role that trusts a name without a service.
        names: tuple[str | Text, ...] = (str(assumer), text(assumer.value, ".", suffix))
        if assumer is Assumer.STATE_MACHINES:  # it has a name in each region besides
            names = (*names, text(assumer.value, ".", pseudo(template, "AWS::Region"), ".", suffix))
        if assumer in (Assumer.TASKS, Assumer.INFRASTRUCTURE):
            partition, region = pseudo(template, "AWS::Partition"), pseudo(template, "AWS::Region")
            runs = Text((Hole(Kind.ANYTHING, "what runs the task"),))
            source = text("arn:", partition, ":ecs:", region, ":", account, ":", runs)
        context: Mapping[str, ContextValue] = {}
        if source is not None:
            context = {"aws:sourceaccount": account, "aws:sourcearn": source}
        trust = ResourcePolicy(
            role.logical_id,
            account,
            self._documents.of(role, TRUST_POLICY, "its trust policy"),
            lacking=f"no statement of its trust policy lets {assumer} assume it",
            setter=maker_of(self.world, role, "RoleName"),
        )
        principal, controls = Service(names, account, context), self._organizations.on(account)
        service = RolePolicies(str(assumer), principal, NO_POLICIES, controls=controls)
        found = decide(service, ASSUME_ACTION, "", template=role.template, policy=trust)
        unmet = _unmet(service, trust, role.template) if found.truth is False and found.why == trust.lacking else ""
        return found._replace(why=unmet) if unmet else found


def _unmet(service: RolePolicies, trust: ResourcePolicy, template: Template) -> str:
    """Return which condition alone keeps a service from assuming a role; empty where there is none.

    Args:
        service: the service.
        trust: the trust policy of the role.
        template: the template of the role.
    """
    for statement in trust.policies.statements:
        if statement.keys:
            bare = Policies(trust.policies.documents, (statement.unconditional(),))
            policy = trust._replace(policies=bare, lacking="")
            if decide(service, ASSUME_ACTION, "", template=template, policy=policy).truth:
                keys = " and ".join(statement.condition_keys)
                return f"{statement} asks for {keys} in a way that {service.title} never meets"
    return ""
