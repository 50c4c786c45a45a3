"""The repositories, which are deployed before anything that pulls from them: `RepositoriesStack`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, CrossStackReferences, Environment, ReferenceStrength, Stack

from ecr_ecs_constructs.repository import EcrRepository

if TYPE_CHECKING:
    from aws_cdk import aws_ecr as ecr
    from constructs import Construct


class RepositoriesStack(Stack):
    """The repository of the services' image, in a stack of its own.

    Deployed first, it gives images a place before a service asks for them: a service that waits for an image of a
    repository born in the same deployment never becomes stable.

    Args:
        scope: the app or stage.
        id: the name in it, and of the stack.
        repository_name: the name of the repository; None for a generated one.
        env: account and region; None for those of whoever deploys.

    Attributes:
        repository: the repository, which stays when the stack is deleted.
    """

    def __init__(
        self, scope: Construct, id: str, *, repository_name: str | None = None, env: Environment | None = None
    ) -> None:
        super().__init__(scope, id, env=env, description="Repositories of container images")
        self.repository: ecr.Repository = self.create_repository(repository_name)
        # A repository can't go or change its name while services of other stacks pull from it.
        CrossStackReferences.of(self.repository).produce(ReferenceStrength.STRONG)
        CfnOutput(self, "RepositoryUri", value=self.repository.repository_uri, description="Where to push the image")

    def create_repository(self, repository_name: str | None) -> ecr.Repository:
        """Make the repository; a hook.

        Args:
            repository_name: its name; None for a generated one.

        Returns:
            A repository with the ID `Repository`.
        """
        return EcrRepository(self, "Repository", repository_name=repository_name)
