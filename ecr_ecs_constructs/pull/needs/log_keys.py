"""The keys that log groups are encrypted by: Amazon CloudWatch Logs itself must be let in by their policies.

It makes no log group with a key that it may not use, whatever the role of the task may do.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
"""

from __future__ import annotations

from collections.abc import Mapping

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Text, text
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.iam.actions import ENCRYPTION_ACTIONS
from ecr_ecs_constructs.pull.iam.decisions import decide_each
from ecr_ecs_constructs.pull.iam.documents import NO_POLICIES, Documents
from ecr_ecs_constructs.pull.iam.encryption import key_of
from ecr_ecs_constructs.pull.iam.organizations import Organizations
from ecr_ecs_constructs.pull.iam.requests import Service
from ecr_ecs_constructs.pull.iam.roles import RolePolicies
from ecr_ecs_constructs.pull.needs.guards import Guards
from ecr_ecs_constructs.pull.needs.keys import UNUSABLE, usable
from ecr_ecs_constructs.pull.texts.pattern import ContextValue

_GENERAL = "logs.amazonaws.com"
_ARN = "aws:logs:arn"
"""The key of the encryption context, which holds the ARN of the log group."""


class LogKeys(InWorld):
    """The keys of log groups in one world."""

    def __init__(self, documents: Documents) -> None:
        self.world = documents.world
        self._arns = documents.arns
        self._guards = Guards(documents)
        self._organizations = Organizations(documents)

    @asked
    def of(self, group: Resource) -> Answer:
        """Return whether Amazon CloudWatch Logs can use the key of a log group, with the rule that it breaks if not.

        A key that is not in the templates was good when the log group was made.
        """
        key = key_of(self.world, self.world.value(group, "KmsKeyId"))
        if key is None:
            return Answer(True)
        state = usable(self.world, key)
        return self._admits(key, group) if state.truth else state

    def _admits(self, key: Resource, group: Resource) -> Answer:
        """Return whether the policy of a key lets Amazon CloudWatch Logs encrypt a log group by it."""
        regional = self._may(key, group, self._names(key))
        if regional.truth is not False:
            return regional
        if self._may(key, group, (_GENERAL,)).truth is False:
            return regional
        return Answer(None, f"{regional.why}, and AWS does not say whether {_GENERAL} is enough")

    def _names(self, key: Resource) -> tuple[str | Text, ...]:
        """Return the names of the service in the region of a key."""
        region, suffix = (self.world.pseudo(key.template, f"AWS::{each}") for each in ("Region", "URLSuffix"))
        return text("logs.", region, ".", suffix), text("logs.", region, ".amazonaws.com")

    def _may(self, key: Resource, group: Resource, names: tuple[str | Text, ...]) -> Answer:
        guard = self._guards.of(key)
        assert guard is not None  # noqa: S101 - a key has a policy
        lacking = f"no statement of the policy of {guard.title} lets {names[0]} encrypt by it"
        policy = guard._replace(lacking=lacking, trusts_account=False)
        context: Mapping[str, ContextValue] = {
            f"kms:encryptioncontext:{_ARN}": self._arns.log_group_itself(group),
            "kms:encryptioncontextkeys": (_ARN,),
        }
        principal, controls = Service(names, guard.account, context), self._organizations.on(guard.account)
        service = RolePolicies(str(names[0]), principal, NO_POLICIES, controls=controls)
        requests = dict.fromkeys(ENCRYPTION_ACTIONS, self._arns.kms_key(key))
        answers = [*decide_each(service, requests, template=key.template, policy=policy).values()]
        missing = [answer for answer in answers if not answer.truth]
        if len(missing) == len(answers) and all(answer.truth is False for answer in missing):
            return Answer(False, missing[0].why, UNUSABLE)
        return Answer(None, missing[0].why) if missing else Answer(True)
