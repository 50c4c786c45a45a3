"""The ARNs of what the templates define, as far as IAM and Amazon ECS make them of names.

Sources:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
"""

from __future__ import annotations

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, text
from ecr_ecs_constructs.pull.iam.requests import Principal

MANAGED_POLICY, POLICY_NAME = "AWS::IAM::ManagedPolicy", "ManagedPolicyName"


class Arns(InWorld):
    """The ARNs of what the templates define in one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    @asked
    def principal(self, role: Resource) -> Principal:
        """Return a role as a principal, with its ARN."""
        account, partition = self._pseudo(role.template, "AccountId", "Partition")
        path = self._text(role, "Path", "/")
        arn = text("arn:", partition, ":iam::", account, ":role", path, self.role_name(role))
        return Principal(arn, account, partition)

    def role_name(self, role: Resource) -> str | Text:
        """Return the name of a role, a reference to it where CloudFormation makes the name."""
        return self._text(role, "RoleName", reference(role))

    def managed_policy(self, policy: Resource) -> str | Text | None:
        """Return the ARN of a managed policy, None where its name is made, or known only at deployment."""
        name = self.world.value(policy, POLICY_NAME)
        if not isinstance(name, str):
            return None
        partition, account = self._pseudo(policy.template, "Partition", "AccountId")
        return text("arn:", partition, ":iam::", account, ":policy", self._text(policy, "Path", "/"), name)

    def cluster(self, cluster: Resource) -> str | Text:
        """Return the ARN of a cluster as `Fn::GetAtt` gives it: with a reference in place of its name."""
        return self.of_ecs(cluster.template, "cluster/", reference(cluster))

    def of_ecs(self, template: Template, *resource: str | Hole | Text) -> str | Text:
        """Return the ARN of what Amazon ECS holds in the account and region of a template.

        Args:
            template: the template.
            resource: the last part of the ARN: `cluster/`, and the name of a cluster.
        """
        partition, region, account = self._pseudo(template, "Partition", "Region", "AccountId")
        return text("arn:", partition, ":ecs:", region, ":", account, ":", *resource)

    def _pseudo(self, template: Template, *names: str) -> tuple[str | Text, ...]:
        return tuple(self.world.pseudo(template, f"AWS::{name}") for name in names)

    def _text(self, resource: Resource, path: str, absent: str | Text) -> str | Text:
        """Return a property that is a text, a hole where it is none."""
        value = self.world.value(resource, path, absent)
        return value if isinstance(value, (str, Text)) else unclear(resource, path)


def reference(resource: Resource) -> Text:
    """Return what `Ref` gives for a resource."""
    return Text((Hole(Kind.RESOURCE, resource.logical_id, resource),))


def unclear(resource: Resource, path: str) -> Text:
    """Return what stands for a property that is no text."""
    return Text((Hole(Kind.ANYTHING, f"{resource.logical_id}.{path}"),))
