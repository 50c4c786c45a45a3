"""The repository family again, in what CDK makes of apps: what fills a repository there reaches it by many ways."""

from __future__ import annotations

from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codecommit as codecommit
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_codepipeline_actions as actions
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_lambda as lambda_
from aws_cdk import custom_resources

from ecr_ecs_constructs.testing import findings

Fill = Callable[[cdk.Stack, ecr.Repository, ecs.FargateService], None]


def nothing(stack: cdk.Stack, repository: ecr.Repository, service: ecs.FargateService) -> None:
    """Nothing is beside the service."""


def project(stack: cdk.Stack, repository: ecr.Repository) -> codebuild.PipelineProject:
    uri = codebuild.BuildEnvironmentVariable(value=repository.repository_uri)
    return codebuild.PipelineProject(stack, "Project", environment_variables={"URI": uri})


def idle_build(stack: cdk.Stack, repository: ecr.Repository, service: ecs.FargateService) -> None:
    repository.grant_pull_push(project(stack, repository))


def started_build(stack: cdk.Stack, repository: ecr.Repository, service: ecs.FargateService) -> None:
    call = custom_resources.AwsSdkCall(
        service="CodeBuild",
        action="startBuild",
        parameters={"projectName": project(stack, repository).project_name},
        physical_resource_id=custom_resources.PhysicalResourceId.of("build"),
    )
    policy = custom_resources.AwsCustomResourcePolicy.from_sdk_calls(resources=["*"])
    custom_resources.AwsCustomResource(stack, "Start", on_create=call, policy=policy)


def provider(stack: cdk.Stack, repository: ecr.Repository, service: ecs.FargateService) -> None:
    """Only the policy of the function behind two others names the repository."""
    function = lambda_.Function(
        stack,
        "Function",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        handler="index.handler",
        runtime=lambda_.Runtime.PYTHON_3_13,
    )
    repository.grant_pull_push(function)
    token = custom_resources.Provider(stack, "Provider", on_event_handler=function).service_token
    cdk.CustomResource(stack, "Image", service_token=token)


def pipeline(stack: cdk.Stack, repository: ecr.Repository, *more: codepipeline.StageProps) -> None:
    source, built = codepipeline.Artifact(), codepipeline.Artifact("Built")
    code = codecommit.Repository(stack, "Code", repository_name="code")
    checkout = actions.CodeCommitSourceAction(action_name="Source", repository=code, output=source)
    build = actions.CodeBuildAction(
        action_name="Build", project=project(stack, repository), input=source, outputs=[built]
    )
    stages = [
        codepipeline.StageProps(stage_name="Source", actions=[checkout]),
        codepipeline.StageProps(stage_name="Build", actions=[build]),
        *more,
    ]
    codepipeline.Pipeline(stack, "Pipeline", stages=stages)


def pipeline_that_builds(stack: cdk.Stack, repository: ecr.Repository, service: ecs.FargateService) -> None:
    pipeline(stack, repository)


def pipeline_that_deploys(stack: cdk.Stack, repository: ecr.Repository, service: ecs.FargateService) -> None:
    """CloudFormation makes it when the service has its tasks: https://github.com/aws/aws-cdk/issues/7746."""
    deploy = actions.EcsDeployAction(action_name="Deploy", service=service, input=codepipeline.Artifact("Built"))
    pipeline(stack, repository, codepipeline.StageProps(stage_name="Deploy", actions=[deploy]))


@pytest.mark.parametrize(
    ("fill", "found"),
    [
        pytest.param(nothing, 1, id="nothing"),
        pytest.param(idle_build, 1, id="build that nothing starts"),
        pytest.param(started_build, 0, id="build that is started"),
        pytest.param(provider, 0, id="function of a provider"),
        pytest.param(pipeline_that_builds, 0, id="pipeline that builds"),
        pytest.param(pipeline_that_deploys, 1, id="pipeline that deploys to the service"),
    ],
)
def test_filled(fill: Fill, found: int) -> None:
    app = cdk.App()
    stack = cdk.Stack(app, "Stack")
    repository = ecr.Repository(stack, "Repository")
    task = ecs.FargateTaskDefinition(stack, "Task")
    task.add_container("web", image=ecs.ContainerImage.from_ecr_repository(repository, "1"))
    cluster = ecs.Cluster(stack, "Cluster", vpc=ec2.Vpc(stack, "Vpc"))
    fill(stack, repository, ecs.FargateService(stack, "Service", cluster=cluster, task_definition=task))
    ours = [each.construct_path for each in findings(app) if each.rule == "first-deploy-deadlock"]
    assert ours == ["Stack/Service/Service"] * found
