# ruff: noqa: E501 - in a table, a declaration is a line
"""Properties that are added: those that the table of properties calls harmless, and values of others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecr_ecs_constructs.pull.properties.declared import Declared as Property
from ecr_ecs_constructs.pull.properties.declared import Effect, properties_of
from tests.mutations.declared.declaration import Declared, E, H
from tests.mutations.mutants import Mutant
from tests.mutations.places import written

_LINUX = ("bottlerocket", "launch-type-ec2", "mixed-instances", "reference-ec2")
"""The bases whose tasks run on container instances with Linux."""

_ON_LINUX = (
    *(
        "access-lists-and-secrets",
        "managed-instances",
        "mirror",
        "public-fargate",
        "pull-through-cache",
        "reference-fargate",
        "schedule",
        "two-accounts",
    ),
    *_LINUX,
)
"""All bases whose tasks run on Linux."""

_BESIDE = "stands beside the task, which runs on AWS Fargate; that AWS makes it of values of the right form is taken for granted"
_FITS = "the container fits into its task, and the task on what it runs on"

ADDITIONS: tuple[Declared, ...] = (
    # what is so where nothing is given
    Declared(E, "AWS::AutoScaling::AutoScalingGroup", (".Properties",), ("added NewInstancesProtectedFromScaleIn",), "is for instances that are taken away"),
    Declared(E, "AWS::EC2::LaunchTemplate", ("LaunchTemplateData/MetadataOptions",), ("added HttpEndpoint",), "is the default", new=('*"HttpEndpoint": "enabled"*',)),
    Declared(E, "AWS::EC2::LaunchTemplate", ("LaunchTemplateData/MetadataOptions",), ("added InstanceMetadataTags",), "is the default", new=('*"InstanceMetadataTags": "disabled"*',)),
    Declared(E, "AWS::EC2::LaunchTemplate", ("LaunchTemplateData/NetworkInterfaces/*",), ("added InterfaceType",), "is the default", new=('*"InterfaceType": "interface"*',)),
    Declared(E, "AWS::EC2::LaunchTemplate", ("LaunchTemplateData",), ("added EnclaveOptions", "added HibernationOptions"), "is the default", new=('*Options": {"Enabled": false}*', '*Options": {"Configured": false}*')),
    Declared(E, "AWS::EC2::LaunchTemplate", ("LaunchTemplateData",), ("added CpuOptions",), "is the default", new=('*"CpuOptions": {"AmdSevSnp": "disabled"}*', '*"CpuOptions": {"NestedVirtualization": "disabled"}*')),
    Declared(E, "AWS::EC2::NatGateway", (".Properties",), ("added AvailabilityMode", "added ConnectivityType"), "is the default"),
    Declared(E, "AWS::EC2::SecurityGroup", ("SecurityGroupEgress/*",), ("added FromPort", "added ToPort"), "a rule for all protocols is one for all ports"),
    Declared(E, "AWS::EC2::Subnet", (".Properties",), ("added EnableDns64", "added Ipv6Native"), "is the default", new=('*"EnableDns64": false*', '*"Ipv6Native": false*')),
    Declared(E, "AWS::EC2::VPCEndpoint", (".Properties",), ("added IpAddressType",), "is the default"),
    Declared(E, "AWS::EC2::VPCEndpoint", (".Properties",), ("added PrivateDnsEnabled",), "is the default of gateway endpoints"),
    Declared(E, "AWS::EC2::VPCEndpoint", (".Properties",), ("added DnsOptions",), "is the default", new=('*"DnsRecordIpType": "ipv4"*', '*"DnsRecordIpType": "not-specified"*', '*"NotSpecified"*')),
    Declared(E, "AWS::ECR::Repository", (".Properties",), ("added EncryptionConfiguration",), "is the default"),
    Declared(E, "AWS::ECR::RepositoryCreationTemplate", (".Properties",), ("added EncryptionConfiguration",), "is the default", new=('*"AES256"*',)),
    Declared(E, "AWS::ECS::Cluster", (".Properties",), ("added Configuration",), "is the default"),
    Declared(E, "AWS::ECS::Service", (".Properties",), ("added SchedulingStrategy",), "is the default"),
    Declared(E, "AWS::ECS::Service", ("DeploymentConfiguration",), ("added Strategy",), "is the default"),
    Declared(E, "AWS::ECS::Service", ("NetworkConfiguration/AwsvpcConfiguration",), ("added AssignPublicIp",), "is the default"),
    Declared(E, "AWS::ECS::TaskDefinition", ("ContainerDefinitions/*",), ("added DisableNetworking",), "is the default"),
    Declared(E, "AWS::ECS::TaskDefinition", ("ContainerDefinitions/*",), ("added Privileged",), "is the default", new=('*"Privileged": false*',)),
    Declared(E, "AWS::KMS::Key", (".Properties",), ("added Enabled", "added KeySpec", "added KeyUsage", "added Origin"), "is the default"),
    Declared(E, "AWS::Logs::LogGroup", (".Properties",), ("added LogGroupClass",), "is the default", new=('*"STANDARD"*',)),
    Declared(E, "AWS::Logs::LogGroup", (".Properties",), ("added BearerTokenAuthenticationEnabled",), "is the default", new=("*: false*",)),
    Declared(E, "AWS::Scheduler::Schedule", (".Properties",), ("added State",), "is the default", new=('*"State": "ENABLED"*',)),
    # names, where what refers to the resource does so by Ref or by an attribute
    Declared(H, "AWS::*", (".Properties",), ("added AutoScalingGroupName", "added ClusterName", "added Family", "added FunctionName", "added GroupName", "added InstanceProfileName", "added LaunchTemplateName", "added LogGroupName", "added ManagedPolicyName", "added RepositoryName", "added RoleName", "added ServiceName"), "what refers to it does so by Ref or by an attribute", new=("*",)),
    Declared(H, "AWS::ECS::CapacityProvider", (".Properties",), ("added Name",), "what refers to it does so by Ref"),
    Declared(H, "AWS::SecretsManager::Secret", (".Properties",), ("added Name",), "what refers to it does so by Ref"),
    Declared(H, "AWS::Scheduler::Schedule", (".Properties",), ("added Name",), "what refers to it does so by Ref"),
    Declared(H, "AWS::IAM::Role", (".Properties",), ("added Tags",), "no policy of the bases asks for a tag"),
    # what changes nothing for the first tasks of a service
    Declared(H, "AWS::ECS::*", ("CapacityProviderStrategy/*", "DefaultCapacityProviderStrategy/*"), ("added Base",), "how many tasks a provider gets first; any of them takes the task"),
    Declared(H, "AWS::ECS::Service", (".Properties",), ("added AvailabilityZoneRebalancing",), "moves tasks that run"),
    Declared(H, "AWS::ECS::Service", ("DeploymentConfiguration",), ("added EarlySuccessCriteria", "added MinimumHealthyPercent"), "says when a deployment is done, and how many tasks of the one before stay"),
    Declared(H, "AWS::ECS::Service", ("DeploymentConfiguration/DeploymentCircuitBreaker",), ("added ThresholdConfiguration",), "the circuit breaker acts on tasks that do not start"),
    # tasks and containers
    Declared(H, "AWS::ECS::TaskDefinition", (".Properties",), ("added RuntimePlatform",), "the image that is pushed is for the platform that the task runs on"),
    Declared(H, "AWS::ECS::TaskDefinition", (".Properties",), ("added Volumes",), "no container mounts it"),
    Declared(H, "AWS::ECS::TaskDefinition", (".Properties",), ("added PidMode",), "its containers share what they see of processes", new=('*"PidMode": "task"*',), bases=_ON_LINUX),
    Declared(H, "AWS::ECS::TaskDefinition", (".Properties",), ("added IpcMode", "added PidMode"), "it shares what it sees with its host, which Linux has", bases=_LINUX),
    Declared(H, "AWS::ECS::TaskDefinition", ("ContainerDefinitions/*",), ("added Privileged", "added Ulimits"), "its instances have Linux, and run privileged containers", bases=_LINUX),
    Declared(H, "AWS::ECS::TaskDefinition", ("ContainerDefinitions/*",), ("added Ulimits",), "its instances have Linux", bases=("managed-instances",)),
    Declared(E, "AWS::ECS::TaskDefinition", ("ContainerDefinitions/*",), ("added Essential",), "is the default", new=('*"Essential": true*',)),
    Declared(H, "AWS::ECS::TaskDefinition", ("ContainerDefinitions/*",), ("added Cpu", "added Memory", "added MemoryReservation"), _FITS),
    Declared(H, "AWS::ECS::TaskDefinition", ("ContainerDefinitions/*",), ("added PortMappings",), "no other container has the port"),
    Declared(H, "AWS::ECS::TaskDefinition", ("ContainerDefinitions/*",), ("added StopTimeout",), "says how long it may take to end, within what AWS Fargate allows", new=('*"StopTimeout": 1}*', '*"StopTimeout": 100}*')),
    Declared(H, "AWS::ECS::TaskDefinition", ("ContainerDefinitions/*/PortMappings/*",), ("added Name",), "no other port has the name"),
    Declared(H, "AWS::ECS::TaskDefinition", ("ContainerDefinitions/*/PortMappings/*",), ("added Protocol",), "no other container has the port, of either protocol"),
    Declared(E, "AWS::ECS::Service", (".Properties",), ("added EnableExecuteCommand",), "is the default", new=('*"EnableExecuteCommand": false*',)),
    Declared(E, "AWS::Scheduler::Schedule", ("Target/EcsParameters",), ("added EnableExecuteCommand",), "is the default", new=('*"EnableExecuteCommand": false*',)),
    Declared(H, "AWS::ECS::Service", (".Properties",), ("added EnableExecuteCommand",), "is for people who look into its containers, whose task has a role", new=('*"EnableExecuteCommand": true*',)),
    Declared(H, "AWS::ECS::TaskDefinition", ("ContainerDefinitions/*",), ("added FirelensConfiguration",), "Linux runs a container as a log router, whatever its image is", bases=_ON_LINUX),
    Declared(E, "AWS::ECS::TaskDefinition", ("ContainerDefinitions/*",), ("added LinuxParameters",), "says nothing", bases=_ON_LINUX, new=('*"LinuxParameters": {}*', '*"LinuxParameters": {"Capabilities": {}}*')),
    Declared(H, "AWS::ECS::Service", (".Properties",), ("added PlacementConstraints",), "each task has an instance of its own", new=('*"distinctInstance"*',)),
    Declared(H, "AWS::Scheduler::Schedule", (".Properties",), ("added State",), "nothing runs the task, which starts where somebody does", new=('*"State": "DISABLED"*',)),
    # what stands beside the task
    Declared(H, "AWS::AutoScaling::AutoScalingGroup", (".Properties",), ("added AvailabilityZoneDistribution", "added CapacityReservationSpecification", "added DesiredCapacityType", "added InstanceMaintenancePolicy", "added LifecycleHookSpecificationList", "added PlacementGroup"), _BESIDE, bases=("reference-fargate",)),
    Declared(H, "AWS::EC2::LaunchTemplate", ("LaunchTemplateData", "LaunchTemplateData/BlockDeviceMappings/*/Ebs", "LaunchTemplateData/MetadataOptions", "LaunchTemplateData/NetworkInterfaces/*"), ("added",), _BESIDE, bases=("reference-fargate",)),
    Declared(H, "AWS::EC2::LaunchTemplate", ("LaunchTemplateData/BlockDeviceMappings/*/Ebs",), ("added VolumeSize",), "is larger than the volume of its image", new=('*"VolumeSize": 100*',)),
    Declared(H, "AWS::EC2::FlowLog", (".Properties",), ("added MaxAggregationInterval", "added TagFieldSpecifications"), "nothing waits for what it records"),
    Declared(H, "AWS::Logs::LogGroup", (".Properties",), ("added LogGroupClass",), "is made; no task logs to it", bases=("reference-ec2", "reference-fargate"), resources=("ClusterExecLogs*", "VpcFlowLog*")),
    Declared(H, "AWS::ECS::Cluster", ("Configuration/ExecuteCommandConfiguration/LogConfiguration",), ("added S3BucketName",), "is for commands that people run in a container"),
    Declared(E, "AWS::Lambda::Function", (".Properties",), ("added PackageType", "added PublishToLatestPublished"), "is the default", new=('*"PackageType": "Zip"*', '*"PublishToLatestPublished": false*')),
    # subnets and repositories
    Declared(H, "AWS::EC2::Subnet", (".Properties",), ("added EnableDns64",), "gives names addresses of IPv6 beside those of IPv4, which what has no IPv6 does not use"),
    Declared(H, "AWS::EC2::Subnet", (".Properties",), ("added MapPublicIpOnLaunch",), "the subnets of the bases have it without a way out, or what starts there has an address anyway"),
    Declared(H, "AWS::ECR::Repository", (".Properties",), ("added ImageTagMutabilityExclusionFilters",), "a tag that can be given anew is there"),
)  # fmt: skip
"""Declarations of properties that are added; the table of properties declares the others."""


def harmless_addition(mutant: Mutant) -> Declared | None:
    """Return a declaration of a property that is added, where all that it says is harmless by the table.

    Args:
        mutant: a change of the class `added`.
    """
    type_, _ = mutant.where()
    table = properties_of(type_)
    found: list[Property | None] = []
    for path in _leaves(mutant.value[mutant.kind], (*mutant.path[3:], mutant.kind)):
        own = f"{written(path)}/"
        found += [each for name, each in table.items() if own.startswith(f"{name}/") or name.startswith(own)] or [None]
    reasons = [each.reason for each in found if each is not None and each.effect is Effect.HARMLESS]
    if len(reasons) < len(found):
        return None
    return Declared(
        H, type_, (written((*mutant.path[3:], mutant.kind)),), ("added",), "; ".join(dict.fromkeys(reasons))
    )


def _leaves(node: Any, here: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(node, dict) and node:
        for step, value in node.items():
            yield from _leaves(value, (*here, step))
    elif isinstance(node, list) and node:
        for index, value in enumerate(node):
            yield from _leaves(value, (*here, index))
    else:
        yield here
