"""The launch templates that Amazon EC2 takes, and those with which Amazon EC2 Auto Scaling makes a group.

Auto Scaling tries the launch when it makes a group: what Amazon EC2 would not launch makes no group.

Sources:
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/create-launch-template.html
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ts-as-launch-template.html
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/using-systems-manager-parameters.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RequestLaunchTemplateData.html
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/block-device-mapping-concepts.html
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.values import Hole, Site, Text, Value, shown
from ecr_ecs_constructs.pull.ami import RESOLVE, Ami
from ecr_ecs_constructs.pull.deployable.refusal import Refusal, refusal, unread
from ecr_ecs_constructs.pull.machines.hosts import is_written
from ecr_ecs_constructs.pull.machines.images import images_at
from ecr_ecs_constructs.pull.machines.instance_types import instance_types
from ecr_ecs_constructs.pull.texts.references import LAUNCH_TEMPLATE, References


class _Launch(NamedTuple):
    """A launch template as a group uses it.

    Attributes:
        data: its `LaunchTemplateData`.
        overrides: the overrides that the group uses it with; empty where there are none.
    """

    data: Site
    overrides: tuple[Site, ...]


def refused_group(world: World, own: Site) -> Iterator[Refusal]:
    """Yield why Auto Scaling makes no group of the instances that its launch template describes.

    Args:
        world: the world in which it is asked.
        own: the properties of the group.
    """
    for path in ("LaunchTemplate", f"{_MIXED}.{_SPECIFICATION}"):
        for version in world.values(own.resource, f"{path}.Version", own):
            if is_no_version(version):
                yield refusal(own, path, f"is of version {shown(version)} of a launch template, which is none")
    for launch in _launches(world, own):
        for override in launch.overrides or (launch.data,):
            yield from _launched(world, launch.data, override)
        yield from refused_data(world, launch.data)


def refused_data(world: World, data: Site) -> Iterator[Refusal]:
    """Yield which block devices and network interfaces of a launch template Amazon EC2 does not launch, or may not.

    Args:
        world: the world in which it is asked.
        data: the `LaunchTemplateData`.
    """
    yield from _devices(world, data)
    yield from _interfaces(world, data)


def unbootable(world: World, own: Site) -> Iterator[Refusal]:
    """Yield that Auto Scaling makes no group of instances that boot an image of another architecture.

    Args:
        world: the world in which it is asked.
        own: the properties of the group.
    """
    for launch in _launches(world, own):
        for override in launch.overrides or (launch.data,):
            ami = _ami(world, override) or _ami(world, launch.data)
            types = instance_types(world, launch.data, override)
            if ami is None or ami.architecture is None or types.architectures is None or types.by_image:
                continue
            if ami.architecture not in types.architectures:
                yield refusal(own, "", f"boots {ami} of {ami.architecture} on {types.chosen}, which is of another")


_MIXED = "MixedInstancesPolicy.LaunchTemplate"
_SPECIFICATION = "LaunchTemplateSpecification"


_VERSION = re.compile(r"[0-9]+|\$(Latest|Default)")


def is_no_version(version: Value) -> bool:
    """Return whether a value is surely not the version of a launch template."""
    if isinstance(version, str):
        return _VERSION.fullmatch(version) is None
    hole = version.pieces[0] if isinstance(version, Text) and len(version.pieces) == 1 else None
    return isinstance(hole, Hole) and hole.resource is not None and hole.attribute is None


def _launches(world: World, own: Site) -> Iterator[_Launch]:
    """Yield the launch templates of a group, as far as the templates show them."""
    group = own.resource
    overrides = world.sites(group, f"{_MIXED}.Overrides.*", own)
    with_own = [each for each in overrides if world.sites(group, _SPECIFICATION, each)]
    for override in with_own:
        for specification in world.sites(group, _SPECIFICATION, override):
            yield from (_Launch(data, (override,)) for data in launched_by(world, specification))
    others = tuple(each for each in overrides if each not in with_own)
    for path in ("LaunchTemplate", f"{_MIXED}.{_SPECIFICATION}"):
        for specification in world.sites(group, path, own):
            if others or not with_own:
                yield from (_Launch(data, others) for data in launched_by(world, specification))


def launched_by(world: World, specification: Site) -> Iterator[Site]:
    """Yield the data of the launch template that a specification names, where it is the version that is written.

    Args:
        world: the world in which it is asked.
        specification: names a launch template and its version.
    """
    resource = specification.resource
    versions = world.values(resource, "Version", specification)
    for key in ("LaunchTemplateId", "LaunchTemplateName"):
        for target in References(world).targets(resource, key, LAUNCH_TEMPLATE, specification):
            named = target.resource
            if named is not None and all(is_written(version, named) for version in versions):
                yield from world.sites(named, "LaunchTemplateData", unread(world, named))


def _launched(world: World, data: Site, override: Site) -> Iterator[Refusal]:
    """Yield why Amazon EC2 launches no instance with one of the overrides of a launch template."""
    keys = ("InstanceType", "InstanceRequirements")
    if not any(world.values(at.resource, "ImageId", at) for at in (override, data)):
        yield refusal(data, "ImageId", "has no ImageId, without which no group is made")
    if override is not data and world.sites(data.resource, keys[1], data):
        yield refusal(data, keys[1], f"has {keys[1]}, beside which overrides may not be taken", None)
    at_launch = any(str(image).startswith(RESOLVE) for image in world.values(data.resource, "ImageId", data))
    if at_launch and override is not data and world.sites(override.resource, keys[1], override):
        why = f"has an ImageId that is resolved at launch, which no group takes beside {keys[1]}"
        yield refusal(data, "ImageId", why)
    if not any(world.sites(at.resource, key, at) for at in (override, data) for key in keys):
        yield refusal(data, "InstanceType", "has no InstanceType, without which no group is made")


def _ami(world: World, at: Site) -> Ami | None:
    """Return the image that stands in a place, None where none does."""
    return next((ami for _, ami in images_at(world, at.resource, "ImageId", at)), None)


_OF_IMAGES = ("/dev/xvda", "/dev/xvdb", "/dev/xvdcz", "/dev/sda1")
"""The devices that ECS-optimized images have, which keep the size that they have there."""

_SIZES = {"/dev/xvda": 30, "/dev/xvdb": 20, "/dev/xvdcz": 22, "/dev/sda1": 50}
"""The sizes in GiB that volumes of the ECS-optimized images have there; a smaller one is not made of their snapshot.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-optimized_AMI.html
"""

_DEVICE = re.compile(r"/dev/sd[a-z]([1-9]|1[0-5])?|(/dev/)?xvd[a-d]?[a-z]")


def _devices(world: World, data: Site) -> Iterator[Refusal]:
    """Yield which block devices Amazon EC2 does not attach, or may not."""
    template = data.resource
    for site in world.sites(template, "BlockDeviceMappings.*", data):
        name = world.value(template, "DeviceName", at=site)
        sizes = [world.value(template, f"Ebs.{key}", at=site) for key in ("VolumeSize", "SnapshotId")]
        is_new = bool(world.sites(template, "Ebs", site)) and sizes == [None, None]
        size, least = shown(sizes[0]), _SIZES.get(shown(name), 0)
        if size.isdecimal() and int(size) < least:
            why = f"has {size} GiB for {shown(name)}, where its image may have {least}"
            yield refusal(site, "Ebs.VolumeSize", why, None)
        if name is None:
            yield refusal(site, "DeviceName", "has a block device without a DeviceName", None)
        elif isinstance(name, str) and name not in _OF_IMAGES and (is_new or not _DEVICE.fullmatch(name)):
            what = "without a size, which its image may not have" if is_new else "a name that is not known of a device"
            yield refusal(site, "DeviceName", f"has block device {name!r}, {what}", None)


def _interfaces(world: World, data: Site) -> Iterator[Refusal]:
    """Yield why Amazon EC2 makes no instance with such network interfaces, or may not."""
    template = data.resource
    sites = world.sites(template, "NetworkInterfaces.*", data)
    if not sites:
        return
    indexes = [world.value(template, "DeviceIndex", at=site) for site in sites]
    if None in indexes:
        yield refusal(data, "NetworkInterfaces", "has a network interface without a DeviceIndex")
    elif all(isinstance(index, str) for index in indexes) and "0" not in indexes:
        said = " and ".join(map(shown, indexes))
        yield refusal(data, "NetworkInterfaces", f"has DeviceIndex {said}, and no network interface of DeviceIndex 0")
    for site in sites:
        if (card := world.value(template, "NetworkCardIndex", "0", site)) != "0":
            why = f"has NetworkCardIndex {shown(card)}, and most instances have card 0 alone"
            yield refusal(site, "NetworkCardIndex", why, None)
    for key in ("SecurityGroupIds", "SecurityGroups"):
        if world.values(template, f"{key}.*", data):
            yield refusal(data, key, f"has {key} beside NetworkInterfaces, of which Amazon EC2 takes one")


_BASE64 = re.compile(r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def refused_launch_template(world: World, own: Site) -> Iterator[Refusal]:
    """Yield why Amazon EC2 makes no such launch template, or may not.

    Args:
        world: the world in which it is asked.
        own: the properties of the launch template.
    """
    for path in ("TagSpecifications", "LaunchTemplateData.TagSpecifications"):
        yield from _tags(world, world.sites(own.resource, f"{path}.*", own))
    for site in world.sites(own.resource, "LaunchTemplateData.UserData", own):
        if isinstance(site.node, str) and "{{" not in site.node and not _BASE64.fullmatch("".join(site.node.split())):
            yield refusal(site, "", "has UserData that is not in Base64")


def _tags(world: World, sites: Sequence[Site]) -> Iterator[Refusal]:
    """Yield which tags of what is launched Amazon EC2 may not take."""
    types = [world.value(site.resource, "ResourceType", at=site) for site in sites]
    for site, type_ in zip(sites, types, strict=True):
        if type_ is None or not world.values(site.resource, "Tags.*", site):
            yield refusal(
                site, "", f"has tags {'for no ResourceType' if type_ is None else 'of which none is given'}", None
            )
        elif types.count(type_) > 1:
            yield refusal(site, "ResourceType", f"has tags for ResourceType {shown(type_)} twice", None)
