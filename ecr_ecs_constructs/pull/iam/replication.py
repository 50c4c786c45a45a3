"""The replications of registries: the repositories that Amazon ECR fills, and makes, as copies of others.

Sources:
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions-create-replication.html (other accounts)
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/slr-replication.html (who copies)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Site, Text
from ecr_ecs_constructs.pull.answer import Answer, worst
from ecr_ecs_constructs.pull.iam.actions import CREATE_ACTION, REPLICATE_ACTION
from ecr_ecs_constructs.pull.iam.contexts import context_of
from ecr_ecs_constructs.pull.iam.decisions import ResourcePolicy, decide_each
from ecr_ecs_constructs.pull.iam.documents import Policies
from ecr_ecs_constructs.pull.iam.encryption import Encryption
from ecr_ecs_constructs.pull.iam.registry import Registries, is_account, is_registry, registry_title
from ecr_ecs_constructs.pull.iam.service_roles import service_linked
from ecr_ecs_constructs.pull.images import Image
from ecr_ecs_constructs.pull.texts.pattern import same

REPLICATION = "AWS::ECR::ReplicationConfiguration"
COPIES = "REPLICATION"
"""The copies of a replication, as the `AppliedFor` of creation templates names them."""

_ROLE = "AWSServiceRoleForECRReplication", "replication.ecr.amazonaws.com"
"""The service-linked role by which Amazon ECR copies, and the service that it belongs to."""

_ACTIONS = (REPLICATE_ACTION, CREATE_ACTION)


class Replica(NamedTuple):
    """A repository as the copy of another one.

    Attributes:
        source: the repository that is copied.
        replication: the replication that copies it.
        answer: that it may make the copy, or why it may not.
    """

    source: Resource
    replication: Resource
    answer: Answer


class Replications(InWorld):
    """The replications of the templates in one world.

    Args:
        registries: the registries that are copied to.
    """

    def __init__(self, registries: Registries) -> None:
        self.world = registries.world
        self._registries = registries
        self._encryption = Encryption(registries.documents)

    @asked
    def of(self, template: Template, image: Image) -> tuple[Replica, ...]:
        """Return the copies of repositories of the templates that surely go by the name of an image's repository.

        Args:
            template: the template of the image.
            image: the image, whose repository is not in the templates.
        """
        return tuple(
            Replica(source, replication, self._may_copy(source, template, image))
            for source, replication in self._found(template, image)
        )

    def _found(self, template: Template, image: Image) -> Iterator[tuple[Resource, Resource]]:
        """Yield the repositories that a replication has among its destinations, with that."""
        name = image.part("repository")
        for source in self.world.root.named("AWS::ECR::Repository", "RepositoryName", name):
            if not isinstance(name, str) or self.world.value(source, "RepositoryName") != name:
                continue
            own = [self.world.pseudo(source.template, f"AWS::{part}") for part in ("AccountId", "Region")]
            for replication in self.world.root.all(REPLICATION):
                if is_registry(self.world, replication.template, source.template, *own) and any(
                    self._is_target(rule, template, image) and self._is_chosen(rule, name)
                    for rule in self.world.sites(replication, "ReplicationConfiguration.Rules.*")
                ):
                    yield source, replication

    def _may_copy(self, source: Resource, template: Template, image: Image) -> Answer:
        """Return whether Amazon ECR may copy a repository.

        It must decrypt its images, and the registry of another account must let in the account of the repository.
        """
        account, region = image.part("account"), image.part("region")
        title = registry_title(account, region)
        role = service_linked(self.world, source.template, *_ROLE, _ACTIONS)
        is_own = is_account(self.world, source.template, template, account)
        policies = self._registries.policy_for(template, account, region, False)
        if not policies.documents and not is_own:
            policies = Policies(unknown=(f"the policy of {title}, which is not in the templates",))
        policy = ResourcePolicy(title, role.principal.account if is_own else account, policies)
        repository = self._registries.arn(template, image)
        requests = dict.fromkeys(_ACTIONS, repository)
        context = context_of(region, account)
        copied = decide_each(role, requests, template=template, context=context, policy=policy)
        return worst((self._encryption.of(source), *copied.values()))

    def _is_target(self, rule: Site, template: Template, image: Image) -> bool:
        """Return whether a rule of a replication surely has the registry of an image among its destinations."""
        local = rule.resource.template is template
        for destination in self.world.sites(rule.resource, "Destinations.*", rule):
            parts = [self.world.value(rule.resource, key, at=destination) for key in ("RegistryId", "Region")]
            wanted = [image.part(key) for key in ("account", "region")]
            pairs = zip(parts, wanted, strict=True)
            if all(isinstance(one, (str, Text)) and same(one, other, local=local) for one, other in pairs):
                return True
        return False

    def _is_chosen(self, rule: Site, name: str) -> bool:
        """Return whether a rule of a replication surely is about a repository: all are where it has no filters."""
        filters = self.world.sites(rule.resource, "RepositoryFilters.*", rule)
        starts = [self.world.value(rule.resource, "Filter", at=each) for each in filters]
        return not filters or any(isinstance(start, str) and name.startswith(start) for start in starts)
