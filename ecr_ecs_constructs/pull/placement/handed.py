"""Resources that may run a task definition since they are handed it: custom ones, functions, stacks that are not read.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
    https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.custom_resources.AwsCustomResource.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Hole, Text, Value, pieces_of
from ecr_ecs_constructs.pull.texts.documents import read_document
from ecr_ecs_constructs.pull.texts.mentions import COPYING, INERT
from ecr_ecs_constructs.pull.texts.references import DAEMON_DEFINITION, JOB_DEFINITION, TASK_DEFINITION, References

_DEFINITIONS = (TASK_DEFINITION, DAEMON_DEFINITION, JOB_DEFINITION)
_FUNCTIONS = ("AWS::Lambda::Function", "AWS::Serverless::Function")

_NAMED = re.compile("task|famil|job", re.IGNORECASE)
"""A key behind which a name is that of a task: `TASK_FAMILY`. Behind others it may be of anything."""

_CALLING = "Custom::AWS"
"""The custom resource of the CDK that makes one call of a service when it is made, and one when it is updated."""

_RUNS_NOTHING = re.compile("describe|list|get|tag|untag|put_?parameter", re.IGNORECASE)
"""The calls that run nothing, whatever they are handed."""


class Handed(InWorld):
    """The resources that may run definitions since they are handed them, in one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    @asked
    def those(self, definition: Resource) -> tuple[Resource, ...]:
        """Return all that is handed a definition, and may run it anywhere or not at all."""
        found = self.world.root.candidates(_handed, _types(self.world), definition)
        return tuple(each for each in found if self.world.exists(each) and definition in _handed(self.world, each))


@asked
def _types(world: World) -> tuple[str, ...]:
    """Return the types of all that runs something of one's own, or may do so."""
    templates = world.root.templates
    made = (each.type for template in templates for each in (*template.opaque, *template.custom))
    functions = (type_ for template in templates for type_ in _FUNCTIONS if type_ in template.by_type)
    return tuple(type_ for type_ in dict.fromkeys((*made, *functions)) if type_ not in INERT | COPYING)


def _handed(world: World, resource: Resource) -> Sequence[Resource]:
    """Return the definitions that something is handed, and may run."""
    if resource.logical_id in resource.template.nested or (
        resource.type == _CALLING and _runs_nothing(world, resource)
    ):
        return ()
    values = world.values(resource, "")
    return tuple(dict.fromkeys(each for value in values for each in _in(References(world), value, resource.template)))


def _in(references: References, value: Value, template: Template, key: str = "") -> Iterator[Resource]:
    """Yield the definitions that a value refers to, or names behind a key that says so."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _in(references, each, template, name)
    elif isinstance(value, list):
        for each in value:
            yield from _in(references, each, template, key)
    elif isinstance(value, (str, Text)):
        holes = (piece.resource for piece in pieces_of(value) if isinstance(piece, Hole))
        yield from (each for each in holes if each is not None and each.type in _DEFINITIONS)
        is_arn = str(value).startswith("arn:")
        if is_arn or _NAMED.search(key):
            found = (references.of(value, type_, template).resource for type_ in _DEFINITIONS)
            yield from (each for each in found if each is not None)


def _runs_nothing(world: World, custom: Resource) -> bool:
    """Return whether a custom resource of the CDK surely calls nothing that runs a task."""
    calls = [call for key in ("Create", "Update") for call in world.values(custom, key)]
    return all(_RUNS_NOTHING.match(_action(call)) is not None for call in calls)


def _action(call: Value) -> str:
    """Return the action of a call in JSON, nothing where it is not known."""
    try:
        read = read_document(call) if isinstance(call, (str, Text)) else call
    except ValueError:
        return ""
    action = read.get("action") if isinstance(read, dict) else None
    return action if isinstance(action, str) else ""
