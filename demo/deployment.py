"""Deploys the reference app in the order that a first deployment needs."""

from __future__ import annotations

import json

from demo.cdk import Cdk
from demo.image import push
from demo.progress import Progress


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
    repositories = {
        stack: [name for name, resource in template["Resources"].items() if resource["Type"] == "AWS::ECR::Repository"]
        for stack, template in cdk.templates.items()
    }
    first = [stack for stack, names in repositories.items() if names]
    with progress.step(f"cdk deploy {' '.join(first)}", cdk.log):
        cdk.deploy(*first)
    with progress.step("Put an image into the repository"):
        cloudformation, ecr = cdk.emulator.client("cloudformation"), cdk.emulator.client("ecr")
        for stack in first:
            for name in repositories[stack]:
                resource = cloudformation.describe_stack_resource(StackName=stack, LogicalResourceId=name)
                push(ecr, resource["StackResourceDetail"]["PhysicalResourceId"], image_tag(cdk))
    with progress.step("cdk deploy --all", cdk.log):
        cdk.deploy()


def image_tag(cdk: Cdk) -> str:
    """The tag of the image that the services run."""
    context = json.loads((cdk.app / "cdk.json").read_text(encoding="utf-8"))["context"] | dict(cdk.context or {})
    return str(context["ecr-ecs:image_tag"])
