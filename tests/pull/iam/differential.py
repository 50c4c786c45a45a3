"""Compare decisions with those of iam-simulate: `python -m tests.pull.iam.differential --cases 100000 --seed 7`.

Random policies of a role, boundaries and policies of repositories, secrets, keys, buckets and file systems are judged
by both, for the actions of a pull and those that a task needs before it starts. What the two are not compared on,
because AWS documents another answer than iam-simulate gives, or none:

- A variable or a wildcard where an ARN can't have one: "You can't use a variable to replace parts of the ARN before the
  fifth colon", and "you cannot use a wildcard in the portion of the ARN that specifies the resource type".
- An incomplete ARN in NotResource. "AWS automatically completes the ARN by adding wildcard characters (*) to all
  missing fields", so `NotResource: arn:aws:s3` leaves repositories alone. iam-simulate does not say so.
- A variable before the fifth colon of an ARN that an ARN operator compares. iam-simulate splits the ARN at the colon
  in the name of the variable.
- ForAnyValue with IfExists on a missing key. "If the key is not present, evaluate the condition element as true";
  iam-simulate evaluates it as false.
- A policy variable without a value. "There's no equal or like value", so negated operators match; to iam-simulate they
  do not.
- The ARN of a role without its path. IAM has no such role; iam-simulate compares the names alone.
- NotPrincipal that names the role. "You must also specify" its account and its session, whose name is known only
  at run time; iam-simulate asks for neither. With Allow it "is not supported".
- Operators of numbers, dates and addresses, and keys with several values without ForAnyValue or ForAllValues: not
  decided here.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.pull.answer import Answer, Verdict
from ecr_ecs_constructs.pull.iam import decisions
from ecr_ecs_constructs.pull.iam.actions import START_ACTIONS
from ecr_ecs_constructs.pull.iam.decisions import ResourcePolicy
from ecr_ecs_constructs.pull.iam.repositories import RepositoryPolicies
from ecr_ecs_constructs.pull.iam.roles import Roles
from ecr_ecs_constructs.pull.needs.guards import Guards
from ecr_ecs_constructs.pull.texts.pattern import ContextValue
from tests import worlds

HERE, OTHER = "111111111111", "222222222222"
ORGANIZATION = "o-a1b2c3d4e5"
REPOSITORIES = ("app", "team/app", "team/app-base", HERE)
ACTIONS = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:BatchImportUpstreamImage",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
)


class Kind(NamedTuple):
    """Resources of one kind that a task needs before it starts.

    Attributes:
        action: what is asked of them.
        service: the service in their ARN, and the region; empty where the action takes no resource but `*`.
        resource: the rest of the ARN, with the name in it.
        type: the type of what has the policy of one; None where that has none.
        policy: the property in which it stands; of another resource where that is named by a property of its own.
        of: the type of that resource, and that property.
    """

    action: str
    service: str
    resource: str
    type: str | None = None
    policy: str = ""
    of: tuple[str, str] | None = None

    def arn(self, account: str, name: str) -> str:
        if not self.service:
            return "*"
        owner = "" if self.service == "s3:" else account
        return f"arn:aws:{self.service}:{owner}:{self.resource.format(name)}"

    def template(self, name: str, policy: dict[str, Any] | None) -> dict[str, Any]:
        """Return the resources of the template that holds one, and its policy."""
        own: dict[str, Any] = {"Type": self.type, "Properties": {}}
        found = {"Subject": own}
        if policy is not None and self.of is None:
            own["Properties"][self.policy] = policy
        elif policy is not None and self.of is not None:
            type_, key = self.of
            found["Policy"] = {"Type": type_, "Properties": {key: {"Ref": "Subject"}, self.policy: policy}}
        return found


_LOGS = "logs:us-east-1"
_BUCKET = ("AWS::S3::Bucket", "PolicyDocument", ("AWS::S3::BucketPolicy", "Bucket"))
KINDS = {
    kind.action: kind
    for kind in (
        Kind(
            "secretsmanager:GetSecretValue", "secretsmanager:us-east-1", "secret:{}-AbCdEf",
            "AWS::SecretsManager::Secret", "ResourcePolicy", ("AWS::SecretsManager::ResourcePolicy", "SecretId"),
        ),
        Kind("ssm:GetParameters", "ssm:us-east-1", "parameter/{}"),
        Kind("kms:Decrypt", "kms:us-east-1", "key/{}", "AWS::KMS::Key", "KeyPolicy"),
        Kind("logs:CreateLogGroup", _LOGS, "log-group:{}"),
        Kind("logs:CreateLogStream", _LOGS, "log-group:{}:log-stream:web"),
        Kind("logs:PutLogEvents", _LOGS, "log-group:{}:log-stream:web"),
        Kind("s3:GetObject", "s3:", "{}/web.env", *_BUCKET),
        Kind("s3:GetBucketLocation", "s3:", "{}", *_BUCKET),
        Kind(
            "elasticfilesystem:ClientMount", "elasticfilesystem:us-east-1", "file-system/{}",
            "AWS::EFS::FileSystem", "FileSystemPolicy",
        ),
        Kind("ecs:RunTask", "ecs:us-east-1", "task-definition/{}:1"),
        Kind("iam:PassRole", "iam:", "role/{}"),
        Kind("batch:SubmitJob", "batch:us-east-1", "job-queue/{}"),
        Kind("events:PutTargets", "events:us-east-1", "rule/{}"),
        Kind("events:PutRule", "events:us-east-1", "rule/{}"),
        Kind("events:DescribeRule", "events:us-east-1", "rule/{}"),
        Kind("fsx:DescribeFileSystems", "", ""),
    )
}  # fmt: skip
"""By the action: those that a task needs before it starts."""

assert KINDS.keys() == {*START_ACTIONS}, "the differential draws every start action"

NAMES = ("app", "team-app", "team-app-base")
"""The names of such resources, which all services take."""

ACTION_PATTERNS = (
    *ACTIONS,
    *("*", "ecr:*", "ecr:Batch*", "ecr:Get*", "ecr:*Image", "ECR:batchgetimage", "ecr:BATCH*"),
    *("ecr:GetDownload?rlForLayer", "ecr:????????????????????????????", "ecr:?*", "s3:*", "ecr:DescribeImages", "ecr:"),
)
RESOURCE_PATTERNS = (
    *("*", "**", "arn:aws:s3:::bucket/*", "arn:aws:ecr:*:*:*", "arn:aws:ecr:*:*:repository/*"),
    *(f"arn:aws:ecr:us-east-1:{HERE}:repository/{name}" for name in REPOSITORIES),
    *(f"arn:aws:ecr:us-east-1:{account}:repository/*" for account in (HERE, OTHER)),
    *(f"arn:aws:ecr:us-east-1:{OTHER}:repository/{name}" for name in ("team/*", "*app", "?pp", "App")),
    *(f"arn:aws:ecr:us-*-1:*:repository/{name}" for name in ("team/app*", "team/?pp", "*a*p*")),
    *(f"arn:aws:ecr:*:1???????????:repository/{name}" for name in ("*", "????", "${aws:PrincipalAccount}")),
    *(f"arn:aws:ecr:eu-west-1:*:repository/{name}" for name in ("*", "app")),
    *("arn:aws:ecr:*:*:repository/${aws:PrincipalTag/team}/*", "arn:aws:ecr:*:*:repository/${*}"),
    "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/none, 'team'}/app",
)
INCOMPLETE = ("arn:aws:ecr", "arn:aws:ecr:*", "arn:aws:ecr:us-east-1:*", "arn:aws:s3")
VALUES: dict[str, tuple[str, ...]] = {
    "aws:RequestedRegion": ("us-east-1", "eu-west-1"),
    "aws:PrincipalAccount": (HERE, OTHER),
    "aws:PrincipalOrgID": (ORGANIZATION, "o-other00000"),
    "aws:ResourceAccount": (HERE, OTHER),
    "aws:PrincipalTag/team": ("team", "Team", "App"),
    "aws:SourceVpc": ("vpc-1", "vpc-2"),
}
PATHS = tuple(f"{ORGANIZATION}/r-ab12/{path}" for path in ("", "ou-ab12-1/", "ou-ab12-1/ou-ab12-2/"))
SINGLE = ("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike")
ROLE_PATTERNS = ("role/App", "role/svc/App", "role/*", "role/Other", "role/?pp", "*", "role/${aws:PrincipalTag/team}")


@dataclass(frozen=True)
class Case:
    """One request and all policies that concern it."""

    path: str
    account: str
    name: str
    action: str
    context: dict[str, Any]
    identity: tuple[dict[str, Any], ...]
    boundary: dict[str, Any] | None
    policy: dict[str, Any] | None

    @property
    def kind(self) -> Kind | None:
        """The kind of what is asked for; None for a repository."""
        return KINDS.get(self.action)

    @property
    def arn(self) -> str:
        return _arn(self.action, self.account, self.name)

    @property
    def resource(self) -> str:
        return "*" if self.action == "ecr:GetAuthorizationToken" else self.arn

    @property
    def role_arn(self) -> str:
        return f"arn:aws:iam::{HERE}:role{self.path}App"


def _arn(action: str, account: str, name: str) -> str:
    if action in KINDS:
        return KINDS[action].arn(account, name)
    return f"arn:aws:ecr:us-east-1:{account}:repository/{name}"


class Generator:
    """Makes random cases."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def some(self, values: Sequence[str], most: int = 3) -> Any:
        found = self.random.sample(values, self.random.randint(1, most))
        return found[0] if len(found) == 1 and self.chance(0.5) else found

    def cases(self, count: int) -> Iterator[Case]:
        for _ in range(count):
            yield self.case()

    def case(self) -> Case:
        path = self.random.choice(("/", "/", "/svc/"))
        action = self.random.choice((self.random.choice(ACTIONS), self.random.choice([*KINDS])))
        kind = KINDS.get(action)
        # What has no policy of its own is had in one account alone.
        account = HERE if kind is not None and kind.type is None else self.random.choice((HERE, HERE, OTHER))
        name = self.random.choice(REPOSITORIES if kind is None else NAMES)
        self.action = action
        context: dict[str, Any] = {
            key: self.random.choice(values) for key, values in VALUES.items() if self.chance(0.7)
        }
        for key in ("aws:PrincipalAccount", "aws:PrincipalTag/team"):  # those of variables
            context.setdefault(key, self.random.choice(VALUES[key]))
        context["aws:PrincipalArn"] = f"arn:aws:iam::{HERE}:role{path}App"
        if self.chance(0.7):
            context["aws:PrincipalOrgPaths"] = self.random.sample(PATHS, self.random.randint(1, 2))
        if self.chance(0.7):
            context["aws:SecureTransport"] = self.random.choice(("true", "true", "false"))
        return Case(
            path=path,
            account=account,
            name=name,
            action=action,
            context=context,
            identity=tuple(self.document(path) for _ in range(self.random.randint(0, 2))),
            boundary=self.document(path) if self.chance(0.3) else None,
            policy=self.policy(path, kind),
        )

    def policy(self, path: str, kind: Kind | None) -> dict[str, Any] | None:
        """Return the policy of what is asked for; a key and a file system that are asked for have one."""
        if kind is not None and kind.type is None:
            return None
        always = kind is not None and kind.of is None
        return self.document(path, resource_policy=True) if always or self.chance(0.6) else None

    def actions(self) -> list[str]:
        """Return the patterns of actions that a statement can hold: those of pulls, and those about the own one."""
        patterns = [pattern for pattern in ACTION_PATTERNS if pattern != "ecr:"]
        if self.action not in KINDS:
            return patterns
        service, _, name = self.action.partition(":")
        own = (self.action, f"{service}:*", f"{service}:{name[:3]}*", f"{service}:?{name[1:]}", self.action.upper())
        return [*own, *own, *self.random.sample(patterns, 6), "*", f"{service}:Describe*"]

    def resources(self) -> tuple[str, ...]:
        """Return the patterns of resources that a statement can hold."""
        if self.action not in KINDS:
            return RESOURCE_PATTERNS
        kind = KINDS[self.action]
        own = [kind.arn(account, name) for account in (HERE, OTHER, "*") for name in (*NAMES, "*", "?pp", "team-*")]
        return (*own, *own, *RESOURCE_PATTERNS)

    def document(self, path: str, *, resource_policy: bool = False) -> dict[str, Any]:
        statements = [self.statement(path, resource_policy=resource_policy) for _ in range(self.random.randint(1, 3))]
        alone = len(statements) == 1 and self.chance(0.3)
        return {"Version": "2012-10-17", "Statement": statements[0] if alone else statements}

    def statement(self, path: str, *, resource_policy: bool) -> dict[str, Any]:
        effect = "Deny" if self.chance(0.25) else "Allow"
        statement: dict[str, Any] = {"Effect": effect}
        statement["NotAction" if self.chance(0.15) else "Action"] = self.some(self.actions())
        if resource_policy:
            # NotPrincipal names only whom the role is not.
            but = effect == "Deny" and self.chance(0.2)
            statement["NotPrincipal" if but else "Principal"] = self.principal(path, other=but)
        elif self.chance(0.15):
            statement["NotResource"] = self.some(self.resources())
        else:
            statement["Resource"] = self.some((*self.resources(), *INCOMPLETE))
        if self.chance(0.4):
            statement["Condition"] = {}
            for _ in range(self.random.randint(1, 2)):
                operator, key, values = self.condition()
                statement["Condition"].setdefault(operator, {})[key] = values
        return statement

    def principal(self, path: str, *, other: bool) -> Any:
        others = [
            {"AWS": OTHER},
            {"AWS": f"arn:aws:iam::{OTHER}:root"},
            {"AWS": f"arn:aws:iam::{HERE}:role/Other"},
            {"AWS": f"arn:aws:iam::{HERE}:user/App"},
            {"AWS": f"arn:aws:sts::{HERE}:assumed-role/Other/task"},
            {"Service": "ecs-tasks.amazonaws.com"},
            {"Federated": "cognito-identity.amazonaws.com"},
            {"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"},
            {"AWS": [OTHER, f"arn:aws:iam::{OTHER}:role/App"], "Service": "codebuild.amazonaws.com"},
        ]
        own = [
            "*",
            {"AWS": "*"},
            {"AWS": HERE},
            {"AWS": f"arn:aws:iam::{HERE}:root"},
            {"AWS": f"arn:aws:iam::{HERE}:role{path}App"},
            {"AWS": f"arn:aws:iam::{HERE}:role{path}App"},
            {"AWS": [OTHER, f"arn:aws:iam::{HERE}:role{path}App"]},
            {"AWS": [OTHER, HERE], "Service": ["ecs-tasks.amazonaws.com"]},
        ]
        return self.random.choice(others if other else [*others, *own, *own])

    def condition(self) -> tuple[str, str, Any]:
        kind = self.random.choice(("string", "string", "arn", "bool", "null", "many"))
        exists = self.random.choice(("", "", "IfExists"))
        key = self.random.choice(list(VALUES))
        values = VALUES[key]
        if kind == "arn":
            operator = self.random.choice(("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", *SINGLE))
            accounts = (HERE, "*", OTHER, *(("${aws:PrincipalAccount}",) if operator in SINGLE else ()))
            patterns = [f"arn:aws:iam::{account}:{role}" for account in accounts for role in ROLE_PATTERNS]
            return operator + exists, self.cased("aws:PrincipalArn"), self.some(patterns, 2)
        if kind == "bool":
            value = self.random.choice(("true", "false", "True", True, False, ["true", "false"]))
            return f"Bool{exists}", self.cased("aws:SecureTransport"), value
        if kind == "null":
            key = self.random.choice((*VALUES, "aws:PrincipalOrgPaths", "aws:SecureTransport"))
            return "Null", self.cased(key), self.random.choice(("true", "false", True, False))
        if kind == "many":
            quantifier = self.random.choice(("ForAnyValue:", "ForAllValues:"))
            exists = exists if quantifier == "ForAllValues:" else ""
            operator = self.random.choice((*SINGLE, "StringNotLike"))
            if self.chance(0.3):
                return f"{quantifier}{operator}{exists}", self.cased(key), self.some((*values, "*"), 2)
            patterns = [*PATHS, f"{ORGANIZATION}/*", f"{ORGANIZATION}/*/ou-ab12-?/", "o-other/*"]
            return f"{quantifier}{operator}{exists}", self.cased("aws:PrincipalOrgPaths"), self.some(patterns, 2)
        operator = self.random.choice((*SINGLE, "StringNotLike", "stringlike"))
        wild = (f"{values[0][:3]}*", f"?{values[0][1:]}", "*", "${aws:PrincipalTag/team}", values[0].upper())
        return operator + exists, self.cased(key), self.some((*values, *wild), 2)

    def cased(self, key: str) -> str:
        """Return a condition key in one of the ways in which it can be written."""
        return self.random.choice((key, key, key.lower()))


def stacks(case: Case) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the templates that hold the role of a case, and what it asks for."""
    role: dict[str, Any] = {"RoleName": "App", "Path": case.path}
    role["Policies"] = [
        {"PolicyName": f"P{index}", "PolicyDocument": document} for index, document in enumerate(case.identity)
    ]
    resources: dict[str, Any] = {"Role": {"Type": "AWS::IAM::Role", "Properties": role}}
    if case.boundary is not None:
        resources["Boundary"] = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": case.boundary}}
        role["PermissionsBoundary"] = {"Ref": "Boundary"}
    if case.kind is not None:
        owned = case.kind.template(case.name, case.policy) if case.kind.type is not None else {}
        return {"Resources": resources}, {"Resources": owned}
    repository: dict[str, Any] = {"RepositoryName": case.name}
    if case.policy is not None:
        repository["RepositoryPolicyText"] = case.policy
    owned = {"Subject": {"Type": "AWS::ECR::Repository", "Properties": repository}}
    return {"Resources": resources}, {"Resources": owned}


def given_context(case: Case) -> dict[str, ContextValue]:
    """Return the context of a case, in which no key is unknown."""
    keys = (*VALUES, "aws:PrincipalOrgPaths", "aws:SecureTransport", "aws:PrincipalTag/none")
    given = {key: tuple(value) if isinstance(value, list) else value for key, value in case.context.items()}
    return {**dict.fromkeys(keys, ()), **given}


def decide(case: Case) -> Answer:
    """Return the decision of this project on a case."""
    caller, owner = (
        Template(name, body, account=account, region="us-east-1")
        for name, body, account in zip(("caller", "owner"), stacks(case), (HERE, case.account), strict=True)
    )
    iam = Roles(worlds.only(caller, owner))
    return decisions.decide(
        iam.of(caller.resources["Role"]),
        case.action,
        case.resource,
        context=given_context(case),
        policy=policy_of(iam, owner),
    )


def policy_of(iam: Roles, owner: Template) -> ResourcePolicy | None:
    """Return the policy of what a case asks for, None where that can have none."""
    subject = owner.resources.get("Subject")
    if subject is None:
        return None
    if subject.type == "AWS::ECR::Repository":
        return RepositoryPolicies(iam.documents).of(subject)
    return Guards(iam.documents).of(subject)


def simulation(case: Case) -> dict[str, Any]:
    """Return a case as iam-simulate takes it."""
    policies = [{"name": f"P{index}", "policy": document} for index, document in enumerate(case.identity)]
    simulated: dict[str, Any] = {
        "identityPolicies": policies,
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
        "request": {
            "principal": f"arn:aws:sts::{HERE}:assumed-role/App/task",
            "action": case.action,
            "resource": {
                "resource": case.resource,
                # The token belongs to the registry of whoever asks for it.
                "accountId": HERE if case.resource == "*" else case.account,
            },
            "contextVariables": case.context,
        },
    }
    if case.boundary is not None:
        simulated["permissionBoundaryPolicies"] = [{"name": "Boundary", "policy": case.boundary}]
    if case.policy is not None and case.resource != "*":
        simulated["resourcePolicy"] = case.policy
    return simulated


def simulate(cases: Sequence[Case]) -> list[str]:
    """Return the answers of iam-simulate, all from one process."""
    done = subprocess.run(
        ["node", str(Path(__file__).with_name("simulate.mjs"))],
        input="".join(f"{json.dumps(simulation(case))}\n" for case in cases),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


EXPECTED = {
    "Allowed": Verdict.HOLDS,
    "ImplicitlyDenied": Verdict.BROKEN,
    "ExplicitlyDenied": Verdict.BROKEN,
}


def compare(count: int, seed: int) -> tuple[list[str], Counter[str]]:
    """Judge random cases with both.

    Returns:
        The disagreements in words, and how often each answer was given.
    """
    cases = list(Generator(seed).cases(count))
    answers = simulate(cases)
    assert len(answers) == count
    different = []
    for case, answer in zip(cases, answers, strict=True):
        decision = decide(case)
        if decision.verdict is not EXPECTED.get(answer):
            different.append(f"{decision.verdict.value} ({decision.why}), not {answer}: {json.dumps(simulation(case))}")
    return different, Counter(answers)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}")  # noqa: T201 - a program for people
    start = time.perf_counter()
    different, answers = compare(arguments.cases, arguments.seed)
    for line in different[:20]:
        print(line)  # noqa: T201
    seconds = time.perf_counter() - start
    print(f"{arguments.cases} cases in {seconds:.0f} s: {len(different)} disagreements; {dict(answers)}")  # noqa: T201
    return bool(different)


if __name__ == "__main__":
    sys.exit(main())
