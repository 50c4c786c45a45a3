"""The CDK command line, told about the embedded AWS and nothing else."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from demo.emulator import HOME, ROOT, Emulator, Environment
from demo.processes import running

_QUIET = ("--no-notices", "--no-color", "--version-reporting=false")
_DEPLOY = ("--require-approval=never", "--progress=events", "--method=direct", "--concurrency=4")
_PATIENCE_SECONDS = 600.0


class CommandError(RuntimeError):
    """A command did not do its work."""


class Stack(NamedTuple):
    """A stack of a cloud assembly.

    Attributes:
        path: by what the command line knows it.
        environment: where it is deployed.
        template: its template.
    """

    path: str
    environment: Environment
    template: dict[str, Any]

    @property
    def is_pipeline(self) -> bool:
        """True for a pipeline that deploys the rest; AWS CodePipeline is not emulated."""
        return any(each["Type"] == "AWS::CodePipeline::Pipeline" for each in self.template["Resources"].values())


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
    def stacks(self) -> dict[str, Stack]:
        """The stacks by their names, those of stages among them."""
        return dict(stacks_of(self.assembly))

    @property
    def deployed(self) -> dict[str, Stack]:
        """The stacks that are deployed here: a pipeline is not, and neither is what stands beside it for its sake."""
        stacks = self.stacks
        pipelines = [stack.path for stack in stacks.values() if stack.is_pipeline]
        below = tuple(f"{path}/" for path in pipelines)
        return {name: each for name, each in stacks.items() if not below or each.path.startswith(below)}

    @property
    def left_out(self) -> list[str]:
        """The names of the stacks that are not deployed here."""
        deployed = self.deployed
        return [name for name in self.stacks if name not in deployed]

    @property
    def templates(self) -> dict[str, dict[str, Any]]:
        """The templates of the stacks that are deployed here, by the names of these."""
        return {name: stack.template for name, stack in self.deployed.items()}

    @property
    def everything(self) -> tuple[str, ...]:
        """What makes `cdk deploy` deploy all stacks that are deployed here."""
        return tuple(f"{stack.path}/*/*" for stack in self.stacks.values() if stack.is_pipeline) or ("--all",)

    def synth(self) -> None:
        """Write the templates."""
        context = [f"--context={key}={value}" for key, value in (self.context or {}).items()]
        self._run("synth", "--quiet", f"--output={self.assembly}", *context, cwd=self.app)

    def bootstrap(self) -> None:
        """Prepare each account and region for CDK."""
        for environment in dict.fromkeys(stack.environment for stack in self.deployed.values()):
            self._run("bootstrap", str(environment), at=environment)

    def deploy(self, *stacks: str) -> None:
        """Deploy stacks from the templates, with those that they depend on.

        Args:
            stacks: their paths; all that are deployed here, if there are none.
        """
        self._run("deploy", f"--app={self.assembly}", *_DEPLOY, *(stacks or self.everything))

    def _run(self, command: str, *arguments: str, at: Environment = HOME, cwd: Path | None = None) -> None:
        program = ROOT / "node_modules" / ".bin" / "cdk"
        if not program.exists():
            raise CommandError(f"there is no {program}: 'make demo' installs it")
        with (
            self.log.open("a", encoding="utf-8") as log,
            # Where there is a cdk.json, every command synthesizes the app anew.
            running(
                [str(program), command, *arguments, *_QUIET],
                env=self.emulator.variables(at),
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


def stacks_of(assembly: Path) -> Iterator[tuple[str, Stack]]:
    """The stacks of a cloud assembly and of those in it, by their names."""
    manifest = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))
    for name, artifact in manifest["artifacts"].items():
        properties = artifact.get("properties", {})
        if artifact["type"] == "cdk:cloud-assembly":
            yield from stacks_of(assembly / properties["directoryName"])
        elif artifact["type"] == "aws:cloudformation:stack":
            account, region = artifact["environment"].removeprefix("aws://").split("/")
            known = Environment(
                HOME.account if "unknown" in account else account, HOME.region if "unknown" in region else region
            )
            template = json.loads((assembly / properties["templateFile"]).read_text(encoding="utf-8"))
            yield properties.get("stackName", name), Stack(artifact["displayName"].partition(" ")[0], known, template)
