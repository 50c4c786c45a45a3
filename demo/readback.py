"""Reads back from the APIs of an embedded AWS what runs there."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from demo.emulator import Emulator
from demo.report import Capacity, Container, Endpoint, Report, Repository, Role, Service, Source
from ecr_ecs_constructs.image_uri import EcrImageUri

Templates = Mapping[str, Mapping[str, Any]]
"""Templates by the names of their stacks."""


def read(emulator: Emulator, templates: Templates) -> Report:
    """Read back what was deployed.

    Args:
        emulator: where.
        templates: what.
    """
    return _Reader(emulator, templates).report()


class _Reader:
    def __init__(self, emulator: Emulator, templates: Templates) -> None:
        self._emulator = emulator
        self._client = cache(emulator.client)
        self._templates = templates
        self._gaps = emulator.gaps()
        self._stacks = {stack: self._describe_stack(stack) for stack in templates}
        self._created = {stack: self._list_resources(stack) for stack in templates}

    def report(self) -> Report:
        services, capacities = tuple(self._services()), tuple(self._capacities())
        return Report(
            stacks={name: stack["StackStatus"] for name, stack in self._stacks.items()},
            repositories=tuple(self._repositories()),
            roles=tuple(self._roles()),
            capacities=capacities,
            endpoints=tuple(self._endpoints()),
            services=services,
            missing=tuple(self._missing()),
            gaps=tuple(self._gap_lines(services, capacities)),
        )

    def _describe_stack(self, name: str) -> Mapping[str, Any]:
        stack: Mapping[str, Any] = self._client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        return stack

    def _list_resources(self, stack: str) -> Mapping[str, str]:
        pages = self._client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
        return {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for page in pages
            for resource in page["StackResourceSummaries"]
        }

    def _resources(self, kind: str) -> Iterator[tuple[Source, str]]:
        """The resources of a type that are there, with their physical names."""
        for stack, template in self._templates.items():
            for logical_id, resource in template["Resources"].items():
                if resource["Type"] == kind and logical_id in self._created[stack]:
                    yield Source(stack, logical_id), self._created[stack][logical_id]

    def _missing(self) -> Iterator[Source]:
        for stack, template in self._templates.items():
            for logical_id, resource in template["Resources"].items():
                known = "*" not in self._gaps.get(resource["Type"], ())
                if known and "Condition" not in resource and logical_id not in self._created[stack]:
                    yield Source(stack, logical_id)

    def _repositories(self) -> Iterator[Repository]:
        ecr = self._client("ecr")
        for source, name in self._resources("AWS::ECR::Repository"):
            repository = ecr.describe_repositories(repositoryNames=[name])["repositories"][0]
            images = ecr.describe_images(repositoryName=name)["imageDetails"]
            try:
                lifecycle = json.loads(ecr.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"])
            except ecr.exceptions.LifecyclePolicyNotFoundException:
                lifecycle = {}
            yield Repository(
                source=source,
                name=name,
                mutability=repository["imageTagMutability"],
                scan_on_push=repository["imageScanningConfiguration"]["scanOnPush"],
                lifecycle=lifecycle,
                images={tag: image["imageDigest"] for image in images for tag in image.get("imageTags", ())},
            )

    def _roles(self) -> Iterator[Role]:
        iam = self._client("iam")
        for source, profile in self._resources("AWS::IAM::InstanceProfile"):
            for role in iam.get_instance_profile(InstanceProfileName=profile)["InstanceProfile"]["Roles"]:
                allowed: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
                for policy in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]:
                    document = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=policy)["PolicyDocument"]
                    for statement in document["Statement"]:
                        for resource in _as_list(statement["Resource"]):
                            allowed[resource] += (*_as_list(statement["Action"]),)
                yield Role(source, role["RoleName"], dict(allowed))

    def _capacities(self) -> Iterator[Capacity]:
        providers: dict[str, tuple[str, Mapping[str, Any]]] = {}
        for _, name in self._resources("AWS::ECS::CapacityProvider"):
            answer = self._client("ecs").describe_capacity_providers(capacityProviders=[name])
            details = answer["capacityProviders"][0]["autoScalingGroupProvider"]
            providers[details["autoScalingGroupArn"]] = name, details
        for source, name in self._resources("AWS::AutoScaling::AutoScalingGroup"):
            groups = self._client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
            group = groups["AutoScalingGroups"][0]
            template = (
                group.get("LaunchTemplate")
                or (group["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"])
            )
            versions = self._client("ec2").describe_launch_template_versions(
                LaunchTemplateId=template["LaunchTemplateId"], Versions=[template.get("Version", "$Default")]
            )
            data = versions["LaunchTemplateVersions"][0]["LaunchTemplateData"]
            provider, details = providers.get(group["AutoScalingGroupARN"], ("", {}))
            yield Capacity(
                source=source,
                group=name,
                least=group["MinSize"],
                most=group["MaxSize"],
                instances=len(group["Instances"]),
                instance_type=data["InstanceType"],
                image_id=data["ImageId"],
                image_source=self._image_source(source.stack, data["ImageId"]),
                provider=provider or None,
                managed_scaling=details.get("managedScaling", {}).get("status", "DISABLED"),
                termination_protection=details.get("managedTerminationProtection", "DISABLED"),
            )

    def _image_source(self, stack: str, image_id: str) -> str:
        """The public parameter by which a stack came to an AMI."""
        for declared in self._templates[stack].get("Parameters", {}).values():
            path = declared.get("Default", "")
            if declared["Type"].startswith("AWS::SSM::Parameter::Value") and path.startswith("/aws/service/"):
                value = self._client("ssm").get_parameter(Name=path)["Parameter"]["Value"]
                if value == image_id:
                    return str(path)
        return "no public parameter"

    def _endpoints(self) -> Iterator[Endpoint]:
        for source, name in self._resources("AWS::EC2::VPCEndpoint"):
            answer = self._client("ec2").describe_vpc_endpoints(VpcEndpointIds=[name])["VpcEndpoints"][0]
            yield Endpoint(source, answer["ServiceName"], answer["VpcEndpointType"], answer["State"])

    def _services(self) -> Iterator[Service]:
        ecs = self._client("ecs")
        for source, arn in self._resources("AWS::ECS::Service"):
            service = ecs.describe_services(cluster=arn.split("/")[-2], services=[arn])["services"][0]
            definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
            providers = [part["capacityProvider"] for part in service.get("capacityProviderStrategy", ())]
            yield Service(
                source=source,
                name=service["serviceName"],
                status=service["status"],
                where=", ".join(providers) or service["launchType"],
                desired=service["desiredCount"],
                running=service["runningCount"],
                containers=tuple(
                    Container(container["name"], container["image"], self._digest(container["image"]))
                    for container in definition["containerDefinitions"]
                ),
            )

    def _digest(self, image: str) -> str | None:
        """The digest that a reference leads to in this account and region, if there is such an image."""
        uri = EcrImageUri.parse(image)
        ecr = self._client("ecr")
        try:
            found = ecr.describe_images(
                registryId=uri.account,
                repositoryName=uri.repository,
                imageIds=[{"imageDigest": uri.digest} if uri.digest else {"imageTag": uri.tag}],
            )
        except (ecr.exceptions.ImageNotFoundException, ecr.exceptions.RepositoryNotFoundException):
            return None
        return str(found["imageDetails"][0]["imageDigest"])

    def _gap_lines(self, services: tuple[Service, ...], capacities: tuple[Capacity, ...]) -> Iterator[str]:
        wanted, running = sum(each.desired for each in services), sum(each.running for each in services)
        if running < wanted:
            yield f"containers: {running} of {wanted} tasks run, so that nothing is pulled"
        registered = 0
        for _, cluster in self._resources("AWS::ECS::Cluster"):
            answer = self._client("ecs").describe_clusters(clusters=[cluster])
            registered += answer["clusters"][0]["registeredContainerInstancesCount"]
        started = sum(each.instances for each in capacities)
        if registered < started:
            yield f"instances: {registered} of {started} have joined their cluster, so that no user data has run"
        if self._emulator.client("ecr", access_key="AKIAISSUEDBYNOBODY00").describe_repositories()["repositories"]:
            yield "permissions: an access key that nobody has issued may read the repositories"
        for kind, names in self._gaps.items():
            if "*" in names:
                yield f"{kind}: not created"
            elif names:
                yield f"{kind}: without {', '.join(names)}"


def _as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
