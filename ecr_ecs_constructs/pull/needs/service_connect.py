"""The needs of the proxy that Amazon ECS Service Connect runs in each task of a service.

A task is not started before its proxy is.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-concepts-deploy.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-envoy-access-logs.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-tls.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceConnectConfiguration.html (the namespace)
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ClusterServiceConnectDefaultsRequest.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Text, Value, flag, shown, text
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.iam.documents import Documents
from ecr_ecs_constructs.pull.needs.logs import Logs
from ecr_ecs_constructs.pull.needs.need import Destination, Need, Nothing
from ecr_ecs_constructs.pull.placement.kinds import LaunchType, Placement
from ecr_ecs_constructs.pull.texts.pattern import same
from ecr_ecs_constructs.pull.texts.references import Target

_CONNECT = "ServiceConnectConfiguration"
_AUTHORITY = f"{_CONNECT}.Services.*.Tls.IssuerCertificateAuthority.AwsPcaAuthorityArn"
_DEFAULT = "ServiceConnectDefaults.Namespace"
_CLUSTER = "AWS::ECS::Cluster"
_NAMESPACES = tuple(f"AWS::ServiceDiscovery::{kind}Namespace" for kind in ("Http", "PrivateDns", "PublicDns"))
_OWN = Nothing("Amazon ECS asks for it by itself")


class ServiceConnect(InWorld):
    """The needs of Service Connect in one world."""

    def __init__(self, documents: Documents, logs: Logs) -> None:
        self.world = documents.world
        self._logs = logs

    def needs(self, service: Resource, placement: Placement) -> Iterator[Need]:
        """Yield the needs of the proxy of a service.

        Args:
            service: the service.
            placement: where its tasks run.
        """
        enabled = self.world.value(service, f"{_CONNECT}.Enabled")
        if enabled is None or flag(enabled) is False:
            return
        why = ""
        if not flag(enabled):
            why = f"whether Service Connect is enabled ({shown(enabled)}) is known only at deployment"
        found = [*self._of_proxy(service, placement.cluster)]
        if placement.launch_type in (LaunchType.EC2, LaunchType.MANAGED_INSTANCES):
            found.append(self._relay(service))
        for need in found:
            there = need.there
            if why and there.truth is not True:
                there = Answer(None, f"{why}, and {there.why}")
            yield need._replace(there=there, perhaps=why or need.perhaps)

    def _of_proxy(self, service: Resource, cluster: Target | None) -> Iterator[Need]:
        yield from self._logs.needs("the logs of Service Connect", service, f"{_CONNECT}.LogConfiguration")
        yield Need("the namespace of Service Connect", _OWN, _OWN, self._namespace(service, cluster))
        for authority in self.world.values(service, _AUTHORITY):
            why = f"whether certificate authority {shown(authority)} issues certificates is not read"
            yield Need("the certificate of Service Connect", _OWN, _OWN, Answer(None, why))

    def _relay(self, service: Resource) -> Need:
        """Return the need of the ECS agent on instances, which asks for the configuration of each proxy.

        Source: https://github.com/aws/amazon-ecs-agent/pull/3322
        """
        region = self.world.pseudo(service.template, "AWS::Region")
        unserved = Answer(None, "AWS does not say which VPC endpoint leads there")
        way = Destination("ecs-sc", unserved, "Service Connect", host=text("ecs-sc.", region, ".api.aws"))
        return Need("the proxy of Service Connect", Nothing("the ECS agent asks for it"), way)

    def _namespace(self, service: Resource, cluster: Target | None) -> Answer:
        """Return whether the namespace is there: Amazon ECS makes that which a cluster names for all its services."""
        named = self.world.value(service, f"{_CONNECT}.Namespace")
        if named is not None:
            return self._made(named, self._defaults())
        if cluster is None or cluster.resource is None:
            own = "default" if cluster is None else cluster
            return Answer(None, f"cluster {own}, whose namespace it is, is not in the templates")
        default = self.world.value(cluster.resource, _DEFAULT)
        if default is None:
            return Answer(None, f"neither {service.logical_id} nor its cluster {cluster} names one")
        return Answer(True) if _is_name(default) else self._made(default, ())

    def _defaults(self) -> tuple[Value, ...]:
        """Return the names that clusters give, for which Amazon ECS makes namespaces."""
        clusters = [each for each in self.world.root.all(_CLUSTER) if self.world.exists(each)]
        return tuple(name for each in clusters for name in self.world.values(each, _DEFAULT) if _is_name(name))

    def _made(self, named: Value, names: tuple[Value, ...]) -> Answer:
        """Return whether a value names a namespace of the templates, or one of some names."""
        hole = named.pieces[0] if isinstance(named, Text) and len(named.pieces) == 1 else None
        if isinstance(hole, Hole) and hole.resource is not None and hole.resource.type in _NAMESPACES:
            if hole.attribute == "Arn":
                return Answer(True)
            return Answer(None, f"{shown(named)} is neither the name nor the ARN of a namespace")
        made = [each for each in self.world.root.all(*_NAMESPACES) if self.world.exists(each)]
        known = (*names, *(self.world.value(each, "Name") for each in made))
        if any(
            isinstance(each, (str, Text)) and isinstance(named, (str, Text)) and same(each, named) for each in known
        ):
            return Answer(True)
        return Answer(None, f"namespace {shown(named)} is not in the templates")


def _is_name(value: Value) -> bool:
    return isinstance(value, str) and not value.startswith("arn:")
