"""The values of secrets and parameters: whether the templates make them, with the part that a container is given.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
    https://github.com/aws/amazon-ecs-agent/blob/master/agent/taskresource/asmsecret/asmsecret.go (the parts of a name)
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World
from ecr_ecs_constructs.cloudformation.template import Resource, Template, agree, near
from ecr_ecs_constructs.cloudformation.values import Hole, Text, Value, flag, pieces_of, shown
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.iam.arns import SECRET
from ecr_ecs_constructs.pull.texts.pattern import same

PARAMETER, _ATTACHMENT = "AWS::SSM::Parameter", "AWS::SecretsManager::SecretTargetAttachment"
_STAGES = ("", "AWSCURRENT")
"""The version stages that every secret has: without one, the current version is read."""

_OF_DATABASE = frozenset({"engine", "host", "port"})
"""The keys that an attachment adds to the value of a secret."""

_MANAGED = frozenset({"username", "password"})
"""The keys of a secret that a database makes for its master user."""

_MANAGING: Mapping[str, str] = {
    **dict.fromkeys(
        ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::DocDB::DBCluster"), "ManageMasterUserPassword"
    ),
    "AWS::Redshift::Cluster": "ManageMasterPassword",
}
"""By the type of a database: the property with which it makes a secret for its master user."""

_TYPES = ("String", "StringList")
"""The types of parameters that CloudFormation makes."""


class SecretValues(InWorld):
    """The values of secrets and parameters in one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def of_secret(self, parts: Sequence[str | Text], name: str | Text, made: Resource | None) -> Answer:
        """Return whether a secret is there, with the key and the version that are read of it.

        Args:
            parts: its name or ARN, and what stands behind it between colons: a JSON key, a version stage, a version.
            name: its name, or its ARN.
            made: what makes it; None where that is not in the templates.
        """
        if made is None:
            return Answer(None, f"secret {shown(name)} is not in the templates")
        first, *others = parts
        if first != name:
            return Answer(None, f"secret {shown(first)} is not in the templates")
        managed = self._managed(made)
        if not managed.truth or not others:
            return managed
        if len(others) != 3:
            behind = ":".join(map(shown, others))
            return Answer(None, f":{behind} stands behind its ARN, in place of a key, a stage and a version")
        key, stage, version = others
        if stage not in _STAGES or version != "":
            named = stage if version == "" else version
            return Answer(None, f"which version of {made.logical_id} is {shown(named)} is known only at deployment")
        if key == "" or key in self._keys(made):
            return Answer(True)
        return Answer(None, f"the templates give the value of {made.logical_id} no key {shown(key)}")

    def _managed(self, made: Resource) -> Answer:
        """Return whether a database makes a secret for its master user, where it is one that need not."""
        managed = _MANAGING.get(made.type)
        if managed is None or flag(self.world.value(made, managed)):
            return Answer(True)
        return Answer(None, f"{made.logical_id} makes a secret only where {managed} is true")

    def _keys(self, made: Resource) -> frozenset[str]:
        """Return the keys that the value of a secret surely has."""
        if made.type == _ATTACHMENT:
            value = self.world.value(made, "SecretId")
            hole = value.pieces[0] if isinstance(value, Text) and len(value.pieces) == 1 else None
            secret = hole.resource if isinstance(hole, Hole) else None
            own = self._keys(secret) if secret is not None and secret.type == SECRET else frozenset()
            return own | _OF_DATABASE
        if made.type != SECRET:
            return _MANAGED
        generated = self.world.value(made, "GenerateSecretString.GenerateStringKey")
        template = self.world.value(made, "GenerateSecretString.SecretStringTemplate")
        if isinstance(generated, str) and template is not None:
            return _keys_in(template) | {generated}
        return _keys_in(self.world.value(made, "SecretString"))

    def of_parameter(self, name: str | Text, template: Template) -> Answer:
        """Return whether the templates make a parameter of a name; what stands behind a colon is a version."""
        first = pieces_of(name)[0]
        if isinstance(first, Hole) and first.resource is not None and first.resource.type == PARAMETER:
            is_name = name == Text((first,)) and first.attribute is None
            return self._of_made(first.resource) if is_name else _elsewhere(name)
        return self._named((name,), template)

    def of_parameter_arn(self, parts: Sequence[str | Text], template: Template) -> Answer:
        """Return whether the templates make the parameter of an ARN, which is given in its parts between colons."""
        last = parts[5]
        if len(parts) > 6:
            return Answer(None, f"which version of {shown(last)} is {shown(parts[6])} is known only at deployment")
        if not isinstance(parts[3], Text) and not agree(parts[3], template.region):
            return _elsewhere(last)
        if not isinstance(parts[4], Text) and not agree(parts[4], template.account):
            return _elsewhere(last)
        *_, end = pieces_of(last)
        if isinstance(end, Hole) and end.resource is not None and end.attribute is None:
            start = Text(pieces_of(last)[:-1]) if len(pieces_of(last)) > 1 else ""
            if end.resource.type == PARAMETER and start in (Text(("parameter",)), Text(("parameter/",))):
                return self._of_made(end.resource)
        if not isinstance(last, str):
            return _elsewhere(last)
        name = last.removeprefix("parameter")
        return self._named((name, name.removeprefix("/")), template)

    def _named(self, names: Sequence[str | Text], template: Template) -> Answer:
        for parameter in self.world.root.all(PARAMETER):
            where = parameter.template
            is_there = near(template, where) and self.world.exists(parameter)
            own = self.world.value(parameter, "Name") if is_there else None
            known = own if isinstance(own, (str, Text)) else ""
            if known and any(same(name, known, local=where is template) for name in names):
                return self._of_made(parameter)
        return _elsewhere(names[0])

    def _of_made(self, parameter: Resource) -> Answer:
        type_ = self.world.value(parameter, "Type", "String")
        if type_ in _TYPES:
            return Answer(True)
        return Answer(None, f"Type of parameter {parameter.logical_id} is {shown(type_)}")


def _elsewhere(name: str | Text) -> Answer:
    return Answer(None, f"parameter {shown(name)} is not in the templates")


def _keys_in(value: Value) -> frozenset[str]:
    """Return the keys of an object in JSON; none where the text is no such object, or is known only at deployment."""
    try:
        found = json.loads(value) if isinstance(value, str) else None
    except ValueError:
        return frozenset()
    return frozenset(found) if isinstance(found, dict) else frozenset()
