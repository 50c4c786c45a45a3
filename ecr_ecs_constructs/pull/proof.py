"""The links of a container's pull path, each with its verdict and the evidence for it."""

from __future__ import annotations

import re
from collections.abc import Callable

from ecr_ecs_constructs.image_uri import UnverifiableImageUri
from ecr_ecs_constructs.pull.ami import ami_link
from ecr_ecs_constructs.pull.facts import Facts
from ecr_ecs_constructs.pull.iam import Decision, Verdict
from ecr_ecs_constructs.pull.link import Link, LinkVerdict, worst
from ecr_ecs_constructs.pull.network import network_link
from ecr_ecs_constructs.pull.path import Container, Image
from ecr_ecs_constructs.pull.pattern import same
from ecr_ecs_constructs.pull.permission import INSTANCE_ROLE, Pull, Puller, is_needed
from ecr_ecs_constructs.pull.placement import placement_link
from ecr_ecs_constructs.pull.registry import is_registry, outermost
from ecr_ecs_constructs.pull.runtime_platform import architecture_link
from ecr_ecs_constructs.pull.trust import ASSUME_ACTION


def image_link(facts: Facts, container: Container) -> Link:
    """Return whether every text that a container's image can become is a fully qualified reference."""
    links = [_image(image, facts.policy.allow_public_gallery) for image in container.images]
    rewritten = [
        f"the macro {macro} rewrites the template at deployment" for macro in container.resource.template.macros
    ]
    return worst([*links, *(Link("image", LinkVerdict.UNKNOWN, why) for why in rewritten)])


def _image(image: Image, allow_public_gallery: bool) -> Link:
    defaults = f" (with the default of {' and '.join(image.defaults)})" if image.defaults else ""
    error = image.error_under(allow_public_gallery=allow_public_gallery)
    if error is None:
        kind = "a private ECR registry" if image.error is None else "the public gallery, which is allowed"
        return Link("image", LinkVerdict.HOLDS, f"{image} is a reference of {kind}{defaults}")
    verdict = LinkVerdict.UNKNOWN if isinstance(error, UnverifiableImageUri) else LinkVerdict.BROKEN
    return Link("image", verdict, f"{image} {error.reason}{defaults}")


def repository_link(facts: Facts, container: Container) -> Link:
    """Return whether the repository of each image of a container is there before the container runs."""
    return worst(_repository(facts, container, image) for image in container.images)


def _repository(facts: Facts, container: Container, image: Image) -> Link:
    if image.uri is None:
        if (
            image.error is not None
            and image.error_under(allow_public_gallery=facts.policy.allow_public_gallery) is None
        ):
            return Link("repository", LinkVerdict.NOT_APPLICABLE, "the public gallery is no repository of an account")
        return Link("repository", LinkVerdict.UNKNOWN, f"which repository holds {image} can't be told")
    name, own = image.part("repository"), container.resource.template
    repositories = facts.model.repositories(own, image)
    for repository in repositories:
        where = repository.construct_path or f"{repository.logical_id} of {repository.template.name}"
        if not is_registry(repository.template, own, image):
            evidence = f"whether repository {name} is {where} depends on where these templates are deployed"
            return Link("repository", LinkVerdict.UNKNOWN, evidence)
        if facts.model.is_always_one(repositories, image):
            return Link("repository", LinkVerdict.HOLDS, f"repository {name} is {where}")
        evidence = f"repository {name} is {where}, which is not always there where the container is"
        return Link("repository", LinkVerdict.UNKNOWN, evidence)
    if _is_of_assets(image) and outermost(own).stack_name is not None and is_registry(own, own, image):
        return Link("repository", LinkVerdict.HOLDS, f"repository {name} is filled by CDK before it deploys the stack")
    evidence = f"repository {name} of account {image.part('account')} in {image.part('region')} is not in the templates"
    return Link("repository", LinkVerdict.UNKNOWN, evidence)


def permission_link(facts: Facts, container: Container) -> Link:
    """Return whether every role that pulls an image of a container may pull it."""
    open_gallery = facts.policy.allow_public_gallery
    if all(image.error is not None for image in container.images):
        if all(image.error_under(allow_public_gallery=open_gallery) is None for image in container.images):
            return Link("permission", LinkVerdict.NOT_APPLICABLE, "the public gallery asks for no permission")
        return Link("permission", LinkVerdict.UNKNOWN, "which repository is pulled from can't be told")
    links = [_without_role(puller) for puller in facts.pulls.pullers(container) if puller.role is None]
    links += [_may_pull(pull) for pull in facts.pulls.of(container)]
    if facts.pulls.distrusted:
        links += [
            _assumed(f"{INSTANCE_ROLE} {role.logical_id} of {host.resource.logical_id}", trust)
            for host, role, trust in facts.pulls.distrusted_of(container)
        ]
    if any(image.uri is None for image in container.images):
        links.append(Link("permission", LinkVerdict.UNKNOWN, "which repository is pulled from can't be told"))
    if facts.placements.values(container.resource, _CREDENTIALS, container.site):
        evidence = "it is not known whether the registry takes what RepositoryCredentials hold, not the role's token"
        links.append(Link("permission", LinkVerdict.UNKNOWN, evidence))
    return worst(links) if links else Link("permission", LinkVerdict.UNKNOWN, "nothing in the templates says who pulls")


def _without_role(puller: Puller) -> Link:
    verdict = LinkVerdict.BROKEN if puller.absent else LinkVerdict.UNKNOWN
    return Link("permission", verdict, puller.reason)


def _assumed(who: str, trust: Decision) -> Link:
    """Return the link of a role that can't be assumed, or is not known to be."""
    if trust.verdict is Verdict.BROKEN:
        return Link("permission", LinkVerdict.BROKEN, f"{who} can't be assumed: {trust.reason}")
    return Link("permission", LinkVerdict.UNKNOWN, f"{who}, {ASSUME_ACTION}: {trust.reason}")


def _may_pull(pull: Pull) -> Link:
    who = f"{pull.puller.kind} {pull.role.title}"
    if pull.trust is not None and pull.trust.verdict is Verdict.BROKEN:
        return _assumed(who, pull.trust)
    for action in pull.broken:
        return Link("permission", LinkVerdict.BROKEN, f"{who} may not {action}: {pull.decisions[action].reason}")
    if pull.trust is not None and pull.trust.verdict is Verdict.UNKNOWN:
        return _assumed(who, pull.trust)
    for action, decision in pull.decisions.items():
        if decision.verdict is not Verdict.HOLDS and is_needed(action, pull.puller):
            return Link("permission", LinkVerdict.UNKNOWN, f"{who}, {action}: {decision.reason}")
    if pull.foreign:
        evidence = f"{who} may pull, but the policy of the repository in account {pull.foreign} is not in the templates"
        return Link("permission", LinkVerdict.UNKNOWN, evidence)
    account = pull.image.part("account")
    if pull.repository is None and same(pull.role.principal.account, account) is not True:
        evidence = f"{who} may pull where the account is {account}; elsewhere the policy of the repository decides"
        return Link("permission", LinkVerdict.UNKNOWN, evidence)
    actions: dict[str, list[str]] = {}
    for action, decision in pull.decisions.items():
        if is_needed(action, pull.puller):
            actions.setdefault(decision.reason, []).append(action)
    if pull.trust is not None:
        actions.setdefault(pull.trust.reason, []).append(ASSUME_ACTION)
    allowed = "; ".join(f"{', '.join(each)} {reason}" for reason, each in actions.items())
    return Link("permission", LinkVerdict.HOLDS, f"{who}: {allowed}")


_CREDENTIALS = "RepositoryCredentials.CredentialsParameter"
"""A secret that a container's image is pulled by, instead of the role.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html
"""


def _is_of_assets(image: Image) -> bool:
    """Return whether CDK's bootstrapping names a repository of an account and region as the one of an image is named.

    Source: https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
    """
    match = _ASSETS.fullmatch(str(image.part("repository")))
    return match is not None and match[1] == f"{image.part('account')}-{image.part('region')}"


_ASSETS = re.compile(r"cdk-[a-z0-9]+-container-assets-(.*)")


LINKS: tuple[Callable[[Facts, Container], Link], ...] = (
    image_link,
    repository_link,
    permission_link,
    placement_link,
    ami_link,
    architecture_link,
    network_link,
)
"""What judges each link, in the order of the path."""
