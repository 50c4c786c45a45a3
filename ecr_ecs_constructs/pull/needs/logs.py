"""The needs of the log driver awslogs: a log group, and the permission to write to it.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld
from ecr_ecs_constructs.cloudformation.template import Resource, Template, agree
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Site, Text, Value, flag, shown, text
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.iam.actions import GROUP_ACTION, STREAM_ACTION, WRITE_ACTION
from ecr_ecs_constructs.pull.iam.arns import LOG_GROUP, Arns
from ecr_ecs_constructs.pull.needs.need import ANYTHING, Ask, Destination, Need, Nothing, Who
from ecr_ecs_constructs.pull.needs.regions import regional
from ecr_ecs_constructs.pull.texts.pattern import same

_STREAM = Hole(Kind.ANYTHING, "a log stream", pattern="[^:*]+")
_AWSLOGS = "awslogs"


class Logs(InWorld):
    """The needs of log configurations in one world.

    Args:
        arns: the ARNs of what the templates define.
    """

    def __init__(self, arns: Arns) -> None:
        self.world = arns.world
        self._arns = arns

    def needs(self, title: str, resource: Resource, path: str, at: Site | None = None) -> Iterator[Need]:
        """Yield the needs of a log configuration.

        Args:
            title: what it is called.
            resource: where it stands.
            path: the path of it there.
            at: where the path starts; the resource's properties if not given.
        """
        for driver in self.world.values(resource, f"{path}.LogDriver", at):
            if driver == _AWSLOGS:
                yield from self._of_awslogs(title, resource, f"{path}.Options", at, "")
            elif not isinstance(driver, str):
                why = f"whether the log driver {shown(driver)} needs them is known only at deployment"
                yield from self._of_awslogs(title, resource, f"{path}.Options", at, why)

    def _of_awslogs(
        self, title: str, resource: Resource, options: str, at: Site | None, perhaps: str
    ) -> Iterator[Need]:
        template = resource.template
        region = next(iter(self.world.values(resource, f"{options}.awslogs-region", at)), "")
        destination = regional("logs", region, template)
        where = region if isinstance(region, (str, Text)) and region else self.world.pseudo(template, "AWS::Region")
        name = next(iter(self.world.values(resource, f"{options}.awslogs-group", at)), None)
        there = self._there(name, where, template)
        arn = self._arn(name, where, template)
        creates = next(iter(self.world.values(resource, f"{options}.awslogs-create-group", at)), None)
        group = self._of_group(creates, arn, there, destination)
        yield group._replace(perhaps=perhaps or group.perhaps)
        stream = ANYTHING if arn is None else text(arn, ":log-stream:", _STREAM)
        # IAM documents the group for the one, and the stream for the other; a policy may follow either.
        for action, also in ((STREAM_ACTION, arn), (WRITE_ACTION, None)):
            asks = Ask(Who.LOGGER, (action,), stream, also=also or "", region=where)
            yield Need(title, asks, destination, perhaps=perhaps)

    def _of_group(self, creates: Value, arn: str | Text | None, there: Answer, destination: Destination) -> Need:
        """Return the need of the log group, which the driver creates where it may and the group is not there yet."""
        title = "its log group"
        if there.truth or creates is None or flag(creates) is False:
            why = "it is there" if there.truth else "the driver does not create it"
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
            return Answer(True)
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
                return Answer(True)
        return Answer(None, f"log group {name} is not in the templates")
