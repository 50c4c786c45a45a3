"""The configuration: where it is found, what it says, and the one line about one that is not as it must be."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date
from pathlib import Path

import jsonschema  # type: ignore[import-untyped] # its stubs are for one line
import pytest

from ecr_ecs_constructs.cloudformation.environments import Parameter
from ecr_ecs_constructs.config.config import NOTHING
from ecr_ecs_constructs.config.reading import ConfigError, nearest, read
from ecr_ecs_constructs.config.schema import SCHEMA
from ecr_ecs_constructs.rules.gate import Gate
from ecr_ecs_constructs.rules.rule import Severity
from ecr_ecs_constructs.rules.severities import Severities

WHOLE = """\
version = 1
account = "123456789012"
region = "eu-west-1"
allow-public-gallery = true
allow-account = ["111122223333"]
exclude = ["*.test.json"]
ignore = ["floating-tag"]
fail-on = "warning"
unknown = "report"
require = "proven"
synthesis = "report"
baseline = "old/b.json"
parameters = ["p.json"]

[parameter]
Tag = "1.4"
"web:Count" = 2
Version = 1.10
Subnets = ["subnet-1", "subnet-2"]
On = true

[stack]
"web.yaml" = "web"

[severity]
mutable-tags = "off"
scan-disabled = "error"

[[override]]
path = "App/Old*"
[override.severity]
unqualified-image = "warning"

[[override]]
template = "legacy/*.yaml"
severity = { unqualified-image = "info" }

[[vouch]]
subnet = "${Subnets}"
reason = "behind the company's NAT gateways"
until = 2027-03-31

[[vouch]]
role = ["arn:aws:iam::123456789012:role/pull", "*/ecsTaskExecutionRole"]
reason = "made by the platform team"
until = "2027-12-31"
"""


AL2023 = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"


def config(folder: Path, text: str, name: str = "ecr-ecs.toml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_all_keys(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text('{"Env": "prod"}', encoding="utf-8")
    (tmp_path / "web.yaml").touch()
    found = read(file := config(tmp_path, WHOLE))
    assert found.environment.account == "123456789012"
    assert found.environment.region == "eu-west-1"
    assert found.environment.usual_stacks == ((tmp_path / "web.yaml", "web"),)
    assert found.parameters == (
        Parameter(None, "Env", "prod", True),
        Parameter(None, "Tag", "1.4", True),
        Parameter("web", "Count", "2", True),
        Parameter(None, "Version", "1.10", True),
        Parameter(None, "Subnets", "subnet-1,subnet-2", True),
        Parameter(None, "On", "true", True),
    )
    assert found.exclude == ("*.test.json",)
    assert found.allow_public_gallery
    assert found.allowed_accounts == frozenset({"111122223333"})
    assert found.ignore == ("floating-tag",)
    assert found.severities == (
        Severities({"mutable-tags": None, "scan-disabled": Severity.ERROR}),
        Severities({"unqualified-image": Severity.WARNING}, "App/Old*", None, str(file), 29, "override[0]"),
        Severities({"unqualified-image": Severity.INFO}, None, "legacy/*.yaml", str(file), 34, "override[1]"),
    )
    assert found.gate == Gate(Severity.WARNING, unknown_fails=False, requires_proof=True)
    assert found.only_reports
    assert found.baseline == tmp_path / "old/b.json"
    one, other = found.vouches
    assert (one.kind, one.names, one.until) == ("subnet", ("${Subnets}",), date(2027, 3, 31))
    assert (other.kind, other.until, other.location) == ("role", date(2027, 12, 31), "vouch[1]")
    assert WHOLE.splitlines()[other.line - 1 :][:2] == ["[[vouch]]", WHOLE.splitlines()[-3]]
    assert one.evidence == "vouched for until 2027-03-31: behind the company's NAT gateways"


def test_empty_file_decides_nothing(tmp_path: Path) -> None:
    file = config(tmp_path, "")
    assert read(file) == NOTHING._replace(file=file)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"ecr-ecs.toml": 'fail-on = "info"'}, "ecr-ecs.toml", id="own file"),
        pytest.param({"pyproject.toml": '[tool.ecr-ecs]\nfail-on = "info"'}, "pyproject.toml", id="table of a project"),
        pytest.param(
            {"ecr-ecs.toml": "", "pyproject.toml": "[tool.ecr-ecs]\nx = 1"}, "ecr-ecs.toml", id="own file first"
        ),
        pytest.param({"../ecr-ecs.toml": ""}, "../ecr-ecs.toml", id="upwards"),
        pytest.param({"../ecr-ecs.toml": "", "pyproject.toml": "[tool.ruff]"}, "../ecr-ecs.toml", id="past a project"),
        pytest.param(
            {"../ecr-ecs.toml": "", "pyproject.toml": '[project]\ndependencies = ["ecr-ecs"]'},
            "../ecr-ecs.toml",
            id="past a project that names this one",
        ),
        pytest.param({"../ecr-ecs.toml": "", "pyproject.toml": "= no TOML"}, "../ecr-ecs.toml", id="past no TOML"),
        pytest.param({"../ecr-ecs.toml/x": "", "ecr-ecs.toml": ""}, "ecr-ecs.toml", id="nearest"),
    ],
)
def test_nearest(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    found = nearest(folder)
    assert found.file is not None
    assert found.file.resolve() == (folder / expected).resolve()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("account = ", ":1: must be TOML, and can't be parsed there", id="no TOML"),
        pytest.param('a = "x"\nb = [1,\n2', ":2: must be TOML, and can't be parsed there", id="no end"),
        pytest.param("b = [\n" + "1,\n" * 5000, ":1: must be TOML, and can't be parsed there", id="no end far below"),
        pytest.param("a = 1\na = 2", ":2: must be TOML, and can't be parsed there", id="a key twice"),
        pytest.param("version = 2", ":1: version must be 1", id="another version"),
        pytest.param(
            'acount = "123456789012"', ":1: acount is no key here; did you mean 'account'?", id="mistyped key"
        ),
        pytest.param(
            "\n# why\nxyz = 1",
            f":3: xyz is no key here; the keys are {', '.join([*SCHEMA['properties']][:-1])} or vouch",  # type: ignore[misc] # of our schema
            id="like no key",
        ),
        pytest.param("account = 123456789012", ":1: account must be 12 digits, as a text", id="number"),
        pytest.param('account = "1234"', ":1: account must be 12 digits, as a text", id="account"),
        pytest.param('region = "here"', ":1: region must be a region such as eu-west-1", id="region"),
        pytest.param(
            'fail-on = "warn"',
            ":1: fail-on must be error, warning, info or never; did you mean 'warning'?",
            id="choice",
        ),
        pytest.param("allow-public-gallery = 1", ":1: allow-public-gallery must be true or false", id="one for true"),
        pytest.param('ignore = "floating-tag"', ":1: ignore must be a list", id="no list"),
        pytest.param(
            'ignore = [\n  "floating-tag",\n  "floting-tag",\n]',
            ":1: ignore[1] must be the id of a rule, as `ecr-ecs rules` lists it; did you mean 'floating-tag'?",
            id="id of no rule",
        ),
        pytest.param(
            'region = "eu-west-1"\n[severity]\nscan-disabled = "of"',
            ":3: severity.scan-disabled must be error, warning, info or off; did you mean 'off'?",
            id="severity",
        ),
        pytest.param(
            '[severity]\nscan-disable = "off"',
            ":2: severity.scan-disable is no key here; did you mean 'scan-disabled'?",
            id="severity of no rule",
        ),
        pytest.param('severity = "off"', ":1: severity must be a table", id="no table"),
        pytest.param('[[override]]\npath = "A"', ":1: override[0] must have the key severity", id="override without"),
        pytest.param(
            '[[override]]\nseverity = {}\n\n[[override]]\n[override.severity]\npath = "off"',
            ":6: override[1].severity.path is no key here; the keys are ids of rules, as `ecr-ecs rules` lists them",
            id="in the second of two",
        ),
        pytest.param(
            '[[vouch]]\nreason = "r"',
            ":1: vouch[0] must have one of the keys repository, subnet, security-group, role, cluster or ami",
            id="vouch for nothing",
        ),
        pytest.param(
            '[[vouch]]\nreason = "r"\nrole = "a"\nsubnet = "b"',
            ":4: vouch[0].subnet must stand in a table of its own, since role stands in this one",
            id="vouch for two",
        ),
        pytest.param('[[vouch]]\nrole = "a"', ":1: vouch[0] must have the key reason", id="vouch without reason"),
        pytest.param(
            '[[vouch]]\nrole = "a"\nreason = ""',
            ":3: vouch[0].reason must be a text that is not empty",
            id="empty reason",
        ),
        pytest.param(
            '[[vouch]]\nrole = "a"\nreason = " "',
            ":3: vouch[0].reason must be a text that is not empty",
            id="reason of blanks",
        ),
        pytest.param(
            '[[vouch]]\nrole = ["a", " "]\nreason = "r"',
            ":2: vouch[0].role[1] must be a text that is not empty",
            id="name of blanks",
        ),
        pytest.param(
            '[[vouch]]\nami = "a"\nreason = "r"',
            ":1: vouch[0] must have the key based-on beside ami",
            id="image based on nothing",
        ),
        pytest.param(
            f'[[vouch]]\nrole = "a"\nbased-on = "{AL2023}"\nreason = "r"',
            ":1: vouch[0] must have the key ami beside based-on",
            id="another kind based on an image",
        ),
        pytest.param(
            '[[vouch]]\nami = "a"\nbased-on = "/acme/base"\nreason = "r"',
            ":3: vouch[0].based-on must be the public SSM parameter of an ECS-optimized image that is known",
            id="image based on one that is not public",
        ),
        pytest.param(
            '[vouch]\nrole = "a"\nreason = "r"',
            ":1: vouch must be a list of tables, each below [[vouch]]",
            id="vouch in a table",
        ),
        pytest.param(
            "[override]\nseverity = {}",
            ":1: override must be a list of tables, each below [[override]]",
            id="override in a table",
        ),
        pytest.param('"" = 1', ':1: "" is no key here', id="empty key"),
        pytest.param(
            '[[vouch]]\nrole = []\nreason = "r"',
            ":2: vouch[0].role must be a pattern, or a list of patterns",
            id="no name",
        ),
        pytest.param(
            '[[vouch]]\nrole = "a"\nreason = "r"\nuntil = "soon"',
            ":4: vouch[0].until must be a day such as 2027-03-31",
            id="no day",
        ),
        pytest.param(
            '[[vouch]]\nrole = "a"\nreason = "r"\nuntil = "2027-02-30"',
            ":4: vouch[0].until must be a day that there is",
            id="a day that there is not",
        ),
        pytest.param(
            "[parameter]\nP = {a = 1}",
            ":2: parameter.P must be a text, a number, true or false, or a list of these",
            id="parameter",
        ),
        pytest.param(
            "[parameter]\nP = [1, [2]]",
            ":2: parameter.P[1] must be a text, a number, or true or false",
            id="parameter of lists",
        ),
        pytest.param(
            '[stack]\n"a.yaml" = "1"',
            ':2: stack."a.yaml" must be the name of a stack: a letter, then letters, digits and hyphens, 128 at most',
            id="stack",
        ),
        pytest.param(
            'region = "eu-west-1"\nparameters = ["none.json"]',
            "none.json: cannot be read: No such file or directory (named in FILE:2)",
            id="no file",
        ),
    ],
)
def test_refused(tmp_path: Path, text: str, message: str) -> None:
    file = config(tmp_path, text)
    with pytest.raises(ConfigError) as error:
        read(file)
    said = str(error.value).replace(f"(named in {file}:", "(named in FILE:")
    assert said.removeprefix(f"{file}").removeprefix(f"{tmp_path}/").startswith(message)
    assert "\n" not in said


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("[tool.ruff]", ": must have the table [tool.ecr-ecs]", id="no table"),
        pytest.param("[tool]\necr-ecs = 1", ":2: [tool.ecr-ecs] must be a table", id="no table but a number"),
        pytest.param(
            '[project]\nname = "a"\n\n[tool.ecr-ecs]\nregion = 1',
            ":5: region must be a region such as eu-west-1",
            id="line",
        ),
        pytest.param("[tool.ecr-ecs]\n[[tool.ecr-ecs.vouch]]\n", ":2: vouch[0] must have the key reason", id="array"),
    ],
)
def test_refused_in_a_project(tmp_path: Path, text: str, message: str) -> None:
    file = config(tmp_path, text, "pyproject.toml")
    with pytest.raises(ConfigError, match=f"^{re.escape(str(file))}{re.escape(message)}"):
        read(file)


def test_file_of_other_bytes_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ecr-ecs.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=re.escape(str(file))):
        read(file)


def test_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ecr-ecs.toml"
    with file.open("wb") as sparse:
        sparse.truncate(64 * 2**20 + 1)
    with pytest.raises(ConfigError, match="must have at most 64 MiB, has more"):
        read(file)


@pytest.mark.parametrize(
    ("text", "is_valid"),
    [
        pytest.param("", True, id="empty"),
        pytest.param(WHOLE, True, id="whole"),
        pytest.param("version = 2", False, id="version"),
        pytest.param("acount = 1", False, id="key"),
        pytest.param('account = "1"', False, id="pattern"),
        pytest.param('[severity]\nscan-disabled = "no"', False, id="choice"),
        pytest.param('[[vouch]]\nreason = "r"', False, id="one of"),
        pytest.param(f'[[vouch]]\nami = "a"\nbased-on = "{AL2023}"\nreason = "r"', True, id="image"),
        pytest.param('[[vouch]]\nami = "a"\nreason = "r"', False, id="image based on nothing"),
        pytest.param(f'[[vouch]]\nrole = "a"\nbased-on = "{AL2023}"\nreason = "r"', False, id="based on an image"),
        pytest.param('[[override]]\npath = "A"', False, id="required"),
        pytest.param('[[vouch]]\nrole = []\nreason = "r"', False, id="items"),
        pytest.param('[[vouch]]\nrole = "a"\nreason = " "', False, id="blanks"),
        pytest.param("[parameter]\nP = [{a = 1}]", False, id="items of a parameter"),
    ],
)
def test_published_schema_agrees(tmp_path: Path, text: str, is_valid: bool) -> None:
    schema = json.loads((Path(__file__).parents[2] / "docs" / "ecr-ecs.schema.json").read_text(encoding="utf-8"))
    document = json.loads(json.dumps(tomllib.loads(text), default=str))
    assert jsonschema.validators.validator_for(schema)(schema).is_valid(document) is is_valid
    (tmp_path / "p.json").write_text("{}", encoding="utf-8")
    try:
        read(config(tmp_path, text))
    except ConfigError:
        assert not is_valid
    else:
        assert is_valid


def test_example_of_the_page(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
    example, image = re.findall(r"^```toml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    found = read(config(tmp_path, example))
    assert found.gate.requires_proof
    assert [vouch.names for vouch in found.vouches] == [("${PrivateSubnets}",)]
    assert [vouch.based_on for vouch in read(config(tmp_path, image)).vouches] == [AL2023]
