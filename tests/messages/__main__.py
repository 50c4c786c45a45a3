from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.messages import FILE
from tests.messages.forms import rendered
from tests.messages.inputs import DATA, inputs

if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python -m tests.messages --write")
    with TemporaryDirectory() as folder:
        FILE.write_text(rendered(inputs(Path(folder)), Path(folder), DATA), encoding="utf-8")
