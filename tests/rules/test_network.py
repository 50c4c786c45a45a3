"""The network family: each place once, each cause once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ecr_ecs_constructs.rules.catalogue import BY_ID
from ecr_ecs_constructs.rules.judge import judge
from tests.judging import line, told
from tests.pull.network.networks import (
    EC2,
    ENDPOINTS,
    INSTANCES,
    ISOLATED,
    NAT,
    OWN,
    PUBLIC,
    Resources,
    changed,
    endpoint,
    ref,
    resource,
    subnet,
    template,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

RULES = (
    BY_ID["no-path-to-ecr"],
    BY_ID["no-path-to-ecs"],
    BY_ID["no-path-to-logs-or-secrets"],
    BY_ID["unverifiable-network"],
)
"""The family alone, so that rules of other families change nothing here."""

PARAMETERS = {"Free": {"Type": "String"}}

SVC = "Service.NetworkConfiguration.AwsvpcConfiguration."
CONTAINERS = "Task.ContainerDefinitions"
AT_SERVICE = "Service.Properties.NetworkConfiguration.AwsvpcConfiguration"
AT_GROUP = "Group.Properties.VPCZoneIdentifier"
NOWHERE = "VPC Vpc has no such endpoint, and no default route leads out"
LOGS = {"LogDriver": "awslogs", "Options": {"awslogs-region": ref("AWS::Region")}}
SECRETS = [{"Name": "A", "ValueFrom": "/a"}, {"Name": "B", "ValueFrom": "/b"}]


def web(**properties: Any) -> Mapping[str, Any]:
    return {"Name": "web", "Image": OWN, **properties}


def two_subnets(network_: Resources) -> Resources:
    """The same with a second subnet that leads nowhere either."""
    return changed(
        {**network_, **subnet("Other", "10.0.8.0/24")}, {f"{SVC}Subnets": [ref("Subnet"), ref("OtherSubnet")]}
    )


@pytest.mark.parametrize(
    ("network_", "changes", "expected"),
    [
        pytest.param(NAT, {}, [], id="holds by NAT"),
        pytest.param(ENDPOINTS, {}, [], id="holds by endpoints"),
        pytest.param(INSTANCES, {}, [], id="holds for instances"),
        pytest.param(
            ISOLATED,
            {},
            [f"no-path-to-ecr {AT_SERVICE}: no way to ecr.api, ecr.dkr and s3 from Subnet: {NOWHERE}"],
            id="no way at all is one finding",
        ),
        pytest.param(
            two_subnets(ISOLATED),
            {},
            [f"no-path-to-ecr {AT_SERVICE}: no way to ecr.api, ecr.dkr and s3 from Subnet and OtherSubnet: {NOWHERE}"],
            id="two subnets are one finding",
        ),
        pytest.param(
            ISOLATED,
            {CONTAINERS: [web(), {**web(), "Name": "other"}]},
            [f"no-path-to-ecr {AT_SERVICE}: no way to ecr.api, ecr.dkr and s3 from Subnet: {NOWHERE}"],
            id="two containers are one finding",
        ),
        pytest.param(
            ISOLATED,
            {**EC2, CONTAINERS: [web()]},
            [
                f"no-path-to-ecr {AT_GROUP}: no way to ecr.api, ecr.dkr and s3 from Subnet: {NOWHERE}",
                f"no-path-to-ecs {AT_GROUP}: no way to ecs, ecs-agent and ecs-telemetry from Subnet: {NOWHERE}",
            ],
            id="instances need the agent's endpoints too",
        ),
        pytest.param(
            INSTANCES,
            {"Agent": None},
            [f"no-path-to-ecs {AT_GROUP}: no way to ecs-agent from Subnet: {NOWHERE}"],
            id="one of the agent's endpoints",
        ),
        pytest.param(
            ENDPOINTS,
            {CONTAINERS: [web(LogConfiguration=LOGS, Secrets=SECRETS)]},
            [f"no-path-to-logs-or-secrets {AT_SERVICE}: no way to logs and ssm from Subnet: {NOWHERE}"],
            id="logs and secrets",
        ),
        pytest.param(
            ENDPOINTS,
            {
                CONTAINERS: [web(LogConfiguration=LOGS, Secrets=SECRETS)],
                "Logs": endpoint("logs"),
                "Ssm": endpoint("ssm"),
            },
            [],
            id="logs and secrets with endpoints",
        ),
        pytest.param(
            ENDPOINTS,
            {"Api": None, "Registry.PrivateDnsEnabled": False},
            [
                f"no-path-to-ecr {AT_SERVICE}: no way to ecr.api from Subnet: {NOWHERE}",
                f"no-path-to-ecr {AT_SERVICE}: no way to ecr.dkr from Subnet: private DNS of endpoint Registry is off, "
                "and no default route leads out",
            ],
            id="two causes are two findings",
        ),
        pytest.param(
            PUBLIC,
            {},
            [f"no-path-to-ecr {AT_SERVICE}"],
            id="no public address",
        ),
        pytest.param(ISOLATED, {f"{CONTAINERS}.0.Image": "nginx:1"}, [], id="image of another registry"),
        pytest.param(ISOLATED, {f"{CONTAINERS}.0.Image": ref("Free")}, [], id="unknown image"),
        pytest.param(
            NAT,
            {f"{SVC}Subnets": [ref("Free"), "subnet-1"]},
            [f"unverifiable-network? {AT_SERVICE}"],
            id="imported subnets",
        ),
        pytest.param(
            NAT,
            {f"{SVC}Subnets": None},
            [f"unverifiable-network? {AT_SERVICE}"],
            id="no subnets",
        ),
        pytest.param(
            NAT,
            {"Subnet.VpcId": ref("Free")},
            [f"unverifiable-network? {AT_SERVICE}"],
            id="imported VPC",
        ),
        pytest.param(
            ENDPOINTS,
            {f"{SVC}SecurityGroups": ["sg-1"]},
            [
                f"unverifiable-network? {AT_SERVICE}: cannot verify the way to ecr.api and ecr.dkr from Subnet: it is "
                "not known whether security group EndpointGroup lets TCP 443 in from sg-1",
                f"unverifiable-network? {AT_SERVICE}: cannot verify the way to s3 from Subnet: it is not known whether "
                "security group sg-1 lets TCP 443 out to the internet",
            ],
            id="imported security group",
        ),
        pytest.param(
            NAT,
            {
                "Acl": resource("EC2::NetworkAcl", VpcId=ref("Vpc")),
                "AclAssociation": resource(
                    "EC2::SubnetNetworkAclAssociation", SubnetId=ref("Subnet"), NetworkAclId=ref("Acl")
                ),
            },
            [f"no-path-to-ecr {AT_SERVICE}"],
            id="network ACL without rules",
        ),
        pytest.param(
            NAT,
            {
                "AclAssociation": resource(
                    "EC2::SubnetNetworkAclAssociation", SubnetId=ref("Free"), NetworkAclId="acl-1"
                )
            },
            [f"unverifiable-network? {AT_SERVICE}"],
            id="imported network ACL of a subnet that may be the one",
        ),
        pytest.param(
            NAT,
            {"Block": resource("EC2::VPCBlockPublicAccessOptions", InternetGatewayBlockMode="block-bidirectional")},
            [f"no-path-to-ecr {AT_SERVICE}"],
            id="public access blocked",
        ),
        pytest.param(ISOLATED, {"Service": None, "Task.RequiresCompatibilities": None}, [], id="nothing runs it"),
        pytest.param(
            ISOLATED,
            {"Service.LaunchType": "EXTERNAL"},
            [],
            id="external instances, as the link of the placement says",
        ),
    ],
)
def test_findings(network_: Resources, changes: Mapping[str, Any], expected: list[str]) -> None:
    own = template(changed(network_, changes), "us-east-1", Parameters=PARAMETERS)
    assert told(judge([own], rules=RULES).findings, expected) == expected


def test_each_place_is_named_once() -> None:
    """Two services of one group of instances, and one on Fargate in the same subnet."""
    more = {
        "Again": resource(
            "ECS::Service",
            TaskDefinition=ref("Task"),
            CapacityProviderStrategy=[{"CapacityProvider": ref("Provider"), "Weight": 1}],
        ),
        "Tasks": resource(
            "ECS::Service",
            LaunchType="FARGATE",
            TaskDefinition=ref("Task"),
            NetworkConfiguration={
                "AwsvpcConfiguration": {"Subnets": [ref("Subnet")], "SecurityGroups": [ref("TaskGroup")]}
            },
        ),
    }
    report = judge([template(changed({**INSTANCES, **more}, {"Layers": None}))], rules=RULES)
    found = [line(finding) for finding in report.findings]
    assert found == [
        f"no-path-to-ecr {AT_GROUP}: no way to s3 from Subnet: {NOWHERE}",
        f"no-path-to-ecr {AT_SERVICE.replace('Service', 'Tasks', 1)}: no way to s3 from Subnet: {NOWHERE}",
    ]


JOINING = {
    "Launch.LaunchTemplateData.UserData": {
        "Fn::Base64": {"Fn::Sub": "#!/bin/bash\necho ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config\n"}
    },
    "Cluster": resource("ECS::Cluster"),
}
UNREGISTERED = f"no-path-to-ecs {AT_GROUP}: no way to ecs, ecs-agent and ecs-telemetry from Subnet: {NOWHERE}"
AT_ITS_TASK = [
    f"no-path-to-ecr {AT_GROUP}: no way to ecr.api, ecr.dkr and s3 from Subnet: {NOWHERE}",
    UNREGISTERED,
]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({**JOINING, "Service": None, "Task": None}, [UNREGISTERED], id="no task in the templates"),
        pytest.param({"Service": None, "Task": None}, [], id="of no cluster"),
        pytest.param({"Service.Cluster": ref("Cluster"), **JOINING}, AT_ITS_TASK, id="with a task, as of that"),
        pytest.param(
            {"Service": {**EC2["Service"], "Condition": "Never"}, "Service.Cluster": ref("Cluster"), **JOINING},
            [UNREGISTERED],
            id="with a service that is never made",
        ),
    ],
)
def test_instances_without_a_task(changes: Mapping[str, Any], expected: list[str]) -> None:
    never = {"Never": {"Fn::Equals": ["a", "b"]}}
    found = judge([template(changed({**ISOLATED, **EC2}, changes), Conditions=never)], rules=RULES).findings
    assert [line(each) for each in found] == expected
