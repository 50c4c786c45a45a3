"""All that stands anywhere in the properties of a resource, whatever its properties mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ecr_ecs_constructs.cloudformation.conditions.worlds import World, Worlds, asked
from ecr_ecs_constructs.cloudformation.template import Node, Resource, near
from ecr_ecs_constructs.cloudformation.values import Hole, Text, Value

Mention = Resource | Hole | str | None
"""A part of a property: a reference to a resource, another part that is known only at deployment, a literal; None for
any."""

INERT = frozenset(
    {
        "Custom::AWSCDKCfnJson",
        "Custom::CrossRegionExportReader",
        "Custom::CrossRegionExportWriter",
        "Custom::ECRAutoDeleteImages",
        "Custom::LogRetention",
        "Custom::S3AutoDeleteObjects",
        "Custom::S3BucketNotifications",
        "Custom::VpcRestrictDefaultSG",
    }
)
"""The custom resources of the CDK whose effect is known: none runs a task, pushes an image, or makes a way or a policy.

Source: https://github.com/aws/aws-cdk/tree/main/packages/%40aws-cdk/custom-resource-handlers
"""

COPYING = frozenset({"Custom::CDKBucketDeployment", "Custom::CDKECRDeployment"})
"""The custom resources of the CDK and of cdk-ecr-deployment that copy files, or images, and do nothing else."""


def mentioned(worlds: Worlds, resource: Resource) -> Iterator[str | Hole | None]:
    """Yield each literal, and each part of a text that is known only at deployment, of a resource in any world.

    None is among them where too many worlds tell it: anything may stand there.
    """
    nodes: list[Node] = [worlds.written(resource)]
    values: list[Value] = []
    while nodes:
        node = nodes.pop()
        if type(node) is list:
            nodes += node
        elif type(node) is dict and not any(key == "Ref" or key[:4] == "Fn::" for key in node):
            nodes += node.values()
        elif type(node) is dict:
            branches = worlds.branches(resource.template, node)
            if branches is None:
                yield None
            else:
                values += [branch.value for branch in branches]
        elif type(node) is str:
            yield node
    while values:
        value = values.pop()
        if isinstance(value, (list, dict)):
            values += value if isinstance(value, list) else value.values()
        elif isinstance(value, Text):
            yield from value.pieces
        elif isinstance(value, str):
            yield value


def mention(part: str | Hole | None) -> Mention:
    """Return a part of a property as a mention: the resource itself, whatever it is referred to by."""
    return part.resource if isinstance(part, Hole) and part.resource is not None else part


def maker_given(world: World, resource: Resource, names: Iterable[Mention] = ()) -> Resource | None:
    """Return what may make anything at deployment and is given a resource, or one of its names; None if nothing is."""
    return next(makers_given(world, resource, names), None)


def makers_given(world: World, resource: Resource, names: Iterable[Mention] = ()) -> Iterator[Resource]:
    """Yield all that may make anything at deployment and is given a resource, or one of its names."""
    found = _makers(world)
    for key in (resource, None, *names):
        for maker in found.get(key, ()):
            if near(maker.template, resource.template) and world.exists(maker):
                yield maker


@asked
def _makers(world: World) -> Mapping[Mention, Sequence[Resource]]:
    """Return what may make anything at deployment by what it is given."""
    found: dict[Mention, dict[Resource, None]] = {}
    for template in world.root.templates:
        for maker in dict.fromkeys((*template.opaque, *template.custom)):
            for part in mentioned(world.root, maker):
                found.setdefault(mention(part), {})[maker] = None
    return {part: tuple(makers) for part, makers in found.items()}
