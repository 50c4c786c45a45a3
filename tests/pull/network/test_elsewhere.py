"""The network link where parts of a network may be made at deployment, by what the templates do not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ecr_ecs_constructs.cloudformation.conditions.worlds import MAX_WORLDS
from tests.judging import where
from tests.pull.network.networks import (
    ENDPOINTS,
    ISOLATED,
    NAT,
    PUBLIC,
    Resources,
    changed,
    judged,
    one,
    ref,
    resource,
    subnet,
    template,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

SVC = "Service.NetworkConfiguration.AwsvpcConfiguration."
PULL = "ecr.api, ecr.dkr and s3"
NO_ENDPOINT = "VPC Vpc has no such endpoint"
NO_ROUTE = f"{NO_ENDPOINT}, and no default route leads out"
NO_ADDRESS = f"{NO_ENDPOINT}, and internet gateway Igw takes no traffic of tasks of Service without a public address"
BY_NAT = "holds: from Subnet: ecr.api, ecr.dkr and s3 by NAT gateway Nat"


def no(why: str, services: str = PULL) -> str:
    return f"broken: no way to {services} from Subnet: {why}"


def unsure(why: str, maker: str = "Made", services: str = PULL) -> str:
    return f"unknown: cannot verify the way to {services} from Subnet: {why}, but {maker} may make a way"


def made(type_: str, **properties: Any) -> Mapping[str, Any]:
    return {"Made": {"Type": type_, "Properties": properties}}


def nested(**parameters: Any) -> Mapping[str, Any]:
    return made("AWS::CloudFormation::Stack", TemplateURL="https://s3.amazonaws.com/b/k", Parameters=parameters)


def custom(**properties: Any) -> Mapping[str, Any]:
    return made("Custom::Network", ServiceToken="arn:aws:lambda:us-east-1:123456789012:function:f", **properties)


def call(*parts: Any) -> Any:
    """A call of AWS as CDK's `AwsCustomResource` writes it: one text."""
    return {"Fn::Join": ["", ['{"service":"EC2","parameters":{"Id":"', *parts, '"}}']]}


MAKERS = [
    pytest.param(ISOLATED, nested(VpcId=ref("Vpc")), unsure(NO_ROUTE), id="nested stack with the VPC"),
    pytest.param(ISOLATED, nested(Tables=ref("Table")), unsure(NO_ROUTE), id="nested stack with the route table"),
    pytest.param(
        ISOLATED,
        nested(Subnets={"Fn::Join": [",", [ref("Subnet"), "subnet-1"]]}),
        unsure(NO_ROUTE),
        id="nested stack with the subnet in a list",
    ),
    pytest.param(ISOLATED, nested(Name="app"), no(NO_ROUTE), id="nested stack with something else"),
    pytest.param(
        ISOLATED,
        {"Other": resource("EC2::VPC"), **nested(VpcId=ref("Other"))},
        no(NO_ROUTE),
        id="nested stack with another VPC",
    ),
    pytest.param(
        ISOLATED,
        made("Org::Team::Endpoints::MODULE", VpcId={"Fn::GetAtt": ["Vpc", "VpcId"]}),
        unsure(NO_ROUTE),
        id="module",
    ),
    pytest.param(
        ISOLATED,
        made("AWS::Serverless::Application", Location="a", Parameters={"VpcId": ref("Vpc")}),
        unsure(NO_ROUTE),
        id="serverless application",
    ),
    pytest.param(
        ISOLATED,
        made("AWS::ServiceCatalog::CloudFormationProvisionedProduct", ProvisioningParameters=[{"Value": ref("Vpc")}]),
        unsure(NO_ROUTE),
        id="provisioned product",
    ),
    pytest.param(ISOLATED, custom(VpcId=ref("Vpc")), unsure(NO_ROUTE), id="custom resource"),
    pytest.param(
        ISOLATED,
        made("AWS::CloudFormation::CustomResource", Deep=[{"Er": ref("Subnet")}]),
        unsure(NO_ROUTE),
        id="custom resource by its long name",
    ),
    pytest.param(ISOLATED, custom(Create=call(ref("Table"))), unsure(NO_ROUTE), id="custom resource, call as one text"),
    pytest.param(
        ISOLATED,
        custom(Group={"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]}, Range={"Fn::GetAtt": ["Vpc", "CidrBlock"]}),
        no(NO_ROUTE),
        id="custom resource with an attribute of the VPC",
    ),
    pytest.param(
        ISOLATED,
        {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://b/k"}}},
        unsure(NO_ROUTE, "Fn::Transform"),
        id="included resources",
    ),
    pytest.param(ISOLATED, made("Ours::Net::Endpoints", VpcId=ref("Vpc")), unsure(NO_ROUTE), id="type of one's own"),
    pytest.param(
        ISOLATED, made("AWS::EFS::FileSystem", VpcId=ref("Vpc")), no(NO_ROUTE), id="a type that makes no ways"
    ),
    pytest.param(
        PUBLIC,
        {SVC + "AssignPublicIp": "ENABLED", "Attachment": None, **nested(VpcId=ref("Vpc"))},
        unsure(f"{NO_ENDPOINT}, and internet gateway Igw is not attached to VPC Vpc"),
        id="attachment may be made",
    ),
    pytest.param(PUBLIC, {**nested(VpcId=ref("Vpc"))}, unsure(NO_ADDRESS), id="endpoints may be made"),
    pytest.param(
        ENDPOINTS,
        {"Registry": None, **nested(VpcId=ref("Vpc"))},
        unsure(NO_ROUTE, services="ecr.dkr"),
        id="one endpoint may be made",
    ),
    pytest.param(
        NAT,
        {"PublicRoute": None, **custom(Table=ref("PublicTable"))},
        unsure(f"{NO_ENDPOINT}, and NAT gateway Nat is in subnet PublicSubnet, where no default route leads out"),
        id="route of the NAT gateway may be made",
    ),
    pytest.param(
        NAT,
        {"Association": None, **custom(Subnet=ref("Subnet"))},
        unsure(f"{NO_ENDPOINT}, and no route table is associated, and the main one has no default route"),
        id="association may be made",
    ),
    pytest.param(
        ENDPOINTS,
        {"EndpointGroup.SecurityGroupIngress": None, **nested(VpcId=ref("Vpc"))},
        no("security group EndpointGroup lets no TCP 443 in from TaskGroup", "ecr.api and ecr.dkr"),
        id="a closed security group is not missing",
    ),
    pytest.param(NAT, nested(VpcId=ref("Vpc")), BY_NAT, id="nothing is missing"),
]


CLOSED: Mapping[str, Any] = {
    "Acl": resource("EC2::NetworkAcl", VpcId=ref("Vpc")),
    "Taking": resource("EC2::SubnetNetworkAclAssociation", SubnetId=ref("Subnet"), NetworkAclId=ref("Acl")),
}
"""A network ACL without rules, which lets nothing pass."""

DENIED = {
    "Registry.PolicyDocument": {"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]}
}
NO_DNS = {"Vpc.EnableDnsSupport": False}
BY_ACL = f"{NO_ENDPOINT}, and network ACL Acl lets no TCP 443 out to the internet"
BY_POLICY = "the policy of endpoint Registry does not allow ecr:BatchGetImage"
BY_DNS = "EnableDnsSupport of VPC Vpc is false"
BY_NAMES = "private DNS of endpoint Registry is off, and no default route leads out"


def maybe(why: str, part: str, services: str = PULL) -> str:
    return f"unknown: cannot verify the way to {services} from Subnet: {why}, but Made may change {part}"


CHANGERS = [
    pytest.param(NAT, CLOSED, no(BY_ACL), id="closed network ACL"),
    pytest.param(NAT, {**CLOSED, **custom(Acl=ref("Acl"))}, maybe(BY_ACL, "Acl"), id="its network ACL"),
    pytest.param(
        NAT,
        {**CLOSED, **custom(A=[{"Fn::GetAtt": ["Acl", "Id"]}])},
        maybe(BY_ACL, "Acl"),
        id="the ID of its network ACL",
    ),
    pytest.param(
        NAT, {**CLOSED, **nested(Acl=ref("Acl"))}, maybe(BY_ACL, "Acl"), id="nested stack with the network ACL"
    ),
    pytest.param(
        NAT, {**CLOSED, **custom(Subnet=ref("Subnet"))}, maybe(BY_ACL, "Subnet"), id="subnet, whose network ACL"
    ),
    pytest.param(NAT, {**CLOSED, **custom(Vpc=ref("Vpc"))}, unsure(BY_ACL), id="VPC, in which endpoints may be made"),
    pytest.param(NAT, {**CLOSED, **custom(Group=ref("TaskGroup"))}, no(BY_ACL), id="another part than the network ACL"),
    pytest.param(NAT, custom(Subnet=ref("Subnet"), Vpc=ref("Vpc")), BY_NAT, id="parts of what is open"),
    pytest.param(ENDPOINTS, DENIED, no(BY_POLICY, "ecr.dkr"), id="policy of an endpoint"),
    pytest.param(
        ENDPOINTS,
        {**DENIED, **custom(Id=ref("Registry"))},
        maybe(BY_POLICY, "Registry", "ecr.dkr"),
        id="endpoint with a policy",
    ),
    pytest.param(
        ENDPOINTS,
        {**DENIED, **custom(Id=ref("Api"))},
        no(BY_POLICY, "ecr.dkr"),
        id="another endpoint than that with a policy",
    ),
    pytest.param(
        ENDPOINTS,
        {"Registry.PrivateDnsEnabled": False, **custom(Id=ref("Registry"))},
        maybe(BY_NAMES, "Registry", "ecr.dkr"),
        id="endpoint without private DNS",
    ),
    pytest.param(ENDPOINTS, {"Registry.PrivateDnsEnabled": False}, no(BY_NAMES, "ecr.dkr"), id="no private DNS"),
    pytest.param(ENDPOINTS, NO_DNS, no(BY_DNS), id="no DNS"),
    pytest.param(ENDPOINTS, {**NO_DNS, **custom(Id=ref("Vpc"))}, maybe(BY_DNS, "Vpc"), id="VPC without DNS"),
    *(
        pytest.param(ISOLATED, made(f"Custom::{name}", ServiceToken="a", Id=ref("Vpc")), no(NO_ROUTE), id=name)
        for name in ("VpcRestrictDefaultSG", "S3AutoDeleteObjects", "ECRAutoDeleteImages", "LogRetention")
    ),
]


@pytest.mark.parametrize(("network", "changes", "expected"), [*MAKERS, *CHANGERS])
def test_made_at_deployment(network: Resources, changes: Mapping[str, Any], expected: str) -> None:
    assert one(network, changes, "us-east-1") == expected


@pytest.mark.parametrize(
    ("transform", "expected"),
    [
        pytest.param("Ours", unsure(NO_ROUTE, "macro Ours"), id="macro"),
        pytest.param(["AWS::LanguageExtensions", {"Name": "Ours"}], unsure(NO_ROUTE, "macro Ours"), id="second macro"),
        pytest.param({"Name": "AWS::Include"}, unsure(NO_ROUTE, "macro AWS::Include"), id="include"),
        pytest.param("AWS::LanguageExtensions", no(NO_ROUTE), id="macro whose effect is known"),
    ],
)
def test_macros(transform: Any, expected: str) -> None:
    assert one(ISOLATED, {}, "us-east-1", Transform=transform) == expected


def test_maker_that_is_not_there() -> None:
    """A way and what may make it stand under opposite conditions."""
    network = changed(PUBLIC, {"Route": None, **subnet("Other", "10.0.1.0/24"), **nested(VpcId=ref("Vpc"))})
    network["Made"]["Condition"] = "Some"
    network["Service"]["Condition"] = "Others"
    some = {"Fn::Equals": [ref("Free"), "some"]}
    conditions = {"Some": some, "Others": {"Fn::Not": [{"Condition": "Some"}]}}
    found = one(network, {}, Parameters={"Free": {"Type": "String"}}, Conditions=conditions)
    assert found == where("Free is not some", no(NO_ROUTE))


@pytest.mark.parametrize(
    ("choices", "given", "expected"),
    [
        pytest.param(MAX_WORLDS, call(ref("Vpc"), ref("Choice")), unsure(NO_ROUTE), id="more than are followed"),
        pytest.param(MAX_WORLDS - 1, call(ref("Vpc"), ref("Choice")), unsure(NO_ROUTE), id="the VPC in each"),
        pytest.param(MAX_WORLDS - 1, call(ref("Choice")), no(NO_ROUTE), id="nothing in any"),
    ],
)
def test_maker_in_many_worlds(choices: int, given: Any, expected: str) -> None:
    values = [f"value-{number}" for number in range(choices)]
    parameters = {"Choice": {"Type": "String", "AllowedValues": values}}
    assert one(ISOLATED, custom(Create=given), "us-east-1", Parameters=parameters) == expected


def test_maker_in_another_stack() -> None:
    network = template(ISOLATED, Outputs={"Vpc": {"Value": ref("Vpc"), "Export": {"Name": "Vpc"}}})
    other = template(dict(nested(VpcId={"Fn::ImportValue": "Vpc"})))
    assert judged([network, other]) == [unsure(NO_ROUTE)]
