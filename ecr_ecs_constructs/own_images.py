"""Machine images that teams build from those of AWS: `OwnImage`."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from aws_cdk import Token

_NAME = re.compile(r"/?[a-zA-Z0-9_.-]+(/[a-zA-Z0-9_.-]+)*")
"""The name of an SSM parameter.

Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
"""


@dataclass(frozen=True)
class OwnImage:
    """A machine image that is built from one of AWS, and the SSM parameter that holds its ID.

    Attributes:
        parameter_name: the name of the parameter.
        reason: how it is known that the image is built from the other one.
        until: the last day on which that counts; None for no end.

    Raises:
        ValueError: the name is none of a parameter of one's own, or there is no reason.
    """

    parameter_name: str
    reason: str
    until: dt.date | None

    def __post_init__(self) -> None:
        name = self.parameter_name
        expected = f"parameter_name must be the name of an SSM parameter of your own, got {name!r}: "
        if Token.is_unresolved(name):
            raise ValueError(f"{expected}it is known only at deployment, and so is what is vouched for")
        if not _NAME.fullmatch(name):
            raise ValueError(f"{expected}it has letters, digits, '.', '-', '_' and '/', and neither version nor label")
        if re.match("/?(aws|ssm)", name, re.IGNORECASE):
            raise ValueError(f"{expected}such a name is one of AWS; take EcsAmi.amazon_linux_2023 or its like")
        if not self.reason.strip():
            raise ValueError(f"reason must say how it is known what the image is built from, got {self.reason!r}")
        if self.until is not None and type(self.until) is not dt.date:
            raise ValueError(
                f"until must be a datetime.date, got {self.until!r}: it is the last day on which it counts"
            )
