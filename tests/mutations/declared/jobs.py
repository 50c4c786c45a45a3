# ruff: noqa: E501 - in a table, a declaration is a line
"""Job definitions, queues and compute environments of AWS Batch, and rules that submit jobs."""

from __future__ import annotations

from tests.mutations.declared.declaration import EMPTY, GONE, Declared, E, H

_JOB, _QUEUE, _ENVIRONMENT = "AWS::Batch::JobDefinition", "AWS::Batch::JobQueue", "AWS::Batch::ComputeEnvironment"
_RULE = "AWS::Events::Rule"
_OWN, _LOGS, _COMPUTE = "ContainerProperties", "ContainerProperties/LogConfiguration", "ComputeResources"
_OTHER = ("exchanged number", "exchanged text", "exchanged other")
_ENOUGH = "one that is left is large enough"

JOBS = (
    # jobs
    Declared(H, _JOB, (".", _OWN), ("conditional",), "where it is not there, there is no job that has to start"),
    Declared(H, _JOB, (f"{_OWN}/Command", f"{_OWN}/Command/*"), (*EMPTY, *_OTHER), "is for the process, which is started whatever it is"),
    Declared(H, _JOB, (f"{_OWN}/Image/Fn::Sub",), ("exchanged text",), "is another tag of the repository, under which the image is pushed"),
    Declared(H, _JOB, (f"{_OWN}/JobRoleArn",), GONE, "the job of the base needs its role only later"),
    Declared(E, _JOB, (_LOGS,), GONE, "awslogs is the default, and AWS Batch makes its group"),
    Declared(H, _JOB, (f"{_LOGS}/Options", f"{_LOGS}/Options/awslogs-group"), GONE, "AWS Batch makes the group that it has by default"),
    Declared(E, _JOB, (f"{_LOGS}/Options/awslogs-region",), GONE, "is the default"),
    Declared(H, _JOB, (f"{_LOGS}/Options/awslogs-stream-prefix",), (*GONE, *_OTHER), "is a part of the name of the log stream, which the driver makes"),
    Declared(H, _JOB, (f"{_OWN}/ResourceRequirements/*/Value",), ("exchanged number",), "an instance type of the environment is large enough for that"),
    Declared(E, _JOB, ("PlatformCapabilities", "PlatformCapabilities/*"), EMPTY, "is the default"),
    Declared(H, _JOB, ("RetryStrategy", "RetryStrategy/Attempts", "Timeout", "Timeout/AttemptDurationSeconds"), (*EMPTY, "exchanged number"), "says how often and how long a job is run"),
    Declared(H, _JOB, (".Properties",), ("added JobDefinitionName",), "what refers to it does so by Ref"),
    Declared(H, _JOB, (_OWN,), ("added Environment",), "is for the process, which is started whatever it is"),
    Declared(E, _JOB, (_OWN,), ("added LinuxParameters",), "says nothing", new=('*"LinuxParameters": {}*',)),
    Declared(E, _JOB, (_OWN,), ("added Privileged",), "is the default", new=('*"Privileged": false*',)),
    Declared(H, _JOB, (_OWN,), ("added Volumes",), "no container mounts it"),
    # queues
    Declared(H, _QUEUE, (".Properties",), ("added JobQueueName",), "what refers to it does so by Ref"),
    Declared(H, _QUEUE, ("ComputeEnvironmentOrder/*/Order", "Priority"), ("exchanged number",), "says which job or environment comes first"),
    Declared(E, _QUEUE, ("State",), GONE, "is the default"),
    # compute environments
    Declared(H, _ENVIRONMENT, (".Properties",), ("added ComputeEnvironmentName",), "what refers to it does so by Ref"),
    Declared(E, _ENVIRONMENT, ("State",), GONE, "is the default"),
    Declared(H, _ENVIRONMENT, (_COMPUTE,), ("added DesiredvCpus",), "lies between the least and the most vCPUs"),
    Declared(H, _ENVIRONMENT, (f"{_COMPUTE}/MinvCpus", f"{_COMPUTE}/MaxvCpus"), ("deleted", "exchanged number"), "instances of that many vCPUs are large enough for the job"),
    Declared(H, _ENVIRONMENT, (f"{_COMPUTE}/AllocationStrategy",), GONE, "by default AWS Batch chooses the type that fits best"),
    Declared(E, _ENVIRONMENT, (f"{_COMPUTE}/Ec2Configuration",), GONE, "is the default"),
    Declared(E, _ENVIRONMENT, (f"{_COMPUTE}/InstanceRole",), ("exchanged reference",), "is the same profile by its name", new=('{"Ref": "InstanceProfile"}',)),
    Declared(H, _ENVIRONMENT, (f"{_COMPUTE}/InstanceTypes/*",), GONE, _ENOUGH),
    Declared(H, _ENVIRONMENT, (f"{_COMPUTE}/InstanceTypes/*",), ("exchanged size",), "AWS Batch chooses another one that is large enough"),
    Declared(H, _ENVIRONMENT, (f"{_COMPUTE}/Subnets/*",), GONE, "one of the subnets is enough"),
    # rules
    Declared(H, _RULE, (".Properties",), ("added Name",), "nothing names the rule"),
    Declared(H, _RULE, (".Properties",), ("added State",), "nothing submits the job, which starts where somebody does"),
    Declared(H, _RULE, ("ScheduleExpression",), ("exchanged other",), "says when the job is submitted"),
    Declared(H, _RULE, ("Targets/*/BatchParameters/JobName", "Targets/*/Id"), ("exchanged text",), "is a name that nothing asks for"),
)  # fmt: skip
"""Declarations of what belongs to AWS Batch."""
