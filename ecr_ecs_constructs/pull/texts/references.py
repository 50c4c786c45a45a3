"""Which resources of the templates a reference, a name or an ARN means.

Sources:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    https://github.com/aws-actions/amazon-ecs-render-task-definition/issues/19 (ECS makes the ARN of a role's name)
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import Resource, Template, agree
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Site, Text, Value, pieces_of, shown, text
from ecr_ecs_constructs.image_uri import partition_of
from ecr_ecs_constructs.pull.texts.pattern import same

TASK_DEFINITION, CLUSTER = "AWS::ECS::TaskDefinition", "AWS::ECS::Cluster"
DAEMON_DEFINITION = "AWS::ECS::DaemonTaskDefinition"
CAPACITY_PROVIDER, GROUP = "AWS::ECS::CapacityProvider", "AWS::AutoScaling::AutoScalingGroup"
LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION = "AWS::EC2::LaunchTemplate", "AWS::AutoScaling::LaunchConfiguration"
JOB_DEFINITION, JOB_QUEUE = "AWS::Batch::JobDefinition", "AWS::Batch::JobQueue"
COMPUTE_ENVIRONMENT = "AWS::Batch::ComputeEnvironment"
PROFILE, ROLE = "AWS::IAM::InstanceProfile", "AWS::IAM::Role"

MAX_NAMESAKES = 8
"""How many resources of one name a message names."""


class _Form(NamedTuple):
    """How resources of a type are referred to.

    Attributes:
        name: the property that names them.
        attribute: the attribute that stands for them, as `Ref` does.
        service: the service in their ARN.
        kind: what stands in their ARN before path and name, a regular expression.
    """

    name: str
    attribute: str | None = None
    service: str = ""
    kind: str = ""

    @property
    def is_global(self) -> bool:
        """True where a name means the same in each region of an account."""
        return self.service == "iam"


_FORMS: Mapping[str, _Form] = {
    CLUSTER: _Form("ClusterName", "Arn", "ecs", "cluster"),
    CAPACITY_PROVIDER: _Form("Name", None, "ecs", "capacity-provider"),
    GROUP: _Form(
        "AutoScalingGroupName", "AutoScalingGroupARN", "autoscaling", "autoScalingGroup:[^:]*:autoScalingGroupName"
    ),
    LAUNCH_TEMPLATE: _Form("LaunchTemplateName", "LaunchTemplateId"),
    LAUNCH_CONFIGURATION: _Form("LaunchConfigurationName"),
    PROFILE: _Form("InstanceProfileName", "Arn", "iam", "instance-profile"),
    ROLE: _Form("RoleName", "Arn", "iam", "role"),
    JOB_DEFINITION: _Form("JobDefinitionName", "JobDefinitionArn", "batch", "job-definition"),
    JOB_QUEUE: _Form("JobQueueName", "JobQueueArn", "batch", "job-queue"),
    COMPUTE_ENVIRONMENT: _Form("ComputeEnvironmentName", "ComputeEnvironmentArn", "batch", "compute-environment"),
    TASK_DEFINITION: _Form("Family", "TaskDefinitionArn", "ecs", "task-definition"),
    DAEMON_DEFINITION: _Form("Family", "DaemonTaskDefinitionArn", "ecs", "daemon-task-definition"),
}


class Target(NamedTuple):
    """The target of a reference, a name or an ARN in a property.

    Attributes:
        value: the property's value.
        resource: the resource of the templates that it is, None where it is not in them or not known.
        doubt: why it is not known, or that it is absent; empty where it is just not in the templates.
    """

    value: Value
    resource: Resource | None
    doubt: str = ""

    def __str__(self) -> str:
        return shown(self.value)

    def __hash__(self) -> int:
        return hash(self.resource or str(self))  # the value may be a list or an object

    @property
    def lack(self) -> str:
        """The words for it behind `which`, where it is no resource of the templates."""
        return self.doubt or "is not in the templates"


class References(InWorld):
    """The targets of references, names and ARNs in one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def of(self, value: Value, type_: str, template: Template, *, path: str | None = None) -> Target:
        """Return what a value means.

        A resource in the template of the value goes before those of the same name in others.

        Args:
            value: a reference, a name or an ARN.
            type_: the type of the resources that it refers to.
            template: where it stands.
            path: the path that a name stands for, where it is short for an ARN; any if not given.
        """
        if not isinstance(value, (str, Text)):
            return Target(value, None)
        return self._of(value, type_, template, path)

    def targets(self, resource: Resource, path: str, type_: str, at: Site | None = None) -> tuple[Target, ...]:
        """Return what a property means, once for each of its values.

        Args:
            resource: the resource that has the property.
            path: where the property stands, as `World.sites` takes it.
            type_: the type of the resources that it refers to.
            at: where the path starts; the resource's properties if not given.
        """
        template = resource.template
        return tuple([self.of(value, type_, template) for value in self.world.values(resource, path, at)])

    @asked
    def _of(self, value: str | Text, type_: str, template: Template, path: str | None) -> Target:
        if isinstance(value, Text) and len(value.pieces) == 1:
            hole = value.pieces[0]
            assert isinstance(hole, Hole)  # noqa: S101 - a text of one literal is a string
            resource, attribute = hole.resource, hole.attribute
            if resource is None or resource.type != type_ or attribute not in (None, _FORMS[type_].attribute):
                return Target(value, None)
            if not self.world.exists(resource):
                return Target(value, None, "is not made there")
            if path is not None and attribute is None and not self._has_path(resource, path, template):
                return Target(value, None, f"is {resource.logical_id} without its path")
            return Target(value, resource)
        found = self._candidates(value, type_, template, path)
        others = self._candidates(value, type_, template, path, any_path=True) if not found else ()
        if others:  # an account has a name of IAM but once, whatever its path is
            return Target(value, None, f"is {others[0].logical_id} by another path")
        if len(found) > 1:
            these = [f"{each.logical_id} of {each.template.name}" for each in found[:MAX_NAMESAKES]]
            return Target(value, None, f"may be {' or '.join(these)}")
        return Target(value, found[0] if found else None)

    def _candidates(
        self, value: str | Text, type_: str, own: Template, path: str | Text | None, *, any_path: bool = False
    ) -> Sequence[Resource]:
        """Return the resources that have a name, or an ARN, as far as known; also by a path that is not theirs."""
        form = _FORMS[type_]
        arn = _read(value, form)
        if arn is None and _starts(value):
            return ()
        name, path = (arn.name, arn.path) if arn else (value, path)
        hole = name.pieces[0] if isinstance(name, Text) and len(name.pieces) == 1 else None

        def fits(resource: Resource) -> bool:
            template = resource.template
            if isinstance(name, Text) and not same(name, name, local=template is own):
                return False
            if path is not None and not any_path and not self._has_path(resource, path, own):
                return False
            if arn is not None:
                return _may_hold(arn, own, template, form)
            return agree(own.account, template.account) and (form.is_global or agree(own.region, template.region))

        if isinstance(hole, Hole) and hole.resource is not None:
            is_name = hole.resource.type == type_ and hole.attribute is None and self.world.exists(hole.resource)
            return [*filter(fits, [hole.resource])] if is_name else []
        named = [
            each
            for each in self.world.root.named(type_, form.name, name)
            if self.world.value(each, form.name) == name and fits(each)
        ]
        return [each for each in named if each.template is own] or named

    def _has_path(self, resource: Resource, path: str | Text, template: Template) -> bool:
        """Return whether the ARN of a resource of IAM surely has a path."""
        if _FORMS[resource.type].service != "iam":
            return path == ""
        own = self.world.value(resource, "Path", "/")
        return isinstance(own, (str, Text)) and same(own, path, local=resource.template is template) is True


class _Arn(NamedTuple):
    """The parts of an ARN; the path of what IAM holds begins and ends with a slash, that of others is empty."""

    partition: str | Text
    region: str | Text
    account: str | Text
    path: str | Text
    name: str | Text


_ARN = r"arn:([^:]+):{}:([^:]*):([^:]*):{}(/|/.*/)([^/]+)"


def _starts(value: str | Text) -> bool:
    first = pieces_of(value)[0]
    return isinstance(first, str) and first.startswith("arn:")


def _read(value: str | Text, form: _Form) -> _Arn | None:
    """Return the parts of an ARN; None for what is no ARN of resources of a type."""
    if not form.service or not _starts(value):
        return None
    pieces = pieces_of(value)
    holes = [piece for piece in pieces if isinstance(piece, Hole)]
    written = "".join(piece if isinstance(piece, str) else _HOLE for piece in pieces)
    match = re.fullmatch(_ARN.format(form.service, form.kind), written, re.DOTALL)
    if match is None or written.count(_HOLE) > len(holes):
        return None

    def part(group: int) -> str | Text:
        number = written.count(_HOLE, 0, match.start(group))
        first, *others = match[group].split(_HOLE)
        return text(first, *(each for index, other in enumerate(others) for each in (holes[number + index], other)))

    path = part(4) if form.is_global else match[4].removeprefix("/")
    return _Arn(part(1), part(2), part(3), path, part(5))


_HOLE = "\0"


def _may_hold(arn: _Arn, own: Template, template: Template, form: _Form) -> bool:
    """Return whether a template may be deployed to the partition, region and account of an ARN in another one."""
    return (
        _agree(arn.partition, Kind.PARTITION, _partition(own), _partition(template))
        and (form.is_global or _agree(arn.region, Kind.REGION, own.region, template.region))
        and _agree(arn.account, Kind.ACCOUNT, own.account, template.account)
    )


def _agree(written: str | Text, kind: Kind, own: str | None, known: str | None) -> bool:
    if isinstance(written, str):
        return agree(written, known)
    hole = written.pieces[0]
    return len(written.pieces) == 1 and isinstance(hole, Hole) and hole.kind is kind and agree(own, known)


def _partition(template: Template) -> str | None:
    return partition_of(template.region) if template.region is not None else None
