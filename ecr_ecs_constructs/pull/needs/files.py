"""The files in Amazon S3 that a container is given: environment files, and the configuration of a FireLens router.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/firelens-taskdef.html
    https://github.com/aws/amazon-ecs-agent/blob/master/agent/s3/factory/factory.go (the region of a bucket is asked
        for before each download, which fails where that is refused)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Site, Text, Value, pieces_of, shown, text
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.iam.actions import FILE_ACTION, LOCATION_ACTION
from ecr_ecs_constructs.pull.iam.arns import BUCKET, Arns
from ecr_ecs_constructs.pull.needs.keys import Keys
from ecr_ecs_constructs.pull.needs.need import ANYTHING, Ask, Destination, Need, Nothing, Who
from ecr_ecs_constructs.pull.needs.regions import split

FILES, ROUTER = "the environment files", "the configuration of FireLens"
"""The titles of destinations that are not called by the name of a service."""

_KEY = "BucketEncryption.ServerSideEncryptionConfiguration.*.ServerSideEncryptionByDefault.KMSMasterKeyID"
"""The key by which a bucket encrypts what is put into it.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html
"""

_ENV = ".env"
"""The end of the names of environment files."""


class Files(InWorld):
    """The files in Amazon S3 that containers are given in one world.

    Args:
        arns: the ARNs of what the templates define.
    """

    def __init__(self, arns: Arns) -> None:
        self.world = arns.world
        self._arns = arns
        self._keys = Keys(arns)

    def needs(self, site: Site) -> Iterator[Need]:
        """Yield the needs of the files that the container at a place is given."""
        for value in self.world.values(site.resource, "EnvironmentFiles.*.Value", site):
            title = f"its environment file {shown(value)}"
            last = pieces_of(value)[-1] if isinstance(value, (str, Text)) else None
            if isinstance(last, str) and not last.endswith(_ENV):
                nothing = Nothing("Amazon ECS reads its name")
                yield Need(title, nothing, nothing, Answer(None, f"its name does not end in {_ENV}"))
            yield from self.of_file(title, FILES, value)
        if isinstance(site.node, dict) and "FirelensConfiguration" in site.node:
            options = "FirelensConfiguration.Options.config-file"
            if self.world.values(site.resource, f"{options}-type", site) not in ((), ("file",)):
                for value in self.world.values(site.resource, f"{options}-value", site):
                    yield from self.of_file(f"its FireLens configuration {shown(value)}", ROUTER, value)

    def of_file(self, title: str, at: str, value: Value) -> Iterator[Need]:
        """Yield the needs of a file: to read it, and to read in which region its bucket is.

        Args:
            title: what it is called.
            at: the title of its destination.
            value: its ARN.
        """
        arn = self._arns.written(value) if isinstance(value, (str, Text)) else ANYTHING
        made = self._bucket(value) if isinstance(value, (str, Text)) else None
        there = Answer(None, f"the bucket of {shown(value)} is not in the templates")
        if made is not None:
            is_object = _starts_as_arn(value) and _bucket_of(arn) != ANYTHING
            there = Answer(True) if is_object else Answer(None, f"{shown(value)} is no ARN of an object")
        elsewhere = f"the region of {shown(value)} is not known"
        asks = Ask(Who.EXECUTION_ROLE, (FILE_ACTION,), arn, made=made)
        yield Need(title, asks, Destination("s3", title=at), there, elsewhere=elsewhere)
        asks = Ask(Who.EXECUTION_ROLE, (LOCATION_ACTION,), _bucket_of(arn), made=made)
        yield Need(title, asks, Nothing("it is asked where the file is"), there)
        if made is not None:
            for key in self.world.values(made, _KEY):
                yield from self._keys.needs(title, key, "s3", self.world.pseudo(made.template, "AWS::Region"))

    def _bucket(self, value: str | Text) -> Resource | None:
        """Return the bucket of the templates that the ARN of a file names."""
        for piece in pieces_of(value):
            if isinstance(piece, Hole) and piece.resource is not None and piece.resource.type == BUCKET:
                return piece.resource
        parts = split(value)
        name = parts[5].partition("/")[0] if len(parts) > 5 and isinstance(parts[5], str) else None
        for bucket in self.world.root.named(BUCKET, "BucketName", name) if name else ():
            if self.world.exists(bucket) and self.world.value(bucket, "BucketName") == name:
                return bucket
        return None


def _starts_as_arn(value: Value) -> bool:
    """Return whether a value starts as an ARN does, by its own text or by that of a bucket."""
    first = pieces_of(value)[0] if isinstance(value, (str, Text)) else ""
    return first.startswith("arn:") if isinstance(first, str) else first.attribute == "Arn"


def _bucket_of(arn: str | Text) -> str | Text:
    """Return the ARN of the bucket of an object: all before the first slash."""
    found: list[str | Hole] = []
    for piece in pieces_of(arn):
        start, slash, _ = piece.partition("/") if isinstance(piece, str) else (piece, "", "")
        found.append(start)
        if slash:
            return text(*found)
    return ANYTHING
