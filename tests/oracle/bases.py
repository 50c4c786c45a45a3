"""The templates that conditions are put into."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.template import Template, check_shape

Body = dict[str, Any]
SNAPSHOTS = Path(__file__).parents[1] / "snapshots"
BASES = Path(__file__).parents[1] / "data" / "bases"
REFERENCE_APPS = {
    "reference-ec2": ("EcrEcsRepositories", "EcrEcsCluster", "EcrEcsEc2Service"),
    "reference-fargate": ("EcrEcsRepositories", "EcrEcsCluster", "EcrEcsFargateService"),
}


class Part(NamedTuple):
    """One template of a base.

    Attributes:
        name: what it is called in reports, and the name of its stack.
        body: the template.
        account: the account that it is deployed to, where that is fixed.
        region: its region, where that is fixed.
    """

    name: str
    body: Body
    account: str | None = None
    region: str | None = None


NAMES = (*REFERENCE_APPS, *sorted(path.stem for path in BASES.iterdir() if path.suffix != ".md"))


@cache
def base(name: str) -> tuple[Part, ...]:
    """The templates of a base, without what decides nothing here."""
    if name in REFERENCE_APPS:
        files = [SNAPSHOTS / f"{stack}.template.json" for stack in REFERENCE_APPS[name]]
        return tuple(
            Part(file.name.partition(".")[0], _bare(json.loads(file.read_text(encoding="utf-8")))) for file in files
        )
    path = BASES / name
    loaded = load([path if path.is_dir() else path.with_suffix(".yaml")])
    return tuple(
        Part(one.stack_name or Path(one.name).stem, _bare(dict(one.body)), one.account, one.region) for one in loaded
    )


def templates(parts: Sequence[Part]) -> list[Template]:
    """Return the templates of parts.

    Raises:
        TemplateError: a part has not the form of a template.
    """
    for part in parts:
        check_shape(part.body, part.name)
    return [Template(one.name, one.body, stack_name=one.name, account=one.account, region=one.region) for one in parts]


def _bare(body: Body) -> Body:
    resources = {
        name: {key: value for key, value in resource.items() if key not in ("Metadata", "DependsOn")}
        for name, resource in body["Resources"].items()
        if resource["Type"] != "AWS::CDK::Metadata"
    }
    kept = {key: value for key, value in body.items() if key in ("Parameters", "Mappings", "Outputs")}
    return {**kept, "Resources": resources}
