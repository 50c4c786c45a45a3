"""Where a container runs and who pulls its image there.

Services, capacity providers, Auto Scaling groups, launch templates, instance profiles and roles are followed by
reference and by literal name, across all templates of a call.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/capacity-launch-type-comparison.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked, settled
from ecr_ecs_constructs.cloudformation.template import Resource, Template, near
from ecr_ecs_constructs.cloudformation.values import ABSENT, Hole, Kind, Site, Text, Value, shown
from ecr_ecs_constructs.pull.ami import Ami, System, read_ami
from ecr_ecs_constructs.pull.answer import Answer, worst
from ecr_ecs_constructs.pull.boot.cfn_init import Step, steps
from ecr_ecs_constructs.pull.boot.user_data import DEFAULT_CLUSTER, Certainty, Join, plain, read_user_data
from ecr_ecs_constructs.pull.containers import Container, Model
from ecr_ecs_constructs.pull.texts.documents import read_document
from ecr_ecs_constructs.pull.texts.pattern import Truth
from ecr_ecs_constructs.pull.texts.references import (
    CAPACITY_PROVIDER,
    CLUSTER,
    GROUP,
    LAUNCH_CONFIGURATION,
    LAUNCH_TEMPLATE,
    PROFILE,
    ROLE,
    TASK_DEFINITION,
    References,
    Target,
)

SERVICE, TASK_SET, INSTANCE = "AWS::ECS::Service", "AWS::ECS::TaskSet", "AWS::EC2::Instance"
FLEETS: Mapping[str, str] = {"AWS::EC2::EC2Fleet": "", "AWS::EC2::SpotFleet": "SpotFleetRequestConfigData."}
"""What launches instances outside Auto Scaling groups, with the start of the path of what they are launched by."""
LAUNCHED = (GROUP, INSTANCE, *FLEETS)
ASSOCIATIONS = "AWS::ECS::ClusterCapacityProviderAssociations"

PLATFORM_KEYS = ("CpuArchitecture", "OperatingSystemFamily")
"""The keys of a task's `RuntimePlatform`."""


class Launch(StrEnum):
    """What a task runs on."""

    EC2 = "EC2"
    FARGATE = "FARGATE"
    MANAGED_INSTANCES = "MANAGED_INSTANCES"
    EXTERNAL = "EXTERNAL"


_LAUNCHES: Mapping[str, Launch] = {launch.value: launch for launch in Launch}


class Host(NamedTuple):
    """Container instances that are launched alike.

    Attributes:
        resource: the Auto Scaling group or the instance; the capacity provider where its group is not in the templates.
        launch: where image, instance type, user data and profile stand: the `LaunchTemplateData` of a launch
            template, or the properties of a launch configuration or an instance; None where it is not in the templates.
        roles: the container instance role, with the value `ABSENT` where there surely is none, and with a doubt that
            says what the instances have where it is not known; empty where the launch is not in the templates.
        overrides: the overrides of a mixed-instances policy that they are launched by; empty where there are none.
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


class Placement(NamedTuple):
    """One place where a task definition runs, or may run.

    Attributes:
        launch: what its tasks run on there; None where it is known only at deployment.
        runner: the service or other resource that runs it, None where nothing in the templates does.
        cluster: the cluster, None where it is not known.
        hosts: the container instances that its tasks may be put on; only for `EC2`.
        evidence: how it is known.
        provider: the capacity provider that starts what it runs on, where it is in the templates.
        at: where launch type and network of its tasks stand.
        by_default: whether it is the cluster that says so, for tasks whose runner names no capacity provider.
        execution_roles: what can pull there in place of the execution role of the task definition, by the override of
            its runner; empty where that overrides nothing.
    """

    launch: Launch | None
    runner: Resource | None
    cluster: Target | None
    hosts: tuple[Host, ...]
    evidence: str
    provider: Resource | None = None
    at: Site | None = None
    by_default: bool = False
    execution_roles: tuple[Target, ...] = ()

    def __hash__(self) -> int:
        return hash((self.runner, self.evidence))


class Placements(InWorld):
    """The places where containers run in one world."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.world = model.world
        self._references = References(model.world)

    def of(self, container: Container) -> tuple[Placement, ...]:
        """Return every place where a container runs, or may run."""
        return self._placements(container.resource)

    def hosts_of(self, container: Container) -> tuple[Host, ...]:
        """Return the container instances that a container may be put on."""
        return tuple(dict.fromkeys(host for placement in self.of(container) for host in placement.hosts))

    def execution_role(self, container: Container) -> Target | None:
        """Return the execution role of a container's task, None where it has none."""
        task = container.task
        value = self.world.value(task.resource, "ExecutionRoleArn", at=task)
        return None if value is None else self._references.of(value, ROLE, task.resource.template, path="/")

    def platform(self, container: Container) -> tuple[Value, Value]:
        """Return the architecture and the operating system that a container's task is declared for.

        None stands for what it is silent about.
        """
        task = container.task
        value = self.world.value(task.resource, "RuntimePlatform", at=task)
        if isinstance(value, dict) and not any(key.startswith("Fn::") for key in value):
            architecture, system = map(value.get, PLATFORM_KEYS)
            return architecture, system
        return value, value

    def targets(self, resource: Resource, path: str, type_: str, at: Site | None = None) -> tuple[Target, ...]:
        """Return what a property refers to.

        Args:
            resource: the resource that has the property.
            path: where the property stands, as `World.sites` takes it.
            type_: the type of the resources that it refers to.
            at: where the path starts; the resource's properties if not given.
        """
        of, values = self._references.of, self.world.values(resource, path, at)
        return tuple([of(value, type_, resource.template) for value in values])

    @asked
    def _placements(self, resource: Resource) -> tuple[Placement, ...]:
        if resource.type == "AWS::ECS::ExpressGatewayService":
            cluster = self.targets(resource, "Cluster", CLUSTER)
            evidence = "Express Mode runs on Fargate"
            return (Placement(Launch.FARGATE, resource, cluster[0] if cluster else None, (), evidence),)
        if resource.type == "AWS::ECS::DaemonTaskDefinition":
            return (Placement(Launch.MANAGED_INSTANCES, None, None, (), "daemons run on ECS Managed Instances"),)
        if resource.type == "AWS::Batch::JobDefinition":
            return tuple(self._batch(resource))
        found: list[Placement] = []
        for runner in self.world.root.candidates(_definitions, tuple(_RUNNERS), resource):
            for definition, way, at in self.runs(runner):
                if definition is resource:
                    overriding = self._overriding(runner, way, at) if runner.type not in (SERVICE, TASK_SET) else ()
                    found += [each._replace(execution_roles=overriding) for each in self._run(runner, way, at)]
        return tuple(found or self._anywhere(resource))

    def _batch(self, resource: Resource) -> Iterator[Placement]:
        for platform in self.world.values(resource, "PlatformCapabilities.*") or (Launch.EC2.value,):
            launch = Launch(platform) if platform in ("EC2", "FARGATE") else None
            evidence = f"AWS Batch runs it on {shown(platform)}, in a queue given with each job"
            yield Placement(launch, resource, None, (), evidence)

    @asked
    def runs(self, runner: Resource) -> tuple[tuple[Resource, Site, Site], ...]:
        """Return the task definitions that something runs, where its cluster stands, and where its launch type does."""
        path, settings, key, _ = _RUNNERS[runner.type]
        return tuple(
            (target.resource, way, at)
            for way in self.world.sites(runner, path)
            for at in (self.world.sites(runner, settings, way) if settings else (way,))
            for target in self.targets(runner, key, TASK_DEFINITION, at)
            if target.resource is not None
        )

    def _overriding(self, runner: Resource, way: Site, at: Site) -> tuple[Target, ...]:
        """Return the execution roles that a runner gives its tasks in place of that of their definition.

        Sources:
            https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskOverride.html (the input of a rule)
            https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_EcsTaskOverride.html
        """
        roles = [*self.world.values(runner, "Overrides.ExecutionRoleArn", at)]
        inputs = (*self.world.values(runner, "Input", way), *self.world.values(runner, _TRANSFORMED, way))
        unclear: list[Target] = []
        for value in inputs:
            try:
                read = read_document(value) if isinstance(value, (str, Text)) else value
            except ValueError:
                read = None
            if isinstance(read, dict):
                roles += [role for role in (read.get("executionRoleArn"),) if role is not None]
            elif "executionRoleArn" in str(value) or (isinstance(value, Text) and len(value.pieces) == 1):
                unclear.append(Target(value, None, f"the input of {runner.logical_id} may name"))
        return (*unclear, *(self._references.of(role, ROLE, runner.template, path="/") for role in roles))

    def _run(self, runner: Resource, way: Site, at: Site) -> Iterator[Placement]:
        """Yield where something runs tasks.

        Args:
            runner: what runs them.
            way: where its cluster stands.
            at: where launch type and network of its tasks stand.
        """
        clusters = self.targets(runner, _RUNNERS[runner.type].cluster, CLUSTER, way)
        cluster = clusters[0] if clusters else None
        by, found = runner.logical_id, False
        for target in self.targets(runner, "CapacityProviderStrategy.*.CapacityProvider", CAPACITY_PROVIDER, at):
            found = True
            yield self._provided(runner, at, cluster, target, f"{by} by its capacity provider {target}")
        launch_type = self.world.value(runner, "LaunchType", at=at)
        if launch_type is not None:
            yield self._launched(runner, at, cluster, launch_type, f"{by} by launch type {shown(launch_type)}")
        elif not found:
            yield from self._by_default(cluster, runner, at)

    def _by_default(self, cluster: Target | None, runner: Resource, at: Site) -> Iterator[Placement]:
        """Yield where tasks are run whose runner names neither a capacity provider nor a launch type."""
        by = runner.logical_id
        if cluster is not None and cluster.resource is None:
            evidence = f"{by} in cluster {cluster}, which {cluster.lack}"
            yield Placement(None, runner, cluster, (), evidence, at=at)
            return
        strategy = self._default_strategy(cluster.resource) if cluster and cluster.resource else ()
        for target in strategy:
            evidence = f"{by} by the cluster's default capacity provider {target}"
            yield self._provided(runner, at, cluster, target, evidence, by_default=True)
        if not strategy:
            evidence = f"{by} by launch type EC2, the default"
            yield self._launched(runner, at, cluster, Launch.EC2.value, evidence)

    def _provided(
        self,
        runner: Resource,
        at: Site,
        cluster: Target | None,
        target: Target,
        evidence: str,
        *,
        by_default: bool = False,
    ) -> Placement:
        launch: Launch | None = Launch.EC2
        hosts: tuple[Host, ...] = ()
        provider = target.resource
        if target.value in ("FARGATE", "FARGATE_SPOT"):
            launch = Launch.FARGATE
        elif provider is None:
            launch, evidence = None, f"{evidence}, which {target.lack}"
        elif self.world.values(provider, "ManagedInstancesProvider"):
            launch = Launch.MANAGED_INSTANCES
        else:
            hosts = self._provider_hosts(provider)
        return Placement(launch, runner, cluster, hosts, evidence, provider=provider, at=at, by_default=by_default)

    @asked
    def _provider_hosts(self, provider: Resource) -> tuple[Host, ...]:
        groups = self.targets(provider, "AutoScalingGroupProvider.AutoScalingGroupArn", GROUP)
        return tuple(host for group in groups if group.resource is not None for host in self.hosts(group.resource))

    def _launched(
        self, runner: Resource, at: Site, cluster: Target | None, launch_type: Value, evidence: str
    ) -> Placement:
        launch = _LAUNCHES.get(launch_type) if isinstance(launch_type, str) else None
        hosts: tuple[Host, ...] = ()
        if launch is Launch.EC2:
            named = cluster or Target(DEFAULT_CLUSTER, self._cluster_of(DEFAULT_CLUSTER, runner))
            hosts = self.cluster_hosts(named.resource) if named.resource else self._named_hosts(named, runner)
        return Placement(launch, runner, cluster, hosts, evidence, at=at)

    def _named_hosts(self, cluster: Target, runner: Resource) -> tuple[Host, ...]:
        """Return the container instances, near a runner, of a cluster that is not in the templates."""
        hosts = self._find_hosts(cluster)
        return tuple(host for host in hosts if near(host.resource.template, runner.template))

    # clusters and what is associated with them

    def _default_strategy(self, cluster: Resource) -> tuple[Target, ...]:
        """Return the capacity providers of a cluster's default strategy."""
        owners = (cluster, *self._associations(itself(cluster)))
        path = f"{_DEFAULT}.*.CapacityProvider"
        return tuple(target for owner in owners for target in self.targets(owner, path, CAPACITY_PROVIDER))

    @asked
    def _associations(self, cluster: Target) -> tuple[Resource, ...]:
        """Return the associations of capacity providers with a cluster."""
        key = cluster.resource or str(cluster)
        return tuple(
            association
            for association in self.world.root.candidates(_associated, (ASSOCIATIONS,), key)
            if key in _associated(self.world, association)
        )

    @asked
    def _providers(self, cluster: Target) -> tuple[Resource, ...]:
        """Return the capacity providers of the templates that are associated with a cluster."""
        own = () if cluster.resource is None else (cluster.resource,)
        owners = (*own, *self._associations(cluster))
        targets = [each for owner in owners for each in self.targets(owner, "CapacityProviders.*", CAPACITY_PROVIDER)]
        return tuple(dict.fromkeys(target.resource for target in targets if target.resource is not None))

    @asked
    def providers_of(self, host: Host) -> tuple[tuple[Target, Resource], ...]:
        """Return the clusters that container instances are for by a capacity provider, each with the provider."""
        found: dict[tuple[Target, Resource], None] = {}
        for provider in self.world.root.candidates(_groups, (CAPACITY_PROVIDER,), host.resource):
            if host.resource not in _groups(self.world, provider):
                continue
            for owner in self.world.root.candidates(_provided, (CLUSTER, ASSOCIATIONS), provider):
                if provider in _provided(self.world, owner):
                    is_cluster = owner.type == CLUSTER
                    clusters = (itself(owner),) if is_cluster else self.targets(owner, "Cluster", CLUSTER)
                    found.update(dict.fromkeys((cluster, provider) for cluster in clusters))
        return tuple(found)

    def clusters_of(self, host: Host) -> tuple[Resource, ...]:
        """Return the clusters of the templates that container instances are of: by a provider, or since they join."""
        provided = [cluster.resource for cluster, _ in self.providers_of(host)]
        joined = [self._cluster_of(join.cluster, host.resource) for join in self.joins(host)]
        surely = [cluster for cluster in joined if cluster is not None and self._may(host, itself(cluster))]
        return tuple(dict.fromkeys(cluster for cluster in (*provided, *surely) if cluster is not None))

    @asked
    def cluster_hosts(self, cluster: Resource) -> tuple[Host, ...]:
        """Return the container instances of a cluster: those of its capacity providers, and those that join it."""
        return tuple(self._find_hosts(itself(cluster)))

    def _find_hosts(self, cluster: Target) -> Iterator[Host]:
        providers = self._providers(cluster)
        provided = dict.fromkeys(host for provider in providers for host in self._provider_hosts(provider))
        yield from provided
        launched = {
            launched: None
            for name in (cluster.resource, None)
            for launched in self.world.root.candidates(_joined_by, LAUNCHED, name)
        }
        for resource in launched:
            hosts = self.hosts(resource)
            if any(self._may(host, cluster) for host in hosts):
                # Where one way to launch them is not known, it may join as the others do.
                joining = (host for host in hosts if host.launch is None or self._may(host, cluster))
                yield from (host for host in joining if host not in provided)

    def _may(self, host: Host, cluster: Target) -> bool:
        """Return whether container instances surely join a cluster with one of their images."""
        return any(self._joined(host, each, cluster).truth for each in self.joins(host))

    @asked
    def is_container_instance(self, host: Host) -> bool:
        """Return whether instances run ECS.

        They are of a capacity provider, name a cluster in their user data, or boot from an ECS-optimized image.
        """
        if any(
            host.resource in _groups(self.world, provider)
            for provider in self.world.root.candidates(_groups, (CAPACITY_PROVIDER,), host.resource)
        ):
            return True
        return any(join.certainty is Certainty.SAID for join in self.joins(host)) or any(
            ami.product is not None and ami.product.ecs_optimized for ami in self.amis(host)
        )

    def container_instances(self, template: Template) -> tuple[Host, ...]:
        """Return the instances of a template that run ECS."""
        own = (resource for type_ in LAUNCHED for resource in template.by_type.get(type_, ()))
        return tuple(host for resource in own for host in self.hosts(resource) if self.is_container_instance(host))

    def is_provided(self, host: Host) -> bool:
        """Return whether container instances are of a capacity provider of a cluster."""
        return bool(self.providers_of(host))

    # what instances boot, and what they join

    def amis(self, host: Host) -> tuple[Ami, ...]:
        """Return every image that container instances boot from."""
        return tuple(dict.fromkeys(ami for _, ami in self.images(host)))

    @asked
    def images(self, host: Host) -> tuple[tuple[Site, Ami], ...]:
        """Return every image that container instances boot from, with the place that has its `ImageId`."""
        launch = host.launch
        if launch is None:
            return ()
        places = [self.image_site(launch, override) for override in host.overrides] or [launch]
        return tuple((at, self.image(at)) for at in {place.location: place for place in places}.values())

    def image_site(self, launch: Site, override: Site) -> Site:
        """Return where the image of instances is said: in an override that has one, else in what launches them.

        Args:
            launch: what launches them.
            override: one of those that they are launched by.
        """
        return override if self.world.values(override.resource, "ImageId", override) else launch

    def image(self, at: Site) -> Ami:
        """Return the image that a place names in its `ImageId`."""
        for site in self.world.sites(at.resource, "ImageId", at):
            value, defaults = self.world.read(site)
            if value is not ABSENT and value is not None:
                return read_ami(value, defaults, at.resource.type)
        return Ami(None)

    @settled
    def joins(self, host: Host) -> tuple[Join, ...]:
        """Return which cluster the user data of container instances joins, for each system that they boot."""
        launch = host.launch
        if launch is None:
            why = f"what launches {host.resource.logical_id} is not in the templates"
            return (Join(Certainty.UNKNOWN, None, why, installs=True),)
        data: Value = None
        template = launch.resource.template
        for site in self.world.sites(launch.resource, "UserData", launch):
            data = self.world.evaluate(template, self.world.root.rewritten(plain, site.node)).value
        systems = dict.fromkeys(ami.product.system if ami.product else None for ami in self.amis(host))
        # An object or a list is no key of what is known.
        join = self._read_anew if isinstance(data, (dict, list)) else self._read
        return tuple(dict.fromkeys(join(data, system, template) for system in systems))

    @asked
    def _read(self, data: str | Text | None, system: System | None, template: Template) -> Join:
        """Return which cluster user data joins."""
        return self._read_anew(data, system, template)

    def _read_anew(self, data: Value, system: System | None, template: Template) -> Join:
        def setup(name: str, sets: Sequence[str]) -> Sequence[Step]:
            return self._initialization(template, name, sets)

        return read_user_data(data, system, setup, template.region)

    def _initialization(self, template: Template, name: str, sets: Sequence[str]) -> Sequence[Step]:
        """Return what `cfn-init` does for the metadata of a resource with a logical ID."""
        resource = template.resources.get(name)
        init = resource.metadata.get("AWS::CloudFormation::Init") if resource is not None else None
        return () if init is None else tuple(steps(self.world.evaluate(template, init).value, sets))

    def lacks_agent(self, host: Host) -> bool:
        """Return whether the user data of container instances certainly does not install the ECS agent."""
        return not any(join.installs for join in self.joins(host))

    @asked
    def join(self, host: Host, cluster: Target) -> Answer:
        """Return whether container instances join a cluster, with the worst of their images."""
        return worst(self._joined(host, join, cluster) for join in self.joins(host))

    def _joined(self, host: Host, join: Join, cluster: Target) -> Answer:
        name = host.resource.logical_id
        truth = None if join.cluster is None else self._same_cluster(host, join.cluster, cluster)
        silent = join.certainty is Certainty.SILENT
        if silent and (host.launch is None or any(ami.product is None for ami in self.amis(host))):
            truth = None  # an image of one's own may name the cluster
        if truth:
            return Answer(True, f"{name} joins {cluster}: {join.evidence}")
        if truth is None:
            return Answer(None, f"whether {name} joins {cluster} is not known: {join.evidence}")
        other = f"the cluster {join.cluster!s}" if not silent else f"the cluster {DEFAULT_CLUSTER!r}"
        return Answer(False, f"{name} joins {other}, not {cluster}: {join.evidence}")

    def _same_cluster(self, host: Host, joined: str | Text, cluster: Target) -> Truth:
        """Return whether the cluster that user data names is a cluster."""
        if cluster.resource is not None and not near(host.resource.template, cluster.resource.template):
            return False
        names = self._names_of(cluster)
        if joined in names or joined == cluster.value:
            return True
        other = self._cluster_of(joined, host.resource)
        if other is not None and cluster.resource is not None:
            return other is cluster.resource
        if other is not None:
            names, joined_names = [cluster.value], self._names_of(itself(other))
        else:
            joined_names = [joined]
        if any(not isinstance(name, str) for name in (*names, *joined_names)):
            return None
        short = [str(name).rpartition("/")[2] for name in joined_names]
        if any(str(name).rpartition("/")[2] in short for name in names):
            # An ARN that is none of the templates' own may be of another region or account.
            is_full = cluster.resource is not None or str(cluster.value).startswith("arn:")
            apart = other is None and is_full and str(joined).startswith("arn:")
            return None if apart else True
        # CloudFormation makes a name from those of the stack and of the resource, and from letters at random.
        made = not names and any(re.fullmatch(r".+-.+-[A-Za-z0-9]{12,}", name) for name in short)
        return None if made or not joined_names else False

    def _cluster_of(self, joined: str | Text | None, where: Resource) -> Resource | None:
        """Return the cluster of the templates that a resource names in its user data."""
        if joined is None or (isinstance(joined, Text) and len(joined.pieces) > 1):
            return None
        return self._references.of(joined, CLUSTER, where.template).resource

    def _names_of(self, cluster: Target) -> list[Value]:
        """Return what a cluster of the templates is called, nothing where CloudFormation makes its name."""
        return [cluster.value] if cluster.resource is None else [*self.world.values(cluster.resource, "ClusterName")]

    @asked
    def hosts(self, resource: Resource) -> tuple[Host, ...]:
        """Return the container instances of a group, a fleet or an instance, one for each way to launch them."""
        if not self.world.exists(resource):
            return ()
        return tuple(
            Host(resource, launch, tuple(dict.fromkeys(self._host_roles(launch))), overrides)
            for launch, overrides in [*self._launches(resource)] or [(None, ())]
        )

    def _launches(self, resource: Resource) -> Iterator[tuple[Site | None, tuple[Site, ...]]]:
        """Yield what launches instances, with the overrides that it is used with."""
        if resource.type == INSTANCE:
            yield from ((launch, ()) for launch in self._instance_launches(resource))
            return
        if resource.type in FLEETS:
            yield from self._fleet_launches(resource, FLEETS[resource.type])
            return
        for launch in self._launch_templates(resource, "LaunchTemplate"):
            yield launch, ()
        mixed = "MixedInstancesPolicy.LaunchTemplate"
        plain_overrides: list[Site] = []
        for override in self.world.sites(resource, f"{mixed}.Overrides.*"):
            if self.world.values(resource, "LaunchTemplateSpecification", override):
                for launch in self._launch_templates(resource, "LaunchTemplateSpecification", override):
                    yield launch, (override,)
            else:
                plain_overrides.append(override)
        if plain_overrides or not any(True for _ in self.world.sites(resource, f"{mixed}.Overrides.*")):
            for launch in self._launch_templates(resource, f"{mixed}.LaunchTemplateSpecification"):
                yield launch, tuple(plain_overrides)
        for target in self.targets(resource, "LaunchConfigurationName", LAUNCH_CONFIGURATION):
            for launch in self.world.sites(target.resource, "") if target.resource else (None,):
                yield launch, ()

    def _fleet_launches(self, fleet: Resource, start: str) -> Iterator[tuple[Site | None, tuple[Site, ...]]]:
        for config in self.world.sites(fleet, f"{start}LaunchTemplateConfigs.*"):
            overrides = tuple(self.world.sites(fleet, "Overrides.*", config))
            for launch in self._launch_templates(fleet, "LaunchTemplateSpecification", config):
                yield launch, overrides
        for specification in self.world.sites(fleet, f"{start}LaunchSpecifications.*"):
            yield (specification if isinstance(specification.node, dict) else None), ()

    def _instance_launches(self, instance: Resource) -> Iterator[Site | None]:
        for own in self.world.sites(instance, ""):
            templates = [*self._launch_templates(instance, "LaunchTemplate", own)]
            for launch in templates:
                if launch is None or launch.resource.template is not instance.template:
                    yield launch
                else:
                    # What an instance says itself goes before what its launch template says.
                    said = {key: node for key, node in own.node.items() if self.world.values(instance, key, own)}
                    yield own._replace(node={**launch.node, **said})
            if not templates:
                yield own

    def _launch_templates(self, resource: Resource, path: str, at: Site | None = None) -> Iterator[Site | None]:
        for key in ("LaunchTemplateId", "LaunchTemplateName"):
            for target in self.targets(resource, f"{path}.{key}", LAUNCH_TEMPLATE, at):
                found = False
                for site in self.world.sites(target.resource, "LaunchTemplateData") if target.resource else ():
                    found = True
                    yield site if isinstance(site.node, dict) else None
                versions = self.world.values(resource, f"{path}.Version", at)
                if not found or not all(_is_written(version, target.resource) for version in versions):
                    yield None

    def _host_roles(self, launch: Site | None) -> Iterator[Target]:
        if launch is None:
            return
        written = self.world.value(launch.resource, "IamInstanceProfile", at=launch)
        named = isinstance(written, dict) and ("Arn" in written or "Name" in written)
        profile = written.get("Arn", written.get("Name")) if named else written
        if profile is None or profile == {}:
            yield Target(ABSENT, None, "have no instance profile")
        else:
            yield from self._profile_roles(self._references.of(profile, PROFILE, launch.resource.template))

    def _profile_roles(self, profile: Target) -> Iterator[Target]:
        """Yield the role of an instance profile."""
        if profile.resource is None:
            yield profile._replace(doubt=f"have the instance profile {profile}, which {profile.lack}")
            return
        roles = self.targets(profile.resource, "Roles.*", ROLE)
        if not roles:
            yield Target(ABSENT, None, f"have the instance profile {profile.resource.logical_id}, which has no role")
        for role in roles:
            yield role._replace(doubt=f"have the role {role}, which {role.doubt}") if role.doubt else role

    def _anywhere(self, definition: Resource) -> Iterator[Placement]:
        """Yield every place where a task definition may run that no runner of the templates runs."""
        for compatibility in self.world.values(definition, "RequiresCompatibilities.*") or (Launch.EC2.value,):
            evidence = f"no service or schedule in the templates runs it; it is for {shown(compatibility)}"
            launch = _LAUNCHES.get(compatibility) if isinstance(compatibility, str) else None
            templates = [each for each in self.world.root.templates if near(each, definition.template)]
            hosts = [host for each in templates for host in self.container_instances(each)]
            yield Placement(launch, None, None, tuple(hosts) if launch is Launch.EC2 else (), evidence)


# candidates: what may belong to what, in whatever world


def _definitions(world: World, runner: Resource) -> Iterator[Resource]:
    """Yield the task definitions that something runs."""
    yield from (definition for definition, _, _ in Placements(Model(world)).runs(runner))


def _associated(world: World, association: Resource) -> tuple[Resource | str, ...]:
    """Return the cluster of an association of capacity providers."""
    return tuple(
        each.resource or str(each) for each in Placements(Model(world)).targets(association, "Cluster", CLUSTER)
    )


def _provided(world: World, owner: Resource) -> tuple[Resource, ...]:
    """Return the capacity providers that a cluster, or an association, names."""
    targets = Placements(Model(world)).targets(owner, "CapacityProviders.*", CAPACITY_PROVIDER)
    return tuple(target.resource for target in targets if target.resource is not None)


def _groups(world: World, provider: Resource) -> tuple[Resource, ...]:
    """Return the Auto Scaling group of a capacity provider."""
    targets = Placements(Model(world)).targets(provider, "AutoScalingGroupProvider.AutoScalingGroupArn", GROUP)
    return tuple(target.resource for target in targets if target.resource is not None)


def _joined_by(world: World, launched: Resource) -> Iterator[Resource | None]:
    """Yield the clusters of the templates that instances join, None where it is none of these."""
    placements = Placements(Model(world))
    for host in placements.hosts(launched):
        for join in placements.joins(host):
            yield placements._cluster_of(join.cluster, launched)  # noqa: SLF001 - a part of the same class


_TRANSFORMED = "InputTransformer.InputTemplate"


class _Runner(NamedTuple):
    """How a resource type runs task definitions.

    Attributes:
        path: where what it runs stands.
        settings: where launch type and strategy stand below that.
        definition: the key of the task definition among these.
        cluster: the key of the cluster below `path`.
    """

    path: str
    settings: str
    definition: str
    cluster: str


_RUNNERS: Mapping[str, _Runner] = {
    SERVICE: _Runner("", "", "TaskDefinition", "Cluster"),
    TASK_SET: _Runner("", "", "TaskDefinition", "Cluster"),
    "AWS::Events::Rule": _Runner("Targets.*", "EcsParameters", "TaskDefinitionArn", "Arn"),
    "AWS::Scheduler::Schedule": _Runner("Target", "EcsParameters", "TaskDefinitionArn", "Arn"),
    "AWS::Pipes::Pipe": _Runner("", "TargetParameters.EcsTaskParameters", "TaskDefinitionArn", "Target"),
}
"""What runs task definitions."""


_DEFAULT = "DefaultCapacityProviderStrategy"


def itself(cluster: Resource) -> Target:
    """Return a cluster of the templates as what a property refers to."""
    return Target(Text((Hole(Kind.RESOURCE, cluster.logical_id, cluster),)), cluster)


def _is_written(version: Value, template: Resource | None) -> bool:
    """Return whether a version of a launch template is the one that the templates show.

    A version that is a number may be of any time before.
    """
    if isinstance(version, Text) and len(version.pieces) == 1 and isinstance(hole := version.pieces[0], Hole):
        return hole.resource is template and hole.attribute in ("LatestVersionNumber", "DefaultVersionNumber")
    return version in ("$Latest", "$Default", "1")
