"""All that is asked of the templates of one call, each question answered once."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property
from itertools import chain
from typing import Any, Generic, NamedTuple, TypeVar

from ecr_ecs_constructs.cloudformation.conditions.creation import EarlyWorld, world_without
from ecr_ecs_constructs.cloudformation.conditions.worlds import UndecidedError, World, Worlds
from ecr_ecs_constructs.cloudformation.edits import Edit
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.vouches import Vouch, Vouches
from ecr_ecs_constructs.pull.containers import Container, ContainerPlace, Containers, container_places
from ecr_ecs_constructs.pull.deployable.deployable import Deployable
from ecr_ecs_constructs.pull.deployment.deployments import LATE, Deployments
from ecr_ecs_constructs.pull.iam.actions import SERVICES
from ecr_ecs_constructs.pull.iam.encryption import Encryption
from ecr_ecs_constructs.pull.iam.instances import InstanceRoles
from ecr_ecs_constructs.pull.iam.origins import Origins
from ecr_ecs_constructs.pull.iam.pullers import Pullers
from ecr_ecs_constructs.pull.iam.pulls import Pulls
from ecr_ecs_constructs.pull.iam.registry import Registries
from ecr_ecs_constructs.pull.iam.roles import Roles
from ecr_ecs_constructs.pull.iam.strangers import Strangers
from ecr_ecs_constructs.pull.machines.hosts import BRINGING, Host, Hosts
from ecr_ecs_constructs.pull.machines.machines import Machines
from ecr_ecs_constructs.pull.needs.grants import Grants
from ecr_ecs_constructs.pull.needs.needs import Needs
from ecr_ecs_constructs.pull.network.networks import Networks, Reach
from ecr_ecs_constructs.pull.network.sources import Sources
from ecr_ecs_constructs.pull.network.ways import Ways
from ecr_ecs_constructs.pull.placement.capacity import Capacity
from ecr_ecs_constructs.pull.placement.joins import Joins
from ecr_ecs_constructs.pull.placement.placements import Placements
from ecr_ecs_constructs.pull.placement.providers import Providers
from ecr_ecs_constructs.pull.placement.room import Room
from ecr_ecs_constructs.pull.platforms.platforms import Platforms
from ecr_ecs_constructs.pull.properties.unknown import has_unknown_properties
from ecr_ecs_constructs.pull.repositories import Repositories
from ecr_ecs_constructs.pull.vouching import vouched_in

T = TypeVar("T")


class Policy:
    """The policy of whoever asks: what is allowed.

    Attributes:
        allow_public_gallery: whether images of `public.ecr.aws` are accepted.
        allowed_accounts: the accounts, 12 digits each, whose registries are accepted besides that of the stack's
            own account; None for all.
        today: the day as of which ends of life and ages are judged, that of the call if not given.
        vouches: what lives elsewhere and is vouched for.

    Raises:
        ValueError: an allowed account that is not 12 digits.
    """

    def __init__(
        self,
        allow_public_gallery: bool = False,
        allowed_accounts: frozenset[str] | None = None,
        today: date | None = None,
        vouches: Sequence[Vouch] = (),
    ) -> None:
        for account in sorted(allowed_accounts or (), key=str):
            if re.fullmatch("[0-9]{12}", str(account)) is None:
                raise ValueError(f"allowed_accounts must hold accounts of 12 digits, got {account!r}")
        self.allow_public_gallery = allow_public_gallery
        self.allowed_accounts = allowed_accounts
        self.today = today or date.today()
        self.vouches = tuple(vouches)


class Here:
    """The templates of one call in one world, and the policy that they are judged under."""

    def __init__(self, world: World, policy: Policy) -> None:
        self.world = world
        self.policy = policy
        self._before: dict[Resource, Here] = {}
        self._without: dict[Resource, Here] = {}

    def answers(self, question: Callable[[Here, Container], Iterable[T]], container: Container) -> tuple[T, ...]:
        """Return all that a question gives about a container, which is asked once for all worlds that agree on it."""
        return self.world.recall(question, (container,), lambda: tuple(question(self, container)))

    def before(self, runner: Resource, is_late: Callable[[Resource], bool]) -> Here:
        """Return what the templates say when a runner is made.

        Args:
            runner: the runner.
            is_late: returns whether something that may be late is not made then, the same for a runner in every call.
        """
        found = self._before.get(runner)
        if found is None:
            found = self._before[runner] = self.early(is_late)
        return found

    def early(self, is_late: Callable[[Resource], bool]) -> Here:
        """Return what the templates say as long as those resources are not made of which a function says so."""
        return Here(EarlyWorld(self.world, is_late), self.policy)

    def without(self, resource: Resource) -> Here:
        """Return what the templates say as long as one of the resources that may be late is not made yet."""
        found = self._without.get(resource)
        if found is None:
            found = self._without[resource] = Here(world_without(self.world, resource), self.policy)
        return found

    @cached_property
    def containers(self) -> Containers:
        """Containers and their tasks."""
        return Containers(self.world)

    @cached_property
    def repositories(self) -> Repositories:
        """The repositories of images."""
        return Repositories(self.world)

    @cached_property
    def hosts(self) -> Hosts:
        """The launches of container instances."""
        return Hosts(self.world)

    @cached_property
    def machines(self) -> Machines:
        """The machine images and types of container instances."""
        return Machines(self.world)

    @cached_property
    def joins(self) -> Joins:
        """The clusters that instances join."""
        return Joins(self.world)

    @cached_property
    def providers(self) -> Providers:
        """Capacity providers and what they are associated with."""
        return Providers(self.world)

    @cached_property
    def capacity(self) -> Capacity:
        """The instances that can take tasks."""
        return Capacity(self.world)

    @cached_property
    def room(self) -> Room:
        """How many tasks of a service container instances hold."""
        return Room(self.world)

    @cached_property
    def placements(self) -> Placements:
        """The places where tasks run."""
        return Placements(self.world)

    @cached_property
    def deployable(self) -> Deployable:
        """The refusals of deployments."""
        return Deployable(self.roles)

    @cached_property
    def platforms(self) -> Platforms:
        """The platforms of images and machines."""
        return Platforms(self.world)

    @cached_property
    def roles(self) -> Roles:
        """The policies of roles."""
        return Roles(self.world, SERVICES)

    @cached_property
    def pullers(self) -> Pullers:
        """The roles that pull images."""
        return Pullers(self.world)

    @cached_property
    def instance_roles(self) -> InstanceRoles:
        """The roles of container instances."""
        return InstanceRoles(self.roles)

    @cached_property
    def strangers(self) -> Strangers:
        """Those of other accounts whom policies let in."""
        return Strangers(self.roles.documents)

    @cached_property
    def encryption(self) -> Encryption:
        """The keys of repositories."""
        return Encryption(self.roles.documents)

    @cached_property
    def _registries(self) -> Registries:
        return Registries(self.roles.documents)

    @cached_property
    def origins(self) -> Origins:
        """The origins of repositories that the templates do not declare."""
        return Origins(self._registries, self.roles)

    @cached_property
    def deployments(self) -> Deployments:
        """The deployments of services and images."""
        return Deployments(self._registries)

    @cached_property
    def needs(self) -> Needs:
        """All that tasks need before they start."""
        return Needs(self._registries, self.roles, allow_public_gallery=self.policy.allow_public_gallery)

    @cached_property
    def _sources(self) -> Sources:
        return Sources(self.needs, self.pullers)

    @cached_property
    def pulls(self) -> Pulls:
        """The pulls of images, and whether roles may do them."""
        return Pulls(self.roles, self.pullers, self._sources)

    @cached_property
    def grants(self) -> Grants:
        """All that the roles of tasks may do besides."""
        return Grants(self.pullers, self.needs, self.roles, self._sources)

    @cached_property
    def networks(self) -> Networks:
        """The networks, and all that is reached from them."""
        return Networks(self.needs, self.pullers, self.roles)


class Place(NamedTuple):
    """Where containers with an image of ECR run.

    Attributes:
        resource: the resource that says in which subnets.
        location: where it says so.
        ways: from each subnet to all that one of them must reach.
        unknown: why it is not known in which network it is.
        edits: the changes by which all is reached that is not.
    """

    resource: Resource
    location: str
    ways: Ways
    unknown: tuple[str, ...]
    edits: tuple[Edit, ...] = ()


class Undecided(NamedTuple):
    """Something of which a question has no answer in all worlds.

    Attributes:
        resource: the resource that the question was asked about.
        location: the place in the resource.
        why: why worlds are not followed to their end.
    """

    resource: Resource
    location: str
    why: str


class Gathered(NamedTuple, Generic[T]):
    """All that a question gives about one thing.

    Attributes:
        found: all that it gives in each world in which the thing is there.
        undecided: why worlds are not followed to their end, empty where they are.
    """

    found: Sequence[tuple[World, tuple[T, ...]]]
    undecided: str = ""


class Facts:
    """The templates of one call in every world, and the policy that they are judged under.

    Attributes:
        templates: the templates.
        policy: the policy.
        worlds: the worlds of the templates.
    """

    def __init__(self, templates: Sequence[Template], policy: Policy) -> None:
        self.templates = tuple(templates)
        self.policy = policy
        self.worlds = Worlds(templates, LATE, has_unknown_properties, self._vouches())
        self._here: dict[World, Here] = {}
        self._found: dict[object, Any] = {}  # by the question
        self._given: dict[tuple[object, ContainerPlace], Gathered[Any]] = {}
        self._undecided: dict[object, list[Undecided]] = {}

    def _vouches(self) -> Vouches:
        """Return all that is vouched for; a template that several nested stacks use vouches once."""
        own = dict.fromkeys(each for template in self.templates for each in vouched_in(template))
        return Vouches((*self.policy.vouches, *own), self.policy.today)

    def here(self, world: World) -> Here:
        """Return what the templates say in one world."""
        found = self._here.get(world)
        if found is None:
            found = self._here[world] = Here(world, self.policy)
        return found

    def remembered(self, question: Callable[[Facts], T]) -> T:
        """Return the answer to a question about all of them, which is asked once."""
        if question not in self._found:
            self._found[question] = question(self)
        found: T = self._found[question]
        return found

    @cached_property
    def places(self) -> tuple[ContainerPlace, ...]:
        """Where containers may be defined, in a stable order."""
        return tuple(container_places(self.worlds))

    def of_container(self, question: Callable[[Here, Container], Iterable[T]], place: ContainerPlace) -> Gathered[T]:
        """Return all that a question gives about a container in each world in which it is there."""
        known: Gathered[T] | None = self._given.get((question, place))
        if known is not None:
            return known

        def ask(world: World) -> tuple[T, ...] | None:
            here = self.here(world)
            container = here.containers.at(place)
            return None if container is None else tuple(question(here, container))

        given = self._given[question, place] = self._in_each_world(ask)
        return given

    def of_containers(self, question: Callable[[Here, Container], Iterable[T]]) -> Iterator[T]:
        """Yield all that a question gives about any container in any world, as far as worlds are followed."""
        given = ((place.resource, place.location, self.of_container(question, place)) for place in self.places)
        return chain.from_iterable(self._asked(question, given))

    def of_hosts(self, question: Callable[[Here, Host], Iterable[T]]) -> Sequence[tuple[T, ...]]:
        """Return, for each resource that brings instances, all that a question gives about them in any world.

        Nothing stands there for a resource of which it gives nothing; worlds are followed as far as they are few.
        """

        def of(resource: Resource) -> Gathered[T]:
            def ask(world: World) -> tuple[T, ...]:
                here = self.here(world)
                return tuple(each for host in here.hosts.of(resource) for each in question(here, host))

            return self._in_each_world(ask)

        return self._asked(question, ((each, "Properties", of(each)) for each in self.worlds.all(*BRINGING)))

    def _in_each_world(self, ask: Callable[[World], tuple[T, ...] | None]) -> Gathered[T]:
        found: list[tuple[World, tuple[T, ...]]] = []
        try:
            found.extend(self.worlds.in_each_world(ask))
        except UndecidedError as error:
            return Gathered(found, str(error))
        return Gathered(found)

    def of_resources(self, question: Callable[[Here, Resource], Iterable[T]], *types: str) -> Iterator[T]:
        """Yield all that a question gives about any resource of some types in any world in which it is there.

        Args:
            question: the question.
            types: the resource types, the same wherever this question is asked.
        """

        def of(resource: Resource) -> Gathered[T]:
            def ask(world: World) -> tuple[T, ...]:
                return tuple(question(self.here(world), resource)) if world.exists(resource) else ()

            return self._in_each_world(ask)

        given = ((each, "Properties", of(each)) for each in self.worlds.all(*types))
        return chain.from_iterable(self._asked(question, given))

    def undecided(self, question: object) -> Sequence[Undecided]:
        """Return that of which a question that was asked has no answer in all worlds, and why."""
        return self._undecided.get(question, ())

    def _asked(self, question: object, places: Iterable[tuple[Resource, str, Gathered[T]]]) -> Sequence[tuple[T, ...]]:
        """Return the answers to a question about each of some places, each once.

        Args:
            question: the question; its answers are remembered.
            places: the resource and the location of each place, and what the question gives there.
        """
        if question not in self._found:
            all_found: list[tuple[T, ...]] = []
            for resource, location, given in places:
                found = dict.fromkeys(chain.from_iterable(answers for _, answers in given.found))
                if given.undecided:
                    self._undecided.setdefault(question, []).append(Undecided(resource, location, given.undecided))
                if found:
                    all_found.append(tuple(found))
            self._found[question] = all_found
        known: Sequence[tuple[T, ...]] = self._found[question]
        return known

    @cached_property
    def networks(self) -> tuple[Place, ...]:
        """Each place where containers with an image of ECR run, once, with all that they need in any world.

        With them the places of container instances from which the ECS agent can't register, where nothing runs tasks in
        their cluster: else the places of these say what is missing.
        """
        ways: dict[tuple[Resource, str], dict[Ways, None]] = {}
        unknown: dict[tuple[Resource, str], dict[str, None]] = {}
        edits: dict[tuple[Resource, str], set[tuple[Edit, ...]]] = {}
        idle = chain.from_iterable(self.of_hosts(_unregistered))
        for reach in chain(self.of_containers(_reaches), idle):
            place = (reach.place, reach.location)
            ways.setdefault(place, {})[reach.ways] = None
            if reach.ways.missed:
                edits.setdefault(place, set()).add(reach.edits)
            if reach.placed and reach.unknown:
                unknown.setdefault(place, {})[reach.unknown] = None
        return tuple(
            Place(*place, _together(found), tuple(unknown.get(place, ())), _common(edits.get(place, ())))
            for place, found in ways.items()
        )


def _reaches(here: Here, container: Container) -> Iterator[Reach]:
    """Yield what is reached for a container; of an image that is not known, only that it is not reached."""
    for reach in here.networks.of(container) if here.networks.concerns(container) else ():
        if here.networks.knows(container.image):
            yield reach
        elif broken := tuple(way for way in reach.ways.each if way.answer.truth is False):
            yield reach._replace(ways=Ways(broken), unknown="")


def _unregistered(here: Here, host: Host) -> Iterator[Reach]:
    """Yield what the ECS agent surely can't reach from instances of a cluster in which nothing runs tasks."""
    clusters = here.capacity.clusters_of(host)
    reach = here.networks.of_agent(host) if clusters else None
    broken = () if reach is None else tuple(way for way in reach.ways.each if way.answer.truth is False)
    if reach is not None and broken and not all(map(here.placements.is_used, clusters)):
        yield reach._replace(ways=Ways(broken), unknown="")


def _common(edits: Collection[tuple[Edit, ...]]) -> tuple[Edit, ...]:
    """Return the changes that mend all of a place; none where they differ."""
    return next(iter(edits)) if len(edits) == 1 else ()


def _together(found: Collection[Ways]) -> Ways:
    """Return all of some ways, each once."""
    if len(found) == 1:
        return next(iter(found))
    return Ways(tuple(dict.fromkeys(way for ways in found for way in ways.each)))
