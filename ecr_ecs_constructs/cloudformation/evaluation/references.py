"""The values of references: to pseudo parameters, parameters, resources and their attributes.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-ref.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getatt.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecr_ecs_constructs.cloudformation.choices import OTHER, Choice, Fork, Variable
from ecr_ecs_constructs.cloudformation.evaluation import strings
from ecr_ecs_constructs.cloudformation.evaluation.evaluation import Evaluation
from ecr_ecs_constructs.cloudformation.evaluation.holes import admits
from ecr_ecs_constructs.cloudformation.evaluation.strings import anything
from ecr_ecs_constructs.cloudformation.functions import function_of, has_function
from ecr_ecs_constructs.cloudformation.parameters import allowed_values, constraint, is_list, is_stored, variable_of
from ecr_ecs_constructs.cloudformation.template import STACK_TYPE, Node, Resource, Template
from ecr_ecs_constructs.cloudformation.values import (
    ABSENT,
    Content,
    Hole,
    Kind,
    Text,
    Value,
    pieces_of,
    scalar,
    shown,
    text,
)
from ecr_ecs_constructs.image_uri import partition_of, url_suffix_of


def ref(run: Evaluation, template: Template, name: Content) -> Value:
    """Return the value of `Ref`."""
    if not isinstance(name, str):
        return anything("Ref")
    if name == "AWS::NoValue":
        return ABSENT
    if name[:5] == "AWS::":
        return pseudo(run, template, name)
    if name in template.declared:
        return _parameter(run, template, name)
    resource = template.resources.get(name)
    if resource is None:
        return anything(name)
    if resource.type == "AWS::ECR::Repository":
        return _repository_name(run, resource)
    return Text((Hole(Kind.RESOURCE, name, resource),))


# pseudo parameters


_BY_REGION = ("AWS::Region", "AWS::Partition", "AWS::URLSuffix")
_PSEUDO_HOLES = {
    name: Text((Hole(kind, name),))
    for name, kind in {
        "AWS::AccountId": Kind.ACCOUNT,
        "AWS::Region": Kind.REGION,
        "AWS::Partition": Kind.PARTITION,
        "AWS::URLSuffix": Kind.URL_SUFFIX,
    }.items()
}


def pseudo(run: Evaluation, template: Template, name: str) -> str | Text:
    """Return the value of a pseudo parameter, a hole where the templates do not fix it."""
    if name == "AWS::AccountId":
        return _environment(run, name, template.account)
    if name in _BY_REGION:
        region = _environment(run, "AWS::Region", template.region)
        if name == "AWS::Region":
            return region
        of_region = partition_of if name == "AWS::Partition" else url_suffix_of
        if isinstance(region, str):
            return of_region(region)
        is_written = name == "AWS::Partition" and not run.in_condition and run.around.partition is not None
        return Text((Hole(Kind.PARTITION, name, pattern=run.around.partition),)) if is_written else _PSEUDO_HOLES[name]
    if name == "AWS::StackName" and template.stack_name is not None:
        return template.stack_name
    return anything(name)


def _environment(run: Evaluation, name: str, known: str | None) -> str | Text:
    if known is not None:
        return known
    variable = (name,)
    choice = run.choices.read(variable)
    if choice is None and run.in_condition and run.around.compared(variable):
        raise Fork(variable, (*run.around.compared(variable), OTHER))
    if choice is None or choice is OTHER:
        return _PSEUDO_HOLES[name]
    return str(choice)


# parameters


_KEY = {"Type": "String"}
_SAID = ("Default", "AllowedValues")


def _parameter(run: Evaluation, template: Template, name: str) -> Value:
    declared = template.declared[name]
    if not is_stored(declared):
        return _given(run, template, name, declared)
    if run.in_condition:
        return _unknown(name, declared)
    key = _given(run, template, name, {**_KEY, **{each: declared[each] for each in _SAID if each in declared}})
    run.defaults.discard(name)  # the default is a name, it decides no value
    return _unknown(name, declared, key if isinstance(key, str) else None)


def _given(run: Evaluation, template: Template, name: str, declared: Mapping[str, Node]) -> Value:
    """Return what a parameter is given: from outside, by the stack around it, or by its declaration."""
    if name in template.parameters:
        return _typed(declared, template.parameters[name])
    default = scalar(declared.get("Default"))
    if template.parent is not None:
        passed = _passed(run, template.parent, name)
        if passed is not ABSENT:
            return _typed(declared, passed)
        return _unknown(name, declared) if default is None else _typed(declared, default)
    variable = variable_of(template, name)
    choice = run.choices.read(variable)
    if choice is None:
        if allowed := allowed_values(declared):
            if is_list(declared):  # they are told of its elements
                return _unknown(name, declared)
            raise Fork(variable, allowed)
        if run.in_condition:
            raise Fork(variable, _distinct(run, variable, default, declared))
        if default is None:
            return _unknown(name, declared)
    if default is not None and choice in (None, default) and not allowed_values(declared):
        run.defaults.add(name)
        return _typed(declared, default)
    return _unknown(name, declared) if choice is OTHER else _typed(declared, str(choice))


def _distinct(
    run: Evaluation, variable: Variable, default: str | None, declared: Mapping[str, Node]
) -> tuple[Choice, ...]:
    """Return the values of a parameter that conditions tell apart; a default that they don't is all others too."""
    pattern = constraint(declared)
    compared = [literal for literal in run.around.compared(variable) if admits(pattern, literal)]
    if default is None or default in compared or not run.around.is_only_compared(variable):
        known = () if default is None else (default,)
        return tuple(dict.fromkeys((*known, *compared, OTHER)))
    return (default, *compared)


def _passed(run: Evaluation, stack: Resource, name: str) -> Value:
    """Return what a nested stack's resource gives for a parameter, `ABSENT` for nothing."""
    unknown = anything(f"{stack.logical_id}.Parameters")
    parameters: Content = stack.properties.get("Parameters", unknown if has_function(stack.properties) else {})
    if function_of(parameters):
        parameters = run.follow(stack.template, f"{stack.logical_id}.Parameters", parameters)
    if parameters is ABSENT:
        return ABSENT
    if not isinstance(parameters, dict) or (name not in parameters and has_function(parameters)):
        return unknown
    if name not in parameters:
        return ABSENT
    return run.follow(stack.template, f"{stack.logical_id}.Parameters.{name}", parameters[name])


def _unknown(name: str, declared: Mapping[str, Node], stored: str | None = None) -> Value:
    """Return what a parameter stands for of which nothing but its constraints, and where it lies, is known."""
    if is_list(declared):
        return [Hole(Kind.REST, name, pattern=constraint(declared), stored=stored)]
    return Text((Hole(Kind.PARAMETER, name, pattern=constraint(declared), stored=stored),))


_FREE = (Kind.PARAMETER, Kind.RESOURCE, Kind.ANYTHING)


def _typed(declared: Mapping[str, Node], value: Value) -> Value:
    """Return a value as the parameter has it that it is given for: a list, or a text."""
    if isinstance(value, list) and not is_list(declared):
        return strings.join(",", value)
    if not isinstance(value, (str, Text)):
        return value
    if is_list(declared):
        return [item.strip() if isinstance(item, str) else item for item in strings.split(",", value)]
    first, *others = pieces_of(value)
    if isinstance(first, Hole) and not others and first.kind in _FREE and first.pattern is None:
        return Text((first._replace(pattern=constraint(declared)),))
    return strings.dynamic(value)


# resources


def get_att(run: Evaluation, template: Template, argument: Content) -> Value:
    """Return the value of `Fn::GetAtt`."""
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    if not (isinstance(parts, list) and len(parts) == 2 and isinstance(logical_id := parts[0], str)):
        return anything("Fn::GetAtt")
    attribute = run.value(template, parts[1])
    resource = template.resources.get(logical_id)
    if resource is None or not isinstance(attribute, str):
        return anything(f"{logical_id}.{shown(attribute)}")
    if resource.type == STACK_TYPE and attribute.startswith("Outputs."):
        nested = template.nested.get(resource.logical_id)
        output = nested.section("Outputs").get(attribute.removeprefix("Outputs.")) if nested else None
        if nested is not None and isinstance(output, dict) and "Value" in output:
            return run.follow(nested, attribute, output.get("Value"))
    if resource.type == "AWS::ECR::Repository" and attribute in ("Arn", "RepositoryUri"):
        return _of_repository(run, resource, attribute)
    return Text((Hole(Kind.RESOURCE, f"{resource.logical_id}.{attribute}", resource, attribute),))


def _repository_name(run: Evaluation, repository: Resource) -> str | Text:
    properties = repository.properties
    if "RepositoryName" in properties:
        name = run.follow(repository.template, repository.logical_id, properties["RepositoryName"])
        # A name that is made of itself is known by nothing but its resource.
        if isinstance(name, str) or (isinstance(name, Text) and repository.logical_id not in _names(name)):
            return name
    return Text((Hole(Kind.REPOSITORY, repository.logical_id, repository),))


def _names(value: Text) -> Iterator[str]:
    return (piece.name for piece in value.pieces if isinstance(piece, Hole))


def _of_repository(run: Evaluation, repository: Resource, attribute: str) -> str | Text:
    """Return the ARN or the URI of a repository."""
    template, name = repository.template, _repository_name(run, repository)
    account, region = pseudo(run, template, "AWS::AccountId"), pseudo(run, template, "AWS::Region")
    if attribute == "RepositoryUri":
        return text(account, ".dkr.ecr.", region, ".", pseudo(run, template, "AWS::URLSuffix"), "/", name)
    return text("arn:", pseudo(run, template, "AWS::Partition"), ":ecr:", region, ":", account, ":repository/", name)
