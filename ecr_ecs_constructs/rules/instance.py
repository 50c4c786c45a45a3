"""The instance family: container instances boot from a supported image of their architecture and join their cluster."""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.pull.ami import MAX_RELEASE_AGE, Ami
from ecr_ecs_constructs.pull.architecture import Machines, judge_launch
from ecr_ecs_constructs.pull.facts import Facts
from ecr_ecs_constructs.pull.link import LinkVerdict
from ecr_ecs_constructs.pull.placement import Host
from ecr_ecs_constructs.rules.rule import Problem, Severity, rule


def _amis(facts: Facts) -> Iterator[tuple[Host, Ami]]:
    for host in facts.placements.container_instances:
        for ami in facts.placements.amis(host):
            yield host, ami


def _image_problem(facts: Facts, host: Host, ami: Ami, fact: str) -> Problem:
    """Return a problem of an image, at the first place that has it."""
    at = next(at for at, each in facts.placements.images(host) if each == ami)
    return Problem(at.resource, f"{at.location}.ImageId", fact)


def _said(ami: Ami, fact: str) -> str:
    defaults = f" (with the default of {' and '.join(ami.defaults)})" if ami.defaults else ""
    return f"machine image {str(ami)!r} {fact}{defaults}"


@rule(
    "outdated-ami",
    Severity.ERROR,
    "Boot from an image that is still supported: ECS-optimized Amazon Linux 2023, or Bottlerocket aws-ecs-2.",
)
def outdated_ami(facts: Facts) -> Iterator[Problem]:
    """Container instances boot from a machine image that is past its end of life.

    ## What it checks
    The images of the Auto Scaling groups and instances that run ECS, in launch templates, overrides of a
    mixed-instances policy, launch configurations and instances, where the name of a public SSM parameter tells what
    they are: Amazon Linux, the ECS variants of Bottlerocket, Windows Server. The day of judgement is today, or that of
    `--today`.

    ## Why it is bad
    AWS keeps publishing such images for a while, so that nothing fails by itself; kernel, container runtime and ECS
    agent get no more security updates, and one day the parameter is gone and no instance starts.

    ## Bad
    ```yaml
    Parameters:
      Ami:
        Type: AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>
        Default: /aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id
    Resources:
      Instance:
        Type: AWS::EC2::Instance
        Properties:
          ImageId: !Ref Ami
          InstanceType: m7i.large
    ```

    ## Good
    ```yaml
    Parameters:
      Ami:
        Type: AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>
        Default: /aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id
    Resources:
      Instance:
        Type: AWS::EC2::Instance
        Properties:
          ImageId: !Ref Ami
          InstanceType: m7i.large
    ```

    ## References
    - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/al2-to-al2023-ami-transition.html
    - https://aws.amazon.com/amazon-linux-2/faqs/
    - https://github.com/bottlerocket-os/bottlerocket/issues/4492
    """
    for host, ami in _amis(facts):
        if ami.product is not None and ami.product.ecs_optimized and ami.outdated(facts.policy.today):
            product = ami.product
            fact = f"is {product.name}, which reached its end of life on {product.end_of_life} ({product.source})"
            yield _image_problem(facts, host, ami, _said(ami, fact))


@rule(
    "non-ecs-ami",
    Severity.ERROR,
    "Boot from an ECS-optimized image, or install the ECS agent in the user data.",
)
def non_ecs_ami(facts: Facts) -> Iterator[Problem]:
    """Container instances boot from a machine image without the ECS agent.

    ## What it checks
    The images of Auto Scaling groups and instances that belong to an ECS cluster, by a capacity provider or by their
    user data, where the name of a public SSM parameter tells what they are. User data that installs the agent, or
    that can't be followed, excuses them; so does an image whose name does not tell what is in it.

    ## Why it is bad
    Without the agent no instance registers with the cluster, so tasks wait for capacity that never comes.

    ## Bad
    ```yaml
    Resources:
      Cluster:
        Type: AWS::ECS::Cluster
      Instance:
        Type: AWS::EC2::Instance
        Properties:
          ImageId: "{{resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64}}"
          InstanceType: m7i.large
          IamInstanceProfile: ecsInstanceRole
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
      Instance:
        Type: AWS::EC2::Instance
        Properties:
          ImageId: "{{resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id}}"
          InstanceType: m7i.large
          IamInstanceProfile: ecsInstanceRole
          UserData:
            Fn::Base64: !Sub |
              #!/bin/bash
              echo ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config
    ```

    ## References
    - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-optimized_AMI.html
    - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-install.html
    """
    for host, ami in _amis(facts):
        product = ami.product
        if product is not None and not product.ecs_optimized and facts.placements.lacks_agent(host):
            fact = f"is {product.name}, and the user data does not install the agent"
            yield _image_problem(facts, host, ami, _said(ami, fact))


@rule(
    "pinned-ami",
    Severity.WARNING,
    "Read the image id from the recommended image of its public SSM parameter at each deployment, and deploy often.",
)
def pinned_ami(facts: Facts) -> Iterator[Problem]:
    """Container instances boot from a fixed machine image, or from a release that is older than 90 days.

    ## What it checks
    The images of Auto Scaling groups and instances that run ECS: an image id written out (also one that a look-up of
    the CDK has frozen in `cdk.context.json`), a version of an SSM parameter, and a release of an ECS-optimized image
    whose day is more than 90 days before the day of judgement. A release of Bottlerocket does not tell its day.

    ## Why it is bad
    A fixed image gets no security updates, keeps the ECS agent that it was built with, and exists in one region only.
    90 days are what PCI DSS 4.0 (6.3.3) gives as an example for updates that are not critical; AWS deprecates an
    ECS-optimized image two years after its release.

    ## Bad
    ```yaml
    Resources:
      Cluster:
        Type: AWS::ECS::Cluster
      Instance:
        Type: AWS::EC2::Instance
        Properties:
          ImageId: ami-0123456789abcdef0
          InstanceType: m7i.large
          IamInstanceProfile: ecsInstanceRole
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
      Instance:
        Type: AWS::EC2::Instance
        Properties:
          ImageId: "{{resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id}}"
          InstanceType: m7i.large
          IamInstanceProfile: ecsInstanceRole
          UserData:
            Fn::Base64: !Sub |
              #!/bin/bash
              echo ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config
    ```

    ## References
    - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-optimized_AMI.html
    - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html
    - https://www.pcisecuritystandards.org/document_library/
    """
    for host in facts.placements.container_instances:
        amis = facts.placements.amis(host)
        fixed = [ami for ami in amis if ami.fixed]
        if fixed:
            # A map of regions is one choice, not one for each region.
            others = f" or one of {len(fixed) - 1} others" if len(fixed) > 1 else ""
            yield _image_problem(facts, host, fixed[0], f"machine image is fixed: {str(fixed[0])!r}{others}")
        for ami in amis:
            age = facts.policy.today - ami.released if ami.released is not None else None
            if age is not None and age > MAX_RELEASE_AGE:
                fact = f"is a release of {ami.released}, {age.days} days old"
                yield _image_problem(facts, host, ami, _said(ami, fact))


@rule(
    "ami-architecture-mismatch",
    Severity.ERROR,
    "Choose the image of the architecture of the instance type: the parameters of arm64 images have it in their name.",
)
def ami_architecture_mismatch(facts: Facts) -> Iterator[Problem]:
    """Machine image and instance type of container instances are of different architectures.

    ## What it checks
    Each instance type that an Auto Scaling group or an instance that runs ECS can get, also by the overrides of a
    mixed-instances policy and by instance requirements, against each image that goes with it, that of the override
    where it has one.

    ## Why it is bad
    EC2 refuses to start such an instance, so the group stays empty and tasks wait for capacity that never comes.

    ## Bad
    ```yaml
    Resources:
      Instance:
        Type: AWS::EC2::Instance
        Properties:
          ImageId: "{{resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id}}"
          InstanceType: c7g.large
    ```

    ## Good
    ```yaml
    Resources:
      Instance:
        Type: AWS::EC2::Instance
        Properties:
          ImageId: "{{resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id}}"
          InstanceType: c7g.large
    ```

    ## References
    - https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-types.html
    - https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceRequirementsRequest.html
    """
    for host in facts.placements.container_instances:
        chosen: dict[tuple[str, Ami], list[Machines]] = {}
        for ami, machines in facts.launches.of(host):
            if judge_launch(host, ami, machines).verdict is LinkVerdict.BROKEN:
                chosen.setdefault((machines.location, ami), []).append(machines)
        for (location, ami), bad in chosen.items():
            # The allowed values of a parameter are one choice, not one for each instance type.
            others = f" and {len(bad) - 1} others allowed" if len(bad) > 1 else ""
            has = " or ".join(sorted({each.value for machines in bad for each in machines.architectures or ()})) or "no"
            fact = f"{bad[0].chosen}{others}: {has} processors, but the machine image {str(ami)!r} is for"
            yield Problem(bad[0].resource, location, f"{fact} {ami.architecture.value if ami.architecture else None}")


@rule(
    "image-architecture-mismatch",
    Severity.ERROR,
    "Build the image for the architecture and the operating system that the task runs on, and declare them in "
    "RuntimePlatform.",
)
def image_architecture_mismatch(facts: Facts) -> Iterator[Problem]:
    """Task or built image is of another architecture or operating system than what it runs on.

    ## What it checks
    `RuntimePlatform` of a task, and the platform of an image that the CDK builds with the stack, against each other and
    against every place where the task runs: Fargate (`X86_64` and `LINUX` where the task says nothing), Managed
    Instances, and the instance types and machine images of the container instances. Placement constraints that compare
    `ecs.cpu-architecture`, `ecs.instance-type` or `ecs.os-type` with values are heeded; under any other one, only what
    fits to none of the instances is found. Also what ECS does not have: Windows on `ARM64`, on Fargate Spot or on
    Managed Instances, and `ARM64` before platform version 1.4.0 of Fargate. The platform of an image that is only
    pulled is not in the templates, and neither is the version of Windows that an image is built on.

    ## Why it is bad
    A pull of an image that has nothing for the platform fails with `CannotPullContainerError: no matching manifest`;
    an image of one platform only is pulled and then stops with `exec format error`. A task that is declared for an
    architecture which no instance has is never placed.

    ## Bad
    ```yaml
    Resources:
      Cluster:
        Type: AWS::ECS::Cluster
      Instance:
        Type: AWS::EC2::Instance
        Properties:
          ImageId: "{{resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id}}"
          InstanceType: m7i.large
          IamInstanceProfile: !Ref Profile
          UserData:
            Fn::Base64: !Sub |
              #!/bin/bash
              echo ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config
      Profile:
        Type: AWS::IAM::InstanceProfile
        Properties:
          Roles: [!Ref Role]
      Role:
        Type: AWS::IAM::Role
        Properties:
          AssumeRolePolicyDocument:
            Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}]
          ManagedPolicyArns:
            - !Sub arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          RuntimePlatform: {CpuArchitecture: ARM64}
          ContainerDefinitions:
            - Name: web
              Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1.4.2
      Service:
        Type: AWS::ECS::Service
        Properties:
          Cluster: !Ref Cluster
          LaunchType: EC2
          TaskDefinition: !Ref Task
    ```

    ## Good
    ```yaml
    Resources:
      Cluster:
        Type: AWS::ECS::Cluster
      Instance:
        Type: AWS::EC2::Instance
        Properties:
          ImageId: "{{resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id}}"
          InstanceType: m7g.large
          IamInstanceProfile: !Ref Profile
          UserData:
            Fn::Base64: !Sub |
              #!/bin/bash
              echo ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config
      Profile:
        Type: AWS::IAM::InstanceProfile
        Properties:
          Roles: [!Ref Role]
      Role:
        Type: AWS::IAM::Role
        Properties:
          AssumeRolePolicyDocument:
            Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}]
          ManagedPolicyArns:
            - !Sub arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          RuntimePlatform: {CpuArchitecture: ARM64}
          ContainerDefinitions:
            - Name: web
              Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1.4.2
      Service:
        Type: AWS::ECS::Service
        Properties:
          Cluster: !Ref Cluster
          LaunchType: EC2
          TaskDefinition: !Ref Task
    ```

    ## References
    - https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html
    - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-arm64.html
    - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ECS_Windows.html
    - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
    - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-query-language.html
    """
    for container in facts.model.containers:
        for placement in facts.placements.of(container):
            for answer in facts.platforms.judge(container, placement):
                if answer.verdict is LinkVerdict.BROKEN:
                    subject = f"container {container.name!r}: " if answer.of_image and container.name else ""
                    yield Problem(container.resource, answer.location, f"{subject}{answer.evidence}")


@rule(
    "unjoined-instances",
    Severity.ERROR,
    "Name the cluster in the user data: ECS_CLUSTER=<cluster> in /etc/ecs/ecs.config on Amazon Linux, "
    "settings.ecs.cluster on Bottlerocket, Initialize-ECSAgent -Cluster on Windows.",
)
def unjoined_instances(facts: Facts) -> Iterator[Problem]:
    """User data does not put container instances into the cluster that they are meant for.

    ## What it checks
    The user data of instances whose Auto Scaling group belongs to a capacity provider of a cluster, in every form
    (shell script, cloud-config, MIME archive, TOML of Bottlerocket, PowerShell), and the metadata that `cfn-init`
    reads: it names that cluster. On Amazon Linux that is what `/etc/ecs/ecs.config` says in the end: a variable of
    the script, another file, or a line that is overwritten later names nothing. Also those of ECS-optimized instances
    that stand beside a cluster on whose instances a service runs, and that has no other. User data that can't be
    followed is not judged: what is done only under a condition, what is fetched, a restart of the agent or of Docker
    that waits for the end of the script it stands in. Neither is an image of one's own whose user data names no
    cluster.

    ## Why it is bad
    An agent that is told no cluster joins the one called `default`: services in the cluster that was meant find no
    instances, and wait.

    ## Bad
    ```yaml
    Resources:
      Cluster:
        Type: AWS::ECS::Cluster
      LaunchTemplate:
        Type: AWS::EC2::LaunchTemplate
        Properties:
          LaunchTemplateData:
            ImageId: resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id
            InstanceType: m7i.large
            IamInstanceProfile: {Name: ecsInstanceRole}
            UserData:
              Fn::Base64: |
                #!/bin/bash
                yum update -y
      Group:
        Type: AWS::AutoScaling::AutoScalingGroup
        Properties:
          MinSize: 1
          MaxSize: 1
          LaunchTemplate:
            LaunchTemplateId: !Ref LaunchTemplate
            Version: !GetAtt LaunchTemplate.LatestVersionNumber
      Provider:
        Type: AWS::ECS::CapacityProvider
        Properties:
          AutoScalingGroupProvider: {AutoScalingGroupArn: !Ref Group}
      Association:
        Type: AWS::ECS::ClusterCapacityProviderAssociations
        Properties:
          Cluster: !Ref Cluster
          CapacityProviders: [!Ref Provider]
          DefaultCapacityProviderStrategy: [{CapacityProvider: !Ref Provider}]
    ```

    ## Good
    ```yaml
    Resources:
      Cluster:
        Type: AWS::ECS::Cluster
      LaunchTemplate:
        Type: AWS::EC2::LaunchTemplate
        Properties:
          LaunchTemplateData:
            ImageId: resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id
            InstanceType: m7i.large
            IamInstanceProfile: {Name: ecsInstanceRole}
            UserData:
              Fn::Base64: !Sub |
                #!/bin/bash
                echo ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config
      Group:
        Type: AWS::AutoScaling::AutoScalingGroup
        Properties:
          MinSize: 1
          MaxSize: 1
          LaunchTemplate:
            LaunchTemplateId: !Ref LaunchTemplate
            Version: !GetAtt LaunchTemplate.LatestVersionNumber
      Provider:
        Type: AWS::ECS::CapacityProvider
        Properties:
          AutoScalingGroupProvider: {AutoScalingGroupArn: !Ref Group}
      Association:
        Type: AWS::ECS::ClusterCapacityProviderAssociations
        Properties:
          Cluster: !Ref Cluster
          CapacityProviders: [!Ref Provider]
          DefaultCapacityProviderStrategy: [{CapacityProvider: !Ref Provider}]
    ```

    ## References
    - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bootstrap_container_instance.html
    - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bootstrap_windows_container_instance.html
    - https://bottlerocket.dev/en/os/latest/api/settings/ecs/
    """
    placements = facts.placements
    for host, cluster, provider in placements.provided:
        link = placements.join(host, cluster)
        if link.verdict is LinkVerdict.BROKEN:
            yield Problem(*host.place_of("UserData"), f"{link.evidence}; {provider.logical_id} needs it there")
    for container in facts.model.containers:
        for placement in placements.of(container):
            for host, link in placements.strays(placement):
                fact = f"{link.evidence}; {placement.evidence} finds no instances"
                yield Problem(*host.place_of("UserData"), fact)
