"""The pipeline that deploys a reference app to several accounts: `PipelineStack`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_cdk import CfnOutput, Environment, Stack, pipelines
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from ecr_ecs_constructs.stacks.acknowledgements import acknowledge, acknowledge_policies
from ecr_ecs_constructs.stacks.services import repository_arn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import Stage
    from constructs import Construct

    from ecr_ecs_constructs.image_uri import EcrImageUri

SOURCE_KEY = "source.zip"
"""The name of the archive of the sources in the bucket of the pipeline."""

_WHY_WILDCARDS: Final = {
    "Action::(s3|kms):.*": "CDK grants families of actions on the buckets of this pipeline and their keys alone",
    r"Resource::(<\w*ArtifactsBucket\w*\.Arn>|arn:aws[\w-]*:s3:::[\w-]*bucket\w*)/\*": (
        "each run of the pipeline names its artifacts anew, and nothing else is in the bucket"
    ),
    "Resource::arn:.*:(log-group:/aws/codebuild/.*|report-group/.*)": (
        "AWS CodeBuild names log streams and reports anew for each build of the project"
    ),
    r"Resource::arn:\*:iam::[0-9]{12}:role/\*": "a condition narrows it to the roles that cdk bootstrap has made",
    r"Resource::\*": (
        "CDK Pipelines describes stacks, starts its own builds and reads by keys of other regions, whose names are "
        "known only once they are made"
    ),
}
"""The reasons for the wildcards in the policies of CDK Pipelines.

Source: https://docs.aws.amazon.com/cdk/v2/guide/cdk_pipeline.html
"""

_WHY_NO_ACCESS_LOGS: Final = (
    "The pipeline and those who start it alone use the bucket; CloudTrail records data events where they are asked for"
)


class PipelineStack(Stack):
    """A pipeline of the CDK that synthesizes the app, proves it, and deploys one stage after the other.

    Nothing is deployed unless every container of every stage is proven, and no stage before its image is in the
    registry that it pulls from: a service that waits for an image that nobody has pushed never becomes stable.

    Args:
        scope: the app.
        id: the name in it, and of the stack.
        context: the settings that the pipeline synthesizes the app with.
        env: account and region of the pipeline.

    Attributes:
        source: the sources.
        pipeline: the pipeline.
    """

    def __init__(self, scope: Construct, id: str, *, context: Mapping[str, str], env: Environment) -> None:
        super().__init__(scope, id, env=env, description="Pipeline of services from Amazon ECR on Amazon ECS")
        self.source: pipelines.IFileSetProducer = self.create_source()
        settings = " ".join(f"--context '{key}={value}'" for key, value in context.items())
        self.pipeline = pipelines.CodePipeline(
            self,
            "Pipeline",
            cross_account_keys=True,
            enable_key_rotation=True,
            synth=pipelines.CodeBuildStep(
                "Synth",
                input=self.source,
                partial_build_spec=codebuild.BuildSpec.from_object(
                    {"phases": {"install": {"runtime-versions": {"python": "3.12"}}}}
                ),
                install_commands=["make node_modules/.installed"],
                commands=[
                    'export PATH="$PWD/.venv/bin:$PWD/node_modules/.bin:$PATH"',
                    f"cdk synth --quiet {settings}",
                    "ecr-ecs check cdk.out --require proven",
                ],
            ),
        )

    def create_source(self) -> pipelines.IFileSetProducer:
        """Make the place that the sources come from; a hook.

        Returns:
            A bucket in which a new `source.zip` starts the pipeline; a connection to GitHub is as good:
            https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.pipelines/CodePipelineSource.html.
        """
        bucket = s3.Bucket(
            self,
            "Source",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            versioned=True,
        )
        CfnOutput(self, "SourceBucket", value=bucket.bucket_name, description=f"Where to put {SOURCE_KEY}")
        return pipelines.CodePipelineSource.s3(bucket, SOURCE_KEY)

    def add_stage(self, stage: Stage, *, approval: bool = False, image: EcrImageUri | None = None) -> None:
        """Deploy a stage behind those that were added before.

        Args:
            stage: the stage.
            approval: whether somebody has to approve it.
            image: the image of its services, which must be in its registry; None for a stage without services.
        """
        pre: list[pipelines.Step] = []
        if image is not None:
            pre.append(self._image_is_there(stage, image))
        if approval:
            pre.append(pipelines.ManualApprovalStep(f"Approve{stage.node.id}"))
        self.pipeline.add_stage(stage, pre=pre)

    def _image_is_there(self, stage: Stage, image: EcrImageUri) -> pipelines.CodeBuildStep:
        which = f"imageDigest={image.digest}" if image.digest else f"imageTag={image.tag}"
        return pipelines.CodeBuildStep(
            f"ImageFor{stage.node.id}",
            commands=[
                f"aws ecr describe-images --region {image.region} --registry-id {image.account}"
                f" --repository-name {image.repository} --image-ids {which}"
            ],
            role_policy_statements=[
                iam.PolicyStatement(actions=["ecr:DescribeImages"], resources=[repository_arn(image)])
            ],
        )

    def build(self) -> None:
        """Make the resources of the pipeline, behind its last stage."""
        self.pipeline.build_pipeline()
        acknowledge_policies(self, _WHY_WILDCARDS)
        others = self.pipeline.pipeline.cross_region_support.values()
        for buckets in (self, *(each.stack for each in others)):
            acknowledge(buckets, "AwsSolutions-S1", _WHY_NO_ACCESS_LOGS)
