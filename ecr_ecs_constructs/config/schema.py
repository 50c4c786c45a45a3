"""The form of the configuration, as a JSON Schema.

The schema is published as `docs/ecr-ecs.schema.json`, which editors read.

Source: https://json-schema.org/draft/2020-12/json-schema-core
"""

from __future__ import annotations

from ecr_ecs_constructs.cloudformation.forms import Schema, choice, list_of, patterns, table, tables, text
from ecr_ecs_constructs.cloudformation.vouches import AMI, GROUNDS
from ecr_ecs_constructs.rules.catalogue import RULES
from ecr_ecs_constructs.rules.rule import Severity
from ecr_ecs_constructs.rules.severities import OFF

VERSION = 1
"""The version of the form."""

KINDS = ("repository", "subnet", "security-group", "role", "cluster", "ami")
"""The kinds of facts that can be vouched for."""

_IDS = [rule.id for rule in RULES]


_LISTED = "ids of rules, as `ecr-ecs rules` lists them"
_ACCOUNT = "^[0-9]{12}$"
_REGION = "^[a-z]{2,}(-[a-z]+)+-[0-9]+$"
_ONE: Schema = {"type": ["string", "number", "boolean"], "$comment": "a text, a number, or true or false"}
_VALUE: Schema = {
    "type": ["string", "number", "boolean", "array"],
    "items": _ONE,
    "$comment": "a text, a number, true or false, or a list of these",
}
_SEVERITIES = table(
    "How bad the findings of rules are, by id; `off` reports none.",
    {rule: choice(f"That of {rule}.", *(each.value for each in Severity), OFF) for rule in _IDS},
    **{"$comment": _LISTED},
)


_TEMPLATE = text("A pattern of the paths of templates, or of the ends of these: `legacy/*.yaml`.")

SCHEMA: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Configuration of ecr-ecs: ecr-ecs.toml, or [tool.ecr-ecs] in pyproject.toml",
    **table(
        "The keys have the names and the meaning of the options of `ecr-ecs check`.",
        {
            "version": {"type": "integer", "enum": [VERSION], "description": "The version of this form."},
            "account": text("The account of templates that do not say it.", _ACCOUNT, "12 digits, as a text"),
            "region": text("The region of templates that do not say it.", _REGION, "a region such as eu-west-1"),
            "allow-public-gallery": {"type": "boolean", "description": "Accept full references of public.ecr.aws."},
            "allow-account": list_of(
                "Accept registries of these accounts and the stack's own only.",
                text("An account.", _ACCOUNT, "12 digits, as a text"),
            ),
            "exclude": list_of("Leave out what has this name, or this path below a given folder.", text("A pattern.")),
            "ignore": list_of(
                "Leave these rules out.",
                {**choice("The id of a rule.", *_IDS), "$comment": "the id of a rule, as `ecr-ecs rules` lists it"},
            ),
            "fail-on": choice("The lowest severity that fails.", *(severity.value for severity in Severity), "never"),
            "unknown": choice("Whether what can't be verified fails as its severity says.", "fail", "report"),
            "require": choice("What each container must be, whatever is accepted or left out.", "proven"),
            "baseline": text("The file of findings that do not fail, from the folder of this file.", allowed="a path"),
            "synthesis": choice("Whether findings fail a synthesis, or are only reported there.", "fail", "report"),
            "parameter": {
                "type": "object",
                "additionalProperties": _VALUE,
                "description": "The values that parameters are deployed with, by NAME or STACK:NAME.",
            },
            "parameters": list_of("Files of such values, from the folder of this file.", text("A path.")),
            "stack": {
                "type": "object",
                "additionalProperties": text(
                    "The name of its stack.",
                    "^[A-Za-z][A-Za-z0-9-]{0,127}$",
                    "the name of a stack: a letter, then letters, digits and hyphens, 128 at most",
                ),
                "description": "The names of the stacks that templates are deployed as, by file.",
            },
            "severity": _SEVERITIES,
            "override": tables(
                "Severities at some places; the last that fits a finding counts.",
                "a list of tables, each below [[override]]",
                table(
                    "The severities at one place.",
                    {
                        "path": text("A pattern of construct paths, which is about all below these, too: `App/Old*`."),
                        "template": _TEMPLATE,
                        "severity": _SEVERITIES,
                    },
                    required=["severity"],
                ),
            ),
            "vouch": tables(
                "What lives elsewhere, and is right.",
                "a list of tables, each below [[vouch]]",
                table(
                    "One fact about it.",
                    {
                        "repository": patterns("Repositories that are there, and let whoever the templates name pull."),
                        "subnet": patterns(
                            "Subnets from which tasks reach Amazon ECR, and the other services that they need to start."
                        ),
                        "security-group": patterns("Security groups that let TCP 443 out to anywhere."),
                        "role": patterns("Roles that may be assumed, and may do all that tasks need to start."),
                        "cluster": patterns("Clusters whose capacity takes the tasks, and can pull their images."),
                        **AMI,
                        **GROUNDS,
                    },
                    required=["reason"],
                    oneOf=[{"required": [kind]} for kind in KINDS],
                    dependentRequired={"ami": ["based-on"], "based-on": ["ami"]},
                ),
            ),
        },
    ),
}
"""The form of the configuration."""
