"""Who may import whom, and that the command and the package import nothing heavy."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import ecr_ecs_constructs
from ecr_ecs_constructs.cli.formats import FORMATS

PACKAGE = Path(ecr_ecs_constructs.__file__).parent
NAME = PACKAGE.name

PURE_PARTS = {
    "regular": set(),
    "spelling": set(),
    "image_uri": {"regular"},
    "cloudformation": {"image_uri", "regular", "spelling", "cloudformation"},
    "fargate_sizes": set(),
    "pull": {"cloudformation", "image_uri", "regular", "fargate_sizes", "pull"},
    "rules": {"pull", "cloudformation", "image_uri", "spelling", "rules"},
    "reports": {"", "cloudformation", "rules", "pull", "reports"},
    "config": {"cloudformation", "pull", "rules", "spelling", "config"},
    "cli": {"", "cloudformation", "rules", "reports", "spelling", "config", "cli"},
    "__main__": {"cli"},
}
"""The parts that import the standard library alone, each with the parts of this package that it may import.

The part without a name is the package itself, which holds the version.
"""

BOTH = {
    "checks": {"", "cloudformation", "pull", "rules", "reports", "config", "spelling", "statements"},
    "template_vouches": {"cloudformation"},
    "testing": {"cloudformation", "pull", "rules", "reports", "config"},
}
"""The parts that import CDK and the judge."""

OUTSIDE = {"aws_cdk", "constructs", "jsii", "typing_extensions"}
"""What constructs, and the parts of both halves, import besides the standard library."""

EXCEPTIONS = {"cloudformation.yaml_reader": {"yaml"}}
"""Modules that import what their part may not: templates in YAML are read with a library."""


def module_name(file: Path) -> str:
    """The name of a module below the package, empty for the package itself."""
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(file): file for file in sorted(PACKAGE.rglob("*.py"))}


def part(module: str) -> str:
    return module.partition(".")[0]


def imports(file: Path) -> set[str]:
    """The full names of all modules that a module imports, also inside of functions and for types."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute"
            assert node.module is not None
            # `from package.part import module` imports the module.
            found |= {
                f"{node.module}.{alias.name}"
                if f"{node.module}.{alias.name}"[len(NAME) + 1 :] in MODULES
                else node.module
                for alias in node.names
            }
    return found


CONSTRUCTS = {part(module) for module in MODULES} - set(PURE_PARTS) - set(BOTH)
"""Constructs import each other and what they share."""


def allowed(module: str) -> tuple[set[str], set[str]]:
    """The parts of this package, and the packages, that a module may import."""
    own = part(module)
    if not own:  # resolves the public names on first use
        return {part(other) for other in MODULES}, set()
    if own in PURE_PARTS:
        return PURE_PARTS[own], EXCEPTIONS.get(module, set())
    if own in BOTH:
        return BOTH[own], OUTSIDE
    return {"image_uri", "fargate_sizes", "spelling", "checks", "template_vouches"} | CONSTRUCTS, OUTSIDE


@pytest.mark.parametrize("module", MODULES)
def test_imports(module: str) -> None:
    inside, outside = allowed(module)
    for name in imports(MODULES[module]):
        top, _, below = name.partition(".")
        if top == NAME:
            assert part(below) in inside, f"{module or NAME} may not import {name}"
        elif top not in outside:
            assert top in sys.stdlib_module_names, f"{module or NAME} may not import {name}"


def test_tables_name_parts_that_exist() -> None:
    assert {*PURE_PARTS, *BOTH} <= {part(module) for module in MODULES}
    assert set(EXCEPTIONS) <= set(MODULES)


@pytest.mark.parametrize("name", ecr_ecs_constructs.__all__)
def test_public_name(name: str) -> None:
    assert getattr(ecr_ecs_constructs, name).__name__ == name


def test_no_public_name() -> None:
    with pytest.raises(AttributeError, match=r"^module 'ecr_ecs_constructs' has no attribute 'EcsClutser'$"):
        _ = ecr_ecs_constructs.EcsClutser  # type: ignore[attr-defined] # the point: mypy tells it, too


CHECK = "from ecr_ecs_constructs.cli import main; assert main(['check', 'a.json', *{!r}.split()]) == 0"

HEAVY = ("aws_cdk", "constructs", "jsii", "yaml", "http", "urllib.request", "socket", "ssl", "asyncio")

TEMPLATE = {"Resources": {"Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {"ContainerDefinitions": []}}}}


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("import ecr_ecs_constructs", id="package"),
        pytest.param("from ecr_ecs_constructs.image_uri import EcrImageUri", id="image references"),
        pytest.param(CHECK.format(""), id="check"),
        *(pytest.param(CHECK.format(f"--format {form} --output out"), id=form) for form in FORMATS),
        pytest.param("from ecr_ecs_constructs.cli import main; assert main(['rules']) == 0", id="rules"),
    ],
)
def test_nothing_heavy_is_imported(tmp_path: Path, statement: str) -> None:
    (tmp_path / "a.json").write_text(json.dumps(TEMPLATE), encoding="utf-8")
    program = f"import sys; {statement}; print(*(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)"
    environment = {"PYTHONPATH": str(PACKAGE.parent), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stderr == "\n"


OF_OTHER_FORMS = ("hashlib", "xml", *(f"{NAME}.reports.{form}" for form in FORMATS if form != "text"))
"""The modules that only who asks for another form waits for."""


def test_the_text_waits_for_no_other_form(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(TEMPLATE), encoding="utf-8")
    shown = f"print(*(name for name in {OF_OTHER_FORMS!r} if name in sys.modules), file=sys.stderr)"
    environment = {"PYTHONPATH": str(PACKAGE.parent), "PATH": ""}
    for options, expected in (("", ""), ("--format junit", f"xml {NAME}.reports.junit")):
        program = f"import sys; {CHECK.format(options)}; {shown}"
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        assert done.stderr == f"{expected}\n"


ROOMS: dict[str, set[str]] = {
    "texts": set(),
    "answer": {"texts"},
    "link": {"answer"},
    "ami": set(),
    "boot": {"ami"},
    "images": set(),
    "vouching": {"texts", "answer", "images", "ami"},
    "containers": {"texts", "images"},
    "properties": set(),
    "repositories": {"texts", "images"},
    "lifecycle": {"texts"},
    "machines": {"texts", "answer", "ami", "vouching"},
    "placement": {"texts", "answer", "vouching", "ami", "boot", "containers", "machines"},
    "platforms": {"texts", "answer", "ami", "containers", "machines", "placement"},
    "iam": {"texts", "answer", "images", "vouching", "containers", "repositories", "machines", "placement"},
    "needs": {"texts", "answer", "images", "vouching", "containers", "repositories", "machines", "placement", "iam"},
    "network": {"texts", "answer", "ami", "images", "vouching", "containers", "machines", "placement", "iam", "needs"},
    "deployable": {
        *("properties", "texts", "answer", "ami", "boot", "vouching", "containers", "repositories", "machines"),
        *("placement", "iam", "network"),
    },
    "deployment": {"texts", "containers", "machines", "placement", "iam"},
    "facts": {
        "vouching",
        "properties",
        "containers",
        "repositories",
        "machines",
        "placement",
        "deployable",
        "platforms",
        "iam",
        "needs",
        "network",
        "deployment",
    },
    "links": {
        *("properties", "texts", "answer", "ami", "boot", "images", "vouching", "containers"),
        *("machines", "placement", "deployable", "platforms", "iam", "needs", "network", "facts"),
    },
    "order": {"texts", "answer", "containers", "iam", "network", "deployment", "facts", "links"},
    "proof": {"answer", "link", "containers", "machines", "placement", "facts", "links"},
    "bearing": {"answer", "containers", "facts", "proof"},
}
"""The rooms of the proof, from the ground up, each with the rooms below it that it may import."""

PROOF = {module: module.split(".")[1] for module in MODULES if part(module) == "pull" and module != "pull"}
"""The room of each module of the proof."""


@pytest.mark.parametrize("module", PROOF)
def test_rooms_of_the_proof(module: str) -> None:
    own = PROOF[module]
    for name in imports(MODULES[module]):
        other = PROOF.get(name[len(NAME) + 1 :], own)
        assert other == own or other in ROOMS[own], f"{module} may not import {name}"


def test_rooms_are_on_floors() -> None:
    below: set[str] = set()
    for room, others in ROOMS.items():
        assert others <= below, f"{room} may import {others - below}, which is not below it"
        below.add(room)
    assert below == set(PROOF.values())


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_have_no_circle(room: str) -> None:
    inside = {module for module, own in PROOF.items() if own == room}
    needs = {each: {name[len(NAME) + 1 :] for name in imports(MODULES[each])} & inside for each in inside}
    while needs:
        free = {each for each, others in needs.items() if not others & set(needs)}
        assert free, f"these modules import each other: {sorted(needs)}"
        needs = {each: others for each, others in needs.items() if each not in free}


ROOM = ("cloudformation",)
"""The parts that evaluate values; all others ask them in a world."""


@pytest.mark.parametrize("module", [module for module in MODULES if part(module) in {*PURE_PARTS, *BOTH} - set(ROOM)])
def test_nobody_reads_what_is_not_evaluated(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    read = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "properties"]
    assert not read, f"{module} reads raw properties in lines {read}"
