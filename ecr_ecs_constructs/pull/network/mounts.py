"""The way from a subnet to a file system over the VPC: of Amazon EFS by its mount target in the same zone.

Sources:
    https://docs.aws.amazon.com/efs/latest/ug/mounting-fs-mount-cmd-dns-name.html
    https://docs.aws.amazon.com/efs/latest/ug/network-access.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/efs-best-practices.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import World, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import flag
from ecr_ecs_constructs.pull.answer import Answer, all_of
from ecr_ecs_constructs.pull.needs.need import Mount
from ecr_ecs_constructs.pull.needs.volumes import FSX
from ecr_ecs_constructs.pull.network import acl
from ecr_ecs_constructs.pull.network.starts import Start
from ecr_ecs_constructs.pull.network.topology.dns import resolves_private
from ecr_ecs_constructs.pull.network.topology.ids import Id, first_id, ids, read_ids
from ecr_ecs_constructs.pull.network.topology.makers import may_be_made
from ecr_ecs_constructs.pull.network.topology.route_tables import crosses, has_detours
from ecr_ecs_constructs.pull.network.topology.security_groups import lets_in, lets_out
from ecr_ecs_constructs.pull.network.topology.sides import Peer
from ecr_ecs_constructs.pull.network.topology.vpcs import SUBNET, apart, groups_in
from ecr_ecs_constructs.pull.network.topology.zones import are_of_one_zone
from ecr_ecs_constructs.pull.texts.pattern import Truth, every

_MOUNT_TARGET, _SERVER = "AWS::EFS::MountTarget", "AWS::FSx::FileSystem"


@asked
def mounted(world: World, start: Start, mount: Mount) -> Answer:
    """Return whether there is a way from a subnet to a file system, by whatever leads there."""
    system = read_ids(mount.id, mount.template)[0]
    if mount.service == FSX:
        return _to_server(world, start, system, mount.port)
    near = [*_near(world, start, system)]
    sure = [target for target, truth in near if truth]
    if len(sure) == 1:
        return _through(world, start, sure[0], mount.port)
    if near:
        targets = " or ".join(target.logical_id for target, _ in near)
        return Answer(None, f"whether its mount target in the Availability Zone is {targets} is not known")
    if system.resource is None:
        return Answer(None, f"no mount target of file system {system} is in the templates")
    return may_be_made(world, f"file system {system} has no mount target in its Availability Zone", start.subnet)


def _to_server(world: World, start: Start, system: Id, port: int) -> Answer:
    """Return whether there is a way from a subnet to a file system of Amazon FSx, in whatever subnet that is."""
    server = system.of(_SERVER)
    if server is None:
        return Answer(None, f"file system {system} is not in the templates")
    title = f"file system {server.logical_id}"
    subnets = [subnet.of(SUBNET) for subnet in ids(world, server, "SubnetIds.*")]
    known = tuple(subnet for subnet in subnets if subnet is not None)
    if not known or len(known) < len(subnets):
        return Answer(None, f"the subnets of {title} are not in the templates")
    if any(apart(world, subnet, start.subnet) for subnet in known):
        return Answer(None, f"{title} is in another VPC")
    to = Peer(ids(world, server, "SecurityGroupIds.*"), known)
    return _passes(world, start, to, title, port)


def _near(world: World, start: Start, system: Id) -> Iterator[tuple[Resource, Truth]]:
    """Yield the mount targets of a file system that are, or may be, in the zone of a subnet."""
    for target in world.root.all(_MOUNT_TARGET):
        own = first_id(world, target, "FileSystemId") if world.exists(target) else None
        is_of = False if own is None else own.is_(system)
        if is_of is not False:
            subnet = _subnet(world, target)
            truth = every((is_of, None if subnet is None else are_of_one_zone(world, start.subnet, subnet)))
            if truth is not False:
                yield target, truth


def _subnet(world: World, target: Resource) -> Resource | None:
    """Return the subnet of a mount target, None where it is not in the templates."""
    subnet = first_id(world, target, "SubnetId")
    return None if subnet is None else subnet.of(SUBNET)


def _through(world: World, start: Start, target: Resource, port: int) -> Answer:
    """Return whether there is a way from a subnet to a mount target in its zone."""
    title, subnet = f"mount target {target.logical_id}", _subnet(world, target)
    assert subnet is not None  # noqa: S101 - its zone is known
    if apart(world, subnet, start.subnet):
        return Answer(None, f"{title} is in another VPC, where its name is not resolved")
    if any(flag(world.value(each, "Ipv6Native", "false")) is not False for each in (subnet, start.subnet)):
        return Answer(None, f"{subnet.logical_id} or {start.subnet.logical_id} may have addresses of IPv6 only")
    names = resolves_private(world, start.vpc)
    if not names.truth:
        return Answer(None, f"its name may not be resolved: {names.why}")
    groups = groups_in(world, ids(world, target, "SecurityGroups.*"), [Id.of_resource(subnet)])
    return _passes(world, start, Peer(groups, (subnet,)), title, port)


def _passes(world: World, start: Start, to: Peer, title: str, port: int) -> Answer:
    """Return whether security groups, routes and network ACLs let a sender reach something in its VPC.

    Args:
        world: the world in which the networks are read.
        start: where the way starts.
        to: what is reached, in any of its subnets.
        title: what that is called.
        port: the port of TCP.
    """
    passed = lets_in(world, to.groups, start.peer, title, port)
    if passed.truth:
        passed = lets_out(world, start.peer, to, port=port)
    if passed.truth:
        passed = all_of(answer for other in to.subnets for answer in _between(world, start, other, port))
    return Answer(True, title) if passed.truth else passed


def _between(world: World, start: Start, other: Resource, port: int) -> Iterator[Answer]:
    """Yield whether routes and network ACLs let pass what goes from a subnet to another one, and what comes back."""
    if other is not start.subnet and has_detours(world):
        yield crosses(world, start.subnet, other)
        yield crosses(world, other, start.subnet)
    yield acl.let_to(world, start.subnet, other, start.sender.ports, (port, port))
