"""The names of which there can be but one in an account and a Region, and the environments that they tell apart.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html (export names must be
        unique within a Region)
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html (and so are those of stacks)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.choices import Choice, Choices, Fork
from ecr_ecs_constructs.cloudformation.template import Resource, Rivals, Template, agree

NAMES: Mapping[str, Sequence[str]] = {
    "AWS::AutoScaling::AutoScalingGroup": ("AutoScalingGroupName",),
    "AWS::AutoScaling::LaunchConfiguration": ("LaunchConfigurationName",),
    "AWS::Batch::ComputeEnvironment": ("ComputeEnvironmentName",),
    "AWS::Batch::JobQueue": ("JobQueueName",),
    "AWS::CloudWatch::Alarm": ("AlarmName",),
    "AWS::DynamoDB::Table": ("TableName",),
    "AWS::EC2::LaunchTemplate": ("LaunchTemplateName",),
    "AWS::EC2::SecurityGroup": ("VpcId", "GroupName"),
    "AWS::ECR::PullThroughCacheRule": ("EcrRepositoryPrefix",),
    "AWS::ECR::Repository": ("RepositoryName",),
    "AWS::ECR::RepositoryCreationTemplate": ("Prefix",),
    "AWS::ECS::CapacityProvider": ("Name",),
    "AWS::ECS::Cluster": ("ClusterName",),
    "AWS::ECS::ExpressGatewayService": ("Cluster", "ServiceName"),
    "AWS::ECS::Service": ("Cluster", "ServiceName"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("Name",),
    "AWS::ElasticLoadBalancingV2::TargetGroup": ("Name",),
    "AWS::Events::Rule": ("EventBusName", "Name"),
    "AWS::IAM::InstanceProfile": ("InstanceProfileName",),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName",),
    "AWS::IAM::Role": ("RoleName",),
    "AWS::IAM::User": ("UserName",),
    "AWS::KMS::Alias": ("AliasName",),
    "AWS::Lambda::Function": ("FunctionName",),
    "AWS::Logs::LogGroup": ("LogGroupName",),
    "AWS::S3::Bucket": ("BucketName",),
    "AWS::SNS::Topic": ("TopicName",),
    "AWS::SQS::Queue": ("QueueName",),
    "AWS::SSM::Parameter": ("Name",),
    "AWS::Scheduler::Schedule": ("GroupName", "Name"),
    "AWS::Scheduler::ScheduleGroup": ("Name",),
    "AWS::SecretsManager::Secret": ("Name",),
    "AWS::StepFunctions::StateMachine": ("StateMachineName",),
}
"""By type, the properties that no two resources have alike, the last of them the name itself."""

DEPLOYED = object()
"""The first part of the variable that says of the stacks of a bundle whether they are of the environment of a world."""


def is_deployed(choices: Choices, template: Template) -> bool:
    """Return whether a template is of the environment of a world.

    An environment holds as much as can be there together: all but what defines the same as something that it holds.

    Args:
        choices: the choices of the world.
        template: the template.

    Raises:
        Fork: the world has not chosen its environment.
    """
    if not template.rivals:
        return True
    variable = (DEPLOYED, template.bundle)
    if choices.get(variable) is None:
        there = next((each for each in template.rivals if choices.get((DEPLOYED, each))), None)
        if there is not None:
            return not choices.read((DEPLOYED, there))
        if _must_be(choices, template):
            return True
    choice = choices.read(variable)
    if choice is None:
        raise Fork(variable, (True, False))
    return bool(choice)


def _must_be(choices: Choices, template: Template) -> bool:
    """Return whether nothing else can be there in place of a template, or of what it is a rival of."""

    def of(bundle: str) -> Choice | None:
        return choices.read((DEPLOYED, bundle))

    own, rivals = template.bundle, template.rivals
    chosen = {each: of(each) for each in rivals}  # that nothing is chosen decides as well
    if all(choice is False or any(of(far) for far in rivals[each]) for each, choice in chosen.items()):
        return True
    absent = [each for each, choice in chosen.items() if choice is False]
    return any(all(of(far) is False for far in rivals[each] if far != own) for each in absent)


def sees(choices: Choices, own: Template, other: Template) -> bool:
    """Return whether another template is of the environment of one, in the world of some choices.

    Args:
        choices: the choices.
        own: the template.
        other: the other one.

    Raises:
        Fork: the world has not chosen its environment.
    """
    if own.bundle == other.bundle:
        return True
    return other.bundle not in own.rivals and is_deployed(choices, other)


def find_rivals(templates: Sequence[Template]) -> Mapping[str, Rivals]:
    """Return the bundles that define something that another one defines too, each with those others.

    What two cloud assemblies both define, a stack of one name or a resource of one, can't be there twice: they are of
    two environments, such as the stages of a pipeline, or are never deployed both.

    Args:
        templates: all templates of a call.
    """
    if len({template.bundle for template in templates}) < 2:
        return {}
    holders: dict[object, dict[_Place, None]] = {}
    for template in templates:
        place = _Place(template.bundle, template.account, template.region)
        for name in _defined(template):
            holders.setdefault(name, {})[place] = None
    found: dict[str, dict[str, None]] = {}
    # Two environments have most of their names in common: each group of places is looked at once.
    for places in dict.fromkeys(tuple(places) for places in holders.values() if len(places) > 1):
        for one, other in combinations(places, 2):
            if one.bundle != other.bundle and one.meets(other):
                found.setdefault(one.bundle, {})[other.bundle] = None
                found.setdefault(other.bundle, {})[one.bundle] = None
    rivals = {bundle: tuple(others) for bundle, others in found.items()}
    return {bundle: {each: rivals[each] for each in others} for bundle, others in rivals.items()}


class _Place(NamedTuple):
    """Where templates are deployed, and with what.

    Attributes:
        bundle: what they are deployed with.
        account: the account, where it is known.
        region: the region, where it is known.
    """

    bundle: str
    account: str | None
    region: str | None

    def meets(self, other: _Place) -> bool:
        """Return whether another place may be in the same account and region."""
        return agree(self.account, other.account) and agree(self.region, other.region)


def _defined(template: Template) -> Iterator[object]:
    """Yield what a template defines of which there can be but one, as far as it is written out."""
    if template.stack_name is not None:
        yield "stack", template.stack_name
    for output in template.section("Outputs").values():
        export = output.get("Export") if isinstance(output, dict) else None
        if isinstance(export, dict) and isinstance(name := export.get("Name"), str):
            yield "export", name
    for type_, properties in NAMES.items():
        for resource in template.by_type.get(type_, ()):
            if named := _name(resource, properties):
                yield type_, named


def _name(resource: Resource, properties: Sequence[str]) -> tuple[str | None, ...]:
    """Return the name of a resource, with that of what it is in; nothing where it is not written out."""
    found = [resource.properties.get(name) for name in properties]
    texts = tuple(value for value in found if value is None or isinstance(value, str))
    return texts if len(texts) == len(found) and texts[-1] else ()
