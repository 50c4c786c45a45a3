"""The schedule on which container instances are replaced, so that they boot from the newest image: `refresh_images`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import Construct

_REFUSED: Final = {
    "AutoRollback": "such a group can't be rolled back; give AlarmSpecification, whose alarms end the refresh",
    "SkipMatching": "it compares launch templates, and no image",
}
"""The preferences that Amazon EC2 Auto Scaling refuses for images that are resolved at launch, each with the reason.

Sources:
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/using-systems-manager-parameters.html
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-rollback.html
"""


def refresh_images(
    scope: Construct,
    group: autoscaling.AutoScalingGroup,
    schedule: scheduler.ScheduleExpression,
    preferences: Mapping[str, object],
) -> scheduler.Schedule:
    """Replace the instances of a group on a schedule, whose launch template resolves its image at launch.

    The group is deployed without skip matching, too, which Amazon EC2 Auto Scaling refuses for it.

    Sources:
        https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
        https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_StartInstanceRefresh.html

    Args:
        scope: where the schedule, with the ID `ImageRefresh`, and its role are made.
        group: the Auto Scaling group.
        schedule: when the instances are replaced.
        preferences: how, as `StartInstanceRefresh` takes it.

    Raises:
        ValueError: the preferences ask for what Amazon EC2 Auto Scaling refuses.
    """
    for name, reason in _REFUSED.items():
        if preferences.get(name):
            raise ValueError(
                f"image_refresh_preferences must leave {name} out, got {preferences[name]!r}: Amazon EC2 Auto Scaling "
                f"refuses it for images that are resolved at launch, since {reason}"
            )
    resource = group.node.default_child
    assert isinstance(resource, autoscaling.CfnAutoScalingGroup)  # noqa: S101 - CDK makes it
    policy = resource.cfn_options.update_policy
    if policy is not None and policy.auto_scaling_instance_refresh is not None:
        resource.add_override("UpdatePolicy.AutoScalingInstanceRefresh.Preferences.SkipMatching", False)
    return scheduler.Schedule(
        scope,
        "ImageRefresh",
        description=f"Replaces the container instances of {group.node.path}"[:512],
        schedule=schedule,
        target=targets.Universal(
            service="autoscaling",
            action="startInstanceRefresh",
            input=scheduler.ScheduleTargetInput.from_object(
                {"AutoScalingGroupName": group.auto_scaling_group_name, "Preferences": dict(preferences)}
            ),
            # A refresh that can't be started, as long as another one runs, is one too many.
            max_event_age=Duration.hours(1),
            policy_statements=[
                iam.PolicyStatement(
                    actions=["autoscaling:StartInstanceRefresh"], resources=[resource.attr_auto_scaling_group_arn]
                )
            ],
            role=_role(scope),
        ),
    )


def _role(scope: Construct) -> iam.Role:
    """Make the role of the schedule, which schedules of this account alone may assume.

    Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    """
    stack = Stack.of(scope)
    group = stack.format_arn(service="scheduler", resource="schedule-group", resource_name="default")
    only = {"StringEquals": {"aws:SourceAccount": stack.account, "aws:SourceArn": group}}
    return iam.Role(
        scope, "ImageRefreshRole", assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com", conditions=only)
    )
