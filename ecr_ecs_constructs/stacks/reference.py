"""The choice among the reference apps: `reference_app`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_cdk import App

from ecr_ecs_constructs.stacks.app import ReferenceApp
from ecr_ecs_constructs.stacks.multi_account import MultiAccountApp
from ecr_ecs_constructs.stacks.settings import MULTI_ACCOUNT, PREFIX, REFERENCE, SINGLE_ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Mapping

_APPS: Final[Mapping[str, type[ReferenceApp | MultiAccountApp]]] = {
    SINGLE_ACCOUNT: ReferenceApp,
    MULTI_ACCOUNT: MultiAccountApp,
}


def reference_app(
    *, context: Mapping[str, object] | None = None, outdir: str | None = None
) -> ReferenceApp | MultiAccountApp:
    """Return the reference app that the setting `ecr-ecs:reference` names, that in a single account by default.

    Args:
        context: settings by their keys; those of the CDK command line come by themselves.
        outdir: the folder for the templates; None for the one that the CDK command line names.

    Raises:
        ValueError: there is no such app, or a setting of it is unknown or has a wrong value.
    """
    key = f"{PREFIX}{REFERENCE}"
    # Only an app reads what the CDK command line says; this one makes no templates.
    name = App(context=context, auto_synth=False).node.try_get_context(key) or SINGLE_ACCOUNT
    if name not in _APPS:
        raise ValueError(f"context {key!r} must be one of {', '.join(_APPS)}, got {name!r}: there is no such app")
    return _APPS[name](context=context, outdir=outdir)
