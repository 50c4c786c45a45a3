"""The contents of properties that Amazon ECR, IAM, Secrets Manager or Systems Manager refuse, beyond their schemas.

Sources:
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_EncryptionConfiguration.html
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html (registries upstream)
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates-create.html (roles and keys)
    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product

from ecr_ecs_constructs.cloudformation.template import Node, Resource
from ecr_ecs_constructs.cloudformation.validity.faults import Fault, Guards, found_at, judged, presences, voids

_UPSTREAM = re.compile(
    r"public\.ecr\.aws|registry\.k8s\.io|quay\.io|registry-1\.docker\.io|ghcr\.io|registry\.gitlab\.com|cgr\.dev|"
    r"[a-z0-9-]+\.azurecr\.(io|us|cn)|[0-9]{12}\.dkr[.-]ecr\..+"
)
"""The registries that a pull-through cache can have upstream."""

_BY_KEY = ("KMS", "KMS_DSSE")
_OF_RULE = ({"rulePriority", "selection", "action"}, {"description"})
"""The elements that a rule of a lifecycle policy must have, and those that it may have."""


def misfilled(resource: Resource) -> Iterator[Fault]:
    """Yield what a service refuses of the contents of a resource.

    Args:
        resource: the resource.
    """
    yield from _FINDERS[resource.type](resource) if resource.type in _FINDERS else ()


def _of_repository(repository: Resource) -> Iterator[Fault]:
    yield from _texts(repository, "LifecyclePolicy.LifecyclePolicyText", _no_lifecycle)
    yield from _texts(repository, "LifecyclePolicy.LifecyclePolicyText", _other_lifecycle, None)
    yield from _of_key(repository)


def _of_key(holder: Resource) -> Iterator[Fault]:
    """Yield that a key stands where images are not encrypted by one."""
    types, keys = (_found(holder, f"EncryptionConfiguration.{name}") for name in ("EncryptionType", "KmsKey"))
    for (around, _, type_), (own, location, _) in product(types, keys):
        guards = (*around, *own)
        yield from judged(Fault(holder, guards, location, taken=None, nodes=(type_,), judge=_beside_type))


def _of_rule(rule: Resource) -> Iterator[Fault]:
    return _texts(rule, "UpstreamRegistryUrl", _other_upstream, None)


def _of_creation(creation: Resource) -> Iterator[Fault]:
    for guards, location, node in _found(creation, "AppliedFor"):
        for own in voids(node, guards) if isinstance(node, list) else ():
            yield Fault(creation, own, location, "is empty", None)
    yield from _of_key(creation)
    types = _found(creation, "EncryptionConfiguration.EncryptionType")
    roles = [guards for guards, is_present in presences(creation.properties, "CustomRoleArn") if not is_present]
    for (around, location, type_), own in product(types, roles):
        fault = Fault(creation, (*around, *own), location, taken=None, nodes=(type_,), judge=_without_role)
        yield from judged(fault)
    for (around, location, tags), own in product(_found(creation, "ResourceTags"), roles):
        if tags:
            yield Fault(creation, (*around, *own), location, "stands there without a CustomRoleArn", None)


def _of_profile(profile: Resource) -> Iterator[Fault]:
    for guards, location, node in _found(profile, "Roles"):
        for own in voids(node, guards) if isinstance(node, list) else ():
            yield Fault(profile, own, location, "is empty", None)


def _of_secret(secret: Resource) -> Iterator[Fault]:
    return _texts(secret, "GenerateSecretString.SecretStringTemplate", _no_object)


def _of_parameter(parameter: Resource) -> Iterator[Fault]:
    return _texts(parameter, "Value", _nothing)


_FINDERS: Mapping[str, Callable[[Resource], Iterator[Fault]]] = {
    "AWS::ECR::PullThroughCacheRule": _of_rule,
    "AWS::ECR::Repository": _of_repository,
    "AWS::ECR::RepositoryCreationTemplate": _of_creation,
    "AWS::IAM::InstanceProfile": _of_profile,
    "AWS::SSM::Parameter": _of_parameter,
    "AWS::SecretsManager::Secret": _of_secret,
}
"""The questions about the contents of a resource, by its type."""


def _found(resource: Resource, path: str) -> Sequence[tuple[Guards, str, Node]]:
    return [*found_at(resource.properties, path.split("."), "Properties", ())]


def _texts(resource: Resource, path: str, judge: Callable[[str], str], taken: bool | None = False) -> Iterator[Fault]:
    """Yield that the text at a path may be wrong."""
    for guards, location, node in found_at(resource.properties, path.split("."), "Properties", ()):
        yield from judged(Fault(resource, guards, location, taken=taken, nodes=(node,), judge=judge))


def _no_lifecycle(text: str) -> str:
    return "" if isinstance(_read(text), dict) else "is no lifecycle policy"


def _other_lifecycle(text: str) -> str:
    document = _read(text)
    rules = document.get("rules") if isinstance(document, dict) else []
    needed, more = _OF_RULE
    is_known = isinstance(rules, list) and all(
        isinstance(rule, dict) and needed <= rule.keys() <= needed | more for rule in rules
    )
    return "" if is_known else "is a lifecycle policy with elements that are not known"


def _nothing(text: str) -> str:
    return "" if text else "is empty"


def _beside_type(type_: str) -> str:
    return "" if type_ in _BY_KEY else f"stands beside encryption type {type_}"


def _other_upstream(text: str) -> str:
    return "" if _UPSTREAM.fullmatch(text) else f"is {text!r}, which is no registry that is known upstream"


def _without_role(type_: str) -> str:
    return f"is {type_}, for which there must be a CustomRoleArn" if type_ in _BY_KEY else ""


def _no_object(text: str) -> str:
    return "" if isinstance(_read(text), dict) else "is no object in JSON"


def _read(text: str) -> object:
    """Return what a text in JSON says, None for what is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
