"""The facts about machine images that the template of a stack vouches for: `vouch_for_image`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack

from ecr_ecs_constructs.cloudformation.template import METADATA_KEY

if TYPE_CHECKING:
    import datetime as dt

    from constructs import IConstruct


def vouch_for_image(scope: IConstruct, name: str, *, based_on: str, reason: str, until: dt.date | None) -> None:
    """Write into the template of a stack what a machine image is built from, so that it is judged as that image.

    Args:
        scope: the construct that uses the image.
        name: the SSM parameter of the image.
        based_on: the public SSM parameter of the image that it is built from.
        reason: how that is known.
        until: the last day on which it counts; None for no end.
    """
    options = Stack.of(scope).template_options
    metadata = dict(options.metadata or {})
    own = dict(metadata.get(METADATA_KEY) or {})
    fact = {"ami": name, "based-on": based_on, "reason": reason}
    if until is not None:
        fact["until"] = until.isoformat()
    facts = [*own.get("vouch", [])]
    if fact not in facts:
        options.metadata = {**metadata, METADATA_KEY: {**own, "vouch": [*facts, fact]}}
