"""The command `ecr-ecs`: the judge for a terminal and for CI, without Node and without AWS."""

from __future__ import annotations

import argparse
import errno
import os
import re
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import NoReturn, TextIO

from ecr_ecs_constructs import __version__
from ecr_ecs_constructs.cloudformation.assembly import STANDARD_INPUT, load
from ecr_ecs_constructs.cloudformation.environments import Parameter, read_parameters
from ecr_ecs_constructs.cloudformation.template import NoTemplateError, Template, TemplateError
from ecr_ecs_constructs.config.config import NOTHING, Config
from ecr_ecs_constructs.config.reading import ConfigError, nearest, read
from ecr_ecs_constructs.reports import json as json_report
from ecr_ecs_constructs.reports import text as text_report
from ecr_ecs_constructs.reports import tree as tree_report
from ecr_ecs_constructs.rules.catalogue import BY_ID, RULES
from ecr_ecs_constructs.rules.judge import Report, judge
from ecr_ecs_constructs.rules.rule import Severity
from ecr_ecs_constructs.spelling import did_you_mean

OK, FINDINGS, FAILED = 0, 1, 2
"""The exit codes: nothing at or above the threshold; findings; anything else."""

FORMATS: dict[str, Callable[[Report], str]] = {"text": text_report.render, "json": json_report.render}

EPILOG = (
    "Exit codes: 0 nothing at or above the threshold, 1 findings, or a container that is not proven and must be,"
    " 2 bad arguments, unreadable input or no template."
)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in one line."""

    def error(self, message: str) -> NoReturn:
        _complain(f"{self.prog}: {message} (see {self.prog} --help)")
        raise SystemExit(FAILED)

    def _print_message(self, message: str, file: object = None) -> None:  # noqa: ARG002 - argparse passes it
        _print(message)  # that of argparse is silent where it can't be written


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: its arguments, those of the process if not given.

    Returns:
        The exit code.
    """
    command = "ecr-ecs"
    try:
        try:
            options = _parser().parse_args(arguments)
            command = f"ecr-ecs {options.command}"
            code: int = options.run(options)
        except SystemExit as stop:  # argparse has said what there is to say
            code = int(stop.code or OK)
        if sys.stdout is not None:  # a process may be started without
            sys.stdout.flush()
    except (TemplateError, ConfigError) as error:
        return _fail(str(error))
    except OSError as error:
        if error.filename is not None:
            return _fail(f"{error.filename}: {error.strerror}")
        if sys.stdout is not None:
            _drop(sys.stdout)
        if isinstance(error, BrokenPipeError):  # the reader has seen enough
            return FAILED
        return _fail(f"standard output: {error.strerror}")
    except MemoryError:
        return _fail("the memory is too small for what is judged")
    except Exception as error:  # a crash of ours must never look like a verdict
        return _fail(_crash(command, error))
    return code


def _fail(message: str) -> int:
    _complain(f"ecr-ecs: {message}")
    return FAILED


def _complain(line: str) -> None:
    """Write a line to standard error, unless it is closed, full, or has no reader: the exit code says enough."""
    if sys.stderr is None:  # a process may be started without
        return
    try:
        sys.stderr.write(f"{text_report.escape(line)}\n")
        sys.stderr.flush()
    except OSError:
        _drop(sys.stderr)


def _drop(stream: TextIO) -> None:
    """Throw away all that is still to be written to a stream, also what it holds when the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _crash(command: str, error: Exception) -> str:
    """Return what to report of a crash; the text of the error may quote a template, and is left out."""
    package, place = Path(__file__).parent, "an unknown place"
    step = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        file = Path(code.co_filename)
        if package in file.parents:
            place = f"{file.relative_to(package).as_posix()}:{step.tb_lineno} in {code.co_name}"
        step = step.tb_next
    python = ".".join(map(str, sys.version_info[:3]))
    return (
        f"internal error, please report this line: {type(error).__name__} at {place}"
        f" ({command}, version {__version__}, Python {python}, {sys.platform})"
    )


def _print(content: str) -> None:
    """Write to standard output, with escapes for the characters that its encoding does not have."""
    if sys.stdout is None:
        raise OSError(errno.EBADF, "is closed")
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(content.encode(encoding, "backslashreplace").decode(encoding))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="ecr-ecs",
        description="Prove from CloudFormation templates that Amazon ECS can pull each image from Amazon ECR.",
        epilog=EPILOG,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version", action="version", version=f"ecr-ecs {__version__}", help="show the version and exit"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_check(commands)
    _add_trace(commands)
    rules = commands.add_parser("rules", help="list the rules", description="List the rules.", allow_abbrev=False)
    rules.set_defaults(run=_rules)
    explain = commands.add_parser(
        "explain", help="print the page of a rule", description="Print the page of a rule.", allow_abbrev=False
    )
    explain.add_argument("rule", metavar="ID", type=_rule_id, help="the id of the rule, as `ecr-ecs rules` lists it")
    explain.set_defaults(run=_explain)
    return parser


def _add_check(commands: argparse._SubParsersAction[_Parser]) -> None:
    check = commands.add_parser(
        "check",
        help="judge cloud assemblies and templates",
        description="Judge cloud assemblies (cdk.out), folders of templates, and single templates in JSON or YAML.",
        epilog=EPILOG,
        allow_abbrev=False,
    )
    check.add_argument("paths", metavar="PATH", nargs="+", type=_path, help="a cloud assembly, a folder or a template")
    _add_report(check)
    _add_threshold(check)
    _add_rules(check)
    _add_conditions(check)
    _add_environment(check)
    _add_configuration(check)
    check.set_defaults(run=_check)


def _add_report(command: argparse.ArgumentParser) -> None:
    """Add the options that say in which form a report is written, and where."""
    command.add_argument(
        "--format", choices=FORMATS, default="text", help="the form of the report (default: %(default)s)"
    )
    command.add_argument(
        "--output", metavar="FILE", type=_path, help="write the report to a file instead of to standard output"
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


def _add_trace(commands: argparse._SubParsersAction[_Parser]) -> None:
    trace = commands.add_parser(
        "trace",
        help="show the pull path of each container",
        description="Show the pull path of each container, or of those of one name, with the evidence for each link.",
        epilog="Exit codes: 0 shown, whatever the verdicts are; 2 bad arguments, unreadable input or no container.",
        allow_abbrev=False,
    )
    trace.add_argument(
        "paths",
        metavar="PATH",
        nargs="+",
        type=_path,
        help="a cloud assembly, a folder or a template; the last one may be the name of a container",
    )
    _add_conditions(trace)
    _add_environment(trace)
    _add_configuration(trace)
    trace.set_defaults(run=_trace)


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


def _check(options: argparse.Namespace) -> int:
    config = _config(options)
    chosen = [rule for rule in RULES if rule.id in (options.rule or BY_ID) and rule.id not in config.ignore]
    if not chosen:
        also = f", with ignore in {config.file}," if config.ignore and config.file is not None else ""
        return _fail(f"--rule and --ignore{also} must leave a rule to check, and leave none")
    loading = _Sources(config)
    report = judge(loading.of(options.paths), config.policy(options.today), chosen, config.severities)
    report = report._replace(requires_proof=config.gate.requires_proof)
    _write(FORMATS[options.format](report), options.output)
    if loading.has_failed:
        return FAILED
    passes = config.gate.passes(report.findings, [container.verdict for container in report.containers])
    return OK if passes else FINDINGS


def _trace(options: argparse.Namespace) -> int:
    config = _config(options)
    loading = _Sources(config)
    templates, name = _templates_and_name(options.paths, loading)
    report = judge(templates, config.policy(options.today), ())
    chosen = [container for container in report.containers if name is None or container.container == name]
    if not chosen:
        names = ", ".join(sorted({container.container for container in report.containers}))
        known = f"the containers are {names}" if names else "there is no container"
        return _fail(f"{name!r} is neither a path with templates nor a container: {known}" if name else known)
    _print(tree_report.render(chosen, colour=_has_colours(), ascii_only=_lacks("├─└│")))
    return FAILED if loading.has_failed else OK


def _config(options: argparse.Namespace) -> Config:
    """Return what a project and the options of a command have decided.

    Lists add up; of single values that of the option counts.
    """
    config = NOTHING
    if not options.no_config:
        config = nearest() if options.config is None else read(options.config)
    of_files = [parameter for file in options.parameters for parameter in read_parameters(file)]
    environment = config.environment
    config = config._replace(
        environment=environment._replace(
            account=options.account or environment.account,
            region=options.region or environment.region,
            stacks=tuple(options.stack),
        ),
        parameters=(*config.parameters, *of_files, *options.parameter),
        exclude=(*config.exclude, *options.exclude),
        allow_public_gallery=options.allow_public_gallery or config.allow_public_gallery,
    )
    return _checked(config, options) if options.run is _check else config


def _checked(config: Config, options: argparse.Namespace) -> Config:
    """Return what a project has decided with the options about what is checked, and what fails."""
    accounts, gate = config.allowed_accounts, config.gate
    if options.fail_on is not None:
        gate = gate._replace(fail_on=None if options.fail_on == "never" else Severity(options.fail_on))
    if options.unknown is not None:
        gate = gate._replace(unknown_fails=options.unknown == "fail")
    return config._replace(
        allowed_accounts=accounts
        if options.allow_account is None
        else (accounts or frozenset()) | {*options.allow_account},
        ignore=(*config.ignore, *options.ignore),
        gate=gate._replace(requires_proof=gate.requires_proof or options.require == "proven"),
    )


class _Sources:
    """The loading of templates as a project has decided.

    Attributes:
        has_failed: whether a file could not be read, of which standard error tells.
    """

    def __init__(self, config: Config) -> None:
        self.has_failed = False
        self._config = config

    def of(self, paths: Sequence[Path]) -> Sequence[Template]:
        """Return the templates below some paths."""
        config = self._config
        return load(paths, config.parameters, config.environment, exclude=config.exclude, unreadable=self._complain)

    def _complain(self, error: TemplateError) -> None:
        self.has_failed = True
        _fail(str(error))


def _templates_and_name(every: Sequence[Path], loading: _Sources) -> tuple[Sequence[Template], str | None]:
    """Return the templates to trace, and the name of a container where the last path is one."""
    *paths, last = every
    if paths and last != STANDARD_INPUT and not last.exists():
        return loading.of(paths), str(last)
    try:
        return loading.of(every), None
    except NoTemplateError:
        if not paths:
            raise
        # A folder may have the name of the container whose image is built from it.
        return loading.of(paths), str(last)


def _lacks(characters: str) -> bool:
    """Return whether the encoding of standard output lacks some characters."""
    encoding = (sys.stdout and sys.stdout.encoding) or "utf-8"
    return characters.encode(encoding, "ignore").decode(encoding) != characters


def _has_colours() -> bool:
    """Return whether standard output is a terminal that shows colours; see https://no-color.org."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout is not None and sys.stdout.isatty() and not plain


def _write(content: str, output: Path | None) -> None:
    """Write a report to standard output, or to a file, which is written as a whole or not at all."""
    if output is None:
        _print(content)
        return
    try:
        if output.exists() and not output.is_file():  # such as a pipe
            output.write_text(content, encoding="utf-8")
            return
        target = output.resolve()  # a link stays one
        # A name that nobody can foresee: a link that stood there would lead this to another file.
        whole = target.with_name(f".ecr-ecs-{os.urandom(8).hex()}")
        try:
            with whole.open("x", encoding="utf-8") as file:
                file.write(content)
            if target.exists():
                whole.chmod(target.stat().st_mode & 0o7777)
            whole.replace(target)
        finally:
            whole.unlink(missing_ok=True)
    except OSError as error:
        raise OSError(error.errno, f"cannot be written: {error.strerror}", str(output)) from None


def _rules(_: argparse.Namespace) -> int:
    _print(text_report.rule_list(RULES))
    return OK


def _explain(options: argparse.Namespace) -> int:
    _print(text_report.rule_page(BY_ID[options.rule]))
    return OK
