"""Write or check the services of AWS that have VPC endpoints: `python -m tests.pull.network.services`.

They are those that the AWS CDK lists, a name a line: without `com.amazonaws.` and the region where it has both.
"""

from __future__ import annotations

import re
import tarfile
from importlib.resources import files

from ecr_ecs_constructs.pull.network.topology.services import DATA, USUAL

SOURCE = "package/aws-ec2/lib/vpc-endpoint.js"
CALL = re.compile(r'new (?:Interface|Gateway)VpcEndpointAwsService\("([^"]+)"(?:,"([^"]*)")?([^)]*)\)')


def rendered() -> str:
    """Return the names as they stand in the file."""
    found = {_line(*call) for call in CALL.findall(_source())}
    return "".join(f"{line}\n" for line in sorted(found))


def _source() -> str:
    (bundle,) = (each for each in files("aws_cdk._jsii").iterdir() if each.name.startswith("aws-cdk-lib@"))
    with bundle.open("rb") as packed, tarfile.open(fileobj=packed) as archive:
        source = archive.extractfile(SOURCE)
        assert source is not None
        return source.read().decode()


def _line(name: str, start: str, more: str) -> str:
    name = name.removesuffix("-fips")
    if start in ("", USUAL) and "global" not in more:
        return name
    return f"{start or USUAL}{'' if 'global' in more else '.*'}.{name}"


if __name__ == "__main__":
    DATA.write_text(rendered(), encoding="utf-8")
