"""The task definitions and the runs of tasks that no deployment makes.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ecr_ecs_constructs.cloudformation.conditions.unresolved import Resolution
from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked, unnoted
from ecr_ecs_constructs.cloudformation.template import Resource, Template, outermost
from ecr_ecs_constructs.cloudformation.validity.arns import parts_of
from ecr_ecs_constructs.cloudformation.values import Site, shown
from ecr_ecs_constructs.pull.ami import System
from ecr_ecs_constructs.pull.boot.user_data import DEFAULT_CLUSTER
from ecr_ecs_constructs.pull.containers import FAMILY_KEY, Container
from ecr_ecs_constructs.pull.deployable.assertions import asserted
from ecr_ecs_constructs.pull.deployable.balancers import refused_balancers
from ecr_ecs_constructs.pull.deployable.connections import refused_connections
from ecr_ecs_constructs.pull.deployable.containers import refused_containers
from ecr_ecs_constructs.pull.deployable.daemons import refused_daemons
from ecr_ecs_constructs.pull.deployable.dependencies import refused_dependencies
from ecr_ecs_constructs.pull.deployable.express_mode import refused_by_definition, refused_express_mode
from ecr_ecs_constructs.pull.deployable.external import refused_on_external
from ecr_ecs_constructs.pull.deployable.fargate import refused_on_fargate, refused_version
from ecr_ecs_constructs.pull.deployable.jobs import refused_job
from ecr_ecs_constructs.pull.deployable.logging import refused_logging
from ecr_ecs_constructs.pull.deployable.managed_instances import refused_on_managed_instances
from ecr_ecs_constructs.pull.deployable.ports import refused_ports
from ecr_ecs_constructs.pull.deployable.refusal import Refusal
from ecr_ecs_constructs.pull.deployable.roles import refused_roles
from ecr_ecs_constructs.pull.deployable.scheduling import (
    refused_balance,
    refused_deployments,
    refused_placement,
    refused_registries,
    refused_schedule,
)
from ecr_ecs_constructs.pull.deployable.services import refused_commands
from ecr_ecs_constructs.pull.deployable.settings import (
    refused_limits,
    refused_on_windows,
    refused_options,
    refused_storage,
)
from ecr_ecs_constructs.pull.deployable.shifting import refused_hooks, refused_shift
from ecr_ecs_constructs.pull.deployable.signals import abandoned
from ecr_ecs_constructs.pull.deployable.sizes import refused_sizes
from ecr_ecs_constructs.pull.deployable.stacks import Stacks
from ecr_ecs_constructs.pull.deployable.volumes import refused_volumes
from ecr_ecs_constructs.pull.iam.origins import Origins
from ecr_ecs_constructs.pull.iam.registry import Registries
from ecr_ecs_constructs.pull.iam.roles import Roles
from ecr_ecs_constructs.pull.machines.machines import Machines
from ecr_ecs_constructs.pull.placement.capacity import Capacity
from ecr_ecs_constructs.pull.placement.kinds import LaunchType, Placement
from ecr_ecs_constructs.pull.placement.runners import EXPRESS, NETWORKS, SCHEDULE, SERVICE
from ecr_ecs_constructs.pull.repositories import Repositories
from ecr_ecs_constructs.pull.texts.references import (
    CLUSTER,
    DAEMON_DEFINITION,
    JOB_DEFINITION,
    TASK_DEFINITION,
    References,
)

_STRATEGY = "CapacityProviderStrategy"


class Deployable(InWorld):
    """The refusals of CloudFormation and Amazon ECS in one world.

    Args:
        roles: the policies of roles.
    """

    def __init__(self, roles: Roles) -> None:
        self.world = roles.world
        self._resolution = Resolution(self.world)
        self._repositories = Repositories(self.world)
        self._origins = Origins(Registries(roles.documents), roles)
        self._capacity = Capacity(self.world)
        self._machines = Machines(self.world)
        self._references = References(self.world)
        self._stacks = Stacks(roles, self._resolution)

    def refused(self, container: Container, placement: Placement) -> Refusal | None:
        """Return why no deployment makes a container's task in a placement, None where nothing speaks against it.

        A refusal that is sure comes before one that is decided at deployment.

        Args:
            container: the container.
            placement: one of its placements.
        """
        makers = [*self._makers(container, placement)]
        found = [refusal for each in makers for refusal in self._unresolved(each)]
        found += asserted(container.resource)
        if container.resource.type == DAEMON_DEFINITION and placement.at is not None:
            found += refused_commands(self.world, container.resource, placement.at)
        if container.resource.type == DAEMON_DEFINITION and placement.provider is not None:
            found += refused_daemons(self.world, container.resource, placement.provider)
        if container.resource.type == TASK_DEFINITION:
            found += self._definition(container.resource)
            found += self._launch(container, placement)
        elif container.resource.type == EXPRESS:
            found += refused_express_mode(self.world, container.resource)
        elif container.resource.type == JOB_DEFINITION:
            found += refused_job(self.world, container.task, placement.launch_type)
        found += (refusal for each in makers for refusal in self._stacks.refused(each))
        others = [refusal for each in makers for refusal in self._stacks.unbootable(each)]
        if others:  # the links of AMI and architecture speak of the instances of the task itself
            own = [host.resource for host in self._capacity.of(container, placement)]
            found += (refusal for refusal in others if refusal.resource not in own)
        return min(found, key=lambda refusal: refusal.taken is None, default=None)

    def _makers(self, container: Container, placement: Placement) -> Iterable[Resource]:
        """Return a resource of each stack that makes a container, what runs it, or what it pulls from."""
        template, image = container.resource.template, container.image
        repositories = self._repositories.of(template, image)
        # What is read of them is asked in the links of repository and permission.
        makers = unnoted(self.world, lambda: tuple(self._origins.makers(template, image) if image.uri else ()))
        found: dict[Template, Resource] = {}
        for each in (container.resource, placement.runner, *(repositories if len(repositories) == 1 else ()), *makers):
            if each is not None:
                found.setdefault(outermost(each.template), each)
        return found.values()

    def _unresolved(self, resource: Resource) -> Iterator[Refusal]:
        """Yield why CloudFormation refuses the stack of a resource, or one that must be there before it."""
        found = self._resolution.unresolved(outermost(resource.template))
        if found is None:
            return
        place, what, taken = found
        why = f"refers to {what}" if taken is None else f"refers to {what}: CloudFormation refuses the template"
        if place.resource is None:
            yield Refusal(resource, "Properties", f"{place.location} of {place.template.name} {why}", taken)
        else:
            yield Refusal(place.resource, place.location, f"{place.resource.logical_id} {why}", taken)

    @asked
    def _definition(self, definition: Resource) -> tuple[Refusal, ...]:
        """Return why Amazon ECS registers no such task definition."""
        return tuple(self._registered(definition))

    def _registered(self, definition: Resource) -> Iterator[Refusal]:
        world = self.world
        wanted = world.values(definition, "RequiresCompatibilities.*")
        if LaunchType.FARGATE in wanted:
            yield from refused_on_fargate(world, definition)
        yield from refused_roles(world, definition)
        yield from refused_containers(world, definition)
        yield from refused_dependencies(world, definition)
        yield from refused_logging(world, definition)
        yield from refused_sizes(world, definition)
        yield from refused_ports(world, definition)
        sites = world.sites(definition, "ContainerDefinitions.*")
        essential = [world.value(definition, "Essential", "true", site) for site in sites]
        if sites and all(value == "false" for value in essential):
            yield Refusal(definition, "Properties.ContainerDefinitions", "no container of the task is essential")
        # Where tasks run on ECS Managed Instances, it is asked there.
        if world.value(definition, "Memory") is None and LaunchType.MANAGED_INSTANCES not in wanted:
            for site in sites:
                if not any(world.values(definition, key, site) for key in ("Memory", "MemoryReservation")):
                    why = "neither the task nor the container says how much memory it has"
                    yield Refusal(definition, f"{site.location}.Memory", why)

    def _compatible(self, container: Container, placement: Placement) -> Iterator[Refusal]:
        """Yield why the definition of a task is not for what its runner asks for."""
        world, definition = self.world, container.resource
        wanted = world.values(definition, "RequiresCompatibilities.*")
        if placement.launch_type is LaunchType.FARGATE and LaunchType.FARGATE not in wanted:
            if wanted and all(isinstance(each, str) for each in wanted):
                why = f"the task definition is for {' and '.join(map(str, wanted))}, and not for FARGATE"
                yield Refusal(definition, "Properties.RequiresCompatibilities", why)
            elif not wanted:
                why = "the task definition does not say that it is for FARGATE, which is not known to be taken"
                yield Refusal(definition, "Properties.RequiresCompatibilities", why, None)
            yield from refused_on_fargate(world, definition)
        elif placement.launch_type is LaunchType.EC2 and wanted == (LaunchType.MANAGED_INSTANCES,):
            why = "the task definition is for MANAGED_INSTANCES alone, which is not known to be taken on EC2"
            yield Refusal(definition, "Properties.RequiresCompatibilities", why, None)
        elif placement.launch_type is LaunchType.MANAGED_INSTANCES:
            yield from refused_on_managed_instances(world, container.task, placement)
        elif placement.launch_type is LaunchType.EXTERNAL:
            yield from refused_on_external(world, definition, placement.runner)

    def _launch(self, container: Container, placement: Placement) -> Iterator[Refusal]:
        """Yield why Amazon ECS runs no task of a definition as its runner asks."""
        world, definition, runner = self.world, container.resource, placement.runner
        yield from self._compatible(container, placement)
        yield from refused_storage(world, definition, placement.launch_type)
        if self._is_on_windows(container, placement):
            yield from refused_on_windows(world, definition)
        for site in world.sites(definition, "ContainerDefinitions.*"):
            yield from refused_limits(world, site, placement.launch_type)
            yield from refused_options(world, site)
        yield from refused_placement(world, definition, None, placement.launch_type)
        for group in dict.fromkeys(host.resource for host in self._capacity.of(container, placement)):
            yield from abandoned(world, group)
        if runner is not None and runner.type == SERVICE:
            hosts = tuple(host.resource for host in self._capacity.of(container, placement))
            yield from refused_balancers(world, definition, runner, hosts)
            yield from refused_balance(world, definition, runner)
            yield from refused_deployments(world, runner)
            yield from refused_shift(world, runner)
            yield from refused_hooks(world, runner)
            yield from refused_connections(world, definition, runner)
            yield from refused_volumes(world, definition, runner, placement.launch_type)
            yield from refused_registries(world, definition, runner)
            yield from self._in_cluster(runner, placement)
        if runner is not None and runner.type == EXPRESS:
            yield from refused_by_definition(world, definition, runner)
        if runner is not None and placement.at is not None and runner.type in NETWORKS:
            yield from self._run(definition, runner, placement, placement.at)

    def _run(self, definition: Resource, runner: Resource, placement: Placement, at: Site) -> Iterator[Refusal]:
        """Yield why Amazon ECS runs no task by what a runner says of launch type and network."""
        world = self.world
        if runner.type == SCHEDULE:
            yield from refused_schedule(world, runner)
        yield from refused_commands(world, definition, at)
        yield from refused_placement(world, runner, at, placement.launch_type)
        if world.values(runner, "LaunchType", at) and world.values(runner, f"{_STRATEGY}.*", at):
            why = f"LaunchType and {_STRATEGY} stand side by side, of which Amazon ECS takes one"
            yield Refusal(runner, f"{at.location}.LaunchType", why)
        if placement.launch_type is LaunchType.FARGATE:
            yield from refused_version(world, definition, runner, at)
        elif placement.launch_type is not None and world.values(runner, "PlatformVersion", at):
            why = f"it has PlatformVersion, which is for AWS Fargate, and its tasks are for {placement.launch_type}"
            is_sure = bool(world.values(runner, "LaunchType", at))
            yield Refusal(runner, f"{at.location}.PlatformVersion", why, False if is_sure else None)
        yield from self._network(definition, runner, placement)

    def _is_on_windows(self, container: Container, placement: Placement) -> bool:
        """Return whether a task is for Windows, or some container instances of its placement run it."""
        family = self.world.value(container.resource, f"RuntimePlatform.{FAMILY_KEY}")
        if isinstance(family, str):
            return family.startswith(System.WINDOWS.upper())
        amis = (ami for host in self._capacity.of(container, placement) for ami in self._machines.amis(host))
        return any(ami.product is not None and ami.product.system is System.WINDOWS for ami in amis)

    def _in_cluster(self, service: Resource, placement: Placement) -> Iterator[Refusal]:
        """Yield why Amazon ECS makes no service in its cluster as it is placed there."""
        world = self.world
        on_fargate, provider = placement.launch_type is LaunchType.FARGATE, placement.provider
        if world.value(service, "SchedulingStrategy") == "DAEMON" and (on_fargate or provider is not None):
            by = f"by capacity provider {provider.logical_id}" if provider is not None else "on AWS Fargate"
            why = f"it is a daemon, which Amazon ECS does not run {by}"
            yield Refusal(service, "Properties.SchedulingStrategy", why)
        name = world.value(service, "Cluster", DEFAULT_CLUSTER)
        known = self._references.of(name, CLUSTER, service.template).resource
        parts, template = parts_of(name) if isinstance(name, str) else [], service.template
        for index, kind, own in ((3, "region", template.region), (4, "account", template.account)):
            if len(parts) > index and own is not None and parts[index] != [own]:
                why = f"its cluster is {name}, and Amazon ECS makes it in {kind} {own} alone"
                yield Refusal(service, "Properties.Cluster", why)
        if (
            placement.elsewhere is None
            and on_fargate
            and isinstance(name, str)
            and not name.startswith("arn:")
            and known is None
        ):
            why = f"its cluster is {name!r}, which is not in the templates"
            yield Refusal(service, "Properties.Cluster", why, None)

    def _network(self, definition: Resource, runner: Resource, placement: Placement) -> Iterator[Refusal]:
        """Yield why the network configuration of a runner does not fit the network mode of a task definition."""
        at = placement.at
        assert at is not None  # noqa: S101 - a runner has a place
        mode = self.world.value(definition, "NetworkMode", "bridge")
        location = f"{at.location}.NetworkConfiguration"
        is_given = bool(self.world.values(runner, NETWORKS[runner.type], at))
        if placement.launch_type is LaunchType.MANAGED_INSTANCES and not self.world.values(definition, "NetworkMode"):
            return  # it is refused for that
        if not isinstance(mode, str):
            why = f"a network configuration is for network mode awsvpc alone, and the mode is {shown(mode)}"
            yield Refusal(runner, location, why, None)
        elif mode == "awsvpc" and not is_given:
            yield Refusal(runner, location, f"no network configuration, which a task of network mode {mode} must have")
        elif mode == "awsvpc" and not self.world.values(runner, f"{NETWORKS[runner.type]}.Subnets.*", at):
            yield Refusal(runner, location, "the network configuration names no subnet")
        elif mode == "awsvpc" and placement.launch_type is LaunchType.EC2:
            address = self.world.value(runner, f"{NETWORKS[runner.type]}.AssignPublicIp", "DISABLED", at)
            if address != "DISABLED":
                why = f"AssignPublicIp is {shown(address)}, which is for tasks on AWS Fargate alone"
                yield Refusal(runner, location, why, False if address == "ENABLED" else None)
        elif mode != "awsvpc" and is_given:
            why = f"a network configuration, which a task of network mode {mode} may not have"
            yield Refusal(runner, location, why)
