"""Fifty ways in which people write the configuration of the ECS agent, and what each gives.

They are those of AWS's documents, of the CDK, and of public templates:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bootstrap_container_instance.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bootstrap_windows_container_instance.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/http_proxy_config.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/spot-instance-draining-linux-container.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.pull.boot.test_user_data import joins, template

if TYPE_CHECKING:
    from pathlib import Path

JOINS = "${Cluster}"
CONFIG = "/etc/ecs/ecs.config"
JOIN = f"echo ECS_CLUSTER=${{Cluster}} >> {CONFIG}"
BASH = "#!/bin/bash"
SILENT = f"silent: user data mentions ECS_CLUSTER, but does not set it in {CONFIG}"


def script(*lines: str) -> str:
    return "\n".join((BASH, *lines, ""))


def unread(line: str) -> str:
    return f"? user data runs '{line}', which is not followed +"


def stops(line: str) -> str:
    return f"? user data runs '{line}', which may keep the agent from starting"


def parted(line: str) -> str:
    return f"? user data runs '{line}', whose outcome decides the cluster"


def mime(*parts: tuple[str, str]) -> str:
    head = 'Content-Type: multipart/mixed; boundary="==B=="\nMIME-Version: 1.0\n\n'
    bodies = (f'--==B==\nContent-Type: {kind}; charset="us-ascii"\n\n{text}\n' for kind, text in parts)
    return f"{head}{''.join(bodies)}--==B==--\n"


def windows(*lines: str) -> str:
    return "\n".join(("<powershell>", *lines, "</powershell>"))


def environment(key: str, value: str) -> str:
    return f'[Environment]::SetEnvironmentVariable("{key}", {value}, "Machine")'


OPTIONS = (
    "cloud-init-per once docker_options echo 'OPTIONS=\"$OPTIONS --storage-opt dm.basesize=20G\"' >> "
    "/etc/sysconfig/docker"
)
SIGNAL = "/opt/aws/bin/cfn-signal -e $? --stack ${AWS::StackName} --resource Group --region ${AWS::Region}"

WAYS: list[tuple[str, str, str]] = [
    # The documents of AWS
    ("one setting by echo", script(JOIN), JOINS),
    ("one setting by echo, in quotes", script(f'echo "ECS_CLUSTER=${{Cluster}}" >> {CONFIG}'), JOINS),
    (
        "several settings by a here document",
        script(
            f"cat <<'EOF' >> {CONFIG}",
            "ECS_CLUSTER=${Cluster}",
            "ECS_ENGINE_AUTH_TYPE=docker",
            'ECS_ENGINE_AUTH_DATA={"https://index.docker.io/v1/":{"username":"a","password":"b","email":"c"}}',
            "ECS_LOGLEVEL=debug",
            "ECS_WARM_POOLS_CHECK=true",
            "EOF",
        ),
        JOINS,
    ),
    (
        "attributes by a here document",
        script(f"cat <<'EOF' >> {CONFIG}", "ECS_CLUSTER=${Cluster}", 'ECS_INSTANCE_ATTRIBUTES={"env":"prod"}', "EOF"),
        JOINS,
    ),
    (
        "attributes by echo, which loses their quotes",
        script(JOIN, f'echo ECS_INSTANCE_ATTRIBUTES={{"env":"prod"}} >> {CONFIG}'),
        '? user data runs \'echo ECS_INSTANCE_ATTRIBUTES={"env":"prod"} >> /etc/ecs/ecs.…\', which gives the agent '
        "ECS_INSTANCE_ATTRIBUTES={env:prod}, whose effect is not known",
    ),
    ("another folder", script("cat <<'EOF' >> ecs.config", "ECS_CLUSTER=${Cluster}", "EOF"), SILENT),
    (
        "spot draining",
        script(f"cat <<'EOF' >> {CONFIG}", "ECS_CLUSTER=${Cluster}", "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true", "EOF"),
        JOINS,
    ),
    ("GPU", script(JOIN, f"echo ECS_ENABLE_GPU_SUPPORT=true >> {CONFIG}"), JOINS),
    (
        "no roles for tasks",
        script(JOIN, f"echo ECS_ENABLE_TASK_IAM_ROLE=false >> {CONFIG}"),
        "? user data runs 'echo ECS_ENABLE_TASK_IAM_ROLE=false >> /etc/ecs/ecs.config', which gives the agent "
        "ECS_ENABLE_TASK_IAM_ROLE=false, whose effect is not known",
    ),
    (
        "settings from a bucket",
        script("yum install -y aws-cli", f"aws s3 cp s3://b/ecs.config {CONFIG}"),
        unread(f"aws s3 cp s3://b/ecs.config {CONFIG}"),
    ),
    (
        "proxy in all places",
        script(
            f"cat <<'EOF' >> {CONFIG}",
            "ECS_CLUSTER=${Cluster}",
            "HTTP_PROXY=10.0.0.131:3128",
            "NO_PROXY=169.254.169.254,169.254.170.2,/var/run/docker.sock",
            "EOF",
            "mkdir -p /etc/systemd/system/docker.service.d",
            "cat <<'EOF' > /etc/systemd/system/docker.service.d/http-proxy.conf",
            "[Service]",
            'Environment="HTTP_PROXY=http://10.0.0.131:3128"',
            'Environment="NO_PROXY=169.254.169.254,169.254.170.2"',
            "EOF",
            "systemctl daemon-reload",
            "systemctl restart docker --no-block",
        ),
        JOINS,
    ),
    (
        "options of Docker by a boothook, settings by a script",
        mime(
            ("text/cloud-boothook", f"#cloud-boothook\n{OPTIONS}"),
            ("text/x-shellscript", script(JOIN)),
        ),
        JOINS,
    ),
    (
        "boothook without interpreter",
        f"#cloud-boothook\n{JOIN}",
        parted("#cloud-boothook echo ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config"),
    ),
    ("boothook with interpreter", f"#cloud-boothook\n{script(JOIN)}", JOINS),
    (
        "wait for the agent",
        script(JOIN, "until curl -s http://localhost:51678/v1/metadata; do sleep 1; done"),
        f"{stops('until curl -s http://localhost:51678/v1/metadata; do sleep 1…')} +",
    ),
    ("old console", script(f"{JOIN};echo ECS_BACKEND_HOST= >> {CONFIG};"), JOINS),
    ("agent started behind cloud-init", script(JOIN, "systemctl enable --now --no-block ecs.service"), JOINS),
    (
        "agent started in cloud-init",
        script(JOIN, "systemctl enable ecs", "systemctl start ecs"),
        stops("systemctl start ecs"),
    ),
    ("agent of Amazon Linux 1 started", script(JOIN, "start ecs"), stops("start ecs")),
    (
        "Windows",
        windows("Import-Module ECSTools", "Initialize-ECSAgent -Cluster ${Cluster} -EnableTaskIAMRole"),
        JOINS,
    ),
    (
        "Windows with interfaces for tasks",
        windows(
            environment("ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE", "$TRUE"),
            "Import-Module ECSTools",
            "Initialize-ECSAgent -Cluster '${Cluster}' -EnableTaskENI -AwsvpcBlockIMDS -EnableTaskIAMRole "
            '-LoggingDrivers \'["json-file","awslogs"]\'',
        ),
        JOINS,
    ),
    (
        "Windows by the CDK",
        windows(
            "Remove-Item -Recurse C:\\ProgramData\\Amazon\\ECS\\Cache",
            "Import-Module ECSTools",
            environment("ECS_CLUSTER", '"${Cluster}"'),
            environment("ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE", '"true"'),
            "Initialize-ECSAgent -Cluster '${Cluster}' -EnableTaskIAMRole",
        ),
        JOINS,
    ),
    (
        "Windows with a program of one's own",
        windows("C:\\setup.exe", "Initialize-ECSAgent -Cluster ${Cluster}"),
        "? user data runs 'C:\\setup.exe', which is not followed",
    ),
    ("Bottlerocket", '[settings.ecs]\ncluster = "${Cluster}"\n', JOINS),
    (
        "Bottlerocket with drivers and a host container",
        '[settings.ecs]\ncluster = "${Cluster}"\nlogging-drivers = ["awslogs"]\n'
        "[settings.host-containers.admin]\nenabled = true\n[settings.kernel]\nlockdown = 'integrity'\n",
        JOINS,
    ),
    (
        "Bottlerocket with image verifiers",
        '[settings.ecs]\ncluster = "${Cluster}"\n[settings.image-verifier-plugins.x]\nenabled = true\n',
        "? user data gives settings.image-verifier-plugins.x.enabled, which is not followed",
    ),
    (
        "Bottlerocket with a bootstrap container",
        '[settings.ecs]\ncluster = "${Cluster}"\n[settings.bootstrap-containers.x]\nmode = "once"\n',
        "? user data gives settings.bootstrap-containers.x.mode, which is not followed +",
    ),
    # The CDK and public templates
    ("spot instances of the CDK", script(JOIN, f"echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> {CONFIG}"), JOINS),
    (
        "metadata kept from tasks by the CDK",
        script(
            JOIN,
            "sudo iptables --insert FORWARD 1 --in-interface docker+ --destination 169.254.169.254/32 --jump DROP",
            "sudo service iptables save",
            f"echo ECS_AWSVPC_BLOCK_IMDS=true >> {CONFIG}",
        ),
        JOINS,
    ),
    ("signal", f"#!/bin/bash -xe\n{JOIN}\nyum install -y aws-cfn-bootstrap\n{SIGNAL}\n", JOINS),
    ("signal for two groups", script("set -x", "set -e", JOIN, SIGNAL, JOIN, SIGNAL), JOINS),
    (
        "signal of a failure",
        f"#!/bin/bash -ex\ntrap '/opt/aws/bin/cfn-signal -e 1 --stack ${{AWS::StackName}}' ERR\n{JOIN}\n"
        f'echo "ECS_CONTAINER_STOP_TIMEOUT=5s" >> {CONFIG}\n',
        JOINS,
    ),
    (
        "log of all",
        script("exec > >(tee /var/log/user-data.log|logger -t user-data -s 2>/dev/console) 2>&1", JOIN),
        JOINS,
    ),
    ("printf", script(f"printf 'ECS_CLUSTER=%s\\nECS_LOGLEVEL=info\\n' \"${{Cluster}}\" > {CONFIG}"), JOINS),
    ("tee", script(f"echo ECS_CLUSTER=${{Cluster}} | sudo tee -a {CONFIG}"), JOINS),
    ("here document into tee", script(f"sudo tee {CONFIG} <<EOF", "ECS_CLUSTER=${Cluster}", "EOF"), JOINS),
    (
        "variable",
        script("NAME=${Cluster}", "mkdir -p /etc/ecs", f'echo "ECS_CLUSTER=$NAME" > {CONFIG}'),
        JOINS,
    ),
    (
        "loop over settings",
        script(f"for S in ECS_CLUSTER=${{Cluster}} ECS_LOGLEVEL=debug; do echo $S >> {CONFIG}; done"),
        JOINS,
    ),
    (
        "name from a parameter of the account",
        script("C=$(aws ssm get-parameter --name /c --query Parameter.Value)", f"echo ECS_CLUSTER=$C >> {CONFIG}"),
        "? user data computes the name of the cluster on the instance",
    ),
    (
        "name by a parameter of the template",
        script(f'if [ "${{Extra}}" = prod ]; then {JOIN}; fi'),
        parted('if [ "${Extra}" = prod ]; then echo ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.c…'),
    ),
    ("branch on literals", script(f"if [ a = a ]; then {JOIN}; else rm {CONFIG}; fi"), JOINS),
    (
        "group redirected",
        script(f"{{ echo ECS_CLUSTER=${{Cluster}}; }} >> {CONFIG}"),
        unread(f"{{ echo ECS_CLUSTER=${{Cluster}}; }} >> {CONFIG}"),
    ),
    ("function", script("join() {", JOIN, "}", "join"), unread("join() {")),
    (
        "fetched script",
        script(JOIN, "curl -s https://example.org/x.sh | bash"),
        unread("curl -s https://example.org/x.sh | bash"),
    ),
    (
        "in the background",
        script(f"(sleep 60; {JOIN}) &"),
        unread("(sleep 60; echo ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config) &"),
    ),
    ("edited", script(f"sed -i s/default/main/ {CONFIG}"), unread(f"sed -i s/default/main/ {CONFIG}")),
    ("Docker restarted", script(JOIN, "systemctl restart docker"), JOINS),
    ("Docker stopped", script(JOIN, "service docker stop"), stops("service docker stop")),
    ("instance started again", script(JOIN, "yum update -y", "reboot"), JOINS),
    ("agent masked", script(JOIN, "systemctl mask ecs"), stops("systemctl mask ecs")),
    (
        "agent masked by a link",
        script(JOIN, "ln -s /dev/null /etc/systemd/system/ecs.service"),
        stops("ln -s /dev/null /etc/systemd/system/ecs.service"),
    ),
    ("test under set -e", script("set -e", "[ -f /x ]", JOIN), parted("[ -f /x ]")),
    ("log followed", script(JOIN, "tail -f /var/log/messages"), stops("tail -f /var/log/messages")),
    (
        "file of cloud-config",
        f"#cloud-config\nwrite_files:\n  - path: {CONFIG}\n    content: |\n      ECS_CLUSTER=${{Cluster}}\n",
        JOINS,
    ),
    ("command of cloud-config", f"#cloud-config\nruncmd:\n  - {JOIN}\n", JOINS),
    ("early command of cloud-config", f"#cloud-config\nbootcmd:\n  - [sh, -c, '{JOIN}']\n", JOINS),
    ("cloud-config that starts again", f"#cloud-config\nruncmd: [{JOIN}]\npower_state: {{mode: reboot}}\n", JOINS),
    (
        "cloud-config and a script",
        mime(("text/cloud-config", "#cloud-config\npackages: [jq]"), ("text/x-shellscript", script(JOIN))),
        JOINS,
    ),
]


@pytest.mark.parametrize(("user_data", "expected"), [pytest.param(*row, id=name) for name, *row in WAYS])
def test_ways(tmp_path: Path, user_data: str, expected: str) -> None:
    body: dict[str, Any] = template({"Fn::Base64": {"Fn::Sub": user_data}})
    assert joins(tmp_path, body) in ([expected], [f"{expected} +"])
