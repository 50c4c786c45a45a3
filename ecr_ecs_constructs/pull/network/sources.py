"""The ways by which the requests of tasks and container instances come to AWS, as the policies see them.

Sources:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html (the token on Fargate)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.iam.actions import TOKEN_ACTION
from ecr_ecs_constructs.pull.iam.contexts import Source
from ecr_ecs_constructs.pull.iam.pullers import Puller, Pullers
from ecr_ecs_constructs.pull.machines.hosts import Host
from ecr_ecs_constructs.pull.needs.need import Ask, Destination, Need, Who
from ecr_ecs_constructs.pull.needs.needs import Needs
from ecr_ecs_constructs.pull.network.journey import journey
from ecr_ecs_constructs.pull.network.senders import Senders, is_placed
from ecr_ecs_constructs.pull.network.starts import Elsewhere, start_of
from ecr_ecs_constructs.pull.placement.capacity import Capacity
from ecr_ecs_constructs.pull.placement.kinds import LaunchType, Placement
from ecr_ecs_constructs.pull.placement.placements import Placements

_TOKEN_ON_FARGATE = Source("", unknown="AWS Fargate asks for the token by a network interface of its own")


class Sources(InWorld):
    """The ways of the requests that containers need, in one world.

    Args:
        needs: all that tasks must have before they start.
        pullers: who pulls.
    """

    def __init__(self, needs: Needs, pullers: Pullers) -> None:
        self.world = needs.world
        self._placements = Placements(self.world)
        self._capacity = Capacity(self.world)
        self._needs = needs
        self._pullers = pullers
        self._senders = Senders(self.world)

    @asked
    def of_pull(self, container: Container, puller: Puller, action: str) -> tuple[Source, ...]:
        """Return each way by which a puller may ask for something of a container's image.

        Args:
            container: the container.
            puller: who pulls.
            action: what it asks for: the token, or what is asked of the registry.
        """
        found: dict[Source, None] = {}
        for placement, host in self._places(container, puller):
            if action == TOKEN_ACTION and placement.launch_type is LaunchType.FARGATE:
                found[_TOKEN_ON_FARGATE] = None
                continue
            needs = self._needs.of(container, placement)
            need = next((each for each in needs if _is_pull(each, is_token=action == TOKEN_ACTION)), None)
            if need is not None:
                found.update(dict.fromkeys(self._of(container, placement, host, need)))
        return tuple(found)

    @asked
    def of_need(self, container: Container, puller: Puller, need: Need) -> tuple[Source, ...]:
        """Return each way by which the role that pulls may ask for what a container needs besides."""
        places = self._places(container, puller)
        found = [source for placement, host in places for source in self._of(container, placement, host, need)]
        return tuple(dict.fromkeys(found))

    def _places(self, container: Container, puller: Puller) -> Iterator[tuple[Placement, Host | None]]:
        """Yield the places where somebody pulls the image of a container."""
        for placement in self._placements.of(container):
            on_instances = placement.launch_type is LaunchType.EC2
            for host in self._capacity.of(container, placement) if on_instances else (None,):
                if puller in self._pullers.at(container, placement, host):
                    yield placement, host

    def _of(self, container: Container, placement: Placement, host: Host | None, need: Need) -> Iterator[Source]:
        """Yield each way by which something that is had over a network is asked for from one place."""
        if not isinstance(need.way, Destination):
            return
        if not is_placed(placement):
            yield Source("", unknown=placement.evidence)
            return
        origin, _ = self._senders.of(container, placement, host)
        if origin.doubt or not origin.subnets:
            yield Source("", unknown=origin.doubt or f"the subnets of {origin.sender.title} are not in the templates")
            return
        for subnet in origin.subnets:
            start = start_of(self.world, origin.sender, subnet)
            if isinstance(start, (Answer, Elsewhere)):
                why = start.why if isinstance(start, Answer) else start.answer.why
                yield Source("", unknown=f"from {subnet}: {why}")
                continue
            answer, endpoint = journey(self.world, start, need.way)
            if answer.truth:
                yield Source(answer.why, endpoint, None if endpoint is None else start.vpc)
            else:
                yield Source("", unknown=f"from {subnet}: {answer.why}")


def _is_pull(need: Need, *, is_token: bool) -> bool:
    """Return whether a need is the token for an image, or the image itself."""
    asks = need.asks
    return isinstance(asks, Ask) and asks.who is Who.PULLER and (TOKEN_ACTION in asks.actions) is is_token
