"""One configuration for each door: the command, the plugin, what constructs bring along, and the test helpers."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs

from ecr_ecs_constructs import EcrEcsChecks, cli
from ecr_ecs_constructs.checks import bring_along
from ecr_ecs_constructs.config.reading import ConfigError
from ecr_ecs_constructs.testing import assert_no_findings, assert_proven, findings
from tests.judging import ECR

if TYPE_CHECKING:
    from collections.abc import Callable

NGINX = "unqualified-image"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def configure(text: str) -> None:
    Path("ecr-ecs.toml").write_text(text, encoding="utf-8")


def app(image: str = "nginx") -> cdk.App:
    """Return an app with one task, not yet synthesized."""
    made = cdk.App(outdir=str(Path("cdk.out").absolute()))
    task(cdk.Stack(made, "Stack"), image)
    return made


def task(stack: cdk.Stack, image: str) -> ecs.CfnTaskDefinition:
    container = ecs.CfnTaskDefinition.ContainerDefinitionProperty(name="web", image=image)
    return ecs.CfnTaskDefinition(stack, "Task", memory="512", container_definitions=[container])


def severities(pairs: list[tuple[str, str]]) -> str:
    """Return how bad it is that the image has no registry; `none` where that is not told."""
    return next((severity for rule, severity in pairs if rule == NGINX), "none")


def by_command() -> str:
    app().synth()
    cli.main(["check", "cdk.out", "--format", "json", "--output", "report.json"])
    found = json.loads(Path("report.json").read_text(encoding="utf-8"))["findings"]
    return severities([(each["rule"], each["severity"]) for each in found])


def at_synthesis(add: Callable[[cdk.App], object]) -> str:
    made = app()
    add(made)
    with contextlib.suppress(RuntimeError):  # findings fail it once the report is written
        made.synth()
    file = Path("cdk.out", "validation-report.json")
    plugins = json.loads(file.read_text(encoding="utf-8"))["pluginReports"] if file.is_file() else []
    found = [each for plugin in plugins if plugin["pluginName"] == "ecr-ecs" for each in plugin["violations"]]
    return severities([(each["ruleName"], each["severity"]) for each in found])


def by_helper() -> str:
    return severities([(each.rule, each.severity.value) for each in findings(app())])


DOORS: dict[str, Callable[[], str]] = {
    "command": by_command,
    "plugin": lambda: at_synthesis(lambda made: cdk.Validations.of(made).add_plugins(EcrEcsChecks())),
    "aspect": lambda: at_synthesis(lambda made: cdk.Aspects.of(made).add(EcrEcsChecks())),
    "brought along": lambda: at_synthesis(lambda made: bring_along(made.node.find_child("Stack"))),
    "helper": by_helper,
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", "error", id="nothing decided"),
        pytest.param(f'[severity]\n{NGINX} = "warning"', "warning", id="severity"),
        pytest.param(f'[severity]\n{NGINX} = "off"', "none", id="off"),
        pytest.param(f'ignore = ["{NGINX}"]', "none", id="ignored"),
        pytest.param(
            f'[[override]]\npath = "Stack/Task"\n[override.severity]\n{NGINX} = "info"', "info", id="at a path"
        ),
        pytest.param(f'[[override]]\npath = "Sta*"\n[override.severity]\n{NGINX} = "info"', "info", id="below a path"),
        pytest.param(
            f'[[override]]\npath = "Stac"\n[override.severity]\n{NGINX} = "info"', "error", id="at another path"
        ),
        pytest.param(
            f'[[override]]\ntemplate = "Stack.*.json"\n[override.severity]\n{NGINX} = "info"',
            "info",
            id="in a template",
        ),
        pytest.param(
            f'[[override]]\ntemplate = "Other.*"\n[override.severity]\n{NGINX} = "info"',
            "error",
            id="in another template",
        ),
        pytest.param(
            f'[severity]\n{NGINX} = "off"\n[[override]]\npath = "Stack"\n[override.severity]\n{NGINX} = "warning"',
            "warning",
            id="the last that fits",
        ),
    ],
)
def test_one_meaning(door: str, text: str, expected: str) -> None:
    configure(text)
    assert DOORS[door]() == expected


@pytest.mark.parametrize("door", DOORS)
def test_one_line_about_a_bad_one(door: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure("fail_on = 1")
    line = "ecr-ecs.toml:1: fail_on is no key here; did you mean 'fail-on'?"
    if door == "command":
        app().synth()
        assert cli.main(["check", "cdk.out"]) == 2
        assert capsys.readouterr() == ("", f"ecr-ecs: {line}\n")
    else:
        with pytest.raises(ConfigError, match=f"^{line.replace('?', '[?]')}$"):
            DOORS[door]()


def nested(image: str, outdir: Path) -> cdk.App:
    """Return an app whose tasks stand in a stack, a stage and a nested stack, not yet synthesized."""
    made = cdk.App(outdir=str(outdir))
    stack = cdk.Stack(made, "Stack")
    task(stack, image)
    task(cdk.Stack(cdk.Stage(made, "Stage"), "Inner"), image)
    task(cdk.NestedStack(stack, "Nested"), image)
    return made


def is_fine_at_synthesis(made: cdk.App) -> bool:
    try:
        made.synth()
    except RuntimeError:
        return False
    return True


def is_fine_by_command(made: cdk.App) -> bool:
    made.synth()
    return cli.main(["check", made.outdir]) == 0


def is_fine_by_plugin(made: cdk.App) -> bool:
    cdk.Validations.of(made).add_plugins(EcrEcsChecks())
    return is_fine_at_synthesis(made)


def is_fine_by_plugins_of_stages(made: cdk.App) -> bool:
    for scope in (made, made.node.find_child("Stage")):
        cdk.Validations.of(scope).add_plugins(EcrEcsChecks())
    return is_fine_at_synthesis(made)


def is_fine_by_aspect(made: cdk.App) -> bool:
    cdk.Aspects.of(made).add(EcrEcsChecks())
    return is_fine_at_synthesis(made)


def is_fine_by_what_is_brought(made: cdk.App) -> bool:
    bring_along(made)
    return is_fine_at_synthesis(made)


def is_fine_by_helper(made: cdk.App) -> bool:
    try:
        assert_no_findings(made)
    except AssertionError:
        return False
    return True


FINE = {
    "command": is_fine_by_command,
    "plugin": is_fine_by_plugin,
    "plugins of an app and a stage": is_fine_by_plugins_of_stages,
    "aspect": is_fine_by_aspect,
    "brought along": is_fine_by_what_is_brought,
    "helper": is_fine_by_helper,
}


@pytest.mark.parametrize("door", FINE)
@pytest.mark.parametrize(
    ("outdir", "image", "expected"),
    [
        pytest.param("cdk.out", "nginx", True, id="as it was"),
        pytest.param("cdk.out", "httpd", False, id="another image"),
        pytest.param("../elsewhere", "nginx", True, id="synthesized elsewhere"),
        pytest.param("../elsewhere", "httpd", False, id="another image, synthesized elsewhere"),
    ],
)
def test_baseline(door: str, outdir: str, image: str, expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("app").mkdir()
    monkeypatch.chdir("app")
    nested("nginx", Path("cdk.out").absolute()).synth()
    assert cli.main(["baseline", "cdk.out"]) == 0
    configure('baseline = "ecr-ecs.baseline.json"')
    is_elsewhere = outdir != "cdk.out"
    made = nested(image, Path(outdir).resolve())
    # The command can't know that a folder elsewhere stands for the one here.
    assert FINE[door](made) is (expected and not (is_elsewhere and door == "command"))


@pytest.mark.parametrize("door", [door for door in DOORS if door != "command"])
def test_one_line_about_a_missing_baseline(door: str) -> None:
    configure('baseline = "b.json"')
    line = "b.json: cannot be read: No such file or directory; `ecr-ecs baseline` writes it"
    with pytest.raises(ConfigError, match=f"^{line}$"):
        DOORS[door]()


def test_baseline_accepts_no_container() -> None:
    app().synth()
    assert cli.main(["baseline", "cdk.out"]) == 0
    made = app()
    configure('baseline = "ecr-ecs.baseline.json"\nrequire = "proven"')
    cdk.Validations.of(made).add_plugins(EcrEcsChecks())
    assert violations(made) == [("not-proven", "fatal"), FAILED]
    with pytest.raises(AssertionError, match="image broken"):
        assert_proven(made)


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        pytest.param("", "", 1, id="error"),
        pytest.param('fail-on = "never"', "", 0, id="never fails"),
        pytest.param('fail-on = "never"', "--fail-on error", 1, id="an option goes first"),
        pytest.param('fail-on = "never"', "--no-config", 1, id="no configuration"),
        pytest.param("", "--config other/ecr-ecs.toml", 0, id="another one"),
        pytest.param(
            f'ignore = ["{NGINX}"]', "--ignore undeployable-task", 2, id="lists add up, until no rule is left"
        ),
        pytest.param(f'ignore = ["{NGINX}", "undeployable-task"]', "", 2, id="no rule is left"),
        pytest.param(f'[severity]\n{NGINX} = "off"', "--require proven", 1, id="switched off, and not proven"),
        pytest.param(f'require = "proven"\n[severity]\n{NGINX} = "off"', "", 1, id="required"),
        pytest.param(f'[severity]\n{NGINX} = "warning"', "--fail-on warning", 1, id="a severity that fails"),
    ],
)
def test_exit_code_of_the_command(text: str, options: str, code: int) -> None:
    app().synth()
    configure(text)
    Path("other").mkdir()
    Path("other/ecr-ecs.toml").write_text('fail-on = "never"', encoding="utf-8")
    rules = ["--rule", NGINX, "--rule", "undeployable-task"]
    assert cli.main(["check", "cdk.out", *rules, *options.split()]) == code


def test_line_where_no_rule_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    app().synth()
    configure(f'ignore = ["{NGINX}"]')
    assert cli.main(["check", "cdk.out", "--rule", NGINX]) == 2
    line = "ecr-ecs: --rule and --ignore, with ignore in ecr-ecs.toml, must leave a rule to check, and leave none\n"
    assert capsys.readouterr().err == line


def test_stacks_and_parameters_of_other_calls(capsys: pytest.CaptureFixture[str]) -> None:
    configure('[stack]\n"elsewhere.yaml" = "elsewhere"\n[parameter]\nElsewhere = "1"\n[[override]]\nseverity = {}')
    app(f"{ECR}/web:1").synth()
    assert cli.main(["check", "cdk.out", "--rule", NGINX]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        pytest.param('path = "Stack/Task"', "", id="a construct"),
        pytest.param('path = "St*"', "", id="what is below a construct"),
        pytest.param('template = "Stack.*"', "", id="a template"),
        pytest.param('path = "Stack"\ntemplate = "Stack.*"', "", id="a construct of a template"),
        pytest.param("", "", id="everywhere"),
        pytest.param('path = "Stack/Tasks"', "below 'Stack/Tasks'", id="no construct"),
        pytest.param('template = "Stacks.*"', "in a template 'Stacks.*'", id="no template"),
        pytest.param(
            'path = "Stack"\ntemplate = "web.yaml"',
            "below 'Stack' and in a template 'web.yaml'",
            id="no construct of a template",
        ),
    ],
)
def test_override_where_nothing_is(place: str, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure(f'[[override]]\n{place}\n[override.severity]\n{NGINX} = "info"')
    app(f"{ECR}/web:1").synth()
    assert cli.main(["check", "cdk.out", "--rule", "unused-acknowledgement", "--format", "github"]) == 0
    told = capsys.readouterr().out
    line = f"what is decided of severities counts for nothing: no resource stands {expected}"
    assert (line in told and "file=ecr-ecs.toml,line=1" in told) if expected else "counts for nothing" not in told


def violations(made: cdk.App) -> list[tuple[str, str]]:
    """Synthesize an app; return rule and severity of what is told of its images and proofs, and whether it failed."""
    failed = []
    try:
        made.synth()
    except RuntimeError:
        failed = [("synthesis", "failed")]
    file = Path("cdk.out", "validation-report.json")
    plugins = json.loads(file.read_text(encoding="utf-8"))["pluginReports"] if file.is_file() else []
    found = [each for plugin in plugins if plugin["pluginName"] == "ecr-ecs" for each in plugin["violations"]]
    told = [(each["ruleName"], each["severity"]) for each in found]
    return [*(each for each in told if each[0] in (NGINX, "not-proven", "unused-acknowledgement")), *failed]


FAILED = ("synthesis", "failed")


@pytest.mark.parametrize(
    ("text", "checks", "reason", "expected"),
    [
        pytest.param("", {}, None, [(NGINX, "error"), FAILED], id="fails"),
        pytest.param('synthesis = "report"', {}, None, [(NGINX, "warning")], id="report only"),
        pytest.param('synthesis = "report"', {"report_only": False}, None, [(NGINX, "error"), FAILED], id="argument"),
        pytest.param("", {"report_only": True}, None, [(NGINX, "warning")], id="report only by an argument"),
        pytest.param('fail-on = "never"', {}, None, [(NGINX, "warning")], id="never fails"),
        pytest.param(
            f'fail-on = "warning"\n[severity]\n{NGINX} = "warning"',
            {},
            None,
            [(NGINX, "error"), FAILED],
            id="what fails is an error to CDK",
        ),
        pytest.param("", {}, "mirrored", [], id="acknowledged"),
        pytest.param(
            "", {}, "until 2020-01-01: mirrored", [("unused-acknowledgement", "error"), FAILED], id="for too long"
        ),
        pytest.param(
            "",
            {"report_only": True},
            "until 2020-01-01: mirrored",
            [("unused-acknowledgement", "warning")],
            id="for too long, report only",
        ),
        pytest.param(
            "", {"require_proven": True}, "mirrored", [("not-proven", "fatal"), FAILED], id="acknowledged, and required"
        ),
        pytest.param(
            "",
            {"require_proven": True, "ignore": [NGINX]},
            None,
            [("not-proven", "fatal"), FAILED],
            id="ignored, and required",
        ),
        pytest.param('require = "proven"\nsynthesis = "report"', {}, "mirrored", [], id="required, and only reported"),
    ],
)
def test_synthesis(text: str, checks: dict[str, bool], reason: str | None, expected: list[tuple[str, str]]) -> None:
    configure(text)
    made = app()
    if reason is not None:
        acknowledgement = cdk.Acknowledgment(id=f"ecr-ecs::{NGINX}", reason=reason)
        cdk.Validations.of(made.node.find_child("Stack")).acknowledge(acknowledgement)
    cdk.Validations.of(made).add_plugins(EcrEcsChecks(**checks))  # type: ignore[arg-type] # of several types
    assert violations(made) == expected


@pytest.mark.parametrize(
    ("add", "expected"),
    [
        pytest.param(lambda made: None, [(NGINX, "error"), FAILED], id="none of its own"),
        pytest.param(
            lambda made: cdk.Validations.of(made).add_plugins(EcrEcsChecks(ignore=[NGINX])), [], id="its own plugin"
        ),
        pytest.param(
            lambda made: cdk.Aspects.of(made).add(EcrEcsChecks(report_only=True)),
            [(NGINX, "warning")],
            id="its own aspect",
        ),
        pytest.param(
            lambda made: cdk.Aspects.of(made.node.find_child("Stack")).add(EcrEcsChecks(ignore=[NGINX])),
            [],
            id="its own aspect of the stack",
        ),
        pytest.param(
            lambda made: cdk.Aspects.of(cdk.Stack(made, "Other")).add(EcrEcsChecks(ignore=[NGINX])),
            [(NGINX, "error"), FAILED],
            id="its own aspect elsewhere",
        ),
        pytest.param(
            lambda made: cdk.Validations.of(cdk.Stage(made, "Stage")).add_plugins(EcrEcsChecks(ignore=[NGINX])),
            [(NGINX, "error"), FAILED],
            id="its own plugin of a stage elsewhere",
        ),
    ],
)
def test_checks_of_a_team_stand_in_for_those_that_are_brought(
    add: Callable[[cdk.App], object], expected: list[tuple[str, str]]
) -> None:
    made = app()
    bring_along(made.node.find_child("Stack"))
    add(made)
    assert violations(made) == expected


def test_proofs_are_required_beside_the_checks_of_a_stage() -> None:
    configure('require = "proven"')
    made = app()
    bring_along(made.node.find_child("Stack"))
    cdk.Validations.of(cdk.Stage(made, "Stage")).add_plugins(EcrEcsChecks(require_proven=False))
    assert ("not-proven", "fatal") in violations(made)


@pytest.mark.parametrize(
    ("id", "reason", "expected"),
    [
        pytest.param(NGINX, "mirrored", [], id="accepts"),
        pytest.param(
            "unqualifed-image",
            "mirrored",
            [(NGINX, "error"), ("unused-acknowledgement", "warning"), FAILED],
            id="mistyped",
        ),
        pytest.param(
            "outdated-ami", "r", [(NGINX, "error"), ("unused-acknowledgement", "warning"), FAILED], id="stale"
        ),
    ],
)
@pytest.mark.parametrize("on", ["app", "stage"])
def test_acknowledgement_on_an_app_or_a_stage(on: str, id: str, reason: str, expected: list[tuple[str, str]]) -> None:
    made = cdk.App(outdir=str(Path("cdk.out").absolute()))
    stage = cdk.Stage(made, "Stage")
    task(cdk.Stack(stage, "Stack"), "nginx")
    scope = made if on == "app" else stage
    cdk.Validations.of(scope).acknowledge(cdk.Acknowledgment(id=f"ecr-ecs::{id}", reason=reason))
    cdk.Validations.of(made).add_plugins(EcrEcsChecks())
    assert violations(made) == expected


@pytest.mark.parametrize("is_judged", [True, False])
def test_synthesis_without_the_validation_of_constructs(*, is_judged: bool) -> None:
    made = app()
    bring_along(made.node.find_child("Stack"))
    if is_judged:
        cdk.Validations.of(made).add_plugins(EcrEcsChecks())
    with pytest.raises(RuntimeError, match="ValidationFailed") if is_judged else contextlib.nullcontext():
        made.synth(skip_validation=True)


def test_assert_proven() -> None:
    made = app()
    with pytest.raises(AssertionError) as error:
        assert_proven(made)
    first, second, *links = str(error.value).splitlines()
    assert first == "1 of 1 containers not proven:"
    assert second == "  broken: web of Stack/Task"
    assert links[0] == "    image broken: nginx has no ECR registry"


def test_assert_proven_of_nothing() -> None:
    with pytest.raises(AssertionError, match=r"^there is no container below Stack$"):
        assert_proven(cdk.Stack(cdk.App(), "Stack"))


def test_assert_proven_heeds_verdicts_alone() -> None:
    made = app()
    cdk.Validations.of(made.node.find_child("Stack")).acknowledge(
        cdk.Acknowledgment(id=f"ecr-ecs::{NGINX}", reason="mirrored")
    )
    configure(f'ignore = ["{NGINX}"]')
    with pytest.raises(AssertionError, match="image broken: nginx has no ECR registry"):
        assert_proven(made)
