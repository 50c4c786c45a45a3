"""The ARNs of what the templates define, as far as AWS makes them of names.

Sources:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticfilesystem.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.evaluation.strings import split
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Rest, Text, Value, pieces_of, text
from ecr_ecs_constructs.pull.iam.requests import Principal
from ecr_ecs_constructs.pull.texts.references import JOB_DEFINITION, JOB_QUEUE, TASK_DEFINITION, Target

MANAGED_POLICY, POLICY_NAME = "AWS::IAM::ManagedPolicy", "ManagedPolicyName"
SECRET, PARAMETER, KEY = "AWS::SecretsManager::Secret", "AWS::SSM::Parameter", "AWS::KMS::Key"
LOG_GROUP, BUCKET = "AWS::Logs::LogGroup", "AWS::S3::Bucket"
FILE_SYSTEM, ACCESS_POINT = "AWS::EFS::FileSystem", "AWS::EFS::AccessPoint"
_ATTACHMENT = "AWS::SecretsManager::SecretTargetAttachment"

SUFFIX = "[A-Za-z0-9]{6}"
"""The end of a secret's ARN, which AWS Secrets Manager makes, behind a hyphen.

Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
"""

_SECRET_NAME = "[A-Za-z0-9/_+=.@-]+"  # noqa: S105 - the characters of a name


class Arns(InWorld):
    """The ARNs of what the templates define in one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    @asked
    def principal(self, role: Resource) -> Principal:
        """Return a role as a principal, with its ARN."""
        account, partition = self.account_and_partition(role.template)
        path = self._text(role, "Path", "/")
        arn = text("arn:", partition, ":iam::", account, ":role", path, self.role_name(role))
        return Principal(arn, account, partition)

    def account_and_partition(self, template: Template) -> tuple[str | Text, str | Text]:
        """Return the account and the partition that a template is deployed to."""
        account, partition = self._pseudo(template, "AccountId", "Partition")
        return account, partition

    def role_name(self, role: Resource) -> str | Text:
        """Return the name of a role, a reference to it where CloudFormation makes the name."""
        return self._text(role, "RoleName", reference(role))

    def managed_policy(self, policy: Resource) -> str | Text | None:
        """Return the ARN of a managed policy, None where its name is made, or known only at deployment."""
        name = self.world.value(policy, POLICY_NAME)
        if not isinstance(name, str):
            return None
        partition, account = self._pseudo(policy.template, "Partition", "AccountId")
        return text("arn:", partition, ":iam::", account, ":policy", self._text(policy, "Path", "/"), name)

    def cluster(self, cluster: Resource) -> str | Text:
        """Return the ARN of a cluster as `Fn::GetAtt` gives it: with a reference in place of its name."""
        return self.of_ecs(cluster.template, "cluster/", reference(cluster))

    def of_ecs(self, template: Template, *resource: str | Hole | Text) -> str | Text:
        """Return the ARN of what Amazon ECS holds in the account and region of a template.

        Args:
            template: the template.
            resource: the last part of the ARN: `cluster/`, and the name of a cluster.
        """
        partition, region, account = self._pseudo(template, "Partition", "Region", "AccountId")
        return text("arn:", partition, ":ecs:", region, ":", account, ":", *resource)

    def task_definition(self, definition: Resource) -> str | Text:
        """Return the ARN of a task definition as `Ref` gives it, in which a hole stands for the revision.

        Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-taskdefinition.html
        """
        last = self._revised(definition, "Family", "TaskDefinitionArn")
        return self.of_ecs(definition.template, "task-definition/", *last)

    def job_definition(self, definition: Resource) -> str | Text:
        """Return the ARN of a job definition of AWS Batch as `Ref` gives it, with a hole for its revision."""
        last = self._revised(definition, "JobDefinitionName", "JobDefinitionArn")
        return self.of_service("batch", definition.template, "job-definition/", *last)

    def _revised(self, definition: Resource, key: str, attribute: str) -> tuple[str | Text | Hole, ...]:
        """Return the name of a definition and a hole for its revision; one for both where CloudFormation names it."""
        name = self.world.value(definition, key)
        start: tuple[str | Text, ...] = (name, ":") if isinstance(name, (str, Text)) else ()
        pattern = "[0-9]+" if start else "[A-Za-z0-9_-]+:[0-9]+"
        return (*start, Hole(Kind.RESOURCE, definition.logical_id, definition, attribute, pattern))

    def job_queue(self, queue: Resource) -> str | Text:
        """Return the ARN of a job queue of AWS Batch."""
        name = self._text(queue, "JobQueueName", reference(queue))
        return self.of_service("batch", queue.template, "job-queue/", name)

    def role(self, target: Target, template: Template) -> str | Text:
        """Return the ARN of a role that a property means, of which Amazon ECS takes the name too.

        Args:
            target: the role.
            template: where the property stands.
        """
        value = target.value
        if target.resource is not None:
            return self.principal(target.resource).arn
        if target.doubt or not isinstance(value, (str, Text)):
            return Text((Hole(Kind.ANYTHING, str(target)),))
        if not isinstance(value, str) or value.startswith("arn:"):
            return value
        account, partition = self._pseudo(template, "AccountId", "Partition")
        return text("arn:", partition, ":iam::", account, ":role/", value)

    def of_service(self, service: str, template: Template, *resource: str | Hole | Text) -> str | Text:
        """Return the ARN of what a service holds in the account and region of a template.

        Args:
            service: the service: `ssm`.
            template: the template.
            resource: the last part of the ARN: `parameter/`, and the name of a parameter.
        """
        partition, region, account = self._pseudo(template, "Partition", "Region", "AccountId")
        return text("arn:", partition, ":", service, ":", region, ":", account, ":", *resource)

    def secret_of(self, resource: Resource) -> Resource | None:
        """Return the secret that a resource is, or is attached to; None where it is not in the templates."""
        if resource.type != _ATTACHMENT:
            return resource if resource.type == SECRET else None
        value = self.world.value(resource, "SecretId")
        hole = value.pieces[0] if isinstance(value, Text) and len(value.pieces) == 1 else None
        secret = hole.resource if isinstance(hole, Hole) and hole.attribute in (None, "Id") else None
        return secret if secret is not None and secret.type == SECRET else None

    @asked
    def secret(self, secret: Resource) -> str | Text:
        """Return the ARN of a secret, in which a hole stands for its name and the characters behind it."""
        name = self.world.value(secret, "Name")
        start: list[str | Hole | Text] = []
        if isinstance(name, Text):
            start, pattern = [name, "-"], SUFFIX
        else:
            pattern = f"{re.escape(name) if isinstance(name, str) else _SECRET_NAME}-{SUFFIX}"
        hole = Hole(Kind.RESOURCE, secret.logical_id, secret, "Name", pattern)
        return self.of_service("secretsmanager", secret.template, "secret:", *start, hole)

    def log_group(self, group: Resource) -> str | Text:
        """Return the ARN of a log group as `Fn::GetAtt` gives it: all that is in it."""
        return text(self.log_group_itself(group), ":*")

    def log_group_itself(self, group: Resource) -> str | Text:
        """Return the ARN of a log group without what is in it."""
        name = self._text(group, "LogGroupName", reference(group))
        return self.of_service("logs", group.template, "log-group:", name)

    def bucket(self, bucket: Resource) -> str | Text:
        """Return the ARN of a bucket."""
        (partition,) = self._pseudo(bucket.template, "Partition")
        return text("arn:", partition, ":s3:::", self._text(bucket, "BucketName", reference(bucket)))

    def kms_key(self, key: Resource) -> str | Text:
        """Return the ARN of a key."""
        return self.of_service("kms", key.template, "key/", reference(key))

    def file_system(self, system: Resource) -> str | Text:
        """Return the ARN of a file system of Amazon EFS."""
        return self.of_service("elasticfilesystem", system.template, "file-system/", reference(system))

    def access_point(self, point: Resource) -> str | Text:
        """Return the ARN of an access point of Amazon EFS."""
        return self.of_service("elasticfilesystem", point.template, "access-point/", reference(point))

    def written(self, value: str | Text) -> str | Text:
        """Return a text with each reference to what has an ARN, or a name of its own, written out."""
        for piece in pieces_of(value):
            if isinstance(piece, Hole) and (_form(piece) is not None or _item(piece) is not None):
                return text(*map(self._written, pieces_of(value)))
        return value

    def _written(self, piece: str | Hole) -> str | Hole | Text:
        if not isinstance(piece, Hole):
            return piece
        form, item = _form(piece), _item(piece)
        found: Value = None
        if form is not None and piece.resource is not None:
            found = form(self, piece.resource)
        elif item is not None:
            rest, index = item
            items = split(rest.separator, self.written(rest.whole))
            found = items[index] if index < len(items) else None
        return found if isinstance(found, (str, Text)) else piece

    def _attached(self, attachment: Resource) -> str | Text | None:
        secret = self.secret_of(attachment)
        return None if secret is None else self.secret(secret)

    def _pseudo(self, template: Template, *names: str) -> tuple[str | Text, ...]:
        return tuple(self.world.pseudo(template, f"AWS::{name}") for name in names)

    def _text(self, resource: Resource, path: str, absent: str | Text) -> str | Text:
        """Return a property that is a text, a hole where it is none."""
        value = self.world.value(resource, path, absent)
        return value if isinstance(value, (str, Text)) else unclear(resource, path)


_Form = Callable[[Arns, Resource], "str | Text | None"]


def _form(hole: Hole) -> _Form | None:
    """Return what writes a reference out, None where nothing does."""
    return None if hole.resource is None else _FORMS.get((hole.resource.type, hole.attribute))


def _item(hole: Hole) -> tuple[Rest, int] | None:
    """Return the text that a hole is an item of, as `Fn::Split` makes them, and its place among these."""
    match hole.origin:
        case (Rest() as rest, int(behind)):
            return rest, len(split(rest.separator, rest.whole)) - 1 + behind
    return None


def _named(path: str) -> _Form:
    """Return what writes the name of a resource out where the template gives it one."""

    def name(arns: Arns, resource: Resource) -> str | Text | None:
        value = arns.world.value(resource, path)
        return value if isinstance(value, (str, Text)) else None

    return name


_FORMS: Mapping[tuple[str, str | None], _Form] = {
    ("AWS::IAM::Role", "Arn"): lambda arns, role: arns.principal(role).arn,
    ("AWS::ECS::Cluster", "Arn"): Arns.cluster,
    (SECRET, None): Arns.secret,
    (SECRET, "Id"): Arns.secret,
    (_ATTACHMENT, None): Arns._attached,  # noqa: SLF001 - a part of the same class
    (_ATTACHMENT, "Id"): Arns._attached,  # noqa: SLF001 - a part of the same class
    (LOG_GROUP, "Arn"): Arns.log_group,
    (LOG_GROUP, None): _named("LogGroupName"),
    (PARAMETER, None): _named("Name"),
    (BUCKET, "Arn"): Arns.bucket,
    (BUCKET, None): _named("BucketName"),
    (KEY, "Arn"): Arns.kms_key,
    (TASK_DEFINITION, None): Arns.task_definition,
    (TASK_DEFINITION, "TaskDefinitionArn"): Arns.task_definition,
    (JOB_DEFINITION, None): Arns.job_definition,
    (JOB_DEFINITION, "JobDefinitionArn"): Arns.job_definition,
    (JOB_QUEUE, None): Arns.job_queue,
    (JOB_QUEUE, "JobQueueArn"): Arns.job_queue,
    (FILE_SYSTEM, "Arn"): Arns.file_system,
    (ACCESS_POINT, "Arn"): Arns.access_point,
    ("AWS::EC2::VPC", "VpcId"): lambda _, vpc: reference(vpc),
    ("AWS::EC2::VPCEndpoint", "Id"): lambda _, endpoint: reference(endpoint),
}
"""The functions that write references out, by the type of the resource and the attribute."""


def reference(resource: Resource) -> Text:
    """Return what `Ref` gives for a resource."""
    return Text((Hole(Kind.RESOURCE, resource.logical_id, resource),))


def unclear(resource: Resource, path: str) -> Text:
    """Return what stands for a property that is no text."""
    return Text((Hole(Kind.ANYTHING, f"{resource.logical_id}.{path}"),))
