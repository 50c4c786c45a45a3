"""The template family: everything that is deployed was judged."""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.template import STACK_TYPE
from ecr_ecs_constructs.pull.facts import Facts
from ecr_ecs_constructs.rules.rule import Problem, Severity, Verdict, rule


@rule(
    "unverifiable-template",
    Severity.INFO,
    "Give the template of the nested stack, or the template as the macro leaves it, in the same call.",
)
def unverifiable_template(facts: Facts) -> Iterator[Problem]:
    """Part of what is deployed is not in the templates: a nested stack or module elsewhere, or what a macro makes.

    ## What it checks
    Whether the template of every nested stack lies beside its parent's, and whether a template holds modules,
    serverless applications, products of Service Catalog, macros or includes whose resources are made at deployment.

    ## Why it is bad
    It is not bad by itself; it says where the proof ends: the containers in there were not seen.

    ## Bad
    ```yaml
    Resources:
      Service:
        Type: AWS::CloudFormation::Stack
        Properties:
          TemplateURL: https://s3.eu-central-1.amazonaws.com/templates/service.yaml
    ```

    ## Good
    ```yaml
    Resources:
      Task:
        Type: AWS::ECS::TaskDefinition
        Properties:
          RequiresCompatibilities: [EC2]
          ContainerDefinitions:
            - Name: web
              Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1.4.2
    ```

    ## References
    - https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html
    - https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros.html
    """
    for template in facts.model.templates:
        for resource in template.opaque:
            if resource.type == STACK_TYPE:
                fact = f"cannot verify nested stack {resource.logical_id}: its template is not in what was judged"
                yield Problem(resource, "Properties.TemplateURL", fact, Verdict.UNKNOWN)
            else:
                fact = f"cannot verify {resource.logical_id}: what {resource.type} makes is known only at deployment"
                yield Problem(resource, "Properties", fact, Verdict.UNKNOWN)
        for macro in template.macros:
            for resource in list(template.resources.values())[:1]:
                fact = f"cannot verify the template: the macro {macro} rewrites it at deployment"
                yield Problem(resource, "", fact, Verdict.UNKNOWN)
