"""Deployments: the tasks that they wait for, what ends them, and the repositories that they make and leave empty.

One deployment is that of a stack and of all that are nested in it.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-service.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html (what a service is without)
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskSet.html (what a task set is without)
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/early-success-criteria.html
    https://github.com/aws/aws-cdk/issues/7746 (a service waits for the pipeline that waits for the service)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.creation import Creation
from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import TRANSFORM, Resource, agree
from ecr_ecs_constructs.cloudformation.values import Branch, Hole, Text, Value, flag, pieces_of
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.iam.registry import Registries, is_registry, together
from ecr_ecs_constructs.pull.machines.hosts import INSTANCE, Host
from ecr_ecs_constructs.pull.placement.capacity import Capacity
from ecr_ecs_constructs.pull.placement.kinds import Placement
from ecr_ecs_constructs.pull.placement.runners import SERVICE, TASK_SET
from ecr_ecs_constructs.pull.texts.references import ROLE

REPOSITORY, REPLICATION = "AWS::ECR::Repository", "AWS::ECR::ReplicationConfiguration"

LATE = (
    "AWS::IAM::Policy",
    "AWS::IAM::RolePolicy",
    "AWS::IAM::ManagedPolicy",
    "AWS::ECR::RegistryPolicy",
    "AWS::EC2::Route",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::EC2::NatGateway",
    "AWS::EC2::VPCEndpoint",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::SubnetNetworkAclAssociation",
    "AWS::EC2::NetworkAclEntry",
    "AWS::EC2::VPCDHCPOptionsAssociation",
    "AWS::EFS::MountTarget",
)
"""The types of what a service needs that its deployment may make behind it."""

_STARTED = ("AWS::CodePipeline::Pipeline", "AWS::ImageBuilder::Image")
"""The types of AWS that run something of one's own as soon as they are made."""

_NO_PUSH = {"Custom::ECRAutoDeleteImages", "Custom::CrossRegionExportWriter"}
"""The custom resources of CDK that are handed repositories and push nothing."""

_CONFIGURATION = "DeploymentConfiguration"

_POLICIES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")
_REPOSITORY_NAME = "RepositoryName"
_WORD = re.compile("[A-Za-z0-9][A-Za-z0-9._/-]*")


class Awaited(NamedTuple):
    """The tasks that CloudFormation waits for when it makes what runs them.

    Attributes:
        tasks: how many, in words.
        defaults: the names of the parameters whose default decides it.
    """

    tasks: str
    defaults: tuple[str, ...] = ()


class Handovers(InWorld):
    """The resources that others are handed, in one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def acting(self, repository: Resource) -> Iterator[Resource]:
        """Yield all that runs something of its own in the deployment of a repository, and may be handed it."""
        for each in self.world.root.candidates(_handed, self._acting_types(), repository):
            own = each.template
            # A nested stack whose template is there does nothing but what stands in it.
            if together(own, repository.template) and each.logical_id not in own.nested and self.world.exists(each):
                yield each

    @asked
    def _acting_types(self) -> tuple[str, ...]:
        """Return the types of all that runs something of its own as soon as it is made, or may do so."""
        templates = self.world.root.templates
        made = (each.type for template in templates for each in (*template.opaque, *template.custom))
        started = (type_ for template in templates for type_ in _STARTED if type_ in template.by_type)
        return tuple(type_ for type_ in dict.fromkeys((*made, *started)) if type_ not in _NO_PUSH)

    @asked
    def reach(self, start: Resource, without: Resource | None = None) -> frozenset[Resource]:
        """Return what a resource is handed: what it refers to, itself or through what it refers to.

        Args:
            start: the resource.
            without: a resource through which nothing counts.
        """
        found: set[Resource] = set()
        pending = [start]
        while pending:
            new = self.own(pending.pop()) - found
            found |= new
            pending += new - {without}
        return frozenset(found)

    @asked
    def own(self, resource: Resource) -> frozenset[Resource]:
        """Return what a resource itself refers to, names or waits for, and the policies of a role."""
        found: set[Resource] = set()
        values: list[Value] = [*self.world.values(resource, "")]
        while values:
            value = values.pop()
            if isinstance(value, (list, dict)):
                values += value if isinstance(value, list) else value.values()
            elif isinstance(value, (str, Text)):
                holes = (each for each in pieces_of(value) if isinstance(each, Hole))
                found.update(each.resource for each in holes if each.resource is not None)
                found.update(self._named(value))
        found.update(Creation(self.world).awaited(resource))
        if resource.type == ROLE:
            policies = self.world.root.candidates(_referred, _POLICIES, resource)
            found.update(each for each in policies if resource in self.own(each))
        return frozenset(found)

    def _named(self, written: str | Text) -> Iterator[Resource]:
        """Yield the repositories whose name is a text, a word of it, or stands there behind a registry."""
        for name in dict.fromkeys((written, *_words(str(written)))):
            for each in self.world.root.named(REPOSITORY, _REPOSITORY_NAME, name):
                if self.world.value(each, _REPOSITORY_NAME) == name:
                    yield each


class Deployments(InWorld):
    """The tasks that deployments wait for, and the repositories that they leave empty, in one world."""

    def __init__(self, registries: Registries) -> None:
        self.world = registries.world
        self._registries = registries
        self._handovers = Handovers(self.world)
        self._capacity = Capacity(self.world)

    def awaited(self, container: Container, placement: Placement) -> Awaited | None:
        """Return the tasks that CloudFormation surely waits for in a placement, None where it may wait for none.

        Args:
            container: a container of the tasks.
            placement: where they run.
        """
        runner, value = placement.runner, self.world.value
        if runner is None or runner.type not in (SERVICE, TASK_SET):
            return None
        if runner.type == TASK_SET:
            scale, of = value(runner, "Scale.Value"), _service(value(runner, "Service"))
            whole = self._desired(of) if of is not None and _is_positive(scale) else None
            return whole and whole._replace(tasks=f"{scale} percent of {whole.tasks}")
        # Of a service that CodeDeploy deploys no document says it; that of an external controller has task sets.
        if value(runner, "DeploymentController.Type", "ECS") != "ECS":
            return None
        strategy = value(runner, "SchedulingStrategy", "REPLICA")
        if strategy == "DAEMON":
            found = self._capacity.of(container, placement)
            hosts = dict.fromkeys(host.resource.logical_id for host in found if self._has_instances(host))
            return Awaited(f"1 task on each instance of {' and '.join(hosts)}") if hosts else None
        return self._desired(runner) if strategy == "REPLICA" else None

    def starts_tasks(self, service: Resource) -> bool:
        """Return whether a service surely has tasks, as far as it has instances to run on."""
        strategy = self.world.value(service, "SchedulingStrategy", "REPLICA")
        return strategy == "DAEMON" or (strategy == "REPLICA" and self._desired(service) is not None)

    def is_rolling(self, service: Resource) -> bool:
        """Return whether Amazon ECS surely deploys a service by rolling updates, which alone it ends by itself."""
        controller = self.world.value(service, "DeploymentController.Type", "ECS")
        return controller == "ECS" and self.world.value(service, f"{_CONFIGURATION}.Strategy", "ROLLING") == "ROLLING"

    def is_broken_off(self, service: Resource) -> bool | None:
        """Return whether a circuit breaker ends the deployments of a service whose tasks fail; None if not known."""
        return flag(self.world.value(service, f"{_CONFIGURATION}.DeploymentCircuitBreaker.Enable", "false"))

    def is_watched(self, service: Resource) -> bool | None:
        """Return whether alarms can end the deployments of a service, None if it is not known."""
        return flag(self.world.value(service, f"{_CONFIGURATION}.Alarms.Enable", "false"))

    def healthy_percent(self, service: Resource) -> int | None:
        """Return how many percent of its tasks a service's deployment needs healthy to be done, None if not known."""
        path = f"{_CONFIGURATION}.EarlySuccessCriteria"
        is_early = flag(self.world.value(service, f"{path}.Enable", "false"))
        percent = self.world.value(service, f"{path}.HealthyPercent", "100") if is_early else "100"
        return int(percent) if is_early is not None and isinstance(percent, str) and percent.isdecimal() else None

    def _desired(self, service: Resource) -> Awaited | None:
        """Return how many tasks a service is to have, None where it is known only at deployment or there are none."""
        read = [self.world.read(site) for site in self.world.sites(service, "DesiredCount")]
        count, defaults = read[0] if read else Branch("1")
        return Awaited(f"{count} task{'s' * (count != '1')}", defaults) if _is_positive(count) else None

    def _has_instances(self, host: Host) -> bool:
        """Return whether there surely are instances."""
        sizes = [self.world.value(host.resource, each) for each in ("MinSize", "DesiredCapacity")]
        return host.resource.type == INSTANCE or any(map(_is_positive, sizes))

    def leaves_empty(self, repository: Resource, container: Container, runner: Resource) -> bool:
        """Return whether a deployment surely makes the repository of a container's image and a runner, with no image.

        Args:
            repository: the repository.
            container: the container.
            runner: what waits for tasks with the container.
        """
        image, own = container.image, container.resource.template
        return (
            together(repository.template, runner.template)
            and is_registry(repository.template, own, image.part("account"), image.part("region")) is True
            and self._is_needed(container)
            and not any(self._registries.caches(own, image, [repository]))
            and not self._is_replicated(repository)
            and not self._may_be_filled(repository, container.resource, runner)
        )

    def _is_needed(self, container: Container) -> bool:
        """Return whether a task surely does not run without a container."""
        task, values = container.task.resource, self.world.values
        essential = self.world.value(task, "Essential", "true", container.site)
        before = values(task, "ContainerDefinitions.*.DependsOn.*.ContainerName", container.task)
        return essential == "true" or container.name in before

    def _is_replicated(self, repository: Resource) -> bool:
        """Return whether images may be replicated to a repository from elsewhere."""
        path = "ReplicationConfiguration.Rules.*.Destinations.*.Region"
        return any(
            not isinstance(region, str) or agree(region, repository.template.region)
            for each in self.world.root.all(REPLICATION)
            if not together(each.template, repository.template)
            for region in self.world.values(each, path)
        )

    @asked
    def _may_be_filled(self, repository: Resource, task: Resource, runner: Resource) -> bool:
        """Return whether something of a deployment may put an image into a repository before a runner is made."""
        for template in self.world.root.templates:
            if together(template, repository.template) and (template.macros or template.by_type.get(TRANSFORM)):
                return True
        return bool(self.filling(repository, task, runner))

    @asked
    def filling(self, repository: Resource, task: Resource, runner: Resource) -> tuple[Resource, ...]:
        """Return all that may put an image into a repository and does not wait for a runner.

        Args:
            repository: the repository.
            task: the task definition of the runner, through which nothing is handed a repository.
            runner: the runner.
        """
        late, around = {runner}, runner.template.parent
        while around is not None:
            late.add(around)
            around = around.template.parent
        handed = {acting: self._handovers.reach(acting, task) for acting in self._handovers.acting(repository)}
        return tuple(acting for acting, own in handed.items() if repository in own and late.isdisjoint(own))


def _service(value: Value) -> Resource | None:
    """Return the service of the templates that a value refers to."""
    hole = value.pieces[0] if isinstance(value, Text) and len(value.pieces) == 1 else None
    resource = hole.resource if isinstance(hole, Hole) else None
    return resource if resource is not None and resource.type == SERVICE else None


def _is_positive(value: Value) -> bool:
    """Return whether a value surely is a number above zero."""
    return isinstance(value, str) and re.fullmatch(r"[0-9]+(\.[0-9]+)?", value) is not None and float(value) > 0


def _words(written: str) -> Iterator[str]:
    """Yield what may be the name of a repository in a text: words, and what stands in them behind a registry."""
    for word in _WORD.findall(written):
        yield word
        first, _, rest = word.partition("/")
        if rest and (first == "repository" or "." in first):
            yield rest


# candidates: what may be handed to what, in whatever world


def _handed(world: World, acting: Resource) -> Iterator[Resource]:
    """Yield the repositories that something is handed."""
    yield from (each for each in Handovers(world).reach(acting) if each.type == REPOSITORY)


def _referred(world: World, resource: Resource) -> Iterator[Resource]:
    """Yield what a resource refers to."""
    yield from Handovers(world).own(resource)
