"""The secrets that a container is given: of AWS Secrets Manager, or parameters of AWS Systems Manager.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html
    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html (incomplete ARNs)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld
from ecr_ecs_constructs.cloudformation.template import Resource, Template, agree
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, Value, pieces_of, shown, text
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.iam.actions import PARAMETER_ACTION, SECRET_ACTION
from ecr_ecs_constructs.pull.iam.arns import SECRET, SUFFIX, Arns
from ecr_ecs_constructs.pull.needs.keys import Keys
from ecr_ecs_constructs.pull.needs.need import Ask, Destination, Need, Who
from ecr_ecs_constructs.pull.needs.regions import regional, split
from ecr_ecs_constructs.pull.needs.secret_values import PARAMETER, SecretValues

SECRET_TITLE = "the secret"  # noqa: S105 - the words for one
"""The title of a destination that is known only at deployment."""

_ACTIONS: Mapping[str, str] = {"secretsmanager": SECRET_ACTION, "ssm": PARAMETER_ACTION}
_SERVICES: Mapping[str, str] = {
    SECRET: "secretsmanager",
    "AWS::SecretsManager::SecretTargetAttachment": "secretsmanager",
    PARAMETER: "ssm",
}
_ATTRIBUTES = ("MasterUserSecret.SecretArn", "MasterPasswordSecretArn")
"""The attributes that name a secret which another resource has made."""

_KEYS: Mapping[str, str] = {SECRET: "KmsKeyId", "AWS::Redshift::Cluster": "MasterPasswordSecretKmsKeyId"}
"""By the type of a resource: its property with the key of a secret; of a database, that of its master user."""

_COMPLETE = re.compile(f".*-{SUFFIX}", re.DOTALL)
_MAY_END = Hole(Kind.ANYTHING, "the six characters of a secret's ARN", pattern=f"(?:-{SUFFIX})?")
_ENDS = Hole(Kind.ANYTHING, "the six characters of a secret's ARN", pattern=SUFFIX)


class _Named(NamedTuple):
    """A secret that a value names.

    Attributes:
        destination: where it is had.
        arn: its ARN.
        made: the resource of the templates that it is; None where it is not in them.
        account: its account, where that may be another one than that of the task; else nothing.
        region: its region.
        there: whether it surely is there, with what is read of it.
        key: the key that it is encrypted by; None for the one of AWS.
    """

    destination: Destination
    arn: str | Text
    there: Answer
    made: Resource | None = None
    account: str | Text = ""
    region: str | Text = ""
    key: Value = None


class Secrets(InWorld):
    """The secrets that values name, in one world.

    Args:
        arns: the ARNs of what the templates define.
    """

    def __init__(self, arns: Arns) -> None:
        self.world = arns.world
        self._arns = arns
        self._keys = Keys(arns)
        self._values = SecretValues(arns.world)

    def needs(self, title: str, value: Value, template: Template) -> Iterator[Need]:
        """Yield the needs of a secret.

        Args:
            title: what it is called.
            value: the value that names it.
            template: where that stands.
        """
        named = self._read(value, template)
        if named is None:
            why = f"whose {shown(value)} is, is known only at deployment"
            value = value if isinstance(value, (str, Text)) else text(Hole(Kind.ANYTHING, shown(value)))
            for service, action in _ACTIONS.items():
                asks = Ask(Who.EXECUTION_ROLE, (action,), self._arns.written(split(value)[0]), account=value)
                yield Need(title, asks, Destination(service, Answer(None, why), SECRET_TITLE), perhaps=why)
            return
        destination, arn, there, made, account, region, key = named
        action = _ACTIONS[destination.service]
        asks = Ask(Who.EXECUTION_ROLE, (action,), arn, made=made, account=account, region=region)
        yield Need(title, asks, destination, there)
        if key is not None:
            yield from self._keys.needs(title, key, destination.service, region)

    def _read(self, value: Value, template: Template) -> _Named | None:
        """Return the secret that a value names, None where it is known only at deployment which service has it."""
        if not isinstance(value, (str, Text)):
            return None
        first, parts = pieces_of(value)[0], split(value)
        if isinstance(first, Hole) and first.resource is not None:
            return self._by_reference(value, first, first.resource, template)
        if isinstance(first, str) and (first.startswith("/") or (first == value and parts[0] != "arn")):
            region = self.world.pseudo(template, "AWS::Region")
            there = self._values.of_parameter(value, template)
            return _Named(Destination("ssm"), self._parameter(value, template), there, region=region)
        if len(parts) > 5 and parts[0] == "arn" and parts[2] in _ACTIONS:
            return self._by_arn(value, parts, template)
        return None

    def _by_reference(self, value: str | Text, first: Hole, named: Resource, template: Template) -> _Named | None:
        """Return the secret of a value that begins with what a resource returns."""
        region, service = self.world.pseudo(template, "AWS::Region"), _SERVICES.get(named.type)
        if service == "ssm":
            arn = self._parameter(value, named.template)
            return _Named(Destination(service), arn, self._values.of_parameter(value, template), named, region=region)
        if service is not None or (first.attribute in _ATTRIBUTES and named.type.startswith("AWS::")):
            there = self._values.of_secret(split(value), Text((first,)), named)
            arn, made = self._arns.written(Text((first,))), self._arns.secret_of(named)
            key = self._key(named if made is None else made)
            return _Named(Destination("secretsmanager"), arn, there, made, region=region, key=key)
        return None

    def _key(self, made: Resource) -> Value:
        """Return the key of a secret, or of the secret that a database makes; None for the one of AWS."""
        return self.world.value(made, _KEYS.get(made.type, "MasterUserSecret.KmsKeyId"))

    def _parameter(self, name: str | Text, template: Template) -> str | Text:
        """Return the ARN of a parameter by its name: a slash at the start of a name is that of the ARN."""
        name = self._arns.written(name)
        first = pieces_of(name)[0]
        slash = "" if isinstance(first, str) and first.startswith("/") else "/"
        return self._arns.of_service("ssm", template, "parameter", slash, name)

    def _by_arn(self, value: str | Text, parts: list[str | Text], template: Template) -> _Named:
        """Return the secret of an ARN, behind which a key, a stage and a version may stand."""
        service, region, account = str(parts[2]), parts[3], parts[4]
        destination = regional(service, region, template)
        if service == "ssm" or len(parts) < 7:
            there = self._values.of_parameter_arn(parts, template)
            return _Named(destination, self._arns.written(value), there, None, account, region)
        name, start = parts[6], [part for each in parts[:6] for part in (each, ":")]
        made = self._secret_named(name, region, account, template)
        there = self._values.of_secret(parts[6:], name, made)
        if made is not None:
            return _Named(destination, self._arns.secret(made), there, made, account, region, self._key(made))
        last = pieces_of(name)[-1]
        if isinstance(last, Hole):
            end: tuple[str | Hole, ...] = (_MAY_END,) if last.pattern != SUFFIX else ()
        else:
            end = () if _COMPLETE.fullmatch(last) else ("-", _ENDS)
        return _Named(destination, self._arns.written(text(*start, name, *end)), there, None, account, region)

    def _secret_named(
        self, name: str | Text, region: str | Text, account: str | Text, template: Template
    ) -> Resource | None:
        """Return the secret of the templates that has a name which is known, in an account and a region."""
        if not isinstance(name, str) or _COMPLETE.fullmatch(name):
            return None
        for secret in self.world.root.named(SECRET, "Name", name):
            where = secret.template
            is_there = _is_of(region, where.region, template.region) and _is_of(
                account, where.account, template.account
            )
            if is_there and self.world.exists(secret) and self.world.value(secret, "Name") == name:
                return secret
        return None


def _is_of(written: str | Text, known: str | None, own: str | None) -> bool:
    """Return whether an account, or a region, of an ARN may be that of a resource.

    Args:
        written: the one in the ARN.
        known: the one of the resource.
        own: the one of the template in which the ARN stands.
    """
    return agree(own, known) if isinstance(written, Text) else agree(written, known)
