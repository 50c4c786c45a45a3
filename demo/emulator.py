"""An embedded AWS with an account of its own, and the settings that lead AWS clients to it and nowhere else."""

from __future__ import annotations

import json
import os
import secrets
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

import boto3
import botocore.session

from demo.processes import running

ACCOUNT = "111122223333"
REGION = "us-east-1"
ROOT = Path(__file__).resolve().parent.parent

GAPS_PATH = "/emulator/gaps"
"""The page of the server about what it leaves out."""


class Environment(NamedTuple):
    """An account and a region of it."""

    account: str
    region: str

    def __str__(self) -> str:
        return f"aws://{self.account}/{self.region}"


HOME = Environment(ACCOUNT, REGION)
"""Where a stack is deployed that says nothing else."""


class EmulatorError(RuntimeError):
    """The embedded AWS did not start."""


@dataclass(frozen=True)
class Emulator:
    """A running embedded AWS.

    Attributes:
        endpoint: the URL that serves every AWS API.
        folder: where its clients may keep their files.
        access_key: the access key of this emulator alone; the CDK command line remembers accounts by access key.
    """

    endpoint: str
    folder: Path
    access_key: str

    def variables(self, at: Environment = HOME) -> dict[str, str]:
        """The environment variables of a program that sees this AWS, and neither another one nor the user's settings.

        Args:
            at: the account whose credentials it has, and its region.
        """
        path = [str(Path(sys.executable).parent), str(ROOT / "node_modules" / ".bin"), os.environ.get("PATH", "")]
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_", "MOTO_"))},
            "PATH": os.pathsep.join(path),
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
            "AWS_ENDPOINT_URL": self.endpoint,
            # As the URLs of templates name it.
            "AWS_ENDPOINT_URL_S3_FOR_CLOUDFORMATION": f"https://s3.{at.region}.amazonaws.com",
            "AWS_ACCESS_KEY_ID": self._key(at.account),
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": at.region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "CDK_HOME": str(self.folder),
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "CI": "true",  # no look at the npm registry for a newer version
        }

    def _key(self, account: str) -> str:
        """An access key of an account; that of another one is got as by AWS Organizations, which need not be set up."""
        return self.access_key if account == ACCOUNT else _foreign_key(self, account)

    def client(self, service: str, at: Environment = HOME, *, access_key: str | None = None) -> Any:
        """A boto3 client of one service.

        Args:
            service: the name of the service, such as `ecr`.
            at: the account and the region.
            access_key: another access key than one of the account.
        """
        core = botocore.session.Session(  # the variables hide the user's profile and files
            session_vars={
                "profile": (None, None, None, None),
                "config_file": (None, None, os.devnull, None),
                "credentials_file": (None, None, os.devnull, None),
            }
        )
        return boto3.Session(
            botocore_session=core,
            aws_access_key_id=access_key or self._key(at.account),
            aws_secret_access_key="secret",  # noqa: S106 - the emulator checks none
            region_name=at.region,
        ).client(service, endpoint_url=self.endpoint, config=botocore.config.Config(proxies={}))

    def resources(self, stack: str, at: Environment = HOME) -> dict[str, str]:
        """The resources of a stack that are there: their physical names, by their logical ids.

        Args:
            stack: the name of the stack.
            at: where it is deployed.
        """
        pages = self.client("cloudformation", at).get_paginator("list_stack_resources").paginate(StackName=stack)
        return {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for page in pages
            for resource in page["StackResourceSummaries"]
        }

    def gaps(self) -> dict[str, list[str]]:
        """What the emulator leaves out of the templates that it was given.

        Returns:
            By resource type, the properties that it has not looked at; `*` for a type that it does not know.
        """
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.endpoint + GAPS_PATH) as answer:
            return cast("dict[str, list[str]]", json.load(answer))


@cache
def _foreign_key(emulator: Emulator, account: str) -> str:
    role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
    answer = emulator.client("sts").assume_role(RoleArn=role, RoleSessionName="demo")
    return str(answer["Credentials"]["AccessKeyId"])


@contextmanager
def emulator(folder: Path, log: IO[str]) -> Iterator[Emulator]:
    """Run an embedded AWS on a free loopback port.

    Args:
        folder: where its clients may keep their files.
        log: where it writes the requests that it serves.

    Yields:
        The emulator, which ends with the block.

    Raises:
        EmulatorError: it ended before it served.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOTO_"))}
    command = [sys.executable, "-m", "demo.aws_server"]
    # moto asks for credentials where its services call each other.
    settings = {
        "PYTHONPATH": str(ROOT),
        "AWS_ACCESS_KEY_ID": "moto",
        "AWS_SECRET_ACCESS_KEY": "moto",
    }
    with running(command, env=environment | settings, log=log, pipe_output=True) as process:
        port = process.stdout.readline().strip() if process.stdout else ""
        if not port:
            raise EmulatorError(f"the embedded AWS ended with exit code {process.wait()} before it served")
        yield Emulator(f"http://127.0.0.1:{port}", folder, f"AKIA{secrets.token_hex(8).upper()}")
