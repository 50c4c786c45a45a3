"""An app from before: tasks with images of Docker Hub, and a shop whose subnets have no way to Amazon ECR."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs

from ecr_ecs_constructs import EcrEcsChecks

TOOLS = (
    "adminer caddy cassandra drupal ghost grafana haproxy httpd jenkins mariadb memcached mongo "
    "mysql nats nginx postgres rabbitmq redis sonarqube traefik vault wordpress zookeeper"
)

app = cdk.App()
cdk.Validations.of(app).add_plugins(EcrEcsChecks())

legacy = cdk.Stack(app, "Legacy")
for tool in TOOLS.split():
    task = ecs.FargateTaskDefinition(legacy, tool.title())
    task.add_container(tool, image=ecs.ContainerImage.from_registry(f"{tool}:1"))

shop = cdk.Stack(app, "Shop")
isolated = ec2.SubnetConfiguration(name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
vpc = ec2.Vpc(shop, "Vpc", subnet_configuration=[isolated])
cluster = ecs.Cluster(shop, "Cluster", vpc=vpc)
for name in ("basket", "search", "users"):
    repository = ecr.Repository(shop, f"{name.title()}Images", repository_name=f"shop/{name}")
    task = ecs.FargateTaskDefinition(shop, f"{name.title()}Task")
    task.add_container(
        name,
        image=ecs.ContainerImage.from_ecr_repository(repository, "1.0"),
        logging=ecs.LogDrivers.aws_logs(stream_prefix=name),
    )
    ecs.FargateService(
        shop,
        f"{name.title()}Service",
        cluster=cluster,
        task_definition=task,
        min_healthy_percent=100,
        circuit_breaker=ecs.DeploymentCircuitBreaker(rollback=True),
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
    )
