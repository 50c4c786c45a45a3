"""The needs of a task: all that must be had over a network before a container starts.

Sources:
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Site, Text, Value, flag, pieces_of, shown, text
from ecr_ecs_constructs.image_uri import UnverifiableImageUri
from ecr_ecs_constructs.pull.answer import Answer, all_of
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.iam.actions import PULL_ACTIONS, TOKEN_ACTION
from ecr_ecs_constructs.pull.iam.pulls import Pulls
from ecr_ecs_constructs.pull.images import Image
from ecr_ecs_constructs.pull.placement.kinds import LaunchType, Placement
from ecr_ecs_constructs.pull.placement.runners import SERVICE
from ecr_ecs_constructs.pull.repositories import Repositories

PULL_SERVICES = ("ecr.api", "ecr.dkr", "s3")
AGENT_SERVICES = ("ecs", "ecs-agent", "ecs-telemetry")
PUBLIC_GALLERY, WINDOWS_LAYERS = "public.ecr.aws", "mcr.microsoft.com"
"""The hosts that are no service of a region; layers of Windows that may not be pushed elsewhere are at the second."""

CACHED, SECRET = "what the cache rule fetches", "the secret"
FILES, ROUTER = "the environment files", "the configuration of FireLens"
"""The titles of destinations that are not called by the name of a service."""

REGISTRY = Hole(Kind.ANYTHING, "a registry", pattern="[0-9]{12}")
"""The account that the host of a registry starts with."""

ANYTHING = Text((Hole(Kind.ANYTHING, "a resource"),))
"""A resource of which nothing is known."""

_FILE_ACTION = "s3:GetObject"
_GROUP_ACTION = "logs:CreateLogGroup"
_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "ecr.api": (TOKEN_ACTION,),
    "ecr.dkr": PULL_ACTIONS,
    "s3": (_FILE_ACTION,),
    "ecs": ("ecs:DiscoverPollEndpoint", "ecs:RegisterContainerInstance", "ecs:SubmitTaskStateChange"),
    "ecs-agent": ("ecs:Poll",),
    "ecs-telemetry": ("ecs:StartTelemetrySession",),
    "logs": ("logs:CreateLogStream", "logs:PutLogEvents"),
    "secretsmanager": ("secretsmanager:GetSecretValue",),
    "ssm": ("ssm:GetParameters",),
}
"""The actions that are asked of each service before a container runs."""

_SECRETS: Mapping[str, str] = {
    "AWS::SecretsManager::Secret": "secretsmanager",
    "AWS::SecretsManager::SecretTargetAttachment": "secretsmanager",
    "AWS::SSM::Parameter": "ssm",
}
_SECRET_ATTRIBUTES = ("MasterUserSecret.SecretArn", "MasterPasswordSecretArn")
"""The attributes that name a secret which another resource has made."""

_LOGS, _CONNECT = "LogConfiguration", "ServiceConnectConfiguration"


class Destination(NamedTuple):
    """A service, or another host, that must be reached.

    Attributes:
        service: its name, as that of a VPC endpoint ends.
        served: whether VPC endpoints of the service lead there, and why they do not, or may not.
        title: what it is called, where that is not the name of the service.
        dual_stack: whether it is reached over IPv6 too.
        region: its region, where that is not the one of the VPC.
        host: its name, where that is not the usual one of the service.
    """

    service: str
    served: Answer = Answer(True)
    title: str = ""
    dual_stack: bool = False
    region: str | Text = ""
    host: str | Text = ""

    @property
    def name(self) -> str:
        """The name by which people call it."""
        return self.title or self.service


class Need(NamedTuple):
    """Something that must be had before a container starts.

    Attributes:
        destination: where it is had.
        actions: what is asked for there; nothing where that is not known.
        image: the image that it is a part of; None where it is a part of none, or of one that is not known.
        resource: the ARN of what is asked for, where that is no image.
        is_signed: whether Amazon ECR signs the requests, not whoever runs the task.
        perhaps: why it may not be needed at all, or not there.
    """

    destination: Destination
    actions: tuple[str, ...] = ()
    image: Image | None = None
    resource: str | Text = ANYTHING
    is_signed: bool = False
    perhaps: str = ""


def _at(destination: Destination, perhaps: str = "") -> Need:
    """Return the need of what is usually asked for at a destination."""
    return Need(destination, _ACTIONS[destination.service], perhaps=perhaps)


_UNNAMED = "AWS does not say which endpoints ECS Managed Instances need"
_AGENTS: Mapping[LaunchType, tuple[Need, ...]] = {
    LaunchType.EC2: tuple(_at(Destination(service)) for service in AGENT_SERVICES),
    LaunchType.MANAGED_INSTANCES: tuple(_at(Destination(service), _UNNAMED) for service in AGENT_SERVICES),
}
"""The needs of the ECS agent, by what tasks run on.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
"""

FOREIGN_LAYERS = Need(
    Destination(WINDOWS_LAYERS, Answer(False, "no VPC endpoint leads there")),
    perhaps="whether all layers of the image of Windows have been pushed is not known",
)
"""The layers of Windows that a push leaves out, unless it is told to take them.

Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-vpc-endpoint-considerations
"""


class Needs(InWorld):
    """The needs of tasks in one world.

    Args:
        pulls: who pulls, and through which caches.
        allow_public_gallery: whether images of `public.ecr.aws` are accepted.
    """

    def __init__(self, pulls: Pulls, *, allow_public_gallery: bool) -> None:
        self.world = pulls.world
        self._repositories = Repositories(self.world)
        self._registries = pulls.registries
        self._allow_public_gallery = allow_public_gallery

    def counts(self, image: Image) -> bool:
        """Return whether an image is one that may be pulled, as far as can be known."""
        error = image.error_under(allow_public_gallery=self._allow_public_gallery)
        return error is None or isinstance(error, UnverifiableImageUri)

    def knows(self, image: Image) -> bool:
        """Return whether an image is surely one that may be pulled."""
        return image.error_under(allow_public_gallery=self._allow_public_gallery) is None

    def of(self, container: Container, placement: Placement) -> tuple[Need, ...]:
        """Return all that must be had before a container starts in one place where it runs, each once."""
        found = [*self._of_image(container.resource.template, container.image)]
        if placement.launch_type is not None:
            found += _AGENTS.get(placement.launch_type, ())
        site = container.site
        found += self._of_logs(site.resource, _LOGS, site)
        found += self._of_secrets(site)
        found += self._of_files(site)
        if placement.runner is not None and placement.runner.type == SERVICE:
            found += self._of_connect(placement.runner)
        return tuple(dict.fromkeys(found))

    # the image

    def _of_image(self, template: Template, image: Image) -> Sequence[Need]:
        """Return the needs of the pull of an image that stands in a template."""
        if not self.counts(image):
            return ()
        uri = image.uri
        if uri is None:
            if image.error is not None and image.error_under(allow_public_gallery=True) is None:
                unserved = Answer(None, "no VPC endpoint is known to lead there")
                return (Need(Destination(PUBLIC_GALLERY, unserved)),)
            unknown = Answer(None, f"the registry of {image} is known only at deployment")
            return _of_pull((Destination(service, unknown) for service in PULL_SERVICES), None)
        plain = uri.endpoint == "dkr.ecr" and not uri.is_dual_stack
        why = f"VPC endpoints are not known to lead to {uri.endpoint} hosts of {uri.suffix}"
        served = Answer(True) if plain else Answer(None, why)
        end = "" if plain else text(".", uri.endpoint, ".", image.part("region"), ".", image.part("suffix"))
        registry = self._registry(image.part("region"), template.region, served, uri.is_dual_stack, end)
        needs = _of_pull(registry, image)
        return (*needs, *self._of_cache_rules(template, image)) if self._registries.rules else needs

    @asked
    def _registry(
        self, region: str | Text, own: str | None, served: Answer, is_dual_stack: bool, end: str | Text
    ) -> tuple[Destination, ...]:
        """Return all that must be reached to pull from a registry.

        Args:
            region: its region.
            own: the region of the stack.
            served: whether VPC endpoints lead to such registries of their own region.
            is_dual_stack: whether it is reached over IPv6 too.
            end: what stands behind the account in its name, where that is not the usual one.
        """
        local = _is_local(region, own)
        answer = all_of((local, served))
        far, host = "" if local.truth else region, text(REGISTRY, end) if end else ""
        return tuple(
            [Destination(each, answer, dual_stack=is_dual_stack, region=far, host=host) for each in PULL_SERVICES]
        )

    def _of_cache_rules(self, template: Template, image: Image) -> Iterator[Need]:
        """Yield the needs of the pull-through cache rules of the templates that an image is below."""
        existing = self._repositories.of(template, image)
        for rule, doubt in self._registries.caches(template, image, existing):
            why = f"the first pull through cache rule {rule.logical_id} needs a route to the internet"
            untold = f", and it is known only at deployment {doubt}" if doubt else ""
            upstream = Destination("ecr.dkr", Answer(None if doubt else False, f"{why}{untold}"), CACHED)
            yield Need(upstream, PULL_ACTIONS, image)

    # logs, secrets, files

    def _of_logs(self, resource: Resource, path: str, at: Site | None = None) -> Iterator[Need]:
        """Yield the needs of a log configuration.

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
                    need = need._replace(actions=(_GROUP_ACTION, *_ACTIONS["logs"]))
            yield need

    def _of_connect(self, service: Resource) -> Sequence[Need]:
        """Return the needs of the logs of the proxy that Service Connect runs in each task of a service.

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
        """Yield the needs of environment files, and of the configuration of a FireLens log router.

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
            resource = value if isinstance(value, (str, Text)) else ANYTHING
            perhaps = f"the region of {shown(value)} is not known"
            yield Need(Destination("s3", title=title), (_FILE_ACTION,), resource=resource, perhaps=perhaps)


def _of_pull(destinations: Iterable[Destination], image: Image | None) -> tuple[Need, ...]:
    """Return the needs of a pull from a registry: Amazon ECR signs the URLs of layers, which are in Amazon S3."""
    return tuple([Need(each, _ACTIONS[each.service], image, is_signed=each.service == "s3") for each in destinations])


def _of_secret(value: Value, template: Template) -> tuple[Need, ...]:
    """Return the needs of a secret, by the value that names it."""
    first, *_ = pieces_of(value) if isinstance(value, (str, Text)) else ("",)
    if isinstance(first, Hole) and first.resource is not None:
        if first.resource.type in _SECRETS:
            return (_at(Destination(_SECRETS[first.resource.type])),)
        if first.attribute in _SECRET_ATTRIBUTES and first.resource.type.startswith("AWS::"):
            return (_at(Destination("secretsmanager")),)
    parts = _split(value)
    if isinstance(first, str) and (first.startswith("/") or (first == value and parts[0] != "arn")):
        return (_at(Destination("ssm")),)  # the name of a parameter
    if len(parts) > 3 and parts[0] == "arn" and parts[2] in _SECRETS.values():
        return (_regional(str(parts[2]), parts[3], template),)
    unknown = Answer(None, f"whose {shown(value)} is, is known only at deployment")
    return tuple(_at(Destination(service, unknown, SECRET)) for service in ("secretsmanager", "ssm"))


def _split(value: Value) -> list[str | Text]:
    """Return the parts of an ARN between colons; a part that is not all literal is a text."""
    parts: list[list[str | Hole]] = [[]]
    for piece in pieces_of(value) if isinstance(value, (str, Text)) else ():
        first, *others = piece.split(":") if isinstance(piece, str) else (piece,)
        parts[-1].append(first)
        parts += [[other] for other in others]
    return [text(*part) for part in parts]


# regions


def _regional(service: str, region: Value, template: Template) -> Need:
    """Return the need of what is usually asked for at a service in a region; the stack's own where none is given."""
    served = Answer(True) if region == "" else _is_local(region, template.region)
    other = "" if served.truth or not isinstance(region, (str, Text)) else region
    return _at(Destination(service, served, region=other))


def _is_local(region: Value, own: str | None) -> Answer:
    """Return whether a region is that of the stack, so that VPC endpoints lead to its services."""
    if isinstance(region, str):
        truth = None if own is None else region == own
    else:
        hole = region.pieces[0] if isinstance(region, Text) and len(region.pieces) == 1 else None
        truth = True if isinstance(hole, Hole) and hole.kind is Kind.REGION else None
    if truth:
        return Answer(True)
    if truth is None:
        return Answer(None, f"it is not known whether {shown(region)} is the region of the VPC")
    return Answer(False, f"VPC endpoints do not lead to region {shown(region)}")
