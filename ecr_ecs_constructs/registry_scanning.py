"""The scanning of a registry's images for vulnerabilities: `EcrRegistryScanning`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import constructs
from aws_cdk import aws_ecr as ecr

from ecr_ecs_constructs.arguments import takes
from ecr_ecs_constructs.checks import bring_along
from ecr_ecs_constructs.registries import check_patterns, refuse_second

if TYPE_CHECKING:
    from collections.abc import Sequence


@takes(refuses={"rules": "give scan_on_push and continuous_scan"})
class EcrRegistryScanning(constructs.Construct):
    """The scanning of the images of a registry: by default of all of them, when they are pushed.

    It also counts for repositories that Amazon ECR makes by itself, in whose templates scanning can't be turned on.

    Sources:
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html
        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_RegistryScanningRule.html

    Builds on: `ecr.CfnRegistryScanningConfiguration`.

    Args:
        scope: where the configuration is made.
        id: its ID there.
        scan_type: BASIC, or ENHANCED for Amazon Inspector, which also finds vulnerabilities of programming languages.
        scan_on_push: patterns of the repositories whose images are scanned when they are pushed; `*` stands for any
            characters.
        continuous_scan: patterns of those whose images are scanned again and again; needs ENHANCED.

    Raises:
        ValueError: Amazon ECR refuses an argument, nothing would be scanned, or the registry has a configuration.

    Attributes:
        resource: the resource of CloudFormation.
    """

    def __init__(
        self,
        scope: constructs.Construct,
        id: str,
        *,
        scan_type: Literal["BASIC", "ENHANCED"] = "BASIC",
        scan_on_push: Sequence[str] = ("*",),
        continuous_scan: Sequence[str] = (),
    ) -> None:
        _check(scan_type, scan_on_push, continuous_scan)
        type_ = ecr.CfnRegistryScanningConfiguration.CFN_RESOURCE_TYPE_NAME
        refuse_second(scope, type_, "scanning configuration")
        super().__init__(scope, id)
        self.resource = ecr.CfnRegistryScanningConfiguration(
            self,
            "Resource",
            scan_type=scan_type,
            rules=[
                ecr.CfnRegistryScanningConfiguration.ScanningRuleProperty(
                    scan_frequency=frequency,
                    repository_filters=[
                        ecr.CfnRegistryScanningConfiguration.RepositoryFilterProperty(
                            filter=each, filter_type="WILDCARD"
                        )
                        for each in patterns
                    ],
                )
                for frequency, patterns in (("SCAN_ON_PUSH", scan_on_push), ("CONTINUOUS_SCAN", continuous_scan))
                if patterns
            ],
        )
        bring_along(self)


_PATTERN = re.compile("[a-z0-9*]+(?:[._/-][a-z0-9*]+)*")


def _check(scan_type: str, scan_on_push: Sequence[str], continuous_scan: Sequence[str]) -> None:
    if scan_type not in ("BASIC", "ENHANCED"):
        raise ValueError(f"scan_type must be BASIC or ENHANCED, got {scan_type!r}: Amazon ECR knows no other one")
    if continuous_scan and scan_type == "BASIC":
        raise ValueError(
            f"continuous_scan must be left out for BASIC, got {continuous_scan!r}: only Amazon Inspector scans again; "
            "give scan_type ENHANCED"
        )
    if not scan_on_push and not continuous_scan:
        raise ValueError(f"scan_on_push must hold a pattern, got {scan_on_push!r}: no image would be scanned")
    for argument, patterns in (("scan_on_push", scan_on_push), ("continuous_scan", continuous_scan)):
        check_patterns(argument, patterns, _PATTERN, 255)
