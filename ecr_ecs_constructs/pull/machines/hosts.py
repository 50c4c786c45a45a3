"""Container instances, and what launches them.

Auto Scaling groups, fleets, instances and compute environments of AWS Batch lead by reference and by literal name to
launch templates, launch configurations and instance profiles, in all templates of a call.

Sources:
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/create-auto-scaling-groups.html
    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_LaunchTemplateOverrides.html
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html
    https://docs.aws.amazon.com/batch/latest/userguide/launch-templates.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import ABSENT, Hole, Site, Text, Value
from ecr_ecs_constructs.pull.machines.environments import RESOURCES, EnvironmentKind, kind_of
from ecr_ecs_constructs.pull.texts.references import (
    CAPACITY_PROVIDER,
    COMPUTE_ENVIRONMENT,
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
"""The types of the resources that launch instances by themselves: user data says of which cluster these are."""

BRINGING = (*LAUNCHING, COMPUTE_ENVIRONMENT)
"""The types of the resources that bring instances: AWS Batch launches those of a compute environment."""


class Host(NamedTuple):
    """Container instances that are launched alike.

    Attributes:
        resource: the Auto Scaling group, the fleet, the instance or the compute environment; the capacity provider of
            ECS Managed Instances.
        launch: where image, instance type, user data and profile stand: the `LaunchTemplateData` of a launch
            template, or the properties of a launch configuration or an instance; None where it is not in the templates.
            A compute environment says instance types and profile itself, and all where it names no launch template.
        roles: the container instance role, with the value `ABSENT` where there surely is none, and with a doubt that
            says what the instances have where it is not known; empty where the launch is not in the templates.
        overrides: the overrides of a mixed-instances policy or a fleet that they are launched by, or the instance types
            of a compute environment; empty where there are none.
    """

    resource: Resource
    launch: Site | None
    roles: tuple[Target, ...]
    overrides: tuple[Site, ...] = ()

    def __hash__(self) -> int:
        return hash((self.resource, self.launch))

    def place_of(self, key: str) -> tuple[Resource, str]:
        """Return where a key of the launch stands: the resource and the location."""
        if self.resource.type == COMPUTE_ENVIRONMENT and key == "IamInstanceProfile":
            return self.resource, f"Properties.{RESOURCES}.{_PROFILE}"
        if self.resource.type == CAPACITY_PROVIDER and key == "IamInstanceProfile":
            key = _MANAGED_PROFILE
        return (self.resource, key) if self.launch is None else (self.launch.resource, f"{self.launch.location}.{key}")


_PROFILE = "InstanceRole"
"""The key of the instance profile of a compute environment."""

MANAGED_LAUNCH = "ManagedInstancesProvider.InstanceLaunchTemplate"
"""Where a capacity provider says what ECS Managed Instances are launched from."""
_MANAGED_PROFILE = "Ec2InstanceProfileArn"
"""The key of their instance profile there."""

_Launch = tuple[Site | None, tuple[Site, ...]]
"""The place of a launch, None where it is not in the templates, and the overrides that it is used with."""


class Hosts(InWorld):
    """The instances that the templates launch in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._references = References(world)

    @asked
    def of(self, resource: Resource) -> tuple[Host, ...]:
        """Return the instances of a resource that brings some, one for each way to launch them.

        A compute environment on AWS Fargate has none, and those of an unmanaged one are made elsewhere.
        """
        if not self.world.exists(resource):
            return ()
        if resource.type == COMPUTE_ENVIRONMENT and kind_of(self.world, resource) not in (
            EnvironmentKind.EC2,
            EnvironmentKind.SPOT,
        ):
            return ()
        return tuple(
            Host(resource, launch, tuple(dict.fromkeys(self._roles(resource, launch))), overrides)
            for launch, overrides in [*self._launches(resource)] or [(None, ())]
        )

    @asked
    def managed(self, provider: Resource) -> tuple[Host, ...]:
        """Return the instances that a capacity provider of ECS Managed Instances launches.

        Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_InstanceLaunchTemplate.html
        """
        launches = self.world.sites(provider, MANAGED_LAUNCH)
        return tuple(Host(provider, each, tuple(dict.fromkeys(self._roles(provider, each)))) for each in launches)

    # what launches them

    def _launches(self, resource: Resource) -> Iterator[_Launch]:
        if resource.type == INSTANCE:
            yield from ((launch, ()) for launch in self._of_instance(resource))
        elif resource.type in FLEETS:
            yield from self._of_fleet(resource, FLEETS[resource.type])
        elif resource.type == COMPUTE_ENVIRONMENT:
            yield from self._of_environment(resource)
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

    def _of_environment(self, environment: Resource) -> Iterator[_Launch]:
        """Yield the launch template of a compute environment, and those that it has for some of its instance types."""
        types = self.world.sites(environment, f"{RESOURCES}.InstanceTypes.*")
        targeted: list[Value] = []
        for override in self.world.sites(environment, f"{RESOURCES}.LaunchTemplate.Overrides.*"):
            own = self.world.sites(environment, "TargetInstanceTypes.*", override)
            targeted += (self.world.read(site).value for site in own)
            for launch in [*self._launch_templates(environment, "", override)] or [None]:
                yield launch, own
        left = tuple(site for site in types if not _is_among(self.world.read(site).value, targeted))
        if not left and types:
            return
        if self.world.sites(environment, f"{RESOURCES}.LaunchTemplate"):
            for launch in [*self._launch_templates(environment, f"{RESOURCES}.LaunchTemplate")] or [None]:
                yield launch, left
        else:
            yield from ((site, left) for site in self.world.sites(environment, RESOURCES))

    def _launch_templates(self, resource: Resource, path: str, at: Site | None = None) -> Iterator[Site | None]:
        start = f"{path}." if path else ""
        for key in ("LaunchTemplateId", "LaunchTemplateName"):
            for target in self._references.targets(resource, f"{start}{key}", LAUNCH_TEMPLATE, at):
                found = False
                for site in self.world.sites(target.resource, "LaunchTemplateData") if target.resource else ():
                    found = True
                    yield site if isinstance(site.node, dict) else None
                versions = self.world.values(resource, f"{start}Version", at)
                if not found or not all(is_written(version, target.resource) for version in versions):
                    yield None

    # what role they have

    def _roles(self, resource: Resource, launch: Site | None) -> Iterator[Target]:
        if resource.type == COMPUTE_ENVIRONMENT:
            at: Site | None = None
            owner, path = resource, f"{RESOURCES}.{_PROFILE}"
        elif launch is not None:
            is_managed = resource.type == CAPACITY_PROVIDER
            at, owner, path = launch, launch.resource, _MANAGED_PROFILE if is_managed else "IamInstanceProfile"
        else:
            return
        profile = self.world.value(owner, path, at=at)
        if isinstance(profile, dict) and ("Arn" in profile or "Name" in profile):
            profile = profile.get("Arn", profile.get("Name"))
        if profile is None or profile == {}:
            yield Target(ABSENT, None, "have no instance profile")
        else:
            yield from self._of_profile(self._references.of(profile, PROFILE, owner.template))

    def _of_profile(self, profile: Target) -> Iterator[Target]:
        if profile.resource is None:
            yield profile._replace(doubt=f"have the instance profile {profile}, which {profile.lack}")
            return
        roles = self._references.targets(profile.resource, "Roles.*", ROLE)
        if not roles:
            yield Target(ABSENT, None, f"have the instance profile {profile.resource.logical_id}, which has no role")
        for role in roles:
            yield role._replace(doubt=f"have the role {role}, which {role.doubt}") if role.doubt else role


def _is_among(name: Value, others: Sequence[Value]) -> bool:
    """Return whether an instance type, or a family of them, is among others: itself, or the family that it is of."""
    return name in others or (isinstance(name, str) and name.partition(".")[0] in others)


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
