"""Every container names its image in full, in a private ECR registry that may be used."""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.image_uri import partition_of
from ecr_ecs_constructs.pull.answer import Problem, Verdict
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.facts import Facts, Here
from ecr_ecs_constructs.pull.links.image import problem, shown_image
from ecr_ecs_constructs.rules.rule import Severity, linked, rule

unqualified_image = linked(
    "unqualified-image",
    Severity.ERROR,
    "Write Image in full: <account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>, or …@sha256:<digest>; by !Sub "
    "where it holds ${…}, and by ${Repository.RepositoryUri}:<tag> for a repository of the template (in the CDK "
    "image=EcrImage.…, and image=EcrPullThroughCache(…).image(…) for one of another registry).",
)

unverifiable_image = linked(
    "unverifiable-image",
    Severity.ERROR,
    "Write registry and repository in Image (image=… in the CDK) and leave only the tag to a parameter, or give the "
    "parameter AllowedValues or an AllowedPattern that admits ECR images only.",
)

foreign_registry_image = linked(
    "foreign-registry-image",
    Severity.ERROR,
    "Copy the image to a registry of an allowed account and name it by Image (image=… in the CDK), or allow its "
    "account with --allow-account.",
)

foreign_partition_image = linked(
    "foreign-partition-image",
    Severity.ERROR,
    "Copy the image to a registry in the partition of the stack, and name it by Image (image=… in the CDK).",
)


@rule(
    "cross-region-image",
    Severity.WARNING,
    "Replicate the repository to the region of the stack, and name the image there by Image (image=… in the CDK).",
)
def cross_region_image(facts: Facts) -> Iterator[Problem]:
    """Find images of a registry in another region of the stack's partition."""
    return facts.of_containers(_crosses)


def _crosses(_: Here, container: Container) -> Iterator[Problem]:
    image, own = container.image, container.resource.template.region
    region = image.part("region") if image.uri is not None else None
    if own is not None and isinstance(region, str) and region != own and partition_of(region) == partition_of(own):
        fact = f"{shown_image(image)} is of region {region}, but the stack is deployed to {own}"
        yield problem("cross-region-image", container, fact)


@rule(
    "floating-tag",
    Severity.INFO,
    "Deploy a digest, or a tag of its own for each build from a repository with ImageTagMutability: IMMUTABLE "
    "(image_tag_mutability=ecr.TagMutability.IMMUTABLE in the CDK).",
)
def floating_tag(facts: Facts) -> Iterator[Problem]:
    """Find images that can change without a deployment."""
    yield from facts.of_containers(_floats)
    # No link asks whether the tags of a repository can be overwritten, so none says that it is not known.
    for at in facts.undecided(_floats):
        yield Problem("floating-tag", at.resource, at.location, f"cannot verify the tag: {at.why}", Verdict.UNKNOWN)


def _floats(here: Here, container: Container) -> Iterator[Problem]:
    image = container.image
    if image.uri is None or image.uri.tag is None or image.uri.digest is not None:
        return
    tag = image.part("tag")
    if tag == "latest":
        yield problem("floating-tag", container, f"{shown_image(image)} has the tag 'latest'")
        return
    for repository in here.repositories.of(container.resource.template, image):
        mutable = here.repositories.overwritable(repository, tag)
        if mutable is not False:
            where = f"{repository.logical_id} ({repository.construct_path or repository.template.name})"
            known, verdict = ("whose", Verdict.BROKEN) if mutable else ("which may be one whose", Verdict.UNKNOWN)
            fact = (
                f"{shown_image(image)} has the tag {str(tag)!r} of repository {where}, {known} tags can be overwritten"
            )
            yield problem("floating-tag", container, fact, verdict)
            break
