"""The repository of an image is there before the container runs, and the image can be in it."""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.answer import Problem
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.facts import Facts, Here
from ecr_ecs_constructs.pull.links.image import shown_image
from ecr_ecs_constructs.pull.links.words import with_defaults
from ecr_ecs_constructs.rules.rule import Severity, linked, rule

unverifiable_repository = linked(
    "unverifiable-repository",
    Severity.INFO,
    "Judge the template that makes the repository in the same call; or verify that it is there, and vouch for it by "
    "its name: repository in a [[vouch]] of the configuration. Make the secret of a cache, with its username and "
    "accessToken, before the templates are deployed, and give its ARN (from_secret_complete_arn in the CDK).",
)


unusable_repository_key = linked(
    "unusable-repository-key",
    Severity.ERROR,
    "Set EncryptionConfiguration (encryption_key=… in the CDK) to an enabled symmetric key whose policy denies Amazon "
    "ECR nothing, or to AES256. A repository keeps its key: another one makes a new repository.",
)


unusable_pull_through_cache = linked(
    "unusable-pull-through-cache",
    Severity.ERROR,
    "Give the rule the URL of its UpstreamRegistry, and in CredentialArn (credential_arn=… in the CDK) a secret whose "
    "name begins with ecr-pullthroughcache/ where it asks for one; name official images of Docker Hub below library/.",
)


@rule(
    "first-deploy-deadlock",
    Severity.WARNING,
    "Deploy the repository in a stack of its own and push the image before the service is made, let CDK build the "
    "image as an asset, or deploy with DesiredCount: 0 (desired_count=0 in the CDK) first.",
)
def first_deploy_deadlock(facts: Facts) -> Iterator[Problem]:
    """Find services that wait for an image which nobody can have pushed when they are made."""
    return facts.of_containers(_deadlocks)


def _deadlocks(here: Here, container: Container) -> Iterator[Problem]:
    for repository in here.repositories.of(container.resource.template, container.image):
        for placement in here.placements.of(container):
            runner, awaited = placement.runner, here.deployments.awaited(container, placement)
            if runner and awaited and here.deployments.leaves_empty(repository, container, runner):
                tasks = f"{awaited.tasks}{with_defaults(awaited.defaults)}"
                fact = f"{runner.logical_id} waits for {tasks} with {_image_of(container, repository, runner)}"
                fact = f"{fact}: the same deployment makes it empty, and nothing there fills it"
                yield Problem("first-deploy-deadlock", runner, "Properties.TaskDefinition", fact)


def _image_of(container: Container, repository: Resource, runner: Resource) -> str:
    """Return a container and the repository of its image in words; a template is named where it is another one."""
    which = f"container {container.name!r}, whose" if container.name else "a container whose"
    other = "" if repository.template is runner.template else repository.template.name
    path = repository.construct_path or other
    where = f"{repository.logical_id} ({path})" if path else repository.logical_id
    return f"{which} {shown_image(container.image)} is of repository {where}"
