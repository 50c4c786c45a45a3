"""The states of AWS Step Functions that call services, as far as the definitions of state machines tell them.

Sources:
    https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
    https://docs.aws.amazon.com/step-functions/latest/dg/connect-batch.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html
    https://states-language.net/spec.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Site, Text, Value, pieces_of, shown, text
from ecr_ecs_constructs.pull.texts.documents import read_document

STATE_MACHINE = "AWS::StepFunctions::StateMachine"

_WAITS = ("", ".sync", ".waitForTaskToken")
_SDK = "aws-sdk:"
"""The prefix of calls that Step Functions hands on unchanged; they take the same arguments."""

_DEFINITIONS = ("Definition", "DefinitionString", "DefinitionS3Location")
_SUBSTITUTIONS = "DefinitionSubstitutions"
_NESTED = ("Branches", "ItemProcessor", "Iterator")
"""The fields of a state that hold states of their own: the branches of `Parallel`, and what `Map` does."""


class ServiceCall(NamedTuple):
    """A state of a state machine that calls another service.

    Attributes:
        action: what it calls, and how it waits for the end: `ecs:runTask.sync`.
        at: where the arguments of the call stand.
        credentials: the role that the state machine assumes for it, None where it uses its own.
    """

    action: str
    at: Site
    credentials: Value = None


class StateMachines(InWorld):
    """The state machines of the templates in one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    @asked
    def calls(self, machine: Resource, action: str = "") -> tuple[ServiceCall, ...]:
        """Return the calls of other services in a state machine, nothing where its definition is not known.

        Args:
            machine: the state machine.
            action: what they call, however they wait for the end: `ecs:runTask`; anything if not given.
        """
        definition, location = self._definition(machine)
        found = () if isinstance(definition, str) else _calls(machine, location, definition)
        return tuple(call for call in found if not action or call.action in [f"{action}{wait}" for wait in _WAITS])

    def call_at(self, at: Site) -> ServiceCall:
        """Return the call whose arguments stand at a place."""
        return next(call for call in self.calls(at.resource) if call.at.location == at.location)

    @asked
    def unread(self, machine: Resource) -> tuple[Site, str] | None:
        """Return where a definition stands that is not known before deployment, and why; None for one that is known."""
        definition, location = self._definition(machine)
        return (Site(machine, location, None), definition) if isinstance(definition, str) else None

    def _definition(self, machine: Resource) -> tuple[Mapping[str, Value] | str, str]:
        """Return the definition of a state machine, or why it is not known, and its location."""
        values = {key: self.world.value(machine, key) for key in _DEFINITIONS}
        key = next((key for key in _DEFINITIONS if values[key] is not None), _DEFINITIONS[0])
        location = f"Properties.{key}"
        if key == "DefinitionS3Location":
            return "its definition is in Amazon S3", location
        substitutions = self.world.value(machine, _SUBSTITUTIONS)
        given: Mapping[str, Value] = substitutions if isinstance(substitutions, dict) else {}
        found = _substituted(values[key], given)
        try:
            found = read_document(found) if isinstance(found, (str, Text)) else found
        except ValueError:
            found = None  # what is known only at deployment stands elsewhere than in the strings of JSON
        return found if isinstance(found, dict) else "its definition is known only at deployment", location


def _substituted(value: Value, given: Mapping[str, Value]) -> Value:
    """Return a value in which what `DefinitionSubstitutions` gives stands for each `${name}`."""
    if isinstance(value, list):
        return [_substituted(item, given) for item in value]
    if isinstance(value, dict):
        return {key: _substituted(item, given) for key, item in value.items()}
    if not given or not isinstance(value, (str, Text)):
        return value
    return text(*(part for piece in pieces_of(value) for part in _parts(piece, given)))


def _parts(piece: str | Hole, given: Mapping[str, Value]) -> Iterator[str | Hole | Text]:
    if isinstance(piece, Hole):
        yield piece
        return
    for index, part in enumerate(re.split(r"\$\{([^{}]*)\}", piece)):
        value = given.get(part) if index % 2 else part
        if value is None:
            yield f"${{{part}}}"
        else:
            yield value if isinstance(value, (str, Text)) else Hole(Kind.ANYTHING, part)


def _calls(machine: Resource, location: str, scope: Mapping[str, Value]) -> Iterator[ServiceCall]:
    """Yield the calls of all states of a state machine, a branch or a loop.

    Args:
        machine: the state machine.
        location: where that stands.
        scope: what holds the states.
    """
    states = scope.get("States")
    for name, state in states.items() if isinstance(states, dict) else ():
        if not isinstance(state, dict):
            continue
        place = f"{location}.States.{name}"
        for key in _NESTED:
            inner = state.get(key)
            for index, each in enumerate(inner if isinstance(inner, list) else [inner]):
                if isinstance(each, dict):
                    number = f"[{index}]" if isinstance(inner, list) else ""
                    yield from _calls(machine, f"{place}.{key}{number}", each)
        action = state.get("Resource")
        if state.get("Type") == "Task" and isinstance(action, (str, Text)):
            yield _call(machine, place, name, str(action), state)


def _call(machine: Resource, place: str, name: str, resource: str, state: Mapping[str, Value]) -> ServiceCall:
    # The ARN of an integration has neither a region nor an account: `arn:aws:states:::ecs:runTask`.
    action = resource.rpartition(":states:::")[2].removeprefix(_SDK)
    key = next((key for key in ("Arguments", "Parameters") if key in state), "")
    arguments = _known(state[key]) if key else text(Hole(Kind.ANYTHING, f"the input of {name}"))
    credentials = _known(state.get("Credentials"))
    role = credentials.get("RoleArn", credentials) if isinstance(credentials, dict) else credentials
    return ServiceCall(action, Site(machine, f"{place}.{key}" if key else place, arguments), role)


def _known(value: Value) -> Value:
    """Return a value with a hole for all that is known only when the state runs.

    These are the fields whose names end with `.$`, and texts of JSONata: `{% $states.input.task %}`.
    """
    if isinstance(value, list):
        return [_known(item) for item in value]
    if isinstance(value, dict):
        return {
            key.removesuffix(".$"): text(Hole(Kind.ANYTHING, shown(item))) if key.endswith(".$") else _known(item)
            for key, item in value.items()
        }
    if isinstance(value, (str, Text)) and str(value).startswith("{%"):
        return text(Hole(Kind.ANYTHING, shown(value)))
    return value
