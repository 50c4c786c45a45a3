"""What mends findings as a diff, which Git and patch apply."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.reports.diff import render, shown
from ecr_ecs_constructs.rules.hygiene import scan_disabled
from ecr_ecs_constructs.rules.judge import Report, judge

REPOSITORIES = """\
Resources:
  First:
    Type: AWS::ECR::Repository
%s  Second: {Type: AWS::ECR::Repository, Properties: {}}"""
DIFF = """\
--- a/a.yaml
+++ b/a.yaml
@@ -1,4 +1,7 @@
 Resources:
   First:
     Type: AWS::ECR::Repository
-  Second: {Type: AWS::ECR::Repository, Properties: {}}
\\ No newline at end of file
+    Properties:
+      ImageScanningConfiguration:
+        ScanOnPush: true
+  Second: {Type: AWS::ECR::Repository, Properties: {ImageScanningConfiguration: {ScanOnPush: true}}}
\\ No newline at end of file
"""
JSON = '{"Resources":{"First":{"Type":"AWS::ECR::Repository"}}}'


def report() -> Report:
    """The report on the templates of the current folder."""
    return judge(load([Path()]), Policy(), [scan_disabled])


def test_diff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(REPOSITORIES % "", encoding="utf-8")
    assert render(report()) == DIFF
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    found = judge(load([tmp_path / "a.yaml"]), Policy(), [scan_disabled])
    assert render(found._replace(folder=str(Path.cwd()))).startswith(f"--- a{tmp_path}/a.yaml\n")


def test_far_changes_have_hunks_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(REPOSITORIES % ("    # far\n" * 7), encoding="utf-8")
    heads = [line for line in render(report()).split("\n") if line.startswith("@@")]
    assert heads == ["@@ -1,6 +1,9 @@", "@@ -8,4 +11,4 @@"]


FILES = {
    "plain": ("a.yaml", REPOSITORIES % ""),
    "far changes": ("a.yaml", REPOSITORIES % ("    # far\n" * 9) + "\n" * 5),
    "line ends of Windows": ("a.yaml", (REPOSITORIES % "").replace("\n", "\r\n")),
    "byte order mark": ("a.yaml", "\ufeff" + REPOSITORIES % ""),
    "byte order mark and one line": ("a.json", "\ufeff" + JSON),
    "one line": ("a.json", JSON),
    "blanks and letters beyond ASCII in the name": ("a b/ü.yaml", REPOSITORIES % ""),
    "what steers in the name": ('"\\\t.yaml', REPOSITORIES % ""),
    "what nobody sees in the name": ("\u202ea\u2028\x85.yaml", REPOSITORIES % ""),
    "no text as name": ("\udcff\udce4.yaml", REPOSITORIES % ""),
    "what steers in the text": ("a.yaml", REPOSITORIES % "    # \x85 \u2028 ##[error]\n"),
    "at the end of a long file": ("a.yaml", "# first\n" * 30 + REPOSITORIES % "" + "\n"),
}


@pytest.mark.parametrize(("name", "text"), [pytest.param(*FILES[name], id=name) for name in FILES])
@pytest.mark.parametrize("program", [["git", "apply"], ["patch", "-p1", "--binary"]], ids=["git", "patch"])
def test_is_applied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, program: list[str]) -> None:
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "--quiet"], check=True)
    file = Path(name)
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(text.encode())
    found = report()
    assert found.findings
    subprocess.run(program, input=render(found).encode(), check=True, capture_output=True)
    assert report().findings == ()
    assert file.read_bytes().startswith(text.partition("\n")[0][:20].encode())


def test_what_is_accepted_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(REPOSITORIES % "", encoding="utf-8")
    found = report()
    accepted = tuple(finding._replace(acknowledged="why") for finding in found.findings)
    assert render(found._replace(findings=accepted)) == shown(found._replace(findings=accepted)) == ""


def test_shown_to_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = "Resources:\r\n  First: # \u202e\r\n    Type: AWS::ECR::Repository # ##[error]\r\n"
    Path("a.yaml").write_bytes(text.encode())
    assert shown(report()).split("\n") == [
        "changes that mend findings:",
        "  | --- a/a.yaml",
        "  | +++ b/a.yaml",
        "  | @@ -1,3 +1,6 @@",
        "  |  Resources:",
        "  |    First: # \\u202e",
        "  |      Type: AWS::ECR::Repository # #\\x23[error]",
        "  | +    Properties:",
        "  | +      ImageScanningConfiguration:",
        "  | +        ScanOnPush: true",
        "",
    ]
