"""The regions and the accounts of what is needed, and the parts of ARNs."""

from __future__ import annotations

from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, Value, pieces_of, shown, text
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.needs.need import Ask, Destination


def split(value: str | Text) -> list[str | Text]:
    """Return the parts of an ARN between colons; a part that is not all literal is a text."""
    parts: list[list[str | Hole]] = [[]]
    for piece in pieces_of(value):
        first, *others = piece.split(":") if isinstance(piece, str) else (piece,)
        parts[-1].append(first)
        parts += [[other] for other in others]
    return [text(*part) for part in parts]


def owner_of(asks: Ask) -> str | Text:
    """Return the account of what is asked for: the one that is given, or that of its ARN; nothing where it has none."""
    parts = split(asks.resource)
    return asks.account or (parts[4] if len(parts) > 5 else "")


def regional(service: str, region: Value, template: Template) -> Destination:
    """Return a service in a region; the stack's own where none is given."""
    served = Answer(True) if region == "" else is_local(region, template.region)
    other = "" if served.truth or not isinstance(region, (str, Text)) else region
    return Destination(service, served, region=other)


def is_local(region: Value, own: str | None) -> Answer:
    """Return whether a region is that of the stack, so that VPC endpoints lead to its services."""
    if isinstance(region, str):
        truth = None if own is None else region == own
    else:
        hole = region.pieces[0] if isinstance(region, Text) and len(region.pieces) == 1 else None
        truth = True if isinstance(hole, Hole) and hole.kind is Kind.REGION else None
    if truth:
        return Answer(True)
    if truth is None:
        return Answer(None, f"it is not known whether {shown(region)} is the region of the VPC")
    return Answer(False, f"VPC endpoints do not lead to region {shown(region)}")
