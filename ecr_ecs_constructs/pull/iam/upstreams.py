"""The registries upstream of pull-through cache rules, and whether Amazon ECR takes such a rule.

Sources:
    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreatePullThroughCacheRule.html (registries)
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-creating-secret.html (credentials)
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private-wildcards.html (prefixes)
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.validity.arns import parts_of
from ecr_ecs_constructs.cloudformation.values import Hole, Text, Value, shown, text
from ecr_ecs_constructs.pull.iam.arns import Arns
from ecr_ecs_constructs.pull.iam.registry import ROOT, is_registry
from ecr_ecs_constructs.pull.texts.documents import read_document
from ecr_ecs_constructs.pull.texts.pattern import Truth


class _Upstream(NamedTuple):
    """A registry that pull-through cache rules fetch from.

    Attributes:
        url: its URL, as a regular expression.
        name: the name of its kind.
        asks: whether Amazon ECR asks for credentials.
        nested: whether each of its repositories is of somebody, whose name stands before a slash.
    """

    url: str
    name: str
    asks: bool
    nested: bool = True


HUB = "registry-1.docker.io"
_UPSTREAMS = (
    _Upstream(r"public\.ecr\.aws", "ecr-public", False),
    _Upstream(r"registry\.k8s\.io", "k8s", False, False),
    _Upstream(r"quay\.io", "quay", False),
    _Upstream(re.escape(HUB), "docker-hub", True),
    _Upstream(r"ghcr\.io", "github-container-registry", True),
    _Upstream(r"registry\.gitlab\.com", "gitlab-container-registry", True),
    _Upstream(r"cgr\.dev", "chainguard", True),
    _Upstream(r"[a-z0-9-]+\.azurecr\.io", "azure-container-registry", True, False),
)
"""The registries upstream, but for private ones of Amazon ECR, whose repositories and roles must let the cache in."""

_NAMES = "ecr-pullthroughcache/"
"""How the name of the secret of a rule must begin."""


_KEY = "alias/aws/secretsmanager"
_ENTRIES = ("username", "accessToken")
"""The keys by which a secret must hold the credentials of a rule."""

_REGION, _ACCOUNT = 3, 4
"""The parts of the ARN of a secret that must be those of the rule."""


class RuleFault(NamedTuple):
    """The reason for which Amazon ECR takes no pull-through cache rule, or may not.

    Attributes:
        location: the place in the rule.
        why: what is wrong there, as a predicate: `has no CredentialArn`.
        taken: False where the rule is refused, None where that is not known.
    """

    location: str
    why: str
    taken: Truth = False


class Upstreams(InWorld):
    """The registries upstream of pull-through cache rules in one world."""

    def __init__(self, arns: Arns) -> None:
        self.world = arns.world
        self._arns = arns

    @asked
    def fault(self, rule: Resource) -> RuleFault | None:
        """Return why Amazon ECR takes no rule, or may not; None where it surely takes it."""
        url, kind = self.world.value(rule, "UpstreamRegistryUrl"), self.world.value(rule, "UpstreamRegistry")
        above = self.world.value(rule, "UpstreamRepositoryPrefix", ROOT)
        if above != ROOT and self.world.value(rule, "EcrRepositoryPrefix") == ROOT:
            why = f"has UpstreamRepositoryPrefix {shown(above)}, which Amazon ECR takes only below a prefix of its own"
            taken = False if isinstance(above, str) else None
            return RuleFault("Properties.UpstreamRepositoryPrefix", why, taken)
        fitting = [each for each in _UPSTREAMS if isinstance(url, str) and re.fullmatch(each.url, url)]
        if not fitting:
            why = f"has upstream registry {shown(url)}, of which it is not known whether Amazon ECR can fetch from it"
            return RuleFault("Properties.UpstreamRegistryUrl", why, None)
        (upstream,) = fitting
        if kind not in (None, upstream.name):
            why = f"has UpstreamRegistry {shown(kind)}, and {url} is {upstream.name}"
            return RuleFault("Properties.UpstreamRegistry", why, False if isinstance(kind, str) else None)
        credentials = self.world.value(rule, "CredentialArn")
        if credentials is None:
            why = f"has no CredentialArn, which Amazon ECR asks for with {url}"
            return RuleFault("Properties.UpstreamRegistryUrl", why) if upstream.asks else None
        is_named = self._is_named(credentials)
        if is_named:
            return self._elsewhere(rule, credentials) or self._unread(credentials)
        why = f"has credentials in {shown(credentials)}, and the name of the secret must begin with {_NAMES}"
        return RuleFault("Properties.CredentialArn", why, is_named)

    @staticmethod
    def is_nested(url: Value) -> bool:
        """Return whether each repository of a registry is of somebody, whose name stands before a slash."""
        return any(each.nested and re.fullmatch(each.url, str(url)) for each in _UPSTREAMS)

    def _secret(self, credentials: Value) -> Resource | None:
        """Return the secret of the templates that a rule has its credentials in."""
        hole = credentials.pieces[0] if isinstance(credentials, Text) and len(credentials.pieces) == 1 else None
        return self._arns.secret_of(hole.resource) if isinstance(hole, Hole) and hole.resource is not None else None

    def _unread(self, credentials: Value) -> RuleFault | None:
        """Return why Amazon ECR may find no credentials in a secret of the templates."""
        secret, where = self._secret(credentials), "Properties.CredentialArn"
        if secret is None:
            return None
        has = f"has credentials in {shown(credentials)}"
        if self.world.value(secret, "KmsKeyId", _KEY) != _KEY:
            why = f"{has}, and Amazon ECR asks for one that is encrypted by {_KEY}"
            return RuleFault(where, why, None)
        written = self.world.value(secret, "SecretString")
        is_generated = bool(self.world.sites(secret, "GenerateSecretString"))
        if is_generated or written is None:
            why = "CloudFormation generates its value" if is_generated else "it has no value in the templates"
            return RuleFault(where, f"{has}, which may hold no {' and '.join(_ENTRIES)} yet: {why}", None)
        if not _holds(written):
            return RuleFault(where, f"{has}, in which it is not known that {' and '.join(_ENTRIES)} stand", None)
        return None

    def _elsewhere(self, rule: Resource, credentials: Value) -> RuleFault | None:
        """Return that the secret of a rule is of another region or account, or may be."""
        parts = parts_of(credentials) if isinstance(credentials, (str, Text)) else []
        if len(parts) <= _ACCOUNT:
            return None
        region, account = (text(*parts[index]) for index in (_REGION, _ACCOUNT))
        is_own = is_registry(self.world, rule.template, rule.template, account, region)
        why = f"has credentials in {shown(credentials)}, and Amazon ECR reads those of its own account and region alone"
        return None if is_own else RuleFault("Properties.CredentialArn", why, is_own)

    def _is_named(self, credentials: Value) -> Truth:
        """Return whether the secret of a rule has a name as Amazon ECR asks for it."""
        if isinstance(credentials, str):
            return f":secret:{_NAMES}" in credentials
        if not isinstance(credentials, Text):
            return None
        secret = self._secret(credentials)
        if secret is None:
            return True if f":secret:{_NAMES}" in str(credentials) else None
        name = self.world.value(secret, "Name")
        if isinstance(name, Text):
            return True if str(name).startswith(_NAMES) else None
        return isinstance(name, str) and name.startswith(_NAMES)  # CloudFormation's own name begins with the stack's


def _holds(written: Value) -> bool:
    """Return whether a text is known to hold credentials by the keys that Amazon ECR asks for."""
    try:
        document = read_document(written) if isinstance(written, (str, Text)) else None
    except ValueError:
        return False
    return isinstance(document, dict) and all(
        isinstance(value := document.get(key), Text) or (isinstance(value, str) and value) for key in _ENTRIES
    )
