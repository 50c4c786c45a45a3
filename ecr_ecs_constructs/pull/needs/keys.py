"""The needs of the keys of AWS KMS by which a service decrypts for the role that asks it.

Sources:
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, Value, shown, text
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.iam.actions import DECRYPT_ACTION
from ecr_ecs_constructs.pull.iam.arns import Arns
from ecr_ecs_constructs.pull.iam.encryption import key_of, state_of
from ecr_ecs_constructs.pull.needs.need import Ask, Need, Nothing, Who

UNUSABLE = "unusable-start-key"
"""The id of the rule of keys by which nobody can decrypt, or encrypt, what a task needs."""

_NAMES = {"secretsmanager": "AWS Secrets Manager", "s3": "Amazon S3"}


def usable(world: World, key: Resource) -> Answer:
    """Return whether a key of the templates can encrypt and decrypt data, with the rule that it breaks if not."""
    state = state_of(world, key)
    return state._replace(rule=UNUSABLE) if state.truth is False else state


class Keys(InWorld):
    """The keys that services decrypt by, in one world.

    Args:
        arns: the ARNs of what the templates define.
    """

    def __init__(self, arns: Arns) -> None:
        self.world = arns.world
        self._arns = arns

    def needs(self, title: str, key: Value, service: str, region: str | Text) -> Iterator[Need]:
        """Yield the need of a key, where it is none of AWS's own: the role that asks the service must use it.

        Args:
            title: what is encrypted.
            key: the key, None where none is named.
            service: the service that decrypts: `s3`.
            region: its region.
        """
        if key is None or (isinstance(key, str) and f":{key}".endswith(f":alias/aws/{service}")):
            return
        made = key_of(self.world, key)
        arn: str | Text
        if made is not None:
            arn, there = self._arns.kms_key(made), usable(self.world, made)
        else:
            is_arn = isinstance(key, str) and ":key/" in key
            arn = key if is_arn and isinstance(key, str) else text(Hole(Kind.ANYTHING, f"the key {shown(key)}"))
            there = Answer(None, f"key {shown(key)} is not in the templates")
        asks = Ask(Who.EXECUTION_ROLE, (DECRYPT_ACTION,), arn, made=made, region=region, via=service)
        way = Nothing(f"{_NAMES[service]} decrypts for the role")
        perhaps = "" if made is not None else f"{there.why}, and its policy may allow it"
        yield Need(f"the key of {title}", asks, way, there, perhaps)
