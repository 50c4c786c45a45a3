"""The policies of secrets, buckets, keys and file systems of the templates, which have a say beside those of roles.

Sources:
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
    https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Text
from ecr_ecs_constructs.pull.iam.arns import BUCKET, FILE_SYSTEM, KEY, SECRET, Arns
from ecr_ecs_constructs.pull.iam.decisions import ResourcePolicy
from ecr_ecs_constructs.pull.iam.documents import Documents, joined
from ecr_ecs_constructs.pull.texts.mentions import maker_of

_POLICIES: Mapping[str, tuple[str, str, str, str]] = {
    SECRET: ("secret", "AWS::SecretsManager::ResourcePolicy", "SecretId", "ResourcePolicy"),
    BUCKET: ("bucket", "AWS::S3::BucketPolicy", "Bucket", "PolicyDocument"),
}
"""By the type of a resource: what it is called, and the type of its policies, where they name it and where they stand.
"""

_OWN: Mapping[str, tuple[str, str]] = {
    KEY: ("key", "KeyPolicy"),
    FILE_SYSTEM: ("file system", "FileSystemPolicy"),
}
"""By the type of a resource that has its policy in a property: what it is called, and the property."""


class Guards(InWorld):
    """The policies of what tasks need, in one world."""

    def __init__(self, documents: Documents) -> None:
        self.world = documents.world
        self._documents = documents

    @asked
    def of(self, resource: Resource) -> ResourcePolicy | None:
        """Return the policy of a resource, None for one of a type whose policies are not asked."""
        account = self.world.pseudo(resource.template, "AWS::AccountId")
        if resource.type in _OWN:
            name, path = _OWN[resource.type]
            title = f"{name} {resource.logical_id}"
            document = self._documents.of(resource, path, f"the policy of {title}")
            trusts_account, setter = resource.type != KEY, maker_of(self.world, resource)
            return ResourcePolicy(title, account, document, trusts_account=trusts_account, setter=setter)
        if resource.type not in _POLICIES:
            return None
        name, type_, named, path = _POLICIES[resource.type]
        title = f"{name} {resource.logical_id}"
        policies = self.world.root.candidates(_guarded, (type_,), resource)
        found = [
            self._documents.of(policy, path, f"policy {policy.logical_id} of {title}")
            for policy in policies
            if self.world.exists(policy) and resource in _of(self.world, policy, named)
        ]
        return ResourcePolicy(title, account, joined(found), setter=maker_of(self.world, resource))


def _guarded(world: World, policy: Resource) -> Iterator[Resource]:
    """Yield what a policy is of."""
    for _, type_, path, _ in _POLICIES.values():
        if type_ == policy.type:
            yield from _of(world, policy, path)


def _of(world: World, policy: Resource, path: str) -> Iterator[Resource]:
    for value in world.values(policy, path):
        hole = value.pieces[0] if isinstance(value, Text) and len(value.pieces) == 1 else None
        if isinstance(hole, Hole) and hole.resource is not None:
            secret = Arns(world).secret_of(hole.resource)
            yield hole.resource if secret is None else secret
