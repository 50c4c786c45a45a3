"""Strangers: roles of any other account, to which the policy of a repository is open.

Sources:
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html (everyone)
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, text
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.iam.decisions import ResourcePolicy, decide_each
from ecr_ecs_constructs.pull.iam.documents import NO_POLICIES, Documents
from ecr_ecs_constructs.pull.iam.requests import Principal
from ecr_ecs_constructs.pull.iam.roles import RolePolicies
from ecr_ecs_constructs.pull.iam.statements import PolicyDocument
from ecr_ecs_constructs.pull.texts.pattern import ContextValue

REPOSITORY, CREATION_TEMPLATE = "AWS::ECR::Repository", "AWS::ECR::RepositoryCreationTemplate"

POLICIES: Mapping[str, str] = {REPOSITORY: "RepositoryPolicyText", CREATION_TEMPLATE: "RepositoryPolicy"}
"""The property that holds the policy of a repository, by the type of what has it."""

_PULL = ("BatchGetImage", "GetDownloadUrlForLayer", "BatchCheckLayerAvailability")
_PUSH = ("PutImage", "InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload", "ReplicateImage")
_CHANGE = (
    *("BatchDeleteImage", "DeleteRepository", "SetRepositoryPolicy", "DeleteRepositoryPolicy", "PutLifecyclePolicy"),
    *("DeleteLifecyclePolicy", "PutImageTagMutability", "PutImageScanningConfiguration", "TagResource"),
    *("UntagResource", "StartImageScan", "StartLifecyclePolicyPreview"),
)
_READ = (
    *("DescribeImages", "DescribeRepositories", "ListImages", "ListTagsForResource", "GetRepositoryPolicy"),
    *("GetLifecyclePolicy", "GetLifecyclePolicyPreview", "DescribeImageScanFindings", "DescribeImageReplicationStatus"),
)
_ACTIONS = tuple(f"ecr:{action}" for action in (*_PULL, *_PUSH, *_CHANGE, *_READ))

# What no resource of AWS is named, so that no policy names it; a pattern may match it all the same.
_ACCOUNT, _ORGANIZATION = "stranger", "o-stranger"
_ROLE = Hole(Kind.ANYTHING, "role")
_OWN_ORGANIZATION = Text((Hole(Kind.ANYTHING, "organization", pattern="o-[a-z0-9]{10,32}"),))
_REQUEST: Mapping[str, ContextValue] = {
    "aws:SecureTransport": "true",
    "aws:ViaAWSService": "false",
    "aws:CalledVia": (),
    "aws:SourceAccount": (),
    "aws:SourceArn": (),
    "aws:SourceOrgID": (),
    "aws:SourceOrgPaths": (),
    "aws:ResourceOrgID": _OWN_ORGANIZATION,
}
_FROM_INTERNET: Mapping[str, ContextValue] = {
    **_REQUEST,
    **dict.fromkeys(("aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:SourceVpc", "aws:SourceVpce"), ()),
}
_FROM_VPC: Mapping[str, ContextValue] = {
    **_REQUEST,
    "aws:PrincipalOrgID": _ORGANIZATION,
    "aws:PrincipalOrgPaths": (f"{_ORGANIZATION}/r-stranger/",),
    "aws:SourceVpc": "vpc-stranger",
    "aws:SourceVpce": "vpce-stranger",
}
"""The values of the condition keys of a stranger's request: of an account without an organization, by the internet;
and of one with an organization, from a VPC of its own."""


class Opening(NamedTuple):
    """A repository's policy that lets strangers in, or may do so.

    Attributes:
        location: where it stands.
        actions: what strangers may do.
        answer: that they may, or what would have to be known to tell it.
    """

    location: str
    actions: tuple[str, ...]
    answer: Answer


class Strangers(InWorld):
    """The roles of any other account, and what repositories let them do, in one world."""

    def __init__(self, documents: Documents) -> None:
        self.world = documents.world
        self._documents = documents

    @asked
    def may(self, owner: Resource) -> tuple[Opening, ...]:
        """Return all that strangers may do, or may perhaps do, by the policy of a repository, by what decides it.

        Args:
            owner: the repository, or the creation template of repositories.
        """
        return tuple(self._may(owner))

    def _may(self, owner: Resource) -> Iterator[Opening]:
        title = f"{'repository' if owner.type == REPOSITORY else 'repository creation template'} {owner.logical_id}"
        document = PolicyDocument(f"the policy of {title}", owner)
        for site in self.world.sites(owner, POLICIES[owner.type]):
            # In an account of its own a role needs no policy besides: that of the repository decides alone.
            policy = ResourcePolicy(title, _ACCOUNT, self._documents.at(document, site))
            found: dict[Answer, list[str]] = {}
            for action, answer in self._asked(owner, policy).items():
                if answer.truth is not False:
                    found.setdefault(answer, []).append(action)
            yield from (Opening(site.location, tuple(actions), answer) for answer, actions in found.items())

    def _asked(self, owner: Resource, policy: ResourcePolicy) -> Mapping[str, Answer]:
        """Return whether any stranger may do each action."""
        partition = self.world.pseudo(owner.template, "AWS::Partition")
        arn = text("arn:", partition, ":iam::", _ACCOUNT, ":role/", _ROLE)
        stranger = RolePolicies("stranger", Principal(arn, _ACCOUNT, partition), NO_POLICIES)
        region, account = (self.world.pseudo(owner.template, name) for name in ("AWS::Region", "AWS::AccountId"))
        repository = text("arn:", partition, ":ecr:", region, ":", account, ":repository/", _NAME)
        own: Mapping[str, ContextValue] = {"aws:RequestedRegion": region, "aws:ResourceAccount": account}
        answers = [
            decide_each(
                stranger,
                dict.fromkeys(_ACTIONS, repository),
                template=owner.template,
                context={**own, **context},
                policy=policy,
            )
            for context in (_FROM_INTERNET, _FROM_VPC)
        ]
        return {action: max((each[action] for each in answers), key=_openness) for action in _ACTIONS}


_NAME = Hole(Kind.ANYTHING, "repository")


def _openness(answer: Answer) -> int:
    return (False, None, True).index(answer.truth)
