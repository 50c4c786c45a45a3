"""The volumes of tasks that are mounted over the VPC: file systems of Amazon EFS, and of Amazon FSx for Windows.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/efs-volumes.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EFSVolumeConfiguration.html
    https://docs.aws.amazon.com/batch/latest/userguide/efs-volumes.html
    https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/wfsx-volumes.html
    https://github.com/aws/amazon-ecs-agent/blob/master/agent/taskresource/fsxwindowsfileserver (who asks for what)
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonfsx.html (on which resource)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Site, Text, Value, flag, shown, text
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.iam.actions import DESCRIBE_ACTION, MOUNT_ACTION
from ecr_ecs_constructs.pull.iam.arns import ACCESS_POINT, FILE_SYSTEM, Arns
from ecr_ecs_constructs.pull.iam.encryption import key_of
from ecr_ecs_constructs.pull.needs.keys import usable
from ecr_ecs_constructs.pull.needs.need import Ask, Destination, Mount, Need, Nothing, Who
from ecr_ecs_constructs.pull.needs.secrets import Secrets
from ecr_ecs_constructs.pull.texts.pattern import ContextValue

EFS, NFS = "Amazon EFS", 2049
"""The service, and the port of TCP of its mount targets."""

FSX, SMB = "Amazon FSx", 445
"""The service, and the port of TCP of its file servers.

Source: https://docs.aws.amazon.com/fsx/latest/WindowsGuide/limit-access-security-groups.html
"""

FSX_API = "fsx"
"""The name of the service that is asked for the DNS name of a file system of Amazon FSx."""

REFUSED = "unmountable-volume"
"""The id of the rule of volumes that can't be mounted."""


class _Keys(NamedTuple):
    """The keys of a volume of Amazon EFS.

    Attributes:
        volume: leads from a task to the volume.
        system: the key of the file system.
        iam: the key of IAM authorization.
    """

    volume: str
    system: str
    iam: str


_KEYS = (
    _Keys("EFSVolumeConfiguration", "FilesystemId", "AuthorizationConfig.IAM"),
    _Keys("EfsVolumeConfiguration", "FileSystemId", "AuthorizationConfig.Iam"),
)
"""Those of Amazon ECS, and those of AWS Batch."""

_FSX_VOLUME = "FSxWindowsFileServerVolumeConfiguration"
_READ = frozenset({"Name", "Host", _FSX_VOLUME, *(keys.volume for keys in _KEYS)})
"""The keys of a volume that are read, or that need nothing before the task starts."""

_AT_LAUNCH = "ConfiguredAtLaunch"
"""The key of a volume that the service makes for each task: an Amazon EBS one.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ebs-volumes.html
"""

_LOCAL = (None, "local")
"""The drivers of Docker volumes that are on the host."""


class _Point(NamedTuple):
    """The place in a file system that a volume leads to.

    Attributes:
        there: whether it is there.
        arn: the ARN of the access point; an empty tuple where the volume has none.
    """

    there: Answer
    arn: ContextValue = ()


class Volumes(InWorld):
    """The volumes of tasks in one world.

    Args:
        arns: the ARNs of what the templates define.
        secrets: the needs of the secrets by which volumes of Amazon FSx are mounted.
    """

    def __init__(self, arns: Arns, secrets: Secrets) -> None:
        self.world = arns.world
        self._arns = arns
        self._secrets = secrets

    def needs(self, task: Site, runner: Resource | None, *, has_role: bool) -> Iterator[Need]:
        """Yield the needs of the volumes of a task.

        Args:
            task: the place of the task.
            runner: what runs it, None where nothing in the templates does.
            has_role: whether it has a task role.
        """
        for volume in self.world.sites(task.resource, "Volumes.*", task):
            name = self.world.value(task.resource, "Name", at=volume)
            end = f" {shown(name)}" if name is not None else ""
            made = () if runner is None else self.world.values(runner, "VolumeConfigurations.*.Name")
            yield from self._of_others(f"its volume{end}", volume, is_made=isinstance(name, str) and name in made)
            for keys in _KEYS:
                for at in self.world.sites(task.resource, keys.volume, volume):
                    for value in self.world.values(task.resource, keys.system, at):
                        yield from self._of_efs(f"its EFS volume{end}", value, keys, at, has_role=has_role)
            for at in self.world.sites(task.resource, _FSX_VOLUME, volume):
                for value in self.world.values(task.resource, "FileSystemId", at):
                    yield from self._of_fsx(f"its FSx volume{end}", value, at)

    def _of_others(self, title: str, volume: Site, *, is_made: bool) -> Iterator[Need]:
        """Yield the need of a volume that nobody makes, or that is mounted by a plugin or in a way that is not read."""
        resource, nothing = volume.resource, Nothing("how it is mounted is not read")
        why = ""
        for key in volume.node if isinstance(volume.node, dict) else ():
            given = self.world.value(resource, key, at=volume)
            if key == "DockerVolumeConfiguration":
                driver = self.world.value(resource, f"{key}.Driver", at=volume)
                why = "" if driver in _LOCAL else f"whether the host has the driver {shown(driver)} is not known"
            elif key == _AT_LAUNCH:
                why = "" if is_made or flag(given) is False else "what runs the task makes no volume of its name"
            elif key not in _READ and given is not None and flag(given) is not False:
                why = f"{key} is not read"
            if why:
                yield Need(title, nothing, nothing, Answer(None, why))
                return

    def _of_fsx(self, title: str, value: Value, at: Site) -> Iterator[Need]:
        """Yield the needs of a volume of Amazon FSx: who mounts it, its name, and the way there."""
        template = at.resource.template
        name = value if isinstance(value, (str, Text)) else text(Hole(Kind.ANYTHING, shown(value)))
        for secret in self.world.values(at.resource, "AuthorizationConfig.CredentialsParameter", at):
            yield from self._secrets.needs(f"the credentials of {title}", secret, template)
        asks = Ask(Who.EXECUTION_ROLE, (DESCRIBE_ACTION,), "*")
        yield Need(f"the DNS name of {title}", asks, Destination(FSX_API))
        domain = self.world.value(at.resource, "AuthorizationConfig.Domain", at=at)
        why = f"the share of file system {shown(value)} and the domain {shown(domain)} are not in the templates"
        nothing = Nothing("it is mounted by its credentials")
        yield Need(title, nothing, Mount(FSX, SMB, name, template), Answer(None, why))

    def _of_efs(self, title: str, value: Value, keys: _Keys, at: Site, *, has_role: bool) -> Iterator[Need]:
        """Yield the needs of a volume of Amazon EFS: its file system, the way there, and to be let in."""
        name = value if isinstance(value, (str, Text)) else text(Hole(Kind.ANYTHING, shown(value)))
        way = Mount(EFS, NFS, name, at.resource.template)
        system = self._made(value, FILE_SYSTEM)
        iam, tls = (self.world.value(at.resource, key, "DISABLED", at) for key in (keys.iam, "TransitEncryption"))
        point = self._point(value, system, at)
        there = point.there
        if system is None:
            there = Answer(None, f"file system {shown(value)} is not in the templates")
        elif tls == "DISABLED" and (iam == "ENABLED" or point.arn != ()):
            what = "IAM authorization" if iam == "ENABLED" else "an access point"
            there = Answer(False, f"{what} needs TransitEncryption, which is DISABLED", REFUSED)
        elif iam == "ENABLED" and not has_role:
            there = Answer(None, "IAM authorization is by the task role, and the task has none")
        elif there.truth and (key := key_of(self.world, self.world.value(system, "KmsKeyId"))) is not None:
            there = usable(self.world, key)
        arn = self._arns.of_service("elasticfilesystem", at.resource.template, "file-system/", name)
        asks = Ask(Who.TASK_ROLE, (MOUNT_ACTION,), arn, made=system, context=_context(tls, point))
        asked = [*self._asked(system, iam, asks, has_role=has_role)]
        if len(asked) == 1:
            perhaps = f"{there.why}, and its policy may allow it" if system is None else ""
            yield Need(title, asked[0], way, there, perhaps)
            return
        yield Need(title, Nothing("who is asked depends on its IAM authorization"), way, there)
        doubt = f"whether IAM authorization is {shown(iam)} is known only at deployment"
        for each in asked:
            yield Need(title, each, Nothing("it is the way of the volume"), perhaps=doubt)

    def _asked(self, system: Resource | None, iam: Value, asks: Ask, *, has_role: bool) -> Iterator[Ask | Nothing]:
        """Yield who must be let into a file system, as far as that is known: the task role, or anyone.

        Args:
            system: the file system; None where it is not in the templates.
            iam: the IAM authorization of the volume.
            asks: what the task role asks.
            has_role: whether the task has a role.
        """
        if iam == "ENABLED" and not has_role:
            yield Nothing("the task has no role to be let in by")
        elif system is None:
            yield asks if iam == "ENABLED" else Nothing("the policy of the file system is not in the templates")
        elif self.world.value(system, "FileSystemPolicy") is None:
            yield Nothing("without a policy the file system lets in whoever reaches a mount target")
        else:
            if iam != "DISABLED":
                yield asks
            if iam != "ENABLED":
                yield asks._replace(who=Who.ANYONE)

    def _point(self, value: Value, system: Resource | None, at: Site) -> _Point:
        """Return the place in a file system that a volume leads to: all of it, a directory, or an access point.

        Sources:
            https://docs.aws.amazon.com/efs/latest/ug/efs-access-points.html
            https://docs.aws.amazon.com/efs/latest/ug/enforce-root-directory-access-point.html
        """
        root = self.world.value(at.resource, "RootDirectory", "/", at)
        given = self.world.value(at.resource, "AuthorizationConfig.AccessPointId", at=at)
        if given is None:
            made_elsewhere = f"directory {shown(root)} of file system {shown(value)} is made outside the templates"
            return _Point(Answer(True) if root == "/" else Answer(None, made_elsewhere))
        point = self._made(given, ACCESS_POINT)
        if point is None:
            arn = text(Hole(Kind.ANYTHING, shown(given)))
            return _Point(Answer(None, f"access point {shown(given)} is not in the templates"), arn)
        arn = self._arns.access_point(point)
        own = self.world.value(point, "FileSystemId")
        other = self._made(own, FILE_SYSTEM)
        if system is not None and other is not system:
            truth = None if other is None else False
            why = f"access point {point.logical_id} is of file system {shown(own)}"
            return _Point(Answer(truth, why, REFUSED if truth is False else ""), arn)
        path = self.world.value(point, "RootDirectory.Path", "/")
        if path != "/" and self.world.value(point, "RootDirectory.CreationInfo") is None:
            why = f"access point {point.logical_id} has no CreationInfo for its directory {shown(path)}"
            return _Point(Answer(None, why), arn)
        return _Point(Answer(True), arn)

    def _made(self, value: Value, type_: str) -> Resource | None:
        """Return the resource of a type that a value refers to, None where that is not in the templates."""
        hole = value.pieces[0] if isinstance(value, Text) and len(value.pieces) == 1 else None
        if not isinstance(hole, Hole) or hole.resource is None or hole.resource.type != type_:
            return None
        is_id = hole.attribute in (None, "FileSystemId", "AccessPointId")
        return hole.resource if is_id and self.world.exists(hole.resource) else None


def _context(tls: Value, point: _Point) -> tuple[tuple[str, ContextValue], ...]:
    """Return the condition keys of Amazon EFS, in lower case, with their values."""
    encrypted: ContextValue = text(Hole(Kind.ANYTHING, "TransitEncryption"))
    if isinstance(tls, str):
        encrypted = "true" if tls == "ENABLED" else "false"
    return (
        ("aws:securetransport", encrypted),
        ("elasticfilesystem:accessedviamounttarget", "true"),
        ("elasticfilesystem:accesspointarn", point.arn),
    )
