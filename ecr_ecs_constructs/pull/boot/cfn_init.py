"""The steps of `cfn-init`, by the metadata of the resource that a script calls it for.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-init.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.values import Text, Value, text
from ecr_ecs_constructs.pull.boot.settings import COMPUTED


class Step(NamedTuple):
    """A file that `cfn-init` writes, or a command that it runs.

    Attributes:
        path: of the file that it writes, None for a command.
        text: what it writes, or runs.
        sure: whether it surely does so.
    """

    path: str | None
    text: str | Text
    sure: bool = True


Setup = Callable[[str, Sequence[str]], Iterable[Step]]
"""Gives the steps of `cfn-init` for a logical ID and some config sets; it is asked only where a script calls that."""


def steps(init: Value, sets: Sequence[str] = ()) -> Iterator[Step]:
    """Yield the steps of `cfn-init`, in its order.

    Args:
        init: the metadata.
        sets: the names of the config sets that it is called with.
    """
    if not isinstance(init, dict):
        yield Step(None, COMPUTED)
        return
    for name in _configs(init, sets or ("default",)):
        config = init.get(name)
        if isinstance(config, dict):
            for manager, packages in _items(config.get("packages")):
                yield from (Step(None, f"{manager} install {package}") for package, _ in _items(packages))
            for path, file in _items(config.get("files")):
                yield Step(path, _content(file))
            for _, command in sorted(_items(config.get("commands"))):
                if isinstance(command, dict):
                    folder = command.get("cwd")
                    line = text(f"cd {folder}\n" if isinstance(folder, str) else "", _line(command.get("command")))
                    yield Step(None, line, "test" not in command)
            for _, services in _items(config.get("services")):
                for service, wanted in _items(services):
                    if isinstance(wanted, dict) and wanted.get("ensureRunning") is not None:
                        running = str(wanted["ensureRunning"]).lower() == "true"
                        yield Step(None, f"systemctl {'start' if running else 'stop'} {service}")


_MAX_CONFIGS = 1000  # of sets that may hold each other


def _configs(init: Mapping[str, Value], sets: Sequence[str]) -> list[str]:
    """Return the names of the configs that some config sets run, in their order; without any it is `config`."""
    if "configSets" not in init:
        return ["config"] if [*sets] == ["default"] else []
    known, found = dict(_items(init["configSets"])), list[str]()
    left: list[Value] = [{"ConfigSet": name} for name in reversed(sets)]
    for _ in range(_MAX_CONFIGS):
        if not left:
            return found
        member = left.pop()
        if isinstance(member, str):
            found.append(member)
        elif isinstance(member, dict) and isinstance(name := member.get("ConfigSet"), str):
            members = known.get(name)
            left += reversed(members) if isinstance(members, list) else [members]
    return []


def _items(value: Value) -> list[tuple[str, Value]]:
    return [*value.items()] if isinstance(value, dict) else []


def _content(file: Value) -> str | Text:
    content = file.get("content") if isinstance(file, dict) and not {"encoding", "context"} & file.keys() else None
    return content if isinstance(content, (str, Text)) else f"{COMPUTED}\n"


def _line(command: Value) -> str | Text:
    if isinstance(command, list):
        return quoted(word if isinstance(word, str) else COMPUTED for word in command)
    return command if isinstance(command, (str, Text)) else COMPUTED


def quoted(words: Iterable[str]) -> str:
    """Return words as a shell reads them."""
    return " ".join("'" + word.replace("'", "'\\''") + "'" for word in words)
