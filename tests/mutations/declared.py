"""Changes that the judge passes, each with the reason why the task starts all the same.

A declaration lists what is good. Where a change keeps the task from starting, it is not declared: the judge is wrong
there. What nobody has looked at yet stands in `open.txt`.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from fnmatch import fnmatchcase
from typing import NamedTuple

from tests.mutations.mutants import Mutant
from tests.mutations.places import matches


class Sort(Enum):
    """Why a change may be passed."""

    HARMLESS = "harmless"
    """Something is different, and the task starts as before."""

    EQUIVALENT = "equivalent"
    """Another notation of the same, or of the default."""


class Declared(NamedTuple):
    """A declaration.

    Attributes:
        sort: harmless or equivalent.
        types: the resource types, with `*` for any part of a name; or the section of the template.
        paths: the places in the resource, patterns of `places.matches`.
        changes: the classes of changes, and `exchanged KIND` for one kind of values. What may be deleted may be put
            under a condition too.
        why: why the task starts.
        base: the base of which alone it speaks, where the reason lies there.
        resource: the logical ID of which alone it speaks, with `*` for any part of it.
    """

    sort: Sort
    types: str
    paths: tuple[str, ...]
    changes: tuple[str, ...]
    why: str
    base: str = "*"
    resource: str = "*"

    def covers(self, mutant: Mutant, type_: str, path: str) -> bool:
        """Return whether it speaks of a change, of which the type and the path are known."""
        return (
            any(change in self.changes for change in _changes(mutant))
            and fnmatchcase(type_, self.types)
            and fnmatchcase(mutant.base, self.base)
            and fnmatchcase(str(mutant.path[1]), self.resource)
            and any(matches(pattern, path) for pattern in self.paths)
        )


def _changes(mutant: Mutant) -> Sequence[str]:
    if mutant.change == "conditional":
        return ("conditional", "deleted")
    return (mutant.change, f"{mutant.change} {mutant.kind}")


H, E = Sort.HARMLESS, Sort.EQUIVALENT
GONE, EMPTY, SWITCH = ("deleted",), ("deleted", "emptied"), ("deleted", "exchanged switch")
TEXT = ("deleted", "exchanged text")
POLICIES = (
    "AssumeRolePolicyDocument",
    "PolicyDocument",
    "Policies/*/PolicyDocument",
    "KeyPolicy",
    "RepositoryPolicyText",
)


def _of_policies(path: str) -> tuple[str, ...]:
    return tuple(f"{policy}/{path}" for policy in POLICIES)


DECLARED: tuple[Declared, ...] = (
    # what nothing reads that starts a task
    Declared(H, "*", ("Tags", "Tags/*"), EMPTY, "no policy of the bases asks for a tag"),
    Declared(H, "*", ("Tags/*/Key", "Tags/*/Value"), ("exchanged text",), "no policy of the bases asks for a tag"),
    Declared(
        H, "AWS::*", (".DeletionPolicy", ".UpdateReplacePolicy"), GONE, "says what is left of a resource that goes"
    ),
    Declared(H, "AWS::EC2::SecurityGroup", ("GroupDescription",), ("exchanged text",), "is for people"),
    Declared(H, "AWS::EC2::SecurityGroup", ("SecurityGroup*gress/*/Description",), TEXT, "is for people"),
    Declared(H, "AWS::KMS::Key", ("Description",), TEXT, "is for people"),
    Declared(H, "Parameters", ("*/Description", "Description"), TEXT, "is for people"),
    Declared(H, "Outputs", ("*/Description", "Description"), TEXT, "is for people"),
    # images
    Declared(
        H, "AWS::ECR::Repository", ("ImageScanningConfiguration",), EMPTY, "a scan reads an image and changes none"
    ),
    Declared(H, "AWS::ECR::Repository", ("ImageScanningConfiguration/ScanOnPush",), SWITCH, "a scan changes no image"),
    Declared(H, "AWS::ECR::Repository", ("ImageTagMutability",), GONE, "a tag that can be given anew is there"),
    Declared(
        H, "AWS::ECR::Repository", ("LifecyclePolicy", "LifecyclePolicy/LifecyclePolicyText"), GONE, "no image goes"
    ),
    Declared(H, "AWS::ECR::Repository", ("EmptyOnDelete",), SWITCH, "says what becomes of the images of one that goes"),
    Declared(H, "AWS::KMS::Key", ("EnableKeyRotation",), SWITCH, "a key decrypts with what it was before, too"),
    # services and tasks
    Declared(H, "AWS::ECS::Service", ("DeploymentConfiguration",), EMPTY, "its defaults start tasks as well"),
    Declared(
        H,
        "AWS::ECS::Service",
        (
            "DeploymentConfiguration/DeploymentCircuitBreaker",
            "DeploymentConfiguration/DeploymentCircuitBreaker/ThresholdConfiguration",
            "DeploymentConfiguration/MaximumPercent",
            "DeploymentConfiguration/MinimumHealthyPercent",
        ),
        GONE,
        "its defaults start tasks as well",
    ),
    Declared(
        H,
        "AWS::ECS::Service",
        ("DeploymentConfiguration/DeploymentCircuitBreaker/*",),
        ("exchanged switch",),
        "the circuit breaker acts on tasks that do not start",
    ),
    Declared(E, "AWS::ECS::Service", ("DesiredCount",), GONE, "one task is the default"),
    Declared(E, "AWS::ECS::TaskDefinition", ("ContainerDefinitions/*/Essential",), GONE, "true is the default"),
    Declared(
        H,
        "AWS::ECS::TaskDefinition",
        ("ContainerDefinitions/*/PortMappings", "ContainerDefinitions/*/Environment", "ContainerDefinitions/*/Secrets"),
        EMPTY,
        "a container that is given less starts; what it does without it is its own",
    ),
    Declared(
        H,
        "AWS::ECS::TaskDefinition",
        ("ContainerDefinitions/*/PortMappings/*", "ContainerDefinitions/*/Secrets/*"),
        GONE,
        "a container that is given less starts; what it does without it is its own",
    ),
    Declared(
        H, "AWS::ECS::TaskDefinition", ("TaskRoleArn",), GONE, "the task of these bases needs its role only later"
    ),
    Declared(H, "AWS::ECS::TaskDefinition", ("Family",), GONE, "CloudFormation makes a name"),
    Declared(H, "AWS::ECS::Cluster", ("ClusterSettings", "ClusterSettings/*"), GONE, "insights watch what runs"),
    Declared(H, "AWS::ECS::Cluster", ("Configuration",), EMPTY, "is for commands in containers that run"),
    # networks and instances
    Declared(E, "AWS::EC2::VPC", ("EnableDnsSupport", "InstanceTenancy"), GONE, "is the default"),
    Declared(
        H, "AWS::EC2::Subnet", ("MapPublicIpOnLaunch",), SWITCH, "the subnets of the bases have it without a way out"
    ),
    Declared(
        H, "AWS::EC2::LaunchTemplate", ("TagSpecifications", "LaunchTemplateData/TagSpecifications"), EMPTY, "tags"
    ),
    Declared(H, "AWS::EC2::LaunchTemplate", ("LaunchTemplateData/Monitoring",), EMPTY, "watches what runs"),
    Declared(H, "AWS::EC2::LaunchTemplate", ("LaunchTemplateData/Monitoring/Enabled",), SWITCH, "watches what runs"),
    Declared(
        H, "AWS::EC2::LaunchTemplate", ("LaunchTemplateData/MetadataOptions",), EMPTY, "the service is on by default"
    ),
    Declared(
        H,
        "AWS::EC2::LaunchTemplate",
        ("LaunchTemplateData/MetadataOptions/HttpTokens",),
        SWITCH,
        "the agent takes either version of the metadata service",
    ),
    Declared(H, "AWS::Logs::LogGroup", ("RetentionInDays",), GONE, "events are kept for longer"),
    # policies
    Declared(
        H, "AWS::EC2::VPCEndpoint", ("PolicyDocument",), GONE, "an endpoint without a policy lets everything through"
    ),
    Declared(H, "AWS::*", _of_policies("Version"), GONE, "the older version lacks policy variables, which none has"),
    Declared(H, "AWS::*", _of_policies("Statement/*/Sid"), TEXT, "is a name that nothing asks for"),
    Declared(E, "AWS::*", _of_policies("Statement"), ("mistyped element",), "one statement may stand without its list"),
    Declared(E, "AWS::*", _of_policies("Statement/*/Action"), ("mistyped list",), "one may stand in a list"),
    Declared(E, "AWS::*", _of_policies("Statement/*/Resource"), ("mistyped list",), "one may stand in a list"),
    Declared(E, "AWS::*", _of_policies("Statement/*/Principal/*"), ("mistyped list",), "one may stand in a list"),
)
"""All declarations; the first that speaks of a change counts."""


def declaration(mutant: Mutant) -> Declared | None:
    """Return the declaration that speaks of a change, None where none does."""
    type_, path = mutant.where()
    return next((each for each in DECLARED if each.covers(mutant, type_, path)), None)
