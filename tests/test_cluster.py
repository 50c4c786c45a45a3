"""EcsCluster: what its capacity is made of, what it refuses, what teams may change."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import Acknowledgment, App, CfnParameter, Duration, NestedStack, Size, Stack, Stage, Validations
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_ecs_patterns as patterns
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Annotations, Match, Template

from ecr_ecs_constructs.ami import EcsAmi
from ecr_ecs_constructs.capacity import EcsCapacity
from ecr_ecs_constructs.cluster import EcsCluster
from ecr_ecs_constructs.instance_role import EcsInstanceRole
from ecr_ecs_constructs.network import EcrVpcEndpoints
from ecr_ecs_constructs.service import EcrEc2Service
from ecr_ecs_constructs.task_definition import EcrEc2TaskDefinition
from tests.cfn_lint import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from constructs import Construct

VPC = "vpc-0123456789abcdef0"
PUBLIC = ["subnet-0000000000000000a", "subnet-0000000000000000b"]
PRIVATE = ["subnet-1000000000000000a", "subnet-1000000000000000b"]
ISOLATED = ["subnet-2000000000000000a", "subnet-2000000000000000b"]
X86 = ec2.InstanceType("m7i.large")
ARM = ec2.InstanceType("m7g.large")


def imported_vpc(scope: Construct) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        scope,
        "Vpc",
        vpc_id=VPC,
        availability_zones=["a", "b"],
        vpc_cidr_block="10.0.0.0/16",
        public_subnet_ids=PUBLIC,
        private_subnet_ids=PRIVATE,
        isolated_subnet_ids=ISOLATED,
    )


def new_cluster(scope: Construct | None = None, cls: type[EcsCluster] = EcsCluster, **options: Any) -> EcsCluster:
    stack = scope or Stack(App(), "Stack")
    return cls(stack, "Cluster", vpc=imported_vpc(stack), **options)


def template(cluster: EcsCluster) -> Template:
    return Template.from_stack(Stack.of(cluster))


def only(cluster: EcsCluster, type: str) -> Any:
    """The one resource of a type."""
    (resource,) = template(cluster).find_resources(type).values()
    return resource


def logical_id(cluster: EcsCluster, type: str) -> str:
    (name,) = template(cluster).find_resources(type)
    return name


@pytest.fixture(scope="module")
def cluster() -> EcsCluster:
    """A cluster with one capacity, and everything as it comes."""
    cluster = new_cluster()
    cluster.add_capacity("Main", instance_type=ARM)
    return cluster


def test_cluster_observes_and_logs(cluster: EcsCluster) -> None:
    assert only(cluster, "AWS::ECS::Cluster")["Properties"] == {
        "ClusterSettings": [{"Name": "containerInsights", "Value": "enhanced"}],
        "Configuration": {
            "ExecuteCommandConfiguration": {
                "LogConfiguration": {
                    "CloudWatchEncryptionEnabled": False,
                    "CloudWatchLogGroupName": {"Ref": logical_id(cluster, "AWS::Logs::LogGroup")},
                },
                "Logging": "OVERRIDE",
            }
        },
    }
    assert only(cluster, "AWS::Logs::LogGroup") == {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {"RetentionInDays": 365},
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
    }


def test_launch_template(cluster: EcsCluster) -> None:
    name_tag = [{"Key": "Name", "Value": "Stack/Cluster/Main/LaunchTemplate"}]
    data = only(cluster, "AWS::EC2::LaunchTemplate")["Properties"]["LaunchTemplateData"]
    assert data == {
        "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "VolumeType": "gp3"}}],
        "IamInstanceProfile": {"Arn": {"Fn::GetAtt": [logical_id(cluster, "AWS::IAM::InstanceProfile"), "Arn"]}},
        "ImageId": data["ImageId"],
        "InstanceType": "m7g.large",
        "MetadataOptions": {"HttpPutResponseHopLimit": 1, "HttpTokens": "required"},
        "Monitoring": {"Enabled": False},
        "NetworkInterfaces": [
            {
                "AssociatePublicIpAddress": False,
                "DeviceIndex": 0,
                "Groups": [{"Fn::GetAtt": [logical_id(cluster, "AWS::EC2::SecurityGroup"), "GroupId"]}],
            }
        ],
        "TagSpecifications": [
            {"ResourceType": "instance", "Tags": name_tag},
            {"ResourceType": "volume", "Tags": name_tag},
        ],
        "UserData": {
            "Fn::Base64": {
                "Fn::Join": [
                    "",
                    [
                        "#!/bin/bash\necho ECS_CLUSTER=",
                        {"Ref": logical_id(cluster, "AWS::ECS::Cluster")},
                        " >> /etc/ecs/ecs.config\necho ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config",
                    ],
                ]
            }
        },
    }
    template(cluster).has_parameter(
        data["ImageId"]["Ref"],
        {
            "Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>",
            "Default": "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id",
        },
    )


def test_auto_scaling_group_replaces_instances_gradually(cluster: EcsCluster) -> None:
    launch_template = logical_id(cluster, "AWS::EC2::LaunchTemplate")
    assert only(cluster, "AWS::AutoScaling::AutoScalingGroup") == {
        "Type": "AWS::AutoScaling::AutoScalingGroup",
        "Properties": {
            "LaunchTemplate": {
                "LaunchTemplateId": {"Ref": launch_template},
                "Version": {"Fn::GetAtt": [launch_template, "LatestVersionNumber"]},
            },
            "MaxSize": "10",
            "MinSize": "1",
            "NewInstancesProtectedFromScaleIn": True,
            "VPCZoneIdentifier": PRIVATE,
        },
        "UpdatePolicy": {
            "AutoScalingInstanceRefresh": {
                "Strategy": "Rolling",
                "Preferences": {
                    "MinHealthyPercentage": 100,
                    "MaxHealthyPercentage": 110,
                    "ScaleInProtectedInstances": "Refresh",
                },
            },
            "AutoScalingScheduledAction": {"IgnoreUnmodifiedGroupSizeProperties": True},
        },
    }


def test_sizes_of_scheduled_actions_may_be_set_anew() -> None:
    cluster = new_cluster()
    cluster.add_capacity("Main", instance_type=X86, ignore_unmodified_size_properties=False)
    group = only(cluster, "AWS::AutoScaling::AutoScalingGroup")
    assert "AutoScalingScheduledAction" not in group["UpdatePolicy"]


def test_capacity_provider_scales_protects_and_drains(cluster: EcsCluster) -> None:
    assert only(cluster, "AWS::ECS::CapacityProvider")["Properties"] == {
        "AutoScalingGroupProvider": {
            "AutoScalingGroupArn": {"Ref": logical_id(cluster, "AWS::AutoScaling::AutoScalingGroup")},
            "ManagedDraining": "ENABLED",
            "ManagedScaling": {"Status": "ENABLED", "TargetCapacity": 100},
            "ManagedTerminationProtection": "ENABLED",
        }
    }
    provider = {"Ref": logical_id(cluster, "AWS::ECS::CapacityProvider")}
    assert only(cluster, "AWS::ECS::ClusterCapacityProviderAssociations")["Properties"] == {
        "CapacityProviders": [provider],
        "Cluster": {"Ref": logical_id(cluster, "AWS::ECS::Cluster")},
        "DefaultCapacityProviderStrategy": [{"CapacityProvider": provider, "Weight": 1}],
    }


def test_security_group_lets_nobody_in(cluster: EcsCluster) -> None:
    assert only(cluster, "AWS::EC2::SecurityGroup")["Properties"] == {
        "GroupDescription": "Container instances of Amazon ECS",
        "SecurityGroupEgress": [
            {"CidrIp": "0.0.0.0/0", "Description": "Allow all outbound traffic by default", "IpProtocol": "-1"}
        ],
        "VpcId": VPC,
    }


def test_construct_ids_are_contract(cluster: EcsCluster) -> None:
    assert {child.node.id for child in cluster.node.find_child("Main").node.children} == {
        "InstanceRole",
        "SecurityGroup",
        "LaunchTemplate",
        "AutoScalingGroup",
        "CapacityProvider",
    }
    assert Stack.of(cluster).node.try_find_child("ClusterExecLogs") is not None


def test_templates_have_no_error() -> None:
    stack = Stack(App(), "Stack")
    vpc = vpc_of(stack, ec2.SubnetType.PRIVATE_ISOLATED)
    key = kms.Key(stack, "Key")
    EcrVpcEndpoints(stack, "Endpoints", vpc=vpc, session_manager=True, encryption_keys=True)
    cluster = EcsCluster(stack, "Cluster", vpc=vpc, execute_command_key=key, enable_fargate_capacity_providers=True)
    cluster.add_capacity("Graviton", instance_type=ARM, volume_encryption_key=key, session_manager=True)
    cluster.add_capacity(
        "Spot",
        instance_type=X86,
        alternative_instance_types=[ec2.InstanceType("m6i.large")],
        instances_distribution=autoscaling.InstancesDistribution(on_demand_percentage_above_base_capacity=0),
        machine_image=EcsAmi.bottlerocket(),
        volume_size=Size.gibibytes(100),
    )
    windows = EcsAmi.windows_server(
        ecs.WindowsOptimizedVersion.SERVER_2025, image_ids={"eu-west-1": "ami-0123456789abcdef0"}
    )
    cluster.add_capacity("Windows", instance_type=X86, machine_image=windows)
    assert errors(json.dumps(template(cluster).to_json()), "eu-west-1") == []


@pytest.mark.parametrize(
    ("options", "property", "expected"),
    [
        pytest.param(
            {"container_insights_v2": ecs.ContainerInsights.ENABLED},
            "ClusterSettings",
            [{"Name": "containerInsights", "Value": "enabled"}],
            id="container insights",
        ),
        pytest.param({"cluster_name": "web"}, "ClusterName", "web", id="name"),
        pytest.param(
            {"execute_command_configuration": ecs.ExecuteCommandConfiguration(logging=ecs.ExecuteCommandLogging.NONE)},
            "Configuration",
            {"ExecuteCommandConfiguration": {"Logging": "NONE"}},
            id="ECS Exec",
        ),
    ],
)
def test_cluster_options(options: dict[str, Any], property: str, expected: object) -> None:
    assert only(new_cluster(**options), "AWS::ECS::Cluster")["Properties"][property] == expected


def test_own_vpc() -> None:
    stack = Stack(App(), "Stack")
    cluster = EcsCluster(stack, "Cluster")
    cluster.add_capacity("Main", instance_type=X86)
    private = [stack.resolve(subnet.subnet_id) for subnet in cluster.vpc.private_subnets]
    assert len(private) == 2
    group = only(cluster, "AWS::AutoScaling::AutoScalingGroup")
    assert group["Properties"]["VPCZoneIdentifier"] == private


def vpc_of(scope: Construct, *types: ec2.SubnetType) -> ec2.Vpc:
    subnets = [ec2.SubnetConfiguration(name=each.name, subnet_type=each) for each in types]
    return ec2.Vpc(scope, "Vpc", max_azs=2, nat_gateways=0, subnet_configuration=subnets)


def test_default_subnets_of_a_vpc_without_nat_are_isolated() -> None:
    stack = Stack(App(), "Stack")
    vpc = vpc_of(stack, ec2.SubnetType.PUBLIC, ec2.SubnetType.PRIVATE_ISOLATED)
    cluster = EcsCluster(stack, "Cluster", vpc=vpc)
    cluster.add_capacity("Main", instance_type=X86)
    Validations.of(cluster).acknowledge(Acknowledgment(id="ecr-ecs::no-path-to-ecs", reason="no VPC endpoints here"))
    group = only(cluster, "AWS::AutoScaling::AutoScalingGroup")
    assert group["Properties"]["VPCZoneIdentifier"] == [stack.resolve(s.subnet_id) for s in vpc.isolated_subnets]


def test_vpc_with_public_subnets_only_is_refused() -> None:
    stack = Stack(App(), "Stack")
    cluster = EcsCluster(stack, "Cluster", vpc=vpc_of(stack, ec2.SubnetType.PUBLIC))
    with pytest.raises(ValueError, match=r"^vpc_subnets must be private or isolated, got public ones of 'Stack/Vpc': "):
        cluster.add_capacity("Main", instance_type=X86)


def test_exec_key_encrypts_sessions_and_logs() -> None:
    stack = Stack(App(), "Stack")
    key = kms.Key(stack, "Key")
    cluster = new_cluster(stack, execute_command_key=key)
    arn = {"Fn::GetAtt": [logical_id(cluster, "AWS::KMS::Key"), "Arn"]}
    configuration = only(cluster, "AWS::ECS::Cluster")["Properties"]["Configuration"]["ExecuteCommandConfiguration"]
    assert configuration["KmsKeyId"] == arn
    assert configuration["LogConfiguration"]["CloudWatchEncryptionEnabled"] is True
    assert only(cluster, "AWS::Logs::LogGroup")["Properties"]["KmsKeyId"] == arn
    _, statement = only(cluster, "AWS::KMS::Key")["Properties"]["KeyPolicy"]["Statement"]
    region, suffix, account = {"Ref": "AWS::Region"}, {"Ref": "AWS::URLSuffix"}, {"Ref": "AWS::AccountId"}
    assert statement["Principal"] == {"Service": {"Fn::Join": ["", ["logs.", region, ".", suffix]]}}
    assert statement["Condition"] == {
        "ArnLike": {
            "kms:EncryptionContext:aws:logs:arn": {
                "Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":logs:", region, ":", account, ":*"]]
            }
        }
    }


def test_imported_exec_key() -> None:
    stack = Stack(App(), "Stack")
    arn = "arn:aws:kms:eu-west-1:123456789012:key/1"
    cluster = new_cluster(stack, execute_command_key=kms.Key.from_key_arn(stack, "Key", arn))
    assert only(cluster, "AWS::Logs::LogGroup")["Properties"]["KmsKeyId"] == arn


LINUX = [{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "VolumeType": "gp3"}}]


@pytest.mark.parametrize(
    ("machine_image", "options", "devices", "join"),
    [
        pytest.param(EcsAmi.amazon_linux_2023, {}, LINUX, "#!/bin/bash\necho ECS_CLUSTER=", id="amazon linux"),
        pytest.param(
            EcsAmi.bottlerocket,
            {},
            [*LINUX, {"DeviceName": "/dev/xvdb", "Ebs": {"Encrypted": True, "VolumeType": "gp3"}}],
            '[settings.ecs]\ncluster = "',
            id="bottlerocket",
        ),
        pytest.param(
            EcsAmi.bottlerocket,
            {"volume_size": Size.gibibytes(100), "volume_iops": 4000, "volume_throughput": 250},
            [
                *LINUX,
                {
                    "DeviceName": "/dev/xvdb",
                    "Ebs": {
                        "Encrypted": True,
                        "VolumeType": "gp3",
                        "VolumeSize": 100,
                        "Iops": 4000,
                        "Throughput": 250,
                    },
                },
            ],
            '[settings.ecs]\ncluster = "',
            id="the volume of the images has the size",
        ),
        pytest.param(
            lambda: EcsAmi.windows_server(ecs.WindowsOptimizedVersion.SERVER_2025),
            {},
            [{"DeviceName": "/dev/sda1", "Ebs": {"Encrypted": True, "VolumeType": "gp3"}}],
            "<powershell>",
            id="windows",
        ),
    ],
)
def test_operating_systems(
    machine_image: Callable[[], EcsAmi], options: dict[str, Any], devices: object, join: str
) -> None:
    cluster = new_cluster()
    capacity = cluster.add_capacity("Main", instance_type=X86, machine_image=machine_image(), **options)
    data = only(cluster, "AWS::EC2::LaunchTemplate")["Properties"]["LaunchTemplateData"]
    assert data["BlockDeviceMappings"] == devices
    first, name, *_ = data["UserData"]["Fn::Base64"]["Fn::Join"][1]
    assert first.startswith(join)
    assert name == {"Ref": logical_id(cluster, "AWS::ECS::Cluster")}
    assert capacity.os_type is machine_image().os_type
    assert "ManagedPolicyArns" not in only(cluster, "AWS::IAM::Role")["Properties"]


def test_volume_key_may_be_used_by_ec2_of_the_account() -> None:
    stack = Stack(App(), "Stack")
    cluster = new_cluster(stack)
    cluster.add_capacity("Main", instance_type=X86, volume_encryption_key=kms.Key(stack, "Key"))
    (device,) = only(cluster, "AWS::EC2::LaunchTemplate")["Properties"]["LaunchTemplateData"]["BlockDeviceMappings"]
    assert device["Ebs"]["KmsKeyId"] == {"Fn::GetAtt": [logical_id(cluster, "AWS::KMS::Key"), "Arn"]}
    _, statement = only(cluster, "AWS::KMS::Key")["Properties"]["KeyPolicy"]["Statement"]
    assert statement["Condition"] == {
        "StringEquals": {
            "kms:CallerAccount": {"Ref": "AWS::AccountId"},
            "kms:ViaService": {"Fn::Join": ["", ["ec2.", {"Ref": "AWS::Region"}, ".", {"Ref": "AWS::URLSuffix"}]]},
        }
    }


SPOT_SETTING = "echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=true"


@pytest.mark.parametrize(
    ("options", "distribution", "types", "drains"),
    [
        pytest.param({"alternative_instance_types": [ec2.InstanceType("m6i.large")]}, None, 2, False, id="mixed"),
        pytest.param(
            {"instances_distribution": autoscaling.InstancesDistribution(on_demand_percentage_above_base_capacity=0)},
            {"OnDemandPercentageAboveBaseCapacity": 0, "SpotAllocationStrategy": "price-capacity-optimized"},
            1,
            True,
            id="spot",
        ),
        pytest.param(
            {
                "alternative_instance_types": [ec2.InstanceType("m6i.large"), ec2.InstanceType("m7a.large")],
                "instances_distribution": autoscaling.InstancesDistribution(
                    on_demand_allocation_strategy=autoscaling.OnDemandAllocationStrategy.PRIORITIZED,
                    on_demand_base_capacity=2,
                    on_demand_percentage_above_base_capacity=25,
                    spot_allocation_strategy=autoscaling.SpotAllocationStrategy.CAPACITY_OPTIMIZED,
                    spot_max_price="0.1",
                ),
            },
            {
                "OnDemandAllocationStrategy": "prioritized",
                "OnDemandBaseCapacity": 2,
                "OnDemandPercentageAboveBaseCapacity": 25,
                "SpotAllocationStrategy": "capacity-optimized",
                "SpotMaxPrice": "0.1",
            },
            3,
            True,
            id="mixed with spot",
        ),
        pytest.param(
            {"instances_distribution": autoscaling.InstancesDistribution(on_demand_percentage_above_base_capacity=100)},
            {"OnDemandPercentageAboveBaseCapacity": 100, "SpotAllocationStrategy": "price-capacity-optimized"},
            1,
            False,
            id="on demand",
        ),
    ],
)
def test_mixed_instances_and_spot(options: dict[str, Any], distribution: object, types: int, drains: bool) -> None:
    cluster = new_cluster()
    cluster.add_capacity("Main", instance_type=X86, **options)
    launch_template = logical_id(cluster, "AWS::EC2::LaunchTemplate")
    properties = only(cluster, "AWS::AutoScaling::AutoScalingGroup")["Properties"]
    names = [X86.to_string(), *(each.to_string() for each in options.get("alternative_instance_types", ()))]
    assert len(names) == types
    expected: dict[str, Any] = {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": {
                "LaunchTemplateId": {"Ref": launch_template},
                "Version": {"Fn::GetAtt": [launch_template, "LatestVersionNumber"]},
            },
            "Overrides": [{"InstanceType": name} for name in names],
        }
    }
    if distribution is not None:
        expected["InstancesDistribution"] = distribution
    assert properties["MixedInstancesPolicy"] == expected
    assert "LaunchTemplate" not in properties
    data = only(cluster, "AWS::EC2::LaunchTemplate")["Properties"]["LaunchTemplateData"]
    assert (SPOT_SETTING in json.dumps(data["UserData"])) is drains


@pytest.mark.parametrize(
    ("options", "type", "expected"),
    [
        pytest.param(
            {"min_capacity": 0, "max_capacity": 3, "desired_capacity": 2},
            "AWS::AutoScaling::AutoScalingGroup",
            {"MinSize": "0", "MaxSize": "3", "DesiredCapacity": "2"},
            id="sizes",
        ),
        pytest.param(
            {"vpc_subnets": ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)},
            "AWS::AutoScaling::AutoScalingGroup",
            {"VPCZoneIdentifier": ISOLATED},
            id="subnets",
        ),
        pytest.param(
            {
                "auto_scaling_group_name": "web",
                "az_capacity_distribution_strategy": autoscaling.CapacityDistributionStrategy.BALANCED_ONLY,
                "capacity_rebalance": True,
                "cooldown": Duration.minutes(1),
                "default_instance_warmup": Duration.minutes(2),
                "deletion_protection": autoscaling.DeletionProtection.PREVENT_FORCE_DELETION,
                "group_metrics": [autoscaling.GroupMetrics.all()],
                "health_checks": autoscaling.HealthChecks.ec2(grace_period=Duration.minutes(3)),
                "instance_lifecycle_policy": autoscaling.InstanceLifecyclePolicy(
                    retention_triggers=autoscaling.RetentionTriggers(
                        terminate_hook_abandon=autoscaling.TerminateHookAbandonAction.RETAIN
                    )
                ),
                "max_instance_lifetime": Duration.days(7),
                "termination_policies": [autoscaling.TerminationPolicy.CUSTOM_LAMBDA_FUNCTION],
                "termination_policy_custom_lambda_function_arn": "arn:aws:lambda:us-east-1:123456789012:function:f",
            },
            "AWS::AutoScaling::AutoScalingGroup",
            {
                "AutoScalingGroupName": "web",
                "AvailabilityZoneDistribution": {"CapacityDistributionStrategy": "balanced-only"},
                "CapacityRebalance": True,
                "Cooldown": "60",
                "DefaultInstanceWarmup": 120,
                "MetricsCollection": [{"Granularity": "1Minute"}],
                "HealthCheckGracePeriod": 180,
                "HealthCheckType": "EC2",
                "MaxInstanceLifetime": 604800,
                "DeletionProtection": "prevent-force-deletion",
                "InstanceLifecyclePolicy": {"RetentionTriggers": {"TerminateHookAbandon": "retain"}},
                "TerminationPolicies": ["arn:aws:lambda:us-east-1:123456789012:function:f"],
            },
            id="auto scaling group",
        ),
        pytest.param(
            {
                "capacity_provider_name": "web",
                "instance_warmup_period": 60,
                "maximum_scaling_step_size": 5,
                "minimum_scaling_step_size": 2,
                "target_capacity_percent": 80,
            },
            "AWS::ECS::CapacityProvider",
            {
                "Name": "web",
                "AutoScalingGroupProvider": {
                    "ManagedScaling": {
                        "InstanceWarmupPeriod": 60,
                        "MaximumScalingStepSize": 5,
                        "MinimumScalingStepSize": 2,
                        "Status": "ENABLED",
                        "TargetCapacity": 80,
                    }
                },
            },
            id="capacity provider",
        ),
        pytest.param(
            {"instance_monitoring": autoscaling.Monitoring.DETAILED},
            "AWS::EC2::LaunchTemplate",
            {"LaunchTemplateData": {"Monitoring": {"Enabled": True}}},
            id="monitoring",
        ),
        pytest.param(
            {"session_manager": True},
            "AWS::IAM::Policy",
            {
                "PolicyDocument": {
                    "Statement": Match.array_with(
                        [Match.object_like({"Action": Match.array_with(["ssmmessages:OpenDataChannel"])})]
                    )
                }
            },
            id="session manager",
        ),
        pytest.param(
            {"repositories": ["arn:aws:ecr:eu-west-1:123456789012:repository/app"]},
            "AWS::IAM::Policy",
            {
                "PolicyDocument": {
                    "Statement": Match.array_with(
                        [
                            Match.object_like(
                                {
                                    "Action": Match.array_with(["ecr:BatchGetImage"]),
                                    "Resource": "arn:aws:ecr:eu-west-1:123456789012:repository/app",
                                }
                            )
                        ]
                    )
                }
            },
            id="repositories",
        ),
    ],
)
def test_capacity_options(options: dict[str, Any], type: str, expected: dict[str, Any]) -> None:
    cluster = new_cluster()
    cluster.add_capacity("Main", instance_type=X86, **options)
    template(cluster).has_resource_properties(type, Match.object_like(expected))


def test_notifications_and_key_pair_and_security_group() -> None:
    stack = Stack(App(), "Stack")
    cluster = new_cluster(stack)
    cluster.add_capacity(
        "Main",
        instance_type=X86,
        key_pair=ec2.KeyPair.from_key_pair_name(stack, "KeyPair", "ssh"),
        notifications=[autoscaling.NotificationConfiguration(topic=sns.Topic(stack, "Topic"))],
        security_group=ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-1"),
    )
    data = only(cluster, "AWS::EC2::LaunchTemplate")["Properties"]["LaunchTemplateData"]
    assert data["KeyName"] == "ssh"
    assert data["NetworkInterfaces"][0]["Groups"] == ["sg-1"]
    (notification,) = only(cluster, "AWS::AutoScaling::AutoScalingGroup")["Properties"]["NotificationConfigurations"]
    assert set(notification["NotificationTypes"]) >= {
        "autoscaling:EC2_INSTANCE_LAUNCH",
        "autoscaling:EC2_INSTANCE_LAUNCH_ERROR",
        "autoscaling:EC2_INSTANCE_TERMINATE",
        "autoscaling:EC2_INSTANCE_TERMINATE_ERROR",
    }


def test_several_capacities() -> None:
    cluster = new_cluster(enable_fargate_capacity_providers=True)
    graviton = cluster.add_capacity("Graviton", instance_type=ARM)
    intel = cluster.add_capacity("Intel", instance_type=X86, machine_image=EcsAmi.bottlerocket())
    names = ["FARGATE", "FARGATE_SPOT", graviton.capacity_provider_name, intel.capacity_provider_name]
    assert cluster.capacity_provider_names == names
    association = only(cluster, "AWS::ECS::ClusterCapacityProviderAssociations")["Properties"]
    assert association["CapacityProviders"] == Stack.of(cluster).resolve(names)
    assert association["DefaultCapacityProviderStrategy"] == [
        {"CapacityProvider": Stack.of(cluster).resolve(graviton.capacity_provider_name), "Weight": 1}
    ]
    template(cluster).resource_count_is("AWS::IAM::Role", 2)
    template(cluster).resource_count_is("AWS::EC2::SecurityGroup", 2)
    assert len(cluster.connections.security_groups) == 2


def test_capacity_is_an_auto_scaling_group() -> None:
    cluster = new_cluster()
    capacity = cluster.add_capacity("Main", instance_type=X86)
    assert isinstance(capacity, EcsCapacity)
    assert isinstance(capacity, autoscaling.AutoScalingGroup)
    capacity.add_user_data("echo hello")
    capacity.scale_on_schedule("Night", schedule=autoscaling.Schedule.cron(hour="20"), min_capacity=0)
    data = only(cluster, "AWS::EC2::LaunchTemplate")["Properties"]["LaunchTemplateData"]
    assert data["UserData"]["Fn::Base64"]["Fn::Join"][1][-1].endswith("\necho hello")
    assert capacity.launch_template.launch_template_id
    template(cluster).resource_count_is("AWS::AutoScaling::ScheduledAction", 1)


def test_capacity_of_the_l2_stands_beside() -> None:
    cluster = new_cluster()
    ours = cluster.add_capacity("Main", instance_type=X86)
    group = autoscaling.AutoScalingGroup(
        Stack.of(cluster),
        "Group",
        vpc=cluster.vpc,
        instance_type=ARM,
        machine_image=EcsAmi.amazon_linux_2023().for_instance_type(ARM),
    )
    theirs = ecs.AsgCapacityProvider(Stack.of(cluster), "Provider", auto_scaling_group=group)
    cluster.add_asg_capacity_provider(theirs)
    assert set(cluster.capacity_provider_names) == {ours.capacity_provider_name, theirs.capacity_provider_name}


def test_default_strategy_can_be_said() -> None:
    cluster = new_cluster()
    cluster.add_capacity("Main", instance_type=X86)
    spot = cluster.add_capacity("Spot", instance_type=X86)
    strategy = [{"capacity_provider": spot.capacity_provider_name, "base": 1, "weight": 2}]  # the L2 takes both forms
    cluster.add_default_capacity_provider_strategy(strategy)
    association = only(cluster, "AWS::ECS::ClusterCapacityProviderAssociations")["Properties"]
    assert association["DefaultCapacityProviderStrategy"] == [
        {"Base": 1, "CapacityProvider": Stack.of(cluster).resolve(spot.capacity_provider_name), "Weight": 2}
    ]
    with pytest.raises(ValueError, match=r"^default_capacity_provider_strategy must be said once, got "):
        cluster.add_default_capacity_provider_strategy(strategy)


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        pytest.param([], "name capacity of this cluster, got []", id="nothing"),
        pytest.param([("other", 0)], "name capacity of this cluster, got ['other']", id="unknown"),
        pytest.param([("FARGATE", 0), ("web", 0)], "be all Fargate or all instances, got ['FARGATE', 'web']", id="mix"),
        pytest.param([("FARGATE", 1), ("FARGATE_SPOT", 2)], "have one base at most, got [1, 2]", id="bases"),
    ],
)
def test_impossible_default_strategy_is_refused(strategy: Sequence[tuple[str, int]], message: str) -> None:
    class NamedCluster(EcsCluster):
        @property
        def capacity_provider_names(self) -> list[str]:  # names that are not tokens
            return ["FARGATE", "FARGATE_SPOT", "web"]

    with pytest.raises(ValueError, match=f"^default_capacity_provider_strategy must {re.escape(message)}"):
        new_cluster(cls=NamedCluster).add_default_capacity_provider_strategy(
            [ecs.CapacityProviderStrategy(capacity_provider=name, base=base) for name, base in strategy]
        )


def test_no_capacity_needs_no_association() -> None:
    cluster = new_cluster()
    assert cluster.has_ec2_capacity is False
    assert cluster.default_capacity_provider_strategy == []
    template(cluster).resource_count_is("AWS::ECS::ClusterCapacityProviderAssociations", 0)


def given_ecs_role(stack: Stack) -> iam.IRole:
    return EcsInstanceRole(stack, "Role")


def given_plain_role(stack: Stack) -> iam.IRole:
    return iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))


def given_role_of_another_stack(stack: Stack) -> iam.IRole:
    return given_plain_role(Stack(stack.node.scope, "Roles"))  # type: ignore[arg-type] # the App, typed as IConstruct


def given_imported_role(stack: Stack) -> iam.IRole:
    return iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::123456789012:role/instances")


def given_immutable_role(stack: Stack) -> iam.IRole:
    return iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::123456789012:role/instances", mutable=False)


@pytest.mark.parametrize(
    ("give", "policies"),
    [
        pytest.param(given_ecs_role, 1, id="ecs instance role"),
        pytest.param(given_plain_role, 1, id="plain"),
        pytest.param(given_role_of_another_stack, 1, id="of another stack"),
        pytest.param(given_imported_role, 1, id="imported"),
        pytest.param(given_immutable_role, 0, id="immutable"),
    ],
)
def test_given_role(give: Callable[[Stack], iam.IRole], policies: int) -> None:
    stack = Stack(App(), "Stack")
    cluster = new_cluster(stack)
    role = give(stack)
    capacity = cluster.add_capacity("Main", instance_type=X86, role=role)
    assert capacity.role.role_arn == role.role_arn
    of_role = Template.from_stack(Stack.of(role)).find_resources("AWS::IAM::Policy").values()
    assert len(of_role) == policies
    actions = json.dumps([policy["Properties"]["PolicyDocument"] for policy in of_role])
    assert ("ecr:BatchGetImage" in actions) is bool(policies)
    assert ("ecs:RegisterContainerInstance" in actions) is bool(policies)
    profile = only(cluster, "AWS::IAM::InstanceProfile")
    assert profile["Properties"]["Roles"] in (stack.resolve([role.role_name]), ["instances"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(
            {"machine_image": ecs.EcsOptimizedImage.amazon_linux2()},
            r"machine_image must be an EcsAmi, got <.*>: others may be past their end of life or unable to join the "
            "cluster; EcsAmi.from_ssm_parameter takes an image of your own",
            id="machine image of the L2",
        ),
        pytest.param(
            {"machine_image": EcsAmi.amazon_linux_2023(architecture=ec2.InstanceArchitecture.ARM_64)},
            r"instance_type must have arm64 processors, got 'm7i\.large': .*",
            id="architecture",
        ),
        pytest.param(
            {"alternative_instance_types": [ARM]},
            r"alternative_instance_types must have x86_64 processors, got 'm7g\.large': .*",
            id="architecture of an alternative",
        ),
        pytest.param(
            {"min_capacity": -1}, "min_capacity must be 0 or more, got -1: a group can't have fewer instances", id="min"
        ),
        pytest.param(
            {"min_capacity": 0, "max_capacity": 0},
            "max_capacity must be 1 or more, got 0: no task could ever run",
            id="max",
        ),
        pytest.param(
            {"min_capacity": 3, "max_capacity": 2},
            "max_capacity must be 3 or more, got 2: min_capacity is 3",
            id="max below min",
        ),
        pytest.param(
            {"desired_capacity": 11},
            "desired_capacity must be 1 to 10, got 11: it lies between min_capacity and max_capacity",
            id="desired",
        ),
        pytest.param(
            {"target_capacity_percent": 0},
            "target_capacity_percent must be 1 to 100, got 0: it is a percentage",
            id="target",
        ),
        pytest.param(
            {"instances_distribution": autoscaling.InstancesDistribution(on_demand_percentage_above_base_capacity=101)},
            "instances_distribution.on_demand_percentage_above_base_capacity must be 0 to 100, got 101: "
            "it is a percentage",
            id="on-demand share",
        ),
        pytest.param(
            {"capacity_provider_name": "ecs-web"},
            "capacity_provider_name must be 1 to 255 letters, digits, - or _ and begin with none of aws, ecs, fargate, "
            "got 'ecs-web': Amazon ECS takes no other",
            id="name",
        ),
        pytest.param(
            {"vpc_subnets": ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)},
            "vpc_subnets must be private or isolated, got public ones of 'Stack/Vpc': the instances have no public "
            "address, so an internet gateway leads them nowhere",
            id="public subnets",
        ),
        pytest.param({"id": "Default"}, "id must be neither 'Default' nor 'Resource', got 'Default': .*", id="id"),
    ],
)
def test_impossible_capacity_is_refused(options: dict[str, Any], message: str) -> None:
    cluster = new_cluster()
    with pytest.raises(ValueError, match=f"^{message}$"):
        cluster.add_capacity(**{"id": "Main", "instance_type": X86, **options})
    assert cluster.has_ec2_capacity is False
    assert cluster.node.try_find_child("Main") is None


def test_contradicting_arguments_are_refused() -> None:
    stack = Stack(App(), "Stack")
    cluster = new_cluster(stack)
    with pytest.raises(ValueError, match=r"^session_manager must be left out with role, got True: it belongs to "):
        cluster.add_capacity("Main", instance_type=X86, role=given_ecs_role(stack), session_manager=True)
    with pytest.raises(ValueError, match=r"^repositories must be left out with an EcsInstanceRole, got \['arn'\]: "):
        cluster.add_capacity("Main", instance_type=X86, role=EcsInstanceRole(stack, "Own"), repositories=["arn"])
    with pytest.raises(ValueError, match=r"^execute_command_key must be left out with execute_command_configuration, "):
        EcsCluster(
            stack,
            "Other",
            vpc=cluster.vpc,
            execute_command_key=kms.Key(stack, "Key"),
            execute_command_configuration=ecs.ExecuteCommandConfiguration(),
        )


def test_values_known_at_deployment_are_not_judged() -> None:
    stack = Stack(App(), "Stack")
    cluster = new_cluster(stack)
    size = CfnParameter(stack, "Size", type="Number")
    instance_type = CfnParameter(stack, "InstanceType")
    cluster.add_capacity(
        "Main",
        instance_type=ec2.InstanceType(instance_type.value_as_string),
        machine_image=EcsAmi.amazon_linux_2023(architecture=ec2.InstanceArchitecture.ARM_64),
        max_capacity=size.value_as_number,  # type: ignore[arg-type] # CDK's number token is a float
    )
    group = only(cluster, "AWS::AutoScaling::AutoScalingGroup")
    assert group["Properties"]["MaxSize"] == {"Ref": "Size"}


def in_stack(app: App) -> Stack:
    return Stack(app, "Stack")


def in_nested_stack(app: App) -> Stack:
    return NestedStack(Stack(app, "Stack"), "Nested")


def in_stage(app: App) -> Stack:
    return Stack(Stage(app, "Stage"), "Stack")


@pytest.mark.parametrize("make_stack", [in_stack, in_nested_stack, in_stage])
def test_goes_into_ecs_patterns(make_stack: Callable[[App], Stack]) -> None:
    stack = make_stack(App())
    cluster = new_cluster(stack)
    capacity = cluster.add_capacity("Main", instance_type=X86)
    repository = ecr.Repository.from_repository_name(stack, "Repository", "app")
    patterns.ApplicationLoadBalancedEc2Service(
        stack,
        "Service",
        cluster=cluster,
        memory_limit_mib=256,
        public_load_balancer=False,
        enable_execute_command=True,
        capacity_provider_strategies=cluster.default_capacity_provider_strategy,
        task_image_options=patterns.ApplicationLoadBalancedTaskImageOptions(
            image=ecs.ContainerImage.from_ecr_repository(repository, "1")
        ),
    )
    service = only(cluster, "AWS::ECS::Service")["Properties"]
    assert service["CapacityProviderStrategy"] == [
        {"CapacityProvider": stack.resolve(capacity.capacity_provider_name), "Weight": 1}
    ]
    # The load balancer reaches tasks that share the network of their instance.
    template(cluster).has_resource_properties(
        "AWS::EC2::SecurityGroupIngress",
        {"GroupId": stack.resolve(capacity.connections.security_groups[0].security_group_id), "FromPort": 32768},
    )


def test_network_cluster_and_service_in_stacks_of_their_own() -> None:
    app = App()
    network, capacity, web = (Stack(app, name) for name in ("Network", "Cluster", "Web"))
    vpc = vpc_of(network, ec2.SubnetType.PRIVATE_ISOLATED)
    EcrVpcEndpoints(network, "Endpoints", vpc=vpc)
    cluster = EcsCluster(capacity, "Cluster", vpc=vpc)
    cluster.add_capacity("Main", instance_type=X86)
    task_definition = EcrEc2TaskDefinition(web, "Task")
    task_definition.add_container(
        "web", image="123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1", memory_limit_mib=256
    )
    EcrEc2Service(web, "Service", cluster=cluster, task_definition=task_definition)
    (service,) = Template.from_stack(web).find_resources("AWS::ECS::Service").values()
    (strategy,) = service["Properties"]["CapacityProviderStrategy"]
    assert strategy["CapacityProvider"]["Fn::ImportValue"].startswith(
        "Cluster:ExportsOutputRefClusterMainCapacityProvider"
    )
    assert {stack.stack_name for stack in web.dependencies} == {"Cluster"}
    assert {stack.stack_name for stack in capacity.dependencies} == {"Network"}


def test_hooks() -> None:
    class TeamCluster(EcsCluster):
        def default_machine_image(self, instance_type: ec2.InstanceType) -> EcsAmi:
            return EcsAmi.bottlerocket()

        def create_exec_log_group(self, scope: Construct, id: str, encryption_key: kms.IKey | None) -> logs.ILogGroup:
            return logs.LogGroup(scope, id, retention=logs.RetentionDays.ONE_WEEK)

        def create_instance_role(
            self, scope: Construct, *, repositories: Sequence[ecr.IRepository | str] | None, session_manager: bool
        ) -> iam.IRole:
            return iam.Role(scope, "TeamRole", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"), role_name="team")

        def create_security_group(self, scope: Construct) -> ec2.ISecurityGroup:
            return ec2.SecurityGroup(scope, "TeamGroup", vpc=self.vpc, description="ours")

        def spot_allocation_strategy(self) -> autoscaling.SpotAllocationStrategy:
            return autoscaling.SpotAllocationStrategy.CAPACITY_OPTIMIZED

        def update_policy(self) -> autoscaling.UpdatePolicy:
            return autoscaling.UpdatePolicy.rolling_update(max_batch_size=2)

        def user_data(self, machine_image: EcsAmi, *, spot: bool) -> ec2.UserData:
            user_data = super().user_data(machine_image, spot=spot)
            user_data.add_commands("[settings.ntp]")
            return user_data

    cluster = new_cluster(cls=TeamCluster)
    cluster.add_capacity(
        "Main",
        instance_type=X86,
        instances_distribution=autoscaling.InstancesDistribution(on_demand_base_capacity=1),
    )
    assert only(cluster, "AWS::Logs::LogGroup")["Properties"] == {"RetentionInDays": 7}
    assert only(cluster, "AWS::IAM::Role")["Properties"]["RoleName"] == "team"
    assert "ecs:RegisterContainerInstance" in json.dumps(only(cluster, "AWS::IAM::Policy"))
    assert only(cluster, "AWS::EC2::SecurityGroup")["Properties"]["GroupDescription"] == "ours"
    group = only(cluster, "AWS::AutoScaling::AutoScalingGroup")
    assert group["UpdatePolicy"]["AutoScalingRollingUpdate"]["MaxBatchSize"] == 2
    assert group["Properties"]["MixedInstancesPolicy"]["InstancesDistribution"] == {
        "OnDemandBaseCapacity": 1,
        "SpotAllocationStrategy": "capacity-optimized",
    }
    data = only(cluster, "AWS::EC2::LaunchTemplate")["Properties"]["LaunchTemplateData"]
    assert [device["DeviceName"] for device in data["BlockDeviceMappings"]] == ["/dev/xvda", "/dev/xvdb"]
    assert data["UserData"]["Fn::Base64"]["Fn::Join"][1][-1].endswith("\n[settings.ntp]")


def test_synthesis_can_be_repeated_and_warns_of_nothing() -> None:
    cluster = new_cluster()
    cluster.add_capacity("Main", instance_type=X86)
    first = template(cluster).to_json()
    warnings = Annotations.from_stack(Stack.of(cluster)).find_warning("*", Match.any_value())
    assert [warning.id for warning in warnings if warning.id.startswith("/Stack/Cluster")] == []
    assert template(cluster).to_json() == first
