"""The image family: every text that the image of a container can become is judged, at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecr_ecs_constructs.cloudformation.conditions.worlds import MAX_WORLDS
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules.catalogue import BY_ID
from tests.judging import ECR, findings, line, write

RULES = (
    BY_ID["unqualified-image"],
    BY_ID["unverifiable-image"],
    BY_ID["foreign-registry-image"],
    BY_ID["foreign-partition-image"],
    BY_ID["cross-region-image"],
    BY_ID["floating-tag"],
)
"""The family alone, so that rules of other families change nothing here."""

DIGEST = f"sha256:{'0123456789abcdef' * 4}"

PRELUDE = f"""\
Parameters:
  Free: {{Type: String}}
  Bad: {{Type: String, Default: 'nginx:1'}}
  Good: {{Type: String, Default: '{ECR}/app:1'}}
  Tag: {{Type: String}}
  DefaultTag: {{Type: String, Default: 1.10}}
  EmptyTag: {{Type: String, Default: ''}}
  LatestTag: {{Type: String, Default: latest}}
  Qualified: {{Type: String, AllowedValues: ['{ECR}/app:1', '{ECR}/web:1']}}
  Mixed: {{Type: String, AllowedValues: ['{ECR}/app:1', nginx, '{ECR}/app']}}
  Pattern: {{Type: String, AllowedPattern: '^{ECR.replace(".", "[.]")}/[a-z]{{2,9}}:[0-9]{{1,9}}$'}}
  Loose: {{Type: String, AllowedPattern: '.*dkr.ecr.*'}}
  Hub: {{Type: String, AllowedPattern: 'docker\\.io/[a-z]+:[0-9]+'}}
  Gallery: {{Type: String, AllowedPattern: 'public\\.ecr\\.aws/nginx/nginx:[0-9]{{1,9}}'}}
  Either: {{Type: String, AllowedPattern: '({ECR.replace(".", "[.]")}|public[.]ecr[.]aws/nginx)/nginx:[0-9]{{1,9}}'}}
  Names: {{Type: CommaDelimitedList, Default: 'app,web'}}
  Stored: {{Type: 'AWS::SSM::Parameter::Value<String>', Default: /images/web}}
Mappings:
  Images:
    production: {{Uri: '{ECR}/app:1'}}
    test: {{Uri: nginx}}
Conditions:
  Own: !Equals [!Ref Free, own]
Resources:
  Repo: {{Type: AWS::ECR::Repository, Properties: {{ImageTagMutability: IMMUTABLE}}}}
  Mutable: {{Type: AWS::ECR::Repository, Properties: {{RepositoryName: mutable}}}}
  Bucket: {{Type: AWS::S3::Bucket}}
"""
"""What the images below refer to."""

TASK = """\
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions:
        - Name: web
          Memory: 512
          Image: {}
"""


def lines(path: Path, policy: Policy | None = None) -> list[str]:
    return [line(finding) for finding in findings(path, RULES, policy)]


@pytest.mark.parametrize(
    "reference",
    [
        pytest.param(f"{ECR}/app:1", id="literal"),
        pytest.param(f"{ECR}/team/app@{DIGEST}", id="digest"),
        pytest.param(f"{ECR}/app:1@{DIGEST}", id="tag and digest"),
        pytest.param(f"{ECR}/ecr-public/nginx/nginx:1", id="cache of the public gallery"),
        pytest.param("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/app:1", id="FIPS"),
        pytest.param("123456789012.dkr-ecr.eu-west-1.on.aws/app:1", id="dual-stack"),
        pytest.param("!Sub '${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/app:1'", id="Sub"),
        pytest.param("!Sub '${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/app:1'", id="Sub, suffix literal"),
        pytest.param("!Sub '${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/${Repo}:1'", id="Sub, repository"),
        pytest.param("!Sub ['${Host}/app:1', {Host: '" + ECR + "'}]", id="Sub with a variable"),
        pytest.param("!Sub '${Repo.RepositoryUri}:1'", id="RepositoryUri in Sub"),
        pytest.param("!Join [':', [!GetAtt Repo.RepositoryUri, '1']]", id="RepositoryUri in Join"),
        pytest.param("!Join ['@', [!GetAtt Repo.RepositoryUri, '" + DIGEST + "']]", id="RepositoryUri with digest"),
        pytest.param(
            "!Join ['', [!Ref AWS::AccountId, .dkr.ecr., !Ref AWS::Region, .amazonaws.com/, !Ref Repo, ':1']]",
            id="Join",
        ),
        pytest.param("!Sub '${Repo.RepositoryUri}:${Tag}'", id="free tag"),
        pytest.param("!Sub '" + ECR + "/app:${Tag}'", id="free tag behind a literal"),
        pytest.param("!Sub '" + ECR + "/app@${Tag}'", id="free digest"),
        pytest.param("!Sub '${Repo.RepositoryUri}:build-${Tag}'", id="tag free in part"),
        pytest.param("!Sub '${Repo.RepositoryUri}:{{resolve:ssm:/web/tag}}'", id="tag of a dynamic reference"),
        pytest.param("!Sub '" + ECR + "/app:${DefaultTag}'", id="default of a tag"),
        pytest.param("!Ref Good", id="good default"),
        pytest.param("!Ref Qualified", id="allowed values"),
        pytest.param("!Ref Pattern", id="allowed pattern"),
        pytest.param("!Sub ['" + ECR + "/${Name}:1', {Name: !Select [1, !Ref Names]}]", id="element of a list"),
        pytest.param("!If [Own, '" + ECR + "/app:1', !Sub '${Repo.RepositoryUri}:1']", id="If"),
        pytest.param("!FindInMap [Images, production, Uri]", id="FindInMap"),
    ],
)
def test_accepted(tmp_path: Path, reference: str) -> None:
    assert lines(write(tmp_path, PRELUDE + TASK.format(reference))) == []


PLACE = "Task.Properties.ContainerDefinitions[0].Image"
BAD = "unqualified-image"
UNKNOWN = "unverifiable-image?"


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        pytest.param("nginx", "image 'nginx' has no ECR registry", id="name"),
        pytest.param("nginx:latest", "image 'nginx:latest' has no ECR registry", id="name and tag"),
        pytest.param(
            "arn:aws:ecr:us-east-1:123456789012:repository/app",
            "image 'arn:aws:ecr:us-east-1:123456789012:repository/app' is an ARN, not the reference of an image",
            id="ARN",
        ),
        pytest.param(
            "!GetAtt Repo.Arn",
            "image 'arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/${Repo}' is an ARN, "
            "not the reference of an image",
            id="ARN of a repository of the template",
        ),
        pytest.param(
            "docker.io/library/nginx:1",
            "image 'docker.io/library/nginx:1' has the registry 'docker.io', which is no ECR registry",
            id="other registry",
        ),
        pytest.param(
            "public.ecr.aws/nginx/nginx:1",
            "image 'public.ecr.aws/nginx/nginx:1' is of the public gallery 'public.ecr.aws', "
            "not of a private ECR registry",
            id="public gallery",
        ),
        pytest.param(
            f"https://{ECR}/app:1",
            f"image 'https://{ECR}/app:1' starts with the scheme 'https://', so ECS does not take it for an ECR image",
            id="scheme",
        ),
        pytest.param(
            f"' {ECR}/app:1'",
            f"image ' {ECR}/app:1' holds ' ' at index 0, which no reference may hold",
            id="space in front",
        ),
        pytest.param(
            f'"{ECR}/app:1\\n"',
            f"image '{ECR}/app:1\\n' holds '\\n' at index 50, which no reference may hold",
            id="new line",
        ),
        pytest.param(
            '"\\e[31mnginx"',
            "image '\\x1b[31mnginx' holds '\\x1b' at index 0, which no reference may hold",
            id="control character",
        ),
        pytest.param(
            "12345.dkr.ecr.us-east-1.amazonaws.com/app:1",
            "image '12345.dkr.ecr.us-east-1.amazonaws.com/app:1' has the account '12345', which is not 12 digits",
            id="account",
        ),
        pytest.param(
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com/app:1",
            "image '123456789012.dkr.ecr.cn-north-1.amazonaws.com/app:1' has the suffix 'amazonaws.com', "
            "but dkr.ecr hosts in cn-north-1 end in 'amazonaws.com.cn' or 'on.amazonwebservices.com.cn'",
            id="suffix",
        ),
        pytest.param(ECR, f"image '{ECR}' has a registry, but no repository", id="no repository"),
        pytest.param(f"{ECR}/app", f"image '{ECR}/app' has neither tag nor digest", id="no tag"),
        pytest.param(f"'{ECR}/app:'", f"image '{ECR}/app:' has an empty tag", id="empty tag"),
        pytest.param(
            f"{ECR}/app:@{DIGEST}", f"image '{ECR}/app:@{DIGEST}' has an empty tag", id="empty tag before a digest"
        ),
        pytest.param(
            f"{ECR}/app@sha256:00",
            f"image '{ECR}/app@sha256:00' has the digest 'sha256:00', "
            "which is not sha256: and 64 lower-case hexadecimal digits",
            id="digest",
        ),
        pytest.param(
            f"{ECR}/App:1",
            f"image '{ECR}/App:1' has the repository 'App', "
            "which is not lower-case letters and digits, separated by one of . _ __ / or by hyphens",
            id="repository",
        ),
        pytest.param(
            "'${AWS::AccountId}.dkr.ecr.us-east-1.amazonaws.com/app:1'",
            "image '${AWS::AccountId}.dkr.ecr.us-east-1.amazonaws.com/app:1' holds '${AWS::AccountId}' "
            "as plain text: nothing replaces it",
            id="Sub forgotten",
        ),
        pytest.param("''", "image '' is empty", id="empty"),
        pytest.param("5", "image '5' has no ECR registry", id="number"),
        pytest.param("null", "image is nothing, not a text", id="null"),
        pytest.param("[nginx]", "image is a list, not a text", id="list"),
        pytest.param("{a: b}", "image is an object, not a text", id="object"),
        pytest.param("!Ref AWS::NoValue", "image is missing", id="no value"),
        pytest.param(
            "!GetAtt Repo.RepositoryUri",
            "image '${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/${Repo}' has neither tag nor digest",
            id="RepositoryUri without tag",
        ),
        pytest.param("!Ref Repo", "image '${Repo}' has no ECR registry", id="repository's name alone"),
        pytest.param(
            "!Sub '${Repo}/app:1'", "image '${Repo}/app:1' has no ECR registry", id="repository's name as registry"
        ),
        pytest.param(
            "!Sub '${Repo}.dkr.ecr.us-east-1.amazonaws.com/app:1'",
            "image '${Repo}.dkr.ecr.us-east-1.amazonaws.com/app:1' has the account '${Repository}', "
            "which is not 12 digits",
            id="repository's name as account",
        ),
        pytest.param(
            "!Sub '${AWS::Region}.dkr.ecr.${AWS::AccountId}.amazonaws.com/app:1'",
            "image '${AWS::Region}.dkr.ecr.${AWS::AccountId}.amazonaws.com/app:1' has the account '${AWS::Region}', "
            "which is not 12 digits",
            id="account and region swapped",
        ),
        pytest.param("!Ref Bad", "image 'nginx:1' has no ECR registry (with the default of Bad)", id="default"),
        pytest.param(
            "!Sub '" + ECR + "/app:${EmptyTag}'",
            f"image '{ECR}/app:' has an empty tag (with the default of EmptyTag)",
            id="default of the tag",
        ),
        pytest.param(
            "!Sub '${Bad}${EmptyTag}/'",
            "image 'nginx:1/' has the registry 'nginx:1', which is no ECR registry "
            "(with the default of Bad and EmptyTag)",
            id="two defaults",
        ),
        pytest.param(
            "!Sub 'nginx:${Tag}'",
            "image 'nginx:${Tag}' has no ECR registry",
            id="free tag of no ECR image",
        ),
        pytest.param(
            "!Ref Hub",
            "image '${Hub}' can become no reference of an ECR image, whatever is given at deployment",
            id="pattern of another registry",
        ),
        pytest.param("!FindInMap [Images, test, Uri]", "image 'nginx' has no ECR registry", id="FindInMap"),
        pytest.param(
            "!FindInMap [Images, !Ref Free, Uri]", "image 'nginx' has no ECR registry", id="FindInMap, one of the keys"
        ),
        pytest.param(
            "!Sub ['${I}', {I: !If [Own, nginx, '" + ECR + "/app:1']}]",
            "image 'nginx' has no ECR registry",
            id="If inside of Sub",
        ),
    ],
)
def test_unqualified(tmp_path: Path, reference: str, expected: str) -> None:
    assert lines(write(tmp_path, PRELUDE + TASK.format(reference))) == [f"{BAD} {PLACE}: container 'web': {expected}"]


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        pytest.param("!Ref Free", "image '${Free}': it is known only at deployment", id="parameter"),
        pytest.param("!Ref Nothing", "image '${Nothing}': it is known only at deployment", id="reference to nothing"),
        pytest.param("!Ref Bucket", "image '${Bucket}': it is known only at deployment", id="other resource"),
        pytest.param("!Ref Stored", "image '${Stored}': it is known only at deployment", id="SSM parameter"),
        pytest.param(
            "'{{resolve:ssm:/web}}'", "image '{{resolve:ssm:/web}}': it is known only at deployment", id="dynamic"
        ),
        pytest.param(
            "!ImportValue Image", "image '${Fn::ImportValue Image}': it is known only at deployment", id="import"
        ),
        pytest.param(
            "!Transform {Name: X}", "image '${Fn::Transform}': it is known only at deployment", id="transform"
        ),
        pytest.param(
            "!Ref Loose",
            "image '${Loose}': it is known only at deployment; what its pattern admits includes 'dkraecr'",
            id="loose pattern",
        ),
        pytest.param(
            "!Sub '${Free}/app:1'",
            "image '${Free}/app:1': it has a registry that is known only at deployment",
            id="registry",
        ),
        pytest.param(
            "!Sub '${Free}.dkr.ecr.us-east-1.amazonaws.com/app:1'",
            "image '${Free}.dkr.ecr.us-east-1.amazonaws.com/app:1': it has a registry that is known only at deployment",
            id="account",
        ),
        pytest.param(
            "!Sub '" + ECR + "/${Free}'",
            "image '" + ECR + "/${Free}': it has a repository that is known only at deployment",
            id="repository and tag in one parameter",
        ),
        pytest.param(
            "!Sub '" + ECR + "/app${Tag}'",
            "image '" + ECR + "/app${Tag}': it has a repository that is known only at deployment",
            id="tag without its colon",
        ),
    ],
)
def test_unverifiable(tmp_path: Path, reference: str, expected: str) -> None:
    found = lines(write(tmp_path, PRELUDE + TASK.format(reference)))
    assert found == [f"{UNKNOWN} {PLACE}: container 'web': cannot verify {expected}"]


RANGES = "Properties.NodeProperties.NodeRangeProperties"
NGINX = "image 'nginx' has no ECR registry"


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        pytest.param(
            "!Ref Mixed",
            [
                f"{BAD} {PLACE}: container 'web': image '{ECR}/app' has neither tag nor digest",
                f"{BAD} {PLACE}: container 'web': {NGINX}",
            ],
            id="each allowed value",
        ),
        pytest.param(
            f"!If [Own, nginx, '{ECR}/app:1']", [f"{BAD} {PLACE}.Fn::If[1]: container 'web': {NGINX}"], id="then"
        ),
        pytest.param(
            f"!If [Own, '{ECR}/app:1', nginx]", [f"{BAD} {PLACE}.Fn::If[2]: container 'web': {NGINX}"], id="else"
        ),
        pytest.param(
            "!If [Own, nginx, !Ref Free]",
            [
                f"{BAD} {PLACE}.Fn::If[1]: container 'web': {NGINX}",
                f"{UNKNOWN} {PLACE}.Fn::If[2]: container 'web': "
                "cannot verify image '${Free}': it is known only at deployment",
            ],
            id="both, each in its words",
        ),
        pytest.param(
            "!If [Own, !If [Own, nginx, never], !If [Own, never, nginx]]",
            [
                f"{BAD} {PLACE}.Fn::If[1].Fn::If[1]: container 'web': {NGINX}",
                f"{BAD} {PLACE}.Fn::If[2].Fn::If[2]: container 'web': {NGINX}",
            ],
            id="only branches that can be",
        ),
        pytest.param(
            f"!If [Own, !Ref AWS::NoValue, '{ECR}/app:1']",
            [f"{BAD} {PLACE}: container 'web': image is missing"],
            id="no value in one branch",
        ),
    ],
)
def test_branches(tmp_path: Path, reference: str, expected: list[str]) -> None:
    assert lines(write(tmp_path, PRELUDE + TASK.format(reference))) == expected


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        pytest.param(
            """
            Type: AWS::ECS::TaskDefinition
            Properties:
              ContainerDefinitions:
                - {Name: init, Image: a, Essential: false}
                - {Name: web, Image: GOOD, DependsOn: [{ContainerName: init, Condition: SUCCESS}]}
                - {Name: sidecar, Image: b}
                - {Name: router, Image: c, FirelensConfiguration: {Type: fluentbit}}
            """,
            {
                "Properties.ContainerDefinitions[0].Image": "container 'init': image 'a' has no ECR registry",
                "Properties.ContainerDefinitions[2].Image": "container 'sidecar': image 'b' has no ECR registry",
                "Properties.ContainerDefinitions[3].Image": "container 'router': image 'c' has no ECR registry",
            },
            id="task definition",
        ),
        pytest.param(
            """
            Type: AWS::ECS::DaemonTaskDefinition
            Properties:
              ContainerDefinitions: [{Name: web, Image: GOOD}, {Name: agent, Image: a}]
            """,
            {"Properties.ContainerDefinitions[1].Image": "container 'agent': image 'a' has no ECR registry"},
            id="daemon",
        ),
        pytest.param(
            """
            Type: AWS::ECS::ExpressGatewayService
            Properties:
              PrimaryContainer: {Image: a}
            """,
            {"Properties.PrimaryContainer.Image": "image 'a' has no ECR registry"},
            id="express service",
        ),
        pytest.param(
            """
            Type: AWS::Batch::JobDefinition
            Properties:
              Type: container
              ContainerProperties: {Image: a}
            """,
            {"Properties.ContainerProperties.Image": "image 'a' has no ECR registry"},
            id="Batch job",
        ),
        pytest.param(
            """
            Type: AWS::Batch::JobDefinition
            Properties:
              Type: container
              EcsProperties:
                TaskProperties:
                  - Containers: [{Name: web, Image: GOOD}, {Name: sidecar, Image: a}]
            """,
            {
                "Properties.EcsProperties.TaskProperties[0].Containers[1].Image": (
                    "container 'sidecar': image 'a' has no ECR registry"
                )
            },
            id="Batch task",
        ),
        pytest.param(
            """
            Type: AWS::Batch::JobDefinition
            Properties:
              Type: multinode
              NodeProperties:
                NodeRangeProperties:
                  - {TargetNodes: '0', Container: {Image: a}}
                  - {TargetNodes: '1:', EcsProperties: {TaskProperties: [{Containers: [{Name: web, Image: b}]}]}}
                  - {TargetNodes: '1:', Container: {Image: GOOD}}
            """,
            {
                f"{RANGES}[0].Container.Image": "image 'a' has no ECR registry",
                f"{RANGES}[1].EcsProperties.TaskProperties[0].Containers[0].Image": (
                    "container 'web': image 'b' has no ECR registry"
                ),
            },
            id="Batch node ranges",
        ),
        pytest.param(
            """
            Type: AWS::Batch::JobDefinition
            Properties:
              Type: container
              EksProperties: {PodProperties: {Containers: [{Image: nginx}]}}
            """,
            {},
            id="Batch on EKS is not of ECS",
        ),
        pytest.param(
            """
            Type: AWS::ECS::TaskDefinition
            Properties:
              ContainerDefinitions:
                - Name: web
                - !If [Own, {Name: a, Image: a}, {Name: b, Image: GOOD}]
                - !If [Own, !Ref AWS::NoValue, {Name: c, Image: c}]
                - !Ref AWS::NoValue
                - text
            """,
            {
                "Properties.ContainerDefinitions[0].Image": "container 'web': image is missing",
                "Properties.ContainerDefinitions[1].Fn::If[1].Image": "container 'a': image 'a' has no ECR registry",
                "Properties.ContainerDefinitions[2].Fn::If[2].Image": "container 'c': image 'c' has no ECR registry",
                "Properties.ContainerDefinitions[4].Image": "image is missing",
            },
            id="containers in branches",
        ),
        pytest.param(
            """
            Type: AWS::ECS::TaskDefinition
            Properties:
              ContainerDefinitions: !If [Own, [{Name: a, Image: a}], [{Name: b, Image: GOOD}, {Name: c, Image: c}]]
            """,
            {
                "Properties.ContainerDefinitions.Fn::If[1][0].Image": "container 'a': image 'a' has no ECR registry",
                "Properties.ContainerDefinitions.Fn::If[2][1].Image": "container 'c': image 'c' has no ECR registry",
            },
            id="lists of containers in branches",
        ),
        pytest.param(
            """
            Type: AWS::ECS::TaskDefinition
            Condition: Own
            Properties:
              ContainerDefinitions: [{Name: a, Image: !If [Own, GOOD, never]}]
            """,
            {},
            id="condition of the resource",
        ),
        pytest.param(
            """
            Type: AWS::ECS::TaskDefinition
            Properties:
              ContainerDefinitions:
                - {Name: c0, Image: GOOD}
                - {Name: c1, Image: GOOD}
                - {Name: c2, Image: a}
                - {Name: c3, Image: GOOD}
                - {Name: c4, Image: GOOD}
                - {Name: c5, Image: GOOD}
                - {Name: c6, Image: GOOD}
                - {Name: c7, Image: GOOD}
                - {Name: c8, Image: GOOD}
                - {Name: c9, Image: GOOD}
                - {Name: c10, Image: b}
            """,
            {
                "Properties.ContainerDefinitions[2].Image": "container 'c2': image 'a' has no ECR registry",
                "Properties.ContainerDefinitions[10].Image": "container 'c10': image 'b' has no ECR registry",
            },
            id="in the order of the containers",
        ),
        pytest.param("\n            Type: AWS::ECS::TaskDefinition\n", {}, id="no properties"),
        pytest.param(
            """
            Type: AWS::EC2::Instance
            Properties: {Image: nginx}
            """,
            {},
            id="another resource",
        ),
    ],
)
def test_every_container(tmp_path: Path, resource: str, expected: dict[str, str]) -> None:
    template = f"{PRELUDE}  Task:{resource.replace('GOOD', f'{ECR}/app:1')}"
    found = [
        (finding.location, finding.message)
        for finding in findings(write(tmp_path, template), RULES)
        if finding.rule == BAD
    ]
    assert found == list(expected.items())


@pytest.mark.parametrize(
    ("properties", "location"),
    [
        pytest.param("{ContainerDefinitions: !Ref Free}", "Properties.ContainerDefinitions…", id="all containers"),
        pytest.param("{ContainerDefinitions: [!Ref Free]}", "Properties.ContainerDefinitions[0]…", id="one container"),
    ],
)
def test_unknown_containers(tmp_path: Path, properties: str, location: str) -> None:
    template = f"{PRELUDE}  Task: {{Type: AWS::ECS::TaskDefinition, Properties: {properties}}}\n"
    expected = "cannot verify image '${Free}': it is known only at deployment"
    assert lines(write(tmp_path, template)) == [f"{UNKNOWN} Task.{location}: {expected}"]


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        pytest.param("public.ecr.aws/nginx/nginx:1", [], id="tag"),
        pytest.param(f"public.ecr.aws/nginx/nginx@{DIGEST}", [], id="digest"),
        pytest.param("ecr-public.aws.com/nginx/nginx:1", [], id="dual-stack"),
        pytest.param("!Sub 'public.ecr.aws/nginx/nginx:${Tag}'", [], id="free tag"),
        pytest.param("!Ref Gallery", [], id="pattern"),
        pytest.param("!Ref Either", [], id="pattern of both"),
        pytest.param(f"{ECR}/app:1", [], id="private registry"),
        pytest.param(
            "public.ecr.aws/nginx/nginx",
            [f"{BAD} {PLACE}: container 'web': image 'public.ecr.aws/nginx/nginx' has neither tag nor digest"],
            id="no tag",
        ),
        pytest.param(
            "public.ecr.aws/nginx:1",
            [
                f"{BAD} {PLACE}: container 'web': image 'public.ecr.aws/nginx:1' has the repository 'nginx', "
                "which lacks the alias of its registry"
            ],
            id="no alias",
        ),
        pytest.param(
            "!Sub 'public.ecr.aws/nginx/${Free}'",
            [
                f"{UNKNOWN} {PLACE}: container 'web': cannot verify image 'public.ecr.aws/nginx/${{Free}}': "
                "it has a repository that is known only at deployment"
            ],
            id="free repository",
        ),
        pytest.param(
            "public.ecr.aws.example.org/nginx/nginx:1",
            [
                f"{BAD} {PLACE}: container 'web': image 'public.ecr.aws.example.org/nginx/nginx:1' "
                "has the registry 'public.ecr.aws.example.org', which is no ECR registry"
            ],
            id="another host",
        ),
        pytest.param("nginx", [f"{BAD} {PLACE}: container 'web': {NGINX}"], id="no registry"),
        pytest.param("null", [f"{BAD} {PLACE}: container 'web': image is nothing, not a text"], id="null"),
    ],
)
def test_public_gallery(tmp_path: Path, reference: str, expected: list[str]) -> None:
    assert lines(write(tmp_path, PRELUDE + TASK.format(reference)), Policy(allow_public_gallery=True)) == expected


FOREIGN = f"foreign-registry-image {PLACE}: container 'web': image '{ECR}/app:1' is of account 123456789012, "
FOREIGN += "which is not allowed"
OWN = "aws://123456789012/us-east-1"
SOMEWHERE = "aws://unknown-account/unknown-region"


@pytest.mark.parametrize(
    ("reference", "accounts", "environment", "expected"),
    [
        pytest.param(f"{ECR}/app:1", None, SOMEWHERE, [], id="no list"),
        pytest.param(f"{ECR}/app:1", {"123456789012", "111111111111"}, SOMEWHERE, [], id="listed"),
        pytest.param(f"{ECR}/app:1", {"111111111111"}, SOMEWHERE, [FOREIGN], id="not listed"),
        pytest.param(f"{ECR}/app:1", {"111111111111"}, OWN, [], id="the stack's own"),
        pytest.param(f"{ECR}/app:1", set(), OWN, [], id="only the stack's own"),
        pytest.param(f"{ECR}/app:1", set(), SOMEWHERE, [FOREIGN], id="only the stack's own, not known"),
        pytest.param("!Sub '${Repo.RepositoryUri}:1'", {"111111111111"}, SOMEWHERE, [], id="AWS::AccountId"),
        pytest.param("!Sub '${Repo.RepositoryUri}:1'", {"111111111111"}, OWN, [], id="AWS::AccountId, known"),
        pytest.param("!Ref Good", {"111111111111"}, SOMEWHERE, [f"{FOREIGN} (with the default of Good)"], id="default"),
        pytest.param(
            "!Ref Pattern",
            {"111111111111"},
            SOMEWHERE,
            [
                f"foreign-registry-image? {PLACE}: container 'web': cannot verify image '${{Pattern}}': "
                "the account of its registry is known only at deployment"
            ],
            id="pattern",
        ),
        pytest.param(
            "!Ref Either",
            {"111111111111"},
            SOMEWHERE,
            [
                f"foreign-registry-image? {PLACE}: container 'web': cannot verify image '${{Either}}': "
                "the account of its registry is known only at deployment"
            ],
            id="pattern of both",
        ),
        pytest.param("public.ecr.aws/nginx/nginx:1", {"111111111111"}, SOMEWHERE, [], id="public gallery"),
    ],
)
def test_foreign_registry(
    tmp_path: Path, reference: str, accounts: set[str] | None, environment: str, expected: list[str]
) -> None:
    policy = Policy(allow_public_gallery=True, allowed_accounts=None if accounts is None else frozenset(accounts))
    assert lines(write(tmp_path, PRELUDE + TASK.format(reference), environment), policy) == expected


CHINA = "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/app:1"


@pytest.mark.parametrize(
    ("reference", "environment", "expected"),
    [
        pytest.param(f"{ECR}/app:1", "aws://unknown-account/us-east-1", [], id="own region"),
        pytest.param(f"{ECR}/app:1", SOMEWHERE, [], id="stack's region not known"),
        pytest.param("!Sub '${Repo.RepositoryUri}:1'", OWN, [], id="AWS::Region"),
        pytest.param("!Sub '${Repo.RepositoryUri}:1'", SOMEWHERE, [], id="AWS::Region, not known"),
        pytest.param("!Ref Pattern", "aws://unknown-account/eu-west-1", [], id="pattern"),
        pytest.param(
            f"{ECR}/app:1",
            "aws://unknown-account/eu-west-1",
            [
                f"cross-region-image {PLACE}: container 'web': image '{ECR}/app:1' is of region us-east-1, "
                "but the stack is deployed to eu-west-1"
            ],
            id="another region",
        ),
        pytest.param(
            "!Sub '${AWS::AccountId}.dkr.ecr.us-east-1.${AWS::URLSuffix}/app:1'",
            "aws://unknown-account/eu-west-1",
            [
                f"cross-region-image {PLACE}: container 'web': "
                "image '${AWS::AccountId}.dkr.ecr.us-east-1.amazonaws.com/app:1' is of region us-east-1, "
                "but the stack is deployed to eu-west-1"
            ],
            id="another region, account not known",
        ),
        pytest.param(CHINA, "aws://unknown-account/cn-north-1", [], id="own partition"),
        pytest.param(CHINA, SOMEWHERE, [], id="stack's partition not known"),
        pytest.param(
            CHINA,
            "aws://unknown-account/cn-northwest-1",
            [
                f"cross-region-image {PLACE}: container 'web': image '{CHINA}' is of region cn-north-1, "
                "but the stack is deployed to cn-northwest-1"
            ],
            id="another region of the partition",
        ),
        pytest.param(
            CHINA,
            "aws://unknown-account/us-gov-west-1",
            [
                f"foreign-partition-image {PLACE}: container 'web': image '{CHINA}' is of partition aws-cn, "
                "but the stack is deployed to aws-us-gov"
            ],
            id="another partition",
        ),
    ],
)
def test_region(tmp_path: Path, reference: str, environment: str, expected: list[str]) -> None:
    assert lines(write(tmp_path, PRELUDE + TASK.format(reference), environment)) == expected


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, so that a template's name in a message is the same in each run."""
    monkeypatch.chdir(tmp_path)
    return Path()


REPOSITORY = """\
Conditions:
  Own: !Equals [!Ref AWS::StackName, own]
Parameters:
  Tag: {{Type: String}}
  Mode: {{Type: String}}
Resources:
  Repo:
    Type: AWS::ECR::Repository
    Properties:
      RepositoryName: app
      {}
"""


def floating(tag: str, uri: str = ECR + "/app") -> str:
    return f"image '{uri}:{tag}' has the tag '{tag}' of repository Repo (template.yaml), "


@pytest.mark.parametrize(
    ("mode", "filters", "tag", "expected"),
    [
        pytest.param("IMMUTABLE", [], "1", None, id="immutable"),
        pytest.param("IMMUTABLE", [], "${Tag}", None, id="immutable, free tag"),
        pytest.param("!Ref AWS::NoValue", [], "1", True, id="mutable by default"),
        pytest.param("MUTABLE", [], "1", True, id="mutable"),
        pytest.param("MUTABLE", [], "${Tag}", True, id="mutable, free tag"),
        pytest.param("!Ref Mode", [], "1", False, id="mode known at deployment"),
        pytest.param("!If [Own, IMMUTABLE, MUTABLE]", [], "1", True, id="mutable in a branch"),
        pytest.param("!If [Own, IMMUTABLE, !Ref AWS::NoValue]", [], "1", True, id="no value in a branch"),
        pytest.param("IMMUTABLE_WITH_EXCLUSION", ["dev-*"], "1", None, id="not excluded"),
        pytest.param("IMMUTABLE_WITH_EXCLUSION", ["dev-*", "test"], "dev-1", True, id="excluded"),
        pytest.param("IMMUTABLE_WITH_EXCLUSION", ["dev-*"], "a-dev-1", None, id="whole tags only"),
        pytest.param("IMMUTABLE_WITH_EXCLUSION", ["dev-*"], "${Tag}", False, id="exclusion, free tag"),
        pytest.param("IMMUTABLE_WITH_EXCLUSION", ["!Ref Mode"], "1", False, id="filter known at deployment"),
        pytest.param("MUTABLE_WITH_EXCLUSION", ["v*"], "v1", None, id="immutable by exclusion"),
        pytest.param("MUTABLE_WITH_EXCLUSION", ["v*"], "1", True, id="not immutable by exclusion"),
    ],
)
def test_floating_tag(here: Path, mode: str, filters: list[str], tag: str, expected: bool | None) -> None:
    """Expected: whether it is sure that the tag can be overwritten, None where it is sure that it can't."""
    properties = f"ImageTagMutability: {mode}"
    for index, value in enumerate(filters):
        properties += "" if index else "\n      ImageTagMutabilityExclusionFilters:"
        properties += f"\n        - {{ImageTagMutabilityExclusionFilterValue: {value}}}"
    write(here, REPOSITORY.format(properties) + TASK.format(f"!Sub '{ECR}/app:{tag}'"))
    sure, words = ("", "whose") if expected else ("?", "which may be one whose")
    message = f"floating-tag{sure} {PLACE}: container 'web': {floating(tag)}{words} tags can be overwritten"
    assert lines(here / "template.yaml") == ([] if expected is None else [message])


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        pytest.param(f"{ECR}/other:latest", [f"image '{ECR}/other:latest' has the tag 'latest'"], id="latest"),
        pytest.param(f"{ECR}/other:Latest", [], id="not latest"),
        pytest.param(f"{ECR}/app:latest@{DIGEST}", [], id="latest and digest"),
        pytest.param(f"{ECR}/app@{DIGEST}", [], id="digest"),
        pytest.param(f"{ECR}/other:1", [], id="repository that is not in the templates"),
        pytest.param("!Sub '" + ECR + "/other:${Tag}'", [], id="free tag of such a repository"),
        pytest.param(
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1",
            [
                "image '123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1' is of region eu-west-1, "
                "but the stack is deployed to us-east-1"
            ],
            id="repository of the name elsewhere",
        ),
        pytest.param("999999999999.dkr.ecr.us-east-1.amazonaws.com/app:1", [], id="repository of the name of others"),
        pytest.param(
            "!Sub '${Repo.RepositoryUri}:1'",
            [f"{floating('1')}whose tags can be overwritten"],
            id="repository of the template",
        ),
    ],
)
def test_floating_tag_of_another(here: Path, reference: str, expected: list[str]) -> None:
    write(here, REPOSITORY.format("") + TASK.format(reference), OWN)
    assert [finding.message.removeprefix("container 'web': ") for finding in findings(here, RULES)] == expected


def test_floating_tag_of_a_repository_without_name(here: Path) -> None:
    write(
        here,
        REPOSITORY.format("").replace("RepositoryName: app", "") + TASK.format("!Sub '${Repo.RepositoryUri}:1'"),
    )
    assert lines(here / "template.yaml") == [
        f"floating-tag {PLACE}: container 'web': "
        "image '${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/${Repo}:1' has the tag '1' "
        "of repository Repo (template.yaml), whose tags can be overwritten"
    ]


def test_floating_tag_that_no_world_decides(here: Path) -> None:
    modes = ", ".join(f"MODE_{number}" for number in range(MAX_WORLDS))
    template = REPOSITORY.format("ImageTagMutability: !Ref Mode") + TASK.format(f"{ECR}/app:1")
    write(here, template.replace("Mode: {Type: String}", f"Mode: {{Type: String, AllowedValues: [{modes}]}}"))
    why = f"it depends on more than {MAX_WORLDS} combinations of conditions and parameters"
    place = PLACE.removesuffix(".Image")
    assert lines(here / "template.yaml") == [f"floating-tag? {place}: cannot verify the tag: {why}"]


REASONED = """\
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Metadata: {}
    Properties:
      ContainerDefinitions: [{{Name: web, Image: nginx}}]
"""


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        pytest.param(
            "{ecr-ecs-constructs: {acknowledge: {unqualified-image: mirrored by the host}}}",
            "mirrored by the host",
            id="with a reason",
        ),
        pytest.param("{ecr-ecs-constructs: {acknowledge: {unqualified-image: 1}}}", "1", id="a number in YAML"),
        pytest.param("{ecr-ecs-constructs: {acknowledge: {unqualified-image: ''}}}", None, id="empty reason"),
        pytest.param("{ecr-ecs-constructs: {acknowledge: {unqualified-image: }}}", None, id="no reason"),
        pytest.param("{ecr-ecs-constructs: {acknowledge: {unqualified-image: [a]}}}", None, id="list"),
        pytest.param("{ecr-ecs-constructs: {acknowledge: {floating-tag: reason}}}", None, id="another rule"),
        pytest.param("{ecr-ecs-constructs: {acknowledge: [unqualified-image]}}", None, id="list of rules"),
        pytest.param("{ecr-ecs-constructs: acknowledge}", None, id="text"),
        pytest.param("{}", None, id="nothing"),
        pytest.param("[]", None, id="no object"),
    ],
)
def test_acknowledged(tmp_path: Path, metadata: str, expected: str | None) -> None:
    (finding,) = findings(write(tmp_path, REASONED.format(metadata)), RULES)
    assert (finding.rule, finding.acknowledged) == (BAD, expected)
