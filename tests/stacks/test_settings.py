from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from aws_cdk import App

from ecr_ecs_constructs.stacks.settings import PREFIX, MultiAccountSettings, Settings, environment
from tests.stacks.reference import CONTEXT

DIGEST = "sha256:" + "0" * 64


def read(**given: Any) -> Settings:
    return Settings.from_context(App(context={PREFIX + name: value for name, value in given.items()}).node)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        pytest.param("account", "012345678901", "012345678901", id="account"),
        pytest.param("region", "us-gov-west-1", "us-gov-west-1", id="region of GovCloud"),
        pytest.param("region", "eusc-de-east-1", "eusc-de-east-1", id="region of the EU sovereign cloud"),
        pytest.param("repository_name", "a--b", "a--b", id="name that CDK refuses"),
        pytest.param("image_tag", "2", "2", id="tag of one digit"),
        pytest.param("image_digest", DIGEST, DIGEST, id="digest"),
        pytest.param("instance_type", "c7g.large", "c7g.large", id="instance type"),
        pytest.param("min_capacity", "0", 0, id="number as text"),
        pytest.param("max_capacity", 7, 7, id="number as JSON"),
        pytest.param("memory", "1024", 1024, id="memory of Fargate"),
        pytest.param("desired_count", 0, 0, id="no tasks"),
        pytest.param("cidr", "10.1.0.0/20", "10.1.0.0/20", id="addresses"),
        pytest.param("nat", "true", True, id="true as text"),
        pytest.param("nat", "False", False, id="false as Python says it"),
        pytest.param("nat", True, True, id="true as JSON"),
        pytest.param("account", None, None, id="null for none"),
    ],
)
def test_value(name: str, value: object, expected: object) -> None:
    assert getattr(read(**{name: value}), name) == expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param(
            {"account": "12345"},
            "context 'ecr-ecs:account' must be the ID of an account, got '12345': an account ID has 12 digits",
            id="short account",
        ),
        pytest.param(
            {"account": 123456789012},
            "context 'ecr-ecs:account' must be the ID of an account, got 123456789012: it is no text in quotes",
            id="account as number",
        ),
        pytest.param(
            {"account": "１２３４５６７８９０１２"},  # noqa: RUF001 # digits, but not those of an account
            "context 'ecr-ecs:account' must be the ID of an account, got '１２３４５６７８９０１２': "  # noqa: RUF001 # as above
            "an account ID has 12 digits",
            id="account in other digits",
        ),
        pytest.param(
            {"region": "frankfurt"},
            "context 'ecr-ecs:region' must be a region such as 'eu-central-1', got 'frankfurt': "
            "region 'frankfurt' is no region's name",
            id="city for region",
        ),
        pytest.param(
            {"region": "eu-centrl-1"},
            "context 'ecr-ecs:region' must be a region such as 'eu-central-1', got 'eu-centrl-1': "
            "region 'eu-centrl-1' is no region's name; the nearest is 'eu-central-1'",
            id="slip in the region",
        ),
        pytest.param(
            {"repository_name": "App"},
            "context 'ecr-ecs:repository_name' must be a name that Amazon ECR accepts, got 'App': ",
            id="capital in the name",
        ),
        pytest.param(
            {"image_tag": "a/b"},
            "context 'ecr-ecs:image_tag' must be the tag of an image, got 'a/b': ",
            id="slash in the tag",
        ),
        pytest.param(
            {"image_digest": "sha256:0"},
            "context 'ecr-ecs:image_digest' must be the digest of an image, got 'sha256:0': ",
            id="short digest",
        ),
        pytest.param(
            {"instance_type": "large"},
            "context 'ecr-ecs:instance_type' must be an instance type such as 't3.small', got 'large': "
            "it has no family and size",
            id="size for instance type",
        ),
        pytest.param(
            {"instance_type": "foo.bar"},
            "context 'ecr-ecs:instance_type' must be an instance type such as 't3.small', got 'foo.bar': "
            "MalformedInstanceTypeIdentifier",
            id="no instance type",
        ),
        pytest.param(
            {"min_capacity": -1},
            "context 'ecr-ecs:min_capacity' must be a whole number of instances from 0 to 1000, got -1: "
            "it is less than 0",
            id="negative capacity",
        ),
        pytest.param(
            {"max_capacity": "many"},
            "context 'ecr-ecs:max_capacity' must be a whole number of instances from 1 to 1000, got 'many': "
            "it is no whole number",
            id="words for a number",
        ),
        pytest.param(
            {"max_capacity": "1001"},
            "context 'ecr-ecs:max_capacity' must be a whole number of instances from 1 to 1000, got '1001': "
            "it is more than 1000",
            id="more instances than a group has",
        ),
        pytest.param(
            {"memory": "9" * 12},
            "context 'ecr-ecs:memory' must be a whole number of MiB from 512 to 122880, got '999999999999': "
            "it is more than 122880",
            id="more memory than there is",
        ),
        pytest.param(
            {"min_capacity": 3, "max_capacity": 2},
            "context 'ecr-ecs:max_capacity' must be 3 or more, got 2: it is below min_capacity",
            id="less than the least",
        ),
        pytest.param(
            {"cpu": 300},
            "context 'ecr-ecs:cpu' must be one of 256, 512, 1024, 2048, 4096, 8192, 16384, got 300: "
            "Fargate has no such task",
            id="CPU that Fargate has not",
        ),
        pytest.param(
            {"memory": 4096},
            "context 'ecr-ecs:memory' must be 512, 1024, 2048 with 256 CPU units, got 4096: Fargate has no such task",
            id="memory beyond the CPU",
        ),
        pytest.param(
            {"cpu": 8192, "memory": 20000},
            "context 'ecr-ecs:memory' must be 16384 to 61440 in steps of 4096 with 8192 CPU units, got 20000: "
            "Fargate has no such task",
            id="memory between the steps",
        ),
        pytest.param(
            {"desired_count": True},
            "context 'ecr-ecs:desired_count' must be a whole number of tasks from 0 to 5000, got True: "
            "it is no whole number",
            id="true for a number",
        ),
        pytest.param(
            {"desired_count": 1.5},
            "context 'ecr-ecs:desired_count' must be a whole number of tasks from 0 to 5000, got 1.5: "
            "it is no whole number",
            id="half a task",
        ),
        pytest.param(
            {"cidr": "10.0.0.0/8"},
            "context 'ecr-ecs:cidr' must be a range of addresses such as '10.0.0.0/16', of size /16 to /24, "
            "got '10.0.0.0/8': its size is /8",
            id="more than a VPC has",
        ),
        pytest.param(
            {"cidr": "10.0.0.1/16"},
            "context 'ecr-ecs:cidr' must be a range of addresses such as '10.0.0.0/16', of size /16 to /24, "
            "got '10.0.0.1/16': 10.0.0.1/16 has host bits set",
            id="address within a range",
        ),
        pytest.param({"nat": 1}, "context 'ecr-ecs:nat' must be true or false, got 1: it is neither", id="1 for true"),
        pytest.param(
            {"nat": "yes"}, "context 'ecr-ecs:nat' must be true or false, got 'yes': it is neither", id="yes for true"
        ),
        pytest.param(
            {"desiredCount": 1},
            "context 'ecr-ecs:desiredCount' must be one of repository_name, image_tag, image_digest, instance_type, "
            "min_capacity, max_capacity, cpu, memory, desired_count, cidr, account, region, nat: it is unknown",
            id="unknown setting",
        ),
    ],
)
def test_refusal(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=r"^context ") as refused:
        read(**given)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_context_of_others_is_theirs() -> None:
    app = App(context={"@aws-cdk/core:something": True, "team:cpu": 3, "cpu": "none"})
    assert Settings.from_context(app.node) == Settings()


def test_cdk_json_shows_each_setting_with_its_default() -> None:
    shown = {key.removeprefix(PREFIX): value for key, value in CONTEXT.items() if key.startswith(PREFIX)}
    apps = (Settings, MultiAccountSettings)
    defaults = {field.name: field.default for app in apps for field in fields(app) if field.default is not None}
    assert shown == {**defaults, "reference": "single-account"}


def read_accounts(**given: Any) -> MultiAccountSettings:
    return MultiAccountSettings.from_context(App(context={PREFIX + name: value for name, value in given.items()}).node)


def test_settings_of_several_accounts() -> None:
    settings = read_accounts(tools="999988887777/us-gov-west-1", cpu="512", memory="1024")
    assert (settings.cpu, settings.production) == (512, "333344445555/us-east-1")
    tools = environment(settings.tools)
    assert (tools.account, tools.region) == ("999988887777", "us-gov-west-1")


@pytest.mark.parametrize("read_app", [read, read_accounts])
def test_settings_of_the_other_app_may_stand_in_cdk_json(read_app: Any) -> None:
    defaults = {field.name: field.default for app in (Settings, MultiAccountSettings) for field in fields(app)}
    given = {name: value for name, value in defaults.items() if value is not None}
    assert read_app(**given, reference="any").cpu == 256


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param(
            {"tools": "999988887777"},
            "context 'ecr-ecs:tools' must be an account and a region such as '111122223333/eu-central-1', "
            "got '999988887777': it is not 12 digits, a slash and a region",
            id="no region",
        ),
        pytest.param(
            {"staging": "aws://999988887777/us-east-1"},
            "context 'ecr-ecs:staging' must be an account and a region such as '111122223333/eu-central-1', "
            "got 'aws://999988887777/us-east-1': it is not 12 digits, a slash and a region",
            id="as cdk bootstrap has it",
        ),
        pytest.param(
            {"production": "999988887777/frankfurt"},
            "context 'ecr-ecs:production' must be an account and a region such as '111122223333/eu-central-1', "
            "got '999988887777/frankfurt': region 'frankfurt' is no region's name",
            id="city for region",
        ),
        pytest.param(
            {"account": "999988887777"},
            "context 'ecr-ecs:account' must be left out, got '999988887777': it is a setting of another reference app",
            id="account of the app in one",
        ),
        pytest.param(
            {"nat": True},
            "context 'ecr-ecs:nat' must be left out, got True: it is a setting of another reference app",
            id="other value of the app in one",
        ),
    ],
)
def test_refusal_of_several_accounts(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=r"^context ") as refused:
        read_accounts(**given)
    assert str(refused.value) == message
