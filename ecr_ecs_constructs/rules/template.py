"""Everything that is deployed was judged."""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.template import STACK_TYPE
from ecr_ecs_constructs.pull.answer import Problem, Verdict
from ecr_ecs_constructs.pull.facts import Facts
from ecr_ecs_constructs.rules.rule import Severity, rule


@rule(
    "unverifiable-template",
    Severity.INFO,
    "Give the template of the nested stack, or the template as the macro leaves it, in the same call.",
)
def unverifiable_template(facts: Facts) -> Iterator[Problem]:
    """Find nested stacks, modules and macros whose resources are not in the templates."""
    for template in facts.templates:
        for resource in template.opaque:
            if resource.type == STACK_TYPE:
                fact = f"cannot verify nested stack {resource.logical_id}: its template is not in what was judged"
                yield Problem("unverifiable-template", resource, "Properties.TemplateURL", fact, Verdict.UNKNOWN)
            else:
                fact = f"cannot verify {resource.logical_id}: what {resource.type} makes is known only at deployment"
                yield Problem("unverifiable-template", resource, "Properties", fact, Verdict.UNKNOWN)
        for macro in template.macros:
            for resource in list(template.resources.values())[:1]:
                fact = f"cannot verify the template: the macro {macro} rewrites it at deployment"
                yield Problem("unverifiable-template", resource, "", fact, Verdict.UNKNOWN)
