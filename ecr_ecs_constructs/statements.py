"""Has CDK note the user's statement that makes a construct, be it one of this library or any other.

CDK writes the frames of the calls that made a construct into its metadata (`aws:cdk:creationStack`). jsii adds those of
Python where `JSII_HOST_STACK_TRACES` says so, which it reads at each call; whoever has set it has decided.

Source: https://github.com/aws/jsii/blob/main/packages/%40jsii/python-runtime/src/jsii/_stack_trace.py
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import jsii

os.environ.setdefault("JSII_HOST_STACK_TRACES", "1")

# jsii leaves out its own frames alone, and CDK shows the innermost that is left: that of a construct of this library.
# Where another version of jsii does it otherwise, that one is shown.
_frames: Any = getattr(jsii, "_stack_trace", None)
if hasattr(_frames, "_INTERNAL_PREFIXES"):
    _own = tuple(str(file) for file in Path(__file__).parent.glob("*.py"))  # `str.startswith` takes them together
    _frames._INTERNAL_PREFIXES = (*_frames._INTERNAL_PREFIXES, _own)  # noqa: SLF001 - jsii has no other way
