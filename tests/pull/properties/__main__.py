"""Write the table of properties anew, and list the properties that nobody has looked at.

Exit codes: 0 someone has looked at each; 1 some are to be looked at, in `reviewed.txt`.
"""

from __future__ import annotations

import gzip
import sys

from tests.pull.properties.reviewed import Reviewed
from tests.pull.properties.table import DATA, rendered, unreviewed

if __name__ == "__main__":
    reviewed = Reviewed()
    DATA.write_bytes(gzip.compress(rendered(reviewed).encode(), mtime=0))
    lacking = [*unreviewed(reviewed)]
    sys.stdout.write("\n".join((*lacking, f"{len(lacking)} to look at", "")))
    sys.exit(bool(lacking))
