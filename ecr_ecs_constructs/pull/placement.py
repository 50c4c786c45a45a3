"""Where a container runs and who pulls its image there.

Services, capacity providers, Auto Scaling groups, launch templates, instance profiles and roles are followed by
reference and by literal name, across all templates of a call.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/capacity-launch-type-comparison.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import ABSENT, Hole, Site, Text, Value
from ecr_ecs_constructs.pull.path import Container, Model

CLUSTER, SERVICE, TASK_SET = "AWS::ECS::Cluster", "AWS::ECS::Service", "AWS::ECS::TaskSet"
CAPACITY_PROVIDER, ASSOCIATIONS = "AWS::ECS::CapacityProvider", "AWS::ECS::ClusterCapacityProviderAssociations"
GROUP, INSTANCE = "AWS::AutoScaling::AutoScalingGroup", "AWS::EC2::Instance"
LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION = "AWS::EC2::LaunchTemplate", "AWS::AutoScaling::LaunchConfiguration"
PROFILE, ROLE = "AWS::IAM::InstanceProfile", "AWS::IAM::Role"

_NAMES: Mapping[str, str] = {
    CLUSTER: "ClusterName",
    CAPACITY_PROVIDER: "Name",
    GROUP: "AutoScalingGroupName",
    LAUNCH_TEMPLATE: "LaunchTemplateName",
    LAUNCH_CONFIGURATION: "LaunchConfigurationName",
    PROFILE: "InstanceProfileName",
    ROLE: "RoleName",
    "AWS::ECS::TaskDefinition": "Family",
}
"""The property that names the resources of a type."""


class Launch(str, Enum):
    """What a task runs on."""

    EC2 = "EC2"
    FARGATE = "FARGATE"
    MANAGED_INSTANCES = "MANAGED_INSTANCES"
    EXTERNAL = "EXTERNAL"


@dataclass(frozen=True)
class Target:
    """What a property refers to, in one of its branches.

    Attributes:
        value: the property's value.
        resource: the resource of the templates that it is, None where it is not in them or not known.
    """

    value: Value
    resource: Resource | None

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True)
class Host:
    """Container instances that are launched alike.

    Attributes:
        resource: the Auto Scaling group or the instance.
        launch: where image, instance type, user data and profile stand: the `LaunchTemplateData` of a launch
            template, or the properties of a launch configuration or an instance; None where it is not in the templates.
        roles: the container instance role, one for each branch; empty where no profile is given.
    """

    resource: Resource
    launch: Site | None
    roles: tuple[Target, ...]


@dataclass(frozen=True)
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
    """

    launch: Launch | None
    runner: Resource | None
    cluster: Target | None
    hosts: tuple[Host, ...]
    evidence: str
    provider: Resource | None = None
    at: Site | None = field(default=None, compare=False)


class Placements:
    """The places where the containers of a model run."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._evaluator = model.evaluator
        self._by_name: dict[str, dict[str, Resource]] = {}
        self._found: dict[tuple[int, str], tuple[Placement, ...]] = {}

    def of(self, container: Container) -> tuple[Placement, ...]:
        """Return every place where a container runs, or may run."""
        resource = container.resource
        key = (id(resource.template), resource.logical_id)
        if key not in self._found:
            self._found[key] = tuple(self._placements(resource))
        return self._found[key]

    def execution_roles(self, container: Container) -> tuple[Target, ...]:
        """Return the execution role of a container's task, one for each branch; empty where there is none."""
        return self.targets(container.resource, "ExecutionRoleArn", ROLE, container.task)

    def targets(self, resource: Resource, path: str, type_: str, at: Site | None = None) -> tuple[Target, ...]:
        """Return what a property refers to, in each branch.

        Args:
            resource: the resource that has the property.
            path: where the property stands, as `Evaluator.sites` takes it.
            type_: the type of the resources that it refers to.
            at: where the path starts; the resource's properties if not given.
        """
        return tuple(
            Target(branch.value, self.resolve(branch.value, type_))
            for site in self._evaluator.sites(resource, path, at)
            for branch in self._evaluator.branches(site)
            if branch.value is not ABSENT and branch.value is not None
        )

    def resolve(self, value: Value, type_: str) -> Resource | None:
        """Return the resource of a type that a reference, a name or an ARN stands for, where it is in the templates."""
        if isinstance(value, Text):
            last = value.pieces[-1]
            if isinstance(last, Hole):
                return last.resource if last.resource is not None and last.resource.type == type_ else None
            value = last if "/" in last else ""
        if not isinstance(value, str) or not value:
            return None
        name = value.rpartition("/")[2] if value.startswith("arn:") or "/" in value else value
        return self._named(type_).get(name)

    def _named(self, type_: str) -> Mapping[str, Resource]:
        if type_ not in self._by_name:
            self._by_name[type_] = {
                branch.value: resource
                for resource in self._all(type_)
                for site in self._evaluator.sites(resource, _NAMES[type_])
                for branch in self._evaluator.branches(site)
                if isinstance(branch.value, str)
            }
        return self._by_name[type_]

    def _all(self, type_: str) -> Iterator[Resource]:
        for template in self.model.templates:
            yield from template.by_type.get(type_, ())

    def values(self, resource: Resource, path: str, at: Site | None = None) -> tuple[Value, ...]:
        """Return every value that a property can have, each once; absent ones are left out."""
        found: list[Value] = []
        for site in self._evaluator.sites(resource, path, at):
            for branch in self._evaluator.branches(site):
                if branch.value is not ABSENT and branch.value is not None and branch.value not in found:
                    found.append(branch.value)
        return tuple(found)

    def may_lack(self, at: Site, key: str) -> bool:
        """Return whether a key below a site is absent in one of its branches."""
        node = at.node.get(key) if isinstance(at.node, dict) else None
        site = Site(at.resource, f"{at.location}.{key}", node, at.assumptions)
        return any(branch.value is ABSENT or branch.value is None for branch in self._evaluator.branches(site))

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
            for runner, at in self._runners(resource):
                found = True
                for placement in self._run(runner, at):
                    yield replace(placement, at=at)
            if not found:
                yield from self._anywhere(resource)

    def _batch(self, resource: Resource) -> Iterator[Placement]:
        platforms = self.values(resource, "PlatformCapabilities.*") or ("EC2",)
        for platform in platforms:
            launch = Launch(platform) if platform in ("EC2", "FARGATE") else None
            yield Placement(
                launch, resource, None, (), f"AWS Batch runs it on {platform}, in a queue given with each job"
            )

    def _runners(self, definition: Resource) -> Iterator[tuple[Resource, Site]]:
        """Yield what runs a task definition, and where launch type, cluster and strategy stand there."""
        for type_, (path, key) in _RUNNERS.items():
            for runner in self._all(type_):
                for site in self._evaluator.sites(runner, path):
                    targets = self.targets(runner, key, definition.type, site)
                    if any(target.resource is definition for target in targets):
                        yield runner, site

    def _run(self, runner: Resource, at: Site) -> Iterator[Placement]:
        clusters = self.targets(runner, "Cluster", CLUSTER, at)
        cluster = clusters[0] if clusters else None
        if runner.type not in (SERVICE, TASK_SET):
            arns = self.targets(runner, _CLUSTER_ELSEWHERE[runner.type], CLUSTER)
            cluster = arns[0] if arns else None
        by = f"{runner.logical_id}"
        strategies = self.targets(runner, "CapacityProviderStrategy.*.CapacityProvider", CAPACITY_PROVIDER, at)
        for target in strategies:
            yield self._provided(runner, cluster, target, f"{by} by its capacity provider {target}")
        launch_types = self.values(runner, "LaunchType", at)
        for launch_type in launch_types:
            evidence = f"{by} by launch type {launch_type}"
            yield self._launched(runner, cluster, launch_type, evidence)
        if (strategies and not self.may_lack(at, "CapacityProviderStrategy")) or (
            launch_types and not self.may_lack(at, "LaunchType")
        ):
            return
        defaults = self._default_strategy(cluster)
        for target in defaults:
            yield self._provided(runner, cluster, target, f"{by} by the cluster's default capacity provider {target}")
        if not defaults:
            if cluster is not None and cluster.resource is None:
                yield Placement(None, runner, cluster, (), f"{by} in a cluster that is not in the templates")
            else:
                yield self._launched(runner, cluster, Launch.EC2.value, f"{by} by launch type EC2, the default")

    def _provided(self, runner: Resource, cluster: Target | None, target: Target, evidence: str) -> Placement:
        if target.value in ("FARGATE", "FARGATE_SPOT"):
            return Placement(Launch.FARGATE, runner, cluster, (), evidence)
        provider = target.resource
        if provider is None:
            return Placement(None, runner, cluster, (), f"{evidence}, which is not in the templates")
        if "ManagedInstancesProvider" in provider.properties:
            return Placement(Launch.MANAGED_INSTANCES, runner, cluster, (), evidence, provider)
        return Placement(Launch.EC2, runner, cluster, tuple(self._provider_hosts(provider)), evidence, provider)

    def _provider_hosts(self, provider: Resource) -> Iterator[Host]:
        for target in self.targets(provider, "AutoScalingGroupProvider.AutoScalingGroupArn", GROUP):
            if target.resource is not None:
                yield from self.hosts(target.resource)

    def _launched(self, runner: Resource, cluster: Target | None, launch_type: Value, evidence: str) -> Placement:
        if launch_type not in [launch.value for launch in Launch]:
            return Placement(None, runner, cluster, (), evidence)
        launch = Launch(launch_type)
        known = cluster.resource if cluster else None
        hosts = tuple(self.cluster_hosts(known)) if launch is Launch.EC2 and known else ()
        return Placement(launch, runner, cluster, hosts, evidence)

    def _default_strategy(self, cluster: Target | None) -> tuple[Target, ...]:
        if cluster is None or cluster.resource is None:
            return ()
        path = "DefaultCapacityProviderStrategy.*.CapacityProvider"
        found = [*self.targets(cluster.resource, path, CAPACITY_PROVIDER)]
        for association in self._associations(cluster.resource):
            found += self.targets(association, path, CAPACITY_PROVIDER)
        return tuple(found)

    def _associations(self, cluster: Resource) -> Iterator[Resource]:
        for association in self._all(ASSOCIATIONS):
            if any(target.resource is cluster for target in self.targets(association, "Cluster", CLUSTER)):
                yield association

    def clusters(self) -> Iterator[tuple[Resource, Host]]:
        """Yield every cluster of the templates with each of its container instances."""
        for cluster in self._all(CLUSTER):
            for host in self.cluster_hosts(cluster):
                yield cluster, host

    def cluster_hosts(self, cluster: Resource) -> Iterator[Host]:
        """Yield the container instances of a cluster: those of its capacity providers, and those that join it."""
        provided: list[Resource] = []
        for owner in (cluster, *self._associations(cluster)):
            for target in self.targets(owner, "CapacityProviders.*", CAPACITY_PROVIDER):
                for host in self._provider_hosts(target.resource) if target.resource else ():
                    if host.resource not in provided or host.resource is provided[-1]:
                        provided.append(host.resource)
                        yield host
        for type_ in (GROUP, INSTANCE):
            for resource in self._all(type_):
                for host in self.hosts(resource) if resource not in provided else ():
                    if self._joins(host, cluster):
                        yield host

    def _joins(self, host: Host, cluster: Resource) -> bool:
        """Return whether the user data of container instances mentions a cluster."""
        if host.launch is None:
            return False
        names = [name for name in self.values(cluster, _NAMES[CLUSTER]) if isinstance(name, str)]
        for value in self.user_data(host.launch):
            pieces = value.pieces if isinstance(value, Text) else (value,)
            for piece in pieces:
                if isinstance(piece, Hole) and piece.resource is cluster:
                    return True
                if isinstance(piece, str) and any(name in piece for name in names):
                    return True
        return False

    def user_data(self, launch: Site) -> tuple[Value, ...]:
        """Return the user data of a launch, each text that it can become, without its `Fn::Base64`."""
        found: list[Value] = []
        for site in self._evaluator.sites(launch.resource, "UserData", launch):
            encoded = isinstance(site.node, dict) and site.node.keys() == {"Fn::Base64"}
            plain = replace(site, node=site.node["Fn::Base64"]) if encoded else site
            found += [branch.value for branch in self._evaluator.branches(plain) if branch.value not in found]
        return tuple(found)

    def hosts(self, resource: Resource) -> tuple[Host, ...]:
        """Return the container instances of an Auto Scaling group or an instance, one for each way to launch them."""
        launches: list[Site | None] = [*self._launches(resource)]
        return tuple(Host(resource, launch, self._host_roles(launch)) for launch in launches or [None])

    def _launches(self, resource: Resource) -> Iterator[Site]:
        for path in _LAUNCH_TEMPLATE_PATHS:
            for key in ("LaunchTemplateId", "LaunchTemplateName"):
                for target in self.targets(resource, f"{path}.{key}", LAUNCH_TEMPLATE):
                    if target.resource is not None:
                        yield from self._evaluator.sites(target.resource, "LaunchTemplateData")
        if resource.type == INSTANCE:
            yield from self._evaluator.sites(resource, "")
        for target in self.targets(resource, "LaunchConfigurationName", LAUNCH_CONFIGURATION):
            if target.resource is not None:
                yield from self._evaluator.sites(target.resource, "")

    def _host_roles(self, launch: Site | None) -> tuple[Target, ...]:
        if launch is None:
            return ()
        roles: list[Target] = []
        for path in ("IamInstanceProfile.Arn", "IamInstanceProfile.Name", "IamInstanceProfile"):
            if path == "IamInstanceProfile" and isinstance(launch.node.get("IamInstanceProfile"), dict) and roles:
                break
            for profile in self.targets(launch.resource, path, PROFILE, launch):
                if isinstance(profile.value, dict):
                    continue
                if profile.resource is None:
                    roles.append(Target(profile.value, None))
                else:
                    roles += self.targets(profile.resource, "Roles.*", ROLE)
        return tuple(roles)

    def _anywhere(self, definition: Resource) -> Iterator[Placement]:
        """Yield every place where a task definition may run that nothing in the templates runs."""
        for compatibility in self.values(definition, "RequiresCompatibilities.*") or (Launch.EC2.value,):
            evidence = f"nothing in the templates runs it; it is for {compatibility}"
            if compatibility not in [launch.value for launch in Launch]:
                yield Placement(None, None, None, (), evidence)
            elif compatibility == Launch.EC2.value:
                groups = [*self._all(GROUP), *self._all(INSTANCE)]
                hosts = tuple(host for group in groups for host in self.hosts(group))
                yield Placement(Launch.EC2, None, None, hosts, evidence)
            else:
                yield Placement(Launch(compatibility), None, None, (), evidence)


_RUNNERS: Mapping[str, tuple[str, str]] = {
    SERVICE: ("", "TaskDefinition"),
    TASK_SET: ("", "TaskDefinition"),
    "AWS::Events::Rule": ("Targets.*.EcsParameters", "TaskDefinitionArn"),
    "AWS::Scheduler::Schedule": ("Target.EcsParameters", "TaskDefinitionArn"),
    "AWS::Pipes::Pipe": ("TargetParameters.EcsTaskParameters", "TaskDefinitionArn"),
}
"""What runs task definitions: where its settings stand, and the key of the task definition among them."""

_CLUSTER_ELSEWHERE: Mapping[str, str] = {
    "AWS::Events::Rule": "Targets.*.Arn",
    "AWS::Scheduler::Schedule": "Target.Arn",
    "AWS::Pipes::Pipe": "Target",
}
"""Where the cluster stands that is not among the settings."""

_LAUNCH_TEMPLATE_PATHS = (
    "LaunchTemplate",
    "MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification",
    "MixedInstancesPolicy.LaunchTemplate.Overrides.*.LaunchTemplateSpecification",
)
