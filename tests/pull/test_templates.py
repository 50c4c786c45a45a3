"""Public templates as they are: each loads, and its images evaluate to exactly these texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.pull.path import Model

TEMPLATES = Path(__file__).parents[3] / "shared" / "templates"

# By file, without the files that run no container.
IMAGES: dict[str, list[str]] = {
    "aws+aws-app-mesh-examples__yelb-cloudformation-ECS-AppMesh-deployment.yaml": [
        "${YelbAppServerImage}",
        "public.ecr.aws/xray/aws-xray-daemon",
        "${EnvoyImage}",
        "${EnvoyImage}",
        "${YelbUIImage}",
        "public.ecr.aws/xray/aws-xray-daemon",
        "${EnvoyImage}",
    ],
    "aws+copilot-cli__http-autoscaling-template.yml": ["${ContainerImage}"],
    "aws+copilot-cli__job-test.stack.yml": ["${ContainerImage}", "public.ecr.aws/nginx/nginx"],
    "aws+copilot-cli__svc-prod.stack.yml": [
        "${ContainerImage}",
        "public.ecr.aws/aws-observability/aws-for-fluent-bit:stable",
        "1234567890.dkr.ecr.us-west-2.amazonaws.com/reverse-proxy:revision_1",
        "alpine:latest",
    ],
    "aws-cloudformation+aws-cloudformation-templates__private-service.yaml": ["nginx"],
    "aws-cloudformation+aws-cloudformation-templates__public-service.yaml": ["nginx"],
    "aws-samples+aws-microservices-deploy-options__greeting.yaml": ["arungupta/greeting"],
    "aws-samples+container-patterns__1_service.yml": ["${ImageUri}"],
    "aws-samples+container-patterns__2_service.yml": ["public.ecr.aws/docker/library/nginx:latest"],
    "aws-samples+container-patterns__hello.yml": ["public.ecr.aws/ecs-sample-image/hello-server:node"],
    "aws-samples+container-patterns__service.yml": ["public.ecr.aws/docker/library/nginx:latest"],
    "aws-samples+container-patterns__task-definition.yml": [
        "public.ecr.aws/nginx/nginx:mainline",
        "public.ecr.aws/docker/library/busybox:stable",
    ],
    "aws-samples+serverless-patterns__1_template.yaml": ["${ImageURI}"],
    "aws-samples+serverless-patterns__2_template.yaml": [
        "137112412989.dkr.ecr.${AWS::Region}.amazonaws.com/amazonlinux:latest"
    ],
    "aws-samples+serverless-patterns__3_template.yaml": [
        "137112412989.dkr.ecr.${AWS::Region}.amazonaws.com/amazonlinux:latest"
    ],
    "aws-samples+serverless-patterns__template.yaml": ["public.ecr.aws/nginx/nginx:latest"],
    "awslabs+aws-solutions-constructs__farevt-existing-resources.template.json": ["nginx"],
    "awslabs+aws-solutions-constructs__fars3-existing-resources.template.json": ["nginx"],
    "awslabs+aws-solutions-constructs__fars3-new-resources.template.json": ["nginx"],
    "awslabs+aws-solutions-constructs__farsns-new-resources.template.json": ["nginx"],
    "awslabs+aws-solutions-constructs__farsqs-existing-resources.template.json": ["nginx"],
    "cdklabs+cdk-ecs-service-extensions__imported-environment-integ.template.json": ["nathanpeck/name"],
    "nathanpeck+ecs-cloudformation__service-ec2-public-lb.yml": ["nginx"],
    "nathanpeck+ecs-cloudformation__service-fargate-public-subnet-public-lb.yml": ["nginx"],
    "pahud+aws-cdk__1_aws-ecs-integ.template.json": ["amazon/amazon-ecs-sample"],
    "pahud+aws-cdk__1_stack.template.json": [
        "amazon/amazon-ecs-sample",
        "amazon/amazon-ecs-sample",
        "amazon/amazon-ecs-sample",
    ],
    "pahud+aws-cdk__2_stack.template.json": ["test-repo"],
    "pahud+aws-cdk__ApplicationSignalsPythonApp-Sidecar.template.json": [
        "public.ecr.aws/q0c5s6i7/demo-application:python-remote",
        "public.ecr.aws/aws-observability/adot-autoinstrumentation-python:v0.8.0",
        "public.ecr.aws/cloudwatch-agent/cloudwatch-agent:latest",
    ],
    "pahud+aws-cdk__aws-cdk-ecs-run-task-ec2-schedule.template.json": ["amazon/amazon-ecs-sample"],
    "pahud+aws-cdk__aws-ecs-blue-green-deployment.template.json": ["public.ecr.aws/nginx/nginx:latest"],
    "pahud+aws-cdk__aws-ecs-canary-deployment.template.json": ["public.ecr.aws/nginx/nginx:latest"],
    "pahud+aws-cdk__aws-ecs-integ-alb-fargate-public-private-switch.template.json": [
        "amazon/amazon-ecs-sample",
        "amazon/amazon-ecs-sample",
    ],
    "pahud+aws-cdk__aws-ecs-integ-alb-fg-idletimeout.template.json": ["amazon/amazon-ecs-sample"],
    "pahud+aws-cdk__aws-ecs-integ-availability-zone-rebalancing.template.json": ["amazon/amazon-ecs-sample"],
    "pahud+aws-cdk__aws-ecs-integ-circuit-breaker-no-dc.template.json": ["amazon/amazon-ecs-sample"],
    "pahud+aws-cdk__aws-ecs-integ-ecs.template.json": ["amazon/amazon-ecs-sample"],
    "pahud+aws-cdk__aws-ecs-integ-enable-execute-command.template.json": ["amazon/amazon-ecs-sample"],
    "pahud+aws-cdk__aws-ecs-integ-fargate-multi-nlb-health.template.json": ["amazon/amazon-ecs-sample"],
    "pahud+aws-cdk__aws-ecs-integ-l3-autocreate.template.json": [
        "amazon/amazon-ecs-sample",
        "amazon/amazon-ecs-sample",
    ],
    "pahud+aws-cdk__aws-ecs-integ.template.json": ["nginx"],
    "pahud+aws-cdk__aws-ecs-patterns-alb-health-check.template.json": ["amazon/amazon-ecs-sample"],
    "pahud+aws-cdk__aws-ecs-service-connect.template.json": [
        "amazon/amazon-ecs-sample",
        "public.ecr.aws/docker/library/alpine:latest",
    ],
    "pahud+aws-cdk__aws-sfn-tasks-ecs-fargate-task.template.json": [
        "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/cdk-hnb659fds-container-assets-${AWS::AccountId}-${AWS::Region}:cb8db1ca45b29cf8a7db558e2cb31ac823252251ae003dc87318f485c6415d2b"
    ],
    "pahud+aws-cdk__aws-stepfunctions-integ.template.json": [
        "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/cdk-hnb659fds-container-assets-${AWS::AccountId}-${AWS::Region}:d32bd3e3679647575cb811795d107a6f15fb74ff74e1f7c536b8c612e34688c7"
    ],
    "pahud+aws-cdk__cdk-ecs-none-log-driver.template.json": ["amazon/amazon-ecs-sample"],
    "pahud+aws-cdk__cdk-submit-job-queue-json-path.template.json": [
        "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/cdk-hnb659fds-container-assets-${AWS::AccountId}-${AWS::Region}:6b18aed490b9a0c682c4729d8e5955650709955e8275dcbe68d5defa39c43bda"
    ],
    "pahud+aws-cdk__ecs-external-service-daemon.template.json": ["amazon/amazon-ecs-sample"],
    "pahud+aws-cdk__stack.template.json": [
        "amazon/amazon-ecs-sample",
        "amazon/amazon-ecs-sample",
        "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/cdk-hnb659fds-container-assets-${AWS::AccountId}-${AWS::Region}:8b518243ecbfcfd08b4734069e7e74ff97b7889dfde0a60d16e7bdc96e6c593b",
        "mcr.microsoft.com/dotnet/framework/runtime:4.7.2",
    ],
    "pahud+aws-cdk__tls-network-load-balanced-ecs-service.template.json": ["amazon/amazon-ecs-sample"],
    "senzing-garage+aws-cloudformation-ecs__spike-bug-assign-public-ip-fix.yaml": ["busybox"],
    "senzing-garage+aws-cloudformation-ecs__spike-certificate-certificate-manager.yaml": [
        "public.ecr.aws/senzing/swagger-ui:latest"
    ],
    "stelligent+cfn_nag__batch_jobdefinition_container_properties_priveleged_false_boolean.yml": [
        "amazon/amazon-ecs-agent"
    ],
    "stelligent+cfn_nag__batch_jobdefinition_container_properties_priveleged_false_string.yml": [
        "amazon/amazon-ecs-agent"
    ],
    "widdix+aws-cf-templates__service-cluster-alb.yaml": ["${Image}"],
}
FILES = sorted(file.name for file in TEMPLATES.glob("*__*"))


@pytest.mark.parametrize("name", FILES)
def test_images(name: str) -> None:
    containers = Model(load([TEMPLATES / name])).containers
    assert [str(image) for container in containers for image in container.images] == IMAGES.get(name, [])


def test_every_template_is_there() -> None:
    assert len(FILES) == 72
    assert IMAGES.keys() <= set(FILES)


def test_all_in_one_call() -> None:
    containers = Model(load([TEMPLATES])).containers
    assert sum(len(container.images) for container in containers) == sum(map(len, IMAGES.values()))
