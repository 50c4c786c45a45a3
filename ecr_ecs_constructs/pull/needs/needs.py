"""The needs of a task: all that it must have before its process starts, each with its permission and its way.

The link of the permission asks who may do what, the link of the network which ways there are.

Sources:
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked
from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Site, Text, shown, text
from ecr_ecs_constructs.image_uri import UnverifiableImageUri
from ecr_ecs_constructs.pull.answer import Answer, all_of
from ecr_ecs_constructs.pull.containers import Container, Containers
from ecr_ecs_constructs.pull.iam.actions import ASSUME_ACTION, PULL_ACTIONS, TOKEN_ACTION
from ecr_ecs_constructs.pull.iam.registry import Registries
from ecr_ecs_constructs.pull.iam.roles import Roles
from ecr_ecs_constructs.pull.iam.trust import Assumer
from ecr_ecs_constructs.pull.images import Image
from ecr_ecs_constructs.pull.needs.credential_specs import CredentialSpecs
from ecr_ecs_constructs.pull.needs.files import Files
from ecr_ecs_constructs.pull.needs.infrastructure import Infrastructure
from ecr_ecs_constructs.pull.needs.logs import BATCH_GROUP, Logs
from ecr_ecs_constructs.pull.needs.need import ANYTHING, Ask, Destination, Need, Nothing, Who
from ecr_ecs_constructs.pull.needs.regions import is_local
from ecr_ecs_constructs.pull.needs.secrets import Secrets
from ecr_ecs_constructs.pull.needs.service_connect import ServiceConnect
from ecr_ecs_constructs.pull.needs.starters import Starters
from ecr_ecs_constructs.pull.needs.volumes import Volumes
from ecr_ecs_constructs.pull.placement.kinds import LaunchType, Placement
from ecr_ecs_constructs.pull.placement.runners import EXPRESS, SERVICE
from ecr_ecs_constructs.pull.repositories import Repositories
from ecr_ecs_constructs.pull.vouching import vouched_role

PULL_SERVICES = ("ecr.api", "ecr.dkr", "s3")
AGENT_SERVICES = ("ecs", "ecs-agent", "ecs-telemetry")
PUBLIC_GALLERY, WINDOWS_LAYERS = "public.ecr.aws", "mcr.microsoft.com"
"""The hosts that are no service of a region; layers of Windows that may not be pushed elsewhere are at the second."""

CACHED = "what the cache rule fetches"
"""The title of a destination that is not called by the name of a service."""

REGISTRY = Hole(Kind.ANYTHING, "a registry", pattern="[0-9]{12}")
"""The account that the host of a registry starts with."""

_PULLS: Mapping[str, tuple[Who, tuple[str, ...]]] = {
    "ecr.api": (Who.PULLER, (TOKEN_ACTION,)),
    "ecr.dkr": (Who.PULLER, PULL_ACTIONS),
    "s3": (Who.AMAZON_ECR, ("s3:GetObject",)),
}
"""Who asks for what at each service that an image is pulled from."""

_OF_AGENT: Mapping[str, tuple[str, ...]] = {
    "ecs": ("ecs:DiscoverPollEndpoint", "ecs:RegisterContainerInstance", "ecs:SubmitTaskStateChange"),
    "ecs-agent": ("ecs:Poll",),
    "ecs-telemetry": ("ecs:StartTelemetrySession",),
}
"""The actions that the ECS agent asks of each service before a container runs."""

_JOBS = "AWS::Batch::JobDefinition"
_LOGS = "LogConfiguration"
_IMAGE = "its image"


_UNNAMED = "AWS does not say which endpoints ECS Managed Instances need"
_AGENTS: Mapping[LaunchType, tuple[Need, ...]] = {
    launch: tuple(
        Need("the ECS agent", Ask(Who.AGENT, actions), Destination(service), perhaps=perhaps)
        for service, actions in _OF_AGENT.items()
    )
    for launch, perhaps in ((LaunchType.EC2, ""), (LaunchType.MANAGED_INSTANCES, _UNNAMED))
}
"""The needs of the ECS agent, by what tasks run on.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
"""

AGENT_NEEDS = _AGENTS[LaunchType.EC2]
"""The needs of the ECS agent on container instances before any task runs there."""

FOREIGN_LAYERS = Need(
    _IMAGE,
    Nothing("whoever asks gets them"),
    Destination(WINDOWS_LAYERS, Answer(False, "no VPC endpoint leads there")),
    perhaps="whether all layers of the image of Windows have been pushed is not known",
)
"""The layers of Windows that a push leaves out, unless it is told to take them.

Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-vpc-endpoint-considerations
"""


class Needs(InWorld):
    """The needs of tasks in one world.

    Args:
        registries: the registries that images are pulled from.
        roles: the policies of roles.
        allow_public_gallery: whether images of `public.ecr.aws` are accepted.
    """

    def __init__(self, registries: Registries, roles: Roles, *, allow_public_gallery: bool) -> None:
        self.world = registries.world
        self._containers = Containers(self.world)
        self._repositories = Repositories(self.world)
        documents, arns = roles.documents, roles.arns
        self._secrets, self._logs, self._files = Secrets(arns), Logs(documents), Files(arns)
        self._specs = CredentialSpecs(self._files, self._secrets)
        self._volumes, self._starters = Volumes(arns, self._secrets), Starters(roles)
        self._connect, self._infrastructure = ServiceConnect(documents, self._logs), Infrastructure(roles)
        self._registries = registries
        self._allow_public_gallery = allow_public_gallery

    def counts(self, image: Image) -> bool:
        """Return whether an image is one that may be pulled, as far as can be known."""
        error = image.error_under(allow_public_gallery=self._allow_public_gallery)
        return error is None or isinstance(error, UnverifiableImageUri)

    def knows(self, image: Image) -> bool:
        """Return whether an image is surely one that may be pulled."""
        return image.error_under(allow_public_gallery=self._allow_public_gallery) is None

    @asked
    def of(self, container: Container, placement: Placement) -> tuple[Need, ...]:
        """Return all that a container must have before it starts in one place where it runs, each once."""
        found = [*self._of_image(container.resource.template, container.image)]
        if placement.launch_type is not None:
            found += _AGENTS.get(placement.launch_type, ())
        site = container.site
        group = BATCH_GROUP if site.resource.type == _JOBS else None
        if site.resource.type == EXPRESS:
            found += self._logs.of_express_mode("its log driver awslogs", site)
        found += self._logs.needs("its log driver awslogs", site.resource, _LOGS, site, group)
        found += self._of_secrets(site)
        found += self._files.needs(site)
        found += self._specs.needs(site)
        found += self._of_task_role(container.task)
        found += self._volumes.needs(
            container.task, placement.runner, has_role=bool(self._containers.task_roles(container.task))
        )
        found += self._starters.needs(container, placement)
        if placement.runner is not None and placement.runner.type == SERVICE:
            found += self._connect.needs(placement.runner, placement)
        found += self._infrastructure.needs(placement)
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
                nothing = Nothing("the public gallery asks for no permission")
                return (Need(_IMAGE, nothing, Destination(PUBLIC_GALLERY, unserved)),)
            unknown = Answer(None, f"the registry of {image} is known only at deployment")
            return _of_pull((Destination(service, unknown) for service in PULL_SERVICES), ANYTHING, ANYTHING)
        plain = uri.endpoint == "dkr.ecr" and not uri.is_dual_stack
        why = f"VPC endpoints are not known to lead to {uri.endpoint} hosts of {uri.suffix}"
        served = Answer(True) if plain else Answer(None, why)
        end = "" if plain else text(".", uri.endpoint, ".", image.part("region"), ".", image.part("suffix"))
        registry = self._registry(image.part("region"), template.region, served, uri.is_dual_stack, end)
        needs = _of_pull(registry, self._registries.arn(template, image), image.part("account"))
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
        local = is_local(region, own)
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
            asks = Ask(Who.PULLER, PULL_ACTIONS, self._registries.arn(template, image), account=image.part("account"))
            yield Need("what fills the cache of its image", asks, upstream)

    # secrets, roles

    def _of_secrets(self, site: Site) -> Iterator[Need]:
        for path, kind in (("Secrets.*", "secret"), (f"{_LOGS}.SecretOptions.*", "secret log option")):
            for each in self.world.sites(site.resource, path, site):
                name = self.world.value(site.resource, "Name", at=each)
                for value in self.world.values(site.resource, "ValueFrom", each):
                    title = f"its {kind} {shown(name)}" if name is not None else f"its {kind}"
                    yield from self._secrets.needs(title, value, site.resource.template)

    def _of_task_role(self, task: Site) -> Iterator[Need]:
        """Yield the need of the role that a task runs by: the service that runs it must be able to assume it.

        Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
        """
        for target in self._containers.task_roles(task):
            role, way = target.resource, Nothing("the agent hands out the credentials of a task role")
            there = Answer(True)
            if role is None:
                lack = Answer(None, f"task role {target}, which {target.lack}")
                there = vouched_role(self.world, target) or lack
            title = f"task role {target if role is None else role.logical_id}"
            asks = Ask(Who.SERVICE, (ASSUME_ACTION,), made=role, assumer=Assumer.TASKS)
            yield Need(title, asks, way, there)


def _of_pull(destinations: Iterable[Destination], arn: str | Text, account: str | Text) -> tuple[Need, ...]:
    """Return the needs of a pull from a registry: Amazon ECR signs the URLs of layers, which are in Amazon S3."""
    return tuple([Need(_IMAGE, Ask(*_PULLS[each.service], arn, account=account), each) for each in destinations])
