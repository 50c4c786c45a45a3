"""The cluster that instances join by their user data.

The ECS agent registers with the cluster that its configuration names, and with the one called `default` where it
names none. User data is read as the operating system reads it: cloud-init (scripts, cloud-config, MIME archives) on
Linux, TOML on Bottlerocket, PowerShell on Windows. It is a closed world: what is not known to be harmless makes the
answer unknown.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bootstrap_container_instance.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import NamedTuple, cast

from ecr_ecs_constructs.cloudformation.stand_ins import STAND_IN, StandIns
from ecr_ecs_constructs.cloudformation.values import ABSENT, Content, Text, Value
from ecr_ecs_constructs.pull.ami import System
from ecr_ecs_constructs.pull.boot.bottlerocket import follow_toml, is_toml
from ecr_ecs_constructs.pull.boot.cfn_init import Setup, Step
from ecr_ecs_constructs.pull.boot.cloud_init import CloudInit, is_of_shell
from ecr_ecs_constructs.pull.boot.expansion import State, States
from ecr_ecs_constructs.pull.boot.instance import (
    CONFIGURATION,
    MAX_SIZE,
    Instance,
    Signal,
    UnreadError,
    decoded,
    meaningful,
    shown,
)
from ecr_ecs_constructs.pull.boot.powershell import follow_powershell, is_powershell
from ecr_ecs_constructs.pull.boot.settings import CLUSTER, COMPUTED

DEFAULT_CLUSTER = "default"
"""The cluster that an agent joins whose configuration names none."""


class Certainty(Enum):
    """How much user data says of the cluster."""

    SAID = "said"
    SILENT = "silent"
    UNKNOWN = "unknown"


class SentSignal(NamedTuple):
    """A signal to CloudFormation as a template has it; its attributes are those of `Signal`."""

    stack: str | Text
    resource: str | Text
    region: str | Text
    succeeds: bool


class Join(NamedTuple):
    """The cluster that an instance joins by its user data.

    Attributes:
        certainty: whether it names the cluster, certainly says nothing, or can't be followed.
        cluster: the name or ARN of the cluster, `DEFAULT_CLUSTER` where it says nothing, None where it is not known.
        evidence: why.
        installs: whether it installs the agent, or runs what may do so.
        reroutes: what leads the traffic of the instance another way than its subnet, empty where nothing does.
        settings: what it sets of which tasks the agent takes: the name of each setting, and its value.
        signals: the signals to CloudFormation that it surely sends; None where it is not followed so far.
        doubt: what may keep the agent from starting, or from the cluster that others name, where it names none itself;
            empty where nothing does.
    """

    certainty: Certainty
    cluster: str | Text | None
    evidence: str
    installs: bool = False
    reroutes: str = ""
    settings: tuple[tuple[str, str | Text], ...] = ()
    signals: tuple[SentSignal, ...] | None = None
    doubt: str = ""


def plain(node: Content) -> Content:
    """Return a node of user data without its `Fn::Base64`, which hide what they hold."""
    if isinstance(node, dict):
        if node.keys() == {"Fn::Base64"}:
            return plain(node["Fn::Base64"])
        # It holds what the node held: JSON, or values.
        return cast("Content", {key: plain(value) for key, value in node.items()})
    return cast("Content", [plain(item) for item in node]) if isinstance(node, list) else node


def untold(*_: object) -> Iterable[Step]:
    """Tell nothing of what `cfn-init` does."""
    return ()


class Followed(NamedTuple):
    """User data that is followed up to some place.

    Attributes:
        states: all states that it may lead to.
        rest: what goes on in what is to come.
        unread: what is not followed, so that nothing behind it is; empty where all is.
        installs: whether it mentions the agent as what is installed.
        mentions: whether it mentions the setting that names the cluster.
    """

    states: States
    rest: str = ""
    unread: str = ""
    installs: bool = False
    mentions: bool = False

    @property
    def is_over(self) -> bool:
        """True where nothing behind it matters."""
        return bool(self.unread) or all(state.left for state in self.states)


class UserData:
    """Follows the user data of an instance, as a whole or, where it is a script, piece by piece."""

    def __init__(self, texts: StandIns, setup: Setup = untold, region: str | None = None) -> None:
        """Begin with an instance that nothing was done to.

        Args:
            texts: the characters that stand for holes in the user data.
            setup: gives what `cfn-init` does for a resource and config sets.
            region: that of the instance, None where it is not known.
        """
        self._texts = texts
        self._setup = setup
        self._instance = Instance(region=region)

    def begun(self, piece: str | Text) -> Followed:
        """Return what the first piece of a script leads to: the line with its interpreter, and perhaps more."""
        encoded = self._texts.encode(piece)
        states, rest = CloudInit(self._texts, self._setup).begin(encoded, (State(self._instance),))
        return self.gone_on(Followed(states), rest, more=True)

    def gone_on(self, before: Followed, piece: str | Text, *, more: bool) -> Followed:
        """Return what another piece of a script leads to.

        Args:
            before: what the pieces before it lead to.
            piece: the piece.
            more: whether it is not the last one.
        """
        encoded = before.rest + self._texts.encode(piece)
        found = before._replace(
            rest="",
            installs=before.installs or _AGENT.search(encoded) is not None,
            mentions=before.mentions or _mentions(encoded),
        )
        if before.unread or len(encoded) > MAX_SIZE:
            return found._replace(unread=before.unread or _TOO_LONG)
        try:
            states, rest = CloudInit(self._texts, self._setup).go_on(encoded, before.states, more=more)
        except UnreadError as error:
            return found._replace(unread=str(error))
        return found._replace(states=states, rest=rest)

    def whole(self, value: str | Text, system: System | None) -> Followed:
        """Return what all of user data leads to.

        Args:
            value: the user data.
            system: of the machine image, None where it is not known.
        """
        encoded = self._texts.encode(value)
        source = decoded(encoded)
        found = Followed((), installs=_AGENT.search(source) is not None, mentions=_mentions(source))
        if re.fullmatch(STAND_IN, encoded.strip()):
            return found._replace(unread=f"user data is {value}, known only at deployment")
        if len(source) > MAX_SIZE:
            return found._replace(unread=_TOO_LONG)
        try:
            return found._replace(states=self._states(source, system))
        except UnreadError as error:
            return found._replace(unread=str(error))

    def _states(self, source: str, system: System | None) -> States:
        if system is System.BOTTLEROCKET or (system is None and is_toml(source)):
            return (State(follow_toml(source, self._instance._replace(signals=None))),)
        if system is System.WINDOWS or (system is None and is_powershell(source)):
            return (State(follow_powershell(source, self._instance._replace(signals=None))),)
        return CloudInit(self._texts, self._setup).follow(source, self._instance)

    def join(self, followed: Followed) -> Join:
        """Return which cluster an instance joins, by what its user data leads to."""
        if followed.unread:
            unread = str(self._texts.decode(followed.unread))
            return Join(Certainty.UNKNOWN, None, unread, installs=True, reroutes=unread)
        return self._concluded(followed)

    def _concluded(self, followed: Followed) -> Join:
        instances = [*dict.fromkeys(state.instance.finished for state in followed.states)]
        clusters = [*dict.fromkeys(instance.cluster for instance in instances)]
        installs = followed.installs or any(instance.fetches for instance in instances)
        reroutes = str(self._texts.decode(next((each.reroutes for each in instances if each.reroutes), "")))
        named = clusters[0]
        unclear = next((each.doubt for each in instances if each.doubt), "") if named else ""
        if len(clusters) > 1:
            parted = next(state.parted for state in followed.states)
            unclear = f"user data runs {shown(parted)}, whose outcome decides the cluster"
        elif named and not unclear and not _CLUSTER_NAME.fullmatch(named):
            unclear = f"user data names the cluster {named}, which no cluster can be called"
            if COMPUTED in named:
                unclear = "user data computes the name of the cluster on the instance"
        signals = self._signals(instances)
        if unclear:
            said = str(self._texts.decode(unclear))
            return Join(Certainty.UNKNOWN, None, said, installs, reroutes, signals=signals)
        settings = tuple((key, self._texts.decode(value)) for key, value in _settings(instances))
        if named:
            cluster = self._texts.decode(named)
            said = f"user data names the cluster {cluster}"
            return Join(Certainty.SAID, cluster, said, installs, reroutes, settings, signals)
        evidence = next((each.ignored for each in instances if each.ignored), "")
        if not evidence:
            elsewhere = f"user data mentions ECS_CLUSTER, but does not set it in {CONFIGURATION}"
            evidence = elsewhere if followed.mentions else "user data names no cluster"
        said = str(self._texts.decode(evidence))
        doubt = next((why for each in instances for why in (each.doubt, each.resets) if why), "")
        told = str(self._texts.decode(doubt))
        return Join(Certainty.SILENT, DEFAULT_CLUSTER, said, installs, reroutes, settings, signals, told)

    def _signals(self, instances: Sequence[Instance]) -> tuple[SentSignal, ...] | None:
        """Return the signals that each of some instances sends, None where these are not followed."""
        sent = [each.sent for each in instances if each.sent is not None]
        if len(sent) < len(instances):
            return None
        common = (each for each in sent[0] if all(each in others for others in sent))
        return tuple(self._sent(each) for each in common)

    def _sent(self, signal: Signal) -> SentSignal:
        decode = self._texts.decode
        return SentSignal(decode(signal.stack), decode(signal.resource), decode(signal.region), signal.succeeds)


def is_script(start: str) -> bool:
    """Return whether user data that starts so is a script that can be followed piece by piece."""
    return "\n" in start and is_of_shell(start)


def read_user_data(value: Value, system: System | None, setup: Setup = untold, region: str | None = None) -> Join:
    """Return which cluster user data joins.

    Args:
        value: what the evaluator made of the user data without its `Fn::Base64`; `ABSENT` or None for none.
        system: of the machine image, None where it is not known.
        setup: gives what `cfn-init` does for a resource and config sets.
        region: that of the instance, None where it is not known.
    """
    if value is ABSENT or value is None:
        return Join(Certainty.SILENT, DEFAULT_CLUSTER, "there is no user data", signals=())
    if not isinstance(value, (str, Text)):
        return Join(Certainty.UNKNOWN, None, NO_TEXT, installs=True, reroutes=NO_TEXT)
    user_data = UserData(StandIns(), setup, region)
    return user_data.join(user_data.whole(value, system))


NO_TEXT = "user data is no text"
_TOO_LONG = f"user data of more than {MAX_SIZE} characters is not followed"
_AGENT = re.compile(r"ecs-init|ecs-agent|ecs-anywhere|\binstall\b[^\n]{0,200}\becs\b")

_CLUSTER_NAME = re.compile(
    rf"(?:arn:(?:[\w-]|{STAND_IN})+:ecs:(?:[\w-]|{STAND_IN})*:(?:[\w-]|{STAND_IN})*:cluster/)?(?:[A-Za-z0-9_-]|{STAND_IN}){{1,255}}"
)
"""A name, or an ARN, half known; the agent takes both.

Source: https://github.com/aws/amazon-ecs-agent/blob/master/agent/config/types.go
"""


def _mentions(source: str) -> bool:
    return any("ECS_CLUSTER" in line for line in meaningful(source))


def _settings(instances: Iterable[Instance]) -> Iterable[tuple[str, str]]:
    """Yield the settings that decide which tasks the agent takes; the value of one that is not sure is not known."""
    every = [dict(instance.settings) for instance in instances]
    for key in dict.fromkeys(key for settings in every for key in settings if key != CLUSTER):
        values = {settings.get(key) for settings in every}
        value = values.pop()
        yield key, COMPUTED if values or value is None else value
