"""The rules of a template: assertions about its parameters, of which a false one makes CloudFormation refuse them.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.template import Resource, Template, outermost
from ecr_ecs_constructs.pull.deployable.refusal import Refusal

_OF_CDK = "CheckBootstrapVersion"
"""The rule by which CDK asks for the version of its bootstrap stack, which every account that CDK deploys to has."""


def asserted(resource: Resource) -> Iterator[Refusal]:
    """Yield that the rules of the template of a resource, or of one around it, may refuse the parameters.

    Args:
        resource: the resource.
    """
    for template in {resource.template: None, outermost(resource.template): None}:
        rules = [name for name in _rules(template) if name != _OF_CDK]
        if rules:
            named = f"rule{'s' if len(rules) > 1 else ''} {', '.join(rules)}"
            why = f"{named} of {template.name} may refuse the values of its parameters"
            yield Refusal(resource, "Properties", why, None)


def _rules(template: Template) -> Iterator[str]:
    """Yield the names of the rules of a template that assert something."""
    for name, rule in template.section("Rules").items():
        if not isinstance(rule, dict) or rule.get("Assertions"):
            yield name
