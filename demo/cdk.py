"""The CDK command line, told about the embedded AWS and nothing else."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.emulator import ACCOUNT, REGION, ROOT, Emulator
from demo.processes import running

_QUIET = ("--no-notices", "--no-color", "--version-reporting=false")
_DEPLOY = ("--require-approval=never", "--progress=events", "--method=direct", "--concurrency=4")
_PATIENCE_SECONDS = 600.0


class CommandError(RuntimeError):
    """A command did not do its work."""


@dataclass(frozen=True)
class Cdk:
    """The CDK command line of this project.

    Attributes:
        emulator: where it deploys.
        folder: where it writes the cloud assembly and its log.
        app: the folder of the app, with a `cdk.json`.
        context: settings for the app, besides those of `cdk.json`.
    """

    emulator: Emulator
    folder: Path
    app: Path = ROOT
    context: Mapping[str, str] | None = None

    @property
    def log(self) -> Path:
        """What the commands say."""
        return self.folder / "cdk.log"

    @property
    def assembly(self) -> Path:
        """The templates, synthesized once for all deployments."""
        return self.folder / "cdk.out"

    @property
    def templates(self) -> dict[str, dict[str, Any]]:
        """The templates by the names of their stacks."""
        manifest = json.loads((self.assembly / "manifest.json").read_text(encoding="utf-8"))
        return {
            artifact["properties"].get("stackName", name): json.loads(
                (self.assembly / artifact["properties"]["templateFile"]).read_text(encoding="utf-8")
            )
            for name, artifact in manifest["artifacts"].items()
            if artifact["type"] == "aws:cloudformation:stack"
        }

    def synth(self) -> None:
        """Write the templates."""
        context = [f"--context={key}={value}" for key, value in (self.context or {}).items()]
        self._run("synth", "--quiet", f"--output={self.assembly}", *context, cwd=self.app)

    def bootstrap(self) -> None:
        """Prepare account and region for CDK."""
        self._run("bootstrap", f"aws://{ACCOUNT}/{REGION}")

    def deploy(self, *stacks: str) -> None:
        """Deploy stacks from the templates, with those that they depend on.

        Args:
            stacks: their names; all, if there are none.
        """
        self._run("deploy", f"--app={self.assembly}", *_DEPLOY, *(stacks or ("--all",)))

    def _run(self, command: str, *arguments: str, cwd: Path | None = None) -> None:
        program = ROOT / "node_modules" / ".bin" / "cdk"
        if not program.exists():
            raise CommandError(f"there is no {program}: 'make demo' installs it")
        with (
            self.log.open("a", encoding="utf-8") as log,
            # Where there is a cdk.json, every command synthesizes the app anew.
            running(
                [str(program), command, *arguments, *_QUIET],
                env=self.emulator.environment,
                log=log,
                cwd=cwd or self.folder,
            ) as process,
        ):
            try:
                code = process.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                raise CommandError(f"cdk {command} did not end in {_PATIENCE_SECONDS:.0f} s") from None
        if code:
            raise CommandError(f"cdk {command} ended with exit code {code}")
