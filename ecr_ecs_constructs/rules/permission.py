"""The permission family: the role that pulls an image may pull it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import ABSENT
from ecr_ecs_constructs.pull.facts import Facts
from ecr_ecs_constructs.pull.iam import Decision
from ecr_ecs_constructs.pull.iam import Verdict as Answer
from ecr_ecs_constructs.pull.path import Container
from ecr_ecs_constructs.pull.permission import (
    CHECK_ACTION,
    EXECUTION_ROLE,
    INSTANCE_ROLE,
    TOKEN_ACTION,
    Pull,
)
from ecr_ecs_constructs.pull.placement import itself
from ecr_ecs_constructs.pull.registry import CREATE_ACTION, IMPORT_ACTION
from ecr_ecs_constructs.pull.trust import TRUST_POLICY
from ecr_ecs_constructs.rules.rule import Problem, Severity, Verdict, rule


def _pulls(facts: Facts) -> Iterator[Pull]:
    for container in facts.model.containers:
        yield from facts.pulls.of(container)


def _subject(container: Container) -> str:
    return f"container {container.name!r}: " if container.name else ""


def _problem(pull: Pull, fact: str, *, severity: Severity | None = None, verdict: Verdict = Verdict.BROKEN) -> Problem:
    container = pull.container
    message = f"{_subject(container)}{pull.puller.kind} {pull.role.title} {fact}"
    return Problem(container.resource, pull.image.location, message, verdict, severity)


def _lacks_check_only(pull: Pull) -> bool:
    """Return whether a role surely lacks the action that only container instance roles are asked for."""
    lacks = pull.decisions[CHECK_ACTION].verdict is Answer.BROKEN and CHECK_ACTION not in pull.broken
    return lacks and not _lacks_repository_policy(pull, CHECK_ACTION)


def _lacks_repository_policy(pull: Pull, action: str) -> bool:
    """Return whether only the repository's own policy stands in the way."""
    return (
        action in pull.own and pull.own[action].verdict is not Answer.BROKEN and not pull.decisions[action].statements
    )


@rule(
    "missing-pull-permission",
    Severity.ERROR,
    "Allow the role ecr:GetAuthorizationToken on * and the other actions on the repository, by grant_pull(role, "
    "repositories=[…]) or EcrImage, and have no Deny and no permissions boundary in the way.",
)
def missing_pull_permission(facts: Facts) -> Iterator[Problem]:
    """Role that pulls lacks an action of a pull on the image's repository.

    ## What it checks
    Whoever pulls: the execution role where there is one, on EC2 too, else the role of each group of container
    instances that the task can be put on. All policies of that role count: inline and attached ones, managed ones,
    the permissions boundary, `Deny`, `NotAction`, `NotResource`, conditions, and the policies of the repository and of
    its registry, which is taken to have the scope V2, the default. A container instance role needs
    `ecr:GetAuthorizationToken`, `ecr:BatchGetImage`, `ecr:GetDownloadUrlForLayer` and
    `ecr:BatchCheckLayerAvailability`; an execution role without the last one is a warning.

    ## Why it is bad
    The task ends with `CannotPullContainerError`, and a deployment waits for it for hours. The usual trap: a log
    driver made CDK create an execution role that may write logs and nothing else, and it pulls in place of the
    container instance role that could.

    ## Bad
    ```yaml
    Resources:
      ExecutionRole:
        Type: AWS::IAM::Role
        Properties:
          AssumeRolePolicyDocument:
            Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: "sts:AssumeRole"}]
          Policies:
            - PolicyName: Logs
              PolicyDocument:
                Statement:
                  - {Effect: Allow, Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: "*"}
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          RequiresCompatibilities: [FARGATE]
          ExecutionRoleArn: !GetAtt ExecutionRole.Arn
          ContainerDefinitions:
            - Name: web
              Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1.4.2
    ```

    ## Good
    ```yaml
    Resources:
      ExecutionRole:
        Type: AWS::IAM::Role
        Properties:
          AssumeRolePolicyDocument:
            Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: "sts:AssumeRole"}]
          ManagedPolicyArns:
            - !Sub arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          RequiresCompatibilities: [FARGATE]
          ExecutionRoleArn: !GetAtt ExecutionRole.Arn
          ContainerDefinitions:
            - Name: web
              Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1.4.2
    ```

    ## References
    - https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_ECS.html
    - https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html
    - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    """
    for pull in _pulls(facts):
        missing = [
            action
            for action in pull.broken
            if action not in (IMPORT_ACTION, CREATE_ACTION)
            and not (action == TOKEN_ACTION and pull.token_is_scoped)
            and not _lacks_repository_policy(pull, action)
        ]
        if missing:
            yield _problem(pull, f"may not {_listed(missing)}: {pull.decisions[missing[0]].reason}")
        elif _lacks_check_only(pull):
            fact = f"may not {CHECK_ACTION}: {pull.decisions[CHECK_ACTION].reason}"
            yield _problem(pull, fact, severity=Severity.WARNING)
    for container in _with_ecr_image(facts):
        for puller in facts.pulls.pullers(container):
            if puller.absent and puller.kind == INSTANCE_ROLE:
                message = f"{_subject(container)}nobody may pull: {puller.reason}"
                yield Problem(container.resource, container.location, message)


@rule(
    "scoped-authorization-token",
    Severity.ERROR,
    'Allow ecr:GetAuthorizationToken in a statement of its own with Resource: "*".',
)
def scoped_authorization_token(facts: Facts) -> Iterator[Problem]:
    """Role that pulls is allowed `ecr:GetAuthorizationToken` on some resource only, which allows nothing.

    ## What it checks
    Whether the role that pulls may do `ecr:GetAuthorizationToken` on `*`, where a statement allows it on something
    narrower.

    ## Why it is bad
    The token is not of a repository: IAM takes the action on `*` alone, so a statement that narrows it to a
    repository reads well and allows nothing.

    ## Bad
    ```yaml
    Resources:
      Repository:
        Type: AWS::ECR::Repository
        Properties:
          ImageTagMutability: IMMUTABLE
      ExecutionRole:
        Type: AWS::IAM::Role
        Properties:
          AssumeRolePolicyDocument:
            Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: "sts:AssumeRole"}]
          Policies:
            - PolicyName: Pull
              PolicyDocument:
                Statement:
                  - Effect: Allow
                    Action: ["ecr:GetAuthorizationToken", "ecr:Batch*", "ecr:GetDownloadUrlForLayer"]
                    Resource: !GetAtt Repository.Arn
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          RequiresCompatibilities: [FARGATE]
          ExecutionRoleArn: !GetAtt ExecutionRole.Arn
          ContainerDefinitions:
            - Name: web
              Image: !Sub ${Repository.RepositoryUri}:1.4.2
    ```

    ## Good
    ```yaml
    Resources:
      Repository:
        Type: AWS::ECR::Repository
        Properties:
          ImageTagMutability: IMMUTABLE
      ExecutionRole:
        Type: AWS::IAM::Role
        Properties:
          AssumeRolePolicyDocument:
            Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: "sts:AssumeRole"}]
          Policies:
            - PolicyName: Pull
              PolicyDocument:
                Statement:
                  - {Effect: Allow, Action: "ecr:GetAuthorizationToken", Resource: "*"}
                  - Effect: Allow
                    Action: ["ecr:Batch*", "ecr:GetDownloadUrlForLayer"]
                    Resource: !GetAtt Repository.Arn
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          RequiresCompatibilities: [FARGATE]
          ExecutionRoleArn: !GetAtt ExecutionRole.Arn
          ContainerDefinitions:
            - Name: web
              Image: !Sub ${Repository.RepositoryUri}:1.4.2
    ```

    ## References
    - https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
    """
    for pull in _pulls(facts):
        if pull.token_is_scoped:
            yield _problem(pull, f"is allowed {TOKEN_ACTION}, but not on *, the only resource it works on")


@rule(
    "missing-execution-role",
    Severity.ERROR,
    "Give the task definition an ExecutionRoleArn whose role may pull the image.",
)
def missing_execution_role(facts: Facts) -> Iterator[Problem]:
    """Task with an image of ECR has no execution role where only an execution role can pull.

    ## What it checks
    The `ExecutionRoleArn` of every task that runs, or may run, on Fargate, on ECS Managed Instances or on external
    instances (ECS Anywhere), in each branch of the template.

    ## Why it is bad
    There the host has no role that pulls: without an execution role the image can't be pulled at all.

    ## Bad
    ```yaml
    Resources:
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          RequiresCompatibilities: [FARGATE]
          ContainerDefinitions:
            - Name: web
              Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1.4.2
    ```

    ## Good
    ```yaml
    Resources:
      ExecutionRole:
        Type: AWS::IAM::Role
        Properties:
          AssumeRolePolicyDocument:
            Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: "sts:AssumeRole"}]
          ManagedPolicyArns:
            - !Sub arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          RequiresCompatibilities: [FARGATE]
          ExecutionRoleArn: !GetAtt ExecutionRole.Arn
          ContainerDefinitions:
            - Name: web
              Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1.4.2
    ```

    ## References
    - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    """
    for container in _with_ecr_image(facts):
        for puller in facts.pulls.pullers(container):
            if puller.absent and puller.kind == EXECUTION_ROLE:
                location = f"{container.task.location}.ExecutionRoleArn"
                yield Problem(container.resource, location, f"{_subject(container)}{puller.reason}")


@rule(
    "unassumable-role",
    Severity.ERROR,
    "Let the service assume the role by its AssumeRolePolicyDocument: ecs-tasks.amazonaws.com an execution role, "
    "ec2.amazonaws.com a container instance role.",
)
def unassumable_role(facts: Facts) -> Iterator[Problem]:
    """Role that pulls, or the role of container instances, does not trust the service that assumes it.

    ## What it checks
    Whether the trust policy of each execution role allows `ecs-tasks.amazonaws.com`, and that of each container
    instance role `ec2.amazonaws.com`, to do `sts:AssumeRole`: principals, actions, `Deny`, and for tasks the conditions
    `aws:SourceAccount` and `aws:SourceArn`.

    ## Why it is bad
    ECS was unable to assume the role: no task starts, whatever the role may do. Instances whose role EC2 may not assume
    get no credentials and join no cluster. The usual trap is a role copied from a function or a service.

    ## Bad
    ```yaml
    Resources:
      ExecutionRole:
        Type: AWS::IAM::Role
        Properties:
          AssumeRolePolicyDocument:
            Statement: [{Effect: Allow, Principal: {Service: ecs.amazonaws.com}, Action: "sts:AssumeRole"}]
          ManagedPolicyArns:
            - !Sub arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          RequiresCompatibilities: [FARGATE]
          ExecutionRoleArn: !GetAtt ExecutionRole.Arn
          ContainerDefinitions:
            - Name: web
              Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1.4.2
    ```

    ## Good
    ```yaml
    Resources:
      ExecutionRole:
        Type: AWS::IAM::Role
        Properties:
          AssumeRolePolicyDocument:
            Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: "sts:AssumeRole"}]
          ManagedPolicyArns:
            - !Sub arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          RequiresCompatibilities: [FARGATE]
          ExecutionRoleArn: !GetAtt ExecutionRole.Arn
          ContainerDefinitions:
            - Name: web
              Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1.4.2
    ```

    ## References
    - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html
    - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
    """
    for pull in _pulls(facts):
        role = pull.puller.role.resource if pull.puller.role is not None else None
        if role is not None and pull.trust is not None and pull.trust.verdict is Answer.BROKEN:
            yield _unassumable(role, pull.puller.kind, pull.trust)
    for _, role, trust in facts.pulls.distrusted:
        if trust.verdict is Answer.BROKEN:
            yield _unassumable(role, INSTANCE_ROLE, trust)


def _unassumable(role: Resource, kind: str, trust: Decision) -> Problem:
    fact = f"{kind} {role.logical_id} can't be assumed: {trust.reason}"
    return Problem(role, f"Properties.{TRUST_POLICY}", fact)


@rule(
    "missing-repository-policy",
    Severity.ERROR,
    "Let the account or the role in by the policy of the repository: EcrRepository(pull_accounts=[…]).",
)
def missing_repository_policy(facts: Facts) -> Iterator[Problem]:
    """Role of another account pulls, and the policy of the repository does not let it.

    ## What it checks
    Where the repository is in the templates and belongs to another account than the role that pulls: whether the
    repository's policy allows that role, its account or its organization the actions of a pull. Where only the policy
    of the registry would, that is not known: of its scopes, V1 says nothing of pulls.

    ## Why it is bad
    Across accounts both sides must allow: the role's own permission is worth nothing without the repository's.

    ## Bad
    Two stacks of accounts 111111111111 and 222222222222, in the region eu-central-1:
    ```yaml
    # in account 111111111111
    Resources:
      Repository:
        Type: AWS::ECR::Repository
        Properties:
          RepositoryName: web
          ImageTagMutability: IMMUTABLE
    ---
    # in account 222222222222
    Resources:
      ExecutionRole:
        Type: AWS::IAM::Role
        Properties:
          AssumeRolePolicyDocument:
            Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: "sts:AssumeRole"}]
          ManagedPolicyArns:
            - !Sub arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          RequiresCompatibilities: [FARGATE]
          ExecutionRoleArn: !GetAtt ExecutionRole.Arn
          ContainerDefinitions:
            - Name: web
              Image: 111111111111.dkr.ecr.eu-central-1.amazonaws.com/web:1.4.2
    ```

    ## Good
    ```yaml
    # in account 111111111111
    Resources:
      Repository:
        Type: AWS::ECR::Repository
        Properties:
          RepositoryName: web
          ImageTagMutability: IMMUTABLE
          RepositoryPolicyText:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Principal: {AWS: "222222222222"}
                Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    ---
    # in account 222222222222
    Resources:
      ExecutionRole:
        Type: AWS::IAM::Role
        Properties:
          AssumeRolePolicyDocument:
            Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: "sts:AssumeRole"}]
          ManagedPolicyArns:
            - !Sub arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          RequiresCompatibilities: [FARGATE]
          ExecutionRoleArn: !GetAtt ExecutionRole.Arn
          ContainerDefinitions:
            - Name: web
              Image: 111111111111.dkr.ecr.eu-central-1.amazonaws.com/web:1.4.2
    ```

    ## References
    - https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
    """
    for pull in _pulls(facts):
        missing = [action for action in pull.broken if _lacks_repository_policy(pull, action)]
        if missing:
            yield _problem(pull, f"may not {_listed(missing)}: {pull.decisions[missing[0]].reason}")


@rule(
    "missing-pull-through-permission",
    Severity.ERROR,
    "Allow the role ecr:BatchImportUpstreamImage, and ecr:CreateRepository where no repository and no repository "
    "creation template exists yet: grant_pull(role, pull_through_cache=True).",
)
def missing_pull_through_permission(facts: Facts) -> Iterator[Problem]:
    """Image is below a pull-through cache rule's prefix, and the role lacks the actions of the first pull.

    ## What it checks
    Where the templates hold a pull-through cache rule of the image's registry whose prefix the repository begins with:
    whether the role may import the upstream image and, where no creation template for it is in the templates, create
    the repository, by its own policies or that of the registry. Where the repository is in the templates, whether its
    images come through the cache is not known.

    ## Why it is bad
    The first pull of each image through the cache fails. No managed policy for ECS has these actions.

    ## Bad
    ```yaml
    Resources:
      Cache:
        Type: AWS::ECR::PullThroughCacheRule
        Properties:
          EcrRepositoryPrefix: ecr-public
          UpstreamRegistryUrl: public.ecr.aws
      ExecutionRole:
        Type: AWS::IAM::Role
        Properties:
          AssumeRolePolicyDocument:
            Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: "sts:AssumeRole"}]
          ManagedPolicyArns:
            - !Sub arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          RequiresCompatibilities: [FARGATE]
          ExecutionRoleArn: !GetAtt ExecutionRole.Arn
          ContainerDefinitions:
            - Name: web
              Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/ecr-public/nginx/nginx:1.29
    ```

    ## Good
    ```yaml
    Resources:
      Cache:
        Type: AWS::ECR::PullThroughCacheRule
        Properties:
          EcrRepositoryPrefix: ecr-public
          UpstreamRegistryUrl: public.ecr.aws
      ExecutionRole:
        Type: AWS::IAM::Role
        Properties:
          AssumeRolePolicyDocument:
            Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: "sts:AssumeRole"}]
          ManagedPolicyArns:
            - !Sub arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
          Policies:
            - PolicyName: PullThrough
              PolicyDocument:
                Statement:
                  - Effect: Allow
                    Action: ["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"]
                    Resource: !Sub arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/ecr-public/*
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          RequiresCompatibilities: [FARGATE]
          ExecutionRoleArn: !GetAtt ExecutionRole.Arn
          ContainerDefinitions:
            - Name: web
              Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/ecr-public/nginx/nginx:1.29
    ```

    ## References
    - https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html
    - https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html
    """
    for pull in _pulls(facts):
        missing = [action for action in pull.broken if action in (IMPORT_ACTION, CREATE_ACTION)]
        if missing:
            yield _problem(pull, f"may not {_listed(missing)}: {pull.decisions[missing[0]].reason}")


@rule(
    "unverifiable-role",
    Severity.INFO,
    "Judge the templates that hold the role, its policies or the repository in the same call, or verify them there.",
)
def unverifiable_role(facts: Facts) -> Iterator[Problem]:
    """Role that pulls, one of its policies, or the policy of another account's repository is not in the templates.

    ## What it checks
    Whether everything that decides about the permission to pull is in the templates: the role, its trust policy, its
    other policies, their conditions, and across accounts the policy of the repository.

    ## Why it is bad
    It is not bad by itself; it says where the proof ends, so that nobody takes silence for an answer.

    ## Bad
    ```yaml
    Resources:
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          RequiresCompatibilities: [FARGATE]
          ExecutionRoleArn: arn:aws:iam::111111111111:role/execution
          ContainerDefinitions:
            - Name: web
              Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1.4.2
    ```

    ## Good
    ```yaml
    Resources:
      ExecutionRole:
        Type: AWS::IAM::Role
        Properties:
          AssumeRolePolicyDocument:
            Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: "sts:AssumeRole"}]
          ManagedPolicyArns:
            - !Sub arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          RequiresCompatibilities: [FARGATE]
          ExecutionRoleArn: !GetAtt ExecutionRole.Arn
          ContainerDefinitions:
            - Name: web
              Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1.4.2
    ```

    ## References
    - https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    """
    for pull in _pulls(facts):
        unknown = next((d for d in pull.decisions.values() if d.verdict is Answer.UNKNOWN), None)
        if pull.trust is not None and pull.trust.verdict is not Answer.HOLDS:
            unknown = pull.trust if pull.trust.verdict is Answer.UNKNOWN else None
        if unknown is not None and not pull.broken:
            yield _unknown(pull.container, f"cannot verify {pull.puller.kind} {pull.role.title}: {unknown.reason}")
        elif pull.foreign and not pull.broken:
            fact = f"the policy of its repository in account {pull.foreign} is not in the templates"
            yield _unknown(pull.container, f"cannot verify {pull.puller.kind} {pull.role.title}: {fact}")
    for container in _with_ecr_image(facts):
        for puller in facts.pulls.pullers(container):
            if puller.role is None and not puller.absent:
                yield _unknown(container, f"cannot verify who pulls: {puller.reason}")
        for _, role, trust in facts.pulls.distrusted_of(container) if facts.pulls.distrusted else ():
            if trust.verdict is Answer.UNKNOWN:
                yield _unknown(container, f"cannot verify {INSTANCE_ROLE} {role.logical_id}: {trust.reason}")


@rule(
    "missing-agent-permission",
    Severity.ERROR,
    "Allow the container instance role what the ECS agent needs: use EcsInstanceRole, or attach "
    "AmazonEC2ContainerServiceforEC2Role.",
)
def missing_agent_permission(facts: Facts) -> Iterator[Problem]:
    """Container instance role lacks an action without which the ECS agent can't register or report.

    ## What it checks
    The role of each group of container instances that belongs to a cluster of the templates: whether it may discover
    the endpoint, register, poll, start the telemetry session and submit state changes, on that cluster. Instances
    without an instance profile, or with one that has no role, may do nothing.

    ## Why it is bad
    The instance never appears in the cluster, or tasks on it never get beyond `PENDING`: nothing is ever pulled.

    ## Bad
    ```yaml
    Resources:
      Cluster:
        Type: AWS::ECS::Cluster
      Role:
        Type: AWS::IAM::Role
        Properties:
          AssumeRolePolicyDocument:
            Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}]
          ManagedPolicyArns:
            - !Sub arn:${AWS::Partition}:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly
      Profile:
        Type: AWS::IAM::InstanceProfile
        Properties:
          Roles: [!Ref Role]
      Instance:
        Type: AWS::EC2::Instance
        Properties:
          ImageId: "{{resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id}}"
          InstanceType: t3.small
          IamInstanceProfile: !Ref Profile
          UserData:
            Fn::Base64: !Sub |
              #!/bin/bash
              echo ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config
    ```

    ## Good
    ```yaml
    Resources:
      Cluster:
        Type: AWS::ECS::Cluster
      Role:
        Type: AWS::IAM::Role
        Properties:
          AssumeRolePolicyDocument:
            Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}]
          ManagedPolicyArns:
            - !Sub arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
      Profile:
        Type: AWS::IAM::InstanceProfile
        Properties:
          Roles: [!Ref Role]
      Instance:
        Type: AWS::EC2::Instance
        Properties:
          ImageId: "{{resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id}}"
          InstanceType: t3.small
          IamInstanceProfile: !Ref Profile
          UserData:
            Fn::Base64: !Sub |
              #!/bin/bash
              echo ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config
    ```

    ## References
    - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html
    """
    judged: set[tuple[Resource, Resource]] = set()
    for cluster, host in facts.placements.clusters():
        for target in host.roles:
            judging = cluster, target.resource or host.resource
            if judging in judged or (target.resource is None and target.value is not ABSENT):
                continue
            judged.add(judging)
            name = host.resource.logical_id
            if target.resource is None:
                yield Problem(*host.place_of("IamInstanceProfile"), f"container instances {name} {target.doubt}")
                continue
            decisions = facts.pulls.agent_decisions(target, itself(cluster), cluster.template)
            missing = {action: d.reason for action, d in decisions.items() if d.verdict is Answer.BROKEN}
            if missing:
                fact = f"role {target.resource.logical_id} of container instances {name} may not {_listed([*missing])}"
                yield Problem(target.resource, "Properties", f"{fact}: {next(iter(missing.values()))}")


def _with_ecr_image(facts: Facts) -> Iterator[Container]:
    for container in facts.model.containers:
        if any(image.error is None for image in container.images):
            yield container


def _unknown(container: Container, message: str) -> Problem:
    return Problem(container.resource, container.location, f"{_subject(container)}{message}", Verdict.UNKNOWN)


def _listed(actions: Sequence[str]) -> str:
    return actions[0] if len(actions) == 1 else f"{', '.join(actions[:-1])} and {actions[-1]}"
