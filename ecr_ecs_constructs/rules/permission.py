"""The role that pulls an image may pull it."""

from __future__ import annotations

from ecr_ecs_constructs.rules.rule import Severity, linked

missing_pull_permission = linked(
    "missing-pull-permission",
    Severity.ERROR,
    "Allow the role ecr:GetAuthorizationToken on * and the other actions on the repository by its Policies (in the "
    "CDK by grant_pull(role, repositories=[…]) or EcrImage), and have no Deny and no PermissionsBoundary in the way.",
)

scoped_authorization_token = linked(
    "scoped-authorization-token",
    Severity.ERROR,
    'Allow ecr:GetAuthorizationToken in a statement of its own with Resource: "*" (resources=["*"] in the CDK).',
)

missing_repository_policy = linked(
    "missing-repository-policy",
    Severity.ERROR,
    "Let the account or the role in by RepositoryPolicyText of the repository, or by RepositoryPolicy of its "
    "repository creation template (pull_accounts=[…] of EcrRepository, EcrPullThroughCache or EcrRepositoryTemplate in "
    "the CDK).",
)

missing_pull_through_permission = linked(
    "missing-pull-through-permission",
    Severity.ERROR,
    "Allow the role ecr:BatchImportUpstreamImage by its Policies, and ecr:CreateRepository where no repository and no "
    "repository creation template exists yet; a role of another account by PolicyText of the RegistryPolicy, too (in "
    "the CDK grant_pull(role, pull_through_cache=True), as image=EcrPullThroughCache(…).image(…) does by itself, and "
    "EcrRegistryPolicy(import_accounts=[…])).",
)
