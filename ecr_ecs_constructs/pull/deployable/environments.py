"""The compute environments and the queues that AWS Batch makes.

A compute environment that is not valid is none for CloudFormation either, and no queue takes it.

Sources:
    https://docs.aws.amazon.com/batch/latest/APIReference/API_CreateComputeEnvironment.html
    https://docs.aws.amazon.com/batch/latest/APIReference/API_ComputeResource.html
    https://docs.aws.amazon.com/batch/latest/APIReference/API_Ec2Configuration.html
    https://docs.aws.amazon.com/batch/latest/APIReference/API_CreateJobQueue.html
    https://docs.aws.amazon.com/batch/latest/userguide/launch-templates.html
    https://github.com/aws/aws-cdk/issues/6427 (what is not valid is not made)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.values import Hole, Site, Text, Value, pieces_of, shown
from ecr_ecs_constructs.pull.ami import NVIDIA, read_image_type
from ecr_ecs_constructs.pull.boot.instance import NO_TEXT, decoded
from ecr_ecs_constructs.pull.boot.user_data import plain
from ecr_ecs_constructs.pull.deployable.launches import is_no_version, launched_by, refused_data
from ecr_ecs_constructs.pull.deployable.refusal import Refusal, refusal
from ecr_ecs_constructs.pull.machines.environments import BEST_FIT, RESOURCES, EnvironmentKind, kind_of
from ecr_ecs_constructs.pull.machines.instance_types import Architectures, named_types
from ecr_ecs_constructs.pull.texts.references import COMPUTE_ENVIRONMENT, ROLE, References

_INSTANCES = (EnvironmentKind.EC2, EnvironmentKind.SPOT)
_FARGATE = (EnvironmentKind.FARGATE, EnvironmentKind.FARGATE_SPOT)


def refused_environment(world: World, own: Site) -> Iterator[Refusal]:
    """Yield why AWS Batch makes no such compute environment, or may not.

    Args:
        world: the world in which it is asked.
        own: the properties of the compute environment.
    """
    kind, type_ = kind_of(world, own.resource), world.value(own.resource, "Type", at=own)
    if shown(type_).upper() not in ("MANAGED", "UNMANAGED"):
        yield refusal(own, "Type", f"is of Type {shown(type_)}, which AWS Batch may not have", None)
    for at in world.sites(own.resource, RESOURCES, own):
        yield from _sizes(world, at)
        if kind in (*_INSTANCES, *_FARGATE) and not world.sites(at.resource, "Subnets.*", at):
            yield refusal(at, "Subnets", "has no subnet, which AWS Batch asks for")
        for key in ("InstanceTypes", "SecurityGroupIds", "Subnets"):
            each = [*map(shown, world.values(at.resource, f"{key}.*", at))]
            if len({*each}) < len(each):
                yield refusal(at, key, f"has the same twice in {key}: {', '.join(each)}", None)
        if kind in _INSTANCES:
            yield from _roles(world, at, is_spot=kind is EnvironmentKind.SPOT)
            yield from _types(world, at)
            yield from _images(world, at)
            yield from _launches(world, at)
        elif kind in _FARGATE:
            for key in _OF_INSTANCES:
                if world.sites(at.resource, key, at):
                    yield refusal(at, key, f"has {key}, which is not for AWS Fargate", None)
            if not world.sites(at.resource, "SecurityGroupIds.*", at):
                yield refusal(at, "SecurityGroupIds", "has no security group, which AWS Fargate asks for")


_OF_INSTANCES = (
    *("AllocationStrategy", "BidPercentage", "DesiredvCpus", "Ec2Configuration", "Ec2KeyPair", "ImageId"),
    *("InstanceRole", "InstanceTypes", "LaunchTemplate", "MinvCpus", "PlacementGroup", "SpotIamFleetRole"),
)
"""The properties that a compute environment on AWS Fargate may not have."""


def _sizes(world: World, at: Site) -> Iterator[Refusal]:
    """Yield that the numbers of vCPUs are not in their order."""
    keys = ("MinvCpus", "DesiredvCpus", "MaxvCpus")
    given = [(key, world.value(at.resource, key, at=at)) for key in keys]
    known = [(key, int(value)) for key, value in given if isinstance(value, str) and value.isdecimal()]
    for index, (key, number) in enumerate(known):
        for other, more in known[index + 1 :]:
            if number > more:
                yield refusal(at, key, f"has {key} {number}, which is more than {other} {more}")


def _roles(world: World, at: Site, *, is_spot: bool) -> Iterator[Refusal]:
    """Yield that a compute environment lacks a role for its instances, or has another one there."""
    profile = world.value(at.resource, "InstanceRole", at=at)
    if profile is None:
        yield refusal(at, "InstanceRole", "has no InstanceRole, which AWS Batch asks for instances")
    elif _is_arn_of_role(profile):
        why = f"has InstanceRole {shown(profile)}, the ARN of a role, in place of an instance profile"
        yield refusal(at, "InstanceRole", why)
    strategy = world.value(at.resource, "AllocationStrategy", BEST_FIT, at)
    if is_spot and strategy == BEST_FIT and world.value(at.resource, "SpotIamFleetRole", at=at) is None:
        why = f"has no SpotIamFleetRole, which AWS Batch asks for Spot Instances by {BEST_FIT}"
        yield refusal(at, "SpotIamFleetRole", why)
    if not is_spot and world.sites(at.resource, "SpotIamFleetRole", at):
        yield refusal(at, "SpotIamFleetRole", "has SpotIamFleetRole, which is for Spot Instances", None)
    if isinstance(strategy, str) and strategy not in _STRATEGIES:
        yield refusal(at, "AllocationStrategy", f"has AllocationStrategy {strategy}, which is not known", None)
    if not is_spot and isinstance(strategy, str) and strategy.startswith("SPOT_"):
        yield refusal(at, "AllocationStrategy", f"has AllocationStrategy {strategy}, which is for Spot Instances")


_STRATEGIES = (
    *(BEST_FIT, "BEST_FIT_PROGRESSIVE", "BEST_FIT_PROGRESSIVE_ORDERED"),
    *("SPOT_CAPACITY_OPTIMIZED", "SPOT_CAPACITY_OPTIMIZED_PRIORITIZED", "SPOT_PRICE_CAPACITY_OPTIMIZED"),
)
"""The allocation strategies of AWS Batch."""


def _is_arn_of_role(value: Value) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"arn:[^:]+:iam::[0-9]*:role/.+", value) is not None
    hole = value.pieces[0] if isinstance(value, Text) and len(value.pieces) == 1 else None
    return (
        isinstance(hole, Hole) and hole.resource is not None and (hole.resource.type, hole.attribute) == (ROLE, "Arn")
    )


def _types(world: World, at: Site) -> Iterator[Refusal]:
    """Yield that instance types are of several architectures, or that there are none."""
    found = architectures_in(world, at)
    if len(found) > 1:
        why = f"has instance types of {' and '.join(sorted(each for one in found for each in one))}"
        yield refusal(at, "InstanceTypes", f"{why}, of which AWS Batch takes one")
    if not world.sites(at.resource, "InstanceTypes.*", at):
        yield refusal(at, "InstanceTypes", "has no InstanceTypes, which AWS Batch asks for instances", None)


def architectures_in(world: World, at: Site) -> frozenset[Architectures]:
    """Return the architectures of the instance types of compute resources, as far as they are known."""
    sites = world.sites(at.resource, "InstanceTypes.*", at)
    types = (named_types(site, world.read(site).value) for site in sites)
    return frozenset(each.architectures for each in types if each.architectures is not None)


_UNFIT = (("", ("a1",)), (NVIDIA, ("p3", "g3")))
"""By the end of the image types of Amazon Linux 2023, the families that these do not support."""


def _images(world: World, at: Site) -> Iterator[Refusal]:
    """Yield which image types AWS Batch does not take, or may not."""
    sites = world.sites(at.resource, "Ec2Configuration.*", at)
    if world.sites(at.resource, "Ec2Configuration", at) and not sites:
        yield refusal(at, "Ec2Configuration", "has an Ec2Configuration without an image type", None)
    if len(sites) > 2:
        yield refusal(at, "Ec2Configuration", f"has {len(sites)} image types, of which AWS Batch takes two")
    families = {shown(each).partition(".")[0] for each in world.values(at.resource, "InstanceTypes.*", at)}
    for site in sites:
        type_ = world.value(site.resource, "ImageType", at=site)
        if not isinstance(type_, str):
            continue
        if read_image_type(type_, None).product is None:
            is_of_eks = type_.startswith("EKS_")
            why = f"has ImageType {type_}, which is {'for Amazon EKS' if is_of_eks else 'not known of Amazon ECS'}"
            yield refusal(site, "ImageType", why, False if is_of_eks else None)
        for end, unfit in _UNFIT:
            if type_ == f"ECS_AL2023{end}" and families & {*unfit}:
                family = min(families & {*unfit})
                yield refusal(site, "ImageType", f"has ImageType {type_}, which does not support {family}", None)


def _launches(world: World, at: Site) -> Iterator[Refusal]:
    """Yield why AWS Batch takes a launch template not, and that nothing names a security group."""
    own = world.sites(at.resource, "LaunchTemplate", at)
    groups = world.sites(at.resource, "SecurityGroupIds.*", at)
    if not groups and not own:
        yield refusal(at, "SecurityGroupIds", "has no security group, which AWS Batch asks for")
    yield from _targets(world, at)
    for specification in (*own, *world.sites(at.resource, "LaunchTemplate.Overrides.*", at)):
        for version in world.values(at.resource, "Version", specification):
            if is_no_version(version):
                why = f"is of version {shown(version)} of a launch template, which is none"
                yield refusal(specification, "Version", why)
        ids = [world.value(at.resource, f"LaunchTemplate{key}", at=specification) for key in ("Id", "Name")]
        if ids.count(None) != 1 and not world.sites(at.resource, "Overrides.*", specification):
            yield refusal(specification, "", "names a launch template by its id and its name, or by neither", None)
        for data in launched_by(world, specification):
            yield from refused_data(world, data)
            yield from _user_data(world, data)
            paths = ("SecurityGroupIds.*", "NetworkInterfaces.*.Groups.*", "SecurityGroups.*")
            if not groups and not any(world.sites(data.resource, path, data) for path in paths):
                why = f"has no security group, nor has its launch template {data.resource.logical_id}"
                yield refusal(at, "SecurityGroupIds", why)


def _targets(world: World, at: Site) -> Iterator[Refusal]:
    """Yield which instance types have a launch template of their own, and are none of those of the environment."""
    types = world.values(at.resource, "InstanceTypes.*", at)
    for override in world.sites(at.resource, "LaunchTemplate.Overrides.*", at):
        for target in world.values(at.resource, "TargetInstanceTypes.*", override):
            if target not in types and shown(target).partition(".")[0] not in types:
                why = f"has a launch template for {shown(target)}, which is none of its instance types"
                yield refusal(override, "TargetInstanceTypes", why, None)


def _user_data(world: World, data: Site) -> Iterator[Refusal]:
    """Yield that user data is no MIME archive, to which AWS Batch adds its own."""
    for site in world.sites(data.resource, "UserData", data):
        value = world.evaluate(data.resource.template, world.root.rewritten(plain, site.node)).value
        first = pieces_of(value)[0] if isinstance(value, (str, Text)) and value else None
        start = decoded(first) if isinstance(first, str) else NO_TEXT
        if not start.lstrip().lower().startswith(("content-type:", "mime-version:")):
            taken = None if start == NO_TEXT else False
            yield refusal(site, "", "has UserData that is no MIME multi-part archive, which AWS Batch asks for", taken)


def refused_queue(world: World, own: Site) -> Iterator[Refusal]:
    """Yield why AWS Batch makes no queue of such compute environments, or may not.

    Args:
        world: the world in which it is asked.
        own: the properties of the queue.
    """
    path = "ComputeEnvironmentOrder.*.ComputeEnvironment"
    targets = References(world).targets(own.resource, path, COMPUTE_ENVIRONMENT, own)
    environments = [each.resource for each in targets if each.resource is not None]
    kinds = [kind_of(world, each) for each in environments]
    if any(each in _FARGATE for each in kinds) and any(each in _INSTANCES for each in kinds):
        why = (
            f"has compute environments on {' and '.join(map(shown, kinds))}, which AWS Batch takes in no queue together"
        )
        yield refusal(own, "ComputeEnvironmentOrder", why)
    if len(targets) > _MOST:
        yield refusal(own, "ComputeEnvironmentOrder", f"has {len(targets)} compute environments, more than {_MOST}")
    sites = [site for each in environments for site in world.sites(each, RESOURCES)]
    found = frozenset[Architectures]().union(*(architectures_in(world, site) for site in sites))
    if len(found) > 1:
        why = f"has compute environments of {' and '.join(sorted(each for one in found for each in one))}"
        yield refusal(own, "ComputeEnvironmentOrder", f"{why}, of which AWS Batch takes one in a queue", None)


_MOST = 3
"""How many compute environments a queue may have."""
