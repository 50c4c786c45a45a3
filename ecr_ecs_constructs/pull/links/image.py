"""The image is a full reference of a private Amazon ECR registry that the stack may use."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.edits import Edit, put, written
from ecr_ecs_constructs.cloudformation.values import Text
from ecr_ecs_constructs.image_uri import InvalidImageUri, UnverifiableImageUri, partition_of
from ecr_ecs_constructs.pull.answer import Answer, Problem, Verdict
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.facts import Here
from ecr_ecs_constructs.pull.images import Image
from ecr_ecs_constructs.pull.links.words import subject, with_defaults


def image(here: Here, container: Container) -> Iterator[Answer]:
    """Yield whether what a container's image is, is a reference that the stack may pull."""
    error = container.image.error_under(allow_public_gallery=here.policy.allow_public_gallery)
    yield _open_name(container) if _is_open(here, container) else _reference(container, error)
    if error is None:
        yield from _registry(here, container)
    for macro in container.resource.template.macros:
        yield Answer(None, f"the macro {macro} rewrites the template at deployment", "unverifiable-template")


def _is_open(here: Here, container: Container) -> bool:
    """Return whether the name of the repository of a container's image may be none, and is that of no repository."""
    image = container.image
    return bool(image.open_name) and not here.repositories.of(container.resource.template, image)


def _open_name(container: Container) -> Answer:
    """Return that an image is of Amazon ECR, but its repository is not known; the link of the repository says so."""
    return Answer(None, f"{container.image} {container.image.open_name}{with_defaults(container.image.defaults)}")


def _reference(container: Container, error: InvalidImageUri | None) -> Answer:
    image, defaults = container.image, with_defaults(container.image.defaults)
    if error is None:
        kind = "a private ECR registry" if image.error is None else "the public gallery, which is allowed"
        return Answer(True, f"{image} is a reference of {kind}{defaults}")
    why = f"{image} {error.reason}{defaults}"
    if isinstance(error, UnverifiableImageUri):
        fact = f"cannot verify {shown_image(image)}: it {error.reason}"
        return Answer.found(None, why, problem("unverifiable-image", container, fact, Verdict.UNKNOWN))
    found = problem("unqualified-image", container, f"{shown_image(image)} {error.reason}")
    return Answer.found(False, why, found._replace(edits=_substituted(container)))


_TEMPLATED = re.compile(
    r"(?:(?:[0-9]{12}|\$\{AWS::AccountId\})\.dkr\.ecr\.(?:[a-z]+(?:-[a-z]+)+-[0-9]+|\$\{AWS::Region\})"
    r"\.(?:amazonaws\.com|\$\{AWS::URLSuffix\})/[a-z0-9]+(?:[._/-][a-z0-9]+)*|\$\{(?P<repository>\w+)\.RepositoryUri\})"
    r"(?::(?:\w[\w.-]*|\$\{(?P<tag>\w+)\})|@sha256:[0-9a-f]{64})"
)
"""A reference of a private registry in the notation of `Fn::Sub`, of a repository of the template or a known name."""


def _substituted(container: Container) -> tuple[Edit, ...]:
    """Return the change that makes a text with `${…}` an argument of `Fn::Sub`, where it is a reference by it."""
    resource, location = container.resource, container.image.location
    node = written(resource, location)
    match = _TEMPLATED.fullmatch(node) if isinstance(node, str) and "${" in node else None
    if match is None:
        return ()
    made = resource.template.resources.get(match["repository"] or "")
    if (match["repository"] and (made is None or made.type != "AWS::ECR::Repository")) or (
        match["tag"] and match["tag"] not in resource.template.declared
    ):
        return ()
    return put(resource, location, {"Fn::Sub": node})


def _registry(here: Here, container: Container) -> Iterator[Answer]:
    """Yield that the registry is of an account that is not allowed, or of another partition than the stack."""
    image, template = container.image, container.resource.template
    if image.error is not None and not isinstance(image.error, UnverifiableImageUri):
        return  # the public gallery is of no account
    allowed = here.policy.allowed_accounts
    if image.uri is None:
        if allowed is not None:
            fact = f"cannot verify {shown_image(image)}: the account of its registry is known only at deployment"
            unclear = problem("foreign-registry-image", container, fact, Verdict.UNKNOWN)
            yield Answer.found(None, "the account of its registry is known only at deployment", unclear)
        return
    account, region = image.part("account"), image.part("region")
    # The only hole that may stand for the account is the stack's own account.
    if allowed is not None and not isinstance(account, Text) and account not in {*allowed, template.account}:
        fact = f"{shown_image(image)} is of account {account}, which is not allowed"
        yield Answer.found(False, fact, problem("foreign-registry-image", container, fact))
    own = template.region
    if own is None or not isinstance(region, str):
        return
    foreign, partition = partition_of(region), partition_of(own)
    if foreign != partition:
        fact = f"{shown_image(image)} is of partition {foreign}, but the stack is deployed to {partition}"
        yield Answer.found(False, fact, problem("foreign-partition-image", container, fact))


def problem(rule: str, container: Container, fact: str, verdict: Verdict = Verdict.BROKEN) -> Problem:
    """Return a finding about a container's image."""
    image = container.image
    message = f"{subject(container)}{fact}{with_defaults(image.defaults)}"
    return Problem(rule, container.resource, image.location, message, verdict)


def shown_image(image: Image) -> str:
    """Return an image as a finding names it."""
    return "image" if image.value is None or isinstance(image.value, (list, dict)) else f"image {str(image)!r}"
