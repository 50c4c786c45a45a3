"""Reads back from the APIs of an embedded AWS what runs there."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from demo.cdk import Stack
from demo.emulator import Emulator, Environment
from demo.report import Capacity, Container, Endpoint, Report, Repository, Role, Service, Source
from ecr_ecs_constructs.image_uri import EcrImageUri

Templates = Mapping[str, Mapping[str, Any]]
"""Templates by the names of their stacks."""


def read(emulator: Emulator, stacks: Mapping[str, Stack], left_out: Iterable[str] = ()) -> Report:
    """Read back what was deployed.

    Args:
        emulator: where.
        stacks: what, by the names of the stacks.
        left_out: the names of stacks that were not.
    """
    report = _Reader(emulator, stacks).report()
    return replace(report, gaps=(*(f"{name}: not deployed" for name in left_out), *report.gaps))


class _Reader:
    def __init__(self, emulator: Emulator, stacks: Mapping[str, Stack]) -> None:
        templates = {name: stack.template for name, stack in stacks.items()}
        self._emulator = emulator
        self._client_at = cache(emulator.client)
        self._places = {name: stack.environment for name, stack in stacks.items()}
        self._templates = templates
        self._gaps = emulator.gaps()
        self._stacks = {stack: self._describe_stack(stack) for stack in templates}
        self._created = {name: emulator.resources(name, stack.environment) for name, stack in stacks.items()}

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

    def _client(self, service: str, stack: str) -> Any:
        """A client of a service where a stack is."""
        return self._client_at(service, self._places[stack])

    def _describe_stack(self, name: str) -> Mapping[str, Any]:
        stack: Mapping[str, Any] = self._client("cloudformation", name).describe_stacks(StackName=name)["Stacks"][0]
        return stack

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
        for source, name in self._resources("AWS::ECR::Repository"):
            ecr = self._client("ecr", source.stack)
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
        for source, profile in self._resources("AWS::IAM::InstanceProfile"):
            iam = self._client("iam", source.stack)
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
        for source, name in self._resources("AWS::ECS::CapacityProvider"):
            answer = self._client("ecs", source.stack).describe_capacity_providers(capacityProviders=[name])
            details = answer["capacityProviders"][0]["autoScalingGroupProvider"]
            providers[details["autoScalingGroupArn"]] = name, details
        for source, name in self._resources("AWS::AutoScaling::AutoScalingGroup"):
            groups = self._client("autoscaling", source.stack).describe_auto_scaling_groups(
                AutoScalingGroupNames=[name]
            )
            group = groups["AutoScalingGroups"][0]
            template = (
                group.get("LaunchTemplate")
                or (group["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"])
            )
            versions = self._client("ec2", source.stack).describe_launch_template_versions(
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
                value = self._client("ssm", stack).get_parameter(Name=path)["Parameter"]["Value"]
                if value == image_id:
                    return str(path)
        return "no public parameter"

    def _endpoints(self) -> Iterator[Endpoint]:
        for source, name in self._resources("AWS::EC2::VPCEndpoint"):
            answer = self._client("ec2", source.stack).describe_vpc_endpoints(VpcEndpointIds=[name])["VpcEndpoints"][0]
            yield Endpoint(source, answer["ServiceName"], answer["VpcEndpointType"], answer["State"])

    def _services(self) -> Iterator[Service]:
        for source, arn in self._resources("AWS::ECS::Service"):
            ecs = self._client("ecs", source.stack)
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
                    self._container(container["name"], EcrImageUri.parse(container["image"]))
                    for container in definition["containerDefinitions"]
                ),
            )

    def _container(self, name: str, uri: EcrImageUri) -> Container:
        caches = [
            resource["Properties"]["EcrRepositoryPrefix"]
            for template in self._templates.values()
            for resource in template["Resources"].values()
            if resource["Type"] == "AWS::ECR::PullThroughCacheRule"
        ]
        return Container(
            name,
            str(uri),
            self._digest(uri),
            is_cached=any(uri.repository.startswith(f"{prefix}/") for prefix in caches),
        )

    def _digest(self, uri: EcrImageUri) -> str | None:
        """The digest that a reference leads to in its account and region, if there is such an image."""
        ecr = self._client_at("ecr", Environment(uri.account, uri.region))
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
        for source, cluster in self._resources("AWS::ECS::Cluster"):
            answer = self._client("ecs", source.stack).describe_clusters(clusters=[cluster])
            registered += answer["clusters"][0]["registeredContainerInstancesCount"]
        started = sum(each.instances for each in capacities)
        if registered < started:
            yield f"instances: {registered} of {started} have joined their cluster, so that no user data has run"
        stranger = "AKIAISSUEDBYNOBODY00"
        registries = {self._places[source.stack] for source, _ in self._resources("AWS::ECR::Repository")}
        clients = [self._emulator.client("ecr", at, access_key=stranger) for at in registries]
        if any(client.describe_repositories()["repositories"] for client in clients):
            yield "permissions: an access key that nobody has issued may read the repositories"
        for kind, names in self._gaps.items():
            if "*" in names:
                yield f"{kind}: not created"
            elif names:
                yield f"{kind}: without {', '.join(names)}"


def _as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
