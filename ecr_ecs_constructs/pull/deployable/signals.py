"""The signals that CloudFormation and Auto Scaling wait for, and what in the templates sends them.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-creationpolicy.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-waitcondition.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-signal.html
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks.html
    https://bottlerocket.dev/en/os/latest/api/settings/cloudformation/
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Site, Value, shown
from ecr_ecs_constructs.pull.boot.user_data import SentSignal
from ecr_ecs_constructs.pull.deployable.refusal import Refusal, refusal
from ecr_ecs_constructs.pull.machines.hosts import Host, Hosts
from ecr_ecs_constructs.pull.placement.joins import Joins
from ecr_ecs_constructs.pull.texts.references import GROUP, References

WAIT_CONDITION, HOOK = "AWS::CloudFormation::WaitCondition", "AWS::AutoScaling::LifecycleHook"
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
    """Return whether the user data of a host, or what it runs of its metadata, surely signals for it."""
    sent = [join.signals for join in Joins(world).of(host)] if host.launch is not None else [None]
    return all(any(_is_for(world, each, host.resource) for each in signals or ()) for signals in sent)


def _is_for(world: World, signal: SentSignal, resource: Resource) -> bool:
    """Return whether a signal surely says to a resource that it is ready."""
    own, region = resource.template, world.pseudo(resource.template, "AWS::Region")
    stacks = [world.pseudo(own, f"AWS::{name}") for name in ("StackName", "StackId")]
    # Without a region `cfn-signal` takes this one.
    is_there = signal.region in (region, "") if region == "us-east-1" else signal.region == region
    return signal.succeeds and signal.resource == resource.logical_id and signal.stack in stacks and is_there


def unmet(world: World, own: Site) -> Iterator[Refusal]:
    """Yield that a wait condition may not get the signals that it waits for: whoever has its handle may send them.

    Args:
        world: the world in which it is asked.
        own: the properties of the wait condition.
    """
    condition = own.resource
    policy = _policy(world, condition)
    count = _awaited(policy) if policy else world.value(condition, "Count", "1", own)
    if _number(count) != 0:
        yield refusal(own, "", "waits for signals, which nothing of its template surely sends", None)


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
        if transition.endswith("TERMINATING") or result == "CONTINUE":
            continue
        why = f"{hook.logical_id} holds launched instances of {group.logical_id}, and nothing surely completes that"
        yield Refusal(hook, "Properties.DefaultResult", why, None)


def _hooked(world: World, hook: Resource) -> tuple[Resource, ...]:
    """Return the Auto Scaling group that a lifecycle hook is of."""
    targets = References(world).targets(hook, "AutoScalingGroupName", GROUP)
    return tuple(each.resource for each in targets if each.resource is not None)


def _number(value: Value) -> int | None:
    return int(value) if isinstance(value, str) and value.isdecimal() else None
