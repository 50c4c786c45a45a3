"""The grammar of policy documents: what AWS refuses to take as a policy, whatever it would allow.

A role whose policy is malformed is not made, and neither is the stack that it is in.

Sources:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html (of VPC endpoints)
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html (of keys)
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, product
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.functions import function_of, has_function
from ecr_ecs_constructs.cloudformation.template import Node, Resource
from ecr_ecs_constructs.cloudformation.validity.arns import wrong_arn
from ecr_ecs_constructs.cloudformation.validity.faults import (
    Fault,
    Guards,
    branches,
    found_at,
    is_chosen,
    is_there,
    judged,
    presences,
    voids,
)
from ecr_ecs_constructs.cloudformation.values import Value


class _Shape(NamedTuple):
    """The form of a text, as a pattern and in words."""

    pattern: re.Pattern[str]
    words: str


class _Kind(NamedTuple):
    """A kind of policy.

    Attributes:
        principal: whether each statement names a principal.
        resource: whether each statement names a resource; None where it may.
        actions: the actions that AWS takes in it.
        known: those of them that it surely takes; None where it takes any.
    """

    principal: bool
    resource: bool | None
    actions: _Shape
    known: _Shape | None = None

    @property
    def is_of_iam(self) -> bool:
        """True for the policies of roles."""
        return not self.principal or self.resource is False


_ACTION = _Shape(re.compile(r"\*|[A-Za-z0-9.-]+:[A-Za-z0-9*?]+"), "the name of a service and of its action")
_ASSUMES = "AssumeRole|AssumeRoleWithSAML|AssumeRoleWithWebIdentity|SetContext|SetSourceIdentity|TagSession"
_OTHERS = "AssumeRoot|DecodeAuthorizationMessage|Get[A-Za-z]+|TagGetWebIdentityToken"
_OF_STS = _Shape(re.compile(rf"\*|sts:({_ASSUMES}|{_OTHERS}|[a-z]*[*?].*)", re.IGNORECASE), "an action of AWS STS")
_TRUSTED = _Shape(re.compile(f"sts:({_ASSUMES})", re.IGNORECASE), "an action that assumes a role")
_ON_REPOSITORY = (
    *("BatchCheckLayerAvailability", "BatchDeleteImage", "BatchGetImage", "CompleteLayerUpload", "DeleteRepository"),
    *("DeleteLifecyclePolicy", "DeleteRepositoryPolicy", "DescribeImageReplicationStatus", "DescribeImageScanFindings"),
    *("DescribeImages", "DescribeRepositories", "GetDownloadUrlForLayer", "GetLifecyclePolicy", "GetRepositoryPolicy"),
    *("GetLifecyclePolicyPreview", "InitiateLayerUpload", "ListImages", "ListTagsForResource", "PutImage"),
    *("PutImageScanningConfiguration", "PutImageTagMutability", "PutLifecyclePolicy", "ReplicateImage"),
    *("SetRepositoryPolicy", "StartImageScan", "StartLifecyclePolicyPreview", "TagResource", "UntagResource"),
    *("UploadLayerPart", "BatchImportUpstreamImage", "GetImageCopyStatus"),
)
"""The actions of Amazon ECR on a repository.

Sources:
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html (BatchImportUpstreamImage)
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html (GetImageCopyStatus)
"""

_ON_ONE = _Shape(
    re.compile(rf"ecr:({'|'.join(_ON_REPOSITORY)}|[A-Za-z]*[*?][A-Za-z*?]*)", re.IGNORECASE),
    "an action on a repository",
)
_ON_KEY = _Shape(re.compile("kms:.*", re.IGNORECASE), "an action of AWS KMS")

_IDENTITY = _Kind(principal=False, resource=True, actions=_ACTION)
_TRUST = _Kind(principal=True, resource=False, actions=_OF_STS, known=_TRUSTED)
_RESOURCE = _Kind(principal=True, resource=True, actions=_ACTION)
_SELF = _Kind(principal=True, resource=None, actions=_ACTION)

_MANAGED = "AWS::IAM::ManagedPolicy"
"""The type of policies that IAM takes in the newer version alone, which must be named."""

_OWN = (("PolicyDocument", _IDENTITY),)
_POLICIES: Mapping[str, tuple[tuple[str, _Kind], ...]] = {
    "AWS::IAM::Role": (("AssumeRolePolicyDocument", _TRUST), ("Policies.*.PolicyDocument", _IDENTITY)),
    "AWS::IAM::Policy": _OWN,
    _MANAGED: _OWN,
    "AWS::IAM::RolePolicy": _OWN,
    "AWS::EC2::VPCEndpoint": (("PolicyDocument", _RESOURCE),),
    "AWS::ECR::Repository": (("RepositoryPolicyText", _SELF._replace(known=_ON_ONE)),),
    "AWS::ECR::RegistryPolicy": (("PolicyText", _RESOURCE),),
    "AWS::ECR::RepositoryCreationTemplate": (("RepositoryPolicy", _SELF._replace(known=_ON_ONE)),),
    "AWS::EFS::FileSystem": (("FileSystemPolicy", _SELF),),
    "AWS::KMS::Key": (("KeyPolicy", _RESOURCE._replace(known=_ON_KEY)),),
    "AWS::Logs::LogGroup": (("ResourcePolicyDocument", _RESOURCE),),
    "AWS::S3::BucketPolicy": (("PolicyDocument", _RESOURCE),),
    "AWS::SecretsManager::ResourcePolicy": (("ResourcePolicy", _RESOURCE),),
}
"""Where each type of resource holds policies, and of which kind they are."""


EFFECTS = ("Allow", "Deny")
OPERATORS = frozenset({
    *(f"{kind}{name}" for kind in ("string", "arn") for name in ("equals", "notequals", "like", "notlike")),
    *(f"string{name}equalsignorecase" for name in ("", "not")),
    *(f"{kind}{name}equals" for kind in ("numeric", "date") for name in ("", "not", "lessthan", "greaterthan")),
    *(f"{kind}{name}than" for kind in ("numeric", "date") for name in ("less", "greater")),
    *("bool", "binaryequals", "ipaddress", "notipaddress"),
})  # fmt: skip
"""The condition operators in lower case, but for `Null`.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

_VERSIONS = ("2012-10-17", "2008-10-17")
_OF_DOCUMENT = ("Version", "Id", "Statement")
_OF_STATEMENT = (
    *("Sid", "Effect", "Principal", "NotPrincipal"),
    *("Action", "NotAction", "Resource", "NotResource", "Condition"),
)
_PRINCIPALS = ("AWS", "Service", "Federated", "CanonicalUser")
_ARN = _Shape(re.compile(r"\*|arn:.*|.*\$\{.*", re.DOTALL), "an ARN or *")
_ARNS = _Shape(re.compile(r".*[*?].*|arn:.*|.*\$\{.*", re.DOTALL), "an ARN")
_PARTITION: Node = {"Ref": "AWS::Partition"}
# The last is the unique ID of a role or user, which IAM makes of the ARN of one that is deleted.
_ACCOUNT = _Shape(re.compile(r"\*|[0-9]{12}|arn:.+|[A-Z0-9]{16,}", re.DOTALL), "*, an account or an ARN")
_SID = _Shape(re.compile("[A-Za-z0-9]*"), "letters and digits")
_ANY = _Shape(re.compile(r".+", re.DOTALL), "a name")


def malformed(resource: Resource) -> Iterator[Fault]:
    """Yield what AWS refuses of the policies of a resource.

    Args:
        resource: the resource.
    """
    for path, kind in _POLICIES.get(resource.type, ()):
        for guards, location, node in found_at(resource.properties, path.split("."), "Properties", ()):
            yield from _Document(resource, kind).check(node, location, guards)


class _Document:
    """A policy document while it is read."""

    def __init__(self, resource: Resource, kind: _Kind) -> None:
        self.resource = resource
        self.kind = kind

    def check(self, node: Node, location: str, guards: Guards) -> Iterator[Fault]:
        """Yield what is wrong of a document."""
        if isinstance(node, str) and "{{" not in node:
            try:
                node = json.loads(node)
            except ValueError:
                node = None
            if not isinstance(node, dict):
                yield self._fault(guards, location, "is a text, and no policy document")
                return
        if not isinstance(node, dict) or _is_open(node):
            return  # a list is of the wrong shape
        yield from self._names(node, _OF_DOCUMENT, location, guards)
        for own, place, version in self._values(node, "Version", location, guards):
            yield from self._judged(own, place, version, partial(_other_than, _VERSIONS))
        for own, is_present in presences(node, "Version") if self.resource.type == _MANAGED else ():
            if not is_present:
                yield replace(self._fault((*guards, *own), location, "has no Version"), taken=None)
        for own, is_present in presences(node, "Statement"):
            if not is_present:
                yield self._fault((*guards, *own), location, "has no Statement")
        for own, place, statements in self._values(node, "Statement", location, guards):
            for empty in voids(statements, own) if isinstance(statements, list) else ():
                yield replace(self._fault(empty, place, "is empty"), taken=None)
            for inner, at, statement in self._elements(statements, place, own):
                if function_of(statement) is None:
                    yield from self._statement(statement, at, inner)

    def _statement(self, node: Node, location: str, guards: Guards) -> Iterator[Fault]:
        if not isinstance(node, dict):
            yield self._fault(guards, location, "is no statement")
            return
        if _is_open(node):
            return
        yield from self._names(node, _OF_STATEMENT, location, guards)
        principal, resource, actions, known = self.kind
        yield from self._one_of(node, ("Effect",), True, location, guards)
        yield from self._one_of(node, ("Action", "NotAction"), True, location, guards)
        yield from self._one_of(node, ("Principal", "NotPrincipal"), principal, location, guards)
        yield from self._one_of(node, ("Resource", "NotResource"), resource, location, guards)
        for own, place, sid in self._values(node, "Sid", location, guards):
            yield from self._judged(own, place, sid, partial(_without_form, _SID if self.kind.is_of_iam else _ANY))
        for own, place, effect in self._values(node, "Effect", location, guards):
            yield from self._judged(own, place, effect, partial(_other_than, EFFECTS))
        for name in ("Action", "NotAction"):
            yield from self._texts(node, name, actions, location, guards)
            if known is not None:
                for fault in self._texts(node, name, known, location, guards):
                    yield replace(fault, taken=None)
        if resource is not None:
            for name in ("Resource", "NotResource"):
                yield from self._texts(node, name, _ARN, location, guards)
                if not principal:
                    yield from self._arns(node, name, location, guards)
        for name in ("Principal", "NotPrincipal"):
            yield from self._principal(node, name, location, guards)
        yield from self._conditions(node, location, guards)

    def _principal(self, node: Mapping[str, Node], name: str, location: str, guards: Guards) -> Iterator[Fault]:
        for own, place, value in self._values(node, name, location, guards):
            if isinstance(value, dict) and function_of(value) is None:
                if _is_open(value):
                    continue
                yield from self._names(value, _PRINCIPALS, place, own)
                for combination in product(*[[*presences(value, kind)] for kind in value]):
                    if not any(is_present for _, is_present in combination):
                        around = (*own, *chain.from_iterable(each for each, _ in combination))
                        yield replace(self._fault(around, place, "names nobody"), taken=None)
                for kind in _PRINCIPALS:
                    yield from self._texts(value, kind, _ACCOUNT if kind == "AWS" else _ANY, place, own)
            elif isinstance(value, list):
                yield self._fault(own, place, _NO_PRINCIPAL)
            else:
                yield from judged(Fault(self.resource, own, place, nodes=(value,), judge=_no_principal))

    def _conditions(self, node: Mapping[str, Node], location: str, guards: Guards) -> Iterator[Fault]:
        for own, place, value in self._values(node, "Condition", location, guards):
            if not isinstance(value, dict):
                yield self._fault(own, place, "is no object of conditions")
            elif not _is_open(value):
                for operator, keys in value.items():
                    if not _is_operator(operator):
                        yield self._fault(own, f"{place}.{operator}", "is no condition operator")
                    elif not isinstance(keys, dict):
                        yield self._fault(own, f"{place}.{operator}", "is no object of condition keys")
                    elif not _is_open(keys):
                        yield from self._condition(operator, keys, f"{place}.{operator}", own)

    def _condition(self, operator: str, keys: Mapping[str, Node], location: str, guards: Guards) -> Iterator[Fault]:
        """Yield which values a condition does not take."""
        for key in keys:
            for own, place, value in self._values(keys, key, location, guards):
                for inner, at, element in self._all(value, place, own):
                    if isinstance(element, (dict, list)) and function_of(element) is None:
                        yield self._fault(inner, at, "is no text")
                    elif operator.rpartition(":")[2].lower().startswith("arn"):
                        nodes = (element,)
                        yield Fault(self.resource, inner, at, taken=None, nodes=nodes, judge=_unlike_arn, is_open=True)

    def _one_of(
        self, node: Mapping[str, Node], names: Sequence[str], needed: bool | None, location: str, guards: Guards
    ) -> Iterator[Fault]:
        """Yield that a statement has none of some elements of which it needs one, or both, or one that it may not."""
        for combination in product(*[[*presences(node, name)] for name in names]):
            own = (*guards, *chain.from_iterable(each for each, _ in combination))
            found = [name for name, (_, is_present) in zip(names, combination, strict=True) if is_present]
            if needed and not found:
                yield self._fault(own, location, f"has no {names[0]}")
            elif len(found) > 1:
                yield self._fault(own, f"{location}.{found[0]}", f"stands beside {found[1]}")
            elif found and needed is False:
                yield self._fault(own, f"{location}.{found[0]}", "stands in a policy that takes none")

    def _texts(
        self, node: Mapping[str, Node], name: str, form: _Shape, location: str, guards: Guards
    ) -> Iterator[Fault]:
        """Yield the elements of a list, or the one that stands for it, that have not a form."""
        for own, place, value in self._values(node, name, location, guards):
            for empty in voids(value, own) if isinstance(value, list) else ():
                yield self._fault(empty, place, "is empty")
            for inner, at, element in self._elements(value, place, own):
                yield from self._judged(inner, at, element, partial(_without_form, form))

    def _arns(self, node: Mapping[str, Node], name: str, location: str, guards: Guards) -> Iterator[Fault]:
        """Yield the elements of a list of ARNs that IAM does not take, or may not take."""
        for own, place, value in self._values(node, name, location, guards):
            for inner, at, part in self._all(value, place, own):
                if part != "*" and not isinstance(part, list):
                    yield from self._arn(inner, at, part)

    def _arn(self, guards: Guards, location: str, node: Node) -> Iterator[Fault]:
        for is_sure in (True, False):
            nodes, judge = (node, _PARTITION), partial(wrong_arn, is_sure=is_sure)
            taken = False if is_sure else None
            yield Fault(self.resource, guards, location, taken=taken, nodes=nodes, judge=judge, is_open=True)

    def _names(self, node: Mapping[str, Node], known: Sequence[str], location: str, guards: Guards) -> Iterator[Fault]:
        """Yield the names in an object that are none of those that it may have."""
        for name in node:
            if name not in known and not name.startswith("Fn::"):
                is_like = name.lower() in (each.lower() for each in known)
                taken = None if is_like else False
                fault = self._fault(guards, f"{location}.{name}", f"is none of {', '.join(known)}")
                yield replace(fault, taken=taken)

    def _values(
        self, node: Mapping[str, Node], name: str, location: str, guards: Guards
    ) -> Iterator[tuple[Guards, str, Node]]:
        """Yield what may stand under a name of an object, with its conditions and where it stands."""
        if name in node:
            for own, place, part in branches(node[name], f"{location}.{name}", guards):
                if is_there(part):
                    yield own, place, part

    def _elements(self, node: Node, location: str, guards: Guards) -> Iterator[tuple[Guards, str, Node]]:
        """Yield the elements of a list, or the one that stands for it; of functions those that may be known alone."""
        for own, place, part in self._all(node, location, guards):
            if function_of(part) is None or is_chosen(part):
                yield own, place, part

    def _all(self, node: Node, location: str, guards: Guards) -> Iterator[tuple[Guards, str, Node]]:
        """Yield the elements of a list, or the one that stands for it."""
        listed = [(f"{location}[{index}]", item) for index, item in enumerate(node)] if isinstance(node, list) else None
        for at, item in [(location, node)] if listed is None else listed:
            for own, place, part in branches(item, at, guards):
                if is_there(part):
                    yield own, place, part

    def _judged(self, guards: Guards, location: str, node: Node, judge: Callable[[str], str]) -> Iterator[Fault]:
        if isinstance(node, list) or (isinstance(node, dict) and function_of(node) is None):
            yield self._fault(guards, location, "is no text")
        yield from judged(Fault(self.resource, guards, location, nodes=(node,), judge=judge))

    def _fault(self, guards: Guards, location: str, why: str) -> Fault:
        return Fault(self.resource, guards, location, why)


def _is_open(node: dict[str, Node]) -> bool:
    """Return whether an object is a function, or a transform adds to it."""
    return function_of(node) is not None or has_function(node)


def _is_operator(name: str) -> bool:
    """Return whether a name is that of a condition operator."""
    quantifier, _, operator = name.lower().rpartition(":")
    known = operator == "null" or operator.removesuffix("ifexists") in OPERATORS
    return known and quantifier in ("", "foranyvalue", "forallvalues")


def _other_than(known: Sequence[str], text: str) -> str:
    return "" if text in known else f"is {text!r}, and must be {' or '.join(known)}"


_NO_PRINCIPAL = "is neither * nor an object of principals"


def _no_principal(text: str) -> str:
    return "" if text == "*" else _NO_PRINCIPAL


def _without_form(form: _Shape, text: str) -> str:
    return "" if form.pattern.fullmatch(text) else f"is {text!r}, and must be {form.words}"


def _unlike_arn(value: Value) -> str:
    if isinstance(value, str):
        return _without_form(_ARNS, value)
    return wrong_arn(value, None, is_sure=True)
