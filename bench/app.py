"""A CDK app of about 2,000 resources that is synthesized once, under the checks that its argument names.

`python -m bench.app none|plugin|aspect|cdk-nag` prints what it measured as one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from cdk_nag import AwsSolutionsChecks
from constructs import Construct

from ecr_ecs_constructs.checks import EcrEcsChecks

STACKS = 20
SERVICES = 8


class Services(cdk.Stack):
    """A VPC and a cluster with services as teams write them with CDK's own constructs."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        vpc = ec2.Vpc(self, "Vpc", max_azs=2, nat_gateways=1)
        cluster = ecs.Cluster(self, "Cluster", vpc=vpc)
        for number in range(SERVICES):
            repository = ecr.Repository(self, f"Repository{number}", image_tag_mutability=ecr.TagMutability.IMMUTABLE)
            queue = sqs.Queue(self, f"Queue{number}")
            task = ecs.FargateTaskDefinition(self, f"Task{number}")
            task.add_container(
                "web",
                image=ecs.ContainerImage.from_ecr_repository(repository, "1.0"),
                logging=ecs.LogDrivers.aws_logs(
                    stream_prefix="web",
                    log_group=logs.LogGroup(self, f"Logs{number}"),
                ),
            )
            queue.grant_consume_messages(task.task_role)
            ecs.FargateService(self, f"Service{number}", cluster=cluster, task_definition=task, min_healthy_percent=100)


class TimedChecks(EcrEcsChecks):
    """Checks that note how long they take themselves, besides what it costs CDK to call them."""

    seconds = 0.0

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Judge, and add the time to `seconds`."""
        start = time.perf_counter()
        try:
            return super().validate(context)
        finally:
            TimedChecks.seconds += time.perf_counter() - start


def main(checks: str) -> None:
    """Build the app, synthesize it under some checks and print what was measured."""
    app = cdk.App()
    for number in range(STACKS):
        Services(app, f"Services{number}")
    start = time.perf_counter()
    if checks == "plugin":
        cdk.Validations.of(app).add_plugins(TimedChecks())
    elif checks == "aspect":
        cdk.Aspects.of(app).add(TimedChecks())
    elif checks == "cdk-nag":
        cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    try:
        app.synth()
    except RuntimeError as error:  # cdk-nag finds something in every app, and that fails the synthesis
        if checks != "cdk-nag" or "Validation failed" not in str(error):
            raise
    seconds = time.perf_counter() - start
    templates = [json.loads(file.read_bytes()) for file in Path(app.outdir).glob("*.template.json")]
    measured = {
        "seconds": seconds,
        "own_seconds": TimedChecks.seconds,
        "resources": sum(len(template["Resources"]) for template in templates),
    }
    sys.stdout.write(json.dumps(measured) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
