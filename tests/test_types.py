"""The types of arguments and hooks: type checkers accept what CDK itself makes, also where CDK's interfaces do not.

Pyright takes no class for an interface of which a method has other names of parameters, as many of CDK's have.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager

import ecr_ecs_constructs
from ecr_ecs_constructs import options

INTERFACES = {
    "iam.IRole": (iam.IRole, iam.Role),
    "kms.IKey": (kms.IKey, kms.Key),
    "secretsmanager.ISecret": (secretsmanager.ISecret, secretsmanager.Secret),
    "ec2.ISubnet": (ec2.ISubnet, ec2.Subnet),
}


def parameters(of: Any, method: str) -> list[str]:
    return [*inspect.signature(getattr(of, method)).parameters]


@pytest.mark.parametrize(("interface", "made"), INTERFACES.values(), ids=INTERFACES)
def test_class_is_none_of_its_interface(interface: Any, made: Any) -> None:
    """Where this fails, CDK has mended it, and the interface alone is enough."""
    methods = [name for name, _ in inspect.getmembers(interface, inspect.isfunction) if not name.startswith("_")]
    assert any(parameters(interface, name) != parameters(made, name) for name in methods)


def written() -> Iterator[tuple[str, str]]:
    """Where an annotation stands that users of the package meet, with its text."""
    for name, of in ((each, getattr(ecr_ecs_constructs, each)) for each in dir(ecr_ecs_constructs)):
        if inspect.isclass(of) and not name.startswith("_"):
            for method, function in inspect.getmembers(of, inspect.isfunction):
                if function.__module__.startswith("ecr_ecs_constructs") and (method == "__init__" or method[0] != "_"):
                    for argument, text in inspect.get_annotations(function).items():
                        yield f"{name}.{method}({argument})", str(text)
    for name, of in vars(options).items():
        if inspect.isclass(of) and name.endswith("Options"):
            for argument, text in inspect.get_annotations(of).items():
                yield f"{name}[{argument}]", str(text)


def test_what_cdk_makes_is_accepted() -> None:
    wrong = [
        (where, text)
        for where, text in written()
        for interface, (_, made) in INTERFACES.items()
        if interface in text and not re.search(rf"{re.escape(interface)} \| \w+\.{made.__name__}\b", text)
    ]
    assert wrong == []
    assert any("iam.IRole | iam.Role" in text for _, text in written())
