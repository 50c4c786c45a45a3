"""The networks in which containers run: whether all that a task needs before it starts is reached from there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.choices import Fork
from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.edits import Edit, put
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.answer import Answer, all_of
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.iam.contexts import Source
from ecr_ecs_constructs.pull.iam.pullers import Pullers
from ecr_ecs_constructs.pull.iam.roles import RolePolicies, Roles
from ecr_ecs_constructs.pull.images import Image
from ecr_ecs_constructs.pull.machines.hosts import Host
from ecr_ecs_constructs.pull.needs.need import Ask, Destination, Mount, Need, Who
from ecr_ecs_constructs.pull.needs.needs import AGENT_NEEDS, FOREIGN_LAYERS, Needs
from ecr_ecs_constructs.pull.network.elsewhere import diverted
from ecr_ecs_constructs.pull.network.endpoint_policy import EndpointPolicies
from ecr_ecs_constructs.pull.network.journey import journey
from ecr_ecs_constructs.pull.network.mending import endpoints_like_others
from ecr_ecs_constructs.pull.network.mounts import mounted
from ecr_ecs_constructs.pull.network.senders import Origin, Senders, is_placed, mixed
from ecr_ecs_constructs.pull.network.starts import Elsewhere, Sender, Start, start_of
from ecr_ecs_constructs.pull.network.topology.endpoints import POLICY
from ecr_ecs_constructs.pull.network.topology.ids import Id
from ecr_ecs_constructs.pull.network.topology.security_groups import are_open
from ecr_ecs_constructs.pull.network.topology.sides import ANYONE
from ecr_ecs_constructs.pull.network.ways import Way, Ways
from ecr_ecs_constructs.pull.placement.capacity import Capacity
from ecr_ecs_constructs.pull.placement.kinds import ON_INSTANCES, REGISTERED, LaunchType, Placement
from ecr_ecs_constructs.pull.placement.placements import Placements
from ecr_ecs_constructs.pull.texts.pattern import Truth, every
from ecr_ecs_constructs.pull.texts.references import Target


class Reach(NamedTuple):
    """The ways from one place where a container runs.

    Attributes:
        place: the resource that says in which subnets: a service, an Auto Scaling group, an instance, a capacity
            provider.
        location: where it says so.
        ways: from each subnet to all that must be reached.
        unknown: why it is not known in which network the container runs, else empty.
        placed: whether it is known at least what runs it.
        elsewhere: that it runs on container instances of a cluster elsewhere, for which a project vouches.
        edits: the changes by which all is reached that is not.
    """

    place: Resource
    location: str
    ways: Ways
    unknown: str = ""
    placed: bool = False
    elsewhere: Answer | None = None
    edits: tuple[Edit, ...] = ()


class _Askers(NamedTuple):
    """The roles that ask for what a container needs in one place where it runs; None for one that is not known.

    Attributes:
        task: those that pull its image, and read and write what it needs besides.
        agent: those of the container instances.
    """

    task: tuple[RolePolicies | None, ...]
    agent: tuple[RolePolicies | None, ...]

    def of(self, who: Who) -> tuple[RolePolicies | None, ...]:
        """Return those that ask for a need; Amazon ECR asks by no role."""
        if who is Who.AMAZON_ECR:
            return (None,)
        return self.agent if who is Who.AGENT else self.task


class _Far(NamedTuple):
    """A destination that a need asks for.

    Attributes:
        destination: what must be reached.
        doubt: why it may not be needed, or may be had from another place; empty where it is surely needed.
    """

    destination: Destination
    doubt: str


class _Wanted(NamedTuple):
    """All that is to be reached from one place.

    Attributes:
        far: the needs that have a destination, each with that.
        destinations: these destinations, each once.
        mounts: the file systems.
    """

    far: tuple[tuple[Need, _Far], ...]
    destinations: tuple[_Far, ...]
    mounts: tuple[Mount, ...]


class _Stay(NamedTuple):
    """A container in one place where it runs, on container instances or on none."""

    container: Container
    placement: Placement
    host: Host | None


class _Departure(NamedTuple):
    """A place where a container runs, and all that is wanted from there.

    Attributes:
        place: the resource that says in which subnets it is.
        location: where it says so.
        origin: what sends; None where it is not known in which network that is.
        wanted: what is wanted.
        stay: whose roles ask for it; None where nothing is asked by a role.
        unknown: why it is not known in which network the container runs.
        placed: whether it is known at least what runs it.
        elsewhere: that it runs on container instances of a cluster elsewhere, for which a project vouches.
    """

    place: Resource
    location: str = "Properties"
    origin: Origin | None = None
    wanted: _Wanted = _Wanted((), (), ())
    stay: _Stay | None = None
    unknown: str = ""
    placed: bool = False
    elsewhere: Answer | None = None


_NOBODY = _Askers((), ())


class Networks(InWorld):
    """The networks in which containers run in one world.

    Args:
        needs: all that tasks must have before they start.
        pullers: who pulls.
        roles: the policies of roles.
    """

    def __init__(self, needs: Needs, pullers: Pullers, roles: Roles) -> None:
        self.world = needs.world
        self._placements = Placements(self.world)
        self._capacity = Capacity(self.world)
        self._needs = needs
        self._pullers = pullers
        self._roles = roles
        self._policies = EndpointPolicies(roles.documents)
        self._senders = Senders(self.world)

    def concerns(self, container: Container) -> bool:
        """Return whether the image of a container is of Amazon ECR, as far as can be known."""
        return self._needs.counts(container.image)

    def knows(self, image: Image) -> bool:
        """Return whether an image is surely one that may be pulled."""
        return self._needs.knows(image)

    def are_apart(self, container: Container, placement: Placement, hosts: Iterable[Host | None]) -> Truth:
        """Return whether the network interface of a task is of another VPC than all instances of a place."""
        if not is_placed(placement) or placement.launch_type not in ON_INSTANCES:
            return False
        return every(self._senders.are_apart(container, placement, host) for host in hosts)

    def unserved(self, container: Container, placement: Placement, hosts: Iterable[Host | None]) -> Resource | None:
        """Return a subnet of instances in whose zone the network interface of a task may not be, None for none."""
        if not is_placed(placement) or placement.launch_type not in ON_INSTANCES:
            return None
        found = (self._senders.unserved(container, placement, host) for host in hosts)
        return next(filter(None, found), None)

    @asked
    def of(self, container: Container) -> tuple[Reach, ...]:
        """Return what is reached from each place where a container runs."""
        return tuple(dict.fromkeys(map(self._reached, self._departures(container))))

    @asked
    def of_agent(self, host: Host) -> Reach:
        """Return what the ECS agent on container instances reaches of what it needs, whatever runs on them."""
        return self._reached(self._departure(self._senders.of_host(host), AGENT_NEEDS))

    @asked
    def _departures(self, container: Container) -> tuple[_Departure, ...]:
        """Return all that is wanted from each place where a container runs."""
        return tuple(self._of(container))

    def _of(self, container: Container) -> Iterator[_Departure]:
        for placement in self._placements.of(container):
            place = placement.runner or container.resource
            if placement.launch_type is LaunchType.EXTERNAL and placement.runner is not None:
                yield self._absent(container, placement, place)
                continue
            if not is_placed(placement):
                # The link of the placement holds where it is known what the task runs on.
                is_known = placement.launch_type not in (None, *REGISTERED)
                yield _Departure(place, unknown=placement.evidence, placed=is_known)
                continue
            on_instances = placement.launch_type is LaunchType.EC2
            hosts: tuple[Host | None, ...] = self._capacity.of(container, placement) if on_instances else (None,)
            if not hosts:
                yield self._absent(container, placement, place)
            for host in hosts:
                yield from self._from(container, placement, host)

    def _absent(self, container: Container, placement: Placement, place: Resource) -> _Departure:
        """Return a place whose instances are not in the templates: nobody vouches for the way to a file system."""
        mounts = [need for need in self._needs.of(container, placement) if isinstance(need.way, Mount)]
        if placement.elsewhere is not None and not mounts:
            return _Departure(place, placed=True, elsewhere=placement.elsewhere)
        return _Departure(place, unknown=f"{self._capacity.absence(container, placement)}: {placement.evidence}")

    def _from(self, container: Container, placement: Placement, host: Host | None) -> Iterator[_Departure]:
        """Yield what is wanted from one place where a container runs."""
        needs = self._needs.of(container, placement)
        mounts = tuple(need for need in needs if isinstance(need.way, Mount))
        origin, may_be_windows = self._senders.of(container, placement, host)
        mounting = self._senders.mounting(container, placement, host) if mounts else origin
        if mounting != origin:
            needs = tuple(need for need in needs if need not in mounts)
            yield self._departure(mounting, mounts)
        stay = _Stay(container, placement, host)
        yield self._departure(origin, (*needs, FOREIGN_LAYERS) if may_be_windows else needs, stay)

    def _departure(self, origin: Origin, needs: Sequence[Need], stay: _Stay | None = None) -> _Departure:
        """Return what is wanted from one place."""
        doubt = origin.doubt
        if doubt or not origin.subnets:
            why = doubt or f"the subnets of {origin.sender.title} are not in the templates"
            return _Departure(origin.place, origin.location, unknown=why, placed=True)
        far = tuple((n, _Far(n.way, n.perhaps or n.elsewhere)) for n in needs if isinstance(n.way, Destination))
        mounts = tuple(dict.fromkeys([need.way for need in needs if isinstance(need.way, Mount)]))
        wanted = _Wanted(far, tuple(dict.fromkeys([to for _, to in far])), mounts)
        return _Departure(origin.place, origin.location, origin, wanted, stay, placed=True)

    def _reached(self, departure: _Departure) -> Reach:
        """Return what is reached from one place."""
        place, location, origin, wanted, stay, unknown, placed, elsewhere = departure
        if origin is None:
            return Reach(place, location, _together(self.world, ()), unknown, placed, elsewhere)
        ways = self._ways(origin, wanted, stay)
        if stay is not None and stay.placement.supposed:
            each = tuple(way._replace(answer=stay.placement.judged(way.answer)) for way in ways.each)
            ways = _together(self.world, each)
        edits = self._addressed(origin, wanted, stay, ways) or self._endpoints(origin, wanted, ways)
        return Reach(place, location, ways, mixed(self.world, origin), placed, edits=edits)

    def _addressed(self, origin: Origin, wanted: _Wanted, stay: _Stay | None, ways: Ways) -> tuple[Edit, ...]:
        """Return the change that gives tasks a public address, where all that is not reached is reached by one."""
        if origin.address is None or origin.sender.address is not False or not ways.missed:
            return ()
        addressed = self._ways(origin._replace(sender=origin.sender._replace(address=True)), wanted, stay)
        return () if addressed.missed else put(*origin.address, "ENABLED")

    def _endpoints(self, origin: Origin, wanted: _Wanted, ways: Ways) -> tuple[Edit, ...]:
        """Return the changes that make the VPC endpoints which are missed, as others of the VPC are made."""
        if not ways.missed:
            return ()
        destinations = [each.destination for each in wanted.destinations]
        return endpoints_like_others(self.world, ways, origin, destinations)

    def _askers(self, stay: _Stay) -> _Askers:
        """Return the roles that ask for what a container needs in one place where it runs."""
        template = stay.container.resource.template

        def of(targets: Iterable[Target | None]) -> tuple[RolePolicies | None, ...]:
            known = [None if each is None or each.doubt else self._roles.of_target(each, template) for each in targets]
            return tuple(dict.fromkeys(known)) or (None,)

        return _Askers(
            of(puller.role for puller in self._pullers.at(*stay)),
            of(() if stay.host is None else stay.host.roles),
        )

    def _ways(self, origin: Origin, wanted: _Wanted, stay: _Stay | None) -> Ways:
        """Return the way of all that is wanted from each subnet of what sends."""
        far = self._far(origin, wanted, stay)
        if not wanted.mounts:
            return far
        ways: list[Way] = []
        for subnet in origin.subnets:
            start = start_of(self.world, origin.sender, subnet)
            ways += [Way(each.name, subnet, _mounted(self.world, start, each)) for each in wanted.mounts]
        # A mount is named behind what is reached, and before what is not, or may not be.
        is_reached = far.answer is not None and far.answer.truth
        return _together(self.world, (*far.each, *ways) if is_reached else (*ways, *far.each))

    def _far(self, origin: Origin, wanted: _Wanted, stay: _Stay | None) -> Ways:
        """Return the way of each destination from each subnet of what sends."""
        sender = origin.sender
        if are_open(self.world, sender.groups):
            shared = _of_anyone(self.world, origin.subnets, sender.anyone, wanted.destinations)
            if shared is not None:
                return shared
        starts = [(subnet, start_of(self.world, sender, subnet)) for subnet in origin.subnets]
        ways = [self._way(subnet, start, need, to, stay) for subnet, start in starts for need, to in wanted.far]
        return _together(self.world, tuple(ways))

    def _way(self, subnet: Id, start: Start | Elsewhere | Answer, need: Need, to: _Far, stay: _Stay | None) -> Way:
        """Return the way of a need from a subnet, as the policy of its VPC endpoint leaves it."""
        way = _unguarded(self.world, subnet, start, to)
        if way.endpoint is None or not isinstance(start, Start) or not _is_guarded(self.world, way):
            return way
        source = Source(way.answer.why, way.endpoint, start.vpc)
        policy = self._lets_through(way.endpoint, source, need, to, _NOBODY if stay is None else self._askers(stay))
        return way if policy.truth else way._replace(answer=policy)

    def _lets_through(self, endpoint: Resource, source: Source, need: Need, to: _Far, askers: _Askers) -> Answer:
        """Return whether the policy of a VPC endpoint lets through what a need asks for, whichever role asks."""
        asks = need.asks if isinstance(need.asks, Ask) else Ask(Who.PULLER, ())
        lets = partial(self._policies.lets_through, endpoint, source, asks)
        answer = all_of(map(lets, askers.of(asks.who)))
        served = to.destination.served
        doubt = to.doubt if served.truth else served.why
        return Answer(None, f"{doubt}, and {answer.why}") if answer.truth is False and doubt else answer


def _mounted(world: World, start: Start | Elsewhere | Answer, mount: Mount) -> Answer:
    """Return whether there is a way to a file system from where journeys start, or the answer that none can be told."""
    if isinstance(start, Elsewhere):  # nobody vouches for the way to a file system
        return Answer(None, start.answer.why)
    if isinstance(start, Answer):
        return start
    return start.judged(mounted(world, start, mount))


@asked
def _together(_: World, each: tuple[Way, ...]) -> Ways:
    """Return ways as one object, so that what is said of equal ones is put into words once."""
    return Ways(each)


@asked
def _of_anyone(world: World, subnets: tuple[Id, ...], anyone: Sender, far: tuple[_Far, ...]) -> Ways | None:
    """Return the ways of whatever may send to anywhere, None where they depend on who sends and what."""
    ways: list[Way] = []
    try:
        for subnet in subnets:
            start = start_of(world, anyone, subnet)
            ways += [_unguarded(world, subnet, start, to) for to in far]
    except Fork as fork:
        if fork.variable is not ANYONE:
            raise
        return None
    return None if any(_is_guarded(world, way) for way in ways) else _together(world, tuple(ways))


def _unguarded(world: World, subnet: Id, start: Start | Elsewhere | Answer, to: _Far) -> Way:
    """Return the way from a subnet to what a need asks for, whatever the policy of its VPC endpoint is."""
    name = to.destination.name
    if isinstance(start, Answer):
        return Way(name, subnet, start)
    if isinstance(start, Elsewhere):
        free = diverted(world, start.groups, start.id, to.destination)
        return Way(name, subnet, start.answer if free.truth else Answer(None, f"{start.answer.why}, and {free.why}"))
    answer, endpoint = journey(world, start, to.destination)
    if answer.truth is False and to.doubt:
        answer = Answer(None, f"{to.doubt}, and {answer.why}")
    return Way(name, subnet, start.judged(answer), endpoint)


def _is_guarded(world: World, way: Way) -> bool:
    """Return whether a way goes through a VPC endpoint with a policy."""
    return bool(way.answer.truth and way.endpoint is not None and world.values(way.endpoint, POLICY))
