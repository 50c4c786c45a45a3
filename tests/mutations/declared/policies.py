"""Roles and policies.

The judge holds a policy against what AWS takes as one. What is said here of other actions, resources and principals is
said of policies that AWS takes.
"""

from __future__ import annotations

from tests.mutations.declared.declaration import GONE, TEXT, Declared, E, H

PERMISSIONS = ("PolicyDocument", "Policies/*/PolicyDocument")
TRUST = ("AssumeRolePolicyDocument",)
DOCUMENTS = (*PERMISSIONS, *TRUST, "KeyPolicy", "RepositoryPolicyText", "PolicyText")
ANYWHERE = (
    *("deleted", "exchanged action", "exchanged other", "exchanged principal", "exchanged switch", "exchanged text"),
    "mistyped element",
)
OTHERWISE = ("deleted", "exchanged action", "exchanged other", "mistyped element")
FLOW_LOG, IDLE, HANDLER = "VpcFlowLogIAMRole*", "ClusterInstancesInstanceRole*", "CustomVpcRestrictDefaultSG*Role*"


def _in(documents: tuple[str, ...], *paths: str) -> tuple[str, ...]:
    return tuple(f"{document}/{path}" for document in documents for path in paths)


def _of_policies(*paths: str) -> tuple[str, ...]:
    return _in(DOCUMENTS, *paths)


ACTIONS = _of_policies("Statement/*/Action", "Statement/*/Action/*")

NOTATIONS = (
    Declared(E, "AWS::*", _of_policies("Statement"), ("mistyped element",), "one statement may stand without its list"),
    Declared(E, "AWS::*", _of_policies("Statement/*/Action"), ("mistyped list",), "one may stand in a list"),
    Declared(E, "AWS::*", _of_policies("Statement/*/Resource"), ("mistyped list",), "one may stand in a list"),
    Declared(E, "AWS::*", _of_policies("Statement/*/Principal/*"), ("mistyped list",), "one may stand in a list"),
    Declared(
        E,
        "AWS::IAM::*",
        _of_policies("Statement/*/Condition/*/*"),
        ("mistyped list",),
        "one may stand in a list",
    ),
    Declared(
        E,
        "AWS::IAM::Role",
        _in(TRUST, "Statement/*/Action", "Statement/*/Principal/*"),
        ("mistyped element",),
        "one may stand without its list",
        bases=("schedule",),
    ),
    Declared(H, "AWS::*", _of_policies("Version"), GONE, "the older version lacks policy variables, which none has"),
    Declared(
        H,
        "AWS::*",
        _of_policies("Statement/*/Sid"),
        (*TEXT, "exchanged other"),
        "is a name that nothing asks for",
    ),
    Declared(
        H,
        "AWS::IAM::*",
        ("PolicyName", "Policies/*/PolicyName"),
        ("exchanged text", "exchanged other"),
        "is the name of a policy, which nothing asks for, and no other policy of the role has it",
    ),
)

WIDER = (
    Declared(
        H, "AWS::EC2::VPCEndpoint", ("PolicyDocument",), GONE, "an endpoint without a policy lets everything through"
    ),
    Declared(
        H,
        "AWS::*",
        ACTIONS,
        ("exchanged action",),
        "allows the same and more; none of the statements denies",
        new=("[*]", "*:[*]"),
    ),
    Declared(
        H,
        "AWS::IAM::*",
        _in(PERMISSIONS, "Statement/*/Action"),
        ("exchanged other",),
        "allows the same and more",
        old=("*logs:CreateLogStream*logs:PutLogEvents*",),
        new=("*logs:CreateLogStream*logs:PutLogEvents*",),
    ),
    Declared(
        H,
        "AWS::IAM::*",
        _in(PERMISSIONS, "Statement/*"),
        ("exchanged other",),
        "allows the same and more",
        old=("*ecr:GetAuthorizationToken*",),
        new=('*ecr:GetAuthorizationToken*"Resource": "[*]"*',),
    ),
    Declared(
        H,
        "AWS::IAM::*",
        _of_policies("Statement/*/Condition", "Statement/*/Condition/*", "Statement/*/Condition/*/*"),
        ("deleted", "emptied"),
        "a statement that asks for less allows more; none of the statements denies",
        new=("(gone)", "{}", '{"Fn::If": *'),
    ),
    Declared(
        H,
        "AWS::IAM::Role",
        ("ManagedPolicyArns", "ManagedPolicyArns/*"),
        ("exchanged other",),
        "either policy of AWS lets a role pull, and write logs",
        new=("*/AmazonEC2ContainerServiceforEC2Role*", "*/AmazonECSTaskExecutionRolePolicy*"),
    ),
    Declared(
        H,
        "AWS::IAM::*",
        _in(PERMISSIONS, "Statement/*/Resource/Fn::Join/*/*"),
        ("deleted", "emptied", "exchanged other"),
        "an ARN that leaves its last part out is that of all that the part before it has",
        bases=("reference-ec2",),
        old=(":container-instance/*",),
        new=("(gone)", ""),
    ),
    Declared(
        E,
        "AWS::IAM::Role",
        ("Policies/*/PolicyDocument/Statement/*/Resource/Fn::Sub",),
        ("exchanged arn",),
        "the name of the repository ends in x",
        bases=("pull-through-cache",),
        new=("*:repository/ecr-public/[*]x",),
    ),
)

AGENTS = (
    Declared(
        H,
        "AWS::IAM::Policy",
        ("PolicyDocument",),
        ("exchanged other",),
        "allows what the agent of an instance needs",
        bases=("reference-ec2",),
        resources=(IDLE,),
        new=("*ecs:DiscoverPollEndpoint*ecs:Poll*ecs:RegisterContainerInstance*ecs:Submit[*]*",),
    ),
    Declared(
        H,
        "AWS::IAM::Role",
        ("ManagedPolicyArns/*/Fn::Sub",),
        ("exchanged other",),
        "the policy of AWS for its functions is there, and lets an instance write logs",
        bases=("launch-type-ec2",),
        old=("*/AmazonSSMManagedInstanceCore",),
        new=("*/AWSLambdaBasicExecutionRole",),
    ),
    Declared(
        E,
        "AWS::IAM::Role",
        _in(PERMISSIONS, "Statement/*/Resource"),
        ("mistyped element",),
        "one may stand without its list",
        resources=(HANDLER,),
    ),
)

TRUSTED = tuple(
    Declared(
        E,
        "AWS::IAM::Role",
        ("AssumeRolePolicyDocument", *_in(TRUST, "Statement", "Statement/*", "Statement/*/Principal")),
        ("exchanged other",),
        "trusts the same service",
        old=(f"*{service}*",),
        new=(f"*{service}.amazonaws.com*",),
    )
    for service in ("ecs-tasks", "ec2")
)

UNNEEDED = (
    Declared(
        H,
        "AWS::*",
        ACTIONS,
        OTHERWISE,
        "a pull asks for the action no more",
        old=("ecr:BatchCheckLayerAvailability",),
    ),
    Declared(
        H,
        "AWS::IAM::*",
        ACTIONS,
        OTHERWISE,
        "the agent asks for the action where an instance goes, drains, or has attachments, which none has here",
        old=(
            "ecs:DeregisterContainerInstance",
            "ecs:SubmitAttachmentStateChanges",
            "ecs:UpdateContainerInstancesState",
        ),
    ),
    Declared(
        H,
        "AWS::IAM::Policy",
        ("PolicyDocument/Statement/*/Action/*",),
        OTHERWISE,
        "the agent asks for tags where it is told to, which no base does",
        bases=("reference-ec2",),
        old=("ec2:DescribeTags",),
    ),
    Declared(
        H,
        "AWS::IAM::Policy",
        ("PolicyDocument/Statement/**",),
        ANYWHERE,
        "the agent asks for tags where it is told to, which no base does",
        bases=("reference-ec2",),
        resources=(IDLE,),
        statement=("*ecs:TagResource*", "*ecs:ListTagsForResource*"),
    ),
    Declared(
        H,
        "AWS::IAM::Policy",
        ("PolicyDocument/Statement/**",),
        ANYWHERE,
        "the execution role pulls, and not that of the instances",
        bases=("reference-ec2",),
        resources=(IDLE,),
        statement=("*ecr:BatchGetImage*",),
    ),
    Declared(
        H,
        "AWS::IAM::Policy",
        ("PolicyDocument/Statement/*/Action/*",),
        OTHERWISE,
        "the execution role pulls, and not that of the instances",
        bases=("reference-ec2",),
        resources=(IDLE,),
        old=("ecr:GetAuthorizationToken",),
    ),
    Declared(
        H,
        "AWS::EC2::VPCEndpoint",
        ("PolicyDocument/Statement/**",),
        ANYWHERE,
        "the token comes from the API of Amazon ECR, which is behind another endpoint; "
        "of the actions in an endpoint's policy AWS asks nothing but that they are written as such",
        bases=("bottlerocket",),
        statement=("*ecr:GetAuthorizationToken*",),
    ),
    Declared(
        H,
        "AWS::IAM::Role",
        ("Policies", "Policies/*", *_in(PERMISSIONS, "**")),
        (*ANYWHERE, "emptied"),
        "the role of a task is for its process, and that of these needs nothing else",
        bases=("public-fargate",),
        resources=("TaskRole",),
    ),
    Declared(
        H,
        "AWS::IAM::Role",
        ("ManagedPolicyArns/*", "ManagedPolicyArns/*/Fn::Sub"),
        ("deleted", "exchanged other"),
        "AWS Systems Manager is for people",
        bases=("launch-type-ec2",),
        old=("*/AmazonSSMManagedInstanceCore*",),
        new=("(gone)", "*/AmazonEC2ContainerServiceforEC2Role*", "*/AmazonECSTaskExecutionRolePolicy*", '{"Fn::If": *'),
    ),
)

ELSEWHERE = (
    Declared(
        H,
        "AWS::IAM::Policy",
        ("PolicyDocument/Statement/**",),
        ("emptied", "exchanged reference"),
        "none of the statements is for what a task needs",
        resources=(FLOW_LOG,),
        new=("", '{"Ref": "AWS::*"}', '{"Fn::GetAtt": [[]"Cluster*'),
    ),
    Declared(
        H,
        "AWS::IAM::Policy",
        ("PolicyDocument/Statement/**",),
        ("emptied", "exchanged reference"),
        "by this role container instances join the cluster, and the task is one of Fargate",
        bases=("reference-fargate",),
        resources=(IDLE,),
        new=("", '{"Ref": "AWS::*"}', '{"Fn::GetAtt": [[]"Cluster*'),
    ),
    Declared(
        H,
        "AWS::IAM::Policy",
        ("PolicyDocument/Statement/**",),
        ("emptied", "exchanged reference"),
        "the agent asks for tags where it is told to, which no base does",
        bases=("reference-ec2",),
        resources=(IDLE,),
        new=("", '{"Ref": "AWS::*"}'),
        statement=("*ecs:TagResource*", "*ecs:ListTagsForResource*"),
    ),
    Declared(
        H,
        "AWS::IAM::*",
        (".", "PolicyDocument", "PolicyDocument/**", "AssumeRolePolicyDocument", "AssumeRolePolicyDocument/**"),
        ANYWHERE,
        "by this role the flow logs of the VPC are written, which are made whether they can be written or not",
        resources=(FLOW_LOG,),
    ),
    Declared(
        H,
        "AWS::IAM::*",
        (".", "PolicyDocument", "PolicyDocument/**", "AssumeRolePolicyDocument", "AssumeRolePolicyDocument/**"),
        ANYWHERE,
        "by this role container instances join the cluster, and the task is one of Fargate",
        bases=("reference-fargate",),
        resources=(IDLE,),
    ),
    Declared(
        H,
        "AWS::IAM::Role",
        ("ManagedPolicyArns", "ManagedPolicyArns/*"),
        ("deleted", "emptied", "exchanged other"),
        "without this policy a function writes no logs, and works",
        resources=(HANDLER,),
        new=("(gone)", "[[]]", '{"Fn::If": *', "*/AmazonEC2ContainerServiceforEC2Role*", "*/AmazonECSTask*"),
    ),
    Declared(
        H,
        "AWS::IAM::Role",
        _in(PERMISSIONS, "Statement/*/Action/*"),
        OTHERWISE,
        "the function needs the action where its resource goes",
        resources=(HANDLER,),
        old=("ec2:AuthorizeSecurityGroup*",),
    ),
)

POLICIES = (*NOTATIONS, *WIDER, *AGENTS, *TRUSTED, *UNNEEDED, *ELSEWHERE)
