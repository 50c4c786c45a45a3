"""Parameters and outputs."""

from __future__ import annotations

from tests.mutations.declared.declaration import GONE, TEXT, Declared, H

PEOPLE = (*TEXT, "emptied", "exchanged other")
VERSION = ("BootstrapVersion",)

SECTIONS = (
    Declared(H, "Parameters", ("*/Description", "Description"), PEOPLE, "is for people"),
    Declared(H, "Outputs", ("*/Description", "Description"), PEOPLE, "is for people"),
    Declared(H, "Parameters", (".",), GONE, "nothing but a rule of CDK reads it", resources=VERSION),
    Declared(
        H,
        "Parameters",
        ("Type",),
        ("exchanged other",),
        "nothing but a rule of CDK reads it",
        resources=VERSION,
        new=("String",),
    ),
    Declared(H, "Parameters", ("Default",), GONE, "whoever deploys gives a value where there is no default"),
    Declared(
        H,
        "Parameters",
        ("Default",),
        ("exchanged text",),
        "a repository may hold any tag: whoever deploys has pushed it",
        resources=("ImageTag",),
    ),
    Declared(
        H,
        "Outputs",
        (".", "Value", "Value/**"),
        (*PEOPLE, "mistyped", "mistyped element", "exchanged image"),
        "tells people where to push images, and nothing reads it",
        resources=("RepositoryUri",),
    ),
    Declared(
        H,
        "Outputs",
        (".",),
        GONE,
        "its service is for AWS Fargate, and reads no capacity provider",
        bases=("reference-fargate",),
        resources=("PublishOutputRefClusterInstancesCapacityProvider*",),
    ),
    Declared(
        H,
        "Outputs",
        ("Value",),
        ("mistyped",),
        "its service is for AWS Fargate, and starts in any cluster",
        bases=("reference-fargate",),
        resources=("PublishOutputRefCluster*",),
        new=("text",),
    ),
)
