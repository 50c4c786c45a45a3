"""It is known what the container runs on, and its container instances join its cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ecr_ecs_constructs.cloudformation.edits import add
from ecr_ecs_constructs.cloudformation.template import Node, Resource
from ecr_ecs_constructs.cloudformation.values import ABSENT
from ecr_ecs_constructs.pull.answer import Answer, Problem, Verdict
from ecr_ecs_constructs.pull.boot.user_data import DEFAULT_CLUSTER, Certainty
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.deployable.refusal import Refusal
from ecr_ecs_constructs.pull.facts import Here
from ecr_ecs_constructs.pull.iam.actions import AGENT_ACTIONS, MANAGED_AGENT_ACTIONS
from ecr_ecs_constructs.pull.links.words import listed
from ecr_ecs_constructs.pull.machines.hosts import Host
from ecr_ecs_constructs.pull.placement.capacity import Pool
from ecr_ecs_constructs.pull.placement.kinds import REGISTERED, LaunchType, Placement
from ecr_ecs_constructs.pull.texts.pattern import Truth
from ecr_ecs_constructs.pull.texts.references import CAPACITY_PROVIDER, JOB_DEFINITION, Target


def placement(here: Here, container: Container) -> Iterator[Answer]:
    """Yield whether it is known what a container runs on, and whether its container instances join its cluster.

    They join a cluster by what their user data says, and by a role that lets the ECS agent register. What no
    deployment makes runs nowhere.
    """
    for each in here.placements.of(container):
        if each.cluster is not None and each.cluster.resource is not None:
            here.world.sites(each.cluster.resource, "")  # a task rests on its cluster, also where nothing of it is read
        refusal = here.deployable.refused(container, each)
        if refusal is not None:
            yield _refused(refusal)
        if refusal is None or refusal.taken is None:
            yield from _placed(here, container, each)


def _refused(refusal: Refusal) -> Answer:
    if refusal.taken is None:
        what = f"that AWS makes the task and its stacks: {refusal.why}"
        return _unknown(refusal.resource, refusal.location, what, refusal.why)
    problem = Problem("undeployable-task", refusal.resource, refusal.location, refusal.why)
    return Answer.found(False, refusal.why, problem)


def _placed(here: Here, container: Container, placement: Placement) -> Iterator[Answer]:
    where = placement.runner or container.resource
    yield from _usable(placement, where)
    if placement.launch_type not in (None, *REGISTERED):
        yield Answer(True, placement.evidence)
        yield from _managed(here, container, placement, where)
    elif placement.launch_type is None or placement.runner is None:
        yield _unknown(where, "Properties", f"where it runs: {placement.evidence}", placement.evidence)
    else:
        pool = here.capacity.pool(container, placement)
        if pool.candidates:
            yield from _taken(placement, pool, where)
            if pool.answer.truth:  # else it is told what they lack for one task
                yield from _enough(placement, here.room.holds(container, placement, pool), where)
            are_apart = here.networks.are_apart(container, placement, pool.hosts)
            yield from _apart(placement, are_apart, where)
            if are_apart is False:
                yield from _unserved(placement, here.networks.unserved(container, placement, pool.hosts), where)
            yield from _members(here, placement, pool.hosts)
        else:
            yield from _without_instances(here, container, placement, where)


def _managed(here: Here, container: Container, placement: Placement, where: Resource) -> Iterator[Answer]:
    """Yield what keeps ECS Managed Instances from taking a task, or may do so: their agent or their network."""
    hosts = () if placement.provider is None else here.hosts.managed(placement.provider)
    for host in hosts:
        yield from registers(here, host, placement.cluster or Target(DEFAULT_CLUSTER, None))
    if hosts:
        are_apart = here.networks.are_apart(container, placement, (None,))
        yield from _apart(placement, are_apart, where)
        if are_apart is False:
            yield from _unserved(placement, here.networks.unserved(container, placement, (None,)), where)


def _usable(placement: Placement, where: Resource) -> Iterator[Answer]:
    """Yield that the cluster of a placement can't use its capacity provider, or that this is not known."""
    usable = placement.usable
    why = f"{placement.evidence}; {usable.why}"
    if usable.truth is False:
        yield Answer.found(False, why, Problem("no-capacity", where, "Properties", f"no capacity for its task: {why}"))
    elif usable.truth is None and placement.launch_type is not None:
        yield _unknown(where, "Properties", f"the capacity of its task: {why}", why)


def _taken(placement: Placement, pool: Pool, where: Resource) -> Iterator[Answer]:
    """Yield that no container instances exist that can take a task, or that this is not known of any."""
    answer = pool.answer
    if answer.truth:
        return
    why = f"{placement.evidence}; {answer.why}"
    if answer.truth is None:
        yield _unknown(where, "Properties", f"that instances can take its task: {why}", why)
    else:
        yield _no_capacity(where, why)


def _enough(placement: Placement, room: Answer, where: Resource) -> Iterator[Answer]:
    """Yield that it is not known whether all tasks of a service find an instance."""
    if not room.truth:
        why = f"{placement.evidence}; {room.why}"
        yield _unknown(where, "Properties", f"that all tasks of its service find an instance: {why}", why)


def _apart(placement: Placement, are_apart: Truth, where: Resource) -> Iterator[Answer]:
    """Yield that the network interface of a task is of another VPC than its instances, or that it may be."""
    if are_apart:
        yield _no_capacity(where, f"{placement.evidence}; its subnets are of another VPC than its instances")
    elif are_apart is None:
        why = f"{placement.evidence}; whether its subnets are of the VPC of its instances is known only at deployment"
        yield _unknown(where, "Properties", f"that instances can take its task: {why}", why)


def _unserved(placement: Placement, subnet: Resource | None, where: Resource) -> Iterator[Answer]:
    """Yield that all instances may be in a zone in which the task has no subnet for its network interface."""
    if subnet is not None:
        zone = f"the Availability Zone of {subnet.logical_id}, where the task has no subnet"
        why = f"{placement.evidence}; its instances may be in {zone}"
        yield _unknown(where, "Properties", f"that instances can take its task: {why}", why)


def _no_capacity(where: Resource, why: str) -> Answer:
    problem = Problem("no-capacity", where, "Properties", f"no container instances can take its task: {why}")
    return Answer.found(False, why, problem)


def _members(here: Here, placement: Placement, hosts: Sequence[Host]) -> Iterator[Answer]:
    cluster = placement.cluster or Target(DEFAULT_CLUSTER, None)
    for host in hosts:
        for answer in member(here, host, cluster):
            yield answer._replace(why=f"{placement.evidence}; {answer.why}")


def _without_instances(here: Here, container: Container, placement: Placement, where: Resource) -> Iterator[Answer]:
    unclear = here.capacity.unclear(container, placement)
    if placement.elsewhere is not None and not unclear:
        yield Answer(True, f"{placement.evidence}; {placement.elsewhere.why}")
        return
    for host, joined in unclear:
        yield _unknown(*host.place_of("UserData"), f"the container instances: {joined.why}", joined.why)
    is_external = placement.launch_type is LaunchType.EXTERNAL
    strays = [*_strays(here, placement)] if not unclear and not is_external else []
    yield from strays
    if not strays and not unclear:
        cluster = "its cluster" if placement.cluster is None else f"cluster {placement.cluster}"
        lack = f"no container instances of {cluster} are in the templates"
        if is_external:
            lack = f"the external instances of {cluster} are in no template"
        if placement.environment is not None:
            lack = f"{placement.environment.logical_id} is unmanaged, and its container instances are made elsewhere"
        is_known = container.resource.type != JOB_DEFINITION or placement.environment is not None
        why = f"{placement.evidence}; {lack}" if is_known else placement.evidence
        yield _unknown(where, "Properties", f"where it runs: {why}", why)


def _unknown(resource: Resource, location: str, what: str, why: str) -> Answer:
    problem = Problem("unverifiable-placement", resource, location, f"cannot verify {what}", Verdict.UNKNOWN)
    return Answer.found(None, why, problem)


def _strays(here: Here, placement: Placement) -> Iterator[Answer]:
    """Yield the container instances that were meant for a placement without any, and why they miss it.

    They stand in the template of its cluster, boot from ECS-optimized images, and their user data names nothing.
    """
    cluster = placement.cluster
    if cluster is None or cluster.resource is None:
        return
    for host in here.capacity.of_template(cluster.resource.template):
        if not here.capacity.is_provided(host):
            joined = here.joins.to(host, cluster)
            is_silent = all(join.certainty is Certainty.SILENT for join in here.joins.of(host))
            if is_silent and joined.truth is False:
                fact = f"{joined.why}; {placement.evidence} finds no instances"
                problem = Problem("unjoined-instances", *host.place_of("UserData"), fact)
                yield Answer.found(False, joined.why, problem)


def member(here: Here, host: Host, cluster: Target) -> Iterator[Answer]:
    """Yield whether container instances join a cluster, and whether the ECS agent on them may register there."""
    found = [*joins(here, host, cluster)]
    yield from found
    if found[0].truth is not False:
        yield from registers(here, host, cluster)


def joins(here: Here, host: Host, cluster: Target) -> Iterator[Answer]:
    """Yield whether container instances join a cluster, once for each capacity provider that needs them there."""
    joined = here.joins.to(host, cluster)
    place = host.place_of("UserData")
    if joined.truth:
        yield joined
    elif joined.truth is None:
        yield _unknown(*place, f"the container instances: {joined.why}", joined.why)
    elif not here.capacity.is_provided(host):
        # They do join it with one of their images, and nothing says that they have to with this one.
        why = f"{joined.why}, with one of its images"
        yield _unknown(*place, f"the container instances: {why}", why)
    else:
        for provider in dict.fromkeys(provider for _, provider in here.providers.clusters_of_group(host.resource)):
            message = f"{joined.why}; {provider.logical_id} needs it there"
            yield Answer.found(False, joined.why, Problem("unjoined-instances", *place, message))


def registers(here: Here, host: Host, cluster: Target) -> Iterator[Answer]:
    """Yield what keeps the ECS agent on container instances from registering in a cluster, or may do so."""
    name = host.resource.logical_id
    for role in host.roles:
        place = host.place_of("IamInstanceProfile")
        if role.doubt:
            has = f"the instances of {name} {role.doubt}"
            if role.value is ABSENT:
                problem = Problem(_AGENT, *place, f"container instances {name} {role.doubt}")
                yield Answer.found(False, f"{has}, and the ECS agent on them can't register", problem)
            else:
                why = f"whether the ECS agent on {name} can register is not known: {has}"
                yield _unknown(*place, f"the ECS agent: {has}", why)
            continue
        yield from _may_register(here, host, role, cluster)


_AGENT = "missing-agent-permission"

_MANAGED: Node = {
    "Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role",
}
"""The policy by which the ECS agent may do all that it needs.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html
"""


def _may_register(here: Here, host: Host, role: Target, cluster: Target) -> Iterator[Answer]:
    name = host.resource.logical_id
    actions = MANAGED_AGENT_ACTIONS if host.resource.type == CAPACITY_PROVIDER else tuple(AGENT_ACTIONS)
    lacking = here.instance_roles.agent_lacks(role, cluster, host.resource.template, actions)
    broken = {action: answer.why for action, answer in lacking.items() if answer.truth is False}
    if broken:
        action, reason = next(iter(broken.items()))
        why = f"the ECS agent on {name} may not call {action}: {reason}"
        fact = f"role {role} of container instances {name} may not call {listed([*broken])}: {reason}"
        if role.resource is None:
            yield Answer.found(False, why, Problem(_AGENT, *host.place_of("IamInstanceProfile"), fact))
        else:
            fact = fact.replace(f"role {role} of", f"role {role.resource.logical_id} of", 1)
            is_enough = here.instance_roles.may_be_allowed(role, cluster, host.resource.template, [*broken])
            edits = add(role.resource, "Properties.ManagedPolicyArns", _MANAGED) if is_enough else ()
            yield Answer.found(False, why, Problem(_AGENT, role.resource, "Properties", fact, edits=edits))
        return
    for action, answer in lacking.items():
        why = f"whether the ECS agent on {name} may call {action} is not known: {answer.why}"
        yield _unknown(*host.place_of("IamInstanceProfile"), f"the ECS agent: {why}", why)
        return
