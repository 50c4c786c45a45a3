"""The base of jobs of AWS Batch on container instances, and its parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ecr_ecs_constructs.cloudformation.assembly import load
from tests.pull.network.networks import ref, resource

_BASES = Path(__file__).parents[2] / "data" / "bases"


def att(name: str, attribute: str = "Arn") -> dict[str, Any]:
    return {"Fn::GetAtt": [name, attribute]}


def role(service: str, *managed: str, **more: Any) -> dict[str, Any]:
    """A role of a service, with managed policies of AWS."""
    statement = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    arns = [f"arn:aws:iam::aws:policy/service-role/{name}" for name in managed]
    return resource(
        "IAM::Role", AssumeRolePolicyDocument=trust, **({"ManagedPolicyArns": arns} if arns else {}), **more
    )


def allowing(*actions: str) -> list[dict[str, Any]]:
    """The policies of a role that may do something on anything."""
    statement = {"Effect": "Allow", "Action": [*actions], "Resource": "*"}
    return [{"PolicyName": "a", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}]


COMPUTE = {
    "Type": "EC2",
    "AllocationStrategy": "BEST_FIT_PROGRESSIVE",
    "MinvCpus": 0,
    "MaxvCpus": 16,
    "InstanceTypes": ["c5", "m5.large"],
    "InstanceRole": att("InstanceProfile"),
    "Subnets": [ref("SubnetA"), ref("SubnetB")],
    "SecurityGroupIds": [ref("JobGroup")],
    "Ec2Configuration": [{"ImageType": "ECS_AL2023"}],
}
TARGET = {
    "Id": "nightly",
    "Arn": ref("JobQueue"),
    "RoleArn": att("SubmitRole"),
    "BatchParameters": {"JobDefinition": ref("JobDefinition"), "JobName": "nightly"},
}
(_TEMPLATE,) = load([_BASES / "batch-instances.yaml"])
JOBS: Any = _TEMPLATE.body["Resources"]
