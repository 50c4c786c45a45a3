"""The repository family: an image can be in its repository before the container that needs it is waited for."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecr_ecs_constructs.rules import repository as family
from tests.judging import assembly, findings, line, write

REPOSITORY = "  Repo: {Type: AWS::ECR::Repository}\n"
NAMED = "  Repo: {Type: AWS::ECR::Repository, Properties: {RepositoryName: team/web}}\n"
OWN = "!Sub '${Repo.RepositoryUri}:1'"
BY_NAME = "!Sub '${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/team/web:1'"
LITERAL = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/web:1"
SERVICE = "  Service: {Type: AWS::ECS::Service, Properties: {LaunchType: FARGATE, TaskDefinition: !Ref Task%s}}\n"


def task(image: str = OWN, more: str = "", others: str = "") -> str:
    """A task definition with one container, or with more."""
    containers = f"[{{Name: web, Image: {image}{more}}}{others}]"
    return f"  Task: {{Type: AWS::ECS::TaskDefinition, Properties: {{ContainerDefinitions: {containers}}}}}\n"


def service(more: str = "", **attributes: str) -> str:
    own = "".join(f", {key}: {value}" for key, value in attributes.items())
    return (SERVICE % (more and f", {more}")).replace("Service,", f"Service{own},")


def resources(*parts: str) -> str:
    return "Resources:\n" + "".join(parts)


def acting(type_: str, properties: str, **attributes: str) -> str:
    own = "".join(f", {key}: {value}" for key, value in attributes.items())
    return f"  Acting: {{Type: '{type_}', Properties: {{{properties}}}{own}}}\n"


REPLICATED = resources(
    "  Replication: {Type: AWS::ECR::ReplicationConfiguration, Properties: {ReplicationConfiguration: "
    "{Rules: [{Destinations: [{RegistryId: '123456789012', Region: %s}]}]}}}\n"
)


def lines(path: Path) -> list[str]:
    return [line(finding) for finding in findings(path, [family.first_deploy_deadlock])]


def waits(
    tasks: str = "1 task",
    *,
    of: str = "Repo",
    image: str = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/${Repo}:1",
    by: str = "Service",
    container: str = "container 'web', whose",
) -> str:
    return (
        f"first-deploy-deadlock {by}.Properties.TaskDefinition: "
        f"{by} waits for {tasks} with {container} image {image!r} "
        f"is of repository {of}: the same deployment makes it empty, and nothing there fills it"
    )


def judged(tmp_path: Path, template: str) -> list[str]:
    """Return the lines of the findings in a template, without the folder that it stands in."""
    return [each.replace(f"{tmp_path}/", "") for each in lines(write(tmp_path, template))]


NAMED_URI = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/team/web:1"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        pytest.param(resources(REPOSITORY, task(), service()), waits(), id="no desired count is one"),
        pytest.param(resources(REPOSITORY, task(), service("DesiredCount: 3")), waits("3 tasks"), id="desired count"),
        pytest.param(resources(REPOSITORY, task(), service("DesiredCount: '2'")), waits("2 tasks"), id="as a text"),
        pytest.param(
            resources(REPOSITORY, task(), service("DesiredCount: !Ref AWS::NoValue")), waits(), id="count of no value"
        ),
        pytest.param(
            resources(NAMED, task(BY_NAME), service()), waits(image=NAMED_URI), id="repository by its literal name"
        ),
        pytest.param(
            resources(REPOSITORY, task("!Sub '${Repo.RepositoryUri}@sha256:" + "0" * 64 + "'"), service()),
            waits(image="${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/${Repo}@sha256:" + "0" * 64),
            id="digest",
        ),
        pytest.param(
            resources(REPOSITORY, task(), service("SchedulingStrategy: REPLICA, DeploymentController: {Type: ECS}")),
            waits(),
            id="defaults written out",
        ),
        pytest.param(
            resources(
                REPOSITORY,
                task(),
                service("DeploymentConfiguration: {DeploymentCircuitBreaker: {Enable: true, Rollback: true}}"),
            ),
            waits(),
            id="circuit breaker, which ends the wait with a rollback",
        ),
        pytest.param(
            resources(
                REPOSITORY,
                task(),
                service("CapacityProviderStrategy: [{CapacityProvider: FARGATE}, {CapacityProvider: FARGATE_SPOT}]"),
            ),
            waits(),
            id="two capacity providers are one wait",
        ),
        pytest.param(
            resources(
                REPOSITORY,
                task("public.ecr.aws/nginx/nginx:1", others=f", {{Name: side, Image: {OWN}}}"),
                service(),
            ),
            waits(container="container 'side', whose"),
            id="second container",
        ),
        pytest.param(
            resources(REPOSITORY, task().replace("Name: web, ", ""), service()),
            waits(container="a container whose"),
            id="container without a name",
        ),
        pytest.param(
            resources(
                REPOSITORY,
                task(
                    more=", Essential: false",
                    others=f", {{Name: app, Image: {LITERAL}, DependsOn: [{{ContainerName: web}}]}}",
                ),
                service(),
            ),
            waits(),
            id="not essential, but another container waits for it",
        ),
    ],
)
def test_found(tmp_path: Path, template: str, expected: str) -> None:
    assert judged(tmp_path, template) == [expected]


@pytest.mark.parametrize(
    "template",
    [
        pytest.param(resources(REPOSITORY, task()), id="no service"),
        pytest.param(resources(REPOSITORY, task(), service("DesiredCount: 0")), id="no tasks"),
        pytest.param(resources(REPOSITORY, task(LITERAL), service()), id="image of another repository"),
        pytest.param(resources(NAMED, task(LITERAL), service()), id="whether it is the same registry is not known"),
        pytest.param(resources(REPOSITORY, task("!Ref Nothing"), service()), id="image known at deployment only"),
        pytest.param(
            resources(
                task(BY_NAME.replace("team/web", "cdk-hnb659fds-container-assets-1")),
                service(),
            ),
            id="asset",
        ),
        pytest.param(resources(REPOSITORY, task(more=", Essential: false"), service()), id="container not essential"),
        pytest.param(
            resources(REPOSITORY, task(), service("DeploymentController: {Type: EXTERNAL}")),
            id="external, whose tasks come by task sets",
        ),
        pytest.param(
            resources(REPOSITORY, task(), service("DeploymentController: {Type: CODE_DEPLOY}")),
            id="CodeDeploy, of which no document says that it is waited for",
        ),
        pytest.param(
            resources(
                REPOSITORY,
                task(),
                "  Rule:\n    Type: AWS::Events::Rule\n    Properties:\n      ScheduleExpression: rate(1 day)\n"
                "      Targets: [{Id: a, Arn: a, RoleArn: a, EcsParameters: {TaskDefinitionArn: !Ref Task}}]\n",
            ),
            id="rule",
        ),
        pytest.param(
            resources(
                REPOSITORY,
                task(),
                "  Schedule:\n    Type: AWS::Scheduler::Schedule\n    Properties:\n"
                "      Target: {Arn: a, RoleArn: a, EcsParameters: {TaskDefinitionArn: !Ref Task}}\n",
            ),
            id="schedule",
        ),
        pytest.param(
            resources(
                NAMED,
                "  Cache: {Type: AWS::ECR::PullThroughCacheRule, Properties: {EcrRepositoryPrefix: team}}\n",
                task(BY_NAME),
                service(),
            ),
            id="through a cache",
        ),
    ],
)
def test_not_found(tmp_path: Path, template: str) -> None:
    assert judged(tmp_path, template) == []


COUNT = """\
Parameters:
  Count: {{Type: Number{}}}
  Flag: {{Type: String}}
Conditions: {{Yes: !Equals [!Ref Flag, y]}}
"""
BY_FLAG = COUNT.format("")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        pytest.param(
            COUNT.format("") + resources(REPOSITORY, task(), service("DesiredCount: !Ref Count")),
            [],
            id="count that is not known",
        ),
        pytest.param(
            COUNT.format(", Default: 0") + resources(REPOSITORY, task(), service("DesiredCount: !Ref Count")),
            [],
            id="count that is 0 by default",
        ),
        pytest.param(
            COUNT.format(", Default: 2") + resources(REPOSITORY, task(), service("DesiredCount: !Ref Count")),
            [waits("2 tasks (with the default of Count)")],
            id="count by default",
        ),
        pytest.param(
            COUNT.format(", Default: 0, AllowedValues: [0, 1]")
            + resources(REPOSITORY, task(), service("DesiredCount: !Ref Count")),
            [waits()],
            id="count that may be one of two",
        ),
        pytest.param(
            BY_FLAG + resources(REPOSITORY, task(), service("DesiredCount: !If [Yes, 2, 0]")),
            [waits("2 tasks")],
            id="count in one world",
        ),
        pytest.param(
            BY_FLAG + resources(REPOSITORY, task(), service("DesiredCount: !If [Yes, 2, !Ref Count]")),
            [waits("2 tasks")],
            id="count not known in the other world",
        ),
        pytest.param(
            BY_FLAG + resources(REPOSITORY, task(), service(Condition="Yes")), [waits()], id="service in one world"
        ),
        pytest.param(
            BY_FLAG
            + resources(
                "  Repo: {Type: AWS::ECR::Repository, Condition: Yes, Properties: {RepositoryName: team/web}}\n",
                task(BY_NAME),
                service("DesiredCount: !If [Yes, 0, 1]"),
            ),
            [],
            id="repository in one world, tasks in the other",
        ),
        pytest.param(
            BY_FLAG
            + resources(
                REPOSITORY,
                task(),
                service(),
                "  Build: {Type: Custom::Build, Condition: Yes, Properties: {ServiceToken: a, Uri: !Ref Repo}}\n",
            ),
            [waits()],
            id="filled in one world",
        ),
        pytest.param(
            BY_FLAG
            + resources(REPOSITORY, task(), service(), acting("Custom::A", "", Condition="Yes", DependsOn="Repo")),
            [waits()],
            id="waited for in one world by what may fill it",
        ),
        pytest.param(
            BY_FLAG
            + resources(
                REPOSITORY,
                task(),
                service(Condition="Yes"),
                "  Build: {Type: Custom::Build, Condition: Yes, Properties: {ServiceToken: a, Uri: !Ref Repo}}\n",
            ),
            [],
            id="filled in the world of the service",
        ),
        pytest.param(
            BY_FLAG
            + resources(
                REPOSITORY,
                task(),
                service(),
                "  Build: {Type: Custom::Build, Properties: {ServiceToken: a, Uri: !If [Yes, !Ref Repo, none]}}\n",
            ),
            [waits()],
            id="handed over in one world",
        ),
        pytest.param(
            BY_FLAG + resources(REPOSITORY, task(), service("DeploymentController: {Type: !If [Yes, EXTERNAL, ECS]}")),
            [waits()],
            id="waited for in one world",
        ),
        pytest.param(
            BY_FLAG + resources(REPOSITORY, task(), service("SchedulingStrategy: !Ref Flag")),
            [],
            id="scheduling that is not known",
        ),
        pytest.param(
            BY_FLAG + resources(REPOSITORY, task(more=", Essential: !Ref Flag"), service()),
            [],
            id="whether it is essential is not known",
        ),
    ],
)
def test_worlds(tmp_path: Path, template: str, expected: list[str]) -> None:
    assert judged(tmp_path, template) == expected


ROLE = "  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}}}\n"
FUNCTION = "  Function: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn%s}}\n"
BUILD = "  Build: {Type: Custom::Build, Properties: {ServiceToken: !GetAtt Function.Arn}}\n"
PUSHING = "PolicyDocument: {Statement: [{Effect: Allow, Action: 'ecr:*', Resource: !GetAtt Repo.Arn}]}"


FILLING = [
    pytest.param(acting("Custom::CDKECRDeployment", "DestImage: !Sub 'docker://${Repo.RepositoryUri}:1'"), id="copy"),
    pytest.param(acting("Custom::Build", "Name: !Ref Repo"), id="custom resource with the name"),
    pytest.param(acting("Custom::Build", "Arns: [{Of: !GetAtt Repo.Arn}]"), id="custom resource with the ARN"),
    pytest.param(acting("AWS::CloudFormation::CustomResource", "Name: !Ref Repo"), id="custom resource without a name"),
    pytest.param(acting("Custom::AWS", 'Create: !Sub \'{"repositoryName": "${Repo}"}\''), id="call of an API"),
    pytest.param(acting("Org::Team::Build", "Name: !Ref Repo"), id="type of the registry of extensions"),
    pytest.param(acting("Org::Team::Build::MODULE", "Name: !Ref Repo"), id="module"),
    pytest.param(
        acting("AWS::CloudFormation::Stack", "TemplateURL: x, Parameters: {N: !Ref Repo}"), id="stack elsewhere"
    ),
    pytest.param(
        acting("AWS::CodePipeline::Pipeline", "Stages: [{Actions: [{Configuration: {ProjectName: !Ref Project}}]}]")
        + "  Project: {Type: AWS::CodeBuild::Project, Properties: {Environment: "
        "{EnvironmentVariables: [{Name: URI, Value: !GetAtt Repo.RepositoryUri}]}}}\n",
        id="pipeline, which starts when it is made",
    ),
    pytest.param(
        acting("AWS::ImageBuilder::Image", "ContainerRecipeArn: !Ref Recipe")
        + "  Recipe: {Type: AWS::ImageBuilder::ContainerRecipe, Properties: "
        "{TargetRepository: {Service: ECR, RepositoryName: !Ref Repo}}}\n",
        id="image of Image Builder",
    ),
    pytest.param(
        acting("Custom::Build", "ServiceToken: a, ProjectName: !Ref Project")
        + "  Project: {Type: AWS::CodeBuild::Project, Properties: {Environment: "
        "{EnvironmentVariables: [{Name: URI, Value: !GetAtt Repo.RepositoryUri}]}}}\n",
        id="start of a build",
    ),
    pytest.param(
        BUILD + FUNCTION % ", Environment: {Variables: {REPOSITORY: !Ref Repo}}" + ROLE, id="function with its name"
    ),
    pytest.param(
        BUILD
        + FUNCTION % ""
        + ROLE
        + f"  Policy: {{Type: AWS::IAM::Policy, Properties: {{PolicyName: a, Roles: [!Ref Role], {PUSHING}}}}}\n",
        id="function whose role has a policy for it",
    ),
    pytest.param(
        BUILD + FUNCTION % "" + ROLE.replace("{}}", "{}, Policies: [{PolicyName: a, " + PUSHING + "}]}"),
        id="function whose role has it inside",
    ),
    pytest.param(
        acting("Custom::Build", "ServiceToken: a", DependsOn="Policy")
        + f"  Policy: {{Type: AWS::IAM::Policy, Properties: {{PolicyName: a, Roles: [a], {PUSHING}}}}}\n",
        id="through what it waits for",
    ),
]


@pytest.mark.parametrize("parts", FILLING)
def test_filled(tmp_path: Path, parts: str) -> None:
    assert judged(tmp_path, resources(REPOSITORY, task(), service(), parts)) == []


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(acting("Custom::Build", "Name: team/web"), id="name"),
        pytest.param(acting("Custom::Build", f"Image: 'docker://{LITERAL}'"), id="URI"),
        pytest.param(acting("Custom::Build", f"Image: {BY_NAME}"), id="URI in part"),
        pytest.param(acting("Custom::Build", "Arn: 'arn:aws:ecr:eu-central-1:1:repository/team/web'"), id="ARN"),
        pytest.param(acting("Custom::Build", "Name: !Ref Repo"), id="reference"),
    ],
)
def test_filled_by_name(tmp_path: Path, parts: str) -> None:
    assert judged(tmp_path, resources(NAMED, task(BY_NAME), service(), parts)) == []


def test_filled_by_a_name_that_is_known_in_part(tmp_path: Path) -> None:
    name = "!Sub 'web-${AWS::StackName}'"
    named = REPOSITORY.replace("Repository}", f"Repository, Properties: {{RepositoryName: {name}}}}}")
    filling = acting("Custom::Build", f"Name: {name}")
    assert judged(tmp_path, resources(named, task(), service())) == [
        waits(image=NAMED_URI.replace("team/web", "web-${AWS::StackName}"))
    ]
    assert judged(tmp_path, resources(named, task(), service(), filling)) == []


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(acting("Custom::Build", "ServiceToken: a"), id="custom resource without it"),
        pytest.param(
            acting("Custom::Build", "Name: !Ref Other") + "  Other: {Type: AWS::ECR::Repository}\n",
            id="custom resource with another repository",
        ),
        pytest.param(acting("Custom::ECRAutoDeleteImages", "RepositoryName: !Ref Repo"), id="what empties it"),
        pytest.param(acting("Custom::CrossRegionExportWriter", "Exports: {a: !Ref Repo}"), id="what exports it"),
        pytest.param(acting("AWS::SSM::Parameter", "Type: String, Value: !Ref Repo"), id="resource that does nothing"),
        pytest.param(
            "  Project: {Type: AWS::CodeBuild::Project, Properties: {Environment: "
            "{EnvironmentVariables: [{Name: URI, Value: !GetAtt Repo.RepositoryUri}]}}}\n",
            id="build that nothing starts",
        ),
        pytest.param(
            (REPLICATED % "eu-west-1").removeprefix("Resources:\n"), id="replication of its own registry to another"
        ),
        pytest.param(acting("Custom::Build", "Task: !Ref Task"), id="what is handed the task alone"),
        pytest.param(
            acting("AWS::CodePipeline::Pipeline", "Stages: [{Name: !GetAtt Service.Name}, {Name: !Ref Repo}]"),
            id="pipeline that waits for the service",
        ),
        pytest.param(
            acting("Custom::Build", "Name: !Ref Repo", DependsOn="[Service]"), id="custom resource behind the service"
        ),
    ],
)
def test_not_filled(tmp_path: Path, parts: str) -> None:
    assert judged(tmp_path, resources(REPOSITORY, task(), service(), parts)) == [waits()]


def test_macro(tmp_path: Path) -> None:
    """What a macro adds may fill it."""
    assert judged(tmp_path, "Transform: Ours\n" + resources(REPOSITORY, task(), service())) == []


def test_included(tmp_path: Path) -> None:
    include = "  Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/k}}\n"
    assert judged(tmp_path, resources(REPOSITORY, task(), service(), include)) == []


EXTERNAL = "DesiredCount: 2, DeploymentController: {Type: EXTERNAL}"
SET = "  Set: {Type: AWS::ECS::TaskSet, Properties: {TaskDefinition: !Ref Task, LaunchType: FARGATE%s}}\n"


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param(
            (
                service(EXTERNAL).replace("TaskDefinition: !Ref Task, ", ""),
                SET % ", Service: !Ref Service, Scale: {Unit: PERCENT, Value: 50}",
            ),
            [waits("50 percent of 2 tasks", by="Set")],
            id="part of the service",
        ),
        pytest.param(
            (service(EXTERNAL), SET % ", Service: !GetAtt Service.Name, Scale: {Unit: PERCENT, Value: 100.0}"),
            [waits("100.0 percent of 2 tasks", by="Set")],
            id="by the name of the service",
        ),
        pytest.param((service(EXTERNAL), SET % ", Service: !Ref Service"), [], id="no scale is none"),
        pytest.param(
            (service(EXTERNAL), SET % ", Service: !Ref Service, Scale: {Unit: PERCENT, Value: 0}"), [], id="nothing"
        ),
        pytest.param(
            (
                service("DesiredCount: 0, DeploymentController: {Type: EXTERNAL}"),
                SET % ", Service: !Ref Service, Scale: {Unit: PERCENT, Value: 100}",
            ),
            [],
            id="of a service without tasks",
        ),
        pytest.param(
            (SET % ", Service: !Ref Repo, Scale: {Unit: PERCENT, Value: 100}",), [], id="of what is no service"
        ),
        pytest.param(
            (SET % ", Service: web, Scale: {Unit: PERCENT, Value: 100}",), [], id="of a service that is not known"
        ),
    ],
)
def test_task_sets(tmp_path: Path, parts: tuple[str, ...], expected: list[str]) -> None:
    assert judged(tmp_path, resources(REPOSITORY, task(), *parts)) == expected


DAEMON = (
    "  Cluster: {Type: AWS::ECS::Cluster}\n"
    "  Service: {Type: AWS::ECS::Service, Properties: "
    "{Cluster: !Ref Cluster, SchedulingStrategy: DAEMON, TaskDefinition: !Ref Task}}\n"
)
LAUNCH = (
    "ImageId: '{{resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id}}', "
    'UserData: {"Fn::Base64": !Sub "#!/bin/bash\\necho ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config"}'
)
GROUP = (
    "  Launch: {Type: AWS::EC2::LaunchTemplate, Properties: {LaunchTemplateData: {" + LAUNCH + "}}}\n"
    "  Group: {Type: AWS::AutoScaling::AutoScalingGroup, Properties: {MaxSize: 3, "
    "LaunchTemplate: {LaunchTemplateId: !Ref Launch, Version: !GetAtt Launch.LatestVersionNumber}%s}}\n"
)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param(GROUP % ", MinSize: 1", [waits("1 task on each instance of Group")], id="group"),
        pytest.param(
            GROUP % ", MinSize: 0, DesiredCapacity: 2", [waits("1 task on each instance of Group")], id="capacity"
        ),
        pytest.param(GROUP % ", MinSize: 0", [], id="group without instances"),
        pytest.param(GROUP % ", MinSize: !Ref Nothing", [], id="group of a size that is not known"),
        pytest.param(
            "  Instance: {Type: AWS::EC2::Instance, Properties: {" + LAUNCH + "}}\n",
            [waits("1 task on each instance of Instance")],
            id="instance",
        ),
        pytest.param("", [], id="no instances that are known"),
    ],
)
def test_daemons(tmp_path: Path, parts: str, expected: list[str]) -> None:
    assert judged(tmp_path, resources(REPOSITORY, task(), DAEMON, parts)) == expected


PASSED = "  Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: inner.yaml, Parameters: {Uri: %s}}}\n"
TAKES = "Parameters: {Uri: {Type: String}}\n"
INNER = "Inner.Properties.TemplateURL"


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        pytest.param(
            resources(REPOSITORY, PASSED % "!GetAtt Repo.RepositoryUri"),
            TAKES + resources(task("!Sub '${Uri}:1'"), service()),
            [waits(of="Repo (template.yaml)")],
            id="service in the nested stack",
        ),
        pytest.param(
            resources(
                REPOSITORY,
                PASSED % "!GetAtt Repo.RepositoryUri",
                acting("AWS::CloudFormation::Stack", "TemplateURL: x"),
            ),
            TAKES + resources(task("!Sub '${Uri}:1'"), service()),
            [waits(of="Repo (template.yaml)")],
            id="service in the nested stack, beside a stack elsewhere",
        ),
        pytest.param(
            resources(PASSED % "none", task("!Sub '${Inner.Outputs.Uri}:1'"), service()),
            TAKES + resources(REPOSITORY) + "Outputs: {Uri: {Value: !GetAtt Repo.RepositoryUri}}\n",
            [waits(of="Repo (inner.yaml)")],
            id="repository in the nested stack",
        ),
        pytest.param(
            resources(REPOSITORY, PASSED % "!GetAtt Repo.RepositoryUri", task(), service()),
            TAKES + resources(acting("Custom::Build", "Uri: !Ref Uri")),
            [],
            id="filled in the nested stack",
        ),
        pytest.param(
            resources(REPOSITORY, PASSED % "!GetAtt Repo.RepositoryUri", acting("Custom::Build", "Uri: !Ref Repo")),
            TAKES + resources(task("!Sub '${Uri}:1'"), service()),
            [],
            id="filled in the outer stack",
        ),
        pytest.param(
            resources(
                REPOSITORY,
                PASSED % "!GetAtt Repo.RepositoryUri",
                acting("Custom::Build", "Uri: !Ref Repo", DependsOn="Inner"),
            ),
            TAKES + resources(task("!Sub '${Uri}:1'"), service()),
            [waits(of="Repo (template.yaml)")],
            id="filled behind the nested stack of the service",
        ),
    ],
)
def test_nested_stacks(tmp_path: Path, outer: str, inner: str, expected: list[str]) -> None:
    (tmp_path / "inner.yaml").write_text(inner, encoding="utf-8")
    assert judged(tmp_path, outer) == expected


HERE, THERE = "aws://123456789012/eu-central-1", "aws://123456789012/eu-west-1"
EXPORTED = resources(NAMED) + "Outputs: {Uri: {Value: !GetAtt Repo.RepositoryUri, Export: {Name: uri}}}\n"
FOUND = [waits(image=LITERAL)]


@pytest.mark.parametrize(
    ("stacks", "expected"),
    [
        pytest.param(
            [(EXPORTED, HERE), (resources(task("!Sub ['${U}:1', {U: !ImportValue uri}]"), service()), HERE)],
            [],
            id="repository of another stack",
        ),
        pytest.param([(resources(NAMED), HERE), (resources(task(LITERAL), service()), HERE)], [], id="by its name"),
        pytest.param([(resources(NAMED, task(LITERAL), service()), HERE)], FOUND, id="literal of the same registry"),
        pytest.param([(resources(NAMED, task(LITERAL), service()), THERE)], [], id="literal of another registry"),
        pytest.param(
            [(resources(NAMED, task(LITERAL), service()), HERE), (REPLICATED % "eu-central-1", THERE)],
            [],
            id="replicated to it",
        ),
        pytest.param(
            [(resources(NAMED, task(LITERAL), service()), HERE), (REPLICATED % "!Ref Nothing", THERE)],
            [],
            id="perhaps replicated to it",
        ),
        pytest.param(
            [(resources(NAMED, task(LITERAL), service()), HERE), (REPLICATED % "eu-west-2", THERE)],
            FOUND,
            id="replicated elsewhere",
        ),
        pytest.param(
            [
                (resources(NAMED, task(LITERAL), service()), HERE),
                (resources(acting("Custom::Build", "Name: team/web")), HERE),
            ],
            FOUND,
            id="filled by another stack",
        ),
    ],
)
def test_stacks(tmp_path: Path, stacks: list[tuple[str, str]], expected: list[str]) -> None:
    found = lines(assembly(tmp_path, stacks))
    assert [each.replace(f"{tmp_path}/", "") for each in found] == expected
