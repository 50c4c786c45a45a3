"""The answers about what lives elsewhere that a project vouches for."""

from __future__ import annotations

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.images import Image
from ecr_ecs_constructs.pull.texts.references import Target


def vouched_repository(world: World, image: Image) -> Answer | None:
    """Return that the repository of an image is right, where a project vouches for it by its registry or its name.

    Args:
        world: the world.
        image: the image, which must be a reference.
    """
    name = image.part("repository")
    registry = f"{image.part('account')}.dkr.ecr.{image.part('region')}.{image.part('suffix')}"
    return vouched(world, "repository", f"{registry}/{name}") or vouched(world, "repository", name)


def vouched_role(world: World, target: Target) -> Answer | None:
    """Return that a role is right, where a project vouches for it; None for one that may be in the templates, too."""
    return None if target.resource is not None or target.doubt else vouched(world, "role", target)


def vouched_cluster(world: World, target: Target | None) -> Answer | None:
    """Return that a cluster has what its tasks need, where a project vouches for it; None for one of the templates.

    Args:
        world: the world.
        target: the cluster; None for the default one of the account.
    """
    if target is not None and (target.resource is not None or target.doubt):
        return None
    return vouched(world, "cluster", "default" if target is None else target)


def vouched(world: World, kind: str, name: object) -> Answer | None:
    """Return that something elsewhere is right, where a project vouches for it; None where it does not.

    Args:
        world: the world.
        kind: what it is: `repository`, `subnet`, `security-group`, `role` or `cluster`.
        name: what the templates call it.
    """
    found = world.root.vouches.of(kind, str(name))
    return None if found is None else Answer(True, f"{kind} {name}, {found.evidence}")
