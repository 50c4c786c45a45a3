"""The answers about what lives elsewhere that a project vouches for, and a template for its machine images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.forms import Misfit, misfit_of
from ecr_ecs_constructs.cloudformation.template import METADATA_KEY, Node, Template
from ecr_ecs_constructs.cloudformation.vouches import IN_TEMPLATE, IN_TEMPLATES, Vouch, vouch_of
from ecr_ecs_constructs.pull.ami import Ami, base_of
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
    return None if target is not None and target.resource is not None else vouched_instances(world, target)


def vouched_instances(world: World, target: Target | None) -> Answer | None:
    """Return that the instances of a cluster have what their tasks need, where a project vouches for it.

    Args:
        world: the world.
        target: the cluster, which may be in the templates; None for the default one of the account.
    """
    if target is not None and target.doubt:
        return None
    return vouched(world, "cluster", "default" if target is None else target)


def vouched(world: World, kind: str, name: object) -> Answer | None:
    """Return that something elsewhere is right, where a project vouches for it; None where it does not.

    Args:
        world: the world.
        kind: what it is: `repository`, `subnet`, `security-group`, `role` or `cluster`; `ami` is asked
            by `vouched_ami`.
        name: what the templates call it.
    """
    found = world.root.vouches.of(kind, str(name))
    return None if found is None else Answer(True, f"{kind} {name}, {found.evidence}")


def vouched_ami(world: World, template: Template, image: Ami) -> Ami:
    """Return a machine image as that which it is built from, where a project or its template vouches for it.

    Args:
        world: the world.
        template: the template that names the image.
        image: the image.
    """
    vouch = world.root.vouches.of("ami", str(image), template.name) if image.is_open else None
    base = None if vouch is None else base_of(vouch.based_on)
    if vouch is None or base is None:
        return image
    return image._replace(product=base.product, architecture=base.architecture, vouched=vouch.evidence)


def misvouched(table: Mapping[str, Node]) -> Misfit | None:
    """Return the first part of a fact that is vouched for that is not as it must be, though it has the form for it."""
    until, based_on = table.get("until"), table.get("based-on")
    try:
        date.fromisoformat(str(until)) if until is not None else None
    except ValueError:
        return Misfit(("until",), "must be a day that there is")
    if based_on is not None and base_of(str(based_on)) is None:
        return Misfit(("based-on",), "must be the public SSM parameter of an ECS-optimized image that is known")
    return None


def vouched_in(template: Template) -> Iterator[Vouch]:
    """Yield what a template vouches for in its `Metadata`, with what has not the form for it.

    Args:
        template: the template.
    """
    own = template.section("Metadata").get(METADATA_KEY)
    if own is None:
        return
    place = f"Metadata.{METADATA_KEY}"
    misfit = misfit_of(own, IN_TEMPLATES)
    if misfit is not None:
        yield _flawed(template, place, misfit)
    entries = own.get("vouch") if isinstance(own, dict) else None
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        yield _vouched(template, f"{place}.vouch[{index}]", entry)


def _vouched(template: Template, location: str, entry: Node) -> Vouch:
    misfit = misfit_of(entry, IN_TEMPLATE)
    if not isinstance(entry, dict):
        return _flawed(template, location, misfit or Misfit((), "must be a table"))
    misfit = misfit or misvouched(entry)
    if misfit is not None:
        return _flawed(template, location, misfit)
    line, column = _written(template, location)
    return vouch_of("ami", entry, template.name, line, location)._replace(column=column, template=template.name)


def _flawed(template: Template, location: str, misfit: Misfit) -> Vouch:
    where = location + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in misfit.path)
    line, column = _written(template, where)
    return Vouch(
        kind="ami",
        names=(),
        reason="",
        until=None,
        file=template.name,
        line=line,
        location=where,
        column=column,
        template=template.name,
        flaw=f"it {misfit.words}",
    )


def _written(template: Template, location: str) -> tuple[int, int]:
    """Return the line and the column of a place in a template, 0 and 0 where it was not read from a file."""
    if template.positions is None:
        return 0, 0
    found = template.positions.of("", location)
    return found.line, found.column
