"""The senders of what a container needs: tasks on Fargate or container instances, in their subnets and groups.

On container instances the host pulls, whatever the network mode of the task; on Fargate the task itself.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain
from typing import NamedTuple, TypeVar

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Site, Value, flag, shown
from ecr_ecs_constructs.pull.ami import System
from ecr_ecs_constructs.pull.containers import Container, Containers
from ecr_ecs_constructs.pull.machines.hosts import FLEETS, INSTANCE, Host
from ecr_ecs_constructs.pull.machines.machines import Machines
from ecr_ecs_constructs.pull.network import acl
from ecr_ecs_constructs.pull.network.acl import Ports
from ecr_ecs_constructs.pull.network.starts import Identity, Sender
from ecr_ecs_constructs.pull.network.topology.ids import Id, first_id, ids, read_ids
from ecr_ecs_constructs.pull.network.topology.referrers import referrers
from ecr_ecs_constructs.pull.network.topology.vpcs import SUBNET, apart, groups_in
from ecr_ecs_constructs.pull.network.topology.zones import are_of_one_zone
from ecr_ecs_constructs.pull.placement.joins import Joins
from ecr_ecs_constructs.pull.placement.kinds import LaunchType, Placement
from ecr_ecs_constructs.pull.placement.runners import NETWORKS
from ecr_ecs_constructs.pull.texts.pattern import Truth, every, negate, some
from ecr_ecs_constructs.pull.texts.references import COMPUTE_ENVIRONMENT

T = TypeVar("T")

_MANAGED = "ManagedInstancesProvider.InstanceLaunchTemplate.NetworkConfiguration"
_COMPUTE = "ComputeResources"
_ADDRESS = "AssignPublicIp"
_INSTANCE_GROUPS = (
    "NetworkInterfaces.*.Groups.*",
    "NetworkInterfaces.*.GroupSet.*",
    "SecurityGroupIds.*",
    "SecurityGroups.*.GroupId",
    "SecurityGroups.*",
)
_INSTANCE_ADDRESSES = ("NetworkInterfaces.*.AssociatePublicIpAddress", "AssociatePublicIpAddress")
_INSTANCE_SUBNETS = ("NetworkInterfaces.*.SubnetId", "SubnetId")
_ELASTIC_ADDRESSES = ("AWS::EC2::EIP", "AWS::EC2::EIPAssociation")


class Origin(NamedTuple):
    """Tasks or instances of one network configuration.

    Attributes:
        place: the resource that says in which subnets they are.
        location: where it says so.
        subnets: the subnets.
        sender: what decides where they may send.
        doubt: why it is not known what they reach, whatever the ways from their subnets are.
        address: the place that says whether tasks have a public address; None where another one decides.
    """

    place: Resource
    location: str
    subnets: tuple[Id, ...]
    sender: Sender
    doubt: str = ""
    address: tuple[Resource, str] | None = None


def mixed(world: World, origin: Origin) -> str:
    """Return which subnets and groups are in different VPCs, which no deployment takes; nothing where none are."""
    first: Resource | None = None
    for each in (*origin.subnets, *origin.sender.groups):
        if each.resource is None:
            continue
        if first is None:
            first = each.resource
        elif apart(world, first, each.resource):
            return f"{first.logical_id} and {each.resource.logical_id} are in different VPCs"
    return ""


class Senders(InWorld):
    """The tasks and container instances that send in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._containers = Containers(world)
        self._machines = Machines(world)
        self._joins = Joins(world)

    @asked
    def of(self, container: Container, placement: Placement, host: Host | None) -> tuple[Origin, bool]:
        """Return what sends in one place where a container runs, and whether it may run Windows.

        Args:
            container: the container.
            placement: the place, of which `is_placed` holds.
            host: the container instances; None where the place is on none.
        """
        origin = self._origin(container, placement, host)
        systems = self._systems(container, placement, host)
        if acl.has_acls(self.world):
            origin = origin._replace(sender=origin.sender._replace(ports=_ports(systems)))
        return origin, True in systems

    def of_host(self, host: Host) -> Origin:
        """Return container instances, whatever runs on them."""
        origin = self._instances(host)
        ports = _ports(self._systems_of(host)) if acl.has_acls(self.world) else origin.sender.ports
        return origin._replace(sender=origin.sender._replace(ports=ports))

    def mounting(self, container: Container, placement: Placement, host: Host | None) -> Origin:
        """Return what mounts the file systems of a task: with a network interface of its own the task itself.

        Sources:
            https://docs.aws.amazon.com/AmazonECS/latest/developerguide/efs-volumes.html
            https://github.com/aws/amazon-ecs-agent/blob/master/agent/taskresource/volume/dockervolume.go (netns)

        Args:
            container: a container of the task.
            placement: a place where it runs, of which `is_placed` holds.
            host: the container instances; None where the place is on none.
        """
        origin, _ = self.of(container, placement, host)
        if placement.launch_type is LaunchType.FARGATE or placement.runner is None:
            return origin
        mode = self.world.value(container.task.resource, "NetworkMode", "bridge", container.task)
        if mode == "awsvpc" and placement.runner.type in NETWORKS:
            own = self._tasks(placement.runner, placement.at)
            return own._replace(sender=own.sender._replace(ports=origin.sender.ports, on_fargate=False))
        if mode == "awsvpc" or not isinstance(mode, str):
            return origin._replace(doubt=f"in which network the task mounts its volumes is not known ({shown(mode)})")
        return origin

    def are_apart(self, container: Container, placement: Placement, host: Host | None) -> Truth:
        """Return whether the subnets of a task's own network interface are of another VPC than its instances.

        Amazon ECS puts such a task on none of them. Where the subnets of the instances are not known, the link of the
        network says so.

        Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking-awsvpc.html

        Args:
            container: a container of the task.
            placement: a place where it runs, of which `is_placed` holds.
            host: the container instances there; None where the place is on none.
        """
        task, instances = self.mounting(container, placement, host), self.of(container, placement, host)[0]
        known = [subnet for each in instances.subnets if (subnet := each.of(SUBNET)) is not None]
        if not task.subnets or not known or len(known) < len(instances.subnets):
            return False
        return every(self._is_apart(own.of(SUBNET), other) for own in task.subnets for other in known)

    def unserved(self, container: Container, placement: Placement, host: Host | None) -> Resource | None:
        """Return a subnet of instances in whose zone a task's own network interface can't be, or may not be.

        A task is put on an instance in the zone of one of its subnets. None where there is no such subnet, and where
        subnets are not known.

        Args:
            container: a container of the task.
            placement: a place where it runs, of which `is_placed` holds.
            host: the container instances there; None where the place is on none.
        """
        task, instances = self.mounting(container, placement, host), self.of(container, placement, host)[0]
        own = [each.of(SUBNET) for each in task.subnets]
        if not own or None in own:
            return None
        for each in instances.subnets:
            other = each.of(SUBNET)
            zones = [are_of_one_zone(self.world, subnet, other) for subnet in own if subnet and other]
            if zones and True not in zones:
                return other
        return None

    def _is_apart(self, subnet: Resource | None, other: Resource) -> Truth:
        """Return whether a subnet, None where it is not in the templates, is of another VPC than another."""
        if subnet is other or subnet is None:
            return None if subnet is None else False
        if apart(self.world, subnet, other):
            return True
        own, others = first_id(self.world, subnet, "VpcId"), first_id(self.world, other, "VpcId")
        return None if own is None or others is None else negate(own.is_(others))

    def _origin(self, container: Container, placement: Placement, host: Host | None) -> Origin:
        if host is not None:
            return self._instances(host)
        if placement.provider is not None:
            return self._managed_instances(placement.provider)
        if placement.environment is not None:
            return self._jobs(container, placement.environment)
        assert placement.runner is not None  # noqa: S101 - it is placed
        return self._tasks(placement.runner, placement.at)

    def _tasks(self, runner: Resource, at: Site | None) -> Origin:
        path = NETWORKS[runner.type]
        address: Truth = None  # Express Mode decides it by the subnets
        if at is not None:
            addresses = self.world.values(runner, f"{path}.{_ADDRESS}", at)
            address = _enabled(addresses[0] if addresses else "DISABLED")
        subnets = ids(self.world, runner, f"{path}.Subnets.*", at)
        groups = ids(self.world, runner, f"{path}.SecurityGroups.*", at)
        if at is not None:  # AWS does not say which ones Express Mode takes
            groups = groups_in(self.world, groups, subnets)
        sender = Sender(Identity(f"tasks of {runner.logical_id}", groups), address, on_fargate=True)
        location = f"{at.location if at else 'Properties'}.{path}"
        decided = (runner, f"{location}.{_ADDRESS}") if at is not None else None
        return Origin(runner, location, subnets, sender, address=decided)

    def _jobs(self, container: Container, environment: Resource) -> Origin:
        """Return jobs of AWS Batch on Fargate: a compute environment has their subnets, their definition the address.

        Source: https://docs.aws.amazon.com/batch/latest/APIReference/API_NetworkConfiguration.html
        """
        task = container.task
        place = f"NetworkConfiguration.{_ADDRESS}"
        address = self.world.value(task.resource, place, "DISABLED", task)
        groups = ids(self.world, environment, f"{_COMPUTE}.SecurityGroupIds.*")
        subnets = ids(self.world, environment, f"{_COMPUTE}.Subnets.*")
        sender = Sender(Identity(f"jobs of {task.resource.logical_id}", groups), _enabled(address), on_fargate=True)
        decided = (task.resource, f"{task.location}.{place}")
        return Origin(environment, f"Properties.{_COMPUTE}", subnets, sender, address=decided)

    def _managed_instances(self, provider: Resource) -> Origin:
        groups = ids(self.world, provider, f"{_MANAGED}.SecurityGroups.*")
        subnets = ids(self.world, provider, f"{_MANAGED}.Subnets.*")
        sender = Sender(Identity(f"instances of {provider.logical_id}", groups), None)
        return Origin(provider, f"Properties.{_MANAGED}", subnets, sender)

    @asked
    def _instances(self, host: Host) -> Origin:
        resource, launch = host.resource, host.launch
        if resource.type == COMPUTE_ENVIRONMENT:
            reroutes = next((join.reroutes for join in self._joins.of(host) if join.reroutes), "")
            return self._of_environment(resource, launch, reroutes)
        is_group = resource.type != INSTANCE
        zones = ids(self.world, resource, "VPCZoneIdentifier.*") if is_group else ()
        title = f"instances of {resource.logical_id}" if is_group else resource.logical_id
        location = "Properties.VPCZoneIdentifier" if is_group else "Properties.SubnetId"
        origin = Origin(resource, location, zones, Sender(Identity(title, ()), None))
        if resource.type in FLEETS:
            own = [ids(self.world, resource, "SubnetId", each) for each in host.overrides]
            origin = origin._replace(location="Properties", subnets=tuple(dict.fromkeys(chain.from_iterable(own))))
            if any(own) and not all(own):
                why = f"which subnets the instances of the fleet {resource.logical_id} are in is not known"
                return origin._replace(doubt=why)
        for join in self._joins.of(host):
            if join.reroutes:
                return origin._replace(doubt=f"{resource.logical_id}: {join.reroutes}")
        # What an instance says itself counts before its launch template.
        sites: list[tuple[Resource, Site | None]] = [] if is_group else [(resource, None)]
        if launch is not None:
            sites.append((launch.resource, launch))
        for maker, at in sites:
            interfaces = self.world.values(maker, "NetworkInterfaces.*", at)
            if len(interfaces) > 1:
                return _by_first(origin, interfaces, maker.template)
        return self._by_properties(origin, sites, is_launched=launch is not None)

    def _of_environment(self, environment: Resource, launch: Site | None, reroutes: str) -> Origin:
        """Return instances of a compute environment, whose groups count before those of its launch template.

        Sources:
            https://docs.aws.amazon.com/batch/latest/APIReference/API_ComputeResource.html
            https://docs.aws.amazon.com/batch/latest/userguide/launch-templates.html (the subnets there are ignored)
        """
        name, own = environment.logical_id, self.world.sites(environment, _COMPUTE)
        sender = Sender(Identity(f"instances of compute environment {name}", ()), None)
        subnets = ids(self.world, environment, f"{_COMPUTE}.Subnets.*")
        origin = Origin(environment, f"Properties.{_COMPUTE}.Subnets", subnets, sender)
        if launch is None or reroutes:
            why = reroutes or "its launch template is not in the templates"
            return origin._replace(doubt=f"{name}: {why}")
        if len(self.world.values(launch.resource, "NetworkInterfaces.*", launch)) > 1:
            return origin._replace(doubt=f"which network interface of the instances of {name} is used is not known")
        places = [(environment, site) for site in own]
        return self._by_properties(origin, [*places, (launch.resource, launch)], is_launched=True)

    def _by_properties(
        self, origin: Origin, sites: Sequence[tuple[Resource, Site | None]], *, is_launched: bool
    ) -> Origin:
        """Return instances with the subnets, groups and address that their properties say.

        Args:
            origin: the instances.
            sites: the places of these properties, the one that counts before the others first.
            is_launched: whether they have a launch template or launch configuration.
        """

        def first(read: Callable[[Resource, str, Site | None], tuple[T, ...]], paths: Iterable[str]) -> tuple[T, ...]:
            return next((found for at in sites for path in paths if (found := read(at[0], path, at[1]))), ())

        addresses = first(self.world.values, _INSTANCE_ADDRESSES)
        address = flag(addresses[0]) if addresses else None
        elastic = self._has_elastic_address(origin.place) if origin.place.type == INSTANCE else False
        if elastic is not False:
            address = address or elastic
        by_subnet = elastic is False and not addresses and is_launched
        subnets = origin.subnets or first(partial(ids, self.world), _INSTANCE_SUBNETS)
        groups = first(partial(ids, self.world), _INSTANCE_GROUPS)
        if is_launched and not first(self.world.values, ["NetworkInterfaces.*.NetworkInterfaceId"]):
            groups = groups_in(self.world, groups, subnets)
        sender = Sender(Identity(origin.sender.title, groups), address, by_subnet)
        return origin._replace(subnets=subnets, sender=sender)

    def _has_elastic_address(self, instance: Resource) -> Truth:
        """Return whether an instance gets an Elastic IP address."""
        return some(
            truth for type_ in _ELASTIC_ADDRESSES for _, truth in referrers(self.world, instance, type_, "InstanceId")
        )

    def _systems(self, container: Container, placement: Placement, host: Host | None) -> set[Truth]:
        """Return whether what sends runs Windows, in each case that there is; None where that is not known."""
        if host is not None:
            return self._systems_of(host)
        if placement.provider is not None:
            return {False}  # ECS Managed Instances are Bottlerocket
        family = self._containers.platform(container).family or "LINUX"
        return {family.startswith("WINDOWS") if isinstance(family, str) else None}

    def _systems_of(self, host: Host) -> set[Truth]:
        """Return whether container instances run Windows, in each case that there is; None where that is not known."""
        products = [ami.product for ami in self._machines.amis(host)]
        systems = {product.system if product is not None else None for product in products}
        return {None if system is None else system is System.WINDOWS for system in systems}


def is_placed(placement: Placement) -> bool:
    """Return whether it is known what runs tasks, and where that says in which network."""
    if placement.runner is None or placement.launch_type is None:
        return False
    if placement.launch_type is LaunchType.FARGATE:
        return placement.environment is not None or placement.runner.type in NETWORKS
    return placement.launch_type is LaunchType.EC2 or placement.provider is not None


def _ports(systems: set[Truth]) -> Ports:
    """Return the ports that something sends from.

    Args:
        systems: whether it runs Windows, in each case that there is; None where that is not known.
    """
    if systems == {True}:
        return acl.WINDOWS
    return acl.LINUX if systems == {False} else acl.ANY_SYSTEM


def _enabled(value: Value) -> Truth:
    return {"ENABLED": True, "DISABLED": False}.get(value) if isinstance(value, str) else None


def _by_first(origin: Origin, interfaces: Sequence[Value], template: Template) -> Origin:
    """Return instances by the first of several network interfaces, which has the default route of a host.

    Args:
        origin: the instances.
        interfaces: their network interfaces.
        template: where these stand.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceNetworkInterfaceSpecification.html
    """
    name = origin.place.logical_id
    known = [interface for interface in interfaces if isinstance(interface, dict)]
    firsts = [each for each in known if (each.get("DeviceIndex"), each.get("NetworkCardIndex", "0")) == ("0", "0")]
    if len(known) < len(interfaces) or len(firsts) != 1:
        return origin._replace(doubt=f"which network interface of {name} is the first one is not known")
    if any("AssociatePublicIpAddress" in interface for interface in known):
        why = f"EC2 takes no AssociatePublicIpAddress for {name}, which has several network interfaces"
        return origin._replace(doubt=why)
    first = firsts[0]

    def ids(key: str) -> tuple[Id, ...]:
        values = first.get(key, [])
        return tuple(
            one for value in (values if isinstance(values, list) else [values]) for one in read_ids(value, template)
        )

    # Whether the subnet gives a public address where there are several interfaces is not known.
    sender = origin.sender._replace(identity=Identity(origin.sender.title, ids("Groups") or ids("GroupSet")))
    return origin._replace(subnets=origin.subnets or ids("SubnetId"), sender=sender)
