"""The image family: every container names its image in full, in a private ECR registry that may be used."""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.values import Text
from ecr_ecs_constructs.image_uri import InvalidImageUri, UnverifiableImageUri, partition_of
from ecr_ecs_constructs.pull.facts import Facts
from ecr_ecs_constructs.pull.path import Container, Image
from ecr_ecs_constructs.rules.rule import Problem, Severity, Verdict, rule


def _images(facts: Facts) -> Iterator[tuple[Container, Image]]:
    for container in facts.model.containers:
        for image in container.images:
            yield container, image


def _problem(container: Container, image: Image, fact: str, verdict: Verdict = Verdict.BROKEN) -> Problem:
    subject = f"container {container.name!r}: " if container.name else ""
    defaults = f" (with the default of {' and '.join(image.defaults)})" if image.defaults else ""
    return Problem(container.resource, image.location, f"{subject}{fact}{defaults}", verdict)


def _shown(image: Image) -> str:
    return "image" if image.value is None or isinstance(image.value, (list, dict)) else f"image {str(image)!r}"


def _error(image: Image, facts: Facts) -> InvalidImageUri | None:
    return image.error_under(allow_public_gallery=facts.policy.allow_public_gallery)


@rule(
    "unqualified-image",
    Severity.ERROR,
    "Name the image in full: <account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>, or …@sha256:<digest>.",
)
def unqualified_image(facts: Facts) -> Iterator[Problem]:
    """Image is not `registry/repository:tag` or `registry/repository@digest` of a private ECR registry.

    ## What it checks
    Every text that the `Image` of a container can become, in each `Fn::If` branch and for each allowed value of a
    parameter: the registry's host (12 digits, endpoint, region and suffix in agreement), the repository's name, and
    a tag or a digest. The message names the first part that is wrong.

    ## Why it is bad
    ECS takes an image for an ECR image only by its registry, written from the first character. Anything else is
    pulled from Docker Hub without credentials, and what has no tag is pulled as `latest`, whatever that is.

    ## Bad
    ```yaml
    Resources:
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          ContainerDefinitions:
            - Name: web
              Image: nginx:latest
    ```

    ## Good
    ```yaml
    Resources:
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          ContainerDefinitions:
            - Name: web
              Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1.4.2
    ```

    ## References
    - https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_ECS.html
    - https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    """
    for container, image in _images(facts):
        error = _error(image, facts)
        if error is None or isinstance(error, UnverifiableImageUri):
            continue
        yield _problem(container, image, f"{_shown(image)} {error.reason}")


@rule(
    "unverifiable-image",
    Severity.ERROR,
    "Write registry and repository in the template and leave only the tag to a parameter, or give the parameter "
    "AllowedValues or an AllowedPattern that admits ECR images only.",
)
def unverifiable_image(facts: Facts) -> Iterator[Problem]:
    """Image is known only at deployment, and nothing in the template constrains it to ECR.

    ## What it checks
    An `Image` that holds a parameter, a dynamic reference or another value without constraint where the registry,
    the repository or the tag stands. A free tag behind a registry and a repository is accepted; so is a parameter
    whose `AllowedPattern` admits nothing but fully qualified ECR images.

    ## Why it is bad
    Whoever deploys decides what is pulled: a typing error becomes `CannotPullContainerError` hours later, and any
    registry of the world is one parameter away.

    ## Bad
    ```yaml
    Parameters:
      ImageUri: {Type: String}
    Resources:
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          ContainerDefinitions:
            - Name: web
              Image: !Ref ImageUri
    ```

    ## Good
    ```yaml
    Parameters:
      Tag: {Type: String}
    Resources:
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          ContainerDefinitions:
            - Name: web
              Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:${Tag}
    ```

    ## References
    - https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
    """
    for container, image in _images(facts):
        error = _error(image, facts)
        if isinstance(error, UnverifiableImageUri):
            fact = f"cannot verify {_shown(image)}: it {error.reason}"
            yield _problem(container, image, fact, Verdict.UNKNOWN)


@rule(
    "foreign-registry-image",
    Severity.ERROR,
    "Copy the image to a registry of an allowed account, or allow its account with --allow-account.",
)
def foreign_registry_image(facts: Facts) -> Iterator[Problem]:
    """Image is of a registry in an account outside the allowed ones.

    ## What it checks
    Where a list of accounts was given: whether the account of the image's registry is in it, or is the account that
    the stack itself is deployed to. Without a list, it checks nothing.

    ## Why it is bad
    Who owns the registry decides what runs in your tasks, and can delete it.

    ## Bad
    With `--allow-account 111111111111`:
    ```yaml
    Resources:
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          ContainerDefinitions:
            - Name: web
              Image: 999999999999.dkr.ecr.eu-central-1.amazonaws.com/web:1
    ```

    ## Good
    ```yaml
    Resources:
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          ContainerDefinitions:
            - Name: web
              Image: 111111111111.dkr.ecr.eu-central-1.amazonaws.com/web:1
    ```

    ## References
    - https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html
    """
    if facts.policy.allowed_accounts is None:
        return
    for container, image in _images(facts):
        if _error(image, facts) is not None or (image.error and not isinstance(image.error, UnverifiableImageUri)):
            continue  # the public gallery is of no account
        if image.uri is None:
            fact = f"cannot verify {_shown(image)}: the account of its registry is known only at deployment"
            yield _problem(container, image, fact, Verdict.UNKNOWN)
            continue
        account = image.part("account")
        if isinstance(account, Text) or account in facts.policy.allowed_accounts:
            continue  # the only hole that may stand there is the stack's own account
        if account != container.resource.template.account:
            yield _problem(container, image, f"{_shown(image)} is of account {account}, which is not allowed")


@rule(
    "foreign-partition-image",
    Severity.ERROR,
    "Copy the image to a registry in the partition of the stack.",
)
def foreign_partition_image(facts: Facts) -> Iterator[Problem]:
    """Image is of a registry in another partition than the stack's.

    ## What it checks
    The partition (commercial, China, GovCloud, …) of the registry's region against that of the stack's region,
    where both are known.

    ## Why it is bad
    Credentials of one partition mean nothing in another: the pull can't be authorized.

    ## Bad
    In a stack of `eu-central-1`:
    ```yaml
    Resources:
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          ContainerDefinitions:
            - Name: web
              Image: 111111111111.dkr.ecr.cn-north-1.amazonaws.com.cn/web:1
    ```

    ## Good
    ```yaml
    Resources:
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          ContainerDefinitions:
            - Name: web
              Image: 111111111111.dkr.ecr.eu-central-1.amazonaws.com/web:1
    ```

    ## References
    - https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
    """
    for container, image, own, region in _regions(facts):
        partition, own_partition = partition_of(region), partition_of(own)
        if partition != own_partition:
            fact = f"{_shown(image)} is of partition {partition}, but the stack is deployed to {own_partition}"
            yield _problem(container, image, fact)


@rule(
    "cross-region-image",
    Severity.WARNING,
    "Replicate the repository to the region of the stack and name the image there.",
)
def cross_region_image(facts: Facts) -> Iterator[Problem]:
    """Image is of a registry in another region than the stack's.

    ## What it checks
    The region of the image's registry against the region of the stack, where both are known and of one partition.

    ## Why it is bad
    Each start of a task pays for the transfer and waits for it, an outage of the other region stops tasks in this
    one, and VPC endpoints never reach a registry of another region.

    ## Bad
    In a stack of `eu-central-1`:
    ```yaml
    Resources:
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          ContainerDefinitions:
            - Name: web
              Image: 111111111111.dkr.ecr.us-east-1.amazonaws.com/web:1
    ```

    ## Good
    ```yaml
    Resources:
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          ContainerDefinitions:
            - Name: web
              Image: 111111111111.dkr.ecr.eu-central-1.amazonaws.com/web:1
    ```

    ## References
    - https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html
    """
    for container, image, own, region in _regions(facts):
        if region != own and partition_of(region) == partition_of(own):
            fact = f"{_shown(image)} is of region {region}, but the stack is deployed to {own}"
            yield _problem(container, image, fact)


def _regions(facts: Facts) -> Iterator[tuple[Container, Image, str, str]]:
    """Yield each image with its stack's region and its registry's, where both are known."""
    for container, image in _images(facts):
        own = container.resource.template.region
        if image.uri is not None and own is not None and isinstance(region := image.part("region"), str):
            yield container, image, own, region


@rule(
    "floating-tag",
    Severity.INFO,
    "Deploy a digest, or a tag of its own for each build from a repository with immutable tags.",
)
def floating_tag(facts: Facts) -> Iterator[Problem]:
    """Image can change without a deployment: its tag is `latest`, or its repository lets tags be overwritten.

    ## What it checks
    An image without digest whose tag is `latest`, or whose repository is in the templates and has mutable tags
    (the exclusion filters of the repository counted in).

    ## Why it is bad
    Tasks of one service started on different days can run different images, a rollback of the task definition does
    not roll the image back, and nobody can say what ran.

    ## Bad
    ```yaml
    Resources:
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          ContainerDefinitions:
            - Name: web
              Image: 111111111111.dkr.ecr.eu-central-1.amazonaws.com/web:latest
    ```

    ## Good
    ```yaml
    Resources:
      Repository:
        Type: AWS::ECR::Repository
        Properties:
          ImageTagMutability: IMMUTABLE
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          ContainerDefinitions:
            - Name: web
              Image: !Sub ${Repository.RepositoryUri}:1.4.2
    ```

    ## References
    - https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
    """
    for container, image in _images(facts):
        if image.uri is None or image.uri.tag is None or image.uri.digest is not None:
            continue
        tag = image.part("tag")
        if tag == "latest":
            yield _problem(container, image, f"{_shown(image)} has the tag 'latest'")
            continue
        for repository in facts.model.repositories(container.resource.template, image):
            mutable = facts.model.overwritable(repository, tag)
            if mutable is not False:
                where = f"{repository.logical_id} ({repository.construct_path or repository.template.name})"
                known, verdict = ("whose", Verdict.BROKEN) if mutable else ("which may be one whose", Verdict.UNKNOWN)
                fact = (
                    f"{_shown(image)} has the tag {str(tag)!r} of repository {where}, {known} tags can be overwritten"
                )
                yield _problem(container, image, fact, verdict)
                break
