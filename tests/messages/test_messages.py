"""Every message of the judge stands in one file, which is reviewed: `make messages` writes it anew."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ecr_ecs_constructs.pull.proof import LINKS
from ecr_ecs_constructs.rules.catalogue import RULES
from tests.messages import FILE
from tests.messages.forms import rendered
from tests.messages.inputs import DATA, inputs
from tests.messages.sentences import sentences

if TYPE_CHECKING:
    from pathlib import Path

SHOWN = FILE.read_text(encoding="utf-8")


def test_the_file_is_what_the_judge_says(tmp_path: Path) -> None:
    assert rendered(inputs(tmp_path), tmp_path, DATA) == SHOWN, "run: make messages"


@pytest.mark.parametrize("subject", [*(rule.id for rule in RULES), *(f"link {name}" for name in LINKS)])
def test_each_rule_and_each_link_has_messages(subject: str) -> None:
    (own,) = [part for part in SHOWN.split("\n\n") if part.partition("\n")[0].partition(":")[0] == subject]
    assert re.search(r"^  (?:broken|unknown)\b", own, re.MULTILINE)


HOLES = "names what is known only at deployment; messages of one form may show it or not"
KEYS = "is a key under which something is remembered"
ARGUMENTS = "refuses an argument of a function"
NOTHING = "is why a need has no action, or no way"
COMMANDS = "is a command of user data that is made from settings"
SILENT = {
    "\0by name": KEYS,
    "no key": KEYS,
    "a policy that is not there": KEYS,
    "a value that is no ID": HOLES,
    "an agent's host": HOLES,
    "an account of Amazon ECR": HOLES,
    "an identity of Amazon ECR": HOLES,
    "a telemetry host": HOLES,
    "the account of the layers": HOLES,
    "the account that signs": HOLES,
    "the bucket of the layers": HOLES,
    "the log group of Express Mode": HOLES,
    "the name of cluster {}": HOLES,
    "the tag of a digest": HOLES,
    "what runs the task": HOLES,
    "what the policy says of other actions": HOLES,
    "allowed_accounts must hold accounts of 12 digits, got {}": ARGUMENTS,
    "ignore must hold ids of rules, got {}: `ecr-ecs rules` lists them": ARGUMENTS,
    "has a part written into the field of another part": ARGUMENTS,
    "repository name {} {}": ARGUMENTS,
    "cd {}\n": COMMANDS,
    "systemctl {} {}": COMMANDS,
    "Container that must be proven is not.": "tells in SARIF of what no rule finds",
    "Mend what is broken; vouch for what lives elsewhere, or have its templates judged together with these.": (
        "is the advice of it; tests/reports/test_formats.py has its message"
    ),
    "cloud-config of user data": "names what is read; that it can't be read is told in other words",
    "it is nested too deep": "is caught where documents are read: they are unknown then",
    "nothing in the templates says who pulls": "is said in case of a placement that no template is known to make",
    "it is asked where the file is": NOTHING,
    "Amazon ECS asks from outside the network of the task": NOTHING,
    "Amazon ECS asks for it by itself": NOTHING,
    "the ECS agent asks for it": NOTHING,
    "AWS documents a policy": NOTHING,
    "the proxy of Service Connect": "is the title of a need that other words speak of",
    "the driver does not create it": NOTHING,
    "which actions it needs is not documented": NOTHING,
    "the actions of a Spot Fleet are not judged": NOTHING,
    "the driver only writes to it": NOTHING,
    "whoever asks gets them": NOTHING,
    "the agent hands out the credentials of a task role": NOTHING,
    "the task has no role to be let in by": NOTHING,
    "the policy of the file system is not in the templates": NOTHING,
    "without a policy the file system lets in whoever reaches a mount target": NOTHING,
    "who is asked depends on its IAM authorization": NOTHING,
    "it is the way of the volume": NOTHING,
    "{} decrypts for the role": NOTHING,
    "Amazon ECS reads its name": NOTHING,
    "it is on the host": NOTHING,
    "how it is mounted is not read": NOTHING,
    "a need without an action, or without a way, must have a reason for it": ARGUMENTS,
    "what fills the cache of its image": "is the title of a need that other words speak of",
    "the role is not in the templates": NOTHING,
    "a log driver asks by no role": NOTHING,
    "where it sends to is not in the templates": NOTHING,
    "nobody in the templates is known to ask for it": NOTHING,
    "the way there is not known": NOTHING,
    "it is mounted by its credentials": NOTHING,
    "AWS starts the task from outside its network": NOTHING,
    "the role that pulls the image": "is documentation",
    "Amazon ECR, which signs the URLs of layers": "is documentation",
    "the role of the container instances, for the ECS agent": "is documentation",
    "the execution role of the task": "is documentation",
    "the execution role of the task; on EC2 the role of the instances where the task has none": "is documentation",
    "the role of the task, for the volumes that are mounted by it": "is documentation",
    "a client without credentials": "is documentation",
    "the role of what starts the task": "is documentation",
    "a service, which assumes a role": "is documentation",
    "it is not known what {} lets through": "is said of a need without actions, which no endpoint surely serves",
    "every character stands for itself": "is documentation",
    "every character stands for itself in either case": "is documentation",
    "`*` stands for any characters, `?` for any one": "is documentation",
    "as LIKE, but within one of the six parts of an ARN": "is documentation",
    "as ARN, but a `*` at the end of a part can stand for more parts, and missing parts are `*`": "is documentation",
}
"""The texts of the judge that no message shows, and why."""


def test_each_sentence_of_the_code_stands_in_the_file() -> None:
    """A message that a change adds needs a template that leads to it: a row in `tests/messages/cases.py`."""
    unseen = [each for each in sentences() if str(each) not in SILENT and not each.stands_in(SHOWN)]
    assert [f"{each.place}: {each}" for each in unseen] == []


def test_what_is_not_shown_is_there() -> None:
    assert SILENT.keys() - {str(each) for each in sentences()} == set()
