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
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from ecr_ecs_constructs.cloudformation.template import Resource, Template, near
from ecr_ecs_constructs.cloudformation.values import ABSENT, Assumption, Hole, Kind, Site, Text, Value, existence, shown
from ecr_ecs_constructs.pull.ami import Ami, System, image_site, read_ami
from ecr_ecs_constructs.pull.cloud_init import Step, steps
from ecr_ecs_constructs.pull.first_boot import COMPUTED
from ecr_ecs_constructs.pull.link import Link, LinkVerdict, worst
from ecr_ecs_constructs.pull.path import Container, Model, is_surely_there
from ecr_ecs_constructs.pull.policy import read_document
from ecr_ecs_constructs.pull.references import (
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
from ecr_ecs_constructs.pull.user_data import DEFAULT_CLUSTER, Certainty, Join, plain, read_user_data

if TYPE_CHECKING:
    from ecr_ecs_constructs.pull.facts import Facts

SERVICE, TASK_SET, INSTANCE = "AWS::ECS::Service", "AWS::ECS::TaskSet", "AWS::EC2::Instance"
FLEETS: Mapping[str, str] = {"AWS::EC2::EC2Fleet": "", "AWS::EC2::SpotFleet": "SpotFleetRequestConfigData."}
"""What launches instances outside Auto Scaling groups, with the start of the path of what they are launched by."""
ASSOCIATIONS = "AWS::ECS::ClusterCapacityProviderAssociations"

MAX_WAYS = 16
"""How many branches of what `cfn-init` does are followed."""

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
        roles: the container instance role, one for each branch, with the value `ABSENT` where there surely is none, and
            with a doubt that says what the instances have where it is not known; empty where the launch is not in the
            templates.
        overrides: the overrides of a mixed-instances policy that they are launched by; empty where there are none.
    """

    resource: Resource
    launch: Site | None
    roles: tuple[Target, ...]
    overrides: tuple[Site, ...] = ()

    def place_of(self, key: str) -> tuple[Resource, str]:
        """Return where a key of the launch stands: the resource and the location."""
        return (self.resource, key) if self.launch is None else (self.launch.resource, f"{self.launch.location}.{key}")


class Placement:
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
        assumptions: the conditions under which it is such a place.
        execution_roles: what can pull there in place of the execution role of the task definition, by the override of
            its runner; empty where that overrides nothing.
    """

    __slots__ = (
        "assumptions",
        "at",
        "by_default",
        "cluster",
        "evidence",
        "execution_roles",
        "hosts",
        "launch",
        "provider",
        "runner",
    )

    def __init__(
        self,
        launch: Launch | None,
        runner: Resource | None,
        cluster: Target | None,
        hosts: tuple[Host, ...],
        evidence: str,
        *,
        provider: Resource | None = None,
        at: Site | None = None,
        by_default: bool = False,
        assumptions: tuple[Assumption, ...] = (),
    ) -> None:
        self.assumptions = assumptions
        self.execution_roles: tuple[Target, ...] = ()
        self.by_default = by_default
        self.launch = launch
        self.runner = runner
        self.cluster = cluster
        self.hosts = hosts
        self.evidence = evidence
        self.provider = provider
        self.at = at


class Placements:
    """The places where the containers of a model run."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._evaluator = model.evaluator
        self._references = References(model)
        self._found: dict[Resource, tuple[Placement, ...]] = {}
        # By the task, which is kept too: as long as it lives, no other one has its id.
        self._roles: dict[int, tuple[Site, tuple[tuple[Target, tuple[Assumption, ...]], ...]]] = {}
        self._platforms: dict[int, tuple[Site, tuple[tuple[Value, Value], ...]]] = {}
        self._provided_by: dict[Resource, tuple[Host, ...]] = {}
        self._defaults: dict[Resource, _Strategy] = {}
        self._hosts: dict[int, tuple[Host, ...]] = {}
        self._cluster_hosts: dict[int, tuple[Host, ...]] = {}
        self._amis: dict[int, tuple[Ami, ...]] = {}
        self._joins: dict[int, tuple[Join, ...]] = {}
        self._links: dict[tuple[int, int | str], Link] = {}

    def of(self, container: Container) -> tuple[Placement, ...]:
        """Return every place where a container runs, or may run."""
        found = self._found.get(container.resource)
        if found is None:
            found = self._found[container.resource] = tuple(self._placements(container.resource))
        return found

    def execution_roles(self, container: Container) -> tuple[tuple[Target, tuple[Assumption, ...]], ...]:
        """Return the execution role of a container's task, one for each branch, with the conditions of the branch."""
        task = container.task
        known = self._roles.get(id(task))
        if known is None:
            roles = tuple(
                (target, site.assumptions)
                for value, site in self._each(task.resource, "ExecutionRoleArn", task)
                for target in self._references.of(value, ROLE, site, path="/")
            )
            known = self._roles[id(task)] = task, roles
        return known[1]

    def platforms(self, container: Container) -> tuple[tuple[Value, Value], ...]:
        """Return the architecture and the operating system that a container's task is declared for, in each branch.

        None stands for what it is silent about.
        """
        task = container.task
        known = self._platforms.get(id(task))
        if known is None:
            found: list[tuple[Value, Value]] = []
            for value in self.values(task.resource, "RuntimePlatform", task):
                is_plain = isinstance(value, dict) and not any(key.startswith("Fn::") for key in value)
                architecture, system = (value.get(key) if is_plain else value for key in PLATFORM_KEYS)
                if (pair := (architecture, system)) not in found:
                    found.append(pair)
            if not found or ((None, None) not in found and self.may_lack(task, "RuntimePlatform")):
                found.append((None, None))
            known = self._platforms[id(task)] = task, tuple(found)
        return known[1]

    def targets(self, resource: Resource, path: str, type_: str, at: Site | None = None) -> tuple[Target, ...]:
        """Return what a property refers to, in each branch.

        Args:
            resource: the resource that has the property.
            path: where the property stands, as `Evaluator.sites` takes it.
            type_: the type of the resources that it refers to.
            at: where the path starts; the resource's properties if not given.
        """
        found: list[Target] = []
        for value, site in self._each(resource, path, at):
            found += self._references.of(value, type_, site)
        return tuple(found)

    def _all(self, type_: str) -> Iterator[Resource]:
        for template in self.model.templates:
            yield from template.by_type.get(type_, ())

    def values(self, resource: Resource, path: str, at: Site | None = None) -> tuple[Value, ...]:
        """Return every value that a property can have, each once; absent ones are left out."""
        found: list[Value] = []
        for value, _ in self._each(resource, path, at):
            if value not in found:
                found.append(value)
        return tuple(found)

    def _each(self, resource: Resource, path: str, at: Site | None = None) -> Iterator[tuple[Value, Site]]:
        """Yield every value that a property can have, with its place; absent ones are left out."""
        for site in self._evaluator.sites(resource, path, at):
            for value, _ in self._evaluator.branches(site):
                if value is not ABSENT and value is not None:
                    yield value, site

    def may_lack(self, at: Site, key: str) -> bool:
        """Return whether a key below a site is absent in one of its branches."""
        return any(True for _ in self.lacking(at, key))

    def lacking(self, at: Site, key: str) -> Iterator[Site]:
        """Yield the branches in which a key below a site is absent, or may be, with the conditions of each."""
        node = at.node.get(key) if isinstance(at.node, dict) else None
        if not any(map(is_surely_there, node)) if isinstance(node, list) else not is_surely_there(node):
            yield from self._absent(Site(at.resource, f"{at.location}.{key}", node, at.assumptions))

    def _absent(self, site: Site) -> Iterator[Site]:
        choice = site.node.get("Fn::If") if isinstance(site.node, dict) else None
        if isinstance(choice, list) and len(choice) == 3 and isinstance(choice[0], str):
            for node, outcome in ((choice[1], True), (choice[2], False)):
                assumption = Assumption(site.resource.template, choice[0], outcome)
                branch = site._replace(node=node, assumptions=(*site.assumptions, assumption))
                if self._evaluator.possible(branch):
                    yield from self._absent(branch)
        elif isinstance(site.node, list):
            empty = [site]
            for element in site.node:
                empty = [gone for so_far in empty for gone in self._absent(so_far._replace(node=element))]
            yield from empty
        elif any(branch.value in (ABSENT, None, []) for branch in self._evaluator.branches(site)):
            yield site

    def _placements(self, resource: Resource) -> Iterator[Placement]:
        if resource.type == "AWS::ECS::ExpressGatewayService":
            cluster = self.targets(resource, "Cluster", CLUSTER)
            yield Placement(
                Launch.FARGATE, resource, cluster[0] if cluster else None, (), "Express Mode runs on Fargate"
            )
        elif resource.type == "AWS::ECS::DaemonTaskDefinition":
            yield Placement(Launch.MANAGED_INSTANCES, None, None, (), "daemons run on ECS Managed Instances")
        elif resource.type == "AWS::Batch::JobDefinition":
            yield from self._batch(resource)
        else:
            found = False
            for runner, way, at in self._runners.get(id(resource), ()):
                found = True
                overriding = tuple(self._overriding(runner, way, at)) if runner.type not in (SERVICE, TASK_SET) else ()
                for placement in self._run(runner, way, at):
                    placement.execution_roles = overriding
                    yield placement
            if not found:
                yield from self._anywhere(resource)

    def _batch(self, resource: Resource) -> Iterator[Placement]:
        for platform, assumptions in self._options(resource, "PlatformCapabilities.*"):
            launch = Launch(platform) if platform in ("EC2", "FARGATE") else None
            evidence = f"AWS Batch runs it on {shown(platform)}, in a queue given with each job"
            yield Placement(launch, resource, None, (), evidence, assumptions=assumptions)

    def _options(self, resource: Resource, path: str) -> Iterator[tuple[Value, tuple[Assumption, ...]]]:
        """Yield what a task is for, EC2 where nothing is said, with the conditions under which it is."""
        found = False
        for value, site in self._each(resource, path):
            found = True
            yield value, site.assumptions
        if not found:
            yield Launch.EC2.value, ()

    @cached_property
    def _runners(self) -> Mapping[int, tuple[tuple[Resource, Site, Site], ...]]:
        """What runs each task definition, where its cluster stands there, and where launch type and strategy stand."""
        found: dict[int, dict[object, tuple[Resource, Site, Site]]] = {}
        for type_, (path, settings, key, _) in _RUNNERS.items():
            for runner in self._all(type_):
                for way in self._evaluator.sites(runner, path):
                    for site in self._evaluator.sites(runner, settings, way) if settings else (way,):
                        for value, place in self._each(runner, key, site):
                            at = site._replace(assumptions=place.assumptions)
                            for target in self._references.of(value, TASK_DEFINITION, place):
                                if target.resource is not None:
                                    runners = found.setdefault(id(target.resource), {})
                                    runners[id(runner), at.location, at.assumptions] = runner, way, at
        return {definition: tuple(runners.values()) for definition, runners in found.items()}

    def _overriding(self, runner: Resource, way: Site, at: Site) -> Iterator[Target]:
        """Yield the execution roles that a runner gives its tasks in place of that of their definition.

        Sources:
            https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskOverride.html (the input of a rule)
            https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_EcsTaskOverride.html
        """
        roles = [*self._each(runner, "Overrides.ExecutionRoleArn", at)]
        for value, site in [*self._each(runner, "Input", way), *self._each(runner, _TRANSFORMED, way)]:
            try:
                read = read_document(value) if isinstance(value, (str, Text)) else value
            except ValueError:
                read = None
            if isinstance(read, dict):
                roles += [(role, site) for role in (read.get("executionRoleArn"),) if role is not None]
            elif "executionRoleArn" in str(value) or (isinstance(value, Text) and len(value.pieces) == 1):
                yield Target(value, None, f"the input of {runner.logical_id} may name")
        for role, site in roles:
            yield from self._references.of(role, ROLE, site, path="/")

    def _run(self, runner: Resource, way: Site, at: Site) -> Iterator[Placement]:
        for site, value in self._written(way, _RUNNERS[runner.type].cluster):
            clusters = (None,) if value is ABSENT else self._references.of(value, CLUSTER, site)
            if self.model.can_meet(at.assumptions, site.assumptions):
                there = at._replace(assumptions=_together(at.assumptions, site.assumptions))
                for cluster in clusters:
                    yield from self._run_in(cluster, runner, at, there)

    def _run_in(self, cluster: Target | None, runner: Resource, at: Site, there: Site) -> Iterator[Placement]:
        """Yield where tasks are run in a cluster, None for the one that goes without saying.

        Args:
            cluster: the cluster.
            runner: what runs them.
            at: where launch type and network of its tasks stand.
            there: the same place under the conditions under which it is that cluster.
        """
        by = runner.logical_id
        path, lacks_strategy = "CapacityProviderStrategy", [there]
        for value, site in self._each(runner, f"{path}.*.CapacityProvider", there):
            lacks_strategy = [*self.lacking(there, path)]
            for target in self._references.of(value, CAPACITY_PROVIDER, site):
                evidence = f"{by} by its capacity provider {target}"
                yield self._provided(runner, at, cluster, target, evidence, assumptions=site.assumptions)
        for launch_type, site in self._each(runner, "LaunchType", there):
            evidence = f"{by} by launch type {shown(launch_type)}"
            yield self._launched(runner, at, cluster, launch_type, evidence, assumptions=site.assumptions)
        for without in lacks_strategy:
            for neither in self.lacking(there._replace(assumptions=without.assumptions), "LaunchType"):
                yield from self._by_default(cluster, runner, at, neither.assumptions)

    def _by_default(
        self, cluster: Target | None, runner: Resource, at: Site, assumptions: tuple[Assumption, ...]
    ) -> Iterator[Placement]:
        """Yield where tasks are run whose runner names neither a capacity provider nor a launch type."""
        by = runner.logical_id
        if cluster is not None and cluster.resource is None:
            evidence = f"{by} in cluster {cluster}, which {cluster.lack}"
            yield Placement(None, runner, cluster, (), evidence, at=at, assumptions=assumptions)
            return
        strategy = self._default_strategy(cluster.resource) if cluster and cluster.resource else _NO_STRATEGY
        for target, also in strategy.providers:
            if self.model.can_meet(assumptions, also):
                evidence = f"{by} by the cluster's default capacity provider {target}"
                both = _together(assumptions, also)
                yield self._provided(runner, at, cluster, target, evidence, assumptions=both, by_default=True)
        for also in strategy.absent:
            if self.model.can_meet(assumptions, also):
                evidence, both = f"{by} by launch type EC2, the default", _together(assumptions, also)
                yield self._launched(runner, at, cluster, Launch.EC2.value, evidence, assumptions=both)

    def _provided(
        self,
        runner: Resource,
        at: Site,
        cluster: Target | None,
        target: Target,
        evidence: str,
        *,
        assumptions: tuple[Assumption, ...],
        by_default: bool = False,
    ) -> Placement:
        launch: Launch | None = Launch.EC2
        hosts: tuple[Host, ...] = ()
        provider = target.resource
        if target.value in ("FARGATE", "FARGATE_SPOT"):
            launch = Launch.FARGATE
        elif provider is None:
            launch, evidence = None, f"{evidence}, which {target.lack}"
        elif "ManagedInstancesProvider" in provider.properties:
            launch = Launch.MANAGED_INSTANCES
        else:
            hosts = self._provider_hosts(provider)
        return Placement(
            launch,
            runner,
            cluster,
            hosts,
            evidence,
            provider=provider,
            at=at,
            by_default=by_default,
            assumptions=assumptions,
        )

    def _provider_hosts(self, provider: Resource) -> tuple[Host, ...]:
        if provider not in self._provided_by:
            targets = self.targets(provider, "AutoScalingGroupProvider.AutoScalingGroupArn", GROUP)
            groups = [target.resource for target in targets if target.resource is not None]
            hosts = tuple(host for group in groups for host in self.hosts(group))
            elsewhere = (Host(provider, None, ()),) if hosts and len(groups) < len(targets) else ()
            self._provided_by[provider] = hosts + elsewhere
        return self._provided_by[provider]

    def _launched(
        self,
        runner: Resource,
        at: Site,
        cluster: Target | None,
        launch_type: Value,
        evidence: str,
        *,
        assumptions: tuple[Assumption, ...],
    ) -> Placement:
        launch = _LAUNCHES.get(launch_type) if isinstance(launch_type, str) else None
        hosts: tuple[Host, ...] = ()
        if launch is Launch.EC2:
            named = cluster or Target(DEFAULT_CLUSTER, self._cluster_of(DEFAULT_CLUSTER, runner))
            hosts = self.cluster_hosts(named.resource) if named.resource else self._named_hosts(named, runner)
        return Placement(launch, runner, cluster, hosts, evidence, at=at, assumptions=assumptions)

    def _named_hosts(self, cluster: Target, runner: Resource) -> tuple[Host, ...]:
        """Return the container instances, near a runner, of a cluster that is not in the templates."""
        hosts = self._find_hosts(cluster)
        return tuple(host for host in hosts if near(host.resource.template, runner.template))

    def _default_strategy(self, cluster: Resource) -> _Strategy:
        if cluster not in self._defaults:
            own = Site(cluster, "Properties", cluster.properties, tuple(existence(cluster)))
            providers, absent = (
                [*self._default_providers(own)],
                [site.assumptions for site in self.lacking(own, _DEFAULT)],
            )
            for association in self._associations.get(id(cluster), ()):
                providers += self._default_providers(association)
                lacking = [site.assumptions for site in self.lacking(association, _DEFAULT)]
                lacking += [(each._replace(outcome=not each.outcome),) for each in association.assumptions]
                absent = [_together(one, other) for one in absent for other in lacking]
            self._defaults[cluster] = _Strategy(tuple(dict.fromkeys(providers)), tuple(dict.fromkeys(absent)))
        return self._defaults[cluster]

    def _default_providers(self, owner: Site) -> Iterator[tuple[Target, tuple[Assumption, ...]]]:
        for value, site in self._each(owner.resource, f"{_DEFAULT}.*.CapacityProvider", owner):
            for target in self._references.of(value, CAPACITY_PROVIDER, site):
                yield target, site.assumptions

    @cached_property
    def _associations(self) -> Mapping[int, tuple[Site, ...]]:
        """The associations of capacity providers with each cluster, each with the conditions under which it is one."""
        found: dict[int, dict[object, Site]] = {}
        for association in self._all(ASSOCIATIONS):
            for value, site in self._each(association, "Cluster"):
                own = Site(association, "Properties", association.properties, site.assumptions)
                for target in self._references.of(value, CLUSTER, site):
                    if target.resource is not None:
                        found.setdefault(id(target.resource), {})[id(association), own.assumptions] = own
        return {cluster: tuple(associations.values()) for cluster, associations in found.items()}

    def clusters(self) -> Iterator[tuple[Resource, Host]]:
        """Yield every cluster of the templates with each of its container instances."""
        for cluster in self._all(CLUSTER):
            for host in self.cluster_hosts(cluster):
                yield cluster, host

    def cluster_hosts(self, cluster: Resource) -> tuple[Host, ...]:
        """Return the container instances of a cluster: those of its capacity providers, and those that join it."""
        if id(cluster) not in self._cluster_hosts:
            self._cluster_hosts[id(cluster)] = tuple(self._find_hosts(itself(cluster)))
        return self._cluster_hosts[id(cluster)]

    def _find_hosts(self, cluster: Target) -> Iterator[Host]:
        provided = {id(host): host for host in self._provided_hosts.get(_name_of(cluster), ())}
        yield from provided.values()
        named = self._joining if cluster.resource is None else (id(cluster.resource), None)
        joining = {id(host): host for name in named for host in self._joining.get(name, ()) if self._may(host, cluster)}
        # Where one way to launch them is not known, it may join as the others do.
        joining |= {
            id(one): one for host in joining.values() for one in self.hosts(host.resource) if one.launch is None
        }
        yield from (host for host in joining.values() if id(host) not in provided)

    def _may(self, host: Host, cluster: Target) -> bool:
        """Return whether container instances surely join a cluster in one of their branches."""
        if self.join(host, cluster).verdict is LinkVerdict.HOLDS:
            return True
        joins = self.joins(host)
        return len(joins) > 1 and any(self._joined(host, each, cluster).verdict is LinkVerdict.HOLDS for each in joins)

    @cached_property
    def _joining(self) -> Mapping[int | None, tuple[Host, ...]]:
        """The instances by the cluster of the templates that they join, None for those that join no known one."""
        found: dict[int | None, dict[int, Host]] = {}
        for host in self._launched_hosts:
            for join in self.joins(host):
                cluster = self._cluster_of(join.cluster, host.resource)
                found.setdefault(id(cluster) if cluster is not None else None, {})[id(host)] = host
        return {cluster: tuple(hosts.values()) for cluster, hosts in found.items()}

    @cached_property
    def _provided_hosts(self) -> Mapping[int | str, tuple[Host, ...]]:
        found: dict[int | str, list[Host]] = {}
        for host, cluster, _ in self.provided:
            found.setdefault(_name_of(cluster), []).append(host)
        return {cluster: tuple(hosts) for cluster, hosts in found.items()}

    @cached_property
    def provided(self) -> tuple[tuple[Host, Target, Resource], ...]:
        """Container instances of capacity providers, each with the cluster that they are for and the provider."""
        found: dict[tuple[int, int | str], tuple[Host, Target, Resource]] = {}
        owners = [(cluster, itself(cluster)) for cluster in self._all(CLUSTER)]
        for association in self._all(ASSOCIATIONS):
            owners += [(association, target) for target in self.targets(association, "Cluster", CLUSTER)]
        for owner, cluster in owners:
            for target in self.targets(owner, "CapacityProviders.*", CAPACITY_PROVIDER):
                if target.resource is not None:
                    for host in self._provider_hosts(target.resource):
                        found[id(host), _name_of(cluster)] = host, cluster, target.resource
        return tuple(found.values())

    @cached_property
    def container_instances(self) -> tuple[Host, ...]:
        """The instances of all templates that run ECS.

        They are of a capacity provider, name a cluster in their user data, or boot from an ECS-optimized image.
        """
        providers = [host for provider in self._all(CAPACITY_PROVIDER) for host in self._provider_hosts(provider)]
        found = {id(host): host for host in providers}
        for host in self._launched_hosts:
            if any(join.certainty is Certainty.SAID for join in self.joins(host)) or any(
                ami.product is not None and ami.product.ecs_optimized for ami in self.amis(host)
            ):
                found[id(host)] = host
        return tuple(found.values())

    @cached_property
    def _launched_hosts(self) -> tuple[Host, ...]:
        return tuple(
            host
            for type_ in (GROUP, INSTANCE, *FLEETS)
            for resource in self._all(type_)
            for host in self.hosts(resource)
        )

    def strays(self, placement: Placement) -> Iterator[tuple[Host, Link]]:
        """Yield the container instances that were meant for a placement without any, and why they miss it.

        They stand in the template of its cluster, boot from ECS-optimized images, and their user data names nothing.
        """
        cluster = placement.cluster
        if placement.launch is not Launch.EC2 or placement.hosts or cluster is None or cluster.resource is None:
            return
        for host in self.container_instances:
            if host.resource.template is cluster.resource.template and not self.is_provided(host):
                link = self.join(host, cluster)
                silent = all(join.certainty is Certainty.SILENT for join in self.joins(host))
                if silent and link.verdict is LinkVerdict.BROKEN:
                    yield host, link

    def is_provided(self, host: Host) -> bool:
        """Return whether container instances are of a capacity provider of a cluster."""
        return any(other is host for hosts in self._provided_hosts.values() for other in hosts)

    def amis(self, host: Host) -> tuple[Ami, ...]:
        """Return every image that container instances can boot from."""
        if id(host) not in self._amis:
            self._amis[id(host)] = tuple(dict.fromkeys(ami for _, ami in self.images(host)))
        return self._amis[id(host)]

    def images(self, host: Host) -> Iterator[tuple[Site, Ami]]:
        """Yield every image that container instances can boot from, with the place that has its `ImageId`."""
        launch = host.launch
        if launch is not None:
            places = [image_site(launch, override) for override in host.overrides] or [launch]
            for at in {place.location: place for place in places}.values():
                if self.may_lack(at, "ImageId"):
                    yield at, Ami(None)
                for site in self._evaluator.sites(at.resource, "ImageId", at):
                    for branch in self._evaluator.branches(site):
                        yield at, read_ami(branch.value, branch.defaults, at.resource.type)

    def joins(self, host: Host) -> tuple[Join, ...]:
        """Return which cluster the user data of container instances joins, in each of its branches."""
        if id(host) not in self._joins:
            self._joins[id(host)] = tuple(dict.fromkeys(self._find_joins(host)))
        return self._joins[id(host)]

    def _find_joins(self, host: Host) -> Iterator[Join]:
        launch = host.launch
        if launch is None:
            yield Join(
                Certainty.UNKNOWN,
                None,
                f"what launches {host.resource.logical_id} is not in the templates",
                installs=True,
            )
            return
        systems = {ami.product.system if ami.product else None for ami in self.amis(host)}
        pairs = self._data(launch, systems.pop()) if len(systems) == 1 else self._data_by_image(host, launch)
        for data, system in pairs:
            yield from self._read(data, system, launch.resource.template)

    def _data(self, launch: Site, system: System | None) -> Iterator[tuple[Value, System | None]]:
        """Yield the user data of a launch in each branch, with the system of its image."""
        for site in self._evaluator.sites(launch.resource, "UserData", launch):
            for branch in self._evaluator.branches(site._replace(node=plain(site.node))):
                yield branch.value, system
        if self.may_lack(launch, "UserData"):
            yield None, system

    def _data_by_image(self, host: Host, launch: Site) -> Iterator[tuple[Value, System | None]]:
        """Yield the user data of a launch with the system of each image that goes together with it."""
        data = {"UserData": plain(launch.node["UserData"])} if "UserData" in launch.node else {}
        for at in {place.location: place for place, _ in self.images(host)}.values():
            if at.resource.template is not launch.resource.template:
                yield from self._data(launch, None)
                continue
            both = at._replace(
                node={"ImageId": at.node.get("ImageId"), **data},
                assumptions=(*launch.assumptions, *at.assumptions),
            )
            for branch in self._evaluator.branches(both):
                together = branch.value if isinstance(branch.value, dict) else {"UserData": branch.value}
                product = read_ami(together.get("ImageId"), type_=at.resource.type).product
                yield together.get("UserData"), product.system if product else None

    def _read(self, data: Value, system: System | None, template: Template) -> Iterator[Join]:
        """Yield which cluster user data joins, once for each branch of what `cfn-init` does."""
        way, count = 0, 1

        def setup(name: str, sets: Sequence[str]) -> Sequence[Step]:
            nonlocal count
            ways = self._initializations(template, name, sets)
            count = max(count, len(ways))
            return ways[min(way, len(ways) - 1)] if ways else ()

        while way < count:
            yield read_user_data(data, system, setup, template.region)
            way += 1

    def _initializations(self, template: Template, name: str, sets: Sequence[str]) -> Sequence[Sequence[Step]]:
        """Return what `cfn-init` does for the metadata of a resource with a logical ID, in each branch."""
        resource = template.resources.get(name)
        init = resource.metadata.get("AWS::CloudFormation::Init") if resource is not None else None
        if init is None:
            return ()
        ways = dict.fromkeys(tuple(steps(branch.value, sets)) for branch in self._evaluator.evaluate(template, init))
        return [*ways] if len(ways) <= MAX_WAYS else [(Step(None, COMPUTED),)]

    def lacks_agent(self, host: Host) -> bool:
        """Return whether the user data of container instances certainly does not install the ECS agent."""
        return not any(join.installs for join in self.joins(host))

    def join(self, host: Host, cluster: Target) -> Link:
        """Return whether container instances join a cluster; the worst of their branches counts."""
        key = id(host), _name_of(cluster)
        if key not in self._links:
            self._links[key] = worst(self._joined(host, join, cluster) for join in self.joins(host))
        return self._links[key]

    def _joined(self, host: Host, join: Join, cluster: Target) -> Link:
        name = host.resource.logical_id
        verdict = LinkVerdict.UNKNOWN if join.cluster is None else self._same_cluster(host, join.cluster, cluster)
        silent = join.certainty is Certainty.SILENT
        if silent and (host.launch is None or any(ami.product is None for ami in self.amis(host))):
            verdict = LinkVerdict.UNKNOWN  # an image of one's own may name the cluster
        if verdict is LinkVerdict.HOLDS:
            return Link("placement", verdict, f"{name} joins {cluster}: {join.evidence}")
        if verdict is LinkVerdict.UNKNOWN:
            return Link("placement", verdict, f"whether {name} joins {cluster} is not known: {join.evidence}")
        other = f"the cluster {join.cluster!s}" if not silent else f"the cluster {DEFAULT_CLUSTER!r}"
        return Link("placement", verdict, f"{name} joins {other}, not {cluster}: {join.evidence}")

    def _same_cluster(self, host: Host, joined: str | Text, cluster: Target) -> LinkVerdict:
        """Return whether the cluster that user data names is another one."""
        if cluster.resource is not None and not near(host.resource.template, cluster.resource.template):
            return LinkVerdict.BROKEN
        names = self._names_of(cluster)
        if joined in names or joined == cluster.value:
            return LinkVerdict.HOLDS
        other = self._cluster_of(joined, host.resource)
        if other is not None and cluster.resource is not None:
            return LinkVerdict.HOLDS if other is cluster.resource else LinkVerdict.BROKEN
        if other is not None:
            names, joined_names = [cluster.value], self._names_of(itself(other))
        else:
            joined_names = [joined]
        if any(not isinstance(name, str) for name in (*names, *joined_names)):
            return LinkVerdict.UNKNOWN
        short = [str(name).rpartition("/")[2] for name in joined_names]
        if any(str(name).rpartition("/")[2] in short for name in names):
            # An ARN that is none of the templates' own may be of another region or account.
            is_full = cluster.resource is not None or str(cluster.value).startswith("arn:")
            apart = other is None and is_full and str(joined).startswith("arn:")
            return LinkVerdict.UNKNOWN if apart else LinkVerdict.HOLDS
        # CloudFormation makes a name from those of the stack and of the resource, and from letters at random.
        made = not names and any(re.fullmatch(r".+-.+-[A-Za-z0-9]{12,}", name) for name in short)
        return LinkVerdict.UNKNOWN if made or not joined_names else LinkVerdict.BROKEN

    def _cluster_of(self, joined: str | Text | None, where: Resource) -> Resource | None:
        """Return the cluster of the templates that a resource names in its user data."""
        if joined is None or (isinstance(joined, Text) and len(joined.pieces) > 1):
            return None
        found = self._references.of(joined, CLUSTER, Site(where, "", joined, tuple(existence(where))))
        clusters = {target.resource for target in found if target.resource is not None}
        return clusters.pop() if len(clusters) == 1 else None

    def _names_of(self, cluster: Target) -> list[Value]:
        """Return what a cluster of the templates is called, nothing where CloudFormation makes its name."""
        return [cluster.value] if cluster.resource is None else [*self.values(cluster.resource, "ClusterName")]

    def hosts(self, resource: Resource) -> tuple[Host, ...]:
        """Return the container instances of a group, a fleet or an instance, one for each way to launch them."""
        if id(resource) not in self._hosts:
            self._hosts[id(resource)] = tuple(
                Host(resource, launch, tuple(dict.fromkeys(self._host_roles(resource, launch))), overrides)
                for launch, overrides in [*self._launches(resource)] or [(None, ())]
            )
        return self._hosts[id(resource)]

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
        for override in self._evaluator.sites(resource, f"{mixed}.Overrides.*"):
            if isinstance(override.node, dict) and "LaunchTemplateSpecification" in override.node:
                for launch in self._launch_templates(resource, "LaunchTemplateSpecification", override):
                    yield launch, (override,)
            else:
                plain_overrides.append(override)
        if plain_overrides or not any(True for _ in self._evaluator.sites(resource, f"{mixed}.Overrides.*")):
            for launch in self._launch_templates(resource, f"{mixed}.LaunchTemplateSpecification"):
                yield launch, tuple(plain_overrides)
        for target in self.targets(resource, "LaunchConfigurationName", LAUNCH_CONFIGURATION):
            for launch in self._evaluator.sites(target.resource, "") if target.resource else (None,):
                yield launch, ()

    def _fleet_launches(self, fleet: Resource, start: str) -> Iterator[tuple[Site | None, tuple[Site, ...]]]:
        for config in self._evaluator.sites(fleet, f"{start}LaunchTemplateConfigs.*"):
            overrides = tuple(self._evaluator.sites(fleet, "Overrides.*", config))
            for launch in self._launch_templates(fleet, "LaunchTemplateSpecification", config):
                yield launch, overrides
        for specification in self._evaluator.sites(fleet, f"{start}LaunchSpecifications.*"):
            yield (specification if isinstance(specification.node, dict) else None), ()

    def _instance_launches(self, instance: Resource) -> Iterator[Site | None]:
        for own in self._evaluator.sites(instance, ""):
            templates = [*self._launch_templates(instance, "LaunchTemplate", own)]
            for launch in templates:
                if launch is None or launch.resource.template is not instance.template:
                    yield launch
                else:
                    # What an instance says itself goes before what its launch template says.
                    yield own._replace(node={**launch.node, **own.node})
            if not templates:
                yield own

    def _launch_templates(self, resource: Resource, path: str, at: Site | None = None) -> Iterator[Site | None]:
        for key in ("LaunchTemplateId", "LaunchTemplateName"):
            for target in self.targets(resource, f"{path}.{key}", LAUNCH_TEMPLATE, at):
                found = False
                for site in self._evaluator.sites(target.resource, "LaunchTemplateData") if target.resource else ():
                    found = True
                    yield site if isinstance(site.node, dict) else None
                versions = self.values(resource, f"{path}.Version", at)
                if not found or not all(_is_written(version, target.resource) for version in versions):
                    yield None

    def _host_roles(self, host: Resource, launch: Site | None) -> Iterator[Target]:
        if launch is None:
            return
        there = launch._replace(assumptions=(*launch.assumptions, *existence(host)))
        for site, written in self._written(there, "IamInstanceProfile"):
            named = isinstance(written, dict) and ("Arn" in written or "Name" in written)
            profile = written.get("Arn", written.get("Name")) if named else written
            if profile is ABSENT or profile is None or profile == {}:
                yield Target(ABSENT, None, "have no instance profile")
            else:
                for target in self._references.of(profile, PROFILE, site):
                    yield from self._profile_roles(target, site)

    def _written(self, at: Site, key: str) -> Iterator[tuple[Site, Value]]:
        """Yield each value of a key below a site with its place, `ABSENT` where it is not there in a branch."""
        for value, site in self._each(at.resource, key, at):
            yield site, value
        if not any(site.location.endswith("…") for site in self._evaluator.sites(at.resource, key, at)):
            for site in self.lacking(at, key):
                yield site, ABSENT

    def _profile_roles(self, profile: Target, at: Site) -> Iterator[Target]:
        """Yield the role of an instance profile that is named in a place, one for each branch."""
        if profile.resource is None:
            yield profile._replace(doubt=f"have the instance profile {profile}, which {profile.lack}")
            return
        properties = profile.resource.properties
        own = Site(profile.resource, "Properties", properties, (*at.assumptions, *existence(profile.resource)))
        if any(value in (ABSENT, None, []) for _, value in self._written(own, "Roles")):
            yield Target(ABSENT, None, f"have the instance profile {profile.resource.logical_id}, which has no role")
        for role in self.targets(profile.resource, "Roles.*", ROLE, own):
            yield role._replace(doubt=f"have the role {role}, which {role.doubt}") if role.doubt else role

    def _anywhere(self, definition: Resource) -> Iterator[Placement]:
        """Yield every place where a task definition may run that no runner of the templates runs."""
        for compatibility, assumptions in self._options(definition, "RequiresCompatibilities.*"):
            evidence = f"no service or schedule in the templates runs it; it is for {shown(compatibility)}"
            launch = _LAUNCHES.get(compatibility) if isinstance(compatibility, str) else None
            may_run_it = self.container_instances if launch is Launch.EC2 else ()
            hosts = tuple(host for host in may_run_it if near(host.resource.template, definition.template))
            yield Placement(launch, None, None, hosts, evidence, assumptions=assumptions)


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


class _Strategy(NamedTuple):
    """The default capacity provider strategy of a cluster.

    Attributes:
        providers: its capacity providers, with the conditions under which each is in it.
        absent: the conditions of each case in which the cluster has none.
    """

    providers: tuple[tuple[Target, tuple[Assumption, ...]], ...] = ()
    absent: tuple[tuple[Assumption, ...], ...] = ((),)


_NO_STRATEGY = _Strategy()


def _together(*groups: tuple[Assumption, ...]) -> tuple[Assumption, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(groups)))


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


def _name_of(cluster: Target) -> int | str:
    return id(cluster.resource) if cluster.resource is not None else str(cluster)


def placement_link(facts: Facts, container: Container) -> Link:
    """Return whether it is known what a container runs on, and whether its container instances join its cluster.

    They join a cluster by what their user data says, and by a role that lets the ECS agent register.
    """
    return worst(link for placement in facts.placements.of(container) for link in _placed(facts, placement))


def _placed(facts: Facts, placement: Placement) -> Iterator[Link]:
    placements = facts.placements
    if placement.launch is None:
        yield Link("placement", LinkVerdict.UNKNOWN, placement.evidence)
    elif placement.launch is not Launch.EC2:
        yield Link("placement", LinkVerdict.HOLDS, placement.evidence)
    elif placement.runner is None or not placement.hosts:
        where = "its cluster" if placement.cluster is None else f"cluster {placement.cluster}"
        missing = f"; no container instances of {where} are in the templates"
        yield from [link for _, link in placements.strays(placement)] or [
            Link("placement", LinkVerdict.UNKNOWN, f"{placement.evidence}{missing if placement.runner else ''}")
        ]
    else:
        cluster = placement.cluster or Target(DEFAULT_CLUSTER, None)
        for host in placement.hosts:
            link = placements.join(host, cluster)
            if link.verdict is LinkVerdict.BROKEN and not placements.is_provided(host):
                # They do join it in another branch, and nothing says that they have to in this one.
                link = link._replace(verdict=LinkVerdict.UNKNOWN, evidence=f"{link.evidence}, in one branch")
            if link.verdict is not LinkVerdict.BROKEN:
                link = worst((link, facts.pulls.registers(host, cluster)))
            yield link._replace(evidence=f"{placement.evidence}; {link.evidence}")
