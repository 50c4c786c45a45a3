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
from ecr_ecs_constructs.pull.boot import (
    bottlerocket,
    cfn_init,
    cloud_init,
    commands,
    expansion,
    instance,
    powershell,
    settings,
    shell,
    syntax,
    user_data,
)
from ecr_ecs_constructs.pull.boot.cfn_init import Step
from ecr_ecs_constructs.pull.boot.user_data import Join, read_user_data
from ecr_ecs_constructs.pull.facts import Facts, Policy
from tests import worlds
from tests.work import counted

if TYPE_CHECKING:
    from pathlib import Path

    from ecr_ecs_constructs.cloudformation.values import Value

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


CONFIG = "/etc/ecs/ecs.config"
LONG, SHORT = 60_000, 400
"""How long user data is, in characters: nearly too long to be followed, and enough to see how work on it grows."""

SILENT = "silent: user data names no cluster"
ELSEWHERE = "silent: user data mentions ECS_CLUSTER, but does not set it in /etc/ecs/ecs.config"
COMPUTED = "? user data computes the name of the cluster on the instance"

NOT_CALLED = '? user data names the cluster "main", which no cluster can be called'


def unread(command: str) -> str:
    shown = command if len(command) <= 60 else f"{command[:60]}…"
    return f"? user data runs '{shown}', which is not followed +"


def parted(command: str) -> str:
    shown = command if len(command) <= 60 else f"{command[:60]}…"
    return f"? user data runs '{shown}', whose outcome decides the cluster"


def may_stop(command: str) -> str:
    return f"? user data runs '{command}', which may keep the agent from starting"


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
        pytest.param(
            "#!/bin/bash\necho -e 'ECS_CLUSTER=main\\nECS_LOGLEVEL=warn' > /etc/ecs/ecs.config", "main", id="escape"
        ),
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
        pytest.param("#!/bin/bash\n\U000f0001", "? user data runs '\U000f0001', which is not followed +", id="private"),
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
            "other",
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
            "#!/bin/bash\nif test -d /x; then C=a; fi\nC=b\nC=c\necho ECS_CLUSTER=$C >> /etc/ecs/ecs.config",
            "c",
            id="variable of two values",
        ),
        pytest.param(
            "#!/bin/bash\ngrep -q ECS_CLUSTER= /etc/ecs/ecs.config",
            ELSEWHERE,
            id="asks for it",
        ),
        pytest.param(
            "#!/bin/bash\nsed -i 's/ECS_CLUSTER=.*/ECS_CLUSTER=main/' /etc/ecs/ecs.config",
            unread("sed -i 's/ECS_CLUSTER=.*/ECS_CLUSTER=main/' /etc/ecs/ecs.config"),
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
            "? user data runs 'echo $SETTINGS >> /etc/ecs/ecs.config', which is not followed +",
            id="settings from a variable",
        ),
        pytest.param(
            text("#!/bin/bash\necho ", P, " >> /etc/ecs/ecs.config"),
            "? user data runs 'echo ${Extra} >> /etc/ecs/ecs.config', which is not followed +",
            id="settings from a parameter",
        ),
        pytest.param(
            "#!/bin/bash\nmv /tmp/x /etc/ecs/ecs.config",
            "? user data runs 'mv /tmp/x /etc/ecs/ecs.config', which is not followed +",
            id="settings from a file",
        ),
        pytest.param(
            "#!/bin/bash\naws s3 cp s3://bucket/ecs.config /etc/ecs/ecs.config",
            "? user data runs 'aws s3 cp s3://bucket/ecs.config /etc/ecs/ecs.config', which is not followed +",
            id="settings from a bucket",
        ),
        pytest.param(
            "#!/bin/bash\ncurl https://example.org/join.sh | bash",
            "? user data runs 'curl https://example.org/join.sh | bash', which is not followed +",
            id="fetched script",
        ),
        pytest.param(
            text("#!/bin/bash\n", P, "\nyum update -y"),
            "? user data runs '${Extra}', which is not followed +",
            id="line from a parameter",
        ),
        pytest.param(f"#!/bin/bash\nyum install -y ecs-init\n{JOIN}", "main +", id="installs the agent"),
        pytest.param(
            f"#!/bin/bash\namazon-linux-extras install -y ecs\n{JOIN}", "main +", id="installs the agent as an extra"
        ),
        pytest.param(f"#!/bin/bash\n/opt/setup\n{JOIN}", unread("/opt/setup"), id="names it and runs something"),
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
            "? user data runs '/opt/join', which is not followed +",
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
def test_of_an_unknown_image(user_data: Value, expected: str) -> None:
    assert said(read_user_data(user_data, None)) == expected
    if expected == "main" and not str(user_data).startswith(("[", "<")):
        assert said(read_user_data(user_data, LINUX)) == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        # What comes last counts.
        pytest.param(f"{JOIN}\necho ECS_LOGLEVEL=warn > {CONFIG}", ELSEWHERE, id="overwritten"),
        pytest.param(f"{JOIN}\necho ECS_LOGLEVEL=warn | sudo tee {CONFIG}", ELSEWHERE, id="overwritten by tee"),
        *(
            pytest.param(f"echo ECS_CLUSTER=main | {sudo} tee {CONFIG}", "main", id=f"tee by {sudo}")
            for sudo in ("sudo", "sudo -E", "sudo -u root", "sudo --user=root", "time sudo -n")
        ),
        *(
            pytest.param(
                command := f"echo ECS_CLUSTER=main | {sudo} tee {CONFIG}", unread(command), id=f"tee by {sudo}"
            )
            for sudo, more in (
                ("sudo -u ec2-user", ""),
                ("sudo -uec2-user", ""),
                ("sudo -Eu ec2-user", " +"),
                ("sudo --user=ec2-user", ""),
                ("sudo --user ec2-user", ""),
                ("time sudo -u ec2-user", ""),
            )
        ),
        pytest.param(
            f"sudo -u ec2-user bash -c '{JOIN}'",
            unread(f"sudo -u ec2-user bash -c '{JOIN}'"),
            id="script of another user",
        ),
        pytest.param(f"(sleep 900; {JOIN}) &", unread(f"(sleep 900; {JOIN}) &"), id="in the background"),
        pytest.param(f"{{ sleep 900; {JOIN}; }} &\ntrue", unread(f"{{ sleep 900; {JOIN}; }} &"), id="group behind"),
        pytest.param(
            f"(sleep 900; echo ECS_CLUSTER=main) > {CONFIG} &",
            unread(f"(sleep 900; echo ECS_CLUSTER=main) > {CONFIG} &"),
            id="redirected in the background",
        ),
        pytest.param(f"(sleep 9; date) &\n{JOIN}", unread("(sleep 9; date) &"), id="something else in the background"),
        pytest.param(f"({JOIN}) && true", "main", id="in a subshell"),
        pytest.param(f"sudo -u ec2-user echo ECS_CLUSTER=main >> {CONFIG}", "main", id="redirected by root"),
        pytest.param(
            f"{JOIN}\ncat <<EOF > {CONFIG}\nECS_LOGLEVEL=warn\nEOF", ELSEWHERE, id="overwritten by a here document"
        ),
        pytest.param(f"{JOIN}\n> {CONFIG}", ELSEWHERE, id="emptied"),
        pytest.param(f"{JOIN}\nrm -f {CONFIG}", ELSEWHERE, id="removed"),
        pytest.param(f"rm -f {CONFIG}\n{JOIN}", "main", id="removed before"),
        pytest.param(f"{JOIN}\nrm -rf /etc/ecs", unread("rm -rf /etc/ecs"), id="folder removed"),
        pytest.param(f"{JOIN}\necho ECS_LOGLEVEL=warn >> {CONFIG}", "main", id="appended to"),
        pytest.param(f"{JOIN}\necho ECS_LOGFILE=$(date) >> {CONFIG}", "main", id="another setting, computed"),
        pytest.param(f"{JOIN}\necho $X >> {CONFIG}", unread(f"echo $X >> {CONFIG}"), id="settings from a variable"),
        pytest.param(f"{JOIN}\naws s3 cp s3://b/x {CONFIG}", unread(f"aws s3 cp s3://b/x {CONFIG}"), id="replaced"),
        pytest.param(
            f"aws s3 cp s3://b/x {CONFIG}\n{JOIN}", unread(f"aws s3 cp s3://b/x {CONFIG}"), id="replaced before"
        ),
        pytest.param(f"{JOIN}\n/opt/setup", unread("/opt/setup"), id="what may do anything"),
        pytest.param(f"{JOIN}\npip3 install awscli\ncurl -O https://x.org/y", "main +", id="what leaves it alone"),
        pytest.param(f"{JOIN}\ncd /etc/ecs && rm *", unread("cd /etc/ecs && rm *"), id="removed where it stands"),
        pytest.param(f"{JOIN}\ncd /etc\nrm -rf ecs", unread("rm -rf ecs"), id="folder removed from above"),
        pytest.param(f"{JOIN}\nrm -rf /etc/e*", unread("rm -rf /etc/e*"), id="removed by a pattern"),
        pytest.param(f"{JOIN}\nfind /etc -name x -delete", unread("find /etc -name x -delete"), id="found and removed"),
        pytest.param(f"{JOIN}\nrm -rf /var/cache/yum /tmp/*", "main", id="other files removed"),
        pytest.param(f"trap 'rm {CONFIG}' EXIT\n{JOIN}", may_stop(f"trap 'rm {CONFIG}' EXIT"), id="removed at the end"),
        pytest.param(f"exec /opt/x\n{JOIN}", unread("exec /opt/x"), id="behind another program"),
        pytest.param(f"echo() {{ cat; }}\n{JOIN}", unread("echo() { cat; }"), id="function in place of a command"),
        # Only that file counts, and only what is in it.
        pytest.param("export ECS_CLUSTER=main", ELSEWHERE, id="exported only"),
        pytest.param("ECS_CLUSTER=main", ELSEWHERE, id="variable only"),
        pytest.param("echo ECS_CLUSTER=main", ELSEWHERE, id="only printed"),
        pytest.param("echo ECS_CLUSTER=main >> /etc/ecs.config", ELSEWHERE, id="another file"),
        pytest.param("echo ECS_CLUSTER=main >> ecs.config", ELSEWHERE, id="another folder"),
        pytest.param("cd /etc/ecs\necho ECS_CLUSTER=main >> ecs.config", "main", id="its folder"),
        pytest.param(
            "cd $X\necho ECS_CLUSTER=main >> ecs.config", unread("echo ECS_CLUSTER=main >> ecs.config"), id="a folder"
        ),
        pytest.param("F=/etc/ecs/ecs.config\necho ECS_CLUSTER=main >> $F", "main", id="path in a variable"),
        pytest.param("echo ECS_CLUSTER=main >> $F", unread("echo ECS_CLUSTER=main >> $F"), id="path from elsewhere"),
        pytest.param(f"{JOIN}\necho x >> /var/log/$X", "main", id="log whose path is computed"),
        pytest.param(f"{JOIN}\nF=$(mktemp)\necho x > $F", "main", id="temporary file"),
        pytest.param(f"echo '#ECS_CLUSTER=main' >> {CONFIG}", ELSEWHERE, id="comment in the file"),
        pytest.param(f"printf ECS_LOGLEVEL=warn >> {CONFIG}\n{JOIN}", ELSEWHERE, id="behind a line without end"),
        pytest.param(
            f'echo \'{{"Cluster": "main"}}\' > {CONFIG}.json',
            unread(f'echo \'{{"Cluster": "main"}}\' > {CONFIG}.json'),
            id="other configuration",
        ),
        pytest.param(
            f"{JOIN}\necho '{{}}' > {CONFIG}.json",
            unread(f"echo '{{}}' > {CONFIG}.json"),
            id="another file of the agent",
        ),
        # Quotes and spaces are those of the shell, or part of the value.
        pytest.param(f'cat <<EOF > {CONFIG}\nECS_CLUSTER="main"\nEOF', NOT_CALLED, id="quotes in the file"),
        pytest.param(f"echo 'ECS_CLUSTER=\"main\"' > {CONFIG}", NOT_CALLED, id="quotes in quotes"),
        pytest.param(f'echo ECS_CLUSTER=\\"main\\" > {CONFIG}', NOT_CALLED, id="escaped quotes"),
        pytest.param(f"cat <<EOF > {CONFIG}\nECS_CLUSTER = main\nEOF", ELSEWHERE, id="spaces in the file"),
        pytest.param(f"cat <<EOF > {CONFIG}\n  ECS_CLUSTER=main  \nEOF", "main", id="spaces around the line"),
        pytest.param(f"echo ECS_CLUSTER=' main' > {CONFIG}", "main", id="space before the value"),
        pytest.param(f"echo ECS_CLUSTER= > {CONFIG}", ELSEWHERE, id="no value"),
        pytest.param(
            f'echo "ECS_CLUSTER=main\\nECS_LOGLEVEL=warn" > {CONFIG}',
            "? user data names the cluster main\\nECS_LOGLEVEL=warn, which no cluster can be called",
            id="escape that echo leaves",
        ),
        pytest.param(f"printf 'ECS_CLUSTER=%s\\n' 'main' > {CONFIG}", "main", id="printf"),
        pytest.param(
            f"printf '%s=%s\\n' ECS_LOGLEVEL warn ECS_CLUSTER main > {CONFIG}", "main", id="printf of several"
        ),
        pytest.param(f"echo $'ECS_LOGLEVEL=warn\\nECS_CLUSTER=main' > {CONFIG}", "main", id="quotes with escapes"),
        # Here documents
        pytest.param(f"cat <<EOF > {CONFIG}\n  ECS_CLUSTER=main\n  EOF", "main", id="here document to the end"),
        pytest.param(
            f"cat <<EOF > {CONFIG}\nECS_LOGLEVEL=warn\n EOF\n{JOIN}", ELSEWHERE, id="here document that takes the rest"
        ),
        pytest.param(f"cat <<-EOF > {CONFIG}\n\tECS_CLUSTER=main\n\tEOF\n> /x", "main", id="here document with tabs"),
        pytest.param(f"C=main\ncat <<EOF > {CONFIG}\nECS_CLUSTER=$C\nEOF", "main", id="here document expanded"),
        pytest.param(
            f"C=main\ncat <<'EOF' > {CONFIG}\nECS_CLUSTER=$C\nEOF",
            "? user data names the cluster $C, which no cluster can be called",
            id="here document not expanded",
        ),
        pytest.param(
            f"cat <<EOF | tee -a {CONFIG} > /dev/null\nECS_CLUSTER=main\nEOF", "main", id="here document into tee"
        ),
        pytest.param(f"cat <<EOF > /tmp/x\n{JOIN}\nEOF", ELSEWHERE, id="here document elsewhere"),
        pytest.param(f"{JOIN}\nbash <<EOF\nrm {CONFIG}\nEOF", ELSEWHERE, id="here document that is run"),
        # Groups
        pytest.param(
            f"{{\n echo ECS_CLUSTER=main\n echo ECS_LOGLEVEL=warn\n}} >> {CONFIG}", unread("{"), id="group redirected"
        ),
        pytest.param(f"{{ echo x; {JOIN}; }}", "main", id="group"),
        pytest.param(
            f"(date; echo ECS_CLUSTER=main) > {CONFIG}",
            unread(f"(date; echo ECS_CLUSTER=main) > {CONFIG}"),
            id="subshell",
        ),
        pytest.param(
            f"{JOIN}\n{{ echo x; }} > {CONFIG}", unread(f"{{ echo x; }} > {CONFIG}"), id="overwritten by a group"
        ),
        pytest.param(f'bash -c "{JOIN}"', "main", id="shell in a shell"),
        pytest.param(f"C=$(echo main)\necho ECS_CLUSTER=$C > {CONFIG}", "main", id="substitution"),
        pytest.param(f"{JOIN}\nX=$(rm {CONFIG})", ELSEWHERE, id="removed in a substitution"),
        pytest.param("exec > >(tee /var/log/x | logger) 2>&1\n" + JOIN, "main", id="log of all"),
        pytest.param(
            f"echo '#!/bin/sh\nrm {CONFIG}' > /x\n{JOIN}\nchmod +x /x && /x",
            unread("chmod +x /x && /x"),
            id="script that it writes",
        ),
        # What is done only perhaps
        pytest.param(f"if test -d /x; then {JOIN}; fi", parted(f"if test -d /x; then {JOIN}; fi"), id="branch"),
        pytest.param(
            f"{JOIN}\nif test -d /x; then echo ECS_LOGLEVEL=warn >> {CONFIG}; fi",
            "main",
            id="other setting in a branch",
        ),
        pytest.param(f"{JOIN}\nif test -d /x; then {JOIN}; fi", "main", id="the same in a branch"),
        pytest.param(f"if test -d /x; then echo x; fi\n{JOIN}", "main", id="behind a branch"),
        pytest.param(f"X=main echo ECS_CLUSTER=$X > {CONFIG}", COMPUTED, id="variable of the command alone"),
        pytest.param(f"X=main\nbash -c 'echo ECS_CLUSTER=$X > {CONFIG}'", COMPUTED, id="variable of another shell"),
        pytest.param(f"set -e\nexport X=$(false)\n{JOIN}", "main", id="failure that export hides"),
        pytest.param(f"set +e\ntrap 'exit 1' ERR\nfalse\n{JOIN}", ELSEWHERE, id="left by a trap"),
        pytest.param(f"cd /x\n{JOIN}", parted("cd /x"), id="folder that may not be there"),
        pytest.param(f"IFS=,\n{JOIN}", unread("IFS=,"), id="words split elsewhere"),
        pytest.param(
            f"for F in *; do echo $F > {CONFIG}; done", unread(f"for F in *; do echo $F > {CONFIG}; done"), id="files"
        ),
        pytest.param(f"set -e\nfalse | true\n{JOIN}", "main", id="failure in a pipeline"),
        pytest.param(f"set -o pipefail\nfalse | true\n{JOIN}", ELSEWHERE, id="failure of a pipeline"),
        pytest.param(
            f'C=main\nif [ -n "$X" ]; then C=other; fi\necho ECS_CLUSTER=$C > {CONFIG}',
            parted('if [ -n "$X" ]; then C=other; fi'),
            id="variable set in a branch",
        ),
        pytest.param(
            f"for C in web main; do\necho ECS_CLUSTER=$C > {CONFIG}\ndone",
            "main",
            id="loop",
        ),
        pytest.param(f"case $X in\na | b) {JOIN} ;;\n*) echo x ;;\nesac", unread("case $X in"), id="case"),
        pytest.param(f"case $X in\na | b) echo x ;;\nesac\n{JOIN}", unread("case $X in"), id="behind a case"),
        pytest.param(f"[ -f /x ] && {JOIN}", parted(f"[ -f /x ] && {JOIN}"), id="test before it"),
        pytest.param(
            f"[ -f /x ] && {{ echo; {JOIN}; }}",
            parted(f"[ -f /x ] && {{ echo; {JOIN}; }}"),
            id="group with a test before it",
        ),
        pytest.param(f"mkdir -p /etc/ecs && {JOIN}", "main", id="command before it"),
        pytest.param(f"mkdir -p /etc/ecs &&\n  {JOIN}", "main", id="command on the line before"),
        pytest.param(
            f"grep -q ECS_CLUSTER {CONFIG} || {JOIN}",
            parted(f"grep -q ECS_CLUSTER {CONFIG} || {JOIN}"),
            id="unless it is there",
        ),
        pytest.param(f"exit 0\n{JOIN}", ELSEWHERE, id="behind the exit"),
        pytest.param(f"{JOIN}\nexit 0", "main", id="exit at the end"),
        pytest.param(
            f"if test -d /x; then exit; fi\n{JOIN}",
            parted("if test -d /x; then exit; fi"),
            id="perhaps behind the exit",
        ),
        pytest.param(f"yum update -y || exit 1\n{JOIN}", "main", id="exit on failure"),
        pytest.param(f"join() {{\n  {JOIN}\n}}", unread("join() {"), id="function that is not called"),
        pytest.param(f"join() {{\n  {JOIN}\n}}\njoin", unread("join() {"), id="function"),
        pytest.param(
            f"function say {{ echo $1; }}\n{JOIN}\nsay done", unread("function say { echo $1; }"), id="function by word"
        ),
        # The agent
        *(
            pytest.param(f"{JOIN}\n{command}", may_stop(command), id=command)
            for command in (
                "systemctl start ecs",
                "systemctl enable --now ecs.service",
                "systemctl disable ecs",
                "systemctl stop ecs",
                "start ecs",
                "yum remove -y docker",
                "shutdown -h now",
            )
        ),
        *(
            pytest.param(f"{JOIN}\n{command}", "main", id=command)
            for command in (
                "systemctl enable ecs",
                "systemctl restart docker",
                "service docker restart",
                "reboot",
                "shutdown -r now",
                "systemctl enable --now --no-block ecs.service",
                "systemctl restart --no-block docker",
                "systemctl start docker",
                "systemctl status ecs",
                "systemctl daemon-reload",
                "systemctl restart amazon-ssm-agent",
                "service iptables save",
                "sudo iptables --insert FORWARD 1 --in-interface docker+ --destination 169.254.169.254/32 --jump DROP",
            )
        ),
        pytest.param(
            f"for S in docker ecs; do systemctl restart $S; done\n{JOIN}",
            may_stop("for S in docker ecs; do systemctl restart $S; done"),
            id="service from a loop",
        ),
        *(
            pytest.param(f"{JOIN}\n{loop}", f"{may_stop(loop)} +", id=loop)
            for loop in (
                "until curl -s http://localhost:51678; do sleep 1; done",
                "while ! curl -s localhost:51678; do sleep 1; done",
                "while true; do curl -s localhost:51678 || sleep 1; done",
            )
        ),
        *(
            pytest.param(f"{JOIN}\n{asking}", "main +", id=asking)
            for asking in (
                "curl -s http://localhost:51678/v1/metadata",
                "for i in 1 2 3; do curl -s localhost:51678; sleep 1; done",
                "cat <<'E' > /opt/wait\nuntil curl -s localhost:51678; do sleep 1; done\nE\ncurl -s http://a",
            )
        ),
        pytest.param("service docker restart", SILENT, id="restarts, and names nothing"),
    ],
)
def test_of_a_script(script: str, expected: str) -> None:
    assert said(read_user_data(f"#!/bin/bash -xe\n{script}\n", LINUX)) == expected


def mime(*parts: str) -> str:
    head = 'Content-Type: multipart/mixed; boundary="B"\nMIME-Version: 1.0\n\n'
    return head + "".join(f"--B\nContent-Type: {part}\n" for part in parts) + "--B--\n"


FILE = f"write_files:\n- path: {CONFIG}\n"


@pytest.mark.parametrize(
    ("user_data", "expected"),
    [
        pytest.param(
            f"#cloud-config\nbootcmd:\n- {JOIN}\n{FILE}  content: ECS_LOGLEVEL=warn\n", ELSEWHERE, id="overwritten"
        ),
        pytest.param(
            f"#cloud-config\nbootcmd:\n- {JOIN}\n{FILE}  content: ECS_LOGLEVEL=warn\n  append: true\n",
            "main",
            id="appended to",
        ),
        pytest.param(
            f"#cloud-config\nruncmd:\n- {JOIN}\n{FILE}  content: |\n    ECS_LOGLEVEL=warn\n",
            "main",
            id="command behind it",
        ),
        pytest.param(
            f"#cloud-config\nruncmd:\n- {JOIN}\n{FILE}  content: ECS_LOGLEVEL=warn\n",
            ELSEWHERE,
            id="behind a line without end",
        ),
        pytest.param(
            mime(f"text/x-shellscript\n\n#!/bin/sh\n{JOIN}", "text/x-include-url\n\nhttps://x"),
            "? user data of this form is not followed: 'https://x' +",
            id="part from elsewhere",
        ),
        pytest.param(
            "#cloud-config\nwrite_files:\n- path: /tmp/ecs.config\n  content: ECS_CLUSTER=main\n",
            ELSEWHERE,
            id="another file",
        ),
        pytest.param(
            f"#cloud-config\n{FILE}  encoding: b64\n  content: eA==\n",
            f"? user data writes the file {CONFIG}, which is not followed +",
            id="encoded",
        ),
        pytest.param(f"#cloud-config\nruncmd:\n- [sh, -c, '{JOIN}']", "main", id="command as a list"),
        pytest.param(
            f"#cloud-config\nruncmd:\n- {JOIN}\n- systemctl disable ecs",
            may_stop("systemctl disable ecs"),
            id="disabled",
        ),
        pytest.param(
            f"#cloud-config\nruncmd:\n- {JOIN}\npower_state: {{mode: poweroff}}",
            "? cloud-config gives power_state, which may keep the agent from starting",
            id="power state",
        ),
        pytest.param(
            f"#cloud-config\nruncmd:\n- {JOIN}\nansible: {{}}",
            "? cloud-config gives ansible, which is not followed +",
            id="other tool",
        ),
        pytest.param("#cloud-config\nruncmd: [", "? cloud-config is not followed: it is no mapping +", id="no YAML"),
        pytest.param("#cloud-config\nruncmd: x", "? cloud-config runs commands that are not followed +", id="no list"),
        pytest.param(
            "#cloud-config\nwrite_files: x", "? cloud-config writes files that are not followed +", id="no files"
        ),
        pytest.param(
            "#cloud-config-archive\n- x",
            "? user data of this form is not followed: '#cloud-config-archive' +",
            id="archive",
        ),
        pytest.param(
            mime(
                f"text/cloud-config\n\nruncmd:\n- echo ECS_CLUSTER=web > {CONFIG}",
                f"text/x-shellscript\n\n#!/bin/sh\n{JOIN}",
            ),
            "web",
            id="commands behind scripts",
        ),
        pytest.param(
            mime(
                f"text/x-shellscript\n\n#!/bin/sh\n{JOIN}",
                f"text/cloud-boothook\n\n#cloud-boothook\necho ECS_LOGLEVEL=warn > {CONFIG}",
            ),
            "main",
            id="boothook before scripts",
        ),
        pytest.param(
            mime(f"text/cloud-config\n\nruncmd: [{JOIN}]", "text/cloud-config\n\nruncmd: [ls]"),
            "? cloud-config gives runcmd, which is not followed +",
            id="two parts with commands",
        ),
        pytest.param(
            mime(f"text/x-shellscript\n\n{JOIN}"),
            f"? user data of this form is not followed: '{JOIN}' +",
            id="part without interpreter",
        ),
        pytest.param(
            "#!/usr/bin/python3\nopen('/etc/ecs/ecs.config')",
            "? user data of this form is not followed: '#!/usr/bin/python3' +",
            id="other language",
        ),
        pytest.param(f"#!/usr/bin/env bash\n{JOIN}", "main", id="interpreter by env"),
        pytest.param("#!/bin/bash", SILENT, id="nothing but the interpreter"),
        pytest.param(
            f"## template: jinja\n#cloud-config\nruncmd:\n- {JOIN}",
            "? user data of this form is not followed: '## template: jinja' +",
            id="jinja",
        ),
    ],
)
def test_of_cloud_init(user_data: str, expected: str) -> None:
    assert said(read_user_data(user_data, LINUX)) == expected


@pytest.mark.parametrize(
    ("user_data", "system", "rerouted"),
    [
        *(
            pytest.param(f"#!/bin/bash\n{JOIN}\n{line}", LINUX, rerouted, id=line)
            for line, rerouted in (
                (f"echo HTTP_PROXY=10.0.0.1:3128 >> {CONFIG}", True),
                (f"echo NO_PROXY=169.254.169.254 >> {CONFIG}", False),
                (f"if test -d /x; then echo HTTP_PROXY=x >> {CONFIG}; fi", True),
                (f"echo AWS_DEFAULT_REGION=us-west-2 >> {CONFIG}", True),
                (f"echo AWS_DEFAULT_REGION=eu-west-1 >> {CONFIG}", False),
                ("echo 'Environment=\"HTTPS_PROXY=x\"' > /etc/systemd/system/docker.service.d/x.conf", True),
                ("echo 'Environment=\"HTTP_PROXY=x\"' > /etc/systemd/system/ecs.service.d/x.conf", True),
                ("echo 'export HTTP_PROXY=x' >> /etc/sysconfig/docker", True),
                ("export HTTPS_PROXY=x", True),
                ("echo 10.0.0.1 api.ecr.eu-west-1.amazonaws.com >> /etc/hosts", True),
                ('echo \'{"dns": ["10.0.0.2"]}\' > /etc/docker/daemon.json', True),
                ('echo \'{"registry-mirrors": ["https://x"]}\' > /etc/docker/daemon.json', False),
                ("iptables -A OUTPUT -d 169.254.169.254 -j DROP", True),
                ("iptables -t nat -A OUTPUT -d 169.254.170.2 -p tcp --dport 80 -j REDIRECT --to-ports 51679", False),
                ("iptables -A INPUT -i docker0 -p tcp --dport 51678 -j DROP", False),
                ("ip route add 0.0.0.0/0 via 10.0.0.9", True),
                ("ip addr show", False),
            )
        ),
        pytest.param(
            '[settings.network]\nhttps-proxy = "10.0.0.1:3128"', BOTTLEROCKET, True, id="proxy of Bottlerocket"
        ),
        pytest.param('[settings.network]\nno-proxy = ["x"]', BOTTLEROCKET, False, id="no proxy of Bottlerocket"),
        pytest.param('[settings.aws]\nregion = "us-west-2"', BOTTLEROCKET, True, id="other region of Bottlerocket"),
        pytest.param('[settings.aws]\nregion = "eu-west-1"', BOTTLEROCKET, False, id="region of Bottlerocket"),
        pytest.param('[[settings.container-registry.mirrors]]\nregistry = "*"', BOTTLEROCKET, True, id="mirror of all"),
        pytest.param(
            '[[settings.container-registry.mirrors]]\nregistry = "docker.io"', BOTTLEROCKET, False, id="mirror"
        ),
        *(
            pytest.param(f"[settings.container-registry]\nmirrors = {mirrors}", BOTTLEROCKET, rerouted, id=mirrors)
            for mirrors, rerouted in (
                ("[]", False),
                ('[{registry = "docker.io"}, {registry = "public.ecr.aws"}]', False),
                ('[{registry = "docker.io"}, {registry = "*"}]', True),
                ('["*"]', True),
                ('"*"', True),
            )
        ),
        *(
            pytest.param(f"[settings.{setting}", BOTTLEROCKET, rerouted, id=setting)
            for setting, rerouted in (
                ("network]\nhosts = []", False),
                ('network]\nhosts = [["10.0.0.1", ["api.ecr.eu-west-1.amazonaws.com"]]]', True),
                ('network]\nhttps-proxy = ""', False),
                ('dns]\nname-servers = ["10.0.0.1"]', True),
                ('"network.hosts"]\na = "b"', False),
            )
        ),
        pytest.param(encoded("#!/bin/bash\nexport http_proxy=p"), LINUX, True, id="in base64"),
        pytest.param(mime("text/x-shellscript\n\n#!/bin/sh\nexport HTTPS_PROXY=p"), LINUX, True, id="in a part"),
        pytest.param("#cloud-config\nruncmd: [export HTTP_PROXY=p]", LINUX, True, id="in cloud-config"),
        pytest.param("<powershell>\n$env:HTTP_PROXY = 'x'\n</powershell>", WINDOWS, True, id="proxy of Windows"),
        pytest.param("<powershell>\nInitialize-ECSAgent\n</powershell>", WINDOWS, False, id="Windows"),
    ],
)
def test_what_leads_traffic_another_way(user_data: str, system: System, rerouted: bool) -> None:
    assert bool(read_user_data(user_data, system, region="eu-west-1").reroutes) is rerouted


ROOM = (
    *(
        bottlerocket,
        cfn_init,
        cloud_init,
        commands,
        expansion,
        instance,
        powershell,
        settings,
        shell,
        syntax,
        user_data,
    ),
)


def work_on(user_data: str) -> int:
    with counted(*ROOM) as work:
        read_user_data(user_data, None)
    return work.steps


PIECES = [
    *("ECS_CLUSTER=$A ", "$A", "$(", "$((", "${", "${a", "`", "(", "((", "{ ", "\\\n", "\\", '"', "'", "install "),
    *("cat <<E\n", "<<E ", "a\n", "a|", "a&&", "if a; ", "case a in ", "f() {\n", "<(", ">", '"$(', "echo $'", "$' "),
    *("[[ ", f"printf a >> {CONFIG}\n", "echo a >> /x\n", "X=$X$X\n"),
]
"""Of scripts, each often."""


REPEATED = [
    pytest.param("[settings.ecs]\n", " ", "x", id="spaces before a setting"),
    pytest.param("[settings.ecs]\na", " ", "x", id="spaces in a setting"),
    pytest.param("[settings.ecs]\n[", " ", "x", id="spaces in a table"),
    pytest.param("[settings.ecs]\ncluster = 'x'", " ", "x", id="spaces behind a setting"),
    pytest.param("[settings.ecs]\na", ".a", "= 1", id="parts of a key"),
    pytest.param("[settings.ecs]\n", "[x]\n", "", id="tables"),
    pytest.param("[settings.ecs]\nx = ", "[", "", id="brackets of a setting"),
    pytest.param("<powershell>\n", "Initialize-ECSAgent ", "</powershell>", id="one line of PowerShell"),
    pytest.param("<powershell>\nInitialize-ECSAgent", " -Cluster", "</powershell>", id="arguments"),
    pytest.param("<powershell>\nInitialize-ECSAgent", " ", "x</powershell>", id="spaces behind a command"),
    pytest.param("<powershell>\n", "<#", "</powershell>", id="comments"),
    pytest.param("<powershell>\n$a = ", "$a", "</powershell>", id="variables of PowerShell"),
    pytest.param("", "<powershell>", "</powershell>", id="tags"),
    *(pytest.param("#!/bin/bash\n", piece, "", id=repr(piece)) for piece in PIECES),
    pytest.param("#!/bin/bash\necho '", "a\n", f"' >> {CONFIG}\n{JOIN}", id="long file"),
    pytest.param("#!/bin/bash\nX=a\n", "X=$X$X\n", "echo $X", id="variable that doubles"),
    pytest.param("#!/bin/bash\nf() { echo; }\n", "f\n", "", id="calls of a function"),
    pytest.param("#cloud-config\nruncmd:\n", "- a\n", "", id="commands of cloud-config"),
    pytest.param("#cloud-config\nx: ", "[", "", id="brackets of cloud-config"),
    pytest.param("Content-Type: multipart/mixed; boundary=B\n\n", "--B\n\n#!/bin/sh\n", "", id="parts"),
]
"""What stands often in user data, with what is before and behind it."""


def repeated(start: str, piece: str, end: str, length: int) -> str:
    return f"{start}{piece * (length // len(piece))}{end}"


@pytest.mark.parametrize(("start", "piece", "end"), REPEATED)
def test_work_grows_with_the_length(start: str, piece: str, end: str) -> None:
    read_user_data(repeated(start, piece, end, SHORT), None)  # so that nothing is loaded while the work is counted
    assert work_on(repeated(start, piece, end, 3 * SHORT)) < 4 * work_on(repeated(start, piece, end, SHORT))


@pytest.mark.long
@pytest.mark.parametrize(("start", "piece", "end"), REPEATED)
def test_long_user_data_is_read(start: str, piece: str, end: str) -> None:
    assert read_user_data(repeated(start, piece, end, LONG), None).evidence


def test_work_on_loops_is_bounded() -> None:
    """However often loops run each other."""

    def of(length: int) -> str:
        words = "x " * length
        return f"#!/bin/bash\nfor a in {words}; do for b in {words}; do for c in {words}; do true; done; done; done"

    read_user_data(of(SHORT), None)
    assert work_on(of(3 * SHORT)) < 4 * work_on(of(SHORT))


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
        *(
            pytest.param(
                f'[settings.ecs]\ncluster = "main"\n{line}\n',
                f"? user data is no TOML at {shown!r}, which may keep the agent from starting +",
                id=f"no TOML: {line!r}",
            )
            for line, shown in (
                ("[settings.ecs]\nreserved-memory = 5", "[settings.ecs]"),
                ("[[settings.ecs]]", "[[settings.ecs]]"),
                ('cluster = "main"', 'cluster = "main"'),
                ("echo hello", "echo hello"),
                ('logging-drivers = "awslogs', 'logging-drivers = "awslogs'),
                ("allow-privileged-containers = yes", "allow-privileged-containers = yes"),
            )
        ),
        *(
            pytest.param(f'[settings.ecs]\ncluster = "main"\n{lines}\n', "main", id=f"TOML: {lines!r}")
            for lines in (
                "allow-privileged-containers = true # yes\n[settings.kernel]\nlockdown = 'none'",
                "[settings.ecs.instance-attributes]\na = '1'",
                'logging-drivers = [ # all of them\n  "awslogs",\n  "]",\n]\n[settings.motd]\nx = "a # \\"b\\""',
                'logging-drivers = ["#"]\n[settings.motd]\nx = [["a"], []]',
                "".join(
                    f'[[settings.container-registry.mirrors]]\nregistry = "{each}"\n'
                    for each in ("docker.io", "public.ecr.aws")
                ),
                '[settings.kernel.sysctl]\n"net.core/max files" = "1"',
            )
        ),
        pytest.param('[settings]\necs = {cluster = "main"}', "main", id="inline"),
        pytest.param('settings = {ecs.cluster = "main"}', "main", id="inline, dotted"),
        pytest.param('[settings.ecs]\ncluster = """\nmain"""', "main", id="text of several lines"),
        pytest.param('[settings.ecs]\ncluster = "\\u006dain"', "main", id="escape"),
        pytest.param('["settings.ecs"]\ncluster = "main"', SILENT, id="another table with a dot in its name"),
        pytest.param('[settings]\n"ecs.cluster" = "main"', SILENT, id="another key with a dot in its name"),
        pytest.param("[settings.ecs]", SILENT, id="empty table"),
        *(
            pytest.param(source, "? user data gives settings.ecs, which is not followed +", id=source)
            for source in ('[[settings.ecs]]\ncluster = "main"', "[settings]\necs = 5", "[settings]\necs = []")
        ),
        *(
            pytest.param(f"[settings.ecs]\ncluster = {value}", COMPUTED, id=f"cluster = {value}")
            for value in ("5", "[]", "{}", '{a = "b"}')
        ),
        pytest.param(
            "[settings.ecs]\ncluster =",
            "? user data is no TOML at 'cluster =', which may keep the agent from starting +",
            id="names none, no TOML",
        ),
        pytest.param(
            text("[settings.ecs]\ncluster = ", C, "\n"),
            "? user data is no TOML at 'cluster = ${Cluster}', which may keep the agent from starting +",
            id="reference without quotes",
        ),
        pytest.param(
            text('[settings.ecs]\ncluster = "main"\n', P),
            "? user data is no TOML at '${Extra}', which may keep the agent from starting +",
            id="more settings by a parameter",
        ),
        pytest.param(
            f"[settings.ecs]\nreserved-memory = {'9' * 5000}",
            f"? user data is no TOML at 'reserved-memory = {'9' * 42}…', which may keep the agent from starting +",
            id="number that is too long",
        ),
        pytest.param(
            f"[settings.ecs]\nx = {'[' * 20_000}",
            "? user data nests values deeper than they are followed +",
            id="nested too deep",
        ),
        pytest.param(
            f"[settings.ecs]\na{'.a' * 20_000} = 1",
            "? user data gives a key of more than 50 parts, which is not followed +",
            id="long key",
        ),
        pytest.param(
            '[settings.ecs]\ncluster = "main"\nenabled = false',
            "? user data gives settings.ecs.enabled, which is not followed +",
            id="setting of ECS that there is not",
        ),
        pytest.param(
            '[settings.bootstrap-containers.x]\nsource = "x"',
            "? user data gives settings.bootstrap-containers.x.source, which is not followed +",
            id="bootstrap container",
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
def test_of_bottlerocket(user_data: Value, expected: str) -> None:
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
            "main",
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
            "? user data sets ECS_CLUSTER, which Initialize-ECSAgent may set too +",
            id="environment variable",
        ),
        pytest.param(
            '<powershell>\n$env:ECS_CLUSTER = "main"\nInitialize-ECSAgent\n</powershell>',
            "? user data sets ECS_CLUSTER, which Initialize-ECSAgent may set too +",
            id="of the process",
        ),
        pytest.param(
            '<powershell>\n[Environment]::SetEnvironmentVariable("ECS_CLUSTER", "main", "Machine")\n</powershell>',
            "? user data sets ECS_CLUSTER, which Initialize-ECSAgent may set too +",
            id="no start",
        ),
        pytest.param(
            "<powershell>\n<#\nInitialize-ECSAgent -Cluster main\n#>\nInitialize-ECSAgent -Cluster web\n</powershell>",
            "web",
            id="comment of several lines",
        ),
        pytest.param(
            "<powershell>\n<#\nInitialize-ECSAgent -Cluster main\n#>\n</powershell>",
            "? user data does not say how the agent is started +",
            id="all of it a comment",
        ),
        pytest.param(
            "<powershell>\nif ($x) {\n  Initialize-ECSAgent -Cluster main\n}\n</powershell>",
            "? user data does not say how the agent is started +",
            id="branch",
        ),
        pytest.param(
            "<powershell>\nexit\nInitialize-ECSAgent -Cluster main\n</powershell>",
            "? user data does not say how the agent is started +",
            id="left before",
        ),
        pytest.param(
            "<powershell>\ntrap {\n$ok=$false\nbreak\n}\nInitialize-ECSAgent -Cluster main\nthrow 'Success'\n"
            "</powershell>",
            "main",
            id="signal of the CDK",
        ),
        pytest.param(
            '<powershell>\n$c = "main"\n$c = "web"\nInitialize-ECSAgent -Cluster $c\n</powershell>',
            "? user data computes the name of the cluster on the instance",
            id="variable of two values",
        ),
        pytest.param(
            "<powershell>\nInitialize-ECSAgent -Cluster a\nInitialize-ECSAgent -Cluster b\n</powershell>",
            "? user data names the clusters a and b +",
            id="two",
        ),
        pytest.param(
            "<powershell>\nInitialize-ECSAgent -Cluster main\nStop-Service AmazonECS\n</powershell>",
            "? user data runs 'Stop-Service AmazonECS', which is not followed",
            id="stopped",
        ),
        pytest.param("<powershell>\nInitialize-ECSAgent\n</powershell>", SILENT, id="says nothing"),
        pytest.param(
            "<powershell>\nInitialize-ECSAgent @options\n</powershell>",
            "? user data does not say how the agent is started +",
            id="splatted",
        ),
        *(
            pytest.param(f"<powershell>\n{line}\n</powershell>", f"? {why} +", id=line)
            for why, line in [
                ("user data does not say how the agent is started", 'Write-Host "Initialize-ECSAgent -Cluster main"'),
                (
                    "user data does not say how the agent is started",
                    "if ($a -eq 1) { Initialize-ECSAgent -Cluster main }",
                ),
                ("user data does not say how the agent is started", "$s = @'\nInitialize-ECSAgent -Cluster main\n'@"),
                (
                    "user data does not say how the agent is started",
                    '@"\nInitialize-ECSAgent -Cluster main\n"@ > x.ps1',
                ),
                ("user data starts the agent with arguments that are not followed", "Initialize-ECSAgent main"),
                (
                    "user data starts the agent with arguments that are not followed",
                    "Initialize-ECSAgent -Cluster a | b",
                ),
                ("user data starts the agent with arguments that are not followed", "Initialize-ECSAgent -Cl main"),
            ]
        ),
        pytest.param(
            "<powershell>\nImport-Module ECSTools; Initialize-ECSAgent -Cluster main\n</powershell>",
            "main",
            id="second of a line",
        ),
        *(
            pytest.param(data, "? user data is no <powershell> with its end +", id=data)
            for data in (
                "<powershell>\nInitialize-ECSAgent -Cluster main",
                "# joins\n<powershell>\nInitialize-ECSAgent -Cluster main\n</powershell>",
                "<script>\nInitialize-ECSAgent -Cluster main\n</script>",
            )
        ),
        pytest.param(
            "<powershell>\nC:\\join.ps1\n</powershell>",
            "? user data does not say how the agent is started +",
            id="other script",
        ),
        *(
            pytest.param(
                f"<powershell>\n{line}\nInitialize-ECSAgent -Cluster main # it\n</powershell>",
                f"? user data runs '{line}', which is not followed",
                id=line,
            )
            for line in (
                "$a = Start-Process b",
                "$a = Stop-Computer",
                'Write-Host "$(Stop-Computer)"',
                "if ($a) { exit }",
            )
        ),
        pytest.param("", SILENT, id="empty"),
        pytest.param(
            "Initialize-ECSAgent -Cluster main",
            "silent: user data of Windows is neither <powershell> nor <script>, so it is not run",
            id="no tag",
        ),
    ],
)
def test_of_windows(user_data: Value, expected: str) -> None:
    assert said(read_user_data(user_data, WINDOWS)) == expected


def test_settings_of_bottlerocket_mean_nothing_to_amazon_linux() -> None:
    assert said(read_user_data('[settings.ecs]\ncluster = "main"', LINUX)) == (
        "silent: cloud-init runs no user data that begins with '[settings.ecs]' instead of '#!'"
    )


UNTOLD = "? cfn-init sets up what the templates don't tell +"
INSTALL = "#!/bin/bash\nyum install -y aws-cfn-bootstrap"
INIT = f"{INSTALL}\n/opt/aws/bin/cfn-init -v --stack s --resource Launch --region r\n/opt/aws/bin/cfn-signal -e $?"


@pytest.mark.parametrize(
    ("setup", "expected"),
    [
        pytest.param([Step(CONFIG, text("ECS_CLUSTER=", C, "\n"))], "${Cluster}", id="file"),
        pytest.param([Step(None, JOIN)], "main", id="command"),
        pytest.param([Step(None, JOIN), Step(CONFIG, "")], UNTOLD, id="file behind it"),
        pytest.param([Step("/tmp/x", "ECS_CLUSTER=main")], UNTOLD, id="another file"),
        pytest.param([Step(None, JOIN, sure=False)], parted(INIT.splitlines()[2]), id="test"),
        pytest.param(
            [Step("/x", f"#!/bin/sh\n{JOIN}"), Step(None, "cd /\n./x")], unread("./x"), id="file that it runs"
        ),
        pytest.param([Step("/etc/cfn/cfn-hup.conf", "[main]\nstack=s")], UNTOLD, id="says nothing"),
        pytest.param([], UNTOLD, id="nothing is known"),
    ],
)
def test_of_cfn_init(setup: list[Step], expected: str) -> None:
    assert said(read_user_data(INIT, LINUX, lambda *_: setup)) == expected


def test_cfn_init_that_is_not_installed() -> None:
    bare = INIT.replace("yum install -y aws-cfn-bootstrap\n", "")
    said_of = "? cfn-init is run, which no ECS-optimized image has, and which is not installed before +"
    assert said(read_user_data(bare, LINUX, lambda *_: [Step(CONFIG, JOIN)])) == said_of


def test_proxy_of_cfn_init() -> None:
    assert read_user_data(INIT, LINUX, lambda *_: [Step(CONFIG, "HTTP_PROXY=p:3128\n")]).reroutes


def template(user_data: Value, **more: object) -> dict[str, Any]:
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
            {"Fn::Base64": {"Fn::Join": ["", ["#!/bin/bash\necho ECS_CLUSTER=", {"Ref": "Cluster"}, f" >> {CONFIG}"]]}},
            ["${Cluster}"],
            id="join",
        ),
        pytest.param(
            {
                "Fn::Base64": {
                    "Fn::Join": ["\n", ["#!/bin/bash", {"Fn::Sub": f"echo ECS_CLUSTER=${{Cluster.Arn}} > {CONFIG}"}]]
                }
            },
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
def test_in_a_template(tmp_path: Path, user_data: Value, expected: list[str]) -> None:
    assert joins(tmp_path, template(user_data)) == expected


def joins(folder: Path, body: object) -> list[str]:
    (folder / "template.json").write_text(json.dumps(body), encoding="utf-8")
    facts = Facts(load([folder / "template.json"]), Policy())
    (instance,) = facts.worlds.all("AWS::EC2::Instance")
    return list(map(said, worlds.of_hosts(facts, instance, lambda here, host: here.joins.of(host))))


JOINING: dict[str, Any] = {
    "files": {"/etc/ecs/ecs.config": {"content": {"Fn::Sub": "ECS_CLUSTER=${Cluster}"}, "mode": 420}}
}
OTHER_CONFIG: dict[str, Any] = {"files": {"/etc/ecs/ecs.config": {"content": "ECS_CLUSTER=other"}}}
NOTHING: dict[str, Any] = {"services": [{"ecs": True}]}


@pytest.mark.parametrize(
    ("init", "options", "expected"),
    [
        pytest.param({"config": {**JOINING, **NOTHING}}, "--resource Instance", "${Cluster}", id="config"),
        pytest.param({"config": JOINING}, "-r Instance", "${Cluster}", id="short option"),
        pytest.param({"config": JOINING}, "--resource=Instance", "${Cluster}", id="option in one word"),
        pytest.param({"config": JOINING}, "--resource Cluster", UNTOLD, id="resource without metadata"),
        pytest.param({"config": JOINING}, "--resource Gone", UNTOLD, id="no resource"),
        pytest.param({"config": JOINING}, "--resource $NAME", UNTOLD, id="computed resource"),
        pytest.param({"join": JOINING}, "--resource Instance", UNTOLD, id="config of another name"),
        pytest.param({"config": JOINING}, "-c full --resource Instance", UNTOLD, id="set that is not there"),
        *(
            pytest.param(
                {
                    "configSets": {
                        "default": ["first", "join"],
                        "small": ["first"],
                        "all": [{"ConfigSet": "small"}, {"ConfigSet": "default"}],
                        "round": [{"ConfigSet": "round"}, {"ConfigSet": "round"}],
                        "back": ["join", "other"],
                        "one": "join",
                    },
                    "join": JOINING,
                    "first": NOTHING,
                    "other": OTHER_CONFIG,
                },
                f"{options} --resource Instance",
                expected,
                id=options or "default set",
            )
            for options, expected in (
                ("", "${Cluster}"),
                ("-c default", "${Cluster}"),
                ("-c small", UNTOLD),
                ("-c small,default", "${Cluster}"),
                ("--configsets all", "${Cluster}"),
                ("--configsets=one", "${Cluster}"),
                ("-c back", "other"),
                ("-c round", UNTOLD),
                ("-c gone", UNTOLD),
            )
        ),
    ],
)
def test_metadata_of_cfn_init(tmp_path: Path, init: object, options: str, expected: str) -> None:
    script = f"{INSTALL}\n/opt/aws/bin/cfn-init -v {options} --stack s --region r\n"
    body = template({"Fn::Base64": script}, Metadata={"AWS::CloudFormation::Init": init})
    assert joins(tmp_path, body) == [expected]


@pytest.mark.parametrize(
    ("default", "expected"),
    [
        pytest.param({"Fn::If": ["Yes", ["join", "run"], ["run"]]}, ["${Cluster}", UNTOLD], id="in one branch"),
        pytest.param({"Fn::If": ["Yes", ["join", "run"], ["run", "join"]]}, ["${Cluster}"], id="in both"),
        pytest.param(
            {"Fn::If": ["Yes", ["join"], ["other"]]}, ["${Cluster}", "other"], id="another cluster in one branch"
        ),
        pytest.param([{"Ref": "Set"}], [UNTOLD], id="many sets that join none"),
    ],
)
def test_branches_of_cfn_init(tmp_path: Path, default: object, expected: list[str]) -> None:
    join = {"commands": {"join": {"command": {"Fn::Sub": JOIN.replace("main", "${Cluster}")}, "cwd": "/opt"}}}
    init = {"configSets": {"default": default}, "join": join, "run": NOTHING, "other": OTHER_CONFIG}
    sets = [f"set{number}" for number in range(20)]
    body = template({"Fn::Base64": INIT.replace("Launch", "Instance")}, Metadata={"AWS::CloudFormation::Init": init})
    body["Parameters"]["Set"] = {"Type": "String", "AllowedValues": sets}
    init |= {name: {"files": {f"/{name}": {"content": ""}}} for name in sets}
    assert joins(tmp_path, body) == expected
