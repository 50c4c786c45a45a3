"""The registry that an image is pulled from: its policy and its pull-through caches.

Sources:
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html (the policy)
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html (caches)
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private-wildcards.html (prefixes)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked, unnoted
from ecr_ecs_constructs.cloudformation.template import Resource, Template, outermost
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, pieces_of, text
from ecr_ecs_constructs.image_uri import partition_of
from ecr_ecs_constructs.pull.iam.actions import CREATE_ACTION, IMPORT_ACTION
from ecr_ecs_constructs.pull.iam.documents import Documents, Policies, joined
from ecr_ecs_constructs.pull.images import Image
from ecr_ecs_constructs.pull.texts.pattern import Form, Truth, every, matches

CACHE_RULE, CREATION_TEMPLATE = "AWS::ECR::PullThroughCacheRule", "AWS::ECR::RepositoryCreationTemplate"
REGISTRY_POLICY = "AWS::ECR::RegistryPolicy"
_WHOSE = "whether the image's registry has what stands"
_SCOPE = "whether the policy scope V2 is on for the pulls"


class Registries(InWorld):
    """The registries of some templates in one world.

    Attributes:
        documents: the policy documents of the templates.
    """

    def __init__(self, documents: Documents) -> None:
        self.world = documents.world
        self.documents = documents

    @property
    def rules(self) -> tuple[Resource, ...]:
        """The pull-through cache rules, whatever world they are in."""
        return self.world.root.all(CACHE_RULE)

    @property
    def policies(self) -> tuple[Resource, ...]:
        """The policies of registries, whatever world they are in."""
        return self.world.root.all(REGISTRY_POLICY)

    def arn(self, template: Template, image: Image) -> str | Text:
        """Return the ARN of the repository that an image of a template is pulled from."""
        account, region, name = (image.part(part) for part in ("account", "region", "repository"))
        partition = partition_of(region) if isinstance(region, str) else self.world.pseudo(template, "AWS::Partition")
        return text("arn:", partition, ":ecr:", region, ":", account, ":repository/", name)

    @asked
    def policy_for(self, template: Template, account: str | Text, region: str | Text, pull: bool) -> Policies:
        """Return the policy of the registry that an image of a template is pulled from.

        Args:
            template: the template.
            account: the account of the registry.
            region: its region.
            pull: whether it is asked about pulls. Of these the older scope of such policies, V1, knows nothing.
        """
        found: list[Policies] = []
        for resource in self.policies:
            is_its = is_registry(self.world, resource.template, template, account, region)
            if is_its is not False and self.world.exists(resource):
                read = self.documents.of(resource, "PolicyText", f"registry policy {resource.logical_id}")
                narrow = _SCOPE if pull else ""
                statements = tuple(
                    statement.doubted((narrow if statement.effects == ("Allow",) else "") if is_its else _WHOSE)
                    for statement in read.statements
                )
                found.append(read._replace(statements=statements))
        return joined(found)

    def caches(self, template: Template, image: Image, existing: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
        """Yield the pull-through cache rules that an image may come through.

        Args:
            template: the template of the image.
            image: the image.
            existing: the repositories of the templates that it may be pulled from.

        Yields:
            Each rule, and what would have to be known to tell whether it does; empty where it surely does.
        """
        for rule in self.rules:
            below, doubt = self._covers(rule, "EcrRepositoryPrefix", template, image, generated=bool(existing))
            if below is not False:
                # Whether the pull of an image that was pushed asks the upstream registry is not documented.
                pushed = f"whether images of {existing[0].logical_id} come through {titled(rule)}" if existing else ""
                yield rule, doubt or pushed

    def cache_actions(self, template: Template, image: Image, existing: Sequence[Resource]) -> Mapping[str, str]:
        """Return what the first pull of an image through a cache needs besides.

        Args:
            template: the template of the image.
            image: the image.
            existing: the repositories of the templates that it may be pulled from.

        Returns:
            By action, what would have to be known to tell whether it is needed; empty where it surely is.
        """
        caches = [*self.caches(template, image, existing)]
        if not caches:
            return {}
        _, doubt = min(caches, key=lambda cache: bool(cache[1]))
        actions = {IMPORT_ACTION: doubt}
        creates = None if existing else self._creates(template, image)
        return actions if creates is None else {**actions, CREATE_ACTION: doubt or creates}

    def _creates(self, template: Template, image: Image) -> str | None:
        """Return what would have to be known to tell whether a role must create a repository; None if none must.

        Args:
            template: the template of the image.
            image: the image.
        """
        doubts = [""]
        for below, doubt, _ in self._applied("PULL_THROUGH_CACHE", template, image):
            if below:
                return None
            doubts.append(doubt)
        return max(doubts)

    def creations(self, use: str, template: Template, image: Image) -> Iterator[Resource]:
        """Yield the repository creation templates that surely are applied to the repository of an image.

        Args:
            use: what creates the repository, as `AppliedFor` names it.
            template: the template of the image.
            image: the image.
        """
        return (resource for below, _, resource in self._applied(use, template, image) if below)

    def has_creations(self, use: str, template: Template, image: Image) -> bool:
        """Return whether a repository creation template surely or perhaps is applied to the repository of an image.

        Args:
            use: what creates the repository, as `AppliedFor` names it.
            template: the template of the image.
            image: the image.
        """
        return any(True for _ in self._applied(use, template, image))

    def creation(self, use: str, template: Template, image: Image) -> Resource | None:
        """Return the repository creation template that decides how the repository of an image is made.

        Of several, Amazon ECR applies the one with the most specific prefix.

        Args:
            use: what creates the repository, as `AppliedFor` names it.
            template: the template of the image.
            image: the image.

        Returns:
            The creation template; None where there is none, or where it is not known which one.
        """
        applied = [*self._applied(use, template, image)]
        sure = {str(self.world.value(resource, "Prefix")): resource for below, _, resource in applied if below}
        if any(below is None for below, _, _ in applied) or len(sure) < sum(below is True for below, _, _ in applied):
            return None
        return sure[max(sure, key=lambda prefix: (prefix != ROOT, len(prefix)))] if sure else None

    def _applied(self, use: str, template: Template, image: Image) -> Iterator[tuple[Truth, str, Resource]]:
        for resource in self.world.root.all(CREATION_TEMPLATE):
            below, doubt = self._covers(resource, "Prefix", template, image)
            if below is not False and use in self.world.values(resource, "AppliedFor.*"):
                yield below, doubt, resource

    def _covers(
        self, resource: Resource, path: str, template: Template, image: Image, *, generated: bool = False
    ) -> tuple[Truth, str]:
        """Return whether a resource is of an image's registry and covers its repository, and what would tell that."""
        # Nothing rests on one of another prefix, whatever else it says.
        prefix = unnoted(self.world, partial(self.world.value, resource, path))
        name = image.part("repository")
        if not isinstance(prefix, (str, Text)):
            return False, ""
        if generated and _is_generated(name) and prefix != ROOT:
            return False, ""  # a generated name is below no other
        below = is_below(name, prefix, local=resource.template is template)
        account, region = image.part("account"), image.part("region")
        its = False if below is False else is_registry(self.world, resource.template, template, account, region)
        if its is False:
            return False, ""
        self.world.value(resource, path)
        if its is None:
            return None, f"whether {titled(resource)} is of the registry of {image}"
        return below, "" if below else f"whether repository {name} is below prefix {prefix} of {titled(resource)}"


def _is_generated(name: str | Text) -> bool:
    """Return whether CloudFormation makes the name of a repository of the templates."""
    return isinstance(name, Text) and all(
        isinstance(each, Hole) and each.kind is Kind.REPOSITORY for each in name.pieces
    )


ROOT = "ROOT"
"""The prefix of what covers every repository."""


def titled(resource: Resource) -> str:
    """Return how messages name a pull-through cache rule or a repository creation template."""
    kind = "pull-through cache rule" if resource.type == CACHE_RULE else "repository creation template"
    return f"{kind} {resource.logical_id}"


def registry_title(account: str | Text, region: str | Text) -> str:
    """Return how messages name the registry of an account in a region."""
    return f"the registry of account {account} in {region}"


def repository_title(image: Image) -> str:
    """Return how messages name the repository of an image where it is not in the templates."""
    name, account, region = (image.part(part) for part in ("repository", "account", "region"))
    return f"repository {name} of account {account} in {region}"


def is_below(name: str | Text, prefix: str | Text, *, local: bool = False) -> Truth:
    """Return whether a repository's name is below the prefix of a pull-through cache rule or a creation template.

    Args:
        name: the name.
        prefix: the prefix, with or without the slash that always ends it.
        local: whether both stand in the same template.
    """
    if prefix == ROOT:
        return True
    *start, end = pieces_of(prefix)
    prefix = text(*start, end.removesuffix("/") if isinstance(end, str) else end)
    if isinstance(name, str) and isinstance(prefix, str):
        return name.startswith(f"{prefix}/")
    return matches(text(prefix, "/*"), name, Form.LIKE, local=local)


def together(one: Template, other: Template) -> bool:
    """Return whether two templates are of one stack and those nested in it, and so of one account and region."""
    return one is other or outermost(one) is outermost(other)


def is_supposed_together(world: World, one: Template, other: Template) -> bool:
    """Return whether only their being judged in one call says that two templates are of one account and region."""
    if together(one, other):
        return False
    return any(_place(world, each, kind) is None for each in (one, other) for kind in _PLACES)


def is_registry(world: World, known: Template, template: Template, account: str | Text, region: str | Text) -> Truth:
    """Return whether the registry of the place that a template is deployed to is that of an image.

    Args:
        world: the world, which may choose the account and the region that templates leave open.
        known: the template.
        template: the template of the image.
        account: the account of the image's registry.
        region: the region of the image's registry.
    """
    return every(
        _is_its(world, known, kind, written, template)
        for kind, written in ((Kind.ACCOUNT, account), (Kind.REGION, region))
    )


def is_account(world: World, known: Template, template: Template, account: str | Text) -> Truth:
    """Return whether the account that a template is deployed to is that of the registry of an image.

    Args:
        world: as `is_registry` takes it.
        known: the template.
        template: the template of the image.
        account: the account of the image's registry.
    """
    return _is_its(world, known, Kind.ACCOUNT, account, template)


_PLACES = {Kind.ACCOUNT: "AWS::AccountId", Kind.REGION: "AWS::Region"}


def _place(world: World, template: Template, kind: Kind) -> str | None:
    """Return the account, or the region, that a template is deployed to; None where it is not known."""
    known = template.account if kind is Kind.ACCOUNT else template.region
    if known is not None:
        return known
    value = world.pseudo(template, _PLACES[kind])
    return value if isinstance(value, str) else None


def _is_its(world: World, known: Template, kind: Kind, written: str | Text, template: Template) -> Truth:
    """Return whether the place of one kind that a template is deployed to is the one that an image's registry has."""
    places = _place(world, known, kind), _place(world, template, kind)
    return _is_part(places[0], written, places[1], together(known, template), kind)


def _is_part(known: str | None, written: str | Text, own: str | None, joint: bool, kind: Kind) -> Truth:
    if isinstance(written, str):
        return None if known is None else known == written
    first, *others = written.pieces
    if others or not isinstance(first, Hole) or first.kind is not kind:
        return None
    return True if joint or known == own else None if known is None or own is None else False
