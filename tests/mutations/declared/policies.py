"""Roles and policies."""

from __future__ import annotations

from tests.mutations.declared.declaration import GONE, TEXT, Declared, E, H

DOCUMENTS = (
    "AssumeRolePolicyDocument",
    "PolicyDocument",
    "Policies/*/PolicyDocument",
    "KeyPolicy",
    "RepositoryPolicyText",
)


def _of_policies(path: str) -> tuple[str, ...]:
    return tuple(f"{policy}/{path}" for policy in DOCUMENTS)


POLICIES = (
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
