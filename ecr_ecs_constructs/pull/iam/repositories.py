"""The policies that an image's repository is under: its own, and that of its registry.

Sources:
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html
"""

from __future__ import annotations

from collections.abc import Sequence

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Text
from ecr_ecs_constructs.pull.iam.decisions import ResourcePolicy
from ecr_ecs_constructs.pull.iam.documents import NO_POLICIES, Documents, Policies, joined
from ecr_ecs_constructs.pull.iam.registry import Registries, registry_title, repository_title, together
from ecr_ecs_constructs.pull.iam.replication import COPIES, Replications
from ecr_ecs_constructs.pull.iam.statements import PolicyDocument
from ecr_ecs_constructs.pull.images import Image
from ecr_ecs_constructs.pull.texts.mentions import maker_of


class RepositoryPolicies(InWorld):
    """The policies of repositories in one world.

    Attributes:
        registries: what is said about their registries.
    """

    def __init__(self, documents: Documents) -> None:
        self.world = documents.world
        self.registries = Registries(documents)
        self._replications = Replications(self.registries)
        self._documents = documents

    @asked
    def of(self, repository: Resource) -> ResourcePolicy:
        """Return the policy of a repository."""
        title = f"repository {repository.logical_id}"
        document = PolicyDocument(f"the policy of {title}", repository)
        found = [self._documents.at(document, site) for site in self.world.sites(repository, "RepositoryPolicyText")]
        account = self.world.pseudo(repository.template, "AWS::AccountId")
        setter = maker_of(self.world, repository, "RepositoryName")
        return ResourcePolicy(title, account, joined(found), setter=setter)

    def of_image(
        self, template: Template, image: Image, repositories: Sequence[Resource], role: Resource | None
    ) -> ResourcePolicy | None:
        """Return the policy of the repository that an image is pulled from, None where it is not in the templates.

        Args:
            template: the template of the image.
            image: the image.
            repositories: those of the templates that it may be pulled from.
            role: the role that pulls it; None where that is not in the templates.
        """
        creation = None if repositories else self.creation(template, image)
        policy = self._of_one(repositories) if creation is None else self._of_made(creation, image)
        account = image.part("account")
        if policy is None or not isinstance(account, str) or not isinstance(policy.account, Text):
            return policy
        sources = repositories if creation is None else (creation,)
        if role is not None and all(together(source.template, role.template) for source in sources):
            return policy
        # Only the image tells the account of the repository. In the templates of one stack that is the account of the
        # role as well; two other templates without a known account need not be of the same one.
        return policy._replace(account=account)

    def _of_one(self, repositories: Sequence[Resource]) -> ResourcePolicy | None:
        """Return the policy of the only one of some repositories; of several it is not known which one counts."""
        policies = [self.of(repository) for repository in repositories]
        if len(policies) < 2:
            return policies[0] if policies else None
        names = [f"{each.logical_id} ({each.construct_path or each.template.name})" for each in repositories]
        which = f"which of the repositories {', '.join(names)} it is"
        known = policies[0]
        return known._replace(policies=Policies(known.policies.documents, unknown=(which,)))

    def creation(self, template: Template, image: Image) -> Resource | None:
        """Return the creation template by which the repository of an image is made, None where it is not known.

        Args:
            template: the template of the image.
            image: the image, whose repository is not in the templates itself.
        """
        return self.registries.creation(self._use(template, image), template, image)

    def _use(self, template: Template, image: Image) -> str:
        """Return what makes the repository of an image, as the `AppliedFor` of creation templates names it."""
        if any(not doubt for _, doubt in self.registries.caches(template, image, ())):
            return "PULL_THROUGH_CACHE"
        is_copied = any(each.answer.truth for each in self._replications.of(template, image))
        return COPIES if is_copied else "CREATE_ON_PUSH"

    def _of_made(self, creation: Resource, image: Image) -> ResourcePolicy:
        """Return the policy that a creation template gives the repository of an image.

        Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html
        """
        title, account = (
            f"repository {image.part('repository')}",
            self.world.pseudo(creation.template, "AWS::AccountId"),
        )
        policy = ResourcePolicy(title, account, NO_POLICIES, giver=creation.logical_id)
        document = PolicyDocument(policy.name, creation)
        found = [self._documents.at(document, site) for site in self.world.sites(creation, "RepositoryPolicy")]
        return policy._replace(policies=joined(found))

    def before_made(self, policy: ResourcePolicy, template: Template, image: Image) -> ResourcePolicy:
        """Return the policy that counts for what fills a cache: a repository that is not there yet has none of its own.

        Args:
            policy: the policy that a creation template gives the repository.
            template: the template of the image.
            image: the image.
        """
        account, region = image.part("account"), image.part("region")
        title = registry_title(account, region)
        is_known = template.account in (None, account)  # in its own account, a role needs no policy of the registry
        if is_known or self.registries.policy_for(template, account, region, False).documents:
            return policy._replace(title=title, policies=NO_POLICIES, giver="")
        return policy._replace(policies=Policies(unknown=(f"the policy of {title}, which is not in the templates",)))

    def elsewhere(self, template: Template, image: Image) -> str:
        """Return the words for the policy of an image's repository where that is not in the templates.

        Args:
            template: the template of the image.
            image: the image.
        """
        words = f"the policy of {repository_title(image)}, which is not in the templates"
        use = self._use(template, image)
        if use != COPIES or self.registries.has_creations(use, template, image):
            return words
        return f"{words}, and no repository creation template of the templates gives the copy a policy"

    def with_registry(
        self,
        policy: ResourcePolicy | None,
        template: Template,
        image: Image,
        own: str | Text,
        foreign: str,
        *,
        pull: bool,
    ) -> ResourcePolicy | None:
        """Return the policy of an image's repository together with that of its registry.

        Args:
            policy: the policy of the repository; None where the repository is not in the templates.
            template: the template of the image.
            image: the image.
            own: the account of the role that pulls.
            foreign: the account of a repository that is not in the templates, where it is surely another one.
            pull: whether it is asked about pulls, or about what fills a pull-through cache.
        """
        account, region, name = (image.part(part) for part in ("account", "region", "repository"))
        policies = self.registries.policy_for(template, account, region, pull)
        if not policies.documents:
            return policy
        if policy is not None:
            return policy._replace(policies=joined([policy.policies, policies]))
        unknown = (self.elsewhere(template, image),) if foreign else ()
        both = joined([policies, Policies(unknown=unknown)])
        return ResourcePolicy(f"repository {name}", foreign or own, both)
