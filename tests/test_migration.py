"""docs/migration.md, done step by step on the app that it is about."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "migration.md"


def test_each_step_does_what_it_says(tmp_path: Path) -> None:
    source = (ROOT / "examples" / "migration" / "app.py").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    (tmp_path / "cdk.json").write_text(json.dumps({"app": f"{sys.executable} app.py"}), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CI": "true", "CDK_OUTDIR": str(tmp_path / "cdk.out")}
    done: list[tuple[str, str]] = []
    for language, block in blocks:
        if language == "toml":
            (tmp_path / "ecr-ecs.toml").write_text(block, encoding="utf-8")
        elif "assert_proven" in block:
            subprocess.run([sys.executable, "-c", source + block], cwd=tmp_path, env=environment, check=True)
        elif language == "python":
            source += block
        else:
            (tmp_path / "app.py").write_text(f"{source}\napp.synth()\n", encoding="utf-8")
            for command, code in re.findall(r"^(.+?)  # exit code (\d)$", block, re.MULTILINE):
                # What the CDK's command line runs is enough after the first time, and much faster.
                is_first = not done or not command.startswith("cdk synth")
                program = shlex.split(command) if is_first else [sys.executable, "app.py"]
                run = subprocess.run(
                    program, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
                )
                assert run.returncode == int(code), f"{command}: {run.stdout[-500:]}{run.stderr[-2000:]}"
                done.append((command, run.stdout + run.stderr))
    said = [output for _, output in done]
    assert len(done) == len(re.findall("# exit code", PAGE.read_text(encoding="utf-8"))) == 9
    assert said[0].count("ERROR ") == 29
    assert "29 errors" in said[2]
    assert "6 errors, 38 warnings" in said[3]
    assert "0 errors" in said[5]
    assert "not proven:" in said[6]
    assert said[8].count("unused-acknowledgement") == 2
    assert "26 containers" in said[8]
    assert "3 proven, 23 broken" in said[8]
