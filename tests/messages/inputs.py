"""What the judge is asked for its messages: the data of other tests, and small templates made for that."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules.catalogue import RULES
from ecr_ecs_constructs.rules.severities import Severities
from tests.judging import assembly, write
from tests.messages.cases import CASES
from tests.messages.forms import form
from tests.pull import test_vouched_images, test_vouching
from tests.pull.network import test_elsewhere, test_endpoint_policies, test_parts, test_sources, test_ways
from tests.pull.network.networks import changed, template
from tests.pull.placement import test_jobs as test_job_placements
from tests.pull.placement import test_placements
from tests.pull.platforms import test_platforms
from tests.rules import (
    test_acknowledgements,
    test_capacity,
    test_compute_environments,
    test_image,
    test_infrastructure,
    test_instance,
    test_jobs,
    test_mirrors,
    test_origins,
    test_permission,
    test_permission_elsewhere,
    test_repository_key,
    test_start,
    test_starters,
    test_undeployable,
    test_undeployable_balancers,
    test_undeployable_connections,
    test_undeployable_containers,
    test_undeployable_external,
    test_undeployable_networks,
    test_undeployable_services,
    test_undeployable_signals,
    test_volumes,
)
from tests.rules.test_catalogue import example

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DATA = Path(__file__).parents[1] / "data"
TODAY = date(2026, 11, 23)


class Input(NamedTuple):
    """Templates that are judged together, what is allowed, and how bad findings are."""

    templates: Sequence[Template]
    policy: Policy = Policy(today=TODAY)
    severities: Sequence[Severities] = ()


def inputs(folder: Path) -> Iterator[Input]:
    """Yield all that is judged.

    Args:
        folder: where files may be written.
    """
    for path in sorted([*(DATA / "bases").iterdir(), *(DATA / "templates").iterdir()]):
        if path.suffix != ".md":
            yield Input(load([path]))
    yield from _pages(folder)
    yield from (Input(case.templates(), Policy(today=TODAY, **case.allowed)) for case in CASES)
    yield from _networks()
    yield from _platforms(folder)
    yield from _instances()
    yield from _built(folder)
    yield from _images(folder)
    yield from _permissions(folder)
    yield from _starts(folder)
    yield from _runners(folder)
    yield from _keys(folder)
    yield from _origins(folder)
    yield from _volumes()
    yield from _undeployable()
    yield from _jobs()
    yield from _acknowledgements(folder)
    yield from _vouched_for()
    yield from _vouched_images(folder)
    for changes, _ in rows(test_infrastructure.test_instance_role_is_passed):
        yield Input([test_infrastructure.managed(changes)])
    yield from _environments(folder)


def _vouched_for() -> Iterator[Input]:
    for changes, vouches, _ in rows(test_vouching.test_vouched_for):
        yield Input([test_vouching.template(changes)], test_vouching.policy(vouches))
    for changes, cluster, _ in rows(test_vouching.test_cluster):
        yield Input([test_vouching.template(changes)], test_vouching.policy(test_vouching.with_cluster(cluster)))
    yield Input([test_vouching.template({})], test_vouching.policy(test_vouching.PROVEN, TODAY))


def _vouched_images(folder: Path) -> Iterator[Input]:
    of = test_vouched_images
    texts = [(of.template(image), vouches) for image, vouches, _ in rows(of.test_vouched_image)]
    texts += [(of.template(of.AT_LAUNCH, metadata), []) for metadata, _ in rows(of.test_template_vouches)]
    for number, (text, vouches) in enumerate(texts):
        own = folder / f"image-that-is-vouched-for-{number}"
        own.mkdir()
        yield Input(of.loaded(own, text), Policy(today=of.TODAY, vouches=vouches))


def _jobs() -> Iterator[Input]:
    for _, changes, _ in test_compute_environments.CASES:
        yield Input([test_compute_environments.template_of(changes)])


def _acknowledgements(folder: Path) -> Iterator[Input]:
    for number, (own, tree, _) in enumerate(rows(test_acknowledgements.test_acknowledgements)):
        path = folder / f"acknowledgements-{number}"
        path.mkdir()
        yield Input(load([test_acknowledgements.app(path, own, tree)]))
    yield Input(load([path]), severities=[Severities({}, "Stack/Old"), Severities({}, None, "old/*.yaml")])


def _pages(folder: Path) -> Iterator[Input]:
    """Yield the examples of the pages of all rules."""
    for rule in RULES:
        for section in ("Bad", "Good"):
            own = folder / f"{rule.id}-{section}"
            own.mkdir()
            path, policy = example(own, rule, section)
            yield Input(load([path]), Policy(allowed_accounts=policy.allowed_accounts, today=TODAY))


def _networks() -> Iterator[Input]:
    tests = (
        test_ways.test_link,
        test_parts.test_link,
        test_elsewhere.test_made_at_deployment,
        test_endpoint_policies.test_others,
        test_sources.test_repository,
        test_sources.test_role,
    )
    expected = {form(each): (network, changes) for test in tests for network, changes, each in rows(test)}
    for network, changes in expected.values():  # a row that expects what another one does says nothing new
        yield Input([template(changed(network, changes), "us-east-1", Parameters=test_ways.PARAMETERS)])


def _platforms(folder: Path) -> Iterator[Input]:
    for number, (hosts, task, service, built, *_) in enumerate(rows(test_platforms.test_platform)):
        own = folder / f"platform-{number}"
        own.mkdir()
        yield Input(load([test_platforms.written(own, hosts, task, service, built)]))


def _instances() -> Iterator[Input]:
    for body, *_ in [*rows(test_instance.test_images), *rows(test_instance.test_tasks)]:
        yield Input([Template("template", body)])


def _built(folder: Path) -> Iterator[Input]:
    for number, (assets, _) in enumerate(rows(test_instance.test_built_images)):
        own = folder / f"assets-{number}"
        own.mkdir()
        yield Input(load([test_instance.built(own, assets)]))


def _images(folder: Path) -> Iterator[Input]:
    for number, (reference, _) in enumerate([*rows(test_image.test_unqualified), *rows(test_image.test_unverifiable)]):
        own = folder / f"image-{number}"
        own.mkdir()
        yield Input(load([write(own, test_image.PRELUDE + test_image.TASK.format(reference))]))


def _permissions(folder: Path) -> Iterator[Input]:
    tables = (test_permission.test_one_account, test_permission.test_execution_role_by_override)
    for number, (resources, _) in enumerate(row for table in tables for row in rows(table)):
        own = folder / f"role-{number}"
        own.mkdir()
        yield Input(load([write(own, test_permission.HEAD + resources, test_permission.HERE)]))
    for number, (head, condition, _) in enumerate(rows(test_permission.test_trust_by_an_arn_without_a_region)):
        own = folder / f"trust-{number}"
        own.mkdir()
        yield Input(load([write(own, test_permission.sourced(head, condition), test_permission.NOWHERE)]))
    for number, (stacks, _) in enumerate(rows(test_permission.test_registry)):
        own = folder / f"registry-{number}"
        own.mkdir()
        each = [(f"{test_permission.HEAD}{resources}\n", environment) for resources, environment in stacks]
        yield Input(load([assembly(own, each)]))

    elsewhere = test_permission_elsewhere
    policies = (elsewhere.test_service_control_policy, elsewhere.test_resource_control_policy)
    for number, (policy, where, _) in enumerate(row for table in policies for row in rows(table)):
        own = folder / f"organization-{number}"
        own.mkdir()
        stacks = ((test_permission_elsewhere.PULLER, test_permission.HERE), (policy, where))
        each = [(f"{test_permission.HEAD}{resources}\n", environment) for resources, environment in stacks]
        yield Input(load([assembly(own, each)]))
    for number, (resources, _) in enumerate(rows(test_permission_elsewhere.test_custom_resource)):
        own = folder / f"attached-{number}"
        own.mkdir()
        yield Input(load([write(own, test_permission.HEAD + resources, test_permission.HERE)]))


def _starts(folder: Path) -> Iterator[Input]:
    own_hosts = test_start.test_start_on_container_instances
    tables = (test_start.test_start, own_hosts, test_starters.test_starters, test_jobs.test_jobs)
    for number, (source, _) in enumerate(row for table in tables for row in rows(table)):
        own = folder / f"start-{number}"
        own.mkdir()
        yield Input(load([write(own, source, test_start.HERE)]))


def _runners(folder: Path) -> Iterator[Input]:
    machines = [test_placements.with_machine(each) for each, _ in rows(test_placements.test_state_machine)]
    jobs = [test_job_placements.with_job(each) for each, _ in rows(test_job_placements.test_fargate)]
    for changes, _ in rows(test_capacity.test_daemon):
        yield Input([test_capacity.template({**test_capacity.DAEMON, **changes})])
    for number, source in enumerate([*machines, *jobs]):
        own = folder / f"runner-{number}"
        own.mkdir()
        yield Input(load([write(own, source)]))


def _volumes() -> Iterator[Input]:
    for network, changes, _ in rows(test_volumes.test_volumes):
        yield Input([template(changed(network, changes), "us-east-1", Parameters=test_volumes.PARAMETERS)])


def _undeployable() -> Iterator[Input]:
    for resources, changes, sections, _ in rows(test_undeployable.test_undeployable):
        yield Input([test_undeployable.written(resources, changes, sections)])
    for resources, changes, sections, _ in rows(test_undeployable_connections.test_connections):
        yield Input([test_undeployable.written(resources, changes, sections)])
    for resources, changes, sections, _ in rows(test_undeployable_external.test_on_external_instances):
        yield Input([test_undeployable.written(resources, changes, sections)])
    for resources, changes, sections, _ in rows(test_undeployable_services.test_undeployable_services):
        yield Input([test_undeployable.written(resources, changes, sections)])
    for resources, changes, sections, _ in rows(test_undeployable_balancers.test_undeployable_balancers):
        yield Input([test_undeployable.written(resources, changes, sections)])
    for resources, changes, sections, _ in rows(test_undeployable_containers.test_undeployable_containers):
        yield Input([test_undeployable.written(resources, changes, sections)])
    for resources, changes, sections, _ in rows(test_undeployable_signals.test_undeployable_signals):
        yield Input([test_undeployable.written(resources, changes, sections)])
    for changes, region, _ in rows(test_undeployable_networks.test_parts_of_networks):
        yield Input([test_undeployable_networks.written(changes, region)])
    for stack, changes, inner, sections, _ in rows(test_undeployable.test_nested_stack):
        yield Input(test_undeployable.nested(stack, changes, inner, sections))
    for outputs, resources, more, _ in rows(test_undeployable.test_stacks_together):
        yield Input(test_undeployable.together(outputs, resources, more))
    for changes, outputs, _ in rows(test_undeployable.test_export):
        yield Input(test_undeployable.importing(changes, outputs))


def _origins(folder: Path) -> Iterator[Input]:
    own = [test_origins.templates(repository, more) for repository, more, _ in rows(test_origins.test_origin)]
    far = [test_origins.templates("team/web", "", more) for more, _ in rows(test_origins.test_replication)]
    mirrored = [test_mirrors.from_region(*row) for *row, _ in rows(test_mirrors.test_of_the_same_account)]
    mirrored += [test_mirrors.from_account(*row) for *row, _ in rows(test_mirrors.test_of_another_account)]
    mirrored += [test_mirrors.by_template(*row) for *row, _ in rows(test_mirrors.test_role_of_a_creation_template)]
    copied = rows(test_origins.test_replication_from_another_account)
    others = [test_origins.from_elsewhere(policy, source) for policy, source, _ in copied]
    given = [test_origins.pulled(more) for more, _ in rows(test_origins.test_policy_of_a_creation_template)]
    given += [test_origins.pulled(more, elsewhere) for more, elsewhere, _ in rows(test_origins.test_words_of_a_copy)]
    for number, stacks in enumerate([*own, *far, *others, *mirrored, *given]):
        (folder / f"origin-{number}").mkdir()
        yield Input(load([assembly(folder / f"origin-{number}", stacks)]))
    for number, (name, image, resource, _) in enumerate(rows(test_origins.test_name)):
        (folder / f"name-{number}").mkdir()
        yield Input(load([write(folder / f"name-{number}", test_origins.named(name, image, resource))]))


def _keys(folder: Path) -> Iterator[Input]:
    keys = [{"key": key} for key, _ in rows(test_repository_key.test_key)]
    policies = [{"statement": statement} for statement, _ in rows(test_repository_key.test_policy)]
    for number, changes in enumerate([*keys, *policies]):
        own = folder / f"key-{number}"
        own.mkdir()
        yield Input(load([write(own, test_repository_key.templated(**changes))]))
    (folder / "key").mkdir()
    yield Input(load([write(folder / "key", test_repository_key.UNREAD)]))


def rows(test: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of the only table of a test."""
    (table,) = [mark for mark in test.pytestmark if mark.name == "parametrize"]
    for row in table.args[1]:
        yield row.values


def _environments(folder: Path) -> Iterator[Input]:
    """Yield a service beside two environments, one of which keeps it from its image."""
    (base,) = load([DATA / "bases" / "public-fargate.yaml"])
    own: Any = {name: each.body for name, each in base.resources.items() if "Repository" not in name}
    for container in own["TaskDefinition"]["Properties"]["ContainerDefinitions"]:
        container["Image"] = {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/web:1"}
    statement = {"Effect": "Deny", "Principal": "*", "Action": "ecr:BatchGetImage"}
    closed = {"RepositoryPolicyText": {"Version": "2012-10-17", "Statement": [statement]}}
    for number, policies in enumerate(({"dev": closed}, {"prod": closed})):
        stacks = {"web": own}
        for name in ("dev", "prod"):
            properties = {"RepositoryName": "web", **policies.get(name, {})}
            stacks[name] = {"Web": {"Type": "AWS::ECR::Repository", "Properties": properties}}
        paths = [folder / f"environments-{number}" / name for name in stacks]
        for path, resources in zip(paths, stacks.values(), strict=True):
            path.mkdir(parents=True)
            write(path, json.dumps({"Resources": resources}))
        yield Input(load(paths))
