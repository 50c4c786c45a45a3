"""Whether what pulls a container's image reaches Amazon ECR, and what else a task needs to start.

On container instances the host pulls, whatever the network mode of the task; on Fargate the task itself.

Sources:
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import NamedTuple, TypeVar

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Site, Text, Value, pieces_of, shown, text
from ecr_ecs_constructs.image_uri import UnverifiableImageUri
from ecr_ecs_constructs.pull.ami import System
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.containers import Container, Image
from ecr_ecs_constructs.pull.iam.pulls import Pulls
from ecr_ecs_constructs.pull.network import acl, public_access
from ecr_ecs_constructs.pull.network.acl import Acls, Ports
from ecr_ecs_constructs.pull.network.endpoint_policy import NEW_GROUP, STORED_FILES, lets_through
from ecr_ecs_constructs.pull.network.ids import Id, ids, read_ids
from ecr_ecs_constructs.pull.network.names import REGISTRY, WINDOWS_LAYERS, Resolvers, names_of, private_domain
from ecr_ecs_constructs.pull.network.public_access import PublicAccess
from ecr_ecs_constructs.pull.network.topology import (
    SUBNET,
    Exit,
    Peer,
    References,
    Topology,
    flag,
    listed,
)
from ecr_ecs_constructs.pull.placement.placements import (
    FLEETS,
    INSTANCE,
    SERVICE,
    TASK_SET,
    Host,
    Launch,
    Placement,
    Placements,
)
from ecr_ecs_constructs.pull.texts.pattern import Truth, every

K = TypeVar("K")
T = TypeVar("T")

PULL_SERVICES = ("ecr.api", "ecr.dkr", "s3")
AGENT_SERVICES = ("ecs", "ecs-agent", "ecs-telemetry")
CACHED, SECRET = "what the cache rule fetches", "the secret"
FILES, ROUTER = "the environment files", "the configuration of FireLens"
"""What is reached under no name of a service."""

_SOMETHING = Text((Hole(Kind.ANYTHING, "a resource"),))

_NETWORKS: Mapping[str, str] = {
    SERVICE: "NetworkConfiguration.AwsvpcConfiguration",
    TASK_SET: "NetworkConfiguration.AwsVpcConfiguration",
    "AWS::Events::Rule": "NetworkConfiguration.AwsVpcConfiguration",
    "AWS::Scheduler::Schedule": "NetworkConfiguration.AwsvpcConfiguration",
    "AWS::Pipes::Pipe": "NetworkConfiguration.AwsvpcConfiguration",
    "AWS::ECS::ExpressGatewayService": "NetworkConfiguration",
}
"""Where what runs tasks on Fargate says in which subnets."""

_MANAGED = "ManagedInstancesProvider.InstanceLaunchTemplate.NetworkConfiguration"
_INSTANCE_GROUPS = (
    "NetworkInterfaces.*.Groups.*",
    "NetworkInterfaces.*.GroupSet.*",
    "SecurityGroupIds.*",
    "SecurityGroups.*",
)
_INSTANCE_ADDRESSES = ("NetworkInterfaces.*.AssociatePublicIpAddress", "AssociatePublicIpAddress")
_INSTANCE_SUBNETS = ("NetworkInterfaces.*.SubnetId", "SubnetId")

_SECRETS: Mapping[str, str] = {
    "AWS::SecretsManager::Secret": "secretsmanager",
    "AWS::SecretsManager::SecretTargetAttachment": "secretsmanager",
    "AWS::SSM::Parameter": "ssm",
}
_SECRET_ATTRIBUTES = ("MasterUserSecret.SecretArn", "MasterPasswordSecretArn")
"""What names a secret that another resource has made."""

_LOGS, _CONNECT = "LogConfiguration", "ServiceConnectConfiguration"


class Need(NamedTuple):
    """What must be reached.

    Attributes:
        service: its name, as that of a VPC endpoint ends.
        served: whether VPC endpoints of the service lead there.
        reason: why they do not, or may not.
        title: what it is called, where that is not the name of the service.
        dual_stack: whether it is reached over IPv6 too.
        region: its region, where that is not the one of the VPC.
        host: its name, where that is not the usual one of the service.
        perhaps: why it may not be needed at all, or not there.
        traffic: what goes to the service, where that is not what a pull sends there.
        target: the ARN of what is asked for there, where that is no image.
    """

    service: str
    served: Truth = True
    reason: str = ""
    title: str = ""
    dual_stack: bool = False
    region: str | Text = ""
    host: str | Text = ""
    perhaps: str = ""
    traffic: str = ""
    target: str | Text = ""

    @property
    def name(self) -> str:
        """What it is called."""
        return self.title or self.service


_UNNAMED = "AWS does not say which endpoints ECS Managed Instances need"
_AGENTS: Mapping[Launch, tuple[Need, ...]] = {
    Launch.EC2: tuple(map(Need, AGENT_SERVICES)),
    Launch.MANAGED_INSTANCES: tuple(Need(service, perhaps=_UNNAMED) for service in AGENT_SERVICES),
}
"""What the ECS agent asks, by what tasks run on.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
"""


_FOREIGN = Need(
    WINDOWS_LAYERS,
    False,
    "no VPC endpoint leads there",
    perhaps="whether all layers of the image of Windows have been pushed is not known",
)
"""Where layers of Windows are that a push leaves out, unless it is told to take them.

Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-vpc-endpoint-considerations
"""


class Way(NamedTuple):
    """Whether there is a way from one subnet to what must be reached.

    Attributes:
        service: what must be reached.
        subnet: where the way begins.
        truth: whether there is one, None where that is not known.
        why: what the way is, what is missing on it, or what would have to be known.
        endpoint: the VPC endpoint that it goes through.
    """

    service: str
    subnet: Id
    truth: Truth
    why: str
    endpoint: Resource | None = None


class Ways:
    """Ways that are asked for together, and what is said of them in words.

    Attributes:
        each: from each subnet to all that must be reached.
    """

    def __init__(self, each: tuple[Way, ...]) -> None:
        self.each = each
        self._truths = {way.truth for way in each}

    @cached_property
    def answer(self) -> Answer | None:
        """Whether all is reached: what is not, else what is not known, else what is; None without a way."""
        for truth in (False, None, True):
            if truth in self._truths:
                return Answer(truth, "; ".join(self.sentences(truth)))
        return None

    def sentences(self, truth: Truth, services: Collection[str] | None = None) -> list[str]:
        """Return in words what is reached, or what is not, or of what that is not known, each fact once.

        Args:
            truth: which of these.
            services: what of all that must be reached is asked for; everything if not given.
        """
        if truth not in self._truths:
            return []
        ways = [way for way in self.each if way.truth is truth and (services is None or way.service in services)]
        if truth:
            return _reached(ways)
        form = _FORMS[truth]
        by_start = _grouped(((way.why, way.subnet), way.service) for way in ways)
        by_fact = _grouped(((why, services), subnet) for (why, subnet), services in by_start)
        return [form.format(listed(services), listed(subnets), why) for (why, services), subnets in by_fact]


_FORMS = {False: "no way to {} from {}: {}", None: "cannot verify the way to {} from {}: {}"}


def _reached(ways: Iterable[Way]) -> list[str]:
    by_subnet: dict[Id, dict[str, dict[str, None]]] = {}
    for way in ways:
        by_subnet.setdefault(way.subnet, {}).setdefault(way.why, {})[way.service] = None
    by_fact = _grouped(
        (", ".join([f"{listed(services)} by {why}" for why, services in found.items()]), subnet)
        for subnet, found in by_subnet.items()
    )
    return [f"from {listed(subnets)}: {found}" for found, subnets in by_fact]


def _grouped(pairs: Iterable[tuple[K, T]]) -> list[tuple[K, tuple[T, ...]]]:
    """Return what belongs to each key, in the order of its first appearance, each once."""
    found: dict[K, dict[T, None]] = {}
    for key, item in pairs:
        found.setdefault(key, {})[item] = None
    return [(key, tuple(items)) for key, items in found.items()]


class Reach(NamedTuple):
    """What is reached from one place where a container runs.

    Attributes:
        place: the resource that says in which subnets: a service, an Auto Scaling group, an instance, a capacity
            provider.
        location: where it says so.
        ways: from each subnet to all that must be reached.
        unknown: why it is not known in which network the container runs, else empty.
        placed: whether it is known at least what runs it.
    """

    place: Resource
    location: str
    ways: Ways
    unknown: str = ""
    placed: bool = False


class _Sender(NamedTuple):
    """What decides where tasks or instances in a subnet may send.

    Attributes:
        title: what they are called.
        groups: their security groups.
        address: whether they have a public address.
        by_subnet: whether their subnets decide on that.
        is_open: whether they may send to anywhere, whatever their security groups are.
        ports: the ports that they send from; told apart only where there are network ACLs.
        on_fargate: whether they are tasks on Fargate.
    """

    title: str
    groups: tuple[Id, ...]
    address: Truth
    by_subnet: bool = False
    is_open: bool = False
    ports: Ports = acl.LINUX
    on_fargate: bool = False


class _Puller(NamedTuple):
    """What pulls: tasks or instances that have one network configuration.

    Attributes:
        place: the resource that says in which subnets.
        location: where it says so.
        subnets: the subnets.
        sender: what they may send.
        doubt: why it is not known what they reach, whatever the ways from their subnets are.
    """

    place: Resource
    location: str
    subnets: tuple[Id, ...]
    sender: _Sender
    doubt: str = ""


class _Barriers(NamedTuple):
    """What stands in the way in one world besides routes and security groups.

    Attributes:
        acls: the network ACLs, None where no template says anything of them: they let everything pass then.
        public_access: what blocks public access, None where nothing in the templates does.
        detours: whether any route may lead what stays in its VPC through something in it.
    """

    acls: Acls | None
    public_access: PublicAccess | None
    detours: bool


class Networks(InWorld):
    """The networks in which containers pull in one world.

    Args:
        placements: what runs where.
        pulls: who pulls, and through which caches.
        allow_public_gallery: whether images of `public.ecr.aws` are accepted.
    """

    def __init__(self, placements: Placements, pulls: Pulls, *, allow_public_gallery: bool) -> None:
        self.world = placements.world
        self._placements = placements
        self._pulls = pulls
        self._allow_public_gallery = allow_public_gallery

    def concerns(self, container: Container) -> bool:
        """Return whether the image of a container is of Amazon ECR, as far as can be known."""
        return self._counts(container.image)

    def knows(self, image: Image) -> bool:
        """Return whether an image is surely one that may be pulled."""
        return image.error_under(allow_public_gallery=self._allow_public_gallery) is None

    @asked
    def of(self, container: Container) -> tuple[Reach, ...]:
        """Return what is reached from each place where a container runs."""
        return tuple(dict.fromkeys(self._of(container)))

    @asked
    def _ways(self, each: tuple[Way, ...]) -> Ways:
        """Return ways as one object, so that what is said of equal ones is put into words once."""
        return Ways(each)

    def _counts(self, image: Image) -> bool:
        error = image.error_under(allow_public_gallery=self._allow_public_gallery)
        return error is None or isinstance(error, UnverifiableImageUri)

    def _of(self, container: Container) -> Iterator[Reach]:
        nothing = self._ways(())
        for placement in self._placements.of(container):
            place = placement.runner or container.resource
            if not _is_placed(placement):
                # The link of the placement holds where it is known what the task runs on.
                is_known = placement.launch not in (None, Launch.EC2)
                yield Reach(place, "Properties", nothing, placement.evidence, placed=is_known)
                continue
            hosts: tuple[Host | None, ...] = placement.hosts if placement.launch is Launch.EC2 else (None,)
            if not hosts:
                why = f"the container instances are not in the templates: {placement.evidence}"
                yield Reach(place, "Properties", nothing, why)
            for host in hosts:
                yield self._reached(container, placement, host)

    def _reached(self, container: Container, placement: Placement, host: Host | None) -> Reach:
        """Return what is reached from one place where a container runs."""
        needs = self._needs(container, placement)
        puller = self._puller(placement, host)
        systems = self._systems(container, placement, host)
        if True in systems:
            needs = (*needs, _FOREIGN)
        if self._has_acls:
            puller = puller._replace(sender=puller.sender._replace(ports=_ports(systems)))
        return self._reach(container, puller, needs)

    @property
    def topology(self) -> Topology:
        """The networks of the templates."""
        return Topology(self.world)

    @property
    def _barriers(self) -> _Barriers:
        """What stands in the way besides routes and security groups."""
        topology, options = self.topology, self.world.root.all(public_access.OPTIONS)
        return _Barriers(
            Acls(topology) if self._has_acls else None,
            PublicAccess(topology, options) if options else None,
            References.of(self.world.root).has_detours,
        )

    @property
    def _has_acls(self) -> bool:
        return bool(self.world.root.all(acl.ASSOCIATION, acl.ENTRY))

    # who pulls

    def _puller(self, placement: Placement, host: Host | None) -> _Puller:
        """Return what pulls in one place where tasks run."""
        if host is not None:
            return self._instances(host)
        if placement.provider is not None:
            return self._managed_instances(placement.provider)
        assert placement.runner is not None  # noqa: S101 - it is placed
        return self._tasks(placement.runner, placement.at)

    def _tasks(self, runner: Resource, at: Site | None) -> _Puller:
        path = _NETWORKS[runner.type]
        address: Truth = None  # Express Mode decides it by the subnets
        if at is not None:
            addresses = self.world.values(runner, f"{path}.AssignPublicIp", at)
            address = _enabled(addresses[0] if addresses else "DISABLED")
        return _Puller(
            runner,
            f"{at.location if at else 'Properties'}.{path}",
            ids(self.world, runner, f"{path}.Subnets.*", at),
            _Sender(
                f"tasks of {runner.logical_id}",
                ids(self.world, runner, f"{path}.SecurityGroups.*", at),
                address,
                on_fargate=True,
            ),
        )

    def _managed_instances(self, provider: Resource) -> _Puller:
        groups = ids(self.world, provider, f"{_MANAGED}.SecurityGroups.*")
        return _Puller(
            provider,
            f"Properties.{_MANAGED}",
            ids(self.world, provider, f"{_MANAGED}.Subnets.*"),
            _Sender(f"instances of {provider.logical_id}", groups, None),
        )

    @asked
    def _instances(self, host: Host) -> _Puller:
        resource, launch = host.resource, host.launch
        is_group = resource.type != INSTANCE
        zones = ids(self.world, resource, "VPCZoneIdentifier.*") if is_group else ()
        title = f"instances of {resource.logical_id}" if is_group else resource.logical_id
        location = "Properties.VPCZoneIdentifier" if is_group else "Properties.SubnetId"
        puller = _Puller(resource, location, zones, _Sender(title, (), None))
        if resource.type in FLEETS:
            # Each of its launch specifications and overrides may have subnets of its own.
            why = f"which subnets the instances of the fleet {resource.logical_id} are in is not known"
            return puller._replace(location="Properties", doubt=why)
        for join in self._placements.joins(host):
            if join.reroutes:
                return puller._replace(doubt=f"{resource.logical_id}: {join.reroutes}")
        # What an instance says itself counts before its launch template.
        sites: list[tuple[Resource, Site | None]] = [] if is_group else [(resource, None)]
        if launch is not None:
            sites.append((launch.resource, launch))
        for maker, at in sites:
            interfaces = self.world.values(maker, "NetworkInterfaces.*", at)
            if len(interfaces) > 1:
                return _by_first(puller, interfaces, maker.template)

        def first(read: Callable[[Resource, str, Site | None], tuple[T, ...]], paths: Iterable[str]) -> tuple[T, ...]:
            return next((found for at in sites for path in paths if (found := read(at[0], path, at[1]))), ())

        addresses = first(self.world.values, _INSTANCE_ADDRESSES)
        address = flag(addresses[0]) if addresses else None
        elastic = False if is_group else self.topology.has_elastic_address(resource)
        if elastic is not False:
            address = address or elastic
        by_subnet = elastic is False and not addresses and launch is not None
        return puller._replace(
            subnets=zones or first(partial(ids, self.world), _INSTANCE_SUBNETS),
            sender=_Sender(title, first(partial(ids, self.world), _INSTANCE_GROUPS), address, by_subnet),
        )

    def _systems(self, container: Container, placement: Placement, host: Host | None) -> set[Truth]:
        """Return whether what pulls runs Windows, in each case that there is."""
        if host is not None:
            products = [ami.product for ami in self._placements.amis(host)]
            systems = {product.system if product is not None else None for product in products}
            return {None if system is None else system is System.WINDOWS for system in systems}
        if placement.provider is not None:
            return {False}  # ECS Managed Instances are Bottlerocket
        family = self._placements.platform(container)[1] or "LINUX"
        return {family.startswith("WINDOWS") if isinstance(family, str) else None}

    # what must be reached

    def _needs(self, container: Container, placement: Placement) -> tuple[Need, ...]:
        """Return all that must be reached before a container starts."""
        found = [*self._of_image(container, container.image)]
        if placement.launch is not None:
            found += _AGENTS.get(placement.launch, ())
        site = container.site
        found += self._of_logs(site.resource, _LOGS, site)
        found += self._of_secrets(site)
        found += self._of_files(site)
        if placement.runner is not None and placement.runner.type == SERVICE:
            found += self._of_connect(placement.runner)
        return tuple(dict.fromkeys(found))

    def _of_image(self, container: Container, image: Image) -> Sequence[Need]:
        """Return what must be reached to pull an image."""
        if not self._counts(image):
            return ()
        template, uri = container.resource.template, image.uri
        if uri is None:
            if image.error is not None and image.error_under(allow_public_gallery=True) is None:
                return (Need("public.ecr.aws", None, "no VPC endpoint is known to lead there"),)
            why = f"the registry of {image} is known only at deployment"
            return [Need(service, None, why) for service in PULL_SERVICES]
        plain = uri.endpoint == "dkr.ecr" and not uri.is_dual_stack
        why = "" if plain else f"VPC endpoints are not known to lead to {uri.endpoint} hosts of {uri.suffix}"
        end = "" if plain else text(".", uri.endpoint, ".", image.part("region"), ".", image.part("suffix"))
        needs = self._of_registry(image.part("region"), template.region, why, uri.is_dual_stack, end)
        cached = self._pulls.registries.rules
        return (*needs, *self._of_cache_rules(template, image)) if cached else needs

    @asked
    def _of_registry(
        self, region: str | Text, own: str | None, why: str, is_dual_stack: bool, end: str | Text
    ) -> tuple[Need, ...]:
        """Return what must be reached to pull from a registry.

        Args:
            region: its region.
            own: the region of the stack.
            why: why VPC endpoints may not lead to it.
            is_dual_stack: whether it is reached over IPv6 too.
            end: what stands behind the account in its name, where that is not the usual one.
        """
        is_own = _is_own(region, own)
        served = every((is_own, None if why else True))
        reason = why if is_own else _far(is_own, region)
        far, host = "" if is_own else region, text(REGISTRY, end) if end else ""
        return tuple(
            Need(service, served, reason, dual_stack=is_dual_stack, region=far, host=host) for service in PULL_SERVICES
        )

    def _of_cache_rules(self, template: Template, image: Image) -> Iterator[Need]:
        """Yield what must be reached for the pull-through cache rules of the templates that an image is below."""
        existing = self._placements.model.repositories(template, image)
        for rule, doubt in self._pulls.registries.caches(template, image, existing):
            why = f"the first pull through cache rule {rule.logical_id} needs a route to the internet"
            untold = f", and it is known only at deployment {doubt}" if doubt else ""
            yield Need("ecr.dkr", None if doubt else False, f"{why}{untold}", CACHED)

    def _of_logs(self, resource: Resource, path: str, at: Site | None = None) -> Iterator[Need]:
        """Yield what must be reached for a log configuration.

        Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
        """
        for driver in self.world.values(resource, f"{path}.LogDriver", at):
            if driver != "awslogs" and isinstance(driver, str):
                continue
            regions = self.world.values(resource, f"{path}.Options.awslogs-region", at)
            need = _regional("logs", regions[0] if regions else "", resource.template)
            if driver != "awslogs":
                need = need._replace(
                    perhaps=f"whether the log driver {shown(driver)} needs them is known only at deployment"
                )
            for creates in self.world.values(resource, f"{path}.Options.awslogs-create-group", at):
                if flag(creates) is None:
                    yield need
                    why = f"whether awslogs-create-group is {shown(creates)} is known only at deployment"
                    need = need._replace(perhaps=need.perhaps or why)
                if flag(creates) is not False:
                    need = need._replace(traffic=NEW_GROUP)
            yield need

    def _of_connect(self, service: Resource) -> Sequence[Need]:
        """Return what must be reached for the logs of the proxy that Service Connect runs in each task.

        Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-envoy-access-logs.html
        """
        enabled = self.world.value(service, f"{_CONNECT}.Enabled")
        if enabled is None or flag(enabled) is False:
            return ()
        needs = self._of_logs(service, f"{_CONNECT}.{_LOGS}")
        if flag(enabled):
            return tuple(needs)
        why = f"whether Service Connect is enabled ({shown(enabled)}) is known only at deployment"
        return tuple(need._replace(perhaps=why) for need in needs)

    def _of_secrets(self, site: Site) -> Iterator[Need]:
        for path in ("Secrets.*.ValueFrom", f"{_LOGS}.SecretOptions.*.ValueFrom"):
            for value in self.world.values(site.resource, path, site):
                yield from _of_secret(value, site.resource.template)

    def _of_files(self, site: Site) -> Iterator[Need]:
        """Yield what must be reached for environment files, and for the configuration of a FireLens log router.

        Sources:
            https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html
            https://docs.aws.amazon.com/AmazonECS/latest/developerguide/firelens-taskdef.html
        """
        files = [(FILES, value) for value in self.world.values(site.resource, "EnvironmentFiles.*.Value", site)]
        if isinstance(site.node, dict) and "FirelensConfiguration" in site.node:
            options = "FirelensConfiguration.Options.config-file"
            if self.world.values(site.resource, f"{options}-type", site) not in ((), ("file",)):
                files += [(ROUTER, value) for value in self.world.values(site.resource, f"{options}-value", site)]
        for title, value in files:
            target = value if isinstance(value, (str, Text)) else _SOMETHING
            perhaps = f"the region of {shown(value)} is not known"
            yield Need("s3", title=title, perhaps=perhaps, traffic=STORED_FILES, target=target)

    # what is reached

    def _reach(self, container: Container, puller: _Puller, needs: tuple[Need, ...]) -> Reach:
        """Return what one puller reaches in one world."""
        place, location, subnets, sender, doubt = puller
        if doubt or not subnets:
            why = doubt or f"the subnets of {sender.title} are not in the templates"
            return Reach(place, location, self._ways(()), why, placed=True)
        ways: Ways | None = None
        topology = self.topology
        if topology.is_open(sender.groups):
            anyone = _Sender("", (), sender.address, sender.by_subnet, True, sender.ports, sender.on_fargate)
            ways = self._shared(subnets, anyone, needs)
        if ways is None:
            ways = self._own(subnets, sender, needs, container)
        return Reach(place, location, ways, _mixed(topology, puller), placed=True)

    @asked
    def _shared(self, subnets: tuple[Id, ...], sender: _Sender, needs: tuple[Need, ...]) -> Ways | None:
        """Return the ways of whatever may send to anywhere, None where they depend on who pulls and what."""
        ways: list[Way] = []
        for subnet in subnets:
            start = self._start(sender, subnet)
            if isinstance(start, str):
                return None
            ways += map(_Journey(self.topology, start, self._barriers).to, needs)
        if not all(
            way.truth and not (way.endpoint and self.world.values(way.endpoint, "PolicyDocument")) for way in ways
        ):
            return None
        return self._ways(tuple(ways))

    def _own(self, subnets: tuple[Id, ...], sender: _Sender, needs: tuple[Need, ...], container: Container) -> Ways:
        """Return the ways of what pulls for one container."""
        ways: list[Way] = []
        for subnet in subnets:
            start = self._start(sender, subnet)
            journey = None if isinstance(start, str) else _Journey(self.topology, start, self._barriers)
            for need in needs:
                way = Way(need.name, subnet, None, str(start)) if journey is None else journey.to(need)
                ways.append(self._under_policy(way, need, container))
        return self._ways(tuple(ways))

    @asked
    def _start(self, sender: _Sender, start: Id) -> _Start | str:
        """Return where the journeys from a subnet start, or why there are none to follow."""
        subnet = start.of(SUBNET)
        if subnet is None:
            return "it is not in the templates"
        topology = self.topology
        if sender.on_fargate and (zone := topology.fargate_zone(subnet)) is not None:
            return f"whether Fargate runs {zone} is not known"
        vpc, name = topology.vpc(subnet)
        if vpc is None:
            return f"its VPC {name} is not in the templates"
        return _Start(sender, start, subnet, vpc)

    def _under_policy(self, way: Way, need: Need, container: Container) -> Way:
        """Return a way as the policy of its endpoint leaves it."""
        endpoint = way.endpoint
        if not way.truth or endpoint is None or not self.world.values(endpoint, "PolicyDocument"):
            return way
        image = container.image
        targets: list[tuple[str | Text, str | Text]] = []
        if image.uri is not None and need in self._of_image(container, image):
            targets = [(self._pulls.arn(endpoint.template, image), image.part("account"))]
        for target, account in targets or [(need.target or _SOMETHING, _SOMETHING)]:
            answer = lets_through(self.world, endpoint, need.traffic or need.service, target, account)
            if not answer.truth:
                doubt = need.perhaps if need.served else need.reason
                sure = answer.truth is None or not doubt
                return way._replace(
                    truth=answer.truth if sure else None, why=answer.why if sure else f"{doubt}, and {answer.why}"
                )
        return way


class _Start(NamedTuple):
    """Where journeys start.

    Attributes:
        sender: what is in the subnet.
        id: the ID of the subnet.
        subnet: the subnet.
        vpc: its VPC.
    """

    sender: _Sender
    id: Id
    subnet: Resource
    vpc: Resource


class _Journey(InWorld):
    """From one subnet to what must be reached.

    Attributes:
        topology: the networks.
        sender: what is in the subnet.
        start: the ID of the subnet.
        subnet: the subnet.
        vpc: its VPC.
        barriers: what stands in the way.
    """

    def __init__(self, topology: Topology, start: _Start, barriers: _Barriers) -> None:
        self.world = topology.world
        self.key = (start,)
        self.topology = topology
        self.sender, self.start, self.subnet, self.vpc = start
        self.barriers = barriers

    @property
    def _peer(self) -> Peer:
        return Peer(self.sender.groups, (self.subnet,))

    @property
    def _no_endpoint(self) -> str:
        return f"VPC {self.vpc.logical_id} has no such endpoint"

    def _native(self) -> Truth:
        """Return whether the subnet has addresses of the internet protocol 6 only."""
        return flag(self.world.value(self.subnet, "Ipv6Native", "false"))

    @asked
    def to(self, need: Need) -> Way:
        """Return the way to what must be reached, as far as endpoint policies are left out."""
        answer, endpoint = self._to(need)
        if answer.truth is False and need.perhaps:
            answer = Answer(None, f"{need.perhaps}, and {answer.why}")
        return Way(need.name, self.start, answer.truth, answer.why, endpoint)

    def _to(self, need: Need) -> tuple[Answer, Resource | None]:
        if self._native() is not False:
            return self._by_ipv6(need), None
        return self._served(need) if need.served else self._around(need)

    @asked
    def _internet(self) -> Answer:
        """Return whether there is a way to the internet."""
        names = self.topology.names(self.vpc)
        if names.truth is False:
            return names
        way = self.topology.exit(self.subnet)
        if not way.truth:
            return Answer(way.truth, way.why)
        address = self._address() if way.needs_address else True
        if not address:
            why = f"{way.why} takes no traffic of {self.sender.title} without a public address"
            return Answer(
                address,
                why if address is False else f"it is not known whether {self.sender.title} have a public address",
            )
        for answer in (self._out(), self._let_out(way), names):
            if not answer.truth:
                return answer
        return Answer(True, way.why)

    def _let_out(self, way: Exit, version: int = 4) -> Answer:
        """Return whether block public access and network ACLs let requests out to the internet, and answers back."""
        acls, block, detours = self.barriers
        passed = Answer(True) if block is None else block.let_out(self.subnet, way)
        if passed.truth and detours and way.through is not None:
            passed = self.topology.crosses(way.through, self.subnet)
        if not passed.truth or acls is None:
            return passed
        return acls.let_out(self.subnet, self.sender.ports, way.through, version)

    def _address(self) -> Truth:
        if not self.sender.by_subnet:
            return self.sender.address
        return flag(self.world.value(self.subnet, "MapPublicIpOnLaunch", "false"))

    def _around(self, need: Need) -> tuple[Answer, Resource | None]:
        """Return whether there is a way where VPC endpoints do not lead, or may not."""
        internet = self._internet()
        if internet.truth and need.served is False:
            other = self._elsewhere(need)
            return Answer(None, self._may_answer(other)) if other else internet, None
        if internet.truth:  # it leads there, and so must an endpoint to which names may lead
            answer, endpoint = self._served(need)
            return answer if answer.truth else Answer(None, f"{need.reason}, and {answer.why}"), endpoint
        endpoints = self.topology.endpoints(self.vpc, need.service)
        foreign = next((endpoint for endpoint, _ in endpoints if self.topology.is_foreign(endpoint)), None)
        if foreign is not None:
            return Answer(None, self._may(foreign)), None
        truth = False if need.served is False and internet.truth is False else None
        return Answer(truth, f"{need.reason}, and {internet.why}"), None

    def _may(self, resource: Resource) -> str:
        return f"{resource.logical_id} may lead there from VPC {self.vpc.logical_id}"

    def _may_answer(self, resource: Resource) -> str:
        return f"{resource.logical_id} may give other addresses in VPC {self.vpc.logical_id}"

    def _resolvers(self) -> Resolvers | None:
        return self.topology.resolvers(self.vpc)

    def _elsewhere(self, need: Need, *, private: bool = False) -> Resource | None:
        """Return what may give other addresses for what must be reached than public DNS.

        Args:
            need: what must be reached.
            private: whether an interface endpoint answers in place of public DNS.
        """
        resolvers = self._resolvers()
        if resolvers is None:
            return None
        own, suffix = (self.world.pseudo(self.vpc.template, f"AWS::{name}") for name in ("Region", "URLSuffix"))
        region = need.region or own
        names = names_of(need.service, region, suffix)
        return resolvers.of(
            (*names, need.host) if need.host else names,
            private_domain(need.service, region, suffix) if private else None,
        )

    def _served(self, need: Need) -> tuple[Answer, Resource | None]:
        """Return whether there is a way where VPC endpoints lead."""
        return self._by_gateway(need) if need.service == "s3" else self._by_interface(need)

    def _by_interface(self, need: Need) -> tuple[Answer, Resource | None]:
        topology, missing = self.topology, self._no_endpoint
        serving: list[Resource] = []
        perhaps: list[Resource] = []
        for endpoint, truth in topology.endpoints(self.vpc, need.service):
            kind, named = topology.kind(endpoint), topology.has_private_names(endpoint)
            sure = truth and kind == "Interface"
            if sure and named:
                serving.append(endpoint)
            elif sure and named is False:
                missing = f"private DNS of endpoint {endpoint.logical_id} is off"
            elif truth and kind in ("Gateway", "GatewayLoadBalancer"):
                missing = f"endpoint {endpoint.logical_id} is of type {kind}"
            else:
                perhaps.append(endpoint)
        other = self._elsewhere(need, private=bool(serving)) if self._resolvers() else None
        if other is not None:
            return Answer(None, self._may_answer(other)), serving[0] if serving else None
        if len(serving) > 1:
            return Answer(None, f"{listed(serving)} can't have the same private DNS names in one VPC"), None
        if serving:
            return self._through(serving[0]), serving[0]
        return self._else(missing, tuple(perhaps)), None

    @asked
    def _else(self, missing: str, perhaps: tuple[Resource, ...]) -> Answer:
        """Return whether there is a way without an endpoint that surely serves, and what may lead there."""
        internet = self._internet()
        for endpoint in perhaps:
            if not (internet.truth and self._is_interface(endpoint) and self._through(endpoint).truth):
                foreign = self.topology.is_foreign(endpoint)
                return Answer(
                    None, f"{endpoint.logical_id} may be for another region" if foreign else self._may(endpoint)
                )
        if internet.truth:
            return internet
        why = f"{missing}, and {internet.why}"
        return Answer(None, why) if internet.truth is None else self.topology.may_be_made(why, self.subnet)

    def _is_interface(self, endpoint: Resource) -> bool:
        return bool(self.topology.kind(endpoint) == "Interface")

    def _through(self, endpoint: Resource) -> Answer:
        """Return whether there is a way through an interface endpoint that names lead to."""
        ready = self.topology.is_ready(endpoint, self.vpc)
        if not ready.truth:
            return ready
        admitted = self.topology.admits(endpoint, self._peer)
        if not admitted.truth:
            return admitted
        out = self._out() if self._out().truth else self.topology.lets_out(self._peer, self.topology.peer(endpoint))
        if out.truth and self.barriers.detours:
            out = self._crosses(endpoint)
        if out.truth and self.barriers.acls is not None:
            out = self.barriers.acls.let_to_endpoint(self.subnet, endpoint, self.sender.ports)
        return ready if out.truth else out

    def _crosses(self, endpoint: Resource) -> Answer:
        """Return whether what goes to an endpoint, and its answers, take the local route of the VPC."""
        for other in self.topology.peer(endpoint).subnets:
            for start, end in ((self.subnet, other), (other, self.subnet)) if other is not self.subnet else ():
                answer = self.topology.crosses(start, end)
                if not answer.truth:
                    return answer
        return Answer(True)

    @asked
    def _out(self) -> Answer:
        """Return whether the puller may send anything to anywhere on port 443."""
        return Answer(True) if self.sender.is_open else self.topology.lets_out(self._peer, None)

    def _by_gateway(self, need: Need) -> tuple[Answer, Resource | None]:
        """Return whether there is a way by a gateway endpoint, of which a route table takes but one for a service.

        Source: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
        """
        topology, missing = self.topology, self._no_endpoint
        gateway: Resource | None = None
        perhaps: list[Resource] = []
        table, known = topology.table(self.subnet)
        for endpoint, truth in topology.endpoints(self.vpc, need.service):
            kind = topology.kind(endpoint)
            if kind == "Gateway" and truth:
                routed = topology.routes(endpoint, table, known)
                if routed and gateway is not None:
                    why = f"{listed((gateway, endpoint))} can't be on one route table"
                    return Answer(None, why), None
                if routed:
                    gateway = endpoint
                    continue
                missing = f"gateway endpoint {endpoint.logical_id} is not on its route table"
                if routed is None:
                    perhaps.append(endpoint)
            elif kind == "Interface" and truth:
                missing = f"endpoint {endpoint.logical_id} is an interface, which does not serve layers"
                if topology.takes_names(endpoint):
                    return Answer(None, missing), None
            else:
                perhaps.append(endpoint)
        other = self._elsewhere(need) if self._resolvers() else None
        if other is not None:
            return Answer(None, self._may_answer(other)), None
        if gateway is not None and table is not None:
            return self._to_gateway(gateway, table), gateway
        return self._else(missing, tuple(perhaps)), None

    def _to_gateway(self, endpoint: Resource, table: Resource) -> Answer:
        topology = self.topology
        for answer in (
            topology.names(self.vpc),
            topology.protocol(endpoint),
            self._out(),
            topology.is_undivided(table),
        ):
            if not answer.truth:
                return answer
        if self.barriers.acls is not None:
            passed = self.barriers.acls.let_out(self.subnet, self.sender.ports)
            if not passed.truth:
                return passed
        return Answer(True, f"gateway endpoint {endpoint.logical_id}")

    def _by_ipv6(self, need: Need) -> Answer:
        """Return whether there is a way from a subnet that has addresses of the internet protocol 6 only.

        Sources:
            https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html
            https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking.html
        """
        way, out = self.topology.exit(self.subnet, 6), self.topology.lets_out(self._peer, None, 6)
        if need.dual_stack and way.truth and out.truth and self.topology.names(self.vpc).truth:
            passed, other = self._let_out(way, 6), self._elsewhere(need)
            if other is not None:
                return Answer(None, self._may_answer(other))
            return Answer(True, way.why) if passed.truth else Answer(None, passed.why)
        return Answer(None, f"subnet {self.subnet.logical_id} has addresses of IPv6 only")


# values


def _ports(systems: set[Truth]) -> Ports:
    """Return the ports that something sends from.

    Args:
        systems: whether it runs Windows, in each case that there is; None where that is not known.
    """
    if systems == {True}:
        return acl.WINDOWS
    return acl.LINUX if systems == {False} else acl.ANY_SYSTEM


def _is_placed(placement: Placement) -> bool:
    """Return whether it is known what runs tasks, and where that says in which network."""
    if placement.runner is None or placement.launch is None:
        return False
    if placement.launch is Launch.FARGATE:
        return placement.runner.type in _NETWORKS
    return placement.launch is Launch.EC2 or placement.provider is not None


def _mixed(topology: Topology, puller: _Puller) -> str:
    """Return which parts of what pulls are in different VPCs, which no deployment takes; nothing where none is."""
    first: Resource | None = None
    for each in (*puller.subnets, *puller.sender.groups):
        if each.resource is None:
            continue
        if first is None:
            first = each.resource
        elif topology.apart(first, each.resource):
            return f"{first.logical_id} and {each.resource.logical_id} are in different VPCs"
    return ""


def _by_first(puller: _Puller, interfaces: Sequence[Value], template: Template) -> _Puller:
    """Return what pulls by the first of several network interfaces, which has the default route of a host.

    Args:
        puller: the instances.
        interfaces: their network interfaces.
        template: where these stand.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceNetworkInterfaceSpecification.html
    """
    name = puller.place.logical_id
    known = [interface for interface in interfaces if isinstance(interface, dict)]
    firsts = [each for each in known if (each.get("DeviceIndex"), each.get("NetworkCardIndex", "0")) == ("0", "0")]
    if len(known) < len(interfaces) or len(firsts) != 1:
        return puller._replace(doubt=f"which network interface of {name} is the first one is not known")
    if any("AssociatePublicIpAddress" in interface for interface in known):
        why = f"EC2 takes no AssociatePublicIpAddress for {name}, which has several network interfaces"
        return puller._replace(doubt=why)
    first = firsts[0]

    def ids(key: str) -> tuple[Id, ...]:
        values = first.get(key, [])
        return tuple(
            one for value in (values if isinstance(values, list) else [values]) for one in read_ids(value, template)
        )

    # Whether the subnet gives a public address where there are several interfaces is not known.
    sender = puller.sender._replace(groups=ids("Groups") or ids("GroupSet"))
    return puller._replace(subnets=puller.subnets or ids("SubnetId"), sender=sender)


def _enabled(value: Value) -> Truth:
    return {"ENABLED": True, "DISABLED": False}.get(value) if isinstance(value, str) else None


def _of_secret(value: Value, template: Template) -> tuple[Need, ...]:
    first, *_ = pieces_of(value) if isinstance(value, (str, Text)) else ("",)
    if isinstance(first, Hole) and first.resource is not None:
        if first.resource.type in _SECRETS:
            return (Need(_SECRETS[first.resource.type]),)
        if first.attribute in _SECRET_ATTRIBUTES and first.resource.type.startswith("AWS::"):
            return (Need("secretsmanager"),)
    parts = _split(value)
    if isinstance(first, str) and (first.startswith("/") or (first == value and parts[0] != "arn")):
        return (Need("ssm"),)  # the name of a parameter
    if len(parts) > 3 and parts[0] == "arn" and parts[2] in _SECRETS.values():
        return (_regional(str(parts[2]), parts[3], template),)
    why = f"whose {shown(value)} is, is known only at deployment"
    return tuple(Need(service, None, why, SECRET) for service in ("secretsmanager", "ssm"))


def _regional(service: str, region: Value, template: Template) -> Need:
    own = True if region == "" else _is_own(region, template.region)
    return Need(service, own, _far(own, region), region="" if own or not isinstance(region, (str, Text)) else region)


def _is_own(part: Value, own: str | None, kind: Kind = Kind.REGION) -> Truth:
    """Return whether a region, or an account, is that of the stack."""
    if isinstance(part, str):
        return None if own is None else part == own
    hole = part.pieces[0] if isinstance(part, Text) and len(part.pieces) == 1 else None
    return True if isinstance(hole, Hole) and hole.kind is kind else None


def _far(own: Truth, region: Value) -> str:
    """Return why VPC endpoints do not lead to a region, or may not; nothing where they do."""
    if own is None:
        return f"it is not known whether {shown(region)} is the region of the VPC"
    return "" if own else f"VPC endpoints do not lead to region {shown(region)}"


def _split(value: Value) -> list[str | Text]:
    """Return the parts of an ARN between colons; a part that is not all literal is a text."""
    parts: list[list[str | Hole]] = [[]]
    for piece in pieces_of(value) if isinstance(value, (str, Text)) else ():
        first, *others = piece.split(":") if isinstance(piece, str) else (piece,)
        parts[-1].append(first)
        parts += [[other] for other in others]
    return [text(*part) for part in parts]
