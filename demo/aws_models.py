"""What moto learns for the demonstration: resource types and properties that its CloudFormation leaves out.

moto finds the model of a resource type among the direct subclasses of `CloudFormationModel`, the last one winning;
importing this module therefore registers the models below. Each translates a resource of a template into the calls
of the service's API that CloudFormation makes, as far as moto's services know them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from inspect import signature
from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import CloudFormationBackend, cloudformation_backends
from moto.core.common_models import CloudFormationModel
from moto.core.utils import pascal_to_camelcase, remap_nested_keys
from moto.ec2.models.instances import Instance
from moto.ecr import models as ecr
from moto.ecs import models as ecs
from moto.iam import models as iam

from demo.emulator import ACCOUNT

_IMAGE_SIZE_GIB = 30  # of the ECS-optimized Amazon Linux 2023


def _call(operation: Callable[..., Any], properties: Any, **arguments: Any) -> Any:
    """Call an operation of one of moto's services with the properties of a template that it takes.

    Args:
        operation: the operation; its parameter `network_mode` takes the property `NetworkMode`.
        properties: the properties.
        arguments: parameters that are no such property.
    """
    for parameter in signature(operation).parameters:
        name = "".join(word.capitalize() for word in parameter.split("_"))
        if parameter not in arguments and name in properties:
            arguments[parameter] = _api_form(properties[name])
    return operation(**arguments)


def _api_form(value: Any) -> Any:
    """A value of a template as the service's API spells it: `TargetCapacity` is `targetCapacity`."""
    return remap_nested_keys(value, pascal_to_camelcase)


class CapacityProvider(ecs.CapacityProvider, CloudFormationModel):
    """`AWS::ECS::CapacityProvider`, which moto's CloudFormation skips.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-capacityprovider.html
    """

    @property
    def physical_resource_id(self) -> str:
        """The name, which is what `Ref` gives."""
        return self.name

    @staticmethod
    def cloudformation_name_type() -> str:
        """The property that holds the name."""
        return "Name"

    @staticmethod
    def cloudformation_type() -> str:
        """The resource type."""
        return "AWS::ECS::CapacityProvider"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:  # noqa: ARG003 - moto's signature
        """Whether `Fn::GetAtt` knows an attribute: there is none."""
        return False

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> CapacityProvider:
        """Create the capacity provider; the Auto Scaling group may be given by name or ARN, and is kept by ARN."""
        properties = cloudformation_json["Properties"]
        details = _api_form(properties["AutoScalingGroupProvider"])
        groups = autoscaling_backends[account_id][region_name].autoscaling_groups
        group = details["autoScalingGroupArn"]
        details["autoScalingGroupArn"] = groups[group].arn if group in groups else group
        provider = cls(account_id, region_name, resource_name, details, _api_form(properties.get("Tags")))
        ecs.ecs_backends[account_id][region_name].capacity_providers[resource_name] = provider
        return provider

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: CapacityProvider,
        new_resource_name: str,  # noqa: ARG003 - moto's signature
        cloudformation_json: Any,
        account_id: str,  # noqa: ARG003 - moto's signature
        region_name: str,  # noqa: ARG003 - moto's signature
    ) -> CapacityProvider:
        """Change the scaling of the capacity provider."""
        original_resource.update(_api_form(cloudformation_json["Properties"]["AutoScalingGroupProvider"]))
        return original_resource

    def delete(self, account_id: str, region_name: str) -> None:
        """Delete the capacity provider."""
        ecs.ecs_backends[account_id][region_name].delete_capacity_provider(self.name)


class ClusterCapacityProviderAssociations(CloudFormationModel):
    """`AWS::ECS::ClusterCapacityProviderAssociations`, which moto's CloudFormation skips.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-clustercapacityproviderassociations.html
    """

    def __init__(self, cluster: str) -> None:
        self.physical_resource_id = cluster

    @staticmethod
    def cloudformation_name_type() -> str:
        """The property that holds the name: none."""
        return ""

    @staticmethod
    def cloudformation_type() -> str:
        """The resource type."""
        return "AWS::ECS::ClusterCapacityProviderAssociations"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:  # noqa: ARG003 - moto's signature
        """Whether `Fn::GetAtt` knows an attribute: there is none."""
        return False

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,  # noqa: ARG003 - moto's signature
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
        **_: Any,
    ) -> ClusterCapacityProviderAssociations:
        """Put the capacity providers and the default strategy of the cluster."""
        properties = cloudformation_json["Properties"]
        backend = ecs.ecs_backends[account_id][region_name]
        _call(backend.put_cluster_capacity_providers, properties, cluster_name=properties["Cluster"])
        return cls(properties["Cluster"])

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: ClusterCapacityProviderAssociations,  # noqa: ARG003 - moto's signature
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> ClusterCapacityProviderAssociations:
        """Put them anew."""
        return cls.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)

    def delete(self, account_id: str, region_name: str) -> None:
        """Take the capacity providers from the cluster."""
        ecs.ecs_backends[account_id][region_name].put_cluster_capacity_providers(self.physical_resource_id, [], [])


class Cluster(ecs.Cluster, CloudFormationModel):
    """`AWS::ECS::Cluster`, of which moto's CloudFormation takes the name alone."""

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> ecs.Cluster:
        """Create the cluster with its settings."""
        backend = ecs.ecs_backends[account_id][region_name]
        cluster: ecs.Cluster = _call(
            backend.create_cluster, cloudformation_json["Properties"], cluster_name=resource_name
        )
        return cluster


class TaskDefinition(ecs.TaskDefinition, CloudFormationModel):
    """`AWS::ECS::TaskDefinition`, of which moto's CloudFormation takes family, containers, volumes, memory alone."""

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> ecs.TaskDefinition:
        """Register the task definition."""
        properties = cloudformation_json["Properties"]
        register = ecs.ecs_backends[account_id][region_name].register_task_definition
        task_definition: ecs.TaskDefinition = _call(
            register, properties, family=properties.get("Family", resource_name)
        )
        return task_definition

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,  # noqa: ARG003 - moto's signature
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> ecs.TaskDefinition:
        """Register a new revision in place of the old one."""
        family = cloudformation_json["Properties"].get("Family", original_resource.family)
        ecs.ecs_backends[account_id][region_name].deregister_task_definition(original_resource.arn)
        return cls.create_from_cloudformation_json(family, cloudformation_json, account_id, region_name)


class Service(ecs.Service, CloudFormationModel):
    """`AWS::ECS::Service`, of which moto's CloudFormation takes cluster, count and task definition alone."""

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> ecs.Service:
        """Create the service where and how the template says."""
        properties = cloudformation_json["Properties"]
        service: ecs.Service = _call(
            ecs.ecs_backends[account_id][region_name].create_service,
            properties,
            cluster_str=properties["Cluster"],
            service_name=resource_name,
            desired_count=properties.get("DesiredCount", 1),
            task_definition_str=properties["TaskDefinition"],
        )
        cls._configure(service, properties)
        return service

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> ecs.Service:
        """Update the service."""
        service = super().update_from_cloudformation_json(
            original_resource, new_resource_name, cloudformation_json, account_id, region_name
        )
        cls._configure(service, cloudformation_json["Properties"])
        return service

    @staticmethod
    def _configure(service: ecs.Service, properties: Any) -> None:
        service.launch_type = properties.get("LaunchType")  # moto makes it EC2 where a strategy stands
        # moto's answers hold every attribute that has a place in them.
        vars(service).update(
            capacity_provider_strategy=_api_form(properties.get("CapacityProviderStrategy")),
            deployment_configuration=_api_form(properties.get("DeploymentConfiguration")),
            enable_execute_command=properties.get("EnableExecuteCommand", False),
            availability_zone_rebalancing=properties.get("AvailabilityZoneRebalancing"),
        )


class Repository(ecr.Repository, CloudFormationModel):
    """`AWS::ECR::Repository`, of which moto's CloudFormation leaves scanning and both policies out."""

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> ecr.Repository:
        """Create the repository with its policies; a generated name is in lower case."""
        repository = super().create_from_cloudformation_json(
            resource_name.lower(), cloudformation_json, account_id, region_name, **kwargs
        )
        cls._configure(repository, cloudformation_json["Properties"])
        return repository

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> ecr.Repository:
        """Update the repository and its policies."""
        repository = super().update_from_cloudformation_json(
            original_resource, new_resource_name, cloudformation_json, account_id, region_name
        )
        cls._configure(repository, cloudformation_json["Properties"])
        return repository

    @staticmethod
    def _configure(repository: ecr.Repository, properties: Any) -> None:
        for name in ("image_scanning_configuration", "encryption_configuration"):
            setattr(repository, name, _api_form(getattr(repository, name)))
        repository.lifecycle_policy = properties.get("LifecyclePolicy", {}).get("LifecyclePolicyText")
        policy = properties.get("RepositoryPolicyText")
        repository.policy = policy and json.dumps(policy)


class _Properties(dict[str, Any]):
    """The properties of a resource, which remember the ones that a model has looked at."""

    def __init__(self, properties: dict[str, Any], read: set[str]) -> None:
        super().__init__(properties)
        self._read = read

    def __getitem__(self, key: str) -> Any:
        self._read.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        """Look a property up."""
        self._read.add(key)
        return super().get(key, default)

    def pop(self, key: str, *default: Any) -> Any:
        """Take a property out."""
        self._read.add(key)
        return super().pop(key, *default)

    def __iter__(self) -> Iterator[str]:
        self._read.update(self)
        return super().__iter__()

    def items(self) -> Any:
        """All properties."""
        self._read.update(super().keys())
        return super().items()


_given: defaultdict[str, set[str]] = defaultdict(set)
_read: defaultdict[str, set[str]] = defaultdict(set)
_skipped: set[str] = set()


def gaps() -> dict[str, list[str]]:
    """What templates have asked for in vain: by resource type, the properties that no model has looked at.

    A type without any model has a `*` for all of its properties.
    """
    unread = {kind: sorted(given - _read[kind]) for kind, given in _given.items()}
    return dict(sorted({**unread, **{kind: ["*"] for kind in _skipped}}.items()))


_parse_resource: Callable[..., Any] = parsing.parse_resource_and_generate_name  # gives None for an unknown type
_clean_json = parsing.clean_json
_add_sized_block_device: Callable[..., None] = Instance.add_block_device
_resolve_update_parameters: Callable[..., Any] = CloudFormationBackend._resolve_update_parameters  # noqa: SLF001
_resource_class_from_type = parsing.resource_class_from_type


def _parse_and_watch(logical_id: str, resource_json: dict[str, Any], resources_map: Any) -> Any:
    """The parsing of a resource, with properties that remember who looked at them."""
    parsed = _parse_resource(logical_id, resource_json, resources_map)
    if parsed is None:
        _skipped.add(resource_json["Type"])
        return None
    model, resource, name = parsed
    resource_type, properties = resource["Type"], resource.get("Properties", {})
    _given[resource_type].update(set(properties) - {model.cloudformation_name_type()})
    return model, {**resource, "Properties": _Properties(properties, _read[resource_type])}, name


def _clean_with_stack_outputs(resource_json: Any, resources_map: Any) -> Any:
    """The evaluation of intrinsic functions, and `Fn::GetStackOutput`, by which CDK refers to other stacks.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getstackoutput.html
    """
    if not (isinstance(resource_json, dict) and "Fn::GetStackOutput" in resource_json):
        return _clean_json(resource_json, resources_map)
    wanted = _clean_json(resource_json["Fn::GetStackOutput"], resources_map)
    backends = cloudformation_backends[resources_map["AWS::AccountId"]]
    stack = backends[wanted.get("Region", resources_map["AWS::Region"])].get_stack(wanted["StackName"])
    output = stack.output_map[wanted["OutputName"]]
    if output is None:
        raise ValidationError(message=f"Output {wanted['OutputName']} not found in stack {wanted['StackName']}")
    return output.value


def _model_of_type(resource_type: str) -> Any:
    """The model of a resource type; none for custom resources, whose Lambda functions nothing here runs."""
    return None if resource_type.startswith("Custom::") else _resource_class_from_type(resource_type)


def _add_block_device(self: Instance, size: int | None, device_path: str, *args: Any, **kwargs: Any) -> None:
    """A volume of an instance; one without a size has that of the machine image, of which moto's images know none."""
    _add_sized_block_device(self, size or _IMAGE_SIZE_GIB, device_path, *args, **kwargs)


def _previous_or_default(self: Any, instance: Any, incoming_params: list[dict[str, Any]]) -> Any:
    """The parameters of an update; a previous value that was a default is that default again."""
    given = [
        parameter
        for parameter in incoming_params
        if not parameter.get("UsePreviousValue") or parameter["ParameterKey"] in instance.parameters
    ]
    return _resolve_update_parameters(self, instance, given)


# moto has no extension point for these: its functions call each other by name in this module.
parsing.resource_class_from_type = _model_of_type
parsing.parse_resource_and_generate_name = _parse_and_watch
parsing.clean_json = _clean_with_stack_outputs
CloudFormationBackend._resolve_update_parameters = _previous_or_default  # type: ignore[method-assign] # noqa: SLF001
# That of access keys which it has not issued; those of an assumed role are of its account.
iam.DEFAULT_ACCOUNT_ID = ACCOUNT  # type: ignore[attr-defined]
Instance.add_block_device = _add_block_device  # type: ignore[method-assign]
