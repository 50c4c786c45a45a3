"""Container instances, and what launches them.

Auto Scaling groups, fleets and instances lead by reference and by literal name to launch templates, launch
configurations and instance profiles, in all templates of a call.

Sources:
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/create-auto-scaling-groups.html
    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_LaunchTemplateOverrides.html
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import ABSENT, Hole, Site, Text, Value
from ecr_ecs_constructs.pull.texts.references import (
    GROUP,
    LAUNCH_CONFIGURATION,
    LAUNCH_TEMPLATE,
    PROFILE,
    ROLE,
    References,
    Target,
)

INSTANCE = "AWS::EC2::Instance"
FLEETS: Mapping[str, str] = {"AWS::EC2::EC2Fleet": "", "AWS::EC2::SpotFleet": "SpotFleetRequestConfigData."}
"""The types that launch instances outside Auto Scaling groups, and where in them the path of their launches starts."""
LAUNCHING = (GROUP, INSTANCE, *FLEETS)
"""The types of the resources that launch instances."""


class Host(NamedTuple):
    """Container instances that are launched alike.

    Attributes:
        resource: the Auto Scaling group, the fleet or the instance.
        launch: where image, instance type, user data and profile stand: the `LaunchTemplateData` of a launch
            template, or the properties of a launch configuration or an instance; None where it is not in the templates.
        roles: the container instance role, with the value `ABSENT` where there surely is none, and with a doubt that
            says what the instances have where it is not known; empty where the launch is not in the templates.
        overrides: the overrides of a mixed-instances policy or a fleet that they are launched by; empty where there
            are none.
    """

    resource: Resource
    launch: Site | None
    roles: tuple[Target, ...]
    overrides: tuple[Site, ...] = ()

    def __hash__(self) -> int:
        return hash((self.resource, self.launch))

    def place_of(self, key: str) -> tuple[Resource, str]:
        """Return where a key of the launch stands: the resource and the location."""
        return (self.resource, key) if self.launch is None else (self.launch.resource, f"{self.launch.location}.{key}")


_Launch = tuple[Site | None, tuple[Site, ...]]
"""The place of a launch, None where it is not in the templates, and the overrides that it is used with."""


class Hosts(InWorld):
    """The instances that the templates launch in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._references = References(world)

    @asked
    def of(self, resource: Resource) -> tuple[Host, ...]:
        """Return the instances of a group, a fleet or an instance, one for each way to launch them."""
        if not self.world.exists(resource):
            return ()
        return tuple(
            Host(resource, launch, tuple(dict.fromkeys(self._roles(launch))), overrides)
            for launch, overrides in [*self._launches(resource)] or [(None, ())]
        )

    # what launches them

    def _launches(self, resource: Resource) -> Iterator[_Launch]:
        if resource.type == INSTANCE:
            yield from ((launch, ()) for launch in self._of_instance(resource))
        elif resource.type in FLEETS:
            yield from self._of_fleet(resource, FLEETS[resource.type])
        else:
            yield from self._of_group(resource)

    def _of_group(self, group: Resource) -> Iterator[_Launch]:
        for launch in self._launch_templates(group, "LaunchTemplate"):
            yield launch, ()
        mixed = "MixedInstancesPolicy.LaunchTemplate"
        overrides = self.world.sites(group, f"{mixed}.Overrides.*")
        without_own: list[Site] = []
        for override in overrides:
            if self.world.values(group, "LaunchTemplateSpecification", override):
                for launch in self._launch_templates(group, "LaunchTemplateSpecification", override):
                    yield launch, (override,)
            else:
                without_own.append(override)
        if without_own or not overrides:
            for launch in self._launch_templates(group, f"{mixed}.LaunchTemplateSpecification"):
                yield launch, tuple(without_own)
        for target in self._references.targets(group, "LaunchConfigurationName", LAUNCH_CONFIGURATION):
            for launch in self.world.sites(target.resource, "") if target.resource else (None,):
                yield launch, ()

    def _of_fleet(self, fleet: Resource, start: str) -> Iterator[_Launch]:
        for config in self.world.sites(fleet, f"{start}LaunchTemplateConfigs.*"):
            overrides = self.world.sites(fleet, "Overrides.*", config)
            for launch in self._launch_templates(fleet, "LaunchTemplateSpecification", config):
                yield launch, overrides
        for specification in self.world.sites(fleet, f"{start}LaunchSpecifications.*"):
            yield (specification if isinstance(specification.node, dict) else None), ()

    def _of_instance(self, instance: Resource) -> Iterator[Site | None]:
        for own in self.world.sites(instance, ""):
            templates = [*self._launch_templates(instance, "LaunchTemplate", own)]
            for launch in templates:
                if launch is None or launch.resource.template is not instance.template:
                    yield launch
                elif isinstance(own.node, dict) and isinstance(launch.node, dict):
                    # What an instance says itself goes before what its launch template says.
                    said = {key: node for key, node in own.node.items() if self.world.values(instance, key, own)}
                    yield own._replace(node={**launch.node, **said})
                else:
                    yield None
            if not templates:
                yield own

    def _launch_templates(self, resource: Resource, path: str, at: Site | None = None) -> Iterator[Site | None]:
        for key in ("LaunchTemplateId", "LaunchTemplateName"):
            for target in self._references.targets(resource, f"{path}.{key}", LAUNCH_TEMPLATE, at):
                found = False
                for site in self.world.sites(target.resource, "LaunchTemplateData") if target.resource else ():
                    found = True
                    yield site if isinstance(site.node, dict) else None
                versions = self.world.values(resource, f"{path}.Version", at)
                if not found or not all(is_written(version, target.resource) for version in versions):
                    yield None

    # what role they have

    def _roles(self, launch: Site | None) -> Iterator[Target]:
        if launch is None:
            return
        profile = self.world.value(launch.resource, "IamInstanceProfile", at=launch)
        if isinstance(profile, dict) and ("Arn" in profile or "Name" in profile):
            profile = profile.get("Arn", profile.get("Name"))
        if profile is None or profile == {}:
            yield Target(ABSENT, None, "have no instance profile")
        else:
            yield from self._of_profile(self._references.of(profile, PROFILE, launch.resource.template))

    def _of_profile(self, profile: Target) -> Iterator[Target]:
        if profile.resource is None:
            yield profile._replace(doubt=f"have the instance profile {profile}, which {profile.lack}")
            return
        roles = self._references.targets(profile.resource, "Roles.*", ROLE)
        if not roles:
            yield Target(ABSENT, None, f"have the instance profile {profile.resource.logical_id}, which has no role")
        for role in roles:
            yield role._replace(doubt=f"have the role {role}, which {role.doubt}") if role.doubt else role


def is_written(version: Value, template: Resource | None) -> bool:
    """Return whether a version of a launch template is the one that the templates show.

    A version that is a number may be of any time before.

    Args:
        version: what names the version.
        template: the launch template.
    """
    if isinstance(version, Text) and len(version.pieces) == 1 and isinstance(hole := version.pieces[0], Hole):
        return hole.resource is template and hole.attribute in ("LatestVersionNumber", "DefaultVersionNumber")
    return version in ("$Latest", "$Default", "1")
