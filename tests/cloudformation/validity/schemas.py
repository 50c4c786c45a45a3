"""Write or check the schemas that the package has of resource types: `python -m tests.cloudformation.validity.schemas`.

They are those that cfn-lint ships, made by its makers from those that CloudFormation publishes, without what nothing
asks for. The types are those that the judge names, and those that stand beside them in many templates. What else a
template has than resources has schemas of the same kind.
"""

from __future__ import annotations

import ast
import gzip
import json
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.cloudformation.validity.identities import GIVES, TAKES, named
from tests.cloudformation.validity.stricter import stricter
from tests.test_imports import MODULES, PURE_PARTS, part

ROOT = Path(__file__).parents[3]
DATA = ROOT / "ecr_ecs_constructs" / "cloudformation" / "validity" / "schemas.json.gz"
KEPT = (
    "type", "required", "enum", "minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum", "uniqueItems",
    "requiredXor", "requiredOr", "dependentExcluded", "dependentRequired", "literal", "when",
)  # fmt: skip
FORMATS = ("ipv4-network", "ipv6-network")
"""The formats of texts that are kept, besides those of what identifies a resource."""

IDENTITY = re.compile(r"AWS::\w+::\w+\.[A-Z]\w*")
LISTS = re.compile(r"(Ids|Names)\Z")
"""How the formats of lists end; the elements have formats of their own."""

COMMON = (
    "AWS::ApplicationAutoScaling::ScalableTarget", "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::CertificateManager::Certificate",
    "AWS::CloudWatch::Alarm", "AWS::DynamoDB::Table",
    "AWS::EC2::FlowLog", "AWS::ElasticLoadBalancingV2::Listener", "AWS::ElasticLoadBalancingV2::ListenerRule",
    "AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::ElasticLoadBalancingV2::TargetGroup", "AWS::IAM::User",
    "AWS::Lambda::Function", "AWS::Lambda::LayerVersion", "AWS::Lambda::Permission", "AWS::Route53::RecordSet",
    "AWS::SNS::Subscription", "AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "AWS::SQS::Queue", "AWS::SQS::QueuePolicy",
    "AWS::ServiceDiscovery::Service",
)  # fmt: skip
"""The types that templates with tasks often have, and that the judge does not name."""

_TEXT, _WORD = {"type": "string", "minLength": 0}, {"type": "string", "minLength": 0, "literal": True}
_SWITCH = {"type": "boolean", "literal": True}
_NUMBER = {"type": "number", "literal": True}
_SIGNAL = {"type": "object", "properties": {"Count": {"type": "integer"}, "Timeout": _TEXT}, "closed": True}
_TOKEN = {"type": "string", "formats": ["AWS::Lambda::Function.Arn", "AWS::SNS::Topic.Arn"]}
HANDLE = "AWS::CloudFormation::WaitConditionHandle.Url"
CUSTOM: Mapping[str, Any] = {
    "AWS::CloudFormation::CustomResource": {
        "open": True,
        "required": ["ServiceToken"],
        "properties": {"ServiceToken": _TOKEN},
    },
    "AWS::CloudFormation::WaitConditionHandle": {"closed": True, "properties": {}, "attributes": {"Ref": [HANDLE]}},
    "Custom::VpcRestrictDefaultSG": {
        "open": True,
        "required": ["ServiceToken", "DefaultSecurityGroupId", "Account"],
        "properties": {
            "Account": {"type": "string", "formats": ["AWS::AccountId.Id"], "pattern": r"\A[0-9]{12}\Z"},
            "DefaultSecurityGroupId": {"type": "string", "formats": ["AWS::EC2::SecurityGroup.Id"]},
            "ServiceToken": _TOKEN,
        },
    },
}
"""The schemas of what CloudFormation makes itself: of custom resources, of that by which CDK closes the default
security group of a VPC, and of handles.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html
    https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_ec2.Vpc.html (restrictDefaultSecurityGroup)
"""  # fmt: skip

SECTIONS: Mapping[str, Any] = {
    "Parameters": {
        "type": "object",
        "closed": True,
        "required": ["Type"],
        "properties": {
            "AllowedPattern": _WORD,
            "AllowedValues": {"type": "array", "items": _WORD, "literal": True},
            "ConstraintDescription": _WORD,
            "Default": _WORD,
            "Description": {**_WORD, "maxLength": 4000},
            "MaxLength": _NUMBER,
            "MaxValue": _NUMBER,
            "MinLength": _NUMBER,
            "MinValue": _NUMBER,
            "NoEcho": _SWITCH,
            "Type": _WORD,
        },
    },
    "Outputs": {
        "type": "object",
        "closed": True,
        "required": ["Value"],
        "properties": {
            "Condition": _WORD,
            "Description": {**_WORD, "maxLength": 1024},
            "Export": {
                "type": "object",
                "closed": True,
                "required": ["Name"],
                "properties": {"Name": {**_TEXT, "minLength": 1}},
            },
            "Value": _TEXT,
        },
    },
    "CreationPolicy": {
        "AWS::AppStream::Fleet": {"type": "object"},
        "AWS::AutoScaling::AutoScalingGroup": {
            "type": "object",
            "closed": True,
            "properties": {
                "AutoScalingCreationPolicy": {
                    "type": "object",
                    "closed": True,
                    "properties": {"MinSuccessfulInstancesPercent": {"type": "integer", "minimum": 0, "maximum": 100}},
                },
                "ResourceSignal": _SIGNAL,
            },
        },
        "AWS::CloudFormation::WaitCondition": {"type": "object", "properties": {"ResourceSignal": _SIGNAL}},
        "AWS::EC2::Instance": {"type": "object", "closed": True, "properties": {"ResourceSignal": _SIGNAL}},
    },
}
"""The schemas of an entry of a section, and of an attribute of resources by their type.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-creationpolicy.html
"""


def types() -> list[str]:
    """Return the resource types that the judge names, but for those that stand for something else, and common ones."""
    found = set(COMMON)
    for module, file in MODULES.items():
        if part(module) in PURE_PARTS:
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found |= {*re.findall(r"\AAWS::(?!CloudFormation|Serverless)\w+::\w+\Z", node.value)}
    return sorted(found)


def schema(type_: str) -> Any:
    """Return the schema of a type, None where cfn-lint has none."""
    # Its imports take a second, which every process that collects tests would spend.
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError  # noqa: PLC0415

    try:
        published = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type_)
    except ResourceNotFoundError:
        return None
    definitions = {name: kept(each, type_, name) for name, each in published.schema.get("definitions", {}).items()}
    definitions = {name: _whole(each, definitions) for name, each in definitions.items()}
    own = _whole(kept(published.schema, type_), definitions)
    given = sorted(_read_only(published))
    own |= {"readOnly": given} if given else {}
    return stricter(type_, {**own, "definitions": definitions, "attributes": _given(type_, published)})


def _read_only(published: Any) -> set[str]:
    """Return the properties of a type that AWS gives, and a template can't."""
    pointers = [pointer.split("/") for pointer in published.schema.get("readOnlyProperties", ())]
    return {pointer[2] for pointer in pointers if len(pointer) == 3}


def _whole(node: Any, definitions: Mapping[str, Any]) -> Any:
    """Return a schema with the texts that it refers to written out where it says more of them; no other takes more."""
    if isinstance(node, list):
        return [_whole(each, definitions) for each in node]
    if not isinstance(node, dict):
        return node
    found = {key: _whole(value, definitions) for key, value in node.items()}
    if "$ref" not in found or "formats" not in found or not isinstance(found["$ref"], str):
        return found
    referred = definitions[found["$ref"]]
    return {**referred, "formats": found["formats"]} if referred.get("type") == "string" else {"$ref": found["$ref"]}


def _given(type_: str, published: Any) -> dict[str, Any]:
    """Return the attributes of a type, each with the formats of what it gives; None for what the template writes."""
    found: dict[str, Any] = {}
    own = {*published.schema.get("properties", {})} - {
        pointer.split("/")[2] for pointer in published.schema.get("readOnlyProperties", ())
    }
    for name, pointer in published.get_atts.items():
        formats = _formats(published.resolver.resolve_cfn_pointer(pointer)) or named(type_, name)
        found[name] = formats or (None if name.split(".")[0] in own else ())
    identifiers = published.schema.get("primaryIdentifier", ())
    single = identifiers[0].rpartition("/")[2] if len(identifiers) == 1 else ""
    found["Ref"] = _formats(published.ref) or named(type_, single)
    return {**found, **GIVES.get(type_, {})}


def _formats(node: Any) -> tuple[str, ...]:
    """Return the formats of what identifies a resource in a schema."""
    each = [node, *(one for one in node.get("anyOf", ()) if isinstance(one, dict))]
    found = dict.fromkeys(str(one.get("format")) for one in each)
    return tuple(name for name in found if IDENTITY.fullmatch(name) and not LISTS.search(name))


def kept(node: Any, type_: str, around: str = "") -> Any:
    """Return what is kept of a schema.

    Args:
        node: the schema.
        around: the name of the object that it is of, where it has one.
        type_: the resource type that it is of; empty for an attribute of resources.
    """
    if not isinstance(node, dict):
        return node
    found = {key: value for key, value in node.items() if key in KEPT and value is not False}
    if isinstance(node.get("items"), dict):
        found["items"] = kept(node["items"], type_)
    if "$ref" in node:
        found["$ref"] = node["$ref"].rpartition("/")[2]
    if node.get("format") in FORMATS:
        found["format"] = node["format"]
    # A property that gives a resource its name may be given the name of anything.
    formats = [each for each in _formats(node) if not (each.startswith(f"{type_}.") and each.endswith("Name"))]
    if formats:
        found["formats"] = formats
    if pattern := _pattern(node.get("pattern", "")):
        found["pattern"] = pattern
    patterns = [kept(each, type_) for each in node.get("patternProperties", {}).values()]
    if len(patterns) == 1 and "properties" not in node:
        found["values"] = patterns[0]
    elif node.get("additionalProperties") is False and not patterns and not type_:
        found["closed"] = True  # of a resource, what is no known property matters where it is read
    some = [each.get("required") for each in node.get("anyOf", ()) if isinstance(each, dict)]
    if some and all(isinstance(each, list) and len(each) == 1 for each in some):
        found["requiredOr"] = [name for each in some for name in each or ()]
    if "properties" in node:
        found["properties"] = {name: _property(type_, name, each, around) for name, each in node["properties"].items()}
    return found


def _property(type_: str, name: str, node: Any, around: str) -> Any:
    found = kept(node, type_)
    if not isinstance(found, dict):
        return found
    own = TAKES.get(type_, {})
    takes = own.get(name) or own.get(f"{around}.{name}")
    holder = found["items"] if isinstance(found.get("items"), dict) else found
    if takes is None and "formats" not in holder:
        takes = TAKES["*"].get(name)
    if takes is not None and ("$ref" in holder or holder.get("type") == "string"):
        holder["formats"] = takes
    return found


def _pattern(pattern: str) -> str | None:
    """Return a pattern as the standard library has it, which may take more; None where it has none."""
    written = pattern.replace(r"\p{L}", r"\w").replace(r"\p{N}", r"\w").replace(r"\p{Z}", r"\s")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            re.compile(written)
        except (re.error, FutureWarning):
            return None
    return written


def sections() -> dict[str, Any]:
    """Return the schemas of the other sections, and of the attributes of resources."""
    from cfnlint.helpers import VALID_PARAMETER_TYPES  # noqa: PLC0415
    from cfnlint.schema import OTHER_SCHEMA_MANAGER  # noqa: PLC0415

    update = OTHER_SCHEMA_MANAGER.get_schema("other.resources.update_policy")
    by_type = {}
    for each in update["allOf"]:
        asked = each["if"]["properties"]["Type"]
        for type_ in (asked["const"],) if "const" in asked else asked["enum"] if "then" in each else ():
            by_type[type_] = kept(each["then"]["properties"]["UpdatePolicy"], "")
    definitions = {name: kept(each, "") for name, each in update["definitions"].items()}
    found = {**SECTIONS, "UpdatePolicy": {"properties": by_type, "definitions": definitions}}
    found["CreationPolicy"] = {"properties": found["CreationPolicy"]}
    parameters = found["Parameters"]
    kinds = {**_WORD, "enum": sorted(VALID_PARAMETER_TYPES)}
    found["Parameters"] = {**parameters, "properties": {**parameters["properties"], "Type": kinds}}
    return found


def rendered() -> bytes:
    """Return the data as it stands in the file: a resource type, a section or an attribute a line."""
    found = {**sections(), **CUSTOM, **{type_: one for type_ in types() if (one := schema(type_)) is not None}}
    written = {type_: json.dumps(one, separators=(",", ":"), sort_keys=True) for type_, one in found.items()}
    text = "".join(f"{type_}\t{one}\n" for type_, one in written.items())
    return gzip.compress(text.encode(), mtime=0)


if __name__ == "__main__":
    DATA.write_bytes(rendered())
