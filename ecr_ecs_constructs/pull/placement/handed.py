"""Resources that may run a task definition since they are handed it: custom ones, functions, stacks that are not read.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
    https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.custom_resources.AwsCustomResource.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ecr_ecs_constructs.cloudformation.conditions.worlds import World, Worlds, asked
from ecr_ecs_constructs.cloudformation.template import Resource, near
from ecr_ecs_constructs.cloudformation.values import Text, Value, pieces_of
from ecr_ecs_constructs.pull.texts.documents import read_document
from ecr_ecs_constructs.pull.texts.mentions import COPYING, Mention, makers_in, mention, mentioned_by_key
from ecr_ecs_constructs.pull.texts.references import DAEMON_DEFINITION, JOB_DEFINITION, TASK_DEFINITION

_NAMES: Mapping[str, str] = {
    TASK_DEFINITION: "Family",
    DAEMON_DEFINITION: "Family",
    JOB_DEFINITION: "JobDefinitionName",
}
"""The property that names a definition, by its type."""

_FUNCTIONS = ("AWS::Lambda::Function", "AWS::Serverless::Function")

_NAMED = re.compile("task|famil|job", re.IGNORECASE)
"""A key behind which a name is that of a task: `TASK_FAMILY`. Behind others it may be of anything."""

_ARN = re.compile(r".*(?:task|job)-definition/([^/:]+)(?::\d+)?", re.DOTALL)
"""The end of the ARN of a definition, with its name."""

_REVISION = re.compile(r":\d+\Z")
"""The end of a name with the revision of a definition."""

_CALLING = "Custom::AWS"
"""The custom resource of the CDK that makes one call of a service when it is made, and one when it is updated."""

_RUNS_NOTHING = re.compile("describe|list|get|tag|untag|put_?parameter", re.IGNORECASE)
"""The calls that run nothing, whatever they are handed."""


@asked
def handed(world: World, definition: Resource) -> tuple[Resource, ...]:
    """Return all that is handed a definition, or its name, and may run it anywhere or not at all."""
    found, name = _handed(world), world.value(definition, _NAMES[definition.type])
    pieces = pieces_of(name) if isinstance(name, (str, Text)) else ()
    names = map(mention, pieces) if len(pieces) == 1 else ()
    those = dict.fromkeys(each for key in (definition, None, *names) for each in found.get(key, ()))
    return tuple(each for each in those if near(each.template, definition.template) and world.exists(each))


@asked
def _handed(world: World) -> Mapping[Mention, Sequence[Resource]]:
    """Return what runs something of one's own by the definitions, and the names of such, that it is handed."""
    found: dict[Mention, dict[Resource, None]] = {}
    for template in world.root.templates:
        functions = (each for type_ in _FUNCTIONS for each in template.by_type.get(type_, ()))
        for each in (*makers_in(template), *functions):
            if each.type not in COPYING and not (each.type == _CALLING and _runs_nothing(world.root, each)):
                for part in _definitions(world.root, each):
                    found.setdefault(part, {})[each] = None
    return {part: tuple(each) for part, each in found.items()}


def _definitions(worlds: Worlds, resource: Resource) -> Iterator[Mention]:
    """Yield the definitions that a resource refers to, and what may be the name of one."""
    for key, part in mentioned_by_key(worlds, resource):
        what = mention(part)
        if isinstance(what, Resource):
            yield from (what,) if what.type in _NAMES else ()
        elif isinstance(what, str) and (arn := _ARN.fullmatch(what)) is not None:
            yield arn[1]
        elif what is None or _NAMED.search(key):
            yield _REVISION.sub("", what) if isinstance(what, str) else what


def _runs_nothing(worlds: Worlds, custom: Resource) -> bool:
    """Return whether a custom resource of the CDK surely calls nothing that runs a task."""
    calls = [worlds.every(custom, key) for key in ("Create", "Update")]
    return all(found is not None and all(map(_calls_nothing, found)) for found in calls)


def _calls_nothing(call: Value) -> bool:
    try:
        read = read_document(call) if isinstance(call, (str, Text)) else call
    except ValueError:
        return False
    action = read.get("action") if isinstance(read, dict) else None
    return isinstance(action, str) and _RUNS_NOTHING.match(action) is not None
