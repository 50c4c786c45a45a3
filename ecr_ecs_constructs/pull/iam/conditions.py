"""The conditions of statements, and whether a request meets one.

Sources:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.validity.policies import OPERATORS
from ecr_ecs_constructs.cloudformation.values import Text
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.texts.pattern import ContextValue, Form, Truth, every, matches, negate, some

_OPERATORS: Mapping[str, tuple[Form | None, bool]] = {
    **{name: (None, "not" in name) for name in OPERATORS},
    "stringequals": (Form.EXACT, False),
    "stringnotequals": (Form.EXACT, True),
    "stringequalsignorecase": (Form.IGNORE_CASE, False),
    "stringnotequalsignorecase": (Form.IGNORE_CASE, True),
    "stringlike": (Form.LIKE, False),
    "stringnotlike": (Form.LIKE, True),
    "arnequals": (Form.ARN, False),
    "arnlike": (Form.ARN, False),
    "arnnotequals": (Form.ARN, True),
    "arnnotlike": (Form.ARN, True),
    "bool": (Form.IGNORE_CASE, False),
}
"""How each condition operator reads its values, None for those that are not decided here, and whether it negates."""


class Condition(NamedTuple):
    """A condition of a statement.

    Attributes:
        operator: the condition operator: `ForAnyValue:StringLikeIfExists`.
        key: the condition key.
        values: what the key is held against.
    """

    operator: str
    key: str
    values: tuple[str | Text, ...]

    def met(
        self,
        context: Mapping[str, ContextValue],
        *,
        local: bool,
        variables: Mapping[str, ContextValue] | None,
    ) -> Answer:
        """Return whether a request meets it.

        Args:
            context: the values of condition keys in the request, by key in lower case.
            local: whether it is written in the template of the request.
            variables: the values of policy variables, by key in lower case; None where they are plain text.
        """
        what = f"condition {self.operator} on {self.key}"
        quantifier, _, operator = self.operator.lower().rpartition(":")
        is_optional = operator.endswith("ifexists")
        operator = operator.removesuffix("ifexists")
        value = context.get(self.key.lower())
        if value is None:
            return Answer(None, what)
        if operator == "null":
            sought = "true" if value == () else "false"
            return Answer(some(matches(v, sought, Form.IGNORE_CASE) for v in self.values), what)
        if operator not in _OPERATORS or quantifier not in ("", "foranyvalue", "forallvalues"):
            return Answer(None, what)
        form, is_negated = _OPERATORS[operator]
        if value == ():
            return Answer(is_optional or quantifier == "forallvalues" or (is_negated and not quantifier), what)
        if form is None or not (quantifier or isinstance(value, (str, Text))):
            return Answer(None, what)

        def meets(one: str | Text) -> Truth:
            met = some(matches(v, one, form, local=local, variables=variables) for v in self.values)
            return negate(met) if is_negated else met

        values = (value,) if isinstance(value, (str, Text)) else value
        return Answer((every if quantifier == "forallvalues" else some)(map(meets, values)), what)
