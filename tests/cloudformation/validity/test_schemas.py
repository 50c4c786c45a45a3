"""The schemas of resource types: that they are those of cfn-lint, and of which types."""

from __future__ import annotations

import gzip

from ecr_ecs_constructs.cloudformation.validity.schemas import schema_of
from tests.cloudformation.validity.schemas import DATA, rendered


def test_the_data_is_generated() -> None:
    # The compression is that of a library, which may change.
    found, written = gzip.decompress(rendered()), gzip.decompress(DATA.read_bytes())
    assert found == written, "run: python -m tests.cloudformation.validity.schemas"


def test_a_common_type_has_a_schema_and_another_has_none() -> None:
    schema = schema_of("AWS::EC2::VPC")
    assert schema is not None
    assert schema.attributes is not None
    assert "DefaultSecurityGroup" in schema.attributes
    assert schema_of("AWS::IoT::Thing") is None
