from __future__ import annotations

import itertools
import json
import random
import re
import string
from pathlib import Path

import botocore
import pytest

from ecr_ecs_constructs.image_uri import (
    Constrained,
    EcrImageUri,
    InvalidImageUri,
    Piece,
    Placeholder,
    UnverifiableImageUri,
    check_digest,
    check_region,
    check_repository_name,
    check_tag,
    display,
    partition_of,
    public_gallery_error,
    url_suffix_of,
)
from tests.blocks import blocks

A, R, S, N, ANY = Placeholder
HEX = "0123456789abcdef" * 4
HOST = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
SYMBOLIC: tuple[Piece, ...] = (A, ".dkr.ecr.", R, ".", S)


@pytest.mark.parametrize(
    ("endpoint", "region", "suffix", "partition"),
    [
        ("dkr.ecr", "eu-west-1", "amazonaws.com", "aws"),
        ("dkr.ecr", "ca-central-1", "amazonaws.com", "aws"),
        ("dkr.ecr", "us-gov-west-1", "amazonaws.com", "aws-us-gov"),
        ("dkr.ecr-fips", "us-east-2", "amazonaws.com", "aws"),
        ("dkr.ecr-fips", "us-west-1", "amazonaws.com", "aws"),
        ("dkr.ecr-fips", "us-gov-east-1", "amazonaws.com", "aws-us-gov"),
        ("dkr-ecr", "eu-west-1", "on.aws", "aws"),
        ("dkr-ecr", "us-gov-west-1", "on.aws", "aws-us-gov"),
        ("dkr-ecr-fips", "us-east-1", "on.aws", "aws"),
        ("dkr-ecr-fips", "us-gov-west-1", "on.aws", "aws-us-gov"),
        ("dkr.ecr", "cn-north-1", "amazonaws.com.cn", "aws-cn"),
        ("dkr.ecr", "cn-north-1", "on.amazonwebservices.com.cn", "aws-cn"),
        ("dkr-ecr", "cn-northwest-1", "on.amazonwebservices.com.cn", "aws-cn"),
        ("dkr.ecr", "us-iso-east-1", "c2s.ic.gov", "aws-iso"),
        ("dkr-ecr", "us-iso-west-1", "on.aws.ic.gov", "aws-iso"),
        ("dkr.ecr", "us-isob-east-1", "sc2s.sgov.gov", "aws-iso-b"),
        ("dkr-ecr", "us-isob-east-1", "on.aws.scloud", "aws-iso-b"),
        ("dkr.ecr", "eu-isoe-west-1", "cloud.adc-e.uk", "aws-iso-e"),
        ("dkr-ecr", "eu-isoe-west-1", "on.cloud-aws.adc-e.uk", "aws-iso-e"),
        ("dkr.ecr", "us-isof-south-1", "csp.hci.ic.gov", "aws-iso-f"),
        ("dkr-ecr", "us-isof-south-1", "on.aws.hci.ic.gov", "aws-iso-f"),
        ("dkr.ecr", "eusc-de-east-1", "amazonaws.eu", "aws-eusc"),
        pytest.param("dkr.ecr", "eu-west-9", "amazonaws.com", "aws", id="new-number"),
        pytest.param("dkr.ecr", "mx-south-2", "amazonaws.com", "aws", id="new-direction"),
        pytest.param("dkr.ecr", "sa-southwest-1", "amazonaws.com", "aws", id="direction-that-no-region-has-yet"),
        pytest.param("dkr.ecr", "cn-central-1", "amazonaws.com.cn", "aws-cn", id="new-of-China"),
        pytest.param("dkr-ecr", "us-gov-central-10", "on.aws", "aws-us-gov", id="new-of-GovCloud"),
    ],
)
def test_hosts(endpoint: str, region: str, suffix: str, partition: str) -> None:
    registry = f"123456789012.{endpoint}.{region}.{suffix}"
    uri = EcrImageUri.parse(f"{registry}/team/web:1.4.2")
    assert uri == EcrImageUri("123456789012", endpoint, region, suffix, "team/web", "1.4.2", None)
    assert (uri.registry, uri.partition, uri.is_dual_stack) == (registry, partition, suffix.startswith("on."))


@pytest.mark.parametrize(
    ("rest", "repository", "tag", "digest"),
    [
        pytest.param("app:1", "app", "1", None, id="tag"),
        pytest.param(f"app@sha256:{HEX}", "app", None, f"sha256:{HEX}", id="digest"),
        pytest.param(f"app:1@sha256:{HEX}", "app", "1", f"sha256:{HEX}", id="tag-and-digest"),
        pytest.param("ab:1", "ab", "1", None, id="shortest-name"),
        pytest.param("a/b:1", "a/b", "1", None, id="short-components"),
        pytest.param("a.b_c__d-e--f---g/0:1", "a.b_c__d-e--f---g/0", "1", None, id="separators"),
        pytest.param("ecr-public/nginx/nginx:1", "ecr-public/nginx/nginx", "1", None, id="pull-through-prefix"),
        pytest.param(f"a/{'b' * 200}:1", f"a/{'b' * 200}", "1", None, id="long-name"),
        pytest.param("app:_", "app", "_", None, id="tag-underscore"),
        pytest.param("app:A.b-C_1", "app", "A.b-C_1", None, id="tag-characters"),
        pytest.param(f"app:{'t' * 128}", "app", "t" * 128, None, id="longest-tag"),
        pytest.param(
            f"app{'x' * 203}:1@sha256:{HEX}", f"app{'x' * 203}", "1", f"sha256:{HEX}", id="longest-before-digest"
        ),
    ],
)
def test_parse(rest: str, repository: str, tag: str | None, digest: str | None) -> None:
    uri = EcrImageUri.parse(f"{HOST}/{rest}")
    assert (uri.repository, uri.tag, uri.digest) == (repository, tag, digest)
    assert str(uri) == f"{HOST}/{rest}"
    assert EcrImageUri.parse(str(uri)) == uri


LOWER_CASE = "has the registry {!r}, which must be written in lower case"
DIGITS = "has the account {!r}, which is not 12 digits"
NO_DIGEST = "which is not sha256: and 64 lower-case hexadecimal digits"
NO_TAG = "which is not a letter, digit or _ followed by letters, digits, _ . or -"
NO_NAME = "which is not lower-case letters and digits, separated by one of . _ __ / or by hyphens"


@pytest.mark.parametrize(
    ("reference", "part", "reason"),
    [
        ("", "reference", "is empty"),
        ("nginx", "registry", "has no ECR registry"),
        ("nginx:1", "registry", "has no ECR registry"),
        ("test.com:5000", "registry", "has no ECR registry"),
        ("library/nginx:1", "registry", "has no ECR registry"),
        ("amazon/amazon-ecs-sample", "registry", "has no ECR registry"),
        ("docker.io/nginx:1", "registry", "has the registry 'docker.io', which is no ECR registry"),
        ("localhost/nginx:1", "registry", "has the registry 'localhost', which is no ECR registry"),
        ("test:5000/repo", "registry", "has the registry 'test:5000', which is no ECR registry"),
        (
            "public.ecr.aws/nginx/nginx:1",
            "registry",
            "is of the public gallery 'public.ecr.aws', not of a private ECR registry",
        ),
        (
            "ecr-public.aws.com/nginx/nginx:1",
            "registry",
            "is of the public gallery 'ecr-public.aws.com', not of a private ECR registry",
        ),
        (
            f"https://{HOST}/app:1",
            "registry",
            "starts with the scheme 'https://', so ECS does not take it for an ECR image",
        ),
        (
            f"docker://{HOST}/app:1",
            "registry",
            "starts with the scheme 'docker://', so ECS does not take it for an ECR image",
        ),
        (f" {HOST}/app:1", "reference", "holds ' ' at index 0, which no reference may hold"),
        (f"{HOST}/app:1\n", "reference", f"holds '\\n' at index {len(HOST) + 6}, which no reference may hold"),
        (f"{HOST}/äpp:1", "reference", f"holds 'ä' at index {len(HOST) + 1}, which no reference may hold"),
        (f"{HOST}/app:${{Tag}}", "reference", "holds '${Tag}' as plain text: nothing replaces it"),
        (f"{HOST}/app:1\ue000", "reference", "holds a private-use character"),
        (f"{HOST}/app:1\uf000", "reference", "holds a private-use character"),
        (HOST, "repository", "has a registry, but no repository"),
        (f"{HOST}:1", "repository", "has a registry, but no repository"),
        (f"{HOST}/", "repository", "has the repository '', which is empty"),
        (f"{HOST}/:1", "repository", "has the repository '', which is empty"),
        (f"{HOST}/App:1", "repository", f"has the repository 'App', {NO_NAME}"),
        (f"{HOST}/a..b:1", "repository", f"has the repository 'a..b', {NO_NAME}"),
        (f"{HOST}/a___b:1", "repository", f"has the repository 'a___b', {NO_NAME}"),
        (f"{HOST}/-a:1", "repository", f"has the repository '-a', {NO_NAME}"),
        (f"{HOST}/a-:1", "repository", f"has the repository 'a-', {NO_NAME}"),
        (f"{HOST}//app:1", "repository", f"has the repository '/app', {NO_NAME}"),
        (f"{HOST}/app/:1", "repository", f"has the repository 'app/', {NO_NAME}"),
        (f"{HOST}/a:1", "repository", "has the repository 'a', which is 1 character long; ECR takes 2 to 256"),
        (
            f"{HOST}/{'a' * 257}:1",
            "repository",
            f"has the repository '{'a' * 257}', which is 257 characters long; ECR takes 2 to 256",
        ),
        (f"{HOST}/app", "tag", "has neither tag nor digest"),
        (f"{HOST}/app:", "tag", "has an empty tag"),
        (f"{HOST}/app:@sha256:{HEX}", "tag", "has an empty tag"),
        (f"{HOST}/app:-1", "tag", f"has the tag '-1', {NO_TAG}"),
        (f"{HOST}/app:.1", "tag", f"has the tag '.1', {NO_TAG}"),
        (f"{HOST}/app:1:2", "tag", f"has the tag '1:2', {NO_TAG}"),
        (f"{HOST}/app:a/b", "tag", f"has the tag 'a/b', {NO_TAG}"),
        (
            f"{HOST}/app:{'t' * 129}",
            "tag",
            f"has the tag '{'t' * 129}', which is 129 characters long; a tag has at most 128",
        ),
        (f"{HOST}/app@", "digest", f"has the digest '', {NO_DIGEST}"),
        (f"{HOST}/app@sha256:12", "digest", f"has the digest 'sha256:12', {NO_DIGEST}"),
        (f"{HOST}/app@sha512:{HEX * 2}", "digest", f"has the digest 'sha512:{HEX * 2}', {NO_DIGEST}"),
        (f"{HOST}/app@sha256:{HEX.upper()}", "digest", f"has the digest 'sha256:{HEX.upper()}', {NO_DIGEST}"),
        (f"{HOST}/app:1@latest", "digest", f"has the digest 'latest', {NO_DIGEST}"),
        (f"{HOST}/{'a' * 220}:1", "reference", f"is {len(HOST) + 223} characters long; ECS takes at most 255"),
        (
            f"{HOST}/{'a' * 220}:1@sha256:{HEX}",
            "reference",
            f"is {len(HOST) + 223} characters long; ECS takes at most 255",
        ),
        ("1234567890.dkr.ecr.us-east-1.amazonaws.com/app:1", "account", DIGITS.format("1234567890")),
        ("1234-5678-9012.dkr.ecr.us-east-1.amazonaws.com/app:1", "account", DIGITS.format("1234-5678-9012")),
        (".dkr.ecr.us-east-1.amazonaws.com/app:1", "account", DIGITS.format("")),
        (f"x{HOST}/app:1", "account", DIGITS.format("x123456789012")),
        ("123456789012.dkr.ecr.amazonaws.com/app:1", "region", "has the region 'amazonaws', which is no region's name"),
        ("123456789012.dkr.ecr./app:1", "region", "has the region '', which is no region's name"),
        (
            "123456789012.dkr.ecr.us-east.amazonaws.com/app:1",
            "region",
            "has the region 'us-east', which is no region's name; the nearest is 'us-east-2'",
        ),
        (
            "123456789012.dkr.ecr.us-east-1a.amazonaws.com/app:1",
            "region",
            "has the region 'us-east-1a', which is no region's name; the nearest is 'us-east-1'",
        ),
        (
            "123456789012.dkr.ecr.zz-east-1.amazonaws.com/app:1",
            "region",
            "has the region 'zz-east-1', which is no region's name; the nearest is 'us-east-1'",
        ),
        (
            "123456789012.dkr-ecr-fips.zz-east-1.on.aws/app:1",
            "region",
            "has the region 'zz-east-1', which is no region's name; the nearest is 'us-east-1'",
        ),
        (
            "123456789012.dkr.ecr.us-test-1.amazonaws.com/app:1",
            "region",
            "has the region 'us-test-1', which is no region's name; the nearest is 'us-west-1'",
        ),
        (
            "123456789012.dkr.ecr.cn-foo-1.amazonaws.com.cn/app:1",
            "region",
            "has the region 'cn-foo-1', which is no region's name; the nearest is 'cn-north-1'",
        ),
        (
            "123456789012.dkr.ecr.eusc-east-1.amazonaws.eu/app:1",
            "region",
            "has the region 'eusc-east-1', which is no region's name; the nearest is 'eusc-de-east-1'",
        ),
        (
            "123456789012.dkr.ecr.us_east_1.amazonaws.com/app:1",
            "region",
            "has the region 'us_east_1', which is no region's name; the nearest is 'us-east-1'",
        ),
        (
            "123456789012.dkr.ecr.lala-land-1.amazonaws.com/app:1",
            "region",
            "has the region 'lala-land-1', which is no region's name",
        ),
        (
            "123456789012.dkr.ecr-fips.eu-west-1.amazonaws.com/app:1",
            "endpoint",
            "has the endpoint 'dkr.ecr-fips', which region 'eu-west-1' does not have",
        ),
        (
            "123456789012.dkr-ecr-fips.us-iso-east-1.on.aws.ic.gov/app:1",
            "endpoint",
            "has the endpoint 'dkr-ecr-fips', which region 'us-iso-east-1' does not have",
        ),
        (
            "123456789012.dkr-ecr.us-iso-east-1.on.aws/app:1",
            "suffix",
            "has the suffix 'on.aws', but dkr-ecr hosts in us-iso-east-1 end in 'on.aws.ic.gov'",
        ),
        (
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com/app:1",
            "suffix",
            "has the suffix 'amazonaws.com', but dkr.ecr hosts in cn-north-1 end in "
            "'amazonaws.com.cn' or 'on.amazonwebservices.com.cn'",
        ),
        (
            "123456789012.dkr.ecr.us-east-1.amazonaws.com.cn/app:1",
            "suffix",
            "has the suffix 'amazonaws.com.cn', but dkr.ecr hosts in us-east-1 end in 'amazonaws.com'",
        ),
        (
            "123456789012.dkr.ecr.us-east-1.on.aws/app:1",
            "suffix",
            "has the suffix 'on.aws', but dkr.ecr hosts in us-east-1 end in 'amazonaws.com'",
        ),
        (
            "123456789012.dkr-ecr.us-east-1.amazonaws.com/app:1",
            "suffix",
            "has the suffix 'amazonaws.com', but dkr-ecr hosts in us-east-1 end in 'on.aws'",
        ),
        (
            "123456789012.dkr-ecr.us-east-1.on.aws.com.cn/app:1",
            "suffix",
            "has the suffix 'on.aws.com.cn', but dkr-ecr hosts in us-east-1 end in 'on.aws'",
        ),
        (
            "123456789012.dkr-ecr.cn-north-1.amazonaws.com.cn/app:1",
            "suffix",
            "has the suffix 'amazonaws.com.cn', but dkr-ecr hosts in cn-north-1 end in 'on.amazonwebservices.com.cn'",
        ),
        (
            f"{HOST}.example.org/app:1",
            "suffix",
            "has the suffix 'amazonaws.com.example.org', but dkr.ecr hosts in us-east-1 end in 'amazonaws.com'",
        ),
        (
            "123456789012.dkr.ecr.us-east-1/app:1",
            "suffix",
            "has the suffix '', but dkr.ecr hosts in us-east-1 end in 'amazonaws.com'",
        ),
        (f"{HOST}:443/app:1", "registry", f"has a port in the registry '{HOST}:443'; ECR hosts have none"),
        (
            "123456789012.dkr-ecr.us-iso-east-1.on.aws.scloud/app:1",
            "suffix",
            "has the suffix 'on.aws.scloud', but dkr-ecr hosts in us-iso-east-1 end in 'on.aws.ic.gov'",
        ),
        (
            "123456789012.dkr.ecr.us-iso-east-1.on.aws.ic.gov/app:1",
            "suffix",
            "has the suffix 'on.aws.ic.gov', but dkr.ecr hosts in us-iso-east-1 end in 'c2s.ic.gov'",
        ),
        (f"{HOST.upper()}/app:1", "registry", LOWER_CASE.format(HOST.upper())),
        (
            "123456789012.dkr.ecr.us-east-1.AMAZONAWS.com/app:1",
            "registry",
            LOWER_CASE.format("123456789012.dkr.ecr.us-east-1.AMAZONAWS.com"),
        ),
        (
            "123456789012.dkr.ecr.CN-NORTH-1.amazonaws.com.cn/app:1",
            "registry",
            LOWER_CASE.format("123456789012.dkr.ecr.CN-NORTH-1.amazonaws.com.cn"),
        ),
        (
            "123456789012.DKR-ECR-FIPS.us-east-1.ON.AWS/App:1",
            "registry",
            LOWER_CASE.format("123456789012.DKR-ECR-FIPS.us-east-1.ON.AWS"),
        ),
        (
            "PUBLIC.ECR.AWS/nginx/nginx:1",
            "registry",
            "has the registry 'PUBLIC.ECR.AWS', which is no ECR registry",
        ),
        (
            "\u0661" * 12 + ".dkr.ecr.us-east-1.amazonaws.com/app:1",
            "reference",
            "holds '\u0661' at index 0, which no reference may hold",
        ),
    ],
)
def test_refused(reference: str, part: str, reason: str) -> None:
    with pytest.raises(InvalidImageUri) as caught:
        EcrImageUri.parse(reference)
    assert (caught.value.part, caught.value.reason) == (part, reason)
    assert str(caught.value) == f"image {display(reference)!r} {reason}"
    assert not isinstance(caught.value, UnverifiableImageUri)


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        pytest.param(
            [*SYMBOLIC, "/", N, ":1"],
            "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/${Repository}:1",
            id="cdk",
        ),
        pytest.param(
            [A, ".dkr.ecr.", R, ".amazonaws.com/app:1"],
            "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/app:1",
            id="literal-suffix",
        ),
        pytest.param(
            ["123456789012.dkr.ecr.us-east-1.", S, "/app:1"],
            "123456789012.dkr.ecr.us-east-1.${AWS::URLSuffix}/app:1",
            id="imported",
        ),
        pytest.param(
            [A, ".dkr-ecr.", R, ".on.aws/app:1"],
            "${AWS::AccountId}.dkr-ecr.${AWS::Region}.on.aws/app:1",
            id="dual-stack",
        ),
        pytest.param([HOST, "/cdk-", A, "-", R, ":1"], HOST + "/cdk-${AWS::AccountId}-${AWS::Region}:1", id="asset"),
        pytest.param([HOST, "/", A, ":1"], HOST + "/${AWS::AccountId}:1", id="account-as-name"),
        pytest.param([HOST, "/", R, ":1"], HOST + "/${AWS::Region}:1", id="region-as-name"),
        pytest.param([HOST, "/team/", N, "/x:1"], HOST + "/team/${Repository}/x:1", id="name-in-name"),
        pytest.param([HOST, "/app:", ANY], HOST + "/app:${…}", id="tag"),
        pytest.param([HOST, "/app:v", ANY, "-", A], HOST + "/app:v${…}-${AWS::AccountId}", id="tag-in-part"),
        pytest.param([HOST, "/app:", R], HOST + "/app:${AWS::Region}", id="region-as-tag"),
        pytest.param([HOST, "/app@", ANY], HOST + "/app@${…}", id="digest"),
        pytest.param([HOST, "/app@sha256:", ANY], HOST + "/app@sha256:${…}", id="digest-in-part"),
        pytest.param(
            [HOST, "/app:", ANY, f"@sha256:{HEX}"], HOST + "/app:${…}" + f"@sha256:{HEX}", id="tag-and-digest"
        ),
        pytest.param([HOST, "/app:", Constrained("[a-z]+")], HOST + "/app:${…}", id="constrained-tag"),
        pytest.param([HOST, "/app:", Constrained("[a-z]{128,200}")], HOST + "/app:${…}", id="tag-that-may-be-too-long"),
        pytest.param([HOST, "/app:", Constrained("[a-z:]+")], HOST + "/app:${…}", id="half-fitting-tag"),
        pytest.param([HOST, "/app:", Constrained("(?=a).*")], HOST + "/app:${…}", id="undecided-tag"),
        pytest.param([Constrained(f"^{re.escape(HOST)}/app:[0-9.]+$")], HOST + "/app:${…}", id="constrained-start"),
        pytest.param(
            [Constrained(f"{re.escape(HOST)}/app:v1|{re.escape(HOST)}/app:v2")], HOST + "/app:v${…}", id="common-start"
        ),
        pytest.param(
            [HOST, "/", Constrained("app@sha256:[0-9a-f]{64}")],
            HOST + "/app@sha256:${…}",
            id="constrained-name-and-digest",
        ),
        pytest.param([HOST, "/", N, "x" * 200, ":1"], HOST + "/${Repository}" + "x" * 200 + ":1", id="long-name"),
    ],
)
def test_symbolic(pieces: list[Piece], shown: str) -> None:
    uri = EcrImageUri.parse_symbolic(pieces)
    assert str(uri) == shown


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param(
            [Constrained(r"^[0-9]{12}\.dkr\.ecr\.us-east-1\.amazonaws\.com/[a-z]{2,9}:[0-9]{1,9}$")], id="whole"
        ),
        pytest.param([HOST, "/", Constrained("[a-z]{2,9}:[0-9]{1,9}")], id="repository-and-tag"),
        pytest.param([Constrained("[0-9]{12}"), ".dkr.ecr.us-east-1.amazonaws.com/app:1"], id="account"),
        pytest.param([A, ".dkr.ecr.", Constrained("(?:us|eu)-west-[12]"), ".amazonaws.com/app:1"], id="region"),
        pytest.param([A, ".dkr-ecr.us-iso-east-1.", Constrained("on[.]aws[.]ic[.]gov"), "/app:1"], id="suffix"),
        pytest.param([HOST, "/", Constrained("a[0-9]|b/c"), ":1"], id="repository"),
        pytest.param([HOST, "/app", Constrained(":[0-9]|@sha256:[0-9a-f]{64}")], id="tag-or-digest"),
        pytest.param([HOST, "/", Constrained("[a-z]{2}"), ":", ANY], id="free-tag"),
        pytest.param([HOST, "/", Constrained("app:1|web:1")], id="two-repositories"),
        pytest.param([HOST, "/", Constrained("a?pp:1|app:2")], id="start-that-may-lack"),
    ],
)
def test_symbolic_parts_unknown(pieces: list[Piece]) -> None:
    assert EcrImageUri.parse_symbolic(pieces) is None


NEVER = "can become no reference of an ECR image, whatever is given at deployment"


@pytest.mark.parametrize(
    ("pieces", "part", "reason", "certain"),
    [
        pytest.param([ANY], "reference", "is known only at deployment", False, id="anything"),
        pytest.param([ANY, ANY], "reference", "is known only at deployment", False, id="anything-twice"),
        pytest.param(
            [ANY, "/app:1"], "registry", "has a registry that is known only at deployment", False, id="registry"
        ),
        pytest.param(
            [ANY, ".dkr.ecr.us-east-1.amazonaws.com/app:1"],
            "registry",
            "has a registry that is known only at deployment",
            False,
            id="account",
        ),
        pytest.param(
            [ANY, ":1"], "registry", "has a registry that is known only at deployment", False, id="repository-uri"
        ),
        pytest.param(
            [HOST, "/", ANY, ":1"],
            "repository",
            "has a repository that is known only at deployment",
            False,
            id="repository",
        ),
        pytest.param(
            [HOST, "/", ANY],
            "repository",
            "has a repository that is known only at deployment",
            False,
            id="repository-and-tag",
        ),
        pytest.param(
            [HOST, "/app", ANY],
            "repository",
            "has a repository that is known only at deployment",
            False,
            id="tag-with-colon",
        ),
        pytest.param([HOST, ANY], "registry", "has a registry that is known only at deployment", False, id="path"),
        pytest.param(["nginx:", ANY], "registry", "has no ECR registry", True, id="docker-hub"),
        pytest.param([HOST, ":", ANY], "repository", "has a registry, but no repository", True, id="port"),
        pytest.param(["nginx", ANY], "reference", NEVER, True, id="docker-hub-and-more"),
        pytest.param([HOST, "/app:", Constrained("[a-z]{129,}")], "reference", NEVER, True, id="long-tag"),
        pytest.param([HOST, "/app:v", Constrained("[a-z]{128,200}")], "reference", NEVER, True, id="long-tag-in-part"),
        pytest.param(
            ["https://", ANY],
            "registry",
            "starts with the scheme 'https://', so ECS does not take it for an ECR image",
            True,
            id="scheme",
        ),
        pytest.param(
            ["docker.io/", ANY],
            "registry",
            "has the registry 'docker.io', which is no ECR registry",
            True,
            id="other-registry",
        ),
        pytest.param(
            ["public.ecr.aws/", ANY, ":1"],
            "registry",
            "is of the public gallery 'public.ecr.aws', not of a private ECR registry",
            True,
            id="public",
        ),
        pytest.param(
            [ANY, "/App:1"], "repository", f"has the repository 'App', {NO_NAME}", True, id="certainly-wrong-name"
        ),
        pytest.param([ANY, "/app:"], "tag", "has an empty tag", True, id="certainly-empty-tag"),
        pytest.param(
            [ANY, "/app@sha256:1"],
            "digest",
            f"has the digest 'sha256:1', {NO_DIGEST}",
            True,
            id="certainly-wrong-digest",
        ),
        pytest.param(
            [ANY, " "],
            "reference",
            "holds ' ' at index 1, which no reference may hold",
            True,
            id="certainly-wrong-character",
        ),
        pytest.param([N, "/app:1"], "registry", "has no ECR registry", True, id="repository-as-registry"),
        pytest.param([A, "/app:1"], "registry", "has no ECR registry", True, id="account-as-registry"),
        pytest.param(
            [R, ".dkr.ecr.us-east-1.amazonaws.com/app:1"],
            "account",
            DIGITS.format("${AWS::Region}"),
            True,
            id="region-as-account",
        ),
        pytest.param(
            [A, A, ".dkr.ecr.us-east-1.amazonaws.com/app:1"],
            "account",
            DIGITS.format("${AWS::AccountId}${AWS::AccountId}"),
            True,
            id="account-twice",
        ),
        pytest.param(
            [A, ".dkr.ecr.", A, ".amazonaws.com/app:1"],
            "region",
            "has the region '${AWS::AccountId}', which is no region's name",
            True,
            id="account-as-region",
        ),
        pytest.param(
            [A, ".dkr.ecr.", R, "-1.amazonaws.com/app:1"],
            "region",
            "has the region '${AWS::Region}-1', which is no region's name",
            True,
            id="part-of-region",
        ),
        pytest.param(
            [A, ".dkr.ecr.", R, ".", R, "/app:1"],
            "suffix",
            "has the suffix '${AWS::Region}', but dkr.ecr hosts in ${AWS::Region} end in 'amazonaws.com' or "
            "'amazonaws.com.cn' or 'amazonaws.eu' or 'c2s.ic.gov' or 'cloud.adc-e.uk' or 'csp.hci.ic.gov' or "
            "'on.amazonwebservices.com.cn' or 'sc2s.sgov.gov'",
            True,
            id="region-as-suffix",
        ),
        pytest.param(
            [A, ".dkr-ecr.us-east-1.", S, "/app:1"],
            "suffix",
            "has the suffix '${AWS::URLSuffix}', but dkr-ecr hosts in us-east-1 end in 'on.aws'",
            True,
            id="suffix-of-dual-stack",
        ),
        pytest.param(
            [HOST, "/", S, ":1"],
            "repository",
            f"has the repository '${{AWS::URLSuffix}}', {NO_NAME}",
            True,
            id="suffix-as-name",
        ),
        pytest.param([*SYMBOLIC, "/", N], "tag", "has neither tag nor digest", True, id="uri-without-tag"),
        pytest.param([*SYMBOLIC, "/", N, ":"], "tag", "has an empty tag", True, id="empty-tag"),
        pytest.param(
            [HOST, "/app@", N], "digest", f"has the digest '${{Repository}}', {NO_DIGEST}", True, id="name-as-digest"
        ),
        pytest.param(
            [HOST, "/app:\ue000"], "reference", "holds a private-use character", True, id="placeholder-in-text"
        ),
        pytest.param(
            [HOST, "/", N, "x" * 255, ":1"],
            "repository",
            f"has the repository '${{Repository}}{'x' * 255}', which is 257 characters long; ECR takes 2 to 256",
            True,
            id="long-name",
        ),
        pytest.param(
            [HOST, "/app:", ANY, "x" * 129],
            "tag",
            f"has the tag '${{…}}{'x' * 129}', which is 129 characters long; a tag has at most 128",
            True,
            id="long-tag",
        ),
        pytest.param([Constrained("nginx:[0-9]+")], "reference", NEVER, True, id="pattern-of-docker-hub"),
        pytest.param([HOST, "/app:", Constrained("[ -]+")], "reference", NEVER, True, id="pattern-of-no-tag"),
        pytest.param([HOST, "/app@", Constrained("sha512:.*")], "reference", NEVER, True, id="pattern-of-no-digest"),
        pytest.param(
            [Constrained(".*")],
            "reference",
            "is known only at deployment; what its pattern admits includes ''",
            False,
            id="pattern-of-anything",
        ),
        pytest.param(
            [HOST, "/", Constrained("[a-z]+|[A-Z]+"), ":1"],
            "repository",
            "has a repository that is known only at deployment; what its pattern admits includes '" + HOST + "/A:1'",
            False,
            id="pattern-of-some",
        ),
        pytest.param(
            [A, ".dkr.ecr.", Constrained("us-[a-z]+-[0-9]"), ".amazonaws.com/app:1"],
            "registry",
            "has a registry that is known only at deployment; what its pattern admits includes "
            "'${AWS::AccountId}.dkr.ecr.us-a-0.amazonaws.com/app:1'",
            False,
            id="pattern-of-regions-that-do-not-exist",
        ),
        pytest.param(
            [A, ".dkr.ecr.", Constrained("(?:us|eu)-test-[0-9]"), ".amazonaws.com/app:1"],
            "reference",
            NEVER,
            True,
            id="pattern-of-no-region",
        ),
        pytest.param(
            [Constrained("(?=a)x")],
            "reference",
            "is known only at deployment; "
            "regular expression '(?:(?=a)x)' is not supported: lookaround '(?=' at position 3",
            False,
            id="pattern-not-decided",
        ),
    ],
)
def test_symbolic_refused(pieces: list[Piece], part: str, reason: str, certain: bool) -> None:
    with pytest.raises(InvalidImageUri) as caught:
        EcrImageUri.parse_symbolic(pieces)
    assert (caught.value.part, caught.value.reason) == (part, reason)
    assert isinstance(caught.value, UnverifiableImageUri) is not certain


GALLERY = "public.ecr.aws"


@pytest.mark.parametrize(
    ("pieces", "reason"),
    [
        pytest.param([f"{HOST}/app:1"], None, id="private"),
        pytest.param([f"{GALLERY}/nginx/nginx:1"], None, id="public"),
        pytest.param(["ecr-public.aws.com/nginx/nginx:1"], None, id="public-dual-stack"),
        pytest.param([f"{GALLERY}/docker/library/nginx@sha256:{HEX}"], None, id="public-digest"),
        pytest.param([f"{GALLERY}/nginx/nginx:", ANY], None, id="public-free-tag"),
        pytest.param(
            [f"{GALLERY}/nginx:1"],
            "has the repository 'nginx', which lacks the alias of its registry",
            id="public-without-alias",
        ),
        pytest.param([f"{GALLERY}/nginx/nginx"], "has neither tag nor digest", id="public-without-tag"),
        pytest.param(
            [f"{GALLERY}/nginx/Nginx:1"], f"has the repository 'nginx/Nginx', {NO_NAME}", id="public-wrong-name"
        ),
        pytest.param([f"{GALLERY}/{'a/' * 120}a:1"], "is 258 characters long; ECS takes at most 255", id="public-long"),
        pytest.param(["PUBLIC.ECR.AWS/nginx/nginx:1"], LOWER_CASE.format("PUBLIC.ECR.AWS"), id="public-in-upper-case"),
        pytest.param(["nginx:1"], "has no ECR registry", id="docker-hub"),
        pytest.param([ANY], "is known only at deployment", id="anything"),
        pytest.param(
            [Constrained(rf"public\.ecr\.aws/[a-z]{{2}}/[a-z]{{2}}:[0-9]|{re.escape(HOST)}/app:[0-9]")],
            None,
            id="either",
        ),
        pytest.param([Constrained("nginx:[0-9]")], NEVER, id="neither"),
    ],
)
def test_public_gallery(pieces: list[Piece], reason: str | None) -> None:
    error = public_gallery_error(pieces)
    assert (error.reason if error else None) == reason


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        pytest.param({}, None, id="right"),
        pytest.param({"tag": None}, "has neither tag nor digest", id="neither"),
        pytest.param({"account": "12"}, DIGITS.format("12"), id="account"),
        pytest.param(
            {"tag": f"1@sha256:{HEX}"}, "has a part written into the field of another part", id="digest-in-tag"
        ),
        pytest.param(
            {"repository": "web:1", "tag": None}, "has a part written into the field of another part", id="tag-in-name"
        ),
        pytest.param(
            {"suffix": "amazonaws.com/team"}, "has a part written into the field of another part", id="name-in-suffix"
        ),
    ],
)
def test_fields(fields: dict[str, str | None], reason: str | None) -> None:
    right = EcrImageUri.parse(f"{HOST}/web:1")
    given = right._asdict() | fields
    if reason is None:
        assert EcrImageUri(**given) == right
        return
    with pytest.raises(InvalidImageUri) as caught:
        EcrImageUri(**given)
    assert caught.value.reason == reason
    with pytest.raises(InvalidImageUri):
        right._replace(**fields)  # type: ignore[arg-type] # no field holds None but those that may


def test_partition_is_unknown_with_the_region() -> None:
    uri = EcrImageUri.parse_symbolic([*SYMBOLIC, "/app:1"])
    assert uri is not None
    assert uri.partition is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ab", None),
        ("a" * 256, None),
        ("a--b", None),
        ("a__b", None),
        ("", "repository name '' is empty"),
        ("a", "repository name 'a' is 1 character long; ECR takes 2 to 256"),
        ("Ab", f"repository name 'Ab' {NO_NAME[6:]}"),
        ("a" * 257, f"repository name '{'a' * 257}' is 257 characters long; ECR takes 2 to 256"),
        ("ab\n", f"repository name 'ab\\n' {NO_NAME[6:]}"),
    ],
)
def test_check_repository_name(name: str, message: str | None) -> None:
    check(check_repository_name, name, message)


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ("1", None),
        ("t" * 128, None),
        ("", f"tag '' {NO_TAG[6:]}"),
        ("-", f"tag '-' {NO_TAG[6:]}"),
        ("t" * 129, f"tag '{'t' * 129}' is 129 characters long; a tag has at most 128"),
    ],
)
def test_check_tag(tag: str, message: str | None) -> None:
    check(check_tag, tag, message)


@pytest.mark.parametrize(
    ("digest", "message"),
    [
        (f"sha256:{HEX}", None),
        ("sha256:", f"digest 'sha256:' {NO_DIGEST[6:]}"),
        (HEX, f"digest '{HEX}' {NO_DIGEST[6:]}"),
    ],
)
def test_check_digest(digest: str, message: str | None) -> None:
    check(check_digest, digest, message)


def check(function: object, value: str, message: str | None) -> None:
    assert callable(function)
    if message is None:
        function(value)
        return
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        function(value)


PARTITIONS = json.loads((Path(botocore.__file__).parent / "data" / "partitions.json").read_text())["partitions"]


@pytest.mark.parametrize("partition", PARTITIONS, ids=[each["id"] for each in PARTITIONS])
def test_regions_of_botocore(partition: dict[str, object]) -> None:
    outputs, regions, pattern = partition["outputs"], partition["regions"], partition["regionRegex"]
    assert isinstance(outputs, dict)
    assert isinstance(regions, dict)
    assert isinstance(pattern, str)
    named = [region for region in regions if re.fullmatch(pattern, region)]  # and not "aws-global"
    for region in named:
        assert (partition_of(region), url_suffix_of(region)) == (partition["id"], outputs["dnsSuffix"])
        uri = EcrImageUri.parse(f"123456789012.dkr.ecr.{region}.{outputs['dnsSuffix']}/app:1")
        assert uri.partition == partition["id"]

        typo = region.replace("-", "--", 1)
        with pytest.raises(ValueError, match=f"^region '{typo}' is no region's name; the nearest is '{region}'$"):
            check_region(typo)


def test_areas_are_those_of_botocore(monkeypatch: pytest.MonkeyPatch) -> None:
    # The region that is named as the nearest one, which takes nearly all of the time, is not asked for here.
    monkeypatch.setattr("difflib.get_close_matches", lambda *_, **__: [])
    areas = ["".join(letters) for letters in itertools.product(string.ascii_lowercase, repeat=2)]
    areas += [f"{area}-{kind}" for area in areas for kind in ("gov", "iso", "isob", "isoe", "isof")]
    areas += [f"eusc-{country}" for country in areas[: 26 * 26]]
    patterns = [re.compile(partition["regionRegex"]) for partition in PARTITIONS]
    for area in areas:
        exists = any(pattern.fullmatch(f"{area}-east-1") for pattern in patterns)
        assert refusal_of_region(f"{area}-east-1") is not exists


def refusal_of_region(region: str) -> bool:
    try:
        check_region(region)
    except ValueError:
        return True
    return False


def test_region_of_no_known_area() -> None:
    assert (partition_of("moon-1"), url_suffix_of("moon-1")) == ("aws", "amazonaws.com")


SEPARATOR = re.compile(r"[.]|_|__|-+")
DIRECTIONS = ["north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest", "central"]


def plainly(text: str) -> bool:
    """Return whether a text is a reference in one of three registries, read without the grammar."""
    before, at, digest = text.partition("@")
    if at and not (digest[:7] == "sha256:" and len(digest) == 71 and set(digest[7:]) <= set("0123456789abcdef")):
        return False
    host, _, path = before.partition("/")
    name, colon, tag = path.partition(":")
    words = set(string.ascii_letters + string.digits + "_")
    if colon and not (tag and tag[0] in words and set(tag) <= words | set(".-") and len(tag) <= 128):
        return False
    components = name.split("/")
    lower = set(string.ascii_lowercase + string.digits)
    for component in components:
        letters = "".join(c if c in lower else " " for c in component).split()
        rest = component
        separators = []
        for word in letters:
            separator, _, rest = rest.partition(word)
            separators.append(separator)
        if not letters or separators[0] or rest or not all(SEPARATOR.fullmatch(each) for each in separators[1:]):
            return False
    account, _, place = host.partition(".")
    area, direction, number = [*place.removeprefix("dkr.ecr.").removesuffix(".amazonaws.com").split("-"), "", ""][:3]
    return (
        bool(colon or at)
        and len(before) <= 255
        and 2 <= len(name) <= 256
        and len(account) == 12
        and set(account) <= set(string.digits)
        and place == f"dkr.ecr.{area}-{direction}-{number}.amazonaws.com"
        and area in ["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"]
        and direction in DIRECTIONS
        and bool(re.fullmatch("[0-9]+", number))
    )


CHARACTERS = string.ascii_letters + string.digits + "-_.:/@#{}$ \n\tä\x00"


@pytest.mark.parametrize(
    "reference",
    [
        f"{HOST}/team/web-app__x:1.4_2",
        f"{HOST}/ab@sha256:{HEX}",
        f"000000000000.dkr.ecr.ap-southeast-10.amazonaws.com/a.b/c--d:v1@sha256:{HEX}",
    ],
)
def test_every_single_change(reference: str) -> None:
    """Any one character changed, added or left out: the grammar agrees with a plain reading."""
    changed = {reference[:i] + reference[i + 1 :] for i in range(len(reference))}
    changed |= {reference[:i] + c + reference[i + 1 :] for i in range(len(reference)) for c in CHARACTERS}
    changed |= {reference[:i] + c + reference[i:] for i in range(len(reference) + 1) for c in CHARACTERS}
    assert [text for text in changed if accepted(text) is not plainly(text)] == []


def accepted(text: str) -> bool:
    try:
        uri = EcrImageUri.parse(text)
    except InvalidImageUri as error:
        assert not isinstance(error, UnverifiableImageUri)  # noqa: PT017 - both outcomes are asserted
        return False
    assert str(uri) == text
    return True


PIECES: tuple[Piece, ...] = (
    *(A, R, S, N, ANY, Constrained("[a-z]+"), Constrained("(?=a)"), "", "a", "/", ":", "@", ".", "app", "1"),
    *(HOST, ".dkr.ecr.", ".amazonaws.com", "us-east-1", f"sha256:{HEX}", "123456789012", "A", " ", "${x}", "https://"),
)


@pytest.mark.parametrize("block", blocks(5, 50))
def test_any_pieces(block: int) -> None:
    """Whatever stands where: a reference, or one of the two errors with a reason in one line."""
    for seed in range(block * 300, block * 300 + 300):
        chance = random.Random(seed)
        start: list[Piece] = list(chance.choice(((), SYMBOLIC, (HOST,))))
        pieces = start + [chance.choice(PIECES) for _ in range(chance.randrange(7))]
        reason = why(pieces)
        assert reason is None or re.fullmatch("(?:is|has|holds|starts|can) .+", reason), (pieces, reason)


def why(pieces: list[Piece]) -> str | None:
    try:
        EcrImageUri.parse_symbolic(pieces)
    except InvalidImageUri as error:
        return error.reason
    return None
