"""The words of schemas in which a service is stricter than what CloudFormation publishes of a type.

Sources:
    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html
    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_InstanceMaintenancePolicy.html
    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_InstancesDistribution.html
    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_LifecycleHookSpecification.html
    https://docs.aws.amazon.com/batch/latest/APIReference/API_RegisterJobDefinition.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-route.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ConnectionTrackingSpecificationRequest.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceRequirementsRequest.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_LaunchTemplateIamInstanceProfileSpecificationRequest.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_LaunchTemplateInstanceMetadataOptionsRequest.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_LaunchTemplateTagSpecificationRequest.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ClusterSetting.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateExpressGatewayService.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AllocateAddress.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-cpu-options-rules.html
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html
    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreatePullThroughCacheRule.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCapacityProvider.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Types.html (what is required)
    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_LaunchTemplateSpecification.html
    https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
    https://docs.aws.amazon.com/scheduler/latest/APIReference/API_FlexibleTimeWindow.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_LaunchTemplateEbsBlockDeviceRequest.html
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.cloudformation.validity.identities import SUBNET, VPC

TIME_ZONES = Path(__file__).with_name("time_zones.txt").read_text(encoding="utf-8").split()
"""The names of the time zone database of IANA, of its release 2025b."""

_ADDRESS = {"pattern": r"\A[0-9]{1,3}(\.[0-9]{1,3}){3}\Z"}
_ARN, _ARN_OR_NONE = {"pattern": "^arn:"}, {"pattern": "^(arn:.*)?$"}
_NAME = {"pattern": "^[A-Za-z0-9_-]{1,255}$"}
_REGION = r"\A[a-z]{2,}(-[a-z]+)+-[0-9]+\Z"
_LOGS = {"properties": {"awslogs-region": {"type": "string", "formats": ["AWS::Region.Id"], "pattern": _REGION}}}
_ZONE = r"\A[a-z]{2,}(-[a-z0-9]+)*-[0-9]+[a-z]?\Z"
_ONCE = {"uniqueItems": True}
_ITEM = {"required": ["CapacityProvider"]}
_TARGETS = [
    "CarrierGatewayId",
    "CoreNetworkArn",
    "EgressOnlyInternetGatewayId",
    "GatewayId",
    "InstanceId",
    "LocalGatewayId",
    "NatGatewayId",
    "NetworkInterfaceId",
    "OdbNetworkArn",
    "TransitGatewayId",
    "VpcEndpointId",
    "VpcPeeringConnectionId",
]
"""What a route may lead to, one of them."""

_RATE = r"rate\([1-9][0-9]* (minute|hour|day)s?\)"
_CRON = r"cron\((\S+ +){2}(\? +\S+ +\S+|\S+ +\S+ +\?) +\S+\)"
"""Minutes, hours, day of month, month, day of week and year; one of the two days must be a question mark."""

_AT = r"at\([0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}\)"

STRICTER: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "AWS::AutoScaling::AutoScalingGroup": {
        "": {"requiredOr": ["AvailabilityZoneIds", "AvailabilityZones", "InstanceId", "VPCZoneIdentifier"]},
        ".AvailabilityZoneIds": {"items": {"type": "string", "pattern": r"\A[a-z0-9]+(-[a-z0-9]+)*-az[0-9]+\Z"}},
        ".AvailabilityZones": {"items": {"type": "string", "pattern": _ZONE}},
        ".Context": {"enum": [""]},
        ".DesiredCapacityType": {"enum": ["memory-mib", "units", "vcpu"]},
        ".TargetGroupARNs": {"items": {"type": "string", **_ARN}},
        ".VPCZoneIdentifier": {"minItems": 1, **_ONCE},
        "CapacityReservationIds": {"items": {"type": "string", "pattern": "^cr-"}},
        "CapacityReservationResourceGroupArns": {"items": {"type": "string", **_ARN}},
        "InstanceMaintenancePolicy": {"required": ["MaxHealthyPercentage", "MinHealthyPercentage"]},
        "InstancesDistribution": {
            "when": [
                {
                    "SpotAllocationStrategy": [
                        "capacity-optimized",
                        "capacity-optimized-prioritized",
                        "price-capacity-optimized",
                    ],
                    "excluded": ["SpotInstancePools"],
                }
            ]
        },
        "InstancesDistribution.OnDemandPercentageAboveBaseCapacity": {"minimum": 0, "maximum": 100},
        "InstancesDistribution.SpotAllocationStrategy": {
            "enum": [
                "capacity-optimized",
                "capacity-optimized-prioritized",
                "lowest-price",
                "price-capacity-optimized",
            ]
        },
        "LaunchTemplate.Overrides": _ONCE,
        "LifecycleHookSpecification.DefaultResult": {"enum": ["ABANDON", "CONTINUE"]},
        "LifecycleHookSpecification.HeartbeatTimeout": {"minimum": 30, "maximum": 7200},
        "LifecycleHookSpecification.LifecycleTransition": {
            "enum": ["autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"]
        },
        "LifecycleHookSpecification.NotificationTargetARN": _ARN_OR_NONE,
        "LaunchTemplateSpecification.Version": {"pattern": r"\A(\$Default|\$Latest|[0-9]+)\Z"},
    },
    "AWS::Batch::JobDefinition": {
        ".Type": {"enum": ["container", "multinode"]},
        "JobTimeout.AttemptDurationSeconds": {"minimum": 60},
        "LogConfiguration.Options": _LOGS,
        "ResourceRequirement": {"required": ["Type", "Value"]},
        "RetryStrategy.Attempts": {"minimum": 1, "maximum": 10},
    },
    "AWS::EC2::EIP": {
        ".Domain": {"enum": ["standard", "vpc"]},
        ".InstanceId": {"pattern": "^i-"},
    },
    "AWS::EC2::FlowLog": {
        "": {
            "dependentRequired": {"LogGroupName": ["DeliverLogsPermissionArn"]},
            "requiredXor": ["LogGroupName", "LogDestination"],
            "when": [
                {"ResourceType": ["VPC"], "formats": {"ResourceId": VPC}},
                {"ResourceType": ["Subnet"], "formats": {"ResourceId": SUBNET}},
                {"ResourceType": ["VPC", "Subnet", "NetworkInterface"], "required": ["TrafficType"]},
                {"LogDestinationType": [None, "cloud-watch-logs"], "excluded": ["DestinationOptions"]},
            ],
        },
        ".DeliverCrossAccountRole": _ARN,
        ".LogFormat": {"pattern": r"\A(\$\{[a-z0-9-]+\}\s*)+\Z"},
        ".MaxAggregationInterval": {"enum": [60, 600]},
    },
    "AWS::EC2::LaunchTemplate": {
        "IamInstanceProfile": {"dependentExcluded": {"Arn": ["Name"]}},
        "CapacityReservationTarget.CapacityReservationId": {"pattern": "^cr-"},
        "CapacityReservationTarget.CapacityReservationResourceGroupArn": _ARN,
        "ConnectionTrackingSpecification.TcpEstablishedTimeout": {"minimum": 60, "maximum": 432_000},
        "ConnectionTrackingSpecification.UdpStreamTimeout": {"minimum": 60, "maximum": 180},
        "ConnectionTrackingSpecification.UdpTimeout": {"minimum": 30, "maximum": 60},
        "CpuOptions": {"dependentRequired": {"CoreCount": ["ThreadsPerCore"], "ThreadsPerCore": ["CoreCount"]}},
        "CpuOptions.ThreadsPerCore": {"minimum": 1, "maximum": 2},
        "Ebs": {
            "when": [
                {"VolumeType": ["gp2", "sc1", "st1", "standard"], "excluded": ["Iops", "Throughput"]},
                {"VolumeType": ["io1", "io2"], "excluded": ["Throughput"]},
            ]
        },
        "Ebs.SnapshotId": {"pattern": "^snap-"},
        "InstanceRequirements": {"required": ["MemoryMiB", "VCpuCount"]},
        "Ipv4PrefixSpecification.Ipv4Prefix": {"format": "ipv4-network"},
        "Ipv6Add.Ipv6Address": {"pattern": ":"},
        "Ipv6PrefixSpecification.Ipv6Prefix": {"format": "ipv6-network"},
        "LaunchTemplateData": {
            "dependentExcluded": {"SecurityGroups": ["SecurityGroupIds"], "InstanceRequirements": ["InstanceType"]}
        },
        "LaunchTemplateData.InstanceType": {"pattern": r"\A[a-z0-9-]+\.[a-z0-9-]+\Z"},
        "LaunchTemplateData.KernelId": {"pattern": "^aki-"},
        "LaunchTemplateData.RamDiskId": {"pattern": "^ari-"},
        "LicenseSpecification.LicenseConfigurationArn": _ARN,
        "LaunchTemplateTagSpecification.ResourceType": {"enum": ["launch-template"]},
        "MetadataOptions.HttpPutResponseHopLimit": {"minimum": 1, "maximum": 64},
        "MemoryMiB": {"required": ["Min"]},
        "NetworkInterface.DeviceIndex": {"minimum": 0},
        "NetworkInterface.InterfaceType": {"enum": ["efa", "efa-only", "interface"]},
        "NetworkInterface.PrivateIpAddress": _ADDRESS,
        "Placement.AvailabilityZone": {"pattern": _ZONE},
        "Placement.GroupId": {"pattern": "^pg-"},
        "Placement.HostId": {"pattern": "^h-"},
        "Placement.HostResourceGroupArn": _ARN,
        "Placement.PartitionNumber": {"minimum": 1, "maximum": 7},
        "PrivateIpAdd.PrivateIpAddress": _ADDRESS,
        "SpotOptions.BlockDurationMinutes": {"enum": [60, 120, 180, 240, 300, 360]},
        "SpotOptions.MaxPrice": {"pattern": r"\A[0-9]*\.?[0-9]+\Z"},
        "SpotOptions.ValidUntil": {"pattern": r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T"},
        "TagSpecification.ResourceType": {
            "enum": ["instance", "network-interface", "spot-instances-request", "volume"]
        },
        "VCpuCount": {"required": ["Min"]},
    },
    "AWS::EC2::Route": {
        "": {
            "dependentExcluded": {
                "DestinationCidrBlock": ["DestinationIpv6CidrBlock", "DestinationPrefixListId"],
                "DestinationIpv6CidrBlock": ["DestinationPrefixListId"],
            },
            "requiredXor": _TARGETS,
        }
    },
    "AWS::EC2::SecurityGroup": {".GroupDescription": {"minLength": 1}},
    "AWS::EC2::Subnet": {
        "": {"when": [{"Ipv6Native": ["true"], "excluded": ["CidrBlock"]}]},
        ".AvailabilityZone": {"pattern": _ZONE},
        ".OutpostArn": _ARN,
    },
    "AWS::EC2::VPCEndpoint": {".ServiceRegion": {"pattern": _REGION}},
    "AWS::ECR::PullThroughCacheRule": {"": {"required": ["EcrRepositoryPrefix", "UpstreamRegistryUrl"]}},
    "AWS::ECS::CapacityProvider": {"": {"requiredOr": ["AutoScalingGroupProvider", "ManagedInstancesProvider"]}},
    "AWS::ECS::Cluster": {
        ".CapacityProviders": _ONCE,
        ".ClusterName": _NAME,
        "CapacityProviderStrategyItem": _ITEM,
        "ClusterSettings": {"required": ["Name", "Value"]},
        "ClusterSettings.Name": {"enum": ["containerInsights"]},
        "ClusterSettings.Value": {"enum": ["disabled", "enabled", "enhanced"]},
    },
    "AWS::ECS::ExpressGatewayService": {
        ".HealthCheckPath": {"pattern": "^/"},
        ".ServiceName": _NAME,
        "ExpressGatewayContainer.ContainerPort": {"minimum": 1, "maximum": 65535},
    },
    "AWS::ECS::Service": {
        ".DesiredCount": {"minimum": 0},
        ".ServiceName": _NAME,
        "AwsVpcConfiguration": {"required": ["Subnets"]},
        "AwsVpcConfiguration.Subnets": _ONCE,
        "CapacityProviderStrategyItem": _ITEM,
        "DeploymentConfiguration.MaximumPercent": {"minimum": 0},
        "DeploymentConfiguration.MinimumHealthyPercent": {"minimum": 0},
    },
    "AWS::ECS::TaskDefinition": {
        ".Family": _NAME,
        "ContainerDefinition.Name": _NAME,
        "ContainerDependency": {"required": ["Condition", "ContainerName"]},
        "Device": {"required": ["HostPath"]},
        "EnvironmentFile": {"required": ["Type", "Value"]},
        "EphemeralStorage": {"required": ["SizeInGiB"]},
        "FirelensConfiguration": {"required": ["Type"]},
        "FirelensConfiguration.Options": {
            "properties": {f"config-file-{each}": {"type": "string"} for each in ("type", "value")}
            | {"enable-ecs-log-metadata": {"type": "string"}},
            "values": False,
            "closed": True,
        },
        "HealthCheck": {"required": ["Command"]},
        "HealthCheck.Interval": {"minimum": 5, "maximum": 300},
        "HealthCheck.Retries": {"minimum": 1, "maximum": 10},
        "HealthCheck.StartPeriod": {"minimum": 0, "maximum": 300},
        "HealthCheck.Timeout": {"minimum": 2, "maximum": 60},
        "HostEntry": {"required": ["Hostname", "IpAddress"]},
        "KeyValuePair": {"dependentRequired": {"Name": ["Value"], "Value": ["Name"]}},
        "LogConfiguration.Options": _LOGS,
        "PortMapping": {"requiredXor": ["ContainerPort", "ContainerPortRange"]},
        "RepositoryCredentials": {"required": ["CredentialsParameter"]},
        "ResourceRequirement": {"required": ["Type", "Value"]},
        "RestartPolicy": {"required": ["Enabled"]},
    },
    "AWS::Events::Rule": {".ScheduleExpression": {"pattern": f"^({_RATE}|{_CRON})$"}},
    "AWS::IAM::InstanceProfile": {".InstanceProfileName": {"maxLength": 128}, ".Roles": {"maxItems": 1}},
    "AWS::IAM::Role": {".RoleName": {"maxLength": 64}},
    "AWS::Lambda::Function": {
        "": {
            "dependentRequired": {"Handler": ["Runtime"], "Runtime": ["Handler"]},
            "dependentExcluded": {"ImageConfig": ["Handler", "Runtime"]},
            "when": [
                {"PackageType": ["Image"], "excluded": ["Handler", "Layers", "Runtime"]},
                {"PackageType": [None, "Zip"], "required": ["Handler", "Runtime"]},
            ],
        },
        ".MemorySize": {"minimum": 128, "maximum": 10240},
        ".Timeout": {"minimum": 1, "maximum": 900},
        "Code": {
            "minProperties": 1,
            "dependentRequired": {"S3Bucket": ["S3Key"], "S3Key": ["S3Bucket"]},
            "dependentExcluded": {"ImageUri": ["S3Bucket", "ZipFile"], "ZipFile": ["S3Bucket"]},
        },
        "Code.SourceKMSKeyArn": _ARN_OR_NONE,
        "DeadLetterConfig.TargetArn": _ARN_OR_NONE,
        "LoggingConfig": {"dependentRequired": {"ApplicationLogLevel": ["LogFormat"], "SystemLogLevel": ["LogFormat"]}},
    },
    "AWS::SSM::Parameter": {".Value": {"minLength": 1}},
    "AWS::SecretsManager::Secret": {"": {"dependentExcluded": {"GenerateSecretString": ["SecretString"]}}},
    "AWS::Scheduler::Schedule": {
        ".ScheduleExpression": {"pattern": f"^({_RATE}|{_CRON}|{_AT})$"},
        ".ScheduleExpressionTimezone": {"enum": TIME_ZONES},
        "AwsVpcConfiguration.Subnets": _ONCE,
        "FlexibleTimeWindow": {"when": [{"Mode": ["FLEXIBLE"], "required": ["MaximumWindowInMinutes"]}]},
        "Target.Arn": {"pattern": "^arn:"},
    },
}
"""By type, the words that are stricter, by where they belong: a definition of the schema and, behind a dot, a property
of it; nothing before the dot for the resource itself."""


def stricter(type_: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a type with the words in which a service is stricter.

    Args:
        type_: the resource type.
        schema: what is kept of its published schema.
    """
    for place, words in STRICTER.get(type_, {}).items():
        definition, _, name = place.partition(".")
        holder = schema["definitions"][definition] if definition else schema
        holder = holder["properties"][name] if name else holder
        assert "$ref" not in holder, f"{type_} {place} is a reference"
        holder.update(words)
    return schema
