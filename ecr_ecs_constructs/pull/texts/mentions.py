"""All that stands anywhere in the properties of a resource, whatever its properties mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ecr_ecs_constructs.cloudformation.conditions.worlds import World, Worlds, asked
from ecr_ecs_constructs.cloudformation.template import Node, Resource, Template, near
from ecr_ecs_constructs.cloudformation.values import Hole, Text, Value, pieces_of

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
    return (part for _, part in mentioned_by_key(worlds, resource))


def mentioned_by_key(worlds: Worlds, resource: Resource) -> Iterator[tuple[str, str | Hole | None]]:
    """Yield all that `mentioned` does, each with the key of the innermost object that it stands in."""
    nodes: list[tuple[str, Node]] = [("", worlds.written(resource))]
    values: list[tuple[str, Value]] = []
    while nodes:
        key, node = nodes.pop()
        if type(node) is list:
            nodes += [(key, each) for each in node]
        elif type(node) is dict and not any(name == "Ref" or name[:4] == "Fn::" for name in node):
            nodes += node.items()
        elif type(node) is dict:
            branches = worlds.branches(resource.template, node)
            if branches is None:
                yield key, None
            else:
                values += [(key, branch.value) for branch in branches]
        elif type(node) is str:
            yield key, node
    while values:
        key, value = values.pop()
        if isinstance(value, list):
            values += [(key, each) for each in value]
        elif isinstance(value, dict):
            values += value.items()
        elif isinstance(value, Text):
            yield from ((key, piece) for piece in value.pieces)
        elif isinstance(value, str):
            yield key, value


def mention(part: str | Hole | None) -> Mention:
    """Return a part of a property as a mention: the resource itself, whatever it is referred to by."""
    return part.resource if isinstance(part, Hole) and part.resource is not None else part


_ARN = re.compile(r".*:(?:repository/(.+)|role/(?:.*/)?([^/]+))", re.DOTALL)
"""The end of the ARN of what is named by its own name: a repository, whose name may have slashes, or a role."""


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


def makers_in(template: Template) -> Iterator[Resource]:
    """Yield what may make anything at deployment, or change it, in a template."""
    for maker in dict.fromkeys((*template.opaque, *template.custom)):
        if maker.type not in INERT:
            yield maker


@asked
def maker_of(world: World, resource: Resource, name: str = "") -> str:
    """Return the name of what may change a resource since it is given that, or its name; empty where nothing may.

    Args:
        world: the world in which it is asked.
        resource: the resource.
        name: the property that names it; it is given by reference alone if not given.
    """
    value = world.value(resource, name) if name else None
    pieces = pieces_of(value) if isinstance(value, (str, Text)) else ()
    maker = maker_given(world, resource, map(mention, pieces) if len(pieces) == 1 else ())
    return "" if maker is None else maker.logical_id


@asked
def _makers(world: World) -> Mapping[Mention, Sequence[Resource]]:
    """Return what may make anything at deployment by what it is given."""
    found: dict[Mention, dict[Resource, None]] = {}
    for template in world.root.templates:
        for maker in makers_in(template):
            for part in mentioned(world.root, maker):
                found.setdefault(mention(part), {})[maker] = None
                if isinstance(part, str) and (arn := _ARN.fullmatch(part)) is not None:
                    found.setdefault(arn[1] or arn[2], {})[maker] = None
    return {part: tuple(makers) for part, makers in found.items()}
