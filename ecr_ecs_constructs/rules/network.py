"""The network family: what pulls an image reaches Amazon ECR, and what else a task needs to start."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ecr_ecs_constructs.pull.facts import Facts
from ecr_ecs_constructs.pull.network import AGENT_SERVICES, CACHED, PULL_SERVICES, SECRET
from ecr_ecs_constructs.rules.rule import Problem, Severity, Verdict, rule


def _broken(facts: Facts, services: Collection[str]) -> Iterator[Problem]:
    for place in facts.networks.places:
        for fact in place.ways.sentences(False, services):
            yield Problem(place.resource, place.location, fact)


@rule(
    "no-path-to-ecr",
    Severity.ERROR,
    "Give the subnets a route to a NAT gateway, or the VPC endpoints ecr.api and ecr.dkr with private DNS and an S3 "
    "gateway endpoint on their route tables, and let security groups and network ACLs pass TCP 443.",
)
def no_path_to_ecr(facts: Facts) -> Iterator[Problem]:
    """Subnet in which an image is pulled has no way to Amazon ECR.

    ## What it checks
    The subnets of the tasks on Fargate, and those of the container instances on EC2 and on ECS Managed Instances:
    whether each leads to the API of ECR (`ecr.api`), to the registry (`ecr.dkr`) and to the layers in S3 (`s3`), by a
    default route to an internet gateway with a public address, by a NAT gateway, or by VPC endpoints. Route tables,
    attachments, DNS attributes of the VPC, security groups both ways, network ACLs both ways (answers need a rule of
    their own), block public access and endpoint policies count. An endpoint with private DNS takes the traffic even
    where there is a NAT gateway, so it must work there too. A registry of another region, and the first pull through a
    cache rule, need a way to the internet.

    ## Why it is bad
    The pull runs into a timeout, minutes later, again and again: `CannotPullContainerError`, or
    `ResourceInitializationError: unable to pull secrets or registry auth` on Fargate.

    ## Bad
    ```yaml
    Resources:
      Vpc:
        Type: AWS::EC2::VPC
        Properties: {CidrBlock: 10.0.0.0/16}
      Subnet:
        Type: AWS::EC2::Subnet
        Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          RequiresCompatibilities: [FARGATE]
          ExecutionRoleArn: !ImportValue ExecutionRoleArn
          ContainerDefinitions:
            - Name: web
              Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1.4.2
      Service:
        Type: AWS::ECS::Service
        Properties:
          LaunchType: FARGATE
          TaskDefinition: !Ref Task
          NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref Subnet]}}
    ```

    ## Good
    ```yaml
    Resources:
      Vpc:
        Type: AWS::EC2::VPC
        Properties: {CidrBlock: 10.0.0.0/16, EnableDnsHostnames: true}
      Subnet:
        Type: AWS::EC2::Subnet
        Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}
      RouteTable:
        Type: AWS::EC2::RouteTable
        Properties: {VpcId: !Ref Vpc}
      RouteTableAssociation:
        Type: AWS::EC2::SubnetRouteTableAssociation
        Properties: {SubnetId: !Ref Subnet, RouteTableId: !Ref RouteTable}
      TaskGroup:
        Type: AWS::EC2::SecurityGroup
        Properties: {GroupDescription: tasks, VpcId: !Ref Vpc}
      EndpointGroup:
        Type: AWS::EC2::SecurityGroup
        Properties:
          GroupDescription: endpoints
          VpcId: !Ref Vpc
          SecurityGroupIngress:
            - {IpProtocol: tcp, FromPort: 443, ToPort: 443, SourceSecurityGroupId: !Ref TaskGroup}
      Api:
        Type: AWS::EC2::VPCEndpoint
        Properties:
          ServiceName: !Sub com.amazonaws.${AWS::Region}.ecr.api
          VpcEndpointType: Interface
          VpcId: !Ref Vpc
          SubnetIds: [!Ref Subnet]
          SecurityGroupIds: [!Ref EndpointGroup]
          PrivateDnsEnabled: true
      Registry:
        Type: AWS::EC2::VPCEndpoint
        Properties:
          ServiceName: !Sub com.amazonaws.${AWS::Region}.ecr.dkr
          VpcEndpointType: Interface
          VpcId: !Ref Vpc
          SubnetIds: [!Ref Subnet]
          SecurityGroupIds: [!Ref EndpointGroup]
          PrivateDnsEnabled: true
      Layers:
        Type: AWS::EC2::VPCEndpoint
        Properties:
          ServiceName: !Sub com.amazonaws.${AWS::Region}.s3
          VpcEndpointType: Gateway
          VpcId: !Ref Vpc
          RouteTableIds: [!Ref RouteTable]
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          RequiresCompatibilities: [FARGATE]
          ExecutionRoleArn: !ImportValue ExecutionRoleArn
          ContainerDefinitions:
            - Name: web
              Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1.4.2
      Service:
        Type: AWS::ECS::Service
        Properties:
          LaunchType: FARGATE
          TaskDefinition: !Ref Task
          NetworkConfiguration:
            AwsvpcConfiguration: {Subnets: [!Ref Subnet], SecurityGroups: [!Ref TaskGroup]}
    ```

    ## References
    - https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
    - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html
    - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
    - https://docs.aws.amazon.com/vpc/latest/userguide/nacl-basics.html
    - https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html
    """
    yield from _broken(facts, (*PULL_SERVICES, CACHED))


@rule(
    "no-path-to-ecs",
    Severity.ERROR,
    "Give the subnets a route to a NAT gateway, or the VPC endpoints ecs, ecs-agent and ecs-telemetry, and let "
    "security groups and network ACLs pass TCP 443.",
)
def no_path_to_ecs(facts: Facts) -> Iterator[Problem]:
    """Subnet of container instances has no way to Amazon ECS.

    ## What it checks
    The subnets of the container instances on EC2 on which containers with an image of ECR run: whether each leads to
    what the ECS agent asks (`ecs`, `ecs-agent`, `ecs-telemetry`), by a route to the internet or by VPC endpoints. Tasks
    on Fargate need none of them. AWS does not say which of them ECS Managed Instances need: there, the lack of one is
    unknown.

    ## Why it is bad
    The agent can't register its instance: the cluster stays empty, and its tasks are never placed.

    ## Bad
    ```yaml
    Resources:
      Vpc:
        Type: AWS::EC2::VPC
        Properties: {CidrBlock: 10.0.0.0/16, EnableDnsHostnames: true}
      Subnet:
        Type: AWS::EC2::Subnet
        Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}
      RouteTable:
        Type: AWS::EC2::RouteTable
        Properties: {VpcId: !Ref Vpc}
      RouteTableAssociation:
        Type: AWS::EC2::SubnetRouteTableAssociation
        Properties: {SubnetId: !Ref Subnet, RouteTableId: !Ref RouteTable}
      Api:
        Type: AWS::EC2::VPCEndpoint
        Properties:
          ServiceName: !Sub com.amazonaws.${AWS::Region}.ecr.api
          VpcEndpointType: Interface
          VpcId: !Ref Vpc
          SubnetIds: [!Ref Subnet]
          PrivateDnsEnabled: true
      Registry:
        Type: AWS::EC2::VPCEndpoint
        Properties:
          ServiceName: !Sub com.amazonaws.${AWS::Region}.ecr.dkr
          VpcEndpointType: Interface
          VpcId: !Ref Vpc
          SubnetIds: [!Ref Subnet]
          PrivateDnsEnabled: true
      Layers:
        Type: AWS::EC2::VPCEndpoint
        Properties:
          ServiceName: !Sub com.amazonaws.${AWS::Region}.s3
          VpcEndpointType: Gateway
          VpcId: !Ref Vpc
          RouteTableIds: [!Ref RouteTable]
      Instances:
        Type: AWS::AutoScaling::AutoScalingGroup
        Properties:
          MinSize: "1"
          MaxSize: "2"
          VPCZoneIdentifier: [!Ref Subnet]
          LaunchTemplate: {LaunchTemplateId: !ImportValue LaunchTemplateId, Version: "1"}
      Provider:
        Type: AWS::ECS::CapacityProvider
        Properties: {AutoScalingGroupProvider: {AutoScalingGroupArn: !Ref Instances}}
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          ContainerDefinitions:
            - Name: web
              Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1.4.2
      Service:
        Type: AWS::ECS::Service
        Properties:
          TaskDefinition: !Ref Task
          CapacityProviderStrategy: [{CapacityProvider: !Ref Provider}]
    ```

    ## Good
    ```yaml
    Resources:
      Vpc:
        Type: AWS::EC2::VPC
        Properties: {CidrBlock: 10.0.0.0/16}
      InternetGateway:
        Type: AWS::EC2::InternetGateway
      Attachment:
        Type: AWS::EC2::VPCGatewayAttachment
        Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref InternetGateway}
      PublicSubnet:
        Type: AWS::EC2::Subnet
        Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}
      PublicTable:
        Type: AWS::EC2::RouteTable
        Properties: {VpcId: !Ref Vpc}
      PublicAssociation:
        Type: AWS::EC2::SubnetRouteTableAssociation
        Properties: {SubnetId: !Ref PublicSubnet, RouteTableId: !Ref PublicTable}
      PublicRoute:
        Type: AWS::EC2::Route
        Properties: {RouteTableId: !Ref PublicTable, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref InternetGateway}
      Address:
        Type: AWS::EC2::EIP
        Properties: {Domain: vpc}
      Nat:
        Type: AWS::EC2::NatGateway
        Properties: {SubnetId: !Ref PublicSubnet, AllocationId: !GetAtt Address.AllocationId}
      Subnet:
        Type: AWS::EC2::Subnet
        Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24}
      RouteTable:
        Type: AWS::EC2::RouteTable
        Properties: {VpcId: !Ref Vpc}
      RouteTableAssociation:
        Type: AWS::EC2::SubnetRouteTableAssociation
        Properties: {SubnetId: !Ref Subnet, RouteTableId: !Ref RouteTable}
      Route:
        Type: AWS::EC2::Route
        Properties: {RouteTableId: !Ref RouteTable, DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: !Ref Nat}
      Instances:
        Type: AWS::AutoScaling::AutoScalingGroup
        Properties:
          MinSize: "1"
          MaxSize: "2"
          VPCZoneIdentifier: [!Ref Subnet]
          LaunchTemplate: {LaunchTemplateId: !ImportValue LaunchTemplateId, Version: "1"}
      Provider:
        Type: AWS::ECS::CapacityProvider
        Properties: {AutoScalingGroupProvider: {AutoScalingGroupArn: !Ref Instances}}
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          ContainerDefinitions:
            - Name: web
              Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1.4.2
      Service:
        Type: AWS::ECS::Service
        Properties:
          TaskDefinition: !Ref Task
          CapacityProviderStrategy: [{CapacityProvider: !Ref Provider}]
    ```

    ## References
    - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
    - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html
    """
    yield from _broken(facts, AGENT_SERVICES)


@rule(
    "no-path-to-logs-or-secrets",
    Severity.ERROR,
    "Give the subnets a route to a NAT gateway, or the VPC endpoint that is named: logs, secretsmanager or ssm, and "
    "let security groups and network ACLs pass TCP 443.",
)
def no_path_to_logs_or_secrets(facts: Facts) -> Iterator[Problem]:
    """Subnet has no way to the logs or the secrets without which a container does not start.

    ## What it checks
    From where an image of ECR is pulled: whether there is a way to CloudWatch Logs (`logs`) for containers with the
    log driver `awslogs`, and for the proxy of Service Connect with it, and to Secrets Manager (`secretsmanager`) or
    Parameter Store (`ssm`) for containers with secrets from there.

    ## Why it is bad
    The image may be there, and the task still stops with `ResourceInitializationError` before its first container
    runs, with a message that speaks of secrets and registry in one breath.

    ## Bad
    ```yaml
    Resources:
      Vpc:
        Type: AWS::EC2::VPC
        Properties: {CidrBlock: 10.0.0.0/16, EnableDnsHostnames: true}
      Subnet:
        Type: AWS::EC2::Subnet
        Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}
      RouteTable:
        Type: AWS::EC2::RouteTable
        Properties: {VpcId: !Ref Vpc}
      RouteTableAssociation:
        Type: AWS::EC2::SubnetRouteTableAssociation
        Properties: {SubnetId: !Ref Subnet, RouteTableId: !Ref RouteTable}
      Api:
        Type: AWS::EC2::VPCEndpoint
        Properties:
          ServiceName: !Sub com.amazonaws.${AWS::Region}.ecr.api
          VpcEndpointType: Interface
          VpcId: !Ref Vpc
          SubnetIds: [!Ref Subnet]
          PrivateDnsEnabled: true
      Registry:
        Type: AWS::EC2::VPCEndpoint
        Properties:
          ServiceName: !Sub com.amazonaws.${AWS::Region}.ecr.dkr
          VpcEndpointType: Interface
          VpcId: !Ref Vpc
          SubnetIds: [!Ref Subnet]
          PrivateDnsEnabled: true
      Layers:
        Type: AWS::EC2::VPCEndpoint
        Properties:
          ServiceName: !Sub com.amazonaws.${AWS::Region}.s3
          VpcEndpointType: Gateway
          VpcId: !Ref Vpc
          RouteTableIds: [!Ref RouteTable]
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          RequiresCompatibilities: [FARGATE]
          ExecutionRoleArn: !ImportValue ExecutionRoleArn
          ContainerDefinitions:
            - Name: web
              Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1.4.2
              LogConfiguration: {LogDriver: awslogs, Options: {awslogs-region: !Ref AWS::Region}}
      Service:
        Type: AWS::ECS::Service
        Properties:
          LaunchType: FARGATE
          TaskDefinition: !Ref Task
          NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref Subnet]}}
    ```

    ## Good
    ```yaml
    Resources:
      Vpc:
        Type: AWS::EC2::VPC
        Properties: {CidrBlock: 10.0.0.0/16}
      Subnet:
        Type: AWS::EC2::Subnet
        Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}
      InternetGateway:
        Type: AWS::EC2::InternetGateway
      Attachment:
        Type: AWS::EC2::VPCGatewayAttachment
        Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref InternetGateway}
      RouteTable:
        Type: AWS::EC2::RouteTable
        Properties: {VpcId: !Ref Vpc}
      RouteTableAssociation:
        Type: AWS::EC2::SubnetRouteTableAssociation
        Properties: {SubnetId: !Ref Subnet, RouteTableId: !Ref RouteTable}
      Route:
        Type: AWS::EC2::Route
        Properties: {RouteTableId: !Ref RouteTable, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref InternetGateway}
      TaskGroup:
        Type: AWS::EC2::SecurityGroup
        Properties: {GroupDescription: tasks, VpcId: !Ref Vpc}
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          RequiresCompatibilities: [FARGATE]
          ExecutionRoleArn: !ImportValue ExecutionRoleArn
          ContainerDefinitions:
            - Name: web
              Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1.4.2
              LogConfiguration: {LogDriver: awslogs, Options: {awslogs-region: !Ref AWS::Region}}
      Service:
        Type: AWS::ECS::Service
        Properties:
          LaunchType: FARGATE
          TaskDefinition: !Ref Task
          NetworkConfiguration:
            AwsvpcConfiguration:
              AssignPublicIp: ENABLED
              Subnets: [!Ref Subnet]
              SecurityGroups: [!Ref TaskGroup]
    ```

    ## References
    - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
    - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
    """
    yield from _broken(facts, ("logs", "secretsmanager", "ssm", SECRET))


@rule(
    "unverifiable-network",
    Severity.INFO,
    "Check the network outside the templates, or give its templates to the same call.",
)
def unverifiable_network(facts: Facts) -> Iterator[Problem]:
    """Way to Amazon ECR can't be followed to its end in the templates.

    ## What it checks
    The same subnets as `no-path-to-ecr`: where the way passes something that the templates do not hold or decide, such
    as an imported VPC, subnet, security group or network ACL, a parameter, a transit gateway or a NAT instance;
    where user data may lead traffic another way: by a proxy, a mirror, a firewall, other routes or names, or to another
    region; where the names of AWS may be answered otherwise in the VPC: by other DNS servers, by a private hosted zone,
    a rule of Route 53 Resolver or a profile that may hold one of them, by a DNS Firewall, or by an S3 interface
    endpoint; where a part is missing that a macro, or a nested stack elsewhere, a module or a custom
    resource that is given the VPC, the subnet or its route table may make; and where parts do not fit, which can't be
    deployed: parts of several VPCs, two endpoints of one service on one route table or with the same private names, or
    an endpoint in two subnets of one Availability Zone. Environment files and the configuration of FireLens count here
    too: S3 leads to them, though the policy of its endpoint may not; so do images of Windows without a way to the
    internet: layers that Microsoft gives out may not have been pushed.

    ## Why it is bad
    It need not be bad: nobody has shown that the pull works, and nobody has shown that it fails.

    ## Bad
    ```yaml
    Parameters:
      SubnetIds: {Type: "List<AWS::EC2::Subnet::Id>"}
    Resources:
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          RequiresCompatibilities: [FARGATE]
          ExecutionRoleArn: !ImportValue ExecutionRoleArn
          ContainerDefinitions:
            - Name: web
              Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1.4.2
      Service:
        Type: AWS::ECS::Service
        Properties:
          LaunchType: FARGATE
          TaskDefinition: !Ref Task
          NetworkConfiguration: {AwsvpcConfiguration: {Subnets: !Ref SubnetIds}}
    ```

    ## Good
    ```yaml
    Resources:
      Vpc:
        Type: AWS::EC2::VPC
        Properties: {CidrBlock: 10.0.0.0/16}
      Subnet:
        Type: AWS::EC2::Subnet
        Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}
      InternetGateway:
        Type: AWS::EC2::InternetGateway
      Attachment:
        Type: AWS::EC2::VPCGatewayAttachment
        Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref InternetGateway}
      RouteTable:
        Type: AWS::EC2::RouteTable
        Properties: {VpcId: !Ref Vpc}
      RouteTableAssociation:
        Type: AWS::EC2::SubnetRouteTableAssociation
        Properties: {SubnetId: !Ref Subnet, RouteTableId: !Ref RouteTable}
      Route:
        Type: AWS::EC2::Route
        Properties: {RouteTableId: !Ref RouteTable, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref InternetGateway}
      TaskGroup:
        Type: AWS::EC2::SecurityGroup
        Properties: {GroupDescription: tasks, VpcId: !Ref Vpc}
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          RequiresCompatibilities: [FARGATE]
          ExecutionRoleArn: !ImportValue ExecutionRoleArn
          ContainerDefinitions:
            - Name: web
              Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1.4.2
      Service:
        Type: AWS::ECS::Service
        Properties:
          LaunchType: FARGATE
          TaskDefinition: !Ref Task
          NetworkConfiguration:
            AwsvpcConfiguration:
              AssignPublicIp: ENABLED
              Subnets: [!Ref Subnet]
              SecurityGroups: [!Ref TaskGroup]
    ```

    ## References
    - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/networking-connecting-vpc.html
    - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
    - https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver.html
    """
    for place in facts.networks.places:
        for fact in place.unknown:
            yield Problem(place.resource, place.location, f"cannot verify the network: {fact}", Verdict.UNKNOWN)
        for fact in place.ways.sentences(None):
            yield Problem(place.resource, place.location, fact, Verdict.UNKNOWN)
