"""The clusters that container instances join, as far as their user data tells."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked, settled
from ecr_ecs_constructs.cloudformation.template import Resource, Template, near
from ecr_ecs_constructs.cloudformation.values import Text, Value
from ecr_ecs_constructs.pull.ami import System
from ecr_ecs_constructs.pull.answer import Answer, worst
from ecr_ecs_constructs.pull.boot.cfn_init import Step, steps
from ecr_ecs_constructs.pull.boot.user_data import DEFAULT_CLUSTER, Certainty, Join, plain, read_user_data
from ecr_ecs_constructs.pull.machines.hosts import Host
from ecr_ecs_constructs.pull.machines.machines import Machines
from ecr_ecs_constructs.pull.placement.kinds import itself
from ecr_ecs_constructs.pull.texts.pattern import Truth
from ecr_ecs_constructs.pull.texts.references import CLUSTER, References, Target


class Joins(InWorld):
    """The clusters that container instances join in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._machines = Machines(world)
        self._references = References(world)

    @settled
    def of(self, host: Host) -> tuple[Join, ...]:
        """Return what the user data of container instances says of their cluster, for each system that they boot."""
        launch = host.launch
        if launch is None:
            why = f"what launches {host.resource.logical_id} is not in the templates"
            return (Join(Certainty.UNKNOWN, None, why, installs=True),)
        data: Value = None
        template = launch.resource.template
        for site in self.world.sites(launch.resource, "UserData", launch):
            data = self.world.evaluate(template, self.world.root.rewritten(plain, site.node)).value
        systems = dict.fromkeys(ami.product.system if ami.product else None for ami in self._machines.amis(host))
        return tuple(dict.fromkeys(self._read(data, system, template) for system in systems))

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
