"""Repositories are kept as AWS Security Hub asks for: tags that stay, scans, a lifecycle policy; and nobody may get in.

Sources:
    https://docs.aws.amazon.com/securityhub/latest/userguide/ecr-controls.html
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.edits import put
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Text, flag
from ecr_ecs_constructs.pull.answer import Problem, Verdict
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.facts import Facts, Here
from ecr_ecs_constructs.pull.iam.registry import CACHE_RULE, is_below
from ecr_ecs_constructs.pull.iam.strangers import POLICIES
from ecr_ecs_constructs.pull.links.image import problem, shown_image
from ecr_ecs_constructs.rules.rule import Severity, rule

REPOSITORY, SCANNING = "AWS::ECR::Repository", "AWS::ECR::RegistryScanningConfiguration"
_MODE, _SCAN, _LIFECYCLE = "ImageTagMutability", "ImageScanningConfiguration", "LifecyclePolicy"
_PREFIX = "EcrRepositoryPrefix"


@rule(
    "mutable-tags",
    Severity.WARNING,
    "Set ImageTagMutability to IMMUTABLE (image_tag_mutability=ecr.TagMutability.IMMUTABLE in the CDK), with "
    "exclusions for tags that must move.",
)
def mutable_tags(facts: Facts) -> Iterator[Problem]:
    """Find repositories of which every tag can be moved to another image."""
    return facts.of_resources(_moves, REPOSITORY)


def _moves(here: Here, repository: Resource) -> Iterator[Problem]:
    if here.world.value(repository, _MODE, "MUTABLE") == "MUTABLE" and not _may_be_cache(here, repository):
        fact = "every tag of the repository can be moved to another image"
        yield Problem("mutable-tags", repository, f"Properties.{_MODE}", fact)


def _may_be_cache(here: Here, repository: Resource) -> bool:
    """Return whether a repository may be one of a pull-through cache: its tags follow those of the upstream."""
    name = here.world.value(repository, "RepositoryName")
    prefixes = [each for rule in here.world.root.all(CACHE_RULE) for each in here.world.values(rule, _PREFIX)]
    return any(
        isinstance(name, (str, Text)) and isinstance(prefix, (str, Text)) and is_below(name, prefix) is not False
        for prefix in prefixes
    )


@rule(
    "scan-disabled",
    Severity.WARNING,
    "Set ImageScanningConfiguration.ScanOnPush to true (image_scan_on_push=True in the CDK), or scan the registry.",
)
def scan_disabled(facts: Facts) -> Iterator[Problem]:
    """Find repositories whose images nobody scans, as far as the templates tell."""
    return facts.of_resources(_is_not_scanned, REPOSITORY)


def _is_not_scanned(here: Here, repository: Resource) -> Iterator[Problem]:
    if any(map(here.world.exists, here.world.root.all(SCANNING))):
        return  # the registry's own configuration counts instead
    if flag(here.world.value(repository, f"{_SCAN}.ScanOnPush", "false")) is False:
        fact = "images are not scanned when they are pushed"
        edits = put(repository, f"Properties.{_SCAN}.ScanOnPush", True)
        yield Problem("scan-disabled", repository, f"Properties.{_SCAN}", fact, edits=edits)


@rule(
    "missing-lifecycle-policy",
    Severity.WARNING,
    "Give the repository a LifecyclePolicy (add_lifecycle_rule(…) in the CDK) that deletes the images without a tag.",
)
def missing_lifecycle_policy(facts: Facts) -> Iterator[Problem]:
    """Find repositories that keep every image for ever."""
    return facts.of_resources(_keeps_all, REPOSITORY)


def _keeps_all(here: Here, repository: Resource) -> Iterator[Problem]:
    if not here.world.sites(repository, _LIFECYCLE):
        fact = "the repository has no lifecycle policy, and keeps every image for ever"
        yield Problem("missing-lifecycle-policy", repository, f"Properties.{_LIFECYCLE}", fact)


@rule(
    "public-repository-policy",
    Severity.ERROR,
    "Name the accounts or the roles that may as Principal (principals=[…] in the CDK), or add a Condition on "
    "aws:PrincipalOrgID.",
)
def public_repository_policy(facts: Facts) -> Iterator[Problem]:
    """Find policies of repositories that let in roles of any account."""
    return facts.of_resources(_opens, *POLICIES)


def _opens(here: Here, owner: Resource) -> Iterator[Problem]:
    for location, actions, answer in here.strangers.may(owner):
        others = actions[1:2] if len(actions) < 3 else (f"{len(actions) - 1} other actions",)
        what = " and ".join((actions[0], *others))
        if answer.truth:
            fact = f"every AWS account may {what}: {answer.why}"
            yield Problem("public-repository-policy", owner, location, fact)
        else:
            fact = f"cannot verify that not every AWS account may {what}: {answer.why}"
            yield Problem("public-repository-policy", owner, location, fact, Verdict.UNKNOWN, "info")


@rule(
    "immutable-latest",
    Severity.WARNING,
    "Deploy a tag of its own for each build, or except the tag from immutability by ImageTagMutabilityExclusionFilters "
    "(image_tag_mutability_exclusion_filters=[…] in the CDK).",
)
def immutable_latest(facts: Facts) -> Iterator[Problem]:
    """Find images by the tag `latest` of repositories in which no tag can be moved: the second push fails."""
    return facts.of_containers(_stays)


def _stays(here: Here, container: Container) -> Iterator[Problem]:
    image = container.image
    if image.uri is None or image.uri.digest is not None or image.part("tag") != "latest":
        return
    for repository in here.repositories.of(container.resource.template, image):
        if here.repositories.overwritable(repository, "latest") is False:
            fact = f"{shown_image(image)} has tag 'latest', which repository {repository.logical_id} takes only once"
            yield problem("immutable-latest", container, fact)
