"""The needs of log drivers: of awslogs a log group, and the permission to write to it; of others whom they send to.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
    https://docs.aws.amazon.com/batch/latest/userguide/using_awslogs.html
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld
from ecr_ecs_constructs.cloudformation.template import Resource, Template, agree
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Site, Text, Value, flag, shown, text
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.iam.actions import GROUP_ACTION, STREAM_ACTION, WRITE_ACTION
from ecr_ecs_constructs.pull.iam.arns import LOG_GROUP
from ecr_ecs_constructs.pull.iam.documents import Documents
from ecr_ecs_constructs.pull.needs.log_keys import LogKeys
from ecr_ecs_constructs.pull.needs.need import ANYTHING, Ask, Destination, Need, Nothing, Who
from ecr_ecs_constructs.pull.needs.regions import regional
from ecr_ecs_constructs.pull.texts.pattern import same
from ecr_ecs_constructs.pull.texts.references import JOB_DEFINITION, TASK_DEFINITION

_STREAM = Hole(Kind.ANYTHING, "a log stream", pattern="[^:*]+")
_AWSLOGS = "awslogs"

BATCH_GROUP = "/aws/batch/job"
"""The log group of jobs that name none, which AWS Batch itself makes.

Source: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/BatchServiceRolePolicy.html
"""


class _Remote(NamedTuple):
    """A log driver that connects to somewhere before its container starts, or the container does not.

    Attributes:
        address: the option that says whereto.
        default: where that is without it: `localhost:24224`; empty where the driver must be told.
        spared: the options that spare the connection, each with the value by which it does.
    """

    address: str
    default: str = ""
    spared: tuple[tuple[str, bool], ...] = ()


_REMOTE: Mapping[str, _Remote] = {
    "fluentd": _Remote(
        "fluentd-address", "localhost:24224", (("fluentd-async", True), ("fluentd-async-connect", True))
    ),
    "gelf": _Remote("gelf-address"),
    "logentries": _Remote("logentries-token"),
    "splunk": _Remote("splunk-url", spared=(("splunk-verify-connection", False),)),
    "syslog": _Remote("syslog-address", "unix:///dev/log"),
}
"""By the name of the driver.

Sources:
    https://docs.docker.com/engine/logging/drivers/fluentd/
    https://docs.docker.com/engine/logging/drivers/gelf/
    https://docs.docker.com/engine/logging/drivers/splunk/
    https://docs.docker.com/engine/logging/drivers/syslog/
"""

_ON_HOST = ("journald", "json-file")
"""The log drivers that write on the host."""

_FIRELENS = "awsfirelens"
_TASKS = "EcsProperties.TaskProperties.*"
_ROUTERS: Mapping[str, tuple[str, ...]] = {
    TASK_DEFINITION: ("ContainerDefinitions.*",),
    JOB_DEFINITION: (f"{_TASKS}.Containers.*", f"NodeProperties.NodeRangeProperties.*.{_TASKS}.Containers.*"),
}
"""Where the containers stand of which one may be the router of FireLens; a job of one container has none."""

_CLASSES = ("STANDARD", "INFREQUENT_ACCESS")
"""The classes of log groups that take what a driver writes."""

_WITHOUT_CONNECTION = re.compile(r"unix(gram)?://.*|udp://([0-9.]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?")
"""The addresses that a driver can take without a connection, and without asking for a name."""


_OF_EXPRESS_MODE = Text((Hole(Kind.ANYTHING, "the log group of Express Mode"),))


class Logs(InWorld):
    """The needs of log configurations in one world.

    Args:
        documents: the policy documents of the templates.
    """

    def __init__(self, documents: Documents) -> None:
        self.world = documents.world
        self._arns = documents.arns
        self._keys = LogKeys(documents)

    def needs(
        self, title: str, resource: Resource, path: str, at: Site | None = None, group: str | None = None
    ) -> Iterator[Need]:
        """Yield the needs of a log configuration.

        Args:
            title: what it is called where its driver is awslogs.
            resource: where it stands.
            path: the path of it there.
            at: where the path starts; the resource's properties if not given.
            group: the log group where it names none, also where there is no configuration; None for none.
        """
        drivers = self.world.values(resource, f"{path}.LogDriver", at)
        for driver in drivers or ((_AWSLOGS,) if group is not None else ()):
            if driver == _AWSLOGS:
                yield from self._of_awslogs(title, resource, f"{path}.Options", at, perhaps="", group=group)
            elif isinstance(driver, str):
                yield from self._of_remote(driver, resource, path, at)
            else:
                why = f"whether the log driver {shown(driver)} needs them is known only at deployment"
                yield from self._of_awslogs(title, resource, f"{path}.Options", at, perhaps=why, group=group)

    def _of_remote(self, driver: str, resource: Resource, path: str, at: Site | None) -> Iterator[Need]:
        """Yield the need of a log driver that connects to somewhere, of which the templates say no more than that."""
        remote = _REMOTE.get(driver)
        if remote is None:
            yield from self._of_other(driver, resource)
            return
        for option, spares in remote.spared:
            if any(flag(value) is spares for value in self.world.values(resource, f"{path}.Options.{option}", at)):
                return
        secret = f"{path}.SecretOptions.*.Name"
        given = self.world.values(resource, f"{path}.Options.{remote.address}", at)
        address = given[0] if given else remote.default
        if remote.address in self.world.values(resource, secret, at):
            why = f"{remote.address} is a secret"
        elif address == "":
            why = f"it is given no {remote.address}"
        elif isinstance(address, str) and _WITHOUT_CONNECTION.fullmatch(address):
            return
        else:
            why = f"what is at {shown(address)} is not in the templates"
        nothing, away = Nothing("a log driver asks by no role"), Nothing("where it sends to is not in the templates")
        yield Need(f"the target of its log driver {driver}", nothing, away, Answer(None, why))

    def _of_other(self, driver: str, resource: Resource) -> Iterator[Need]:
        """Yield the need of a log driver that connects to nowhere: Amazon ECS must know it, and FireLens has a router.

        Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html
        """
        paths = _ROUTERS.get(resource.type, ())
        has_router = not paths or any(
            self.world.values(resource, f"{path}.FirelensConfiguration.Type") for path in paths
        )
        if driver in _ON_HOST or (driver == _FIRELENS and has_router):
            return
        why = "no container of the task is its router" if driver == _FIRELENS else "Amazon ECS documents no such driver"
        nothing, away = Nothing("a log driver asks by no role"), Nothing("it is on the host")
        yield Need(f"its log driver {driver}", nothing, away, Answer(None, why))

    def _of_awslogs(
        self, title: str, resource: Resource, options: str, at: Site | None, *, perhaps: str, group: str | None
    ) -> Iterator[Need]:
        template = resource.template
        region = next(iter(self.world.values(resource, f"{options}.awslogs-region", at)), "")
        destination = regional("logs", region, template)
        where = region if isinstance(region, (str, Text)) and region else self.world.pseudo(template, "AWS::Region")
        name = next(iter(self.world.values(resource, f"{options}.awslogs-group", at)), group)
        there = Answer(True) if group is not None and name == group else self._there(name, where, template)
        arn = self._arn(name, where, template)
        creates = next(iter(self.world.values(resource, f"{options}.awslogs-create-group", at)), None)
        need = self._of_group(creates, arn, there, destination)
        yield need._replace(perhaps=perhaps or need.perhaps)
        yield from self._of_streams(title, arn, where, destination, perhaps)

    def of_express_mode(self, title: str, container: Site) -> Iterator[Need]:
        """Yield the needs of the log of a container of Express Mode, which makes a log group where none is named.

        Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/express-service-work.html

        Args:
            title: what it is called.
            container: the place of the container.
        """
        template = container.resource.template
        where, destination = self.world.pseudo(template, "AWS::Region"), regional("logs", "", template)
        name = self.world.value(container.resource, "AwsLogsConfiguration.LogGroup", at=container)
        perhaps = "" if name is not None else "AWS does not say which log group Express Mode makes"
        if name is not None:
            yield self._of_group(None, None, self._there(name, where, template), destination)
        arn = self._arn(_OF_EXPRESS_MODE if name is None else name, where, template)
        yield from self._of_streams(title, arn, where, destination, perhaps)

    def _of_streams(
        self, title: str, arn: str | Text | None, where: str | Text, destination: Destination, perhaps: str
    ) -> Iterator[Need]:
        """Yield the needs of what is written to a log group.

        Args:
            title: what writes.
            arn: the ARN of the log group; None where it is known only at deployment.
            where: its region.
            destination: where it is reached.
            perhaps: why it may not be needed at all.
        """
        stream = ANYTHING if arn is None else text(arn, ":log-stream:", _STREAM)
        # IAM documents the group for the one, and the stream for the other; a policy may follow either.
        for action, also in ((STREAM_ACTION, arn), (WRITE_ACTION, None)):
            asks = Ask(Who.LOGGER, (action,), stream, also=also or "", region=where)
            yield Need(title, asks, destination, perhaps=perhaps)

    def _of_group(self, creates: Value, arn: str | Text | None, there: Answer, destination: Destination) -> Need:
        """Return the need of the log group, which the driver creates where it may and the group is not there yet."""
        title = "its log group"
        if there.truth is not None or creates is None or flag(creates) is False:
            why = "the driver does not create it" if there.truth is None else "it is there"
            return Need(title, Nothing(why), Nothing("the driver only writes to it"), there)
        also = "" if arn is None else text(arn, ":log-stream:")
        asks = Ask(Who.LOGGER, (GROUP_ACTION,), arn or ANYTHING, also=also)
        untold = f"whether awslogs-create-group is {shown(creates)} is known only at deployment"
        return Need(title, asks, destination, there, perhaps="" if flag(creates) else untold, creates=True)

    def _arn(self, name: Value, region: str | Text, template: Template) -> str | Text | None:
        if not isinstance(name, (str, Text)):
            return None
        partition, account = (self.world.pseudo(template, f"AWS::{each}") for each in ("Partition", "AccountId"))
        return text("arn:", partition, ":logs:", region, ":", account, ":log-group:", self._arns.written(name))

    def _there(self, name: Value, region: str | Text, template: Template) -> Answer:
        """Return whether the templates make a log group of a name."""
        hole = name.pieces[0] if isinstance(name, Text) and len(name.pieces) == 1 else None
        if isinstance(hole, Hole) and hole.resource is not None and hole.resource.type == LOG_GROUP:
            if hole.attribute not in (None, "LogGroupName"):
                return Answer(None, f"{name} is no name of a log group")
            if isinstance(region, str) and not agree(region, hole.resource.template.region):
                return Answer(None, f"log group {name} is in another region than {region}, to which the driver writes")
            return self._takes(hole.resource)
        if not isinstance(name, (str, Text)):
            return Answer(None, "which log group it writes to is not in the templates")
        for group in self.world.root.all(LOG_GROUP):
            where = group.template
            if not agree(template.account, where.account):
                continue
            local = self.world.pseudo(template, "AWS::Region")
            is_here = agree(template.region, where.region) if region == local else region == where.region
            own = self.world.value(group, "LogGroupName") if is_here and self.world.exists(group) else None
            if isinstance(own, (str, Text)) and same(name, own, local=where is template):
                return self._takes(group)
        return Answer(None, f"log group {name} is not in the templates")

    def _takes(self, group: Resource) -> Answer:
        """Return whether a log group of the templates takes what a driver writes.

        Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html
        """
        class_ = self.world.value(group, "LogGroupClass", "STANDARD")
        if class_ not in _CLASSES:
            return Answer(None, f"LogGroupClass of {group.logical_id} is {shown(class_)}")
        return self._keys.of(group)
