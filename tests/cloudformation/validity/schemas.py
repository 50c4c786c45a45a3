"""Write or check the schemas that the package has of resource types: `python -m tests.cloudformation.validity.schemas`.

They are those that cfn-lint ships, made by its makers from those that CloudFormation publishes, without what nothing
asks for. The types are those that the judge names.
"""

from __future__ import annotations

import ast
import gzip
import json
import re
from pathlib import Path
from typing import Any

from tests.test_imports import MODULES, PURE_PARTS, part

ROOT = Path(__file__).parents[3]
DATA = ROOT / "ecr_ecs_constructs" / "cloudformation" / "validity" / "schemas.json.gz"
KEPT = (
    "type", "required", "items", "enum", "minLength", "minItems", "minimum", "maximum",
    "requiredXor", "requiredOr", "dependentExcluded", "dependentRequired",
)  # fmt: skip
FORMATS = (
    "AWS::EC2::Image.Id", "AWS::EC2::SecurityGroup.Id", "AWS::EC2::Subnet.Id", "AWS::EC2::VPC.Id", "ipv4-network",
    "ipv6-network",
)  # fmt: skip
"""The formats that are kept: others are of texts that may be known only at deployment."""


def types() -> list[str]:
    """Return the resource types that the judge names, but for those that stand for something else."""
    found = set()
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
    definitions = {name: kept(each) for name, each in published.schema.get("definitions", {}).items()}
    return {**kept(published.schema), "definitions": definitions, "attributes": sorted(published.get_atts)}


def kept(node: Any) -> Any:
    """Return what is kept of a schema."""
    if not isinstance(node, dict):
        return node
    found = {key: kept(value) if key == "items" else value for key, value in node.items() if key in KEPT}
    if "$ref" in node:
        found["$ref"] = node["$ref"].rpartition("/")[2]
    if node.get("format") in FORMATS:
        found["format"] = node["format"]
    if "properties" in node:
        found["properties"] = {name: kept(each) for name, each in node["properties"].items()}
    return found


def rendered() -> bytes:
    """Return the data as it stands in the file: one resource type a line."""
    found = {type_: one for type_ in types() if (one := schema(type_)) is not None}
    written = {type_: json.dumps(one, separators=(",", ":"), sort_keys=True) for type_, one in found.items()}
    text = "".join(f"{type_}\t{one}\n" for type_, one in written.items())
    return gzip.compress(text.encode(), mtime=0)


if __name__ == "__main__":
    DATA.write_bytes(rendered())
