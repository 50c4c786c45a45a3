"""The reference app in several accounts: `MultiAccountApp`."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from aws_cdk import App, Environment, Stage

from ecr_ecs_constructs.stacks.pipeline import PipelineStack
from ecr_ecs_constructs.stacks.registry import RegistryStack
from ecr_ecs_constructs.stacks.services import ServicesStage
from ecr_ecs_constructs.stacks.settings import MULTI_ACCOUNT, PREFIX, REFERENCE, MultiAccountSettings, environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import Construct


class MultiAccountApp(App):
    """Registries and a pipeline in an account of tools, services in two other accounts and perhaps regions.

    Args:
        context: settings by their keys, see `MultiAccountSettings`; those of the CDK command line come by themselves.
        outdir: the folder for the templates; None for the one that the CDK command line names.

    Raises:
        ValueError: a setting is unknown or has a wrong value.

    Attributes:
        settings: the settings that the context holds.
        pipeline: the pipeline.
        registries: the registries of the account of tools, one for each region from which services pull.
        staging: the services that are deployed first.
        production: the services that are deployed then.
    """

    def __init__(self, *, context: Mapping[str, object] | None = None, outdir: str | None = None) -> None:
        super().__init__(context=context, outdir=outdir)
        self.settings = settings = MultiAccountSettings.from_context(self.node)
        tools = environment(settings.tools)
        self.pipeline = PipelineStack(self, "EcrEcsPipeline", context=_context(settings), env=tools)
        self.registries = RegistriesStage(
            self.pipeline,
            "Registries",
            repository_name=settings.repository_name,
            services=[environment(settings.staging), environment(settings.production)],
            env=tools,
        )
        self.pipeline.add_stage(self.registries)
        self.staging = self._services("Staging", environment(settings.staging))
        self.production = self._services("Production", environment(settings.production), approval=True)
        self.pipeline.build()

    def _services(self, id: str, env: Environment, *, approval: bool = False) -> ServicesStage:
        registry = self.registries.stacks[str(env.region)]
        image = registry.image_uri(self.settings.image_tag, self.settings.image_digest)
        stage = ServicesStage(
            self.pipeline,
            id,
            settings=self.settings,
            image=image,
            proxy=registry.gallery.image("nginx/nginx", "1.27"),
            env=env,
        )
        self.pipeline.add_stage(stage, approval=approval, image=image)
        return stage


class RegistriesStage(Stage):
    """The registries of an account, one for each region from which services pull.

    Args:
        scope: the app, or the stack of the pipeline.
        id: the name in it, which the names of the stacks begin with.
        repository_name: the name of the repository.
        services: accounts and regions of the services.
        env: the account of the registries, and the region that images are pushed to.

    Attributes:
        stacks: the registries by their regions.
    """

    def __init__(
        self, scope: Construct, id: str, *, repository_name: str, services: list[Environment], env: Environment
    ) -> None:
        super().__init__(scope, id, env=env)
        home = str(env.region)
        accounts = sorted({str(each.account) for each in services} - {str(env.account)})
        others = sorted({str(each.region) for each in services} - {home})
        self.stacks = {
            region: RegistryStack(
                self,
                f"EcrEcsRegistry-{region}",
                repository_name=repository_name,
                pull_accounts=accounts,
                copies_to=others if region == home else None,
                env=Environment(account=env.account, region=region),
            )
            for region in (home, *others)
        }


def _context(settings: MultiAccountSettings) -> dict[str, str]:
    """Return what the pipeline is to say to synthesize the app with the same settings."""
    given = {field.name: getattr(settings, field.name) for field in fields(settings)}
    return {
        f"{PREFIX}{REFERENCE}": MULTI_ACCOUNT,
        **{f"{PREFIX}{name}": str(value) for name, value in given.items() if value is not None},
    }
