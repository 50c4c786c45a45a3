from __future__ import annotations

from typing import Any

import pytest

from ecr_ecs_constructs.cloudformation.conditions.worlds import MAX_WORLDS, Worlds
from ecr_ecs_constructs.cloudformation.evaluation.evaluation import MAX_DEPTH
from ecr_ecs_constructs.cloudformation.template import Node
from ecr_ecs_constructs.cloudformation.values import ABSENT, Branch, Hole, Kind, Text
from tests import worlds
from tests.cloudformation.nodes import (
    NO_VALUE,
    Json,
    att,
    choice,
    equals,
    find,
    join,
    ref,
    select,
    shown,
    split,
    string,
    strings,
    sub,
    template,
    when,
)

REPOSITORY = {"Repo": {"Type": "AWS::ECR::Repository"}}
ARN = "arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/${Repo}"
URI = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/${Repo}"


def branches(node: Node, **more: Any) -> tuple[Branch, ...]:
    own = template(**more)
    return worlds.branches(Worlds([own]), own, node)


def nested(innermost: Node, depth: int) -> Node:
    """Return a node in this many lists."""
    for _ in range(depth):
        innermost = [innermost]
    return innermost


def doubt(innermost: Node, depth: int) -> Node:
    """Return a condition negated this many times."""
    for _ in range(depth):
        innermost = {"Fn::Not": [innermost]}
    return innermost


CASES: list[Any] = []


def case(id: str, node: Json, *expected: object, **more: Any) -> None:
    CASES.append(pytest.param(node, list(expected), more, id=id))


# Literals are as CloudFormation writes them.
case("text", "a", "a")
case("number", 12, "12")
case("decimal", 1.5, "1.5")
case("true", True, "true")
case("false", False, "false")
case("null", None, None)
case("list", ["a", 1], ["a", "1"])
case("object", {"a": 1, "b": [True]}, {"a": "1", "b": ["true"]})
case("two-keys-are-no-function", {"Ref": "A", "Fn::Sub": "b"}, {"Ref": "A", "Fn::Sub": "b"})
case("unknown-function", {"Fn::Later": "a"}, "${Fn::Later}")
case("transform", {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {}}}, "${Fn::Transform}")
case("transform-beside-keys", {"a": "b", "Fn::Transform": {}}, {"a": "b", "Fn::Transform": {}})
case("to-json-string", {"Fn::ToJsonString": {"a": 1}}, "${Fn::ToJsonString}")

# AWS::NoValue
case("no-value", NO_VALUE, ABSENT)
case("no-value-property", {"a": NO_VALUE, "b": "c"}, {"b": "c"})
case("no-value-element", ["a", NO_VALUE, "b"], ["a", "b"])
case("no-value-in-join", join("a", NO_VALUE, "b", by=","), "a,b")
case("no-value-in-sub", sub("a${AWS::NoValue}"), "a${a value that is no text}")
case("no-value-in-one-branch", when("C", "a", NO_VALUE), "a", ABSENT)
case("no-value-element-in-one-branch", ["a", when("C", NO_VALUE, "b")], ["a"], ["a", "b"])

# Ref
case("ref-nothing", ref("Nothing"), "${Nothing}")
case("ref-no-name", {"Ref": ["a"]}, "${Ref}")
case("ref-resource", ref("Bucket"), "${Bucket}", Resources={"Bucket": {"Type": "AWS::S3::Bucket"}})
case("ref-repository", ref("Repo"), "${Repo}", Resources=REPOSITORY)
NAMED = {"Repo": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "team/web"}}}
case("ref-named-repository", ref("Repo"), "team/web", Resources=NAMED)
HALF = {"Repo": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": sub("${AWS::StackName}-web")}}}
case("ref-half-named-repository", ref("Repo"), "${AWS::StackName}-web", Resources=HALF)
EITHER = {"Repo": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": when("C", "a/b", NO_VALUE)}}}
case("ref-repository-named-in-one-branch", ref("Repo"), "a/b", "${Repo}", Resources=EITHER)
ITSELF = {"Repo": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": join(ref("Repo"), ref("Repo"))}}}
case("ref-repository-named-by-itself", ref("Repo"), "${Repo}", Resources=ITSELF)

# Pseudo parameters
case("account", ref("AWS::AccountId"), "${AWS::AccountId}")
case("known-account", ref("AWS::AccountId"), "111111111111", account="111111111111")
case("region", ref("AWS::Region"), "${AWS::Region}")
case("known-region", ref("AWS::Region"), "cn-north-1", region="cn-north-1")
case("partition", ref("AWS::Partition"), "${AWS::Partition}")
case("known-partition", ref("AWS::Partition"), "aws-cn", region="cn-north-1")
case("url-suffix", ref("AWS::URLSuffix"), "${AWS::URLSuffix}")
case("known-url-suffix", ref("AWS::URLSuffix"), "amazonaws.com.cn", region="cn-north-1")
case("stack-name", ref("AWS::StackName"), "${AWS::StackName}")
case("known-stack-name", ref("AWS::StackName"), "Web", stack_name="Web")
case("stack-id", ref("AWS::StackId"), "${AWS::StackId}", stack_name="Web")
case("notification-arns", select(0, ref("AWS::NotificationARNs")), "${Fn::Select}")

# Fn::GetAtt
case("arn", att("Repo", "Arn"), ARN, Resources=REPOSITORY)
case("arn-in-one-text", {"Fn::GetAtt": "Repo.Arn"}, ARN, Resources=REPOSITORY)
case("repository-uri", att("Repo", "RepositoryUri"), URI, Resources=REPOSITORY)
case(
    "known-repository-uri",
    att("Repo", "RepositoryUri"),
    "111111111111.dkr.ecr.eu-west-1.amazonaws.com/team/web",
    Resources=NAMED,
    account="111111111111",
    region="eu-west-1",
)
case("attribute-of-resource", att("Bucket", "Arn"), "${Bucket.Arn}", Resources={"Bucket": {"Type": "AWS::S3::Bucket"}})
case("attribute-of-nothing", att("Nothing", "Arn"), "${Nothing.Arn}")
case("unknown-attribute", {"Fn::GetAtt": ["Repo", ref("P")]}, "${Repo.${P}}", Resources=REPOSITORY)
case("attribute-without-name", {"Fn::GetAtt": ["Repo"]}, "${Fn::GetAtt}", Resources=REPOSITORY)
case("attribute-of-no-name", {"Fn::GetAtt": [ref("P"), "Arn"]}, "${Fn::GetAtt}")
case("attribute-of-repository", att("Repo", "Other"), "${Repo.Other}", Resources=REPOSITORY)

# Fn::Join
case("join", join("a", "b", by="-"), "a-b")
case("join-nothing", join(), "")
case("join-number", join("a", 1), "a1")
case("join-hole", join("a", ref("AWS::Region")), "a${AWS::Region}")
case("join-no-list", {"Fn::Join": ["", "abc"]}, "${Fn::Join}")
case("join-nested-list", join("a", ["b"]), "${Fn::Join}")
case("join-object", join("a", {"b": "c"}), "${Fn::Join}")
case("join-null", join("a", None), "${Fn::Join}")
case("join-one-argument", {"Fn::Join": [["a"]]}, "${Fn::Join}")
case("join-split", {"Fn::Join": ["/", split("-", "a-b")]}, "a/b")
case("join-unknown-list", {"Fn::Join": [":", {"Fn::GetAZs": ""}]}, "${Fn::GetAZs}")
case("join-list-parameter", {"Fn::Join": ["-", ref("P")]}, "a-b", Parameters={"P": strings(Default="a, b")})

# Fn::Sub
case("sub", sub("a${A}b", A="x"), "axb")
case("sub-pseudo", sub("${AWS::Region}/x"), "${AWS::Region}/x")
case("sub-spaces", sub("${ AWS::Region }"), "${AWS::Region}")
case("sub-attribute", sub("${Repo.Arn}"), ARN, Resources=REPOSITORY)
case("sub-resource", sub("x/${Repo}:1"), "x/${Repo}:1", Resources=REPOSITORY)
case("sub-literal", sub("${!A}"), "${A}")
case("sub-own-before-parameter", sub("${P}", P="own"), "own", Parameters={"P": string(Default="d")})
case("sub-own-with-dot", sub("${a.b}", **{"a.b": "own"}), "own")
case("sub-own-is-not-read-again", sub("${A}", A="${B}"), "${B}")
case("sub-list", sub("${P}"), "${a value that is no text}", Parameters={"P": strings(Default="a,b")})
case("sub-dollar", sub("a$b$$${A}", A="x"), "a$b$$x")
case("sub-empty-name", sub("${}"), "${}")
case("sub-no-text", {"Fn::Sub": ["a"]}, "${Fn::Sub}")
case("sub-function-as-text", {"Fn::Sub": [ref("P"), {}]}, "${Fn::Sub}")
case("sub-branches", sub("${A}-${B}", A=when("C", "1", "2"), B=when("C", "3", "4")), "1-3", "2-4")

# Fn::Select and Fn::Split
case("select", select(1, ["a", "b"]), "b")
case("select-index-as-text", select("0", ["a", "b"]), "a")
case("select-behind-the-end", select(2, ["a", "b"]), "${Fn::Select}")
case("select-negative", select(-1, ["a", "b"]), "${Fn::Select}")
case("select-unknown-index", select(ref("P"), ["a", "b"]), "${Fn::Select}")
case("select-chosen-index", select(ref("P"), ["a", "b"]), "a", "b", Parameters={"P": choice(0, 1)})
case("select-one-argument", {"Fn::Select": [0]}, "${Fn::Select}")
case("select-of-text", select(0, "abc"), "${Fn::Select}")
case("select-of-zones", select(0, {"Fn::GetAZs": ""}), "${Fn::GetAZs}")
case("select-of-blocks", select(3, {"Fn::Cidr": ["10.0.0.0/16", 4, 8]}), "${Fn::Cidr}")
case("select-of-list-parameter", select(1, ref("P")), "b", Parameters={"P": strings(Default="a, b ,c")})
case("select-of-unknown-list", select(1, ref("P")), "${P}", Parameters={"P": strings()})
case("split", split(":", "a:b:c"), ["a", "b", "c"])
case("split-absent", split(":", "abc"), ["abc"])
case("split-empty-text", split(":", ""), [""])
case("split-edges", split(":", ":a:"), ["", "a", ""])
case("split-long-separator", split("--", "a--b-c"), ["a", "b-c"])
case("split-by-nothing", split("", "abc"), ["${Fn::Split}"])
case("split-unknown-separator", {"Fn::Split": [ref("P"), "abc"]}, ["${Fn::Split}"])
case("split-malformed", {"Fn::Split": "abc"}, ["${Fn::Split}"])
case("account-of-arn", select(4, split(":", att("Repo", "Arn"))), "${AWS::AccountId}", Resources=REPOSITORY)
case("region-of-arn", select(3, split(":", att("Repo", "Arn"))), "${AWS::Region}", Resources=REPOSITORY)
case("name-of-arn", select(5, split(":", att("Repo", "Arn"))), "repository/${Repo}", Resources=REPOSITORY)
case("name-behind-slash", select(1, split("/", att("Repo", "Arn"))), f"${{{ARN}}}", Resources=REPOSITORY)
case("before-slash", select(0, split("/", sub("a/${P}"))), "a")
case("behind-hole-that-may-hold-it", split("/", sub("a/b${P}/c")), ["a", "${a/b${P}/c}"])
case("separator-across-edge", split("-e", sub("x-${AWS::Region}")), ["${x-${AWS::Region}}"])
case("separator-that-no-edge-holds", split(":/", sub("x:${AWS::AccountId}")), ["x:${AWS::AccountId}"])
case("split-account", split("1", ref("AWS::AccountId")), ["${${AWS::AccountId}}"])
case("split-partition", split("-", ref("AWS::Partition")), ["${${AWS::Partition}}"])
case("split-suffix", split(".", ref("AWS::URLSuffix")), ["${${AWS::URLSuffix}}"])
_SUBNET = {"Type": "AWS::EC2::Subnet"}
SUBNETS = {"A": _SUBNET, "B": _SUBNET, "Key": {"Type": "AWS::EC2::KeyPair"}}
IDS = join(ref("A"), att("B", "SubnetId"), by=",")
case("split-ids", split(",", IDS), ["${A}", "${B.SubnetId}"], Resources=SUBNETS)
case("split-ids-by-hyphen", split("-", sub("a-${A}")), ["a", "${a-${A}}"], Resources=SUBNETS)
case("split-names", split(",", join(ref("A"), ref("Key"), by=",")), ["${A}", "${${A},${Key}}"], Resources=SUBNETS)
case("split-attributes", split(",", att("A", "Ipv6CidrBlocks")), ["${${A.Ipv6CidrBlocks}}"], Resources=SUBNETS)
WORDS = {
    "Word": {"Type": "String", "AllowedPattern": "[a-z]+"},
    "Line": {"Type": "String", "AllowedPattern": "[a-z,]+"},
    "Ids": {"Type": "List<AWS::EC2::Subnet::Id>"},
}
case("split-word", split(",", join(ref("Word"), "a", by=",")), ["${Word}", "a"], Parameters=WORDS)
case("split-word-by-letter", split("a", ref("Word")), ["${${Word}}"], Parameters=WORDS)
case("split-word-by-pattern", split("/", sub("${Word}/${Line}:1")), ["${Word}", "${Line}:1"], Parameters=WORDS)
case("split-line", split(",", join(ref("Line"), "a", by=",")), ["${${Line},a}"], Parameters=WORDS)
case("split-joined-list", split(",", {"Fn::Join": [",", ref("Ids")]}), ["${Ids}"], Parameters=WORDS)
case("split-joined-list-by-another", split("-", {"Fn::Join": [",", ref("Ids")]}), ["${${Ids}}"], Parameters=WORDS)
case("split-region-by-colon", split(":", sub("a:${AWS::Region}b:c")), ["a", "${AWS::Region}b", "c"])

# Others
case("base64", {"Fn::Base64": "ab"}, "YWI=")
case("base64-hole", {"Fn::Base64": sub("a${P}")}, "${Fn::Base64}")
case("length", {"Fn::Length": ["a", NO_VALUE, "b"]}, "2")
case("length-of-text", {"Fn::Length": "ab"}, "${Fn::Length}")
case("length-unknown", {"Fn::Length": {"Fn::GetAZs": ""}}, "${Fn::Length}")

# Dynamic references
SSM = "{{resolve:ssm:/web/image:1}}"
case("dynamic", SSM, SSM)
case("dynamic-inside", f"a{SSM}b", f"a{SSM}b")
case("dynamic-twice", f"{SSM}:{SSM}", f"{SSM}:{SSM}")
case("dynamic-with-hole", sub("{{resolve:ssm:/${P}/image}}:1"), "{{resolve:ssm:/${P}/image}}:1")
case("dynamic-joined", join("{{resolve:", "ssm:a}}"), "{{resolve:ssm:a}}")
case("dynamic-open", "{{resolve:ssm:a", "{{resolve:ssm:a")
case("dynamic-open-with-hole", sub("{{resolve:ssm:${P}"), "{{resolve:ssm:${P}")
case("braces-alone", "{{x}} }}", "{{x}} }}")
case("dynamic-is-not-split", split(":", SSM), [SSM])
case("dynamic-default", ref("P"), SSM, Parameters={"P": string(Default=SSM)})

# Parameters
case("default", ref("P"), "d", Parameters={"P": string(Default="d")})
case("default-number", ref("P"), "1", Parameters={"P": {"Type": "Number", "Default": 1}})
case("default-boolean", ref("P"), "true", Parameters={"P": string(Default=True)})
case("default-is-no-text", ref("P"), "${P}", Parameters={"P": string(Default=["a"])})
case("no-default", ref("P"), "${P}", Parameters={"P": string()})
case("no-type", ref("P"), "d", Parameters={"P": {"Default": "d"}})
case("allowed-values", ref("P"), "a", "b", Parameters={"P": choice("a", "b", "a")})
case("allowed-numbers", ref("P"), "1", "2", Parameters={"P": {"Type": "Number", "AllowedValues": [1, 2]}})
case("allowed-before-default", ref("P"), "a", "b", Parameters={"P": choice("a", "b") | {"Default": "a"}})
case("no-allowed-value", ref("P"), "d", Parameters={"P": string(Default="d", AllowedValues=[])})
case("allowed-value-is-no-text", ref("P"), "${P}", Parameters={"P": choice("a", {"b": "c"})})
case("given", ref("P"), "g", Parameters={"P": choice("a", "b")}, parameters={"P": "g"})
case("given-before-default", ref("P"), "g", Parameters={"P": string(Default="d")}, parameters={"P": "g"})
case("given-list", ref("P"), ["g", "h"], Parameters={"P": strings(Default="d")}, parameters={"P": "g, h"})
case("list-default", ref("P"), ["a", "b"], Parameters={"P": strings(Default="a, b")})
case("list-of-numbers", ref("P"), ["1", "2"], Parameters={"P": {"Type": "List<Number>", "Default": "1,2"}})
case("list-of-subnets", ref("P"), ["${P}"], Parameters={"P": {"Type": "List<AWS::EC2::Subnet::Id>"}})
case("list-allowed-values", ref("P"), ["${P}"], Parameters={"P": strings(AllowedValues=["a", "b"])})
STORED = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/web/image"}
STORED_LIST = {"Type": "AWS::SSM::Parameter::Value<List<String>>", "Default": "/web/images"}
case("stored", ref("P"), "${P}", Parameters={"P": STORED})
case("stored-list", ref("P"), ["${P}"], Parameters={"P": STORED_LIST})
case(
    "stored-comma-list",
    ref("P"),
    ["${P}"],
    Parameters={"P": STORED_LIST | {"Type": "AWS::SSM::Parameter::Value<CommaDelimitedList>"}},
)
case("stored-allowed-names", ref("P"), "${P}", "${P}", Parameters={"P": STORED | {"AllowedValues": ["/a", "/b"]}})
case("stored-given-name", ref("P"), "${P}", Parameters={"P": STORED}, parameters={"P": "/other"})
case("one-parameter-twice", sub("${P}-${P}"), "a-a", "b-b", Parameters={"P": choice("a", "b")})
case(
    "two-parameters", sub("${P}${Q}"), "ac", "ad", "bc", "bd", Parameters={"P": choice("a", "b"), "Q": choice("c", "d")}
)

# Conditions
PROD = {"IsProd": equals(ref("Env"), "prod")}
ENV = {"Env": string(Default="dev")}
case("undeclared-condition", when("C", "a", "b"), "a", "b")
case("true", when("C", "a", "b"), "a", Conditions={"C": equals("x", "x")})
case("not-true", when("C", "a", "b"), "b", Conditions={"C": equals("x", "y")})
case("true-as-boolean", when("C", "a", "b"), "a", Conditions={"C": equals(True, "true")})
case("condition-on-default", when("IsProd", "a", "b"), "b", "a", Conditions=PROD, Parameters=ENV)
case("condition-on-given", when("IsProd", "a", "b"), "a", Conditions=PROD, Parameters=ENV, parameters={"Env": "prod"})
case(
    "condition-on-allowed",
    when("IsProd", sub("a${Env}"), sub("b${Env}")),
    "bdev",
    "aprod",
    Conditions=PROD,
    Parameters={"Env": choice("dev", "prod")},
)
case(
    "condition-on-no-default",
    when("IsProd", sub("a-${Env}"), sub("b-${Env}")),
    "a-prod",
    "b-${Env}",
    Conditions=PROD,
    Parameters={"Env": string()},
)
case(
    "condition-and-value-before-it",
    join(ref("Env"), when("IsProd", "+", "-")),
    "dev-",
    "prod+",
    Conditions=PROD,
    Parameters=ENV,
)
case("never-another-value", when("IsProd", "a", "b"), "a", Conditions=PROD, Parameters={"Env": choice("prod")})
case("if-malformed", {"Fn::If": ["C", "a"]}, "${Fn::If}")
case("if-of-no-name", {"Fn::If": [equals("a", "a"), "a", "b"]}, "${Fn::If}")
case("nested-if-excludes", when("IsProd", when("IsProd", "a", "never"), "b"), "b", "a", Conditions=PROD, Parameters=ENV)
case("same-condition-twice", join(when("C", "a", "b"), when("C", "c", "d")), "ac", "bd")
case("two-conditions", join(when("C", "a", "b"), when("D", "c", "d")), "ac", "ad", "bc", "bd")
TWO = {"IsProd": equals(ref("Env"), "prod"), "IsDev": equals("dev", ref("Env"))}
case(
    "two-conditions-on-one-parameter",
    join(when("IsProd", "a", "b"), when("IsDev", "c", "d")),
    "bc",
    "ad",
    "bd",
    Conditions=TWO,
    Parameters={"Env": string()},
)
case(
    "and",
    when("C", "a", "b"),
    "b",
    "a",
    Conditions={**TWO, "C": {"Fn::And": [{"Condition": "IsProd"}, equals("x", "x")]}},
    Parameters={"Env": string()},
)
case(
    "and-impossible",
    when("C", "a", "b"),
    "b",
    Conditions={**TWO, "C": {"Fn::And": [{"Condition": "IsProd"}, {"Condition": "IsDev"}]}},
    Parameters={"Env": string()},
)
case(
    "or",
    when("C", "a", "b"),
    "a",
    "b",
    Conditions={**TWO, "C": {"Fn::Or": [{"Condition": "IsProd"}, {"Condition": "IsDev"}]}},
    Parameters={"Env": string()},
)
case(
    "or-always",
    when("C", "a", "b"),
    "a",
    Conditions={**TWO, "C": {"Fn::Or": [{"Condition": "IsProd"}, {"Condition": "IsDev"}]}},
    Parameters={"Env": choice("prod", "dev")},
)
case(
    "not",
    when("C", "a", "b"),
    "a",
    "b",
    Conditions={**TWO, "C": {"Fn::Not": [{"Condition": "IsProd"}]}},
    Parameters={"Env": string()},
)
case("not-of-two", when("C", "a", "b"), "a", "b", Conditions={"C": {"Fn::Not": [equals("x", "x"), equals("x", "x")]}})
case("equals-of-three", when("C", "a", "b"), "a", "b", Conditions={"C": {"Fn::Equals": ["x", "x", "x"]}})
case("and-of-text", when("C", "a", "b"), "a", "b", Conditions={"C": {"Fn::And": "x"}})
case("condition-of-text", when("C", "a", "b"), "a", "b", Conditions={"C": "x"})
case("condition-of-no-name", when("C", "a", "b"), "a", "b", Conditions={"C": {"Condition": ["x"]}})
case("condition-of-two-keys", when("C", "a", "b"), "a", "b", Conditions={"C": {"Condition": "D", "Fn::Not": []}})
case("condition-names-itself", when("C", "a", "b"), "a", "b", Conditions={"C": {"Condition": "C"}})
case(
    "conditions-in-a-circle",
    when("C", "a", "b"),
    "b",
    "a",
    Conditions={"C": {"Fn::Not": [{"Condition": "D"}]}, "D": {"Condition": "C"}},
)
case(
    "condition-doubles-itself",
    when("C", "a", "b"),
    "a",
    "b",
    Conditions={"C": {"Fn::And": [{"Condition": "C"}, {"Condition": "C"}]}},
)
case(
    "conditions-double-each-other",
    when("C40", "a", "b"),
    "a",
    Conditions={"C0": equals("x", "x"), **{f"C{i + 1}": {"Fn::And": [{"Condition": f"C{i}"}] * 2} for i in range(40)}},
)
case(
    "condition-deeper-than-the-limit",
    when("C", "a", "b"),
    "b",
    "a",
    Conditions={"C": doubt(equals("x", "x"), MAX_DEPTH + 2)},
)
case("same-value-equals-itself", when("C", "a", "b"), "a", Conditions={"C": equals(ref("P"), ref("P"))})
case(
    "holes-of-one-name-may-differ",
    when("C", "a", "b"),
    "a",
    "b",
    Conditions={"C": equals(select(0, {"Fn::GetAZs": "x"}), select(1, {"Fn::GetAZs": "y"}))},
)
case(
    "two-unknown-parameters",
    when("C", "a", "b"),
    "a",
    "b",
    Conditions={"C": equals(ref("P"), ref("Q"))},
    Parameters={"P": string(), "Q": string()},
)
case(
    "two-allowed-parameters",
    when("C", sub("${P}"), "b"),
    "x",
    "b",
    Conditions={"C": equals(ref("P"), ref("Q"))},
    Parameters={"P": choice("x", "y"), "Q": choice("x", "z")},
)
case(
    "condition-on-part",
    when("C", ref("Env"), "b"),
    "${Env}",
    "b",
    Conditions={"C": equals(select(0, split("-", ref("Env"))), "prod")},
    Parameters={"Env": string()},
)
case(
    "condition-on-part-of-default",
    when("C", ref("Env"), "b"),
    "prod-1",
    "${Env}",
    "b",
    Conditions={"C": equals(select(0, split("-", ref("Env"))), "prod")},
    Parameters={"Env": string(Default="prod-1")},
)
case(
    "condition-on-list",
    when("C", join("x", {"Fn::Join": [",", ref("L")]}), "b"),
    "x",
    "x${L}",
    "b",
    Conditions={"C": equals({"Fn::Join": ["", ref("L")]}, "")},
    Parameters={"L": strings(Default="")},
)
case(
    "condition-on-stored",
    when("C", "a", "b"),
    "a",
    "b",
    Conditions={"C": equals(ref("P"), "/web/image")},
    Parameters={"P": STORED},
)
case(
    "fallback-of-empty-parameter",
    when("Given", ref("P"), "d"),
    "d",
    "${P}",
    Conditions={"Given": {"Fn::Not": [equals(ref("P"), "")]}},
    Parameters={"P": string(Default="")},
)
CHINA = {"InChina": equals(ref("AWS::Region"), "cn-north-1")}
case(
    "region-condition",
    when("InChina", ref("AWS::URLSuffix"), sub("${AWS::Region}")),
    "amazonaws.com.cn",
    "${AWS::Region}",
    Conditions=CHINA,
)
case("region-condition-decided", when("InChina", "a", "b"), "b", Conditions=CHINA, region="eu-west-1")
case(
    "account-condition",
    when("C", ref("AWS::AccountId"), "b"),
    "111111111111",
    "b",
    Conditions={"C": equals("111111111111", ref("AWS::AccountId"))},
)
case("partition-condition", when("C", "a", "b"), "a", "b", Conditions={"C": equals(ref("AWS::Partition"), "aws-cn")})
case(
    "partition-condition-decided",
    when("C", "a", "b"),
    "b",
    Conditions={"C": equals(ref("AWS::Partition"), "aws-cn")},
    region="eu-west-1",
)

# Mappings
STORED_KEY = {"P": STORED | {"AllowedValues": ["dev", "test"]}}
MAP = {"Tags": {"dev": {"tag": "d"}, "prod": {"tag": "p", "none": NO_VALUE}}}
REGIONS = {"Images": {"eu-west-1": {"uri": "e"}, "us-east-1": {"uri": "u"}}}
case("mapping", find("Tags", "dev", "tag"), "d", Mappings=MAP)
case("mapping-by-default", find("Tags", ref("Env"), "tag"), "d", Mappings=MAP, Parameters=ENV)
case(
    "mapping-by-allowed",
    find("Tags", ref("Env"), "tag"),
    "d",
    "p",
    Mappings=MAP,
    Parameters={"Env": choice("dev", "prod")},
)
case("mapping-by-unknown", find("Tags", ref("Env"), "tag"), "d", "p", Mappings=MAP, Parameters={"Env": string()})
case(
    "mapping-in-step",
    sub("${A}-${Env}", A=find("Tags", ref("Env"), "tag")),
    "d-dev",
    "p-prod",
    Mappings=MAP,
    Parameters={"Env": string()},
)
case(
    "mapping-by-region",
    sub("${A}/${AWS::Region}", A=find("Images", ref("AWS::Region"), "uri")),
    "e/eu-west-1",
    "u/us-east-1",
    Mappings=REGIONS,
)
case("mapping-by-known-region", find("Images", ref("AWS::Region"), "uri"), "u", Mappings=REGIONS, region="us-east-1")
case(
    "mapping-lacks-known-region",
    find("Images", ref("AWS::Region"), "uri"),
    "${Fn::FindInMap}",
    Mappings=REGIONS,
    region="ap-south-1",
)
case(
    "mapping-by-account",
    find("A", ref("AWS::AccountId"), "k"),
    "1",
    "2",
    Mappings={"A": {"111111111111": {"k": "1"}, "222222222222": {"k": "2"}}},
)
case(
    "mapping-by-partition",
    find("A", ref("AWS::Partition"), "k"),
    "1",
    "2",
    Mappings={"A": {"aws": {"k": "1"}, "aws-cn": {"k": "2"}}},
)
case(
    "mapping-unknown-second-key", find("Tags", "prod", ref("P")), "p", ABSENT, Mappings=MAP, Parameters={"P": string()}
)
case(
    "mapping-unknown-name",
    find(ref("P"), "a", "b"),
    "1",
    "2",
    Mappings={"M": {"a": {"b": "1"}}, "N": {"a": {"b": "2"}}},
)
case("mapping-half-known-key", find("Tags", sub("p${P}"), "tag"), "p", Mappings=MAP)
case("mapping-no-key-fits", find("Tags", sub("x${P}"), "tag"), "${Fn::FindInMap}", Mappings=MAP)
MANY_HOLES = sub("${P}a" * 60 + "Z")
case(
    "mapping-key-of-many-holes", find("A", MANY_HOLES, "b"), "${Fn::FindInMap}", Mappings={"A": {"a" * 250: {"b": "c"}}}
)
case("mapping-empty", find("Tags", ref("P"), "tag"), "${Fn::FindInMap}", Mappings={"Tags": {}})
case("mapping-missing", find("Tags", "dev", "tag"), "${Fn::FindInMap}")
case("mapping-missing-key", find("Tags", "test", "tag"), "${Fn::FindInMap}", Mappings=MAP)
case("mapping-too-shallow", find("Tags", "dev", "tag"), "${Fn::FindInMap}", Mappings={"Tags": {"dev": "d"}})
case("mapping-key-is-no-text", find("Tags", ["dev"], "tag", default="x"), "${Fn::FindInMap}", Mappings=MAP)
case("mapping-of-two-arguments", {"Fn::FindInMap": ["Tags", "dev"]}, "${Fn::FindInMap}", Mappings=MAP)
case("mapping-list", find("M", "a", "b"), ["x", "y"], Mappings={"M": {"a": {"b": ["x", "y"]}}})
case("mapping-included", find("M", "a", "b", default="x"), "${Fn::FindInMap}", Mappings={"M": {"Fn::Transform": {}}})
case("mappings-included", find("M", "a", "b"), "${Fn::FindInMap}", Mappings={"Fn::Transform": {}})
case("default-value-not-needed", find("Tags", "dev", "tag", default="x"), "d", Mappings=MAP)
case("default-value", find("Tags", "test", "tag", default="x"), "x", Mappings=MAP)
case("default-value-of-missing-map", find("Other", "test", "tag", default="x"), "x", Mappings=MAP)
case(
    "default-value-of-unknown-key",
    find("Tags", ref("Env"), "tag", default="x"),
    "x",
    "d",
    "p",
    Mappings=MAP,
    Parameters={"Env": string()},
)
case("default-value-where-no-key-fits", find("Tags", sub("x${P}"), "tag", default="x"), "x", Mappings=MAP)
case("default-value-of-empty-map", find("Tags", ref("P"), "tag", default="x"), "x", Mappings={"Tags": {}})
case(
    "default-value-of-region",
    find("Images", ref("AWS::Region"), "uri", default=sub("${AWS::Region}")),
    "${AWS::Region}",
    "e",
    "u",
    Mappings=REGIONS,
)
case(
    "default-value-is-function", find("Tags", "test", "tag", default=ref("AWS::Region")), "${AWS::Region}", Mappings=MAP
)
case(
    "default-value-in-step",
    join(*[find("Tags", ref("Env"), "tag", default="x")] * 2),
    "xx",
    "dd",
    "pp",
    Mappings=MAP,
    Parameters={"Env": string()},
)
case("mapping-by-stored", find("Tags", ref("P"), "tag"), "d", "p", Mappings=MAP, Parameters=STORED_KEY)
case(
    "condition-excludes-key",
    when("IsProd", "a", find("Tags", ref("Env"), "tag")),
    "a",
    "d",
    Mappings=MAP,
    Conditions=PROD,
    Parameters={"Env": string()},
)
case(
    "conditions-exclude-all-keys",
    when("IsProd", "a", when("IsDev", "b", find("Tags", ref("Env"), "tag"))),
    "b",
    "a",
    Mappings=MAP,
    Conditions=TWO,
    Parameters={"Env": string()},
)
case(
    "mapping-in-condition",
    when("C", "a", "b"),
    "b",
    "a",
    Mappings=MAP,
    Parameters={"Env": string()},
    Conditions={"C": equals(find("Tags", ref("Env"), "tag"), "p")},
)

# Limits
TOO_DEEP = "${more than 100 nested values or 20000 in all}"
case("deep", nested("x", MAX_DEPTH), nested("x", MAX_DEPTH))
case("too-deep", nested("x", MAX_DEPTH + 1), nested(TOO_DEEP, MAX_DEPTH))
case("text-that-is-too-long", sub("${a}" * 3000, a="y" * 3000), "${a text that is too long}")
case("join-that-is-too-long", join(*["x"] * 3000, by="y" * 3000), "${a text that is too long}")
case("many-worlds", join("a", select(0, ["x", ref("P")])), "ax", Parameters={"P": choice(*range(MAX_WORLDS - 1))})


# A text that is made of a parameter is what the parameter is.
KEYS = {"Keys": {"prod-x": {"k": "p"}, "dev-x": {"k": "d"}}}
BY_TEXT = find("Keys", sub("${Env}-x"), "k")
IN_TEXT = {"Mappings": KEYS, "Conditions": PROD, "Parameters": {"Env": string()}}
case("key-in-text-behind-condition", join(when("IsProd", "+", "-"), BY_TEXT), "+p", "-d", **IN_TEXT)
case("key-in-text-before-condition", join(BY_TEXT, when("IsProd", "+", "-")), "p+", "d-", **IN_TEXT)
case(
    "key-in-join",
    join(find("Keys", join(ref("Env"), "x", by="-"), "k"), when("IsProd", "+", "-")),
    "p+",
    "d-",
    **IN_TEXT,
)
case("key-in-text-tells-the-parameter", join(BY_TEXT, ref("Env")), "pprod", "ddev", **IN_TEXT)
case(
    "key-in-text-with-default",
    join(when("IsProd", "+", "-"), find("Keys", sub("${Env}-x"), "k", default="z")),
    "+p",
    "-z",
    "-d",
    **IN_TEXT,
)
case(
    "two-keys-in-text",
    join(BY_TEXT, find("More", sub("a-${Env}"), "k")),
    "pP",
    "dD",
    Mappings={**KEYS, "More": {"a-prod": {"k": "P"}, "a-dev": {"k": "D"}, "a-test": {"k": "T"}}},
    Parameters={"Env": string()},
)
case(
    "key-in-text-by-region",
    join(find("Keys", sub("${AWS::Region}-x"), "k"), when("Here", "+", "-")),
    "p+",
    "d-",
    Mappings={"Keys": {"us-east-1-x": {"k": "p"}, "eu-west-1-x": {"k": "d"}}},
    Conditions={"Here": equals(ref("AWS::Region"), "us-east-1")},
)
case(
    "key-that-no-value-makes",
    find("Keys", ref("P"), "k"),
    "d",
    Mappings={"Keys": {"prod": {"k": "p"}, "dev": {"k": "d"}}},
    Parameters={"P": string(AllowedPattern="dev|test")},
)
SAME = join(when("A", "1", "0"), when("B", "1", "0"))
for name, one in {
    "in-text": equals(sub("${P}"), "x"),
    "in-text-on-the-right": equals("x", sub("${P}")),
    "in-join": equals(join(ref("P")), "x"),
    "in-longer-text": equals(sub("a-${P}"), "a-x"),
    "in-longer-join": equals(join("a", ref("P"), "b", by="-"), "a-x-b"),
}.items():
    same = {"A": one, "B": equals(ref("P"), "x")}
    case(f"parameter-{name}-is-compared", SAME, "11", "00", Conditions=same, Parameters={"P": string()})
    case(f"default-{name}-is-compared", SAME, "00", "11", Conditions=same, Parameters={"P": string(Default="d")})
for name, one in {"in-text": sub("${P}"), "in-join": join(ref("P"))}.items():
    same = {"A": equals(one, ref("Q")), "B": equals(ref("Q"), ref("P"))}
    case(f"two-parameters-{name}", SAME, "11", "00", Conditions=same, Parameters={"P": string(), "Q": string()})
    own = {"A": equals(one, ref("P")), "B": equals("x", "x")}
    case(f"parameter-{name}-is-itself", SAME, "11", Conditions=own, Parameters={"P": string()})
IF_A = when("A", "a", "b")
case("text-that-can-not-be", IF_A, "b", Conditions={"A": equals(sub("a-${P}"), "b-x")}, Parameters={"P": string()})
case("text-that-is-too-short", IF_A, "b", Conditions={"A": equals(sub("ab${P}b"), "ab")}, Parameters={"P": string()})

# A parameter is nothing that its declaration excludes.
IS_X = {"A": equals(ref("P"), "x")}
case("pattern-excludes", IF_A, "b", Conditions=IS_X, Parameters={"P": string(AllowedPattern="[a-c]+")})
case(
    "pattern-excludes-beside-default",
    IF_A,
    "b",
    Conditions=IS_X,
    Parameters={"P": string(AllowedPattern="[a-c]+", Default="a")},
)
case("pattern-admits", IF_A, "a", "b", Conditions=IS_X, Parameters={"P": string(AllowedPattern="[a-z]+")})
case("pattern-of-the-whole-value", IF_A, "b", Conditions=IS_X, Parameters={"P": string(AllowedPattern="xx|")})
case("pattern-that-is-not-read", IF_A, "a", "b", Conditions=IS_X, Parameters={"P": string(AllowedPattern="(?<=a)b")})
case(
    "pattern-excludes-what-is-in-text",
    IF_A,
    "b",
    Conditions={"A": equals(sub("${P}-y"), "x-y")},
    Parameters={"P": string(AllowedPattern="[a-c]+")},
)
FIRST_IS_X = {"A": equals(select(0, ref("P")), "x")}
case("list-excludes", IF_A, "b", Conditions=FIRST_IS_X, Parameters={"P": strings(AllowedValues=["a", "b"])})
case("list-admits", IF_A, "a", "b", Conditions=FIRST_IS_X, Parameters={"P": strings(AllowedValues=["a", "x"])})
case("list-pattern-excludes", IF_A, "b", Conditions=FIRST_IS_X, Parameters={"P": strings(AllowedPattern="[ab]")})
case("whole-list-excludes", IF_A, "b", Conditions=IS_X, Parameters={"P": strings(AllowedValues=["a", "b"])})
case("whole-list-admits", IF_A, "a", "b", Conditions=IS_X, Parameters={"P": strings(AllowedValues=["a", "x"])})
JOINED_IS_EMPTY = {"A": equals({"Fn::Join": ["", ref("P")]}, "")}
case(
    "joined-list-may-be-empty",
    IF_A,
    "a",
    "b",
    Conditions=JOINED_IS_EMPTY,
    Parameters={"P": strings(AllowedPattern="a*")},
)


@pytest.mark.parametrize(("node", "expected", "more"), CASES)
def test_evaluate(node: Node, expected: list[Node], more: dict[str, Any]) -> None:
    assert [shown(branch.value) for branch in branches(node, **more)] == expected


WIDE = join(*(join(*(sub("${P}") for _ in range(9))) for _ in range(999)))  # 20,000 objects and lists in each world


@pytest.mark.parametrize(
    ("node", "allowed"),
    [
        pytest.param(ref("P"), MAX_WORLDS, id="worlds"),
        pytest.param(join(when("C", "a", "b"), ref("P")), MAX_WORLDS - 4, id="worlds-behind-a-few"),
        pytest.param(select(1, [WIDE, ref("P")]), 500, id="steps"),
    ],
)
def test_too_many(node: Node, allowed: int) -> None:
    own = template(Parameters={"P": choice(*range(allowed))})
    assert Worlds([own]).branches(own, node) is None


EQUAL: dict[str, Any] = {
    "Parameters": {"P": string(), "Q": string(), "L": strings()},
    "Mappings": {"M": {"Fn::Transform": {}}},
}


@pytest.mark.parametrize(
    ("one", "other", "in_one_template", "in_two"),
    [
        pytest.param(ref("AWS::AccountId"), ref("AWS::AccountId"), True, True, id="account"),
        pytest.param({"Fn::ImportValue": "x"}, {"Fn::ImportValue": "x"}, True, True, id="import"),
        pytest.param(ref("P"), ref("P"), True, False, id="parameter"),
        pytest.param(ref("P"), sub("${P}"), True, False, id="parameter-in-two-forms"),
        pytest.param(ref("AWS::StackName"), sub("${AWS::StackName}"), True, False, id="stack-name"),
        pytest.param(select(0, ref("L")), select(0, ref("L")), True, False, id="element"),
        pytest.param(select(0, ref("L")), select(1, ref("L")), False, False, id="two-elements"),
        pytest.param(select(1, ["a", ref("P")]), select(0, [ref("P")]), True, False, id="element-of-known-list"),
        pytest.param(select(0, split("-", ref("P"))), select(1, split("-", ref("P"))), False, False, id="two-parts"),
        pytest.param(find("M", "a", "b"), find("M", "a", "b"), True, False, id="mapping"),
        pytest.param(find("M", "a", "b"), find("M", "a", "c"), False, False, id="two-keys"),
        pytest.param({"Fn::ImportValue": ref("P")}, {"Fn::ImportValue": ref("P")}, True, False, id="imports"),
        pytest.param({"Fn::ImportValue": ref("P")}, {"Fn::ImportValue": ref("Q")}, False, False, id="two-imports"),
        pytest.param({"Fn::Transform": "a"}, {"Fn::Transform": "b"}, False, False, id="two-transforms"),
        pytest.param(nested(ref("P"), 99), nested(ref("P"), 99), True, False, id="deep"),
        pytest.param(nested(ref("P"), 100), nested(ref("P"), 100), False, False, id="too-deep"),
    ],
)
def test_what_is_known_at_deployment_only_is_equal_where_it_is_the_same(
    one: Node, other: Node, in_one_template: bool, in_two: bool
) -> None:
    first, second = template(**EQUAL), template(**EQUAL)
    root = Worlds([first, second])
    [value], [here], [there] = (
        worlds.branches(root, own, node) for own, node in ((first, one), (first, other), (second, other))
    )
    assert (value == here) is in_one_template
    assert (value == there) is in_two


URI_PATTERN = "[0-9]{12}[.]dkr[.]ecr[.].*"


@pytest.mark.parametrize(
    ("node", "declared", "expected"),
    [
        pytest.param(ref("P"), string(AllowedPattern=URI_PATTERN), URI_PATTERN, id="pattern"),
        pytest.param(ref("P"), string(), None, id="no-pattern"),
        pytest.param(ref("P"), string(AllowedPattern=5), None, id="pattern-is-no-text"),
        pytest.param(ref("P"), {"Type": "Number", "AllowedPattern": "[0-9]"}, "[0-9]", id="number"),
        pytest.param(
            ref("P"), {"Type": "AWS::SSM::Parameter::Value<String>", "AllowedPattern": "/a"}, None, id="stored"
        ),
        pytest.param(select(0, ref("P")), strings(AllowedPattern="a+"), "a+", id="list-pattern"),
        pytest.param(select(5, ref("P")), strings(AllowedValues=["a.b", "c"]), r"a\.b|c", id="list-allowed-values"),
        pytest.param(select(0, ref("P")), strings(AllowedValues=["a", {}]), None, id="list-allowed-is-no-text"),
        pytest.param(
            select(0, ref("P")), strings(AllowedValues=["a"], Default="a,b"), "a", id="list-allowed-before-default"
        ),
    ],
)
def test_constraint(node: Node, declared: dict[str, Node], expected: str | None) -> None:
    value = branches(node, Parameters={"P": declared})[0].value
    assert isinstance(value, Text)
    [hole] = value.pieces
    assert isinstance(hole, Hole)
    assert hole.pattern == expected


@pytest.mark.parametrize(
    ("node", "more", "expected"),
    [
        pytest.param("a", {}, (), id="literal"),
        pytest.param(sub("${P}${Q}"), {}, ("P", "Q"), id="two-defaults"),
        pytest.param(ref("P"), {"parameters": {"P": "x"}}, (), id="given"),
        pytest.param(ref("P"), {"Parameters": {"P": choice("a") | {"Default": "a"}}}, (), id="allowed"),
        pytest.param(when("C", "a", ref("P")), {}, ("P",), id="beside-undecided-condition"),
    ],
)
def test_defaults(node: Node, more: dict[str, Any], expected: tuple[str, ...]) -> None:
    more = {"Parameters": {"P": string(Default="p"), "Q": string(Default="q")}, **more}
    assert branches(node, **more)[-1].defaults == expected


def test_a_default_that_stands_for_all_other_values_decides() -> None:
    found = branches(join(when("IsProd", "+", "-"), ref("Env")), Conditions=PROD, Parameters=ENV)
    assert [(branch.value, branch.defaults) for branch in found] == [("-dev", ("Env",)), ("+prod", ())]


@pytest.mark.parametrize(
    ("node", "more", "kind"),
    [
        pytest.param(ref("AWS::AccountId"), {}, Kind.ACCOUNT, id="account"),
        pytest.param(ref("AWS::Region"), {}, Kind.REGION, id="region"),
        pytest.param(ref("AWS::URLSuffix"), {}, Kind.URL_SUFFIX, id="url-suffix"),
        pytest.param(ref("AWS::Partition"), {}, Kind.PARTITION, id="partition"),
        pytest.param(ref("AWS::StackName"), {}, Kind.ANYTHING, id="stack-name"),
        pytest.param(ref("Repo"), {"Resources": REPOSITORY}, Kind.REPOSITORY, id="repository"),
        pytest.param(att("Repo", "Arn2"), {"Resources": REPOSITORY}, Kind.RESOURCE, id="attribute"),
        pytest.param(ref("P"), {"Parameters": {"P": string()}}, Kind.PARAMETER, id="parameter"),
        pytest.param(SSM, {}, Kind.ANYTHING, id="dynamic-reference"),
        pytest.param(select(0, {"Fn::GetAZs": ""}), {}, Kind.ANYTHING, id="element"),
    ],
)
def test_kind(node: Node, more: dict[str, Any], kind: Kind) -> None:
    [branch] = branches(node, **more)
    assert isinstance(branch.value, Text)
    [hole] = branch.value.pieces
    assert isinstance(hole, Hole)
    assert hole.kind is kind
