"""Containers from Amazon ECR on Amazon ECS whose pulls are proven before they are deployed.

The public names are resolved on first use (PEP 562): importing the package imports neither CDK nor Node.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecr_ecs_constructs.ami import EcsAmi
    from ecr_ecs_constructs.capacity import EcsCapacity
    from ecr_ecs_constructs.checks import EcrEcsChecks
    from ecr_ecs_constructs.cluster import EcsCluster
    from ecr_ecs_constructs.daemon import EcrDaemon
    from ecr_ecs_constructs.defaults import EcrEcsDefaults
    from ecr_ecs_constructs.existing_cluster import EcsExistingCluster
    from ecr_ecs_constructs.express import EcrExpressService
    from ecr_ecs_constructs.image import EcrImage
    from ecr_ecs_constructs.image_uri import EcrImageUri, InvalidImageUri
    from ecr_ecs_constructs.instance_role import EcsInstanceRole
    from ecr_ecs_constructs.managed_instances import EcsManagedInstances
    from ecr_ecs_constructs.network import EcrVpcEndpoints
    from ecr_ecs_constructs.permissions import grant_pull
    from ecr_ecs_constructs.pull_through_cache import EcrPullThroughCache
    from ecr_ecs_constructs.registry_policy import EcrRegistryPolicy
    from ecr_ecs_constructs.registry_scanning import EcrRegistryScanning
    from ecr_ecs_constructs.replication import EcrReplication
    from ecr_ecs_constructs.repository import EcrRepository
    from ecr_ecs_constructs.repository_template import EcrRepositoryTemplate
    from ecr_ecs_constructs.rules.rule import Severity
    from ecr_ecs_constructs.service import (
        EcrEc2Service,
        EcrExternalService,
        EcrFargateService,
        EcrManagedInstancesService,
    )
    from ecr_ecs_constructs.signing import EcrSigning
    from ecr_ecs_constructs.task_definition import (
        EcrEc2TaskDefinition,
        EcrExternalTaskDefinition,
        EcrFargateTaskDefinition,
        EcrManagedInstancesTaskDefinition,
    )
    from ecr_ecs_constructs.upstreams import EcrUpstream

__all__ = [
    "EcrDaemon",
    "EcrEc2Service",
    "EcrEc2TaskDefinition",
    "EcrEcsChecks",
    "EcrEcsDefaults",
    "EcrExpressService",
    "EcrExternalService",
    "EcrExternalTaskDefinition",
    "EcrFargateService",
    "EcrFargateTaskDefinition",
    "EcrImage",
    "EcrImageUri",
    "EcrManagedInstancesService",
    "EcrManagedInstancesTaskDefinition",
    "EcrPullThroughCache",
    "EcrRegistryPolicy",
    "EcrRegistryScanning",
    "EcrReplication",
    "EcrRepository",
    "EcrRepositoryTemplate",
    "EcrSigning",
    "EcrUpstream",
    "EcrVpcEndpoints",
    "EcsAmi",
    "EcsCapacity",
    "EcsCluster",
    "EcsExistingCluster",
    "EcsInstanceRole",
    "EcsManagedInstances",
    "InvalidImageUri",
    "Severity",
    "grant_pull",
]

__version__ = "0.1.0"
"""The version of this library and of the command `ecr-ecs`; the metadata of its distribution take it from here."""

_MODULES = {
    "EcrDaemon": "daemon",
    "EcrEc2Service": "service",
    "EcrEc2TaskDefinition": "task_definition",
    "EcrEcsChecks": "checks",
    "EcrEcsDefaults": "defaults",
    "EcrExternalService": "service",
    "EcrExternalTaskDefinition": "task_definition",
    "EcrFargateService": "service",
    "EcrFargateTaskDefinition": "task_definition",
    "EcrImage": "image",
    "EcrImageUri": "image_uri",
    "EcrPullThroughCache": "pull_through_cache",
    "EcrRegistryPolicy": "registry_policy",
    "EcrRegistryScanning": "registry_scanning",
    "EcrReplication": "replication",
    "EcrManagedInstancesService": "service",
    "EcrManagedInstancesTaskDefinition": "task_definition",
    "EcsManagedInstances": "managed_instances",
    "EcrExpressService": "express",
    "EcrRepository": "repository",
    "EcrRepositoryTemplate": "repository_template",
    "EcrSigning": "signing",
    "EcrUpstream": "upstreams",
    "EcrVpcEndpoints": "network",
    "EcsAmi": "ami",
    "EcsCapacity": "capacity",
    "EcsCluster": "cluster",
    "EcsExistingCluster": "existing_cluster",
    "EcsInstanceRole": "instance_role",
    "InvalidImageUri": "image_uri",
    "Severity": "rules.rule",
    "grant_pull": "permissions",
}


if not TYPE_CHECKING:  # a type checker that saw it would take any name for one of the package

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
