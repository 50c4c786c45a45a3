# ruff: noqa: E501 - in a table, a case is a line
"""Resources that wait for a signal: those that surely get it, and those that may not."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from tests.pull.network.networks import ref, resource
from tests.rules.test_undeployable import ON_EC2, ON_FARGATE, case, refused, said, sub, unsure, written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _pytest.mark import ParameterSet

    from tests.pull.network.networks import Resources

DATA = "Launch.LaunchTemplateData.UserData"
INSTALL = "yum install -y aws-cfn-bootstrap"
BY_COMMAND = "/opt/aws/bin/cfn-signal -e $? --stack ${AWS::StackName} --resource Group --region ${AWS::Region}"
SIGNAL = f"#!/bin/bash\n{INSTALL}\n{BY_COMMAND}"
SENDS = {"Fn::Base64": sub(SIGNAL)}
BY_API = "aws cloudformation signal-resource --stack-name ${AWS::StackName} --logical-resource-id Group --unique-id a --status SUCCESS --region ${AWS::Region}"


def script(*lines: str) -> dict[str, Any]:
    return {"Fn::Base64": sub("\n".join(("#!/bin/bash", *lines)))}


def group(
    count: Any = 1, *, signal: bool = True, creation: Mapping[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """A group that waits for signals."""
    policy = {
        "ResourceSignal": {"Count": count, "Timeout": "PT5M"} if signal else {"Timeout": "PT5M"},
        **(creation or {}),
    }
    properties = {**ON_EC2["Group"]["Properties"], **more}
    return {"Group": {**resource("AutoScaling::AutoScalingGroup", **properties), "CreationPolicy": policy}}


def waiting(
    *expected: str, id: str, data: Any = SENDS, made: Mapping[str, Any] | None = None, **more: Any
) -> ParameterSet:
    return case(
        ON_EC2,
        {**({} if data is None else {DATA: data}), **(group() if made is None else made), **more},
        *expected,
        id=id,
    )


SILENT = unsure(
    "Group.CreationPolicy", "Group waits for signals of its instances, and their user data does not surely send them"
)
OTHER_COMMANDS = {"Fn::Base64": "#!/bin/bash\necho ECS_CLUSTER=a >> /etc/ecs/ecs.config"}
GROUPS = [
    waiting(id="user data that signals"),
    waiting(id="user data that signals by the API", data=script(BY_API)),
    waiting(SILENT, id="user data that signals by a command that no ECS-optimized image has", data=script(BY_COMMAND)),
    waiting(SILENT, id="user data that signals by a command that it removes", data=script(INSTALL, "yum remove -y aws-cfn-bootstrap", BY_COMMAND)),
    waiting(id="user data that signals by a command that pip installs", data=script("pip3 install https://s3.amazonaws.com/cloudformation-examples/aws-cfn-bootstrap-py3-latest.tar.gz", BY_COMMAND)),
    waiting(id="user data that installs the command by which it signals when it ends", data=script(f"trap '{BY_COMMAND}' EXIT", INSTALL)),
    waiting(SILENT, id="user data that signals by the API for nothing", data=script("aws cloudformation signal-resource --status SUCCESS")),
    waiting(SILENT, id="user data that signals a failure by the API", data=script(BY_API.replace("SUCCESS", "FAILURE"))),
    waiting(SILENT, id="user data in Base64, in which nothing stands for the stack", data=base64.b64encode(SIGNAL.encode()).decode()),
    *(
        waiting(id=f"user data that signals {how}", data=script(INSTALL, *lines))
        for how, lines in {
            "with its exit code": [BY_COMMAND],
            "its success behind a command that fails": ["false", BY_COMMAND.replace("$?", "0")],
            "behind other commands": ["yum update -y", "set -e", BY_COMMAND],
            "its success": [BY_COMMAND.replace("-e $?", "--success true")],
            "the ID of its stack": [BY_COMMAND.replace("StackName", "StackId")],
            "when it ends": [f"trap '{BY_COMMAND}' EXIT", "yum update -y"],
            "by a test": ["if [ 1 = 1 ]; then", BY_COMMAND, "fi"],
        }.items()
    ),
    *(
        waiting(SILENT, id=f"user data that signals {how}", data=script(INSTALL, *lines))
        for how, lines in {
            "in a comment": [f"# {BY_COMMAND}"],
            "behind a command that fails": ["false", BY_COMMAND],
            "behind a command that may fail": ["grep -q a /etc/b", BY_COMMAND],
            "by another endpoint": [f"{BY_COMMAND} --url https://example.com"],
            "a failure": [BY_COMMAND.replace("$?", "1")],
            "no success": [BY_COMMAND.replace("-e $?", "-s false")],
            "behind its end": ["exit 0", BY_COMMAND],
            "by a test that fails": ["if [ 1 = 2 ]; then", BY_COMMAND, "fi"],
            "where a command fails": [f"curl http://example.com || {BY_COMMAND}"],
            "where a command may fail before": ["set -e", "curl http://example.com", BY_COMMAND],
            "another stack": [BY_COMMAND.replace("${AWS::StackName}", "other")],
            "in another region": [BY_COMMAND.replace("${AWS::Region}", "eu-west-1")],
            "another resource": [BY_COMMAND.replace("Group", "Launch")],
            "in no region": [BY_COMMAND.replace("--region ${AWS::Region}", "")],
            "no resource": [BY_COMMAND.replace("--resource Group", "")],
            "in words alone": [f"echo {BY_COMMAND}"],
            "where an error ends it": [f"trap '{BY_COMMAND}' ERR"],
        }.items()
    ),
    waiting(SILENT, id="user data that signals in a function, which is not followed", data=script(f"done_() {{ {BY_COMMAND}; }}", "done_")),
    waiting(id="count that is the default", made=group(signal=False)),
    waiting(id="no signals to wait for", made=group(0), data=OTHER_COMMANDS),
    waiting(SILENT, id="user data that does not signal", data=OTHER_COMMANDS),
    waiting(SILENT, id="user data that signals for another resource", data={"Fn::Base64": sub(SIGNAL.replace("Group", "Launch"))}),
    waiting(SILENT, id="no user data", data=None),
    waiting(SILENT, id="user data that is given at deployment", data=ref("Free")),
    waiting(id="as many signals as instances", made=group(2, MaxSize="2", MinSize="2")),
    waiting(refused("Group.CreationPolicy", "Group waits for 2 signals, and its MaxSize is 1"), id="more signals than instances", made=group(2)),
    waiting(unsure("Group.CreationPolicy", "Group waits for 2 signals, and its desired capacity is 1"), id="more signals than instances that are wanted", made=group(2, MaxSize="2")),
    waiting(id="share of the signals", made=group(2, creation={"AutoScalingCreationPolicy": {"MinSuccessfulInstancesPercent": 50}})),
]  # fmt: skip
HANDLE = {"Handle": resource("CloudFormation::WaitConditionHandle")}
UNMET = unsure("Wait.Properties", "Wait waits for signals, which nothing of its template surely sends")


def wait(**more: Any) -> dict[str, Any]:
    return {**HANDLE, "Wait": resource("CloudFormation::WaitCondition", Handle=ref("Handle"), Timeout="60", **more)}


def signalled(**more: Any) -> dict[str, Any]:
    return {"Wait": {"Type": "AWS::CloudFormation::WaitCondition", "CreationPolicy": {"ResourceSignal": {"Count": 1, "Timeout": "PT5M"}}}, **more}  # fmt: skip


WAITS = [
    case(ON_FARGATE, HANDLE, id="handle alone"),
    case(ON_FARGATE, wait(), UNMET, id="wait condition whose handle nothing has"),
    case(ON_FARGATE, wait(Count=0), id="wait condition of no signals"),
    case(ON_EC2, {**wait(), DATA: {"Fn::Base64": sub("cfn-signal ${Handle}")}}, UNMET, id="wait condition whose handle user data has"),
    case(ON_FARGATE, signalled(), UNMET, id="wait condition with a policy, which nothing signals"),
    case(ON_EC2, {**signalled(), DATA: {"Fn::Base64": sub("cfn-signal --stack ${AWS::StackName} --resource Wait")}}, UNMET, id="wait condition with a policy"),
]  # fmt: skip


def hook(**more: Any) -> dict[str, Any]:
    launching = "autoscaling:EC2_INSTANCE_LAUNCHING"
    made = {"AutoScalingGroupName": ref("Group"), "LifecycleTransition": launching, **more}
    return {"Hook": resource("AutoScaling::LifecycleHook", **made)}


HELD = unsure(
    "Hook.Properties.DefaultResult", "Hook holds launched instances of Group, and nothing surely completes that"
)
HOOKS = [
    case(ON_EC2, hook(DefaultResult="CONTINUE"), id="hook that lets instances go on"),
    case(ON_EC2, hook(LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING"), id="hook of instances that end"),
    case(ON_EC2, hook(DefaultResult="ABANDON"), HELD, id="hook that ends instances"),
    case(ON_EC2, hook(), HELD, id="hook that ends instances by default"),
    case(ON_EC2, {**hook(), DATA: {"Fn::Base64": "aws autoscaling complete-lifecycle-action --lifecycle-action-result CONTINUE"}}, HELD, id="hook that user data may complete"),
    case(ON_EC2, {**hook(), "Own": resource("IAM::ManagedPolicy", PolicyDocument={"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "autoscaling:CompleteLifecycleAction", "Resource": "*"}})}, HELD, id="hook that somebody may complete"),
    case({**ON_FARGATE, "Group": ON_EC2["Group"], "Launch": ON_EC2["Launch"]}, hook(), id="hook of instances that run no task"),
]  # fmt: skip


@pytest.mark.parametrize(("resources", "changes", "sections", "expected"), [*GROUPS, *WAITS, *HOOKS])
def test_undeployable_signals(
    resources: Resources, changes: Mapping[str, Any], sections: Mapping[str, Any], expected: tuple[str, ...]
) -> None:
    assert said([written(resources, changes, sections)]) == [*expected]
