"""The keys of AWS KMS, and those that repositories are encrypted by: without it, Amazon ECR gives out no image.

Amazon ECR decrypts by a grant that it makes with the repository, so the role that pulls needs no permission. A grant
ends at a disabled key, and at what the policy of the key denies everyone.

Sources:
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
    https://docs.aws.amazon.com/kms/latest/developerguide/enabling-keys.html
    https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html
"""

from __future__ import annotations

from collections.abc import Mapping

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, Value, flag, shown, text
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.iam.actions import DECRYPT_ACTION
from ecr_ecs_constructs.pull.iam.arns import KEY
from ecr_ecs_constructs.pull.iam.documents import Documents
from ecr_ecs_constructs.pull.iam.requests import Principal, Request
from ecr_ecs_constructs.pull.texts.pattern import negate

_ALIAS = "AWS::KMS::Alias"
_BY_KEY = ("KMS", "KMS_DSSE")
_TAKEN: Mapping[str, str] = {"KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "Origin": "AWS_KMS"}
"""The values of properties with which a key surely encrypts data, which are the defaults as well."""

_OTHER_ORIGINS = ("EXTERNAL", "AWS_CLOUDHSM")
"""The origins of key material that is not there before somebody brings it, or whose store must be reached."""


def key_of(world: World, value: Value) -> Resource | None:
    """Return the key that a value names, itself or by an alias; None where it is not in the templates."""
    hole = value.pieces[0] if isinstance(value, Text) and len(value.pieces) == 1 else None
    resource = hole.resource if isinstance(hole, Hole) else None
    if resource is not None and resource.type == _ALIAS:
        return key_of(world, world.value(resource, "TargetKeyId"))
    return resource if resource is not None and resource.type == KEY else None


def state_of(world: World, key: Resource) -> Answer:
    """Return whether a key can encrypt and decrypt data, whoever asks it to."""
    name = f"key {key.logical_id}"
    enabled = world.value(key, "Enabled", "true")
    if not flag(enabled):
        return Answer(flag(enabled), f"Enabled of {name} is {shown(enabled)}")
    for path, taken in _TAKEN.items():
        value = world.value(key, path, taken)
        if value != taken:
            truth = None if not isinstance(value, str) or value in _OTHER_ORIGINS else False
            return Answer(truth, f"{path} of {name} is {shown(value)}")
    return Answer(True)


class Encryption(InWorld):
    """The encryption of repositories in one world."""

    def __init__(self, documents: Documents) -> None:
        self.world = documents.world
        self._documents = documents

    @asked
    def of(self, repository: Resource) -> Answer:
        """Return whether Amazon ECR can decrypt the images of a repository; a key elsewhere was good when it was made.

        Amazon ECR makes no repository with a key that it can't use.
        """
        if self.world.value(repository, "EncryptionConfiguration.EncryptionType") not in _BY_KEY:
            return Answer(True)
        key = key_of(self.world, self.world.value(repository, "EncryptionConfiguration.KmsKey"))
        if key is None:
            return Answer(True)
        state = state_of(self.world, key)
        return self._admits(key, f"the policy of key {key.logical_id}") if state.truth else state

    def _admits(self, key: Resource, title: str) -> Answer:
        """Return whether the policy of a key denies Amazon ECR nothing that a pull needs."""
        policies = self._documents.of(key, "KeyPolicy", title)
        if policies.unknown:
            return Answer(None, f"{policies.unknown[0]} is known only at deployment")
        partition = self.world.pseudo(key.template, "AWS::Partition")
        account = text(Hole(Kind.ACCOUNT, "an account of Amazon ECR"))
        identity = text("arn:", partition, ":iam::", account, ":", Hole(Kind.ANYTHING, "an identity of Amazon ECR"))
        request = Request(
            Principal(identity, account, partition),
            DECRYPT_ACTION,
            "*",
            key.template,
            lambda: {"aws:securetransport": "true"},
        )
        for statement in policies.statements:
            address = statement.addresses("Deny", request)
            truth = address.everyone  # Amazon ECR is none of those that a policy can name
            if truth is not False:
                fact = f"{statement} denies everyone {DECRYPT_ACTION}"
                why = fact if truth else f"it is not known whether {fact}: {address.missing}"
                return Answer(negate(truth), why)
        return Answer(True)
