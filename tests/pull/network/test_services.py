"""The names of the services that have VPC endpoints."""

from __future__ import annotations

import pytest

from ecr_ecs_constructs.pull.network.topology.services import DATA, EndpointService, service_of
from tests.pull.network.services import rendered


@pytest.mark.slow
def test_the_data_is_generated() -> None:
    assert DATA.read_text(encoding="utf-8") == rendered(), "run: python -m tests.pull.network.services"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("com.amazonaws.eu-west-1.ecr.api", EndpointService("ecr.api", True), id="service"),
        pytest.param("com.amazonaws.eu-west-1.kms-fips", EndpointService("kms-fips", True), id="FIPS"),
        pytest.param("cn.com.amazonaws.cn-north-1.transcribe.cn", EndpointService("transcribe", True), id="China"),
        pytest.param("com.amazonaws.ecr.api", EndpointService("ecr.api", None), id="region left out"),
        pytest.param("aws.api.us-east-1.freetier", EndpointService("freetier", True), id="another start"),
        pytest.param("com.amazonaws.us-east-1.freetier", EndpointService("freetier", None), id="the usual start"),
        pytest.param("com.amazonaws.vpce.us-east-1.vpce-svc-1", EndpointService("", True), id="service of others"),
        pytest.param("other", EndpointService("", False), id="no name"),
    ],
)
def test_service(name: str, expected: EndpointService) -> None:
    assert service_of(name) == expected
