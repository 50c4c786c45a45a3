"""Deploys a reference app in the order that a first deployment needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from demo.cdk import Cdk, Stack
from demo.emulator import Environment
from demo.image import push
from demo.progress import Progress

_REPOSITORY: Final = "AWS::ECR::Repository"


def deploy(cdk: Cdk, progress: Progress) -> None:
    """Deploy the app: the repositories, an image into each, then the rest.

    Args:
        cdk: the command line.
        progress: where the steps are shown.
    """
    with progress.step("cdk synth", cdk.log):
        cdk.synth()
    with progress.step("cdk bootstrap", cdk.log):
        cdk.bootstrap()
    first = {
        name: stack
        for name, stack in cdk.deployed.items()
        if any(each["Type"] == _REPOSITORY for each in stack.template["Resources"].values())
    }
    paths = [stack.path for stack in first.values()]
    with progress.step(f"cdk deploy {' '.join(paths)}", cdk.log):
        cdk.deploy(*paths)
    with progress.step("Put an image into the repository, and into its copies"):
        for name, stack in first.items():
            _push(cdk, name, stack)
    with progress.step(f"cdk deploy {' '.join(cdk.everything)}", cdk.log):
        cdk.deploy()


def _push(cdk: Cdk, name: str, stack: Stack) -> None:
    """Put an image into the repositories of a stack, and into their copies as Amazon ECR replicates it."""
    tag = image_tag(cdk)
    emulator, at = cdk.emulator, stack.environment
    registry, created = emulator.client("ecr", at), emulator.resources(name, at)
    for logical_id, resource in stack.template["Resources"].items():
        if resource["Type"] == _REPOSITORY:
            repository = created[logical_id]
            push(registry, repository, tag)
            for copy in _copies(stack):
                other = emulator.client("ecr", copy)
                other.create_repository(repositoryName=repository)
                push(other, repository, tag)


def _copies(stack: Stack) -> Iterator[Environment]:
    """The registries that the one of a stack copies images to; moto copies none."""
    for resource in stack.template["Resources"].values():
        if resource["Type"] == "AWS::ECR::ReplicationConfiguration":
            for rule in resource["Properties"]["ReplicationConfiguration"]["Rules"]:
                for destination in rule["Destinations"]:
                    yield Environment(destination["RegistryId"], destination["Region"])


def image_tag(cdk: Cdk) -> str:
    """The tag of the image that the services run."""
    context = json.loads((cdk.app / "cdk.json").read_text(encoding="utf-8"))["context"] | dict(cdk.context or {})
    return str(context["ecr-ecs:image_tag"])
