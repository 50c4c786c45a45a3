"""The order of a deployment: a service is made behind all that its tasks need, or its first tasks fail.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ecr_ecs_constructs.cloudformation.conditions.creation import Creation, EarlyWorlds
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import flag
from ecr_ecs_constructs.pull.answer import Answer, Problem, worst
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.facts import Here
from ecr_ecs_constructs.pull.iam.registry import together
from ecr_ecs_constructs.pull.links.network import network
from ecr_ecs_constructs.pull.links.permission import permission
from ecr_ecs_constructs.pull.network.words import listed

_Link = Callable[[Here, Container], Iterable[Answer]]

_POLICIES = ("AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy", "AWS::ECR::RegistryPolicy")
_NETWORK = (
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
)
_LATE: Mapping[tuple[str, ...], _Link] = {_POLICIES: permission, _NETWORK: network}
"""The types of what can come too late, by the link that it can break until it is there."""

_VPC = "AWS::EC2::VPC"
_BREAKER = "DeploymentConfiguration.DeploymentCircuitBreaker.Enable"


def unordered(here: Here, container: Container) -> Iterator[Problem]:
    """Yield what a service needs and does not wait for: policies of the role that pulls, routes, image copies."""
    creation = Creation(here.world)
    for placement in here.placements.of(container):
        runner = placement.runner
        if runner is None or here.deployments.awaited(container, placement) is None:
            continue
        yield from _uncopied(here, creation, container, runner)
        for types, link in _LATE.items():
            late = frozenset(_late(here, creation, runner, types))
            if not late or _asked(here, link, container, frozenset()).truth is not True:
                continue
            early = _asked(here, link, container, late)
            if early.truth is not True:
                alone = [each for each in late if _asked(here, link, container, frozenset((each,))).truth is not True]
                yield _problem(here, creation, runner, alone or [*late], early.why)


def _uncopied(here: Here, creation: Creation, container: Container, runner: Resource) -> Iterator[Problem]:
    """Yield the custom resources that may fill the repository of an image behind the runner that needs it."""
    for repository in here.repositories.of(container.resource.template, container.image):
        filling = here.deployments.filling(repository, container.resource, runner)
        copies = [each for each in filling if each in each.template.custom]
        if together(repository.template, runner.template) and copies and not creation.before(runner) & {*filling}:
            yield _problem(here, creation, runner, copies, f"repository {repository.logical_id} has no image")


def _late(here: Here, creation: Creation, runner: Resource, types: tuple[str, ...]) -> Iterator[Resource]:
    """Yield the resources of some types that the deployment of a runner makes, but may make behind it."""
    before = creation.before(runner)
    own = {each for each in before if each.type == _VPC}
    for each in here.world.root.all(*types):
        if each not in before and together(each.template, runner.template) and here.world.exists(each):
            vpcs = {other for other in creation.before(each) if other.type == _VPC}
            if not vpcs or not own or vpcs & own:
                yield each


def _asked(here: Here, link: _Link, container: Container, absent: frozenset[Resource]) -> Answer:
    """Return the answer of a link as long as some resources are not made yet."""
    root = here.world.root
    early = EarlyWorlds(root, absent).world(here.world.choices) if absent else here.world
    return worst(link(here if early is here.world else Here(early, here.policy), container))


def _problem(here: Here, creation: Creation, runner: Resource, late: Sequence[Resource], why: str) -> Problem:
    behind = {other for each in late for other in creation.before(each)}
    last = sorted(each.logical_id for each in late if each not in behind)
    fact = f"{runner.logical_id} does not wait for {listed(last)}, and may start its tasks before: then {why}"
    # Without a circuit breaker Amazon ECS tries again until all is there.
    severity = None if flag(here.world.value(runner, _BREAKER, "false")) else "info"
    return Problem("unordered-deployment", runner, "DependsOn", fact, severity=severity)
