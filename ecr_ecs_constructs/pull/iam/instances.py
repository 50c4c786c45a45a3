"""The roles of container instances: EC2 assumes them, and the ECS agent registers by them.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, Value, text
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.iam.actions import AGENT_ACTIONS
from ecr_ecs_constructs.pull.iam.arns import reference
from ecr_ecs_constructs.pull.iam.decisions import decide_each
from ecr_ecs_constructs.pull.iam.roles import RolePolicies, Roles
from ecr_ecs_constructs.pull.iam.trust import Assumer, Trusts
from ecr_ecs_constructs.pull.machines.hosts import Host
from ecr_ecs_constructs.pull.texts.references import Target

_ANY_INSTANCE = Hole(Kind.ANYTHING, "container instance")


class InstanceRoles(InWorld):
    """The roles of container instances in one world."""

    def __init__(self, roles: Roles) -> None:
        self.world = roles.world
        self._roles = roles
        self._trusts = Trusts(roles.documents)

    @asked
    def distrusting(self, host: Host) -> tuple[tuple[Resource, Answer], ...]:
        """Return the roles of container instances that EC2 may not assume for them, or is not known to."""
        roles = [target.resource for target in host.roles if target.resource is not None]
        trusts = [(role, self._trusts.may_assume(Assumer.INSTANCES, role, host.resource.template)) for role in roles]
        return tuple((role, trust) for role, trust in trusts if not trust.truth)

    @asked
    def agent_lacks(
        self, role: Target, cluster: Target, template: Template, actions: tuple[str, ...]
    ) -> Mapping[str, Answer]:
        """Return what the ECS agent needs and a container instance role may not do, or is not known to.

        Args:
            role: the role.
            cluster: the cluster that the instances join.
            template: the template of the instances.
            actions: the actions that the agent needs.
        """
        where = cluster.resource.template if cluster.resource else template
        answers: dict[str, Answer] = {}
        unknown = [*actions]
        for name in self._names_of(cluster):
            answers |= self._asked(role, name, unknown, where)
            unknown = [action for action, answer in answers.items() if answer.truth is None]
            if not unknown:
                break
        return {action: answer for action, answer in answers.items() if not answer.truth}

    def may_be_allowed(self, role: Target, cluster: Target, template: Template, actions: Sequence[str]) -> bool:
        """Return whether a role might do what the ECS agent needs by one more statement: nothing denies or bounds it.

        Args:
            role: the role.
            cluster: the cluster that the instances join.
            template: the template of the instances.
            actions: what it surely may not do.
        """
        where = cluster.resource.template if cluster.resource else template
        statement: Value = {"Effect": "Allow", "Action": [*actions], "Resource": "*"}
        granted = self._roles.of_target(role, template).with_statement(statement)
        found = (self._decided(granted, name, actions, where) for name in self._names_of(cluster))
        return any(all(answer.truth for answer in answers.values()) for answers in found)

    def _names_of(self, cluster: Target) -> Iterator[str | Text]:
        """Yield the forms in which a policy can name a cluster: by a reference, and by a name of its own."""
        if cluster.resource is not None:
            yield reference(cluster.resource)
            for value in self.world.values(cluster.resource, "ClusterName"):
                if isinstance(value, str):
                    yield value
        else:
            name = cluster.value
            yield (
                name
                if isinstance(name, str) and ":" not in name
                else text(Hole(Kind.ANYTHING, f"the name of cluster {cluster}"))
            )

    def _asked(
        self, role: Target, cluster: str | Text, actions: Sequence[str], template: Template
    ) -> Mapping[str, Answer]:
        """Return whether a role may do some of what the ECS agent needs in a cluster of a name."""
        return self._decided(self._roles.of_target(role, template), cluster, actions, template)

    def _decided(
        self, role: RolePolicies, cluster: str | Text, actions: Sequence[str], template: Template
    ) -> Mapping[str, Answer]:
        of_ecs = self._roles.arns.of_ecs
        arn = of_ecs(template, "cluster/", cluster)
        instance = of_ecs(template, "container-instance/", cluster, "/", _ANY_INSTANCE)
        resources = {"cluster": arn, "container-instance": instance, "*": "*"}
        requests = {action: resources[AGENT_ACTIONS[action]] for action in actions}
        return decide_each(role, requests, template=template, context={"ecs:cluster": arn})
