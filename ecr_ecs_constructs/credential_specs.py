"""The permission to read the credential specifications of containers, which name their account in Active Directory.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/linux-gmsa.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_ecs as ecs


def grant_credential_specs(role: iam.IRole, container: ecs.ContainerDefinition) -> None:
    """Let the execution role of a task read the credential specifications of a container.

    The secret that a specification without a domain names, and the key of a bucket or a parameter, stand in no property
    of the container: whoever makes them grants them.

    Args:
        role: the execution role.
        container: the container.
    """
    for spec in container.credential_specs or ():
        pieces = _pieces(container, spec.location)
        if any(isinstance(piece, str) and ":ssm:" in piece for piece in pieces):
            _allow(role, "ssm:GetParameters", spec.location)
        elif not spec.location.startswith("file:"):
            _allow(role, "s3:GetObject", spec.location)
            _allow(role, "s3:GetBucketLocation", _bucket_of(pieces))


def _pieces(container: ecs.ContainerDefinition, location: str) -> Sequence[object]:
    """Return the literals and the references that a location is joined of."""
    resolved = cdk.Stack.of(container).resolve(location)
    joined = resolved.get("Fn::Join") if isinstance(resolved, dict) else None
    return joined[1] if joined else [resolved]


def _bucket_of(pieces: Sequence[object]) -> str:
    """Return the ARN of the bucket of an object: all before the first slash."""
    found: list[str] = []
    for piece in pieces:
        start, slash, _ = piece.partition("/") if isinstance(piece, str) else (cdk.Token.as_string(piece), "", "")
        found.append(start)
        if slash:
            break
    return cdk.Fn.join("", [each for each in found if each])


def _allow(role: iam.IRole, action: str, arn: str) -> None:
    iam.Grant.add_to_principal(grantee=role, actions=[action], resource_arns=[arn])
