"""Which cluster user data joins, in each form that user data has."""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.values import ABSENT, Hole, Kind, text
from ecr_ecs_constructs.pull.ami import System
from ecr_ecs_constructs.pull.facts import Facts, Policy
from ecr_ecs_constructs.pull.user_data import Join, read_user_data

if TYPE_CHECKING:
    from pathlib import Path

C = Hole(Kind.RESOURCE, "Cluster")
P = Hole(Kind.PARAMETER, "Extra")
LINUX, BOTTLEROCKET, WINDOWS = System.AMAZON_LINUX, System.BOTTLEROCKET, System.WINDOWS
JOIN = "echo ECS_CLUSTER=main >> /etc/ecs/ecs.config"


def said(join: Join) -> str:
    """The cluster; `silent` and `?` before the evidence where there is none, `+` where the agent may be installed."""
    known = {"said": str(join.cluster), "silent": f"silent: {join.evidence}", "unknown": f"? {join.evidence}"}
    return known[join.certainty.value] + (" +" if join.installs else "")


def encoded(plain: str) -> str:
    return base64.b64encode(plain.encode()).decode()


SILENT = "silent: user data names no cluster"


@pytest.mark.parametrize(
    ("user_data", "expected"),
    [
        pytest.param(None, "silent: there is no user data", id="none"),
        pytest.param(ABSENT, "silent: there is no user data", id="no value"),
        pytest.param("", SILENT, id="empty"),
        pytest.param([], "? user data is no text +", id="list"),
        pytest.param(text(P), "? user data is ${Extra}, known only at deployment +", id="parameter"),
        pytest.param(f"#!/bin/bash\n{JOIN}", "main", id="echo"),
        pytest.param("#!/bin/bash\necho 'ECS_CLUSTER=main' >> /etc/ecs/ecs.config", "main", id="single quotes"),
        pytest.param('#!/bin/bash\necho ECS_CLUSTER="main" >> /etc/ecs/ecs.config', "main", id="double quotes"),
        pytest.param('#!/bin/bash\necho "ECS_CLUSTER=main" | tee -a /etc/ecs/ecs.config', "main", id="tee"),
        pytest.param("#!/bin/bash\necho -e 'ECS_CLUSTER=main\\nECS_X=1' > /etc/ecs/ecs.config", "main", id="escape"),
        pytest.param(
            "#!/bin/bash\ncat <<'EOF' >> /etc/ecs/ecs.config\nECS_CLUSTER=main\nECS_LOGLEVEL=debug\nEOF",
            "main",
            id="here document",
        ),
        pytest.param(
            text("#!/bin/bash\necho ECS_CLUSTER=", C, " >> /etc/ecs/ecs.config"), "${Cluster}", id="reference"
        ),
        pytest.param(
            text("#!/bin/bash\n# \U000f0000 \ue000\necho ECS_CLUSTER=", C, " >> /etc/ecs/ecs.config"),
            "${Cluster}",
            id="reference beside private characters",
        ),
        pytest.param(
            "#!/bin/bash\n\U000f0001", "? user data runs '\U000f0001', which may name a cluster +", id="private"
        ),
        pytest.param(
            text("#!/bin/bash\necho ECS_CLUSTER=", P, "-main >> /etc/ecs/ecs.config"), "${Extra}-main", id="half known"
        ),
        pytest.param(
            "#!/bin/bash\necho ECS_CLUSTER=arn:aws:ecs:eu-west-1:123456789012:cluster/main >> /etc/ecs/ecs.config",
            "arn:aws:ecs:eu-west-1:123456789012:cluster/main",
            id="arn",
        ),
        pytest.param(f"#!/bin/bash\n{JOIN}\n{JOIN}", "main", id="twice"),
        pytest.param(
            f"#!/bin/bash\n{JOIN}\necho ECS_CLUSTER=other >> /etc/ecs/ecs.config",
            "? user data names the clusters main and other",
            id="two",
        ),
        pytest.param(f"#!/bin/bash\n# {JOIN}", SILENT, id="comment"),
        pytest.param(
            "#!/bin/bash\nCLUSTER=main\necho ECS_CLUSTER=$CLUSTER >> /etc/ecs/ecs.config", "main", id="variable"
        ),
        pytest.param(
            '#!/bin/bash\nexport CLUSTER="main"\necho ECS_CLUSTER=${CLUSTER} >> /etc/ecs/ecs.config',
            "main",
            id="exported variable",
        ),
        pytest.param(
            text("#!/bin/bash\nA=", C, "\nB=$A\necho ECS_CLUSTER=${B} >> /etc/ecs/ecs.config"),
            "${Cluster}",
            id="variable of a variable",
        ),
        pytest.param(
            "#!/bin/bash\nECS_CLUSTER=main\ncat <<EOF > /etc/ecs/ecs.config\nECS_CLUSTER=$ECS_CLUSTER\nEOF",
            "main",
            id="variable of the same name",
        ),
        pytest.param(
            "#!/bin/bash\nC=$(aws ssm get-parameter --name c)\necho ECS_CLUSTER=$C >> /etc/ecs/ecs.config",
            "? user data computes the name of the cluster on the instance",
            id="computed",
        ),
        pytest.param(
            "#!/bin/bash\nif x; then C=a; fi\nC=b\nC=c\necho ECS_CLUSTER=$C >> /etc/ecs/ecs.config",
            "? user data computes the name of the cluster on the instance +",
            id="variable of two values",
        ),
        pytest.param(
            "#!/bin/bash\ngrep -q ECS_CLUSTER= /etc/ecs/ecs.config",
            "? user data computes the name of the cluster on the instance +",
            id="no value",
        ),
        pytest.param(
            "#!/bin/bash\nsed -i 's/ECS_CLUSTER=.*/ECS_CLUSTER=main/' /etc/ecs/ecs.config",
            "? user data computes the name of the cluster on the instance +",
            id="sed",
        ),
        pytest.param("#!/bin/bash\nyum update -y && yum install -y amazon-efs-utils", SILENT, id="says nothing"),
        pytest.param(
            "#!/bin/bash\n/opt/aws/bin/cfn-signal -e $? --stack s\nTOKEN=$(curl http://169.254.169.254/)",
            SILENT,
            id="harmless commands",
        ),
        pytest.param(
            "#!/bin/bash\necho ECS_LOGLEVEL=debug >> /etc/ecs/ecs.config", SILENT, id="other settings of the agent"
        ),
        pytest.param(
            "#!/bin/bash\necho $SETTINGS >> /etc/ecs/ecs.config",
            "? user data runs 'echo $SETTINGS >> /etc/ecs/ecs.config', which may name a cluster",
            id="settings from a variable",
        ),
        pytest.param(
            text("#!/bin/bash\necho ", P, " >> /etc/ecs/ecs.config"),
            "? user data runs 'echo ${Extra} >> /etc/ecs/ecs.config', which may name a cluster",
            id="settings from a parameter",
        ),
        pytest.param(
            "#!/bin/bash\nmv /tmp/x /etc/ecs/ecs.config",
            "? user data runs 'mv /tmp/x /etc/ecs/ecs.config', which may name a cluster",
            id="settings from a file",
        ),
        pytest.param(
            "#!/bin/bash\naws s3 cp s3://bucket/ecs.config /etc/ecs/ecs.config",
            "? user data runs 'aws s3 cp s3://bucket/ecs.config /etc/ecs/ecs.config', which may name a cluster +",
            id="settings from a bucket",
        ),
        pytest.param(
            "#!/bin/bash\ncurl https://example.org/join.sh | bash",
            "? user data runs 'curl https://example.org/join.sh | bash', which may name a cluster +",
            id="fetched script",
        ),
        pytest.param(
            text("#!/bin/bash\n", P, "\nyum update -y"),
            "? user data runs '${Extra}', which may name a cluster +",
            id="line from a parameter",
        ),
        pytest.param(f"#!/bin/bash\nyum install -y ecs-init\n{JOIN}", "main +", id="installs the agent"),
        pytest.param(
            f"#!/bin/bash\namazon-linux-extras install -y ecs\n{JOIN}", "main +", id="installs the agent as an extra"
        ),
        pytest.param(f"#!/bin/bash\n/opt/setup\n{JOIN}", "main +", id="names it and runs something"),
        pytest.param(
            f"{JOIN}\n",
            "silent: cloud-init runs no user data that begins with 'echo ECS_CLUSTER=main >> /etc/ecs/ecs.config' "
            "instead of '#!'",
            id="no interpreter",
        ),
        pytest.param(
            f"\n#!/bin/bash\n{JOIN}",
            "? user data of this form is not followed: '#!/bin/bash' +",
            id="interpreter in the second line",
        ),
        pytest.param(
            "#include\nhttps://example.org/join.sh",
            "? user data of this form is not followed: '#include' +",
            id="include",
        ),
        pytest.param(encoded(f"#!/bin/bash\n{JOIN}"), "main", id="base64"),
        pytest.param(
            base64.b64encode(gzip.compress(f"#!/bin/bash\n{JOIN}".encode())).decode(), "main", id="compressed"
        ),
        pytest.param(
            base64.b64encode(gzip.compress(b"#!/bin/bash\n" + b"#" * (1 << 20))).decode(),
            "? user data of this form is not followed: compressed or no text +",
            id="compressed and huge",
        ),
        pytest.param(
            base64.b64encode(gzip.compress(b"#!/bin/bash")[:-5]).decode(),
            "? user data of this form is not followed: compressed or no text +",
            id="compressed and cut off",
        ),
        pytest.param(f"#cloud-boothook\n#!/bin/bash\n{JOIN}", "main", id="boothook"),
        pytest.param(f"#cloud-config\nruncmd:\n  - {JOIN}", "main", id="cloud-config command"),
        pytest.param(
            "#cloud-config\nwrite_files:\n  - path: /etc/ecs/ecs.config\n    content: |\n      ECS_CLUSTER=main\n",
            "main",
            id="cloud-config file",
        ),
        pytest.param(
            "#cloud-config\nruncmd:\n  - /opt/join",
            "? cloud-config runs commands or writes files that are not followed +",
            id="cloud-config, other command",
        ),
        pytest.param("#cloud-config\ntimezone: Europe/Berlin", SILENT, id="cloud-config says nothing"),
        pytest.param(
            'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="==B=="\n\n--==B==\n'
            'Content-Type: text/cloud-config; charset="us-ascii"\n\n#cloud-config\ntimezone: UTC\n\n--==B==\n'
            f'Content-Type: text/x-shellscript; charset="us-ascii"\n\n#!/bin/bash\n{JOIN}\n\n--==B==--\n',
            "main",
            id="mime",
        ),
        pytest.param(
            'Content-Type: multipart/mixed; boundary="B"\nMIME-Version: 1.0\n\n--B\nContent-Type: text/x-shellscript\n'
            f"Content-Transfer-Encoding: base64\n\n{encoded(f'#!/bin/bash{chr(10)}{JOIN}')}\n--B--\n",
            "main",
            id="mime in base64",
        ),
        pytest.param(
            'Content-Type: multipart/mixed; boundary="B"\n\n--B\nContent-Type: text/x-include-url\n\nhttps://x\n--B--\n',
            "? user data of this form is not followed: 'https://x' +",
            id="mime with an include",
        ),
        pytest.param('[settings.ecs]\ncluster = "main"', "main", id="toml"),
        pytest.param("<powershell>Initialize-ECSAgent -Cluster main</powershell>", "main", id="powershell"),
    ],
)
def test_of_an_unknown_image(user_data: object, expected: str) -> None:
    assert said(read_user_data(user_data, None)) == expected
    if expected == "main" and not str(user_data).startswith(("[", "<")):
        assert said(read_user_data(user_data, LINUX)) == expected


@pytest.mark.parametrize(
    ("user_data", "expected"),
    [
        pytest.param('[settings.ecs]\ncluster = "main"', "main", id="table"),
        pytest.param("[settings.ecs]\ncluster = 'main'", "main", id="literal string"),
        pytest.param('# joins\n[settings]\necs.cluster = "main"', "main", id="dotted key"),
        pytest.param('settings.ecs.cluster = "main"', "main", id="no table"),
        pytest.param('[settings."ecs"] # the agent\n"cluster" = "main"\n', "main", id="quoted"),
        pytest.param(text('[settings.ecs]\ncluster = "', C, '"'), "${Cluster}", id="reference"),
        pytest.param(encoded('[settings.ecs]\ncluster = "main"'), "main", id="base64"),
        pytest.param('[settings.kernel]\ncluster = "main"', SILENT, id="another table"),
        pytest.param('[settings.ecs]\nlogging-drivers = ["awslogs"]\n', SILENT, id="says nothing"),
        pytest.param('[settings.ecs]\n# cluster = "main"', SILENT, id="comment"),
        pytest.param("", SILENT, id="empty"),
        pytest.param("[settings.ecs]\nlogging-drivers = [\n  'awslogs'\n]\n", SILENT, id="several lines"),
        pytest.param(
            '[settings]\necs = {cluster = "main"}',
            "? user data gives settings.ecs, which is not followed +",
            id="inline",
        ),
        pytest.param(
            '[settings.bootstrap-containers.x]\nsource = "x"',
            "? user data gives settings.bootstrap-containers.x.source, which is not followed +",
            id="bootstrap container",
        ),
        pytest.param(
            "[settings.ecs]\ncluster = 5", "? user data computes the name of the cluster on the instance", id="no text"
        ),
        pytest.param(
            f"#!/bin/bash\n{JOIN}",
            "silent: user data begins with 'echo ECS_CLUSTER=main >> /etc/ecs/ecs.config', and Bottlerocket reads "
            "nothing "
            "but TOML",
            id="script",
        ),
    ],
)
def test_of_bottlerocket(user_data: object, expected: str) -> None:
    assert said(read_user_data(user_data, BOTTLEROCKET)) == expected


@pytest.mark.parametrize(
    ("user_data", "expected"),
    [
        pytest.param(
            "<powershell>\nImport-Module ECSTools\nInitialize-ECSAgent -Cluster 'main' -EnableTaskIAMRole\n"
            "</powershell>",
            "main",
            id="argument",
        ),
        pytest.param("<powershell>initialize-ecsagent `\n  -cluster main\n</powershell>", "main", id="two lines"),
        pytest.param(
            '<powershell>$c = "main"\nInitialize-ECSAgent -Cluster $c\n</powershell>',
            "? user data computes the name of the cluster on the instance",
            id="variable behind the tag",
        ),
        pytest.param(
            '<powershell>\n$c = "main"\nInitialize-ECSAgent -Cluster $c\n</powershell>', "main", id="variable"
        ),
        pytest.param(
            text("<powershell>\nInitialize-ECSAgent -Cluster ", C, "\n</powershell>"), "${Cluster}", id="reference"
        ),
        pytest.param(
            '<powershell>\n[Environment]::SetEnvironmentVariable("ECS_CLUSTER", "main", "Machine")\n'
            "Initialize-ECSAgent\n</powershell>",
            "main",
            id="environment variable",
        ),
        pytest.param(
            '<powershell>\n$env:ECS_CLUSTER = "main"\nInitialize-ECSAgent\n</powershell>', "main", id="of the process"
        ),
        pytest.param("<powershell>\nInitialize-ECSAgent\n</powershell>", SILENT, id="says nothing"),
        pytest.param(
            "<powershell>\nInitialize-ECSAgent @options\n</powershell>",
            "? user data does not say how the agent is started +",
            id="splatted",
        ),
        pytest.param(
            "<powershell>\nC:\\join.ps1\n</powershell>",
            "? user data does not say how the agent is started +",
            id="other script",
        ),
        pytest.param("", SILENT, id="empty"),
        pytest.param(
            "Initialize-ECSAgent -Cluster main",
            "silent: user data of Windows is neither <powershell> nor <script>, so it is not run",
            id="no tag",
        ),
    ],
)
def test_of_windows(user_data: object, expected: str) -> None:
    assert said(read_user_data(user_data, WINDOWS)) == expected


def test_settings_of_bottlerocket_mean_nothing_to_amazon_linux() -> None:
    assert said(read_user_data('[settings.ecs]\ncluster = "main"', LINUX)) == (
        "silent: cloud-init runs no user data that begins with '[settings.ecs]' instead of '#!'"
    )


INIT = "#!/bin/bash\n/opt/aws/bin/cfn-init -v --stack s --resource Launch --region r\n/opt/aws/bin/cfn-signal -e $?"


@pytest.mark.parametrize(
    ("setup", "expected"),
    [
        pytest.param(["01", text("ECS_CLUSTER=", C, "\n")], "${Cluster}", id="file"),
        pytest.param([f"{JOIN}"], "main", id="command"),
        pytest.param(["[main]\nstack=s"], "? cfn-init sets up what the templates don't tell +", id="says nothing"),
        pytest.param([], "? cfn-init sets up what the templates don't tell +", id="nothing is known"),
    ],
)
def test_of_cfn_init(setup: list[Any], expected: str) -> None:
    assert said(read_user_data(INIT, LINUX, lambda: setup)) == expected


def template(user_data: object, **more: object) -> dict[str, Any]:
    return {
        "Parameters": {"Extra": {"Type": "String"}, "Flag": {"Type": "String"}},
        "Conditions": {"Yes": {"Fn::Equals": [{"Ref": "Flag"}, "yes"]}},
        "Resources": {
            "Cluster": {"Type": "AWS::ECS::Cluster"},
            "Instance": {
                "Type": "AWS::EC2::Instance",
                "Properties": {} if user_data is None else {"UserData": user_data},
                **more,
            },
        },
    }


SUB = {"Fn::Sub": "#!/bin/bash\necho ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config"}


@pytest.mark.parametrize(
    ("user_data", "expected"),
    [
        pytest.param({"Fn::Base64": SUB}, ["${Cluster}"], id="base64 of sub"),
        pytest.param(SUB, ["${Cluster}"], id="sub"),
        pytest.param(
            {"Fn::Base64": {"Fn::Join": ["", ["#!/bin/bash\necho ECS_CLUSTER=", {"Ref": "Cluster"}, " >> f"]]}},
            ["${Cluster}"],
            id="join",
        ),
        pytest.param(
            {"Fn::Base64": {"Fn::Join": ["\n", ["#!/bin/bash", {"Fn::Sub": "ECS_CLUSTER=${Cluster.Arn}"}]]}},
            ["${Cluster.Arn}"],
            id="arn",
        ),
        pytest.param(
            {
                "Fn::Base64": {
                    "Fn::Join": [
                        "",
                        [
                            'Content-Type: multipart/mixed; boundary="B"\n\n--B\nContent-Type: text/x-shellscript\n'
                            "Content-Transfer-Encoding: base64\n\n",
                            {"Fn::Base64": SUB},
                            "\n--B--\n",
                        ],
                    ]
                }
            },
            ["${Cluster}"],
            id="mime of the CDK",
        ),
        pytest.param(
            {"Fn::If": ["Yes", {"Fn::Base64": SUB}, {"Ref": "AWS::NoValue"}]},
            ["${Cluster}", "silent: there is no user data"],
            id="branches",
        ),
        pytest.param({"Ref": "Extra"}, ["? user data is ${Extra}, known only at deployment +"], id="parameter"),
        pytest.param(None, ["silent: there is no user data"], id="none"),
    ],
)
def test_in_a_template(tmp_path: Path, user_data: object, expected: list[str]) -> None:
    assert joins(tmp_path, template(user_data)) == expected


def joins(folder: Path, body: object) -> list[str]:
    (folder / "template.json").write_text(json.dumps(body), encoding="utf-8")
    facts = Facts(load([folder / "template.json"]), Policy())
    (host,) = facts.placements.hosts(facts.model.templates[0].resources["Instance"])
    return [said(join) for join in facts.placements.joins(host)]


def test_metadata_of_cfn_init(tmp_path: Path) -> None:
    files = {"/etc/ecs/ecs.config": {"content": {"Fn::Sub": "ECS_CLUSTER=${Cluster}"}, "mode": 420}}
    metadata = {"AWS::CloudFormation::Init": {"config": {"files": files, "services": [{"ecs": True}]}}}
    assert joins(tmp_path, template({"Fn::Base64": INIT}, Metadata=metadata)) == ["${Cluster}"]


MIME = "Content-Type: multipart/mixed; boundary=B\n\n--B\nContent-Type: text/x-shellscript\n"


@pytest.mark.parametrize(
    ("user_data", "setup", "expected"),
    [
        pytest.param(
            f"#!/bin/bash\n{JOIN}\necho HTTP_PROXY=p:3128 >> /etc/ecs/ecs.config", [], True, id="of the agent"
        ),
        pytest.param("#!/bin/bash\nexport https_proxy=http://p:3128", [], True, id="of all, in small letters"),
        pytest.param(encoded("#!/bin/bash\nexport HTTP_PROXY=p"), [], True, id="in base64"),
        pytest.param(
            f"{MIME}Content-Transfer-Encoding: base64\n\n{encoded('HTTPS_PROXY=p')}\n--B--", [], True, id="in a part"
        ),
        pytest.param(INIT, ["HTTP_PROXY=p:3128"], True, id="in what cfn-init writes"),
        pytest.param('[settings.network]\nhttps-proxy = "p:3128"', [], True, id="of Bottlerocket"),
        pytest.param(f"#!/bin/bash\n{JOIN}\nexport NO_PROXY=169.254.169.254", [], False, id="none"),
    ],
)
def test_proxies(user_data: str, setup: list[str], expected: bool) -> None:
    assert read_user_data(user_data, None, lambda: setup).proxied is expected
