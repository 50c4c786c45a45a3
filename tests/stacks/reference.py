"""The reference app as its `cdk.json` has it, synthesized for tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ecr_ecs_constructs.stacks.app import ReferenceApp

ROOT = Path(__file__).resolve().parents[2]
CONTEXT: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]

STACKS = ("EcrEcsRepositories", "EcrEcsCluster", "EcrEcsEc2Service", "EcrEcsFargateService")


def reference_app(outdir: Path | None = None, /, **settings: object) -> ReferenceApp:
    """The app with some of its settings changed."""
    changed = {f"ecr-ecs:{name}": value for name, value in settings.items()}
    return ReferenceApp(context=CONTEXT | changed, outdir=None if outdir is None else str(outdir))


def synthesize(outdir: Path, /, **settings: object) -> dict[str, Any]:
    """The templates of the app, by the names of the stacks."""
    reference_app(outdir, **settings).synth()
    return {stack: json.loads((outdir / f"{stack}.template.json").read_text(encoding="utf-8")) for stack in STACKS}


def resources(template: Any, kind: str) -> list[Any]:
    """The properties of all resources of a type."""
    return [each.get("Properties", {}) for each in template["Resources"].values() if each["Type"] == kind]
