"""The signals that CloudFormation and Auto Scaling wait for, and what in the templates sends them.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-creationpolicy.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-waitcondition.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-signal.html
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks.html
    https://bottlerocket.dev/en/os/latest/api/settings/cloudformation/
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.creation import Creation
from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Site, Text, Value, pieces_of, shown
from ecr_ecs_constructs.pull.boot.user_data import SentSignal, plain
from ecr_ecs_constructs.pull.deployable.refusal import Refusal, refusal
from ecr_ecs_constructs.pull.machines.hosts import Host, Hosts
from ecr_ecs_constructs.pull.placement.joins import Joins
from ecr_ecs_constructs.pull.texts.references import GROUP, References

WAIT_CONDITION, HOOK = "AWS::CloudFormation::WaitCondition", "AWS::AutoScaling::LifecycleHook"
_SIGNAL = re.compile("cfn-signal|signal-?resource|should-signal|cfnresourcesignal", re.IGNORECASE)
_COMPLETION = re.compile("complete-?lifecycle-?action", re.IGNORECASE)
_NAMED = re.compile(r"--resource[ =]+([A-Za-z0-9]+)")
"""The resource that `cfn-signal` is told to signal for, as far as a literal names it."""

_POLICY, _SCHEDULED = "CreationPolicy", "AWS::AutoScaling::ScheduledAction"


def unsignalled(world: World, own: Site) -> Iterator[Refusal]:
    """Yield that a group or an instance may not send the signals that CloudFormation waits for when it makes it.

    Args:
        world: the world in which it is asked.
        own: the properties of the group or the instance.
    """
    resource = own.resource
    policy = _policy(world, resource)
    count = _number(_awaited(policy))
    if count == 0:
        return
    if not all(_signals(world, host) for host in Hosts(world).of(resource)):
        why = f"{resource.logical_id} waits for signals of its instances, and their user data does not surely send them"
        yield Refusal(resource, _POLICY, why, None)
    if count is None or resource.type != GROUP or "AutoScalingCreationPolicy" in policy:
        return
    least = world.value(resource, "MinSize", at=own)
    desired, most = world.value(resource, "DesiredCapacity", least, own), world.value(resource, "MaxSize", at=own)
    is_fixed = not world.root.all(_SCHEDULED)
    for what, size, taken in (("MaxSize", most, False if is_fixed else None), ("desired capacity", desired, None)):
        number = _number(size)
        if number is not None and number < count:
            why = f"{resource.logical_id} waits for {count} signals, and its {what} is {number}"
            yield Refusal(resource, _POLICY, why, taken)
            return


def _policy(world: World, resource: Resource) -> dict[str, Value]:
    """Return the creation policy of a resource, empty where it has none."""
    written = resource.body.get(_POLICY)
    value = None if written is None else world.evaluate(resource.template, written).value
    return value if isinstance(value, dict) else {}


def _awaited(policy: dict[str, Value]) -> Value:
    """Return how many signals a creation policy waits for, 0 where for none."""
    signal = policy.get("ResourceSignal")
    return signal.get("Count", "1") if isinstance(signal, dict) else "0"


def _signals(world: World, host: Host) -> bool:
    """Return whether the user data of a host, or what it runs of its metadata, signals for it.

    Where that is not followed, it is enough that it has a command that does: the link of the placement tells the rest.
    """
    written, resource = _written(world, host), host.resource
    sent = [join.signals for join in Joins(world).of(host)] if host.launch is not None else [None]
    if None not in sent:
        return all(any(_is_for(world, each, resource) for each in signals or ()) for signals in sent)
    names = _NAMED.findall(written)
    return _SIGNAL.search(written) is not None and (not names or resource.logical_id in names)


def _is_for(world: World, signal: SentSignal, resource: Resource) -> bool:
    """Return whether a signal surely says to a resource that it is ready."""
    own, region = resource.template, world.pseudo(resource.template, "AWS::Region")
    stacks = [world.pseudo(own, f"AWS::{name}") for name in ("StackName", "StackId")]
    # Without a region `cfn-signal` takes this one.
    is_there = signal.region in (region, "") if region == "us-east-1" else signal.region == region
    return signal.succeeds and signal.resource == resource.logical_id and signal.stack in stacks and is_there


def _written(world: World, host: Host) -> str:
    """Return the user data of a host, with the metadata that it may run."""
    launch = host.launch
    if launch is None:
        return ""
    found = [json.dumps(each.metadata, default=str) for each in (host.resource, launch.resource)]
    for site in world.sites(launch.resource, "UserData", launch):
        value = world.evaluate(launch.resource.template, world.root.rewritten(plain, site.node)).value
        if isinstance(value, (str, Text)):
            found.append(_decoded("".join(each if isinstance(each, str) else "\0" for each in pieces_of(value))))
    return "\n".join(found)


def _decoded(data: str) -> str:
    """Return user data as the instance reads it: a launch template may hold it in Base64."""
    try:
        return base64.b64decode("".join(data.split()), validate=True).decode()
    except ValueError:
        return data


def unmet(world: World, own: Site) -> Iterator[Refusal]:
    """Yield that nothing in the templates may send the signals that a wait condition waits for.

    Args:
        world: the world in which it is asked.
        own: the properties of the wait condition.
    """
    condition = own.resource
    policy = _policy(world, condition)
    count = _awaited(policy) if policy else world.value(condition, "Count", "1", own)
    if _number(count) == 0:
        return
    handle = _referred(world.value(condition, "Handle", at=own))
    others = [each for each in condition.template.resources.values() if each.type != WAIT_CONDITION]
    creation = Creation(world)
    if handle is None:
        written = (json.dumps(each.body, default=str) for each in others)
        is_sent = any(condition.logical_id in each and _SIGNAL.search(each) for each in written)
    else:
        is_sent = any(handle in creation.awaited(each) for each in others if world.exists(each))
    if not is_sent:
        yield refusal(own, "", "waits for signals, which nothing of its template surely sends", None)


def _referred(value: Value) -> Resource | None:
    """Return the resource that a value is a reference to, None for any other value."""
    hole = value.pieces[0] if isinstance(value, Text) and len(value.pieces) == 1 else None
    return hole.resource if isinstance(hole, Hole) else None


def abandoned(world: World, group: Resource) -> Iterator[Refusal]:
    """Yield that Auto Scaling may end the instances of a group that it launches, as no one completes their launch.

    Args:
        world: the world in which it is asked.
        group: the Auto Scaling group.
    """
    for hook in world.root.candidates(_hooked, (HOOK,), group):
        if not world.exists(hook) or group not in _hooked(world, hook):
            continue
        transition = shown(world.value(hook, "LifecycleTransition"))
        result = world.value(hook, "DefaultResult", "ABANDON")
        if transition.endswith("TERMINATING") or result == "CONTINUE" or _is_completed(world, group):
            continue
        why = f"{hook.logical_id} holds launched instances of {group.logical_id}, and nothing surely completes that"
        yield Refusal(hook, "Properties.DefaultResult", why, None)


def _hooked(world: World, hook: Resource) -> tuple[Resource, ...]:
    """Return the Auto Scaling group that a lifecycle hook is of."""
    targets = References(world).targets(hook, "AutoScalingGroupName", GROUP)
    return tuple(each.resource for each in targets if each.resource is not None)


def _is_completed(world: World, group: Resource) -> bool:
    """Return whether the instances of a group have a command that completes their launch."""
    hosts = Hosts(world).of(group)
    return bool(hosts) and all(_COMPLETION.search(_written(world, host)) is not None for host in hosts)


def _number(value: Value) -> int | None:
    return int(value) if isinstance(value, str) and value.isdecimal() else None
