"""The arguments of the command: its parser, and what each of them may be."""

from __future__ import annotations

import argparse
import re
from datetime import date
from pathlib import Path
from typing import NoReturn

from ecr_ecs_constructs import __version__
from ecr_ecs_constructs.cli.baseline import baseline
from ecr_ecs_constructs.cli.check import check
from ecr_ecs_constructs.cli.exit_codes import FAILED
from ecr_ecs_constructs.cli.formats import FORMATS, FormatAction, OutputAction
from ecr_ecs_constructs.cli.output import complain, show
from ecr_ecs_constructs.cli.rules import explain, list_rules
from ecr_ecs_constructs.cli.trace import trace
from ecr_ecs_constructs.cloudformation.environments import Parameter
from ecr_ecs_constructs.config.baseline import USUAL_FILE
from ecr_ecs_constructs.rules.catalogue import BY_ID
from ecr_ecs_constructs.rules.rule import Severity
from ecr_ecs_constructs.spelling import did_you_mean

EPILOG = (
    "Exit codes: 0 nothing at or above the threshold, 1 findings, or a container that is not proven and must be,"
    " 2 bad arguments, unreadable input or no template."
)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in one line."""

    def error(self, message: str) -> NoReturn:
        complain(f"{self.prog}: {message} (see {self.prog} --help)")
        raise SystemExit(FAILED)

    def _print_message(self, message: str, file: object = None) -> None:  # noqa: ARG002 - argparse passes it
        show(message)  # that of argparse is silent where it can't be written


def parser() -> argparse.ArgumentParser:
    """Return the parser of the arguments; what it parses holds the command to run as `run`."""
    command = _Parser(
        prog="ecr-ecs",
        description="Prove from CloudFormation templates that Amazon ECS can pull each image from Amazon ECR.",
        epilog=EPILOG,
        allow_abbrev=False,
    )
    command.add_argument(
        "--version", action="version", version=f"ecr-ecs {__version__}", help="show the version and exit"
    )
    commands = command.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_check(commands)
    _add_baseline(commands)
    _add_trace(commands)
    rules = commands.add_parser("rules", help="list the rules", description="List the rules.", allow_abbrev=False)
    rules.set_defaults(run=list_rules)
    page = commands.add_parser(
        "explain", help="print the page of a rule", description="Print the page of a rule.", allow_abbrev=False
    )
    page.add_argument("rule", metavar="ID", type=_rule_id, help="the id of the rule, as `ecr-ecs rules` lists it")
    page.set_defaults(run=explain)
    return command


def _add_check(commands: argparse._SubParsersAction[_Parser]) -> None:
    command = commands.add_parser(
        "check",
        help="judge cloud assemblies and templates",
        description="Judge cloud assemblies (cdk.out), folders of templates, and single templates in JSON or YAML.",
        epilog=EPILOG,
        allow_abbrev=False,
    )
    command.add_argument(
        "paths", metavar="PATH", nargs="+", type=_path, help="a cloud assembly, a folder or a template"
    )
    _add_report(command)
    _add_text(command)
    _add_threshold(command)
    _add_rules(command)
    _add_conditions(command)
    _add_environment(command)
    _add_configuration(command)
    command.set_defaults(run=check)


def _add_report(command: argparse.ArgumentParser) -> None:
    """Add the options that say in which form a report is written, and where."""
    command.add_argument(
        "--format",
        choices=FORMATS,
        action=FormatAction,
        dest="reports",
        help="the form of a report (default: text); may be repeated",
    )
    command.add_argument(
        "--output",
        metavar="FILE",
        action=OutputAction,
        dest="reports",
        type=_written,
        help="write the report of the --format before it to a file instead of to standard output",
    )
    command.add_argument(
        "--diff",
        action="store_true",
        help="show below the report the changes of templates that mend findings for certain",
    )


def _add_text(command: argparse.ArgumentParser) -> None:
    """Add the options that say how a report is shown to people."""
    command.add_argument(
        "--quiet",
        action="store_true",
        help="write what fails and the summary only, and nothing where nothing fails; in text",
    )
    command.add_argument(
        "--show-accepted",
        action="store_true",
        help="list what is acknowledged or in the baseline, instead of counting it; in text",
    )
    _add_style(command)


def _add_style(command: argparse.ArgumentParser) -> None:
    """Add the option that says whether text makes use of the terminal."""
    command.add_argument(
        "--no-color", action="store_true", help="write no colours and no links, as NO_COLOR and TERM=dumb also say"
    )


def _add_threshold(command: argparse.ArgumentParser) -> None:
    """Add the options that say which findings fail."""
    command.add_argument(
        "--fail-on",
        choices=[*(severity.value for severity in Severity), "never"],
        help="the lowest severity that fails (default: error)",
    )
    command.add_argument(
        "--unknown",
        choices=["fail", "report"],
        help="whether what can't be verified fails as its severity says, or is only reported (default: fail)",
    )
    command.add_argument(
        "--require",
        choices=["proven"],
        help="what each container must be, whatever is accepted or left out; those that are not are listed",
    )
    command.add_argument(
        "--baseline", metavar="FILE", type=_path, help="the findings that do not fail, as `ecr-ecs baseline` wrote them"
    )


def _add_rules(command: argparse.ArgumentParser) -> None:
    """Add the options that say which rules are checked, and which registries they accept."""
    command.add_argument(
        "--allow-account",
        metavar="ID",
        action="append",
        type=_account,
        help="accept registries of this account and the stack's own only; may be repeated",
    )
    command.add_argument(
        "--rule", metavar="ID", action="append", type=_rule_id, help="check this rule only; may be repeated"
    )
    command.add_argument(
        "--ignore",
        metavar="ID",
        action="append",
        type=_rule_id,
        default=[],
        help="leave this rule out; may be repeated",
    )


def _add_baseline(commands: argparse._SubParsersAction[_Parser]) -> None:
    command = commands.add_parser(
        "baseline",
        help="write what is found now, so that only what is new fails",
        description="Write what is found now to a file; `ecr-ecs check --baseline` fails on what is found besides.",
        epilog="Exit codes: 0 written; 2 bad arguments, unreadable input or no template, and nothing is written.",
        allow_abbrev=False,
    )
    command.add_argument(
        "paths", metavar="PATH", nargs="+", type=_path, help="a cloud assembly, a folder or a template"
    )
    command.add_argument(
        "--output",
        metavar="FILE",
        type=_written,
        help=f"the file to write (default: the baseline of the configuration, else {USUAL_FILE})",
    )
    _add_rules(command)
    _add_conditions(command)
    _add_environment(command)
    _add_configuration(command)
    command.set_defaults(run=baseline)


def _add_trace(commands: argparse._SubParsersAction[_Parser]) -> None:
    command = commands.add_parser(
        "trace",
        help="show the pull path of each container",
        description="Show the pull path of each container, or of those of one name, with the evidence for each link.",
        epilog="Exit codes: 0 shown, whatever the verdicts are; 2 bad arguments, unreadable input or no container.",
        allow_abbrev=False,
    )
    command.add_argument(
        "paths",
        metavar="PATH",
        nargs="+",
        type=_path,
        help="a cloud assembly, a folder or a template; the last one may be the name of a container",
    )
    _add_style(command)
    _add_conditions(command)
    _add_environment(command)
    _add_configuration(command)
    command.set_defaults(run=trace)


def _add_conditions(command: argparse.ArgumentParser) -> None:
    """Add the options that say under which conditions templates are judged."""
    command.add_argument("--allow-public-gallery", action="store_true", help="accept full references of public.ecr.aws")
    command.add_argument(
        "--today",
        metavar="DATE",
        type=_day,
        default=date.today(),
        help="the day as of which ends of life and ages are judged, such as 2026-11-23 (default: today)",
    )
    command.add_argument(
        "--parameter",
        metavar="[STACK:]NAME=VALUE",
        action="append",
        type=_parameter,
        default=[],
        help="the value that a parameter is deployed with, instead of its default; may be repeated",
    )
    command.add_argument(
        "--parameters",
        metavar="FILE",
        action="append",
        type=_path,
        default=[],
        help="a file of such values, as the AWS command line or AWS CodePipeline takes it; may be repeated",
    )


def _add_environment(command: argparse.ArgumentParser) -> None:
    """Add the options that say where templates are deployed, and which of them are judged."""
    command.add_argument("--account", metavar="ID", type=_account, help="the account of templates that do not say it")
    command.add_argument("--region", type=_region, help="the region of templates that do not say it")
    command.add_argument(
        "--stack",
        metavar="FILE=NAME",
        action="append",
        type=_stack,
        default=[],
        help="the name of the stack that a template is deployed as; may be repeated",
    )
    command.add_argument(
        "--exclude",
        metavar="GLOB",
        action="append",
        default=[],
        help="leave out what has this name, or this path below a given folder; may be repeated",
    )


def _add_configuration(command: argparse.ArgumentParser) -> None:
    """Add the options that say where the configuration stands."""
    where = command.add_mutually_exclusive_group()
    where.add_argument(
        "--config",
        metavar="FILE",
        type=_path,
        help="the configuration (default: ecr-ecs.toml, or [tool.ecr-ecs] in pyproject.toml, nearest upwards)",
    )
    where.add_argument("--no-config", action="store_true", help="read no configuration")


def _path(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("must be a path, got ''")  # it would be the current folder
    return Path(text)


def _written(text: str) -> Path:
    if text == "-":  # for many commands it is standard output
        raise argparse.ArgumentTypeError("must be a file, got '-'; ./- is a file of that name")
    return _path(text)


def _rule_id(text: str) -> str:
    if text not in BY_ID:
        hint = did_you_mean(text, BY_ID) or "`ecr-ecs rules` lists them"
        raise argparse.ArgumentTypeError(f"must be the id of a rule, got {text!r}; {hint}")
    return text


def _account(text: str) -> str:
    if not re.fullmatch("[0-9]{12}", text):
        raise argparse.ArgumentTypeError(f"must be 12 digits, got {text!r}")
    return text


def _region(text: str) -> str:
    if not re.fullmatch("[a-z]{2,}(-[a-z]+)+-[0-9]+", text):
        raise argparse.ArgumentTypeError(f"must be a region such as eu-west-1, got {text!r}")
    return text


def _stack(text: str) -> tuple[Path, str]:
    file, _, name = text.rpartition("=")
    if not file or not re.fullmatch("[A-Za-z][A-Za-z0-9-]{0,127}", name):
        raise argparse.ArgumentTypeError(f"must be FILE=NAME, got {text!r}")
    return Path(file), name


def _day(text: str) -> date:
    form = re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text)
    try:
        return date.fromisoformat(form[0] if form else "")
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a day as YYYY-MM-DD, got {text!r}") from None


def _parameter(text: str) -> Parameter:
    match = re.fullmatch(r"(?:([A-Za-z][A-Za-z0-9-]*):)?([A-Za-z0-9]+)=(.*)", text, re.DOTALL)
    if match is None:
        raise argparse.ArgumentTypeError(f"must be [STACK:]NAME=VALUE, got {text!r}")
    return Parameter(match[1], match[2], match[3])
