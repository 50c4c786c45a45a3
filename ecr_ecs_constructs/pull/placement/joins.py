"""The clusters that container instances join, as far as their user data tells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked, settled
from ecr_ecs_constructs.cloudformation.stand_ins import StandIns
from ecr_ecs_constructs.cloudformation.template import Resource, Template, near
from ecr_ecs_constructs.cloudformation.values import ABSENT, Content, Hole, Kind, Site, Text, Value, text
from ecr_ecs_constructs.pull.ami import Product, System
from ecr_ecs_constructs.pull.answer import Answer, worst
from ecr_ecs_constructs.pull.boot.cfn_init import Step, steps
from ecr_ecs_constructs.pull.boot.settings import RESERVED
from ecr_ecs_constructs.pull.boot.user_data import (
    DEFAULT_CLUSTER,
    NO_TEXT,
    Certainty,
    Followed,
    Join,
    UserData,
    is_script,
    plain,
    read_user_data,
)
from ecr_ecs_constructs.pull.machines.hosts import Host
from ecr_ecs_constructs.pull.machines.machines import Machines
from ecr_ecs_constructs.pull.placement.kinds import cluster_of, itself
from ecr_ecs_constructs.pull.texts.pattern import Truth
from ecr_ecs_constructs.pull.texts.references import CLUSTER, COMPUTE_ENVIRONMENT, References, Target


class Script:
    """A script of a template that is joined of pieces; each is evaluated alone, and followed behind the one before it.

    Ten conditions in ten pieces are twenty questions, and not a thousand worlds.

    Attributes:
        template: the template.
        separator: what stands between the pieces.
        pieces: the pieces.
        texts: the characters that stand for holes in them.
    """

    def __init__(self, template: Template, separator: str, pieces: Sequence[Content]) -> None:
        self.template = template
        self.separator = separator
        self.pieces = pieces
        self.texts = StandIns()


class Joins(InWorld):
    """The clusters that container instances join in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._machines = Machines(world)
        self._references = References(world)

    @settled
    def of(self, host: Host) -> tuple[Join, ...]:
        """Return what the user data of container instances says of their cluster, for each system that they boot."""
        if host.resource.type != COMPUTE_ENVIRONMENT:
            return self._told(host)
        products = [ami.product for ami in self._machines.amis(host) if ami.product is not None]
        others = [each for each in products if each.system not in (System.AMAZON_LINUX, None)]
        return tuple(_of_batch(host.resource, join, others) for join in self._told(host))

    def _told(self, host: Host) -> tuple[Join, ...]:
        launch = host.launch
        if launch is None:
            why = f"what launches {host.resource.logical_id} is not in the templates"
            return (Join(Certainty.UNKNOWN, None, why, installs=True),)
        systems = dict.fromkeys(ami.product.system if ami.product else None for ami in self._machines.amis(host))
        template, data = launch.resource.template, cast("Value", None)
        for site in self.world.sites(launch.resource, "UserData", launch):
            script = self._script(site) if systems.keys() <= {System.AMAZON_LINUX, None} else None
            if script is not None:
                return (self._followed(script),)
            data = self.world.evaluate(template, self.world.root.rewritten(plain, site.node)).value
        return tuple(dict.fromkeys(self._read(data, system, template) for system in systems))

    @asked
    def _script(self, site: Site) -> Script | None:
        """Return the script that user data is where it is joined of pieces."""
        node = self.world.root.rewritten(plain, site.node)
        joined = node.get("Fn::Join") if isinstance(node, dict) and len(node) == 1 else None
        if not isinstance(joined, list) or len(joined) != 2:
            return None
        separator, pieces = joined
        if not isinstance(separator, str) or not isinstance(pieces, list) or len(pieces) < 2:
            return None
        is_followed = isinstance(pieces[0], str) and is_script(pieces[0])
        return Script(site.resource.template, separator, pieces) if is_followed else None

    def _followed(self, script: Script) -> Join:
        found: Followed | None = None
        for index in range(len(script.pieces)):
            found = self._behind(script, index, found)
            if found.is_over:
                break
        return self._user_data(script).join(found or Followed(()))

    @settled
    def _behind(self, script: Script, index: int, before: Followed | None) -> Followed:
        """Return what a script has led to behind one of its pieces."""
        value = self.world.evaluate(script.template, script.pieces[index]).value
        user_data, more = self._user_data(script), index + 1 < len(script.pieces)
        if not isinstance(value, (str, Text)) and value is not ABSENT:
            return Followed((), unread=NO_TEXT)
        if before is None:
            return user_data.begun("" if value is ABSENT else value)
        piece = "" if value is ABSENT else text(script.separator, value)
        return user_data.gone_on(before, piece, more=more)

    def _user_data(self, script: Script) -> UserData:
        def setup(name: str, sets: Sequence[str]) -> Sequence[Step]:
            return self._initialization(script.template, name, sets)

        return UserData(script.texts, setup, script.template.region)

    @asked
    def _remembered(self, data: str | Text | None, system: System | None, template: Template) -> Join:
        return self._read_anew(data, system, template)

    def _read(self, data: Value, system: System | None, template: Template) -> Join:
        # An object or a list is no key of what is known.
        if data is None or isinstance(data, (str, Text)):
            return self._remembered(data, system, template)
        return self._read_anew(data, system, template)

    def _read_anew(self, data: Value, system: System | None, template: Template) -> Join:
        def setup(name: str, sets: Sequence[str]) -> Sequence[Step]:
            return self._initialization(template, name, sets)

        return read_user_data(data, system, setup, template.region)

    def _initialization(self, template: Template, name: str, sets: Sequence[str]) -> Sequence[Step]:
        """Return what `cfn-init` does for the metadata of a resource with a logical ID."""
        resource = template.resources.get(name)
        init = resource.metadata.get("AWS::CloudFormation::Init") if resource is not None else None
        return () if init is None else tuple(steps(self.world.evaluate(template, init).value, sets))

    def lacks_agent(self, host: Host) -> bool:
        """Return whether the user data of container instances certainly does not install the ECS agent."""
        return not any(join.installs for join in self.of(host))

    @asked
    def to(self, host: Host, cluster: Target) -> Answer:
        """Return whether container instances join a cluster, with the worst of their images."""
        return worst(self._answer(host, join, cluster) for join in self.of(host))

    def surely(self, host: Host, cluster: Target) -> bool:
        """Return whether container instances surely join a cluster with one of their images."""
        return any(self._answer(host, join, cluster).truth for join in self.of(host))

    def clusters(self, host: Host) -> tuple[Resource | None, ...]:
        """Return the cluster that each join of container instances names, None where it is not of the templates."""
        return tuple(self.named(join.cluster, host.resource) for join in self.of(host))

    def named(self, name: str | Text | None, where: Resource) -> Resource | None:
        """Return the cluster of the templates that has a name, or an ARN, None where there is none.

        Args:
            name: the name; None where it is not known.
            where: the resource that uses the name.
        """
        if name is None or (isinstance(name, Text) and len(name.pieces) > 1):
            return None
        return self._references.of(name, CLUSTER, where.template).resource

    def _answer(self, host: Host, join: Join, cluster: Target) -> Answer:
        name = host.resource.logical_id
        truth = None if join.cluster is None else self._is_same(host, join.cluster, cluster)
        silent = join.certainty is Certainty.SILENT
        if silent and (host.launch is None or any(ami.product is None for ami in self._machines.amis(host))):
            truth = None  # an image of one's own may name the cluster
        if truth:
            return Answer(True, f"{name} joins {cluster}: {join.evidence}")
        if truth is None:
            return Answer(None, f"whether {name} joins {cluster} is not known: {join.evidence}")
        other = f"the cluster {join.cluster!s}" if not silent else f"the cluster {DEFAULT_CLUSTER!r}"
        return Answer(False, f"{name} joins {other}, not {cluster}: {join.evidence}")

    def _is_same(self, host: Host, joined: str | Text, cluster: Target) -> Truth:
        """Return whether the cluster that user data names is a cluster."""
        if cluster.resource is not None and not near(host.resource.template, cluster.resource.template):
            return False
        names = self._names_of(cluster)
        if joined in names or joined == cluster.value:
            return True
        other = self.named(joined, host.resource)
        if other is not None and cluster.resource is not None:
            return other is cluster.resource
        if other is not None:
            return _are_same([cluster.value], self._names_of(itself(other)), cluster, is_known=True)
        return _are_same(names, [joined], cluster, is_known=False)

    def _names_of(self, cluster: Target) -> list[Value]:
        """Return what a cluster is called, nothing where CloudFormation makes its name."""
        return [cluster.value] if cluster.resource is None else [*self.world.values(cluster.resource, "ClusterName")]


_BATCH = "AWS Batch registers its instances in a cluster of its own"


def _of_batch(environment: Resource, join: Join, others: Sequence[Product]) -> Join:
    """Return the cluster that instances of a compute environment join, by user data that AWS Batch adds its own to.

    It adds a script that writes its cluster and some settings of the agent behind those that are there.

    Sources:
        https://docs.aws.amazon.com/batch/latest/userguide/launch-templates.html
        https://github.com/aws/aws-cdk/issues/9900 (the script)

    Args:
        environment: the compute environment.
        join: what its own user data says.
        others: what its instances may boot that is no Amazon Linux.
    """
    if join.certainty is Certainty.UNKNOWN:
        return join
    if join.certainty is Certainty.SAID:
        why = f"{join.evidence}, {_BATCH}, and AWS does not say which counts"
        return join._replace(certainty=Certainty.UNKNOWN, cluster=None, evidence=why)
    if others or join.doubt:
        why = join.doubt or f"{_BATCH} by a script, which {others[0].name} is not known to run"
        return join._replace(certainty=Certainty.UNKNOWN, cluster=None, evidence=why)
    own = cluster_of(environment).value
    reserved = {RESERVED: "32", **{key: text(Hole(Kind.ANYTHING, key)) for key, _ in join.settings if key == RESERVED}}
    settings = {**dict(join.settings), **reserved}
    assert isinstance(own, Text)  # noqa: S101 - it stands for a name
    return join._replace(certainty=Certainty.SAID, cluster=own, evidence=_BATCH, settings=tuple(settings.items()))


def _are_same(names: Sequence[Value], joined: Sequence[Value], cluster: Target, *, is_known: bool) -> Truth:
    """Return whether the names of a cluster and those of the cluster that is joined are of one cluster.

    Args:
        names: those of the cluster, names or ARNs; nothing where CloudFormation makes its name.
        joined: those of the cluster that is joined.
        cluster: the cluster.
        is_known: whether the cluster that is joined is of the templates.
    """
    if any(not isinstance(name, str) for name in (*names, *joined)):
        return None
    short = [str(name).rpartition("/")[2] for name in joined]
    if any(str(name).rpartition("/")[2] in short for name in names):
        # An ARN that is none of the templates' own may be of another region or account.
        is_full = cluster.resource is not None or str(cluster.value).startswith("arn:")
        apart = not is_known and is_full and str(joined[0]).startswith("arn:")
        return None if apart else True
    # CloudFormation makes a name from those of the stack and of the resource, and from letters at random.
    made = not names and any(re.fullmatch(r".+-.+-[A-Za-z0-9]{12,}", name) for name in short)
    return None if made or not joined else False
