"""The origins of repositories that the templates do not declare: caches, pushes and replication.

Sources:
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html (caches)
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html (pushes)
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html (replication)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Text
from ecr_ecs_constructs.pull.answer import Answer, Problem, all_of, worst
from ecr_ecs_constructs.pull.iam.actions import CREATE_ACTION, REPLICATE_ACTION
from ecr_ecs_constructs.pull.iam.arns import Arns
from ecr_ecs_constructs.pull.iam.mirrors import Mirrors
from ecr_ecs_constructs.pull.iam.registry import ROOT, Registries, is_registry, titled
from ecr_ecs_constructs.pull.iam.replication import COPIES, Replica, Replications
from ecr_ecs_constructs.pull.iam.repositories import RepositoryPolicies
from ecr_ecs_constructs.pull.iam.roles import RolePolicies, Roles
from ecr_ecs_constructs.pull.iam.service_roles import Deed, ServiceRoles
from ecr_ecs_constructs.pull.iam.trust import Assumer
from ecr_ecs_constructs.pull.iam.upstreams import HUB, Upstreams
from ecr_ecs_constructs.pull.images import Image

_MAKES = (CREATE_ACTION, REPLICATE_ACTION, "ecr:TagResource")
"""The actions by which Amazon ECR makes a repository as a creation template says.

Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates-custom.html
"""

UNUSABLE = "unusable-pull-through-cache"
"""The id of the rule about caches by which an image can't be pulled."""


class Origins(InWorld):
    """The origins of the repositories of images in one world.

    Args:
        registries: the registries that images are pulled from.
        roles: the policies of roles.
    """

    def __init__(self, registries: Registries, roles: Roles) -> None:
        self.world = registries.world
        self._mirrors = Mirrors(roles)
        self._policies = RepositoryPolicies(roles.documents)
        self._service_roles = ServiceRoles(roles)
        self._registries = registries
        self._replications = Replications(registries)
        self._upstreams = Upstreams(Arns(self.world))

    @asked
    def of(self, template: Template, image: Image) -> Answer:
        """Return whether something makes the repository of an image that is not in the templates itself.

        Args:
            template: the template of the image.
            image: the image, a reference of a private registry.

        Returns:
            True with what makes it; False with why no cache rule above it can; None with why a rule or a replication
            may not, and without where nothing is known.
        """
        found = self._of(template, image)
        return all_of((found, *self._made(template, image))) if found.truth else found

    def _of(self, template: Template, image: Image) -> Answer:
        caches = [rule for rule, doubt in self._registries.caches(template, image, ()) if not doubt]
        if caches:
            return worst(self._cached(rule, image) for rule in caches)
        name = image.part("repository")
        for creation in self._registries.creations("CREATE_ON_PUSH", template, image):
            return Answer(True, f"repository {name} is made at the first push by {creation.logical_id}")
        copies = [self._copied(name, replica) for replica in self._replications.of(template, image)]
        if not copies:
            return Answer(None, self._uncopied(template, image))
        return next((each for each in copies if each.truth), copies[0])

    def _uncopied(self, template: Template, image: Image) -> str:
        """Return that no replication makes a repository that a creation template is for; empty without one."""
        for creation in self._registries.creations(COPIES, template, image):
            return f"no replication of the templates copies it there, as {titled(creation)} expects"
        return ""

    @staticmethod
    def _copied(name: str | Text, replica: Replica) -> Answer:
        """Return whether a replication surely makes a repository; if not, somebody else may."""
        source, replication, may = replica.source.logical_id, replica.replication.logical_id, replica.answer
        if may.truth:
            return Answer(True, f"repository {name} is replicated from {source} by {replication}")
        if may.truth is False:
            return Answer(None, f"{replication} may not copy {source} to it: {may.why}")
        return Answer(None, f"whether {replication} may copy {source} to it is {may.why}")

    def makers(self, template: Template, image: Image) -> Iterator[Resource]:
        """Yield what makes the repository of an image, and what lets in who fills it and who pulls from it.

        Args:
            template: the template of the image.
            image: the image, a reference of a private registry.
        """
        account, region = image.part("account"), image.part("region")
        for policy in self._registries.policies:
            if is_registry(self.world, policy.template, template, account, region):
                yield policy
        for rule, doubt in self._registries.caches(template, image, ()):
            if not doubt:
                yield rule
                yield from self._mirrors.upstream(rule, image)
        creation = self._policies.creation(template, image)
        if creation is not None:
            yield creation
        for replica in self._replications.of(template, image):
            yield from (replica.source, replica.replication)

    def _made(self, template: Template, image: Image) -> Iterator[Answer]:
        """Yield whether Amazon ECR may make the repository of an image as its creation template says."""
        creation = self._policies.creation(template, image)
        if creation is None:
            return
        requests = dict.fromkeys(_MAKES, self._registries.arn(template, image))

        def deeds(role: RolePolicies) -> tuple[Deed, ...]:
            own = role.principal.account
            return (Deed(requests, image, self._policies.with_registry(None, template, image, own, "", pull=False)),)

        for answer in self._service_roles.may(creation, Assumer.REGISTRIES, deeds):
            yield answer if answer.truth else Answer(None, f"{titled(creation)} may not make it: {answer.why}")

    def _cached(self, rule: Resource, image: Image) -> Answer:
        """Return whether a rule makes a repository at the first pull, where its upstream holds the image."""
        name, title, url = image.part("repository"), titled(rule), self.world.value(rule, "UpstreamRegistryUrl")
        mirrored = self._mirrors.of(rule, image)
        if mirrored is not None:
            return mirrored
        if self.world.value(rule, "CustomRoleArn") is not None:
            return Answer(
                None, f"{title} has a CustomRoleArn, which is for registries of Amazon ECR, and fetches {url}"
            )
        fault = self._upstreams.fault(rule)
        if fault is not None and fault.taken is False:
            message = f"Amazon ECR refuses the rule: {rule.logical_id} {fault.why}"
            problem = Problem(UNUSABLE, rule, fault.location, message)
            return Answer.found(False, f"{title} {fault.why}", problem)
        if self.world.value(rule, "UpstreamRepositoryPrefix", ROOT) != ROOT:
            return Answer(None, f"which repository of {url} {title} takes by its UpstreamRepositoryPrefix is not known")
        prefix = self.world.value(rule, "EcrRepositoryPrefix")
        below = str(name) if prefix == ROOT else str(name).removeprefix(f"{str(prefix).removesuffix('/')}/")
        if url == HUB and "/" not in below:
            why = f"Docker Hub has no repository {below}: {title} finds its official images below library/"
            return Answer(False if isinstance(name, str) else None, why, UNUSABLE)
        if fault is not None:
            return Answer(None, f"{title} {fault.why}")
        if self._upstreams.is_nested(url) and "/" not in below:
            return Answer(None, f"each repository of {url} has two names, and {title} looks for {below} there")
        lacking = next((each for each in self._mirrors.stored(rule, image) if not each.truth), None)
        if lacking is not None:
            return Answer(None, f"{title} may not store what it fetches: {lacking.why}")
        return Answer(True, f"repository {name} is made at the first pull by {title}")
