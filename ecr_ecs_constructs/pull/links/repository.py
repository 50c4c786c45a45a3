"""The repository is there before the container runs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.template import Resource, outermost
from ecr_ecs_constructs.pull.answer import Answer, Problem, Verdict
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.facts import Here
from ecr_ecs_constructs.pull.iam.registry import is_registry, is_supposed_together, repository_title
from ecr_ecs_constructs.pull.images import Image
from ecr_ecs_constructs.pull.links.words import subject
from ecr_ecs_constructs.pull.vouching import vouched_repository


def repository(here: Here, container: Container) -> Iterator[Answer]:
    """Yield whether the repository of a container's image is there before the container runs."""
    image = container.image
    if image.uri is None:
        why = f"no repository can be told of the image {str(image)!r}" if str(image) else "there is no image"
        if image.error is None:
            yield _unknown(container, why)
        elif image.error_under(allow_public_gallery=here.policy.allow_public_gallery) is None:
            yield Answer(True, "the public gallery is no repository of an account", applies=False)
        else:
            yield Answer(None, why)  # the link of the image says so
        return
    name, own = image.part("repository"), container.resource.template
    account, region = image.part("account"), image.part("region")
    for found in here.repositories.of(own, image):
        where = found.construct_path or f"{found.logical_id} of {found.template.name}"
        if not is_registry(here.world, found.template, own, account, region):
            why = f"whether repository {name} is {where} depends on where these templates are deployed"
            yield _unknown(container, why)
        else:
            supposed = is_supposed_together(here.world, found.template, own)
            of = ", which is taken to be of its account and region" if supposed else ""
            yield Answer(True, f"repository {name} is {where}{of}")
        yield from _encrypted(here, container, found)
        return
    if (
        _is_of_assets(image)
        and outermost(own).stack_name is not None
        and is_registry(here.world, own, own, account, region)
    ):
        yield Answer(True, f"repository {name} is filled by CDK before it deploys the stack")
        return
    yield _elsewhere(here, container)


def _elsewhere(here: Here, container: Container) -> Answer:
    """Return whether something makes the repository of an image, which is not in the templates, or vouches for it."""
    image, own = container.image, container.resource.template
    vouched, made = vouched_repository(here.world, image), here.origins.of(own, image)
    if made.truth is False and made.problem is None:
        return Answer.found(False, made.why, Problem(made.rule, container.resource, image.location, made.why))
    if made.truth is not None or vouched is not None:
        return made if made.truth is not None or vouched is None else vouched
    untold = f"{repository_title(image)} is not in the templates"
    return _unknown(container, f"{untold}, and {made.why}" if made.why else untold)


def _encrypted(here: Here, container: Container, found: Resource) -> Iterator[Answer]:
    """Yield that Amazon ECR can't decrypt the images of a repository, or that this is not known."""
    answer = here.encryption.of(found)
    if answer.truth is None:
        yield _unknown(container, answer.why)
    elif answer.truth is False:
        message = f"repository {found.logical_id} gives out no image: {answer.why}"
        problem = Problem("unusable-repository-key", found, "Properties.EncryptionConfiguration.KmsKey", message)
        yield Answer.found(False, answer.why, problem)


def _unknown(container: Container, why: str) -> Answer:
    message = f"{subject(container)}cannot verify that the image can be there: {why}"
    location = container.image.location
    problem = Problem("unverifiable-repository", container.resource, location, message, Verdict.UNKNOWN)
    return Answer.found(None, why, problem)


def _is_of_assets(image: Image) -> bool:
    """Return whether CDK's bootstrapping names a repository of an account and region as the one of an image is named.

    Source: https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
    """
    match = _ASSETS.fullmatch(str(image.part("repository")))
    return match is not None and match[1] == f"{image.part('account')}-{image.part('region')}"


_ASSETS = re.compile(r"cdk-[a-z0-9]+-container-assets-(.*)")
