"""The values that the CDK writes in place of what it has still to look up: it synthesizes again once it knows.

Sources:
    https://docs.aws.amazon.com/cdk/v2/guide/context.html
    https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/aws-ec2/lib/vpc.ts (DUMMY_VPC_PROPS)
"""

from __future__ import annotations

import re

_VALUES = re.compile(r"dummy[0-9][a-z]|(vpc|sg|[sp])-(12345|67890)[0-9]*|ami-1234|DUMMY|dummy-value-for-.*", re.DOTALL)


def is_to_look_up(text: str) -> bool:
    """Return whether a text stands for a value that the CDK looks up, so that nothing is known of it yet."""
    return _VALUES.fullmatch(text) is not None
